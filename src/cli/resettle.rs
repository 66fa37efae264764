//! The settings file while the server runs: some of it can be taken then, and the rest waits for a restart.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::args::Typed;
use super::failure::Failure;
use super::serve::policy;
use super::settings::{Settings, Surroundings};
use crate::contract::read_text;
use crate::mock::{self, Wished, Wishes};
use crate::reload::Place;
use crate::source::Diagnostic;

/// Settings that decide about single answers alone.
const TAKEN: [&str; 7] = ["strict", "dynamic", "check-answers", "rule-header", "stale-header", "errors", "cors"];

pub struct Resettle {
    typed: Typed,
    around: Surroundings,
    file: PathBuf,
    /// What the file said when it was taken last.
    text: Option<String>,
    /// The settings that hold.
    holding: Texts,
    /// What was read since and is not taken yet.
    next: Option<(Option<String>, Texts)>,
}

/// Settings by their names, as they are written.
type Texts = BTreeMap<&'static str, String>;

impl Resettle {
    /// For a server that was started with these settings; none if they stand in no file.
    pub fn of(settings: &Settings, typed: Typed, around: &Surroundings) -> Option<Resettle> {
        let file = settings.file.clone()?;
        let (text, holding) = (read_text(&file, "").ok(), texts(settings));
        Some(Resettle { typed, around: around.clone(), file, text, holding, next: None })
    }
}

impl mock::Settings for Resettle {
    fn places(&self) -> Vec<Place> {
        vec![Place::File(self.file.clone())]
    }

    fn wishes(&mut self, settled: bool) -> Result<Wished, Vec<Diagnostic>> {
        self.next = None;
        let text = read_text(&self.file, "").ok();
        if text == self.text {
            return Ok(Wished::Same);
        }
        let is_empty = |text: &Option<String>| text.as_ref().is_none_or(|text| text.trim().is_empty());
        if !settled && is_empty(&text) && !is_empty(&self.text) {
            return Ok(Wished::Unsettled);
        }
        let settings = Settings::settle(&self.typed, &self.around).map_err(findings)?;
        let mut now = texts(&settings);
        let changed = now.iter().filter(|(name, text)| self.holding.get(*name) != Some(text));
        let changed = changed.map(|(name, _)| *name);
        let (taken, waiting): (Vec<&str>, Vec<&str>) = changed.partition(|name| TAKEN.contains(name));
        for name in &waiting {
            // The server goes on as it was started.
            if let Some(holding) = self.holding.get_key_value(name) {
                now.insert(holding.0, holding.1.clone());
            }
        }
        self.next = Some((text, now));
        let named = |names: Vec<&str>| names.into_iter().map(str::to_owned).collect();
        Ok(Wished::Changed(Wishes { policy: policy(&settings), taken: named(taken), waiting: named(waiting) }))
    }

    fn took(&mut self) {
        if let Some((text, holding)) = self.next.take() {
            (self.text, self.holding) = (text, holding);
        }
    }
}

fn texts(settings: &Settings) -> Texts {
    settings.choices.iter().map(|choice| (choice.field.name, choice.text.clone())).collect()
}

fn findings(failure: Failure) -> Vec<Diagnostic> {
    match failure {
        Failure::Files(findings) => findings,
        Failure::Several(failures) => failures.into_iter().flat_map(findings).collect(),
        Failure::Message { message, help, .. } => {
            let finding = Diagnostic::new("E0303", message);
            vec![match help {
                Some(help) => finding.help(help),
                None => finding,
            }]
        }
        Failure::ReaderGone => Vec::new(),
    }
}
