//! Columns that share the bytes of the map, and outlive the table.

use super::round_trip::map;
use super::sample::{batch, digest_of_batches, digest_of_rows, every_type, quick_folder};
use crate::{Table, TableWriter, TextLayout, WriteOptions};
use colq_column::{Batch, Buffer, Column, ColumnSource, Scratch};
use colq_types::{RowRange, ZONE_ROWS, zone_count, zone_range};
use std::path::{Path, PathBuf};
use std::sync::Arc;

const ROWS: usize = 2 * 65_536 + 999;

fn table(folder: &Path, text: TextLayout, null_every: u64) -> (PathBuf, Batch) {
    let path = folder.join("t.colq");
    let options = WriteOptions { text, ..WriteOptions::default() };
    let mut writer = TableWriter::create_with(&path, &every_type(), &options).unwrap();
    let batch = batch(&every_type(), ROWS, 3, null_every);
    writer.write(&batch).unwrap();
    writer.commit().unwrap();
    (path, batch)
}

#[test]
fn a_column_holds_the_rows_that_were_asked_for() {
    for (text, null_every) in [(TextLayout::Auto, 3), (TextLayout::Free, 3), (TextLayout::Free, 0)] {
        let folder = quick_folder();
        let (path, batch) = table(folder.path(), text, null_every);
        let zone = ZONE_ROWS;
        for table in [Table::open(&path).unwrap(), map(&path)] {
            for (start, end) in [
                (0, ROWS as u64),
                (0, zone),
                (zone, 2 * zone),
                (64, 640),
                (zone - 1, zone + 1),
                (5, 5),
                (0, 0),
            ] {
                let rows = RowRange::new(start, end);
                let columns: Vec<Column> =
                    (0..batch.columns().len()).map(|c| table.to_column(c, rows).unwrap()).collect();
                let found = Batch::new(Arc::new(every_type()), columns).unwrap();
                let expected = digest_of_rows(&batch, start as usize..end as usize);
                assert!(digest_of_batches(&[found]) == expected, "{text:?}, {start} to {end}");
            }
            assert!(table.to_column(0, RowRange::new(0, ROWS as u64 + 1)).is_err());
            assert!(table.to_column(99, RowRange::new(0, 1)).is_err());
        }
    }
}

#[test]
fn a_mapped_column_is_the_bytes_of_the_map_and_keeps_them_alive() {
    for text in [TextLayout::Auto, TextLayout::Free] {
        let folder = quick_folder();
        let (path, batch) = table(folder.path(), text, 3);
        let table = map(&path);
        let all = RowRange::new(0, ROWS as u64);
        let mut kept = Vec::new();
        for column in 0..batch.columns().len() {
            let whole = table.to_column(column, all).unwrap();
            assert!(matches!(whole.values, Buffer::Shared(_)) || whole.dictionary.is_some());
            let zone = ColumnSource::column(&table, column, RowRange::new(ZONE_ROWS, 2 * ZONE_ROWS)).unwrap();
            assert!(matches!(zone.values, Buffer::Shared(_)));
            let bits = zone.validity.as_ref().unwrap().as_shared().unwrap().as_slice().as_ptr();
            let again =
                ColumnSource::column(&table, column, RowRange::new(ZONE_ROWS, 2 * ZONE_ROWS)).unwrap();
            assert_eq!(again.validity.unwrap().as_shared().unwrap().as_slice().as_ptr(), bits);
            if let Some(dictionary) = &whole.dictionary {
                let other = table.to_column(column, all).unwrap().dictionary.unwrap();
                assert_eq!(other.text_bytes().as_ptr(), dictionary.text_bytes().as_ptr());
            } else {
                let mut scratch = Scratch::default();
                let view = table.read(column, RowRange::new(ZONE_ROWS, 2 * ZONE_ROWS), &mut scratch).unwrap();
                assert_eq!(zone.values.as_values().as_bytes().as_ptr(), view.values.as_bytes().as_ptr());
                assert_eq!(zone.byte_len(), 0);
            }
            kept.push((whole, zone));
        }
        let fare = table.schema().fields().iter().position(|f| f.name == "a f32").unwrap();
        let slice = table.values::<f32>(fare).unwrap().as_ptr();
        assert_eq!(kept[fare].0.values.as_values().as_slice::<f32>().unwrap().as_ptr(), slice);
        let vectors = table.schema().len() - 1;
        let numbers = table.values::<f32>(vectors).unwrap();
        assert_eq!(numbers.len(), 3 * ROWS);
        assert_eq!(kept[vectors].0.values.as_values().as_slice::<f32>().unwrap().as_ptr(), numbers.as_ptr());
        assert_eq!(Table::open(&path).unwrap().read_values::<f32>(vectors).unwrap().len(), 3 * ROWS);
        drop(table);
        std::fs::remove_dir_all(&path).unwrap();
        let columns = kept.into_iter().map(|(whole, _)| whole).collect();
        let kept = Batch::new(Arc::new(every_type()), columns).unwrap();
        assert_eq!(kept.row_count(), ROWS);
        for zone in 0..zone_count(ROWS as u64) {
            let rows = zone_range(zone, ROWS as u64);
            let row = rows.start as usize + 7;
            assert_eq!(format!("{:?}", kept.row(row)), format!("{:?}", batch.row(row)));
        }
    }
}
