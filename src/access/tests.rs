use http::{HeaderValue, Method};
use serde_json::json;

use super::*;
use crate::source::SourceFile;

const DOCUMENT: &str = r#"
openapi: 3.1.0
info: { title: Pets, version: "1" }
x-mock:
  rate_limit:
    headers: { limit: X-Limit }
    tiers: { small: { minute: 2, day: 3 }, large: { minute: 100 } }
components:
  securitySchemes:
    token: { type: http, scheme: bearer }
    basic: { type: http, scheme: basic }
    inQuery: { type: apiKey, in: query, name: api_key }
    inCookie: { type: apiKey, in: cookie, name: session }
paths:
  /pets: { get: { operationId: pets, security: [{ token: ["pets:read"] }], responses: { "200": { description: x } } } }
  /both: { get: { operationId: both, security: [{ token: [] , inQuery: [] }], responses: { "200": { description: x } } } }
  /any: { get: { operationId: any, security: [{ basic: [] }, { inCookie: [] }], responses: { "200": { description: x } } } }
  /open: { get: { operationId: open, security: [{}, { token: [] }], responses: { "200": { description: x } } } }
"#;

const KEYS: &str = r#"
keys:
  - { key: good, tier: large, scopes: ["*"], default: true }
  - { key: reader, tier: small, scopes: ["pets:read"] }
  - { key: nobody, tier: small, scopes: [] }
  - { key: revoked, tier: small, scopes: ["*"], revoked: true }
  - { key: expired, tier: small, scopes: ["*"], expires_at: 2024-12-31T23:59:59Z }
  - { key: "me:secret", tier: small, scopes: ["*"] }
  - { prefix: test_, tier: small, scopes: ["*"] }
"#;

struct One(&'static str);

impl crate::contract::Library for One {
    fn read(&self, path: &str) -> Result<SourceFile, Vec<crate::source::Diagnostic>> {
        SourceFile::parse(path, self.0)
    }
}

fn access() -> Access {
    let contract = Arc::new(Contract::load(&One(DOCUMENT), "pets.yaml").unwrap().contract);
    let keys = Keys::read(&SourceFile::parse("keys.yaml", KEYS).unwrap(), &["small", "large"]).unwrap();
    Access::new(contract, keys)
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn request(target: &str, headers: &[(&'static str, &str)]) -> Request {
    let mut request = Request::new(Method::GET, target.parse().unwrap());
    for (name, value) in headers {
        request.headers.append(*name, HeaderValue::from_str(value).unwrap());
    }
    request
}

fn verdict(operation: &str, target: &str, headers: &[(&'static str, &str)]) -> Result<Caller, Kind> {
    let access = access();
    let operation = access.contract.operation(operation).unwrap();
    access.admit(operation, &request(target, headers), |_| at("2025-01-15T15:00:00Z")).map_err(|problem| problem.kind)
}

#[test]
fn each_fault_of_a_key_has_a_name_of_its_own() {
    let bearer = |key: &str| verdict("pets", "/pets", &[("authorization", &format!("Bearer {key}"))]);
    assert_eq!(bearer("good"), Ok(Caller::Known { place: 0, key: None }));
    assert_eq!(bearer("reader"), Ok(Caller::Known { place: 1, key: None }));
    assert_eq!(bearer("test_abc"), Ok(Caller::Known { place: 6, key: Some("test_abc".into()) }));
    assert_eq!(bearer("nobody"), Err(Kind::MissingScope));
    assert_eq!(bearer("revoked"), Err(Kind::RevokedKey));
    assert_eq!(bearer("expired"), Err(Kind::ExpiredKey));
    assert_eq!(bearer("goo"), Err(Kind::UnknownKey));
    assert_eq!(bearer("good2"), Err(Kind::UnknownKey));
    assert_eq!(bearer("test_"), Err(Kind::UnknownKey));
    assert_eq!(bearer("té"), Err(Kind::MalformedCredentials));
    assert_eq!(verdict("pets", "/pets", &[]), Err(Kind::MissingCredentials));
    for malformed in ["good", "Bearer", "Bearer ", "Basic good", "Bearer a b"] {
        let found = verdict("pets", "/pets", &[("authorization", malformed)]);
        assert_eq!(found, Err(Kind::MalformedCredentials), "{malformed:?}");
    }
    assert_eq!(
        verdict("pets", "/pets", &[("authorization", "bearer good")]),
        Ok(Caller::Known { place: 0, key: None })
    );
    let twice = [("authorization", "Bearer good"), ("authorization", "Bearer reader")];
    assert_eq!(verdict("pets", "/pets", &twice), Err(Kind::MalformedCredentials));
}

#[test]
fn every_scheme_is_understood() {
    let place = |place| Ok(Caller::Known { place, key: None });
    assert_eq!(verdict("both", "/both?api_key=good", &[("authorization", "Bearer good")]), place(0));
    assert_eq!(verdict("both", "/both", &[("authorization", "Bearer good")]), Err(Kind::MissingCredentials));
    assert_eq!(verdict("any", "/any", &[("authorization", "Basic bWU6c2VjcmV0")]), place(5));
    assert_eq!(verdict("any", "/any", &[("authorization", "Basic !!!")]), Err(Kind::MalformedCredentials));
    assert_eq!(verdict("any", "/any", &[("cookie", "a=b; session=good")]), place(0));
    assert_eq!(verdict("open", "/open", &[]), Ok(Caller::Anonymous));
}

#[test]
fn where_no_key_is_needed_one_that_is_shown_still_counts() {
    let open = |headers: &[(&'static str, &str)]| verdict("open", "/open", headers);
    assert_eq!(open(&[]), Ok(Caller::Anonymous));
    assert_eq!(open(&[("authorization", "Bearer unknown")]), Ok(Caller::Anonymous));
    assert_eq!(open(&[("authorization", "Bearer reader")]), Ok(Caller::Known { place: 1, key: None }));
}

#[test]
fn a_person_with_a_browser_comes_in_with_the_default_key() {
    let opened = [("sec-fetch-mode", "navigate")];
    assert_eq!(verdict("pets", "/pets", &opened), Ok(Caller::Known { place: 0, key: None }));
    assert_eq!(verdict("pets", "/pets", &[("sec-fetch-mode", "cors")]), Err(Kind::MissingCredentials));
    let wrong = [("sec-fetch-mode", "navigate"), ("authorization", "Bearer wrong")];
    assert_eq!(verdict("pets", "/pets", &wrong), Err(Kind::UnknownKey));
}

#[test]
fn without_a_list_every_well_formed_key_is_good() {
    let contract = Arc::new(Contract::load(&One(DOCUMENT), "pets.yaml").unwrap().contract);
    let access = Access::new(contract, Keys::default());
    let operation = access.contract.operation("pets").unwrap();
    let now = |_: &Caller| at("2025-01-15T15:00:00Z");
    let anybody = access.admit(operation, &request("/pets", &[("authorization", "Bearer anything")]), now);
    assert_eq!(access.ending(&anybody.unwrap()), None, "without a list no key has a lane of its own");
    assert!(access.admit(operation, &request("/pets", &[]), now).is_err());
}

#[test]
fn a_window_is_counted_and_opens_again() {
    let (access, windows) = (access(), Windows::default());
    let reader = Caller::Known { place: 1, key: None };
    let remaining = |time: &str| {
        let (allowance, verdict) = access.count(&windows, &reader, at(time));
        (allowance.unwrap().remaining, verdict.map_err(|problem| problem.facts["retry_after"].clone()))
    };
    assert_eq!(remaining("2025-01-15T15:00:10Z"), (1, Ok(())));
    assert_eq!(remaining("2025-01-15T15:00:20Z"), (0, Ok(())));
    assert_eq!(remaining("2025-01-15T15:00:50Z"), (0, Err(json!(10))));
    assert_eq!(remaining("2025-01-15T15:01:00Z"), (0, Ok(())), "the third of the day leaves none, whatever the minute");
    assert_eq!(remaining("2025-01-15T15:02:00Z"), (0, Err(json!(32_280))));
    assert_eq!(remaining("2025-01-16T00:00:00Z"), (1, Ok(())));
    let (allowance, _) = access.count(&windows, &Caller::Anonymous, at("2025-01-15T15:00:10Z"));
    assert_eq!(allowance, Some(Allowance { limit: 2, remaining: 2, reset: 1_736_953_260 }));
}

#[test]
fn keys_behind_one_prefix_are_counted_apart() {
    let (access, windows) = (access(), Windows::default());
    let caller = |key: &str| Caller::Known { place: 6, key: Some(key.to_owned()) };
    let now = at("2025-01-15T15:00:10Z");
    for key in ["test_a", "test_b"] {
        assert_eq!(access.ending(&caller(key)), key.strip_prefix("test_"));
        assert!(access.count(&windows, &caller(key), now).1.is_ok());
        assert!(access.count(&windows, &caller(key), now).1.is_ok());
        assert!(access.count(&windows, &caller(key), now).1.is_err());
        assert!(access.count(&Windows::default(), &caller(key), now).1.is_ok(), "another lane counts for itself");
    }
}

#[test]
fn another_list_leaves_the_counts_alone() {
    let file = |text: &str| Keys::read(&SourceFile::parse("keys.yaml", text).unwrap(), &["small"]).unwrap();
    let access = |text: &str| Access::new(access().contract.clone(), file(text));
    let before = access("keys: [{ key: first, tier: small, scopes: [] }, { key: second, tier: small, scopes: [] }]");
    let after = access("keys: [{ key: new, tier: small, scopes: [] }, { key: first, tier: small, scopes: [] }]");
    let (windows, now) = (Windows::default(), at("2025-01-15T15:00:10Z"));
    let [first, second] = [0, 1].map(|place| Caller::Known { place, key: None });
    let remaining = |access: &Access, caller| access.count(&windows, caller, now).0.unwrap().remaining;
    assert_eq!(remaining(&before, &first), 1);
    assert_eq!(
        (before.identity(&first), before.identity(&first) == before.identity(&second)),
        (after.identity(&second), false)
    );
    assert_eq!((remaining(&after, &second), remaining(&after, &first)), (0, 1));
}

#[test]
fn no_crowd_of_keys_is_remembered_whole() {
    let (access, windows) = (access(), Windows::default());
    let now = at("2025-01-15T15:00:10Z");
    for n in 0..20_000 {
        let caller = Caller::Known { place: 6, key: Some(format!("test_{n}")) };
        assert!(access.count(&windows, &caller, now).1.is_ok());
    }
    assert!(windows.kept() <= 1_000, "{}", windows.kept());
}

#[test]
fn a_key_expires_by_the_time_of_whoever_shows_it() {
    let access = access();
    let operation = access.contract.operation("pets").unwrap();
    let shown = request("/pets", &[("authorization", "Bearer expired")]);
    assert!(access.admit(operation, &shown, |_| at("2024-12-31T23:59:58Z")).is_ok());
    assert!(access.admit(operation, &shown, |_| at("2024-12-31T23:59:59Z")).is_err());
}

#[test]
fn a_broken_list_is_refused_with_every_fault() {
    let text = "
keys:
  - { key: a, scope: [x] }
  - { scopes: [], tier: huge, expires_at: soon }
  - { key: b, prefix: c, scopes: [1], about: 5, tier: smal, revoked: 'no' }
  - { key: d, scopes: ['*'], default: true }
  - { key: d, scopes: ['*'], default: true }
  - { prefix: e, scopes: ['*'], default: true }
  - text
key: []
";
    let findings = Keys::read(&SourceFile::parse("keys.yaml", text).unwrap(), &["small"]).unwrap_err();
    let told: Vec<String> = findings
        .iter()
        .map(|finding| format!("{} {} {}", finding.code, finding.spot.as_ref().unwrap().line, finding.message))
        .collect();
    assert_eq!(
        told,
        [
            "E0304 10 there is no member `key`",
            "E0304 3 there is no member `scope`",
            "E0301 3 `scopes` is a list of texts, such as [\"*\"] for all",
            "E0301 4 exactly one of `key` and `prefix` is expected",
            "E0305 4 the contract has no tier `huge`",
            "E0301 4 `expires_at` is a time such as 2025-01-15T15:00:00Z",
            "E0301 5 exactly one of `key` and `prefix` is expected",
            "E0301 5 `about` is a text, and this is a number: put it in quotes",
            "E0305 5 the contract has no tier `smal`",
            "E0301 5 `scopes` is a list of texts, such as [\"*\"] for all",
            "E0301 5 `revoked` is true or false",
            "E0306 7 the key `d` is listed twice",
            "E0306 7 there is another default key above",
            "E0301 8 a prefix can't be the default: it stands for many keys and is none",
            "E0301 9 a key is an object with `key` or `prefix`",
        ]
    );
    assert_eq!(findings[0].help.as_deref(), Some("did you mean \"keys\"?"));
    for empty in ["keys: []", "[]", "keys: 3"] {
        let findings = Keys::read(&SourceFile::parse("keys.yaml", empty).unwrap(), &[]).unwrap_err();
        assert_eq!(findings[0].code, "E0301", "{empty}");
    }
}
