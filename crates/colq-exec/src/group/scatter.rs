//! The rows of a zone for the partitions of groups: keys divided by partition, and beside them the values that the
//! aggregates take, in the same order.

use super::Grouping;
use super::key_texts::owned_len;
use super::keyed::{KeyScratch, Keyed};
use super::tallies::Tallies;
use crate::Error;
use crate::calls::Call;
use crate::pipeline::Run;
use crate::text::Argument;
use colq_column::{Bitmap, Column, ColumnSource, Dictionary, View};
use colq_context::MemoryClaim;
use colq_kernels::{AccumulatorKind, Partitioning, ScatterScratch, Scattered, fetch_lines, gather};
use colq_types::STRIPE_ZONES;
use std::sync::Arc;

/// Where one row of so many is selected, or more, all lines of a column are brought into the cache before its values are
/// put in order, which would ask for them one by one.
const SPARSE: usize = 16;

/// The memory of one thread, reused from zone to zone.
#[derive(Default)]
pub(super) struct Scatterer {
    keys: KeyScratch,
    scratch: ScatterScratch,
    order: Vec<u32>,
}

/// The rows of one zone, partition by partition.
pub(super) struct ScatteredZone {
    /// The number of the zone's first row.
    pub(super) first_row: u64,
    pub(super) stripe: u32,
    pub(super) rows: Scattered,
    /// The columns of [`Values`], and behind them the long texts of keys.
    pub(super) columns: Vec<Column>,
    /// What the zone owns, until its rows have gone to their groups.
    pub(super) _claim: MemoryClaim,
}

impl ScatteredZone {
    /// Brings the rows of a partition into the cache: they lie in a place of their own, which nobody foresees.
    pub(super) fn fetch(&self, partition: usize) {
        self.rows.part(partition).fetch();
        let range = self.rows.range(partition);
        for column in &self.columns {
            fetch_lines(column.values.as_values().slice(range.start, range.len()).as_bytes());
        }
    }
}

/// The values that all calls take, each once, and which of them are a call's.
pub(super) struct Values {
    /// The call, and whether it is the second of its arguments.
    wanted: Vec<(usize, bool)>,
    /// The dictionary that the codes of a column point into in every zone.
    dictionaries: Vec<Option<Arc<Dictionary>>>,
    /// The column of the argument and of the second one, a call.
    pub(super) of_calls: Vec<(Option<usize>, Option<usize>)>,
    /// The calls that need no state of their own.
    pub(super) tallies: Tallies,
}

impl Values {
    pub(super) fn new(calls: &[Call], source: &dyn ColumnSource) -> Result<Values, Error> {
        let mut wanted: Vec<(usize, bool)> = Vec::new();
        let mut place = |call: usize, is_second: bool| {
            let argument = argument(calls, (call, is_second))?;
            let column = argument.value.as_column();
            // Where no row is NULL, counting values is counting rows.
            if calls[call].kind == AccumulatorKind::Count && column.is_some_and(|c| !source.may_have_nulls(c))
            {
                return None;
            }
            let same = |other: &(usize, bool)| {
                let other = self::argument(calls, *other);
                column.is_some()
                    && other.is_some_and(|o| {
                        o.value.as_column() == column && o.is_as_stored() && argument.is_as_stored()
                    })
            };
            Some(wanted.iter().position(same).unwrap_or_else(|| {
                wanted.push((call, is_second));
                wanted.len() - 1
            }))
        };
        let of_calls: Vec<_> = (0..calls.len()).map(|call| (place(call, false), place(call, true))).collect();
        let tallies = Tallies::new(calls, &of_calls, source)?;
        let dictionaries = wanted.iter().map(|place| argument(calls, *place)?.dictionary.clone()).collect();
        Ok(Values { wanted, dictionaries, of_calls, tallies })
    }

    /// Columns of values.
    pub(super) fn column_count(&self) -> usize {
        self.wanted.len()
    }

    /// The dictionary of a text column, where it is the same in every zone.
    pub(super) fn dictionary(&self, column: usize) -> Option<&Arc<Dictionary>> {
        self.dictionaries.get(column)?.as_ref()
    }
}

fn argument(calls: &[Call], (call, is_second): (usize, bool)) -> Option<&Argument> {
    let call = calls.get(call)?;
    if is_second { call.second.as_ref() } else { call.argument.as_ref() }
}

impl Grouping<'_> {
    /// About the bytes of a row that is divided: its key, its number and its values.
    pub(super) fn scattered_row_bytes(&self, values: &Values) -> u64 {
        size_of::<u64>() as u64 * (self.layout.word_count() + 1 + values.column_count()) as u64
    }

    /// The rows of a zone by partition; `None` where no row is selected.
    pub(super) fn scatter(
        &self,
        partitioning: &Partitioning,
        values: &Values,
        worker: &mut Scatterer,
        number: usize,
        run: Run<'_>,
    ) -> Result<Option<ScatteredZone>, Error> {
        let Scatterer { keys, scratch, order } = worker;
        self.keyed(keys, number, run, |keyed| {
            let Keyed { zone, active, positions, words, views } = keyed;
            let first_row = zone.first_row();
            let rows = partitioning.scatter(words, positions.as_deref(), scratch, order);
            let texts = self.long_texts(views, words, order);
            let mut columns = Vec::with_capacity(values.wanted.len() + texts.len());
            for wanted in &values.wanted {
                let Some(argument) = argument(&self.calls, *wanted) else {
                    return Err(Error::Internal("an aggregate lost its argument".into()));
                };
                let evaluated = argument.evaluate(zone, &active)?;
                let failed = |source| Error::Row { row: first_row, span: None, source };
                let view = evaluated.as_view()?;
                if order.len() * SPARSE >= view.len() {
                    fetch_lines(view.values.as_bytes());
                }
                columns.push(gather(&view, order).map_err(failed)?);
            }
            columns.extend(texts);
            let owned = rows.byte_len() + columns.iter().map(owned_len).sum::<usize>();
            Ok(ScatteredZone {
                first_row,
                stripe: (number / STRIPE_ZONES as usize) as u32,
                rows,
                columns,
                _claim: run.context.claim(owned)?,
            })
        })
    }
}

/// The validity of some rows of a column.
pub(crate) fn validity_of(column: &Column, range: &std::ops::Range<usize>) -> Option<Bitmap> {
    column.validity.as_ref().map(|bits| bits.slice(range.start, range.len()))
}

/// Some rows of a column.
pub(crate) fn view_of<'a>(
    column: &'a Column,
    range: &std::ops::Range<usize>,
    validity: Option<&'a Bitmap>,
) -> View<'a> {
    View {
        data_type: column.data_type,
        values: column.values.as_values().slice(range.start, range.len()),
        validity,
        dictionary: column.dictionary.as_ref(),
    }
}
