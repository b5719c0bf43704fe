//! Where things lie in a table directory, and which version is the newest. Knows no contents.

use crate::{Error, Result};
use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The paths of one table directory.
#[derive(Debug, Clone)]
pub(crate) struct Layout {
    root: PathBuf,
}

impl Layout {
    pub(crate) fn new(root: &Path) -> Layout {
        Layout { root: root.to_owned() }
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    pub(crate) fn lock(&self) -> PathBuf {
        self.root.join("LOCK")
    }

    pub(crate) fn versions(&self) -> PathBuf {
        self.root.join("versions")
    }

    pub(crate) fn columns(&self) -> PathBuf {
        self.root.join("columns")
    }

    /// Columns of state, outside versions.
    pub(crate) fn state(&self) -> PathBuf {
        self.root.join("state")
    }

    /// `name` must be a plain file name, as every checked version has them.
    pub(crate) fn column_file(&self, name: &str) -> PathBuf {
        self.root.join("columns").join(name)
    }

    pub(crate) fn version_file(&self, version: u64) -> PathBuf {
        self.root.join("versions").join(format!("{version:08}.json"))
    }

    /// The name under which a version file is written before it counts. The process id keeps two writers
    /// apart where the lock does not work.
    pub(crate) fn temporary_version(&self, version: u64) -> PathBuf {
        self.root.join("versions").join(format!(".{version:08}.{}.tmp", std::process::id()))
    }

    /// The folder in which the table directory itself lies.
    pub(crate) fn parent(&self) -> &Path {
        match self.root.parent() {
            Some(parent) if parent != Path::new("") => parent,
            _ => Path::new("."),
        }
    }

    /// Fails unless this looks like a table directory: a folder with the real folders `versions` and
    /// `columns`. A link in their place could lead out of the table and is refused.
    pub(crate) fn check(&self) -> Result<()> {
        let not_a_table = |what: String| Error::NotATable { path: self.root.clone(), what };
        match fs::metadata(&self.root) {
            Ok(metadata) if metadata.is_dir() => {}
            Ok(_) => return Err(not_a_table("it is a file, and a table is a folder".into())),
            Err(e) if e.kind() == io::ErrorKind::NotFound => {
                return Err(Error::NotFound { path: self.root.clone() });
            }
            Err(e) => return Err(Error::io("look at", &self.root)(e)),
        }
        for (name, path) in [("versions", self.versions()), ("columns", self.columns())] {
            match fs::symlink_metadata(&path) {
                Ok(metadata) if metadata.is_dir() => {}
                Ok(_) => return Err(not_a_table(format!("`{name}` in it is not a folder"))),
                Err(e) if e.kind() == io::ErrorKind::NotFound => {
                    return Err(not_a_table(format!("the folder `{name}` is missing")));
                }
                Err(e) => return Err(Error::io("look at", &path)(e)),
            }
        }
        Ok(())
    }

    /// The highest version number among the version files; `None` without any.
    pub(crate) fn newest(&self) -> Result<Option<u64>> {
        Ok(self.version_numbers()?.last().copied())
    }

    /// The numbers of all version files, the highest last.
    pub(crate) fn version_numbers(&self) -> Result<Vec<u64>> {
        let versions = self.versions();
        let mut numbers = Vec::new();
        for entry in fs::read_dir(&versions).map_err(Error::io("list", &versions))? {
            let entry = entry.map_err(Error::io("list", &versions))?;
            numbers.extend(version_number(&entry.file_name()));
        }
        numbers.sort_unstable();
        Ok(numbers)
    }
}

/// The number in a version file's name; `None` for every other name.
fn version_number(name: &OsStr) -> Option<u64> {
    let digits = name.to_str()?.strip_suffix(".json")?;
    let number: u64 = digits.parse().ok()?;
    // One spelling a number: no sign, no zeros beyond eight digits.
    (number > 0 && digits == format!("{number:08}")).then_some(number)
}

/// True when the path holds a table directory: a folder with the folders `versions` and `columns` and at
/// least one version file. Whether it can be opened is another question.
pub fn is_table(path: impl AsRef<Path>) -> bool {
    let layout = Layout::new(path.as_ref());
    layout.check().is_ok() && matches!(layout.newest(), Ok(Some(_)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_one_spelling_of_a_version_counts() {
        let number = |name: &str| version_number(OsStr::new(name));
        assert_eq!(number("00000007.json"), Some(7));
        assert_eq!(number("123456789.json"), Some(123_456_789));
        for other in
            ["7.json", "+0000007.json", "000000007.json", "00000000.json", ".00000007.1.tmp", "x.json"]
        {
            assert_eq!(number(other), None, "{other}");
        }
    }
}
