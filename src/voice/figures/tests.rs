use super::*;

fn moment(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn period(start: &str, end: &str) -> Period {
    Period { start: moment(start), end: moment(end) }
}

fn call(start: &str, status: &'static str, score: Option<f64>) -> Facts<'static> {
    let sentiment = score.map(|score| match score {
        score if score > 0.25 => "positive",
        score if score < -0.25 => "negative",
        _ => "neutral",
    });
    Facts {
        start: moment(start),
        duration: 100,
        status,
        sentiment,
        score,
        outcome: (status == "completed").then_some("issue_resolved"),
        agent: "agent_1",
        topics: vec!["billing", "refund"],
        response_time: score.map(|_| 1.5),
    }
}

fn calls() -> Vec<Facts<'static>> {
    vec![
        call("2025-01-13T00:00:00Z", "completed", Some(0.9)),
        call("2025-01-13T23:59:59Z", "completed", Some(-0.5)),
        call("2025-01-15T12:00:00Z", "in_progress", Some(0.0)),
        Facts { agent: "agent_2", duration: 7, ..call("2025-01-15T12:30:00Z", "abandoned", None) },
    ]
}

#[test]
fn volume_counts_each_call_once_in_its_state_and_step() {
    let period = period("2025-01-13T00:00:00Z", "2025-01-15T15:00:00Z");
    let report = volume(period, Interval::Day, calls().into_iter()).unwrap();
    assert_eq!(report["total"], 4);
    assert_eq!(report["by_status"], json!({ "in_progress": 1, "completed": 2, "failed": 0, "abandoned": 1 }));
    assert_eq!(
        report["series"],
        json!([
            { "start": "2025-01-13T00:00:00Z", "total": 2 },
            { "start": "2025-01-14T00:00:00Z", "total": 0 },
            { "start": "2025-01-15T00:00:00Z", "total": 2 },
        ])
    );
    assert_eq!(report["period"]["end_date"], "2025-01-15T15:00:00Z");
}

#[test]
fn steps_begin_at_whole_hours_days_mondays_and_months() {
    let period = period("2024-12-31T22:30:00Z", "2025-01-13T00:00:00Z");
    let starts = |interval: Interval| {
        let report = volume(period, interval, std::iter::empty()).unwrap();
        let series = report["series"].as_array().unwrap().clone();
        let first = series[0]["start"].as_str().unwrap().to_owned();
        (series.len(), first, series[series.len() - 1]["start"].as_str().unwrap().to_owned())
    };
    let expected = |count: usize, first: &str, last: &str| (count, first.to_owned(), last.to_owned());
    assert_eq!(starts(Interval::Hour), expected(291, "2024-12-31T22:00:00Z", "2025-01-13T00:00:00Z"));
    assert_eq!(starts(Interval::Day), expected(14, "2024-12-31T00:00:00Z", "2025-01-13T00:00:00Z"));
    assert_eq!(starts(Interval::Week), expected(3, "2024-12-30T00:00:00Z", "2025-01-13T00:00:00Z"));
    assert_eq!(starts(Interval::Month), expected(2, "2024-12-01T00:00:00Z", "2025-01-01T00:00:00Z"));
}

#[test]
fn a_period_without_end_or_too_long_is_bounded() {
    let now = moment("2025-01-31T12:00:00Z");
    let usual = Period::new(None, None, now);
    assert_eq!(usual, Period { start: moment("2025-01-01T12:00:00Z"), end: now });
    let all = Period { start: Timestamp::MIN, end: Timestamp::MAX };
    assert_eq!(volume(all, Interval::Month, std::iter::empty()), Err(TooManySteps));
    assert_eq!(Period::new(None, Some(Timestamp::MIN), now).start, Timestamp::MIN);
    let reversed = Period { start: now, end: usual.start };
    assert_eq!(volume(reversed, Interval::Hour, std::iter::empty()).unwrap()["series"], json!([]));
}

#[test]
fn sentiment_leaves_out_calls_that_felt_nothing() {
    let period = period("2025-01-13T00:00:00Z", "2025-01-15T15:00:00Z");
    let report = sentiment(period, Interval::Week, calls().into_iter()).unwrap();
    assert_eq!((&report["total"], &report["average_score"]), (&json!(3), &json!(0.13)));
    assert_eq!(report["series"].as_array().unwrap().len(), 1);
    assert_eq!(report["series"][0]["negative"], 1);
}

#[test]
fn performance_tells_all_and_each() {
    let period = period("2025-01-13T00:00:00Z", "2025-01-15T15:00:00Z");
    let report = performance(period, calls().into_iter(), |id| id.to_uppercase());
    assert_eq!(report["totals"]["conversations"], 4);
    assert_eq!(report["totals"]["average_duration"], 76.8);
    assert_eq!(report["totals"]["completion_rate"], 0.5);
    assert_eq!(report["agents"][0]["agent_name"], "AGENT_1");
    assert_eq!(report["agents"][1]["figures"]["average_response_time"], Value::Null);
    let nobody = performance(period, std::iter::empty(), str::to_owned);
    assert_eq!(nobody["totals"]["completion_rate"], Value::Null);
    assert_eq!(nobody["agents"], json!([]));
}

#[test]
fn a_custom_report_has_a_row_for_each_group() {
    let rows = |group: &str, metrics: &[&str]| custom(Grouping::of(group).unwrap(), metrics, calls().into_iter());
    assert_eq!(
        rows("sentiment", &["conversations", "average_sentiment_score"]),
        json!([
            { "group": "negative", "values": { "conversations": 1, "average_sentiment_score": -0.5 } },
            { "group": "neutral", "values": { "conversations": 1, "average_sentiment_score": 0.0 } },
            { "group": "positive", "values": { "conversations": 1, "average_sentiment_score": 0.9 } },
        ])
    );
    let groups = |group: &str| {
        let rows = rows(group, &["conversations"]);
        let of = |row: &Value| (row["group"].as_str().unwrap().to_owned(), row["values"]["conversations"].clone());
        rows.as_array().unwrap().iter().map(of).map(|(group, count)| format!("{group} {count}")).collect::<Vec<_>>()
    };
    assert_eq!(groups("topic"), ["billing 4", "refund 4"]);
    assert_eq!(groups("day"), ["2025-01-13 2", "2025-01-15 2"]);
    assert_eq!(groups("week"), ["2025-01-13 4"]);
    assert_eq!(groups("month"), ["2025-01 4"]);
    assert_eq!(groups("agent"), ["agent_1 3", "agent_2 1"]);
    assert_eq!(groups("status"), ["completed 2", "abandoned 1", "in_progress 1"]);
    assert_eq!(groups("outcome"), ["issue_resolved 2"]);
    assert!(Grouping::of("hours").is_none());
}
