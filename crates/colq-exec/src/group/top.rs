//! The first few groups by an order: of each partition only those that may be among them are kept, before any are put
//! together.

use super::partition::{Counted, Refusal};
use super::scatter::Values;
use super::{Finish, Grouping, Piece, put_together};
use crate::Error;
use crate::execute::all_columns;
use crate::pipeline::{Pipeline, Run};
use crate::pool::Pool;
use crate::sort::ordered;
use colq_column::{Batch, Column};
use colq_context::Context;
use colq_kernels::Partitioning;
use colq_plan::PlanSortKey;
use colq_types::{DataType, Field, Schema};
use std::sync::Arc;

/// Groups that may be among the first of all, in the order of their first rows.
pub(super) struct Candidates {
    first_rows: Vec<u64>,
    columns: Vec<Column>,
}

/// Groups by some of the columns of keys and answers.
pub(super) struct ByColumns<'a> {
    pub(super) grouping: &'a Grouping<'a>,
    pub(super) partitioning: &'a Partitioning,
    pub(super) values: &'a Values,
    pub(super) finish: &'a Finish<'a>,
    pub(super) order: &'a [PlanSortKey],
    pub(super) wanted: usize,
}

impl ByColumns<'_> {
    /// The first groups of a partition. Only of them keys and answers are made, but for what the order is by.
    ///
    /// Groups stand in the order of their first rows, so those that tie are the first of their partition as they would
    /// be of all groups.
    pub(super) fn candidates(&self, counted: &Counted) -> Result<Candidates, Refusal> {
        let group_count = counted.first_rows.len();
        let first = match group_count <= self.wanted {
            true => (0..group_count as u32).collect(),
            false => {
                let key_count = self.grouping.keys.len();
                let is_looked_at = |call: usize| self.order.iter().any(|key| key.column == key_count + call);
                let answers = self.answers(counted, None, &is_looked_at)?;
                self.first_groups(counted, &answers).map_err(Refusal::internal)?
            }
        };
        let groups = first.iter().map(|group| *group as usize);
        let mut columns = counted.keys(self.partitioning, self.grouping, groups.clone());
        columns.extend(self.answers(counted, Some(&first), &|_| true)?.into_iter().flatten());
        Ok(Candidates { first_rows: groups.map(|group| counted.first_rows.row(group)).collect(), columns })
    }

    /// The answers of the calls that are wanted, of these groups or of all.
    fn answers(
        &self,
        counted: &Counted,
        groups: Option<&[u32]>,
        is_wanted: &dyn Fn(usize) -> bool,
    ) -> Result<Vec<Option<Column>>, Refusal> {
        counted.answers(self.grouping, self.values, self.finish, groups, is_wanted)
    }

    /// The numbers of the first groups, in any order.
    fn first_groups(&self, counted: &Counted, answers: &[Option<Column>]) -> Result<Vec<u32>, Error> {
        let broken = || Error::Internal("the groups of a partition do not fit their schema".into());
        let key_count = self.grouping.keys.len();
        let group_count = counted.first_rows.len();
        let keys = match self.order.iter().any(|key| key.column < key_count) {
            true => counted.keys(self.partitioning, self.grouping, 0..group_count),
            false => Vec::new(),
        };
        let column = |key: &PlanSortKey| match key.column.checked_sub(key_count) {
            None => keys.get(key.column).cloned().ok_or_else(broken),
            Some(answer) => answers.get(answer).cloned().flatten().ok_or_else(broken),
        };
        let mut columns = self.order.iter().map(column).collect::<Result<Vec<Column>, _>>()?;
        columns.push(Column::new(DataType::U32, (0..group_count as u32).collect::<Vec<_>>()));
        let field = |(at, column): (usize, &Column)| Field::new(at.to_string(), column.data_type);
        let schema = Arc::new(Schema::new(columns.iter().enumerate().map(field).collect()));
        let batch = Batch::new(schema.clone(), columns).ok_or_else(broken)?;
        // One thread a partition, and what is only looked at is not counted as read.
        let (pool, context) = (Pool::new(1), Context::new());
        let run = Run { pool: &pool, context: &context, recorder: None };
        let pipeline = Pipeline::new(Arc::new(batch), None)?;
        let order: Vec<PlanSortKey> =
            self.order.iter().enumerate().map(|(column, key)| PlanSortKey { column, ..*key }).collect();
        let first = ordered(&pipeline, &all_columns(&schema), &schema, &order, self.wanted, run)?;
        let first = first.into_batch(&context)?;
        let numbers = first.columns().last().ok_or_else(broken)?;
        Ok(numbers.values.as_values().as_slice::<u32>().ok_or_else(broken)?.to_vec())
    }
}

/// The candidates of all partitions, in the order of their first rows.
pub(super) fn joined_candidates(all: Vec<Candidates>) -> Result<Option<Piece>, Error> {
    let Some(types) = all.first().map(|one| one.columns.iter().map(|c| c.data_type).collect::<Vec<_>>())
    else {
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
