//! Some rows of a zone, as a block of them is worked on.

use super::ledger::BLOCK_ROWS;
use colq_column::Bitmap;

/// Which rows a block has. How many says the block.
#[derive(Debug, Clone, Copy)]
pub enum Part<'a> {
    /// Consecutive ones, from this position.
    From(usize),
    /// Those at these positions.
    At(&'a [u32]),
}

/// A bit for each row of a block.
pub(super) type ValidWords = [u64; BLOCK_ROWS / 64];

impl Part<'_> {
    /// The bits of the first `count` rows of the part. Those past them, and past the end of the bitmap, mean nothing.
    pub(super) fn valid_words(self, bits: &Bitmap, count: usize) -> ValidWords {
        let mut out = [0; BLOCK_ROWS / 64];
        let words = bits.words();
        match self {
            Part::From(start) => {
                let (first, shift) = (start / 64, start % 64);
                let word = |at: usize| words.get(at).copied().unwrap_or(0);
                for (to, at) in out.iter_mut().zip(first..).take(count.div_ceil(64)) {
                    *to = word(at) >> shift;
                    if shift > 0 {
                        *to |= word(at + 1) << (64 - shift);
                    }
                }
            }
            Part::At(positions) => {
                for (to, positions) in out.iter_mut().zip(positions.chunks(64)) {
                    for (bit, at) in positions.iter().enumerate() {
                        *to |= (words[*at as usize / 64] >> (at % 64) & 1) << bit;
                    }
                }
            }
        }
        out
    }
}
