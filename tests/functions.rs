//! The examples of the reference: each function and aggregate gives what docs/SQL.md says it gives.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

use colq::Session;
use colq_plan::{AGGREGATE_ROWS, AGGREGATES, FUNCTIONS};

fn answer(sql: &str) -> String {
    match Session::new().sql(sql) {
        Ok(frame) => frame.scalar(0, 0).to_string(),
        Err(error) => format!("error: {error}"),
    }
}

#[test]
fn every_example_of_a_function_gives_what_it_says() {
    let entries: Vec<_> = FUNCTIONS.iter().copied().flatten().collect();
    assert!(entries.len() > 60);
    let wrong: Vec<String> = entries
        .into_iter()
        .map(|entry| (entry.example, answer(&format!("SELECT {}", entry.example.0))))
        .filter(|((_, wanted), found)| wanted != found)
        .map(|((example, wanted), found)| format!("{example} gives {found}, and the reference says {wanted}"))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_example_of_an_aggregate_gives_what_it_says() {
    let wrong: Vec<String> = AGGREGATES
        .iter()
        .map(|entry| (entry.example, answer(&format!("SELECT {} FROM {AGGREGATE_ROWS}", entry.example.0))))
        .filter(|((_, wanted), found)| wanted != found)
        .map(|((example, wanted), found)| format!("{example} gives {found}, and the reference says {wanted}"))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
