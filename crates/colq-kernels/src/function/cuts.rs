//! Pieces of texts that lie one after the other: where each begins and ends is found for all rows of a zone, and then all are
//! copied. What stands between delimiters is found by a bit for each byte.
//!
//! Law: row `i` of the answer = the function of row `i`, as `piece` has it row by row.

use super::rows::{Input, Rows, ZONE_TEXT_LIMIT};
use crate::Error;
use crate::pack::pack;
use crate::text_rows::TextRows;
use crate::text_run::TextRun;
use colq_column::Column;
use colq_types::Function;
use std::ops::Range;

/// What is cut out of each text of a run.
enum Cut {
    /// So many code points from the left: all before the first are left out, and all from the second on.
    FromLeft(u64, u64),
    /// As [`Cut::FromLeft`], from the right.
    FromRight(u64, u64),
    /// What stands between the delimiters of this number and the one before it, counted from 0.
    Between(u8, usize),
    /// What is left without these bytes at the left end, at the right end.
    Trimmed(Box<[bool; 256]>, bool, bool),
}

impl Cut {
    /// What a call cuts out of each text of its first argument; `None` where that is not one thing for all rows, or not told by
    /// bytes, or an error.
    fn of(function: Function, rows: &Rows<'_>) -> Result<Option<Cut>, Error> {
        let [_, others @ ..] = rows.inputs else { return Ok(None) };
        if !others.iter().all(Input::is_constant) {
            return Ok(None);
        }
        let number = |at: usize| -> Result<Option<i64>, Error> {
            Ok(others.get(at).map(Input::numbers::<i64>).transpose()?.map(|n| n.get(0)))
        };
        Ok(match (function, others) {
            (Function::Ltrim | Function::Rtrim | Function::Trim, [characters]) => {
                Cut::of_ends(function, &characters.text(0))
            }
            (Function::SplitPart, [delimiter, _]) => match (delimiter.bytes(0), number(1)?) {
                (&[byte], Some(part @ 1..)) if byte.is_ascii() => {
                    usize::try_from(part - 1).ok().map(|before| Cut::Between(byte, before))
                }
                _ => None,
            },
            (Function::Left | Function::Right | Function::Substr, [_, ..]) => {
                match (number(0)?, number(1)?.unwrap_or(i64::MAX)) {
                    (Some(start), count @ 0..) => Some(Cut::of_letters(function, start, count)),
                    _ => None,
                }
            }
            _ => None,
        })
    }

    /// What `left`, `right` and `substr` cut out, by their numbers.
    fn of_letters(function: Function, start: i64, count: i64) -> Cut {
        match function {
            Function::Left if start >= 0 => Cut::FromLeft(0, start.unsigned_abs()),
            Function::Left => Cut::FromRight(start.unsigned_abs(), u64::MAX),
            Function::Right if start >= 0 => Cut::FromRight(0, start.unsigned_abs()),
            Function::Right => Cut::FromLeft(start.unsigned_abs(), u64::MAX),
            _ => {
                let (first, end) = (start.max(1), start.saturating_add(count));
                let place = |of: i64| of.saturating_sub(1).max(0).unsigned_abs();
                Cut::FromLeft(place(first), place(end.max(first)))
            }
        }
    }

    /// What is left of texts without these characters at their ends; `None` where they are not all ASCII.
    fn of_ends(function: Function, characters: &str) -> Option<Cut> {
        let mut are_cut = Box::new([false; 256]);
        for byte in characters.bytes() {
            *are_cut.get_mut(usize::from(byte)).filter(|_| byte.is_ascii())? = true;
        }
        Some(Cut::Trimmed(are_cut, function != Function::Rtrim, function != Function::Ltrim))
    }

    /// True where places are counted in code points, which are bytes only in ASCII.
    fn counts_letters(&self) -> bool {
        matches!(self, Cut::FromLeft(..) | Cut::FromRight(..))
    }
}

impl Rows<'_> {
    /// The pieces of all rows that count; `None` where they are to be made one by one: texts do not lie one after the other, or
    /// not every row is cut alike.
    pub(super) fn cut(&self, function: Function) -> Result<Option<Column>, Error> {
        Ok(Cut::of(function, self)?.and_then(|cut| self.cut_run(&cut)))
    }

    fn cut_run(&self, cut: &Cut) -> Option<Column> {
        let run = self.run(self.inputs.first()?)?;
        let bytes = run.bytes();
        if bytes.len() as u64 > ZONE_TEXT_LIMIT || cut.counts_letters() && !run.is_ascii() {
            return None;
        }
        // A cut at a byte of ASCII is one between two characters of UTF-8.
        if !run.is_ascii() && std::str::from_utf8(bytes).is_err() {
            return None;
        }
        let mut pieces = match cut {
            Cut::FromLeft(first, end) => each(&run, |text| {
                let at = |letters: u64| text.start + (letters.min(text.len() as u64)) as usize;
                at(*first)..at(*end)
            }),
            Cut::FromRight(last, end) => each(&run, |text| {
                let at = |letters: u64| text.end - (letters.min(text.len() as u64)) as usize;
                at(*end)..at(*last)
            }),
            Cut::Between(delimiter, number) => {
                let mut marks = vec![0; bytes.len().div_ceil(64)];
                pack(bytes, false, &mut marks, |byte| byte == *delimiter);
                each(&run, |text| between(&marks, text, *number))
            }
            Cut::Trimmed(are_cut, left, right) => each(&run, |text| {
                let is_kept = |byte: &u8| !are_cut.get(usize::from(*byte)).copied().unwrap_or(false);
                let own = bytes.get(text.clone()).unwrap_or(&[]);
                let first = if *left { own.iter().position(is_kept).unwrap_or(own.len()) } else { 0 };
                let last =
                    if *right { own.iter().rposition(is_kept).map_or(first, |at| at + 1) } else { own.len() };
                text.start + first..text.start + last
            }),
        };
        if self.valid.count_ones() < self.len {
            let rows = pieces.iter_mut().enumerate();
            rows.filter(|(row, _)| !self.valid.get(*row)).for_each(|(_, piece)| *piece = 0..0);
        }
        let mut rows = TextRows::default();
        let mut pieces = pieces.as_slice();
        while let Some((first, others)) = pieces.split_first().filter(|_| !rows.is_laid_out()) {
            rows.push(bytes.get(first.clone()).unwrap_or(&[]));
            pieces = others;
        }
        rows.extend(bytes, pieces);
        Some(rows.finish())
    }
}

/// A piece of each text, of which the bytes begin and end at these places among those of all.
#[inline(always)]
fn each(run: &TextRun<'_>, piece: impl Fn(Range<usize>) -> Range<usize>) -> Vec<Range<usize>> {
    let first = run.first_place();
    let place = |of: u64| of.wrapping_sub(first) as usize;
    let texts = run.starts().iter().zip(run.ends());
    texts.map(|(start, end)| piece(place(*start)..place(*end))).collect()
}

/// What stands in a text between the marked bytes of these numbers; nothing where there are fewer.
#[inline(always)]
fn between(marks: &[u64], text: Range<usize>, number: usize) -> Range<usize> {
    let mut start = text.start;
    for _ in 0..number {
        let at = next(marks, start..text.end);
        if at >= text.end {
            return text.end..text.end;
        }
        start = at + 1;
    }
    start..next(marks, start..text.end)
}

/// The first of these places that is marked; the end where none is.
#[inline(always)]
fn next(marks: &[u64], places: Range<usize>) -> usize {
    let (mut word, mut kept) = (places.start / 64, u64::MAX << (places.start % 64));
    while word * 64 < places.end {
        let found = marks.get(word).copied().unwrap_or(0) & kept;
        if found != 0 {
            return (word * 64 + found.trailing_zeros() as usize).min(places.end);
        }
        (word, kept) = (word + 1, u64::MAX);
    }
    places.end
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
    use super::*;
    use colq_column::{Bitmap, Dictionary, SharedBytes};
    use proptest::prelude::*;
    use std::sync::Arc;

    /// Texts one after the other, behind others of which no row is.
    fn column(texts: &[String]) -> Column {
        let all = format!("before{}", texts.concat());
        let mut offsets = vec![0, 6];
        texts.iter().for_each(|text| offsets.push(offsets.last().unwrap() + text.len() as u64));
        let dictionary = Dictionary::of_rows(offsets, SharedBytes::from(all.into_bytes())).unwrap();
        let codes: Vec<u32> = (1..=texts.len() as u32).collect();
        Column::text(codes, Arc::new(dictionary))
    }

    fn cut_all(texts: &[String], valid: &Bitmap, cut: &Cut) -> Option<Vec<String>> {
        let column = column(texts);
        let inputs = [Input::rows(column.view())];
        let found = Rows::new(&inputs, texts.len(), valid).cut_run(cut)?;
        let view = found.view();
        let text = |row: usize| String::from_utf8(view.text(row).to_vec()).unwrap();
        Some((0..texts.len()).map(text).collect())
    }

    /// Pieces of one row as `piece` and `trim` give them.
    fn naive(text: &str, function: Function, start: i64, count: i64) -> String {
        let letters: Vec<char> = text.chars().collect();
        let len = letters.len() as i64;
        let from_end = |n: i64| (len + n).clamp(0, len);
        let (first, end) = match function {
            Function::Left => (0, if start >= 0 { start.min(len) } else { from_end(start) }),
            Function::Right => (if start >= 0 { from_end(-start) } else { (-start).min(len) }, len),
            _ => ((start - 1).clamp(0, len), (start.saturating_add(count) - 1).clamp(0, len)),
        };
        letters.get(first as usize..end.max(first) as usize).unwrap().iter().collect()
    }

    proptest! {
        #[test]
        fn pieces_of_a_run_are_those_of_its_rows(
            // One row that does not count would be all: a run of which no row counts is none.
            texts in prop::collection::vec("[a/]{0,5}|[a-d/ ]{0,90}", 2..80),
            letter in prop_oneof![Just(""), Just("é")],
            repeated in 1usize..30,
            start in -8i64..8,
            count in prop_oneof![0i64..80, Just(i64::MAX)],
            number in 0usize..4,
            invalid in any::<prop::sample::Index>(),
        ) {
            // Enough rows for any layout, with and without letters of two bytes.
            let texts: Vec<String> = texts.iter().map(|text| text.clone() + letter).cycle()
                .take(texts.len() * repeated).collect();
            let mut valid = Bitmap::ones(texts.len());
            let one = invalid.index(texts.len());
            valid.set(one, false);
            let expected = |of: &dyn Fn(&str) -> String| -> Vec<String> {
                texts.iter().enumerate().map(|(row, text)| if row == one { String::new() } else { of(text) }).collect()
            };
            for function in [Function::Left, Function::Right, Function::Substr] {
                let found = cut_all(&texts, &valid, &Cut::of_letters(function, start, count));
                match letter {
                    "" => prop_assert_eq!(found.unwrap(), expected(&|text| naive(text, function, start, count))),
                    _ => prop_assert!(found.is_none()),
                }
            }
            let part = |text: &str| text.split('/').nth(number).unwrap_or("").to_owned();
            prop_assert_eq!(cut_all(&texts, &valid, &Cut::Between(b'/', number)).unwrap(), expected(&part));
            let set = ['a', '/', ' '];
            for (function, of) in [
                (Function::Ltrim, &(|text: &str| text.trim_start_matches(set).to_owned()) as &dyn Fn(&str) -> String),
                (Function::Rtrim, &|text: &str| text.trim_end_matches(set).to_owned()),
                (Function::Trim, &|text: &str| text.trim_matches(set).to_owned()),
            ] {
                let cut = Cut::of_ends(function, "a/ ").unwrap();
                prop_assert_eq!(cut_all(&texts, &valid, &cut).unwrap(), expected(of));
            }
        }
    }

    #[test]
    fn only_ascii_is_cut_off_byte_by_byte() {
        assert!(Cut::of_ends(Function::Trim, "aé").is_none());
        let valid = Bitmap::ones(2);
        let texts = ["é/é".to_owned(), "/é".to_owned()];
        assert!(cut_all(&texts, &valid, &Cut::FromLeft(0, 1)).is_none());
        assert_eq!(cut_all(&texts, &valid, &Cut::Between(b'/', 1)).unwrap(), ["é", "é"]);
    }
}
