//! Whatever is changed in a table's files, opening or verifying it says so and names the place.

use super::sample::{Random, batch, quick_folder, small};
use crate::{Error, Finding, Report, Table, TableWriter, verify};
use colq_types::Schema;
use std::fs;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

/// A table of one full zone and a tail, nulls in both, appended to once.
fn table(folder: &Path) -> PathBuf {
    let path = folder.join("t.colq");
    let mut writer = TableWriter::create(&path, &small()).unwrap();
    writer.write(&batch(&small(), 65_000, 1, 9)).unwrap();
    writer.commit().unwrap();
    writer.write(&batch(&small(), 700, 2, 9)).unwrap();
    writer.commit().unwrap();
    path
}

/// In place: a file that is written anew costs some file systems a flush.
fn flip(path: &Path, bit: usize) {
    let file = fs::OpenOptions::new().read(true).write(true).open(path).unwrap();
    let (mut byte, at) = ([0], bit as u64 / 8);
    file.read_exact_at(&mut byte, at).unwrap();
    file.write_all_at(&[byte[0] ^ 1 << (bit % 8)], at).unwrap();
}

/// Flips these bits of a file one by one; each is found and named. Gives how many there were.
fn each_is_found(path: &Path, file: &Path, bits: impl Iterator<Item = usize>, zone: Option<u64>) -> usize {
    let mut count = 0;
    for bit in bits {
        flip(file, bit);
        let found = findings(path);
        assert!(found.iter().any(|f| f.file == file), "{}, bit {bit}: {found:?}", file.display());
        assert!(found.iter().all(|f| f.column.is_some()));
        assert_eq!(found[0].zone, zone);
        flip(file, bit);
        count += 1;
    }
    count
}

fn findings(path: &Path) -> Vec<Finding> {
    verify(path).map(|report: Report| report.findings).unwrap()
}

fn column_files(path: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> =
        fs::read_dir(path.join("columns")).unwrap().map(|e| e.unwrap().path()).collect();
    files.sort();
    files
}

#[test]
fn every_flipped_bit_of_the_version_file_is_found() {
    let folder = quick_folder();
    let path = table(folder.path());
    let file = path.join("versions/00000002.json");
    let bits = fs::metadata(&file).unwrap().len() as usize * 8;
    // The format's own tests flip each one; here every 13th goes through the whole store.
    for bit in (0..bits).step_by(13) {
        flip(&file, bit);
        let error = Table::open(&path).unwrap_err();
        assert!(error.is_corrupt(), "bit {bit}: {error}");
        assert!(TableWriter::append(&path).unwrap_err().is_corrupt());
        let found = findings(&path);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].file, file);
        flip(&file, bit);
    }
    assert!(findings(&path).is_empty());
}

#[test]
fn every_flipped_bit_of_headers_is_found() {
    let folder = quick_folder();
    let path = folder.path().join("t.colq");
    let mut writer = TableWriter::create(&path, &small()).unwrap();
    writer.write(&batch(&small(), 70, 1, 9)).unwrap();
    writer.commit().unwrap();
    drop(writer);
    // After a commit of nothing the headers are up to date, and only one row count is right.
    TableWriter::append(&path).unwrap().commit().unwrap();
    let mut count = 0;
    for file in column_files(&path).iter().filter(|f| f.extension().is_some_and(|e| e == "npy")) {
        // The dictionary of the header whole, of its padding every 97th bit. A header's shape is verified to the
        // digit.
        let bits = (0..128 * 8).chain((128 * 8..4096 * 8).step_by(97)).chain([4096 * 8 - 1]);
        count += each_is_found(&path, file, bits, None);
    }
    assert!(count > 9_000, "{count}");
    assert!(findings(&path).is_empty());
}

#[test]
fn every_flipped_bit_of_zone_records_is_found() {
    let folder = quick_folder();
    let mut count = 0;
    // Each column in a table of its own, because a verification reads all of it.
    for (number, field) in small().fields().iter().enumerate() {
        let path = folder.path().join(format!("{number}.colq"));
        let schema = Schema::new(vec![field.clone()]);
        let mut writer = TableWriter::create(&path, &schema).unwrap();
        writer.write(&batch(&schema, 65_540, 1, 9)).unwrap();
        writer.commit().unwrap();
        for file in column_files(&path).iter().filter(|f| f.extension().is_some_and(|e| e == "zones")) {
            let bits = fs::metadata(file).unwrap().len() as usize * 8;
            count += each_is_found(&path, file, 0..bits, Some(0));
        }
        assert!(findings(&path).is_empty());
    }
    assert_eq!(count, 5 * 64 * 8);
}

#[test]
fn a_header_may_lag_and_never_lead() {
    let folder = quick_folder();
    let path = table(folder.path());
    let file = path.join("columns/fare.npy");
    let mut bytes = fs::read(&file).unwrap();
    let mut with_rows = |rows: &[u8]| {
        let at = 61 + 20 - rows.len();
        bytes[61..81].fill(b' ');
        bytes[at..81].copy_from_slice(rows);
        fs::write(&file, &bytes).unwrap();
    };
    for legal in ["65700", "65000"] {
        with_rows(legal.as_bytes());
        assert!(findings(&path).is_empty(), "{legal}");
    }
    with_rows(b"64999");
    assert_eq!(findings(&path).len(), 1);
    Table::open(&path).unwrap();
    with_rows(b"65701");
    assert_eq!(findings(&path)[0].column.as_deref(), Some("fare"));
    // A reader of an old version may see the header of a later one; a writer knows that there is none.
    assert_eq!(Table::open(&path).unwrap().read_values::<f32>(0).unwrap().len(), 65_700);
    assert!(TableWriter::append(&path).unwrap_err().is_corrupt());
}

#[test]
fn flipped_bits_of_values_and_validity_are_found() {
    let folder = quick_folder();
    let path = table(folder.path());
    let mut random = Random(11);
    for file in column_files(&path) {
        let name = file.file_name().unwrap().to_str().unwrap().to_owned();
        let start = if name.ends_with(".npy") { 4096 } else { 0 };
        let len = fs::metadata(&file).unwrap().len() - start;
        for _ in 0..6 {
            let bit = (start * 8 + random.below(len * 8)) as usize;
            flip(&file, bit);
            let found = findings(&path);
            assert!(
                found.iter().any(|f| f.file == file && f.column.is_some()),
                "{name}, bit {bit}: {found:?}"
            );
            flip(&file, bit);
        }
    }
    assert!(findings(&path).is_empty());
}

#[test]
fn a_zone_is_named() {
    let folder = quick_folder();
    let path = table(folder.path());
    flip(&path.join("columns/tip.npy"), (4096 + 65_536 * 8 + 3) * 8);
    let found = findings(&path);
    assert_eq!(found.len(), 1);
    let text = found[0].to_string();
    assert!(text.contains("tip.npy (column `tip`, zone 1): the hash of its values is "), "{text}");
    // An append reads the tail, and does not build on damage.
    assert!(TableWriter::append(&path).unwrap_err().is_corrupt());
}

#[test]
fn truncated_and_missing_files_are_found_at_open() {
    let folder = quick_folder();
    let path = table(folder.path());
    for file in column_files(&path) {
        let sound = fs::read(&file).unwrap();
        fs::write(&file, &sound[..sound.len() - 1]).unwrap();
        for cut in [true, false] {
            let error = Table::open(&path).unwrap_err();
            assert!(error.is_corrupt(), "{error}");
            let Error::Corrupt { path: place, column, .. } = &error else { panic!("{error}") };
            assert_eq!((place, column.is_some()), (&file, true));
            assert!(findings(&path).iter().any(|f| f.file == file), "{file:?}");
            if cut {
                fs::remove_file(&file).unwrap();
            }
        }
        fs::write(&file, sound).unwrap();
    }
    assert!(findings(&path).is_empty());
}

#[test]
fn swapped_files_and_zones_are_found() {
    let folder = quick_folder();
    let path = folder.path().join("t.colq");
    let one = batch(&small(), 131_072, 1, 0);
    let mut writer = TableWriter::create(&path, &small()).unwrap();
    writer.write(&one).unwrap();
    writer.commit().unwrap();
    drop(writer);
    // Two columns of one layout.
    let (a, b, c) = (path.join("columns/tip.npy"), path.join("columns/at.npy"), path.join("columns/c"));
    let swap = || {
        fs::rename(&a, &c).unwrap();
        fs::rename(&b, &a).unwrap();
        fs::rename(&c, &b).unwrap();
    };
    swap();
    assert!(findings(&path).len() >= 4);
    swap();
    assert!(findings(&path).is_empty());
    // Two zones of one column, and their records too.
    let mut bytes = fs::read(&a).unwrap();
    let half = (bytes.len() - 4096) / 2;
    bytes[4096..].rotate_left(half);
    fs::write(&a, &bytes).unwrap();
    assert_eq!(findings(&path).len(), 2);
    let zones = path.join("columns/tip.zones");
    let mut records = fs::read(&zones).unwrap();
    records.rotate_left(64);
    fs::write(&zones, records).unwrap();
    let found = findings(&path);
    assert_eq!(
        found.iter().filter(|f| f.file == zones).map(|f| f.zone).collect::<Vec<_>>(),
        [Some(0), Some(1)]
    );
}

#[test]
fn links_and_folders_in_a_files_place_are_refused() {
    let folder = quick_folder();
    let path = table(folder.path());
    let file = path.join("columns/fare.npy");
    let outside = folder.path().join("outside.npy");
    fs::rename(&file, &outside).unwrap();
    std::os::unix::fs::symlink(&outside, &file).unwrap();
    assert!(Table::open(&path).is_err());
    assert!(TableWriter::append(&path).is_err());
    assert_eq!(findings(&path).len(), 1);
    fs::remove_file(&file).unwrap();
    fs::create_dir(&file).unwrap();
    assert!(Table::open(&path).is_err());
    fs::remove_dir(&file).unwrap();
    fs::rename(&outside, &file).unwrap();
    assert!(findings(&path).is_empty());
    let columns = path.join("columns");
    let moved = folder.path().join("moved");
    fs::rename(&columns, &moved).unwrap();
    std::os::unix::fs::symlink(&moved, &columns).unwrap();
    assert!(matches!(Table::open(&path), Err(Error::NotATable { .. })));
}

#[test]
fn a_damaged_newest_version_is_never_silently_the_one_before() {
    let folder = quick_folder();
    let path = table(folder.path());
    let newest = path.join("versions/00000002.json");
    let older = fs::read(path.join("versions/00000001.json")).unwrap();
    fs::write(&newest, &older).unwrap();
    let error = Table::open(&path).unwrap_err().to_string();
    assert!(error.contains("the version number is 1, and should be 2"), "{error}");
    fs::write(&newest, b"").unwrap();
    assert!(Table::open(&path).unwrap_err().is_corrupt());
    assert_eq!(findings(&path).len(), 1);
}

#[test]
fn damage_met_while_reading_is_an_error_that_names_it() {
    let folder = quick_folder();
    let path = table(folder.path());
    let table = Table::open(&path).unwrap();
    flip(&path.join("columns/fare.zones"), 3);
    let error = colq_column::ColumnSource::zone_summary(&table, 0, 0).unwrap_err().to_string();
    assert!(error.contains("fare.zones (column `fare`, zone 0) is damaged"), "{error}");
    flip(&path.join("columns/%2E%2E%2Fcarrier.dict.bytes.npy"), 4097 * 8);
    let error = table.dictionary(2).unwrap_err().to_string();
    assert!(error.contains("column `../carrier`") && error.contains("the hash of its block 0"), "{error}");
    // Cut off after it was opened: positioned reads notice, a map is asked for its health.
    let mapped = super::round_trip::map(&path);
    assert_eq!(mapped.values::<i64>(1).unwrap().len(), 65_700);
    let file = fs::OpenOptions::new().write(true).open(path.join("columns/tip.npy")).unwrap();
    file.set_len(8192).unwrap();
    assert!(table.read_values::<i64>(1).is_err());
    let error = colq_column::ColumnSource::health(&mapped).unwrap_err().to_string();
    assert!(error.contains("tip.npy was changed by somebody else"), "{error}");
}
