//! What can go wrong in a kernel. A kernel knows rows of one zone and nothing of tables or queries, so a row
//! here is a position in the view it was given; whoever knows more wraps the error and says more.

use colq_types::{DataType, decimal};
use thiserror::Error;

/// Arithmetic on integers and decimals that has no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ArithmeticError {
    /// The exact result does not fit the type.
    #[error("integer overflow: {left} {operator} {right} does not fit into {data_type}")]
    Overflow {
        /// Position in the view.
        row: usize,
        /// The left operand.
        left: i128,
        /// The operator's sign.
        operator: &'static str,
        /// The right operand.
        right: i128,
        /// The type that is too small.
        data_type: DataType,
    },
    /// An integer was divided by zero.
    #[error("division by zero: {left} {operator} 0")]
    DivisionByZero {
        /// Position in the view.
        row: usize,
        /// The left operand.
        left: i128,
        /// The operator's sign.
        operator: &'static str,
    },
    /// The result has too many digits.
    #[error(
        "decimal overflow: {} {operator} {} does not fit into 38 digits",
        decimal::format(*left, *left_scale),
        decimal::format(*right, *right_scale)
    )]
    DecimalOverflow {
        /// Position in the view.
        row: usize,
        /// The digits of the left operand.
        left: i128,
        /// How many of them stand after the point.
        left_scale: u8,
        /// The operator's sign.
        operator: &'static str,
        /// The digits of the right operand.
        right: i128,
        /// How many of them stand after the point.
        right_scale: u8,
    },
    /// A decimal was divided by zero.
    #[error("division by zero: {} {operator} 0", decimal::format(*left, *left_scale))]
    DecimalDivisionByZero {
        /// Position in the view.
        row: usize,
        /// The digits of the left operand.
        left: i128,
        /// How many of them stand after the point.
        left_scale: u8,
        /// The operator's sign.
        operator: &'static str,
    },
}

impl ArithmeticError {
    /// The position, in the view, of the first row that failed.
    pub fn row(&self) -> usize {
        match self {
            ArithmeticError::Overflow { row, .. }
            | ArithmeticError::DivisionByZero { row, .. }
            | ArithmeticError::DecimalOverflow { row, .. }
            | ArithmeticError::DecimalDivisionByZero { row, .. } => *row,
        }
    }

    /// True when a number was divided by zero.
    pub fn is_division_by_zero(&self) -> bool {
        matches!(self, ArithmeticError::DivisionByZero { .. } | ArithmeticError::DecimalDivisionByZero { .. })
    }
}

/// Why a kernel has no answer.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum Error {
    /// Arithmetic failed on an active row.
    #[error(transparent)]
    Arithmetic(#[from] ArithmeticError),
    /// A value has no counterpart in the type it is converted to.
    #[error("the {from} {value} does not fit into {to}")]
    OutOfRange {
        /// Position in the view.
        row: usize,
        /// The value as text.
        value: String,
        /// Its type.
        from: DataType,
        /// The type it should have become.
        to: DataType,
    },
    /// A text does not read as a value of the type it is converted to.
    #[error("the text {text:?} does not read as {to}")]
    Unreadable {
        /// Position in the view.
        row: usize,
        /// The text.
        text: String,
        /// The type it should have become.
        to: DataType,
    },
    /// There is no conversion between these types.
    #[error("a {from} cannot be converted to {to}")]
    NoConversion {
        /// The type at hand.
        from: DataType,
        /// The type asked for.
        to: DataType,
    },
    /// These two cannot be compared.
    #[error("a column of type {column} cannot be compared with {literal}")]
    NotComparable {
        /// The column's type.
        column: DataType,
        /// The literal and its type, or NULL.
        literal: String,
    },
    /// The kernel wants values of another layout.
    #[error("expected {expected}, found {found}")]
    WrongLayout {
        /// What the kernel takes.
        expected: &'static str,
        /// What it was given.
        found: &'static str,
    },
    /// Two inputs of one kernel differ in length.
    #[error("the inputs have {left} and {right} rows")]
    LengthMismatch {
        /// Rows of the first.
        left: usize,
        /// Rows of the second.
        right: usize,
    },
    /// A position lies past the last row.
    #[error("row {position} is past the end of {row_count} rows")]
    PositionPastEnd {
        /// The position.
        position: u32,
        /// Rows there are.
        row_count: usize,
    },
    /// A text code that its dictionary does not have: the column's file is damaged.
    #[error("text code {code} is not in the dictionary of {dictionary_len} values; the column is damaged")]
    CodePastDictionary {
        /// The largest code found.
        code: u32,
        /// Values in the dictionary.
        dictionary_len: usize,
    },
    /// A function has no answer in its type.
    #[error("{call} does not fit into {to}")]
    ResultOutOfRange {
        /// Position in the view.
        row: usize,
        /// The call with its values.
        call: String,
        /// The type of its answer.
        to: DataType,
    },
    /// A function was given a value that it does not take.
    #[error("{function} takes {takes}, not {found}")]
    Refused {
        /// Position in the view.
        row: usize,
        /// The function.
        function: &'static str,
        /// What it takes.
        takes: &'static str,
        /// The value, as text.
        found: String,
    },
    /// A pattern cannot be read.
    #[error("the {kind} {pattern:?} cannot be read: {problem}")]
    Pattern {
        /// Position in the view.
        row: usize,
        /// What kind of pattern it should be.
        kind: &'static str,
        /// The pattern.
        pattern: String,
        /// What is wrong with it, and where.
        problem: String,
    },
    /// A text, or all texts of a zone together, would be longer than can be held.
    #[error(
        "{function} gives {byte_len} bytes of text, which is more than the {limit} that can be held at once"
    )]
    TextTooLong {
        /// Position in the view.
        row: usize,
        /// The function.
        function: &'static str,
        /// How long the text would be.
        byte_len: u128,
        /// How long it may be.
        limit: u64,
    },
    /// A value lies outside the bounds that the column's zone records give: the column is damaged.
    #[error("a {data_type} value is outside the bounds of its zone record; the column is damaged")]
    PastKnownRange {
        /// The column's type.
        data_type: DataType,
    },
}

impl Error {
    /// The position, in the view, of the row that failed, where it is one.
    pub fn row(&self) -> Option<usize> {
        match self {
            Error::Arithmetic(error) => Some(error.row()),
            Error::OutOfRange { row, .. }
            | Error::Unreadable { row, .. }
            | Error::ResultOutOfRange { row, .. }
            | Error::Refused { row, .. }
            | Error::Pattern { row, .. }
            | Error::TextTooLong { row, .. } => Some(*row),
            _ => None,
        }
    }
}
