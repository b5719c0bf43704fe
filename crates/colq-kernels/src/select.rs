//! From bits to positions, and from positions to the rows there.

use crate::Error;
use crate::processor::vectorised;
use colq_column::{Bitmap, Buffer, Column, View};

#[cfg(test)]
mod tests;

/// For each byte, the positions of its one bits, ascending; the places after them are 0.
const POSITIONS_IN_BYTE: [[u8; 8]; 256] = {
    let mut table = [[0u8; 8]; 256];
    let mut byte = 0;
    while byte < 256 {
        let (mut bit, mut next) = (0, 0);
        while bit < 8 {
            if byte >> bit & 1 == 1 {
                table[byte][next] = bit as u8;
                next += 1;
            }
            bit += 1;
        }
        byte += 1;
    }
    table
};

vectorised! {
    /// Law: `out` = the positions of the one bits, ascending.
    pub fn positions(bits: &Bitmap, out: &mut Vec<u32>) {
        out.clear();
        // Eight places are written for each byte, however many of them count, so leave room for the last.
        out.resize(bits.count_ones() + 8, 0);
        let mut next = 0;
        for (index, word) in bits.words().iter().enumerate() {
            if *word == 0 {
                continue;
            }
            for (at, byte) in word.to_le_bytes().into_iter().enumerate() {
                let first = (index * 64 + at * 8) as u32;
                if let Some(places) = out.get_mut(next..next + 8) {
                    for (place, bit) in places.iter_mut().zip(POSITIONS_IN_BYTE[usize::from(byte)]) {
                        *place = first + u32::from(bit);
                    }
                }
                next += byte.count_ones() as usize;
            }
        }
        out.truncate(next);
    }
}

/// Law: row `i` of the answer = row `positions[i]` of the view, NULL or not. Positions may repeat and come in
/// any order. A text column keeps its dictionary.
///
/// # Errors
/// [`Error::PositionPastEnd`] for a position past the last row.
pub fn gather(view: &View<'_>, positions: &[u32]) -> Result<Column, Error> {
    let row_count = view.len();
    let position = greatest(positions);
    if position as usize >= row_count && !positions.is_empty() {
        return Err(Error::PositionPastEnd { position, row_count });
    }
    let validity = view.validity.map(|valid| bits_at(valid, positions));
    Ok(Column {
        data_type: view.data_type,
        values: Buffer::gather(view.values, positions),
        validity: None,
        dictionary: view.dictionary.cloned(),
    }
    .with_validity(validity))
}

vectorised! {
    /// Law: the greatest position; 0 where there is none.
    fn greatest(positions: &[u32]) -> u32 {
        let mut greatest = 0;
        for position in positions {
            // `max` is a call where a function is compiled for other processors than the crate.
            if *position > greatest {
                greatest = *position;
            }
        }
        greatest
    }
}

/// The bits at these positions.
fn bits_at(bits: &Bitmap, positions: &[u32]) -> Bitmap {
    let words = bits.words();
    let word = |positions: &[u32]| {
        let bit = |at: u32| words[at as usize / 64] >> (at % 64) & 1;
        positions.iter().enumerate().fold(0, |word, (place, at)| word | bit(*at) << place)
    };
    Bitmap::from_words(positions.chunks(64).map(word).collect(), positions.len())
}

/// Law: the rows whose bit is one, in their order. Bits past the view's end are not looked at.
pub fn filter(view: &View<'_>, bits: &Bitmap) -> Column {
    let mut chosen = Vec::new();
    positions(bits, &mut chosen);
    while chosen.last().is_some_and(|last| *last as usize >= view.len()) {
        chosen.pop();
    }
    let validity = view.validity.map(|valid| bits_at(valid, &chosen));
    Column {
        data_type: view.data_type,
        values: Buffer::gather(view.values, &chosen),
        validity: None,
        dictionary: view.dictionary.cloned(),
    }
    .with_validity(validity)
}
