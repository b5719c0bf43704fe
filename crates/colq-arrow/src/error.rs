//! What can go wrong between columns and arrays.

/// Why an array cannot become a column, or a column an array.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No column type holds the values of this array.
    #[error("The Arrow type {found} has no column type in colq.")]
    UnsupportedType {
        /// The Arrow type in full.
        found: String,
    },
    /// A Date64 that is no midnight, or beyond the days that fit.
    #[error("Row {row} holds {milliseconds} ms, which is no whole day that a date can hold.")]
    NotADay {
        /// The row, from 0.
        row: usize,
        /// The value.
        milliseconds: i64,
    },
    /// A dictionary array points past its dictionary.
    #[error("Row {row} has the key {key} in a dictionary of {len} values.")]
    Key {
        /// The row, from 0.
        row: usize,
        /// The key.
        key: usize,
        /// Values in the dictionary.
        len: usize,
    },
    /// There are more distinct texts than codes can count, or the parts of a column do not fit each other.
    #[error("The column is not sound: {message}.")]
    Invalid {
        /// What is wrong.
        message: String,
    },
}
