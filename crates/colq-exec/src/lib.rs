//! Runs a plan over any column source, in parallel and with the same bits for any number of threads.
//!
//! [`execute`] takes a [`Plan`](colq_plan::Plan), the [`Sources`] it names, a [`Pool`] and a
//! [`Context`](colq_context::Context), and gives a [`Batch`](colq_column::Batch).
//!
//! A plan is cut into *pipelines*: a source, a filter over it, and expressions over its columns. A pipeline runs
//! zone by zone on all threads (`zone`, `evaluate`); zone summaries are asked first
//! (`outcome`, and `bounds` for what rises with a column). What needs no row is computed before the first one
//! (`constant`), and what needs only the values of a dictionary once for each of them (`dictionary`). What a pipeline
//! feeds is one of:
//!
//! - `total`: aggregates without groups, one state a zone, merged in zone order;
//! - `group`: aggregates by key, one state a stripe of 16 zones, merged in stripe order; very many groups are divided by
//!   key first, and spilled where the memory budget asks for it;
//! - `distinct` and `mode`: aggregates over distinct values, which are groups first;
//! - `quantile`: exact quantiles without groups, between two words of a sample or by counting passes (`aggregate` puts all
//!   of these together);
//! - `collect`: the rows themselves, in order, with or without a limit;
//! - `sort`: the rows by an order, the first few or all of them;
//! - `stream`: the rows themselves as batches ([`execute_batches`]), so that there may be more than fit in memory.
//!
//! **Invariant: what a thread does depends on the zone or stripe it was given and on nothing else**, and results
//! are put together by number. So the answer has the same bits for every number of threads.
//!
//! Answers that outgrow the memory budget lie in scratch files (`spill`).
//!
//! `profile` is no plan: it looks at every column of a source and tells its figures ([`profile()`]).
//!
//! `union` puts several sources behind each other as one.
//!
//! The crate knows sources by trait: no file, no SQL.

mod aggregate;
mod between;
mod blocks;
mod bounds;
mod calls;
mod choice;
mod coded;
mod collect;
mod constant;
mod dictionary;
mod distinct;
mod error;
mod evaluate;
mod evaluated;
mod execute;
mod explain;
mod extent;
mod few;
mod finish;
mod fused;
mod group;
mod line;
mod may_fail;
mod mode;
mod narrow;
mod outcome;
mod pipeline;
mod pool;
mod predicate;
mod profile;
mod quantile;
mod recorder;
mod seek;
mod sort;
mod spill;
mod stream;
#[cfg(test)]
mod tests;
mod text;
mod text_order;
mod total;
mod truths;
mod union;
mod used;
mod window;
mod zone;
mod zone_total;

pub use colq_kernels::{Error as KernelError, kernel_level};
pub use error::Error;
pub use execute::{Sources, execute};
pub use explain::{Step, analyze, explain};
pub use pool::Pool;
pub use profile::{
    ColumnProfile, Correlations, Distinct, Frequent, Intervals, QUANTILES, TextLengths, correlations, profile,
};
pub use stream::{Batches, execute_batches};
pub use union::{columns_of, union_of};
