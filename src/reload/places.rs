//! Which folders have to be watched to hear that files change, and what heard there is of concern.
//!
//! Folders are watched, never files: whoever replaces a file leaves its watch behind. On the way to a file every link may be
//! turned to another place, so each is of concern itself.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};

/// As many links lead to one file.
const MOST_LINKS: usize = 40;
/// As many folders are looked into below one, and as deep.
const MOST_FOLDERS: usize = 1_000;
const DEEPEST: usize = 6;
/// As many links in folders are followed.
const MOST_FOLLOWED: usize = 1_000;

/// Something that is made of files depends on this.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// A file, be it there or not.
    File(PathBuf),
    /// A folder with everything in it, be it there or not.
    Tree(PathBuf),
}

/// What is of concern, all paths free of links.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Concern {
    exactly: BTreeSet<PathBuf>,
    below: BTreeSet<PathBuf>,
    /// The folders to be watched; without those that are not `needed` a rare change is seen later.
    pub folders: BTreeMap<PathBuf, Need>,
    followed: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Need {
    /// To see that the folder below is another now.
    Wish,
    Must,
}

impl Concern {
    pub fn with(places: &[Place]) -> Concern {
        let mut concern = Concern::default();
        for place in places {
            match place {
                Place::File(path) => drop(concern.follow(path)),
                Place::Tree(path) => {
                    if let Some(real) = concern.follow(path) {
                        concern.tree(&real, 0);
                        concern.below.insert(real);
                    }
                }
            }
        }
        concern
    }

    /// Whether something that happened at a path is of concern.
    pub fn is(&self, path: &Path) -> bool {
        self.exactly.contains(path)
            || self.folders.contains_key(path)
            || path.ancestors().any(|above| self.below.contains(above))
    }

    /// Follows a path over all links. What it comes to, if it comes to something.
    fn follow(&mut self, path: &Path) -> Option<PathBuf> {
        let mut path = std::path::absolute(path).ok()?;
        for _ in 0..MOST_LINKS {
            let mut here = PathBuf::new();
            let mut parts = path.components();
            let mut link = None;
            for part in parts.by_ref() {
                match part {
                    // What stands here has no links any more, so this is really one up.
                    Component::ParentDir => drop(here.pop()),
                    Component::CurDir => {}
                    part => here.push(part),
                }
                match here.symlink_metadata() {
                    Ok(found) if found.is_symlink() => {
                        link = Some(here.read_link().ok()?);
                        break;
                    }
                    Ok(_) => {}
                    Err(_) => {
                        self.end(&here);
                        return None;
                    }
                }
            }
            let Some(target) = link else {
                self.end(&here);
                return Some(here);
            };
            self.note(&here, Need::Must);
            let rest = parts.as_path().to_path_buf();
            here.pop();
            path = here.join(target).join(rest);
        }
        None
    }

    /// As far as a path leads: its folder may be replaced as a whole, too.
    fn end(&mut self, path: &Path) {
        self.note(path, Need::Must);
        if let Some(folder) = path.parent() {
            self.note(folder, Need::Wish);
        }
    }

    /// Something at this path is of concern, so its folder is to be watched.
    fn note(&mut self, path: &Path, need: Need) {
        let Some(folder) = path.parent() else { return };
        self.exactly.insert(path.to_path_buf());
        self.watch(folder, need);
    }

    fn watch(&mut self, folder: &Path, need: Need) {
        let known = self.folders.entry(folder.to_path_buf()).or_insert(need);
        *known = need.max(*known);
    }

    fn tree(&mut self, folder: &Path, depth: usize) {
        self.watch(folder, Need::Must);
        let entries = folder.read_dir().into_iter().flatten().flatten();
        for entry in entries {
            let Ok(kind) = entry.file_type() else { continue };
            if kind.is_dir() && depth < DEEPEST && self.folders.len() < MOST_FOLDERS {
                self.tree(&entry.path(), depth + 1);
            } else if kind.is_symlink() && self.followed < MOST_FOLLOWED {
                self.followed += 1;
                self.follow(&entry.path());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// A folder that goes when the test ends.
    struct Scratch(PathBuf);

    impl Scratch {
        fn new(name: &str) -> Scratch {
            let path = std::env::temp_dir().join(format!("ayra-mock-places-{name}-{}", std::process::id()));
            fs::create_dir_all(&path).unwrap();
            Scratch(path.canonicalize().unwrap())
        }

        fn file(&self, path: &str) -> PathBuf {
            let path = self.0.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, "").unwrap();
            path
        }
    }

    impl Drop for Scratch {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    fn musts(concern: &Concern) -> Vec<&Path> {
        let musts = concern.folders.iter().filter(|(_, need)| **need == Need::Must);
        musts.map(|(folder, _)| folder.as_path()).collect()
    }

    #[test]
    fn of_a_file_its_folder_is_watched_and_its_name_is_of_concern() {
        let scratch = Scratch::new("file");
        let (file, other) = (scratch.file("a/pets.yaml"), scratch.file("a/other.yaml"));
        let concern = Concern::with(&[Place::File(file.clone())]);
        assert_eq!(musts(&concern), [scratch.0.join("a")]);
        assert!(concern.is(&file) && !concern.is(&other));
        assert!(concern.is(&scratch.0.join("a")), "the folder may go");
        assert!(!concern.is(&scratch.0.join("b")));
        let gone = Concern::with(&[Place::File(scratch.0.join("b/c/pets.yaml"))]);
        assert_eq!(musts(&gone), [scratch.0.as_path()]);
        assert!(gone.is(&scratch.0.join("b")), "what comes first of what is not there");
    }

    #[test]
    fn a_tree_is_watched_with_every_folder_in_it() {
        let scratch = Scratch::new("tree");
        scratch.file("t/a.yaml");
        scratch.file("t/deep/er/b.yaml");
        let root = scratch.0.join("t");
        let concern = Concern::with(&[Place::Tree(root.clone())]);
        assert_eq!(musts(&concern), [scratch.0.clone(), root.clone(), root.join("deep"), root.join("deep/er")]);
        assert!(concern.is(&root.join("new/file.yaml")) && !concern.is(&scratch.0.join("u")));
        let gone = Concern::with(&[Place::Tree(scratch.0.join("none"))]);
        assert_eq!(musts(&gone), [scratch.0.as_path()]);
    }

    #[cfg(unix)]
    #[test]
    fn links_are_followed_and_each_is_of_concern() {
        use std::os::unix::fs::symlink;
        let scratch = Scratch::new("links");
        scratch.file("mount/..1/pets.yaml");
        symlink("..1", scratch.0.join("mount/..data")).unwrap();
        symlink("..data/pets.yaml", scratch.0.join("mount/pets.yaml")).unwrap();
        symlink("mount", scratch.0.join("current")).unwrap();
        let concern = Concern::with(&[Place::File(scratch.0.join("current/pets.yaml"))]);
        let mount = scratch.0.join("mount");
        assert_eq!(musts(&concern), [scratch.0.clone(), mount.clone(), mount.join("..1")]);
        for path in
            [scratch.0.join("current"), mount.join("..data"), mount.join("pets.yaml"), mount.join("..1/pets.yaml")]
        {
            assert!(concern.is(&path), "{path:?}");
        }
        let tree = Concern::with(&[Place::Tree(mount.clone())]);
        assert!(tree.folders.contains_key(&mount.join("..1")));

        symlink("round", scratch.0.join("about")).unwrap();
        symlink("about", scratch.0.join("round")).unwrap();
        let circle = Concern::with(&[Place::File(scratch.0.join("round/x")), Place::Tree(scratch.0.join("about"))]);
        assert!(circle.is(&scratch.0.join("round")) && circle.below.is_empty());
    }
}
