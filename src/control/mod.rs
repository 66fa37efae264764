//! Everything under `/_mock/`: what the server says of itself. Never CORS headers here, whatever the API's paths do.

use std::sync::atomic::{AtomicU64, Ordering};

use http::header::{ALLOW, CACHE_CONTROL, HeaderValue};
use http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::reply::Reply;
use crate::request::{REQUEST_ID, Request};
use crate::seed::Seed;
use crate::status::{Phase, Status};

/// What the routes speak of.
pub struct Control {
    pub status: Status,
    pub contract: String,
    pub operations: usize,
    pub seed: Seed,
    /// How often this room was asked. The ids of its answers count down from the last one: a probe of health must not
    /// move the ids that a replay gives to the API's requests.
    pub asked: AtomicU64,
}

struct Route {
    path: &'static str,
    about: &'static str,
    answer: fn(&Control) -> Reply,
}

const ROUTES: [Route; 2] = [
    Route { path: "/_mock/health", about: "200 as long as the process serves", answer: health },
    Route {
        path: "/_mock/ready",
        about: "200 when requests are answered, 503 while starting or leaving",
        answer: ready,
    },
];

impl Control {
    /// Whether a path belongs to this room and not to the contract.
    pub fn owns(path: &str) -> bool {
        path == "/_mock" || path.starts_with("/_mock/")
    }

    pub fn answer(&self, request: &Request) -> Reply {
        let mut reply = match ROUTES.iter().find(|route| route.path == request.path()) {
            None => unknown(),
            Some(_) if request.method != Method::GET && request.method != Method::HEAD => {
                let mut reply = Reply::json(StatusCode::METHOD_NOT_ALLOWED, &json!({ "error": "GET and HEAD only" }));
                reply.headers.insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
                reply
            }
            Some(route) => (route.answer)(self),
        };
        reply.headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        let id = match request.own_id() {
            Some(own) => own.to_owned(),
            None => self.seed.request_id(u64::MAX - self.asked.fetch_add(1, Ordering::Relaxed)),
        };
        reply.set(REQUEST_ID, &id);
        reply
    }
}

fn health(control: &Control) -> Reply {
    let body = json!({
        "status": "ok",
        "version": env!("CARGO_PKG_VERSION"),
        "contract": control.contract,
        "operations": control.operations,
        "seed": control.seed.0,
    });
    Reply::json(StatusCode::OK, &body)
}

fn ready(control: &Control) -> Reply {
    match control.status.phase() {
        Phase::Starting => Reply::json(StatusCode::SERVICE_UNAVAILABLE, &json!({ "status": "starting" })),
        Phase::Ready => Reply::json(StatusCode::OK, &json!({ "status": "ready" })),
        Phase::Draining => Reply::json(StatusCode::SERVICE_UNAVAILABLE, &json!({ "status": "draining" })),
    }
}

fn unknown() -> Reply {
    let routes: Vec<Value> = ROUTES.iter().map(|route| json!({ "path": route.path, "about": route.about })).collect();
    Reply::json(StatusCode::NOT_FOUND, &json!({ "error": "no such path under /_mock/", "paths": routes }))
}
