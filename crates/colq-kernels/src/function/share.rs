//! One of several values for each row, where a bitmap says for each of the values which rows take it: what CASE and
//! COALESCE come down to.

use super::choice::{NONE, choose, pick};
use super::rows::Input;
use crate::Error;
use crate::processor::vectorised;
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

fn take<T: Copy>(values: &[T], is_constant: bool, rows: &[u64], out: &mut [T]) {
    match (is_constant, values.first()) {
        (true, Some(value)) => take_constant(*value, rows, out),
        _ => take_rows(values, rows, out),
    }
}

/// Rows that share a word of bits.
const WORD_ROWS: usize = 64;

/// A number for each bit: lanes compare numbers.
#[inline(always)]
fn spread(word: u64) -> [u32; WORD_ROWS] {
    std::array::from_fn(|bit| (word >> bit & 1) as u32)
}

vectorised! {
    /// Law: `out[i]` = `values[i]` where bit `i` of `rows` is one, else what it was.
    fn take_rows<T: Copy>(values: &[T], rows: &[u64], out: &mut [T]) {
        let ((whole, rest), (values, last)) =
            (out.as_chunks_mut::<WORD_ROWS>(), values.as_chunks::<WORD_ROWS>());
        for ((out, values), word) in whole.iter_mut().zip(values).zip(rows) {
            let taken = spread(*word);
            for ((out, value), taken) in out.iter_mut().zip(values).zip(&taken) {
                *out = if *taken == 1 { *value } else { *out };
            }
        }
        let word = rows.get(whole.len()).copied().unwrap_or(0);
        for (bit, (out, value)) in rest.iter_mut().zip(last).enumerate() {
            *out = if word >> bit & 1 == 1 { *value } else { *out };
        }
    }
}

vectorised! {
    /// The same of one value for all rows.
    fn take_constant<T: Copy>(value: T, rows: &[u64], out: &mut [T]) {
        let (whole, rest) = out.as_chunks_mut::<WORD_ROWS>();
        for (out, word) in whole.iter_mut().zip(rows) {
            let taken = spread(*word);
            for (out, taken) in out.iter_mut().zip(&taken) {
                *out = if *taken == 1 { value } else { *out };
            }
        }
        let word = rows.get(whole.len()).copied().unwrap_or(0);
        for (bit, out) in rest.iter_mut().enumerate() {
            *out = if word >> bit & 1 == 1 { value } else { *out };
        }
    }
}
