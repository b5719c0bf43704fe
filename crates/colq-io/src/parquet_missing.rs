//! Stands in for the Parquet reader in builds without it.

use crate::{BatchStream, Error, Format, ImportOptions};
use colq_context::Context;
use std::path::Path;

/// Refuses.
pub(crate) fn open(
    _path: &Path,
    _options: &ImportOptions,
    _context: &Context,
) -> Result<Box<dyn BatchStream>, Error> {
    Err(Error::NotBuilt { format: Format::Parquet })
}
