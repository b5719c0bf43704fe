//! Groups stripe by stripe: each stripe gives the states of its groups, and states are merged in the order of stripes.
//!
//! A round of stripes is worked on side by side; then their groups are merged into the groups so far, which are
//! divided into partitions by key so that threads share that work too. Within a partition stripes come in order,
//! so every group sees its rows in the order that docs/SQL.md defines, and no group is in two partitions.

use super::{Grouping, InOrder};
use crate::Error;
use crate::calls::Call;
use crate::pipeline::{Foresight, Run, Selection};
use crate::zone::Scratches;
use colq_context::MemoryClaim;
use colq_kernels::{Accumulator, GroupTable, KeyLayout, LongTexts, Rows};
use colq_types::STRIPE_ZONES;
use std::sync::{Mutex, PoisonError};

/// Partitions of the groups, a power of two: enough that a few threads are evenly busy, few enough that small
/// answers do not notice.
const PARTITIONS: usize = 16;

/// Stripes a thread in each round. More need more memory, fewer wait more often for the slowest.
const STRIPES_A_THREAD: usize = 4;

/// Packed keys below this number index an array, whose places in use are few enough for the near caches because groups are.
const SPARSE_PLACES: usize = 1 << 22;

/// Rows for each place of such an array, which the system clears page by page.
const ROWS_A_PLACE: u64 = 2;

/// The part of the memory that is left which these arrays may take.
const SPARSE_SHARE: u64 = 16;

/// The groups of some rows, with what is kept of each.
struct Groups {
    table: GroupTable,
    /// The long texts of the keys, by column of plain text.
    texts: Vec<LongTexts>,
    /// The first row of each group.
    first_rows: Vec<u64>,
    states: Vec<Accumulator>,
}

impl Groups {
    fn new(layout: &KeyLayout, calls: &[Call]) -> Groups {
        Groups {
            table: GroupTable::new(layout.word_count(), layout.packed_keys()),
            texts: vec![LongTexts::default(); layout.plain_texts().len()],
            first_rows: Vec::new(),
            states: calls.iter().map(|call| Accumulator::new(call.kind)).collect(),
        }
    }

    fn byte_len(&self) -> usize {
        self.table.byte_len()
            + self.texts.iter().map(LongTexts::byte_len).sum::<usize>()
            + self.first_rows.capacity() * 8
            + self.states.iter().map(Accumulator::byte_len).sum::<usize>()
    }

    /// Adds the groups of later rows, those of them that `members` names.
    fn merge(&mut self, later: &Stripe, members: &[u32], layout: &KeyLayout) {
        let word_count = layout.word_count();
        let has_texts = later.texts.iter().any(|texts| !texts.is_empty());
        let mut key = Vec::new();
        let mut pairs = Vec::with_capacity(members.len());
        for &from in members {
            let start = from as usize * word_count;
            let own = &later.keys[start..start + word_count];
            let to = if has_texts {
                key.clear();
                key.extend_from_slice(own);
                layout.resolve(&mut key, &mut self.texts, |_, text, code| {
                    later.texts.get(text).zip(code).map_or(&[][..], |(texts, code)| texts.get(code))
                });
                self.table.assign_one(&key)
            } else {
                self.table.assign_one(own)
            };
            if to as usize == self.first_rows.len() {
                self.first_rows.push(later.first_rows[from as usize]);
            }
            pairs.push((from, to));
        }
        for (state, more) in self.states.iter_mut().zip(&later.states) {
            state.resize(self.table.len());
            state.merge(more, pairs.iter().copied());
        }
    }
}

/// The groups of one stripe.
struct Stripe {
    keys: Vec<u64>,
    /// The long texts of the keys, by column of plain text.
    texts: Vec<LongTexts>,
    first_rows: Vec<u64>,
    states: Vec<Accumulator>,
    /// The groups of each partition.
    partitions: Vec<Vec<u32>>,
    /// What the groups own, until they are merged.
    _claim: MemoryClaim,
}

/// The memory of one thread, reused from stripe to stripe.
struct Worker {
    scratches: Scratches,
    table: GroupTable,
    texts: Vec<LongTexts>,
    words: Vec<u64>,
    numbers: Vec<u32>,
}

impl Grouping<'_> {
    /// Goes through all stripes.
    pub(super) fn run_striped(&self, run: Run<'_>) -> Result<InOrder, Error> {
        let partition_count = self.partition_count();
        let stripes = self.pipeline.zone_count().div_ceil(STRIPE_ZONES as usize);
        let round = run.pool.thread_count() * STRIPES_A_THREAD;
        let partitions: Vec<Mutex<Groups>> =
            (0..partition_count).map(|_| Mutex::new(Groups::new(&self.layout, &self.calls))).collect();
        let claims = (0..partition_count)
            .map(|_| Ok(Mutex::new(run.context.claim(0)?)))
            .collect::<Result<Vec<_>, Error>>()?;
        for start in (0..stripes).step_by(round) {
            let count = round.min(stripes - start);
            let done = run.pool.in_order(
                run.context,
                count,
                || self.worker(run),
                |worker, i| self.stripe(worker, start + i, run),
            )?;
            let is_last = start + count == stripes;
            run.pool.in_order(
                run.context,
                partition_count,
                || (),
                |(), partition| {
                    // No two pieces have the same number, so the locks are never waited for.
                    let mut groups = partitions[partition].lock().unwrap_or_else(PoisonError::into_inner);
                    let mut claim = claims[partition].lock().unwrap_or_else(PoisonError::into_inner);
                    for stripe in &done {
                        groups.merge(stripe, &stripe.partitions[partition], &self.layout);
                        claim.resize(groups.byte_len())?;
                    }
                    if is_last {
                        groups.states.iter_mut().for_each(Accumulator::seal);
                        claim.resize(groups.byte_len())?;
                    }
                    Ok(())
                },
            )?;
        }
        let groups: Vec<Groups> =
            partitions.into_iter().map(|p| p.into_inner().unwrap_or_else(PoisonError::into_inner)).collect();
        // All of it is once more put together in the order of first rows, with a place to find each group by.
        let owned: usize = groups.iter().map(Groups::byte_len).sum();
        let group_count: usize = groups.iter().map(|g| g.first_rows.len()).sum();
        let order = run.context.claim(owned + group_count * size_of::<(u64, usize, u32)>())?;
        let answer = self.in_order_of_first_rows(&groups);
        drop(order);
        Ok(answer)
    }

    /// Small answers are merged by one thread.
    fn partition_count(&self) -> usize {
        let is_direct = GroupTable::new(self.layout.word_count(), self.layout.packed_keys()).is_direct();
        if is_direct { 1 } else { PARTITIONS }
    }

    /// Places of an array that finds the groups of a stripe; `None` where a hash table is better.
    pub(super) fn sparse_places(&self, run: Run<'_>) -> Option<usize> {
        let places =
            usize::try_from(self.layout.packed_keys()?).ok().filter(|places| *places <= SPARSE_PLACES)?;
        let byte_len = (places * size_of::<u32>() * run.pool.thread_count()) as u64;
        let is_little = run.context.memory_left().is_none_or(|left| byte_len <= left / SPARSE_SHARE);
        let is_direct = GroupTable::new(1, Some(places as u128)).is_direct();
        (!is_direct && is_little && self.pipeline.source.row_count() / ROWS_A_PLACE >= places as u64)
            .then_some(places)
    }

    fn worker(&self, run: Run<'_>) -> Worker {
        let table = match self.sparse_places(run) {
            Some(places) => GroupTable::sparse(places),
            None => GroupTable::new(self.layout.word_count(), self.layout.packed_keys()),
        };
        Worker {
            scratches: Scratches::default(),
            table,
            texts: vec![LongTexts::default(); self.layout.plain_texts().len()],
            words: Vec::new(),
            numbers: Vec::new(),
        }
    }

    /// The groups of one stripe.
    fn stripe(&self, worker: &mut Worker, stripe: usize, run: Run<'_>) -> Result<Stripe, Error> {
        worker.table.clear();
        worker.texts.iter_mut().for_each(LongTexts::clear);
        let mut first_rows = Vec::new();
        let mut states: Vec<Accumulator> =
            self.calls.iter().map(|call| Accumulator::new(call.kind)).collect();
        let mut claim = run.context.claim(0)?;
        let first_zone = stripe * STRIPE_ZONES as usize;
        for zone in first_zone..(first_zone + STRIPE_ZONES as usize).min(self.pipeline.zone_count()) {
            self.add_zone(worker, zone, &mut first_rows, &mut states, run)?;
            let kept = states.iter().map(Accumulator::byte_len).sum::<usize>();
            let texts = worker.texts.iter().map(LongTexts::byte_len).sum::<usize>();
            claim.resize(worker.table.byte_len() + texts + first_rows.capacity() * 8 + kept)?;
        }
        let mut partitions = vec![Vec::new(); self.partition_count()];
        for group in 0..worker.table.len() as u32 {
            let partition = match partitions.len() {
                1 => 0,
                count => self.layout.partition(worker.table.key(group), count),
            };
            partitions[partition].push(group);
        }
        let keys = worker.table.keys().to_vec();
        let kept = states.iter().map(Accumulator::byte_len).sum::<usize>();
        let texts: Vec<LongTexts> = worker.texts.iter_mut().map(std::mem::take).collect();
        let text_len = texts.iter().map(LongTexts::byte_len).sum::<usize>();
        claim.resize(keys.len() * 8 + text_len + first_rows.len() * 12 + kept)?;
        Ok(Stripe { keys, texts, first_rows, states, partitions, _claim: claim })
    }

    fn add_zone(
        &self,
        worker: &mut Worker,
        number: usize,
        first_rows: &mut Vec<u64>,
        states: &mut [Accumulator],
        run: Run<'_>,
    ) -> Result<(), Error> {
        run.context.check()?;
        let foresight = self.pipeline.foresee(number, run)?;
        if foresight == Foresight::Pruned {
            return Ok(());
        }
        let mut zone = self.pipeline.zone(number, &mut worker.scratches, run);
        let selection = self.pipeline.select(foresight, &mut zone, run)?;
        if matches!(selection, Selection::None) {
            return Ok(());
        }
        let row_count = zone.row_count();
        let active = selection.to_bitmap(row_count);
        let positions = selection.positions();
        let positions = positions.as_deref();
        let evaluated =
            self.keys.iter().map(|key| key.evaluate(&mut zone, &active)).collect::<Result<Vec<_>, _>>()?;
        let views = evaluated.iter().map(|e| e.as_view()).collect::<Result<Vec<_>, _>>()?;
        let failed = |source| Error::Row { row: zone.first_row(), span: None, source };
        self.layout.encode(&views, positions, row_count, &mut worker.words).map_err(failed)?;
        self.resolve_zone(&views, positions, &mut worker.words, &mut worker.texts);
        worker.table.assign(&worker.words, &mut worker.numbers);
        // New groups count up from 0, so the first row of each new one is where its number first stands.
        if worker.table.len() > first_rows.len() {
            for (place, group) in worker.numbers.iter().enumerate() {
                if *group as usize == first_rows.len() {
                    let position = positions.map_or(place, |p| p[place] as usize);
                    first_rows.push(zone.first_row() + position as u64);
                }
            }
        }
        let rows = Rows { groups: &worker.numbers, positions };
        for (call, state) in self.calls.iter().zip(states) {
            state.resize(worker.table.len());
            let first_row = zone.first_row();
            call.evaluate(&mut zone, &active)?.update(call, state, rows, first_row)?;
        }
        Ok(())
    }

    /// All groups in the order of their first rows: key columns, states, first rows.
    fn in_order_of_first_rows(&self, partitions: &[Groups]) -> InOrder {
        let mut order: Vec<(u64, usize, u32)> = Vec::new();
        for (partition, groups) in partitions.iter().enumerate() {
            order.extend(groups.first_rows.iter().zip(0..).map(|(row, group)| (*row, partition, group)));
        }
        order.sort_unstable();
        let mut words = Vec::with_capacity(order.len() * self.layout.word_count());
        for (_, partition, group) in &order {
            words.extend_from_slice(partitions[*partition].table.key(*group));
        }
        let dictionaries: Vec<_> = self.keys.iter().map(|key| key.dictionary.clone()).collect();
        let texts_of = |place: usize| &partitions[order[place].1].texts[..];
        let columns = self.layout.decode_texts(&words, &dictionaries, &texts_of, true, &|_| true);
        let mut states: Vec<Accumulator> =
            self.calls.iter().map(|call| Accumulator::new(call.kind)).collect();
        for state in &mut states {
            state.resize(order.len());
        }
        for (number, groups) in partitions.iter().enumerate() {
            let places = order.iter().zip(0..).filter(|((_, partition, _), _)| *partition == number);
            let pairs: Vec<(u32, u32)> = places.map(|((_, _, group), place)| (*group, place)).collect();
            for (state, part) in states.iter_mut().zip(&groups.states) {
                // A state merged into an empty one is itself.
                state.merge(part, pairs.iter().copied());
            }
        }
        (columns, states, order.into_iter().map(|(row, _, _)| row).collect())
    }
}
