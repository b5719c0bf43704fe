//! `IN (list)` of numbers, bools, dates and timestamps.

use crate::Comparison;
use crate::Error;
use crate::compare::literal::{Domain, Number, Predicate, Test};
use crate::compare::test_bools;
use crate::pack::pack;
use colq_column::{Bitmap, View, dispatch};
use colq_types::{Physical, Scalar};
use std::cmp::Ordering;

/// Keys tested in one pass over the values.
const KEYS_A_PASS: usize = 4;

/// Up to this many keys are tested a few at a time; more are looked up in a table where they allow one.
const FEW: usize = 16;

/// Up to this many keys are tested a few at a time where they allow no table; more are searched by halves, which
/// costs a mispredicted branch or more for each row that a filter lets by.
const SEVERAL: usize = 32;

/// Many integers that lie this close together are a table by value: it stays in the first-level cache.
const TABLE_SPAN: u64 = 1 << 14;

/// As many integers of up to 32 bits, one behind the other, are the bits of words that stay in registers.
const NEAR_SPAN: usize = 256;

/// Law: `out[i] = view[i] = any of the literals`, each compared as
/// [`compare_literal`](crate::compare_literal) does. The literals are not NULL: a NULL in a list is the caller's to handle, as are null
/// rows.
///
/// # Errors
/// [`Error::NotComparable`] as for one literal.
pub fn is_in_literals(view: &View<'_>, literals: &[Scalar], out: &mut Bitmap) -> Result<(), Error> {
    let numbers =
        literals.iter().map(|l| Number::new(view.data_type, l)).collect::<Result<Vec<_>, Error>>()?;
    dispatch!(view.values,
        bool bytes => {
            let holds = |truth| numbers.iter().any(|n| n.holds(Comparison::Equal, truth));
            test_bools(bytes, holds, out);
        },
        native values => members(values, &numbers, out),
        vector _v => {
            let literal = literals.first().map_or_else(|| "a list".to_owned(), Scalar::to_string);
            return Err(Error::NotComparable { column: view.data_type, literal });
        }
    );
    Ok(())
}

fn members<T: Domain>(values: &[T], numbers: &[Number], out: &mut Bitmap) {
    let mut keys = Vec::with_capacity(numbers.len());
    let mut with_nan = false;
    for number in numbers {
        match Predicate::<T>::new(Comparison::Equal, *number) {
            Predicate { test: Test::Equal(key), .. } => keys.push(key),
            Predicate { test: Test::AtMost(_), negated: true } => with_nan = true,
            // The literal is no value of the column's type.
            _ => {}
        }
    }
    // No key is NaN, so the order is total.
    keys.sort_unstable_by(|a, b| a.partial_cmp(b).unwrap_or(Ordering::Equal));
    keys.dedup();
    out.assign(values.len(), false);
    let near = if keys.len() > KEYS_A_PASS { near_of(&keys) } else { None };
    let table = if keys.len() > FEW && near.is_none() { table_of(&keys) } else { None };
    if let Some((lowest, words)) = near {
        // A value below the lowest wraps around, and lies past all words.
        pack(values, false, out.words_mut(), |value| {
            let place = (value.to_i128() as u32).wrapping_sub(lowest);
            let word = words
                .iter()
                .zip(0..)
                .fold(0, |all, (word, number)| all | if place >> 5 == number { *word } else { 0 });
            word >> (place & 31) & 1 != 0
        });
    } else if let Some((lowest, table)) = table {
        let last = table.len() - 1;
        // In wrapping arithmetic, so that a value below the lowest lies past the table's end, where the last place
        // stands for all of them.
        pack(values, false, out.words_mut(), |value| {
            let place = (value.to_i128() as u64).wrapping_sub(lowest).min(last as u64);
            table.get(place as usize).copied().unwrap_or(false)
        });
    } else if keys.len() <= SEVERAL {
        let mut pass = Bitmap::zeros(values.len());
        for some in keys.chunks(KEYS_A_PASS) {
            let Some(first) = some.first() else { continue };
            let mut padded = [*first; KEYS_A_PASS];
            padded[..some.len()].copy_from_slice(some);
            let [a, b, c, d] = padded;
            pack(values, false, pass.words_mut(), |v| (v == a) | (v == b) | (v == c) | (v == d));
            out.or_assign(&pass);
        }
    } else {
        // Most values that are no key are told so by one look at the filter.
        let (shift, filter) = filter_of(&keys);
        pack(values, false, out.words_mut(), |value| {
            filter.get((spread(value) >> shift) as usize).copied().unwrap_or(false) && {
                let after = keys.partition_point(|key| *key < value);
                keys.get(after).is_some_and(|key| *key == value)
            }
        });
    }
    if with_nan {
        let mut nans = Bitmap::zeros(values.len());
        pack(values, false, nans.words_mut(), |value: T| value.is_nan());
        out.or_assign(&nans);
    }
}

/// Places of a filter for each key, and at most: it stays in the second-level cache.
const PLACES_A_KEY: usize = 16;
const MOST_PLACES: usize = 1 << 18;

/// 64 bits of a value, the upper ones from all of it; equal values have equal ones, -0.0 and 0.0 too.
#[inline(always)]
fn spread<T: Domain>(value: T) -> u64 {
    let bits = match T::PHYSICAL.is_float() {
        true => (value.to_f64() + 0.0).to_bits(),
        false => value.to_i128() as u64,
    };
    // Half the digits of the golden ratio (Knuth's multiplicative hashing).
    bits.wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

/// For the upper bits of a spread value whether a key has them, and how far to shift for these bits.
fn filter_of<T: Domain>(keys: &[T]) -> (u32, Vec<bool>) {
    let places = (keys.len() * PLACES_A_KEY).next_power_of_two().min(MOST_PLACES);
    let shift = u64::BITS - places.trailing_zeros();
    let mut filter = vec![false; places];
    for key in keys {
        if let Some(place) = filter.get_mut((spread(*key) >> shift) as usize) {
            *place = true;
        }
    }
    (shift, filter)
}

/// The lowest of some sorted integers, modulo 2^32, and for each from it on a bit whether it is among them; `None` for floats,
/// wide integers and those too far apart.
fn near_of<T: Domain>(keys: &[T]) -> Option<(u32, [u32; NEAR_SPAN / 32])> {
    if T::PHYSICAL.is_float() || T::PHYSICAL.byte_width() > 4 {
        return None;
    }
    let lowest = keys.first()?.to_i128();
    let mut words = [0; NEAR_SPAN / 32];
    for key in keys {
        let place = usize::try_from(key.to_i128() - lowest).ok()?;
        *words.get_mut(place / 32)? |= 1 << (place % 32);
    }
    Some((lowest as u32, words))
}

/// The lowest of some sorted integers, modulo 2^64, and for each value from it on whether it is among them, with one
/// false at the end; `None` for floats and for integers too far apart.
fn table_of<T: Domain>(keys: &[T]) -> Option<(u64, Vec<bool>)> {
    if T::PHYSICAL.is_float() || T::PHYSICAL == Physical::I128 {
        return None;
    }
    let lowest = keys.first()?.to_i128() as u64;
    let span = (keys.last()?.to_i128() as u64).wrapping_sub(lowest);
    if span >= TABLE_SPAN {
        return None;
    }
    let mut table = vec![false; span as usize + 2];
    for key in keys {
        table[(key.to_i128() as u64).wrapping_sub(lowest) as usize] = true;
    }
    Some((lowest, table))
}
