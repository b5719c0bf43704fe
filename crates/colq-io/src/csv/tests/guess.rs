//! The short way against the two passes: the same schema and rows, or no answer.

use super::*;
use crate::csv::open_guessed;

/// What the short way gives; `None` where it leaves the file to the two passes.
fn guessed(text: &str, options: &ImportOptions, sizes: Sizes) -> Option<Table> {
    let (_folder, path) = file(text);
    let mut stream = open_guessed(&path, Format::Csv, options, &Context::new(), sizes).ok()??;
    let mut batches = Vec::new();
    while let Some(batch) = stream.next_batch().ok()? {
        batches.push(batch);
    }
    Some(Table { schema: stream.schema().clone(), batches, bad_cells: stream.bad_cells().clone() })
}

/// Rows to compare: NaN is equal to itself here.
fn shown(table: &Table) -> (Arc<Schema>, String) {
    (table.schema.clone(), format!("{:?}", table.rows()))
}

/// Cells of one kind mostly, so that most files go the short way, and now and then one of another.
fn cells() -> BoxedStrategy<Vec<String>> {
    let kinds: [&[&str]; 9] = [
        &["1", "-5", "+7", "007", "-0"],
        &["18446744073709551615", "1", "-0"],
        &["1.5", "2", "nan", "-inf", "1e300", "99999999999999999999999"],
        &["true", "FALSE", "True"],
        &["2013-01-31", "0001-01-01", "9999-12-31"],
        &["2013-01-31T10:00:00Z", "2013-01-31 10:00", "2013-01-31"],
        &["2013-01-31T10:00:00.123456789Z", "2013-01-31"],
        &["a", "\"b\"\"c\"", "\"d,e\"", "\"f\ng\"", "\"\"", "ü"],
        &["", "NA", "\"\"", "-"],
    ];
    let odd =
        ["1", "0", "-1", "18446744073709551615", "1e400", "x", "2013-02-30", "1.", "true", "\"", "\0", "a,b"];
    let null = ["", "NA"];
    let of = move |kind: usize| {
        prop_oneof![
            60 => proptest::sample::select(kinds[kind].to_vec()),
            10 => proptest::sample::select(null.to_vec()),
            1 => proptest::sample::select(odd.to_vec()),
        ]
    };
    (0..kinds.len())
        .prop_flat_map(move |kind| prop::collection::vec(of(kind).prop_map(str::to_owned), 60))
        .boxed()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, ..ProptestConfig::default() })]
    #[test]
    fn the_short_way_gives_what_two_passes_give(
        columns in prop::collection::vec(cells(), 1..4),
        block in 1usize..60,
        threads in 1usize..4,
        nulls in prop_oneof![Just(vec![]), Just(vec!["-".to_owned(), "1".to_owned()])],
        declared in any::<bool>(),
    ) {
        let mut text = (0..columns.len()).map(|i| format!("c{i}")).collect::<Vec<_>>().join(",") + "\n";
        for row in 0..60 {
            let cells: Vec<&str> = columns.iter().map(|column| column[row].as_str()).collect();
            text += &(cells.join(",") + "\n");
        }
        let types = if declared { vec![("c0".to_owned(), DataType::Bool)] } else { vec![] };
        let options = ImportOptions { threads, nulls, types, ..ImportOptions::default() };
        let sizes = Sizes { block, row_limit: 1 << 20 };
        if let Some(short) = guessed(&text, &options, sizes) {
            let long = read_sized(&text, &options, sizes);
            prop_assert!(long.is_ok(), "{:?}", long);
            prop_assert_eq!(shown(&short), shown(&long.unwrap()));
        }
    }
}

#[test]
fn most_files_go_the_short_way_and_others_do_not() {
    let sizes = Sizes { block: 16, row_limit: 1 << 20 };
    let rows = |cell: &str| format!("{cell},x\n").repeat(50);
    let options = ImportOptions::default();
    for (last, expected) in
        [("1,x\n", true), (",\n", true), ("1.5,x\n", false), ("1\n", false), ("1,\"x\n", false)]
    {
        let text = format!("a,b\n{}{last}", rows("7"));
        assert_eq!(guessed(&text, &options, sizes).is_some(), expected, "{last}");
    }
    // A bool column turns to text with its first number.
    assert!(guessed(&format!("a,b\n{}1,x\n", rows("true")), &options, sizes).is_none());
    assert!(guessed(&format!("a,b\n{}x,x\n", rows("")), &options, sizes).is_none());
    assert!(guessed(&format!("a,b\n{}", rows("2013-01-31T10:00:00.1234567Z")), &options, sizes).is_none());
    let options = ImportOptions { on_error: OnError::Null, ..options };
    assert!(guessed(&format!("a,b\n{}", rows("1")), &options, sizes).is_none());
}
