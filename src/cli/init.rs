//! `ayra-mock init`: writes the embedded folders out for editing.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use clap::Args;

use super::failure::{FINE, Failure};
use super::style::{harmless, print};
use crate::embedded::{File, files};
use crate::mock::reason;

#[derive(Debug, Args)]
pub struct InitArgs {
    /// The folder to write schemas, fixtures and scenarios into; it is made if it is not there
    #[arg(value_name = "DIR")]
    dir: PathBuf,

    /// Overwrite files that are there and differ
    #[arg(long)]
    force: bool,
}

pub fn run(args: &InitArgs) -> Result<u8, Failure> {
    let dir = &args.dir;
    let in_the_way = in_the_way(dir)?;
    if let (Some(first), false) = (in_the_way.first(), args.force) {
        let more = match in_the_way.len() - 1 {
            0 => String::new(),
            1 => " and 1 more".to_owned(),
            n => format!(" and {n} more"),
        };
        return Err(Failure::new(format!("{}{more} would be overwritten", dir.join(first.path).display()))
            .help("name another folder, or give --force to lose what is there"));
    }
    for file in files() {
        write(dir, file)?;
    }
    let shown = harmless(&dir.display().to_string());
    print(&format!(
        "Wrote {} files to {shown}: schemas, fixtures and scenarios.\n\n\
         Next:\n  ayra-mock --dir {shown}        serve them; files you delete are taken from the program again\n  \
         ayra-mock lint --dir {shown}   check them after an edit\n",
        files().len()
    ))?;
    Ok(FINE)
}

/// The files that differ from what would be written.
fn in_the_way(dir: &Path) -> Result<Vec<&'static File>, Failure> {
    let mut found = Vec::new();
    for file in files() {
        let path = dir.join(file.path);
        match path.symlink_metadata() {
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(failed(&path, &error)),
            Ok(about) => {
                let same = about.is_file()
                    && about.len() == file.bytes.len() as u64
                    && std::fs::read(&path).is_ok_and(|bytes| bytes == file.bytes);
                if !same {
                    found.push(file);
                }
            }
        }
    }
    Ok(found)
}

fn write(dir: &Path, file: &File) -> Result<(), Failure> {
    let path = dir.join(file.path);
    let folder = path.parent().unwrap_or(dir);
    std::fs::create_dir_all(folder).map_err(|error| failed(folder, &error))?;
    std::fs::write(&path, file.bytes).map_err(|error| failed(&path, &error))
}

fn failed(path: &Path, error: &std::io::Error) -> Failure {
    Failure::new(format!("{} can't be written: {}", path.display(), reason(error)))
        .help("name a folder that you may write to")
}
