//! What a list asks for, apart from any request: which records, in which order, and which stretch of them.

use serde_json::Value;

use crate::contract::Test;

/// Which records, and in which order.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Query {
    /// All of them hold.
    pub conditions: Vec<Condition>,
    pub order: Option<Order>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Condition {
    /// Any of these fields (`a.b` goes into an object).
    pub fields: Vec<String>,
    pub test: Test,
    pub value: Value,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Order {
    pub field: String,
    pub descending: bool,
}

/// Which stretch of the records is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stretch {
    /// Pages count from 1.
    Page {
        page: u64,
        per_page: u64,
    },
    Offset {
        offset: u64,
        limit: u64,
    },
    /// What follows the place that an earlier answer named.
    After {
        cursor: String,
        limit: u64,
    },
    /// The same, or what follows the row of this id.
    Behind {
        row: String,
        limit: u64,
    },
}
