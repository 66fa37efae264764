//! What calls are made of: the playbooks, who takes calls and who makes them, the calls that are always there, and what
//! the whole is like.

mod agent;
mod pinned;
mod world;

pub use agent::Agent;
pub use pinned::{Fate, Pinned, Told, Written};
pub use world::{Length, World};

use jiff::Timestamp;
use serde_json::Value;

use super::dialogue::{self, Playbook};
use super::people::People;
use crate::contract::{Library, Schema, Schemas};
use crate::source::{Diagnostic, SourceFile};

#[derive(Debug)]
pub struct Stock {
    pub world: World,
    pub people: People,
    pub playbooks: Vec<Playbook>,
    pub agents: Vec<Agent>,
    pub pinned: Vec<Pinned>,
    /// The contacts of the fixtures that have a number.
    pub known: Vec<Known>,
    pub warnings: Vec<Diagnostic>,
}

/// Somebody on record, by the telephone number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    pub number: u64,
    pub name: String,
    pub email: Option<String>,
    pub since: Option<Timestamp>,
    /// The place of the language whose numbers have this one, else of the first.
    pub language: usize,
}

pub const WORLD: &str = "world.yaml";
const PEOPLE: &str = "people.yaml";
const PINNED: &str = "conversations.yaml";
const DIALOGUES: &str = "dialogues";
/// More playbooks than this are not read: each call knows its own by 16 bits.
const MOST: usize = 4_096;

/// What the fixtures of calls are put together with.
pub struct Beside<'a> {
    /// The records of agents and contacts, moved to where the clock stands.
    pub agents: Vec<&'a Value>,
    pub contacts: Vec<&'a Value>,
    /// The schema of a call's details, which calls that are written out are held against.
    pub schema: Option<(&'a Schemas, &'a Schema)>,
}

impl Stock {
    /// Reads everything about calls in a folder of fixtures. All faults of all files are told.
    pub fn read(fixtures: &dyn Library, beside: &Beside) -> Result<Stock, Vec<Diagnostic>> {
        let world = fixtures.read(WORLD).and_then(|file| World::read(&file));
        let people = fixtures.read(PEOPLE).and_then(|file| People::read(&file));
        let (world, mut people) = match (world, people) {
            (Ok(world), Ok(people)) => (world, people),
            (world, people) => return Err([world.err(), people.err()].into_iter().flatten().flatten().collect()),
        };
        let agents: Vec<Agent> = beside.agents.iter().filter_map(|record| Agent::read(record)).take(MOST).collect();
        let known: Vec<Known> = beside.contacts.iter().filter_map(|record| Known::read(record, &people)).collect();
        let (mut playbooks, mut findings) = (Vec::new(), Vec::new());
        for path in fixtures.list(DIALOGUES)?.iter().take(MOST) {
            match fixtures.read(path).and_then(|file| playbook(&file, path, &people, &agents)) {
                Ok((playbook, warnings)) => {
                    playbooks.push(playbook);
                    findings.extend(warnings);
                }
                Err(more) => findings.extend(more),
            }
        }
        if findings.iter().any(Diagnostic::is_error) {
            return Err(findings);
        }
        let against =
            pinned::Against { agents: &agents, playbooks: &playbooks, moment: world.moment, schema: beside.schema };
        let pinned = fixtures.read(PINNED).and_then(|file| pinned::read(&file, &against))?;
        let taken =
            beside.agents.iter().flat_map(|record| ["phone_number", "transfer_number"].map(|name| record.get(name)));
        let taken = taken.flatten().filter_map(Value::as_str).filter_map(digits);
        people.reserve(
            taken.chain(known.iter().map(|known| known.number)).chain(pinned.iter().filter_map(|call| call.caller)),
        );
        Ok(Stock { world, people, playbooks, agents, pinned, known, warnings: findings })
    }

    /// Holds the calls that are written out against the schema of another contract. All else was read from files that are as they
    /// were then.
    pub fn check(&self, fixtures: &dyn Library, schema: Option<(&Schemas, &Schema)>) -> Result<(), Vec<Diagnostic>> {
        let Stock { agents, playbooks, world, .. } = self;
        let against = pinned::Against { agents, playbooks, moment: world.moment, schema };
        fixtures.read(PINNED).and_then(|file| pinned::read(&file, &against)).map(drop)
    }

    /// How many calls there are unless somebody wants another number.
    pub fn count(&self) -> usize {
        self.world.conversations
    }
}

impl Known {
    fn read(record: &Value, people: &People) -> Option<Known> {
        let text = |name: &str| record.get(name).and_then(Value::as_str).map(str::to_owned);
        let number = digits(&text("phone")?)?;
        let since = text("created_at").and_then(|text| text.parse().ok());
        let language = people.0.iter().position(|language| language.numbers.has(number)).unwrap_or(0);
        Some(Known { number, name: text("name")?, email: text("email"), since, language })
    }
}

fn playbook(
    file: &SourceFile,
    path: &str,
    people: &People,
    agents: &[Agent],
) -> Result<(Playbook, Vec<Diagnostic>), Vec<Diagnostic>> {
    let name = path.strip_prefix(DIALOGUES).and_then(|name| name.strip_prefix('/')).unwrap_or(path);
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let (playbook, mut warnings) = dialogue::read(file, stem, people)?;
    if !agents.iter().any(|agent| agent.takes(&playbook.language, &playbook.departments)) {
        let message = format!("no agent takes calls of `{stem}`");
        let finding = Diagnostic::new("W0808", message).at(file.key_spot("/departments"));
        warnings.push(finding.help("an active agent of its language has one of its departments under `metadata`"));
    }
    Ok((playbook, warnings))
}

/// The digits of a number in E.164 form.
pub fn digits(text: &str) -> Option<u64> {
    let digits = text.strip_prefix('+')?;
    let good =
        (7..=15).contains(&digits.len()) && !digits.starts_with('0') && digits.bytes().all(|b| b.is_ascii_digit());
    good.then(|| digits.parse().ok()).flatten()
}

#[cfg(test)]
mod tests;
