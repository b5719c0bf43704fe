//! Every error with the sentence that the user sees, and what happens where errors do not end the import.

use super::*;

/// The sentence, with the folder's path left out.
fn message(text: impl AsRef<[u8]>, options: &ImportOptions) -> String {
    for block in [5, 1 << 20] {
        let one =
            read_sized(text.as_ref(), options, Sizes { block, ..Sizes::default() }).unwrap_err().to_string();
        let all = read_with(text.as_ref(), options).unwrap_err().to_string();
        assert_eq!(shorten(&one), shorten(&all));
    }
    shorten(&read_with(text, options).unwrap_err().to_string())
}

fn shorten(message: &str) -> String {
    match message.find("/t.csv") {
        Some(at) => {
            let start = message[..at].rfind(' ').map_or(0, |i| i + 1);
            format!("{}{}", &message[..start], &message[at + 1..])
        }
        None => message.to_owned(),
    }
}

#[test]
fn what_is_wrong_with_rows_and_cells_is_told_with_its_place() {
    let plain = ImportOptions::default();
    let typed = ImportOptions { types: vec![("b".to_owned(), DataType::I8)], ..plain.clone() };
    for (text, options, expected) in [
        (
            &b"a,b\n1,2\n3\n"[..],
            &plain,
            "t.csv, line 3, column b: the row has 1 cell where there are 2 columns. Check the delimiter, put quotes around cells that hold it, or import with on_error null or skip.",
        ),
        (
            b"a,b\n\"x\ny\",2\n1,2,3,4\n",
            &plain,
            "t.csv, line 4, column b: the row has 4 cells where there are 2 columns: \"3\". Check the delimiter, put quotes around cells that hold it, or import with on_error null or skip.",
        ),
        (
            b"a,b\n1,2\n3,\"x\n4,5\n",
            &plain,
            "t.csv, line 3, column b: the quote never closes: \"\\\"x\\n4,5\". Close the quote, or import with on_error null or skip.",
        ),
        (
            b"a,b\n1,\"x\"y\n",
            &plain,
            "t.csv, line 2, column b: there is text after the closing quote: \"\\\"x\\\"y\". Write a quote within quotes twice, or import with on_error null or skip.",
        ),
        (
            b"a,b\n1,2\n1,caf\xe9\n",
            &plain,
            "t.csv, line 3, column b: the text is not UTF-8: \"caf\u{fffd}\". Convert the file to UTF-8 first, or import with on_error null or skip.",
        ),
        (
            b"a,b\n1,2\n1,200\n",
            &typed,
            "t.csv, line 3, column b: this cannot be read as i8: \"200\". Declare another type, add the text to nulls, or import with on_error null or skip.",
        ),
        (b"", &plain, "t.csv is empty: there is no header and no row."),
        (b"\xef\xbb\xbf", &plain, "t.csv is empty: there is no header and no row."),
        (b"\n\r\n\n", &plain, "t.csv is empty: there is no header and no row."),
        (
            b"\xff\xfea\0",
            &plain,
            "t.csv is encoded as UTF-16, not UTF-8. Convert it first, for example with iconv.",
        ),
        (
            b"\xfe\xff\0a",
            &plain,
            "t.csv is encoded as UTF-16, not UTF-8. Convert it first, for example with iconv.",
        ),
        (
            b"a,b\n1,\0\n",
            &plain,
            "t.csv, line 2: there is a zero byte, so this is no CSV text. Is it a binary file, or UTF-16?",
        ),
        (
            b"a,b,a\n1,2,3\n",
            &plain,
            "t.csv, line 1: columns number 1 and 3 are both named a. Rename one in the header.",
        ),
        (
            b"a,,c\n1,2,3\n",
            &plain,
            "t.csv, line 1: column number 2 has an empty name. Give it a name in the header.",
        ),
        (
            b"a,\"b\n1,2\n",
            &plain,
            "t.csv, line 1, column number 2: the quote never closes: \"\\\"b\\n1,2\". Close the quote, or import with on_error null or skip.",
        ),
        (
            b"a,\xe9\n1,2\n",
            &plain,
            "t.csv, line 1, column number 2: the text is not UTF-8: \"\u{fffd}\". Convert the file to UTF-8 first, or import with on_error null or skip.",
        ),
        (
            b"a,b\r1,2\r3,4",
            &plain,
            "t.csv: the lines end with a carriage return alone. Convert them to line feeds first, for example with tr '\\r' '\\n'.",
        ),
    ] {
        assert_eq!(message(text, options), expected);
    }
}

#[test]
fn what_is_wrong_with_the_options_is_told() {
    let plain = ImportOptions::default();
    let names = |names: &[&str]| Some(names.iter().map(|n| (*n).to_owned()).collect());
    for (options, expected) in [
        (
            ImportOptions { columns: names(&["a", "fair"]), ..plain.clone() },
            "t.csv has no column named fair. Columns are a, b.",
        ),
        (
            ImportOptions { types: vec![("c".to_owned(), DataType::I8)], ..plain.clone() },
            "t.csv has no column named c. Columns are a, b.",
        ),
        (
            ImportOptions { columns: names(&["a", "a"]), ..plain.clone() },
            "The options name the column a twice. Name it once.",
        ),
        (
            ImportOptions { delimiter: Some(b'"'), ..plain.clone() },
            "The delimiter '\"' cannot separate cells. Use an ASCII byte that is no quote and no line end.",
        ),
    ] {
        assert_eq!(message("a,b\n1,2\n", &options), expected);
    }
}

#[test]
fn paths_that_are_no_files_are_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let open = |path: &std::path::Path| {
        let error = crate::open(path, &ImportOptions::default(), &Context::new()).err().unwrap();
        error.to_string().replace(&format!("{}/", folder.path().display()), "")
    };
    assert_eq!(open(&folder.path().join("no.csv")), "There is no file no.csv.");
    std::fs::create_dir(folder.path().join("d.csv")).unwrap();
    assert_eq!(
        open(&folder.path().join("d.csv")),
        "d.csv is a directory and not a file. Name the file in it."
    );
    assert_eq!(
        open("/dev/null".as_ref()),
        "/dev/null is a pipe or a device, and files are read twice. Save it to a file first."
    );
    std::fs::write(folder.path().join("x.xls"), "a").unwrap();
    assert_eq!(
        open(&folder.path().join("x.xls")),
        "The name x.xls does not say what kind of file it is. Name the format: csv, tsv, jsonl, parquet, arrow, arrows or npy."
    );
}

#[test]
fn a_row_beyond_the_limit_is_an_error_and_not_memory() {
    let sizes = Sizes { block: 10, row_limit: 100 };
    let mut text = "a,b\n1,2\n\"".to_owned();
    text.push_str(&"x\n".repeat(200));
    let error = read_sized(&text, &ImportOptions::default(), sizes).unwrap_err();
    assert!(matches!(error, Error::RowTooLong { line: 3, limit: 100, .. }), "{error:?}");
    text.push('"');
    assert!(read_sized(&text, &ImportOptions::default(), sizes).is_err());
}

#[test]
fn more_columns_than_the_limit_are_refused() {
    let names: Vec<String> = (0..70_000).map(|i| format!("c{i}")).collect();
    let error = read_with(names.join(","), &ImportOptions::default()).unwrap_err();
    assert!(matches!(error, Error::TooManyColumns { found: 70_000, limit: 65_536, .. }), "{error:?}");
}

const DIRTY: &[u8] = b"a,b,c\n1,x,2\n2,\n\n3,\"y\"z,4\n4,caf\xe9,5\n5,w,6,7\n300,v,8\n6,u,9\n7,\"t,1\n";

fn dirty(on_error: OnError, block: usize) -> Table {
    let types = vec![("a".to_owned(), DataType::U8), ("b".to_owned(), DataType::Text)];
    let options = ImportOptions { on_error, types, ..ImportOptions::default() };
    read_sized(DIRTY, &options, Sizes { block, ..Sizes::default() }).unwrap()
}

#[test]
fn bad_cells_are_null_or_their_rows_left_out_and_all_are_counted() {
    for block in [1, 7, 1 << 20] {
        let table = dirty(OnError::Null, block);
        let expected = [
            ["1", "x", "2"],
            ["2", "NULL", "NULL"],
            ["3", "NULL", "4"],
            ["4", "NULL", "5"],
            ["5", "w", "6"],
            ["NULL", "v", "8"],
            ["6", "u", "9"],
            ["7", "NULL", "NULL"],
        ];
        assert_eq!(texts(&table), expected);
        let told: Vec<String> = table.bad_cells.first.iter().map(ToString::to_string).collect();
        assert_eq!(
            told,
            [
                "line 3, column c: the row has 2 cells where there are 3 columns",
                "line 5, column b: there is text after the closing quote: \"\\\"y\\\"z\"",
                "line 6, column b: the text is not UTF-8: \"caf\u{fffd}\"",
                "line 7, column c: the row has 4 cells where there are 3 columns: \"7\"",
                "line 8, column a: this cannot be read as u8: \"300\"",
                "line 10, column b: the quote never closes: \"\\\"t,1\"",
            ]
        );
        let skipped = dirty(OnError::Skip, block);
        assert_eq!(texts(&skipped), [["1", "x", "2"], ["6", "u", "9"]]);
        assert_eq!(skipped.bad_cells, table.bad_cells);
        assert_eq!(table.bad_cells.count, 6);
    }
}

#[test]
fn the_first_twenty_bad_cells_are_kept_and_all_are_counted() {
    let text = format!("a\n{}", "x\n".repeat(100_000));
    let types = vec![("a".to_owned(), DataType::F64)];
    let options = ImportOptions { on_error: OnError::Null, types, ..ImportOptions::default() };
    let table = read_with(&text, &options).unwrap();
    assert_eq!((table.bad_cells.count, table.bad_cells.first.len()), (100_000, 20));
    let cell = table.bad_cells.first.last().unwrap();
    assert_eq!((cell.line, cell.problem), (21, Problem::NotOfType(DataType::F64)));
    let skip = ImportOptions { on_error: OnError::Skip, ..options };
    assert!(read_with(&text, &skip).unwrap().batches.is_empty());
}
