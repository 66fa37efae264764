//! Changes of a JSON value: a merge patch (RFC 7396), a JSON Patch (RFC 6902), and single places by their pointers. One
//! that does not fit changes nothing, and says why, without a word of the values: they may be keys.

use serde_json::{Map, Value};

use super::effort::Toil;
use crate::pointer::unescaped;
use crate::scenario::size;

/// How a pointer leads to no place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Astray {
    NoPointer,
    Nothing,
    NoPlace,
}

/// Members of the patch go into the object, `null` takes one out, and whatever is no object stands for itself.
pub fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(members) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    let Value::Object(known) = target else { return };
    for (name, value) in members {
        match value {
            Value::Null => {
                known.shift_remove(name);
            }
            value => merge(known.entry(name.clone()).or_insert(Value::Null), value),
        }
    }
}

/// All operations of a JSON Patch, or none of them.
pub fn patch(target: &mut Value, operations: &Value, toil: &mut Toil) -> Result<(), String> {
    let operations = operations.as_array().ok_or("a JSON Patch is a list")?;
    toil.copy()?;
    let mut patched = target.clone();
    for (place, operation) in operations.iter().enumerate() {
        operate(&mut patched, operation, toil).map_err(|why| format!("operation {}: {why}", place + 1))?;
    }
    *target = patched;
    Ok(())
}

fn operate(target: &mut Value, operation: &Value, toil: &mut Toil) -> Result<(), String> {
    let text = |name: &str| {
        let member = operation.get(name).and_then(Value::as_str);
        member.ok_or_else(|| format!("\"{name}\" is lacking, or is no text"))
    };
    let value = || operation.get("value").ok_or_else(|| "\"value\" is lacking".to_owned());
    let own = |value: &Value, toil: &mut Toil| toil.grow(size(value)).map(|()| value.clone());
    let path = text("path")?;
    let at_path = |astray: Astray| astray.at("path");
    toil.shift(neighbours(target, path))?;
    match text("op")? {
        "add" => add(target, path, own(value()?, toil)?).map_err(at_path),
        "remove" => take(target, path).map(drop).map_err(at_path),
        "replace" => {
            *target.pointer_mut(path).ok_or_else(|| Astray::Nothing.at("path"))? = own(value()?, toil)?;
            Ok(())
        }
        "move" => {
            let from = text("from")?;
            if path.strip_prefix(from).is_some_and(|rest| rest.starts_with('/')) {
                return Err("nothing moves into itself".to_owned());
            }
            toil.shift(neighbours(target, from))?;
            let moved = take(target, from).map_err(|astray| astray.at("from"))?;
            add(target, path, moved).map_err(at_path)
        }
        "copy" => {
            let from = text("from")?;
            let copied = own(target.pointer(from).ok_or_else(|| Astray::Nothing.at("from"))?, toil)?;
            add(target, path, copied).map_err(at_path)
        }
        "test" => match target.pointer(path) {
            Some(found) if same(found, value()?) => Ok(()),
            Some(_) => Err("another value is at \"path\"".to_owned()),
            None => Err(Astray::Nothing.at("path")),
        },
        _ => Err("there is no such \"op\"".to_owned()),
    }
}

/// How many values stand beside one, and may have to move for it.
pub fn neighbours(target: &Value, path: &str) -> usize {
    let parent =
        path.rsplit_once('/').and_then(|(parent, name)| (name != "-").then(|| target.pointer(parent)).flatten());
    match parent {
        Some(Value::Object(members)) => members.len(),
        Some(Value::Array(items)) => items.len(),
        _ => 0,
    }
}

/// Puts a value at a place: into a list before what is there, into an object in the place of it.
fn add(target: &mut Value, path: &str, value: Value) -> Result<(), Astray> {
    let Some((parent, name)) = split(path)? else {
        *target = value;
        return Ok(());
    };
    match target.pointer_mut(parent) {
        Some(Value::Object(members)) => {
            members.insert(unescaped(name).into_owned(), value);
        }
        Some(Value::Array(items)) => {
            let at = if name == "-" { items.len() } else { index(name).ok_or(Astray::NoPlace)? };
            if at > items.len() {
                return Err(Astray::NoPlace);
            }
            items.insert(at, value);
        }
        _ => return Err(Astray::NoPlace),
    }
    Ok(())
}

fn take(target: &mut Value, path: &str) -> Result<Value, Astray> {
    let Some((parent, name)) = split(path)? else { return Ok(target.take()) };
    let taken = match target.pointer_mut(parent) {
        Some(Value::Object(members)) => members.shift_remove(&*unescaped(name)),
        Some(Value::Array(items)) => index(name).filter(|at| *at < items.len()).map(|at| items.remove(at)),
        _ => None,
    };
    taken.ok_or(Astray::Nothing)
}

/// Sets one place. Members on the way that are missing are made, and a pointer that ends in `/-` adds to a list.
pub fn set(target: &mut Value, path: &str, value: Value) -> Result<(), Astray> {
    if !path.is_empty() && !path.starts_with('/') {
        return Err(Astray::NoPointer);
    }
    if !leads(target, path) {
        return Err(Astray::NoPlace);
    }
    let mut place = target;
    for part in path.split('/').skip(1) {
        if place.is_null() {
            *place = if part == "-" { Value::Array(Vec::new()) } else { Value::Object(Map::new()) };
        }
        place = match place {
            Value::Object(members) => members.entry(unescaped(part)).or_insert(Value::Null),
            Value::Array(items) => {
                let at = if part == "-" { Some(items.len()) } else { index(part) };
                if part == "-" {
                    items.push(Value::Null);
                }
                at.and_then(|at| items.get_mut(at)).ok_or(Astray::NoPlace)?
            }
            _ => return Err(Astray::NoPlace),
        };
    }
    *place = value;
    Ok(())
}

/// Whether a pointer leads to a place, or to one that can be made. What is made on the way must not stay behind for nothing.
fn leads(target: &Value, path: &str) -> bool {
    let mut place = target;
    for part in path.split('/').skip(1) {
        let next = match place {
            Value::Null => return true,
            Value::Array(_) if part == "-" => return true,
            Value::Object(members) => match members.get(&*unescaped(part)) {
                None => return true,
                next => next,
            },
            Value::Array(items) => index(part).and_then(|at| items.get(at)),
            _ => None,
        };
        let Some(next) = next else { return false };
        place = next;
    }
    true
}

pub fn remove(target: &mut Value, path: &str) -> Result<(), Astray> {
    take(target, path).map(drop)
}

/// The pointer of what something stands in, and its name there; `None` for the whole value.
fn split(path: &str) -> Result<Option<(&str, &str)>, Astray> {
    match path.rsplit_once('/') {
        Some(parts) if path.starts_with('/') => Ok(Some(parts)),
        None if path.is_empty() => Ok(None),
        _ => Err(Astray::NoPointer),
    }
}

/// Without leading zeros or signs.
fn index(name: &str) -> Option<usize> {
    let plain = name == "0" || !name.starts_with('0') && name.bytes().all(|byte| byte.is_ascii_digit());
    name.parse().ok().filter(|_| plain)
}

/// Numbers are the same if they are equal, however they are written.
fn same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(a), Value::Number(b)) => a == b || a.as_f64() == b.as_f64() && (a.is_f64() || b.is_f64()),
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(name, value)| b.get(name).is_some_and(|other| same(value, other)))
        }
        _ => left == right,
    }
}

impl Astray {
    /// Said of what is written there: `/data/id`, or the name of an operation's member.
    pub fn at(self, place: &str) -> String {
        match self {
            Astray::NoPointer => format!("\"{place}\" is no JSON Pointer"),
            Astray::Nothing => format!("there is nothing at \"{place}\""),
            Astray::NoPlace => format!("there is no place \"{place}\""),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// The table of RFC 7396, appendix A.
    #[test]
    fn merge_patches_do_as_the_table_of_their_rfc() {
        for (before, patch, after) in [
            (json!({"a":"b"}), json!({"a":"c"}), json!({"a":"c"})),
            (json!({"a":"b"}), json!({"b":"c"}), json!({"a":"b","b":"c"})),
            (json!({"a":"b"}), json!({"a":null}), json!({})),
            (json!({"a":"b","b":"c"}), json!({"a":null}), json!({"b":"c"})),
            (json!({"a":["b"]}), json!({"a":"c"}), json!({"a":"c"})),
            (json!({"a":"c"}), json!({"a":["b"]}), json!({"a":["b"]})),
            (json!({"a":{"b":"c"}}), json!({"a":{"b":"d","c":null}}), json!({"a":{"b":"d"}})),
            (json!({"a":[{"b":"c"}]}), json!({"a":[1]}), json!({"a":[1]})),
            (json!(["a", "b"]), json!(["c", "d"]), json!(["c", "d"])),
            (json!({"a":"b"}), json!(["c"]), json!(["c"])),
            (json!({"a":"foo"}), json!(null), json!(null)),
            (json!({"a":"foo"}), json!("bar"), json!("bar")),
            (json!({"e":null}), json!({"a":1}), json!({"e":null,"a":1})),
            (json!([1, 2]), json!({"a":"b","c":null}), json!({"a":"b"})),
            (json!({}), json!({"a":{"bb":{"ccc":null}}}), json!({"a":{"bb":{}}})),
        ] {
            let mut value = before.clone();
            merge(&mut value, &patch);
            assert_eq!(value, after, "{before} with {patch}");
        }
    }

    #[test]
    fn json_patches_do_as_the_examples_of_their_rfc() {
        for (before, operations, after) in [
            (json!({"foo":"bar"}), json!([{"op":"add","path":"/baz","value":"qux"}]), json!({"foo":"bar","baz":"qux"})),
            (
                json!({"foo":["bar","baz"]}),
                json!([{"op":"add","path":"/foo/1","value":"qux"}]),
                json!({"foo":["bar","qux","baz"]}),
            ),
            (json!({"baz":"qux","foo":"bar"}), json!([{"op":"remove","path":"/baz"}]), json!({"foo":"bar"})),
            (
                json!({"foo":["bar","qux","baz"]}),
                json!([{"op":"remove","path":"/foo/1"}]),
                json!({"foo":["bar","baz"]}),
            ),
            (json!({"baz":"qux"}), json!([{"op":"replace","path":"/baz","value":"boo"}]), json!({"baz":"boo"})),
            (
                json!({"foo":{"bar":"baz","waldo":"fred"},"qux":{"corge":"grault"}}),
                json!([{"op":"move","from":"/foo/waldo","path":"/qux/thud"}]),
                json!({"foo":{"bar":"baz"},"qux":{"corge":"grault","thud":"fred"}}),
            ),
            (
                json!({"foo":["all","grass","cows","eat"]}),
                json!([{"op":"move","from":"/foo/1","path":"/foo/3"}]),
                json!({"foo":["all","cows","eat","grass"]}),
            ),
            (
                json!({"baz":"qux","foo":["a",2,"c"]}),
                json!([{"op":"test","path":"/baz","value":"qux"},{"op":"test","path":"/foo/1","value":2.0}]),
                json!({"baz":"qux","foo":["a",2,"c"]}),
            ),
            (
                json!({"foo":"bar"}),
                json!([{"op":"add","path":"/child","value":{"grandchild":{}}}]),
                json!({"foo":"bar","child":{"grandchild":{}}}),
            ),
            (
                json!({"foo":["bar"]}),
                json!([{"op":"add","path":"/foo/-","value":["abc","def"]}]),
                json!({"foo":["bar",["abc","def"]]}),
            ),
            (
                json!({"/":9,"~1":10}),
                json!([{"op":"test","path":"/~01","value":10},{"op":"add","path":"/a~1b","value":1}]),
                json!({"/":9,"~1":10,"a/b":1}),
            ),
            (
                json!({"a":1}),
                json!([{"op":"copy","from":"/a","path":"/b"},{"op":"replace","path":"","value":[1]}]),
                json!([1]),
            ),
        ] {
            let mut value = before.clone();
            assert_eq!(patch(&mut value, &operations, &mut Toil::new(0)), Ok(()), "{operations}");
            assert_eq!(value, after, "{before} with {operations}");
        }
    }

    #[test]
    fn a_patch_that_does_not_fit_changes_nothing() {
        let before = json!({"foo":"bar","list":[1,2],"n":1});
        for operations in [
            json!([{"op":"add","path":"/new","value":1},{"op":"test","path":"/foo","value":"baz"}]),
            json!([{"op":"add","path":"/baz/bat","value":"qux"}]),
            json!([{"op":"add","path":"/list/3","value":1}]),
            json!([{"op":"add","path":"/list/01","value":1}]),
            json!([{"op":"add","path":"/list/+1","value":1}]),
            json!([{"op":"remove","path":"/list/-"}]),
            json!([{"op":"replace","path":"/none","value":1}]),
            json!([{"op":"move","from":"/list","path":"/list/0"}]),
            json!([{"op":"copy","from":"/none","path":"/x"}]),
            json!([{"op":"test","path":"/n","value":"1"}]),
            json!([{"op":"shuffle","path":"/n"}]),
            json!([{"op":"add","path":"n","value":1}]),
            json!([{"op":"add","path":"/n"}]),
            json!({"op":"remove","path":"/n"}),
        ] {
            let mut value = before.clone();
            assert!(patch(&mut value, &operations, &mut Toil::new(0)).is_err(), "{operations}");
            assert_eq!(value, before);
        }
        let keys = json!([{"op":"test","path":"/foo","value":"sk_live_1"}]);
        assert_eq!(
            patch(&mut before.clone(), &keys, &mut Toil::new(0)),
            Err("operation 1: another value is at \"path\"".to_owned())
        );
        let keys = json!([{"op":"remove","path":"/foo"}, {"op":"remove","path":"/sk_live_1"}]);
        assert_eq!(
            patch(&mut before.clone(), &keys, &mut Toil::new(0)),
            Err("operation 2: there is nothing at \"path\"".to_owned())
        );
        let doubling: Vec<Value> = (0..40).map(|n| json!({"op":"copy","from":"","path":format!("/c{n}")})).collect();
        let mut value = json!({"text":"x".repeat(1000)});
        assert!(patch(&mut value, &Value::Array(doubling), &mut Toil::new(1_000)).unwrap_err().contains("16 MiB"));
    }

    #[test]
    fn places_are_set_and_what_leads_to_them_is_made() {
        let mut value = json!({"data":{"topics":["a"],"n":null,"text":"x"}});
        for (path, new) in [
            ("/data/n/m", json!(1)),
            ("/data/n", json!(1)),
            ("/data/topics/-", json!("b")),
            ("/data/topics/0", json!("A")),
            ("/data/made/on/the/way", json!(true)),
            ("/data/list/-", json!(1)),
            ("/data/a~1b", json!({})),
        ] {
            assert_eq!(set(&mut value, path, new), Ok(()), "{path}");
        }
        let expected = json!({"data":{"topics":["A","b"],"n":1,"text":"x","made":{"on":{"the":{"way":true}}},"list":[1],"a/b":{}}});
        assert_eq!(value, expected);
        for path in ["/data/text/x", "/data/topics/9", "/data/topics/x", "data", "/data/topics/9/x"] {
            assert!(set(&mut value, path, json!(1)).is_err(), "{path}");
        }
        assert_eq!(value, expected);
        assert_eq!(remove(&mut value, "/data/made"), Ok(()));
        assert_eq!(remove(&mut value, "/data/topics/1"), Ok(()));
        assert!(remove(&mut value, "/data/nothing").is_err());
        assert_eq!(value, json!({"data":{"topics":["A"],"n":1,"text":"x","list":[1],"a/b":{}}}));
        assert_eq!(set(&mut value, "", json!(7)), Ok(()));
        assert_eq!(value, json!(7));
    }

    #[test]
    fn many_changes_of_a_long_answer_end_soon() {
        let mut long = json!({ "rows": vec![0; 500_000] });
        let mut toil = Toil::new(4_000_000);
        for steps in [
            json!([{"op":"copy","from":"/rows","path":"/copy"},{"op":"remove","path":"/copy"}]),
            json!([{"op":"add","path":"/rows/0","value":1}]),
            json!([{"op":"move","from":"/rows/0","path":"/rows/-"}]),
        ] {
            let steps: Vec<Value> = steps.as_array().unwrap().iter().cycle().take(1_000).cloned().collect();
            let refused = patch(&mut long, &Value::Array(steps), &mut Toil::new(4_000_000)).unwrap_err();
            assert!(refused.contains("beyond 16 MiB") || refused.contains("more work than"), "{refused}");
        }
        let many = (0..1_000).take_while(|_| patch(&mut long, &json!([]), &mut toil).is_ok()).count();
        assert_eq!(many, (64 << 20) / 4_000_000, "each keeps a copy for the case that it does not fit");
    }
}
