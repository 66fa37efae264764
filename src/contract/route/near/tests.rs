use super::*;
use crate::clock::Stopwatch;
use crate::contract::operation::Operation;
use crate::contract::route::Bases;
use crate::problem::Kind;

const TEMPLATES: [&str; 9] = [
    "GET /v1/pets",
    "POST /v1/pets",
    "GET /v1/pets/{pet_id}",
    "DELETE /v1/pets/{pet_id}",
    "GET /v1/pets/{pet_id}/visits",
    "GET /v1/bodies/{id}",
    "GET /v1/exports/report-{id}.csv",
    "GET /v1/owners",
    "GET /health",
];

fn router(lines: &[&str], bases: Bases) -> Router {
    let operation = |line: &&str| {
        let (method, path) = line.split_once(' ').unwrap();
        Operation::bare(method.parse().unwrap(), path)
    };
    Router::new(&lines.iter().map(operation).collect::<Vec<_>>(), bases)
}

fn near(router: &Router, line: &str) -> Misses {
    let (method, path) = line.split_once(' ').unwrap();
    router.find(&method.parse().unwrap(), path).unwrap_err().misses
}

/// Each near miss as a line.
fn told(misses: &Misses) -> Vec<String> {
    misses.nearest.iter().map(|miss| miss.to_string().replacen(", distance", "", 1)).collect()
}

#[test]
fn every_slip_is_told_with_its_place() {
    let router = router(&TEMPLATES, Bases::default());
    let table = [
        (
            "GET /v1/Pets",
            r#"GET /v1/pets 1; /path/1: expected "pets", got "Pets"; hint: /path/1: only upper and lower case differ"#,
        ),
        (
            "GET /v1/pet",
            r#"GET /v1/pets 1; /path/1: expected "pets", got "pet"; hint: /path/1: it is in the singular, and expected in the plural"#,
        ),
        (
            "GET /v1/body/7",
            r#"GET /v1/bodies/{id} 1; /path/1: expected "bodies", got "body"; hint: /path/1: it is in the singular, and expected in the plural"#,
        ),
        (
            "GET /v1/onwers",
            r#"GET /v1/owners 2; /path/1: expected "owners", got "onwers"; hint: /path/1: did you mean "owners"?"#,
        ),
        (
            "GET /v2/owners",
            r#"GET /v1/owners 2; /path/0: expected "v1", got "v2"; hint: /path/0: it is another version"#,
        ),
        (
            "GET /owners",
            r#"GET /v1/owners 2; /path/0: expected "v1", got nothing; hint: /path/0: the path begins with /v1"#,
        ),
        (
            "GET /api/v1/owners",
            r#"GET /v1/owners 2; /path/0: expected nothing, got "api"; hint: /path/0: the path begins behind it"#,
        ),
        (
            "GET /v1//owners",
            r#"GET /v1/owners 2; /path/1: expected nothing, got ""; hint: /path/1: there is a slash too many"#,
        ),
        (
            "GET /v1/owners%3Fpage=2",
            r#"GET /v1/owners 1; /path/1: expected "owners", got "owners?page=2"; hint: /path/1: the ? before the query is percent-encoded"#,
        ),
        (
            "GET /v1/owners%20",
            r#"GET /v1/owners 1; /path/1: expected "owners", got "owners "; hint: /path/1: only blanks at an end differ"#,
        ),
        ("GET /v1/owners/7", r#"GET /v1/owners 3; /path/2: expected nothing, got "7""#),
        (
            "GET /v1/pets//visits",
            r#"GET /v1/pets/{pet_id}/visits 1; /path/2: expected {pet_id}, got ""; hint: /path/2: it is empty"#,
        ),
        (
            "GET /v1/exports/report.csv",
            r#"GET /v1/exports/report-{id}.csv 4; /path/2: expected report-{id}.csv, got "report.csv""#,
        ),
        ("GET /v1/animals/7/visits", r#"GET /v1/pets/{pet_id}/visits 4; /path/1: expected "pets", got "animals""#),
        (
            "GET /healthz/",
            r#"GET /health 2; /path/0: expected "health", got "healthz"; hint: /path/0: did you mean "health"?; hint: the slash at the end does no harm here, and other servers refuse it"#,
        ),
        ("PUT /v1/owners", r#"GET /v1/owners 2; /method: expected "GET", got "PUT""#),
        (
            "get /v1/owners",
            r#"GET /v1/owners 1; /method: expected "GET", got "get"; hint: /method: methods are written in capitals"#,
        ),
        (
            "PUT /V1/owners",
            r#"GET /v1/owners 3; /method: expected "GET", got "PUT"; /path/0: expected "v1", got "V1"; hint: /path/0: only upper and lower case differ"#,
        ),
    ];
    for (line, first) in table {
        let misses = told(&near(&router, line));
        assert_eq!(misses.first().map(String::as_str), Some(first), "{line}: {misses:#?}");
    }
    for line in ["GET /", "GET /v1", "GET /v1/nothing", "GET /v1/nothing/7", "GET /wp-admin/setup.php", "GET /x/y/z"] {
        assert!(near(&router, line).is_empty(), "{line}: {:#?}", told(&near(&router, line)));
    }
}

#[test]
fn another_method_or_another_path_whichever_is_nearer() {
    let router = router(&TEMPLATES, Bases::default());
    let names = |line: &str| {
        let name = |miss: &NearMiss| (miss.what.to_string(), miss.distance);
        near(&router, line).nearest.iter().map(name).collect::<Vec<_>>()
    };
    let owned = |all: &[(&str, u32)]| all.iter().map(|(name, n)| ((*name).to_owned(), *n)).collect::<Vec<_>>();
    assert_eq!(
        names("DELETE /v1/pets"),
        owned(&[("GET /v1/pets", 2), ("POST /v1/pets", 2), ("DELETE /v1/pets/{pet_id}", 3)])
    );
    assert_eq!(names("POST /v1/pet"), owned(&[("POST /v1/pets", 1)]));
    assert_eq!(names("HEAD /v1/pet"), owned(&[("GET /v1/pets", 1)]));
}

#[test]
fn a_base_path_is_no_difference_where_the_document_knows_it() {
    let bases = Bases { homes: vec!["/v2".to_owned()], others: vec!["/eu/v2".to_owned()] };
    let router = router(&["GET /v2/pets", "GET /v2/owners"], bases);
    for (path, at) in [("/v2/pet", 1), ("/pet", 0), ("/eu/v2/pet", 2)] {
        let misses = near(&router, &format!("GET {path}"));
        assert_eq!((misses.nearest[0].distance, &*misses.nearest[0].differences[0].at), (1, &*format!("/path/{at}")));
    }
}

#[test]
fn hostile_paths_cost_little_and_are_told_in_one_line() {
    let templates: Vec<String> = (0..500).map(|n| format!("GET /v1/things{n}/{{id}}/parts{n}")).collect();
    let templates: Vec<&str> = templates.iter().map(String::as_str).collect();
    let router = router(&templates, Bases::default());
    let paths = [
        format!("/v1/{}", "a".repeat(64 << 10)),
        "/x".repeat(1_000),
        "/".repeat(1_000),
        format!("/v1/things7/{}/parts7/x", "%E2%80%AE".repeat(7_000)),
        format!("/v1/things7/1/{}", "y".repeat(60_000)),
        "/things".repeat(60),
    ];
    let watch = Stopwatch::start();
    for path in &paths {
        let problem = router.find(&Method::GET, path).unwrap_err();
        assert_eq!(problem.kind, Kind::UnknownPath);
        assert!(problem.misses.nearest.len() <= miss::MOST && problem.misses.weight() < 8_000);
        let text = problem.misses.text();
        assert!(!text.chars().any(|c| (c.is_control() && c != '\n') || c == '\u{202e}'), "{text}");
        assert!(problem.misses.nearest.iter().all(|miss| miss.to_string().lines().count() == 1));
    }
    // Without bounds it is minutes; the time here is that of a slow machine and a build for finding faults.
    assert!(watch.elapsed().as_secs() < 10, "{:?}", watch.elapsed());
    assert_eq!(near(&router, &format!("GET {}", paths[3])).nearest[0].distance, GAP);
    for path in ["/v1/%ff", "/v1/things7/%0a", "/%zz"] {
        assert_eq!(router.find(&Method::GET, path).unwrap_err().kind, Kind::MalformedTarget);
    }
}
