//! A column that rises is known to, however its rows came; one that falls anywhere is not.

use super::sample::quick_folder;
use crate::{Table, TableWriter, verify};
use colq_column::{Batch, Bitmap, Column, ColumnSource, Order};
use colq_types::{DataType, Field, Schema, ZONE_ROWS};
use std::path::Path;
use std::sync::Arc;

fn schema() -> Schema {
    Schema::new(vec![Field::new("id", DataType::I32), Field::new("t", DataType::F64)])
}

fn rows(range: std::ops::Range<i32>) -> Vec<Column> {
    vec![
        Column::new(DataType::I32, range.clone().collect::<Vec<_>>()),
        Column::new(DataType::F64, range.map(|row| f64::from(row / 7)).collect::<Vec<_>>()),
    ]
}

fn write(mut writer: TableWriter, columns: Vec<Column>) {
    writer.write(&Batch::new(Arc::new(schema()), columns).unwrap()).unwrap();
    writer.commit().unwrap();
}

fn orders(path: &Path) -> Vec<Option<Order>> {
    let table = Table::open(path).unwrap();
    let report = verify(path).unwrap();
    assert!(report.is_sound(), "{:#?}", report.findings);
    (0..2).map(|column| table.order(column).unwrap()).collect()
}

#[test]
fn rows_that_rise_are_known_to_through_appends_of_any_size() {
    let folder = quick_folder();
    let path = folder.path().join("t.colq");
    let zone = ZONE_ROWS as i32;
    let ends = [0, 10, zone - 1, zone, zone + 1, 2 * zone, 3 * zone + 5];
    for (pair, is_first) in ends.windows(2).zip(std::iter::once(true).chain(std::iter::repeat(false))) {
        let writer = match is_first {
            true => TableWriter::create(&path, &schema()),
            false => TableWriter::append(&path),
        };
        write(writer.unwrap(), rows(pair[0]..pair[1]));
        assert_eq!(orders(&path), [Some(Order::Rows); 2], "up to row {}", pair[1]);
    }
    // The last value once more, and then one below it, in the same zone: zones still rise, and so does the other column.
    let last = 3 * zone + 4;
    write(TableWriter::append(&path).unwrap(), rows(last..last + 1));
    assert_eq!(orders(&path), [Some(Order::Rows); 2]);
    write(TableWriter::append(&path).unwrap(), rows(last - 1..last));
    assert_eq!(orders(&path)[0], Some(Order::Zones));
    assert_eq!(orders(&path)[1], Some(Order::Rows));
}

#[test]
fn disorder_within_a_zone_leaves_the_order_of_zones() {
    let folder = quick_folder();
    let path = folder.path().join("t.colq");
    let mut columns = rows(0..2 * ZONE_ROWS as i32);
    let mut ids: Vec<i32> = (0..2 * ZONE_ROWS as i32).collect();
    ids.swap(5, 6);
    columns[0] = Column::new(DataType::I32, ids);
    write(TableWriter::create(&path, &schema()).unwrap(), columns);
    assert_eq!(orders(&path), [Some(Order::Zones), Some(Order::Rows)]);
}

#[test]
fn nulls_and_nan_are_in_no_order() {
    let folder = quick_folder();
    let path = folder.path().join("t.colq");
    let mut columns = rows(0..10);
    let validity: Bitmap = (0..10).map(|row| row != 0).collect();
    columns[0] = columns[0].clone().with_validity(Some(validity));
    columns[1] = Column::new(DataType::F64, [vec![1.0; 9], vec![f64::NAN]].concat());
    write(TableWriter::create(&path, &schema()).unwrap(), columns);
    assert_eq!(orders(&path), [None, None]);
}
