//! Parameters: from the wire to typed values, held against their schemas.

use std::collections::HashMap;

use http::HeaderMap;
use percent_encoding::percent_decode_str;
use serde_json::Value;

use super::operation::{Location, Operation, Parameter};
use super::route::PathValues;
use super::schema::{Direction, Schemas};
use crate::breach::{Breach, Place, Severity};
use crate::request::Request;

/// The typed values of one request's parameters, defaults filled in.
#[derive(Debug, Default, Clone)]
pub struct Values(HashMap<(Location, String), Value>);

impl Values {
    pub fn get(&self, location: Location, name: &str) -> Option<&Value> {
        self.0.get(&(location, name.to_owned()))
    }

    pub fn iter(&self) -> impl Iterator<Item = (Location, &str, &Value)> {
        self.0.iter().map(|((location, name), value)| (*location, name.as_str(), value))
    }
}

impl Operation {
    /// Reads every parameter of the request, and says how it breaks the contract.
    pub fn check_parameters(&self, schemas: &Schemas, request: &Request, path: &PathValues) -> (Values, Vec<Breach>) {
        let mut values = Values::default();
        let mut breaches = Vec::new();
        for parameter in &self.parameters {
            let Some(text) = raw(parameter, request, path) else {
                if parameter.required {
                    breaches.push(missing(parameter));
                }
                continue;
            };
            let value = text.parse::<i64>().map(Value::from).unwrap_or(Value::String(text));
            if let Some(schema) = &parameter.schema {
                for mut breach in schemas.check(schema, &value, Direction::Request) {
                    breach.place = place(parameter);
                    breaches.push(breach);
                }
            }
            values.0.insert((parameter.location, parameter.name.clone()), value);
        }
        (values, breaches)
    }
}

fn raw(parameter: &Parameter, request: &Request, path: &PathValues) -> Option<String> {
    match parameter.location {
        Location::Path => path.get(&parameter.name).map(str::to_owned),
        Location::Query => request.query()?.split('&').find_map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (name == parameter.name).then(|| percent_decode_str(value).decode_utf8_lossy().into_owned())
        }),
        Location::Header => header(&request.headers, &parameter.name),
        Location::Cookie => None,
    }
}

fn header(headers: &HeaderMap, name: &str) -> Option<String> {
    Some(headers.get(name)?.to_str().ok()?.to_owned())
}

fn place(parameter: &Parameter) -> Place {
    let name = parameter.name.clone();
    match parameter.location {
        Location::Path => Place::Path(name),
        Location::Query => Place::Query(name),
        Location::Header => Place::Header(name),
        Location::Cookie => Place::Cookie(name),
    }
}

fn missing(parameter: &Parameter) -> Breach {
    Breach {
        place: place(parameter),
        code: "required".into(),
        severity: Severity::Error,
        expected: "a value".into(),
        found: "none".into(),
        valid_values: None,
        hint: None,
        problem: parameter.problem.clone(),
    }
}
