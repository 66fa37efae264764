//! `reply`: an answer in place of the true one, held against what the contract documents.

use std::path::PathBuf;
use std::sync::Arc;

use http::StatusCode;
use serde_json::Value;

use super::matching::listed;
use super::reach::Reach;
use super::{At, Reading};
use crate::contract::{Operation, Response};
use crate::problem::Kind;
use crate::scenario::effect::{Answer, Content, Retry};
use crate::scenario::notation;
use crate::scenario::template::Tree;
use crate::source::SourceFile;

/// A file that a reply gives.
const LARGEST_FILE: usize = 8 << 20;

/// The media types of files by how their names end.
const MEDIA_TYPES: [(&str, &str); 10] = [
    ("txt", "text/plain; charset=utf-8"),
    ("html", "text/html; charset=utf-8"),
    ("csv", "text/csv; charset=utf-8"),
    ("xml", "application/xml"),
    ("pdf", "application/pdf"),
    ("png", "image/png"),
    ("jpg", "image/jpeg"),
    ("mp3", "audio/mpeg"),
    ("wav", "audio/wav"),
    ("zip", "application/zip"),
];

impl<'a> Reading<'a> {
    pub fn reply(&mut self, at: &At<'a>, reach: &Reach<'a>) -> Option<Answer> {
        if at.text().is_some() {
            let what = self.problem(at, None, reach)?;
            let (status, media_type, headers) = (None, None, Vec::new());
            return Some(Answer { what, status, media_type, headers, retry_after: None, done: false });
        }
        let status = at.get("status").and_then(|at| self.status(&at));
        let media_type = at.get("media_type").and_then(|at| at.text()).map(str::to_owned);
        let (what, media_type) = self.content(at, status, media_type, reach)?;
        let mut headers = Vec::new();
        for (name, value) in at.get("headers").iter().flat_map(At::members) {
            let Some(name) = self.header_name(&value, name) else { continue };
            headers.extend(self.header_value(&value).map(|leaf| (name, leaf)));
        }
        let status = if matches!(what, Content::Status(_)) { None } else { status };
        let retry_after = at.get("retry_after").and_then(|at| self.retry(&at));
        Some(Answer { what, status, media_type, headers, retry_after, done: at.flag("done") })
    }

    fn content(
        &mut self,
        at: &At<'a>,
        status: Option<StatusCode>,
        media_type: Option<String>,
        reach: &Reach<'a>,
    ) -> Option<(Content, Option<String>)> {
        if let Some(name) = at.get("problem") {
            return Some((self.problem(&name, at.get("facts").as_ref(), reach)?, None));
        }
        if let Some(place) = at.get("status").filter(|_| status.is_some()) {
            self.status_is_documented(&place, status, reach);
        }
        if let Some(example) = at.get("example") {
            let name = example.text()?;
            self.example_is_there(&example, name, status, reach);
            return Some((Content::Example(name.to_owned()), None));
        }
        if let Some(body) = at.get("body") {
            self.body_keeps_the_contract(&body, body.value, status, media_type.as_deref(), reach);
            return Some((Content::Body(self.tree(&body)?), media_type));
        }
        if let Some(text) = at.get("text") {
            let media_type = media_type.unwrap_or_else(|| "text/plain; charset=utf-8".to_owned());
            self.media_type_is_documented(&text, &media_type, status, reach);
            return Some((Content::Text(self.leaf(&text)?), Some(media_type)));
        }
        if let Some(path) = at.get("file") {
            return self.file(&path, status, media_type, reach);
        }
        status.map(|status| (Content::Status(status), None))
    }

    pub fn problem(&mut self, at: &At<'a>, facts: Option<&At<'a>>, reach: &Reach<'a>) -> Option<Content> {
        let name = at.text()?;
        let problems = &self.contract.problems;
        let kinds = || Kind::ALL.iter().map(|kind| kind.name());
        if !problems.contains(name) && !kinds().any(|kind| kind == name) {
            let finding = self.error(at, "E0324", format!("there is no problem \"{name}\""));
            let finding = finding.label("not in the contract").meant(name, problems.names().chain(kinds()));
            self.found(finding);
            return None;
        }
        let status = problems.entry_named(name).map(|entry| entry.status);
        let undocumented =
            reach.lacking(|operation| status.is_none_or(|status| operation.response(status.as_u16()).is_some()));
        if let (Some(operation), Some(status), true, false) = (undocumented, status, reach.named, reach.breaks) {
            let message = format!("\"{}\" does not document the {} of \"{name}\"", operation.id, status.as_u16());
            let finding = self.error(at, "W0341", message);
            self.found(finding.help("the answer is given all the same; `breaks_contract: true` says that it is meant"));
        }
        if let (Some(facts), Some(entry)) = (facts, problems.entry_named(name)) {
            let known = entry.facts();
            for (fact, at) in facts.members().filter(|(fact, _)| !known.contains(fact)) {
                let finding = self.key_error(&at, "W0342", format!("the problem \"{name}\" speaks of no \"{fact}\""));
                let finding = finding.meant(fact, known.iter().copied());
                self.found(match (&finding.help, known.is_empty()) {
                    (None, false) => finding.help(format!("it speaks of {}", listed(&known))),
                    _ => finding,
                });
            }
        }
        let facts = match facts {
            Some(facts) => self.tree(facts)?,
            None => Tree::new(&Value::Object(Default::default())).ok()?,
        };
        Some(Content::Problem { name: name.to_owned(), facts })
    }

    fn status(&mut self, at: &At) -> Option<StatusCode> {
        let number = self.count(at)?;
        u16::try_from(number).ok().and_then(|number| StatusCode::from_u16(number).ok())
    }

    fn status_is_documented(&mut self, at: &At, status: Option<StatusCode>, reach: &Reach<'a>) {
        let Some(status) = status.map(|status| status.as_u16()).filter(|_| !reach.breaks && !reach.astray) else {
            return;
        };
        let Some(operation) = reach.lacking(|operation| operation.response(status).is_some()) else { return };
        let documented: Vec<String> = operation.responses.iter().map(|response| response.status.written()).collect();
        let finding = self.error(at, "E0326", format!("\"{}\" does not document the status {status}", operation.id));
        let help = format!(
            "documented are {}; `breaks_contract: true` beside `reply` says that another is meant",
            listed(&documented.iter().map(String::as_str).collect::<Vec<_>>())
        );
        self.found(finding.label("not in the contract").help(help));
    }

    fn example_is_there(&mut self, at: &At, name: &str, status: Option<StatusCode>, reach: &Reach<'a>) {
        let examples = |operation: &Operation| -> Vec<String> {
            let fits =
                |response: &&Response| status.is_none_or(|status| response.status.suits(status.as_u16()).is_some());
            let media = operation.responses.iter().filter(fits).flat_map(|response| &response.content);
            media.flat_map(|media| &media.examples).map(|example| example.name.clone()).collect()
        };
        let has = |operation: &Operation| examples(operation).iter().any(|known| known == name);
        if reach.astray || reach.has(has) {
            return;
        }
        let message = match reach.lacking(has).filter(|_| reach.named) {
            Some(operation) => format!("\"{}\" has no example \"{name}\"", operation.id),
            None => format!("no operation has an example \"{name}\""),
        };
        let mut known: Vec<String> = reach.operations.iter().flat_map(|operation| examples(operation)).collect();
        known.sort_unstable();
        known.dedup();
        known.retain(|name| !name.is_empty());
        let known: Vec<&str> = known.iter().map(String::as_str).collect();
        let finding = self.error(at, "E0325", message).label("not in the contract").meant(name, known.iter().copied());
        self.found(match (&finding.help, known.is_empty()) {
            (None, false) => finding.help(format!("there are {}", listed(&known))),
            _ => finding,
        });
    }

    fn file(
        &mut self,
        at: &At<'a>,
        status: Option<StatusCode>,
        media_type: Option<String>,
        reach: &Reach<'a>,
    ) -> Option<(Content, Option<String>)> {
        let path = at.text()?;
        let bytes = match self.files.bytes(path, LARGEST_FILE) {
            Ok(bytes) => bytes,
            Err(fault) => {
                let finding = self.error(at, "E0336", fault.message).label("can't be read");
                let known = self.files.paths();
                let finding = finding.meant(path, known.iter().map(String::as_str));
                self.found(match finding.help {
                    None => finding.help("the path counts from the folder of the scenario, and stays in it"),
                    _ => finding,
                });
                return None;
            }
        };
        let ending = path.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase()).unwrap_or_default();
        if matches!(ending.as_str(), "json" | "yaml" | "yml") {
            return self.document(at, path, bytes, status, media_type, reach);
        }
        let known = MEDIA_TYPES.iter().find(|(known, _)| *known == ending).map(|(_, media_type)| *media_type);
        let media_type = media_type.unwrap_or_else(|| known.unwrap_or("application/octet-stream").to_owned());
        self.media_type_is_documented(at, &media_type, status, reach);
        Some((Content::File { path: PathBuf::from(path), bytes: Arc::from(bytes) }, Some(media_type)))
    }

    /// A file that holds a value, which is given as JSON. Its texts may be templates.
    fn document(
        &mut self,
        at: &At<'a>,
        path: &str,
        bytes: Vec<u8>,
        status: Option<StatusCode>,
        media_type: Option<String>,
        reach: &Reach<'a>,
    ) -> Option<(Content, Option<String>)> {
        let text = String::from_utf8(bytes).map_err(|_| "it is not UTF-8".to_owned());
        let parsed = text.and_then(|text| {
            SourceFile::parse(path, text).map_err(|findings| {
                let place = findings.first().and_then(|one| one.spot.as_ref()).map(|spot| (spot.line, spot.column));
                let said = findings.first().map(|one| one.message.clone()).unwrap_or_default();
                place.map_or(said.clone(), |(line, column)| format!("{said} (line {line}, column {column})"))
            })
        });
        let value = match parsed {
            Ok(file) => file.value,
            Err(wrong) => {
                let finding = self.error(at, "E0336", format!("{path} can't be read: {wrong}"));
                self.found(finding);
                return None;
            }
        };
        self.body_keeps_the_contract(at, &value, status, media_type.as_deref(), reach);
        match Tree::new(&value) {
            Ok(tree) => {
                self.spoken.extend(tree.names().into_iter().map(|(_, name)| (at.pointer.clone(), name)));
                Some((Content::Body(tree), media_type))
            }
            Err(all) => {
                for (below, wrong) in all {
                    let message = format!("the template at {below} in {path} is wrong: {wrong}");
                    let finding = self.error(at, "E0334", message);
                    self.found(finding);
                }
                None
            }
        }
    }

    /// `2`, `2s`, `{ date: 2s }` or `none`.
    fn retry(&mut self, at: &At) -> Option<Retry> {
        if let Some(seconds) = notation::whole(at.value) {
            return Some(Retry::Seconds(seconds));
        }
        if let Some(date) = at.get("date") {
            return self.span(&date).map(Retry::Date);
        }
        if at.text() == Some("none") {
            return Some(Retry::None);
        }
        let span = self.span(at)?;
        if span.subsec_nanos() != 0 {
            let finding = self.error(at, "E0317", "Retry-After counts whole seconds");
            self.found(finding.label("expected 1s, 2s, …").help("`delay` makes a client wait for parts of a second"));
            return None;
        }
        u64::try_from(span.as_secs()).ok().map(Retry::Seconds)
    }
}
