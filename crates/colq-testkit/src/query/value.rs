//! Computed values: columns, arithmetic, casts, conditions as values. Each comes with its type as far as the
//! generator needs to know it.

use super::{Draft, literal};
use crate::table::{DAYS, DIGITS, random_type};
use colq_plan::{Arithmetic, Expr, ExprKind, col, lit};
use colq_types::{DataType, Field, TimeUnit};

const TIMES: [DataType; 4] = [
    DataType::Timestamp(TimeUnit::Second),
    DataType::Timestamp(TimeUnit::Millisecond),
    DataType::Timestamp(TimeUnit::Microsecond),
    DataType::Timestamp(TimeUnit::Nanosecond),
];

const LENGTHS: [DataType; 4] = [
    DataType::Duration(TimeUnit::Second),
    DataType::Duration(TimeUnit::Millisecond),
    DataType::Duration(TimeUnit::Microsecond),
    DataType::Duration(TimeUnit::Nanosecond),
];

/// A decimal that most numbers fit.
const WIDE: DataType = DataType::Decimal { precision: 38, scale: 6 };

/// An expression and its type.
pub(crate) struct Value {
    pub(crate) expr: Expr,
    pub(crate) data_type: DataType,
}

impl Draft<'_> {
    /// A value of any type.
    pub(crate) fn value(&mut self, depth: usize) -> Value {
        match self.random.weighted(&[32, 8, 9, 6, 4, 4, 5, 60, 9, 3, 3]) {
            6 => self.time(),
            7 if depth > 0 => self.function(depth - 1),
            8 if depth > 0 => self.case(depth - 1),
            9 if depth > 0 => self.join(depth - 1),
            10 => self.moved(),
            1 if depth > 0 => self.number(depth - 1),
            2 if depth > 0 => self.cast(depth - 1),
            3 if depth > 0 => Value { expr: self.condition(depth - 1), data_type: DataType::Bool },
            4 => {
                let data_type = random_type(self.random);
                Value { expr: literal::comparable_with(self.random, data_type), data_type }
            }
            5 if depth > 0 => {
                let value = self.number(depth - 1);
                // Unsigned integers become i64 first, which the largest do not fit.
                let expr = if value.data_type == DataType::U64 { value.expr } else { -value.expr };
                Value { expr, ..value }
            }
            _ => self.column(|_| true),
        }
    }

    /// A column of a wanted type, or any where there is none.
    pub(crate) fn column(&mut self, wanted: impl Fn(DataType) -> bool) -> Value {
        if self.fields.is_empty() {
            // Without FROM a literal stands in for it.
            let all: Vec<DataType> = DataType::ALL.into_iter().filter(|t| wanted(*t)).collect();
            let data_type = if all.is_empty() { DataType::I64 } else { *self.random.pick(&all) };
            return Value { expr: literal::comparable_with(self.random, data_type), data_type };
        }
        let fitting: Vec<&Field> = self.fields.iter().filter(|f| wanted(f.data_type)).collect();
        let field =
            if fitting.is_empty() { self.random.pick(self.fields) } else { *self.random.pick(&fitting) };
        Value { expr: col(field.name.clone()), data_type: field.data_type }
    }

    /// A column of anything that compares.
    pub(crate) fn comparable(&mut self) -> Value {
        self.column(|t| !t.is_vector())
    }

    /// Dates, timestamps and durations moved, stretched and taken from one another. Where the table has none, any
    /// column.
    pub(crate) fn time(&mut self) -> Value {
        let is_instant = |t: DataType| matches!(t, DataType::Date | DataType::Timestamp(_));
        let is_duration = |t: DataType| matches!(t, DataType::Duration(_));
        let left = self.column(|t| is_instant(t) || is_duration(t));
        let unit_of = |t: DataType| match t {
            DataType::Timestamp(unit) | DataType::Duration(unit) => Some(unit),
            _ => None,
        };
        let (left_unit, left_type) = (unit_of(left.data_type), left.data_type);
        let unit = left_unit.unwrap_or(TimeUnit::Second);
        let draw = self.random.below(10);
        match (draw, left_type) {
            (0..3, DataType::Duration(unit)) => {
                let times = if self.random.chance(70) {
                    lit(self.random.between(-3, 3))
                } else {
                    self.column(|t| t.is_integer() && t != DataType::U64 && t != DataType::I64).expr
                };
                let expr = if self.random.chance(70) { left.expr * times } else { times * left.expr };
                Value { expr, data_type: DataType::Duration(unit) }
            }
            (3, DataType::Duration(_)) => Value { expr: -left.expr, ..left },
            (0..4, instant) if is_instant(instant) => {
                let right = if self.random.chance(40) {
                    literal::comparable_with(self.random, instant)
                } else {
                    self.column(is_instant).expr
                };
                let data_type = match left_unit {
                    Some(unit) => DataType::Duration(unit),
                    None => DataType::I64,
                };
                Value { expr: left.expr - right, data_type }
            }
            (_, left_type) if is_instant(left_type) || is_duration(left_type) => {
                let right = if self.random.chance(60) {
                    literal::length(self.random, unit)
                } else {
                    self.column(is_duration).expr
                };
                let data_type = match left_type {
                    DataType::Date => DataType::Timestamp(unit),
                    other => other,
                };
                let expr = match self.random.below(3) {
                    0 => left.expr - right,
                    1 => left.expr + right,
                    _ => right + left.expr,
                };
                Value { expr, data_type }
            }
            _ => left,
        }
    }

    /// A number: a column, or arithmetic over them. Fails to bind where the table has no numbers.
    pub(crate) fn number(&mut self, depth: usize) -> Value {
        let left = if depth > 0 && self.random.chance(35) {
            if self.random.chance(30) { self.numeric_function(depth - 1) } else { self.number(depth - 1) }
        } else {
            self.column(DataType::is_number)
        };
        if self.random.chance(30) {
            return left;
        }
        // Sums and products of the widest integers may overflow, so most are computed as floats.
        let left = if matches!(left.data_type, DataType::I64 | DataType::U64) && self.random.chance(75) {
            Value { expr: left.expr.cast(DataType::F64), data_type: DataType::F64 }
        } else {
            left
        };
        let op = *self.random.pick(&[
            Arithmetic::Add,
            Arithmetic::Subtract,
            Arithmetic::Multiply,
            Arithmetic::Divide,
            Arithmetic::Remainder,
        ]);
        let divides = matches!(op, Arithmetic::Divide | Arithmetic::Remainder);
        let subtracts_unsigned = op == Arithmetic::Subtract && left.data_type == DataType::U64;
        let risky = divides && !left.data_type.is_float() || subtracts_unsigned;
        let right = if self.random.chance(if risky { 20 } else { 40 }) {
            self.column(DataType::is_number)
        } else {
            Value { expr: literal::operand(self.random, left.data_type), data_type: left.data_type }
        };
        let data_type = result_type(left.data_type, right.data_type);
        let reversed = self.random.chance(20) && !risky;
        let (left, right) = if reversed { (right.expr, left.expr) } else { (left.expr, right.expr) };
        let expr = ExprKind::Arithmetic { op, left: Box::new(left), right: Box::new(right) }.into();
        Value { expr, data_type }
    }

    /// A conversion; most often one that no value fails.
    pub(crate) fn cast(&mut self, depth: usize) -> Value {
        let value = if depth > 0 && self.random.chance(30) { self.number(0) } else { self.column(|_| true) };
        let is_named = |name: &str| matches!(&value.expr.kind, ExprKind::Column(n) if n.starts_with(name));
        let (digits, days) = (is_named(DIGITS), is_named(DAYS));
        let risky = self.random.chance(10);
        let targets: &[DataType] = match value.data_type {
            _ if risky => DataType::ALL.split_last().map_or(&[], |(_, castable)| castable),
            DataType::Bool => {
                &[DataType::Text, DataType::I8, DataType::U64, DataType::I64, WIDE, DataType::F16]
            }
            DataType::Text if digits => {
                &[DataType::I8, DataType::U16, DataType::I64, DataType::F32, DataType::Bf16, WIDE, LENGTHS[0]]
            }
            DataType::Text if days => &[DataType::Date, TIMES[0], TIMES[1], TIMES[2], TIMES[3]],
            DataType::Text => &[DataType::Text],
            DataType::Date => &[DataType::Text, TIMES[0], TIMES[1], TIMES[2], TIMES[3]],
            DataType::Timestamp(_) => {
                &[DataType::Date, DataType::Text, TIMES[0], TIMES[1], TIMES[2], TIMES[3]]
            }
            DataType::Vector { .. } => &[DataType::Text],
            DataType::Duration(TimeUnit::Second) => &[DataType::Text, DataType::I64, LENGTHS[0], LENGTHS[1]],
            DataType::Duration(_) => &[DataType::Text, DataType::I64, LENGTHS[0], LENGTHS[1], LENGTHS[2]],
            DataType::Decimal { .. } => &[
                DataType::Text,
                DataType::F64,
                DataType::F32,
                DataType::F16,
                DataType::I64,
                DataType::Bool,
                WIDE,
                DataType::Decimal { precision: 20, scale: 1 },
            ],
            t if t.is_float() => {
                &[DataType::Text, DataType::F32, DataType::F64, DataType::F16, DataType::Bf16, DataType::Bool]
            }
            DataType::I8 => {
                &[DataType::I16, DataType::I32, DataType::F32, DataType::F16, WIDE, DataType::Text]
            }
            DataType::U8 => &[DataType::I16, DataType::U32, DataType::F32, DataType::Bool, DataType::Text],
            DataType::U64 => &[DataType::F64, DataType::F32, DataType::Bf16, DataType::Text, WIDE],
            DataType::I64 => &[DataType::F64, DataType::Bf16, WIDE, LENGTHS[2], LENGTHS[3], DataType::Text],
            _ => &[DataType::I64, DataType::F64, DataType::F32, DataType::Bool, DataType::Text, LENGTHS[1]],
        };
        let to = *self.random.pick(targets);
        Value { expr: value.expr.cast(to), data_type: to }
    }
}

/// Roughly the type of arithmetic over two types.
fn result_type(a: DataType, b: DataType) -> DataType {
    match (a, b) {
        (DataType::F64, _) | (_, DataType::F64) => DataType::F64,
        (a, b) if a.is_decimal() && b.is_float() || b.is_decimal() && a.is_float() => DataType::F64,
        (DataType::Decimal { scale: a, .. }, DataType::Decimal { scale: b, .. }) => {
            DataType::Decimal { precision: 38, scale: a.max(b) }
        }
        (decimal, _) | (_, decimal) if decimal.is_decimal() => decimal,
        (a, b) if a.is_float() || b.is_float() => DataType::F32,
        (DataType::U64, _) | (_, DataType::U64) => DataType::U64,
        _ => DataType::I64,
    }
}
