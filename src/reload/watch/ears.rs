//! The door to notify: what the system tells of folders.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::mpsc::SyncSender;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use notify::event::{AccessKind, AccessMode, ModifyKind};
use notify::{ErrorKind, Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher, recommended_watcher};

use super::Call;
use crate::reload::places::{Concern, Need};

/// Where the system tells when whoever wrote to a file has closed it.
const TELLS_OF_CLOSING: bool = cfg!(target_os = "linux");

pub struct Ears {
    watcher: RecommendedWatcher,
    concern: Arc<Mutex<Concern>>,
    /// The folders that are listened to, as they were then.
    folders: HashMap<PathBuf, Option<Identity>>,
}

/// Tells a folder from another in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Identity {
    number: (u64, u64),
    made: Option<SystemTime>,
}

impl Ears {
    pub fn new(calls: SyncSender<Call>) -> Result<Ears, String> {
        let concern = Arc::new(Mutex::new(Concern::default()));
        let heard = {
            let concern = concern.clone();
            move |event| {
                let concern = concern.lock().unwrap_or_else(PoisonError::into_inner);
                for call in heard(event, &concern) {
                    // A full queue has everybody looking already.
                    let _ = calls.try_send(call);
                }
            }
        };
        let watcher = recommended_watcher(heard).map_err(|error| reason(&error))?;
        Ok(Ears { watcher, concern, folders: HashMap::new() })
    }

    /// Listens for what is of concern and for nothing else; true if some of it is new.
    pub fn listen(&mut self, concern: Concern) -> Result<bool, String> {
        let gone: Vec<PathBuf> =
            self.folders.keys().filter(|folder| !concern.folders.contains_key(*folder)).cloned().collect();
        for folder in gone {
            // It may be gone by itself.
            let _ = self.watcher.unwatch(&folder);
            self.folders.remove(&folder);
        }
        let folders = concern.folders.clone();
        let mut new = {
            let mut known = self.concern.lock().unwrap_or_else(PoisonError::into_inner);
            std::mem::replace(&mut *known, concern) != *known
        };
        for (folder, need) in &folders {
            let identity = Identity::of(folder);
            if self.folders.get(folder) == Some(&identity) {
                continue;
            }
            match self.watcher.watch(folder, RecursiveMode::NonRecursive) {
                Ok(()) => new = true,
                // It went a moment ago, and the folder above tells when it comes back.
                Err(error) if is_absence(&error) => continue,
                Err(error) if *need == Need::Wish && !matches!(error.kind, ErrorKind::MaxFilesWatch) => {}
                Err(error) => return Err(reason(&error)),
            }
            self.folders.insert(folder.clone(), identity);
        }
        Ok(new)
    }

    /// The watches at a path and below may be gone.
    pub fn forget(&mut self, path: &Path) {
        self.folders.retain(|folder, _| !folder.starts_with(path));
    }

    /// Whether a folder is another than the one that is listened to.
    pub fn are_off(&self) -> bool {
        self.folders.iter().any(|(folder, identity)| Identity::of(folder) != *identity)
    }
}

impl Identity {
    #[cfg(unix)]
    fn of(folder: &Path) -> Option<Identity> {
        use std::os::unix::fs::MetadataExt;
        let found = folder.metadata().ok()?;
        Some(Identity { number: (found.dev(), found.ino()), made: found.created().ok() })
    }

    #[cfg(not(unix))]
    fn of(folder: &Path) -> Option<Identity> {
        let found = folder.metadata().ok()?;
        Some(Identity { number: (0, 0), made: found.created().ok() })
    }
}

/// What an event comes to, if it is of concern.
fn heard(event: notify::Result<Event>, concern: &Concern) -> Vec<Call> {
    let Ok(event) = event else { return vec![Call::Look] };
    if event.need_rescan() {
        return vec![Call::Look];
    }
    let paths = event.paths.into_iter().filter(|path| concern.is(path));
    let call = |path| match event.kind {
        EventKind::Access(AccessKind::Close(AccessMode::Write)) => Some(Call::Closed(path)),
        // We read files ourselves.
        EventKind::Access(_) => None,
        EventKind::Modify(ModifyKind::Data(_)) => Some(Call::Saved { path, written: TELLS_OF_CLOSING }),
        EventKind::Modify(ModifyKind::Name(_)) | EventKind::Remove(_) => Some(Call::Moved(path)),
        _ => Some(Call::Saved { path, written: false }),
    };
    paths.filter_map(call).collect()
}

fn is_absence(error: &notify::Error) -> bool {
    match &error.kind {
        ErrorKind::PathNotFound => true,
        ErrorKind::Io(error) => error.kind() == std::io::ErrorKind::NotFound,
        _ => false,
    }
}

/// In words that lead somewhere.
fn reason(error: &notify::Error) -> String {
    const EMFILE: i32 = 24;
    match &error.kind {
        ErrorKind::MaxFilesWatch => {
            "the system has no further watches of folders (fs.inotify.max_user_watches)".to_owned()
        }
        ErrorKind::Io(error) if error.raw_os_error() == Some(EMFILE) => {
            "the system has no further watchers of folders (fs.inotify.max_user_instances)".to_owned()
        }
        _ => format!("the system does not tell of them: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, sync_channel};
    use std::time::Duration;
    use std::{fs, io};

    use notify::event::{CreateKind, DataChange, Flag, RemoveKind};

    use super::*;
    use crate::reload::places::Place;

    #[test]
    fn only_what_is_of_concern_is_heard() {
        let folder = std::env::temp_dir().canonicalize().unwrap();
        let [file, other] = ["pets.yaml", "other.yaml"].map(|name| folder.join(name));
        let concern = Concern::with(&[Place::File(file.clone())]);
        let calls = |kind: EventKind, path: &Path| heard(Ok(Event::new(kind).add_path(path.to_path_buf())), &concern);
        let saved = EventKind::Modify(ModifyKind::Data(DataChange::Any));
        assert!(matches!(&calls(saved, &file)[..], [Call::Saved { written: TELLS_OF_CLOSING, .. }]));
        assert!(calls(saved, &other).is_empty());
        assert!(matches!(&calls(EventKind::Remove(RemoveKind::File), &file)[..], [Call::Moved(_)]));
        assert!(matches!(&calls(EventKind::Create(CreateKind::File), &file)[..], [Call::Saved { written: false, .. }]));
        let read = EventKind::Access(AccessKind::Open(AccessMode::Any));
        assert!(calls(read, &file).is_empty(), "else every look would lead to the next");
        let closed = EventKind::Access(AccessKind::Close(AccessMode::Write));
        assert!(matches!(&calls(closed, &file)[..], [Call::Closed(_)]));
        let lost = Event::new(EventKind::Other).set_flag(Flag::Rescan);
        assert!(matches!(&heard(Ok(lost), &concern)[..], [Call::Look]));
        assert!(matches!(&heard(Err(notify::Error::generic("x")), &concern)[..], [Call::Look]));
    }

    #[test]
    fn limits_are_told_by_their_names() {
        let told = |kind| reason(&notify::Error::new(kind));
        assert!(told(ErrorKind::MaxFilesWatch).contains("max_user_watches"));
        assert!(told(ErrorKind::Io(io::Error::from_raw_os_error(24))).contains("max_user_instances"));
    }

    fn wait(calls: &Receiver<Call>) -> Call {
        calls.recv_timeout(Duration::from_secs(10)).expect("something is heard")
    }

    #[test]
    fn a_folder_that_comes_back_is_listened_to_again() {
        let name = format!("ayra-mock-ears-{}", std::process::id());
        let scratch = std::env::temp_dir().canonicalize().unwrap().join(name);
        let folder = scratch.join("a");
        let places = || Concern::with(&[Place::File(folder.join("pets.yaml"))]);
        fs::create_dir_all(&folder).unwrap();
        let (sender, calls) = sync_channel(100);
        let mut ears = Ears::new(sender).unwrap();
        assert_eq!(ears.listen(places()), Ok(true));
        assert_eq!(ears.listen(places()), Ok(false), "nothing new");
        fs::write(folder.join("pets.yaml"), "a").unwrap();
        while !matches!(wait(&calls), Call::Closed(_)) {}
        fs::remove_dir_all(&folder).unwrap();
        while !matches!(wait(&calls), Call::Moved(path) if path == folder) {}
        ears.forget(&folder);
        fs::create_dir_all(&folder).unwrap();
        while !matches!(wait(&calls), Call::Saved { .. }) {}
        assert_eq!(ears.listen(places()), Ok(true));
        fs::write(folder.join("pets.yaml"), "b").unwrap();
        while !matches!(wait(&calls), Call::Closed(_)) {}
        assert!(!ears.are_off());
        fs::rename(&folder, scratch.join("b")).unwrap();
        assert!(ears.are_off());
        fs::remove_dir_all(&scratch).unwrap();
    }
}
