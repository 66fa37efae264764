//! The house made anew when files are saved: each part only if one of its own files is another, and all of it put in place at
//! once, or nothing.

mod armed;
mod words;

use std::sync::Arc;

use super::sources::{Files, Parts, Sources};
use super::stories::Before;
use crate::access::Keys;
use crate::contract::{Contract, Since};
use crate::exchange::{self, House, Policy, Standing};
use crate::lane::{Left, Renewal, Renewed};
use crate::reload::{Change, Outcome, Place, Renew};
use crate::source::Diagnostic;

/// More oddities than these are told again.
const MOST_WARNED: usize = 1_000;

/// What of the settings can change while the server runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wishes {
    pub policy: Policy,
    /// What changed and is taken, by the names of the settings.
    pub taken: Vec<String>,
    /// What changed and waits for a restart.
    pub waiting: Vec<String>,
}

/// Whoever knows the settings, and where they stand.
pub trait Settings: Send {
    fn places(&self) -> Vec<Place>;

    /// What has become of the settings since something was taken last.
    fn wishes(&mut self, settled: bool) -> Result<Wished, Vec<Diagnostic>>;

    /// What was told last is in force.
    fn took(&mut self);
}

/// What has become of the settings.
pub enum Wished {
    Same,
    /// Their file is empty or gone, and may be on its way.
    Unsettled,
    Changed(Wishes),
}

pub(super) struct Remake {
    standing: Arc<Standing>,
    files: Files,
    settings: Option<Box<dyn Settings>>,
    /// What is odd and was told.
    warned: Vec<Diagnostic>,
}

/// Parts that came out of changed files.
struct Next {
    sources: Sources,
    asked: Parts,
    contract: Arc<Contract>,
    keys: Keys,
    /// The world, where it has to be told anew.
    renewal: Option<Renewal>,
    /// What has become of its files.
    world: Since,
    change: Change,
}

impl Remake {
    pub fn new(standing: Arc<Standing>, files: Files, settings: Option<Box<dyn Settings>>) -> Remake {
        Remake { standing, files, settings, warned: Vec::new() }
    }

    /// What was told at the start.
    pub fn warned(self, warned: Vec<Diagnostic>) -> Remake {
        Remake { warned, ..self }
    }

    /// Reads what is to be read anew. All parts are held against each other, and all that is wrong is told.
    fn read(&self, house: &House, sources: Sources, since: &[Since], settled: bool) -> Result<Next, Vec<Diagnostic>> {
        let Parts { contract: of_contract, keys: of_keys, stories } = &self.files.asked;
        let [contract_since, keys_since, stories_since, world_since] = since else { return Err(Vec::new()) };
        let mut change = Change::default();
        let (contract, of_contract) = match contract_since.is_same() {
            true => (house.contract.clone(), of_contract.clone()),
            false => {
                let (loaded, asked) = sources.read_contract()?;
                change.warnings.extend(loaded.warnings);
                (Arc::new(loaded.contract), asked)
            }
        };
        let same = Arc::ptr_eq(&contract, &house.contract);
        let mut findings = Vec::new();
        let keys = match same && keys_since.is_same() {
            true => Some((house.access.keys().clone(), of_keys.clone())),
            false => sources.read_keys(&contract).map_err(|wrong| findings.extend(wrong)).ok(),
        };
        let told = match same && stories_since.is_same() {
            true => None,
            false => {
                let before = Before { told: stories, same: stories_since.is_same() };
                sources.read_stories(&contract, before, settled).map_err(|wrong| findings.extend(wrong)).ok()
            }
        };
        let renewal = match same && world_since.is_same() {
            true => None,
            false => {
                let prepared = house.lanes.prepare(&contract, sources.fixtures());
                prepared.map_err(|wrong| findings.extend(wrong)).ok()
            }
        };
        let Some((keys, of_keys)) = keys.filter(|_| findings.is_empty()) else { return Err(findings) };
        change.warnings.extend(told.iter().flat_map(|told| told.warnings()));
        let asked = Parts { contract: of_contract, keys: of_keys, stories: told.unwrap_or_default() };
        Ok(Next { sources, asked, contract, keys, renewal, world: world_since.clone(), change })
    }

    /// Whether all of it was read from files as they are at one moment, namely now: several may have been replaced at once
    /// after some of them were read.
    fn stands(&self, house: &House, next: &Next) -> bool {
        let Next { sources, asked, renewal, .. } = next;
        let stories = if asked.stories.is_read() { &asked.stories } else { &self.files.asked.stories };
        let ground = renewal.as_ref().and_then(Renewal::shared).unwrap_or(house.lanes.ground());
        sources
            .since(&asked.contract, &asked.keys, stories)
            .iter()
            .chain([&sources.world_since(ground)])
            .all(Since::is_same)
    }

    /// Puts it all in place. What cannot go on in the lanes is told with the change.
    fn put(&mut self, before: &House, next: Next, policy: Policy) -> Result<Change, Vec<Diagnostic>> {
        let Next { sources, mut asked, contract, keys, renewal, world, mut change } = next;
        let (told, moves) = (asked.stories.is_read(), renewal.is_some());
        let mut left_behind = Left::default();
        let build = |house: &House| {
            let (lanes, left) = match renewal.map(|renewal| house.lanes.renewed(renewal)).transpose()? {
                Some(Renewed { lanes, left }) => (Arc::new(lanes), left),
                None => (house.lanes.clone(), Left::default()),
            };
            let scenarios = if told { asked.stories.repertoire() } else { house.scenarios.clone() };
            left_behind = left;
            Ok::<_, Vec<Diagnostic>>(house.rebuilt(exchange::Parts { contract, keys, lanes, scenarios, policy }))
        };
        let stories = if told { &asked.stories } else { &self.files.asked.stories };
        let mut renewed = armed::Turned::default();
        let renew = |house: &House| renewed = armed::renew(house, &self.files.asked.stories, stories);
        self.standing.replace(moves, build, renew)?;
        (change.left, change.more) = (left_behind.told, left_behind.more);
        change.left.extend(asked.stories.without());
        change.left.append(&mut renewed.disarmed);
        // It is served by now: to find the words takes as long as some of the rest.
        let house = self.standing.house();
        words::contract(&mut change, before, &house.contract);
        words::world(&mut change, before, moves.then(|| &**house.lanes.ground()), &world);
        words::keys(&mut change, before.access.keys(), house.access.keys());
        let stories = std::mem::take(&mut self.files.asked.stories);
        match told {
            true => {
                let same = Arc::ptr_eq(&before.contract, &house.contract);
                words::scenarios(&mut change, &stories, &asked.stories, same, renewed.kept);
            }
            false => asked.stories = stories,
        }
        self.files = Files { sources, asked };
        change.warnings.retain(|warning| !self.warned.contains(warning));
        let room = MOST_WARNED.saturating_sub(self.warned.len());
        self.warned.extend(change.warnings.iter().take(room).cloned());
        Ok(change)
    }
}

impl Renew for Remake {
    fn renew(&mut self, settled: bool) -> Result<Outcome, Vec<Diagnostic>> {
        let house = Arc::clone(&self.standing.house());
        let wished = self.settings.as_mut().map(|settings| settings.wishes(settled)).transpose()?;
        let sources = self.files.sources.again().map_err(|finding| vec![finding])?;
        let Parts { contract, keys, stories } = &self.files.asked;
        let [contract, keys, stories] = sources.since(contract, keys, stories);
        let since = [contract, keys, stories, sources.world_since(house.lanes.ground())];
        let unsettled = |since: &Since| matches!(since, Since::Unsettled(_));
        if !settled && (since.iter().any(unsettled) || matches!(wished, Some(Wished::Unsettled))) {
            return Ok(Outcome::Unsettled);
        }
        let wishes = match wished {
            Some(Wished::Changed(wishes)) => Some(wishes),
            _ => None,
        };
        if wishes.is_none() && since.iter().all(Since::is_same) {
            return Ok(Outcome::Same);
        }
        let mut next = self.read(&house, sources, &since, settled)?;
        if !settled && !self.stands(&house, &next) {
            return Ok(Outcome::Unsettled);
        }
        if let Some(wishes) = &wishes {
            words::settings(&mut next.change, wishes);
        }
        let change = self.put(&house, next, wishes.map_or(house.policy, |wishes| wishes.policy))?;
        if let Some(settings) = &mut self.settings {
            settings.took();
        }
        Ok(match change.lines.is_empty() {
            true => Outcome::Same,
            false => Outcome::Renewed(words::with_the_rest(change)),
        })
    }

    fn places(&self) -> Vec<Place> {
        let mut places = self.files.sources.places(&self.files.asked);
        places.extend(self.settings.iter().flat_map(|settings| settings.places()));
        places
    }

    fn stale(&mut self, why: Option<&Diagnostic>) {
        let why = why.map(|finding| match &finding.spot {
            Some(spot) => format!("{}:{}:{} {}", spot.file, spot.line, spot.column, finding.code),
            None => format!("{} {}", finding.code, finding.message),
        });
        self.standing.stale(why.as_deref());
    }
}
