//! Whole files through both passes.

use super::{Sizes, open};
use crate::{BadCells, BatchStream, CsvWriter, Error, Format, ImportOptions, OnError, Problem};
use colq_column::{Batch, Column};
use colq_context::Context;
use colq_types::{DataType, Scalar, Schema, TimeUnit};
use proptest::prelude::*;
use std::path::PathBuf;
use std::sync::Arc;

mod edges;
mod errors;
mod guess;
mod property;

/// A file of this text in a folder of its own.
fn file(text: impl AsRef<[u8]>) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.csv");
    std::fs::write(&path, text).unwrap();
    (folder, path)
}

/// What a file was read as.
#[derive(Debug)]
struct Table {
    schema: Arc<Schema>,
    batches: Vec<Batch>,
    bad_cells: BadCells,
}

impl Table {
    fn rows(&self) -> Vec<Vec<Scalar>> {
        self.batches.iter().flat_map(|b| (0..b.row_count()).map(|row| b.row(row))).collect()
    }

    fn types(&self) -> Vec<String> {
        self.schema.fields().iter().map(|f| f.data_type.to_string()).collect()
    }

    fn names(&self) -> Vec<&str> {
        self.schema.fields().iter().map(|f| f.name.as_str()).collect()
    }
}

fn read_sized(text: impl AsRef<[u8]>, options: &ImportOptions, sizes: Sizes) -> Result<Table, Error> {
    let (_folder, path) = file(text);
    let mut stream = open(&path, Format::Csv, options, &Context::new(), sizes)?;
    let mut batches = Vec::new();
    while let Some(batch) = stream.next_batch()? {
        assert!(batch.row_count() > 0);
        batches.push(batch);
    }
    assert!(stream.next_batch()?.is_none());
    Ok(Table { schema: stream.schema().clone(), batches, bad_cells: stream.bad_cells().clone() })
}

fn read_with(text: impl AsRef<[u8]>, options: &ImportOptions) -> Result<Table, Error> {
    read_sized(text, options, Sizes::default())
}

fn read(text: impl AsRef<[u8]>) -> Table {
    read_with(text, &ImportOptions::default()).unwrap()
}

/// The rows of a file as text, NULL as `NULL`.
fn texts(table: &Table) -> Vec<Vec<String>> {
    table.rows().iter().map(|row| row.iter().map(Scalar::to_string).collect()).collect()
}

fn flights() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../data/flights.csv")
}

#[test]
fn the_flights_come_out_as_they_are_known() {
    let options = ImportOptions::default();
    let mut stream = crate::open(&flights(), &options, &Context::new()).unwrap();
    let types: Vec<String> =
        stream.schema().fields().iter().map(|f| format!("{}:{}", f.name, f.data_type)).collect();
    let (i, t) = ("i64", "text");
    let expected = [
        ("year", i),
        ("month", i),
        ("day", i),
        ("dep_time", i),
        ("sched_dep_time", i),
        ("dep_delay", i),
        ("arr_time", i),
        ("sched_arr_time", i),
        ("arr_delay", i),
        ("carrier", t),
        ("flight", i),
        ("tailnum", t),
        ("origin", t),
        ("dest", t),
        ("air_time", i),
        ("distance", i),
        ("hour", i),
        ("minute", i),
        ("time_hour", "timestamp(us)"),
    ];
    assert_eq!(types, expected.map(|(name, data_type)| format!("{name}:{data_type}")));
    let batch = stream.next_batch().unwrap().unwrap();
    assert!(stream.next_batch().unwrap().is_none());
    // The figures are from awk over the same file.
    assert_eq!(batch.row_count(), 48_111);
    assert_eq!(batch.columns()[5].view().null_count(), AWK_NULL_DELAYS);
    assert_eq!(batch.columns()[9].dictionary.as_ref().unwrap().len(), 16);
    let first: Vec<String> = batch.row(0).iter().map(Scalar::to_string).collect();
    assert_eq!(first[9..14], ["UA", "1545", "N14228", "EWR", "IAH"]);
    assert_eq!(first[18], "2013-01-01T10:00:00Z");
}

/// `awk -F, '$6=="NA"' data/flights.csv | wc -l`
const AWK_NULL_DELAYS: usize = 1177;
