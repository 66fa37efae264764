//! All verdicts, by the names that `expect:` has for them.

use super::{
    Case, Finding, all_pages, backed_off, before, calls, connections, followed_steps, fresh_url, gave_up, kept_filters,
    known_only, no_futile_retry, no_secret_in_url, poll_rate, read_whole, retried, safe_retries, same_key, under_limit,
    waited,
};

pub struct Verdict {
    pub name: &'static str,
    /// It holds for every run: what it asks for is right, whatever the client is for.
    pub always: bool,
    pub(super) judge: fn(&Case) -> Finding,
}

const fn always(name: &'static str, judge: fn(&Case) -> Finding) -> Verdict {
    Verdict { name, always: true, judge }
}

const fn asked(name: &'static str, judge: fn(&Case) -> Finding) -> Verdict {
    Verdict { name, always: false, judge }
}

pub static VERDICTS: [Verdict; 20] = [
    always("waited", waited::judge),
    asked("backed_off", backed_off::judge),
    asked("gave_up", gave_up::judge),
    always("no_futile_retry", no_futile_retry::judge),
    asked("retried", retried::judge),
    always("safe_retries", safe_retries::judge),
    always("same_key", same_key::judge),
    asked("fresh_url", fresh_url::judge),
    asked("all_pages", all_pages::judge),
    always("kept_filters", kept_filters::judge),
    asked("poll_rate", poll_rate::judge),
    asked("under_limit", under_limit::judge),
    asked("connections", connections::judge),
    asked("read_whole", read_whole::judge),
    always("no_secret_in_url", no_secret_in_url::judge),
    always("known_only", known_only::judge),
    asked("followed_steps", followed_steps::judge),
    asked("calls", calls::judge),
    asked("never", calls::judge_never),
    asked("before", before::judge),
];
