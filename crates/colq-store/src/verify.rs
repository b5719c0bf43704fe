//! Reading a whole table and naming everything that is not as it was committed.

mod column;
mod text;
mod zones;

use crate::layout::Layout;
use crate::pin::Pin;
use crate::{Error, Result};
use colq_context::Context;
use colq_format::Version;
use std::fmt;
use std::path::{Path, PathBuf};

/// What a verification found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// The version that was read; `None` where its own file is damaged.
    pub version: Option<u64>,
    /// Rows of that version.
    pub row_count: u64,
    /// Columns of that version.
    pub column_count: usize,
    /// Committed bytes of all its files, the version file left out.
    pub byte_count: u64,
    /// Everything that is damaged; empty for a sound table.
    pub findings: Vec<Finding>,
}

/// One thing that is damaged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The file.
    pub file: PathBuf,
    /// The column that it belongs to; `None` for the version file.
    pub column: Option<String>,
    /// The zone, where the damage is in one.
    pub zone: Option<u64>,
    /// What is wrong, as a sentence.
    pub what: String,
}

impl Report {
    /// True when nothing is damaged.
    pub fn is_sound(&self) -> bool {
        self.findings.is_empty()
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file.display())?;
        match (&self.column, self.zone) {
            (Some(column), Some(zone)) => write!(f, " (column `{column}`, zone {zone})")?,
            (Some(column), None) => write!(f, " (column `{column}`)")?,
            _ => {}
        }
        write!(f, ": {}", self.what)
    }
}

/// Reads every committed byte of the newest version and checks it: the version file, lengths, NumPy headers,
/// zone records, every hash, every summary against its values, validity, dictionaries, and what bools, codes
/// and null slots may hold. Nothing is mapped and nothing changed.
///
/// Damage is in the report, not an error.
///
/// # Errors
/// There is no table or no version, the version is of a newer format, or the system refuses.
pub fn verify(path: impl AsRef<Path>) -> Result<Report> {
    verify_with(path, &Context::new())
}

/// [`verify`] that can be cancelled and tells its progress in bytes.
///
/// # Errors
/// As for [`verify`], and [`Error::Cancelled`].
pub fn verify_with(path: impl AsRef<Path>, context: &Context) -> Result<Report> {
    let layout = Layout::new(path.as_ref());
    let pin = match Pin::newest(&layout) {
        Ok(pin) => pin,
        Err(error) if error.is_corrupt() => {
            return Ok(Report { findings: vec![finding(error, layout.root())?], ..Report::default() });
        }
        Err(error) => return Err(error),
    };
    let version = &pin.version;
    let byte_count = version.columns.iter().flat_map(|c| c.files()).map(|(_, byte_len)| byte_len).sum();
    context.set_total(byte_count);
    let mut report = Report {
        version: Some(version.version),
        row_count: version.row_count,
        column_count: version.columns.len(),
        byte_count,
        findings: Vec::new(),
    };
    for entry in &version.columns {
        column::verify(&layout, entry, version.row_count, true, context, &mut report.findings)?;
    }
    Ok(report)
}

/// What is damaged in the columns of any version. Headers are not looked at: those of a version that was
/// followed by others may say more rows than it has.
pub(crate) fn verify_columns(layout: &Layout, version: &Version, context: &Context) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for entry in &version.columns {
        column::verify(layout, entry, version.row_count, false, context, &mut findings)?;
    }
    Ok(findings)
}

/// An error about damage as a finding; other errors stay errors.
fn finding(error: Error, default_path: &Path) -> Result<Finding> {
    Ok(match error {
        Error::Corrupt { path, column, zone, what, expected, found } => {
            Finding { file: path, column, zone, what: format!("{what} is {found}, and should be {expected}") }
        }
        Error::Format { path, source } if !source.is_unsupported() => {
            Finding { file: path, column: None, zone: None, what: source.to_string() }
        }
        Error::Changed { path, what } => Finding { file: path, column: None, zone: None, what },
        // A block that the disk cannot give back is damage too, and so is a link or a folder in a file's place.
        Error::Io { path, operation: operation @ ("read" | "open"), source } if path != default_path => {
            Finding {
                file: path,
                column: None,
                zone: None,
                what: format!("could not {operation} it: {source}"),
            }
        }
        other => return Err(other),
    })
}
