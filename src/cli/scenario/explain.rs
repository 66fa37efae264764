//! `ayra-mock scenario explain`: which rules would take a request, and why each of the others would not.

use std::fmt::Write as _;
use std::sync::Arc;

use clap::Args;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderName, HeaderValue};
use http::{Method, Uri};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::super::args::ListArgs;
use super::super::failure::{FINE, Failure};
use super::super::settings::Settings;
use super::super::style::{BOLD, DIM, GREEN, Painted, RED, harmless, print};
use super::super::{Start, settled, sources};
use crate::access::Access;
use crate::breach::Breach;
use crate::clock::{self, Clock};
use crate::contract::{Found, KeyPlaces, PathValues, Values, facts};
use crate::lane::DEFAULT;
use crate::mock::Materials;
use crate::nearest::nearest;
use crate::problem::Problem;
use crate::request::Request;
use crate::scenario::{Occasion, START, Scenario, Stage, Then, Verdict, Wanted, duration};
use crate::seed::Seed;

/// As many requests are counted before the one that is explained.
const MOST_CALLS: u64 = 1_000_000;

const EXAMPLES: &str = "\
Examples:
  ayra-mock scenario explain my/story.yaml --request 'GET /pets?page=3'
  ayra-mock scenario explain my/story.yaml --request 'GET /pets' --call 3
  ayra-mock scenario explain first.yaml second.yaml --now 10s \\
      --request 'POST /pets' -H 'Accept: text/csv' --body '{\"name\":\"Ann\"}'

The request need not show a key. What a rule asks of a key, -H shows:
-H 'Authorization: Bearer KEY'.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct ExplainArgs {
    /// Scenarios by their names or files, in the order in which they are armed
    #[arg(value_name = "NAME|FILE", id = "wanted", required = true)]
    wanted: Vec<String>,

    /// The request: a method, and a path with its query
    #[arg(long, short, value_name = "REQUEST", help_heading = "Request")]
    request: String,

    /// A header of the request, such as 'Accept: text/csv'; may be given several times
    #[arg(long, short = 'H', value_name = "HEADER", help_heading = "Request")]
    header: Vec<String>,

    /// The body of the request, which is JSON unless a header says otherwise
    #[arg(long, value_name = "JSON", help_heading = "Request")]
    body: Option<String>,

    /// The how manieth such request it is
    ///
    /// Those before it are the same, at the same time, and change states and counts as they would.
    #[arg(long, value_name = "N", default_value_t = 1, help_heading = "Situation", value_parser = clap::value_parser!(u64).range(1..=MOST_CALLS))]
    call: u64,

    /// The state that the scenario is in
    #[arg(long, value_name = "STATE", help_heading = "Situation")]
    state: Option<String>,

    /// When it comes: a moment, or a time such as 10s after the scenario was armed
    #[arg(long = "now", value_name = "TIME", id = "moment", help_heading = "Situation")]
    now: Option<String>,

    #[command(flatten)]
    list: ListArgs,
}

pub fn run(args: &ExplainArgs, start: &Start) -> Result<u8, Failure> {
    let (settings, colors) = settled(&args.list.typed(), start)?;
    let request = args.request()?;
    let materials = sources(&settings)?.armed(&args.wanted).load()?;
    let scenarios = materials.scenarios.opening();
    let (since, now) = args.time(scenarios, settings.now)?;
    args.check_state(scenarios)?;
    let stage = Stage::default();
    for scenario in scenarios {
        stage.arm(scenario.clone(), since).map_err(|too_many| Failure::new(too_many.to_string()))?;
    }
    let judged = Judged::of(&request, &materials, &settings)?;
    let occasion = judged.occasion(&request, &materials, now, Seed(settings.seed));
    for _ in 1..args.call {
        stage.ask(&occasion);
    }
    if let Some(state) = &args.state {
        stage.enter(state);
    }
    let verdicts = stage.explain(&occasion);
    let told = Told { occasion: &occasion, judged: &judged, call: args.call, verdicts, wanted: stage.ask(&occasion) };
    print(&match args.list.json {
        true => format!("{:#}\n", told.object()),
        false => told.pretty(colors.stdout),
    })?;
    Ok(FINE)
}

impl ExplainArgs {
    fn request(&self) -> Result<Request, Failure> {
        let wrong = |what: &str| Failure::new(what).help("such as --request 'GET /pets?page=3'");
        let (method, target) = self.request.trim().split_once(' ').unwrap_or(("GET", self.request.trim()));
        let method: Method = method.parse().map_err(|_| wrong("--request has no method that there is"))?;
        let uri = target.trim().parse().ok().filter(|uri: &Uri| uri.path().starts_with('/'));
        let uri = uri.ok_or_else(|| wrong("--request has no path that a request can have"))?;
        let mut request = Request::new(method, uri);
        for header in &self.header {
            let wrong = || Failure::new(format!("{header:?} is no header")).help("such as -H 'Accept: text/csv'");
            let (name, value) = header.split_once(':').ok_or_else(wrong)?;
            let name: HeaderName = name.trim().parse().map_err(|_| wrong())?;
            request.headers.append(name, value.trim().parse().map_err(|_| wrong())?);
        }
        if let Some(body) = &self.body {
            request.headers.insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
            request.headers.entry(CONTENT_TYPE).or_insert(HeaderValue::from_static("application/json"));
            request.body = body.clone().into();
        }
        Ok(request)
    }

    /// When the scenarios were armed, and when the request comes.
    fn time(&self, scenarios: &[Arc<Scenario>], said: Option<Timestamp>) -> Result<(Timestamp, Timestamp), Failure> {
        let begins = scenarios.iter().find_map(|scenario| scenario.clock.as_ref()?.at).or(said);
        let since = begins.unwrap_or_else(Clock::system);
        let Some(text) = &self.now else { return Ok((since, since)) };
        if let Some(later) = duration(text) {
            let far = |_| Failure::new(format!("--now {text} is too far from the beginning"));
            return Ok((since, since.checked_add(later).map_err(far)?));
        }
        let unfit =
            |unfit| Failure::new(format!("--now {text}: {unfit}")).help("or a time after the beginning: 10s, 1h");
        let now = clock::moment(text).map_err(unfit)?;
        Ok((begins.unwrap_or(now), now))
    }

    /// A state that no scenario has is a slip, in which every rule would fall silent.
    fn check_state(&self, scenarios: &[Arc<Scenario>]) -> Result<(), Failure> {
        let Some(state) = &self.state else { return Ok(()) };
        let steps = scenarios.iter().flat_map(|scenario| scenario.steps()).map(|step| &step.rule);
        let set = scenarios.iter().flat_map(|scenario| &scenario.rules).chain(steps);
        let set: Vec<&str> = set.filter_map(|rule| rule.then.state.as_deref()).chain([START]).collect();
        if set.contains(&state.as_str()) {
            return Ok(());
        }
        let failure = Failure::new(format!("no rule leads to the state {state:?}"));
        Err(match nearest(state, set.iter().copied()) {
            Some(near) => failure.help(format!("did you mean {near:?}?")),
            None => failure.help(format!("there are: {}", set.join(", "))),
        })
    }
}

/// The request as the contract understands it.
struct Judged {
    operation: usize,
    path: PathValues,
    values: Values,
    body: Option<Value>,
    key: Option<String>,
    secrets: KeyPlaces,
    /// Why the contract refuses it, if it does.
    refused: Option<String>,
}

impl Judged {
    /// The key is taken as good: which one is used is not what is asked here.
    fn of(request: &Request, materials: &Materials, settings: &Settings) -> Result<Judged, Failure> {
        let contract = &materials.contract;
        let nowhere = |what: String| Failure::new(what).help("`ayra-mock routes` lists the operations");
        let (index, path) = match contract.router.find(&request.method, request.path()) {
            Ok(Found::Operation(index, path)) => (index, path),
            Ok(Found::Options(_)) => return Err(nowhere("OPTIONS is answered before any rule is asked".to_owned())),
            Err(mut problem) => {
                for (name, fact) in facts(request, &PathValues::default()) {
                    problem.facts.entry(name).or_insert(fact);
                }
                let failure = nowhere(problem.sentence());
                let hint = problem.facts.get("hint").and_then(Value::as_str);
                return Err(hint.map_or_else(|| failure.clone(), |hint| failure.clone().help(hint)));
            }
        };
        let operation = &contract.operations[index];
        let (values, mut breaches) = operation.check_parameters(&contract.schemas, request, &path);
        let refuse = |breach: &Breach| breach.is_refused(settings.strict);
        let (mut body, mut more) = (None, 0);
        let read = operation.check_body_head(request).and_then(|()| operation.check_body(&contract.schemas, request));
        let read = read.map(|checked| {
            breaches.extend(checked.breaches);
            (body, more) = (checked.value, checked.more);
        });
        let refused = match read {
            _ if breaches.iter().any(refuse) => Some(Problem::from_breaches(&breaches, more, settings.strict)),
            Ok(()) => None,
            Err(problem) => Some(problem),
        };
        let key = Access::new(contract.clone(), materials.keys.clone()).shown(operation, request);
        let refused = refused.map(|problem| match problem.breaches.first() {
            Some(breach) => breach.to_string(),
            None => problem.sentence(),
        });
        let secrets = KeyPlaces::of(contract);
        Ok(Judged { operation: index, path, values, body, key, secrets, refused })
    }

    fn occasion<'o>(
        &'o self,
        request: &'o Request,
        materials: &'o Materials,
        now: Timestamp,
        seed: Seed,
    ) -> Occasion<'o> {
        let contract = &materials.contract;
        Occasion {
            contract,
            operation: &contract.operations[self.operation],
            request,
            values: &self.values,
            path: &self.path,
            body: self.body.as_ref(),
            key: self.key.as_deref(),
            secrets: &self.secrets,
            lane: DEFAULT,
            now,
            seed,
            refused: self.refused.is_some(),
            named: &[],
        }
    }
}

/// What came of it.
struct Told<'t> {
    occasion: &'t Occasion<'t>,
    judged: &'t Judged,
    call: u64,
    verdicts: Vec<Verdict>,
    wanted: Wanted,
}

impl Told<'_> {
    fn pretty(&self, colors: bool) -> String {
        let Occasion { request, operation, now, .. } = self.occasion;
        let line = harmless(&format!("{} {}", request.method, request.uri));
        let good = match &self.judged.refused {
            None => "good by the contract".to_owned(),
            Some(why) => harmless(&format!("refused by the contract: {why}")),
        };
        let mut text = format!("{}\n", Painted(line, BOLD, colors));
        let _ = writeln!(text, "{}, {good}; number {}, at {now}\n", operation.id, self.call);
        let places: Vec<String> = self.verdicts.iter().map(|verdict| verdict.passage().place()).collect();
        let width = places.iter().map(String::len).max().unwrap_or(0);
        for ((verdict, place), does) in self.verdicts.iter().zip(&places).zip(self.does()) {
            let (mark, style) = if verdict.takes() { ("✓", GREEN) } else { ("✗", RED) };
            let fill = " ".repeat(width - place.len());
            let place = Painted(harmless(place), DIM, colors);
            let name = harmless(&verdict.rule().name);
            let _ = writeln!(text, "{} {place}{fill}  {name}", Painted(mark, style, colors));
            let lines =
                verdict.differences.iter().map(ToString::to_string).chain((!does.is_empty()).then(|| does.join(", ")));
            for line in lines {
                let _ = writeln!(text, "  {}  {}", " ".repeat(width), harmless(&line));
            }
        }
        let _ = writeln!(text, "\n{}", self.conclusion());
        text
    }

    fn object(&self) -> Value {
        let rule = |(verdict, does): (&Verdict, Vec<String>)| {
            json!({
                "scenario": verdict.scenario.name,
                "rule": verdict.rule().name,
                "file": verdict.scenario.origin,
                "line": verdict.rule().line,
                "takes": verdict.takes(),
                "does": does,
                "differences": verdict.differences.iter().map(ToString::to_string).collect::<Vec<_>>(),
                "near_miss": (!verdict.takes()).then(|| verdict.miss().object()),
            })
        };
        let Occasion { request, operation, now, .. } = self.occasion;
        json!({
            "method": request.method.as_str(),
            "target": request.uri.to_string(),
            "operation": operation.id,
            "refused": self.judged.refused,
            "call": self.call,
            "now": now.to_string(),
            "out_of_step": self.wanted.refusal().is_some(),
            "rules": self.verdicts.iter().zip(self.does()).map(rule).collect::<Vec<_>>(),
        })
    }

    /// What each rule that takes the request says, and where an earlier one has said it.
    fn does(&self) -> Vec<Vec<String>> {
        let mut said: Vec<(String, String)> = Vec::new();
        let mut each = Vec::new();
        for verdict in &self.verdicts {
            let mut does = Vec::new();
            let taken = verdict.takes().then(|| members(&verdict.rule().then));
            for (member, alone) in taken.into_iter().flatten() {
                match said.iter().find(|(known, _)| alone && *known == member) {
                    Some((_, first)) => does.push(format!("{member} (but \"{first}\" has the word)")),
                    None => does.push(member.clone()),
                }
                said.push((member, verdict.rule().name.clone()));
            }
            each.push(does);
        }
        each
    }

    fn conclusion(&self) -> String {
        let taken = self.wanted.fired.len();
        match self.wanted.refusal() {
            Some(out) => format!("The script of {} expects another request: 409.", out.scenario.name),
            None if taken == 0 => "No rule takes it: the answer is the true one.".to_owned(),
            None if taken == 1 => "One rule takes it.".to_owned(),
            None => format!("{taken} rules take it."),
        }
    }
}

/// What a rule says, and of each whether only the first rule that says it is heard.
fn members(then: &Then) -> Vec<(String, bool)> {
    let one = |there: bool, name: &str, alone: bool| there.then(|| (name.to_owned(), alone));
    let headers = then.headers.iter().map(|(name, _)| (format!("header {name}"), true));
    let all = [
        one(then.reply.is_some(), "reply", true),
        one(then.limit.is_some(), "limit", false),
        one(!then.changes.is_empty(), "a change of the answer", false),
        one(then.page.is_some(), "page", false),
        one(then.recording.is_some(), "recording", false),
        one(then.delay.is_some(), "delay", true),
        one(then.hold.is_some(), "hold", true),
        one(then.fault.is_some(), "fault", true),
        one(!then.before.is_empty() || !then.after.is_empty(), "world", false),
        then.state.as_ref().map(|state| (format!("state {state}"), false)),
        one(then.clock.is_some(), "clock", false),
        one(!then.capture.is_empty(), "capture", false),
    ];
    all.into_iter().flatten().chain(headers).collect()
}
