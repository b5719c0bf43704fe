//! Answers on standard output or into a file, in the format that was asked for. Rows are written while later ones are
//! computed.

mod cell;
mod json;
mod layout;
mod look;
mod markdown;
mod npy;
mod table;
mod tame;
mod vertical;

pub(crate) use cell::{cut, printable, width};
pub(crate) use look::Look;
pub(crate) use table::{counted, grouped};

use crate::args::{Color, OutputArgs, OutputFormat};
use crate::failure::{Failure, is_colored};
use crate::interrupt;
use colq::{Batch, BatchColumn, DataType, Field, Format, Frame, Frames, Scalar, Schema, TimeUnit};
use std::io::{BufWriter, IsTerminal, Write};
use std::path::Path;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};
use tame::Tame;

/// Bytes that are written at a time.
const BUFFER_LEN: usize = 1 << 16;

/// Facts as an answer: columns of these names, types and values.
pub(crate) fn frame(columns: Vec<(&str, DataType, Vec<Scalar>)>) -> Frame {
    let schema: Schema = columns.iter().map(|(name, data_type, _)| Field::new(*name, *data_type)).collect();
    let columns = columns.iter().map(|(_, data_type, values)| BatchColumn::from_scalars(*data_type, values));
    // Only columns of unequal lengths have no batch.
    Frame::from(Batch::new(Arc::new(schema), columns.collect()).unwrap_or_else(|| Batch::of_rows(0)))
}

/// A count as a value.
pub(crate) fn count(number: u64) -> Scalar {
    Scalar::I64(i64::try_from(number).unwrap_or(i64::MAX))
}

/// A moment as a value, to the second.
pub(crate) fn moment(time: SystemTime) -> Scalar {
    let since = time.duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs());
    Scalar::Timestamp(i64::try_from(since).unwrap_or(i64::MAX), TimeUnit::Second)
}

/// Writes an answer that is there already.
pub(crate) fn write(frame: &Frame, args: &OutputArgs, color: Color) -> Result<(), Failure> {
    write_frames(Frames::from(frame.clone()), args, color).map(|_| ())
}

/// Writes an answer: to the file that was named, else as a table on a terminal, as CSV into a pipe or file, or as
/// asked. Gives the number of its rows.
pub(crate) fn write_frames(frames: Frames, args: &OutputArgs, color: Color) -> Result<u64, Failure> {
    if let Some(path) = &args.out {
        return to_file(frames, path, args.output.and_then(format_of));
    }
    let stdout = std::io::stdout();
    let terminal = stdout.is_terminal();
    let format = args.output.unwrap_or(if terminal { OutputFormat::Table } else { OutputFormat::Csv });
    if terminal && matches!(format, OutputFormat::Parquet | OutputFormat::Arrow | OutputFormat::Npy) {
        return Err(Failure::Usage {
            message: "These are bytes for programs, and stdout is a terminal.".into(),
            hint: "write them to a file with --out FILE, or send stdout to a file or a pipe".into(),
        });
    }
    if format == OutputFormat::Npy {
        return npy::write(frames, &mut stdout.lock());
    }
    if let Some(format) = format_of(format) {
        if terminal && is_text(format) {
            return frames.export_to(Box::new(Tame::new(BufWriter::new(stdout))), format).map_err(Into::into);
        }
        // The writer may hand its bytes on from another thread, which a lock would not allow.
        return frames
            .export_to(Box::new(BufWriter::with_capacity(BUFFER_LEN, stdout)), format)
            .map_err(Into::into);
    }
    let mut out = BufWriter::with_capacity(BUFFER_LEN, stdout.lock());
    let row_count = match format {
        OutputFormat::Json if terminal => json::write(frames, &mut Tame::new(&mut out))?,
        OutputFormat::Json => json::write(frames, &mut out)?,
        OutputFormat::Markdown if terminal => markdown::write(frames, &mut Tame::new(&mut out))?,
        OutputFormat::Markdown => markdown::write(frames, &mut out)?,
        _ => table::write(frames, Look::of_stdout(is_colored(color, terminal), terminal), &mut out)?,
    };
    out.flush()?;
    Ok(row_count)
}

/// How answers look in the shell, where nobody wants binary files on the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    Table,
    Vertical,
    Json,
    Markdown,
    /// As a file of this format.
    File(Format),
}

/// Writes rows in a mode, and gives their number. What is not for people (all but tables) is the same whatever the
/// look, but for what a terminal would obey.
pub(crate) fn write_mode(
    frames: Frames,
    mode: Mode,
    look: Look,
    mut out: impl Write + Send + 'static,
) -> Result<u64, Failure> {
    match mode {
        Mode::Table => table::write_rows(frames, look, &mut out),
        Mode::Vertical => vertical::write(frames, look, &mut out),
        Mode::Json if look.terminal => json::write(frames, &mut Tame::new(out)),
        Mode::Json => json::write(frames, &mut out),
        Mode::Markdown if look.terminal => markdown::write(frames, &mut Tame::new(out)),
        Mode::Markdown => markdown::write(frames, &mut out),
        Mode::File(format) if look.terminal && is_text(format) => {
            frames.export_to(Box::new(Tame::new(out)), format).map_err(Into::into)
        }
        Mode::File(format) => frames.export_to(Box::new(out), format).map_err(Into::into),
    }
}

/// Writes an answer to a file, or to a new table where the name ends so, and gives the number of its rows.
pub(crate) fn to_file(frames: Frames, path: &Path, format: Option<Format>) -> Result<u64, Failure> {
    let is_table = path.extension().is_some_and(|e| e.eq_ignore_ascii_case("colq"));
    let write =
        || if is_table && format.is_none() { frames.write(path) } else { frames.export(path, format) };
    let row_count = interrupt::while_writing(write)?;
    interrupt::is_done();
    Ok(row_count)
}

/// True for formats that people can read.
fn is_text(format: Format) -> bool {
    matches!(format, Format::Csv | Format::Tsv | Format::JsonLines)
}

/// The kind of file that has this format; `None` for those that only a reader of the screen knows.
fn format_of(format: OutputFormat) -> Option<Format> {
    Some(match format {
        OutputFormat::Csv => Format::Csv,
        OutputFormat::Tsv => Format::Tsv,
        OutputFormat::Jsonl => Format::JsonLines,
        OutputFormat::Parquet => Format::Parquet,
        OutputFormat::Arrow => Format::Arrow,
        OutputFormat::Npy => Format::Npy,
        OutputFormat::Table | OutputFormat::Json | OutputFormat::Markdown => return None,
    })
}
