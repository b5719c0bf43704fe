//! Between which whole numbers the values of an expression can be, whatever the rows hold: the hours of a day, the
//! remainders of a division, the answers of a CASE.
//!
//! This is weaker than what [`crate::bounds`] finds out of the ends of a column, and says nothing of errors: a row that
//! has a value has it within the extent.

use crate::Error;
use crate::bounds::range;
use crate::predicate::Value;
use colq_column::{ColumnSource, View};
use colq_plan::{Arithmetic, Function};
use colq_types::{DataType, Scalar};

/// The ends of the values, both included; `None` where they are not known. An expression that is NULL in every row has
/// the one value 0.
pub(crate) fn extent(value: &Value, source: &dyn ColumnSource) -> Result<Option<(i128, i128)>, Error> {
    if let Some(range) = range(value, source)? {
        return Ok(Some((range.low, range.high)));
    }
    Ok(match value {
        Value::Literal(Scalar::Null, data_type) if is_whole(*data_type) => Some((0, 0)),
        Value::Literal(literal, data_type) if data_type.is_integer() => literal.as_i128().map(|n| (n, n)),
        Value::Predicate(_) => Some((0, 1)),
        Value::Call { function: Function::DatePart, args, .. } => match args.first() {
            Some(Value::Literal(Scalar::Text(part), _)) => calendar(part),
            _ => None,
        },
        Value::Call { function: Function::Length | Function::OctetLength | Function::Strpos, .. } => {
            Some((0, LONGEST))
        }
        Value::Call { function: Function::Sign, data_type, .. } if is_whole(*data_type) => Some((-1, 1)),
        Value::Lookup(table) if table.answers.data_type.is_integer() => Some(ends(&table.answers.view())),
        Value::LateLookup(_, by_rows) => extent(by_rows, source)?,
        Value::Arithmetic { op, left, right, data_type, .. } if data_type.is_integer() => {
            match (extent(left, source)?, extent(right, source)?) {
                (Some(left), Some(right)) => arithmetic(*op, left, right),
                (None, Some(right)) if *op == Arithmetic::Remainder => {
                    arithmetic(*op, (i128::from(i64::MIN), i128::from(u64::MAX)), right)
                }
                _ => None,
            }
        }
        Value::Cast { operand, from, to, .. } if is_whole(*from) && is_whole(*to) => extent(operand, source)?,
        Value::Case { branches, otherwise, data_type } if is_whole(*data_type) => {
            union(branches.iter().map(|(_, then)| then).chain([&**otherwise]), source)?
        }
        Value::Coalesce { args, data_type } if is_whole(*data_type) => union(args.iter(), source)?,
        _ => None,
    })
}

/// No text has more bytes.
const LONGEST: i128 = 1 << 40;

/// The ends of the answers that are not NULL, all of which are known.
fn ends(answers: &View<'_>) -> (i128, i128) {
    let valid = (0..answers.len()).filter(|row| answers.is_valid(*row));
    let values = valid.filter_map(|row| answers.scalar(row).as_i128());
    values
        .fold(None, |ends: Option<(i128, i128)>, value| {
            Some(ends.map_or((value, value), |(low, high)| (low.min(value), high.max(value))))
        })
        .unwrap_or((0, 0))
}

fn is_whole(data_type: DataType) -> bool {
    data_type.is_integer() || data_type == DataType::Bool
}

/// The parts of a calendar that come round.
fn calendar(part: &str) -> Option<(i128, i128)> {
    Some(match part {
        "quarter" => (1, 4),
        "month" => (1, 12),
        "week" => (1, 53),
        "day" => (1, 31),
        "hour" => (0, 23),
        "minute" | "second" => (0, 59),
        "dow" => (0, 6),
        "isodow" => (1, 7),
        "doy" => (1, 366),
        "millisecond" => (0, 59_999),
        "microsecond" => (0, 59_999_999),
        _ => return None,
    })
}

fn arithmetic(op: Arithmetic, left: (i128, i128), right: (i128, i128)) -> Option<(i128, i128)> {
    let corners = |of: fn(i128, i128) -> i128| {
        let all = [of(left.0, right.0), of(left.0, right.1), of(left.1, right.0), of(left.1, right.1)];
        let low = all.into_iter().fold(i128::MAX, i128::min);
        let high = all.into_iter().fold(i128::MIN, i128::max);
        (low, high)
    };
    Some(match op {
        Arithmetic::Add => corners(i128::saturating_add),
        Arithmetic::Subtract => corners(i128::saturating_sub),
        Arithmetic::Multiply => corners(i128::saturating_mul),
        // The remainder has the sign of the number that is divided, and is nearer to zero than both.
        Arithmetic::Remainder => {
            let most = right.0.saturating_abs().max(right.1.saturating_abs()).saturating_sub(1).max(0);
            (left.0.clamp(-most, 0), left.1.clamp(0, most))
        }
        // The quotient of numbers above zero; of others it is no further from zero than what is divided.
        Arithmetic::Divide if left.0 >= 0 && right.0 > 0 => (left.0 / right.1, left.1 / right.0),
        Arithmetic::Divide => {
            let most = left.0.saturating_abs().max(left.1.saturating_abs());
            (-most, most)
        }
    })
}

fn union<'a>(
    values: impl Iterator<Item = &'a Value>,
    source: &dyn ColumnSource,
) -> Result<Option<(i128, i128)>, Error> {
    let mut all: Option<(i128, i128)> = None;
    for value in values {
        if matches!(value, Value::Literal(Scalar::Null, _)) {
            continue;
        }
        let Some(one) = extent(value, source)? else { return Ok(None) };
        all = Some(all.map_or(one, |(low, high)| (low.min(one.0), high.max(one.1))));
    }
    Ok(Some(all.unwrap_or((0, 0))))
}
