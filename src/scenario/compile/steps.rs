//! `steps`: requests that are expected in an order.

use serde_json::Value;

use super::{At, Reading};
use crate::scenario::notation;
use crate::scenario::plan::{After, Script, Step};

impl<'a> Reading<'a> {
    /// A list of steps alone is lenient.
    pub fn script(&mut self, at: &At<'a>) -> Script {
        let word = |name: &str| at.get(name).and_then(|at| at.text());
        let list = if at.value.is_array() { Some(at.clone()) } else { at.get("list") };
        let items = list.map(|list| list.items()).unwrap_or_default();
        let names: Vec<Option<&str>> =
            items.iter().map(|item| item.value.get("name").and_then(Value::as_str)).collect();
        let all = items.iter().enumerate();
        let steps = all.map_while(|(place, step)| (!self.is_full()).then(|| self.step(step, place, &names))).collect();
        Script {
            strict: word("mode") == Some("strict"),
            steps,
            then: match word("then") {
                Some("loop") => After::Loop,
                Some("lenient") => After::Lenient,
                _ => After::Stop,
            },
        }
    }

    fn step(&mut self, at: &At<'a>, place: usize, names: &[Option<&str>]) -> Step {
        let repeat = at.get("repeat").and_then(|at| {
            let read = notation::repeat(at.value);
            let read = self.read(&at, &notation::REPEAT, read)?;
            let impossible = at.value.is_string() && (read.is_empty() || *read.end() == 0);
            if impossible {
                let finding = self.error(&at, "E0329", "a step that comes at no time is none");
                self.found(finding.label("never comes").help("`optional: true` is a step that may be left out"));
            }
            Some(read).filter(|_| !impossible)
        });
        let next = at.get("next").and_then(|at| {
            let name = at.text()?;
            let place = names.iter().position(|known| *known == Some(name));
            if place.is_none() {
                let finding =
                    self.error(&at, "E0339", format!("there is no step \"{name}\"")).label("not among the steps");
                let finding = finding.meant(name, names.iter().flatten().copied());
                self.found(match finding.help {
                    None => finding.help("give the step that is meant a `name`"),
                    _ => finding,
                });
            }
            place
        });
        let rule = self.part(at, &format!("step {}", place + 1));
        Step { rule, repeat: repeat.unwrap_or(1..=1), optional: at.flag("optional"), next }
    }
}
