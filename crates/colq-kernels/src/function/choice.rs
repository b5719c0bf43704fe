//! One of several values for each row: [`pick`] takes the one it is told, `greatest` and `least` find it.

use super::rows::{Input, Texts};
use crate::Error;
use colq_column::{Bitmap, Buffer, Column, Values, dispatch};
use colq_types::{DataType, Function, Native};
use std::cmp::Ordering;
use std::collections::HashMap;
use std::sync::Arc;

/// In a list of choices, the row that has none and is NULL.
pub const NONE: u32 = u32::MAX;

/// Law: row `i` of the answer = row `i` of the input number `choices[i]`, NULL where that is or where the choice is
/// [`NONE`]. All inputs have the type `data_type`, which is no vector.
///
/// # Errors
/// [`Error::TextTooLong`] where the texts together have no room; [`Error::WrongLayout`] for inputs of another type.
pub fn pick(inputs: &[Input<'_>], choices: &[u32], data_type: DataType) -> Result<Column, Error> {
    let valid =
        |row: usize, choice: u32| inputs.get(choice as usize).is_some_and(|input| input.is_valid(row));
    let validity: Bitmap = choices.iter().enumerate().map(|(row, choice)| valid(row, *choice)).collect();
    let column = match data_type {
        DataType::Text => texts(inputs, choices, &validity)?,
        _ => {
            // Decimals have a type of one layout; everything else too.
            let physical = data_type.physical().unwrap_or(colq_types::Physical::U32);
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

fn bools(inputs: &[Input<'_>], choices: &[u32], validity: &Bitmap) -> Result<Buffer, Error> {
    let mut out = vec![0; choices.len()];
    for row in validity.ones_iter() {
        let input = choices.get(row).and_then(|choice| inputs.get(*choice as usize));
        if let (Some(input), Some(place)) = (input, out.get_mut(row)) {
            let Values::Bool(bytes) = input.view().values else {
                return Err(Error::WrongLayout {
                    expected: "bool",
                    found: input.view().values.physical().name(),
                });
            };
            *place = u8::from(bytes.get(input.at(row)).is_some_and(|byte| *byte != 0));
        }
    }
    Ok(Buffer::Bool(out))
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
    let slices = inputs.iter().map(|input| input.numbers::<T>()).collect::<Result<Vec<_>, _>>()?;
    let mut out = vec![T::default(); choices.len()];
    for row in validity.ones_iter() {
        let input = choices.get(row).and_then(|choice| slices.get(*choice as usize));
        if let (Some(input), Some(place)) = (input, out.get_mut(row)) {
            *place = input.get(row);
        }
    }
    Ok(Buffer::from(out))
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
    let mut known: HashMap<(u32, u32), u32> = HashMap::new();
    for row in validity.ones_iter() {
        let Some(choice) = choices.get(row).copied() else { continue };
        let Some(input) = inputs.get(choice as usize) else { continue };
        let own = input.view().values.code(input.at(row)).unwrap_or(0);
        let code = match known.get(&(choice, own)) {
            Some(code) => *code,
            None => {
                let code = texts.intern(row, input.bytes(row))?;
                known.insert((choice, own), code);
                code
            }
        };
        if let Some(place) = codes.get_mut(row) {
            *place = code;
        }
    }
    Ok(texts.finish(codes))
}

/// Law: the largest (or smallest) of the values that are not NULL, the first of equal ones; NaN is above all numbers,
/// texts go by bytes, false is below true.
pub(super) fn extreme(
    function: Function,
    inputs: &[Input<'_>],
    data_type: DataType,
    len: usize,
    active: &Bitmap,
) -> Result<Column, Error> {
    let wanted = if function == Function::Greatest { Ordering::Greater } else { Ordering::Less };
    let mut choices = vec![NONE; len];
    for (number, input) in (0u32..).zip(inputs) {
        for row in active.ones_iter().filter(|row| input.is_valid(*row)) {
            let Some(choice) = choices.get_mut(row) else { continue };
            let better = match inputs.get(*choice as usize) {
                None => true,
                Some(best) => order(input, best, row) == wanted,
            };
            if better {
                *choice = number;
            }
        }
    }
    pick(inputs, &choices, data_type)
}

fn order(a: &Input<'_>, b: &Input<'_>, row: usize) -> Ordering {
    fn of<T: Native>(a: &[T], b: &Input<'_>, at: usize, row: usize) -> Ordering {
        let (Some(a), Some(b)) = (a.get(at), b.numbers::<T>().ok().map(|b| b.get(row))) else {
            return Ordering::Equal;
        };
        a.partial_cmp(&b).unwrap_or_else(|| a.is_nan().cmp(&b.is_nan()))
    }
    if a.data_type() == DataType::Text {
        return a.bytes(row).cmp(b.bytes(row));
    }
    let at = a.at(row);
    dispatch!(a.view().values,
        bool bytes => {
            let truth = |bytes: &[u8], at: usize| bytes.get(at).is_some_and(|byte| *byte != 0);
            match b.view().values {
                Values::Bool(other) => truth(bytes, at).cmp(&truth(other, b.at(row))),
                _ => Ordering::Equal,
            }
        },
        native values => of(values, b, at, row),
        vector _v => Ordering::Equal
    )
}
