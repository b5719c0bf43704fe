//! The language in Rust: functions and aggregates as methods of [`Expr`] and as free functions.
//!
//! Each is the function of the same name in SQL ([`FUNCTIONS`](crate::FUNCTIONS) and [`AGGREGATES`](crate::AGGREGATES)
//! say what it takes and gives), so types are checked when the query is, and NULL and NaN behave as there. [`call`]
//! reaches every function by its name.

use crate::{AggregateFunction, Expr, ExprKind, Function, col, lit};
use colq_types::TimeUnit;

/// A function by any of its names: `call("round", [col("fare"), lit(2)])`.
pub fn call(name: impl Into<String>, args: impl IntoIterator<Item = Expr>) -> Expr {
    ExprKind::Call { name: name.into(), args: args.into_iter().collect() }.into()
}

/// An aggregate by its function: for those that have no word of their own here.
pub fn aggregate(function: AggregateFunction, args: impl IntoIterator<Item = Expr>) -> Expr {
    ExprKind::Aggregate { function, args: args.into_iter().collect(), distinct: false, filter: None }.into()
}

/// Methods that call the function of the same name with no other argument.
macro_rules! plain_methods {
    ($($(#[$doc:meta])* $name:ident => $function:literal;)*) => {
        impl Expr {
            $($(#[$doc])* pub fn $name(self) -> Expr { call($function, [self]) })*
        }
    };
}

plain_methods! {
    /// `abs(self)`: the absolute value.
    abs => "abs";
    /// `sign(self)`: -1, 0 or 1.
    sign => "sign";
    /// `floor(self)`: the nearest whole number below.
    floor => "floor";
    /// `ceil(self)`: the nearest whole number above.
    ceil => "ceil";
    /// `sqrt(self)`; NaN below zero.
    sqrt => "sqrt";
    /// `cbrt(self)`: the cube root.
    cbrt => "cbrt";
    /// `exp(self)`.
    exp => "exp";
    /// `ln(self)`; -infinity of zero, NaN below.
    ln => "ln";
    /// `log2(self)`.
    log2 => "log2";
    /// `log10(self)`.
    log10 => "log10";
    /// `sin(self)`, of radians.
    sin => "sin";
    /// `cos(self)`, of radians.
    cos => "cos";
    /// `tan(self)`, of radians.
    tan => "tan";
    /// `asin(self)`.
    asin => "asin";
    /// `acos(self)`.
    acos => "acos";
    /// `atan(self)`.
    atan => "atan";
    /// `sinh(self)`.
    sinh => "sinh";
    /// `cosh(self)`.
    cosh => "cosh";
    /// `tanh(self)`.
    tanh => "tanh";
    /// `degrees(self)`, of radians.
    degrees => "degrees";
    /// `radians(self)`, of degrees.
    radians => "radians";
    /// `isnan(self)`: true of NaN, false of every other number.
    is_nan => "isnan";
    /// `length(self)`: code points.
    length => "length";
    /// `octet_length(self)`: bytes.
    octet_length => "octet_length";
    /// `lower(self)`.
    lower => "lower";
    /// `upper(self)`.
    upper => "upper";
    /// `initcap(self)`: each word with a capital.
    initcap => "initcap";
    /// `reverse(self)`: code points from last to first.
    reverse => "reverse";
    /// `trim(self)`: without spaces at both ends.
    trim => "trim";
    /// `ltrim(self)`: without spaces at the start.
    ltrim => "ltrim";
    /// `rtrim(self)`: without spaces at the end.
    rtrim => "rtrim";
    /// `to_timestamp(self)`: of a number that many seconds after 1970.
    to_timestamp => "to_timestamp";
    /// `to_timestamp_seconds(self)`.
    to_timestamp_seconds => "to_timestamp_seconds";
    /// `to_timestamp_millis(self)`.
    to_timestamp_millis => "to_timestamp_millis";
    /// `to_timestamp_micros(self)`.
    to_timestamp_micros => "to_timestamp_micros";
    /// `to_timestamp_nanos(self)`.
    to_timestamp_nanos => "to_timestamp_nanos";
}

/// A pattern that the expression is matched with.
fn pattern(expr: Expr, function: Function, written: String) -> Expr {
    let (expr, pattern) = (Box::new(expr), Box::new(lit(written)));
    ExprKind::Pattern { function, expr, pattern, escape: None, negated: false }.into()
}

impl Expr {
    /// `round(self, digits)`: to so many digits after the point, half away from zero; below zero, before the point.
    pub fn round(self, digits: i64) -> Expr {
        call("round", [self, lit(digits)])
    }
    /// `trunc(self, digits)`: cut off after so many digits after the point.
    pub fn trunc(self, digits: i64) -> Expr {
        call("trunc", [self, lit(digits)])
    }
    /// `power(self, exponent)`, in f64.
    pub fn power(self, exponent: Expr) -> Expr {
        call("power", [self, exponent])
    }
    /// `log(base, self)`.
    pub fn log(self, base: Expr) -> Expr {
        call("log", [base, self])
    }
    /// `atan2(self, x)`: the angle of the point (x, self).
    pub fn atan2(self, x: Expr) -> Expr {
        call("atan2", [self, x])
    }
    /// `mod(self, divisor)`: the remainder, with the sign of self.
    pub fn modulo(self, divisor: Expr) -> Expr {
        call("mod", [self, divisor])
    }
    /// `substr(self, start)`: from a code point, counted from 1, to the end.
    pub fn substr_from(self, start: i64) -> Expr {
        call("substr", [self, lit(start)])
    }
    /// `substr(self, start, count)`: so many code points from a code point, counted from 1.
    pub fn substr(self, start: i64, count: i64) -> Expr {
        call("substr", [self, lit(start), lit(count)])
    }
    /// `left(self, count)`: the first code points; below zero all but the last.
    pub fn left(self, count: i64) -> Expr {
        call("left", [self, lit(count)])
    }
    /// `right(self, count)`: the last code points; below zero all but the first.
    pub fn right(self, count: i64) -> Expr {
        call("right", [self, lit(count)])
    }
    /// `trim(self, characters)`: without these characters at both ends.
    pub fn trim_characters(self, characters: &str) -> Expr {
        call("trim", [self, lit(characters)])
    }
    /// `lpad(self, length, fill)`: filled at the start, or cut off, to so many code points.
    pub fn lpad(self, length: i64, fill: &str) -> Expr {
        call("lpad", [self, lit(length), lit(fill)])
    }
    /// `rpad(self, length, fill)`: filled at the end, or cut off, to so many code points.
    pub fn rpad(self, length: i64, fill: &str) -> Expr {
        call("rpad", [self, lit(length), lit(fill)])
    }
    /// `repeat(self, count)`.
    pub fn repeat(self, count: i64) -> Expr {
        call("repeat", [self, lit(count)])
    }
    /// `starts_with(self, start)`.
    pub fn starts_with(self, start: &str) -> Expr {
        call("starts_with", [self, lit(start)])
    }
    /// `ends_with(self, end)`.
    pub fn ends_with(self, end: &str) -> Expr {
        call("ends_with", [self, lit(end)])
    }
    /// `contains(self, part)`.
    pub fn contains(self, part: &str) -> Expr {
        call("contains", [self, lit(part)])
    }
    /// `strpos(self, part)`: where the part first stands, in code points from 1; 0 where it does not.
    pub fn strpos(self, part: &str) -> Expr {
        call("strpos", [self, lit(part)])
    }
    /// `split_part(self, delimiter, n)`: the n-th part from 1, from the end below zero.
    pub fn split_part(self, delimiter: &str, n: i64) -> Expr {
        call("split_part", [self, lit(delimiter), lit(n)])
    }
    /// `replace(self, from, to)`: every `from`.
    pub fn replace(self, from: &str, to: &str) -> Expr {
        call("replace", [self, lit(from), lit(to)])
    }
    /// `regexp_replace(self, pattern, replacement, flags)`: the first match, with the flag `g` all.
    pub fn regexp_replace(self, pattern: &str, replacement: &str, flags: &str) -> Expr {
        call("regexp_replace", [self, lit(pattern), lit(replacement), lit(flags)])
    }
    /// `self || right`: NULL where one is.
    pub fn join(self, right: Expr) -> Expr {
        ExprKind::Join(Box::new(self), Box::new(right)).into()
    }
    /// `self LIKE pattern`: `%` is any characters, `_` one, a backslash takes the meaning from the next.
    pub fn like(self, written: impl Into<String>) -> Expr {
        pattern(self, Function::Like, written.into())
    }
    /// `self ILIKE pattern`: as [`like`](Expr::like), without regard to case.
    pub fn ilike(self, written: impl Into<String>) -> Expr {
        pattern(self, Function::Ilike, written.into())
    }
    /// `self ~ pattern`: the regular expression matches somewhere.
    pub fn matches(self, written: impl Into<String>) -> Expr {
        pattern(self, Function::Matches, written.into())
    }
    /// `self ~* pattern`: the same without regard to case.
    pub fn matches_ignoring_case(self, written: impl Into<String>) -> Expr {
        pattern(self, Function::MatchesIgnoringCase, written.into())
    }
    /// `date_trunc(unit, self)`: the start of the hour, day, month .. that holds it.
    pub fn date_trunc(self, unit: &str) -> Expr {
        call("date_trunc", [lit(unit), self])
    }
    /// `date_part(unit, self)`: the year, month, hour ..; `epoch` is in seconds, as f64.
    pub fn date_part(self, unit: &str) -> Expr {
        call("date_part", [lit(unit), self])
    }
    /// `date_bin(stride, self)`: the start of the bin that holds it; [`interval`] is a stride.
    pub fn date_bin(self, stride: Expr) -> Expr {
        call("date_bin", [stride, self])
    }
    /// `add_months(self, n)`: a day that the month does not have is its last.
    pub fn add_months(self, n: i64) -> Expr {
        call("add_months", [self, lit(n)])
    }
    /// `add_days(self, n)`.
    pub fn add_days(self, n: i64) -> Expr {
        call("add_days", [self, lit(n)])
    }
    /// `nullif(self, other)`: NULL where they are equal.
    pub fn nullif(self, other: Expr) -> Expr {
        call("nullif", [self, other])
    }
    /// `coalesce(self, other)`: the other where it is NULL.
    pub fn or_else(self, other: Expr) -> Expr {
        call("coalesce", [self, other])
    }
    /// `hash(self, seed)`: 64 bits, the same for ever.
    pub fn hash(self, seed: i64) -> Expr {
        call("hash", [self, lit(seed)])
    }
    /// `self IS DISTINCT FROM right`: never NULL, and NULL is equal to itself.
    pub fn is_distinct_from(self, right: Expr) -> Expr {
        ExprKind::Distinct { left: Box::new(self), right: Box::new(right), negated: false }.into()
    }
    /// `aggregate FILTER (WHERE condition)`; a second filter is joined by AND. Anything but an aggregate stays as it is.
    #[must_use]
    pub fn filter_where(mut self, condition: Expr) -> Expr {
        if let ExprKind::Aggregate { filter, .. } = &mut self.kind {
            *filter = Some(Box::new(match filter.take() {
                Some(before) => before.and(condition),
                None => condition,
            }));
        }
        self
    }
    /// `f(DISTINCT x)`: each distinct value once. Anything but an aggregate stays as it is.
    #[must_use]
    pub fn distinct(mut self) -> Expr {
        if let ExprKind::Aggregate { distinct, .. } = &mut self.kind {
            *distinct = true;
        }
        self
    }
}

/// `coalesce(a, b, ..)`: the first that is not NULL.
pub fn coalesce(exprs: impl IntoIterator<Item = Expr>) -> Expr {
    call("coalesce", exprs)
}

/// `greatest(a, b, ..)`, NULLs left out.
pub fn greatest(exprs: impl IntoIterator<Item = Expr>) -> Expr {
    call("greatest", exprs)
}

/// `least(a, b, ..)`, NULLs left out.
pub fn least(exprs: impl IntoIterator<Item = Expr>) -> Expr {
    call("least", exprs)
}

/// `concat(a, b, ..)`: as texts one after the other, NULLs left out.
pub fn concat(exprs: impl IntoIterator<Item = Expr>) -> Expr {
    call("concat", exprs)
}

/// `make_date(year, month, day)`.
pub fn make_date(year: Expr, month: Expr, day: Expr) -> Expr {
    call("make_date", [year, month, day])
}

/// `pi()`.
pub fn pi() -> Expr {
    call("pi", [])
}

/// An interval of months of the calendar, days and seconds, to be added to a time or taken from one.
pub fn interval(months: i32, days: i64, seconds: i64) -> Expr {
    ExprKind::Interval { months, days, rest: (seconds, TimeUnit::Second) }.into()
}

/// `CASE WHEN condition THEN value`, to be ended by [`otherwise`](When::otherwise) or [`end`](When::end).
pub fn when(condition: Expr, value: Expr) -> When {
    When { branches: vec![(condition, value)] }
}

/// A CASE that is being built.
#[derive(Debug, Clone)]
#[must_use]
pub struct When {
    branches: Vec<(Expr, Expr)>,
}

impl When {
    /// One more `WHEN condition THEN value`.
    pub fn when(mut self, condition: Expr, value: Expr) -> When {
        self.branches.push((condition, value));
        self
    }

    /// `ELSE value END`.
    pub fn otherwise(self, value: Expr) -> Expr {
        let otherwise = Some(Box::new(value));
        ExprKind::Case { operand: None, branches: self.branches, otherwise }.into()
    }

    /// `END`: NULL where no condition is true.
    pub fn end(self) -> Expr {
        ExprKind::Case { operand: None, branches: self.branches, otherwise: None }.into()
    }
}

/// Aggregates of one expression.
macro_rules! plain_aggregates {
    ($($(#[$doc:meta])* $name:ident => $function:ident;)*) => {
        $($(#[$doc])* pub fn $name(expr: Expr) -> Expr { aggregate(AggregateFunction::$function, [expr]) })*
    };
}

plain_aggregates! {
    /// `stddev_pop(expr)`: the standard deviation of a population.
    stddev_pop => StddevPop;
    /// `variance(expr)`, of a sample.
    variance => VarSamp;
    /// `var_pop(expr)`: the variance of a population.
    var_pop => VarPop;
    /// `median(expr)`.
    median => Median;
    /// `approx_distinct(expr)`: how many distinct values, within a few percent.
    approx_distinct => ApproxDistinct;
    /// `first(expr)`: the value of the first row, NULL too.
    first => First;
    /// `last(expr)`: the value of the last row, NULL too.
    last => Last;
    /// `bool_and(expr)`: true where every value is.
    bool_and => BoolAnd;
    /// `bool_or(expr)`: true where any value is.
    bool_or => BoolOr;
    /// `skewness(expr)`, of a sample.
    skewness => Skewness;
    /// `kurtosis(expr)`: the excess kurtosis of a sample.
    kurtosis => Kurtosis;
    /// `mode(expr)`: the most frequent value.
    mode => Mode;
}

/// `quantile_cont(expr, q)`: between two values in proportion; q from 0 to 1.
pub fn quantile_cont(expr: Expr, q: f64) -> Expr {
    aggregate(AggregateFunction::QuantileCont, [expr, lit(q)])
}

/// `quantile_disc(expr, q)`: one of the values.
pub fn quantile_disc(expr: Expr, q: f64) -> Expr {
    aggregate(AggregateFunction::QuantileDisc, [expr, lit(q)])
}

/// `approx_quantile(expr, q)`: within half a percent of the value.
pub fn approx_quantile(expr: Expr, q: f64) -> Expr {
    aggregate(AggregateFunction::ApproxQuantile, [expr, lit(q)])
}

/// `arg_min(expr, by)`: the value in the row where `by` is smallest.
pub fn arg_min(expr: Expr, by: Expr) -> Expr {
    aggregate(AggregateFunction::ArgMin, [expr, by])
}

/// `arg_max(expr, by)`: the value in the row where `by` is largest.
pub fn arg_max(expr: Expr, by: Expr) -> Expr {
    aggregate(AggregateFunction::ArgMax, [expr, by])
}

/// `corr(y, x)`: the correlation.
pub fn corr(y: Expr, x: Expr) -> Expr {
    aggregate(AggregateFunction::Corr, [y, x])
}

/// `covar_samp(y, x)`: the covariance of a sample.
pub fn covar_samp(y: Expr, x: Expr) -> Expr {
    aggregate(AggregateFunction::CovarSamp, [y, x])
}

/// `covar_pop(y, x)`: the covariance of a population.
pub fn covar_pop(y: Expr, x: Expr) -> Expr {
    aggregate(AggregateFunction::CovarPop, [y, x])
}

/// Columns by names: `cols(["zone", "fare"])`.
pub fn cols<'a>(names: impl IntoIterator<Item = &'a str>) -> Vec<Expr> {
    names.into_iter().map(col).collect()
}
