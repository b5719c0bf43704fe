//! A table for people: numbers to the right, NULL told apart from empty text, no wider than the terminal.
//!
//! Rows are laid out in pages, so that an answer of any length is written with the memory of one. On a terminal the
//! first page decides how wide the columns are; elsewhere a later page is at least as wide as the one before, and wider
//! where its values are.

use super::layout::Layout;
use super::look::{Look, NULL, text_of};
use super::{cell, vertical};
use crate::failure::Failure;
use colq::{DataType, Field, Frames, Scalar};
use std::io::Write;

/// Rows that are laid out together. A row of ten columns takes about a kilobyte meanwhile.
const PAGE_ROWS: usize = 2_000;

/// Writes all rows and a line that counts them, and gives their number.
pub(crate) fn write(frames: Frames, look: Look, out: &mut dyn Write) -> Result<u64, Failure> {
    let row_count = write_rows(frames, look, out)?;
    writeln!(out, "{}", look.dim(&counted(row_count, "row")))?;
    Ok(row_count)
}

/// Writes all rows, and gives their number.
pub(crate) fn write_rows(frames: Frames, look: Look, out: &mut dyn Write) -> Result<u64, Failure> {
    let schema = frames.schema().clone();
    let mut table = Table::new(schema.fields(), look);
    for frame in frames {
        for row in frame?.scalar_rows() {
            table.push(&row, out)?;
        }
    }
    table.end(out)
}

/// `1 row`, `2 rows`, `12,345 rows`.
pub(crate) fn counted(count: u64, noun: &str) -> String {
    format!("{} {noun}{}", grouped(count), if count == 1 { "" } else { "s" })
}

/// A number with commas between its thousands.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3 + 1);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A table that is being written.
pub(crate) struct Table<'a> {
    fields: &'a [Field],
    look: Look,
    /// Rows that are not laid out yet; `None` is NULL.
    page: Vec<Vec<Option<String>>>,
    /// What the pages before looked like.
    layout: Option<Layout>,
    /// True when the terminal is too narrow, and rows are written one value below the other.
    vertical: bool,
    row_count: u64,
}

impl<'a> Table<'a> {
    pub(crate) fn new(fields: &'a [Field], look: Look) -> Table<'a> {
        Table { fields, look, page: Vec::new(), layout: None, vertical: false, row_count: 0 }
    }

    /// Takes a row, and writes those before it when they are many.
    pub(crate) fn push(&mut self, row: &[Scalar], out: &mut dyn Write) -> Result<(), Failure> {
        self.page.push(row.iter().map(|value| text_of(value, self.look.columns)).collect());
        if self.page.len() >= PAGE_ROWS { self.end_page(out) } else { Ok(()) }
    }

    /// Writes what is left, and gives the number of rows.
    pub(crate) fn end(mut self, out: &mut dyn Write) -> Result<u64, Failure> {
        if !self.page.is_empty() || self.layout.is_none() && !self.vertical {
            self.end_page(out)?;
        }
        if let Some(layout) = &self.layout {
            writeln!(out, "{}", rule(layout, ['└', '─', '┴', '┘']))?;
            if layout.elided > 0 {
                let more = format!("{CUT} {}", counted(layout.elided as u64, "more column"), CUT = cell::CUT);
                writeln!(out, "{}", self.look.dim(&more))?;
            }
        }
        Ok(self.row_count)
    }

    fn end_page(&mut self, out: &mut dyn Write) -> Result<(), Failure> {
        let page = std::mem::take(&mut self.page);
        if self.layout.is_none() && !self.vertical {
            self.start(&page, out)?;
        }
        match &mut self.layout {
            None => {
                for row in &page {
                    self.row_count += 1;
                    vertical::write_row(self.fields, row, self.row_count, self.look, self.look.columns, out)?;
                }
                return Ok(());
            }
            Some(layout) if self.look.columns.is_none() => {
                for (width, natural) in layout.widths.iter_mut().zip(natural_widths(self.fields, &page)) {
                    *width = (*width).max(natural);
                }
            }
            Some(_) => {}
        }
        self.row_count += page.len() as u64;
        let Some(layout) = &self.layout else { return Ok(()) };
        for row in &page {
            writeln!(out, "{}", self.line(layout, row))?;
        }
        Ok(())
    }

    /// Decides how the table looks and writes its head.
    fn start(&mut self, page: &[Vec<Option<String>>], out: &mut dyn Write) -> Result<(), Failure> {
        let natural = natural_widths(self.fields, page);
        let mut rigid = value_widths(self.fields, page);
        for (width, field) in rigid.iter_mut().zip(self.fields) {
            // Half a number or half a date is another one; of a text or a vector the start is told as such.
            let may_be_cut = field.data_type == DataType::Text || field.data_type.is_vector();
            *width = if may_be_cut { 0 } else { *width };
        }
        let layout = match self.look.columns {
            None => Some(Layout::whole(natural)),
            Some(columns) => Layout::fit(&natural, &rigid, columns),
        };
        let Some(layout) = layout else {
            self.vertical = true;
            return Ok(());
        };
        writeln!(out, "{}", rule(&layout, ['┌', '─', '┬', '┐']))?;
        writeln!(out, "{}", self.head(&layout))?;
        writeln!(out, "{}", rule(&layout, ['╞', '═', '╪', '╡']))?;
        self.layout = Some(layout);
        Ok(())
    }

    fn head(&self, layout: &Layout) -> String {
        self.cells(layout, |index, width| {
            let name = cell::cut(&cell::printable(&self.fields[index].name), width);
            (cell::width(&name), self.look.bold(&name))
        })
    }

    fn line(&self, layout: &Layout, row: &[Option<String>]) -> String {
        self.cells(layout, |index, width| match row.get(index) {
            Some(Some(text)) => {
                let text = cell::cut(text, width);
                (cell::width(&text), text)
            }
            _ => {
                let text = cell::cut(NULL, width);
                (cell::width(&text), self.look.dim(&text))
            }
        })
    }

    /// A line of cells; the function gives a cell's width and text.
    fn cells(&self, layout: &Layout, text: impl Fn(usize, usize) -> (usize, String)) -> String {
        let mut line = String::from("│");
        let mut widths = layout.widths.iter();
        for (place, column) in layout.order().enumerate() {
            if place > 0 {
                line.push('┆');
            }
            let Some(index) = column else {
                line.push_str(&format!(" {} ", cell::CUT));
                continue;
            };
            let width = widths.next().copied().unwrap_or(0);
            let (taken, text) = text(index, width);
            let space = " ".repeat(width.saturating_sub(taken));
            let (before, after) = if self.fields[index].data_type.is_number() {
                (space, String::new())
            } else {
                (String::new(), space)
            };
            line.push_str(&format!(" {before}{text}{after} "));
        }
        line.push('│');
        line
    }
}

/// A line between rows: its left end, what it is made of, its crossings, its right end.
fn rule(layout: &Layout, [left, line, crossing, right]: [char; 4]) -> String {
    let mut widths = layout.widths.iter();
    let mut text = String::from(left);
    for (place, column) in layout.order().enumerate() {
        if place > 0 {
            text.push(crossing);
        }
        let width = if column.is_some() { widths.next().copied().unwrap_or(0) } else { 1 };
        text.extend(std::iter::repeat_n(line, width + 2));
    }
    text.push(right);
    text
}

/// The columns of a terminal that each column needs to be shown whole.
fn natural_widths(fields: &[Field], page: &[Vec<Option<String>>]) -> Vec<usize> {
    let names = fields.iter().map(|f| cell::width(&cell::printable(&f.name)));
    names.zip(value_widths(fields, page)).map(|(name, value)| name.max(value)).collect()
}

/// The columns of a terminal that the values of each column need.
fn value_widths(fields: &[Field], page: &[Vec<Option<String>>]) -> Vec<usize> {
    let mut widths = vec![0; fields.len()];
    for row in page {
        for (width, text) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell::width(text.as_deref().unwrap_or(NULL)));
        }
    }
    widths
}
