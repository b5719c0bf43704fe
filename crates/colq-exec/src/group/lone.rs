//! Groups of one row, where nearly every row is alone with its key: a first pass finds the rows whose key may be that of
//! another row too, and these go to their groups as ever. All other rows are groups as they stand, and are written out
//! zone by zone, without a table of keys and in the order they already have.

use super::key_texts::owned_len;
use super::keyed::{KeyScratch, Keyed};
use super::ordered::joined;
use super::runs::is_plain_state;
use super::{Finish, Grouping, InOrder, Piece, Way};
use crate::Error;
use crate::few::Few;
use crate::pipeline::{Pipeline, Run};
use crate::predicate::Predicate;
use crate::used::only;
use colq_column::{Bitmap, Column};
use colq_kernels::{Accumulator, DividedSlots, HitPart, KeySlots, Rows, ScatterScratch, SharedSlots};
use colq_plan::Typed;
use colq_types::ZONE_ROWS;
use std::ops::Range;
use std::sync::{Mutex, PoisonError};

/// Groups of a hundred rows from which on it is worth to look for lone ones.
const MANY_GROUPS: u64 = 85;

/// Zones of a round of the first pass, at least and at most.
const ROUND_ZONES: (u64, u64) = if cfg!(test) { (2, 512) } else { (32, 512) };

/// The part of the memory that is left which the slots of a round may take.
const ROUND_SHARE: u64 = 8;

/// Zones a thread in each round of the last pass.
const ZONES_A_THREAD: usize = 4;

/// Bytes of a value and of its validity, at most, where it is no decimal.
const VALUE_BYTES: usize = 9;

/// The rows that are alone with their key by zone, and those that may not be.
struct Divided {
    lone: Vec<Option<Bitmap>>,
    shared: Vec<Option<Bitmap>>,
    shared_rows: usize,
}

/// The memory of one thread, reused from zone to zone.
#[derive(Default)]
struct Worker {
    keys: KeyScratch,
    scratch: ScatterScratch,
    numbers: Vec<u32>,
}

impl<'a> Grouping<'a> {
    /// True where groups of one row can be told apart beforehand, and of so many rows with about so many groups most are.
    pub(super) fn is_lonely(&self, groups: u64, rows: u64) -> bool {
        let source = &*self.pipeline.source;
        let arguments = || self.calls.iter().flat_map(|call| call.argument.iter().chain(&call.second));
        groups.saturating_mul(100) >= rows.saturating_mul(MANY_GROUPS)
            && !self.pipeline.is_selected()
            && matches!(self.few, Few::All)
            && self.layout.plain_texts().is_empty()
            && self.calls.iter().all(|call| is_plain_state(call, source))
            // The rows are not gone through in their order.
            && !self.pipeline.filter().is_some_and(Predicate::may_fail)
            && !self.keys.iter().chain(arguments()).any(|argument| argument.value.may_fail())
    }

    /// The same grouping of other rows.
    fn of_rows(self, pipeline: &Pipeline) -> Grouping<'_> {
        let Grouping { pipeline: _, keys, calls, layout, places, kept, few } = self;
        Grouping { pipeline, keys, calls, layout, places, kept, few }
    }

    /// Goes through all zones, about so many rows, and gives the groups in the order of their first rows.
    pub(super) fn run_lone(
        self,
        rows: u64,
        keys: &[Typed],
        finish: &Finish<'_>,
        run: Run<'_>,
        sink: &mut dyn FnMut(Piece) -> Result<(), Error>,
    ) -> Result<(Grouping<'a>, Option<InOrder>), Error> {
        let pipeline = self.pipeline;
        let found = match self.shared_slots(rows, run) {
            Err(Error::OverBudget(_)) => return self.run_by(Way::Spilled, keys, finish, run, sink),
            other => other?,
        };
        let (selected, shared) = found;
        let selected = pipeline.among(selected)?;
        let grouping = self.of_rows(&selected);
        let divided = grouping.divided_rows(&shared, run)?;
        drop(shared);
        let row_bytes = (grouping.keys.len() + grouping.calls.len() + 1) * VALUE_BYTES;
        let Ok(_claim) = run.context.claim(divided.shared_rows * row_bytes) else {
            return grouping.of_rows(pipeline).run_by(Way::Spilled, keys, finish, run, sink);
        };
        run.note(|| format!("groups: of one row each, but those of {} rows", divided.shared_rows));
        let shared = pipeline.among(divided.shared)?;
        let mut grouping = grouping.of_rows(&shared);
        let mut pieces = Vec::new();
        if divided.shared_rows > 0 {
            let way = grouping.way(run);
            let (of_shared, whole) = grouping.run_by(way, keys, finish, run, &mut |piece| {
                pieces.push(piece);
                Ok(())
            })?;
            grouping = of_shared;
            if let Some((mut columns, mut states, first_rows)) = whole {
                for (number, (call, state)) in grouping.calls.iter().zip(&mut states).enumerate() {
                    columns.push(finish(number, call, state)?);
                }
                let columns = if grouping.kept.is_some() { only(&columns, &grouping.kept) } else { columns };
                pieces.push(Piece { columns, first_rows });
            }
        }
        let lone = pipeline.among(divided.lone)?;
        let grouping = grouping.of_rows(&lone);
        grouping.give_lone(&pieces, finish, run, sink)?;
        Ok((grouping.of_rows(pipeline), None))
    }

    /// The rows of each zone that are selected, and the slots of keys that more than one of them hits.
    fn shared_slots(
        &self,
        rows: u64,
        run: Run<'_>,
    ) -> Result<(Vec<Option<Bitmap>>, SharedSlots), Error> {
        let slots = KeySlots::new(rows, self.layout.word_count());
        let zones = self.pipeline.zone_count();
        let _claim = run.context.claim(slots.byte_len() as usize + zones * ZONE_ROWS as usize / 8)?;
        let left = run.context.memory_left().unwrap_or(u64::MAX) / ROUND_SHARE;
        let (fewest, most) = ROUND_ZONES;
        let round = (left / (ZONE_ROWS * size_of::<u32>() as u64)).clamp(fewest, most) as usize;
        let mut hits = slots.no_hits();
        let parts: Vec<Mutex<HitPart<'_>>> = hits.parts().map(Mutex::new).collect();
        let mut selected = Vec::with_capacity(zones);
        for start in (0..zones).step_by(round) {
            let count = round.min(zones - start);
            let zones = run.pool.in_order(run.context, count, Worker::default, |worker, i| {
                self.keyed(&mut worker.keys, start + i, run, |keyed| {
                    let divided = slots.divide(keyed.words, &mut worker.scratch);
                    Ok((keyed.active, run.context.claim(divided.byte_len())?, divided))
                })
            })?;
            let divided = || zones.iter().flatten().map(|(_, _, divided): &(_, _, DividedSlots)| divided);
            run.pool.in_order(
                run.context,
                parts.len(),
                || (),
                |(), number| {
                    // No two pieces have the same number, so the lock is never waited for.
                    let mut part = parts[number].lock().unwrap_or_else(PoisonError::into_inner);
                    divided().for_each(|zone| part.hit(zone.part(number)));
                    Ok(())
                },
            )?;
            selected.extend(zones.into_iter().map(|zone| zone.map(|(active, ..)| active)));
        }
        drop(parts);
        Ok((selected, hits.into_shared()))
    }

    /// Which rows of each zone are alone with their key.
    fn divided_rows(&self, shared: &SharedSlots, run: Run<'_>) -> Result<Divided, Error> {
        let zones = run.pool.in_order(
            run.context,
            self.pipeline.zone_count(),
            KeyScratch::default,
            |scratch, number| {
                self.keyed(scratch, number, run, |Keyed { active, positions, words, .. }| {
                    let of_keys = shared.lone(words);
                    let lone = match positions {
                        None => of_keys,
                        Some(positions) => {
                            let mut lone = Bitmap::zeros(active.len());
                            of_keys.ones_iter().for_each(|at| lone.set(positions[at] as usize, true));
                            lone
                        }
                    };
                    let mut shared = active;
                    shared.and_not_assign(&lone);
                    Ok((lone, shared))
                })
            },
        )?;
        let some = |rows: &Bitmap| (rows.count_ones() > 0).then(|| rows.clone());
        let shared_rows = zones.iter().flatten().map(|(_, shared)| shared.count_ones()).sum();
        let (lone, shared) = zones
            .iter()
            .map(|zone| zone.as_ref().map_or((None, None), |(lone, shared)| (some(lone), some(shared))))
            .unzip();
        Ok(Divided { lone, shared, shared_rows })
    }

    /// Gives a group for each row, and between them, by their first rows, the groups of `pieces`.
    fn give_lone(
        &self,
        pieces: &[Piece],
        finish: &Finish<'_>,
        run: Run<'_>,
        sink: &mut dyn FnMut(Piece) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let zones = self.pipeline.zone_count();
        let round = run.pool.thread_count() * ZONES_A_THREAD;
        for start in (0..zones).step_by(round) {
            let count = round.min(zones - start);
            let done = run.pool.in_order(run.context, count, Worker::default, |worker, i| {
                let number = start + i;
                let lone = self.lone_piece(worker, number, finish, run)?;
                let Some(piece) = with_groups(lone, pieces, number)? else { return Ok(None) };
                let columns = piece.columns.iter().map(owned_len).sum::<usize>();
                Ok(Some((run.context.claim(columns + piece.first_rows.len() * 8)?, piece)))
            })?;
            for (claim, piece) in done.into_iter().flatten() {
                drop(claim);
                sink(piece)?;
            }
        }
        Ok(())
    }

    /// A group for each row of a zone; `None` where none is selected.
    fn lone_piece(
        &self,
        worker: &mut Worker,
        number: usize,
        finish: &Finish<'_>,
        run: Run<'_>,
    ) -> Result<Option<Piece>, Error> {
        let Worker { keys, numbers, .. } = worker;
        self.keyed(keys, number, run, |Keyed { zone, active, positions, words, .. }| {
            let count = positions.as_ref().map_or(zone.row_count(), Vec::len);
            let first_row = zone.first_row();
            let mut columns = self.key_columns(words, &|_| &[]);
            numbers.clear();
            numbers.extend(0..count as u32);
            let rows = Rows { groups: &numbers[..], positions: positions.as_deref() };
            for (number, call) in self.calls.iter().enumerate() {
                let mut state = Accumulator::new(call.kind);
                state.resize(count);
                call.evaluate(zone, &active)?.update(call, &mut state, rows, first_row)?;
                columns.push(finish(number, call, &mut state)?);
            }
            let first_rows = match &positions {
                Some(positions) => positions.iter().map(|at| first_row + u64::from(*at)).collect(),
                None => (first_row..first_row + count as u64).collect(),
            };
            Ok(Piece { columns, first_rows })
        })
    }
}

/// The groups of a zone, and between them those of `pieces` that have their first row in the zone.
fn with_groups(lone: Option<Piece>, pieces: &[Piece], zone: usize) -> Result<Option<Piece>, Error> {
    let rows = zone as u64 * ZONE_ROWS..(zone as u64 + 1) * ZONE_ROWS;
    let before = |piece: &Piece, row: u64| piece.first_rows.partition_point(|first| *first < row);
    let of_zone = |piece: &Piece| before(piece, rows.start)..before(piece, rows.end);
    let ranges = pieces.iter().map(|piece| (piece, of_zone(piece)));
    let mut parts: Vec<(&Piece, Range<usize>)> = ranges.filter(|(_, range)| !range.is_empty()).collect();
    if parts.is_empty() {
        return Ok(lone);
    }
    if let Some(lone) = &lone {
        parts.insert(0, (lone, 0..lone.first_rows.len()));
    }
    let (positions, first_rows) = merged(&parts, lone.as_ref().map_or(0, |lone| lone.first_rows.len()));
    let column_count = parts.first().map_or(0, |(piece, _)| piece.columns.len());
    let column = |at: usize| {
        let parts = parts.iter().map(|(piece, range)| (&piece.columns[at], range));
        Ok(joined(parts)?.gather(&positions))
    };
    let columns: Vec<Column> = (0..column_count).map(column).collect::<Result<_, Error>>()?;
    Ok(Some(Piece { columns, first_rows }))
}

/// The order by first rows of the groups of all parts, one part behind the other, and the first rows in that order. The
/// first `lone` groups ascend, and so do the others.
fn merged(parts: &[(&Piece, Range<usize>)], lone: usize) -> (Vec<u32>, Vec<u64>) {
    let all: Vec<u64> =
        parts.iter().flat_map(|(piece, range)| &piece.first_rows[range.clone()]).copied().collect();
    let (lone_rows, others) = all.split_at(lone);
    let (mut positions, mut first_rows) = (Vec::with_capacity(all.len()), Vec::with_capacity(all.len()));
    let mut taken = 0;
    for (at, row) in (lone as u32..).zip(others) {
        let more = lone_rows[taken..].iter().take_while(|own| *own < row).count();
        positions.extend(taken as u32..(taken + more) as u32);
        first_rows.extend_from_slice(&lone_rows[taken..taken + more]);
        taken += more;
        positions.push(at);
        first_rows.push(*row);
    }
    positions.extend(taken as u32..lone as u32);
    first_rows.extend_from_slice(&lone_rows[taken..]);
    (positions, first_rows)
}
