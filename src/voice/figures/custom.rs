//! The rows of a custom report: chosen metrics over chosen groups.

use std::collections::HashMap;

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
            name => Grouping::Over(Interval::of(name)?),
        })
    }

    /// The groups of a call: none if it has no such value, several if it has several topics.
    fn groups(self, call: &Facts) -> Vec<String> {
        let one = |name: Option<&str>| name.map(str::to_owned).into_iter().collect();
        match self {
            Grouping::Over(interval) => {
                let start = interval.begin(call.start).map(utc);
                let form = if interval == Interval::Month { "%Y-%m" } else { "%Y-%m-%d" };
                start.map(|start| start.strftime(form).to_string()).into_iter().collect()
            }
            Grouping::Agent => one(Some(call.agent)),
            Grouping::Status => one(Some(call.status)),
            Grouping::Sentiment => one(call.sentiment),
            Grouping::Outcome => one(call.outcome),
            Grouping::Topic => call.topics.iter().map(|topic| (*topic).to_owned()).collect(),
        }
    }
}

/// Groups of time come oldest first, others with the most calls first.
pub fn rows<'a>(grouping: Grouping, metrics: &[&str], calls: impl Iterator<Item = Facts<'a>>) -> Value {
    let mut groups: HashMap<String, Measures> = HashMap::new();
    for call in calls {
        for group in grouping.groups(&call) {
            groups.entry(group).or_default().add(&call);
        }
    }
    let mut groups: Vec<(String, Measures)> = groups.into_iter().collect();
    groups.sort_by(|(a, of_a), (b, of_b)| match grouping {
        Grouping::Over(_) => a.cmp(b),
        _ => of_b.count().cmp(&of_a.count()).then_with(|| a.cmp(b)),
    });
    let row = |(group, measures): (String, Measures)| {
        let values: Map<String, Value> =
            metrics.iter().filter_map(|name| Some(((*name).to_owned(), measures.metric(name)?))).collect();
        json!({ "group": group, "values": values })
    };
    groups.into_iter().map(row).collect()
}
