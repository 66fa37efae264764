//! Query parameters that no operation declares: a slip of the pen more often than not.

use serde_json::Value;

use super::{MOST, Reading};
use crate::breach::{Breach, Place, Severity, cut};
use crate::contract::operation::{Location, Operation};
use crate::contract::sentence;
use crate::nearest::nearest;

/// Names by which a query says which documented answer is wanted, where no parameter is declared under such a name.
pub const PREFERENCES: [&str; 4] = ["__code", "__example", "__dynamic", "__seed"];

impl Reading<'_> {
    /// Notes each name of the query that was not asked for. What else stands in headers and cookies is nobody's concern.
    pub(super) fn unknown(&mut self, operation: &Operation) {
        let mut unused = self.query.iter().filter(|pair| !pair.used && !PREFERENCES.contains(&&*pair.name)).peekable();
        if unused.peek().is_none() {
            return;
        }
        let declared = operation.parameters.iter().filter(|parameter| parameter.location == Location::Query);
        let known: Vec<&str> = declared.map(|parameter| parameter.name.as_str()).collect();
        let expected = match known.is_empty() {
            true => "no query parameters".to_owned(),
            false => format!("a parameter named {}", sentence::names(&known)),
        };
        for pair in unused {
            let place = Place::Query(cut(&pair.name));
            if self.breaches.len() >= MOST {
                return;
            }
            if self.breaches.iter().any(|breach| breach.place == place) {
                continue;
            }
            let near = nearest(&pair.name, known.iter().copied());
            let found = sentence::found(&Value::from(&*pair.name));
            self.breaches.push(Breach {
                severity: Severity::Warning,
                hint: near.map(|near| format!("did you mean {near:?}?")),
                ..Breach::new(place, "unknown", &*expected, found)
            });
        }
    }
}
