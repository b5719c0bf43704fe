//! One of several values for each row, where a bitmap says for each of the values which rows take it: what CASE and
//! COALESCE come down to.

use super::choice::{NONE, choose, pick};
use super::rows::Input;
use crate::Error;
use crate::processor::vectorised;
use bytemuck::Pod;
use colq_column::{Bitmap, Buffer, Column, Values, dispatch};
use colq_types::{DataType, Native};

/// Law: row `i` of the answer = row `i` of the input whose rows have bit `i`, NULL where that is, or where no rows have
/// the bit. No bit is in two of the rows. Texts are put into one dictionary, and rows without a value hold zero. All
/// inputs have the type `data_type`, which is no vector.
///
/// # Errors
/// [`Error::TextTooLong`] where the texts together have no room; [`Error::WrongLayout`] for inputs of another type.
pub fn pick_rows(
    inputs: &[(Input<'_>, &Bitmap)],
    row_count: usize,
    data_type: DataType,
) -> Result<Column, Error> {
    let physical = data_type.physical().filter(|_| data_type != DataType::Text);
    let Some(physical) = physical else { return by_choices(inputs, row_count, data_type) };
    let valid = valid_rows(inputs, row_count);
    let layout = Buffer::with_capacity(physical, 0);
    let values = dispatch!(layout.as_values(),
        bool _b => bools(inputs, &valid)?,
        native v => natives(v, inputs, &valid)?,
        vector _v => return by_choices(inputs, row_count, data_type)
    );
    let validity = valid.iter().skip(1).fold(valid.first().cloned(), |all, rows| {
        all.map(|mut all| {
            all.or_assign(rows);
            all
        })
    });
    let validity = validity.unwrap_or_else(|| Bitmap::zeros(row_count));
    Ok(Column::new(data_type, values).with_validity(Some(validity)))
}

fn by_choices(
    inputs: &[(Input<'_>, &Bitmap)],
    row_count: usize,
    data_type: DataType,
) -> Result<Column, Error> {
    let mut choices = vec![NONE; row_count];
    for (number, (_, rows)) in (0u32..).zip(inputs) {
        choose(rows, number, &mut choices);
    }
    let inputs: Vec<Input<'_>> = inputs.iter().map(|(input, _)| *input).collect();
    pick(&inputs, &choices, data_type)
}

/// For each input its rows that are not NULL.
fn valid_rows(inputs: &[(Input<'_>, &Bitmap)], row_count: usize) -> Vec<Bitmap> {
    let of = |(input, rows): &(Input<'_>, &Bitmap)| match input.view().validity {
        None => (*rows).clone(),
        Some(_) if input.is_constant() => {
            if input.is_valid(0) {
                (*rows).clone()
            } else {
                Bitmap::zeros(row_count)
            }
        }
        Some(validity) => {
            let mut both = (*rows).clone();
            both.and_assign(validity);
            both
        }
    };
    inputs.iter().map(of).collect()
}

/// The first argument only says which layout is meant. Rows without a value hold zero.
fn natives<T: Native>(
    _layout: &[T],
    inputs: &[(Input<'_>, &Bitmap)],
    valid: &[Bitmap],
) -> Result<Buffer, Error>
where
    Buffer: From<Vec<T>>,
{
    let mut out = vec![T::default(); valid.first().map_or(0, Bitmap::len)];
    for ((input, _), rows) in inputs.iter().zip(valid) {
        let values = input.slice::<T>()?;
        take(values, input.is_constant(), rows.words(), &mut out);
    }
    Ok(Buffer::from(out))
}

fn bools(inputs: &[(Input<'_>, &Bitmap)], valid: &[Bitmap]) -> Result<Buffer, Error> {
    let mut out = vec![0u8; valid.first().map_or(0, Bitmap::len)];
    for ((input, _), rows) in inputs.iter().zip(valid) {
        let Values::Bool(values) = input.view().values else {
            return Err(Error::WrongLayout {
                expected: "bool",
                found: input.view().values.physical().name(),
            });
        };
        take(values, input.is_constant(), rows.words(), &mut out);
    }
    out.iter_mut().for_each(|byte| *byte = u8::from(*byte != 0));
    Ok(Buffer::Bool(out))
}

/// Puts the values of some rows in their places.
fn take<T: Pod>(values: &[T], is_constant: bool, rows: &[u64], out: &mut [T]) {
    match size_of::<T>() {
        1 => take_bits::<T, u8>(values, is_constant, rows, out),
        2 => take_bits::<T, u16>(values, is_constant, rows, out),
        4 => take_bits::<T, u32>(values, is_constant, rows, out),
        8 => take_bits::<T, u64>(values, is_constant, rows, out),
        _ => take_bits::<T, u128>(values, is_constant, rows, out),
    }
}

/// The same of values as bits, `B` being as wide as `T` and no more aligned.
fn take_bits<T: Pod, B: Bits>(values: &[T], is_constant: bool, rows: &[u64], out: &mut [T]) {
    let (Ok(values), Ok(out)) =
        (bytemuck::try_cast_slice::<T, B>(values), bytemuck::try_cast_slice_mut::<T, B>(out))
    else {
        return;
    };
    match (is_constant, values.first()) {
        (true, Some(value)) => take_constant(*value, rows, out),
        _ => take_rows(values, rows, out),
    }
}

/// The bits of a value.
trait Bits: Pod {
    /// All ones where bit `bit` of `word` is one, else all zeros: what the compiler makes lanes of, which it does not of
    /// a choice between two values.
    fn mask(word: u64, bit: usize) -> Self;
    /// The bits of `self` where the mask has ones, those of `other` elsewhere.
    fn or_else(self, mask: Self, other: Self) -> Self;
}

macro_rules! bits {
    ($($type:ty),+) => {
        $(impl Bits for $type {
            #[inline(always)]
            fn mask(word: u64, bit: usize) -> $type {
                ((word >> bit & 1) as $type).wrapping_neg()
            }

            #[inline(always)]
            fn or_else(self, mask: $type, other: $type) -> $type {
                self & mask | other & !mask
            }
        })+
    };
}
bits!(u8, u16, u32, u64, u128);

/// Rows that share a word of bits.
const WORD_ROWS: usize = 64;

vectorised! {
    /// Law: `out[i]` = `values[i]` where bit `i` of `rows` is one, else what it was.
    fn take_rows<B: Bits>(values: &[B], rows: &[u64], out: &mut [B]) {
        let ((whole, rest), (values, last)) =
            (out.as_chunks_mut::<WORD_ROWS>(), values.as_chunks::<WORD_ROWS>());
        for ((out, values), word) in whole.iter_mut().zip(values).zip(rows) {
            for bit in 0..WORD_ROWS {
                out[bit] = values[bit].or_else(B::mask(*word, bit), out[bit]);
            }
        }
        let word = rows.get(whole.len()).copied().unwrap_or(0);
        for (bit, (out, value)) in rest.iter_mut().zip(last).enumerate() {
            *out = value.or_else(B::mask(word, bit), *out);
        }
    }
}

vectorised! {
    /// The same of one value for all rows.
    fn take_constant<B: Bits>(value: B, rows: &[u64], out: &mut [B]) {
        let (whole, rest) = out.as_chunks_mut::<WORD_ROWS>();
        for (out, word) in whole.iter_mut().zip(rows) {
            for (bit, out) in out.iter_mut().enumerate() {
                *out = value.or_else(B::mask(*word, bit), *out);
            }
        }
        let word = rows.get(whole.len()).copied().unwrap_or(0);
        for (bit, out) in rest.iter_mut().enumerate() {
            *out = value.or_else(B::mask(word, bit), *out);
        }
    }
}
