//! What is known about what is served: which generation it is, what changed last, and what keeps the files from being it.

use std::time::Duration;

use jiff::Timestamp;

use crate::source::Diagnostic;

/// As many findings are kept; one file may have thousands.
const MOST: usize = 20;

#[derive(Debug, Clone)]
pub struct Report {
    /// Counts what was good, from 1.
    pub generation: u64,
    /// When it was made.
    pub since: Timestamp,
    /// What changed with it.
    pub change: Change,
    /// Why it is not what the files say.
    pub trouble: Option<Trouble>,
    pub how: How,
    /// The folders that are watched.
    pub folders: Vec<String>,
}

/// What one renewal did, in words.
#[derive(Debug, Clone, Default)]
pub struct Change {
    /// Part by part: `keys: 1 added`.
    pub lines: Vec<String>,
    /// What could not be carried over.
    pub left: Vec<String>,
    /// How much was left beyond that.
    pub more: usize,
    pub warnings: Vec<Diagnostic>,
}

#[derive(Debug, Clone)]
pub struct Trouble {
    pub since: Timestamp,
    pub findings: Vec<Diagnostic>,
    /// How many there are beyond those.
    pub more: usize,
}

/// How one hears of saved files.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum How {
    /// Nobody looks by himself.
    #[default]
    Off,
    /// The system tells.
    Events,
    /// They are looked at in turns, perhaps because the system does not tell.
    Poll(Duration, Option<String>),
}

impl Report {
    pub fn first(now: Timestamp) -> Report {
        let how = How::default();
        Report { generation: 1, since: now, change: Change::default(), trouble: None, how, folders: Vec::new() }
    }

    pub(super) fn renewed(&mut self, now: Timestamp, change: Change) {
        self.generation += 1;
        (self.since, self.change) = (now, change);
    }

    /// Whether this is something new. Whoever saves one wrong file after the other is told of each.
    pub(super) fn failed(&mut self, now: Timestamp, mut findings: Vec<Diagnostic>) -> bool {
        let more = findings.len().saturating_sub(MOST);
        findings.truncate(MOST);
        if self.trouble.as_ref().is_some_and(|known| known.findings == findings) {
            return false;
        }
        let since = self.trouble.as_ref().map_or(now, |known| known.since);
        self.trouble = Some(Trouble { since, findings, more });
        true
    }

    /// Whether there was something to mend.
    pub(super) fn mended(&mut self) -> bool {
        self.trouble.take().is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trouble_is_told_once_and_lasts_until_it_is_mended() {
        let moment = |second| Timestamp::from_second(second).unwrap();
        let wrong = |message: &str| vec![Diagnostic::new("E0001", message)];
        let mut report = Report::first(moment(0));
        assert!(report.failed(moment(1), wrong("a")));
        assert!(!report.failed(moment(2), wrong("a")), "nothing new");
        assert!(report.failed(moment(3), wrong("b")));
        assert_eq!(report.trouble.as_ref().unwrap().since, moment(1), "since then it is wrong");
        assert_eq!(report.generation, 1);
        assert!(report.mended() && !report.mended());
        report.renewed(moment(4), Change { lines: vec!["keys: 1 added".to_owned()], ..Change::default() });
        assert_eq!((report.generation, report.since), (2, moment(4)));
        let many = (0..100).map(|n| Diagnostic::new("E0001", n.to_string())).collect();
        assert!(report.failed(moment(5), many));
        let trouble = report.trouble.unwrap();
        assert_eq!((trouble.findings.len(), trouble.more, trouble.since), (MOST, 80, moment(5)));
    }
}
