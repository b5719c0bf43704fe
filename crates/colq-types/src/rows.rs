//! The units in which rows are counted: ranges, zones and stripes.

/// Rows in a zone: 65,536 by absolute row number. Small enough that a few columns of a zone stay in the
/// second-level cache, large enough that a cost paid once a zone does not show.
pub const ZONE_ROWS: u64 = 65_536;

/// Zones in a stripe, the unit in which grouped sums are added (docs/SQL.md).
pub const STRIPE_ZONES: u64 = 16;

/// Rows in a stripe.
pub const STRIPE_ROWS: u64 = ZONE_ROWS * STRIPE_ZONES;

/// A half-open range of absolute row numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RowRange {
    /// The first row.
    pub start: u64,
    /// One past the last row; never below `start`.
    pub end: u64,
}

impl RowRange {
    /// The range `start..end`; an `end` below `start` gives the empty range at `start`.
    pub const fn new(start: u64, end: u64) -> RowRange {
        RowRange { start, end: if end < start { start } else { end } }
    }

    /// How many rows the range holds.
    pub const fn row_count(self) -> u64 {
        self.end - self.start
    }

    /// True when it holds no row.
    pub const fn is_empty(self) -> bool {
        self.start == self.end
    }

    /// The length as a `usize`, for slices.
    pub const fn len(self) -> usize {
        (self.end - self.start) as usize
    }

    /// The zone in which the range starts.
    pub const fn zone(self) -> u64 {
        self.start / ZONE_ROWS
    }
}

/// How many zones `row_count` rows make, the unfinished one (the tail) included.
pub const fn zone_count(row_count: u64) -> u64 {
    row_count.div_ceil(ZONE_ROWS)
}

/// The rows of zone number `zone` in a table of `row_count` rows; empty past the end.
pub const fn zone_range(zone: u64, row_count: u64) -> RowRange {
    let start = zone.saturating_mul(ZONE_ROWS);
    let start = if start > row_count { row_count } else { start };
    let end = if row_count - start > ZONE_ROWS { start + ZONE_ROWS } else { row_count };
    RowRange { start, end }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_cover_every_row_once() {
        for rows in [0, 1, ZONE_ROWS - 1, ZONE_ROWS, ZONE_ROWS + 1, 3 * ZONE_ROWS] {
            let mut next = 0;
            for zone in 0..zone_count(rows) {
                let range = zone_range(zone, rows);
                assert_eq!(range.start, next);
                assert!(!range.is_empty());
                next = range.end;
            }
            assert_eq!(next, rows);
            assert!(zone_range(zone_count(rows), rows).is_empty());
        }
    }
}
