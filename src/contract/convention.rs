//! What operations do to records, recognised by the conventions of the web where a document says nothing of it
//! (`--stateful`): a path of a collection and the path of one of its records, with the methods that each has. What `x-mock`
//! says of a collection, an operation or a parameter goes before what is recognised.

mod parameters;
mod paths;
mod records;
mod words;

use std::collections::HashMap;

use serde_json::Map;

use self::parameters::Meaning;
use self::paths::{Paths, Recorded, paths};
use super::Contract;
use super::bundle::{Bundle, Cursor};
use super::deed::{Action, Collection, Deed};
use super::field::{self, Field};
use super::operation::Operation;
use super::schema::Schema;

impl Contract {
    /// Fills in collections, deeds, filters and pages.
    pub fn recognise(&mut self) {
        let found = Recognised::of(self);
        for (place, collection) in found.collections {
            match self.collections.get_mut(place) {
                Some(stated) => stated.complete(collection, &self.bundle),
                None => self.collections.push(collection),
            }
        }
        for (place, deed) in found.deeds {
            self.operations[place].deed = Some(deed);
        }
        for (operation, parameter, meaning) in found.meanings {
            let parameter = &mut self.operations[operation].parameters[parameter];
            parameter.filter = meaning.filter;
            parameter.role = meaning.role;
            parameter.fields.extend(meaning.fields);
        }
        self.recognised = true;
        self.note_places();
    }
}

/// Everything that is known of a collection before it is one.
struct Resource<'c> {
    paths: Paths<'c>,
    record: Cursor<'c>,
    id_field: &'c str,
    /// Its place among the collections.
    place: usize,
}

/// What is to be changed in a contract.
#[derive(Default)]
struct Recognised {
    collections: Vec<(usize, Collection)>,
    deeds: Vec<(usize, Deed)>,
    meanings: Vec<(usize, usize, Meaning)>,
}

/// The collections that were found, and where.
#[derive(Default)]
struct Resources<'c> {
    all: Vec<Resource<'c>>,
    /// By the path of the collection, where one record has a path too.
    homes: HashMap<&'c str, usize>,
    /// Those that stand below no record, by their names.
    free: HashMap<&'c str, usize>,
    /// How often a name is used.
    keys: HashMap<String, usize>,
    /// Further paths to the records of a collection.
    ways: Vec<(usize, Paths<'c>)>,
}

impl<'c> Resources<'c> {
    fn of(contract: &'c Contract) -> Resources<'c> {
        let (nested, free): (Vec<Paths>, Vec<Paths>) = paths(contract).into_iter().partition(Paths::is_nested);
        let mut below: HashMap<&str, Vec<&Paths>> = HashMap::new();
        for paths in &nested {
            below.entry(paths.name()).or_default().push(paths);
        }
        let mut found = Resources::default();
        let mut next = contract.collections.len();
        let free: Vec<(Paths, Option<Recorded>)> = free
            .into_iter()
            .map(|paths| {
                let recorded = paths.recorded(contract, below.get(paths.name()).map(Vec::as_slice).unwrap_or_default());
                (paths, recorded)
            })
            .collect();
        let nested = nested.into_iter().map(|paths| {
            let recorded = paths.recorded(contract, &[]);
            (paths, recorded)
        });
        for (paths, recorded) in free.into_iter().chain(nested) {
            if let Some(same) = found.same(&paths, recorded.as_ref()) {
                found.ways.push((same, paths));
                continue;
            }
            let Some((record, id_field)) = recorded else { continue };
            let place = paths.stated(contract).unwrap_or_else(|| {
                next += 1;
                next - 1
            });
            found.add(Resource { paths, record, id_field, place });
        }
        found
    }

    fn add(&mut self, resource: Resource<'c>) {
        let (place, paths) = (self.all.len(), &resource.paths);
        if paths.parameter.is_some() {
            self.homes.insert(paths.collection, place);
        }
        if !paths.is_nested() {
            self.free.entry(paths.name()).or_insert(place);
        }
        *self.keys.entry(paths.key()).or_default() += 1;
        self.all.push(resource);
    }

    /// The collection that these are another path to: they stand below a record, its own paths do not, and they have no
    /// path for one record or that of the very same.
    fn same(&self, paths: &Paths, recorded: Option<&Recorded>) -> Option<usize> {
        let place = *self.free.get(paths.name()).filter(|_| paths.is_nested())?;
        let known = self.all[place].record.value;
        let same = recorded.is_some_and(|(record, _)| std::ptr::eq(record.clone().resolved().value, known));
        (paths.parameter.is_none() || same).then_some(place)
    }

    /// The records further up that these belong to.
    fn under(&self, paths: &Paths<'c>, resource: &Resource<'c>) -> Vec<Under> {
        let mut under = Vec::new();
        for (at, _) in paths.collection.match_indices('{') {
            let Some((name, _)) = paths.collection[at + 1..].split_once('}') else { continue };
            let above = paths.collection[..at].trim_end_matches('/');
            let parent = self.homes.get(above).map(|place| self.all[*place].place);
            let one = words::one_of(above.rsplit('/').next().unwrap_or_default());
            let usual = [name.to_owned(), format!("{one}_id"), one];
            let names = field::names(&resource.record);
            let scalar = |name: &&str| match field::field(&resource.record, name) {
                Field::Declared(said) => field::may_be(&said, &["string", "integer", "number"]),
                _ => false,
            };
            let mut known = usual.iter().filter_map(|wanted| {
                names.iter().copied().filter(|name| *name != resource.id_field).find(|name| words::alike(name, wanted))
            });
            // Where the record does not tell, it is remembered under the parameter's name.
            let field = known.find(scalar).unwrap_or(name).to_owned();
            under.push((name.to_owned(), field, parent));
        }
        under
    }
}

impl Recognised {
    fn of(contract: &Contract) -> Recognised {
        let resources = Resources::of(contract);
        let mut found = Recognised::default();
        for resource in &resources.all {
            let under = resources.under(&resource.paths, resource);
            if resource.paths.operations().any(|operation| operation.deed.is_none()) {
                found.collections.push((resource.place, resource.collection(contract, &resources, &under)));
            }
            found.deeds(contract, resource, &resource.paths, &under);
        }
        for (same, paths) in &resources.ways {
            let under = resources.under(paths, &resources.all[*same]);
            found.deeds(contract, &resources.all[*same], paths, &under);
        }
        found
    }

    fn deeds(&mut self, contract: &Contract, resource: &Resource, paths: &Paths, under: &[Under]) {
        for operation in paths.operations() {
            let one = paths.is_on_one(operation);
            let action = match &operation.deed {
                Some(deed) if deed.action == Action::List => Some(Action::List),
                Some(_) => continue,
                None => paths.action(contract, operation, &resource.record, &resource.paths.called()),
            };
            let Some(action) = action else { continue };
            if action == Action::List {
                let meanings = parameters::meanings(&contract.bundle, operation, &resource.record);
                self.meanings.extend(meanings.into_iter().map(|(place, meaning)| (operation.index, place, meaning)));
            }
            if operation.deed.is_none() {
                let deed = Deed {
                    action,
                    collection: resource.place,
                    keep: None,
                    id: paths.parameter.filter(|_| one).map(str::to_owned),
                    under: under.to_vec(),
                    set: Map::new(),
                    add: None,
                    remove: None,
                    shape: None,
                    only: None,
                    requires: None,
                    cache: 0,
                };
                self.deeds.push((operation.index, deed));
            }
        }
    }
}

/// A path's parameter, the field that it is compared with, and the collection of which it names a record.
type Under = (String, String, Option<usize>);

impl Resource<'_> {
    fn collection(&self, contract: &Contract, all: &Resources, under: &[Under]) -> Collection {
        let operations: Vec<&Operation> = self.paths.operations().collect();
        let references = under.iter().filter_map(|(_, field, parent)| Some((field.clone(), (*parent)?)));
        Collection {
            name: self.name(all),
            computed: false,
            schema: Some(Schema::new(&self.record)),
            id_field: self.id_field.to_owned(),
            id_style: self.paths.called().id_style(contract, &self.record, self.id_field, &operations),
            missing: None,
            unique: Vec::new(),
            made: records::moments(&self.record),
            merged: Vec::new(),
            in_use: None,
            references: references.collect(),
            run: None,
        }
    }

    /// What the collection is called, which no other is.
    fn name(&self, all: &Resources) -> String {
        let key = self.paths.key();
        if all.keys.get(&key).is_some_and(|times| *times > 1) { self.paths.collection.to_owned() } else { key }
    }
}

impl Collection {
    /// Whether `x-mock` has this key for it.
    fn says(&self, key: &str, bundle: &Bundle) -> bool {
        let collections = bundle.root().get("x-mock").and_then(|mock| mock.get("collections"));
        collections.and_then(|all| all.get(&self.name)).is_some_and(|written| written.value.get(key).is_some())
    }

    /// Takes over what is not said of it.
    fn complete(&mut self, found: Collection, bundle: &Bundle) {
        if self.computed {
            return;
        }
        if !self.says("schema", bundle) {
            self.schema = found.schema;
        }
        if !self.says("id_field", bundle) {
            self.id_field = found.id_field;
        }
        if !self.says("id_style", bundle) {
            self.id_style = found.id_style;
        }
        let made = found.made.into_iter().filter(|(field, _)| !self.made.iter().any(|(known, _)| known == field));
        let made: Vec<_> = made.collect();
        self.made.extend(made);
        let known = |field: &String| self.references.iter().any(|(known, _)| known == field);
        let references: Vec<_> = found.references.into_iter().filter(|(field, _)| !known(field)).collect();
        self.references.extend(references);
    }
}

#[cfg(test)]
mod tests;
