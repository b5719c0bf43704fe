//! What is written is read back, by both ways of opening, after any history of appends.

use super::sample::{batch, digest, digest_of_batches, every_type, rows_of, rows_of_batches, small};
use crate::{Error, Table, TableWriter, TextLayout, WriteOptions, is_table, verify};
use colq_column::{Batch, Bitmap, Buffer, Column, ColumnSource, Dictionary, Scratch, summarise};
use colq_types::{DataType, Field, RowRange, Schema, ZONE_ROWS, zone_count, zone_range};
use std::path::Path;
use std::sync::Arc;
use tempfile::tempdir;

#[allow(unsafe_code, reason = "the test's own folder, which nobody else writes to")]
pub(crate) fn map(path: &Path) -> Table {
    // SAFETY: the folder belongs to this test alone, and only colq writes into it.
    unsafe { Table::map(path).unwrap() }
}

/// Compares a table with batches, in both ways of opening it, and verifies it.
pub(crate) fn assert_holds(path: &Path, batches: &[Batch]) {
    let row_count: usize = batches.iter().map(Batch::row_count).sum();
    for table in [Table::open(path).unwrap(), map(path)] {
        assert_eq!(table.row_count(), row_count as u64);
        if digest(&table) != digest_of_batches(batches) {
            let (found, expected) = (rows_of(&table), rows_of_batches(batches));
            let row = (0..row_count).find(|row| found[*row] != expected[*row]);
            panic!("the first row that differs is {row:?}");
        }
        table.health().unwrap();
    }
    let report = verify(path).unwrap();
    assert!(report.is_sound(), "{:#?}", report.findings);
    assert_eq!(report.row_count, row_count as u64);
}

#[test]
fn every_type_comes_back_around_the_edges_of_a_zone() {
    let zone = ZONE_ROWS as usize;
    for rows in [0, 1, 7, zone - 1, zone, zone + 1, 2 * zone + 100] {
        for null_every in [0, 3] {
            let folder = tempdir().unwrap();
            let path = folder.path().join("t.colq");
            let schema = every_type();
            let batch = batch(&schema, rows, 7, null_every);
            let mut writer = TableWriter::create(&path, &schema).unwrap();
            assert!(!is_table(&path));
            writer.write(&batch).unwrap();
            assert_eq!(writer.commit().unwrap(), 1);
            drop(writer);
            assert!(is_table(&path));
            assert_eq!(Table::open(&path).unwrap().schema(), &schema);
            assert_holds(&path, &[batch]);
        }
    }
}

#[test]
fn summaries_are_those_of_the_rows_after_any_history() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("t.colq");
    let schema = every_type();
    let mut writer = TableWriter::create(&path, &schema).unwrap();
    let mut batches = Vec::new();
    for (seed, rows) in [1, 65_000, 535, 1, 70_000, 0, 131_072, 3].into_iter().enumerate() {
        let batch = batch(&schema, rows, seed as u64, if seed == 1 { 0 } else { 4 });
        writer.write(&batch).unwrap();
        batches.push(batch);
        if seed % 2 == 0 {
            writer.commit().unwrap();
        }
        if seed % 3 == 0 {
            writer.commit().unwrap();
            drop(writer);
            writer = TableWriter::append(&path).unwrap();
        }
    }
    writer.commit().unwrap();
    drop(writer);
    assert_holds(&path, &batches);
    let table = map(&path);
    let mut scratch = Scratch::default();
    for column in 0..schema.len() {
        for zone in 0..zone_count(table.row_count()) {
            let rows = zone_range(zone, table.row_count());
            let found = summarise(&table.read(column, rows, &mut scratch).unwrap());
            let stored = table.zone_summary(column, zone).unwrap().unwrap();
            assert_eq!(format!("{stored:?}"), format!("{found:?}"));
        }
        assert!(table.zone_summary(column, zone_count(table.row_count())).unwrap().is_none());
        let nulls = table.validity(column).unwrap().map_or(0, |v| v.len() - v.count_ones());
        assert_eq!(table.null_count(column).unwrap(), nulls as u64);
    }
}

#[test]
fn a_column_is_one_slice_however_it_was_appended_to() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("t.colq");
    let schema = Schema::new(vec![Field::new("fare", DataType::F32)]);
    let mut expected: Vec<f32> = Vec::new();
    let mut early = None;
    TableWriter::create(&path, &schema).unwrap().commit().unwrap();
    for append in 0..100u32 {
        let mut writer = TableWriter::append(&path).unwrap();
        let values: Vec<f32> = (0..append * 37 + 1).map(|i| (i + append) as f32).collect();
        expected.extend(&values);
        writer.write(&floats(&schema, values)).unwrap();
        writer.commit().unwrap();
        if append == 49 {
            early = Some((map(&path), Table::open(&path).unwrap(), expected.clone()));
        }
    }
    let (mapped, read, then) = early.unwrap();
    assert_eq!(mapped.values::<f32>(0).unwrap(), then);
    assert_eq!(read.read_values::<f32>(0).unwrap(), then);
    assert_eq!(mapped.version(), 51);
    let now = mapped.refresh().unwrap();
    assert!(now.is_mapped());
    assert_eq!(now.version(), 101);
    assert_eq!(now.values::<f32>(0).unwrap(), expected);
    assert_eq!(read.refresh().unwrap().read_values::<f32>(0).unwrap(), expected);
    assert!(verify(&path).unwrap().is_sound());
}

fn floats(schema: &Schema, values: Vec<f32>) -> Batch {
    Batch::new(Arc::new(schema.clone()), vec![Column::new(DataType::F32, values)]).unwrap()
}

fn texts(schema: &Schema, words: &[String]) -> Batch {
    let dictionary = Arc::new(Dictionary::of(words.iter().map(String::as_str)));
    let codes: Vec<u32> = (0..words.len() as u32).collect();
    Batch::new(Arc::new(schema.clone()), vec![Column::text(codes, dictionary)]).unwrap()
}

#[test]
fn codes_widen_as_the_dictionary_grows() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("t.colq");
    let schema = Schema::new(vec![Field::new("name", DataType::Text)]);
    let words = |from: usize, to: usize| (from..to).map(|i| format!("word {i}")).collect::<Vec<_>>();
    let parts = [words(0, 200), words(100, 256), words(250, 257), words(0, 66_000), words(65_000, 140_000)];
    let batches: Vec<Batch> = parts.iter().map(|p| texts(&schema, p)).collect();
    // In one go, and by appends.
    let options = WriteOptions { text: TextLayout::Dictionary, ..WriteOptions::default() };
    let mut writer = TableWriter::create_with(&path, &schema, &options).unwrap();
    batches.iter().for_each(|b| writer.write(b).unwrap());
    writer.commit().unwrap();
    drop(writer);
    assert_holds(&path, &batches);
    assert_eq!(Table::open(&path).unwrap().column_type(0).unwrap().to_string(), "dictionary(u32)");
    // What was widened on the way was no version's, and is gone.
    assert_eq!(std::fs::read_dir(path.join("columns")).unwrap().count(), 4);

    let path = folder.path().join("appended.colq");
    TableWriter::create(&path, &schema).unwrap().commit().unwrap();
    let mut old = Vec::new();
    for (index, batch) in batches.iter().enumerate() {
        let mut writer = TableWriter::append_with(&path, &options).unwrap();
        writer.write(batch).unwrap();
        writer.commit().unwrap();
        drop(writer);
        assert_holds(&path, &batches[..=index]);
        old.push(map(&path));
    }
    let types: Vec<String> = old.iter().map(|t| t.column_type(0).unwrap().to_string()).collect();
    assert_eq!(types, ["u8", "u8", "u16", "u32", "u32"].map(|codes| format!("dictionary({codes})")));
    for (index, table) in old.iter().enumerate() {
        assert_eq!(rows_of(table), rows_of_batches(&batches[..=index]));
    }
}

#[test]
fn replacing_makes_a_new_version_of_any_schema() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("t.colq");
    let first = batch(&small(), 70_000, 1, 5);
    let mut writer = TableWriter::create(&path, &small()).unwrap();
    writer.write(&first).unwrap();
    writer.commit().unwrap();
    drop(writer);
    let old = map(&path);
    let schema = every_type();
    let second = batch(&schema, 1_000, 2, 5);
    let mut writer = TableWriter::replace(&path, &schema).unwrap();
    writer.write(&second).unwrap();
    assert_eq!(Table::open(&path).unwrap().version(), 1);
    assert_eq!(writer.commit().unwrap(), 2);
    writer.write(&second).unwrap();
    assert_eq!(writer.commit().unwrap(), 3);
    drop(writer);
    assert_holds(&path, &[second.clone(), second]);
    assert_eq!(rows_of(&old), rows_of_batches(&[first]));
}

#[test]
fn types_are_asked_for_by_name() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("t.colq");
    let mut writer = TableWriter::create(&path, &small()).unwrap();
    writer.write(&batch(&small(), 10, 1, 0)).unwrap();
    writer.commit().unwrap();
    let mapped = map(&path);
    assert_eq!(mapped.values::<f32>(0).unwrap().len(), 10);
    assert_eq!(mapped.values::<u8>(2).unwrap().len(), 10);
    let error = mapped.values::<f64>(0).unwrap_err().to_string();
    assert_eq!(error, "Column `fare` holds f32, and f64 was asked for.");
    assert!(mapped.values::<u8>(4).is_err(), "a bool is no number");
    assert!(matches!(mapped.values::<u8>(5), Err(Error::NoColumn { column: 5, column_count: 5 })));
    let read = Table::open(&path).unwrap();
    assert!(read.values::<f32>(0).unwrap_err().to_string().contains("use `read_values`"));
    assert_eq!(read.read_values::<f32>(0).unwrap().len(), 10);
    let mut scratch = Scratch::default();
    for rows in [RowRange::new(0, 11), RowRange::new(5, u64::MAX)] {
        assert!(read.read(0, rows, &mut scratch).is_err());
    }
    assert!(read.read(0, RowRange::new(10, 10), &mut scratch).unwrap().is_empty());
}

#[test]
fn null_slots_and_bools_are_cleaned() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("t.colq");
    let schema = Schema::new(vec![Field::new("b", DataType::Bool), Field::new("n", DataType::I64)]);
    let validity: Bitmap = [true, false, true].into_iter().collect();
    let columns = vec![
        Column::new(DataType::Bool, Buffer::Bool(vec![7, 9, 0])).with_validity(Some(validity.clone())),
        Column::new(DataType::I64, vec![1i64, -5, 3]).with_validity(Some(validity)),
    ];
    let mut writer = TableWriter::create(&path, &schema).unwrap();
    writer.write(&Batch::new(Arc::new(schema.clone()), columns).unwrap()).unwrap();
    writer.commit().unwrap();
    assert!(verify(&path).unwrap().is_sound());
    assert_eq!(Table::open(&path).unwrap().read_values::<i64>(1).unwrap(), [1, 0, 3]);
}

#[test]
fn hostile_names_stay_in_the_folder() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("t.colq");
    let long = "é".repeat(300);
    let names = [
        "../x",
        "/etc/passwd",
        ".",
        "..",
        "a\0b",
        "Fare",
        "fare",
        "FARE",
        &long,
        "con",
        "a.dict.offsets",
        "a",
    ];
    let schema: Schema = names.iter().map(|n| Field::new(*n, DataType::Text)).collect();
    let batch = batch(&schema, 5, 1, 2);
    let mut writer = TableWriter::create(&path, &schema).unwrap();
    writer.write(&batch).unwrap();
    writer.commit().unwrap();
    drop(writer);
    assert_holds(&path, &[batch]);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    assert_eq!(std::fs::read_dir(path.join("columns")).unwrap().count(), 4 * names.len());
}

#[test]
fn what_does_not_fit_is_refused_and_costs_nothing() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("t.colq");
    for names in [vec![], vec![""], vec!["a", "a"]] {
        let schema: Schema = names.iter().map(|n| Field::new(*n, DataType::I64)).collect();
        assert!(matches!(TableWriter::create(&path, &schema), Err(Error::InvalidSchema { .. })));
    }
    let mut writer = TableWriter::create(&path, &small()).unwrap();
    assert!(writer.write(&batch(&every_type(), 1, 1, 0)).is_err());
    let reordered: Schema = small().fields().iter().rev().cloned().collect();
    assert!(matches!(writer.write(&batch(&reordered, 1, 1, 0)), Err(Error::TypeMismatch { .. })));
    let good = batch(&small(), 3, 1, 0);
    writer.write(&good).unwrap();
    writer.commit().unwrap();
    drop(writer);
    assert_holds(&path, &[good]);
}

#[test]
fn the_table_is_looked_for_where_it_is_not() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("t.colq");
    assert!(Table::open(&path).unwrap_err().is_not_found());
    assert!(TableWriter::append(&path).unwrap_err().is_not_found());
    assert!(matches!(Table::open(folder.path()), Err(Error::NotATable { .. })));
    assert!(TableWriter::create(path.join("deeper"), &small()).unwrap_err().is_not_found());
    std::fs::write(&path, "not a folder").unwrap();
    assert!(matches!(Table::open(&path), Err(Error::NotATable { .. })));
    assert!(TableWriter::create(&path, &small()).unwrap_err().is_already_exists());
    assert!(TableWriter::create(folder.path(), &small()).unwrap_err().is_already_exists());
}

#[test]
fn what_is_not_committed_is_never_seen() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("t.colq");
    let schema = small();
    let one = batch(&schema, 100, 1, 3);
    let mut writer = TableWriter::create(&path, &schema).unwrap();
    writer.write(&one).unwrap();
    assert!(Table::open(&path).unwrap_err().is_not_found());
    drop(writer);
    assert!(!path.exists(), "a creation that is given up leaves nothing behind");

    std::fs::create_dir(&path).unwrap();
    let mut writer = TableWriter::create(&path, &schema).unwrap();
    writer.write(&one).unwrap();
    writer.commit().unwrap();
    writer.write(&batch(&schema, 200_000, 2, 3)).unwrap();
    drop(writer);
    assert_holds(&path, std::slice::from_ref(&one));
    drop(TableWriter::replace(&path, &every_type()).unwrap());
    assert_eq!(std::fs::read_dir(path.join("columns")).unwrap().count(), 12);
    assert!(TableWriter::create(&path, &schema).unwrap_err().is_already_exists());
    let mut writer = TableWriter::append(&path).unwrap();
    writer.write(&one).unwrap();
    writer.commit().unwrap();
    assert_holds(&path, &[one.clone(), one]);
}
