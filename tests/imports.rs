//! Imports of files that are not what their beginning suggests: the table, or the error, is that of the whole file.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

use colq::{Context, Import, ImportOptions, Table, import, verify};
use std::path::{Path, PathBuf};

/// A file of more than 4 MiB, which is what types are guessed from, with one more row at the end.
fn large(folder: &Path, last: &str) -> PathBuf {
    let path = folder.join("t.csv");
    let rows: String = (0..400_000).map(|row| format!("{row},{}.5,abc\n", row % 9)).collect();
    assert!(rows.len() > 5 << 20);
    std::fs::write(&path, format!("id,x,name\n{rows}{last}")).unwrap();
    path
}

fn types(path: &Path) -> Vec<String> {
    let table = Table::open(path).unwrap();
    table.schema().fields().iter().map(|field| field.data_type.to_string()).collect()
}

#[test]
fn the_last_row_of_a_large_file_decides_on_its_types() {
    for (last, expected) in [
        ("7,0.5,abc\n", ["i64", "f64", "text"]),
        ("-,0.5,abc\n", ["text", "f64", "text"]),
        ("18446744073709551615,0.5,abc\n", ["u64", "f64", "text"]),
        ("1.5,,abc\n", ["f64", "f64", "text"]),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let path = large(folder.path(), last);
        let table = folder.path().join("t.colq");
        assert_eq!(import(&path, &table).unwrap().row_count, 400_001);
        assert_eq!(types(&table), expected, "{last}");
        assert!(verify(&table, &Context::new()).unwrap().is_sound());
    }
}

#[test]
fn a_mistake_at_the_end_is_told_with_its_line_and_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = large(folder.path(), "1,2\n");
    let table = folder.path().join("t.colq");
    let error = import(&path, &table).unwrap_err().to_string();
    assert!(error.contains("line 400002"), "{error}");
    assert!(!table.exists());
}

#[test]
fn rows_behind_a_table_are_read_once_and_by_its_types() {
    let folder = tempfile::tempdir().unwrap();
    let path = large(folder.path(), "");
    let table = folder.path().join("t.colq");
    import(&path, &table).unwrap();
    let appending =
        Import::new(&table).append().options(ImportOptions { threads: 3, ..ImportOptions::default() });
    assert_eq!(appending.run([&path], &Context::new()).unwrap().row_count, 400_000);
    let wrong = large(folder.path(), "x,1,abc\n");
    assert!(appending.run([&wrong], &Context::new()).unwrap_err().to_string().contains("line 400002"));
    assert_eq!(Table::open(&table).unwrap().row_count(), 800_000);
}
