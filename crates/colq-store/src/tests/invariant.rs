//! Bytes that any version ever covered are never rewritten.

use super::round_trip::assert_holds;
use super::sample::{Random, batch, every_type, quick_folder};
use crate::TableWriter;
use crate::layout::Layout;
use crate::pin::Pin;
use colq_format::hash;
use std::fs;
use std::path::Path;

/// The committed bytes of one file, without the NumPy header, which is no part of the promise.
pub(crate) struct Covered {
    pub(crate) file: String,
    range: std::ops::Range<usize>,
    hash: u64,
}

impl Covered {
    pub(crate) fn is_unchanged(&self, table: &Path) -> bool {
        let bytes = fs::read(table.join("columns").join(&self.file)).unwrap();
        bytes.get(self.range.clone()).is_some_and(|bytes| hash(bytes) == self.hash)
    }
}

/// What the newest version covers.
pub(crate) fn covered_bytes(table: &Path) -> Vec<Covered> {
    let pin = Pin::newest(&Layout::new(table)).unwrap();
    let files = pin.version.columns.iter().flat_map(|c| c.files());
    let covered = files.map(|(file, byte_len)| {
        let bytes = fs::read(table.join("columns").join(file)).unwrap();
        let range = if file.ends_with(".npy") { 4096..byte_len as usize } else { 0..byte_len as usize };
        Covered { file: file.to_owned(), hash: hash(&bytes[range.clone()]), range }
    });
    covered.collect()
}

#[test]
fn covered_bytes_never_change() {
    let folder = quick_folder();
    let path = folder.path().join("t.colq");
    let schema = every_type();
    let mut random = Random(3);
    let mut covered = Vec::new();
    let mut batches = Vec::new();
    TableWriter::create(&path, &schema).unwrap().commit().unwrap();
    for seed in 0..12 {
        covered.extend(covered_bytes(&path));
        let rows = [1, 100, 30_000, 65_536][random.below(4) as usize];
        let batch = batch(&schema, rows, seed, random.below(3));
        let mut writer = TableWriter::append(&path).unwrap();
        writer.write(&batch).unwrap();
        if random.below(4) == 0 {
            // Given up: what it wrote past the committed length is the next writer's to overwrite.
            continue;
        }
        writer.commit().unwrap();
        batches.push(batch);
    }
    assert!(covered.len() > 300);
    for covered in &covered {
        assert!(covered.is_unchanged(&path), "{}", covered.file);
    }
    assert_holds(&path, &batches);
}

#[test]
fn the_test_above_can_fail() {
    let folder = quick_folder();
    let path = folder.path().join("t.colq");
    let mut writer = TableWriter::create(&path, &every_type()).unwrap();
    writer.write(&batch(&every_type(), 100, 1, 3)).unwrap();
    writer.commit().unwrap();
    let covered = covered_bytes(&path);
    let first = &covered[0];
    let file = path.join("columns").join(&first.file);
    let mut bytes = fs::read(&file).unwrap();
    bytes[4096] ^= 1;
    fs::write(&file, bytes).unwrap();
    assert!(!first.is_unchanged(&path));
}
