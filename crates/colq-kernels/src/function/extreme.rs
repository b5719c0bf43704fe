//! `greatest` and `least`: the best of several values of each row.
//!
//! Law: the largest (or smallest) of the values that are not NULL, the first of equal ones (-0.0 equals 0.0); NULL where all
//! are; NaN is above all numbers, texts go by bytes, false is below true.

use super::choice::{NONE, pick, zero_nulls};
use super::rows::Input;
use crate::Error;
use crate::processor::vectorised;
use colq_column::{Bitmap, Buffer, Column, Values, dispatch};
use colq_types::{DataType, Function, Native, Physical};
use std::cmp::Ordering;

pub(super) fn extreme(
    function: Function,
    inputs: &[Input<'_>],
    data_type: DataType,
    len: usize,
    active: &Bitmap,
) -> Result<Column, Error> {
    let wanted = if function == Function::Greatest { Ordering::Greater } else { Ordering::Less };
    if data_type == DataType::Text {
        return by_rows(inputs, data_type, len, active, wanted);
    }
    let layout = Buffer::with_capacity(data_type.physical().unwrap_or(Physical::U32), 0);
    dispatch!(layout.as_values(),
        bool _b => by_rows(inputs, data_type, len, active, wanted),
        native values => match wanted {
            Ordering::Greater => numbers(values, inputs, data_type, len, is_above),
            _ => numbers(values, inputs, data_type, len, is_below),
        },
        vector _v => Err(Error::WrongLayout { expected: "a number", found: "vectors" })
    )
}

#[inline(always)]
fn is_above<T: Native>(new: T, old: T) -> bool {
    (new > old) | (new.is_nan() & !old.is_nan())
}

#[inline(always)]
fn is_below<T: Native>(new: T, old: T) -> bool {
    (new < old) | (old.is_nan() & !new.is_nan())
}

/// The best so far of every row, input by input. The first argument only says which layout is meant.
fn numbers<T: Native>(
    _layout: &[T],
    inputs: &[Input<'_>],
    data_type: DataType,
    len: usize,
    beats: impl Fn(T, T) -> bool + Copy,
) -> Result<Column, Error>
where
    Buffer: From<Vec<T>>,
{
    let mut best = vec![T::default(); len];
    // The rows that have a value.
    let mut held = Bitmap::zeros(len);
    for input in inputs {
        let values = input.slice::<T>()?;
        if input.is_constant() {
            let Some(value) = values.first().filter(|_| input.is_valid(0)) else { continue };
            if held.all() {
                better_than(*value, &mut best, beats);
            } else {
                some_better(&vec![*value; len], Bitmap::ones(len).words(), held.words(), &mut best, beats);
            }
            held = Bitmap::ones(len);
            continue;
        }
        if values.len() != len {
            return Err(Error::LengthMismatch { left: values.len(), right: len });
        }
        match input.view().validity {
            None if held.all() => better(values, &mut best, beats),
            None if held.count_ones() == 0 => best.copy_from_slice(values),
            None => some_better(values, Bitmap::ones(len).words(), held.words(), &mut best, beats),
            Some(valid) => some_better(values, valid.words(), held.words(), &mut best, beats),
        }
        match input.view().validity {
            None => held = Bitmap::ones(len),
            Some(valid) => held.or_assign(valid),
        }
    }
    let mut buffer = Buffer::from(best);
    zero_nulls(&mut buffer, &held);
    Ok(Column::new(data_type, buffer).with_validity(Some(held)))
}

vectorised! {
    /// Law: `best[i]` = `values[i]` where that beats it, else what it was.
    fn better<T: Native, F: Fn(T, T) -> bool>(values: &[T], best: &mut [T], beats: F) {
        for (best, value) in best.iter_mut().zip(values) {
            *best = if beats(*value, *best) { *value } else { *best };
        }
    }
}

vectorised! {
    /// The same of one value for all rows.
    fn better_than<T: Native, F: Fn(T, T) -> bool>(value: T, best: &mut [T], beats: F) {
        for best in best {
            *best = if beats(value, *best) { value } else { *best };
        }
    }
}

vectorised! {
    /// Law: `best[i]` = `values[i]` where bit `i` of `valid` is one and that of `held` is not, or it beats `best[i]`.
    fn some_better<T: Native, F: Fn(T, T) -> bool>(
        values: &[T],
        valid: &[u64],
        held: &[u64],
        best: &mut [T],
        beats: F,
    ) {
        let words = valid.iter().zip(held);
        for ((best, values), (valid, held)) in best.chunks_mut(64).zip(values.chunks(64)).zip(words) {
            for (row, (best, value)) in best.iter_mut().zip(values).enumerate() {
                let is_first = held >> row & 1 == 0;
                let takes = (valid >> row & 1 == 1) & (is_first | beats(*value, *best));
                *best = if takes { *value } else { *best };
            }
        }
    }
}

/// Bools and texts.
fn by_rows(
    inputs: &[Input<'_>],
    data_type: DataType,
    len: usize,
    active: &Bitmap,
    wanted: Ordering,
) -> Result<Column, Error> {
    let mut choices = vec![NONE; len];
    for (number, input) in (0u32..).zip(inputs) {
        let every = active.all() && input.view().validity.is_none();
        for (row, choice) in choices.iter_mut().enumerate() {
            let counts = every || active.get(row) && input.is_valid(row);
            let beats = |old: &Input<'_>| order(input, old, row) == wanted;
            if counts && inputs.get(*choice as usize).is_none_or(beats) {
                *choice = number;
            }
        }
    }
    pick(inputs, &choices, data_type)
}

fn order(a: &Input<'_>, b: &Input<'_>, row: usize) -> Ordering {
    let truth = |bytes: &[u8], input: &Input<'_>| bytes.get(input.at(row)).is_some_and(|byte| *byte != 0);
    match (a.view().values, b.view().values) {
        (Values::Bool(left), Values::Bool(right)) => truth(left, a).cmp(&truth(right, b)),
        _ => a.bytes(row).cmp(b.bytes(row)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use colq_types::Scalar;
    use proptest::prelude::*;

    /// The best of a row, value by value.
    fn twin(row: &[Scalar], wanted: Ordering) -> Scalar {
        let mut best = Scalar::Null;
        for value in row.iter().filter(|value| !value.is_null()) {
            let order = match (value, &best) {
                (_, Scalar::Null) => wanted,
                (Scalar::I64(value), Scalar::I64(best)) => value.cmp(best),
                (Scalar::F64(value), Scalar::F64(best)) => {
                    value.partial_cmp(best).unwrap_or_else(|| value.is_nan().cmp(&best.is_nan()))
                }
                _ => Ordering::Equal,
            };
            if order == wanted {
                best = value.clone();
            }
        }
        best
    }

    fn float() -> impl Strategy<Value = Scalar> {
        let some = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 0.0, -0.0, 1.5, -1.5];
        prop_oneof![
            2 => prop::sample::select(some.to_vec()).prop_map(Scalar::F64),
            1 => Just(Scalar::Null),
        ]
    }

    fn whole() -> impl Strategy<Value = Scalar> {
        let some = [i64::MIN, -1, 0, 1, i64::MAX];
        prop_oneof![
            2 => prop::sample::select(some.to_vec()).prop_map(Scalar::I64),
            1 => Just(Scalar::Null),
        ]
    }

    fn bits(value: &Scalar) -> String {
        match value {
            Scalar::F64(value) => format!("{:016x}", value.to_bits()),
            other => other.to_string(),
        }
    }

    /// Columns of which some are constant and some have no NULL.
    fn check(data_type: DataType, columns: &[Vec<Scalar>], constant: usize, full: usize) {
        let len = 130;
        let columns: Vec<Vec<Scalar>> = columns
            .iter()
            .enumerate()
            .map(|(number, values)| {
                let values = values.iter().cycle().take(if number == constant { 1 } else { len });
                let some = columns.iter().flatten().find(|value| !value.is_null());
                let filled = |value: &Scalar| match (number == full, some) {
                    (true, Some(some)) if value.is_null() => some.clone(),
                    _ => value.clone(),
                };
                values.map(filled).collect()
            })
            .collect();
        let stored: Vec<Column> =
            columns.iter().map(|values| Column::from_scalars(data_type, values.iter())).collect();
        let inputs: Vec<Input<'_>> = stored
            .iter()
            .enumerate()
            .map(|(number, column)| match number == constant {
                true => Input::constant(column.view()),
                false => Input::rows(column.view()),
            })
            .collect();
        for (function, wanted) in [(Function::Greatest, Ordering::Greater), (Function::Least, Ordering::Less)]
        {
            let found = extreme(function, &inputs, data_type, len, &Bitmap::ones(len)).expect("numbers");
            for row in 0..len {
                let at = |values: &Vec<Scalar>| values[if values.len() == 1 { 0 } else { row }].clone();
                let values: Vec<Scalar> = columns.iter().map(at).collect();
                let expected = twin(&values, wanted);
                assert_eq!(bits(&found.scalar(row)), bits(&expected), "{function:?} of {values:?}");
            }
        }
    }

    proptest! {
        #[test]
        fn the_best_of_numbers_is_that_of_each_row_alone(
            floats in prop::collection::vec(prop::collection::vec(float(), 7..150), 1..5),
            wholes in prop::collection::vec(prop::collection::vec(whole(), 7..150), 1..5),
            constant in 0usize..6,
            full in 0usize..6,
        ) {
            check(DataType::F64, &floats, constant, full);
            check(DataType::I64, &wholes, constant, full);
        }
    }
}
