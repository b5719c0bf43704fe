//! Text in its two layouts: what is written as one or the other, what outgrows its codes, and what a damaged file
//! gives.

use super::round_trip::{assert_holds, map};
use super::sample::{Random, batch, quick_folder, rows_of, rows_of_batches};
use crate::{Error, Table, TableWriter, TextLayout, WriteOptions, verify};
use colq_column::{
    Batch, Bitmap, Bounds, Column, ColumnSource, Dictionary, Scratch, SharedBytes, Sum, text_prefix,
};
use colq_types::{DataType, Field, RowRange, Schema, ZONE_ROWS};
use std::fs;
use std::sync::Arc;
use tempfile::tempdir;

fn schema() -> Schema {
    Schema::new(vec![Field::new("note", DataType::Text), Field::new("n", DataType::I64)])
}

fn free() -> WriteOptions {
    WriteOptions { text: TextLayout::Free, ..WriteOptions::default() }
}

/// Rows of free text, as a reader of free text or an import gives them, one in five null.
fn rows_of_text(rows: usize, seed: u64) -> Batch {
    let mut random = Random(seed);
    let (mut offsets, mut text) = (vec![0], Vec::new());
    let mut validity = Bitmap::default();
    for _ in 0..rows {
        let is_valid = random.below(5) != 0;
        validity.push(is_valid);
        if is_valid {
            let word = format!("{:x} ß", random.next());
            text.extend_from_slice(
                &word.as_bytes()[..random.below(17).min(word.find(' ').unwrap() as u64) as usize],
            );
        }
        offsets.push(text.len() as u64);
    }
    let dictionary = Dictionary::of_rows(offsets, SharedBytes::from(text)).unwrap();
    let texts = Column::text((0..rows as u32).collect::<Vec<_>>(), Arc::new(dictionary));
    let numbers = Column::new(DataType::I64, (0..rows as i64).collect::<Vec<_>>());
    Batch::new(Arc::new(schema()), vec![texts.with_validity(Some(validity)), numbers]).unwrap()
}

#[test]
fn free_text_comes_back_whatever_the_batches_hold() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("t.colq");
    let mut writer = TableWriter::create_with(&path, &schema(), &free()).unwrap();
    writer.commit().unwrap();
    let mut batches = Vec::new();
    for (seed, rows) in [1, 3, 65_531, 1, 0, 70_000, 140_000, 2].into_iter().enumerate() {
        // Free text and text with a dictionary in turn.
        let seed = seed as u64;
        let batch =
            if seed.is_multiple_of(2) { rows_of_text(rows, seed) } else { batch(&schema(), rows, seed, 3) };
        writer.write(&batch).unwrap();
        batches.push(batch);
        writer.commit().unwrap();
        if seed % 3 == 1 {
            drop(writer);
            writer = TableWriter::append(&path).unwrap();
        }
    }
    drop(writer);
    assert_holds(&path, &batches);
    let table = map(&path);
    assert_eq!(table.column_type(0).unwrap().to_string(), "text");
    assert!(table.dictionary(0).unwrap().is_none());
    let error = table.values::<i64>(0).unwrap_err().to_string();
    assert_eq!(error, "Column `note` holds text, and i64 was asked for.");
    let names: Vec<String> = table.column_files(0).unwrap().into_iter().map(|f| f.file).collect();
    assert_eq!(names, ["note.offsets.npy", "note.zones", "note.valid", "note.bytes.npy"]);
    let summary = table.zone_summary(0, 0).unwrap().unwrap();
    let mut scratch = Scratch::default();
    let view = table.read(0, RowRange::new(0, ZONE_ROWS), &mut scratch).unwrap();
    let texts = || (0..view.len()).filter(|row| view.is_valid(*row)).map(|row| view.text(row));
    let (min, max) = (texts().map(text_prefix).min().unwrap(), texts().map(text_prefix).max().unwrap());
    assert_eq!(summary.bounds, Some(Bounds::Prefix { min, max }));
    assert_eq!(summary.sum, Sum::Integer(texts().map(|t| t.len() as i128).sum()));
    // Free text written to a column of codes.
    let path = folder.path().join("codes.colq");
    let mut writer = TableWriter::create(&path, &schema()).unwrap();
    writer.write(&rows_of_text(1_000, 1)).unwrap();
    writer.commit().unwrap();
    assert_holds(&path, &[rows_of_text(1_000, 1)]);
    assert_eq!(Table::open(&path).unwrap().column_type(0).unwrap().to_string(), "dictionary(u16)");
}

fn different(rows: std::ops::Range<u32>, null_every: u32) -> Batch {
    let words: Vec<String> = rows.clone().map(|i| format!("word {i}")).collect();
    let dictionary = Arc::new(Dictionary::of(words.iter().map(String::as_str)));
    let codes: Vec<u32> = (0..words.len() as u32).collect();
    let validity: Bitmap = rows.clone().map(|i| null_every == 0 || i % null_every != 0).collect();
    let numbers = Column::new(DataType::I64, rows.map(i64::from).collect::<Vec<_>>());
    let texts = Column::text(codes, dictionary).with_validity(Some(validity));
    Batch::new(Arc::new(schema()), vec![texts, numbers]).unwrap()
}

#[test]
fn text_that_does_not_repeat_becomes_free() {
    let folder = tempdir().unwrap();
    for (name, null_every) in [("a.colq", 0), ("b.colq", 7)] {
        // In one go, and by appends that leave the zones in the file.
        for commits in [false, true] {
            let path = folder.path().join(format!("{commits}{name}"));
            let parts: Vec<Batch> =
                (0..4).map(|i| different(i * 30_000..(i + 1) * 30_000, null_every)).collect();
            let mut writer = TableWriter::create(&path, &schema()).unwrap();
            let mut old = Vec::new();
            for (index, part) in parts.iter().enumerate() {
                writer.write(part).unwrap();
                if commits {
                    writer.commit().unwrap();
                    drop(writer);
                    old.push((map(&path), index + 1));
                    writer = TableWriter::append(&path).unwrap();
                }
            }
            writer.commit().unwrap();
            drop(writer);
            assert_holds(&path, &parts);
            assert_eq!(map(&path).column_type(0).unwrap().to_string(), "text");
            for (table, count) in old {
                assert_eq!(rows_of(&table), rows_of_batches(&parts[..count]));
            }
            if !commits {
                let files = fs::read_dir(path.join("columns")).unwrap().count();
                assert_eq!(files, if null_every == 0 { 5 } else { 6 }, "what was made on the way is gone");
            }
        }
    }
}

#[test]
fn text_that_repeats_keeps_its_codes() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("t.colq");
    let mut writer = TableWriter::create(&path, &schema()).unwrap();
    // 70,000 different texts, each of them twice and a bit.
    let half = different(0..60_000, 0);
    let rest = different(60_000..70_000, 0);
    for batch in [&half, &half, &half, &rest] {
        writer.write(batch).unwrap();
    }
    writer.commit().unwrap();
    assert_eq!(map(&path).column_type(0).unwrap().to_string(), "dictionary(u32)");
}

#[test]
fn a_layout_may_be_chosen_by_column_and_changed_by_an_append() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("t.colq");
    let schema: Schema = ["a", "b"].iter().map(|n| Field::new(*n, DataType::Text)).collect();
    let options =
        WriteOptions { text: TextLayout::Free, columns: vec![("b".into(), TextLayout::Dictionary)] };
    let mut writer = TableWriter::create_with(&path, &schema, &options).unwrap();
    let batches = [batch(&schema, 70_000, 1, 3), batch(&schema, 10, 2, 3)];
    writer.write(&batches[0]).unwrap();
    writer.commit().unwrap();
    drop(writer);
    let types = |path| {
        let table = Table::open(path).unwrap();
        [0, 1].map(|column| table.column_type(column).unwrap().to_string())
    };
    assert_eq!(types(&path), ["text", "dictionary(u8)"]);
    let mut writer = TableWriter::append_with(&path, &free()).unwrap();
    writer.write(&batches[1]).unwrap();
    writer.commit().unwrap();
    drop(writer);
    assert_eq!(types(&path), ["text", "text"]);
    assert_holds(&path, &batches);
    let wrong = WriteOptions { columns: vec![("c".into(), TextLayout::Free)], ..WriteOptions::default() };
    let error = TableWriter::append_with(&path, &wrong).unwrap_err();
    assert!(matches!(error, Error::InvalidSchema { .. }), "{error}");
    assert!(TableWriter::replace_with(&path, &schema, &wrong).is_err());
}

#[test]
fn an_append_after_an_unknown_commit_copies_every_kind_of_column() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("t.colq");
    let schema = super::sample::every_type();
    let batches = [batch(&schema, 70_000, 1, 5), batch(&schema, 100, 2, 5)];
    let mut writer = TableWriter::create_with(&path, &schema, &free()).unwrap();
    writer.write(&batches[0]).unwrap();
    writer.commit().unwrap();
    drop(writer);
    let old: Vec<_> = super::invariant::covered_bytes(&path);
    fs::write(path.join("LOCK"), "somebody was interrupted").unwrap();
    let mut writer = TableWriter::append(&path).unwrap();
    writer.write(&batches[1]).unwrap();
    writer.commit().unwrap();
    drop(writer);
    assert_holds(&path, &batches);
    let new = super::invariant::covered_bytes(&path);
    assert!(new.iter().all(|new| old.iter().all(|old| old.file != new.file)));
    // A copy does not make damage look sound.
    for file in ["note~2.bytes.npy", "note~2.offsets.npy"] {
        let file = path.join("columns").join(file.replace("note", "a%20text"));
        let mut bytes = fs::read(&file).unwrap();
        bytes[5000] ^= 4;
        fs::write(&file, &bytes).unwrap();
        fs::write(path.join("LOCK"), "somebody was interrupted").unwrap();
        let mut writer = TableWriter::append(&path).unwrap();
        let error = writer.write(&batches[1]).unwrap_err();
        assert!(error.is_corrupt() && error.to_string().contains("zone 0"), "{error}");
        drop(writer);
        bytes[5000] ^= 4;
        fs::write(&file, bytes).unwrap();
    }
    assert_holds(&path, &batches);
}

#[test]
fn offsets_and_texts_that_are_damaged_are_named() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("t.colq");
    let mut writer = TableWriter::create_with(&path, &schema(), &free()).unwrap();
    writer.write(&rows_of_text(70_000, 3)).unwrap();
    writer.commit().unwrap();
    drop(writer);
    let (offsets, text) = (path.join("columns/note.offsets.npy"), path.join("columns/note.bytes.npy"));
    let damage = |file: &std::path::Path, at: usize, bytes: &[u8], says: &str| {
        let sound = fs::read(file).unwrap();
        let mut bad = sound.clone();
        bad[at..at + bytes.len()].copy_from_slice(bytes);
        fs::write(file, &bad).unwrap();
        for table in [Table::open(&path).unwrap(), map(&path)] {
            let mut scratch = Scratch::default();
            let error = table.read(0, RowRange::new(0, ZONE_ROWS), &mut scratch).unwrap_err().to_string();
            assert!(error.contains("(column `note`, zone 0) is damaged") && error.contains(says), "{error}");
            // Who asks for bytes finds broken offsets, and is told that nobody looked at the text.
            match table.read_bytes(0, RowRange::new(0, ZONE_ROWS), &mut scratch) {
                Ok(view) => {
                    let texts = view.dictionary.unwrap();
                    assert!(says.contains("UTF-8") && !texts.is_checked() && texts.check().is_err());
                }
                Err(found) => assert_eq!(found.to_string(), error),
            }
            table.read(0, RowRange::new(ZONE_ROWS, 70_000), &mut scratch).unwrap();
            assert!(table.to_column(0, RowRange::new(0, 70_000)).is_err());
        }
        let report = verify(&path).unwrap();
        assert!(report.findings.iter().any(|f| f.zone == Some(0)), "{:?}", report.findings);
        fs::write(file, sound).unwrap();
    };
    damage(&offsets, 4096 + 8 * 1_000, &u64::MAX.to_le_bytes(), "the end of row 999 is 18446744073709551615");
    damage(&offsets, 4096 + 8 * 1_000, &0u64.to_le_bytes(), "the end of row 999 is 0, and should be ");
    damage(&text, 4096 + 50, &[0xff], "is not so, and should be UTF-8");
    // An offset that is only wrong by a few bytes is found by verify.
    let sound = fs::read(&offsets).unwrap();
    let mut bad = sound.clone();
    bad[4096 + 8 * 65_536] ^= 1;
    fs::write(&offsets, &bad).unwrap();
    let report = verify(&path).unwrap();
    assert_eq!(report.findings[0].zone, Some(0), "{:?}", report.findings);
    // The first offset belongs to no zone's hash.
    let mut bad = sound.clone();
    bad[4096] = 1;
    fs::write(&offsets, &bad).unwrap();
    let report = verify(&path).unwrap();
    assert!(report.findings[0].what.contains("the offset of its first row is 1"), "{:?}", report.findings);
    fs::write(&offsets, sound).unwrap();
    assert!(verify(&path).unwrap().is_sound());
}

#[test]
fn texts_that_are_no_text_are_refused() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("t.colq");
    let mut writer = TableWriter::create_with(&path, &schema(), &free()).unwrap();
    let dictionary = Arc::new(Dictionary::of(["a"]));
    let numbers = Column::new(DataType::I64, vec![1i64]);
    let batch = Batch::new(Arc::new(schema()), vec![Column::text(vec![7u8], dictionary), numbers]).unwrap();
    let error = writer.write(&batch).unwrap_err().to_string();
    assert!(error.contains("the code 7, which its dictionary does not have"), "{error}");
    assert!(matches!(writer.commit(), Err(Error::WriterClosed { .. })));
}

/// A verification held the text of a whole zone in memory. Now it goes through it in pieces of a megabyte, which cut
/// rows, prefixes and characters anywhere; what is wrong in one is still found and said.
#[test]
fn a_long_text_is_verified_in_pieces() {
    let folder = quick_folder();
    let path = folder.path().join("t.colq");
    let schema = Schema::new(vec![Field::new("note", DataType::Text)]);
    // Characters of one to four bytes; rows of none to some kilobytes, and one longer than two pieces.
    let lens = (0..3_000usize).map(|i| if i == 1_500 { 300_000 } else { i * i % 251 });
    let words: Vec<String> =
        lens.enumerate().map(|(i, len)| "aß€🚕".repeat(len) + ["", "b", "éé"][i % 3]).collect();
    let (mut offsets, mut text, mut validity) = (vec![0], Vec::new(), Bitmap::default());
    for (row, word) in words.iter().enumerate() {
        validity.push(row % 10 != 7);
        if row % 10 != 7 {
            text.extend_from_slice(word.as_bytes());
        }
        offsets.push(text.len() as u64);
    }
    assert!(text.len() > 5 << 20);
    let dictionary = Dictionary::of_rows(offsets.clone(), SharedBytes::from(text.clone())).unwrap();
    let column = Column::text((0..3_000).collect::<Vec<u32>>(), Arc::new(dictionary));
    let batch = Batch::new(Arc::new(schema.clone()), vec![column.with_validity(Some(validity))]).unwrap();
    let mut writer = TableWriter::create_with(&path, &schema, &free()).unwrap();
    writer.write(&batch).unwrap();
    writer.commit().unwrap();
    drop(writer);
    assert_holds(&path, &[batch]);
    let damaged = |file: &str, at: usize, bytes: &[u8]| {
        let file = path.join("columns").join(file);
        let sound = fs::read(&file).unwrap();
        let mut bad = sound.clone();
        bad[4096 + at..4096 + at + bytes.len()].copy_from_slice(bytes);
        fs::write(&file, bad).unwrap();
        let found: Vec<String> = verify(&path).unwrap().findings.iter().map(|f| f.what.clone()).collect();
        fs::write(&file, sound).unwrap();
        found.join("; ")
    };
    let mut cut = 1 << 20;
    // The first byte of a character that ends in the next piece, or begins there.
    while !(0xc0..0xff).contains(&text[cut]) {
        cut -= 1;
    }
    for at in [0, cut, (3 << 20) + 1, text.len() - 1] {
        assert!(damaged("note.bytes.npy", at, &[0xff]).contains("not UTF-8"), "{at}");
    }
    assert!(damaged("note.bytes.npy", text.len() - 1, "ß".as_bytes().split_at(1).0).contains("not UTF-8"));
    let a = text.iter().position(|b| *b == b'a').unwrap();
    assert!(damaged("note.bytes.npy", a, b"b").contains("the hash of its values"));
    let row = (1..3_000).find(|r| offsets[*r] < offsets[*r + 1] && offsets[r - 1] < offsets[*r]).unwrap();
    let within = (offsets[row]..).find(|at| text[*at as usize] & 0xc0 == 0x80).unwrap();
    let found = damaged("note.offsets.npy", row * 8, &within.to_le_bytes());
    assert!(found.contains(&format!("row {row} of the zone begins within a character")), "{found}");
    let found = damaged("note.offsets.npy", 2_999 * 8, &0u64.to_le_bytes());
    assert!(found.contains("row 2998 of the zone ends before it begins"), "{found}");
}
