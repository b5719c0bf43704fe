//! The first few groups by an order: of each partition only those that may be among them are kept, before any are put
//! together.

use super::partition::Finished;
use super::{Piece, put_together};
use crate::Error;
use crate::execute::all_columns;
use crate::pipeline::{Pipeline, Run};
use crate::pool::Pool;
use crate::sort::ordered;
use colq_column::{Batch, Column};
use colq_context::Context;
use colq_plan::PlanSortKey;
use colq_types::{DataType, Field, Schema};
use std::sync::Arc;

/// Groups that may be among the first of all, in the order of their first rows.
pub(super) struct Candidates {
    first_rows: Vec<u64>,
    columns: Vec<Column>,
}

/// The first `wanted` groups of a partition by these of its columns.
///
/// They stand in the order of their first rows, so those that tie are the first of their partition as they would be of
/// all groups.
pub(super) fn candidates(
    finished: Finished,
    order: &[PlanSortKey],
    wanted: usize,
) -> Result<Candidates, Error> {
    let Finished { first_rows, mut columns, .. } = finished;
    if first_rows.len() <= wanted {
        return Ok(Candidates { first_rows, columns });
    }
    columns.push(Column::new(DataType::U64, first_rows));
    let field = |(number, column): (usize, &Column)| Field::new(number.to_string(), column.data_type);
    let schema = Arc::new(Schema::new(columns.iter().enumerate().map(field).collect()));
    let broken = || Error::Internal("the groups of a partition do not fit their schema".into());
    let batch = Batch::new(schema.clone(), columns).ok_or_else(broken)?;
    // One thread a partition, and what is only looked at is not counted as read.
    let (pool, context) = (Pool::new(1), Context::new());
    let run = Run { pool: &pool, context: &context, recorder: None };
    let pipeline = Pipeline::new(Arc::new(batch), None)?;
    let first = ordered(&pipeline, &all_columns(&schema), &schema, order, wanted, run)?;
    let mut columns = first.into_batch(&context)?.columns().to_vec();
    let rows = columns.pop().ok_or_else(broken)?;
    let first_rows = rows.values.as_values().as_slice::<u64>().ok_or_else(broken)?.to_vec();
    Ok(Candidates { first_rows, columns })
}

/// The candidates of all partitions, in the order of their first rows.
pub(super) fn joined_candidates(all: Vec<Candidates>) -> Result<Option<Piece>, Error> {
    let Some(types) = all.first().map(|one| one.columns.iter().map(|c| c.data_type).collect::<Vec<_>>()) else {
        return Ok(None);
    };
    let mut rows: Vec<(u64, u32)> =
        all.iter().flat_map(|one| one.first_rows.iter().copied()).zip(0..).collect();
    rows.sort_unstable();
    let positions: Vec<u32> = rows.iter().map(|(_, at)| *at).collect();
    let columns = put_together(all.into_iter().map(|one| one.columns).collect(), &types)?;
    Ok(Some(Piece {
        columns: columns.iter().map(|column| column.gather(&positions)).collect(),
        first_rows: rows.into_iter().map(|(row, _)| row).collect(),
    }))
}
