//! When calls begin: so many in each hour of a day and each day of a week, by the callers' own clocks, and of which kind.

use crate::voice::stock::Stock;

pub const HOUR: i64 = 3_600;
const WEEK: usize = 168;

/// A week of UTC, Monday's midnight first.
#[derive(Debug)]
pub struct Curve {
    hours: Vec<Hour>,
    /// The sum of all weights.
    total: f64,
}

#[derive(Debug)]
struct Hour {
    weight: f64,
    /// Playbooks with the sum of the weights up to them.
    kinds: Vec<(f64, u16)>,
}

/// The hours of a stretch of time before a moment, newest first, with how many calls they have.
#[derive(Debug)]
pub struct Stretch {
    /// Seconds before the moment at which each hour ends, and the sum of the weights up to there.
    steps: Vec<(u32, f64)>,
    total: f64,
    /// Seconds before the moment at which the last one begins.
    oldest: u32,
}

impl Curve {
    /// `kinds` are the playbooks that somebody takes, by their places.
    pub fn new(stock: &Stock, kinds: &[u16]) -> Curve {
        let hours: Vec<Hour> = (0..WEEK).map(|hour| Hour::new(stock, kinds, hour as i64)).collect();
        let total = hours.iter().map(|hour| hour.weight).sum();
        Curve { hours, total }
    }

    /// The share of a usual hour that this one has: 1 on average over the week.
    pub fn at(&self, second: i64) -> f64 {
        if self.total > 0.0 { self.hour(second).weight * WEEK as f64 / self.total } else { 0.0 }
    }

    /// The kind of a call that begins then, for a number from 0 up to 1.
    pub fn kind(&self, second: i64, unit: f64) -> Option<u16> {
        let kinds = &self.hour(second).kinds;
        let wanted = unit * kinds.last()?.0;
        let place = kinds.partition_point(|(sum, _)| *sum <= wanted);
        kinds.get(place).or(kinds.last()).map(|(_, kind)| *kind)
    }

    fn hour(&self, second: i64) -> &Hour {
        // The first of January 1970 was a Thursday.
        let hour = (second.div_euclid(HOUR) + 72).rem_euclid(WEEK as i64);
        &self.hours[hour as usize]
    }

    /// From `newest` to `oldest` seconds before `moment`.
    pub fn stretch(&self, moment: i64, newest: u32, oldest: u32) -> Stretch {
        let (mut steps, mut total, mut at) = (Vec::new(), 0.0, newest);
        while at < oldest {
            steps.push((at, total));
            let second = moment - i64::from(at);
            // Up to the full hour before; at a full hour it is a whole one.
            let back = (second - 1).rem_euclid(HOUR) as u32 + 1;
            let next = at.saturating_add(back).min(oldest);
            total += self.hour(second - 1).weight * f64::from(next - at) / HOUR as f64;
            at = next;
        }
        Stretch { steps, total, oldest: oldest.max(newest) }
    }
}

impl Hour {
    fn new(stock: &Stock, kinds: &[u16], hour: i64) -> Hour {
        let (mut sum, mut sums) = (0.0, Vec::with_capacity(kinds.len()));
        for kind in kinds {
            let playbook = &stock.playbooks[usize::from(*kind)];
            let utc = stock.people.place(&playbook.language).map_or(0, |place| stock.people.0[place].utc);
            let local = (hour + utc).rem_euclid(WEEK as i64) as usize;
            sum += playbook.weight * stock.world.hours[local % 24] * stock.world.weekdays[local / 24];
            sums.push((sum, *kind));
        }
        Hour { weight: sum, kinds: sums }
    }
}

impl Stretch {
    /// Whether any call begins in it at all.
    pub fn is_empty(&self) -> bool {
        self.total <= 0.0
    }

    /// Seconds before the moment, for a share of the calls from 0 (newest) up to 1 (oldest).
    pub fn before(&self, share: f64) -> u32 {
        let wanted = share * self.total;
        let place = self.steps.partition_point(|(_, sum)| *sum <= wanted).saturating_sub(1);
        let Some((from, sum)) = self.steps.get(place) else { return self.oldest };
        let (to, next) = self.steps.get(place + 1).copied().unwrap_or((self.oldest, self.total));
        let part = if next > *sum { (wanted - sum) / (next - sum) } else { 0.0 };
        from + ((f64::from(to - from) * part) as u32).min(to - from)
    }
}
