//! The values of a column in the rows of a block, as a slot of a ledger takes them.

use super::{BLOCK_ROWS, Block};
use crate::group::part::Part;
use crate::processor::vectorised;
use colq_column::{Bitmap, Values, View, dispatch};
use colq_types::Native;

/// The values of whole numbers of at most 64 bits, NULL as 0. `count` rows are loaded; where `room` is not needed the
/// block lies in the column itself.
pub fn load_integers<'a>(view: &View<'a>, part: Part<'_>, count: usize, room: &'a mut Block) -> &'a Block {
    if let (Values::I64(values), None, Part::From(start)) = (view.values, view.validity, part)
        && let Some(block) = whole_block(bytemuck::cast_slice(values), start)
    {
        return block;
    }
    dispatch!(view.values,
        bool v => load(v, view.validity, part, count, room, 0, |value| u64::from(value != 0)),
        native v => load(v, view.validity, part, count, room, 0, |value| value.to_i128() as u64),
        vector _v => ());
    room
}

/// The values as f64, NULL as -0.0. The rest as for [`load_integers`].
pub fn load_floats<'a>(view: &View<'a>, part: Part<'_>, count: usize, room: &'a mut Block) -> &'a Block {
    if let (Values::F64(values), None, Part::From(start)) = (view.values, view.validity, part)
        && let Some(block) = whole_block(bytemuck::cast_slice(values), start)
    {
        return block;
    }
    const NONE: u64 = (-0.0_f64).to_bits();
    if let (Values::F32(values), None, Part::From(start)) = (view.values, view.validity, part)
        && let Some(values) = values.get(start..start + count)
    {
        widen(values, room);
        return room;
    }
    dispatch!(view.values,
        bool _v => (),
        native v => load(v, view.validity, part, count, room, NONE, |value| value.to_f64().to_bits()),
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
    let room_rows = &mut room[..count.min(BLOCK_ROWS)];
    let Some(validity) = validity else {
        room_rows.fill(1);
        return room;
    };
    match part {
        Part::From(start) => room_rows
            .iter_mut()
            .enumerate()
            .for_each(|(row, word)| *word = u64::from(validity.get(start + row))),
        Part::At(positions) => room_rows
            .iter_mut()
            .zip(positions)
            .for_each(|(word, at)| *word = u64::from(validity.get(*at as usize))),
    }
    room
}

fn whole_block(words: &[u64], start: usize) -> Option<&Block> {
    words.get(start..)?.first_chunk()
}

vectorised! {
    fn widen(values: &[f32], room: &mut Block) {
        room.iter_mut().zip(values).for_each(|(word, value)| *word = f64::from(*value).to_bits());
    }
}

#[inline(always)]
fn load<T: Native>(
    values: &[T],
    validity: Option<&Bitmap>,
    part: Part<'_>,
    count: usize,
    room: &mut Block,
    none: u64,
    word_of: impl Fn(T) -> u64,
) {
    let rows = &mut room[..count.min(BLOCK_ROWS)];
    match (part, validity) {
        (Part::From(start), None) => {
            rows.iter_mut().zip(&values[start..]).for_each(|(word, value)| *word = word_of(*value));
        }
        (Part::From(start), Some(validity)) => {
            rows.iter_mut().zip(&values[start..]).enumerate().for_each(|(row, (word, value))| {
                *word = if validity.get(start + row) { word_of(*value) } else { none };
            });
        }
        (Part::At(positions), None) => {
            rows.iter_mut().zip(positions).for_each(|(word, at)| *word = word_of(values[*at as usize]));
        }
        (Part::At(positions), Some(validity)) => rows.iter_mut().zip(positions).for_each(|(word, at)| {
            *word = if validity.get(*at as usize) { word_of(values[*at as usize]) } else { none };
        }),
    }
}
