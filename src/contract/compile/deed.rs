//! What operations do to the records (`x-mock` of an operation), and which records a parameter lets through.

use serde_json::{Map, Value};

use super::collections::Written;
use super::strings;
use crate::contract::bundle::Cursor;
use crate::contract::deed::{Action, Collection, Deed, Filter, Role, Test};
use crate::contract::field;
use crate::contract::shape::template_names;

pub fn filter(mock: &Cursor) -> Option<Filter> {
    let named = mock.get("filter")?;
    let fields = match named.value {
        Value::String(field) => vec![field.clone()],
        _ => strings(Some(&named)),
    };
    let test = mock.str("test").and_then(Test::named).unwrap_or(Test::Equals);
    Some(Filter { fields, test }).filter(|filter| !filter.fields.is_empty())
}

pub fn role(mock: &Cursor) -> Option<Role> {
    mock.str("role").and_then(Role::named)
}

impl<'b> Written<'b> {
    /// What the operation at `cursor` does. `parameters` are those that it declares, its path's among them.
    pub fn deed(
        &mut self,
        cursor: &Cursor<'b>,
        template: &str,
        parameters: &[Cursor<'b>],
        collections: &[Collection],
    ) -> Option<Deed> {
        let mock = cursor.get("x-mock")?;
        let action = self.action(&mock)?;
        let Some(named) = mock.raw("collection") else {
            let finding = mock.finding("E0613", "it is not said which records the operation works on");
            self.findings.push(finding.label("\"collection\" is required beside an action"));
            return None;
        };
        let collection = self.place(Some(named))?;
        let mut deed = Deed {
            collection,
            keep: self.place(mock.raw("keep")),
            id: None,
            under: Vec::new(),
            set: self.set(&mock, collection),
            add: self.item(&mock, "add", "from", collection),
            remove: self.item(&mock, "remove", "by", collection),
            shape: self.shaped(&mock, collection, collections),
            only: self.only(&mock, collection),
            requires: None,
            cache: mock.value.get("cache").and_then(Value::as_u64).and_then(|n| n.try_into().ok()).unwrap_or(0),
            action,
        };
        self.parents(&mut deed, &mock, template, collections);
        deed.requires = self.requires(&deed, &mock);
        self.parameters(&deed, parameters);
        Some(deed)
    }

    fn action(&mut self, mock: &Cursor<'b>) -> Option<Action> {
        let named = |key: &str| mock.str(key).map(str::to_owned);
        let said = [
            mock.str("action").and_then(Action::named),
            named("view").map(Action::View),
            named("report").map(Action::Report),
        ];
        let mut said = said.into_iter().flatten();
        let first = said.next();
        if said.next().is_some() {
            let finding = mock.finding("E0613", "an operation does one thing, and more are named");
            self.findings.push(finding.label("expected one of \"action\", \"view\" and \"report\""));
        }
        let idle = ["collection", "keep", "id", "under", "set", "add", "remove", "shape", "only", "requires", "cache"];
        if let (None, Some(place)) = (&first, idle.iter().find_map(|key| mock.raw(key))) {
            let finding = place.key_finding("E0613", "this has no effect, as no action is named");
            self.findings.push(finding.label("expected \"action\", \"view\" or \"report\" beside it"));
        }
        first
    }

    /// The path's parameters: one may be the record's id, all others name records that it belongs to.
    fn parents(&mut self, deed: &mut Deed, mock: &Cursor<'b>, template: &str, collections: &[Collection]) {
        let names = template_names(template).unwrap_or_default();
        let taken = deed.remove.as_ref().map(|(_, parameter)| parameter.as_str());
        let mut open: Vec<&str> = names.iter().copied().filter(|name| Some(*name) != taken).collect();
        if let (Some(taken), Some(place)) = (taken, mock.get("remove").and_then(|remove| remove.raw("by")))
            && !self.path_parameter(taken, &names, &place, false)
        {
            return;
        }
        match (mock.str("id"), mock.raw("id")) {
            (Some(id), Some(place)) => {
                if !self.path_parameter(id, &names, &place, false) {
                    return;
                }
                deed.id = Some(id.to_owned());
            }
            _ if matches!(deed.action, Action::List | Action::Create | Action::Report(_)) => {}
            _ => deed.id = open.last().map(|name| (*name).to_owned()),
        }
        open.retain(|name| deed.id.as_deref() != Some(*name));
        if deed.id.is_none() && matches!(deed.action, Action::Get | Action::Update | Action::Replace | Action::Delete) {
            let message = format!("the path \"{template}\" has no parameter that could be the record's id");
            self.findings.push(mock.finding("E0612", message));
        }
        let references = &collections[deed.collection].references;
        let said = mock.get("under");
        for (name, field) in said.iter().flat_map(Cursor::raw_members) {
            if !self.path_parameter(name, &names, &field, true) {
                return;
            }
            self.field_named(deed.collection, Some(field));
        }
        for name in open {
            let written = said.as_ref().and_then(|said| said.str(name));
            let field = written.unwrap_or(name);
            match references.iter().find(|(known, _)| known == field) {
                Some((field, other)) => deed.under.push((name.to_owned(), field.clone(), Some(*other))),
                None => {
                    let place = said.as_ref().and_then(|said| said.raw(name)).unwrap_or_else(|| mock.clone());
                    let message = format!("it is not said which record the path's parameter \"{name}\" names");
                    let known = references.iter().map(|(known, _)| known.as_str());
                    let finding = place.finding("E0612", message).meant(field, known);
                    self.findings.push(finding.label("expected `under`, with a field of the collection's references"));
                }
            }
        }
    }

    /// Whether the path has the parameter; nothing can be concluded from a misspelt one.
    fn path_parameter(&mut self, name: &str, names: &[&str], place: &Cursor<'b>, key: bool) -> bool {
        let known = names.contains(&name);
        if !known {
            let message = format!("the path has no parameter \"{name}\"");
            let finding = if key { place.key_finding("E0612", message) } else { place.finding("E0612", message) };
            self.findings.push(finding.meant(name, names.iter().copied()));
        }
        known
    }

    fn set(&mut self, mock: &Cursor<'b>, collection: usize) -> Map<String, Value> {
        let set = mock.get("set");
        for (field, value) in set.iter().flat_map(Cursor::raw_members) {
            self.key_field(collection, field, &value);
        }
        set.and_then(|set| set.value.as_object().cloned()).unwrap_or_default()
    }

    fn item(&mut self, mock: &Cursor<'b>, key: &str, source: &str, collection: usize) -> Option<(String, String)> {
        let item = mock.get(key)?;
        let field = self.field_named(collection, item.raw("field"))?;
        Some((field, item.str(source)?.to_owned()))
    }

    /// What a run returned may be shown where it is no part of the record as it is read.
    fn shaped(
        &mut self,
        mock: &Cursor<'b>,
        collection: usize,
        collections: &[Collection],
    ) -> Option<Vec<(String, String)>> {
        let output = collections[collection].run.as_ref().map(|run| run.output.as_str());
        let shape = mock.get("shape")?;
        let field = |(shown, field): (&str, Cursor<'b>)| {
            let name = match field.value.as_str() {
                Some(name) if Some(name) == output => name.to_owned(),
                _ => self.field_named(collection, Some(field))?,
            };
            Some((shown.to_owned(), name))
        };
        let fields = shape.raw_members().filter_map(field).collect();
        Some(fields)
    }

    fn only(&mut self, mock: &Cursor<'b>, collection: usize) -> Option<(String, Vec<Value>, String)> {
        let only = mock.get("only")?;
        let field = self.field_named(collection, only.raw("field"))?;
        let values = only.get("values")?.value.as_array()?.clone();
        Some((field, values, self.problem(only.raw("problem"))?))
    }

    fn requires(&mut self, deed: &Deed, mock: &Cursor<'b>) -> Option<(String, Value, String)> {
        let requires = mock.get("requires")?;
        let Some((_, _, Some(parent))) = deed.under.last() else {
            let finding =
                requires.finding("E0613", "the records belong to no other, of which something could be required");
            self.findings.push(finding);
            return None;
        };
        let field = self.field_named(*parent, requires.raw("field"))?;
        Some((field, requires.value.get("value")?.clone(), self.problem(requires.raw("problem"))?))
    }

    /// Filters and orders must speak of fields that the records have.
    fn parameters(&mut self, deed: &Deed, parameters: &[Cursor<'b>]) {
        let mut roles: Vec<Role> = Vec::new();
        for parameter in parameters {
            let Some(mock) = parameter.get("x-mock") else { continue };
            if let Some(filter) = filter(&mock) {
                self.filter(deed.collection, &filter, &mock);
            }
            if let Some(part) = mock.raw("part") {
                self.field_named(deed.collection, Some(part));
            }
            let Some(role) = role(&mock) else { continue };
            if roles.contains(&role) {
                let finding = mock.raw("role").unwrap_or_else(|| mock.clone());
                let message = "another parameter of the operation has this role";
                self.findings.push(finding.finding("E0614", message));
            }
            roles.push(role);
            if role == Role::SortBy {
                self.orders(deed.collection, parameter, &mock);
            }
        }
    }

    fn filter(&mut self, collection: usize, filter: &Filter, mock: &Cursor<'b>) {
        let (wanted, types): (&str, &[&str]) = match filter.test {
            Test::Equals => return drop(self.filtered(collection, filter, mock)),
            Test::AtLeast | Test::AtMost => ("a number or a text", &["number", "integer", "string"]),
            Test::Contains => ("a text", &["string"]),
            Test::Includes => ("a list", &["array"]),
        };
        let fields = self.filtered(collection, filter, mock);
        for (name, _) in fields.into_iter().filter(|(_, said)| !field::may_be(said, types)) {
            let place = mock.raw("test").unwrap_or_else(|| mock.clone());
            let finding = place.finding("E0616", format!("the field \"{name}\" can't be tested so"));
            self.findings.push(finding.label(format!("needs {wanted}")));
        }
    }

    /// The fields of a filter, each with what is said of it.
    fn filtered(&mut self, collection: usize, filter: &Filter, mock: &Cursor<'b>) -> Vec<(String, Vec<Cursor<'b>>)> {
        let named = mock.get("filter").unwrap_or_else(|| mock.clone());
        let fields = filter.fields.iter().enumerate().map(|(n, name)| {
            let place = if named.value.is_array() { named.raw_items().nth(n) } else { None };
            (name.clone(), self.field_at(collection, name, &place.unwrap_or_else(|| named.clone())))
        });
        fields.collect()
    }

    /// Whatever a list may be sorted by is a field, or stands for one.
    fn orders(&mut self, collection: usize, parameter: &Cursor<'b>, mock: &Cursor<'b>) {
        let stands_for = mock.get("fields");
        for (_, field) in stands_for.iter().flat_map(Cursor::raw_members) {
            self.field_named(collection, Some(field));
        }
        let schema = parameter.get("schema");
        let values = schema.and_then(|schema| schema.get("enum"));
        for value in values.iter().flat_map(Cursor::raw_items) {
            let Some(name) = value.value.as_str() else { continue };
            let name = name.trim_start_matches(['-', '+']);
            if stands_for.as_ref().is_none_or(|fields| fields.value.get(name).is_none()) {
                self.field_at(collection, name, &value);
            }
        }
    }
}

#[cfg(test)]
mod tests;
