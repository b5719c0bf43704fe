//! Texts made longer: `lpad`, `rpad` and `repeat`.
//!
//! Laws. `lpad(s, n, fill)` has n code points: s with the fill, over and over and cut off, before it, or the first n of
//! s; an empty fill adds nothing. `rpad` has it behind. `repeat(s, n)` is s n times, none below 1. Each is measured
//! before it is made.

use super::piece::byte_of;
use super::rows::{Rows, check_length};
use crate::Error;
use colq_column::Column;
use colq_types::Function;

pub(super) fn pad(function: Function, rows: &Rows<'_>) -> Result<Column, Error> {
    let (s, n, fill) = (rows.input(0)?, rows.input(1)?.numbers::<i64>()?, rows.input(2)?);
    let (s, fill) = (rows.letters(s), rows.letters(fill));
    let is_left = function == Function::Lpad;
    let name = if is_left { "lpad" } else { "rpad" };
    rows.write(name, |row, out| {
        let (s, fill) = (s.get(row), fill.get(row));
        let wanted = u64::try_from(n.get(row)).unwrap_or(0);
        let missing = wanted.saturating_sub(s.chars().count() as u64);
        let fill_count = fill.chars().count() as u64;
        if missing == 0 || fill_count == 0 {
            out.push_str(s.get(..byte_of(&s, wanted)).unwrap_or(""));
            return Ok(());
        }
        let (times, rest) = (missing / fill_count, byte_of(&fill, missing % fill_count));
        let byte_len = s.len() as u128 + u128::from(times) * fill.len() as u128 + rest as u128;
        check_length(name, row, byte_len)?;
        if !is_left {
            out.push_str(&s);
        }
        (0..times).for_each(|_| out.push_str(&fill));
        out.push_str(fill.get(..rest).unwrap_or(""));
        if is_left {
            out.push_str(&s);
        }
        Ok(())
    })
}

pub(super) fn repeat(rows: &Rows<'_>) -> Result<Column, Error> {
    let (s, n) = (rows.letters(rows.input(0)?), rows.input(1)?.numbers::<i64>()?);
    rows.write("repeat", |row, out| {
        let s = s.get(row);
        let times = if s.is_empty() { 0 } else { u64::try_from(n.get(row)).unwrap_or(0) };
        check_length("repeat", row, u128::from(times) * s.len() as u128)?;
        (0..times).for_each(|_| out.push_str(&s));
        Ok(())
    })
}
