//! Values of any type: one of several, and hashes.

use super::argument::whole;
use super::{Call, FunctionEntry, FunctionGroup};
use crate::coerce::{
    adapt_literal, as_decimal_literal, cast, comparable, decimal_of, is_literal, is_null_literal,
    vector_operation,
};
use crate::{Comparison, PlanError, PlanErrorKind, Typed, TypedKind};
use colq_types::{DataType, Function, Scalar};

const GROUP: FunctionGroup = FunctionGroup::Choice;

const COMMON: &str = "the common type";

pub(super) const ENTRIES: &[FunctionEntry] = &[
    GROUP.entry(
        "coalesce",
        &["ifnull", "nvl"],
        "a, ..",
        [COMMON, "The first that is not NULL; those behind it are not looked at."],
        ("coalesce(NULL, 2, 3)", "2"),
        coalesce,
    ),
    GROUP.entry(
        "nullif",
        &[],
        "a, b",
        ["the type of a", "NULL where a = b, else a."],
        ("nullif(2, 3)", "2"),
        nullif,
    ),
    GROUP.entry(
        "greatest",
        &[],
        "a, ..",
        [COMMON, "The largest, NULLs left out; NaN is above all numbers."],
        ("greatest(1, 3, NULL)", "3"),
        |c| extreme(c, Function::Greatest),
    ),
    GROUP.entry(
        "least",
        &[],
        "a, ..",
        [COMMON, "The smallest, NULLs left out."],
        ("least(1, 3, NULL)", "1"),
        |c| extreme(c, Function::Least),
    ),
    GROUP.entry(
        "hash",
        &[],
        "x [, seed]",
        [
            "u64",
            "XXH3 of 64 bits with the seed (0): of an integer, date, time or duration its 8 bytes as i64 or u64, of a float its 8 bytes as f64 (-0.0 as 0.0, NaN as one), of a decimal the 16 bytes of its digits and a byte for how many stand after the point, of a bool one byte, of a text its UTF-8. The same for ever.",
        ],
        ("hash(NULL)", "NULL"),
        hash,
    ),
];

/// The type to which all of these can be brought: the same type; numbers as in arithmetic; dates and timestamps as
/// timestamps; the finer of two units. NULLs and text literals take any. `None` where there is none.
pub(crate) fn common_type(values: &[Typed]) -> Option<DataType> {
    let open = |t: &&Typed| is_null_literal(t) || is_literal(t) && t.data_type == DataType::Text;
    let mut typed = values.iter().filter(|t| !open(t)).peekable();
    if typed.peek().is_none() {
        // Texts, or nothing but NULL.
        let text = values.iter().any(|t| !is_null_literal(t));
        return Some(if text { DataType::Text } else { values.first()?.data_type });
    }
    let all: Vec<&Typed> = typed.collect();
    let first = all.first()?.data_type;
    if all.iter().all(|t| t.data_type == first) {
        return Some(first);
    }
    if all.iter().all(|t| t.data_type.is_number()) {
        return Some(common_number(&all));
    }
    all.iter().try_fold(first, |a, t| match (a, t.data_type) {
        (a, b) if a == b => Some(a),
        (DataType::Timestamp(a), DataType::Timestamp(b)) => Some(DataType::Timestamp(a.max(b))),
        (DataType::Duration(a), DataType::Duration(b)) => Some(DataType::Duration(a.max(b))),
        (DataType::Date, DataType::Timestamp(unit)) | (DataType::Timestamp(unit), DataType::Date) => {
            Some(DataType::Timestamp(unit))
        }
        _ => None,
    })
}

fn common_number(all: &[&Typed]) -> DataType {
    let any = |test: &dyn Fn(&Typed) -> bool| all.iter().any(|t| test(t));
    let decimal = any(&|t| t.data_type.is_decimal());
    // A float literal beside a decimal is the decimal that was written.
    let float = any(&|t| t.data_type.is_float() && !(decimal && is_literal(t)));
    if decimal && !float {
        let scale = |t: &&Typed| match as_decimal_literal((**t).clone()).data_type {
            DataType::Decimal { scale, .. } => Some(scale),
            DataType::F32 | DataType::F64 => None,
            _ => Some(0),
        };
        return match all.iter().map(scale).collect::<Option<Vec<u8>>>() {
            Some(scales) => decimal_of(scales.into_iter().max().unwrap_or(0)),
            None => DataType::F64,
        };
    }
    if decimal || any(&|t| t.data_type == DataType::F64) {
        return DataType::F64;
    }
    if float {
        return DataType::F32;
    }
    let unsigned = |t: &Typed| {
        t.data_type.is_unsigned() || matches!(t.kind, TypedKind::Literal(Scalar::I64(v)) if v >= 0)
    };
    if any(&|t| t.data_type == DataType::U64) && all.iter().all(|t| unsigned(t)) {
        DataType::U64
    } else {
        DataType::I64
    }
}

/// All of these in their common type.
pub(crate) fn convert_all(values: Vec<Typed>, operation: &str) -> Result<Vec<Typed>, PlanError> {
    if let Some(vector) = values.iter().find(|t| t.data_type.is_vector()) {
        return Err(vector_operation(operation, vector.span));
    }
    let Some(to) = common_type(&values) else {
        let mut found: Vec<DataType> = Vec::new();
        values.iter().filter(|t| !is_null_literal(t)).for_each(|t| {
            if !found.contains(&t.data_type) {
                found.push(t.data_type);
            }
        });
        let kind = PlanErrorKind::TypeMismatch {
            operation: operation.to_owned(),
            found,
            expected: "values of one type".into(),
        };
        return Err(PlanError::new(kind, values.last().and_then(|t| t.span)));
    };
    let convert = |value: Typed| {
        let value = adapt_literal(value, to)?;
        let value = if to.is_decimal() { as_decimal_literal(value) } else { value };
        Ok(cast(value, to))
    };
    values.into_iter().map(convert).collect()
}

fn coalesce(mut call: Call) -> Result<Typed, PlanError> {
    let values = convert_all(call.between(1, usize::MAX)?, call.name)?;
    let data_type = values.first().map_or(DataType::I64, |t| t.data_type);
    Ok(Typed { kind: TypedKind::Coalesce(values), data_type, span: call.span })
}

fn nullif(mut call: Call) -> Result<Typed, PlanError> {
    let [a, b] = call.exactly()?;
    let a = if is_literal(&a) && !is_literal(&b) { adapt_literal(a, b.data_type)? } else { a };
    let data_type = a.data_type;
    let (left, right) = comparable(a.clone(), b, call.name)?;
    let equal = TypedKind::Compare { op: Comparison::Equal, left: Box::new(left), right: Box::new(right) };
    let equal = Typed { kind: equal, data_type: DataType::Bool, span: call.span };
    let null = Typed { kind: TypedKind::Literal(Scalar::Null), data_type, span: None };
    let kind = TypedKind::Case { branches: vec![(equal, null)], otherwise: Box::new(a) };
    Ok(Typed { kind, data_type, span: call.span })
}

fn extreme(mut call: Call, function: Function) -> Result<Typed, PlanError> {
    let values = convert_all(call.between(1, usize::MAX)?, call.name)?;
    let data_type = values.first().map_or(DataType::I64, |t| t.data_type);
    call.give(function, values, data_type)
}

fn hash(mut call: Call) -> Result<Typed, PlanError> {
    let mut args = call.between(1, 2)?.into_iter();
    let Some(x) = args.next() else { return Err(call.wrong_count()) };
    if x.data_type.is_vector() {
        return Err(vector_operation("hash", x.span));
    }
    let seed = match args.next() {
        Some(seed) => call.integer(seed)?,
        None => whole(0),
    };
    call.give(Function::Hash, vec![x, seed], DataType::U64)
}
