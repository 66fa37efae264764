//! The journal under `/_mock/journal`: pages, filters, single entries, and what can be taken along.

use std::process::Command;

use serde_json::{Value, json as object};

use super::{KEY, ask, json};
use crate::support::server::{Server, program};

fn start() -> Server {
    Server::start(["--now", "2025-01-15T15:00:00Z"])
}

fn bearer() -> String {
    format!("Authorization: Bearer {KEY}")
}

fn get(server: &Server, target: &str, headers: &[&str]) -> u16 {
    ask(server, &format!("GET {target}"), &[&[&*bearer()], headers].concat(), "").status
}

/// What `/_mock/journal` answers to a query.
fn journal(server: &Server, query: &str) -> Value {
    let answer = ask(server, &format!("GET /_mock/journal{query}"), &[], "");
    assert_eq!(answer.status, 200, "{query}: {}", answer.text());
    json(&answer)
}

fn numbers(told: &Value) -> Vec<u64> {
    told["entries"].as_array().unwrap().iter().map(|entry| entry["number"].as_u64().unwrap()).collect()
}

#[test]
fn every_exchange_is_told_in_pages() {
    let server = start();
    for page in 1..=5 {
        assert_eq!(get(&server, &format!("/v1/conversations?page={page}"), &["X-Mock-Lane: a"]), 200);
    }
    assert_eq!(get(&server, "/v1/nothing", &["X-Mock-Lane: b"]), 404);
    let all = journal(&server, "");
    assert_eq!((&all["count"], &all["dropped"], &all["last"]), (&object!(6), &object!(0), &object!(6)));
    assert!(all["bytes"].as_u64().unwrap() > 5_000 && all["more"] == false, "{all}");
    assert_eq!(numbers(&all), [1, 2, 3, 4, 5, 6], "the newest last");
    assert_eq!(all["lanes"]["a"], 5);
    let first = &all["entries"][0];
    assert_eq!((&first["operation"], &first["status"]), (&object!("listConversations"), &object!(200)));
    assert_eq!((&first["method"], &first["target"]), (&object!("GET"), &object!("/v1/conversations?page=1")));
    assert_eq!((&first["ending"], &first["sent"]), (&object!("complete"), &first["bytes"]));
    for (query, expected, more) in [
        ("?limit=2", vec![5, 6], true),
        ("?before=5&limit=2", vec![3, 4], true),
        ("?before=3&limit=2", vec![1, 2], false),
        ("?after=2&limit=2", vec![3, 4], true),
        ("?after=4", vec![5, 6], false),
        ("?after=6", vec![], false),
        ("?limit=0", vec![], true),
    ] {
        let told = journal(&server, query);
        assert_eq!((numbers(&told), &told["more"]), (expected, &object!(more)), "{query}");
    }
    let query = ask(&server, "GET /_mock/journal?operatoin=a", &[], "");
    assert_eq!(query.status, 400);
    assert!(query.text().contains("did you mean \\\"operation\\\"?"), "{}", query.text());
    for query in ["?after=1&before=2", "?limit=-1", "?status=999x", "?since=yesterday", "?format=xml", "?limit=5000"] {
        assert_eq!(ask(&server, &format!("GET /_mock/journal{query}"), &[], "").status, 400, "{query}");
    }
}

#[test]
fn what_is_looked_for_is_found() {
    let server = start();
    let limited = "X-Mock-Scenario: rate-limited-twice";
    get(&server, "/v1/conversations?page=1", &["X-Mock-Lane: a", "X-Odd: needle"]);
    get(&server, "/v1/conversations?page=x", &["X-Mock-Lane: a"]);
    get(&server, "/v1/conversations", &["X-Mock-Lane: b", limited]);
    ask(&server, "POST /v1/nothing", &[], "");
    let since = journal(&server, "")["entries"][2]["time"].as_str().unwrap().to_owned();
    for (query, expected) in [
        ("operation=listConversations", vec![1, 2, 3]),
        ("status=4xx", vec![2, 3, 4]),
        ("status=429", vec![3]),
        ("method=post", vec![4]),
        ("lane=a", vec![1, 2]),
        ("breach=type", vec![2]),
        ("rule=rate-limited-twice", vec![3]),
        ("rule=rate-limited-twi", vec![]),
        ("text=needle", vec![1]),
        ("text=page%3Dx", vec![2]),
        (&*format!("since={since}"), vec![3, 4]),
        ("status=4xx&lane=a", vec![2]),
        ("status=4xx&limit=1", vec![4]),
    ] {
        assert_eq!(numbers(&journal(&server, &format!("?{query}"))), expected, "{query}");
    }
    let full = json(&ask(&server, "GET /_mock/journal/2", &[], ""));
    assert_eq!((&full["breaches"][0]["in"], &full["breaches"][0]["code"]), (&object!("query"), &object!("type")));
    assert!(full["answer"]["body"]["text"].as_str().unwrap().contains("page"), "{full}");
    let unknown = ask(&server, "GET /_mock/journal/99", &[], "");
    assert_eq!((unknown.status, &json(&unknown)["last"]), (404, &object!(4)));
}

#[test]
fn one_lane_is_forgotten_or_all() {
    let server = start();
    for lane in ["a", "b", "a"] {
        get(&server, "/v1/agents", &[&format!("X-Mock-Lane: {lane}")]);
    }
    let cleared = json(&ask(&server, "DELETE /_mock/journal?lane=a", &[], ""));
    assert_eq!(cleared, object!({ "cleared": 2, "last": 3 }));
    assert_eq!(numbers(&journal(&server, "")), [2]);
    get(&server, "/v1/agents", &["X-Mock-Lane: b"]);
    assert_eq!(numbers(&journal(&server, "")), [2, 4], "numbers go on");
    assert_eq!(json(&ask(&server, "DELETE /_mock/journal", &[], ""))["cleared"], 2);
    assert_eq!(journal(&server, "")["count"], 0);
    assert_eq!(ask(&server, "POST /_mock/journal", &[], "").header("allow"), Some("GET, HEAD, DELETE"));
}

/// Where a text says something.
fn around(text: &str, word: &str) -> String {
    let at = text.find(word).unwrap_or_default();
    text.chars().skip(text[..at].chars().count().saturating_sub(100)).take(200).collect()
}

#[test]
fn no_key_is_in_any_export() {
    let server = start();
    let (token, other) = ("X-Mock-Token: tok_secret_9", "sk_live_unknown_77");
    let agent = r#"{"name":"Echo sk_live_abc123xyz789"}"#;
    get(&server, "/v1/conversations?api_key=sk_query_5&page=1", &[token, "Cookie: session=crumb_3"]);
    get(&server, "/v1/conversations", &[&format!("Referer: http://localhost/?api_key={KEY}")]);
    let headers = [&*bearer(), "Content-Type: application/json"];
    ask(&server, "PUT /v1/agents/agent_abc123", &headers, agent);
    ask(&server, "GET /v1/conversations", &[&format!("Authorization: Bearer {other}")], "");
    let list = ask(&server, "GET /v1/conversations?status=completed", &[&bearer()], "").text();
    let id: String = list[list.find("conv_").expect("an id")..].chars().take_while(|c| *c != '"').collect();
    let recording = ask(&server, &format!("GET /v1/conversations/{id}/recording"), &[&bearer()], "");
    let count = journal(&server, "")["count"].as_u64().unwrap();
    assert_eq!(count, 6);
    let mut texts: Vec<(String, String)> = ["", "?format=har", "?format=ndjson", "?format=curl"]
        .map(|query| (query.to_owned(), ask(&server, &format!("GET /_mock/journal{query}"), &[], "").text()))
        .into();
    texts
        .extend((1..=count).map(|n| (n.to_string(), ask(&server, &format!("GET /_mock/journal/{n}"), &[], "").text())));
    let signature = recording.text().split_once("signature=").map(|(_, rest)| rest[..16].to_owned());
    for (name, text) in texts {
        for secret in [KEY, "tok_secret_9", other, "sk_query_5", "crumb_3"] {
            assert!(!text.contains(secret), "{name} tells {secret}: {}", around(&text, secret));
        }
        assert!(signature.as_ref().is_none_or(|signature| !text.contains(signature)), "{name} tells a signature");
    }
}

/// A har of everything has what the format asks of each entry.
#[test]
fn an_archive_as_browsers_keep_them() {
    let server = start();
    get(&server, "/v1/conversations?page=1&search=a+b%21", &[]);
    ask(&server, "PUT /v1/agents/agent_abc123", &[&*bearer(), "Content-Type: application/json"], r#"{"name":"Ä"}"#);
    let har = journal(&server, "?format=har");
    assert_eq!(har["log"]["version"], "1.2");
    let entries = har["log"]["entries"].as_array().unwrap();
    assert_eq!(entries.len(), 2);
    for entry in entries {
        for name in ["startedDateTime", "time", "request", "response", "cache", "timings"] {
            assert!(!entry[name].is_null(), "{name}: {entry}");
        }
        for (side, names) in [
            (
                "request",
                ["method", "url", "httpVersion", "cookies", "headers", "queryString", "headersSize", "bodySize"],
            ),
            (
                "response",
                ["status", "statusText", "httpVersion", "cookies", "headers", "content", "redirectURL", "bodySize"],
            ),
        ] {
            names.iter().for_each(|name| assert!(!entry[side][name].is_null(), "{side} {name}: {entry}"));
        }
        assert!(entry["request"]["url"].as_str().unwrap().starts_with("http://127.0.0.1:"));
        let content = &entry["response"]["content"];
        let text = content["text"].as_str().unwrap();
        assert_eq!(content["size"].as_u64().unwrap() as usize, text.len());
        serde_json::from_str::<Value>(text).expect("the body as it was");
    }
    assert_eq!(entries[0]["request"]["queryString"][1], object!({ "name": "search", "value": "a b!" }));
    assert_eq!(
        entries[1]["request"]["postData"],
        object!({ "mimeType": "application/json", "text": r#"{"name":"Ä"}"# })
    );
    let lines = ask(&server, "GET /_mock/journal?format=ndjson", &[], "").text();
    let read = lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["number"].as_u64().unwrap());
    assert_eq!(read.collect::<Vec<_>>(), [1, 2]);
}

/// What a shell makes of the commands is what was sent.
#[cfg(unix)]
#[test]
fn commands_send_the_same_again() {
    let server = start();
    let odd = r#"{"name":"it's $HOME `id` \\ \"x\" é","notes":"@file %s ${x} !!\nline"}"#;
    let json_kind = "Content-Type: application/json";
    let asked: [(&str, &[&str], &str); 5] = [
        ("GET /v1/conversations?page=1&search=%27%24HOME&api_key=sk", &["X-Empty:", "X-Odd: it's \"$HOME\" *"], ""),
        ("GET /v1/../v1/agents?filter=[a]{b}&x='y'", &["Accept: text/*", "User-Agent: o'brien"], ""),
        ("PUT /v1/agents/agent_abc123", &[json_kind], odd),
        ("HEAD /v1/agents", &[], ""),
        ("POST /v1/nothing", &["Content-Type: text/plain"], "@/etc/passwd"),
    ];
    for (line, headers, body) in asked {
        ask(&server, line, &[&[&*bearer()], headers].concat(), body);
    }
    let script = ask(&server, "GET /_mock/journal?format=curl", &[], "").text();
    assert_eq!(script.lines().filter(|line| line.starts_with("curl ")).count(), asked.len(), "{script}");
    let mut shell = Command::new("sh");
    shell.args(["-eu", "-c", &script]).env("AYRA_API_KEY", KEY).env_remove("HOME").env("HOME", "/nowhere");
    let said = shell.output().expect("a shell and curl");
    assert!(said.status.success(), "{script}\n{}", String::from_utf8_lossy(&said.stderr));
    let told = |number: usize| json(&ask(&server, &format!("GET /_mock/journal/{number}"), &[], ""));
    for number in 1..=asked.len() {
        let (first, again) = (told(number), told(number + asked.len()));
        for place in ["/method", "/target", "/operation", "/request/body", "/status"] {
            assert_eq!(first.pointer(place), again.pointer(place), "{place}: {script}");
        }
        let headers = |entry: &Value| {
            let all = entry["request"]["headers"].as_array().unwrap().clone();
            let mut kept: Vec<Value> = all
                .into_iter()
                .filter(|header| !["connection", "content-length"].contains(&header["name"].as_str().unwrap()))
                .collect();
            kept.sort_by_key(|header| header["name"].to_string());
            kept
        };
        assert_eq!(headers(&first), headers(&again), "{script}");
    }
}

#[test]
fn a_command_sends_a_key_to_this_server_alone_and_in_no_signature() {
    let server = start();
    ask(&server, "GET /v1/agents", &[&*bearer(), "Host: evil.example"], "");
    ask(&server, "GET /v1/agents?expires=1&signature=0f1e&lane=a", &[&*bearer()], "");
    let script = ask(&server, "GET /_mock/journal?format=curl", &[], "").text();
    let lines: Vec<&str> = script.lines().collect();
    assert!(lines[0].contains(&format!("http://127.0.0.1:{}/v1/agents", server.port)), "{script}");
    assert!(lines[0].contains("'host: evil.example'"), "{script}");
    assert!(lines[1].contains("signature=''***&lane=a'"), "{script}");
}

#[test]
fn an_archive_is_whole_however_large_the_journal_is() {
    let server = start();
    for page in 1..=40 {
        ask(&server, &format!("GET /v1/conversations?page={page}"), &[&*bearer()], "");
    }
    let archive = json(&ask(&server, "GET /_mock/journal?format=har", &[], ""));
    let entries = archive["log"]["entries"].as_array().unwrap();
    let numbers: Vec<u64> = entries.iter().map(|entry| entry["_mock"]["number"].as_u64().unwrap()).collect();
    assert_eq!(numbers, (1..=40).collect::<Vec<_>>());
    let lines = ask(&server, "GET /_mock/journal?format=ndjson", &[], "").text();
    assert_eq!(lines.lines().count(), 40);
    assert_eq!(ask(&server, "GET /_mock/journal?format=ndjson&operation=none", &[], "").text(), "");
}

#[test]
fn whoever_has_no_token_reads_nothing() {
    let mut command = program();
    command.args(["serve", "--admin-token", "open-sesame"]);
    let server = Server::from(command);
    for line in ["GET /_mock/journal", "GET /_mock/journal/1", "GET /_mock/journal?format=har", "DELETE /_mock/journal"]
    {
        assert_eq!(ask(&server, line, &[], "").status, 401, "{line}");
    }
    assert_eq!(ask(&server, "GET /_mock/journal", &["X-Mock-Token: open-sesame"], "").status, 200);
}
