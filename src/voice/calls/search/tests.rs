//! What is found is held against what is told: every text of every call.

use jiff::SignedDuration;
use serde_json::Value;

use super::*;
use crate::contract::Test;
use crate::seed::{Seed, Stream};
use crate::voice::calls::tests::Scene;
use crate::voice::calls::{Handle, Selection};
use crate::world::matching::fold;
use crate::world::query::{Condition, Query};

const SUMMARY: &str = "summary";
const TRANSCRIPT: &str = "transcript.full_text";

/// What each call says, newest first.
struct Texts(Vec<(Handle, [Text; 2])>);

/// The summary or the transcript of a call, if there is such, as it is and folded.
type Text = Option<(String, String)>;

impl Texts {
    fn of(scene: &Scene) -> Texts {
        let text = |value: &Value| value.as_str().map(|text| (text.to_owned(), fold(text)));
        let texts = |handle| {
            let details = scene.calls.details(&scene.view(), handle);
            (handle, [text(&details["summary"]), text(&details["transcript"]["full_text"])])
        };
        Texts(select(scene, &Query::default()).iter().map(texts).collect())
    }

    fn with(&self, wanted: &str, fields: &[&str]) -> Vec<Handle> {
        let wanted = fold(wanted);
        let has = |(_, [summary, transcript]): &&(Handle, [Text; 2])| {
            let texts = [(SUMMARY, summary), (TRANSCRIPT, transcript)].into_iter();
            texts
                .filter(|(name, _)| fields.contains(name))
                .any(|(_, text)| text.as_ref().is_some_and(|(_, folded)| folded.contains(&wanted)))
        };
        self.0.iter().filter(has).map(|(handle, _)| *handle).collect()
    }

    /// Something that a call says, from anywhere in it.
    fn some(&self, stream: &mut Stream, longest: usize) -> String {
        loop {
            let (_, texts) = &self.0[stream.below(self.0.len())];
            let Some((text, _)) = &texts[usize::from(stream.chance(0.8))] else { continue };
            let letters: Vec<char> = text.chars().collect();
            let from = stream.below(letters.len());
            let to = (from + 1 + stream.below(longest)).min(letters.len());
            return letters[from..to].iter().collect();
        }
    }
}

fn select(scene: &Scene, query: &Query) -> Selection {
    scene.calls.select(&scene.view(), query)
}

fn found(scene: &Scene, text: &str, fields: &[&str]) -> Vec<Handle> {
    let fields = fields.iter().map(|field| (*field).to_owned()).collect();
    let condition = Condition { fields, test: Test::Contains, value: text.into() };
    select(scene, &Query { conditions: vec![condition], order: None }).iter().collect()
}

/// Writes a text as somebody might who looks for it.
fn disguised(text: &str, stream: &mut Stream) -> String {
    let letter = |letter: char| match letter {
        'a' if stream.chance(0.2) => 'Á',
        'e' if stream.chance(0.2) => 'è',
        'n' if stream.chance(0.2) => 'Ñ',
        'é' | 'ü' | 'ñ' if stream.chance(0.5) => {
            if letter == 'ü' {
                'u'
            } else if letter == 'é' {
                'e'
            } else {
                'n'
            }
        }
        other if stream.chance(0.3) => other.to_uppercase().next().unwrap_or(other),
        other => other,
    };
    text.chars().map(letter).collect()
}

/// A scene at several moments, with calls that began after the anchor.
fn moments(seed: u64, count: usize, mut each: impl FnMut(&Scene, &Texts)) {
    let mut scene = Scene::new(seed, count);
    each(&scene, &Texts::of(&scene));
    scene.growth = scene.calls.growth(40.0);
    for minutes in [3, 240] {
        scene.now += SignedDuration::from_mins(minutes);
        scene.calls.grow(&mut scene.growth, scene.now, &scene.agents);
        each(&scene, &Texts::of(&scene));
    }
    assert!(scene.growth.len() > 20, "{}", scene.growth.len());
}

fn check(scene: &Scene, texts: &Texts, text: &str, fields: &[&str]) -> usize {
    let (found, expected) = (found(scene, text, fields), texts.with(text, fields));
    if found != expected {
        let odd = found
            .iter()
            .find(|handle| !expected.contains(handle))
            .or(expected.iter().find(|handle| !found.contains(handle)));
        let (_, said) = texts.0.iter().find(|(handle, _)| Some(handle) == odd).unwrap();
        panic!("{text:?} in {fields:?} at {}: {} instead of {}; {said:#?}", scene.now, found.len(), expected.len());
    }
    expected.len()
}

#[test]
fn what_a_call_says_is_found() {
    for (seed, calls) in [(42, 3_000), (7, 700)] {
        let mut stream = Seed(seed).stream(["searches"]);
        let (mut many, mut few) = (0, 0);
        moments(seed, calls, |scene, texts| {
            for n in 0..150 {
                let longest = *stream.pick(&[1, 2, 3, 6, 10, 20, 60, 200]);
                let text = texts.some(&mut stream, longest);
                // Whatever goes over the end of a line is looked for in every call that may have it, and that takes long.
                let text = if n % 25 == 0 { text } else { text.split('\n').next().unwrap_or_default().to_owned() };
                let text = disguised(&text, &mut stream);
                let fields: &[&str] = stream.pick::<&[&str]>(&[
                    &[SUMMARY, TRANSCRIPT],
                    &[TRANSCRIPT, SUMMARY],
                    &[SUMMARY],
                    &[TRANSCRIPT],
                ]);
                let count = check(scene, texts, &text, fields);
                many += usize::from(count > 300);
                few += usize::from((1..30).contains(&count));
            }
        });
        assert!(many > 50 && few > 50, "{many} {few}");
    }
}

#[test]
fn words_names_and_numbers_are_found() {
    moments(3, 600, |scene, texts| {
        let mut stream = Seed(3).stream(["words"]);
        for _ in 0..150 {
            let text = texts.some(&mut stream, 80);
            let words: Vec<&str> = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
            for word in words.iter().take(3) {
                check(scene, texts, word, &[SUMMARY, TRANSCRIPT]);
            }
        }
        for text in [
            "Grace",
            "@example.com",
            ".99",
            "$",
            "€",
            "12",
            "7",
            "am",
            " uhr",
            "march",
            "agent",
            "customer: ",
            ": ",
            "é",
            "",
        ] {
            check(scene, texts, text, &[SUMMARY, TRANSCRIPT]);
        }
    });
}

#[test]
fn what_nobody_says_is_not_found() {
    moments(5, 300, |scene, texts| {
        for text in [
            "zzqx",
            "refundx",
            "customer:hello",
            "\u{0}",
            "999999999",
            "🙂",
            "agent: agent:",
            "\r\n",
            "{first}",
            "a\u{300}\u{301}zz",
        ] {
            assert_eq!(check(scene, texts, text, &[SUMMARY, TRANSCRIPT]), 0, "{text:?}");
        }
        for text in ["\n", "\nagent: ", ".\n", "?\ncustomer: ", "\u{301}"] {
            assert!(check(scene, texts, text, &[SUMMARY, TRANSCRIPT]) > 0, "{text:?}");
        }
    });
}

#[test]
fn an_agent_s_own_welcome_is_found_in_its_calls() {
    let mut scene = Scene::new(11, 200);
    scene.growth = scene.calls.growth(60.0);
    let mut changed: Vec<_> = scene.agents.iter().map(|record| (*record.shown).clone()).collect();
    changed.iter_mut().for_each(|record| record["welcome_message"] = "Zounds, a caller!".into());
    let records = changed.into_iter().map(crate::world::Record::new).collect();
    scene.agents = crate::world::Store::new(Arc::new(crate::world::Base::new("id", records)));
    scene.now += SignedDuration::from_mins(300);
    scene.calls.grow(&mut scene.growth, scene.now, &scene.agents);
    let texts = Texts::of(&scene);
    assert!(check(&scene, &texts, "agent: zounds, a", &[TRANSCRIPT]) > 30);
    let agents = scene.calls.stock.agents.iter();
    let before: usize = agents.map(|agent| check(&scene, &texts, &agent.welcome, &[TRANSCRIPT])).sum();
    assert!(before > 100, "{before}");
}

#[test]
fn only_the_last_searches_are_kept() {
    let scene = Scene::new(42, 100);
    for n in 0..3 * KEPT {
        found(&scene, &format!("{n}"), &[TRANSCRIPT]);
        found(&scene, "hello", &[TRANSCRIPT]);
    }
    let kept = scene.calls.searches.kept.lock().unwrap();
    assert_eq!(kept.len(), KEPT);
    assert!(kept.iter().any(|((text, ..), _)| text == "hello"));
}
