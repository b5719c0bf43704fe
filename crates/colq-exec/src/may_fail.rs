//! Which expressions can be an error for some row: where none can, zones are pruned and skipped by their summaries alone.
//!
//! A text that grows beyond what can be held is no such error: it says nothing of the row.

use crate::predicate::{Predicate, Value};
use colq_column::{Bitmap, Column};
use colq_kernels::{Input, call};
use colq_plan::Function;
use colq_types::{DataType, Scalar};

impl Value {
    /// True when computing it can be an error for some row.
    pub(crate) fn may_fail(&self) -> bool {
        match self {
            Value::Column(_) | Value::Literal(..) | Value::Lookup(_) => false,
            Value::LateLookup(_, by_rows) => by_rows.may_fail(),
            Value::Arithmetic { left, right, data_type, .. } => {
                !data_type.is_float() || left.may_fail() || right.may_fail()
            }
            Value::Negate { operand, data_type, .. } => !data_type.is_float() || operand.may_fail(),
            Value::Cast { operand, from, to, .. } => cast_may_fail(*from, *to) || operand.may_fail(),
            Value::Call { function, args, data_type, .. } => {
                args.iter().any(Value::may_fail) || call_may_fail(*function, args, *data_type)
            }
            Value::Case { branches, otherwise, .. } => {
                branches.iter().any(|(when, then)| when.may_fail() || then.may_fail()) || otherwise.may_fail()
            }
            Value::Coalesce { args, .. } => args.iter().any(Value::may_fail),
            Value::Predicate(predicate) => predicate.may_fail(),
        }
    }
}

impl Predicate {
    /// True when judging it can be an error for some row.
    pub(crate) fn may_fail(&self) -> bool {
        match self {
            Predicate::Constant(_) | Predicate::Codes(_) => false,
            Predicate::LateCodes(_, by_rows) => by_rows.may_fail(),
            Predicate::CompareLiteral { operand, .. }
            | Predicate::Between { operand, .. }
            | Predicate::InList { operand, .. }
            | Predicate::IsNull(operand)
            | Predicate::Bool(operand) => operand.may_fail(),
            Predicate::Compare { left, right, .. } | Predicate::Distinct { left, right, .. } => {
                left.may_fail() || right.may_fail()
            }
            Predicate::And(left, right) | Predicate::Or(left, right) => left.may_fail() || right.may_fail(),
            Predicate::Not(operand) => operand.may_fail(),
        }
    }
}

/// False where every value has a counterpart.
fn cast_may_fail(from: DataType, to: DataType) -> bool {
    use DataType as T;
    let digits = |t: DataType| match t {
        T::Decimal { precision, scale } => Some((precision - scale.min(precision), scale)),
        // What 64 bits hold has at most 20 digits.
        t if t.is_integer() => Some((20, 0)),
        _ => None,
    };
    match (from, to) {
        _ if from == to => false,
        (T::Vector { .. }, _) | (_, T::Vector { .. }) => true,
        (_, T::Text) => false,
        (T::Text, _) => true,
        (_, T::Bool) => !from.is_number(),
        (_, T::F64 | T::F32 | T::F16 | T::Bf16) => !(from.is_number() || from == T::Bool),
        (T::Bool, _) => !to.is_integer(),
        (_, T::Decimal { precision, scale }) => match digits(from) {
            Some((whole, fraction)) => fraction > scale || whole + scale > precision,
            None => true,
        },
        (T::Timestamp(from), T::Timestamp(to)) | (T::Duration(from), T::Duration(to)) => to > from,
        (from, to) if from.is_integer() && to.is_integer() => {
            let width = |t: DataType| t.physical().map_or(0, |physical| physical.byte_width());
            match (from.is_signed(), to.is_signed()) {
                (true, false) => true,
                (false, true) => width(from) >= width(to),
                _ => width(from) > width(to),
            }
        }
        _ => true,
    }
}

/// True when a call can be an error for some value of its arguments.
fn call_may_fail(function: Function, args: &[Value], data_type: DataType) -> bool {
    use Function as F;
    match function {
        F::Abs => !(data_type.is_float() || data_type.is_decimal() || data_type.is_unsigned()),
        F::Sign => matches!(data_type, DataType::Decimal { scale, .. } if scale >= DataType::MAX_PRECISION),
        F::Round | F::Trunc => {
            let keeps = matches!(args.get(1), Some(Value::Literal(Scalar::I64(0..), _)));
            !(data_type.is_float() || data_type.is_integer() && keeps)
        }
        // Whether these fail does not depend on the text.
        F::Substr if args.len() == 2 => false,
        F::Substr
        | F::SplitPart
        | F::Like
        | F::Ilike
        | F::Matches
        | F::MatchesIgnoringCase
        | F::RegexpReplace => fails_for_any_text(function, args, data_type),
        F::Lpad | F::Rpad | F::Repeat => true,
        F::DateTrunc | F::DateBin | F::DateBinMonths | F::AddMonths | F::AddDays | F::MakeDate => true,
        _ => false,
    }
}

/// Tries the call with an empty text, where all else is literal; true where it is not.
fn fails_for_any_text(function: Function, args: &[Value], data_type: DataType) -> bool {
    let empty = (Scalar::from(""), DataType::Text);
    let rest = args.iter().skip(1).map(|arg| match arg {
        Value::Literal(value, data_type) => Some((value.clone(), *data_type)),
        _ => None,
    });
    let Some(values) = std::iter::once(Some(empty)).chain(rest).collect::<Option<Vec<_>>>() else {
        return true;
    };
    let columns: Vec<Column> =
        values.iter().map(|(value, data_type)| Column::from_scalars(*data_type, [value])).collect();
    let inputs: Vec<Input<'_>> = columns.iter().map(|column| Input::constant(column.view())).collect();
    call(function, &inputs, data_type, 1, &Bitmap::ones(1)).is_err()
}
