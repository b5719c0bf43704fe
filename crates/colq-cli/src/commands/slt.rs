//! `colq slt`: statements as JSON lines, for suites that drive a program and compare its answers.
//!
//! A line `{"sql": ".."}` is answered by one line: `{"result": [["1", null], ..]}` with the cells as text as CSV has
//! them, or `{"err": ".."}`. Small tables may be created and filled; they are gone at the end. Nothing ends it but the end
//! of its input.

use crate::failure::Failure;
use colq::{Scalar, Scratchpad, Session};
use serde_json::{Map, Value};
use std::io::{BufRead, Write};

pub(crate) fn run() -> Result<(), Failure> {
    let mut pad = Scratchpad::new(Session::new());
    let mut out = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        if line.trim().is_empty() {
            continue;
        }
        let (key, value) = match answer(&mut pad, &line) {
            Ok(rows) => ("result", Value::Array(rows)),
            Err(message) => ("err", Value::String(message)),
        };
        let object: Map<String, Value> = std::iter::once((key.to_owned(), value)).collect();
        writeln!(out, "{}", Value::Object(object))?;
        out.flush()?;
    }
    Ok(())
}

fn answer(pad: &mut Scratchpad, line: &str) -> Result<Vec<Value>, String> {
    let request: Value = serde_json::from_str(line).map_err(|e| format!("This line is no JSON: {e}."))?;
    let sql = request.get("sql").and_then(Value::as_str);
    let sql = sql.ok_or_else(|| "A line is an object with the text \"sql\".".to_owned())?;
    // Our own bugs must not end a suite either.
    let run = std::panic::AssertUnwindSafe(|| pad.run(sql));
    let frame = match std::panic::catch_unwind(run) {
        Ok(frame) => frame.map_err(|error| error.to_string())?,
        Err(_) => return Err("colq failed inside, which is a bug.".to_owned()),
    };
    if frame.schema().is_empty() {
        return Ok(Vec::new());
    }
    let cell = |value: Scalar| match value {
        Scalar::Null => Value::Null,
        value => Value::String(value.to_string()),
    };
    Ok(frame.scalar_rows().map(|row| Value::Array(row.into_iter().map(cell).collect())).collect())
}
