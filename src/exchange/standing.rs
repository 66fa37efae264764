//! The house that stands now. Another one can be put in its place while requests walk through it: each of them finishes in the
//! house that it came into.

use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};
use std::time::Duration;

use arc_swap::{ArcSwap, Guard};
use bytes::Bytes;
use http::HeaderValue;

use super::doorman::Doorman;
use super::seal::{LONGEST, visible};
use super::story::Secrets;
use super::succession::Aside;
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
    /// Held by whoever manages lanes, and against them while another house is put up. They may hold it for long, as for
    /// telling a world, so requests to the API have nothing to do with it.
    managing: RwLock<()>,
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
        Standing { house: ArcSwap::from_pointee(house), doorman: Doorman::default(), managing: RwLock::default() }
    }

    /// The house as it is at this moment. Whoever looks twice may find two.
    pub fn house(&self) -> Guard<Arc<House>> {
        self.house.load()
    }

    /// With something that is done whenever a request has to wait.
    pub fn waiting(self, aside: Aside) -> Standing {
        let house = self.house();
        let succession = Arc::new(house.succession.waiting(aside));
        Standing::new(House { succession, ..House::clone(&house) })
    }

    /// Puts another house in the place of this one. If its lanes move, nobody writes to them in the meantime. What is armed is
    /// renewed `then`: whatever lane begins later finds the new scenarios.
    pub fn replace<E>(
        &self,
        moves: bool,
        next: impl FnOnce(&House) -> Result<House, E>,
        then: impl FnOnce(&House),
    ) -> Result<(), E> {
        let _alone = self.managing.write().unwrap_or_else(PoisonError::into_inner);
        let house = Arc::clone(&self.house());
        let _moving = moves.then(|| house.succession.moving());
        let next = Arc::new(next(&house)?);
        next.succession.passed_to(next.lanes.clone(), next.scenarios.clone());
        self.house.store(next.clone());
        then(&next);
        Ok(())
    }

    /// Says why the house is not what the files say, or that it is again. Nothing else changes with that.
    pub fn stale(&self, why: Option<&str>) {
        let stale = why.and_then(|why| HeaderValue::try_from(visible(why, LONGEST)).ok());
        self.house.rcu(|house| House { stale: stale.clone(), ..House::clone(house) });
    }

    /// How long nobody speaks to a client that has just connected.
    pub fn accept_delay(&self) -> Duration {
        self.doorman.delay(&self.house())
    }

    /// No other house is put up as long as somebody holds this.
    pub fn still(&self) -> RwLockReadGuard<'_, ()> {
        self.managing.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Judges a head.
    pub fn open(&self, request: Request) -> Next<InHand> {
        let before = self.house();
        let _still = (!request.method.is_safe()).then(|| before.succession.still());
        // There may be another by now.
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
        if opened.request.method.is_safe() {
            return house.finish(opened, body);
        }
        let _still = house.succession.still();
        opened.lane = house.succession.of(&opened.lane).unwrap_or(opened.lane);
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
        let secrets = match Arc::ptr_eq(&access, &self.access) {
            true => self.secrets.clone(),
            false => Arc::new(Secrets::of(&contract, access.keys())),
        };
        let (book, succession) = (self.book.clone(), self.succession.clone());
        House { contract, access, answers, lanes, policy, scenarios, book, succession, secrets, stale: None }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
    use std::thread;

    use http::Method;
    use http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, CONTENT_TYPE, HeaderValue};
    use jiff::Timestamp;

    use super::*;
    use crate::access::{Access, Keys};
    use crate::contract::Contract;
    use crate::contract::sample::One;
    use crate::exchange::Policy;
    use crate::lane::{Bounds, Ground, Lanes, Start};
    use crate::seed::Seed;

    const NOTES: &str = "
openapi: 3.1.0
info: { title: Notes, version: '1' }
paths:
  /notes:
    post:
      requestBody: { content: { application/json: { schema: { type: object } } } }
      responses: { '200': { description: Taken } }
    get:
      requestBody: { content: { application/json: { schema: { type: object } } } }
      responses: { '200': { description: All } }
";

    fn house(cors: bool) -> House {
        let contract = Arc::new(Contract::load(&One(NOTES), "notes.yaml").unwrap().contract);
        let start = Start::new(Some(Timestamp::UNIX_EPOCH), None);
        let lanes = Lanes::new(Ground::new(contract.clone(), Seed(42), start), Bounds::default());
        let access = Access::new(contract.clone(), Keys::default());
        House::new(contract, access, Arc::new(lanes), Policy { cors, ..Policy::default() })
    }

    fn open(standing: &Standing) -> InHand {
        open_by(Method::POST, standing)
    }

    fn open_by(method: Method, standing: &Standing) -> InHand {
        let mut request = Request::new(method, "/notes".parse().unwrap());
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
        standing.replace(false, |_| Ok::<_, ()>(house(false)), |_| ()).unwrap();
        let after = open(&standing);
        let body = || Ok(Bytes::from_static(b"{}"));
        let [before, after] = [before, after].map(|in_hand| standing.finish(in_hand, body()));
        assert_eq!([before.status.as_u16(), after.status.as_u16()], [200; 2]);
        let open_to_all = |reply: &Reply| reply.headers.contains_key(ACCESS_CONTROL_ALLOW_ORIGIN);
        assert_eq!([open_to_all(&before), open_to_all(&after)], [true, false]);
    }

    const PATIENCE: Duration = Duration::from_secs(20);

    /// Does something in a thread of its own, so that what never ends is found out.
    fn apart<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Receiver<T> {
        let (sender, done) = channel();
        thread::spawn(move || sender.send(work()));
        done
    }

    #[test]
    fn a_house_whose_lanes_stay_waits_for_no_request() {
        let standing = Arc::new(Standing::new(house(true)));
        let writes = standing.clone();
        let stays = apart(move || {
            let before = Arc::clone(&writes.house());
            let _still = before.succession.still();
            writes.replace(false, |_| Ok::<_, ()>(house(false)), |_| ()).unwrap();
            writes.stale(Some("not whole"));
        });
        assert_eq!(stays.recv_timeout(PATIENCE), Ok(()));
        assert!(standing.house().stale.is_some() && !standing.house().policy.cors);
    }

    static WAITING: Mutex<Option<Sender<()>>> = Mutex::new(None);

    #[test]
    fn while_lanes_move_who_reads_goes_on_and_who_writes_waits_aside() {
        let (sender, waiting) = channel();
        *WAITING.lock().unwrap() = Some(sender);
        let standing = Arc::new(Standing::new(house(true)).waiting(|wait| {
            WAITING.lock().unwrap().take().unwrap().send(()).unwrap();
            wait();
        }));
        let (reads, writes) = (open_by(Method::GET, &standing), open(&standing));
        let finish = |in_hand: InHand| {
            let standing = standing.clone();
            apart(move || standing.finish(in_hand, Ok(Bytes::from_static(b"{}"))).status.as_u16())
        };
        let mut left = None;
        let next = |before: &House| {
            assert_eq!(finish(reads).recv_timeout(PATIENCE), Ok(200));
            let written = finish(writes);
            assert_eq!(waiting.recv_timeout(PATIENCE), Ok(()));
            assert_eq!(written.try_recv(), Err(TryRecvError::Empty));
            left = Some(written);
            Ok::<_, ()>(before.clone())
        };
        let moved = standing.replace(true, next, |_| ());
        assert_eq!((moved, left.unwrap().recv_timeout(PATIENCE)), (Ok(()), Ok(200)));
    }
}
