//! What the records of a collection are: which part of an answer is one, which of its fields is the id and what that looks
//! like, and which moments are set by the server.

use serde_json::Value;

use super::words;
use crate::breach::Severity;
use crate::contract::Contract;
use crate::contract::bundle::Cursor;
use crate::contract::deed::Made;
use crate::contract::field::{self, Field};
use crate::contract::operation::{Location, Media, Operation, Parameter, ResponseStatus};
use crate::contract::schema::{Direction, Schema};

/// Members in which an answer carries what it is about.
const WRAPPERS: [&str; 9] = ["data", "result", "results", "item", "items", "record", "records", "rows", "values"];

/// What is known of a path's records by name: `pets` with the parameter `petId` in the path of one.
pub struct Called<'a> {
    pub collection: &'a str,
    pub parameter: Option<&'a str>,
}

impl Called<'_> {
    /// The field that is the id: the one that is called like the parameter, or as ids are.
    pub fn id_field<'b>(&self, schema: &Cursor<'b>) -> Option<&'b str> {
        let names = field::names(schema);
        let one = words::one_of(self.collection);
        let usual = [format!("{one}_id"), format!("{one}_uuid")];
        let wanted = self.parameter.into_iter().chain(["id", "uuid"]).chain(usual.iter().map(String::as_str));
        let mut found = wanted.filter_map(|wanted| names.iter().copied().find(|name| words::alike(name, wanted)));
        found.find(|name| {
            let Field::Declared(said) = field::field(schema, name) else { return false };
            field::may_be(&said, &["string", "integer", "number"])
        })
    }

    /// The part of an answer that is one record.
    pub fn record<'b>(&self, answer: &Cursor<'b>) -> Option<Cursor<'b>> {
        if self.id_field(answer).is_some() {
            return Some(answer.clone());
        }
        self.wrapped(answer, |inner| self.id_field(inner).is_some().then(|| inner.clone()))
    }

    /// What the rows of an answer are, if it has rows.
    pub fn row<'b>(&self, answer: &Cursor<'b>) -> Option<Cursor<'b>> {
        let items = |list: &Cursor<'b>| {
            let items = field::parts(list).iter().find_map(|part| part.raw("items"))?;
            self.id_field(&items).map(|_| items)
        };
        items(answer).or_else(|| self.wrapped(answer, items))
    }

    /// How new ids look: like those in examples, as a pattern or format asks, else UUIDs; and so that the schemas of the id
    /// and of the path's parameter take them.
    pub fn id_style(&self, contract: &Contract, record: &Cursor, id_field: &str, operations: &[&Operation]) -> String {
        let Field::Declared(said) = field::field(record, id_field) else { return "{uuid}".to_owned() };
        if !field::may_be(&said, &["string"]) {
            return "{number}".to_owned();
        }
        let mut rules: Vec<Schema> = said.first().map(Schema::new).into_iter().collect();
        let in_path = operations.iter().flat_map(|operation| &operation.parameters);
        let of_path = |parameter: &&Parameter| {
            parameter.location == Location::Path && Some(parameter.name.as_str()) == self.parameter
        };
        let in_path: Vec<&Parameter> = in_path.filter(of_path).collect();
        for parameter in &in_path {
            rules.extend(parameter.schema.as_ref().map(|schema| Schema::new(&schema.cursor(&contract.bundle))));
        }
        let mut examples: Vec<&Value> = said.iter().filter_map(|part| part.value.get("example")).collect();
        examples.extend(said.iter().filter_map(|part| part.value.get("examples")?.get(0)));
        examples.extend(in_path.iter().filter_map(|parameter| parameter.example.as_ref()));
        examples.extend(operations.iter().flat_map(|operation| shown(operation, id_field)));
        let examples = examples.into_iter().filter_map(Value::as_str).flat_map(like_example);
        let patterns = rules.iter().flat_map(|rule| field::parts(&rule.cursor(&contract.bundle)));
        let patterns: Vec<String> = patterns.filter_map(|part| part.str("pattern")).flat_map(like_pattern).collect();
        let usual = ["{uuid}", "{12}", "{24}", "{8}", "{32}", "{number}"].map(str::to_owned);
        let fits = |style: &String| {
            samples(style).iter().all(|id| {
                let id = Value::from(id.as_str());
                let breaches = rules.iter().flat_map(|rule| contract.schemas.check(rule, &id, Direction::Response));
                breaches.into_iter().all(|breach| breach.severity != Severity::Error)
            })
        };
        examples.chain(patterns).chain(usual).find(fits).unwrap_or_else(|| "{uuid}".to_owned())
    }

    fn wrapped<'b, T>(&self, answer: &Cursor<'b>, found: impl Fn(&Cursor<'b>) -> Option<T>) -> Option<T> {
        let names = field::names(answer);
        let one = words::one_of(self.collection);
        let expected =
            |name: &&str| WRAPPERS.contains(name) || words::alike(name, self.collection) || words::alike(name, &one);
        let ordered = names.iter().filter(|name| expected(name)).chain(names.iter().filter(|name| !expected(name)));
        let mut fits = ordered.filter_map(|name| match field::field(answer, name) {
            Field::Declared(said) => found(said.first()?),
            _ => None,
        });
        fits.next()
    }
}

/// The schema of the first good answer in JSON.
pub fn answered<'b>(contract: &'b Contract, operation: &Operation) -> Option<Cursor<'b>> {
    let good = operation.responses.iter().filter_map(|response| {
        let rank = match response.status {
            ResponseStatus::Exact(status @ 200..=299) => status,
            ResponseStatus::Class(2) => 300,
            _ => return None,
        };
        Some((rank, json(&response.content)?))
    });
    let (_, media) = good.min_by_key(|(rank, _)| *rank)?;
    Some(media.schema.as_ref()?.cursor(&contract.bundle))
}

/// What a body looks like that could become a record: JSON, or a form as browsers send it.
pub fn sent<'b>(contract: &'b Contract, operation: &Operation) -> Option<Option<Cursor<'b>>> {
    let content = &operation.body.as_ref()?.content;
    let form = |media: &&Media| media.media_type.starts_with("application/x-www-form-urlencoded");
    let media = json(content).or_else(|| content.iter().find(form))?;
    Some(media.schema.as_ref().map(|schema| schema.cursor(&contract.bundle)))
}

fn json(content: &[Media]) -> Option<&Media> {
    content.iter().find(|media| crate::contract::body::is_json(&media.media_type))
}

/// Whether a body has fields of the record, or is free to have them.
pub fn speaks_of(body: Option<&Cursor>, record: &Cursor) -> bool {
    let Some(body) = body else { return true };
    let names = field::names(body);
    let object = field::may_be(&field::parts(body), &["object"]);
    object && (names.is_empty() || names.iter().any(|name| matches!(field::field(record, name), Field::Declared(_))))
}

/// Moments that the server sets.
pub fn moments(schema: &Cursor) -> Vec<(String, Made)> {
    let moment = |name: &str| {
        let made = words::moment(name)?;
        let Field::Declared(said) = field::field(schema, name) else { return None };
        let dated = said.iter().any(|part| part.str("format") == Some("date-time"));
        dated.then(|| (name.to_owned(), if made { Made::Now } else { Made::Touched }))
    };
    field::names(schema).into_iter().filter_map(moment).collect()
}

/// The ids in an operation's documented answers.
fn shown<'o>(operation: &'o Operation, id_field: &str) -> Vec<&'o Value> {
    let media = operation.responses.iter().flat_map(|response| &response.content);
    let examples = media.flat_map(|media| &media.examples).map(|example| &example.value);
    let first = |value: &'o Value| value.as_array().map_or(Some(value), |rows| rows.first());
    let levels = examples.filter_map(first).flat_map(|value| {
        let below = value.as_object().into_iter().flatten().filter_map(move |(_, member)| first(member));
        std::iter::once(value).chain(below)
    });
    levels.filter_map(|value| value.get(id_field)).collect()
}

/// `cus_4QFJOjw2pOmAGJ` is `cus_` and fourteen letters and digits. An example that is short for the reader's sake has too
/// few for more than some records.
fn like_example(example: &str) -> Vec<String> {
    let Some(at) = example.rfind(['_', '-']) else { return Vec::new() };
    let (prefix, rest) = example.split_at(at + 1);
    let plain = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
    // A UUID has such an end too.
    if !plain(rest) || prefix.matches('-').count() > 1 || prefix.contains(['{', '}']) || rest.len() > 64 {
        return Vec::new();
    }
    let long = format!("{prefix}{{12}}");
    let same = format!("{prefix}{{{}}}", rest.len());
    if rest.len() < 8 { vec![long, same] } else { vec![same, long] }
}

/// `^evt_[0-9A-Za-z]{16}$` is `evt_` and sixteen letters and digits.
fn like_pattern(pattern: &str) -> Vec<String> {
    let body = pattern.strip_prefix('^').unwrap_or(pattern);
    let prefix: String = body.chars().take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-')).collect();
    let rest = &body[prefix.len()..];
    let exact = rest.split_once('{').and_then(|(_, rest)| rest.split(['}', ',']).next()?.parse::<u8>().ok());
    let lengths = exact.into_iter().chain([12, 16, 24, 8]).filter(|length| (1..=64).contains(length));
    lengths.map(|length| format!("{prefix}{{{length}}}")).collect()
}

/// Ids of a style, as different as they can be.
fn samples(style: &str) -> Vec<String> {
    let Some((before, rest)) = style.split_once('{') else { return Vec::new() };
    let (inner, after) = rest.split_once('}').unwrap_or((rest, ""));
    let made: Vec<String> = match inner {
        "uuid" => vec!["0b9a5c3e-7d1f-4e8a-9c2b-6f4d8e1a3b5c".to_owned()],
        "number" => vec!["1".to_owned(), "123456".to_owned()],
        length => {
            let length = length.parse().unwrap_or(1);
            let cycle = |letters: &str| letters.chars().cycle().take(length).collect::<String>();
            vec![cycle("0123456789"), cycle("abcdefghijklmnopqrstuvwxyz"), cycle("z9a0m5")]
        }
    };
    made.into_iter().map(|made| format!("{before}{made}{after}")).collect()
}
