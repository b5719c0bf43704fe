//! Random tables, written with random quoting and read back in blocks of any size.

use super::*;

/// A column: its type and its values.
fn column(rows: usize) -> BoxedStrategy<Vec<Scalar>> {
    let some = |value: BoxedStrategy<Scalar>| {
        prop::collection::vec(prop_oneof![4 => value, 1 => Just(Scalar::Null)], rows).boxed()
    };
    let micros = TimeUnit::Microsecond;
    let finite = any::<f64>().prop_filter("a whole float reads as one all the same", |v| v.is_finite());
    prop_oneof![
        some(any::<i64>().prop_map(Scalar::I64).boxed()),
        some(finite.prop_map(Scalar::F64).boxed()),
        some(any::<bool>().prop_map(Scalar::Bool).boxed()),
        some((-700_000i32..2_000_000).prop_map(Scalar::Date).boxed()),
        some((-1i64 << 55..1 << 56).prop_map(move |v| Scalar::Timestamp(v, micros)).boxed()),
        some("[a,\"\n\r üx]{0,6}".prop_map(Scalar::Text).boxed()),
    ]
    .boxed()
}

fn table() -> BoxedStrategy<Vec<Vec<Scalar>>> {
    (0usize..12, 1usize..4)
        .prop_flat_map(|(rows, columns)| prop::collection::vec(column(rows), columns))
        .boxed()
}

/// The type that a column of these values is read as.
fn type_of(values: &[Scalar]) -> DataType {
    let first = values.iter().find(|v| !v.is_null());
    first.and_then(Scalar::data_type).unwrap_or(DataType::Text)
}

/// A cell as the writer of the property writes it: quoted where it must be, or at random.
fn cell(value: &Scalar, quote: bool) -> String {
    let text = match value {
        Scalar::Null => return String::new(),
        other => other.to_string(),
    };
    let must = text.is_empty() || text.contains([',', '"', '\n', '\r']);
    if must || quote { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

/// Texts that happen to read as another type do not count here.
fn is_plain(columns: &[Vec<Scalar>]) -> bool {
    columns.iter().all(|column| {
        let mut texts = column.iter().filter_map(|v| if let Scalar::Text(t) = v { Some(t) } else { None });
        type_of(column) != DataType::Text
            || texts.clone().count() == 0
            || texts.any(|t| t.contains(['a', 'x', 'ü']))
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]
    #[test]
    fn tables_come_back_as_they_were_written(
        columns in table().prop_filter("the types can be told", |c| is_plain(c)),
        quoting in prop::collection::vec(any::<bool>(), 40),
        windows in any::<bool>(),
        last_line_end in any::<bool>(),
        block in 1usize..60,
        threads in 1usize..4,
    ) {
        let end = if windows { "\r\n" } else { "\n" };
        let mut text: String =
            (0..columns.len()).map(|i| format!("c{i}")).collect::<Vec<_>>().join(",") + end;
        let rows = columns[0].len();
        for row in 0..rows {
            let cells: Vec<String> = columns
                .iter()
                .enumerate()
                .map(|(i, column)| cell(&column[row], quoting[(row * 7 + i) % quoting.len()]))
                .collect();
            text += &cells.join(",");
            // Without a line end a last empty line is no row of one column.
            if row + 1 < rows || last_line_end || columns.len() == 1 {
                text += end;
            }
        }
        let options = ImportOptions { threads, ..ImportOptions::default() };
        let table = read_sized(&text, &options, Sizes { block, ..Sizes::default() }).unwrap();
        let expected: Vec<String> = columns.iter().map(|c| type_of(c).to_string()).collect();
        prop_assert_eq!(table.types(), expected);
        let naive: Vec<Vec<Scalar>> =
            (0..rows).map(|row| columns.iter().map(|c| c[row].clone()).collect()).collect();
        prop_assert_eq!(table.rows(), naive);
    }

    #[test]
    fn what_the_writer_writes_is_read_back(
        columns in table().prop_filter("the types can be told", |c| is_plain(c)),
        delimiter in prop_oneof![Just(b','), Just(b'\t'), Just(b';')],
    ) {
        let fields = columns.iter().enumerate();
        let schema: Arc<Schema> =
            Arc::new(fields.map(|(i, c)| colq_types::Field::new(format!("c {i}"), type_of(c))).collect());
        let built = columns.iter().map(|c| Column::from_scalars(type_of(c), c)).collect();
        let batch = Batch::new(schema.clone(), built).unwrap();
        let mut writer = CsvWriter::new(Vec::new(), delimiter, true);
        writer.write_header(&schema).unwrap();
        writer.write(&batch).unwrap();
        let text = writer.finish().unwrap();
        let options = ImportOptions { delimiter: Some(delimiter), ..ImportOptions::default() };
        let table = read_with(&text, &options).unwrap();
        prop_assert_eq!(&table.schema, &schema);
        let rows: Vec<Vec<Scalar>> = (0..batch.row_count()).map(|row| batch.row(row)).collect();
        prop_assert_eq!(table.rows(), rows);
    }

    #[test]
    fn any_bytes_are_rows_or_an_error(
        bytes in prop::collection::vec(
            prop_oneof![Just(b','), Just(b'"'), Just(b'\n'), Just(b'\r'), Just(b'1'), Just(b'a'), any::<u8>()],
            0..200,
        ),
        block in 1usize..50,
        header in any::<bool>(),
    ) {
        for on_error in [OnError::Fail, OnError::Null, OnError::Skip] {
            let options = ImportOptions { on_error, header, ..ImportOptions::default() };
            let small = read_sized(&bytes, &options, Sizes { block, ..Sizes::default() });
            let large = read_with(&bytes, &options);
            match (small, large) {
                (Ok(small), Ok(large)) => {
                    prop_assert_eq!(&small.schema, &large.schema);
                    prop_assert_eq!(texts(&small), texts(&large));
                    prop_assert_eq!(small.bad_cells, large.bad_cells);
                }
                (Err(small), Err(large)) => {
                    prop_assert_eq!(std::mem::discriminant(&small), std::mem::discriminant(&large));
                }
                (small, large) => prop_assert!(false, "{:?} and {:?}", small, large),
            }
        }
    }

    #[test]
    fn another_reader_finds_the_same_cells(
        rows in prop::collection::vec(prop::collection::vec("[a,\"\n ]{0,4}", 3), 0..9),
        block in 1usize..40,
    ) {
        let mut text = "x,y,z\n".to_owned();
        for row in &rows {
            let cells: Vec<String> = row.iter().map(|c| cell(&Scalar::Text(c.clone()), true)).collect();
            text += &(cells.join(",") + "\n");
        }
        let mut reader = simd_csv::Reader::from_reader(text.as_bytes());
        let mut naive = Vec::new();
        for record in reader.byte_records() {
            let record = record.unwrap();
            naive.push(record.iter().map(|c| String::from_utf8(c.to_vec()).unwrap()).collect::<Vec<_>>());
        }
        let types = ["x", "y", "z"].map(|name| (name.to_owned(), DataType::Text)).to_vec();
        let options = ImportOptions { types, ..ImportOptions::default() };
        let table = read_sized(&text, &options, Sizes { block, ..Sizes::default() }).unwrap();
        prop_assert_eq!(texts(&table), naive);
    }
}
