//! What can go wrong while a plan runs. Knows the place in the query and the row, not the file.

use colq_column::SourceError;
use colq_context::{Cancelled, OverBudget};
use colq_plan::Span;

/// Why a plan has no answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A value of this row cannot be computed.
    #[error("Row {row}: {source}.")]
    Row {
        /// The row in its table, from 0.
        row: u64,
        /// The place in the SQL text.
        span: Option<Span>,
        /// What is wrong.
        source: colq_kernels::Error,
    },
    /// An integer sum does not fit the type of its answer.
    #[error("The sum {sum} does not fit into {data_type}.")]
    SumOverflow {
        /// The exact sum.
        sum: i128,
        /// The type of the answer.
        data_type: colq_types::DataType,
        /// The place in the SQL text.
        span: Option<Span>,
    },
    /// A sum or a mean of decimals has more digits than a decimal.
    #[error("The answer of {function} does not fit into {data_type}.")]
    DecimalTotalOverflow {
        /// The aggregate.
        function: &'static str,
        /// The type of the answer.
        data_type: colq_types::DataType,
        /// The place in the SQL text.
        span: Option<Span>,
    },
    /// The table could not be read.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The work was asked to stop.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// The answer or what is kept on the way to it needs more memory than allowed.
    #[error("{0} Select fewer rows or columns, write the answer to a table, or raise the limit.")]
    OverBudget(#[from] OverBudget),
    /// What does not fit in memory could not be written to the scratch folder, or read from it.
    #[error(
        "The scratch folder {} failed: {source}. Free some space there, or set COLQ_TEMP to another folder.",
        folder.display()
    )]
    Scratch {
        /// The folder.
        folder: std::path::PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// More rows than a result in memory can number.
    #[error(
        "The result has more than 4294967295 rows, which is more than can be held in memory at once. Write it to a table, or add a LIMIT."
    )]
    TooManyRows,
    /// The plan names a table that was not given.
    #[error("No table named {name} was given to the execution.")]
    UnknownTable {
        /// The name in the plan.
        name: String,
    },
    /// The threads could not be started.
    #[error("The thread pool could not be started: {reason}.")]
    Threads {
        /// What the system said.
        reason: String,
    },
    /// A fault of colq itself.
    #[error("Internal error: {0}. This is a fault of colq, please report it.")]
    Internal(String),
}

impl Error {
    /// The place in the SQL text, where there is one.
    pub fn span(&self) -> Option<Span> {
        match self {
            Error::Row { span, .. }
            | Error::SumOverflow { span, .. }
            | Error::DecimalTotalOverflow { span, .. } => *span,
            _ => None,
        }
    }
}
