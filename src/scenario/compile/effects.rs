//! Limits, holds, states, clocks and what is captured.

use super::reach::Reach;
use super::{At, Reading};
use crate::scenario::effect::{ClockMove, Hold, LONGEST, Limit, RetryForm};
use crate::scenario::notation::{self, subject};
use crate::scenario::plan::{CountBy, Subject};

impl<'a> Reading<'a> {
    pub fn limit(&mut self, at: &At<'a>, reach: &Reach<'a>) -> Option<Limit> {
        let requests = at.get("requests").and_then(|at| self.count(&at));
        let per = at.get("per").and_then(|at| self.span(&at));
        if let (Some(at), true) = (at.get("per"), per.is_some_and(|per| per.is_zero())) {
            let finding = self.error(&at, "E0317", "a limit is for a length of time");
            self.found(finding.label("expected more than 0"));
        }
        let burst = at.get("burst").map_or(requests, |at| self.count(&at));
        let by = at.get("by").and_then(|at| self.count_by(&at, reach)).unwrap_or(CountBy::Lane);
        let retry_after = match at.get("retry_after").and_then(|at| at.text()) {
            Some("date") => Some(RetryForm::Date),
            Some("none") => None,
            _ => Some(RetryForm::Seconds),
        };
        let headers = at.value.get("headers").and_then(serde_json::Value::as_bool).unwrap_or(true);
        let named = at.get("problem");
        if let Some(problem) = &named {
            self.problem(problem, None, reach);
        }
        let problem = named.and_then(|at| at.text()).map(str::to_owned);
        let (requests, per, burst) = (requests?, per?, burst?);
        Some(Limit { requests, per, burst, by, retry_after, headers, problem })
    }

    /// Without a name of its own a hold is called like its rule.
    pub fn hold(&mut self, at: &At<'a>, rule: &str) -> Option<Hold> {
        let name = at.text().or_else(|| at.get("name")?.text()).unwrap_or(rule).to_owned();
        let most = at.get("most").map_or(Some(LONGEST), |most| self.wait(&most))?;
        Some(Hold { name, most })
    }

    pub fn clock_move(&mut self, at: &At<'a>) -> Option<ClockMove> {
        if let Some(span) = at.get("advance") {
            return self.span(&span).map(ClockMove::Advance);
        }
        if let Some(moment) = at.get("to") {
            return self.moment(&moment).map(ClockMove::To);
        }
        Some(if at.flag("freeze") { ClockMove::Freeze } else { ClockMove::Resume })
    }

    pub fn capture(&mut self, at: &At<'a>, reach: &Reach<'a>) -> Vec<(String, Subject)> {
        let mut captured = Vec::new();
        for (name, at) in at.members() {
            let read = at.text().and_then(subject);
            let Some(of) = self.read(&at, &notation::CAPTURE, read) else { continue };
            self.subject_is_there(&at, &of, reach);
            if let Subject::Answer(pointer) = &of {
                self.answers_have(&at, pointer, false, reach);
            }
            captured.push((name.to_owned(), of));
        }
        captured
    }
}
