//! Columns come and go; the others keep their files to the byte.

use super::invariant::covered_bytes;
use super::round_trip::map;
use super::sample::{batch, digest, digest_of_batches, small};
use crate::layout::Layout;
use crate::pin::Pin;
use crate::{Error, Table, TableEdit, TableWriter, verify};
use colq_column::{Batch, Column};
use colq_types::DataType;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::{TempDir, tempdir};

const ROWS: usize = 70_000;

fn table() -> (TempDir, PathBuf, Batch) {
    let folder = tempdir().unwrap();
    let path = folder.path().join("t.colq");
    let rows = batch(&small(), ROWS, 1, 9);
    let mut writer = TableWriter::create(&path, &small()).unwrap();
    writer.write(&rows).unwrap();
    writer.commit().unwrap();
    (folder, path, rows)
}

fn names(path: &Path) -> Vec<String> {
    Table::open(path).unwrap().schema().fields().iter().map(|f| f.name.clone()).collect()
}

fn assert_sound(path: &Path) {
    let report = verify(path).unwrap();
    assert!(report.is_sound(), "{:#?}", report.findings);
}

#[test]
fn columns_come_and_go_and_the_others_keep_their_entries() {
    let (_folder, path, rows) = table();
    let covered = covered_bytes(&path);
    let before = Pin::newest(&Layout::new(&path)).unwrap().version;
    let early = Table::open(&path).unwrap();

    let other = batch(&small(), ROWS, 2, 4);
    let mut edit = TableEdit::open(&path).unwrap();
    edit.drop_column("at").unwrap();
    edit.rename_column("tip", "gratuity").unwrap();
    edit.replace_column("fare", DataType::Text).unwrap();
    edit.add_column("tip", DataType::I64).unwrap();
    // In pieces that do not end where zones do.
    for (name, column) in [("fare", 2), ("tip", 1)] {
        for start in (0..ROWS).step_by(30_000) {
            let rows: Vec<u32> = (start as u32..(start + 30_000).min(ROWS) as u32).collect();
            edit.write_column(name, &other.columns()[column].gather(&rows)).unwrap();
        }
    }
    assert_eq!(edit.commit().unwrap(), 2);
    drop(edit);

    assert_eq!(names(&path), ["fare", "gratuity", "../carrier", "is paid", "tip"]);
    let after = Pin::newest(&Layout::new(&path)).unwrap().version;
    let mut gratuity = before.columns[1].clone();
    gratuity.name = "gratuity".into();
    assert_eq!(after.columns[1], gratuity);
    assert_eq!(after.columns[2], before.columns[2]);
    assert_eq!(after.columns[3], before.columns[4]);
    assert_eq!((after.columns[0].id, after.columns[4].id, after.next_column_id), (5, 6, 7));
    assert!(covered.iter().all(|c| c.is_unchanged(&path)));
    assert_sound(&path);
    let expected = [2, 1, 2, 4, 1].map(|c| c).into_iter().zip([1, 0, 0, 0, 1]);
    let expected = expected.map(|(c, new)| [&rows, &other][new].columns()[c].clone()).collect();
    let mut expected = vec![Batch::new(Arc::new(map(&path).schema().clone()), expected).unwrap()];
    assert_eq!(digest(&map(&path)), digest_of_batches(&expected));
    assert_eq!(digest(&early), digest_of_batches(std::slice::from_ref(&rows)), "a reader keeps its version");

    // An append goes on as ever, in the files there are.
    let mut writer = TableWriter::append(&path).unwrap();
    let more = expected[0].columns().iter().map(|c| c.gather(&[5, 1, 69_999])).collect();
    expected.push(Batch::new(writer.schema().clone(), more).unwrap());
    writer.write(&expected[1]).unwrap();
    writer.commit().unwrap();
    assert_eq!(digest(&map(&path)), digest_of_batches(&expected));
    assert!(covered.iter().all(|c| c.is_unchanged(&path)));
    assert_sound(&path);
}

#[test]
fn an_edit_that_is_dropped_leaves_nothing() {
    let (_folder, path, rows) = table();
    let count = || fs::read_dir(path.join("columns")).unwrap().count();
    let files = count();
    let mut edit = TableEdit::open(&path).unwrap();
    edit.drop_column("tip").unwrap();
    edit.add_column("tip", DataType::I64).unwrap();
    edit.write_column("tip", &rows.columns()[1]).unwrap();
    assert!(count() > files);
    assert!(TableWriter::append(&path).unwrap_err().is_locked());
    drop(edit);
    assert_eq!(count(), files);
    assert_eq!(digest(&map(&path)), digest_of_batches(&[rows]));
    TableWriter::append(&path).unwrap();
}

#[test]
fn an_edit_may_go_on_after_its_commit() {
    let (_folder, path, rows) = table();
    let mut edit = TableEdit::open(&path).unwrap();
    edit.add_column("a", DataType::I64).unwrap();
    edit.write_column("a", &rows.columns()[1]).unwrap();
    assert_eq!(edit.commit().unwrap(), 2);
    edit.rename_column("a", "b").unwrap();
    edit.replace_column("fare", DataType::I64).unwrap();
    edit.write_column("fare", &rows.columns()[1]).unwrap();
    assert_eq!(edit.commit().unwrap(), 3);
    assert_eq!(names(&path).last().unwrap(), "b");
    let ids: Vec<u64> =
        Pin::newest(&Layout::new(&path)).unwrap().version.columns.iter().map(|c| c.id).collect();
    assert_eq!(ids, [6, 1, 2, 3, 4, 5]);
    assert_sound(&path);
}

#[test]
fn what_cannot_be_is_refused_with_the_way_out() {
    let (_folder, path, rows) = table();
    let numbers = &rows.columns()[1];
    let mut edit = TableEdit::open(&path).unwrap();
    let said = |error: Error, what: &str| {
        let text = error.to_string();
        assert!(text.contains(what), "{text}");
    };
    said(edit.drop_column("nope").unwrap_err(), "Columns are fare, tip, ../carrier, at, is paid");
    said(edit.rename_column("fare", "tip").unwrap_err(), "There is a column `tip` already");
    said(edit.rename_column("fare", "").unwrap_err(), "empty name");
    said(edit.add_column("tip", DataType::I64).unwrap_err(), "or replace it");
    said(edit.write_column("tip", numbers).unwrap_err(), "Replace it first");
    edit.rename_column("fare", "fare").unwrap();
    edit.add_column("new", DataType::I64).unwrap();
    said(edit.commit().unwrap_err(), "has 0 rows, and the table has 70000");
    said(edit.write_column("new", &rows.columns()[0]).unwrap_err(), "holds f32, and i64");
    edit.write_column("new", numbers).unwrap();
    let one = Column::new(DataType::I64, vec![1i64]);
    said(edit.write_column("new", &one).unwrap_err(), "would have 70001 rows");
    for name in ["fare", "tip", "../carrier", "at", "is paid"] {
        edit.drop_column(name).unwrap();
    }
    said(edit.drop_column("new").unwrap_err(), "Add another one first");
    assert_eq!(edit.commit().unwrap(), 2);
    drop(edit);
    assert_eq!(names(&path), ["new"]);
    assert_eq!(Table::open(&path).unwrap().row_count(), ROWS as u64);
    assert_sound(&path);
}

/// What lies past the committed length after a commit that may have happened must not be appended over, and
/// the edit clears the note that says so: its columns have to remember.
#[test]
fn an_edit_after_an_unknown_commit_keeps_the_columns_to_be_copied() {
    let (_folder, path, rows) = table();
    let lock = fs::read_to_string(path.join("LOCK")).unwrap();
    fs::write(path.join("LOCK"), lock.replace("committing - ", "committing 2 ")).unwrap();
    let covered = covered_bytes(&path);
    let mut edit = TableEdit::open(&path).unwrap();
    edit.rename_column("fare", "price").unwrap();
    edit.commit().unwrap();
    drop(edit);
    let mut writer = TableWriter::append(&path).unwrap();
    writer.write(&rows).unwrap();
    writer.commit().unwrap();
    let new = covered_bytes(&path);
    assert!(new.iter().all(|new| covered.iter().all(|old| old.file != new.file)));
    assert_eq!(digest(&map(&path)), digest_of_batches(&[rows.clone(), rows]));
}
