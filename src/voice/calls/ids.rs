//! The ids of calls: a permutation of their numbers under the seed, so that an id leads back to its call without a map.

use crate::seed::{Draws, Seed};

pub const PREFIX: &str = "conv_";
const DIGITS: usize = 12;
/// Numbers of 62 bits: all of them have twelve digits to the base 36, and no more.
const HALF: u32 = 31;
const MASK: u64 = (1 << HALF) - 1;
const ROUNDS: u64 = 4;

#[derive(Debug, Clone, Copy)]
pub struct Ids(Draws);

impl Ids {
    pub fn new(seed: Seed) -> Ids {
        Ids(seed.draws("call ids"))
    }

    pub fn id(self, number: u64) -> String {
        let (mut left, mut right) = ((number >> HALF) & MASK, number & MASK);
        for round in 0..ROUNDS {
            (left, right) = (right, left ^ self.mixed(round, right));
        }
        let mut rest = left << HALF | right;
        let mut digits = [0; DIGITS];
        for digit in digits.iter_mut().rev() {
            *digit = b"0123456789abcdefghijklmnopqrstuvwxyz"[(rest % 36) as usize];
            rest /= 36;
        }
        digits.iter().fold(String::from(PREFIX), |mut id, digit| {
            id.push(char::from(*digit));
            id
        })
    }

    /// The number that an id was made of, if it was made here at all.
    pub fn number(self, id: &str) -> Option<u64> {
        let digits = id.strip_prefix(PREFIX).filter(|digits| digits.len() == DIGITS)?;
        if !digits.bytes().all(|digit| digit.is_ascii_digit() || digit.is_ascii_lowercase()) {
            return None;
        }
        let mixed = u64::from_str_radix(digits, 36).ok().filter(|mixed| mixed >> (2 * HALF) == 0)?;
        let (mut left, mut right) = (mixed >> HALF, mixed & MASK);
        for round in (0..ROUNDS).rev() {
            (left, right) = (right ^ self.mixed(round, left), left);
        }
        Some(left << HALF | right)
    }

    fn mixed(self, round: u64, half: u64) -> u64 {
        self.0.of(round).number(half) & MASK
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_leads_back() {
        let ids = Ids::new(Seed(42));
        let numbers = (0..2_000).chain([MASK, 1 << 40, (1 << 40) + 7, (1 << 62) - 1]);
        let mut seen = std::collections::HashSet::new();
        for number in numbers {
            let id = ids.id(number);
            assert_eq!(id.len(), PREFIX.len() + DIGITS);
            assert_eq!(ids.number(&id), Some(number), "{id}");
            assert!(seen.insert(id));
        }
        assert_ne!(ids.id(1), Ids::new(Seed(43)).id(1));
    }

    #[test]
    fn what_is_no_id_leads_nowhere() {
        let ids = Ids::new(Seed(42));
        for text in [
            "",
            "conv_",
            "conv_abc",
            "agent_abc123xyz789",
            "conv_ABC123XYZ789",
            "conv_zzzzzzzzzzzz",
            "conv_+bc123xyz78",
            "conv_éé3456789",
        ] {
            assert_eq!(ids.number(text), None, "{text}");
        }
    }
}
