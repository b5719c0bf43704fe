//! Files of other kinds in and out, as streams of batches.
//!
//! [`open`] reads CSV, TSV and (with the feature `parquet`) Parquet files as a [`BatchStream`]: a schema and
//! then batches of rows in the order of the file, made in parallel with bounded memory. [`ImportOptions`] says
//! what is known of the file, [`BadCells`] what could not be read. [`CsvWriter`] is the way out.
//!
//! ```
//! use colq_context::Context;
//! # let folder = tempfile::tempdir()?;
//! # let path = folder.path().join("a.csv");
//! std::fs::write(&path, "day,fare\n2013-01-01,12.5\n2013-01-02,\n")?;
//! let mut stream = colq_io::open(&path, &colq_io::ImportOptions::default(), &Context::new())?;
//! assert_eq!(stream.schema().fields()[0].data_type, colq_types::DataType::Date);
//! while let Some(batch) = stream.next_batch()? {
//!     assert_eq!(batch.row_count(), 2);
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # How CSV is read
//!
//! Types that are not declared follow from every cell of the file, never from a sample:
//!
//! - integers are i64, or u64 where one is too large for i64 and none is negative, or text where some fit
//!   neither, so that no digit is lost; leading zeros and `+` do not matter (`00501` is 501);
//! - numbers of which one has a point or an exponent, or is nan, inf or infinity in any case, are f64; digits
//!   beyond the largest finite f64 make text;
//! - ISO 8601 days are date; instants, or a mix of both, are timestamp(us), and timestamp(ns) where one has
//!   digits beyond the microsecond and all fit; offsets are converted to UTC;
//! - true and false in any case are bool; everything else, every mix, and a column without a value are text.
//!
//! Nothing is trimmed: ` 1` is text. An empty cell is NULL, a quoted empty cell is an empty text and NULL in
//! other columns, `NA` is NULL in columns that are not text. Quotes do not matter otherwise.
//!
//! Rows follow RFC 4180: a quote opens a cell only as its first byte, rows end with LF or CR LF, blank lines
//! are passed over (in a file of one column they are NULL), a byte order mark of UTF-8 is passed over. What does
//! not fit is an error with its line, column and text, or counted, as [`OnError`] says. A row takes at most
//! 64 MiB and a file has at most 65,536 columns.
//!
//! # How Parquet is read
//!
//! Flat columns of bools, numbers, days, timestamps and text, also from dictionaries. Half floats become f32,
//! timestamps without a zone count as UTC, INT96 is read in microseconds. Nested columns, decimals, binary and
//! times of day are refused unless other columns are named, or a decimal is declared f32 or f64, or binary as
//! text. Integers may be declared as any number type and floats as another float; a value that does not fit is
//! an error, whatever [`OnError`] says.
//!
//! This crate knows nothing of tables on disk, kernels or queries.

#[cfg(feature = "arrow")]
mod arrow_column;
mod csv;
mod error;
mod export;
mod format;
#[cfg(feature = "arrow")]
mod ipc;
#[cfg(not(feature = "arrow"))]
#[path = "ipc_missing.rs"]
mod ipc;
mod json;
mod npy;
mod open;
mod options;
mod ordered;
#[cfg(feature = "parquet")]
mod parquet;
#[cfg(not(feature = "parquet"))]
#[path = "parquet_missing.rs"]
mod parquet;
mod stream;
mod value;
mod wanted;

pub use csv::CsvWriter;
pub use error::{Error, Problem};
pub use export::{BatchWriter, Compression, ExportOptions, create_writer, stream_writer};
pub use format::Format;
pub use open::open;
pub use options::{ImportOptions, OnError};
pub use stream::{BadCell, BadCells, BatchStream};
