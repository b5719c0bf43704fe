//! A table for people: numbers to the right, NULL told apart from empty text, as wide as the terminal.
//!
//! Rows are laid out in pages, so that an answer of any length is written with the memory of one: a page is at least as
//! wide as the one before, and wider where its values are.

use crate::failure::Failure;
use colq::{Field, Frames, Scalar};
use comfy_table::{
    Attribute, Cell, CellAlignment, ColumnConstraint, ContentArrangement, Table, Width, presets,
};
use std::io::Write;

/// Rows that are laid out together. A row of ten columns takes about ten kilobytes meanwhile.
const PAGE_ROWS: usize = 2_000;

pub(crate) fn write(frames: Frames, colored: bool, out: &mut dyn Write) -> Result<u64, Failure> {
    let schema = frames.schema().clone();
    let mut pages = Pages { fields: schema.fields(), colored, closing: None };
    let mut row_count: u64 = 0;
    let mut page = pages.start();
    for frame in frames {
        for row in frame?.scalar_rows() {
            if row_count > 0 && row_count.is_multiple_of(PAGE_ROWS as u64) {
                pages.end(page, out)?;
                page = pages.start();
            }
            page.add_row(row.iter().map(|value| match value {
                Scalar::Null if colored => Cell::new("NULL").add_attribute(Attribute::Dim),
                other => Cell::new(printable(&other.to_string())),
            }));
            row_count += 1;
        }
    }
    pages.end(page, out)?;
    writeln!(out, "{}", pages.closing.unwrap_or_default())?;
    writeln!(out, "{row_count} row{}", if row_count == 1 { "" } else { "s" })?;
    Ok(row_count)
}

/// The pages of one table, which look like one.
struct Pages<'a> {
    fields: &'a [Field],
    colored: bool,
    /// The line below the last page, which tells its widths; `None` before the first.
    closing: Option<String>,
}

impl Pages<'_> {
    fn start(&self) -> Table {
        let mut table = Table::new();
        table.load_style(presets::UTF8_FULL_CONDENSED).set_content_arrangement(ContentArrangement::Dynamic);
        if self.colored {
            table.enforce_styling();
        } else {
            table.force_no_tty();
        }
        if self.closing.is_none() {
            let bold = |cell: Cell| if self.colored { cell.add_attribute(Attribute::Bold) } else { cell };
            table.set_header(self.fields.iter().map(|f| bold(Cell::new(printable(&f.name)))));
        }
        table
    }

    /// Writes a page without the line that closes the table, and later ones without the one that opens it.
    fn end(&mut self, mut page: Table, out: &mut dyn Write) -> Result<(), Failure> {
        let widths = self.closing.as_deref().map(widths).unwrap_or_default();
        for (index, field) in self.fields.iter().enumerate() {
            let Some(column) = page.column_mut(index) else { continue };
            if field.data_type.is_number() {
                column.set_cell_alignment(CellAlignment::Right);
            }
            if let Some(width) = widths.get(index) {
                column.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(*width)));
            }
        }
        let text = page.to_string();
        let (above, closing) = text.rsplit_once('\n').unwrap_or(("", &text));
        let rows = match &self.closing {
            None => above,
            Some(_) => above.split_once('\n').map_or("", |(_opening, rows)| rows),
        };
        writeln!(out, "{rows}")?;
        self.closing = Some(closing.to_owned());
        Ok(())
    }
}

/// How wide columns are between the corners of this line.
fn widths(line: &str) -> Vec<u16> {
    let between = |c: char| c != '─';
    let columns = line.trim_matches(between).split(between);
    columns.map(|column| u16::try_from(column.chars().count()).unwrap_or(u16::MAX)).collect()
}

/// Text without control characters, which could move the cursor or hide what follows.
fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}
