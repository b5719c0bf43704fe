//! The order of rows by several keys.
//!
//! Law: positions come out so that rows ascend by the first key, rows that tie there by the second, and so on;
//! rows that tie on all keys keep their order. Naive twin: a stable sort with a comparison of scalars.

use crate::Error;
use crate::order::{push_words, signed_word, text_words};
use colq_column::{Bitmap, Values, View};
use colq_types::DataType;

/// One key: a word a row ([`push_words`]), of wide decimals two, turned around where the order is descending.
#[derive(Debug, Clone)]
pub struct SortColumn {
    words: Vec<u64>,
    /// The lower halves of values of 128 bits, which decide where the words tie.
    low_words: Option<Vec<u64>>,
    /// One bit a row, set where the row sorts by its word; `None` when all do.
    valid: Option<Bitmap>,
    nulls_first: bool,
}

impl SortColumn {
    /// The key of a column.
    ///
    /// # Errors
    /// A text code that is not in the dictionary; vectors, which have no order.
    pub fn new(view: &View<'_>, descending: bool, nulls_first: bool) -> Result<SortColumn, Error> {
        let mut words = Vec::with_capacity(view.len());
        let mut low_words = None;
        match view.values {
            Values::I128(values) => {
                words.extend(values.iter().map(|value| signed_word((value >> 64) as i64)));
                low_words = Some(values.iter().map(|value| *value as u64).collect::<Vec<u64>>());
            }
            _ if view.data_type == DataType::Text => words = text_words(view)?,
            _ => push_words(view, &[], &mut words)?,
        }
        if descending {
            words.iter_mut().chain(low_words.iter_mut().flatten()).for_each(|word| *word = !*word);
        }
        Ok(SortColumn { words, low_words, valid: view.validity.cloned(), nulls_first })
    }

    /// A number that puts NULLs where they belong: compared before the word.
    #[inline(always)]
    fn null_rank(&self, row: u32) -> u8 {
        match &self.valid {
            Some(valid) if !valid.get(row as usize) => 2 * u8::from(!self.nulls_first),
            _ => 1,
        }
    }

    #[inline(always)]
    fn compare(&self, a: u32, b: u32) -> std::cmp::Ordering {
        let (rank_a, rank_b) = (self.null_rank(a), self.null_rank(b));
        if rank_a != rank_b {
            return rank_a.cmp(&rank_b);
        }
        if rank_a == 1 {
            let order = self.words[a as usize].cmp(&self.words[b as usize]);
            match &self.low_words {
                Some(low) if order.is_eq() => low[a as usize].cmp(&low[b as usize]),
                _ => order,
            }
        } else {
            std::cmp::Ordering::Equal
        }
    }
}

/// The positions of all `row_count` rows in the order of the keys.
pub fn sort_positions(keys: &[SortColumn], row_count: usize) -> Vec<u32> {
    if let [SortColumn { words, low_words: None, valid: None, .. }] = keys {
        let mut pairs: Vec<(u64, u32)> = words.iter().copied().zip(0..).collect();
        pairs.sort_unstable();
        return pairs.into_iter().map(|(_, position)| position).collect();
    }
    let mut positions: Vec<u32> = (0..row_count as u32).collect();
    positions.sort_unstable_by(|a, b| compare(keys, *a, *b));
    positions
}

/// The first `count` of [`sort_positions`], without ordering the rest.
pub fn top_positions(keys: &[SortColumn], row_count: usize, count: usize) -> Vec<u32> {
    if count == 0 {
        return Vec::new();
    }
    if count >= row_count {
        return sort_positions(keys, row_count);
    }
    let mut positions: Vec<u32> = (0..row_count as u32).collect();
    positions.select_nth_unstable_by(count - 1, |a, b| compare(keys, *a, *b));
    positions.truncate(count);
    positions.sort_unstable_by(|a, b| compare(keys, *a, *b));
    positions
}

#[inline(always)]
fn compare(keys: &[SortColumn], a: u32, b: u32) -> std::cmp::Ordering {
    for key in keys {
        let order = key.compare(a, b);
        if order.is_ne() {
            return order;
        }
    }
    a.cmp(&b)
}

#[cfg(test)]
mod tests {
    use super::*;
    use colq_column::Column;
    use colq_types::{DataType, Scalar};
    use proptest::prelude::*;
    use std::cmp::Ordering;

    fn naive(a: &Scalar, b: &Scalar, descending: bool, nulls_first: bool) -> Ordering {
        let order = match (a, b) {
            (Scalar::Null, Scalar::Null) => return Ordering::Equal,
            (Scalar::Null, _) => return if nulls_first { Ordering::Less } else { Ordering::Greater },
            (_, Scalar::Null) => return if nulls_first { Ordering::Greater } else { Ordering::Less },
            (Scalar::F64(a), Scalar::F64(b)) => a.partial_cmp(b).unwrap_or(a.is_nan().cmp(&b.is_nan())),
            (Scalar::Text(a), Scalar::Text(b)) => a.as_bytes().cmp(b.as_bytes()),
            (Scalar::Decimal(a, _), Scalar::Decimal(b, _)) => a.cmp(b),
            (a, b) => a.as_i128().cmp(&b.as_i128()),
        };
        if descending { order.reverse() } else { order }
    }

    proptest! {
        #[test]
        fn sorts_as_a_stable_sort_of_scalars(
            rows in prop::collection::vec((prop::option::of(prop_oneof![Just(f64::NAN), Just(-0.0), Just(0.0), any::<f64>()]),
                prop::option::of(-2i64..2), "[ab]{0,2}"), 0..80),
            flags in any::<[bool; 8]>(), count in 0usize..90,
        ) {
            let columns = [
                Column::from_scalars(DataType::F64, &rows.iter().map(|r| r.0.into()).collect::<Vec<Scalar>>()),
                Column::from_scalars(DataType::I64, &rows.iter().map(|r| r.1.into()).collect::<Vec<Scalar>>()),
                Column::from_scalars(DataType::Text, &rows.iter().map(|r| r.2.clone().into()).collect::<Vec<Scalar>>()),
                // Values that differ in the upper half, in the lower one, in both.
                Column::from_scalars(DataType::Decimal { precision: 38, scale: 0 }, &rows.iter().map(|r| match r.1 {
                    Some(v) => Scalar::Decimal((i128::from(v) << 66) + r.2.len() as i128 - 1, 0),
                    None => Scalar::Null,
                }).collect::<Vec<Scalar>>()),
            ];
            for order in [[0, 1, 2], [1, 2, 0], [2, 0, 1], [3, 0, 2]] {
                for keys in 1..=3 {
                    let used = &order[..keys];
                    let sort: Vec<SortColumn> = used.iter()
                        .map(|c| SortColumn::new(&columns[*c].view(), flags[*c], flags[*c + 4]).unwrap()).collect();
                    let mut expected: Vec<u32> = (0..rows.len() as u32).collect();
                    expected.sort_by(|a, b| used.iter().fold(Ordering::Equal, |so_far, c| so_far.then_with(||
                        naive(&columns[*c].scalar(*a as usize), &columns[*c].scalar(*b as usize), flags[*c], flags[*c + 4]))));
                    prop_assert_eq!(&sort_positions(&sort, rows.len()), &expected);
                    expected.truncate(count);
                    prop_assert_eq!(top_positions(&sort, rows.len(), count), expected);
                }
            }
        }
    }
}
