//! Makes the tables of data/golden and the listings beside them, the same bytes each time. They are made once for each
//! state of the format that may be found on somebody's disk, and then kept as they are: tests/golden.rs opens them.
//!
//! `cargo run -p colq-store --example golden -- FOLDER`, in which no table of these names may be.
#![allow(clippy::unwrap_used, reason = "a generator that cannot go on has failed")]

use colq_column::{Batch, Column};
use colq_store::{TableEdit, TableWriter, TextLayout, WriteOptions};
use colq_types::{DataType, Field, Physical, Scalar, Schema};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

fn main() {
    let folder = PathBuf::from(std::env::args().nth(1).unwrap());
    types(&Golden::new(&folder, "types"));
    widened(&Golden::new(&folder, "widened"));
    zones(&Golden::new(&folder, "zones"));
    replaced(&Golden::new(&folder, "replaced"));
    names(&Golden::new(&folder, "names"));
    edited(&Golden::new(&folder, "edited"));
}

/// A table and the text that lists its rows.
struct Golden {
    table: PathBuf,
    listing: PathBuf,
}

type Row = Vec<Scalar>;

impl Golden {
    fn new(folder: &Path, name: &str) -> Golden {
        Golden { table: folder.join(format!("{name}.colq")), listing: folder.join(format!("{name}.txt")) }
    }

    fn create(&self, schema: &Schema, options: &WriteOptions, rows: &[Row]) {
        commit(TableWriter::create_with(&self.table, schema, options).unwrap(), rows);
    }

    fn append(&self, rows: &[Row]) {
        commit(TableWriter::append(&self.table).unwrap(), rows);
    }

    /// Lists the rows that the table should have, and empties the lock, in which a process wrote its number.
    fn finish(&self, schema: &Schema, rows: &[Row]) {
        fs::write(self.table.join("LOCK"), b"").unwrap();
        let mut text = String::new();
        let mut at = 0;
        while at < rows.len() {
            let line = line(schema, &rows[at]);
            let same = rows[at..].iter().take_while(|row| self::line(schema, row) == line).count();
            writeln!(text, "{same} {line}").unwrap();
            at += same;
        }
        fs::write(&self.listing, text).unwrap();
    }
}

fn commit(mut writer: TableWriter, rows: &[Row]) {
    let schema = writer.schema().clone();
    let columns = schema
        .fields()
        .iter()
        .enumerate()
        .map(|(index, field)| Column::from_scalars(field.data_type, rows.iter().map(|row| &row[index])));
    writer.write(&Batch::new(schema.clone(), columns.collect()).unwrap()).unwrap();
    writer.commit().unwrap();
}

/// A row as JSON, as examples/read_table.py prints it.
fn line(schema: &Schema, row: &[Scalar]) -> String {
    let fields = schema.fields().iter().zip(row);
    let parts = fields.map(|(field, value)| format!("{}: {}", quoted(&field.name), json(value)));
    format!("{{{}}}", parts.collect::<Vec<_>>().join(", "))
}

fn json(value: &Scalar) -> String {
    match value {
        Scalar::Null => "null".into(),
        Scalar::Bool(v) => v.to_string(),
        Scalar::I64(v) | Scalar::Duration(v, _) => v.to_string(),
        Scalar::U64(v) => v.to_string(),
        Scalar::F32(v) => float(f64::from(*v)),
        Scalar::F64(v) => float(*v),
        Scalar::Vector(numbers) => {
            format!("[{}]", numbers.iter().map(json).collect::<Vec<_>>().join(", "))
        }
        text => quoted(&text.to_string()),
    }
}

fn float(value: f64) -> String {
    if value.is_finite() { format!("{value:?}") } else { quoted(&Scalar::F64(value).to_string()) }
}

/// The texts of these tables have nothing to escape but quotes.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// Every type, with nulls, in two commits.
fn types(golden: &Golden) {
    let mut fields: Vec<Field> = DataType::ALL.iter().map(|t| Field::new(t.to_string(), *t)).collect();
    fields.push(Field::new("free text", DataType::Text));
    let schema = Schema::new(fields);
    let rows: Vec<Row> = (0..9)
        .map(|row| {
            let values = schema.fields().iter().enumerate().map(|(column, field)| {
                if (row + column) % 4 == 0 { Scalar::Null } else { value(field.data_type, row) }
            });
            values.collect()
        })
        .collect();
    let options =
        WriteOptions { text: TextLayout::Auto, columns: vec![("free text".into(), TextLayout::Free)] };
    golden.create(&schema, &options, &rows[..5]);
    golden.append(&rows[5..]);
    golden.finish(&schema, &rows);
}

/// A value of a type; its extremes are among the first rows.
fn value(data_type: DataType, row: usize) -> Scalar {
    let (signed, bits) = (row as i64 * 37 - 111, data_type.physical().map_or(8, Physical::byte_width) * 8);
    let float = [0.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -0.0, 1.5, -2.25, 1024.0, 0.125][row];
    let most = i64::MAX >> (64 - bits.min(64));
    match data_type {
        DataType::Bool => Scalar::Bool(row.is_multiple_of(2)),
        t if t.is_signed() => Scalar::I64([signed, most, -most - 1][row % 3]),
        t if t.is_unsigned() => Scalar::U64([row as u64, u64::MAX >> (64 - bits.min(64))][row % 2]),
        t if t.is_float() => Scalar::F64(float),
        DataType::Decimal { precision, scale } => {
            let most = 10i128.pow(u32::from(precision)) - 1;
            Scalar::Decimal([i128::from(signed), most, -most][row % 3], scale)
        }
        DataType::Date => Scalar::Date([row as i32 * 5_000, -700_000, 2_900_000][row % 3]),
        DataType::Timestamp(unit) => Scalar::Timestamp(
            (signed * 1_000_003 + row as i64 * 7) * (unit.per_second() / 1_000).max(1),
            unit,
        ),
        DataType::Duration(unit) => Scalar::Duration(signed * unit.per_second(), unit),
        DataType::Vector { len, .. } => {
            let numbers = (0..len).map(|i| Scalar::F64(if i == 0 { float } else { f64::from(i) * 0.5 }));
            Scalar::Vector(numbers.collect())
        }
        _ => Scalar::Text(
            ["", "ü", "a \"quoted\" text", "🚕", "and one that is a little longer"][row % 5].into(),
        ),
    }
}

/// A dictionary that outgrows codes of one byte in its second commit.
fn widened(golden: &Golden) {
    let schema = Schema::new(vec![Field::new("word", DataType::Text)]);
    let rows: Vec<Row> = (0..300)
        .map(|row| vec![if row % 9 == 0 { Scalar::Null } else { format!("word {}", row % 280).into() }])
        .collect();
    golden.create(&schema, &WriteOptions::default(), &rows[..100]);
    golden.append(&rows[100..290]);
    golden.append(&rows[290..]);
    golden.finish(&schema, &rows);
}

/// A full zone with nulls and a tail, over an append that crosses the zone's end.
fn zones(golden: &Golden) {
    let schema = Schema::new(vec![Field::new("n", DataType::U8)]);
    let rows: Vec<Row> = (0..65_556u64)
        .map(|row| vec![if row / 5_000 % 3 == 1 { Scalar::Null } else { Scalar::U64(row / 4_096 % 7) }])
        .collect();
    golden.create(&schema, &WriteOptions::default(), &rows[..100]);
    golden.append(&rows[100..]);
    golden.finish(&schema, &rows);
}

/// A column that was replaced by one of another type under the same name.
fn replaced(golden: &Golden) {
    let old = Schema::new(vec![Field::new("a", DataType::I64)]);
    let rows: Vec<Row> = (0..10i64).map(|row| vec![row.into()]).collect();
    golden.create(&old, &WriteOptions::default(), &rows);
    let new = Schema::new(vec![Field::new("a", DataType::F64)]);
    let rows: Vec<Row> = (0..7).map(|row| vec![Scalar::F64(f64::from(row) / 4.0)]).collect();
    commit(TableWriter::replace(&golden.table, &new).unwrap(), &rows);
    golden.finish(&new, &rows);
}

/// Columns that were dropped, renamed, replaced and added, before and after appends.
fn edited(golden: &Golden) {
    let field = |name: &str, data_type| Field::new(name, data_type);
    let old = Schema::new(vec![
        field("fare", DataType::I64),
        field("gone", DataType::Bool),
        field("note", DataType::Text),
    ]);
    let old_row = |row: i64| -> Row { vec![row.into(), (row % 2 == 0).into(), format!("note {row}").into()] };
    golden.create(&old, &WriteOptions::default(), &(0..4).map(old_row).collect::<Vec<Row>>());
    golden.append(&(4..6).map(old_row).collect::<Vec<Row>>());
    let tip = DataType::Decimal { precision: 9, scale: 2 };
    let fare = |row: i64| if row == 3 { Scalar::Null } else { Scalar::F64(row as f64 / 4.0) };
    let tips = |row: i64| Scalar::Decimal(i128::from(row) * 125, 2);
    let column = |data_type, value: &dyn Fn(i64) -> Scalar| {
        Column::from_scalars(data_type, &(0..6).map(value).collect::<Vec<Scalar>>())
    };
    let mut edit = TableEdit::open(&golden.table).unwrap();
    edit.drop_column("gone").unwrap();
    edit.rename_column("note", "comment").unwrap();
    edit.replace_column("fare", DataType::F64).unwrap();
    edit.write_column("fare", &column(DataType::F64, &fare)).unwrap();
    edit.add_column("tip", tip).unwrap();
    edit.write_column("tip", &column(tip, &tips)).unwrap();
    edit.commit().unwrap();
    drop(edit);
    let new =
        Schema::new(vec![field("fare", DataType::F64), field("comment", DataType::Text), field("tip", tip)]);
    let rows: Vec<Row> = (0..8).map(|row| vec![fare(row), format!("note {row}").into(), tips(row)]).collect();
    golden.append(&rows[6..]);
    golden.finish(&new, &rows);
}

/// Names that are no names of files.
fn names(golden: &Golden) {
    let long = "é".repeat(150);
    let names = ["🚕 \"a\" \\", "../up.b", "Fare", "fare", &long];
    let schema: Schema = names.iter().map(|name| Field::new(*name, DataType::I8)).collect();
    // The last column is null throughout.
    let value = |n: i64, row: i64| if n == 4 { Scalar::Null } else { (n + row).into() };
    let rows: Vec<Row> = (0..3).map(|row| (0..5).map(|n| value(n, row)).collect()).collect();
    golden.create(&schema, &WriteOptions::default(), &rows);
    golden.finish(&schema, &rows);
}
