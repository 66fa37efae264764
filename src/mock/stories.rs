//! Where scenarios come from: a folder of them, and those that are named at the start, by name or as files.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::sources::Folders;
use crate::contract::{Asked, Asking, Contract, Folder, Library, Since, Texts};
use crate::nearest::nearest;
use crate::scenario::{self, Compiled, Known, Outline, Repertoire, Scenario};
use crate::source::{Diagnostic, SourceFile};

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

/// The scenarios that were read, and what was asked for that.
#[derive(Default)]
pub struct Told {
    contract: Option<Arc<Contract>>,
    /// What lies in the folder.
    listed: Vec<String>,
    stories: Vec<Story>,
    opening: Vec<Opening>,
}

/// One that every lane begins with.
#[derive(Clone)]
struct Opening {
    /// As it was asked for.
    wanted: String,
    file: Place,
    /// None while its file is gone.
    scenario: Option<Arc<Scenario>>,
    /// It was there before.
    is_lost: bool,
}

/// A file of scenarios: in their folder, or in one of its own.
#[derive(Clone, PartialEq, Eq)]
struct Place {
    path: String,
    beside: Option<PathBuf>,
}

/// One that was read.
#[derive(Clone)]
pub struct Story {
    file: Place,
    asked: Asked,
    pub known: Arc<Known>,
    /// None of one that is built in, which is settled when somebody asks for it.
    pub scenario: Option<Arc<Scenario>>,
    warnings: Vec<Diagnostic>,
}

struct Reading<'r> {
    contract: &'r Arc<Contract>,
    /// Where files of the folder lie, as far as they are no built-in ones.
    dir: Option<&'r Path>,
    texts: &'r Texts,
    /// What was read before.
    before: &'r Told,
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
        before: &Told,
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
        let (texts, before) = (Texts::default(), Told::default());
        let mut reading = Reading::new(self, contract, &texts, &before);
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

impl Told {
    /// Whether it came of reading at all.
    pub fn is_read(&self) -> bool {
        self.contract.is_some()
    }

    pub fn repertoire(&self) -> Arc<Repertoire> {
        let known = self.stories.iter().map(|story| story.known.clone()).collect();
        let opening = self.opening.iter().filter_map(|opening| opening.scenario.clone());
        Arc::new(Repertoire::new(known, opening.collect()))
    }

    pub fn stories(&self) -> &[Story] {
        &self.stories
    }

    pub fn find(&self, name: &str) -> Option<&Story> {
        self.stories.iter().find(|story| story.known.outline.name == name)
    }

    /// The story of this very scenario. One that was sent may have its name, and is none.
    pub fn story(&self, scenario: &Arc<Scenario>) -> Option<&Story> {
        let is_called = |known: &Known| known.outline.name == scenario.name && known.outline.origin == scenario.origin;
        let is_it = |known: &Known| known.scenario().is_ok_and(|known| Arc::ptr_eq(known, scenario));
        self.stories.iter().find(|story| is_called(&story.known) && is_it(&story.known))
    }

    /// What has become of a story that was read before: the one in its file, or else the one of its name.
    pub fn successor(&self, story: &Story) -> Option<&Story> {
        let of_file = self.stories.iter().find(|known| known.file == story.file);
        of_file.or_else(|| self.find(&story.known.outline.name))
    }

    /// What lanes have begun with until now and do not any more, in words.
    pub fn without(&self) -> impl Iterator<Item = String> {
        let lost = self.opening.iter().filter(|opening| opening.is_lost);
        lost.map(|opening| format!("lanes begin without the scenario {}, since its file is gone", opening.wanted))
    }

    pub fn warnings(&self) -> impl Iterator<Item = Diagnostic> {
        self.stories.iter().flat_map(|story| story.warnings.clone())
    }

    /// Files that were named.
    pub fn files(&self) -> impl Iterator<Item = PathBuf> {
        let named = self.stories.iter().filter_map(|story| Some((story, story.file.beside.as_ref()?)));
        let named = named.flat_map(|(story, beside)| story.asked.paths().map(|path| beside.join(path)));
        // One that is gone may come back.
        named.chain(self.opening.iter().filter_map(|opening| opening.file.on_disk()))
    }

    /// Whether they would all come out the same.
    pub fn since(&self, stories: &Stories) -> Since {
        let is_back =
            |opening: &Opening| opening.scenario.is_none() && opening.file.on_disk().is_some_and(|path| path.exists());
        let listed = match stories.listed() == self.listed && !self.opening.iter().any(is_back) {
            true => Since::Same,
            false => Since::Changed(Vec::new()),
        };
        self.stories.iter().fold(listed, |since, story| since.and(story.since(stories.folder.as_deref())))
    }
}

impl Story {
    fn since(&self, folder: Option<&(dyn Library + Send + Sync)>) -> Since {
        let Place { path, beside } = &self.file;
        match (beside, folder) {
            (Some(beside), _) => match Folder::new(beside) {
                Ok(folder) => self.asked.since(&folder),
                Err(_) => Since::Unsettled(vec![path.clone()]),
            },
            (None, Some(folder)) => self.asked.since(folder),
            (None, None) => Since::Unsettled(vec![path.clone()]),
        }
    }
}

impl Place {
    /// Of one with a folder of its own.
    fn on_disk(&self) -> Option<PathBuf> {
        self.beside.as_ref().map(|beside| beside.join(&self.path))
    }
}

impl<'r> Reading<'r> {
    fn new(of: &'r Stories, contract: &'r Arc<Contract>, texts: &'r Texts, before: &'r Told) -> Reading<'r> {
        let (stories, wrong, findings) = (Vec::new(), Vec::new(), Vec::new());
        Reading { contract, dir: of.dir.as_deref(), texts, before, settled: true, stories, wrong, findings }
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
        let before = self.before.opening.iter().find(|opening| opening.wanted == wanted);
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
        self.add(Story { file: place, asked: asking.asked(), known, scenario: None, warnings: Vec::new() });
    }

    fn written(&mut self, folder: &dyn Library, file: Place) -> Option<Arc<Scenario>> {
        if let Some(story) = self.as_before(folder, &file) {
            return self.add(story);
        }
        let asking = Asking::new(folder, self.texts);
        let compiled =
            scenario::read(&asking, &file.path).and_then(|file| scenario::compile(&file, self.contract, &asking));
        match compiled {
            Ok(Compiled { scenario, warnings }) => {
                let scenario = Arc::new(scenario);
                let known = Arc::new(Known::from(scenario.clone()));
                self.add(Story { file, asked: asking.asked(), known, scenario: Some(scenario), warnings })
            }
            Err(findings) => {
                self.wrong.push(file);
                self.findings.extend(findings);
                None
            }
        }
    }

    fn as_before(&self, folder: &dyn Library, file: &Place) -> Option<Story> {
        self.before.contract.as_ref().filter(|contract| Arc::ptr_eq(contract, self.contract))?;
        let mut known = self.before.stories.iter();
        let story = known.find(|story| story.file == *file)?;
        story.asked.since(folder).is_same().then(|| story.clone())
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
