//! A table for people: numbers to the right, NULL told apart from empty text, as wide as the terminal.

use crate::failure::Failure;
use colq::{Frames, Scalar};
use comfy_table::{Attribute, Cell, CellAlignment, ContentArrangement, Table, presets};
use std::io::Write;

pub(crate) fn write(frames: Frames, colored: bool, out: &mut dyn Write) -> Result<u64, Failure> {
    let schema = frames.schema().clone();
    let fields = schema.fields();
    let mut row_count = 0;
    let mut table = Table::new();
    table.load_style(presets::UTF8_FULL_CONDENSED).set_content_arrangement(ContentArrangement::Dynamic);
    if colored {
        table.enforce_styling();
    } else {
        table.force_no_tty();
    }
    let bold = |cell: Cell| if colored { cell.add_attribute(Attribute::Bold) } else { cell };
    table.set_header(fields.iter().map(|f| bold(Cell::new(printable(&f.name)))));
    for frame in frames {
        let frame = frame?;
        for row in frame.scalar_rows() {
            table.add_row(row.iter().map(|value| match value {
                Scalar::Null if colored => Cell::new("NULL").add_attribute(Attribute::Dim),
                other => Cell::new(printable(&other.to_string())),
            }));
        }
        row_count += frame.row_count() as u64;
    }
    for (index, field) in fields.iter().enumerate() {
        if let (true, Some(column)) = (field.data_type.is_number(), table.column_mut(index)) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    writeln!(out, "{table}")?;
    writeln!(out, "{row_count} row{}", if row_count == 1 { "" } else { "s" })?;
    Ok(row_count)
}

/// Text without control characters, which could move the cursor or hide what follows.
fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}
