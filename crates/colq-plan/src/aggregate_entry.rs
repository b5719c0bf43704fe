//! What the reference says of each aggregate, and an example of it.

use crate::AggregateFunction;

/// What is known of one aggregate.
#[derive(Debug, Clone, Copy)]
pub struct AggregateEntry {
    /// The function; it knows its names and arguments.
    pub function: AggregateFunction,
    /// What it takes, in a few words.
    pub takes: &'static str,
    /// What it gives, in a few words.
    pub gives: &'static str,
    /// What it does, in a sentence or two.
    pub does: &'static str,
    /// A call over [`AGGREGATE_ROWS`], and its answer as text.
    pub example: (&'static str, &'static str),
}

/// The rows of the examples: x and y, with one NULL.
pub const AGGREGATE_ROWS: &str = "(SELECT 1 AS x, 10 AS y UNION ALL SELECT 2, 30 UNION ALL SELECT 2, 20 \
                                  UNION ALL SELECT NULL, 40 UNION ALL SELECT 5, 50) AS t";

const fn entry(
    function: AggregateFunction,
    [takes, gives, does]: [&'static str; 3],
    example: (&'static str, &'static str),
) -> AggregateEntry {
    AggregateEntry { function, takes, gives, does, example }
}

const ANY: &str = "any type but vectors";
const NUMBERS: &str = "numbers";
const PLACES: &str = "numbers, dates, timestamps, durations";
const PLACED: &str = "f64 of numbers, else the type of x";
const SAME: &str = "the type of x";

/// All aggregates.
pub const AGGREGATES: &[AggregateEntry] = {
    use AggregateFunction as A;
    &[
        entry(
            A::Count,
            ["any type", "i64", "The rows, or those where x is not NULL. Never NULL itself."],
            ("count(x)", "4"),
        ),
        entry(
            A::Sum,
            [
                "numbers, durations",
                "i64 of signed integers, u64 of unsigned, f64 of floats, decimal(38,s) of decimals, the same duration",
                "The sum, exact but of floats, and checked once at the end.",
            ],
            ("sum(x)", "10"),
        ),
        entry(
            A::Avg,
            [
                "numbers, durations",
                "f64; of decimals decimal(38,s+4), of durations the same duration",
                "The sum divided by the count.",
            ],
            ("avg(x)", "2.5"),
        ),
        entry(A::Min, [ANY, SAME, "The smallest value; NaN only where all are."], ("min(x)", "1")),
        entry(A::Max, [ANY, SAME, "The largest value; NaN where any is."], ("max(x)", "5")),
        entry(
            A::StddevSamp,
            [NUMBERS, "f64", "The standard deviation of a sample; NULL of one value."],
            ("round(stddev(x), 6)", "1.732051"),
        ),
        entry(
            A::StddevPop,
            [NUMBERS, "f64", "The standard deviation of a population."],
            ("round(stddev_pop(x), 6)", "1.5"),
        ),
        entry(
            A::VarSamp,
            [NUMBERS, "f64", "The variance of a sample, divided by n - 1; NULL of one value."],
            ("round(variance(x), 6)", "3.0"),
        ),
        entry(
            A::VarPop,
            [NUMBERS, "f64", "The variance of a population, divided by n."],
            ("round(var_pop(x), 6)", "2.25"),
        ),
        entry(
            A::Median,
            [PLACES, PLACED, "The value in the middle, or halfway between the two."],
            ("median(x)", "2.0"),
        ),
        entry(
            A::QuantileCont,
            [
                PLACES,
                PLACED,
                "The value at the position q * (n - 1) of the sorted values, from 0, between two of them in proportion. Also `percentile_cont(q) WITHIN GROUP (ORDER BY x [DESC])`.",
            ],
            ("quantile_cont(x, 0.75)", "2.75"),
        ),
        entry(
            A::QuantileDisc,
            [
                ANY,
                SAME,
                "The first of the sorted values with at least the part q of all at or below it. Also `percentile_disc(q) WITHIN GROUP (ORDER BY x)`.",
            ],
            ("quantile_disc(x, 0.75)", "2"),
        ),
        entry(
            A::ApproxDistinct,
            [ANY, "i64", "How many distinct values, within a few percent; exact while they are few."],
            ("approx_distinct(x)", "3"),
        ),
        entry(
            A::ApproxQuantile,
            [PLACES, PLACED, "A quantile within half a percent of its value, in little memory."],
            ("round(approx_quantile(x, 0.5), 1)", "2.0"),
        ),
        entry(A::First, [ANY, SAME, "The value of the first row, NULL too."], ("first(x)", "1")),
        entry(A::Last, [ANY, SAME, "The value of the last row, NULL too."], ("last(x)", "5")),
        entry(
            A::ArgMin,
            [ANY, SAME, "x of the first row with the smallest y, of the rows where neither is NULL."],
            ("arg_min(x, y)", "1"),
        ),
        entry(
            A::ArgMax,
            [ANY, SAME, "x of the first row with the largest y, of the rows where neither is NULL."],
            ("arg_max(y, x)", "50"),
        ),
        entry(A::BoolAnd, ["conditions", "bool", "True where every value is."], ("bool_and(x > 1)", "false")),
        entry(A::BoolOr, ["conditions", "bool", "True where any value is."], ("bool_or(x > 1)", "true")),
        entry(
            A::Corr,
            [
                NUMBERS,
                "f64",
                "Pearson's correlation of the rows where neither is NULL; NULL where one of both does not vary.",
            ],
            ("round(corr(y, x), 6)", "0.957841"),
        ),
        entry(
            A::CovarSamp,
            [NUMBERS, "f64", "The covariance of a sample; NULL of one row."],
            ("round(covar_samp(y, x), 6)", "28.333333"),
        ),
        entry(
            A::CovarPop,
            [NUMBERS, "f64", "The covariance of a population."],
            ("round(covar_pop(y, x), 6)", "21.25"),
        ),
        entry(
            A::Skewness,
            [
                NUMBERS,
                "f64",
                "The skewness of a sample, corrected for its size; NULL of fewer than three values.",
            ],
            ("round(skewness(x), 6)", "1.539601"),
        ),
        entry(
            A::Kurtosis,
            [
                NUMBERS,
                "f64",
                "The excess kurtosis of a sample, corrected for its size; NULL of fewer than four values.",
            ],
            ("round(kurtosis(x), 6)", "2.888889"),
        ),
        entry(
            A::Mode,
            [
                ANY,
                SAME,
                "The most frequent value; of several the one that came first. Also `mode() WITHIN GROUP (ORDER BY x)`.",
            ],
            ("mode(x)", "2"),
        ),
    ]
};
