//! One function of two sides for each row, in lanes.
//!
//! Law: `out[i] = each(left[i], right[i])`. What a function has to say of its values besides is gathered over all rows, bit by
//! bit, and looked at once: a branch in the loop would leave no lanes.

use super::Operand;
use crate::processor::vectorised;

/// What is gathered over rows.
pub(super) trait Gathered: Copy + Default {
    /// What either says.
    fn or(self, other: Self) -> Self;
}

impl Gathered for () {
    #[inline(always)]
    fn or(self, (): ()) {}
}

impl Gathered for [u64; 2] {
    #[inline(always)]
    fn or(self, other: [u64; 2]) -> [u64; 2] {
        [self[0] | other[0], self[1] | other[1]]
    }
}

/// Rows that are computed before they are put behind the others: the room for them stays in the nearest cache, and that of
/// all rows need not be filled with zeros first.
const TILE: usize = 512;

/// The values of `len` rows, or of the shortest slice.
pub(super) fn map_all<T: Copy + Default>(
    left: Operand<'_, T>,
    right: Operand<'_, T>,
    len: usize,
    out: &mut Vec<T>,
    each: impl Fn(T, T) -> T,
) {
    map(left, right, len, out, |l, r| (each(l, r), ()));
}

/// The same with what is gathered.
pub(super) fn map<T: Copy + Default, G: Gathered>(
    left: Operand<'_, T>,
    right: Operand<'_, T>,
    len: usize,
    out: &mut Vec<T>,
    each: impl Fn(T, T) -> (T, G),
) -> G {
    let len = len.min(left.row_limit()).min(right.row_limit());
    out.clear();
    out.reserve(len);
    let first = |values: &'_ [T]| values.len().min(len);
    match (left, right) {
        (Operand::Slice(left), Operand::Slice(right)) => {
            map_pairs(&left[..first(left)], &right[..first(right)], out, each)
        }
        (Operand::Slice(left), Operand::Scalar(right)) => {
            map_values(&left[..first(left)], out, |value| each(value, right))
        }
        (Operand::Scalar(left), Operand::Slice(right)) => {
            map_values(&right[..first(right)], out, |value| each(left, value))
        }
        (Operand::Scalar(left), Operand::Scalar(right)) => {
            let (value, gathered) = each(left, right);
            out.resize(len, value);
            gathered
        }
    }
}

vectorised! {
    fn map_pairs<T: Filled, G: Gathered, F: Fn(T, T) -> (T, G)>(
        left: &[T], right: &[T], out: &mut Vec<T>, each: F,
    ) -> G {
        let mut tile = [T::default(); TILE];
        let mut all = G::default();
        for (left, right) in left.chunks(TILE).zip(right.chunks(TILE)) {
            let tile = &mut tile[..left.len().min(right.len())];
            for (place, (l, r)) in tile.iter_mut().zip(left.iter().zip(right)) {
                let (value, gathered) = each(*l, *r);
                *place = value;
                all = all.or(gathered);
            }
            out.extend_from_slice(tile);
        }
        all
    }
}

vectorised! {
    fn map_values<T: Filled, G: Gathered, F: Fn(T) -> (T, G)>(values: &[T], out: &mut Vec<T>, each: F) -> G {
        let mut tile = [T::default(); TILE];
        let mut all = G::default();
        for values in values.chunks(TILE) {
            let tile = &mut tile[..values.len()];
            for (place, value) in tile.iter_mut().zip(values) {
                let (value, gathered) = each(*value);
                *place = value;
                all = all.or(gathered);
            }
            out.extend_from_slice(tile);
        }
        all
    }
}

/// What a tile is filled with.
trait Filled: Copy + Default {}
impl<T: Copy + Default> Filled for T {}
