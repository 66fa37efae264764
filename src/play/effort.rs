//! How much is done for one request, whichever of its rules want it, so that nobody else has to wait for long. What is beyond
//! that is left out.

use std::cell::Cell;

use crate::scenario::{MOST_CHANGES, MOST_DEEDS, MOST_FILLED, Unfilled};

/// No answer grows beyond this many bytes: copies of copies would.
const LARGEST: usize = 16 << 20;
/// So many bytes of an answer are copied, compared or moved for all changes together.
const MOST_TOUCHED: usize = 64 << 20;
/// What a value counts that moves because another one comes or goes before it.
const MOVED: usize = 32;

/// What may still be done.
#[derive(Debug)]
pub struct Effort {
    deeds: Cell<usize>,
    changes: Cell<usize>,
    filled: Cell<usize>,
}

/// What may still be done to the JSON of one answer, and about how large it is by now.
#[derive(Debug)]
pub struct Toil {
    left: usize,
    size: usize,
}

impl Default for Effort {
    fn default() -> Effort {
        let [deeds, changes, filled] = [MOST_DEEDS, MOST_CHANGES, MOST_FILLED].map(Cell::new);
        Effort { deeds, changes, filled }
    }
}

impl Effort {
    /// So many records and calls are going to be touched.
    pub fn deeds(&self, count: usize) -> Result<(), Unfilled> {
        spend(&self.deeds, count, || format!("more than {MOST_DEEDS} records and calls are touched for one request"))
    }

    /// So many changes are going to be made to the answer.
    pub fn changes(&self, count: usize) -> Result<(), Unfilled> {
        spend(&self.changes, count, || format!("more than {MOST_CHANGES} changes are made to one answer"))
    }

    /// What templates may still come to, in bytes.
    pub fn filled(&self) -> &Cell<usize> {
        &self.filled
    }
}

/// What is too much takes nothing, so that something smaller still has room.
fn spend(left: &Cell<usize>, count: usize, why: impl FnOnce() -> String) -> Result<(), Unfilled> {
    left.set(left.get().checked_sub(count).ok_or_else(|| Unfilled(why()))?);
    Ok(())
}

impl Toil {
    /// For an answer of so many bytes.
    pub fn new(size: usize) -> Toil {
        Toil { left: MOST_TOUCHED, size }
    }

    /// The whole answer is copied.
    pub fn copy(&mut self) -> Result<(), String> {
        self.touch(self.size)
    }

    /// So many values of a list or an object move on.
    pub fn shift(&mut self, values: usize) -> Result<(), String> {
        self.touch(values.saturating_mul(MOVED))
    }

    /// So many bytes come in. What is taken out again is not counted off.
    pub fn grow(&mut self, bytes: usize) -> Result<(), String> {
        self.touch(bytes)?;
        self.size = self.size.saturating_add(bytes);
        match self.size > LARGEST {
            true => Err(format!("the answer would grow beyond {} MiB", LARGEST >> 20)),
            false => Ok(()),
        }
    }

    fn touch(&mut self, bytes: usize) -> Result<(), String> {
        self.left = self.left.checked_sub(bytes).ok_or("it is more work than is done for one answer")?;
        Ok(())
    }
}
