//! Literals: near to what the generated tables hold, at the ends of the types, and of other number types than
//! the column they meet.

use crate::Random;
use crate::table::WORDS;
use colq_plan::{Expr, ExprKind, lit};
use colq_types::{DataType, Scalar, calendar};

/// A literal of any type.
pub(crate) fn any(random: &mut Random) -> Expr {
    let data_type = *random.pick(&DataType::ALL);
    comparable_with(random, data_type)
}

/// A literal that can be compared with a column of this type.
pub(crate) fn comparable_with(random: &mut Random, data_type: DataType) -> Expr {
    if random.chance(2) {
        return lit(Scalar::Null);
    }
    match data_type {
        DataType::Bool => lit(random.chance(50)),
        DataType::Text => lit(*random.pick(&WORDS)),
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
        DataType::F32 | DataType::F64 => lit(*random.pick(&[0.5, 1.5, -2.0, 100.0, 0.1])),
        DataType::U64 => lit(random.between(1, 9) as u64),
        _ if random.chance(20) => lit(*random.pick(&[0.5, 2.5])),
        _ => lit(*random.pick(&[1i64, 2, 3, 7, 10, -1, -4])),
    }
}
