//! The language, statement by statement: the files of `tests/slt` on colq, in this process.
//!
//! The same files run on DuckDB and DataFusion (`tests/slt/second_engine.py`), so that no answer is colq's alone.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

use colq::{Scalar, Scratchpad, Session};
use sqllogictest::{DB, DBOutput, DefaultColumnType, Runner};
use std::path::{Path, PathBuf};

/// colq as the runner of suites sees it.
struct Colq(Scratchpad);

impl DB for Colq {
    type Error = colq::Error;
    type ColumnType = DefaultColumnType;

    fn run(&mut self, sql: &str) -> Result<DBOutput<DefaultColumnType>, colq::Error> {
        let frame = self.0.run(sql)?;
        if frame.schema().is_empty() {
            return Ok(DBOutput::StatementComplete(0));
        }
        let types = vec![DefaultColumnType::Any; frame.schema().len()];
        let rows = frame.scalar_rows().map(|row| row.iter().map(cell).collect()).collect();
        Ok(DBOutput::Rows { types, rows })
    }

    fn engine_name(&self) -> &str {
        "colq"
    }
}

/// A value as the files write it.
fn cell(value: &Scalar) -> String {
    match value {
        Scalar::Text(text) if text.is_empty() => "(empty)".into(),
        value => value.to_string(),
    }
}

fn files() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/slt");
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> = entries.filter(|p| p.extension().is_some_and(|e| e == "slt")).collect();
    files.sort();
    files
}

#[test]
fn every_file_gives_what_it_says() {
    let files = files();
    assert!(files.len() >= 10, "the files were not found");
    let mut wrong = Vec::new();
    for file in files {
        let mut runner = Runner::new(|| async { Ok(Colq(Scratchpad::new(Session::new()))) });
        let records = sqllogictest::parse_file(&file).unwrap();
        let mut count = 0;
        for record in records {
            count += 1;
            if let Err(error) = runner.run(record) {
                wrong.push(error.display(false).to_string());
            }
        }
        assert!(count > 3, "{} holds nothing", file.display());
    }
    assert!(wrong.is_empty(), "{} records differ:\n{}", wrong.len(), wrong.join("\n\n"));
}

#[test]
fn a_wrong_answer_is_noticed() {
    let mut runner = Runner::new(|| async { Ok(Colq(Scratchpad::new(Session::new()))) });
    assert!(runner.run_script("query I\nSELECT 1 + 1\n----\n2\n").is_ok());
    assert!(runner.run_script("query I\nSELECT 1 + 1\n----\n3\n").is_err());
    assert!(runner.run_script("statement error No column\nSELECT x\n").is_ok());
    assert!(runner.run_script("statement ok\nSELECT x\n").is_err());
}
