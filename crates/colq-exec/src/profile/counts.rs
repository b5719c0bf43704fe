//! How often each value occurs, exactly while there are few, and else how many distinct ones there are.
//!
//! Law: what is kept is a function of how often each word was added, and of nothing else: while there are at most
//! 65,536 distinct words their counts, beyond that a sketch of the set of their hashes.

use colq_kernels::DistinctSketch;
use std::sync::atomic::{AtomicBool, Ordering};
use xxhash_rust::xxh3::xxh3_64;

/// Distinct words up to which each is counted.
const FEW: usize = 65_536;

/// A word that was added, how often, and the lowest row that held it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Counted {
    pub(super) word: u64,
    pub(super) count: u64,
    pub(super) row: u64,
}

const EMPTY: Counted = Counted { word: 0, count: 0, row: u64::MAX };

/// An open hash table of words, at most half full.
#[derive(Debug, Clone)]
pub(super) struct Table {
    slots: Vec<Counted>,
    len: usize,
}

impl Default for Table {
    fn default() -> Table {
        Table { slots: vec![EMPTY; 64], len: 0 }
    }
}

impl Table {
    #[inline(always)]
    fn add(&mut self, hash: u64, counted: Counted) {
        let mask = self.slots.len() - 1;
        // The sketch takes its register from the upper bits.
        let mut at = hash as usize & mask;
        loop {
            let slot = &mut self.slots[at & mask];
            if slot.count == 0 {
                *slot = counted;
                self.len += 1;
                if self.len * 2 > self.slots.len() {
                    self.grow();
                }
                return;
            }
            if slot.word == counted.word {
                slot.count += counted.count;
                slot.row = slot.row.min(counted.row);
                return;
            }
            at += 1;
        }
    }

    fn grow(&mut self) {
        let larger = vec![EMPTY; self.slots.len() * 4];
        let old = std::mem::replace(&mut self.slots, larger);
        self.len = 0;
        old.into_iter().filter(|slot| slot.count > 0).for_each(|slot| self.add(hash(slot.word), slot));
    }

    /// All that was counted, in any order.
    pub(super) fn counted(&self) -> impl Iterator<Item = Counted> + '_ {
        self.slots.iter().copied().filter(|slot| slot.count > 0)
    }

    /// Distinct words.
    pub(super) fn len(&self) -> usize {
        self.len
    }
}

#[inline(always)]
fn hash(word: u64) -> u64 {
    xxh3_64(&word.to_le_bytes())
}

/// What is kept of the words.
#[derive(Debug, Clone)]
pub(super) enum Counts {
    /// Each with its count.
    Few(Table),
    /// How many about.
    Many(Box<DistinctSketch>),
}

impl Default for Counts {
    fn default() -> Counts {
        Counts::Few(Table::default())
    }
}

impl Counts {
    /// Adds words, `row_of` giving the row of each. `are_many` is shared by all that will be merged: once one of them
    /// has met too many words the others need not count either.
    pub(super) fn add_all(&mut self, words: &[u64], row_of: impl Fn(usize) -> u64, are_many: &AtomicBool) {
        let mut rest = 0;
        if let Counts::Few(table) = self {
            while rest < words.len() && table.len <= FEW && !are_many.load(Ordering::Relaxed) {
                let end = words.len().min(rest + 4096);
                for (at, word) in words[rest..end].iter().enumerate() {
                    table.add(hash(*word), Counted { word: *word, count: 1, row: row_of(rest + at) });
                }
                rest = end;
            }
            if table.len > FEW || are_many.load(Ordering::Relaxed) {
                are_many.store(true, Ordering::Relaxed);
                self.forget();
            }
        }
        if let Counts::Many(sketch) = self {
            words[rest..].iter().for_each(|word| sketch.add(hash(*word)));
        }
    }

    /// Keeps the sketch alone.
    fn forget(&mut self) {
        if let Counts::Few(table) = self {
            let mut sketch = DistinctSketch::default();
            table.counted().for_each(|counted| sketch.add(hash(counted.word)));
            *self = Counts::Many(Box::new(sketch));
        }
    }

    /// Adds all that another has met.
    pub(super) fn merge(&mut self, mut other: Counts) {
        if let (Counts::Few(table), Counts::Few(more)) = (&mut *self, &other) {
            more.counted().for_each(|counted| table.add(hash(counted.word), counted));
            if table.len > FEW {
                self.forget();
            }
            return;
        }
        self.forget();
        other.forget();
        if let (Counts::Many(sketch), Counts::Many(more)) = (self, other) {
            sketch.merge(&more);
        }
    }

    /// Distinct words, and whether that is exact.
    pub(super) fn distinct(&self) -> (u64, bool) {
        match self {
            Counts::Few(table) => (table.len() as u64, true),
            Counts::Many(sketch) => (sketch.estimate(), false),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_division_keeps_the_same_of_few_and_of_many_words() {
        for distinct in [10u64, FEW as u64, FEW as u64 + 1, 200_000] {
            let words: Vec<u64> =
                (0..distinct * 2).map(|i| (i % distinct).wrapping_mul(0x9e37_79b9)).collect();
            let kept = |cut: usize| {
                let are_many = AtomicBool::new(false);
                let (mut one, mut other) = (Counts::default(), Counts::default());
                one.add_all(&words[..cut], |row| row as u64, &are_many);
                other.add_all(&words[cut..], |row| (cut + row) as u64, &are_many);
                other.merge(one);
                let mut counted: Vec<(u64, u64, u64)> = match &other {
                    Counts::Few(table) => table.counted().map(|c| (c.word, c.count, c.row)).collect(),
                    Counts::Many(_) => Vec::new(),
                };
                counted.sort_unstable();
                (other.distinct(), counted)
            };
            let all = kept(0);
            assert_eq!(all.0.1, distinct <= FEW as u64);
            assert!(all.0.0.abs_diff(distinct) * 20 <= distinct, "{} for {distinct}", all.0.0);
            assert!(all.1.iter().all(|(_, count, row)| *count == 2 && *row < distinct));
            for cut in [1, words.len() / 3, words.len()] {
                assert_eq!(kept(cut), all);
            }
        }
    }
}
