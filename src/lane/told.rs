//! What the fixtures say, moved to one anchor. Worlds of any seed and size share it.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;

use super::Ground;
use crate::contract::{Asked, Asking, Collection, Contract, Library, Schema, Schemas, Texts};
use crate::source::Diagnostic;
use crate::voice;
use crate::voice::stock::{Beside, Stock, WORLD, World};
use crate::world::fixtures::{self, oldest_first};
use crate::world::{Base, Record};

/// Where it is read from.
#[derive(Clone, Default)]
pub struct Fixtures {
    /// Without one there are no records.
    pub folder: Option<Arc<dyn Library + Send + Sync>>,
    /// The folder is the embedded one: a test holds its records against their schemas.
    pub vetted: bool,
    /// What the files hold that were read before.
    pub texts: Arc<Texts>,
}

#[derive(Default)]
pub(super) struct Told {
    pub bases: Vec<Arc<Base>>,
    pub stock: Option<Arc<Stock>>,
    /// What the folder was asked for the records, and what for the calls.
    pub asked: [Asked; 2],
}

impl Told {
    /// What comes out as it was `before` is shared with that.
    pub fn read(
        contract: &Arc<Contract>,
        from: &Fixtures,
        anchor: Timestamp,
        before: Option<&Ground>,
    ) -> Result<Told, Vec<Diagnostic>> {
        let Some(folder) = &from.folder else {
            let empty = contract.collections.iter().map(|collection| Base::new(&collection.id_field, Vec::new()));
            return Ok(Told { bases: empty.map(Arc::new).collect(), ..Told::default() });
        };
        let [for_records, for_calls] = [(); 2].map(|()| Asking::new(&**folder, &from.texts));
        let moment = match computed(contract) {
            Some(_) => for_records.read(WORLD).and_then(|file| World::read(&file))?.moment,
            // Without calls nothing says when the fixtures were written.
            None => anchor,
        };
        let load = if from.vetted { fixtures::load_vetted } else { fixtures::load };
        let bases = load(contract, &for_records, anchor.duration_since(moment))?;
        let mut told = Told { bases: bases.into_iter().map(Arc::new).collect(), ..Told::default() };
        told.asked[0] = for_records.asked();
        if let Some(before) = before {
            told.share(contract, before);
        }
        let Some(calls) = computed(contract) else { return Ok(told) };
        let schema = calls.schema.as_ref().filter(|_| !from.vetted).map(|schema| (&contract.schemas, schema));
        match before.and_then(|before| told.known_stock(contract, before, &**folder)) {
            Some((stock, asked)) => {
                stock.check(&for_calls, schema)?;
                (told.stock, told.asked[1]) = (Some(stock), asked);
            }
            None => {
                let stock = stock(&for_calls, contract, schema, &told.bases)?;
                (told.stock, told.asked[1]) = (Some(Arc::new(stock)), for_calls.asked());
            }
        }
        Ok(told)
    }

    /// Puts the records that are alike in place of those that were read.
    fn share(&mut self, contract: &Contract, before: &Ground) {
        for (collection, base) in contract.collections.iter().zip(&mut self.bases) {
            if let Some(known) = known_base(&collection.name, before).filter(|known| known.is_like(base)) {
                *base = known.clone();
            }
        }
    }

    /// What calls were told from before, if it would come out the same. They are told from the agents and contacts beside what
    /// their own files say.
    fn known_stock(&self, contract: &Contract, before: &Ground, folder: &dyn Library) -> Option<(Arc<Stock>, Asked)> {
        let is_shared = |name: &&str| {
            let base = place(contract, name).and_then(|place| self.bases.get(place));
            base.zip(known_base(name, before)).is_some_and(|(base, known)| Arc::ptr_eq(base, known))
        };
        let (stock, asked) = (before.told.stock.as_ref()?, &before.told.asked[1]);
        let same = [voice::AGENTS, voice::CONTACTS].iter().all(is_shared) && asked.since(folder).is_same();
        same.then(|| (stock.clone(), asked.clone()))
    }
}

fn known_base<'g>(name: &str, before: &'g Ground) -> Option<&'g Arc<Base>> {
    before.told.bases.get(place(&before.contract, name)?)
}

/// The collection whose records are not kept but worked out.
pub(super) fn computed(contract: &Contract) -> Option<&Collection> {
    contract.collections.iter().find(|collection| collection.computed)
}

pub(super) fn place(contract: &Contract, name: &str) -> Option<usize> {
    contract.collections.iter().position(|collection| collection.name == name)
}

fn stock(
    library: &dyn Library,
    contract: &Contract,
    schema: Option<(&Schemas, &Schema)>,
    bases: &[Arc<Base>],
) -> Result<Stock, Vec<Diagnostic>> {
    let records =
        |name: &str| place(contract, name).and_then(|place| bases.get(place)).into_iter().flat_map(|base| base.iter());
    let beside = Beside {
        agents: records(voice::AGENTS).map(|record| &*record.shown).collect(),
        contacts: records(voice::CONTACTS).map(|record| &*record.shown).collect(),
        schema,
    };
    Stock::read(library, &beside)
}

/// The records of a base and further ones, all in the order in which they were made.
pub(super) fn with_more(collection: &Collection, base: &Base, more: Vec<Value>) -> Base {
    let mut records: Vec<Record> = more.into_iter().map(Record::new).chain(base.iter().cloned()).collect();
    records.reverse();
    Base::new(&collection.id_field, oldest_first(collection, records))
}
