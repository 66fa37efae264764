//! From what was typed to what holds: a flag goes before a variable, a variable before the settings file, the file
//! before the default. Each value knows where it came from.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;

use super::args::Typed;
use super::failure::Failure;
use super::fields::{FIELDS, Field, field_named};
use super::settings_file::SettingsFile;
use super::values::{ColorChoice, Count, Errors, Host, LogFormat, Names, Rate, Scenarios, Size, Speed, Token, Written};
use crate::mock::is_path;
use crate::nearest::nearest;
use crate::reload::Watch;
use crate::source::{Diagnostic, Spot};

const HIDDEN: &str = "***";

/// What the program was started in.
#[derive(Debug, Clone, Default)]
pub struct Surroundings {
    pub env: BTreeMap<OsString, OsString>,
    pub folder: PathBuf,
}

#[derive(Debug, Clone)]
pub struct Settings {
    pub contract: Option<PathBuf>,
    pub dir: Option<PathBuf>,
    pub seed: u64,
    pub now: Option<Timestamp>,
    pub speed: Option<f64>,
    pub conversations: Option<usize>,
    /// In an hour.
    pub arrivals: Option<f64>,
    pub strict: bool,
    pub stateful: bool,
    pub dynamic: bool,
    pub check_answers: bool,
    pub scenarios: Vec<String>,
    pub rule_header: bool,
    pub stale_header: bool,
    pub watch: Watch,
    pub errors: Errors,
    pub host: Host,
    pub port: u16,
    pub port_file: Option<PathBuf>,
    pub cors: bool,
    pub admin_token: Option<Token>,
    pub admin_hosts: Vec<String>,
    pub max_head: usize,
    pub max_headers: usize,
    pub max_target: usize,
    pub max_body: usize,
    pub head_timeout: Duration,
    pub body_timeout: Duration,
    pub write_timeout: Duration,
    pub max_connections: usize,
    pub drain: Duration,
    pub max_lanes: usize,
    pub lane_idle: Duration,
    pub lane_memory: usize,
    pub journal_entries: usize,
    pub journal_bytes: usize,
    pub journal: Option<PathBuf>,
    pub log_format: LogFormat,
    pub color: ColorChoice,
    pub verbosity: Verbosity,
    /// Every setting with its text and its origin, in the order of the table.
    pub choices: Vec<Choice>,
    /// What looks like a mistake, but may be meant for somebody else.
    pub warnings: Vec<String>,
    /// Where the settings file is, if there is one.
    pub file: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verbosity {
    Quiet,
    Normal,
    Verbose,
    Everything,
}

/// One setting as it was chosen.
#[derive(Debug, Clone)]
pub struct Choice {
    pub field: &'static Field,
    pub text: String,
    pub origin: Origin,
}

/// Where a value came from, the weakest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    Default,
    File(Spot),
    Variable(String),
    Flag,
}

impl Settings {
    pub fn settle(typed: &Typed, around: &Surroundings) -> Result<Settings, Failure> {
        let (choices, file) = gathered(typed, around)?;
        let chosen = Chosen { choices: &choices, folder: &around.folder };
        Ok(Settings {
            contract: chosen.path("contract"),
            dir: chosen.path("dir"),
            seed: chosen.value("seed")?,
            now: chosen.maybe("now")?,
            speed: chosen.maybe::<Speed>("speed")?.map(|speed| speed.0),
            conversations: chosen.maybe::<Count>("conversations")?.map(|count| count.0),
            arrivals: chosen.maybe::<Rate>("arrivals")?.map(|rate| rate.0),
            strict: chosen.value("strict")?,
            stateful: chosen.value("stateful")?,
            dynamic: chosen.value("dynamic")?,
            check_answers: chosen.value("check-answers")?,
            scenarios: chosen.scenarios()?,
            rule_header: chosen.value("rule-header")?,
            stale_header: chosen.value("stale-header")?,
            watch: chosen.value("watch")?,
            errors: chosen.value("errors")?,
            host: chosen.value("host")?,
            port: chosen.value("port")?,
            port_file: chosen.path("port-file"),
            cors: chosen.value("cors")?,
            admin_token: chosen.maybe("admin-token")?,
            admin_hosts: chosen.maybe::<Names>("admin-host")?.map(|names| names.0).unwrap_or_default(),
            max_head: chosen.value::<Size>("max-head")?.0,
            max_headers: chosen.value("max-headers")?,
            max_target: chosen.value::<Size>("max-target")?.0,
            max_body: chosen.value::<Size>("max-body")?.0,
            head_timeout: chosen.value("head-timeout")?,
            body_timeout: chosen.value("body-timeout")?,
            write_timeout: chosen.value("write-timeout")?,
            max_connections: chosen.value("max-connections")?,
            drain: chosen.value("drain")?,
            max_lanes: chosen.value("max-lanes")?,
            lane_idle: chosen.value("lane-idle")?,
            lane_memory: chosen.value::<Size>("lane-memory")?.0,
            journal_entries: chosen.value::<Count>("journal-entries")?.0,
            journal_bytes: chosen.value::<Size>("journal-bytes")?.0,
            journal: chosen.path("journal"),
            log_format: chosen.value("log-format")?,
            color: chosen.value("color")?,
            verbosity: chosen.verbosity()?,
            warnings: strangers(around),
            file,
            choices,
        })
    }

    /// The origin of a setting, for a message about its value.
    pub fn origin(&self, name: &str) -> &Origin {
        self.choices.iter().find(|choice| choice.field.name == name).map_or(&Origin::Default, |choice| &choice.origin)
    }
}

impl Origin {
    fn rank(&self) -> u8 {
        match self {
            Origin::Default => 0,
            Origin::File(_) => 1,
            Origin::Variable(_) => 2,
            Origin::Flag => 3,
        }
    }
}

/// `flag`, `AYRA_MOCK_PORT`, `ayra-mock.yaml:3:7` or `default`.
impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::Default => f.write_str("default"),
            Origin::File(spot) => write!(f, "{}:{}:{}", spot.file, spot.line, spot.column),
            Origin::Variable(name) => f.write_str(name),
            Origin::Flag => f.write_str("flag"),
        }
    }
}

/// Every setting from the strongest place that says it, and where the settings file is.
fn gathered(typed: &Typed, around: &Surroundings) -> Result<(Vec<Choice>, Option<PathBuf>), Failure> {
    let mut choices = from_outside(typed, around)?;
    let mut wrong = Vec::new();
    let file = SettingsFile::find(&choices, &around.folder)?;
    let read = file.as_ref().map(|path| SettingsFile::read(path, &around.folder)).transpose()?;
    if let Some(file) = read.flatten() {
        let (found, findings) = file.choices();
        wrong.extend(findings.into_iter().map(Failure::from));
        for found in found {
            let place = choices.iter_mut().find(|choice| choice.field.name == found.field.name);
            if let Some(choice) = place.filter(|choice| choice.origin == Origin::Default) {
                *choice = found;
            }
        }
    }
    wrong.extend(choices.iter().filter_map(Choice::fault));
    Failure::all(wrong)?;
    Ok((choices, file.map(|path| around.folder.join(path))))
}

/// Every setting by flag, variable or default. An empty variable counts as absent.
fn from_outside(typed: &Typed, around: &Surroundings) -> Result<Vec<Choice>, Failure> {
    let one = |field: &'static Field| {
        if let Some((_, text)) = typed.iter().find(|(name, _)| *name == field.name) {
            return Ok(Choice { field, text: text.clone(), origin: Origin::Flag });
        }
        let variable = field.variable();
        match around.env.get(&OsString::from(&variable)) {
            Some(text) if field.name == "port" && of_kubernetes(text) => Ok(by_default(field)),
            Some(text) if !text.is_empty() => {
                let text = text.to_str().ok_or_else(|| Failure::new(format!("{variable} is not UTF-8 text")))?;
                Ok(Choice { field, text: text.to_owned(), origin: Origin::Variable(variable) })
            }
            _ => Ok(by_default(field)),
        }
    };
    FIELDS.iter().map(one).collect()
}

fn by_default(field: &'static Field) -> Choice {
    Choice { field, text: field.default.to_owned(), origin: Origin::Default }
}

/// Kubernetes gives every pod beside a service called `ayra-mock` the variable `AYRA_MOCK_PORT=tcp://10.0.0.7:80`.
/// That is an address of somebody else, and no port of ours.
fn of_kubernetes(text: &OsString) -> bool {
    text.to_str().is_some_and(|text| text.starts_with("tcp://") || text.starts_with("udp://"))
}

/// Variables that are nearly ours.
fn strangers(around: &Surroundings) -> Vec<String> {
    let known: Vec<String> = FIELDS.iter().map(Field::variable).collect();
    let ours = around.env.keys().filter_map(|name| name.to_str()).filter(|name| name.starts_with("AYRA_MOCK_"));
    ours.filter(|name| !known.iter().any(|known| known == name))
        .filter_map(|name| {
            // The common beginning would make everything look near.
            let ends = known.iter().map(|known| &known["AYRA_MOCK_".len()..]);
            let near = nearest(&name["AYRA_MOCK_".len()..], ends)?;
            Some(format!("the variable {name} is not known, did you mean AYRA_MOCK_{near}?"))
        })
        .collect()
}

/// Reads values out of the choices.
struct Chosen<'a> {
    choices: &'a [Choice],
    folder: &'a Path,
}

impl Chosen<'_> {
    fn choice(&self, name: &str) -> Option<&Choice> {
        self.choices.iter().find(|choice| choice.field.name == name)
    }

    fn value<T: Written>(&self, name: &str) -> Result<T, Failure> {
        let choice = self.choice(name).ok_or_else(|| Failure::new(format!("there is no setting {name}")))?;
        choice.read()
    }

    /// A value that may be left out.
    fn maybe<T: Written>(&self, name: &str) -> Result<Option<T>, Failure> {
        match self.choice(name) {
            Some(choice) if !choice.text.is_empty() => choice.read().map(Some),
            _ => Ok(None),
        }
    }

    /// A path; one in the settings file is relative to that file.
    fn path(&self, name: &str) -> Option<PathBuf> {
        let choice = self.choice(name).filter(|choice| !choice.text.is_empty())?;
        match &choice.origin {
            Origin::File(spot) => Some(self.beside(spot, &choice.text)),
            _ => Some(PathBuf::from(&choice.text)),
        }
    }

    fn beside(&self, spot: &Spot, path: &str) -> PathBuf {
        let folder = Path::new(&spot.file).parent().unwrap_or(Path::new(""));
        shortened(self.folder.join(folder).join(path).components().collect(), self.folder)
    }

    /// Names stay names, and files are looked for as other paths are.
    fn scenarios(&self) -> Result<Vec<String>, Failure> {
        let named = self.maybe::<Scenarios>("scenario")?.map(|names| names.0).unwrap_or_default();
        let Some(Origin::File(spot)) = self.choice("scenario").map(|choice| &choice.origin) else { return Ok(named) };
        let found = |name: String| match is_path(&name) {
            // Without a folder before it, it would be a name.
            true => Path::new(".").join(self.beside(spot, &name)).display().to_string(),
            false => name,
        };
        Ok(named.into_iter().map(found).collect())
    }

    /// Of `quiet` and `verbose` the one that was said with more weight holds.
    fn verbosity(&self) -> Result<Verbosity, Failure> {
        let (quiet, verbose): (bool, u8) = (self.value("quiet")?, self.value("verbose")?);
        let rank = |name| self.choice(name).map_or(0, |choice| choice.origin.rank());
        Ok(match verbose {
            _ if quiet && rank("quiet") >= rank("verbose") => Verbosity::Quiet,
            0 => Verbosity::Normal,
            1 => Verbosity::Verbose,
            _ => Verbosity::Everything,
        })
    }
}

/// The path relative to the working folder where it lies below it: that is how people know it.
fn shortened(path: PathBuf, folder: &Path) -> PathBuf {
    path.strip_prefix(folder).map(Path::to_path_buf).unwrap_or(path)
}

fn wrong_in_file<T: Written>(choice: &Choice, spot: &Spot) -> Diagnostic {
    let finding = Diagnostic::new("E0303", choice.expected::<T>(choice.field.name));
    match choice.field.is_secret() {
        // The place would be shown with what stands there.
        true => finding.help(format!("it stands in {}, line {}", spot.file, spot.line)),
        false => finding.at(spot.clone()).meant(&choice.text, T::WORDS.iter().copied()),
    }
}

impl Choice {
    /// What is wrong with the text, if anything.
    fn fault(&self) -> Option<Failure> {
        match self.field.name {
            _ if self.text.is_empty() && self.field.default.is_empty() && self.origin == Origin::Default => None,
            "seed" => self.read::<u64>().err(),
            "now" => self.read::<Timestamp>().err(),
            "speed" => self.read::<Speed>().err(),
            "conversations" | "journal-entries" => self.read::<Count>().err(),
            "arrivals" => self.read::<Rate>().err(),
            "admin-token" => self.read::<Token>().err(),
            "admin-host" => self.read::<Names>().err(),
            "scenario" => self.read::<Scenarios>().err(),
            "strict" | "stateful" | "dynamic" | "check-answers" | "rule-header" | "stale-header" | "cors" | "quiet"
            | "no-config" => self.read::<bool>().err(),
            "errors" => self.read::<Errors>().err(),
            "watch" => self.read::<Watch>().err(),
            "host" => self.read::<Host>().err(),
            "port" => self.read::<u16>().err(),
            "max-head" | "max-target" | "max-body" | "lane-memory" | "journal-bytes" => self.read::<Size>().err(),
            "max-headers" | "max-connections" | "max-lanes" => self.read::<usize>().err(),
            "head-timeout" | "body-timeout" | "write-timeout" | "drain" | "lane-idle" => self.read::<Duration>().err(),
            "log-format" => self.read::<LogFormat>().err(),
            "color" => self.read::<ColorChoice>().err(),
            "verbose" => self.read::<u8>().err(),
            // Any text may be a path; whether it leads anywhere is found out by whoever follows it.
            _ => None,
        }
    }

    pub fn read<T: Written>(&self) -> Result<T, Failure> {
        T::read(&self.text).ok_or_else(|| {
            let name = match &self.origin {
                Origin::Variable(name) => name.clone(),
                Origin::File(spot) => return wrong_in_file::<T>(self, spot).into(),
                Origin::Flag | Origin::Default => format!("--{}", self.field.name),
            };
            let failure = Failure::new(self.expected::<T>(&name));
            match nearest(&self.text, T::WORDS.iter().copied()) {
                Some(near) => failure.help(format!("did you mean \"{near}\"?")),
                None => failure,
            }
        })
    }

    /// The text as it may be shown.
    pub fn shown(&self) -> &str {
        if self.field.is_secret() && !self.text.is_empty() { HIDDEN } else { &self.text }
    }

    fn expected<T: Written>(&self, name: &str) -> String {
        match self.field.is_secret() {
            true => format!("{name}: {}", T::fault(&self.text)),
            false => format!("{name}: {}, got {:?}", T::fault(&self.text), self.text),
        }
    }

    pub fn of_file(name: &str, text: String, spot: Spot) -> Option<Choice> {
        Some(Choice { field: field_named(name)?, text, origin: Origin::File(spot) })
    }
}
