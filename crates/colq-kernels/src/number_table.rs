//! A whole number for each code of a long dictionary, as narrow as all of them allow: so that more of them stay near.

use crate::Error;
use crate::lookup::highest;
use colq_column::Values;

/// A number for each code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NumberTable(Shape);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Shape {
    Bytes(Vec<u8>),
    Halves(Vec<u16>),
    Words(Vec<i32>),
}

impl NumberTable {
    /// A table of all numbers of these parts, one after the other; `None` where one has more than 32 bits.
    pub fn new(parts: &[&[i64]]) -> Option<NumberTable> {
        let (mut low, mut high) = (0, 0);
        for part in parts {
            low = part.iter().fold(low, |low: i64, number| low.min(*number));
            high = part.iter().fold(high, |high: i64, number| high.max(*number));
        }
        let shape = if low < i64::from(i32::MIN) || high > i64::from(i32::MAX) {
            return None;
        } else if low < 0 || high > i64::from(u16::MAX) {
            Shape::Words(together(parts, |number| number as i32))
        } else if high > i64::from(u8::MAX) {
            Shape::Halves(together(parts, |number| number as u16))
        } else {
            Shape::Bytes(together(parts, |number| number as u8))
        };
        Some(NumberTable(shape))
    }

    /// Codes that have a number.
    pub fn len(&self) -> usize {
        match &self.0 {
            Shape::Bytes(numbers) => numbers.len(),
            Shape::Halves(numbers) => numbers.len(),
            Shape::Words(numbers) => numbers.len(),
        }
    }

    /// True without numbers.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Law: row `i` of the answer = the number of `codes[i]`, for codes of any width.
    ///
    /// # Errors
    /// [`Error::PositionPastEnd`] for a code without a number; [`Error::WrongLayout`] for values that are no codes.
    pub fn numbers_of(&self, codes: Values<'_>) -> Result<Vec<i64>, Error> {
        let position = highest(codes)?;
        if position as usize >= self.len() && !codes.is_empty() {
            return Err(Error::PositionPastEnd { position, row_count: self.len() });
        }
        Ok(match codes {
            Values::U8(codes) => self.of_codes(codes),
            Values::U16(codes) => self.of_codes(codes),
            Values::U32(codes) => self.of_codes(codes),
            // These are no codes.
            _ => Vec::new(),
        })
    }

    fn of_codes<C: Copy + Into<u32>>(&self, codes: &[C]) -> Vec<i64> {
        match &self.0 {
            Shape::Bytes(numbers) => look_up(codes, numbers),
            Shape::Halves(numbers) => look_up(codes, numbers),
            Shape::Words(numbers) => look_up(codes, numbers),
        }
    }
}

fn together<T>(parts: &[&[i64]], narrow: impl Fn(i64) -> T) -> Vec<T> {
    parts.iter().flat_map(|part| part.iter().map(|number| narrow(*number))).collect()
}

fn look_up<C: Copy + Into<u32>, T: Copy + Into<i64>>(codes: &[C], numbers: &[T]) -> Vec<i64> {
    // All codes were seen to have one.
    let number = |code: &C| numbers.get((*code).into() as usize).map_or(0, |number| (*number).into());
    codes.iter().map(number).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn rows_have_the_numbers_of_their_codes(
            numbers in prop::collection::vec(any::<i64>(), 1..100),
            bits in 1..64u32,
            is_signed in any::<bool>(),
            cut in 0..100usize,
            rows in prop::collection::vec(0..110usize, 0..150),
            width in 0..3u8,
        ) {
            let turn = |number: &i64| if is_signed { number >> (64 - bits) } else { (*number as u64 >> (64 - bits)) as i64 };
            let numbers: Vec<i64> = numbers.iter().map(turn).collect();
            let (head, tail) = numbers.split_at(cut.min(numbers.len()));
            let fits = numbers.iter().all(|number| i32::try_from(*number).is_ok());
            let table = NumberTable::new(&[head, tail]);
            prop_assert_eq!(table.is_some(), fits);
            if let Some(table) = table {
                prop_assert_eq!(table.len(), numbers.len());
                let narrow: Vec<u8> = rows.iter().map(|row| *row as u8).collect();
                let halves: Vec<u16> = rows.iter().map(|row| *row as u16).collect();
                let words: Vec<u32> = rows.iter().map(|row| *row as u32).collect();
                let codes = match width {
                    0 => Values::U8(&narrow),
                    1 => Values::U16(&halves),
                    _ => Values::U32(&words),
                };
                let expected: Option<Vec<i64>> = rows.iter().map(|row| numbers.get(*row).copied()).collect();
                prop_assert_eq!(table.numbers_of(codes).ok(), expected);
            }
        }
    }

    #[test]
    fn tables_are_as_narrow_as_can_be() {
        let width = |numbers: &[i64]| match NumberTable::new(&[numbers]).map(|table| table.0) {
            Some(Shape::Bytes(_)) => 1,
            Some(Shape::Halves(_)) => 2,
            Some(Shape::Words(_)) => 4,
            None => 8,
        };
        assert_eq!([&[][..], &[255], &[256], &[65_535], &[65_536], &[-1]].map(width), [1, 1, 2, 2, 4, 4]);
        assert_eq!(
            [i32::MAX as i64, i32::MIN as i64, 1 << 31, -(1 << 31) - 1].map(|n| width(&[n])),
            [4, 4, 8, 8]
        );
        assert!(NumberTable::new(&[&[1]]).unwrap().numbers_of(Values::I64(&[0])).is_err());
    }
}
