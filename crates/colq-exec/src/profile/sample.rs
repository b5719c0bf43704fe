//! The rows that stand for all where a value of each cannot be kept: a fixed choice, one of every so many rows.

use colq_types::RowRange;
use xxhash_rust::xxh3::xxh3_64;

/// Rows that are drawn at most.
const ROWS: u64 = 1 << 18;

/// Which rows are drawn.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sample {
    /// One row of each run of this many.
    stride: u64,
}

impl Sample {
    /// The sample of a table with so many rows.
    pub(super) fn of(row_count: u64) -> Sample {
        Sample::of_at_most(ROWS, row_count)
    }

    /// A sample of at most so many rows.
    pub(super) fn of_at_most(rows: u64, row_count: u64) -> Sample {
        Sample { stride: row_count.div_ceil(rows).max(1) }
    }

    /// True when every row is drawn.
    pub(super) fn is_all(self) -> bool {
        self.stride == 1
    }

    /// The drawn rows among these. Which of a run is drawn its hash says: rows that repeat in step would otherwise be
    /// drawn all alike.
    pub(super) fn rows(self, rows: RowRange) -> impl Iterator<Item = u64> {
        let stride = self.stride;
        (rows.start / stride..rows.end.div_ceil(stride))
            .map(move |run| run * stride + if stride == 1 { 0 } else { xxh3_64(&run.to_le_bytes()) % stride })
            .filter(move |row| (rows.start..rows.end).contains(row))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_rows_are_drawn_however_they_are_divided() {
        for row_count in [1u64, 262_144, 262_145, 3_000_000] {
            let sample = Sample::of(row_count);
            let whole: Vec<u64> = sample.rows(RowRange::new(0, row_count)).collect();
            let cuts = (0..=row_count).step_by(65_536).chain([row_count]).collect::<Vec<_>>();
            let parts: Vec<u64> =
                cuts.windows(2).flat_map(|cut| sample.rows(RowRange::new(cut[0], cut[1]))).collect();
            assert_eq!(whole, parts);
            assert!(whole.len() as u64 <= ROWS && whole.len() as u64 * 2 >= row_count.min(ROWS) - 1);
        }
    }
}
