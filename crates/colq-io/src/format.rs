//! The kinds of file that can be read and written, and how a name tells them. It does not look into files.

use std::fmt;
use std::path::Path;

/// A kind of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// Comma-separated values, RFC 4180.
    Csv,
    /// The same with tabs; quotes work as in CSV.
    Tsv,
    /// A JSON object a line.
    JsonLines,
    /// Apache Parquet with flat columns.
    Parquet,
    /// Arrow IPC in its file format (Feather version 2); when read, also in its stream format.
    Arrow,
    /// Arrow IPC in its stream format; when read, also in its file format.
    ArrowStream,
    /// A NumPy array.
    Npy,
}

impl Format {
    /// Every kind, for listings.
    pub const ALL: [Format; 7] = [
        Format::Csv,
        Format::Tsv,
        Format::JsonLines,
        Format::Parquet,
        Format::Arrow,
        Format::ArrowStream,
        Format::Npy,
    ];

    /// The names of every kind, in a sentence.
    pub(crate) fn names() -> String {
        let names = Format::ALL.map(Format::name);
        names.split_last().map_or_else(String::new, |(last, rest)| format!("{} or {last}", rest.join(", ")))
    }

    /// The feature of the crate that brings it.
    pub(crate) const fn feature(self) -> &'static str {
        match self {
            Format::Arrow | Format::ArrowStream => "arrow",
            other => other.name(),
        }
    }

    /// The kind that a path's extension tells, in any case; `None` for another extension or none.
    ///
    /// ```
    /// use colq_io::Format;
    /// assert_eq!(Format::from_path("flights.CSV".as_ref()), Some(Format::Csv));
    /// assert_eq!(Format::from_path("flights".as_ref()), None);
    /// ```
    pub fn from_path(path: &Path) -> Option<Format> {
        Format::from_name(path.extension()?.to_str()?)
    }

    /// The kind of a name such as `csv`, in any case; and other usual names: `tab`, `ndjson`,
    /// `parq`, `feather`, `ipc`.
    pub fn from_name(name: &str) -> Option<Format> {
        match name.to_ascii_lowercase().as_str() {
            "csv" => Some(Format::Csv),
            "tsv" | "tab" => Some(Format::Tsv),
            "jsonl" | "ndjson" => Some(Format::JsonLines),
            "parquet" | "parq" => Some(Format::Parquet),
            "arrow" | "feather" | "ipc" => Some(Format::Arrow),
            "arrows" => Some(Format::ArrowStream),
            "npy" => Some(Format::Npy),
            _ => None,
        }
    }

    /// The short name: `csv`, `tsv`, `jsonl`, `parquet`, `arrow`, `arrows` or `npy`.
    pub const fn name(self) -> &'static str {
        match self {
            Format::Csv => "csv",
            Format::Tsv => "tsv",
            Format::JsonLines => "jsonl",
            Format::Parquet => "parquet",
            Format::Arrow => "arrow",
            Format::ArrowStream => "arrows",
            Format::Npy => "npy",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_read_back() {
        for format in Format::ALL {
            assert_eq!(Format::from_name(&format.to_string()), Some(format));
        }
        assert_eq!(Format::from_path("a.b/c.tab".as_ref()), Some(Format::Tsv));
        assert_eq!(Format::from_path("csv".as_ref()), None);
        assert_eq!(Format::from_path("table.colq".as_ref()), None);
    }
}
