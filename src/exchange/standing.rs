//! The house that stands now. Another one can be put in its place while requests walk through it: each of them finishes in the
//! house that it came into.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::{ArcSwap, Guard};
use bytes::Bytes;

use super::doorman::Doorman;
use super::{House, Next, Opened};
use crate::problem::Problem;
use crate::reply::Reply;
use crate::request::Request;

pub struct Standing {
    house: ArcSwap<House>,
    doorman: Doorman,
}

/// A request between its head and its body, and the house that it is in.
pub struct InHand {
    house: Arc<House>,
    opened: Opened,
}

impl Standing {
    pub fn new(house: House) -> Standing {
        Standing { house: ArcSwap::from_pointee(house), doorman: Doorman::default() }
    }

    /// The house as it is at this moment. Whoever looks twice may find two.
    pub fn house(&self) -> Guard<Arc<House>> {
        self.house.load()
    }

    /// Puts another house in the place of this one.
    pub fn replace(&self, house: House) {
        self.house.store(Arc::new(house));
    }

    /// How long nobody speaks to a client that has just connected.
    pub fn accept_delay(&self) -> Duration {
        self.doorman.delay(&self.house())
    }

    /// Judges a head.
    pub fn open(&self, request: Request) -> Next<InHand> {
        let house = self.house();
        match house.open(request) {
            Next::Reply(reply) => Next::Reply(reply),
            // Only a request that has to wait needs a hold of its own.
            Next::Long(opened) => Next::Long(InHand { house: Arc::clone(&house), opened }),
            Next::Body { opened, is_long } => {
                Next::Body { opened: InHand { house: Arc::clone(&house), opened }, is_long }
            }
        }
    }

    /// Judges a body and answers.
    pub fn finish(&self, InHand { house, opened }: InHand, body: Result<Bytes, Problem>) -> Reply {
        house.finish(opened, body)
    }
}

#[cfg(test)]
mod tests {
    use http::Method;
    use http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, CONTENT_TYPE, HeaderValue};
    use jiff::Timestamp;

    use super::*;
    use crate::access::{Access, Keys};
    use crate::contract::{Contract, Library};
    use crate::exchange::Policy;
    use crate::lane::{Bounds, Ground, Lanes, Start};
    use crate::seed::Seed;
    use crate::source::{Diagnostic, SourceFile};

    const NOTES: &str = "
openapi: 3.1.0
info: { title: Notes, version: '1' }
paths:
  /notes:
    post:
      requestBody: { content: { application/json: { schema: { type: object } } } }
      responses: { '200': { description: Taken } }
";

    struct Notes;

    impl Library for Notes {
        fn read(&self, path: &str) -> Result<SourceFile, Vec<Diagnostic>> {
            SourceFile::parse(path, NOTES)
        }
    }

    fn house(cors: bool) -> House {
        let contract = Arc::new(Contract::load(&Notes, "notes.yaml").unwrap().contract);
        let start = Start::new(Some(Timestamp::UNIX_EPOCH), None);
        let lanes = Lanes::new(Ground::new(contract.clone(), Seed(42), start), Bounds::default());
        let access = Access::new(contract.clone(), Keys::default());
        House::new(contract, access, Arc::new(lanes), Policy { cors, ..Policy::default() })
    }

    fn open(standing: &Standing) -> InHand {
        let mut request = Request::new(Method::POST, "/notes".parse().unwrap());
        request.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        match standing.open(request) {
            Next::Long(in_hand) | Next::Body { opened: in_hand, .. } => in_hand,
            Next::Reply(reply) => panic!("{reply:?}"),
        }
    }

    #[test]
    fn a_request_finishes_in_the_house_that_it_came_into() {
        let standing = Standing::new(house(true));
        let before = open(&standing);
        standing.replace(house(false));
        let after = open(&standing);
        let body = || Ok(Bytes::from_static(b"{}"));
        let [before, after] = [before, after].map(|in_hand| standing.finish(in_hand, body()));
        assert_eq!([before.status.as_u16(), after.status.as_u16()], [200; 2]);
        let open_to_all = |reply: &Reply| reply.headers.contains_key(ACCESS_CONTROL_ALLOW_ORIGIN);
        assert_eq!([open_to_all(&before), open_to_all(&after)], [true, false]);
    }
}
