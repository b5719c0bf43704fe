//! Which rows go to which groups, and the one loop over them that every state shares.

use colq_column::Bitmap;

/// The rows to add: a group number each and, where not all rows of the views are meant, their positions.
#[derive(Debug, Clone, Copy)]
pub struct Rows<'a> {
    /// The group of each row.
    pub groups: &'a [u32],
    /// The position of each row in the views; without, rows are at 0, 1, 2 and so on.
    pub positions: Option<&'a [u32]>,
}

/// Runs `each` with the group and the position of every row that is not NULL, in row order.
#[inline(always)]
pub(super) fn each_valid(rows: Rows<'_>, validity: Option<&Bitmap>, mut each: impl FnMut(usize, usize)) {
    match (rows.positions, validity) {
        (None, None) => rows.groups.iter().enumerate().for_each(|(at, group)| each(*group as usize, at)),
        (Some(positions), None) => {
            rows.groups.iter().zip(positions).for_each(|(group, at)| each(*group as usize, *at as usize));
        }
        (None, Some(validity)) => {
            for (number, groups) in rows.groups.chunks(64).enumerate() {
                let mut word = valid_word(validity, number, groups.len());
                if word == u64::MAX {
                    groups.iter().zip(number * 64..).for_each(|(group, at)| each(*group as usize, at));
                    continue;
                }
                while word != 0 {
                    let bit = word.trailing_zeros() as usize;
                    word &= word - 1;
                    each(groups[bit] as usize, number * 64 + bit);
                }
            }
        }
        (Some(positions), Some(validity)) => rows.groups.iter().zip(positions).for_each(|(group, at)| {
            if validity.get(*at as usize) {
                each(*group as usize, *at as usize);
            }
        }),
    }
}

/// The bits of so many rows from the one that begins a word.
#[inline(always)]
fn valid_word(validity: &Bitmap, number: usize, count: usize) -> u64 {
    let word = validity.words().get(number).copied().unwrap_or(0);
    if count < 64 { word & ((1 << count) - 1) } else { word }
}

/// The bit of one row.
#[inline(always)]
fn valid_bit(validity: &Bitmap, at: u32) -> u64 {
    validity.words().get(at as usize / 64).map_or(0, |word| word >> (at % 64) & 1)
}

/// The bits of the rows at these positions, 64 at most.
#[inline(always)]
fn valid_word_at(validity: &Bitmap, positions: &[u32]) -> u64 {
    positions.iter().rev().fold(0, |word, at| word << 1 | valid_bit(validity, *at))
}

/// Runs `each` with the group and the position of every row that is not NULL and that `may` lets through, in row order. What
/// `may` says of 64 rows it says before `each` sees the first of them: it lets through what might matter, which is little, and
/// `each` looks again.
#[inline(always)]
pub(super) fn each_candidate<S: ?Sized>(
    state: &mut S,
    rows: Rows<'_>,
    validity: Option<&Bitmap>,
    may: impl Fn(&S, usize, usize) -> bool,
    mut each: impl FnMut(&mut S, usize, usize),
) {
    for (number, groups) in rows.groups.chunks(64).enumerate() {
        let first = number * 64;
        let positions = rows.positions.map(|positions| &positions[first..first + groups.len()]);
        let at = |bit: usize| positions.map_or(first + bit, |positions| positions[bit] as usize);
        let mut word = 0;
        for (bit, group) in groups.iter().enumerate() {
            word |= u64::from(may(state, *group as usize, at(bit))) << bit;
        }
        if word == 0 {
            continue;
        }
        word &= match (validity, positions) {
            (None, _) => u64::MAX,
            (Some(validity), None) => valid_word(validity, number, groups.len()),
            (Some(validity), Some(positions)) => valid_word_at(validity, positions),
        };
        while word != 0 {
            let bit = word.trailing_zeros() as usize;
            word &= word - 1;
            each(state, groups[bit] as usize, at(bit));
        }
    }
}

/// Rows of which those that are not NULL are gathered before any is added.
const BLOCK_ROWS: usize = 1024;

/// Where a group follows itself so many times as often as it does not, its state is kept in registers meanwhile.
const RUN_ROWS: usize = 4;

/// Runs `add` with the state of the group and the position of every row that is not NULL, in row order. What is added to one
/// group many times in turn waits for no memory, and whether a row is NULL is nothing that has to be guessed.
#[inline(always)]
pub(super) fn each_state<S: Copy>(
    states: &mut [S],
    rows: Rows<'_>,
    validity: Option<&Bitmap>,
    add: impl Fn(&mut S, usize) + Copy,
) {
    let (mut gathered, mut places) = ([0; BLOCK_ROWS], [0; BLOCK_ROWS]);
    for (block, groups) in rows.groups.chunks(BLOCK_ROWS).enumerate() {
        let start = block * BLOCK_ROWS;
        let positions = rows.positions.map(|positions| &positions[start..start + groups.len()]);
        let Some(validity) = validity else {
            match positions {
                None => add_block(states, groups, |row| start + row, add),
                Some(positions) => add_block(states, groups, |row| positions[row] as usize, add),
            }
            continue;
        };
        // What is NULL is written over by the next.
        let mut count = 0;
        let mut take = |group: u32, at: u32, bit: u64| {
            gathered[count] = group;
            places[count] = at;
            count += bit as usize;
        };
        match positions {
            None => {
                for (number, groups) in groups.chunks(64).enumerate() {
                    let first = start + number * 64;
                    let word = valid_word(validity, first / 64, groups.len());
                    for (bit, group) in groups.iter().enumerate() {
                        take(*group, (first + bit) as u32, word >> bit & 1);
                    }
                }
            }
            Some(positions) => {
                groups
                    .iter()
                    .zip(positions)
                    .for_each(|(group, at)| take(*group, *at, valid_bit(validity, *at)));
            }
        }
        add_block(states, &gathered[..count], |row| places[row] as usize, add);
    }
}

/// The same for a block of rows, by where each of them is.
#[inline(always)]
fn add_block<S: Copy>(
    states: &mut [S],
    groups: &[u32],
    at: impl Fn(usize) -> usize,
    add: impl Fn(&mut S, usize),
) {
    let changes = groups.iter().zip(groups.get(1..).unwrap_or(&[])).map(|(a, b)| usize::from(a != b));
    if changes.sum::<usize>() * RUN_ROWS >= groups.len() {
        for (row, group) in groups.iter().enumerate() {
            add(&mut states[*group as usize], at(row));
        }
        return;
    }
    let mut row = 0;
    while row < groups.len() {
        let group = groups[row];
        let mut state = states[group as usize];
        while row < groups.len() && groups[row] == group {
            add(&mut state, at(row));
            row += 1;
        }
        states[group as usize] = state;
    }
}

/// The rows where both are not NULL; `None` for all.
pub(super) fn both_valid(left: Option<&Bitmap>, right: Option<&Bitmap>) -> Option<Bitmap> {
    match (left, right) {
        (Some(left), Some(right)) => {
            let mut both = left.clone();
            both.and_assign(right);
            Some(both)
        }
        (one, other) => one.or(other).cloned(),
    }
}
