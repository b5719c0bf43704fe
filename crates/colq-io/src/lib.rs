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
//! This crate knows nothing of tables on disk, kernels or queries.

mod csv;
mod error;
mod format;
mod options;
mod ordered;
#[cfg(feature = "parquet")]
mod parquet;
#[cfg(not(feature = "parquet"))]
#[path = "parquet_missing.rs"]
mod parquet;
mod stream;
mod wanted;

pub use csv::CsvWriter;
pub use error::{Error, Problem};
pub use format::Format;
pub use options::{ImportOptions, OnError};
pub use stream::{BadCell, BadCells, BatchStream, open};
