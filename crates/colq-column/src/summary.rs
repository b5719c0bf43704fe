//! What is known of one column in one zone, and how it is found out.

use crate::{Bitmap, Lanes, Values, Vectors, View};
use colq_types::{Integer, Native};

/// The smallest and largest value of a zone, nulls and NaN left out. For text with a dictionary, of its codes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Bounds {
    /// Signed integers, dates, timestamps, durations, decimals.
    Signed {
        /// The smallest.
        min: i64,
        /// The largest.
        max: i64,
    },
    /// Unsigned integers, bools (0 and 1), text codes.
    Unsigned {
        /// The smallest.
        min: u64,
        /// The largest.
        max: u64,
    },
    /// Floats. -0.0 and 0.0 count as equal, so either may stand for the other.
    Float {
        /// The smallest.
        min: f64,
        /// The largest.
        max: f64,
    },
    /// Text without a dictionary: of the first eight bytes of each value ([`text_prefix`]).
    Prefix {
        /// The smallest.
        min: u64,
        /// The largest.
        max: u64,
    },
    /// There are values, and nothing is said of them: vectors, and what lies in memory only.
    Unknown,
}

/// The sum of a zone as the engine defines it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Sum {
    /// Integers, exact; decimals without their point. For bools how many are true; for text without a dictionary the
    /// bytes of all values; for dates, timestamps, text codes and vectors of no meaning.
    Integer(i128),
    /// Floats, by [`Lanes`].
    Float(f64),
}

/// What is known of one column in one zone.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ZoneSummary {
    /// Rows in the zone.
    pub row_count: u64,
    /// Of those, NULL.
    pub null_count: u64,
    /// Of those, NaN.
    pub nan_count: u64,
    /// `None` when every row is NULL or NaN.
    pub bounds: Option<Bounds>,
    /// The sum over the rows that are not NULL.
    pub sum: Sum,
}

/// Summarises the rows of a view, which must start at the first row of a zone.
pub fn summarise(view: &View<'_>) -> ZoneSummary {
    let validity = view.validity.filter(|v| !v.all());
    if view.dictionary.is_some_and(|dictionary| !dictionary.is_distinct()) {
        return texts(view, validity);
    }
    match view.values {
        Values::Bool(v) => bools(v, validity),
        Values::I8(v) => integers(v, validity),
        Values::I16(v) => integers(v, validity),
        Values::I32(v) => integers(v, validity),
        Values::I64(v) => integers(v, validity),
        Values::U8(v) => integers(v, validity),
        Values::U16(v) => integers(v, validity),
        Values::U32(v) => integers(v, validity),
        Values::U64(v) => integers(v, validity),
        Values::F16(v) => floats(v, validity),
        Values::Bf16(v) => floats(v, validity),
        Values::F32(v) => floats(v, validity),
        Values::F64(v) => floats(v, validity),
        Values::I128(v) => unknown(v.len(), validity, 0),
        Values::Vector(v) => unknown(v.len(), validity, nan_rows(v, validity)),
    }
}

/// The first eight bytes of a text as a number, the first byte the highest, zeros behind a shorter one. It orders as
/// the texts do where it differs.
#[inline]
pub fn text_prefix(text: &[u8]) -> u64 {
    if let Some(prefix) = text.first_chunk() {
        return u64::from_be_bytes(*prefix);
    }
    let mut prefix = [0; 8];
    prefix.iter_mut().zip(text).for_each(|(to, from)| *to = *from);
    u64::from_be_bytes(prefix)
}

fn texts(view: &View<'_>, validity: Option<&Bitmap>) -> ZoneSummary {
    let valid = |row: &usize| validity.is_none_or(|v| v.get(*row));
    let mut byte_len = 0;
    let prefixes = (0..view.len()).filter(valid).map(|row| {
        let text = view.text(row);
        byte_len += text.len() as i128;
        text_prefix(text)
    });
    let bounds = ends(prefixes).map(|(min, max)| Bounds::Prefix { min, max });
    let sum = Sum::Integer(byte_len);
    ZoneSummary { row_count: view.len() as u64, null_count: null_count(validity), nan_count: 0, bounds, sum }
}

fn unknown(row_count: usize, validity: Option<&Bitmap>, nan_count: u64) -> ZoneSummary {
    let (row_count, null_count) = (row_count as u64, null_count(validity));
    let bounds = (row_count > null_count + nan_count).then_some(Bounds::Unknown);
    ZoneSummary { row_count, null_count, nan_count, bounds, sum: Sum::Integer(0) }
}

/// Rows that are not NULL and have a NaN among their numbers.
fn nan_rows(vectors: Vectors<'_>, validity: Option<&Bitmap>) -> u64 {
    fn count<T: Native>(numbers: &[T], row_len: usize, validity: Option<&Bitmap>) -> u64 {
        let rows = numbers.chunks_exact(row_len).enumerate();
        let valid = |row: usize| validity.is_none_or(|v| v.get(row));
        rows.filter(|(row, numbers)| numbers.iter().any(|x| x.is_nan()) && valid(*row)).count() as u64
    }
    match vectors.numbers() {
        Values::F16(v) => count(v, vectors.row_len(), validity),
        Values::Bf16(v) => count(v, vectors.row_len(), validity),
        Values::F32(v) => count(v, vectors.row_len(), validity),
        Values::F64(v) => count(v, vectors.row_len(), validity),
        _ => 0,
    }
}

/// The exact sum of integers.
pub fn integer_sum<T: Integer>(values: &[T]) -> i128 {
    let mut sum = 0;
    // A chunk is far below the 2^31 values whose parts are safe to add.
    for chunk in values.chunks(1 << 20) {
        let (mut high, mut low) = (0i64, 0u64);
        for value in chunk {
            let (h, l) = value.split();
            high += h;
            low += l;
        }
        sum += (i128::from(high) << 32) + i128::from(low);
    }
    sum
}

fn null_count(validity: Option<&Bitmap>) -> u64 {
    validity.map_or(0, |v| (v.len() - v.count_ones()) as u64)
}

/// Calls `see` with every run of up to 64 values and the word of bits that says which of them count; words without a bit
/// are left out.
#[inline(always)]
fn by_words<T>(values: &[T], validity: &Bitmap, mut see: impl FnMut(&[T], u64)) {
    for (run, word) in values.chunks(64).zip(validity.words()) {
        if *word != 0 {
            see(run, *word);
        }
    }
}

fn bools(bytes: &[u8], validity: Option<&Bitmap>) -> ZoneSummary {
    let mut set = 0;
    match validity {
        None => set = bytes.iter().map(|b| u64::from(*b != 0)).sum::<u64>(),
        Some(validity) => by_words(bytes, validity, |run, word| {
            let is_set = run.iter().enumerate();
            set += is_set.map(|(at, b)| u64::from(*b != 0) & (word >> at)).sum::<u64>();
        }),
    }
    let (row_count, null_count) = (bytes.len() as u64, null_count(validity));
    let valid = row_count - null_count;
    let bounds =
        (valid > 0).then(|| Bounds::Unsigned { min: u64::from(set == valid), max: u64::from(set > 0) });
    ZoneSummary { row_count, null_count, nan_count: 0, bounds, sum: Sum::Integer(i128::from(set)) }
}

/// The smallest and largest of the values whose bit is set. Where all of a run count it goes by the whole run.
fn valid_ends<T: Ord + Copy>(values: &[T], validity: &Bitmap) -> Option<(T, T)> {
    let first = *values.get(validity.ones_iter().next()?)?;
    let (mut min, mut max) = (first, first);
    by_words(values, validity, |run, word| {
        if word == u64::MAX {
            (min, max) = run.iter().fold((min, max), |(min, max), v| (min.min(*v), max.max(*v)));
        } else {
            for (at, value) in run.iter().enumerate() {
                let value = if word >> at & 1 == 1 { *value } else { first };
                (min, max) = (min.min(value), max.max(value));
            }
        }
    });
    Some((min, max))
}

fn integers<T: Integer>(values: &[T], validity: Option<&Bitmap>) -> ZoneSummary {
    let ends = match validity {
        Some(validity) => valid_ends(values, validity),
        None => ends(values.iter().copied()),
    };
    let bounds = ends.map(|(min, max)| {
        if T::SIGNED {
            Bounds::Signed { min: min.to_i128() as i64, max: max.to_i128() as i64 }
        } else {
            Bounds::Unsigned { min: min.to_i128() as u64, max: max.to_i128() as u64 }
        }
    });
    // Null slots hold zero and so add nothing.
    let sum = Sum::Integer(integer_sum(values));
    ZoneSummary {
        row_count: values.len() as u64,
        null_count: null_count(validity),
        nan_count: 0,
        bounds,
        sum,
    }
}

fn ends<T: Ord + Copy>(mut values: impl Iterator<Item = T>) -> Option<(T, T)> {
    let first = values.next()?;
    Some(values.fold((first, first), |(min, max), v| (min.min(v), max.max(v))))
}

fn floats<T: Native>(values: &[T], validity: Option<&Bitmap>) -> ZoneSummary {
    let mut lanes = Lanes::default();
    let (mut min, mut max, mut nan_count, mut numbers) = (f64::INFINITY, f64::NEG_INFINITY, 0, 0u64);
    let mut see = |value: f64| {
        if value.is_nan() {
            nan_count += 1;
        } else {
            numbers += 1;
            min = if value < min { value } else { min };
            max = if value > max { value } else { max };
        }
    };
    match validity {
        Some(validity) => {
            by_words(values, validity, |run, word| {
                if word == u64::MAX {
                    run.iter().for_each(|v| see(v.to_f64()));
                } else {
                    let valid = run.iter().enumerate().filter(|(at, _)| word >> at & 1 == 1);
                    valid.for_each(|(_, v)| see(v.to_f64()));
                }
            });
            lanes.add_selected(values, validity);
        }
        None => {
            values.iter().for_each(|v| see(v.to_f64()));
            lanes.add_all(values);
        }
    }
    let bounds = (numbers > 0).then_some(Bounds::Float { min, max });
    ZoneSummary {
        row_count: values.len() as u64,
        null_count: null_count(validity),
        nan_count,
        bounds,
        sum: Sum::Float(lanes.finish()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Buffer;
    use colq_types::DataType;
    use proptest::prelude::*;

    fn summary_of(data_type: DataType, buffer: &Buffer, validity: Option<&Bitmap>) -> ZoneSummary {
        summarise(&View { data_type, values: buffer.as_values(), validity, dictionary: None })
    }

    #[test]
    fn nulls_and_nan_stay_out_of_the_bounds() {
        let buffer = Buffer::from(vec![0.0, 3.5, f64::NAN, -2.0]);
        let validity: Bitmap = [false, true, true, true].into_iter().collect();
        let summary = summary_of(DataType::F64, &buffer, Some(&validity));
        assert_eq!(summary.bounds, Some(Bounds::Float { min: -2.0, max: 3.5 }));
        assert_eq!((summary.null_count, summary.nan_count), (1, 1));
        let summary = summary_of(DataType::F64, &Buffer::from(vec![f64::NAN]), None);
        assert_eq!((summary.bounds, summary.nan_count), (None, 1));
        let summary = summary_of(DataType::I8, &Buffer::from(vec![0i8]), Some(&Bitmap::zeros(1)));
        assert_eq!((summary.bounds, summary.null_count), (None, 1));
    }

    #[test]
    fn vectors_count_their_rows_with_nan_and_texts_keep_their_prefixes() {
        use crate::{Column, Dictionary, SharedBytes};
        let column = Column::vectors(2, vec![1.0f32, f32::NAN, 1.0, 2.0]).unwrap();
        let summary = summarise(&column.view());
        assert_eq!((summary.row_count, summary.nan_count, summary.bounds), (2, 1, Some(Bounds::Unknown)));
        let rows = Dictionary::of_rows(vec![0, 1, 11, 11], SharedBytes::from(b"bangsthrome".to_vec()));
        let column = Column::text(vec![0u32, 1, 2], std::sync::Arc::new(rows.unwrap()));
        let column = column.with_validity(Some([true, true, false].into_iter().collect()));
        let summary = summarise(&column.view());
        let (min, max) = (text_prefix(b"angsthro"), text_prefix(b"b"));
        assert_eq!(summary.bounds, Some(Bounds::Prefix { min, max }));
        assert_eq!((summary.null_count, summary.sum), (1, Sum::Integer(11)));
    }

    /// The summary of these rows, found row by row.
    fn naive(rows: &[(f64, bool)]) -> (u64, u64, Option<(f64, f64)>) {
        let valid = rows.iter().filter(|row| row.1).map(|row| row.0);
        let numbers = valid.clone().filter(|v| !v.is_nan());
        let ends = numbers.clone().next().map(|first| {
            numbers.fold((first, first), |(min, max), v| {
                (if v < min { v } else { min }, if v > max { v } else { max })
            })
        });
        let nulls = rows.iter().filter(|row| !row.1).count() as u64;
        (nulls, valid.filter(|v| v.is_nan()).count() as u64, ends)
    }

    proptest! {
        #[test]
        fn summaries_of_nullable_rows_are_those_of_a_loop(
            length in prop_oneof![0usize..4, 62usize..67, 126usize..131, 190usize..260],
            seed in prop::collection::vec(
                (prop_oneof![any::<f64>(), Just(f64::NAN), Just(-0.0), Just(0.0), Just(f64::INFINITY), -9.0..9.0], any::<bool>()),
                260,
            ),
            all_valid in 0usize..4,
        ) {
            let rows: Vec<(f64, bool)> =
                seed[..length].iter().enumerate().map(|(i, (v, ok))| (*v, *ok || i / 64 == all_valid)).collect();
            let validity: Bitmap = rows.iter().map(|row| row.1).collect();
            let stored = |row: &(f64, bool)| if row.1 { row.0 } else { 0.0 };
            let (nulls, nans, ends) = naive(&rows);
            let floats = Buffer::from(rows.iter().map(stored).collect::<Vec<f64>>());
            let found = summary_of(DataType::F64, &floats, Some(&validity));
            let bits = |(min, max): (f64, f64)| (min.to_bits(), max.to_bits());
            let float_ends = match found.bounds {
                Some(Bounds::Float { min, max }) => Some((min, max)),
                _ => None,
            };
            prop_assert_eq!((found.null_count, found.nan_count), (nulls, nans));
            prop_assert_eq!(float_ends.map(bits), ends.map(bits));

            // The same rows as integers, and as bools.
            let whole: Vec<i64> = rows.iter().map(|row| stored(row) as i64).collect();
            let valid = || whole.iter().zip(&rows).filter(|(_, row)| row.1).map(|(v, _)| *v);
            let found = summary_of(DataType::I64, &Buffer::from(whole.clone()), Some(&validity));
            let ends = valid().min().zip(valid().max());
            prop_assert_eq!(found.bounds, ends.map(|(min, max)| Bounds::Signed { min, max }));
            let bytes: Vec<u8> = whole.iter().map(|v| u8::from(*v != 0)).collect();
            let found = summarise(&View { data_type: DataType::Bool, values: Values::Bool(&bytes), validity: Some(&validity), dictionary: None });
            prop_assert_eq!(found.sum, Sum::Integer(valid().filter(|v| *v != 0).count() as i128));
        }

        #[test]
        fn integer_sums_are_exact(signed in prop::collection::vec(any::<i64>(), 0..99),
                                  unsigned in prop::collection::vec(any::<u64>(), 0..99),
                                  small in prop::collection::vec(any::<i16>(), 0..99)) {
            prop_assert_eq!(integer_sum(&signed), signed.iter().map(|v| i128::from(*v)).sum::<i128>());
            prop_assert_eq!(integer_sum(&unsigned), unsigned.iter().map(|v| i128::from(*v)).sum::<i128>());
            prop_assert_eq!(integer_sum(&small), small.iter().map(|v| i128::from(*v)).sum::<i128>());
        }
    }
}
