//! A schema that stands by itself, outside of a contract's files. It is held against values as those of a contract are, and
//! what breaks it is told in the same words.

use serde_json::Value;

use super::{Direction, Findings, Flaw, Schema, Schemas};
use crate::contract::Library;
use crate::contract::bundle::Bundle;
use crate::source::{Diagnostic, SourceFile};

/// References lead to parts of the schema itself; others make it one that can't be compiled.
#[derive(Debug)]
pub struct Alone {
    schemas: Schemas,
    schema: Schema,
}

/// The schema as the one file of a bundle.
struct One<'v>(&'v Value);

const NAME: &str = "schema.json";

impl Alone {
    /// The pointer of a flaw starts from the schema.
    pub fn new(schema: &Value) -> Result<Alone, Flaw> {
        let flaw = |message: String| Flaw { file: 0, pointer: String::new(), message };
        let (bundle, mut findings) = Bundle::gather(&One(schema), NAME);
        if !findings.is_empty() {
            return Err(flaw(findings.swap_remove(0).message));
        }
        let bundle = bundle.ok_or_else(|| flaw("it can't be read".to_owned()))?;
        let schemas = Schemas::new(&bundle).map_err(flaw)?;
        let schema = Schema::new(&bundle.root());
        schemas.compile(&schema)?;
        Ok(Alone { schemas, schema })
    }

    /// Whether a value breaks it in no way.
    #[cfg(test)]
    pub fn takes(&self, value: &Value) -> bool {
        match &**self.schemas.compiled(&self.schema, Direction::Request) {
            Ok((validator, _)) => validator.is_valid(value),
            Err(_) => false,
        }
    }

    /// Every way in which a value breaks it, at most twenty; places start from the value.
    pub fn findings(&self, value: &Value) -> Findings {
        self.schemas.findings(&self.schema, value, Direction::Request)
    }
}

impl Library for One<'_> {
    fn read(&self, path: &str) -> Result<SourceFile, Vec<Diagnostic>> {
        match path {
            NAME => Ok(SourceFile::ready(NAME, "", self.0.clone())),
            _ => Err(vec![Diagnostic::new("E0002", format!("{path} is no part of the schema"))]),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn it_is_told_like_a_contract_s() {
        let schema = json!({
            "type": "object",
            "required": ["to"],
            "additionalProperties": false,
            "properties": { "to": { "$ref": "#/$defs/phone" }, "at": { "type": "string", "format": "date-time" } },
            "$defs": { "phone": { "type": "string", "pattern": "^\\+[0-9]+$" } }
        });
        let alone = Alone::new(&schema).unwrap();
        assert!(alone.findings(&json!({ "to": "+1", "at": "2025-01-15T15:00:00Z" })).breaches.is_empty());
        let told = |value: Value| -> Vec<String> {
            alone.findings(&value).breaches.iter().map(|breach| format!("{} {}", breach.place, breach.code)).collect()
        };
        assert_eq!(told(json!({})), ["body /to required"]);
        assert_eq!(told(json!({ "to": "x", "at": "now", "xo": 1 })).len(), 3);
        assert!(Alone::new(&json!(true)).is_ok());
    }

    #[test]
    fn a_schema_that_can_t_be_compiled_is_refused_with_the_place() {
        let flaw = Alone::new(&json!({ "properties": { "a": { "pattern": "(" } } })).unwrap_err();
        assert_eq!(flaw.pointer, "/properties/a/pattern");
        for wrong in [
            json!({ "type": "strin" }),
            json!({ "$ref": "#/$defs/none" }),
            json!({ "$ref": "other.yaml" }),
            json!({ "$ref": "https://example.com/schema" }),
            json!(5),
        ] {
            assert!(Alone::new(&wrong).is_err(), "{wrong}");
        }
    }
}
