//! The limits that the statements of several schemas set together, for each kind of value.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::gather::{Gathering, array, object, strings};
use super::pattern::Pattern;
use super::shape::{Key, Lazy, ListLimits, Member, NumberLimits, ObjectLimits, Part, TextLimits};
use crate::fakes::{Maker, Usual};

impl Gathering<'_> {
    pub fn number(&self) -> NumberLimits {
        let mut limits = NumberLimits::default();
        for (_, said) in &self.said {
            let number = |key: &str| said.get(key).and_then(Value::as_f64);
            // In OpenAPI 3.0 the exclusive limits are marks on the others.
            let marked = |key: &str| said.get(key) == Some(&Value::Bool(true));
            let lows = [(number("minimum"), marked("exclusiveMinimum")), (number("exclusiveMinimum"), true)];
            let highs = [(number("maximum"), marked("exclusiveMaximum")), (number("exclusiveMaximum"), true)];
            for (low, excluded) in lows {
                if let Some(low) = low.filter(|low| limits.low.is_none_or(|known| *low >= known)) {
                    limits.low_excluded = excluded || (limits.low_excluded && limits.low == Some(low));
                    limits.low = Some(low);
                }
            }
            for (high, excluded) in highs {
                if let Some(high) = high.filter(|high| limits.high.is_none_or(|known| *high <= known)) {
                    limits.high_excluded = excluded || (limits.high_excluded && limits.high == Some(high));
                    limits.high = Some(high);
                }
            }
            limits.multiples.extend(number("multipleOf").filter(|multiple| *multiple > 0.0));
            let bounds = match said.get("format").and_then(Value::as_str) {
                Some("int32") => Some((f64::from(i32::MIN), f64::from(i32::MAX))),
                Some("uint32") => Some((0.0, f64::from(u32::MAX))),
                Some("uint8") => Some((0.0, 255.0)),
                _ => None,
            };
            if let Some((low, high)) = bounds {
                limits.low = Some(limits.low.map_or(low, |known| known.max(low)));
                limits.high = Some(limits.high.map_or(high, |known| known.min(high)));
            }
        }
        limits
    }

    pub fn text(&self) -> TextLimits {
        let mut limits = TextLimits::default();
        for (_, said) in &self.said {
            limits.shortest = limits.shortest.max(count(said, "minLength").unwrap_or(0));
            limits.longest = least(limits.longest, count(said, "maxLength"));
            limits.patterns.extend(said.get("pattern").and_then(Value::as_str).map(Pattern::new));
            if limits.format.is_none() {
                limits.format = said.get("format").and_then(Value::as_str).map(str::to_owned);
            }
        }
        limits
    }

    pub fn list(&self) -> ListLimits {
        let mut limits = ListLimits::default();
        let longest = self.said.iter().map(|(_, said)| array(said, "prefixItems").len()).max().unwrap_or(0);
        // What each statement has to say of the item at a place.
        let about = |place: usize| {
            let parts = self.said.iter().filter_map(|(part, said)| {
                if place < array(said, "prefixItems").len() {
                    return Some(part.child("prefixItems").child(&place.to_string()));
                }
                said.contains_key("items").then(|| part.child("items"))
            });
            Lazy::new(Key::of(parts.collect()))
        };
        limits.first = (0..longest).map(about).collect();
        let rest = about(longest);
        limits.closed = rest.key.parts.iter().any(|part| part.value(self.bundle) == &Value::Bool(false))
            || self.said.iter().any(|(_, said)| said.get("unevaluatedItems") == Some(&Value::Bool(false)))
                && rest.key.parts.is_empty();
        for (part, said) in &self.said {
            if said.contains_key("contains") {
                let mut parts = rest.key.parts.clone();
                parts.push(part.child("contains"));
                limits.contains.push((Lazy::new(Key::of(parts)), count(said, "minContains").unwrap_or(1)));
            }
            limits.fewest = limits.fewest.max(count(said, "minItems").unwrap_or(0));
            limits.most = least(limits.most, count(said, "maxItems"));
            limits.unique |= said.get("uniqueItems") == Some(&Value::Bool(true));
        }
        limits.rest = Some(rest);
        limits
    }

    pub fn object(&self) -> ObjectLimits {
        let mut limits = ObjectLimits::default();
        let mut names: Vec<Arc<str>> = Vec::new();
        let mut required: Vec<Arc<str>> = self.pins.iter().map(|(name, _)| name.clone()).collect();
        for (_, said) in &self.said {
            names.extend(object(said, "properties").map(|(name, _)| Arc::from(name.as_str())));
            required.extend(array(said, "required").iter().filter_map(Value::as_str).map(Arc::from));
            limits.fewest = limits.fewest.max(count(said, "minProperties").unwrap_or(0));
            limits.most = least(limits.most, count(said, "maxProperties"));
            for (name, _) in object(said, "dependentRequired") {
                if let Some(Value::Object(dependent)) = said.get("dependentRequired") {
                    limits.dependent.push((name.clone(), strings(dependent, name)));
                }
            }
        }
        names.extend(required.iter().cloned());
        let mut unique: Vec<Arc<str>> = Vec::with_capacity(names.len());
        for name in names {
            if !unique.contains(&name) {
                unique.push(name);
            }
        }
        limits.members = unique.iter().filter_map(|name| self.member(name, required.contains(name))).collect();
        let others: Vec<Part> = self.statements_on_others();
        limits.closed = others.iter().any(|part| part.value(self.bundle) == &Value::Bool(false));
        let says_something = |part: &Part| part.value(self.bundle).is_object();
        limits.others = others.iter().any(says_something).then(|| Lazy::new(Key::of(others)));
        for (part, said) in &self.said {
            for (pattern, _) in object(said, "patternProperties") {
                let shape = Lazy::new(Key::of(vec![part.child("patternProperties").child(pattern)]));
                limits.by_pattern.push((Pattern::new(pattern), shape));
            }
        }
        let on_names: Vec<Part> = self
            .said
            .iter()
            .filter(|(_, said)| said.contains_key("propertyNames"))
            .map(|(part, _)| part.child("propertyNames"))
            .collect();
        limits.names = (!on_names.is_empty()).then(|| Lazy::new(Key::of(on_names)));
        limits.never_together = self.never_together.clone();
        limits
    }

    fn statements_on_others(&self) -> Vec<Part> {
        let keywords = ["additionalProperties", "unevaluatedProperties"];
        let on_others = self.said.iter().flat_map(|(part, said)| {
            keywords.into_iter().filter(|keyword| said.contains_key(*keyword)).map(|keyword| part.child(keyword))
        });
        on_others.collect()
    }

    /// What all statements together say of one member; `None` if one of them rules it out.
    fn member(&self, name: &Arc<str>, required: bool) -> Option<Member> {
        let mut parts = Vec::new();
        for (part, said) in &self.said {
            let mut spoken = false;
            if object(said, "properties").any(|(known, _)| **known == **name) {
                parts.push(part.child("properties").child(name));
                spoken = true;
            }
            for (pattern, _) in object(said, "patternProperties") {
                if Pattern::new(pattern).matches(name) == Some(true) {
                    parts.push(part.child("patternProperties").child(pattern));
                    spoken = true;
                }
            }
            match said.get("additionalProperties").filter(|_| !spoken) {
                Some(Value::Bool(false)) if !required => return None,
                Some(_) => parts.push(part.child("additionalProperties")),
                None => {}
            }
        }
        parts.extend(self.about_members.iter().filter(|(known, _)| **known == **name).map(|(_, part)| part.clone()));
        let described = parts.iter().filter_map(|part| part.value(self.bundle).get("description")?.as_str());
        let description = described.collect::<Vec<_>>().join(" ");
        let mut key = Key::of(parts);
        key.fixed = self.pins.iter().find(|(pinned, _)| pinned == name).map(|(_, value)| value.clone());
        Some(Member {
            name: name.clone(),
            required,
            shape: Lazy::new(key),
            maker: Maker::by_name(name, &description),
            usual: Usual::by_name(name),
        })
    }
}

fn count(members: &Map<String, Value>, key: &str) -> Option<usize> {
    // `2.0` is a count as well.
    members.get(key)?.as_f64().filter(|count| *count >= 0.0).map(|count| count as usize)
}

fn least(known: Option<usize>, said: Option<usize>) -> Option<usize> {
    match (known, said) {
        (Some(known), Some(said)) => Some(known.min(said)),
        (known, said) => known.or(said),
    }
}
