//! Intervals of unequal length that values are in, such as the months of instants: which interval a value is in follows from
//! which cell it is in, cells being of one length and none being in two intervals.

use std::sync::Arc;

/// Intervals one after the other.
#[derive(Debug, Clone)]
pub struct Intervals {
    /// What stands for each, as bits: its first value, if nothing else was said.
    keys: Arc<[u64]>,
    /// The number of the interval of each cell.
    of_cells: Arc<[u32]>,
}

impl Intervals {
    /// Intervals that begin at these values, ascending, and whose lengths are multiples of `cell`; the last one ends with
    /// the cell of `high`. `None` without a start, or where a start is not where a cell begins.
    pub fn new(starts: &[i64], high: i64, cell: u64) -> Option<Intervals> {
        let (first, cell) = (*starts.first()?, i128::from(cell));
        let distance = |value: i64| i128::from(value) - i128::from(first);
        if cell == 0 || starts.iter().any(|start| distance(*start) % cell != 0) || distance(high) < 0 {
            return None;
        }
        let cells = usize::try_from(distance(high) / cell).ok()? + 1;
        let ends = starts.iter().skip(1).map(|start| usize::try_from(distance(*start) / cell).ok());
        let mut of_cells: Vec<u32> = Vec::with_capacity(cells);
        for (number, end) in (0..).zip(ends.chain([Some(cells)])) {
            of_cells.resize(end?.clamp(of_cells.len(), cells), number);
        }
        let keys = starts.iter().map(|start| *start as u64).collect();
        Some(Intervals { keys, of_cells: of_cells.into() })
    }

    /// The same where `key` of its first value stands for each.
    pub fn with_keys(self, key: impl Fn(i64) -> i64) -> Intervals {
        let keys = self.keys.iter().map(|start| key(*start as i64) as u64).collect();
        Intervals { keys, ..self }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// True where there is none, which [`Intervals::new`] does not make.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// How many cells they have.
    pub(super) fn cell_count(&self) -> usize {
        self.of_cells.len()
    }

    /// The number of the interval of a cell.
    #[inline(always)]
    pub(super) fn of_cell(&self, cell: usize) -> Option<u32> {
        self.of_cells.get(cell).copied()
    }

    /// What stands for an interval, as bits.
    pub(super) fn key(&self, number: u64) -> u64 {
        usize::try_from(number).ok().and_then(|number| self.keys.get(number)).copied().unwrap_or(0)
    }

    /// Adds, times the stride, the interval of each cell to its code; a cell one past the last stands for `null_code`.
    pub(super) fn add_codes(&self, cells: &[u32], (stride, null_code): (u32, u32), codes: &mut [u32]) {
        for (code, cell) in codes.iter_mut().zip(cells) {
            let own = self.of_cells.get(*cell as usize).copied().unwrap_or(null_code);
            *code = code.wrapping_add(own.wrapping_mul(stride));
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_cell_is_in_the_interval_that_starts_last_before_it(
            first in -1000i64..1000,
            lengths in prop::collection::vec(1i64..6, 0..9),
            rest in 0i64..50,
            cell in 1i64..9,
        ) {
            let mut starts = vec![first];
            lengths.iter().for_each(|length| starts.push(starts.last().unwrap() + length * cell));
            let high = starts.last().unwrap() + rest;
            let intervals = Intervals::new(&starts, high, cell as u64).unwrap();
            prop_assert_eq!(intervals.len(), starts.len());
            for value in first..=high {
                let expected = starts.iter().filter(|start| **start <= value).count() - 1;
                let number = intervals.of_cell(((value - first) / cell) as usize);
                prop_assert_eq!(number, Some(expected as u32));
                prop_assert_eq!(intervals.key(expected as u64) as i64, starts[expected]);
            }
            prop_assert_eq!(intervals.of_cell(((high - first) / cell) as usize + 1), None);
            let halves = intervals.with_keys(|start| start.div_euclid(2));
            for (number, start) in (0..).zip(&starts) {
                prop_assert_eq!(halves.key(number) as i64, start.div_euclid(2));
            }
        }
    }

    #[test]
    fn starts_within_a_cell_make_no_intervals() {
        assert!(Intervals::new(&[0, 7], 20, 5).is_none());
        assert!(Intervals::new(&[], 20, 5).is_none());
        assert!(Intervals::new(&[10], 9, 5).is_none());
        assert!(Intervals::new(&[10], 10, 0).is_none());
    }
}
