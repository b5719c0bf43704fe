//! One writer at a time, readers that keep their version, and other processes.

use super::sample::{batch, rows_of, rows_of_batches, small};
use crate::{Table, TableWriter};
use colq_column::{Batch, Column};
use colq_types::{DataType, Field, Schema};
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::sync::Arc;
use tempfile::tempdir;

#[test]
fn a_second_writer_is_told_who_has_the_lock() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("t.colq");
    let mut writer = TableWriter::create(&path, &small()).unwrap();
    let error = TableWriter::create(&path, &small()).unwrap_err();
    assert!(error.is_locked(), "{error}");
    writer.commit().unwrap();
    for second in [TableWriter::append(&path), TableWriter::replace(&path, &small())] {
        let error = second.unwrap_err();
        assert!(error.is_locked(), "{error}");
        let text = error.to_string();
        assert!(text.contains("LOCK") && text.contains(&std::process::id().to_string()), "{text}");
    }
    drop(writer);
    TableWriter::append(&path).unwrap();
}

#[test]
fn a_reader_pins_its_version_file() {
    let _guard = super::no_child_begins();
    let folder = tempdir().unwrap();
    let path = folder.path().join("t.colq");
    TableWriter::create(&path, &small()).unwrap().commit().unwrap();
    let version = std::fs::File::open(path.join("versions/00000001.json")).unwrap();
    let table = Table::open(&path).unwrap();
    assert!(version.try_lock().is_err(), "an exclusive lock is what vacuum asks for");
    let clone = table.clone();
    drop(table);
    assert!(version.try_lock().is_err());
    drop(clone);
    version.try_lock().unwrap();
}

#[test]
fn racing_writers_commit_one_after_the_other() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("t.colq");
    let one = batch(&small(), 10, 1, 3);
    TableWriter::create(&path, &small()).unwrap().commit().unwrap();
    let winners: Vec<u64> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8)
            .map(|_| {
                scope.spawn(|| {
                    loop {
                        match TableWriter::append(&path) {
                            Ok(mut writer) => {
                                writer.write(&one).unwrap();
                                return writer.commit().unwrap();
                            }
                            Err(error) => assert!(error.is_locked(), "{error}"),
                        }
                    }
                })
            })
            .collect();
        threads.into_iter().map(|t| t.join().unwrap()).collect()
    });
    let mut winners = winners;
    winners.sort_unstable();
    assert_eq!(winners, (2..10).collect::<Vec<_>>());
    let table = Table::open(&path).unwrap();
    assert_eq!(rows_of(&table), rows_of_batches(&vec![one; 8]));
}

#[test]
fn readers_see_committed_prefixes_while_a_writer_appends() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("t.colq");
    let schema = Schema::new(vec![Field::new("n", DataType::I64)]);
    TableWriter::create(&path, &schema).unwrap().commit().unwrap();
    std::thread::scope(|scope| {
        let writer = scope.spawn(|| {
            let mut writer = TableWriter::append(&path).unwrap();
            for append in 0..200i64 {
                let values: Vec<i64> = (append * 500..(append + 1) * 500).collect();
                let columns = vec![Column::new(DataType::I64, values)];
                writer.write(&Batch::new(Arc::new(schema.clone()), columns).unwrap()).unwrap();
                writer.commit().unwrap();
            }
        });
        let mut refreshes = 0;
        let mut table = Table::open(&path).unwrap();
        while !writer.is_finished() {
            table = table.refresh().unwrap();
            let values = table.read_values::<i64>(0).unwrap();
            assert_eq!(values.len() as u64, (table.version() - 1) * 500);
            assert!(values.iter().zip(0..).all(|(found, expected)| *found == expected));
            refreshes += 1;
        }
        println!("{refreshes} refreshes");
    });
    assert_eq!(Table::open(&path).unwrap().row_count(), 100_000);
}

/// The other process of the test below: this test binary, asked for this one test, with a path to open.
#[test]
fn child_opens_a_table_and_waits() {
    let Ok(path) = std::env::var("COLQ_STORE_CHILD_TABLE") else { return };
    let table = Table::open(path).unwrap();
    let sum = |table: &Table| table.read_values::<i64>(0).unwrap().iter().sum::<i64>();
    println!("\nchild: {} {}", table.version(), sum(&table));
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).unwrap();
    println!("\nchild: {} {}", table.version(), sum(&table));
    let table = table.refresh().unwrap();
    println!("\nchild: {} {}", table.version(), sum(&table));
}

#[test]
fn another_process_keeps_its_version_until_it_refreshes() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("t.colq");
    let schema = Schema::new(vec![Field::new("n", DataType::I64)]);
    let ten = Batch::new(Arc::new(schema.clone()), vec![Column::new(DataType::I64, vec![1i64; 10])]).unwrap();
    let mut writer = TableWriter::create(&path, &schema).unwrap();
    writer.write(&ten).unwrap();
    writer.commit().unwrap();
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["tests::locking::child_opens_a_table_and_waits", "--exact", "--nocapture"])
        .env("COLQ_STORE_CHILD_TABLE", &path)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    let mut child = super::child(&mut command);
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    let mut said = || lines.find(|line| line.starts_with("child: ")).unwrap();
    assert_eq!(said(), "child: 1 10");
    for _ in 0..50 {
        writer.write(&ten).unwrap();
        writer.commit().unwrap();
    }
    child.stdin.take().unwrap().write_all(b"\n").unwrap();
    assert_eq!(said(), "child: 1 10");
    assert_eq!(said(), "child: 51 510");
    assert!(child.wait().unwrap().success());
}
