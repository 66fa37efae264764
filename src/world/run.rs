//! Records that are started and end by themselves. What a run does is the `behaviour` of another record: how long it takes,
//! how it may fail and what it gives. Which of it happens follows from the seed and the run's id.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};

use super::due::Due;
use super::record::{self, written};
use crate::breach::{Breach, Place};
use crate::contract::{Alone, Collection, Findings, Made, Run, Schemas};
use crate::pointer;
use crate::seed::Seed;

/// How many milliseconds a run waits before it begins.
const WAITS: (i64, i64) = (200, 2_000);

#[derive(Debug)]
pub struct Behaviour {
    /// What the input has to be.
    pub input: Option<Alone>,
    /// How many milliseconds a run takes, at least and at most.
    pub runs: (i64, i64),
    /// How often a run fails, 0 never to 1 always.
    pub fails: f64,
    /// What a failed run may say.
    pub errors: Vec<String>,
    /// What a run gives; `{input.NAME}` in a text stands for that part of the input.
    pub output: Value,
}

/// A record of which nothing is said takes any input, and does nothing in particular.
impl Default for Behaviour {
    fn default() -> Behaviour {
        let output = Value::Object(Map::new());
        Behaviour { input: None, runs: (1_000, 3_000), fails: 0.0, errors: Vec::new(), output }
    }
}

/// One run of a collection's, as it is started.
#[derive(Clone, Copy)]
pub struct Started<'r> {
    pub schemas: &'r Schemas,
    /// The collection of the runs, by its place too.
    pub collection: &'r Collection,
    pub place: usize,
    pub id: &'r str,
    pub input: &'r Value,
    pub at: Timestamp,
    /// The lane's.
    pub seed: Seed,
}

impl Behaviour {
    /// How an input breaks what is asked of it. Places start from the body, in which `member` holds the input.
    pub fn judge(&self, input: &Value, member: &str) -> Findings {
        let empty = Value::Object(Map::new());
        let input = if input.is_null() { &empty } else { input };
        let Some(schema) = &self.input else { return Findings::default() };
        let Findings { breaches, more } = schema.findings(input);
        let below = |breach: Breach| match &breach.place {
            Place::Body(place) => {
                Breach { place: Place::Body(format!("/{}{place}", pointer::escaped(member))), ..breach }
            }
            _ => breach,
        };
        Findings { breaches: breaches.into_iter().map(below).collect(), more }
    }

    /// What becomes of a run, and when: it begins, and it ends. Nothing for a collection without runs.
    pub fn course(&self, started: Started) -> Vec<(Timestamp, Due)> {
        let Some(run) = &started.collection.run else { return Vec::new() };
        let mut stream = started.seed.stream(["run", &started.collection.name, started.id]);
        let begins = later(started.at, stream.between(WAITS.0, WAITS.1));
        let ends = later(begins, stream.between(self.runs.0, self.runs.1));
        let failed = stream.chance(self.fails).then(|| match self.errors.as_slice() {
            [] => "The run failed.".to_owned(),
            errors => stream.pick(errors).clone(),
        });
        let [_, running, done, broken] = &run.states;
        let mut begun = started.state(run, running, begins);
        begun.insert(run.started.clone(), Value::from(written(begins)));
        let mut ended = started.state(run, if failed.is_some() { broken } else { done }, ends);
        ended.insert(run.ended.clone(), Value::from(written(ends)));
        let output = match failed {
            Some(error) => {
                ended.insert(run.error.clone(), Value::from(error));
                Value::Object(Map::new())
            }
            None => filled(&self.output, &run.input, started.input),
        };
        let mut hidden = Map::new();
        let shown = record::is_declared(started.schemas, started.collection, &run.output);
        if shown { &mut ended } else { &mut hidden }.insert(run.output.clone(), output);
        let change = |set, hidden| Due::Change { collection: started.place, id: started.id.to_owned(), set, hidden };
        vec![(begins, change(begun, Map::new())), (ends, change(ended, hidden))]
    }
}

impl Started<'_> {
    /// The values that every change of state brings.
    fn state(&self, run: &Run, state: &str, at: Timestamp) -> Map<String, Value> {
        let touched = self.collection.made.iter().filter(|(_, made)| *made == Made::Touched);
        let mut set: Map<String, Value> = touched.map(|(field, _)| (field.clone(), Value::from(written(at)))).collect();
        set.insert(run.state.clone(), Value::from(state));
        set
    }
}

fn later(moment: Timestamp, milliseconds: i64) -> Timestamp {
    moment.checked_add(SignedDuration::from_millis(milliseconds)).unwrap_or(Timestamp::MAX)
}

/// A template with the parts of the input in it.
fn filled(template: &Value, name: &str, input: &Value) -> Value {
    match template {
        Value::String(text) => fill(text, name, input),
        Value::Array(items) => items.iter().map(|item| filled(item, name, input)).collect(),
        Value::Object(members) => {
            members.iter().map(|(key, value)| (key.clone(), filled(value, name, input))).collect()
        }
        other => other.clone(),
    }
}

/// A text that is one placeholder and nothing else becomes that part of the input, whatever it is.
fn fill(text: &str, name: &str, input: &Value) -> Value {
    let opening = format!("{{{name}.");
    let mut filled = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(&opening) {
        let Some((path, following)) = after.split_once('}') else { break };
        let part = record::at(input, path);
        if before.is_empty() && following.is_empty() && filled.is_empty() {
            return part.cloned().unwrap_or_default();
        }
        filled.push_str(before);
        match part {
            None | Some(Value::Null) => {}
            Some(Value::String(text)) => filled.push_str(text),
            Some(other) => filled.push_str(&other.to_string()),
        }
        rest = following;
    }
    filled.push_str(rest);
    Value::from(filled)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::contract::Contract;
    use crate::world::sample;

    const VISITS: &str = "
        pets: {}
        visits:
          schema:
            properties:
              id: {}
              pet_id: {}
              status: {}
              started_at: {}
              finished_at: {}
              error: {}
              input: {}
              changed_at: {}
            additionalProperties: false
          made: { changed_at: touched }
          references: { pet_id: pets }
          run: { of: pet_id, states: [waiting, running, done, failed] }";

    fn moment(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn course(contract: &Contract, behaviour: &Behaviour, id: &str, input: &Value) -> Vec<(Timestamp, Due)> {
        behaviour.course(Started {
            schemas: &contract.schemas,
            collection: &contract.collections[1],
            place: 1,
            id,
            input,
            at: moment("2025-01-15T15:00:00Z"),
            seed: Seed(42),
        })
    }

    fn values(due: &Due) -> (Value, Value) {
        let Due::Change { set, hidden, .. } = due;
        (Value::Object(set.clone()), Value::Object(hidden.clone()))
    }

    #[test]
    fn a_run_begins_and_ends_in_its_time() {
        let contract = sample::contract(VISITS);
        let behaviour = Behaviour {
            runs: (4_000, 9_000),
            output: json!({ "to": "{input.phone}", "text": "Hi {input.name.first}!", "n": [3] }),
            ..Behaviour::default()
        };
        let input = json!({ "phone": 17, "name": { "first": "Ann" } });
        for n in 0..50 {
            let id = format!("v{n}");
            let course = course(&contract, &behaviour, &id, &input);
            assert_eq!(course, self::course(&contract, &behaviour, &id, &input), "the same run takes the same course");
            let [(begins, begun), (ends, ended)] = course.as_slice() else { panic!("{course:?}") };
            let waits = begins.duration_since(moment("2025-01-15T15:00:00Z"));
            assert!((200..=2_000).contains(&waits.as_millis()), "{waits:?}");
            assert!((4_000..=9_000).contains(&ends.duration_since(*begins).as_millis()));
            let at = |moment: &Timestamp| json!(written(*moment));
            assert_eq!(
                values(begun),
                (json!({ "status": "running", "started_at": at(begins), "changed_at": at(begins) }), json!({}))
            );
            assert_eq!(
                values(ended),
                (
                    json!({ "status": "done", "finished_at": at(ends), "changed_at": at(ends) }),
                    json!({ "output": { "to": 17, "text": "Hi Ann!", "n": [3] } }),
                )
            );
            assert!(matches!(ended, Due::Change { collection: 1, id: of, .. } if *of == id));
        }
    }

    #[test]
    fn runs_fail_as_often_as_they_should() {
        let contract = sample::contract(VISITS);
        let behaviour = Behaviour { fails: 0.3, errors: vec!["A".into(), "B".into()], ..Behaviour::default() };
        let (mut failed, mut said) = (0, std::collections::BTreeSet::new());
        for n in 0..1_000 {
            let course = course(&contract, &behaviour, &format!("v{n}"), &Value::Null);
            let (set, hidden) = values(&course[1].1);
            if set["status"] == "failed" {
                failed += 1;
                said.insert(set["error"].as_str().unwrap().to_owned());
                assert_eq!(hidden, json!({ "output": {} }));
            } else {
                assert!(set.get("error").is_none());
            }
        }
        assert!((250..350).contains(&failed), "{failed}");
        assert_eq!(said.into_iter().collect::<Vec<_>>(), ["A", "B"]);
        let always = Behaviour { fails: 1.0, ..Behaviour::default() };
        assert_eq!(values(&course(&contract, &always, "v", &Value::Null)[1].1).0["error"], "The run failed.");
    }

    #[test]
    fn an_input_is_judged_by_its_schema_at_its_place() {
        let schema = json!({ "required": ["phone"], "properties": { "seats": { "type": "integer", "minimum": 1 } } });
        let behaviour = Behaviour { input: Some(Alone::new(&schema).unwrap()), ..Behaviour::default() };
        let places = |input: Value| -> Vec<String> {
            behaviour.judge(&input, "in/put").breaches.iter().map(|breach| breach.place.name().to_owned()).collect()
        };
        assert_eq!(places(json!({ "phone": 1, "seats": 3 })), [""; 0]);
        assert_eq!(places(json!({ "phone": 1, "seats": 0 })), ["/in~1put/seats"]);
        assert_eq!(places(Value::Null), ["/in~1put/phone"]);
        assert!(Behaviour::default().judge(&json!(5), "input").breaches.is_empty());
    }

    #[test]
    fn placeholders_are_filled_and_nothing_else() {
        let input = json!({ "a": "{input.b}", "b": [1], "n": null });
        let table = [
            ("{input.a}", json!("{input.b}")),
            ("<{input.a}>", json!("<{input.b}>")),
            ("{input.b}", json!([1])),
            ("{input.b}{input.b}", json!("[1][1]")),
            ("{input.none}", json!(null)),
            ("x{input.none}y{input.n}", json!("xy")),
            ("{input.a", json!("{input.a")),
            ("{output.a} {input}", json!("{output.a} {input}")),
        ];
        for (text, expected) in table {
            assert_eq!(filled(&json!({ "k": [text] }), "input", &input), json!({ "k": [expected] }), "{text}");
        }
    }

    #[test]
    fn nothing_ends_after_time_itself() {
        let contract = sample::contract(VISITS);
        let started = Started {
            schemas: &contract.schemas,
            collection: &contract.collections[1],
            place: 1,
            id: "v",
            input: &Value::Null,
            at: Timestamp::MAX,
            seed: Seed(1),
        };
        assert_eq!(Behaviour::default().course(started)[1].0, Timestamp::MAX);
        assert!(Behaviour::default().course(Started { collection: &contract.collections[0], ..started }).is_empty());
    }
}
