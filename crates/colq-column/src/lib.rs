//! What a column looks like in memory, whoever owns the bytes.
//!
//! Bytes that were mapped, read or allocated all end up here as the same few things, so that the kernels and
//! the execution above never ask where they came from:
//!
//! - [`View`]: a borrowed column of some rows, [`Values`] its typed slice, [`Bitmap`] its validity;
//! - [`Column`] and [`Batch`]: the forms with an owner, a column and an in-memory table. Their [`Buffer`]s are this
//!   program's own memory, or [`SharedBytes`] that a map or an Arrow array keeps alive;
//! - [`Dictionary`] and [`DictionaryBuilder`]: the values that text codes point into;
//! - [`ZoneSummary`]: what is known of one column in one zone, and [`summarise`] which finds it out;
//! - [`Lanes`]: the one definition of a float sum (docs/SQL.md), which everything that adds floats uses;
//! - [`ColumnSource`]: the hinge. A stored table implements it and so does a [`Batch`].
//!
//! This crate knows nothing of files, threads or queries.

mod batch;
mod bitmap;
mod buffer;
mod bytes;
mod column;
mod dictionary;
mod lanes;
mod row_codes;
mod source;
mod summary;
mod view;

pub use batch::Batch;
pub use bitmap::Bitmap;
pub use buffer::{Buffer, SharedValues, VectorBuffer};
pub use bytes::SharedBytes;
pub use column::Column;
pub use dictionary::{Dictionary, DictionaryBuilder, DictionaryError, TextFacts};
pub use lanes::{LANES, Lanes, canonical_nan};
pub use row_codes::{are_row_codes, row_codes};
pub use source::{Access, ColumnSource, Order, Scratch, SourceError};
pub use summary::{Bounds, Sum, ZoneSummary, integer_sum, summarise, text_prefix};
pub use view::{RowTexts, Values, Vectors, View};
