//! The one error of the crate: opaque, with predicates for what a program may want to do about it.

use colq_exec::KernelError;
use colq_plan::PlanError;
use std::fmt;
use std::ops::Range;
#[cfg(feature = "csv")]
use std::path::PathBuf;

/// The result of anything colq does.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong. Its text is a sentence to act on; [`std::error::Error::source`] has the layer below.
#[derive(Debug)]
pub struct Error(Box<Inner>);

#[derive(Debug)]
struct Inner {
    kind: Kind,
    /// The SQL text that spans are places of.
    sql: Option<String>,
}

/// The root causes, by the layer that found them.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Kind {
    #[error(transparent)]
    Store(#[from] colq_store::Error),
    #[cfg(feature = "csv")]
    #[error(transparent)]
    Read(#[from] colq_io::Error),
    #[cfg(feature = "arrow")]
    #[error(transparent)]
    Arrow(#[from] colq_arrow::Error),
    #[error(transparent)]
    Plan(#[from] PlanError),
    #[error(transparent)]
    Run(#[from] colq_exec::Error),
    #[error("No column named {name}. Columns are {}.", columns.join(", "))]
    NoColumn { name: String, columns: Vec<String> },
    #[error("Row {row} of column `{column}` is {found}, and {expected} was asked for.")]
    WrongScalar { column: String, row: usize, found: String, expected: &'static str },
    #[error("{text:?} is not of the form name = expression.")]
    Assignment { text: String },
    #[error("{what} gives {found} columns, and one was expected.")]
    OneColumn { what: String, found: usize },
    #[error("Row {row} of column `{column}` is {value}, and a table holds decimals of 18 digits.")]
    TooManyDigits { column: String, row: u64, value: String },
    #[error(
        "Field `{column}` is declared {declared}, which is no type that lies in memory like its {natural}."
    )]
    FieldType { column: String, declared: String, natural: String },
    #[error("Column `{column}` holds {found}, and a row has {expected} there.")]
    RowType { column: String, found: String, expected: String },
    #[error("The table has the columns {expected}, and the rows have {found}.")]
    RowSchema { expected: String, found: String },
    #[error("Column `{column}` holds {found}, and {expected} was asked for.")]
    WrongType { column: String, found: String, expected: &'static str },
    #[cfg(feature = "csv")]
    #[error("Could not {operation} {}: {source}.", path.display())]
    Io { operation: &'static str, path: PathBuf, source: std::io::Error },
    #[cfg(feature = "csv")]
    #[error("{} has the columns {found}, and {expected} was expected.", path.display())]
    SchemaMismatch { path: PathBuf, expected: String, found: String },
    #[cfg(feature = "csv")]
    #[error("The name {} does not tell what kind of file to write.", path.display())]
    UnknownFormat { path: PathBuf },
    #[cfg(feature = "csv")]
    #[error("There is nowhere to keep imported files: neither COLQ_CACHE nor HOME is set.")]
    NoCache,
    #[error("{message}.")]
    #[cfg(feature = "sql")]
    SmallTable { message: String },
    #[error("This build of colq has no SQL. Build it with the feature `sql`.")]
    #[cfg(not(feature = "sql"))]
    NoSql,
}

impl<T: Into<Kind>> From<T> for Error {
    fn from(kind: T) -> Error {
        Error(Box::new(Inner { kind: kind.into(), sql: None }))
    }
}

impl Error {
    /// For `map_err`: an error of the operating system at a path.
    #[cfg(feature = "csv")]
    pub(crate) fn io(
        operation: &'static str,
        path: impl Into<PathBuf>,
    ) -> impl FnOnce(std::io::Error) -> Error {
        let path = path.into();
        move |source| Kind::Io { operation, path, source }.into()
    }

    /// The same error with the text that its place is in.
    pub(crate) fn in_sql(mut self, sql: &str) -> Error {
        self.0.sql = Some(sql.to_owned());
        self
    }

    /// Why there is no such table, where that is what is wrong.
    pub(crate) fn unknown_table_reason(&self) -> Option<&str> {
        match &self.0.kind {
            Kind::Plan(error) => match error.kind() {
                colq_plan::PlanErrorKind::UnknownTable { reason, .. } => Some(reason),
                _ => None,
            },
            _ => None,
        }
    }

    /// The store's error, wherever on the way it was wrapped.
    fn store(&self) -> Option<&colq_store::Error> {
        match &self.0.kind {
            Kind::Store(error) => Some(error),
            Kind::Run(colq_exec::Error::Source(error)) => error.get_ref().downcast_ref(),
            _ => None,
        }
    }

    /// The SQL text of the query, if it was one in SQL.
    pub fn sql(&self) -> Option<&str> {
        self.0.sql.as_deref()
    }

    /// The place in the SQL text, in bytes.
    pub fn span(&self) -> Option<Range<usize>> {
        let span = match &self.0.kind {
            Kind::Plan(error) => error.span(),
            Kind::Run(error) => error.span(),
            _ => None,
        }?;
        let len = self.0.sql.as_ref().map_or(0, String::len);
        (span.start <= span.end && span.end <= len).then_some(span.start..span.end)
    }

    /// What to do about it, where the message does not say so already.
    pub fn hint(&self) -> Option<String> {
        match &self.0.kind {
            Kind::Plan(error) => error.hint(),
            Kind::NoColumn { name, columns } => {
                colq_plan::suggest(name, columns).map(|best| format!("did you mean `{best}`?"))
            }
            Kind::Assignment { .. } => Some(
                "write it as in \"tip_share = tip / fare\"; a name with spaces stands in double quotes"
                    .into(),
            ),
            Kind::TooManyDigits { .. } => {
                Some("cast it to fewer digits after the point, or to f64, before it is written".into())
            }
            #[cfg(feature = "csv")]
            Kind::Read(error) => of_file(error),
            Kind::Run(colq_exec::Error::Row { source: KernelError::Arithmetic(error), .. })
                if error.is_division_by_zero() => Some(
                "leave such rows out with WHERE, or divide as floats, as in x::f64 / y, which gives Infinity or NaN"
                    .into(),
            ),
            _ if self.is_unsupported() => {
                Some("read it with a newer colq, or import what it was made of with this one".into())
            }
            #[cfg(feature = "csv")]
            Kind::UnknownFormat { .. } => {
                let names = colq_io::Format::ALL.map(|f| f.name());
                Some(format!("extensions are {}, and colq for a table", names.join(", ")))
            }
            #[cfg(feature = "csv")]
            Kind::NoCache => Some("set COLQ_CACHE to a folder, or import the file to a table first".into()),
            _ => None,
        }
    }

    /// True when there is no such table or file.
    pub fn is_not_found(&self) -> bool {
        match &self.0.kind {
            #[cfg(feature = "csv")]
            Kind::Read(colq_io::Error::NotFound { .. }) => true,
            Kind::Plan(error) => matches!(error.kind(), colq_plan::PlanErrorKind::UnknownTable { .. }),
            _ => self.store().is_some_and(colq_store::Error::is_not_found),
        }
    }

    /// True when committed bytes are damaged.
    pub fn is_corrupt(&self) -> bool {
        let in_rows = matches!(
            &self.0.kind,
            Kind::Run(colq_exec::Error::Row {
                source: KernelError::CodePastDictionary { .. } | KernelError::PastKnownRange { .. },
                ..
            })
        );
        in_rows || self.store().is_some_and(colq_store::Error::is_corrupt)
    }

    /// True when the table is of a newer format than this build reads.
    pub fn is_unsupported(&self) -> bool {
        self.store().is_some_and(colq_store::Error::is_unsupported)
    }

    /// True when another writer has the table.
    pub fn is_locked(&self) -> bool {
        self.store().is_some_and(colq_store::Error::is_locked)
    }

    /// True when a table is to be created where something is already.
    pub fn is_already_exists(&self) -> bool {
        self.store().is_some_and(colq_store::Error::is_already_exists)
    }

    /// True when only opening the table again can tell whether a commit happened.
    pub fn is_commit_unknown(&self) -> bool {
        self.store().is_some_and(colq_store::Error::is_commit_unknown)
    }

    /// True when the work was asked to stop.
    pub fn is_cancelled(&self) -> bool {
        match &self.0.kind {
            #[cfg(feature = "csv")]
            Kind::Read(colq_io::Error::Cancelled(_)) => true,
            Kind::Run(colq_exec::Error::Cancelled(_)) => true,
            _ => self.store().is_some_and(colq_store::Error::is_cancelled),
        }
    }

    /// True when the work needs more memory than its context allows.
    pub fn is_over_budget(&self) -> bool {
        match &self.0.kind {
            #[cfg(feature = "csv")]
            Kind::Read(colq_io::Error::OverBudget(_)) => true,
            Kind::Run(colq_exec::Error::OverBudget(_)) => true,
            _ => false,
        }
    }

    /// True when whoever reads the output has gone, as `head` does.
    pub fn is_broken_pipe(&self) -> bool {
        match &self.0.kind {
            #[cfg(feature = "csv")]
            Kind::Read(colq_io::Error::Write { source, .. }) => {
                source.kind() == std::io::ErrorKind::BrokenPipe
            }
            _ => false,
        }
    }

    /// True when the query makes no sense, whatever the data.
    pub fn is_query(&self) -> bool {
        matches!(self.0.kind, Kind::Plan(_))
    }
}

/// What to do about a file.
#[cfg(feature = "csv")]
fn of_file(error: &colq_io::Error) -> Option<String> {
    use colq_io::Error as E;
    match error {
        E::NotFound { path } => {
            crate::place::like(path).map(|best| format!("did you mean {}?", best.display()))
        }
        E::NoColumn { name, columns, .. } => {
            colq_plan::suggest(name, columns).map(|best| format!("did you mean `{best}`?"))
        }
        E::Directory { path } if colq_store::is_table(path) => Some(format!(
            "it is a table already; to copy it, write the answer to SELECT * FROM '{}' to a new table",
            path.display()
        )),
        E::UnknownFormat { path } => {
            let extension = path.extension()?.to_string_lossy().to_lowercase();
            let sheet = matches!(extension.as_str(), "xls" | "xlsx" | "xlsm" | "ods" | "numbers");
            sheet.then(|| "a spreadsheet must be saved as CSV first".into())
        }
        _ => None,
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.kind.fmt(f)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        std::error::Error::source(&self.0.kind)
    }
}
