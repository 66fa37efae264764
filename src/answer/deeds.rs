//! Answers from a lane: what the operation does (`operation.deed`), said in the layout of the response that a good request
//! gets. `list`, `item` and `change` do it; here it is put into words.

use std::sync::Arc;

use http::header::{CONTENT_DISPOSITION, HeaderMap, HeaderValue};
use jiff::Timestamp;
use serde_json::Value;

use super::body::{Body, Draft};
use super::cache::{Cache, Key};
use super::choose::{self, Chosen};
use super::layout::{Hole, Layout, Purpose, Style};
use super::prepare::{self, Prepared, PreparedMedia};
use super::{Answers, Asked, etag, links, paging, render};
use crate::contract::{Action, Collection, Deed, Location, Operation, Parameter, Test, Values};
use crate::problem::Problem;
use crate::reply::Reply;
use crate::voice::calls::Selection;

/// As much of ready answers is kept, in bytes.
const KEPT: usize = 32 << 20;

/// And so much of lists that were searched for, apart from what is shown of them.
const FOUND: usize = 8 << 20;

/// A body that is ready for whoever asks the same, with its tag.
#[derive(Debug)]
pub struct Ready {
    pub body: Body,
    pub tag: HeaderValue,
    /// From then on it says something else.
    pub until: Timestamp,
    /// What the answer is saved as. Such a body is a file of its media type, and no JSON to be laid out.
    pub file: Option<HeaderValue>,
}

/// Answers that are kept, of all lanes together.
#[derive(Debug)]
pub struct Shelves {
    pub pages: Cache<Arc<Ready>>,
    pub found: Cache<Selection>,
}

impl Default for Shelves {
    fn default() -> Shelves {
        Shelves { pages: Cache::new(KEPT), found: Cache::new(FOUND) }
    }
}

/// What is answered when all goes well.
#[derive(Clone, Copy)]
pub struct Success<'a> {
    chosen: Chosen<'a>,
    /// The place of the media type, if there is a body at all.
    media: Option<usize>,
}

/// One request of an operation that has a deed.
#[derive(Clone, Copy)]
pub struct Doing<'a> {
    pub asked: &'a Asked<'a>,
    pub deed: &'a Deed,
    pub collection: &'a Collection,
    pub success: Success<'a>,
}

impl Answers {
    /// Whether the answer to an operation may take long enough to hold up others: all that is computed may have to be
    /// looked through for it.
    pub fn take_long(&self, operation: &Operation, values: &Values) -> bool {
        let Some(deed) = &operation.deed else { return false };
        let seeks = |parameter: &Parameter| {
            let test = parameter.filter.as_ref().map(|filter| filter.test);
            test == Some(Test::Contains) && values.get(parameter.location, &parameter.name).is_some()
        };
        self.contract.collections.get(deed.collection).is_some_and(|collection| collection.computed)
            && match deed.action {
                Action::Report(_) => true,
                Action::List => operation.parameters.iter().any(seeks),
                _ => false,
            }
    }

    /// The answer from the lane; `None` if the lane has nothing to say to this operation.
    pub(super) fn by_deed(&self, asked: &Asked, prepared: &Prepared) -> Option<Result<Reply, Problem>> {
        let deed = asked.operation.deed.as_ref()?;
        let collection = self.contract.collections.get(deed.collection)?;
        let ground = &asked.lane.ground;
        ground.bases.get(deed.collection)?;
        if collection.computed && ground.calls.is_none() {
            return None;
        }
        let success = match choose::usual(asked, prepared)? {
            Ok((chosen, media)) => Success { chosen, media },
            Err(problem) => return Some(Err(problem)),
        };
        let doing = Doing { asked, deed, collection, success };
        Some(match deed.action {
            Action::List => self.list(&doing),
            Action::Get => self.item(&doing),
            Action::Report(ref name) if collection.computed => self.report(&doing, name),
            Action::View(ref name) if collection.computed => self.view(&doing, name),
            Action::Create | Action::Update | Action::Replace | Action::Delete if !collection.computed => {
                self.change(&doing)
            }
            _ => return None,
        })
    }

    /// An answer that reads, by its tag.
    pub(super) fn read(&self, doing: &Doing, ready: &Ready) -> Reply {
        etag::tagged(doing.asked.request, &ready.tag, || {
            let mut reply = self.say(doing, &ready.body, ready.file.is_some());
            reply.headers.extend(ready.file.clone().map(|file| (CONTENT_DISPOSITION, file)));
            reply
        })
    }

    /// What is kept for this question, if it still holds.
    pub(super) fn kept(&self, asked: &Asked, key: &Key) -> Option<Arc<Ready>> {
        if asked.twist.is_some() {
            return None;
        }
        self.shelves.pages.get(key).filter(|ready| asked.now < ready.until)
    }

    /// Keeps an answer for as long as it holds, and gives it.
    pub(super) fn keep(&self, doing: &Doing, key: Key, ready: Ready) -> Reply {
        let ready = Arc::new(ready);
        if doing.asked.now < ready.until && doing.asked.twist.is_none() {
            self.shelves.pages.put(key, ready.clone(), ready.body.weight());
        }
        self.read(doing, &ready)
    }

    /// The layout of the answer, in the style of a list or as one record.
    pub(super) fn layout<'p>(&self, doing: &Doing<'p>, list: Option<Style>) -> Option<&'p Layout> {
        let Success { chosen, media } = doing.success;
        let place = media?;
        let (media, ready) = (&chosen.response.content[place], &chosen.ready.media[place]);
        let layout = ready.layouts[list.map_or(0, |style| 1 + style as usize)].get_or_init(|| {
            let fields = doing.deed.shape.as_deref().unwrap_or_default();
            let purpose = Purpose { seed: self.seed, owner: chosen.owner, collection: doing.collection, fields, list };
            Layout::new(&self.contract, &self.generator, media.schema.as_ref(), purpose)
        });
        Some(layout)
    }

    /// A body in the layout.
    pub(super) fn written(
        &self,
        doing: &Doing,
        list: Option<Style>,
        fill: impl FnMut(Hole, &mut Draft) -> bool,
    ) -> Body {
        let mut draft = Draft::default();
        if let Some(layout) = self.layout(doing, list) {
            layout.write(&mut draft, fill);
        }
        draft.done()
    }

    /// A body with one record in the layout.
    pub(super) fn told(&self, doing: &Doing, record: &Value) -> Body {
        self.written(doing, None, |hole, draft| {
            if hole == Hole::Record {
                draft.value(record);
            }
            hole == Hole::Record
        })
    }

    /// The reply with a body for this request, which is JSON unless it is a file already.
    pub(super) fn say(&self, doing: &Doing, body: &Body, is_file: bool) -> Reply {
        let Doing { asked, success: Success { chosen, media }, .. } = *doing;
        // The lane's name may be a part of somebody's key.
        choose::tell(asked, &chosen, || "from the lane".to_owned());
        let Some(place) = media else {
            let headers = prepare::with_room(self.declared_headers(&chosen));
            return Reply { headers, ..Reply::empty(chosen.status) };
        };
        let (offer, kind) = (&chosen.response.content[place], &chosen.ready.offered[place]);
        let body = body.filled(&asked.request.id, asked.now);
        let ready: &PreparedMedia = &chosen.ready.media[place];
        if kind.is_range() {
            let content_type = render::content_type(&offer.media_type, kind, &asked.request.headers, false);
            let headers = prepare::with_content_type(self.declared_headers(&chosen), content_type);
            return Reply { headers, body, ..Reply::empty(chosen.status) };
        }
        let headers = ready.headers.get_or_init(|| {
            let content_type = render::content_type(&offer.media_type, kind, &HeaderMap::new(), false);
            let content_type = if is_file { render::in_utf8(content_type) } else { content_type };
            prepare::with_content_type(self.declared_headers(&chosen), content_type)
        });
        let body = match kind.is_json() || is_file {
            true => body,
            // JSON is what records are made of; other forms are made from that.
            false => {
                let value = serde_json::from_slice(&body.ready()).unwrap_or_default();
                self.render(&value, offer, kind).filled(&asked.request.id, asked.now)
            }
        };
        Reply { headers: prepare::with_room(headers), body, ..Reply::empty(chosen.status) }
    }
}

impl Ready {
    pub fn lasting(body: Body) -> Ready {
        Ready { tag: etag::tag(&body), body, until: Timestamp::MAX, file: None }
    }
}

impl Doing<'_> {
    /// The question as it is kept, for the records as they are in this version.
    pub fn key(&self, version: u64, as_of: i64) -> Key {
        let (asked, form) = (self.asked, self.success.form());
        Key {
            lane: asked.lane.serial,
            version,
            as_of,
            operation: asked.operation.index,
            form,
            question: question(asked),
        }
    }
}

/// What of a request its answer depends on.
fn question(asked: &Asked) -> String {
    let [scheme, between, host] = links::address(asked.request);
    let query = asked.request.query().unwrap_or_default();
    let mut question = [scheme, between, host, asked.request.path(), "?", query].concat();
    for parameter in &asked.operation.parameters {
        let counts = parameter.filter.is_some() || parameter.role.is_some() || parameter.part.is_some();
        if counts && matches!(parameter.location, Location::Header | Location::Cookie) {
            let value = paging::value(asked, parameter);
            question.push_str(&format!(" {}={}", parameter.name, value.unwrap_or(&Value::Null)));
        }
    }
    question
}

impl Success<'_> {
    /// What of the request's wishes decided about the form.
    pub fn form(&self) -> usize {
        self.media.unwrap_or(usize::MAX)
    }
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod writes;
