//! Colours, and when they are used; output that may fail.

use std::ffi::OsStr;
use std::fmt;
use std::io::{self, ErrorKind, IsTerminal, Write};

use anstyle::{AnsiColor, Style};

use super::failure::Failure;
use super::settings::Surroundings;
use super::values::ColorChoice;
use crate::mock::reason;
pub use crate::source::{harmless, push_harmless, steers};

pub const BOLD: Style = Style::new().bold();
pub const DIM: Style = Style::new().dimmed();
pub const GREEN: Style = AnsiColor::Green.on_default();
pub const CYAN: Style = AnsiColor::Cyan.on_default();
pub const YELLOW: Style = AnsiColor::Yellow.on_default();
pub const RED: Style = AnsiColor::Red.on_default();
pub const BOLD_RED: Style = RED.bold();
pub const BOLD_YELLOW: Style = YELLOW.bold();

/// Whether each of the two streams takes colours.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Colors {
    pub stdout: bool,
    pub stderr: bool,
}

impl Colors {
    pub fn of(choice: ColorChoice, around: &Surroundings) -> Colors {
        Colors {
            stdout: wanted(choice, around, io::stdout().is_terminal()),
            stderr: wanted(choice, around, io::stderr().is_terminal()),
        }
    }
}

/// `NO_COLOR` goes before `CLICOLOR_FORCE`: whoever sets both wants to read the text.
fn wanted(choice: ColorChoice, around: &Surroundings, terminal: bool) -> bool {
    let variable = |name: &str| around.env.get(OsStr::new(name)).filter(|value| !value.is_empty());
    match choice {
        ColorChoice::Always => true,
        ColorChoice::Never => false,
        ColorChoice::Auto if variable("NO_COLOR").is_some() => false,
        ColorChoice::Auto if variable("CLICOLOR_FORCE").is_some_and(|value| value != "0") => true,
        ColorChoice::Auto => terminal && variable("TERM").is_none_or(|term| term != "dumb"),
    }
}

/// Text in a style, or plain.
pub struct Painted<T>(pub T, pub Style, pub bool);

impl<T: fmt::Display> fmt::Display for Painted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.2 {
            return self.0.fmt(f);
        }
        f.write_str(self.1.render().to_string().as_str())?;
        self.0.fmt(f)?;
        write!(f, "{:#}", self.1)
    }
}

/// Writes a command's result. A reader that has left is no failure; a full disk is one.
pub fn print(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Err(Failure::ReaderGone),
        Err(error) => Err(Failure::new(format!("can't write to the standard output: {}", reason(&error)))),
    }
}

/// Writes to the standard error. If even that fails there is nobody left to tell.
pub fn complain(text: &str) {
    let _ = io::stderr().lock().write_all(text.as_bytes());
}

/// How many columns a text takes, near enough for what is printed here: one for each character.
pub fn width(text: &str) -> usize {
    text.chars().count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn when_colours_are_used() {
        let with = |pairs: &[(&str, &str)]| Surroundings {
            env: pairs.iter().map(|(name, value)| (name.into(), value.into())).collect(),
            ..Surroundings::default()
        };
        let auto = |pairs: &[(&str, &str)], terminal| wanted(ColorChoice::Auto, &with(pairs), terminal);
        assert!(auto(&[], true) && !auto(&[], false));
        assert!(!auto(&[("NO_COLOR", "1")], true) && auto(&[("NO_COLOR", "")], true));
        assert!(auto(&[("CLICOLOR_FORCE", "1")], false) && !auto(&[("CLICOLOR_FORCE", "0")], false));
        assert!(!auto(&[("TERM", "dumb")], true) && auto(&[("TERM", "xterm")], true));
        assert!(!auto(&[("NO_COLOR", "1"), ("CLICOLOR_FORCE", "1")], true));
        assert!(wanted(ColorChoice::Always, &with(&[("NO_COLOR", "1")]), false));
        assert!(!wanted(ColorChoice::Never, &with(&[("CLICOLOR_FORCE", "1")]), true));
    }
}
