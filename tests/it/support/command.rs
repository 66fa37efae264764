//! Runs a command of the program to its end, and says what it printed.

use std::process::{Command, Output};

use super::server::program;

/// What a command printed, and how it ended.
#[derive(Debug)]
pub struct Said {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

pub fn run(arguments: &[&str]) -> Said {
    said(program().args(arguments))
}

/// Whatever it prints, no command panics or colours what is no terminal.
pub fn said(command: &mut Command) -> Said {
    let Output { status, stdout, stderr } = command.output().expect("the program starts");
    let said = Said {
        code: status.code(),
        out: String::from_utf8(stdout).expect("output is UTF-8"),
        err: String::from_utf8(stderr).expect("messages are UTF-8"),
    };
    for text in [&said.out, &said.err] {
        assert!(!text.contains("panicked") && !text.contains("stack backtrace"), "{text}");
        assert!(!text.contains('\x1b'), "colours without a terminal: {text:?}");
    }
    said
}

impl Said {
    #[track_caller]
    pub fn fine(self) -> String {
        assert_eq!((self.code, self.err.as_str()), (Some(0), ""), "{}", self.out);
        self.out
    }

    /// Exit code 1, and what was found.
    #[track_caller]
    pub fn findings(self) -> String {
        assert_eq!((self.code, self.err.as_str()), (Some(1), ""), "{}", self.out);
        self.out
    }

    /// Exit code 2, nothing on stdout, and a message with these words.
    #[track_caller]
    pub fn refused(self, words: &[&str]) {
        assert_eq!((self.code, self.out.as_str()), (Some(2), ""), "{}", self.err);
        assert!(self.err.starts_with("error"), "{}", self.err);
        for word in words {
            assert!(self.err.contains(word), "{word:?} is missing in:\n{}", self.err);
        }
    }
}
