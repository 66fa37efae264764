use std::path::PathBuf;

use clap::{Command, Parser};

use super::settings::{Origin, Surroundings, Verbosity};
use super::values::{Errors, Host};
use super::*;

/// A folder that goes when the test ends.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Scratch {
        let path = std::env::temp_dir().join(format!("ayra-mock-cli-{name}-{}", std::process::id()));
        std::fs::create_dir_all(path.join("repo/.git")).expect("a folder");
        std::fs::create_dir_all(path.join("repo/deep/down")).expect("a folder");
        Scratch(path)
    }

    fn write(&self, path: &str, text: &str) {
        std::fs::write(self.0.join(path), text).expect("a file");
    }

    fn around(&self, env: &[(&str, &str)]) -> Surroundings {
        let env = env.iter().map(|(name, value)| (name.into(), value.into())).collect();
        Surroundings { env, folder: self.0.join("repo/deep/down") }
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn typed(args: &[&str]) -> Typed {
    let args = std::iter::once("ayra-mock").chain(args.iter().copied());
    Cli::try_parse_from(args).expect("good flags").serve.typed()
}

#[test]
fn flag_before_variable_before_file_before_default() {
    let scratch = Scratch::new("precedence");
    scratch.write("repo/ayra-mock.yaml", "port: 1\nseed: 2\nmax-body: 3KiB\nstrict: true\n");
    let around = scratch.around(&[("AYRA_MOCK_PORT", "10"), ("AYRA_MOCK_SEED", "20"), ("AYRA_MOCK_DRAIN", "")]);
    let settings = Settings::settle(&typed(&["--port", "100", "--no-strict"]), &around).expect("good settings");
    assert_eq!((settings.port, settings.origin("port")), (100, &Origin::Flag));
    assert_eq!((settings.seed, settings.origin("seed")), (20, &Origin::Variable("AYRA_MOCK_SEED".into())));
    assert_eq!(settings.max_body, 3072);
    assert!(matches!(settings.origin("max-body"), Origin::File(spot) if spot.file.ends_with("ayra-mock.yaml")));
    assert!(!settings.strict, "a flag undoes what the file says");
    assert_eq!((settings.drain.as_secs(), settings.origin("drain")), (10, &Origin::Default));
    assert_eq!(settings.host, Host("127.0.0.1".into()));
    assert_eq!(settings.errors, Errors::Contract);
}

#[test]
fn the_nearest_file_up_to_the_repository() {
    let scratch = Scratch::new("upwards");
    scratch.write("ayra-mock.yaml", "port: 1\n");
    let port = |args: &[&str], env: &[(&str, &str)]| {
        Settings::settle(&typed(args), &scratch.around(env)).expect("good settings").port
    };
    assert_eq!(port(&[], &[]), 4010, "what lies above the repository is somebody else's");
    scratch.write("repo/ayra-mock.yaml", "port: 2\n");
    assert_eq!(port(&[], &[]), 2);
    scratch.write("repo/deep/down/ayra-mock.yaml", "# nothing yet\n");
    assert_eq!(port(&[], &[]), 4010, "the nearest alone counts");
    assert_eq!(port(&["--config", "../../ayra-mock.yaml"], &[]), 2);
    assert_eq!(port(&["--no-config"], &[]), 4010);
    assert_eq!(port(&[], &[("AYRA_MOCK_CONFIG", "../../ayra-mock.yaml")]), 2);
    assert_eq!(port(&["--no-config"], &[("AYRA_MOCK_CONFIG", "../../ayra-mock.yaml")]), 4010);
    assert_eq!(port(&["--config", "../../ayra-mock.yaml"], &[("AYRA_MOCK_NO_CONFIG", "1")]), 2);
}

#[test]
fn paths_in_a_file_are_relative_to_it() {
    let scratch = Scratch::new("paths");
    scratch.write("repo/ayra-mock.yaml", "contract: api.yaml\ndir: down\n");
    let settings = Settings::settle(&typed(&["--dir", "here"]), &scratch.around(&[])).expect("good settings");
    assert_eq!(settings.contract, Some(scratch.0.join("repo/api.yaml")));
    assert_eq!(settings.dir, Some(PathBuf::from("here")));
}

#[test]
fn what_is_wrong_is_named_with_what_is_allowed() {
    let scratch = Scratch::new("wrong");
    let refusal = |args: &[&str], env: &[(&str, &str)]| {
        Settings::settle(&typed(args), &scratch.around(env)).expect_err("bad settings").to_string()
    };
    assert_eq!(refusal(&["--port", "70000"], &[]), "--port: expected a number from 0 to 65535, got \"70000\"");
    assert_eq!(
        refusal(&[], &[("AYRA_MOCK_HEAD_TIMEOUT", "1x")]),
        "AYRA_MOCK_HEAD_TIMEOUT: expected a duration such as 150ms, 10s or 2m, got \"1x\""
    );
    assert_eq!(
        refusal(&["--errors", "contrakt"], &[]),
        "--errors: expected contract or problem, got \"contrakt\" (did you mean \"contract\"?)"
    );
    assert!(refusal(&["--config", "none.yaml"], &[]).contains("there is no file"));
    scratch.write("repo/ayra-mock.yaml", "prot: 1\nmax_body: 1MiB\nseed: [1]\n");
    let all = refusal(&[], &[]);
    assert!(all.contains("ayra-mock.yaml:") && all.contains("unknown setting \"prot\""), "{all}");
    assert!(all.contains("unknown setting \"max_body\"") && all.contains("seed is one value, not a list"), "{all}");
    scratch.write("repo/ayra-mock.yaml", "port: 4010.5\n");
    assert!(refusal(&[], &[]).contains("expected a number from 0 to 65535, got \"4010.5\""));
    scratch.write("repo/ayra-mock.yaml", "- port\n");
    assert!(refusal(&[], &[]).contains("settings are expected"));
}

#[test]
fn scenarios_of_the_settings_file_lie_beside_it() {
    let scratch = Scratch::new("scenarios");
    let settled = |text: &str| {
        scratch.write("repo/ayra-mock.yaml", text);
        Settings::settle(&typed(&[]), &scratch.around(&[])).map(|settings| settings.scenarios)
    };
    let beside = scratch.0.join("repo/x").display().to_string();
    assert_eq!(settled("scenario: ./x\n").unwrap().join(" "), beside);
    assert_eq!(settled("scenario: [late, ./x]\n").unwrap(), ["late".to_owned(), beside]);
    scratch.write("repo/deep/down/ayra-mock.yaml", "scenario: ./x\n");
    let here = Settings::settle(&typed(&[]), &scratch.around(&[])).unwrap().scenarios;
    assert_eq!(here, ["./x"], "and not a scenario that is called x");
    std::fs::remove_file(scratch.0.join("repo/deep/down/ayra-mock.yaml")).unwrap();
    assert!(settled("scenario: [1]\n").is_err() && settled("scenario: ['a,b']\n").is_err());
}

#[test]
fn variables_that_are_nearly_ours() {
    let scratch = Scratch::new("strangers");
    let settle = |env: &[(&str, &str)]| Settings::settle(&typed(&[]), &scratch.around(env)).expect("good settings");
    assert_eq!(
        settle(&[("AYRA_MOCK_PROT", "1")]).warnings,
        ["the variable AYRA_MOCK_PROT is not known, did you mean AYRA_MOCK_PORT?"]
    );
    // What Kubernetes sets beside a service of this name.
    let pod = [
        ("AYRA_MOCK_PORT", "tcp://10.0.0.7:4010"),
        ("AYRA_MOCK_SERVICE_HOST", "10.0.0.7"),
        ("AYRA_MOCK_PORT_4010_TCP", "tcp://10.0.0.7:4010"),
    ];
    let settings = settle(&pod);
    assert_eq!((settings.port, settings.warnings.len()), (4010, 0));
}

#[test]
fn loud_or_quiet_by_whoever_said_it_with_more_weight() {
    let scratch = Scratch::new("verbosity");
    let verbosity = |args: &[&str], env: &[(&str, &str)]| {
        Settings::settle(&typed(args), &scratch.around(env)).expect("good settings").verbosity
    };
    assert_eq!(verbosity(&[], &[]), Verbosity::Normal);
    assert_eq!(verbosity(&["-v"], &[]), Verbosity::Verbose);
    assert_eq!(verbosity(&["-vvv"], &[]), Verbosity::Everything);
    assert_eq!(verbosity(&["-q"], &[("AYRA_MOCK_VERBOSE", "2")]), Verbosity::Quiet);
    assert_eq!(verbosity(&["-v"], &[("AYRA_MOCK_QUIET", "1")]), Verbosity::Verbose);
}

#[test]
fn every_setting_is_a_flag_and_every_flag_a_setting() {
    let command = command();
    let flags: Vec<String> = command
        .get_arguments()
        .map(|argument| argument.get_id().as_str().replace('_', "-"))
        .filter(|name| {
            ![
                "no-strict",
                "no-stateful",
                "no-dynamic",
                "no-check-answers",
                "no-rule-header",
                "no-stale-header",
                "no-watch",
                "no-cors",
                "help",
                "version",
            ]
            .contains(&name.as_str())
        })
        .collect();
    for field in &fields::FIELDS {
        assert!(flags.iter().any(|flag| flag == field.name), "no flag --{}", field.name);
    }
    for flag in &flags {
        assert!(fields::field_named(flag).is_some(), "no setting {flag}");
    }
}

#[test]
fn serve_is_what_happens_without_a_command() {
    let with = |args: &[&str]| Cli::try_parse_from(std::iter::once(&"ayra-mock").chain(args)).expect("good flags");
    let Some(Chosen::Serve(serve)) = with(&["serve", "-p", "0", "--max-body", "1k"]).command else {
        panic!("serve is expected");
    };
    assert_eq!(serve.typed(), with(&["-p", "0", "--max-body", "1k"]).serve.typed());
}

#[test]
fn help_fits_80_columns_and_shows_variables_and_defaults() {
    fn each(command: &Command, seen: &mut Vec<(String, String)>) {
        for long in [false, true] {
            let mut command = command.clone();
            let help = if long { command.render_long_help() } else { command.render_help() };
            seen.push((format!("{} long={long}", command.get_name()), help.to_string().replace(UNBROKEN, " ")));
        }
        command.get_subcommands().for_each(|command| each(command, seen));
    }
    let mut root = command();
    root.build();
    let mut seen = Vec::new();
    each(&root, &mut seen);
    for (name, help) in &seen {
        for line in help.lines() {
            assert!(line.chars().count() <= 80, "{name}: {line:?}");
        }
    }
    let long = &seen.iter().find(|(name, _)| name == "ayra-mock long=true").expect("the program's own").1;
    for part in ["Contract:", "World:", "Answers:", "Server:", "Limits:", "Output:", "Examples:"] {
        assert!(long.contains(part), "{part} is missing");
    }
    for part in ["[env: AYRA_MOCK_MAX_BODY]", "[default: 4010]", "[env: AYRA_MOCK_NO_CONFIG]"] {
        assert!(long.contains(part), "{part} is missing in\n{long}");
    }
    assert!(long.find("Examples:") > long.find("Output:"), "examples come last");
}

#[test]
fn the_command_line_is_sound() {
    command().debug_assert();
}

#[test]
fn everything_that_is_wrong_is_told_at_once() {
    let scratch = Scratch::new("slips");
    scratch.write("repo/ayra-mock.yaml", "prot: 1\nmax-body: much\n");
    let around = scratch.around(&[("AYRA_MOCK_DRAIN", "5")]);
    let told = Settings::settle(&vec![("port", "abc".to_owned())], &around).expect_err("four slips").to_string();
    for slip in
        ["unknown setting \"prot\"", "max-body: expected a size", "--port: expected", "AYRA_MOCK_DRAIN: expected"]
    {
        assert!(told.contains(slip), "{slip} is missing in\n{told}");
    }
}
