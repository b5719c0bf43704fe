//! Counts and sums of groups whose numbers are small: all that is kept of a group lies side by side, and a row is added
//! to all of it at once.
//!
//! Law: slot 0 of a group counts its rows; the integer slots behind it add up wrapping in 64 bits; the float slots behind
//! those add values in row order, from -0.0; the slots behind these hold the largest float, from -inf. Naive twin: a loop
//! over rows for each slot. Whoever uses integer slots knows that the sums fit, and who looks for the largest that no value
//! is NaN; a NULL adds 0, or -0.0 to floats, which changes nothing, and is -inf where the largest is wanted.

mod arg_maxima;
mod load;
mod maxima;
#[cfg(test)]
mod tests;

pub use arg_maxima::{ArgMaxima, MOST_ARG_MAXIMA};
pub use load::{
    DIVERTED_GROUPS, divert, keep_places, load_bits, load_extremes, load_floats, load_integers,
    load_picking_words, load_row_words, load_validity, load_words,
};
pub use maxima::{MOST_MAXIMA, Maxima};

use crate::processor::vectorised;

/// Rows in a block: the inputs of a few slots stay in the first-level cache.
pub const BLOCK_ROWS: usize = 1024;

/// What one slot adds in the rows of a block: integers, or floats as bits.
pub type Block = [u64; BLOCK_ROWS];

/// The most slots a ledger has.
pub const MOST_SLOTS: usize = 8;

/// The most slots of a ledger that hold the largest float.
pub const MOST_LARGEST: usize = 2;

/// The slots of all groups.
#[derive(Debug, Clone)]
pub struct Ledger {
    /// Group by group.
    words: Vec<u64>,
    width: usize,
    /// Slots that are integers, the count of rows among them.
    integers: usize,
    /// Slots that add up: those behind them hold the largest.
    sums: usize,
}

impl Ledger {
    /// Groups that have seen nothing, with so many integer slots besides the count of rows, so many that add floats, and so
    /// many that hold the largest. `None` where that is more than [`MOST_SLOTS`] together, or [`MOST_LARGEST`].
    pub fn new(groups: usize, integers: usize, floats: usize, largest: usize) -> Option<Ledger> {
        let (integers, sums) = (1 + integers, 1 + integers + floats);
        let width = sums + largest;
        if width > MOST_SLOTS || largest > MOST_LARGEST {
            return None;
        }
        let mut ledger = Ledger { words: vec![0; groups * width], width, integers, sums };
        ledger.clear();
        Some(ledger)
    }

    /// Forgets all rows.
    pub fn clear(&mut self) {
        let (width, integers, sums) = (self.width, self.integers, self.sums);
        for group in self.words.chunks_exact_mut(width) {
            for (slot, word) in group.iter_mut().enumerate() {
                *word = match slot {
                    _ if slot < integers => 0,
                    _ if slot < sums => (-0.0_f64).to_bits(),
                    _ => f64::NEG_INFINITY.to_bits(),
                };
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
            ($(($width:literal $integers:literal $sums:literal))*) => {
                match (self.width, self.integers, self.sums) {
                    $(($width, $integers, $sums) => {
                        add::<$width, $integers, $sums>(&mut self.words, groups, inputs)
                    })*
                    _ => false,
                }
            };
        }
        // All slots, those that are integers, those that add up.
        widths!(
            (1 1 1)(2 1 1)(2 1 2)(2 2 2)(3 1 1)(3 1 2)(3 2 2)(3 1 3)(3 2 3)(3 3 3)(4 1 2)(4 2 2)
            (4 1 3)(4 2 3)(4 3 3)(4 1 4)(4 2 4)(4 3 4)(4 4 4)(5 1 3)(5 2 3)(5 3 3)(5 1 4)(5 2 4)
            (5 3 4)(5 4 4)(5 1 5)(5 2 5)(5 3 5)(5 4 5)(5 5 5)(6 1 4)(6 2 4)(6 3 4)(6 4 4)(6 1 5)
            (6 2 5)(6 3 5)(6 4 5)(6 5 5)(6 1 6)(6 2 6)(6 3 6)(6 4 6)(6 5 6)(6 6 6)(7 1 5)(7 2 5)
            (7 3 5)(7 4 5)(7 5 5)(7 1 6)(7 2 6)(7 3 6)(7 4 6)(7 5 6)(7 6 6)(7 1 7)(7 2 7)(7 3 7)
            (7 4 7)(7 5 7)(7 6 7)(7 7 7)(8 1 6)(8 2 6)(8 3 6)(8 4 6)(8 5 6)(8 6 6)(8 1 7)(8 2 7)
            (8 3 7)(8 4 7)(8 5 7)(8 6 7)(8 7 7)(8 1 8)(8 2 8)(8 3 8)(8 4 8)(8 5 8)(8 6 8)(8 7 8)
            (8 8 8)
        )
    }
}

/// Where a group follows itself so many times as often as it does not, it is kept in registers meanwhile.
const RUN_ROWS: usize = 4;

/// Rows whose loop is written out.
const STEP_ROWS: usize = 4;

fn add<const WIDTH: usize, const INTEGERS: usize, const SUMS: usize>(
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
        for slot in INTEGERS..SUMS {
            state[slot] = (f64::from_bits(state[slot]) + f64::from_bits(inputs[slot][row])).to_bits();
        }
        for slot in SUMS..WIDTH {
            let (largest, value) = (f64::from_bits(state[slot]), f64::from_bits(inputs[slot][row]));
            state[slot] = (if value > largest { value } else { largest }).to_bits();
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
