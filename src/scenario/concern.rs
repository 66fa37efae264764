//! Which rules of a scenario may concern an operation, so that a request does not meet those about other ones.

use std::iter::Peekable;
use std::slice::Iter;
use std::sync::OnceLock;

use super::plan::{Operations, Rule};

/// Worked out once, when it is first asked for.
#[derive(Debug, Default)]
pub struct Concern(OnceLock<Sorted>);

/// The places of rules, each list in their order.
#[derive(Debug, Default)]
struct Sorted {
    everywhere: Vec<usize>,
    /// By the operation's place. One that is not there has no rule of its own.
    somewhere: Vec<Vec<usize>>,
}

/// The places of some rules, in their order.
pub(super) struct Places<'c> {
    everywhere: Peekable<Iter<'c, usize>>,
    somewhere: Peekable<Iter<'c, usize>>,
}

impl Concern {
    /// The rules that may concern an operation. `rules` are always the same.
    pub(super) fn of(&self, rules: &[Rule], operation: usize) -> Places<'_> {
        let sorted = self.0.get_or_init(|| Sorted::new(rules));
        let somewhere = sorted.somewhere.get(operation).map_or(&[][..], Vec::as_slice);
        Places { everywhere: sorted.everywhere.iter().peekable(), somewhere: somewhere.iter().peekable() }
    }
}

impl Sorted {
    fn new(rules: &[Rule]) -> Sorted {
        let mut sorted = Sorted::default();
        for (place, rule) in rules.iter().enumerate() {
            match &rule.when.operations {
                Operations::All => sorted.everywhere.push(place),
                Operations::Some(operations) => {
                    for &operation in operations {
                        if sorted.somewhere.len() <= operation {
                            sorted.somewhere.resize_with(operation + 1, Vec::new);
                        }
                        sorted.somewhere[operation].push(place);
                    }
                }
            }
        }
        sorted
    }
}

impl Iterator for Places<'_> {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        let first = match (self.everywhere.peek(), self.somewhere.peek()) {
            (Some(everywhere), Some(somewhere)) if somewhere < everywhere => &mut self.somewhere,
            (None, _) => &mut self.somewhere,
            _ => &mut self.everywhere,
        };
        first.next().copied()
    }
}
