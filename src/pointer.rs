//! JSON Pointers, and their parts: names in which `~` and `/` are written as `~0` and `~1`.

use std::borrow::Cow;

use serde_json::Value;

/// The value that a pointer leads to. Unlike `Value::pointer` it copies no part of the pointer that has nothing to unescape,
/// and a contract is full of references to follow.
pub fn target<'v>(root: &'v Value, pointer: &str) -> Option<&'v Value> {
    let mut parts = pointer.split('/');
    parts.next().filter(|before| before.is_empty())?;
    parts.try_fold(root, |value, part| match value {
        Value::Object(members) => members.get(&*unescaped(part)),
        Value::Array(items) => items.get(index(part)?),
        _ => None,
    })
}

fn index(part: &str) -> Option<usize> {
    let is_plain = part == "0" || !part.starts_with(['0', '+']);
    part.parse().ok().filter(|_| is_plain)
}

/// A name as a part of a pointer.
pub fn escaped(name: &str) -> Cow<'_, str> {
    match name.contains(['~', '/']) {
        true => Cow::Owned(name.replace('~', "~0").replace('/', "~1")),
        false => Cow::Borrowed(name),
    }
}

/// The name that a part of a pointer stands for.
pub fn unescaped(part: &str) -> Cow<'_, str> {
    match part.contains('~') {
        true => Cow::Owned(part.replace("~1", "/").replace("~0", "~")),
        false => Cow::Borrowed(part),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pointer_leads_where_the_standard_says() {
        let value = serde_json::json!({ "": 1, "a": [{ "b": 2 }, 3], "x/y": { "~": 4 } });
        let pointers = [
            "", "/", "/a", "/a/0/b", "/a/1", "/a/01", "/a/+1", "/a/-", "/a/2", "/a/1/b", "/x~1y/~0", "/x/y", "a", "a/0",
        ];
        for pointer in pointers {
            assert_eq!(target(&value, pointer), value.pointer(pointer), "{pointer}");
        }
        assert_eq!(target(&value, "/x~1y/~0"), Some(&Value::from(4)));
    }

    #[test]
    fn what_is_escaped_comes_back() {
        for (name, part) in [("a", "a"), ("a/b", "a~1b"), ("~1", "~01"), ("~/", "~0~1"), ("", "")] {
            assert_eq!((escaped(name), unescaped(part)), (part.into(), name.into()));
        }
    }
}
