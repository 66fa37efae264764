//! Faults of the wire, as they stand on it.

use std::process::Command;

use super::table::{Client, library};
use super::wire::{End, Wire, look, look_at};

library! {
    fault_close: by |client| {
        let wire = ask(client);
        assert_eq!((wire.end, wire.bytes.len()), (End::Closed, 0), "{wire:?}");
        whole(client);
    },
    fault_reset: by |client| {
        let wire = ask(client);
        assert_eq!((wire.end, wire.bytes.len()), (End::Reset, 0), "{wire:?}");
        whole(client);
    },
    fault_reset_midway: by |client| {
        let wire = ask(client);
        assert_eq!((wire.end, wire.status()), (End::Reset, Some(200)), "{wire:?}");
        assert!(wire.body().len() <= wire.announced() / 2, "{} of {}", wire.body().len(), wire.announced());
        whole(client);
    },
    fault_cut: by |client| {
        let wire = ask(client);
        assert_eq!((wire.end, wire.status()), (End::Closed, Some(200)));
        assert_eq!(wire.body().len(), wire.announced() / 2);
        whole(client);
    },
    fault_stall: by |client| {
        let wire = ask(client);
        assert_eq!((wire.end, wire.status(), wire.body().len()), (End::Silent, Some(200), 0));
        whole(client);
    },
    fault_drip: by |client| {
        // Reading all of it would take as long as it is meant to.
        let wire = look_at(client.server, &client.raw("GET /v1/conversations", &[], ""), 1500);
        assert!(wire.status() == Some(200) && wire.reads > 3, "{} reads", wire.reads);
        whole(client);
    },
    fault_chunks_bad_size: by |client| {
        let wire = ask(client);
        assert_eq!((wire.end, wire.header("transfer-encoding").as_deref()), (End::Closed, Some("chunked")));
        let size = String::from_utf8_lossy(wire.body()).lines().next().map(|line| usize::from_str_radix(line, 16).is_ok());
        assert_eq!(size, Some(false), "no size");
        whole(client);
    },
    fault_chunks_no_end: by |client| {
        let wire = ask(client);
        assert_eq!((wire.end, wire.header("transfer-encoding").as_deref()), (End::Closed, Some("chunked")));
        assert!(wire.body().len() > 1000 && !wire.body().ends_with(b"0\r\n\r\n"), "the last chunk is missing");
        whole(client);
    },
    fault_garbage: by |client| {
        let wire = ask(client);
        assert_eq!((wire.end, wire.bytes.len(), wire.status()), (End::Closed, 256, None));
        whole(client);
    },
    fault_length_too_long: by |client| {
        let wire = ask(client);
        assert_eq!((wire.end, wire.announced()), (End::Closed, wire.body().len() + 100));
        assert!(json(&wire).is_ok(), "what comes is whole");
        whole(client);
    },
    fault_length_too_short: by |client| {
        let wire = ask(client);
        assert_eq!((wire.end, wire.announced() + 100), (End::Closed, wire.body().len()));
        whole(client);
    },
    fault_content_type: by |client| {
        let wire = ask(client);
        assert_eq!(wire.header("content-type").as_deref(), Some("text/html"));
        assert!(json(&wire).is_ok(), "and JSON all the same");
        whole(client);
    },
    fault_json_cut: by |client| {
        let wire = ask(client);
        assert_eq!(wire.announced(), wire.body().len());
        assert!(json(&wire).is_err_and(|error| error.is_eof()));
        whole(client);
    },
    fault_json_trailing_comma: by |client| {
        let wire = ask(client);
        assert_eq!(wire.announced(), wire.body().len());
        assert!(wire.body().ends_with(b",}"), "{}", String::from_utf8_lossy(wire.body()));
        whole(client);
    },
    fault_json_nan: by |client| {
        let wire = ask(client);
        assert_eq!(wire.announced(), wire.body().len());
        assert!(json(&wire).is_err() && String::from_utf8_lossy(wire.body()).contains("NaN"));
        whole(client);
    },
    fault_utf8: by |client| {
        let wire = ask(client);
        assert_eq!(wire.announced(), wire.body().len());
        assert!(std::str::from_utf8(wire.body()).is_err());
        whole(client);
    },
    fault_gzip: by |client| {
        let wire = ask(client);
        assert_eq!(wire.header("content-encoding").as_deref(), Some("gzip"));
        assert!(json(&wire).is_ok(), "and is not packed");
        whole(client);
    },
    fault_connection_close: by |client| {
        for _ in 0..2 {
            let wire = look(client.server, &client.raw("GET /v1/conversations", &["Connection: keep-alive"], ""));
            assert_eq!((wire.end, wire.header("connection").as_deref()), (End::Closed, Some("close")));
            assert!(json(&wire).is_ok());
        }
    },
    fault_go_away: by |client| {
        let (code, said) = curl(client);
        assert_ne!(code, 0, "{said}");
        assert_eq!(curl(client).0, 0, "and the next one is answered");
    },
    fault_reset_stream: by |client| {
        let (code, said) = curl(client);
        // "HTTP/2 stream was not closed cleanly".
        assert_eq!(code, 92, "{said}");
        assert!(said.contains("err 2"), "{said}");
        assert_eq!(curl(client).0, 0, "and the next one is answered");
    },
}

fn ask(client: &Client) -> Wire {
    look(client.server, &client.raw("GET /v1/conversations", &[], ""))
}

/// The fault is over.
fn whole(client: &mut Client) {
    client.expect("GET /v1/conversations", "200; 25 rows");
}

fn json(wire: &Wire) -> serde_json::Result<serde_json::Value> {
    serde_json::from_slice(wire.body())
}

/// What curl ends with over HTTP/2, and what it says.
fn curl(client: &Client) -> (i32, String) {
    let mut command = Command::new("curl");
    command.args(["--silent", "--show-error", "--http2-prior-knowledge", "--output", "/dev/null", "--noproxy", "*"]);
    for header in client.headers() {
        command.args(["--header", &header]);
    }
    let run = command.arg(client.server.url("/v1/conversations")).output().expect("curl");
    (run.status.code().unwrap_or(-1), String::from_utf8_lossy(&run.stderr).into_owned())
}
