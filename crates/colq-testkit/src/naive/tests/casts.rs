//! Conversions, and the values that have no counterpart.

use super::*;
use colq_plan::{Expr, col};
use colq_types::TimeUnit;

fn one(data_type: DataType, value: Scalar) -> Batch {
    table(&[("a", data_type, vec![value])])
}

#[track_caller]
fn gives(from: DataType, value: Scalar, to: DataType, expected: Scalar) {
    assert_eq!(values(col("a").cast(to), &one(from, value)), [expected]);
}

#[track_caller]
fn fails(from: DataType, value: Scalar, to: DataType) {
    let cast: Expr = col("a").cast(to);
    assert_eq!(failure(cast, &one(from, value)), NaiveErrorKind::InvalidCast);
}

#[test]
fn floats_truncate_toward_zero_and_must_fit() {
    gives(DataType::F64, f(2.9), DataType::I64, i(2));
    gives(DataType::F64, f(-2.9), DataType::I64, i(-2));
    gives(DataType::F64, f(-0.9), DataType::U8, u(0));
    gives(DataType::F32, Scalar::F32(255.9), DataType::U8, u(255));
    gives(DataType::F64, f(-9_223_372_036_854_775_808.0), DataType::I64, i(i64::MIN));
    fails(DataType::F64, f(9_223_372_036_854_775_808.0), DataType::I64);
    fails(DataType::F64, f(256.0), DataType::U8);
    fails(DataType::F64, f(-1.0), DataType::U64);
    fails(DataType::F64, f(f64::NAN), DataType::I8);
    fails(DataType::F64, f(f64::INFINITY), DataType::U64);
    gives(DataType::F64, f(1e300), DataType::F32, Scalar::F32(f32::INFINITY));
    gives(DataType::F32, Scalar::F32(0.1), DataType::F64, f(0.100_000_001_490_116_12));
}

#[test]
fn integers_must_fit_and_round_once_to_floats() {
    gives(DataType::I64, i(-128), DataType::I8, i(-128));
    fails(DataType::I64, i(128), DataType::I8);
    fails(DataType::I64, i(-129), DataType::I8);
    fails(DataType::I8, i(-1), DataType::U64);
    fails(DataType::U64, u(1 << 63), DataType::I64);
    gives(DataType::U64, u(u64::MAX), DataType::F64, f(18_446_744_073_709_551_616.0));
    // By way of f64 this would round to even twice and end at 2^54 instead.
    let above_half = (1i64 << 54) + (1 << 30) + 1;
    gives(DataType::I64, i(above_half), DataType::F32, Scalar::F32(18_014_400_656_965_632.0));
    gives(DataType::I16, i(0), DataType::Bool, no());
    gives(DataType::I16, i(-3), DataType::Bool, yes());
    gives(DataType::Bool, yes(), DataType::U8, u(1));
    gives(DataType::Bool, no(), DataType::I64, i(0));
    gives(DataType::Bool, NULL, DataType::I64, NULL);
}

#[test]
fn days_floor_and_coarser_units_truncate() {
    const S: DataType = DataType::Timestamp(TimeUnit::Second);
    const MS: DataType = DataType::Timestamp(TimeUnit::Millisecond);
    const NS: DataType = DataType::Timestamp(TimeUnit::Nanosecond);
    let s = |v| Scalar::Timestamp(v, TimeUnit::Second);
    let ms = |v| Scalar::Timestamp(v, TimeUnit::Millisecond);
    let ns = |v| Scalar::Timestamp(v, TimeUnit::Nanosecond);
    gives(DataType::Date, Scalar::Date(-1), MS, ms(-86_400_000));
    gives(S, s(-1), DataType::Date, Scalar::Date(-1));
    gives(S, s(86_399), DataType::Date, Scalar::Date(0));
    gives(MS, ms(-1), S, s(0));
    gives(MS, ms(1_999), S, s(1));
    gives(S, s(-2), NS, ns(-2_000_000_000));
    fails(S, s(i64::MAX / 1_000_000_000 + 1), NS);
    gives(S, s(i64::MAX / 1_000_000_000), NS, ns(9_223_372_036_000_000_000));
    fails(DataType::Date, Scalar::Date(i32::MAX), NS);
    gives(DataType::Date, Scalar::Date(i32::MAX), S, s(185_542_587_100_800));
    fails(S, s(i64::MAX), DataType::Date);
}

#[test]
fn everything_is_text_and_text_is_read_strictly() {
    for (data_type, value, expected) in [
        (DataType::F64, f(1.0), "1.0"),
        (DataType::F32, Scalar::F32(0.1), "0.1"),
        (DataType::F64, f(-0.0), "-0.0"),
        (DataType::F64, f(f64::NAN), "NaN"),
        (DataType::F64, f(f64::NEG_INFINITY), "-Infinity"),
        (DataType::U64, u(u64::MAX), "18446744073709551615"),
        (DataType::Bool, yes(), "true"),
        (DataType::Date, Scalar::Date(15_706), "2013-01-01"),
        (
            DataType::Timestamp(TimeUnit::Second),
            Scalar::Timestamp(0, TimeUnit::Second),
            "1970-01-01T00:00:00Z",
        ),
    ] {
        gives(data_type, value, DataType::Text, text(expected));
    }
    gives(DataType::Text, text(" 12 "), DataType::I8, i(12));
    gives(DataType::Text, text("+5"), DataType::U16, u(5));
    gives(DataType::Text, text("1e3"), DataType::F64, f(1_000.0));
    gives(DataType::Text, text("0.1"), DataType::F32, Scalar::F32(0.1));
    gives(DataType::Text, text("Yes"), DataType::Bool, yes());
    gives(DataType::Text, text("2013-01-01"), DataType::Date, Scalar::Date(15_706));
    gives(DataType::Text, text("2013-01-01T10:30"), DataType::Date, Scalar::Date(15_706));
    let at_ten = Scalar::Timestamp(1_357_034_400_000, TimeUnit::Millisecond);
    gives(DataType::Text, text("2013-01-01 10:00"), DataType::Timestamp(TimeUnit::Millisecond), at_ten);
    for (bad, to) in [
        ("", DataType::I64),
        ("1.5", DataType::I64),
        ("128", DataType::I8),
        ("-1", DataType::U8),
        ("abc", DataType::F64),
        ("2", DataType::Bool),
        ("2013-02-30", DataType::Date),
        ("10:00", DataType::Timestamp(TimeUnit::Second)),
    ] {
        fails(DataType::Text, text(bad), to);
    }
}
