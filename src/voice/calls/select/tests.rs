//! What the columns answer is held against the plain way: to look at every whole record.

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::*;
use crate::contract::Test;
use crate::seed::{Seed, Stream};
use crate::voice::calls::tests::Scene;
use crate::world::query::Condition;

/// Every whole record of a scene at a moment, newest first.
struct Records(Vec<(Handle, Value)>);

impl Records {
    fn of(scene: &Scene) -> Records {
        let all = scene.calls.select(&scene.view(), &Query::default());
        let record = |handle| (handle, show::whole(&scene.calls.call(&scene.view(), handle), &scene.view()));
        Records(all.iter().map(record).collect())
    }

    fn select(&self, query: &Query) -> Vec<Handle> {
        let good = |record: &Value| {
            query
                .conditions
                .iter()
                .all(|condition| matching::Wanted::new(condition).is_met(|field| crate::world::at(record, field)))
        };
        let mut found: Vec<&(Handle, Value)> = self.0.iter().filter(|(_, record)| good(record)).collect();
        if let Some(Order { field, descending }) = &query.order {
            let key = |record| crate::world::at(record, field).filter(|value| !value.is_null());
            found.sort_by(|(_, a), (_, b)| match (key(a), key(b)) {
                (Some(a), Some(b)) if *descending => matching::compare(b, a),
                (Some(a), Some(b)) => matching::compare(a, b),
                (a, b) => b.is_some().cmp(&a.is_some()),
            });
        }
        found.into_iter().map(|(handle, _)| *handle).collect()
    }

    /// A condition on a value that some call has.
    fn condition(&self, stream: &mut Stream) -> Condition {
        const FIELDS: [(&str, Test); 13] = [
            ("agent_id", Test::Equals),
            ("status", Test::Equals),
            ("sentiment", Test::Equals),
            ("outcome", Test::Equals),
            ("caller_number", Test::Equals),
            ("duration", Test::AtLeast),
            ("duration", Test::AtMost),
            ("start_time", Test::AtLeast),
            ("start_time", Test::AtMost),
            ("has_recording", Test::Equals),
            ("has_transcript", Test::Equals),
            ("topics", Test::Includes),
            ("language", Test::Equals),
        ];
        // Those that are looked up in whole records take their time, and come seldom.
        let known = if stream.chance(0.1) { FIELDS.len() } else { FIELDS.len() - 1 };
        let (field, test) = FIELDS[stream.below(known)];
        // Some calls that are of interest come first.
        let below = if stream.chance(0.3) { 12 } else { self.0.len() };
        let (_, record) = &self.0[stream.below(below)];
        let mut value = record[field].clone();
        let mut fields = vec![field.to_owned()];
        if test == Test::Includes {
            fields.push("analytics.keywords_detected".to_owned());
            let own =
                [&record["topics"], &record["analytics"]["keywords_detected"]].into_iter().filter_map(Value::as_array);
            let own: Vec<&Value> = own.flatten().collect();
            value = if own.is_empty() {
                json!("nothing")
            } else {
                json!(stream.pick(&own).as_str().unwrap().to_uppercase())
            };
        }
        if stream.chance(0.05) {
            value = json!("something else");
        }
        if stream.chance(0.1) {
            let other = self.0[stream.below(self.0.len())].1[field].clone();
            value = json!([value, if test == Test::Includes { json!("billing") } else { other }]);
        }
        Condition { fields, test, value }
    }

    fn query(&self, stream: &mut Stream) -> Query {
        const FIELDS: [&str; 6] = ["start_time", "duration", "sentiment_score", "created_at", "outcome", "end_time"];
        let conditions = (0..stream.below(4)).map(|_| self.condition(stream)).collect();
        let known = if stream.chance(0.1) { FIELDS.len() } else { FIELDS.len() - 2 };
        let order = stream
            .chance(0.7)
            .then(|| Order { field: FIELDS[stream.below(known)].to_owned(), descending: stream.chance(0.5) });
        Query { conditions, order }
    }
}

/// A scene with calls that began after the anchor, at several moments.
fn moments(seed: u64, count: usize, mut each: impl FnMut(&Scene)) {
    let mut scene = Scene::new(seed, count);
    each(&scene);
    scene.growth = scene.calls.growth(30.0);
    for minutes in [1, 7, 45, 600] {
        scene.now += SignedDuration::from_mins(minutes);
        scene.calls.grow(&mut scene.growth, scene.now, &scene.agents);
        each(&scene);
    }
    assert!(scene.growth.len() > 20, "{}", scene.growth.len());
}

#[test]
fn a_list_has_the_calls_that_meet_its_conditions_in_order() {
    for seed in [1, 42] {
        let mut stream = Seed(seed).stream(["queries"]);
        let mut sizes = [0; 3];
        moments(seed, 400, |scene| {
            let records = Records::of(scene);
            for _ in 0..100 {
                let query = records.query(&mut stream);
                let (selection, expected) = (scene.calls.select(&scene.view(), &query), records.select(&query));
                let found: Vec<Handle> = selection.iter().collect();
                assert_eq!(found, expected, "{query:?} at {}", scene.now);
                assert_eq!(selection.len(), expected.len(), "{query:?}");
                let (from, to) = (stream.below(expected.len() + 2), stream.below(expected.len() + 9));
                let range = &expected[from.min(to).min(expected.len())..to.min(expected.len())];
                let stretch = selection.after(from).take(to.saturating_sub(from));
                assert_eq!(stretch.collect::<Vec<_>>(), range, "{from}..{to} of {query:?}");
                if let Some(at) = expected.len().checked_sub(1).map(|last| stream.below(last + 1)) {
                    assert_eq!(selection.place(expected[at]), Some(at), "{query:?}");
                }
                assert!(selection.weight() < 400 * 5 + scene.growth.len() * 40, "{}", selection.weight());
                sizes[usize::from(!expected.is_empty()) + usize::from(expected.len() > 100)] += 1;
            }
        });
        assert!(sizes.iter().all(|size| *size > 50), "{sizes:?}");
    }
}

#[test]
fn a_list_without_conditions_knows_where_each_call_stands() {
    moments(7, 100, |scene| {
        let selection = scene.calls.select(&scene.view(), &Query::default());
        let all: Vec<Handle> = selection.iter().collect();
        assert_eq!((selection.len(), all.len()), (scene.calls.count(&scene.view()), all.len()));
        for (at, handle) in all.iter().enumerate() {
            assert_eq!((selection.place(*handle), selection.get(at)), (Some(at), Some(*handle)));
            assert!(selection.after(at).eq(all[at..].iter().copied()));
        }
        assert_eq!(selection.place(Handle(100)), None);
        assert_eq!(selection.place(Handle(scene.growth.len() as u32 | GROWN)), None);
    });
}

#[test]
fn moments_within_a_second_are_told_apart() {
    let scene = Scene::new(42, 50);
    let newest = scene.calls.select(&scene.view(), &Query::default()).get(0).unwrap();
    let start = scene.calls.call(&scene.view(), newest).start();
    let count = |test, moment: Timestamp| {
        let condition = Condition { fields: vec!["start_time".to_owned()], test, value: moment.to_string().into() };
        scene.calls.select(&scene.view(), &Query { conditions: vec![condition], order: None }).len()
    };
    let moment = SignedDuration::from_millis(1);
    assert_eq!((count(Test::AtLeast, start), count(Test::AtLeast, start + moment)), (1, 0));
    assert_eq!((count(Test::AtMost, start), count(Test::AtMost, start - moment)), (50, 49));
}
