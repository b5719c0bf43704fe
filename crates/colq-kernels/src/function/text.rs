//! Texts from texts: letters changed, one after the other, parts replaced.
//!
//! Laws: `lower` and `upper` are Unicode's, of the whole text (a final sigma is one); `initcap` has the first of each run
//! of letters and digits in upper case and the others in lower case, letter by letter; `reverse` turns code points
//! around. `concat` leaves NULLs out and is never NULL; `a || b` is. `replace` goes from left to right; an empty part is
//! nowhere.

use super::rows::{Input, Rows, Texts};
use crate::Error;
use colq_column::{Bitmap, Column};
use colq_types::Function;
use memchr::memmem;

pub(super) fn by_letter(function: Function, rows: &Rows<'_>) -> Result<Column, Error> {
    let s = rows.input(0)?;
    match function {
        Function::Lower => rows.write("lower", |row, out| {
            let s = s.text(row);
            match s.is_ascii() {
                true => {
                    out.push_str(&s);
                    out.make_ascii_lowercase();
                }
                false => out.push_str(&s.to_lowercase()),
            }
            Ok(())
        }),
        Function::Upper => rows.write("upper", |row, out| {
            let s = s.text(row);
            match s.is_ascii() {
                true => {
                    out.push_str(&s);
                    out.make_ascii_uppercase();
                }
                false => out.push_str(&s.to_uppercase()),
            }
            Ok(())
        }),
        Function::Initcap => rows.write("initcap", |row, out| {
            let mut in_word = false;
            for letter in s.text(row).chars() {
                match in_word {
                    true => out.extend(letter.to_lowercase()),
                    false => out.extend(letter.to_uppercase()),
                }
                in_word = letter.is_alphanumeric();
            }
            Ok(())
        }),
        _ => rows.write("reverse", |row, out| {
            out.extend(s.text(row).chars().rev());
            Ok(())
        }),
    }
}

pub(super) fn join(rows: &Rows<'_>) -> Result<Column, Error> {
    let mut texts = Texts::new("||");
    let mut joined = Vec::new();
    let codes = rows.by_text(|row| {
        joined.clear();
        rows.inputs.iter().for_each(|input| joined.extend_from_slice(input.bytes(row)));
        texts.intern(row, &joined)
    })?;
    Ok(texts.finish(codes))
}

/// Every active row has a text, whatever is NULL in it.
pub(super) fn concat(inputs: &[Input<'_>], len: usize, active: &Bitmap) -> Result<Column, Error> {
    let mut texts = Texts::new("concat");
    let mut codes = vec![0; len];
    let mut joined = Vec::new();
    for row in active.ones_iter() {
        joined.clear();
        for input in inputs.iter().filter(|input| input.is_valid(row)) {
            joined.extend_from_slice(input.bytes(row));
        }
        if let Some(code) = codes.get_mut(row) {
            *code = texts.intern(row, &joined)?;
        }
    }
    Ok(texts.finish(codes))
}

pub(super) fn replace(rows: &Rows<'_>) -> Result<Column, Error> {
    let (s, from, to) = (rows.input(0)?, rows.input(1)?, rows.input(2)?);
    let mut texts = Texts::new("replace");
    let mut replaced = Vec::new();
    let codes = rows.by_text(|row| {
        let (s, from, to) = (s.bytes(row), from.bytes(row), to.bytes(row));
        if from.is_empty() {
            return texts.intern(row, s);
        }
        if to.len() > from.len() {
            // A short text may become a very long one: it is measured before it is made.
            let count = memmem::find_iter(s, from).count() as u128;
            texts.expect(row, s.len() as u128 + count * (to.len() - from.len()) as u128)?;
        }
        replaced.clear();
        let mut done = 0;
        for at in memmem::find_iter(s, from) {
            replaced.extend_from_slice(s.get(done..at).unwrap_or(&[]));
            replaced.extend_from_slice(to);
            done = at + from.len();
        }
        replaced.extend_from_slice(s.get(done..).unwrap_or(&[]));
        texts.intern(row, &replaced)
    })?;
    Ok(texts.finish(codes))
}
