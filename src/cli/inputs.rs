//! What the program is given to read, and must not write over.

use std::path::Path;

use super::failure::Failure;
use super::settings::Settings;
use crate::embedded::{FIXTURES, SCENARIOS, SCHEMAS};

/// Refuses a file to be written that is read as well, by whatever name or link.
pub fn spare(settings: &Settings, output: &Path) -> Result<(), Failure> {
    let Ok(output) = output.canonicalize() else { return Ok(()) };
    let named = settings.scenarios.iter().map(Path::new);
    let mut files = settings.contract.iter().map(|path| path.as_path()).chain(named);
    let is_it = |path: &Path| path.canonicalize().is_ok_and(|path| path == output);
    let below = |dir: &Path| {
        [SCHEMAS, FIXTURES, SCENARIOS]
            .iter()
            .any(|part| dir.join(part).canonicalize().is_ok_and(|part| output.starts_with(part)))
    };
    match files.any(is_it) || settings.dir.as_deref().is_some_and(below) {
        false => Ok(()),
        true => Err(Failure::new(format!("{} is read, and can't be written to as well", output.display()))
            .help("name another file")),
    }
}
