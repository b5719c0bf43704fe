//! What texts begin or end with, asked of all rows by words of eight bytes and not byte by byte.
//!
//! Law: a text begins with an edge where it is no shorter and each byte that the edge names stands at its place from the
//! beginning; it ends with one where they stand at their places from the end.

use crate::text_run::TextRun;
use crate::text_words::{Look, WORD, Word, mark_lengths, mark_words, word_at};

/// The bytes at one end of a text, of which some may be any byte.
#[derive(Debug, Clone)]
pub(crate) struct Edge {
    bytes: Vec<Option<u8>>,
    /// The first eight bytes, or fewer.
    first: Word,
    /// The last eight bytes, or fewer.
    last: Word,
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

    /// Of two looks at the ends of the edge those that see something that the others do not.
    fn looks<'a, 'b>(&self, looks: &'a [Look<'b>; 2]) -> &'a [Look<'b>] {
        let count = self.len().div_ceil(WORD).min(looks.len());
        looks.get(..count).unwrap_or(looks)
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
        let (bytes, base, least) = (run.all_bytes(), run.base(), least.max(self.len()) as u64);
        let (starts, ends) = (run.starts(), run.ends());
        let ahead = self.len().saturating_sub(WORD) as u64;
        let first = Look { places: starts, base, word: self.first };
        let last = Look { places: starts, base: base.wrapping_sub(ahead), word: self.last };
        mark_words(bytes, (starts, ends), least, self.looks(&[first, last]), out);
        let exact = |text: &[u8]| text.len() as u64 >= least && self.begins(text);
        if !self.is_short() {
            run.keep(out, exact);
        }
        // Behind which there are no whole words.
        let reach = (bytes.len() as u64).checked_sub(self.len().max(WORD) as u64);
        let safe = reach.map_or(0, |reach| starts.partition_point(|at| at - base <= reach));
        (safe..run.len()).zip(out.iter_mut().skip(safe)).for_each(|(row, out)| {
            *out = u8::from(exact(run.text(row)));
        });
    }

    /// Writes 1 for each row that ends with the edge and has `least` bytes or more, 0 for the others.
    pub(crate) fn fill_endings(&self, run: &TextRun<'_>, least: usize, out: &mut [u8]) {
        let (bytes, base, least) = (run.all_bytes(), run.base(), least.max(self.len()) as u64);
        let (starts, ends) = (run.starts(), run.ends());
        let last = match self.len() {
            len if len < WORD => Word::of(&self.bytes, WORD - len),
            _ => self.last,
        };
        let last = Look { places: ends, base: base.wrapping_add(WORD as u64), word: last };
        let first = Look { places: ends, base: base.wrapping_add(self.len() as u64), word: self.first };
        mark_words(bytes, (starts, ends), least, self.looks(&[last, first]), out);
        let exact = |text: &[u8]| text.len() as u64 >= least && self.ends(text);
        if !self.is_short() {
            run.keep(out, exact);
        }
        // Before whose end there are no whole words.
        let reach = self.len().max(WORD) as u64;
        let unsafe_rows = ends.partition_point(|at| at - base < reach);
        (0..unsafe_rows).zip(out).for_each(|(row, out)| *out = u8::from(exact(run.text(row))));
    }

    /// Writes 1 for each row that is as long as the edge and is it, 0 for the others.
    pub(crate) fn fill_wholes(&self, run: &TextRun<'_>, out: &mut [u8]) {
        let len = self.len() as u64;
        mark_lengths(run.starts(), run.ends(), len, out);
        if len == 0 {
            return;
        }
        let as_long: u64 = out.chunks(CHUNK).map(|flags| u64::from(flags.iter().sum::<u8>())).sum();
        if as_long * MANY > run.len() as u64 {
            return self.fill_beginnings_of_length(run, out);
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

    /// The same of rows that are marked where they are as long, which are many.
    fn fill_beginnings_of_length(&self, run: &TextRun<'_>, out: &mut [u8]) {
        let as_long = out.to_vec();
        self.fill_beginnings(run, self.len(), out);
        out.iter_mut().zip(as_long).for_each(|(out, as_long)| *out &= as_long);
    }
}

/// Flags that one byte can count.
const CHUNK: usize = 128;

/// Where one row of so many is as long as a text, all are looked at by words.
const MANY: u64 = 16;

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
