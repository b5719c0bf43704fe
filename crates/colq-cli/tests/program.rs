//! The program as a user meets it: what it prints, what it says when something is wrong, and its exit codes.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::expect_used,
    reason = "a test that cannot go on has failed"
)]

mod place;

use place::{Place, TRIPS, names};
use std::fs;
use std::process::Command;

#[test]
fn answers_come_as_csv_into_a_pipe_and_as_asked_otherwise() {
    let place = Place::new();
    let sql = "SELECT zone, count(*) AS n, avg(tip) AS tip FROM trips GROUP BY zone ORDER BY zone";
    assert_eq!(place.good(&["query", sql]), "zone,n,tip\n1,2,1.75\n7,1,\n");
    assert_eq!(place.good(&["query", sql, "-o", "tsv"]), "zone\tn\ttip\n1\t2\t1.75\n7\t1\t\n");
    let json = "[\n{\"zone\":1,\"n\":2,\"tip\":1.75},\n{\"zone\":7,\"n\":1,\"tip\":null}\n]\n";
    assert_eq!(place.good(&["query", sql, "-o", "json"]), json);
    let not_a_number = "SELECT 0.0 / 0.0 AS x, 1.50::decimal(5,2) AS d";
    assert_eq!(place.good(&["query", not_a_number, "-o", "json"]), "[\n{\"x\":null,\"d\":1.50}\n]\n");
    assert_eq!(place.good(&["query", not_a_number, "-o", "jsonl"]), "{\"x\":null,\"d\":1.50}\n");
    assert_eq!(place.good(&["query", not_a_number]), "x,d\nNaN,1.50\n");
    let table = place.good(&["query", sql, "-o", "table"]);
    assert!(table.contains("│    1 ┆ 2 ┆ 1.75 │") && table.contains("NULL"), "{table}");
    let markdown = place.good(&["query", sql, "-o", "markdown"]);
    assert!(markdown.starts_with("| zone | n | tip |\n| ---: | ---: | ---: |\n"), "{markdown}");
}

#[test]
fn tables_are_found_by_name_path_file_and_option() {
    let place = Place::new();
    for from in ["trips", "'trips.colq'", "'trips.csv'", "\"trips\"", "'./trips.colq'"] {
        let sql = format!("SELECT count(*) FROM {from}");
        assert_eq!(place.good(&["query", &sql]), "count(*)\n3\n", "{from}");
    }
    let sql = "SELECT sum(fare) AS s FROM rides";
    assert_eq!(place.good(&["query", sql, "--table", "rides=trips.colq"]), "s\n50.5\n");
    for io in ["map", "read"] {
        assert_eq!(place.good(&["query", "SELECT max(fare) AS m FROM trips", "--io", io]), "m\n30.0\n");
    }
}

/// Only one statement could come from a pipe, unless a table was named.
#[test]
fn several_statements_come_from_a_pipe() {
    let place = Place::new();
    let sql = "SELECT count(*) AS n FROM trips; -- and then\n\
               SELECT max(fare) AS m FROM 'trips.csv';\nEXPLAIN ANALYZE SELECT 1 FROM trips WHERE tip = NULL";
    let output = place.fed(&[], sql);
    let (answer, error) =
        (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert!(answer.starts_with("n\n3\nm\n30.0\nplan\n"), "{answer}");
    assert!(answer.contains("scan trips") && error.contains("tip IS NULL"), "{answer}{error}");
    let output = place.fed(&[], "SELECT count(*) FROM trips;\nSELECT oops FROM trips;\nSELECT 2");
    assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(1), &b"count(*)\n3\n"[..]));
}

/// `li.colq` beside a folder `li` of other files could not be named `li`.
#[test]
fn a_folder_of_the_same_name_does_not_hide_a_table() {
    let place = Place::new();
    fs::create_dir(place.path("trips")).unwrap();
    assert_eq!(place.good(&["query", "SELECT count(*) FROM trips"]), "count(*)\n3\n");
    fs::create_dir(place.path("empty")).unwrap();
    let (error, _) = place.bad(&["query", "SELECT count(*) FROM empty"]);
    assert!(error.contains("empty is not a table"), "{error}");
}

#[test]
fn a_file_is_imported_once_and_again_when_it_changes() {
    let place = Place::new();
    let count = |expected: &str| {
        let found = place.good(&["query", "SELECT count(*) FROM 'trips.csv'"]);
        assert_eq!(found, format!("count(*)\n{expected}\n"));
    };
    count("3");
    count("3");
    assert_eq!(names(&place.path("cache")).len(), 1);
    place.write("trips.csv", format!("{TRIPS}9,1,1,Rome\n"));
    count("4");
    assert_eq!(names(&place.path("cache")).len(), 2);
}

#[test]
fn tables_can_be_looked_at_and_appended_to() {
    let place = Place::new();
    assert_eq!(place.good(&["count", "trips"]), "3\n");
    assert_eq!(place.good(&["head", "trips.colq", "-n", "1"]), "zone,fare,tip,city\n1,12.5,2.0,Paris\n");
    assert!(place.good(&["schema", "trips"]).contains("tip,f64,1,"));
    place.good(&["import", "--append", "trips.csv", "trips.colq"]);
    assert_eq!(place.good(&["count", "trips"]), "6\n");
    assert!(place.good(&["verify", "trips.colq"]).contains("6 rows, 4 columns"));
    place.good(&["import", "--replace", "trips.csv", "trips.colq"]);
    assert_eq!(place.good(&["count", "trips"]), "3\n");
    let plan = place.good(&["explain", "SELECT max(fare) FROM trips WHERE zone = 1"]);
    assert!(plan.contains("filter (zone = 1)"), "{plan}");
    let dry = place.good(&["import", "--dry-run", "trips.csv", "never.colq"]);
    assert_eq!(dry, "zone\ti64\nfare\tf64\ntip\tf64\ncity\ttext\n");
    assert!(!place.path("never.colq").exists());
}

#[test]
fn the_timer_says_where_the_time_went() {
    let place = Place::new();
    let output = place.run(&["query", "SELECT count(*) FROM trips", "--timer"]);
    let said = String::from_utf8(output.stderr).unwrap();
    let lines = [
        "start: ",
        "open: ",
        "plan: ",
        "run: ",
        "rows: 1",
        "zones pruned: 0",
        "totals: zone by zone",
        "kernel: ",
        "owned peak: ",
        "mapped peak: ",
    ];
    for line in lines {
        assert!(said.lines().any(|l| l.starts_with(line)), "{line} is not in {said}");
    }
    // Every command that takes the option keeps it.
    for arguments in [["count", "trips"], ["head", "trips"], ["schema", "trips"], ["explain", "SELECT 1"]] {
        let output = place.run(&[&arguments[..], &["--timer"]].concat());
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.contains("open: ") && said.contains("mapped peak: "), "{arguments:?}: {said}");
    }
}

#[test]
fn wrong_sql_is_underlined_and_comes_with_a_hint() {
    let place = Place::new();
    let cases = [
        ("SELECT fair FROM trips", "       ^^^^", "did you mean `fare`?"),
        ("SELCT fare FROM trips", "^^^^^", "did you mean SELECT?"),
        ("SELECT fare FROM tripz", "                 ^^^^^", "Did you mean trips?"),
        ("SELECT fare FROM trips WHERE city > 5", "", "takes two values that can be compared"),
        ("SELECT sum(city) FROM trips", "       ^^^^^^^^^", "sum takes a number, not text"),
        ("SELECT city, sum(fare) FROM trips", "       ^^^^", "add `city` to GROUP BY"),
        ("SELECT zone / (zone - 1) FROM trips", "       ^^^^", "division by zero"),
        ("SELECT 9223372036854775807 + zone FROM trips", "       ^^^", "overflow"),
        ("SELECT * FROM trips a JOIN trips b", "", "JOIN"),
        ("SELECT fare FROM trips WHERE", "", "expected"),
        ("", "", "SQL"),
    ];
    for (sql, underlined, said) in cases {
        let (error, code) = place.bad(&["query", sql]);
        assert_eq!(code, 1, "{error}");
        assert!(error.contains(said), "{sql}: {said:?} is not in: {error}");
        assert!(error.contains(underlined), "{sql}: {underlined:?} is not in: {error}");
    }
    let (error, _) = place.bad(&["query", "SELECT fair FROM trips", "--error-format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&error).unwrap();
    assert_eq!((json["start"].as_u64(), json["end"].as_u64()), (Some(7), Some(11)));
}

#[test]
fn wrong_files_get_one_clear_error_and_leave_nothing_behind() {
    let place = Place::new();
    place.refuses("", &["bad.csv", "empty"]);
    place.refuses("a,b\n1,2\n3\n", &["line 3", "1 cell", "2 columns"]);
    place.refuses("a,b\n1,2\n3,4,5\n", &["line 3", "3 cells", "2 columns"]);
    place.refuses("a,b\n1,\"x\n", &["line 2", "quote never closes"]);
    place.refuses(b"a,b\n1,\xff\xfe\n", &["line 2", "not UTF-8"]);
    place.refuses("a,a\n1,2\n", &["both named a"]);
    let (error, code) = place.bad(&["import", "missing.csv", "new.colq"]);
    assert!(error.contains("There is no file missing.csv") && code == 1, "{error}");
    place.write("wide.csv", "a\n300\n");
    let (error, code) = place.bad(&["import", "wide.csv", "new.colq", "--types", "a=u8"]);
    assert!(error.contains("line 2, column a") && error.contains("u8") && code == 1, "{error}");
    place.write("junk.parquet", "PAR1 not at all");
    let (error, code) = place.bad(&["import", "junk.parquet", "new.colq"]);
    assert!(error.contains("junk.parquet is not a Parquet file") && code == 1, "{error}");
    let (error, code) = place.bad(&["import", "trips.csv", "trips.colq"]);
    assert!(error.contains("exists already") && code == 1, "{error}");
    place.write("other.csv", "zone,fare\n1,2\n");
    let (error, code) = place.bad(&["import", "--append", "other.csv", "trips.colq"]);
    assert!(error.contains("no column named tip") && code == 1, "{error}");
    assert_eq!(place.good(&["count", "trips"]), "3\n");
    assert!(!place.path("new.colq").exists());
}

#[test]
fn bad_cells_are_counted_where_that_is_asked_for() {
    let place = Place::new();
    place.write("bad.csv", "a,b\n1,2\n3\nx,4\n");
    let output = place.run(&["import", "bad.csv", "null.colq", "--on-error", "null", "--types", "a=i32"]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("2 cells could not be read") && said.contains("line 4, column a"), "{said}");
    assert_eq!(place.good(&["query", "SELECT * FROM 'null.colq'"]), "a,b\n1,2\n3,\n,4\n");
}

#[test]
fn wrong_tables_are_told_apart() {
    let place = Place::new();
    fs::create_dir(place.path("empty.colq")).unwrap();
    for command in ["count", "verify", "schema"] {
        let (error, code) = place.bad(&[command, "empty.colq"]);
        assert!(error.contains("empty.colq") && code == 1, "{command}: {error}");
    }
    let (error, code) = place.bad(&["count", "nothing.colq"]);
    assert!(error.contains("nothing.colq") && code == 1, "{error}");

    // A file cut off, and two columns of one type swapped.
    let fare = place.path("trips.colq/columns/fare.npy");
    let tip = place.path("trips.colq/columns/tip.npy");
    let bytes = fs::read(&fare).unwrap();
    fs::write(&fare, &bytes[..bytes.len() - 1]).unwrap();
    let (error, code) = place.bad(&["query", "SELECT sum(fare) FROM trips"]);
    assert!(error.contains("fare.npy") && error.contains("damaged") && code == 3, "{code}: {error}");
    fs::write(&fare, fs::read(&tip).unwrap()).unwrap();
    fs::write(&tip, &bytes).unwrap();
    let output = place.run(&["verify", "trips.colq"]);
    let found = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(3), "{found}");
    assert!(found.contains("fare.npy") && found.contains("tip.npy"), "{found}");
}

#[test]
fn a_table_of_a_newer_format_is_refused() {
    let place = Place::new();
    place.make_newer("trips.colq");
    let (error, code) = place.bad(&["count", "trips.colq"]);
    assert!(error.contains("newer") && code == 1, "{error}");
}

#[test]
fn columns_of_any_name_stay_in_their_folder() {
    let place = Place::new();
    place.write("odd.csv", "../x,\"a b\",CON,é\n1,2,3,4\n");
    place.good(&["import", "odd.csv", "odd.colq"]);
    assert_eq!(place.good(&["query", "SELECT \"../x\" + \"é\" AS s FROM odd"]), "s\n5\n");
    assert!(!place.path("odd.colq/x.npy").exists() && !place.path("x.npy").exists());
    assert!(place.good(&["verify", "odd.colq"]).contains("no damage"));
}

#[test]
fn a_closed_pipe_is_no_error() {
    let place = Place::new();
    let script =
        format!("set -o pipefail; {} query 'SELECT * FROM trips' | true", env!("CARGO_BIN_EXE_colq"));
    let output =
        Command::new("bash").args(["-c", &script]).current_dir(place.folder.path()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn usage_errors_have_their_own_code() {
    let place = Place::new();
    let wrong = [&["query"][..], &["frobnicate"], &["query", "SELECT 1", "-o", "xml"], &["import", "a.csv"]];
    for arguments in wrong {
        assert_eq!(place.bad(arguments).1, 2, "{arguments:?}");
    }
}

/// All rows of a table were laid out at once: ten million took 13 GB of memory under a limit of 200 MB. Pages must look
/// like one table, and a value that is wider than all before stays whole.
#[test]
fn a_long_table_is_written_in_pages_that_look_like_one() {
    let place = Place::new();
    let numbers: String = (0..4_100).map(|n| format!("{n},x\n")).collect();
    place.write("long.csv", format!("n,text\n{numbers}1234567,y\n"));
    let table = place.good(&["query", "select * from 'long.csv'", "-o", "table"]);
    let lines: Vec<&str> = table.lines().collect();
    assert_eq!(lines.len(), 3 + 4_101 + 2);
    assert_eq!(lines.iter().filter(|line| line.starts_with(['┌', '╞', '└'])).count(), 3);
    assert_eq!(
        (lines[3], lines[2_003], lines[4_002]),
        ("│    0 ┆ x    │", "│ 2000 ┆ x    │", "│ 3999 ┆ x    │")
    );
    assert_eq!(&lines[4_103..], ["│ 1234567 ┆ y    │", "└─────────┴──────┘", "4,101 rows"]);
}

/// The Parquet library panics on this damage. The panic was caught and became an error, but its words and a backtrace
/// came first.
#[test]
fn a_damaged_file_is_one_sentence_and_no_backtrace() {
    let place = Place::new();
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/../../data/planes.parquet");
    let mut bytes = fs::read(source).unwrap();
    bytes[34_150..34_158].iter_mut().for_each(|byte| *byte ^= 0xff);
    place.write("planes.parquet", bytes);
    let (error, code) = place.bad(&["import", "planes.parquet", "planes.colq"]);
    assert_eq!((error.lines().count(), code), (1, 1), "{error}");
    assert!(error.starts_with("error: planes.parquet is not a Parquet file"), "{error}");
}

#[test]
fn an_import_takes_the_rows_that_are_wanted() {
    let place = Place::new();
    let import = |condition: &str| {
        ["import", "trips.csv", "some.colq", "--replace", "--where", condition].map(String::from)
    };
    for (condition, rows) in
        [("fare > 10 AND tip IS NOT NULL -- dear", 1), ("city = 'Paris'", 2), ("false", 0), ("true", 3)]
    {
        let words = import(condition);
        place.good(&words.iter().map(String::as_str).collect::<Vec<_>>());
        assert_eq!(place.good(&["count", "some"]), format!("{rows}\n"), "{condition}");
    }
    place.good(&["import", "--append", "trips.csv", "some.colq", "--where", "zone = 7"]);
    assert_eq!(place.answer("select city from some where zone = 7"), "city\nBerlin\nBerlin\n");
    for condition in ["fair > 1", "fare > 1) ORDER BY (1", "fare > 1 LIMIT 1", "zone"] {
        let words = import(condition);
        let (error, code) = place.bad(&words.iter().map(String::as_str).collect::<Vec<_>>());
        assert!(code == 1 && error.contains("^"), "{condition}: {error}");
    }
    assert_eq!(place.good(&["count", "some"]), "4\n");
}

/// A text that begins with a hyphen was taken for an option.
#[test]
fn a_hyphen_may_stand_for_null() {
    let place = Place::new();
    place.write("gaps.csv", "a,b\n-,NA\n1,x\n");
    place.good(&["import", "gaps.csv", "gaps.colq", "--nulls", "-,NA"]);
    assert_eq!(place.answer("select count(a), count(b) from gaps"), "count(a),count(b)\n1,1\n");
}
