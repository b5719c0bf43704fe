//! Files of other kinds into tables.

use crate::condition::Condition;
use crate::error::Kind;
use crate::stream::transfer;
use crate::{
    Context, Dictionaries, Error, ImportOptions, Result, Table, TableWriter, TextLayout, WriteOptions,
};
use colq_io::{BadCells, BatchStream};
use colq_types::Schema;
use std::path::{Path, PathBuf};

/// Imports a file into a new table, inferring everything.
///
/// # Errors
/// The file cannot be read, there is something at the destination, or the disk refuses.
pub fn import(source: impl AsRef<Path>, destination: impl AsRef<Path>) -> Result<ImportReport> {
    Import::new(destination).run([source.as_ref()], &Context::new())
}

/// An import, with everything that can be said about it.
#[derive(Debug, Clone)]
pub struct Import {
    destination: PathBuf,
    options: ImportOptions,
    mode: Mode,
    condition: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    Create,
    Append,
    Replace,
}

/// What an import did.
#[derive(Debug, Clone)]
pub struct ImportReport {
    /// Rows imported.
    pub row_count: u64,
    /// The version that was committed.
    pub version: u64,
    /// Cells that could not be read and were made NULL or skipped.
    pub bad_cells: BadCells,
}

impl Import {
    /// An import into a new table.
    pub fn new(destination: impl AsRef<Path>) -> Import {
        Import {
            destination: destination.as_ref().to_owned(),
            options: ImportOptions::default(),
            mode: Mode::Create,
            condition: None,
        }
    }

    /// With these options.
    #[must_use]
    pub fn options(mut self, options: ImportOptions) -> Import {
        self.options = options;
        self
    }

    /// Only the rows for which this condition in SQL is true: `fare > 10 AND zone IS NOT NULL`. Its columns are those
    /// that are imported. Rows in its errors are counted from the beginning of a piece of the file.
    #[must_use]
    pub fn filter(mut self, condition: impl Into<String>) -> Import {
        self.condition = Some(condition.into());
        self
    }

    /// Behind the rows of a table that is there already, whose columns and types the files must have.
    #[must_use]
    pub fn append(mut self) -> Import {
        self.mode = Mode::Append;
        self
    }

    /// In place of the rows of a table that is there already; its readers keep what they have.
    #[must_use]
    pub fn replace(mut self) -> Import {
        self.mode = Mode::Replace;
        self
    }

    /// The schema that an import of this file would have. Nothing is written.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn schema(&self, source: &Path, context: &Context) -> Result<Schema> {
        Ok((**colq_io::open(source, &self.options, context)?.schema()).clone())
    }

    /// Imports files of one schema, one after the other, as one commit: nothing half-imported is ever visible,
    /// and after an error nothing is left behind.
    ///
    /// # Errors
    /// A file cannot be read or has other columns, the table is locked or there already, or the disk refuses.
    pub fn run<P: AsRef<Path>>(
        &self,
        sources: impl IntoIterator<Item = P>,
        context: &Context,
    ) -> Result<ImportReport> {
        let sources: Vec<PathBuf> = sources.into_iter().map(|p| p.as_ref().to_owned()).collect();
        match self.attempt(&sources, colq_io::open_guessed, context) {
            // Whatever it is that cannot be read, reading the whole file first tells exactly.
            Err(Failed::Reading(error)) if !error.is_cancelled() => {}
            other => return other.map_err(Failed::into_error),
        }
        self.attempt(&sources, colq_io::open, context).map_err(Failed::into_error)
    }

    /// Reads the files by `open`, and commits what is in them or nothing.
    fn attempt(
        &self,
        sources: &[PathBuf],
        open: Opener,
        context: &Context,
    ) -> std::result::Result<ImportReport, Failed> {
        let mut options = self.options.clone();
        let condition = self.condition.as_deref();
        let condition = condition.map(|sql| Condition::new(sql, options.threads, context)).transpose()?;
        let mut writer = None;
        if self.mode == Mode::Append {
            let appending = Table::append(&self.destination)?;
            // The table decides on the types; what the file alone would suggest does not count.
            let fields = appending.schema().fields().iter();
            options.types = fields.clone().map(|f| (f.name.clone(), f.data_type)).collect();
            options.columns = Some(fields.map(|f| f.name.clone()).collect());
            writer = Some(appending);
        }
        let before = writer.as_ref().map_or(0, TableWriter::row_count);
        let mut bad_cells = BadCells::default();
        for source in sources {
            let mut stream =
                open(source, &options, context).map_err(|error| Failed::Reading(error.into()))?;
            let writer = match &mut writer {
                Some(writer) => {
                    check_schema(source, writer.schema(), stream.schema())?;
                    writer
                }
                None => writer.insert(self.start((**stream.schema()).clone())?),
            };
            copy(&mut *stream, condition.as_ref(), writer)?;
            let found = stream.bad_cells();
            bad_cells.count += found.count;
            let room = BadCells::KEPT - bad_cells.first.len();
            bad_cells.first.extend(found.first.iter().take(room).cloned());
        }
        let Some(mut writer) = writer else {
            let nothing = std::io::Error::new(std::io::ErrorKind::InvalidInput, "no file was named");
            return Err(Failed::from(Kind::Io {
                operation: "import into",
                path: self.destination.clone(),
                source: nothing,
            }));
        };
        let row_count = writer.row_count() - before;
        let version = writer.commit()?;
        Ok(ImportReport { row_count, version, bad_cells })
    }

    fn start(&self, schema: Schema) -> Result<TableWriter> {
        let text = match self.options.dictionaries {
            Dictionaries::Auto => TextLayout::Auto,
            Dictionaries::Always => TextLayout::Dictionary,
            Dictionaries::Never => TextLayout::Free,
        };
        let options = WriteOptions { text, ..WriteOptions::default() };
        match self.mode {
            Mode::Replace if colq_store::is_table(&self.destination) => {
                Table::replace_with(&self.destination, schema, &options)
            }
            _ => Table::create_with(&self.destination, schema, &options),
        }
    }
}

fn check_schema(path: &Path, expected: &Schema, found: &Schema) -> Result<()> {
    if expected == found {
        return Ok(());
    }
    let text = |schema: &Schema| {
        let fields: Vec<String> =
            schema.fields().iter().map(|f| format!("{} {}", f.name, f.data_type)).collect();
        fields.join(", ")
    };
    Err(Kind::SchemaMismatch { path: path.to_owned(), expected: text(expected), found: text(found) }.into())
}

/// A way to open a file.
type Opener =
    fn(&Path, &ImportOptions, &Context) -> std::result::Result<Box<dyn BatchStream>, colq_io::Error>;

/// Why an import failed: by what was read, or by anything else.
enum Failed {
    Reading(Error),
    Otherwise(Error),
}

impl Failed {
    fn into_error(self) -> Error {
        match self {
            Failed::Reading(error) | Failed::Otherwise(error) => error,
        }
    }
}

impl<E: Into<Error>> From<E> for Failed {
    fn from(error: E) -> Failed {
        Failed::Otherwise(error.into())
    }
}

/// Reads and writes side by side.
fn copy(
    stream: &mut dyn BatchStream,
    condition: Option<&Condition>,
    writer: &mut TableWriter,
) -> std::result::Result<(), Failed> {
    let mut is_read = true;
    let batches = std::iter::from_fn(|| stream.next_batch().map_err(Into::into).transpose());
    let batches = batches.map(|batch| match condition {
        Some(condition) => condition.keep(batch?),
        None => batch,
    });
    let batches = batches.inspect(|batch| is_read &= batch.is_ok());
    let copied = transfer(batches, |batch| writer.write(&batch));
    copied.map_err(|error| if is_read { Failed::Otherwise(error) } else { Failed::Reading(error) })
}
