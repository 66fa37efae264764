//! One value of the file, and where it stands.

use serde_json::Value;

use crate::pointer::escaped;

#[derive(Debug, Clone)]
pub struct At<'f> {
    pub pointer: String,
    pub value: &'f Value,
}

impl<'f> At<'f> {
    pub fn root(value: &'f Value) -> At<'f> {
        At { pointer: String::new(), value }
    }

    /// A member of an object.
    pub fn get(&self, name: &str) -> Option<At<'f>> {
        Some(self.below(name, self.value.get(name)?))
    }

    /// What stands at a pointer below.
    pub fn find(&self, pointer: &str) -> Option<At<'f>> {
        let value = self.value.pointer(pointer)?;
        Some(At { pointer: format!("{}{pointer}", self.pointer), value })
    }

    /// The members of an object, in the order of the file.
    pub fn members(&self) -> impl Iterator<Item = (&'f str, At<'f>)> + use<'f> {
        let here = self.clone();
        let members = self.value.as_object().into_iter().flatten();
        members.map(move |(name, value)| (name.as_str(), here.below(name, value)))
    }

    /// The items of a list; a value that is no list is its only item.
    pub fn items(&self) -> Vec<At<'f>> {
        match self.value {
            Value::Array(items) => items.iter().enumerate().map(|(n, item)| self.below(&n.to_string(), item)).collect(),
            _ => vec![self.clone()],
        }
    }

    pub fn text(&self) -> Option<&'f str> {
        self.value.as_str()
    }

    pub fn flag(&self, name: &str) -> bool {
        self.value.get(name).and_then(Value::as_bool).unwrap_or(false)
    }

    fn below(&self, name: &str, value: &'f Value) -> At<'f> {
        At { pointer: format!("{}/{}", self.pointer, escaped(name)), value }
    }
}
