//! Answers over whole documents: those of the tests and the project's own.

use std::path::{Path, PathBuf};

use http::StatusCode;
use serde_json::json;

use super::*;
use crate::contract::{Folder, PathValues};
use crate::lane::{Ground, Start};
use crate::source::{Diagnostic, SourceFile};

/// A document of the tests, or the project's own.
pub fn load(path: &str) -> Arc<Contract> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    let (folder, name) = Folder::of(&path).unwrap();
    let loaded = Contract::load(&folder, &name).unwrap_or_else(|findings| panic!("{}: {findings:#?}", path.display()));
    Arc::new(loaded.contract)
}

/// Every document of the tests, and the project's own.
pub fn documents() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/contracts");
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut names: Vec<String> = files
        .filter(|path: &PathBuf| path.extension().is_some_and(|extension| extension == "yaml"))
        .map(|path| format!("tests/contracts/{}", path.file_name().unwrap().to_str().unwrap()))
        .collect();
    names.sort();
    assert!(names.len() >= 5, "{names:?}");
    names.push("schemas/openapi.yaml".to_owned());
    names
}

/// A document of one GET on `/things/{id}`, whose responses are these.
fn small(responses: serde_json::Value) -> Answers {
    struct Text(String);
    impl crate::contract::Library for Text {
        fn read(&self, path: &str) -> Result<SourceFile, Vec<Diagnostic>> {
            SourceFile::parse(path, self.0.clone())
        }
    }
    let document = json!({
        "openapi": "3.1.0",
        "info": { "title": "Small", "version": "1" },
        "x-mock": {
            "request_id": "/meta/request_id",
            "envelopes": { "default": { "error": "{message}", "meta": { "request_id": "{request_id}" } } },
            "problems": {
                "thing_gone": { "status": 404, "message": "Thing {id} is gone", "request_id": "{request_id}" },
                "needs_more": { "status": 409, "message": "{something} is lacking" },
            },
        },
        "paths": { "/things/{id}": { "get": {
            "operationId": "getThing",
            "parameters": [{ "name": "id", "in": "path", "required": true, "schema": { "type": "string" } }],
            "responses": responses,
        } } },
    });
    let loaded = Contract::load(&Text(document.to_string()), "small.yaml").unwrap_or_else(|e| panic!("{e:#?}"));
    Answers::new(Arc::new(loaded.contract), Seed(1))
}

fn ask(answers: &Answers, operation: &str, headers: &[(&'static str, &str)]) -> Result<Reply, Problem> {
    ask_at(answers, operation, "/", headers)
}

fn ask_at(
    answers: &Answers,
    operation: &str,
    target: &str,
    headers: &[(&'static str, &str)],
) -> Result<Reply, Problem> {
    let operation = answers.contract.operation(operation).unwrap();
    let mut request = Request::new(operation.method.clone(), target.parse().unwrap());
    request.id = "req_test".to_owned();
    for (name, value) in headers {
        request.headers.append(*name, value.parse().unwrap());
    }
    let schemas = &answers.contract.schemas;
    let (values, _) = operation.check_parameters(schemas, &request, &PathValues::default());
    let path = [("id", "t1")].into_iter().collect();
    let lane =
        Lane::fresh("test", Arc::new(Ground::new(answers.contract.clone(), answers.seed, Start::new(None, None))));
    answers.reply(&Asked {
        operation,
        request: &request,
        values: &values,
        path: &path,
        body: None,
        caller: 0,
        now: lane.now(),
        twist: None,
        lane: &lane,
    })
}

fn text(reply: &Reply) -> String {
    String::from_utf8(reply.body.ready().into()).unwrap()
}

fn media_type(reply: &Reply) -> &str {
    reply.headers["content-type"].to_str().unwrap()
}

#[test]
fn without_a_wish_the_documented_example_answers() {
    let answers = Answers::new(load("tests/contracts/orders.yaml"), Seed(1));
    let reply = ask(&answers, "createOrder", &[]).unwrap();
    assert_eq!((reply.status.as_u16(), media_type(&reply)), (201, "application/json"));
    assert!(text(&reply).starts_with(r#"{"id":"order_0001","status":"open""#), "{}", text(&reply));
    assert!(reply.headers["location"].to_str().unwrap().starts_with("https://"));
    assert!(reply.headers.get("preference-applied").is_none());
    let reply = ask(&answers, "deleteOrder", &[]).unwrap();
    assert_eq!((reply.status.as_u16(), reply.body.len(), reply.headers.len()), (204, 0, 0));
    let reply = ask(&answers, "listOrders", &[]).unwrap();
    assert!(reply.headers["link"].to_str().unwrap().ends_with("rel=\"next\""));
    assert!(reply.headers["x-total-count"].to_str().unwrap().parse::<u64>().is_ok());
}

#[test]
fn a_code_or_an_example_can_be_asked_for() {
    let answers = Answers::new(load("tests/contracts/orders.yaml"), Seed(1));
    let reply = ask(&answers, "getOrder", &[("prefer", "code=404"), ("accept", "application/json")]).unwrap();
    assert_eq!((reply.status.as_u16(), media_type(&reply)), (404, "application/problem+json"));
    assert_eq!(reply.headers["preference-applied"], "code=404");
    let reply = ask(&answers, "createOrder", &[("prefer", "example=company")]).unwrap();
    assert!(text(&reply).contains("order_0002"));
    assert_eq!(reply.headers["preference-applied"], "example=company");
    let reply = ask_at(&answers, "createOrder", "/orders?__code=201&__example=company", &[]).unwrap();
    assert!(text(&reply).contains("order_0002"));
    // A class and the default stand for codes that are not written out.
    assert_eq!(ask(&answers, "listPayments", &[("prefer", "code=451")]).unwrap().status, 451);
    assert_eq!(ask(&answers, "deleteOrder", &[("prefer", "code=500")]).unwrap().status, 500);
}

#[test]
fn what_is_not_documented_is_not_acceptable() {
    let answers = Answers::new(load("tests/contracts/orders.yaml"), Seed(1));
    let refusal = |operation: &str, headers| ask(&answers, operation, headers).unwrap_err();
    let problem = refusal("getOrder", &[("prefer", "code=418")]);
    assert_eq!(problem.kind, crate::problem::Kind::NotAcceptable);
    assert_eq!((&problem.facts["found"], &problem.facts["offered"]), (&json!("code=418"), &json!([200, 404])));
    let problem = refusal("createOrder", &[("prefer", "example=large")]);
    assert_eq!(problem.facts["offered"], json!(["small", "company"]));
    let problem = refusal("createOrder", &[("prefer", "code=400, example=small")]);
    assert_eq!(problem.facts["offered"], json!([]));
    let problem = refusal("listOrders", &[("accept", "image/png")]);
    assert_eq!(problem.facts["found"], json!("image/png"));
    assert_eq!(problem.facts["offered"], json!(["application/json", "text/csv"]));
}

#[test]
fn the_media_type_is_the_best_that_is_accepted() {
    let orders = Answers::new(load("tests/contracts/orders.yaml"), Seed(1));
    let reply = ask(&orders, "listOrders", &[("accept", "text/csv;q=0.9, application/json;q=0.1")]).unwrap();
    assert_eq!(
        (media_type(&reply), &*text(&reply)),
        ("text/csv; charset=utf-8", "id,status,total\norder_1,paid,12.50\n")
    );
    let reply = ask(&orders, "getOrder", &[("accept", "application/xml")]).unwrap();
    assert!(text(&reply).starts_with("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Order id=\""), "{}", text(&reply));
    assert!(text(&reply).contains("<lines><lines><sku>"), "{}", text(&reply));
    let files = Answers::new(load("tests/contracts/files.yaml"), Seed(1));
    let reply = ask(&files, "describe", &[("accept", "application/x-ndjson")]).unwrap();
    assert!(text(&reply).lines().all(|line| line.starts_with('{')) && text(&reply).lines().count() > 1);
    let reply = ask(&files, "describe", &[("accept", "application/x-www-form-urlencoded")]).unwrap();
    assert_eq!(text(&reply), "a=1&b=x%20y");
    let reply = ask(&files, "thumbnail", &[("accept", "text/html, image/gif")]).unwrap();
    assert_eq!((media_type(&reply), &reply.body.ready()[..3]), ("image/gif", &b"GIF"[..]));
    let reply = ask(&files, "thumbnail", &[]).unwrap();
    assert_eq!((media_type(&reply), &reply.body.ready()[1..4]), ("image/png", &b"PNG"[..]));
}

#[test]
fn a_parameter_chooses_the_media_type_before_accept_does() {
    let answers = Answers::new(load("tests/contracts/files.yaml"), Seed(1));
    let accept = [("accept", "application/octet-stream")];
    let reply = ask_at(&answers, "download", "/?as=txt", &accept).unwrap();
    assert_eq!((media_type(&reply), &*text(&reply)), ("text/plain; charset=utf-8", "Once upon a time\n"));
    assert_eq!(media_type(&ask_at(&answers, "download", "/?as=png", &accept).unwrap()), "image/png");
    assert_eq!(media_type(&ask_at(&answers, "download", "/", &accept).unwrap()), "application/octet-stream");
    assert_eq!(ask(&answers, "download", &[]).unwrap().headers["content-disposition"], "attachment");
}

#[test]
fn the_seed_decides_what_is_made() {
    let answers = Answers::new(load("tests/contracts/orders.yaml"), Seed(1));
    let body = |prefer: &str| ask(&answers, "createOrder", &[("prefer", prefer)]).unwrap().body.ready();
    assert_eq!(body("seed=7"), body("dynamic=true, seed=7"));
    assert_ne!(body("seed=7"), body("seed=8"));
    assert_eq!(body("dynamic=true"), body("seed=1"));
    assert_eq!(body("dynamic=false, seed=7"), ask(&answers, "createOrder", &[]).unwrap().body.ready());
    let reply = ask(&answers, "createOrder", &[("prefer", "seed=7")]).unwrap();
    assert_eq!(reply.headers["preference-applied"], "seed=7");
}

#[test]
fn a_response_may_be_an_entry_of_the_table() {
    let example = |text: &str| json!({ "value": { "error": text, "meta": { "request_id": "req_0" } } });
    let answers = small(json!({
        "200": { "description": "It", "content": { "application/json": { "example": { "a": 1, "meta": { "request_id": "x" } } } } },
        "404": { "description": "Gone", "content": { "application/json": { "examples": { "thing_gone": example("documented") } } } },
        "409": { "description": "Not yet", "x-problem": "needs_more",
            "content": { "application/json": { "examples": { "lacking": example("documented") } } } },
    }));
    let body = |prefer: &str| text(&ask(&answers, "getThing", &[("prefer", prefer)]).unwrap());
    assert_eq!(body("code=404"), r#"{"error":"Thing t1 is gone","meta":{"request_id":"req_test"}}"#);
    assert_eq!(body("example=thing_gone"), body("code=404"));
    // What the entry speaks of is not there: the documented example says it, with the id of this request.
    assert_eq!(body("code=409"), r#"{"error":"documented","meta":{"request_id":"req_test"}}"#);
    assert_eq!(body("code=200"), r#"{"a":1,"meta":{"request_id":"req_test"}}"#);
}

#[test]
fn a_document_that_says_little_is_answered_too() {
    let answers = small(json!({ "default": { "description": "Whatever" } }));
    let reply = ask(&answers, "getThing", &[]).unwrap();
    assert_eq!((reply.status.as_u16(), reply.body.len()), (200, 0));
    let answers = small(
        json!({ "3XX": { "description": "Elsewhere", "headers": { "Location": { "required": true, "schema": { "type": "string", "format": "uri" } } } },
        "404": { "description": "Gone", "content": { "application/json": {} } } }),
    );
    let reply = ask(&answers, "getThing", &[("accept", "nonsense")]).unwrap();
    assert_eq!(reply.status, 300);
    assert!(reply.headers.contains_key("location"));
    assert_eq!(text(&ask(&answers, "getThing", &[("prefer", "code=404")]).unwrap()), "{}");
}

#[test]
fn a_bad_answer_of_ours_is_noticed() {
    let answers = Answers::new(load("tests/contracts/orders.yaml"), Seed(1));
    let operation = answers.contract.operation("createOrder").unwrap();
    let good = ask(&answers, "createOrder", &[]).unwrap();
    let told = |change: &dyn Fn(&mut Reply)| {
        let mut reply = good.clone();
        change(&mut reply);
        let breaches = answers.check(operation, &reply);
        breaches.iter().map(|breach| format!("{} {}", breach.place, breach.code)).collect::<Vec<_>>()
    };
    assert_eq!(told(&|_| {}), Vec::<String>::new());
    assert_eq!(told(&|reply| reply.status = StatusCode::OK), ["header :status enum"]);
    assert_eq!(told(&|reply| reply.status = StatusCode::UNAUTHORIZED), Vec::<String>::new());
    assert_eq!(told(&|reply| drop(reply.headers.remove("location"))), ["header Location required"]);
    assert_eq!(told(&|reply| drop(reply.headers.remove("content-type"))), ["header content-type enum"]);
    assert_eq!(told(&|reply| reply.body = "{".into()), ["body type"]);
    assert_eq!(told(&|reply| reply.body = "[]".into()), ["body type"]);
}

/// What the documents show as an answer is one.
#[test]
fn every_usual_answer_keeps_the_contract() {
    for document in documents() {
        let answers = Answers::new(load(&document), Seed(1));
        for operation in &answers.contract.operations {
            let reply = ask(&answers, &operation.id, &[]).unwrap();
            let breaches: Vec<String> = answers.check(operation, &reply).iter().map(ToString::to_string).collect();
            assert!(breaches.is_empty(), "{document} {}: {breaches:#?}\n{}", operation.id, text(&reply));
        }
    }
}

/// Every answer that a document has, asked for by code, is what the document says: as it is documented, and made anew.
#[test]
fn every_answer_of_every_document_keeps_the_contract() {
    for document in documents() {
        let contract = load(&document);
        let mut faults = Vec::new();
        for seed in 0..20 {
            let answers = Answers::new(contract.clone(), Seed(seed));
            for operation in &contract.operations {
                for response in &operation.responses {
                    let code = match response.status {
                        crate::contract::ResponseStatus::Exact(exact) => exact,
                        crate::contract::ResponseStatus::Class(class) => class * 100,
                        crate::contract::ResponseStatus::Default => 418,
                    };
                    for media in response.content.iter().map(|media| media.media_type.as_str()).chain([""]) {
                        let accept = if media.is_empty() { "*/*" } else { media };
                        let prefer = format!("code={code}, dynamic=true");
                        let reply = ask(&answers, &operation.id, &[("prefer", &prefer), ("accept", accept)]).unwrap();
                        for breach in answers.check(operation, &reply) {
                            let body = String::from_utf8_lossy(&reply.body.ready()).into_owned();
                            faults.push(format!("{} {code} {media} seed {seed}: {breach}\n{body}", operation.id));
                        }
                    }
                }
            }
        }
        assert!(faults.is_empty(), "{document}: {} faults\n{}", faults.len(), faults[..faults.len().min(3)].join("\n"));
    }
}

#[test]
#[ignore = "prints, for a person to look at"]
fn show() {
    for document in documents() {
        let answers = Answers::new(load(&document), Seed(7));
        for operation in &answers.contract.operations {
            let reply = ask(&answers, &operation.id, &[("prefer", "dynamic=true")]).unwrap();
            println!(
                "{document} {} {}\n   {}",
                operation.id,
                reply.status,
                String::from_utf8_lossy(&reply.body.ready())
            );
        }
    }
}
