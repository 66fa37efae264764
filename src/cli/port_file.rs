//! The file that holds the port once the server listens. It appears as a whole, so that whoever waits for it never
//! reads half a number; and it goes with the server, so that nobody waits for the next one and reads the last one's.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::failure::Failure;
use crate::mock::reason;

#[derive(Debug)]
pub struct PortFile(PathBuf);

impl PortFile {
    /// Takes away what an earlier server left behind, and finds out whether the file can be written at all.
    pub fn prepare(path: PathBuf) -> Result<PortFile, Failure> {
        match path.symlink_metadata() {
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(failed(&path, &reason(&error))),
            Ok(about) if about.is_dir() => return Err(failed(&path, "it is a folder")),
            Ok(about) if !about.is_file() => return Err(failed(&path, "it is no regular file")),
            Ok(_) => std::fs::remove_file(&path).map_err(|error| failed(&path, &reason(&error)))?,
        }
        let file = PortFile(path);
        let beside = file.beside();
        std::fs::write(&beside, "").map_err(|error| failed(&file.0, &reason(&error)))?;
        Ok(file)
    }

    pub fn write(&self, port: u16) -> Result<(), Failure> {
        let beside = self.beside();
        std::fs::write(&beside, format!("{port}\n"))
            .and_then(|()| std::fs::rename(&beside, &self.0))
            .map_err(|error| failed(&self.0, &reason(&error)))
    }

    /// Where the file grows: in the same folder, as a file can only be renamed within one file system.
    fn beside(&self) -> PathBuf {
        let name = self.0.file_name().unwrap_or_default().to_string_lossy();
        self.0.with_file_name(format!(".{name}.{}", std::process::id()))
    }
}

impl Drop for PortFile {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(self.beside());
        let _ = std::fs::remove_file(&self.0);
    }
}

fn failed(path: &Path, reason: &str) -> Failure {
    Failure::new(format!("the port file {} can't be written: {reason}", path.display()))
        .help("--port-file takes a file in a folder that is there and may be written to")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn appears_with_the_port_and_goes_with_the_server() {
        let folder = std::env::temp_dir().join(format!("ayra-mock-port-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder");
        let path = folder.join("port");
        std::fs::write(&path, "1\n").expect("a stale file");
        let file = PortFile::prepare(path.clone()).expect("a good place");
        assert!(!path.exists(), "nobody reads what an earlier server left");
        file.write(4010).expect("a good place");
        assert_eq!(std::fs::read_to_string(&path).expect("the file"), "4010\n");
        drop(file);
        assert_eq!(std::fs::read_dir(&folder).expect("the folder").count(), 0, "nothing is left");

        let refusal = PortFile::prepare(folder.join("none/port")).expect_err("no such folder").to_string();
        assert!(refusal.contains("can't be written: there is nothing of that name"), "{refusal}");
        let refusal = PortFile::prepare(folder.clone()).expect_err("a folder").to_string();
        assert!(refusal.contains("it is a folder"), "{refusal}");
        std::fs::remove_dir_all(&folder).expect("the folder");
    }
}
