use super::*;

fn router(templates: &[(&str, &str)]) -> Router {
    let operations: Vec<Operation> =
        templates.iter().map(|(method, path)| Operation::bare(method.parse().unwrap(), path)).collect();
    Router::new(&operations, Bases::default())
}

fn bases(homes: &[&str], others: &[&str]) -> Bases {
    let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
    Bases { homes: owned(homes), others: owned(others) }
}

fn find(router: &Router, method: &str, path: &str) -> (usize, Vec<(String, String)>) {
    match router.find(&method.parse().unwrap(), path) {
        Ok(Found::Operation(index, values)) => {
            (index, values.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
        }
        other => panic!("{method} {path}: {other:?}"),
    }
}

#[test]
fn the_more_exact_template_wins() {
    let router = router(&[
        ("GET", "/pets/{id}"),
        ("GET", "/pets/mine"),
        ("GET", "/pets/{id}.json"),
        ("GET", "/{kind}/mine"),
        ("POST", "/pets/{id}"),
        ("GET", "/range/{from}..{to}"),
    ]);
    let cases = [
        ("GET", "/pets/mine", 1, ""),
        ("GET", "/pets/mine/", 1, ""),
        ("GET", "/pets/m%69ne", 1, ""),
        ("GET", "/pets/7.json", 2, "id=7"),
        ("GET", "/pets/7", 0, "id=7"),
        ("HEAD", "/pets/7", 0, "id=7"),
        ("GET", "/pets/a%2Fb", 0, "id=a/b"),
        ("GET", "/dogs/mine", 3, "kind=dogs"),
        ("POST", "/pets/mine", 4, "id=mine"),
        ("GET", "/range/1..5", 5, "from=1 to=5"),
    ];
    for (method, path, index, values) in cases {
        let (found, pairs) = find(&router, method, path);
        let text = pairs.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(" ");
        assert_eq!((found, text.as_str()), (index, values), "{method} {path}");
    }
}

#[test]
fn every_server_of_the_document_leads_to_its_paths() {
    let operations = [Operation::bare(Method::GET, "/v2/pets")];
    let router = Router::new(&operations, bases(&["/v2"], &["/eu/v2"]));
    for path in ["/v2/pets", "/eu/v2/pets", "/pets", "/pets/"] {
        assert!(router.find(&Method::GET, path).is_ok(), "{path}");
    }
    assert!(router.find(&Method::GET, "/us/v2/pets").is_err());
    // An operation with servers of its own stands below those.
    let operations = [Operation::bare(Method::GET, "/v2/pets"), Operation::bare(Method::POST, "/up/files")];
    let router = Router::new(&operations, bases(&["/v2", "/up"], &[]));
    for (method, path) in [(Method::POST, "/up/files"), (Method::POST, "/files"), (Method::GET, "/pets")] {
        assert!(router.find(&method, path).is_ok(), "{path}");
    }
    let whole = Router::new(&operations, bases(&[""], &[]));
    assert!(whole.find(&Method::GET, "/pets").is_err());
}

#[test]
fn a_missing_method_names_the_ones_there_are() {
    let router = router(&[("GET", "/pets"), ("POST", "/pets")]);
    let problem = router.find(&Method::DELETE, "/pets").unwrap_err();
    assert_eq!(problem.kind, Kind::MethodNotAllowed);
    assert_eq!(problem.facts["allowed"], serde_json::json!(["GET", "HEAD", "POST", "OPTIONS"]));
    assert!(matches!(router.find(&Method::OPTIONS, "/pets"), Ok(Found::Options(_))));
}

#[test]
fn an_unknown_path_names_its_neighbours() {
    let router = router(&[("GET", "/v1/conversations"), ("GET", "/v1/agents/{agent_id}")]);
    for path in ["/v1/conversation", "/conversations", "/v1/v1/conversations", "/V1/Conversations"] {
        let problem = router.find(&Method::GET, path).unwrap_err();
        assert_eq!(problem.kind, Kind::UnknownPath);
        assert_eq!(problem.facts["nearest"][0], "GET /v1/conversations", "{path}");
    }
    assert_eq!(router.find(&Method::GET, "/x").unwrap_err().facts["nearest"], serde_json::json!([]));
}

#[test]
fn odd_paths_are_refused_and_never_resolved() {
    let router = router(&[("GET", "/pets/{id}")]);
    for path in ["/pets/..", "/pets/%2e%2e", "/pets/%zz", "/pets/%", "/pets/%ff", "/pets/%00", "/pets/..%2f..%2fx"] {
        assert_eq!(router.find(&Method::GET, path).unwrap_err().kind, Kind::MalformedTarget, "{path}");
    }
    for path in ["/pets/", "/pets//", "//pets/1", "/", "/pets/1/2"] {
        assert_eq!(router.find(&Method::GET, path).unwrap_err().kind, Kind::UnknownPath, "{path}");
    }
}
