//! Functions of dates, timestamps and durations.

use super::argument::{whole, words};
use super::{Call, FunctionEntry, FunctionGroup};
use crate::coerce::{adapt_literal, cast, is_null_literal};
use crate::{PlanError, PlanErrorKind, Span, Typed, TypedKind};
use colq_types::{DataType, Function, Scalar, TimeUnit};

const GROUP: FunctionGroup = FunctionGroup::Time;

/// What a date or a timestamp can be cut to, from fine to coarse. The first five are parts of a day.
const TRUNCATED: [&str; 13] = [
    "microsecond",
    "millisecond",
    "second",
    "minute",
    "hour",
    "day",
    "week",
    "month",
    "quarter",
    "year",
    "decade",
    "century",
    "millennium",
];
const PARTS_OF_A_DAY: usize = 5;

/// What can be taken of a date or a timestamp.
const PARTS: [&str; 19] = [
    "year",
    "quarter",
    "month",
    "week",
    "day",
    "hour",
    "minute",
    "second",
    "millisecond",
    "microsecond",
    "nanosecond",
    "dow",
    "isodow",
    "doy",
    "epoch",
    "isoyear",
    "decade",
    "century",
    "millennium",
];

pub(super) const ENTRIES: &[FunctionEntry] = &[
    GROUP.entry(
        "date_trunc",
        &["datetrunc"],
        "unit, x",
        [
            "the type of x",
            "The start of the microsecond, millisecond, second, minute, hour, day, week (Monday), month, quarter, year, decade, century or millennium that holds x. A date can be cut to days and more.",
        ],
        ("date_trunc('month', DATE '2013-02-17')", "2013-02-01"),
        date_trunc,
    ),
    GROUP.entry(
        "date_part",
        &["datepart"],
        "unit, x",
        [
            "i64; f64 of `epoch`",
            "Also `EXTRACT(unit FROM x)`: year, quarter, month, week (ISO), day, hour, minute, second, millisecond, microsecond and nanosecond (with the seconds), dow (Sunday is 0), isodow (Monday is 1, Sunday 7), doy, epoch (seconds since 1970), isoyear, decade, century, millennium. Of a duration only epoch.",
        ],
        ("date_part('isodow', DATE '2013-02-17')", "7"),
        date_part,
    ),
    GROUP.entry(
        "date_bin",
        &["time_bucket"],
        "stride, x [, origin]",
        [
            "a timestamp",
            "The start of the bin that holds x; bins are `stride` long (an interval, of whole months too) and one begins at the origin, 1970-01-01.",
        ],
        ("date_bin(INTERVAL '15 minutes', TIMESTAMP '2013-02-17 10:40:00')", "2013-02-17T10:30:00Z"),
        date_bin,
    ),
    GROUP.entry(
        "add_months",
        &[],
        "x, n",
        [
            "the type of x",
            "n months later, or earlier below zero; a day that the month does not have is its last.",
        ],
        ("add_months(DATE '2013-01-31', 1)", "2013-02-28"),
        |c| add(c, Function::AddMonths),
    ),
    GROUP.entry(
        "add_days",
        &[],
        "x, n",
        ["the type of x", "n days later."],
        ("add_days(DATE '2013-01-31', 1)", "2013-02-01"),
        |c| add(c, Function::AddDays),
    ),
    GROUP.entry(
        "make_date",
        &[],
        "year, month, day",
        ["date", "The day; an error where the calendar has none."],
        ("make_date(2013, 2, 17)", "2013-02-17"),
        make_date,
    ),
    GROUP.entry(
        "to_timestamp",
        &[],
        "x",
        ["timestamp(us)", "Of a number: that many seconds after 1970-01-01; of a text or a date: CAST."],
        ("to_timestamp(1.5)", "1970-01-01T00:00:01.5Z"),
        to_timestamp,
    ),
    GROUP.entry(
        "to_timestamp_seconds",
        &[],
        "x",
        ["timestamp(s)", "Of an integer: seconds after 1970-01-01; of anything else: CAST."],
        ("to_timestamp_seconds(60)", "1970-01-01T00:01:00Z"),
        |c| units(c, TimeUnit::Second),
    ),
    GROUP.entry(
        "to_timestamp_millis",
        &[],
        "x",
        ["timestamp(ms)", "Milliseconds."],
        ("to_timestamp_millis(1500)", "1970-01-01T00:00:01.5Z"),
        |c| units(c, TimeUnit::Millisecond),
    ),
    GROUP.entry(
        "to_timestamp_micros",
        &[],
        "x",
        ["timestamp(us)", "Microseconds."],
        ("to_timestamp_micros(1500000)", "1970-01-01T00:00:01.5Z"),
        |c| units(c, TimeUnit::Microsecond),
    ),
    GROUP.entry(
        "to_timestamp_nanos",
        &[],
        "x",
        ["timestamp(ns)", "Nanoseconds."],
        ("to_timestamp_nanos(1500000000)", "1970-01-01T00:00:01.5Z"),
        |c| units(c, TimeUnit::Nanosecond),
    ),
];

/// The unit that a literal names, in the spelling of the list.
fn unit(call: &Call, arg: &Typed, units: &[&'static str]) -> Result<&'static str, PlanError> {
    let written = call.literal_text(arg, "the unit")?;
    let lower = written.trim().to_ascii_lowercase();
    let full = match lower.as_str() {
        "us" | "usec" | "microseconds" => "microsecond",
        "ms" | "msec" | "milliseconds" => "millisecond",
        "ns" | "nanoseconds" => "nanosecond",
        "s" | "sec" | "seconds" => "second",
        "min" | "minutes" => "minute",
        "h" | "hours" => "hour",
        "d" | "days" => "day",
        "w" | "weeks" => "week",
        "mon" | "months" => "month",
        "quarters" => "quarter",
        "y" | "years" => "year",
        "dayofweek" | "weekday" => "dow",
        "dayofyear" => "doy",
        "decades" => "decade",
        "centuries" => "century",
        "millennia" | "millenniums" => "millennium",
        other => other,
    };
    units.iter().find(|known| **known == full).copied().ok_or_else(|| {
        let choices: Vec<String> = units.iter().map(|u| (*u).to_owned()).collect();
        let problem = format!("has no unit '{written}' here");
        let kind = PlanErrorKind::InvalidArgument {
            function: call.name.to_owned(),
            problem,
            choices,
            name: written,
        };
        PlanError::new(kind, arg.span.or(call.span))
    })
}

/// A date or a timestamp; a text literal is read as one.
fn instant(call: &Call, arg: Typed) -> Result<Typed, PlanError> {
    let arg = match (&arg.kind, arg.data_type) {
        (TypedKind::Literal(_), DataType::Text) => {
            adapt_literal(arg, DataType::Timestamp(TimeUnit::Microsecond))?
        }
        _ if is_null_literal(&arg) => adapt_literal(arg, DataType::Timestamp(TimeUnit::Microsecond))?,
        _ => arg,
    };
    match arg.data_type {
        DataType::Date | DataType::Timestamp(_) => Ok(arg),
        _ => Err(call.mismatch(&arg, "a date or a timestamp")),
    }
}

fn date_trunc(mut call: Call) -> Result<Typed, PlanError> {
    let [part, x] = call.exactly()?;
    let x = instant(&call, x)?;
    let units = if x.data_type == DataType::Date { &TRUNCATED[PARTS_OF_A_DAY..] } else { &TRUNCATED[..] };
    let part = unit(&call, &part, units)?;
    let data_type = x.data_type;
    call.give(Function::DateTrunc, vec![words(part), x], data_type)
}

fn date_part(mut call: Call) -> Result<Typed, PlanError> {
    let [part, x] = call.exactly()?;
    let is_duration = matches!(x.data_type, DataType::Duration(_));
    let x = if is_duration { x } else { instant(&call, x)? };
    let part = unit(&call, &part, if is_duration { &["epoch"] } else { &PARTS })?;
    let data_type = if part == "epoch" { DataType::F64 } else { DataType::I64 };
    call.give(Function::DatePart, vec![words(part), x], data_type)
}

/// The stride is a duration, or a text that reads as one; months come as [`TypedKind::Months`].
fn date_bin(mut call: Call) -> Result<Typed, PlanError> {
    let mut args = call.between(2, 3)?.into_iter();
    let (Some(stride), Some(x)) = (args.next(), args.next()) else { return Err(call.wrong_count()) };
    let stride = match stride.kind {
        TypedKind::Literal(Scalar::Text(_) | Scalar::Null) => {
            adapt_literal(stride, DataType::Duration(TimeUnit::Second))?
        }
        _ => stride,
    };
    let x = instant(&call, x)?;
    let origin = match args.next() {
        Some(origin) => instant(&call, origin)?,
        None => {
            let epoch = Scalar::Timestamp(0, TimeUnit::Second);
            Typed {
                kind: TypedKind::Literal(epoch),
                data_type: DataType::Timestamp(TimeUnit::Second),
                span: None,
            }
        }
    };
    let unit_of = |t: DataType| match t {
        DataType::Timestamp(unit) | DataType::Duration(unit) => unit,
        _ => TimeUnit::Second,
    };
    let finest = unit_of(x.data_type).max(unit_of(origin.data_type));
    if let TypedKind::Months(months) = stride.kind {
        let to = DataType::Timestamp(finest);
        let args = vec![whole(i64::from(months)), cast(x, to), cast(origin, to)];
        return call.give(Function::DateBinMonths, args, to);
    }
    if !matches!(stride.data_type, DataType::Duration(_)) {
        return Err(call.mismatch(&stride, "an interval (INTERVAL '15 minutes')"));
    }
    let finest = finest.max(unit_of(stride.data_type));
    let to = DataType::Timestamp(finest);
    let args = vec![cast(stride, DataType::Duration(finest)), cast(x, to), cast(origin, to)];
    call.give(Function::DateBin, args, to)
}

fn add(mut call: Call, function: Function) -> Result<Typed, PlanError> {
    let [x, n] = call.exactly()?;
    let (x, n) = (instant(&call, x)?, call.integer(n)?);
    let data_type = x.data_type;
    call.give(function, vec![x, n], data_type)
}

/// A date or a timestamp moved by months or days of the calendar.
pub(crate) fn add_calendar(
    function: Function,
    x: Typed,
    n: i64,
    span: Option<Span>,
) -> Result<Typed, PlanError> {
    let call = Call { name: "INTERVAL", arguments: "", args: Vec::new(), span };
    let x = instant(&call, x)?;
    let data_type = x.data_type;
    call.give(function, vec![x, whole(n)], data_type)
}

fn make_date(mut call: Call) -> Result<Typed, PlanError> {
    let args: [Typed; 3] = call.exactly()?;
    let args = args.into_iter().map(|arg| call.integer(arg)).collect::<Result<_, _>>()?;
    call.give(Function::MakeDate, args, DataType::Date)
}

/// Seconds as a number, with microseconds of a fraction.
fn to_timestamp(mut call: Call) -> Result<Typed, PlanError> {
    let [x] = call.exactly()?;
    let to = DataType::Timestamp(TimeUnit::Microsecond);
    let duration = DataType::Duration(TimeUnit::Microsecond);
    match x.data_type {
        _ if is_null_literal(&x) => adapt_literal(x, to),
        DataType::Text | DataType::Date | DataType::Timestamp(_) => {
            Ok(Typed { span: call.span, ..cast(x, to) })
        }
        t if t.is_integer() => {
            let seconds = cast(cast(x, DataType::I64), DataType::Duration(TimeUnit::Second));
            Ok(since_epoch(cast(seconds, duration), TimeUnit::Microsecond, call.span))
        }
        t if t.is_number() => {
            let micros = call.float(x)?;
            let million =
                Typed { kind: TypedKind::Literal(Scalar::F64(1e6)), data_type: DataType::F64, span: None };
            let kind = TypedKind::Arithmetic {
                op: crate::Arithmetic::Multiply,
                left: Box::new(micros),
                right: Box::new(million),
            };
            let micros = crate::fold::fold(Typed { kind, data_type: DataType::F64, span: call.span });
            let rounded = Typed {
                kind: TypedKind::Call { function: Function::Round, args: vec![micros, whole(0)] },
                data_type: DataType::F64,
                span: call.span,
            };
            Ok(since_epoch(cast(cast(rounded, DataType::I64), duration), TimeUnit::Microsecond, call.span))
        }
        _ => Err(call.mismatch(&x, "a number, a text, a date or a timestamp")),
    }
}

fn units(mut call: Call, unit: TimeUnit) -> Result<Typed, PlanError> {
    let [x] = call.exactly()?;
    let to = DataType::Timestamp(unit);
    match x.data_type {
        _ if is_null_literal(&x) => adapt_literal(x, to),
        DataType::Text | DataType::Date | DataType::Timestamp(_) => {
            Ok(Typed { span: call.span, ..cast(x, to) })
        }
        t if t.is_integer() => {
            let duration = cast(cast(x, DataType::I64), DataType::Duration(unit));
            Ok(since_epoch(duration, unit, call.span))
        }
        _ => Err(call.mismatch(&x, "an integer, a text, a date or a timestamp")),
    }
}

/// 1970-01-01 and a duration.
fn since_epoch(duration: Typed, unit: TimeUnit, span: Option<Span>) -> Typed {
    let data_type = DataType::Timestamp(unit);
    let epoch = Typed { kind: TypedKind::Literal(Scalar::Timestamp(0, unit)), data_type, span: None };
    let kind = TypedKind::Arithmetic {
        op: crate::Arithmetic::Add,
        left: Box::new(epoch),
        right: Box::new(duration),
    };
    Typed { kind, data_type, span }
}
