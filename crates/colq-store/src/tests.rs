//! Whole tables: there and back, appended to, damaged, and cut short at every call.

mod damage;
mod extremes;
mod faults;
mod faults_of_layouts;
mod free_text;
mod invariant;
mod locking;
mod power_loss;
mod round_trip;
mod sample;
mod shared;
