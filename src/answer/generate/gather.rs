//! Reads the statements of schemas that hold at once and joins them into one shape.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::heirs;
use super::shape::{Choice, Key, Kind, Lazy, Part, Shape};
use crate::contract::Bundle;

pub fn gather(bundle: &Bundle, key: &Arc<Key>) -> Shape {
    let mut gathering = Gathering { bundle, key, ..Gathering::new(bundle, key) };
    for part in &key.parts {
        gathering.state(part);
    }
    gathering.shape()
}

/// Members of schemas that each hold, with where they stand, and what they choose between.
pub struct Gathering<'b> {
    pub bundle: &'b Bundle,
    pub key: &'b Key,
    seen: Vec<Part>,
    pub said: Vec<(Part, &'b Map<String, Value>)>,
    kinds: Option<Vec<Kind>>,
    options: Option<Vec<Value>>,
    excluded: Vec<Value>,
    excluded_kinds: Vec<Kind>,
    pub never_together: Vec<Vec<String>>,
    /// Statements about members that a negation makes.
    pub about_members: Vec<(String, Part)>,
    pub pins: Vec<(Arc<str>, Arc<str>)>,
    pub choices: Vec<Choice>,
    label: Option<String>,
    never: bool,
}

impl<'b> Gathering<'b> {
    fn new(bundle: &'b Bundle, key: &'b Key) -> Self {
        Gathering {
            bundle,
            key,
            seen: Vec::new(),
            said: Vec::new(),
            kinds: None,
            options: None,
            excluded: Vec::new(),
            excluded_kinds: Vec::new(),
            never_together: Vec::new(),
            about_members: Vec::new(),
            pins: key.pins.clone(),
            choices: Vec::new(),
            label: None,
            never: false,
        }
    }

    /// Takes in what one schema says, and what it refers to.
    fn state(&mut self, part: &Part) {
        if self.seen.contains(part) {
            return;
        }
        self.seen.push(part.clone());
        let members = match part.value(self.bundle) {
            Value::Object(members) => members,
            Value::Bool(allowed) => {
                self.never |= *allowed == part.negated;
                return;
            }
            _ => return,
        };
        if let Some(target) = self.target(part, members) {
            if self.label.is_none() {
                self.label = named(&target);
            }
            self.state(&target);
        }
        if part.negated {
            return self.deny(part, members);
        }
        if self.label.is_none() {
            self.label = members.get("title").and_then(Value::as_str).map(str::to_owned);
        }
        self.state_kinds(members);
        self.state_options(members);
        self.said.push((part.clone(), members));
        for (n, _) in array(members, "allOf").iter().enumerate() {
            self.state(&part.child("allOf").child(&n.to_string()));
        }
        if members.contains_key("not") {
            self.state(&part.child("not").not());
        }
        // The members of which they depend are made if they can be: so what depends on them holds.
        for (name, _) in object(members, "dependentSchemas") {
            self.state(&part.child("dependentSchemas").child(name));
        }
        self.choose(part, members);
    }

    pub fn target(&self, part: &Part, members: &Map<String, Value>) -> Option<Part> {
        let reference = members.get("$ref")?.as_str()?;
        let target = self.bundle.at(part.file, &part.pointer).follow(reference)?;
        Some(Part { file: target.file_index(), pointer: target.pointer.into(), negated: part.negated })
    }

    pub fn saw(&self, part: &Part) -> bool {
        self.seen.contains(part)
    }

    fn state_kinds(&mut self, members: &Map<String, Value>) {
        let mut named: Vec<Kind> = match members.get("type") {
            Some(Value::String(name)) => Kind::parse(name).into_iter().collect(),
            Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).filter_map(Kind::parse).collect(),
            _ => return,
        };
        if members.get("nullable") == Some(&Value::Bool(true)) {
            named.push(Kind::Null);
        }
        let Some(known) = &self.kinds else {
            self.kinds = Some(named);
            return;
        };
        let both = known.iter().filter_map(|kind| match kind {
            Kind::Number if !named.contains(&Kind::Number) && named.contains(&Kind::Integer) => Some(Kind::Integer),
            Kind::Integer if named.contains(&Kind::Number) => Some(Kind::Integer),
            kind => named.contains(kind).then_some(*kind),
        });
        let both: Vec<Kind> = both.collect();
        self.never |= both.is_empty();
        self.kinds = Some(both);
    }

    fn state_options(&mut self, members: &Map<String, Value>) {
        let constant = members.get("const").map(|value| vec![value.clone()]);
        let listed = members.get("enum").and_then(Value::as_array).cloned();
        for options in [constant, listed].into_iter().flatten() {
            self.options = Some(match self.options.take() {
                Some(known) => known.into_iter().filter(|value| options.contains(value)).collect(),
                None => options,
            });
        }
    }

    /// What a schema under `not` forbids, as far as it can be kept by construction; the rest is tried out.
    fn deny(&mut self, part: &Part, members: &Map<String, Value>) {
        let same = |key: &str| {
            let mut child = part.child(key);
            child.negated = true;
            child
        };
        self.excluded.extend(members.get("const").cloned());
        self.excluded.extend(array(members, "enum").iter().cloned());
        for keyword in ["anyOf", "oneOf"] {
            for (n, _) in array(members, keyword).iter().enumerate() {
                self.state(&same(keyword).child(&n.to_string()).not());
            }
        }
        let stated = |keyword: &str| members.contains_key(keyword);
        match members.get("type") {
            Some(Value::String(name)) if members.len() == 1 => self.excluded_kinds.extend(Kind::parse(name)),
            _ => {}
        }
        let properties: Vec<&String> = object(members, "properties").map(|(name, _)| name).collect();
        if let [name] = properties[..] {
            self.about_members.push((name.clone(), part.child("properties").child(name).not()));
        } else if stated("required") && properties.is_empty() {
            self.never_together.push(strings(members, "required"));
        }
        if stated("not") {
            self.state(&part.child("not"));
        }
        self.never |= members.is_empty();
    }

    fn choose(&mut self, part: &Part, members: &'b Map<String, Value>) {
        for keyword in ["oneOf", "anyOf"] {
            let place = part.child(keyword);
            let branches = array(members, keyword);
            if branches.is_empty() || self.key.settled.contains(&place) {
                continue;
            }
            let branch = |n: usize| {
                let branch = place.child(&n.to_string());
                let pin = heirs::pin_of_branch(self, part, members, &branch);
                self.branch(&place, vec![branch], pin)
            };
            let branches = (0..branches.len()).map(branch).collect();
            self.choices.push(Choice { branches });
        }
        let place = part.child("if");
        if members.contains_key("if") && !self.key.settled.contains(&place) {
            let then = vec![place.clone(), part.child("then")];
            let otherwise = vec![place.clone().not(), part.child("else")];
            let exists = |parts: Vec<Part>| {
                let keyword =
                    |part: &Part| part.pointer.rsplit('/').next().is_some_and(|key| members.contains_key(key));
                parts.into_iter().filter(keyword).collect()
            };
            let branches = vec![self.branch(&place, exists(then), None), self.branch(&place, exists(otherwise), None)];
            self.choices.push(Choice { branches });
        }
        if !members.contains_key("oneOf") && !members.contains_key("anyOf") {
            heirs::choose_heir(self, part, members);
        }
    }

    /// The shape that comes of choosing these parts at a place.
    pub fn branch(&self, place: &Part, parts: Vec<Part>, pin: Option<(Arc<str>, Arc<str>)>) -> Lazy {
        let mut key = self.key.clone();
        key.settled.push(place.clone());
        key.parts.extend(parts);
        key.pins.extend(pin);
        Lazy::new(key)
    }

    fn shape(self) -> Shape {
        let mut options = self.options.clone();
        if let Some(options) = &mut options {
            options.retain(|value| !self.excluded.contains(value));
        }
        let fixed = self.key.fixed.as_deref().map(Value::from);
        if let Some(fixed) = fixed.filter(|fixed| options.as_ref().is_none_or(|options| options.contains(fixed))) {
            options = Some(vec![fixed]);
        }
        let kinds = self.kinds_in_order();
        Shape {
            key: Arc::new(self.key.clone()),
            never: self.never || kinds.is_empty() || options.as_ref().is_some_and(Vec::is_empty),
            kinds,
            options,
            excluded: self.excluded.clone(),
            examples: self.examples(),
            number: self.number(),
            text: self.text(),
            list: self.list(),
            object: self.object(),
            write_only: self.said.iter().any(|(_, members)| members.get("writeOnly") == Some(&Value::Bool(true))),
            label: self.label,
            choices: self.choices,
        }
    }

    /// As declared, null last; without a declaration, what the other keywords speak of.
    fn kinds_in_order(&self) -> Vec<Kind> {
        let mut kinds = self.kinds.clone().unwrap_or_else(|| {
            let speaks =
                |keys: &[&str]| self.said.iter().any(|(_, said)| keys.iter().any(|key| said.contains_key(*key)));
            let all = [Kind::String, Kind::Object, Kind::Array, Kind::Number, Kind::Boolean, Kind::Null];
            let first = if speaks(&["properties", "required", "additionalProperties", "patternProperties"])
                || !self.pins.is_empty()
                || speaks(&["minProperties", "propertyNames", "dependentRequired", "unevaluatedProperties"])
            {
                Kind::Object
            } else if speaks(&["items", "prefixItems", "contains", "minItems", "uniqueItems", "maxItems"]) {
                Kind::Array
            } else if speaks(&["minimum", "maximum", "multipleOf", "exclusiveMinimum", "exclusiveMaximum"]) {
                Kind::Number
            } else {
                Kind::String
            };
            // The others are allowed, but nobody thought of them: they come last, when the first did not do.
            let mut kinds = vec![first; 4];
            kinds.extend(all.into_iter().filter(|kind| *kind != first));
            kinds
        });
        kinds.retain(|kind| !self.excluded_kinds.contains(kind));
        kinds.sort_by_key(|kind| *kind == Kind::Null);
        kinds
    }

    fn examples(&self) -> Vec<Value> {
        let mut examples = Vec::new();
        for (_, said) in &self.said {
            examples.extend(said.get("example").cloned());
            examples.extend(array(said, "examples").iter().cloned());
        }
        examples.extend(self.said.iter().filter_map(|(_, said)| said.get("default").cloned()));
        examples
    }
}

/// What a schema is called by those who refer to it, if it stands where schemas have names.
fn named(target: &Part) -> Option<String> {
    let (before, name) = target.pointer.rsplit_once('/')?;
    (before.ends_with("/schemas") || before.ends_with("/$defs") || before.ends_with("/definitions"))
        .then(|| name.to_owned())
}

pub fn array<'v>(members: &'v Map<String, Value>, key: &str) -> &'v [Value] {
    members.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

pub fn object<'v>(members: &'v Map<String, Value>, key: &str) -> impl Iterator<Item = (&'v String, &'v Value)> {
    members.get(key).and_then(Value::as_object).into_iter().flatten()
}

pub fn strings(members: &Map<String, Value>, key: &str) -> Vec<String> {
    array(members, key).iter().filter_map(|value| value.as_str().map(str::to_owned)).collect()
}
