//! A request whose lane has scenarios: their rules are asked, and play what they want of it.

use std::sync::Arc;

use http::HeaderName;

use super::{Exchange, House, Opened};
use crate::breach::{Breach, Place, cut};
use crate::lane::Lane;
use crate::play::{Effort, Outcomes, Played, Scene};
use crate::problem::Problem;
use crate::reply::Reply;
use crate::request::Request;
use crate::scenario::{Occasion, Scenario, Wanted};

/// What rules do beyond so many pieces of work is done aside.
const AT_ONCE: usize = 100;

/// Names scenarios for this request alone, armed or not.
const HEADER: HeaderName = HeaderName::from_static("x-mock-scenario");

impl House {
    /// Arms what all lanes begin with in one that nobody has asked yet, as it is written now: a request may be in a house that
    /// does not stand any more.
    pub fn begin(&self, lane: &Lane) {
        if !self.scenarios.opening().is_empty() {
            lane.stage.begin(lane.now(), || self.succession.scenarios().opening().to_vec());
        }
    }

    /// Answers a request that was judged. Without a scenario in its lane that costs one look.
    pub(super) fn staged(&self, mut opened: Opened, judged: Result<(), Problem>) -> Reply {
        self.begin(&opened.lane);
        let named = if opened.names_scenarios { self.named(&opened.request) } else { Ok(Vec::new()) };
        let (named, judged) = match named {
            Ok(named) => (named, judged),
            Err(problem) => (Vec::new(), judged.and(Err(problem))),
        };
        if opened.lane.stage.is_empty() && named.is_empty() {
            return self.plain(opened, judged);
        }
        let mut wanted = self.ask(&opened, &named, judged.is_err());
        opened.misses = std::mem::take(&mut wanted.misses);
        match wanted.fired.is_empty() && wanted.refusal().is_none() {
            true => self.plain(opened, judged),
            false => self.play(opened, judged, &wanted),
        }
    }

    /// Whether rules may take long enough with a request to hold up others.
    pub(super) fn plays_long(&self, opened: &mut Opened) -> bool {
        self.begin(&opened.lane);
        let named = self.named(&opened.request);
        opened.names_scenarios = !named.as_ref().is_ok_and(Vec::is_empty);
        let named = named.unwrap_or_default();
        opened.lane.stage.toil() + named.iter().map(|scenario| scenario.toil).sum::<usize>() > AT_ONCE
    }

    fn ask(&self, opened: &Opened, named: &[Arc<Scenario>], refused: bool) -> Wanted {
        let Opened { request, values, path, body, lane, now, .. } = opened;
        let operation = &self.contract.operations[opened.operation];
        let key = self.access.shown(operation, request);
        lane.stage.ask(&Occasion {
            contract: &self.contract,
            operation,
            request,
            values,
            path,
            body: body.as_ref(),
            key: key.as_deref(),
            secrets: &self.secrets.places,
            lane: &lane.name,
            now: *now,
            seed: lane.ground.seed,
            refused,
            named,
        })
    }

    fn play(&self, mut opened: Opened, judged: Result<(), Problem>, wanted: &Wanted) -> Reply {
        // Whoever writes holds its lane by now.
        let holds = opened.request.method.is_safe() && wanted.changes_lane();
        let _still = holds.then(|| self.succession.still());
        if holds {
            opened.lane = self.succession.of(&opened.lane).unwrap_or(opened.lane);
        }
        let operation = &self.contract.operations[opened.operation];
        let scene = Scene {
            contract: &self.contract,
            answers: &self.answers,
            access: &self.access,
            asked: self.asked(operation, &opened),
            refused: judged.err(),
            wanted,
            allowance: opened.allowance,
            effort: Effort::default(),
            outcomes: Outcomes::default(),
            word: &|problem| self.worded(&opened, problem),
        };
        let Played { reply, problem, rules } = scene.play();
        let reason = problem.and_then(|problem| opened.take_in(&problem));
        // The play has told of rates, or said why not.
        opened.allowance = None;
        let script = wanted.refusal().map(|out| out.scenario.name.clone());
        let rules = rules.into_iter().chain(script).collect();
        self.seal(Exchange { reason, rules, ..opened.answered(operation, reply) })
    }

    /// The scenarios that the request names, separated by commas.
    fn named(&self, request: &Request) -> Result<Vec<Arc<Scenario>>, Problem> {
        let Some(value) = request.headers.get(HEADER) else { return Ok(Vec::new()) };
        let text = String::from_utf8_lossy(value.as_bytes());
        let names = text.split(',').map(str::trim).filter(|name| !name.is_empty());
        let known = self.succession.scenarios();
        names.map(|name| known.find(name).ok_or_else(|| self.no_scenario(name))).collect()
    }

    fn no_scenario(&self, name: &str) -> Problem {
        let place = Place::Header(HEADER.as_str().to_owned());
        let mut breach = Breach::new(place, "scenario", "the name of a scenario", cut(&format!("\"{name}\"")));
        breach.hint = self.scenarios.nearest(name).map(|near| format!("did you mean \"{near}\"?"));
        Problem::from_breaches(&[breach], 0, false)
    }
}

#[cfg(test)]
mod tests {
    use http::header::CONTENT_TYPE;
    use http::{HeaderName, HeaderValue, Method};
    use jiff::Timestamp;

    use super::*;
    use crate::access::{Access, Keys};
    use crate::contract::Contract;
    use crate::contract::sample::One;
    use crate::exchange::{Next, Policy};
    use crate::lane::{Bounds, Ground, Lanes, Start};
    use crate::scenario::{Known, Repertoire, compile};
    use crate::seed::Seed;
    use crate::source::SourceFile;

    const NOTES: &str = "
openapi: 3.1.0
info: { title: Notes, version: '1' }
paths:
  /notes:
    get:
      operationId: listNotes
      parameters: [{ name: page, in: query, schema: { type: integer } }]
      responses: { '200': { description: All, content: { application/json: { schema: { type: object } } } } }
";

    /// A house with these scenarios, whose names and rules are given; the first so many are armed from the beginning.
    fn house(scenarios: &[(&str, &str)], armed: usize, policy: Policy) -> House {
        let contract = Arc::new(Contract::load(&One(NOTES), "notes.yaml").unwrap().contract);
        let compiled = |(name, rules): &(&str, &str)| {
            let file = SourceFile::parse(format!("{name}.yaml"), format!("rules:\n  - {rules}")).unwrap();
            Arc::new(compile(&file, &contract, &One(NOTES)).unwrap_or_else(|wrong| panic!("{wrong:#?}")).scenario)
        };
        let known: Vec<_> = scenarios.iter().map(compiled).collect();
        let start = Start::new(Some(Timestamp::UNIX_EPOCH), None);
        let lanes = Lanes::new(Ground::new(contract.clone(), Seed(42), start), Bounds::default());
        let access = Access::new(contract.clone(), Keys::default());
        let opening = known[..armed].to_vec();
        let house = House::new(contract, access, Arc::new(lanes), policy);
        let known = known.into_iter().map(|scenario| Arc::new(Known::from(scenario))).collect();
        house.with_scenarios(Arc::new(Repertoire::new(known, opening)))
    }

    fn ask(house: &House, target: &str, headers: &[(&'static str, &'static str)]) -> Reply {
        let mut request = Request::new(Method::GET, target.parse().unwrap());
        for (name, value) in headers {
            request.headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        match house.open(request) {
            Next::Reply(reply) => reply,
            Next::Long(_) | Next::Body { .. } => panic!("a GET has no body"),
        }
    }

    fn rules(reply: &Reply) -> Option<&str> {
        reply.headers.get("x-mock-rule").map(|value| value.to_str().unwrap())
    }

    const LIMITED: (&str, &str) = ("limited", "{ name: twice, when: { call: first 2 }, reply: rate_limited }");
    const LATE: (&str, &str) = ("late", "{ name: größer, delay: 1s }");
    const STRICT: (&str, &str) = ("strict", "{ when: { refused: true }, delay: 2s }");

    #[test]
    fn what_is_armed_from_the_beginning_touches_answers_and_says_so() {
        let house = house(&[LIMITED, LATE], 2, Policy::default());
        let first = ask(&house, "/notes", &[]);
        assert_eq!((first.status.as_u16(), rules(&first)), (429, Some("limited/twice, late/gr\\u{f6}\\u{df}er")));
        ask(&house, "/notes", &[]);
        let third = ask(&house, "/notes", &[]);
        assert_eq!((third.status.as_u16(), third.delay.as_secs()), (200, 1));
        let refused = ask(&house, "/notes?page=x", &[]);
        assert_eq!((refused.status.as_u16(), rules(&refused)), (400, None), "it is none of theirs");
        let elsewhere = ask(&house, "/nowhere", &[]);
        assert_eq!((elsewhere.status.as_u16(), rules(&elsewhere)), (404, None));
    }

    #[test]
    fn what_rules_may_take_long_with_is_done_aside() {
        let sets = (0..150).map(|n| format!("/x{n}: {n}")).collect::<Vec<_>>().join(", ");
        let heavy = format!("{{ breaks_contract: true, patch: {{ {sets} }} }}");
        let refused = format!("{{ when: {{ refused: true }}, {}", &heavy[1..]);
        let is_long = |house: &House, target: &str, names: Option<&'static str>| {
            let mut request = Request::new(Method::GET, target.parse().unwrap());
            request.headers.extend(names.map(|names| (HEADER, HeaderValue::from_static(names))));
            match house.open(request) {
                Next::Long(opened) => Some(house.finish(opened, Ok(Default::default()))),
                _ => None,
            }
        };
        let armed = house(&[("heavy", &heavy), ("refused", &refused)], 2, Policy::default());
        assert_eq!(is_long(&armed, "/notes", None).map(|reply| reply.status.as_u16()), Some(200));
        assert_eq!(is_long(&armed, "/notes?page=x", None).map(|reply| reply.status.as_u16()), Some(400));
        let known = house(&[("heavy", &heavy), LIMITED], 0, Policy::default());
        assert!(is_long(&known, "/notes", Some("limited, heavy")).is_some());
        assert!(is_long(&known, "/notes", Some("limited")).is_none());
        assert!(is_long(&house(&[LIMITED], 1, Policy::default()), "/notes", None).is_none());
    }

    #[test]
    fn only_rules_that_came_to_something_are_named() {
        const PATCH: &str = "breaks_contract: true, json_patch: [{ op: remove, path: /no/where }]";
        let (nothing, something) =
            (format!("{{ {PATCH} }}"), format!("{{ name: 'one, two', {PATCH}, headers: {{ X-A: b }} }}"));
        let house = house(&[("nothing", &nothing), ("something", &something)], 2, Policy::default());
        assert_eq!(rules(&ask(&house, "/notes", &[])), Some("something/one\\u{2c} two"));
    }

    #[test]
    fn without_a_scenario_nothing_is_touched_and_the_header_can_be_left_out() {
        let reply = ask(&house(&[LIMITED], 0, Policy::default()), "/notes", &[]);
        assert_eq!((reply.status.as_u16(), rules(&reply)), (200, None));
        let silent = Policy { rule_header: false, ..Policy::default() };
        let reply = ask(&house(&[LIMITED], 1, silent), "/notes", &[]);
        assert_eq!((reply.status.as_u16(), rules(&reply)), (429, None));
    }

    #[test]
    fn a_request_takes_a_scenario_along_for_itself() {
        let house = house(&[LIMITED, LATE, STRICT], 0, Policy::default());
        let named = |names: &'static str| ask(&house, "/notes", &[("x-mock-scenario", names)]);
        assert_eq!(rules(&named("late, limited")), Some("late/gr\\u{f6}\\u{df}er, limited/twice"));
        assert_eq!(rules(&ask(&house, "/notes", &[])), None);
        let unknown = named("lateness");
        assert_eq!(unknown.status.as_u16(), 400);
        let unknown = named("lat");
        let text = String::from_utf8(unknown.body.ready().to_vec()).unwrap();
        assert!(text.contains("did you mean \\\"late\\\"?"), "{text}");
        assert_eq!(unknown.headers[CONTENT_TYPE], "application/problem+json");
        let refused = ask(&house, "/notes?page=x", &[("x-mock-scenario", "strict")]);
        assert_eq!((refused.status.as_u16(), refused.delay.as_secs()), (400, 2));
    }
}
