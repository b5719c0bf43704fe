//! Which table is meant by what was typed, for commands that change one.

use std::path::{Path, PathBuf};

/// The folder of a table by path, or by name without `.colq`.
pub(crate) fn of_table(typed: &Path) -> PathBuf {
    let mut named = typed.as_os_str().to_owned();
    named.push(".colq");
    let named = PathBuf::from(named);
    if !colq::is_table(typed) && named.is_dir() { named } else { typed.to_owned() }
}

/// The table among words of which it is the last, or the first where only that one is a table; and the others.
pub(crate) fn among(words: &[String]) -> (PathBuf, &[String]) {
    let is_table = |word: &String| colq::is_table(of_table(Path::new(word)));
    match words {
        [first, others @ ..] if is_table(first) && !others.last().is_some_and(is_table) => {
            (of_table(Path::new(first)), others)
        }
        [others @ .., last] => (of_table(Path::new(last)), others),
        [] => (PathBuf::new(), &[]),
    }
}
