//! Columns to and from Arrow arrays (arrow-rs 59), without a copy where the two lay values out alike.
//!
//! - [`from_arrow`] makes a [`colq_column::Column`] over an array's memory; [`to_arrow`] and [`into_arrow`] make an array
//!   over a column's, [`into_arrow_as`] one of another Arrow type;
//! - [`column_type`], [`arrow_type`] and [`natural_type`] say which types stand for each other;
//! - [`from_record_batch`], [`to_record_batch`] and [`to_record_batch_as`] do so for batches;
//! - [`export_stream`] and [`import_stream`] hand batches over by Arrow's C stream interface, [`batch_reader`] to
//!   whatever takes record batches.
//!
//! What is copied on the way: bools, which Arrow packs into bits; bf16, which Arrow lacks and so gets as Float32;
//! decimals between widths; the offsets and codes that colq makes itself; text of views and of dictionaries whose values
//! repeat; values with something other than zero under a null; and, by [`to_arrow`] of a borrowed column, values in the
//! column's own memory.
//!
//! This crate knows nothing of files.

mod batch;
mod bytes;
mod error;
mod from;
mod from_text;
mod stream;
mod text;
mod to;
mod types;
mod values;

pub use batch::{arrow_schema, from_record_batch, schema_of, to_record_batch, to_record_batch_as};
pub use error::Error;
pub use from::from_arrow;
pub use stream::{BatchError, Batches, ImportedBatches, batch_reader, export_stream, import_stream};
pub use to::{into_arrow, into_arrow_as, to_arrow};
pub use types::{arrow_type, column_type, natural_type};

#[cfg(test)]
mod tests;
