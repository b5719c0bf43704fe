//! A damaged table goes on from its newest sound version.

use super::faults::{Fault, Faulty, copy_folder};
use super::invariant::covered_bytes;
use super::round_trip::map;
use super::sample::{batch, digest, quick_folder, small};
use crate::layout::Layout;
use crate::pin::Pin;
use crate::recover::recover_on;
use crate::{Error, Table, TableEdit, TableWriter, recover, vacuum, verify};
use colq_context::Context;
use std::fs;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// Three versions in the same files: 66,000 rows, 300 more, and 10 more in which `tip` is another column.
fn table() -> (TempDir, PathBuf) {
    let folder = quick_folder();
    let path = folder.path().join("t.colq");
    let mut writer = TableWriter::create(&path, &small()).unwrap();
    for rows in [66_000, 300, 10] {
        writer.write(&batch(&small(), rows, rows as u64, 5)).unwrap();
        writer.commit().unwrap();
    }
    (folder, path)
}

/// Overwrites bytes of a file, from the end where `at` is negative.
fn damage(path: &Path, file: &str, at: i64) {
    let path = path.join(file);
    let file = fs::OpenOptions::new().write(true).read(true).open(&path).unwrap();
    let at = if at < 0 { file.metadata().unwrap().len().saturating_add_signed(at) } else { at as u64 };
    let mut byte = [0];
    file.read_exact_at(&mut byte, at).unwrap();
    file.write_all_at(&[!byte[0]], at).unwrap();
}

fn assert_goes_on(path: &Path) {
    assert!(verify(path).unwrap().is_sound(), "{:#?}", verify(path).unwrap().findings);
    let covered = covered_bytes(path);
    let mut writer = TableWriter::append(path).unwrap();
    writer.write(&batch(&small(), 500, 1, 3)).unwrap();
    writer.commit().unwrap();
    let new = covered_bytes(path);
    let files: Vec<&str> = covered.iter().map(|c| c.file.as_str()).collect();
    assert!(new.iter().all(|c| !files.contains(&c.file.as_str())), "an append writes into new files");
    assert!(covered.iter().all(|c| c.is_unchanged(path)));
    assert!(verify(path).unwrap().is_sound());
}

#[test]
fn a_sound_table_is_left_alone() {
    let (_folder, path) = table();
    let report = recover(&path).unwrap();
    assert!(report.is_untouched(), "{report:?}");
    assert_eq!((report.version, report.damaged_versions.len()), (3, 0));
    assert!(!path.join("versions/00000004.json").exists());
    // Also when an older version is damaged, which stops nobody.
    damage(&path, "versions/00000002.json", 100);
    assert!(recover(&path).unwrap().is_untouched());
    assert_eq!(Table::open(&path).unwrap().version(), 3);
}

#[test]
fn a_damaged_version_file_is_passed_over() {
    for newest_is in ["flipped", "empty", "a folder"] {
        let (_folder, path) = table();
        let two = digest(&Table::open_version(&path, 2).unwrap());
        let file = path.join("versions/00000003.json");
        match newest_is {
            "flipped" => damage(&path, "versions/00000003.json", 300),
            "empty" => fs::write(&file, "").unwrap(),
            _ => {
                fs::remove_file(&file).unwrap();
                fs::create_dir(&file).unwrap();
            }
        }
        assert!(Table::open(&path).is_err(), "never silently the version before");
        let report = recover(&path).unwrap();
        assert_eq!((report.version, report.recovered_from), (4, Some(2)), "{newest_is}");
        assert_eq!(report.damaged_versions, [3]);
        assert!(report.headers_rewritten > 0, "headers spoke of version 3's rows");
        let table = Table::open(&path).unwrap();
        assert_eq!((table.version(), table.row_count()), (4, 66_300));
        assert_eq!((digest(&table), digest(&map(&path))), (two.clone(), two));
        let version = Pin::newest(&Layout::new(&path)).unwrap().version;
        assert!(version.next_column_id > 1 << 32, "version 3 may have given ids");
        assert!(recover(&path).unwrap().is_untouched());
        assert_goes_on(&path);
        if newest_is != "a folder" {
            assert_eq!(vacuum(&path, 1).unwrap().versions_removed, 3, "one is open");
        }
    }
}

#[test]
fn damaged_rows_lead_back_to_the_version_without_them() {
    let (_folder, path) = table();
    // The last row of `tip` belongs to version 3 only, the rows before it to 2 as well.
    damage(&path, "columns/tip.npy", -1);
    let report = recover(&path).unwrap();
    assert_eq!((report.version, report.recovered_from), (4, Some(2)));
    assert_goes_on(&path);

    let (_folder, path) = table();
    damage(&path, "columns/fare.npy", 4096 + 66_100 * 4);
    let one = digest(&Table::open_version(&path, 1).unwrap());
    let report = recover(&path).unwrap();
    assert_eq!((report.recovered_from, report.damaged_versions), (Some(1), vec![3, 2]));
    assert_eq!(digest(&map(&path)), one);
    assert_goes_on(&path);
}

#[test]
fn a_file_that_was_cut_off_or_lost_is_damage_too() {
    let (_folder, path) = table();
    let file = fs::OpenOptions::new().write(true).open(path.join("columns/at.npy")).unwrap();
    file.set_len(4096 + 66_300 * 8).unwrap();
    assert_eq!(recover(&path).unwrap().recovered_from, Some(2));
    assert_goes_on(&path);

    let (_folder, path) = table();
    let mut edit = TableEdit::open(&path).unwrap();
    edit.drop_column("is paid").unwrap();
    edit.add_column("is paid", colq_types::DataType::Bool).unwrap();
    edit.write_column("is paid", &batch(&small(), 66_310, 1, 0).columns()[4]).unwrap();
    edit.commit().unwrap();
    drop(edit);
    fs::remove_file(path.join("columns/is%20paid~2.npy")).unwrap();
    let report = recover(&path).unwrap();
    assert_eq!((report.version, report.recovered_from, report.headers_rewritten), (5, Some(3), 0));
    assert_goes_on(&path);
}

#[test]
fn a_damaged_header_is_written_again() {
    let (_folder, path) = table();
    let before = digest(&Table::open(&path).unwrap());
    damage(&path, "columns/tip.npy", 20);
    damage(&path, "columns/%2E%2E%2Fcarrier.dict.bytes.npy", 20);
    // Headers are looked at when their columns are.
    assert!(Table::open(&path).unwrap().read_values::<i64>(1).unwrap_err().is_corrupt());
    let report = recover(&path).unwrap();
    assert_eq!((report.version, report.recovered_from, report.headers_rewritten), (3, None, 2));
    assert!(!report.is_untouched());
    assert_eq!(digest(&Table::open(&path).unwrap()), before);
    assert!(verify(&path).unwrap().is_sound());
}

#[test]
fn where_nothing_is_sound_that_is_said() {
    let folder = quick_folder();
    let path = folder.path().join("t.colq");
    let mut writer = TableWriter::create(&path, &small()).unwrap();
    writer.write(&batch(&small(), 100, 1, 2)).unwrap();
    assert!(recover(&path).unwrap_err().is_locked());
    drop(writer);
    let mut writer = TableWriter::create(&path, &small()).unwrap();
    writer.write(&batch(&small(), 100, 1, 2)).unwrap();
    writer.commit().unwrap();
    drop(writer);
    damage(&path, "columns/tip.npy", 4096);
    let error = recover(&path).unwrap_err();
    assert!(matches!(error, Error::NothingSound { version_count: 1, .. }), "{error}");
    assert!(error.to_string().contains("none of its 1 versions is sound"), "{error}");
    damage(&path, "versions/00000001.json", 100);
    assert!(matches!(recover(&path), Err(Error::NothingSound { .. })));
}

#[test]
fn a_recovery_that_dies_or_fails_anywhere_can_be_done_again() {
    let (folder, template) = table();
    let two = digest(&Table::open_version(&template, 2).unwrap());
    damage(&template, "columns/tip.npy", -1);
    for fault in [Fault::Dies, Fault::DiesMidway, Fault::Error(28)] {
        for at in 0.. {
            let path = folder.path().join(format!("{at}.colq"));
            copy_folder(&template, &path);
            let layer = Faulty::new(at, fault);
            let result = recover_on(layer.clone(), &path, &Context::new());
            let is_done = at >= layer.calls();
            if is_done {
                assert_eq!(result.unwrap().recovered_from, Some(2));
            }
            recover(&path).unwrap();
            assert_eq!(digest(&map(&path)), two, "{fault:?} at call {at}");
            assert!(verify(&path).unwrap().is_sound());
            fs::remove_dir_all(&path).unwrap();
            if is_done {
                assert!(at > 5);
                break;
            }
        }
    }
}
