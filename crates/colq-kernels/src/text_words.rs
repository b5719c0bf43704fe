//! Words of eight bytes of texts that lie one after the other: read for many rows at a time, in loops without a branch, which
//! the compiler makes loads of scattered words of where the processor has them.
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

vectorised! {
    /// Law: `out[i]` = 1 where a text has `least` bytes or more and the word at `places[i]` holds, 0 where not. Texts begin
    /// and end as `rows` says, and places are counted from `base`.
    pub(crate) fn mark_words(
        bytes: &[u8],
        rows: (&[u64], &[u64]),
        places: &[u64],
        base: u64,
        least: u64,
        word: Word,
        out: &mut [u8],
    ) {
        let (starts, ends) = (cut(rows.0, out.len()), cut(rows.1, out.len()));
        let places = cut(places, out.len());
        for (((start, end), place), out) in starts.iter().zip(ends).zip(places).zip(out) {
            let found = word_at(bytes, place.wrapping_sub(base) as usize);
            *out = u8::from((end.wrapping_sub(*start) >= least) & word.holds(found));
        }
    }
}

vectorised! {
    /// Law: `out[i]` stays 1 where the word at `places[i]` holds, and is 0 where not. Places are counted from `base`.
    pub(crate) fn keep_words(bytes: &[u8], places: &[u64], base: u64, word: Word, out: &mut [u8]) {
        let places = cut(places, out.len());
        for (place, out) in places.iter().zip(out) {
            *out &= u8::from(word.holds(word_at(bytes, place.wrapping_sub(base) as usize)));
        }
    }
}

/// Of a word with the first byte the highest, the first `len` bytes; zeros behind them.
#[inline(always)]
fn first_bytes(word: u64, len: u64) -> u64 {
    let behind = u64::MAX.checked_shr(8 * len.min(WORD as u64) as u32);
    word & !behind.unwrap_or(0)
}

vectorised! {
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
        for ((start, end), out) in starts.iter().zip(ends).zip(out) {
            let len = end.wrapping_sub(*start).saturating_sub(skipped);
            let found = word_at(bytes, start.wrapping_add(skipped).wrapping_sub(base) as usize);
            *out = first_bytes(found.swap_bytes(), len);
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
                mark_words(&bytes, (starts, ends), places, base, 5, word, &mut flags);
                let at = |row: usize| places[row] as i64 - base as i64;
                let expected = |row: usize| ends[row] - starts[row] >= 5 && holds(at(row));
                assert!((0..len).all(|row| flags[row] == u8::from(expected(row))), "{len}");
                let mut kept: Vec<u8> = (0..len).map(|row| (row % 3 == 0) as u8).collect();
                keep_words(&bytes, places, base, word, &mut kept);
                assert!((0..len).all(|row| kept[row] == u8::from(row % 3 == 0 && holds(at(row)))), "{len}");
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
