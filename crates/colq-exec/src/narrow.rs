//! Decimal arithmetic in 64 bits, where the ends of all columns say that nothing on the way can leave them.
//!
//! Law: the same units as `arithmetic_decimals` gives. An expression that could fail, or be wider, is none of this.

use crate::Error;
use crate::bounds::range;
use crate::evaluate::both_valid;
use crate::evaluated::Evaluated;
use crate::predicate::Value;
use crate::zone::Zone;
use colq_column::{Bitmap, Column, ColumnSource, Values};
use colq_kernels::{Arithmetic, Fused, Step, fused};
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
    Both(Step, Box<Term>, Box<Term>),
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
        let count = at.map_or(zone.row_count(), <[u32]>::len);
        let (mut columns, mut validity) = (Vec::new(), None);
        self.term.read(zone, at, &mut columns, &mut validity)?;
        let mut out = Vec::new();
        if fused(&self.term.over(&mut columns.iter()), count, &mut out) {
            return Err(Error::Internal("narrow decimals left their bounds".into()));
        }
        Ok(Evaluated::Column(Column::new(self.data_type, out).with_validity(validity)))
    }
}

impl Term {
    fn may_have_nulls(&self, source: &dyn ColumnSource) -> bool {
        match self {
            Term::Column(column) => source.may_have_nulls(*column),
            Term::Literal(_) => false,
            Term::Both(_, left, right) => left.may_have_nulls(source) || right.may_have_nulls(source),
        }
    }

    /// Reads the columns in the order in which they stand in the term, all rows of a zone or those at some positions; rows
    /// that are NULL leave `validity`.
    fn read<'a>(
        &self,
        zone: &mut Zone<'a>,
        at: Option<&[u32]>,
        columns: &mut Vec<Cow<'a, [i64]>>,
        validity: &mut Option<Bitmap>,
    ) -> Result<(), Error> {
        match self {
            Term::Literal(_) => {}
            Term::Column(column) => {
                let view = zone.view(*column)?;
                if let Some(all) = view.validity {
                    let own = match at {
                        None => Cow::Borrowed(all),
                        Some(at) => Cow::Owned(at.iter().map(|at| all.get(*at as usize)).collect()),
                    };
                    *validity = both_valid(validity.take(), Some(&own));
                }
                let Values::I64(values) = view.values else {
                    let found = view.values.physical().name();
                    return Err(Error::Internal(format!("a narrow decimal is {found}")));
                };
                columns.push(match at {
                    None => Cow::Borrowed(values),
                    Some(at) => {
                        let value = |at: &u32| values.get(*at as usize).copied().unwrap_or(0);
                        Cow::Owned(at.iter().map(value).collect())
                    }
                });
            }
            Term::Both(_, left, right) => {
                left.read(zone, at, columns, validity)?;
                right.read(zone, at, columns, validity)?;
            }
        }
        Ok(())
    }

    /// The term over columns that were read.
    fn over<'c>(&self, columns: &mut impl Iterator<Item = &'c Cow<'c, [i64]>>) -> Fused<'c, i64> {
        match self {
            Term::Literal(value) => Fused::Constant(*value),
            Term::Column(_) => Fused::Column(Values::I64(columns.next().map_or(&[], |values| values))),
            Term::Both(step, left, right) => {
                let (left, right) = (left.over(columns), right.over(columns));
                Fused::Both(*step, Box::new(left), Box::new(right))
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
    if op == Arithmetic::Multiply {
        return product(left, right, scale);
    }
    let up = |from: u8| i64::try_from(power_of_ten(scale.checked_sub(from)?)).ok();
    let (by_left, by_right) = (up(left.scale)?, up(right.scale)?);
    let (l, r) = (scaled(left, by_left, scale)?, scaled(right, by_right, scale)?);
    let (low, high) = match op {
        Arithmetic::Add => (l.low + r.low, l.high + r.high),
        Arithmetic::Subtract => (l.low - r.high, l.high - r.low),
        _ => return None,
    };
    let term = Term::Both(Step::Sure(op), Box::new(l.term), Box::new(r.term));
    Some(Known { term, low, high, scale })
}

/// A term times a factor, where that fits into 64 bits.
fn scaled(known: Known, factor: i64, scale: u8) -> Option<Known> {
    let of = Known { term: Term::Literal(factor), low: factor.into(), high: factor.into(), scale: 0 };
    let fits = |known: &Known| i64::try_from(known.low).is_ok() && i64::try_from(known.high).is_ok();
    match known.term {
        _ if factor == 1 => Some(known),
        Term::Literal(value) => {
            let value = value.checked_mul(factor)?;
            Some(Known { term: Term::Literal(value), low: value.into(), high: value.into(), scale })
        }
        _ => product(known, of, scale).filter(fits),
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
