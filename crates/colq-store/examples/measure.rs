//! Measures what must not depend on the size of a table: opening a wide one, and appending one row to a long one.
//!
//! `measure open FOLDER [COLUMNS] [ZONES]` and `measure append FOLDER ROWS [COLUMNS]`. The tables are made in the
//! folder, sparse: their values are holes of zeros, so that a hundred gigabytes take no disk.
#![allow(clippy::unwrap_used, reason = "a measurement that cannot go on has failed")]

use colq_column::{Batch, Column};
use colq_format::{
    ColumnEntry, FORMAT, FileEntry, HEADER_LEN, Hex64, Hex128, NpyFileEntry, RECORD_LEN, Tail, Version,
    hash_seeded, header_of, values_seed,
};
use colq_store::{Table, TableWriter};
use colq_types::{DataType, Physical, ZONE_ROWS};
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |at: usize, default: u64| arguments.get(at).map_or(default, |a| a.parse().unwrap());
    let folder = |at: usize| PathBuf::from(&arguments[at]);
    match arguments.first().map(String::as_str) {
        Some("open") => open(&folder(1), number(2, 1_000), number(3, 10_000)),
        Some("append") => append(&folder(1), number(2, 1_000_000), number(3, 50)),
        _ => eprintln!("measure open FOLDER [COLUMNS] [ZONES] | measure append FOLDER ROWS [COLUMNS]"),
    }
}

/// A table of zeros, as i64.
fn sparse(folder: &Path, columns: u64, rows: u64) -> PathBuf {
    let path = folder.join("sparse.colq");
    for name in ["", "versions", "columns"] {
        fs::create_dir(path.join(name)).unwrap();
    }
    File::create(path.join("LOCK")).unwrap();
    let zeros = vec![0u8; (rows % ZONE_ROWS) as usize * 8];
    let has_tail = !zeros.is_empty();
    let entries = (0..columns).map(|id| {
        let name = format!("column {id}");
        let (values, zones) = (format!("column%20{id}.npy"), format!("column%20{id}.zones"));
        let mut file = File::create(path.join("columns").join(&values)).unwrap();
        file.write_all(&header_of(Physical::I64, rows)).unwrap();
        file.set_len(HEADER_LEN as u64 + rows * 8).unwrap();
        let zones_len = rows / ZONE_ROWS * RECORD_LEN as u64;
        File::create(path.join("columns").join(&zones)).unwrap().set_len(zones_len).unwrap();
        let mut entry = ColumnEntry {
            id,
            name,
            type_name: "i64".into(),
            values: NpyFileEntry { file: values, byte_len: HEADER_LEN as u64 + rows * 8, header_rows: rows },
            zones: FileEntry { file: zones, byte_len: zones_len },
            zones_chain: Hex64(0),
            validity: None,
            dictionary: None,
            text: None,
            tail: Tail {
                row_count: rows % ZONE_ROWS,
                null_count: 0,
                nan_count: 0,
                min: has_tail.then_some(Hex64(0)),
                max: has_tail.then_some(Hex64(0)),
                sum: Hex128(0),
                hash: Hex64(hash_seeded(&zeros, values_seed(id, rows / ZONE_ROWS))),
                blocks: None,
                validity: None,
            },
            sorted: None,
            copy_on_append: false,
            checksum: Hex64(0),
        };
        entry.checksum = Hex64(entry.computed_checksum());
        entry
    });
    let version = Version {
        format: FORMAT,
        required: Vec::new(),
        optional: Vec::new(),
        version: 1,
        parent: None,
        row_count: rows,
        zone_rows: ZONE_ROWS,
        next_column_id: columns,
        columns: entries.collect(),
    };
    fs::write(path.join("versions/00000001.json"), version.encode().unwrap().0).unwrap();
    path
}

fn open(folder: &Path, columns: u64, zones: u64) {
    let path = sparse(folder, columns, zones * ZONE_ROWS);
    let bytes = fs::read(path.join("versions/00000001.json")).unwrap();
    let time = |what: &str, work: &dyn Fn()| {
        let mut times: Vec<f64> = (0..101)
            .map(|_| {
                let start = Instant::now();
                work();
                start.elapsed().as_secs_f64() * 1e3
            })
            .collect();
        times.sort_by(f64::total_cmp);
        println!("{what}: median {:.2} ms, best {:.2} ms", times[50], times[0]);
    };
    println!("{columns} columns of {zones} zones, version file of {} bytes", bytes.len());
    time("decode the version file", &|| drop(Version::decode(&bytes).unwrap()));
    time("open", &|| drop(Table::open(&path).unwrap()));
    fs::remove_dir_all(&path).unwrap();
}

fn append(folder: &Path, rows: u64, columns: u64) {
    let path = sparse(folder, columns, rows);
    let schema = Table::open(&path).unwrap().schema().clone();
    let row = (0..columns).map(|_| Column::new(DataType::I64, vec![7i64])).collect();
    let batch = Batch::new(Arc::new(schema), row).unwrap();
    let mut times = Vec::new();
    for _ in 0..21 {
        let start = Instant::now();
        let mut writer = TableWriter::append(&path).unwrap();
        let opened = start.elapsed();
        writer.write(&batch).unwrap();
        writer.commit().unwrap();
        times.push((start.elapsed().as_secs_f64() * 1e3, opened.as_secs_f64() * 1e3));
    }
    times.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (all, opening) = times[10];
    println!(
        "append 1 row to {rows} rows of {columns} columns: median {all:.2} ms, {opening:.2} ms of it to open"
    );
    fs::remove_dir_all(&path).unwrap();
}
