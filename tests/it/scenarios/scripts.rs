//! Scripts of many steps, and an hour of everything.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::thread;

use super::table::{Client, library};
use super::wire::{End, look};

const AGENT: &str = r#"{"name":"Night shift","voice_platform":"vapi"}"#;

library! {
    agent_rollout: by |client| {
        client.expect("GET /v1/contacts", "409 out_of_step; \"look at the agents\"");
        client.expect("GET /v1/agents", "200");
        client.expect("GET /v1/agents?page=2", "200");
        let create = format!("POST /v1/agents | Idempotency-Key: one | {AGENT}");
        client.expect(&format!("POST /v1/agents | {AGENT}"), "409 out_of_step");
        client.expect(&create, "409 agent_name_taken");
        let made = client.ask(&create).answer;
        assert_eq!(made.status, 201, "{}", made.text());
        let path = format!("/v1/agents/{}", made.json()["data"]["id"].as_str().expect("an id"));
        client.expect(&format!("DELETE {path}"), "409 out_of_step");
        let prompt = r#"{"system_prompt":"Be brief."}"#;
        let wire = look(client.server, &client.raw(&format!("PUT {path}"), &[], prompt));
        assert_eq!((wire.end, wire.bytes.len()), (End::Closed, 0));
        client.expect(&format!("PUT {path} | {prompt}"), "200");
        client.expect(&format!("POST {path}/disable"), "200");
        client.expect(&format!("DELETE {path}"), "409 out_of_step; \"and back, for who took it out\"");
        client.expect(&format!("POST {path}/enable"), "200");
        client.expect(&format!("DELETE {path}"), "204");
        client.expect("GET /v1/agents", "409 out_of_step");
    },
    call_to_archive: by |client| {
        client.expect("GET /v1/agents", "200");
        client.expect("GET /v1/conversations", "429; Retry-After: 1");
        client.expect("GET /v1/conversations", "200");
        client.expect("GET /v1/conversations/conv_abc123xyz789", "500 internal_error");
        client.expect("GET /v1/conversations/conv_abc123xyz789", "200");
        client.expect("GET {recording}", "403 recording_url_expired");
        client.expect("GET /v1/conversations/conv_abc123xyz789/recording", "200");
        let link = client.link();
        let cut = look(client.server, &client.raw(&format!("GET {link}"), &[], ""));
        let (came, all) = (cut.body().len(), cut.announced());
        assert!(cut.end == End::Closed && came == all / 2, "{came} of {all}");
        let rest = client.ask(&format!("GET {link} | Range: bytes={came}-")).answer;
        assert_eq!((rest.status, rest.body.len()), (206, all - came));
    },
    noisy_hour: by |client| {
        let quiet = statuses(client, 300);
        client.advance("26m");
        let bad = statuses(client, 100);
        client.advance("10m");
        let again = statuses(client, 200);
        client.advance("25m");
        let after = statuses(client, 20);
        let of = |counts: &BTreeMap<String, usize>, status: &str| counts.get(status).copied().unwrap_or_default();
        let failed = of(&quiet, "500") + of(&again, "500");
        // 2% of 500 requests, 20% of 100.
        assert!((4..=20).contains(&failed), "{quiet:?} {again:?}");
        assert!((10..=30).contains(&of(&bad, "503")), "{bad:?}");
        assert_eq!(of(&quiet, "503") + of(&again, "503"), 0, "{quiet:?} {again:?}");
        assert_eq!(of(&after, "200"), 20, "{after:?}");
    },
}

/// How often each status was seen, by many clients at a time; an answer that never came is `none`.
fn statuses(client: &Client, requests: usize) -> BTreeMap<String, usize> {
    const CLIENTS: usize = 20;
    let request = client.raw("GET /v1/agents?per_page=1", &[], "");
    let seen = Mutex::new(BTreeMap::new());
    thread::scope(|scope| {
        for _ in 0..CLIENTS {
            scope.spawn(|| {
                for _ in 0..requests / CLIENTS {
                    let status = look(client.server, &request).status();
                    let status = status.map_or("none".to_owned(), |status| status.to_string());
                    *seen.lock().unwrap().entry(status).or_default() += 1;
                }
            });
        }
    });
    seen.into_inner().unwrap()
}
