//! `backed_off`: it waited longer with each try.
//!
//! Waits that a server asked for say nothing about the client's own, and neither do those of a library that sends a request once
//! more when a connection that rested turns out to be closed. Jitter is recognised by its tendency: the waits go up and down,
//! and grow all the same. Chance makes a few waits look like anything, so that it takes some to tell.

use std::collections::HashMap;
use std::time::Duration;

use super::tries::{Came, retry_after};
use super::{Case, Finding, words};
use crate::scenario::Amount;

/// Less is no wait.
const AT_ONCE: Duration = Duration::from_millis(20);

/// Many that do not grow and are all below this are none either: the machine was busy.
const BUSY: Duration = Duration::from_millis(50);

/// Waits that differ by less are alike: timers are not exact, and servers answer in their own time.
const ALIKE: f64 = 1.25;

/// The logarithm of jittered waits grows by at least this with each try. Doubled ones grow by 0.7.
const LEAST_GROWTH: f64 = 0.1;

/// Of fewer jittered waits nobody can say that they do not grow.
const TELLING: usize = 6;

/// So many waits of a request grow, before they may have come to a bound.
const GROWING: usize = 8;

/// That the waits do not grow is told if it is so by this many times the error that chance makes of it, which is never
/// taken for less than that of a little jitter.
const SURE: f64 = 3.0;
const LEAST_JITTER: f64 = 0.3;

/// So many waits of one request are looked at.
const MOST: usize = 32;

const ADVICE: &str = "Double the wait with each try, up to a bound, and add some chance to it. Where the waits begin anew after a few \
                      tries, two layers try again, one inside the other: let one of them do it.";

/// The waits before the tries of one request.
struct Waits {
    series: Vec<usize>,
    /// In seconds.
    waits: Vec<f64>,
}

/// How waits follow each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    Growing,
    AtOnce,
    Even,
    /// The same sequence again and again.
    Repeating,
    /// Up and down: jitter, or chance.
    Mixed,
}

pub fn judge(case: &Case) -> Finding {
    let expected = "Each wait between the tries of a request is longer than the one before, give or take some jitter.";
    let all = all_waits(case);
    if all.is_empty() {
        return Finding::moot(expected, "Nothing was tried three times without being told how long to wait.");
    }
    let shaped: Vec<(Shape, &Waits)> = all.iter().map(|waits| (shape(&waits.waits), waits)).collect();
    let least = case.bounds.at_least.and_then(Amount::time).unwrap_or_default();
    let short = |waits: &Waits| waits.waits[0] + AT_ONCE.as_secs_f64() < least.as_secs_f64();
    let is_plain = |(shape, waits): &&(Shape, &Waits)| {
        matches!(shape, Shape::AtOnce | Shape::Even | Shape::Repeating) && !is_at_bound(case, waits)
    };
    // Of many jittered ones some look plain by chance.
    let plain = shaped.iter().filter(is_plain).count() * 2 >= shaped.len();
    let plain = shaped.iter().find(|shaped| plain && is_plain(shaped) || short(shaped.1));
    if let Some((_, waits)) = plain {
        return Finding::failed(expected, seen(case, waits), ADVICE, waits.series.clone());
    }
    let mixed: Vec<&Waits> =
        shaped.iter().filter(|(shape, _)| *shape == Shape::Mixed).map(|(_, waits)| *waits).collect();
    let (growth, error) = growth(&mixed);
    let telling = mixed.iter().map(|waits| waits.waits.len()).sum::<usize>() >= TELLING;
    match mixed.first() {
        Some(first) if telling && growth + SURE * error < LEAST_GROWTH => {
            Finding::failed(expected, seen(case, first), ADVICE, first.series.clone())
        }
        Some(first) if growth < LEAST_GROWTH => {
            Finding::moot(expected, format!("{} That may be jitter, and is too little to tell.", seen(case, first)))
        }
        first => {
            let jitter = if first.is_some() { " They are jittered." } else { "" };
            let shown = first.copied().unwrap_or(&all[0]);
            Finding::passed(expected, format!("{}{jitter}", seen(case, shown)), shown.series.clone())
        }
    }
}

/// The waits of every request that was tried often enough.
fn all_waits(case: &Case) -> Vec<Waits> {
    let mut first: HashMap<u64, usize> = HashMap::new();
    for (place, entry) in case.entries.iter().enumerate() {
        first.entry(entry.exchange.connection).or_insert(place);
    }
    let is_own = |earlier: usize, later: usize| {
        let entry = &case.entries[earlier];
        let unanswered = Came::of(entry) == Came::Broken && entry.sent() == 0;
        let reused = first.get(&entry.exchange.connection).is_some_and(|first| *first < earlier);
        retry_after(entry).is_none() && !(unanswered && reused && case.pause(earlier, later) < AT_ONCE)
    };
    let waits = case.series().map(|series| {
        let own = series.windows(2).take(MOST).filter(|pair| is_own(pair[0], pair[1]));
        let waits = own.map(|pair| case.pause(pair[0], pair[1]).as_secs_f64()).collect();
        Waits { series: series.to_vec(), waits }
    });
    waits.filter(|waits| waits.waits.len() > 1).collect()
}

fn shape(waits: &[f64]) -> Shape {
    let longest = waits.iter().copied().fold(0.0, f64::max);
    let shortest = waits.iter().copied().fold(f64::INFINITY, f64::min);
    // Two jittered waits are often about as long, and four hardly ever.
    let nearly = match waits.len() {
        ..=2 => longest <= shortest * 1.02 + 0.002,
        3 => are_alike(shortest, longest),
        _ => longest <= shortest * 1.3,
    };
    let repeats = |period: usize| {
        // Where the waits fall far each time, a few that come about as before are enough on a machine that is busy.
        let falls = longest > shortest * 5.0 && waits.len() >= period + 5;
        let roughly = |a: f64, b: f64| a.max(b) <= a.min(b) * 1.4 + (longest / 10.0).max(AT_ONCE.as_secs_f64());
        waits.iter().zip(&waits[period..]).all(|(a, b)| are_alike(*a, *b) || falls && roughly(*a, *b))
    };
    if longest < AT_ONCE.as_secs_f64() {
        Shape::AtOnce
    } else if nearly {
        Shape::Even
    } else if waits.windows(2).all(|pair| pair[0] < pair[1] || are_alike(pair[0], pair[1]))
        // Small steps down may add up to a large one.
        && waits.first().zip(waits.last()).is_some_and(|(first, last)| *last > first * ALIKE)
    {
        Shape::Growing
    } else if waits.len() > 3 && (2..=waits.len() / 2).any(repeats) {
        Shape::Repeating
    } else if waits.len() >= TELLING && longest < BUSY.as_secs_f64() {
        Shape::AtOnce
    } else {
        Shape::Mixed
    }
}

fn are_alike(a: f64, b: f64) -> bool {
    a.max(b) <= a.min(b) * ALIKE + AT_ONCE.as_secs_f64() / 4.0
}

/// Waits may be even once they are as long as the file lets them be.
fn is_at_bound(case: &Case, waits: &Waits) -> bool {
    let bound = case.bounds.at_most.and_then(Amount::time);
    bound.is_some_and(|bound| waits.waits.iter().all(|wait| *wait * ALIKE >= bound.as_secs_f64()))
}

/// How much the logarithm of the waits grows from one to the next, all requests together: the slope of the line that lies
/// nearest to them, and by how much chance may have turned it.
fn growth(all: &[&Waits]) -> (f64, f64) {
    let (mut above, mut below, mut scatter, mut count) = (0.0, 0.0, 0.0, 0);
    for waits in all {
        let heights: Vec<f64> = waits.waits.iter().take(GROWING).map(|wait| wait.max(1e-3).ln()).collect();
        let (middle, mean) = ((heights.len() as f64 - 1.0) / 2.0, heights.iter().sum::<f64>() / heights.len() as f64);
        for (place, height) in heights.iter().enumerate() {
            let aside = place as f64 - middle;
            above += aside * (height - mean);
            below += aside * aside;
            scatter += (height - mean) * (height - mean);
        }
        count += heights.len();
    }
    if below <= 0.0 {
        return (0.0, f64::INFINITY);
    }
    let growth = above / below;
    let free = count.saturating_sub(all.len() + 1).max(1) as f64;
    let jitter = ((scatter - growth * above).max(0.0) / free).sqrt().max(LEAST_JITTER);
    (growth, jitter / below.sqrt())
}

fn seen(case: &Case, waits: &Waits) -> String {
    const SHOWN: usize = 6;
    let told: Vec<String> =
        waits.waits.iter().take(SHOWN).map(|wait| words::time(Duration::from_secs_f64(*wait))).collect();
    let more = if waits.waits.len() > SHOWN { ", …" } else { "" };
    format!("{} was tried again after {}{more}.", words::request(&case.entries[waits.series[0]]), told.join(", "))
}

#[cfg(test)]
mod tests {
    use super::super::sample::{Diary, asked};
    use crate::ending::Ending;

    /// Tries with these waits between them.
    fn tries(waits: &[f64]) -> Diary {
        let mut diary = Diary::new();
        let mut at = 0.0;
        diary.write(asked("GET /pets", at).answered(500));
        for wait in waits {
            at += wait + 0.001;
            diary.write(asked("GET /pets", at).answered(500));
        }
        diary
    }

    #[test]
    fn waits_grow() {
        for good in [&[0.1, 0.2, 0.4, 0.8][..], &[1.0, 2.0], &[0.5, 1.0, 1.5, 2.0], &[0.3, 0.6, 1.2, 1.2, 1.2]] {
            assert_eq!(tries(good).outcome("backed_off"), "passed", "{good:?}");
        }
        let endless = [0.5; 40];
        for bad in [
            &[1.0, 1.0][..],
            &[0.396, 0.332, 0.309, 0.311],
            &[0.001, 0.002, 0.004],
            &[0.9, 1.0, 0.95, 1.0],
            &[0.022, 0.036, 0.038, 0.024, 0.022, 0.018],
            &[4.0, 2.0, 1.0, 0.5, 0.25, 0.1],
            &endless,
        ] {
            assert_eq!(tries(bad).outcome("backed_off"), "failed", "{bad:?}");
        }
        for few in [&[][..], &[1.0], &[1.0, 1.1], &[4.0, 2.0, 1.0]] {
            assert_eq!(tries(few).outcome("backed_off"), "moot", "{few:?}");
        }
    }

    #[test]
    fn jitter_is_recognised() {
        for jitter in [&[0.2, 0.15, 0.9, 1.4][..], &[0.4, 1.7, 1.1, 5.0, 3.0], &[0.1, 0.9, 0.3, 2.0]] {
            let judged = tries(jitter).judged("backed_off");
            assert_eq!((judged.outcome.name(), judged.seen.contains("jittered")), ("passed", true), "{}", judged.seen);
        }
        assert_eq!(tries(&[2.0, 1.1]).outcome("backed_off"), "moot", "too little to tell");
        assert_eq!(tries(&[0.9, 0.2, 0.8]).outcome("backed_off"), "moot", "too little to tell");
        let chance = [1.0, 0.8, 1.2, 0.7, 1.1, 0.6, 0.9, 0.5];
        assert_eq!(tries(&chance).outcome("backed_off"), "failed", "chance alone");
    }

    /// Waits that are drawn from all of what a doubled one may be, up to a bound.
    #[test]
    fn whoever_draws_its_waits_is_not_taken_for_one_who_does_not_back_off() {
        let mut draws = crate::seed::Seed(1).stream(["waits"]);
        let (mut failed, rounds) = (0, 400);
        for round in 0..rounds {
            let mut diary = Diary::new();
            let mut at = 0.0;
            for _ in 0..3 {
                diary.write(asked("GET /pets", at).answered(500));
                for wait in 0..4 + round % 6 {
                    at += draws.unit() * f64::min(0.5 * 2_f64.powi(wait), 8.0) + 0.001;
                    let last = wait == 3 + round % 6;
                    diary.write(asked("GET /pets", at).answered(if last { 200 } else { 500 }));
                }
                at += 1.0;
            }
            failed += usize::from(diary.outcome("backed_off") == "failed");
        }
        assert!(failed * 100 < rounds as usize, "{failed} of {rounds}");
    }

    #[test]
    fn retries_inside_of_retries_begin_anew() {
        assert_eq!(tries(&[0.1, 0.2, 0.4, 0.1, 0.2, 0.4]).outcome("backed_off"), "failed");
        let busy = [0.292, 0.522, 0.013, 0.273, 0.662, 0.021, 0.25, 0.54];
        assert_eq!(tries(&busy).outcome("backed_off"), "failed");
    }

    #[test]
    fn what_a_library_sends_again_by_itself_is_no_wait() {
        let mut diary = Diary::new();
        diary.write(asked("GET /pets/a", 0.0).by(7));
        diary.write(asked("GET /pets", 1.0).by(7).over(Ending::Broken, 1.1));
        diary.write(asked("GET /pets", 1.102).by(8).answered(500));
        diary.write(asked("GET /pets", 2.0).by(8).answered(500));
        diary.write(asked("GET /pets", 4.0).by(8));
        assert_eq!(diary.outcome("backed_off"), "passed");
    }

    #[test]
    fn waits_that_were_told_say_nothing() {
        let mut diary = Diary::new();
        for at in [0.0, 1.1, 2.2, 3.3] {
            diary.write(asked("GET /pets", at).answered(429).told("retry-after", "1"));
        }
        assert_eq!(diary.outcome("backed_off"), "moot");
    }

    #[test]
    fn a_file_may_bound_them() {
        assert_eq!(tries(&[2.0, 2.0, 2.0]).expected("backed_off: { at_most: 2s }").0, "passed");
        assert_eq!(tries(&[1.0, 2.0]).expected("backed_off: { at_least: 500ms }").0, "passed");
        assert_eq!(tries(&[0.1, 0.2]).expected("backed_off: { at_least: 500ms }").0, "failed");
    }
}
