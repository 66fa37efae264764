//! The scenarios that there are, and those that every lane begins with.

use std::fmt;
use std::sync::{Arc, LazyLock};

use serde_json::Value;

use super::file::stem;
use super::plan::Scenario;
use crate::nearest::nearest;
use crate::source::{Diagnostic, SourceFile};

#[derive(Debug, Clone, Default)]
pub struct Repertoire {
    /// No two have the same name.
    known: Vec<Arc<Known>>,
    opening: Vec<Arc<Scenario>>,
}

/// What a list tells of a scenario: its file has to be read for that, and not understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outline {
    pub name: String,
    pub about: String,
    /// Where it was read from, as it is shown.
    pub origin: String,
    pub rules: usize,
}

/// A scenario that can be asked for by its name.
pub struct Known {
    pub outline: Outline,
    settled: LazyLock<Settled, Box<dyn FnOnce() -> Settled + Send>>,
}

/// A scenario, or all that is wrong with it.
type Settled = Result<Arc<Scenario>, Vec<Diagnostic>>;

impl Repertoire {
    /// `opening` are those that are armed in a lane from its first request on, in this order.
    pub fn new(known: Vec<Arc<Known>>, opening: Vec<Arc<Scenario>>) -> Repertoire {
        Repertoire { known, opening }
    }

    /// The scenario of this name. One that was not settled before is now; if that can't be done, the log says why.
    pub fn find(&self, name: &str) -> Option<Arc<Scenario>> {
        let known = self.known.iter().find(|known| known.outline.name == name)?;
        let unfit = |findings: &[Diagnostic]| {
            let why = findings.first().map_or("it can't be settled", |finding| finding.message.as_str());
            tracing::warn!("{} does not fit this contract: {why}", known.outline.origin);
        };
        known.scenario().inspect_err(|findings| unfit(findings)).ok().cloned()
    }

    pub fn outlines(&self) -> impl ExactSizeIterator<Item = &Outline> {
        self.known.iter().map(|known| &known.outline)
    }

    pub fn opening(&self) -> &[Arc<Scenario>] {
        &self.opening
    }

    /// The name that was meant by one that there is not.
    pub fn nearest(&self, name: &str) -> Option<&str> {
        nearest(name, self.outlines().map(|outline| outline.name.as_str()))
    }
}

impl Known {
    /// One that is settled when somebody asks for it.
    pub fn later(outline: Outline, settle: impl FnOnce() -> Settled + Send + 'static) -> Known {
        Known { outline, settled: LazyLock::new(Box::new(settle)) }
    }

    pub fn scenario(&self) -> Result<&Arc<Scenario>, &[Diagnostic]> {
        self.settled.as_ref().map_err(Vec::as_slice)
    }
}

impl From<Arc<Scenario>> for Known {
    fn from(scenario: Arc<Scenario>) -> Known {
        let outline = Outline::from(&*scenario);
        Known { outline, settled: LazyLock::new(Box::new(|| Ok(scenario))) }
    }
}

impl Outline {
    /// What a file says of itself, be it good or not.
    pub fn of(file: &SourceFile) -> Outline {
        let text = |name: &str| file.value.get(name).and_then(Value::as_str);
        Outline {
            name: text("name").unwrap_or_else(|| stem(&file.name)).to_owned(),
            about: text("about").unwrap_or_default().to_owned(),
            origin: file.name.clone(),
            rules: file.value.get("rules").and_then(Value::as_array).map_or(0, Vec::len),
        }
    }

    /// The first sentence of what it is for.
    pub fn first_sentence(&self) -> &str {
        let about = self.about.trim();
        about.split_once(". ").map_or(about, |(first, _)| first).trim_end_matches('.')
    }
}

impl From<&Scenario> for Outline {
    fn from(scenario: &Scenario) -> Outline {
        Outline {
            name: scenario.name.clone(),
            about: scenario.about.clone(),
            origin: scenario.origin.clone(),
            rules: scenario.rules.len(),
        }
    }
}

impl fmt::Debug for Known {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.outline.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::scenario::sample;

    #[test]
    fn one_is_settled_once_and_only_when_it_is_asked_for() {
        let settled = Arc::new(AtomicUsize::new(0));
        let scenario = Arc::new(sample::scenario("late", Vec::new()));
        let count = settled.clone();
        let known = Known::later(Outline::from(&*scenario), move || {
            count.fetch_add(1, Ordering::Relaxed);
            Ok(scenario)
        });
        let repertoire = Repertoire::new(vec![Arc::new(known)], Vec::new());
        assert_eq!(repertoire.outlines().map(|outline| outline.name.as_str()).collect::<Vec<_>>(), ["late"]);
        assert_eq!(repertoire.nearest("lat"), Some("late"));
        assert!(repertoire.find("early").is_none());
        assert_eq!(settled.load(Ordering::Relaxed), 0);
        assert!(repertoire.find("late").is_some() && repertoire.find("late").is_some());
        assert_eq!(settled.load(Ordering::Relaxed), 1);
    }

    #[test]
    fn a_file_tells_what_it_is_about() {
        let outline = |text: &str| Outline::of(&SourceFile::parse("some/late-list.yaml", text).unwrap());
        let told = outline("about: The list is late. Very late.\nrules: [{ delay: 1s }, { delay: 2s }]\n");
        assert_eq!((&*told.name, told.first_sentence(), told.rules), ("late-list", "The list is late", 2));
        let told = outline("name: other\nrules: none\n");
        assert_eq!((&*told.name, told.first_sentence(), told.rules), ("other", "", 0));
    }
}
