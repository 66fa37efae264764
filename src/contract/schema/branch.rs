//! Of several alternatives none of which fits, the one that was meant. Its breaches are what the user is told: that
//! "no alternative fits" is no news to anybody.

use jsonschema::ValidationError;
use jsonschema::error::ValidationErrorKind as Kind;
use serde_json::{Map, Value};

use super::Schemas;
use super::explain::{Explaining, breach};
use super::trail::{Trail, join};
use crate::contract::sentence;
use crate::nearest::nearest;

/// What a member of the value says about the branch.
enum Tag {
    Branch(usize),
    /// The member that decides is absent, or says what no branch is for.
    Undecided {
        member: String,
        values: Vec<Value>,
    },
}

impl Explaining<'_> {
    pub fn branches(&mut self, error: &ValidationError, trail: &Trail, context: &[Vec<ValidationError>], depth: usize) {
        let keyword = error.kind().keyword();
        let schemas = trail.holder.get(keyword).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        let value = error.instance();
        let pointer = error.instance_path().as_str();
        let chosen = match value.as_object().and_then(|members| self.tag(trail.holder, schemas, members)) {
            Some(Tag::Branch(index)) if context.get(index).is_some_and(|errors| !errors.is_empty()) => index,
            Some(Tag::Undecided { member, values }) => return self.untagged(pointer, &member, values, value, trail),
            _ => {
                if let Some(index) = nearest_branch(context, pointer) {
                    index
                } else {
                    return self.none_near(pointer, context, schemas, value, trail);
                }
            }
        };
        let start = self.breaches.len();
        for error in &context[chosen] {
            self.error(error, depth + 1);
        }
        // One alternative beside null is no choice that a person would name.
        let alternatives =
            schemas.iter().filter(|schema| schema.get("type").and_then(Value::as_str) != Some("null")).count();
        let Some(name) = schemas.get(chosen).and_then(name_of).filter(|_| alternatives > 1) else { return };
        for breach in self.breaches.iter_mut().skip(start) {
            let note = format!("checked as {name}");
            breach.hint = Some(match breach.hint.take() {
                Some(hint) if hint.contains("checked as") => hint,
                Some(hint) => format!("{hint} {note}"),
                None => note,
            });
        }
    }

    fn tag(&self, holder: &Value, branches: &[Value], members: &Map<String, Value>) -> Option<Tag> {
        if let Some(discriminator) = holder.get("discriminator")
            && let Some(member) = discriminator.get("propertyName").and_then(Value::as_str)
        {
            return Some(by_discriminator(discriminator, member, branches, members));
        }
        let pins: Vec<Vec<(&str, &Value)>> = branches.iter().map(|branch| pins(self.schemas, branch)).collect();
        let fits = |pins: &Vec<(&str, &Value)>| {
            let mut present = pins.iter().filter_map(|(name, value)| Some((members.get(*name)?, *value))).peekable();
            present.peek().is_some() && present.all(|(found, wanted)| found == wanted)
        };
        let mut fitting = pins.iter().enumerate().filter(|(_, pins)| fits(pins));
        match (fitting.next(), fitting.next()) {
            (Some((index, _)), None) => return Some(Tag::Branch(index)),
            (Some(_), Some(_)) => return None,
            _ => {}
        }
        // No branch's value is there. Where all of them pin the same member, that member is what is wrong.
        let (member, _) = pins.first()?.first()?;
        let values: Option<Vec<Value>> = pins
            .iter()
            .map(|pins| pins.iter().find(|(name, _)| name == member).map(|(_, value)| (*value).clone()))
            .collect();
        Some(Tag::Undecided { member: (*member).to_owned(), values: values? })
    }

    /// The member that would decide is missing or says what no branch is for.
    fn untagged(&mut self, pointer: &str, member: &str, values: Vec<Value>, value: &Value, trail: &Trail) {
        let found = value.get(member);
        let code = if found.is_some() { "enum" } else { "required" };
        let shown = found.map_or_else(|| "nothing".to_owned(), sentence::found);
        let mut made = breach(join(pointer, member), code, sentence::list(&values), shown);
        if let Some(text) = found.and_then(Value::as_str) {
            let near = nearest(text, values.iter().filter_map(Value::as_str));
            made.hint = near.map(|near| format!("did you mean {near:?}?"));
        }
        made.valid_values = Some(values);
        self.push(made, trail);
    }

    /// The value is of another kind than any branch: one breach that names all that would do.
    fn none_near(
        &mut self,
        pointer: &str,
        context: &[Vec<ValidationError>],
        branches: &[Value],
        value: &Value,
        trail: &Trail,
    ) {
        let targets: Vec<&Value> = branches.iter().map(|branch| self.schemas.target_of(branch)).collect();
        let listed = |schema: &&Value| match (schema.get("enum"), schema.get("const")) {
            (Some(Value::Array(values)), _) => Some(values.clone()),
            (_, Some(value)) => Some(vec![value.clone()]),
            _ => None,
        };
        let values: Option<Vec<Vec<Value>>> = targets.iter().map(listed).collect();
        let mut made = if let Some(values) = values.filter(|values| !values.is_empty()) {
            let values = values.concat();
            let mut made = breach(pointer.to_owned(), "enum", sentence::list(&values), sentence::found(value));
            if let Some(text) = value.as_str() {
                let near = nearest(text, values.iter().filter_map(Value::as_str));
                made.hint = near.map(|near| format!("did you mean {near:?}?"));
            }
            made.valid_values = Some(values);
            made
        } else {
            let mut phrases: Vec<String> = targets.iter().map(|schema| sentence::whole(schema)).collect();
            phrases.dedup();
            let all_types = context.iter().flatten().all(|error| matches!(error.kind(), Kind::Type { .. }));
            let code = if all_types { "type" } else { "branch" };
            breach(pointer.to_owned(), code, sentence::either(&phrases), sentence::found(value))
        };
        if trail.is_secret() {
            made.found = "a value that is not shown".to_owned();
            made.hint = None;
        }
        self.push(made, trail);
    }
}

fn by_discriminator(discriminator: &Value, member: &str, branches: &[Value], members: &Map<String, Value>) -> Tag {
    let mapping = discriminator.get("mapping").and_then(Value::as_object);
    let reference = |branch: &Value| branch.get("$ref").and_then(Value::as_str).map(last_part);
    let mut values: Vec<Value> = Vec::new();
    let mut named: Vec<(String, usize)> = Vec::new();
    for (index, branch) in branches.iter().enumerate() {
        let Some(name) = reference(branch) else { continue };
        let mapped = mapping.into_iter().flatten();
        let keys = mapped.filter(|(_, target)| target.as_str().map(last_part).as_deref() == Some(&*name));
        let keys: Vec<String> = keys.map(|(key, _)| key.clone()).collect();
        for key in if keys.is_empty() { vec![name] } else { keys } {
            values.push(Value::from(key.as_str()));
            named.push((key, index));
        }
    }
    let said = members.get(member).and_then(Value::as_str);
    match said.and_then(|said| named.iter().find(|(key, _)| key == said)) {
        Some((_, index)) => Tag::Branch(*index),
        None => Tag::Undecided { member: member.to_owned(), values },
    }
}

/// The members that a branch fixes to one value.
fn pins<'s>(schemas: &'s Schemas, branch: &'s Value) -> Vec<(&'s str, &'s Value)> {
    let mut pins = Vec::new();
    let mut collect = |schema: &'s Value| {
        for (name, property) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
            let property = schemas.target_of(property);
            let single = property.get("enum").and_then(Value::as_array).filter(|values| values.len() == 1);
            if let Some(value) = property.get("const").or(single.and_then(|values| values.first())) {
                pins.push((name.as_str(), value));
            }
        }
    };
    schemas.visit_all_of(branch, 0, &mut collect);
    pins
}

impl Schemas {
    fn visit_all_of<'s>(&'s self, schema: &'s Value, depth: usize, seen: &mut dyn FnMut(&'s Value)) {
        if depth > 12 {
            return;
        }
        seen(schema);
        if let Some(target) = schema.get("$ref").and_then(Value::as_str).and_then(|reference| self.lookup(reference)) {
            self.visit_all_of(target, depth + 1, seen);
        }
        for part in schema.get("allOf").and_then(Value::as_array).into_iter().flatten() {
            self.visit_all_of(part, depth + 1, seen);
        }
    }
}

/// The branch with the fewest and then the deepest errors, of those whose kind of value it is at all.
fn nearest_branch(context: &[Vec<ValidationError>], pointer: &str) -> Option<usize> {
    let of_kind = |errors: &Vec<ValidationError>| {
        !errors.iter().any(|error| {
            let here = error.instance_path().as_str() == pointer;
            here && matches!(error.kind(), Kind::Type { .. } | Kind::Constant { .. } | Kind::Enum { .. })
        })
    };
    let depth = |errors: &Vec<ValidationError>| {
        errors.iter().map(|error| error.instance_path().as_str().matches('/').count()).max().unwrap_or(0)
    };
    let candidates = context.iter().enumerate().filter(|(_, errors)| !errors.is_empty() && of_kind(errors));
    candidates.min_by_key(|(_, errors)| (errors.len(), usize::MAX - depth(errors))).map(|(index, _)| index)
}

/// What a person calls a branch: its title, or the name it is referred to by.
fn name_of(branch: &Value) -> Option<String> {
    let title = branch.get("title").and_then(Value::as_str).map(str::to_owned);
    title.or_else(|| branch.get("$ref").and_then(Value::as_str).map(last_part))
}

/// `Dog` of `#/components/schemas/Dog`, of `schemas/Dog.json` and of `Dog` itself.
fn last_part(reference: &str) -> String {
    let reference = reference.trim_end_matches(['#', '/']);
    let last = reference.rsplit(['/', '#']).next().unwrap_or(reference);
    let last = last.strip_suffix(".json").or(last.strip_suffix(".yaml")).unwrap_or(last);
    percent_encoding::percent_decode_str(last).decode_utf8_lossy().into_owned()
}
