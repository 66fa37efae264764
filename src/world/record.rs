//! One record: what the API shows of it, and what it keeps to itself.

use std::borrow::Cow;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::contract::{Collection, Schemas};

/// Whoever holds one holds it as it was: a change makes another.
#[derive(Debug, Clone)]
pub struct Record {
    /// An object of the collection's schema.
    pub shown: Arc<Value>,
    /// An object of what is known beyond that, or null.
    pub hidden: Arc<Value>,
}

impl Record {
    /// A record that hides nothing.
    pub fn new(shown: Value) -> Record {
        Record { shown: Arc::new(shown), hidden: Arc::new(Value::Null) }
    }

    /// The value of a field; `a.b` goes into an object. What is shown goes before what is hidden.
    pub fn field(&self, path: &str) -> Option<&Value> {
        at(&self.shown, path).or_else(|| at(&self.hidden, path))
    }

    /// Puts values in: those that are shown, and those that are not.
    pub fn set(&mut self, shown: Map<String, Value>, hidden: Map<String, Value>) {
        put_in(&mut self.shown, shown);
        put_in(&mut self.hidden, hidden);
    }

    /// Whether the two are one, unchanged.
    pub fn is(&self, other: &Record) -> bool {
        Arc::ptr_eq(&self.shown, &other.shown) && Arc::ptr_eq(&self.hidden, &other.hidden)
    }
}

fn put_in(value: &mut Arc<Value>, set: Map<String, Value>) {
    if set.is_empty() {
        return;
    }
    match Arc::make_mut(value) {
        Value::Object(members) => members.extend(set),
        other => *other = Value::Object(set),
    }
}

/// The part of a value at a path. A member whose name has a dot in it is found by that name.
pub fn at<'v>(value: &'v Value, path: &str) -> Option<&'v Value> {
    let members = value.as_object()?;
    members.get(path).or_else(|| {
        let (name, rest) = path.split_once('.')?;
        at(members.get(name)?, rest)
    })
}

/// Whether the schema of a collection knows a field.
pub fn is_declared(schemas: &Schemas, collection: &Collection, field: &str) -> bool {
    let schema = collection.schema.as_ref().and_then(|schema| schemas.lookup_schema(schema));
    schema.is_some_and(|schema| schemas.known_names(&[schema]).contains(&field))
}

/// A moment as records have it: in UTC and whole seconds.
pub fn written(moment: Timestamp) -> String {
    Timestamp::from_second(moment.as_second()).unwrap_or(moment).to_string()
}

/// An id as it stands in a path: ids may be numbers.
pub fn id_text(id: &Value) -> Option<Cow<'_, str>> {
    match id {
        Value::String(text) => Some(Cow::Borrowed(text)),
        Value::Number(number) => Some(Cow::Owned(number.to_string())),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn fields_are_found_by_their_path() {
        let record = Record {
            shown: Arc::new(
                json!({ "name": "Rex", "owner": { "city": "Bonn", "x": null }, "a.b": 1, "a": { "b": 2 } }),
            ),
            hidden: Arc::new(json!({ "name": "never", "weight": 7 })),
        };
        let field = |path| record.field(path).cloned();
        assert_eq!(field("name"), Some(json!("Rex")));
        assert_eq!(field("owner.city"), Some(json!("Bonn")));
        assert_eq!(field("owner.x"), Some(Value::Null));
        assert_eq!(field("a.b"), Some(json!(1)));
        assert_eq!(field("weight"), Some(json!(7)));
        for absent in ["", ".", "owner.", "owner.city.x", "name.x", "none"] {
            assert_eq!(field(absent), None, "{absent:?}");
        }
    }

    #[test]
    fn a_copy_is_the_same_record_and_an_equal_one_is_not() {
        let record = Record::new(json!({ "id": 1 }));
        assert!(record.is(&record.clone()));
        assert!(!record.is(&Record::new(json!({ "id": 1 }))));
    }

    #[test]
    fn values_are_put_into_a_copy() {
        let before = Record::new(json!({ "id": 1, "name": "Rex" }));
        let mut after = before.clone();
        let map = |value: Value| value.as_object().cloned().unwrap();
        after.set(map(json!({ "name": "Max" })), map(json!({ "weight": 7 })));
        assert_eq!((&*after.shown, &*after.hidden), (&json!({ "id": 1, "name": "Max" }), &json!({ "weight": 7 })));
        assert_eq!((&*before.shown, &*before.hidden), (&json!({ "id": 1, "name": "Rex" }), &Value::Null));
        let mut same = before.clone();
        same.set(Map::new(), Map::new());
        assert!(same.is(&before));
    }

    #[test]
    fn moments_are_written_in_whole_seconds() {
        let moment: Timestamp = "2025-01-15T16:00:00.987654321+01:00".parse().unwrap();
        assert_eq!(written(moment), "2025-01-15T15:00:00Z");
    }

    #[test]
    fn ids_are_texts_or_numbers() {
        assert_eq!(id_text(&json!("a")).as_deref(), Some("a"));
        assert_eq!(id_text(&json!(17)).as_deref(), Some("17"));
        assert_eq!(id_text(&json!(null)), None);
    }
}
