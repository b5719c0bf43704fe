//! The aggregate functions and their types.

use crate::coerce::{decimal_of, vector_operation};
use crate::{PlanError, PlanErrorKind, Span};
use colq_types::DataType;

/// An aggregate function. All but `count(*)` leave NULLs out; over no value all but counts give NULL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AggregateFunction {
    /// `count(*)` or `count(x)`: rows, or rows where x is not NULL, as i64.
    Count,
    /// Exact for integers (i64 or u64), decimals (38 digits) and durations, an error when the total does not fit; f64
    /// for floats.
    Sum,
    /// The sum divided by the count, in f64; of decimals with four more digits, rounded half away from zero; of
    /// durations truncated toward zero.
    Avg,
    /// The smallest value; NaN only when all are NaN.
    Min,
    /// The largest value; NaN when any is.
    Max,
    /// The standard deviation of a sample (divided by n - 1); NULL for fewer than two values.
    StddevSamp,
    /// The standard deviation of a population (divided by n).
    StddevPop,
    /// The variance of a sample.
    VarSamp,
    /// The variance of a population.
    VarPop,
}

impl AggregateFunction {
    /// Every function with its first name.
    pub const ALL: [(&'static str, AggregateFunction); 9] = [
        ("count", AggregateFunction::Count),
        ("sum", AggregateFunction::Sum),
        ("avg", AggregateFunction::Avg),
        ("min", AggregateFunction::Min),
        ("max", AggregateFunction::Max),
        ("stddev", AggregateFunction::StddevSamp),
        ("stddev_pop", AggregateFunction::StddevPop),
        ("variance", AggregateFunction::VarSamp),
        ("var_pop", AggregateFunction::VarPop),
    ];

    /// Finds a function by any of its names, in any case.
    pub fn parse(name: &str) -> Option<AggregateFunction> {
        let name = name.to_ascii_lowercase();
        let first = match name.as_str() {
            "mean" => "avg",
            "stddev_samp" => "stddev",
            "var" | "var_samp" => "variance",
            other => other,
        };
        Self::ALL.iter().find(|(known, _)| *known == first).map(|(_, function)| *function)
    }

    /// The first name.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, function)| *function == self).map_or("", |(name, _)| name)
    }

    /// True for variances and standard deviations.
    pub(crate) fn is_variance(self) -> bool {
        matches!(
            self,
            AggregateFunction::StddevSamp
                | AggregateFunction::StddevPop
                | AggregateFunction::VarSamp
                | AggregateFunction::VarPop
        )
    }

    /// The type of the answer for an argument of this type (`None` for `count(*)`).
    pub(crate) fn result_type(
        self,
        argument: Option<DataType>,
        span: Option<Span>,
    ) -> Result<DataType, PlanError> {
        let refuse = |found: Vec<DataType>, expected: &str| {
            let operation = self.name().to_string();
            Err(PlanError::new(
                PlanErrorKind::TypeMismatch { operation, found, expected: expected.into() },
                span,
            ))
        };
        match (self, argument) {
            (AggregateFunction::Count, _) => Ok(DataType::I64),
            (_, None) => refuse(Vec::new(), "one argument"),
            (_, Some(t)) if t.is_vector() => Err(vector_operation(self.name(), span)),
            (AggregateFunction::Min | AggregateFunction::Max, Some(t)) => Ok(t),
            (AggregateFunction::Sum | AggregateFunction::Avg, Some(t @ DataType::Duration(_))) => Ok(t),
            (AggregateFunction::Sum, Some(DataType::Decimal { scale, .. })) => Ok(decimal_of(scale)),
            (AggregateFunction::Avg, Some(DataType::Decimal { scale, .. })) => Ok(decimal_of(scale + 4)),
            (AggregateFunction::Sum, Some(t)) if t.is_signed() => Ok(DataType::I64),
            (AggregateFunction::Sum, Some(t)) if t.is_unsigned() => Ok(DataType::U64),
            (_, Some(t)) if t.is_number() => Ok(DataType::F64),
            (_, Some(t)) => refuse(vec![t], "a number"),
        }
    }
}
