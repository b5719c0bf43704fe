//! What a query may do wrong while it runs, as the judge sees it. It knows no engine's own errors: whoever
//! judges an engine says which [`NaiveErrorKind`] each of them is.

use std::collections::BTreeSet;
use thiserror::Error;

/// The root cause of an error at run time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Error)]
pub enum NaiveErrorKind {
    /// An integer was divided by zero (`/` or `%`).
    #[error("an integer was divided by zero")]
    DivisionByZero,
    /// The exact result of integer arithmetic, a negation or a sum does not fit its type.
    #[error("an integer result does not fit its type")]
    Overflow,
    /// A value has no counterpart in the type it is cast to: too large, NaN, or text that does not read as one.
    #[error("a value cannot be cast to the type asked for")]
    InvalidCast,
    /// A function has no answer for a value it was given: no such day, a part of number zero, a pattern that ends in
    /// its escape or does not read as one.
    #[error("a function has no answer for a value that it was given")]
    InvalidArgument,
    /// A table of the plan was not given.
    #[error("the plan scans a table that was not given")]
    UnknownTable,
    /// The plan breaks a promise of `colq_plan`, such as an operand of another type than it says.
    #[error("the plan breaks a promise that binding makes")]
    MalformedPlan,
    /// An error of the engine under judgement that is none of the above. The reference engine never gives it.
    #[error("the engine failed with an error of its own")]
    Other,
}

/// A query that has no answer.
///
/// Several rows may fail for several reasons, and which of them an engine meets first is its own affair, so
/// an error holds all of them.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{kind} ({place})")]
pub struct NaiveError {
    /// The first cause, in the order of a row-at-a-time run.
    pub kind: NaiveErrorKind,
    /// Every cause that some row of this query gives, `kind` among them.
    pub all: BTreeSet<NaiveErrorKind>,
    /// The operator and the row of the first cause, for people.
    pub place: String,
}
