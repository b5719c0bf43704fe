//! What the first pass over a file found, and how the second pass is cut into batches.

use super::header::Header;
use crate::OnError;
use colq_types::{Schema, ZONE_ROWS};
use std::fs::File;
use std::path::PathBuf;
use std::sync::Arc;

/// A block of the file as the first pass saw it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SeenBlock {
    pub(crate) offset: u64,
    pub(crate) byte_len: usize,
    /// Rows in it, those that will be skipped among them.
    pub(crate) rows: usize,
    /// The line on which it begins, from 1.
    pub(crate) first_line: u64,
}

/// All that a batch needs to be read by itself.
#[derive(Debug)]
pub(crate) struct Source {
    pub(crate) path: PathBuf,
    pub(crate) file: Arc<File>,
    pub(crate) delimiter: u8,
    pub(crate) header: Header,
    pub(crate) schema: Arc<Schema>,
    pub(crate) nulls: Vec<Vec<u8>>,
    pub(crate) on_error: OnError,
    pub(crate) blocks: Vec<SeenBlock>,
}

/// The rows of one batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BatchPlan {
    pub(crate) first_block: usize,
    /// Rows of the first block that belong to the batch before.
    pub(crate) skip: usize,
    pub(crate) rows: usize,
    /// Bytes of the blocks it reads, for the memory it takes.
    pub(crate) text_len: usize,
}

/// Text that goes into a batch at most, unless one block is larger.
const BATCH_TEXT: usize = 32 << 20;

/// Cells that go into a batch at most: 64 MiB of 8-byte values.
const BATCH_CELLS: usize = 8 << 20;

/// Cuts a file into batches of [`ZONE_ROWS`] rows, fewer where rows are long or columns many.
pub(crate) fn batches(blocks: &[SeenBlock], columns: usize) -> Vec<BatchPlan> {
    let row_limit = (ZONE_ROWS as usize).min(BATCH_CELLS / columns.max(1)).max(1);
    let mut plans = Vec::new();
    let mut open: Option<BatchPlan> = None;
    for (index, block) in blocks.iter().enumerate() {
        let mut used = 0;
        while used < block.rows {
            let start = BatchPlan { first_block: index, skip: used, rows: 0, text_len: 0 };
            let mut plan = open.take().unwrap_or(start);
            if plan.rows > 0 && plan.text_len + block.byte_len > BATCH_TEXT {
                plans.push(plan);
                plan = start;
            }
            let rows = (row_limit - plan.rows).min(block.rows - used);
            plan.rows += rows;
            plan.text_len += block.byte_len;
            used += rows;
            if plan.rows == row_limit {
                plans.push(plan);
            } else {
                open = Some(plan);
            }
        }
    }
    plans.extend(open);
    plans
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(rows: usize, byte_len: usize) -> SeenBlock {
        SeenBlock { offset: 0, byte_len, rows, first_line: 1 }
    }

    #[test]
    fn batches_are_whole_zones_whatever_the_blocks() {
        for sizes in [&[10usize, 70_000, 0, 5, 200_000, 1][..], &[65_536], &[65_537], &[1; 10], &[]] {
            let blocks: Vec<SeenBlock> = sizes.iter().map(|rows| block(*rows, 100)).collect();
            let plans = batches(&blocks, 3);
            let total: usize = sizes.iter().sum();
            assert_eq!(plans.len(), total.div_ceil(65_536));
            let mut row = 0;
            for plan in &plans {
                let before: usize = sizes[..plan.first_block].iter().sum();
                assert_eq!(before + plan.skip, row);
                assert!(plan.rows == 65_536 || row + plan.rows == total);
                row += plan.rows;
            }
            assert_eq!(row, total);
        }
    }

    #[test]
    fn long_rows_and_many_columns_make_smaller_batches() {
        let plans = batches(&[block(10, 20 << 20), block(10, 20 << 20), block(10, 1)], 3);
        assert_eq!(plans.iter().map(|p| p.rows).collect::<Vec<_>>(), [10, 20]);
        let plans = batches(&[block(1000, 1 << 20)], 60_000);
        assert_eq!(plans.first().map(|p| p.rows), Some(139));
    }
}
