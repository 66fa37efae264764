//! Answers from a lane: what the operation does (`operation.deed`), said in the layout of the response that a good request
//! gets. `list`, `item` and `change` do it; here it is put into words.

use std::sync::Arc;

use http::header::{HeaderMap, HeaderValue};

use super::body::{Body, Draft};
use super::choose::{self, Chosen};
use super::kept::Kept;
use super::layout::{Hole, Layout, Purpose, Style};
use super::prepare::{self, Prepared, PreparedMedia};
use super::{Answers, Asked, etag, render};
use crate::contract::{Action, Collection, Deed};
use crate::problem::Problem;
use crate::reply::Reply;

/// As much of ready answers is kept, in bytes.
const KEPT: usize = 32 << 20;

/// A body that is ready for whoever asks the same, with its tag.
#[derive(Debug)]
pub struct Ready {
    pub body: Body,
    pub tag: HeaderValue,
}

pub type Pages = Kept<Arc<Ready>>;

pub fn pages() -> Pages {
    Kept::new(KEPT)
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
    /// The answer from the lane; `None` if the lane has nothing to say to this operation.
    pub(super) fn by_deed(&self, asked: &Asked, prepared: &Prepared) -> Option<Result<Reply, Problem>> {
        let deed = asked.operation.deed.as_ref()?;
        let collection = self.contract.collections.get(deed.collection)?;
        asked.lane.ground.bases.get(deed.collection)?;
        if collection.computed {
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
            _ => return None,
        })
    }

    /// An answer that reads, by its tag.
    pub(super) fn read(&self, doing: &Doing, ready: &Ready) -> Reply {
        etag::tagged(doing.asked.request, &ready.tag, || self.say(doing, &ready.body))
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

    /// A body in the layout, ready to be kept.
    pub(super) fn written(
        &self,
        doing: &Doing,
        list: Option<Style>,
        fill: impl FnMut(Hole, &mut Draft) -> bool,
    ) -> Ready {
        let mut draft = Draft::default();
        if let Some(layout) = self.layout(doing, list) {
            layout.write(&mut draft, fill);
        }
        let body = draft.done();
        Ready { tag: etag::tag(&body), body }
    }

    /// The reply with a body for this request.
    pub(super) fn say(&self, doing: &Doing, body: &Body) -> Reply {
        let Doing { asked, success: Success { chosen, media }, .. } = *doing;
        choose::tell(asked, &chosen, || format!("from the lane {:?}", asked.lane.name));
        let Some(place) = media else {
            let headers = prepare::with_room(self.declared_headers(&chosen));
            return Reply { status: chosen.status, headers, body: Default::default() };
        };
        let (offer, kind) = (&chosen.response.content[place], &chosen.ready.offered[place]);
        let bytes = body.bytes(&asked.request.id, asked.now);
        let ready: &PreparedMedia = &chosen.ready.media[place];
        if kind.is_range() {
            let content_type = render::content_type(&offer.media_type, kind, &asked.request.headers, false);
            let headers = prepare::with_content_type(self.declared_headers(&chosen), content_type);
            return Reply { status: chosen.status, headers, body: bytes.into() };
        }
        let headers = ready.headers.get_or_init(|| {
            let content_type = render::content_type(&offer.media_type, kind, &HeaderMap::new(), false);
            prepare::with_content_type(self.declared_headers(&chosen), content_type)
        });
        let bytes = match kind.is_json() {
            true => bytes,
            // JSON is what records are made of; other forms are made from that.
            false => {
                let value = serde_json::from_slice(&bytes).unwrap_or_default();
                self.render(&value, offer, kind).bytes(&asked.request.id, asked.now)
            }
        };
        Reply { status: chosen.status, headers: prepare::with_room(headers), body: bytes.into() }
    }
}

impl Success<'_> {
    /// What of the request's wishes decided about the form.
    pub fn form(&self) -> usize {
        self.media.unwrap_or(usize::MAX)
    }
}

#[cfg(test)]
mod tests;
