//! What every reader of files gives: batches in file order, and an account of what could not be read.

use crate::{Error, Problem};
use colq_column::Batch;
use colq_types::Schema;
use std::fmt;
use std::sync::Arc;

/// A file as batches of rows, in the order of the file.
pub trait BatchStream: Send {
    /// Names and types, known before the first batch. Every batch has this schema.
    fn schema(&self) -> &Arc<Schema>;

    /// The next batch: 65,536 rows, the last one and those of very long or very many cells fewer, and never an
    /// empty one. `None` after the last, and after an error.
    ///
    /// # Errors
    /// What is wrong with the file or a cell; that the work was cancelled or is over its memory budget.
    fn next_batch(&mut self) -> Result<Option<Batch>, Error>;

    /// The cells that could not be read in the batches given so far.
    fn bad_cells(&self) -> &BadCells;
}

/// One cell, or row, that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadCell {
    /// The physical line on which it begins, from 1.
    pub line: u64,
    /// The name of its column; for a row of the wrong length, of the first column without a cell or else of
    /// the last column. Empty where a whole line is wrong, as one of JSON that is no object.
    pub column: String,
    /// What stands there, shortened to 80 bytes.
    pub text: String,
    /// What is wrong with it.
    pub problem: Problem,
}

impl fmt::Display for BadCell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}", self.line)?;
        if !self.column.is_empty() {
            write!(f, ", column {}", self.column)?;
        }
        write!(f, ": {}", self.problem)?;
        match self.problem {
            // The text of a short row is no part of what is wrong with it.
            Problem::TooFewCells { .. } => Ok(()),
            _ => write!(f, ": {:?}", self.text),
        }
    }
}

/// How many cells could not be read, and the first of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BadCells {
    /// All of them.
    pub count: u64,
    /// The first [`BadCells::KEPT`], in the order of the file.
    pub first: Vec<BadCell>,
}

impl BadCells {
    /// How many are kept with their text.
    pub const KEPT: usize = 20;

    /// Adds those that come after these in the file.
    pub(crate) fn append(&mut self, later: BadCells) {
        self.count += later.count;
        let room = BadCells::KEPT.saturating_sub(self.first.len());
        self.first.extend(later.first.into_iter().take(room));
    }
}
