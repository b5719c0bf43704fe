//! Two comparisons of a column with literals, from below and from above, in one pass.
//!
//! Law: the truth of `low AND high`, whatever the row holds: NULL where the column is NULL. An end that does not belong to
//! the rows becomes the next value that does, where the column's type has such a one.

use crate::predicate::Predicate;
use colq_column::ColumnSource;
use colq_types::decimal::power_of_ten;
use colq_types::{Comparison, DataType, Scalar};

/// An end of an interval that belongs to it.
enum End {
    Low(Scalar),
    High(Scalar),
}

/// `left AND right`; two ends of one column become one condition, also where `left` ends with the first of them.
pub(crate) fn and(left: Predicate, right: Predicate, source: &dyn ColumnSource) -> Predicate {
    if let Some(both) = between(&left, &right, source) {
        return both;
    }
    if let Predicate::And(_, last) = &left
        && let Some(both) = between(last, &right, source)
        && let Predicate::And(before_last, _) = left
    {
        return Predicate::And(before_last, Box::new(both));
    }
    Predicate::And(Box::new(left), Box::new(right))
}

/// One condition of two, where they are a lower and an upper end of one column.
fn between(left: &Predicate, right: &Predicate, source: &dyn ColumnSource) -> Option<Predicate> {
    let (Predicate::CompareLiteral { operand, span, .. }, Predicate::CompareLiteral { operand: same, .. }) =
        (left, right)
    else {
        return None;
    };
    let column = operand.as_column().filter(|column| same.as_column() == Some(*column))?;
    let data_type = source.schema().fields().get(column)?.data_type;
    let (low, high) = match (end(left, data_type)?, end(right, data_type)?) {
        (End::Low(low), End::High(high)) | (End::High(high), End::Low(low)) => (low, high),
        _ => return None,
    };
    Some(Predicate::Between { operand: operand.clone(), low, high, span: *span })
}

/// The end that a comparison is, of values of this type.
fn end(predicate: &Predicate, data_type: DataType) -> Option<End> {
    let Predicate::CompareLiteral { op, literal, .. } = predicate else { return None };
    Some(match op {
        Comparison::GreaterOrEqual => End::Low(literal.clone()),
        Comparison::LessOrEqual => End::High(literal.clone()),
        Comparison::Greater => End::Low(beside(literal, data_type, true)?),
        Comparison::Less => End::High(beside(literal, data_type, false)?),
        _ => return None,
    })
}

/// Law: the values of a type that are above a literal are those from this one on, and where it is below, up to this one.
/// `None` where that is not known.
fn beside(literal: &Scalar, data_type: DataType, above: bool) -> Option<Scalar> {
    let step: i64 = if above { 1 } else { -1 };
    let next = |value: f64| {
        let beside = if above { value.next_up() } else { value.next_down() };
        value.is_finite().then_some(Scalar::F64(beside))
    };
    match (literal, data_type) {
        (Scalar::I64(value), t) if t.is_integer() => value.checked_add(step).map(Scalar::I64),
        (Scalar::U64(value), t) if t.is_integer() => value.checked_add_signed(step).map(Scalar::U64),
        (Scalar::Date(day), DataType::Date) => day.checked_add(step as i32).map(Scalar::Date),
        (Scalar::Timestamp(value, unit), DataType::Timestamp(own)) if *unit == own => {
            value.checked_add(step).map(|value| Scalar::Timestamp(value, *unit))
        }
        (Scalar::Duration(value, unit), DataType::Duration(own)) if *unit == own => {
            value.checked_add(step).map(|value| Scalar::Duration(value, *unit))
        }
        (Scalar::I64(value), DataType::Decimal { scale, .. }) => {
            units_beside((*value).into(), 0, scale, step)
        }
        (Scalar::Decimal(digits, own), DataType::Decimal { scale, .. }) => {
            units_beside(*digits, *own, scale, step)
        }
        // What lies between a literal and the next float of 64 bits is no value of a narrower float either.
        (Scalar::F64(value), t) if t.is_float() => next(*value),
        (Scalar::F32(value), t) if t.is_float() => next(f64::from(*value)),
        _ => None,
    }
}

/// A decimal with at least as many digits after the point as the column has, and the next one.
fn units_beside(digits: i128, own: u8, scale: u8, step: i64) -> Option<Scalar> {
    let more = scale.saturating_sub(own);
    let digits = digits.checked_mul(power_of_ten(more))?;
    Some(Scalar::Decimal(digits.checked_add(step.into())?, own.max(scale)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use colq_types::TimeUnit;

    /// What is above a literal begins at the value beside it: nothing lies between the two.
    #[test]
    fn the_value_beside_a_literal_is_the_next_of_the_columns_type() {
        let decimal = DataType::Decimal { precision: 15, scale: 2 };
        let second = |value| Scalar::Timestamp(value, TimeUnit::Second);
        let seconds = DataType::Timestamp(TimeUnit::Second);
        let cases = [
            (Scalar::I64(5), DataType::I8, Some((4, 6)), Scalar::I64 as fn(i64) -> Scalar),
            (second(5), seconds, Some((4, 6)), |v| Scalar::Timestamp(v, TimeUnit::Second)),
            (Scalar::Date(5), DataType::Date, Some((4, 6)), |v| Scalar::Date(v as i32)),
            (Scalar::I64(24), decimal, Some((2399, 2401)), |v| Scalar::Decimal(v.into(), 2)),
            (Scalar::Decimal(5, 1), decimal, Some((49, 51)), |v| Scalar::Decimal(v.into(), 2)),
            (Scalar::Decimal(5125, 3), decimal, Some((5124, 5126)), |v| Scalar::Decimal(v.into(), 3)),
            (second(5), DataType::Timestamp(TimeUnit::Microsecond), None, Scalar::I64),
            (Scalar::F64(5.5), DataType::I64, None, Scalar::I64),
            (Scalar::Text("a".into()), DataType::Text, None, Scalar::I64),
            (Scalar::F64(f64::INFINITY), DataType::F64, None, Scalar::I64),
            (Scalar::F64(f64::NAN), DataType::F64, None, Scalar::I64),
        ];
        for (literal, data_type, expected, made) in cases {
            assert_eq!(
                beside(&literal, data_type, false),
                expected.map(|(below, _)| made(below)),
                "{literal}"
            );
            assert_eq!(
                beside(&literal, data_type, true),
                expected.map(|(_, above)| made(above)),
                "{literal}"
            );
        }
        assert_eq!(beside(&Scalar::I64(i64::MAX), DataType::I64, true), None);
        assert_eq!(beside(&Scalar::U64(0), DataType::U64, false), None);
        assert_eq!(beside(&Scalar::F64(1.0), DataType::F32, true), Some(Scalar::F64(1.0f64.next_up())));
        assert_eq!(beside(&Scalar::F32(0.0), DataType::F32, false), Some(Scalar::F64(0.0f64.next_down())));
    }
}
