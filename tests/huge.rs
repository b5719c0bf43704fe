//! A table of three billion rows, more than 32 bits count and more than this machine could write in a test: its files
//! are sparse, made by the format's own words, and everything that needs no values must take no time.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::expect_used,
    unsafe_code,
    reason = "a test that cannot go on has failed; the table is the test's own"
)]

use colq_format::{
    Chain, ColumnEntry, FORMAT, FileEntry, HEADER_LEN, Hex64, Hex128, NpyFileEntry, RECORD_LEN, Tail,
    Version, ZoneRecord, hash_seeded, header_of, values_seed,
};
use colq_store::{Table, TableWriter};
use colq_types::{Physical, RowRange, Scalar, ZONE_ROWS, zone_count, zone_range};
use std::fs::{self, File};
use std::io::{Seek, SeekFrom, Write};
use std::path::Path;

const ROWS: u64 = 3_000_000_000;

/// A column of u8 that is zero throughout, but for 1 to 5 in the last five rows.
fn make(path: &Path) {
    for name in ["", "versions", "columns"] {
        fs::create_dir(path.join(name)).unwrap();
    }
    File::create(path.join("LOCK")).unwrap();
    let full_zones = ROWS / ZONE_ROWS;
    let tail_rows = ROWS % ZONE_ROWS;
    let (mut chain, mut records) = (Chain::default(), Vec::new());
    let zeros = vec![0; ZONE_ROWS as usize];
    for zone in 0..full_zones {
        let record = ZoneRecord {
            min: 0,
            max: 0,
            sum: 0,
            null_count: 0,
            nan_count: 0,
            // The hash of the values is looked at when all of them are read, which nobody here has time for.
            values_hash: if zone == 0 { hash_seeded(&zeros, values_seed(0, 0)) } else { 0 },
            validity_hash: 0,
        };
        let record = record.encode(0, zone);
        chain.push(&record);
        records.extend_from_slice(&record);
    }
    fs::write(path.join("columns/n.zones"), &records).unwrap();
    let mut tail = vec![0; tail_rows as usize - 5];
    tail.extend([1, 2, 3, 4, 5]);
    let mut values = File::create(path.join("columns/n.npy")).unwrap();
    values.write_all(&header_of(Physical::U8, ROWS)).unwrap();
    let byte_len = HEADER_LEN as u64 + ROWS;
    values.set_len(byte_len).unwrap();
    values.seek(SeekFrom::Start(byte_len - tail_rows)).unwrap();
    values.write_all(&tail).unwrap();
    let mut entry = ColumnEntry {
        id: 0,
        name: "n".into(),
        type_name: "u8".into(),
        values: NpyFileEntry { file: "n.npy".into(), byte_len, header_rows: ROWS },
        zones: FileEntry { file: "n.zones".into(), byte_len: full_zones * RECORD_LEN as u64 },
        zones_chain: Hex64(chain.0),
        validity: None,
        dictionary: None,
        text: None,
        tail: Tail {
            row_count: tail_rows,
            null_count: 0,
            nan_count: 0,
            min: Some(Hex64(0)),
            max: Some(Hex64(5)),
            sum: Hex128(15),
            hash: Hex64(hash_seeded(&tail, values_seed(0, full_zones))),
            blocks: None,
            validity: None,
        },
        sorted: None,
        copy_on_append: false,
        checksum: Hex64(0),
    };
    entry.checksum = Hex64(entry.computed_checksum());
    let version = Version {
        format: FORMAT,
        required: Vec::new(),
        optional: Vec::new(),
        version: 1,
        parent: None,
        row_count: ROWS,
        zone_rows: ZONE_ROWS,
        next_column_id: 1,
        columns: vec![entry],
    };
    fs::write(path.join("versions/00000001.json"), version.encode().unwrap().0).unwrap();
}

#[test]
fn three_billion_rows_are_opened_counted_read_and_filtered() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("huge.colq");
    make(&path);
    // SAFETY: the folder belongs to this test alone.
    let mapped = unsafe { Table::map(&path).unwrap() };
    assert_eq!(mapped.values::<u8>(0).unwrap().len() as u64, ROWS);
    for table in [Table::open(&path).unwrap(), mapped] {
        assert_eq!(table.row_count(), ROWS);
        let last = table.to_column(0, RowRange::new(ROWS - 6, ROWS)).unwrap();
        let found: Vec<Scalar> = (0..6).map(|row| last.scalar(row)).collect();
        assert_eq!(found, [0u64, 1, 2, 3, 4, 5].map(Scalar::from));
        let tail = zone_range(zone_count(ROWS) - 1, ROWS);
        assert_eq!(table.to_column(0, tail).unwrap().len() as u64, ROWS % ZONE_ROWS);
        assert!(table.to_column(0, RowRange::new(ROWS, ROWS + 1)).is_err());
    }
    // SAFETY: as above.
    let mapped = unsafe { colq::Table::map(&path).unwrap() };
    for table in [colq::Table::open(&path).unwrap(), mapped] {
        let answer = table
            .sql(
                "SELECT count(*) AS n, sum(n) AS total, min(n) AS low, max(n) AS high FROM this WHERE n >= 3",
            )
            .unwrap();
        let values: Vec<String> =
            answer.scalar_rows().next().unwrap().iter().map(ToString::to_string).collect();
        assert_eq!(values, ["3", "12", "3", "5"]);
        let answer = table.sql("SELECT count(*) AS rows, sum(n) AS total, max(n) AS high FROM this").unwrap();
        let values: Vec<String> =
            answer.scalar_rows().next().unwrap().iter().map(ToString::to_string).collect();
        assert_eq!(values, ["3000000000", "15", "5"]);
    }
}

#[test]
fn one_more_row_is_appended_to_three_billion() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("huge.colq");
    make(&path);
    let row = Table::open(&path).unwrap().to_column(0, RowRange::new(ROWS - 1, ROWS)).unwrap();
    let mut writer = TableWriter::append(&path).unwrap();
    let batch = colq_column::Batch::new(writer.schema().clone(), vec![row]).unwrap();
    writer.write(&batch).unwrap();
    assert_eq!(writer.commit().unwrap(), 2);
    drop(writer);
    let table = Table::open(&path).unwrap();
    assert_eq!(table.row_count(), ROWS + 1);
    assert_eq!(table.to_column(0, RowRange::new(ROWS, ROWS + 1)).unwrap().scalar(0), Scalar::U64(5));
}
