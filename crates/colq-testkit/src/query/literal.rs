//! Literals: near to what the generated tables hold, at the ends of the types, and of other number types than
//! the column they meet.

use crate::Random;
use crate::table::WORDS;
use colq_plan::{Expr, ExprKind, lit};
use colq_types::{DataType, Scalar, TimeUnit, calendar, duration};

/// A literal that can be compared with a column of this type.
pub(crate) fn comparable_with(random: &mut Random, data_type: DataType) -> Expr {
    if random.chance(2) {
        return lit(Scalar::Null);
    }
    match data_type {
        DataType::Bool => lit(random.chance(50)),
        // Nothing compares with a vector.
        DataType::Text | DataType::Vector { .. } => lit(*random.pick(&WORDS)),
        DataType::Duration(unit) => length(random, unit),
        DataType::Decimal { scale, .. } if random.chance(60) => digits(random, scale),
        DataType::Date | DataType::Timestamp(_) => instant(random, data_type),
        data_type => number(random, data_type),
    }
}

/// A number of any type, most often one that the column could hold.
fn number(random: &mut Random, data_type: DataType) -> Expr {
    match random.below(20) {
        0..8 => lit(random.between(-3, 20)),
        8..11 => lit(random.between(-1_000, 5_000)),
        11 => {
            lit(*random.pick(&[i64::MIN, i64::MAX, -1, 127, 128, 255, 256, 65_535, 1 << 24, (1 << 53) + 1]))
        }
        12 => lit(*random.pick(&[0u64, 5, u64::MAX, 1 << 63])),
        13 => lit(*random.pick(&[0.5f32, 10.0, f32::MAX, -1.5])),
        14 => lit(*random.pick(&[f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -0.0, 0.0, 1e20])),
        // As PostgreSQL reads a literal of unknown type.
        15 => lit(random.between(-3, 20).to_string()),
        _ if data_type.is_float() => lit(random.between(-20, 400) as f64 / 4.0),
        _ => lit(random.between(-3, 20) as f64 + *random.pick(&[0.0, 0.5])),
    }
}

/// A decimal, in one of the ways in which one is written.
fn digits(random: &mut Random, scale: u8) -> Expr {
    let value = random.between(-300, 2_000);
    match random.below(6) {
        0..2 => lit(value as f64 / 100.0),
        2 => lit(Scalar::Decimal(i128::from(value), scale)),
        3 => lit(Scalar::Decimal(i128::from(value), *random.pick(&[0, 1, 3, 10, 38]))),
        4 => lit(format!("{}", value as f64 / 100.0)),
        _ => lit(*random.pick(&[1e-40, 1e37, 0.1, -1e300, 123_456_789.123_456_7, 1e-12])),
    }
}

/// A duration near those of the tables, of any unit.
pub(crate) fn length(random: &mut Random, unit: TimeUnit) -> Expr {
    let unit = if random.chance(60) { unit } else { *random.pick(&TimeUnit::ALL) };
    let value = match random.below(8) {
        0 => *random.pick(&[0, 1, -1, i64::MAX, i64::MIN]),
        1..5 => random.between(-10, 5_000) * unit.per_second(),
        _ => random.between(-1_000, 5_000),
    };
    if random.chance(20) {
        return lit(duration::format(value, unit));
    }
    lit(Scalar::Duration(value, unit))
}

fn instant(random: &mut Random, data_type: DataType) -> Expr {
    let days = 15_706 + random.between(-30, 2_000) as i32;
    let value = match data_type {
        DataType::Timestamp(unit) if random.chance(60) => {
            let seconds = 1_357_034_400 + random.between(-10, 100_000);
            Scalar::Timestamp(seconds * unit.per_second(), unit)
        }
        _ => Scalar::Date(days),
    };
    match (value, random.chance(30)) {
        (Scalar::Date(days), true) => lit(calendar::format_date(days)),
        (Scalar::Timestamp(value, unit), true) => lit(calendar::format_timestamp(value, unit)),
        (value, _) => ExprKind::Literal(value).into(),
    }
}

/// A small number for arithmetic with a column of this type, never zero.
pub(crate) fn operand(random: &mut Random, data_type: DataType) -> Expr {
    match data_type {
        DataType::Decimal { .. } => lit(*random.pick(&[0.05, 1.5, -0.1, 2.0, 100.0])),
        t if t.is_float() => lit(*random.pick(&[0.5, 1.5, -2.0, 100.0, 0.1])),
        DataType::U64 => lit(random.between(1, 9) as u64),
        _ if random.chance(20) => lit(*random.pick(&[0.5, 2.5])),
        _ => lit(*random.pick(&[1i64, 2, 3, 7, 10, -1, -4])),
    }
}
