//! From the validator's errors to breaches that a person can act on.

use std::borrow::Cow;

use jsonschema::ValidationError;
use jsonschema::error::ValidationErrorKind as Kind;
use serde_json::Value;

use super::trail::{Trail, is_secret, join};
use super::{Findings, MOST, Schemas};
use crate::breach::{Breach, Place, Severity};
use crate::contract::sentence;
use crate::nearest::nearest;

/// How deep branches within branches are looked into.
const DEEPEST: usize = 8;

/// What was found so far, and the schema from which every way to a keyword starts.
pub(super) struct Explaining<'s> {
    pub schemas: &'s Schemas,
    pub root: &'s str,
    pub breaches: Vec<Breach>,
    pub more: usize,
}

impl Schemas {
    pub(super) fn explain(&self, root: &str, value: &Value, errors: &[ValidationError]) -> Findings {
        let mut explaining = Explaining { schemas: self, root, breaches: Vec::new(), more: 0 };
        for error in errors {
            explaining.error(error, 0);
        }
        let mut breaches = explaining.breaches;
        // A value that is none of those listed is not told in addition that it has the wrong type or length.
        let listed: Vec<Place> =
            breaches.iter().filter(|breach| breach.valid_values.is_some()).map(|breach| breach.place.clone()).collect();
        breaches.retain(|breach| {
            breach.valid_values.is_some()
                || !matches!(&*breach.code, "type" | "length" | "pattern")
                || !listed.contains(&breach.place)
        });
        if breaches.is_empty() && !errors.is_empty() {
            let expected = self.lookup(root).map_or_else(|| "a value that fits the schema".to_owned(), sentence::whole);
            breaches.push(breach(String::new(), "type", expected, sentence::found(value)));
        }
        Findings { breaches, more: explaining.more }
    }
}

impl<'s> Explaining<'s> {
    pub fn error(&mut self, error: &ValidationError, depth: usize) {
        if self.breaches.len() >= MOST {
            self.more += 1;
            return;
        }
        let pointer = error.instance_path().as_str();
        let trail = self.trail(error);
        match error.kind() {
            Kind::AnyOf { context } | Kind::OneOfNotValid { context } if depth < DEEPEST => {
                self.branches(error, &trail, context, depth);
            }
            Kind::Required { property } => self.missing(pointer, property.as_str().unwrap_or_default(), &trail),
            Kind::Custom { keyword, message } if keyword.starts_with("x-required") => {
                self.missing(pointer, message, &trail);
            }
            Kind::AdditionalProperties { unexpected } => {
                let known = trail.holder.get("properties").and_then(Value::as_object);
                let known = known.into_iter().flat_map(|known| known.keys()).map(String::as_str).collect::<Vec<_>>();
                self.unknown(pointer, unexpected, &known, &trail);
            }
            Kind::UnevaluatedProperties { unexpected } => {
                // A part of the schema that fails counts as if it were not there: its members are known all the same.
                let known = self.schemas.known_names(&trail.same);
                let unexpected: Vec<String> =
                    unexpected.iter().filter(|name| !known.contains(&name.as_str())).cloned().collect();
                self.unknown(pointer, &unexpected, &known, &trail);
            }
            _ => {
                let made = simple(error, &trail);
                self.push(made, &trail);
            }
        }
    }

    fn trail(&self, error: &ValidationError) -> Trail<'s> {
        let way = self.schemas.trail(self.root, error.evaluation_path().as_str());
        // Errors of our own keywords know where they stand and not how they were reached.
        let place = || {
            let (file, pointer) = error.absolute_keyword_location()?.as_str().split_once('#')?;
            let pointer = percent_encoding::percent_decode_str(pointer).decode_utf8().ok()?;
            self.schemas.trail(file, &pointer)
        };
        let custom = matches!(error.kind(), Kind::Custom { .. });
        let found = if custom { place().or(way) } else { way.or_else(place) };
        found.unwrap_or(Trail { holder: &Value::Null, passed: Vec::new(), same: Vec::new() })
    }

    fn missing(&mut self, pointer: &str, name: &str, trail: &Trail) {
        let declared = self.schemas.members_named(&trail.same, name);
        let expected = declared.first().map_or_else(|| "a value".to_owned(), |schema| sentence::whole(schema));
        let mut made = breach(join(pointer, name), "required", expected, "nothing".to_owned());
        made.problem = declared.iter().find_map(|schema| schema.get("x-problem")?.as_str()).map(str::to_owned);
        made.valid_values = declared.iter().find_map(|schema| schema.get("enum")?.as_array()).cloned();
        self.push(made, trail);
    }

    fn unknown(&mut self, pointer: &str, unexpected: &[String], known: &[&str], trail: &Trail) {
        let expected = match known.is_empty() {
            true => "no member here at all".to_owned(),
            false => format!("a member named {}", sentence::names(known)),
        };
        for name in unexpected {
            let found = sentence::found(&Value::from(name.as_str()));
            let mut made = breach(join(pointer, name), "unknown", expected.clone(), found);
            if self.breaches.len() < MOST {
                made.hint = nearest(name, known.iter().copied()).map(|near| format!("did you mean {near:?}?"));
            }
            self.push(made, trail);
        }
    }

    pub fn push(&mut self, mut breach: Breach, trail: &Trail) {
        if self.breaches.len() >= MOST {
            self.more += 1;
            return;
        }
        breach.problem = breach.problem.or_else(|| trail.problem().map(str::to_owned));
        if !self.breaches.contains(&breach) {
            self.breaches.push(breach);
        }
    }
}

pub(super) fn breach(pointer: String, code: &'static str, expected: String, found: String) -> Breach {
    Breach::new(Place::Body(pointer), code, expected, found)
}

/// A breach of one keyword that needs nothing but its own schema to be told.
fn simple(error: &ValidationError, trail: &Trail) -> Breach {
    let holder = trail.holder;
    let value = error.instance();
    let keyword = error.kind().keyword();
    let (code, expected) = worded(error, keyword, holder);
    let secret = trail.is_secret() || is_secret(holder);
    let found = if secret { "a value that is not shown".to_owned() } else { sentence::found(value) };
    let mut made = breach(error.instance_path().as_str().to_owned(), "", expected, found);
    made.code = code;
    match error.kind() {
        Kind::Enum { options } => {
            let options = options.as_array().cloned().unwrap_or_default();
            if let (Some(text), false) = (value.as_str(), secret) {
                let near = nearest(text, options.iter().filter_map(Value::as_str));
                made.hint = near.map(|near| format!("did you mean {near:?}?"));
            }
            made.valid_values = Some(options);
        }
        Kind::Constant { expected_value } => made.valid_values = Some(vec![(**expected_value).clone()]),
        Kind::BacktrackLimitExceeded { .. } | Kind::RegexEngineFailure { .. } => made.severity = Severity::Warning,
        _ => {}
    }
    made
}

fn worded(error: &ValidationError, keyword: &str, holder: &Value) -> (Cow<'static, str>, String) {
    let by_schema = || sentence::expected(holder, keyword);
    let (code, expected) = match error.kind() {
        Kind::Type { .. } => ("type", sentence::expected(holder, "type")),
        Kind::Enum { .. } => ("enum", by_schema()),
        Kind::Constant { .. } => ("const", by_schema()),
        Kind::Format { format } => return (format!("format.{format}").into(), by_schema()),
        Kind::Minimum { .. } | Kind::Maximum { .. } | Kind::ExclusiveMinimum { .. } | Kind::ExclusiveMaximum { .. } => {
            ("range", by_schema())
        }
        Kind::MultipleOf { .. } => ("multiple", by_schema()),
        Kind::MinLength { .. } | Kind::MaxLength { .. } => ("length", by_schema()),
        Kind::Pattern { .. } => ("pattern", by_schema()),
        Kind::MinItems { .. } | Kind::MaxItems { .. } => ("items", by_schema()),
        Kind::AdditionalItems { limit } => ("items", format!("an array of at most {limit} items")),
        Kind::UnevaluatedItems { .. } => ("items", "an array without further items".to_owned()),
        Kind::Contains => ("items", contains(holder)),
        Kind::UniqueItems => ("unique", by_schema()),
        Kind::MinProperties { .. } | Kind::MaxProperties { .. } => ("properties", by_schema()),
        Kind::PropertyNames { .. } => ("properties", names(holder)),
        Kind::Not { schema } => ("not", excluded(schema)),
        Kind::OneOfMultipleValid { context } => {
            let fitting = context.iter().filter(|errors| errors.is_empty()).count();
            ("branch", format!("a value that fits one of the alternatives alone, and not {fitting} of them"))
        }
        Kind::AnyOf { .. } | Kind::OneOfNotValid { .. } => {
            ("branch", "a value that fits one of the alternatives".to_owned())
        }
        Kind::BacktrackLimitExceeded { .. } | Kind::RegexEngineFailure { .. } => {
            ("undecided", sentence::expected(holder, "pattern"))
        }
        Kind::Custom { keyword, .. } if keyword == "readOnly" => {
            ("readonly", "absent, because only the server sets it".to_owned())
        }
        Kind::Custom { keyword, .. } if keyword == "writeOnly" => {
            ("writeonly", "absent, because it is never shown".to_owned())
        }
        Kind::Custom { message, .. } => {
            return (format!("format.{message}").into(), sentence::expected(holder, "format"));
        }
        Kind::FalseSchema => ("not", "absent".to_owned()),
        Kind::ContentEncoding { .. } | Kind::ContentMediaType { .. } | Kind::FromUtf8 { .. } => {
            ("encoding", "text in the encoding that the schema names".to_owned())
        }
        _ => ("type", sentence::whole(holder)),
    };
    (Cow::Borrowed(code), expected)
}

fn contains(holder: &Value) -> String {
    let item = holder.get("contains").map_or_else(|| "a certain item".to_owned(), sentence::whole);
    format!("an array in which there is {item}")
}

fn names(holder: &Value) -> String {
    match holder.get("propertyNames") {
        Some(schema) => format!("an object in which each name is {}", sentence::whole(schema)),
        None => "an object with other names".to_owned(),
    }
}

fn excluded(schema: &Value) -> String {
    match (schema.get("const"), schema.get("enum").and_then(Value::as_array)) {
        (Some(value), _) => format!("anything but {}", sentence::quoted(value)),
        (_, Some(values)) => format!("anything but {}", sentence::list(values)),
        _ => match schema.get("required").and_then(Value::as_array) {
            Some(names) => format!("an object without {}", sentence::list(names)),
            None => "a value that the schema does not exclude".to_owned(),
        },
    }
}
