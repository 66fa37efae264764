//! Near misses: what a request nearly was (an operation, a step or a rule of a scenario), how far it is from that, and in what
//! it differs. Plain values: whoever knows operations or rules finds them, whoever answers, logs or remembers tells them.

mod likeness;
mod told;

pub use likeness::{Likeness, may_be_slip, of_texts, of_values};
pub use told::{cut, escaped, quoted, shown};

/// So many are told of one request.
pub const MOST: usize = 5;

/// What is further off than the nearest one by more than this was not meant.
const REACH: u32 = 1;

/// One thing that a request nearly was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NearMiss {
    pub what: What,
    /// 1 is a slip; each difference adds to it, the more the less it looks like one.
    pub distance: u32,
    /// All of them, in the order in which a request is read.
    pub differences: Vec<Difference>,
    /// Sentences on what is behind them.
    pub hints: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    Operation {
        id: String,
        method: String,
        /// Its template.
        path: String,
    },
    Rule(Passage),
    Step(Passage),
}

/// A rule or a step, where it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passage {
    pub scenario: String,
    pub name: String,
    /// As it is shown: `scenarios/late.yaml (embedded)`.
    pub file: String,
    pub line: usize,
}

/// One place where a request is not what was expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// A JSON Pointer into the request: `/method`, `/path/2`, `/query/page`, `/headers/accept`, `/body/name`; or beside it:
    /// `/state`, `/call`.
    pub at: String,
    /// Values as JSON has them, anything else in words.
    pub expected: String,
    pub seen: String,
}

/// The near misses of one request, the nearest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Misses {
    pub nearest: Vec<NearMiss>,
    /// How many there are beyond those.
    pub more: usize,
}

impl Misses {
    /// The nearest of all that may have been meant, each by its distance; only those that are told are put into words. Of two
    /// that are as near the first stays first.
    pub fn ranked<T>(mut all: Vec<(u32, T)>, mut told: impl FnMut(u32, T) -> NearMiss) -> Misses {
        all.sort_by_key(|(distance, _)| *distance);
        if let Some(nearest) = all.first().map(|(distance, _)| *distance) {
            all.retain(|(distance, _)| *distance <= nearest + REACH);
        }
        let more = all.len().saturating_sub(MOST);
        all.truncate(MOST);
        Misses { nearest: all.into_iter().map(|(distance, one)| told(distance, one)).collect(), more }
    }

    /// These and others, the nearest first.
    pub fn and(mut self, other: Misses) -> Misses {
        self.nearest.extend(other.nearest);
        self.nearest.sort_by_key(|miss| miss.distance);
        self.more += other.more + self.nearest.len().saturating_sub(MOST);
        self.nearest.truncate(MOST);
        self
    }

    pub fn is_empty(&self) -> bool {
        self.nearest.is_empty()
    }

    pub fn first(&self) -> Option<&NearMiss> {
        self.nearest.first()
    }

    /// How much memory their texts take.
    pub fn weight(&self) -> usize {
        self.nearest.iter().map(NearMiss::weight).sum()
    }
}

/// What is not of the request itself, but of how often and when it came.
const OF_TURN: [&str; 4] = ["/state", "/time", "/call", "/chance"];

impl NearMiss {
    /// The request was the right one, and it was not its turn.
    pub fn is_of_turn(&self) -> bool {
        self.differences.iter().all(Difference::is_of_turn)
    }

    fn weight(&self) -> usize {
        let what = match &self.what {
            What::Operation { id, method, path } => id.len() + method.len() + path.len(),
            What::Rule(passage) | What::Step(passage) => {
                passage.scenario.len() + passage.name.len() + passage.file.len()
            }
        };
        let of = |difference: &Difference| {
            size_of::<Difference>() + difference.at.len() + difference.expected.len() + difference.seen.len()
        };
        let hints: usize = self.hints.iter().map(|hint| size_of::<String>() + hint.len()).sum();
        size_of::<NearMiss>() + what + self.differences.iter().map(of).sum::<usize>() + hints
    }
}

impl Difference {
    pub fn new(at: impl Into<String>, expected: impl Into<String>, seen: impl Into<String>) -> Difference {
        Difference { at: at.into(), expected: expected.into(), seen: seen.into() }
    }

    pub fn is_of_turn(&self) -> bool {
        OF_TURN.contains(&&*self.at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ranked(all: &[(u32, &'static str)]) -> Misses {
        Misses::ranked(all.to_vec(), |distance, name| {
            let what = What::Operation { id: name.to_owned(), method: "GET".to_owned(), path: format!("/{name}") };
            NearMiss { what, distance, differences: Vec::new(), hints: Vec::new() }
        })
    }

    fn names(misses: &Misses) -> Vec<&str> {
        let mut names = Vec::new();
        for miss in &misses.nearest {
            if let What::Operation { id, .. } = &miss.what {
                names.push(id.as_str());
            }
        }
        names
    }

    #[test]
    fn the_nearest_comes_first_and_of_two_as_near_the_first() {
        let misses = ranked(&[(2, "c"), (1, "a"), (1, "b"), (2, "d"), (3, "far")]);
        assert_eq!((names(&misses), misses.more), (vec!["a", "b", "c", "d"], 0));
        let many = ranked(&["0", "1", "2", "3", "4", "5", "6", "7"].map(|name| (1, name)));
        assert_eq!((names(&many), many.more), (vec!["0", "1", "2", "3", "4"], 3));
        assert!(ranked(&[]).is_empty());
    }
}
