//! What the caller may say about a file that is read. It knows nothing of how files are read.

use crate::Format;
use colq_types::DataType;
use std::fmt::Write as _;
use std::hash::{Hash, Hasher};

/// What becomes of a cell that cannot be read, or of a row of the wrong length.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum OnError {
    /// The first one ends the import with an error.
    #[default]
    Fail,
    /// A bad cell becomes NULL; missing cells are NULL, surplus ones are dropped. All are counted.
    Null,
    /// The row is left out. All are counted.
    Skip,
}

impl OnError {
    /// Reads `fail`, `null` or `skip`.
    pub fn from_name(name: &str) -> Option<OnError> {
        match name {
            "fail" => Some(OnError::Fail),
            "null" => Some(OnError::Null),
            "skip" => Some(OnError::Skip),
            _ => None,
        }
    }

    /// `fail`, `null` or `skip`.
    pub const fn name(self) -> &'static str {
        match self {
            OnError::Fail => "fail",
            OnError::Null => "null",
            OnError::Skip => "skip",
        }
    }
}

/// When the text columns of a table that is made of the file are dictionaries. The batches are the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Dictionaries {
    /// Where values repeat.
    #[default]
    Auto,
    /// In any case.
    Always,
    /// Never: each row has its own text.
    Never,
}

impl Dictionaries {
    /// Reads `auto`, `always` or `never`.
    pub fn from_name(name: &str) -> Option<Dictionaries> {
        match name {
            "auto" => Some(Dictionaries::Auto),
            "always" => Some(Dictionaries::Always),
            "never" => Some(Dictionaries::Never),
            _ => None,
        }
    }

    /// `auto`, `always` or `never`.
    pub const fn name(self) -> &'static str {
        match self {
            Dictionaries::Auto => "auto",
            Dictionaries::Always => "always",
            Dictionaries::Never => "never",
        }
    }
}

/// How a file is to be read. [`ImportOptions::default`] infers everything.
///
/// Two options are equal, and hash alike, when they give the same table: `threads` does not count.
#[derive(Debug, Clone)]
pub struct ImportOptions {
    /// The kind of file; `None` goes by the extension.
    pub format: Option<Format>,
    /// The byte between cells of CSV; `None` is a comma, or a tab for TSV.
    pub delimiter: Option<u8>,
    /// True (the default) when the first row of CSV names the columns. Without it they are `column1`,
    /// `column2` and so on.
    pub header: bool,
    /// Texts that stand for NULL in every column of CSV, also where they are quoted. An empty cell without
    /// quotes is NULL in any case.
    pub nulls: Vec<String>,
    /// Types that are declared and so not inferred, by column name.
    pub types: Vec<(String, DataType)>,
    /// The columns to read, in this order; `None` reads all.
    pub columns: Option<Vec<String>>,
    /// What becomes of bad cells.
    pub on_error: OnError,
    /// When text is kept in dictionaries.
    pub dictionaries: Dictionaries,
    /// Threads to read with; 0 is one for each core.
    pub threads: usize,
}

impl Default for ImportOptions {
    fn default() -> ImportOptions {
        ImportOptions {
            format: None,
            delimiter: None,
            header: true,
            nulls: Vec::new(),
            types: Vec::new(),
            columns: None,
            on_error: OnError::Fail,
            dictionaries: Dictionaries::Auto,
            threads: 0,
        }
    }
}

impl ImportOptions {
    /// One line of text that tells these options from all others: the same in every run and on every
    /// machine, so that a cache of imported files can be keyed by it.
    ///
    /// ```
    /// let options = colq_io::ImportOptions::default();
    /// assert_eq!(options.key(), "header=true;on_error=fail");
    /// ```
    pub fn key(&self) -> String {
        let mut key = String::new();
        // Writing to a String cannot fail. Texts are written in their debug form, which escapes quotes.
        if let Some(format) = self.format {
            let _ = write!(key, "format={format};");
        }
        if let Some(delimiter) = self.delimiter {
            let _ = write!(key, "delimiter={delimiter};");
        }
        let _ = write!(key, "header={};", self.header);
        for null in &self.nulls {
            let _ = write!(key, "null={null:?};");
        }
        for (name, data_type) in &self.types {
            let _ = write!(key, "type={name:?}:{data_type};");
        }
        for name in self.columns.iter().flatten() {
            let _ = write!(key, "column={name:?};");
        }
        if self.columns.as_ref().is_some_and(Vec::is_empty) {
            key.push_str("columns=none;");
        }
        if self.dictionaries != Dictionaries::Auto {
            let _ = write!(key, "dictionaries={};", self.dictionaries.name());
        }
        let _ = write!(key, "on_error={}", self.on_error.name());
        key
    }
}

impl PartialEq for ImportOptions {
    fn eq(&self, other: &ImportOptions) -> bool {
        self.key() == other.key()
    }
}

impl Eq for ImportOptions {}

impl Hash for ImportOptions {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.key().hash(state);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_but_the_threads_is_in_the_key() {
        let plain = ImportOptions::default();
        let list = |names: &[&str]| names.iter().map(|n| (*n).to_owned()).collect::<Vec<_>>();
        let others = [
            ImportOptions { format: Some(Format::Csv), ..plain.clone() },
            ImportOptions { delimiter: Some(b';'), ..plain.clone() },
            ImportOptions { header: false, ..plain.clone() },
            ImportOptions { nulls: list(&["a", "b"]), ..plain.clone() },
            ImportOptions { nulls: list(&["a\";null=\"b"]), ..plain.clone() },
            ImportOptions { types: vec![("a".to_owned(), DataType::F32)], ..plain.clone() },
            ImportOptions { columns: Some(list(&["a"])), ..plain.clone() },
            ImportOptions { columns: Some(Vec::new()), ..plain.clone() },
            ImportOptions { on_error: OnError::Skip, ..plain.clone() },
            ImportOptions { dictionaries: Dictionaries::Never, ..plain.clone() },
        ];
        for (i, one) in others.iter().enumerate() {
            assert_ne!(*one, plain, "{i}");
            for two in &others[i + 1..] {
                assert_ne!(one, two);
            }
        }
        assert_eq!(ImportOptions { threads: 7, ..plain.clone() }, plain);
    }

    #[test]
    fn ways_to_treat_errors_are_read_back() {
        for way in [OnError::Fail, OnError::Null, OnError::Skip] {
            assert_eq!(OnError::from_name(way.name()), Some(way));
        }
        assert_eq!(OnError::from_name("ignore"), None);
        for way in [Dictionaries::Auto, Dictionaries::Always, Dictionaries::Never] {
            assert_eq!(Dictionaries::from_name(way.name()), Some(way));
        }
    }
}
