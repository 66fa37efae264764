//! What calls need to know of an agent's record.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agent {
    pub id: String,
    pub name: String,
    pub language: String,
    pub department: Option<String>,
    pub active: bool,
    pub recorded: bool,
    pub transcribed: bool,
    pub welcome: String,
    #[serde(skip)]
    pub since: Option<Timestamp>,
}

impl Agent {
    /// `None` for a record without an id: that is no agent.
    pub fn read(record: &Value) -> Option<Agent> {
        let text = |name: &str| record.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let flag = |name: &str| record.get(name).and_then(Value::as_bool).unwrap_or(true);
        let department = record.get("metadata").and_then(|metadata| metadata.get("department")).and_then(Value::as_str);
        Some(Agent {
            id: record.get("id").and_then(Value::as_str)?.to_owned(),
            name: text("name"),
            language: text("language"),
            department: department.map(str::to_owned),
            active: record.get("status").is_none_or(|status| status == "active"),
            recorded: flag("recording_enabled"),
            transcribed: flag("transcription_enabled"),
            welcome: text("welcome_message"),
            since: record.get("created_at").and_then(Value::as_str).and_then(|text| text.parse().ok()),
        })
    }

    pub fn welcome_words(&self) -> f64 {
        self.welcome.split_whitespace().count() as f64
    }

    /// Whether it takes calls of this language and one of these departments.
    pub fn takes(&self, language: &str, departments: &[String]) -> bool {
        self.active
            && self.language == language
            && self.department.as_ref().is_some_and(|department| departments.contains(department))
    }
}
