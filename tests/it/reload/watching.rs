//! How one hears that files were saved, where the system does not tell, and when nobody listens.

use std::fs::{self, File};

use super::*;

#[test]
fn where_nobody_watches_a_signal_or_a_request_has_the_files_looked_at() {
    let desk = Desk::start(&["--no-watch"]);
    assert_eq!(desk.status()["watching"]["how"], "off");
    let caller = Caller::stranger(&desk.server);
    desk.write("pets.yaml", &pets(1));
    let told = caller.send("POST", "/_mock/reload", &[], None);
    let changed = &told.json()["changed"];
    assert_eq!((told.status, &changed[0]), (200, &"contract: 2 operations changed".into()), "{}", told.text());
    assert_eq!(desk.pets(), 1);
    assert_eq!(told.json()["renewed"], true);
    let again = caller.send("POST", "/_mock/reload", &[], None).json();
    assert_eq!((&again["renewed"], &again["generation"]), (&false.into(), &2.into()));
    for member in ["changed", "since", "left_behind"] {
        assert_eq!(again[member], told.json()[member], "{member}: what the last look found is told again");
    }

    desk.write("pets.yaml", "openapi: [");
    let refused = caller.send("POST", "/_mock/reload", &[], None);
    let told = refused.json();
    assert_eq!((refused.status, &told["generation"], desk.pets()), (422, &2.into(), 1));
    let finding = &told["findings"][0];
    let place = [&finding["file"], &finding["line"], &finding["column"]].map(Value::to_string);
    assert_eq!(place, ["\"pets.yaml\"", "1", "10"]);

    #[cfg(unix)]
    {
        desk.write("pets.yaml", &pets(2));
        desk.server.signal("HUP");
        desk.until_generation(3);
        assert_eq!(desk.pets(), 2);
        desk.server.signal("HUP");
        desk.server.output_with("say what is served (generation 3)");
    }
}

#[test]
fn files_are_looked_at_in_turns_where_that_is_wanted() {
    let desk = Desk::start(&["--watch", "poll=50ms"]);
    let watching = &desk.status()["watching"];
    assert_eq!(
        (&watching["how"], &watching["seconds"], &watching["because"]),
        (&"poll".into(), &0.05.into(), &Value::Null)
    );
    for saved in 1..=3 {
        desk.write("pets.yaml", &pets(saved));
        desk.until_generation(saved + 1);
        assert_eq!(desk.pets(), saved);
    }
    fs::remove_file(desk.path("pets.yaml")).unwrap();
    desk.until_stale("E0002");
    desk.write("pets.yaml", &pets(4));
    desk.until_generation(5);
}

/// In a namespace of its own the server may have as few watches as one likes, and nobody else has fewer.
#[cfg(target_os = "linux")]
#[test]
fn where_the_system_has_no_watches_left_files_are_looked_at_in_turns() {
    const LIMITED: &str = r#"echo "$1" > "/proc/sys/user/$2" && shift 2 && exec "$@""#;
    let within = |limit: &str, name: &str| {
        let mut command = std::process::Command::new("unshare");
        command.args(["--user", "--map-root-user", "sh", "-c", LIMITED, "sh", limit, name]);
        command
    };
    if !within("0", "max_inotify_instances").arg("true").status().is_ok_and(|status| status.success()) {
        eprintln!("not tried: this system makes no namespaces");
        return;
    }
    for (limit, name) in [("0", "max_inotify_instances"), ("0", "max_inotify_watches"), ("1", "max_inotify_watches")] {
        let folder = Folder::new();
        write(&folder.path().join("pets.yaml"), &pets(0));
        let mut command = within(limit, name);
        let plain = program();
        command.arg(plain.get_program()).args(["serve", "--no-config", "--contract", "pets.yaml"]);
        command.env("NO_COLOR", "1").current_dir(folder.path());
        let desk = Desk { folder, server: Server::from(command) };
        let status = desk.until("it falls back", |status| status["watching"]["how"] == "poll");
        let because = status["watching"]["because"].as_str().unwrap();
        assert!(because.contains(&name.replace("max_inotify_", "fs.inotify.max_user_")), "{because}");
        desk.server.output_with("saved files are looked for every 500ms");
        desk.write("pets.yaml", &pets(1));
        desk.until_generation(2);
        assert_eq!(desk.pets(), 1);
    }
}

#[test]
fn what_is_touched_and_stays_as_it_is_makes_no_reload() {
    let desk = Desk::start(&[]);
    let text = pets(0);
    for n in 0..1_000 {
        match n % 2 {
            0 => fs::write(desk.path("pets.yaml"), &text).unwrap(),
            _ => File::open(desk.path("pets.yaml")).unwrap().set_modified(std::time::UNIX_EPOCH).unwrap(),
        }
    }
    // What is heard last is seen to last.
    desk.write("pets.yaml", &pets(1));
    desk.until_generation(2);
    assert_eq!(desk.pets(), 1);
    desk.server.output_with("generation 2");
    assert_eq!(desk.server.output().matches("generation").count(), 1, "{}", desk.server.output());
}
