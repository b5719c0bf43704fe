//! Roots, powers, logarithms and angles of f64, all as the `libm` crate has them (the square root is IEEE's own), so that
//! no machine's C library has a say in the bits. The common ones go in vector lanes.

use super::number::quiet;
use super::rows::Rows;
use crate::Error;
use crate::lanes::{Lane, powers, powers_by_row};
use colq_column::Column;
use colq_types::{DataType, Function};
use std::f64::consts::PI;

/// Law: each row the function of its arguments, NaN as the one NaN.
pub(super) fn float(function: Function, rows: &Rows<'_>) -> Result<Column, Error> {
    use Function as F;
    let one = |f: fn(f64) -> f64| -> Result<Vec<f64>, Error> {
        let x = rows.input(0)?.numbers::<f64>()?;
        Ok(rows.each(|row| quiet(f(x.get(row)))))
    };
    let two = |f: fn(f64, f64) -> f64| -> Result<Vec<f64>, Error> {
        let (x, y) = (rows.input(0)?.numbers::<f64>()?, rows.input(1)?.numbers::<f64>()?);
        Ok(rows.each(|row| quiet(f(x.get(row), y.get(row)))))
    };
    let all = || rows.input(0)?.slice::<f64>();
    let lane = |lane: Lane| -> Result<Vec<f64>, Error> {
        Ok(rows.counting_filled(all()?, |x, out| lane.fill(x, out)))
    };
    let values = match function {
        F::Sqrt => rows.all(all()?, |x: f64| quiet(x.sqrt())),
        F::Degrees => rows.all(all()?, |x: f64| quiet(x * (180.0 / PI))),
        F::Radians => rows.all(all()?, |x: f64| quiet(x * (PI / 180.0))),
        F::Cbrt => lane(Lane::Cbrt)?,
        F::Exp => lane(Lane::Exp)?,
        F::Ln => lane(Lane::Ln)?,
        F::Log2 => lane(Lane::Log2)?,
        F::Log10 => lane(Lane::Log10)?,
        F::Log => two(|base, x| libm::log(x) / libm::log(base))?,
        F::Power if rows.input(1)?.is_constant() && !rows.input(0)?.is_constant() => {
            match (all()?, rows.input(1)?.slice::<f64>()?) {
                (x, [y]) => rows.counting_filled(x, |x, out| powers(x, *y, out)),
                _ => two(libm::pow)?,
            }
        }
        F::Power if rows.is_dense() && !rows.input(0)?.is_constant() => {
            let (x, y) = (all()?, rows.input(1)?.slice::<f64>()?);
            rows.all_filled(x, |x, out| powers_by_row(x, y, out))
        }
        F::Power => two(libm::pow)?,
        F::Sin => lane(Lane::Sin)?,
        F::Cos => lane(Lane::Cos)?,
        F::Tan => one(libm::tan)?,
        F::Asin => one(libm::asin)?,
        F::Acos => one(libm::acos)?,
        F::Atan => one(libm::atan)?,
        F::Atan2 => two(libm::atan2)?,
        F::Sinh => one(libm::sinh)?,
        F::Cosh => one(libm::cosh)?,
        F::Tanh => one(libm::tanh)?,
        _ => return Err(Error::WrongLayout { expected: "a function of floats", found: "another function" }),
    };
    Ok(Column::new(DataType::F64, values))
}
