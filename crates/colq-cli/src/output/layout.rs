//! Which columns of an answer fit a width, and how wide each is.
//!
//! Columns are left out in the middle, because people look at both ends: the keys come first and the totals last. What
//! is shown gets the width it needs as long as there is room; then the widest are cut first, and never below a width
//! at which they say nothing.

/// Columns that a column of the table takes beside its text: a space on each side and the line.
const AROUND: usize = 3;
/// A text is not cut below this many columns while there are others to leave out.
const LEAST: usize = 8;
/// The column that stands for those left out: `…` between its spaces.
const ELIDED: usize = 1;
/// Fewer columns than these are no table; they are shown one below the other.
const FEWEST: usize = 3;

/// What is shown of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Layout {
    /// Columns at the left, then those at the right.
    pub(crate) left: usize,
    pub(crate) right: usize,
    /// Columns left out between them.
    pub(crate) elided: usize,
    /// The width of each that is shown, from left to right.
    pub(crate) widths: Vec<usize>,
}

impl Layout {
    /// All columns as wide as they need.
    pub(crate) fn whole(widths: Vec<usize>) -> Layout {
        Layout { left: widths.len(), right: 0, elided: 0, widths }
    }

    /// The columns of these natural widths in a terminal of `columns`; `None` where not even three fit. No column is
    /// cut below `rigid`, which is the width of values that must be whole.
    pub(crate) fn fit(natural: &[usize], rigid: &[usize], columns: usize) -> Option<Layout> {
        let least = |index: usize| {
            let width = natural.get(index).copied().unwrap_or(0);
            width.min(LEAST).max(rigid.get(index).copied().unwrap_or(0))
        };
        let count = natural.len();
        let whole: usize = (0..count).map(|i| least(i) + AROUND).sum::<usize>() + 1;
        let (left, right) = if whole <= columns {
            (count, 0)
        } else {
            let (left, right) = ends(count, least, columns.checked_sub(1 + ELIDED + AROUND)?);
            if left + right < FEWEST {
                return None;
            }
            (left, right)
        };
        let elided = count - left - right;
        let shown: Vec<usize> = (0..left).chain(count - right..count).collect();
        let around = shown.len() * AROUND + 1 + if elided > 0 { ELIDED + AROUND } else { 0 };
        let floor: Vec<usize> = shown.iter().map(|i| least(*i)).collect();
        let wanted: Vec<usize> = shown.iter().filter_map(|i| natural.get(*i)).copied().collect();
        Some(Layout { left, right, elided, widths: share(&wanted, &floor, columns.saturating_sub(around)) })
    }

    /// The columns of the answer that are shown, from left to right, with `None` for those left out.
    pub(crate) fn order(&self) -> impl Iterator<Item = Option<usize>> + '_ {
        let all = self.left + self.elided + self.right;
        let mark = (self.elided > 0).then_some(None);
        (0..self.left).map(Some).chain(mark).chain((all - self.right..all).map(Some))
    }
}

/// How many columns fit from the left and from the right, taken in turns.
fn ends(count: usize, least: impl Fn(usize) -> usize, mut room: usize) -> (usize, usize) {
    let (mut left, mut right) = (0, 0);
    while left + right < count {
        let from_left = left <= right;
        let index = if from_left { left } else { count - 1 - right };
        let Some(rest) = room.checked_sub(least(index) + AROUND) else { break };
        room = rest;
        if from_left { left += 1 } else { right += 1 }
    }
    (left, right)
}

/// Widths between the floor and what is wanted that together are at most `room`, the widest cut first.
fn share(wanted: &[usize], floor: &[usize], room: usize) -> Vec<usize> {
    let total = |cap: usize| -> usize { wanted.iter().zip(floor).map(|(w, f)| (*w).min(cap.max(*f))).sum() };
    // The largest cap that fits, by halving: widths are small numbers.
    let (mut low, mut high) = (0, wanted.iter().copied().max().unwrap_or(0));
    while low < high {
        let middle = (low + high).div_ceil(2);
        if total(middle) <= room { low = middle } else { high = middle - 1 }
    }
    let mut widths: Vec<usize> = wanted.iter().zip(floor).map(|(w, f)| (*w).min(low.max(*f))).collect();
    let mut left = room.saturating_sub(widths.iter().sum());
    for (width, wanted) in widths.iter_mut().zip(wanted) {
        if left > 0 && *width < *wanted {
            *width += 1;
            left -= 1;
        }
    }
    widths
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
mod tests {
    use super::*;

    fn taken(layout: &Layout) -> usize {
        let mark = if layout.elided > 0 { ELIDED + AROUND } else { 0 };
        layout.widths.iter().map(|w| w + AROUND).sum::<usize>() + 1 + mark
    }

    #[test]
    fn what_fits_is_shown_whole() {
        let layout = Layout::fit(&[4, 5, 6], &[0; 3], 25).unwrap();
        assert_eq!(layout, Layout::whole(vec![4, 5, 6]));
    }

    #[test]
    fn long_texts_are_cut_before_columns_are_left_out() {
        let layout = Layout::fit(&[4, 50, 30], &[4, 0, 0], 60).unwrap();
        assert_eq!(layout.widths, [4, 23, 23]);
        assert_eq!(taken(&layout), 60);
    }

    #[test]
    fn columns_are_left_out_in_the_middle() {
        let layout = Layout::fit(&[6; 20], &[6; 20], 50).unwrap();
        assert_eq!((layout.left, layout.right, layout.elided), (3, 2, 15));
        assert_eq!(layout.order().collect::<Vec<_>>(), [Some(0), Some(1), Some(2), None, Some(18), Some(19)]);
    }

    #[test]
    fn fewer_than_three_are_no_table() {
        assert_eq!(Layout::fit(&[20; 5], &[20; 5], 40), None);
        assert_eq!(Layout::fit(&[20; 5], &[20; 5], 0), None);
        // One column or two are all there is: then they are shown, if they fit at all.
        assert_eq!(Layout::fit(&[100], &[0], 20).unwrap().widths, [16]);
    }

    #[test]
    fn no_layout_is_wider_than_the_terminal() {
        for columns in 0..120 {
            for count in 1..12 {
                let natural: Vec<usize> = (0..count).map(|i| (i * 7919 + columns * 31) % 40).collect();
                let rigid: Vec<usize> =
                    (0..count).map(|i| if (i + columns) % 3 == 0 { natural[i] } else { 0 }).collect();
                if let Some(layout) = Layout::fit(&natural, &rigid, columns) {
                    assert!(taken(&layout) <= columns, "{natural:?} {rigid:?} {columns}: {layout:?}");
                    assert_eq!(layout.left + layout.right + layout.elided, count);
                }
            }
        }
    }
}
