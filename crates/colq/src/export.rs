//! Answers into files of other kinds.

use crate::stream::transfer;
use crate::{Format, Frame, Frames, Result};
use colq_io::{BatchWriter, ExportOptions, create_writer, stream_writer};
use std::io::Write;
use std::path::Path;

impl Frames {
    /// Writes what is left of the rows to a file, of the kind that its extension tells where none is given, and gives
    /// their number. It holds a few batches in memory. What stood at the path is replaced when all rows are written, and
    /// stays when something fails.
    ///
    /// # Errors
    /// No kind of file has the extension; the kind cannot hold the columns; what computing or writing the rows can fail
    /// with.
    pub fn export(self, path: impl AsRef<Path>, format: Option<Format>) -> Result<u64> {
        self.export_with(path, format, &ExportOptions::default())
    }

    /// The same with options for the kind of file.
    ///
    /// # Errors
    /// As [`Frames::export`].
    pub fn export_with(
        self,
        path: impl AsRef<Path>,
        format: Option<Format>,
        options: &ExportOptions,
    ) -> Result<u64> {
        let path = path.as_ref();
        let known = || crate::error::Kind::UnknownFormat { path: path.to_owned() };
        let format = format.or_else(|| Format::from_path(path)).ok_or_else(known)?;
        let writer = create_writer(path, format, self.schema(), options)?;
        self.write_with(writer)
    }

    /// Writes what is left of the rows into anything that takes bytes, and gives their number. Arrow goes in its
    /// stream format; NPY, whose beginning tells the number of rows, needs a file.
    ///
    /// # Errors
    /// As [`Frames::export`].
    pub fn export_to(self, out: Box<dyn Write + Send>, format: Format) -> Result<u64> {
        let writer = stream_writer(out, format, self.schema(), &ExportOptions::default())?;
        self.write_with(writer)
    }

    fn write_with(self, mut writer: Box<dyn BatchWriter>) -> Result<u64> {
        let mut row_count = 0;
        transfer(self, |frame: Frame| {
            row_count += frame.row_count() as u64;
            Ok(writer.write(frame.as_batch())?)
        })?;
        writer.finish()?;
        Ok(row_count)
    }
}
