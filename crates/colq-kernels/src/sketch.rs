//! Approximate answers from little memory, which do not depend on the order of rows: what is kept is a function of the
//! set of values, or of how often each occurs, and two are put together by integer operations alone.

mod distinct;
mod histogram;

pub use distinct::DistinctSketch;
pub use histogram::Histogram;
