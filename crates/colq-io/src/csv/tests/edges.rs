//! The edge cases of CSV, each in a few bytes.

use super::*;

#[test]
fn the_grammar_of_quotes_and_line_ends() {
    // (file, rows as text); the cases are those that csv-spectrum and the csv crate list.
    for (text, expected) in [
        ("a,b\n1,2\n", vec![vec!["1", "2"]]),
        ("a,b\r\n1,2\r\n", vec![vec!["1", "2"]]),
        ("a,b\n1,2", vec![vec!["1", "2"]]),
        ("a,b\r\nx,y\r", vec![vec!["x", "y"]]),
        ("\u{feff}a,b\n1,2\n", vec![vec!["1", "2"]]),
        ("a,b\n\"1,x\",2\n", vec![vec!["1,x", "2"]]),
        ("a,b\n\"say \"\"hi\"\"\",\"\"\"\"\n", vec![vec!["say \"hi\"", "\""]]),
        ("a,b\n\"two\nlines\",\"cr\r\nlf\"\n", vec![vec!["two\nlines", "cr\r\nlf"]]),
        ("a,b\nx\"y\"z,5'10\"\n", vec![vec!["x\"y\"z", "5'10\""]]),
        ("a,b\n\"x\",\"y\"\r\n", vec![vec!["x", "y"]]),
        ("a,b\n\"x\",\"y\"\r", vec![vec!["x", "y"]]),
        ("a,b\n\"x\",\"y\"", vec![vec!["x", "y"]]),
        ("a,b\n\n\nx,y\n\r\n\n", vec![vec!["x", "y"]]),
        ("\n\r\na,b\nx,y\n", vec![vec!["x", "y"]]),
        ("a,b\n,\n", vec![vec!["NULL", "NULL"]]),
        ("a,b\n\"\",x\n,y\n", vec![vec!["", "x"], vec!["NULL", "y"]]),
        ("a,b\n x , y \n", vec![vec![" x ", " y "]]),
        ("a,b\n \"x\",y\n", vec![vec![" \"x\"", "y"]]),
        ("a,b\nx\ry,z\n", vec![vec!["x\ry", "z"]]),
        ("a\nx\n\ny\n", vec![vec!["x"], vec!["NULL"], vec!["y"]]),
        ("a\n\"\"\n", vec![vec![""]]),
        ("a,b\nʤ,{\"k\": 1}\n", vec![vec!["ʤ", "{\"k\": 1}"]]),
    ] {
        for block in [1, 2, 3, 7, 1 << 20] {
            let sizes = Sizes { block, ..Sizes::default() };
            let table = read_sized(text, &ImportOptions::default(), sizes).unwrap();
            assert_eq!(table.names()[0], "a", "{text:?}");
            assert_eq!(texts(&table), expected, "{text:?} in blocks of {block}");
        }
    }
}

#[test]
fn a_header_alone_gives_text_columns_and_no_batch() {
    for text in ["a,b", "a,b\n", "a,b\r\n\n"] {
        let table = read(text);
        assert_eq!(
            (table.names(), table.types()),
            (vec!["a", "b"], vec!["text".to_owned(), "text".to_owned()])
        );
        assert!(table.batches.is_empty());
    }
}

#[test]
fn without_a_header_columns_are_numbered() {
    let options = ImportOptions { header: false, ..ImportOptions::default() };
    let table = read_with("1,x\n2,y\n", &options).unwrap();
    assert_eq!(table.names(), ["column1", "column2"]);
    assert_eq!(texts(&table), [["1", "x"], ["2", "y"]]);
}

#[test]
fn na_is_null_but_in_text() {
    let table = read("number,flag,day,name,all\n1,NA,NA,NA,NA\nNA,true,2013-01-01,x,\n");
    assert_eq!(table.types(), ["i64", "bool", "date", "text", "text"]);
    assert_eq!(
        texts(&table),
        [["1", "NULL", "NULL", "NA", "NA"], ["NULL", "true", "2013-01-01", "x", "NULL"]]
    );
}

#[test]
fn the_texts_for_null_count_everywhere_and_also_in_quotes() {
    let nulls = vec!["-".to_owned(), "-999".to_owned(), "a\"b".to_owned()];
    let options = ImportOptions { nulls, ..ImportOptions::default() };
    let table = read_with("n,t\n-999,\"-\"\n5,\"a\"\"b\"\n\"-\",x\n", &options).unwrap();
    assert_eq!(table.types(), ["i64", "text"]);
    assert_eq!(texts(&table), [["NULL", "NULL"], ["5", "NULL"], ["NULL", "x"]]);
}

#[test]
fn quoted_cells_are_numbers_too_and_a_quoted_empty_cell_is_null_there() {
    let table = read("n,t\n\"1\",\"\"\n\"\",x\n");
    assert_eq!(table.types(), ["i64", "text"]);
    assert_eq!(table.rows()[1][0], Scalar::Null);
    assert_eq!(table.rows()[0][1], Scalar::Text(String::new()));
}

#[test]
fn the_last_cell_decides_the_type_as_much_as_the_first() {
    let mut text = "a\n".to_owned();
    for i in 0..200_000 {
        text.push_str(&format!("{i}\n"));
    }
    assert_eq!(read(&text).types(), ["i64"]);
    text.push_str("1.5\n");
    assert_eq!(read(&text).types(), ["f64"]);
    text.push_str("x\n");
    let table = read(&text);
    assert_eq!(table.types(), ["text"]);
    let sizes: Vec<usize> = table.batches.iter().map(Batch::row_count).collect();
    assert_eq!(sizes, [65_536, 65_536, 65_536, 200_002 - 3 * 65_536]);
    assert_eq!(table.batches[1].scalar_text(0), "65536");
}

trait ScalarText {
    fn scalar_text(&self, row: usize) -> String;
}

impl ScalarText for Batch {
    fn scalar_text(&self, row: usize) -> String {
        self.row(row)[0].to_string()
    }
}

#[test]
fn declared_types_hold_and_columns_are_chosen_in_their_order() {
    let types = [
        ("i", DataType::I8),
        ("u", DataType::U64),
        ("f", DataType::F32),
        ("t", DataType::Text),
        ("at", DataType::Timestamp(TimeUnit::Millisecond)),
        ("b", DataType::Bool),
    ];
    let options = ImportOptions {
        types: types.map(|(name, data_type)| (name.to_owned(), data_type)).to_vec(),
        columns: Some(["t", "i", "u", "f", "at", "b"].map(str::to_owned).to_vec()),
        ..ImportOptions::default()
    };
    let text =
        "x,i,u,f,t,at,b\n?,-128,18446744073709551615,0.1,007,2013-01-01 10:00:00.5,1\n,NA,,,NA,NA,FALSE\n";
    let table = read_with(text, &options).unwrap();
    assert_eq!(table.names(), ["t", "i", "u", "f", "at", "b"]);
    assert_eq!(
        texts(&table),
        [
            ["007", "-128", "18446744073709551615", "0.1", "2013-01-01T10:00:00.5Z", "true"],
            ["NA", "NULL", "NULL", "NULL", "NULL", "false"]
        ]
    );
}

#[test]
fn tabs_and_other_delimiters_separate() {
    let (_folder, path) = file("a\tb\n1,5\tx\n");
    let mut stream =
        open(&path, Format::Tsv, &ImportOptions::default(), &Context::new(), Sizes::default()).unwrap();
    assert_eq!(stream.next_batch().unwrap().unwrap().row(0)[0], Scalar::Text("1,5".to_owned()));
    let options = ImportOptions { delimiter: Some(b';'), ..ImportOptions::default() };
    assert_eq!(texts(&read_with("a;b\n1,5;\";\"\n", &options).unwrap()), [["1,5", ";"]]);
}

#[test]
fn any_number_of_threads_gives_the_same_batches() {
    let mut seen: Option<Vec<Vec<String>>> = None;
    for threads in [1, 2, 5] {
        let options = ImportOptions { threads, ..ImportOptions::default() };
        let text = std::fs::read(flights()).unwrap();
        let table = read_sized(text, &options, Sizes { block: 10_000, ..Sizes::default() }).unwrap();
        let rows = texts(&table);
        assert!(seen.get_or_insert_with(|| rows.clone()) == &rows);
    }
}

#[test]
fn work_can_be_cancelled_and_tells_its_progress() {
    let (_folder, path) = file("a\n1\n2\n");
    let context = Context::new();
    let mut stream = open(&path, Format::Csv, &ImportOptions::default(), &context, Sizes::default()).unwrap();
    assert!(stream.next_batch().unwrap().is_some());
    // The header is no part of a block.
    assert_eq!(context.progress(), (8, 12));
    context.cancel();
    assert!(matches!(stream.next_batch(), Err(Error::Cancelled(_))));
    let again = open(&path, Format::Csv, &ImportOptions::default(), &context, Sizes::default());
    assert!(matches!(again.err(), Some(Error::Cancelled(_))));
}

#[test]
fn memory_beyond_the_budget_is_an_error() {
    let context = Context::new().with_memory_limit(1000);
    let (_folder, path) = file(format!("a\n{}", "1\n".repeat(5000)));
    let error =
        open(&path, Format::Csv, &ImportOptions::default(), &context, Sizes::default()).err().unwrap();
    assert!(matches!(error, Error::OverBudget(_)), "{error}");
}
