//! CSV and TSV, by the crate's own writer.

use colq::{CsvWriter, Frame};
use std::io::{Result, Write};

pub(crate) fn write(frame: &Frame, delimiter: u8, out: &mut dyn Write) -> Result<()> {
    let mut writer = CsvWriter::new(out, delimiter, true);
    writer.write_header(frame.schema())?;
    writer.write(frame.as_batch())?;
    writer.finish().map(|_| ())
}
