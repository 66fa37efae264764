//! The house that stands now. Another one can be put in its place while requests walk through it: each of them finishes in the
//! house that it came into.
//!
//! Writes are the exception to that as far as lanes are concerned. When lanes move with the house, what is written to one that
//! moved already would be seen by nobody: so nothing is written while they move, and a request whose body was on the way
//! writes to the lane that goes on.

use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};
use std::time::Duration;

use arc_swap::{ArcSwap, Guard};
use bytes::Bytes;
use http::HeaderValue;

use super::doorman::Doorman;
use super::seal::visible;
use super::story::Secrets;
use super::{House, Next, Opened, Policy};
use crate::access::{Access, Keys};
use crate::answer::Answers;
use crate::contract::Contract;
use crate::lane::Lanes;
use crate::problem::Problem;
use crate::reply::Reply;
use crate::request::Request;
use crate::scenario::Repertoire;

pub struct Standing {
    house: ArcSwap<House>,
    doorman: Doorman,
    /// Held by whoever writes to lanes, and against them while lanes move.
    moving: RwLock<()>,
}

/// A request between its head and its body, and the house that it is in.
pub struct InHand {
    house: Arc<House>,
    opened: Opened,
}

/// What a house is built of.
pub struct Parts {
    pub contract: Arc<Contract>,
    pub keys: Keys,
    pub lanes: Arc<Lanes>,
    pub scenarios: Arc<Repertoire>,
    pub policy: Policy,
}

impl Standing {
    pub fn new(house: House) -> Standing {
        Standing { house: ArcSwap::from_pointee(house), doorman: Doorman::default(), moving: RwLock::default() }
    }

    /// The house as it is at this moment. Whoever looks twice may find two.
    pub fn house(&self) -> Guard<Arc<House>> {
        self.house.load()
    }

    /// Puts another house in the place of this one, whose lanes may have moved. Nobody writes to them in the meantime.
    pub fn replace<E>(&self, next: impl FnOnce(&House) -> Result<House, E>) -> Result<(), E> {
        let _alone = self.moving.write().unwrap_or_else(PoisonError::into_inner);
        let next = next(&self.house())?;
        self.house.store(Arc::new(next));
        Ok(())
    }

    /// How long nobody speaks to a client that has just connected.
    pub fn accept_delay(&self) -> Duration {
        self.doorman.delay(&self.house())
    }

    /// Lanes stay where they are as long as somebody holds this.
    pub fn still(&self) -> RwLockReadGuard<'_, ()> {
        self.moving.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Judges a head.
    pub fn open(&self, request: Request) -> Next<InHand> {
        let _still = (!request.method.is_safe()).then(|| self.still());
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
    pub fn finish(&self, InHand { house, mut opened }: InHand, body: Result<Bytes, Problem>) -> Reply {
        let _still = self.still();
        let now = self.house();
        if !Arc::ptr_eq(&now.lanes, &house.lanes)
            && let Some(lane) = now.lanes.successor(&opened.lane)
        {
            opened.lane = lane;
        }
        house.finish(opened, body)
    }
}

impl House {
    /// A house of these parts. What depends on parts that stayed as they were is shared with this one.
    pub fn rebuilt(&self, parts: Parts) -> House {
        let Parts { contract, keys, lanes, scenarios, policy } = parts;
        let same = Arc::ptr_eq(&contract, &self.contract);
        let access = match same && keys == *self.access.keys() {
            true => self.access.clone(),
            false => Arc::new(Access::new(contract.clone(), keys)),
        };
        let answers = match same && policy.dynamic == self.policy.dynamic {
            true => self.answers.clone(),
            false => Arc::new(Answers::new(contract.clone(), lanes.ground().seed).dynamic(policy.dynamic)),
        };
        let secrets = if same { self.secrets.clone() } else { Arc::new(Secrets::of(&contract)) };
        House { contract, access, answers, lanes, policy, scenarios, book: self.book.clone(), secrets, stale: None }
    }

    /// The same house, which is not what the files say, for this reason, or is again.
    pub fn stale(&self, why: Option<&str>) -> House {
        let stale = why.and_then(|why| HeaderValue::try_from(visible(why)).ok());
        House { stale, ..self.clone() }
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
        standing.replace(|_| Ok::<_, ()>(house(false))).unwrap();
        let after = open(&standing);
        let body = || Ok(Bytes::from_static(b"{}"));
        let [before, after] = [before, after].map(|in_hand| standing.finish(in_hand, body()));
        assert_eq!([before.status.as_u16(), after.status.as_u16()], [200; 2]);
        let open_to_all = |reply: &Reply| reply.headers.contains_key(ACCESS_CONTROL_ALLOW_ORIGIN);
        assert_eq!([open_to_all(&before), open_to_all(&after)], [true, false]);
    }
}
