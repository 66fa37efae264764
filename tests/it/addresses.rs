//! Addresses of recordings: good as they were given, for as long as was said, and in no other form.

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use crate::support::caller::Caller;
use crate::support::http::Answer;
use crate::support::server::Server;

const NOW: &str = "2025-01-15T15:00:00Z";
const DETAILS: &str = "/v1/conversations/conv_abc123xyz789";

fn start(seed: &str) -> Server {
    Server::start(["--no-config", "--check-answers", "--now", NOW, "--conversations", "50", "--seed", seed])
}

/// The path and query of the documented call's recording, and when it expires.
fn address(server: &Server, caller: &Caller) -> (String, Timestamp) {
    let recording = caller.read(DETAILS)["data"]["recording"].take();
    let url = recording["url"].as_str().unwrap();
    let target = url.strip_prefix(&server.url("")).unwrap_or_else(|| panic!("{url} leads elsewhere"));
    (target.to_owned(), recording["expires_at"].as_str().unwrap().parse().unwrap())
}

fn assert_refused(asked: &str, answer: &Answer, code: &str) {
    let told = if answer.status == 403 { answer.code() } else { format!("{} bytes", answer.body.len()) };
    assert_eq!((answer.status, told.as_str()), (403, code), "{asked}");
}

#[test]
fn an_address_is_good_in_exactly_the_form_it_was_given() {
    let server = start("42");
    let (target, _) = address(&server, &Caller::by_default(&server));
    let stranger = Caller::stranger(&server);
    assert_eq!(stranger.get(&target).status, 200);
    let (path, query) = target.split_once('?').unwrap();

    // Whichever bit of the query is changed, the address is no longer ours.
    for at in 0..query.len() {
        for bit in [1, 2, 16] {
            let mut bytes = query.as_bytes().to_vec();
            bytes[at] ^= bit;
            let changed = String::from_utf8(bytes).unwrap();
            // What no target may hold is refused before anybody looks at it.
            if changed.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"&=._-".contains(&byte)) {
                assert_eq!(stranger.get(&format!("{path}?{changed}")).status, 403, "{changed}");
            }
        }
    }
    let parts: Vec<&str> = query.split('&').collect();
    let mut reordered = parts.clone();
    reordered.reverse();
    let rest = |without: usize| {
        let kept: Vec<&str> = parts.iter().enumerate().filter(|(n, _)| *n != without).map(|(_, part)| *part).collect();
        kept.join("&")
    };
    let code = "recording_signature_invalid";
    for changed in [
        reordered.join("&"),
        format!("{query}&{}", parts[0]),
        format!("{query}&{}", parts[2]),
        format!("{query}&more=1"),
        format!("&{query}"),
        query.replacen('e', "%65", 1),
        query.replace("lane=default", "lane=%64efault"),
        query.replace("expires=", "expires=0"),
        query.replace("expires=", "expires=-"),
        query.replace(parts[0], "expires=292277026596"),
        query.replace(parts[0], "expires=99999999999999999999999999"),
        rest(0),
        rest(1),
    ] {
        assert_refused(&changed, &stranger.get(&format!("{path}?{changed}")), code);
    }
    let other = path.replace("conv_abc123xyz789", "conv_u5g3ok78lei2");
    assert_refused(&other, &stranger.get(&format!("{other}?{query}")), code);
    for unsigned in [String::new(), format!("?{}", rest(2)), "?signature=".to_owned()] {
        assert_refused(&unsigned, &stranger.get(&format!("{path}{unsigned}")), "recording_signature_missing");
    }
    for method in ["POST", "PUT", "DELETE", "PATCH"] {
        assert_eq!(stranger.send(method, &target, &[], None).status, 405, "{method}");
    }
    assert_eq!(stranger.get(&target).status, 200, "it is as good as before");
}

#[test]
fn an_address_is_good_for_as_long_as_was_said_and_in_its_own_lane() {
    let server = start("42");
    let caller = Caller::new(&server, "sk_test_expiry");
    let (target, expires) = address(&server, &caller);
    let stranger = Caller::stranger(&server);
    let advance_to = |moment: Timestamp| {
        let answer = caller.post("/_mock/clock", &json!({ "advance_to": moment.to_string() }));
        assert_eq!(answer.status, 200, "{}", answer.text());
    };
    advance_to(expires - SignedDuration::from_secs(1));
    assert_eq!(stranger.get(&target).status, 200);
    let other = stranger.send("GET", &target, &[("X-Mock-Lane", "somewhere-else")], None);
    assert_refused("in another lane", &other, "recording_wrong_lane");
    advance_to(expires);
    assert_refused("too late", &stranger.get(&target), "recording_url_expired");
    // No clock goes back, so what has expired stays so.
    let back = json!({ "advance_to": (expires - SignedDuration::from_hours(48)).to_string() });
    assert_eq!(caller.post("/_mock/clock", &back).status, 409);
    assert_refused("too late", &stranger.get(&target), "recording_url_expired");
    let (fresh, later) = address(&server, &caller);
    assert!(later > expires && fresh != target);
    assert_eq!(stranger.get(&fresh).status, 200);
}

#[test]
fn an_address_outlives_the_process_but_not_the_seed() {
    let server = start("42");
    let (target, _) = address(&server, &Caller::by_default(&server));
    let audio = Caller::stranger(&server).get(&target);
    drop(server);
    let again = start("42");
    assert!(Caller::stranger(&again).get(&target).body == audio.body, "the same address leads to the same audio");
    drop(again);
    let other = start("43");
    assert_refused("another seed", &Caller::stranger(&other).get(&target), "recording_signature_invalid");
}

#[test]
fn pieces_are_what_was_asked_for_and_many_are_the_whole() {
    let server = start("42");
    let (target, _) = address(&server, &Caller::by_default(&server));
    let stranger = Caller::stranger(&server);
    let whole = stranger.get(&target);
    let length = whole.body.len();
    let piece = |range: &str| stranger.send("GET", &target, &[("Range", range)], None);
    for (range, from, to) in [
        ("bytes=0-0".to_owned(), 0, 1),
        ("bytes=47-96".to_owned(), 47, 97),
        (format!("bytes={}-", length - 1), length - 1, length),
        ("bytes=-1".to_owned(), length - 1, length),
        (format!("bytes=-{}", length * 2), 0, length),
        ("bytes=7-18446744073709551615".to_owned(), 7, length),
    ] {
        let answer = piece(&range);
        let told = answer.header("content-range").map(str::to_owned);
        assert_eq!((answer.status, told), (206, Some(format!("bytes {from}-{}/{length}", to - 1))), "{range}");
        assert!(answer.body == whole.body[from..to], "{range} is another piece");
    }
    for range in [format!("bytes={length}-"), "bytes=-0".to_owned()] {
        let answer = piece(&range);
        let told = answer.header("content-range").map(str::to_owned);
        assert_eq!((answer.status, told), (416, Some(format!("bytes */{length}"))), "{range}");
    }
    let thousand = (0..1_000).map(|n| format!("{n}-{n}")).collect::<Vec<_>>().join(",");
    for range in [&format!("bytes={thousand}"), "bytes=9-3", "bytes=", "pages=1-2", "bytes=1-2-3", "bytes=a-", "bytes"]
    {
        let answer = piece(range);
        assert_eq!((answer.status, answer.body.len()), (200, length), "{range}");
    }
}
