//! Arithmetic of several operations in one go, where nothing can be an error on the way or it is only found out afterwards
//! whether something was.
//!
//! Law: the values that `evaluate` computes one operation after the other. What cannot be fused, or turns out to be in doubt,
//! is left to it: there every operation says which row it fails for.

use crate::Error;
use crate::evaluate::{both_valid, value};
use crate::evaluated::{Evaluated, zero_nulls};
use crate::pipeline::Selection;
use crate::predicate::Value;
use crate::zone::Zone;
use colq_column::{Bitmap, Buffer, Column, Lanes, View};
use colq_kernels::{
    Arithmetic, Computed, Float, Fused, Step, Word, add_floats_at, add_fused, count_ones, fused, gather,
    sum_fused,
};
use colq_types::{DataType, Physical, Scalar};
use std::borrow::Cow;

/// An expression over values that are computed beforehand, known by their numbers.
enum Tree<T> {
    Leaf(usize),
    Constant(T),
    Both(Arithmetic, Box<Tree<T>>, Box<Tree<T>>),
}

/// The values of arithmetic of this type for the rows of a zone; `None` where it has to go one operation at a time.
pub(crate) fn fuse<'a>(
    zone: &mut Zone<'a>,
    expr: &Value,
    data_type: DataType,
    active: &Bitmap,
) -> Result<Option<Evaluated<'a>>, Error> {
    match data_type {
        DataType::F64 => fuse_as::<f64>(zone, expr, data_type, active),
        DataType::F32 => fuse_as::<f32>(zone, expr, data_type, active),
        DataType::I64 | DataType::Timestamp(_) | DataType::Duration(_) => {
            fuse_as::<i64>(zone, expr, data_type, active)
        }
        DataType::U64 => fuse_as::<u64>(zone, expr, data_type, active),
        _ => Ok(None),
    }
}

fn fuse_as<'a, T: Computed>(
    zone: &mut Zone<'a>,
    expr: &Value,
    data_type: DataType,
    active: &Bitmap,
) -> Result<Option<Evaluated<'a>>, Error>
where
    Buffer: From<Vec<T>>,
{
    over_columns::<T, _>(zone, expr, data_type, (None, active), |expression, row_count, validity| {
        let mut out = Vec::new();
        if fused(expression, row_count, &mut out) {
            return None;
        }
        let column = Column::new(data_type, Buffer::from(out)).with_validity(validity);
        Some(Evaluated::Column(zero_nulls(column)))
    })
}

/// A running sum, of floats or of whole numbers.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Running {
    Lanes(Lanes),
    Integer(i128),
}

/// A sum that has gone on, and by how many values.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Summed {
    pub(crate) sum: Running,
    pub(crate) count: u64,
}

/// Law: `sum` goes on with the selected values of arithmetic that are not NULL. No value is written down but for a tile of them.
/// `None` where it has to go one operation at a time.
pub(crate) fn fuse_sum(
    zone: &mut Zone<'_>,
    expr: &Value,
    (selection, active): (&Selection, &Bitmap),
    sum: Running,
) -> Result<Option<Summed>, Error> {
    let Value::Arithmetic { data_type, .. } = expr else { return Ok(None) };
    let data_type = *data_type;
    let few = selection.few_positions(zone.row_count());
    let rows = match &few {
        Some(positions) => Among::Few(positions),
        None => Among::All(selection),
    };
    let only = (few.as_deref(), active);
    match (sum, data_type) {
        (Running::Lanes(lanes), DataType::F64) => {
            over_columns::<f64, _>(zone, expr, data_type, only, |expression, row_count, validity| {
                add_floats(expression, row_count, rows, validity.as_ref(), lanes)
            })
        }
        (Running::Lanes(lanes), DataType::F32) => {
            over_columns::<f32, _>(zone, expr, data_type, only, |expression, row_count, validity| {
                add_floats(expression, row_count, rows, validity.as_ref(), lanes)
            })
        }
        (Running::Integer(sum), DataType::I64 | DataType::Duration(_)) => {
            over_columns::<i64, _>(zone, expr, data_type, only, |expression, row_count, validity| {
                add_integers(expression, row_count, rows, validity.as_ref(), sum)
            })
        }
        (Running::Integer(sum), DataType::U64) => {
            over_columns::<u64, _>(zone, expr, data_type, only, |expression, row_count, validity| {
                add_integers(expression, row_count, rows, validity.as_ref(), sum)
            })
        }
        _ => Ok(None),
    }
}

/// Which rows of a zone an expression is summed over.
#[derive(Clone, Copy)]
enum Among<'a> {
    /// The selected ones of all.
    All(&'a Selection),
    /// Every one of those that were fetched from these positions.
    Few(&'a [u32]),
}

fn add_floats<T: Float>(
    expression: &Fused<'_, T>,
    row_count: usize,
    rows: Among<'_>,
    validity: Option<&Bitmap>,
    mut lanes: Lanes,
) -> Option<Summed> {
    let (in_doubt, count) = match rows {
        Among::All(selection) => {
            let rows = selection.counting(validity);
            let count = rows.as_deref().map_or(row_count, count_ones);
            (add_fused(expression, row_count, rows.as_deref(), &mut lanes), count)
        }
        Among::Few(positions) => {
            let mut values = Vec::new();
            let in_doubt = fused(expression, row_count, &mut values);
            if !in_doubt {
                add_floats_at(&values, positions, validity, &mut lanes);
            }
            (in_doubt, validity.map_or(row_count, count_ones))
        }
    };
    (!in_doubt).then_some(Summed { sum: Running::Lanes(lanes), count: count as u64 })
}

fn add_integers<T: Word>(
    expression: &Fused<'_, T>,
    row_count: usize,
    rows: Among<'_>,
    validity: Option<&Bitmap>,
    sum: i128,
) -> Option<Summed> {
    let rows = match rows {
        Among::All(selection) => selection.counting(validity),
        Among::Few(_) => validity.map(Cow::Borrowed),
    };
    let count = rows.as_deref().map_or(row_count, count_ones) as u64;
    let more = sum_fused(expression, row_count, rows.as_deref())?;
    Some(Summed { sum: Running::Integer(sum + more), count })
}

/// True for arithmetic that [`fuse_sum`] sums straight from the columns, so that nothing is gained by going through a zone in
/// blocks.
pub(crate) fn is_over_columns(expr: &Value) -> bool {
    let is_plain = |leaf: &&Value| {
        matches!(leaf, Value::Column(_))
            || matches!(leaf, Value::Cast { operand, .. } if operand.as_column().is_some())
    };
    let Value::Arithmetic { data_type, .. } = expr else { return false };
    let mut leaves = Vec::new();
    let is_tree = match data_type {
        DataType::F64 => tree::<f64>(expr, *data_type, &mut leaves).is_some(),
        DataType::F32 => tree::<f32>(expr, *data_type, &mut leaves).is_some(),
        DataType::I64 | DataType::Duration(_) => tree::<i64>(expr, *data_type, &mut leaves).is_some(),
        DataType::U64 => tree::<u64>(expr, *data_type, &mut leaves).is_some(),
        _ => false,
    };
    is_tree && leaves.iter().all(is_plain)
}

/// Hands on arithmetic of this type over the values of its leaves, those at `positions` where some are given, with the number of
/// rows and those in which no leaf is NULL; `None` where it has to go one operation at a time, or what comes of it is nothing.
fn over_columns<'a, T: Computed, R>(
    zone: &mut Zone<'a>,
    expr: &Value,
    data_type: DataType,
    (positions, active): (Option<&[u32]>, &Bitmap),
    then: impl FnOnce(&Fused<'_, T>, usize, Option<Bitmap>) -> Option<R>,
) -> Result<Option<R>, Error> {
    let mut leaves = Vec::new();
    let Some(tree) = tree::<T>(expr, data_type, &mut leaves) else { return Ok(None) };
    let mut evaluated: Vec<Evaluated<'a>> = Vec::with_capacity(leaves.len());
    for leaf in leaves {
        evaluated.push(value(zone, leaf, active)?);
    }
    let views: Option<Vec<View<'_>>> = evaluated.iter().map(Evaluated::view).collect();
    let Some(views) = views.filter(|views| views.iter().all(|view| is_side(view.data_type, data_type)))
    else {
        return Ok(None);
    };
    let fetched = match positions {
        Some(positions) => views.iter().map(|view| gather(view, positions)).collect::<Result<Vec<_>, _>>(),
        None => Ok(Vec::new()),
    };
    let fetched = fetched.map_err(|error| Error::Internal(error.to_string()))?;
    let views = if positions.is_some() { fetched.iter().map(Column::view).collect() } else { views };
    let row_count = positions.map_or(zone.row_count(), <[u32]>::len);
    let Some(expression) = over(&tree, &views) else { return Ok(None) };
    let mut validity = None;
    for view in &views {
        validity = both_valid(validity, view.validity);
    }
    Ok(then(&expression, row_count, validity))
}

/// The tree of an expression. Its leaves cannot fail, so that it does not matter what is computed first.
fn tree<'v, T: Computed>(
    expr: &'v Value,
    data_type: DataType,
    leaves: &mut Vec<&'v Value>,
) -> Option<Tree<T>> {
    let mut leaf = |value: &'v Value| {
        leaves.push(value);
        Tree::Leaf(leaves.len() - 1)
    };
    Some(match expr {
        Value::Arithmetic { op, left, right, data_type: own, .. } if *own == data_type => {
            let (left, right) = (tree(left, data_type, leaves)?, tree(right, data_type, leaves)?);
            Tree::Both(*op, Box::new(left), Box::new(right))
        }
        // The product with -1 is the opposite to the bit, but for NaN, which the operation around it makes the one NaN.
        Value::Negate { operand, data_type: own, .. } if *own == data_type && data_type.is_float() => {
            let minus_one = match data_type {
                DataType::F32 => Scalar::F32(-1.0),
                _ => Scalar::F64(-1.0),
            };
            let (left, right) = (constant(&minus_one, data_type)?, tree(operand, data_type, leaves)?);
            Tree::Both(Arithmetic::Multiply, Box::new(Tree::Constant(left)), Box::new(right))
        }
        Value::Literal(Scalar::Null, _) => return None,
        Value::Literal(literal, own) if *own == data_type => Tree::Constant(constant(literal, data_type)?),
        Value::Cast { operand, from, to, .. } if *to == data_type && is_widened(*from, data_type) => {
            if operand.may_fail() || matches!(**operand, Value::Literal(..)) {
                return None;
            }
            leaf(operand)
        }
        other if other.may_fail() => return None,
        other => leaf(other),
    })
}

/// The one value of a literal of this type.
fn constant<T: Computed>(literal: &Scalar, data_type: DataType) -> Option<T> {
    let one = Column::from_scalars(data_type, [literal]);
    one.values.as_values().as_slice::<T>()?.first().copied()
}

/// True for numbers that are computed with as numbers of a type, and need no check on the way to it.
fn is_widened(from: DataType, to: DataType) -> bool {
    match to {
        DataType::F64 => from.is_integer() || from.is_float(),
        // Days are whole numbers.
        DataType::I64 => from == DataType::Date || from.is_integer() && from != DataType::U64,
        DataType::U64 => from.is_unsigned(),
        _ => from == to,
    }
}

/// True for the type of a side of arithmetic of this type. Times and durations are counts of one unit: sides of another one are
/// converted before.
fn is_side(side: DataType, of: DataType) -> bool {
    match of {
        DataType::Timestamp(_) | DataType::Duration(_) => side.physical() == Some(Physical::I64),
        _ => is_widened(side, of),
    }
}

fn over<'a, T: Copy>(tree: &Tree<T>, views: &[View<'a>]) -> Option<Fused<'a, T>> {
    Some(match tree {
        Tree::Leaf(number) => Fused::Column(views.get(*number)?.values),
        Tree::Constant(value) => Fused::Constant(*value),
        Tree::Both(op, left, right) => {
            let (left, right) = (over(left, views)?, over(right, views)?);
            Fused::Both(Step::Checked(*op), Box::new(left), Box::new(right))
        }
    })
}
