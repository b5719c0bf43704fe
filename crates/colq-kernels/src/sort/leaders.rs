//! The rows of each group that may be among its first ones.
//!
//! Law: [`Leaders::offer`] is false only for a row that a ranking gives more than so much, whatever rows come later; and
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

    /// The group and the value of each of some rows by their words.
    pub fn rows<'a>(&self, words: &'a [Vec<u64>], row_count: usize) -> impl Iterator<Item = (u32, u64)> + 'a {
        let bits = self.bits as u32;
        let first = words.first().map(Vec::as_slice);
        let second = words.get(1).map(Vec::as_slice);
        (0..row_count).map(move |row| {
            let word = |words: Option<&[u64]>| words.and_then(|words| words.get(row)).copied().unwrap_or(0);
            let (first, second) = (word(first), word(second));
            // A shift by all bits leaves nothing.
            let shifted = |word: u64| word.checked_shr(64 - bits).unwrap_or(0);
            (shifted(first) as u32, first << bits | shifted(second))
        })
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
}

impl Leaders {
    /// For rows to which a ranking gives at most `most`, which is not 0.
    pub fn new(groups: GroupBits, ranking: Ranking, most: usize) -> Leaders {
        let drops_ties = groups.is_exact && ranking == Ranking::RowNumber;
        Leaders { ranking, most, drops_ties, best: vec![EMPTY; groups.group_count() * most] }
    }

    /// Takes in a row that stands behind all that were offered before; false where it cannot be among the first.
    #[inline(always)]
    pub fn offer(&mut self, group: u32, value: u64) -> bool {
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
        true
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
            rows in prop::collection::vec((0u32..4, prop_oneof![0u64..6, Just(u64::MAX), Just(u64::MAX - 1)]), 0..90),
            most in 1usize..5, is_exact in any::<bool>(), cut in 0usize..90,
        ) {
            for ranking in Ranking::ALL {
                let groups = GroupBits { bits: 2, is_exact };
                let mut tables = [Leaders::new(groups, ranking, most), Leaders::new(groups, ranking, most)];
                let offered: Vec<bool> =
                    rows.iter().enumerate().map(|(at, (g, v))| tables[usize::from(at >= cut)].offer(*g, *v)).collect();
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
