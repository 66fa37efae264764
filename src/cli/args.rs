//! The settings as typed: flags with their texts, not yet understood. `settings` makes values of them.

mod journal;
mod limits;
mod saving;

use clap::Args;
use clap::builder::NonEmptyStringValueParser;

pub use journal::JournalArgs;
pub use limits::LimitArgs;
pub use saving::SavingArgs;

/// What every command that reads a contract takes.
#[derive(Debug, Clone, Default, Args)]
pub struct ContractArgs {
    /// The OpenAPI document to work with, instead of the embedded one
    ///
    /// OpenAPI 3.0 or 3.1, YAML or JSON. References to other files are followed within the document's folder, remote
    /// ones never.
    #[arg(long, value_parser = NonEmptyStringValueParser::new(), value_name = "FILE", help_heading = "Contract")]
    pub contract: Option<String>,

    /// A folder that lies on top of the embedded files
    ///
    /// Its sub-folders schemas, fixtures and scenarios replace the embedded files of the same name, one by one. `init`
    /// writes the embedded files out.
    #[arg(long, value_parser = NonEmptyStringValueParser::new(), value_name = "DIR", help_heading = "Contract")]
    pub dir: Option<String>,

    /// The settings file, instead of the nearest ayra-mock.yaml
    ///
    /// Without it, ayra-mock.yaml is looked for in the working folder and upwards to the root of the repository.
    #[arg(long, value_parser = NonEmptyStringValueParser::new(), value_name = "FILE", help_heading = "Contract", conflicts_with = "no_config")]
    pub config: Option<String>,

    /// Use no settings file
    #[arg(long, help_heading = "Contract")]
    pub no_config: bool,
}

/// What every command that prints colours takes.
#[derive(Debug, Clone, Default, Args)]
pub struct ColorArgs {
    /// When to use colours: auto, always or never
    ///
    /// `auto` uses them on a terminal, and obeys NO_COLOR, CLICOLOR_FORCE and TERM=dumb.
    #[arg(long, value_name = "WHEN", help_heading = "Output")]
    pub color: Option<String>,
}

/// What a command takes that prints a list from the contract.
#[derive(Debug, Args)]
pub struct ListArgs {
    #[command(flatten)]
    pub contract: ContractArgs,

    #[command(flatten)]
    pub color: ColorArgs,

    /// Print a JSON array of objects
    #[arg(long, help_heading = "Output")]
    pub json: bool,
}

impl ListArgs {
    pub fn typed(&self) -> Typed {
        self.contract.typed_with(&self.color)
    }
}

/// What `routes` takes besides.
#[derive(Debug, Args)]
pub struct RoutesArgs {
    #[command(flatten)]
    pub list: ListArgs,

    #[command(flatten)]
    pub records: RecordArgs,
}

impl RoutesArgs {
    pub fn typed(&self) -> Typed {
        let mut typed = self.list.typed();
        self.records.add(&mut typed);
        typed
    }
}

/// How much is known of the records behind the operations.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Answers")]
pub struct RecordArgs {
    /// Keep records, also for a document that says nothing of them
    ///
    /// Collections, filters and pages are recognised by paths, methods and names. What `x-mock` says goes first; the embedded
    /// contract says everything. `ayra-mock routes --stateful` shows what was recognised.
    #[arg(long, overrides_with = "no_stateful")]
    pub stateful: bool,
    /// Undo a `stateful: true` from elsewhere
    #[arg(long, hide = true, overrides_with = "stateful")]
    pub no_stateful: bool,
}

impl RecordArgs {
    fn add(&self, typed: &mut Typed) {
        switch(typed, "stateful", self.stateful, self.no_stateful);
    }
}

/// What `serve` takes besides.
#[derive(Debug, Clone, Default, Args)]
pub struct ServeArgs {
    #[command(flatten)]
    pub contract: ContractArgs,
    #[command(flatten)]
    pub answers: AnswerArgs,
    #[command(flatten)]
    pub records: RecordArgs,
    #[command(flatten)]
    pub server: ServerArgs,
    #[command(flatten)]
    pub saving: SavingArgs,
    #[command(flatten)]
    pub limits: LimitArgs,
    #[command(flatten)]
    pub journal: JournalArgs,
    #[command(flatten)]
    pub output: OutputArgs,
    #[command(flatten)]
    pub color: ColorArgs,
}

#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Answers")]
pub struct AnswerArgs {
    /// The number that all generated values come from
    ///
    /// The same seed and the same requests give the same bytes.
    #[arg(long, value_name = "N", help_heading = "World")]
    pub seed: Option<String>,

    /// What time it is: the clock stands still there, unless --speed is given
    ///
    /// A moment such as 2025-01-15T15:00:00Z. Every lane begins with it, so the same requests find the same time. Without
    /// it the clock shows the time of this machine. `/_mock/clock` moves it.
    #[arg(long, value_name = "TIME", help_heading = "World")]
    pub now: Option<String>,

    /// How fast the clock runs: 60 is a minute in a second
    ///
    /// From --now on, or from the start of the program.
    #[arg(long, value_name = "N", help_heading = "World")]
    pub speed: Option<String>,

    /// How many conversations there are at the beginning; 0 is the documented ones alone
    ///
    /// Those in fixtures/conversations.yaml are always among them, so a smaller number than theirs gives these. Without it,
    /// as many as fixtures/world.yaml says.
    #[arg(long, value_name = "N", help_heading = "World")]
    pub conversations: Option<String>,

    /// How many more begin as time goes by, such as 12/h; none without it
    ///
    /// An average over the week: the hour and the weekday decide how busy it is. In each lane 100000 begin at most; a reset
    /// starts anew.
    #[arg(long, value_name = "RATE", help_heading = "World")]
    pub arrivals: Option<String>,

    /// Make bodies from the schemas, even where there are examples
    ///
    /// Realistic values, the same for the same seed. A request can ask for either: `Prefer: dynamic=false`.
    #[arg(long, short, overrides_with = "no_dynamic")]
    pub dynamic: bool,
    /// Undo a `dynamic: true` from elsewhere
    #[arg(long, hide = true, overrides_with = "dynamic")]
    pub no_dynamic: bool,

    /// Refuse what is otherwise a warning
    ///
    /// An unknown parameter, for example, is then an error.
    #[arg(long, overrides_with = "no_strict")]
    pub strict: bool,
    /// Undo a `strict: true` from elsewhere
    #[arg(long, hide = true, overrides_with = "strict")]
    pub no_strict: bool,

    /// Hold each answer against the contract too
    ///
    /// An answer that breaks the contract is a fault of ours, and is logged as such.
    #[arg(long, overrides_with = "no_check_answers")]
    pub check_answers: bool,
    /// Undo a `check-answers: true` from elsewhere
    #[arg(long, hide = true, overrides_with = "check_answers")]
    pub no_check_answers: bool,

    /// Arm this scenario from the beginning, in every lane: a name, or a file
    ///
    /// Several by several flags, or with commas between them. Rules are read in this order. `ayra-mock scenario list` tells
    /// the names; /_mock/scenarios arms and disarms while the server runs.
    #[arg(long, value_name = "SCENARIO", value_parser = NonEmptyStringValueParser::new(), help_heading = "Scenarios")]
    pub scenario: Vec<String>,

    /// Name the rules of scenarios that touched an answer, in X-Mock-Rule (the default)
    #[arg(long, overrides_with = "no_rule_header", help_heading = "Scenarios")]
    pub rule_header: bool,
    /// Send no X-Mock-Rule
    #[arg(long, overrides_with = "rule_header")]
    pub no_rule_header: bool,

    /// The form of errors: contract or problem
    ///
    /// `contract` answers as the API would, `problem` with RFC 9457 and every detail.
    #[arg(long, value_name = "FORM")]
    pub errors: Option<String>,
}

#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Server")]
pub struct ServerArgs {
    /// The address to listen on
    #[arg(long, value_name = "ADDRESS")]
    pub host: Option<String>,

    /// The port to listen on; 0 picks a free one
    #[arg(long, short, value_name = "PORT")]
    pub port: Option<String>,

    /// Write the port to this file once it is listened on
    ///
    /// The file appears as a whole, so a script can wait for it.
    #[arg(long, value_parser = NonEmptyStringValueParser::new(), value_name = "FILE")]
    pub port_file: Option<String>,

    /// Let pages of other origins call the API (the default)
    #[arg(long, overrides_with = "no_cors")]
    pub cors: bool,
    /// Send no CORS headers
    #[arg(long, overrides_with = "cors")]
    pub no_cors: bool,

    /// The token that opens the paths under /_mock/
    ///
    /// Of other machines nobody gets in there without it. Better set by the variable: a command line is seen by others.
    #[arg(long, value_name = "TOKEN")]
    pub admin_token: Option<String>,

    /// Names under which the paths under /_mock/ may be called
    ///
    /// Names with commas between them. Names of this machine and IP addresses always may; any other name could be a web
    /// page's, which leads here to have its visitor's browser do harm.
    #[arg(long, value_name = "NAMES")]
    pub admin_host: Option<String>,
}

#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Output")]
pub struct OutputArgs {
    /// The form of the request lines: pretty or json
    ///
    /// `json` writes one object per line. Times are UTC in both.
    #[arg(long, value_name = "FORM")]
    pub log_format: Option<String>,

    /// Tell how each answer came about; -vv tells more
    #[arg(long, short, action = clap::ArgAction::Count, conflicts_with = "quiet")]
    pub verbose: u8,

    /// Print errors only
    #[arg(long, short)]
    pub quiet: bool,
}

/// What was typed, as pairs of a setting's name and its text.
pub type Typed = Vec<(&'static str, String)>;

impl ContractArgs {
    pub fn typed(&self) -> Typed {
        let mut typed = Typed::new();
        text(&mut typed, "contract", self.contract.as_ref());
        text(&mut typed, "dir", self.dir.as_ref());
        text(&mut typed, "config", self.config.as_ref());
        switch(&mut typed, "no-config", self.no_config, false);
        typed
    }

    /// Together with the choice of colours.
    pub fn typed_with(&self, color: &ColorArgs) -> Typed {
        let mut typed = self.typed();
        text(&mut typed, "color", color.color.as_ref());
        typed
    }
}

impl ServeArgs {
    pub fn typed(&self) -> Typed {
        let mut typed = self.contract.typed_with(&self.color);
        let (answers, server, output) = (&self.answers, &self.server, &self.output);
        text(&mut typed, "seed", answers.seed.as_ref());
        text(&mut typed, "now", answers.now.as_ref());
        text(&mut typed, "speed", answers.speed.as_ref());
        text(&mut typed, "conversations", answers.conversations.as_ref());
        text(&mut typed, "arrivals", answers.arrivals.as_ref());
        switch(&mut typed, "dynamic", answers.dynamic, answers.no_dynamic);
        switch(&mut typed, "strict", answers.strict, answers.no_strict);
        switch(&mut typed, "check-answers", answers.check_answers, answers.no_check_answers);
        if !answers.scenario.is_empty() {
            typed.push(("scenario", answers.scenario.join(",")));
        }
        switch(&mut typed, "rule-header", answers.rule_header, answers.no_rule_header);
        self.saving.add(&mut typed);
        self.records.add(&mut typed);
        text(&mut typed, "errors", answers.errors.as_ref());
        text(&mut typed, "host", server.host.as_ref());
        text(&mut typed, "port", server.port.as_ref());
        text(&mut typed, "port-file", server.port_file.as_ref());
        switch(&mut typed, "cors", server.cors, server.no_cors);
        text(&mut typed, "admin-token", server.admin_token.as_ref());
        text(&mut typed, "admin-host", server.admin_host.as_ref());
        self.limits.add(&mut typed);
        self.journal.add(&mut typed);
        text(&mut typed, "log-format", output.log_format.as_ref());
        if output.verbose > 0 {
            typed.push(("verbose", output.verbose.min(2).to_string()));
        }
        switch(&mut typed, "quiet", output.quiet, false);
        typed
    }
}

fn text(typed: &mut Typed, name: &'static str, value: Option<&String>) {
    typed.extend(value.map(|value| (name, value.clone())));
}

fn switch(typed: &mut Typed, name: &'static str, on: bool, off: bool) {
    if on || off {
        typed.push((name, on.to_string()));
    }
}
