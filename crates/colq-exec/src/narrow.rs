//! Decimal arithmetic in 64 bits, where the ends of all columns say that nothing on the way can leave them.
//!
//! Law: the same units as `arithmetic_decimals` gives. An expression that could fail, or be wider, is none of this.

use crate::Error;
use crate::bounds::range;
use crate::evaluated::Evaluated;
use crate::predicate::Value;
use crate::zone::Zone;
use colq_column::{Bitmap, Column, ColumnSource, Values};
use colq_kernels::{Arithmetic, Operand, arithmetic_narrow};
use colq_types::decimal::power_of_ten;
use colq_types::{DataType, Scalar};
use std::borrow::Cow;

/// Digits of the widest decimal that is kept in 64 bits.
const NARROW_DIGITS: u8 = 18;

/// An expression over narrow decimals.
#[derive(Debug, Clone)]
enum Term {
    Column(usize),
    Literal(i64),
    /// Both sides times their factors, then combined.
    Both {
        op: Arithmetic,
        left: Box<Term>,
        right: Box<Term>,
        factors: [i64; 2],
    },
}

/// An expression whose values fit into 64 bits.
#[derive(Debug, Clone)]
pub(crate) struct Narrow {
    term: Term,
    /// How far its values are from zero, at most.
    pub(crate) furthest: i128,
    data_type: DataType,
}

/// A term with the ends of its values and its digits after the point.
struct Known {
    term: Term,
    low: i128,
    high: i128,
    scale: u8,
}

impl Narrow {
    /// `None` for every expression but sums, differences and products of narrow decimals and literals.
    pub(crate) fn new(value: &Value, source: &dyn ColumnSource) -> Result<Option<Narrow>, Error> {
        let Some(known) = term(value, source)? else { return Ok(None) };
        let furthest = known.low.abs().max(known.high.abs());
        let data_type = DataType::Decimal { precision: NARROW_DIGITS, scale: known.scale };
        Ok(Some(Narrow { term: known.term, furthest, data_type }))
    }

    /// True where some row can be NULL: one of the columns is.
    pub(crate) fn may_have_nulls(&self, source: &dyn ColumnSource) -> bool {
        self.term.may_have_nulls(source)
    }

    /// The values for a zone, all of them or those at some positions.
    pub(crate) fn evaluate<'a>(
        &self,
        zone: &mut Zone<'a>,
        at: Option<&[u32]>,
    ) -> Result<Evaluated<'a>, Error> {
        let mut validity = None;
        match self.term.evaluate(zone, at, &mut validity)? {
            Side::Values(values) => Ok(Evaluated::Column(
                Column::new(self.data_type, values.into_owned()).with_validity(validity),
            )),
            Side::Literal(_) => Err(Error::Internal("a literal is no term of its own".into())),
        }
    }
}

/// One side of an operation for a zone.
enum Side<'a> {
    Values(Cow<'a, [i64]>),
    Literal(i64),
}

impl Side<'_> {
    fn operand(&self) -> Operand<'_, i64> {
        match self {
            Side::Values(values) => Operand::Slice(values),
            Side::Literal(value) => Operand::Scalar(*value),
        }
    }
}

impl Term {
    fn may_have_nulls(&self, source: &dyn ColumnSource) -> bool {
        match self {
            Term::Column(column) => source.may_have_nulls(*column),
            Term::Literal(_) => false,
            Term::Both { left, right, .. } => left.may_have_nulls(source) || right.may_have_nulls(source),
        }
    }

    /// The values for a zone, all of them or those at some positions; rows that are NULL leave `validity`.
    fn evaluate<'a>(
        &self,
        zone: &mut Zone<'a>,
        at: Option<&[u32]>,
        validity: &mut Option<Bitmap>,
    ) -> Result<Side<'a>, Error> {
        match self {
            Term::Literal(value) => Ok(Side::Literal(*value)),
            Term::Column(column) => {
                let view = zone.view(*column)?;
                if let Some(all) = view.validity {
                    let own = match at {
                        None => Cow::Borrowed(all),
                        Some(at) => Cow::Owned(at.iter().map(|at| all.get(*at as usize)).collect()),
                    };
                    match validity.as_mut() {
                        Some(both) => both.and_assign(&own),
                        None => *validity = Some(own.into_owned()),
                    }
                }
                let Values::I64(values) = view.values else {
                    let found = view.values.physical().name();
                    return Err(Error::Internal(format!("a narrow decimal is {found}")));
                };
                Ok(Side::Values(match at {
                    None => Cow::Borrowed(values),
                    Some(at) => {
                        let value = |at: &u32| values.get(*at as usize).copied().unwrap_or(0);
                        Cow::Owned(at.iter().map(value).collect())
                    }
                }))
            }
            Term::Both { op, left, right, factors } => {
                let (left, right) = (left.evaluate(zone, at, validity)?, right.evaluate(zone, at, validity)?);
                let (mut out, count) = (Vec::new(), at.map_or(zone.row_count(), <[u32]>::len));
                arithmetic_narrow(*op, left.operand(), right.operand(), *factors, count, &mut out);
                Ok(Side::Values(Cow::Owned(out)))
            }
        }
    }
}

/// The term of an expression, where it is one and all values fit.
fn term(value: &Value, source: &dyn ColumnSource) -> Result<Option<Known>, Error> {
    let known = match value {
        Value::Column(column) => {
            let Some(range) = range(value, source)? else { return Ok(None) };
            match range.data_type {
                DataType::Decimal { precision, scale } if precision <= NARROW_DIGITS => {
                    // The slots of NULLs hold 0.
                    let (low, high) = (range.low.min(0), range.high.max(0));
                    Some(Known { term: Term::Column(*column), low, high, scale })
                }
                _ => None,
            }
        }
        Value::Literal(Scalar::Decimal(digits, scale), _) => i64::try_from(*digits).ok().map(|literal| {
            Known { term: Term::Literal(literal), low: *digits, high: *digits, scale: *scale }
        }),
        Value::Arithmetic { op, left, right, data_type: DataType::Decimal { scale, .. }, .. } => {
            match (term(left, source)?, term(right, source)?) {
                (Some(left), Some(right)) => both(*op, left, right, *scale),
                _ => None,
            }
        }
        _ => None,
    };
    let fits = |known: &Known| i64::try_from(known.low).is_ok() && i64::try_from(known.high).is_ok();
    Ok(known.filter(fits))
}

fn both(op: Arithmetic, left: Known, right: Known, scale: u8) -> Option<Known> {
    let factors = match op {
        Arithmetic::Multiply => [1, 1],
        Arithmetic::Add | Arithmetic::Subtract => {
            let up = |from: u8| i64::try_from(power_of_ten(scale.checked_sub(from)?)).ok();
            [up(left.scale)?, up(right.scale)?]
        }
        _ => return None,
    };
    // Every one of these is the product or sum of two numbers of 64 bits at most.
    let times = |known: &Known, factor: i64| {
        let ends = [known.low * i128::from(factor), known.high * i128::from(factor)];
        ends.iter().all(|end| i64::try_from(*end).is_ok()).then_some(ends)
    };
    let (l, r) = (times(&left, factors[0])?, times(&right, factors[1])?);
    let corners = match op {
        Arithmetic::Add => [l[0] + r[0], l[1] + r[1], l[0] + r[0], l[1] + r[1]],
        Arithmetic::Subtract => [l[0] - r[1], l[1] - r[0], l[0] - r[1], l[1] - r[0]],
        _ => [l[0] * r[0], l[0] * r[1], l[1] * r[0], l[1] * r[1]],
    };
    let (low, high) = (*corners.iter().min()?, *corners.iter().max()?);
    let term = Term::Both { op, left: Box::new(left.term), right: Box::new(right.term), factors };
    Some(Known { term, low, high, scale })
}
