//! Where scenarios come from: a folder of them, and those that are named at the start, by name or as files.

use std::path::Path;
use std::sync::Arc;

use crate::contract::{Contract, Folder, Library};
use crate::nearest::nearest;
use crate::scenario::{self, Compiled, Known, LIMITS, Outline, Repertoire, Scenario};
use crate::source::{Diagnostic, SourceFile};

/// As many files of a folder are read.
const MOST: usize = 1_000;

/// A folder of scenarios, which may be asked again after the start.
pub type Scenarios = Arc<dyn Library + Send + Sync>;

pub struct Stories {
    /// A folder of scenarios, if there is one.
    pub folder: Option<Scenarios>,
    /// Those that every lane begins with: names, or files.
    pub wanted: Vec<String>,
}

impl Stories {
    /// All scenarios that there are, and what is odd about them.
    ///
    /// Files that somebody may have written are settled now, so that every mistake is told at the start. Those that are
    /// built in are settled when they are asked for: a test holds each against the built-in contract.
    pub fn load(&self, contract: &Arc<Contract>) -> Result<(Repertoire, Vec<Diagnostic>), Vec<Diagnostic>> {
        let mut told = Told { contract, known: Vec::new(), findings: Vec::new() };
        if let Some(folder) = &self.folder {
            told.folder(folder);
        }
        let opening: Vec<Arc<Scenario>> = self.wanted.iter().filter_map(|wanted| told.wanted(wanted)).collect();
        match told.findings.iter().any(Diagnostic::is_error) {
            true => Err(told.findings),
            false => Ok((Repertoire::new(told.known, opening), told.findings)),
        }
    }

    /// What the files of the folder say of themselves, in the order of their names.
    pub fn outlines(&self) -> Result<Vec<Outline>, Vec<Diagnostic>> {
        let files = self.files().into_iter().map(|read| read.map(|file| Outline::of(&file)));
        let mut outlines = files.collect::<Result<Vec<_>, _>>()?;
        outlines.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(outlines)
    }

    /// Everything that is wrong or odd about the files that somebody may have written.
    pub fn lint(&self, contract: &Arc<Contract>) -> Vec<Diagnostic> {
        let alone = Stories { folder: self.folder.clone(), wanted: Vec::new() };
        alone.load(contract).map_or_else(|wrong| wrong, |(_, odd)| odd)
    }

    /// The file of a scenario, by its name or its path.
    pub fn file(&self, wanted: &str) -> Result<SourceFile, Vec<Diagnostic>> {
        if is_path(wanted) {
            let (folder, file) = Folder::of(Path::new(wanted)).map_err(|finding| vec![finding])?;
            return scenario::read(&folder, &file);
        }
        let mut names = Vec::new();
        for read in self.files() {
            // One that can't be read has no name, and is not the one that was asked for.
            let Ok(file) = read else { continue };
            let name = Outline::of(&file).name;
            if name == wanted {
                return Ok(file);
            }
            names.push(name);
        }
        Err(vec![unknown(wanted, names.iter().map(String::as_str))])
    }

    fn files(&self) -> Vec<Result<SourceFile, Vec<Diagnostic>>> {
        let Some(folder) = &self.folder else { return Vec::new() };
        let paths = paths(folder.as_ref()).into_iter().take(MOST);
        paths.map(|path| scenario::read(folder.as_ref(), &path)).collect()
    }
}

struct Told<'c> {
    contract: &'c Arc<Contract>,
    known: Vec<Arc<Known>>,
    findings: Vec<Diagnostic>,
}

impl Told<'_> {
    fn folder(&mut self, folder: &Scenarios) {
        let paths = paths(folder.as_ref());
        if paths.len() > MOST {
            let message = format!("there are {} scenarios, and no more than {MOST} are read", paths.len());
            self.findings.push(Diagnostic::new("E0310", message));
        }
        for path in paths.iter().take(MOST) {
            match folder.written(path, LIMITS.bytes) {
                Some(_) => drop(self.compiled(folder.as_ref(), path)),
                None => self.built_in(folder, path),
            }
        }
    }

    fn wanted(&mut self, wanted: &str) -> Option<Arc<Scenario>> {
        if is_path(wanted) {
            let folder = Folder::of(Path::new(wanted)).map_err(|finding| self.findings.push(finding));
            let (folder, file) = folder.ok()?;
            return self.compiled(&folder, &file);
        }
        match self.known.iter().find(|known| known.outline.name == wanted) {
            Some(known) => known.scenario().map_err(|findings| self.findings.extend_from_slice(findings)).ok().cloned(),
            None => {
                self.findings.push(unknown(wanted, self.known.iter().map(|known| known.outline.name.as_str())));
                None
            }
        }
    }

    /// One that never changes. Files that lie on top of the contract may make it wrong all the same.
    fn built_in(&mut self, folder: &Scenarios, path: &str) {
        let file = match scenario::read(folder.as_ref(), path) {
            Ok(file) => file,
            Err(findings) => return self.findings.extend(findings),
        };
        let (outline, contract, folder) = (Outline::of(&file), self.contract.clone(), folder.clone());
        let settle = move || scenario::compile(&file, &contract, folder.as_ref());
        self.add(Known::later(outline, move || Ok(Arc::new(settle()?.scenario))));
    }

    fn compiled(&mut self, folder: &dyn Library, path: &str) -> Option<Arc<Scenario>> {
        let compiled = scenario::read(folder, path).and_then(|file| scenario::compile(&file, self.contract, folder));
        match compiled {
            Ok(Compiled { scenario, warnings }) => {
                self.findings.extend(warnings);
                let scenario = Arc::new(scenario);
                self.add(Known::from(scenario.clone())).then_some(scenario)
            }
            Err(findings) => {
                self.findings.extend(findings);
                None
            }
        }
    }

    /// Whether nobody has its name.
    fn add(&mut self, known: Known) -> bool {
        let Outline { name, origin, .. } = &known.outline;
        if let Some(other) = self.known.iter().find(|other| other.outline.name == *name) {
            let message = format!("{} and {origin} are both called {name:?}", other.outline.origin);
            self.findings.push(Diagnostic::new("E0351", message).help("give one of them another `name`"));
            return false;
        }
        self.known.push(Arc::new(known));
        true
    }
}

fn unknown<'n>(wanted: &str, names: impl Iterator<Item = &'n str>) -> Diagnostic {
    let finding = Diagnostic::new("E0350", format!("there is no scenario {wanted:?}"));
    match nearest(wanted, names) {
        Some(near) => finding.help(format!("did you mean {near:?}?")),
        None => finding.help("`ayra-mock scenario list` lists them; a file is named by its path: ./story.yaml"),
    }
}

fn paths(folder: &dyn Library) -> Vec<String> {
    folder.paths().into_iter().filter(|path| is_scenario(path)).collect()
}

/// What lies in a folder below may be what the replies of a scenario consist of.
fn is_scenario(path: &str) -> bool {
    !path.contains('/') && [".yaml", ".yml"].iter().any(|end| path.ends_with(end))
}

fn is_path(wanted: &str) -> bool {
    wanted.contains(['/', '\\']) || [".yaml", ".yml", ".json"].iter().any(|end| wanted.ends_with(end))
}
