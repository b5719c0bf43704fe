//! Arithmetic of several operations in one go, where nothing can be an error on the way or it is only found out afterwards
//! whether something was.
//!
//! Law: the values that `evaluate` computes one operation after the other. What cannot be fused, or turns out to be in doubt,
//! is left to it: there every operation says which row it fails for.

use crate::Error;
use crate::evaluate::{both_valid, value};
use crate::evaluated::{Evaluated, zero_nulls};
use crate::predicate::Value;
use crate::zone::Zone;
use colq_column::{Bitmap, Buffer, Column, View};
use colq_kernels::{Arithmetic, Computed, Fused, Step, fused};
use colq_types::{DataType, Scalar};

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
        DataType::I64 => fuse_as::<i64>(zone, expr, data_type, active),
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
    let mut leaves = Vec::new();
    let Some(tree) = tree::<T>(expr, data_type, &mut leaves) else { return Ok(None) };
    let mut evaluated: Vec<Evaluated<'a>> = Vec::with_capacity(leaves.len());
    for leaf in leaves {
        evaluated.push(value(zone, leaf, active)?);
    }
    let views: Option<Vec<View<'_>>> = evaluated.iter().map(Evaluated::view).collect();
    let Some(views) = views.filter(|views| views.iter().all(|view| is_widened(view.data_type, data_type)))
    else {
        return Ok(None);
    };
    let Some(expression) = over(&tree, &views) else { return Ok(None) };
    let mut out = Vec::new();
    if fused(&expression, zone.row_count(), &mut out) {
        return Ok(None);
    }
    let mut validity = None;
    for view in &views {
        validity = both_valid(validity, view.validity);
    }
    let column = Column::new(data_type, Buffer::from(out)).with_validity(validity);
    Ok(Some(Evaluated::Column(zero_nulls(column))))
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
        Value::Literal(Scalar::Null, _) => return None,
        Value::Literal(literal, own) if *own == data_type => {
            let one = Column::from_scalars(data_type, [literal]);
            Tree::Constant(one.values.as_values().as_slice::<T>()?.first().copied()?)
        }
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

/// True for numbers that are computed with as numbers of a type, and need no check on the way to it.
fn is_widened(from: DataType, to: DataType) -> bool {
    match to {
        DataType::F64 => from.is_integer() || from.is_float(),
        DataType::I64 => from == to || from.is_integer() && from != DataType::U64,
        DataType::U64 => from.is_unsigned(),
        _ => from == to,
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
