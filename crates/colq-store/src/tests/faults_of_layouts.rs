//! Appends to free text and vectors, and text that becomes free, that fail or die at every call: afterwards the table is
//! the old or the new one, and the next append works.

use super::faults::{Fault, Faulty, copy_folder};
use super::invariant::covered_bytes;
use super::round_trip::map;
use super::sample::{batch, digest, digest_of_batches, quick_folder};
use crate::{Table, TableWriter, TextLayout, WriteOptions, verify};
use colq_column::{Batch, Bitmap, Column, Dictionary};
use colq_types::{DataType, Field, Physical, Schema};
use std::fs;
use std::sync::Arc;

/// Runs an append of `more` to a table of `before` with the fault at every call.
fn at_every_call(options: &WriteOptions, before: &Batch, more: &Batch, fault: Fault) {
    let folder = quick_folder();
    let template = folder.path().join("template.colq");
    let mut writer = TableWriter::create_with(&template, before.schema(), options).unwrap();
    writer.write(before).unwrap();
    writer.commit().unwrap();
    drop(writer);
    let old = digest_of_batches(std::slice::from_ref(before));
    let new = digest_of_batches(&[before.clone(), more.clone()]);
    let (mut olds, mut news) = (0, 0);
    for at in 0.. {
        let path = folder.path().join(format!("{at}.colq"));
        copy_folder(&template, &path);
        let covered = covered_bytes(&path);
        let layer = Faulty::new(at, fault);
        let result = TableWriter::append_on(layer.clone(), &path).and_then(|mut writer| {
            writer.write(more)?;
            writer.commit()
        });
        if at >= layer.calls() {
            assert_eq!(result.unwrap(), 2);
            assert_eq!(digest(&map(&path)), new);
            break;
        }
        let context = format!("{fault:?} at call {at}: {result:?}");
        let found = digest(&Table::open(&path).unwrap());
        assert!(found == new || found == old, "{context}");
        assert!(result.is_err() || found == new, "{context}");
        if found == new {
            news += 1
        } else {
            olds += 1
        }
        let mut writer = TableWriter::append_on(Faulty::new(0, Fault::None), &path).unwrap();
        writer.write(more).unwrap();
        writer.commit().unwrap();
        drop(writer);
        let mut batches = vec![before.clone(), more.clone()];
        if found == new {
            batches.push(more.clone());
        }
        assert_eq!(digest(&map(&path)), digest_of_batches(&batches), "{context}");
        let report = verify(&path).unwrap();
        assert!(report.is_sound(), "{context}: {:#?}", report.findings);
        assert!(covered.iter().all(|c| c.is_unchanged(&path)), "{context}");
        fs::remove_dir_all(&path).unwrap();
    }
    println!("{fault:?}: {olds} times the old table, {news} times the new one");
    assert!(olds > 10, "the fault was hardly felt");
}

#[test]
fn free_text_and_vectors_are_the_old_or_the_new_ones() {
    let schema = Schema::new(vec![
        Field::new("note", DataType::Text),
        Field::new("at", DataType::Vector { element: Physical::F32, len: 3 }),
    ]);
    let options = WriteOptions { text: TextLayout::Free, ..WriteOptions::default() };
    let (before, more) = (batch(&schema, 65_500, 1, 0), batch(&schema, 100, 2, 5));
    for fault in [Fault::Error(28), Fault::Dies, Fault::DiesMidway] {
        at_every_call(&options, &before, &more, fault);
    }
}

#[test]
fn text_that_becomes_free_is_the_old_or_the_new_one() {
    let schema = Arc::new(Schema::new(vec![Field::new("word", DataType::Text)]));
    let different = |rows: std::ops::Range<u32>| {
        let words: Vec<String> = rows.clone().map(|i| format!("word {i}")).collect();
        let dictionary = Arc::new(Dictionary::of(words.iter().map(String::as_str)));
        let validity: Bitmap = rows.clone().map(|i| i % 100 != 3).collect();
        let codes: Vec<u32> = (0..words.len() as u32).collect();
        let column = Column::text(codes, dictionary).with_validity(Some(validity));
        Batch::new(schema.clone(), vec![column]).unwrap()
    };
    let (before, more) = (different(0..66_000), different(66_000..67_000));
    at_every_call(&WriteOptions::default(), &before, &more, Fault::DiesMidway);
}
