//! Names for what is new: ids in a collection's style, and telephone numbers that nobody has. Both follow from the seed and
//! from how many records the lane has made, so that the same requests give the same names.

use std::collections::HashSet;
use std::fmt::Write as _;

use serde_json::Value;

use super::record::id_text;
use super::store::Store;
use crate::contract::{Collection, Schemas};
use crate::seed::{Seed, Stream};

/// Area codes in which 555-0100 to 555-0199 are kept free for fiction. They are among the younger ones: people who are made
/// up have numbers of the others.
pub const AREAS: [u16; 40] = [
    220, 223, 272, 279, 326, 332, 341, 346, 364, 380, 385, 424, 430, 435, 442, 445, 458, 463, 469, 470, 475, 531, 534,
    539, 564, 628, 629, 640, 657, 667, 669, 680, 681, 689, 725, 726, 737, 743, 747, 754,
];

/// What new names are drawn from.
#[derive(Debug, Clone, Copy)]
pub struct Names {
    /// The lane's.
    pub seed: Seed,
    /// How many records the lane has made so far.
    pub made: u64,
}

impl Names {
    /// An id that no record has. One that the client chose is good if it is free.
    pub fn id(self, schemas: &Schemas, collection: &Collection, store: &Store, chosen: Option<&Value>) -> Value {
        let is_free = |id: &Value| id_text(id).is_some_and(|text| !text.is_empty() && store.get(&text).is_none());
        if let Some(chosen) = chosen.filter(|chosen| is_free(chosen)) {
            return chosen.clone();
        }
        let (before, what, after) = parts(&collection.id_style);
        let is_number = what == "number" && before.is_empty() && after.is_empty() && is_numeric(schemas, collection);
        let first = if what == "number" { next_number(store, before, after) } else { 0 };
        let number = |attempt: u64| first.wrapping_add(attempt);
        // Of so many numbers one is free. Letters may run out.
        let attempts = if what == "number" { store.len() as u64 + 1 } else { 1_000 };
        let drawn = |attempt: u64| {
            let counted = (self.made.to_string(), attempt.to_string());
            let mut stream = self.seed.stream(["id", &collection.name, &counted.0, &counted.1]);
            let middle = match what {
                "number" if is_number => return Value::from(number(attempt)),
                "number" => number(attempt).to_string(),
                "uuid" => uuid(&mut stream),
                length => letters(&mut stream, length.parse().unwrap_or(12)),
            };
            Value::from(format!("{before}{middle}{after}"))
        };
        // Short ids become longer then.
        let free = (0..attempts).map(drawn).find(is_free);
        free.unwrap_or_else(|| {
            Value::from(format!(
                "{before}{}{after}",
                letters(&mut self.seed.stream(["id", &self.made.to_string()]), 24)
            ))
        })
    }

    /// A number for this field that no record of these has in any; `None` when all are taken.
    pub fn phone(self, field: &str, stores: &[Store]) -> Option<String> {
        let members = stores.iter().flat_map(Store::iter).filter_map(|record| record.shown.as_object());
        let texts = members.flat_map(|members| members.values()).filter_map(Value::as_str);
        let taken: HashSet<&str> = texts.filter(|text| text.starts_with("+1") && text.len() == 12).collect();
        let all = AREAS.len() * 100;
        let start = self.seed.stream(["phone", field, &self.made.to_string()]).below(all);
        let numbers = (start..all).chain(0..start);
        let mut numbers = numbers.map(|n| format!("+1{}55501{:02}", AREAS[n % AREAS.len()], n / AREAS.len()));
        numbers.find(|number| !taken.contains(number.as_str()))
    }
}

/// A style in its parts: what stands before the braces, in them, and after them.
fn parts(style: &str) -> (&str, &str, &str) {
    let (before, rest) = style.split_once('{').unwrap_or((style, "12}"));
    let (what, after) = rest.split_once('}').unwrap_or((rest, ""));
    (before, what, after)
}

fn is_numeric(schemas: &Schemas, collection: &Collection) -> bool {
    let wire = collection.schema.as_ref().map(|schema| schemas.wire(schema));
    let id = wire.and_then(|wire| wire.properties.iter().find(|(name, _)| *name == collection.id_field));
    id.is_none_or(|(_, id)| id.integer || id.number || !id.string)
}

/// One that is above every number there was, those of records that are gone included.
fn next_number(store: &Store, before: &str, after: &str) -> u64 {
    let number = |id: &str| id.strip_prefix(before)?.strip_suffix(after)?.parse::<u64>().ok();
    let highest = store.base_ids().filter_map(number).max().unwrap_or(0);
    highest.saturating_add(store.ever_added()).saturating_add(1)
}

fn letters(stream: &mut Stream, length: usize) -> String {
    const LETTERS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";
    (0..length).map(|_| char::from(*stream.pick(LETTERS))).collect()
}

fn uuid(stream: &mut Stream) -> String {
    let mut text = String::with_capacity(36);
    for place in 0..16 {
        let byte = stream.below(256) as u8;
        let byte = match place {
            6 => byte & 0x0f | 0x40,
            8 => byte & 0x3f | 0x80,
            _ => byte,
        };
        if matches!(place, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        let _ = write!(text, "{byte:02x}");
    }
    text
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::json;

    use super::*;
    use crate::world::record::Record;
    use crate::world::sample;
    use crate::world::store::Base;

    fn store(ids: Vec<Value>) -> Store {
        let records = ids.into_iter().map(|id| Record::new(json!({ "id": id, "phone": "+12015550100" }))).collect();
        Store::new(Arc::new(Base::new("id", records)))
    }

    fn id(style: &str, kind: &str, store: &Store, made: u64, chosen: Option<&Value>) -> Value {
        let contract = sample::contract(&format!(
            "pets: {{ id_style: '{style}', schema: {{ properties: {{ id: {{ type: {kind} }} }} }} }}"
        ));
        Names { seed: Seed(7), made }.id(&contract.schemas, &contract.collections[0], store, chosen)
    }

    #[test]
    fn ids_are_in_style() {
        let none = store(Vec::new());
        let made = id("pet_{12}", "string", &none, 0, None);
        let text = made.as_str().unwrap();
        assert!(text.starts_with("pet_") && text.len() == 16, "{text}");
        assert!(text[4..].bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit()), "{text}");
        assert_eq!(made, id("pet_{12}", "string", &none, 0, None), "the same count gives the same id");
        assert_ne!(made, id("pet_{12}", "string", &none, 1, None));

        let uuid = id("{uuid}", "string", &none, 0, None);
        let uuid = uuid.as_str().unwrap();
        assert_eq!(uuid.split('-').map(str::len).collect::<Vec<_>>(), [8, 4, 4, 4, 12]);
        assert!(uuid.as_bytes()[14] == b'4' && b"89ab".contains(&uuid.as_bytes()[19]), "{uuid}");
    }

    #[test]
    fn numbers_go_on_and_never_come_again() {
        let mut pets = store(vec![json!(3), json!(17), json!("x")]);
        assert_eq!(id("{number}", "integer", &pets, 5, None), json!(18));
        assert_eq!(id("{number}", "string", &pets, 5, None), json!("18"));
        pets.put("18", Record::new(json!({ "id": 18 }))).unwrap();
        pets.remove("18").unwrap();
        pets.remove("17").unwrap();
        assert_eq!(id("{number}", "integer", &pets, 5, None), json!(19));
        assert_eq!(id("P-{number}-x", "string", &store(vec![json!("P-4-x")]), 5, None), json!("P-5-x"));
    }

    /// However many numbers clients chose for themselves, and however large they are.
    #[test]
    fn a_number_stays_a_number() {
        // The first of those in the middle is the one that would come next.
        for least in [1, 17 + 1_400 + 1, u64::MAX - 1_400] {
            let mut pets = store(vec![json!(17)]);
            for n in 0..1_400 {
                pets.put(&(least + n).to_string(), Record::new(json!({ "id": least + n }))).unwrap();
            }
            let made = id("{number}", "integer", &pets, 5, None);
            assert!(made.is_u64() && pets.get(&made.to_string()).is_none(), "{made}");
        }
        let last = store(vec![json!(u64::MAX)]);
        assert_eq!(id("{number}", "integer", &last, 5, None), json!(0));
    }

    #[test]
    fn a_chosen_id_is_taken_if_it_is_free() {
        let pets = store(vec![json!(3)]);
        assert_eq!(id("{number}", "integer", &pets, 5, Some(&json!(99))), json!(99));
        assert_eq!(id("{number}", "integer", &pets, 5, Some(&json!(3))), json!(4));
        assert_eq!(id("{number}", "integer", &pets, 5, Some(&json!({}))), json!(4));
    }

    #[test]
    fn ids_that_are_taken_are_drawn_again() {
        let all: Vec<Value> = "0123456789abcdefghijklmnopqrstuvwxyz".chars().map(|c| json!(c.to_string())).collect();
        let mut pets = store(all.clone());
        assert_eq!(id("{1}", "string", &pets, 0, None).as_str().unwrap().len(), 24, "there is no short one left");
        pets.remove("q").unwrap();
        let made = id("{1}", "string", &pets, 0, None);
        assert_eq!(made, json!("q"));
    }

    #[test]
    fn phones_are_fictional_and_nobody_has_them() {
        let names = |made| Names { seed: Seed(7), made };
        let mut both = [(); 2].map(|()| store(Vec::new()));
        for made in 0..300_u64 {
            // Every second number is asked for in the same situation.
            let phone = names(made / 2).phone("phone", &both).unwrap();
            let [pets, owners] = &mut both;
            assert!(phone.len() == 12 && phone.starts_with("+1") && phone[5..].starts_with("55501"), "{phone}");
            assert!(!pets.holds("phone", &json!(phone), None), "{phone} twice");
            assert!(!owners.holds("mobile", &json!(phone), None), "{phone} is somebody else's");
            let (store, field) = if made % 3 == 0 { (owners, "mobile") } else { (pets, "phone") };
            store.put(&made.to_string(), Record::new(json!({ field: phone }))).unwrap();
        }
        let all = AREAS.iter().flat_map(|area| (0..100).map(move |n| format!("+1{area}55501{n:02}")));
        let full = all.enumerate().map(|(n, phone)| Record::new(json!({ "id": n, "phone": phone }))).collect();
        assert_eq!(names(0).phone("phone", &[Store::new(Arc::new(Base::new("id", full)))]), None);
    }
}
