//! What every column of a source holds, in figures: one pass by zone on all threads.
//!
//! Zone summaries say how many rows are NULL or NaN and where the values lie; only where they do not know is a zone
//! read for it. Then each column is read once: what is kept of it (`counts`, `spread`) merges by integer operations, and
//! moments are put together in the order of the zones, so the figures have the same bits for any number of threads.
//! What is kept of a column is bounded, whatever it holds.

mod column;
mod correlation;
mod counts;
mod figures;
mod known;
mod sample;
mod spread;
mod text;

pub use correlation::{Correlations, correlations};
pub use figures::{ColumnProfile, Distinct, Frequent, Intervals, TextLengths};

use crate::{Error, Pool};
use colq_column::ColumnSource;
use colq_context::Context;

/// Zones of one piece of work.
const PIECE_ZONES: u64 = 16;

/// The quantiles that are found.
pub const QUANTILES: [f64; 5] = [0.05, 0.25, 0.5, 0.75, 0.95];

/// Most frequent values that are kept.
const FREQUENT: usize = 5;

/// Figures of the columns with these numbers, in this order, each with a histogram of at most `bins` intervals.
///
/// # Errors
/// A column cannot be read, the work was cancelled, or what is kept on the way does not fit the memory limit.
pub fn profile(
    source: &dyn ColumnSource,
    columns: &[usize],
    bins: usize,
    pool: &Pool,
    context: &Context,
) -> Result<Vec<ColumnProfile>, Error> {
    let pieces = source.zone_count().div_ceil(PIECE_ZONES);
    context.set_total(columns.len() as u64 * source.zone_count());
    let profiles = if pieces < 2 * pool.thread_count() as u64 {
        // Too few zones for all threads, so each takes columns.
        let alone = Pool::new(1);
        pool.in_order(
            context,
            columns.len(),
            || (),
            |(), at| column::profile(source, columns[at], bins, &alone, context),
        )?
    } else {
        let each = columns.iter().map(|column| column::profile(source, *column, bins, pool, context));
        each.collect::<Result<_, Error>>()?
    };
    source.health()?;
    Ok(profiles)
}
