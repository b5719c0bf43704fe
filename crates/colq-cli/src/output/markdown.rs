//! A Markdown table. NULL is an empty cell.

use colq::{Frame, Scalar};
use std::io::{Result, Write};

pub(crate) fn write(frame: &Frame, out: &mut dyn Write) -> Result<()> {
    let fields = frame.schema().fields();
    let line = |cells: Vec<String>| format!("| {} |", cells.join(" | "));
    writeln!(out, "{}", line(fields.iter().map(|f| cell(&f.name)).collect()))?;
    let rule = fields.iter().map(|f| if f.data_type.is_number() { "---:" } else { "---" }.to_owned());
    writeln!(out, "{}", line(rule.collect()))?;
    for row in frame.scalar_rows() {
        let cells = row.iter().map(|value| match value {
            Scalar::Null => String::new(),
            other => cell(&other.to_string()),
        });
        writeln!(out, "{}", line(cells.collect()))?;
    }
    Ok(())
}

fn cell(text: &str) -> String {
    text.replace('\\', "\\\\").replace('|', "\\|").replace('\n', " ")
}
