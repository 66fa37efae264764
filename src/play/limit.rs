//! The limits of rules: over one, a problem that says how long to wait; under it, what is left.

use http::StatusCode;
use http::header::{HeaderName, RETRY_AFTER};
use jiff::SignedDuration;
use serde_json::{Map, Value};

use super::Scene;
use super::reply::date_in;
use crate::access::Allowance;
use crate::reply::Reply;
use crate::scenario::{Limit, Quota, Retry, RetryForm};

/// What answers over a limit that does not say it.
const USUAL: &str = "rate_limited";

impl Scene<'_> {
    /// Tells of rates what the contract tells, but for the headers that a rule has a word on.
    pub(super) fn tell_rates(&self, reply: &mut Reply) {
        let Some(policy) = &self.contract.rate else { return };
        let told = match self.of_limit() {
            None if reply.status == StatusCode::TOO_MANY_REQUESTS && self.is_instead() => self.used_up(reply),
            of_limit => of_limit.or(self.allowance),
        };
        let headers = told.into_iter().flat_map(|told| told.headers(policy));
        reply.headers.extend(headers.filter(|(name, _)| !self.speaks_of(name)));
    }

    /// What a limit says that no rule counts: that of the least tier, unless the caller's own is less.
    pub(super) fn usual_limit(&self) -> Option<u64> {
        let least = self.contract.rate.as_ref()?.tiers.iter().map(|tier| tier.minute).min();
        self.allowance.map(|allowance| allowance.limit).into_iter().chain(least).min()
    }

    /// Nothing is left, until the client may come again.
    fn used_up(&self, reply: &Reply) -> Option<Allowance> {
        let own = self.allowance?;
        let wait = reply.headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse::<u32>().ok());
        let reset = wait.map_or(own.reset, |wait| self.asked.now.as_second() + i64::from(wait));
        Some(Allowance { limit: self.usual_limit().unwrap_or(own.limit), remaining: 0, reset })
    }

    fn is_instead(&self) -> bool {
        self.wanted.fired.iter().any(|fired| fired.rule().then.reply.is_some())
    }

    fn speaks_of(&self, name: &HeaderName) -> bool {
        let thens = self.wanted.fired.iter().map(|fired| &fired.rule().then);
        let mut said = thens.flat_map(|then| {
            let answered = then.reply.iter().flat_map(|answer| answer.headers.iter().map(|(name, _)| name));
            then.headers.iter().map(|(name, _)| name).chain(answered)
        });
        said.any(|said| said == name)
    }

    /// What the first limit says, which is then told in the place of the caller's own.
    fn of_limit(&self) -> Option<Allowance> {
        let limits = self.wanted.fired.iter().filter_map(|fired| fired.rule().then.limit.as_ref().zip(fired.quota));
        let (_, quota) = limits.into_iter().find(|(limit, _)| limit.headers)?;
        let whole = quota.reset.as_second() + i64::from(quota.reset.subsec_nanosecond() > 0);
        Some(Allowance { limit: quota.limit, remaining: quota.remaining, reset: whole })
    }

    /// The answer to a request that is one too many.
    pub(super) fn limited(&self, limit: &Limit, quota: Quota, wait: SignedDuration) -> Reply {
        let seconds = whole_seconds(wait);
        let retry_after = match limit.retry_after {
            Some(_) => Retry::Seconds(seconds),
            None => Retry::None,
        };
        let facts = Map::from_iter([
            ("limit".to_owned(), Value::from(quota.limit)),
            ("window".to_owned(), Value::from(window(limit.per))),
        ]);
        let name = limit.problem.as_deref().unwrap_or(USUAL);
        let mut reply = self.problem(name, Value::Object(facts), Some(&retry_after));
        match limit.retry_after {
            Some(RetryForm::Seconds) => reply.set(RETRY_AFTER, &seconds.to_string()),
            Some(RetryForm::Date) => reply.set(RETRY_AFTER, &date_in(wait)),
            None => drop(reply.headers.remove(RETRY_AFTER)),
        }
        reply
    }
}

/// Whoever waits for so many is not too early.
fn whole_seconds(wait: SignedDuration) -> u64 {
    let seconds = wait.as_secs() + i64::from(wait.subsec_nanos() > 0);
    u64::try_from(seconds).unwrap_or(0).max(1)
}

/// As it stands after "per".
fn window(per: SignedDuration) -> String {
    const UNITS: [(i64, &str); 4] = [(86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second")];
    let seconds = per.as_secs();
    let unit = UNITS.iter().find(|(length, _)| seconds >= *length && seconds % length == 0);
    match unit.filter(|_| per.subsec_nanos() == 0) {
        Some((length, name)) if seconds == *length => (*name).to_owned(),
        Some((length, name)) => format!("{} {name}s", seconds / length),
        None => format!("{} ms", per.as_millis()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_are_called_as_people_call_them() {
        let table = [
            (SignedDuration::from_secs(60), "minute"),
            (SignedDuration::from_hours(24), "day"),
            (SignedDuration::from_hours(2), "2 hours"),
            (SignedDuration::from_secs(90), "90 seconds"),
            (SignedDuration::from_millis(1_500), "1500 ms"),
        ];
        for (per, name) in table {
            assert_eq!(window(per), name);
        }
        assert_eq!([1, 999, 1_000, 1_001].map(|ms| whole_seconds(SignedDuration::from_millis(ms))), [1, 1, 1, 2]);
    }
}
