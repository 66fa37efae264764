//! `page` and `recording`: what is done to the pages of a list, and to the addresses of recordings.

use super::reach::Reach;
use super::{At, Reading};
use crate::contract::Action;
use crate::scenario::effect::{Next, Page, PageOrder, Recording, Total};
use crate::scenario::notation;

impl<'a> Reading<'a> {
    pub fn page(&mut self, at: &At<'a>, reach: &Reach<'a>) -> Option<Page> {
        self.gives_a_list(at, reach);
        let mut count = |name: &str| at.get(name).and_then(|at| self.count(&at)).and_then(|n| usize::try_from(n).ok());
        let rows = if at.flag("empty") { Some(0) } else { count("rows") };
        let (rows_in_all, repeat_last, skip, cap) =
            (count("rows_in_all"), count("repeat_last"), count("skip"), count("cap"));
        Some(Page {
            rows,
            total: at.get("total").and_then(|at| self.total(&at)),
            rows_in_all,
            repeat_last: repeat_last.unwrap_or(0),
            skip: skip.unwrap_or(0),
            next: at.get("next").map(|next| match next.text() {
                None => Next::Null,
                Some("self") => Next::Own,
                Some("first") => Next::First,
                Some(text) => Next::Text(text.to_owned()),
            }),
            order: at.get("order").and_then(|order| match order.text()? {
                "reversed" => Some(PageOrder::Reversed),
                "shuffled" => Some(PageOrder::Shuffled),
                _ => None,
            }),
            cursor_expired: at.get("cursor").is_some(),
            cap,
        })
    }

    /// `+3` without quotes is the number 3 to YAML: only the text of the file knows of the sign.
    fn total(&mut self, at: &At) -> Option<Total> {
        let read = notation::total(at.value);
        match read {
            Some(Total::Is(number)) if self.is_signed(at) => i64::try_from(number).ok().map(Total::Off),
            read => self.read(at, &notation::OFFSET, read),
        }
    }

    fn is_signed(&self, at: &At) -> bool {
        let spot = self.file.spot(&at.pointer);
        let place = spot.column.saturating_sub(1 + spot.skipped);
        spot.excerpt.chars().nth(place) == Some('+')
    }

    /// An operation that is known to do something else gives no page.
    fn gives_a_list(&mut self, at: &At, reach: &Reach<'a>) {
        let other = reach.lacking(|operation| operation.deed.as_ref().is_none_or(|deed| deed.action == Action::List));
        if let Some(operation) = other.filter(|_| reach.named && !reach.astray) {
            let finding = self.key_error(at, "E0344", format!("\"{}\" does not answer with a list", operation.id));
            self.found(finding.label("there is no page").help("`patch` changes places of any answer"));
        }
    }

    pub fn recording(&mut self, at: &At<'a>) -> Recording {
        let text = |name: &str| at.get(name).and_then(|at| at.text()).map(str::to_owned);
        let (lane, host) = (text("lane"), text("host"));
        let expires = at.get("expires").and_then(|at| self.span(&at));
        Recording { expires, wrong_signature: at.get("signature").is_some(), lane, host }
    }
}
