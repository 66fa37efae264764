//! The tables in words: what is expected, what came instead, and what to do about it.

use serde_json::Value;

use super::{Is, Shape};
use crate::scenario::notation::{DURATION, NAME, Notation, PERCENT};

/// The kinds of value that JSON has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Null,
    Flag,
    Number,
    Text,
    List,
    Object,
}

pub fn kind(value: &Value) -> Kind {
    match value {
        Value::Null => Kind::Null,
        Value::Bool(_) => Kind::Flag,
        Value::Number(_) => Kind::Number,
        Value::String(_) => Kind::Text,
        Value::Array(_) => Kind::List,
        Value::Object(_) => Kind::Object,
    }
}

pub fn kinds(is: &Is) -> Vec<Kind> {
    match is {
        Is::Any => vec![Kind::Null, Kind::Flag, Kind::Number, Kind::Text, Kind::List, Kind::Object],
        Is::Text | Is::Line | Is::Written(_) | Is::Words(_) => vec![Kind::Text],
        Is::Flag | Is::Yes => vec![Kind::Flag],
        Is::Nothing => vec![Kind::Null],
        Is::Scalar { null: true } => vec![Kind::Null, Kind::Flag, Kind::Number, Kind::Text],
        Is::Scalar { null: false } => vec![Kind::Flag, Kind::Number, Kind::Text],
        Is::Number { .. } | Is::Above { .. } | Is::Whole { .. } => vec![Kind::Number],
        Is::Object(_) | Is::Map { .. } => vec![Kind::Object],
        Is::List { .. } | Is::All { .. } => vec![Kind::List],
        Is::Either(all) => all.iter().flat_map(kinds).collect(),
        Is::Known(known) => kinds(&known.is),
    }
}

/// Whether a value fits that has nothing inside.
pub fn fits(value: &Value, is: &Is) -> bool {
    let number = value.as_f64();
    let text = value.as_str();
    match is {
        Is::Any => true,
        Is::Text => text.is_some(),
        Is::Line => text.is_some_and(|text| !text.is_empty()),
        Is::Flag => value.is_boolean(),
        Is::Yes => *value == Value::Bool(true),
        Is::Nothing => value.is_null(),
        Is::Scalar { .. } => kinds(is).contains(&kind(value)),
        Is::Number { least, most } => number.is_some_and(|number| (*least..=*most).contains(&number)),
        Is::Above { bound, most } => number.is_some_and(|number| number > *bound && number <= *most),
        #[allow(clippy::cast_precision_loss, reason = "the bounds are far below 2^53")]
        Is::Whole { least, most } => {
            number.is_some_and(|number| number.fract() == 0.0 && (*least as f64..=*most as f64).contains(&number))
        }
        Is::Written(notation) => text.is_some_and(|text| notation.fits(text)),
        Is::Words(words) => text.is_some_and(|text| words.contains(&text)),
        Is::Either(all) => all.iter().any(|is| fits(value, is)),
        Is::Known(known) => fits(value, &known.is),
        Is::Object(_) | Is::List { .. } | Is::All { .. } | Is::Map { .. } => false,
    }
}

pub fn is_plain(is: &Is) -> bool {
    match is {
        Is::Object(_) | Is::List { .. } | Is::All { .. } | Is::Map { .. } => false,
        Is::Either(all) => all.iter().all(is_plain),
        Is::Known(known) => is_plain(&known.is),
        _ => true,
    }
}

/// Reads after "expected".
pub fn expected(is: &Is) -> String {
    let mut parts = Vec::new();
    parts_of(is, &mut parts);
    parts.dedup();
    match parts.as_slice() {
        [] => "anything".to_owned(),
        [one] => one.clone(),
        [most @ .., last] => format!("{}, or {last}", most.join(", ")),
    }
}

fn parts_of(is: &Is, parts: &mut Vec<String>) {
    parts.push(match is {
        Is::Either(all) => return all.iter().for_each(|is| parts_of(is, parts)),
        Is::Known(known) => return parts_of(&known.is, parts),
        Is::Any => "any value".to_owned(),
        Is::Text => "a text".to_owned(),
        Is::Line => "a text with something in it".to_owned(),
        Is::Flag => "true or false".to_owned(),
        Is::Yes => "true".to_owned(),
        Is::Nothing => "null".to_owned(),
        Is::Scalar { null: true } => "a text, a number, true, false or null".to_owned(),
        Is::Scalar { null: false } => "a text, a number, true or false".to_owned(),
        Is::Number { least, .. } if *least == f64::MIN => "a number".to_owned(),
        Is::Number { least, most } => format!("a number from {least} to {most}"),
        Is::Above { bound, most } => format!("a number above {bound} and up to {most}"),
        Is::Whole { least, most } => format!("a whole number from {least} to {most}"),
        Is::Written(notation) => notation.accepted(),
        Is::Words(words) => listed(words),
        Is::Object(shape) => sketch(shape),
        Is::List { of, .. } | Is::All { of, .. } => match **of {
            Is::Object(shape) => format!("a list of which each is {}", shape.name),
            _ => "a list".to_owned(),
        },
        Is::Map { keys: Some(keys), .. } => format!("an object whose keys are each {}", keys.what),
        Is::Map { keys: None, .. } => "an object of names".to_owned(),
    });
}

/// `{ from, to }`
fn sketch(shape: &Shape) -> String {
    const SHOWN: usize = 4;
    let required = shape.fields().filter(|field| field.required);
    let others = shape.fields().filter(|field| !field.required && field.name != "$schema");
    let all: Vec<&str> = required.chain(others).map(|field| field.name).collect();
    let more = if all.len() > SHOWN { ", …" } else { "" };
    format!("{{ {}{more} }}", all[..all.len().min(SHOWN)].join(", "))
}

/// Texts of which it may be one.
pub fn words(is: &Is) -> Vec<&'static str> {
    match is {
        Is::Words(words) => words.to_vec(),
        Is::Either(all) => all.iter().flat_map(words).collect(),
        Is::Known(known) => words(&known.is),
        _ => Vec::new(),
    }
}

/// Whether no other text can stand there.
pub fn only_words(is: &Is) -> bool {
    match is {
        Is::Words(_) => true,
        Is::Either(all) => all.iter().filter(|is| kinds(is).contains(&Kind::Text)).all(only_words),
        Is::Known(known) => only_words(&known.is),
        _ => false,
    }
}

/// What came, as it reads in a sentence.
pub fn told(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(flag) => flag.to_string(),
        Value::Number(number) => format!("the number {number}"),
        Value::String(text) if text.is_empty() => "empty".to_owned(),
        Value::String(text) => format!("{:?}", crate::breach::cut(text)),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "an object".to_owned(),
    }
}

/// What is mostly the matter with a value of another kind.
pub fn advice(value: &Value, is: &Is) -> Option<String> {
    let kinds = kinds(is);
    let takes = |kind| kinds.contains(&kind);
    Some(match value {
        Value::Null => "a key with nothing behind it is null in YAML".to_owned(),
        Value::Number(number) if takes_notation(is, &PERCENT) && number.as_f64().is_some_and(|number| number > 1.0) => {
            format!("1 is every request; in percent: {number}%")
        }
        Value::Number(number) if takes_notation(is, &DURATION) && !takes(Kind::Number) => {
            format!("say the unit: {number}ms, {number}s or {number}m")
        }
        Value::Number(_) | Value::Bool(_) if takes(Kind::Text) && !takes(kind(value)) => {
            format!("a text is put in quotes: \"{value}\"")
        }
        Value::String(text) if takes(Kind::Number) && text.trim().parse::<f64>().is_ok() => {
            format!("a number is written without quotes: {}", text.trim())
        }
        Value::String(text) if takes(Kind::Flag) => match text.to_ascii_lowercase().as_str() {
            "true" | "false" => format!("without quotes: {}", text.to_ascii_lowercase()),
            "yes" | "on" | "y" => "YAML 1.2 says `true`".to_owned(),
            "no" | "off" | "n" => "YAML 1.2 says `false`".to_owned(),
            _ => return None,
        },
        Value::String(text) if takes_notation(is, &DURATION) => {
            let together: String = text.chars().filter(|letter| !letter.is_whitespace()).collect();
            match DURATION.fits(&together) {
                true => format!("without a space: {together}"),
                false if text.starts_with(|first: char| first.is_ascii_digit()) => {
                    "the units are ms, s, m, h and d".to_owned()
                }
                false => return None,
            }
        }
        Value::String(text) if takes_notation(is, &NAME) => {
            let small = text.to_lowercase();
            let words = small.split(|letter: char| !letter.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
            let name = words.collect::<Vec<_>>().join("-");
            return NAME.fits(&name).then(|| format!("did you mean \"{name}\"?"));
        }
        Value::String(_) | Value::Number(_) if takes(Kind::List) && !takes(kind(value)) => {
            "each entry of a list begins with a hyphen: `- …`".to_owned()
        }
        Value::Array(items) if takes(Kind::Object) && items.iter().any(Value::is_object) => {
            "a list stands below a key: `rules:`, and its entries indented".to_owned()
        }
        Value::Object(_) if takes(Kind::List) && !takes(Kind::Object) => {
            "each entry of a list begins with a hyphen: `- name: …`".to_owned()
        }
        _ => return None,
    })
}

fn takes_notation(is: &Is, notation: &'static Notation) -> bool {
    match is {
        Is::Written(known) => std::ptr::eq(*known, notation),
        Is::Either(all) => all.iter().any(|is| takes_notation(is, notation)),
        Is::Known(known) => takes_notation(&known.is, notation),
        _ => false,
    }
}

/// `a, b or c`
pub fn listed<T: AsRef<str>>(names: &[T]) -> String {
    let names: Vec<&str> = names.iter().map(AsRef::as_ref).collect();
    match names.as_slice() {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [most @ .., last] => format!("{} or {last}", most.join(", ")),
    }
}
