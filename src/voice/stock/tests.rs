use serde_json::Value;

use super::*;
use crate::contract::Contract;
use crate::embedded::{self, ENTRY, FIXTURES, SCHEMAS};

/// The embedded fixtures, with one text put in the place of another in one of the files.
struct Changed {
    path: &'static str,
    from: &'static str,
    to: &'static str,
}

impl Library for Changed {
    fn read(&self, path: &str) -> Result<SourceFile, Vec<Diagnostic>> {
        if path != self.path {
            return embedded::Library::new(FIXTURES, None).unwrap().read(path);
        }
        let file = embedded::file(&format!("{FIXTURES}/{path}")).unwrap();
        let text = std::str::from_utf8(file.bytes).unwrap();
        assert!(text.contains(self.from), "{}", self.from);
        SourceFile::parse(path, text.replacen(self.from, self.to, 1))
    }

    fn paths(&self) -> Vec<String> {
        embedded::Library::new(FIXTURES, None).unwrap().paths()
    }
}

fn records(path: &str, list: &str) -> Vec<Value> {
    let file = embedded::Library::new(FIXTURES, None).unwrap().read(path).unwrap();
    file.value[list].as_array().unwrap().clone()
}

fn read(fixtures: &dyn Library, schema: Option<(&Schemas, &Schema)>) -> Result<Stock, Vec<Diagnostic>> {
    let (agents, contacts) = (records("agents.yaml", "agents"), records("contacts.yaml", "contacts"));
    Stock::read(fixtures, &Beside { agents: agents.iter().collect(), contacts: contacts.iter().collect(), schema })
}

#[test]
fn the_embedded_fixtures_are_without_fault_and_every_dialogue_is_taken() {
    let contract = Contract::load_vetted(&embedded::Library::new(SCHEMAS, None).unwrap(), ENTRY).unwrap().contract;
    let place = contract.bundle.files.iter().position(|(name, _)| name == "conversation-details.yaml").unwrap();
    let schema = Schema::new(&contract.bundle.at(place, ""));
    let fixtures = embedded::Library::new(FIXTURES, None).unwrap();
    let stock = read(&fixtures, Some((&contract.schemas, &schema))).unwrap_or_else(|findings| panic!("{findings:#?}"));
    assert_eq!(stock.warnings, []);
    assert!(stock.playbooks.len() >= 29 && stock.pinned.len() == 6, "{}", stock.playbooks.len());
    for playbook in &stock.playbooks {
        let taken = stock.agents.iter().any(|agent| agent.takes(&playbook.language, &playbook.departments));
        assert!(taken, "nobody takes {}", playbook.name);
        let waits = |ending| playbook.course(ending).any(|line| line.wait);
        let short = playbook.minutes < 1.0;
        assert!(short || playbook.endings.iter().all(waits), "{}: no turn takes up the call's time", playbook.name);
    }
    // Every number that somebody has is taken out of those that callers get.
    let mut numbers = stock.people.0.iter().flat_map(|language| {
        let numbers = &language.numbers;
        (0..numbers.count()).map(|place| numbers.at(place))
    });
    assert!(numbers.all(|number| stock.known.iter().all(|known| known.number != number)));
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    let world = |from, to| Changed { path: WORLD, from, to };
    let people = |from, to| Changed { path: PEOPLE, from, to };
    let pinned = |from, to| Changed { path: PINNED, from, to };
    let cases = [
        (world("days: 60", "days: 0"), "E0801", "days: 0", "a number from 1 to 730 is expected"),
        (world("quiet: 31m", "quiet: soon"), "E0801", "quiet: soon", "a length of less than a day is expected"),
        (world("hours: [1,", "hours: [1, 1,"), "E0801", "hours: [", "a list of 24 numbers is expected"),
        (world("company: ", "compny: "), "E0802", "compny: ", "there is no member `compny`"),
        (world("moment: 2025-01-15T15:00:00Z", "moment: now"), "E0801", "moment: now", "a moment such as"),
        (world("busy: 2 }", "busy: 2, bored: 1 }"), "E0802", "abandonments:", "there is no member `bored`"),
        (people("+447700900###", "+44##x"), "E0801", "numbers:", "a number in E.164 form is expected"),
        (people("utc: 1", "utc: paris"), "E0801", "utc: paris", "a number from -12 to 14 is expected"),
        (people("good morning: [4, 12]", "good morning: 4"), "E0801", "greetings:", "two hours are expected"),
        (
            pinned("agent: agent_abc123xyz789", "agent: agent_nobody"),
            "E0807",
            "agent: agent_nobody",
            "there is no agent",
        ),
        (pinned("dialogue: charged-twice", "dialogue: charged-twce"), "E0807", "charged-twce", "there is no dialogue"),
        (pinned("lasts: PT52M", "lasts: PT52M\n    abandoned: busy"), "E0806", "- id:", "exactly one of"),
        (pinned("started: PT34M", "started: soon"), "E0806", "started: soon", "a length is expected"),
        (pinned("abandoned: no_answer", "abandoned: bored"), "E0806", "abandoned: bored", "there is no reason `bored`"),
        (pinned("conv_m2x7bd93rwy6", "conv_q4n8vz15tke7"), "E0806", "conv_q4n8vz15tke7", "there is another call"),
        (pinned("duration: 323", "duration: 99999"), "E0806", "duration: 99999", "a number from 0 to 1800 is expected"),
    ];
    for (changed, code, line, message) in cases {
        let findings = read(&changed, None).expect_err(changed.to);
        let told = findings.iter().find(|finding| finding.message.contains(message));
        let told = told.unwrap_or_else(|| panic!("{}: {findings:#?}", changed.to));
        let spot = told.spot.as_ref().unwrap();
        assert_eq!((told.code, spot.file.as_str()), (code, changed.path), "{told:?}");
        assert!(spot.excerpt.contains(line), "{}: {told:?}", changed.to);
    }
}

#[test]
fn a_dialogue_without_an_agent_is_warned_of() {
    let changed = Changed { path: "dialogues/late-fee.yaml", from: "departments: [", to: "departments: [moon] # [" };
    let stock = read(&changed, None).unwrap_or_else(|findings| panic!("{findings:#?}"));
    let told: Vec<_> = stock.warnings.iter().map(|finding| (finding.code, finding.message.as_str())).collect();
    assert_eq!(told, [("W0808", "no agent takes calls of `late-fee`")]);
}

#[test]
fn a_call_that_is_written_out_keeps_its_schema() {
    let contract = Contract::load_vetted(&embedded::Library::new(SCHEMAS, None).unwrap(), ENTRY).unwrap().contract;
    let place = contract.bundle.files.iter().position(|(name, _)| name == "conversation-details.yaml").unwrap();
    let schema = Schema::new(&contract.bundle.at(place, ""));
    let changed = Changed { path: PINNED, from: "sentiment: positive", to: "sentiment: glad" };
    let findings = read(&changed, Some((&contract.schemas, &schema))).expect_err("a breach");
    assert!(findings.iter().any(|finding| finding.spot.as_ref().unwrap().excerpt.contains("glad")), "{findings:#?}");
}
