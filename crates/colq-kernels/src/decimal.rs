//! Arithmetic on decimals: whole numbers that stand for so many digits after the point.
//!
//! Everything is exact in 128 bits but for the last digit of a quotient, and what has more than 38 digits is an
//! error. As in `arithmetic`, an error counts only in a row that counts.

#[cfg(test)]
mod tests;

use crate::ArithmeticError;
use colq_column::Bitmap;
use colq_types::decimal::power_of_ten;
use colq_types::{Arithmetic, DataType};

/// One side of an operation: its digits, and how many of them stand after the point.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum DecimalOperand<'a> {
    /// A value of at most 64 bits for each row.
    Narrow(&'a [i64], u8),
    /// A value of 128 bits for each row.
    Wide(&'a [i128], u8),
    /// The same value for every row.
    Scalar(i128, u8),
}

impl DecimalOperand<'_> {
    fn scale(&self) -> u8 {
        match self {
            DecimalOperand::Narrow(_, scale)
            | DecimalOperand::Wide(_, scale)
            | DecimalOperand::Scalar(_, scale) => *scale,
        }
    }

    fn get(&self, row: usize) -> Option<i128> {
        match self {
            DecimalOperand::Narrow(values, _) => values.get(row).map(|value| i128::from(*value)),
            DecimalOperand::Wide(values, _) => values.get(row).copied(),
            DecimalOperand::Scalar(value, _) => Some(*value),
        }
    }

    /// How many rows it can serve.
    fn row_limit(&self) -> usize {
        match self {
            DecimalOperand::Narrow(values, _) => values.len(),
            DecimalOperand::Wide(values, _) => values.len(),
            DecimalOperand::Scalar(..) => usize::MAX,
        }
    }
}

/// What turns two operands into the units of the result.
#[derive(Debug, Clone, Copy)]
struct Steps {
    /// What the left and the right side are multiplied with first.
    left: i128,
    right: i128,
    /// Digits that a quotient gets beyond that of the bare integers.
    digits: u8,
}

impl Steps {
    fn new(op: Arithmetic, left: u8, right: u8, scale: u8) -> Steps {
        let up = |from: u8| power_of_ten(scale.saturating_sub(from));
        match op {
            Arithmetic::Multiply => Steps { left: 1, right: 1, digits: 0 },
            // left / 10^l divided by right / 10^r is (left / right) * 10^(r - l).
            Arithmetic::Divide => Steps { left: 1, right: 1, digits: (scale + right).saturating_sub(left) },
            _ => Steps { left: up(left), right: up(right), digits: 0 },
        }
    }
}

/// Law: `out[i] = left[i] op right[i]` with `scale` digits after the point, for each of `len` rows whose bit in
/// `active` is one; other rows get any value. `active` must leave out the rows in which a side is NULL.
///
/// `scale` is the larger of both scales for `+`, `-` and `%`, their sum for `*`, and at least the left one for `/`.
/// `+`, `-` and `*` are exact; `/` rounds half away from zero; `%` takes the sign of the left side. `len` is cut to
/// the shortest slice.
///
/// # Errors
/// The first active row whose result (or, for `+`, `-` and `%`, a side with the digits of the result) has more than
/// 38 digits ([`ArithmeticError::DecimalOverflow`]) or that divides by zero
/// ([`ArithmeticError::DecimalDivisionByZero`]).
pub fn arithmetic_decimals(
    op: Arithmetic,
    left: DecimalOperand<'_>,
    right: DecimalOperand<'_>,
    scale: u8,
    len: usize,
    active: &Bitmap,
    out: &mut Vec<i128>,
) -> Result<(), ArithmeticError> {
    use DecimalOperand as D;
    let len = len.min(left.row_limit()).min(right.row_limit());
    let steps = Steps::new(op, left.scale(), right.scale(), scale);
    out.clear();
    out.resize(len, 0);
    let failed = match (left, right) {
        (D::Narrow(l, _), D::Narrow(r, _)) => pairs(op, steps, out, l.iter().zip(r).map(widened)),
        (D::Narrow(l, _), D::Wide(r, _)) => {
            pairs(op, steps, out, l.iter().zip(r).map(|(l, r)| (i128::from(*l), *r)))
        }
        (D::Wide(l, _), D::Narrow(r, _)) => {
            pairs(op, steps, out, l.iter().zip(r).map(|(l, r)| (*l, i128::from(*r))))
        }
        (D::Wide(l, _), D::Wide(r, _)) => pairs(op, steps, out, l.iter().copied().zip(r.iter().copied())),
        (D::Narrow(l, _), D::Scalar(r, _)) => pairs(op, steps, out, l.iter().map(|l| (i128::from(*l), r))),
        (D::Scalar(l, _), D::Narrow(r, _)) => pairs(op, steps, out, r.iter().map(|r| (l, i128::from(*r)))),
        (D::Wide(l, _), D::Scalar(r, _)) => pairs(op, steps, out, l.iter().map(|l| (*l, r))),
        (D::Scalar(l, _), D::Wide(r, _)) => pairs(op, steps, out, r.iter().map(|r| (l, *r))),
        (D::Scalar(l, _), D::Scalar(r, _)) => pairs(op, steps, out, std::iter::repeat((l, r))),
    };
    if failed { first_failure(op, left, right, steps, active) } else { Ok(()) }
}

fn widened(pair: (&i64, &i64)) -> (i128, i128) {
    (i128::from(*pair.0), i128::from(*pair.1))
}

/// Runs the loop of one operation; true when any row failed.
fn pairs(op: Arithmetic, steps: Steps, out: &mut [i128], values: impl Iterator<Item = (i128, i128)>) -> bool {
    /// The operation is fixed outside of the loop, so that each loop is compiled for one.
    fn each(
        out: &mut [i128],
        values: impl Iterator<Item = (i128, i128)>,
        one: impl Fn(i128, i128) -> Option<i128>,
    ) -> bool {
        let mut failed = false;
        for (out, (l, r)) in out.iter_mut().zip(values) {
            match one(l, r) {
                Some(value) => *out = value,
                None => failed = true,
            }
        }
        failed
    }
    match op {
        Arithmetic::Add => each(out, values, |l, r| compute(Arithmetic::Add, l, r, steps)),
        Arithmetic::Subtract => each(out, values, |l, r| compute(Arithmetic::Subtract, l, r, steps)),
        Arithmetic::Multiply => each(out, values, |l, r| compute(Arithmetic::Multiply, l, r, steps)),
        Arithmetic::Divide => each(out, values, |l, r| compute(Arithmetic::Divide, l, r, steps)),
        Arithmetic::Remainder => each(out, values, |l, r| compute(Arithmetic::Remainder, l, r, steps)),
    }
}

/// Looks at the active rows one by one, which only happens when some row failed.
#[cold]
fn first_failure(
    op: Arithmetic,
    left: DecimalOperand<'_>,
    right: DecimalOperand<'_>,
    steps: Steps,
    active: &Bitmap,
) -> Result<(), ArithmeticError> {
    let (left_scale, right_scale, operator) = (left.scale(), right.scale(), op.sign());
    for row in active.ones_iter() {
        let (Some(l), Some(r)) = (left.get(row), right.get(row)) else { break };
        if compute(op, l, r, steps).is_some() {
            continue;
        }
        return Err(if r == 0 && matches!(op, Arithmetic::Divide | Arithmetic::Remainder) {
            ArithmeticError::DecimalDivisionByZero { row, left: l, left_scale, operator }
        } else {
            ArithmeticError::DecimalOverflow { row, left: l, left_scale, operator, right: r, right_scale }
        });
    }
    Ok(())
}

/// 10^38: what every value stays below.
const LIMIT: i128 = power_of_ten(DataType::MAX_PRECISION);

#[inline(always)]
fn in_range(value: i128) -> Option<i128> {
    (value < LIMIT && value > -LIMIT).then_some(value)
}

/// One result; `None` where it has too many digits or there is none.
#[inline(always)]
fn compute(op: Arithmetic, left: i128, right: i128, steps: Steps) -> Option<i128> {
    match op {
        Arithmetic::Multiply => in_range(multiply(left, right)?),
        Arithmetic::Divide => in_range(divide(left, right, steps.digits)?),
        _ => {
            let (left, right) = (aligned(left, steps.left)?, aligned(right, steps.right)?);
            in_range(match op {
                Arithmetic::Add => left.checked_add(right)?,
                Arithmetic::Subtract => left.checked_sub(right)?,
                _ => left.checked_rem(right)?,
            })
        }
    }
}

#[inline(always)]
fn aligned(value: i128, by: i128) -> Option<i128> {
    in_range(if by == 1 { value } else { multiply(value, by)? })
}

/// Most factors fit into 64 bits, whose product is one instruction.
#[inline(always)]
fn multiply(left: i128, right: i128) -> Option<i128> {
    match (i64::try_from(left), i64::try_from(right)) {
        (Ok(left), Ok(right)) => Some(i128::from(left) * i128::from(right)),
        _ => left.checked_mul(right),
    }
}

/// `left * 10^digits / right`, rounded half away from zero.
#[inline(always)]
fn divide(left: i128, right: i128, digits: u8) -> Option<i128> {
    if right == 0 {
        return None;
    }
    if digits <= DataType::MAX_PRECISION
        && let Some(numerator) = multiply(left, power_of_ten(digits))
    {
        if let (Ok(numerator), Ok(right)) = (i64::try_from(numerator), i64::try_from(right))
            && numerator > i64::MIN
        {
            let (quotient, rest) = (numerator / right, (numerator % right).unsigned_abs());
            let up = rest >= right.unsigned_abs() - rest;
            let sign = if (numerator < 0) == (right < 0) { 1 } else { -1 };
            return Some(i128::from(quotient) + if up { sign } else { 0 });
        }
        let (quotient, rest) = (numerator.checked_div(right)?, numerator.checked_rem(right)?.unsigned_abs());
        let up = rest >= right.unsigned_abs() - rest;
        let sign = if (numerator < 0) == (right < 0) { 1 } else { -1 };
        return quotient.checked_add(if up { sign } else { 0 });
    }
    long_division(left, right, digits)
}

/// The same where the numerator does not fit: digit by digit.
#[cold]
fn long_division(left: i128, right: i128, digits: u8) -> Option<i128> {
    let (divisor, negative) = (right.unsigned_abs(), (left < 0) != (right < 0));
    let (mut quotient, mut rest) = (left.unsigned_abs() / divisor, left.unsigned_abs() % divisor);
    for _ in 0..digits {
        // Ten times the rest in steps that double it, so that nothing exceeds twice the divisor.
        let (mut product, mut digit) = (0, 0u128);
        for bit in [true, false, true, false] {
            (product, digit) = (2 * product, 2 * digit);
            if product >= divisor {
                (product, digit) = (product - divisor, digit + 1);
            }
            if bit {
                product += rest;
                if product >= divisor {
                    (product, digit) = (product - divisor, digit + 1);
                }
            }
        }
        rest = product;
        quotient = quotient.checked_mul(10)?.checked_add(digit)?;
    }
    if rest >= divisor - rest {
        quotient = quotient.checked_add(1)?;
    }
    let quotient = i128::try_from(quotient).ok()?;
    Some(if negative { -quotient } else { quotient })
}
