//! What texts begin or end with, asked of all rows by words of eight bytes and not byte by byte.
//!
//! Law: a text begins with an edge where it is no shorter and each byte that the edge names stands at its place from the
//! beginning; it ends with one where they stand at their places from the end.

use crate::processor::vectorised;
use crate::text_run::TextRun;

/// Bytes of a word.
const WORD: usize = 8;

/// The bytes at one end of a text, of which some may be any byte.
#[derive(Debug, Clone)]
pub(crate) struct Edge {
    bytes: Vec<Option<u8>>,
    /// The first eight bytes, or fewer.
    first: Word,
    /// The last eight bytes, or fewer.
    last: Word,
}

/// Up to eight bytes in memory's order: those that `mask` covers are `bits`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Word {
    bits: u64,
    mask: u64,
}

impl Word {
    /// These bytes behind `skipped` others. At most eight in all.
    fn of(bytes: &[Option<u8>], skipped: usize) -> Word {
        let (mut bits, mut mask) = ([0u8; WORD], [0u8; WORD]);
        let places = bits.iter_mut().zip(&mut mask).skip(skipped);
        for ((bits, mask), byte) in places.zip(bytes) {
            if let Some(byte) = byte {
                (*bits, *mask) = (*byte, 0xff);
            }
        }
        Word { bits: u64::from_le_bytes(bits), mask: u64::from_le_bytes(mask) }
    }

    #[inline(always)]
    fn holds(self, found: u64) -> bool {
        found & self.mask == self.bits
    }
}

/// The eight bytes from a place on; zero where there are fewer.
#[inline(always)]
fn word_at(bytes: &[u8], at: usize) -> u64 {
    let found = bytes.get(at..).and_then(|rest| rest.first_chunk::<WORD>());
    found.map_or(0, |chunk| u64::from_le_bytes(*chunk))
}

/// Some of the rows.
fn part(places: &[u64], from: usize, to: usize) -> &[u64] {
    places.get(from..to).unwrap_or(&[])
}

vectorised! {
    /// Law: `out[i]` = 1 where a text is as long, 0 where it is not.
    fn mark_lengths(starts: &[u64], ends: &[u64], len: u64, out: &mut [u8]) {
        for ((start, end), out) in starts.iter().zip(ends).zip(out) {
            *out = u8::from(end.wrapping_sub(*start) == len);
        }
    }
}

impl Edge {
    /// An edge of these bytes; `None` stands for any byte.
    pub(crate) fn new(bytes: Vec<Option<u8>>) -> Edge {
        let len = bytes.len();
        let near = bytes.get(..len.min(WORD)).unwrap_or(&[]);
        let far = bytes.get(len.saturating_sub(WORD)..).unwrap_or(&[]);
        let (first, last) = (Word::of(near, 0), Word::of(far, 0));
        Edge { bytes, first, last }
    }

    /// An edge that is this text.
    pub(crate) fn of(text: &[u8]) -> Edge {
        Edge::new(text.iter().copied().map(Some).collect())
    }

    /// Bytes, named or not.
    pub(crate) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// True where two words hold all bytes.
    fn is_short(&self) -> bool {
        self.bytes.len() <= 2 * WORD
    }

    /// True where a text as long as the edge is it.
    fn is(&self, text: &[u8]) -> bool {
        text.len() == self.bytes.len()
            && self.bytes.iter().zip(text).all(|(wanted, byte)| wanted.is_none_or(|wanted| wanted == *byte))
    }

    /// True where a text begins with it.
    fn begins(&self, text: &[u8]) -> bool {
        text.get(..self.len()).is_some_and(|text| self.is(text))
    }

    /// True where a text ends with it.
    fn ends(&self, text: &[u8]) -> bool {
        text.len().checked_sub(self.len()).and_then(|at| text.get(at..)).is_some_and(|text| self.is(text))
    }

    /// Writes 1 for each row that begins with the edge and has `least` bytes or more, 0 for the others.
    pub(crate) fn fill_beginnings(&self, run: &TextRun<'_>, least: usize, out: &mut [u8]) {
        let (bytes, first_place) = (run.bytes(), run.first_place());
        let (least, len) = (least.max(self.len()) as u64, self.len());
        // Rows behind which whole words can be read; the others are looked at byte by byte.
        let reach = (bytes.len() as u64).checked_sub(len.max(WORD) as u64);
        let safe = reach.map_or(0, |reach| run.starts().partition_point(|at| at - first_place <= reach));
        let (first, last) = (self.first, self.last);
        let (starts, ends) = (part(run.starts(), 0, safe), part(run.ends(), 0, safe));
        let rows = starts.iter().zip(ends).zip(out.iter_mut());
        if len <= WORD {
            for ((start, end), out) in rows {
                let at = (start - first_place) as usize;
                *out = u8::from((end - start >= least) & first.holds(word_at(bytes, at)));
            }
        } else {
            for ((start, end), out) in rows {
                let at = (start - first_place) as usize;
                let near = first.holds(word_at(bytes, at)) & last.holds(word_at(bytes, at + len - WORD));
                *out = u8::from((end - start >= least) & near);
            }
        }
        let exact = |text: &[u8]| text.len() as u64 >= least && self.begins(text);
        if !self.is_short() {
            run.keep(out, exact);
        }
        for (text, out) in run.iter().zip(out).skip(safe) {
            *out = u8::from(exact(text));
        }
    }

    /// Writes 1 for each row that ends with the edge and has `least` bytes or more, 0 for the others.
    pub(crate) fn fill_endings(&self, run: &TextRun<'_>, least: usize, out: &mut [u8]) {
        let (bytes, first_place) = (run.bytes(), run.first_place());
        let (least, len) = (least.max(self.len()) as u64, self.len());
        // Rows before whose end there are no whole words are looked at byte by byte.
        let reach = len.max(WORD) as u64;
        let short_rows = run.ends().partition_point(|at| at - first_place < reach);
        let exact = |text: &[u8]| text.len() as u64 >= least && self.ends(text);
        for (text, out) in run.iter().zip(out.iter_mut()).take(short_rows) {
            *out = u8::from(exact(text));
        }
        let (starts, ends) =
            (part(run.starts(), short_rows, run.len()), part(run.ends(), short_rows, run.len()));
        let rows = starts.iter().zip(ends).zip(out.get_mut(short_rows..).unwrap_or(&mut []));
        if len <= WORD {
            let word = Word::of(&self.bytes, WORD - len);
            for ((start, end), out) in rows {
                let at = (end - first_place) as usize;
                *out = u8::from((end - start >= least) & word.holds(word_at(bytes, at.wrapping_sub(WORD))));
            }
        } else {
            let (first, last) = (self.first, self.last);
            for ((start, end), out) in rows {
                let at = (end - first_place) as usize;
                let near = last.holds(word_at(bytes, at.wrapping_sub(WORD)))
                    & first.holds(word_at(bytes, at.wrapping_sub(len)));
                *out = u8::from((end - start >= least) & near);
            }
        }
        if !self.is_short() {
            run.keep(out, exact);
        }
    }

    /// Writes 1 for each row that is as long as the edge and is it, 0 for the others.
    pub(crate) fn fill_wholes(&self, run: &TextRun<'_>, out: &mut [u8]) {
        let len = self.len() as u64;
        mark_lengths(run.starts(), run.ends(), len, out);
        if len == 0 {
            return;
        }
        let tail = self.len().saturating_sub(WORD);
        run.keep(out, |text| {
            let near = match text.len() >= WORD {
                true => self.first.holds(word_at(text, 0)) && self.last.holds(word_at(text, tail)),
                false => return self.is(text),
            };
            near && (self.is_short() || self.is(text))
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::texts_of_rows;
    use colq_column::View;
    use colq_types::DataType;
    use proptest::prelude::*;

    /// Texts of few letters, so that many begin and end alike, and of lengths around a word's.
    fn text() -> impl Strategy<Value = Vec<u8>> {
        prop_oneof![
            proptest::collection::vec(prop_oneof![9 => Just(b'a'), 1 => Just(b'b')], 0..28),
            proptest::collection::vec(any::<bool>().prop_map(|is| if is { b'a' } else { b'b' }), 0..4),
        ]
    }

    fn edge() -> impl Strategy<Value = Vec<Option<u8>>> {
        let byte = prop_oneof![9 => Just(Some(b'a')), 1 => Just(Some(b'b')), 2 => Just(None)];
        proptest::collection::vec(byte, 0..28)
    }

    fn is(edge: &[Option<u8>], text: &[u8]) -> bool {
        edge.len() == text.len() && edge.iter().zip(text).all(|(e, t)| e.is_none_or(|e| e == *t))
    }

    proptest! {
        #[test]
        fn words_say_what_bytes_say(
            texts in proptest::collection::vec(text(), 1..70),
            edge in edge(),
            least in 0..30usize,
            from in 0..3usize,
        ) {
            let from = from.min(texts.len() - 1);
            let dictionary = texts_of_rows(&texts);
            let codes: Vec<u32> = (from as u32..texts.len() as u32).collect();
            let values = colq_column::Values::U32(&codes);
            let view = View { data_type: DataType::Text, values, validity: None, dictionary: Some(&dictionary) };
            let run = TextRun::new(&view).unwrap();
            let ready = Edge::new(edge.clone());
            let mut out = vec![7; run.len()];
            ready.fill_beginnings(&run, least, &mut out);
            for (text, out) in texts[from..].iter().zip(&out) {
                let expected = text.len() >= least.max(edge.len()) && is(&edge, &text[..edge.len()]);
                prop_assert_eq!(*out != 0, expected, "{:?} begins", text);
            }
            ready.fill_endings(&run, least, &mut out);
            for (text, out) in texts[from..].iter().zip(&out) {
                let expected =
                    text.len() >= least.max(edge.len()) && is(&edge, &text[text.len() - edge.len()..]);
                prop_assert_eq!(*out != 0, expected, "{:?} ends", text);
            }
            ready.fill_wholes(&run, &mut out);
            for (text, out) in texts[from..].iter().zip(&out) {
                prop_assert_eq!(*out != 0, is(&edge, text), "{:?} is", text);
            }
        }
    }
}
