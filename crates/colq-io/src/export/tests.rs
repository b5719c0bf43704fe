//! What is written is read back as it was: every type in every kind of file. And what happens when it goes wrong.

use super::*;
use crate::{ImportOptions, open};
use colq_column::Column;
use colq_context::Context;
use colq_types::{DataType, Field, Physical, Scalar, decimal};
use proptest::prelude::*;

/// A row of random numbers, each from the last (Steele, Lea, Flood, "SplitMix", 2014).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ z >> 31
    }
}

fn types() -> Vec<DataType> {
    let more =
        ["decimal(18,0)", "decimal(18,18)", "decimal(1,0)", "vector(f64,1)", "vector(u8,4)", "vector(i64,2)"];
    let more = more.into_iter().chain(["vector(f16,3)", "vector(bf16,2)", "vector(u64,2)"]);
    DataType::ALL.into_iter().chain(more.map(|name| DataType::parse(name).unwrap())).collect()
}

fn number(physical: Physical, random: &mut Random) -> Scalar {
    let bits = random.next();
    let odd = bits.is_multiple_of(7);
    let float = match bits % 5 {
        _ if odd => [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -0.0, 0.1][(bits >> 8) as usize % 5],
        0 => (bits >> 40) as f64,
        1 => -((bits >> 50) as f64) / 3.0,
        _ => f64::from(f32::from_bits((bits >> 20) as u32)),
    };
    match physical {
        Physical::I8 => Scalar::I64(i64::from(bits as i8)),
        Physical::I16 => Scalar::I64(i64::from(bits as i16)),
        Physical::I32 => Scalar::I64(i64::from(bits as i32)),
        Physical::U8 => Scalar::U64(u64::from(bits as u8)),
        Physical::U16 => Scalar::U64(u64::from(bits as u16)),
        Physical::U32 => Scalar::U64(u64::from(bits as u32)),
        Physical::U64 => Scalar::U64(bits),
        Physical::F16 | Physical::Bf16 | Physical::F32 => Scalar::F32(float as f32),
        Physical::F64 => Scalar::F64(float),
        _ => Scalar::I64(bits as i64),
    }
}

fn value(data_type: DataType, random: &mut Random) -> Scalar {
    let bits = random.next();
    if bits.is_multiple_of(5) {
        return Scalar::Null;
    }
    match data_type {
        DataType::Bool => Scalar::Bool(bits & 8 == 0),
        DataType::Date => Scalar::Date((bits % 3_500_000) as i32 - 600_000),
        DataType::Timestamp(unit) => {
            let seconds = (bits >> 8) as i64 % 8_000_000_000;
            let rest = (bits >> 3) as i64 % unit.per_second();
            Scalar::Timestamp(seconds * unit.per_second() + rest, unit)
        }
        DataType::Duration(unit) => Scalar::Duration((bits as i64) >> (bits % 60), unit),
        DataType::Decimal { precision, scale } => {
            Scalar::Decimal(i128::from(bits as i64) % decimal::power_of_ten(precision), scale)
        }
        DataType::Text => {
            let texts =
                ["", "a,b", "say \"hi\"", "ü\n\t", "NA", "null", "12", "\u{1}\\x", "😀", "2013-01-01"];
            Scalar::from(texts[bits as usize / 8 % texts.len()])
        }
        DataType::Vector { element, len } => {
            Scalar::Vector((0..len).map(|_| number(element, random)).collect())
        }
        other => number(other.physical().unwrap(), random),
    }
}

fn batch(types: &[DataType], rows: usize, seed: u64) -> Batch {
    let mut random = Random(seed);
    let field = |(i, data_type): (usize, &DataType)| Field::new(format!("c{i}"), *data_type);
    let schema: Schema = types.iter().enumerate().map(field).collect();
    let column = |data_type: &DataType| {
        let scalars: Vec<Scalar> = (0..rows).map(|_| value(*data_type, &mut random)).collect();
        Column::from_scalars(*data_type, &scalars)
    };
    Batch::new(Arc::new(schema), types.iter().map(column).collect()).unwrap()
}

/// Rows as text, in which NaN equals itself and -0.0 is not 0.0.
fn rows(batches: &[Batch]) -> Vec<String> {
    batches.iter().flat_map(|b| (0..b.row_count()).map(|row| format!("{:?}", b.row(row)))).collect()
}

fn write(path: &Path, format: Format, batches: &[Batch], options: &ExportOptions) -> Result<(), Error> {
    let mut writer = create_writer(path, format, batches[0].schema(), options)?;
    for batch in batches {
        writer.write(batch)?;
    }
    writer.finish()
}

fn read(path: &Path, format: Format, schema: &Schema) -> Result<Vec<Batch>, Error> {
    let types = schema.fields().iter().map(|f| (f.name.clone(), f.data_type)).collect();
    let options = ImportOptions { types, format: Some(format), ..ImportOptions::default() };
    let mut stream = open(path, &options, &Context::new())?;
    assert_eq!(**stream.schema(), *schema);
    let mut batches = Vec::new();
    while let Some(batch) = stream.next_batch()? {
        batches.push(batch);
    }
    Ok(batches)
}

fn formats() -> Vec<Format> {
    let (arrow, parquet) = (cfg!(feature = "arrow"), cfg!(feature = "parquet"));
    let is_built = |format: &Format| match format {
        Format::Parquet => parquet,
        Format::Arrow | Format::ArrowStream => arrow,
        Format::Npy => false,
        _ => true,
    };
    Format::ALL.into_iter().filter(is_built).collect()
}

/// The values that a kind of file keeps.
fn kept(batch: &Batch, format: Format) -> Batch {
    if format != Format::JsonLines {
        return batch.clone();
    }
    let keep = |scalar: Scalar| match scalar {
        Scalar::F32(v) if !v.is_finite() => Scalar::Null,
        Scalar::F64(v) if !v.is_finite() => Scalar::Null,
        // Null stands for what is no number, and within a vector it is NaN again.
        Scalar::Vector(numbers) => Scalar::Vector(
            numbers
                .into_iter()
                .map(|n| match n {
                    Scalar::F32(v) if !v.is_finite() => Scalar::F32(f32::NAN),
                    Scalar::F64(v) if !v.is_finite() => Scalar::F64(f64::NAN),
                    other => other,
                })
                .collect(),
        ),
        other => other,
    };
    let column = |column: &Column| {
        let scalars: Vec<Scalar> = (0..column.len()).map(|row| keep(column.scalar(row))).collect();
        Column::from_scalars(column.data_type, &scalars)
    };
    Batch::new(batch.schema().clone(), batch.columns().iter().map(column).collect()).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]
    #[test]
    fn every_type_goes_through_every_kind_of_file(seed in any::<u64>(), first in 0usize..70, second in 1usize..70) {
        let folder = tempfile::tempdir().unwrap();
        let types = types();
        let batches = [batch(&types, first, seed), batch(&types, second, !seed)];
        for format in formats() {
            let path = folder.path().join(format!("t.{format}"));
            write(&path, format, &batches, &ExportOptions::default()).unwrap();
            let found = read(&path, format, batches[0].schema()).unwrap_or_else(|e| panic!("{format}: {e}"));
            let expected = batches.each_ref().map(|batch| kept(batch, format));
            prop_assert_eq!(rows(&found), rows(&expected), "{}", format);
        }
    }

    #[test]
    fn every_type_that_numpy_has_goes_through_an_array(seed in any::<u64>(), first in 0usize..70, second in 1usize..70) {
        let folder = tempfile::tempdir().unwrap();
        for data_type in types() {
            if data_type == DataType::Text {
                continue;
            }
            let with_nulls = data_type.is_float() || matches!(data_type, DataType::Date | DataType::Timestamp(_) | DataType::Duration(_));
            let mut batches = [batch(&[data_type], first, seed), batch(&[data_type], second, !seed)];
            if !with_nulls {
                // Only what has a value can be told from what has none.
                batches = batches.map(|batch| {
                    let valid = (0..batch.row_count() as u32).filter(|row| !batch.row(*row as usize)[0].is_null());
                    batch.gather(&valid.collect::<Vec<u32>>())
                });
            }
            let path = folder.path().join("c0.npy");
            write(&path, Format::Npy, &batches, &ExportOptions::default()).unwrap();
            let found = read(&path, Format::Npy, batches[0].schema()).unwrap_or_else(|e| panic!("{data_type}: {e}"));
            let nan = |row: String| if data_type.is_float() { row.replace("Null", if data_type == DataType::F64 { "F64(NaN)" } else { "F32(NaN)" }) } else { row };
            let expected: Vec<String> = rows(&batches).into_iter().map(nan).collect();
            prop_assert_eq!(rows(&found), expected, "{}", data_type);
        }
    }
}

#[test]
fn an_export_that_is_not_finished_leaves_what_was_there() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.csv");
    std::fs::write(&path, "old").unwrap();
    let rows = batch(&[DataType::I64], 5, 1);
    for format in formats() {
        let mut writer = create_writer(&path, format, rows.schema(), &ExportOptions::default()).unwrap();
        writer.write(&rows).unwrap();
        assert!(matches!(writer.write(&batch(&[DataType::I32], 5, 1)), Err(Error::OtherSchema { .. })));
        drop(writer);
    }
    assert_eq!(std::fs::read(&path).unwrap(), b"old");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    let options = ExportOptions { header: false, ..ExportOptions::default() };
    write(&path, Format::Csv, &[batch(&[DataType::I64], 0, 1)], &options).unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), b"");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

/// Takes so many bytes and then no more.
struct FullDisk(usize);

impl Write for FullDisk {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        if bytes.len() > self.0 {
            return Err(std::io::Error::from(std::io::ErrorKind::BrokenPipe));
        }
        self.0 -= bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_pipe_that_breaks_is_told_as_such_by_every_kind() {
    let rows = batch(&[DataType::I64, DataType::Text, DataType::F64], 60_000, 3);
    for format in formats() {
        for room in [0, 3, 5_000] {
            let out = Box::new(FullDisk(room));
            let written = stream_writer(out, format, rows.schema(), &ExportOptions::default())
                .and_then(|mut writer| writer.write(&rows).and_then(|()| writer.finish()));
            match written {
                Err(Error::Write { source, .. }) => assert_eq!(source.kind(), std::io::ErrorKind::BrokenPipe),
                other => panic!("{format}, {room}: {other:?}"),
            }
        }
    }
}

#[test]
fn what_cannot_be_an_array_is_refused_with_a_way_out() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.npy");
    let message = |types: &[DataType], rows: Option<Batch>| {
        let rows = rows.unwrap_or_else(|| batch(types, 0, 1));
        let written = write(&path, Format::Npy, &[rows], &ExportOptions::default());
        written.unwrap_err().to_string().replace(&format!("{}/", folder.path().display()), "")
    };
    assert_eq!(
        message(&[DataType::Text], None),
        "t.npy cannot be written as npy: column c0 is text, which NumPy has no array of. Leave it out, or export parquet or arrow."
    );
    assert_eq!(
        message(&[DataType::F32, DataType::F64], None),
        "t.npy cannot be written as npy: an array has one type, and column c1 is f64 where c0 is f32. Choose one column, cast them to one type, or export parquet or arrow."
    );
    let schema = Arc::new(Schema::new(vec![Field::new("n", DataType::I64)]));
    let column = Column::from_scalars(DataType::I64, &[Scalar::I64(1), Scalar::Null]);
    assert_eq!(
        message(&[], Some(Batch::new(schema.clone(), vec![column]).unwrap())),
        "t.npy cannot be written as npy: row 1 of column n is NULL, and an array of i64 has nothing to say so. Fill it with coalesce, or cast it to f64."
    );
    let error = stream_writer(Box::new(Vec::new()), Format::Npy, &schema, &ExportOptions::default());
    assert!(error.err().unwrap().to_string().contains("cannot go to a pipe"));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn several_columns_of_one_type_are_a_matrix() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("m.npy");
    let field = |name: &str| Field::new(name, DataType::F32);
    let schema = Arc::new(Schema::new(vec![field("a"), field("b")]));
    let columns =
        vec![Column::new(DataType::F32, vec![1f32, 2.0]), Column::new(DataType::F32, vec![3f32, 4.0])];
    let batch = Batch::new(schema, columns).unwrap();
    write(&path, Format::Npy, &[batch.clone(), batch], &ExportOptions::default()).unwrap();
    let bytes = std::fs::read(&path).unwrap();
    assert_eq!((bytes.len() - 32) % 64, 0);
    let mut stream = open(&path, &ImportOptions::default(), &Context::new()).unwrap();
    assert_eq!(stream.schema().fields()[0], Field::new("m", DataType::vector(Physical::F32, 2).unwrap()));
    let batch = stream.next_batch().unwrap().unwrap();
    let numbers = batch.columns()[0].values.as_values().as_slice::<f32>().unwrap().to_vec();
    assert_eq!(numbers, [1.0, 3.0, 2.0, 4.0, 1.0, 3.0, 2.0, 4.0]);
}

#[test]
fn json_lines_are_what_json_says() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.jsonl");
    let schema = ["d\"x", "m", "v", "t", "f", "s"].map(|name| name.to_owned());
    let types = ["date", "decimal(9,3)", "vector(f32,2)", "timestamp(ms)", "f64", "text"];
    let fields = schema.into_iter().zip(types).map(|(n, t)| Field::new(n, DataType::parse(t).unwrap()));
    let schema: Arc<Schema> = Arc::new(fields.collect());
    let vector = Scalar::Vector(vec![Scalar::F32(1.5), Scalar::F32(f32::NAN)]);
    let values = [
        Scalar::Date(0),
        Scalar::Decimal(-5, 3),
        vector,
        Scalar::Timestamp(1500, colq_types::TimeUnit::Millisecond),
        Scalar::F64(f64::INFINITY),
        Scalar::from("a\u{7}\n/\\\"é"),
    ];
    let columns = schema
        .fields()
        .iter()
        .zip(&values)
        .map(|(f, v)| Column::from_scalars(f.data_type, [v, &Scalar::Null]));
    let batch = Batch::new(schema.clone(), columns.collect()).unwrap();
    write(&path, Format::JsonLines, &[batch], &ExportOptions::default()).unwrap();
    assert_eq!(
        std::fs::read_to_string(&path).unwrap(),
        "{\"d\\\"x\":\"1970-01-01\",\"m\":-0.005,\"v\":[1.5, null],\"t\":\"1970-01-01T00:00:01.5Z\",\"f\":null,\"s\":\"a\\u0007\\n/\\\\\\\"é\"}\n\
         {\"d\\\"x\":null,\"m\":null,\"v\":null,\"t\":null,\"f\":null,\"s\":null}\n"
    );
}

/// Parquet has no timestamps in seconds: they were written as plain integers, which other programs took for numbers.
#[cfg(feature = "parquet")]
#[test]
fn timestamps_in_seconds_stay_timestamps_in_parquet() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.parquet");
    let seconds = colq_types::TimeUnit::Second;
    let schema = Arc::new(Schema::new(vec![Field::new("t", DataType::Timestamp(seconds))]));
    let of = |scalars: &[Scalar]| {
        let column = Column::from_scalars(DataType::Timestamp(seconds), scalars);
        Batch::new(schema.clone(), vec![column]).unwrap()
    };
    let batch = of(&[Scalar::Timestamp(-1, seconds), Scalar::Null]);
    write(&path, Format::Parquet, std::slice::from_ref(&batch), &ExportOptions::default()).unwrap();
    let mut stream = open(&path, &ImportOptions::default(), &Context::new()).unwrap();
    let milliseconds = colq_types::TimeUnit::Millisecond;
    assert_eq!(stream.schema().fields()[0], Field::new("t", DataType::Timestamp(milliseconds)));
    let found = stream.next_batch().unwrap().unwrap();
    assert_eq!(
        [found.row(0), found.row(1)],
        [vec![Scalar::Timestamp(-1000, milliseconds)], vec![Scalar::Null]]
    );
    // Declared, they are seconds again, and part of a second is an error.
    assert_eq!(rows(&read(&path, Format::Parquet, &schema).unwrap()), rows(&[batch]));
    let far = of(&[Scalar::Timestamp(i64::MAX / 10, seconds)]);
    let error = write(&path, Format::Parquet, &[far], &ExportOptions::default()).unwrap_err().to_string();
    assert!(error.contains("column t holds a time too far away"), "{error}");
}

/// `select a, a` written to JSON said that "the options name the column a twice", and a matrix, which has no names, was
/// refused for them.
#[test]
fn columns_of_one_name_are_told_apart_where_names_count() {
    let folder = tempfile::tempdir().unwrap();
    let field = || Field::new("a", DataType::F32);
    let columns = vec![Column::new(DataType::F32, vec![1f32]), Column::new(DataType::F32, vec![2f32])];
    let batch = Batch::new(Arc::new(Schema::new(vec![field(), field()])), columns).unwrap();
    let written = |name: &str, format| {
        let path = folder.path().join(name);
        write(&path, format, std::slice::from_ref(&batch), &ExportOptions::default())
    };
    written("m.npy", Format::Npy).unwrap();
    written("t.csv", Format::Csv).unwrap();
    let error = written("t.jsonl", Format::JsonLines).unwrap_err().to_string();
    assert!(error.ends_with("two columns are named a. Give one of them another name."), "{error}");
}
