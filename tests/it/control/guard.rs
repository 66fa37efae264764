use super::{ask, json, tell};
use crate::support::server::{Server, program};

/// Every path that is there, and some that are not.
const PATHS: [&str; 9] = [
    "GET /_mock/health",
    "GET /_mock/ready",
    "GET /_mock/clock",
    "GET /_mock/lanes",
    "GET /_mock/lanes/default",
    "POST /_mock/lanes/default/reset",
    "GET /_mock",
    "GET /_mock/nothing",
    "OPTIONS /_mock/clock",
];

fn now(server: &Server) -> String {
    json(&ask(server, "GET /_mock/clock", &[], ""))["now"].to_string()
}

#[test]
fn a_page_of_somebody_else_changes_nothing() {
    let server = Server::start(["--now", "2025-01-15T15:00:00Z"]);
    let (before, body) = (now(&server), r#"{"advance":"1h"}"#);
    let json_kind = "Content-Type: application/json";
    let attempts: [(&[&str], u16); 12] = [
        (&["Content-Type: text/plain"], 415),
        (&["Content-Type: application/x-www-form-urlencoded"], 415),
        (&["Content-Type: multipart/form-data; boundary=x"], 415),
        (&[], 415),
        (&["Content-Type: text/plain; a=application/json"], 415),
        (&[json_kind, "Origin: null"], 403),
        (&[json_kind, "Origin: http://evil.example"], 403),
        (&[json_kind, "Origin: http://localhost:3000"], 403),
        (&[json_kind, "Sec-Fetch-Site: cross-site"], 403),
        (&[json_kind, "Host: evil.example", "Origin: http://evil.example"], 421),
        (&[json_kind, "Host: localhost.evil.example"], 421),
        (&["Content-Type: text/plain", "Origin: null"], 403),
    ];
    for (headers, status) in attempts {
        let answer = ask(&server, "POST /_mock/clock", headers, body);
        assert_eq!(answer.status, status, "{headers:?}: {}", answer.text());
        assert_eq!(answer.header("Access-Control-Allow-Origin"), None);
    }
    assert_eq!(now(&server), before);
    let own = format!("Origin: http://127.0.0.1:{}", server.port);
    assert_eq!(tell(&server, "POST /_mock/clock", &[&own], body).status, 200);
    assert_ne!(now(&server), before);
}

#[test]
fn every_path_has_the_same_guard() {
    let server = Server::start(["--admin-host", "mock.example,other"]);
    for line in PATHS {
        for host in ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "mock.example.evil"] {
            let (host, origin) = (format!("Host: {host}"), format!("Origin: http://{host}"));
            assert_eq!(ask(&server, line, &[&host], "").status, 421, "{line} {host}");
            assert_eq!(ask(&server, line, &[&host, &origin], "").status, 421, "{line} {host}");
        }
        assert_eq!(ask(&server, line, &["Origin: http://evil.example"], "").status, 403, "{line}");
        for host in ["localhost", "LOCALHOST:80", "[::1]:4010", "192.0.2.1", "mock.example", "Other:1"] {
            let answer = ask(&server, line, &[&format!("Host: {host}")], "");
            assert!(!matches!(answer.status, 403 | 421), "{line} {host}: {}", answer.status);
            assert_eq!(answer.header("Access-Control-Allow-Origin"), None, "{line}");
        }
    }
}

#[test]
fn no_other_spelling_leads_in_or_around() {
    let server = Server::start(["--now", "2025-01-15T15:00:00Z"]);
    let evil = ["Host: evil.example"];
    for path in
        ["/%5fmock/health", "/%5Fmock/clock", "//_mock/health", "/_MOCK/health", "/_mockx", "/x/../_mock/health"]
    {
        // Not ours, whoever asks: the contract has no such path.
        let status = ask(&server, &format!("GET {path}"), &[], "").status;
        assert!(matches!(status, 400 | 404), "{path}: {status}");
        let answer = ask(&server, &format!("GET {path}"), &evil, "");
        assert!(!answer.text().contains("\"status\":\"ok\""), "{path}: {}", answer.text());
    }
    for path in
        ["/_mock/../v1/conversations", "/_mock/%2e%2e/v1", "/_mock//health", "/_mock/health/", "/_mock/./health"]
    {
        assert_eq!(ask(&server, &format!("GET {path}"), &[], "").status, 404, "{path}");
        assert_eq!(ask(&server, &format!("GET {path}"), &evil, "").status, 421, "{path}");
    }
    // A target with an authority is judged by that one.
    assert_eq!(ask(&server, "GET http://evil.example/_mock/health", &["Host: localhost"], "").status, 421);
}

#[test]
fn to_look_changes_nothing_and_a_wrong_method_is_told_the_right_ones() {
    let server = Server::start(["--now", "2025-01-15T15:00:00Z"]);
    let lanes = || json(&ask(&server, "GET /_mock/lanes", &[], ""))["lanes"].as_array().unwrap().len();
    for line in PATHS {
        let path = line.split_once(' ').unwrap().1;
        for body in ["", r#"{"advance":"1h","name":"x"}"#] {
            let got =
                ask(&server, &format!("GET {path}"), &["X-Mock-Lane: new", "Content-Type: application/json"], body);
            let head = ask(&server, &format!("HEAD {path}"), &["X-Mock-Lane: new"], "");
            assert_eq!(got.status, head.status, "{path}");
        }
    }
    assert_eq!((lanes(), now(&server).as_str()), (1, "\"2025-01-15T15:00:00Z\""));
    for (line, allowed) in [
        ("POST /_mock/health", "GET, HEAD"),
        ("DELETE /_mock/clock", "GET, HEAD, POST"),
        ("PUT /_mock/lanes/a", "GET, HEAD, DELETE"),
        ("GET /_mock/lanes/a/reset", "POST"),
        ("OPTIONS /_mock/lanes", "GET, HEAD, POST"),
    ] {
        let answer = ask(&server, line, &[], "");
        assert_eq!((answer.status, answer.header("Allow")), (405, Some(allowed)), "{line}");
    }
}

#[test]
fn from_other_machines_nothing_is_open_without_a_token() {
    let server = Server::start(["--host", "0.0.0.0"]);
    let said = server.output_with("AYRA_MOCK_ADMIN_TOKEN");
    assert!(said.contains("/_mock/ is closed"), "{said}");
    for line in PATHS {
        let status = ask(&server, line, &["Content-Type: application/json"], "").status;
        let open = line.ends_with("health") || line.ends_with("ready");
        assert_eq!(status, if open { 200 } else { 403 }, "{line}");
    }
    assert!(ask(&server, "GET /_mock/clock", &[], "").text().contains("--admin-token"));
}

#[test]
fn a_token_opens_and_is_never_shown() {
    let secret = "open-sesame-2025";
    let mut command = program();
    command.args(["serve", "-vv", "--host", "0.0.0.0"]).env("AYRA_MOCK_ADMIN_TOKEN", secret);
    let server = Server::from(command);
    let shown = format!("X-Mock-Token: {secret}");
    for line in PATHS {
        let closed = ask(&server, line, &[], "");
        let open = line.ends_with("health") || line.ends_with("ready");
        assert_eq!(closed.status == 401, !open, "{line}: {}", closed.status);
        assert!(!matches!(ask(&server, line, &[&shown], "").status, 401 | 403), "{line}");
        let bearer = format!("Authorization: Bearer {secret}");
        assert!(!matches!(ask(&server, line, &[&bearer], "").status, 401 | 403), "{line}");
        let wrong = ask(&server, line, &["X-Mock-Token: open-sesame-2026"], "");
        assert_eq!(wrong.status == 401, !open, "{line}");
        assert!(open || wrong.header("WWW-Authenticate").is_some(), "{line}");
    }
    ask(&server, "GET /v1/conversations", &[&shown], "");
    let written = server.output_with("/v1/conversations");
    assert!(!written.contains(secret), "{written}");
    let config = program().args(["config", "show", "--origin"]).env("AYRA_MOCK_ADMIN_TOKEN", secret).output().unwrap();
    let told = String::from_utf8(config.stdout).unwrap();
    assert!(told.contains("***") && told.contains("AYRA_MOCK_ADMIN_TOKEN") && !told.contains(secret), "{told}");
    for short in ["short", "with a blank in it"] {
        let refused = program().args(["serve", "--admin-token", short]).output().unwrap();
        let said = String::from_utf8(refused.stderr).unwrap();
        assert_eq!(refused.status.code(), Some(2));
        assert!(said.contains("expected 8 to 256 visible") && !said.contains(short), "{said}");
    }
}

#[test]
fn what_is_no_request_is_refused_without_a_word_to_pages() {
    let server = Server::start(["--max-target", "1KiB"]);
    for (line, headers, status) in [
        (format!("GET /_mock/{}", "x".repeat(2_000)), vec![], 414),
        ("GET /_mock/health".to_owned(), vec!["Host: a b"], 400),
    ] {
        let answer = ask(&server, &line, &headers, "");
        assert_eq!((answer.status, answer.header("Access-Control-Allow-Origin")), (status, None), "{}", answer.text());
        assert!(json(&answer)["error"].is_string(), "{}", answer.text());
    }
}

#[test]
fn a_body_has_a_measure() {
    let server = Server::start(["--max-body", "1KiB"]);
    let long = |bytes: usize| format!(r#"{{"advance":"{}"}}"#, "0".repeat(bytes));
    let told = tell(&server, "POST /_mock/clock", &[], &long(60_000));
    assert_eq!(told.status, 400, "the API's limit is another one: {}", told.text());
    assert_eq!(tell(&server, "POST /_mock/clock", &[], &long(70_000)).status, 413);
    let deep = format!(r#"{{"advance":{}1{}}}"#, "[".repeat(10_000), "]".repeat(10_000));
    assert_eq!(tell(&server, "POST /_mock/clock", &[], &deep).status, 400);
}
