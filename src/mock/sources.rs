//! Where a contract and its keys come from: the embedded folders, a folder on top of them, or a document that the user
//! names.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;

use super::remake::Settings;
use super::stories::{Before, Stories, Told};
use crate::access::Keys;
use crate::contract::{self, Asked, Asking, Contract, Folder, Library as _, Loaded, Since, Texts};
use crate::embedded::{ENTRY, FIXTURES, Library, SCENARIOS, SCHEMAS};
use crate::lane::{self, Ground, Plan, Start};
use crate::reload::Place;
use crate::scenario::Repertoire;
use crate::seed::Seed;
use crate::source::{Diagnostic, SourceFile};

/// The file of a fixtures folder that lists who may call.
pub const KEYS: &str = "keys.yaml";

pub struct Sources {
    document: Option<PathBuf>,
    dir: Option<PathBuf>,
    library: Folders,
    entry: String,
    /// The embedded contract as it is: a test holds it against every rule.
    vetted: bool,
    /// Records are recognised where the contract says nothing of them.
    stateful: bool,
    /// The folder of fixtures; a document of the user's own is served without the embedded ones.
    fixtures: Option<Folders>,
    pub stories: Stories,
    /// What files hold that were read before.
    texts: Arc<Texts>,
    /// The place in words, for the banner.
    pub described: String,
}

pub type Folders = Arc<dyn contract::Library + Send + Sync>;

/// A contract and its keys, found good, and where its world is told.
pub struct Materials {
    pub contract: Arc<Contract>,
    pub keys: Keys,
    pub scenarios: Arc<Repertoire>,
    pub warnings: Vec<Diagnostic>,
    /// Whoever knows which settings change while the server runs, if somebody does.
    pub settings: Option<Box<dyn Settings>>,
    pub(super) files: Files,
}

/// Where it all came from, to be looked at again.
pub(super) struct Files {
    pub sources: Sources,
    pub asked: Parts,
}

/// What the folders were asked for each part.
#[derive(Default)]
pub(super) struct Parts {
    pub contract: Asked,
    pub keys: Asked,
    pub stories: Told,
}

/// A folder that is not there.
struct Nowhere;

impl Sources {
    /// `document` instead of the embedded contract, `dir` on top of the embedded folders.
    pub fn new(document: Option<&Path>, dir: Option<&Path>) -> Result<Sources, Diagnostic> {
        dir.map_or(Ok(()), check_folder)?;
        let own = |name| dir.map(|dir| dir.join(name)).filter(|path| path.symlink_metadata().is_ok());
        let of_dir = |name| -> Result<Option<Folders>, Diagnostic> {
            Ok(own(name).map(Folder::new).transpose()?.map(|folder| Arc::new(folder) as Folders))
        };
        let layered = |name| -> Result<Folders, Diagnostic> { Ok(Arc::new(Library::new(name, dir)?)) };
        let (library, entry, fixtures, stories, described) = match document {
            Some(document) => {
                let (folder, entry) = Folder::of(&stands(document)?)?;
                let described = document.display().to_string();
                (Arc::new(folder) as Folders, entry, of_dir(FIXTURES)?, of_dir(SCENARIOS)?, described)
            }
            None => {
                let described = dir.map(|dir| format!("embedded, with {} on top", dir.display()));
                let described = described.unwrap_or_else(|| "embedded".to_owned());
                let (fixtures, stories) = (Some(layered(FIXTURES)?), Some(layered(SCENARIOS)?));
                (layered(SCHEMAS)?, ENTRY.to_owned(), fixtures, stories, described)
            }
        };
        Ok(Sources {
            document: document.map(Path::to_path_buf),
            dir: dir.map(Path::to_path_buf),
            library,
            entry,
            vetted: document.is_none() && dir.is_none(),
            stateful: false,
            fixtures,
            stories: Stories { folder: stories, dir: own(SCENARIOS), wanted: Vec::new() },
            texts: Arc::default(),
            described,
        })
    }

    /// The same once more: a link may lead elsewhere by now, and a folder be there that was not.
    pub(super) fn again(&self) -> Result<Sources, Diagnostic> {
        let Sources { stateful, texts, .. } = self;
        let again = Sources::new(self.document.as_deref(), self.dir.as_deref())?;
        Ok(Sources { stateful: *stateful, texts: texts.clone(), ..again.armed(&self.stories.wanted) })
    }

    /// Whether records are kept for a document that says nothing of them.
    pub fn stateful(self, stateful: bool) -> Sources {
        Sources { stateful, ..self }
    }

    /// With these scenarios armed in every lane from its beginning: names, or files.
    pub fn armed(self, wanted: &[String]) -> Sources {
        Sources { stories: Stories { wanted: wanted.to_vec(), ..self.stories }, ..self }
    }

    pub fn load(self) -> Result<Materials, Vec<Diagnostic>> {
        let (Loaded { contract, mut warnings }, of_contract) = self.read_contract()?;
        let contract = Arc::new(contract);
        let (keys, of_keys) = self.read_keys(&contract)?;
        let stories = self.read_stories(&contract, Before { told: &Told::default(), same: false }, true)?;
        warnings.extend(stories.warnings());
        let scenarios = stories.repertoire();
        let asked = Parts { contract: of_contract, keys: of_keys, stories };
        Ok(Materials { contract, keys, scenarios, warnings, settings: None, files: Files { sources: self, asked } })
    }

    pub fn contract(&self) -> Result<Loaded, Vec<Diagnostic>> {
        self.loaded(&*self.library)
    }

    pub(super) fn read_contract(&self) -> Result<(Loaded, Asked), Vec<Diagnostic>> {
        let asking = Asking::new(&*self.library, &self.texts);
        let loaded = match self.vetted {
            true => Contract::load_vetted(&asking, &self.entry)?,
            false => self.loaded(&asking)?,
        };
        Ok((loaded, asking.asked()))
    }

    fn loaded(&self, library: &dyn contract::Library) -> Result<Loaded, Vec<Diagnostic>> {
        let mut loaded = Contract::load(library, &self.entry)?;
        if self.stateful {
            loaded.contract.recognise();
        }
        Ok(loaded)
    }

    /// Everything that is wrong or odd about the fixtures, and with what of the contract they are told.
    pub fn world(&self, contract: Arc<Contract>) -> Vec<Diagnostic> {
        let fixtures = lane::Fixtures { vetted: false, ..self.fixtures() };
        let plan = Plan { fixtures, calls: Some(0), ..Plan::default() };
        let start = Start::new(Some(Timestamp::UNIX_EPOCH), None);
        match Ground::planned(contract, Arc::new(plan), Seed(0), start) {
            Ok(ground) => ground.warnings().to_vec(),
            Err(findings) => findings,
        }
    }

    /// Where the world is told.
    pub(super) fn fixtures(&self) -> lane::Fixtures {
        lane::Fixtures { folder: self.fixtures.clone(), vetted: self.vetted, texts: self.texts.clone() }
    }

    pub fn keys(&self, contract: &Contract) -> Result<Keys, Vec<Diagnostic>> {
        self.read_keys(contract).map(|(keys, _)| keys)
    }

    pub(super) fn read_keys(&self, contract: &Contract) -> Result<(Keys, Asked), Vec<Diagnostic>> {
        let asking = Asking::new(or_nowhere(self.fixtures.as_ref()), &self.texts);
        if !asking.has(KEYS) {
            return Ok((Keys::default(), asking.asked()));
        }
        let file = asking.read(KEYS)?;
        let tiers: Vec<&str> =
            contract.rate.iter().flat_map(|rate| &rate.tiers).map(|tier| tier.name.as_str()).collect();
        Ok((Keys::read(&file, &tiers)?, asking.asked()))
    }

    pub(super) fn read_stories(
        &self,
        contract: &Arc<Contract>,
        before: Before,
        settled: bool,
    ) -> Result<Told, Vec<Diagnostic>> {
        self.stories.load(contract, &self.texts, before, settled)
    }

    /// Whether the contract, the keys and the scenarios would come out as they did.
    pub(super) fn since(&self, contract: &Asked, keys: &Asked, stories: &Told) -> [Since; 3] {
        let fixtures = or_nowhere(self.fixtures.as_ref());
        [contract.since(&*self.library), keys.since(fixtures), stories.since(&self.stories)]
    }

    /// Whether the world would be told as this one was.
    pub(super) fn world_since(&self, ground: &Ground) -> Since {
        ground.since(self.fixtures.as_deref().map(|folder| folder as _))
    }

    /// Everything on disk that any of it depends on.
    pub(super) fn places(&self, asked: &Parts) -> Vec<Place> {
        let mut places = Vec::new();
        if let Some(document) = &self.document {
            places.push(Place::File(document.clone()));
            let stands = stands(document).unwrap_or_else(|_| document.clone());
            let beside = stands.parent().unwrap_or(Path::new(""));
            places.extend(asked.contract.paths().map(|path| Place::File(beside.join(path))));
        }
        if let Some(dir) = &self.dir {
            let layers = [FIXTURES, SCENARIOS].into_iter().chain(self.document.is_none().then_some(SCHEMAS));
            places.extend(layers.map(|name| Place::Tree(dir.join(name))));
        }
        places.extend(asked.stories.files().map(Place::File));
        places
    }
}

fn or_nowhere(folder: Option<&Folders>) -> &dyn contract::Library {
    folder.map_or(&Nowhere, |folder| &**folder)
}

impl contract::Library for Nowhere {
    fn read(&self, path: &str) -> Result<SourceFile, Vec<Diagnostic>> {
        Err(vec![Diagnostic::new("E0002", format!("there is no file {path}"))])
    }
}

/// A folder that can't lie on top of the embedded ones is a slip, and would otherwise change nothing without a word.
fn check_folder(dir: &Path) -> Result<(), Diagnostic> {
    let wrong = |what: String| Diagnostic::new("E0002", what).help("take a folder such as `ayra-mock init` writes");
    if let Err(error) = std::fs::read_dir(dir) {
        return Err(wrong(format!("the folder {} can't be read: {}", dir.display(), reason(&error))));
    }
    let parts = [SCHEMAS, FIXTURES, SCENARIOS];
    match parts.iter().any(|part| dir.join(part).symlink_metadata().is_ok()) {
        true => Ok(()),
        false => Err(wrong(format!("{} holds none of the folders {}", dir.display(), parts.join(", ")))),
    }
}

/// The place of a document. For a link that leads to another folder it is that one which its references stay in.
fn stands(document: &Path) -> Result<PathBuf, Diagnostic> {
    let unreadable = |reason: String| {
        Diagnostic::new("E0002", format!("the contract {} can't be read: {reason}", document.display()))
            .help("name an OpenAPI document in YAML or JSON")
    };
    let real = document.canonicalize().map_err(|error| unreadable(reason(&error)))?;
    if real.is_dir() {
        return Err(unreadable("it is a folder".to_owned()));
    }
    let parent = document.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let stays = parent.canonicalize().is_ok_and(|parent| real.starts_with(parent));
    Ok(if stays { document.to_path_buf() } else { real })
}

/// The system's reason in a few words, without its number.
pub fn reason(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "there is nothing of that name".to_owned(),
        std::io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        std::io::ErrorKind::NotADirectory => "it is not a folder".to_owned(),
        _ => {
            let text = error.to_string();
            text.split_once(" (os error").map_or(text.clone(), |(words, _)| words.to_lowercase())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_embedded_files_as_they_are_need_no_check() {
        let folder = std::env::temp_dir().join(format!("ayra-mock-sources-{}", std::process::id()));
        std::fs::create_dir_all(folder.join(FIXTURES)).expect("a folder");
        let vetted =
            |dir| Sources::new(None, dir).map(|sources| sources.load().expect("materials").files.sources.vetted);
        let found = [vetted(None), vetted(Some(folder.as_path()))];
        std::fs::remove_dir_all(&folder).expect("the folder goes");
        assert_eq!(found.map(|found| found.expect("sources")), [true, false]);
    }

    /// What lets a start leave the check of the document's shape out.
    #[test]
    fn the_embedded_contract_has_no_fault() {
        let loaded = Sources::new(None, None).expect("sources").contract().expect("no error");
        assert_eq!(loaded.warnings, []);
        assert_eq!(contract::lint(&loaded.contract), []);
    }
}
