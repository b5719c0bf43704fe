//! Pieces of texts: from a place, from an end, between delimiters, without what stands at the ends.
//!
//! Laws. `substr(s, start, count)`: the code points at the places `start` to `start + count - 1`, of which the first of s
//! is 1; places before it hold nothing. `left(s, n)` and `right(s, n)`: n code points, below zero all but -n.
//! `split_part(s, d, n)`: the n-th of the pieces between delimiters, from the end below zero, empty where there is none;
//! an empty delimiter leaves s in one piece. `trim(s, characters)`: without any of these characters at the ends.

use super::rows::Rows;
use crate::Error;
use colq_column::Column;
use colq_types::Function;
use memchr::memchr_iter;

pub(super) fn piece(function: Function, rows: &Rows<'_>) -> Result<Column, Error> {
    if let Some(column) = rows.cut(function)? {
        return Ok(column);
    }
    let (s, place) = (rows.letters(rows.input(0)?), rows.input(1)?);
    match function {
        Function::Left | Function::Right => {
            let n = place.numbers::<i64>()?;
            let is_left = function == Function::Left;
            rows.write(if is_left { "left" } else { "right" }, |row, out| {
                let s = s.get(row);
                let cut = cut(&s, n.get(row), is_left);
                out.push_str(if is_left { s.get(..cut) } else { s.get(cut..) }.unwrap_or(""));
                Ok(())
            })
        }
        Function::Substr => {
            let start = place.numbers::<i64>()?;
            let count = rows.inputs.get(2).map(|c| c.numbers::<i64>().map(|n| (c, n))).transpose()?;
            rows.write("substr", |row, out| {
                let count = match count {
                    None => i64::MAX,
                    Some((input, count)) if count.get(row) < 0 => {
                        let (takes, found) = ("a count of 0 or more", input.shown(row));
                        return Err(Error::Refused { row, function: "substr", takes, found });
                    }
                    Some((_, count)) => count.get(row),
                };
                out.push_str(substr(&s.get(row), start.get(row), count));
                Ok(())
            })
        }
        _ => {
            let (delimiter, n) = (rows.letters(place), rows.input(2)?);
            let number = n.numbers::<i64>()?;
            rows.write("split_part", |row, out| {
                if number.get(row) == 0 {
                    let takes = "a part from 1, or from the end below zero";
                    return Err(Error::Refused { row, function: "split_part", takes, found: "0".into() });
                }
                out.push_str(split_part(&s.get(row), &delimiter.get(row), number.get(row)));
                Ok(())
            })
        }
    }
}

/// The byte where the n-th code point begins; the end where there are fewer.
pub(super) fn byte_of(s: &str, n: u64) -> usize {
    let n = usize::try_from(n).unwrap_or(usize::MAX);
    // A text has at most as many code points as bytes, and is all ASCII where it has as many.
    if n >= s.len() {
        return s.len();
    }
    if s.as_bytes().get(..n).is_some_and(<[u8]>::is_ascii) {
        return n;
    }
    s.char_indices().nth(n).map_or(s.len(), |(at, _)| at)
}

/// The byte where the n-th code point from the end begins; 0 where there are fewer.
fn byte_from_end(s: &str, n: u64) -> usize {
    match usize::try_from(n).unwrap_or(usize::MAX) {
        0 => s.len(),
        n if n >= s.len() => 0,
        n if s.as_bytes().get(s.len() - n..).is_some_and(<[u8]>::is_ascii) => s.len() - n,
        n => s.char_indices().nth_back(n - 1).map_or(0, |(at, _)| at),
    }
}

/// Where `left` ends, or `right` begins.
fn cut(s: &str, n: i64, is_left: bool) -> usize {
    if (n >= 0) == is_left { byte_of(s, n.unsigned_abs()) } else { byte_from_end(s, n.unsigned_abs()) }
}

fn substr(s: &str, start: i64, count: i64) -> &str {
    let end = start.saturating_add(count);
    let first = start.max(1);
    if end <= first {
        return "";
    }
    let rest = s.get(byte_of(s, (first - 1).unsigned_abs())..).unwrap_or("");
    rest.get(..byte_of(rest, (end - first).unsigned_abs())).unwrap_or(rest)
}

fn split_part<'a>(s: &'a str, delimiter: &str, n: i64) -> &'a str {
    let number = usize::try_from(n.unsigned_abs() - 1).unwrap_or(usize::MAX);
    if let &[byte] = delimiter.as_bytes() {
        return split_at_byte(s, byte, n > 0, number);
    }
    if delimiter.is_empty() {
        return if number == 0 { s } else { "" };
    }
    let piece = if n > 0 { s.split(delimiter).nth(number) } else { from_end(s, delimiter, number) };
    piece.unwrap_or("")
}

/// The same at each of one byte, which is ASCII, from the left or from the end.
fn split_at_byte(s: &str, byte: u8, from_left: bool, number: usize) -> &str {
    let places = memchr_iter(byte, s.as_bytes());
    let piece = match from_left {
        true => {
            let mut places = places;
            let start = match number.checked_sub(1) {
                None => Some(0),
                Some(before) => places.nth(before).map(|at| at + 1),
            };
            start.map(|start| (start, places.next().unwrap_or(s.len())))
        }
        false => {
            let mut places = places.rev();
            let end = match number.checked_sub(1) {
                None => Some(s.len()),
                Some(before) => places.nth(before),
            };
            end.map(|end| (places.next().map_or(0, |at| at + 1), end))
        }
    };
    piece.and_then(|(start, end)| s.get(start..end)).unwrap_or("")
}

/// Pieces are those from the left, also where delimiters could overlap, so all are counted first.
fn from_end<'a>(s: &'a str, delimiter: &str, number: usize) -> Option<&'a str> {
    let count = s.split(delimiter).count();
    s.split(delimiter).nth(count.checked_sub(number.checked_add(1)?)?)
}

pub(super) fn trim(function: Function, rows: &Rows<'_>) -> Result<Column, Error> {
    if let Some(column) = rows.cut(function)? {
        return Ok(column);
    }
    let (s, characters) = (rows.letters(rows.input(0)?), rows.letters(rows.input(1)?));
    rows.write("trim", |row, out| {
        let (s, characters) = (s.get(row), characters.get(row));
        let is_one = |letter: char| characters.contains(letter);
        out.push_str(match function {
            Function::Ltrim => s.trim_start_matches(is_one),
            Function::Rtrim => s.trim_end_matches(is_one),
            _ => s.trim_matches(is_one),
        });
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn pieces_at_a_byte_are_those_between_its_places(s in "[a/é]{0,12}", n in 1usize..8, from_left: bool) {
            let pieces: Vec<&str> = s.split('/').collect();
            let place = if from_left { Some(n - 1) } else { pieces.len().checked_sub(n) };
            let expected = place.and_then(|place| pieces.get(place)).copied().unwrap_or("");
            prop_assert_eq!(split_at_byte(&s, b'/', from_left, n - 1), expected);
        }

        #[test]
        fn places_of_letters_are_counted(s in "[aé🚕]{0,12}", n in 0u64..14) {
            let places: Vec<usize> = s.char_indices().map(|(at, _)| at).chain([s.len()]).collect();
            let count = places.len() - 1;
            prop_assert_eq!(byte_of(&s, n), places[(n as usize).min(count)]);
            prop_assert_eq!(byte_from_end(&s, n), places[count.saturating_sub(n as usize)]);
        }
    }
}
