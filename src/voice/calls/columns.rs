//! What is known of every call without telling it: small numbers, one column for each, newest call first.

/// The numbers of one call.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Row {
    /// Seconds from its start to the anchor.
    pub before: u32,
    /// Seconds in all, once it has ended.
    pub duration: u16,
    /// The agent's place in the stock.
    pub agent: u16,
    /// The playbook's place in the stock, or [`WRITTEN`].
    pub playbook: u16,
    pub ending: u8,
    pub fate: Fate,
    /// The mood in hundredths, once it has ended; [`SILENT`] if nothing was said.
    pub score: i16,
    /// A bit for each topic and keyword of the playbook, once it has ended.
    pub topics: u16,
    pub keywords: u16,
    /// The digits of the caller's number; 0 if it was withheld.
    pub number: u64,
    pub person: Person,
    pub flags: u8,
    /// Tenths of a second that the agent took to answer, on average; [`NEVER`] if it did not.
    pub response: u16,
    /// So many lines of its course were said.
    pub lines: u8,
    /// Which words were said while the agent looked something up; see [`Heard`](super::course::Heard).
    pub stills: u8,
}

/// How a call ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    Completed,
    Failed,
    Abandoned,
}

/// Who calls: one of the contacts that the seed makes, a stranger, or somebody else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Person(pub u32);

/// In place of a playbook: the call is written out.
pub const WRITTEN: u16 = u16::MAX;
pub const SILENT: i16 = i16::MIN;
pub const NEVER: u16 = u16::MAX;
pub const RECORDED: u8 = 1;
pub const TRANSCRIBED: u8 = 2;

impl Fate {
    pub const ALL: [Fate; 3] = [Fate::Completed, Fate::Failed, Fate::Abandoned];

    /// The status of a call that ended so.
    pub fn name(self) -> &'static str {
        match self {
            Fate::Completed => "completed",
            Fate::Failed => "failed",
            Fate::Abandoned => "abandoned",
        }
    }
}

impl Person {
    /// Nobody that the seed makes: whoever has the number, or a caller without one.
    pub const OTHER: Person = Person(u32::MAX);
    const STRANGER: u32 = 1 << 31;

    pub fn contact(place: u32) -> Person {
        Person(place & !Person::STRANGER)
    }

    pub fn stranger(place: u32) -> Person {
        Person(place | Person::STRANGER)
    }

    /// The place among the contacts of the world.
    pub fn as_contact(self) -> Option<u32> {
        (self.0 & Person::STRANGER == 0).then_some(self.0)
    }
}

macro_rules! columns {
    ($($name:ident: $kind:ty),* $(,)?) => {
        /// All rows, by column.
        #[derive(Debug, Default)]
        pub struct Columns {
            $(pub $name: Vec<$kind>,)*
        }

        impl Columns {
            pub fn with_capacity(rows: usize) -> Columns {
                Columns { $($name: Vec::with_capacity(rows),)* }
            }

            pub fn push(&mut self, row: Row) {
                $(self.$name.push(row.$name);)*
            }

            pub fn insert(&mut self, place: usize, row: Row) {
                $(self.$name.insert(place, row.$name);)*
            }

            pub fn append(&mut self, mut other: Columns) {
                $(self.$name.append(&mut other.$name);)*
            }

            /// The row at a place that there is.
            pub fn row(&self, place: usize) -> Row {
                Row { $($name: self.$name[place],)* }
            }

            /// The bytes of a row in all columns together.
            pub const WIDTH: usize = 0 $(+ size_of::<$kind>())*;
        }
    };
}

columns! {
    before: u32,
    duration: u16,
    agent: u16,
    playbook: u16,
    ending: u8,
    fate: Fate,
    score: i16,
    topics: u16,
    keywords: u16,
    number: u64,
    person: Person,
    flags: u8,
    response: u16,
    lines: u8,
    stills: u8,
}

impl Columns {
    pub fn len(&self) -> usize {
        self.before.len()
    }
}

// A million calls shall fit where there is little room.
const _: () = assert!(Columns::WIDTH <= 48);
