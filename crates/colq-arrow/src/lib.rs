//! Columns to and from Arrow arrays (arrow-rs 59).
//!
//! - [`from_arrow`] makes a [`colq_column::Column`] of an array, [`to_arrow`] an array of a column;
//! - [`column_type`] and [`arrow_type`] say which types stand for each other.
//!
//! Both ways copy the values: an array's buffer cannot become a `Vec`, nor the other way round, without unsafe
//! code where the lengths or owners differ. Text keeps its dictionary, so only the codes and the distinct
//! values are copied. This crate knows nothing of files.

mod error;
mod from;
mod to;
mod types;

pub use error::Error;
pub use from::from_arrow;
pub use to::to_arrow;
pub use types::{arrow_type, column_type};

#[cfg(test)]
mod tests;
