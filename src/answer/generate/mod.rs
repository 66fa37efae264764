//! Values made from a schema: realistic, the same for the same seed, and valid.
//!
//! A value is drawn from its shape so that it should fit, and then held against the schema. Where it doesn't, the
//! places that the validator names are drawn anew (another branch, fewer members, other numbers) until it does.

mod draw;
mod gather;
mod heirs;
mod limits;
mod number;
mod object;
mod pattern;
mod shape;
mod text;

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::Value;

use self::draw::Draw;
use self::shape::{Key, Part, Shapes};
use crate::contract::{Bundle, Contract, Direction, Schema};
use crate::seed::Seed;

/// So often is a value mended before the best one so far is taken.
const ROUNDS: u32 = 60;
/// And so many parts are made for it in all, so that an impossible schema does not keep a request waiting.
const PARTS: usize = 100_000;

/// Makes values for the schemas of one contract.
#[derive(Debug)]
pub struct Generator {
    contract: Arc<Contract>,
    shapes: Shapes,
}

/// What a value is made for.
#[derive(Debug, Clone, Copy)]
pub struct Wish<'a> {
    /// Already of this value alone: see [`Generator::seed_for`].
    pub seed: Seed,
    /// What the value belongs to (`orders`): it names ids and decides what a bare `name` is.
    pub owner: &'a str,
    /// What the value itself is called, if it has a name.
    pub name: &'a str,
    /// Whether examples that stand at the schema's parts are taken for them.
    pub examples: bool,
}

impl Generator {
    pub fn new(contract: Arc<Contract>) -> Generator {
        Generator { contract, shapes: Shapes::default() }
    }

    /// The seed of one value, from what it is for: operation, response, media type.
    pub fn seed_for<'s>(seed: Seed, parts: impl IntoIterator<Item = &'s str>) -> Seed {
        Seed(seed.stream(parts).between(0, i64::MAX) as u64)
    }

    /// A value for an answer. If no valid one is found (a schema may be impossible to fulfil) it is the best that was,
    /// and the log says so.
    pub fn generate(&self, schema: &Schema, wish: Wish) -> Value {
        let cursor = schema.cursor(&self.contract.bundle);
        let key = Arc::new(Key::of(vec![Part::new(cursor.file_index(), cursor.pointer.as_str())]));
        let shape = self.shapes.get(&self.contract.bundle, &key);
        let mut mending: HashMap<String, u32> = HashMap::new();
        let mut best: Option<(usize, Value)> = None;
        let mut made = 0;
        for round in 0..ROUNDS {
            let (value, parts) = Draw::new(self, wish, &mending).root(&shape);
            made += parts;
            let breaches = self.contract.schemas.check(schema, &value, Direction::Response);
            if breaches.is_empty() {
                return value;
            }
            for breach in &breaches {
                mend(&mut mending, breach.place.name(), round);
            }
            if best.as_ref().is_none_or(|(fewest, _)| breaches.len() < *fewest) {
                best = Some((breaches.len(), value));
            }
            if made > PARTS {
                break;
            }
        }
        tracing::warn!(schema = %cursor.uri(), "no value was found that fits this schema: the answer breaks it");
        best.map(|(_, value)| value).unwrap_or_default()
    }

    fn bundle(&self) -> &Bundle {
        &self.contract.bundle
    }
}

/// Marks a place to be drawn anew. If that does not help for some rounds, what is around it is drawn anew as well.
fn mend(mending: &mut HashMap<String, u32>, pointer: &str, round: u32) {
    *mending.entry(pointer.to_owned()).or_default() += 1;
    if round % 4 == 3
        && let Some((parent, _)) = pointer.rsplit_once('/')
    {
        *mending.entry(parent.to_owned()).or_default() += 1;
        if round % 8 == 7 && !parent.is_empty() {
            *mending.entry(String::new()).or_default() += 1;
        }
    }
}

#[cfg(test)]
mod tests;
