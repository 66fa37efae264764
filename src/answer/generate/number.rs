//! Numbers: within their limits, a multiple of what they must be one of, and of the usual size for their name.

use serde_json::Value;

use super::draw::Hint;
use super::shape::NumberLimits;
use crate::seed::Stream;

/// Whole numbers up to here are exact in a double.
const EXACT: f64 = 9_007_199_254_740_991.0;

pub fn draw(limits: &NumberLimits, whole: bool, hint: Hint, stream: &mut Stream) -> Value {
    let usual = hint.usual.filter(|_| hint.turn == 0);
    let step = step(&limits.multiples, whole);
    let (low, high) = (limits.low.unwrap_or(f64::NEG_INFINITY), limits.high.unwrap_or(f64::INFINITY));
    let wished = usual.map_or((1.0, 1_000.0), |usual| (usual.low, usual.high));
    let decimals = usual.map_or(2, |usual| usual.decimals);
    // First the usual size, then anything that is allowed; first the usual fineness, then finer.
    let ranges = [wished, near(low, high)];
    for (wished_low, wished_high) in ranges.into_iter().skip(usize::from(hint.turn > 0)) {
        let range = Steps { low: low.max(wished_low), high: high.min(wished_high), limits };
        let steps = step.map_or_else(|| vec![decimals, 2, 4, 8, 12], |_| vec![0]);
        for decimals in steps {
            let size = step.unwrap_or_else(|| 10f64.powi(-i32::from(decimals)));
            if let Some((first, last)) = range.count(size) {
                let places = step.map_or(usize::from(decimals), places);
                return tidy(stream.between(first, last), size, places);
            }
        }
    }
    Value::from(if low.is_finite() && high.is_finite() { low + (high - low) / 2.0 } else { 0.0 })
}

/// A range in which the steps are counted.
struct Steps<'a> {
    low: f64,
    high: f64,
    limits: &'a NumberLimits,
}

impl Steps<'_> {
    /// From the how-manieth step to the how-manieth the range goes, if there is one in it.
    fn count(&self, size: f64) -> Option<(i64, i64)> {
        let mut first = (self.low / size - 1e-9).ceil();
        let mut last = (self.high / size + 1e-9).floor();
        if self.limits.low_excluded && self.limits.low.is_some_and(|low| first * size <= low) {
            first += 1.0;
        }
        if self.limits.high_excluded && self.limits.high.is_some_and(|high| last * size >= high) {
            last -= 1.0;
        }
        // What lies out of the limits by a rounding is stepped over.
        if self.limits.low.is_some_and(|low| first * size < low) {
            first += 1.0;
        }
        if self.limits.high.is_some_and(|high| last * size > high) {
            last -= 1.0;
        }
        (first <= last && first.abs() < 9.2e18 && last.abs() < 9.2e18).then_some((first as i64, last as i64))
    }
}

/// The range next to the limits that there are.
fn near(low: f64, high: f64) -> (f64, f64) {
    match (low.is_finite(), high.is_finite()) {
        (true, true) => (low, high),
        (true, false) => (low, low + low.abs().max(1_000.0)),
        (false, true) => (high - high.abs().max(1_000.0), high),
        (false, false) => (-EXACT, EXACT),
    }
}

/// What the value must be a multiple of, if anything.
fn step(multiples: &[f64], whole: bool) -> Option<f64> {
    let mut step = if whole { Some(1.0) } else { None };
    for multiple in multiples {
        step = Some(match step {
            None => *multiple,
            Some(known) => common_multiple(known, *multiple),
        });
    }
    step
}

/// The least number that is a multiple of both, looked for among the first thousands.
fn common_multiple(one: f64, other: f64) -> f64 {
    let (large, small) = if one > other { (one, other) } else { (other, one) };
    let fits = |candidate: f64| {
        let times = candidate / small;
        (times - times.round()).abs() < 1e-9 * times.max(1.0)
    };
    (1..=10_000).map(|n| large * f64::from(n)).find(|candidate| fits(*candidate)).unwrap_or(large)
}

/// How many decimals a number is written with.
fn places(number: f64) -> usize {
    let text = number.to_string();
    text.split_once('.').map_or(0, |(_, decimals)| decimals.len())
}

/// So many steps, as the decimal number that it is meant to be.
fn tidy(count: i64, size: f64, places: usize) -> Value {
    if places == 0 {
        return match size {
            1.0 => Value::from(count),
            size => whole(count as f64 * size),
        };
    }
    let text = format!("{:.places$}", count as f64 * size);
    text.parse::<f64>().map_or(Value::Null, Value::from)
}

fn whole(number: f64) -> Value {
    if number.abs() < 9.2e18 { Value::from(number as i64) } else { Value::from(number) }
}
