//! How many groups there are, where nothing else is asked of them: keys are divided by their hash, without their rows,
//! and each part goes into a set of its own. Where packed keys have few values a bit stands for each.

use super::Grouping;
use super::keyed::KeyScratch;
use crate::Error;
use crate::pipeline::Run;
use colq_context::MemoryClaim;
use colq_kernels::{DividedKeys, KeySet, Partitioning, ScatterScratch};
use colq_types::ZONE_ROWS;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

/// Bits that may stand for each row: with more, most of them are fetched and gone through in vain.
const BITS_A_ROW: u128 = 16;

/// Zones of a round, at least and at most.
const ROUND_ZONES: (u64, u64) = (32, 1024);

/// The part of the memory that is left which the keys of a round may take.
const ROUND_SHARE: u64 = 8;

/// Bytes of a set that are read ahead for each key to come: lines read one after the other cost less than those that
/// keys find.
const FETCHED_A_KEY: usize = 256;

/// Bytes of the places for each word of a key.
const PLACE_BYTES: usize = 14;

/// The part of the keys that a set has room for beyond its share.
const MORE_ROOM: usize = 16;

/// How many groups there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Unique {
    /// Different keys, those with NULL among them.
    pub(super) keys: u64,
    /// A row has NULL in one of its keys.
    pub(super) has_null: bool,
}

/// The memory of one thread, reused from zone to zone.
#[derive(Default)]
struct Worker {
    keys: KeyScratch,
    scratch: ScatterScratch,
}

/// The keys of a zone, and what they own.
type Zone = (DividedKeys, MemoryClaim);

impl Grouping<'_> {
    /// [`Grouping::count_unique`], and `None` too where the budget does not allow it.
    pub(super) fn bounded_unique(&self, groups: usize, run: Run<'_>) -> Result<Option<Unique>, Error> {
        #[cfg(test)]
        if super::forced::is_spilled() {
            return Ok(None);
        }
        match self.count_unique(groups, run) {
            Err(Error::OverBudget(_)) => Ok(None),
            other => other,
        }
    }

    /// The same where the keys alone are likely to fit into the budget.
    pub(super) fn fitting_unique(&self, groups: usize, run: Run<'_>) -> Result<Option<Unique>, Error> {
        let needed = (groups * self.layout.word_count() * PLACE_BYTES) as u64;
        match run.context.memory_left() {
            Some(left) if needed > left / 2 => Ok(None),
            _ => self.bounded_unique(groups, run),
        }
    }

    /// How many groups there are, of which about `groups` are expected; `None` where only the texts of keys tell them
    /// apart.
    fn count_unique(&self, groups: usize, run: Run<'_>) -> Result<Option<Unique>, Error> {
        if let Some(bits) = self.key_bits(run) {
            run.note(|| format!("distinct keys: a bit for each of {bits}"));
            return self.count_key_bits(bits, run).map(Some);
        }
        let partitioning = self.partitioning(groups as u64, false).hashed();
        run.note(|| format!("distinct keys: in {} sets", partitioning.partition_count()));
        let has_null = AtomicBool::new(false);
        let room = groups / partitioning.partition_count();
        let room = room + room / MORE_ROOM;
        let width = self.layout.word_count();
        let zones = self.pipeline.zone_count();
        let round = self.round_of_keys(run);
        let is_only = round >= zones;
        let kept: Vec<Mutex<Option<(KeySet, MemoryClaim)>>> =
            (0..partitioning.partition_count()).map(|_| Mutex::default()).collect();
        let mut keys = 0;
        for start in (0..zones).step_by(round) {
            let count = round.min(zones - start);
            let divided = run.pool.in_order(run.context, count, Worker::default, |worker, i| {
                self.divided_zone(&partitioning, worker, start + i, &has_null, run)
            })?;
            let divided: Vec<Divided> = divided.into_iter().flatten().collect();
            if divided.iter().any(|zone| matches!(zone, Divided::Texts)) {
                return Ok(None);
            }
            let divided: Vec<Zone> = divided.into_iter().filter_map(Divided::keys).collect();
            let is_last = start + count == zones;
            let counts = run.pool.in_order(
                run.context,
                partitioning.partition_count(),
                || None,
                |spare: &mut Option<(KeySet, MemoryClaim)>, number| {
                    // No two pieces have the same number, so the lock is never waited for.
                    let mut kept = kept[number].lock().unwrap_or_else(PoisonError::into_inner);
                    let (mut set, mut claim) = match (kept.take(), spare.take()) {
                        (Some(kept), _) => kept,
                        (None, Some((mut set, claim))) => {
                            set.reset(room);
                            (set, claim)
                        }
                        (None, None) => (KeySet::new(width, room), run.context.claim(0)?),
                    };
                    let coming: usize = divided.iter().map(|(keys, _)| keys.range(number).len()).sum();
                    if !is_only && set.byte_len() <= coming * FETCHED_A_KEY {
                        set.fetch();
                    }
                    divided.iter().for_each(|(keys, _)| set.insert(keys.part(number)));
                    claim.resize(set.byte_len())?;
                    let found = set.len() as u64;
                    match is_last {
                        true => *spare = Some((set, claim)),
                        false => *kept = Some((set, claim)),
                    }
                    Ok(found)
                },
            )?;
            keys = counts.iter().sum();
        }
        Ok(Some(Unique { keys, has_null: has_null.into_inner() }))
    }

    /// Zones of a round.
    fn round_of_keys(&self, run: Run<'_>) -> usize {
        let left = run.context.memory_left().unwrap_or(u64::MAX) / ROUND_SHARE;
        let key_bytes = (size_of::<u64>() * self.layout.word_count()) as u64;
        let (fewest, most) = ROUND_ZONES;
        (left / (ZONE_ROWS * key_bytes)).clamp(fewest, most) as usize
    }

    /// The keys of a zone by partition; `None` where no row is selected.
    fn divided_zone(
        &self,
        partitioning: &Partitioning,
        worker: &mut Worker,
        number: usize,
        has_null: &AtomicBool,
        run: Run<'_>,
    ) -> Result<Option<Divided>, Error> {
        self.keyed(&mut worker.keys, number, run, |keyed| {
            has_null.fetch_or(keyed.has_null(), Ordering::Relaxed);
            if !self.layout.plain_texts().is_empty() && self.layout.has_long_texts(keyed.words) {
                return Ok(Divided::Texts);
            }
            let keys = partitioning.divide(keyed.words, &mut worker.scratch);
            let claim = run.context.claim(keys.byte_len())?;
            Ok(Divided::Keys((keys, claim)))
        })
    }

    /// How many bits stand for all keys, where they are few enough.
    fn key_bits(&self, run: Run<'_>) -> Option<usize> {
        let rows = u128::from(self.pipeline.source.row_count());
        let keys = self.layout.packed_keys().filter(|keys| *keys <= rows * BITS_A_ROW)?;
        let bits = usize::try_from(keys).ok()?;
        // Each thread has its own, and they leave some memory for others.
        let owned = bits as u64 / 8 * run.pool.thread_count() as u64;
        run.context.memory_left().is_none_or(|left| owned < left / 2).then_some(bits)
    }

    /// The same by a bit for each of so many keys.
    fn count_key_bits(&self, bits: usize, run: Run<'_>) -> Result<Unique, Error> {
        let words = bits.div_ceil(64);
        let _claim = run.context.claim(words * 8 * run.pool.thread_count())?;
        let has_null = AtomicBool::new(false);
        // As many as there are threads at work: each takes one, or makes it, and puts it back.
        let free: Mutex<Vec<Vec<u64>>> = Mutex::new(Vec::new());
        run.pool.in_order(
            run.context,
            self.pipeline.zone_count(),
            KeyScratch::default,
            |scratch, number| {
                self.keyed(scratch, number, run, |keyed| {
                    has_null.fetch_or(keyed.has_null(), Ordering::Relaxed);
                    let taken = free.lock().unwrap_or_else(PoisonError::into_inner).pop();
                    let mut marks = taken.unwrap_or_else(|| vec![0; words]);
                    for key in keyed.words {
                        if let Some(word) = marks.get_mut((key / 64) as usize) {
                            *word |= 1 << (key % 64);
                        }
                    }
                    free.lock().unwrap_or_else(PoisonError::into_inner).push(marks);
                    Ok(())
                })
            },
        )?;
        let mut all = free.into_inner().unwrap_or_else(PoisonError::into_inner);
        let mut union = all.pop().unwrap_or_default();
        for marks in &all {
            union.iter_mut().zip(marks).for_each(|(word, more)| *word |= more);
        }
        let keys = union.iter().map(|word| u64::from(word.count_ones())).sum();
        Ok(Unique { keys, has_null: has_null.into_inner() })
    }
}

/// What became of the keys of a zone.
enum Divided {
    Keys(Zone),
    /// Only their texts tell them apart.
    Texts,
}

impl Divided {
    fn keys(self) -> Option<Zone> {
        match self {
            Divided::Keys(keys) => Some(keys),
            Divided::Texts => None,
        }
    }
}
