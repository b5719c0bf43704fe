//! Tables that were written once and must open for ever: data/golden holds them, and beside each the list of its rows.
//! `crates/colq-store/examples/golden.rs` made them, and `examples/read_table.py` reads them without colq.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::expect_used,
    unsafe_code,
    reason = "a test that cannot go on has failed; the tables are the checkout's own"
)]

use colq_column::{ColumnSource, Scratch};
use colq_store::{Table, TableWriter, verify};
use colq_types::{Scalar, Schema, zone_count, zone_range};
use std::fs;
use std::path::{Path, PathBuf};

/// The tables, by name.
fn tables() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/golden");
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut tables: Vec<PathBuf> =
        paths.filter(|path| path.extension().is_some_and(|e| e == "colq")).collect();
    tables.sort();
    tables
}

/// All rows as JSON, with how often each is repeated before another comes.
fn listing(source: &dyn ColumnSource) -> String {
    let schema = source.schema();
    let mut lines: Vec<(usize, String)> = Vec::new();
    let mut scratches: Vec<Scratch> = schema.fields().iter().map(|_| Scratch::default()).collect();
    for zone in 0..zone_count(source.row_count()) {
        let rows = zone_range(zone, source.row_count());
        let views: Vec<_> = scratches
            .iter_mut()
            .enumerate()
            .map(|(column, scratch)| source.read(column, rows, scratch).unwrap())
            .collect();
        for row in 0..rows.len() {
            let values: Vec<Scalar> = views.iter().map(|view| view.scalar(row)).collect();
            let line = line(schema, &values);
            match lines.last_mut() {
                Some((count, last)) if *last == line => *count += 1,
                _ => lines.push((1, line)),
            }
        }
    }
    lines.iter().map(|(count, line)| format!("{count} {line}\n")).collect()
}

fn line(schema: &Schema, values: &[Scalar]) -> String {
    let quoted = |text: &str| serde_json::to_string(text).unwrap();
    let fields = schema.fields().iter().zip(values);
    let parts = fields.map(|(field, value)| format!("{}: {}", quoted(&field.name), json(value)));
    format!("{{{}}}", parts.collect::<Vec<_>>().join(", "))
}

fn json(value: &Scalar) -> String {
    match value {
        Scalar::Null => "null".into(),
        Scalar::F32(v) if v.is_finite() => format!("{:?}", f64::from(*v)),
        Scalar::F64(v) if v.is_finite() => format!("{v:?}"),
        Scalar::Duration(units, _) => units.to_string(),
        Scalar::Bool(_) | Scalar::I64(_) | Scalar::U64(_) => value.to_string(),
        Scalar::Vector(numbers) => {
            format!("[{}]", numbers.iter().map(json).collect::<Vec<_>>().join(", "))
        }
        text => serde_json::to_string(&text.to_string()).unwrap(),
    }
}

#[test]
fn every_golden_table_opens_and_holds_its_rows() {
    let tables = tables();
    assert!(tables.len() >= 5, "{tables:?}");
    for path in tables {
        let report = verify(&path).unwrap();
        assert!(report.is_sound(), "{}: {:#?}", path.display(), report.findings);
        let expected = fs::read_to_string(path.with_extension("txt")).unwrap();
        // SAFETY: nobody changes the files of a checkout while its tests run.
        let mapped = unsafe { Table::map(&path).unwrap() };
        for table in [Table::open(&path).unwrap(), mapped] {
            let found = listing(&table);
            let differs = found.lines().zip(expected.lines()).find(|(found, expected)| found != expected);
            assert_eq!(differs, None, "{}", path.display());
            assert_eq!(found.len(), expected.len(), "{}", path.display());
        }
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}

#[test]
fn a_golden_table_can_be_appended_to() {
    let folder = tempfile::tempdir().unwrap();
    for path in tables() {
        let copied = folder.path().join(path.file_name().unwrap());
        copy(&path, &copied);
        let table = Table::open(&copied).unwrap();
        // Its own rows once more.
        let mut writer = TableWriter::append(&copied).unwrap();
        let rows = colq_types::RowRange::new(0, table.row_count());
        let columns = (0..table.schema().len()).map(|c| table.to_column(c, rows).unwrap()).collect();
        let batch = colq_column::Batch::new(table.schema().clone().into(), columns).unwrap();
        writer.write(&batch).unwrap();
        writer.commit().unwrap();
        drop(writer);
        assert!(verify(&copied).unwrap().is_sound());
        let twice = Table::open(&copied).unwrap();
        assert_eq!(twice.row_count(), 2 * table.row_count());
        for column in 0..table.schema().len() {
            let second = colq_types::RowRange::new(table.row_count(), twice.row_count());
            let (a, b) = (table.to_column(column, rows).unwrap(), twice.to_column(column, second).unwrap());
            for row in (0..a.len()).step_by(97) {
                assert_eq!(json(&a.scalar(row)), json(&b.scalar(row)), "{}", path.display());
            }
        }
    }
}

#[test]
fn a_difference_would_be_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let path = tables().into_iter().find(|path| path.ends_with("types.colq")).unwrap();
    let copied = folder.path().join("types.colq");
    copy(&path, &copied);
    let file = copied.join("columns/i8.npy");
    let mut bytes = fs::read(&file).unwrap();
    bytes[4097] ^= 1;
    fs::write(&file, bytes).unwrap();
    assert_eq!(verify(&copied).unwrap().findings.len(), 1);
    let expected = fs::read_to_string(path.with_extension("txt")).unwrap();
    assert_ne!(listing(&Table::open(&copied).unwrap()), expected);
}
