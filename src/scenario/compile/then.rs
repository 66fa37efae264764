//! What a rule does to the requests that it takes.

use std::time::Duration;

use super::reach::Reach;
use super::{At, Reading};
use crate::scenario::effect::{Delay, LONGEST, MOST_CHANGES, MOST_DEEDS, Then};

impl<'a> Reading<'a> {
    pub fn then(&mut self, rule: &At<'a>, name: &str, reach: &Reach<'a>) -> Then {
        let (before, after) = rule.get("world").map(|at| self.deeds(&at)).unwrap_or_default();
        let then = Then {
            reply: rule.get("reply").and_then(|at| self.reply(&at, reach)),
            changes: self.changes(rule, reach),
            headers: rule.get("headers").map(|at| self.headers(&at)).unwrap_or_default(),
            delay: rule.get("delay").and_then(|at| self.delay(&at)),
            limit: rule.get("limit").and_then(|at| self.limit(&at, reach)),
            hold: rule.get("hold").and_then(|at| self.hold(&at, name)),
            fault: rule.get("fault").and_then(|at| self.fault(&at)),
            page: rule.get("page").and_then(|at| self.page(&at, reach)),
            recording: rule.get("recording").map(|at| self.recording(&at)),
            before,
            after,
            state: rule.get("state").and_then(|at| at.text()).map(str::to_owned),
            clock: rule.get("clock").and_then(|at| self.clock_move(&at)),
            capture: rule.get("capture").map(|at| self.capture(&at, reach)).unwrap_or_default(),
        };
        self.is_done_in_time(rule, &then);
        then
    }

    /// What one rule wants is no more than is done for one request.
    fn is_done_in_time(&mut self, rule: &At<'a>, then: &Then) {
        let changes = if rule.get("json_patch").is_some() { "json_patch" } else { "patch" };
        for (place, wanted, most, what) in [
            ("world", then.deeds(), MOST_DEEDS, "records and calls are touched"),
            (changes, then.edits(), MOST_CHANGES, "changes are made"),
        ] {
            if let Some(at) = rule.get(place).filter(|_| wanted > most) {
                let message = format!("{wanted} {what} for one request, and no more than {most} can be");
                let finding = self.key_error(&at, "E0345", message).label("too much at once");
                self.found(finding.help("several requests can share it: `call: 1` on one rule, `call: 2` on the next"));
            }
        }
    }

    /// Headers set, or removed by null.
    fn headers(&mut self, at: &At<'a>) -> Vec<(http::HeaderName, Option<crate::scenario::template::Leaf>)> {
        let mut headers = Vec::new();
        for (name, value) in at.members() {
            let Some(name) = self.header_name(&value, name) else { continue };
            match value.value.is_null() {
                true => headers.push((name, None)),
                false => headers.extend(self.header_value(&value).map(|leaf| (name, Some(leaf)))),
            }
        }
        headers
    }

    pub fn delay(&mut self, at: &At<'a>) -> Option<Delay> {
        if at.text().is_some() {
            return self.wait(at).map(Delay::Fixed);
        }
        let mut wait = |name: &str| at.get(name).and_then(|at| self.wait(&at));
        let (delay, low, high) = match at.value {
            value if value.get("p50").is_some() => {
                let (p50, p99) = (wait("p50"), wait("p99"));
                let (p50, p99) = (p50?, p99?);
                (Delay::Spread { p50, p99 }, ("p50", p50), ("p99", p99))
            }
            value if value.get("step").is_some() || value.get("times").is_some() => {
                let (first, step) = (wait("first"), wait("step"));
                let most = if value.get("most").is_some() { wait("most") } else { Some(LONGEST) };
                let (first, most) = (first?, most?);
                let delay = match (step, value.get("times").and_then(serde_json::Value::as_f64)) {
                    (Some(step), _) => Delay::Steps { first, step, most },
                    (None, times) => Delay::Times { first, times: times?, most },
                };
                (delay, ("first", first), ("most", most))
            }
            _ => {
                let (from, to) = (wait("from").unwrap_or(Duration::ZERO), wait("to")?);
                (Delay::Between(from, to), ("from", from), ("to", to))
            }
        };
        if low.1 > high.1 {
            let message = format!("\"{}\" is longer than \"{}\"", low.0, high.0);
            let finding = self.error(&at.get(low.0).unwrap_or_else(|| at.clone()), "E0317", message);
            self.found(finding.label(format!("expected at most what \"{}\" says", high.0)));
            return None;
        }
        Some(delay)
    }
}
