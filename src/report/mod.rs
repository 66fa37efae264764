//! What came of a run of a client: plain values, gathered once (`gather`) and told in several forms, one file for each.

mod gather;
mod github;
mod gitlab;
mod html;
mod json;
mod junit;
mod lanes;
mod markdown;
mod markup;
mod sarif;

pub use gather::{Breaches, NO_OPERATION, Place, remarks, verdicts};
pub use lanes::judge;

use std::path::{Component, Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;

use crate::breach::Severity;
use crate::journal::coverage::{Coverage, Kind as Covered};
use crate::journal::verdict::Judgement;
use crate::plural;
use crate::seed::Seed;

/// One form in which a report is told.
pub trait Format: Sync {
    fn tell(&self, report: &Report) -> String;
}

/// Each form by its name.
pub const FORMATS: [(&str, &dyn Format); 7] = [
    ("junit", &junit::Junit),
    ("sarif", &sarif::Sarif),
    ("github", &github::Github),
    ("gitlab", &gitlab::Gitlab),
    ("markdown", &markdown::Markdown),
    ("json", &json::Json),
    ("html", &html::Html),
];

/// One or several runs of a command, and what is held against them.
#[derive(Debug)]
pub struct Report {
    pub contract: Subject,
    /// The program and its arguments.
    pub command: Vec<String>,
    /// Where it was called, from which files are told.
    pub folder: PathBuf,
    pub began: Timestamp,
    pub took: Duration,
    /// The least that a client falls short by.
    pub fail_on: Severity,
    pub runs: Vec<Run>,
    /// How many more there would have been: somebody said that it is enough, or one could not be played.
    pub unplayed: usize,
    /// What all runs together have met.
    pub coverage: Coverage,
    pub least: Vec<Least>,
}

/// How much is to be met, of one kind or of all.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Least {
    pub kind: Option<Covered>,
    pub percent: f64,
}

/// Which contract the client was held against.
#[derive(Debug, Clone, Default)]
pub struct Subject {
    pub title: String,
    pub version: String,
    /// Where it was read from, in words.
    pub from: String,
    /// The document itself, as it is called.
    pub file: String,
}

/// The command, run once.
#[derive(Debug)]
pub struct Run {
    /// The scenarios that were armed; of none what stands in place of them.
    pub name: String,
    pub scenarios: Vec<Story>,
    pub end: End,
    pub took: Duration,
    /// How many requests came, and how many of the first were forgotten before they were judged.
    pub exchanges: u64,
    pub forgotten: u64,
    pub findings: Vec<Finding>,
    /// How often the contract was broken in other ways, beyond those findings.
    pub untold: usize,
    pub judgements: Vec<Judgement>,
    /// The command line that does the same once more.
    pub replay: String,
}

/// A scenario that was armed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Story {
    pub name: String,
    pub file: String,
}

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    Code(i32),
    /// By this signal.
    Killed(i32),
    /// It was ended, because it took longer than this.
    TimedOut(Duration),
}

/// Something that the client did wrong, as often as it did it.
#[derive(Debug, Clone)]
pub struct Finding {
    pub level: Severity,
    pub kind: Kind,
    /// Stable: the code of a breach, or the name of a verdict.
    pub code: String,
    /// What it is about, without anything that another run might have otherwise: the place in a request, or the line that asks
    /// for a verdict.
    pub about: String,
    pub operation: Option<String>,
    /// A line that says it all.
    pub message: String,
    pub expected: String,
    pub seen: String,
    /// What can be done about it; empty where there is nothing to say.
    pub advice: String,
    /// Where what was broken is written.
    pub place: Option<Place>,
    pub times: usize,
    /// The first of the exchanges that show it.
    pub exchanges: Vec<Excerpt>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The contract was broken.
    Breach,
    /// A verdict was not passed.
    Verdict,
    /// The run says less than it seems to.
    Run,
}

/// One exchange in a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excerpt {
    pub number: u64,
    pub id: String,
    /// Since the server was started.
    pub at: Duration,
    pub method: String,
    pub target: String,
    pub status: u16,
}

impl Report {
    pub fn is_good(&self) -> bool {
        let all_good = self.unplayed == 0 && self.runs.iter().all(|run| run.is_good(self.fail_on));
        all_good && self.short_of().next().is_none()
    }

    /// What of the coverage is less than was asked for, as sentences.
    pub fn short_of(&self) -> impl Iterator<Item = String> {
        self.least.iter().filter_map(|least| self.short_by(least))
    }

    fn short_by(&self, least: &Least) -> Option<String> {
        let shares = self.coverage.shares();
        let of_kind = |kind| shares.iter().find(|share| share.kind == kind).map_or(100.0, |share| share.percent());
        let percent = least.kind.map_or_else(|| self.coverage.percent(), of_kind);
        let (what, wanted) = (least.of(), least.percent);
        (percent < wanted).then(|| format!("{percent:.1}% of {what} was met, and {wanted}% was asked for"))
    }

    /// Where a finding is shown that has no place of its own: in the first scenario, or in the contract.
    fn place(&self, run: &Run, finding: &Finding) -> Place {
        let story = || run.scenarios.first().map(|story| Place { file: story.file.clone(), line: 1 });
        let contract = || Place { file: self.contract.file.clone(), line: 1 };
        let Place { file, line } = finding.place.clone().or_else(story).unwrap_or_else(contract);
        Place { file: from_folder(&self.folder, &file), line }
    }

    pub fn findings(&self) -> impl Iterator<Item = (&Run, &Finding)> {
        self.runs.iter().flat_map(|run| run.findings.iter().map(move |finding| (run, finding)))
    }
}

impl Least {
    /// Of what.
    pub fn of(&self) -> &'static str {
        self.kind.map_or("everything", Covered::name)
    }
}

impl Run {
    /// Whether the command succeeded and nothing as grave as this was found.
    pub fn is_good(&self, fail_on: Severity) -> bool {
        self.end.is_good() && !self.falls_short(fail_on)
    }

    /// What was found beyond the findings, in words.
    pub fn beyond(&self) -> Option<String> {
        (self.untold > 0)
            .then(|| format!("and the contract was broken in other ways {}", plural::count(self.untold, "time")))
    }

    /// Whether the client did something as wrong as this, however the command ended.
    pub fn falls_short(&self, fail_on: Severity) -> bool {
        self.findings.iter().any(|finding| finding.level >= fail_on)
    }
}

impl Kind {
    pub const fn name(self) -> &'static str {
        match self {
            Kind::Breach => "breach",
            Kind::Verdict => "verdict",
            Kind::Run => "run",
        }
    }
}

impl End {
    pub fn is_good(self) -> bool {
        self == End::Code(0)
    }

    /// As a shell would give it: the command's own, or 128 and its signal; 124 where the time was over.
    pub fn exit_code(self) -> u8 {
        let low = |code: i32| u8::try_from(code & 0xff).unwrap_or(u8::MAX);
        match self {
            // On some systems a code is longer than what a process can leave with, and must not become 0.
            End::Code(code) if code != 0 && low(code) == 0 => u8::MAX,
            End::Code(code) => low(code),
            End::Killed(signal) => low(128 + signal),
            End::TimedOut(_) => 124,
        }
    }

    pub fn told(self) -> String {
        match self {
            End::Code(code) => format!("exit code {code}"),
            End::Killed(signal) => format!("killed by signal {signal}"),
            End::TimedOut(limit) => format!("still running after {}, and ended", seconds(limit)),
        }
    }
}

/// The same for the same finding in every run of a pipeline, whatever values it is shown with. Of each other finding of a
/// report it is another.
fn fingerprint(run: &Run, finding: &Finding) -> String {
    let operation = finding.operation.as_deref().unwrap_or_default();
    let name = [run.name.as_str(), finding.kind.name(), &finding.code, operation, &finding.about].join("\n");
    format!("{:016x}", Seed(0).of(&name).0)
}

/// The path of a file as a repository has it: below the folder, and without detours.
fn from_folder(folder: &Path, file: &str) -> String {
    let mut parts: Vec<Component> = Vec::new();
    for part in Path::new(file).components() {
        match (part, parts.last()) {
            (Component::CurDir, _) => {}
            (Component::ParentDir, Some(Component::Normal(_))) => _ = parts.pop(),
            _ => parts.push(part),
        }
    }
    let plain: PathBuf = parts.into_iter().collect();
    plain.strip_prefix(folder).unwrap_or(&plain).to_string_lossy().into_owned()
}

/// `1.5s`, `2m 3s`
pub fn seconds(time: Duration) -> String {
    match time.as_secs() {
        0..60 => format!("{:.1}s", time.as_secs_f64()),
        whole => format!("{}m {}s", whole / 60, whole % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_told_from_the_folder() {
        let told = |file: &str| from_folder(Path::new("/home/me"), file);
        assert_eq!(told("./a.yaml"), "a.yaml");
        assert_eq!(told("sub/../sub/./a.yaml"), "sub/a.yaml");
        assert_eq!(told("/home/me/sub/a.yaml"), "sub/a.yaml");
        assert_eq!((told("../a.yaml"), told("/etc/a.yaml")), ("../a.yaml".into(), "/etc/a.yaml".into()));
    }

    #[test]
    fn a_failure_is_never_told_as_a_success() {
        let codes = [End::Code(0), End::Code(5), End::Code(256), End::Code(-1), End::Killed(9)].map(End::exit_code);
        assert_eq!(codes, [0, 5, 255, 255, 137]);
        assert_eq!(End::TimedOut(Duration::from_secs(1)).exit_code(), 124);
    }
}
