//! `fixtures/keys.yaml` as it is written, checked and settled. Every fault of it is told, with its place.

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::{Key, Scopes};
use crate::pointer;
use crate::source::{Diagnostic, SourceFile};

const MEMBERS: [&str; 8] = ["key", "prefix", "about", "tier", "scopes", "revoked", "expires_at", "default"];

pub fn read(file: &SourceFile, tiers: &[&str]) -> Result<Vec<Key>, Vec<Diagnostic>> {
    let mut reading = Reading { file, tiers, findings: Vec::new() };
    let keys = reading.all();
    if reading.findings.is_empty() { Ok(keys) } else { Err(reading.findings) }
}

struct Reading<'f> {
    file: &'f SourceFile,
    tiers: &'f [&'f str],
    findings: Vec<Diagnostic>,
}

impl Reading<'_> {
    fn all(&mut self) -> Vec<Key> {
        let root = self.file.value.as_object();
        self.unknown("", root, &["keys"]);
        let list = root.and_then(|root| root.get("keys")).and_then(Value::as_array);
        let Some(list) = list.filter(|list| !list.is_empty()) else {
            let finding = Diagnostic::new("E0301", "a list of keys is expected: `keys: [...]`");
            let finding = finding.help("without any file of keys everybody is let in who shows a well-formed one");
            self.findings.push(finding.at(self.file.spot("/keys")));
            return Vec::new();
        };
        let mut keys: Vec<Key> = Vec::new();
        for (n, value) in list.iter().enumerate() {
            let place = format!("/keys/{n}");
            let Some(key) = self.key(&place, value) else { continue };
            if keys.iter().any(|known| known.text == key.text && known.prefix == key.prefix) {
                self.fault("E0306", &place, format!("the key `{}` is listed twice", key.text));
            }
            if key.default && keys.iter().any(|known| known.default) {
                self.fault("E0306", &format!("{place}/default"), "there is another default key above".to_owned());
            }
            keys.push(key);
        }
        keys
    }

    fn key(&mut self, place: &str, value: &Value) -> Option<Key> {
        let before = self.findings.len();
        let Some(members) = value.as_object() else {
            self.fault("E0301", place, "a key is an object with `key` or `prefix`".to_owned());
            return None;
        };
        self.unknown(place, Some(members), &MEMBERS);
        let key = self.text(place, members, "key");
        let prefix = self.text(place, members, "prefix");
        let default = self.flag(place, members, "default");
        match (&key, &prefix) {
            (Some(_), None) => {}
            (None, Some(_)) if default => {
                let message = "a prefix can't be the default: it stands for many keys and is none".to_owned();
                self.fault("E0301", &format!("{place}/default"), message);
            }
            (None, Some(_)) => {}
            _ => self.fault("E0301", place, "exactly one of `key` and `prefix` is expected".to_owned()),
        }
        let read = Key {
            prefix: key.is_none(),
            text: key.or(prefix).unwrap_or_default(),
            about: self.text(place, members, "about").unwrap_or_default(),
            tier: self.tier(place, members),
            scopes: self.scopes(place, members),
            revoked: self.flag(place, members, "revoked"),
            expires_at: self.moment(place, members),
            default,
        };
        (self.findings.len() == before).then_some(read)
    }

    fn tier(&mut self, place: &str, members: &Map<String, Value>) -> Option<String> {
        let tier = self.text(place, members, "tier")?;
        if !self.tiers.contains(&tier.as_str()) {
            let message = format!("the contract has no tier `{tier}`");
            let finding = Diagnostic::new("E0305", message).at(self.file.spot(&format!("{place}/tier")));
            let finding = match self.tiers {
                [] => finding.label("it has none"),
                tiers => finding.label(format!("it has {}", tiers.join(", "))),
            };
            self.findings.push(finding.meant(&tier, self.tiers.iter().copied()));
        }
        Some(tier)
    }

    fn scopes(&mut self, place: &str, members: &Map<String, Value>) -> Scopes {
        let list = members.get("scopes").and_then(Value::as_array);
        let texts: Option<Vec<String>> =
            list.and_then(|list| list.iter().map(|scope| scope.as_str().map(str::to_owned)).collect());
        let Some(scopes) = texts else {
            let place = if members.contains_key("scopes") { format!("{place}/scopes") } else { place.to_owned() };
            self.fault("E0301", &place, "`scopes` is a list of texts, such as [\"*\"] for all".to_owned());
            return Scopes::All;
        };
        if scopes.iter().any(|scope| scope == "*") { Scopes::All } else { Scopes::These(scopes) }
    }

    fn moment(&mut self, place: &str, members: &Map<String, Value>) -> Option<Timestamp> {
        let time = members.get("expires_at")?.as_str().and_then(|text| text.parse::<Timestamp>().ok());
        if time.is_none() {
            let message = "`expires_at` is a time such as 2025-01-15T15:00:00Z".to_owned();
            self.fault("E0301", &format!("{place}/expires_at"), message);
        }
        time
    }

    fn text(&mut self, place: &str, members: &Map<String, Value>, name: &str) -> Option<String> {
        match members.get(name)? {
            Value::String(text) if !text.is_empty() => return Some(text.clone()),
            Value::Number(_) => {
                let message = format!("`{name}` is a text, and this is a number: put it in quotes");
                self.fault("E0301", &format!("{place}/{name}"), message);
            }
            _ => self.fault("E0301", &format!("{place}/{name}"), format!("`{name}` is a text that is not empty")),
        }
        None
    }

    fn flag(&mut self, place: &str, members: &Map<String, Value>, name: &str) -> bool {
        match members.get(name) {
            None => false,
            Some(Value::Bool(flag)) => *flag,
            Some(_) => {
                self.fault("E0301", &format!("{place}/{name}"), format!("`{name}` is true or false"));
                false
            }
        }
    }

    fn unknown(&mut self, place: &str, members: Option<&Map<String, Value>>, known: &[&str]) {
        let names = members.into_iter().flat_map(Map::keys);
        for name in names.filter(|name| !known.contains(&name.as_str()) && !name.starts_with("x-")) {
            let finding = Diagnostic::new("E0304", format!("there is no member `{name}`")).label("unknown");
            let spot = self.file.key_spot(&format!("{place}/{}", pointer::escaped(name)));
            self.findings.push(finding.at(spot).meant(name, known.iter().copied()));
        }
    }

    fn fault(&mut self, code: &'static str, place: &str, message: String) {
        self.findings.push(Diagnostic::new(code, message).at(self.file.spot(place)));
    }
}
