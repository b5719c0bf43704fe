//! Where keys change along an order, and the numbers that rows get there.
//!
//! Law of [`key_changes`]: `out[i]` tells whether the rows `order[i - 1]` and `order[i]` agree in all keys of a layout, in
//! its first `partition_keys`, or not even in these; the first row begins a partition. Law of [`RankCounter`]: what
//! `row_number()`, `rank()` and `dense_rank()` are by PostgreSQL's definition. Naive twin: a comparison of scalars.

use super::key::SortLayout;
use super::rows::SortTexts;
use colq_types::Ranking;

/// How a row stands to the one before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum KeyChange {
    /// All keys are the same: the two are peers.
    #[default]
    None,
    /// The keys of the partition are the same, those of the order are not.
    Order,
    /// The row is the first of a partition.
    Partition,
}

/// The keys of one row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowKey {
    /// Its words.
    pub words: Vec<u64>,
    /// The texts of the layout's [text keys](SortLayout::text_keys).
    pub texts: Vec<Vec<u8>>,
}

impl RowKey {
    /// The keys of row `row` of some, whose words and texts these are.
    pub fn of(row: u32, words: &[&[u64]], texts: &[SortTexts<'_>]) -> RowKey {
        RowKey {
            words: words.iter().map(|word| word[row as usize]).collect(),
            texts: texts.iter().map(|texts| texts.get(row).to_vec()).collect(),
        }
    }

    /// How this row stands to the one before it, of other rows with the same layout.
    pub fn change_from(&self, before: &RowKey, layout: &SortLayout, partition_keys: usize) -> KeyChange {
        let (bits, texts) = layout.room_of(partition_keys);
        let differ = |(w, (a, b)): (usize, (&u64, &u64))| (a ^ b) & partition_mask(bits, w) != 0;
        let words = || self.words.iter().zip(&before.words);
        if words().enumerate().any(differ)
            || self.texts.iter().zip(&before.texts).take(texts).any(|(a, b)| a != b)
        {
            KeyChange::Partition
        } else if self == before {
            KeyChange::None
        } else {
            KeyChange::Order
        }
    }
}

/// The bits of word `w` that belong to the first so many bits of all words.
fn partition_mask(bits: usize, w: usize) -> u64 {
    match bits.saturating_sub(w * 64) {
        0 => 0,
        some @ 1..64 => !(u64::MAX >> some),
        _ => u64::MAX,
    }
}

/// How each row of an order stands to the one before it. `words` and `texts` are as for [`sort_rows`](crate::sort_rows).
pub fn key_changes(
    layout: &SortLayout,
    partition_keys: usize,
    words: &[&[u64]],
    texts: &[SortTexts<'_>],
    order: &[u32],
) -> Vec<KeyChange> {
    let (bits, partition_texts) = layout.room_of(partition_keys);
    let mut out = vec![KeyChange::None; order.len()];
    for (w, word) in words.iter().enumerate() {
        let mask = partition_mask(bits, w);
        each_pair(order, &mut out, |before, row, change| {
            let differ = word[before as usize] ^ word[row as usize];
            let here = match (differ, differ & mask) {
                (0, _) => KeyChange::None,
                (_, 0) => KeyChange::Order,
                _ => KeyChange::Partition,
            };
            *change = (*change).max(here);
        });
    }
    for (t, texts) in texts.iter().enumerate() {
        let differ = if t < partition_texts { KeyChange::Partition } else { KeyChange::Order };
        each_pair(order, &mut out, |before, row, change| {
            if *change < differ && texts.get(before) != texts.get(row) {
                *change = differ;
            }
        });
    }
    if let Some(first) = out.first_mut() {
        *first = KeyChange::Partition;
    }
    out
}

/// Goes over the rows of an order with the ones before them.
#[inline(always)]
fn each_pair(order: &[u32], out: &mut [KeyChange], mut pair: impl FnMut(u32, u32, &mut KeyChange)) {
    let behind = out.iter_mut().skip(1);
    order.windows(2).zip(behind).for_each(|(rows, change)| pair(rows[0], rows[1], change));
}

/// Numbers rows one after the other.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RankCounter {
    row_number: i64,
    rank: i64,
    dense_rank: i64,
}

impl RankCounter {
    /// Goes on to a row that stands so to the one before it.
    #[inline(always)]
    pub fn step(&mut self, change: KeyChange) {
        match change {
            KeyChange::None => self.row_number += 1,
            KeyChange::Order => {
                self.row_number += 1;
                self.rank = self.row_number;
                self.dense_rank += 1;
            }
            KeyChange::Partition => *self = RankCounter { row_number: 1, rank: 1, dense_rank: 1 },
        }
    }

    /// The number of the row.
    #[inline(always)]
    pub fn get(&self, ranking: Ranking) -> i64 {
        match ranking {
            Ranking::RowNumber => self.row_number,
            Ranking::Rank => self.rank,
            Ranking::DenseRank => self.dense_rank,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use KeyChange as C;

    #[test]
    fn rows_are_numbered_as_postgresql_numbers_them() {
        let changes = [C::Partition, C::None, C::Order, C::None, C::Order, C::Partition, C::None];
        let mut counter = RankCounter::default();
        let numbers = changes.map(|change| {
            counter.step(change);
            Ranking::ALL.map(|ranking| counter.get(ranking))
        });
        let expected = [[1, 1, 1], [2, 1, 1], [3, 3, 2], [4, 3, 2], [5, 5, 3], [1, 1, 1], [2, 1, 1]];
        assert_eq!(numbers, expected);
    }

    #[test]
    fn the_first_bits_are_those_of_the_partition() {
        assert_eq!([0, 1, 64, 65].map(|bits| partition_mask(bits, 0)), [0, 1 << 63, u64::MAX, u64::MAX]);
        assert_eq!([64, 65, 128, 200].map(|bits| partition_mask(bits, 1)), [0, 1 << 63, u64::MAX, u64::MAX]);
    }
}
