//! The only source of chance. Every value is a function of the seed and of what it is for, never of the order
//! in which values are asked for, so that the same seed always gives the same bytes.

use rand::rngs::Xoshiro256PlusPlus;
use rand::{Rng, RngExt, SeedableRng};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seed(pub u64);

/// The random numbers that belong to one value.
pub struct Stream(Xoshiro256PlusPlus);

/// The random numbers of things that are known by number, where millions are asked for: one costs a few nanoseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Draws(u64);

impl Seed {
    /// The seed of something that has chance of its own.
    pub fn of(self, name: &str) -> Seed {
        Seed(self.hash([name]))
    }

    /// A number that stands for these bytes: the same in every run, and another for almost any others.
    pub fn digest(self, bytes: &[u8]) -> u64 {
        let (chunks, rest) = bytes.as_chunks::<8>();
        let state = chunks.iter().fold(mix(self.0), |state, chunk| mix(state ^ u64::from_le_bytes(*chunk)));
        let rest = rest.iter().fold(rest.len() as u64, |rest, byte| rest << 8 | u64::from(*byte));
        mix(state ^ rest)
    }

    /// The stream of the value that `parts` names, from general to special.
    pub fn stream<'a>(self, parts: impl IntoIterator<Item = &'a str>) -> Stream {
        Stream(Xoshiro256PlusPlus::seed_from_u64(self.hash(parts)))
    }

    /// The draws for one purpose.
    pub fn draws(self, purpose: &str) -> Draws {
        Draws(self.hash([purpose]))
    }

    /// A request's id: unlike any other of this run, and the same one in every run with this seed.
    pub fn request_id(self, sequence: u64) -> String {
        const DIGITS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";
        let mut rest = mix(self.0 ^ mix(sequence));
        let mut id = String::with_capacity(17);
        id.push_str("req_");
        for _ in 0..13 {
            id.push(char::from(DIGITS[(rest % 36) as usize]));
            rest /= 36;
        }
        id
    }

    fn hash<'a>(self, parts: impl IntoIterator<Item = &'a str>) -> u64 {
        let mut state = mix(self.0);
        for part in parts {
            for chunk in part.as_bytes() {
                state = (state ^ u64::from(*chunk)).wrapping_mul(0x0000_0100_0000_01b3);
            }
            // A separator, so that ("ab", "c") and ("a", "bc") differ.
            state = mix(state);
        }
        state
    }
}

/// The finaliser of SplitMix64: every bit of the input moves every bit of the output.
fn mix(value: u64) -> u64 {
    let mut z = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

impl Stream {
    /// A number from 0 up to, but not including, `bound` (which is taken as at least 1).
    pub fn below(&mut self, bound: usize) -> usize {
        self.0.random_range(0..bound.max(1))
    }

    pub fn between(&mut self, low: i64, high: i64) -> i64 {
        self.0.random_range(low..=high.max(low))
    }

    /// A number from 0 up to, but not including, 1.
    pub fn unit(&mut self) -> f64 {
        self.0.random()
    }

    pub fn chance(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// One of `items`, which must not be empty.
    pub fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len())]
    }

    /// The generator itself, for the one room that hands it to another crate.
    pub fn rng(&mut self) -> &mut impl Rng {
        &mut self.0
    }
}

impl Draws {
    /// Those of the thing with this number.
    pub fn of(self, number: u64) -> Draws {
        Draws(mix(self.0 ^ mix(number)))
    }

    pub fn number(self, place: u64) -> u64 {
        mix(self.0.wrapping_add(place.wrapping_mul(0xd1b5_4a32_d192_ed03)))
    }

    /// From 0 up to, but not including, 1.
    pub fn unit(self, place: u64) -> f64 {
        (self.number(place) >> 11) as f64 / (1u64 << 53) as f64
    }

    /// From 0 up to, but not including, `bound` (which is taken as at least 1).
    pub fn below(self, place: u64, bound: usize) -> usize {
        ((u128::from(self.number(place)) * bound.max(1) as u128) >> 64) as usize
    }

    pub fn chance(self, place: u64, probability: f64) -> bool {
        self.unit(place) < probability
    }

    /// Evenly from `low` up to `high`.
    pub fn within(self, place: u64, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit(place)
    }

    /// From the normal distribution around 0, with deviation 1.
    pub fn normal(self, place: u64) -> f64 {
        let own = self.of(place);
        // From above 0 up to 1, since the logarithm of 0 is none.
        let radius = (-2.0 * (1.0 - own.unit(0)).ln()).sqrt();
        radius * (std::f64::consts::TAU * own.unit(1)).cos()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_depends_on_its_name_alone() {
        let seed = Seed(42);
        let first = seed.stream(["a", "b"]).below(1 << 30);
        seed.stream(["something", "else"]).below(9);
        assert_eq!(first, seed.stream(["a", "b"]).below(1 << 30));
        assert_ne!(first, seed.stream(["ab", ""]).below(1 << 30));
        assert_ne!(first, Seed(43).stream(["a", "b"]).below(1 << 30));
    }

    #[test]
    fn draws_are_spread_as_they_promise() {
        let draws = Seed(42).draws("test");
        assert_ne!(draws, Seed(42).draws("other"));
        let mut counts = [0; 10];
        let (mut sum, mut squares) = (0.0, 0.0);
        for n in 0..10_000 {
            counts[draws.of(n).below(3, 10)] += 1;
            let normal = draws.of(n).normal(7);
            (sum, squares) = (sum + normal, squares + normal * normal);
            assert!((2.0..5.0).contains(&draws.of(n).within(1, 2.0, 5.0)));
        }
        assert!(counts.iter().all(|count| (850..1150).contains(count)), "{counts:?}");
        assert!((sum / 1e4).abs() < 0.05 && (squares / 1e4 - 1.0).abs() < 0.05, "{sum} {squares}");
    }

    #[test]
    fn request_ids_differ() {
        let ids: std::collections::HashSet<_> = (0..10_000).map(|n| Seed(1).request_id(n)).collect();
        assert_eq!(ids.len(), 10_000);
    }
}
