//! The door to `minijinja`, which evaluates the expressions. It is given no statements, no other templates, no files, and
//! no operation whose result could be much longer than what went in.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, OnceLock};

use jiff::Timestamp;
use minijinja::value::{Object, ObjectRepr};
use minijinja::{Environment, Error, ErrorKind, State, UndefinedBehavior, Value, filters, tests};
use serde_json::Value as Json;

use super::scan::known;
use super::{Scope, Unfilled, fakes, moments};
use crate::seed::Seed;

/// What an expression may begin with.
const ROOTS: [&str; 9] = ["now", "request", "captured", "vars", "state", "call", "lane", "seed", "fake"];
const REQUEST: [&str; 6] = ["method", "path", "query", "headers", "body", "id"];

/// What is there for every request, and always of one kind: what speaks of nothing else can be tried before.
const ALWAYS: [&str; 2] = ["now", "fake"];

/// Far more than any expression of the length that is taken needs.
const FUEL: u64 = 10_000;
/// What is longer is not shown to templates: what is put together of many such would be out of bounds.
const LONGEST: usize = 64 << 10;

/// What an expression costs of the bytes that a value may come to, beside its own: so much for any, and one for so many bytes
/// that it looks at. A value of thousands of them, or of hundreds that sort a long list, ends in good time.
const LOOK: usize = 32;
const LOOKED_AT_FOR_A_BYTE: usize = 16;

type Add = fn(&mut Environment<'static>, &'static str);

/// By their names, so that others are refused when a template is read.
pub const FILTERS: [(&str, Add); 26] = [
    ("plus", |engine, name| engine.add_filter(name, plus)),
    ("date", |engine, name| {
        engine.add_filter(name, |value: Value, format: &str| moments::date(&json(&value)?, format).map_err(failed))
    }),
    ("epoch", |engine, name| engine.add_filter(name, |value: Value| moments::epoch(&json(&value)?).map_err(failed))),
    ("http_date", |engine, name| {
        engine.add_filter(name, |value: Value| moments::http_date(&json(&value)?).map_err(failed))
    }),
    ("times", |engine, name| engine.add_filter(name, times)),
    ("upper", |engine, name| engine.add_filter(name, filters::upper)),
    ("lower", |engine, name| engine.add_filter(name, filters::lower)),
    ("title", |engine, name| engine.add_filter(name, filters::title)),
    ("capitalize", |engine, name| engine.add_filter(name, filters::capitalize)),
    ("trim", |engine, name| engine.add_filter(name, filters::trim)),
    ("default", |engine, name| engine.add_filter(name, filters::default)),
    ("length", |engine, name| engine.add_filter(name, filters::length)),
    ("first", |engine, name| engine.add_filter(name, filters::first)),
    ("last", |engine, name| engine.add_filter(name, filters::last)),
    ("sort", |engine, name| engine.add_filter(name, filters::sort)),
    ("unique", |engine, name| engine.add_filter(name, filters::unique)),
    ("reverse", |engine, name| engine.add_filter(name, filters::reverse)),
    ("min", |engine, name| engine.add_filter(name, filters::min)),
    ("max", |engine, name| engine.add_filter(name, filters::max)),
    ("sum", |engine, name| engine.add_filter(name, filters::sum)),
    ("round", |engine, name| engine.add_filter(name, filters::round)),
    ("abs", |engine, name| engine.add_filter(name, filters::abs)),
    ("int", |engine, name| engine.add_filter(name, filters::int)),
    ("float", |engine, name| engine.add_filter(name, filters::float)),
    ("string", |engine, name| engine.add_filter(name, filters::string)),
    ("json", |engine, name| engine.add_filter(name, |value: Value| json(&value).map(|value| value.to_string()))),
];

pub const TESTS: [(&str, Add); 12] = [
    ("defined", |engine, name| engine.add_test(name, tests::is_defined)),
    ("undefined", |engine, name| engine.add_test(name, tests::is_undefined)),
    ("none", |engine, name| engine.add_test(name, tests::is_none)),
    ("boolean", |engine, name| engine.add_test(name, tests::is_boolean)),
    ("number", |engine, name| engine.add_test(name, tests::is_number)),
    ("string", |engine, name| engine.add_test(name, tests::is_string)),
    ("sequence", |engine, name| engine.add_test(name, tests::is_sequence)),
    ("mapping", |engine, name| engine.add_test(name, tests::is_mapping)),
    ("odd", |engine, name| engine.add_test(name, tests::is_odd)),
    ("even", |engine, name| engine.add_test(name, tests::is_even)),
    ("startingwith", |engine, name| engine.add_test(name, tests::is_startingwith)),
    ("endingwith", |engine, name| engine.add_test(name, tests::is_endingwith)),
];

/// One place of a text, ready to be evaluated.
#[derive(Clone)]
pub struct Expression(Arc<Compiled>);

struct Compiled {
    written: String,
    expression: minijinja::Expression<'static, 'static>,
    /// What it speaks of, each with as many parts as are needed to know it.
    names: Vec<String>,
}

impl Expression {
    pub fn new(written: String, expression: String) -> Result<Expression, String> {
        let place = |wrong: String| format!("{{{{ {written} }}}}: {wrong}");
        let compiled = engine().compile_expression_owned(expression).map_err(|error| place(told(&error)))?;
        let mut names: Vec<String> = compiled.undeclared_variables(true).into_iter().collect();
        names.sort_unstable();
        for name in &names {
            check(name).map_err(place)?;
        }
        if names.iter().all(|name| ALWAYS.contains(&first(name))) {
            comes_to_something(&compiled).map_err(place)?;
        }
        Ok(Expression(Arc::new(Compiled { written, expression: compiled, names })))
    }

    pub fn names(&self) -> &[String] {
        &self.0.names
    }

    /// The value, which takes its share of what is left of the bytes.
    pub fn value(&self, scope: &Scope, left: &mut usize) -> Result<Json, Unfilled> {
        let wrong = |why: String| Unfilled(format!("{self}: {why}"));
        let looked_at = LOOK + self.looked_at(scope) / LOOKED_AT_FOR_A_BYTE;
        spend(left, looked_at).ok_or_else(|| wrong("too much is looked at before it".to_owned()))?;
        let spoken = ROOTS.iter().filter(|root| self.names().iter().any(|name| first(name) == **root));
        let roots = Value::from_pairs(spoken.map(|root| (*root, self.root(root, scope))));
        let value = self.0.expression.eval(roots).map_err(|error| wrong(told(&error)))?;
        if value.is_undefined() {
            return Err(wrong("it is not there".to_owned()));
        }
        let value = json(&value).map_err(|error| wrong(told(&error)))?;
        spend(left, size(&value)).ok_or_else(|| wrong("it comes to more than 256 KiB".to_owned()))?;
        Ok(value)
    }

    /// The size of what is made ready for it and can be long.
    fn looked_at(&self, scope: &Scope) -> usize {
        let of = |root, members: &mut dyn Iterator<Item = (&String, &Json)>| -> usize {
            members.filter(|(name, _)| self.speaks_of(root, name)).map(|(_, value)| size(value)).sum()
        };
        let body = scope.body.filter(|_| self.speaks_of("request", "body")).map_or(0, size);
        of("captured", &mut scope.captured.iter())
            + of("vars", &mut scope.vars.as_object().into_iter().flatten())
            + body
    }

    fn root(&self, root: &str, scope: &Scope) -> Value {
        match root {
            "now" => Value::from(moments::written(scope.now)),
            "request" => self.request(scope),
            "captured" => self.members(root, scope.captured.iter()),
            "vars" => self.members(root, scope.vars.as_object().into_iter().flatten()),
            "state" => Value::from(scope.state),
            "call" => Value::from(scope.call),
            "lane" => Value::from(scope.lane),
            "seed" => Value::from(scope.seed.0),
            _ => Value::from_object(MadeUp(scope.made_up())),
        }
    }

    fn request(&self, scope: &Scope) -> Value {
        let part = |part: &str| match part {
            "method" => Value::from(scope.request.method.as_str()),
            "path" => {
                let values = scope.path_values().map(|(name, value)| (name.to_owned(), shown(&value))).collect();
                Value::from_object(Path { text: scope.request.path().to_owned(), values })
            }
            "query" => Value::from_pairs(scope.query_values().map(|(name, value)| (name, shown(&value)))),
            "headers" => Value::from_object(Headers(
                scope.headers().map(|(name, value)| (name.to_owned(), Value::from(value))).collect(),
            )),
            "body" => scope.body.map_or(Value::UNDEFINED, shown),
            _ => Value::from(scope.request.id.as_str()),
        };
        let spoken = |wanted: &str| self.speaks_of("request", wanted);
        Value::from_pairs(REQUEST.iter().filter(|name| spoken(name)).map(|name| (*name, part(name))))
    }

    /// Only what is spoken of is made ready.
    fn members<'v>(&self, root: &str, members: impl Iterator<Item = (&'v String, &'v Json)>) -> Value {
        let spoken = members.filter(|(name, _)| self.speaks_of(root, name));
        Value::from_pairs(spoken.map(|(name, value)| (name.as_str(), shown(value))))
    }

    fn speaks_of(&self, root: &str, member: &str) -> bool {
        self.names().iter().filter(|name| first(name) == root).any(|name| {
            let mut parts = name.split('.').skip(1);
            parts.next().is_none_or(|second| second == member)
        })
    }
}

/// Whether an expression about what is always there can be evaluated.
fn comes_to_something(expression: &minijinja::Expression) -> Result<(), String> {
    let roots =
        [("now", Value::from(moments::written(Timestamp::UNIX_EPOCH))), ("fake", Value::from_object(MadeUp(Seed(0))))];
    let value = expression.eval(Value::from_pairs(roots)).map_err(|error| told(&error))?;
    match value.is_undefined() {
        true => Err("it is not there".to_owned()),
        false => json(&value).map(drop).map_err(|error| told(&error)),
    }
}

/// Takes so much of what is left. Where that is not enough nothing is left: the work is done by then.
fn spend(left: &mut usize, bytes: usize) -> Option<()> {
    let rest = left.checked_sub(bytes);
    *left = rest.unwrap_or(0);
    rest.map(drop)
}

/// Whether a name is one that there can be.
fn check(name: &str) -> Result<(), String> {
    let mut parts = name.split('.');
    let root = parts.next().unwrap_or_default();
    known("name", root, ROOTS.into_iter())?;
    match (root, parts.next()) {
        ("request", Some(part)) => known("part of the request", part, REQUEST.into_iter()),
        ("fake", Some(kind)) => known("fake", kind, fakes::KINDS.iter().map(|(kind, _)| *kind)),
        ("fake", None) => Err("made-up values have a kind: fake.name()".to_owned()),
        _ => Ok(()),
    }
}

fn first(name: &str) -> &str {
    name.split_once('.').map_or(name, |(first, _)| first)
}

fn engine() -> &'static Environment<'static> {
    static ENGINE: OnceLock<Environment<'static>> = OnceLock::new();
    ENGINE.get_or_init(|| {
        let mut engine = Environment::empty();
        engine.set_undefined_behavior(UndefinedBehavior::Strict);
        engine.set_fuel(Some(FUEL));
        FILTERS.iter().for_each(|(name, add)| add(&mut engine, name));
        TESTS.iter().for_each(|(name, add)| add(&mut engine, name));
        engine
    })
}

fn plus(value: Value, span: &str) -> Result<Value, Error> {
    moments::plus(&json(&value)?, span).map(|value| shown(&value)).map_err(failed)
}

fn times(value: Value, factor: Value) -> Result<Value, Error> {
    let product = match (value.as_i64(), factor.as_i64()) {
        (Some(value), Some(factor)) => value.checked_mul(factor).map(Value::from),
        _ => {
            let (value, factor) = (f64::try_from(value).ok(), f64::try_from(factor).ok());
            value.zip(factor).map(|(value, factor)| Value::from(value * factor))
        }
    };
    product.ok_or_else(|| failed("only numbers can be multiplied".to_owned()))
}

/// A value as templates see it. One that is too long is an error for whoever looks at it.
fn shown(value: &Json) -> Value {
    if size(value) > LONGEST {
        return Value::from(failed(format!("what is longer than {} KiB is not shown", LONGEST >> 10)));
    }
    made(value)
}

fn made(value: &Json) -> Value {
    match value {
        Json::Null => Value::from(()),
        Json::Bool(is) => Value::from(*is),
        Json::Number(number) => match (number.as_i64(), number.as_u64()) {
            (Some(number), _) => Value::from(number),
            (None, Some(number)) => Value::from(number),
            _ => Value::from(number.as_f64().unwrap_or_default()),
        },
        Json::String(text) => Value::from(text.as_str()),
        Json::Array(items) => items.iter().map(made).collect(),
        Json::Object(members) => Value::from_pairs(members.iter().map(|(name, value)| (name.as_str(), made(value)))),
    }
}

fn json(value: &Value) -> Result<Json, Error> {
    serde_json::to_value(value).map_err(|error| failed(error.to_string()))
}

fn failed(why: String) -> Error {
    Error::new(ErrorKind::InvalidOperation, why)
}

fn told(error: &Error) -> String {
    match (error.kind(), error.detail()) {
        (ErrorKind::UndefinedError, _) => "something in it is not there".to_owned(),
        (ErrorKind::OutOfFuel, _) => "it takes too many steps".to_owned(),
        (_, Some(detail)) => detail.to_owned(),
        (kind, None) => kind.to_string(),
    }
}

/// About as long as it is in JSON.
pub fn size(value: &Json) -> usize {
    match value {
        Json::String(text) => text.len() + 2,
        Json::Array(items) => items.iter().map(|item| size(item) + 1).sum::<usize>() + 2,
        Json::Object(members) => members.iter().map(|(name, value)| name.len() + size(value) + 4).sum::<usize>() + 2,
        _ => 8,
    }
}

/// As it is written.
impl fmt::Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{{{{ {} }}}}", self.0.written)
    }
}

/// The path as a text, and its parameters by name.
#[derive(Debug)]
struct Path {
    text: String,
    values: BTreeMap<String, Value>,
}

impl Object for Path {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, name: &Value) -> Option<Value> {
        self.values.get(name.as_str()?).cloned()
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Headers by names in any letters, with `_` for `-`.
#[derive(Debug)]
struct Headers(BTreeMap<String, Value>);

impl Object for Headers {
    fn get_value(self: &Arc<Self>, name: &Value) -> Option<Value> {
        let name = name.as_str()?.to_ascii_lowercase();
        self.0.get(&name).or_else(|| self.0.get(&name.replace('_', "-"))).cloned()
    }
}

#[derive(Debug)]
struct MadeUp(Seed);

impl Object for MadeUp {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn call_method(self: &Arc<Self>, _: &mut State, kind: &str, words: &[Value]) -> Result<Value, Error> {
        let words: Vec<String> = words.iter().map(Value::to_string).collect();
        fakes::make(self.0, kind, &words).map(Value::from).map_err(failed)
    }
}

impl PartialEq for Expression {
    fn eq(&self, other: &Expression) -> bool {
        self.0.written == other.0.written
    }
}

impl fmt::Debug for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{{{{ {} }}}}", self.0.written)
    }
}
