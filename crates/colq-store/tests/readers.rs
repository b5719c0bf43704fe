//! Readers that refresh in a loop against a writer in another process, which appends, edits, replaces and vacuums, and
//! is killed now and then: every refresh sees what one commit made, and never an older version than before.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

use colq_column::{Batch, Column, ColumnSource, Dictionary, Scratch};
use colq_store::{Table, TableEdit, TableWriter, vacuum, verify};
use colq_types::{DataType, Field, Schema, zone_count, zone_range};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// The table on which the child writes: in this variable of its environment.
const FOLDER: &str = "COLQ_READERS_FOLDER";

/// Every commit leaves a multiple of so many rows, and no other write does.
const STEP: u64 = 7;

const REFRESHES: usize = 6_000;

fn schema() -> Schema {
    Schema::new(vec![
        Field::new("n", DataType::I64),
        Field::new("word", DataType::Text),
        Field::new("times", DataType::I64),
    ])
}

/// Row `n` holds `n`, a word for it, and a multiple of it; the multiple is the column's.
fn rows(start: u64, end: u64, times: i64) -> Batch {
    let words: Vec<String> = (0..10).map(|i| format!("word {i}")).collect();
    let dictionary = Arc::new(Dictionary::of(words.iter().map(String::as_str)));
    let columns = vec![
        Column::new(DataType::I64, (start as i64..end as i64).collect::<Vec<_>>()),
        Column::text((start..end).map(|n| (n % 10) as u32).collect::<Vec<_>>(), dictionary),
        Column::new(DataType::I64, (start as i64..end as i64).map(|n| n * times).collect::<Vec<_>>()),
    ];
    Batch::new(Arc::new(schema()), columns).unwrap()
}

/// What the column `times` multiplies by.
fn factor(table: &Table) -> i64 {
    table.read_values::<i64>(2).unwrap().get(1).copied().unwrap()
}

/// The writer; in an ordinary run of the tests it has nothing to do.
#[test]
fn child() {
    let Ok(path) = std::env::var(FOLDER) else { return };
    let path = Path::new(&path);
    for step in u64::from(std::process::id()).. {
        let table = Table::open(path).unwrap();
        let (row_count, times) = (table.row_count(), factor(&table));
        drop(table);
        match step % 9 {
            7 => {
                let mut edit = TableEdit::open(path).unwrap();
                edit.replace_column("times", DataType::I64).unwrap();
                let columns = rows(0, row_count, times + 1).into_columns();
                edit.write_column("times", &columns[2]).unwrap();
                edit.commit().unwrap();
            }
            8 => drop(vacuum(path, 1).unwrap()),
            _ if row_count > 70_000 => {
                let mut writer = TableWriter::replace(path, &schema()).unwrap();
                writer.write(&rows(0, 64_400, times + 1)).unwrap();
                writer.commit().unwrap();
            }
            _ => {
                // In two halves, of which nobody must see the first alone.
                let mut writer = TableWriter::append(path).unwrap();
                let middle = row_count + 3 + 100 * (step % 3);
                writer.write(&rows(row_count, middle, times)).unwrap();
                let end = (middle / STEP + 1) * STEP;
                writer.write(&rows(middle, end, times)).unwrap();
                writer.commit().unwrap();
            }
        }
    }
}

/// Everything that holds in what a commit made.
fn check(table: &Table) {
    let row_count = table.row_count();
    assert!(row_count >= 64_400 && row_count.is_multiple_of(STEP), "{row_count} rows");
    let numbers = table.read_values::<i64>(0).unwrap();
    assert!(numbers.iter().zip(0..).all(|(found, n)| *found == n), "version {}", table.version());
    let (multiples, times) = (table.read_values::<i64>(2).unwrap(), factor(table));
    assert!(multiples.iter().zip(0..).all(|(found, n)| *found == n * times), "version {}", table.version());
    let mut scratch = Scratch::default();
    for zone in 0..zone_count(row_count) {
        let rows = zone_range(zone, row_count);
        let view = table.read(1, rows, &mut scratch).unwrap();
        let is_right =
            |row: usize| view.text(row).last() == Some(&(b'0' + ((rows.start + row as u64) % 10) as u8));
        assert!((0..view.len()).rev().step_by(97).all(is_right), "version {}", table.version());
    }
}

#[test]
fn readers_see_what_was_committed_whatever_happens_to_the_writer() {
    let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
    let path = folder.path().join("t.colq");
    let mut writer = TableWriter::create(&path, &schema()).unwrap();
    writer.write(&rows(0, 64_400, 1)).unwrap();
    writer.commit().unwrap();
    drop(writer);
    let (refreshes, changes) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let begin = Instant::now();
    let is_over =
        || refreshes.load(Ordering::Relaxed) >= REFRESHES || begin.elapsed() > Duration::from_secs(15);
    let mut kills = 0;
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                let mut table = Table::open(&path).unwrap();
                while !is_over() {
                    let new = table.refresh().unwrap();
                    assert!(new.version() >= table.version());
                    if new.version() > table.version() {
                        changes.fetch_add(1, Ordering::Relaxed);
                        check(&new);
                    }
                    table = new;
                    refreshes.fetch_add(1, Ordering::Relaxed);
                    // A table that nobody refreshes holds its version against every vacuum.
                    std::thread::sleep(Duration::from_micros(500));
                }
                check(&table);
            });
        }
        while !is_over() {
            let mut child = Command::new(std::env::current_exe().unwrap())
                .args(["--exact", "child", "--test-threads=1"])
                .env(FOLDER, &path)
                .stdout(Stdio::piped())
                .spawn()
                .unwrap();
            let life = Instant::now();
            let most = Duration::from_millis(100 + 37 * (kills % 11));
            while !is_over() && life.elapsed() < most {
                std::thread::sleep(Duration::from_millis(1));
                if let Some(status) = child.try_wait().unwrap() {
                    let output = child.wait_with_output().unwrap();
                    panic!(
                        "the writer ended by itself: {status}, {}",
                        String::from_utf8_lossy(&output.stdout)
                    );
                }
            }
            child.kill().unwrap();
            child.wait().unwrap();
            kills += 1;
        }
    });
    println!("{refreshes:?} refreshes, {changes:?} of them to a new version, past {kills} killed writers");
    check(&Table::open(&path).unwrap());
    assert!(verify(&path).unwrap().is_sound());
    vacuum(&path, 1).unwrap();
    assert!(verify(&path).unwrap().is_sound());
    assert!(changes.into_inner() > 50 && kills > 3);
}
