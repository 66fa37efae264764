//! Answers over whole documents: those of the tests and the project's own.

use std::path::{Path, PathBuf};

use serde_json::Map;

use super::*;
use crate::contract::Folder;

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

fn ask(answers: &Answers, operation: &str, headers: &[(&'static str, &str)]) -> Result<Reply, Problem> {
    let operation = answers.contract.operation(operation).unwrap();
    let mut request = Request::new(operation.method.clone(), "/".parse().unwrap());
    request.id = "req_test".to_owned();
    for (name, value) in headers {
        request.headers.append(*name, value.parse().unwrap());
    }
    answers.reply(&Asked { operation, request: &request, values: &Values::default(), facts: &Map::new() })
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
                            let body = String::from_utf8_lossy(&reply.body).into_owned();
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
            println!("{document} {} {}\n   {}", operation.id, reply.status, String::from_utf8_lossy(&reply.body));
        }
    }
}
