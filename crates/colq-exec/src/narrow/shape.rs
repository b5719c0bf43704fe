//! Which expressions over decimals stay within 64 bits: terms with the ends of their values, from the ends of their columns.

use super::{NARROW_DIGITS, Term};
use crate::Error;
use crate::bounds::range;
use crate::predicate::{Predicate, Value};
use colq_column::ColumnSource;
use colq_kernels::{Arithmetic, QUOTIENT_LIMIT, Step};
use colq_types::decimal::{fits, power_of_ten};
use colq_types::{DataType, Scalar};

/// A term with the ends of its values and its digits after the point.
pub(super) struct Known {
    pub(super) term: Term,
    pub(super) low: i128,
    pub(super) high: i128,
    pub(super) scale: u8,
}

impl Known {
    fn literal(digits: i128, scale: u8) -> Option<Known> {
        let literal = i64::try_from(digits).ok()?;
        Some(Known { term: Term::Literal(literal), low: digits, high: digits, scale })
    }

    /// True where 64 bits hold every value.
    fn is_narrow(&self) -> bool {
        i64::try_from(self.low).is_ok() && i64::try_from(self.high).is_ok()
    }

    /// True where the values are below the limit, whatever their signs.
    fn is_within(&self, limit: i64) -> bool {
        let limit = i128::from(limit);
        self.low > -limit && self.high < limit
    }
}

/// The term of an expression, where it is one and all values fit.
pub(super) fn term(value: &Value, source: &dyn ColumnSource) -> Result<Option<Known>, Error> {
    let known = match value {
        Value::Column(column) => {
            let Some(range) = range(value, source)? else { return Ok(None) };
            let scale = match range.data_type {
                DataType::Decimal { precision, scale } if precision <= NARROW_DIGITS => Some(scale),
                // Whole numbers that are made decimals.
                other if other.is_integer() && other != DataType::U64 => Some(0),
                _ => None,
            };
            let (mut low, mut high) = (range.low, range.high);
            if source.may_have_nulls(*column) {
                // Their slots hold 0.
                (low, high) = (low.min(0), high.max(0));
            }
            scale.map(|scale| Known { term: Term::Column(*column), low, high, scale })
        }
        Value::Literal(Scalar::Decimal(digits, scale), _) => Known::literal(*digits, *scale),
        Value::Arithmetic { op, left, right, data_type: DataType::Decimal { scale, .. }, .. } => {
            match (term(left, source)?, term(right, source)?) {
                (Some(left), Some(right)) => both(*op, left, right, *scale),
                _ => None,
            }
        }
        Value::Negate { operand, data_type: DataType::Decimal { scale, .. }, .. } => {
            let minus_one = Known::literal(-1, 0);
            term(operand, source)?.zip(minus_one).and_then(|(of, by)| product(of, by, *scale))
        }
        Value::Cast { operand, to: DataType::Decimal { precision, scale }, .. } => {
            let raised = term(operand, source)?.and_then(|known| raised(known, *scale));
            raised.filter(|known| fits(known.low, *precision) && fits(known.high, *precision))
        }
        Value::Case { branches, otherwise, data_type: DataType::Decimal { scale, .. } } => {
            choice(branches, otherwise, *scale, source)?
        }
        _ => None,
    };
    Ok(known.filter(Known::is_narrow))
}

/// The term of a CASE of which no condition can fail: then nobody minds that the branches are computed for other rows too.
fn choice(
    branches: &[(Predicate, Value)],
    otherwise: &Value,
    scale: u8,
    source: &dyn ColumnSource,
) -> Result<Option<Known>, Error> {
    let branch = |value: &Value| match value {
        Value::Literal(Scalar::Null, _) => Ok(Some(Known { term: Term::Null, low: 0, high: 0, scale })),
        value => Ok::<_, Error>(term(value, source)?.and_then(|known| raised(known, scale))),
    };
    let Some(mut all) = branch(otherwise)? else { return Ok(None) };
    for (when, then) in branches.iter().rev() {
        if when.may_fail() {
            return Ok(None);
        }
        let Some(then) = branch(then)? else { return Ok(None) };
        let (low, high) = (all.low.min(then.low), all.high.max(then.high));
        let term = Term::Choice(Box::new(when.clone()), Box::new(then.term), Box::new(all.term), scale);
        all = Known { term, low, high, scale };
    }
    Ok(Some(all))
}

fn both(op: Arithmetic, left: Known, right: Known, scale: u8) -> Option<Known> {
    match op {
        Arithmetic::Multiply => return product(left, right, scale),
        Arithmetic::Divide => return quotient(left, right, scale),
        _ => {}
    }
    let (l, r) = (raised(left, scale)?, raised(right, scale)?);
    let (low, high) = match op {
        Arithmetic::Add => (l.low + r.low, l.high + r.high),
        Arithmetic::Subtract => (l.low - r.high, l.high - r.low),
        _ => return None,
    };
    let term = Term::Both(Step::Sure(op), Box::new(l.term), Box::new(r.term));
    Some(Known { term, low, high, scale })
}

/// The same values with more digits after the point, where these fit into 64 bits.
fn raised(known: Known, scale: u8) -> Option<Known> {
    let digits = scale.checked_sub(known.scale)?;
    multiplied(known, digits, scale)
}

/// The units of a term times a power of ten, where they fit into 64 bits.
fn multiplied(known: Known, digits: u8, scale: u8) -> Option<Known> {
    if digits > NARROW_DIGITS {
        return None;
    }
    let factor = power_of_ten(digits);
    match known.term {
        Term::Null => Some(Known { scale, ..known }),
        _ if digits == 0 => Some(Known { scale, ..known }),
        Term::Literal(value) => Known::literal(i128::from(value) * factor, scale),
        _ => product(known, Known::literal(factor, 0)?, scale).filter(Known::is_narrow),
    }
}

/// A product of two numbers of 64 bits.
fn product(left: Known, right: Known, scale: u8) -> Option<Known> {
    let corners =
        [left.low * right.low, left.low * right.high, left.high * right.low, left.high * right.high];
    let (low, high) = (*corners.iter().min()?, *corners.iter().max()?);
    let is_half = |known: &Known| i32::try_from(known.low).is_ok() && i32::try_from(known.high).is_ok();
    let step = match is_half(&left) && is_half(&right) {
        true => Step::Halves,
        false => Step::Sure(Arithmetic::Multiply),
    };
    let term = Term::Both(step, Box::new(left.term), Box::new(right.term));
    Some(Known { term, low, high, scale })
}

/// A quotient of small numbers by what is never 0.
fn quotient(left: Known, right: Known, scale: u8) -> Option<Known> {
    // left / 10^l divided by right / 10^r is (left / right) * 10^(r - l).
    let digits = (scale + right.scale).checked_sub(left.scale)?;
    let left = multiplied(left, digits, scale)?;
    let is_never_zero = right.low > 0 || right.high < 0;
    if !is_never_zero || !left.is_within(QUOTIENT_LIMIT) || !right.is_within(QUOTIENT_LIMIT) {
        return None;
    }
    let corners =
        [left.low / right.low, left.low / right.high, left.high / right.low, left.high / right.high];
    // Cut off here, and rounded there.
    let (low, high) = (*corners.iter().min()? - 1, *corners.iter().max()? + 1);
    let term = Term::Both(Step::Rounded, Box::new(left.term), Box::new(right.term));
    Some(Known { term, low, high, scale })
}
