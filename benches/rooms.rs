//! What single rooms cost: `cargo bench --bench rooms`.

#![allow(clippy::expect_used, reason = "a benchmark that can't start may end")]

use ayra_mock::contract::{Contract, Found};
use ayra_mock::embedded::{ENTRY, Library, SCHEMAS};
use ayra_mock::request::Request;
use bytes::Bytes;
use divan::{Bencher, black_box};
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderValue, Method};

const LIST: &str = "/v1/conversations";
const FILTERED: &str = "/v1/conversations?sentiment=positive&start_date=2025-01-01T00:00:00Z&page=2&per_page=50";
const UPDATE: &str = "/v1/agents/agent_abc123";
const BODY: &str = r#"{"name":"Support Line","status":"active","system_prompt":"You answer politely and briefly."}"#;

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
