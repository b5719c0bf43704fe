//! An expression of several operations, a tile of rows at a time: what is written down between two operations stays in the
//! near caches, and a column that is used twice comes from memory once.

use super::update::{Computed, Sides, TILE};
use super::{Float, Operand, Step, Word};
use crate::aggregate::{add_floats, sum_integers};
use colq_column::{Bitmap, Lanes, Values};
use std::ops::Range;

/// An expression over columns of as many rows each.
#[derive(Debug, Clone)]
pub enum Fused<'a, T> {
    /// A column of this type, or of one that is widened to it without a check.
    Column(Values<'a>),
    /// The same value for every row.
    Constant(T),
    /// An operation of two expressions.
    Both(Step, Box<Fused<'a, T>>, Box<Fused<'a, T>>),
}

/// Law: `out[i]` is the expression of row `i`, of `len` rows. True where that is in doubt: a row failed or may have, in a row
/// that counts or another, or a column has another layout or length. Then `out` means nothing, and the operations have to be
/// done one by one, each with its check.
#[must_use]
pub fn fused<T: Computed>(expression: &Fused<'_, T>, len: usize, out: &mut Vec<T>) -> bool {
    // One operation has nothing to write down in between.
    if let Fused::Both(step, left, right) = expression
        && let (Some(left), Some(right)) = (left.plain(&(0..len)), right.plain(&(0..len)))
    {
        out.resize(len, T::default());
        return T::compute(*step, Sides::Into(left, right, out));
    }
    out.clear();
    out.reserve(len);
    expression.go_through(len, None, |tile, _| out.extend_from_slice(tile))
}

/// Law: `lanes` go on with the values that [`fused`] has for the selected rows, as
/// [`add_floats`](crate::add_floats) adds them; `None` means all `len` rows. True where a value is in doubt, and then `lanes` mean
/// nothing.
#[must_use]
pub fn add_fused<T: Float>(
    expression: &Fused<'_, T>,
    len: usize,
    selected: Option<&Bitmap>,
    lanes: &mut Lanes,
) -> bool {
    expression.go_through(len, selected, |tile, selected| add_floats(tile, selected, lanes))
}

/// Law: the exact sum of the values that [`fused`] has for the selected rows, `None` meaning all `len`; no sum where a value is
/// in doubt.
#[must_use]
pub fn sum_fused<T: Word>(expression: &Fused<'_, T>, len: usize, selected: Option<&Bitmap>) -> Option<i128> {
    let mut sum = 0;
    let in_doubt = expression.go_through(len, selected, |tile, selected| {
        sum += sum_integers(tile, selected);
    });
    (!in_doubt).then_some(sum)
}

impl<T: Computed> Fused<'_, T> {
    /// Hands on the values of `len` rows a tile at a time, with the rows of it that are selected; tiles without such rows are
    /// left out. True, and not to the end, where values are in doubt.
    fn go_through(
        &self,
        len: usize,
        selected: Option<&Bitmap>,
        mut each: impl FnMut(&[T], Option<&Bitmap>),
    ) -> bool {
        let mut tiles = vec![[T::default(); TILE]; self.tile_count()];
        let Some((tile, spare)) = tiles.split_first_mut() else { return true };
        for start in (0..len).step_by(TILE) {
            let tile = &mut tile[..TILE.min(len - start)];
            let selected = selected.map(|selected| selected.slice(start, tile.len()));
            if selected.as_ref().is_some_and(|selected| selected.count_ones() == 0) {
                continue;
            }
            if self.fill(start, tile, spare) {
                return true;
            }
            each(tile, selected.as_ref());
        }
        false
    }

    /// Tiles that are held at the same time.
    fn tile_count(&self) -> usize {
        match self {
            Fused::Both(_, left, right) if right.plain(&(0..0)).is_some() => left.tile_count(),
            Fused::Both(_, left, right) if left.plain(&(0..0)).is_some() => right.tile_count(),
            Fused::Both(_, left, right) => left.tile_count().max(1 + right.tile_count()),
            _ => 1,
        }
    }

    /// These rows of what need not be computed.
    fn plain(&self, rows: &Range<usize>) -> Option<Operand<'_, T>> {
        match self {
            Fused::Constant(value) => Some(Operand::Scalar(*value)),
            Fused::Column(values) => values.as_slice::<T>()?.get(rows.clone()).map(Operand::Slice),
            Fused::Both(..) => None,
        }
    }

    /// Fills a tile with the rows from `start` on; true where they are in doubt.
    fn fill(&self, start: usize, tile: &mut [T], spare: &mut [[T; TILE]]) -> bool {
        match self {
            Fused::Constant(value) => {
                tile.fill(*value);
                false
            }
            Fused::Column(values) => {
                let is_there = start + tile.len() <= values.len();
                !is_there || !T::load(values.slice(start, tile.len()), tile)
            }
            Fused::Both(step, left, right) => {
                let rows = start..start + tile.len();
                match (left.plain(&rows), right.plain(&rows)) {
                    (Some(left), Some(right)) => T::compute(*step, Sides::Into(left, right, tile)),
                    (None, Some(right)) => {
                        left.fill(start, tile, spare) || T::compute(*step, Sides::OverLeft(tile, right))
                    }
                    (Some(left), None) => {
                        right.fill(start, tile, spare) || T::compute(*step, Sides::OverRight(left, tile))
                    }
                    (None, None) => {
                        // The left side is done before there is anything to keep of the right one, and may use all the room.
                        if left.fill(start, tile, spare) {
                            return true;
                        }
                        let Some((other, rest)) = spare.split_first_mut() else { return true };
                        let other = &mut other[..tile.len()];
                        right.fill(start, other, rest)
                            || T::compute(*step, Sides::OverLeft(tile, Operand::Slice(other)))
                    }
                }
            }
        }
    }
}
