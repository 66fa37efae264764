//! Where scenarios come from: a folder of them, and those that are named at the start, by name or as files.

mod told;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::sources::Folders;
use crate::contract::{Asking, Contract, Folder, Kept, Library, Texts};
use crate::nearest::nearest;
use crate::scenario::{self, Compiled, Known, Outline, Scenario};
use crate::source::{Diagnostic, SourceFile};
use told::{Opening, Place};
pub use told::{Story, Told};

/// As many files of a folder are read.
const MOST: usize = 1_000;

pub struct Stories {
    /// A folder of scenarios, if there is one.
    pub folder: Option<Folders>,
    /// Where files of the user's own lie in it.
    pub dir: Option<PathBuf>,
    /// Those that every lane begins with: names, or files.
    pub wanted: Vec<String>,
}

/// What was read before.
#[derive(Clone, Copy)]
pub struct Before<'r> {
    pub told: &'r Told,
    /// Its files were looked at just now, and are the same.
    pub same: bool,
}

struct Reading<'r> {
    contract: &'r Arc<Contract>,
    /// Where files of the folder lie, as far as they are no built-in ones.
    dir: Option<&'r Path>,
    texts: &'r Texts,
    before: Before<'r>,
    /// What of the contract of before holds, where this is another.
    kept: Option<Kept>,
    /// A file that is gone will not come at once.
    settled: bool,
    stories: Vec<Story>,
    wrong: Vec<Place>,
    findings: Vec<Diagnostic>,
}

impl Stories {
    /// All scenarios that there are. Those that would come out as they did `before` are taken from there.
    ///
    /// Files that somebody may have written are settled now, so that every mistake is told at the start. Those that are
    /// built in are settled when they are asked for: a test holds each against the built-in contract.
    ///
    /// What lanes begin with has to be there at the start. A file of it that went since is gone once it is `settled`.
    pub fn load(
        &self,
        contract: &Arc<Contract>,
        texts: &Texts,
        before: Before,
        settled: bool,
    ) -> Result<Told, Vec<Diagnostic>> {
        let mut reading = Reading { settled, ..Reading::new(self, contract, texts, before) };
        let listed = self.listed();
        if let Some(folder) = &self.folder {
            reading.folder(folder, &listed);
        }
        let opening = self.wanted.iter().filter_map(|wanted| reading.wanted(wanted)).collect();
        let Reading { stories, findings, .. } = reading;
        match findings.is_empty() {
            true => Ok(Told { contract: Some(contract.clone()), listed, stories, opening }),
            false => Err(findings),
        }
    }

    /// What the files of the folder say of themselves, in the order of their names.
    pub fn outlines(&self) -> Result<Vec<Outline>, Vec<Diagnostic>> {
        let files = self.files().into_iter().map(|read| read.map(|file| Outline::of(&file)));
        let mut outlines = files.collect::<Result<Vec<_>, _>>()?;
        outlines.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(outlines)
    }

    /// Everything that is wrong or odd about all files, and about what lanes are to begin with. Those that are built in are
    /// looked at too: what lies on top of the contract may have made them wrong. Something may be told twice.
    pub fn lint(&self, contract: &Arc<Contract>) -> Vec<Diagnostic> {
        let (texts, told) = (Texts::default(), Told::default());
        let mut reading = Reading::new(self, contract, &texts, Before { told: &told, same: false });
        if let Some(folder) = &self.folder {
            reading.folder(folder, &self.listed());
        }
        for wanted in &self.wanted {
            reading.wanted(wanted);
        }
        let Reading { stories, mut findings, .. } = reading;
        for story in stories {
            findings.extend(story.known.scenario().err().into_iter().flatten().cloned());
            findings.extend(story.warnings);
        }
        findings
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
        self.listed().iter().take(MOST).map(|path| scenario::read(&**folder, path)).collect()
    }

    fn listed(&self) -> Vec<String> {
        let paths = self.folder.iter().flat_map(|folder| folder.paths());
        paths.filter(|path| is_scenario(path)).collect()
    }
}

impl<'r> Reading<'r> {
    fn new(of: &'r Stories, contract: &'r Arc<Contract>, texts: &'r Texts, before: Before<'r>) -> Reading<'r> {
        let (stories, wrong, findings) = (Vec::new(), Vec::new(), Vec::new());
        let earlier = before.told.contract.as_ref().filter(|earlier| !Arc::ptr_eq(earlier, contract));
        let kept = earlier.map(|earlier| contract.kept(earlier));
        Reading { contract, dir: of.dir.as_deref(), texts, before, kept, settled: true, stories, wrong, findings }
    }

    fn folder(&mut self, folder: &Folders, listed: &[String]) {
        if listed.len() > MOST {
            let message = format!("there are {} scenarios, and no more than {MOST} are read", listed.len());
            self.findings.push(Diagnostic::new("E0310", message));
        }
        for path in listed.iter().take(MOST) {
            match folder.is_written(path) {
                true => drop(self.written(&**folder, Place { path: path.clone(), beside: None })),
                false => self.built_in(folder, path),
            }
        }
    }

    /// None of what is wrong.
    fn wanted(&mut self, wanted: &str) -> Option<Opening> {
        let before = self.before.told.opening.iter().find(|opening| opening.wanted == wanted);
        // It went with a save, now or before.
        let gone = before.filter(|before| before.scenario.is_none() || self.settled);
        let gone = gone.map(|before| Opening { scenario: None, is_lost: before.scenario.is_some(), ..before.clone() });
        let opening = |file, scenario| Opening { wanted: wanted.to_owned(), file, scenario, is_lost: false };
        if is_path(wanted) {
            if let Some(gone) = gone.filter(|_| !Path::new(wanted).exists()) {
                return Some(gone);
            }
            if let Some(story) = self.stories.iter().find(|story| self.lies_at(&story.file, Path::new(wanted))) {
                return story.scenario.clone().map(|scenario| opening(story.file.clone(), Some(scenario)));
            }
            // That it is wrong was told.
            if self.wrong.iter().any(|file| self.lies_at(file, Path::new(wanted))) {
                return None;
            }
            let folder = Folder::of(Path::new(wanted)).map_err(|finding| self.findings.push(finding));
            let (folder, path) = folder.ok()?;
            let beside = Path::new(wanted).parent().unwrap_or(Path::new("")).to_path_buf();
            let file = Place { path, beside: Some(beside) };
            return self.written(&folder, file.clone()).map(|scenario| opening(file, Some(scenario)));
        }
        let by_name = self.stories.iter().find(|story| story.known.outline.name == wanted);
        // It may be called otherwise by now.
        let by_file = || self.stories.iter().find(|story| before.is_some_and(|before| before.file == story.file));
        match by_name.or_else(by_file) {
            Some(story) => {
                let scenario = story.known.scenario();
                let scenario = scenario.map_err(|findings| self.findings.extend_from_slice(findings)).ok()?;
                Some(opening(story.file.clone(), Some(scenario.clone())))
            }
            // That it is wrong was told.
            None if self.wrong.iter().any(|file| scenario::stem(&file.path) == wanted) => None,
            None if gone.is_some() => gone,
            None => {
                let names = self.stories.iter().map(|story| story.known.outline.name.as_str());
                let unknown = unknown(wanted, names);
                self.findings.push(unknown);
                None
            }
        }
    }

    /// Whether a path leads to a file that was read, be it written otherwise: one file is not two scenarios of one name.
    fn lies_at(&self, file: &Place, wanted: &Path) -> bool {
        let Some((named, name)) = wanted.parent().zip(wanted.file_name()) else { return false };
        let known = file.beside.as_deref().or(self.dir).filter(|_| *name == *file.path && wanted.exists());
        let real = |folder: &Path| Path::new(".").join(folder).canonicalize().ok();
        known.and_then(real).is_some_and(|known| real(named) == Some(known))
    }

    /// One that never changes. Files that lie on top of the contract may make it wrong all the same.
    fn built_in(&mut self, folder: &Folders, path: &str) {
        let place = Place { path: path.to_owned(), beside: None };
        if let Some(story) = self.as_before(&**folder, &place) {
            return drop(self.add(story));
        }
        let asking = Asking::new(&**folder, self.texts);
        let file = match scenario::read(&asking, path) {
            Ok(file) => file,
            Err(findings) => return self.findings.extend(findings),
        };
        let (outline, contract, folder) = (Outline::of(&file), self.contract.clone(), folder.clone());
        let settle = move || scenario::compile(&file, &contract, &*folder);
        let known = Arc::new(Known::later(outline, move || Ok(Arc::new(settle()?.scenario))));
        self.add(Story {
            file: place,
            asked: asking.asked(),
            known,
            scenario: None,
            basis: None,
            warnings: Vec::new(),
        });
    }

    fn written(&mut self, folder: &dyn Library, file: Place) -> Option<Arc<Scenario>> {
        if let Some(story) = self.as_before(folder, &file) {
            return self.add(story);
        }
        let asking = Asking::new(folder, self.texts);
        let compiled =
            scenario::read(&asking, &file.path).and_then(|file| scenario::compile(&file, self.contract, &asking));
        match compiled {
            Ok(Compiled { scenario, warnings, basis }) => {
                let scenario = Arc::new(scenario);
                let known = Arc::new(Known::from(scenario.clone()));
                self.add(Story {
                    file,
                    asked: asking.asked(),
                    known,
                    scenario: Some(scenario),
                    basis: Some(basis),
                    warnings,
                })
            }
            Err(findings) => {
                self.wrong.push(file);
                self.findings.extend(findings);
                None
            }
        }
    }

    fn as_before(&self, folder: &dyn Library, file: &Place) -> Option<Story> {
        let story = self.before.told.stories.iter().find(|story| story.file == *file)?;
        let would_be_settled_so = match &self.kept {
            Some(kept) => story.basis.as_ref().is_some_and(|basis| basis.is_kept(kept)),
            None => self.before.told.contract.is_some(),
        };
        let is_same = would_be_settled_so && (self.before.same || story.asked.since(folder).is_same());
        is_same.then(|| story.clone())
    }

    /// Adds a story if nobody has its name.
    fn add(&mut self, story: Story) -> Option<Arc<Scenario>> {
        let Outline { name, origin, .. } = &story.known.outline;
        // A file that somebody names goes before what is built in.
        let gives_way = |other: &Story| story.file.beside.is_some() && other.scenario.is_none();
        self.stories.retain(|other| other.known.outline.name != *name || !gives_way(other));
        let mut others = self.stories.iter().map(|other| &other.known.outline);
        if let Some(other) = others.find(|other| other.name == *name) {
            let message = format!("{} and {origin} are both called {name:?}", other.origin);
            self.findings.push(Diagnostic::new("E0351", message).help("give one of them another `name`"));
            return None;
        }
        let scenario = story.scenario.clone();
        self.stories.push(story);
        scenario
    }
}

fn unknown<'n>(wanted: &str, names: impl Iterator<Item = &'n str>) -> Diagnostic {
    let finding = Diagnostic::new("E0350", format!("there is no scenario {wanted:?}"));
    match nearest(wanted, names) {
        Some(near) => finding.help(format!("did you mean {near:?}?")),
        None => finding.help("`ayra-mock scenario list` lists them; a file is named by its path: ./story.yaml"),
    }
}

/// What lies in a folder below may be what the replies of a scenario consist of.
fn is_scenario(path: &str) -> bool {
    !path.contains('/') && [".yaml", ".yml"].iter().any(|end| path.ends_with(end))
}

/// Whether a scenario is asked for by its file, and not by its name.
pub fn is_path(wanted: &str) -> bool {
    wanted.contains(['/', '\\']) || [".yaml", ".yml", ".json"].iter().any(|end| wanted.ends_with(end))
}
