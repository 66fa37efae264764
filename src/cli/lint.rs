//! `ayra-mock lint`: what is wrong with a contract, its fixtures or the settings, without serving any of it.

use std::fs::Metadata;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use super::args::{ColorArgs, ContractArgs};
use super::failure::{FINDINGS, FINE, Failure};
use super::settings::{Settings, Surroundings};
use super::settings_file;
use super::style::{BOLD, BOLD_RED, BOLD_YELLOW, Painted, harmless, print, push_harmless};
use super::{Start, settled, sources};
use crate::access::Keys;
use crate::contract::{self, Folder, Loaded, read_text};
use crate::mock::{Sources, reason};
use crate::plural::count;
use crate::scenario;
use crate::source::{Diagnostic, Level, SourceFile, render};

/// Says that not all errors are listed.
const MORE: &str = "E0199";

#[derive(Debug, Args)]
pub struct LintArgs {
    /// OpenAPI documents, scenarios, lists of keys or settings files; without any, what `serve` would use
    #[arg(value_name = "FILES")]
    files: Vec<PathBuf>,

    #[command(flatten)]
    contract: ContractArgs,

    #[command(flatten)]
    color: ColorArgs,

    /// The form of the findings
    ///
    /// `json` prints one object per line: level, code, message, file, line, column, label, help.
    #[arg(long, value_enum, default_value_t = Format::Pretty, help_heading = "Output")]
    format: Format,

    /// The least that makes the exit code 1
    #[arg(long, value_enum, value_name = "LEVEL", default_value_t = FailOn::Error, help_heading = "Output")]
    fail_on: FailOn,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Pretty,
    Json,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum FailOn {
    Error,
    Warning,
}

/// What was looked at, and what was found.
struct Report {
    looked_at: Vec<String>,
    findings: Vec<Diagnostic>,
}

pub fn run(args: &LintArgs, start: &Start) -> Result<u8, Failure> {
    let mut typed = args.contract.typed_with(&args.color);
    if args.files.iter().any(|file| is_settings(file)) && args.contract.config.is_none() {
        // What is to be checked can't be relied on at the same time.
        typed.push(("no-config", true.to_string()));
    }
    let (settings, colors) = settled(&typed, start)?;
    let mut report = Report { looked_at: Vec::new(), findings: Vec::new() };
    if args.files.is_empty() {
        let sources = sources(&settings)?;
        report.look_at(&format!("the contract ({})", sources.described), contract_and_fixtures(&sources));
    }
    for file in &args.files {
        let found = lint_file(file, &settings, &start.around)?;
        report.look_at(&file.display().to_string(), found);
    }
    print(&match args.format {
        Format::Pretty => report.pretty(colors.stdout),
        Format::Json => report.findings.iter().map(|finding| format!("{}\n", object(finding))).collect(),
    })?;
    let worst = report.findings.iter().map(|finding| finding.level).max();
    let fails = worst == Some(Level::Error) || (worst.is_some() && args.fail_on == FailOn::Warning);
    Ok(if fails { FINDINGS } else { FINE })
}

/// Findings as a person reads them. One without a place has no line to show, and needs no frame around it.
pub fn rendered(findings: &[Diagnostic], colors: bool) -> String {
    let mut text = String::new();
    for finding in findings {
        if !text.is_empty() {
            text.push('\n');
        }
        match &finding.spot {
            Some(_) => text.push_str(&render(std::slice::from_ref(finding), colors)),
            None => text.push_str(&without_place(finding, colors)),
        }
    }
    text
}

fn without_place(finding: &Diagnostic, colors: bool) -> String {
    let style = match finding.level {
        Level::Error => BOLD_RED,
        Level::Warning => BOLD_YELLOW,
    };
    let head = Painted(format!("{}[{}]", finding.level.name(), finding.code), style, colors);
    let mut text = format!("{head}: {}\n", harmless(&finding.message));
    if let Some(help) = &finding.help {
        text.push_str(&format!("  {}: {}\n", Painted("help", BOLD, colors), harmless(help)));
    }
    text
}

impl Report {
    fn look_at(&mut self, what: &str, findings: Vec<Diagnostic>) {
        self.looked_at.push(what.to_owned());
        for finding in findings {
            // Two documents may share a file with a fault.
            if !self.findings.contains(&finding) {
                self.findings.push(finding);
            }
        }
    }

    fn pretty(&self, colors: bool) -> String {
        let mut text = rendered(&self.findings, colors);
        if !text.is_empty() {
            text.push('\n');
        }
        // That there are more is none of them.
        let told = || self.findings.iter().filter(|finding| finding.code != MORE);
        let of = |level| told().filter(|finding| finding.level == level).count();
        let more = if told().count() < self.findings.len() { "more than " } else { "" };
        let total = match (of(Level::Error), of(Level::Warning)) {
            (0, 0) => "no findings".to_owned(),
            (0, warnings) => count(warnings, "warning"),
            (errors, 0) => format!("{more}{}", count(errors, "error")),
            (errors, warnings) => format!("{more}{}, {}", count(errors, "error"), count(warnings, "warning")),
        };
        push_harmless(&mut text, &format!("{total} in {}", self.looked_at.join(", ")));
        text.push('\n');
        text
    }
}

fn contract_and_fixtures(sources: &Sources) -> Vec<Diagnostic> {
    match sources.contract() {
        Err(findings) => findings,
        Ok(Loaded { contract, warnings }) => {
            let mut findings = warnings;
            findings.extend(contract::lint(&contract));
            findings.extend(sources.keys(&contract).err().unwrap_or_default());
            let contract = Arc::new(contract);
            findings.extend(sources.stories.lint(&contract));
            findings.extend(sources.world(contract));
            findings
        }
    }
}

/// The kind of a file shows by what is in it. One that can't be opened at all is a wrong argument and no finding.
fn lint_file(path: &Path, settings: &Settings, around: &Surroundings) -> Result<Vec<Diagnostic>, Failure> {
    // To open a pipe would wait for a writer; what is no file is told so when it is parsed.
    let opened = |about: Metadata| if about.is_file() { std::fs::File::open(path).map(drop) } else { Ok(()) };
    if let Err(error) = path.metadata().and_then(opened) {
        return Err(Failure::new(format!("{} can't be read: {}", path.display(), reason(&error)))
            .help("lint takes OpenAPI documents, scenarios, lists of keys and settings files"));
    }
    let file = match parse(path) {
        Ok(file) => file,
        Err(Failure::Files(findings)) => return Ok(findings),
        Err(other) => return Err(other),
    };
    if file.value.get("keys").is_some() && file.value.get("openapi").is_none() {
        let tiers = tiers(settings)?;
        let tiers: Vec<&str> = tiers.iter().map(String::as_str).collect();
        return Ok(Keys::read(&file, &tiers).err().unwrap_or_default());
    }
    if is_settings(path) {
        let mut typed = vec![("config", path.display().to_string())];
        typed.extend(
            settings.choices.iter().filter(|choice| choice.field.name == "color").map(|c| ("color", c.text.clone())),
        );
        return Ok(match Settings::settle(&typed, around) {
            Err(Failure::Files(findings)) => findings,
            Err(other) => return Err(other),
            Ok(_) => Vec::new(),
        });
    }
    if scenario::is_meant(&file.value) {
        let contract = sources(settings)?.contract()?.contract;
        let (folder, name) = Folder::of(path)?;
        let compiled = scenario::read(&folder, &name).and_then(|file| scenario::compile(&file, &contract, &folder));
        return Ok(compiled.map_or_else(|wrong| wrong, |good| good.warnings));
    }
    let settings = Settings { contract: Some(path.to_path_buf()), ..settings.clone() };
    Ok(match sources(&settings)?.contract() {
        Ok(loaded) => thorough(loaded),
        Err(findings) => findings,
    })
}

fn is_settings(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name == settings_file::NAME)
}

/// What was noticed when the contract was loaded, and what only a lint takes the time for.
fn thorough(loaded: Loaded) -> Vec<Diagnostic> {
    let mut findings = loaded.warnings;
    findings.extend(contract::lint(&loaded.contract));
    findings
}

fn parse(path: &Path) -> Result<SourceFile, Failure> {
    let name = path.display().to_string();
    let text = read_text(path, &name)?;
    Ok(SourceFile::parse(name, text)?)
}

/// The tiers that keys may be of: those of the contract in use.
fn tiers(settings: &Settings) -> Result<Vec<String>, Failure> {
    let contract = sources(settings)?.contract()?.contract;
    Ok(contract.rate.iter().flat_map(|rate| &rate.tiers).map(|tier| tier.name.clone()).collect())
}

fn object(finding: &Diagnostic) -> Value {
    let spot = finding.spot.as_ref();
    json!({
        "level": finding.level.name(),
        "code": finding.code,
        "message": finding.message,
        "file": spot.map(|spot| &spot.file),
        "line": spot.map(|spot| spot.line),
        "column": spot.map(|spot| spot.column),
        "label": if finding.label.is_empty() { None } else { Some(&finding.label) },
        "help": finding.help,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn that_there_are_more_is_not_counted() {
        let report = |codes: &[&'static str]| {
            let findings = codes.iter().enumerate().map(|(n, code)| Diagnostic::new(code, n.to_string())).collect();
            let pretty = Report { looked_at: vec!["a.yaml".to_owned()], findings }.pretty(false);
            pretty.lines().last().unwrap_or_default().to_owned()
        };
        assert_eq!(report(&["E0310", "W0341"]), "1 error, 1 warning in a.yaml");
        assert_eq!(report(&["E0310", "E0311", MORE]), "more than 2 errors in a.yaml");
    }
}
