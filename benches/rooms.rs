//! What single rooms cost: `cargo bench --bench rooms`.

#![allow(clippy::expect_used, reason = "a benchmark that can't start may end")]

use std::sync::Arc;

use ayra_mock::contract::{Contract, Found, Library as _};
use ayra_mock::embedded::{ENTRY, FIXTURES, Library, SCHEMAS};
use ayra_mock::lane::{Bounds, Fixtures, Ground, HEADER, Lane, Lanes, Plan, Start};
use ayra_mock::request::Request;
use ayra_mock::seed::Seed;
use ayra_mock::voice::calls::{Calls, Growth};
use ayra_mock::voice::stock::{Beside, Stock};
use ayra_mock::world::query::Query;
use ayra_mock::world::{Base, Record, Store};
use bytes::Bytes;
use divan::{Bencher, black_box};
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderValue, Method};
use serde_json::Value;

const LIST: &str = "/v1/conversations";
const FILTERED: &str = "/v1/conversations?sentiment=positive&start_date=2025-01-01T00:00:00Z&page=2&per_page=50";
const UPDATE: &str = "/v1/agents/agent_abc123";
const BODY: &str = r#"{"name":"Support Line","status":"active","system_prompt":"You answer politely and briefly."}"#;

#[path = "rooms/stage.rs"]
mod stage;
#[path = "rooms/voice.rs"]
mod voice;

/// Counts what a benchmark allocates.
#[global_allocator]
static ALLOCATOR: divan::AllocProfiler = divan::AllocProfiler::system();

fn main() {
    divan::main();
}

fn contract() -> Contract {
    let library = Library::new(SCHEMAS, None).expect("the embedded folder");
    Contract::load(&library, ENTRY).expect("the embedded contract").contract
}

fn request(method: Method, target: &str, body: &'static str) -> Request {
    let mut request = Request::new(method, target.parse().expect("a target"));
    if !body.is_empty() {
        request.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        request.headers.insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
        request.body = Bytes::from_static(body.as_bytes());
    }
    request
}

#[divan::bench(args = [LIST, UPDATE])]
fn route(bencher: Bencher, target: &str) {
    let contract = contract();
    let method = if target == LIST { Method::GET } else { Method::PUT };
    bencher.bench_local(|| contract.router.find(black_box(&method), black_box(target)));
}

#[divan::bench(args = [LIST, FILTERED])]
fn parameters(bencher: Bencher, target: &str) {
    let contract = contract();
    let request = request(Method::GET, target, "");
    let Ok(Found::Operation(index, path)) = contract.router.find(&request.method, request.path()) else {
        panic!("{target} leads nowhere");
    };
    let operation = &contract.operations[index];
    assert!(operation.check_parameters(&contract.schemas, &request, &path).1.is_empty());
    bencher.bench_local(|| operation.check_parameters(&contract.schemas, black_box(&request), &path));
}

#[divan::bench]
fn body(bencher: Bencher) {
    let contract = contract();
    let request = request(Method::PUT, UPDATE, BODY);
    let Ok(Found::Operation(index, _)) = contract.router.find(&request.method, request.path()) else {
        panic!("{UPDATE} leads nowhere");
    };
    let operation = &contract.operations[index];
    assert!(operation.check_body(&contract.schemas, &request).expect("a good body").breaches.is_empty());
    bencher.bench_local(|| operation.check_body(&contract.schemas, black_box(&request)));
}

fn agents() -> Vec<Value> {
    let fixtures = Library::new(FIXTURES, None).expect("the embedded folder");
    fixtures.read("agents.yaml").expect("agents").value["agents"].as_array().expect("a list").clone()
}

fn stock(agents: &[Value]) -> Stock {
    let fixtures = Library::new(FIXTURES, None).expect("the embedded folder");
    let beside = Beside { agents: agents.iter().collect(), contacts: Vec::new(), schema: None };
    Stock::read(&fixtures, &beside).expect("the embedded fixtures")
}

/// Every dialogue, and what else calls are told from.
#[divan::bench]
fn fixtures_of_calls(bencher: Bencher) {
    let agents = agents();
    bencher.bench_local(|| stock(black_box(&agents)));
}

#[divan::bench(args = [1_247, 100_000, 1_000_000], sample_size = 1, sample_count = 5)]
fn calls(bencher: Bencher, count: usize) {
    let stock = Arc::new(stock(&agents()));
    let anchor = stock.world.moment;
    bencher.bench_local(|| Calls::new(black_box(stock.clone()), Seed(42), anchor, count));
}

/// The parts of an answer about one call.
#[divan::bench(args = ["row", "turns", "details"])]
fn call(bencher: Bencher, part: &str) {
    let stock = Arc::new(stock(&agents()));
    let now = stock.world.moment;
    let (calls, growth) = (Calls::new(stock, Seed(42), now, 1_247), Growth::default());
    let agents = Store::new(Arc::new(Base::new("id", agents().into_iter().map(Record::new).collect())));
    let view = calls.view(now, &growth, &agents);
    let all = calls.select(&view, &Query::default());
    let (mut place, mut row) = (0, Vec::new());
    bencher.bench_local(|| {
        place = (place + 1) % all.len();
        let handle = all.get(place).expect("a call");
        match part {
            "row" => {
                row.clear();
                calls.write_row(&view, handle, &mut row);
                row.len()
            }
            "turns" => calls.turns(&view, handle).len(),
            _ => calls.details(&view, handle).as_object().map_or(0, serde_json::Map::len),
        }
    });
}

/// The embedded world as lanes stand on it.
fn ground() -> Ground {
    let fixtures = Library::new(FIXTURES, None).expect("the embedded folder");
    let fixtures = Fixtures { folder: Some(Arc::new(fixtures)), vetted: true, ..Fixtures::default() };
    let plan = Plan { fixtures, calls: None, arrivals: 12.0 };
    let start = Start::new(Some("2025-01-15T15:00:00Z".parse().expect("a time")), None);
    Ground::planned(Arc::new(contract()), Arc::new(plan), Seed(42), start).expect("the embedded world")
}

/// A lane that nobody was in before: time and bytes.
#[divan::bench]
fn fresh_lane(bencher: Bencher) {
    let ground = Arc::new(ground());
    bencher.bench_local(|| Lane::fresh(black_box("caller-1"), ground.clone()));
}

/// The lane of a request and its time, in the default lane and in one of a thousand others.
#[divan::bench(args = ["default", "of a thousand"])]
fn lane_and_time(bencher: Bencher, which: &str) {
    let lanes = Lanes::new(ground(), Bounds::default());
    let named = |n: usize| {
        let mut request = request(Method::GET, LIST, "");
        request.headers.insert(HEADER, HeaderValue::try_from(format!("caller-{n}")).expect("a name"));
        request
    };
    for n in 0..1_000 {
        lanes.of(&named(n), None).expect("a lane");
    }
    let request = if which == "default" { request(Method::GET, LIST, "") } else { named(500) };
    bencher.bench_local(|| lanes.of(black_box(&request), None).expect("a lane").now());
}
