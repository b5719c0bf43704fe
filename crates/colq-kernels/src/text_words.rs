//! Words of eight bytes of texts that lie one after the other: read for some rows by one load each, and then looked at side by
//! side. Loads of scattered words in one instruction are another way; but they wait for all of their words together, and took
//! more than twice as long where texts come from memory, while they save little where texts are near.
//!
//! Law: the word of a row is the eight bytes from a place on, wherever its text ends; zero where the bytes end before.

use crate::processor::vectorised;

/// Bytes of a word.
pub(crate) const WORD: usize = 8;

/// The eight bytes from a place on, the first the lowest; zero where there are fewer.
#[inline(always)]
pub(crate) fn word_at(bytes: &[u8], at: usize) -> u64 {
    let found = bytes.get(at..).and_then(|rest| rest.first_chunk::<WORD>());
    found.map_or(0, |chunk| u64::from_le_bytes(*chunk))
}

/// Up to eight bytes in memory's order: those that `mask` covers are `bits`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Word {
    bits: u64,
    mask: u64,
}

impl Word {
    /// These bytes behind `skipped` others; `None` stands for any byte. At most eight in all.
    pub(crate) fn of(bytes: &[Option<u8>], skipped: usize) -> Word {
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
    pub(crate) fn holds(self, found: u64) -> bool {
        found & self.mask == self.bits
    }
}

/// The first of these places that are not in front of the others, as many as there are of `out`.
#[inline(always)]
fn cut(places: &[u64], len: usize) -> &[u64] {
    places.get(..len).unwrap_or(&[])
}

vectorised! {
    /// Law: `out[i]` = 1 where a text is as long, 0 where it is not.
    pub(crate) fn mark_lengths(starts: &[u64], ends: &[u64], len: u64, out: &mut [u8]) {
        let (starts, ends) = (cut(starts, out.len()), cut(ends, out.len()));
        for ((start, end), out) in starts.iter().zip(ends).zip(out) {
            *out = u8::from(end.wrapping_sub(*start) == len);
        }
    }
}

/// Where the words of rows lie, and what they must hold. Places are counted from `base`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Look<'a> {
    pub(crate) places: &'a [u64],
    pub(crate) base: u64,
    pub(crate) word: Word,
}

/// Rows whose words are read at a time: words and flags stay in the first-level cache, and so do the lines of a second look.
const ROWS: usize = 256;

/// Law: `out[i]` = 1 where a text has `least` bytes or more and every look holds at its place `i`, 0 where not. Texts begin and
/// end as `rows` says.
pub(crate) fn mark_words(
    bytes: &[u8],
    rows: (&[u64], &[u64]),
    least: u64,
    looks: &[Look<'_>],
    out: &mut [u8],
) {
    let (starts, ends) = (cut(rows.0, out.len()), cut(rows.1, out.len()));
    let mut words = [0; ROWS];
    let parts = starts.chunks(ROWS).zip(ends.chunks(ROWS)).zip(out.chunks_mut(ROWS));
    for (((starts, ends), out), first) in parts.zip((0..).step_by(ROWS)) {
        mark_lengths_from(starts, ends, least, out);
        for look in looks {
            let places = look.places.get(first..).unwrap_or(&[]);
            read_words(bytes, cut(places, out.len()), look.base, &mut words);
            keep_words(&words, look.word, out);
        }
    }
}

/// Law: `out[i]` = the word at `places[i]`, counted from `base`. Compiled once, for the plain target, so that it stays one load
/// a row.
#[inline(never)]
fn read_words(bytes: &[u8], places: &[u64], base: u64, out: &mut [u64]) {
    for (place, out) in places.iter().zip(out) {
        *out = word_at(bytes, place.wrapping_sub(base) as usize);
    }
}

vectorised! {
    /// Law: `out[i]` = 1 where a text has `least` bytes or more, 0 where it has not.
    fn mark_lengths_from(starts: &[u64], ends: &[u64], least: u64, out: &mut [u8]) {
        for ((start, end), out) in starts.iter().zip(ends).zip(out) {
            *out = u8::from(end.wrapping_sub(*start) >= least);
        }
    }
}

vectorised! {
    /// Law: `out[i]` stays 1 where `words[i]` holds, and is 0 where not.
    fn keep_words(words: &[u64], word: Word, out: &mut [u8]) {
        for (found, out) in words.iter().zip(out) {
            *out &= u8::from(word.holds(*found));
        }
    }
}

/// Of a word with the first byte the highest, the first `len` bytes; zeros behind them.
#[inline(always)]
fn first_bytes(word: u64, len: u64) -> u64 {
    let behind = u64::MAX.checked_shr(8 * len.min(WORD as u64) as u32);
    word & !behind.unwrap_or(0)
}

/// Law: `out[i]` = the bytes of a text from `skipped` on as a number, the first of eight the highest, zeros behind its end.
/// Texts that lie where there are no eight bytes more come out as zero. Places are counted from `base`.
pub(crate) fn order_words(
    bytes: &[u8],
    starts: &[u64],
    ends: &[u64],
    base: u64,
    skipped: u64,
    out: &mut [u64],
) {
    let (starts, ends) = (cut(starts, out.len()), cut(ends, out.len()));
    for ((starts, ends), out) in starts.chunks(ROWS).zip(ends.chunks(ROWS)).zip(out.chunks_mut(ROWS)) {
        read_words(bytes, starts, base.wrapping_sub(skipped), out);
        turn_words(starts, ends, skipped, out);
    }
}

vectorised! {
    /// Law: each word becomes the number of those of its bytes that are of its text, which is read from `skipped` on.
    fn turn_words(starts: &[u64], ends: &[u64], skipped: u64, words: &mut [u64]) {
        for ((start, end), word) in starts.iter().zip(ends).zip(words) {
            let len = end.wrapping_sub(*start).saturating_sub(skipped);
            *word = first_bytes(word.swap_bytes(), len);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{LENGTHS, spread};

    /// Texts one after the other from place 100 on, and the place of each.
    fn texts(len: usize) -> (Vec<u8>, Vec<u64>) {
        let (mut bytes, mut offsets) = (Vec::new(), vec![100]);
        for row in 0..len {
            bytes.extend((0..spread(row) % 20).map(|at| b'a' + (spread(row + at as usize) % 3) as u8));
            offsets.push(100 + bytes.len() as u64);
        }
        (bytes, offsets)
    }

    /// The eight bytes from a place on, one by one.
    fn naive(bytes: &[u8], at: i64) -> [u8; 8] {
        let whole = at >= 0 && at as usize + 8 <= bytes.len();
        std::array::from_fn(|i| if whole { bytes[at as usize + i] } else { 0 })
    }

    #[test]
    fn words_are_those_of_single_bytes() {
        let word = Word::of(&[Some(b'a'), None, Some(b'b')], 2);
        for len in LENGTHS {
            let (bytes, offsets) = texts(len);
            let (starts, ends) = (&offsets[..len], &offsets[1..]);
            let holds = |at: i64| {
                let found = naive(&bytes, at);
                found[2] == b'a' && found[4] == b'b'
            };
            let mut flags = vec![7; len];
            mark_lengths(starts, ends, 9, &mut flags);
            assert!((0..len).all(|row| flags[row] == u8::from(ends[row] - starts[row] == 9)), "{len}");
            // The word at the beginning, and the one before the end.
            for (places, base) in [(starts, 100), (ends, 108)] {
                let look = Look { places, base, word };
                let at = |row: usize| places[row] as i64 - base as i64;
                let expected = |row: usize| ends[row] - starts[row] >= 5 && holds(at(row));
                mark_words(&bytes, (starts, ends), 5, &[look], &mut flags);
                assert!((0..len).all(|row| flags[row] == u8::from(expected(row))), "{len}");
                let second = Look { base: base - 3, ..look };
                mark_words(&bytes, (starts, ends), 5, &[look, second], &mut flags);
                let expected = |row: usize| expected(row) && holds(at(row) + 3);
                assert!((0..len).all(|row| flags[row] == u8::from(expected(row))), "{len}");
            }
            for skipped in [0, 1, 8, 19] {
                let mut words = vec![1; len];
                order_words(&bytes, starts, ends, 100, skipped, &mut words);
                for row in 0..len {
                    let at = starts[row] as i64 - 100 + skipped as i64;
                    let len = (ends[row] - starts[row]).saturating_sub(skipped) as usize;
                    let found = naive(&bytes, at);
                    let text: [u8; 8] = std::array::from_fn(|i| if i < len { found[i] } else { 0 });
                    assert_eq!(words[row], u64::from_be_bytes(text), "{row} of {skipped}");
                }
            }
        }
    }
}
