//! What the lists show, and which of it each parameter lets through: the documented meaning, written down once more.

use jiff::Timestamp;
use serde_json::Value;

use super::naive::{Dice, Key, folded, hasty, meant, moment, written};

/// The speakers' names, which every transcript has.
const LABELS: &str = "agent: customer:";

/// A row of a list.
pub trait Listed: Sized {
    const FILTERS: &'static [&'static str];
    const SORTS: &'static [&'static str];

    fn row(&self) -> &Value;

    /// Whether a filter lets it through.
    fn fits(&self, filter: &str, value: &str) -> bool;

    /// A value to filter by, which mostly lets something through.
    fn draw(&self, filter: &str, dice: &mut Dice) -> String;

    /// What it is sorted by. What lacks that comes last.
    fn key(&self, sort: &str) -> Option<Key>;
}

/// A call as the list and its details show it.
pub struct Call {
    pub row: Value,
    pub details: Value,
    /// Everything that a search looks through, text by text.
    texts: Vec<String>,
}

pub struct Agent(pub Value);
pub struct Contact(pub Value);
pub struct Workflow(pub Value);
pub struct Execution(pub Value);

impl Call {
    pub fn new(row: Value, details: Value) -> Call {
        let said = details["transcript"]["messages"].as_array().into_iter().flatten().map(|message| &message["text"]);
        let texts = said.chain([&row["summary"]]).filter_map(Value::as_str).map(folded).collect();
        Call { row, details, texts }
    }

    pub fn id(&self) -> &str {
        super::scene::id(&self.row)
    }

    pub fn start(&self) -> Timestamp {
        moment(&self.row["start_time"])
    }

    pub fn end(&self) -> Option<Timestamp> {
        (!self.row["end_time"].is_null()).then(|| moment(&self.row["end_time"]))
    }

    pub fn is(&self, status: &str) -> bool {
        self.row["status"] == status
    }

    pub fn has(&self, field: &str) -> bool {
        self.row[field].as_bool().unwrap_or_else(|| panic!("{field} of {}", self.row))
    }

    pub fn text(&self, field: &str) -> Option<&str> {
        self.row[field].as_str()
    }

    pub fn duration(&self) -> i64 {
        self.row["duration"].as_i64().unwrap_or_else(|| panic!("the duration of {}", self.row))
    }

    pub fn score(&self) -> Option<f64> {
        self.details["sentiment_score"].as_f64()
    }

    pub fn messages(&self) -> &[Value] {
        self.details["transcript"]["messages"].as_array().map_or(&[], Vec::as_slice)
    }

    /// Topics and keywords.
    fn subjects(&self) -> impl Iterator<Item = &str> {
        let topics = self.row["topics"].as_array().into_iter();
        let keywords = self.details["analytics"]["keywords_detected"].as_array().into_iter();
        topics.chain(keywords).flatten().filter_map(Value::as_str)
    }

    /// A word that was said or stands in the summary.
    fn word(&self, dice: &mut Dice) -> Option<String> {
        let said = self.messages().iter().map(|message| &message["text"]).chain([&self.row["summary"]]);
        let texts: Vec<&str> = said.filter_map(Value::as_str).collect();
        let text = (!texts.is_empty()).then(|| *dice.pick(&texts))?;
        // Letters that have no plain form are not looked for: how they are searched is nowhere told.
        let known = |word: &&str| word.len() > 1 && folded(word).is_ascii();
        let words: Vec<&str> = text.split(|c: char| !c.is_alphanumeric()).filter(known).collect();
        (!words.is_empty()).then(|| dice.pick(&words).to_string())
    }
}

impl Listed for Call {
    const FILTERS: &'static [&'static str] = &[
        "agent_id",
        "status",
        "sentiment",
        "outcome",
        "caller",
        "min_duration",
        "max_duration",
        "start_date",
        "end_date",
        "has_recording",
        "has_transcript",
        "search",
        "topic",
    ];
    const SORTS: &'static [&'static str] = &["start_time", "duration", "sentiment"];

    fn row(&self) -> &Value {
        &self.row
    }

    fn fits(&self, filter: &str, value: &str) -> bool {
        match filter {
            "caller" => self.text("caller_number") == Some(value),
            "min_duration" => self.duration() >= value.parse().unwrap(),
            "max_duration" => self.duration() <= value.parse().unwrap(),
            "start_date" => self.start() >= meant(value),
            "end_date" => self.start() <= meant(value),
            "has_recording" | "has_transcript" => self.has(filter) == value.eq_ignore_ascii_case("true"),
            "search" => self.texts.iter().any(|text| text.contains(&folded(value))),
            "topic" => self.subjects().any(|subject| folded(subject) == folded(value)),
            field => self.text(field) == Some(value),
        }
    }

    fn draw(&self, filter: &str, dice: &mut Dice) -> String {
        let or = |value: Option<&str>, else_: &str| value.unwrap_or(else_).to_owned();
        match filter {
            "sentiment" => or(self.text(filter), "neutral"),
            "outcome" => or(self.text(filter), "nothing_at_all"),
            "caller" => or(self.text("caller_number"), "+15550100"),
            "min_duration" | "max_duration" => (self.duration() + dice.between(-1, 1)).max(0).to_string(),
            "start_date" | "end_date" => written(self.start(), dice),
            "has_recording" | "has_transcript" => dice.pick(&["true", "false", "True", "False"]).to_string(),
            "search" => {
                let word = self.word(dice).map(|word| hasty(&word, dice));
                word.filter(|word| !LABELS.contains(&folded(word))).unwrap_or_else(|| "refund".to_owned())
            }
            "topic" => {
                let subjects: Vec<&str> = self.subjects().collect();
                match subjects.is_empty() {
                    true => "weather".to_owned(),
                    false if dice.chance(5) => dice.pick(&subjects).to_uppercase(),
                    false => dice.pick(&subjects).to_string(),
                }
            }
            field => or(self.text(field), "nothing"),
        }
    }

    fn key(&self, sort: &str) -> Option<Key> {
        match sort {
            "duration" => Some(Key::Number(self.duration() as f64)),
            "sentiment" => self.score().map(Key::Number),
            _ => Some(Key::Moment(self.start())),
        }
    }
}

/// What agents, contacts and workflows have in common: plain fields, two dates, a name, a search in some of the fields.
struct Record<'r> {
    row: &'r Value,
    searched: &'static [&'static str],
}

impl Record<'_> {
    fn fits(&self, filter: &str, value: &str) -> bool {
        let text = |field: &str| self.row[field].as_str().map(folded);
        match filter {
            "created_after" => moment(&self.row["created_at"]) >= meant(value),
            "created_before" => moment(&self.row["created_at"]) <= meant(value),
            "search" => self.searched.iter().filter_map(|field| text(field)).any(|text| text.contains(&folded(value))),
            "tag" => self.row["tags"]
                .as_array()
                .into_iter()
                .flatten()
                .any(|tag| folded(tag.as_str().unwrap()) == folded(value)),
            field => self.row[field] == *value,
        }
    }

    fn draw(&self, filter: &str, dice: &mut Dice) -> String {
        match filter {
            "created_after" | "created_before" => written(moment(&self.row["created_at"]), dice),
            "search" => {
                let field = dice.pick(self.searched);
                let text = self.row[field].as_str().unwrap_or("nobody");
                let words: Vec<&str> =
                    text.split([' ', ',']).filter(|word| folded(word).is_ascii() && !word.is_empty()).collect();
                let word = if words.is_empty() { "nobody" } else { *dice.pick(&words) };
                hasty(word, dice)
            }
            "tag" => {
                let tags = self.row["tags"].as_array().map(Vec::as_slice).unwrap_or_default();
                if tags.is_empty() { "none".to_owned() } else { dice.pick(tags).as_str().unwrap().to_owned() }
            }
            "phone" => self.row[filter].as_str().unwrap_or("+15550100").to_owned(),
            field => self.row[field].as_str().unwrap_or("nothing").to_owned(),
        }
    }

    fn key(&self, sort: &str) -> Option<Key> {
        match sort {
            "name" => Some(Key::text(&self.row[sort])),
            field => (!self.row[field].is_null()).then(|| Key::Moment(moment(&self.row[field]))),
        }
    }
}

macro_rules! listed {
    ($kind:ident, $filters:expr, $sorts:expr, $searched:expr) => {
        impl Listed for $kind {
            const FILTERS: &'static [&'static str] = &$filters;
            const SORTS: &'static [&'static str] = &$sorts;

            fn row(&self) -> &Value {
                &self.0
            }

            fn fits(&self, filter: &str, value: &str) -> bool {
                Record { row: &self.0, searched: &$searched }.fits(filter, value)
            }

            fn draw(&self, filter: &str, dice: &mut Dice) -> String {
                Record { row: &self.0, searched: &$searched }.draw(filter, dice)
            }

            fn key(&self, sort: &str) -> Option<Key> {
                Record { row: &self.0, searched: &$searched }.key(sort)
            }
        }
    };
}

listed!(
    Agent,
    ["status", "voice_platform", "language", "search", "created_after", "created_before"],
    ["created_at", "name", "updated_at"],
    ["name"]
);
listed!(
    Contact,
    ["search", "tag", "email", "phone", "company", "created_after", "created_before"],
    ["created_at", "name", "updated_at"],
    ["name", "email", "phone", "company"]
);
listed!(Workflow, ["status", "search"], [], ["name", "description"]);
listed!(Execution, ["status"], [], []);
