//! What can be wrong with bytes. The place they come from is the caller's to add.

/// What is wrong with some bytes of a table.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FormatError {
    /// The bytes are not framed as a version file is.
    #[error("it does not have the frame of a version file: {what} (at byte {offset})")]
    Frame {
        /// Which part of the frame is wrong.
        what: &'static str,
        /// Where it starts.
        offset: usize,
    },
    /// The body of a version file does not have the checksum that stands before it.
    #[error("its body has the checksum {found:016x}, and {expected:016x} was written down")]
    Checksum {
        /// What was written down.
        expected: u64,
        /// What the bytes give.
        found: u64,
    },
    /// A later program wrote this.
    #[error(
        "it was written by a newer colq: its format is {found}, and this build reads formats up to {known}"
    )]
    NewerFormat {
        /// The file's format.
        found: u64,
        /// The newest format that this build knows.
        known: u32,
    },
    /// The file uses a feature without which it cannot be understood.
    #[error("it needs the feature `{name}`, which this build of colq does not have")]
    RequiredFeature {
        /// The feature.
        name: String,
    },
    /// The column has a type that the format knows and this build does not.
    #[error("column `{column}` has the type {type_name}, which this build of colq does not support yet")]
    UnsupportedType {
        /// The column.
        column: String,
        /// The type's name in the format.
        type_name: String,
    },
    /// The body is not the JSON it should be.
    #[error("its body cannot be read: {message}")]
    Json {
        /// What the JSON reader says, with line and column.
        message: String,
    },
    /// A value is out of its bounds or contradicts another.
    #[error("{what} is {found}, and should be {expected}")]
    Field {
        /// Which value, with its column.
        what: String,
        /// What it should be.
        expected: String,
        /// What it is.
        found: String,
    },
    /// A NumPy header differs from the one that belongs there.
    #[error("its NumPy header is wrong at byte {offset}: {what}")]
    Header {
        /// What differs.
        what: &'static str,
        /// The first byte that differs.
        offset: usize,
    },
    /// A zone record does not have the hash that stands at its end.
    #[error("the record of zone {zone} has the hash {found:016x}, and {expected:016x} was written down")]
    RecordHash {
        /// The zone.
        zone: u64,
        /// What was written down.
        expected: u64,
        /// What the bytes give.
        found: u64,
    },
    /// A zone record counts more rows than a zone has.
    #[error("the record of zone {zone} counts {found} rows that are null or NaN, more than a zone has")]
    RecordCounts {
        /// The zone.
        zone: u64,
        /// Nulls and NaN together.
        found: u64,
    },
}

impl FormatError {
    pub(crate) fn field(
        what: impl Into<String>,
        expected: impl ToString,
        found: impl ToString,
    ) -> FormatError {
        FormatError::Field { what: what.into(), expected: expected.to_string(), found: found.to_string() }
    }

    /// True when the bytes may be sound and this build cannot read them.
    pub fn is_unsupported(&self) -> bool {
        matches!(
            self,
            FormatError::NewerFormat { .. }
                | FormatError::RequiredFeature { .. }
                | FormatError::UnsupportedType { .. }
        )
    }
}
