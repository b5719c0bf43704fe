//! A stored table as the execution sees it.

use crate::stored::StoredColumn;
use crate::{Error, Table};
use colq_column::{Access, Column, ColumnSource, Dictionary, Order, Scratch, SourceError, View, ZoneSummary};
use colq_types::{RowRange, Schema};
use std::sync::Arc;

fn source_error(error: Error) -> SourceError {
    SourceError::new(error)
}

impl ColumnSource for Table {
    fn schema(&self) -> &Schema {
        Table::schema(self)
    }

    fn row_count(&self) -> u64 {
        Table::row_count(self)
    }

    fn read<'a>(
        &'a self,
        column: usize,
        rows: RowRange,
        scratch: &'a mut Scratch,
    ) -> Result<View<'a>, SourceError> {
        self.column(column).and_then(|c| c.read(rows, scratch)).map_err(source_error)
    }

    fn read_bytes<'a>(
        &'a self,
        column: usize,
        rows: RowRange,
        scratch: &'a mut Scratch,
    ) -> Result<View<'a>, SourceError> {
        self.column(column).and_then(|c| c.read_bytes(rows, scratch)).map_err(source_error)
    }

    fn zone_summary(&self, column: usize, zone: u64) -> Result<Option<ZoneSummary>, SourceError> {
        self.column(column).and_then(|c| c.zone_summary(zone)).map_err(source_error)
    }

    fn column(&self, column: usize, rows: RowRange) -> Result<Column, SourceError> {
        self.to_column(column, rows).map_err(source_error)
    }

    fn dictionary(&self, column: usize) -> Result<Option<Arc<Dictionary>>, SourceError> {
        Table::dictionary(self, column).map_err(source_error)
    }

    fn may_have_nulls(&self, column: usize) -> bool {
        self.columns().get(column).is_none_or(|c| c.may_have_nulls())
    }

    fn order(&self, column: usize) -> Result<Option<Order>, SourceError> {
        self.column(column).and_then(StoredColumn::order).map_err(source_error)
    }

    fn advise(&self, column: usize, rows: RowRange, access: Access) {
        let Some(stored) = self.columns().get(column) else { return };
        let file = stored.values_file();
        // Every row takes the same room; offsets of free text have one more entry, which a hint may forget.
        let row_len = file.content_len() / Table::row_count(self).max(1);
        file.advise(rows.start.saturating_mul(row_len)..rows.end.saturating_mul(row_len), access);
    }

    fn is_mapped(&self) -> bool {
        Table::is_mapped(self)
    }

    /// Fails when a mapped file was cut off. Bytes that somebody overwrote are found by
    /// [`verify`](crate::verify) only.
    fn health(&self) -> Result<(), SourceError> {
        self.columns().iter().flat_map(|c| c.files()).try_for_each(|f| f.health()).map_err(source_error)
    }
}
