//! Building a query in Rust.

use crate::answer::{Settings, Tables, prepare};
use crate::{Analysis, Context, Expr, Frame, Frames, Result, SortKey, Table};
use colq_column::ColumnSource;
use colq_plan::{ExprKind, Relation, SelectItem};
use std::path::Path;
use std::sync::Arc;

/// The name of the one table of a built query.
const THIS: &str = "this";

/// A query over one table. Nothing is read before [`Query::collect`],
/// [`Query::batches`] or [`Query::write`].
#[derive(Debug, Clone)]
pub struct Query {
    table: Table,
    query: colq_plan::Query,
    settings: Settings,
}

struct One(Arc<dyn ColumnSource>);

impl Tables for One {
    fn find(&self, _name: &str) -> Result<Arc<dyn ColumnSource>> {
        Ok(self.0.clone())
    }
}

impl Query {
    pub(crate) fn over(table: &Table) -> Query {
        Query {
            table: table.clone(),
            query: colq_plan::Query::from(Relation::table(THIS)),
            settings: Settings::default(),
        }
    }

    /// Keeps the rows for which `predicate` is true. Several filters are joined by AND.
    #[must_use]
    pub fn filter(mut self, predicate: Expr) -> Query {
        self.query.filter = Some(match self.query.filter.take() {
            Some(before) => before.and(predicate),
            None => predicate,
        });
        self
    }

    /// Answers with these columns instead of all.
    #[must_use]
    pub fn select(mut self, exprs: impl IntoIterator<Item = Expr>) -> Query {
        self.query.select = exprs.into_iter().map(SelectItem::Expr).collect();
        self
    }

    /// Groups by these expressions. The answer begins with them; [`Query::agg`] adds to it.
    #[must_use]
    pub fn group_by(mut self, keys: impl IntoIterator<Item = Expr>) -> Query {
        let keys: Vec<Expr> = keys.into_iter().collect();
        self.query.select = keys.iter().cloned().map(SelectItem::Expr).collect();
        self.query.group_by = keys
            .into_iter()
            .map(|key| match key.kind {
                ExprKind::Alias { expr, .. } => *expr,
                _ => key,
            })
            .collect();
        self
    }

    /// Adds aggregates to the answer, over each group or over all rows.
    #[must_use]
    pub fn agg(mut self, aggregates: impl IntoIterator<Item = Expr>) -> Query {
        self.query.select.retain(|item| *item != SelectItem::Wildcard);
        self.query.select.extend(aggregates.into_iter().map(SelectItem::Expr));
        self
    }

    /// Keeps the groups for which `predicate` is true.
    #[must_use]
    pub fn having(mut self, predicate: Expr) -> Query {
        self.query.having = Some(match self.query.having.take() {
            Some(before) => before.and(predicate),
            None => predicate,
        });
        self
    }

    /// Each distinct row once.
    #[must_use]
    pub fn distinct(mut self) -> Query {
        self.query.distinct = true;
        self
    }

    /// Orders the answer: `sort([col("zone")])`, or `sort([col("fare").desc(), col("zone").asc()])`.
    #[must_use]
    pub fn sort<K: Into<SortKey>>(mut self, keys: impl IntoIterator<Item = K>) -> Query {
        self.query.order_by = keys.into_iter().map(Into::into).collect();
        self
    }

    /// At most this many rows.
    #[must_use]
    pub fn limit(mut self, row_count: u64) -> Query {
        self.query.limit = Some(row_count);
        self
    }

    /// Leaves out this many rows first.
    #[must_use]
    pub fn offset(mut self, row_count: u64) -> Query {
        self.query.offset = row_count;
        self
    }

    /// Works with this many threads; 0, the default, is one for each processor. The answer is the same.
    #[must_use]
    pub fn threads(mut self, thread_count: usize) -> Query {
        self.settings.threads = thread_count;
        self
    }

    /// Runs with this context: its memory limit, its cancellation, its counters.
    #[must_use]
    pub fn context(mut self, context: Context) -> Query {
        self.settings.context = context;
        self
    }

    /// The answer, in memory.
    ///
    /// # Errors
    /// The query makes no sense, a row cannot be computed, or the table cannot be read.
    pub fn collect(&self) -> Result<Frame> {
        prepare(&self.query, &One(self.table.source()))?.run(&self.settings)
    }

    /// The answer as a stream of frames of up to 65,536 rows each, so that it need not fit in memory.
    ///
    /// # Errors
    /// As [`Query::collect`]; a row that cannot be computed is an error of the stream.
    pub fn batches(&self) -> Result<Frames> {
        let prepared = prepare(&self.query, &One(self.table.source()))?;
        Ok(Frames::new(prepared.batches(&self.settings)?, None))
    }

    /// Writes the answer to a new table, as [`Frames::write`] does, and gives the number of its rows.
    ///
    /// # Errors
    /// As [`Query::collect`] and [`Frames::write`].
    pub fn write(&self, path: impl AsRef<Path>) -> Result<u64> {
        self.batches()?.write(path)
    }

    /// The steps that would be taken, as text: a tree with types, estimates, and what the zone summaries decide.
    ///
    /// # Errors
    /// The query makes no sense, or what is known of the table's zones cannot be read.
    pub fn explain(&self) -> Result<String> {
        prepare(&self.query, &One(self.table.source()))?.explain(&self.settings)
    }

    /// Runs the query, and says what its steps took.
    ///
    /// # Errors
    /// As [`Query::collect`].
    pub fn analyze(&self) -> Result<Analysis> {
        prepare(&self.query, &One(self.table.source()))?.analyze(&self.settings)
    }
}
