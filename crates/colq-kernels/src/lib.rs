//! Pure single-threaded functions over column views of at most one zone.

mod compare;
mod error;
mod pack;
mod processor;
mod truth;

pub use compare::{Comparison, between_literals, compare_bools, compare_literal, compare_slices};
pub use error::{ArithmeticError, Error};
pub use truth::Truth;
