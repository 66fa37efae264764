//! Which of the requests that a rule counts it takes by chance: of each thousand exactly the share that is asked for, at
//! places that follow from the seed, and as evenly as that allows, so that a short run sees its share too.

use crate::seed::{Draws, Seed};

/// The share is exact in every block of so many requests.
const BLOCK: u64 = 1_000;
/// Shares are of a million.
const WHOLE: u64 = 1_000_000;

/// The chance of one rule in one lane.
#[derive(Debug, Clone, Copy)]
pub(super) struct Chance(Draws);

impl Chance {
    /// `value` is what the rule counts apart, if it does.
    pub fn new(seed: Seed, lane: &str, scenario: &str, rule: &str, value: u64) -> Chance {
        Chance(seed.of("chance").of(lane).of(scenario).draws(rule).of(value))
    }

    /// Whether the request of this count, from 1, is taken. `share` is of a million. Whoever raises the share takes the same
    /// requests, and more.
    pub fn takes(self, count: u64, share: u32) -> bool {
        let (block, place) = ((count.saturating_sub(1)) / BLOCK, (count.saturating_sub(1)) % BLOCK);
        self.rank(block, place) < self.wanted(block, u64::from(share).min(WHOLE))
    }

    /// How many of a block are taken. What is left of a share that is no whole number is taken by later blocks; the seed says
    /// with which one it begins.
    fn wanted(self, block: u64, share: u64) -> u64 {
        let each = WHOLE / BLOCK;
        let phase = self.0.below(0, each as usize) as u64;
        let until = |blocks: u64| (u128::from(blocks) * u128::from(share) + u128::from(phase)) / u128::from(each);
        (until(block + 1) - until(block)) as u64
    }

    /// Of which rank a place of a block is: each of the thousand has another one. Its hundreds are all different in every ten
    /// requests, and its tens in every hundred among those of the same hundreds: whatever the share, no ten and no
    /// hundred differs from another by more than one.
    fn rank(self, block: u64, place: u64) -> u64 {
        let (ones, tens, hundreds) = (place % 10, place / 10 % 10, place / 100);
        let own = self.0.of(block + 1);
        let first = digit(own.of(place / 10).number(0), ones);
        let second = digit(own.of(hundreds * 10 + first).number(1), tens);
        let third = digit(own.of(first * 10 + second).number(2), hundreds);
        first * 100 + second * 10 + third
    }
}

/// What becomes of a digit when the ten are shuffled.
fn digit(mut random: u64, digit: u64) -> u64 {
    let mut digits = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
    for last in (1..digits.len()).rev() {
        let ways = last as u64 + 1;
        digits.swap(last, (random % ways) as usize);
        random /= ways;
    }
    digits[digit as usize]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn chance(seed: u64, rule: &str) -> Chance {
        Chance::new(Seed(seed), "lane", "scenario", rule, 0)
    }

    fn taken(chance: Chance, share: u32, counts: std::ops::RangeInclusive<u64>) -> Vec<u64> {
        counts.filter(|&count| chance.takes(count, share)).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        #[test]
        fn every_thousand_has_exactly_its_share(seed: u64, share in 0..=1_000_u32, block in 0..1_000_u64) {
            let counts = block * BLOCK + 1..=(block + 1) * BLOCK;
            prop_assert_eq!(taken(chance(seed, "r"), share * 1_000, counts).len(), share as usize);
        }

        #[test]
        fn every_ten_and_every_hundred_has_its_share_but_for_one(seed: u64, share in 0..=1_000_u32) {
            for size in [10_u64, 100] {
                let exact = f64::from(share) * size as f64 / 1_000.0;
                for part in 0..1_000 / size {
                    let counts = part * size + 1..=(part + 1) * size;
                    let found = taken(chance(seed, "r"), share * 1_000, counts).len() as f64;
                    prop_assert!((found - exact).abs() < 1.0, "{found} of {size} with {share}");
                }
            }
        }

        #[test]
        fn a_share_that_is_no_whole_number_is_made_up_for(seed: u64, share in 0..=1_000_000_u32) {
            let found = taken(chance(seed, "r"), share, 1..=20_000).len() as f64;
            prop_assert!((found - f64::from(share) * 0.02).abs() <= 1.0, "{found}");
        }

        #[test]
        fn a_greater_share_takes_the_same_and_more(seed: u64, share in 1..1_000_u32) {
            let (less, more) = (taken(chance(seed, "r"), share * 1_000, 1..=1_000), taken(chance(seed, "r"), (share + 1) * 1_000, 1..=1_000));
            prop_assert!(less.iter().all(|count| more.contains(count)));
        }
    }

    #[test]
    fn the_places_follow_from_the_seed_and_the_names_alone() {
        let places = |chance| taken(chance, 50_000, 1..=20_000);
        let first = places(chance(1, "r"));
        assert_eq!(first.len(), 1_000);
        assert_eq!(first, places(chance(1, "r")));
        for other in [
            chance(2, "r"),
            chance(1, "s"),
            Chance::new(Seed(1), "lane", "scenario", "r", 7),
            Chance::new(Seed(1), "other", "scenario", "r", 0),
            Chance::new(Seed(1), "lane", "other", "r", 0),
        ] {
            assert_ne!(first, places(other));
        }
        let by_block = |block: u64| taken(chance(1, "r"), 50_000, block * 1_000 + 1..=(block + 1) * 1_000);
        assert_ne!(by_block(0), by_block(1).into_iter().map(|count| count - 1_000).collect::<Vec<_>>());
    }

    #[test]
    fn what_is_rare_is_not_always_the_first_or_the_last() {
        let mut places: Vec<u64> = (0..200).flat_map(|seed| taken(chance(seed, "r"), 1_000, 1..=1_000)).collect();
        assert_eq!(places.len(), 200);
        places.sort_unstable();
        places.dedup();
        assert!(places.len() > 150 && places[20] < 200 && places[places.len() - 20] > 800, "{places:?}");
        let first = (0..1_000).filter(|seed| chance(*seed, "r").takes(1, 300_000)).count();
        assert!((250..350).contains(&first), "{first}");
    }

    #[test]
    fn nothing_and_everything() {
        assert_eq!(taken(chance(3, "r"), 0, 1..=5_000).len(), 0);
        assert_eq!(taken(chance(3, "r"), 1_000_000, 1..=5_000).len(), 5_000);
        assert!(chance(3, "r").takes(u64::MAX, 2_000_000));
    }
}
