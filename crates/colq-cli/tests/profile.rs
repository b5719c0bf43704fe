//! Looking instead of reading: profile, hist and plot, on tables that are small, odd, empty and wide.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::expect_used,
    reason = "a test that cannot go on has failed"
)]

mod place;

use place::Place;
use serde_json::Value;
use std::path::Path;
use std::process::Command;

/// What a command prints into a pipe of so many columns.
fn in_columns(place: &Place, columns: usize, arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_colq"))
        .args(arguments)
        .current_dir(place.folder.path())
        .env("COLQ_CACHE", place.path("cache"))
        .env("COLUMNS", columns.to_string())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn json(place: &Place, arguments: &[&str]) -> Value {
    serde_json::from_str(&place.good(&[arguments, &["-o", "json"]].concat())).unwrap()
}

const ODD: &str = "flag,n,x,day,at,word\n\
    true,1,0.5,2024-01-01,2024-01-01T00:00:00Z,a\n\
    false,2,NaN,2024-01-31,2024-01-01T12:00:00Z,\"long <word> with \u{1b}[31m\"\n\
    true,2,Infinity,,2024-01-02T00:00:00Z,日本語\n\
    ,-70000,-1e300,2024-02-29,,a\n";

fn odd() -> Place {
    let place = Place::new();
    place.write("odd.csv", ODD);
    place.good(&["import", "odd.csv", "odd.colq", "--types", "x=f64"]);
    place
}

#[test]
fn a_small_table_fits_80_and_40_columns() {
    let place = odd();
    for columns in [80, 40] {
        let text = in_columns(&place, columns, &["profile", "odd", "-o", "table"]);
        assert!(text.lines().all(|line| line.chars().count() <= columns), "{text}");
        assert!(!text.contains('\u{1b}'), "{text}");
        insta::assert_snapshot!(format!("profile_in_{columns}_columns"), text);
        let bars = in_columns(&place, columns, &["hist", "odd", "n", "--bins", "5"]);
        insta::assert_snapshot!(format!("hist_in_{columns}_columns"), bars);
    }
}

#[test]
fn every_figure_is_in_the_json() {
    let place = odd();
    let all = json(&place, &["profile", "odd"]);
    let [flag, n, x, day, at, word] = all.as_array().unwrap().as_slice() else { panic!("{all}") };
    assert_eq!(flag["true_share"].as_f64(), Some(2.0 / 3.0));
    assert_eq!(
        (n["min"].as_i64(), n["max"].as_i64(), n["distinct"].as_u64()),
        (Some(-70_000), Some(2), Some(3))
    );
    assert_eq!((n["frequent"][0]["value"].as_i64(), n["frequent"][0]["count"].as_u64()), (Some(2), Some(2)));
    assert_eq!(
        (x["nan"].as_u64(), x["max"].as_str(), x["distinct"].as_u64()),
        (Some(1), Some("Infinity"), Some(3))
    );
    let counts = x["histogram"]["counts"].as_array().unwrap().iter().map(|c| c.as_u64().unwrap());
    assert_eq!(counts.sum::<u64>(), 2, "infinities lie in no interval");
    assert_eq!((day["quantiles"]["0.5"].as_str(), day["nulls"].as_u64()), (Some("2024-01-31"), Some(1)));
    assert_eq!(at["max"].as_str(), Some("2024-01-02T00:00:00Z"));
    assert_eq!((word["length"]["min"].as_u64(), word["length"]["max"].as_u64()), (Some(1), Some(22)));
}

#[test]
fn figures_are_those_of_sql() {
    let place = Place::new();
    let flights = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data/flights.csv");
    place.good(&["import", flights.to_str().unwrap(), "flights.colq"]);
    let all = json(&place, &["profile", "flights"]);
    for column in ["dep_delay", "arr_time", "distance", "flight"] {
        let found = all.as_array().unwrap().iter().find(|c| c["column"] == *column).unwrap();
        let sql = format!(
            "SELECT min({column}) AS min, max({column}) AS max, avg({column}) AS mean, stddev({column}) AS stddev, \
             count(DISTINCT {column}) AS d, quantile_disc({column}, 0.25) AS q25, median({column}) AS q50, \
             quantile_disc({column}, 0.95) AS q95, count({column}) AS n FROM flights"
        );
        let sql = &json(&place, &["query", &sql])[0];
        let near = |one: &Value, other: &Value, share: f64| {
            let (one, other) = (one.as_f64().unwrap(), other.as_f64().unwrap());
            assert!((one - other).abs() <= other.abs() * share, "{column}: {one} and {other}");
        };
        near(&found["min"], &sql["min"], 0.0);
        near(&found["max"], &sql["max"], 0.0);
        near(&found["mean"], &sql["mean"], 1e-12);
        near(&found["stddev"], &sql["stddev"], 1e-12);
        near(&found["distinct"], &sql["d"], 0.0);
        for (q, name) in [("0.25", "q25"), ("0.5", "q50"), ("0.95", "q95")] {
            near(&found["quantiles"][q], &sql[name], 0.01);
        }
        let counts = found["histogram"]["counts"].as_array().unwrap();
        assert_eq!(counts.iter().map(|c| c.as_u64().unwrap()).sum::<u64>(), sql["n"].as_u64().unwrap());
    }
}

#[test]
fn empty_tables_all_null_one_row_and_golden_types_have_profiles() {
    let place = Place::new();
    place.write("one.csv", "n,none\n7,\n");
    place.good(&["import", "one.csv", "one.colq", "--types", "none=f64"]);
    let one = json(&place, &["profile", "one"]);
    assert_eq!((one[0]["mean"].as_f64(), one[0]["quantiles"]["0.95"].as_i64()), (Some(7.0), Some(7)));
    assert_eq!((one[1]["nulls"].as_u64(), one[1]["distinct"].as_u64()), (Some(1), Some(0)));
    assert!(one[1]["min"].is_null() && one[1].get("histogram").is_none(), "{one}");
    place.good(&["query", "SELECT * FROM one WHERE n > 7", "--out", "empty.colq"]);
    assert_eq!(json(&place, &["profile", "empty"])[0]["rows"].as_u64(), Some(0));
    assert!(place.good(&["hist", "empty", "n"]).contains("0 rows"));
    assert!(place.good(&["plot", "empty", "n", "none"]).contains("no row"));
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data/golden/types.colq");
    let golden = golden.to_str().unwrap();
    let types = json(&place, &["profile", golden]);
    let sql = json(&place, &["stats", golden]);
    for (found, stats) in types.as_array().unwrap().iter().zip(sql.as_array().unwrap()) {
        assert_eq!((&found["column"], &found["nulls"]), (&stats["column"], &stats["nulls"]));
        let has_nan = found["nan"].as_u64() != Some(0);
        let text = |v: &Value| v.as_str().map_or_else(|| v.to_string(), ToOwned::to_owned);
        if !found["min"].is_null() {
            assert_eq!(text(&found["min"]), text(&stats["min"]), "{found}");
            assert!(has_nan || text(&found["max"]) == text(&stats["max"]), "{found}");
        }
    }
    place.good(&["profile", golden, "--html", "types.html"]);
}

#[test]
fn a_page_escapes_names_and_a_thousand_columns_are_folded() {
    let place = Place::new();
    place.write("odd.csv", "</script><img onerror=x>,\"a\"\"b\"\n<b>,&\n");
    place.good(&["import", "odd.csv", "odd.colq"]);
    assert_eq!(place.good(&["profile", "odd", "--html", "odd.html"]), "");
    let page = std::fs::read_to_string(place.path("odd.html")).unwrap();
    assert!(
        !page.contains("<img") && !page.contains("<b>") && page.contains("&lt;img onerror=x&gt;"),
        "{page}"
    );
    assert_eq!(page.matches("</script>").count(), 1);
    let names: Vec<String> = (0..1000).map(|n| format!("c{n}")).collect();
    let values: Vec<String> = (0..1000).map(|n| n.to_string()).collect();
    place.write("wide.csv", format!("{}\n{}\n", names.join(","), values.join(",")));
    place.good(&["import", "wide.csv", "wide.colq"]);
    place.good(&["profile", "wide", "--html", "wide.html"]);
    let page = std::fs::read_to_string(place.path("wide.html")).unwrap();
    assert_eq!((page.matches("<details").count(), page.matches(" open>").count()), (1000, 0));
}

#[test]
fn hist_and_plot_give_the_numbers_behind_the_picture() {
    let place = Place::new();
    place.write(
        "n.csv",
        "x,y,word\n".to_owned()
            + &(0..1000).map(|n| format!("{n},{},w{}\n", n % 10, n % 3)).collect::<String>(),
    );
    place.good(&["import", "n.csv", "n.colq"]);
    let bars = place.good(&["hist", "n", "x", "--bins", "4", "--where", "x < 900", "-o", "csv"]);
    assert_eq!(bars, "from,to,count\n0,500,500\n500,1000,400\n");
    assert_eq!(
        place.good(&["hist", "n", "word", "--bins", "2", "-o", "csv"]),
        "value,count\nw0,334\nw1,333\n"
    );
    let cells = json(&place, &["plot", "n", "x", "y"]);
    let counted: u64 = cells.as_array().unwrap().iter().map(|cell| cell["count"].as_u64().unwrap()).sum();
    assert_eq!(counted, 1000);
    let by = place.good(&["plot", "n", "x", "y", "--by", "word", "--line"]);
    assert_eq!(by.matches("mean of y by x, word").count(), 3, "{by}");
    assert!(by.chars().any(|c| ('\u{2801}'..='\u{28ff}').contains(&c)), "{by}");
    assert!(by.lines().all(|line| line.chars().count() <= 80), "{by}");
    let (error, code) = place.bad(&["plot", "n", "x", "word"]);
    assert!(error.contains("needs numbers or times") && code == 2, "{error}");
    let (error, code) = place.bad(&["profile", "n", "--columns", "z"]);
    assert!(error.contains("No column named z") && code == 1, "{error}");
}

#[test]
fn any_number_of_threads_tells_the_same_of_many_rows() {
    let place = Place::new();
    let rows: String = (0..300_000u64).map(|n| format!("{},{}\n", n * 7919 % 299_993, n % 100)).collect();
    place.write("many.csv", format!("n,m\n{rows}"));
    place.good(&["import", "many.csv", "many.colq"]);
    let one = place.good(&["profile", "many", "-o", "json", "--threads", "1"]);
    assert_eq!(one, place.good(&["profile", "many", "-o", "json", "--threads", "5", "--io", "read"]));
    let json: Value = serde_json::from_str(&one).unwrap();
    let distinct = json[0]["distinct"].as_f64().unwrap();
    assert!((distinct / 299_993.0 - 1.0).abs() < 0.07 && json[0]["distinct_exact"] == false, "{distinct}");
    let median = json[0]["quantiles"]["0.5"].as_f64().unwrap();
    assert!((median / 149_996.0 - 1.0).abs() < 0.005, "{median}");
    assert_eq!(
        (json[1]["distinct"].as_u64(), json[1]["frequent"][0]["count"].as_u64()),
        (Some(100), Some(3000))
    );
}
