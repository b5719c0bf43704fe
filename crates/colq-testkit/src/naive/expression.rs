//! The value of a checked expression for one row. It knows no tables and no other rows.

use super::cast::cast;
use super::{Cell, decimal, function, order};
use crate::NaiveErrorKind;
use colq_plan::{Arithmetic, Comparison, Typed, TypedKind};
use colq_types::{DataType, Scalar};
use std::cmp::Ordering;

/// The value for a row of these cells. AND and OR look at their right side only where the left one does not
/// decide; everything else looks at all of its parts, left to right.
pub(super) fn evaluate(expr: &Typed, cells: &[Cell]) -> Cell {
    match &expr.kind {
        TypedKind::Column { index, .. } => {
            cells.get(*index).cloned().unwrap_or(Err(NaiveErrorKind::MalformedPlan))
        }
        TypedKind::Literal(value) => Ok(value.clone()),
        TypedKind::Compare { op, left, right } => {
            let (left, right) = (evaluate(left, cells)?, evaluate(right, cells)?);
            if left.is_null() || right.is_null() {
                return Ok(Scalar::Null);
            }
            Ok(Scalar::Bool(holds(*op, order_of(&left, &right)?)))
        }
        TypedKind::Distinct { left, right } => {
            let (left, right) = (evaluate(left, cells)?, evaluate(right, cells)?);
            if left.is_null() || right.is_null() {
                return Ok(Scalar::Bool(left.is_null() != right.is_null()));
            }
            Ok(Scalar::Bool(order_of(&left, &right)?.is_ne()))
        }
        TypedKind::Arithmetic { op, left, right } => {
            let (left, right) = (evaluate(left, cells)?, evaluate(right, cells)?);
            arithmetic(*op, left, right, expr.data_type)
        }
        TypedKind::And(left, right) => {
            let left = truth(evaluate(left, cells)?)?;
            if left == Some(false) {
                return Ok(Scalar::Bool(false));
            }
            let right = truth(evaluate(right, cells)?)?;
            Ok(match (left, right) {
                (_, Some(false)) => Scalar::Bool(false),
                (Some(true), Some(true)) => Scalar::Bool(true),
                _ => Scalar::Null,
            })
        }
        TypedKind::Or(left, right) => {
            let left = truth(evaluate(left, cells)?)?;
            if left == Some(true) {
                return Ok(Scalar::Bool(true));
            }
            let right = truth(evaluate(right, cells)?)?;
            Ok(match (left, right) {
                (_, Some(true)) => Scalar::Bool(true),
                (Some(false), Some(false)) => Scalar::Bool(false),
                _ => Scalar::Null,
            })
        }
        TypedKind::Not(operand) => {
            Ok(truth(evaluate(operand, cells)?)?.map_or(Scalar::Null, |v| Scalar::Bool(!v)))
        }
        TypedKind::Negate(operand) => negate(evaluate(operand, cells)?),
        TypedKind::IsNull(operand) => Ok(Scalar::Bool(evaluate(operand, cells)?.is_null())),
        TypedKind::InList { expr, values, has_null } => {
            let value = evaluate(expr, cells)?;
            if value.is_null() {
                return Ok(Scalar::Null);
            }
            for listed in values {
                if order_of(&value, listed)?.is_eq() {
                    return Ok(Scalar::Bool(true));
                }
            }
            Ok(if *has_null { Scalar::Null } else { Scalar::Bool(false) })
        }
        TypedKind::Cast(operand) => cast(evaluate(operand, cells)?, expr.data_type),
        TypedKind::Case { branches, otherwise } => {
            for (when, then) in branches {
                if truth(evaluate(when, cells)?)? == Some(true) {
                    return evaluate(then, cells);
                }
            }
            evaluate(otherwise, cells)
        }
        TypedKind::Coalesce(args) => {
            for arg in args {
                let value = evaluate(arg, cells)?;
                if !value.is_null() {
                    return Ok(value);
                }
            }
            Ok(Scalar::Null)
        }
        TypedKind::Call { function, args } => {
            let args = args.iter().map(|arg| evaluate(arg, cells)).collect::<Result<Vec<_>, _>>()?;
            function::call(*function, &args, expr.data_type)
        }
        TypedKind::Months(_) => Err(NaiveErrorKind::MalformedPlan),
    }
}

fn order_of(a: &Scalar, b: &Scalar) -> Result<Ordering, NaiveErrorKind> {
    order::compare(a, b).ok_or(NaiveErrorKind::MalformedPlan)
}

fn holds(op: Comparison, order: Ordering) -> bool {
    match op {
        Comparison::Equal => order.is_eq(),
        Comparison::NotEqual => order.is_ne(),
        Comparison::Less => order.is_lt(),
        Comparison::LessOrEqual => order.is_le(),
        Comparison::Greater => order.is_gt(),
        Comparison::GreaterOrEqual => order.is_ge(),
    }
}

fn truth(value: Scalar) -> Result<Option<bool>, NaiveErrorKind> {
    match value {
        Scalar::Null => Ok(None),
        Scalar::Bool(v) => Ok(Some(v)),
        _ => Err(NaiveErrorKind::MalformedPlan),
    }
}

fn arithmetic(op: Arithmetic, left: Scalar, right: Scalar, data_type: DataType) -> Cell {
    match (left, right) {
        (Scalar::Null, _) | (_, Scalar::Null) => Ok(Scalar::Null),
        (Scalar::Decimal(a, x), Scalar::Decimal(b, y)) => match data_type {
            DataType::Decimal { scale, .. } => decimal::compute(op, (a, x), (b, y), scale),
            _ => Err(NaiveErrorKind::MalformedPlan),
        },
        (Scalar::Timestamp(a, x), Scalar::Timestamp(b, y)) if x == y && op == Arithmetic::Subtract => {
            units(op, a, b).map(|v| Scalar::Duration(v, x))
        }
        (Scalar::Timestamp(a, x), Scalar::Duration(b, y)) if x == y && adds(op) => {
            units(op, a, b).map(|v| Scalar::Timestamp(v, x))
        }
        (Scalar::Duration(a, x), Scalar::Timestamp(b, y)) if x == y && op == Arithmetic::Add => {
            units(op, a, b).map(|v| Scalar::Timestamp(v, x))
        }
        (Scalar::Duration(a, x), Scalar::Duration(b, y)) if x == y && adds(op) => {
            units(op, a, b).map(|v| Scalar::Duration(v, x))
        }
        (Scalar::Duration(a, x), Scalar::I64(b)) | (Scalar::I64(a), Scalar::Duration(b, x))
            if op == Arithmetic::Multiply =>
        {
            units(op, a, b).map(|v| Scalar::Duration(v, x))
        }
        (Scalar::I64(a), Scalar::I64(b)) if data_type == DataType::I64 => {
            let exact = exactly(op, i128::from(a), i128::from(b))?;
            i64::try_from(exact).map(Scalar::I64).map_err(|_| NaiveErrorKind::Overflow)
        }
        (Scalar::U64(a), Scalar::U64(b)) if data_type == DataType::U64 => {
            let exact = exactly(op, i128::from(a), i128::from(b))?;
            u64::try_from(exact).map(Scalar::U64).map_err(|_| NaiveErrorKind::Overflow)
        }
        (Scalar::F32(a), Scalar::F32(b)) if data_type == DataType::F32 => Ok(Scalar::F32(match op {
            Arithmetic::Add => a + b,
            Arithmetic::Subtract => a - b,
            Arithmetic::Multiply => a * b,
            Arithmetic::Divide => a / b,
            Arithmetic::Remainder => a % b,
        })),
        (Scalar::F64(a), Scalar::F64(b)) if data_type == DataType::F64 => Ok(Scalar::F64(match op {
            Arithmetic::Add => a + b,
            Arithmetic::Subtract => a - b,
            Arithmetic::Multiply => a * b,
            Arithmetic::Divide => a / b,
            Arithmetic::Remainder => a % b,
        })),
        _ => Err(NaiveErrorKind::MalformedPlan),
    }
}

fn adds(op: Arithmetic) -> bool {
    matches!(op, Arithmetic::Add | Arithmetic::Subtract)
}

/// Counts of one unit.
fn units(op: Arithmetic, a: i64, b: i64) -> Result<i64, NaiveErrorKind> {
    let exact = exactly(op, i128::from(a), i128::from(b))?;
    i64::try_from(exact).map_err(|_| NaiveErrorKind::Overflow)
}

/// Integers of 64 bits in 128, where only a product of two unsigned ones could overflow.
fn exactly(op: Arithmetic, a: i128, b: i128) -> Result<i128, NaiveErrorKind> {
    match op {
        Arithmetic::Add => Ok(a + b),
        Arithmetic::Subtract => Ok(a - b),
        Arithmetic::Multiply => a.checked_mul(b).ok_or(NaiveErrorKind::Overflow),
        Arithmetic::Divide | Arithmetic::Remainder if b == 0 => Err(NaiveErrorKind::DivisionByZero),
        Arithmetic::Divide => Ok(a / b),
        Arithmetic::Remainder => Ok(a % b),
    }
}

fn negate(value: Scalar) -> Cell {
    match value {
        Scalar::Null => Ok(Scalar::Null),
        Scalar::I64(v) => v.checked_neg().map(Scalar::I64).ok_or(NaiveErrorKind::Overflow),
        Scalar::Duration(v, unit) => {
            v.checked_neg().map(|v| Scalar::Duration(v, unit)).ok_or(NaiveErrorKind::Overflow)
        }
        Scalar::Decimal(v, scale) => Ok(Scalar::Decimal(-v, scale)),
        Scalar::F32(v) => Ok(Scalar::F32(-v)),
        Scalar::F64(v) => Ok(Scalar::F64(-v)),
        _ => Err(NaiveErrorKind::MalformedPlan),
    }
}
