//! Files that are saved while the server runs, as editors, deployments and accidents save them: each test waits for what
//! `/_mock/status` tells, and looks at what clients are answered meanwhile.

mod folders;
mod lanes;
mod load;
mod saves;
mod settings;
mod trouble;
mod watching;

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::thread;

use ayra_mock::clock::Stopwatch;
use serde_json::Value;

use crate::support::caller::Caller;
use crate::support::http::Answer;
use crate::support::server::{Folder, PATIENCE, Server, program};

/// A server, and the folder whose files it serves.
struct Desk {
    folder: Folder,
    server: Server,
}

impl Desk {
    /// Serves `pets.yaml`, which is in the folder by the time that `prepare` has run.
    fn with(prepare: impl FnOnce(&Path), more: &[&str]) -> Desk {
        let folder = Folder::new();
        prepare(folder.path());
        let mut command = program();
        command.args(["serve", "--no-config", "--contract", "pets.yaml"]).args(more).current_dir(folder.path());
        let server = Server::from(command);
        // What happens before the folders are watched is seen, but not as one event after the other.
        let desk = Desk { folder, server };
        desk.until("somebody watches", |status| {
            more.contains(&"--no-watch") || status["watching"]["folders"].as_array().is_some_and(|all| !all.is_empty())
        });
        desk
    }

    /// The pets are of version 0.
    fn start(more: &[&str]) -> Desk {
        Desk::with(|folder| fs::write(folder.join("pets.yaml"), pets(0)).unwrap(), more)
    }

    fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    fn write(&self, path: &str, text: &str) {
        write(&self.path(path), text);
    }

    fn status(&self) -> Value {
        Caller::stranger(&self.server).read("/_mock/status")
    }

    /// Asks for the status until it is as it should be.
    #[track_caller]
    fn until(&self, what: &str, is: impl Fn(&Value) -> bool) -> Value {
        let (caller, watch) = (Caller::stranger(&self.server), Stopwatch::start());
        loop {
            let status = caller.read("/_mock/status");
            if is(&status) {
                return status;
            }
            assert!(watch.elapsed() < PATIENCE, "not in time: {what}; {status}\n{}", self.server.output());
            thread::yield_now();
        }
    }

    #[track_caller]
    fn until_generation(&self, generation: u64) -> Value {
        let status = self.until(&format!("generation {generation}"), |status| generation_of(status) >= generation);
        assert_eq!((generation_of(&status), &status["status"]), (generation, &"ok".into()), "{status}");
        status
    }

    /// The code of what is wrong.
    #[track_caller]
    fn until_stale(&self, code: &str) -> Value {
        self.until(code, |status| status["error"]["findings"][0]["code"] == code)
    }

    /// Up to a generation, the log tells of no trouble.
    #[track_caller]
    fn nothing_was_wrong_until(&self, generation: u64) {
        let said = self.server.output_with(&format!("generation {generation}: "));
        assert!(!said.contains("error"), "{said}");
    }

    fn pets(&self) -> u64 {
        version(&Caller::stranger(&self.server).get("/pets"))
    }
}

/// A request whose head was judged, and whose body is still to come.
struct Begun(TcpStream);

impl Begun {
    fn post(desk: &Desk, path: &str, lane: &str) -> Begun {
        Begun::with("POST", desk, path, lane)
    }

    fn with(method: &str, desk: &Desk, path: &str, lane: &str) -> Begun {
        let mut stream = TcpStream::connect(desk.server.address()).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: localhost\r\nX-Mock-Lane: {lane}\r\nConnection: close\r\n\
             Content-Type: application/json\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).unwrap();
        let mut come = [0; 25];
        stream.read_exact(&mut come).unwrap();
        assert_eq!(&come, b"HTTP/1.1 100 Continue\r\n\r\n", "the head is judged");
        Begun(stream)
    }

    /// The answer, when the body has come too.
    fn end(mut self, body: &str) -> String {
        write!(self.0, "{:x}\r\n{body}\r\n0\r\n\r\n", body.len()).unwrap();
        let mut answer = String::new();
        self.0.read_to_string(&mut answer).unwrap();
        answer
    }
}

fn write(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn generation_of(status: &Value) -> u64 {
    status["generation"].as_u64().expect("a number")
}

/// A document whose answer tells its version.
fn pets(version: u64) -> String {
    format!(
        "openapi: 3.1.0
info: {{ title: Pets, version: '1' }}
paths:
  /pets:
    get:
      operationId: listPets
      responses:
        '200': {{ description: All, content: {{ application/json: {{ example: {{ version: {version}, pets: [] }} }} }} }}
    post:
      operationId: addPet
      requestBody: {{ content: {{ application/json: {{ schema: {{ type: object }} }} }} }}
      responses:
        '201': {{ description: Added, content: {{ application/json: {{ example: {{ version: {version} }} }} }} }}
"
    )
}

#[track_caller]
fn version(answer: &Answer) -> u64 {
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()["version"].as_u64().unwrap_or_else(|| panic!("no version in {}", answer.text()))
}
