//! Paths that belong together: those of a collection and of one of its records, and what can be told from their methods.

use std::collections::HashMap;

use http::Method;

use super::records::{self, Called};
use crate::contract::Contract;
use crate::contract::bundle::Cursor;
use crate::contract::deed::Action;
use crate::contract::field;
use crate::contract::operation::Operation;

/// The paths of a collection and of one of its records.
pub struct Paths<'c> {
    /// `/owners/{owner}/pets`
    pub collection: &'c str,
    /// The parameter that follows in the path of one record.
    pub parameter: Option<&'c str>,
    /// Operations on the collection, and on one record.
    on_all: Vec<&'c Operation>,
    on_one: Vec<&'c Operation>,
}

/// What one record of a collection is, and its id.
pub type Recorded<'c> = (Cursor<'c>, &'c str);

/// The paths of the document that could be a collection's, in their order.
pub fn paths(contract: &Contract) -> Vec<Paths<'_>> {
    let mut all: Vec<Paths> = Vec::new();
    let mut places: HashMap<&str, usize> = HashMap::new();
    for operation in contract.operations.iter().filter(|operation| !operation.idle) {
        let (before, last) = operation.path.rsplit_once('/').unwrap_or_default();
        let (collection, parameter) = match parameter(last) {
            Some(name) => (before, Some(name)),
            None => (operation.path.as_str(), None),
        };
        // What is no word is no name of a collection: the root, `{id}.json`, a parameter behind a parameter.
        let name = collection.rsplit('/').next().unwrap_or_default();
        if name.is_empty() || name.contains(['{', '}']) {
            continue;
        }
        let known = *places.entry(collection).or_insert_with(|| {
            all.push(Paths { collection, parameter: None, on_all: Vec::new(), on_one: Vec::new() });
            all.len() - 1
        });
        let paths = &mut all[known];
        match parameter {
            Some(_) => paths.on_one.push(operation),
            None => paths.on_all.push(operation),
        }
        paths.parameter = paths.parameter.or(parameter);
    }
    all
}

/// The name of a segment that is one parameter and nothing else.
fn parameter(segment: &str) -> Option<&str> {
    segment.strip_prefix('{')?.strip_suffix('}').filter(|name| !name.contains(['{', '}']))
}

impl<'c> Paths<'c> {
    pub fn name(&self) -> &'c str {
        self.collection.rsplit('/').next().unwrap_or_default()
    }

    pub fn called(&self) -> Called<'c> {
        Called { collection: self.name(), parameter: self.parameter }
    }

    pub fn operations(&self) -> impl Iterator<Item = &'c Operation> + use<'_, 'c> {
        self.on_all.iter().chain(&self.on_one).copied()
    }

    pub fn is_on_one(&self, operation: &Operation) -> bool {
        self.on_one.iter().any(|other| other.index == operation.index)
    }

    fn on_all(&self, method: &Method) -> Option<&'c Operation> {
        self.on_all.iter().copied().find(|operation| operation.method == *method)
    }

    /// Whether they stand below one record of something else.
    pub fn is_nested(&self) -> bool {
        self.collection.contains('}')
    }

    /// What one record is, if these are the paths of a collection: records can be made here or `below` another record, and
    /// read or at least listed; or `x-mock` says so.
    pub fn recorded(&self, contract: &'c Contract, below: &[&Paths<'c>]) -> Option<Recorded<'c>> {
        let called = self.called();
        let by_rows = || {
            let answer = records::answered(contract, self.on_all(&Method::GET)?)?;
            called.row(&answer)
        };
        let one = self.on_one.iter().copied().filter(|operation| operation.method != Method::DELETE);
        let mut single = one.chain(self.on_all(&Method::POST)).filter_map(|operation| {
            let answer = records::answered(contract, operation)?;
            called.record(&answer)
        });
        let place = self.stated(contract);
        let stated = place.map(|place| &contract.collections[place]);
        let said = stated.and_then(|stated| stated.schema.as_ref()).map(|schema| schema.cursor(&contract.bundle));
        let record = said.or_else(|| single.next()).or_else(by_rows)?;
        let named = stated.filter(|stated| stated.says("id_field", &contract.bundle)).map(|stated| &stated.id_field);
        let id_field = match named {
            Some(named) => field::names(&record).into_iter().find(|name| name == named),
            None => called.id_field(&record),
        }?;
        let mut making = below.iter().copied().chain([self]).filter_map(|paths| paths.on_all(&Method::POST));
        let makes = making.any(|operation| self.makes(contract, operation, &record));
        let reads = !self.on_one.is_empty() || by_rows().is_some();
        (place.is_some() || makes && reads).then_some((record, id_field))
    }

    /// Whether a request is about a record of its own.
    fn makes(&self, contract: &'c Contract, operation: &'c Operation, record: &Cursor<'c>) -> bool {
        records::sent(contract, operation).is_some_and(|body| records::speaks_of(body.as_ref(), record))
    }

    /// The collection that `x-mock` names for one of the operations, or declares by the name that these paths have.
    pub fn stated(&self, contract: &Contract) -> Option<usize> {
        let on_records = |operation: &&Operation| match &operation.deed {
            Some(deed) if matches!(deed.action, Action::List | Action::Create) => !self.is_on_one(operation),
            Some(deed) => self.is_on_one(operation) && deed.id.as_deref() == self.parameter && deed.remove.is_none(),
            None => false,
        };
        let mut deeds = self.operations().filter(on_records).filter_map(|operation| operation.deed.as_ref());
        let named = || contract.collections.iter().position(|collection| collection.name == self.key());
        deeds.next().map(|deed| deed.collection).or_else(named)
    }

    /// What the collection is called among all: its own name, behind those further up.
    pub fn key(&self) -> String {
        let segments: Vec<&str> = self.collection.split('/').collect();
        let owned = segments.windows(2).filter(|pair| parameter(pair[1]).is_some() && parameter(pair[0]).is_none());
        let mut names: Vec<&str> = owned.map(|pair| pair[0]).filter(|name| !name.is_empty()).collect();
        names.push(self.name());
        names.join("/")
    }

    pub fn action(
        &self,
        contract: &'c Contract,
        operation: &'c Operation,
        record: &Cursor<'c>,
        called: &Called,
    ) -> Option<Action> {
        let makes = || self.makes(contract, operation, record);
        let changes = |method: &Method| self.on_one.iter().any(|other| other.method == *method);
        match (self.is_on_one(operation), operation.method.as_str()) {
            (false, "GET") => {
                let answer = records::answered(contract, operation)?;
                called.row(&answer).map(|_| Action::List)
            }
            (false, "POST") => makes().then_some(Action::Create),
            (true, "GET") => Some(Action::Get),
            (true, "PUT") => makes().then_some(Action::Replace),
            (true, "PATCH") => makes().then_some(Action::Update),
            // Some APIs change what is sent by a POST to the record.
            (true, "POST") if !changes(&Method::PATCH) && !changes(&Method::PUT) => makes().then_some(Action::Update),
            (true, "DELETE") => Some(Action::Delete),
            _ => None,
        }
    }
}
