//! Embeds the folders `schemas`, `fixtures` and `scenarios`: each file as it is written, and the value of each YAML or
//! JSON file as JSON, so that a start reads no YAML.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

const FOLDERS: [&str; 3] = ["schemas", "fixtures", "scenarios"];

fn main() -> io::Result<()> {
    let variable = |name| env::var_os(name).map(PathBuf::from).ok_or_else(|| io::Error::other(name));
    let (root, out) = (variable("CARGO_MANIFEST_DIR")?, variable("OUT_DIR")?);
    println!("cargo::rerun-if-changed=build.rs");
    let mut files = Vec::new();
    for folder in FOLDERS {
        println!("cargo::rerun-if-changed={folder}");
        collect(&root, Path::new(folder), &mut files)?;
    }
    // By name and not as the file system lists them, so that the same sources give the same program.
    files.sort();
    let mut table = String::from("&[\n");
    for (number, path) in files.iter().enumerate() {
        let source = root.join(path);
        let value = match json(&source)? {
            Some(json) => {
                let file = out.join(format!("{number}.json"));
                fs::write(&file, json)?;
                format!("Some(include_str!({}))", literal(&file)?)
            }
            None => "None".to_owned(),
        };
        let (path, source) = (literal(path)?.replace("\\\\", "/"), literal(&source)?);
        let _ = writeln!(table, "    File {{ path: {path}, bytes: include_bytes!({source}), value: {value} }},");
    }
    table.push_str("]\n");
    fs::write(out.join("embedded.rs"), table)
}

/// Every file below a folder, relative to the root. Hidden files are an editor's or the system's, and nobody's data.
fn collect(root: &Path, folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    let full = root.join(folder);
    if !full.exists() {
        return Ok(());
    }
    for entry in fs::read_dir(full)? {
        let entry = entry?;
        let (name, path) = (entry.file_name(), folder.join(entry.file_name()));
        if name.to_string_lossy().starts_with('.') || name.to_string_lossy().ends_with('~') {
            continue;
        }
        if entry.path().is_dir() {
            collect(root, &path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}

/// The file's value as JSON, if it is a YAML or JSON file. A broken one is embedded without a value: the program then
/// reads its text, and says what is wrong with the line and the reason.
fn json(path: &Path) -> io::Result<Option<String>> {
    if !path.extension().is_some_and(|extension| ["yaml", "yml", "json"].iter().any(|known| extension == *known)) {
        return Ok(None);
    }
    let text = fs::read_to_string(path)?;
    match serde_saphyr::from_str::<serde_json::Value>(&text) {
        Ok(value) => Ok(Some(value.to_string())),
        Err(error) => {
            println!("cargo::warning={}: {}", path.display(), error.to_string().replace('\n', " "));
            Ok(None)
        }
    }
}

/// A path as a Rust string literal.
fn literal(path: &Path) -> io::Result<String> {
    let text = path.to_str().ok_or_else(|| io::Error::other(format!("{} is not UTF-8", path.display())))?;
    Ok(format!("{text:?}"))
}
