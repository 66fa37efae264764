//! Writes: everything is checked before anything changes, and all of it under the lane's lock, so that nobody sees half of
//! it and no two writers lose each other's.

use http::header::{HeaderName, HeaderValue, LOCATION};
use jiff::{SignedDuration, Timestamp};
use percent_encoding::utf8_percent_encode;
use serde_json::Value;

use super::deeds::Doing;
use super::generate::{Generator, Wish};
use super::{Answers, body, item, links};
use crate::contract::{Action, Collection, Deed, Location, Operation, Schema, Test};
use crate::lane::State;
use crate::problem::{Kind, Problem};
use crate::reply::{Body, Reply};
use crate::world::change::{self, Change, Members, Refusal};
use crate::world::due::Due;
use crate::world::ids::Names;
use crate::world::kept::{Answer, Known, fingerprint};
use crate::world::query::{Condition, Query};
use crate::world::run::{Behaviour, Started};
use crate::world::{Full, Record, id_text};

const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

/// A request that may come again, and then is not done again.
struct Keyed {
    key: String,
    fingerprint: u64,
    until: Timestamp,
}

/// A new record that is not in the lane yet, and what is said once it is.
pub(super) struct Made {
    pub collection: usize,
    pub id: String,
    pub record: Record,
    /// What becomes of it.
    pub course: Vec<(Timestamp, Due)>,
    pub reply: Reply,
}

impl Answers {
    pub(super) fn change(&self, doing: &Doing) -> Result<Reply, Problem> {
        let mut state = doing.asked.lane.write();
        match doing.deed.action {
            Action::Create => self.once(doing, &mut state, |state| self.create(doing, state)),
            Action::Delete => self.delete(doing, &mut state),
            _ => self.update(doing, &mut state),
        }
    }

    /// Puts in what a request makes, unless that was done for the same request before. Where there is no room for the
    /// answer to whoever asks again, nothing is done: it would be done twice.
    pub(super) fn once(
        &self,
        doing: &Doing,
        state: &mut State,
        make: impl FnOnce(&State) -> Result<Made, Problem>,
    ) -> Result<Reply, Problem> {
        let keyed = self.keyed(doing);
        if let Some(keyed) = &keyed {
            match state.kept.look(&keyed.key, keyed.fingerprint, doing.asked.now) {
                Known::Nothing => {}
                Known::Same(answer) => return Ok(self.replayed(doing, answer)),
                Known::Other => {
                    let named = self.contract.idempotency.as_ref().map(|idempotency| idempotency.problem.clone());
                    return Err(Problem { named, ..Problem::new(Kind::KeyReused) });
                }
            }
        }
        let Made { collection, id, record, course, reply } = make(state)?;
        if let Some(Keyed { key, fingerprint, until }) = &keyed {
            let body = reply.body.ready();
            let answer = Answer { status: reply.status, headers: reply.headers.clone(), body };
            state.kept.keep(key, *fingerprint, answer, doing.asked.now..*until).map_err(no_room)?;
        }
        state.add(collection, &id, record, course).map_err(|full| {
            keyed.iter().for_each(|keyed| state.kept.forget(&keyed.key));
            no_room(full)
        })?;
        Ok(reply)
    }

    /// The same answer again, under the name of the request that it answers now.
    fn replayed(&self, doing: &Doing, answer: &Answer) -> Reply {
        let value = self.contract.request_id.as_deref().and_then(|id_at| {
            let value: Value = serde_json::from_slice(&answer.body).ok()?;
            Some(body::Body::json(&value, Some(id_at)))
        });
        let body = value.map_or_else(
            || Body::Ready(answer.body.clone()),
            |body| body.filled(&doing.asked.request.id, doing.asked.now),
        );
        let mut reply = Reply { headers: answer.headers.clone(), body, ..Reply::empty(answer.status) };
        reply.headers.insert(REPLAYED, HeaderValue::from_static("true"));
        reply
    }

    fn keyed(&self, doing: &Doing) -> Option<Keyed> {
        let (asked, idempotency) = (doing.asked, self.contract.idempotency.as_ref()?);
        let makes = doing.deed.action == Action::Create || doing.deed.keep.is_some();
        let key = asked.request.header(&idempotency.header).filter(|key| makes && !key.is_empty())?;
        let (path, query) = (asked.request.path(), asked.request.query().unwrap_or_default());
        let parts = [asked.operation.id.as_bytes(), path.as_bytes(), query.as_bytes(), &asked.request.body];
        let keep = SignedDuration::try_from(idempotency.keep).unwrap_or(SignedDuration::MAX);
        Some(Keyed {
            key: format!("{:x} {key}", asked.caller),
            fingerprint: fingerprint(&parts),
            until: asked.now.checked_add(keep).unwrap_or(Timestamp::MAX),
        })
    }

    fn create(&self, doing: &Doing, state: &State) -> Result<Made, Problem> {
        item::parents(self, doing, state)?;
        let fixed = fixed(doing);
        let behaviour = self.behaviour(doing, state, &fixed)?;
        let (sent, unseen) = (sent(doing), self.unseen(doing));
        let id = self.id(doing, state, &sent, &unseen)?;
        let sample = || self.sample(doing, &id);
        let change = self.light(doing, state, &unseen, &sample);
        let record = change.create(id.clone(), &sent, &self.defaults(doing), &fixed).map_err(refused)?;
        let text = id_text(&id).unwrap_or_default().into_owned();
        let course =
            behaviour.map(|behaviour| behaviour.course(self.started(doing, &text, &record))).unwrap_or_default();
        Ok(self.fresh(doing, doing.deed.collection, text, record, course))
    }

    /// What is said of a new record.
    pub(super) fn fresh(
        &self,
        doing: &Doing,
        collection: usize,
        id: String,
        record: Record,
        course: Vec<(Timestamp, Due)>,
    ) -> Made {
        let mut reply = self.say(doing, &self.told(doing, &item::shown(doing, &record)), false);
        self.locate(doing, collection, &id, &mut reply);
        Made { collection, id, record, course, reply }
    }

    /// The id of a new record. A client that is to choose it may not take one that is there.
    fn id(&self, doing: &Doing, state: &State, sent: &Members, unseen: &[&str]) -> Result<Value, Problem> {
        let (field, store) = (&doing.collection.id_field, &state.stores()[doing.deed.collection]);
        let chosen = sent.get(field);
        let taken = chosen.and_then(id_text).is_some_and(|id| store.get(&id).is_some());
        if let Some(chosen) = chosen.filter(|_| taken && !unseen.contains(&field.as_str())) {
            let problem = Problem::new(Kind::Conflict).with("field", field.as_str()).with("value", chosen.clone());
            return Err(problem.with("hint", "there is a record with this id already"));
        }
        Ok(self.names(doing, state).id(&self.contract.schemas, doing.collection, store, chosen))
    }

    /// Also puts the body in the record's place, where the operation does that.
    fn update(&self, doing: &Doing, state: &mut State) -> Result<Reply, Problem> {
        item::parents(self, doing, state)?;
        let before = item::find(doing, state)?.clone();
        item::state_suits(doing.deed, &before)?;
        let unseen = self.unseen(doing);
        let id = Value::from(item::id(doing));
        let sample = || self.sample(doing, &id);
        let change = self.light(doing, state, &unseen, &sample);
        let record = changed(self, doing, &change, &before).map_err(refused)?;
        if !record.is(&before) {
            state.put(doing.deed.collection, item::id(doing), record.clone()).map_err(no_room)?;
        }
        Ok(self.say(doing, &self.told(doing, &item::shown(doing, &record)), false))
    }

    fn delete(&self, doing: &Doing, state: &mut State) -> Result<Reply, Problem> {
        item::parents(self, doing, state)?;
        let record = item::find(doing, state)?.clone();
        item::state_suits(doing.deed, &record)?;
        if let Some(in_use) = &doing.collection.in_use {
            let id = Value::from(item::id(doing));
            let held = [(&in_use.field, &id)].into_iter().chain(&in_use.when);
            let conditions = held.map(|(field, value)| Condition {
                fields: vec![field.clone()],
                test: Test::Equals,
                value: value.clone(),
            });
            let query = Query { conditions: conditions.collect(), order: None };
            let count = match state.calls(&doing.asked.lane.ground, doing.asked.now) {
                Some((calls, view)) if self.contract.collections[in_use.collection].computed => {
                    calls.select(&view, &query).len()
                }
                _ => state.stores().get(in_use.collection).map_or(0, |store| store.select(&query).len()),
            };
            if count > 0 {
                return Err(item::conflict(&in_use.problem).with(&in_use.count, count));
            }
        }
        state.remove(&doing.asked.lane.ground, doing.deed.collection, item::id(doing)).map_err(no_room)?;
        Ok(self.say(doing, &self.told(doing, &item::shown(doing, &record)), false))
    }

    /// What a change is made in the light of.
    fn light<'s>(
        &'s self,
        doing: &Doing<'s>,
        state: &'s State,
        unseen: &'s [&'s str],
        sample: &'s dyn Fn() -> Value,
    ) -> Change<'s> {
        Change {
            schemas: &self.contract.schemas,
            collection: doing.collection,
            store: &state.stores()[doing.deed.collection],
            stores: state.stores(),
            names: self.names(doing, state),
            now: doing.asked.now,
            unseen,
            sample,
        }
    }

    pub(super) fn names(&self, doing: &Doing, state: &State) -> Names {
        Names { seed: doing.asked.lane.ground.seed, made: state.made }
    }

    /// What members of the body have when they are left out.
    fn defaults(&self, doing: &Doing) -> Members {
        let schema = body_schema(doing);
        schema.map(|schema| change::defaults(&self.contract.schemas, schema)).unwrap_or_default()
    }

    /// The members of the body that its schema does not declare.
    fn unseen<'d>(&self, doing: &Doing<'d>) -> Vec<&'d str> {
        let schemas = &self.contract.schemas;
        let schema = body_schema(doing).and_then(|schema| schemas.lookup_schema(schema));
        let declared = schema.map(|schema| schemas.known_names(&[schema])).unwrap_or_default();
        let sent = doing.asked.body.and_then(Value::as_object).into_iter().flat_map(Members::keys);
        sent.map(String::as_str).filter(|name| !declared.contains(name)).collect()
    }

    /// A record of this id as the schema makes one.
    pub(super) fn sample(&self, doing: &Doing, id: &Value) -> Value {
        let Collection { name, schema: Some(schema), .. } = doing.collection else { return Value::Null };
        let id = id_text(id).unwrap_or_default();
        let seed = Generator::seed_for(doing.asked.lane.ground.seed, ["record", name, &id]);
        self.generator.generate(schema, Wish { seed, owner: name, name: "", examples: true })
    }

    /// What becomes of a record that goes on by itself. Its input has to be what the record that it runs asks for.
    fn behaviour<'s>(
        &self,
        doing: &Doing,
        state: &'s State,
        fixed: &Members,
    ) -> Result<Option<&'s Behaviour>, Problem> {
        let Some(run) = &doing.collection.run else { return Ok(None) };
        let sent = sent(doing);
        let of = fixed.get(&run.of).or_else(|| sent.get(&run.of)).and_then(id_text).unwrap_or_default();
        let store = doing.collection.references.iter().find(|(field, _)| *field == run.of);
        let store = store.and_then(|(_, place)| state.stores().get(*place));
        let Some(store) = store.filter(|store| store.get(&of).is_some()) else { return Ok(None) };
        let behaviour = store.behaviour(&of);
        let findings = behaviour.judge(sent.get(&run.input).unwrap_or(&Value::Null), &run.input);
        match findings.breaches.is_empty() {
            true => Ok(Some(behaviour)),
            false => Err(Problem::from_breaches(&findings.breaches, findings.more, false)),
        }
    }

    fn started<'s>(&'s self, doing: &Doing<'s>, id: &'s str, record: &'s Record) -> Started<'s> {
        let input = doing.collection.run.as_ref().and_then(|run| record.field(&run.input));
        Started {
            schemas: &self.contract.schemas,
            collection: doing.collection,
            place: doing.deed.collection,
            id,
            input: input.unwrap_or(&Value::Null),
            at: doing.asked.now,
            seed: doing.asked.lane.ground.seed,
        }
    }

    /// Says where the new record can be read.
    fn locate(&self, doing: &Doing, collection: usize, id: &str, reply: &mut Reply) {
        let reads = |deed: &Deed| deed.action == Action::Get && deed.collection == collection && deed.shape.is_none();
        let mut operations = self.contract.operations.iter();
        let path = operations.find_map(|operation| {
            let deed = operation.deed.as_ref().filter(|deed| reads(deed))?;
            filled(operation, |name| match deed.id.as_deref() == Some(name) {
                true => Some(id),
                false => doing.asked.path.get(name),
            })
        });
        let address = path.map(|path| format!("{}{path}", links::origin(doing.asked.request)));
        if let Some(address) = address.and_then(|address| HeaderValue::try_from(address).ok()) {
            reply.headers.insert(LOCATION, address);
        }
    }
}

/// The record as the operation changes it.
fn changed<'c>(
    answers: &Answers,
    doing: &Doing<'c>,
    change: &Change<'c>,
    before: &Record,
) -> Result<Record, Refusal<'c>> {
    let (deed, body) = (doing.deed, sent(doing));
    if deed.action == Action::Replace {
        return change.replace(before, &body, &answers.defaults(doing), &fixed(doing));
    }
    let mut sent = match deed.add.is_some() || deed.remove.is_some() || !deed.set.is_empty() {
        true => Members::new(),
        false => body.clone(),
    };
    sent.extend(deed.set.clone());
    let mut record = change.update(before, &sent)?;
    if let Some((field, member)) = &deed.add {
        record = change.add(&record, field, body.get(member).unwrap_or(&Value::Null), member)?;
    }
    if let Some(item) = deed.remove.as_ref().and_then(|(_, parameter)| doing.asked.path.get(parameter))
        && let Some((field, _)) = &deed.remove
    {
        record = change.remove(&record, field, item)?;
    }
    Ok(record)
}

/// What the body has to be; of several media types the first that says so.
fn body_schema<'d>(doing: &Doing<'d>) -> Option<&'d Schema> {
    let content = doing.asked.operation.body.iter().flat_map(|body| &body.content);
    content.filter_map(|media| media.schema.as_ref()).next()
}

/// The members of the body.
pub fn sent(doing: &Doing) -> Members {
    doing.asked.body.and_then(Value::as_object).cloned().unwrap_or_default()
}

/// What a new record has whatever was sent: the records that it belongs to, and what the operation sets.
fn fixed(doing: &Doing) -> Members {
    let under = doing.deed.under.iter().filter_map(|(parameter, field, _)| {
        let value = doing.asked.values.get(Location::Path, parameter)?;
        Some((field.clone(), value.clone()))
    });
    under.chain(doing.deed.set.clone()).collect()
}

pub fn refused(refusal: Refusal) -> Problem {
    match refusal {
        Refusal::Taken { field, value, problem } => item::conflict(problem).with("field", field).with("value", value),
        Refusal::Breaches(breaches) => Problem::from_breaches(&breaches, 0, false),
    }
}

/// Why nothing more can be put into the lane: by its own bound, or by that of all lanes together.
pub fn no_room(full: Full) -> Problem {
    let detail = match full {
        Full::All(_) => "all".to_owned(),
        _ => String::new(),
    };
    Problem { detail, ..Problem::new(Kind::LaneFull) }.with("reason", full.to_string())
}

/// The path of an operation with these values in it; `None` if one is lacking.
fn filled<'v>(operation: &Operation, value: impl Fn(&str) -> Option<&'v str>) -> Option<String> {
    let mut path = String::with_capacity(operation.path.len() + 16);
    let mut rest = operation.path.as_str();
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}')?;
        path.push_str(before);
        path.extend(utf8_percent_encode(value(name)?, links::VALUE));
        rest = after;
    }
    Some(path + rest)
}
