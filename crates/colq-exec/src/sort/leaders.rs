//! The rows that may be among the first of their partitions, found before any is put in order: a pass over the keys, in
//! which each thread keeps the best values of each partition, and a look at the rows that were good enough when they came
//! by. What is left is little more than what is wanted, and only that is sorted.
//!
//! **Invariant: a row is dropped only when it is not among the first, whatever rows come later.** So which thread looked at
//! which zone makes no difference to the answer.

use super::keys::Keys;
use super::ranked::Numbering;
use crate::Error;
use crate::pipeline::{Foresight, Pipeline, Run, Selection};
use crate::predicate::Value;
use crate::zone::Scratches;
use colq_column::Bitmap;
use colq_kernels::{GroupBits, Leaders};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Values that are kept at most, of all partitions together: those of a thread lie in the caches of a processor.
const MOST_VALUES: usize = 1 << 21;

/// Values that are kept of a partition: finding the place of one takes longer the more there are.
const MOST_OF_A_PARTITION: usize = 32;

/// Of so many rows at least one may be wanted, or most rows would be looked at twice in vain.
const ROWS_A_VALUE: u64 = 4;

/// Fewer rows are sorted as they are.
const FEW_ROWS: u64 = 1 << 14;

/// Of a zone the keys of up to this part of the rows are kept until all zones were looked at; where more rows were good
/// enough, they are made once more.
const KEPT_PART: usize = 4;

/// What is kept of a row, in bytes.
const KEPT_BYTES: u64 = size_of::<(u32, u32, u64)>() as u64;

/// Rows of a zone that were good enough.
enum Found {
    None,
    /// Their places in the zone, their partitions and their values.
    Few(Vec<(u32, u32, u64)>),
    /// Too many to be kept.
    Many,
}

/// The memory of a thread.
struct Worker<'a> {
    scratches: Scratches,
    rows: Rows,
    leaders: Option<MutexGuard<'a, Leaders>>,
}

/// The selected rows of a zone.
#[derive(Default)]
struct Rows {
    words: Vec<Vec<u64>>,
    /// Their places in the zone, their partitions and their values.
    places: Vec<u32>,
    groups: Vec<u32>,
    values: Vec<u64>,
}

impl Rows {
    fn row(&self, row: usize) -> (u32, u32, u64) {
        (self.places[row], self.groups[row], self.values[row])
    }
}

struct Search<'a> {
    pipeline: &'a Pipeline,
    keys: &'a Keys,
    groups: GroupBits,
    run: Run<'a>,
}

/// The pipeline without rows that cannot be wanted; `None` where looking for them is not worth its while.
pub(super) fn leading(
    pipeline: &Pipeline,
    outputs: &[Value],
    keys: &Keys,
    numbering: &Numbering,
    run: Run<'_>,
) -> Result<Option<Pipeline>, Error> {
    let rows = pipeline.source.row_count();
    let Some((ranking, most)) = numbering.first else { return Ok(None) };
    let Some(most) = usize::try_from(most).ok().filter(|most| (1..=MOST_OF_A_PARTITION).contains(most))
    else {
        return Ok(None);
    };
    let most_values = MOST_VALUES.min(usize::try_from(rows / ROWS_A_VALUE).unwrap_or(usize::MAX));
    let most_bits = (most_values / most).checked_ilog2().unwrap_or(0) as usize;
    let groups = GroupBits::new(&keys.layout, numbering.partition_keys, most_bits);
    // An expression that fails for a row would fail now and then, as threads go.
    let Some(groups) = groups.filter(|_| rows >= FEW_ROWS && !outputs.iter().any(Value::may_fail)) else {
        return Ok(None);
    };
    let zones = pipeline.zone_count();
    let threads = run.pool.thread_count().min(zones).max(1);
    let table = groups.group_count() * most * size_of::<u64>();
    let kept = rows / KEPT_PART as u64 * KEPT_BYTES + rows / 8;
    let needed = (threads * table).saturating_add(usize::try_from(kept).unwrap_or(usize::MAX));
    if run.context.memory_left().is_some_and(|left| needed as u64 > left / 2) {
        return Ok(None);
    }
    let _claim = run.context.claim(needed)?;
    let tables: Vec<Mutex<Leaders>> =
        (0..threads).map(|_| Mutex::new(Leaders::new(groups, ranking, most))).collect();
    let search = Search { pipeline, keys, groups, run };
    let start = || Worker {
        scratches: Scratches::default(),
        rows: Rows::default(),
        leaders: tables.iter().find_map(|table| table.try_lock().ok()),
    };
    let found = run.pool.in_order(run.context, zones, start, |worker, zone| search.look(zone, worker))?;
    let mut tables = tables.into_iter().map(|t| t.into_inner().unwrap_or_else(PoisonError::into_inner));
    let Some(mut leaders) = tables.next() else { return Ok(None) };
    tables.for_each(|table| leaders.merge(&table));
    let start = || Worker { scratches: Scratches::default(), rows: Rows::default(), leaders: None };
    let rows = run.pool.in_order(run.context, zones, start, |worker, zone| {
        search.look_again(zone, &found[zone], &leaders, worker)
    })?;
    let left: usize = rows.iter().flatten().map(Bitmap::count_ones).sum();
    run.note(|| {
        format!(
            "window: {left} rows may be among the first {most} of their partitions, the rest never sorted"
        )
    });
    pipeline.among(rows).map(Some)
}

impl Search<'_> {
    /// The rows of a zone that are good enough so far.
    fn look(&self, number: usize, worker: &mut Worker<'_>) -> Result<Found, Error> {
        let Worker { scratches, rows, leaders } = worker;
        let mut kept = Vec::new();
        let mut count = 0;
        let most = self.pipeline.source.zone_rows(number as u64).row_count() as usize / KEPT_PART;
        self.rows(number, scratches, rows, true)?;
        let take = |row: usize| {
            count += 1;
            if kept.len() < most {
                kept.push(rows.row(row));
            }
        };
        match leaders {
            Some(leaders) => leaders.offer_all(&rows.groups, &rows.values, take),
            None => (0..rows.groups.len()).for_each(take),
        }
        Ok(match count {
            0 => Found::None,
            _ if count > kept.len() => Found::Many,
            _ => Found::Few(kept),
        })
    }

    /// Those of them that are good enough in the end; `None` where none is.
    fn look_again(
        &self,
        number: usize,
        found: &Found,
        leaders: &Leaders,
        worker: &mut Worker<'_>,
    ) -> Result<Option<Bitmap>, Error> {
        let row_count = self.pipeline.source.zone_rows(number as u64).row_count() as usize;
        let mut leading = Bitmap::zeros(row_count);
        let mut is_any = false;
        let take = |(place, group, value): (u32, u32, u64)| {
            if leaders.may_lead(group, value) {
                leading.set(place as usize, true);
                is_any = true;
            }
        };
        match found {
            Found::None => return Ok(None),
            Found::Few(kept) => kept.iter().copied().for_each(take),
            Found::Many => {
                let Worker { scratches, rows, .. } = worker;
                self.rows(number, scratches, rows, false)?;
                (0..rows.groups.len()).map(|row| rows.row(row)).for_each(take);
            }
        }
        Ok(is_any.then_some(leading))
    }

    /// The selected rows of a zone.
    fn rows(
        &self,
        number: usize,
        scratches: &mut Scratches,
        rows: &mut Rows,
        counts: bool,
    ) -> Result<(), Error> {
        rows.places.clear();
        rows.groups.clear();
        rows.values.clear();
        let zone_start = self.pipeline.source.zone_rows(number as u64).start;
        let foresight = self.pipeline.foresee(number, self.run)?;
        if foresight == Foresight::Pruned {
            return Ok(());
        }
        let mut zone = self.pipeline.zone(number, scratches, self.run);
        let selection = if counts {
            self.pipeline.select(foresight, &mut zone, self.run)?
        } else {
            self.pipeline.select_uncounted(foresight, &mut zone)?
        };
        if matches!(selection, Selection::None) {
            return Ok(());
        }
        let active = selection.to_bitmap(zone.row_count());
        let positions = selection.positions();
        let len = positions.as_ref().map_or(zone.row_count(), Vec::len);
        self.keys.encode(&mut zone, &active, positions.as_deref(), &mut rows.words)?;
        self.groups.split(&rows.words, len, &mut rows.groups, &mut rows.values);
        let before = (zone.first_row() - zone_start) as u32;
        match &positions {
            None => rows.places.extend(before..before + len as u32),
            Some(positions) => rows.places.extend(positions.iter().map(|at| before + at)),
        }
        Ok(())
    }
}
