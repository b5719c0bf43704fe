//! How many different values each group has, where the group of a row is a place in an array and nothing else is asked: a
//! bit for each pair where there are few, else sets of pairs, which were divided by their values.

use super::keyed::{KeyScratch, Keyed};
use super::{Grouping, key_space};
use crate::Error;
use crate::pipeline::{Foresight, Pipeline, Run};
use crate::text::Argument;
use crate::zone::Scratches;
use colq_column::{Column, View};
use colq_context::{Context, MemoryClaim};
use colq_kernels::{
    DividedKeys, KeyLayout, KeySpace, PairLayout, PairSet, ScatterScratch, fetch_lines, mark_pairs,
};
use colq_plan::Typed;
use colq_types::ZONE_ROWS;
use std::sync::{Arc, Mutex, PoisonError};

/// Groups whose counts stay in the second-level cache, or near it.
const MOST_GROUPS: u128 = 1 << 18;

/// Pairs that are places in an array themselves: as groups they are found faster, for zones whose pairs were all seen are
/// not read.
const FEW_PAIRS: u128 = 1 << 18;

/// Bits for pairs that stay in the caches.
const NEAR_BITS: u128 = 1 << 22;

/// Bits that may stand for each row: with more, most of them are fetched in vain.
const BITS_A_ROW: u128 = 4;

/// Zones of a round, at least and at most.
const ROUND_ZONES: (u64, u64) = if cfg!(test) { (5, 1024) } else { (32, 1024) };

/// The part of the memory that is left which the pairs of a round may take.
const ROUND_SHARE: u64 = 8;

/// Zones that are looked at to know about how many rows pass the filter.
const SAMPLED_ZONES: usize = 4;

/// Zones whose pairs of a partition, which lie in places that nobody foresees, are brought into the cache side by side.
const FETCHED_ZONES: usize = 32;

/// Values of groups that are places.
struct Pairs<'a> {
    groups: Grouping<'a>,
    /// Groups that there can be.
    places: usize,
    value: Argument,
    /// How values that are not NULL become words.
    values: KeyLayout,
}

/// The memory of one thread, reused from zone to zone.
#[derive(Default)]
struct Worker {
    keys: KeyScratch,
    scratch: ScatterScratch,
    groups: Vec<u64>,
    values: Vec<u64>,
}

/// The pairs of a zone, and what they own.
type Zone = (DividedKeys, MemoryClaim);

/// A set that is reused, or kept for the next round, and what it owns.
type Kept = Option<(PairSet, MemoryClaim)>;

/// How many different values, NULL left out, each of these groups has, in their order; `None` where groups are no places
/// or pairs are, where only texts tell values apart, and where the budget does not allow it.
pub(crate) fn distinct_counts(
    pipeline: &Pipeline,
    keys: &[Typed],
    groups: &[Column],
    value: &Typed,
    run: Run<'_>,
) -> Result<Option<Vec<i64>>, Error> {
    let Some(pairs) = Pairs::new(pipeline, keys, value, run)? else { return Ok(None) };
    let Some(places) = pairs.places_of(groups)? else { return Ok(None) };
    let counts = match pairs.count(run) {
        Err(Error::OverBudget(_)) => return Ok(None),
        other => other?,
    };
    let count = |place: &u64| counts.get(*place as usize).map_or(0, |count| *count as i64);
    Ok(Some(places.iter().map(count).collect()).filter(|_| !counts.is_empty() || places.is_empty()))
}

impl<'a> Pairs<'a> {
    fn new(
        pipeline: &'a Pipeline,
        keys: &[Typed],
        value: &Typed,
        run: Run<'_>,
    ) -> Result<Option<Pairs<'a>>, Error> {
        let groups = Grouping::new(pipeline, keys, Vec::new(), true, run)?;
        let Some(places) = groups.layout.packed_keys().filter(|places| *places <= MOST_GROUPS) else {
            return Ok(None);
        };
        let values = Grouping::new(pipeline, std::slice::from_ref(value), Vec::new(), false, run)?;
        let Some(value) = values.keys.into_iter().next() else { return Ok(None) };
        let space = KeySpace { nullable: false, ..key_space(&value, &*pipeline.source)? };
        let values = KeyLayout::new(&[space]);
        if values.packed_keys().is_some_and(|values| values.saturating_mul(places) <= FEW_PAIRS) {
            return Ok(None);
        }
        Ok(Some(Pairs { groups, places: places as usize, value, values }))
    }

    /// The place of each of these groups; `None` where their texts have other codes.
    fn places_of(&self, groups: &[Column]) -> Result<Option<Vec<u64>>, Error> {
        let is_same = |(column, key): (&Column, &Argument)| match (&column.dictionary, &key.dictionary) {
            (Some(one), Some(other)) => Arc::ptr_eq(one, other),
            (None, None) => true,
            _ => false,
        };
        if !groups.iter().zip(&self.groups.keys).all(is_same) {
            return Ok(None);
        }
        let views: Vec<View<'_>> = groups.iter().map(Column::view).collect();
        let mut places = Vec::new();
        let count = views.first().map_or(0, View::len);
        let encoded = self.groups.layout.encode(&views, None, count, &mut places);
        encoded.map_err(|e| Error::Internal(e.to_string()))?;
        Ok(Some(places))
    }

    /// The number of values of each place; none at all where only texts tell them apart.
    fn count(&self, run: Run<'_>) -> Result<Vec<u64>, Error> {
        let rows = u128::from(self.groups.pipeline.source.row_count());
        if let Some(stride) = self.values.packed_keys().map(|values| values.div_ceil(64)) {
            let bits = stride.saturating_mul(64).saturating_mul(self.places as u128);
            // Each thread has its own, and they leave some memory for others.
            let owned = bits / 8 * run.pool.thread_count() as u128;
            let fits = run.context.memory_left().is_none_or(|left| owned < u128::from(left / 2));
            if fits && bits <= (rows * BITS_A_ROW).max(NEAR_BITS) {
                return self.count_bits(stride as usize, run);
            }
        }
        self.count_sets(run)
    }

    /// The values by a bit for each pair, in so many words for each place.
    fn count_bits(&self, stride: usize, run: Run<'_>) -> Result<Vec<u64>, Error> {
        run.note(|| format!("distinct values: a bit for each of {} pairs", self.places * stride * 64));
        let words = self.places * stride;
        let _claim = run.context.claim(words * 8 * run.pool.thread_count())?;
        // As many as there are threads at work: each takes one, or makes it, and puts it back.
        let free: Mutex<Vec<Vec<u64>>> = Mutex::new(Vec::new());
        let zones = self.groups.pipeline.zone_count();
        run.pool.in_order(run.context, zones, Worker::default, |worker, number| {
            self.paired(worker, number, run, |groups, values, _| {
                let taken = free.lock().unwrap_or_else(PoisonError::into_inner).pop();
                let mut marks = taken.unwrap_or_else(|| vec![0; words]);
                mark_pairs(groups, values, stride, &mut marks);
                free.lock().unwrap_or_else(PoisonError::into_inner).push(marks);
                Ok(())
            })
        })?;
        let mut all = free.into_inner().unwrap_or_else(PoisonError::into_inner);
        let mut union = all.pop().unwrap_or_else(|| vec![0; words]);
        for marks in &all {
            union.iter_mut().zip(marks).for_each(|(word, more)| *word |= more);
        }
        let ones = |words: &[u64]| words.iter().map(|word| u64::from(word.count_ones())).sum();
        Ok(union.chunks_exact(stride.max(1)).map(ones).collect())
    }

    /// The values by sets of pairs.
    fn count_sets(&self, run: Run<'_>) -> Result<Vec<u64>, Error> {
        let zones = self.groups.pipeline.zone_count();
        let packed = self.values.packed_keys();
        let layout =
            PairLayout::new(self.places as u32, self.values.word_count(), packed, self.selected_rows(run));
        run.note(|| {
            let (words, sets) = (layout.word_count(), layout.partition_count());
            format!("distinct values: pairs of {words} words in {sets} sets")
        });
        let round = round_of(layout.word_count(), run);
        let is_only = round >= zones;
        let kept: Vec<Mutex<Kept>> = (0..layout.partition_count()).map(|_| Mutex::default()).collect();
        let _counts_claim = run.context.claim((self.places + 1) * 8 * run.pool.thread_count())?;
        // As many as there are threads at work: each takes one, or makes it, and puts it back.
        let free: Mutex<Vec<Vec<u64>>> = Mutex::new(Vec::new());
        for start in (0..zones).step_by(round) {
            let count = round.min(zones - start);
            let is_last = start + count == zones;
            let divided = run.pool.in_order(run.context, count, Worker::default, |worker, i| {
                self.divided_zone(&layout, worker, start + i, run)
            })?;
            let divided: Option<Vec<Zone>> = divided.into_iter().flatten().collect();
            let Some(divided) = divided else { return Ok(Vec::new()) };
            let coming = |number: usize| divided.iter().map(|(pairs, _)| pairs.range(number).len()).sum();
            let mut by_size: Vec<(usize, usize)> =
                (0..layout.partition_count()).map(|number| (coming(number), number)).collect();
            // No thread is left with a large one at the end.
            by_size.sort_unstable_by(|a, b| b.cmp(a));
            run.pool.in_order(
                run.context,
                by_size.len(),
                || None,
                |spare: &mut Kept, i| {
                    let (pairs, number) = by_size[i];
                    // No two pieces have the same number, so the lock is never waited for.
                    let mut kept = kept[number].lock().unwrap_or_else(PoisonError::into_inner);
                    let (mut set, mut claim) = match (kept.take(), spare.take()) {
                        (Some(kept), _) => kept,
                        (None, Some((mut set, claim))) => {
                            set.reset(pairs);
                            (set, claim)
                        }
                        (None, None) => (PairSet::new(layout, pairs), run.context.claim(0)?),
                    };
                    if !is_only {
                        set.fetch();
                    }
                    let taken = free.lock().unwrap_or_else(PoisonError::into_inner).pop();
                    let mut counts = taken.unwrap_or_else(|| vec![0; self.places + 1]);
                    for zones in divided.chunks(FETCHED_ZONES) {
                        zones.iter().for_each(|(pairs, _)| fetch_lines(pairs.part(number)));
                        zones.iter().for_each(|(pairs, _)| set.insert(pairs.part(number), &mut counts));
                    }
                    free.lock().unwrap_or_else(PoisonError::into_inner).push(counts);
                    claim.resize(set.byte_len())?;
                    match is_last {
                        true => *spare = Some((set, claim)),
                        false => *kept = Some((set, claim)),
                    }
                    Ok(())
                },
            )?;
        }
        let mut all = free.into_inner().unwrap_or_else(PoisonError::into_inner);
        let mut sum = all.pop().unwrap_or_else(|| vec![0; self.places + 1]);
        for counts in &all {
            sum.iter_mut().zip(counts).for_each(|(count, more)| *count += more);
        }
        // The count of a group stands one further than its number.
        sum.remove(0);
        Ok(sum)
    }

    /// The pairs of a zone by partition; no zone at all where no row has a pair, and none in it where only texts tell
    /// values apart.
    fn divided_zone(
        &self,
        layout: &PairLayout,
        worker: &mut Worker,
        number: usize,
        run: Run<'_>,
    ) -> Result<Option<Option<Zone>>, Error> {
        self.paired(worker, number, run, |groups, values, scratch| {
            if !self.values.plain_texts().is_empty() && self.values.has_long_texts(values) {
                return Ok(None);
            }
            let pairs = layout.divide(groups, values, scratch);
            let claim = run.context.claim(pairs.byte_len())?;
            Ok(Some((pairs, claim)))
        })
    }

    /// Shows the places of the groups of a zone's rows to `then`, and the words of their values, where these are not NULL;
    /// `None` where there is no such row.
    fn paired<R>(
        &self,
        worker: &mut Worker,
        number: usize,
        run: Run<'_>,
        then: impl FnOnce(&[u64], &[u64], &mut ScatterScratch) -> Result<R, Error>,
    ) -> Result<Option<R>, Error> {
        let Worker { keys, scratch, groups, values } = worker;
        let shown = self.groups.keyed(keys, number, run, |keyed| {
            let Keyed { zone, active, positions, words, .. } = keyed;
            let first_row = zone.first_row();
            let evaluated = self.value.evaluate(zone, &active)?;
            let view = evaluated.as_view()?;
            let (mut words, mut positions) = (words, positions);
            if let Some(validity) = view.validity.filter(|_| view.null_count() > 0) {
                groups.clear();
                let mut valid = Vec::new();
                for (at, word) in words.iter().enumerate() {
                    let row = positions.as_ref().map_or(at as u32, |positions| positions[at]);
                    if validity.get(row as usize) {
                        valid.push(row);
                        groups.push(*word);
                    }
                }
                (words, positions) = (&groups[..], Some(valid));
            }
            if words.is_empty() {
                return Ok(None);
            }
            let failed = |source| Error::Row { row: first_row, span: None, source };
            self.values.encode(&[view], positions.as_deref(), zone.row_count(), values).map_err(failed)?;
            then(words, values, scratch).map(Some)
        })?;
        Ok(shown.flatten())
    }

    /// About how many rows pass the filter.
    fn selected_rows(&self, run: Run<'_>) -> u64 {
        let pipeline = self.groups.pipeline;
        let rows = pipeline.source.row_count();
        // What is only looked at is not counted as read.
        let context = Context::new();
        let run = Run { pool: run.pool, context: &context, recorder: None };
        let zones = pipeline.zone_count();
        let mut scratches = Scratches::default();
        let (mut selected, mut looked_at) = (0, 0);
        for number in (0..zones).step_by((zones / SAMPLED_ZONES).max(1)) {
            let mut look = || -> Result<(usize, usize), Error> {
                let foresight = pipeline.foresee(number, run)?;
                let mut zone = pipeline.zone(number, &mut scratches, run);
                let count = match foresight {
                    Foresight::Whole => zone.row_count(),
                    _ => pipeline.select(foresight, &mut zone, run)?.count(zone.row_count()),
                };
                Ok((count, zone.row_count()))
            };
            // The real run finds an error in its turn.
            let Ok((count, of)) = look() else { return rows };
            (selected, looked_at) = (selected + count as u64, looked_at + of as u64);
        }
        (u128::from(rows) * u128::from(selected) / u128::from(looked_at.max(1))) as u64
    }
}

/// Zones of a round.
fn round_of(word_count: usize, run: Run<'_>) -> usize {
    let left = run.context.memory_left().unwrap_or(u64::MAX) / ROUND_SHARE;
    let (fewest, most) = ROUND_ZONES;
    (left / (ZONE_ROWS * 8 * word_count as u64)).clamp(fewest, most) as usize
}
