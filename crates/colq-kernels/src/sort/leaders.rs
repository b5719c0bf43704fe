//! The rows of each group that may be among its first ones.
//!
//! Law: [`Leaders::offer_all`] leaves out only a row that a ranking gives more than so much, whatever rows come later; and
//! [`Leaders::may_lead`] only for one that it gives more than so much in all that was offered. Naive twin: numbers of all
//! rows.
//!
//! Of a group only the lowest values are kept, in ascending order; the last of them is the one to beat.

use super::key::SortLayout;
use colq_types::Ranking;

/// What stands where no value is yet. It is a value as well: nothing is told of rows that have it.
const EMPTY: u64 = u64::MAX;

/// Where a layout has the group of a row and its value in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GroupBits {
    /// The first so many bits of the words are the number of the group.
    bits: usize,
    /// The 64 bits behind them are all that there is.
    is_exact: bool,
}

impl GroupBits {
    /// Groups by the first keys of a layout; `None` where they take more than `most_bits` (32 at most).
    pub fn new(layout: &SortLayout, partition_keys: usize, most_bits: usize) -> Option<GroupBits> {
        let (bits, texts) = layout.room_of(partition_keys);
        let (all_bits, _) = layout.room_of(usize::MAX);
        let is_exact = layout.is_complete() && all_bits <= bits + 64;
        (texts == 0 && bits <= most_bits.min(32)).then_some(GroupBits { bits, is_exact })
    }

    /// How many groups there can be.
    pub fn group_count(&self) -> usize {
        1 << self.bits
    }

    /// The group and the value of each of some rows by their words; what the lists held is gone.
    pub fn split(&self, words: &[Vec<u64>], row_count: usize, groups: &mut Vec<u32>, values: &mut Vec<u64>) {
        groups.clear();
        groups.resize(row_count, 0);
        values.clear();
        values.resize(row_count, 0);
        let bits = self.bits as u32;
        // A shift by all bits leaves nothing.
        let top = |word: u64| word.checked_shr(64 - bits).unwrap_or(0);
        if let Some(first) = words.first() {
            for ((group, value), word) in groups.iter_mut().zip(values.iter_mut()).zip(first) {
                (*group, *value) = (top(*word) as u32, word << bits);
            }
        }
        if let Some(second) = words.get(1) {
            values.iter_mut().zip(second).for_each(|(value, word)| *value |= top(*word));
        }
    }
}

/// The lowest values of each group.
#[derive(Debug, Clone)]
pub struct Leaders {
    ranking: Ranking,
    most: usize,
    /// Rows that tie with the last value come behind those that were offered before.
    drops_ties: bool,
    best: Vec<u64>,
    /// The first half of the last value of each group: most rows are told by it, and a fraction of the memory holds it.
    bars: Vec<u32>,
}

/// Rows that are held against the bars before any of them is looked at more closely.
const BLOCK_ROWS: usize = 64;

impl Leaders {
    /// For rows to which a ranking gives at most `most`, which is not 0.
    pub fn new(groups: GroupBits, ranking: Ranking, most: usize) -> Leaders {
        let drops_ties = groups.is_exact && ranking == Ranking::RowNumber;
        let count = groups.group_count();
        Leaders { ranking, most, drops_ties, best: vec![EMPTY; count * most], bars: vec![u32::MAX; count] }
    }

    /// Takes in a row that stands behind all that were offered before; false where it cannot be among the first.
    #[inline(always)]
    fn offer(&mut self, group: u32, value: u64) -> bool {
        let start = group as usize * self.most;
        let Some(best) = self.best.get_mut(start..start + self.most) else { return true };
        let last = best.last().copied().unwrap_or(EMPTY);
        if value >= last {
            // A tie with the last adds nothing, but may be wanted.
            return value == last && !(self.drops_ties && value != EMPTY);
        }
        if self.ranking == Ranking::DenseRank && best.contains(&value) {
            return true;
        }
        insert(best, value);
        let last = best.last().copied().unwrap_or(EMPTY);
        if let Some(bar) = self.bars.get_mut(group as usize) {
            *bar = (last >> 32) as u32;
        }
        true
    }

    /// Takes in rows one after the other, and says which of them may be among the first.
    pub fn offer_all(&mut self, groups: &[u32], values: &[u64], mut leads: impl FnMut(usize)) {
        let blocks = groups.chunks(BLOCK_ROWS).zip(values.chunks(BLOCK_ROWS));
        for (block, (groups, values)) in blocks.enumerate() {
            let mut passing = 0u64;
            for (row, (group, value)) in groups.iter().zip(values).enumerate() {
                let bar = self.bars.get(*group as usize).copied().unwrap_or(u32::MAX);
                passing |= u64::from((value >> 32) as u32 <= bar) << row;
            }
            while passing != 0 {
                let row = passing.trailing_zeros() as usize;
                passing &= passing - 1;
                if self.offer(groups[row], values[row]) {
                    leads(block * BLOCK_ROWS + row);
                }
            }
        }
    }

    /// Takes in all that was offered to another.
    pub fn merge(&mut self, other: &Leaders) {
        for (best, others) in self.best.chunks_mut(self.most).zip(other.best.chunks(self.most)) {
            for value in others {
                let is_known = self.ranking == Ranking::DenseRank && best.contains(value);
                if !is_known && best.last().is_some_and(|last| value < last) {
                    insert(best, *value);
                }
            }
        }
    }

    /// False where a row cannot be among the first of all that were offered.
    #[inline(always)]
    pub fn may_lead(&self, group: u32, value: u64) -> bool {
        self.best.get(group as usize * self.most + self.most - 1).is_none_or(|last| value <= *last)
    }
}

/// Puts a value below the last one in its place, and drops the last.
#[inline(always)]
fn insert(best: &mut [u64], value: u64) {
    let mut at = best.len() - 1;
    while at > 0 && best[at - 1] > value {
        best[at] = best[at - 1];
        at -= 1;
    }
    best[at] = value;
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The number of a row among all, by the definition of each ranking.
    fn number(ranking: Ranking, rows: &[(u32, u64)], row: usize) -> usize {
        let (group, value) = rows[row];
        let peers = rows.iter().enumerate().filter(|(_, other)| other.0 == group);
        let mut below: Vec<u64> = Vec::new();
        for (at, (_, other)) in peers {
            if *other < value || ranking == Ranking::RowNumber && *other == value && at < row {
                below.push(*other);
            }
        }
        if ranking == Ranking::DenseRank {
            below.sort_unstable();
            below.dedup();
        }
        below.len() + 1
    }

    proptest! {
        #[test]
        fn no_row_that_is_wanted_is_lost(
            rows in prop::collection::vec((0u32..4, prop_oneof![0u64..6, Just(u64::MAX), Just(u64::MAX - 1)]), 0..200),
            most in 1usize..5, is_exact in any::<bool>(), cut in 0usize..200,
        ) {
            for ranking in Ranking::ALL {
                let groups = GroupBits { bits: 2, is_exact };
                let mut tables = [Leaders::new(groups, ranking, most), Leaders::new(groups, ranking, most)];
                let (groups_of, values): (Vec<u32>, Vec<u64>) = rows.iter().copied().unzip();
                let cut = cut.min(rows.len());
                let mut offered = vec![false; rows.len()];
                for (table, part) in [0..cut, cut..rows.len()].into_iter().enumerate() {
                    let start = part.start;
                    tables[table].offer_all(&groups_of[part.clone()], &values[part], |row| offered[start + row] = true);
                }
                let [mut all, other] = tables;
                all.merge(&other);
                for (at, (group, value)) in rows.iter().enumerate() {
                    let leads = offered[at] && all.may_lead(*group, *value);
                    let number = number(ranking, &rows, at);
                    prop_assert!(leads || number > most, "{ranking:?} {at} {number}");
                    // Without ties, and but for the value that stands for none, all others are dropped.
                    let ties = rows.iter().filter(|row| **row == (*group, *value)).count() > 1;
                    prop_assert!(!leads || number <= most || ties || *value == EMPTY, "{ranking:?} {at} {number}");
                }
            }
        }
    }
}
