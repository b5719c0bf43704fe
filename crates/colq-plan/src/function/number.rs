//! Functions of numbers.

use super::argument::whole;
use super::{Call, FunctionEntry, FunctionGroup};
use crate::coerce::{cast, decimal_of, is_null_literal};
use crate::operation::arithmetic;
use crate::{Arithmetic, PlanError, Typed, TypedKind};
use colq_types::{DataType, Function, Scalar};

const GROUP: FunctionGroup = FunctionGroup::Number;

const SAME: &str = "the type of x, integers as 64 bits";

pub(super) const ENTRIES: &[FunctionEntry] = &[
    GROUP.entry(
        "abs",
        &[],
        "x",
        [SAME, "The absolute value, of a duration too; an error where it does not fit."],
        ("abs(-3)", "3"),
        abs,
    ),
    GROUP.entry("sign", &["signum"], "x", [SAME, "-1, 0 or 1; NaN of NaN."], ("sign(-2.5)", "-1.0"), |c| {
        same(c, Function::Sign)
    }),
    GROUP.entry(
        "floor",
        &[],
        "x",
        [SAME, "The nearest whole number below; of a decimal a decimal without digits after the point."],
        ("floor(-1.5)", "-2.0"),
        |c| whole_number(c, Function::Floor),
    ),
    GROUP.entry(
        "ceil",
        &["ceiling"],
        "x",
        [SAME, "The nearest whole number above."],
        ("ceil(1.2)", "2.0"),
        |c| whole_number(c, Function::Ceil),
    ),
    GROUP.entry(
        "round",
        &[],
        "x [, n]",
        [SAME, "Rounded to n digits after the point (0; below zero before it), half away from zero."],
        ("round(2.345, 2)", "2.35"),
        |c| to_digits(c, Function::Round),
    ),
    GROUP.entry(
        "trunc",
        &["truncate"],
        "x [, n]",
        [SAME, "Cut off after n digits after the point (0), toward zero."],
        ("trunc(-2.7)", "-2.0"),
        |c| to_digits(c, Function::Trunc),
    ),
    GROUP.entry("sqrt", &[], "x", ["f64", "The square root; NaN below zero."], ("sqrt(2.25)", "1.5"), |c| {
        floats::<1>(c, Function::Sqrt)
    }),
    GROUP.entry("cbrt", &[], "x", ["f64", "The cube root."], ("cbrt(27)", "3.0"), |c| {
        floats::<1>(c, Function::Cbrt)
    }),
    GROUP.entry("exp", &[], "x", ["f64", "e to the power of x."], ("exp(0)", "1.0"), |c| {
        floats::<1>(c, Function::Exp)
    }),
    GROUP.entry(
        "ln",
        &[],
        "x",
        ["f64", "The natural logarithm; -infinity of zero, NaN below."],
        ("ln(1)", "0.0"),
        |c| floats::<1>(c, Function::Ln),
    ),
    GROUP.entry("log2", &[], "x", ["f64", "The logarithm to base 2."], ("log2(8)", "3.0"), |c| {
        floats::<1>(c, Function::Log2)
    }),
    GROUP.entry("log10", &[], "x", ["f64", "The logarithm to base 10."], ("log10(1000)", "3.0"), |c| {
        floats::<1>(c, Function::Log10)
    }),
    GROUP.entry(
        "log",
        &[],
        "[base,] x",
        ["f64", "The logarithm to base 10, or to another base: ln(x) / ln(base)."],
        ("log(2, 8)", "3.0"),
        log,
    ),
    GROUP.entry(
        "power",
        &["pow"],
        "x, y",
        ["f64", "x to the power of y."],
        ("power(2, 10)", "1024.0"),
        |c| floats::<2>(c, Function::Power),
    ),
    GROUP.entry("sin", &[], "x", ["f64", "The sine of an angle in radians."], ("sin(0)", "0.0"), |c| {
        floats::<1>(c, Function::Sin)
    }),
    GROUP
        .entry("cos", &[], "x", ["f64", "The cosine."], ("cos(0)", "1.0"), |c| floats::<1>(c, Function::Cos)),
    GROUP.entry("tan", &[], "x", ["f64", "The tangent."], ("tan(0)", "0.0"), |c| {
        floats::<1>(c, Function::Tan)
    }),
    GROUP.entry("asin", &[], "x", ["f64", "The arc sine; NaN beyond -1 and 1."], ("asin(0)", "0.0"), |c| {
        floats::<1>(c, Function::Asin)
    }),
    GROUP.entry("acos", &[], "x", ["f64", "The arc cosine; NaN beyond -1 and 1."], ("acos(1)", "0.0"), |c| {
        floats::<1>(c, Function::Acos)
    }),
    GROUP.entry("atan", &[], "x", ["f64", "The arc tangent."], ("atan(0)", "0.0"), |c| {
        floats::<1>(c, Function::Atan)
    }),
    GROUP.entry(
        "atan2",
        &[],
        "y, x",
        ["f64", "The angle of the point (x, y)."],
        ("atan2(0, 1)", "0.0"),
        |c| floats::<2>(c, Function::Atan2),
    ),
    GROUP.entry("sinh", &[], "x", ["f64", "The hyperbolic sine."], ("sinh(0)", "0.0"), |c| {
        floats::<1>(c, Function::Sinh)
    }),
    GROUP.entry("cosh", &[], "x", ["f64", "The hyperbolic cosine."], ("cosh(0)", "1.0"), |c| {
        floats::<1>(c, Function::Cosh)
    }),
    GROUP.entry("tanh", &[], "x", ["f64", "The hyperbolic tangent."], ("tanh(0)", "0.0"), |c| {
        floats::<1>(c, Function::Tanh)
    }),
    GROUP.entry("degrees", &[], "x", ["f64", "Radians in degrees."], ("degrees(0)", "0.0"), |c| {
        floats::<1>(c, Function::Degrees)
    }),
    GROUP.entry("radians", &[], "x", ["f64", "Degrees in radians."], ("radians(0)", "0.0"), |c| {
        floats::<1>(c, Function::Radians)
    }),
    GROUP.entry("pi", &[], "", ["f64", "3.14159.."], ("pi()", "3.141592653589793"), pi),
    GROUP.entry(
        "mod",
        &[],
        "x, y",
        ["as `x % y`", "The remainder, with the sign of x."],
        ("mod(-7, 3)", "-1"),
        modulo,
    ),
    GROUP.entry(
        "isnan",
        &[],
        "x",
        ["bool", "True of NaN; false of every other number."],
        ("isnan(1.5)", "false"),
        is_nan,
    ),
];

fn floats<const N: usize>(mut call: Call, function: Function) -> Result<Typed, PlanError> {
    let args: [Typed; N] = call.exactly()?;
    let args = args.into_iter().map(|arg| call.float(arg)).collect::<Result<_, _>>()?;
    call.give(function, args, DataType::F64)
}

fn same(mut call: Call, function: Function) -> Result<Typed, PlanError> {
    let [x] = call.exactly()?;
    let x = call.number(x)?;
    let data_type = x.data_type;
    call.give(function, vec![x], data_type)
}

fn abs(mut call: Call) -> Result<Typed, PlanError> {
    match call.args.as_slice() {
        [Typed { data_type: data_type @ DataType::Duration(_), .. }] => {
            let (data_type, args) = (*data_type, std::mem::take(&mut call.args));
            call.give(Function::Abs, args, data_type)
        }
        _ => same(call, Function::Abs),
    }
}

/// A whole number: integers are one already.
fn whole_number(mut call: Call, function: Function) -> Result<Typed, PlanError> {
    let [x] = call.exactly()?;
    let x = call.number(x)?;
    match x.data_type {
        t if t.is_integer() => Ok(x),
        DataType::Decimal { .. } => call.give(function, vec![x], decimal_of(0)),
        float => call.give(function, vec![x], float),
    }
}

fn to_digits(mut call: Call, function: Function) -> Result<Typed, PlanError> {
    let mut args = call.between(1, 2)?.into_iter();
    let Some(x) = args.next() else { return Err(call.wrong_count()) };
    let x = call.number(x)?;
    let digits = match args.next() {
        Some(digits) => call.integer(digits)?,
        None => whole(0),
    };
    let data_type = match (x.data_type, &digits.kind) {
        // A count of digits that is known now is how many the result has.
        (DataType::Decimal { scale, .. }, TypedKind::Literal(Scalar::I64(n))) => {
            decimal_of(u8::try_from((*n).clamp(0, i64::from(scale))).unwrap_or(scale))
        }
        (other, _) => other,
    };
    call.give(function, vec![x, digits], data_type)
}

fn log(mut call: Call) -> Result<Typed, PlanError> {
    match call.args.len() {
        1 => floats::<1>(call, Function::Log10),
        2 => floats::<2>(call, Function::Log),
        _ => {
            call.args.clear();
            Err(call.wrong_count())
        }
    }
}

fn pi(mut call: Call) -> Result<Typed, PlanError> {
    let [] = call.exactly()?;
    let kind = TypedKind::Literal(Scalar::F64(std::f64::consts::PI));
    Ok(Typed { kind, data_type: DataType::F64, span: call.span })
}

fn modulo(mut call: Call) -> Result<Typed, PlanError> {
    let [x, y] = call.exactly()?;
    let (left, right, data_type) = arithmetic(Arithmetic::Remainder, x, y)
        .map_err(|e| PlanError::new(e.kind().clone(), e.span().or(call.span)))?;
    let kind =
        TypedKind::Arithmetic { op: Arithmetic::Remainder, left: Box::new(left), right: Box::new(right) };
    Ok(crate::fold::fold(Typed { kind, data_type, span: call.span }))
}

fn is_nan(mut call: Call) -> Result<Typed, PlanError> {
    let [x] = call.exactly()?;
    let x = if is_null_literal(&x) { call.float(x)? } else { call.number(x)? };
    let x = if x.data_type == DataType::F32 { x } else { cast(x, DataType::F64) };
    call.give(Function::IsNan, vec![x], DataType::Bool)
}
