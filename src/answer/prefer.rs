//! What a client prefers among the documented answers: `Prefer: code=404, example=closed, dynamic=true, seed=7`
//! (RFC 7240), or the same in the query for clients that can't set a header.

use http::header::{HeaderName, HeaderValue};
use percent_encoding::percent_decode_str;

use crate::contract::{Location, Operation, PREFERENCES};
use crate::reply::Reply;
use crate::request::Request;

const HEADER: HeaderName = HeaderName::from_static("prefer");

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Preferences {
    pub code: Option<u16>,
    pub example: Option<String>,
    pub dynamic: Option<bool>,
    /// The seed of generated values. Whoever names one wants to see what it gives, so it means `dynamic=true` as well
    /// unless the contrary is said.
    pub seed: Option<u64>,
}

impl Preferences {
    /// What the request says. What can't be read is ignored, as RFC 7240 has it, and so is what is not known here; of
    /// a preference stated twice the first counts, and the header counts more than the query (`?__code=404`).
    pub fn of(request: &Request, operation: &Operation) -> Preferences {
        let mut preferences = Preferences::default();
        for value in request.headers.get_all(HEADER) {
            preferences.read_header(&String::from_utf8_lossy(value.as_bytes()));
        }
        if let Some(query) = request.query().filter(|query| query.contains("__")) {
            preferences.read_query(query, operation);
        }
        preferences
    }

    /// Whether the body is made from the schema. An example that is asked for by name is more special than that.
    pub fn generated(&self) -> bool {
        self.example.is_none() && self.dynamic.unwrap_or(self.seed.is_some())
    }

    /// Whether a documented or made answer is wanted, and none from the lane.
    pub fn asks_for_an_example(&self, dynamic: bool) -> bool {
        self.code.is_some() || self.example.is_some() || self.generated() || (dynamic && self.dynamic != Some(false))
    }

    /// The same for a server that makes bodies unless it is told otherwise.
    pub fn or_generated(&self) -> Preferences {
        Preferences { dynamic: self.dynamic.or(Some(true)), ..self.clone() }
    }

    /// Says in the reply which preferences were followed.
    pub fn acknowledge(&self, reply: &mut Reply) {
        let mut applied = String::new();
        let mut add = |name: &str, value: &str| {
            let separator = if applied.is_empty() { "" } else { ", " };
            applied.push_str(&format!("{separator}{name}={value}"));
        };
        if let Some(code) = self.code {
            add("code", &code.to_string());
        }
        if let Some(example) = &self.example {
            add("example", &word(example));
        }
        if let Some(dynamic) = self.dynamic.filter(|dynamic| *dynamic == self.generated()) {
            add("dynamic", if dynamic { "true" } else { "false" });
        }
        if let Some(seed) = self.seed.filter(|_| self.generated()) {
            add("seed", &seed.to_string());
        }
        if let (false, Ok(value)) = (applied.is_empty(), HeaderValue::from_bytes(applied.as_bytes())) {
            reply.headers.insert("preference-applied", value);
        }
    }

    /// RFC 7240 separates preferences by commas; clients are seen that use semicolons or spaces.
    fn read_header(&mut self, text: &str) {
        let separator = |c: char| matches!(c, ',' | ';') || c.is_ascii_whitespace();
        let mut rest = text.trim_start_matches(separator);
        while !rest.is_empty() {
            let end = rest.find(|c| c == '=' || separator(c)).unwrap_or(rest.len());
            let (name, after) = rest.split_at(end);
            match after.trim_ascii_start().strip_prefix('=') {
                Some(after) => {
                    let (value, after) = value(after.trim_ascii_start(), separator);
                    self.note(name, &value);
                    rest = after;
                }
                None => {
                    self.note(name, "true");
                    rest = after;
                }
            }
            rest = rest.trim_start_matches(separator);
        }
    }

    fn read_query(&mut self, query: &str, operation: &Operation) {
        let declared = |name: &str| {
            let same = |known: &&crate::contract::Parameter| known.location == Location::Query && known.name == name;
            operation.parameters.iter().find(same).is_some()
        };
        for (name, value) in query.split('&').filter_map(|pair| pair.split_once('=')) {
            if PREFERENCES.contains(&name) && !declared(name) {
                let value = value.replace('+', " ");
                self.note(&name[2..], &percent_decode_str(&value).decode_utf8_lossy());
            }
        }
    }

    fn note(&mut self, name: &str, value: &str) {
        if name.eq_ignore_ascii_case("code") {
            self.code = self.code.or_else(|| value.parse().ok().filter(|code| (200..=599).contains(code)));
        } else if name.eq_ignore_ascii_case("example") {
            self.example = self.example.take().or_else(|| Some(value.to_owned()).filter(|value| !value.is_empty()));
        } else if name.eq_ignore_ascii_case("dynamic") {
            self.dynamic = self.dynamic.or_else(|| truth(value));
        } else if name.eq_ignore_ascii_case("seed") {
            self.seed = self.seed.or_else(|| value.parse().ok());
        }
    }
}

/// A value, quoted or not, and what follows it.
fn value(text: &str, separator: impl Fn(char) -> bool) -> (String, &str) {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find(separator).unwrap_or(text.len());
        return (text[..end].to_owned(), &text[end..]);
    };
    let mut value = String::new();
    let mut chars = quoted.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return (value, &quoted[at + 1..]),
            '\\' => value.extend(chars.next().map(|(_, escaped)| escaped)),
            other => value.push(other),
        }
    }
    (value, "")
}

fn truth(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "1" => Some(true),
        "false" | "0" => Some(false),
        _ => None,
    }
}

/// A value as a header may hold it: as it is if it is a token, else quoted.
fn word(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::Method;

    fn read(headers: &[&str], uri: &str) -> Preferences {
        let mut request = Request::new(Method::GET, uri.parse().unwrap());
        for header in headers {
            request.headers.append(HEADER, HeaderValue::from_bytes(header.as_bytes()).unwrap());
        }
        Preferences::of(&request, &Operation::bare(Method::GET, "/orders"))
    }

    fn wanted(code: u16, example: &str) -> Preferences {
        Preferences { code: Some(code), example: Some(example.to_owned()), ..Preferences::default() }
    }

    #[test]
    fn every_way_to_separate_is_read() {
        for text in
            ["code=404, example=gone", "code=404; example=gone", "Code = 404 example=gone", ",code=404,,example=gone"]
        {
            assert_eq!(read(&[text], "/orders"), wanted(404, "gone"), "{text}");
        }
        assert_eq!(read(&["code=404", "example=gone"], "/orders"), wanted(404, "gone"));
        assert_eq!(read(&[r#"code="404", example="gone""#], "/orders"), wanted(404, "gone"));
        assert_eq!(read(&[r#"example="two \"words\"", code=404"#], "/orders"), wanted(404, "two \"words\""));
        assert_eq!(read(&[], "/orders?a=b&__code=404&__example=gone"), wanted(404, "gone"));
    }

    #[test]
    fn what_is_unknown_or_broken_is_ignored() {
        for text in
            ["respond-async, wait=10", "code=abc", "code=99", "code=", "dynamic=perhaps", "\"", "=", "seed=-1", "==,="]
        {
            assert_eq!(read(&[text], "/orders"), Preferences::default(), "{text}");
        }
        assert_eq!(read(&["example=\"open"], "/").example.as_deref(), Some("open"));
    }

    #[test]
    fn the_first_counts_and_the_header_before_the_query() {
        assert_eq!(read(&["code=404, code=500"], "/?__code=201").code, Some(404));
        assert!(read(&["dynamic"], "/").generated());
        assert!(read(&["seed=3"], "/").generated());
        assert!(!read(&["seed=3, dynamic=false"], "/").generated());
    }

    #[test]
    fn what_was_followed_is_said() {
        let mut reply = Reply::empty(http::StatusCode::OK);
        let mut applied = |text| {
            read(&[text], "/").acknowledge(&mut reply);
            reply.headers["preference-applied"].clone()
        };
        assert_eq!(applied("dynamic=true;seed=7;code=200"), "code=200, dynamic=true, seed=7");
        assert_eq!(applied("code=200;example=\"a b\""), "code=200, example=\"a b\"");
        // What did not count is not said to have been followed.
        assert_eq!(applied("dynamic=true, seed=7, example=closed"), "example=closed");
        assert_eq!(applied("seed=7, dynamic=false"), "dynamic=false");
    }
}
