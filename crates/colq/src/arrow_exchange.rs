//! Columns and answers in Arrow's hands, and Arrow's in a table: without a copy where the two lay values out alike.

use crate::{Batch, Column, Frame, Frames, Result, TableWriter};
use arrow_array::ffi_stream::FFI_ArrowArrayStream;
use arrow_array::{ArrayRef, RecordBatch, RecordBatchReader};
use colq_arrow as arrow;
use std::sync::Arc;

impl Column<'_> {
    /// The whole column as an array. Of a mapped table it is the file's own bytes, and the array keeps the map.
    ///
    /// # Errors
    /// The column cannot be read, or does not fit in memory where the table is not mapped.
    pub fn to_arrow(&self) -> Result<ArrayRef> {
        Ok(arrow::into_arrow(self.to_column(0..self.table.row_count())?)?)
    }
}

impl Frame {
    /// The rows as a record batch. Values that this frame alone holds are copied; [`Frame::into_arrow`] moves them.
    ///
    /// # Errors
    /// A part of a column does not fit the others, which only a fault of colq can bring about.
    pub fn to_arrow(&self) -> Result<RecordBatch> {
        self.clone().into_arrow()
    }

    /// The rows as a record batch, moved where they can be.
    ///
    /// # Errors
    /// As [`Frame::to_arrow`].
    pub fn into_arrow(self) -> Result<RecordBatch> {
        Ok(arrow::to_record_batch(self.into_batch())?)
    }

    /// A record batch as a frame, over its memory where that can be.
    ///
    /// # Errors
    /// A column of a type that colq does not have, named.
    pub fn from_arrow(batch: &RecordBatch) -> Result<Frame> {
        Ok(Frame::from(arrow::from_record_batch(batch)?))
    }
}

impl Frames {
    /// What is left of the rows as Arrow's reader of record batches.
    ///
    /// # Errors
    /// The first batch, which settles how texts are given, cannot be had.
    pub fn into_arrow(self) -> Result<Box<dyn RecordBatchReader + Send>> {
        let schema = self.schema().clone();
        Ok(arrow::batch_reader(&schema, self.into_batches())?)
    }

    /// What is left of the rows as a stream of Arrow's C interface, for whoever takes it in this process.
    ///
    /// # Errors
    /// As [`Frames::into_arrow`]; later errors are told to whoever reads the stream.
    pub fn into_arrow_stream(self) -> Result<FFI_ArrowArrayStream> {
        let schema = self.schema().clone();
        Ok(arrow::export_stream(&schema, self.into_batches())?)
    }

    fn into_batches(self) -> arrow::Batches {
        Box::new(self.map(|frame| frame.map(Frame::into_batch).map_err(Into::into)))
    }
}

impl TableWriter {
    /// Adds the rows of a record batch, whose columns are of the table's types in the table's order.
    ///
    /// # Errors
    /// A column of another type, or what [`TableWriter::write`] can fail with.
    pub fn write_arrow(&mut self, batch: &RecordBatch) -> Result<()> {
        let batch = arrow::from_record_batch(batch)?;
        let schema = self.schema().clone();
        // Names are not looked at; types are the writer's to check, with the names that the table has.
        let renamed = Batch::new(schema, batch.columns().to_vec());
        self.write(&renamed.unwrap_or(batch))
    }

    /// Adds all rows of a stream of Arrow's C interface, and gives their number.
    ///
    /// # Errors
    /// The stream fails, or as [`TableWriter::write_arrow`].
    pub fn write_arrow_stream(&mut self, stream: FFI_ArrowArrayStream) -> Result<u64> {
        let mut row_count = 0;
        for batch in arrow::import_stream(stream)? {
            let batch = batch?;
            row_count += batch.row_count() as u64;
            self.write(&batch)?;
        }
        Ok(row_count)
    }
}

/// The schema that record batches of this one make a table of.
///
/// # Errors
/// A column of a type that colq does not have, named.
pub fn schema_of_arrow(schema: &arrow_schema::Schema) -> Result<Arc<crate::Schema>> {
    Ok(Arc::new(arrow::schema_of(schema)?))
}
