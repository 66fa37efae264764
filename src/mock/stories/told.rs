//! The scenarios that were read: from which files, what each rests on, and whether they would all come out the same.

use std::path::PathBuf;
use std::sync::Arc;

use super::Stories;
use crate::contract::{Asked, Contract, Folder, Library, Since};
use crate::scenario::{Basis, Known, Repertoire, Scenario};
use crate::source::Diagnostic;

/// The scenarios that were read, and what was asked for that.
#[derive(Default)]
pub struct Told {
    pub(super) contract: Option<Arc<Contract>>,
    /// What lies in the folder.
    pub(super) listed: Vec<String>,
    pub(super) stories: Vec<Story>,
    pub(super) opening: Vec<Opening>,
}

/// One that every lane begins with.
#[derive(Clone)]
pub struct Opening {
    /// As it was asked for.
    pub(super) wanted: String,
    pub(super) file: Place,
    /// None while its file is gone.
    pub(super) scenario: Option<Arc<Scenario>>,
    /// It was there before.
    pub(super) is_lost: bool,
}

/// A file of scenarios: in their folder, or in one of its own.
#[derive(Clone, PartialEq, Eq)]
pub struct Place {
    pub(super) path: String,
    pub(super) beside: Option<PathBuf>,
}

/// One that was read.
#[derive(Clone)]
pub struct Story {
    pub(super) file: Place,
    pub(super) asked: Asked,
    pub known: Arc<Known>,
    /// None of one that is built in, which is settled when somebody asks for it.
    pub scenario: Option<Arc<Scenario>>,
    /// What of the contract it rests on, where it was settled at once.
    pub(super) basis: Option<Basis>,
    pub(super) warnings: Vec<Diagnostic>,
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
    pub(super) fn on_disk(&self) -> Option<PathBuf> {
        self.beside.as_ref().map(|beside| beside.join(&self.path))
    }
}
