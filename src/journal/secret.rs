//! What is taken out of texts before anybody reads them: keys, wherever they turn up again, and signatures.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use serde_json::Value;

use crate::contract::{HIDDEN, unsigned};

/// What is shorter is found in many a word that is no key.
const SHORTEST: usize = 6;

/// Keys that everybody may show, whose texts are looked for in everything that is told.
#[derive(Default)]
pub struct Mask(Vec<String>);

/// What must not be told of one exchange.
#[derive(Clone, Default)]
pub struct Secret {
    pub known: Arc<Mask>,
    /// What the client showed and nobody knows.
    pub shown: Vec<String>,
}

impl Mask {
    pub fn of(keys: impl IntoIterator<Item = String>) -> Mask {
        let mut keys: Vec<String> = keys.into_iter().filter(|key| key.len() >= SHORTEST).collect();
        // One that another begins with must not leave the rest of that one behind.
        keys.sort_by_key(|key| std::cmp::Reverse(key.len()));
        Mask(keys)
    }
}

impl Secret {
    pub fn hide<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let mut hidden = unsigned(text);
        let shown = self.shown.iter().filter(|key| key.len() >= SHORTEST);
        for key in shown.chain(&self.known.0) {
            if hidden.contains(key.as_str()) {
                hidden = Cow::Owned(hidden.replace(key.as_str(), HIDDEN));
            }
        }
        hidden
    }

    /// In every text of a value.
    pub fn hide_in(&self, value: &mut Value) {
        match value {
            Value::String(text) => {
                if let Cow::Owned(hidden) = self.hide(text) {
                    *text = hidden;
                }
            }
            Value::Array(items) => items.iter_mut().for_each(|item| self.hide_in(item)),
            Value::Object(members) => members.values_mut().for_each(|member| self.hide_in(member)),
            _ => {}
        }
    }
}

impl fmt::Debug for Mask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} keys", self.0.len())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{HIDDEN}")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn keys_are_hidden_wherever_they_turn_up() {
        let known = Arc::new(Mask::of(["sk_live".to_owned(), "sk_live_long".to_owned(), "short".to_owned()]));
        let secret = Secret { known, shown: vec!["shown_once".to_owned()] };
        assert_eq!(secret.hide("sk_live_long sk_live short shown_once"), "*** *** short ***");
        let mut value = json!({ "a": ["sk_live", 1, { "b": "shown_once!" }], "c": "signature=ab" });
        secret.hide_in(&mut value);
        assert_eq!(value, json!({ "a": ["***", 1, { "b": "***!" }], "c": "signature=***" }));
        assert!(!format!("{secret:?}").contains("shown_once"));
    }
}
