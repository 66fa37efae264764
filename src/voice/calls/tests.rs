mod cut;
mod golden;
mod passing;

use std::collections::HashSet;

use serde_json::json;

use super::columns::Fate;
use super::*;
use crate::contract::{Contract, Direction, Library as _, Schema, Test};
use crate::embedded::{ENTRY, FIXTURES, Library, SCHEMAS};
use crate::voice::stock::Beside;
use crate::voice::turn::Speaker;
use crate::world::query::{Condition, Order, Query};
use crate::world::{Base, Record};

/// The embedded world at a moment.
pub struct Scene {
    pub calls: Calls,
    pub growth: Growth,
    pub agents: Store,
    pub now: Timestamp,
}

fn records(file: &str, list: &str) -> Vec<Value> {
    let fixtures = Library::new(FIXTURES, None).unwrap();
    fixtures.read(file).unwrap().value[list].as_array().unwrap().clone()
}

pub fn stock() -> Arc<Stock> {
    let fixtures = Library::new(FIXTURES, None).unwrap();
    let (agents, contacts) = (records("agents.yaml", "agents"), records("contacts.yaml", "contacts"));
    let beside = Beside { agents: agents.iter().collect(), contacts: contacts.iter().collect(), schema: None };
    Arc::new(Stock::read(&fixtures, &beside).unwrap_or_else(|findings| panic!("{findings:#?}")))
}

impl Scene {
    pub fn new(seed: u64, count: usize) -> Scene {
        let stock = stock();
        let now = stock.world.moment;
        let agents = records("agents.yaml", "agents").into_iter().map(Record::new).collect();
        let agents = Store::new(Arc::new(Base::new("id", agents)));
        Scene { calls: Calls::new(stock, Seed(seed), now, count), growth: Growth::default(), agents, now }
    }

    pub fn view(&self) -> View<'_> {
        self.calls.view(self.now, &self.growth, &self.agents)
    }

    fn all(&self) -> Vec<Handle> {
        self.calls.select(&self.view(), &Query::default()).iter().collect()
    }

    fn row(&self, handle: Handle) -> Value {
        let mut bytes = Vec::new();
        self.calls.write_row(&self.view(), handle, &mut bytes);
        serde_json::from_slice(&bytes).unwrap()
    }

    fn details(&self, handle: Handle) -> Value {
        self.calls.details(&self.view(), handle)
    }

    fn select(&self, conditions: Vec<Condition>, order: Option<Order>) -> Vec<Handle> {
        self.calls.select(&self.view(), &Query { conditions, order }).iter().collect()
    }
}

/// How many calls of an agent run.
fn active(scene: &Scene, agent: &str) -> usize {
    let equals = |field: &str, value: &str| Condition {
        fields: vec![field.to_owned()],
        test: Test::Equals,
        value: value.into(),
    };
    scene.select(vec![equals("status", "in_progress"), equals("agent_id", agent)], None).len()
}

/// The embedded contract, and the schemas of a row and of details.
fn schemas() -> (Contract, Schema, Schema) {
    let contract = Contract::load_vetted(&Library::new(SCHEMAS, None).unwrap(), ENTRY).unwrap().contract;
    let file = |path: &str| {
        let place = contract.bundle.files.iter().position(|(name, _)| name == path).unwrap();
        Schema::new(&contract.bundle.at(place, ""))
    };
    let (row, details) = (file("conversation-summary.yaml"), file("conversation-details.yaml"));
    (contract, row, details)
}

/// Numbers are given to agents without a look at who calls.
#[test]
fn no_caller_has_a_number_that_is_given_out() {
    let stock = stock();
    for number in crate::world::ids::AREAS.iter().flat_map(|area| (0..100).map(move |n| (*area, n))) {
        let number = 10_000_000_000 + u64::from(number.0) * 10_000_000 + 5_550_100 + number.1;
        assert!(!stock.people.0.iter().any(|language| language.numbers.has(number)), "{number}");
    }
}

#[test]
fn the_documented_call_is_the_newest_and_as_documented() {
    let scene = Scene::new(42, 1247);
    assert_eq!(scene.calls.count(&scene.view()), 1247);
    let newest = scene.all()[0];
    assert_eq!(scene.calls.find(&scene.view(), "conv_abc123xyz789"), Some(newest));
    let documented = |file: &str| {
        let library = Library::new(SCHEMAS, None).unwrap();
        library.read(file).unwrap().value
    };
    let paths = documented("paths/conversations.yaml");
    let examples = &paths["collection"]["get"]["responses"]["200"]["content"]["application/json"]["examples"];
    assert_eq!(scene.row(newest), examples["documented"]["value"]["data"][0]);
    let shown = documented("examples/conversation.yaml")["details"]["value"]["data"].clone();
    let details = scene.details(newest);
    for (name, value) in shown.as_object().unwrap() {
        let mut value = value.clone();
        if name == "recording" {
            // Its address is made when it is asked for, with the time until which it is good.
            value.as_object_mut().unwrap().retain(|name, _| name == "duration");
        }
        assert_eq!(details[name], value, "{name}");
    }
}

#[test]
fn every_call_keeps_the_schemas() {
    let (contract, row_schema, details_schema) = schemas();
    let scene = Scene::new(7, 400);
    for handle in scene.all() {
        let row = scene.row(handle);
        let found = contract.schemas.check(&row_schema, &row, Direction::Response);
        assert!(found.is_empty(), "{row:#}\n{found:#?}");
        let mut details = scene.details(handle);
        if let Some(recording) = details.get_mut("recording") {
            recording["url"] = json!("https://example.com/recording");
            recording["expires_at"] = json!("2025-02-15T14:35:23Z");
        }
        let found = contract.schemas.check(&details_schema, &details, Direction::Response);
        assert!(found.is_empty(), "{details:#}\n{found:#?}");
        for (name, value) in row.as_object().unwrap() {
            match name.as_str() {
                "has_recording" => assert_eq!(*value, details.get("recording").is_some(), "{row:#}"),
                "has_transcript" => assert_eq!(*value, details.get("transcript").is_some(), "{row:#}"),
                name => assert_eq!(*value, details[name], "{name}"),
            }
        }
    }
}

#[test]
fn ids_are_found_again_and_each_is_one_call_s() {
    let scene = Scene::new(42, 1247);
    let mut seen = HashSet::new();
    for handle in scene.all() {
        let id = scene.calls.id(&scene.view(), handle);
        assert_eq!(scene.calls.find(&scene.view(), &id), Some(handle), "{id}");
        assert!(seen.insert(id));
    }
    for unknown in ["conv_000000000000", "conv_abc123xyz780", "agent_abc123", ""] {
        assert_eq!(scene.calls.find(&scene.view(), unknown), None, "{unknown}");
    }
}

/// What holds for every transcript, whatever the seed.
#[test]
fn what_is_said_adds_up() {
    for seed in 0..3 {
        let scene = Scene::new(seed, 300);
        for handle in scene.all() {
            let call = scene.calls.call(&scene.view(), handle);
            let (turns, details) = (call.turns(), scene.details(handle));
            let about = format!("{} of seed {seed}", call.id());
            assert!(turns.windows(2).all(|pair| pair[0].start < pair[1].start), "{about}");
            assert!(turns.last().is_none_or(|last| last.end().as_secs_f64() <= f64::from(call.duration())), "{about}");
            for turn in &turns {
                assert!(!turn.text.contains(['{', '}']) && !turn.text.contains("  "), "{about}: {}", turn.text);
                assert!(turn.start.as_millis() % 100 == 0 && turn.length.as_millis() % 100 == 0, "{about}");
                let words = turn.text.split_whitespace().count();
                let pace = words as f64 / turn.length.as_secs_f64();
                // Numbers and addresses take longer than words, and names of three parts less.
                assert!(words < 6 || (1.1..=3.6).contains(&pace), "{about}: {pace} words a second: {}", turn.text);
            }
            let said: Vec<String> = turns.iter().map(|turn| turn.text.to_lowercase()).collect();
            for keyword in call.keywords().into_iter().filter(|_| call.written().is_none()) {
                assert!(said.iter().any(|text| text.contains(&keyword.to_lowercase())), "{about}: {keyword}");
            }
            if let Some(transcript) = details.get("transcript") {
                let words = turns.iter().flat_map(|turn| turn.text.split_whitespace());
                let words = words.filter(|word| word.contains(char::is_alphanumeric)).count();
                assert_eq!(transcript["word_count"], words, "{about}");
                let lines = transcript["full_text"].as_str().unwrap().lines().count();
                assert_eq!(lines, turns.len(), "{about}");
                let texts = transcript["messages"].as_array().unwrap().iter().map(|message| &message["text"]);
                assert!(texts.eq(turns.iter().map(|turn| turn.text.as_str())), "{about}");
            }
            if let Some(analytics) = details.get("analytics").filter(|_| call.written().is_none()) {
                let pairs = turns.windows(2);
                let answers =
                    pairs.filter(|pair| pair[0].speaker == Speaker::Customer && pair[1].speaker == Speaker::Agent);
                let times: Vec<f64> =
                    answers.map(|pair| pair[1].start.saturating_sub(pair[0].end()).as_secs_f64()).collect();
                let mean = times.iter().sum::<f64>() / times.len() as f64;
                match analytics["average_response_time"].as_f64() {
                    Some(told) => assert!((told - mean).abs() < 0.051, "{about}: {told} {mean}"),
                    None => assert!(times.is_empty(), "{about}"),
                }
            }
        }
    }
}

#[test]
fn each_way_to_end_has_its_facts() {
    let scene = Scene::new(42, 2_000);
    let mut counts = [0; 3];
    for handle in scene.all() {
        let call = scene.calls.call(&scene.view(), handle);
        let details = scene.details(handle);
        if call.running() {
            assert_eq!((&details["status"], &details["end_time"]), (&json!("in_progress"), &Value::Null));
            continue;
        }
        match call.row.fate {
            Fate::Completed => {
                counts[0] += 1;
                assert!(details["outcome"].is_string() && details["summary"].is_string(), "{details:#}");
            }
            Fate::Failed => {
                counts[1] += 1;
                assert!(details["failure_reason"].is_string() && details["outcome"].is_null(), "{details:#}");
            }
            Fate::Abandoned => {
                counts[2] += 1;
                assert!(details["abandonment_reason"].is_string() && details["sentiment"].is_null(), "{details:#}");
                for absent in ["transcript", "recording", "analytics"] {
                    assert!(details.get(absent).is_none(), "{details:#}");
                }
                assert_eq!((&details["topics"], &details["integrations"]), (&json!([]), &json!([])));
            }
        }
    }
    assert!(counts[0] > 1_750 && counts[1] > 30 && counts[2] > 60, "{counts:?}");
}

#[test]
fn three_calls_run_and_two_of_them_hold_an_agent() {
    let scene = Scene::new(42, 1247);
    let running = scene.select(vec![is("status", json!("in_progress"))], None);
    let ids: Vec<String> = running.iter().map(|handle| scene.calls.id(&scene.view(), *handle)).collect();
    assert_eq!(ids, ["conv_q4n8vz15tke7", "conv_m2x7bd93rwy6", "conv_h9f1jc60pas3"]);
    assert_eq!(active(&scene, "agent_abc123xyz789"), 2);
    assert_eq!(active(&scene, "agent_abc123"), 0);
}

fn is(field: &str, value: Value) -> Condition {
    Condition { fields: vec![field.to_owned()], test: Test::Equals, value }
}

#[test]
fn filters_and_orders_agree_with_the_rows() {
    let scene = Scene::new(42, 600);
    let all = scene.all();
    let conditions = [
        is("status", json!("failed")),
        is("agent_id", json!("agent_abc123")),
        is("sentiment", json!("negative")),
        is("has_recording", json!(true)),
        is("has_transcript", json!(false)),
        is("outcome", json!("transferred")),
        is("caller_number", json!("+15551234567")),
        is("agent_name", json!("Front Desk")),
    ];
    for condition in conditions {
        let expected: Vec<Handle> =
            all.iter().copied().filter(|handle| scene.row(*handle)[&condition.fields[0]] == condition.value).collect();
        assert!(!expected.is_empty(), "{condition:?}");
        assert_eq!(scene.select(vec![condition.clone()], None), expected, "{condition:?}");
    }
    for (field, descending) in
        [("duration", true), ("sentiment_score", false), ("start_time", false), ("outcome", true)]
    {
        let sorted = scene.select(Vec::new(), Some(Order { field: field.to_owned(), descending }));
        assert_eq!(sorted.len(), all.len());
        let values: Vec<Value> = sorted.iter().map(|handle| scene.details(*handle)[field].clone()).collect();
        let known: Vec<&Value> = values.iter().take_while(|value| !value.is_null()).collect();
        assert!(values[known.len()..].iter().all(Value::is_null), "{field}: what is not known comes last");
        let order = |pair: &[&Value]| crate::world::matching::compare(pair[0], pair[1]);
        assert!(
            known.windows(2).all(|pair| if descending { order(pair).is_ge() } else { order(pair).is_le() }),
            "{field}"
        );
    }
    let search = Condition {
        fields: vec!["summary".to_owned(), "transcript.full_text".to_owned()],
        test: Test::Contains,
        value: json!("refund"),
    };
    let found = scene.select(vec![search], None);
    assert!(found.len() > 10 && found.len() < all.len() / 2, "{}", found.len());
}

#[test]
fn a_seed_gives_the_same_calls_and_another_one_others() {
    let (one, same, other) = (Scene::new(1, 50), Scene::new(1, 50), Scene::new(2, 50));
    let rows = |scene: &Scene| scene.all().into_iter().map(|handle| scene.row(handle)).collect::<Vec<_>>();
    assert_eq!(rows(&one), rows(&same));
    let differ = rows(&one).into_iter().zip(rows(&other)).filter(|(a, b)| a != b).count();
    assert!(differ > 40, "{differ}");
}
