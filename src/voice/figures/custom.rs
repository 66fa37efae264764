//! The rows of a custom report: chosen metrics over chosen groups.

use std::collections::HashMap;
use std::ops::Range;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::steps::utc;
use super::{Facts, Interval, Measures};

/// What makes a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grouping {
    Over(Interval),
    Agent,
    Status,
    Sentiment,
    Outcome,
    Topic,
}

impl Grouping {
    pub fn of(name: &str) -> Option<Grouping> {
        Some(match name {
            "agent" => Grouping::Agent,
            "status" => Grouping::Status,
            "sentiment" => Grouping::Sentiment,
            "outcome" => Grouping::Outcome,
            "topic" => Grouping::Topic,
            name => Grouping::Over(Interval::of(name).filter(|interval| *interval != Interval::Hour)?),
        })
    }

    pub fn name(self) -> &'static str {
        match self {
            Grouping::Over(interval) => interval.name(),
            Grouping::Agent => "agent",
            Grouping::Status => "status",
            Grouping::Sentiment => "sentiment",
            Grouping::Outcome => "outcome",
            Grouping::Topic => "topic",
        }
    }
}

/// What the calls of a group have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Group<'a> {
    /// They began within the step that begins here.
    Step(Timestamp),
    Named(&'a str),
}

impl Group<'_> {
    fn name(self, grouping: Grouping) -> String {
        match self {
            Group::Step(start) if grouping == Grouping::Over(Interval::Month) => {
                utc(start).strftime("%Y-%m").to_string()
            }
            Group::Step(start) => utc(start).strftime("%Y-%m-%d").to_string(),
            Group::Named(name) => name.to_owned(),
        }
    }
}

/// Groups of time come oldest first, others with the most calls first. A call has no group if it has no such value, and
/// several if it has several topics.
pub fn rows<'a>(grouping: Grouping, metrics: &[&str], calls: impl Iterator<Item = Facts<'a>>) -> Value {
    let mut groups: HashMap<Group, Measures> = HashMap::new();
    let mut step: Option<Range<Timestamp>> = None;
    for call in calls {
        let mut add = |group: Option<Group<'a>>| {
            if let Some(group) = group {
                groups.entry(group).or_default().add(&call);
            }
        };
        match grouping {
            Grouping::Over(interval) => {
                // Calls that follow each other mostly began in the same step.
                step = step.filter(|step| step.contains(&call.start)).or_else(|| interval.step(call.start));
                add(step.as_ref().map(|step| Group::Step(step.start)));
            }
            Grouping::Agent => add(Some(Group::Named(call.agent))),
            Grouping::Status => add(Some(Group::Named(call.status))),
            Grouping::Sentiment => add(call.sentiment.map(Group::Named)),
            Grouping::Outcome => add(call.outcome.map(Group::Named)),
            Grouping::Topic => call.topics.iter().for_each(|topic| add(Some(Group::Named(topic)))),
        }
    }
    let mut groups: Vec<(Group, Measures)> = groups.into_iter().collect();
    groups.sort_by(|(a, of_a), (b, of_b)| match grouping {
        Grouping::Over(_) => a.cmp(b),
        _ => of_b.count().cmp(&of_a.count()).then_with(|| a.cmp(b)),
    });
    let row = |(group, measures): (Group, Measures)| {
        let values: Map<String, Value> =
            metrics.iter().filter_map(|name| Some(((*name).to_owned(), measures.metric(name)?))).collect();
        json!({ "group": group.name(grouping), "values": values })
    };
    groups.into_iter().map(row).collect()
}
