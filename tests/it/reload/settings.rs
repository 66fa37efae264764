//! The settings file: what can be taken is, and the rest is said to wait.

use super::*;

fn start(settings: &str) -> Desk {
    let folder = Folder::new();
    write(&folder.path().join("pets.yaml"), &pets(0));
    write(&folder.path().join("ayra-mock.yaml"), settings);
    let mut command = program();
    command.args(["serve", "--config", "ayra-mock.yaml"]).current_dir(folder.path());
    let desk = Desk { folder, server: Server::from(command) };
    desk.until("somebody watches", |status| status["watching"]["how"] == "events");
    desk
}

#[test]
fn what_can_be_taken_is_and_the_rest_waits() {
    let desk = start("contract: pets.yaml\n");
    let caller = Caller::stranger(&desk.server);
    assert_eq!(caller.get("/pets?color=red").status, 200);
    desk.write("ayra-mock.yaml", "contract: pets.yaml\nstrict: true\n");
    assert_eq!(desk.until_generation(2)["changed"][0], "settings: strict taken");
    assert_eq!(caller.get("/pets?color=red").status, 400);

    desk.write("ayra-mock.yaml", "contract: pets.yaml\nstrict: false\nseed: 7\nmax-body: 1MiB\n");
    let told = "settings: strict taken, seed needs a restart";
    assert_eq!(desk.until_generation(3)["changed"][0], told);
    desk.server.output_with(told);
    assert_eq!(caller.get("/pets?color=red").status, 200);

    desk.write("ayra-mock.yaml", "contract: pets.yaml\nstrickt: true\n");
    let status = desk.until("it is wrong", |status| status["status"] == "stale");
    let finding = &status["error"]["findings"][0];
    assert_eq!((&finding["file"], &finding["line"]), (&"ayra-mock.yaml".into(), &2.into()), "{status}");
    desk.write("ayra-mock.yaml", "contract: pets.yaml\nstrict: true\n");
    desk.until_generation(4);
    assert_eq!(caller.get("/pets?color=red").status, 400);
}
