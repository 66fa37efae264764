//! What came out of a change, held against the collection's schema: what that does not show is hidden, and what was only put
//! in for want of a value goes where it may not be.

use serde_json::Value;

use super::{Change, Members, Refusal};
use crate::breach::{Breach, Place, Severity};
use crate::contract::Direction;
use crate::pointer;

/// Breaches are told twenty at a time.
const ROUNDS: usize = 16;

impl<'c> Change<'c> {
    /// `empty` are members that may go, `checked` those that may be refused.
    pub(super) fn settled(
        &self,
        mut shown: Value,
        mut hidden: Members,
        empty: &[String],
        checked: &[&str],
    ) -> Result<(Value, Members), Refusal<'c>> {
        let Some(schema) = &self.collection.schema else { return Ok((shown, hidden)) };
        for _ in 0..ROUNDS {
            let breaches = self.schemas.check(schema, &shown, Direction::Response);
            let breaches = breaches.into_iter().filter(|breach| breach.severity == Severity::Error);
            let (mut refused, mut settled) = (Vec::new(), true);
            for breach in breaches {
                let Some(name) = member(&breach) else { continue };
                let Some(members) = shown.as_object_mut().filter(|members| members.contains_key(&name)) else {
                    continue;
                };
                if empty.contains(&name) {
                    members.shift_remove(&name);
                    settled = false;
                } else if is_not_shown(&breach) {
                    hidden.extend(members.shift_remove_entry(&name));
                    settled = false;
                } else if checked.contains(&name.as_str()) {
                    refused.push(breach);
                }
            }
            if !refused.is_empty() {
                return Err(Refusal::Breaches(refused));
            }
            if settled {
                break;
            }
        }
        Ok((shown, hidden))
    }
}

/// The record's member that a breach lies in.
fn member(breach: &Breach) -> Option<String> {
    let Place::Body(place) = &breach.place else { return None };
    place.split('/').nth(1).map(|part| pointer::unescaped(part).into_owned())
}

/// A whole member that the schema does not know, or keeps to itself.
fn is_not_shown(breach: &Breach) -> bool {
    matches!(&*breach.code, "unknown" | "writeonly") && breach.place.name().matches('/').count() == 1
}
