//! Groups of one row, where nearly every row is alone with its key: a first pass finds the rows whose key may be that of
//! another row too, and these go to their groups as ever. All other rows are groups as they stand, and are written out
//! zone by zone, without a table of keys and in the order they already have.

use super::key_texts::owned_len;
use super::keyed::KeyScratch;
use super::ordered::joined;
use super::runs::is_plain_state;
use super::{Finish, Grouping, InOrder, Piece, Way};
use crate::Error;
use crate::few::Few;
use crate::pipeline::{Foresight, Pipeline, Run};
use crate::predicate::Predicate;
use crate::used::only;
use colq_column::{Bitmap, Column};
use colq_kernels::{Accumulator, KeySlots, Rows, ScatterScratch};
use colq_plan::Typed;
use colq_types::ZONE_ROWS;
use std::ops::Range;

/// Groups of a hundred rows from which on it is worth to look for lone ones.
const MANY_GROUPS: u64 = 85;

/// Zones a thread in each round of the last pass.
const ZONES_A_THREAD: usize = 4;

/// Bytes of a value and its validity, at most.
const VALUE_BYTES: u64 = 17;

/// Bytes of a row while slots are looked at.
const SLOT_BYTES: u64 = 8;

/// The part of the memory that is left which each step may take: the groups of the other rows, which may be spilled, have
/// half of it.
const SHARE: u64 = 4;

/// The rows that are alone with their key by zone, and those that may not be.
struct Divided {
    lone: Vec<Option<Bitmap>>,
    shared: Vec<Option<Bitmap>>,
    shared_rows: usize,
}

/// The rows of one part of the slots that may not be alone with their key.
struct Shared {
    /// Their places in their zones, zone by zone.
    places: Vec<u16>,
    /// Where those of each zone end.
    ends: Vec<u32>,
}

impl Shared {
    fn of_zone(&self, zone: usize) -> &[u16] {
        let start = zone.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.places[start as usize..self.ends[zone] as usize]
    }
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
    pub(super) fn is_lonely(&self, groups: u64, rows: u64, run: Run<'_>) -> bool {
        let source = &*self.pipeline.source;
        let share = run.context.memory_left().map_or(u64::MAX, |left| left / SHARE);
        let of_threads = run.pool.thread_count() as u64 * ZONE_ROWS * self.row_bytes();
        if (rows.saturating_mul(SLOT_BYTES)).max(of_threads) > share {
            return false;
        }
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

    /// Bytes of a group as a row of the answer.
    fn row_bytes(&self) -> u64 {
        size_of::<u64>() as u64 + (self.keys.len() + self.calls.len()) as u64 * VALUE_BYTES
    }

    /// The same grouping of other rows.
    fn of_rows(self, pipeline: &Pipeline) -> Grouping<'_> {
        let Grouping { pipeline: _, keys, calls, layout, places, is_guessed, kept, few } = self;
        Grouping { pipeline, keys, calls, layout, places, is_guessed, kept, few }
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
        let divided = match self.divided_rows(rows, run) {
            Err(Error::OverBudget(_)) => {
                return self.run_by(Way::Spilled(rows as usize), keys, finish, run, sink);
            }
            other => other?,
        };
        let needed = divided.shared_rows as u64 * self.row_bytes();
        let is_much = run.context.memory_left().is_some_and(|left| needed > left / SHARE);
        let Some(_claim) = (!is_much).then(|| run.context.claim(needed as usize).ok()).flatten() else {
            return self.run_by(Way::Spilled(rows as usize), keys, finish, run, sink);
        };
        run.note(|| format!("groups: of one row each, but those of {} rows", divided.shared_rows));
        let shared = pipeline.among(divided.shared)?;
        let mut grouping = self.of_rows(&shared);
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
        // Of a zone whose rows all may share their keys, some are the first of their groups still.
        let mut first_rows = divided.lone;
        let zone_rows = |zone: usize| pipeline.source.zone_rows(zone as u64).row_count() as usize;
        for row in pieces.iter().flat_map(|piece| &piece.first_rows) {
            let (zone, place) = ((row / ZONE_ROWS) as usize, (row % ZONE_ROWS) as usize);
            if let Some(rows) = first_rows.get_mut(zone) {
                rows.get_or_insert_with(|| Bitmap::zeros(zone_rows(zone))).set(place, true);
            }
        }
        let first_rows = pipeline.among(first_rows)?;
        let grouping = grouping.of_rows(&first_rows);
        grouping.give_lone(&pieces, finish, run, sink)?;
        Ok((grouping.of_rows(pipeline), None))
    }

    /// Which rows of each zone are alone with their key.
    fn divided_rows(&self, rows: u64, run: Run<'_>) -> Result<Divided, Error> {
        let slots = KeySlots::new(rows, self.layout.word_count());
        let zones = run.pool.in_order(
            run.context,
            self.pipeline.zone_count(),
            Worker::default,
            |worker, number| {
                self.keyed(&mut worker.keys, number, run, |keyed| {
                    let divided = slots.divide(keyed.words, keyed.positions.as_deref(), &mut worker.scratch);
                    let owned = divided.byte_len() + keyed.active.words().len() * 16;
                    Ok((keyed.active, divided, run.context.claim(owned)?))
                })
            },
        )?;
        // The rows of each part, zone by zone.
        let shared = run.pool.in_order(
            run.context,
            slots.part_count(),
            || slots.no_hits(),
            |hits, number| {
                hits.clear();
                for (_, zone, _) in zones.iter().flatten() {
                    zone.fetch(number);
                    hits.hit(zone, number);
                }
                let mut shared = Shared { places: Vec::new(), ends: vec![0; zones.len()] };
                for (at, zone) in zones.iter().enumerate() {
                    if let Some((_, zone, _)) = zone {
                        hits.add_shared(zone, number, &mut shared.places);
                    }
                    shared.ends[at] = shared.places.len() as u32;
                }
                let owned = shared.places.capacity() * 2 + shared.ends.len() * 4;
                Ok((shared, run.context.claim(owned)?))
            },
        )?;
        let divided = run.pool.in_order(
            run.context,
            zones.len(),
            || (),
            |(), number| {
                let Some((active, ..)) = &zones[number] else { return Ok((None, None, 0)) };
                let mut of_zone = Bitmap::zeros(active.len());
                let words = of_zone.words_mut();
                for place in shared.iter().flat_map(|(part, _)| part.of_zone(number)) {
                    words[usize::from(place / 64)] |= 1 << (place % 64);
                }
                let mut lone = active.clone();
                lone.and_not_assign(&of_zone);
                let count = of_zone.count_ones();
                let some = |rows: Bitmap, is_any: bool| is_any.then_some(rows);
                let any_lone = lone.count_ones() > 0;
                Ok((some(lone, any_lone), some(of_zone, count > 0), count))
            },
        )?;
        let shared_rows = divided.iter().map(|(.., count)| count).sum();
        let (lone, shared) = divided.into_iter().map(|(lone, shared, _)| (lone, shared)).unzip();
        Ok(Divided { lone, shared, shared_rows })
    }

    /// Gives a group for each row, with the answers of `pieces` where the row is the first of one of their groups.
    fn give_lone(
        &self,
        pieces: &[Piece],
        finish: &Finish<'_>,
        run: Run<'_>,
        sink: &mut dyn FnMut(Piece) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let zones = self.pipeline.zone_count();
        let share = run.context.memory_left().map_or(u64::MAX, |left| left / SHARE);
        let allowed = usize::try_from(share / (ZONE_ROWS * self.row_bytes())).unwrap_or(usize::MAX);
        let threads = run.pool.thread_count();
        let round = allowed.clamp(threads, threads * ZONES_A_THREAD);
        for start in (0..zones).step_by(round) {
            let count = round.min(zones - start);
            let done = run.pool.in_order(run.context, count, Worker::default, |worker, i| {
                let Some(mut piece) = self.lone_piece(worker, start + i, finish, run)? else {
                    return Ok(None);
                };
                put_answers(&mut piece, pieces, self.calls.len())?;
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
        let Worker { keys: KeyScratch { scratches, words }, numbers, .. } = worker;
        let foresight = self.pipeline.foresee(number, run)?;
        if foresight == Foresight::Pruned {
            return Ok(None);
        }
        let mut zone = self.pipeline.zone(number, scratches, run);
        let selection = self.pipeline.select(foresight, &mut zone, run)?;
        let (row_count, first_row) = (zone.row_count(), zone.first_row());
        let (active, positions) = (selection.to_bitmap(row_count), selection.positions());
        let count = positions.as_ref().map_or(row_count, Vec::len);
        let mut columns = Vec::new();
        if (0..self.keys.len()).any(|key| self.is_kept(key)) {
            self.encode(&mut zone, (&active, positions.as_deref()), words)?;
            columns = self.key_columns(words, &|_| &[]);
        }
        numbers.clear();
        numbers.extend(0..count as u32);
        let rows = Rows { groups: &numbers[..], positions: positions.as_deref() };
        for (number, call) in self.calls.iter().enumerate() {
            let mut state = Accumulator::new(call.kind);
            state.resize(count);
            call.evaluate(&mut zone, &active)?.update(call, &mut state, rows, first_row)?;
            columns.push(finish(number, call, &mut state)?);
        }
        let first_rows = match &positions {
            Some(positions) => positions.iter().map(|at| first_row + u64::from(*at)).collect(),
            None => (first_row..first_row + count as u64).collect(),
        };
        Ok(Some(Piece { columns, first_rows }))
    }
}

/// Puts the answers of the groups of `pieces` into the places of their first rows; the last `answers` columns are answers.
fn put_answers(own: &mut Piece, pieces: &[Piece], answers: usize) -> Result<(), Error> {
    let (Some(first), Some(last)) = (own.first_rows.first(), own.first_rows.last()) else { return Ok(()) };
    let rows = *first..last + 1;
    let keys = own.columns.len().saturating_sub(answers);
    for piece in pieces {
        let before = |row: u64| piece.first_rows.partition_point(|first| *first < row);
        let range = before(rows.start)..before(rows.end);
        if range.is_empty() {
            continue;
        }
        let places = places_of(&piece.first_rows[range.clone()], &own.first_rows);
        for (own, other) in own.columns.iter_mut().zip(&piece.columns).skip(keys) {
            put(own, (other, &range), &places)?;
        }
    }
    Ok(())
}

/// Where these rows are among others, of which they are some; both ascend.
fn places_of(rows: &[u64], others: &[u64]) -> Vec<u32> {
    let (Some(first), Some(last)) = (rows.first(), rows.last()) else { return Vec::new() };
    let start = others.partition_point(|other| other < first);
    let end = others.partition_point(|other| other <= last);
    if (end - start) as u64 == last - first + 1 {
        return rows.iter().map(|row| (start as u64 + row - first) as u32).collect();
    }
    let mut at = start;
    let place = |row: &u64| {
        at += others[at..end].iter().take_while(|other| *other < row).count();
        at as u32
    };
    rows.iter().map(place).collect()
}

/// Puts some rows of another column into these places.
fn put(own: &mut Column, (other, range): (&Column, &Range<usize>), places: &[u32]) -> Result<(), Error> {
    let values = other.values.as_values().slice(range.start, range.len());
    if own.dictionary.is_none() && own.validity.is_none() && other.validity.is_none() {
        return match own.values.put_values(values, places) {
            true => Ok(()),
            false => Err(Error::Internal("the answers of an aggregate differ".into())),
        };
    }
    let count = own.values.len();
    let mut positions: Vec<u32> = (0..count as u32).collect();
    (count as u32..).zip(places).for_each(|(from, place)| positions[*place as usize] = from);
    *own = joined([(&*own, &(0..count)), (other, range)].into_iter())?.gather(&positions);
    Ok(())
}
