//! SQL over tables by name and by path.

use crate::answer::{Prepared, Settings, Tables, prepare};
use crate::{Analysis, Context, Frame, Frames, Result, Table};
use colq_column::ColumnSource;
use colq_plan::{PlanError, PlanErrorKind, suggest};
use colq_types::Schema;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

#[cfg(feature = "csv")]
use crate::{Cache, ImportOptions};

/// Tables by name, and how to find the rest.
///
/// A name in a query is, in this order: a registered table; the path of a table; the path of a table without its
/// `.colq`; with the feature `csv`, the path of a file that can be imported, which goes through a [`Cache`]. A path with
/// `*`, `?` or `[..]` is all tables and files that match, in the order of their names, as one table; they must have the
/// same columns.
#[derive(Debug, Default)]
pub struct Session {
    tables: Vec<(String, Table)>,
    /// Answers that stand for tables, in memory.
    frames: Vec<(String, Arc<colq_column::Batch>)>,
    reading: Reading,
    settings: Settings,
    #[cfg(feature = "csv")]
    import: ImportOptions,
    #[cfg(feature = "csv")]
    cache: Option<Cache>,
}

/// How tables are opened.
#[derive(Debug, Clone, Copy, Default)]
enum Reading {
    /// By positioned reads.
    #[default]
    Plain,
    /// By positioned reads, each block held against its hash.
    Checked,
    /// By mapping; only [`Session::mapped`] makes it.
    Mapped,
}

impl Session {
    /// A session that opens tables by positioned reads.
    pub fn new() -> Session {
        Session::default()
    }

    /// A session that maps the tables it opens.
    ///
    /// # Safety
    /// The caller promises for every table that the session will open what [`Table::map`] asks for.
    #[expect(unsafe_code, reason = "passes on the promise of Table::map")]
    pub unsafe fn mapped() -> Session {
        Session { reading: Reading::Mapped, ..Session::default() }
    }

    /// A session that opens tables by positioned reads and holds every block against its hash as it is read.
    pub fn checked() -> Session {
        Session { reading: Reading::Checked, ..Session::default() }
    }

    /// Another session of the same settings, without its tables.
    pub(crate) fn like(&self) -> Session {
        Session {
            tables: Vec::new(),
            frames: Vec::new(),
            reading: self.reading,
            settings: self.settings.clone(),
            #[cfg(feature = "csv")]
            import: self.import.clone(),
            #[cfg(feature = "csv")]
            cache: self.cache.clone(),
        }
    }

    /// Gives a table a name.
    pub fn register(&mut self, name: impl Into<String>, table: Table) {
        let name = name.into();
        self.tables.retain(|(known, _)| *known != name);
        self.tables.push((name, table));
    }

    /// Gives an answer a name, so that queries find it as a table in memory, before any other table of this name.
    pub fn register_frame(&mut self, name: impl Into<String>, frame: Frame) {
        let name = name.into();
        self.forget_frame(&name);
        self.frames.push((name, Arc::new(frame.into_batch())));
    }

    /// Takes the name from an answer that has exactly this one, and says whether there was one.
    pub fn forget_frame(&mut self, name: &str) -> bool {
        let before = self.frames.len();
        self.frames.retain(|(known, _)| known != name);
        self.frames.len() < before
    }

    /// The answer that a query would find under this name.
    fn find_frame(&self, name: &str) -> Option<&Arc<colq_column::Batch>> {
        let exactly = self.frames.iter().find(|(known, _)| known == name);
        let mut alike = self.frames.iter().filter(|(known, _)| known.eq_ignore_ascii_case(name));
        let found = exactly.or_else(|| match (alike.next(), alike.next()) {
            (Some(one), None) => Some(one),
            _ => None,
        });
        found.map(|(_, frame)| frame)
    }

    /// Works with this many threads; 0 is one for each processor. The answers are the same.
    pub fn set_threads(&mut self, thread_count: usize) {
        self.settings.threads = thread_count;
        #[cfg(feature = "csv")]
        {
            self.import.threads = thread_count;
        }
    }

    /// Runs queries with this context: its memory limit, its cancellation, its counters.
    pub fn set_context(&mut self, context: Context) {
        self.settings.context = context;
    }

    /// How files that queries name are imported.
    #[cfg(feature = "csv")]
    pub fn set_import_options(&mut self, options: ImportOptions) {
        self.import = options;
    }

    /// Keeps imported files in this cache instead of the user's.
    #[cfg(feature = "csv")]
    pub fn set_cache(&mut self, cache: Cache) {
        self.cache = Some(cache);
    }

    /// Opens a table the way this session does.
    ///
    /// # Errors
    /// As [`Table::open`].
    pub fn open(&self, path: impl AsRef<Path>) -> Result<Table> {
        match self.reading {
            Reading::Plain => return Table::open(path),
            Reading::Checked => return Table::open_checked(path),
            Reading::Mapped => {}
        }
        #[expect(unsafe_code, reason = "the promise was given to Session::mapped")]
        // SAFETY: `Mapped` stands only in a session made by `Session::mapped`, whose caller promised this.
        unsafe {
            Table::map(path)
        }
    }

    /// Answers a SELECT. Tables are looked up anew each time, so a later query sees later versions.
    ///
    /// # Errors
    /// The SQL makes no sense, a table cannot be found or read, or a row cannot be computed. The error knows
    /// the place in the SQL.
    pub fn sql(&self, sql: &str) -> Result<Frame> {
        self.prepare(sql)?.run()
    }

    /// Reads a SELECT, opens its tables and checks it.
    ///
    /// # Errors
    /// The SQL makes no sense, or a table cannot be found or opened.
    pub fn prepare(&self, sql: &str) -> Result<Statement> {
        let (query, wanted) = parse(sql)?;
        let prepared = prepare(&query, self).map_err(|e| e.in_sql(sql))?;
        let doubts = crate::doubts::doubts(&query);
        Ok(Statement { sql: sql.to_owned(), prepared, wanted, doubts, settings: self.settings.clone() })
    }

    /// Answers a query that is data already.
    #[cfg(feature = "sql")]
    pub(crate) fn run(&self, query: &colq_plan::Query) -> Result<Frame> {
        prepare(query, self)?.run(&self.settings)
    }

    /// The table of a name or path, found as in a query.
    ///
    /// # Errors
    /// There is no such table or file, or it cannot be opened.
    pub fn table(&self, name: &str) -> Result<Table> {
        self.find_table(name)
    }

    fn is_registered(&self, name: &str) -> bool {
        self.tables.iter().any(|(known, _)| known.eq_ignore_ascii_case(name))
    }

    /// The tables that can be named without a path: registered ones, and `.colq` folders in this one; sorted.
    pub fn table_names(&self) -> Vec<String> {
        let mut names: Vec<String> = self.tables.iter().map(|(name, _)| name.clone()).collect();
        for entry in std::fs::read_dir(".").into_iter().flatten().flatten() {
            let path = PathBuf::from(entry.file_name());
            if let (Some(stem), true) = (path.file_stem(), path.extension().is_some_and(|e| e == "colq")) {
                names.push(stem.to_string_lossy().into_owned());
            }
        }
        names.sort();
        names.dedup();
        names
    }

    fn find_table(&self, name: &str) -> Result<Table> {
        let exactly = self.tables.iter().find(|(known, _)| known == name);
        let mut alike = self.tables.iter().filter(|(known, _)| known.eq_ignore_ascii_case(name));
        let known = exactly.or_else(|| match (alike.next(), alike.next()) {
            (Some(one), None) => Some(one),
            _ => None,
        });
        if let Some((_, table)) = known {
            return Ok(table.clone());
        }
        let path = Path::new(name);
        let with_extension = PathBuf::from(format!("{name}.colq"));
        // A folder that happens to have the bare name is no table, and says so only where there is none beside it.
        if path.is_dir() && (colq_store::is_table(path) || !with_extension.is_dir()) {
            return self.open(path);
        }
        if with_extension.is_dir() {
            return self.open(with_extension);
        }
        #[cfg(feature = "csv")]
        if path.is_file() {
            return self.import(path);
        }
        Err(self.unknown(name))
    }

    fn unknown(&self, name: &str) -> crate::Error {
        let names = self.table_names();
        // What looks like the path of a file is compared with the files beside it.
        if Path::new(name).extension().is_some_and(|extension| extension != "colq") {
            let mut reason = format!("there is no file {name}.");
            if let Some(best) = crate::place::like(Path::new(name)) {
                reason.push_str(&format!(" Did you mean '{}'?", best.display()));
            }
            return PlanError::new(PlanErrorKind::UnknownTable { name: name.to_owned(), reason }, None)
                .into();
        }
        let (mut reason, stem) = match name.strip_suffix(".colq") {
            Some(stem) => (format!("there is no table at {name}."), stem),
            None => (format!("there is no file {name}, and no table {name}.colq."), name),
        };
        if let Some(best) = suggest(stem, &names) {
            reason.push_str(&format!(" Did you mean {best}?"));
        } else if !names.is_empty() {
            reason.push_str(&format!(" Tables here are {}.", names.join(", ")));
        }
        PlanError::new(PlanErrorKind::UnknownTable { name: name.to_owned(), reason }, None).into()
    }

    #[cfg(feature = "csv")]
    fn import(&self, path: &Path) -> Result<Table> {
        let cache = match &self.cache {
            Some(cache) => cache.clone(),
            None => Cache::of_user()?,
        };
        let table = cache.import(path, &self.import, &self.settings.context)?;
        self.open(table)
    }
}

/// What a statement asks for.
#[cfg_attr(not(feature = "sql"), allow(dead_code, reason = "only SQL asks for more than rows"))]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// The rows of the answer.
    Rows,
    /// The steps that it would take: EXPLAIN.
    Steps,
    /// The steps that it took: EXPLAIN ANALYZE.
    Analysis,
}

/// A checked SELECT with its tables open.
pub struct Statement {
    sql: String,
    prepared: Prepared,
    wanted: Wanted,
    doubts: Vec<String>,
    settings: Settings,
}

impl Statement {
    /// Runs it. Each run gives the same answer: the tables stay at the versions they were opened at.
    ///
    /// # Errors
    /// A row cannot be computed, or a table cannot be read.
    pub fn run(&self) -> Result<Frame> {
        match self.wanted {
            Wanted::Rows => {}
            Wanted::Steps => return Frame::of_text("plan", &self.explain()?),
            Wanted::Analysis => return Frame::of_text("plan", &self.analyze()?.to_string()),
        }
        self.prepared.run(&self.settings).map_err(|e| e.in_sql(&self.sql))
    }

    /// Runs it as a stream of frames, so that the answer need not fit in memory.
    ///
    /// # Errors
    /// As [`Statement::run`]; a row that cannot be computed is an error of the stream.
    pub fn batches(&self) -> Result<Frames> {
        let batches = self.prepared.batches(&self.settings).map_err(|e| e.in_sql(&self.sql))?;
        Ok(Frames::new(batches, Some(self.sql.clone())))
    }

    /// Names and types of the columns of the answer.
    pub fn schema(&self) -> &Arc<Schema> {
        self.prepared.schema()
    }

    /// True for EXPLAIN, whose answer is the steps as text.
    pub fn is_explain(&self) -> bool {
        self.wanted != Wanted::Rows
    }

    /// What is allowed and hardly meant, in sentences for people: `tip = NULL` is never true.
    pub fn doubts(&self) -> &[String] {
        &self.doubts
    }

    /// The steps that it would take, as text: a tree with types, estimates, and what the zone summaries decide.
    ///
    /// # Errors
    /// What is known of a table's zones cannot be read.
    pub fn explain(&self) -> Result<String> {
        self.prepared.explain(&self.settings)
    }

    /// Runs it, and says what its steps took.
    ///
    /// # Errors
    /// As [`Statement::run`].
    pub fn analyze(&self) -> Result<Analysis> {
        self.prepared.analyze(&self.settings).map_err(|e| e.in_sql(&self.sql))
    }

    /// How many zones the tables have that it reads, each table counted once. [`Counter`](crate::Counter)s of zones come
    /// to about as many.
    pub fn zone_count(&self) -> u64 {
        self.prepared.zone_count()
    }

    /// How long finding and opening the tables took, importing files included.
    pub fn open_time(&self) -> Duration {
        self.prepared.open_time()
    }
}

#[cfg(feature = "sql")]
pub(crate) fn parse(sql: &str) -> Result<(Box<colq_plan::Query>, Wanted)> {
    let refused = |error: PlanError| crate::Error::from(error).in_sql(sql);
    match colq_sql::parse(sql).map_err(refused)? {
        colq_sql::Statement::Select(query) => Ok((query, Wanted::Rows)),
        colq_sql::Statement::Explain(query) => Ok((query, Wanted::Steps)),
        colq_sql::Statement::ExplainAnalyze(query) => Ok((query, Wanted::Analysis)),
        // A kind of statement that the parser learns before this crate does.
        _ => {
            let clause = "This kind of statement".to_owned();
            Err(refused(PlanError::new(PlanErrorKind::Unsupported { clause }, None)))
        }
    }
}

#[cfg(not(feature = "sql"))]
pub(crate) fn parse(_sql: &str) -> Result<(Box<colq_plan::Query>, Wanted)> {
    Err(crate::error::Kind::NoSql.into())
}

impl Tables for Session {
    fn find(&self, name: &str) -> Result<Arc<dyn ColumnSource>> {
        if let Some(frame) = self.find_frame(name) {
            return Ok(frame.clone());
        }
        if crate::glob::is_pattern(name) && !self.is_registered(name) {
            return crate::glob::find(self, name);
        }
        Ok(self.find_table(name)?.source())
    }
}
