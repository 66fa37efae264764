//! The values of a request's parameters. Most parameters are not sent in most requests, and their defaults are shared.

use std::sync::Arc;

use serde_json::Value;

use super::operation::{Location, Parameter};

/// The typed values of one request's parameters, defaults filled in.
#[derive(Debug, Default, Clone)]
pub struct Values {
    /// What the requests of an operation have in common, so that what was not sent costs nothing.
    known: Arc<[Known]>,
    /// What came, by its place among those; nothing for what came and can't be read.
    came: Vec<(usize, Option<Value>)>,
}

#[derive(Debug)]
struct Known {
    location: Location,
    name: String,
    /// What it counts as where nothing came.
    default: Option<Value>,
}

impl Values {
    /// Those of a request that sends none of the parameters.
    pub fn usual(parameters: &[Parameter]) -> Values {
        let known = parameters.iter().map(|parameter| Known {
            location: parameter.location,
            name: parameter.name.clone(),
            default: parameter.default.clone().filter(|_| !parameter.required),
        });
        Values { known: known.collect(), came: Vec::new() }
    }

    /// Notes what came for the parameter at this place.
    pub(super) fn came(&mut self, place: usize, value: Option<Value>) {
        self.came.push((place, value));
    }

    pub fn get(&self, location: Location, name: &str) -> Option<&Value> {
        let place = self.known.iter().position(|known| known.location == location && known.name == name)?;
        self.at(place)
    }

    fn at(&self, place: usize) -> Option<&Value> {
        let came = self.came.iter().find(|(came, _)| *came == place).map(|(_, value)| value.as_ref());
        came.unwrap_or(self.known[place].default.as_ref())
    }

    /// Whether anything came for a parameter, be it readable or not: what has a default has a value all the same.
    pub fn has_come(&self, location: Location, name: &str) -> bool {
        let is_it =
            |place: usize| self.known.get(place).is_some_and(|known| known.location == location && known.name == name);
        self.came.iter().any(|(place, _)| is_it(*place))
    }

    /// The same with something else in place of what came for some parameters.
    pub fn without(
        mut self,
        is_meant: impl Fn(Location, &str) -> bool,
        mut instead: impl FnMut(Value) -> Value,
    ) -> Values {
        for (place, value) in &mut self.came {
            if self.known.get(*place).is_some_and(|known| is_meant(known.location, &known.name)) {
                *value = value.take().map(&mut instead);
            }
        }
        self
    }

    /// How much memory it takes beside what requests have in common.
    pub fn weight(&self) -> usize {
        let values = self.came.iter().filter_map(|(_, value)| value.as_ref());
        size_of_val(self.came.as_slice()) + values.map(inside).sum::<usize>()
    }

    pub fn iter(&self) -> impl Iterator<Item = (Location, &str, &Value)> {
        let known = self.known.iter().enumerate();
        known.filter_map(|(place, known)| Some((known.location, known.name.as_str(), self.at(place)?)))
    }
}

/// What a value takes beside itself.
pub fn inside(value: &Value) -> usize {
    let part = |value: &Value| size_of::<Value>() + inside(value);
    match value {
        Value::String(text) => text.len(),
        Value::Array(items) => items.iter().map(part).sum(),
        Value::Object(members) => members.iter().map(|(name, value)| name.len() + part(value)).sum(),
        _ => 0,
    }
}

impl FromIterator<(Location, String, Value)> for Values {
    fn from_iter<I: IntoIterator<Item = (Location, String, Value)>>(values: I) -> Values {
        let named = |(location, name, value)| (Known { location, name, default: None }, Some(value));
        let (known, came): (Vec<Known>, Vec<Option<Value>>) = values.into_iter().map(named).unzip();
        Values { known: known.into(), came: came.into_iter().enumerate().collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(name: &str, default: Option<Value>) -> Known {
        Known { location: Location::Query, name: name.to_owned(), default }
    }

    #[test]
    fn what_came_goes_before_the_default_even_if_it_can_not_be_read() {
        let names = ["page", "limit", "kind", "sort"];
        let known = names.map(|name| known(name, (name != "kind").then(|| Value::from(1))));
        let mut values = Values { known: known.into_iter().collect(), came: Vec::new() };
        values.came(3, Some(Value::from("name")));
        values.came(1, None);
        let told: Vec<(&str, &Value)> = values.iter().map(|(_, name, value)| (name, value)).collect();
        assert_eq!(told, [("page", &Value::from(1)), ("sort", &Value::from("name"))]);
        assert_eq!(values.get(Location::Query, "limit"), None);
        assert_eq!(values.get(Location::Path, "page"), None);
    }
}
