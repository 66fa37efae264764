//! One run: a server of its own with its scenarios armed, the command, and what is held against it when it has ended.
//!
//! Every run has a server, and not a lane of a common one: a client need not know of lanes, what is armed for connections works
//! in each, and no run finds what another has left.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::broadcast::Receiver;
use tokio::time::timeout;

use super::child::{self, Output};
use super::variables::{self, Facts, Variable};
use crate::cli::failure::Failure;
use crate::cli::serve::{ANSWERING, builder, cannot_start, flags, quoted, url};
use crate::cli::settings::Settings;
use crate::cli::sources;
use crate::clock::{Clock, Stopwatch};
use crate::journal::Entry;
use crate::mock::{Server, reason};
use crate::report::{self, Breaches, NO_OPERATION, Run, Story};
use crate::scenario::Scenario;

/// What stands in place of a scenario's name where none is armed.
pub const NONE: &str = "no scenario";
/// The key of a contract that lists none: any that is well-formed is let in.
const ANY_KEY: &str = "test";
/// What it asks for is told breach by breach, each with its level.
const BY_BREACH: &str = "known_only";
/// The codes of those breaches.
const UNKNOWN: [&str; 2] = ["unknown", NO_OPERATION];
/// So long the server waits for the ends of what the command has left open.
const DRAIN: Duration = Duration::from_millis(500);

/// What all runs have in common.
pub struct Session {
    pub settings: Settings,
    pub address: SocketAddr,
    pub words: Vec<OsString>,
    pub variables: Vec<Variable>,
    pub limit: Option<Duration>,
    /// Verdicts that are not passed.
    pub except: Vec<String>,
    /// The flags of the command line that say how the command is run, as they are repeated for a replay.
    pub manner: String,
}

/// A run, and the exchanges that it was judged by.
pub struct Played {
    pub run: Run,
    pub entries: Vec<Arc<Entry>>,
    pub armed: Vec<Arc<Scenario>>,
}

impl Session {
    /// Runs the command with these scenarios armed.
    pub async fn play(&self, scenarios: &[String], output: Output, signals: Receiver<i32>) -> Result<Played, Failure> {
        let (server, clock) = self.server(scenarios).await?;
        let stories = server.scenarios();
        let armed: Vec<Story> = stories
            .opening()
            .iter()
            .map(|scenario| Story { name: scenario.name.clone(), file: scenario.origin.replace(" (embedded)", "") })
            .collect();
        let name = match armed.as_slice() {
            [] => NONE.to_owned(),
            armed => armed.iter().map(|story| story.name.as_str()).collect::<Vec<_>>().join(", "),
        };
        let variables = self.variables(&server, &name);
        let watch = Stopwatch::start();
        let ended = child::run(&self.words, &variables, &output, self.limit, signals).await;
        let end = ended.map_err(|error| self.cannot_run(&error))?;
        let took = watch.elapsed();
        let (journal, contract) = (server.journal(), server.contract());
        // What the command has left open ends with it, and the server needs a moment to see that.
        let _ = timeout(DRAIN, server.stop()).await;
        let mut entries = journal.entries();
        entries.sort_by_key(|entry| (entry.at, entry.number));
        let off: Vec<&str> = self.except.iter().map(String::as_str).chain([BY_BREACH]).collect();
        let judgements = report::judge(&entries, &contract, stories.opening(), &off);
        let except = if self.except.iter().any(|name| name == BY_BREACH) { &UNKNOWN[..] } else { &[] };
        let Breaches { findings: broken, untold } = Breaches::of(&entries, &contract, except);
        let mut findings = report::verdicts(&judgements, &entries, &armed);
        findings.extend(broken);
        findings.extend(report::remarks(journal.last(), journal.dropped(), entries.len() as u64));
        // Only the first are told everywhere.
        findings.sort_by_key(|finding| Reverse(finding.level));
        let run = Run {
            name,
            scenarios: armed,
            end,
            took,
            exchanges: journal.last(),
            forgotten: journal.dropped(),
            findings,
            untold,
            judgements,
            replay: self.replay(scenarios, &clock),
        };
        Ok(Played { run, entries, armed: stories.opening().to_vec() })
    }

    /// A server that answers, and the flags that set its clock as it is.
    async fn server(&self, scenarios: &[String]) -> Result<(Server, String), Failure> {
        let settings = &self.settings;
        let materials = sources(settings)?.armed(scenarios).load()?;
        let by_scenario = materials.scenarios.opening().iter().any(|scenario| scenario.clock.is_some());
        let unset = settings.now.is_none() && settings.speed.is_none();
        // The machine's time as it is now, so that it can be set again.
        let now = (unset && !by_scenario).then(|| whole_second(Clock::system()));
        let mut builder = builder(settings)?.address(self.address);
        if now.is_some() {
            builder = builder.clock(now, Some(1.0));
        }
        let server =
            builder.start_with(materials).await.map_err(|error| cannot_start(error, settings).of_environment())?;
        let clock = match now {
            Some(now) => format!(" --now {now} --speed 1"),
            None => flags(settings, &["now", "speed"]),
        };
        Ok((server, clock))
    }

    fn variables(&self, server: &Server, scenario: &str) -> BTreeMap<String, String> {
        let facts = Facts {
            url: url(server.address()),
            key: server.default_key().unwrap_or_else(|| ANY_KEY.to_owned()),
            port: server.address().port(),
            scenario: if scenario == NONE { String::new() } else { scenario.to_owned() },
            seed: self.settings.seed,
        };
        variables::all(&self.variables, &facts)
    }

    fn replay(&self, scenarios: &[String], clock: &str) -> String {
        let named: String = scenarios.iter().map(|name| format!(" {}", quoted(name))).collect();
        let armed = if named.is_empty() { named } else { format!(" --scenario{named}") };
        let together = if scenarios.len() > 1 { " --together" } else { "" };
        let words: Vec<String> = self.words.iter().map(|word| quoted(&word.to_string_lossy())).collect();
        let (seed, flags) = (self.settings.seed, flags(&self.settings, &ANSWERING));
        format!("ayra-mock run --seed {seed}{clock}{flags}{}{armed}{together} -- {}", self.manner, words.join(" "))
    }

    fn cannot_run(&self, error: &std::io::Error) -> Failure {
        let program = self.words.first().map(|word| word.to_string_lossy()).unwrap_or_default();
        let failure = Failure::new(format!("can't run {program:?}: {}", reason(error)));
        failure
            .help("what stands behind -- is a program and its arguments; for more than that: -- sh -c '...'")
            .of_environment()
    }
}

fn whole_second(time: Timestamp) -> Timestamp {
    Timestamp::from_second(time.as_second()).unwrap_or(time)
}
