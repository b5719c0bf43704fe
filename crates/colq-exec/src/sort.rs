//! The rows of a pipeline in an order: the first few ([`top`]) or all of them ([`sorted`]), from memory or from a scratch
//! file. Rows that tie keep the order in which they stand in the source.

mod keys;
mod leaders;
mod part_column;
mod parts;
mod ranked;
mod run;
mod sorted;
mod store;
#[cfg(test)]
mod tests;
mod texts;
mod top;

use crate::Error;
use crate::collect::{Wanted, collect, concatenate};
use crate::pipeline::{Pipeline, Run};
use crate::predicate::Value;
use crate::spill::Rows;
use colq_column::{Batch, Column, Order};
use colq_plan::{PlanSortKey, Typed};
use colq_types::{DataType, Schema};
use keys::Keys;
pub(crate) use ranked::Numbering;
pub(crate) use sorted::Sorted;
use std::sync::Arc;

/// Up to this many rows are kept as candidates; more of them are sorted with all the others.
const TOP_ROWS: usize = 1 << 20;

/// The candidates are worth their while where they are at most this part of all rows.
const TOP_PART: u64 = 8;

/// Rows by an order.
pub(crate) enum Ordered {
    /// The first few, as they come out.
    First(Batch),
    /// All, to be taken part by part.
    All(Box<Sorted>),
}

/// True where the rows of a pipeline stand in this order already.
pub(crate) fn is_in_order(pipeline: &Pipeline, exprs: &[Typed], keys: &[PlanSortKey]) -> Result<bool, Error> {
    // Of a text only the first bytes are known to rise. Where there are more keys, rows may tie on the first.
    let [key] = keys else { return Ok(false) };
    let Some(expr) = exprs.get(key.column).filter(|expr| expr.data_type != DataType::Text) else {
        return Ok(false);
    };
    let Some(column) = expr.as_column().filter(|_| !key.descending) else { return Ok(false) };
    Ok(pipeline.source.order(column)? == Some(Order::Rows))
}

/// The rows of a pipeline by these columns of `exprs`; no more than the first `limit` are wanted.
pub(crate) fn by_parts(
    pipeline: &Pipeline,
    exprs: &[Typed],
    schema: &Arc<Schema>,
    keys: &[PlanSortKey],
    limit: usize,
    run: Run<'_>,
) -> Result<Ordered, Error> {
    let values = exprs.iter().map(|e| Value::new(e, &*pipeline.source)).collect::<Result<Vec<_>, Error>>()?;
    let types: Vec<DataType> = exprs.iter().map(|e| e.data_type).collect();
    let is_top = limit <= TOP_ROWS && limit as u64 <= pipeline.source.row_count() / TOP_PART;
    let first = is_top.then_some(limit);
    let keys = Keys::new(pipeline, &values, &types, keys, first, run)?;
    if is_top {
        return top::top(pipeline, &values, &keys, schema, limit, run).map(Ordered::First);
    }
    Sorted::new(pipeline, &values, &types, keys, run).map(|sorted| Ordered::All(Box::new(sorted)))
}

/// The first `limit` rows of a pipeline by these columns of `exprs`.
pub(crate) fn ordered(
    pipeline: &Pipeline,
    exprs: &[Typed],
    schema: &Arc<Schema>,
    keys: &[PlanSortKey],
    limit: usize,
    run: Run<'_>,
) -> Result<Rows, Error> {
    if is_in_order(pipeline, exprs, keys)? {
        run.note(|| "order: the rows stand in it already".into());
        let wanted = if limit < usize::MAX { Wanted::First(limit) } else { Wanted::All };
        return collect(pipeline, exprs, schema, wanted, run).map(Rows::Memory);
    }
    match by_parts(pipeline, exprs, schema, keys, limit, run)? {
        Ordered::First(batch) => Ok(Rows::Memory(batch)),
        Ordered::All(sorted) => sorted.into_rows(schema, limit, run),
    }
}

/// A column of a source in the order of another one, smallest first.
pub(crate) fn rows_in_order(
    pipeline: &Pipeline,
    by: usize,
    wanted: usize,
    run: Run<'_>,
) -> Result<Column, Error> {
    let missing = || Error::Internal("a column to sort by is missing".into());
    let fields = pipeline.source.schema().fields();
    let (key, field) = (fields.get(by).ok_or_else(missing)?, fields.get(wanted).ok_or_else(missing)?);
    let by_first = [PlanSortKey { column: 0, descending: false, nulls_first: false }];
    let keys = Keys::new(pipeline, &[Value::Column(by)], &[key.data_type], &by_first, None, run)?;
    let schema = Schema::new(vec![field.clone()]);
    let sorted = Sorted::new(pipeline, &[Value::Column(wanted)], &[field.data_type], keys, run)?;
    let rows = sorted.into_rows(&Arc::new(schema), usize::MAX, run)?.into_source();
    let parts = (0..rows.zone_count()).map(|zone| Ok(rows.column(0, rows.zone_rows(zone))?));
    concatenate(field.data_type, parts.collect::<Result<Vec<Column>, Error>>()?)
}

/// The rows of a pipeline as columns of `outputs` by these columns of `exprs`, each with the numbers that it gets there.
pub(crate) fn numbered(
    pipeline: &Pipeline,
    exprs: &[Typed],
    outputs: &[Typed],
    schema: &Arc<Schema>,
    keys: &[PlanSortKey],
    numbering: &Numbering,
    run: Run<'_>,
) -> Result<Rows, Error> {
    let values = |exprs: &[Typed]| {
        let values = exprs.iter().map(|e| Value::new(e, &*pipeline.source));
        values.collect::<Result<Vec<_>, Error>>()
    };
    let types = |exprs: &[Typed]| exprs.iter().map(|e| e.data_type).collect::<Vec<DataType>>();
    let keys = Keys::new(pipeline, &values(exprs)?, &types(exprs), keys, None, run)?;
    let outputs = (values(outputs)?, types(outputs));
    let leading = leaders::leading(pipeline, &outputs.0, &keys, numbering, run)?;
    let pipeline = leading.as_ref().unwrap_or(pipeline);
    let sorted = Sorted::new(pipeline, &outputs.0, &outputs.1, keys, run)?;
    sorted.into_numbered_rows(schema, numbering, run)
}
