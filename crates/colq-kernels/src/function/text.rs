//! Texts from texts: letters changed, one after the other, parts replaced.
//!
//! Laws: `lower` and `upper` are Unicode's, of the whole text (a final sigma is one); `initcap` has the first of each run
//! of letters and digits in upper case and the others in lower case, letter by letter; `reverse` turns code points
//! around. `concat` leaves NULLs out and is never NULL; `a || b` is. `replace` goes from left to right; an empty part is
//! nowhere.

use super::rows::{Input, Rows, check_length};
use super::written::Written;
use crate::Error;
use colq_column::{Bitmap, Column};
use colq_types::Function;
use memchr::memmem;

pub(super) fn by_letter(function: Function, rows: &Rows<'_>) -> Result<Column, Error> {
    let s = rows.input(0)?;
    let in_ascii = match function {
        Function::Lower => rows.in_ascii(s, <[u8]>::make_ascii_lowercase),
        Function::Upper => rows.in_ascii(s, <[u8]>::make_ascii_uppercase),
        _ => None,
    };
    if let Some(column) = in_ascii {
        return Ok(column);
    }
    let s = rows.letters(s);
    match function {
        Function::Lower => rows.write("lower", |row, out| {
            let s = s.get(row);
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
            let s = s.get(row);
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
            for letter in s.get(row).chars() {
                match in_word {
                    true => out.extend(letter.to_lowercase()),
                    false => out.extend(letter.to_uppercase()),
                }
                in_word = letter.is_alphanumeric();
            }
            Ok(())
        }),
        _ => rows.write("reverse", |row, out| {
            out.extend(s.get(row).chars().rev());
            Ok(())
        }),
    }
}

pub(super) fn join(rows: &Rows<'_>) -> Result<Column, Error> {
    rows.write_bytes("||", |row, out| {
        rows.inputs.iter().for_each(|input| out.extend_from_slice(input.bytes(row)));
        Ok(())
    })
}

/// Every active row has a text, whatever is NULL in it.
pub(super) fn concat(inputs: &[Input<'_>], len: usize, active: &Bitmap) -> Result<Column, Error> {
    let mut written = Written::new("concat");
    let mut joined = Vec::new();
    for row in active.ones_iter().take_while(|row| *row < len) {
        joined.clear();
        for input in inputs.iter().filter(|input| input.is_valid(row)) {
            joined.extend_from_slice(input.bytes(row));
        }
        written.push(row, &joined)?;
    }
    Ok(written.finish(len))
}

pub(super) fn replace(rows: &Rows<'_>) -> Result<Column, Error> {
    let (s, from, to) = (rows.input(0)?, rows.input(1)?, rows.input(2)?);
    // A part that is the same in all rows is made ready once.
    let known = from.is_constant().then(|| memmem::Finder::new(from.bytes(0)));
    rows.write_bytes("replace", |row, out| {
        let (s, from, to) = (s.bytes(row), from.bytes(row), to.bytes(row));
        if from.is_empty() {
            out.extend_from_slice(s);
            return Ok(());
        }
        let one;
        let finder = match &known {
            Some(finder) => finder,
            None => {
                one = memmem::Finder::new(from);
                &one
            }
        };
        if to.len() > from.len() {
            // A short text may become a very long one: it is measured before it is made.
            let count = finder.find_iter(s).count() as u128;
            check_length("replace", row, s.len() as u128 + count * (to.len() - from.len()) as u128)?;
        }
        let mut done = 0;
        for at in finder.find_iter(s) {
            out.extend_from_slice(s.get(done..at).unwrap_or(&[]));
            out.extend_from_slice(to);
            done = at + from.len();
        }
        out.extend_from_slice(s.get(done..).unwrap_or(&[]));
        Ok(())
    })
}
