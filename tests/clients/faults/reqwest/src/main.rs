//! What reqwest makes of the faults that are named as `fault:version`, a line of JSON for each. Started by ../faults.py.

use std::error::Error;
use std::time::Duration;

use reqwest::Client;
use serde_json::{Value, json};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let url = format!("{}/v1/conversations?per_page=5", std::env::var("API_URL")?);
    for word in std::env::args().skip(1) {
        let (fault, version) = word.split_once(':').ok_or("a fault and its version")?;
        let seen = match see(&url, fault, version).await {
            Ok(value) => told(&value),
            Err(error) => raised(&error),
        };
        println!("{}", json!({ "client": "reqwest", "fault": fault, "seen": seen }));
    }
    Ok(())
}

async fn see(url: &str, fault: &str, version: &str) -> reqwest::Result<Value> {
    let client = Client::builder().no_proxy().timeout(Duration::from_secs(2));
    let client = match version {
        "2" => client.http2_prior_knowledge(),
        _ => client.http1_only(),
    };
    let key = format!("sk_test_reqwest-{fault}");
    client.build()?.get(url).bearer_auth(key).header("X-Mock-Scenario", fault).send().await?.json().await
}

fn told(value: &Value) -> String {
    let rows = value["data"].as_array().map_or(0, Vec::len);
    let strange = if value.to_string().contains('\u{fffd}') { ", U+FFFD" } else { "" };
    format!("{rows} rows{strange}")
}

/// The kind of error, and the name of what it came from.
fn raised(error: &reqwest::Error) -> String {
    let kind = match error {
        error if error.is_timeout() => return "timeout".to_owned(),
        error if error.is_decode() => "decode",
        error if error.is_body() => "body",
        error if error.is_connect() => "connect",
        _ => "request",
    };
    let mut inner: &dyn Error = error;
    while let Some(source) = inner.source() {
        inner = source;
    }
    // Where in the body it stood says nothing of the fault.
    let text = inner.to_string();
    let text = text.split(" at line ").next().unwrap_or_default();
    format!("{kind} ({text})")
}
