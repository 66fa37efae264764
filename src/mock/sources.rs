//! Where a contract and its keys come from: the embedded folders, a folder on top of them, or a document that the user
//! names.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;

use super::stories::{Scenarios, Stories};
use crate::access::Keys;
use crate::contract::{self, Contract, Folder, Loaded};
use crate::embedded::{ENTRY, FIXTURES, Library, SCENARIOS, SCHEMAS};
use crate::lane::{self, Ground, Plan, Start};
use crate::scenario::Repertoire;
use crate::seed::Seed;
use crate::source::Diagnostic;

/// The file of a fixtures folder that lists who may call.
pub const KEYS: &str = "keys.yaml";

pub struct Sources {
    library: Box<dyn contract::Library>,
    entry: String,
    /// The embedded contract as it is: a test holds it against every rule.
    vetted: bool,
    /// Records are recognised where the contract says nothing of them.
    stateful: bool,
    /// The folder of fixtures; a document of the user's own is served without the embedded ones.
    fixtures: Option<Fixtures>,
    pub stories: Stories,
    /// The place in words, for the banner.
    pub described: String,
}

pub type Fixtures = Arc<dyn contract::Library + Send + Sync>;

/// A contract and its keys, found good, and where its world is told.
pub struct Materials {
    pub contract: Arc<Contract>,
    pub keys: Keys,
    pub fixtures: Option<Fixtures>,
    /// Contract and fixtures are the embedded ones as they are.
    pub vetted: bool,
    pub scenarios: Arc<Repertoire>,
    pub warnings: Vec<Diagnostic>,
}

impl Sources {
    /// `document` instead of the embedded contract, `dir` on top of the embedded folders.
    pub fn new(document: Option<&Path>, dir: Option<&Path>) -> Result<Sources, Diagnostic> {
        dir.map_or(Ok(()), check_folder)?;
        let Some(document) = document else {
            let described = match dir {
                Some(dir) => format!("embedded, with {} on top", dir.display()),
                None => "embedded".to_owned(),
            };
            let (library, fixtures) = (Box::new(Library::new(SCHEMAS, dir)?), Arc::new(Library::new(FIXTURES, dir)?));
            let (entry, vetted) = (ENTRY.to_owned(), dir.is_none());
            let stories = Stories { folder: Some(Arc::new(Library::new(SCENARIOS, dir)?)), wanted: Vec::new() };
            return Ok(Sources {
                library,
                entry,
                vetted,
                stateful: false,
                fixtures: Some(fixtures),
                stories,
                described,
            });
        };
        let (folder, entry) = Folder::of(&stands(document)?)?;
        let own = |name| dir.map(|dir| dir.join(name)).filter(|path| path.symlink_metadata().is_ok());
        let stories = own(SCENARIOS).map(Folder::new).transpose()?.map(|folder| Arc::new(folder) as Scenarios);
        Ok(Sources {
            library: Box::new(folder),
            entry,
            vetted: false,
            stateful: false,
            fixtures: own(FIXTURES).map(Folder::new).transpose()?.map(|folder| Arc::new(folder) as Fixtures),
            stories: Stories { folder: stories, wanted: Vec::new() },
            described: document.display().to_string(),
        })
    }

    /// Whether records are kept for a document that says nothing of them.
    pub fn stateful(self, stateful: bool) -> Sources {
        Sources { stateful, ..self }
    }

    /// With these scenarios armed in every lane from its beginning: names, or files.
    pub fn armed(self, wanted: &[String]) -> Sources {
        Sources { stories: Stories { wanted: wanted.to_vec(), ..self.stories }, ..self }
    }

    pub fn load(&self) -> Result<Materials, Vec<Diagnostic>> {
        let Loaded { contract, mut warnings } = match self.vetted {
            true => Contract::load_vetted(self.library.as_ref(), &self.entry)?,
            false => self.contract()?,
        };
        let keys = self.keys(&contract)?;
        let contract = Arc::new(contract);
        let (scenarios, odd) = self.stories.load(&contract)?;
        warnings.extend(odd);
        Ok(Materials {
            contract,
            keys,
            fixtures: self.fixtures.clone(),
            vetted: self.vetted,
            scenarios: Arc::new(scenarios),
            warnings,
        })
    }

    pub fn contract(&self) -> Result<Loaded, Vec<Diagnostic>> {
        let mut loaded = Contract::load(self.library.as_ref(), &self.entry)?;
        if self.stateful {
            loaded.contract.recognise();
        }
        Ok(loaded)
    }

    /// Everything that is wrong or odd about the fixtures, and with what of the contract they are told.
    pub fn world(&self, contract: Arc<Contract>) -> Vec<Diagnostic> {
        let fixtures = lane::Fixtures { folder: self.fixtures.clone(), ..lane::Fixtures::default() };
        let plan = Plan { fixtures, calls: Some(0), ..Plan::default() };
        let start = Start::new(Some(Timestamp::UNIX_EPOCH), None);
        match Ground::planned(contract, Arc::new(plan), Seed(0), start) {
            Ok(ground) => ground.warnings().to_vec(),
            Err(findings) => findings,
        }
    }

    pub fn keys(&self, contract: &Contract) -> Result<Keys, Vec<Diagnostic>> {
        let Some(fixtures) = self.fixtures.as_ref().filter(|fixtures| fixtures.has(KEYS)) else {
            return Ok(Keys::default());
        };
        let file = fixtures.read(KEYS)?;
        let tiers: Vec<&str> =
            contract.rate.iter().flat_map(|rate| &rate.tiers).map(|tier| tier.name.as_str()).collect();
        Keys::read(&file, &tiers)
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
        let vetted = |dir| Sources::new(None, dir).map(|sources| sources.load().expect("materials").vetted);
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
