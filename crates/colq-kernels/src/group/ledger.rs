//! Counts and sums of groups whose numbers are small: all that is kept of a group lies side by side, and a row is added
//! to all of it at once.
//!
//! Law: slot 0 of a group counts its rows; the integer slots behind it add up wrapping in 64 bits; the float slots behind
//! those add values in row order, from -0.0. Naive twin: a loop over rows for each slot. Whoever uses integer slots knows
//! that the sums fit; a NULL adds 0, or -0.0 to floats, which changes nothing.

mod load;
mod maxima;
#[cfg(test)]
mod tests;

pub use load::{DIVERTED_GROUPS, divert, keep_places, load_floats, load_integers, load_validity, load_words};
pub use maxima::{MOST_MAXIMA, Maxima};

use crate::processor::vectorised;

/// Rows in a block: the inputs of a few slots stay in the first-level cache.
pub const BLOCK_ROWS: usize = 1024;

/// What one slot adds in the rows of a block: integers, or floats as bits.
pub type Block = [u64; BLOCK_ROWS];

/// The most slots a ledger has.
pub const MOST_SLOTS: usize = 8;

/// The slots of all groups.
#[derive(Debug, Clone)]
pub struct Ledger {
    /// Group by group.
    words: Vec<u64>,
    width: usize,
    /// Slots that are integers, the count of rows among them.
    integers: usize,
}

impl Ledger {
    /// Groups that have seen nothing, with so many integer slots besides the count of rows, and so many float slots.
    /// `None` where that is more than [`MOST_SLOTS`] together.
    pub fn new(groups: usize, integers: usize, floats: usize) -> Option<Ledger> {
        let width = 1 + integers + floats;
        if width > MOST_SLOTS {
            return None;
        }
        let mut ledger = Ledger { words: vec![0; groups * width], width, integers: 1 + integers };
        ledger.clear();
        Some(ledger)
    }

    /// Forgets all rows.
    pub fn clear(&mut self) {
        let (width, integers) = (self.width, self.integers);
        for group in self.words.chunks_exact_mut(width) {
            for (slot, word) in group.iter_mut().enumerate() {
                *word = if slot < integers { 0 } else { (-0.0_f64).to_bits() };
            }
        }
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

    /// Adds a block of rows, at most [`BLOCK_ROWS`]: their groups, and what each slot but the count of rows adds. True
    /// when a group saw its first row.
    pub fn add(&mut self, groups: &[u32], inputs: &[&Block]) -> bool {
        macro_rules! widths {
            ($(($width:literal, $($integers:literal)*))*) => {
                match (self.width, self.integers) {
                    $($(($width, $integers) => add::<$width, $integers>(&mut self.words, groups, inputs),)*)*
                    _ => false,
                }
            };
        }
        widths!((1, 1)(2, 1 2)(3, 1 2 3)(4, 1 2 3 4)(5, 1 2 3 4 5)(6, 1 2 3 4 5 6)(7, 1 2 3 4 5 6 7)(8, 1 2 3 4 5 6 7 8))
    }
}

/// Where a group follows itself so many times as often as it does not, it is kept in registers meanwhile.
const RUN_ROWS: usize = 4;

/// Rows whose loop is written out.
const STEP_ROWS: usize = 4;

fn add<const WIDTH: usize, const INTEGERS: usize>(
    words: &mut [u64],
    groups: &[u32],
    inputs: &[&Block],
) -> bool {
    let (states, _) = words.as_chunks_mut::<WIDTH>();
    // The count of rows has no input; what stands in its place is not looked at.
    static NOTHING: Block = [0; BLOCK_ROWS];
    let inputs: [&Block; WIDTH] = std::array::from_fn(|slot| {
        slot.checked_sub(1).and_then(|at| inputs.get(at)).copied().unwrap_or(&NOTHING)
    });
    // The highest bit of what `or` gathers is set once a count was 0: no other count less one has it.
    let plus = |state: &mut [u64; WIDTH], row: usize, or: &mut u64| {
        *or |= state[0].wrapping_sub(1);
        state[0] += 1;
        for slot in 1..INTEGERS {
            state[slot] = state[slot].wrapping_add(inputs[slot][row]);
        }
        for slot in INTEGERS..WIDTH {
            state[slot] = (f64::from_bits(state[slot]) + f64::from_bits(inputs[slot][row])).to_bits();
        }
    };
    let mut or = 0;
    let groups = &groups[..groups.len().min(BLOCK_ROWS)];
    if changes(groups) as usize * RUN_ROWS < groups.len() {
        let mut row = 0;
        while row < groups.len() {
            let group = groups[row];
            let end = row + groups[row..].iter().take_while(|other| **other == group).count();
            let mut state = states[group as usize];
            for row in row..end.min(BLOCK_ROWS) {
                plus(&mut state, row, &mut or);
            }
            states[group as usize] = state;
            row = end;
        }
    } else if let Some(groups) = groups.first_chunk::<BLOCK_ROWS>() {
        for start in (0..BLOCK_ROWS).step_by(STEP_ROWS) {
            for row in start..start + STEP_ROWS {
                plus(&mut states[groups[row] as usize], row, &mut or);
            }
        }
    } else {
        for (row, group) in groups.iter().enumerate().take(BLOCK_ROWS) {
            plus(&mut states[*group as usize], row, &mut or);
        }
    }
    or >> 63 == 1
}

vectorised! {
    /// How often a group does not follow itself.
    fn changes(groups: &[u32]) -> u32 {
        let later = groups.get(1..).unwrap_or(&[]);
        groups.iter().zip(later).map(|(group, next)| u32::from(group != next)).sum()
    }
}

/// The rows of a block in which a group stands that was not `seen`, each such group once; it is then.
pub fn first_rows(groups: &[u32], seen: &mut [bool], mut first: impl FnMut(u32, usize)) {
    for (row, group) in groups.iter().enumerate() {
        if let Some(seen) = seen.get_mut(*group as usize)
            && !*seen
        {
            *seen = true;
            first(*group, row);
        }
    }
}
