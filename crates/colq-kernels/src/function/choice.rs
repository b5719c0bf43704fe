//! One of several values for each row: [`pick`] takes the one it is told.

use super::rows::{Input, Texts};
use crate::Error;
use crate::pack::pack;
use crate::processor::vectorised;
use colq_column::{Bitmap, Buffer, Column, Values, dispatch};
use colq_types::{DataType, Native, Physical};
use std::sync::Arc;

/// In a list of choices, the row that has none and is NULL.
pub(super) const NONE: u32 = u32::MAX;

/// Up to so many inputs are gone through one after the other, in lanes; of more each row looks for its own.
const PASSES: usize = 8;

/// Law: row `i` of the answer = row `i` of the input number `choices[i]`, NULL where that is or where the choice is
/// [`NONE`]. All inputs have the type `data_type`, which is no vector.
///
/// # Errors
/// [`Error::TextTooLong`] where the texts together have no room; [`Error::WrongLayout`] for inputs of another type.
pub(super) fn pick(inputs: &[Input<'_>], choices: &[u32], data_type: DataType) -> Result<Column, Error> {
    let validity = validity(inputs, choices);
    let column = match data_type {
        DataType::Text => texts(inputs, choices, &validity)?,
        _ => {
            // Decimals have a type of one layout; everything else too.
            let physical = data_type.physical().unwrap_or(Physical::U32);
            let values = Buffer::with_capacity(physical, 0);
            let values = dispatch!(values.as_values(),
                bool _b => bools(inputs, choices, &validity)?,
                native v => natives(v, inputs, choices, &validity)?,
                vector _v => return Err(Error::WrongLayout { expected: "a number", found: "vectors" })
            );
            Column::new(data_type, values)
        }
    };
    Ok(column.with_validity(Some(validity)))
}

vectorised! {
    /// Law: `choices[i]` = `number` where bit `i` of `rows` is one, else what it was.
    pub(super) fn choose(rows: &Bitmap, number: u32, choices: &mut [u32]) {
        for (chunk, word) in choices.chunks_mut(64).zip(rows.words()) {
            for (row, choice) in chunk.iter_mut().enumerate() {
                *choice = if word >> row & 1 == 1 { number } else { *choice };
            }
        }
    }
}

vectorised! {
    /// Law: `out[i]` = `values[i]` where `choices[i]` is `number`, else what it was.
    fn take_rows<T: Native>(values: &[T], number: u32, choices: &[u32], out: &mut [T]) {
        for ((out, choice), value) in out.iter_mut().zip(choices).zip(values) {
            *out = if *choice == number { *value } else { *out };
        }
    }
}

vectorised! {
    /// The same of one value for all rows.
    fn take_constant<T: Native>(value: T, number: u32, choices: &[u32], out: &mut [T]) {
        for (out, choice) in out.iter_mut().zip(choices) {
            *out = if *choice == number { value } else { *out };
        }
    }
}

/// The rows that have a value.
fn validity(inputs: &[Input<'_>], choices: &[u32]) -> Bitmap {
    if inputs.iter().all(|input| input.view().validity.is_none()) {
        let count = u32::try_from(inputs.len()).unwrap_or(NONE);
        let mut valid = Bitmap::zeros(choices.len());
        pack(choices, false, valid.words_mut(), |choice| choice < count);
        return valid;
    }
    let nulls: Vec<Option<&Bitmap>> = inputs.iter().map(|input| input.view().validity).collect();
    let is_valid = |row: usize, choice: u32| match nulls.get(choice as usize) {
        Some(None) => true,
        Some(Some(_)) => inputs.get(choice as usize).is_some_and(|input| input.is_valid(row)),
        None => false,
    };
    let word = |(number, chunk): (usize, &[u32])| {
        let bits = chunk.iter().enumerate();
        bits.fold(0u64, |word, (at, choice)| word | u64::from(is_valid(number * 64 + at, *choice)) << at)
    };
    Bitmap::from_words(choices.chunks(64).enumerate().map(word).collect(), choices.len())
}

fn bools(inputs: &[Input<'_>], choices: &[u32], validity: &Bitmap) -> Result<Buffer, Error> {
    fn one<'a>(input: &Input<'a>) -> Result<&'a [u8], Error> {
        match input.view().values {
            Values::Bool(bytes) => Ok(bytes),
            other => Err(Error::WrongLayout { expected: "bool", found: other.physical().name() }),
        }
    }
    let parts: Vec<(&Input<'_>, &[u8])> =
        inputs.iter().map(|input| Ok((input, one(input)?))).collect::<Result<_, Error>>()?;
    let value = |row: usize, choice: u32| {
        let (input, bytes) = parts.get(choice as usize)?;
        bytes.get(input.at(row)).map(|byte| u8::from(*byte != 0))
    };
    let mut buffer = Buffer::Bool(chosen(choices, value));
    zero_nulls(&mut buffer, validity);
    Ok(buffer)
}

/// The first argument only says which layout is meant.
fn natives<T: Native>(
    _layout: &[T],
    inputs: &[Input<'_>],
    choices: &[u32],
    validity: &Bitmap,
) -> Result<Buffer, Error>
where
    Buffer: From<Vec<T>>,
{
    let mut out = vec![T::default(); choices.len()];
    if inputs.len() <= PASSES {
        for (number, input) in (0u32..).zip(inputs) {
            match (input.is_constant(), input.slice::<T>()?) {
                (true, values) => {
                    take_constant(values.first().copied().unwrap_or_default(), number, choices, &mut out);
                }
                (false, values) => take_rows(values, number, choices, &mut out),
            }
        }
    } else {
        let parts = inputs.iter().map(|input| input.numbers::<T>()).collect::<Result<Vec<_>, _>>()?;
        out = chosen(choices, |row, choice| Some(parts.get(choice as usize)?.get(row)));
    }
    let mut buffer = Buffer::from(out);
    zero_nulls(&mut buffer, validity);
    Ok(buffer)
}

/// A value a row, zero where there is none.
fn chosen<T: Default>(choices: &[u32], value: impl Fn(usize, u32) -> Option<T>) -> Vec<T> {
    choices.iter().enumerate().map(|(row, choice)| value(row, *choice).unwrap_or_default()).collect()
}

pub(super) fn zero_nulls(buffer: &mut Buffer, validity: &Bitmap) {
    if !validity.all() {
        let mut nulls = validity.clone();
        nulls.not_assign();
        buffer.zero(&nulls);
    }
}

fn texts(inputs: &[Input<'_>], choices: &[u32], validity: &Bitmap) -> Result<Column, Error> {
    let mut codes = vec![0u32; choices.len()];
    // Where all share one dictionary (a column and the same column), its codes stay.
    let mut dictionaries = inputs.iter().map(|input| input.view().dictionary);
    if let Some(Some(first)) = dictionaries.next()
        && dictionaries.all(|other| other.is_some_and(|other| Arc::ptr_eq(first, other)))
    {
        for row in validity.ones_iter() {
            let input = choices.get(row).and_then(|choice| inputs.get(*choice as usize));
            if let (Some(input), Some(place)) = (input, codes.get_mut(row)) {
                *place = input.view().values.code(input.at(row)).unwrap_or(0);
            }
        }
        return Ok(Column::text(codes, first.clone()));
    }
    let mut texts = Texts::new("a choice of texts");
    // One value each, as most CASEs have: a code for each choice, and one more for none.
    if inputs.iter().all(Input::is_constant) {
        let first_row = validity.ones_iter().next().unwrap_or(0);
        let mut table = Vec::with_capacity(inputs.len() + 1);
        for (number, input) in (0u32..).zip(inputs) {
            // A value that no row takes is not among the texts of the answer.
            table.push(match input.is_valid(0) && choices.contains(&number) {
                true => texts.intern(first_row, input.bytes(0))?,
                false => 0,
            });
        }
        table.push(0);
        let none = inputs.len();
        let code = |choice: &u32| table.get((*choice as usize).min(none)).copied().unwrap_or(0);
        return Ok(texts.finish(choices.iter().map(code).collect()));
    }
    // The code of each text that was met, for dictionaries no longer than the rows are many.
    let len_of = |input: &Input<'_>| input.view().dictionary.map_or(0, |d| d.len());
    let known_len = |input: &Input<'_>| if len_of(input) <= choices.len() { len_of(input) } else { 0 };
    let mut known: Vec<Vec<Option<u32>>> = inputs.iter().map(|input| vec![None; known_len(input)]).collect();
    for row in validity.ones_iter() {
        let Some(choice) = choices.get(row).map(|choice| *choice as usize) else { continue };
        let (Some(input), Some(place)) = (inputs.get(choice), codes.get_mut(row)) else { continue };
        let own = input.view().values.code(input.at(row)).unwrap_or(0);
        let known = known.get_mut(choice).and_then(|known| known.get_mut(own as usize));
        *place = match known {
            Some(Some(code)) => *code,
            Some(known) => *known.insert(texts.intern(row, input.bytes(row))?),
            None => texts.intern(row, input.bytes(row))?,
        };
    }
    Ok(texts.finish(codes))
}
