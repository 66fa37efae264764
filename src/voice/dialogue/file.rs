//! A file of `fixtures/dialogues/` as it is written, checked and compiled. Every fault of it is told, with its place.

use serde_json::Value;

use super::phrase::{ALWAYS, Flaw, Hours, Phrase, Telltales, WELCOME};
use super::value::{KINDS, Kind, Wrong};
use super::{Ending, Entry, Integration, Line, MOST_MARKS, Playbook};
use crate::source::{Diagnostic, SourceFile};
use crate::voice::reading::{Members, Reading, is_word};
use crate::voice::turn::Speaker;

const MEMBERS: [&str; 12] = [
    "name",
    "about",
    "language",
    "departments",
    "weight",
    "minutes",
    "intent",
    "topics",
    "keywords",
    "values",
    "turns",
    "endings",
];
const ENDING: [&str; 6] = ["outcome", "weight", "turns", "actions", "summary", "integrations"];
const ENTRIES: [(&str, Entry); 3] =
    [("ticket", Entry::Ticket), ("crm_record", Entry::CrmRecord), ("appointment", Entry::Appointment)];

/// The languages that can be spoken, and what an agent says there before it looks something up.
pub trait Languages {
    fn names(&self) -> Vec<&str>;
    fn holds(&self, language: &str) -> &[String];
    /// Words that are said at some hours alone.
    fn greetings(&self, language: &str) -> &[(String, Hours)];
}

/// Reads one playbook. `stem` is the file's name without its ending.
pub fn read(
    file: &SourceFile,
    stem: &str,
    languages: &dyn Languages,
) -> Result<(Playbook, Vec<Diagnostic>), Vec<Diagnostic>> {
    let mut reading =
        Playing { reading: Reading::new(file, "E0801"), values: Vec::new(), telltales: Telltales::default() };
    let playbook = reading.playbook(stem, languages);
    reading.reading.done(playbook)
}

struct Playing<'f> {
    reading: Reading<'f>,
    /// The names of the values, and the words that each takes to say.
    values: Vec<(&'f str, f64)>,
    telltales: Telltales,
}

impl<'f> Playing<'f> {
    fn playbook(&mut self, stem: &str, languages: &dyn Languages) -> Option<Playbook> {
        let file = self.reading.file;
        let root = self.reading.object(&file.value, "", "a playbook", &MEMBERS)?;
        let name = self.reading.text(root, "", "name").unwrap_or_default();
        if name != stem {
            self.reading.fault("/name", format!("the name is that of the file, \"{stem}\""));
        }
        self.reading.text(root, "", "about");
        let language = self.language(root, languages);
        self.telltales.greetings = languages.greetings(language).to_vec();
        let departments = owned(self.reading.texts(root, "", "departments", 16));
        let weight = self.reading.number(root, "", "weight", 1.0, 10.0);
        let minutes = self.reading.number(root, "", "minutes", 0.2, 60.0);
        let intent = self.reading.word(root, "", "intent").unwrap_or_default().to_owned();
        let topics = self.topics(root);
        let keywords = owned(self.reading.texts(root, "", "keywords", MOST_MARKS));
        self.telltales.keywords = marked(keywords.iter().map(|keyword| keyword.to_lowercase()));
        let values = self.values(root);
        let holds = self.holds(language, languages);
        let mut opening = self.lines(root, "", true);
        let mut endings = self.endings(root);
        insert_holds(&mut opening, None, &holds);
        let last = opening.last().map(|line| line.speaker);
        endings.iter_mut().for_each(|ending| insert_holds(&mut ending.lines, last, &holds));
        let playbook = Playbook {
            name: name.to_owned(),
            language: language.to_owned(),
            departments,
            weight: weight?,
            minutes: minutes?,
            intent,
            topics,
            keywords,
            values,
            opening,
            endings,
        };
        (!playbook.endings.is_empty()).then(|| self.unheard(playbook))
    }

    fn language(&mut self, root: &'f Members, languages: &dyn Languages) -> &'f str {
        let Some(language) = self.reading.text(root, "", "language") else { return "" };
        let known = languages.names();
        if !known.contains(&language) {
            let message = format!("nobody speaks `{language}`: people.yaml has {}", known.join(", "));
            self.reading.unknown("E0801", "/language", message, language, &known);
        }
        language
    }

    fn topics(&mut self, root: &'f Members) -> Vec<String> {
        let Some(value) = self.reading.need(root, "", "topics") else { return Vec::new() };
        let Some(members) = value.as_object().filter(|topics| (1..=MOST_MARKS).contains(&topics.len())) else {
            self.reading
                .fault("/topics", format!("1 to {MOST_MARKS} topics are expected, each with the words that show it"));
            return Vec::new();
        };
        for (n, name) in members.keys().enumerate() {
            if !is_word(name) {
                self.reading.fault(&format!("/topics/{name}"), "a topic's name is a word in snake_case");
            }
            let words = self.reading.texts(members, "/topics", name, 32);
            self.telltales.topics.extend(words.into_iter().map(|word| (word.to_lowercase(), 1 << n)));
        }
        members.keys().cloned().collect()
    }

    fn values(&mut self, root: &'f Members) -> Vec<Kind> {
        let Some(members) = root.get("values").and_then(Value::as_object) else {
            if root.contains_key("values") {
                self.reading.fault("/values", "an object is expected: a name, and what stands there");
            }
            return Vec::new();
        };
        let mut kinds = Vec::new();
        for (name, value) in members.iter().take(64) {
            let place = format!("/values/{name}");
            if !is_word(name) || ALWAYS.contains(&name.as_str()) || name == WELCOME {
                self.reading
                    .fault(&place, format!("`{name}` can't be the name of a value: it is no word, or always there"));
            }
            let Some(text) = self.reading.as_text(value, &place) else { continue };
            let kind = Kind::read(text, &self.telltales).unwrap_or_else(|wrong| {
                self.wrong_kind(&place, wrong);
                // Its name is known all the same, so that one fault is not told twice.
                Kind::City
            });
            self.values.push((name, kind.words()));
            kinds.push(kind);
        }
        kinds
    }

    fn wrong_kind(&mut self, place: &str, wrong: Wrong) {
        match wrong {
            Wrong::Said(message) => self.reading.fault(place, message),
            Wrong::Kind(kind) => {
                let known = KINDS.map(|(known, _)| known);
                self.reading.unknown("E0804", place, format!("there is no kind of value `{kind}`"), &kind, &known);
            }
        }
    }

    fn lines(&mut self, members: &'f Members, place: &str, first: bool) -> Vec<Line> {
        let list = self.reading.list(members, place, "turns", 64).unwrap_or_default();
        let place = format!("{place}/turns");
        let turn = |(n, value)| {
            let place = format!("{place}/{n}");
            let line = self.line(value, &place, first && n == 0);
            if line.as_ref().is_some_and(|line| first && n == 0 && !is_welcome(line)) {
                self.reading.fault(&place, "the first turn is the agent's welcome: `agent: [\"{welcome}\"]`");
            }
            line
        };
        list.iter().enumerate().filter_map(turn).collect()
    }

    fn line(&mut self, value: &'f Value, place: &str, welcome: bool) -> Option<Line> {
        let members = self.reading.object(value, place, "a turn", &["agent", "customer"])?;
        let (speaker, name, turn) = match (members.get("agent"), members.get("customer")) {
            (Some(turn), None) => (Speaker::Agent, "agent", turn),
            (None, Some(turn)) => (Speaker::Customer, "customer", turn),
            _ => {
                self.reading.fault(place, "a turn is either `agent` or `customer`");
                return None;
            }
        };
        let place = format!("{place}/{name}");
        if turn.is_array() {
            let say = self.phrases(turn, &place, welcome);
            return Some(Line { speaker, mood: 0.0, wait: false, say });
        }
        let known: &[&str] = if speaker == Speaker::Agent { &["say", "wait"] } else { &["say", "mood"] };
        let members = self.reading.object(turn, &place, "what is said", known)?;
        let mood = match members.get("mood") {
            Some(mood) => self.reading.as_number(mood, &format!("{place}/mood"), -1.0, 1.0)?,
            None => 0.0,
        };
        let wait = members.get("wait").is_some_and(|wait| wait == true);
        if members.get("wait").is_some_and(|wait| !wait.is_boolean()) {
            self.reading.fault(&format!("{place}/wait"), "`wait` is true or false");
        }
        let say = self.reading.need(members, &place, "say")?;
        let say = self.phrases(say, &format!("{place}/say"), welcome);
        Some(Line { speaker, mood, wait, say })
    }

    fn phrases(&mut self, list: &'f Value, place: &str, welcome: bool) -> Vec<Phrase> {
        let list = self.reading.as_list(list, place, 32).unwrap_or_default();
        let phrase = |(n, text)| {
            let place = format!("{place}/{n}");
            let phrase = self.phrase(text, &place)?;
            if phrase.welcome && !welcome {
                self.reading.fault(&place, "`{welcome}` stands in the first turn alone");
            }
            Some(phrase)
        };
        list.iter().enumerate().filter_map(phrase).collect()
    }

    fn phrase(&mut self, text: &'f Value, place: &str) -> Option<Phrase> {
        let text = self.reading.as_text(text, place)?;
        match Phrase::read(text, &self.values, &self.telltales) {
            Ok(phrase) => return Some(phrase),
            Err(Flaw::Open) => self.reading.fault(place, "a value is named in braces, as in {order}"),
            Err(Flaw::Unknown(name)) => {
                let known: Vec<&str> = self.values.iter().map(|(name, _)| *name).chain(ALWAYS).collect();
                self.reading.unknown("E0803", place, format!("there is no value `{name}`"), &name, &known);
            }
        }
        None
    }

    fn endings(&mut self, root: &'f Members) -> Vec<Ending> {
        let list = self.reading.list(root, "", "endings", 16).unwrap_or_default();
        list.iter().enumerate().filter_map(|(n, value)| self.ending(value, &format!("/endings/{n}"))).collect()
    }

    fn ending(&mut self, value: &'f Value, place: &str) -> Option<Ending> {
        let members = self.reading.object(value, place, "an ending", &ENDING)?;
        let outcome = self.reading.word(members, place, "outcome");
        let weight = self.reading.number(members, place, "weight", 1.0, 10.0);
        let lines = self.lines(members, place, false);
        let summaries = match self.reading.need(members, place, "summary") {
            Some(summaries) => self.phrases(summaries, &format!("{place}/summary"), false),
            None => Vec::new(),
        };
        if is_told(members, "actions") {
            let words = self.reading.texts(members, place, "actions", 16);
            if words.iter().any(|word| !is_word(word)) {
                self.reading.fault(&format!("{place}/actions"), "actions are words in snake_case");
            }
        }
        let told = is_told(members, "integrations");
        let integrations = if told { self.integrations(members, place) } else { Vec::new() };
        Some(Ending { outcome: outcome?.to_owned(), weight: weight?, lines, summaries, integrations })
    }

    fn integrations(&mut self, members: &'f Members, place: &str) -> Vec<Integration> {
        let list = self.reading.list(members, place, "integrations", 20).unwrap_or_default();
        let read = |(n, value)| {
            let place = format!("{place}/integrations/{n}");
            let members = self.reading.object(value, &place, "an integration", &["provider", "type"])?;
            let provider = self.reading.text(members, &place, "provider")?.to_owned();
            let kind = self.reading.text(members, &place, "type")?;
            let Some((_, kind)) = ENTRIES.iter().find(|(known, _)| *known == kind) else {
                let known = ENTRIES.map(|(known, _)| known);
                let message = format!("there is no type `{kind}`: it is one of {}", known.join(", "));
                self.reading.unknown("E0801", &format!("{place}/type"), message, kind, &known);
                return None;
            };
            Some(Integration { provider, kind: *kind })
        };
        list.iter().enumerate().filter_map(read).collect()
    }

    fn holds(&self, language: &str, languages: &dyn Languages) -> Vec<Phrase> {
        let holds = languages.holds(language).iter();
        holds.filter_map(|text| Phrase::read(text, &[], &self.telltales).ok()).collect()
    }

    /// Warns of topics and keywords of which no turn has the words: they would never be found.
    fn unheard(&mut self, playbook: Playbook) -> Playbook {
        let lines = playbook.opening.iter().chain(playbook.endings.iter().flat_map(|ending| &ending.lines));
        let choices = playbook.values.iter().flat_map(|kind| match kind {
            Kind::OneOf(choices) => choices.as_slice(),
            _ => &[],
        });
        let said = lines.flat_map(|line| &line.say).map(|phrase| phrase.marks);
        let said = said.chain(choices.map(|choice| choice.marks)).fold(Default::default(), super::Marks::and);
        let names =
            playbook.topics.iter().enumerate().map(|(n, name)| (said.topics >> n, format!("/topics/{name}"), name));
        let keywords = playbook.keywords.iter().enumerate();
        let names = names.chain(keywords.map(|(n, name)| (said.keywords >> n, format!("/keywords/{n}"), name)));
        for (_, place, name) in names.filter(|(bits, ..)| bits & 1 == 0) {
            let finding = Diagnostic::new("W0805", format!("no turn has the words of `{name}`"));
            self.reading.findings.push(finding.at(self.reading.file.spot(&place)));
        }
        playbook
    }
}

/// Before something is looked up the agent says so, or the caller would wait without an answer.
fn insert_holds(lines: &mut Vec<Line>, before: Option<Speaker>, holds: &[Phrase]) {
    let mut at = 0;
    while at < lines.len() {
        let previous = if at == 0 { before } else { Some(lines[at - 1].speaker) };
        if lines[at].wait && previous == Some(Speaker::Customer) && !holds.is_empty() {
            lines.insert(at, Line { speaker: Speaker::Agent, mood: 0.0, wait: false, say: holds.to_vec() });
            at += 1;
        }
        at += 1;
    }
}

/// Whether a member is there that may be left out, or empty.
fn is_told(members: &Members, name: &str) -> bool {
    members.get(name).is_some_and(|value| value.as_array().is_none_or(|list| !list.is_empty()))
}

fn is_welcome(line: &Line) -> bool {
    line.speaker == Speaker::Agent && line.say.len() == 1 && line.say[0].welcome
}

fn marked(words: impl Iterator<Item = String>) -> Vec<(String, u16)> {
    words.take(MOST_MARKS).enumerate().map(|(n, word)| (word, 1 << n)).collect()
}

fn owned(texts: Vec<&str>) -> Vec<String> {
    texts.into_iter().map(str::to_owned).collect()
}
