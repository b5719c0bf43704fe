//! Aggregates of a line over a column of whole numbers, `sum(x + 3)` or `max(10 - x)`: they follow from the aggregate of the
//! column, which summaries may know and several calls share.
//!
//! Law: with `y = factor * x + shift` for every row that counts, `sum(y) = factor * sum(x) + shift * count(x)`, and an end of `y`
//! is the line at an end of `x`, the other one where the factor is below zero. It holds only where no row overflows on its
//! way to `y`, which the ends of the column have to prove; else the rows are computed and say which one failed.

use crate::Error;
use crate::bounds::range;
use crate::constant::folded;
use crate::predicate::Value;
use colq_column::ColumnSource;
use colq_kernels::{Accumulator, Extremes, Sums, signed_word, word_signed};
use colq_plan::{AggregateCall, AggregateFunction, Arithmetic, Typed, TypedKind};
use colq_types::{DataType, Scalar};

/// `factor * x + shift`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Line {
    factor: i128,
    shift: i128,
    /// The type of `x`.
    from: DataType,
    /// The type of the line.
    to: DataType,
}

/// No part of a line is further from zero, so that with values of 64 bits no total of any number of rows leaves 128 bits.
const FURTHEST: i128 = 1 << 64;

impl Line {
    /// The column that the argument of a call is a line over, and the line; `None` where it is none, or some row may fail.
    pub(crate) fn of(
        call: &AggregateCall,
        source: &dyn ColumnSource,
    ) -> Result<Option<(Typed, Line)>, Error> {
        use AggregateFunction as A;
        let follows = matches!(call.function, A::Sum | A::Avg | A::Min | A::Max | A::Count);
        let argument = call.argument.as_ref().filter(|argument| follows && argument.data_type.is_integer());
        let Some(argument) = argument.filter(|argument| argument.as_column().is_none()) else {
            return Ok(None);
        };
        let argument = folded(argument);
        let Some((column, factor, shift)) = line(&argument) else { return Ok(None) };
        if range(&Value::shape(&argument, source)?, source)?.is_none() {
            return Ok(None);
        }
        let line = Line { factor, shift, from: column.data_type, to: argument.data_type };
        Ok(Some((column.clone(), line)))
    }

    /// True where the line falls as the column rises.
    pub(crate) fn falls(self) -> bool {
        self.factor < 0
    }

    /// The state of the line from that of the column.
    pub(crate) fn applied(self, state: &Accumulator) -> Accumulator {
        match state {
            Accumulator::SumInteger(Sums { sums, counts }) => {
                let each = sums.iter().zip(counts);
                let sums = each.map(|(sum, count)| self.factor * sum + self.shift * i128::from(*count));
                Accumulator::SumInteger(Sums { sums: sums.collect(), counts: counts.clone() })
            }
            Accumulator::Extreme(Extremes { words, seen, largest }) => {
                let each = words.iter().zip(seen);
                let words = each.map(|(word, seen)| if *seen { self.word(*word) } else { 0 });
                Accumulator::Extreme(Extremes {
                    words: words.collect(),
                    seen: seen.clone(),
                    largest: *largest != self.falls(),
                })
            }
            other => other.clone(),
        }
    }

    /// The word of the line at the value of a word.
    fn word(self, word: u64) -> u64 {
        let x = if self.from.is_unsigned() { i128::from(word) } else { i128::from(word_signed(word)) };
        let y = self.factor * x + self.shift;
        if self.to.is_unsigned() { y as u64 } else { signed_word(y as i64) }
    }
}

/// The column, the factor and the shift of an expression that is a line over a column of whole numbers.
fn line(expr: &Typed) -> Option<(&Typed, i128, i128)> {
    let is_short = |number: &i128| number.abs() <= FURTHEST;
    if !expr.data_type.is_integer() {
        return None;
    }
    let (column, factor, shift) = match &expr.kind {
        TypedKind::Column { .. } => (expr, 1, 0),
        TypedKind::Cast(operand) => line(operand)?,
        TypedKind::Negate(operand) => {
            let (column, factor, shift) = line(operand)?;
            (column, -factor, -shift)
        }
        TypedKind::Arithmetic { op, left, right } => match (op, number(left), number(right)) {
            (Arithmetic::Add, Some(more), _) => shifted(line(right)?, more),
            (Arithmetic::Add, _, Some(more)) => shifted(line(left)?, more),
            (Arithmetic::Subtract, _, Some(less)) => shifted(line(left)?, -less),
            (Arithmetic::Subtract, Some(from), _) => {
                let (column, factor, shift) = line(right)?;
                (column, -factor, from - shift)
            }
            (Arithmetic::Multiply, Some(times), _) => multiplied(line(right)?, times)?,
            (Arithmetic::Multiply, _, Some(times)) => multiplied(line(left)?, times)?,
            _ => return None,
        },
        _ => return None,
    };
    (is_short(&factor) && is_short(&shift)).then_some((column, factor, shift))
}

fn shifted((column, factor, shift): (&Typed, i128, i128), more: i128) -> (&Typed, i128, i128) {
    (column, factor, shift + more)
}

fn multiplied((column, factor, shift): (&Typed, i128, i128), times: i128) -> Option<(&Typed, i128, i128)> {
    Some((column, factor.checked_mul(times)?, shift.checked_mul(times)?))
}

fn number(expr: &Typed) -> Option<i128> {
    match &expr.kind {
        TypedKind::Literal(value @ (Scalar::I64(_) | Scalar::U64(_))) => value.as_i128(),
        _ => None,
    }
}
