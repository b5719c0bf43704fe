//! Columns of state: live numbers that processes share, whole files or none, and checkpoints.

use super::faults::{Fault, Faulty, copy_folder};
use super::round_trip::map;
use super::sample::{batch, small};
use crate::{AtomicNumber, Error, MutableColumn, Table, TableWriter, vacuum, verify};
use std::fmt::Debug;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tempfile::{TempDir, tempdir};

const ROWS: u64 = 70_000;

fn table() -> (TempDir, PathBuf) {
    let folder = tempdir().unwrap();
    let path = folder.path().join("t.colq");
    let mut writer = TableWriter::create(&path, &small()).unwrap();
    writer.write(&batch(&small(), ROWS as usize, 1, 7)).unwrap();
    writer.commit().unwrap();
    (folder, path)
}

fn create<T: AtomicNumber>(path: &Path, name: &str, rows: u64, fill: T) -> MutableColumn<T> {
    try_create(path, name, rows, fill).unwrap()
}

#[allow(unsafe_code, reason = "the tests keep the promise: nobody shortens the files of their own folders")]
fn try_create<T: AtomicNumber>(
    path: &Path,
    name: &str,
    rows: u64,
    fill: T,
) -> crate::Result<MutableColumn<T>> {
    // SAFETY: nobody but this crate touches the files of the test's own folder.
    unsafe { MutableColumn::create(path, name, rows, fill) }
}

#[allow(unsafe_code, reason = "the tests keep the promise: nobody shortens the files of their own folders")]
fn open<T: AtomicNumber>(path: &Path, name: &str) -> crate::Result<MutableColumn<T>> {
    // SAFETY: nobody but this crate touches the files of the test's own folder.
    unsafe { MutableColumn::open(path, name) }
}

fn there_and_back<T: AtomicNumber + Debug>(fill: T, others: &[T]) {
    let (_folder, path) = table();
    let column = create(&path, "a/b é", 1000, fill);
    assert_eq!((column.len(), column.is_empty()), (1000, false));
    let same = open::<T>(&path, "a/b é").unwrap();
    for row in [0, 1, 999] {
        assert_eq!(column.get(row).unwrap().to_bits_64(), fill.to_bits_64());
        for value in others {
            column.set(row, *value).unwrap();
            assert_eq!(same.get(row).unwrap().to_bits_64(), value.to_bits_64());
        }
    }
    for row in [1000, u64::MAX] {
        assert!(matches!(column.get(row), Err(Error::NoRow { row_count: 1000, .. })));
        assert!(column.set(row, fill).is_err());
    }
    column.flush().unwrap();
    column.flush_range(3..700).unwrap();
    column.flush_range(5..5).unwrap();
    assert!(column.flush_range(0..1001).is_err());
    let bytes = fs::read(path.join("state/a%2Fb%20%C3%A9.npy")).unwrap();
    assert_eq!(bytes.len(), 4096 + 1000 * size_of::<T>());
    assert_eq!(colq_format::header_rows(T::PHYSICAL, &bytes[..4096]), Ok(1000));
    let last = bytemuck::pod_read_unaligned::<T>(&bytes[bytes.len() - size_of::<T>()..]);
    assert_eq!(last.to_bits_64(), others.last().unwrap().to_bits_64(), "the file itself holds it");
}

#[test]
fn every_number_type_comes_back() {
    there_and_back(-7i32, &[i32::MIN, i32::MAX, -1]);
    there_and_back(7u32, &[u32::MAX, 0, 1]);
    there_and_back(0.5f32, &[f32::NAN, -0.0, f32::INFINITY, 1e-40]);
    there_and_back(-7i64, &[i64::MIN, i64::MAX, -1]);
    there_and_back(7u64, &[u64::MAX, 0, 1]);
    there_and_back(0.5f64, &[f64::NAN, -0.0, f64::NEG_INFINITY, 5e-324]);
}

#[test]
fn no_addition_is_lost_and_the_largest_is_followed_by_the_smallest() {
    let (_folder, path) = table();
    let column = create(&path, "hits", 3, 0u32);
    let wide = create(&path, "wide", 1, i64::MAX);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let mine = open::<u32>(&path, "hits").unwrap();
                for _ in 0..10_000 {
                    mine.fetch_add(1, 3).unwrap();
                }
            });
        }
    });
    assert_eq!((column.get(0).unwrap(), column.get(1).unwrap()), (0, 120_000));
    assert_eq!(wide.fetch_add(0, 1).unwrap(), i64::MAX);
    assert_eq!(wide.get(0).unwrap(), i64::MIN);
}

#[test]
fn structure_changes_only_when_nobody_has_it_open() {
    let (_folder, path) = table();
    assert!(matches!(open::<f32>(&path, "loss"), Err(Error::NoState { .. })));
    assert!(matches!(MutableColumn::<f32>::delete(&path, "loss"), Err(Error::NoState { .. })));
    let column = create(&path, "loss", 10, 1.5f32);
    let error = try_create(&path, "loss", 10, 0f32).unwrap_err();
    assert!(error.is_already_exists(), "{error}");
    let error = open::<i32>(&path, "loss").unwrap_err();
    assert_eq!(error.to_string(), "Column `loss` holds f32, and i32 was asked for.");
    assert!(MutableColumn::<f32>::delete(&path, "loss").unwrap_err().is_locked());
    assert!(MutableColumn::<f32>::resize(&path, "loss", 20, 0.0).unwrap_err().is_locked());
    drop(column);
    MutableColumn::<f32>::resize(&path, "loss", 300_000, 2.5).unwrap();
    let column = open::<f32>(&path, "loss").unwrap();
    assert_eq!((column.len(), column.get(9).unwrap()), (300_000, 1.5));
    assert_eq!((column.get(10).unwrap(), column.get(299_999).unwrap()), (2.5, 2.5));
    drop(column);
    MutableColumn::<f32>::resize(&path, "loss", 5, 0.0).unwrap();
    assert_eq!(fs::metadata(path.join("state/loss.npy")).unwrap().len(), 4096 + 20);
    MutableColumn::<f32>::resize(&path, "loss", 7, 9.0).unwrap();
    let column = open::<f32>(&path, "loss").unwrap();
    assert_eq!((column.get(4).unwrap(), column.get(5).unwrap()), (1.5, 9.0));
    drop(column);
    assert!(MutableColumn::<i32>::resize(&path, "loss", 7, 9).is_err(), "another type");
    MutableColumn::<f32>::delete(&path, "loss").unwrap();
    assert!(open::<f32>(&path, "loss").unwrap_err().is_not_found());
    create(&path, "loss", 0, 0u64).flush().unwrap();
}

#[test]
fn a_checkpoint_is_a_column_like_any_other() {
    let (_folder, path) = table();
    let column = create(&path, "weight", ROWS, 1.0f64);
    (0..ROWS).step_by(3).for_each(|row| column.set(row, row as f64).unwrap());
    assert_eq!(column.checkpoint().unwrap(), 2);
    let expected: Vec<f64> = (0..ROWS).map(|row| if row % 3 == 0 { row as f64 } else { 1.0 }).collect();
    let first = map(&path);
    assert_eq!(first.schema().fields()[5].name, "weight");
    assert_eq!(first.values::<f64>(5).unwrap(), expected);
    column.set(1, -1.0).unwrap();
    assert_eq!(column.checkpoint().unwrap(), 3);
    assert_eq!(first.values::<f64>(5).unwrap(), expected, "a version stays as it is");
    assert_eq!(map(&path).values::<f64>(5).unwrap()[1], -1.0);
    assert_eq!(Table::open(&path).unwrap().schema().len(), 6);
    assert!(verify(&path).unwrap().is_sound());

    // Versions come and go, state stays.
    drop(first);
    vacuum(&path, 1).unwrap();
    assert_eq!(column.get(1).unwrap(), -1.0);

    let writer = TableWriter::append(&path).unwrap();
    assert!(column.checkpoint().unwrap_err().is_locked());
    drop(writer);
    let short = create(&path, "short", ROWS - 1, 0i32);
    assert!(matches!(short.checkpoint(), Err(Error::TooFewRows { .. })));
    let long = create(&path, "long", ROWS + 1, 0i32);
    assert!(matches!(long.checkpoint(), Err(Error::TooManyRows { .. })));
    assert_eq!(Table::open(&path).unwrap().version(), 3);
}

#[test]
fn hostile_files_are_errors() {
    let (folder, path) = table();
    assert!(matches!(try_create(folder.path(), "x", 1, 0i32), Err(Error::NotATable { .. })));
    assert!(try_create(&path, "", 1, 0i32).is_err());
    assert!(try_create(&path, "x", u64::MAX, 0i32).is_err());
    drop(create(&path, "x", 10, 0i32));
    let file = path.join("state/x.npy");
    let good = fs::read(&file).unwrap();
    for bytes in [&good[..0], &good[..4095], &good[..4096], &good[..4100], &[0; 8192][..]] {
        fs::write(&file, bytes).unwrap();
        assert!(open::<i32>(&path, "x").unwrap_err().is_corrupt());
    }
    let mut huge = colq_format::header_of(colq_types::Physical::I32, u64::MAX);
    huge.extend_from_slice(&[0; 100]);
    fs::write(&file, huge).unwrap();
    assert!(open::<i32>(&path, "x").unwrap_err().is_corrupt());
    fs::remove_file(&file).unwrap();
    std::os::unix::fs::symlink("/etc/passwd", &file).unwrap();
    assert!(open::<i32>(&path, "x").is_err());
    fs::remove_dir_all(path.join("state")).unwrap();
    std::os::unix::fs::symlink(folder.path(), path.join("state")).unwrap();
    assert!(matches!(try_create(&path, "x", 1, 0i32), Err(Error::NotATable { .. })));
}

#[test]
fn a_creation_that_fails_or_dies_leaves_no_column_or_a_whole_one() {
    let (folder, template) = table();
    for fault in [Fault::Error(28), Fault::Error(5), Fault::Dies, Fault::DiesMidway] {
        for at in 0.. {
            let path = folder.path().join(format!("{at}.colq"));
            copy_folder(&template, &path);
            let layer = Faulty::new(at, fault);
            let result = MutableColumn::make_on(&*layer, &path, "loss", 400_000, 1.5f32);
            let context = format!("{fault:?} at call {at}: {result:?}");
            match open::<f32>(&path, "loss") {
                Ok(column) => {
                    assert_eq!((column.len(), column.get(399_999).unwrap()), (400_000, 1.5), "{context}");
                }
                Err(error) => {
                    assert!(error.is_not_found() && result.is_err(), "{context}: {error}");
                    let again = create(&path, "loss", 400_000, 2.5f32);
                    assert_eq!(again.get(399_999).unwrap(), 2.5, "{context}");
                    let names = fs::read_dir(path.join("state")).unwrap();
                    assert_eq!(names.count(), 2, "a leftover after {context}");
                }
            }
            fs::remove_dir_all(&path).unwrap();
            if at >= layer.calls() {
                result.unwrap();
                assert!(at > 6);
                break;
            }
        }
    }
}

#[test]
fn a_resize_that_fails_or_dies_leaves_the_old_rows_or_all_new_ones() {
    let (folder, template) = table();
    drop(create(&template, "loss", 300_000, 1.5f32));
    for (fault, rows) in [
        (Fault::Error(28), 700_000),
        (Fault::Dies, 700_000),
        (Fault::DiesMidway, 700_000),
        (Fault::Dies, 1000),
        (Fault::DiesMidway, 1000),
    ] {
        for at in 0.. {
            let path = folder.path().join(format!("{at}.colq"));
            copy_folder(&template, &path);
            let layer = Faulty::new(at, fault);
            let result = MutableColumn::resize_on(&*layer, &path, "loss", rows, 2.5f32);
            let context = format!("{fault:?} at call {at}: {result:?}");
            let column = open::<f32>(&path, "loss").unwrap_or_else(|e| panic!("{context}: {e}"));
            let is_new = column.len() == rows;
            assert!(is_new || (column.len() == 300_000 && result.is_err()), "{context}");
            assert_eq!(column.get(999).unwrap(), 1.5, "{context}");
            let last = if rows == 700_000 && is_new { 2.5 } else { 1.5 };
            assert_eq!(column.get(column.len() - 1).unwrap(), last, "{context}");
            drop(column);
            MutableColumn::resize(&path, "loss", 400_000, 3.5f32).unwrap();
            fs::remove_dir_all(&path).unwrap();
            if at >= layer.calls() {
                result.unwrap();
                assert!(at > 2);
                break;
            }
        }
    }
}

/// The other process of the test below: this test binary, asked for this one test, with a table.
#[test]
fn child_counts_in_a_column_of_state() {
    let Ok(path) = std::env::var("COLQ_STORE_CHILD_STATE") else { return };
    let column = open::<u64>(Path::new(&path), "hits").unwrap();
    for _ in 0..5000 {
        column.fetch_add(1, 1).unwrap();
    }
    println!("\nchild: counted");
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).unwrap();
    println!("\nchild: {}", column.get(2).unwrap());
}

#[test]
fn another_process_sees_stores_live() {
    let (_folder, path) = table();
    let column = create(&path, "hits", 3, 0u64);
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["tests::state::child_counts_in_a_column_of_state", "--exact", "--nocapture"])
        .env("COLQ_STORE_CHILD_STATE", &path)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    let mut child = super::child(&mut command);
    for _ in 0..5000 {
        column.fetch_add(1, 1).unwrap();
    }
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    let mut said = || lines.find(|line| line.starts_with("child: ")).unwrap();
    assert_eq!(said(), "child: counted");
    assert_eq!(column.get(1).unwrap(), 10_000);
    drop(column);
    assert!(MutableColumn::<u64>::delete(&path, "hits").unwrap_err().is_locked(), "the child has it open");
    let column = open::<u64>(&path, "hits").unwrap();
    column.set(2, 42).unwrap();
    child.stdin.take().unwrap().write_all(b"\n").unwrap();
    assert_eq!(said(), "child: 42");
    assert!(child.wait().unwrap().success());
}
