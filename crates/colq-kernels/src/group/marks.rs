//! Which values of a small range there are, a bit each.
//!
//! Law: after marking, the bit of a value less the base is one exactly for the values that were marked. Naive twin: a set.

use colq_column::{View, dispatch};
use colq_types::Native;
use std::ops::Range;

/// Marks the values of the rows at `positions` (all without) that are not NULL. False when a value lay outside of the
/// range that the bits stand for; they are of no use then.
///
/// `base` is taken from each value's 64 bits (of a text's code), so that the smallest one has bit 0. Floats and values of
/// 128 bits have no such bits and are outside.
#[must_use]
pub fn mark_values(view: &View<'_>, positions: Option<&[u32]>, base: u64, marks: &mut [u64]) -> bool {
    dispatch!(view.values,
        bool v => mark(v, |byte| u64::from(byte != 0), view, positions, base, marks),
        native v => mark(v, |value| value.to_i128() as u64, view, positions, base, marks),
        vector _v => false)
}

/// Law: true when each bit of the range is one; those past the last word are not.
pub fn are_marked(marks: &[u64], bits: Range<usize>) -> bool {
    if bits.is_empty() {
        return true;
    }
    let (first, last) = (bits.start / 64, (bits.end - 1) / 64);
    let head = u64::MAX << (bits.start % 64);
    let tail = u64::MAX >> (63 - (bits.end - 1) % 64);
    let Some(words) = marks.get(first..=last) else { return false };
    match words {
        [word] => word & (head & tail) == head & tail,
        [start, middle @ .., end] => {
            start & head == head && end & tail == tail && middle.iter().all(|word| *word == u64::MAX)
        }
        [] => false,
    }
}

/// Words in which most values are marked already by the time that most are seen: to look is then faster than to mark once
/// more, for a mark waits for the one before it in the same word.
const FEW_WORDS: usize = 1 << 10;

#[inline(always)]
fn mark<T: Copy>(
    values: &[T],
    bits: impl Fn(T) -> u64,
    view: &View<'_>,
    positions: Option<&[u32]>,
    base: u64,
    marks: &mut [u64],
) -> bool {
    let mut inside = true;
    let looks = marks.len() <= FEW_WORDS;
    let mut put = |value: T| {
        let code = bits(value).wrapping_sub(base);
        match marks.get_mut((code >> 6) as usize) {
            Some(word) if looks && *word >> (code & 63) & 1 == 1 => {}
            Some(word) => *word |= 1 << (code & 63),
            None => inside = false,
        }
    };
    match (positions, view.validity) {
        (None, None) => values.iter().for_each(|value| put(*value)),
        (None, Some(valid)) => valid.ones_iter().for_each(|row| put(values[row])),
        (Some(rows), valid) => rows
            .iter()
            .map(|row| *row as usize)
            .filter(|row| valid.is_none_or(|valid| valid.get(*row)))
            .for_each(|row| put(values[row])),
    }
    inside
}

#[cfg(test)]
mod tests {
    use super::*;
    use colq_column::Column;
    use colq_types::{DataType, Scalar};
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn marks_what_a_set_holds(
            rows in prop::collection::vec(prop::option::of(-70i64..70), 0..200), picked in any::<bool>(),
        ) {
            let scalars: Vec<Scalar> = rows.iter().map(|row| (*row).into()).collect();
            for data_type in [DataType::I8, DataType::I64, DataType::I16] {
                let column = Column::from_scalars(data_type, &scalars);
                let odd: Vec<u32> = (0..rows.len() as u32).filter(|row| row % 2 == 1).collect();
                let positions = picked.then_some(&odd[..]);
                let mut marks = vec![0u64; 3];
                prop_assert!(mark_values(&column.view(), positions, -70i64 as u64, &mut marks));
                let naive: BTreeSet<i64> = rows
                    .iter()
                    .enumerate()
                    .filter(|(row, _)| !picked || row % 2 == 1)
                    .filter_map(|(_, value)| *value)
                    .collect();
                let found: BTreeSet<i64> =
                    (0..192).filter(|bit| marks[bit / 64] >> (bit % 64) & 1 == 1).map(|bit| bit as i64 - 70).collect();
                prop_assert_eq!(found, naive);
            }
        }
    }

    proptest! {
        #[test]
        fn a_range_is_marked_when_each_of_its_bits_is(
            zeros in prop::collection::vec(0usize..256, 0..4), start in 0usize..260, len in 0usize..260,
        ) {
            let mut marks = vec![u64::MAX; 4];
            zeros.iter().for_each(|bit| marks[bit / 64] &= !(1 << (bit % 64)));
            let naive = (start..start + len).all(|bit| bit < 256 && !zeros.contains(&bit));
            prop_assert_eq!(are_marked(&marks, start..start + len), naive);
        }
    }

    #[test]
    fn values_outside_are_told() {
        let column = Column::new(DataType::U64, vec![5u64, u64::MAX]);
        assert!(!mark_values(&column.view(), None, 5, &mut [0; 4]));
        assert!(mark_values(&column.view(), Some(&[0]), 5, &mut [0; 4]));
    }
}
