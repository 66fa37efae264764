//! What a lane's scenarios cost a request that asks them.

use super::*;
use ayra_mock::contract::KeyPlaces;
use ayra_mock::lane::DEFAULT;
use ayra_mock::scenario::{Occasion, Stage, compile};
use ayra_mock::source::SourceFile;

/// Two hundred rules of one kind, asked by a list's request.
#[divan::bench(args = [
    "none",
    "{ when: { operation: getConversation }, delay: 1ms }",
    "{ when: { query: { page: 7 } }, delay: 1ms }",
    "{ when: { call: 5 }, delay: 1ms }",
    "{ when: { chance: 5% }, delay: 1ms }",
    "{ delay: 1ms }",
])]
fn two_hundred_rules(bencher: Bencher, rule: &str) {
    let (contract, library) = (contract(), Library::new(SCHEMAS, None).expect("the embedded folder"));
    let stage = Stage::default();
    let now = "2025-01-15T15:00:00Z".parse().expect("a time");
    if rule != "none" {
        // Each delays another header, or the first one would have the word of all.
        let rules: String =
            (0..200).map(|n| format!("  - {}, headers: {{ X-{n}: a }} }}\n", &rule[..rule.len() - 2])).collect();
        let file = SourceFile::parse("rules.yaml", format!("rules:\n{rules}")).expect("YAML");
        let compiled = compile(&file, &contract, &library).unwrap_or_else(|wrong| panic!("{wrong:#?}"));
        stage.arm(Arc::new(compiled.scenario), now).expect("room");
    }
    let request = request(Method::GET, FILTERED, "");
    let Ok(Found::Operation(index, path)) = contract.router.find(&request.method, request.path()) else {
        panic!("{FILTERED} leads nowhere");
    };
    let operation = &contract.operations[index];
    let (values, _) = operation.check_parameters(&contract.schemas, &request, &path);
    let secrets = KeyPlaces::of(&contract);
    let occasion = Occasion {
        operation,
        contract: &contract,
        request: &request,
        values: &values,
        path: &path,
        body: None,
        key: None,
        secrets: &secrets,
        lane: DEFAULT,
        now,
        seed: Seed(42),
        refused: false,
        named: &[],
    };
    bencher.bench_local(|| stage.ask(black_box(&occasion)));
}
