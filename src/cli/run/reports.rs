//! `--report FORMAT[=FILE]`: where which form of the report goes, and what a CI system is given without being asked.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use super::pretty::Pretty;
use crate::cli::failure::Failure;
use crate::cli::inputs;
use crate::cli::settings::{Settings, Surroundings, Verbosity};
use crate::cli::style::print;
use crate::mock::reason;
use crate::nearest::nearest;
use crate::report::{FORMATS, Format, Report};

/// What is printed below the command's output, as a file.
const HUMAN: &str = "human";

/// One report that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    format: &'static str,
    /// The standard output if none.
    file: Option<PathBuf>,
}

pub fn read(text: &str) -> Result<Wanted, String> {
    let (name, file) = text.split_once('=').map_or((text, None), |(name, file)| (name, Some(file)));
    if file == Some("") {
        return Err(format!("the name of a file is missing behind {name}="));
    }
    let known = || FORMATS.iter().map(|(name, _)| *name).chain([HUMAN]);
    match known().find(|known| *known == name) {
        Some(format) => Ok(Wanted { format, file: file.map(PathBuf::from) }),
        None => Err(match nearest(name, known()) {
            Some(near) => format!("there is no report {name:?}: did you mean {near:?}?"),
            None => format!("there is no report {name:?}: there are {}", known().collect::<Vec<_>>().join(", ")),
        }),
    }
}

impl Wanted {
    pub fn is_printed(&self) -> bool {
        self.file.is_none()
    }

    fn prepare(&self, settings: &Settings, folder: &Path) -> Result<(), Failure> {
        let Some(file) = &self.file else { return Ok(()) };
        let path = folder.join(file);
        inputs::spare(settings, &path)?;
        let parent = path.parent().unwrap_or(Path::new(""));
        fs::create_dir_all(parent).and_then(|()| File::create(&path)).map_err(|error| cannot_write(file, &error))?;
        Ok(())
    }

    fn write(&self, report: &Report, folder: &Path) -> Result<(), Failure> {
        let pretty = Pretty { colors: false, verbosity: Verbosity::Normal };
        let format = FORMATS.iter().find(|(name, _)| *name == self.format);
        let text = format.map_or_else(|| pretty.tell(report), |(_, format)| format.tell(report));
        match &self.file {
            None => show(&text),
            Some(file) => fs::write(folder.join(file), text).map_err(|error| cannot_write(file, &error)),
        }
    }
}

/// Finds out before the command is run whether the files can be written, and empties them: an old report is not taken for
/// a new one.
pub fn prepare(wanted: &[Wanted], settings: &Settings, folder: &Path) -> Result<(), Failure> {
    let mut files = HashSet::new();
    if let Some(file) = wanted.iter().filter_map(|wanted| wanted.file.as_ref()).find(|file| !files.insert(*file)) {
        return Err(Failure::new(format!("two reports can't go to the same file {}", file.display())));
    }
    wanted.iter().try_for_each(|wanted| wanted.prepare(settings, folder))
}

fn cannot_write(file: &Path, error: &std::io::Error) -> Failure {
    let why = match error.kind() {
        ErrorKind::IsADirectory => "it is a folder".to_owned(),
        _ => reason(error),
    };
    Failure::new(format!("can't write the report {}: {why}", file.display())).of_environment()
}

/// Prints a report. Whoever was to read it may have left, which is no reason to leave the others out.
fn show(text: &str) -> Result<(), Failure> {
    match print(text) {
        Err(Failure::ReaderGone) => Ok(()),
        printed => printed.map_err(Failure::of_environment),
    }
}

/// Writes all of them, and what GitHub Actions is given without being asked. What could not be written.
pub fn write(report: &Report, wanted: &[Wanted], around: &Surroundings) -> Vec<Failure> {
    let asked = wanted.iter().map(|wanted| wanted.write(report, &around.folder));
    asked.chain(for_actions(report, wanted, around)).filter_map(Result::err).collect()
}

/// In GitHub Actions: annotations, unless they were asked for, and the summary of the step.
fn for_actions(report: &Report, wanted: &[Wanted], around: &Surroundings) -> Vec<Result<(), Failure>> {
    let variable = |name: &str| around.env.get(OsStr::new(name)).filter(|value| !value.is_empty());
    if variable("GITHUB_ACTIONS").is_none_or(|value| value != "true") {
        return Vec::new();
    }
    let tell = |name| FORMATS.iter().find(|(known, _)| *known == name).map(|(_, format)| format.tell(report));
    let mut written = Vec::new();
    // The standard output is somebody's who wants to read a report there.
    if !wanted.iter().any(|wanted| wanted.is_printed() || wanted.format == "github") {
        written.push(show(&tell("github").unwrap_or_default()));
    }
    if let (Some(file), Some(text)) = (variable("GITHUB_STEP_SUMMARY").map(PathBuf::from), tell("markdown")) {
        let summary = OpenOptions::new().append(true).create(true).open(&file);
        let done = summary.and_then(|mut file| file.write_all(text.as_bytes()));
        written.push(done.map_err(|error| cannot_write(&file, &error)));
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_asked_for_by_name_with_a_file_or_without() {
        assert_eq!(read("json"), Ok(Wanted { format: "json", file: None }));
        assert_eq!(read("junit=out/a=b.xml"), Ok(Wanted { format: "junit", file: Some("out/a=b.xml".into()) }));
        assert!(read("junti").unwrap_err().contains("did you mean \"junit\"?"));
        assert!(read("yaml-ish").unwrap_err().contains("sarif"));
        assert!(read("junit=").is_err());
    }
}
