//! A report by its name, over the calls of a lane: what is counted is what the list would show for the same conditions.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::{Facts, Grouping, Interval, Period, custom, performance, sentiment, volume};
use crate::breach::{Breach, Place, cut};
use crate::contract::Test;
use crate::problem::{Kind, Problem};
use crate::voice::calls::{Calls, View};
use crate::world::matching;
use crate::world::query::{Condition, Query};

/// What a request asks of a report: parameters of the query, or members of the body.
type Parameters = Map<String, Value>;

/// The report as it is shown. One that is kept lacks its id and when it was made. Over which calls, the conditions say that
/// the parameters stand for; in a body they are the members of `filters`, each a field and its value.
pub fn report(
    name: &str,
    calls: &Calls,
    view: &View,
    parameters: &Parameters,
    conditions: Vec<Condition>,
) -> Result<Value, Problem> {
    let text = |name: &str| parameters.get(name).and_then(Value::as_str);
    let moment = |name: &str| text(name).and_then(matching::moment);
    let period = Period::new(moment("start_date"), moment("end_date"), view.now);
    let interval = text("interval").and_then(Interval::of).unwrap_or(Interval::Day);
    let facts = |conditions| facts(calls, view, period, conditions);
    match name {
        "volume" => volume(period, interval, facts(conditions)).map_err(|_| too_fine(interval)),
        "sentiment" => sentiment(period, interval, facts(conditions)).map_err(|_| too_fine(interval)),
        "performance" => Ok(performance(period, facts(conditions), |id| calls.agent_name(view, id))),
        "custom" => {
            let grouping = text("group_by").and_then(Grouping::of).unwrap_or(Grouping::Over(Interval::Day));
            let metrics = parameters.get("metrics").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
            let names: Vec<&str> = metrics.iter().filter_map(Value::as_str).collect();
            let filters = parameters.get("filters").and_then(Value::as_object).into_iter().flatten();
            let filters = filters.map(|(field, value)| condition(field, Test::Equals, value.clone()));
            Ok(json!({
                "name": parameters.get("name"),
                "period": period.to_value(),
                "metrics": names,
                "group_by": grouping.name(),
                "rows": custom(grouping, &names, facts(filters.chain(conditions).collect())),
            }))
        }
        // A contract may name a report that nobody can compute.
        _ => Err(Problem::new(Kind::Internal).with("report", name)),
    }
}

fn condition(field: &str, test: Test, value: Value) -> Condition {
    Condition { fields: vec![field.to_owned()], test, value }
}

/// The calls that began within a period, and meet these conditions.
fn facts<'c>(
    calls: &'c Calls,
    view: &View<'c>,
    period: Period,
    conditions: Vec<Condition>,
) -> impl Iterator<Item = Facts<'c>> + use<'c> {
    // A moment that can't be written down lies before all calls.
    let bound = |moment: Timestamp, test| {
        let text = moment.to_string();
        matching::moment(&text).map(|_| condition("start_time", test, text.into()))
    };
    let bounds = [bound(period.start, Test::AtLeast), bound(period.end, Test::AtMost)];
    let query = Query { conditions: bounds.into_iter().flatten().chain(conditions).collect(), order: None };
    let (handles, view) = (calls.select(view, &query).iter().collect::<Vec<_>>(), *view);
    handles.into_iter().map(move |handle| calls.facts(&view, handle))
}

/// The series would have more steps than anybody reads.
fn too_fine(interval: Interval) -> Problem {
    let expected = format!("a step that divides the period into at most {} parts", super::MOST_STEPS);
    let breach = Breach::new(Place::Query("interval".to_owned()), "maximum", expected, cut(interval.name()));
    Problem::from_breaches(&[breach], 0, true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::voice::calls::tests::Scene;

    fn report_of(scene: &Scene, name: &str, parameters: Value) -> Result<Value, Problem> {
        let Value::Object(parameters) = parameters else { panic!() };
        let mine = parameters.get("agent_id").map(|id| condition("agent_id", Test::Equals, id.clone()));
        report(name, &scene.calls, &scene.view(), &parameters, mine.into_iter().collect())
    }

    /// How many calls the list has for conditions.
    fn listed(scene: &Scene, conditions: &[(&str, Test, &str)]) -> usize {
        let condition = |(field, test, value): &(&str, Test, &str)| Condition {
            fields: vec![(*field).to_owned()],
            test: *test,
            value: (*value).into(),
        };
        let query = Query { conditions: conditions.iter().map(condition).collect(), order: None };
        scene.calls.select(&scene.view(), &query).len()
    }

    #[test]
    fn a_report_counts_the_calls_of_the_list() {
        let scene = Scene::new(42, 1247);
        let (start, end) = ("2024-12-20T00:00:00Z", "2025-01-10T12:30:00.5Z");
        let parameters =
            json!({ "start_date": start, "end_date": end, "agent_id": "agent_abc123", "interval": "week" });
        let volume = report_of(&scene, "volume", parameters.clone()).unwrap();
        let period = [("start_time", Test::AtLeast, start), ("start_time", Test::AtMost, end)];
        let mine = [period[0], period[1], ("agent_id", Test::Equals, "agent_abc123")];
        let expected = listed(&scene, &mine);
        assert!(expected > 20 && expected < listed(&scene, &period));
        assert_eq!(volume["total"], expected);
        assert_eq!(volume["interval"], "week");
        assert_eq!(volume["series"].as_array().unwrap().len(), 4);
        let sum: u64 = volume["series"].as_array().unwrap().iter().filter_map(|step| step["total"].as_u64()).sum();
        assert_eq!(sum as usize, expected);
        let performance = report_of(&scene, "performance", parameters.clone()).unwrap();
        assert_eq!(performance["totals"]["conversations"], expected);
        assert_eq!(performance["agents"][0]["agent_id"], "agent_abc123");
        assert!(!performance["agents"][0]["agent_name"].as_str().unwrap().is_empty());
        let sentiment = report_of(&scene, "sentiment", parameters).unwrap();
        let positive = [mine[0], mine[1], mine[2], ("sentiment", Test::Equals, "positive")];
        assert_eq!(sentiment["positive"], listed(&scene, &positive));
    }

    #[test]
    fn what_is_left_out_is_the_last_30_days_by_the_day() {
        let scene = Scene::new(42, 1247);
        let volume = report_of(&scene, "volume", json!({})).unwrap();
        let expected = json!({ "start_date": "2024-12-16T15:00:00Z", "end_date": "2025-01-15T15:00:00Z" });
        assert_eq!((&volume["period"], &volume["interval"]), (&expected, &json!("day")));
        assert_eq!(volume["total"], listed(&scene, &[("start_time", Test::AtLeast, "2024-12-16T15:00:00Z")]));
        assert_eq!(volume["by_status"]["in_progress"], 3);
    }

    #[test]
    fn a_custom_report_has_its_own_conditions() {
        let scene = Scene::new(42, 1247);
        let body = json!({
            "name": "Failures",
            "metrics": ["conversations", "completion_rate"],
            "group_by": "agent",
            "filters": { "status": "failed", "agent_id": "agent_abc123" },
            "start_date": "0000-01-01T00:00:00Z",
        });
        let report = report_of(&scene, "custom", body).unwrap();
        let failed = [("status", Test::Equals, "failed"), ("agent_id", Test::Equals, "agent_abc123")];
        let values = json!({ "conversations": listed(&scene, &failed), "completion_rate": 0.0 });
        assert_eq!(report["rows"], json!([{ "group": "agent_abc123", "values": values }]));
        assert_eq!((&report["name"], &report["group_by"]), (&json!("Failures"), &json!("agent")));
        assert_eq!(report["metrics"], json!(["conversations", "completion_rate"]));
        // Whatever a contract lets through is a filter.
        let spanish = json!({ "metrics": ["conversations"], "group_by": "agent", "filters": { "language": "es" },
            "start_date": "0000-01-01T00:00:00Z" });
        let rows = report_of(&scene, "custom", spanish).unwrap()["rows"].take();
        let counted = rows.as_array().unwrap().iter().map(|row| row["values"]["conversations"].as_u64().unwrap());
        let expected = listed(&scene, &[("language", Test::Equals, "es")]);
        assert!(expected > 20);
        assert_eq!(counted.sum::<u64>() as usize, expected);
        let days = report_of(&scene, "custom", json!({ "name": "a", "metrics": ["conversations"] })).unwrap();
        assert_eq!(days["group_by"], "day");
        assert!(days["rows"].as_array().unwrap().len() > 25);
    }

    #[test]
    fn what_can_t_be_computed_is_a_problem() {
        let scene = Scene::new(42, 20);
        let problem = |name: &str, parameters: Value| report_of(&scene, name, parameters).unwrap_err();
        let fine = problem("volume", json!({ "start_date": "1990-01-01T00:00:00Z", "interval": "hour" }));
        assert_eq!((fine.kind, &fine.facts["field"]), (Kind::InvalidParameter, &json!("interval")));
        assert_eq!(problem("weather", json!({})).kind, Kind::Internal);
        let first = json!({ "end_date": "0000-01-02T00:00:00Z" });
        assert_eq!(report_of(&scene, "volume", first).unwrap()["total"], 0);
    }
}
