//! What can go wrong with a file that is read or written, a variant a root cause.

use crate::stream::BadCell;
use colq_context::{Cancelled, OverBudget};
use colq_types::DataType;
use std::fmt;
use std::path::{Path, PathBuf};

/// Why a file cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There is no such file.
    #[error("There is no file {}.", path.display())]
    NotFound {
        /// The file.
        path: PathBuf,
    },
    /// The path is a directory.
    #[error("{} is a directory and not a file. Name the file in it.", path.display())]
    Directory {
        /// The directory.
        path: PathBuf,
    },
    /// The path is a pipe or a device.
    #[error("{} is a pipe or a device, and files are read twice. Save it to a file first.", path.display())]
    NotAFile {
        /// The path.
        path: PathBuf,
    },
    /// The operating system refused.
    #[error("{} cannot be read: {source}.", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Neither the options nor the extension say what kind of file it is.
    #[error("The name {} does not say what kind of file it is. Name the format: {}.", path.display(), crate::Format::names())]
    UnknownFormat {
        /// The file.
        path: PathBuf,
    },
    /// This build cannot read this kind of file.
    #[error("This build of colq cannot read or write {format} files. Build it with the feature `{}`.", format.feature())]
    NotBuilt {
        /// The kind of file.
        format: crate::Format,
    },
    /// The file holds no row, not even a header.
    #[error("{} is empty: there is no header and no row.", path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// The file is text of another encoding.
    #[error("{} is encoded as {found}, not UTF-8. Convert it first, for example with iconv.", path.display())]
    Encoding {
        /// The file.
        path: PathBuf,
        /// The encoding its first bytes tell.
        found: &'static str,
    },
    /// The file holds a zero byte, which text never does.
    #[error("{}, line {line}: there is a zero byte, so this is no CSV text. Is it a binary file, or UTF-16?", path.display())]
    ZeroByte {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: u64,
    },
    /// The lines end as on an old Macintosh.
    #[error("{}: the lines end with a carriage return alone. Convert them to line feeds first, for example with tr '\\r' '\\n'.", path.display())]
    CarriageReturns {
        /// The file.
        path: PathBuf,
    },
    /// The delimiter cannot separate cells.
    #[error("The delimiter {:?} cannot separate cells. Use an ASCII byte that is no quote and no line end.", char::from(*delimiter))]
    Delimiter {
        /// The byte.
        delimiter: u8,
    },
    /// A column has no name.
    #[error("{}, line {line}: column number {number} has an empty name. Give it a name in the header.", path.display())]
    EmptyName {
        /// The file.
        path: PathBuf,
        /// The line of the header, from 1.
        line: u64,
        /// Which column, from 1.
        number: usize,
    },
    /// Two columns have the same name.
    #[error("{}, line {line}: columns number {first} and {second} are both named {name}. Rename one in the header.", path.display())]
    DuplicateName {
        /// The file.
        path: PathBuf,
        /// The line of the header, from 1.
        line: u64,
        /// The name.
        name: String,
        /// Which column has it first, from 1.
        first: usize,
        /// Which has it again.
        second: usize,
    },
    /// There are more columns than the reader takes.
    #[error("{} has {found} columns, and at most {limit} can be read.", path.display())]
    TooManyColumns {
        /// The file.
        path: PathBuf,
        /// Columns found.
        found: usize,
        /// Columns taken at most.
        limit: usize,
    },
    /// The options name a column that the file does not have.
    #[error("{} has no column named {name}. Columns are {}.", path.display(), Listed(columns))]
    NoColumn {
        /// The file.
        path: PathBuf,
        /// The name in the options.
        name: String,
        /// The file's columns.
        columns: Vec<String>,
    },
    /// The options name a column twice.
    #[error("The options name the column {name} twice. Name it once.")]
    NamedTwice {
        /// The name.
        name: String,
    },
    /// A cell or row cannot be read.
    #[error("{}, {cell}. {}", path.display(), cell.problem.advice())]
    BadCell {
        /// The file.
        path: PathBuf,
        /// Where and what.
        cell: BadCell,
    },
    /// The file is not what its beginning suggests ([`crate::open_guessed`]). Whoever gets this reads it with
    /// [`crate::open`].
    #[error("{} is not of the types that its beginning suggests. Read it with types declared.", path.display())]
    GuessWrong {
        /// The file.
        path: PathBuf,
    },
    /// A row is longer than the reader takes.
    #[error("{}, line {line}: the row that begins here is longer than {} MiB. Is there a quote that is never closed?", path.display(), limit >> 20)]
    RowTooLong {
        /// The file.
        path: PathBuf,
        /// The line on which the row begins, from 1.
        line: u64,
        /// Bytes taken at most.
        limit: usize,
    },
    /// The file is not what it was when reading began.
    #[error("{} was changed while it was read. Read it again when nobody writes to it.", path.display())]
    Changed {
        /// The file.
        path: PathBuf,
    },
    /// The Parquet library refused the file.
    #[error("{} is not a Parquet file that can be read: {message}.", path.display())]
    Parquet {
        /// The file.
        path: PathBuf,
        /// What the library said.
        message: String,
    },
    /// A column of the file has a type that colq does not have.
    #[error("{}: column {column} has the type {found}, which colq cannot hold. {advice}", path.display())]
    UnsupportedType {
        /// The file.
        path: PathBuf,
        /// The column.
        column: String,
        /// Its full type.
        found: String,
        /// What to do.
        advice: &'static str,
    },
    /// A value of the file does not fit the type of its column.
    #[error("{}: column {column}: {message}.", path.display())]
    Value {
        /// The file.
        path: PathBuf,
        /// The column.
        column: String,
        /// What is wrong.
        message: String,
    },
    /// A JSON line cannot become rows as it stands.
    #[error("{}, line {line}, column {column}: {message}.", path.display())]
    Json {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: u64,
        /// The path of the value, keys joined by points.
        column: String,
        /// What is wrong, and what to do.
        message: String,
    },
    /// The file is no NumPy array that can be read.
    #[error("{} is not a NumPy array that can be read: {message}.", path.display())]
    Npy {
        /// The file.
        path: PathBuf,
        /// What is wrong, and what to do.
        message: String,
    },
    /// The file is no Arrow file or stream that can be read.
    #[error("{} is not an Arrow file that can be read: {message}.", path.display())]
    Arrow {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        message: String,
    },
    /// The operating system refused to take bytes.
    #[error("{} cannot be written: {source}.", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A kind of file cannot hold these columns or values.
    #[error("{} cannot be written as {format}: {message}.", path.display())]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// The kind of file.
        format: crate::Format,
        /// What is wrong, and what to do.
        message: String,
    },
    /// A batch has other columns than the file that it should go to.
    #[error("A batch for {} has the columns {found} where {expected} are expected.", path.display())]
    OtherSchema {
        /// The file.
        path: PathBuf,
        /// Names and types of the file.
        expected: String,
        /// Names and types of the batch.
        found: String,
    },
    /// The work was cancelled.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// The memory budget is too small.
    #[error(transparent)]
    OverBudget(#[from] OverBudget),
    /// No thread could be started.
    #[error("The threads that read the file could not be started: {message}.")]
    Threads {
        /// What the thread pool said.
        message: String,
    },
    /// A mistake of colq itself.
    #[error("Reading {} went wrong inside colq: {message}. Please report this.", path.display())]
    Internal {
        /// The file.
        path: PathBuf,
        /// What went wrong.
        message: String,
    },
}

impl Error {
    /// The error for what the system said of a path.
    pub(crate) fn from_io(path: &Path, source: std::io::Error) -> Error {
        let path = path.to_owned();
        match source.kind() {
            std::io::ErrorKind::NotFound => Error::NotFound { path },
            std::io::ErrorKind::IsADirectory => Error::Directory { path },
            _ => Error::Io { path, source },
        }
    }
}

/// What is wrong with a cell or a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Problem {
    /// The row has fewer cells than there are columns.
    TooFewCells {
        /// Columns.
        expected: usize,
        /// Cells.
        found: usize,
    },
    /// The row has more cells than there are columns; the text is that of the first surplus cell.
    TooManyCells {
        /// Columns.
        expected: usize,
        /// Cells.
        found: usize,
    },
    /// The quote that opens the cell never closes.
    OpenQuote,
    /// There is text between the closing quote and the delimiter.
    TextAfterQuote,
    /// The cell is not UTF-8; bad bytes are shown as replacement characters.
    NotUtf8,
    /// The line is no JSON object, or one of objects within each other too deep.
    NotJson,
    /// A key comes twice in one object.
    KeyTwice,
    /// The cell cannot be read as the column's declared type, or does not fit it.
    NotOfType(DataType),
}

impl Problem {
    /// What to do about it.
    fn advice(self) -> &'static str {
        match self {
            Problem::TooFewCells { .. } | Problem::TooManyCells { .. } => {
                "Check the delimiter, put quotes around cells that hold it, or import with on_error null or skip."
            }
            Problem::OpenQuote => "Close the quote, or import with on_error null or skip.",
            Problem::TextAfterQuote => {
                "Write a quote within quotes twice, or import with on_error null or skip."
            }
            Problem::NotUtf8 => "Convert the file to UTF-8 first, or import with on_error null or skip.",
            Problem::NotJson => "Write one JSON object a line, or import with on_error null or skip.",
            Problem::KeyTwice => "Leave one of them out, or import with on_error null or skip.",
            Problem::NotOfType(_) => {
                "Declare another type, add the text to nulls, or import with on_error null or skip."
            }
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Problem::TooFewCells { expected, found } | Problem::TooManyCells { expected, found } => {
                write!(
                    f,
                    "the row has {} where there are {}",
                    count(*found, "cell"),
                    count(*expected, "column")
                )
            }
            Problem::OpenQuote => f.write_str("the quote never closes"),
            Problem::TextAfterQuote => f.write_str("there is text after the closing quote"),
            Problem::NotUtf8 => f.write_str("the text is not UTF-8"),
            Problem::NotJson => f.write_str("the line is no JSON object"),
            Problem::KeyTwice => f.write_str("the key comes twice in one line"),
            Problem::NotOfType(data_type) => write!(f, "this cannot be read as {data_type}"),
        }
    }
}

/// `1 cell`, `2 cells`.
fn count(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

/// Names in a sentence, shortened where there are many.
struct Listed<'a>(&'a [String]);

impl fmt::Display for Listed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 30;
        for (i, name) in self.0.iter().take(SHOWN).enumerate() {
            write!(f, "{}{name}", if i == 0 { "" } else { ", " })?;
        }
        match self.0.len().saturating_sub(SHOWN) {
            0 => Ok(()),
            more => write!(f, " and {more} more"),
        }
    }
}
