//! Values and truth for the rows of a zone.
//!
//! Everything is computed for all rows of the zone, which is what vector units are good at; `active` says for
//! which rows an error counts. AND and OR hand their right side only the rows that the left side leaves open, and
//! skip it when there are none.

use crate::Error;
use crate::choice::{call_function, case, coalesce};
use crate::dictionary::{Answers, look_up};
use crate::evaluated::{Evaluated, at, zero_nulls};
use crate::fused::fuse;
use crate::predicate::{Codes, Predicate, Value};
use crate::zone::Zone;
use colq_column::{Bitmap, Buffer, Column, Values, View};
use colq_kernels::{
    Arithmetic, CodeTable, Comparison, DecimalOperand, Operand, Truth, arithmetic_decimals,
    arithmetic_floats, arithmetic_integers, between_literals, cast, compare_bools, compare_literal,
    compare_scaled, compare_slices, compare_text, compare_texts, equals_text, gather, is_in_literals,
    is_in_texts, lookup_codes, negate_floats, negate_integers, positions,
};
use colq_plan::Span;
use colq_types::{DataType, Native, Scalar};

/// The values of an expression.
pub(crate) fn value<'a>(zone: &mut Zone<'a>, expr: &Value, active: &Bitmap) -> Result<Evaluated<'a>, Error> {
    match expr {
        Value::Column(column) => zone.view(*column).map(Evaluated::View),
        Value::Literal(value, data_type) => Ok(Evaluated::Literal(value.clone(), *data_type)),
        Value::Predicate(predicate) => Ok(Evaluated::Column(truth(zone, predicate, active)?.to_column())),
        Value::Cast { operand, to, span, .. } => {
            let operand = value(zone, operand, active)?;
            let operand = operand.materialised(zone.row_count());
            let view = operand.as_view()?;
            let column = cast(&view, *to, &valid_and(active, view.validity)).map_err(at(zone, *span))?;
            Ok(Evaluated::Column(zero_nulls(column)))
        }
        Value::Negate { operand, data_type, span } => {
            let operand = value(zone, operand, active)?.materialised(zone.row_count());
            let view = operand.as_view()?;
            let values = match view.values {
                Values::I64(v) => {
                    let mut out = Vec::new();
                    negate_integers(v, &valid_and(active, view.validity), &mut out)
                        .map_err(|e| at(zone, *span)(e.into()))?;
                    Buffer::I64(out)
                }
                // Every decimal has an opposite.
                Values::I128(v) => Buffer::I128(v.iter().map(|value| value.wrapping_neg()).collect()),
                Values::F32(v) => {
                    let mut out = Vec::new();
                    negate_floats(v, &mut out);
                    Buffer::F32(out)
                }
                Values::F64(v) => {
                    let mut out = Vec::new();
                    negate_floats(v, &mut out);
                    Buffer::F64(out)
                }
                _ => return Err(Error::Internal(format!("a {data_type} cannot be negated"))),
            };
            let validity = view.validity.cloned();
            Ok(Evaluated::Column(zero_nulls(Column::new(*data_type, values).with_validity(validity))))
        }
        Value::Call { function, args, data_type, span } => {
            call_function(zone, *function, args, *data_type, *span, active)
        }
        Value::Case { branches, otherwise, data_type } => case(zone, branches, otherwise, *data_type, active),
        Value::Coalesce { args, data_type } => coalesce(zone, args, *data_type, active),
        Value::Lookup(table) => look_up(zone, table),
        Value::LateLookup(late, by_rows) => match late.answers(zone.context(), active) {
            Some(Answers::Table(table)) => look_up(zone, table),
            Some(Answers::Numbers(numbers)) => numbers.look_up(zone),
            None => value(zone, by_rows, active),
        },
        Value::Arithmetic { op, left, right, data_type, span } => {
            if let Some(fused) = fuse(zone, expr, *data_type, active)? {
                return Ok(fused);
            }
            let (left, right) = (value(zone, left, active)?, value(zone, right, active)?);
            arithmetic(zone, *op, left, right, *data_type, *span, active)
        }
    }
}

fn arithmetic<'a>(
    zone: &Zone<'a>,
    op: Arithmetic,
    left: Evaluated<'_>,
    right: Evaluated<'_>,
    data_type: DataType,
    span: Option<Span>,
    active: &Bitmap,
) -> Result<Evaluated<'a>, Error> {
    let is_null = |e: &Evaluated<'_>| matches!(e, Evaluated::Literal(Scalar::Null, _));
    if is_null(&left) || is_null(&right) {
        return Ok(Evaluated::Literal(Scalar::Null, data_type));
    }
    let len = zone.row_count();
    let validity = either_validity(&left, &right);
    let valid = valid_and(active, validity.as_ref());
    let failed = at(zone, span);
    let values = match data_type {
        DataType::Decimal { scale, .. } => {
            let (l, r) = (decimal_operand(&left)?, decimal_operand(&right)?);
            let mut out = Vec::new();
            arithmetic_decimals(op, l, r, scale, len, &valid, &mut out).map_err(|e| failed(e.into()))?;
            Buffer::I128(out)
        }
        // Times and durations are counts of one unit.
        DataType::I64 | DataType::Timestamp(_) | DataType::Duration(_) => {
            let (l, r) = (operand::<i64>(&left)?, operand::<i64>(&right)?);
            let mut out = Vec::new();
            arithmetic_integers(op, l, r, len, &valid, &mut out).map_err(|e| failed(e.into()))?;
            Buffer::I64(out)
        }
        DataType::U64 => {
            let (l, r) = (operand::<u64>(&left)?, operand::<u64>(&right)?);
            let mut out = Vec::new();
            arithmetic_integers(op, l, r, len, &valid, &mut out).map_err(|e| failed(e.into()))?;
            Buffer::U64(out)
        }
        DataType::F32 => {
            let mut out = Vec::new();
            arithmetic_floats(op, operand::<f32>(&left)?, operand::<f32>(&right)?, len, &mut out);
            Buffer::F32(out)
        }
        DataType::F64 => {
            let mut out = Vec::new();
            arithmetic_floats(op, operand::<f64>(&left)?, operand::<f64>(&right)?, len, &mut out);
            Buffer::F64(out)
        }
        other => return Err(Error::Internal(format!("there is no arithmetic on {other}"))),
    };
    Ok(Evaluated::Column(zero_nulls(Column::new(data_type, values).with_validity(validity))))
}

/// An operand of arithmetic, which has the type of the result.
fn operand<'a, T: Native>(value: &'a Evaluated<'_>) -> Result<Operand<'a, T>, Error> {
    if let Evaluated::Literal(scalar, data_type) = value {
        let column = Column::from_scalars(*data_type, [scalar]);
        let one = column.values.as_values().as_slice::<T>().and_then(|v| v.first().copied());
        return one
            .map(Operand::Scalar)
            .ok_or_else(|| Error::Internal(format!("{scalar} is no {data_type}")));
    }
    let view = value.as_view()?;
    let slice = view.values.as_slice::<T>();
    slice.map(Operand::Slice).ok_or_else(|| Error::Internal(format!("an operand is {}", view.data_type)))
}

/// A decimal operand of any digits.
fn decimal_operand<'a>(value: &'a Evaluated<'_>) -> Result<DecimalOperand<'a>, Error> {
    if let Evaluated::Literal(Scalar::Decimal(digits, scale), _) = value {
        return Ok(DecimalOperand::Scalar(*digits, *scale));
    }
    let view = value.as_view()?;
    match (view.data_type, view.values) {
        (DataType::Decimal { scale, .. }, Values::I64(v)) => Ok(DecimalOperand::Narrow(v, scale)),
        (DataType::Decimal { scale, .. }, Values::I128(v)) => Ok(DecimalOperand::Wide(v, scale)),
        (other, _) => Err(Error::Internal(format!("an operand of decimals is {other}"))),
    }
}

/// The values of what is asked for its bytes alone: the texts of a column may be no UTF-8 there.
pub(crate) fn bytes_of<'a>(
    zone: &mut Zone<'a>,
    expr: &Value,
    active: &Bitmap,
) -> Result<Evaluated<'a>, Error> {
    match expr {
        Value::Column(column) => zone.bytes_view(*column).map(Evaluated::View),
        other => value(zone, other, active),
    }
}

/// True, false or NULL for each row.
pub(crate) fn truth(zone: &mut Zone<'_>, predicate: &Predicate, active: &Bitmap) -> Result<Truth, Error> {
    let len = zone.row_count();
    match predicate {
        Predicate::Constant(value) => Ok(match value {
            Some(true) => Truth::all_true(len),
            Some(false) => Truth::all_false(len),
            None => Truth::all_null(len),
        }),
        Predicate::And(left, right) => {
            let left = truth(zone, left, active)?;
            let mut open = left.not_falses();
            open.and_assign(active);
            if open.count_ones() == 0 {
                return Ok(left);
            }
            Ok(left.and(&truth(zone, right, &open)?))
        }
        Predicate::Or(left, right) => {
            let left = truth(zone, left, active)?;
            let mut open = left.not_trues();
            open.and_assign(active);
            if open.count_ones() == 0 {
                return Ok(left);
            }
            Ok(left.or(&truth(zone, right, &open)?))
        }
        Predicate::Not(operand) => Ok(truth(zone, operand, active)?.not()),
        Predicate::IsNull(operand) => Ok(match bytes_of(zone, operand, active)? {
            Evaluated::Literal(Scalar::Null, _) => Truth::all_true(len),
            Evaluated::Literal(..) => Truth::all_false(len),
            other => Truth::is_null(other.as_view()?.validity, len),
        }),
        Predicate::Bool(operand) => {
            let operand = value(zone, operand, active)?.materialised(len);
            Truth::from_bools(&operand.as_view()?).map_err(at(zone, None))
        }
        Predicate::Codes(codes) => by_codes(zone, codes),
        Predicate::LateCodes(late, by_rows) => match late.answers(zone.context(), active) {
            Some(codes) => by_codes(zone, codes),
            None => truth(zone, by_rows, active),
        },
        Predicate::CompareLiteral { op, operand, literal, span } => {
            on_values(zone, operand, active, *span, |view, bits| match literal {
                Scalar::Text(text) if matches!(op, Comparison::Equal | Comparison::NotEqual) => {
                    equals_text(view, text.as_bytes(), *op == Comparison::NotEqual, bits)
                }
                Scalar::Text(text) => compare_text(view, *op, text.as_bytes(), bits),
                literal => compare_literal(*op, view, literal, bits),
            })
        }
        Predicate::Between { operand, low, high, span } => {
            on_values(zone, operand, active, *span, |view, bits| match (low, high) {
                (Scalar::Text(low), Scalar::Text(high)) => {
                    let mut below = Bitmap::default();
                    compare_text(view, Comparison::LessOrEqual, high.as_bytes(), &mut below)?;
                    compare_text(view, Comparison::GreaterOrEqual, low.as_bytes(), bits)?;
                    bits.and_assign(&below);
                    Ok(())
                }
                _ => between_literals(view, low, high, bits),
            })
        }
        Predicate::InList { operand, values, has_null, span } => {
            let found = on_values(zone, operand, active, *span, |view, bits| match view.data_type {
                DataType::Text => {
                    let texts = values.iter().filter_map(|value| match value {
                        Scalar::Text(text) => Some(text.as_bytes()),
                        _ => None,
                    });
                    is_in_texts(view, &texts.collect::<Vec<_>>(), bits)
                }
                _ => is_in_literals(view, values, bits),
            })?;
            Ok(null_unless_true(found, *has_null))
        }
        Predicate::Compare { op, left, right, span, hashes } => {
            let (left, right) = (bytes_of(zone, left, active)?, bytes_of(zone, right, active)?);
            if let Some(hashes) = hashes
                && let (Some(left), Some(right)) = (left.view(), right.view())
                && let Some(truth) = hashes.compare(zone.context(), *op, (&left, &right), active)
            {
                return Ok(truth);
            }
            compare(zone, *op, left, right, *span, active)
        }
        Predicate::Distinct { left, right, span } => {
            let (left, right) = (bytes_of(zone, left, active)?, bytes_of(zone, right, active)?);
            let valid = |e: &Evaluated<'_>| match e {
                Evaluated::Literal(value, _) if value.is_null() => Bitmap::zeros(len),
                other => other.view().and_then(|v| v.validity.cloned()).unwrap_or_else(|| Bitmap::ones(len)),
            };
            let (left_valid, right_valid) = (valid(&left), valid(&right));
            let equal = compare(zone, Comparison::Equal, left, right, *span, active)?;
            // Equal, or both NULL; everything else is distinct.
            let mut either = left_valid;
            either.or_assign(&right_valid);
            let mut distinct = either;
            distinct.and_not_assign(&equal.trues);
            Ok(Truth { trues: distinct, nulls: None })
        }
    }
}

/// A condition by the codes of a column.
fn by_codes(zone: &mut Zone<'_>, codes: &Codes) -> Result<Truth, Error> {
    let view = zone.view(codes.column)?;
    let look = |table: &CodeTable| {
        let mut bits = Bitmap::zeros(view.len());
        lookup_codes(view.values, table, &mut bits).map_err(at(zone, None))?;
        Ok::<_, Error>(bits)
    };
    let bits = look(&codes.trues)?;
    let nulls = match &codes.nulls {
        Some(nulls) => look(nulls)?,
        None if codes.if_null.is_none() => return Ok(Truth::masked(bits, view.validity)),
        None => Bitmap::zeros(view.len()),
    };
    Ok(with_nulls(bits, nulls, view.validity, codes.if_null))
}

/// The answers of rows that hold a value, and one answer for those that are NULL.
fn with_nulls(
    mut trues: Bitmap,
    mut nulls: Bitmap,
    validity: Option<&Bitmap>,
    if_null: Option<bool>,
) -> Truth {
    if let Some(validity) = validity {
        let mut missing = validity.clone();
        missing.not_assign();
        trues.and_assign(validity);
        nulls.and_assign(validity);
        match if_null {
            Some(true) => trues.or_assign(&missing),
            Some(false) => {}
            None => nulls.or_assign(&missing),
        }
    }
    let nulls = (nulls.count_ones() > 0).then_some(nulls);
    Truth { trues, nulls }
}

/// A row that is false becomes NULL, as in `x IN (1, NULL)`.
fn null_unless_true(truth: Truth, else_null: bool) -> Truth {
    if !else_null {
        return truth;
    }
    let len = truth.len();
    truth.or(&Truth::all_null(len))
}

/// Runs a kernel that gives a bit a row over the values of an expression.
fn on_values(
    zone: &mut Zone<'_>,
    operand: &Value,
    active: &Bitmap,
    span: Option<Span>,
    kernel: impl Fn(&View<'_>, &mut Bitmap) -> Result<(), colq_kernels::Error>,
) -> Result<Truth, Error> {
    let len = zone.row_count();
    if let Value::Column(column) = operand {
        let count = active.count_ones();
        if count * FEW <= len || count * FEW <= len * zone.value_width(*column) / WIDTH_OF_FEW {
            return on_few(zone, *column, active, span, kernel);
        }
    }
    let operand = bytes_of(zone, operand, active)?.materialised(len).near(active);
    let view = operand.as_view()?;
    let mut bits = Bitmap::default();
    kernel(&view, &mut bits).map_err(at(zone, span))?;
    Ok(Truth::masked(bits, view.validity))
}

/// Where no more than one row of so many is active, a column is read in these rows alone; of wide values earlier, for fewer of
/// them lie in one line of the cache.
const FEW: usize = 64;

/// Bytes of a value from which on there are few earlier: of eight bytes where one row in 16 is active, most lines have none.
const WIDTH_OF_FEW: usize = 2;

/// The same over the active rows of a column; the others come out as false.
fn on_few(
    zone: &mut Zone<'_>,
    column: usize,
    active: &Bitmap,
    span: Option<Span>,
    kernel: impl Fn(&View<'_>, &mut Bitmap) -> Result<(), colq_kernels::Error>,
) -> Result<Truth, Error> {
    let (mut rows, mut bits) = (Vec::new(), Bitmap::default());
    positions(active, &mut rows);
    let view = zone.bytes_view(column)?;
    let few = gather(&view, &rows).map_err(at(zone, span))?;
    kernel(&few.view(), &mut bits).map_err(at(zone, span))?;
    let found = Truth::masked(bits, few.validity.as_ref());
    let spread = |bits: &Bitmap| {
        let mut all = Bitmap::zeros(view.len());
        bits.ones_iter().filter_map(|at| rows.get(at)).for_each(|row| all.set(*row as usize, true));
        all
    };
    Ok(Truth { trues: spread(&found.trues), nulls: found.nulls.as_ref().map(spread) })
}

fn compare(
    zone: &Zone<'_>,
    op: Comparison,
    left: Evaluated<'_>,
    right: Evaluated<'_>,
    span: Option<Span>,
    active: &Bitmap,
) -> Result<Truth, Error> {
    let len = zone.row_count();
    let mut bits = Bitmap::default();
    let is_null = |e: &Evaluated<'_>| matches!(e, Evaluated::Literal(Scalar::Null, _));
    if is_null(&left) || is_null(&right) {
        return Ok(Truth::all_null(len));
    }
    // Numbers may differ in type when one of them is a literal.
    if let (Evaluated::Literal(literal, data_type), other) | (other, Evaluated::Literal(literal, data_type)) =
        (&right, &left)
        && *data_type != DataType::Text
        && !literal.is_null()
        && let Some(view) = other.view()
    {
        let op = if matches!(right, Evaluated::Literal(..)) { op } else { op.swap() };
        compare_literal(op, &view, literal, &mut bits).map_err(at(zone, span))?;
        return Ok(Truth::masked(bits, view.validity));
    }
    if let (Evaluated::Literal(a, _), Evaluated::Literal(b, t)) = (&left, &right)
        && !a.is_null()
        && !b.is_null()
        && *t != DataType::Text
    {
        let one = Column::from_scalars(a.data_type().unwrap_or(*t), [a]);
        compare_literal(op, &one.view(), b, &mut bits).map_err(at(zone, span))?;
        return Ok(if bits.get(0) { Truth::all_true(len) } else { Truth::all_false(len) });
    }
    let (left, right) = (left.materialised(len), right.materialised(len));
    let (a, b) = (left.as_view()?, right.as_view()?);
    match (a.values, b.values) {
        _ if a.data_type == DataType::Text && b.data_type == DataType::Text => {
            bits = compare_texts(op, &a, &b, active);
        }
        // Decimals of different scales and durations of different units are what may differ in type.
        _ if a.data_type != b.data_type && (a.data_type.is_decimal() || is_duration(a.data_type)) => {
            compare_scaled(op, &a, &b, &mut bits).map_err(at(zone, span))?;
        }
        (Values::Bool(x), Values::Bool(y)) => compare_bools(op, x, y, &mut bits),
        (Values::I8(x), Values::I8(y)) => compare_slices(op, x, y, &mut bits),
        (Values::I16(x), Values::I16(y)) => compare_slices(op, x, y, &mut bits),
        (Values::I32(x), Values::I32(y)) => compare_slices(op, x, y, &mut bits),
        (Values::I64(x), Values::I64(y)) => compare_slices(op, x, y, &mut bits),
        (Values::U8(x), Values::U8(y)) => compare_slices(op, x, y, &mut bits),
        (Values::U16(x), Values::U16(y)) => compare_slices(op, x, y, &mut bits),
        (Values::U32(x), Values::U32(y)) => compare_slices(op, x, y, &mut bits),
        (Values::U64(x), Values::U64(y)) => compare_slices(op, x, y, &mut bits),
        (Values::F32(x), Values::F32(y)) => compare_slices(op, x, y, &mut bits),
        (Values::F64(x), Values::F64(y)) => compare_slices(op, x, y, &mut bits),
        (Values::F16(x), Values::F16(y)) => compare_slices(op, x, y, &mut bits),
        (Values::Bf16(x), Values::Bf16(y)) => compare_slices(op, x, y, &mut bits),
        (Values::I128(x), Values::I128(y)) => compare_slices(op, x, y, &mut bits),
        _ => return Err(Error::Internal(format!("{} and {} are compared", a.data_type, b.data_type))),
    }
    Ok(Truth::masked(bits, either_validity(&left, &right).as_ref()))
}

fn is_duration(data_type: DataType) -> bool {
    matches!(data_type, DataType::Duration(_))
}

/// The rows that are active and not NULL.
fn valid_and(active: &Bitmap, validity: Option<&Bitmap>) -> Bitmap {
    let mut both = active.clone();
    if let Some(validity) = validity {
        both.and_assign(validity);
    }
    both
}

/// The rows where neither operand is NULL; `None` when that is all.
fn either_validity(left: &Evaluated<'_>, right: &Evaluated<'_>) -> Option<Bitmap> {
    let (left, right) = (left.view(), right.view());
    both_valid(left.and_then(|v| v.validity.cloned()), right.and_then(|v| v.validity))
}

/// The rows that neither leaves out; `None` when that is all.
pub(crate) fn both_valid(left: Option<Bitmap>, right: Option<&Bitmap>) -> Option<Bitmap> {
    match (left, right) {
        (Some(mut both), Some(right)) => {
            both.and_assign(right);
            Some(both)
        }
        (left, right) => left.or_else(|| right.cloned()),
    }
}
