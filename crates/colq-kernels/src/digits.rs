//! Radix selection: counting values by some bits of their words, and collecting those that share bits.
//!
//! A word is 64 bits in the order of the values of its layout: an integer as
//! [`signed_word`] or itself, an f64 as [`float_word`], a narrower float as the 32 bits of its f32 in the same order and
//! then zeros, so that no bits of an exponent that it does not have are counted. It knows no zones and no threads.

use crate::group::Part;
use crate::processor::vectorised;
use crate::{Error, float_word, signed_word, word_float, word_signed};
use colq_column::{Bitmap, Values, View};
use colq_types::{DataType, Physical, bf16, decimal, f16};
use std::ops::RangeInclusive;

/// Bits that one pass finds: a table of so many counts stays in the second-level cache.
const DIGIT_BITS: u32 = 16;

/// The words that begin with the same bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct WordPrefix {
    /// The bits, the others zero.
    bits: u64,
    /// How many are known.
    len: u32,
}

impl WordPrefix {
    /// What all words from `low` to `high` begin with.
    pub fn of(low: u64, high: u64) -> WordPrefix {
        // With all bits known there would be nothing left to count.
        let len = (low ^ high).leading_zeros().min(u64::BITS - 1);
        WordPrefix { bits: low & !(u64::MAX >> len), len }
    }

    /// How many different digits can follow.
    pub fn digit_count(self) -> usize {
        1 << self.digit_bits()
    }

    /// How many bits the next digit has.
    fn digit_bits(self) -> u32 {
        DIGIT_BITS.min(u64::BITS - self.len)
    }

    /// The words that begin so.
    pub fn words(self) -> RangeInclusive<u64> {
        // No bits are left where all are known.
        let rest = u64::MAX.checked_shr(self.len).unwrap_or(0);
        self.bits..=self.bits | rest
    }

    /// The words that go on with this digit.
    #[must_use]
    pub fn and(self, digit: usize) -> WordPrefix {
        let len = self.len + self.digit_bits();
        WordPrefix { bits: self.bits | (digit as u64) << (u64::BITS - len), len }
    }

    /// The one word that begins so, once all its bits are known.
    pub fn as_word(self) -> Option<u64> {
        (self.len == u64::BITS).then_some(self.bits)
    }
}

/// A value that has a word of its own layout.
pub(crate) trait Ordered: Copy {
    fn word(self) -> u64;
}

macro_rules! ordered {
    ($($type:ty => |$value:ident| $word:expr;)*) => {
        $(impl Ordered for $type {
            #[inline(always)]
            fn word(self) -> u64 {
                let $value = self;
                $word
            }
        })*
    };
}
ordered! {
    i8 => |v| signed_word(i64::from(v));
    i16 => |v| signed_word(i64::from(v));
    i32 => |v| signed_word(i64::from(v));
    i64 => |v| signed_word(v);
    u8 => |v| u64::from(v);
    u16 => |v| u64::from(v);
    u32 => |v| u64::from(v);
    u64 => |v| v;
    f16 => |v| single_word(v.to_f32());
    bf16 => |v| single_word(v.to_f32());
    f32 => |v| single_word(v);
    f64 => |v| float_word(v);
}

/// The word of an f32: NaN one value above all, -0.0 as 0.0.
#[inline(always)]
fn single_word(value: f32) -> u64 {
    const SIGN: u32 = 1 << 31;
    // Adding 0.0 turns -0.0 into 0.0 and changes nothing else.
    let bits = if value.is_nan() { f32::NAN.to_bits() } else { (value + 0.0).to_bits() };
    u64::from(if bits & SIGN == 0 { bits | SIGN } else { !bits }) << 32
}

/// The f32 of a word.
fn word_single(word: u64) -> f32 {
    const SIGN: u32 = 1 << 31;
    let bits = (word >> 32) as u32;
    f32::from_bits(if bits & SIGN == 0 { !bits } else { bits & !SIGN })
}

/// True for the layouts that [`count_digits`] and [`collect_words`] know.
pub fn has_native_words(physical: Physical) -> bool {
    !matches!(physical, Physical::Bool | Physical::I128)
}

/// Law: the word of a value of type `from`, as [`push_words`](crate::push_words) gives it once the value is converted
/// to `to`, which is f64 or the type of the column itself.
pub fn converted_word(word: u64, from: DataType, to: DataType) -> u64 {
    match from {
        DataType::F16 | DataType::Bf16 | DataType::F32 => float_word(f64::from(word_single(word))),
        DataType::Decimal { scale, .. } if to == DataType::F64 => {
            float_word(decimal::to_f64(i128::from(word_signed(word)), scale))
        }
        _ if to == DataType::F64 && from.is_signed() => float_word(word_signed(word) as f64),
        _ if to == DataType::F64 && from.is_unsigned() => float_word(word as f64),
        _ => word,
    }
}

/// The word in the layout of the type `of` of a bound that a summary gives for it, itself a word of i64, u64 or f64.
pub fn native_word(bound: u64, of: DataType) -> u64 {
    match of {
        DataType::F16 | DataType::Bf16 | DataType::F32 => single_word(word_float(bound) as f32),
        _ => bound,
    }
}

/// Runs a loop over the values of a view at their own width. Where it is used, `Values` and `Error` have to be known.
macro_rules! over_words {
    ($view:expr, $values:ident => $each:expr) => {
        match $view.values {
            Values::I8($values) => $each,
            Values::I16($values) => $each,
            Values::I32($values) => $each,
            Values::I64($values) => $each,
            Values::U8($values) => $each,
            Values::U16($values) => $each,
            Values::U32($values) => $each,
            Values::U64($values) => $each,
            Values::F16($values) => $each,
            Values::Bf16($values) => $each,
            Values::F32($values) => $each,
            Values::F64($values) => $each,
            Values::Bool(_) | Values::I128(_) | Values::Vector(_) => {
                let found = $view.values.physical().name();
                return Err(Error::WrongLayout { expected: "numbers of at most 64 bits", found });
            }
        }
    };
}
pub(crate) use over_words;

/// Law: `counts[d]` grows by how many selected rows have a word that begins with `prefix` and goes on with the digit
/// `d`. `counts` has [`WordPrefix::digit_count`] places; `selected` leaves out the nulls, and `None` means all rows.
///
/// # Errors
/// [`Error::WrongLayout`] for bools, wide decimals and vectors.
pub fn count_digits(
    view: &View<'_>,
    selected: Option<&Bitmap>,
    prefix: WordPrefix,
    counts: &mut [u32],
) -> Result<(), Error> {
    over_words!(view, values => count(values, selected, prefix, counts));
    Ok(())
}

/// Law: `out` grows by the words from `range` of the selected rows, in the order of the rows; `selected` as for
/// [`count_digits`].
///
/// # Errors
/// As [`count_digits`].
pub fn collect_words(
    view: &View<'_>,
    selected: Option<&Bitmap>,
    range: RangeInclusive<u64>,
    out: &mut Vec<u64>,
) -> Result<(), Error> {
    let (low, high) = range.into_inner();
    over_words!(view, values => collect(values, selected, low, high, out));
    Ok(())
}

/// Law: `out[i]` = the word of row `i` of the part. Rows past the end of the view leave theirs as they are.
///
/// # Errors
/// As [`count_digits`].
pub fn native_words(view: &View<'_>, part: Part<'_>, out: &mut [u64]) -> Result<(), Error> {
    match part {
        Part::From(start) => over_words!(view, values => write_run(values.get(start..).unwrap_or(&[]), out)),
        Part::At(positions) => over_words!(view, values => {
            for (word, at) in out.iter_mut().zip(positions) {
                if let Some(value) = values.get(*at as usize) {
                    *word = value.word();
                }
            }
        }),
    }
    Ok(())
}

vectorised! {
    fn write_run<T: Ordered>(values: &[T], out: &mut [u64]) {
        out.iter_mut().zip(values).for_each(|(word, value)| *word = value.word());
    }
}

/// Rows that share a word of the selection.
pub(crate) const ROWS: usize = 64;

/// The rows of a chunk that count.
#[inline(always)]
pub(crate) fn bits_of(selected: Option<&Bitmap>, chunk: usize) -> u64 {
    selected.map_or(u64::MAX, |selected| selected.words().get(chunk).copied().unwrap_or(0))
}

/// The words of a chunk, and which of its rows have one between the ends.
#[inline(always)]
fn words_between<T: Ordered>(chunk: &[T], words: &mut [u64; ROWS], low: u64, high: u64) -> u64 {
    let mut inside = 0u64;
    for (row, (word, value)) in words.iter_mut().zip(chunk).enumerate() {
        *word = value.word();
        inside |= u64::from((*word >= low) & (*word <= high)) << row;
    }
    inside
}

vectorised! {
    fn count<T: Ordered>(values: &[T], selected: Option<&Bitmap>, prefix: WordPrefix, counts: &mut [u32]) {
        let (low, high) = prefix.words().into_inner();
        let (left, right) = (prefix.len, u64::BITS - prefix.digit_bits());
        let mut words = [0u64; ROWS];
        for (number, chunk) in values.chunks(ROWS).enumerate() {
            let bits = bits_of(selected, number);
            if bits == 0 {
                continue;
            }
            let mut open = bits & words_between(chunk, &mut words, low, high);
            if open == u64::MAX {
                for word in &words {
                    if let Some(count) = counts.get_mut((*word << left >> right) as usize) {
                        *count += 1;
                    }
                }
                continue;
            }
            while open != 0 {
                let word = words[open.trailing_zeros() as usize % ROWS];
                if let Some(count) = counts.get_mut((word << left >> right) as usize) {
                    *count += 1;
                }
                open &= open - 1;
            }
        }
    }
}

vectorised! {
    fn collect<T: Ordered>(values: &[T], selected: Option<&Bitmap>, low: u64, high: u64, out: &mut Vec<u64>) {
        let mut words = [0u64; ROWS];
        for (number, chunk) in values.chunks(ROWS).enumerate() {
            let bits = bits_of(selected, number);
            if bits == 0 {
                continue;
            }
            let mut open = bits & words_between(chunk, &mut words, low, high);
            while open != 0 {
                out.push(words[open.trailing_zeros() as usize % ROWS]);
                open &= open - 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::push_words;
    use crate::testing::{LENGTHS, spread};
    use colq_column::Column;
    use proptest::prelude::*;

    /// The definition, a row at a time.
    fn naive(words: &[u64], selected: Option<&Bitmap>, prefix: WordPrefix) -> Vec<u32> {
        let mut counts = vec![0; prefix.digit_count()];
        for (row, word) in words.iter().enumerate() {
            for (digit, count) in counts.iter_mut().enumerate() {
                let here = selected.is_none_or(|s| s.get(row)) && prefix.and(digit).words().contains(word);
                *count += u32::from(here);
            }
        }
        counts
    }

    fn check<T: Ordered + Into<f64>>(values: Vec<T>, column: &Column)
    where
        f64: From<T>,
    {
        let view = column.view();
        let words: Vec<u64> = values.iter().map(|value| value.word()).collect();
        // Words have the order of values, and lead back to the values in f64.
        for (word, value) in words.iter().zip(&values) {
            assert_eq!(converted_word(*word, view.data_type, DataType::F64), float_word((*value).into()));
        }
        let mut own = Vec::new();
        push_words(&view, &[], &mut own).unwrap();
        let converted: Vec<u64> =
            words.iter().map(|w| converted_word(*w, view.data_type, view.data_type)).collect();
        assert_eq!(converted, own);
        let some: Bitmap = (0..values.len()).map(|row| spread(row).is_multiple_of(3)).collect();
        let (Some(low), Some(high)) = (words.iter().min(), words.iter().max()) else { return };
        // Narrow enough for the naive twin, which goes over all digits of each row.
        let narrow = WordPrefix { bits: low & !0x3ff, len: 54 };
        for prefix in [WordPrefix::of(*low, *low), narrow] {
            for selected in [None, Some(&some)] {
                let mut counts = vec![0; prefix.digit_count()];
                count_digits(&view, selected, prefix, &mut counts).unwrap();
                assert_eq!(counts, naive(&words, selected, prefix));
            }
        }
        let mut run = vec![0; words.len().saturating_sub(1)];
        native_words(&view, Part::From(1), &mut run).unwrap();
        assert_eq!(run, words.iter().skip(1).copied().collect::<Vec<_>>());
        let positions: Vec<u32> = (0..words.len() as u32).rev().step_by(2).collect();
        let mut at = vec![0; positions.len()];
        native_words(&view, Part::At(&positions), &mut at).unwrap();
        assert_eq!(at, positions.iter().map(|at| words[*at as usize]).collect::<Vec<_>>());
        for selected in [None, Some(&some)] {
            let mut out = Vec::new();
            collect_words(&view, selected, *low..=*high, &mut out).unwrap();
            let expected = words.iter().enumerate().filter(|(row, _)| selected.is_none_or(|s| s.get(*row)));
            assert_eq!(out, expected.map(|(_, word)| *word).collect::<Vec<_>>());
            let prefix = WordPrefix::of(*low, *high);
            let mut counts = vec![0; prefix.digit_count()];
            count_digits(&view, selected, prefix, &mut counts).unwrap();
            assert_eq!(counts.iter().sum::<u32>() as usize, out.len());
        }
    }

    proptest! {
        #[test]
        fn counts_and_collects_as_the_naive_twin(
            singles in prop::collection::vec(prop_oneof![any::<f32>(), Just(-0.0f32), Just(f32::NAN)], 0..150),
            doubles in prop::collection::vec(prop_oneof![any::<f64>(), Just(-0.0f64), Just(f64::INFINITY)], 0..150),
            narrow in prop::collection::vec(any::<i16>(), 0..150),
            unsigned in prop::collection::vec(any::<u32>(), 0..150),
        ) {
            check(singles.clone(), &Column::new(DataType::F32, singles));
            check(doubles.clone(), &Column::new(DataType::F64, doubles));
            check(narrow.clone(), &Column::new(DataType::I16, narrow));
            check(unsigned.clone(), &Column::new(DataType::U32, unsigned));
        }

        #[test]
        fn a_prefix_holds_its_words(low in any::<u64>(), distance in any::<u64>(), shift in 0u32..64) {
            let high = low.saturating_add(distance >> shift);
            let mut prefix = WordPrefix::of(low, high);
            prop_assert!(prefix.words().contains(&low) && prefix.words().contains(&high));
            while prefix.as_word().is_none() {
                let digit = (0..prefix.digit_count()).find(|d| prefix.and(*d).words().contains(&high));
                prefix = prefix.and(digit.unwrap());
            }
            prop_assert_eq!(prefix.as_word(), Some(high));
        }
    }

    #[test]
    fn words_of_decimals_lead_to_their_floats() {
        let (from, to) = (DataType::Decimal { precision: 18, scale: 3 }, DataType::F64);
        for digits in [0, 1, -1, 12_345, -98_765, 1 << 53, (1 << 53) + 1, i64::MAX / 10, i64::MIN / 10] {
            let float = decimal::to_f64(i128::from(digits), 3);
            assert_eq!(converted_word(signed_word(digits), from, to), float_word(float));
            assert_eq!(converted_word(signed_word(digits), from, from), signed_word(digits));
        }
    }

    #[test]
    fn every_length_is_counted_to_its_end() {
        for len in LENGTHS {
            let values: Vec<u16> = (0..len).map(|row| spread(row) as u16).collect();
            let mut counts = vec![0; 1 << 16];
            let column = Column::new(DataType::U16, values.clone());
            count_digits(&column.view(), None, WordPrefix::of(0, 65_535), &mut counts).unwrap();
            let mut expected = vec![0; 1 << 16];
            values.iter().for_each(|value| expected[usize::from(*value)] += 1);
            assert_eq!(counts, expected);
        }
    }
}
