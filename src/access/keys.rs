//! The keys that callers may show, and how one that was shown is found among them.

mod file;

use std::collections::HashMap;
use std::hint::black_box;

use jiff::Timestamp;

use crate::problem::Kind;
use crate::source::{Diagnostic, SourceFile};

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
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Keys {
    keys: Vec<Key>,
    /// The places of those that are no prefix.
    whole: HashMap<String, usize>,
}

impl Keys {
    /// Reads the file. `tiers` are those of the contract.
    pub fn read(file: &SourceFile, tiers: &[&str]) -> Result<Keys, Vec<Diagnostic>> {
        file::read(file, tiers).map(|keys| {
            let whole = keys.iter().enumerate().filter(|(_, key)| !key.prefix);
            Keys { whole: whole.map(|(place, key)| (key.text.clone(), place)).collect(), keys }
        })
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

    /// The place of a key that was not taken back, or what is wrong with it. A whole key goes before a prefix. Whole ones are
    /// found by a hash of which nobody knows the seed, and prefixes are compared to their ends, so that the time taken
    /// tells nothing about how much of one was right.
    pub(super) fn find(&self, shown: &str) -> Result<usize, Kind> {
        if self.keys.is_empty() {
            return Ok(0);
        }
        let begun = || self.keys.iter().position(|key| key.prefix && same_beginning(shown, &key.text));
        let place = self.whole.get(shown).copied().or_else(begun).ok_or(Kind::UnknownKey)?;
        if self.keys[place].revoked { Err(Kind::RevokedKey) } else { Ok(place) }
    }

    pub(super) fn has_scopes(&self, place: usize, needed: &[String]) -> bool {
        match self.keys.get(place).map(|key| &key.scopes) {
            None | Some(Scopes::All) => true,
            Some(Scopes::These(held)) => needed.iter().all(|scope| held.contains(scope)),
        }
    }
}

/// Equality in a time that depends on the lengths alone.
pub fn same_secret(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if a.len() != b.len() {
        return false;
    }
    let differing = a.iter().zip(b).fold(0, |all, (x, y)| all | (x ^ y));
    // Hidden as a whole and not byte by byte: the loop has nothing to end early for, and may take many bytes at once.
    black_box(differing) == 0
}

fn same_beginning(shown: &str, prefix: &str) -> bool {
    shown.len() > prefix.len() && shown.is_char_boundary(prefix.len()) && same_secret(&shown[..prefix.len()], prefix)
}
