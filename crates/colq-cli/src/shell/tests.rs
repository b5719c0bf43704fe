//! What Tab offers, and what a key costs on a table of a thousand columns.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use super::complete::suggestions;
use super::highlight::Highlight;
use super::names::Names;
use colq::{DataType, Field, Schema};
use reedline::Highlighter;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

fn names() -> Names {
    let mut names = Names::new();
    let schema =
        |columns: &[&str]| columns.iter().map(|name| Field::new(*name, DataType::F64)).collect::<Schema>();
    names.add_open("trips", &schema(&["fare", "Fare Total", "tip", "zone", "order"]));
    names.add_open("other", &schema(&["fabric"]));
    names
}

/// What is offered where `|` stands.
fn offered(names: &mut Names, typed: &str) -> Vec<String> {
    let pos = typed.find('|').unwrap();
    let line = typed.replacen('|', "", 1);
    suggestions(names, &line, pos).into_iter().map(|s| s.value).collect()
}

#[test]
fn columns_are_those_of_the_tables_after_from_wherever_it_stands() {
    let mut names = names();
    for (typed, expected) in [
        ("SELECT fa| FROM trips", &["fare", "\"Fare Total\"", "false"][..]),
        ("SELECT fa| FROM other", &["fabric", "false"]),
        ("SELECT FA|", &["\"Fare Total\"", "fabric", "fare", "FALSE"]),
        ("SELECT 1 FROM other; SELECT zo| FROM trips; SELECT 2 FROM other", &["zone", "zone"]),
        ("SELECT \"fab| FROM trips", &["\"fabric\""]),
        ("SELECT 1 FROM trips WHERE \"fa|", &["\"fare\"", "\"Fare Total\""]),
        ("SELECT trips.t| FROM trips", &["tip"]),
        ("SELECT ord| FROM trips", &["\"order\"", "order"]),
        ("SELECT 'fa|' FROM trips", &[]),
        ("SELECT 1 -- fa|", &[]),
        ("SELECT 1 FROM tr|", &["trips"]),
        ("SELECT 1 FROM trips, ot|", &["other"]),
        ("sel|", &["select"]),
        (".schema tri|", &["trips"]),
        (".mode t|", &["table", "tsv"]),
        (".last a|", &["all"]),
        ("\\ti|", &["\\timing"]),
        (".explain SELECT fab|", &["fabric"]),
        (".explain an|", &["analyze"]),
        (".explain analyze s|", &["select"]),
        ("EXPLAIN A|", &["ANALYZE"]),
        ("SELECT 1 FROM trips WHERE il|", &["ilike"]),
        ("SELECT 1 FROM trips WHERE ILI|", &["ILIKE"]),
        ("SELECT quantile_c|", &["quantile_cont("]),
        ("SELECT date_t|", &["date_trunc("]),
    ] {
        assert_eq!(offered(&mut names, typed), expected, "{typed}");
    }
}

/// Typing must not be felt: colouring and completing together take less than 5 ms a key, a budget that this test
/// holds unoptimised and on a busy machine.
#[test]
fn a_key_costs_little_on_a_thousand_columns() {
    let fields = (0..1000).map(|n| Field::new(format!("measurement_{:03}_{n}", n * 7 % 1000), DataType::F64));
    let mut names = Names::new();
    names.add_open("wide", &fields.collect());
    let names = Arc::new(Mutex::new(names));
    let highlight = Highlight::new(names.clone());
    let sql = "SELECT measurement_007_1, sum(measurement_021_3) FROM wide WHERE measurement_035_5 > 1 AND m";
    let mut keys: Vec<Duration> = (1..=sql.len())
        .map(|len| {
            let start = Instant::now();
            let styled = highlight.highlight(&sql[..len], len);
            let found = suggestions(&mut names.lock().unwrap(), &sql[..len], len);
            assert!(len < sql.len() || found.len() >= 1000 && styled.buffer.len() > 20);
            start.elapsed()
        })
        .collect();
    keys.sort();
    let (middle, most) = (keys[keys.len() / 2], keys[keys.len() - 1]);
    println!("a key on 1,000 columns: {middle:?} in the middle, {most:?} at most");
    assert!(middle < Duration::from_millis(5), "{middle:?}");
}
