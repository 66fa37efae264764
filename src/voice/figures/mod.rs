//! Figures over calls: how many there were, how they felt, how well they went. They are computed from the very calls that
//! the list shows, each time they are asked for.

mod custom;
mod measures;
mod report;
mod steps;

pub use report::report;

use custom::Grouping;
use measures::Measures;
use steps::{Interval, MOST_STEPS, Period};

use std::collections::HashMap;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::world::written;

/// What figures need to know of a call.
#[derive(Debug, Clone, PartialEq)]
pub struct Facts<'a> {
    pub start: Timestamp,
    /// Whole seconds, as the list shows them.
    pub duration: u32,
    pub status: &'a str,
    pub sentiment: Option<&'a str>,
    pub score: Option<f64>,
    pub outcome: Option<&'a str>,
    pub agent: &'a str,
    pub topics: Vec<&'a str>,
    /// Seconds that the agent took to answer, on average.
    pub response_time: Option<f64>,
}

/// More steps than a series may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooManySteps;

/// How many calls there were, by state and over time.
pub fn volume<'a>(
    period: Period,
    interval: Interval,
    calls: impl Iterator<Item = Facts<'a>>,
) -> Result<Value, TooManySteps> {
    let mut steps = period.steps(interval, || 0_u64)?;
    let states = ["in_progress", "completed", "failed", "abandoned"];
    let (mut total, mut by_status) = (0_u64, [0_u64; 4]);
    for call in calls {
        total += 1;
        if let Some(state) = states.iter().position(|state| *state == call.status) {
            by_status[state] += 1;
        }
        if let Some(count) = steps.at(call.start) {
            *count += 1;
        }
    }
    let by_status: Map<String, Value> =
        states.iter().zip(by_status).map(|(state, count)| ((*state).to_owned(), count.into())).collect();
    let series: Vec<Value> =
        steps.into_iter().map(|(start, count)| json!({ "start": written(start), "total": count })).collect();
    Ok(json!({
        "period": period.to_value(),
        "interval": interval.name(),
        "total": total,
        "by_status": by_status,
        "series": series,
    }))
}

/// How the calls felt. One without a sentiment is not counted.
pub fn sentiment<'a>(
    period: Period,
    interval: Interval,
    calls: impl Iterator<Item = Facts<'a>>,
) -> Result<Value, TooManySteps> {
    const MOODS: [&str; 3] = ["positive", "neutral", "negative"];
    let mut steps = period.steps(interval, || [0_u64; 3])?;
    let (mut moods, mut measures) = ([0_u64; 3], Measures::default());
    for call in calls {
        let Some(mood) = call.sentiment.and_then(|mood| MOODS.iter().position(|known| *known == mood)) else {
            continue;
        };
        moods[mood] += 1;
        measures.add(&call);
        if let Some(step) = steps.at(call.start) {
            step[mood] += 1;
        }
    }
    let [positive, neutral, negative] = moods;
    let step = |(start, [positive, neutral, negative]): (Timestamp, [u64; 3])| json!({ "start": written(start), "positive": positive, "neutral": neutral, "negative": negative });
    Ok(json!({
        "period": period.to_value(),
        "interval": interval.name(),
        "total": moods.iter().sum::<u64>(),
        "positive": positive,
        "neutral": neutral,
        "negative": negative,
        "average_score": measures.average_score(),
        "series": steps.into_iter().map(step).collect::<Vec<Value>>(),
    }))
}

/// How well the agents did, all together and one by one, the busiest first. `name_of` tells an agent's name.
pub fn performance<'a>(
    period: Period,
    calls: impl Iterator<Item = Facts<'a>>,
    name_of: impl Fn(&str) -> String,
) -> Value {
    let mut totals = Measures::default();
    let mut agents: HashMap<&str, Measures> = HashMap::new();
    for call in calls {
        totals.add(&call);
        agents.entry(call.agent).or_default().add(&call);
    }
    let mut agents: Vec<(&str, Measures)> = agents.into_iter().collect();
    agents.sort_by(|(a, of_a), (b, of_b)| of_b.count().cmp(&of_a.count()).then(a.cmp(b)));
    let row = |(id, measures): &(&str, Measures)| json!({ "agent_id": id, "agent_name": name_of(id), "figures": measures.performance() });
    json!({
        "period": period.to_value(),
        "totals": totals.performance(),
        "agents": agents.iter().map(row).collect::<Vec<Value>>(),
    })
}

/// The chosen metrics of each group that has a call: the rows of a custom report.
pub fn custom<'a>(grouping: Grouping, metrics: &[&str], calls: impl Iterator<Item = Facts<'a>>) -> Value {
    custom::rows(grouping, metrics, calls)
}

#[cfg(test)]
mod tests;
