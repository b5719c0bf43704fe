//! Batches of every type with nulls, NaN and extremes, from a seed.

use colq_column::{Batch, Bitmap, Buffer, Column, ColumnSource, Dictionary, Scratch, View};
use colq_types::{DataType, Field, Scalar, Schema, TimeUnit, zone_count, zone_range};
use std::sync::Arc;

/// A small fixed generator (splitmix64), so that every run has the same data.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }
}

/// A column of every type.
pub(crate) fn every_type() -> Schema {
    let is_stored = |t: &DataType| {
        let half = matches!(t, DataType::F16 | DataType::Bf16);
        let wide = matches!(t, DataType::Decimal { .. } | DataType::Duration(_) | DataType::Vector { .. });
        !half && !wide
    };
    let types = DataType::ALL.into_iter().filter(is_stored);
    types.map(|t| Field::new(format!("a {t}"), t)).collect()
}

/// `rows` rows; one in `null_every` is null (0: none).
pub(crate) fn batch(schema: &Schema, rows: usize, seed: u64, null_every: u64) -> Batch {
    let columns = schema
        .fields()
        .iter()
        .zip(0..)
        .map(|(field, index)| column(field.data_type, rows, seed.wrapping_mul(1000) + index, null_every))
        .collect();
    Batch::new(Arc::new(schema.clone()), columns).unwrap()
}

fn column(data_type: DataType, rows: usize, seed: u64, null_every: u64) -> Column {
    let mut random = Random(seed);
    let validity: Bitmap = (0..rows).map(|_| null_every == 0 || random.below(null_every) != 0).collect();
    let mut bits = |row: usize| if validity.get(row) { random.next() } else { 0 };
    macro_rules! integers {
        ($type:ty) => {
            Buffer::from((0..rows).map(|row| bits(row) as $type).collect::<Vec<$type>>())
        };
    }
    let float = |bits: u64| match bits % 50 {
        _ if bits == 0 => 0.0,
        0 => f64::NAN,
        1 => f64::INFINITY,
        2 => -0.0,
        _ => bits as i64 as f64 / 1e6,
    };
    let values = match data_type {
        DataType::Bool => Buffer::Bool((0..rows).map(|row| (bits(row) & 1) as u8).collect()),
        DataType::I8 => integers!(i8),
        DataType::I16 => integers!(i16),
        DataType::I32 | DataType::Date => integers!(i32),
        DataType::I64 | DataType::Timestamp(_) => integers!(i64),
        DataType::U8 => integers!(u8),
        DataType::U16 => integers!(u16),
        DataType::U32 => integers!(u32),
        DataType::U64 => integers!(u64),
        DataType::F32 => Buffer::from((0..rows).map(|row| float(bits(row)) as f32).collect::<Vec<f32>>()),
        DataType::F64 => Buffer::from((0..rows).map(|row| float(bits(row))).collect::<Vec<f64>>()),
        DataType::Text => {
            let words: Vec<String> = (0..40).map(|i| format!("é{}", i * (seed % 7 + 1))).collect();
            let dictionary = Arc::new(Dictionary::of(words.iter().map(String::as_str)));
            let codes: Vec<u32> = (0..rows).map(|row| (bits(row) % 40) as u32).collect();
            return Column::text(codes, dictionary).with_validity(Some(validity));
        }
        other => panic!("no table holds {other} yet"),
    };
    Column::new(data_type, values).with_validity(Some(validity))
}

/// A schema small enough to break at every byte.
pub(crate) fn small() -> Schema {
    Schema::new(vec![
        Field::new("fare", DataType::F32),
        Field::new("tip", DataType::I64),
        Field::new("../carrier", DataType::Text),
        Field::new("at", DataType::Timestamp(TimeUnit::Microsecond)),
        Field::new("is paid", DataType::Bool),
    ])
}

/// All rows of a source, floats as their bits so that NaN and -0.0 compare.
pub(crate) fn rows_of(source: &dyn ColumnSource) -> Vec<Vec<String>> {
    let mut rows = vec![Vec::new(); source.row_count() as usize];
    let mut scratch = Scratch::default();
    for column in 0..source.schema().len() {
        for zone in 0..zone_count(source.row_count()) {
            let range = zone_range(zone, source.row_count());
            let view = source.read(column, range, &mut scratch).unwrap();
            assert_eq!(view.len(), range.len());
            for row in 0..view.len() {
                rows[range.start as usize + row].push(exact(view.scalar(row)));
            }
        }
    }
    rows
}

/// A hash of all rows of a source: as good as [`rows_of`] for telling tables apart, and much faster.
pub(crate) fn digest(source: &dyn ColumnSource) -> Vec<u64> {
    let mut scratch = Scratch::default();
    let columns = (0..source.schema().len()).map(|column| {
        let mut all = Vec::new();
        for zone in 0..zone_count(source.row_count()) {
            let rows = zone_range(zone, source.row_count());
            add(&source.read(column, rows, &mut scratch).unwrap(), &mut all);
        }
        colq_format::hash(&all)
    });
    columns.collect()
}

/// The same of batches, one after the other.
pub(crate) fn digest_of_batches(batches: &[Batch]) -> Vec<u64> {
    let columns = (0..batches[0].columns().len()).map(|column| {
        let mut all = Vec::new();
        batches.iter().for_each(|b| add(&b.columns()[column].view(), &mut all));
        colq_format::hash(&all)
    });
    columns.collect()
}

fn add(view: &View<'_>, all: &mut Vec<u8>) {
    let width = view.values.physical().byte_width();
    let bytes = view.values.as_bytes();
    for row in 0..view.len() {
        let is_valid = view.is_valid(row);
        all.push(u8::from(is_valid));
        if is_valid && view.dictionary.is_some() {
            all.extend_from_slice(view.text(row));
        } else if is_valid {
            all.extend_from_slice(&bytes[row * width..(row + 1) * width]);
        }
    }
}

/// All rows of batches, one after the other.
pub(crate) fn rows_of_batches(batches: &[Batch]) -> Vec<Vec<String>> {
    let rows = batches.iter().flat_map(|b| (0..b.row_count()).map(|row| b.row(row)));
    rows.map(|row| row.into_iter().map(exact).collect()).collect()
}

fn exact(scalar: Scalar) -> String {
    match scalar {
        Scalar::F32(v) => format!("{:x}", v.to_bits()),
        Scalar::F64(v) => format!("{:x}", v.to_bits()),
        other => other.to_string(),
    }
}
