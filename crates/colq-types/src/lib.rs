//! Logical types, schemas, scalars and units: the words that every other crate of colq speaks.
//!
//! This is the ground floor. It knows nothing of files, threads or queries.
//!
//! - [`DataType`] is what a column means, [`Physical`] how one value lies in memory;
//! - [`Schema`] and [`Field`] name columns, [`Scalar`] is one value;
//! - [`Native`] (and [`Integer`]) is the sealed trait of the number types whose bytes may become a slice;
//! - [`Comparison`] and [`Arithmetic`] are the operators, [`Function`] the functions that queries name and kernels carry
//!   out, [`Ranking`] those that number rows;
//! - [`RowRange`], [`ZONE_ROWS`] and [`STRIPE_ZONES`] are the units in which rows are counted;
//! - [`calendar`], [`duration`] and [`decimal`] turn those values to text and back, [`halves`] rounds to half floats.

pub mod calendar;
mod data_type;
pub mod decimal;
pub mod duration;
mod function;
pub mod halves;
mod native;
mod operator;
mod ranking;
mod rows;
mod scalar;
mod schema;

pub use half::{bf16, f16};

pub use data_type::{DataType, Physical, TimeUnit};
pub use function::Function;
pub use native::{Integer, Native};
pub use operator::{Arithmetic, Comparison};
pub use ranking::Ranking;
pub use rows::{RowRange, STRIPE_ROWS, STRIPE_ZONES, ZONE_ROWS, zone_count, zone_range};
pub use scalar::Scalar;
pub use schema::{Field, Lookup, Schema};
