use crate::contract::Contract;
use crate::contract::sample::One;

fn paths(document: &'static str) -> Vec<String> {
    let contract = Contract::load(&One(document), "api.yaml").unwrap().contract;
    contract.operations.iter().map(|operation| operation.path.clone()).collect()
}

#[test]
fn the_nearest_servers_say_where_an_operation_stands() {
    let document = "
openapi: 3.1.0
info: { title: Pets, version: '1' }
servers:
  - url: https://{host}/{base}/
    variables: { host: { default: pets.example.com }, base: { default: v2 } }
  - url: //eu.example.com/v3
paths:
  /a: { get: { responses: { default: { description: x } } } }
  /b:
    servers: [{ url: https://up.example.com/upload }]
    get: { responses: { default: { description: x } } }
    put: { servers: [{ url: /direct }], responses: { default: { description: x } } }
";
    assert_eq!(paths(document), ["/v2/a", "/upload/b", "/direct/b"]);
    let router = Contract::load(&One(document), "api.yaml").unwrap().contract.router;
    for path in ["/v2/a", "/a", "/v3/a", "/upload/b", "/b"] {
        assert!(router.find(&http::Method::GET, path).is_ok(), "{path}");
    }
    assert!(router.find(&http::Method::GET, "/direct/a").is_err());
}

#[test]
fn a_document_without_servers_stands_at_the_root() {
    let document = "
openapi: 3.1.0
info: { title: Pets, version: '1' }
paths: { /a: { get: { responses: { default: { description: x } } } } }
";
    assert_eq!(paths(document), ["/a"]);
}
