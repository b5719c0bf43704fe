//! Stands in for Arrow files in builds without them.

use crate::export::{Encoder, Sink};
use crate::{BatchStream, Error, Format, ImportOptions};
use colq_context::Context;
use colq_types::Schema;
use std::path::Path;

/// Refuses.
pub(crate) fn open(
    _path: &Path,
    _options: &ImportOptions,
    _context: &Context,
) -> Result<Box<dyn BatchStream>, Error> {
    Err(Error::NotBuilt { format: Format::Arrow })
}

/// Refuses.
pub(crate) fn encoder(
    _path: &Path,
    _out: Sink,
    _schema: &Schema,
    format: Format,
) -> Result<Box<dyn Encoder>, Error> {
    Err(Error::NotBuilt { format })
}
