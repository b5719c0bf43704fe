//! Groups whose key is a place in an array: no table is asked, and counts and sums of a group lie side by side.
//!
//! Stripes are worked on side by side, each with an array of its own; then the arrays are added in the order of stripes
//! to the states so far, which threads share by ranges of keys. So every group sees its rows in the order that
//! docs/SQL.md defines.

use super::picked::{BlockRows, is_of_words};
use super::quantiles::is_searched;
use super::slots::{Ledgers, Slots};
use super::{Grouping, InOrder};
use crate::Error;
use crate::blocks::Shape;
use crate::calls::Call;
use crate::evaluated::Evaluated;
use crate::pipeline::{Foresight, Run, Selection};
use crate::predicate::Predicate;
use crate::text::Argument;
use crate::zone::{Scratches, Zone};
use colq_column::{Bounds, View};
use colq_context::{Counter, MemoryClaim};
use colq_kernels::{
    Accumulator, AccumulatorKind, BLOCK_ROWS, Block, DIVERTED_GROUPS, KeyLayout, Part, Quantiles, Rows,
    divert, first_rows, keep_places,
};
use colq_types::STRIPE_ZONES;
use std::sync::{Mutex, PoisonError};

/// More keys than these have arrays that leave the caches, and are better divided first.
const MOST_KEYS: u128 = 1 << 18;

/// The same where what is kept of a group is large, or costs something before the group has a row.
const MOST_LARGE_KEYS: u128 = 1 << 12;

/// The same where rows are picked, of which a group keeps two words each.
const MOST_PICKED_KEYS: u128 = 1 << 17;

/// The arrays of the stripes that are worked on before they are merged own about so many bytes.
const ROUND_BYTES: usize = 32 << 20;

/// Stripes a thread in a round, at most: a round is not long.
const STRIPES_A_THREAD: usize = 16;

/// Rows of a hundred that pass where all are added, whether they pass or not.
const MOST_PERCENT: usize = 40;

/// The same where the groups are few: their places are near, and to add a row costs less than to leave it out.
const MOST_PERCENT_OF_FEW: usize = FEW_PERCENT;

/// Keys whose places lie in the first-level cache, or next to it.
const FEW_KEYS: usize = 1 << 12;

/// Rows of a hundred that pass where all of a block are taken before some are left out.
const FEW_PERCENT: usize = 25;

/// The same where exact quantiles are looked for: the rows are gone through some times more, which pays where many have
/// the same key.
const MOST_SEARCHED_KEYS: u128 = 1 << 16;

/// Rows a key that pay for its place in each pass.
const ROWS_A_SEARCHED_KEY: u64 = 16;

/// Keys that are merged by one thread at a time.
const RANGE_KEYS: usize = 1 << 13;

/// The groups of one stripe, by key.
struct Stripe {
    ledgers: Ledgers,
    /// The states of calls without slots.
    states: Vec<Accumulator>,
    /// Keys that no earlier round has seen, with their first rows, by range of keys.
    new: Vec<Vec<(u32, u64)>>,
    _claim: MemoryClaim,
}

/// The groups of all stripes merged so far, of a range of keys.
struct Range {
    first: usize,
    first_rows: Vec<u64>,
    states: Vec<Accumulator>,
}

/// No row has the key yet.
const UNSEEN: u64 = u64::MAX;

/// Which keys some row had.
#[derive(Clone)]
struct Seen {
    /// Behind the keys stand those of rows that are left out, as if they were seen: whether a row is one of them is hard to
    /// foresee, so nothing may depend on it.
    keys: Vec<bool>,
    /// How many no row had.
    left: usize,
}

impl Seen {
    fn new(keys: usize) -> Seen {
        let mut all = vec![false; keys];
        all.resize(keys + DIVERTED_GROUPS, true);
        Seen { keys: all, left: keys }
    }

    fn note(&mut self, key: u32) {
        if let Some(seen) = self.keys.get_mut(key as usize)
            && !*seen
        {
            *seen = true;
            self.left -= 1;
        }
    }

    /// Shows the keys of a block's rows that no row had, each once with its place; they are seen then.
    fn note_block(&mut self, keys: &[u32], mut first: impl FnMut(u32, usize)) {
        if self.left > 0 {
            let left = &mut self.left;
            first_rows(keys, &mut self.keys, |key, place| {
                *left -= 1;
                first(key, place);
            });
        }
    }
}

/// The memory of one thread, reused from stripe to stripe.
#[derive(Default)]
struct Worker {
    scratches: Scratches,
    groups: Vec<u32>,
    rooms: Vec<[Box<Block>; 2]>,
}

/// What is the same for all stripes.
struct Direct<'a> {
    grouping: &'a Grouping<'a>,
    slots: Slots,
    keys: usize,
    /// Zones are gone through in blocks.
    by_blocks: bool,
    /// Rows that do not pass the filter can be looked at like those that do.
    takes_all: bool,
    /// Nothing is asked but which groups there are, what else is asked having passes of its own, and no row can be an error:
    /// zones without a new group say nothing.
    asks_keys_alone: bool,
}

/// The number of keys, where they are few enough to index an array for so many rows.
pub(super) fn direct_keys(layout: &KeyLayout, calls: &[Call], row_count: u64) -> Option<usize> {
    use AccumulatorKind as K;
    let limit = |call: &Call| match call.kind {
        _ if is_searched(call) => {
            u128::from(row_count / ROWS_A_SEARCHED_KEY).clamp(MOST_LARGE_KEYS, MOST_SEARCHED_KEYS)
        }
        K::Pick { .. } if is_of_words(call) => MOST_PICKED_KEYS,
        K::Pick { .. }
        | K::Quantile(_)
        | K::QuantileWide(_)
        | K::Distinct
        | K::Histogram
        | K::MinText
        | K::MaxText => MOST_LARGE_KEYS,
        _ => MOST_KEYS,
    };
    let limit = calls.iter().map(limit).min().unwrap_or(MOST_KEYS);
    layout.packed_keys().filter(|keys| *keys <= limit).map(|keys| keys as usize)
}

impl Grouping<'_> {
    /// Goes through all stripes.
    pub(super) fn run_direct(&self, keys: usize, run: Run<'_>) -> Result<InOrder, Error> {
        let slots = Slots::new(&self.calls, &*self.pipeline.source)?;
        let is_stored = |key: &Argument| key.value.as_column().is_some() && key.is_as_stored();
        let (mut shape, schema) = (Shape::default(), self.pipeline.source.schema());
        if let Some(filter) = self.pipeline.filter() {
            shape.see_predicate(filter, schema);
        }
        let keys_to_see = self.keys.iter().filter(|key| !is_stored(key));
        let arguments = self.calls.iter().flat_map(Call::arguments);
        keys_to_see.chain(arguments).for_each(|argument| shape.see(&argument.value, schema));
        // Deviations are added row by row from wherever the values lie; other states prepare what they need of a zone. To
        // select rows is cheaper by zones.
        let goes_by_rows = |call: &usize| {
            use AccumulatorKind as K;
            self.calls
                .get(*call)
                .is_some_and(|call| matches!(call.kind, K::Moments | K::CoMoments | K::Shape))
        };
        let selects = !slots.apart.is_empty() && self.pipeline.filter().is_some();
        if selects || !slots.apart.iter().all(goes_by_rows) {
            shape.need_zones();
        }
        let takes_all = slots.apart.is_empty() && self.keys.iter().all(is_stored);
        let may_fail = self.pipeline.filter().is_some_and(Predicate::may_fail)
            || self.keys.iter().any(|key| key.value.may_fail());
        let asks_keys_alone = self.calls.iter().all(is_searched) && !may_fail;
        let by_blocks = shape.goes_by_blocks();
        Direct { grouping: self, slots, keys, by_blocks, takes_all, asks_keys_alone }.run(run)
    }

    /// What the keys that are one and the same in a whole zone contribute to its codes, and the numbers of the others.
    pub(super) fn common_code(&self, zone: usize) -> Result<(u32, Vec<usize>), Error> {
        let (mut common, mut open) = (0, Vec::new());
        for (index, key) in self.keys.iter().enumerate() {
            match self.only_code(index, key, zone)? {
                Some(code) => common += code,
                None => open.push(index),
            }
        }
        Ok((common, open))
    }

    /// What a key contributes to the codes of a zone, where it is the same in all its rows.
    fn only_code(&self, index: usize, key: &Argument, zone: usize) -> Result<Option<u32>, Error> {
        let ends = self.ends_of_codes(index, key, zone)?;
        Ok(ends.filter(|(min, max)| min == max).map(|(min, _)| min))
    }

    /// The least and the most that a key contributes to the codes of a zone, where that is known and no row is NULL.
    fn ends_of_codes(&self, index: usize, key: &Argument, zone: usize) -> Result<Option<(u32, u32)>, Error> {
        let (Some(column), None) = (key.value.as_column(), &key.dictionary) else { return Ok(None) };
        let summary = self.pipeline.source.zone_summary(column, zone as u64)?;
        let Some(summary) = summary.filter(|summary| summary.null_count == 0) else { return Ok(None) };
        let (min, max) = match summary.bounds {
            Some(Bounds::Signed { min, max }) => (min as u64, max as u64),
            Some(Bounds::Unsigned { min, max }) => (min, max),
            _ => return Ok(None),
        };
        Ok(self.layout.code_of(index, min).zip(self.layout.code_of(index, max)))
    }
}

impl Grouping<'_> {
    /// True when all groups that a zone can have were seen. Of several keys that vary only the ends are looked at.
    fn has_only(&self, zone: usize, (common, open): (u32, &[usize]), seen: &Seen) -> Result<bool, Error> {
        let (mut low, mut high) = (common, common);
        for index in open {
            let Some((min, max)) = self.ends_of_codes(*index, &self.keys[*index], zone)? else {
                return Ok(seen.left == 0);
            };
            low += min;
            high += max;
        }
        let codes = seen.keys.get(low as usize..=high as usize);
        Ok(codes.is_some_and(|codes| codes.iter().all(|seen| *seen)))
    }
}

impl Direct<'_> {
    fn run(&self, run: Run<'_>) -> Result<InOrder, Error> {
        let stripes = self.grouping.pipeline.zone_count().div_ceil(STRIPE_ZONES as usize);
        let threads = run.pool.thread_count();
        let bytes = self.slots.ledgers(self.keys).byte_len()
            + self.slots.apart.len() * self.keys * size_of::<[u64; 4]>();
        let round = (ROUND_BYTES / bytes.max(1)).clamp(threads, threads * STRIPES_A_THREAD);
        let ranges: Vec<Mutex<Range>> = (0..self.keys)
            .step_by(RANGE_KEYS)
            .map(|first| Mutex::new(self.range(first, RANGE_KEYS.min(self.keys - first))))
            .collect();
        let mut claim = run.context.claim(0)?;
        let mut seen = Seen::new(self.keys);
        let mut start = 0;
        while start < stripes {
            // The first stripes have most of the groups: those that come after them know these.
            let count = if start == 0 { threads } else { round }.min(stripes - start);
            let done = run.pool.in_order(run.context, count, Worker::default, |worker, i| {
                self.stripe(worker, start + i, &seen, run)
            })?;
            let owned = run.pool.in_order(
                run.context,
                ranges.len(),
                || (),
                |(), number| {
                    // No two pieces have the same number, so the locks are never waited for.
                    let mut range = ranges[number].lock().unwrap_or_else(PoisonError::into_inner);
                    for stripe in &done {
                        self.merge(&mut range, stripe);
                    }
                    if start + count == stripes {
                        range.states.iter_mut().for_each(Accumulator::seal);
                    }
                    Ok(range.byte_len())
                },
            )?;
            claim.resize(self.keys + owned.iter().sum::<usize>())?;
            done.iter().flat_map(|stripe| &stripe.new).flatten().for_each(|(key, _)| seen.note(*key));
            start += count;
        }
        let mut ranges: Vec<Range> =
            ranges.into_iter().map(|r| r.into_inner().unwrap_or_else(PoisonError::into_inner)).collect();
        for (call, found) in self.grouping.quantiles(self.keys, run)? {
            for (range, found) in ranges.iter_mut().zip(found.chunks(RANGE_KEYS)) {
                range.states[call] = Accumulator::Quantile(Quantiles::sealed(found.to_vec()));
            }
        }
        let owned: usize = ranges.iter().map(Range::byte_len).sum();
        let answer = run.context.claim(owned)?;
        let in_order = self.in_order_of_first_rows(&ranges);
        drop(answer);
        Ok(in_order)
    }

    fn range(&self, first: usize, keys: usize) -> Range {
        let state = |call: &Call| {
            let mut state = Accumulator::new(call.kind);
            state.resize(keys);
            state
        };
        let states = self.grouping.calls.iter().map(state).collect();
        Range { first, first_rows: vec![UNSEEN; keys], states }
    }

    /// The groups of one stripe.
    fn stripe(&self, worker: &mut Worker, number: usize, seen: &Seen, run: Run<'_>) -> Result<Stripe, Error> {
        let state = |call: &usize| {
            let mut state = Accumulator::new(self.grouping.calls[*call].kind);
            state.resize(self.keys);
            state
        };
        let mut stripe = Stripe {
            // Some groups more for rows that are left out.
            ledgers: self.slots.ledgers(if self.asks_keys_alone { 0 } else { self.keys + DIVERTED_GROUPS }),
            states: self.slots.apart.iter().map(state).collect(),
            new: vec![Vec::new(); self.keys.div_ceil(RANGE_KEYS)],
            _claim: run.context.claim(0)?,
        };
        let mut seen = seen.clone();
        let first_zone = number * STRIPE_ZONES as usize;
        let zones = first_zone..(first_zone + STRIPE_ZONES as usize).min(self.grouping.pipeline.zone_count());
        for zone in zones {
            self.add_zone(worker, zone, &mut stripe, &mut seen, run)?;
            let owned = stripe.byte_len() + seen.keys.len();
            stripe._claim.resize(owned)?;
        }
        let owned = stripe.byte_len();
        stripe._claim.resize(owned)?;
        Ok(stripe)
    }

    fn add_zone(
        &self,
        worker: &mut Worker,
        number: usize,
        stripe: &mut Stripe,
        seen: &mut Seen,
        run: Run<'_>,
    ) -> Result<(), Error> {
        run.context.check()?;
        let pipeline = &self.grouping.pipeline;
        let foresight = pipeline.foresee(number, run)?;
        if foresight == Foresight::Pruned {
            return Ok(());
        }
        let (common, open) = self.grouping.common_code(number)?;
        // Quantiles read the zone later, and how many of its rows they see is counted here.
        let is_read_later = !self.grouping.calls.is_empty();
        if self.asks_keys_alone
            && (!is_read_later || foresight == Foresight::Whole)
            // What is a guess has to be held against every row.
            && !self.grouping.is_guessed
            && self.grouping.has_only(number, (common, &open), seen)?
        {
            if is_read_later {
                let row_count = pipeline.zone(number, &mut worker.scratches, run).row_count();
                run.context.count(Counter::ZonesRead, 1);
                run.context.count(Counter::RowsSelected, row_count as u64);
            } else {
                run.context.count(Counter::ZonesAnswered, 1);
            }
            return Ok(());
        }
        let Worker { scratches, groups, rooms } = worker;
        let mut zone = pipeline.zone(number, scratches, run);
        let blocks = if self.by_blocks { zone.divide() } else { 1 };
        let mut selected = 0;
        for block in 0..blocks {
            if self.by_blocks {
                zone.go_to(block);
            }
            let selection = pipeline.select_uncounted(foresight, &mut zone)?;
            selected += selection.count(zone.row_count()) as u64;
            if !matches!(selection, Selection::None) {
                self.add_rows(&mut zone, &selection, (common, &open), stripe, seen, (groups, rooms))?;
            }
        }
        run.context.count(Counter::ZonesRead, 1);
        run.context.count(Counter::RowsSelected, selected);
        Ok(())
    }

    /// Adds the selected rows of what is worked on of a zone. The keys that are not `open` make up the `common` code.
    fn add_rows(
        &self,
        zone: &mut Zone<'_>,
        selection: &Selection,
        (common, open): (u32, &[usize]),
        stripe: &mut Stripe,
        seen: &mut Seen,
        (groups, rooms): (&mut Vec<u32>, &mut Vec<[Box<Block>; 2]>),
    ) -> Result<(), Error> {
        let Grouping { keys, calls, layout, .. } = self.grouping;
        let row_count = zone.row_count();
        let active = selection.to_bitmap(row_count);
        let evaluated = open.iter().map(|index| Ok((*index, keys[*index].evaluate(zone, &active)?)));
        let evaluated = evaluated.collect::<Result<Vec<_>, Error>>()?;
        let key_views = evaluated
            .iter()
            .map(|(index, key)| key.as_view().map(|view| (*index, view)))
            .collect::<Result<Vec<_>, _>>()?;
        let arguments = calls
            .iter()
            .enumerate()
            .map(|(number, call)| self.slots.arguments(number, call, zone, &active))
            .collect::<Result<Vec<_>, _>>()?;
        let views = arguments
            .iter()
            .map(|[argument, second]| Ok([view_of(argument)?, view_of(second)?]))
            .collect::<Result<Vec<_>, Error>>()?;
        // Where most rows pass, all are taken, and those that do not pass go to groups that nobody asks for. Where many
        // do, all of a block are taken and then those that pass are kept. Else they are fetched one by one.
        let passing = selection.count(row_count) * 100 / row_count.max(1);
        let takes_all = self.takes_all && passing >= FEW_PERCENT;
        let most = if self.keys <= FEW_KEYS { MOST_PERCENT_OF_FEW } else { MOST_PERCENT };
        let left_out = match selection {
            Selection::Some(rows) if takes_all && passing >= most => Some(rows),
            _ => None,
        };
        let positions = if left_out.is_some() { None } else { selection.positions() };
        let kept = positions.as_deref().filter(|_| takes_all);
        let positions = positions.as_deref();
        let by_rows = positions.is_none() || kept.is_some();
        let count = positions.filter(|_| kept.is_none()).map_or(row_count, <[u32]>::len);
        let first_row = zone.first_row();
        let failed = |source| Error::Row { row: first_row, span: None, source };
        // States of their own are told the groups of all rows.
        groups.clear();
        groups.resize(if stripe.states.is_empty() { BLOCK_ROWS.min(count) } else { count }, 0);
        let (mut dense, mut kept_rows) = ([0; BLOCK_ROWS], 0);
        for start in (0..count).step_by(BLOCK_ROWS) {
            let end = (start + BLOCK_ROWS).min(count);
            let mut block = match stripe.states.is_empty() {
                true => &mut groups[..end - start],
                false => &mut groups[start..end],
            };
            let part = match positions {
                Some(positions) if !by_rows => Part::At(&positions[start..end]),
                _ => Part::From(start),
            };
            block.fill(common);
            for (index, view) in &key_views {
                layout.add_codes(*index, view, part, block).map_err(failed)?;
            }
            if let Some(rows) = left_out {
                divert(block, rows, start, self.keys as u32);
            }
            let mut first = start;
            let mut places = None;
            if let Some(kept) = kept {
                let rest = &kept[kept_rows..];
                let own = &rest[..rest.partition_point(|at| (*at as usize) < end)];
                first = kept_rows;
                kept_rows += own.len();
                dense[..end - start].copy_from_slice(block);
                block = &mut block[..own.len()];
                keep_places(&dense, own, block);
                places = Some(own);
            }
            let block = &*block;
            let rows = BlockRows { part, count: end - start, kept: places, first_row };
            let may_be_new =
                self.asks_keys_alone || self.slots.add(&mut stripe.ledgers, block, &views, rows, rooms);
            if may_be_new {
                seen.note_block(block, |group, place| {
                    let position = positions.map_or(start + place, |p| p[first + place] as usize);
                    if let Some(new) = stripe.new.get_mut(group as usize / RANGE_KEYS) {
                        new.push((group, first_row + position as u64));
                    }
                });
            }
        }
        let rows = Rows { groups, positions };
        for (call, state) in self.slots.apart.iter().zip(&mut stripe.states) {
            let call = &calls[*call];
            call.evaluate(zone, &active)?.update(call, state, rows, first_row)?;
        }
        Ok(())
    }

    /// Adds the groups of the next stripe, those of them in the range.
    fn merge(&self, range: &mut Range, stripe: &Stripe) {
        let keys = range.first..range.first + range.first_rows.len();
        for (key, row) in stripe.new.get(range.first / RANGE_KEYS).into_iter().flatten() {
            let first = &mut range.first_rows[*key as usize - range.first];
            *first = (*first).min(*row);
        }
        if self.asks_keys_alone {
            return;
        }
        let met: Vec<u32> =
            keys.filter(|key| stripe.ledgers.row_count(*key) > 0).map(|key| key as u32).collect();
        self.slots.merge(&stripe.ledgers, range.first, &met, &mut range.states);
        for (call, state) in self.slots.apart.iter().zip(&stripe.states) {
            let pairs = met.iter().map(|key| (*key, *key - range.first as u32));
            range.states[*call].merge(state, pairs);
        }
    }

    /// All groups in the order of their first rows: key columns, states, first rows.
    fn in_order_of_first_rows(&self, ranges: &[Range]) -> InOrder {
        let mut order: Vec<(u64, u32)> = Vec::new();
        for range in ranges {
            let keys = range.first_rows.iter().zip(range.first as u32..);
            order.extend(keys.filter(|(row, _)| **row != UNSEEN).map(|(row, key)| (*row, key)));
        }
        order.sort_unstable();
        let words: Vec<u64> = order.iter().map(|(_, key)| u64::from(*key)).collect();
        let dictionaries: Vec<_> = self.grouping.keys.iter().map(|key| key.dictionary.clone()).collect();
        let columns = self.grouping.layout.decode(&words, &dictionaries);
        let mut places = vec![u32::MAX; self.keys];
        order.iter().zip(0..).for_each(|((_, key), place)| places[*key as usize] = place);
        let mut states = self.range(0, order.len()).states;
        for range in ranges {
            let own = &places[range.first..range.first + range.first_rows.len()];
            let pairs =
                || own.iter().zip(0..).filter(|(place, _)| **place != u32::MAX).map(|(to, from)| (from, *to));
            for (state, part) in states.iter_mut().zip(&range.states) {
                // A state merged into an empty one is itself.
                state.merge(part, pairs());
            }
        }
        (columns, states, order.into_iter().map(|(row, _)| row).collect())
    }
}

fn view_of<'a>(evaluated: &'a Option<Evaluated<'_>>) -> Result<Option<View<'a>>, Error> {
    evaluated.as_ref().map(Evaluated::as_view).transpose()
}

impl Stripe {
    fn byte_len(&self) -> usize {
        self.ledgers.byte_len()
            + self.states.iter().map(Accumulator::byte_len).sum::<usize>()
            + self.new.iter().map(Vec::capacity).sum::<usize>() * size_of::<(u32, u64)>()
    }
}

impl Range {
    fn byte_len(&self) -> usize {
        self.first_rows.capacity() * 8 + self.states.iter().map(Accumulator::byte_len).sum::<usize>()
    }
}
