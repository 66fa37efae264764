//! Which entries somebody wants to see.

use std::ops::RangeInclusive;

use jiff::Timestamp;

use super::entry::Entry;

/// Everything that is asked for has to hold.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    pub operation: Option<String>,
    pub method: Option<String>,
    pub status: Option<RangeInclusive<u16>>,
    pub lane: Option<String>,
    /// A breach of this code.
    pub breach: Option<String>,
    /// A rule that touched the answer: `scenario/rule`, or its scenario.
    pub rule: Option<String>,
    /// Requests that came then or later, by the clock of this machine.
    pub since: Option<Timestamp>,
    /// In the target, the headers or the bodies.
    pub text: Option<String>,
}

impl Filter {
    pub fn takes(&self, entry: &Entry) -> bool {
        let exchange = &entry.exchange;
        let same = |wanted: &Option<String>, found: Option<&str>| wanted.is_none() || wanted.as_deref() == found;
        let breach = |code: &String| exchange.breaches.iter().any(|breach| breach.code == code.as_str());
        let rule = |wanted: &String| {
            let is_it = |rule: &String| rule == wanted || rule.split('/').next() == Some(wanted);
            exchange.rules.iter().any(is_it)
        };
        same(&self.operation, exchange.operation())
            && same(&self.method, Some(exchange.request.method.as_str()))
            && same(&self.lane, Some(exchange.lane()))
            && self.status.as_ref().is_none_or(|range| range.contains(&exchange.answer.status.as_u16()))
            && self.since.is_none_or(|since| entry.came >= since)
            && self.breach.as_ref().is_none_or(breach)
            && self.rule.as_ref().is_none_or(rule)
            && self.text.as_ref().is_none_or(|text| holds(entry, text))
    }
}

/// `404`, `4xx`
pub fn statuses(text: &str) -> Option<RangeInclusive<u16>> {
    let first = match text.strip_suffix("xx") {
        Some(hundreds) => hundreds.parse::<u16>().ok().filter(|_| hundreds.len() == 1)? * 100,
        None => return text.parse().ok().filter(|code| (100..=999).contains(code)).map(|code| code..=code),
    };
    (100..=900).contains(&first).then(|| first..=first + 99)
}

fn holds(entry: &Entry, text: &str) -> bool {
    let exchange = &entry.exchange;
    // What is not told is not found either.
    let told = |place: &str| place.contains(text) && exchange.secret.hide(place).contains(text);
    let in_head = |(name, value): (&str, String)| told(name) || told(&value);
    let in_body = |body: super::told::Remembered| body.text().is_some_and(told);
    told(exchange.target())
        || told(exchange.id())
        || exchange.request_head().iter().any(in_head)
        || exchange.answer_head().iter().any(in_head)
        || in_body(entry.asked())
        || in_body(entry.answered())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_or_a_hundred_of_them() {
        assert_eq!(statuses("404"), Some(404..=404));
        assert_eq!(statuses("4xx"), Some(400..=499));
        for text in ["", "xx", "44xx", "0xx", "1000", "-1", "4XX", "+4xx"] {
            assert_eq!(statuses(text), None, "{text}");
        }
    }
}
