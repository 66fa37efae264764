//! What a world costs as it grows: its start, its memory, and how long one waits for a list of it.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::client::{self, Load, Measured, Run};
use crate::measure;
use crate::process::{Served, start_to_answer};
use crate::requests;

/// Worlds of so many conversations, each ten times the one before.
const SIZES: [usize; 4] = [1_000, 10_000, 100_000, 1_000_000];

/// Requests that differ, in each rotation.
const ROTATION: usize = 500;

pub fn print(rounds: u64, load: &Load) {
    println!(
        "| conversations | start | memory, MB | default list: requests/s | of the smallest | us of processor | p99 | pages in rotation: p99 | \
         filtered and sorted: p50 | p99 | the same one: p99 | search: p50 | p99 |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|---|---|---|");
    let mut smallest = None;
    for size in SIZES {
        let (start, served) = start_to_answer(5, &["--conversations", &size.to_string()]);
        let memory = served.memory();
        let list = [requests::get("/v1/conversations")];
        let default = best(rounds, || measure(&served, &list, load));
        let smallest = *smallest.get_or_insert(default.per_second);
        let waits = |requests: &[String]| Waits::of(&load.run(served.address, requests));
        let plain = waits(&list);
        let pages = waits(&pages(size));
        let filtered = requests::filtered(ROTATION);
        let (rotated, same) = (waits(&filtered), waits(&filtered[..1]));
        let search = waits(&searches(&served));
        println!(
            "| {size} | {start:.0?} | {memory:.0} | {:.0} | {:.2} | {:.1} | {:.2?} | {:.2?} | {:.2?} | {:.2?} | {:.2?} | {:.2?} | {:.2?} |",
            default.per_second,
            default.per_second / smallest,
            default.cpu_micros,
            plain.p99,
            pages.p99,
            rotated.p50,
            rotated.p99,
            same.p99,
            search.p50,
            search.p99,
        );
    }
}

struct Waits {
    p50: Duration,
    p99: Duration,
}

impl Waits {
    fn of(run: &Run) -> Waits {
        Waits { p50: run.percentile(50), p99: run.percentile(99) }
    }
}

/// The fastest of some rounds: a machine that others use too makes a round slower, and never faster.
fn best(rounds: u64, measure: impl Fn() -> Measured) -> Measured {
    let rounds = (0..rounds.max(1)).map(|_| measure());
    rounds.max_by(|a, b| a.per_second.total_cmp(&b.per_second)).expect("at least one round")
}

/// Pages over all of the world.
fn pages(size: usize) -> Vec<String> {
    let last = size / 25;
    let page = |n: usize| requests::get(&format!("/v1/conversations?page={}", 1 + n * last / ROTATION));
    (0..ROTATION).map(page).collect()
}

/// Words and parts of words that were said in some of its calls.
fn searches(served: &Served) -> Vec<String> {
    let mut words = BTreeSet::new();
    for page in 1..=4 {
        let list = client::once(served.address, &requests::get(&format!("/v1/conversations?per_page=100&page={page}")));
        for id in ids(&list) {
            let call =
                client::once(served.address, &requests::get(&format!("/v1/conversations/{id}/transcript?format=text")));
            let text = String::from_utf8_lossy(&call).into_owned();
            let said = text.split("\r\n\r\n").nth(1).unwrap_or_default();
            let long = said.split(|c: char| !c.is_ascii_alphabetic()).filter(|word| word.len() > 4);
            words.extend(long.flat_map(|word| [word.to_owned(), word[1..].to_owned()]));
        }
    }
    let step = (words.len() / ROTATION).max(1);
    let search = |word: &String| requests::get(&format!("/v1/conversations?search={word}"));
    words.iter().step_by(step).take(ROTATION).map(search).collect()
}

/// The ids of calls in an answer.
pub fn ids(answer: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(answer);
    let begun = text.split("\"id\":").skip(1);
    begun.filter_map(|rest| rest.trim_start().strip_prefix('"')?.split('"').next()).map(str::to_owned).collect()
}
