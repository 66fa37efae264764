//! Moments. Those of one object are in order: it is created, it begins, it ends, it is changed, and all that is past.

use super::{Naming, words};
use crate::seed::Stream;

/// The moment around which all generated times lie: the same in every run, so that the same seed gives the same bytes.
pub const NOON: i64 = 1_736_942_400;
pub const DAY: i64 = 86_400;

/// Beginnings of words that tell which moment in the life of a thing is meant.
const AHEAD: &[&str] = &["expir", "due", "until", "next", "reset", "renew"];
const CREATED: &[&str] = &["creat", "regist", "join", "add", "placed", "ordered", "request", "issue"];
const BEGUN: &[&str] = &["start", "beg", "open"];
const ENDED: &[&str] = &["end", "finish", "complet", "clos", "stop", "done"];
const CHANGED: &[&str] = &["updat", "modif", "chang", "last", "delet", "archiv", "cancel"];

pub fn instant(s: &mut Stream, naming: Naming) -> String {
    moment(second(s, naming))
}

pub fn date(s: &mut Stream, naming: Naming) -> String {
    instant(s, naming)[..10].to_owned()
}

pub fn moment(second: i64) -> String {
    jiff::Timestamp::from_second(second).unwrap_or_default().to_string()
}

fn second(s: &mut Stream, naming: Naming) -> i64 {
    let name = words(naming.name);
    let tells = |parts: &[&str]| name.split('_').any(|word| parts.iter().any(|part| word.starts_with(part)));
    let mut life = naming.whole.stream(["life"]);
    let created = NOON - life.between(3 * DAY, 30 * DAY);
    let begun = created + life.between(0, 300);
    let length = life.between(60, 3_600);
    let days = life.between(1, 14);
    // What has dates lasts for days, what has times for minutes.
    let ended = if tells(&["date", "day"]) { begun + days * DAY } else { begun + length };
    match () {
        () if tells(AHEAD) || name.ends_with("valid_to") => NOON + s.between(3_600, 30 * DAY),
        () if tells(CREATED) => created,
        () if tells(BEGUN) => begun,
        () if tells(ENDED) => ended,
        () if tells(CHANGED) => s.between(begun + length, NOON),
        () => s.between(created, NOON),
    }
}
