//! An in-memory table: what imports stream, what queries answer with, and a source like any other.

use crate::{Bitmap, Column, ColumnSource, Dictionary, Scratch, SourceError, View, ZoneSummary};
use colq_types::{RowRange, Scalar, Schema};
use std::sync::Arc;

/// Columns of equal length, with their names.
#[derive(Debug, Clone)]
pub struct Batch {
    schema: Arc<Schema>,
    columns: Vec<Column>,
    row_count: usize,
}

impl Batch {
    /// A batch of these columns, or `None` when their number, types or lengths do not fit the schema.
    pub fn new(schema: Arc<Schema>, columns: Vec<Column>) -> Option<Batch> {
        let row_count = columns.first().map_or(0, Column::len);
        let fits = columns.len() == schema.len()
            && columns
                .iter()
                .zip(schema.fields())
                .all(|(column, field)| column.len() == row_count && column.data_type == field.data_type);
        fits.then_some(Batch { schema, columns, row_count })
    }

    /// A batch without columns that all the same has rows (the input of `SELECT 1`).
    pub fn of_rows(row_count: usize) -> Batch {
        Batch { schema: Arc::new(Schema::default()), columns: Vec::new(), row_count }
    }

    /// Names and types.
    pub fn schema(&self) -> &Arc<Schema> {
        &self.schema
    }

    /// The columns in order.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The columns, taken.
    pub fn into_columns(self) -> Vec<Column> {
        self.columns
    }

    /// Rows held.
    pub fn row_count(&self) -> usize {
        self.row_count
    }

    /// One row as scalars.
    pub fn row(&self, row: usize) -> Vec<Scalar> {
        self.columns.iter().map(|c| c.scalar(row)).collect()
    }

    /// The rows at these positions, in this order. Panics when a position is past the end.
    #[must_use]
    pub fn gather(&self, positions: &[u32]) -> Batch {
        let columns = self.columns.iter().map(|c| c.gather(positions)).collect();
        Batch { schema: self.schema.clone(), columns, row_count: positions.len() }
    }

    /// Bytes owned by the columns.
    pub fn byte_len(&self) -> usize {
        self.columns.iter().map(Column::byte_len).sum()
    }

    fn column_at(&self, column: usize) -> Result<&Column, SourceError> {
        self.columns
            .get(column)
            .ok_or_else(|| SourceError::new(format!("there is no column number {column}")))
    }
}

impl ColumnSource for Batch {
    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn row_count(&self) -> u64 {
        self.row_count as u64
    }

    fn read<'a>(
        &'a self,
        column: usize,
        rows: RowRange,
        scratch: &'a mut Scratch,
    ) -> Result<View<'a>, SourceError> {
        let column = self.column_at(column)?;
        if rows.end > self.row_count as u64 {
            return Err(SourceError::new(format!("row {} is past the end of the batch", rows.end)));
        }
        let (start, len) = (rows.start as usize, rows.len());
        let validity: Option<&'a Bitmap> = match &column.validity {
            Some(all) => {
                scratch.validity = all.slice(start, len);
                Some(&scratch.validity)
            }
            None => None,
        };
        Ok(View {
            data_type: column.data_type,
            values: column.values.as_values().slice(start, len),
            validity,
            dictionary: column.dictionary.as_ref(),
        })
    }

    fn zone_summary(&self, _column: usize, _zone: u64) -> Result<Option<ZoneSummary>, SourceError> {
        Ok(None)
    }

    fn dictionary(&self, column: usize) -> Result<Option<Arc<Dictionary>>, SourceError> {
        let dictionary = self.column_at(column)?.dictionary.as_ref();
        Ok(dictionary.filter(|dictionary| dictionary.is_distinct()).cloned())
    }

    fn may_have_nulls(&self, column: usize) -> bool {
        self.columns.get(column).is_none_or(|c| c.validity.is_some())
    }
}
