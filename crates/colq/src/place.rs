//! What lies beside a path that is not there, for suggestions.

use colq_plan::suggest;
use std::path::{Path, PathBuf};

/// The path in the same folder that was probably meant.
pub(crate) fn like(path: &Path) -> Option<PathBuf> {
    let folder = path.parent().unwrap_or(Path::new(""));
    let shown = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let entries = std::fs::read_dir(shown).ok()?.flatten();
    let mut names: Vec<String> =
        entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    let best = suggest(&path.file_name()?.to_string_lossy(), &names)?;
    Some(folder.join(best))
}
