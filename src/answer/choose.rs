//! Which of the documented answers a request gets: response, media type, example or generated body.

use http::StatusCode;
use http::header::HeaderMap;
use serde_json::Value;

use super::body::Body;
use super::generate::{Generator, Wish};
use super::negotiate::{self, MediaType};
use super::prefer::Preferences;
use super::prepare::{self, Prepared, PreparedResponse};
use super::render;
use super::{Answers, Asked};
use crate::contract::{Example, Media, Operation, Response, ResponseStatus, facts};
use crate::problem::{Kind, Problem};
use crate::reply::Reply;
use crate::request::REQUEST_ID;
use crate::seed::Seed;

/// One response of an operation, chosen for a status.
#[derive(Clone, Copy)]
pub struct Chosen<'a> {
    pub operation: &'a Operation,
    pub owner: &'a str,
    pub status: StatusCode,
    pub response: &'a Response,
    pub ready: &'a PreparedResponse,
}

impl Answers {
    /// The answer to a request that states preferences, or whose operation has no usual answer at hand.
    ///
    /// A code that the operation does not document and an example that it does not have are `not_acceptable`, with
    /// what there is as `offered`: the client asked for an answer of a kind that can't be given.
    pub(super) fn by_preference(
        &self,
        asked: &Asked,
        prepared: &Prepared,
        preferences: &Preferences,
    ) -> Result<Reply, Problem> {
        let mut reply = self.preferred(asked, prepared, preferences)?;
        preferences.acknowledge(&mut reply);
        Ok(reply)
    }

    /// That, without a word on what was preferred.
    pub(super) fn preferred(
        &self,
        asked: &Asked,
        prepared: &Prepared,
        preferences: &Preferences,
    ) -> Result<Reply, Problem> {
        let Some(chosen) = response(asked.operation, prepared, preferences)? else {
            return Ok(Reply::empty(StatusCode::OK));
        };
        let by_default = self.dynamic.then(|| preferences.or_generated());
        let followed = by_default.as_ref().unwrap_or(preferences);
        match self.problem(asked, &chosen, followed) {
            Some(reply) => {
                tell(asked, &chosen, || "as the table of problems has it".to_owned());
                Ok(reply)
            }
            None => self.documented(asked, prepared, &chosen, followed),
        }
    }

    /// The entry of the contract's table that this response, or its example, is; `None` if it is none or if the entry
    /// speaks of something that this request does not have.
    fn problem(&self, asked: &Asked, chosen: &Chosen, preferences: &Preferences) -> Option<Reply> {
        if preferences.generated() {
            return None;
        }
        let example = match &preferences.example {
            Some(name) => Some(name.as_str()),
            None => chosen.response.content.first().and_then(|media| media.examples.first()).map(|e| e.name.as_str()),
        };
        let problems = &self.contract.problems;
        let by_example = example.filter(|name| problems.contains(name));
        let by_response = chosen.response.problem.as_deref().filter(|_| preferences.example.is_none());
        let name = by_example.or(by_response)?;
        let mut facts = facts(asked.request, asked.path);
        facts.entry("request_id").or_insert_with(|| Value::from(asked.request.id.as_str()));
        problems.by_name(name, &facts)
    }

    fn documented(
        &self,
        asked: &Asked,
        prepared: &Prepared,
        chosen: &Chosen,
        preferences: &Preferences,
    ) -> Result<Reply, Problem> {
        let declared = self.declared_headers(chosen);
        if prepare::is_bodiless(chosen.status) || chosen.response.content.is_empty() {
            tell(asked, chosen, || "without a body".to_owned());
            return Ok(Reply { headers: declared.clone(), ..Reply::empty(chosen.status) });
        }
        let index = media(asked, prepared, chosen, preferences.example.as_deref())?;
        let (offer, offered) = (&chosen.response.content[index], &chosen.ready.offered[index]);
        let is_text = offer.examples.first().is_some_and(|example| example.value.is_string());
        let content_type = render::content_type(&offer.media_type, offered, &asked.request.headers, is_text);
        let example = preferences.example.as_deref().filter(|_| !preferences.generated());
        tell(asked, chosen, || match preferences.generated() {
            true => made_words(offer, preferences.seed.unwrap_or(self.seed.0)),
            false => self.usual_words(offer, example),
        });
        let body = if offered.is_range() {
            let kind = content_type.to_str().ok().and_then(MediaType::parse).unwrap_or_else(|| offered.clone());
            self.within_range(chosen, index, &kind, preferences)
        } else if let Some(name) = example {
            self.named(asked, chosen, index, name)
        } else if preferences.generated() {
            let seed = preferences.seed.map_or(self.seed, Seed);
            self.made(chosen, index, offered, seed, false)
        } else {
            self.usual(chosen, index).1.clone()
        };
        Ok(Reply {
            headers: prepare::with_content_type(declared, content_type),
            body: body.filled(&asked.request.id, asked.now),
            ..Reply::empty(chosen.status)
        })
    }

    /// The usual answer, if nothing is asked for and nothing has to be worked out.
    pub(super) fn at_hand(&self, asked: &Asked, prepared: &Prepared) -> Option<Result<Reply, Problem>> {
        let chosen = at(asked.operation, prepared, prepared.usual?)?;
        let (response, ready) = (chosen.response, chosen.ready);
        let is_special = response.problem.is_some()
            || response.content.is_empty()
            || prepare::is_bodiless(ready.status)
            || ready.offered.iter().any(MediaType::is_range);
        let first = response.content.first().and_then(|media| media.examples.first());
        if is_special || first.is_some_and(|example| self.contract.problems.contains(&example.name)) {
            return None;
        }
        let media = match media(asked, prepared, &chosen, None) {
            Ok(media) => media,
            Err(problem) => return Some(Err(problem)),
        };
        tell(asked, &chosen, || self.usual_words(&response.content[media], None));
        let (headers, body) = self.usual(&chosen, media);
        Some(Ok(Reply {
            headers: prepare::with_room(headers),
            body: body.filled(&asked.request.id, asked.now),
            ..Reply::empty(ready.status)
        }))
    }

    /// How a body comes about that is not asked to be generated.
    fn usual_words(&self, offer: &Media, example: Option<&str>) -> String {
        match (example, offer.examples.first()) {
            (Some(name), _) => format!("{}, example={name}", offer.media_type),
            (None, Some(first)) if !first.name.is_empty() => format!("{}, example={}", offer.media_type, first.name),
            (None, Some(_)) => format!("{}, the documented example", offer.media_type),
            (None, None) => made_words(offer, self.seed.0),
        }
    }

    /// Headers and body of a response without any wish, rendered once.
    fn usual<'p>(&self, chosen: &Chosen<'p>, index: usize) -> &'p (HeaderMap, Body) {
        chosen.ready.media[index].usual.get_or_init(|| {
            let (offer, kind) = (&chosen.response.content[index], &chosen.ready.offered[index]);
            let body = match offer.examples.first() {
                Some(example) => self.render(&example.value, offer, kind),
                None => self.made(chosen, index, kind, self.seed, true),
            };
            let declared = self.declared_headers(chosen);
            let content_type = render::content_type(&offer.media_type, kind, &HeaderMap::new(), false);
            (prepare::with_content_type(declared, content_type), body)
        })
    }

    /// A body where the contract leaves the exact type open: it depends on the request, and nothing is kept.
    fn within_range(&self, chosen: &Chosen, index: usize, kind: &MediaType, preferences: &Preferences) -> Body {
        let offer = &chosen.response.content[index];
        let wanted = |example: &&Example| preferences.example.as_ref().is_none_or(|name| *name == example.name);
        match offer.examples.iter().find(wanted).filter(|_| !preferences.generated()) {
            Some(example) => self.render(&example.value, offer, kind),
            None => {
                let seed = preferences.seed.map_or(self.seed, Seed);
                self.made(chosen, index, kind, seed, !preferences.generated())
            }
        }
    }

    fn named(&self, asked: &Asked, chosen: &Chosen, index: usize, name: &str) -> Body {
        let (offer, kind) = (&chosen.response.content[index], &chosen.ready.offered[index]);
        let place = offer.examples.iter().position(|example| example.name == name);
        match place.map(|place| (&offer.examples[place], &chosen.ready.media[index].examples[place])) {
            Some((example, cell)) => cell.get_or_init(|| self.render(&example.value, offer, kind)).clone(),
            None => {
                // Only a medium that has the example is chosen.
                tracing::error!(operation = asked.operation.id, name, "an example was chosen that is not there");
                Body::plain(Vec::new())
            }
        }
    }

    /// A body made from the schema.
    fn made(&self, chosen: &Chosen, index: usize, kind: &MediaType, seed: Seed, examples: bool) -> Body {
        let offer = &chosen.response.content[index];
        if let Some(file) = render::file(kind) {
            return file;
        }
        let Some(schema) = &offer.schema else {
            return if kind.is_json() { Body::plain("{}") } else { Body::plain(Vec::new()) };
        };
        let seed = Generator::seed_for(seed, [chosen.operation.id.as_str(), chosen.status.as_str(), &offer.media_type]);
        let wish = Wish { seed, owner: chosen.owner, name: "", examples };
        self.render(&self.generator.generate(schema, wish), offer, kind)
    }

    pub(super) fn render(&self, value: &Value, offer: &Media, kind: &MediaType) -> Body {
        render::render(value, offer, kind, &self.contract.bundle, self.contract.request_id.as_deref())
    }

    /// Headers that have an example, a default, or must be there, but for those that every answer gets with true values.
    pub(super) fn declared_headers<'p>(&self, chosen: &Chosen<'p>) -> &'p HeaderMap {
        chosen.ready.headers.get_or_init(|| {
            let mut headers = HeaderMap::new();
            for header in &chosen.response.headers {
                let Some(name) = prepare::header_name(&header.name) else { continue };
                if name == REQUEST_ID || self.contract.rate.as_ref().is_some_and(|rate| rate.tells(&name)) {
                    continue;
                }
                let told = |schema: &crate::contract::Schema| {
                    let schema = schema.cursor(&self.contract.bundle);
                    ["example", "examples", "default", "const"].iter().any(|key| schema.value.get(key).is_some())
                };
                let value = match (&header.example, &header.schema) {
                    (Some(example), _) => example.clone(),
                    (None, Some(schema)) if header.required || told(schema) => {
                        let seed =
                            Generator::seed_for(self.seed, [chosen.operation.id.as_str(), "header", &header.name]);
                        let wish = Wish { seed, owner: chosen.owner, name: &header.name, examples: true };
                        self.generator.generate(schema, wish)
                    }
                    _ => continue,
                };
                if let Ok(value) = render::text(&value).parse() {
                    headers.insert(name, value);
                }
            }
            headers
        })
    }
}

/// Says in the log what is answered, and why.
pub fn tell(asked: &Asked, chosen: &Chosen, how: impl FnOnce() -> String) {
    if tracing::enabled!(target: "ayra_mock::stage", tracing::Level::DEBUG) {
        let message = format!("{}: {}", chosen.status.as_u16(), how());
        tracing::debug!(target: "ayra_mock::stage", id = asked.request.id, stage = "answer", message);
    }
}

fn made_words(offer: &Media, seed: u64) -> String {
    format!("{}, made from the schema with the seed {seed}", offer.media_type)
}

/// The response that is asked for: by code, by an example that it has, or the usual one.
fn response<'a>(
    operation: &'a Operation,
    prepared: &'a Prepared,
    preferences: &Preferences,
) -> Result<Option<Chosen<'a>>, Problem> {
    let at = |index| at(operation, prepared, index);
    if let Some(code) = preferences.code {
        let suiting = operation.responses.iter().enumerate();
        let suiting = suiting.filter_map(|(index, response)| Some((response.status.suits(code)?, index)));
        let chosen = suiting.min().and_then(|(_, index)| at(index));
        let status = StatusCode::from_u16(code).ok();
        let Some((chosen, status)) = chosen.zip(status) else {
            let offered = operation.responses.iter().map(|response| written(response.status));
            return Err(not_preferable(format!("code={code}"), offered.collect()));
        };
        return match &preferences.example {
            Some(name) if !has_example(chosen.response, name) => Err(no_such_example(name, &[chosen.response])),
            _ => Ok(Some(Chosen { status, ..chosen })),
        };
    }
    let usual = prepared.usual.and_then(at);
    let Some(name) = &preferences.example else { return Ok(usual) };
    // The usual response first, then whichever has an example of that name.
    let others = (0..operation.responses.len()).filter_map(at);
    match usual.into_iter().chain(others).find(|chosen| has_example(chosen.response, name)) {
        Some(chosen) => Ok(Some(chosen)),
        None => Err(no_such_example(name, &operation.responses.iter().collect::<Vec<_>>())),
    }
}

/// The response that answers a good request, and its media type if it has a body.
pub fn usual<'a>(asked: &Asked<'a>, prepared: &'a Prepared) -> Option<Result<(Chosen<'a>, Option<usize>), Problem>> {
    let chosen = at(asked.operation, prepared, prepared.usual?)?;
    // What went well is not answered with a refusal, even if the contract tells of nothing else.
    if chosen.status.is_client_error() || chosen.status.is_server_error() {
        return Some(Ok((Chosen { status: StatusCode::NO_CONTENT, ..chosen }, None)));
    }
    if chosen.response.content.is_empty() || prepare::is_bodiless(chosen.status) {
        return Some(Ok((chosen, None)));
    }
    Some(media(asked, prepared, &chosen, None).map(|media| (chosen, Some(media))))
}

fn at<'a>(operation: &'a Operation, prepared: &'a Prepared, index: usize) -> Option<Chosen<'a>> {
    let (response, ready) = (operation.responses.get(index)?, prepared.responses.get(index)?);
    Some(Chosen { operation, owner: &prepared.owner, status: ready.status, response, ready })
}

/// Which media type of the response: the one a parameter asks for, else the best that the client accepts.
fn media(asked: &Asked, prepared: &Prepared, chosen: &Chosen, example: Option<&str>) -> Result<usize, Problem> {
    let offered = &chosen.ready.offered;
    // An error is told even to a client that did not think of its form.
    let lenient = chosen.status.is_client_error() || chosen.status.is_server_error();
    if prepared.media_parameters
        && let Some(wanted) = prepare::media_by_parameter(asked.operation, asked.values)
    {
        let wanted_type = MediaType::parse(wanted);
        let place = wanted_type.and_then(|wanted| offered.iter().position(|media| wanted.covers(media).is_some()));
        match place {
            Some(place) => return Ok(place),
            None if !lenient => return Err(not_acceptable(wanted.to_owned(), media_types(chosen.response))),
            None => {}
        }
    }
    let Some(example) = example else {
        return match negotiate::choose(&asked.request.headers, offered) {
            Some(index) => Ok(index),
            None if lenient => Ok(0),
            None => Err(refused(asked, chosen.response)),
        };
    };
    // Only those that have the example are on offer.
    let having: Vec<usize> = (0..offered.len())
        .filter(|index| chosen.response.content[*index].examples.iter().any(|known| known.name == example))
        .collect();
    let on_offer: Vec<MediaType> = having.iter().map(|index| offered[*index].clone()).collect();
    match negotiate::choose(&asked.request.headers, &on_offer).and_then(|place| having.get(place)) {
        Some(index) => Ok(*index),
        None if lenient => Ok(having.first().copied().unwrap_or(0)),
        None => Err(refused(asked, chosen.response)),
    }
}

fn has_example(response: &Response, name: &str) -> bool {
    examples(response).any(|example| example.name == name)
}

fn examples(response: &Response) -> impl Iterator<Item = &Example> {
    response.content.iter().flat_map(|media| &media.examples).filter(|example| !example.name.is_empty())
}

fn no_such_example(name: &str, responses: &[&Response]) -> Problem {
    let mut offered: Vec<Value> = Vec::new();
    for example in responses.iter().flat_map(|response| examples(response)) {
        let known = Value::from(example.name.as_str());
        if !offered.contains(&known) {
            offered.push(known);
        }
    }
    let name: String = name.chars().take(100).collect();
    not_preferable(format!("example={name}"), offered)
}

fn refused(asked: &Asked, response: &Response) -> Problem {
    let accept = asked.request.headers.get_all(http::header::ACCEPT).iter();
    let accept = accept.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned()).collect::<Vec<_>>();
    let found: String = accept.join(", ").chars().take(100).collect();
    not_acceptable(found, media_types(response))
}

fn media_types(response: &Response) -> Vec<Value> {
    response.content.iter().map(|media| Value::from(media.media_type.as_str())).collect()
}

fn not_acceptable(found: String, offered: Vec<Value>) -> Problem {
    Problem::new(Kind::NotAcceptable).with("found", found).with("offered", offered)
}

/// A preference that can't be met is a slip in a test, and no matter of media types.
fn not_preferable(found: String, offered: Vec<Value>) -> Problem {
    Problem { detail: "preference".to_owned(), ..not_acceptable(found, offered) }
}

fn written(status: ResponseStatus) -> Value {
    match status {
        ResponseStatus::Exact(exact) => Value::from(exact),
        ResponseStatus::Class(class) => Value::from(format!("{class}XX")),
        ResponseStatus::Default => Value::from("default"),
    }
}
