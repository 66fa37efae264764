//! Made-up values in templates. Those of one answer fit together: the address is made of the name. A label makes another
//! one of the same kind, so that a body may speak of two people.

use crate::fakes::{Maker, Naming, digits_and_letters, sentence, word};
use crate::seed::Seed;

/// What can be made, and the name by which makers know it.
pub const KINDS: [(&str, &str); 18] = [
    ("name", "full_name"),
    ("first_name", "first_name"),
    ("last_name", "last_name"),
    ("email", "email"),
    ("username", "username"),
    ("phone", "phone"),
    ("job_title", "job_title"),
    ("company", "company"),
    ("street", "street"),
    ("city", "city"),
    ("country", "country"),
    ("url", "url"),
    ("title", "title"),
    ("sentence", ""),
    ("word", ""),
    ("uuid", "uuid"),
    ("token", "token"),
    ("id", ""),
];

/// Of an id, behind its prefix.
const LENGTH: usize = 12;

/// `words` are what stands in the brackets: a label, for `id` the prefix and then a label.
pub fn make(seed: Seed, kind: &str, words: &[String]) -> Result<String, String> {
    let Some((_, maker)) = KINDS.iter().find(|(known, _)| *known == kind) else {
        return Err(format!("there is nothing made-up of the kind \"{kind}\""));
    };
    let (prefix, labels) = match (kind, words) {
        ("id", [prefix, labels @ ..]) => (prefix.as_str(), labels),
        ("id", []) => return Err("an id has a prefix: fake.id('order')".to_owned()),
        (_, labels) => ("", labels),
    };
    let label = match labels {
        [] => "",
        [label] => label,
        _ => return Err(format!("fake.{kind} takes one label at most")),
    };
    let whole = seed.of(label);
    let mut stream = whole.stream([kind, prefix]);
    Ok(match kind {
        "sentence" => sentence(&mut stream),
        "word" => word(&mut stream),
        "id" => format!("{}_{}", prefix.trim_end_matches('_'), digits_and_letters(&mut stream, LENGTH)),
        _ => {
            let naming = Naming { name: maker, owner: "", whole };
            Maker::by_name(maker, "").map(|maker| maker.make(&mut stream, naming)).unwrap_or_default()
        }
    })
}
