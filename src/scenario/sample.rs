//! A small clinic, requests to it, and rules about them, for tests.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use http::{HeaderName, HeaderValue, Method};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::*;
use crate::contract::sample::One;
use crate::contract::{Contract, Found, KeyPlaces};
use crate::request::Request;
use crate::seed::Seed;

const DOCUMENT: &str = "
openapi: 3.1.0
info: { title: Clinic, version: '1' }
components: { securitySchemes: { badge: { type: apiKey, in: header, name: X-Badge } } }
paths:
  /pets:
    get:
      operationId: listPets
      parameters:
        - { name: page, in: query, schema: { type: integer, default: 1 } }
        - { name: name, in: query, schema: { type: string } }
      responses: { '200': { description: Pets } }
    post:
      operationId: createPet
      requestBody: { content: { application/json: { schema: { type: object } } } }
      responses: { '201': { description: Made } }
  /pets/{pet_id}:
    get:
      operationId: getPet
      parameters: [{ name: pet_id, in: path, required: true, schema: { type: string } }]
      responses: { '200': { description: A pet } }
";

/// Places of operations.
pub const LIST: usize = 0;
pub const CREATE: usize = 1;
pub const GET: usize = 2;

pub fn noon() -> Timestamp {
    "2025-01-15T12:00:00Z".parse().unwrap()
}

/// A stage, and requests to it.
pub struct Clinic {
    contract: Arc<Contract>,
    pub stage: Stage,
    pub now: Timestamp,
    pub seed: Seed,
    pub lane: String,
    pub refused: bool,
    pub named: Vec<Arc<Scenario>>,
}

/// One request as it is written in tests.
#[derive(Clone, Default)]
pub struct Call<'c> {
    /// `GET /pets?page=3`
    pub line: &'c str,
    pub headers: &'c [(&'static str, &'c str)],
    pub body: Option<Value>,
    pub key: Option<&'c str>,
}

impl<'c> From<&'c str> for Call<'c> {
    fn from(line: &'c str) -> Call<'c> {
        Call { line, ..Call::default() }
    }
}

impl Clinic {
    pub fn with(scenarios: impl IntoIterator<Item = Scenario>) -> Clinic {
        let contract = contract();
        let (stage, now, seed, lane) = (Stage::default(), noon(), Seed(42), "default".to_owned());
        let clinic = Clinic { contract, stage, now, seed, lane, refused: false, named: Vec::new() };
        for scenario in scenarios {
            clinic.stage.arm(Arc::new(scenario), clinic.now).unwrap();
        }
        clinic
    }

    pub fn pass(&mut self, seconds: i64) {
        self.now += SignedDuration::from_secs(seconds);
    }

    pub fn ask<'c>(&self, call: impl Into<Call<'c>>) -> Wanted {
        self.on(call, |occasion| self.stage.ask(occasion))
    }

    /// The names of the rules that take a request.
    pub fn fired<'c>(&self, call: impl Into<Call<'c>>) -> Vec<String> {
        self.ask(call).fired.iter().map(|fired| fired.rule().name.clone()).collect()
    }

    pub fn on<'c, R>(&self, call: impl Into<Call<'c>>, act: impl FnOnce(&Occasion) -> R) -> R {
        let Call { line, headers, body, key } = call.into();
        let (method, target) = line.split_once(' ').unwrap();
        let mut request = Request::new(method.parse::<Method>().unwrap(), target.parse().unwrap());
        for (name, value) in headers {
            request.headers.insert(HeaderName::from_static(name), HeaderValue::from_str(value).unwrap());
        }
        let found = self.contract.router.find(&request.method, request.path()).unwrap();
        let Found::Operation(index, path) = found else { panic!("{line} leads nowhere") };
        let operation = &self.contract.operations[index];
        let (values, _) = operation.check_parameters(&self.contract.schemas, &request, &path);
        act(&Occasion {
            contract: &self.contract,
            operation,
            request: &request,
            values: &values,
            path: &path,
            body: body.as_ref(),
            key,
            secrets: &KeyPlaces::of(&self.contract),
            lane: &self.lane,
            now: self.now,
            seed: self.seed,
            refused: self.refused,
            named: &self.named,
        })
    }
}

fn contract() -> Arc<Contract> {
    static CONTRACT: OnceLock<Arc<Contract>> = OnceLock::new();
    CONTRACT.get_or_init(|| Arc::new(Contract::load(&One(DOCUMENT), "clinic.yaml").unwrap().contract)).clone()
}

pub fn scenario(name: &str, rules: Vec<Rule>) -> Scenario {
    Scenario {
        name: name.to_owned(),
        about: String::new(),
        origin: format!("scenarios/{name}.yaml"),
        sent: None,
        places: contract().places,
        clock: None,
        accept: None,
        vars: Value::Null,
        rules,
        script: None,
        expect: Vec::new(),
        beside: BTreeMap::new(),
        toil: 0,
        patterns: 0,
        concern: Concern::default(),
    }
    .weighed()
}

pub fn rule(name: &str, when: When) -> Rule {
    Rule {
        name: name.to_owned(),
        about: String::new(),
        pointer: String::new(),
        line: 0,
        when,
        then: Then::default(),
        breaks_contract: false,
        stop: false,
        fingerprint: Seed(0).of(name).0,
    }
}

pub fn of(operation: usize) -> When {
    When { operations: Operations::Some(vec![operation]), ..When::default() }
}

pub fn given(of: Subject, test: Matcher) -> When {
    When { conditions: vec![Condition { of, test }], ..When::default() }
}

/// A scenario that is a script and nothing else.
pub fn scripted(strict: bool, then: After, steps: Vec<Step>) -> Scenario {
    Scenario { script: Some(Script { strict, steps, then }), ..scenario("script", Vec::new()) }
}

/// A step that comes once.
pub fn step(name: &str, when: When) -> Step {
    Step { rule: rule(name, when), repeat: 1..=1, optional: false, next: None }
}
