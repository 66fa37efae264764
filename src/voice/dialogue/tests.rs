use super::*;
use crate::source::{Diagnostic, SourceFile};

struct Spoken;

impl Languages for Spoken {
    fn names(&self) -> Vec<&str> {
        vec!["en", "de"]
    }

    fn holds(&self, _: &str) -> &[String] {
        static HOLDS: std::sync::LazyLock<Vec<String>> = std::sync::LazyLock::new(|| vec!["One moment.".to_owned()]);
        &HOLDS
    }

    fn greetings(&self, _: &str) -> &[(String, Hours)] {
        &[]
    }
}

const GOOD: &str = r#"name: late
about: Something is late.
language: en
departments: [support]
weight: 3
minutes: 2
intent: ask
topics:
  order: [order, ordered]
  delay: [late]
keywords: [order]
values:
  number: order_number
  thing: one_of [vase, late letter]
turns:
  - agent: ["{welcome}"]
  - customer:
      mood: -0.5
      say: ["My order {number} is late, {company}.", "Where is the {thing} I ordered?"]
  - agent:
      wait: true
      say: ["It is on its way, {first}."]
endings:
  - outcome: information_provided
    weight: 1
    turns:
      - customer: [Thanks.]
    actions: []
    summary: ["{name} asked about {number}."]
"#;

fn read_text(text: &str) -> Result<(Playbook, Vec<Diagnostic>), Vec<Diagnostic>> {
    let file = SourceFile::parse("late.yaml", text).expect("YAML");
    read(&file, "late", &Spoken)
}

/// Each finding as its code, its line and column, its message and its help.
fn findings(from: &str, to: &str) -> Vec<String> {
    assert!(GOOD.contains(from), "{from}");
    let found = match read_text(&GOOD.replacen(from, to, 1)) {
        Ok((_, warnings)) => warnings,
        Err(findings) => findings,
    };
    let told = |finding: &Diagnostic| {
        let spot = finding.spot.as_ref().expect("a place");
        let help = finding.help.as_ref().map(|help| format!(" ({help})")).unwrap_or_default();
        format!("{} {}:{}: {}{help}", finding.code, spot.line, spot.column, finding.message)
    };
    found.iter().map(told).collect()
}

#[test]
fn a_playbook_is_compiled() {
    let (playbook, warnings) = read_text(GOOD).expect("a playbook");
    assert_eq!(warnings, []);
    assert_eq!((playbook.topics.len(), playbook.values.len(), playbook.endings.len()), (2, 2, 1));
    let course: Vec<(Speaker, bool)> =
        playbook.course(playbook.ending(0)).map(|line| (line.speaker, line.wait)).collect();
    let (agent, customer) = (Speaker::Agent, Speaker::Customer);
    // The agent says that something is looked up, which the file need not.
    assert_eq!(course, [(agent, false), (customer, false), (agent, false), (agent, true), (customer, false)]);
    let asked = &playbook.opening[1];
    assert_eq!((asked.mood, asked.say[0].marks), (-0.5, Marks { topics: 3, keywords: 1 }));
    // "ordered" is another word than the keyword "order".
    assert_eq!(asked.say[1].marks, Marks { topics: 1, keywords: 0 });
    assert_eq!(asked.say[1].named, [1]);
    let Kind::OneOf(choices) = &playbook.values[1] else { panic!("{:?}", playbook.values) };
    assert_eq!(choices[1].marks, Marks { topics: 2, keywords: 0 });
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    let cases = [
        ("{number} is late", "{numbr} is late", "E0803 19:13: there is no value `numbr` (did you mean \"number\"?)"),
        ("weight: 3", "wieght: 3", "E0802 5:1: there is no member `wieght` (did you mean \"weight\"?)"),
        (
            "order_number",
            "order_numer",
            "E0804 13:11: there is no kind of value `order_numer` (did you mean \"order_number\"?)",
        ),
        (
            "language: en",
            "language: eo",
            "E0801 3:11: nobody speaks `eo`: people.yaml has en, de (did you mean \"en\"?)",
        ),
        ("mood: -0.5", "mood: -1.5", "E0801 18:13: a number from -1 to 1 is expected"),
        ("weight: 3", "weight: 0", "E0801 5:9: a number from 1 to 10 is expected"),
        ("name: late", "name: early", "E0801 1:7: the name is that of the file, \"late\""),
        ("intent: ask", "intent: Ask Me", "E0801 7:9: a word in snake_case of at most 60 letters is expected"),
        ("information_provided", "Provided!", "E0801 24:14: a word in snake_case of at most 60 letters is expected"),
        ("say: [\"It is on its way, {first}.\"]", "say: []", "E0801 22:7: a list of 1 to 32 values is expected"),
        ("[Thanks.]", "[\"{welcome}\"]", "E0801 27:20: `{welcome}` stands in the first turn alone"),
        ("[Thanks.]", "[\"Thanks {number\"]", "E0801 27:20: a value is named in braces, as in {order}"),
        ("wait: true", "wait: yes please", "E0801 21:13: `wait` is true or false"),
        (
            "one_of [vase, late letter]",
            "one_of [vase]",
            "E0801 14:10: a list of at least two texts is expected: `one_of [red, green]`",
        ),
        ("keywords: [order]", "keywords: [invoice]", "W0805 11:12: no turn has the words of `invoice`"),
        ("delay: [late]", "delay: [later]", "W0805 10:3: no turn has the words of `delay`"),
    ];
    for (from, to, expected) in cases {
        let found = findings(from, to);
        assert!(found.iter().any(|finding| finding == expected), "{to}:\n  expected {expected}\n  found {found:#?}");
    }
    assert_eq!(findings("- agent: [\"{welcome}\"]", "- agent: [Hello.]").len(), 1);
    assert_eq!(findings("- customer: [Thanks.]", "- caller: [Thanks.]").len(), 2);
}

#[test]
fn nothing_that_is_written_ends_the_program() {
    let lines: Vec<&str> = GOOD.lines().collect();
    for gone in 0..lines.len() {
        let rest: Vec<&str> = lines.iter().enumerate().filter(|(n, _)| *n != gone).map(|(_, line)| *line).collect();
        if let Ok(file) = SourceFile::parse("late.yaml", rest.join("\n")) {
            let _ = read(&file, "late", &Spoken);
        }
    }
    for whole in ["[]", "null", "{}", "name: 3", "turns: {a: 1}\nendings: 5\nvalues: [1]\ntopics: x"] {
        assert!(read_text(whole).is_err(), "{whole}");
    }
}
