//! The world that lanes begin with: the records of the fixtures, and the calls, all moved to where the clock stands.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::contract::{Collection, Contract, Library as _, Made};
use crate::embedded::Library;
use crate::lane::{Maker, Told};
use crate::seed::Seed;
use crate::source::Diagnostic;
use crate::voice;
use crate::voice::calls::Calls;
use crate::voice::stock::{Beside, Stock, WORLD};
use crate::world::{Base, Record, fixtures, matching};

/// Fixtures that were found good.
#[derive(Clone)]
pub struct Fixtures {
    contract: Arc<Contract>,
    files: Option<Library>,
    /// The moment as of which the files are written, where they say it.
    moment: Option<Timestamp>,
    /// How many calls there are, if somebody wants other than the files have.
    size: Option<usize>,
}

impl Fixtures {
    /// Reads all files once, so that whatever is wrong with them is told. Without a folder every collection is empty.
    pub fn read(
        contract: &Arc<Contract>,
        files: Option<Library>,
    ) -> Result<(Fixtures, Vec<Diagnostic>), Vec<Diagnostic>> {
        let mut fixtures = Fixtures { contract: contract.clone(), files, moment: None, size: None };
        let bases = fixtures.bases(SignedDuration::ZERO)?;
        let stock = fixtures.stock(&bases)?;
        fixtures.moment = stock.as_ref().map(|stock| stock.world.moment);
        Ok((fixtures, stock.map(|stock| stock.warnings).unwrap_or_default()))
    }

    /// The same with another number of calls.
    pub fn sized(self, size: Option<usize>) -> Fixtures {
        Fixtures { size, ..self }
    }

    fn bases(&self, shift: SignedDuration) -> Result<Vec<Base>, Vec<Diagnostic>> {
        match &self.files {
            Some(files) => fixtures::load(&self.contract, files, shift),
            None => Ok(self.contract.collections.iter().map(|_| Base::default()).collect()),
        }
    }

    /// What calls are told from, if any of the collections is computed.
    fn stock(&self, bases: &[Base]) -> Result<Option<Stock>, Vec<Diagnostic>> {
        let computed = self.contract.collections.iter().find(|collection| collection.computed);
        let (Some(computed), Some(files)) = (computed, &self.files) else { return Ok(None) };
        if !files.has(WORLD) {
            return Ok(None);
        }
        let records = |name: &str| self.place(name).and_then(|place| bases.get(place)).into_iter().flat_map(Base::iter);
        let beside = Beside {
            agents: records(voice::AGENTS).map(|record| &*record.shown).collect(),
            contacts: records(voice::CONTACTS).map(|record| &*record.shown).collect(),
            schema: computed.schema.as_ref().map(|schema| (&self.contract.schemas, schema)),
        };
        Stock::read(files, &beside).map(Some)
    }

    fn place(&self, name: &str) -> Option<usize> {
        self.contract.collections.iter().position(|collection| collection.name == name)
    }

    fn told(&self, seed: Seed, anchor: Timestamp) -> Result<Told, Vec<Diagnostic>> {
        let shift = self.moment.map_or(SignedDuration::ZERO, |moment| anchor.duration_since(moment));
        let shift = SignedDuration::from_secs(shift.as_secs());
        let mut bases = self.bases(shift)?;
        let Some(stock) = self.stock(&bases)? else { return Ok(Told { bases, calls: None }) };
        let count = self.size.unwrap_or(stock.count());
        let calls = Calls::new(Arc::new(stock), seed, anchor, count);
        if let Some(place) = self.place(voice::CONTACTS)
            && let (Some(base), Some(collection)) = (bases.get_mut(place), self.contract.collections.get(place))
        {
            *base = joined(std::mem::take(base), calls.contacts(), collection);
        }
        Ok(Told { bases, calls: Some(calls) })
    }
}

impl Maker for Fixtures {
    fn make(&self, seed: Seed, anchor: Timestamp) -> Told {
        self.told(seed, anchor).unwrap_or_else(|findings| {
            // They were good when the server started; somebody has changed them since.
            let first = findings.first().map(|finding| finding.message.as_str()).unwrap_or_default();
            tracing::error!(first, "the fixtures can no longer be read: there are no records");
            Told { bases: self.contract.collections.iter().map(|_| Base::default()).collect(), calls: None }
        })
    }
}

/// Records of the files and others, in the order in which they were made.
fn joined(base: Base, others: Vec<Value>, collection: &Collection) -> Base {
    let made = collection.made.iter().find(|(_, made)| *made == Made::Now).map(|(field, _)| field.as_str());
    let mut records: Vec<Record> = base.iter().cloned().chain(others.into_iter().map(Record::new)).collect();
    if let Some(field) = made {
        let moment = |record: &Record| record.field(field).cloned().unwrap_or_default();
        records.sort_by(|a, b| matching::compare(&moment(a), &moment(b)));
    }
    Base::new(&collection.id_field, records)
}
