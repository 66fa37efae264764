//! Other ways to get at a call: without some of its parts, its transcript as data, text and subtitles, its recording.

use serde_json::Value;

use super::calls::{READY, label};
use super::naive::moment;
use super::past::settled;
use super::rows::Call;
use super::scene::Scene;

/// Asks for all other forms of some calls.
pub fn check(scene: &Scene, calls: &[&Call]) {
    for call in calls {
        left_out(scene, call);
        transcripts(scene, call);
        recording(scene, call);
    }
}

/// Parts that nobody wants are left out, and nothing else; what is already known is not sent again.
fn left_out(scene: &Scene, call: &Call) {
    let path = format!("/v1/conversations/{}", call.id());
    for part in ["transcript", "recording", "analytics"] {
        let request = format!("{path}?include_{part}=False");
        let mut expected = call.details.clone();
        expected.as_object_mut().unwrap().shift_remove(part);
        let mut found = scene.caller.read(&request)["data"].take();
        for details in [&mut expected, &mut found] {
            settled(details);
        }
        scene.agree(&request, "everything but what was not wanted", expected, found);
    }
    let tag = scene.caller.get(&path).header("etag").map(str::to_owned);
    let Some(tag) = tag else { return scene.holds(&path, "details have an ETag", false, ()) };
    let again = scene.caller.send("GET", &path, &[("If-None-Match", &tag)], None);
    scene.agree(&path, "what is known is not sent again", (304, 0), (again.status, again.body.len()));
}

fn transcripts(scene: &Scene, call: &Call) {
    let path = format!("/v1/conversations/{}/transcript", call.id());
    let answer = scene.caller.get(&path);
    scene.agree(&path, "there is a transcript", call.details.get("transcript").is_some(), answer.status == 200);
    if answer.status != 200 {
        let making = call.end().is_none_or(|end| end >= scene.ago(READY));
        let code = answer.code();
        let fits = code == "transcript_not_found" || (making && code == "transcript_not_ready");
        return scene.holds(&path, "it is not ready, or will never be", answer.status == 404 && fits, answer.text());
    }
    let data = &answer.json()["data"];
    scene.agree(&path, "conversation_id", call.id(), data["conversation_id"].as_str().unwrap());
    scene.agree(&path, "language", &call.details["language"], &data["language"]);
    scene.agree(&path, "word_count", &call.details["transcript"]["word_count"], &data["word_count"]);
    scene.agree(&path, "messages", &call.details["transcript"]["messages"], &data["messages"]);
    let felt = scene.caller.read(&format!("{path}?include_sentiment=true"));
    let felt = felt["data"]["messages"].as_array().unwrap();
    scene.holds(
        &path,
        "messages have a sentiment if it is wanted",
        felt.iter().all(|message| message["sentiment"].is_string()),
        felt,
    );
    for (query, kind, text) in [
        ("format=text", "text/plain", lines(call, true, true)),
        ("format=text&include_timestamps=false", "text/plain", lines(call, false, true)),
        ("format=text&speaker_labels=False&include_sentiment=true", "text/plain", lines(call, true, false)),
        ("format=srt", "application/x-subrip", srt(call, true)),
        ("format=srt&speaker_labels=false", "application/x-subrip", srt(call, false)),
        ("format=vtt", "text/vtt", vtt(call, true)),
        ("format=vtt&speaker_labels=false&include_timestamps=false", "text/vtt", vtt(call, false)),
    ] {
        let request = format!("{path}?{query}");
        let answer = scene.caller.get(&request);
        let sent = answer.header("content-type").unwrap_or_default().split(';').next().unwrap_or_default().to_owned();
        scene.agree(&request, "status and type", (200, kind), (answer.status, sent.as_str()));
        scene.agree(&request, "the same words at the same times", text, answer.text());
    }
}

fn lines(call: &Call, times: bool, labels: bool) -> String {
    let line = |message: &Value| {
        let second = message["timestamp"].as_f64().unwrap() as u64;
        let time = format!("[{:02}:{:02}:{:02}] ", second / 3600, second / 60 % 60, second % 60);
        format!(
            "{}{}{}\n",
            if times { &time } else { "" },
            spoken_by(message, labels),
            message["text"].as_str().unwrap()
        )
    };
    call.messages().iter().map(line).collect()
}

fn srt(call: &Call, labels: bool) -> String {
    let cue = |(number, message): (usize, &Value)| {
        let text = format!("{}{}", spoken_by(message, labels), message["text"].as_str().unwrap());
        format!("{}\n{}\n{text}\n", number + 1, span(message, ','))
    };
    call.messages().iter().enumerate().map(cue).collect::<Vec<_>>().join("\n")
}

fn vtt(call: &Call, labels: bool) -> String {
    let cue = |message: &Value| {
        let text = message["text"].as_str().unwrap().replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        let voice = if labels { format!("<v {}>", label(message)) } else { String::new() };
        format!("\n{}\n{voice}{text}\n", span(message, '.'))
    };
    let cues: String = call.messages().iter().map(cue).collect();
    format!("WEBVTT\n{cues}")
}

fn spoken_by(message: &Value, labels: bool) -> String {
    if labels { format!("{}: ", label(message)) } else { String::new() }
}

fn span(message: &Value, point: char) -> String {
    let time = |seconds: f64| {
        let millis = (seconds * 1000.0).round() as u64;
        let (hours, minutes, seconds) = (millis / 3_600_000, millis / 60_000 % 60, millis / 1000 % 60);
        format!("{hours:02}:{minutes:02}:{seconds:02}{point}{:03}", millis % 1000)
    };
    let (from, length) = (message["timestamp"].as_f64().unwrap(), message["duration"].as_f64().unwrap());
    format!("{} --> {}", time(from), time(from + length))
}

/// The audio: fetched without a key, as long as the call, and the same in pieces.
fn recording(scene: &Scene, call: &Call) {
    let path = format!("/v1/conversations/{}/recording", call.id());
    let answer = scene.caller.get(&path);
    let Some(shown) = call.details.get("recording") else {
        return scene.agree(
            &path,
            "no recording",
            (404, "recording_not_found".to_owned()),
            (answer.status, answer.code()),
        );
    };
    scene.agree(&path, "the duration of recording and call", call.duration(), shown["duration"].as_i64().unwrap());
    let fresh = &answer.json()["data"];
    scene.agree(&path, "the duration of both addresses", &shown["duration"], &fresh["duration"]);
    for recording in [shown, fresh] {
        let (url, expires) = (recording["url"].as_str().unwrap(), moment(&recording["expires_at"]));
        scene.holds(url, "an address is good when it is given", expires > scene.now, expires);
        let Some(target) = url.strip_prefix(&scene.server.url("")) else {
            return scene.holds(&path, "the address leads to the host that was called", false, url);
        };
        let head = scene.stranger.send("HEAD", target, &[], None);
        let length: i64 = head.header("content-length").and_then(|length| length.parse().ok()).unwrap_or(-1);
        let kind = head.header("content-type").map(str::to_owned);
        scene.agree(url, "status and type", (200, Some("audio/mpeg".to_owned())), (head.status, kind));
        // 48 bytes are 24 ms: the length is that of the call up to half a frame.
        let off = (length - call.duration() * 2000).abs();
        scene.holds(
            url,
            "its bytes last as long as the call",
            off <= 24 && length % 48 == 0,
            (length, call.duration()),
        );
        let from = (length / 2).max(1);
        let piece = scene.stranger.send("GET", target, &[("Range", &format!("bytes={from}-{}", from + 99))], None);
        let range = piece.header("content-range").map(str::to_owned);
        let last = (from + 99).min(length - 1);
        scene.agree(url, "a piece", (206, Some(format!("bytes {from}-{last}/{length}"))), (piece.status, range));
        if length < 200_000 {
            let whole = scene.stranger.get(target).body;
            let expected = whole.get(from as usize..=last as usize).map(<[u8]>::to_vec);
            scene.agree(url, "the piece is one of the whole", expected, Some(piece.body));
        }
    }
}
