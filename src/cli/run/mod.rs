//! `ayra-mock run`: starts a server, runs the command that calls it, and says what the client did wrong.

mod child;
mod group;
mod pretty;
mod replay;
mod reports;
mod session;
mod variables;

use std::ffi::OsString;
use std::sync::Arc;
use std::time::Duration;

use clap::builder::PossibleValuesParser;
use clap::{Args, ValueEnum};
use tokio::sync::broadcast::Receiver;
use tokio::task::{JoinError, JoinSet};

use super::args::ServeArgs;
use super::failure::{ENVIRONMENT, FINDINGS, FINE, Failure};
use super::log::Log;
use super::serve::{address, runtime};
use super::settings::{Origin, Settings, Verbosity};
use super::style::{Colors, complain};
use super::values::Written;
use super::{Start, settled, sources, worded};
use crate::breach::Severity;
use crate::clock::{Clock, Stopwatch};
use crate::contract::Contract;
use crate::journal::coverage::{Coverage, Kind as Covered};
use crate::journal::verdict::VERDICTS;
use crate::nearest::nearest;
use crate::reload::Watch;
use crate::report::{End, Format as _, Least, Report, Run, Subject};
use crate::scenario;
use child::Output;
use group::{Signals, asks_to_leave};
use pretty::Pretty;
use reports::Wanted;
use session::Session;
use variables::Variable;

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct RunArgs {
    /// The command that is run, and its arguments
    #[arg(last = true, required = true, value_name = "COMMAND")]
    command: Vec<OsString>,

    /// Arm all scenarios at once, and run the command once
    ///
    /// Without it the command is run once for each scenario.
    #[arg(long, help_heading = "Run")]
    together: bool,

    /// How many runs there are at a time
    ///
    /// Each has a server and a world of its own. What several commands print is marked with the names of their scenarios.
    #[arg(long, short, value_name = "N", default_value = "1", value_parser = read::<usize>, help_heading = "Run")]
    jobs: usize,

    /// Time after which a command is ended, with all that it has started
    ///
    /// It is asked to leave (SIGTERM), and killed five seconds later. The exit code is 124.
    #[arg(long, value_name = "TIME", value_parser = read::<Duration>, help_heading = "Run")]
    timeout: Option<Duration>,

    /// Another variable for the command, such as API_URL={url}/v1
    ///
    /// In braces: url, key, mock (where the paths under /_mock/ begin), host (with the port), port, scenario, seed.
    /// AYRA_BASE_URL, AYRA_API_KEY and AYRA_MOCK_URL are there always.
    #[arg(long, value_name = "NAME=VALUE", value_parser = variables::read, help_heading = "Run")]
    env: Vec<Variable>,

    /// The least that makes the exit code 1
    #[arg(long, value_enum, value_name = "LEVEL", default_value_t = FailOn::Error, help_heading = "Judgement")]
    fail_on: FailOn,

    /// Leave with 0, whatever was found and however the command ended
    #[arg(long, help_heading = "Judgement")]
    exit_zero: bool,

    /// A report, to a file or to the standard output; several by several flags
    ///
    /// human, junit, sarif, github, gitlab, markdown, json or html. What the command prints goes to the standard error where
    /// a report goes to the standard output. In GitHub Actions annotations and a summary are written without asking.
    #[arg(long, value_name = "FORMAT[=FILE]", value_parser = reports::read, help_heading = "Judgement")]
    report: Vec<Wanted>,

    /// How much of the contract has to be met, such as 80% or errors=50%
    ///
    /// Of everything, or of operations, parameters, values, errors, pages or rules; several by several flags. All runs count
    /// together. -v tells what was never met.
    #[arg(long, value_name = "[KIND=]PERCENT", value_parser = least, help_heading = "Judgement")]
    min_coverage: Vec<Least>,

    /// Leave a verdict out that holds for every run; several by several flags
    #[arg(long, value_name = "VERDICT", value_parser = verdicts(), help_heading = "Judgement")]
    except: Vec<String>,

    #[command(flatten)]
    serve: Box<ServeArgs>,
}

const EXAMPLES: &str = "\
Examples:
  ayra-mock run -- pytest -q
  ayra-mock run --scenario scenarios/*.yaml --jobs 4 -- npm test
  ayra-mock run --env API_URL={url}/v1 --timeout 2m -- ./client

Exit codes: the command's own if it failed (128+n if signal n killed it, 124
after --timeout), else 1 if the client fell short, 2 wrong usage, settings or
files, 3 something of this machine: no port, no such command.";

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum FailOn {
    Error,
    Warning,
}

fn read<T: Written>(text: &str) -> Result<T, String> {
    T::read(text).ok_or_else(|| T::fault(text))
}

/// Those that hold for every run.
fn verdicts() -> PossibleValuesParser {
    PossibleValuesParser::new(VERDICTS.iter().filter(|verdict| verdict.always).map(|verdict| verdict.name))
}

fn least(text: &str) -> Result<Least, String> {
    let (kind, percent) = text.split_once('=').map_or((None, text), |(kind, percent)| (Some(kind), percent));
    let known = || Covered::ALL.into_iter().map(Covered::name);
    let kind = match kind {
        None => None,
        Some(name) => Some(Covered::ALL.into_iter().find(|kind| kind.name() == name).ok_or_else(|| {
            match nearest(name, known()) {
                Some(near) => format!("nothing is counted as {name:?}: did you mean {near:?}?"),
                None => format!("nothing is counted as {name:?}: there are {}", known().collect::<Vec<_>>().join(", ")),
            }
        })?),
    };
    let percent = percent.strip_suffix('%').unwrap_or(percent).parse().ok().filter(|part| (0.0..=100.0).contains(part));
    percent.map(|percent| Least { kind, percent }).ok_or_else(|| "expected a percentage such as 80%".to_owned())
}

pub fn run(args: &RunArgs, start: &Start) -> Result<u8, Failure> {
    let (mut settings, colors) = settled(&args.serve.typed(), start)?;
    let verbosity = adapt(&mut settings);
    let runs = args.shares(&settings.scenarios);
    if settings.port != 0 && args.jobs > 1 && runs.len() > 1 {
        let failure = Failure::new(format!("several runs at a time can't share the port {}", settings.port));
        return Err(failure.help("leave --port out: each takes a free one"));
    }
    if settings.journal_entries == 0 {
        let failure =
            Failure::new("a run is judged by what the journal remembers, and --journal-entries 0 leaves nothing");
        return Err(failure.help("leave --journal-entries out, or give the number of requests that the command makes"));
    }
    if settings.journal.is_some() && args.jobs > 1 && runs.len() > 1 {
        let failure = Failure::new("several runs at a time can't share the file of --journal");
        return Err(failure.help("leave --jobs out: one run after the other writes to it"));
    }
    // What is wrong with the last scenario is told before the first one is played.
    let sources = sources(&settings)?;
    let from = sources.described.clone();
    let materials = sources.load()?;
    let contract = materials.contract.clone();
    drop(materials);
    let address = address(&settings)?;
    reports::prepare(&args.report, &settings, &start.around.folder)?;
    let runtime = runtime()?;
    let log = Log::start(&settings, colors)?;
    let session = Session {
        address,
        words: args.command.clone(),
        variables: args.env.clone(),
        limit: args.timeout,
        except: args.except.clone(),
        manner: replay::manner(args),
        settings,
    };
    let aside = args.report.iter().any(Wanted::is_printed);
    let telling = Telling { colors, verbosity, count: runs.len(), aside };
    let blank = Report {
        contract: subject(&contract, from),
        command: args.command.iter().map(|word| word.to_string_lossy().into_owned()).collect(),
        folder: start.around.folder.clone(),
        began: Clock::system(),
        took: Duration::ZERO,
        fail_on: args.fail_on.into(),
        runs: Vec::new(),
        unplayed: 0,
        coverage: Coverage::of(&contract),
        least: args.min_coverage.clone(),
    };
    let played = runtime.block_on(all(Arc::new(session), runs, args.jobs, telling, blank));
    runtime.shutdown_background();
    log.finish();
    let Told { report, told_to_leave, failure } = played?;
    if !report.runs.is_empty() {
        complain(&Pretty { colors: colors.stderr, verbosity }.tell(&report));
    }
    let unwritten = reports::write(&report, &args.report, &start.around);
    unwritten.iter().for_each(|failure| complain(&worded(failure, colors.stderr)));
    if let Some(failure) = failure {
        // What was played until then has been told.
        return Err(failure);
    }
    let own = own_code(&report, told_to_leave).filter(|_| !args.exit_zero);
    Ok(match (own, unwritten.is_empty()) {
        (Some(code), _) => code,
        (None, false) => ENVIRONMENT,
        (None, true) if args.exit_zero || report.is_good() => FINE,
        (None, true) => FINDINGS,
    })
}

/// The command's own code goes before ours: whoever runs a test suite wants to know what it said. None if it was fine.
fn own_code(report: &Report, told_to_leave: Option<i32>) -> Option<u8> {
    let failed = report.runs.iter().map(|run| run.end).find(|end| !end.is_good());
    Some(failed.or(told_to_leave.map(End::Killed))?.exit_code())
}

/// What is meant for a server that stays is not for one that is gone with its command.
fn adapt(settings: &mut Settings) -> Verbosity {
    if *settings.origin("port") == Origin::Default {
        settings.port = 0;
    }
    if *settings.origin("watch") == Origin::Default {
        settings.watch = Watch::Off;
    }
    // The output is the command's.
    std::mem::replace(&mut settings.verbosity, Verbosity::Quiet)
}

impl RunArgs {
    /// The scenarios of each run.
    fn shares(&self, scenarios: &[String]) -> Vec<Vec<String>> {
        match self.together || scenarios.is_empty() {
            true => vec![scenarios.to_vec()],
            false => scenarios.iter().map(|name| vec![name.clone()]).collect(),
        }
    }
}

/// How a run is told while it goes on.
#[derive(Debug, Clone, Copy)]
struct Telling {
    colors: Colors,
    verbosity: Verbosity,
    count: usize,
    /// The standard output is a report's.
    aside: bool,
}

struct Told {
    report: Report,
    told_to_leave: Option<i32>,
    /// Why a run could not be played.
    failure: Option<Failure>,
}

/// Plays all, so many at a time, until somebody says that it is enough.
async fn all(
    session: Arc<Session>,
    shares: Vec<Vec<String>>,
    jobs: usize,
    telling: Telling,
    mut report: Report,
) -> Result<Told, Failure> {
    let watch = Stopwatch::start();
    let signals = Signals::catch().map_err(|error| Failure::new(format!("can't catch signals: {error}")))?;
    let mut heard = signals.listen();
    let (mut waiting, mut at_work) = (shares.into_iter().enumerate(), JoinSet::new());
    let mut runs: Vec<(usize, Run)> = Vec::new();
    let (mut told_to_leave, mut failure) = (None, None);
    loop {
        while at_work.len() < jobs && told_to_leave.is_none() && failure.is_none() {
            let Some((number, scenarios)) = waiting.next() else { break };
            let output = telling.begins(number, &scenarios, jobs);
            let (session, signals) = (session.clone(), signals.listen());
            at_work.spawn(async move { (number, session.play(&scenarios, output, signals).await) });
        }
        match next(&mut at_work, &mut heard, &mut told_to_leave).await {
            None => break,
            Some(Ok((number, Ok(done)))) => {
                report.coverage.add(&done.entries, &done.armed);
                runs.push((number, done.run));
            }
            Some(Ok((_, Err(error)))) => failure = failure.or(Some(error)),
            Some(Err(error)) => {
                failure = failure.or(Some(Failure::new(format!("a run ended in a fault of ours: {error}"))))
            }
        }
    }
    runs.sort_by_key(|(number, _)| *number);
    report.runs = runs.into_iter().map(|(_, run)| run).collect();
    report.took = watch.elapsed();
    report.unplayed = telling.count - report.runs.len();
    Ok(Told { report, told_to_leave, failure })
}

/// The next run that is over. A signal that asks to leave is noted whenever it comes, be it after a command has ended.
async fn next<T: 'static>(
    at_work: &mut JoinSet<T>,
    heard: &mut Receiver<i32>,
    told_to_leave: &mut Option<i32>,
) -> Option<Result<T, JoinError>> {
    loop {
        tokio::select! {
            biased;
            Ok(signal) = heard.recv() => *told_to_leave = told_to_leave.or(asks_to_leave(signal).then_some(signal)),
            done = at_work.join_next() => return done,
        }
    }
}

fn subject(contract: &Contract, from: String) -> Subject {
    let file = &contract.bundle.root().source().name;
    Subject {
        title: contract.title.clone(),
        version: contract.version.clone(),
        from,
        file: file.replace(" (embedded)", ""),
    }
}

impl Telling {
    /// Says which run begins, if there are several, and where its command's output goes.
    fn begins(&self, number: usize, scenarios: &[String], jobs: usize) -> Output {
        let name = scenarios.first().map_or(session::NONE, |name| scenario::stem(name));
        if self.count > 1 && self.verbosity != Verbosity::Quiet {
            complain(&pretty::heading(number + 1, self.count, name, self.colors.stderr));
        }
        match jobs > 1 && self.count > 1 {
            true => Output::Marked { mark: name.to_owned(), aside: self.aside },
            false if self.aside => Output::Aside,
            false => Output::Ours,
        }
    }
}

impl From<FailOn> for Severity {
    fn from(level: FailOn) -> Severity {
        match level {
            FailOn::Error => Severity::Error,
            FailOn::Warning => Severity::Warning,
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::broadcast;

    use super::*;

    /// What is noted when these signals come, and then a run is over.
    async fn noted(signals: &'static [i32]) -> Option<i32> {
        let (sender, mut heard) = broadcast::channel(16);
        let (mut at_work, mut told_to_leave) = (JoinSet::new(), None);
        at_work.spawn(async move { signals.iter().for_each(|signal| drop(sender.send(*signal))) });
        next(&mut at_work, &mut heard, &mut told_to_leave).await.expect("a run").expect("no panic");
        told_to_leave
    }

    #[test]
    fn a_signal_is_heard_though_no_command_is_there_to_get_it() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        let noted = |signals| runtime.block_on(noted(signals));
        assert_eq!(noted(&[]), None);
        assert_eq!(noted(&[10]), None, "which asks nobody to leave");
        assert_eq!(noted(&[10, 15, 2]), Some(15));
    }
}
