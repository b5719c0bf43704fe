//! Whole tables: there and back, appended to, damaged, and cut short at every call.

mod damage;
mod edits;
mod extremes;
pub(crate) mod faults;
mod faults_of_layouts;
mod free_text;
mod invariant;
mod locking;
mod ordering;
mod power_loss;
mod recovery;
mod round_trip;
mod sample;
mod shared;
mod state;
mod vacuuming;
mod ways;
