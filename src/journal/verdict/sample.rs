//! A small shop's diary, entry by entry, for tests of verdicts.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::Bytes;
use http::header::{HeaderName, HeaderValue};
use http::{Method, StatusCode, Version};
use jiff::{SignedDuration, Timestamp};

use super::{Evidence, Hearing, Judgement, VERDICTS};
use crate::clock::Stopwatch;
use crate::contract::sample::One;
use crate::contract::{Contract, Found};
use crate::ending::{Ending, Witness};
use crate::journal::{Answer, Asked, Draft, Entry, Kept, Mask, Piece, Secret, Sheet};
use crate::request::Request;
use crate::scenario::{Bounds, Requests, Scenario, compile};
use crate::source::SourceFile;

const DOCUMENT: &str = "
openapi: 3.1.0
info: { title: Shop, version: '1' }
paths:
  /pets:
    get:
      operationId: listPets
      parameters:
        - { name: page, in: query, schema: { type: integer, default: 1 }, x-mock: { role: page } }
        - { name: per_page, in: query, schema: { type: integer, default: 2 }, x-mock: { role: per_page } }
        - { name: kind, in: query, schema: { type: string } }
      responses: { '200': { description: Pets } }
    post:
      operationId: createPet
      requestBody: { content: { application/json: { schema: { type: object } } } }
      responses: { '201': { description: Made } }
  /toys:
    get:
      operationId: listToys
      parameters:
        - { name: page, in: query, schema: { type: integer, minimum: 0 }, x-mock: { role: page } }
        - { name: offset, in: query, schema: { type: integer }, x-mock: { role: offset } }
        - { name: x-shop, in: header, schema: { type: string } }
      responses: { '200': { description: Toys } }
  /news:
    get:
      operationId: listNews
      parameters:
        - { name: cursor, in: query, schema: { type: string }, x-mock: { role: cursor } }
      responses: { '200': { description: News } }
  /pets/{pet_id}:
    get:
      operationId: getPet
      parameters: [{ name: pet_id, in: path, required: true, schema: { type: string } }]
      responses: { '200': { description: A pet } }
    delete:
      operationId: deletePet
      parameters: [{ name: pet_id, in: path, required: true, schema: { type: string } }]
      responses: { '204': { description: Gone } }
";

fn contract() -> &'static Contract {
    static CONTRACT: OnceLock<Contract> = OnceLock::new();
    CONTRACT.get_or_init(|| Contract::load(&One(DOCUMENT), "shop.yaml").unwrap().contract)
}

/// When the book was opened, by the real time.
fn opened() -> Timestamp {
    "2025-01-15T12:00:00.7Z".parse().unwrap()
}

/// What time it is in the lane, which stands still.
fn in_lane() -> Timestamp {
    "2031-06-01T00:00:00Z".parse().unwrap()
}

#[derive(Default)]
pub struct Diary {
    pub entries: Vec<Arc<Entry>>,
    opened: Option<Stopwatch>,
}

/// One exchange as tests write it; times are seconds.
#[derive(Clone)]
pub struct Sent {
    line: &'static str,
    at: f64,
    status: u16,
    headers: Vec<(&'static str, String)>,
    told: Vec<(&'static str, String)>,
    body: String,
    answer: String,
    rules: Vec<String>,
    caller: u64,
    connection: u64,
    now: i64,
    ending: Ending,
    /// A key of the list.
    listed: Option<String>,
    over: f64,
    sent: u64,
    closes: bool,
}

/// `GET /pets?page=3`, answered at once.
pub fn asked(line: &'static str, at: f64) -> Sent {
    Sent {
        line,
        at,
        status: 200,
        headers: Vec::new(),
        told: Vec::new(),
        body: String::new(),
        answer: String::new(),
        rules: Vec::new(),
        caller: 1,
        connection: 0,
        now: 0,
        ending: Ending::Complete,
        listed: None,
        over: at + 0.001,
        sent: 0,
        closes: false,
    }
}

impl Sent {
    pub fn answered(self, status: u16) -> Sent {
        Sent { status, ..self }
    }

    /// A header of the answer.
    pub fn told(mut self, name: &'static str, value: &str) -> Sent {
        self.told.push((name, value.to_owned()));
        self
    }

    /// A header of the request.
    pub fn with(mut self, name: &'static str, value: &str) -> Sent {
        self.headers.push((name, value.to_owned()));
        self
    }

    /// To a server that lists this key.
    pub fn knowing(self, key: &str) -> Sent {
        Sent { listed: Some(key.to_owned()), ..self }
    }

    pub fn body(self, body: &str) -> Sent {
        Sent { body: body.to_owned(), ..self }
    }

    /// By this caller.
    pub fn of(self, caller: u64) -> Sent {
        Sent { caller, ..self }
    }

    /// By this connection.
    pub fn by(self, connection: u64) -> Sent {
        Sent { connection, ..self }
    }

    /// So many seconds after the lane's beginning.
    pub fn lane_time(self, now: i64) -> Sent {
        Sent { now, ..self }
    }

    /// The answer's body.
    pub fn saying(self, answer: &str) -> Sent {
        Sent { answer: answer.to_owned(), ..self }
    }

    /// Rules that touched the answer.
    pub fn ruled(self, rules: &[&str]) -> Sent {
        Sent { rules: rules.iter().map(|rule| (*rule).to_owned()).collect(), ..self }
    }

    pub fn over(self, ending: Ending, over: f64) -> Sent {
        Sent { ending, over, ..self }
    }

    /// So many bytes of the answer's body went out.
    pub fn came_to(self, sent: u64) -> Sent {
        Sent { sent, ..self }
    }

    /// And we took no further request on its connection.
    pub fn closing(self) -> Sent {
        Sent { closes: true, ..self }
    }
}

impl Diary {
    pub fn new() -> Diary {
        Diary::default()
    }

    pub fn write(&mut self, sent: Sent) -> u64 {
        let number = self.entries.len() as u64 + 1;
        let opened_by = *self.opened.get_or_insert_with(Stopwatch::start);
        let at = Duration::from_secs_f64(sent.at);
        let entry = Entry::new(number, opened() + at, at, opened_by, sent.draft());
        if sent.closes {
            entry.closes();
        }
        if sent.ending != Ending::Open {
            entry.ended_at(sent.ending, sent.sent, Duration::from_secs_f64(sent.over).as_nanos() as u64);
        }
        self.entries.push(Arc::new(entry));
        number
    }

    pub fn hearing(&self) -> Hearing<'_> {
        Hearing::open(Evidence { entries: &self.entries, contract: contract() })
    }

    /// A verdict on all that is written.
    pub fn judged(&self, name: &str) -> Judgement {
        let verdict = VERDICTS.iter().find(|verdict| verdict.name == name).unwrap();
        self.hearing().pass(verdict, &Requests::default(), &Bounds::default(), None)
    }

    pub fn outcome(&self, name: &str) -> &'static str {
        self.judged(name).outcome.name()
    }

    /// The outcome, and the entries that show it: `failed 2 3`.
    pub fn outcomes(&self, name: &str) -> [String; 1] {
        let Judgement { outcome, exchanges, .. } = self.judged(name);
        let parts = [outcome.name().to_owned()].into_iter().chain(exchanges.iter().map(u64::to_string));
        [parts.collect::<Vec<_>>().join(" ")]
    }

    /// The verdict that a line of `expect` asks for, and what it saw.
    pub fn expected(&self, line: &str) -> (&'static str, String) {
        self.told(&format!("expect:\n  - {line}\n"), line)
    }

    /// The one verdict that a scenario asks for.
    pub fn told(&self, text: &str, line: &str) -> (&'static str, String) {
        let told = self.hearing().expected_by(&scenario(text));
        let [judgement] = &*told else { panic!("{line}: {told:?}") };
        assert!(judgement.asked_by.as_ref().is_some_and(|(name, line)| name == "story" && *line > 1), "{line}");
        (judgement.outcome.name(), judgement.seen.clone())
    }
}

pub fn scenario(text: &str) -> Scenario {
    let file = SourceFile::parse("story.yaml", text.to_owned()).unwrap();
    compile(&file, contract(), &One(DOCUMENT)).unwrap_or_else(|wrong| panic!("{text}: {wrong:#?}")).scenario
}

impl Sent {
    fn draft(&self) -> Draft {
        let (method, target) = self.line.split_once(' ').unwrap();
        let mut request = Request::new(method.parse::<Method>().unwrap(), target.parse().unwrap());
        for (name, value) in &self.headers {
            request.headers.insert(HeaderName::from_static(name), HeaderValue::from_str(value).unwrap());
        }
        let found = contract().router.find(&request.method, request.path());
        let (operation, values, breaches) = match found {
            Ok(Found::Operation(index, path)) => {
                let operation = &contract().operations[index];
                let (values, breaches) = operation.check_parameters(&contract().schemas, &request, &path);
                (Some(operation.id.as_str()), values, breaches)
            }
            _ => Default::default(),
        };
        let told = self
            .told
            .iter()
            .map(|(name, value)| (HeaderName::try_from(*name).unwrap(), HeaderValue::from_str(value).unwrap()));
        let mut sheet = Sheet::default();
        Draft {
            id: sheet.add(""),
            lane: sheet.add("default"),
            now: in_lane() + SignedDuration::from_secs(self.now),
            caller: self.caller,
            connection: self.connection,
            request: Asked {
                target: sheet.add(target),
                version: Version::HTTP_11,
                head: sheet.head(&request.headers, |_, _| None),
                body: sheet.add(&self.body),
                length: self.body.len() as u64,
                is_cut: false,
                print: 0,
                method: request.method,
            },
            operation: operation.map(|id| sheet.add(id)),
            values,
            breaches,
            more: 0,
            reason: None,
            misses: crate::miss::Misses::default(),
            rules: self.rules.clone(),
            answer: Answer {
                status: StatusCode::from_u16(self.status).unwrap(),
                head: sheet.head(&told.collect(), |_, _| None),
                body: Kept::One(Piece::Shared(Bytes::from(self.answer.clone()))),
                length: self.answer.len() as u64,
                is_cut: false,
            },
            secret: Secret { known: Arc::new(Mask::of(self.listed.clone())), shown: Vec::new() },
            took: Duration::from_millis(1),
            sheet,
        }
    }
}
