//! The rows of a column being written, in whichever way its type asks for.

use super::folder::{Output, Until};
use super::free_text::TextRows;
use super::plain::PlainRows;
use super::vectors::VectorRows;
use crate::Result;
use crate::layer::FileLayer;
use colq_column::{Bitmap, ZoneSummary};

/// Rows that are not all in their file yet, and what is known of the unfinished zone.
#[derive(Debug)]
pub(crate) enum Rows {
    /// Values and codes.
    Plain(PlainRows),
    Vectors(Box<VectorRows>),
    Text(Box<TextRows>),
}

impl Rows {
    /// What is known of the last zone, which holds `row_count` rows, and the hash of its values.
    pub(crate) fn describe(
        &self,
        row_count: u64,
        validity: Option<&Bitmap>,
        seed: u64,
    ) -> (ZoneSummary, u64) {
        match self {
            Rows::Plain(rows) => rows.describe(row_count, validity, seed),
            Rows::Vectors(rows) => rows.describe(),
            Rows::Text(rows) => rows.describe(),
        }
    }

    /// A zone is full; the next one has this seed.
    pub(crate) fn start_zone(&mut self, seed: u64) {
        match self {
            Rows::Plain(_) => {}
            Rows::Vectors(rows) => rows.start_zone(seed),
            Rows::Text(rows) => rows.start_zone(seed),
        }
    }

    /// Bytes that wait for the file.
    pub(crate) fn waiting_len(&self) -> usize {
        match self {
            Rows::Plain(rows) => rows.waiting_len(),
            Rows::Vectors(rows) => rows.waiting_len(),
            Rows::Text(rows) => rows.waiting_len(),
        }
    }

    /// Writes what waits.
    pub(crate) fn write(&mut self, layer: &dyn FileLayer, values: &mut Output, until: Until) -> Result<()> {
        match self {
            Rows::Plain(rows) => rows.write(layer, values, until),
            Rows::Vectors(rows) => rows.write(layer, values, until),
            Rows::Text(rows) => rows.write(layer, values, until),
        }
    }
}
