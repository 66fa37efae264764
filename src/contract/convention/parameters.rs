//! Which records the parameters of a list let through, by their names and by the types of the fields that they name.

use std::collections::HashMap;

use serde_json::Value;

use super::words;
use crate::contract::bundle::{Bundle, Cursor};
use crate::contract::deed::{Filter, Role, Test};
use crate::contract::field::{self, Field};
use crate::contract::operation::{Location, Operation, Parameter};

/// What a parameter was recognised as.
#[derive(Debug, Default)]
pub struct Meaning {
    pub filter: Option<Filter>,
    pub role: Option<Role>,
    pub fields: HashMap<String, String>,
}

/// The meaning of each parameter of a list that `x-mock` says nothing of, by the parameter's place.
pub fn meanings(bundle: &Bundle, operation: &Operation, record: &Cursor) -> Vec<(usize, Meaning)> {
    let list = List { bundle, operation, record };
    let mut taken: Vec<Role> = operation.parameters.iter().filter_map(|parameter| parameter.role).collect();
    let mut meanings = Vec::new();
    for (place, parameter) in operation.parameters.iter().enumerate() {
        let stated = parameter.filter.is_some() || parameter.role.is_some();
        if stated || parameter.location != Location::Query || parameter.content.is_some() {
            continue;
        }
        let meaning = match list.role(parameter).filter(|role| !taken.contains(role)) {
            Some(role) => Meaning { role: Some(role), fields: list.orders(parameter, role), ..Meaning::default() },
            None => Meaning { filter: list.filter(parameter), ..Meaning::default() },
        };
        taken.extend(meaning.role);
        if meaning.role.is_some() || meaning.filter.is_some() {
            meanings.push((place, meaning));
        }
    }
    // A limit beside a page is how many rows that page has.
    let limit = |meaning: &Meaning| meaning.role == Some(Role::Limit);
    if taken.contains(&Role::Page) && !taken.iter().any(|role| matches!(role, Role::PerPage | Role::Offset)) {
        for (_, meaning) in meanings.iter_mut().filter(|(_, meaning)| limit(meaning)) {
            meaning.role = Some(Role::PerPage);
        }
    }
    meanings
}

struct List<'c, 'b> {
    bundle: &'b Bundle,
    operation: &'c Operation,
    record: &'c Cursor<'b>,
}

impl<'b> List<'_, 'b> {
    /// Everything that the parameter's schema consists of.
    fn said(&self, parameter: &Parameter) -> Vec<Cursor<'b>> {
        parameter.schema.as_ref().map(|schema| field::parts(&schema.cursor(self.bundle))).unwrap_or_default()
    }

    fn role(&self, parameter: &Parameter) -> Option<Role> {
        let role = words::role(&parameter.name)?;
        let said = self.said(parameter);
        let counts = field::may_be(&said, &["integer", "number"]);
        let text = field::may_be(&said, &["string"]);
        match role {
            Role::Page | Role::PerPage | Role::Limit | Role::Offset => counts.then_some(role),
            Role::Cursor => text.then_some(role),
            // `after` may be a day as well.
            Role::After => ((text || counts) && !is_dated(&said)).then_some(role),
            Role::SortBy => text.then_some(role),
            Role::SortOrder if !text => None,
            Role::SortOrder => {
                let directions = ["asc", "desc", "ascending", "descending"];
                let values = options(&said);
                let other = |parameter: &Parameter| words::role(&parameter.name) == Some(Role::SortBy);
                match values.iter().any(|value| directions.contains(&value.to_lowercase().as_str())) {
                    true => Some(Role::SortOrder),
                    false if !values.is_empty() => Some(Role::SortBy),
                    false if self.operation.parameters.iter().any(other) => Some(Role::SortOrder),
                    false => Some(Role::SortBy),
                }
            }
        }
    }

    /// The fields behind the values by which a list can be sorted, where they are called a little differently.
    fn orders(&self, parameter: &Parameter, role: Role) -> HashMap<String, String> {
        if role != Role::SortBy {
            return HashMap::new();
        }
        let said = self.said(parameter);
        let values = options(&said).into_iter().map(|value| value.trim_start_matches(['-', '+']));
        let named = values.filter_map(|value| Some((value.to_owned(), self.named(&words::words(value))?)));
        named.filter(|(value, field)| value != field).collect()
    }

    fn filter(&self, parameter: &Parameter) -> Option<Filter> {
        let said = self.said(parameter);
        if let Some(name) = self.named(&words::words(&parameter.name)) {
            return self.compared(name, &said);
        }
        if let Some((words, lower)) = words::bound(&parameter.name)
            && let Some(name) = self.named(&words)
        {
            let Field::Declared(of) = field::field(self.record, &name) else { return None };
            let both = |types: &[&str]| field::may_be(&said, types) && field::may_be(&of, types);
            let test = if lower { Test::AtLeast } else { Test::AtMost };
            let fits = both(&["integer", "number"]) || is_dated(&of) && both(&["string"]);
            return fits.then(|| Filter { fields: vec![name], test });
        }
        if !words::searches(&parameter.name) || !field::may_be(&said, &["string"]) {
            return None;
        }
        let fields: Vec<String> =
            field::names(self.record).into_iter().filter(|name| self.is_prose(name)).map(str::to_owned).collect();
        (!fields.is_empty()).then_some(Filter { fields, test: Test::Contains })
    }

    /// The value itself, or an item of a list. Of several values one is enough.
    fn compared(&self, name: String, said: &[Cursor<'b>]) -> Option<Filter> {
        let Field::Declared(of) = field::field(self.record, &name) else { return None };
        let several = said.iter().filter_map(|part| part.raw("items")).next();
        let several = several.map(|items| field::parts(&items));
        let said = several.as_deref().unwrap_or(said);
        let same = |types: &[&str]| field::may_be(said, types) && field::may_be(&of, types);
        let test = if same(&["string"]) || same(&["integer", "number"]) || same(&["boolean"]) {
            Test::Equals
        } else if !field::may_be(said, &["array", "object"]) && field::may_be(&of, &["array"]) {
            Test::Includes
        } else {
            return None;
        };
        Some(Filter { fields: vec![name], test })
    }

    /// The field of these words; `created` may be called `created_at`, and `tag` the list `tags`.
    fn named(&self, wanted: &[String]) -> Option<String> {
        let wanted = wanted.concat();
        let names: Vec<(&str, String)> =
            field::names(self.record).into_iter().map(|name| (name, words::words(name).concat())).collect();
        let with = |end: &str| names.iter().find(|(_, words)| words.strip_suffix(end) == Some(&wanted));
        let found = ["", "at", "on", "date", "time"].into_iter().find_map(with);
        let listed = || names.iter().find(|(name, _)| words::words(&words::one_of(name)).concat() == wanted);
        found.or_else(listed).map(|(name, _)| (*name).to_owned())
    }

    /// A text that somebody wrote, and no id, date or one of a few words.
    fn is_prose(&self, name: &str) -> bool {
        let Field::Declared(said) = field::field(self.record, name) else { return false };
        let types: Vec<&Value> = said.iter().filter_map(|part| part.value.get("type")).collect();
        let bound = |part: &Cursor| {
            let format = part.str("format").is_some_and(|format| !matches!(format, "email" | "hostname" | "uri"));
            format || part.value.get("enum").is_some() || part.value.get("const").is_some()
        };
        !types.is_empty() && field::may_be(&said, &["string"]) && !said.iter().any(bound)
    }
}

fn is_dated(said: &[Cursor]) -> bool {
    said.iter().any(|part| matches!(part.str("format"), Some("date" | "date-time")))
}

/// The texts that a value may be, where the schema lists them.
fn options<'b>(said: &[Cursor<'b>]) -> Vec<&'b str> {
    let lists = said.iter().filter_map(|part| part.value.get("enum")?.as_array());
    lists.flatten().filter_map(Value::as_str).collect()
}
