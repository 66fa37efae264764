//! One call as the list and its details show it: both tell the same, and its parts fit each other.

use serde_json::{Value, json};

use super::past::Past;
use super::rows::{Call, Contact};
use super::scene::Scene;

/// Until the transcript and the recording are there, in seconds after the end.
pub const READY: i64 = 30;
/// Until the agent has said its welcome.
const WELCOME: i64 = 30;
/// Until the analytics are there.
const MEASURED: i64 = 10;

/// What both the row and the details tell.
const SHARED: [&str; 13] = [
    "id",
    "agent_id",
    "agent_name",
    "caller_number",
    "status",
    "start_time",
    "end_time",
    "duration",
    "sentiment",
    "outcome",
    "topics",
    "summary",
    "created_at",
];

/// What each call must be by itself.
pub fn each(scene: &Scene, calls: &[Call], past: &Past) {
    let names = past.names();
    for call in calls {
        let name = call.text("agent_id").and_then(|agent| names.get(agent)).map(String::as_str);
        let request = format!("GET /v1/conversations, row {}", call.id());
        for field in SHARED {
            scene.agree(&request, &format!("{field} of row and details"), &call.row[field], &call.details[field]);
        }
        scene.agree(&request, "the agent's name", name, call.text("agent_name"));
        scene.agree(&request, "created_at and start_time", &call.row["created_at"], &call.row["start_time"]);
        scene.holds(&request, "a call has begun", call.start() <= scene.now, &call.row["start_time"]);
        progress(scene, &request, call);
        parts(scene, &request, call, past);
        feeling(scene, &request, call);
        traces(scene, &request, call);
        talk(scene, &request, call);
    }
    moods(scene, calls);
}

/// What is told at which stage.
fn progress(scene: &Scene, request: &str, call: &Call) {
    let end = call.end();
    scene.agree(request, "only a running call has no end", call.is("in_progress"), end.is_none());
    let until = end.unwrap_or(scene.now);
    scene.holds(
        request,
        "the end is not before the start, and is past",
        call.start() <= until && until <= scene.now,
        end,
    );
    scene.agree(request, "the duration", until.as_second() - call.start().as_second(), call.duration());
    let told = |field: &str| !call.row[field].is_null();
    if call.is("in_progress") {
        scene.agree(
            request,
            "a running call has no outcome and no summary",
            (false, false),
            (told("outcome"), told("summary")),
        );
    }
    scene.agree(request, "there is an outcome if the call was completed", call.is("completed"), told("outcome"));
    scene.holds(request, "a completed call has a summary", told("summary") || !call.is("completed"), &call.row);
    let why = |field: &str| call.details[field].is_string();
    scene.agree(request, "a failed call says why", call.is("failed"), why("failure_reason"));
    scene.agree(request, "an abandoned call says why", call.is("abandoned"), why("abandonment_reason"));
}

/// Which parts are there, and when.
fn parts(scene: &Scene, request: &str, call: &Call, past: &Past) {
    let there = |part: &str| call.details.get(part).is_some();
    scene.agree(
        request,
        "has_transcript, and a transcript in the details",
        call.has("has_transcript"),
        there("transcript"),
    );
    scene.agree(
        request,
        "has_recording, and a recording in the details",
        call.has("has_recording"),
        there("recording"),
    );
    let Some(agent) = past.agent(call) else {
        return scene.holds(request, "the agent exists or was deleted", false, &call.row["agent_id"]);
    };
    let past = call.end().map_or(0, |end| scene.now.as_second() - end.as_second());
    let on = |switch: &str| agent[switch] == json!(true);
    match call.text("status") {
        Some("completed") if past > READY => {
            scene.agree(request, "a completed call is transcribed", on("transcription_enabled"), there("transcript"));
            scene.agree(request, "a completed call is recorded", on("recording_enabled"), there("recording"));
        }
        Some("in_progress") => {
            let silent = call.duration() < WELCOME || !on("transcription_enabled");
            scene.holds(request, "a running call has what was said", there("transcript") || silent, &call.row);
            scene.holds(request, "nobody listens", !there("transcript") || on("transcription_enabled"), &call.row);
            scene.holds(request, "a running call has no recording", !there("recording"), &call.row);
        }
        Some("abandoned") => {
            let any = there("transcript") || there("recording") || there("analytics");
            scene.holds(request, "an abandoned call has no parts", !any, &call.details);
        }
        _ => {}
    }
    if call.is("completed") && past > MEASURED {
        scene.holds(request, "a completed call is measured", there("analytics"), &call.details);
    }
    if there("analytics") {
        scene.holds(request, "analytics come after the end", call.end().is_some(), &call.details["analytics"]);
    }
    if let Some(first) = call.messages().first() {
        scene.agree(request, "the agent's language", &agent["language"], &call.details["language"]);
        scene.agree(request, "the agent's welcome", &agent["welcome_message"], &first["text"]);
    }
}

fn feeling(scene: &Scene, request: &str, call: &Call) {
    let score = call.score();
    scene.agree(
        request,
        "sentiment and score are both there or not",
        call.text("sentiment").is_some(),
        score.is_some(),
    );
    let fits = match call.text("sentiment") {
        Some("positive") => score > Some(0.25),
        Some("negative") => score < Some(-0.25),
        Some("neutral") => score.is_some_and(|score| score.abs() <= 0.25),
        _ => true,
    };
    scene.holds(request, "the sentiment is that of its score", fits, (&call.row["sentiment"], score));
}

/// What an outcome leaves in other systems, where it says so itself. Whoever books has an appointment.
const LEAVES: [(&str, Option<&str>); 10] = [
    ("appointment_booked", Some("appointment")),
    ("appointment_rescheduled", Some("appointment")),
    ("complaint_logged", Some("ticket")),
    ("ticket_created", Some("ticket")),
    ("order_placed", Some("crm_record")),
    ("quote_sent", Some("crm_record")),
    ("information_provided", None),
    ("payment_taken", None),
    ("sale_lost", None),
    ("wrong_number", None),
];

fn traces(scene: &Scene, request: &str, call: &Call) {
    let integrations = call.details["integrations"].as_array().map_or(&[][..], Vec::as_slice);
    let kinds: Vec<&str> = integrations.iter().filter_map(|one| one["type"].as_str()).collect();
    if !call.is("completed") {
        return scene.agree(request, "what is not completed leaves nothing", 0, kinds.len());
    }
    if let Some((_, left)) = LEAVES.iter().find(|(outcome, _)| call.text("outcome") == Some(outcome)) {
        scene.agree(request, "the outcome and what it leaves", left.as_slice(), &kinds);
    }
    // What the caller was told is what stands there.
    for one in integrations.iter().filter(|one| one["type"] == "ticket") {
        let (id, url) = (one["id"].as_str().unwrap(), one["url"].as_str().unwrap());
        scene.holds(request, "the address of a ticket ends in its id", url.ends_with(&format!("/{id}")), url);
    }
}

/// The scores of one mood all lie above those of the mood below.
fn moods(scene: &Scene, calls: &[Call]) {
    let scores = |mood: &str| -> Vec<f64> {
        calls.iter().filter(|call| call.text("sentiment") == Some(mood)).filter_map(Call::score).collect()
    };
    let highest = |mood| scores(mood).into_iter().fold(-1.0, f64::max);
    let lowest = |mood| scores(mood).into_iter().fold(1.0, f64::min);
    for (lower, higher) in [("negative", "neutral"), ("neutral", "positive"), ("negative", "positive")] {
        let apart = scores(lower).is_empty() || scores(higher).is_empty() || highest(lower) < lowest(higher);
        scene.holds(
            "GET /v1/conversations",
            &format!("{lower} scores are below {higher} ones"),
            apart,
            (highest(lower), lowest(higher)),
        );
    }
}

/// Who is known by name calls from the number that is on record. Contacts of one name share their numbers.
pub fn known_people(scene: &Scene, calls: &[Call], contacts: &[Contact]) {
    let known = contacts.iter().filter(|Contact(contact)| contact["phone"].is_string());
    for Contact(contact) in known {
        let name = contact["name"].as_str().unwrap();
        let numbers =
            contacts.iter().filter(|Contact(other)| other["name"] == name).map(|Contact(other)| &other["phone"]);
        let numbers: Vec<&Value> = numbers.collect();
        let introduces =
            |message: &Value| message["speaker"] == "customer" && message["text"].as_str().unwrap().contains(name);
        for call in calls.iter().filter(|call| call.messages().iter().any(introduces)) {
            let request = format!("GET /v1/conversations, row {}, and contact {name}", call.id());
            let number = &call.row["caller_number"];
            scene.holds(
                &request,
                "the number is that of the contact",
                number.is_null() || numbers.contains(&number),
                number,
            );
        }
    }
}

/// What was said, and the figures that are computed from it.
fn talk(scene: &Scene, request: &str, call: &Call) {
    let messages = call.messages();
    let number =
        |message: &Value, field: &str| message[field].as_f64().unwrap_or_else(|| panic!("{field} of {message}"));
    let begins: Vec<f64> = messages.iter().map(|message| number(message, "timestamp")).collect();
    scene.holds(request, "messages begin one after the other", begins.is_sorted_by(|a, b| a < b), &begins);
    let mut ids: Vec<&str> = messages.iter().filter_map(|message| message["id"].as_str()).collect();
    ids.sort_unstable();
    ids.dedup();
    scene.agree(request, "the ids of messages are their own", messages.len(), ids.len());
    for message in messages {
        let (from, length) = (number(message, "timestamp"), number(message, "duration"));
        // Of a running call the last words may not be at their end; its duration is in whole seconds.
        let until = if call.end().is_some() { from + length } else { from - 1.0 };
        scene.holds(request, "all is said before the call ends", until < call.duration() as f64 + 0.001, message);
    }
    if let Some(transcript) = call.details.get("transcript") {
        let words: usize = messages.iter().map(|message| words(message["text"].as_str().unwrap())).sum();
        scene.agree(request, "the words that are counted", words as u64, transcript["word_count"].as_u64().unwrap());
        let lines: Vec<String> = messages
            .iter()
            .map(|message| format!("{}: {}", label(message), message["text"].as_str().unwrap()))
            .collect();
        let text = transcript["full_text"].as_str().unwrap().trim_end();
        scene.agree(request, "the whole text is that of the messages", lines.join("\n"), text.to_owned());
    }
    if let Some(analytics) = call.details.get("analytics").filter(|_| !messages.is_empty()) {
        let pairs = || messages.windows(2).filter(|pair| pair[0]["speaker"] != pair[1]["speaker"]);
        let gap = |pair: &[Value]| {
            number(&pair[1], "timestamp") - number(&pair[0], "timestamp") - number(&pair[0], "duration")
        };
        let interruptions = pairs().filter(|pair| gap(pair) < -0.001).count();
        scene.agree(request, "interruptions", interruptions as u64, analytics["interruptions"].as_u64().unwrap());
        let answers: Vec<f64> =
            pairs().filter(|pair| pair[1]["speaker"] == "agent").map(|pair| gap(pair).max(0.0)).collect();
        let mean = (!answers.is_empty()).then(|| answers.iter().sum::<f64>() / answers.len() as f64);
        let found = analytics["average_response_time"].as_f64();
        let near = match (mean, found) {
            (Some(mean), Some(found)) => (mean - found).abs() < 0.06,
            (mean, found) => mean.is_none() && found.is_none(),
        };
        scene.holds(request, "the average response time is that of the messages", near, (mean, found));
    }
}

/// What stands between spaces and is more than a dash.
fn words(text: &str) -> usize {
    text.split_whitespace().filter(|word| word.contains(char::is_alphanumeric)).count()
}

pub fn label(message: &Value) -> &'static str {
    if message["speaker"] == "agent" { "Agent" } else { "Customer" }
}
