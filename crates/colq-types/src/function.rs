//! The functions of single rows that a query names and a kernel carries out: one list, so that both mean the same.
//!
//! What each takes and gives is checked where queries are planned; docs/SQL.md says it in words.

/// A function that gives one value a row from the values of that row.
///
/// All but [`Concat`](Function::Concat), [`Greatest`](Function::Greatest) and [`Least`](Function::Least) are NULL where
/// an argument is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Function {
    /// `abs(x)` of an i64, u64, f32, f64, decimal or duration, which is the type of the result. `|i64::MIN|` is an error.
    Abs,
    /// `sign(x)`: -1, 0 or 1 in the type of x (as for [`Abs`](Function::Abs), without durations); of NaN NaN.
    Sign,
    /// `floor(x)` of an f32, f64, or decimal (then with no digits after the point).
    Floor,
    /// `ceil(x)`, as [`Floor`](Function::Floor).
    Ceil,
    /// `round(x, n)`: x and an i64; to n digits after the point, half away from zero. x is an i64, u64, f32, f64 or
    /// decimal, and so is the result.
    Round,
    /// `trunc(x, n)`: as [`Round`](Function::Round), toward zero.
    Trunc,
    /// `sqrt(x)` of an f64, as all that follow up to [`IsNan`](Function::IsNan); NaN below zero.
    Sqrt,
    /// `cbrt(x)`.
    Cbrt,
    /// `exp(x)`.
    Exp,
    /// `ln(x)`: -infinity of zero, NaN below.
    Ln,
    /// `log2(x)`.
    Log2,
    /// `log10(x)`.
    Log10,
    /// `log(base, x)`: ln(x) / ln(base).
    Log,
    /// `power(x, y)`.
    Power,
    /// `sin(x)`, x in radians.
    Sin,
    /// `cos(x)`.
    Cos,
    /// `tan(x)`.
    Tan,
    /// `asin(x)`.
    Asin,
    /// `acos(x)`.
    Acos,
    /// `atan(x)`.
    Atan,
    /// `atan2(y, x)`.
    Atan2,
    /// `sinh(x)`.
    Sinh,
    /// `cosh(x)`.
    Cosh,
    /// `tanh(x)`.
    Tanh,
    /// `degrees(x)` of radians.
    Degrees,
    /// `radians(x)` of degrees.
    Radians,
    /// `isnan(x)` of an f32 or f64: bool.
    IsNan,

    /// `length(s)`: code points, i64.
    Length,
    /// `octet_length(s)`: bytes, i64.
    OctetLength,
    /// `lower(s)`, by Unicode.
    Lower,
    /// `upper(s)`, by Unicode.
    Upper,
    /// `initcap(s)`: the first letter of each word in upper case, the others in lower case.
    Initcap,
    /// `reverse(s)`: code points from last to first.
    Reverse,
    /// `substr(s, start)` or `substr(s, start, count)`: code points from 1; places before the first count as places. A
    /// count below zero is an error.
    Substr,
    /// `left(s, n)`: the first n code points; below zero all but the last -n.
    Left,
    /// `right(s, n)`: the last n code points; below zero all but the first -n.
    Right,
    /// `trim(s, characters)`: without these characters at both ends.
    Trim,
    /// `ltrim(s, characters)`: at the start.
    Ltrim,
    /// `rtrim(s, characters)`: at the end.
    Rtrim,
    /// `lpad(s, n, fill)`: n code points, filled or cut off; filled at the start.
    Lpad,
    /// `rpad(s, n, fill)`: filled at the end.
    Rpad,
    /// `repeat(s, n)`: n times, none below 1.
    Repeat,
    /// `concat(..)`: texts one after the other, NULLs left out; never NULL.
    Concat,
    /// `a || b`: NULL where one is.
    Join,
    /// `starts_with(s, prefix)`: bool, by bytes.
    StartsWith,
    /// `ends_with(s, suffix)`.
    EndsWith,
    /// `contains(s, part)`.
    Contains,
    /// `strpos(s, part)`: the code point, from 1, where it first stands; 0 where it does not.
    Strpos,
    /// `split_part(s, delimiter, n)`: the n-th part from 1, from the end below zero, empty where there is none; zero is
    /// an error.
    SplitPart,
    /// `replace(s, from, to)`: every `from`, from left to right; an empty one is nowhere.
    Replace,
    /// `s LIKE pattern`, or with a third argument, the escape character ('' for none); backslash by default.
    Like,
    /// `s ILIKE pattern`: without regard to case.
    Ilike,
    /// `s ~ pattern`: a regular expression matches somewhere.
    Matches,
    /// `s ~* pattern`: without regard to case.
    MatchesIgnoringCase,
    /// `regexp_replace(s, pattern, replacement)` replaces the first match, with flags `g` all, with `i` without regard
    /// to case. In the replacement `\1` or `$1` is a group and `\&` or `$0` the match.
    RegexpReplace,

    /// `date_trunc(unit, x)`: a literal text and a date (of days or more) or timestamp, which is the type of the result.
    DateTrunc,
    /// `date_part(unit, x)`: a literal text and a date, timestamp or duration; i64, and f64 of `epoch`.
    DatePart,
    /// `date_bin(stride, x, origin)`: a duration and two timestamps, all of one unit: the start of the bin of this
    /// length, counted from the origin, that holds x. A stride that is not above zero is an error.
    DateBin,
    /// `date_bin` by months: an i64 of months and two timestamps of one unit.
    DateBinMonths,
    /// `add_months(x, n)`: a date or timestamp and an i64; the day is cut to the month's last.
    AddMonths,
    /// `add_days(x, n)`: a date or timestamp and an i64.
    AddDays,
    /// `make_date(year, month, day)`: three i64; an error where there is no such day.
    MakeDate,

    /// `greatest(..)`: the largest of values of one type, NULLs left out; NULL where all are. NaN is above all numbers.
    Greatest,
    /// `least(..)`: the smallest.
    Least,
    /// `hash(x, seed)`: any type but vectors, and an i64; u64.
    Hash,
}
