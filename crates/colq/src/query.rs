//! Building a query in Rust.

use crate::answer::{Settings, Tables, prepare};
use crate::{Analysis, Context, Expr, Frame, Frames, Result, SortKey, Table};
use colq_column::ColumnSource;
use colq_plan::{ExprKind, Relation, SelectItem};
use std::path::Path;
use std::sync::Arc;

/// The name of the first table of a built query; those that a union adds are `this 2` and so on.
const THIS: &str = "this";

/// A query over one table, or over several of like columns ([`Query::union_all`]). Nothing is read before [`Query::collect`],
/// [`Query::batches`] or [`Query::write`].
#[derive(Debug, Clone)]
pub struct Query {
    table: Inputs,
    query: colq_plan::Query,
    settings: Settings,
}

/// The tables of a query: one, and those of the queries that were put behind it.
#[derive(Debug, Clone)]
struct Inputs {
    first: Table,
    others: Vec<Table>,
}

impl Inputs {
    /// All of them as the execution sees them, the first beside the others.
    fn source(&self) -> (Arc<dyn ColumnSource>, Vec<Arc<dyn ColumnSource>>) {
        (self.first.source(), self.others.iter().map(Table::source).collect())
    }
}

struct One((Arc<dyn ColumnSource>, Vec<Arc<dyn ColumnSource>>));

impl Tables for One {
    fn find(&self, name: &str) -> Result<Arc<dyn ColumnSource>> {
        let (first, others) = &self.0;
        let number = name.rsplit_once(' ').and_then(|(_, number)| number.parse::<usize>().ok());
        let other = number.and_then(|number| others.get(number.checked_sub(2)?));
        Ok(other.unwrap_or(first).clone())
    }
}

/// Gives the tables of a query the names that stand behind `before` others.
fn renumber(query: &mut colq_plan::Query, before: usize) {
    match &mut query.from {
        None => {}
        Some(Relation::Table { name, .. }) => {
            let number = name.rsplit_once(' ').and_then(|(_, number)| number.parse::<usize>().ok());
            *name = format!("{THIS} {}", number.unwrap_or(1) + before);
        }
        Some(Relation::Query(inner)) => renumber(inner, before),
        Some(Relation::UnionAll(queries)) => queries.iter_mut().for_each(|query| renumber(query, before)),
    }
}

impl Query {
    pub(crate) fn over(table: &Table) -> Query {
        Query {
            table: Inputs { first: table.clone(), others: Vec::new() },
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

    /// The rows of this query and then those of the other, which has as many columns: the names are those of this one, and
    /// each column has the type in which both can be given. What is said afterwards (a filter, an order, a limit) is of all
    /// the rows. The threads and the context are those of this query.
    ///
    /// ```
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("trips.colq");
    /// # std::fs::write(folder.path().join("a.csv"), "zone,fare\n1,12.5\n7,30\n")?;
    /// # colq::import(folder.path().join("a.csv"), &path)?;
    /// use colq::{Table, col, lit};
    ///
    /// let trips = Table::open(&path)?;
    /// let dear = trips.query().filter(col("fare").gt(lit(20)));
    /// let all = dear.union_all(trips.query()).sort([col("fare").desc()]).collect()?;
    /// assert_eq!(all.row_count(), 3);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn union_all(mut self, mut other: Query) -> Query {
        let before = 1 + self.table.others.len();
        renumber(&mut other.query, before);
        self.table.others.push(other.table.first);
        self.table.others.extend(other.table.others);
        self.query = colq_plan::Query::from(Relation::UnionAll(vec![self.query, other.query]));
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
