//! Where scenarios come from: a folder of them, and those that are named at the start, by name or as files.

use std::path::Path;
use std::sync::Arc;

use crate::contract::{Contract, Folder, Library};
use crate::nearest::nearest;
use crate::scenario::{self, Compiled, Repertoire, Scenario};
use crate::source::Diagnostic;

/// As many files of a folder are read.
const MOST: usize = 1_000;

pub struct Stories {
    /// A folder of scenarios, if there is one.
    pub folder: Option<Box<dyn Library + Send + Sync>>,
    /// Those that every lane begins with: names, or files.
    pub wanted: Vec<String>,
}

impl Stories {
    /// All scenarios that there are, and what is odd about them.
    pub fn load(&self, contract: &Contract) -> Result<(Repertoire, Vec<Diagnostic>), Vec<Diagnostic>> {
        let mut told = Told { contract, known: Vec::new(), findings: Vec::new() };
        if let Some(folder) = &self.folder {
            told.folder(folder.as_ref());
        }
        let opening: Vec<Arc<Scenario>> = self.wanted.iter().filter_map(|wanted| told.wanted(wanted)).collect();
        match told.findings.iter().any(Diagnostic::is_error) {
            true => Err(told.findings),
            false => Ok((Repertoire::new(told.known, opening), told.findings)),
        }
    }
}

struct Told<'c> {
    contract: &'c Contract,
    known: Vec<Arc<Scenario>>,
    findings: Vec<Diagnostic>,
}

impl Told<'_> {
    fn folder(&mut self, folder: &dyn Library) {
        let paths: Vec<String> = folder.paths().into_iter().filter(|path| is_scenario(path)).collect();
        if paths.len() > MOST {
            let message = format!("there are {} scenarios, and no more than {MOST} are read", paths.len());
            self.findings.push(Diagnostic::new("E0310", message));
        }
        for path in paths.iter().take(MOST) {
            self.compiled(folder, path);
        }
    }

    fn wanted(&mut self, wanted: &str) -> Option<Arc<Scenario>> {
        if let Some(known) = self.known.iter().find(|known| known.name == wanted) {
            return Some(known.clone());
        }
        if is_path(wanted) {
            let folder = Folder::of(Path::new(wanted)).map_err(|finding| self.findings.push(finding));
            let (folder, file) = folder.ok()?;
            return self.compiled(&folder, &file);
        }
        let finding = Diagnostic::new("E0350", format!("there is no scenario {wanted:?}"));
        let finding = finding.help("`ayra-mock scenario list` lists them; a file is named by its path: ./story.yaml");
        let near = nearest(wanted, self.known.iter().map(|known| known.name.as_str())).map(str::to_owned);
        self.findings.push(match near {
            Some(near) => finding.help(format!("did you mean {near:?}?")),
            None => finding,
        });
        None
    }

    fn compiled(&mut self, folder: &dyn Library, path: &str) -> Option<Arc<Scenario>> {
        let compiled = scenario::read(folder, path).and_then(|file| scenario::compile(&file, self.contract, folder));
        match compiled {
            Ok(Compiled { scenario, warnings }) => {
                self.findings.extend(warnings);
                self.add(Arc::new(scenario))
            }
            Err(findings) => {
                self.findings.extend(findings);
                None
            }
        }
    }

    fn add(&mut self, scenario: Arc<Scenario>) -> Option<Arc<Scenario>> {
        if let Some(known) = self.known.iter().find(|known| known.name == scenario.name) {
            let message = format!("{} and {} are both called {:?}", known.origin, scenario.origin, scenario.name);
            self.findings.push(Diagnostic::new("E0351", message).help("give one of them another `name`"));
            return None;
        }
        self.known.push(scenario.clone());
        Some(scenario)
    }
}

/// What lies in a folder below may be what the replies of a scenario consist of.
fn is_scenario(path: &str) -> bool {
    !path.contains('/') && [".yaml", ".yml"].iter().any(|end| path.ends_with(end))
}

fn is_path(wanted: &str) -> bool {
    wanted.contains(['/', '\\']) || [".yaml", ".yml", ".json"].iter().any(|end| wanted.ends_with(end))
}
