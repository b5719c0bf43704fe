//! What is known of a column before its values are looked at: from zone summaries, and from the zones that have none.

use crate::zone::{Scratches, Zone};
use crate::{Error, Pool};
use colq_column::{Bounds, ColumnSource, ZoneSummary, summarise};
use colq_context::Context;
use colq_kernels::{float_word, push_words, signed_word, word_float};
use colq_types::DataType;

/// Counts and ends of a column.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Known {
    pub(super) null_count: u64,
    pub(super) nan_count: u64,
    /// The words of the smallest and the largest value.
    pub(super) ends: Option<(u64, u64)>,
    /// The same of the finite values alone.
    pub(super) finite_ends: Option<(u64, u64)>,
}

impl Known {
    fn merge(mut self, other: Known) -> Known {
        self.null_count += other.null_count;
        self.nan_count += other.nan_count;
        self.ends = around(self.ends, other.ends);
        self.finite_ends = around(self.finite_ends, other.finite_ends);
        self
    }

    /// `None` where the summary does not tell: the bounds of text are no ends, and an infinite one hides the finite.
    fn of_summary(summary: &ZoneSummary, data_type: DataType) -> Option<Known> {
        let ends = match summary.bounds {
            _ if data_type == DataType::Text || data_type.is_vector() => None,
            None => None,
            Some(Bounds::Signed { min, max }) => Some((signed_word(min), signed_word(max))),
            Some(Bounds::Unsigned { min, max }) => Some((min, max)),
            Some(Bounds::Float { min, max }) if min.is_finite() && max.is_finite() => {
                Some((float_word(min), float_word(max)))
            }
            Some(_) => return None,
        };
        let (null_count, nan_count) = (summary.null_count, summary.nan_count);
        Some(Known { null_count, nan_count, ends, finite_ends: ends })
    }
}

fn around(one: Option<(u64, u64)>, other: Option<(u64, u64)>) -> Option<(u64, u64)> {
    match (one, other) {
        (Some((a, b)), Some((c, d))) => Some((a.min(c), b.max(d))),
        (one, other) => one.or(other),
    }
}

/// What is known of a column; zones whose summary does not tell are read.
///
/// # Errors
/// A zone cannot be read, or the work was cancelled.
pub(super) fn known(
    source: &dyn ColumnSource,
    column: usize,
    pool: &Pool,
    context: &Context,
) -> Result<Known, Error> {
    let data_type = source.schema().fields()[column].data_type;
    let mut known = Known::default();
    let mut unknown = Vec::new();
    for zone in 0..source.zone_count() {
        let told = source.zone_summary(column, zone)?.and_then(|s| Known::of_summary(&s, data_type));
        match told {
            Some(told) => known = known.merge(told),
            None => unknown.push(zone),
        }
    }
    let read = pool.in_order(context, unknown.len(), Scratches::default, |scratches, at| {
        let mut zone = Zone::new(source, context, source.zone_rows(unknown[at]), scratches);
        let view = zone.view(column)?;
        let summary = summarise(&view);
        if let Some(told) = Known::of_summary(&summary, data_type) {
            return Ok(told);
        }
        let mut words = Vec::new();
        if data_type.is_float() {
            push_words(&view, &[], &mut words).map_err(|source| Error::Row {
                row: zone.rows_before(),
                span: None,
                source,
            })?;
        }
        let mut known =
            Known { null_count: summary.null_count, nan_count: summary.nan_count, ..Known::default() };
        for (row, word) in words.into_iter().enumerate() {
            let value = word_float(word);
            if view.is_valid(row) && !value.is_nan() {
                known.ends = around(known.ends, Some((word, word)));
                if value.is_finite() {
                    known.finite_ends = around(known.finite_ends, Some((word, word)));
                }
            }
        }
        Ok(known)
    })?;
    Ok(read.into_iter().fold(known, Known::merge))
}
