//! A Markdown table. NULL is an empty cell.

use crate::failure::Failure;
use colq::{Frames, Scalar};
use std::io::Write;

pub(crate) fn write(frames: Frames, out: &mut dyn Write) -> Result<u64, Failure> {
    let schema = frames.schema().clone();
    let fields = schema.fields();
    let mut row_count = 0;
    let line = |cells: Vec<String>| format!("| {} |", cells.join(" | "));
    writeln!(out, "{}", line(fields.iter().map(|f| cell(&f.name)).collect()))?;
    let rule = fields.iter().map(|f| if f.data_type.is_number() { "---:" } else { "---" }.to_owned());
    writeln!(out, "{}", line(rule.collect()))?;
    for frame in frames {
        let frame = frame?;
        for row in frame.scalar_rows() {
            let cells = row.iter().map(|value| match value {
                Scalar::Null => String::new(),
                other => cell(&other.to_string()),
            });
            writeln!(out, "{}", line(cells.collect()))?;
        }
        row_count += frame.row_count() as u64;
    }
    Ok(row_count)
}

fn cell(text: &str) -> String {
    text.replace('\\', "\\\\").replace('|', "\\|").replace('\n', " ")
}
