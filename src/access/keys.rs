//! The keys that callers may show: `fixtures/keys.yaml`, read and checked.

use std::hint::black_box;

use jiff::Timestamp;
use serde_json::Value;

use crate::nearest::nearest;
use crate::problem::Kind;
use crate::source::{Diagnostic, Level, SourceFile};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// The key, or what it begins with.
    pub text: String,
    /// Stands for every key that begins so.
    pub prefix: bool,
    pub about: String,
    pub tier: Option<String>,
    pub scopes: Scopes,
    pub revoked: bool,
    pub expires_at: Option<Timestamp>,
    /// Shown to the user at the start.
    pub default: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scopes {
    All,
    These(Vec<String>),
}

/// All keys. Without any, every well-formed key is good.
#[derive(Debug, Clone, Default)]
pub struct Keys {
    keys: Vec<Key>,
}

const MEMBERS: [&str; 8] = ["key", "prefix", "about", "tier", "scopes", "revoked", "expires_at", "default"];

impl Keys {
    /// Reads the file. `tiers` are those of the contract.
    pub fn read(file: &SourceFile, tiers: &[&str]) -> Result<Keys, Vec<Diagnostic>> {
        let mut findings = Vec::new();
        let mut keys = Vec::new();
        match file.value.get("keys").and_then(Value::as_array) {
            None => findings.push(finding(file, "", "a list of keys is expected: `keys: [...]`")),
            Some(list) => {
                for (n, value) in list.iter().enumerate() {
                    keys.extend(read_key(file, &format!("/keys/{n}"), value, tiers, &mut findings));
                }
            }
        }
        if findings.is_empty() { Ok(Keys { keys }) } else { Err(findings) }
    }

    pub fn iter(&self) -> impl Iterator<Item = &Key> {
        self.keys.iter()
    }

    pub fn get(&self, place: usize) -> Option<&Key> {
        self.keys.get(place)
    }

    /// The key to show to a new user.
    pub fn default_key(&self) -> Option<&str> {
        self.keys.iter().find(|key| key.default).map(|key| key.text.as_str())
    }

    /// The place of a good key, or what is wrong with it. A whole key goes before a prefix. Every key is compared to
    /// its end, so that the time taken tells nothing about how much of one was right.
    pub(super) fn find(&self, shown: &str, now: Timestamp) -> Result<usize, Kind> {
        if self.keys.is_empty() {
            return Ok(0);
        }
        let (mut exact, mut begun) = (None, None);
        for (place, key) in self.keys.iter().enumerate() {
            let equal = if key.prefix { same_beginning(shown, &key.text) } else { same(shown, &key.text) };
            match equal {
                true if key.prefix => begun = begun.or(Some(place)),
                true => exact = Some(place),
                false => {}
            }
        }
        let place = exact.or(begun).ok_or(Kind::UnknownKey)?;
        let key = &self.keys[place];
        match key {
            Key { revoked: true, .. } => Err(Kind::RevokedKey),
            Key { expires_at: Some(end), .. } if *end <= now => Err(Kind::ExpiredKey),
            _ => Ok(place),
        }
    }

    pub(super) fn has_scopes(&self, place: usize, needed: &[String]) -> bool {
        match self.keys.get(place).map(|key| &key.scopes) {
            None | Some(Scopes::All) => true,
            Some(Scopes::These(held)) => needed.iter().all(|scope| held.contains(scope)),
        }
    }
}

/// Equality in a time that depends on the lengths alone.
fn same(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let length = a.len() ^ b.len();
    let differing = a.iter().zip(b).fold(0, |all, (x, y)| all | (x ^ y));
    // Hidden as a whole and not byte by byte: the loop has nothing to end early for, and may take many bytes at once.
    length == 0 && black_box(differing) == 0
}

fn same_beginning(shown: &str, prefix: &str) -> bool {
    shown.len() > prefix.len() && shown.is_char_boundary(prefix.len()) && same(&shown[..prefix.len()], prefix)
}

fn read_key(
    file: &SourceFile,
    place: &str,
    value: &Value,
    tiers: &[&str],
    findings: &mut Vec<Diagnostic>,
) -> Option<Key> {
    let before = findings.len();
    let mut fault = |member: &str, message: String| findings.push(finding(file, &format!("{place}{member}"), &message));
    let Some(members) = value.as_object() else {
        fault("", "a key is an object with `key` or `prefix`".to_owned());
        return None;
    };
    for name in members.keys().filter(|name| !MEMBERS.contains(&name.as_str())) {
        let hint = nearest(name, MEMBERS).map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
        fault(&format!("/{name}"), format!("unknown member `{name}`{hint}"));
    }
    let text = |name: &str| members.get(name).and_then(Value::as_str);
    let flag = |name: &str| members.get(name).and_then(Value::as_bool).unwrap_or(false);
    let (key, prefix) = (text("key"), text("prefix"));
    if key.or(prefix).is_none_or(str::is_empty) || (key.is_some() && prefix.is_some()) {
        fault("", "exactly one of `key` and `prefix` is expected, as text".to_owned());
    }
    if let Some(tier) = text("tier").filter(|tier| !tiers.contains(tier)) {
        fault("/tier", format!("the contract has no tier `{tier}`; it has: {}", tiers.join(", ")));
    }
    for name in ["revoked", "default"].into_iter().filter(|name| members.get(*name).is_some_and(|v| !v.is_boolean())) {
        fault(&format!("/{name}"), format!("`{name}` is true or false"));
    }
    let scopes = match members.get("scopes").and_then(Value::as_array) {
        None => {
            fault("", "`scopes` is a list, such as [\"*\"] for all".to_owned());
            Vec::new()
        }
        Some(list) => list.iter().filter_map(|scope| scope.as_str().map(str::to_owned)).collect(),
    };
    let expires_at = match members.get("expires_at") {
        None => None,
        Some(value) => {
            let time = value.as_str().and_then(|text| text.parse::<Timestamp>().ok());
            if time.is_none() {
                fault("/expires_at", "a time such as 2025-01-15T15:00:00Z is expected".to_owned());
            }
            time
        }
    };
    (findings.len() == before).then(|| Key {
        text: key.or(prefix).unwrap_or_default().to_owned(),
        prefix: key.is_none(),
        about: text("about").unwrap_or_default().to_owned(),
        tier: text("tier").map(str::to_owned),
        scopes: if scopes.iter().any(|scope| scope == "*") { Scopes::All } else { Scopes::These(scopes) },
        revoked: flag("revoked"),
        expires_at,
        default: flag("default"),
    })
}

fn finding(file: &SourceFile, pointer: &str, message: &str) -> Diagnostic {
    Diagnostic {
        level: Level::Error,
        code: "E0301",
        message: message.to_owned(),
        spot: Some(file.spot(pointer)),
        label: String::new(),
        help: None,
    }
}
