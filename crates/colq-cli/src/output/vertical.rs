//! Rows one below the other, a line for each value: for wide rows and narrow terminals.

use super::cell;
use super::look::{Look, NULL, text_of};
use crate::failure::Failure;
use colq::{Field, Frames};
use std::io::Write;

/// Writes all rows with all of their texts, and gives their number.
pub(crate) fn write(frames: Frames, look: Look, out: &mut dyn Write) -> Result<u64, Failure> {
    let schema = frames.schema().clone();
    let mut row_count = 0;
    for frame in frames {
        for row in frame?.scalar_rows() {
            row_count += 1;
            let texts: Vec<Option<String>> = row.iter().map(|value| text_of(value, None)).collect();
            write_row(schema.fields(), &texts, row_count, look, None, out)?;
        }
    }
    Ok(row_count)
}

/// Writes one row under a line with its number. Names and values are cut to lines of `columns`, where that is said.
pub(crate) fn write_row(
    fields: &[Field],
    row: &[Option<String>],
    number: u64,
    look: Look,
    columns: Option<usize>,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    let names: Vec<String> = fields.iter().map(|f| cell::printable(&f.name)).collect();
    // Names take at most half of the line, so that values are seen.
    let most = columns.map_or(usize::MAX, |columns| (columns / 2).saturating_sub(3).max(1));
    let width = names.iter().map(|name| cell::width(name)).max().unwrap_or(0).min(most);
    let title = format!("─ row {number} ");
    let line = "─".repeat(look.columns.unwrap_or(40).min(40).saturating_sub(cell::width(&title)));
    writeln!(out, "{}", look.dim(&format!("{title}{line}")))?;
    let room = columns.map_or(usize::MAX, |columns| columns.saturating_sub(width + 3));
    for (name, value) in names.iter().zip(row) {
        let name = cell::cut(name, width);
        let space = " ".repeat(width.saturating_sub(cell::width(&name)));
        let value = match value {
            Some(text) => cell::cut(text, room),
            None => look.dim(&cell::cut(NULL, room)),
        };
        writeln!(out, "{space}{} │ {value}", look.bold(&name))?;
    }
    Ok(())
}
