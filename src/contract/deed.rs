//! What an operation does to the records behind it (`x-mock`), as plain data. `compile/deed.rs` reads it from a document;
//! `convention.rs` recognises it in a document that says nothing of it.

use std::time::Duration;

use http::HeaderName;
use serde_json::{Map, Value};

use super::schema::Schema;

/// A set of records that operations read and change (`x-mock.collections`).
#[derive(Debug)]
pub struct Collection {
    pub name: String,
    /// Computed call by call and not kept as records.
    pub computed: bool,
    /// One record as it is read.
    pub schema: Option<Schema>,
    /// The field that holds a record's id.
    pub id_field: String,
    /// How new ids look: `agent_{12}` is `agent_` and twelve letters or digits, `{uuid}` a UUID, `{number}` the next number.
    pub id_style: String,
    /// The problem that answers an unknown id. It gets the path parameters as facts.
    pub missing: Option<String>,
    /// No two records have the same value of such a field. The other text is the problem.
    pub unique: Vec<(String, String)>,
    /// What a new record has in a field that the request left out. A change to null brings it back where the record's
    /// schema allows no null.
    pub made: Vec<(String, Made)>,
    /// Objects that a change adds to, member by member; a member that is null is taken out.
    pub merged: Vec<String>,
    /// What forbids that a record is deleted.
    pub in_use: Option<InUse>,
    /// Fields that name a record of another collection, by its place.
    pub references: Vec<(String, usize)>,
    /// Records that go on by themselves, from one state to the next.
    pub run: Option<Run>,
}

/// How the value of a field comes about.
#[derive(Debug, Clone, PartialEq)]
pub enum Made {
    /// The moment at which the record is made.
    Now,
    /// The moment of the last change.
    Touched,
    /// A telephone number that nobody has.
    Phone,
    Value(Value),
    /// By the value of another field.
    By {
        field: String,
        values: Map<String, Value>,
    },
}

/// Records of another collection that hold on to one of this.
#[derive(Debug)]
pub struct InUse {
    pub collection: usize,
    /// The field that names our record.
    pub field: String,
    /// Which of them hold on.
    pub when: Map<String, Value>,
    pub problem: String,
    /// The fact under which the problem is told their number.
    pub count: String,
}

/// The life of a record that is started and ends by itself. How long it takes, how it may fail and what it gives is the
/// `behaviour` of the record that it is a run of.
#[derive(Debug)]
pub struct Run {
    /// The field that names the record with the behaviour.
    pub of: String,
    /// The field of the state, and its four values: waiting, running, done, failed.
    pub state: String,
    pub states: [String; 4],
    pub started: String,
    pub ended: String,
    pub error: String,
    /// The field of the input, which the behaviour's schema is held against.
    pub input: String,
    pub output: String,
}

/// What an operation does.
#[derive(Debug)]
pub struct Deed {
    pub action: Action,
    /// The collection by its place.
    pub collection: usize,
    /// The collection that keeps what a report computed, as a new record.
    pub keep: Option<usize>,
    /// The path parameter with the record's id.
    pub id: Option<String>,
    /// Path parameters that name the records which this one belongs to: parameter, field, and the collection that has
    /// those, if one has. A field that is no part of the record's schema is kept with the record and not shown.
    pub under: Vec<(String, String, Option<usize>)>,
    /// A change of these values, whatever the request says.
    pub set: Map<String, Value>,
    /// A list field, and the member of the body with what is added to it.
    pub add: Option<(String, String)>,
    /// A list field, and the path parameter with what is taken out of it.
    pub remove: Option<(String, String)>,
    /// The answer's fields and those of the record that fill them, where that is not the whole record.
    pub shape: Option<Vec<(String, String)>>,
    /// A field, the values with which the record can be answered, and the problem for others.
    pub only: Option<(String, Vec<Value>, String)>,
    /// A field, the value that it must have in the record which this one belongs to, and the problem for others.
    pub requires: Option<(String, Value, String)>,
    /// How many seconds the answer may lie behind the clock.
    pub cache: u32,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    List,
    Get,
    Create,
    /// Changes what is sent.
    Update,
    /// Puts the body in the record's place.
    Replace,
    Delete,
    /// A part of a computed record, by name.
    View(String),
    /// Figures over computed records, by name.
    Report(String),
}

/// Which records a parameter lets through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    /// Any of these fields (`a.b` goes into an object).
    pub fields: Vec<String>,
    pub test: Test,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Test {
    Equals,
    AtLeast,
    AtMost,
    /// The text has this part; case and accents don't count.
    Contains,
    /// The list has this item; case doesn't count.
    Includes,
}

/// What a parameter says about the list as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    Page,
    PerPage,
    Limit,
    Offset,
    Cursor,
    /// The id of the row behind which to go on, or a cursor.
    After,
    SortBy,
    SortOrder,
}

/// A creation that is sent again with the same key is not done again (`x-mock.idempotency`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Idempotency {
    pub header: HeaderName,
    pub keep: Duration,
    /// The same key with another request.
    pub problem: String,
}

/// The words by which a document and a list of operations call what stands here.
const ACTIONS: [(&str, Action); 6] = [
    ("list", Action::List),
    ("get", Action::Get),
    ("create", Action::Create),
    ("update", Action::Update),
    ("replace", Action::Replace),
    ("delete", Action::Delete),
];

const TESTS: [(&str, Test); 5] = [
    ("equals", Test::Equals),
    ("at_least", Test::AtLeast),
    ("at_most", Test::AtMost),
    ("contains", Test::Contains),
    ("includes", Test::Includes),
];

const ROLES: [(&str, Role); 8] = [
    ("page", Role::Page),
    ("per_page", Role::PerPage),
    ("limit", Role::Limit),
    ("offset", Role::Offset),
    ("cursor", Role::Cursor),
    ("after", Role::After),
    ("sort_by", Role::SortBy),
    ("sort_order", Role::SortOrder),
];

fn named<T: Clone>(table: &[(&str, T)], word: &str) -> Option<T> {
    table.iter().find(|(name, _)| *name == word).map(|(_, value)| value.clone())
}

fn name<T: PartialEq>(table: &[(&'static str, T)], value: &T) -> &'static str {
    table.iter().find(|(_, known)| known == value).map_or("", |(name, _)| name)
}

impl Action {
    pub fn named(word: &str) -> Option<Action> {
        named(&ACTIONS, word)
    }

    /// `list`, or `view summary`.
    pub fn words(&self) -> String {
        match self {
            Action::View(part) => format!("view {part}"),
            Action::Report(figures) => format!("report {figures}"),
            action => name(&ACTIONS, action).to_owned(),
        }
    }
}

impl Test {
    pub fn named(word: &str) -> Option<Test> {
        named(&TESTS, word)
    }

    pub fn name(self) -> &'static str {
        name(&TESTS, &self)
    }
}

impl Role {
    pub fn named(word: &str) -> Option<Role> {
        named(&ROLES, word)
    }

    pub fn name(self) -> &'static str {
        name(&ROLES, &self)
    }
}
