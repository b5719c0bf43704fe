//! colq: a memory-mapped columnar dataframe engine.
//!
//! A table is a directory of typed columns; a column is one file whose mapped bytes *are* the array. A query
//! layer runs parallel filters and aggregations over those slices and never loads the table into memory.
//!
//! ```
//! use colq::{DataType, Field, Schema, Table, col, count, lit, mean, sum};
//!
//! # let folder = tempfile::tempdir()?;
//! # let csv = folder.path().join("trips.csv");
//! # let path = folder.path().join("trips.colq");
//! std::fs::write(&csv, "zone,fare,tip\n1,12.5,2\n7,30,\n1,8,1.5\n")?;
//! colq::import(&csv, &path)?;
//!
//! let trips = Table::open(&path)?;
//! let by_zone = trips
//!     .query()
//!     .filter(col("fare").gt(lit(10)).and(col("zone").is_in([1, 7])))
//!     .group_by([col("zone")])
//!     .agg([count(), sum(col("fare")), mean(col("tip")).alias("tip")])
//!     .sort([col("zone")])
//!     .collect()?;
//! let tips: Vec<Option<f64>> = by_zone.column("tip")?.to_vec()?;
//! assert_eq!(tips, [Some(2.0), None]);
//! assert_eq!(trips.sql("select max(fare) from this")?.scalar(0, 0), 30.0.into());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! - [`Table`] is an open table, [`Column`] one of its columns, [`TableWriter`] makes and appends;
//! - [`Query`] builds a query, [`Session`] runs SQL over named tables, [`Frame`] is the answer, and [`Frames`] one that
//!   need not fit in memory;
//! - `Scratchpad` runs CREATE TABLE, INSERT and queries over small tables in memory, for suites of statements;
//! - [`Row`] makes a struct the rows of a table, with typed column handles;
//! - [`import`] and [`Import`] bring CSV and Parquet files in;
//! - [`TableEdit`] adds, replaces, renames and drops columns; [`versions`] and [`vacuum`] show and delete old
//!   versions, [`recover`] goes back to the newest sound one;
//! - [`PrivateValues`], [`MutableColumn`] and [`SharedBuffer`] are memory that may be written: for this process,
//!   for all, and sealed for others to read;
//! - [`Profile`] tells the figures of every column, for a first look;
//! - [`verify`] reads everything and says what is damaged;
//! - [`Error`] says what is wrong, where, and what to do.

mod analysis;
mod answer;
#[cfg(feature = "arrow")]
mod arrow_exchange;
#[cfg(feature = "csv")]
mod cache;
mod computed;
#[cfg(feature = "csv")]
mod condition;
mod doctor;
mod doubts;
mod edit;
mod error;
#[cfg(feature = "csv")]
mod export;
mod frame;
mod glob;
#[cfg(feature = "csv")]
mod import;
mod mutable;
mod place;
mod profile;
mod query;
mod row;
mod rows;
#[cfg(feature = "sql")]
mod scratchpad;
mod session;
mod shared;
mod stats;
mod stream;
mod table;
mod versions;
mod words;
mod writer;

pub use analysis::{Analysis, memory_peaks};
#[cfg(feature = "arrow")]
pub use arrow_exchange::schema_of_arrow;
#[cfg(feature = "csv")]
pub use cache::{Cache, CacheEntry};
#[cfg(feature = "arrow")]
pub use colq_arrow as arrow;
pub use colq_column::{Batch, Bitmap, Column as BatchColumn, Dictionary};
pub use colq_context::{Context, Counter};
#[cfg(feature = "derive")]
pub use colq_derive::Row;
pub use colq_exec::{
    ColumnProfile, Correlations, Distinct, Frequent, Intervals, Step, TextLengths, kernel_level,
};
#[cfg(feature = "csv")]
pub use colq_io::{
    BadCell, BadCells, Compression, CsvWriter, Dictionaries, ExportOptions, Format, ImportOptions, OnError,
};
pub use colq_plan::{
    AggregateFunction, Expr, SortKey, When, aggregate, all_of, any_of, approx_distinct, approx_quantile,
    arg_max, arg_min, avg, bool_and, bool_or, call, coalesce, col, cols, concat, corr, count, count_distinct,
    count_of, covar_pop, covar_samp, first, greatest, interval, kurtosis, last, least, lit, make_date, max,
    mean, median, min, mode, pi, quantile_cont, quantile_disc, skewness, stddev, stddev_pop, suggest, sum,
    var_pop, variance, when,
};
pub use colq_store::{
    Abilities, Finding, FolderFacts, Machine, RecoverReport, Report, TextLayout, VacuumReport, VersionEntry,
    WriteOptions, is_table, machine,
};
pub use colq_types::{
    DataType, Field, Native, Scalar, Schema, TimeUnit, bf16, calendar, decimal, duration, f16,
};
pub use computed::split_assignment;
pub use doctor::{doctor, read_bandwidth};
pub use edit::TableEdit;
pub use error::{Error, Result};
pub use frame::{Frame, FrameColumn, FromScalar};
#[cfg(feature = "csv")]
pub use import::{Import, ImportReport, import};
pub use mutable::{AtomicInteger, AtomicNumber, MutableColumn};
pub use profile::{Profile, ProfileOptions};
pub use query::Query;
pub use row::{Row, RowColumn, RowValue, TypedColumn};
#[cfg(feature = "sql")]
pub use scratchpad::Scratchpad;
pub use session::{Session, Statement};
pub use shared::{PrivateValues, SharedBuffer};
pub use stats::ColumnStats;
pub use stream::Frames;
pub use table::{Column, Table, verify};
pub use versions::{recover, vacuum, versions};
pub use words::{function_names, keywords};
pub use writer::TableWriter;

/// The guide's page for Rust, whose blocks are compiled and run as they stand.
#[cfg(all(doctest, feature = "sql", feature = "csv", feature = "derive"))]
#[doc = include_str!("../../../docs/guide/4-rust.md")]
mod guide {}
