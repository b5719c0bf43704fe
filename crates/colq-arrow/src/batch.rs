//! Batches to and from record batches of Arrow.

use crate::error::invalid;
use crate::{Error, from_arrow, into_arrow, into_arrow_as};
use arrow_array::{Array, ArrayRef, RecordBatch, RecordBatchOptions};
use arrow_schema::{Field as ArrowField, Schema as ArrowSchema, SchemaRef};
use colq_column::{Batch, Column};
use colq_types::{Field, Schema};
use std::sync::Arc;

/// The Arrow schema of a batch like this one; every column may have nulls.
pub fn arrow_schema(batch: &Batch) -> SchemaRef {
    let fields = batch.schema().fields().iter().zip(batch.columns());
    let fields =
        fields.map(|(field, column)| ArrowField::new(&field.name, crate::natural_type(column), true));
    Arc::new(ArrowSchema::new(fields.collect::<Vec<_>>()))
}

/// A batch as a record batch, each column by [`into_arrow`].
///
/// # Errors
/// Those of [`into_arrow`].
pub fn to_record_batch(batch: Batch) -> Result<RecordBatch, Error> {
    let schema = arrow_schema(&batch);
    record_batch(batch, &schema, |column, _| into_arrow(column))
}

/// A batch as a record batch of this schema, each column by [`into_arrow_as`].
///
/// # Errors
/// Those of [`into_arrow_as`], and [`Error::Invalid`] for another number of columns.
pub fn to_record_batch_as(batch: Batch, schema: &SchemaRef) -> Result<RecordBatch, Error> {
    record_batch(batch, schema, |column, field| into_arrow_as(column, field.data_type()))
}

fn record_batch(
    batch: Batch,
    schema: &SchemaRef,
    array: impl Fn(Column, &ArrowField) -> Result<ArrayRef, Error>,
) -> Result<RecordBatch, Error> {
    let row_count = batch.row_count();
    if batch.columns().len() != schema.fields().len() {
        return Err(invalid("a batch has another number of columns than its schema"));
    }
    let columns = batch.into_columns().into_iter().zip(schema.fields());
    let arrays = columns.map(|(column, field)| array(column, field)).collect::<Result<Vec<_>, _>>()?;
    let options = RecordBatchOptions::new().with_row_count(Some(row_count));
    RecordBatch::try_new_with_options(schema.clone(), arrays, &options).map_err(invalid)
}

/// The column types of an Arrow schema.
///
/// # Errors
/// [`Error::UnsupportedType`] names the first Arrow type that no column type holds.
pub fn schema_of(schema: &ArrowSchema) -> Result<Schema, Error> {
    let field = |field: &Arc<ArrowField>| {
        let data_type = crate::column_type(field.data_type());
        let unsupported = || Error::UnsupportedType { found: field.data_type().to_string() };
        Ok(Field::new(field.name(), data_type.ok_or_else(unsupported)?))
    };
    Ok(Schema::new(schema.fields().iter().map(field).collect::<Result<Vec<_>, Error>>()?))
}

/// A record batch as a batch, each column by [`from_arrow`].
///
/// # Errors
/// Those of [`from_arrow`].
pub fn from_record_batch(batch: &RecordBatch) -> Result<Batch, Error> {
    let schema = schema_of(batch.schema_ref())?;
    if schema.is_empty() {
        return Ok(Batch::of_rows(batch.num_rows()));
    }
    let columns = batch.columns().iter().map(|array| from_arrow(array as &dyn Array));
    let columns = columns.collect::<Result<Vec<_>, _>>()?;
    Batch::new(Arc::new(schema), columns).ok_or_else(|| invalid("the columns have unequal lengths"))
}
