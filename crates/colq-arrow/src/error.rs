//! What can go wrong between columns and arrays.

/// Why an array cannot become a column, or a column an array.
#[derive(Debug, thiserror::Error)]
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
        key: i128,
        /// Values in the dictionary.
        len: usize,
    },
    /// A decimal has more digits than its type says.
    #[error("Row {row} holds {value}, which has more than the {precision} digits of its type.")]
    Digits {
        /// The row, from 0.
        row: usize,
        /// The value with its point.
        value: String,
        /// Digits in all that the type allows.
        precision: u8,
    },
    /// A vector has a null among its numbers.
    #[error("Row {row} is a list with a null in it, and the numbers of a vector are never null.")]
    NullInVector {
        /// The row, from 0.
        row: usize,
    },
    /// A column cannot be given as this Arrow type.
    #[error("A column of type {found} cannot be given as the Arrow type {wanted}.")]
    Cast {
        /// The type of the column.
        found: String,
        /// The Arrow type.
        wanted: String,
    },
    /// There are more texts than codes can count, or the parts of a column do not fit each other.
    #[error("The column is not sound: {message}.")]
    Invalid {
        /// What is wrong.
        message: String,
    },
    /// The other side of a stream failed.
    #[error("The Arrow stream failed: {message}.")]
    Stream {
        /// What it said.
        message: String,
    },
}

/// The error of parts that do not fit.
pub(crate) fn invalid(error: impl ToString) -> Error {
    Error::Invalid { message: error.to_string().trim_end_matches('.').to_owned() }
}
