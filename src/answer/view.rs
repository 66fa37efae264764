//! A part of a computed record: what was said, as data or as a file, and how it sounded.

use http::header::{CONTENT_DISPOSITION, HeaderValue};

use super::body::Body;
use super::deeds::{Doing, Ready};
use super::{Answers, Asked, Twist, etag, item, links, paging, range};
use crate::contract::Action;
use crate::problem::{Kind, Problem};
use crate::reply::Reply;
use crate::voice::calls::parts::{AUDIO, Lacking, Shown, Sound};
use crate::voice::recording::Amiss;

impl Answers {
    pub(super) fn view(&self, doing: &Doing, name: &str) -> Result<Reply, Problem> {
        let (asked, state) = (doing.asked, doing.asked.lane.read());
        let key = doing.key(state.version, 0);
        if let Some(ready) = self.kept(asked, &key) {
            drop(state);
            return Ok(self.read(doing, &ready));
        }
        let lacking = |lacking: Lacking| match lacking {
            Lacking::Call => item::missing(Some(doing.collection)),
            Lacking::Part(problem) => item::named(Kind::NotFound, problem),
            Lacking::Right(problem) => item::named(Kind::Forbidden, problem),
        };
        let addresses = self.addresses(doing);
        let teller = item::teller(doing, &state, &addresses).ok_or(Lacking::Call).map_err(lacking)?;
        if name == AUDIO {
            let query = asked.request.query().unwrap_or_default();
            return self.sound(doing, teller.audio(item::id(doing), query).map_err(lacking)?);
        }
        let option = |name: &str| {
            let parameter = asked.operation.parameters.iter().find(|parameter| parameter.name == name)?;
            paging::value(asked, parameter)
        };
        let (shown, until) = teller.part(name, item::id(doing), option).map_err(lacking)?;
        drop(state);
        let ready = match shown {
            Shown::Text { text, file } => {
                Ready { file: Some(inline(&file)), until, ..Ready::lasting(Body::plain(text)) }
            }
            Shown::Record(record) => Ready { until, ..Ready::lasting(self.told(doing, &record)) },
        };
        Ok(self.keep(doing, key, ready))
    }

    /// The sound itself, or as much of it as is asked for.
    fn sound(&self, doing: &Doing, sound: Sound) -> Result<Reply, Problem> {
        let Sound { sound, media_type, file, tag } = sound;
        let tag = format!("\"{tag}\"");
        let request = doing.asked.request;
        let mut reply = range::reply(request, HeaderValue::from_static(media_type), &tag, sound)
            .map_err(|beyond| Problem::new(Kind::RangeNotSatisfiable).with("size", beyond.0))?;
        reply.headers.insert(CONTENT_DISPOSITION, inline(&file));
        match HeaderValue::try_from(tag) {
            Ok(tag) => Ok(etag::tagged(request, &tag, || reply)),
            Err(_) => Ok(reply),
        }
    }

    /// Where sounds are fetched from: the address that the client called, and the path of the operation that gives them;
    /// unless a scenario has it otherwise.
    pub(super) fn addresses(&self, doing: &Doing) -> Addresses {
        let Asked { request, now, twist, .. } = *doing.asked;
        let gives = |action: &Action| matches!(action, Action::View(name) if name == AUDIO);
        let mut operations = self.contract.operations.iter();
        let sounds = operations.find(|operation| operation.deed.as_ref().is_some_and(|deed| gives(&deed.action)));
        let path = sounds.map_or("/", |sounds| sounds.path.split('{').next().unwrap_or("/"));
        let folder = match twist.and_then(Twist::host) {
            Some(host) => format!("{}{path}", host.trim_end_matches('/')),
            None => format!("{}{path}", links::origin(request)),
        };
        Addresses { folder, amiss: twist.and_then(|twist| twist.addresses(now)) }
    }
}

/// How addresses of sounds are made.
pub struct Addresses {
    /// All of one up to the name of the file.
    pub folder: String,
    pub amiss: Option<Amiss>,
}

/// A name for whoever saves the answer; a browser may show it all the same.
fn inline(file: &str) -> HeaderValue {
    let name: String =
        file.chars().filter(|letter| letter.is_ascii_alphanumeric() || "-_.".contains(*letter)).collect();
    HeaderValue::try_from(format!("inline; filename=\"{name}\"")).unwrap_or(HeaderValue::from_static("inline"))
}
