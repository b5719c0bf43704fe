//! The commands that change which columns and versions a table has, and answers that become files and tables.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::expect_used,
    reason = "a test that cannot go on has failed"
)]

mod place;

use place::Place;
use std::fs;

#[test]
fn columns_are_added_dropped_and_renamed() {
    let place = Place::new();
    place.good(&["add-column", "tip_share = tip / fare", "trips.colq"]);
    assert_eq!(place.answer("select tip_share from trips"), "tip_share\n0.16\n\n0.1875\n");
    // The table may come first, and a name with spaces in quotes.
    place.good(&["add-column", "trips", "\"twice the fare\" = fare * 2 -- doubled"]);
    assert_eq!(place.answer("select \"twice the fare\" from trips limit 1"), "twice the fare\n25.0\n");
    place.good(&["add-column", "fare = fare + 1", "trips", "--replace"]);
    assert_eq!(place.answer("select fare from trips"), "fare\n13.5\n31.0\n9.0\n");
    place.good(&["rename-column", "tip_share", "share", "trips.colq"]);
    place.good(&["drop-column", "zone", "city", "trips.colq"]);
    let schema = place.good(&["schema", "trips.colq"]);
    let names: Vec<&str> = schema.lines().skip(1).filter_map(|l| l.split(',').next()).collect();
    assert_eq!(names, ["fare", "tip", "share", "twice the fare"]);
    fs::write(place.path("values.csv"), "anything\n1\n2\n3\n").unwrap();
    place.good(&["add-column", "number", "trips.colq", "--values", "values.csv"]);
    assert_eq!(place.answer("select sum(number) as n from trips"), "n\n6\n");
    place.good(&["verify", "trips.colq"]);
}

#[test]
fn a_column_that_does_not_fit_leaves_the_table_as_it_was() {
    let place = Place::new();
    let before = place.good(&["schema", "trips.colq"]);
    fs::write(place.path("short.csv"), "x\n1\n2\n").unwrap();
    for (arguments, part) in [
        (&["add-column", "fare = 1", "trips.colq"][..], "`fare`"),
        (&["add-column", "x = fair", "trips.colq"], "did you mean `fare`"),
        (&["add-column", "x = fare, tip", "trips.colq"], "2 columns"),
        (&["add-column", "x = count(*)", "trips.colq"], "1"),
        (&["add-column", "fare tip", "trips.colq"], "name = expression"),
        (&["add-column", "x", "trips.colq", "--values", "short.csv"], "3"),
        (&["drop-column", "fair", "trips.colq"], "fare"),
        (&["drop-column", "zone", "fare", "tip", "city", "trips.colq"], "only column"),
        (&["rename-column", "fare", "tip", "trips.colq"], "`tip`"),
        (&["drop-column", "fare", "nothing.colq"], "nothing.colq"),
    ] {
        let (error, code) = place.bad(arguments);
        assert_eq!(code, 1, "{error}");
        assert!(error.contains(part), "{part:?} is not in: {error}");
    }
    assert_eq!(place.good(&["schema", "trips.colq"]), before);
    assert_eq!(place.good(&["versions", "trips.colq"]).lines().count(), 2);
}

#[test]
fn versions_are_listed_and_vacuumed() {
    let place = Place::new();
    place.good(&["add-column", "x = fare", "trips.colq"]);
    place.good(&["drop-column", "x", "trips.colq"]);
    place.good(&["import", "trips.csv", "trips.colq", "--append"]);
    let versions = place.good(&["versions", "trips.colq"]);
    let lines: Vec<&str> = versions.lines().collect();
    assert!(lines[0].starts_with("version,rows,columns,bytes,committed"), "{versions}");
    assert_eq!(lines.len(), 5, "{versions}");
    assert!(place.path("trips.colq/columns/x.npy").exists());
    place.good(&["vacuum", "trips.colq", "--keep", "2"]);
    assert_eq!(place.good(&["versions", "trips"]).lines().count(), 3);
    place.good(&["vacuum", "trips"]);
    assert_eq!(place.good(&["versions", "trips"]).lines().count(), 2);
    assert!(!place.path("trips.colq/columns/x.npy").exists());
    assert_eq!(place.good(&["count", "trips"]), "6\n");
    place.good(&["verify", "trips"]);
}

#[test]
fn recovery_goes_back_to_the_newest_sound_version() {
    let place = Place::new();
    place.good(&["import", "trips.csv", "trips.colq", "--append"]);
    let newest = place.path("trips.colq/versions/00000002.json");
    let mut bytes = fs::read(&newest).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&newest, bytes).unwrap();
    let (error, code) = place.bad(&["count", "trips"]);
    assert_eq!(code, 3, "{error}");
    let (_, code) = place.bad(&["verify", "trips"]);
    assert_eq!(code, 3);
    place.good(&["verify", "--recover", "trips"]);
    assert_eq!(place.good(&["count", "trips"]), "3\n");
    place.good(&["import", "trips.csv", "trips.colq", "--append"]);
    assert_eq!(place.good(&["count", "trips"]), "6\n");
}

#[test]
fn an_answer_becomes_a_file_of_every_kind_and_comes_back() {
    let place = Place::new();
    let sql = "select city, fare, tip from trips where fare > 10";
    let expected = place.answer(sql);
    for name in ["out.colq", "out.csv", "out.tsv", "out.jsonl", "out.parquet", "out.arrow"] {
        assert_eq!(place.good(&["query", sql, "--out", name]), "");
        assert_eq!(place.answer(&format!("select * from '{name}'")), expected, "{name}");
    }
    place.good(&["query", "select fare from trips", "--out", "fare.npy"]);
    let sum = place.answer("select sum(fare) as s from 'fare.npy'");
    assert_eq!(sum.lines().nth(1), Some("50.5"), "{sum}");
    let (error, _) = place.bad(&["query", sql, "--out", "out.colq"]);
    assert!(error.contains("out.colq"), "{error}");
    let (error, _) = place.bad(&["query", sql, "--out", "out.xyz"]);
    assert!(error.contains("out.xyz"), "{error}");
}

#[test]
fn export_writes_a_table_or_an_answer_over_it() {
    let place = Place::new();
    place.good(&["export", "trips.colq", "all.csv"]);
    assert_eq!(fs::read_to_string(place.path("all.csv")).unwrap(), place.answer("select * from trips"));
    place.good(&[
        "export",
        "trips",
        "some.parquet",
        "--query",
        "select zone, sum(fare) as fares from this group by zone",
    ]);
    assert_eq!(place.answer("select * from 'some.parquet'"), "zone,fares\n1,20.5\n7,30.0\n");
    place.good(&["export", "trips", "plain", "--format", "jsonl"]);
    assert_eq!(fs::read_to_string(place.path("plain")).unwrap().lines().count(), 3);
    // A failed export leaves nothing behind.
    let (error, _) = place.bad(&["export", "trips", "bad.csv", "--query", "select 1 / (zone - 7) from this"]);
    assert!(error.contains("division by zero") || error.contains("zero"), "{error}");
    assert!(!place.path("bad.csv").exists());
}

#[test]
fn checked_reads_find_damage_that_plain_ones_do_not() {
    let place = Place::new();
    assert_eq!(
        place.good(&["query", "select sum(zone) as z from trips where fare > 10", "--io", "checked"]),
        "z\n8\n"
    );
    let path = place.path("trips.colq/columns/zone.npy");
    let mut bytes = fs::read(&path).unwrap();
    bytes[4096] = 2;
    fs::write(&path, bytes).unwrap();
    let sql = "select sum(zone) as z from trips where fare > 10";
    assert_eq!(place.good(&["query", sql, "--io", "read"]), "z\n9\n");
    let (error, code) = place.bad(&["query", sql, "--io", "checked"]);
    assert_eq!(code, 3, "{error}");
    assert!(error.contains("zone.npy"), "{error}");
}

#[test]
fn doctor_says_what_the_machine_offers() {
    let place = Place::new();
    let facts = place.good(&["doctor", "trips.colq"]);
    for fact in ["page size: ", "processor: ", "bandwidth: ", "file system: ", "file locks: ", "(memfd): "] {
        assert!(facts.contains(fact), "{fact} is not in:\n{facts}");
    }
}

/// `--types` was cut at every comma, so that no decimal and no vector could be declared: "there is no type decimal(5".
#[test]
fn types_with_commas_in_parentheses_can_be_declared() {
    let place = Place::new();
    fs::write(place.path("typed.csv"), "a,b,c\n1.25,1;2.5,7\n").unwrap();
    let types = "a=decimal(5,2),b=vector(f32, 2),c=u8";
    let schema = place.good(&["import", "--types", types, "--dry-run", "typed.csv", "typed.colq"]);
    for part in ["decimal(5,2)", "vector(f32,2)", "u8"] {
        assert!(schema.contains(part), "{schema}");
    }
    place.good(&["import", "typed.csv", "typed.colq", "--types", "a=decimal(5,2)", "--types", "c=u8"]);
    assert_eq!(place.answer("select a, c from typed"), "a,c\n1.25,7\n");
    let (error, _) = place.bad(&["import", "typed.csv", "x.colq", "--types", "a=decimal(99,2)"]);
    assert!(error.contains("no type decimal(99,2)"), "{error}");
}
