//! `followed_steps`: it followed the script of the scenario that expects it.
//!
//! Which step an exchange was is among the rules that touched it; a request that a strict script did not expect carries the
//! name of the scenario alone. Answers are numbered as they were ready, which is how the script met their requests; a request
//! whose body took long came before others and met it after them.

use std::collections::HashMap;

use super::{Case, Finding, words};
use crate::scenario::{Course, Script};

const ADVICE: &str = "Hold the requests against the steps of the scenario: the first that differs tells which one is missing, too \
                      many, or too early.";

pub fn judge(case: &Case) -> Finding {
    let expected = "The steps of the scenario come in their order, and all of them.";
    let Some((scenario, script)) = case.asked.and_then(|(scenario, _)| Some((scenario, scenario.script.as_ref()?)))
    else {
        return Finding::moot(expected, "The scenario has no steps.");
    };
    let steps: HashMap<&str, usize> =
        script.steps.iter().enumerate().map(|(place, step)| (step.rule.name.as_str(), place)).collect();
    let mut course = Course::start(script);
    let (mut taken, mut strayed) = (Vec::new(), Vec::new());
    let mut places: Vec<usize> = (0..case.entries.len()).collect();
    places.sort_by_key(|place| case.entries[*place].number);
    for place in places {
        let entry = &case.entries[place];
        for rule in &entry.exchange.rules {
            let Some(rest) = rule.strip_prefix(scenario.name.as_str()) else { continue };
            match rest.strip_prefix('/').map(|name| steps.get(name)) {
                Some(Some(step)) => {
                    course = script.taken(course, *step);
                    taken.push(place);
                }
                None if rest.is_empty() => strayed.push((place, taken.len())),
                _ => {}
            }
        }
    }
    if let Some((first, before)) = strayed.first() {
        let entry = &case.entries[*first];
        let seen = format!(
            "{} out of step: #{} ({}) came {}.",
            words::count(strayed.len(), "request"),
            entry.number,
            words::request(entry),
            after(script, *before),
        );
        return Finding::failed(expected, seen, ADVICE, strayed.into_iter().map(|(place, _)| place).collect());
    }
    if case.entries.is_empty() {
        return Finding::moot(expected, "Nothing was sent.");
    }
    let names: Vec<String> =
        script.outstanding(&course).into_iter().map(|step| format!("'{}'", script.steps[step].rule.name)).collect();
    if taken.is_empty() && names.is_empty() {
        return Finding::moot(expected, "None of the steps has come, and none had to.");
    }
    let seen = format!("{} of the script came", words::count(taken.len(), "step"));
    match names.is_empty() {
        true => Finding::passed(expected, format!("{seen}, and nothing else was to come."), taken),
        false => Finding::failed(expected, format!("{seen}, and not {}.", names.join(", ")), ADVICE, taken),
    }
}

/// Where in the script a request came that was none of its steps.
fn after(script: &Script, before: usize) -> String {
    match before {
        0 => "before any step".to_owned(),
        count => format!("after {} of {}", words::count(count, "step"), script.steps.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::{Diary, asked};

    const STORY: &str = "
steps:
  mode: strict
  list:
    - { name: make, when: { operation: createPet } }
    - { name: look, when: { operation: getPet }, repeat: 1..2 }
    - { name: perhaps, when: { operation: listPets }, optional: true }
    - { name: drop, when: { operation: deletePet } }
expect:
  - followed_steps
";

    fn story(rules: &[&str]) -> (&'static str, String) {
        let mut diary = Diary::new();
        for (place, rule) in rules.iter().enumerate() {
            diary.write(asked("GET /pets/a", place as f64).ruled(&[rule]));
        }
        diary.told(STORY, "followed_steps")
    }

    #[test]
    fn all_steps_come_in_their_order() {
        for good in [
            &["story/make", "story/look", "story/drop"][..],
            &["story/make", "story/look", "story/look", "story/perhaps", "story/drop"],
            &["other/make", "story/make", "story/look", "story/drop"],
        ] {
            assert_eq!(story(good).0, "passed", "{good:?}");
        }
        assert_eq!(story(&[]).0, "moot");
        let (outcome, seen) = story(&["other/make"]);
        assert_eq!((outcome, seen.as_str()), ("failed", "0 steps of the script came, and not 'make', 'look', 'drop'."));
        let (outcome, seen) = story(&["story/make", "story/look"]);
        assert_eq!((outcome, seen.ends_with("and not 'drop'.")), ("failed", true), "{seen}");
        let (outcome, seen) = story(&["story/make", "story", "story/look", "story/drop"]);
        assert_eq!((outcome, seen.contains("#2") && seen.contains("after 1 step of 4")), ("failed", true), "{seen}");
    }

    #[test]
    fn steps_are_taken_as_their_answers_were_ready() {
        let mut diary = Diary::new();
        diary.write(asked("GET /pets/a", 1.0).ruled(&["story/make"]));
        diary.write(asked("GET /pets/a", 0.0).ruled(&["story/look"]));
        diary.write(asked("GET /pets/a", 2.0).ruled(&["story/drop"]));
        diary.entries.sort_by_key(|entry| entry.at);
        assert_eq!(diary.told(STORY, "followed_steps").0, "passed");
    }

    #[test]
    fn without_steps_there_is_nothing_to_follow() {
        assert_eq!(Diary::new().expected("followed_steps").0, "moot");
    }
}
