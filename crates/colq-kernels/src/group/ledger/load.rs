//! The values of a column in the rows of a block, as a slot of a ledger takes them.
//!
//! All values are taken first, whatever is valid; then the NULLs among them, 64 at a time, become what adds nothing.

use super::{BLOCK_ROWS, Block};
use crate::group::accumulator::bits;
use crate::group::part::{Part, ValidWords};
use crate::order::{float_word, signed_word};
use crate::processor::vectorised;
use colq_column::{Bitmap, Values, View, dispatch};
use colq_types::{Native, Physical};

/// The values of whole numbers of at most 64 bits, NULL as 0. `count` rows are loaded; where `room` is not needed the
/// block lies in the column itself.
pub fn load_integers<'a>(view: &View<'a>, part: Part<'_>, count: usize, room: &'a mut Block) -> &'a Block {
    if let (Values::I64(values), None, Part::From(start)) = (view.values, view.validity, part)
        && let Some(block) = whole_block(bytemuck::cast_slice(values), start)
    {
        return block;
    }
    let rows = &mut room[..count.min(BLOCK_ROWS)];
    fill_integers(view, part, rows);
    if let Some(validity) = view.validity {
        keep(rows, &part.valid_words(validity, rows.len()), 0);
    }
    room
}

/// The integers of the rows, whatever is valid.
fn fill_integers(view: &View<'_>, part: Part<'_>, rows: &mut [u64]) {
    dispatch!(view.values,
        bool v => match part {
            Part::From(start) => integers(&v[start..], rows),
            Part::At(positions) => integers_at(v, positions, rows),
        },
        native v => match part {
            Part::From(start) => integers(&v[start..], rows),
            Part::At(positions) => integers_at(v, positions, rows),
        },
        vector _v => ());
}

/// The values as f64, NULL as -0.0. The rest as for [`load_integers`].
pub fn load_floats<'a>(view: &View<'a>, part: Part<'_>, count: usize, room: &'a mut Block) -> &'a Block {
    if let (Values::F64(values), None, Part::From(start)) = (view.values, view.validity, part)
        && let Some(block) = whole_block(bytemuck::cast_slice(values), start)
    {
        return block;
    }
    let rows = &mut room[..count.min(BLOCK_ROWS)];
    fill_floats(view, part, rows);
    if let Some(validity) = view.validity {
        keep(rows, &part.valid_words(validity, rows.len()), (-0.0_f64).to_bits());
    }
    room
}

/// The floats of the rows, whatever is valid.
fn fill_floats(view: &View<'_>, part: Part<'_>, rows: &mut [u64]) {
    dispatch!(view.values,
        bool _v => (),
        native v => match part {
            Part::From(start) => floats(&v[start..], rows),
            Part::At(positions) => floats_at(v, positions, rows),
        },
        vector _v => ());
}

/// The values as f64, those of which the smallest is wanted with their signs turned, so that the largest is; NULL as -inf.
/// The rest as for [`load_integers`].
pub fn load_extremes<'a>(
    view: &View<'a>,
    part: Part<'_>,
    count: usize,
    largest: bool,
    room: &'a mut Block,
) -> &'a Block {
    if largest && view.validity.is_none() {
        return load_floats(view, part, count, room);
    }
    let rows = &mut room[..count.min(BLOCK_ROWS)];
    fill_floats(view, part, rows);
    if !largest {
        flip_bits(rows, (-0.0_f64).to_bits());
    }
    if let Some(validity) = view.validity {
        keep(rows, &part.valid_words(validity, rows.len()), f64::NEG_INFINITY.to_bits());
    }
    room
}

/// The values as [words in their order](crate::float_word), so that the largest word is that of the largest value, or
/// of the smallest one; NULL as 0, below which there is nothing. The values have no more than 64 bits and are no texts.
pub fn load_words<'a>(
    view: &View<'a>,
    part: Part<'_>,
    count: usize,
    largest: bool,
    room: &'a mut Block,
) -> &'a Block {
    fill_words(view, part, count, largest, room);
    let rows = &mut room[..count.min(BLOCK_ROWS)];
    if let Some(validity) = view.validity {
        keep(rows, &part.valid_words(validity, rows.len()), 0);
    }
    room
}

/// The words of the rows, whatever is valid.
fn fill_words(view: &View<'_>, part: Part<'_>, count: usize, largest: bool, room: &mut Block) {
    let rows = &mut room[..count.min(BLOCK_ROWS)];
    let flip = if largest { 0 } else { u64::MAX };
    match (view.values.physical(), view.values, part) {
        // Here the words are made while the column comes from memory.
        (_, Values::F64(values), Part::From(start)) => float_words_of(&values[start..], rows, flip),
        (_, Values::F32(values), Part::From(start)) => float_words_of(&values[start..], rows, flip),
        (Physical::F16 | Physical::Bf16 | Physical::F32 | Physical::F64, ..) => {
            fill_floats(view, part, rows);
            float_words(rows, flip);
        }
        (Physical::I8 | Physical::I16 | Physical::I32 | Physical::I64, ..) => {
            fill_integers(view, part, rows);
            flip_bits(rows, signed_word(0) ^ flip);
        }
        _ => {
            fill_integers(view, part, rows);
            flip_bits(rows, flip);
        }
    }
}

/// The same one higher where the largest is wanted, so that whatever is not NULL is above 0; NULL also where `other` is. No
/// value may be the largest of a type of 64 bits.
pub fn load_picking_words<'a>(
    view: &View<'a>,
    other: Option<&Bitmap>,
    part: Part<'_>,
    count: usize,
    largest: bool,
    room: &'a mut Block,
) -> &'a Block {
    fill_words(view, part, count, largest, room);
    let rows = &mut room[..count.min(BLOCK_ROWS)];
    if largest {
        add_one(rows);
    }
    for validity in [view.validity, other].into_iter().flatten() {
        keep(rows, &part.valid_words(validity, rows.len()), 0);
    }
    room
}

/// Words by which the last of the rows is picked, or the first, the rows counted from `first_row`: never 0, but for rows
/// where a `condition` is not true.
pub fn load_row_words<'a>(
    first_row: u64,
    condition: Option<&View<'_>>,
    part: Part<'_>,
    count: usize,
    last: bool,
    room: &'a mut Block,
) -> &'a Block {
    let rows = &mut room[..count.min(BLOCK_ROWS)];
    // Row numbers are far from the ends of 64 bits.
    let first = first_row + 1;
    let flip = if last { 0 } else { u64::MAX };
    match part {
        Part::From(start) => rows_from(first + start as u64, rows, flip),
        Part::At(positions) => rows_at(first, positions, rows, flip),
    }
    if let Some(condition) = condition {
        let Values::Bool(truths) = condition.values else {
            rows.fill(0);
            return room;
        };
        match part {
            Part::From(start) => {
                rows.iter_mut().zip(&truths[start..]).for_each(|(row, is)| *row *= u64::from(*is != 0))
            }
            Part::At(at) => {
                rows.iter_mut().zip(at).for_each(|(row, at)| *row *= u64::from(truths[*at as usize] != 0))
            }
        }
        if let Some(validity) = condition.validity {
            keep(rows, &part.valid_words(validity, rows.len()), 0);
        }
    }
    room
}

/// The bits of values of at most 64 bits, true as 1, whatever is valid. The rest as for [`load_integers`].
pub fn load_bits<'a>(view: &View<'a>, part: Part<'_>, count: usize, room: &'a mut Block) -> &'a Block {
    let words: Option<&[u64]> = match view.values {
        Values::I64(values) => Some(bytemuck::cast_slice(values)),
        Values::F64(values) => Some(bytemuck::cast_slice(values)),
        Values::U64(values) => Some(values),
        _ => None,
    };
    if let (Some(words), Part::From(start)) = (words, part)
        && let Some(block) = whole_block(words, start)
    {
        return block;
    }
    let rows = &mut room[..count.min(BLOCK_ROWS)];
    dispatch!(view.values,
        bool v => match part {
            Part::From(start) => rows.iter_mut().zip(&v[start..]).for_each(|(row, is)| *row = u64::from(*is != 0)),
            Part::At(at) => rows.iter_mut().zip(at).for_each(|(row, at)| *row = u64::from(v[*at as usize] != 0)),
        },
        native v => match part {
            Part::From(start) => bits_of(&v[start..], rows),
            Part::At(positions) => bits_at(v, positions, rows),
        },
        vector _v => ());
    room
}

/// 1 for each row that is not NULL, 0 for the others.
pub fn load_validity<'a>(
    validity: Option<&Bitmap>,
    part: Part<'_>,
    count: usize,
    room: &'a mut Block,
) -> &'a Block {
    let rows = &mut room[..count.min(BLOCK_ROWS)];
    rows.fill(1);
    if let Some(validity) = validity {
        keep(rows, &part.valid_words(validity, rows.len()), 0);
    }
    room
}

/// Groups that [`divert`] shares rows out to: adding to one of them need not wait for the row before.
pub const DIVERTED_GROUPS: usize = 8;

/// Gives the rows of a block that are not in `rows`, which begin at bit `start`, to the groups from `others` on.
pub fn divert(groups: &mut [u32], rows: &Bitmap, start: usize, others: u32) {
    divert_words(groups, &Part::From(start).valid_words(rows, groups.len()), others);
}

vectorised! {
    /// Law: `to[i]` = `from[places[i] % BLOCK_ROWS]`: the rows of a block that are kept, in their order.
    pub fn keep_places<T: Copy>(from: &[T; BLOCK_ROWS], places: &[u32], to: &mut [T]) {
        for (to, at) in to.iter_mut().zip(places) {
            *to = from[*at as usize % BLOCK_ROWS];
        }
    }
}

fn whole_block(words: &[u64], start: usize) -> Option<&Block> {
    words.get(start..)?.first_chunk()
}

vectorised! {
    fn integers<T: Native>(values: &[T], rows: &mut [u64]) {
        rows.iter_mut().zip(values).for_each(|(row, value)| *row = value.to_i128() as u64);
    }
}

vectorised! {
    fn floats<T: Native>(values: &[T], rows: &mut [u64]) {
        rows.iter_mut().zip(values).for_each(|(row, value)| *row = value.to_f64().to_bits());
    }
}

vectorised! {
    fn float_words_of<T: Native>(values: &[T], rows: &mut [u64], flip: u64) {
        rows.iter_mut().zip(values).for_each(|(row, value)| *row = float_word(value.to_f64()) ^ flip);
    }
}

vectorised! {
    fn float_words(rows: &mut [u64], flip: u64) {
        rows.iter_mut().for_each(|row| *row = float_word(f64::from_bits(*row)) ^ flip);
    }
}

vectorised! {
    fn flip_bits(rows: &mut [u64], flip: u64) {
        rows.iter_mut().for_each(|row| *row ^= flip);
    }
}

vectorised! {
    fn add_one(rows: &mut [u64]) {
        rows.iter_mut().for_each(|row| *row = row.wrapping_add(1));
    }
}

vectorised! {
    fn rows_from(first: u64, rows: &mut [u64], flip: u64) {
        for (at, row) in rows.iter_mut().enumerate() {
            *row = (first + at as u64) ^ flip;
        }
    }
}

vectorised! {
    fn rows_at(first: u64, positions: &[u32], rows: &mut [u64], flip: u64) {
        for (row, at) in rows.iter_mut().zip(positions) {
            *row = (first + u64::from(*at)) ^ flip;
        }
    }
}

vectorised! {
    fn bits_of<T: bytemuck::Pod>(values: &[T], rows: &mut [u64]) {
        rows.iter_mut().zip(values).for_each(|(row, value)| *row = bits(value));
    }
}

fn bits_at<T: bytemuck::Pod>(values: &[T], positions: &[u32], rows: &mut [u64]) {
    rows.iter_mut().zip(positions).for_each(|(row, at)| *row = bits(&values[*at as usize]));
}

fn integers_at<T: Native>(values: &[T], positions: &[u32], rows: &mut [u64]) {
    rows.iter_mut().zip(positions).for_each(|(row, at)| *row = values[*at as usize].to_i128() as u64);
}

fn floats_at<T: Native>(values: &[T], positions: &[u32], rows: &mut [u64]) {
    rows.iter_mut().zip(positions).for_each(|(row, at)| *row = values[*at as usize].to_f64().to_bits());
}

vectorised! {
    /// Leaves the rows whose bit is set, and makes the others `none`.
    fn keep(rows: &mut [u64], valid: &ValidWords, none: u64) {
        for (rows, word) in rows.chunks_mut(64).zip(valid) {
            for (bit, row) in rows.iter_mut().enumerate() {
                let mask = 0_u64.wrapping_sub(word >> bit & 1);
                *row = *row & mask | none & !mask;
            }
        }
    }
}

vectorised! {
    fn divert_words(groups: &mut [u32], rows: &ValidWords, others: u32) {
        for (groups, word) in groups.chunks_mut(64).zip(rows) {
            for (bit, group) in groups.iter_mut().enumerate() {
                let other = others + (bit % DIVERTED_GROUPS) as u32;
                *group = if word >> bit & 1 == 1 { *group } else { other };
            }
        }
    }
}
