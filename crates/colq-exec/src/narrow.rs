//! Decimal arithmetic in 64 bits, where the ends of all columns say that nothing on the way can leave them.
//!
//! Law: the same units as `arithmetic_decimals` gives, and the branch that a CASE takes. An expression that could fail, or be
//! wider, is none of this.

mod shape;

use crate::Error;
use crate::choice::Chosen;
use crate::evaluate::{both_valid, truth};
use crate::evaluated::Evaluated;
use crate::pipeline::Selection;
use crate::predicate::{Predicate, Value};
use crate::zone::Zone;
use colq_column::{Bitmap, Buffer, Column, ColumnSource, Values, View};
use colq_kernels::{Fused, Step, count_ones, fused, gather, positions, sum_fused, sum_integers, to_i64};
use colq_types::{DataType, Scalar};
use std::borrow::Cow;

/// Digits of the widest decimal that is kept in 64 bits.
const NARROW_DIGITS: u8 = 18;

/// Where fewer than one of so many rows is selected, decimals are computed for the selected ones alone: most of what they
/// are computed from is not even read.
const MANY_ROWS_FOR_ONE: usize = 8;

/// An expression over narrow decimals.
#[derive(Debug, Clone)]
enum Term {
    Column(usize),
    Literal(i64),
    /// A branch without values.
    Null,
    Both(Step, Box<Term>, Box<Term>),
    /// The first one where the condition is true, else the second one, with so many digits after the point.
    Choice(Box<Predicate>, Box<Term>, Box<Term>, u8),
}

/// An expression whose values fit into 64 bits.
#[derive(Debug, Clone)]
pub(crate) struct Narrow {
    term: Term,
    /// How far its values are from zero, at most.
    pub(crate) furthest: i128,
    scale: u8,
}

/// The values of a term for some rows, and which of them are not NULL.
struct Computed<'a> {
    values: Cow<'a, [i64]>,
    validity: Option<Bitmap>,
}

impl Narrow {
    /// `None` for every expression but sums, differences, products, quotients and choices of narrow decimals and literals.
    pub(crate) fn new(value: &Value, source: &dyn ColumnSource) -> Result<Option<Narrow>, Error> {
        let Some(known) = shape::term(value, source)? else { return Ok(None) };
        let furthest = known.low.abs().max(known.high.abs());
        Ok(Some(Narrow { term: known.term, furthest, scale: known.scale }))
    }

    /// True where some row can be NULL: one of the columns is, or a branch.
    pub(crate) fn may_have_nulls(&self, source: &dyn ColumnSource) -> bool {
        self.term.may_have_nulls(source)
    }

    /// The values for the active rows of a zone; other rows hold anything.
    pub(crate) fn evaluate<'a>(&self, zone: &mut Zone<'a>, active: &Bitmap) -> Result<Evaluated<'a>, Error> {
        let row_count = zone.row_count();
        if count_ones(active) * MANY_ROWS_FOR_ONE >= row_count {
            return self.term.evaluate(zone, None, self.scale);
        }
        let mut at = Vec::new();
        positions(active, &mut at);
        let few = self.term.compute(zone, Some(&at), self.scale)?;
        let mut values = vec![0; row_count];
        at.iter().zip(few.values.iter()).for_each(|(at, value)| values[*at as usize] = *value);
        let validity = few.validity.map(|few| {
            let mut validity = Bitmap::zeros(row_count);
            few.ones_iter().filter_map(|row| at.get(row)).for_each(|at| validity.set(*at as usize, true));
            validity
        });
        Ok(Evaluated::Column(Column::new(narrow_type(self.scale), values).with_validity(validity)))
    }

    /// The sum of the values of the selected rows of a zone that are not NULL, and how many they are.
    pub(crate) fn sum(
        &self,
        zone: &mut Zone<'_>,
        (selection, active): (&Selection, &Bitmap),
    ) -> Result<(i128, u64), Error> {
        let row_count = zone.row_count();
        let is_few = selection.count(row_count) * MANY_ROWS_FOR_ONE < row_count;
        if is_few && let Some(at) = selection.positions() {
            let few = self.term.compute(zone, Some(&at), self.scale)?;
            let count = few.validity.as_ref().map_or(at.len(), count_ones);
            return Ok((sum_integers(&few.values, few.validity.as_ref()), count as u64));
        }
        let rows = if matches!(selection, Selection::All) { None } else { Some(active) };
        self.term.sum(zone, rows)
    }
}

/// The type in which units are handed on.
fn narrow_type(scale: u8) -> DataType {
    DataType::Decimal { precision: NARROW_DIGITS, scale }
}

impl Term {
    fn may_have_nulls(&self, source: &dyn ColumnSource) -> bool {
        match self {
            Term::Column(column) => source.may_have_nulls(*column),
            Term::Literal(_) => false,
            Term::Null => true,
            Term::Both(_, left, right) | Term::Choice(_, left, right, _) => {
                left.may_have_nulls(source) || right.may_have_nulls(source)
            }
        }
    }

    /// The sum of the values of these rows, `None` meaning all, and how many they are. A choice is the sum of one branch over
    /// the rows that take it and of the other one over the rest.
    fn sum(&self, zone: &mut Zone<'_>, rows: Option<&Bitmap>) -> Result<(i128, u64), Error> {
        let row_count = zone.row_count();
        match self {
            Term::Null => Ok((0, 0)),
            Term::Literal(value) => {
                let count = rows.map_or(row_count, count_ones);
                Ok((i128::from(*value) * count as i128, count as u64))
            }
            Term::Choice(when, then, otherwise, _) => {
                let rows = rows.map_or_else(|| Cow::Owned(Bitmap::ones(row_count)), Cow::Borrowed);
                let mut taken = truth(zone, when, &rows)?.trues;
                taken.and_assign(&rows);
                let mut rest = rows.into_owned();
                rest.and_not_assign(&taken);
                let (then, otherwise) = (then.sum(zone, Some(&taken))?, otherwise.sum(zone, Some(&rest))?);
                Ok((then.0 + otherwise.0, then.1 + otherwise.1))
            }
            Term::Column(_) | Term::Both(..) => {
                let (mut columns, mut validity) = (Vec::new(), None);
                self.read(zone, None, &mut columns, &mut validity)?;
                let rows = match (rows, &mut validity) {
                    (Some(rows), Some(validity)) => {
                        validity.and_assign(rows);
                        Some(&*validity)
                    }
                    (rows, validity) => rows.or(validity.as_ref()),
                };
                let count = rows.map_or(row_count, count_ones) as u64;
                let sum = match (self, columns.first()) {
                    (Term::Column(_), Some(values)) => sum_integers(values, rows),
                    _ => {
                        sum_fused(&self.over(&mut columns.iter()), row_count, rows).ok_or_else(left_bounds)?
                    }
                };
                Ok((sum, count))
            }
        }
    }

    /// The values for a zone, all of them or those at some positions.
    fn evaluate<'a>(
        &self,
        zone: &mut Zone<'a>,
        at: Option<&[u32]>,
        scale: u8,
    ) -> Result<Evaluated<'a>, Error> {
        Ok(match self {
            Term::Literal(value) => {
                Evaluated::Literal(Scalar::Decimal((*value).into(), scale), narrow_type(scale))
            }
            Term::Null => Evaluated::Literal(Scalar::Null, narrow_type(scale)),
            _ => {
                if let Term::Column(column) = self
                    && at.is_none()
                    && let view = zone.view(*column)?
                    && let Values::I64(_) = view.values
                {
                    return Ok(Evaluated::View(view));
                }
                let Computed { values, validity } = self.compute(zone, at, scale)?;
                let column = Column::new(narrow_type(scale), values.into_owned());
                Evaluated::Column(column.with_validity(validity))
            }
        })
    }

    /// The same in 64 bits a row.
    fn compute<'a>(&self, zone: &mut Zone<'a>, at: Option<&[u32]>, scale: u8) -> Result<Computed<'a>, Error> {
        let count = at.map_or(zone.row_count(), <[u32]>::len);
        match self {
            Term::Choice(when, then, otherwise, scale) => {
                let active = match at {
                    None => Bitmap::ones(zone.row_count()),
                    Some(at) => {
                        let mut active = Bitmap::zeros(zone.row_count());
                        at.iter().for_each(|at| active.set(*at as usize, true));
                        active
                    }
                };
                let trues = truth(zone, when, &active)?.trues;
                let taken = match at {
                    None => trues,
                    Some(at) => at.iter().map(|at| trues.get(*at as usize)).collect(),
                };
                let mut rest = taken.clone();
                rest.not_assign();
                let branches = [(then, taken), (otherwise, rest)];
                let branches =
                    branches.into_iter().map(|(of, rows)| Ok((of.evaluate(zone, at, *scale)?, rows)));
                let taken = branches.collect::<Result<Vec<_>, Error>>()?;
                computed(Chosen { taken }.finish(count, narrow_type(*scale))?, count)
            }
            Term::Literal(_) | Term::Null => computed(self.evaluate(zone, at, scale)?, count),
            Term::Column(_) | Term::Both(..) => {
                let (mut columns, mut validity) = (Vec::new(), None);
                self.read(zone, at, &mut columns, &mut validity)?;
                if let Term::Column(_) = self
                    && let Some(values) = columns.pop()
                {
                    return Ok(Computed { values, validity });
                }
                let mut out = Vec::new();
                if fused(&self.over(&mut columns.iter()), count, &mut out) {
                    return Err(left_bounds());
                }
                Ok(Computed { values: Cow::Owned(out), validity })
            }
        }
    }

    /// Reads the columns in the order in which they stand in the term, all rows of a zone or those at some positions, choices as
    /// columns of their own; rows that are NULL leave `validity`.
    fn read<'a>(
        &self,
        zone: &mut Zone<'a>,
        at: Option<&[u32]>,
        columns: &mut Vec<Cow<'a, [i64]>>,
        validity: &mut Option<Bitmap>,
    ) -> Result<(), Error> {
        match self {
            Term::Literal(_) | Term::Null => {}
            Term::Column(column) => {
                let view = zone.view(*column)?;
                if let Some(all) = view.validity {
                    let own = match at {
                        None => Cow::Borrowed(all),
                        Some(at) => Cow::Owned(at.iter().map(|at| all.get(*at as usize)).collect()),
                    };
                    *validity = both_valid(validity.take(), Some(&own));
                }
                columns.push(match (at, view.values) {
                    (None, _) => units(&view)?,
                    (Some(at), Values::I64(values)) => {
                        let value = |at: &u32| values.get(*at as usize).copied().unwrap_or(0);
                        Cow::Owned(at.iter().map(value).collect())
                    }
                    (Some(at), _) => {
                        let few = gather(&view, at).map_err(internal)?;
                        Cow::Owned(units(&few.view())?.into_owned())
                    }
                });
            }
            Term::Both(_, left, right) => {
                left.read(zone, at, columns, validity)?;
                right.read(zone, at, columns, validity)?;
            }
            Term::Choice(.., scale) => {
                let chosen = self.compute(zone, at, *scale)?;
                *validity = both_valid(validity.take(), chosen.validity.as_ref());
                columns.push(chosen.values);
            }
        }
        Ok(())
    }

    /// The term over columns that were read.
    fn over<'c>(&self, columns: &mut impl Iterator<Item = &'c Cow<'c, [i64]>>) -> Fused<'c, i64> {
        match self {
            Term::Literal(value) => Fused::Constant(*value),
            // It stands in a choice alone.
            Term::Null => Fused::Constant(0),
            Term::Column(_) | Term::Choice(..) => {
                Fused::Column(Values::I64(columns.next().map_or(&[], |values| values)))
            }
            Term::Both(step, left, right) => {
                let (left, right) = (left.over(columns), right.over(columns));
                Fused::Both(*step, Box::new(left), Box::new(right))
            }
        }
    }
}

/// The units of what was evaluated.
fn computed(evaluated: Evaluated<'_>, count: usize) -> Result<Computed<'_>, Error> {
    let not_units = || Error::Internal("a choice of narrow decimals is none".into());
    Ok(match evaluated {
        Evaluated::Narrowed(values, rows) => {
            let values = computed(*values, count)?.values;
            Computed { values, validity: Some(rows) }
        }
        Evaluated::View(view) => {
            let Values::I64(values) = view.values else { return Err(not_units()) };
            Computed { values: Cow::Borrowed(values), validity: view.validity.cloned() }
        }
        other => {
            let column = other.into_column(count);
            let Buffer::I64(values) = column.values else { return Err(not_units()) };
            Computed { values: Cow::Owned(values), validity: column.validity }
        }
    })
}

/// The units of a column.
fn units<'a>(view: &View<'a>) -> Result<Cow<'a, [i64]>, Error> {
    // No u64 is among them, so that nothing has to be looked at.
    to_i64(view, &Bitmap::default()).map_err(internal)
}

fn internal(error: colq_kernels::Error) -> Error {
    Error::Internal(error.to_string())
}

fn left_bounds() -> Error {
    Error::Internal("narrow decimals left their bounds".into())
}
