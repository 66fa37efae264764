//! `fixtures/world.yaml`: what the calls are like as a whole.

use jiff::{SignedDuration, Timestamp};

use crate::source::{Diagnostic, SourceFile};
use crate::voice::reading::{Members, Reading};

#[derive(Debug)]
pub struct World {
    /// The moment that all fixtures are written as of.
    pub moment: Timestamp,
    pub company: String,
    /// Where it keeps what calls leave behind, without a slash at the end.
    pub site: String,
    pub conversations: usize,
    pub days: u32,
    /// Seconds before the moment in which no call begins that the seed makes.
    pub quiet: u32,
    pub hours: [f64; 24],
    pub weekdays: [f64; 7],
    pub length: Length,
    pub failed: f64,
    pub abandoned: f64,
    pub callers: Callers,
    pub failures: Vec<String>,
    /// Why a call never connected, and how often.
    pub abandonments: Vec<(String, f64)>,
}

/// How long a call may take, in multiples of its dialogue's median.
#[derive(Debug, Clone, Copy)]
pub struct Length {
    /// Of the logarithm.
    pub deviation: f64,
    pub shortest: f64,
    pub longest: f64,
}

#[derive(Debug, Clone, Copy)]
pub struct Callers {
    pub contacts: f64,
    pub withheld: f64,
    /// Contacts for each call, up to `most`.
    pub each: f64,
    pub most: usize,
    pub skew: f64,
}

const MEMBERS: [&str; 14] = [
    "moment",
    "company",
    "site",
    "conversations",
    "days",
    "quiet",
    "hours",
    "weekdays",
    "length",
    "failed",
    "abandoned",
    "callers",
    "failures",
    "abandonments",
];
/// Why calls never connect.
pub(super) const ABANDONMENTS: [&str; 3] = ["busy", "no_answer", "caller_hangup"];
/// Two years: a call's start is counted in seconds of 32 bits with much room left.
const MOST_DAYS: f64 = 730.0;
const MOST_CALLS: f64 = 10_000_000.0;

impl World {
    pub fn read(file: &SourceFile) -> Result<World, Vec<Diagnostic>> {
        let mut reading = Reading::new(file, "E0801");
        let world = world(&mut reading);
        reading.done(world).map(|(world, _)| world)
    }
}

fn world(reading: &mut Reading) -> Option<World> {
    let root = reading.object(&reading.file.value, "", "the world", &MEMBERS)?;
    let moment = reading.text(root, "", "moment").and_then(|text| {
        let moment = text.parse().ok();
        if moment.is_none() {
            reading.fault("/moment", "a moment such as 2025-01-15T15:00:00Z is expected");
        }
        moment
    });
    let company = reading.text(root, "", "company").map(str::to_owned);
    let site = reading.text(root, "", "site").map(|site| site.trim_end_matches('/').to_owned());
    let conversations = reading.number(root, "", "conversations", 0.0, MOST_CALLS);
    let days = reading.number(root, "", "days", 1.0, MOST_DAYS);
    let quiet = reading.text(root, "", "quiet").and_then(|text| {
        let quiet = seconds(text).filter(|quiet| *quiet < 86_400);
        if quiet.is_none() {
            reading.fault("/quiet", "a length of less than a day is expected, such as 31m");
        }
        quiet
    });
    let (hours, weekdays) = (weights(reading, root, "hours"), weights(reading, root, "weekdays"));
    let length = part(reading, root, "length", &["deviation", "shortest", "longest"]);
    let length = length.and_then(|length| {
        Some(Length {
            deviation: reading.number(length, "/length", "deviation", 0.0, 2.0)?,
            shortest: reading.number(length, "/length", "shortest", 0.01, 1.0)?,
            longest: reading.number(length, "/length", "longest", 1.0, 20.0)?,
        })
    });
    let (failed, abandoned) =
        (reading.number(root, "", "failed", 0.0, 1.0), reading.number(root, "", "abandoned", 0.0, 1.0));
    let callers = callers(reading, root);
    let failures = reading.texts(root, "", "failures", 50).into_iter().map(str::to_owned).collect();
    let reasons = part(reading, root, "abandonments", &ABANDONMENTS)?;
    let abandonments = ABANDONMENTS.iter().filter(|reason| reasons.contains_key(**reason));
    let abandonments = abandonments
        .filter_map(|reason| Some(((*reason).to_owned(), reading.number(reasons, "/abandonments", reason, 0.0, 1e6)?)))
        .collect();
    Some(World {
        moment: moment?,
        company: company?,
        site: site?,
        conversations: conversations? as usize,
        days: days? as u32,
        quiet: quiet?,
        hours: hours?,
        weekdays: weekdays?,
        length: length?,
        failed: failed?,
        abandoned: abandoned?,
        callers: callers?,
        failures,
        abandonments,
    })
}

fn callers<'f>(reading: &mut Reading<'f>, root: &'f Members) -> Option<Callers> {
    let callers = part(reading, root, "callers", &["contacts", "withheld", "each", "most", "skew"])?;
    Some(Callers {
        contacts: reading.number(callers, "/callers", "contacts", 0.0, 1.0)?,
        withheld: reading.number(callers, "/callers", "withheld", 0.0, 1.0)?,
        each: reading.number(callers, "/callers", "each", 0.0, 1.0)?,
        most: reading.number(callers, "/callers", "most", 0.0, 50_000.0)? as usize,
        skew: reading.number(callers, "/callers", "skew", 1.0, 10.0)?,
    })
}

fn part<'f>(reading: &mut Reading<'f>, root: &'f Members, name: &str, known: &[&str]) -> Option<&'f Members> {
    let value = reading.need(root, "", name)?;
    reading.object(value, &format!("/{name}"), &format!("`{name}`"), known)
}

/// A list of weights of which at least one is above 0.
fn weights<const N: usize>(reading: &mut Reading, root: &Members, name: &str) -> Option<[f64; N]> {
    let list = root.get(name).and_then(|list| list.as_array());
    let numbers: Option<Vec<f64>> = list.and_then(|list| list.iter().map(|weight| weight.as_f64()).collect());
    let good = |list: &[f64; N]| {
        list.iter().all(|weight| (0.0..=1e6).contains(weight)) && list.iter().any(|weight| *weight > 0.0)
    };
    let weights = numbers.and_then(|list| <[f64; N]>::try_from(list).ok()).filter(good);
    if weights.is_none() {
        reading.fault(
            &format!("/{name}"),
            format!("a list of {N} numbers is expected, of which none is below 0 and one above"),
        );
    }
    weights
}

/// `PT1H6M`, `31m`: whole seconds.
pub fn seconds(text: &str) -> Option<u32> {
    text.parse::<SignedDuration>().ok().and_then(|length| u32::try_from(length.as_secs()).ok())
}
