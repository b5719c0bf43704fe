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
    /// The value in the middle, or the mean of the two: [`QuantileCont`](AggregateFunction::QuantileCont) of 0.5.
    Median,
    /// `quantile_cont(x, q)`: interpolated between the two values around the position q * (n - 1). f64 of numbers, else
    /// the type of x. NaN is above all.
    QuantileCont,
    /// `quantile_disc(x, q)`: the first value with at least the part q of all values at or below it.
    QuantileDisc,
    /// How many distinct values, within a few percent; exact while they are few.
    ApproxDistinct,
    /// `approx_quantile(x, q)`: f64, within half a percent of the value.
    ApproxQuantile,
    /// The first row's value, NULL too.
    First,
    /// The last row's value, NULL too.
    Last,
    /// `arg_min(x, y)`: x of the first row with the smallest y, of the rows where neither is NULL.
    ArgMin,
    /// `arg_max(x, y)`: x of the first row with the largest y.
    ArgMax,
    /// True when every value is.
    BoolAnd,
    /// True when any value is.
    BoolOr,
    /// `corr(y, x)`: the correlation of the rows where neither is NULL; NULL where one of both does not vary.
    Corr,
    /// The covariance of a sample.
    CovarSamp,
    /// The covariance of a population.
    CovarPop,
    /// The skewness of a sample, corrected for its size; NULL for fewer than three values.
    Skewness,
    /// The excess kurtosis of a sample, corrected for its size; NULL for fewer than four values.
    Kurtosis,
    /// The most frequent value; of several the one that came first.
    Mode,
}

impl AggregateFunction {
    /// Every function with its first name.
    pub const ALL: [(&'static str, AggregateFunction); 26] = [
        ("count", AggregateFunction::Count),
        ("sum", AggregateFunction::Sum),
        ("avg", AggregateFunction::Avg),
        ("min", AggregateFunction::Min),
        ("max", AggregateFunction::Max),
        ("stddev", AggregateFunction::StddevSamp),
        ("stddev_pop", AggregateFunction::StddevPop),
        ("variance", AggregateFunction::VarSamp),
        ("var_pop", AggregateFunction::VarPop),
        ("median", AggregateFunction::Median),
        ("quantile_cont", AggregateFunction::QuantileCont),
        ("quantile_disc", AggregateFunction::QuantileDisc),
        ("approx_distinct", AggregateFunction::ApproxDistinct),
        ("approx_quantile", AggregateFunction::ApproxQuantile),
        ("first", AggregateFunction::First),
        ("last", AggregateFunction::Last),
        ("arg_min", AggregateFunction::ArgMin),
        ("arg_max", AggregateFunction::ArgMax),
        ("bool_and", AggregateFunction::BoolAnd),
        ("bool_or", AggregateFunction::BoolOr),
        ("corr", AggregateFunction::Corr),
        ("covar_samp", AggregateFunction::CovarSamp),
        ("covar_pop", AggregateFunction::CovarPop),
        ("skewness", AggregateFunction::Skewness),
        ("kurtosis", AggregateFunction::Kurtosis),
        ("mode", AggregateFunction::Mode),
    ];

    /// Other names of a function.
    pub fn other_names(self) -> &'static [&'static str] {
        use AggregateFunction as A;
        match self {
            A::Avg => &["mean"],
            A::StddevSamp => &["stddev_samp"],
            A::VarSamp => &["var", "var_samp"],
            A::QuantileCont => &["percentile_cont"],
            A::QuantileDisc => &["percentile_disc"],
            A::ApproxDistinct => &["approx_count_distinct"],
            A::ApproxQuantile => &["approx_percentile_cont"],
            A::First => &["first_value"],
            A::Last => &["last_value"],
            A::ArgMin => &["min_by"],
            A::ArgMax => &["max_by"],
            A::BoolAnd => &["every"],
            A::CovarSamp => &["covar"],
            _ => &[],
        }
    }

    /// Finds a function by any of its names, in any case.
    pub fn parse(name: &str) -> Option<AggregateFunction> {
        let is = |known: &str| known.eq_ignore_ascii_case(name);
        let all = Self::ALL.iter();
        all.map(|(first, function)| (*first, *function))
            .find(|(first, function)| is(first) || function.other_names().iter().any(|other| is(other)))
            .map(|(_, function)| function)
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

    /// The arguments, as the reference writes them.
    pub fn arguments(self) -> &'static str {
        use AggregateFunction as A;
        match self {
            A::Count => "* or x",
            A::QuantileCont | A::QuantileDisc | A::ApproxQuantile => "x, q",
            A::ArgMin | A::ArgMax => "x, y",
            A::Corr | A::CovarSamp | A::CovarPop => "y, x",
            _ => "x",
        }
    }

    /// True where `f(DISTINCT x)` is another question than `f(x)`, and one that makes sense.
    pub(crate) fn takes_distinct(self) -> bool {
        use AggregateFunction as A;
        !matches!(
            self,
            A::First | A::Last | A::ArgMin | A::ArgMax | A::Corr | A::CovarSamp | A::CovarPop | A::Mode
        )
    }

    /// True where the smallest, the largest or any of the distinct values is that of all.
    pub(crate) fn ignores_repeats(self) -> bool {
        use AggregateFunction as A;
        matches!(self, A::Min | A::Max | A::BoolAnd | A::BoolOr | A::ApproxDistinct)
    }

    /// The type in which the argument is computed.
    pub(crate) fn argument_type(self, argument: DataType) -> DataType {
        use AggregateFunction as A;
        match self {
            A::Corr | A::CovarSamp | A::CovarPop | A::Skewness | A::Kurtosis if argument.is_number() => {
                DataType::F64
            }
            _ if self.is_variance() && argument.is_decimal() => DataType::F64,
            A::Median | A::QuantileCont | A::ApproxQuantile if argument.is_number() => DataType::F64,
            _ => argument,
        }
    }

    /// The type of the answer for an argument of this type (`None` for `count(*)`).
    pub(crate) fn result_type(
        self,
        argument: Option<DataType>,
        span: Option<Span>,
    ) -> Result<DataType, PlanError> {
        use AggregateFunction as A;
        let refuse = |found: Vec<DataType>, expected: &str| {
            let operation = self.name().to_string();
            Err(PlanError::new(
                PlanErrorKind::TypeMismatch { operation, found, expected: expected.into() },
                span,
            ))
        };
        let is_time = |t| matches!(t, DataType::Date | DataType::Timestamp(_) | DataType::Duration(_));
        match (self, argument) {
            (A::Count, _) => Ok(DataType::I64),
            (_, None) => refuse(Vec::new(), "one argument"),
            (_, Some(t)) if t.is_vector() => Err(vector_operation(self.name(), span)),
            (A::ApproxDistinct, Some(_)) => Ok(DataType::I64),
            (
                A::Min | A::Max | A::QuantileDisc | A::First | A::Last | A::ArgMin | A::ArgMax | A::Mode,
                Some(t),
            ) => Ok(t),
            (A::BoolAnd | A::BoolOr, Some(DataType::Bool)) => Ok(DataType::Bool),
            (A::BoolAnd | A::BoolOr, Some(t)) => refuse(vec![t], "a condition"),
            (A::Median | A::QuantileCont | A::ApproxQuantile, Some(t)) if is_time(t) => Ok(t),
            (A::Sum | A::Avg, Some(t @ DataType::Duration(_))) => Ok(t),
            (A::Sum, Some(DataType::Decimal { scale, .. })) => Ok(decimal_of(scale)),
            (A::Avg, Some(DataType::Decimal { scale, .. })) => Ok(decimal_of(scale + 4)),
            (A::Sum, Some(t)) if t.is_signed() => Ok(DataType::I64),
            (A::Sum, Some(t)) if t.is_unsigned() => Ok(DataType::U64),
            (_, Some(t)) if t.is_number() => Ok(DataType::F64),
            (A::Median | A::QuantileCont | A::ApproxQuantile, Some(t)) => {
                refuse(vec![t], "a number, a date, a timestamp or a duration")
            }
            (_, Some(t)) => refuse(vec![t], "a number"),
        }
    }
}
