//! The largest words of groups whose numbers are small: all that is kept of a group lies side by side.
//!
//! Law: a slot of a group holds the largest of the words its rows brought, 0 before the first. Naive twin: `max` over
//! the rows of each group. Words are those of [`load_words`](super::load_words), so that smallest values are found too.

use super::{BLOCK_ROWS, Block};

/// The most slots that lie side by side.
pub const MOST_MAXIMA: usize = 4;

/// The slots of all groups.
#[derive(Debug, Clone)]
pub struct Maxima {
    /// Group by group.
    words: Vec<u64>,
    width: usize,
}

impl Maxima {
    /// Groups that have seen nothing, with so many slots; `None` where these are more than [`MOST_MAXIMA`].
    pub fn new(groups: usize, slots: usize) -> Option<Maxima> {
        (slots <= MOST_MAXIMA).then(|| Maxima { words: vec![0; groups * slots], width: slots })
    }

    /// Bytes owned.
    pub fn byte_len(&self) -> usize {
        self.words.capacity() * 8
    }

    /// The slots of a group.
    #[inline(always)]
    pub fn group(&self, group: usize) -> &[u64] {
        &self.words[group * self.width..(group + 1) * self.width]
    }

    /// Adds a block of rows, at most [`BLOCK_ROWS`]: their groups, and the words that each slot looks at.
    pub fn add(&mut self, groups: &[u32], inputs: &[&Block]) {
        match (self.width, inputs) {
            (1, [a]) => add(&mut self.words, groups, [a]),
            (2, [a, b]) => add(&mut self.words, groups, [a, b]),
            (3, [a, b, c]) => add(&mut self.words, groups, [a, b, c]),
            (4, [a, b, c, d]) => add(&mut self.words, groups, [a, b, c, d]),
            _ => {}
        }
    }
}

/// Up to so many groups have rows enough for a larger word to be rare: then a row is compared and seldom stored, and
/// the row after it need not wait for the store.
const FEW_GROUPS: usize = 4096;

fn add<const WIDTH: usize>(words: &mut [u64], groups: &[u32], inputs: [&Block; WIDTH]) {
    let (states, _) = words.as_chunks_mut::<WIDTH>();
    if states.len() <= FEW_GROUPS {
        for (row, group) in groups.iter().enumerate().take(BLOCK_ROWS) {
            let state = &mut states[*group as usize];
            for slot in 0..WIDTH {
                if inputs[slot][row] > state[slot] {
                    state[slot] = inputs[slot][row];
                }
            }
        }
        return;
    }
    for (row, group) in groups.iter().enumerate().take(BLOCK_ROWS) {
        let state = &mut states[*group as usize];
        for slot in 0..WIDTH {
            state[slot] = state[slot].max(inputs[slot][row]);
        }
    }
}
