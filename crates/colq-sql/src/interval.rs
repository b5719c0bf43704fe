//! Intervals: PostgreSQL's texts, ISO 8601, and a number with its unit behind the quotes.

use crate::query::Lowering;
use crate::refusal::unsupported;
use colq_plan::{Expr, ExprKind, PlanError, PlanErrorKind, Span, suggest};
use colq_types::{Scalar, TimeUnit};
use sqlparser::ast::{self, DateTimeField, Spanned, Value};
use sqlparser::keywords::Keyword;

/// A length of time while it is read. Nanoseconds hold what is shorter than a day.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Length {
    months: i128,
    days: i128,
    nanos: i128,
}

/// What a unit is counted in.
#[derive(Debug, Clone, Copy)]
enum Measure {
    Months(i128),
    Days(i128),
    Nanos(i128),
}

const SECOND: i128 = 1_000_000_000;
const DAY: i128 = 86_400 * SECOND;

/// PostgreSQL's days of a month where a fraction of a month is written.
const MONTH_DAYS: i128 = 30;

/// The first names, for suggestions.
const UNITS: [&str; 14] = [
    "years",
    "months",
    "weeks",
    "days",
    "hours",
    "minutes",
    "seconds",
    "milliseconds",
    "microseconds",
    "nanoseconds",
    "quarters",
    "decades",
    "centuries",
    "millennia",
];

fn measure(unit: &str) -> Option<Measure> {
    Some(match unit.to_ascii_lowercase().as_str() {
        "ns" | "nanosecond" | "nanoseconds" => Measure::Nanos(1),
        "us" | "usec" | "usecs" | "microsecond" | "microseconds" => Measure::Nanos(1_000),
        "ms" | "msec" | "msecs" | "millisecond" | "milliseconds" => Measure::Nanos(1_000_000),
        "s" | "sec" | "secs" | "second" | "seconds" => Measure::Nanos(SECOND),
        "m" | "min" | "mins" | "minute" | "minutes" => Measure::Nanos(60 * SECOND),
        "h" | "hr" | "hrs" | "hour" | "hours" => Measure::Nanos(3_600 * SECOND),
        "d" | "day" | "days" => Measure::Days(1),
        "w" | "week" | "weeks" => Measure::Days(7),
        "mon" | "mons" | "month" | "months" => Measure::Months(1),
        "qtr" | "quarter" | "quarters" => Measure::Months(3),
        "y" | "yr" | "yrs" | "year" | "years" => Measure::Months(12),
        "decade" | "decades" => Measure::Months(120),
        "century" | "centuries" => Measure::Months(1_200),
        "millennium" | "millennia" | "millenniums" => Measure::Months(12_000),
        _ => return None,
    })
}

/// A decimal number: its digits, and how many of them stand after the point.
fn number(text: &str) -> Option<(i128, u32)> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all = format!("{whole}{fraction}");
    if all.is_empty() || all.len() > 18 || !all.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let value: i128 = all.parse().ok()?;
    Some((if negative { -value } else { value }, u32::try_from(fraction.len()).ok()?))
}

impl Length {
    /// Adds so many of a unit. A fraction goes on to the next finer measure.
    fn add(&mut self, (value, digits): (i128, u32), measure: Measure) -> Option<()> {
        let one = 10i128.pow(digits);
        let split = |steps: i128| (value * steps / one, value * steps % one);
        match measure {
            Measure::Months(steps) => {
                let (whole, rest) = split(steps);
                self.months += whole;
                self.add((rest * MONTH_DAYS, digits), Measure::Days(1))
            }
            Measure::Days(steps) => {
                let (whole, rest) = split(steps);
                self.days += whole;
                self.nanos += rest * DAY / one;
                Some(())
            }
            Measure::Nanos(steps) => {
                let (whole, rest) = split(steps);
                self.nanos += whole;
                (rest == 0).then_some(())
            }
        }
    }

    /// `HH:MM[:SS[.f]]`, with a sign.
    fn add_clock(&mut self, text: &str) -> Option<()> {
        let (sign, clock) = match text.strip_prefix('-') {
            Some(rest) => ("-", rest),
            None => ("", text.strip_prefix('+').unwrap_or(text)),
        };
        let mut parts = clock.split(':');
        for unit in ["h", "m", "s"] {
            let part = match (parts.next(), unit) {
                (Some(part), _) if part.starts_with(|c: char| c.is_ascii_digit()) => part,
                (None, "s") => break,
                _ => return None,
            };
            if (unit != "s" && part.contains('.')) || (unit != "h" && part.parse::<f64>().ok()? >= 60.0) {
                return None;
            }
            self.add(number(&format!("{sign}{part}"))?, measure(unit)?)?;
        }
        parts.next().is_none().then_some(())
    }

    /// What follows the `P` of ISO 8601.
    fn add_iso(&mut self, text: &str, sign: &str) -> Option<()> {
        let (mut in_time, mut rest, mut any) = (false, text, false);
        while !rest.is_empty() {
            if let Some(after) = rest.strip_prefix(['T', 't']).filter(|_| !in_time) {
                (in_time, rest) = (true, after);
                continue;
            }
            let end = rest.find(|c: char| c.is_ascii_alphabetic())?;
            let (count, after) = rest.split_at(end);
            let mut letters = after.chars();
            let unit = match (letters.next()?.to_ascii_uppercase(), in_time) {
                ('Y', false) => "year",
                ('M', false) => "month",
                ('W', false) => "week",
                ('D', false) => "day",
                ('H', true) => "hour",
                ('M', true) => "minute",
                ('S', true) => "second",
                _ => return None,
            };
            let (value, digits) = number(count)?;
            self.add((if sign == "-" { -value } else { value }, digits), measure(unit)?)?;
            (any, rest) = (true, letters.as_str());
        }
        any.then_some(())
    }

    /// As an expression, the rest in the coarsest unit that holds it.
    fn into_kind(self) -> Option<ExprKind> {
        let units = [
            (TimeUnit::Second, SECOND),
            (TimeUnit::Millisecond, 1_000_000),
            (TimeUnit::Microsecond, 1_000),
            (TimeUnit::Nanosecond, 1),
        ];
        let (unit, step) = units.into_iter().find(|(_, step)| self.nanos % step == 0)?;
        let rest = (i64::try_from(self.nanos / step).ok()?, unit);
        let (months, days) = (i32::try_from(self.months).ok()?, i64::try_from(self.days).ok()?);
        Some(ExprKind::Interval { months, days, rest })
    }
}

/// Why a text is no interval.
enum Unread {
    /// It has a unit that is none.
    Unit(String),
    Text,
}

/// Reads an interval; a number without a unit is one of `unit`.
fn read(text: &str, unit: &str) -> Result<Length, Unread> {
    let mut length = Length::default();
    let trimmed = text.trim();
    let (sign, unsigned) = match trimmed.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", trimmed),
    };
    if let Some(iso) = unsigned.strip_prefix(['P', 'p']) {
        return length.add_iso(iso, sign).map(|()| length).ok_or(Unread::Text);
    }
    let mut words = split_units(trimmed).into_iter().peekable();
    if words.peek().is_none() {
        return Err(Unread::Text);
    }
    while let Some(word) = words.next() {
        if word.eq_ignore_ascii_case("ago") && words.peek().is_none() {
            let Length { months, days, nanos } = length;
            return Ok(Length { months: -months, days: -days, nanos: -nanos });
        }
        if word.contains(':') {
            length.add_clock(&word).ok_or(Unread::Text)?;
            continue;
        }
        let count = number(&word).ok_or(Unread::Text)?;
        let named = words.next_if(|next| next.starts_with(|c: char| c.is_alphabetic()));
        let named = named.as_deref().unwrap_or(unit);
        let measure = measure(named).ok_or_else(|| Unread::Unit(named.to_owned()))?;
        length.add(count, measure).ok_or(Unread::Text)?;
    }
    Ok(length)
}

/// Words, with `3days` as two.
fn split_units(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    for word in text.split_whitespace() {
        match word.find(|c: char| c.is_alphabetic()) {
            Some(at) if at > 0 => {
                words.push(word[..at].to_owned());
                words.push(word[at..].to_owned());
            }
            _ => words.push(word.to_owned()),
        }
    }
    words
}

/// The interval with its sign turned, where that is one.
pub(crate) fn negated_interval(expr: &Expr) -> Option<ExprKind> {
    let ExprKind::Interval { months, days, rest: (units, unit) } = expr.kind else { return None };
    let rest = (units.checked_neg()?, unit);
    Some(ExprKind::Interval { months: months.checked_neg()?, days: days.checked_neg()?, rest })
}

/// `INTERVAL '1 month' * 2` and `2 * INTERVAL '1 month'`, of whole numbers as they are written: an interval too. Of one
/// without months a duration is stretched instead.
pub(crate) fn stretched_interval(left: &Expr, right: &Expr) -> Option<ExprKind> {
    let (months, days, (units, unit), times) = match (&left.kind, &right.kind) {
        (ExprKind::Interval { months, days, rest }, ExprKind::Literal(Scalar::I64(times)))
        | (ExprKind::Literal(Scalar::I64(times)), ExprKind::Interval { months, days, rest })
            if *months != 0 =>
        {
            (*months, *days, *rest, *times)
        }
        _ => return None,
    };
    let months = i32::try_from(i64::from(months).checked_mul(times)?).ok()?;
    Some(ExprKind::Interval {
        months,
        days: days.checked_mul(times)?,
        rest: (units.checked_mul(times)?, unit),
    })
}

impl Lowering<'_> {
    /// `INTERVAL '1 month'`, `INTERVAL '1' MONTH` and `INTERVAL 1 MONTH`.
    pub(crate) fn interval(&self, interval: ast::Interval) -> Result<Expr, PlanError> {
        let ast::Interval {
            value,
            leading_field,
            leading_precision,
            last_field,
            fractional_seconds_precision,
        } = interval;
        let inner = self.tokens.locate(value.span()).unwrap_or_else(|| self.tokens.whole());
        let start =
            self.tokens.keyword_before(inner.start, Keyword::INTERVAL).map_or(inner.start, |w| w.start);
        let mut place = Span { start, end: inner.end };
        if leading_field.is_some() {
            place.end = self.tokens.after(inner).map_or(place.end, |p| p.span.end);
        }
        if last_field.is_some() {
            return Err(unsupported("INTERVAL .. TO", Some(place)));
        }
        if leading_precision.is_some() || fractional_seconds_precision.is_some() {
            return Err(unsupported("INTERVAL with a precision", Some(place)));
        }
        let unit = match &leading_field {
            None => "second".to_owned(),
            Some(DateTimeField::Week(Some(_))) => return Err(unsupported("WEEK of a weekday", Some(place))),
            Some(field) => field.to_string().to_lowercase(),
        };
        let (negative, value) = match *value {
            ast::Expr::UnaryOp { op: ast::UnaryOperator::Minus, expr } => (true, *expr),
            other => (false, other),
        };
        let text = match value {
            ast::Expr::Value(ast::ValueWithSpan { value: Value::SingleQuotedString(text), .. }) => text,
            ast::Expr::Value(ast::ValueWithSpan { value: Value::Number(digits, false), .. })
                if leading_field.is_some() =>
            {
                digits
            }
            _ => return Err(unsupported("INTERVAL of anything but a text in quotes", Some(place))),
        };
        let interval = self.interval_of(&text, &unit, Some(inner), place)?;
        match negated_interval(&interval).filter(|_| negative) {
            Some(kind) => Ok(Expr::from(kind).at(Some(place))),
            None => Ok(interval),
        }
    }

    /// `'1 month'::interval`.
    pub(crate) fn interval_text(
        &self,
        text: &str,
        text_place: Option<Span>,
        place: Span,
    ) -> Result<Expr, PlanError> {
        self.interval_of(text, "second", text_place, place)
    }

    fn interval_of(
        &self,
        text: &str,
        unit: &str,
        text_place: Option<Span>,
        place: Span,
    ) -> Result<Expr, PlanError> {
        let refused = |message: String, hint: String| {
            PlanError::new(PlanErrorKind::Syntax { message, hint: Some(hint) }, text_place.or(Some(place)))
        };
        let length = read(text, unit).map_err(|unread| match unread {
            Unread::Unit(unit) => {
                let units: Vec<String> = UNITS.iter().map(|u| (*u).to_owned()).collect();
                let hint = match suggest(&unit, &units) {
                    Some(best) => format!("did you mean {best}?"),
                    None => format!("units are {}", units.join(", ")),
                };
                refused(format!("{unit} is no unit of an interval"), hint)
            }
            Unread::Text => refused(
                format!("'{text}' does not read as an interval"),
                "write INTERVAL '1 month 2 days 03:04:05'".into(),
            ),
        })?;
        let kind = length.into_kind().ok_or_else(|| {
            PlanError::new(PlanErrorKind::NumberTooLarge { text: text.to_owned() }, Some(place))
        })?;
        Ok(Expr::from(kind).at(Some(place)))
    }
}
