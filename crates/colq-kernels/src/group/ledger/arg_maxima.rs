//! The values that came with the largest words of groups whose numbers are small: all that is kept of a group lies side by
//! side.
//!
//! Law: a slot of a group holds the largest of the words its rows brought and the value of the first row that brought it, 0
//! and any value before a row brought more than 0. Naive twin: a loop over the rows of each group. Words are those of
//! [`load_picking_words`](super::load_picking_words) or [`load_row_words`](super::load_row_words), so that the value of the
//! smallest, of the first and of the last row are found too.

use super::{BLOCK_ROWS, Block};

#[cfg(test)]
mod tests;

/// The most slots that lie side by side.
pub const MOST_ARG_MAXIMA: usize = 4;

/// The slots of all groups.
#[derive(Debug, Clone)]
pub struct ArgMaxima {
    /// Group by group: for each slot a word and the value that came with it.
    words: Vec<u64>,
    width: usize,
}

impl ArgMaxima {
    /// Groups that have seen nothing, with so many slots; `None` where these are more than [`MOST_ARG_MAXIMA`].
    pub fn new(groups: usize, slots: usize) -> Option<ArgMaxima> {
        (slots <= MOST_ARG_MAXIMA).then(|| ArgMaxima { words: vec![0; groups * slots * 2], width: slots * 2 })
    }

    /// Bytes owned.
    pub fn byte_len(&self) -> usize {
        self.words.capacity() * 8
    }

    /// The word and the value of a slot of a group.
    #[inline(always)]
    pub fn slot(&self, group: usize, slot: usize) -> (u64, u64) {
        let at = group * self.width + slot * 2;
        (self.words[at], self.words[at + 1])
    }

    /// Adds a block of rows, at most [`BLOCK_ROWS`]: their groups, and for each slot the words and the values.
    pub fn add(&mut self, groups: &[u32], inputs: &[[&Block; 2]]) {
        match (self.width, inputs) {
            (2, [a]) => add::<1, 2>(&mut self.words, groups, [*a]),
            (4, [a, b]) => add::<2, 4>(&mut self.words, groups, [*a, *b]),
            (6, [a, b, c]) => add::<3, 6>(&mut self.words, groups, [*a, *b, *c]),
            (8, [a, b, c, d]) => add::<4, 8>(&mut self.words, groups, [*a, *b, *c, *d]),
            _ => {}
        }
    }
}

fn add<const SLOTS: usize, const WIDTH: usize>(
    words: &mut [u64],
    groups: &[u32],
    inputs: [[&Block; 2]; SLOTS],
) {
    let (states, _) = words.as_chunks_mut::<WIDTH>();
    for (row, group) in groups.iter().enumerate().take(BLOCK_ROWS) {
        let state = &mut states[*group as usize];
        for slot in 0..SLOTS {
            let [words, values] = inputs[slot];
            // Rows that come in order are beyond what was there always or never, others seldom.
            if words[row] > state[slot * 2] {
                state[slot * 2] = words[row];
                state[slot * 2 + 1] = values[row];
            }
        }
    }
}
