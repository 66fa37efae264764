//! The variables that tell a command where the server is. Their names are ours, or those that a client has already.

use std::collections::BTreeMap;

use crate::cli::serve::quoted;
use crate::nearest::nearest;

/// What a variable can be made of, each in braces.
#[derive(Debug, Clone)]
pub struct Facts {
    pub url: String,
    pub key: String,
    pub port: u16,
    pub scenario: String,
    pub seed: u64,
}

/// What every command is told.
const ALWAYS: [(&str, &str); 3] = [("AYRA_BASE_URL", "{url}"), ("AYRA_API_KEY", "{key}"), ("AYRA_MOCK_URL", "{mock}")];

const NAMES: [&str; 7] = ["url", "key", "mock", "host", "port", "scenario", "seed"];

/// `API_URL={url}/v1`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variable {
    name: String,
    value: String,
}

pub fn read(text: &str) -> Result<Variable, String> {
    let Some((name, value)) = text.split_once('=').filter(|(name, _)| !name.is_empty() && !name.contains('\0')) else {
        return Err("expected NAME=VALUE, such as API_URL={url}".to_owned());
    };
    match braces(value).find(|word| !NAMES.contains(word)) {
        None => Ok(Variable { name: name.to_owned(), value: value.to_owned() }),
        Some(word) => {
            let near = nearest(word, NAMES).map(|near| format!("did you mean {{{near}}}?"));
            let known = || format!("there are {{{}}}", NAMES.join("}, {"));
            Err(format!("nothing is called {{{word}}}: {}", near.unwrap_or_else(known)))
        }
    }
}

impl Variable {
    /// As a shell takes it for the same once more. A value that says nothing of the server may be a secret, and comes from the
    /// environment of whoever runs it.
    pub fn again(&self) -> String {
        let (name, value) = (quoted(&self.name), &self.value);
        match braces(value).next() {
            Some(_) => quoted(&format!("{}={value}", self.name)),
            None => format!("{name}=\"${{{}}}\"", self.name),
        }
    }
}

pub fn all(wanted: &[Variable], facts: &Facts) -> BTreeMap<String, String> {
    let always = ALWAYS.iter().map(|(name, value)| ((*name).to_owned(), facts.fill(value)));
    always.chain(wanted.iter().map(|wanted| (wanted.name.clone(), facts.fill(&wanted.value)))).collect()
}

/// The words in braces. Braces around anything but small letters are what they are: JSON, for example.
fn braces(text: &str) -> impl Iterator<Item = &str> {
    let pieces = text.split('{').skip(1).filter_map(|piece| Some(piece.split_once('}')?.0));
    pieces.filter(|word| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase()))
}

impl Facts {
    fn fill(&self, text: &str) -> String {
        NAMES.iter().fold(text.to_owned(), |text, name| text.replace(&format!("{{{name}}}"), &self.named(name)))
    }

    fn named(&self, name: &str) -> String {
        match name {
            "url" => self.url.clone(),
            "key" => self.key.clone(),
            "mock" => format!("{}/_mock", self.url),
            "host" => self.url.split("://").last().unwrap_or_default().to_owned(),
            "port" => self.port.to_string(),
            "scenario" => self.scenario.clone(),
            "seed" => self.seed.to_string(),
            _ => String::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_ours_and_whoever_wants_others() {
        let wanted: Vec<Variable> = ["API={url}/v1", "AYRA_API_KEY=mine", "JSON={\"a\": {}, \"p\": {port}}"]
            .iter()
            .map(|text| read(text).expect("a variable"))
            .collect();
        let facts = Facts {
            url: "http://127.0.0.1:80".to_owned(),
            key: "sk_1".to_owned(),
            port: 80,
            scenario: "late".to_owned(),
            seed: 42,
        };
        let told = all(&wanted, &facts);
        let told: Vec<(&str, &str)> = told.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(
            told,
            [
                ("API", "http://127.0.0.1:80/v1"),
                ("AYRA_API_KEY", "mine"),
                ("AYRA_BASE_URL", "http://127.0.0.1:80"),
                ("AYRA_MOCK_URL", "http://127.0.0.1:80/_mock"),
                ("JSON", "{\"a\": {}, \"p\": 80}"),
            ]
        );
    }

    #[test]
    fn what_is_no_variable_is_told() {
        assert!(read("API").unwrap_err().contains("NAME=VALUE"));
        assert!(read("=x").is_err());
        assert!(read("A={ur}").unwrap_err().contains("did you mean {url}?"));
        assert!(read("A={nothing}").unwrap_err().contains("{url}, {key}"));
    }
}
