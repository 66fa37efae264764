//! Recordings whose address is no longer good, and downloads that break.

use super::table::{Client, library};
use super::wire::{End, Wire, look};

const CALL: &str = "/v1/conversations/conv_abc123xyz789";

library! {
    recording_expired: [
        "GET /v1/conversations/conv_abc123xyz789" => "200; /data/recording/expires_at: \"2025-01-15T14:00:00Z\"",
        "GET {recording}" => "403 recording_url_expired",
        "GET /v1/conversations/conv_abc123xyz789/recording" => "200; /data/expires_at: \"2025-02-15T14:35:23Z\"",
        "GET {recording}" => "200; Content-Type: audio/mpeg",
    ],
    recording_expires_soon: by |client| {
        client.expect(&format!("GET {CALL}/recording"), "200; /data/expires_at: \"2025-01-15T15:00:02Z\"");
        let link = client.link();
        client.expect(&format!("GET {link}"), "200");
        client.advance("3s");
        client.expect(&format!("GET {link}"), "403 recording_url_expired");
        client.expect(&format!("GET {CALL}/recording"), "200");
        client.expect("GET {recording}", "200");
    },
    recording_wrong_signature: [
        "GET /v1/conversations/conv_abc123xyz789/recording" => "200",
        "GET {recording}" => "403 recording_signature_invalid",
        "GET /v1/conversations/conv_abc123xyz789/recording" => "200",
        "GET {recording}" => "200",
    ],
    recording_refused_403: by |client| {
        client.read(CALL);
        let link = client.link();
        client.expect(&format!("GET {link}"), "403 recording_url_expired");
        client.expect(&format!("GET {link}"), "200");
    },
    recording_missing_404: [
        "GET /v1/conversations/conv_abc123xyz789" => "200",
        "GET {recording}" => "404 recording_not_found",
    ],
    recording_gone_410: [
        "GET /v1/conversations/conv_abc123xyz789" => "200",
        "GET {recording}" => "410; \"The recording was deleted.\"",
    ],
    recording_range_416: by |client| {
        client.read(CALL);
        let link = client.link();
        client.expect(&format!("GET {link} | Range: bytes=500-"), "416 range_not_satisfiable; Content-Range: bytes */1000");
        client.expect(&format!("GET {link}"), "200");
    },
    recording_cut: by |client| {
        client.read(CALL);
        let link = client.link();
        let cut = download(client, &link, &[]);
        let (came, all) = (cut.body().len(), cut.announced());
        assert!(cut.end == End::Closed && came == all * 33 / 100, "{came} of {all}");
        let rest = client.ask(&format!("GET {link} | Range: bytes={came}-")).answer;
        assert_eq!((rest.status, rest.body.len()), (206, all - came));
    },
    recording_stalled: by |client| {
        client.read(CALL);
        let link = client.link();
        let stalled = download(client, &link, &[]);
        let (came, all) = (stalled.body().len(), stalled.announced());
        assert!(stalled.end == End::Silent && came == all / 2, "{came} of {all}, {:?}", stalled.end);
        let rest = client.ask(&format!("GET {link} | Range: bytes={came}-")).answer;
        assert_eq!((rest.status, rest.body.len()), (206, all - came));
    },
    recording_wrong_length: by |client| {
        client.read(CALL);
        let link = client.link();
        let wrong = download(client, &link, &[]);
        assert!(wrong.end == End::Closed && wrong.body().len() + 1000 == wrong.announced(), "{}", wrong.head());
        let whole = client.ask(&format!("GET {link}")).answer;
        assert_eq!(whole.body, wrong.body(), "and the next one is as it should be");
    },
    recording_expires_midway: by |client| {
        client.read(CALL);
        let link = client.link();
        let cut = download(client, &link, &[]);
        assert!(cut.end == End::Closed && cut.body().len() == cut.announced() / 2, "{}", cut.head());
        let rest = format!("GET {link} | Range: bytes={}-", cut.body().len());
        client.expect(&rest, "403 recording_url_expired");
        client.read(&format!("{CALL}/recording"));
        let range = format!("Range: bytes={}-", cut.body().len());
        let rest = client.ask(&format!("GET {{recording}} | {range}")).answer;
        assert_eq!((rest.status, rest.body.len()), (206, cut.announced() - cut.body().len()));
    },
}

fn download(client: &Client, link: &str, headers: &[&str]) -> Wire {
    look(client.server, &client.raw(&format!("GET {link}"), headers, ""))
}
