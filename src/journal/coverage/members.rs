//! Members of request bodies whose values the contract lists.

use std::fmt;

use serde_json::Value;

use crate::contract::{Contract, Cursor, Operation};

/// So deep members are looked for, and so many values are listed of one operation.
const DEEPEST: usize = 8;
const MOST: usize = 1_000;
/// Schemas that are looked at of one operation: in a circle each has many others.
const MOST_SCHEMAS: usize = 10_000;

/// One value that a member can have.
#[derive(Debug, Clone, PartialEq)]
pub struct Listed {
    path: Vec<Part>,
    value: Value,
}

#[derive(Debug, Clone, PartialEq)]
enum Part {
    Member(String),
    /// Any item of a list.
    Item,
}

/// What the bodies of an operation can say. A member that is for answers alone is none of them.
pub fn listed(contract: &Contract, operation: &Operation) -> Vec<Listed> {
    let mut search = Search { found: Vec::new(), path: Vec::new(), looked_at: 0 };
    let content = operation.body.iter().flat_map(|body| &body.content).filter(|media| media.is_json());
    for schema in content.filter_map(|media| media.schema.as_ref()) {
        search.look(schema.cursor(&contract.bundle), 0);
    }
    search.found
}

struct Search {
    found: Vec<Listed>,
    path: Vec<Part>,
    looked_at: usize,
}

impl Search {
    /// `depth` counts schemas, so that circles end as well.
    fn look(&mut self, schema: Cursor, depth: usize) {
        let is_set = schema.bool("readOnly").unwrap_or(false);
        let schema = schema.resolved();
        self.looked_at += 1;
        if depth > DEEPEST || self.looked_at > MOST_SCHEMAS || is_set || schema.bool("readOnly").unwrap_or(false) {
            return;
        }
        for value in schema.value.get("enum").and_then(Value::as_array).into_iter().flatten() {
            let listed = Listed { path: self.path.clone(), value: value.clone() };
            if !value.is_null() && !self.path.is_empty() && self.found.len() < MOST && !self.found.contains(&listed) {
                self.found.push(listed);
            }
        }
        for keyword in ["allOf", "anyOf", "oneOf"] {
            for part in schema.raw(keyword).iter().flat_map(Cursor::raw_items) {
                self.look(part, depth + 1);
            }
        }
        for (name, member) in schema.raw("properties").iter().flat_map(Cursor::raw_members) {
            self.below(Part::Member(name.to_owned()), member, depth);
        }
        if let Some(item) = schema.raw("items") {
            self.below(Part::Item, item, depth);
        }
    }

    fn below(&mut self, part: Part, schema: Cursor, depth: usize) {
        if self.found.len() < MOST {
            self.path.push(part);
            self.look(schema, depth + 1);
            self.path.pop();
        }
    }
}

impl Listed {
    pub fn is_in(&self, body: &Value) -> bool {
        is_at(&self.path, &self.value, body)
    }
}

fn is_at(path: &[Part], wanted: &Value, value: &Value) -> bool {
    match (path.split_first(), value) {
        (None, value) => value == wanted,
        (Some((Part::Member(name), rest)), Value::Object(members)) => {
            members.get(name).is_some_and(|member| is_at(rest, wanted, member))
        }
        (Some((Part::Item, rest)), Value::Array(items)) => items.iter().any(|item| is_at(rest, wanted, item)),
        _ => false,
    }
}

/// `status=paused`, `business_hours.days[]=mon`
impl fmt::Display for Listed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, part) in self.path.iter().enumerate() {
            match part {
                Part::Member(name) if place > 0 => write!(f, ".{name}")?,
                Part::Member(name) => f.write_str(name)?,
                Part::Item => f.write_str("[]")?,
            }
        }
        match &self.value {
            Value::String(text) => write!(f, "={text}"),
            other => write!(f, "={other}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::contract::sample::One;

    fn listed_in(pet: Value) -> Vec<Listed> {
        let document = json!({
            "openapi": "3.1.0",
            "info": { "title": "Pets", "version": "1" },
            "paths": { "/pets": { "post": {
                "requestBody": { "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Pet" } } } },
                "responses": { "200": { "description": "ok" } },
            } } },
            "components": { "schemas": { "Pet": pet, "Kind": { "type": "string", "enum": ["cat", "dog"] } } },
        });
        let contract = Contract::load(&One(document), "openapi.yaml").unwrap().contract;
        listed(&contract, &contract.operations[0])
    }

    #[test]
    fn every_listed_value_of_a_member_is_one_to_meet() {
        let pet = json!({
            "allOf": [{ "properties": { "kind": { "$ref": "#/components/schemas/Kind" } } }],
            "properties": {
                "likes": { "type": "array", "items": { "properties": { "food": { "enum": ["fish", null] } } } },
                "legs": { "enum": [2, 4] },
                "state": { "readOnly": true, "enum": ["asleep"] },
                "young": { "type": "array", "items": { "$ref": "#/components/schemas/Pet" }, "maxItems": 1 },
            },
        });
        let all = listed_in(pet);
        let told: Vec<String> = all.iter().map(ToString::to_string).collect();
        assert_eq!(told[..5], ["kind=cat", "kind=dog", "likes[].food=fish", "legs=2", "legs=4"]);
        assert_eq!(told[5], "young[].kind=cat");
        assert!(told.len() < 50 && !told.iter().any(|one| one.contains("state")), "{told:?}");
        let body = json!({ "kind": "dog", "likes": [{}, { "food": "fish" }], "legs": 4, "young": [{ "kind": "cat" }] });
        let met: Vec<&String> =
            told.iter().zip(&all).filter(|(_, one)| one.is_in(&body)).map(|(told, _)| told).collect();
        assert_eq!(met, ["kind=dog", "likes[].food=fish", "legs=4", "young[].kind=cat"]);
        assert!(all.iter().all(|one| !one.is_in(&json!([])) && !one.is_in(&json!({ "likes": "fish" }))));
    }

    #[test]
    fn circles_come_to_an_end() {
        let link = json!({ "$ref": "#/components/schemas/Pet" });
        let members: Value = (0..200).map(|n| (format!("pet{n}"), link.clone())).collect();
        assert_eq!(listed_in(json!({ "properties": members })), []);
    }

    #[test]
    fn a_body_that_is_a_word_itself_has_no_member() {
        assert_eq!(listed_in(json!({ "enum": ["a"] })), []);
    }
}
