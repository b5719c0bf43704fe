//! Which texts hold a short piece of text: the places of the piece in the bytes of many rows are marked by a bit each, and a row
//! then looks at the bits of its own places. Nothing is searched row by row, so it costs the same whether the piece is
//! everywhere or nowhere.
//!
//! Law: a row holds a piece where the piece stands within it; one that reaches over the end of the row does not count.

use crate::processor::vectorised;
use crate::text_run::TextRun;
use crate::text_words::word_at;
use memchr::memmem::Finder;

/// Rows whose places are marked at a time: their bytes are still near when they are asked.
const ROWS: usize = 1024;

/// The most bytes of a piece that is compared byte by byte at all places.
const LONGEST_PIECE: usize = 24;

/// Where texts have more bytes than this in the mean, few rows share a look and a search is as good.
const LONG_TEXT: usize = 160;

/// Places that a row sees with one look: a word of bits that begins up to seven bits before its first.
const SEEN: u64 = 57;

/// A row that has more places than it saw, and found nothing there.
const UNKNOWN: u8 = 2;

/// Places whose flags are made before they are packed: they stay in the first-level cache.
const FLAGS: usize = 2048;

/// True where all places of a piece are marked in these rows, false where it is searched for.
pub(crate) fn is_marked(run: &TextRun<'_>, piece: &Finder<'_>) -> bool {
    let len = piece.needle().len();
    (1..=LONGEST_PIECE).contains(&len) && run.bytes().len() <= run.len() * LONG_TEXT
}

/// Writes 1 for each row that holds the piece, 0 for the others.
pub(crate) fn fill_holding(run: &TextRun<'_>, piece: &Finder<'_>, out: &mut [u8]) {
    if piece.needle().is_empty() {
        return out.fill(1);
    }
    if !is_marked(run, piece) {
        out.fill(0);
        return run.each_with(piece, |row, _| {
            if let Some(out) = out.get_mut(row) {
                *out = 1;
            }
        });
    }
    let len = piece.needle().len() as u64;
    let mut bits = Vec::new();
    for (part, out) in run.parts(ROWS).zip(out.chunks_mut(ROWS)) {
        let bytes = part.bytes();
        // One word more, so that a whole one can be read from every place.
        bits.clear();
        bits.resize(bytes.len().div_ceil(64) + 1, 0);
        if !mark_places(bytes, piece.needle(), &mut bits) {
            out.fill(0);
            continue;
        }
        let marks = bytemuck::cast_slice(&bits);
        let is_long = mark_rows(marks, part.first_place(), part.starts(), part.ends(), len, out);
        if is_long {
            for (text, out) in part.iter().zip(out).filter(|(_, out)| **out == UNKNOWN) {
                *out = u8::from(piece.find(text).is_some());
            }
        }
    }
}

vectorised! {
    /// Law: bit `i` of `bits` = whether the piece stands at byte `i`; says whether it stands anywhere. The piece has a byte, and
    /// `bits` is zero before.
    fn mark_places(bytes: &[u8], piece: &[u8], bits: &mut [u64]) -> bool {
        let last = piece.len() - 1;
        let places = bytes.len().saturating_sub(last);
        let mut flags = [0u8; FLAGS];
        let mut found = false;
        // The first bytes and the last, which leave few places of most texts.
        let (one, two, three, before) = (last.min(1), last.min(2), last.min(3), last.saturating_sub(1));
        let few = [piece[0], piece[one], piece[two], piece[last]];
        let more = [piece[0], piece[one], piece[two], piece[three], piece[before], piece[last]];
        for (first, bits) in (0..places).step_by(FLAGS).zip(bits.chunks_mut(FLAGS / 64)) {
            let len = FLAGS.min(places - first);
            let near = &bytes[first..first + len + last];
            let (start, second, third) = (&near[..len], &near[one..one + len], &near[two..two + len]);
            let end = &near[last..];
            let (flags_of, is_all) = (&mut flags[..len], matches!(last, 4 | 5));
            let any = if is_all {
                let (fourth, near_end) = (&near[three..three + len], &near[before..before + len]);
                mark_six([start, second, third, fourth, near_end, end], more, flags_of)
            } else {
                mark_four([start, second, third, end], few, flags_of)
            };
            if any == 0 {
                continue;
            }
            for next in (3..last).step_by(4).take_while(|_| !is_all) {
                let (a, b, c, d) = (next, last.min(next + 1), last.min(next + 2), last.min(next + 3));
                keep_four(
                    [&near[a..a + len], &near[b..b + len], &near[c..c + len], &near[d..d + len]],
                    [piece[a], piece[b], piece[c], piece[d]],
                    &mut flags[..len],
                );
            }
            flags[len..].fill(0);
            found = true;
            let mut packed = [0u8; FLAGS / 8];
            for (byte, eight) in packed.iter_mut().zip(flags.as_chunks::<8>().0) {
                // The product's top byte collects flag i into bit i, each on a bit of its own.
                *byte = (u64::from_le_bytes(*eight).wrapping_mul(0x0102_0408_1020_4080) >> 56) as u8;
            }
            for (word, bytes) in bits.iter_mut().zip(packed.as_chunks::<8>().0) {
                *word = u64::from_le_bytes(*bytes);
            }
        }
        found
    }
}

/// Law: `flags[i]` = whether byte `i` of each of four slices is the one wanted of it; the answer is 0 where none is.
#[inline(always)]
fn mark_four(bytes: [&[u8]; 4], wanted: [u8; 4], flags: &mut [u8]) -> u8 {
    let ([a, b, c, d], [x, y, z, w]) = (bytes, wanted);
    let mut any = 0;
    for ((((flag, a), b), c), d) in flags.iter_mut().zip(a).zip(b).zip(c).zip(d) {
        *flag = u8::from((*a == x) & (*b == y) & (*c == z) & (*d == w));
        any |= *flag;
    }
    any
}

/// The same of six.
#[inline(always)]
fn mark_six(bytes: [&[u8]; 6], wanted: [u8; 6], flags: &mut [u8]) -> u8 {
    let ([a, b, c, d, e, f], [x, y, z, u, v, w]) = (bytes, wanted);
    let mut any = 0;
    let sides = a.iter().zip(b).zip(c).zip(d).zip(e).zip(f);
    for (flag, (((((a, b), c), d), e), f)) in flags.iter_mut().zip(sides) {
        *flag = u8::from((*a == x) & (*b == y) & (*c == z) & (*d == u) & (*e == v) & (*f == w));
        any |= *flag;
    }
    any
}

/// The same of four that are flagged already.
#[inline(always)]
fn keep_four(bytes: [&[u8]; 4], wanted: [u8; 4], flags: &mut [u8]) {
    let ([a, b, c, d], [x, y, z, w]) = (bytes, wanted);
    for ((((flag, a), b), c), d) in flags.iter_mut().zip(a).zip(b).zip(c).zip(d) {
        *flag &= u8::from((*a == x) & (*b == y) & (*c == z) & (*d == w));
    }
}

vectorised! {
    /// Law: `out[i]` = 1 where a bit is set at a place of row `i` from which `piece` bytes are its own, [`UNKNOWN`] where none of
    /// the first is but there are more of them, else 0. Says whether some are unknown. Places are counted from `first`.
    fn mark_rows(bits: &[u8], first: u64, starts: &[u64], ends: &[u64], piece: u64, out: &mut [u8]) -> bool {
        let mut unknown = 0;
        for ((start, end), out) in starts.iter().zip(ends).zip(out) {
            let places = (end.wrapping_sub(*start) + 1).saturating_sub(piece);
            let at = start.wrapping_sub(first);
            let word = word_at(bits, (at >> 3) as usize) >> (at & 7);
            let own = word & ((1 << places.min(SEEN)) - 1);
            let rest = u8::from((own == 0) & (places > SEEN)) * UNKNOWN;
            *out = u8::from(own != 0) | rest;
            unknown |= rest;
        }
        unknown != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{LENGTHS, spread, texts_of_rows};
    use colq_column::{Values, View};
    use colq_types::DataType;
    use proptest::prelude::*;

    fn check(texts: &[Vec<u8>], piece: &[u8]) {
        let dictionary = texts_of_rows(texts);
        for from in [0, 1, texts.len() / 2].into_iter().filter(|from| *from < texts.len()) {
            let codes: Vec<u32> = (from as u32..texts.len() as u32).collect();
            let values = Values::U32(&codes);
            let view =
                View { data_type: DataType::Text, values, validity: None, dictionary: Some(&dictionary) };
            let run = TextRun::new(&view).unwrap();
            let mut out = vec![7; run.len()];
            fill_holding(&run, &Finder::new(piece), &mut out);
            for (row, (text, out)) in texts[from..].iter().zip(out).enumerate() {
                let expected = piece.is_empty() || text.windows(piece.len()).any(|near| near == piece);
                assert_eq!(out, u8::from(expected), "{piece:?} in row {row}, {text:?}");
            }
        }
    }

    #[test]
    fn rows_hold_a_piece_where_it_stands_in_them() {
        for len in LENGTHS.into_iter().filter(|len| (1..5_000).contains(len)) {
            let text = |row: usize| {
                let letters = spread(row) % [4, 12, 80, 200][row % 4];
                (0..letters).map(|at| b'a' + (spread(row + at as usize) % 3) as u8).collect::<Vec<u8>>()
            };
            let texts: Vec<Vec<u8>> = (0..len).map(text).collect();
            for piece in ["a", "ab", "abc", "abca", "abcab", "aabbccab", "cabcabcabcabc", "z"] {
                check(&texts, piece.as_bytes());
            }
            check(&texts, &b"ab".repeat(20));
        }
        // Long texts, which are searched.
        check(&[vec![b'a'; 100_000], b"ab".to_vec(), vec![b'a'; 300]], b"ab");
    }

    proptest! {
        #[test]
        fn pieces_of_texts_are_found(
            texts in proptest::collection::vec(proptest::collection::vec(0..3u8, 0..100), 1..60),
            row in 0..60usize,
            start in 0..90usize,
            len in 0..30usize,
        ) {
            let text = &texts[row % texts.len()];
            let start = start.min(text.len());
            check(&texts, &text[start..(start + len).min(text.len())]);
        }
    }
}
