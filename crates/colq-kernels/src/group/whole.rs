//! Float keys that are whole numbers between two known ends, as what is rounded is, or whole numbers of parts, as prices in
//! cents are: small numbers like those of integers.
//!
//! Law: the value of a number n is the float nearest to `n / parts`, and the code of that value is the distance of n from the lower
//! end, NULL being one past the last. A float that is the value of no number between the ends is an error. Naive twin: the code of
//! the same whole number as an integer.

use super::key::KeyColumn;
use super::ledger::BLOCK_ROWS;
use super::part::{Part, ValidWords};
use crate::processor::vectorised;
use colq_column::{Bitmap, Values, View};

/// Floats up to here are neighbours of whole numbers, so that the distance of two of them is exact in either type.
pub const MOST_WHOLE: i128 = 1 << f32::MANTISSA_DIGITS;

/// A sum of this and a number of at most half as much is rounded to a whole number: the floats around it are as far apart as
/// whole numbers are.
const ROUNDING: f64 = 3.0 * (1_u64 << (f64::MANTISSA_DIGITS - 2)) as f64;

/// The float of 64 bits that `number` parts are.
#[inline(always)]
pub(super) fn part_value(number: f64, parts: u32) -> f64 {
    number / f64::from(parts)
}

/// The whole number of parts that is nearest to a value.
pub fn nearest_part(value: f64, parts: u32) -> f64 {
    Many(f64::from(parts)).number(value)
}

/// True where a float (of 32 bits, if it is `single`) is the value of a whole number of parts.
pub fn is_part(value: f64, single: bool, parts: u32) -> bool {
    let found = part_value(nearest_part(value, parts), parts);
    if single { f64::from(found as f32) == value } else { found == value }
}

/// A float that may be the value of a number.
trait Whole: Copy + PartialEq {
    fn wide(self) -> f64;
    fn of(value: f64) -> Self;
}

impl Whole for f32 {
    #[inline(always)]
    fn wide(self) -> f64 {
        f64::from(self)
    }
    #[inline(always)]
    fn of(value: f64) -> f32 {
        value as f32
    }
}

impl Whole for f64 {
    #[inline(always)]
    fn wide(self) -> f64 {
        self
    }
    #[inline(always)]
    fn of(value: f64) -> f64 {
        value
    }
}

/// How a number follows from its value.
trait Parts: Copy {
    fn number(self, value: f64) -> f64;
    fn value(self, number: f64) -> f64;
}

/// One is not divided.
#[derive(Clone, Copy)]
struct One;

impl Parts for One {
    #[inline(always)]
    fn number(self, value: f64) -> f64 {
        (value + ROUNDING) - ROUNDING
    }
    #[inline(always)]
    fn value(self, number: f64) -> f64 {
        number
    }
}

/// One is so many parts.
#[derive(Clone, Copy)]
struct Many(f64);

impl Parts for Many {
    #[inline(always)]
    fn number(self, value: f64) -> f64 {
        (value * self.0 + ROUNDING) - ROUNDING
    }
    #[inline(always)]
    fn value(self, number: f64) -> f64 {
        number / self.0
    }
}

/// What the codes of a column follow from.
#[derive(Clone, Copy)]
struct Ends<P> {
    low: f64,
    span: f64,
    null_code: u32,
    stride: u32,
    parts: P,
}

impl<P: Parts> Ends<P> {
    fn of(column: &KeyColumn, parts: P) -> Ends<P> {
        Ends {
            low: column.base as i64 as f64,
            span: (column.null_code as i64 - 1) as f64,
            null_code: column.null_code as u32,
            stride: column.stride as u32,
            parts,
        }
    }

    /// The distance of a value's number from the lower end, and whether it is one up to the span. Of NaN it is none.
    #[inline(always)]
    fn distance<T: Whole>(self, value: T) -> (u32, bool) {
        let number = self.parts.number(value.wide());
        let distance = number - self.low;
        let is_within =
            (distance >= 0.0) & (distance <= self.span) & (T::of(self.parts.value(number)) == value);
        (distance as u32, is_within)
    }
}

/// Adds the codes of a column, times its stride; false when a value was no number between the known ends.
pub(super) fn add_whole(column: &KeyColumn, view: &View<'_>, part: Part<'_>, codes: &mut [u32]) -> bool {
    let validity = view.validity;
    match (view.values, column.parts) {
        (Values::F32(v), 1) => add(v, validity, part, Ends::of(column, One), codes),
        (Values::F64(v), 1) => add(v, validity, part, Ends::of(column, One), codes),
        (Values::F32(v), parts) => add(v, validity, part, Ends::of(column, Many(f64::from(parts))), codes),
        (Values::F64(v), parts) => add(v, validity, part, Ends::of(column, Many(f64::from(parts))), codes),
        _ => false,
    }
}

fn add<T: Whole, P: Parts>(
    values: &[T],
    validity: Option<&Bitmap>,
    part: Part<'_>,
    ends: Ends<P>,
    codes: &mut [u32],
) -> bool {
    if let Part::From(start) = part
        && codes.len() <= BLOCK_ROWS
        && let Some(values) = values.get(start..start + codes.len())
    {
        return match validity {
            None => run(values, ends, codes),
            Some(validity) => run_valid(values, &part.valid_words(validity, codes.len()), ends, codes),
        };
    }
    let mut is_inside = true;
    for (place, code) in codes.iter_mut().enumerate() {
        let at = match part {
            Part::From(start) => start + place,
            Part::At(positions) => positions[place] as usize,
        };
        let is_valid = validity.is_none_or(|validity| validity.get(at));
        let (distance, is_within) = ends.distance(values[at]);
        is_inside &= is_within || !is_valid;
        let own = if is_valid { distance } else { ends.null_code };
        *code = code.wrapping_add(own.wrapping_mul(ends.stride));
    }
    is_inside
}

vectorised! {
    fn run<T: Whole, P: Parts>(values: &[T], ends: Ends<P>, codes: &mut [u32]) -> bool {
        let mut is_inside = true;
        for (code, value) in codes.iter_mut().zip(values) {
            let (distance, is_within) = ends.distance(*value);
            is_inside &= is_within;
            *code = code.wrapping_add(distance.wrapping_mul(ends.stride));
        }
        is_inside
    }
}

vectorised! {
    /// The same where some are NULL.
    fn run_valid<T: Whole, P: Parts>(values: &[T], valid: &ValidWords, ends: Ends<P>, codes: &mut [u32]) -> bool {
        let mut is_inside = true;
        for ((codes, values), word) in codes.chunks_mut(64).zip(values.chunks(64)).zip(valid) {
            for (bit, (code, value)) in codes.iter_mut().zip(values).enumerate() {
                let (distance, is_within) = ends.distance(*value);
                let is_valid = word >> bit & 1 == 1;
                is_inside &= is_within | !is_valid;
                let own = if is_valid { distance } else { ends.null_code };
                *code = code.wrapping_add(own.wrapping_mul(ends.stride));
            }
        }
        is_inside
    }
}

/// The same for packed words, of the rows at `positions` or of all.
pub(super) fn pack_whole(
    column: &KeyColumn,
    view: &View<'_>,
    positions: Option<&[u32]>,
    words: &mut [u64],
) -> bool {
    let mut code = [0; BLOCK_ROWS];
    let mut unit = column.clone();
    unit.stride = 1;
    let mut is_inside = true;
    for (block, words) in words.chunks_mut(BLOCK_ROWS).enumerate() {
        let (start, codes) = (block * BLOCK_ROWS, &mut code[..words.len()]);
        codes.fill(0);
        let part = match positions {
            Some(positions) => Part::At(&positions[start..start + words.len()]),
            None => Part::From(start),
        };
        is_inside &= add_whole(&unit, view, part, codes);
        for (word, code) in words.iter_mut().zip(codes) {
            *word = word.wrapping_add(u64::from(*code).wrapping_mul(column.stride));
        }
    }
    is_inside
}

#[cfg(test)]
mod tests {
    use crate::{KeyLayout, KeySpace, Part};
    use colq_column::Column;
    use colq_types::{DataType, Scalar};
    use proptest::prelude::*;

    fn layout(data_type: DataType, range: (i128, i128), parts: u32) -> KeyLayout {
        let space = |data_type, range| KeySpace {
            data_type,
            nullable: true,
            range: Some(range),
            step: 1,
            parts,
            intervals: None,
        };
        KeyLayout::new(&[space(DataType::U8, (0, 4)), space(data_type, range)])
    }

    proptest! {
        #[test]
        fn whole_floats_have_the_codes_of_integers(
            numbers in prop::collection::vec(prop::option::weighted(0.9, -40i64..60), 1..1_200),
            start in 0usize..70, single in any::<bool>(), parts in prop_oneof![Just(1u32), Just(10), Just(100), Just(1000)],
            base in prop_oneof![Just(0i64), Just((1 << 20) - 60)],
        ) {
            let numbers: Vec<Option<i64>> = numbers.iter().map(|n| n.map(|n| n + base)).collect();
            let start = start.min(numbers.len() - 1);
            let range = (i128::from(base) - 40, i128::from(base) + 60);
            let float = if single { DataType::F32 } else { DataType::F64 };
            let of = |data_type: DataType| {
                let scalar = |n: &Option<i64>| match n {
                    None => Scalar::Null,
                    Some(0) if data_type.is_float() => Scalar::F64(-0.0),
                    Some(n) if data_type.is_float() => Scalar::F64(*n as f64 / f64::from(parts)),
                    Some(n) => Scalar::I64(*n),
                };
                Column::from_scalars(data_type, &numbers.iter().map(scalar).collect::<Vec<_>>())
            };
            let first = Column::new(DataType::U8, (0..numbers.len()).map(|row| row as u8 % 5).collect::<Vec<_>>());
            let rest: Vec<u32> = (start as u32..numbers.len() as u32).rev().collect();
            let (mut codes, mut words) = (Vec::new(), Vec::new());
            for data_type in [DataType::I64, float] {
                let (layout, column) = (layout(data_type, range, parts), of(data_type));
                let mut run = vec![7; (numbers.len() - start).min(512)];
                layout.add_codes(1, &column.view(), Part::From(start), &mut run).unwrap();
                let mut picked = vec![7; rest.len()];
                layout.add_codes(1, &column.view(), Part::At(&rest), &mut picked).unwrap();
                codes.push((run, picked));
                let mut all = Vec::new();
                for positions in [None, Some(&rest[..])] {
                    let mut packed = Vec::new();
                    layout.encode(&[first.view(), column.view()], positions, numbers.len(), &mut packed).unwrap();
                    let back = layout.decode(&packed, &[None, None]);
                    for (place, key) in back[1].view().values.as_slice::<f64>().into_iter().flatten().enumerate() {
                        let row = positions.map_or(place, |rows| rows[place] as usize);
                        let expected = numbers[row].map_or(0.0, |n| n as f64 / f64::from(parts));
                        prop_assert_eq!(key.to_bits(), expected.to_bits(), "-0.0 comes out as 0.0");
                        prop_assert_eq!(back[1].view().is_valid(place), numbers[row].is_some());
                    }
                    all.push(packed);
                }
                words.push(all);
            }
            prop_assert_eq!(&codes[0], &codes[1]);
            prop_assert_eq!(&words[0], &words[1]);
        }
    }

    #[test]
    fn a_float_beyond_the_known_ends_is_an_error() {
        for (value, is_known) in [
            (3.0, true),
            (-1.0, true),
            (4.0, false),
            (-2.0, false),
            (0.5, false),
            (f64::NAN, false),
            (f64::INFINITY, false),
        ] {
            let column = Column::new(DataType::F64, vec![0.0, value]);
            let (layout, mut words) = (layout(DataType::F64, (-1, 3), 1), Vec::new());
            let first = Column::new(DataType::U8, vec![0u8; 2]);
            let packed = layout.encode(&[first.view(), column.view()], None, 2, &mut words);
            let added = layout.add_codes(1, &column.view(), Part::From(0), &mut [0; 2]);
            assert_eq!((packed.is_ok(), added.is_ok()), (is_known, is_known), "{value}");
        }
    }

    #[test]
    fn what_is_only_near_a_number_of_parts_is_an_error() {
        for (value, is_known) in [
            (0.3, true),
            (0.1 + 0.2, false),
            (0.25, false),
            (-0.1, true),
            (-0.0, true),
            (0.4, false),
            (-0.2, false),
        ] {
            let column = Column::new(DataType::F64, vec![0.0, value]);
            let layout = layout(DataType::F64, (-1, 3), 10);
            let first = Column::new(DataType::U8, vec![0u8; 2]);
            let packed = layout.encode(&[first.view(), column.view()], None, 2, &mut Vec::new());
            let added = layout.add_codes(1, &column.view(), Part::From(0), &mut [0; 2]);
            let at = layout.add_codes(1, &column.view(), Part::At(&[1]), &mut [0; 1]);
            assert_eq!([packed.is_ok(), added.is_ok(), at.is_ok()], [is_known; 3], "{value}");
            assert_eq!(super::is_part(value, false, 10), value != 0.1 + 0.2 && value != 0.25, "{value}");
        }
    }
}
