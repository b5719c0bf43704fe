//! Texts without a dictionary as keys of an order, by words of eight bytes and not byte by byte.
//!
//! Law: the word of a text from byte `8 * part` on is its next eight bytes as a number, the first byte the highest, zeros
//! where the text ends ([`text_prefix`](colq_column::text_prefix)). Texts whose words differ are in the order of the first
//! words that do.

use crate::processor::vectorised;
use crate::text_run::TextRun;
use colq_column::{View, text_prefix};
use std::cmp::Ordering;

/// Bytes of a word.
const WORD: usize = 8;

/// The word of a text of `len` bytes that begins at `at`. Whole words can be read from there where `bytes` goes on.
#[inline(always)]
fn word_at(bytes: &[u8], at: u64, len: u64) -> u64 {
    match bytes.get(at as usize..).and_then(|rest| rest.first_chunk::<WORD>()) {
        Some(chunk) => {
            let word = u64::from_be_bytes(*chunk);
            // What is behind a text is another's.
            let behind = if len < WORD as u64 { u64::MAX >> (8 * len) } else { 0 };
            word & !behind
        }
        None => text_prefix(bytes.get(at as usize..(at + len) as usize).unwrap_or(&[])),
    }
}

/// Adds the word of each row's text from byte `8 * part` on to `out`. Of rows that are NULL it is any.
pub(super) fn push_text_words(view: &View<'_>, part: usize, out: &mut Vec<u64>) {
    let skipped = (part * WORD) as u64;
    let Some(run) = TextRun::new(view) else {
        let word = |row: usize| text_prefix(view.text(row).get(part * WORD..).unwrap_or(&[]));
        out.extend((0..view.len()).map(word));
        return;
    };
    let (bytes, first) = (run.bytes(), run.first_place());
    out.extend(run.starts().iter().zip(run.ends()).map(|(start, end)| {
        let len = end - start;
        let skipped = skipped.min(len);
        word_at(bytes, start - first + skipped, len - skipped)
    }));
}

vectorised! {
    /// Law: bit `i` = whether the first word of text `i`, upside down where `flip` is all ones, is at most `limit`. Up to 64
    /// texts, the first byte of which stands at `first`.
    fn rows_up_to(
        bytes: &[u8],
        first: u64,
        starts: &[u64],
        ends: &[u64],
        flip: u64,
        limit: u64,
    ) -> u64 {
        let mut bits = 0;
        for (bit, (start, end)) in starts.iter().zip(ends).enumerate() {
            bits |= u64::from(word_at(bytes, start - first, end - start) ^ flip <= limit) << bit;
        }
        bits
    }
}

/// Law: `out` = the positions, ascending, of the rows whose text is not behind `limit` in the order of bytes, or of that
/// order upside down where it descends; where `strictly`, of those before it. Rows that are NULL count by any text.
pub fn texts_up_to(view: &View<'_>, limit: &[u8], descending: bool, strictly: bool, out: &mut Vec<u32>) {
    out.clear();
    let is_within = |text: &[u8]| match text.cmp(limit) {
        Ordering::Equal => !strictly,
        Ordering::Less => !descending,
        Ordering::Greater => descending,
    };
    let Some(run) = TextRun::new(view) else {
        out.extend((0..view.len() as u32).filter(|row| is_within(view.text(*row as usize))));
        return;
    };
    let flip = if descending { u64::MAX } else { 0 };
    let limit_word = text_prefix(limit) ^ flip;
    let (bytes, first) = (run.bytes(), run.first_place());
    let (starts, ends) = (run.starts().chunks(64), run.ends().chunks(64));
    for ((starts, ends), chunk) in starts.zip(ends).zip(0..) {
        let mut bits = rows_up_to(bytes, first, starts, ends, flip, limit_word);
        while bits != 0 {
            let row = chunk * 64 + bits.trailing_zeros();
            if is_within(run.text(row as usize)) {
                out.push(row);
            }
            bits &= bits - 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{LENGTHS, spread, texts_of_rows};
    use colq_column::{Column, Dictionary};
    use std::sync::Arc;

    /// Texts that differ early, late, by their length alone, and by zeros at their end.
    fn texts(len: usize) -> Vec<String> {
        let kinds =
            ["", "a", "a\0", "abcdefgh", "abcdefgh\0", "abcdefghi", "a long text that goes on", "é", "ÿÿÿÿÿ"];
        let text = |row: usize| match spread(row) % 13 {
            kind if (kind as usize) < kinds.len() => kinds[kind as usize].to_string(),
            _ => format!("id{:07}", spread(row) >> 44),
        };
        (0..len).map(text).collect()
    }

    fn columns(texts: &[String]) -> [Column; 2] {
        let codes: Vec<u32> = (0..texts.len() as u32).collect();
        let mut builder = colq_column::DictionaryBuilder::default();
        let distinct: Vec<u32> = texts.iter().map(|text| builder.intern(text.as_bytes())).collect();
        let dictionary: Dictionary = builder.finish();
        [Column::text(codes, texts_of_rows(texts)), Column::text(distinct, Arc::new(dictionary))]
    }

    #[test]
    fn words_are_the_prefixes_of_what_is_left() {
        for len in LENGTHS {
            let texts = texts(len);
            for column in columns(&texts) {
                for part in 0..3 {
                    let mut words = Vec::new();
                    push_text_words(&column.view(), part, &mut words);
                    let rest = |text: &String| text_prefix(text.as_bytes().get(part * 8..).unwrap_or(&[]));
                    assert!(words.iter().copied().eq(texts.iter().map(rest)), "{len} rows, part {part}");
                }
            }
        }
    }

    #[test]
    fn texts_up_to_a_limit_are_those_that_compare_so() {
        for len in LENGTHS {
            let texts = texts(len);
            for column in columns(&texts) {
                for limit in [
                    "",
                    "a",
                    "a\0",
                    "abcdefgh",
                    "abcdefgh\0",
                    "id0500000",
                    "a long text that goes",
                    "ÿ",
                    "ÿÿÿÿÿÿÿ",
                ] {
                    for (descending, strictly) in [(false, false), (false, true), (true, false), (true, true)]
                    {
                        let is_within = |row: &u32| {
                            let (text, limit) = (texts[*row as usize].as_bytes(), limit.as_bytes());
                            match (descending, strictly) {
                                (false, false) => text <= limit,
                                (false, true) => text < limit,
                                (true, false) => text >= limit,
                                (true, true) => text > limit,
                            }
                        };
                        let mut found = Vec::new();
                        texts_up_to(&column.view(), limit.as_bytes(), descending, strictly, &mut found);
                        let expected: Vec<u32> = (0..len as u32).filter(is_within).collect();
                        assert_eq!(found, expected, "{len} rows, {limit:?}, {descending} {strictly}");
                    }
                }
            }
        }
    }
}
