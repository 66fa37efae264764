//! How long an answer waits: in real time, since a client waits in real time, whatever its lane's clock shows.

use std::time::Duration;

use super::Scene;
use crate::scenario::{Delay, LONGEST};
use crate::seed::Seed;

impl Scene<'_> {
    pub(super) fn delay(&self) -> Option<Duration> {
        let (fired, delay) = self.wanted.first(|then| then.delay.as_ref())?;
        Some(length(delay, fired.count, || self.chance(fired)))
    }
}

/// The wait of the request with this count.
pub fn length(delay: &Delay, count: u64, chance: impl FnOnce() -> Seed) -> Duration {
    let before = count.saturating_sub(1);
    let length = match *delay {
        Delay::Fixed(length) => length,
        Delay::Between(from, to) => seconds(chance().draws("delay").within(0, from.as_secs_f64(), to.as_secs_f64())),
        Delay::Spread { p50, p99 } => {
            /// The point of the normal distribution below which 99 of 100 lie.
            const AT_99: f64 = 2.326_347_874_040_841;
            let (half, most) = (p50.as_secs_f64().max(1e-9), p99.max(p50).as_secs_f64().max(1e-9));
            let deviation = (most / half).ln() / AT_99;
            seconds(half * (deviation * chance().draws("delay").normal(0)).exp())
        }
        Delay::Steps { first, step, most } => {
            let times = u32::try_from(before).unwrap_or(u32::MAX);
            first.saturating_add(step.saturating_mul(times)).min(most)
        }
        Delay::Times { first, times, most } => {
            let grown = first.as_secs_f64() * times.powf(before as f64);
            seconds(if grown.is_finite() { grown } else { f64::MAX }).min(most)
        }
    };
    length.min(LONGEST)
}

fn seconds(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds.max(0.0)).unwrap_or(LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    fn lengths(delay: &Delay) -> Vec<Duration> {
        (1..=20_000).map(|count| length(delay, count, || Seed(42).of(&count.to_string()))).collect()
    }

    #[test]
    fn it_is_spread_as_it_says() {
        let even = lengths(&Delay::Between(ms(100), ms(300)));
        assert!(even.iter().all(|length| (ms(100)..=ms(300)).contains(length)));
        let mean = even.iter().sum::<Duration>() / 20_000;
        assert!((ms(197)..ms(203)).contains(&mean), "{mean:?}");
        let mut spread = lengths(&Delay::Spread { p50: ms(80), p99: ms(2_000) });
        assert_eq!(spread, lengths(&Delay::Spread { p50: ms(80), p99: ms(2_000) }), "the same for the same seed");
        spread.sort();
        assert!((ms(76)..ms(84)).contains(&spread[10_000]), "{:?}", spread[10_000]);
        assert!((ms(1_700)..ms(2_350)).contains(&spread[19_800]), "{:?}", spread[19_800]);
        assert!(spread.iter().all(|length| *length <= LONGEST));
    }

    #[test]
    fn it_grows_up_to_its_most() {
        let steps = Delay::Steps { first: ms(100), step: ms(50), most: ms(220) };
        let times = Delay::Times { first: ms(100), times: 2.0, most: ms(500) };
        let length = |delay, count| length(delay, count, || unreachable!());
        assert_eq!([1, 2, 3, 4, u64::MAX].map(|count| length(&steps, count)), [100, 150, 200, 220, 220].map(ms));
        assert_eq!([1, 2, 3, 4, u64::MAX].map(|count| length(&times, count)), [100, 200, 400, 500, 500].map(ms));
        assert_eq!(length(&Delay::Fixed(Duration::MAX), 1), LONGEST);
    }
}
