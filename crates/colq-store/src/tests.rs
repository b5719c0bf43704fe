//! Whole tables: there and back, appended to, damaged, and cut short at every call.

mod round_trip;
mod sample;
