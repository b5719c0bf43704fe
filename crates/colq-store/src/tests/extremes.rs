//! Tables at the edges: no rows, one row, a thousand columns, any names, wide vectors, and the same bytes whichever way
//! the rows came.

use super::round_trip::{assert_holds, map};
use super::sample::{batch, every_type, quick_folder};
use crate::{Error, Table, TableWriter, TextLayout, WriteOptions, verify};
use colq_column::{Batch, Bitmap, Column};
use colq_format::Version;
use colq_types::{DataType, Field, Physical, RowRange, Schema, bf16};
use std::fs;
use std::path::Path;
use std::sync::Arc;
use tempfile::tempdir;

fn free() -> WriteOptions {
    WriteOptions { text: TextLayout::Free, ..WriteOptions::default() }
}

/// A schema with free text beside every type, and how to write it.
fn every_layout() -> (Schema, WriteOptions) {
    let mut fields = every_type().fields().to_vec();
    fields.push(Field::new("free", DataType::Text));
    let columns = vec![("free".into(), TextLayout::Free)];
    (Schema::new(fields), WriteOptions { columns, ..WriteOptions::default() })
}

/// The contents of all files of the newest version, without the headers.
fn contents(path: &Path) -> Vec<(String, Vec<u8>)> {
    let table = Table::open(path).unwrap();
    let files = (0..table.schema().len()).flat_map(|c| table.column_files(c).unwrap());
    let mut files: Vec<(String, Vec<u8>)> = files
        .map(|f| {
            let bytes = fs::read(path.join("columns").join(&f.file)).unwrap();
            (f.file, bytes[..f.byte_len as usize].to_vec())
        })
        .collect();
    files.sort();
    files
}

#[test]
fn appends_of_single_rows_leave_the_bytes_of_one_import() {
    let folder = quick_folder();
    let (schema, options) = every_layout();
    let whole = batch(&schema, 65_600, 5, 4);
    let (one, many) = (folder.path().join("one.colq"), folder.path().join("many.colq"));
    let mut writer = TableWriter::create_with(&one, &schema, &options).unwrap();
    writer.write(&whole).unwrap();
    writer.commit().unwrap();
    drop(writer);
    let part = |start: u64, end: u64| {
        let table = Table::open(&one).unwrap();
        let rows = RowRange::new(start, end);
        let columns = (0..schema.len()).map(|c| table.to_column(c, rows).unwrap()).collect();
        Batch::new(Arc::new(schema.clone()), columns).unwrap()
    };
    let mut writer = TableWriter::create_with(&many, &schema, &options).unwrap();
    writer.write(&part(0, 65_500)).unwrap();
    writer.commit().unwrap();
    drop(writer);
    for row in 65_500..65_600 {
        let mut writer = TableWriter::append(&many).unwrap();
        writer.write(&part(row, row + 1)).unwrap();
        writer.commit().unwrap();
    }
    let (a, b) = (contents(&one), contents(&many));
    assert_eq!(a.len(), b.len());
    for ((name, a), (other, b)) in a.iter().zip(&b) {
        assert_eq!(name, other);
        assert!(a == b, "{name} differs");
    }
    let sum =
        |path| Table::open(path).unwrap().columns().iter().map(|c| c.entry.checksum).collect::<Vec<_>>();
    assert_eq!(sum(&one), sum(&many));
    assert_holds(&many, &[whole]);
}

#[test]
fn no_rows_and_one_row_of_everything() {
    let (schema, options) = every_layout();
    for rows in [0, 1] {
        for null_every in [0, 1] {
            let folder = tempdir().unwrap();
            let path = folder.path().join("t.colq");
            let batch = batch(&schema, rows, 1, null_every);
            let mut writer = TableWriter::create_with(&path, &schema, &options).unwrap();
            writer.write(&batch).unwrap();
            writer.commit().unwrap();
            assert_holds(&path, std::slice::from_ref(&batch));
            writer.write(&batch).unwrap();
            writer.commit().unwrap();
            assert_holds(&path, &[batch.clone(), batch]);
        }
    }
}

#[test]
fn a_thousand_columns() {
    let folder = quick_folder();
    let path = folder.path().join("t.colq");
    let schema: Schema = (0..1_000).map(|i| Field::new(format!("column {i}"), DataType::I16)).collect();
    let batch = batch(&schema, 10, 1, 3);
    let mut writer = TableWriter::create(&path, &schema).unwrap();
    writer.write(&batch).unwrap();
    writer.commit().unwrap();
    drop(writer);
    assert_holds(&path, &[batch]);
}

#[test]
fn any_name_is_the_name_of_a_column() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("t.colq");
    let long = "n".repeat(300);
    let names = [
        "🚕",
        "a/b",
        "..",
        ".",
        "a.offsets",
        "a",
        "a.bytes",
        "note",
        "Note",
        "NOTE",
        "nul",
        "com1",
        "aux.txt",
        " ",
        "\n",
        "\u{0}",
        "a\\b",
        "%2E",
        "~2",
        "note~2",
        &long,
        "-rf",
        "*",
    ];
    let schema: Schema = names.iter().map(|n| Field::new(*n, DataType::Text)).collect();
    let batch = batch(&schema, 20, 1, 3);
    let mut writer = TableWriter::create_with(&path, &schema, &free()).unwrap();
    writer.write(&batch).unwrap();
    writer.commit().unwrap();
    drop(writer);
    assert_holds(&path, &[batch]);
    assert_eq!(fs::read_dir(path.join("columns")).unwrap().count(), 3 * names.len());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

/// Vectors so wide that their zone, and even its tail, is hashed in several blocks.
#[test]
fn wide_vectors_are_hashed_in_blocks() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("t.colq");
    let data_type = DataType::Vector { element: Physical::Bf16, len: 5_000 };
    let schema = Schema::new(vec![Field::new("embedding", data_type)]);
    let make = |rows: usize, seed: usize| {
        let numbers: Vec<bf16> =
            (0..rows * 5_000).map(|i| bf16::from_f32(((i + seed) % 251) as f32)).collect();
        let validity: Bitmap = (0..rows).map(|row| row % 7 != 3).collect();
        let mut column = Column::vectors(5_000, numbers).unwrap();
        let mut nulls = validity.clone();
        nulls.not_assign();
        column.values.zero(&nulls);
        Batch::new(Arc::new(schema.clone()), vec![column.with_validity(Some(validity))]).unwrap()
    };
    let batches = [make(300, 1), make(519, 2), make(1_000, 3), make(1, 4)];
    let mut writer = TableWriter::create(&path, &schema).unwrap();
    for batch in &batches {
        writer.write(batch).unwrap();
        writer.commit().unwrap();
        drop(writer);
        writer = TableWriter::append(&path).unwrap();
    }
    drop(writer);
    assert_holds(&path, &batches);
    assert_eq!(map(&path).values::<bf16>(0).unwrap().len(), 1_820 * 5_000);
    // Two blocks swapped, and one number changed in the last, which is all that an append reads of the tail.
    let file = path.join("columns/embedding.npy");
    let sound = fs::read(&file).unwrap();
    let block = 4 << 20;
    let mut swapped = sound.clone();
    swapped[4096..4096 + 2 * block].rotate_left(block);
    let changed = [&sound[..sound.len() - 1], &[sound[sound.len() - 1] ^ 1]].concat();
    for (bytes, is_last) in [(swapped, false), (changed, true)] {
        fs::write(&file, bytes).unwrap();
        assert_eq!(verify(&path).unwrap().findings.len(), 1);
        assert_eq!(TableWriter::append(&path).is_err_and(|e| e.is_corrupt()), is_last);
    }
    fs::write(&file, sound).unwrap();
    assert!(verify(&path).unwrap().is_sound());
}

/// An append to a wide vector read its whole tail, up to 200 MB of it, to hash it. Now the version file has the hashes
/// of its blocks. What is damaged in them is not built upon: the hash of the tail stays that of the sound bytes.
#[test]
fn an_append_to_wide_vectors_reads_one_block_of_the_tail() {
    let folder = quick_folder();
    let path = folder.path().join("t.colq");
    let data_type = DataType::Vector { element: Physical::F32, len: 768 };
    let schema = Schema::new(vec![Field::new("embedding", data_type)]);
    let make = |rows: usize| {
        let numbers: Vec<f32> = (0..rows * 768).map(|i| (i % 977) as f32).collect();
        Batch::new(Arc::new(schema.clone()), vec![Column::vectors(768, numbers).unwrap()]).unwrap()
    };
    let mut writer = TableWriter::create(&path, &schema).unwrap();
    writer.write(&make(4_096)).unwrap();
    writer.commit().unwrap();
    drop(writer);
    let tail = |path: &Path| Table::open(path).unwrap().columns()[0].entry.tail.clone();
    // Exactly three blocks, of which the last is not in the list.
    assert_eq!(tail(&path).blocks.unwrap().len(), 2);
    let file = path.join("columns/embedding.npy");
    let flip = || {
        let mut bytes = fs::read(&file).unwrap();
        bytes[5_000] ^= 1;
        fs::write(&file, bytes).unwrap();
    };
    flip();
    let mut writer = TableWriter::append(&path).unwrap();
    writer.write(&make(1_000)).unwrap();
    writer.commit().unwrap();
    drop(writer);
    let found = verify(&path).unwrap().findings;
    assert!(found.len() == 1 && found[0].zone == Some(0), "{found:?}");
    flip();
    assert_holds(&path, &[make(4_096), make(1_000)]);

    // A version without the list, as an older program writes it, is the same table.
    let version_file = path.join("versions/00000002.json");
    let (mut version, _) = Version::decode(&fs::read(&version_file).unwrap()).unwrap();
    let blocks = version.columns[0].tail.blocks.take().unwrap();
    fs::write(&version_file, version.encode().unwrap().0).unwrap();
    assert_holds(&path, &[make(4_096), make(1_000)]);
    let mut writer = TableWriter::append(&path).unwrap();
    writer.commit().unwrap();
    drop(writer);
    assert_eq!(tail(&path).blocks, Some(blocks.clone()));

    // A list that is not that of the bytes is found by whoever uses it.
    version.columns[0].tail.blocks = Some(blocks.iter().rev().copied().collect());
    fs::remove_file(path.join("versions/00000003.json")).unwrap();
    fs::write(&version_file, version.encode().unwrap().0).unwrap();
    assert!(TableWriter::append(&path).unwrap_err().is_corrupt());
    assert_eq!(verify(&path).unwrap().findings.len(), 1);
    version.columns[0].tail.blocks = Some(blocks[1..].to_vec());
    let error = version.encode().unwrap_err().to_string();
    assert!(error.contains("the number of hashes of the tail's blocks"), "{error}");
}

#[test]
fn types_that_no_table_holds_are_refused() {
    let folder = tempdir().unwrap();
    for data_type in [
        DataType::Decimal { precision: 19, scale: 2 },
        DataType::Decimal { precision: 3, scale: 4 },
        DataType::Vector { element: Physical::F32, len: 0 },
        DataType::Vector { element: Physical::Bool, len: 3 },
    ] {
        let schema = Schema::new(vec![Field::new("a", data_type)]);
        let error = TableWriter::create(folder.path().join("t.colq"), &schema).unwrap_err();
        assert!(matches!(error, Error::InvalidSchema { .. }), "{error}");
        assert!(!folder.path().join("t.colq").exists());
    }
    // Vectors of another length do not fit.
    let schema = Schema::new(vec![Field::new("a", DataType::Vector { element: Physical::F32, len: 3 })]);
    let mut writer = TableWriter::create(folder.path().join("t.colq"), &schema).unwrap();
    let other = Schema::new(vec![Field::new("a", DataType::Vector { element: Physical::F32, len: 2 })]);
    let column = Column::vectors(2, vec![1.0f32; 6]).unwrap();
    let batch = Batch::new(Arc::new(other), vec![column]).unwrap();
    assert!(matches!(writer.write(&batch), Err(Error::TypeMismatch { .. })));
    let mut column = Column::vectors(2, vec![1.0f32; 6]).unwrap();
    column.data_type = schema.fields()[0].data_type;
    let batch = Batch::new(Arc::new(schema), vec![column]).unwrap();
    assert!(matches!(writer.write(&batch), Err(Error::InvalidBatch { .. })));
}
