//! The settings file: where it is found, and what it says.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::failure::Failure;
use super::fields::in_file;
use super::settings::{Choice, Origin};
use crate::contract::read_text;
use crate::pointer;
use crate::source::{Diagnostic, SourceFile};

pub const NAME: &str = "ayra-mock.yaml";

/// Settings that may be a list.
const LISTS: [&str; 2] = ["scenario", "admin-host"];

#[derive(Debug)]
pub struct SettingsFile(SourceFile);

impl SettingsFile {
    /// Where the file is that the choices so far name, or else the nearest one upwards from the folder.
    pub fn find(choices: &[Choice], folder: &Path) -> Result<Option<PathBuf>, Failure> {
        let choice = |name: &str| choices.iter().find(|choice| choice.field.name == name);
        let named = choice("config").filter(|choice| !choice.text.is_empty());
        let none = match choice("no-config") {
            Some(choice) => choice.read::<bool>()?,
            None => false,
        };
        // The flag that names a file goes before a variable that wants none.
        let by_flag = named.is_some_and(|choice| choice.origin == Origin::Flag);
        let none_by_flag = choice("no-config").is_some_and(|choice| choice.origin == Origin::Flag);
        Ok(match named {
            Some(choice) if !none || (by_flag && !none_by_flag) => Some(PathBuf::from(&choice.text)),
            _ if none => None,
            _ => upwards(folder),
        })
    }

    /// The file at a path; none if it says nothing.
    pub fn read(path: &Path, folder: &Path) -> Result<Option<SettingsFile>, Failure> {
        let shown = path.strip_prefix(folder).unwrap_or(path).display().to_string();
        let text = read_text(&folder.join(path), &shown)
            .map_err(|finding| finding.help("--config names the settings file, --no-config uses none"))?;
        match SourceFile::parse(shown, text) {
            Ok(file) => Ok(Some(SettingsFile(file))),
            // Empty, or nothing but comments: a file of settings may well say nothing.
            Err(findings) if findings.iter().all(|finding| finding.code == "E0006") => Ok(None),
            Err(findings) => Err(findings.into()),
        }
    }

    /// What the file says, and everything that is wrong with it.
    pub fn choices(&self) -> (Vec<Choice>, Vec<Diagnostic>) {
        let file = &self.0;
        let members = match &*file.value {
            Value::Object(members) => members,
            _ => return (Vec::new(), vec![self.finding("", "settings are expected: `port: 4010` and the like")]),
        };
        let (mut choices, mut wrong) = (Vec::new(), Vec::new());
        for (name, value) in members {
            let pointer = format!("/{}", pointer::escaped(name));
            if !in_file().any(|field| field.name == name) {
                wrong.push(self.unknown(name, &pointer));
                continue;
            }
            let text = match value {
                Value::String(text) => text.clone(),
                Value::Number(number) => number.to_string(),
                Value::Bool(switch) => switch.to_string(),
                // `port:` with nothing behind it: the default holds.
                Value::Null => continue,
                Value::Array(items) if LISTS.contains(&name.as_str()) => match together(items) {
                    Some(text) => text,
                    None => {
                        wrong.push(self.finding(&pointer, format!("{name} is a list of texts without commas")));
                        continue;
                    }
                },
                Value::Array(_) => {
                    wrong.push(self.finding(&pointer, format!("{name} is one value, not a list")));
                    continue;
                }
                Value::Object(_) => {
                    wrong.push(self.finding(&pointer, format!("{name} is one value, not a map")));
                    continue;
                }
            };
            choices.extend(Choice::of_file(name, text, file.spot(&pointer)));
        }
        (choices, wrong)
    }

    fn unknown(&self, name: &str, pointer: &str) -> Diagnostic {
        Diagnostic::new("E0302", format!("unknown setting \"{name}\""))
            .at(self.0.key_spot(pointer))
            .help("`ayra-mock config show` lists the settings")
            .meant(&name.replace('_', "-"), in_file().map(|field| field.name))
    }

    fn finding(&self, pointer: &str, message: impl Into<String>) -> Diagnostic {
        Diagnostic::new("E0303", message).at(self.0.spot(pointer))
    }
}

/// A list as a flag would have it.
fn together(items: &[Value]) -> Option<String> {
    let texts = items.iter().map(|item| item.as_str().filter(|text| !text.contains(',')));
    texts.collect::<Option<Vec<_>>>().filter(|texts| !texts.is_empty()).map(|texts| texts.join(","))
}

/// The nearest settings file from the folder up to the root of the repository, or of the file system.
fn upwards(folder: &Path) -> Option<PathBuf> {
    for folder in folder.ancestors() {
        let path = folder.join(NAME);
        if path.is_file() {
            return Some(path);
        }
        if folder.join(".git").exists() {
            return None;
        }
    }
    None
}
