//! The front door: what was typed becomes settings, one command runs, one exit code leaves.

mod args;
mod assumptions;
mod banner;
mod completions;
mod config;
mod explain;
mod failure;
mod fields;
mod init;
mod inputs;
mod links;
mod lint;
mod log;
mod port_file;
mod resettle;
mod routes;
mod run;
mod scenario;
mod schema;
mod self_test;
mod serve;
mod settings;
mod settings_file;
mod style;
mod table;
mod values;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{Command, CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::clock::Stopwatch;
use crate::mock::Sources;
use args::{ListArgs, RoutesArgs, ServeArgs, Typed};
use failure::{FINE, Failure, USAGE};
use settings::{Settings, Surroundings};
use style::{BOLD, BOLD_RED, BOLD_YELLOW, Colors, Painted, complain, harmless};
use values::ColorChoice;

/// A mock server that keeps an API's contract
///
/// It serves every operation of an OpenAPI document, checks every request against it, and says precisely what is wrong
/// with one. Without a document of your own it serves the one that is built in.
#[derive(Debug, Parser)]
#[command(name = "ayra-mock", version, args_conflicts_with_subcommands = true, after_help = EXAMPLES)]
struct Cli {
    #[command(subcommand)]
    command: Option<Chosen>,
    #[command(flatten)]
    serve: ServeArgs,
}

const EXAMPLES: &str = "\
Examples:
  ayra-mock                             serve on http://127.0.0.1:4010
  ayra-mock --contract api.yaml -p 0    serve your own API on a free port
  ayra-mock run -- pytest -q            test a client, and say what it does wrong
  ayra-mock lint api.yaml               check a document without serving it

Each flag can be set by a variable (--max-body is AYRA_MOCK_MAX_BODY) and in
ayra-mock.yaml (max-body: 2MiB). A flag goes before a variable, a variable
before the file. `ayra-mock config show --origin` tells what holds.

Exit codes: 0 fine, 1 errors found, 2 wrong usage, settings, files or port.";

#[derive(Debug, Subcommand)]
enum Chosen {
    /// Answer requests (what happens without a command, too)
    Serve(Box<ServeArgs>),
    /// Run a command against a server of its own, and say what its client does wrong
    ///
    /// The command is told where the server is, and is run once for each scenario. When it has ended, its requests are judged.
    Run(Box<run::RunArgs>),
    /// Check a contract, scenarios, fixtures and settings without serving
    Lint(lint::LintArgs),
    /// Explain a code such as E0104
    Explain(explain::ExplainArgs),
    /// List the operations of the contract
    Routes(RoutesArgs),
    /// List, show, begin and explain scenarios
    Scenario(scenario::ScenarioArgs),
    /// Print the JSON Schema of a kind of file, for editors
    Schema(schema::SchemaArgs),
    /// List what the API's documentation leaves open
    Assumptions(ListArgs),
    /// Write the embedded files out for editing
    Init(init::InitArgs),
    /// Show the settings, and where each comes from
    Config(config::ConfigArgs),
    /// Let a client meet every fault, and tell what it saw on the wire
    ///
    /// The embedded contract is served for it on a free port of this machine, for some seconds.
    SelfTest(self_test::SelfTestArgs),
    /// Print a completion script for a shell
    Completions(completions::CompletionsArgs),
}

/// What a command is given: where the program runs and when it was started.
pub(crate) struct Start {
    pub around: Surroundings,
    pub watch: Stopwatch,
}

/// Runs the program. Never panics, and never leaves without a word.
pub fn run(args: impl IntoIterator<Item = OsString>, env: impl IntoIterator<Item = (OsString, OsString)>) -> ExitCode {
    let folder = std::env::current_dir().unwrap_or_default();
    let start = Start { around: Surroundings { env: env.into_iter().collect(), folder }, watch: Stopwatch::start() };
    let matches = match command().try_get_matches_from(args) {
        Ok(matches) => matches,
        Err(error) => return refused(&error, &start.around),
    };
    let cli = match Cli::from_arg_matches(&matches) {
        Ok(cli) => cli,
        Err(error) => return refused(&error, &start.around),
    };
    let chosen = cli.command.unwrap_or_else(|| Chosen::Serve(Box::new(cli.serve)));
    let done = match &chosen {
        Chosen::Serve(args) => serve::run(args, &start),
        Chosen::Run(args) => run::run(args, &start),
        Chosen::Lint(args) => lint::run(args, &start),
        Chosen::Explain(args) => explain::run(args),
        Chosen::Routes(args) => routes::run(args, &start),
        Chosen::Scenario(args) => scenario::run(args, &start),
        Chosen::Schema(args) => schema::run(args),
        Chosen::Assumptions(args) => assumptions::run(args, &start),
        Chosen::Init(args) => init::run(args),
        Chosen::Config(args) => config::run(args, &start),
        Chosen::SelfTest(args) => self_test::run(args, &start),
        Chosen::Completions(args) => completions::run(args),
    };
    match done {
        Ok(code) => ExitCode::from(code),
        Err(failure) => {
            // The settings may be what is wrong: the colours are then those of a program without any.
            complain(&worded(&failure, Colors::of(ColorChoice::Auto, &start.around).stderr));
            failure.exit_code()
        }
    }
}

/// Help and version are no errors, but come the same way.
fn refused(error: &clap::Error, around: &Surroundings) -> ExitCode {
    let colors = Colors::of(ColorChoice::Auto, around);
    let worded = |colors: bool| match colors {
        true => error.render().ansi().to_string().replace(UNBROKEN, " "),
        false => error.render().to_string().replace(UNBROKEN, " "),
    };
    if error.use_stderr() {
        complain(&worded(colors.stderr));
        return ExitCode::from(USAGE);
    }
    match style::print(&worded(colors.stdout)) {
        Ok(()) => ExitCode::from(FINE),
        Err(failure) => failure.exit_code(),
    }
}

/// Stands for a blank at which no line of help is broken.
const UNBROKEN: char = '\u{a0}';

/// The command line as clap knows it, each flag with its variable and default from the one table of settings.
fn command() -> Command {
    // A shell makes several words of `--scenario scenarios/*.yaml`; behind `--` begins the command.
    let several = |run: Command| run.mut_arg("scenario", |scenario| scenario.num_args(1..));
    described(Cli::command().mut_subcommand("run", several))
}

fn described(command: Command) -> Command {
    let mut command = command.max_term_width(80).mut_args(|argument| {
        let Some(field) = fields::field_named(&argument.get_id().as_str().replace('_', "-")) else { return argument };
        let default = match field.default {
            "" | "false" | "true" => String::new(),
            "0" if field.name == "verbose" => String::new(),
            default => format!("[default:{UNBROKEN}{default}]"),
        };
        let about = argument.get_help().map(ToString::to_string).unwrap_or_default();
        let short = format!("{about} {default}");
        let long = argument.get_long_help().map_or(about, ToString::to_string);
        let gap = if default.is_empty() { "" } else { "\n" };
        let long = format!("{long}\n\n[env:{UNBROKEN}{}]{gap}{default}", field.variable());
        argument.help(short.trim_end().to_owned()).long_help(long)
    });
    let subcommands: Vec<String> = command.get_subcommands().map(|command| command.get_name().to_owned()).collect();
    for name in subcommands {
        command = command.mut_subcommand(name, described);
    }
    command
}

/// A failure as a person reads it.
pub(crate) fn worded(failure: &Failure, colors: bool) -> String {
    match failure {
        Failure::ReaderGone => String::new(),
        Failure::Message { message, help, .. } => {
            let mut text = format!("{}: {}\n", Painted("error", BOLD_RED, colors), harmless(message));
            if let Some(help) = help {
                text.push_str(&format!("  {}: {}\n", Painted("help", BOLD, colors), harmless(help)));
            }
            text
        }
        Failure::Files(list) => lint::rendered(list, colors),
        Failure::Several(failures) => {
            failures.iter().map(|failure| worded(failure, colors)).collect::<Vec<_>>().join("\n")
        }
    }
}

/// Settles the settings, and tells of what is odd about them.
pub(crate) fn settled(typed: &Typed, start: &Start) -> Result<(Settings, Colors), Failure> {
    let settings = Settings::settle(typed, &start.around)?;
    let colors = Colors::of(settings.color, &start.around);
    for warning in &settings.warnings {
        complain(&format!("{}: {}\n", Painted("warning", BOLD_YELLOW, colors.stderr), harmless(warning)));
    }
    Ok((settings, colors))
}

/// The contract and keys that the settings name.
pub(crate) fn sources(settings: &Settings) -> Result<Sources, Failure> {
    Ok(Sources::new(settings.contract.as_deref(), settings.dir.as_deref())?
        .stateful(settings.stateful)
        .armed(&settings.scenarios))
}

#[cfg(test)]
mod tests;
