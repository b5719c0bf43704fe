//! Batches of every type with nulls, NaN and extremes, from a seed.

use colq_column::{Batch, Bitmap, Buffer, Column, ColumnSource, Dictionary, Scratch, SourceError, View};
use colq_types::{DataType, Field, Physical, Scalar, Schema, TimeUnit, bf16, f16, zone_count, zone_range};
use std::sync::Arc;
use tempfile::{TempDir, tempdir, tempdir_in};

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

/// A folder for tests that bring their own disk, or look at bytes only: in memory where the system has such a place,
/// because thousands of small files cost a disk its time and show nothing more.
pub(crate) fn quick_folder() -> TempDir {
    tempdir_in("/dev/shm").or_else(|_| tempdir()).unwrap()
}

/// A column of every type.
pub(crate) fn every_type() -> Schema {
    DataType::ALL.into_iter().map(|t| Field::new(format!("a {t}"), t)).collect()
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
        DataType::I64 | DataType::Timestamp(_) | DataType::Duration(_) => integers!(i64),
        DataType::Decimal { .. } => {
            Buffer::from((0..rows).map(|row| bits(row) as i64 % 1_000_000_000_000).collect::<Vec<i64>>())
        }
        DataType::F16 => {
            Buffer::from((0..rows).map(|row| f16::from_f64(float(bits(row)))).collect::<Vec<f16>>())
        }
        DataType::Bf16 => {
            Buffer::from((0..rows).map(|row| bf16::from_f64(float(bits(row)))).collect::<Vec<bf16>>())
        }
        DataType::Vector { element: Physical::F32, len } => {
            let numbers = (0..rows).flat_map(|row| {
                let first = bits(row);
                (0..u64::from(len)).map(move |i| if first == 0 { 0.0 } else { float(first + i) as f32 })
            });
            let numbers = numbers.collect::<Vec<f32>>();
            return Column::vectors(len, numbers).unwrap().with_validity(Some(validity));
        }
        DataType::Vector { .. } => unreachable!("the samples have vectors of f32"),
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
    try_digest(source).unwrap()
}

pub(crate) fn try_digest(source: &dyn ColumnSource) -> Result<Vec<u64>, SourceError> {
    let mut scratch = Scratch::default();
    let columns = (0..source.schema().len()).map(|column| {
        let mut all = Contents::default();
        for zone in 0..zone_count(source.row_count()) {
            let rows = zone_range(zone, source.row_count());
            all.add(&source.read(column, rows, &mut scratch)?);
        }
        Ok(all.hash())
    });
    columns.collect()
}

/// The same of batches, one after the other.
pub(crate) fn digest_of_batches(batches: &[Batch]) -> Vec<u64> {
    let columns = (0..batches[0].columns().len()).map(|column| {
        let mut all = Contents::default();
        batches.iter().for_each(|b| all.add(&b.columns()[column].view()));
        all.hash()
    });
    columns.collect()
}

/// The same of some rows of a batch.
pub(crate) fn digest_of_rows(batch: &Batch, rows: std::ops::Range<usize>) -> Vec<u64> {
    let columns = batch.columns().iter().map(|column| {
        let view = column.view();
        let validity = view.validity.map(|v| v.slice(rows.start, rows.len()));
        let values = view.values.slice(rows.start, rows.len());
        let mut all = Contents::default();
        all.add(&View { values, validity: validity.as_ref(), ..view });
        all.hash()
    });
    columns.collect()
}

/// A column in one piece, however its rows come: a byte a row that says whether it is valid, and the
/// values, each text with a byte behind it that no text has. In bulk where that is possible, because the tests of faults do this thousands of times.
#[derive(Default)]
struct Contents {
    valid: Vec<u8>,
    values: Vec<u8>,
}

impl Contents {
    fn add(&mut self, view: &View<'_>) {
        let row_count = view.len();
        let at = self.valid.len();
        self.valid.resize(at + row_count, 1);
        if view.validity.is_some() {
            (0..row_count).for_each(|row| self.valid[at + row] = u8::from(view.is_valid(row)));
        }
        if view.dictionary.is_some() {
            for row in (0..row_count).filter(|row| view.is_valid(*row)) {
                self.values.extend_from_slice(view.text(row));
                self.values.push(0xff);
            }
            return;
        }
        let (width, start) = (view.values.row_width(), self.values.len());
        self.values.extend_from_slice(view.values.as_bytes());
        for row in (0..row_count).filter(|row| self.valid[at + row] == 0) {
            self.values[start + row * width..start + (row + 1) * width].fill(0);
        }
    }

    fn hash(&self) -> u64 {
        colq_format::hash_seeded(&self.values, colq_format::hash(&self.valid))
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
        Scalar::Vector(numbers) => numbers.into_iter().map(exact).collect::<Vec<_>>().join(" "),
        other => other.to_string(),
    }
}
