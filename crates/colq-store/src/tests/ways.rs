//! The ways to hold bytes: private maps, sealed buffers, checked reads, advice.

use super::invariant::covered_bytes;
use super::round_trip::map;
use super::sample::{Random, batch, digest, every_type, small};
use crate::{Error, SharedBuffer, Table, TableWriter, machine};
use colq_column::{Access, ColumnSource, Scratch, SharedBytes};
use colq_types::{RowRange, zone_count, zone_range};
use std::fs;
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use tempfile::{TempDir, tempdir};

fn table(rows: usize) -> (TempDir, PathBuf) {
    let folder = tempdir().unwrap();
    let path = folder.path().join("t.colq");
    let mut writer = TableWriter::create(&path, &small()).unwrap();
    writer.write(&batch(&small(), rows, 1, 7)).unwrap();
    writer.commit().unwrap();
    (folder, path)
}

#[test]
fn a_private_map_changes_nobody_elses_values() {
    let (_folder, path) = table(70_000);
    let covered = covered_bytes(&path);
    let table = map(&path);
    let before = table.read_values::<f32>(0).unwrap();
    let mut mine = table.private::<f32>(0).unwrap();
    assert_eq!(mine.len(), 70_000);
    assert!(mine.iter().zip(&before).all(|(a, b)| a.to_bits() == b.to_bits()));
    mine.iter_mut().for_each(|value| *value = 1.0);
    mine[69_999] = 2.0;
    mine.sort_by(f32::total_cmp);
    assert_eq!((mine[0], mine[69_998], mine[69_999]), (1.0, 1.0, 2.0));
    let after = table.values::<f32>(0).unwrap();
    assert!(after.iter().zip(&before).all(|(a, b)| a.to_bits() == b.to_bits()));
    assert!(table.private::<f32>(0).unwrap().iter().zip(&before).all(|(a, b)| a.to_bits() == b.to_bits()));
    drop(table);
    mine[0] = 3.0;
    assert!(covered.iter().all(|c| c.is_unchanged(&path)), "nothing reaches the file");
}

#[test]
fn a_private_map_asks_for_a_map_and_the_right_type() {
    let (_folder, path) = table(10);
    let read = Table::open(&path).unwrap();
    assert!(matches!(read.private::<f32>(0), Err(Error::NeedsMap { .. })));
    let mapped = map(&path);
    assert!(matches!(mapped.private::<i64>(0), Err(Error::TypeMismatch { .. })));
    assert!(matches!(mapped.private::<u8>(4), Err(Error::TypeMismatch { .. })), "a bool is no number");
    assert!(matches!(mapped.private::<f32>(9), Err(Error::NoColumn { .. })));
    assert_eq!(mapped.private::<u8>(2).unwrap().len(), 10, "text gives its codes");
    let (_folder, empty) = table(0);
    let mut none = map(&empty).private::<f32>(0).unwrap();
    assert!(none.is_empty() && none.iter_mut().next().is_none());
}

#[test]
fn a_buffer_is_the_same_through_every_descriptor() {
    if !machine().has_sealed_memory {
        println!("SKIPPED: there are no sealed files in memory here");
        return;
    }
    for len in [0, 1, 1023, 1024, 100_000] {
        let values: Vec<u32> = (0..len).collect();
        let buffer = SharedBuffer::from_slice(&values).unwrap();
        let other = SharedBuffer::<u32>::from_fd(buffer.try_clone_fd().unwrap()).unwrap();
        drop(buffer);
        assert_eq!(other.as_slice(), values);
        let shared = SharedBytes::new(Arc::new(other));
        assert_eq!(shared.as_slice().len(), len as usize * 4);
    }
    let squares = SharedBuffer::<f64>::filled(10, |slots| {
        assert!(slots.iter().all(|slot| *slot == 0.0));
        slots.iter_mut().zip(0..).for_each(|(slot, n)| *slot = f64::from(n * n));
    });
    assert_eq!(squares.unwrap().as_slice()[9], 81.0);
}

#[test]
fn nobody_can_change_a_buffer() {
    if !machine().has_sealed_memory {
        println!("SKIPPED: there are no sealed files in memory here");
        return;
    }
    let buffer = SharedBuffer::from_slice(&[1i64, 2, 3]).unwrap();
    let file = fs::File::from(buffer.try_clone_fd().unwrap());
    assert!(file.set_len(0).is_err(), "it cannot be shortened");
    assert!(file.set_len(1 << 20).is_err(), "it cannot be lengthened");
    assert!(file.write_all_at(&[9; 8], 0).is_err(), "it cannot be written to");
    assert_eq!(buffer.as_slice(), [1, 2, 3]);
}

#[test]
fn a_descriptor_that_is_no_sealed_buffer_is_refused() {
    if !machine().has_sealed_memory {
        println!("SKIPPED: there are no sealed files in memory here");
        return;
    }
    let refused = |fd: OwnedFd, why: &str| {
        let error = SharedBuffer::<u64>::from_fd(fd).unwrap_err();
        assert!(matches!(error, Error::InvalidBuffer { .. }), "{error}");
        assert!(error.to_string().contains(why), "{error}");
    };
    refused(tempfile::tempfile().unwrap().into(), "");
    let (reader, _writer) = std::io::pipe().unwrap();
    refused(reader.into(), "no file in memory");
    let flags = rustix::fs::MemfdFlags::ALLOW_SEALING;
    let open = rustix::fs::memfd_create("open", flags).unwrap();
    rustix::fs::ftruncate(&open, 64).unwrap();
    refused(open.try_clone().unwrap(), "not sealed");
    // Growing alone could be stood; being shortened could not.
    rustix::fs::fcntl_add_seals(&open, rustix::fs::SealFlags::WRITE | rustix::fs::SealFlags::GROW).unwrap();
    refused(open.try_clone().unwrap(), "not sealed");
    rustix::fs::fcntl_add_seals(&open, rustix::fs::SealFlags::SHRINK).unwrap();
    assert_eq!(SharedBuffer::<u64>::from_fd(open).unwrap().as_slice(), [0; 8]);
    let odd = SharedBuffer::from_slice(&[1u8, 2, 3]).unwrap();
    refused(odd.try_clone_fd().unwrap(), "3 bytes are not whole values of 8 bytes (u64)");
}

#[test]
fn more_memory_than_there_is_is_an_error() {
    if !machine().has_sealed_memory {
        println!("SKIPPED: there are no sealed files in memory here");
        return;
    }
    // More than an address space: what is more than this machine's memory is not tried out on the machine.
    for len in [usize::MAX, usize::MAX / 8, 1 << 60] {
        let error = SharedBuffer::<u64>::filled(len, |_| panic!("there is no such memory")).unwrap_err();
        assert!(matches!(error, Error::Io { .. }), "{error}");
    }
}

/// The other process of the test below: this test binary, asked for this one test.
#[test]
fn child_takes_a_buffer_from_stdin() {
    if std::env::var_os("COLQ_STORE_CHILD_BUFFER").is_none() {
        return;
    }
    let buffer = SharedBuffer::<i64>::from_stdin().unwrap();
    println!("\nchild: {}", buffer.as_slice().iter().sum::<i64>());
}

#[test]
fn another_process_gets_a_buffer_as_its_stdin() {
    if !machine().has_sealed_memory {
        println!("SKIPPED: there are no sealed files in memory here");
        return;
    }
    let buffer = SharedBuffer::from_slice(&(0..100_000).collect::<Vec<i64>>()).unwrap();
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["tests::ways::child_takes_a_buffer_from_stdin", "--exact", "--nocapture"])
        .env("COLQ_STORE_CHILD_BUFFER", "1")
        .stdin(buffer.stdio().unwrap())
        .stdout(Stdio::piped());
    let mut child = super::child(&mut command);
    let mut said = String::new();
    child.stdout.take().unwrap().read_to_string(&mut said).unwrap();
    assert!(child.wait().unwrap().success());
    assert!(said.contains("child: 4999950000"), "{said}");
}

#[test]
fn a_checked_table_gives_what_any_table_gives() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("t.colq");
    let mut writer = TableWriter::create(&path, &every_type()).unwrap();
    writer.write(&batch(&every_type(), 65_536 * 2 + 700, 1, 4)).unwrap();
    writer.commit().unwrap();
    let (plain, checked) = (Table::open(&path).unwrap(), Table::open_checked(&path).unwrap());
    assert!(checked.is_checked() && !plain.is_checked() && checked.refresh().unwrap().is_checked());
    assert_eq!(digest(&plain), digest(&checked));
    let mut random = Random(1);
    let (mut a, mut b) = (Scratch::default(), Scratch::default());
    for column in 0..plain.schema().len() {
        assert_eq!(plain.validity(column).unwrap(), checked.validity(column).unwrap());
        for _ in 0..20 {
            let zone = zone_range(random.below(zone_count(plain.row_count())), plain.row_count());
            let start = zone.start + random.below(zone.len() as u64);
            let rows = RowRange { start, end: start + random.below(zone.end - start + 1) };
            let (a, b) =
                (plain.read(column, rows, &mut a).unwrap(), checked.read(column, rows, &mut b).unwrap());
            assert_eq!(a.values.as_bytes(), b.values.as_bytes());
            assert_eq!(a.validity, b.validity);
        }
    }
    assert_eq!(plain.read_values::<i32>(3).unwrap(), checked.read_values::<i32>(3).unwrap());
    assert!(matches!(checked.values::<i32>(3), Err(Error::NeedsMap { .. })));
}

fn flip(path: &Path, file: &str, at: u64) {
    let file = fs::OpenOptions::new().read(true).write(true).open(path.join("columns").join(file)).unwrap();
    let mut byte = [0];
    file.read_exact_at(&mut byte, at).unwrap();
    file.write_all_at(&[byte[0] ^ 1], at).unwrap();
}

#[test]
fn a_checked_table_never_answers_from_damaged_bytes() {
    for (row, zone) in [(0, 0), (65_535, 0), (65_536, 1), (140_000, 2)] {
        let (_folder, path) = table(141_000);
        let (plain, checked) = (Table::open(&path).unwrap(), Table::open_checked(&path).unwrap());
        let good = digest(&checked);
        flip(&path, "tip.npy", 4096 + row * 8 + 3);
        let mut scratch = Scratch::default();
        // Any row of the zone, also one that is whole.
        let of_zone = zone_range(zone, 141_000);
        let one = RowRange { start: of_zone.start + 100, end: of_zone.start + 101 };
        let error = checked.read(1, one, &mut scratch).unwrap_err().to_string();
        assert!(error.contains("tip.npy") && error.contains(&format!("zone {zone}")), "{error}");
        assert!(
            matches!(checked.read_values::<i64>(1), Err(Error::Corrupt { zone: Some(z), .. }) if z == zone)
        );
        let other = zone_range((zone + 1) % 3, 141_000);
        checked.read(1, other, &mut scratch).unwrap();
        plain.read(1, of_zone, &mut scratch).unwrap();
        flip(&path, "tip.npy", 4096 + row * 8 + 3);
        assert_eq!(digest(&checked), good);

        if zone < 2 {
            flip(&path, "tip.valid", zone * 8192 + 5);
            let error = checked.read(1, one, &mut scratch).unwrap_err().to_string();
            assert!(error.contains("tip.valid") && error.contains("its validity"), "{error}");
            assert!(checked.validity(1).is_err());
        }
    }
}

#[test]
fn advice_changes_no_answer() {
    let (_folder, path) = table(200_000);
    for table in [Table::open(&path).unwrap(), map(&path)] {
        let before = digest(&table);
        for access in [Access::Sequential, Access::Random, Access::Soon, Access::Done] {
            for (start, end) in
                [(0, 200_000), (1, 2), (65_536, 131_072), (199_999, 200_000), (5, 5), (0, u64::MAX)]
            {
                for column in 0..6 {
                    table.advise(column, RowRange { start, end }, access);
                }
            }
            assert_eq!(digest(&table), before, "{access:?}");
        }
    }
}

/// Resident pages of a map of this process, from the system's own books.
fn resident_byte_len(path: &Path) -> u64 {
    let text = fs::read_to_string("/proc/self/smaps").unwrap();
    let mut lines = text.lines().skip_while(|line| !line.ends_with(path.to_str().unwrap()));
    let rss = lines.find_map(|line| line.strip_prefix("Rss:"));
    rss.map_or(0, |rss| rss.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024)
}

#[test]
fn rows_that_are_done_with_leave_memory_and_come_back() {
    let (_folder, path) = table(2_000_000);
    let table = map(&path);
    assert_eq!(table.mapped_byte_len(), 0);
    let values: &[i64] = table.values(1).unwrap();
    let sum = |values: &[i64]| values.iter().fold(0i64, |sum, value| sum.wrapping_add(*value));
    let total = sum(values);
    assert_eq!(table.mapped_byte_len(), 16_000_000);
    if !cfg!(target_os = "linux") {
        return;
    }
    let file = path.join("columns/tip.npy");
    let before = resident_byte_len(&file);
    assert!(before >= 15_000_000, "{before}");
    table.advise(1, RowRange { start: 0, end: 1_000_000 }, Access::Done);
    let after = resident_byte_len(&file);
    assert!(after <= before - 7_000_000 && after >= 7_000_000, "{before} {after}");
    assert_eq!(sum(values), total);
    std::io::stdout().flush().unwrap();
}
