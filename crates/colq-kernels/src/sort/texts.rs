//! Texts without a dictionary as keys of an order, by words of eight bytes and not byte by byte.
//!
//! Law: the word of a text from byte `8 * part` on is its next eight bytes as a number, the first byte the highest, zeros
//! where the text ends ([`text_prefix`](colq_column::text_prefix)). Texts whose words differ are in the order of the first
//! words that do.

use crate::processor::vectorised;
use crate::text_run::TextRun;
use crate::text_words::{WORD, order_words};
use colq_column::{View, text_prefix};
use std::cmp::Ordering;

/// Adds the word of each row's text from byte `8 * part` on to `out`. Of rows that are NULL it is any.
pub(super) fn push_text_words(view: &View<'_>, part: usize, out: &mut Vec<u64>) {
    let skipped = part * WORD;
    let Some(run) = TextRun::new(view) else {
        let texts = view.texts();
        let word = |row: usize| text_prefix(texts.get(row).get(skipped..).unwrap_or(&[]));
        out.extend((0..view.len()).map(word));
        return;
    };
    let first = out.len();
    out.resize(first + run.len(), 0);
    if let Some(out) = out.get_mut(first..) {
        fill_words(&run, skipped, out);
    }
}

/// The words of all rows from a byte on.
pub(crate) fn fill_words(run: &TextRun<'_>, skipped: usize, out: &mut [u64]) {
    let (bytes, base, starts) = (run.all_bytes(), run.base(), run.starts());
    order_words(bytes, starts, run.ends(), base, skipped as u64, out);
    // Behind the others there may be no whole words.
    let reach = (bytes.len() as u64).checked_sub((skipped + WORD) as u64);
    let safe = reach.map_or(0, |reach| starts.partition_point(|at| at - base <= reach));
    for (row, out) in (safe..run.len()).zip(out.iter_mut().skip(safe)) {
        *out = text_prefix(run.text(row).get(skipped..).unwrap_or(&[]));
    }
}

vectorised! {
    /// Law: `out[i]` = 1 where a word, upside down where `flip` is all ones, is at most `limit`, else 0.
    fn mark_up_to(words: &[u64], flip: u64, limit: u64, out: &mut [u8]) {
        for (word, out) in words.iter().zip(out) {
            *out = u8::from(word ^ flip <= limit);
        }
    }
}

/// Rows whose words are made and compared at a time: they stay in the first-level cache.
const ROWS: usize = 1024;

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
        let texts = view.texts();
        out.extend((0..view.len() as u32).filter(|row| is_within(texts.get(*row as usize))));
        return;
    };
    let flip = if descending { u64::MAX } else { 0 };
    let limit_word = text_prefix(limit) ^ flip;
    let (mut words, mut flags) = ([0; ROWS], [0u8; ROWS]);
    for (part, first) in run.parts(ROWS).zip((0u32..).step_by(ROWS)) {
        let (Some(words), Some(flags)) = (words.get_mut(..part.len()), flags.get_mut(..part.len())) else {
            return;
        };
        fill_words(&part, 0, words);
        mark_up_to(words, flip, limit_word, flags);
        for (flags, near) in flags.chunks(WORD).zip((0..).step_by(WORD)) {
            if flags.iter().fold(0, |any, flag| any | flag) == 0 {
                continue;
            }
            let rows = (near..).zip(flags).filter(|(_, flag)| **flag != 0).map(|(row, _)| row);
            out.extend(rows.filter(|row| is_within(part.text(*row))).map(|row| first + row as u32));
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
