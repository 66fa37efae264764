//! What the tests of this binary stand on.

pub mod rust;
