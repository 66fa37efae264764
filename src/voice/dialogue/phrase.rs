//! One way to say a thing: a text with places for what differs from call to call, split when it is read.

/// What a phrase may name besides the values of its playbook.
pub const ALWAYS: [&str; 4] = ["company", "name", "first", "email"];
/// Stands alone in the first turn.
pub const WELCOME: &str = "welcome";

#[derive(Debug, Clone)]
pub struct Phrase {
    pieces: Vec<Piece>,
    /// How many words are spoken, about: what stands in a place is counted by its kind.
    pub words: f64,
    pub marks: Marks,
    /// The values that it names, by their places.
    pub named: Vec<u8>,
    /// The agent's own words stand for it.
    pub welcome: bool,
    /// When it can be said, by the caller's clock.
    pub hours: Hours,
}

/// Hours of a day, from one up to before another.
pub type Hours = std::ops::Range<u8>;

/// Topics and keywords, a bit for each.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Marks {
    pub topics: u16,
    pub keywords: u16,
}

#[derive(Debug, Clone)]
pub enum Piece {
    Said(Box<str>),
    Slot(Slot),
}

/// A place for what differs from call to call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Slot {
    Welcome,
    Company,
    Name,
    First,
    Email,
    /// A value of the playbook, by its place.
    Value(u8),
}

/// Who and what the places of one call stand for.
pub trait Cast {
    fn put(&self, slot: Slot, out: &mut String);
}

/// The words of a playbook that show a topic or are a keyword, in lower case, each with its bit.
#[derive(Debug, Default)]
pub struct Telltales {
    pub topics: Vec<(String, u16)>,
    pub keywords: Vec<(String, u16)>,
    pub greetings: Vec<(String, Hours)>,
}

/// What is wrong with a text.
#[derive(Debug, PartialEq, Eq)]
pub enum Flaw {
    /// `{` without `}`, or the other way round.
    Open,
    Unknown(String),
}

impl Phrase {
    /// `values` are the names of the playbook's values, with the words that each takes to say.
    pub fn read(text: &str, values: &[(&str, f64)], telltales: &Telltales) -> Result<Phrase, Flaw> {
        let (mut pieces, mut plain, mut named) = (Vec::new(), String::new(), Vec::new());
        let (mut rest, mut words, mut welcome) = (text, 0.0, false);
        while let Some(open) = rest.find(['{', '}']) {
            let (said, slot) = rest.split_at(open);
            let close = slot.find('}').filter(|close| *close > 1).ok_or(Flaw::Open)?;
            let (slot, length) = place(&slot[1..close], values)?;
            words += length;
            match slot {
                Slot::Value(place) => named.push(place),
                Slot::Welcome => welcome = true,
                _ => {}
            }
            if !said.is_empty() {
                pieces.push(Piece::Said(said.into()));
            }
            pieces.push(Piece::Slot(slot));
            plain.push_str(said);
            // What stands there is no word of the playbook's: a caller named Price speaks of no prices.
            plain.push('\u{0}');
            rest = &rest[open + close + 1..];
        }
        plain.push_str(rest);
        if !rest.is_empty() {
            pieces.push(Piece::Said(rest.into()));
        }
        words += plain.split(|c: char| c.is_whitespace() || c == '\u{0}').filter(|word| is_spoken(word)).count() as f64;
        let (marks, hours) = (telltales.marks(&plain), telltales.hours(&plain));
        Ok(Phrase { pieces, words, marks, named, welcome, hours })
    }

    pub fn pieces(&self) -> &[Piece] {
        &self.pieces
    }

    pub fn tell(&self, cast: &impl Cast, out: &mut String) {
        let from = out.len();
        for piece in &self.pieces {
            match piece {
                Piece::Said(said) => out.push_str(said),
                Piece::Slot(slot) => cast.put(*slot, out),
            }
        }
        // A value that begins the sentence and is a word of its own.
        if matches!(self.pieces.first(), Some(Piece::Slot(Slot::Value(_))))
            && let Some(first) = out[from..].chars().next().filter(|first| first.is_lowercase())
        {
            out.replace_range(from..from + first.len_utf8(), &first.to_uppercase().to_string());
        }
    }
}

/// A place by its name, and the words that it takes to say what stands there.
fn place(name: &str, values: &[(&str, f64)]) -> Result<(Slot, f64), Flaw> {
    Ok(match name {
        WELCOME => (Slot::Welcome, 0.0),
        "company" => (Slot::Company, 2.0),
        "name" => (Slot::Name, 2.0),
        "first" => (Slot::First, 1.0),
        "email" => (Slot::Email, 5.0),
        _ => {
            let place = values.iter().position(|(known, _)| *known == name);
            let place = place.and_then(|place| u8::try_from(place).ok());
            let place = place.ok_or_else(|| Flaw::Unknown(name.to_owned()))?;
            (Slot::Value(place), values[usize::from(place)].1)
        }
    })
}

/// A dash between words is none.
fn is_spoken(word: &str) -> bool {
    word.contains(char::is_alphanumeric)
}

impl Telltales {
    pub fn marks(&self, text: &str) -> Marks {
        let text = text.to_lowercase();
        let found = |list: &[(String, u16)]| {
            list.iter().filter(|(words, _)| says(&text, words)).fold(0, |marks, (_, bit)| marks | bit)
        };
        Marks { topics: found(&self.topics), keywords: found(&self.keywords) }
    }

    fn hours(&self, text: &str) -> Hours {
        let text = text.to_lowercase();
        let found = self.greetings.iter().find(|(words, _)| says(&text, words));
        found.map_or(0..24, |(_, hours)| hours.clone())
    }
}

impl Marks {
    pub fn and(self, other: Marks) -> Marks {
        Marks { topics: self.topics | other.topics, keywords: self.keywords | other.keywords }
    }
}

/// Whether a text has these words, as whole words. Both are in lower case.
pub fn says(text: &str, words: &str) -> bool {
    text.match_indices(words).any(|(at, _)| {
        let outside = |c: Option<char>| !c.is_some_and(char::is_alphanumeric);
        outside(text[..at].chars().next_back()) && outside(text[at + words.len()..].chars().next())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn telltales() -> Telltales {
        Telltales {
            topics: vec![("refund".into(), 1), ("late".into(), 2)],
            keywords: vec![("charged twice".into(), 1)],
            greetings: vec![("good morning".into(), 4..12)],
        }
    }

    #[test]
    fn a_text_is_split_and_joined_again() {
        let phrase = Phrase::read("{sum} back, {first}? A refund.", &[("sum", 3.0)], &telltales()).unwrap();
        assert_eq!(phrase.words, 3.0 + 1.0 + 1.0 + 2.0);
        assert_eq!(phrase.named, [0]);
        assert_eq!(phrase.marks, Marks { topics: 1, keywords: 0 });
        let mut told = String::from("> ");
        phrase.tell(&Ann, &mut told);
        assert_eq!(told, "> Ten back, Ann? A refund.");
    }

    struct Ann;

    impl Cast for Ann {
        fn put(&self, slot: Slot, out: &mut String) {
            out.push_str(if slot == Slot::First { "Ann" } else { "ten" });
        }
    }

    #[test]
    fn a_greeting_has_its_hours() {
        let hours = |text: &str| Phrase::read(text, &[], &telltales()).unwrap().hours;
        assert_eq!(hours("Good morning, I am late."), 4..12);
        assert_eq!(hours("Good day."), 0..24);
    }

    #[test]
    fn what_no_call_has_is_refused() {
        let read = |text: &str| Phrase::read(text, &[("sum", 1.0)], &Telltales::default()).map(|_| ());
        assert_eq!(read("{some}"), Err(Flaw::Unknown("some".into())));
        for open in ["{sum", "sum}", "{}", "a {b {sum}"] {
            assert!(read(open).is_err(), "{open}");
        }
        assert_eq!(read("{sum}{sum} and {name}"), Ok(()));
    }

    #[test]
    fn words_are_found_whole() {
        assert!(says("you charged me", "charged") && says("late.", "late") && says("¡late!", "late"));
        assert!(!says("translate", "late") && !says("later", "late") && says("later, late", "late"));
        assert_eq!(telltales().marks("Charged twice").keywords, 1);
    }
}
