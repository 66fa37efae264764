//! Reports, computed once more from the rows of the list.

use std::collections::{BTreeMap, HashMap};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

use super::naive::{Dice, meant, moment, step, steps, written};
use super::rows::{Call, Listed as _};
use super::scene::Scene;
use crate::support::caller::target;

const MOODS: [&str; 3] = ["positive", "neutral", "negative"];
const STATES: [&str; 4] = ["in_progress", "completed", "failed", "abandoned"];

/// What a report covers.
struct Asked {
    from: Timestamp,
    to: Timestamp,
    query: Vec<(String, String)>,
}

/// Random reports of each kind. `names` are those of all agents that ever were.
pub fn check(scene: &Scene, calls: &[Call], names: &HashMap<String, String>) {
    let dice = &mut *scene.dice.borrow_mut();
    for round in 0..3 {
        let interval = *dice.pick(&["hour", "day", "week", "month"]);
        let asked = draw(scene, calls, round == 0, dice);
        let covered = covered(&asked, calls);
        volume(scene, &asked, interval, &covered);
        sentiment(scene, &asked, interval, &covered);
        performance(scene, &asked, &covered, names);
    }
}

fn draw(scene: &Scene, calls: &[Call], usual: bool, dice: &mut Dice) -> Asked {
    let month = SignedDuration::from_hours(30 * 24);
    let mut asked = Asked { from: scene.now - month, to: scene.now, query: Vec::new() };
    if usual || calls.is_empty() {
        return asked;
    }
    let mut ends = [dice.pick(calls).start(), dice.pick(calls).start()];
    ends.sort();
    if dice.chance(8) {
        let to = written(ends[1], dice);
        asked.to = meant(&to);
        asked.from = asked.to - month;
        asked.query.push(("end_date".to_owned(), to));
    }
    if dice.chance(8) {
        let from = written(ends[0], dice);
        asked.from = meant(&from);
        asked.query.push(("start_date".to_owned(), from));
    }
    if dice.chance(4) {
        asked.query.push(("agent_id".to_owned(), dice.pick(calls).draw("agent_id", dice)));
    }
    asked
}

fn covered<'c>(asked: &Asked, calls: &'c [Call]) -> Vec<&'c Call> {
    let agent = asked.query.iter().find(|(name, _)| name == "agent_id").map(|(_, agent)| agent);
    let fits = |call: &&Call| {
        (asked.from..=asked.to).contains(&call.start()) && agent.is_none_or(|agent| call.fits("agent_id", agent))
    };
    calls.iter().filter(fits).collect()
}

fn ask(scene: &Scene, path: &str, asked: &Asked, interval: Option<&str>) -> (String, Value) {
    let interval = interval.map(|interval| ("interval".to_owned(), interval.to_owned()));
    let query: Vec<(String, String)> = asked.query.iter().cloned().chain(interval).collect();
    let request = target(path, &query);
    let report = scene.caller.read(&request)["data"].take();
    let period = json!({ "start_date": asked.from.to_string(), "end_date": asked.to.to_string() });
    scene.agree(&request, "the period", &period, &report["period"]);
    (request, report)
}

fn volume(scene: &Scene, asked: &Asked, interval: &str, calls: &[&Call]) {
    let (request, report) = ask(scene, "/v1/analytics/volume", asked, Some(interval));
    scene.agree(&request, "the total", calls.len() as u64, report["total"].as_u64().unwrap());
    let by_status: Map<String, Value> = STATES
        .iter()
        .map(|state| ((*state).to_owned(), calls.iter().filter(|call| call.is(state)).count().into()))
        .collect();
    scene.agree(&request, "by_status", &Value::from(by_status), &report["by_status"]);
    let series: Vec<Value> = steps(asked.from, asked.to, interval)
        .into_iter()
        .map(|start| json!({ "start": start.to_string(), "total": within(calls, start, interval).count() }))
        .collect();
    scene.agree(&request, "the series", &Value::from(series), &report["series"]);
}

fn sentiment(scene: &Scene, asked: &Asked, interval: &str, calls: &[&Call]) {
    let (request, report) = ask(scene, "/v1/analytics/sentiment", asked, Some(interval));
    let felt: Vec<&Call> = calls.iter().copied().filter(|call| call.text("sentiment").is_some()).collect();
    scene.agree(&request, "the total", felt.len() as u64, report["total"].as_u64().unwrap());
    let count = |calls: &mut dyn Iterator<Item = &Call>, mood: &str| {
        calls.filter(|call| call.text("sentiment") == Some(mood)).count()
    };
    for mood in MOODS {
        scene.agree(&request, mood, count(&mut felt.iter().copied(), mood) as u64, report[mood].as_u64().unwrap());
    }
    near(
        scene,
        &request,
        "average_score",
        mean(felt.iter().map(|call| call.score())),
        &report["average_score"],
        0.0051,
    );
    let series: Vec<Value> = steps(asked.from, asked.to, interval)
        .into_iter()
        .map(|start| {
            let of = |mood| count(&mut within(&felt, start, interval), mood);
            json!({ "start": start.to_string(), "positive": of("positive"), "neutral": of("neutral"), "negative": of("negative") })
        })
        .collect();
    scene.agree(&request, "the series", &Value::from(series), &report["series"]);
}

fn performance(scene: &Scene, asked: &Asked, calls: &[&Call], names: &HashMap<String, String>) {
    let (request, report) = ask(scene, "/v1/analytics/performance", asked, None);
    let metrics = ["conversations", "average_duration", "average_response_time", "completion_rate", "resolution_rate"];
    measures(scene, &request, &metrics, calls, &report["totals"]);
    let mut by_agent: BTreeMap<&str, Vec<&Call>> = BTreeMap::new();
    for call in calls {
        by_agent.entry(call.text("agent_id").unwrap()).or_default().push(call);
    }
    let rows = report["agents"].as_array().unwrap();
    scene.agree(&request, "a row for each agent", by_agent.len(), rows.len());
    let counts: Vec<u64> = rows.iter().filter_map(|row| row["figures"]["conversations"].as_u64()).collect();
    scene.holds(&request, "the busiest comes first", counts.is_sorted_by(|a, b| a >= b), &counts);
    for row in rows {
        let id = row["agent_id"].as_str().unwrap();
        let none = Vec::new();
        measures(scene, &format!("{request}, {id}"), &metrics, by_agent.get(id).unwrap_or(&none), &row["figures"]);
        scene.agree(&request, "the agent's name", names.get(id).map(String::as_str), row["agent_name"].as_str());
    }
}

/// Makes a report of random metrics and groups, and returns it.
pub fn custom(scene: &Scene, calls: &[Call]) -> Value {
    let dice = &mut *scene.dice.borrow_mut();
    let all = [
        "conversations",
        "average_duration",
        "average_response_time",
        "average_sentiment_score",
        "completion_rate",
        "resolution_rate",
    ];
    let count = 1 + dice.below(all.len());
    let metrics: Vec<&str> = dice.sample(&all, count).into_iter().copied().collect();
    let grouping = *dice.pick(&["day", "week", "month", "agent", "status", "sentiment", "outcome", "topic"]);
    let filter = *dice.pick(&["agent_id", "status", "sentiment", "outcome"]);
    let value = dice.pick(calls).draw(filter, dice);
    let mut ends = [dice.pick(calls).start(), dice.pick(calls).start()];
    ends.sort();
    let body = json!({
        "name": "Cross-check", "metrics": metrics, "group_by": grouping,
        "start_date": ends[0].to_string(), "end_date": ends[1].to_string(), "filters": { filter: value },
    });
    let request = format!("POST /v1/analytics/reports {body}");
    let answer = scene.caller.post("/v1/analytics/reports", &body);
    assert_eq!(answer.status, 201, "{request}: {}", answer.text());
    let report = answer.json()["data"].take();
    for field in ["name", "metrics", "group_by"] {
        scene.agree(&request, field, &body[field], &report[field]);
    }
    scene.agree(&request, "created_at", scene.now.as_second(), moment(&report["created_at"]).as_second());
    let covered = calls.iter().filter(|call| (ends[0]..=ends[1]).contains(&call.start()) && call.fits(filter, &value));
    let mut groups: BTreeMap<String, Vec<&Call>> = BTreeMap::new();
    for call in covered {
        for group in groups_of(call, grouping) {
            groups.entry(group).or_default().push(call);
        }
    }
    let rows = report["rows"].as_array().unwrap();
    let mut found: Vec<&str> = rows.iter().filter_map(|row| row["group"].as_str()).collect();
    let in_time = matches!(grouping, "day" | "week" | "month");
    scene.holds(&request, "time goes on", !in_time || found.is_sorted(), &found);
    found.sort_unstable();
    scene.agree(&request, "the groups", groups.keys().collect::<Vec<_>>(), found);
    for row in rows {
        let group = row["group"].as_str().unwrap();
        let calls = groups.get(group).map(Vec::as_slice).unwrap_or_default();
        scene.agree(
            &request,
            "the metrics that were asked for",
            metrics.len(),
            row["values"].as_object().unwrap().len(),
        );
        measures(scene, &format!("{request}, {group}"), &metrics, calls, &row["values"]);
    }
    report
}

fn groups_of(call: &Call, grouping: &str) -> Vec<String> {
    let day = |at: Timestamp| at.to_string()[..10].to_owned();
    match grouping {
        "day" | "week" => vec![day(step(call.start(), grouping))],
        "month" => vec![day(call.start())[..7].to_owned()],
        "agent" => vec![call.text("agent_id").unwrap().to_owned()],
        "topic" => {
            call.row["topics"].as_array().unwrap().iter().map(|topic| topic.as_str().unwrap().to_owned()).collect()
        }
        field => call.text(field).map(str::to_owned).into_iter().collect(),
    }
}

fn measures(scene: &Scene, request: &str, metrics: &[&str], calls: &[&Call], found: &Value) {
    let share = |fits: &dyn Fn(&Call) -> bool| mean(calls.iter().map(|call| Some(f64::from(u8::from(fits(call))))));
    for metric in metrics {
        let (expected, precision) = match *metric {
            "conversations" => (Some(calls.len() as f64), 0.0),
            "average_duration" => (mean(calls.iter().map(|call| Some(call.duration() as f64))), 0.051),
            "average_response_time" => {
                (mean(calls.iter().map(|call| call.details["analytics"]["average_response_time"].as_f64())), 0.0051)
            }
            "average_sentiment_score" => (mean(calls.iter().map(|call| call.score())), 0.0051),
            "completion_rate" => (share(&|call| call.is("completed")), 0.00051),
            _ => (share(&|call| call.text("outcome") == Some("issue_resolved")), 0.00051),
        };
        near(scene, request, metric, expected, &found[*metric], precision);
    }
}

fn mean(values: impl Iterator<Item = Option<f64>>) -> Option<f64> {
    let values: Vec<f64> = values.flatten().collect();
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

/// Figures are rounded for people.
fn near(scene: &Scene, request: &str, what: &str, expected: Option<f64>, found: &Value, precision: f64) {
    let near = match (expected, found.as_f64()) {
        (Some(expected), Some(found)) => (expected - found).abs() <= precision,
        (expected, _) => expected.is_none() && found.is_null(),
    };
    scene.holds(request, what, near, (expected, found));
}

fn within<'c>(calls: &'c [&'c Call], start: Timestamp, interval: &'c str) -> impl Iterator<Item = &'c Call> {
    calls.iter().copied().filter(move |call| step(call.start(), interval) == start)
}
