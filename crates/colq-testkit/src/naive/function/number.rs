//! Functions of numbers. The transcendental ones are those of the `libm` crate, as docs/SQL.md says, so that bits agree.

use super::whole;
use crate::NaiveErrorKind;
use crate::naive::Cell;
use crate::naive::decimal::in_range;
use colq_types::{DataType, Function, Scalar};
use std::f64::consts::PI;

const OVERFLOW: NaiveErrorKind = NaiveErrorKind::Overflow;
const MALFORMED: NaiveErrorKind = NaiveErrorKind::MalformedPlan;

/// The value of a function of numbers that are not NULL.
pub(super) fn call(function: Function, args: &[Scalar], data_type: DataType) -> Cell {
    match (function, args) {
        (Function::Abs, [x]) => absolute(x),
        (Function::Sign, [x]) => sign(x),
        (Function::Floor, [x]) => to_whole(x, Toward::Below),
        (Function::Ceil, [x]) => to_whole(x, Toward::Above),
        (Function::Round, [x, _]) => to_digits(x, whole(args, 1)?, Toward::Nearest, data_type),
        (Function::Trunc, [x, _]) => to_digits(x, whole(args, 1)?, Toward::Zero, data_type),
        (Function::IsNan, [Scalar::F32(x)]) => Ok(Scalar::Bool(x.is_nan())),
        (Function::IsNan, [Scalar::F64(x)]) => Ok(Scalar::Bool(x.is_nan())),
        (function, [Scalar::F64(x)]) => of_one(function, *x).map(Scalar::F64).ok_or(MALFORMED),
        (function, [Scalar::F64(x), Scalar::F64(y)]) => {
            of_two(function, *x, *y).map(Scalar::F64).ok_or(MALFORMED)
        }
        _ => Err(MALFORMED),
    }
}

fn of_one(function: Function, x: f64) -> Option<f64> {
    Some(match function {
        Function::Sqrt => x.sqrt(),
        Function::Cbrt => libm::cbrt(x),
        Function::Exp => libm::exp(x),
        Function::Ln => libm::log(x),
        Function::Log2 => libm::log2(x),
        Function::Log10 => libm::log10(x),
        Function::Sin => libm::sin(x),
        Function::Cos => libm::cos(x),
        Function::Tan => libm::tan(x),
        Function::Asin => libm::asin(x),
        Function::Acos => libm::acos(x),
        Function::Atan => libm::atan(x),
        Function::Sinh => libm::sinh(x),
        Function::Cosh => libm::cosh(x),
        Function::Tanh => libm::tanh(x),
        Function::Degrees => x * (180.0 / PI),
        Function::Radians => x * (PI / 180.0),
        _ => return None,
    })
}

fn of_two(function: Function, x: f64, y: f64) -> Option<f64> {
    Some(match function {
        Function::Log => libm::log(y) / libm::log(x),
        Function::Power => libm::pow(x, y),
        Function::Atan2 => libm::atan2(x, y),
        _ => return None,
    })
}

fn absolute(x: &Scalar) -> Cell {
    Ok(match x {
        Scalar::I64(v) => Scalar::I64(v.checked_abs().ok_or(OVERFLOW)?),
        Scalar::U64(v) => Scalar::U64(*v),
        Scalar::F32(v) => Scalar::F32(v.abs()),
        Scalar::F64(v) => Scalar::F64(v.abs()),
        Scalar::Decimal(v, scale) => Scalar::Decimal(v.abs(), *scale),
        Scalar::Duration(v, unit) => Scalar::Duration(v.checked_abs().ok_or(OVERFLOW)?, *unit),
        _ => return Err(MALFORMED),
    })
}

fn sign(x: &Scalar) -> Cell {
    let of_float = |v: f64| match v {
        v if v.is_nan() => v,
        v if v > 0.0 => 1.0,
        v if v < 0.0 => -1.0,
        _ => 0.0,
    };
    Ok(match x {
        Scalar::I64(v) => Scalar::I64(v.signum()),
        Scalar::U64(v) => Scalar::U64((*v).min(1)),
        Scalar::F32(v) => Scalar::F32(of_float(f64::from(*v)) as f32),
        Scalar::F64(v) => Scalar::F64(of_float(*v)),
        Scalar::Decimal(v, scale) => {
            let one = 10i128.pow(u32::from(*scale));
            Scalar::Decimal(in_range(v.signum() * one).ok_or(OVERFLOW)?, *scale)
        }
        _ => return Err(MALFORMED),
    })
}

/// Which way a number between two goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Toward {
    Below,
    Above,
    Zero,
    /// The nearest, halves away from zero.
    Nearest,
}

impl Toward {
    fn whole(self, x: f64) -> f64 {
        match self {
            Toward::Below => x.floor(),
            Toward::Above => x.ceil(),
            Toward::Zero => x.trunc(),
            Toward::Nearest => x.round(),
        }
    }

    /// `value / 10^places`, in whole numbers of 128 bits.
    fn shortened(self, value: i128, places: u32) -> i128 {
        // Values have at most 38 digits; of 10^39 the half is more than all of them.
        let Some(unit) = 10i128.checked_pow(places) else {
            return match self {
                Toward::Below if value < 0 => -1,
                Toward::Above if value > 0 => 1,
                _ => 0,
            };
        };
        let (quotient, rest) = (value / unit, value % unit);
        let step = match self {
            Toward::Below => -i128::from(rest < 0),
            Toward::Above => i128::from(rest > 0),
            Toward::Zero => 0,
            Toward::Nearest if rest.abs() >= unit - rest.abs() => value.signum(),
            Toward::Nearest => 0,
        };
        quotient + step
    }
}

fn to_whole(x: &Scalar, toward: Toward) -> Cell {
    Ok(match x {
        Scalar::F32(v) => Scalar::F32(toward.whole(f64::from(*v)) as f32),
        Scalar::F64(v) => Scalar::F64(toward.whole(*v)),
        Scalar::Decimal(v, scale) => Scalar::Decimal(toward.shortened(*v, u32::from(*scale)), 0),
        _ => return Err(MALFORMED),
    })
}

fn to_digits(x: &Scalar, digits: i64, toward: Toward, data_type: DataType) -> Cell {
    // Beyond this many places nothing is left of any number.
    let before_point = || u32::try_from(digits.unsigned_abs().min(400)).unwrap_or(400);
    Ok(match (x, data_type) {
        (Scalar::I64(v), _) if digits >= 0 => Scalar::I64(*v),
        (Scalar::U64(v), _) if digits >= 0 => Scalar::U64(*v),
        (Scalar::I64(v), _) => {
            let exact = tens(toward.shortened(i128::from(*v), before_point()), before_point())?;
            Scalar::I64(i64::try_from(exact).map_err(|_| OVERFLOW)?)
        }
        (Scalar::U64(v), _) => {
            let exact = tens(toward.shortened(i128::from(*v), before_point()), before_point())?;
            Scalar::U64(u64::try_from(exact).map_err(|_| OVERFLOW)?)
        }
        (Scalar::F32(v), _) => Scalar::F32(float_to_digits(f64::from(*v), digits, toward) as f32),
        (Scalar::F64(v), _) => Scalar::F64(float_to_digits(*v, digits, toward)),
        (Scalar::Decimal(v, scale), DataType::Decimal { scale: given, .. }) => {
            let kept = digits.clamp(-400, i64::from(*scale));
            let dropped = u32::try_from(i64::from(*scale) - kept).map_err(|_| MALFORMED)?;
            let behind = u32::try_from(i64::from(given) - kept).map_err(|_| MALFORMED)?;
            let value = tens(toward.shortened(*v, dropped), behind)?;
            Scalar::Decimal(in_range(value).ok_or(OVERFLOW)?, given)
        }
        _ => return Err(MALFORMED),
    })
}

/// `value * 10^places`.
fn tens(value: i128, places: u32) -> Result<i128, NaiveErrorKind> {
    match value {
        0 => Ok(0),
        v => 10i128.checked_pow(places).and_then(|unit| v.checked_mul(unit)).ok_or(OVERFLOW),
    }
}

fn float_to_digits(x: f64, digits: i64, toward: Toward) -> f64 {
    let places = digits.unsigned_abs().min(400);
    // The nearest to 10^places, infinity beyond 308.
    let unit: f64 = format!("1e{places}").parse().unwrap_or(f64::INFINITY);
    if digits < 0 && unit.is_infinite() && x.is_finite() {
        // No number is half of that.
        return 0f64.copysign(x);
    }
    let result = if digits >= 0 { toward.whole(x * unit) / unit } else { toward.whole(x / unit) * unit };
    let product = if digits >= 0 { x * unit } else { result };
    if product.is_finite() { result } else { x }
}
