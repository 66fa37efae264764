//! The fault of an answer: the first that there is in the request's version of HTTP, with its place counted in bytes.

use http::Version;

use super::Scene;
use crate::fault::Fault;
use crate::reply::Reply;
use crate::scenario::Break;

impl Scene<'_> {
    pub(super) fn fault(&self, reply: &Reply) -> Option<Fault> {
        let version = self.asked.request.version;
        self.wanted.fired.iter().find_map(|fired| {
            let Break { what, only } = fired.rule().then.fault.as_ref()?;
            if only.is_some_and(|only| !is_one(only, version)) {
                self.outcomes.left_out(fired);
                return None;
            }
            let fault = what.fault(reply.body.len()).filter(|fault| fault.fits(version));
            match fault {
                Some(_) => self.outcomes.done(fired),
                None => self.left_out(fired, "fault", format_args!("there is none like it in {version:?}")),
            }
            fault
        })
    }
}

/// All versions of HTTP/1 are one here.
fn is_one(only: Version, version: Version) -> bool {
    (only == Version::HTTP_2) == (version == Version::HTTP_2)
}
