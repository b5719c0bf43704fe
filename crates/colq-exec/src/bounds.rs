//! What the summary of a zone says of an expression over one column of it: where a function rises with its argument, the
//! answers for the smallest and the largest value are the ends of all answers, and where both have one so has every
//! value between them.

use crate::Error;
use crate::predicate::{Predicate, Value};
use colq_column::{Bitmap, Bounds, Column, ColumnSource, ZoneSummary, summarise};
use colq_kernels::{Arithmetic, Input, Operand, arithmetic_integers, call, cast};
use colq_plan::Function;
use colq_types::{DataType, Scalar};

/// What is known of values in a zone.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Known {
    pub(crate) summary: ZoneSummary,
    pub(crate) data_type: DataType,
}

/// What is known of an expression in a zone, where that is something: then no row of the zone fails.
pub(crate) fn known(value: &Value, source: &dyn ColumnSource, zone: u64) -> Result<Option<Known>, Error> {
    if let Some(column) = value.as_column() {
        let Some(field) = source.schema().fields().get(column) else { return Ok(None) };
        let summary = source.zone_summary(column, zone)?;
        return Ok(summary.map(|summary| Known { summary, data_type: field.data_type }));
    }
    let Some(inner) = rising_argument(value) else { return Ok(None) };
    let Some(inner) = known(inner, source, zone)? else { return Ok(None) };
    // Floats are left out: NaN has no place between the ends, and sums of floats round.
    let ends = match inner.summary.bounds {
        Some(Bounds::Signed { min, max }) => [i128::from(min), i128::from(max)],
        Some(Bounds::Unsigned { min, max }) if inner.data_type != DataType::Text => {
            [i128::from(min), i128::from(max)]
        }
        _ => return Ok(None),
    };
    let Some((bounds, data_type)) = at_ends(value, ends, inner.data_type) else { return Ok(None) };
    // NULLs stay NULL; the sum is still that of the column, and nobody asks a condition for it.
    let summary = ZoneSummary { bounds: Some(bounds), ..inner.summary };
    Ok(Some(Known { summary, data_type }))
}

/// The answers of a rising expression for the ends of its argument, where both have one.
fn at_ends(value: &Value, ends: [i128; 2], data_type: DataType) -> Option<(Bounds, DataType)> {
    let ends = ends.map(|end| scalar(end, data_type));
    let ends = Column::from_scalars(data_type, &ends);
    if ends.validity.is_some() {
        return None;
    }
    let answers = apply(value, &ends)?;
    let bounds = summarise(&answers.view()).bounds?;
    matches!(bounds, Bounds::Signed { .. } | Bounds::Unsigned { .. }).then_some((bounds, answers.data_type))
}

/// Whole numbers (also as codes, times and decimals of 64 bits) between two ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Range {
    pub(crate) low: i128,
    pub(crate) high: i128,
    pub(crate) data_type: DataType,
}

/// Between which ends the values of an expression are in all zones, where that is known of whole numbers. Without any
/// value both are 0. In rows with values between them it does not fail.
pub(crate) fn range(value: &Value, source: &dyn ColumnSource) -> Result<Option<Range>, Error> {
    if let Some(column) = value.as_column() {
        return column_range(column, source);
    }
    let Some(inner) = rising_argument(value) else { return Ok(None) };
    let Some(inner) = range(inner, source)?.filter(|inner| inner.data_type != DataType::Text) else {
        return Ok(None);
    };
    Ok(match at_ends(value, [inner.low, inner.high], inner.data_type) {
        Some((Bounds::Signed { min, max }, data_type)) => {
            Some(Range { low: i128::from(min), high: i128::from(max), data_type })
        }
        Some((Bounds::Unsigned { min, max }, data_type)) => {
            Some(Range { low: i128::from(min), high: i128::from(max), data_type })
        }
        _ => None,
    })
}

fn column_range(column: usize, source: &dyn ColumnSource) -> Result<Option<Range>, Error> {
    let Some(data_type) = source.schema().fields().get(column).map(|field| field.data_type) else {
        return Ok(None);
    };
    let mut range: Option<(i128, i128)> = None;
    for zone in 0..source.zone_count() {
        let ends = match source.zone_summary(column, zone)?.map(|s| (s.bounds, s.row_count == s.null_count)) {
            Some((Some(Bounds::Signed { min, max }), _)) => (i128::from(min), i128::from(max)),
            Some((Some(Bounds::Unsigned { min, max }), _)) => (i128::from(min), i128::from(max)),
            Some((None, true)) => continue,
            _ => return Ok(None),
        };
        // Records that contradict themselves are not believed.
        if ends.0 > ends.1 {
            return Ok(None);
        }
        range = Some(range.map_or(ends, |(low, high)| (low.min(ends.0), high.max(ends.1))));
    }
    // Without any value (no rows, or NULLs alone) one is enough, but floats have no ends to begin with.
    Ok(match range {
        None if data_type.is_float() => None,
        range => {
            let (low, high) = range.unwrap_or((0, 0));
            Some(Range { low, high, data_type })
        }
    })
}

/// A whole number as a value of a type that is kept as one.
fn scalar(value: i128, data_type: DataType) -> Scalar {
    match data_type {
        DataType::Decimal { scale, .. } => Scalar::Decimal(value, scale),
        DataType::Date => i32::try_from(value).map_or(Scalar::Null, Scalar::Date),
        DataType::Timestamp(unit) => {
            i64::try_from(value).map_or(Scalar::Null, |v| Scalar::Timestamp(v, unit))
        }
        DataType::Duration(unit) => i64::try_from(value).map_or(Scalar::Null, |v| Scalar::Duration(v, unit)),
        t if t.is_unsigned() => u64::try_from(value).map_or(Scalar::Null, Scalar::U64),
        _ => i64::try_from(value).map_or(Scalar::Null, Scalar::I64),
    }
}

/// The argument with which an expression never falls, and fails between two values only where it fails for one of them.
fn rising_argument(value: &Value) -> Option<&Value> {
    let is_whole = |t: &DataType| t.is_integer() || is_time(*t);
    match value {
        Value::Cast { operand, from, to, .. } if is_whole(from) && is_whole(to) => Some(operand),
        Value::Call { function: Function::DateTrunc, args, .. } => match args.as_slice() {
            [Value::Literal(..), x] => Some(x),
            _ => None,
        },
        Value::Call { function: Function::AddDays, args, .. } => match args.as_slice() {
            [x, Value::Literal(..)] => Some(x),
            _ => None,
        },
        // Of instants on the last days of a month, the later one may come to be the earlier one: only dates rise.
        Value::Call { function: Function::AddMonths, args, data_type: DataType::Date, .. } => {
            match args.as_slice() {
                [x, Value::Literal(..)] => Some(x),
                _ => None,
            }
        }
        Value::Call { function: Function::DateBin | Function::DateBinMonths, args, .. } => {
            match args.as_slice() {
                [Value::Literal(..), x, Value::Literal(..)] => Some(x),
                _ => None,
            }
        }
        Value::Arithmetic { op: Arithmetic::Add | Arithmetic::Subtract, left, right, data_type, .. }
            if *data_type == DataType::I64 || is_time(*data_type) =>
        {
            match (&**left, &**right) {
                (x, Value::Literal(value, _)) if !value.is_null() => Some(x),
                _ => None,
            }
        }
        _ => None,
    }
}

fn is_time(data_type: DataType) -> bool {
    matches!(data_type, DataType::Date | DataType::Timestamp(_) | DataType::Duration(_))
}

/// The expression over both ends of its argument; `None` where one has no answer.
fn apply(value: &Value, ends: &Column) -> Option<Column> {
    let active = Bitmap::ones(ends.len());
    let column = match value {
        Value::Cast { to, .. } => cast(&ends.view(), *to, &active).ok()?,
        Value::Arithmetic { op, right, data_type, .. } => {
            let Value::Literal(literal, _) = &**right else { return None };
            let by = i64::try_from(literal.as_i128()?).ok()?;
            let values = ends.values.as_values().as_slice::<i64>()?;
            let mut out = Vec::new();
            let (left, right) = (Operand::Slice(values), Operand::Scalar(by));
            arithmetic_integers(*op, left, right, ends.len(), &active, &mut out).ok()?;
            Column::new(*data_type, out)
        }
        Value::Call { function, args, data_type, .. } => {
            let columns: Vec<Option<Column>> = args
                .iter()
                .map(|arg| match arg {
                    Value::Literal(value, data_type) => Some(Column::from_scalars(*data_type, [value])),
                    _ => None,
                })
                .collect();
            let inputs: Vec<Input<'_>> = columns
                .iter()
                .map(|column| match column {
                    Some(literal) => Input::constant(literal.view()),
                    None => Input::rows(ends.view()),
                })
                .collect();
            call(*function, &inputs, *data_type, ends.len(), &active).ok()?
        }
        _ => return None,
    };
    column.validity.is_none().then_some(column)
}

/// True when judging a condition can be an error for some row of the zone.
pub(crate) fn fails(predicate: &Predicate, source: &dyn ColumnSource, zone: u64) -> Result<bool, Error> {
    let value = |value: &Value| Ok::<_, Error>(value.may_fail() && known(value, source, zone)?.is_none());
    match predicate {
        _ if !predicate.may_fail() => Ok(false),
        Predicate::CompareLiteral { operand, .. }
        | Predicate::Between { operand, .. }
        | Predicate::InList { operand, .. }
        | Predicate::IsNull(operand)
        | Predicate::Bool(operand) => value(operand),
        Predicate::Compare { left, right, .. } | Predicate::Distinct { left, right, .. } => {
            Ok(value(left)? || value(right)?)
        }
        Predicate::And(left, right) | Predicate::Or(left, right) => {
            Ok(fails(left, source, zone)? || fails(right, source, zone)?)
        }
        Predicate::Not(operand) => fails(operand, source, zone),
        Predicate::Constant(_) | Predicate::Codes { .. } => Ok(false),
    }
}
