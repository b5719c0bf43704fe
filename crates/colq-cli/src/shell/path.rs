//! Files and folders for completing.

use colq::Format;
use std::path::Path;

/// Entries that are looked at in a folder: more are no help, and a folder of millions must not stop the typing.
const LOOKED_AT: usize = 10_000;

/// The names in a folder (`""` is this one) that begin so, sorted: folders end in `/`, but for tables. Of the others
/// those that are wanted. Hidden ones only when asked for.
pub(super) fn entries(folder: &str, prefix: &str, wanted: fn(&Path) -> bool) -> Vec<String> {
    let place = if folder.is_empty() { Path::new(".") } else { Path::new(folder) };
    let mut names = Vec::new();
    for entry in std::fs::read_dir(place).into_iter().flatten().flatten().take(LOOKED_AT) {
        let Ok(name) = entry.file_name().into_string() else { continue };
        // Nobody can type a name that the terminal would obey.
        if !name.starts_with(prefix)
            || name.starts_with('.') && prefix.is_empty()
            || name.contains(char::is_control)
        {
            continue;
        }
        let path = entry.path();
        if path.is_dir() && !is_table(&path) {
            names.push(name + "/");
        } else if wanted(&path) {
            names.push(name);
        }
    }
    names.sort();
    names
}

/// True for a table, and for a file that can be imported as its extension says.
pub(super) fn is_data(path: &Path) -> bool {
    is_table(path) || Format::from_path(path).is_some()
}

fn is_table(path: &Path) -> bool {
    path.extension().is_some_and(|e| e == "colq") && colq::is_table(path)
}
