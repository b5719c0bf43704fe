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
        (None, Some(validity)) => rows.groups.iter().enumerate().for_each(|(at, group)| {
            if validity.get(at) {
                each(*group as usize, at);
            }
        }),
        (Some(positions), Some(validity)) => rows.groups.iter().zip(positions).for_each(|(group, at)| {
            if validity.get(*at as usize) {
                each(*group as usize, *at as usize);
            }
        }),
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
