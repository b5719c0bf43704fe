//! Answers on standard output or into a file, in the format that was asked for. Rows are written while later ones are
//! computed.

mod json;
mod markdown;
mod npy;
mod table;

use crate::args::{Color, OutputArgs, OutputFormat};
use crate::failure::{Failure, is_colored};
use crate::interrupt;
use colq::{Batch, BatchColumn, DataType, Field, Format, Frame, Frames, Scalar, Schema, TimeUnit};
use std::io::{BufWriter, IsTerminal, Write};
use std::path::Path;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

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
        // The writer may hand its bytes on from another thread, which a lock would not allow.
        return frames
            .export_to(Box::new(BufWriter::with_capacity(BUFFER_LEN, stdout)), format)
            .map_err(Into::into);
    }
    let mut out = BufWriter::with_capacity(BUFFER_LEN, stdout.lock());
    let row_count = match format {
        OutputFormat::Json => json::write(frames, &mut out)?,
        OutputFormat::Markdown => markdown::write(frames, &mut out)?,
        _ => table::write(frames, is_colored(color, terminal), &mut out)?,
    };
    out.flush()?;
    Ok(row_count)
}

/// Writes an answer to a file, or to a new table where the name ends so, and gives the number of its rows.
pub(crate) fn to_file(frames: Frames, path: &Path, format: Option<Format>) -> Result<u64, Failure> {
    let is_table = path.extension().is_some_and(|e| e.eq_ignore_ascii_case("colq"));
    let write =
        || if is_table && format.is_none() { frames.write(path) } else { frames.export(path, format) };
    Ok(interrupt::while_writing(write)?)
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
