//! How long lists, searches and figures take over the calls of the embedded world.

use std::sync::{Arc, LazyLock};

use ayra_mock::contract::{Library as _, Test};
use ayra_mock::embedded::{FIXTURES, Library};
use ayra_mock::seed::Seed;
use ayra_mock::voice::calls::{Calls, Growth, View};
use ayra_mock::voice::figures;
use ayra_mock::voice::stock::{Beside, Stock};
use ayra_mock::world::query::{Condition, Order, Query};
use ayra_mock::world::{Base, Record, Store};
use divan::{Bencher, black_box};
use jiff::Timestamp;
use serde_json::{Value, json};

struct Scene {
    calls: Calls,
    growth: Growth,
    agents: Store,
    now: Timestamp,
}

static THOUSAND: LazyLock<Scene> = LazyLock::new(|| Scene::new(1_000));
static SCENE: LazyLock<Scene> = LazyLock::new(|| Scene::new(100_000));
static MILLION: LazyLock<Scene> = LazyLock::new(|| Scene::new(1_000_000));

fn stock() -> Arc<Stock> {
    let fixtures = Library::new(FIXTURES, None).expect("the embedded fixtures");
    let (agents, contacts) = (records("agents.yaml", "agents"), records("contacts.yaml", "contacts"));
    let beside = Beside { agents: agents.iter().collect(), contacts: contacts.iter().collect(), schema: None };
    Arc::new(Stock::read(&fixtures, &beside).expect("a good stock"))
}

fn records(file: &str, list: &str) -> Vec<Value> {
    let fixtures = Library::new(FIXTURES, None).expect("the embedded fixtures");
    fixtures.read(file).expect("a file").value[list].as_array().expect("a list").clone()
}

impl Scene {
    fn new(count: usize) -> Scene {
        let stock = stock();
        let now = stock.world.moment;
        let agents = records("agents.yaml", "agents").into_iter().map(Record::new).collect();
        let agents = Store::new(Arc::new(Base::new("id", agents)));
        Scene { calls: Calls::new(stock, Seed(42), now, count), growth: Growth::default(), agents, now }
    }

    fn view(&self) -> View<'_> {
        self.calls.view(self.now, &self.growth, &self.agents)
    }

    /// A page of a list as it is answered.
    fn page(&self, query: &Query, from: usize) -> Vec<u8> {
        let (view, mut out) = (self.view(), Vec::with_capacity(16_384));
        let selection = self.calls.select(&view, query);
        black_box(selection.len());
        selection.after(from).take(25).for_each(|handle| self.calls.write_row(&view, handle, &mut out));
        out
    }
}

fn condition(fields: &[&str], test: Test, value: impl Into<Value>) -> Condition {
    Condition { fields: fields.iter().map(|field| (*field).to_owned()).collect(), test, value: value.into() }
}

fn is(field: &str, value: impl Into<Value>) -> Condition {
    condition(&[field], Test::Equals, value)
}

fn conditions(name: &str) -> Vec<Condition> {
    let start = condition(&["start_time"], Test::AtLeast, "2024-12-20T00:00:00Z");
    let end = condition(&["start_time"], Test::AtMost, "2025-01-10T00:00:00Z");
    let topic = condition(&["topics", "analytics.keywords_detected"], Test::Includes, "Billing");
    let long = condition(&["duration"], Test::AtLeast, 300);
    match name {
        "none" => vec![],
        "agent" => vec![is("agent_id", "agent_abc123")],
        "status" => vec![is("status", "completed")],
        "sentiment" => vec![is("sentiment", "positive")],
        "outcome" => vec![is("outcome", "issue_resolved")],
        "caller" => vec![is("caller_number", "+15551234567")],
        "duration" => vec![long],
        "period" => vec![start, end],
        "recording" => vec![is("has_recording", true)],
        "topic" => vec![topic],
        "six" => vec![is("status", "completed"), is("sentiment", "negative"), start, end, long, topic],
        text => vec![condition(&["summary", "transcript.full_text"], Test::Contains, text)],
    }
}

#[divan::bench(args = ["none", "agent", "status", "sentiment", "outcome", "caller", "duration", "period", "recording", "topic", "six"])]
fn filtered(bencher: Bencher, name: &str) {
    let (scene, query) = (&*SCENE, Query { conditions: conditions(name), order: None });
    bencher.bench_local(|| scene.page(black_box(&query), 0));
}

#[divan::bench(args = ["none", "status", "six"], consts = [0, 20_000])]
fn sorted<const FROM: usize>(bencher: Bencher, name: &str) {
    let order = Some(Order { field: "duration".to_owned(), descending: true });
    let (scene, query) = (&*SCENE, Query { conditions: conditions(name), order });
    scene.page(&query, 0);
    bencher.bench_local(|| scene.page(black_box(&query), FROM));
}

#[divan::bench(args = ["start_time", "sentiment_score"])]
fn ascending(bencher: Bencher, field: &str) {
    let order = Some(Order { field: field.to_owned(), descending: false });
    let (scene, query) = (&*SCENE, Query { conditions: conditions("status"), order });
    scene.page(&query, 0);
    bencher.bench_local(|| scene.page(black_box(&query), 0));
}

#[divan::bench(args = [1_000, 100_000, 1_000_000])]
fn newest(bencher: Bencher, count: usize) {
    let scene = match count {
        1_000 => &*THOUSAND,
        100_000 => &*SCENE,
        _ => &*MILLION,
    };
    bencher.bench_local(|| scene.page(black_box(&Query::default()), 0));
}

#[divan::bench(args = ["status", "six"])]
fn of_a_million(bencher: Bencher, name: &str) {
    let order = Some(Order { field: "duration".to_owned(), descending: true });
    let (scene, query) = (&*MILLION, Query { conditions: conditions(name), order });
    scene.page(&query, 0);
    bencher.bench_local(|| scene.page(black_box(&query), 0));
}

#[divan::bench(args = ["volume", "sentiment", "performance", "custom"])]
fn report(bencher: Bencher, name: &str) {
    let scene = &*SCENE;
    let parameters = json!({ "start_date": "2024-01-01T00:00:00Z", "group_by": "topic", "metrics": ["conversations"] });
    let parameters = parameters.as_object().expect("parameters");
    let report = || figures::report(name, &scene.calls, &scene.view(), black_box(parameters), Vec::new());
    bencher.bench_local(|| report().expect("a report"));
}

/// A common word, a rare one, a letter, a name, a number, an order, a day, a sentence, a line's beginning, what nobody says.
const SEARCHES: [&str; 10] = [
    "refund",
    "chargeback",
    "e",
    "miller",
    "42",
    "order 12345",
    "january 3rd",
    "Could you tell me the order number, please?",
    "Agent: Thank you",
    "zzqx",
];

/// The results of the last searches are out of the way.
#[divan::bench(args = SEARCHES)]
fn search(bencher: Bencher, text: &str) {
    search_of(bencher, &SCENE, text);
}

#[divan::bench(args = ["refund", "miller"], sample_count = 10)]
fn search_of_a_million(bencher: Bencher, text: &str) {
    search_of(bencher, &MILLION, text);
}

fn search_of(bencher: Bencher, scene: &Scene, text: &str) {
    let query = |text: &str| Query { conditions: conditions(text), order: None };
    let wanted = query(text);
    let others: Vec<Query> = (0..8).map(|n| query(&format!("nobody says {n}"))).collect();
    let forget = || others.iter().for_each(|other| drop(scene.page(other, 0)));
    bencher.with_inputs(forget).bench_local_values(|()| scene.page(black_box(&wanted), 0));
}

#[divan::bench]
fn search_again(bencher: Bencher) {
    let query = Query { conditions: conditions("refund"), order: None };
    bencher.bench_local(|| SCENE.page(black_box(&query), 0));
}
