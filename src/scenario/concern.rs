//! Which rules of a scenario may concern a request, so that it does not meet those about other operations or other values.

use std::borrow::Cow;
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::OnceLock;

use serde_json::Value;

use super::matcher::Matcher;
use super::plan::{Operations, Rule, Subject, When};
use crate::world::matching::moment;

/// Worked out once, when it is first asked for.
#[derive(Debug, Default)]
pub struct Concern(OnceLock<Sorted>);

#[derive(Debug, Default)]
struct Sorted {
    everywhere: Group,
    /// By the operation's place. One that is not there has no rule of its own.
    somewhere: Vec<Group>,
}

/// The places of rules.
#[derive(Debug, Default)]
struct Group {
    /// All of them, in their order.
    all: Vec<usize>,
    any: Vec<usize>,
    /// Those that want a part of the request to be one value, by that value's digest.
    of_value: Vec<(Subject, HashMap<u64, Vec<usize>>)>,
}

impl Concern {
    /// The places of the rules that may concern a request to an operation, in their order; `value` gives its parts. `rules` are
    /// always the same.
    pub(super) fn of<'v>(
        &self,
        rules: &[Rule],
        operation: usize,
        value: impl Fn(&Subject) -> Option<Cow<'v, Value>>,
    ) -> Vec<usize> {
        let sorted = self.0.get_or_init(|| Sorted::new(rules));
        let mut places = Vec::new();
        for group in [Some(&sorted.everywhere), sorted.somewhere.get(operation)].into_iter().flatten() {
            places.extend(&group.any);
            for (subject, by_digest) in &group.of_value {
                let digest = value(subject).and_then(|value| digest(&value));
                places.extend(digest.and_then(|digest| by_digest.get(&digest)).into_iter().flatten());
            }
        }
        places.sort_unstable();
        places
    }
}

impl Concern {
    /// The first rules about an operation, whatever they want of its requests, so many at most; and how many there are.
    pub(super) fn about(&self, rules: &[Rule], operation: usize, most: usize) -> (Vec<usize>, usize) {
        let sorted = self.0.get_or_init(|| Sorted::new(rules));
        let groups = [Some(&sorted.everywhere), sorted.somewhere.get(operation)];
        let groups: Vec<&[usize]> = groups.into_iter().flatten().map(|group| &*group.all).collect();
        let mut places: Vec<usize> = groups.iter().flat_map(|all| all.iter().take(most)).copied().collect();
        places.sort_unstable();
        places.truncate(most);
        (places, groups.iter().map(|all| all.len()).sum())
    }
}

impl Sorted {
    fn new(rules: &[Rule]) -> Sorted {
        let mut sorted = Sorted::default();
        for (place, rule) in rules.iter().enumerate() {
            match &rule.when.operations {
                Operations::All => sorted.everywhere.add(place, &rule.when),
                Operations::Some(operations) => {
                    for &operation in operations {
                        if sorted.somewhere.len() <= operation {
                            sorted.somewhere.resize_with(operation + 1, Group::default);
                        }
                        sorted.somewhere[operation].add(place, &rule.when);
                    }
                }
            }
        }
        sorted
    }
}

impl Group {
    fn add(&mut self, place: usize, when: &When) {
        self.all.push(place);
        let Some((subject, digest)) = one_value(when) else { return self.any.push(place) };
        let known = self.of_value.iter().position(|(known, _)| known == subject);
        let known = known.unwrap_or_else(|| {
            self.of_value.push((subject.clone(), HashMap::new()));
            self.of_value.len() - 1
        });
        self.of_value[known].1.entry(digest).or_default().push(place);
    }
}

/// The part of a request that has to be one value, and that value's digest.
fn one_value(when: &When) -> Option<(&Subject, u64)> {
    when.conditions.iter().find_map(|condition| match (&condition.of, &condition.test) {
        (
            Subject::Path(_) | Subject::Query(_) | Subject::Header(_) | Subject::Key | Subject::Lane,
            Matcher::Equals(value),
        ) => {
            // A moment is written in many ways.
            let is_moment = value.as_str().is_some_and(|text| moment(text).is_some());
            digest(value).filter(|_| !is_moment).map(|digest| (&condition.of, digest))
        }
        _ => None,
    })
}

/// The same for all values that count as the same, be they numbers or the texts that spell them; none of what is no single
/// value.
fn digest(value: &Value) -> Option<u64> {
    let number = match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.parse::<f64>().ok(),
        Value::Bool(_) => None,
        Value::Null | Value::Array(_) | Value::Object(_) => return None,
    };
    let mut hasher = DefaultHasher::new();
    match (number, value) {
        // The two zeros are one.
        (Some(number), _) => (number + 0.0).to_bits().hash(&mut hasher),
        (None, Value::String(text)) => text.hash(&mut hasher),
        (None, other) => other.to_string().hash(&mut hasher),
    }
    Some(hasher.finish())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn values() -> impl Strategy<Value = Value> {
        let texts = [
            "",
            "3",
            "3.0",
            "3e0",
            "03",
            "-0",
            "0",
            "0.0",
            "true",
            "True",
            "NaN",
            "inf",
            "a",
            "A",
            "null",
            "9007199254740993",
        ];
        prop_oneof![
            prop::sample::select(texts.map(|text| json!(text)).to_vec()),
            prop::sample::select(vec![
                json!(3),
                json!(3.0),
                json!(-0.0),
                json!(0),
                json!(true),
                json!(false),
                json!(null)
            ]),
            prop::sample::select(vec![
                json!(9_007_199_254_740_993_u64),
                json!(9_007_199_254_740_992_u64),
                json!(["3"]),
                json!({})
            ]),
            any::<i64>().prop_map(|number| json!(number)),
            any::<f64>().prop_map(|number| json!(number)),
            any::<i32>().prop_map(|number| json!(number.to_string())),
        ]
    }

    proptest! {
        /// Whatever would pass is found by its digest.
        #[test]
        fn what_counts_as_the_same_has_one_digest(wanted in values(), came in values()) {
            let test = Matcher::Equals(wanted.clone());
            if let Some(wanted) = digest(&wanted) && (test.passes_text(Some(&came)) || test.passes(Some(&came))) {
                prop_assert_eq!(Some(wanted), digest(&came));
            }
        }
    }
}
