use std::fs;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;

/// A folder that is gone after the test.
struct Temporary(PathBuf);

impl Temporary {
    fn new() -> Temporary {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("ayra-mock-folder-{}-{number}", std::process::id()));
        fs::create_dir_all(path.join("root")).unwrap();
        Temporary(path)
    }

    fn root(&self) -> PathBuf {
        self.0.join("root")
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn fault(folder: &Folder, path: &str) -> &'static str {
    let findings = folder.read(path).map(|file| file.value).unwrap_err();
    assert!(findings.iter().all(|finding| !finding.message.contains('\n')));
    findings[0].code
}

#[test]
fn only_regular_text_inside_the_folder_is_read() {
    let temporary = Temporary::new();
    let root = temporary.root();
    fs::create_dir_all(root.join("sub")).unwrap();
    fs::create_dir_all(temporary.0.join("root-evil")).unwrap();
    fs::write(temporary.0.join("root-evil/secret.yaml"), "secret: 1").unwrap();
    fs::write(root.join("sub/good.yaml"), "a: 1").unwrap();
    fs::write(root.join("bytes.yaml"), b"a: 1\nb: \xff").unwrap();
    fs::write(root.join("nul.yaml"), b"a: \0").unwrap();
    let huge = fs::File::create(root.join("huge.yaml")).unwrap();
    huge.set_len(2 << 30).unwrap();

    let folder = Folder::new(&root).unwrap();
    assert_eq!(folder.read("sub/good.yaml").unwrap().value["a"], 1);
    assert_eq!(fault(&folder, "absent.yaml"), "E0002");
    assert_eq!(fault(&folder, "sub/good.yaml/x"), "E0002");
    assert_eq!(fault(&folder, "sub"), "E0019");
    assert_eq!(fault(&folder, "../root-evil/secret.yaml"), "E0203");
    assert_eq!(fault(&folder, "/etc/passwd"), "E0203");
    assert_eq!(fault(&folder, "nul.yaml"), "E0004");
    assert_eq!(fault(&folder, "huge.yaml"), "E0018");
    let findings = folder.read("bytes.yaml").map(|_| ()).unwrap_err();
    let spot = findings[0].spot.as_ref().unwrap();
    assert_eq!((findings[0].code, spot.line, spot.column), ("E0004", 2, 4));
    assert_eq!(folder.paths().len(), 4);
}

#[cfg(unix)]
#[test]
fn links_pipes_and_devices_are_refused_without_waiting() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let temporary = Temporary::new();
    let root = temporary.root();
    fs::write(temporary.0.join("outside.yaml"), "a: 1").unwrap();
    fs::write(root.join("inside.yaml"), "a: 1").unwrap();
    symlink("../outside.yaml", root.join("leaves.yaml")).unwrap();
    symlink("inside.yaml", root.join("stays.yaml")).unwrap();
    symlink("nowhere.yaml", root.join("dangling.yaml")).unwrap();
    symlink("loop.yaml", root.join("loop.yaml")).unwrap();
    symlink("/dev/zero", root.join("zero.yaml")).unwrap();
    fs::write(root.join("shut.yaml"), "a: 1").unwrap();
    fs::set_permissions(root.join("shut.yaml"), fs::Permissions::from_mode(0o000)).unwrap();
    let made = std::process::Command::new("mkfifo").arg(root.join("pipe.yaml")).status().unwrap();
    assert!(made.success());

    let folder = Folder::new(&root).unwrap();
    assert_eq!(folder.read("stays.yaml").unwrap().value["a"], 1);
    assert_eq!(fault(&folder, "leaves.yaml"), "E0203");
    assert_eq!(fault(&folder, "zero.yaml"), "E0203");
    assert_eq!(fault(&folder, "dangling.yaml"), "E0002");
    assert_eq!(fault(&folder, "loop.yaml"), "E0002");
    assert_eq!(fault(&folder, "pipe.yaml"), "E0019");
    assert_eq!(read_text(Path::new("/dev/zero"), "zero").unwrap_err().code, "E0019");
    // Root may read what nobody may.
    if fs::read(root.join("shut.yaml")).is_err() {
        assert_eq!(fault(&folder, "shut.yaml"), "E0002");
    }
}
