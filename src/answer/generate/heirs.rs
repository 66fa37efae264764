//! Discriminators: which member says of what sort a value is, and what it must say for a branch.

use std::sync::Arc;

use crate::pointer;

use serde_json::{Map, Value};

use super::gather::{Gathering, array, object};
use super::shape::{Choice, Part};

type Pin = (Arc<str>, Arc<str>);

/// What the discriminator's member is when this branch of `oneOf` or `anyOf` is chosen.
pub fn pin_of_branch(gathering: &Gathering, part: &Part, members: &Map<String, Value>, branch: &Part) -> Option<Pin> {
    let discriminator = members.get("discriminator")?;
    let property = discriminator.get("propertyName")?.as_str()?;
    let Value::Object(inside) = branch.value(gathering.bundle) else { return None };
    let target = gathering.target(branch, inside)?;
    let mapped = mapping(gathering, part, discriminator).into_iter().find(|(_, mapped)| *mapped == target);
    let name = mapped.map(|(name, _)| name).or_else(|| own_name(&target))?;
    Some((property.into(), name.into()))
}

/// A schema with a discriminator of its own and no branches stands for those that inherit from it: one of them is
/// chosen, unless it is from one of them that we came here.
pub fn choose_heir(gathering: &mut Gathering, part: &Part, members: &Map<String, Value>) {
    let Some(discriminator) = members.get("discriminator") else { return };
    let Some(property) = discriminator.get("propertyName").and_then(Value::as_str) else { return };
    let place = part.child("discriminator");
    if gathering.key.settled.contains(&place) {
        return;
    }
    let mut heirs = mapping(gathering, part, discriminator);
    if heirs.is_empty() {
        heirs = inheriting(gathering, part);
    }
    let pin = |name: &str| (Arc::from(property), Arc::from(name));
    if let Some((name, _)) = heirs.iter().find(|(_, heir)| heir != part && gathering.saw(heir)) {
        gathering.pins.push(pin(name));
        return;
    }
    let branches: Vec<_> =
        heirs.iter().map(|(name, heir)| gathering.branch(&place, vec![heir.clone()], Some(pin(name)))).collect();
    match own_name(part) {
        _ if !branches.is_empty() => gathering.choices.push(Choice { branches }),
        Some(name) => gathering.pins.push(pin(&name)),
        None => {}
    }
}

/// Names and the schemas for which they stand. A mapping may give the schema's name or a reference.
fn mapping(gathering: &Gathering, part: &Part, discriminator: &Value) -> Vec<(String, Part)> {
    let Some(mapping) = discriminator.get("mapping").and_then(Value::as_object) else { return Vec::new() };
    let here = gathering.bundle.at(part.file, &part.pointer);
    let named = mapping.iter().filter_map(|(name, target)| {
        let target = target.as_str()?;
        let target = here.follow(target).or_else(|| here.follow(&format!("#/components/schemas/{target}")))?;
        Some((name.clone(), Part::new(target.file_index(), target.pointer)))
    });
    named.collect()
}

/// The schemas of the document that build on this one by `allOf`.
fn inheriting(gathering: &Gathering, part: &Part) -> Vec<(String, Part)> {
    let place = Part::new(part.file, "/components/schemas");
    let Value::Object(root) = gathering.bundle.at(part.file, "").value else { return Vec::new() };
    let schemas = root.get("components").and_then(Value::as_object).map(|components| object(components, "schemas"));
    let mut heirs = Vec::new();
    for (name, schema) in schemas.into_iter().flatten() {
        let Value::Object(schema) = schema else { continue };
        let heir = place.child(name);
        let builds_on = array(schema, "allOf").iter().enumerate().any(|(n, base)| {
            let base_place = heir.child("allOf").child(&n.to_string());
            base.as_object().and_then(|base| gathering.target(&base_place, base)).as_ref() == Some(part)
        });
        if builds_on {
            heirs.push((name.clone(), heir));
        }
    }
    heirs
}

fn own_name(part: &Part) -> Option<String> {
    let name = part.pointer.strip_prefix("/components/schemas/")?;
    (!name.contains('/')).then(|| pointer::unescaped(name).into_owned())
}
