//! A limit on the first word of rows as one on the values of the first key, which are compared as they are: no words are made
//! of rows that are too far back, which nearly all are.

use super::key::{Bits, SortLayout};
use crate::compare::compare_literal;
use crate::order::{float_word, word_float, word_signed};
use crate::{Comparison, Error};
use colq_column::{Bitmap, View};
use colq_types::Scalar;

/// Which rows a limit leaves.
enum Rows {
    All,
    None,
    /// Those that compare so with a value.
    Compared(Comparison, Scalar),
}

impl SortLayout {
    /// Law: every row of the first key's view whose first word, without the bits of later keys, is at most `limit` has a one in
    /// `out`, and others only where their values are as good as equal to the limit. False, and nothing is written, for keys that
    /// are not compared so: anything but whole numbers and floats.
    ///
    /// # Errors
    /// As [`compare_literal`](crate::compare_literal).
    pub fn rows_within(&self, view: &View<'_>, limit: u64, out: &mut Bitmap) -> Result<bool, Error> {
        let Some(field) = self.fields.first() else { return Ok(false) };
        let data_type = field.key.data_type;
        let Bits::Range { shift, base, span } = field.bits else { return Ok(false) };
        let is_number = data_type.is_integer() || data_type.is_float();
        if !is_number || view.data_type != data_type || span == 0 {
            return Ok(false);
        }
        // The bit that tells NULLs, and the bits of the value.
        let (null_limit, room) = if field.key.may_be_null { (limit >> 63, 63) } else { (0, 64) };
        let rest = limit & u64::MAX >> (64 - room);
        let width = field.width() as u32;
        let value_limit = if width <= room {
            rest >> (room - width)
        } else {
            let cut_off = width - room;
            rest << cut_off | ((1 << cut_off) - 1)
        };
        let of_values = u64::from(field.key.may_be_null && field.key.nulls_first);
        let rows = match of_values.cmp(&null_limit) {
            std::cmp::Ordering::Greater => Rows::None,
            std::cmp::Ordering::Less => Rows::All,
            std::cmp::Ordering::Equal if value_limit >= span => Rows::All,
            std::cmp::Ordering::Equal if field.key.descending => {
                let word = (base + (span - value_limit)) << shift;
                Rows::from_word(view, word)
            }
            std::cmp::Ordering::Equal => {
                let word = (base + value_limit) << shift | ((1 << shift) - 1);
                Rows::up_to_word(view, word)
            }
        };
        match rows {
            Rows::All => out.assign(view.len(), true),
            Rows::None => out.assign(view.len(), false),
            Rows::Compared(op, literal) => compare_literal(op, view, &literal, out)?,
        }
        if let Some(validity) = view.validity {
            out.and_assign(validity);
            let has_nulls = u64::from(!field.key.nulls_first) <= null_limit;
            if has_nulls && field.key.may_be_null {
                let mut nulls = validity.clone();
                nulls.not_assign();
                out.or_assign(&nulls);
            }
        }
        Ok(true)
    }
}

impl Rows {
    /// Those whose word is this one or above it.
    fn from_word(view: &View<'_>, word: u64) -> Rows {
        let data_type = view.data_type;
        // There are words that are no float: below all of them every float passes, and above the last only NaN.
        if data_type.is_float() && word < float_word(f64::NEG_INFINITY) {
            return Rows::All;
        }
        Rows::Compared(Comparison::GreaterOrEqual, literal(view, word))
    }

    /// Those whose word is this one or below it.
    fn up_to_word(view: &View<'_>, word: u64) -> Rows {
        if !view.data_type.is_float() {
            return Rows::Compared(Comparison::LessOrEqual, literal(view, word));
        }
        if word < float_word(f64::NEG_INFINITY) {
            return Rows::None;
        }
        // What lies above infinity and below NaN leaves NaN out.
        let highest = if word < float_word(f64::NAN) { float_word(f64::INFINITY) } else { word };
        Rows::Compared(Comparison::LessOrEqual, literal(view, word.min(highest)))
    }
}

/// The value of a word.
fn literal(view: &View<'_>, word: u64) -> Scalar {
    match view.data_type {
        float if float.is_float() => Scalar::F64(word_float(word)),
        unsigned if unsigned.is_unsigned() => Scalar::U64(word),
        _ => Scalar::I64(word_signed(word)),
    }
}

#[cfg(test)]
mod tests {
    use crate::{SortKey, SortLayout};
    use colq_column::{Bitmap, Buffer, Column};
    use colq_types::DataType;
    use proptest::prelude::*;

    /// Rows within a limit by their words, which all have to be found; of those beyond it none that is further than a tie.
    fn check(data_type: DataType, values: Buffer, valid: &[bool], limits: &[u64], is_nullable: bool) {
        let validity = is_nullable.then(|| valid.iter().copied().collect::<Bitmap>());
        let column = Column::new(data_type, values).with_validity(validity);
        let view = column.view();
        for (descending, nulls_first) in [(false, false), (false, true), (true, false), (true, true)] {
            let key = SortKey {
                data_type,
                descending,
                nulls_first,
                may_be_null: is_nullable,
                range: None,
                ranks: None,
            };
            let layout = SortLayout::new(vec![key]).unwrap();
            let mut words = Vec::new();
            layout.encode(&[view], &mut words).unwrap();
            let own = words[0].iter().flat_map(|word| [*word, word.wrapping_sub(1), word.wrapping_add(1)]);
            for limit in own.chain(limits.iter().copied()) {
                let mut found = Bitmap::default();
                assert!(layout.rows_within(&view, limit, &mut found).unwrap());
                for (row, word) in words[0].iter().enumerate() {
                    assert!(found.get(row) || *word > limit, "row {row}, {word:x} to {limit:x} is missing");
                    let is_far = word.saturating_sub(limit) > 2 && limit != u64::MAX;
                    assert!(!(found.get(row) && is_far), "row {row}, {word:x} to {limit:x} is too many");
                }
            }
        }
    }

    proptest! {
        #[test]
        fn rows_within_a_limit_are_those_whose_words_are(
            rows in prop::collection::vec((any::<f64>(), any::<i64>(), any::<bool>()), 1..70),
            limits in prop::collection::vec(any::<u64>(), 1..4),
        ) {
            let valid: Vec<bool> = rows.iter().map(|(_, _, valid)| *valid).collect();
            let ends = [0.0, -0.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1.5];
            let mut floats: Vec<f64> = rows.iter().map(|(float, _, _)| *float).collect();
            floats.iter_mut().zip(ends).for_each(|(float, end)| *float = end);
            let integers: Vec<i64> = rows.iter().map(|(_, integer, _)| *integer).collect();
            let bytes: Vec<u8> = integers.iter().map(|integer| *integer as u8).collect();
            for is_nullable in [false, true] {
                let zeroed = |row: usize| is_nullable && !valid[row];
                let floats: Vec<f64> =
                    floats.iter().enumerate().map(|(row, v)| if zeroed(row) { 0.0 } else { *v }).collect();
                check(DataType::F64, Buffer::F64(floats), &valid, &limits, is_nullable);
                check(DataType::I64, Buffer::I64(integers.clone()), &valid, &limits, is_nullable);
                check(DataType::U8, Buffer::U8(bytes.clone()), &valid, &limits, is_nullable);
            }
        }
    }
}
