//! A condition in SQL over rows that are no table yet: those of an import, batch after batch.

use crate::answer::{Settings, Tables, prepare};
use crate::{Context, Result};
use colq_column::{Batch, ColumnSource};
use colq_plan::{PlanError, PlanErrorKind, Query, Span};
use std::sync::Arc;

/// The condition, read once.
pub(crate) struct Condition {
    sql: String,
    query: Box<Query>,
    settings: Settings,
}

struct One(Arc<Batch>);

impl Tables for One {
    fn find(&self, _name: &str) -> Result<Arc<dyn ColumnSource>> {
        Ok(self.0.clone())
    }
}

impl Condition {
    /// Reads a condition, such as `fare > 10 AND zone IS NOT NULL`.
    pub(crate) fn new(condition: &str, threads: usize, context: &Context) -> Result<Condition> {
        // Parentheses keep out what is more than a condition, the line end what a comment would swallow.
        let sql = format!("SELECT * FROM this WHERE ({condition}\n)");
        let (query, _) = crate::session::parse(&sql)?;
        // Parentheses of its own may have closed ours.
        let is_more = !query.order_by.is_empty() || !query.group_by.is_empty() || query.limit.is_some();
        if is_more || query.having.is_some() || query.qualify.is_some() || query.offset > 0 {
            let message = "this is more than a condition".to_owned();
            let kind = PlanErrorKind::Syntax { message, hint: Some("write as after WHERE".into()) };
            let place = Span { start: sql.len() - condition.len() - 2, end: sql.len() - 2 };
            return Err(crate::Error::from(PlanError::new(kind, Some(place))).in_sql(&sql));
        }
        Ok(Condition { sql, query, settings: Settings { threads, context: context.clone() } })
    }

    /// The rows of the batch for which it is true.
    pub(crate) fn keep(&self, batch: Batch) -> Result<Batch> {
        let prepared = prepare(&self.query, &One(Arc::new(batch))).map_err(|e| e.in_sql(&self.sql))?;
        Ok(prepared.run(&self.settings).map_err(|e| e.in_sql(&self.sql))?.into_batch())
    }
}
