//! Files of other kinds in and out, as streams of batches.
//!
//! [`open`] reads CSV, TSV, JSON lines, NumPy arrays and, with their features, Arrow and Parquet files as a
//! [`BatchStream`]: a schema and then batches of rows in the order of the file, made with bounded memory.
//! [`ImportOptions`] says what is known of the file, [`BadCells`] what could not be read. [`create_writer`] and
//! [`stream_writer`] are the way out, a [`BatchWriter`] for each kind; [`CsvWriter`] is that of CSV alone.
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
//! Declared types are read as they are written: decimals exactly (a digit beyond the scale that is not zero is a bad
//! cell), half floats rounded, durations as ISO 8601 or a clock, vectors as `[1, 2, 3]`, `1 2 3` or `1;2;3`.
//!
//! # How JSON lines are read
//!
//! An object a line; its keys are columns in the order of their first line. An object within it is flattened, its keys
//! named `outer.inner`. Types follow from every line by the rules of CSV, but that a text is never a number or a bool;
//! arrays of numbers of one length are vectors, in which null is NaN. Missing keys and null are NULL, and so is a
//! declared column that no line has. A column declared as text keeps arrays and objects as they stand. A key twice in
//! a line is a bad line.
//!
//! # How NumPy arrays are read
//!
//! Versions 1 to 3, both byte orders. One dimension is a column named after the file, two are a column of vectors, a
//! structured array has a column for each field. NaT is NULL. What NumPy has no type for may be declared over what
//! stands for it: bf16 over u16, dates over i32, times, durations and decimals over i64. Fortran order of two
//! dimensions, objects and complex numbers are refused.
//!
//! # How Parquet and Arrow are read
//!
//! Columns of bools, numbers, decimals of up to 18 digits, days, timestamps, durations, text (also from dictionaries) and
//! fixed-size lists of numbers, which are vectors. Timestamps without a zone count as UTC, INT96 is read in microseconds.
//! Other nested columns, binary and times of day are refused unless other columns are named. Lists of numbers may be
//! declared as vectors, wider decimals as narrower ones or as floats, binary as text, integers as any number type and
//! floats as another float; a value that does not fit is an error, whatever [`OnError`] says.
//!
//! # What is written
//!
//! NULL is an empty cell of CSV, null in JSON (NaN and infinities too), NaN or NaT in NumPy, which refuses it elsewhere.
//! A NumPy array is one column, or several of one type as a matrix; bf16 is written as u16, decimals as their unscaled
//! i64, as in a table. Text goes to Arrow files as LargeUtf8, and bf16 to Arrow and Parquet as Float32.
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
pub use open::{open, open_guessed};
pub use options::{Dictionaries, ImportOptions, OnError};
pub use stream::{BadCell, BadCells, BatchStream};
