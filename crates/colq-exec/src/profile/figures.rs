//! What is told of a column. Knows nothing of how it was found.

use colq_types::{DataType, Scalar};

/// Figures of one column. Minimum, maximum, mean, deviation, quantiles and the histogram are of the values that are
/// neither NULL nor NaN.
#[derive(Debug, Clone, PartialEq)]
pub struct ColumnProfile {
    /// The column's name.
    pub name: String,
    /// Its type.
    pub data_type: DataType,
    /// Rows of the table.
    pub row_count: u64,
    /// Of those, NULL.
    pub null_count: u64,
    /// Of those, NaN; of vectors, rows with a NaN among their numbers.
    pub nan_count: u64,
    /// Distinct values, NULL and NaN not counted; `None` of vectors.
    pub distinct: Option<Distinct>,
    /// The smallest value in the column's type (text by bytes); NULL where there is none, and of vectors.
    pub min: Scalar,
    /// The largest value.
    pub max: Scalar,
    /// The mean of numbers; of a bool the share of true.
    pub mean: Option<f64>,
    /// The standard deviation of numbers, as of a sample; `None` for fewer than two values.
    pub stddev: Option<f64>,
    /// The values of the quantiles 0.05, 0.25, 0.5, 0.75 and 0.95 at the nearest rank, each with its share; empty for
    /// text, bools and vectors. They are within 0.4 % of the value, or within 1/32,768 of the range if that is closer;
    /// exact where `is_sampled` is false for few rows or integers of a small range.
    pub quantiles: Vec<(f64, Scalar)>,
    /// The most frequent values, the most frequent first, ties by their order.
    pub frequent: Vec<Frequent>,
    /// True where `frequent` was found in a fixed sample of the rows and its counts are scaled up.
    pub is_sampled: bool,
    /// How many values lie in each of some intervals; `None` for text, vectors and where there is no finite value.
    pub intervals: Option<Intervals>,
    /// How long the texts are; `None` for other types and without a text.
    pub lengths: Option<TextLengths>,
}

/// A number of distinct values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Distinct {
    /// How many.
    pub count: u64,
    /// False where it is an estimate with a standard error of 1.6 %.
    pub is_exact: bool,
}

/// A value and how often it occurs.
#[derive(Debug, Clone, PartialEq)]
pub struct Frequent {
    /// The value.
    pub value: Scalar,
    /// Rows that hold it.
    pub count: u64,
}

/// A histogram: `counts[i]` values are at least `edges[i]` and below `edges[i + 1]`; the last interval holds its upper
/// edge too. Infinities are in none.
#[derive(Debug, Clone, PartialEq)]
pub struct Intervals {
    /// One more than there are counts.
    pub edges: Vec<Scalar>,
    /// Values in each interval.
    pub counts: Vec<u64>,
}

/// Lengths of texts in code points.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TextLengths {
    /// Of the shortest.
    pub shortest: u64,
    /// Of the longest.
    pub longest: u64,
    /// The mean.
    pub mean: f64,
}
