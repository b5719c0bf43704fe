//! The mistakes that people make in their first hour, and what the program says: a file a mistake in `mistakes/`, with
//! the command, what it wrote and its exit code.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::expect_used,
    reason = "a test that cannot go on has failed"
)]

mod place;

use place::Place;
use std::fs;

/// Runs a command and holds what it said against the file of this name.
fn said(place: &Place, name: &str, arguments: &[&str]) {
    let output = place.run(arguments);
    let quoted = |word: &&str| match word.contains([' ', '\'', '*', '"', '&', '\n']) || word.is_empty() {
        true => format!("\"{}\"", word.replace('\\', "\\\\").replace('"', "\\\"").replace('`', "\\`")),
        false => (*word).to_owned(),
    };
    let command: Vec<String> = arguments.iter().map(quoted).collect();
    let folder = place.folder.path().to_string_lossy().into_owned();
    let text = |bytes: &[u8]| {
        let text = String::from_utf8(bytes.to_vec()).unwrap().replace(&folder, "FOLDER");
        let text = text.replace(&format!("process {}", std::process::id()), "process 4711");
        // The functions there are change more often than the words about them.
        let lines = text.lines().map(|line| line.split(" Functions are ").next().unwrap_or(line));
        lines.flat_map(|line| [line, "\n"]).collect::<String>()
    };
    let mut transcript = format!("$ colq {}\n", command.join(" "));
    for (stream, written) in [("stdout", &output.stdout), ("stderr", &output.stderr)] {
        if !written.is_empty() {
            transcript.push_str(&format!("--- {stream}\n{}", text(written)));
        }
    }
    transcript.push_str(&format!("--- exit code {}\n", output.status.code().unwrap()));
    insta::with_settings!({
        snapshot_path => "mistakes",
        prepend_module_to_snapshot => false,
        omit_expression => true,
    }, { insta::assert_snapshot!(name, transcript) });
}

#[test]
fn names_that_are_not_there() {
    let place = Place::new();
    said(&place, "column_misspelt", &["query", "SELECT zone, sum(fair) FROM trips GROUP BY zone"]);
    said(&place, "table_misspelt", &["query", "SELECT * FROM trisp"]);
    said(&place, "function_misspelt", &["query", "SELECT averge(fare) FROM trips"]);
    said(&place, "command_misspelt", &["qurey", "SELECT * FROM trips"]);
    said(&place, "option_misspelt", &["query", "SELECT * FROM trips", "--fromat", "csv"]);
    said(&place, "keyword_misspelt", &["query", "SELECT * FORM trips"]);
    said(&place, "file_not_found", &["query", "SELECT * FROM 'data/trip.csv'"]);
    said(&place, "file_to_import_not_found", &["import", "trip.csv", "new.colq"]);
    said(&place, "output_format_unknown", &["query", "SELECT * FROM trips", "-o", "xlsx"]);
    said(&place, "type_unknown", &["import", "trips.csv", "new.colq", "--types", "zone=integr"]);
    said(&place, "column_of_import_misspelt", &["import", "trips.csv", "new.colq", "--columns", "zone,fair"]);
}

#[test]
fn habits_of_other_systems() {
    let place = Place::new();
    said(&place, "double_quotes_for_a_text", &["query", "SELECT * FROM trips WHERE city = \"Paris\""]);
    said(&place, "equals_null", &["query", "SELECT * FROM trips WHERE tip = NULL"]);
    said(&place, "double_equals", &["query", "SELECT * FROM trips WHERE zone == 1"]);
    said(&place, "double_ampersand", &["query", "SELECT * FROM trips WHERE zone = 1 && fare > 10"]);
    said(&place, "backticks", &["query", "SELECT `fare` FROM trips"]);
    said(&place, "brackets", &["query", "SELECT [fare] FROM trips"]);
    said(&place, "select_top", &["query", "SELECT TOP 5 * FROM trips"]);
    said(&place, "limit_with_comma", &["query", "SELECT * FROM trips LIMIT 5, 10"]);
    said(&place, "join", &["query", "SELECT * FROM trips JOIN zones ON trips.zone = zones.zone"]);
    said(&place, "comma_join", &["query", "SELECT * FROM trips, zones"]);
    said(&place, "window", &["query", "SELECT fare, sum(fare) OVER (ORDER BY fare) FROM trips"]);
    said(&place, "insert", &["query", "INSERT INTO trips VALUES (1, 2, 3, 'Rome')"]);
    said(&place, "update", &["query", "UPDATE trips SET fare = 0"]);
    said(&place, "two_statements", &["query", "SELECT 1; SELECT 2"]);
    said(&place, "with_clause", &["query", "WITH t AS (SELECT 1) SELECT * FROM t"]);
}

#[test]
fn sql_that_is_not_quite_right() {
    let place = Place::new();
    said(
        &place,
        "aggregate_in_where",
        &["query", "SELECT zone FROM trips WHERE sum(fare) > 10 GROUP BY zone"],
    );
    said(&place, "column_not_grouped", &["query", "SELECT zone, city, sum(fare) FROM trips GROUP BY zone"]);
    said(&place, "comma_missing", &["query", "SELECT zone fare tip FROM trips"]);
    said(&place, "comma_too_many", &["query", "SELECT zone, fare, FROM trips"]);
    said(&place, "parenthesis_missing", &["query", "SELECT sum(fare FROM trips"]);
    said(&place, "quote_missing", &["query", "SELECT * FROM trips WHERE city = 'Paris"]);
    said(&place, "text_compared_with_number", &["query", "SELECT * FROM trips WHERE city > 5"]);
    said(&place, "number_compared_with_text", &["query", "SELECT * FROM trips WHERE fare > 'ten'"]);
    said(&place, "sum_of_a_text", &["query", "SELECT sum(city) FROM trips"]);
    said(&place, "division_by_zero", &["query", "SELECT zone / (zone - zone) FROM trips"]);
    said(&place, "path_without_quotes", &["query", "SELECT * FROM ./trips.csv"]);
    said(&place, "file_without_quotes", &["query", "SELECT * FROM trips.csv"]);
    said(&place, "sql_without_quotes", &["query", "SELECT", "zone", "FROM", "trips"]);
    said(&place, "sql_without_command", &["SELECT * FROM trips"]);
    said(&place, "order_by_before_where", &["query", "SELECT * FROM trips ORDER BY fare WHERE zone = 1"]);
    said(&place, "several_lines", &["query", "SELECT zone,\n       'größe 漢字' AS name, fair\nFROM trips"]);
    said(&place, "no_sql", &["query", ""]);
}

#[test]
fn files_and_tables_in_the_way() {
    let place = Place::new();
    said(&place, "import_over_a_table", &["import", "trips.csv", "trips.colq"]);
    said(&place, "query_over_a_table", &["query", "SELECT * FROM trips", "--out", "trips.colq"]);
    fs::create_dir(place.path("data")).unwrap();
    said(&place, "directory_that_is_no_table", &["count", "data"]);
    said(&place, "directory_imported", &["import", "data", "new.colq"]);
    said(&place, "table_imported", &["import", "trips.colq", "new.colq"]);
    said(&place, "destination_forgotten", &["import", "trips.csv"]);
    said(&place, "destination_first", &["import", "new.colq", "trips.csv"]);
    place.write("bad.csv", "zone,fare\n1,12.5\n2,30\n3,abc\n");
    said(&place, "bad_cell", &["import", "bad.csv", "new.colq", "--types", "fare=f64"]);
    place.write("short.csv", "zone,fare\n1,12.5\n2\n");
    said(&place, "cell_missing", &["import", "short.csv", "new.colq"]);
    said(&place, "file_of_unknown_kind", &["query", "SELECT * FROM 'notes'"]);
    place.write("trips.xlsx", "PK");
    said(&place, "file_of_another_kind", &["import", "trips.xlsx", "new.colq"]);
    said(&place, "export_of_unknown_kind", &["export", "trips", "trips.xlsx"]);
    said(
        &place,
        "memory_limit_too_small",
        &["query", "SELECT zone, median(fare) FROM trips GROUP BY zone", "--memory-limit", "10"],
    );
    {
        let _writer = colq::Table::append(place.path("trips.colq")).unwrap();
        said(&place, "table_is_locked", &["import", "--append", "trips.csv", "trips.colq"]);
    }
    let fare = place.path("trips.colq/columns/fare.npy");
    let whole = fs::read(&fare).unwrap();
    fs::write(&fare, &whole[..whole.len() - 1]).unwrap();
    said(&place, "damaged_file", &["query", "SELECT sum(fare) FROM trips"]);
    fs::write(&fare, &whole).unwrap();
    place.make_newer("trips.colq");
    said(&place, "newer_table", &["count", "trips"]);
}
