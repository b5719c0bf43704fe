//! The one way from a query to its answer: names to tables, a plan, its execution.

use crate::analysis::{Analysis, RunFacts};
use crate::{Frame, Result};
use colq_column::ColumnSource;
use colq_context::Context;
use colq_exec::{Batches, Pool, analyze, execute, execute_batches, explain};
use colq_plan::{Catalog, Plan, Query, bind};
use colq_types::Schema;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Finds the tables that a query names.
pub(crate) trait Tables {
    /// The table of this name or path.
    fn find(&self, name: &str) -> Result<Arc<dyn ColumnSource>>;
}

/// The tables of one query: each is found once, and the plan and its execution see the same version of it.
struct Found<'a> {
    tables: &'a dyn Tables,
    sources: RefCell<HashMap<String, Arc<dyn ColumnSource>>>,
    open_time: Cell<Duration>,
    /// The first error that was more than a missing table, which the planner's own error would hide.
    failed: RefCell<Option<crate::Error>>,
}

impl Catalog for Found<'_> {
    fn schema(&self, name: &str) -> Result<Schema, String> {
        if let Some(source) = self.sources.borrow().get(name) {
            return Ok(source.schema().clone());
        }
        let start = Instant::now();
        let found = self.tables.find(name);
        self.open_time.set(self.open_time.get() + start.elapsed());
        match found {
            Ok(source) => {
                let schema = source.schema().clone();
                self.sources.borrow_mut().insert(name.to_owned(), source);
                Ok(schema)
            }
            Err(error) => {
                let reason =
                    error.unknown_table_reason().map_or_else(|| error.to_string(), ToOwned::to_owned);
                if !error.is_query() {
                    *self.failed.borrow_mut() = Some(error);
                }
                Err(reason)
            }
        }
    }
}

/// How a query is run.
#[derive(Debug, Clone, Default)]
pub(crate) struct Settings {
    /// 0 means one for each processor.
    pub(crate) threads: usize,
    pub(crate) context: Context,
}

/// A checked query with its tables.
pub(crate) struct Prepared {
    plan: Plan,
    sources: HashMap<String, Arc<dyn ColumnSource>>,
    open_time: Duration,
}

/// Finds the tables of a query and checks it.
pub(crate) fn prepare(query: &Query, tables: &dyn Tables) -> Result<Prepared> {
    let found =
        Found { tables, sources: RefCell::default(), open_time: Cell::default(), failed: RefCell::new(None) };
    let plan = bind(query, &found);
    if let Some(failed) = found.failed.into_inner() {
        return Err(failed);
    }
    Ok(Prepared { plan: plan?, sources: found.sources.into_inner(), open_time: found.open_time.get() })
}

impl Prepared {
    /// Names and types of the answer.
    pub(crate) fn schema(&self) -> &Arc<Schema> {
        self.plan.schema()
    }

    /// The steps as text.
    pub(crate) fn explain(&self, settings: &Settings) -> Result<String> {
        Ok(explain(&self.plan, &self.sources, &settings.context)?.to_string())
    }

    /// Runs it and says what the steps took.
    pub(crate) fn analyze(&self, settings: &Settings) -> Result<Analysis> {
        let pool = Pool::new(settings.threads);
        let start = Instant::now();
        let (batch, step) = analyze(&self.plan, &self.sources, &pool, &settings.context)?;
        let mapped = self.sources.values().any(|source| source.is_mapped());
        let run = RunFacts {
            took: start.elapsed(),
            open_took: self.open_time,
            threads: pool.thread_count(),
            mapped,
        };
        Ok(Analysis::new(Frame::new(batch), step, run, &settings.context))
    }

    /// Zones of all tables.
    pub(crate) fn zone_count(&self) -> u64 {
        self.sources.values().map(|source| colq_types::zone_count(source.row_count())).sum()
    }

    /// How long finding and opening the tables took.
    pub(crate) fn open_time(&self) -> Duration {
        self.open_time
    }

    /// Runs it as a stream.
    pub(crate) fn batches(&self, settings: &Settings) -> Result<Batches> {
        let pool = Pool::new(settings.threads);
        Ok(execute_batches(&self.plan, &self.sources, &pool, &settings.context)?)
    }

    /// Runs it.
    pub(crate) fn run(&self, settings: &Settings) -> Result<Frame> {
        let pool = Pool::new(settings.threads);
        Ok(Frame::new(execute(&self.plan, &self.sources, &pool, &settings.context)?))
    }
}
