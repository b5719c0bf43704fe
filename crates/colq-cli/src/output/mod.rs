//! Answers on standard output, in the format that was asked for.

mod json;
mod markdown;
mod separated;
mod table;

use crate::args::{Color, OutputFormat};
use crate::failure::{Failure, is_colored};
use colq::Frame;
use std::io::{BufWriter, IsTerminal, Write};

/// Writes an answer: as a table on a terminal, as CSV into a pipe or file, or as asked.
pub(crate) fn write(frame: &Frame, format: Option<OutputFormat>, color: Color) -> Result<(), Failure> {
    let stdout = std::io::stdout().lock();
    let terminal = stdout.is_terminal();
    let format = format.unwrap_or(if terminal { OutputFormat::Table } else { OutputFormat::Csv });
    let mut out = BufWriter::with_capacity(1 << 16, stdout);
    match format {
        OutputFormat::Table => table::write(frame, is_colored(color, terminal), &mut out)?,
        OutputFormat::Csv => separated::write(frame, b',', &mut out)?,
        OutputFormat::Tsv => separated::write(frame, b'\t', &mut out)?,
        OutputFormat::Json => json::write(frame, json::Layout::Array, &mut out)?,
        OutputFormat::Jsonl => json::write(frame, json::Layout::Lines, &mut out)?,
        OutputFormat::Markdown => markdown::write(frame, &mut out)?,
    }
    Ok(out.flush()?)
}
