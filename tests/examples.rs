//! Runs the examples, which `cargo test` has built, and expects them to succeed.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::expect_used,
    reason = "a test that cannot go on has failed"
)]

use std::path::PathBuf;
use std::process::Command;

fn run(name: &str) -> String {
    // Tests lie in target/<profile>/deps, examples beside it.
    let mut path = PathBuf::from(std::env::current_exe().unwrap().parent().unwrap().parent().unwrap());
    path.push("examples");
    path.push(name);
    let output = Command::new(&path).output().unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn query_answers_over_real_flights() {
    let output = run("query");
    assert!(output.contains("rows imported"), "{output}");
    assert_eq!(output.lines().count(), 4, "{output}");
}

#[test]
fn mapped_column_looks_at_a_slice() {
    assert!(run("mapped_column").contains("the longest flight is 4983 miles"));
}

#[test]
fn append_keeps_the_early_reader() {
    assert!(run("append").contains("the early reader still sees 2 rows, the late one 3"));
}

#[test]
fn rows_go_in_and_come_out() {
    let output = run("rows");
    assert!(output.contains("harbour: 67 dear trips, tip Some(1.5)"), "{output}");
}

#[test]
fn private_map_leaves_the_table_as_it_is() {
    assert_eq!(run("private_map"), "100000 fares are 15.0 here, and 10.0 in the table\n");
}

#[test]
fn mutable_column_is_written_by_two_processes() {
    assert_eq!(run("mutable_column"), "two processes wrote 10000 losses; version 2 holds a copy of them\n");
}

#[test]
fn shared_buffer_reaches_a_second_process() {
    let output = run("shared_buffer");
    let expected = "both processes add 1000000 numbers up to 500000500000\n";
    assert!(output == expected || output.contains("no sealed files in memory"), "{output}");
}

#[test]
fn checked_reads_find_the_damage() {
    let output = run("checked_reads");
    assert!(
        output.starts_with("meter.colq/columns/watts.npy (column `watts`, zone 1) is damaged"),
        "{output}"
    );
}
