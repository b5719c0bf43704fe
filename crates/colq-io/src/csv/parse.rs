//! The second pass: the rows of one batch into typed columns, by itself, so that batches are read in parallel.

use super::blocks::read_exact_at;
use super::cells::{Cells, ColumnBuilder};
use super::infer::{GRID_CELLS, bad_cell};
use super::plan::{BatchPlan, SeenBlock, Source};
use super::split::{Fault, Grid, Splitter};
use crate::stream::BadCells;
use crate::{Error, OnError};
use colq_column::Batch;
use colq_context::Context;

/// Reads one batch. Bad cells of [`OnError::Fail`] are errors, so the account is empty then.
pub(crate) fn read_batch(
    source: &Source,
    plan: BatchPlan,
    context: &Context,
) -> Result<(Batch, BadCells), Error> {
    let fields = source.schema.fields();
    let mut builders: Vec<ColumnBuilder> =
        fields.iter().map(|field| ColumnBuilder::new(field.data_type, plan.rows)).collect();
    let mut bad_cells = BadCells::default();
    let (mut left, mut skip, mut kept) = (plan.rows, plan.skip, 0);
    let mut bytes = Vec::new();
    for block in source.blocks.iter().skip(plan.first_block) {
        if left == 0 {
            break;
        }
        context.check()?;
        bytes.clear();
        bytes.resize(block.byte_len, 0);
        read_exact_at(&source.file, &source.path, &mut bytes, block.offset)?;
        let rows = left.min(block.rows - skip.min(block.rows));
        let mut reading =
            Reading { source, block, bytes: &bytes, is_utf8: std::str::from_utf8(&bytes).is_ok() };
        kept += reading.read(&mut builders, &mut bad_cells, skip, rows)?;
        left -= rows;
        skip = 0;
    }
    let columns = builders.into_iter().map(ColumnBuilder::finish).collect::<Vec<_>>();
    if columns.is_empty() {
        return Ok((Batch::of_rows(kept), bad_cells));
    }
    let batch = Batch::new(source.schema.clone(), columns).ok_or_else(|| Error::Internal {
        path: source.path.clone(),
        message: "the columns of a batch have unequal lengths".to_owned(),
    })?;
    Ok((batch, bad_cells))
}

/// One block that is being read.
struct Reading<'a> {
    source: &'a Source,
    block: &'a SeenBlock,
    bytes: &'a [u8],
    is_utf8: bool,
}

impl Reading<'_> {
    /// Reads `rows` rows after the first `skip`. Gives how many of them were kept.
    fn read(
        &mut self,
        builders: &mut [ColumnBuilder],
        bad_cells: &mut BadCells,
        skip: usize,
        rows: usize,
    ) -> Result<usize, Error> {
        let source = self.source;
        let columns = source.header.names.len();
        let mut splitter = Splitter::new(self.bytes, source.delimiter, 0);
        splitter.skip(columns, skip);
        let mut grid = Grid::default();
        let (mut left, mut kept) = (rows, 0);
        while left > 0 {
            splitter.fill(&mut grid, columns, (GRID_CELLS / columns).max(1).min(left), source.on_error);
            if grid.row_count + grid.skipped == 0 {
                // The first pass saw more rows here.
                return Err(Error::Changed { path: source.path.clone() });
            }
            left -= grid.row_count + grid.skipped;
            let mut faults = std::mem::take(&mut grid.faults);
            let before = faults.len();
            let len_before = builders.first().map_or(0, ColumnBuilder::len);
            self.push(builders, &grid, &mut faults);
            if faults.len() > before && source.on_error == OnError::Skip {
                drop_rows(&mut grid, faults.get(before..).unwrap_or(&[]), columns);
                builders.iter_mut().for_each(|builder| builder.truncate(len_before));
                self.push(builders, &grid, &mut Vec::new());
            }
            kept += grid.row_count;
            self.account(faults, bad_cells)?;
        }
        Ok(kept)
    }

    fn push(&self, builders: &mut [ColumnBuilder], grid: &Grid, faults: &mut Vec<Fault>) {
        for (builder, wanted) in builders.iter_mut().zip(&self.source.header.wanted) {
            let cells = Cells {
                bytes: self.bytes,
                is_utf8: self.is_utf8,
                grid: &grid.cells,
                column: wanted.column,
                columns: self.source.header.names.len(),
                nulls: &self.source.nulls,
                is_declared: wanted.declared.is_some(),
            };
            builder.push(cells, faults);
        }
    }

    fn account(&self, mut faults: Vec<Fault>, bad_cells: &mut BadCells) -> Result<(), Error> {
        if faults.is_empty() {
            return Ok(());
        }
        faults.sort_by_key(|fault| fault.start);
        let names = &self.source.header.names;
        let tell = |fault: &Fault| bad_cell(self.bytes, fault, names, self.block.first_line);
        if self.source.on_error == OnError::Fail
            && let Some(first) = faults.first()
        {
            return Err(Error::BadCell { path: self.source.path.clone(), cell: tell(first) });
        }
        let room = BadCells::KEPT.saturating_sub(bad_cells.first.len());
        bad_cells.append(BadCells {
            count: faults.len() as u64,
            first: faults.iter().take(room).map(tell).collect(),
        });
        Ok(())
    }
}

/// Takes the rows with faults out of the grid.
fn drop_rows(grid: &mut Grid, faults: &[Fault], columns: usize) {
    let bad: std::collections::HashSet<(usize, usize)> = faults.iter().map(|f| (f.column, f.start)).collect();
    let mut kept = Vec::with_capacity(grid.cells.len());
    let mut rows = 0;
    for row in grid.cells.chunks(columns) {
        if !row.iter().enumerate().any(|(column, cell)| bad.contains(&(column, cell.start()))) {
            kept.extend_from_slice(row);
            rows += 1;
        }
    }
    grid.skipped += grid.row_count - rows;
    grid.row_count = rows;
    grid.cells = kept;
}
