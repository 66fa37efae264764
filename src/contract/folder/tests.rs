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

/// What keeps the files below a path from being listed.
fn faults(folder: &Folder, path: &str) -> Vec<String> {
    let findings = folder.list(path).unwrap_err();
    assert!(findings.iter().all(Diagnostic::is_error));
    let mut told: Vec<String> =
        findings.iter().map(|finding| format!("{} {}", finding.code, finding.message)).collect();
    told.sort();
    told
}

#[cfg(unix)]
#[test]
fn nothing_in_a_folder_is_passed_over() {
    use std::os::unix::{fs::symlink, net::UnixListener};
    let temporary = Temporary::new();
    let root = temporary.root();
    fs::create_dir_all(root.join("talks/more/folder.yaml")).unwrap();
    for name in ["b.yaml", "a.yml", "more/c.json", "more/folder.yaml/d.yaml", ".hidden.yaml", "notes.txt"] {
        fs::write(root.join("talks").join(name), "a: 1").unwrap();
    }
    symlink("gone.yaml", root.join("talks/.#a.yml")).unwrap();
    let folder = Folder::new(&root).unwrap();
    let plain = ["talks/a.yml", "talks/b.yaml", "talks/more/c.json", "talks/more/folder.yaml"];
    assert_eq!(folder.list("talks").unwrap(), plain);
    assert_eq!(fault(&folder, "talks/more/folder.yaml"), "E0019", "a folder that is called like a file");
    assert_eq!(folder.list("nothing").unwrap(), [""; 0]);

    // What is called like a file is listed whatever it is, and refused by whoever reads it.
    let talks = root.join("talks");
    let _socket = UnixListener::bind(talks.join("socket.yaml")).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(talks.join("pipe.yaml")).status().unwrap().success());
    symlink("/dev/zero", talks.join("zero.yaml")).unwrap();
    symlink("nowhere", talks.join("nowhere.yaml")).unwrap();
    let listed = folder.list("talks").unwrap();
    for (name, code) in [("socket", "E0019"), ("pipe", "E0019"), ("zero", "E0203"), ("nowhere", "E0002")] {
        let path = format!("talks/{name}.yaml");
        assert!(listed.contains(&path), "{path}");
        assert_eq!(fault(&folder, &path), code);
    }

    // Of everything else it is said that it is not read.
    let _socket = UnixListener::bind(talks.join("socket")).unwrap();
    symlink("more", talks.join("again")).unwrap();
    symlink(&root, talks.join("round")).unwrap();
    symlink("gone", talks.join("nowhere")).unwrap();
    fs::create_dir_all(talks.join("1/2/3/4/5")).unwrap();
    let shown = talks.display();
    assert_eq!(
        faults(&folder, "talks"),
        [
            format!("E0002 there is no file {shown}/nowhere"),
            format!("E0020 {shown}/1/2/3/4/5 is not looked into: it lies too deep"),
            format!("E0020 {shown}/again is no folder: a link to one is not followed"),
            format!("E0020 {shown}/round is no folder: a link to one is not followed"),
            format!("E0020 {shown}/socket is no regular file (a pipe, socket or device)"),
        ]
    );
    assert_eq!(
        faults(&folder, "talks/again"),
        [format!("E0020 {shown}/again is no folder: a link to one is not followed")]
    );
    assert_eq!(faults(&folder, "talks/b.yaml"), [format!("E0020 {shown}/b.yaml is no folder")]);
    assert!(matches!(Folder::new(talks.join("b.yaml")), Err(finding) if finding.code == "E0020"));

    fs::create_dir(root.join("many")).unwrap();
    (0..1_001).for_each(|n| fs::write(root.join(format!("many/{n}.yaml")), "").unwrap());
    assert_eq!(
        faults(&folder, "many"),
        [format!("E0020 {}/many holds more than 1000 files, and no more are read", root.display())]
    );
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
