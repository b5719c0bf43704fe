//! The naive twins of `cast`, and its kernels held to them.

use super::*;
use crate::testing::spread;
use colq_types::Scalar;
use proptest::prelude::*;

fn column_of(data_type: DataType, scalars: &[Scalar]) -> Column {
    Column::from_scalars(data_type, scalars)
}

fn cast_all(data_type: DataType, scalars: &[Scalar], to: DataType) -> Result<Vec<Scalar>, Error> {
    let column = column_of(data_type, scalars);
    let cast = cast(&column.view(), to, &Bitmap::ones(column.len()))?;
    assert_eq!(cast.data_type, to);
    Ok((0..cast.len()).map(|row| cast.scalar(row)).collect())
}

#[test]
fn text_and_back() {
    let micros = DataType::Timestamp(TimeUnit::Microsecond);
    for (data_type, scalars, texts) in [
        (DataType::Bool, vec![Scalar::Bool(true), Scalar::Bool(false)], vec!["true", "false"]),
        (DataType::I8, vec![Scalar::I64(-128), Scalar::I64(7)], vec!["-128", "7"]),
        (DataType::U64, vec![Scalar::U64(u64::MAX)], vec!["18446744073709551615"]),
        (
            DataType::F32,
            vec![Scalar::F32(0.1), Scalar::F32(0.0), Scalar::F32(-0.0)],
            vec!["0.1", "0.0", "-0.0"],
        ),
        (DataType::F64, vec![Scalar::F64(f64::INFINITY), Scalar::F64(1e300)], vec!["Infinity", "1e300"]),
        (DataType::Date, vec![Scalar::Date(0), Scalar::Date(-1)], vec!["1970-01-01", "1969-12-31"]),
        (micros, vec![Scalar::Timestamp(-1, TimeUnit::Microsecond)], vec!["1969-12-31T23:59:59.999999Z"]),
    ] {
        let texts: Vec<Scalar> = texts.into_iter().map(Scalar::from).collect();
        assert_eq!(cast_all(data_type, &scalars, DataType::Text).unwrap(), texts);
        assert_eq!(cast_all(DataType::Text, &texts, data_type).unwrap(), scalars);
        let mut padded = texts.clone();
        padded.push(Scalar::Null);
        padded.push(Scalar::from("no such value"));
        let column = column_of(DataType::Text, &padded);
        let mut active = Bitmap::ones(padded.len());
        let error = cast(&column.view(), data_type, &active).unwrap_err();
        assert_eq!(
            error,
            Error::Unreadable { row: padded.len() - 1, text: "no such value".into(), to: data_type }
        );
        active.set(padded.len() - 1, false);
        let read = cast(&column.view(), data_type, &active).unwrap();
        assert_eq!(read.scalar(0), scalars[0]);
        assert_eq!(read.scalar(padded.len() - 2), Scalar::Null);
        // Fewer rows than distinct values: each row is read by itself.
        let view = column.view();
        let one = View { values: view.values.slice(0, 1), validity: None, ..view };
        assert_eq!(cast(&one, data_type, &Bitmap::ones(1)).unwrap().scalar(0), scalars[0]);
    }
}

#[test]
fn words_for_bools_and_spaces_around_numbers() {
    let texts = [" 1", "TRUE", "f", "no"].map(Scalar::from);
    let truths = [true, true, false, false].map(Scalar::Bool);
    assert_eq!(cast_all(DataType::Text, &texts, DataType::Bool).unwrap(), truths);
    assert_eq!(cast_all(DataType::Text, &[Scalar::from(" -5 ")], DataType::I64).unwrap(), [Scalar::I64(-5)]);
    for bad in ["", "1.5", "0x10", "1e3", "- 1"] {
        assert!(cast_all(DataType::Text, &[Scalar::from(bad)], DataType::I64).is_err(), "{bad}");
    }
    let day = cast_all(DataType::Text, &[Scalar::from("1970-01-02T05:00:00Z")], DataType::Date).unwrap();
    assert_eq!(day, [Scalar::Date(1)]);
}

#[test]
fn times_change_their_units() {
    let (second, milli, micro) =
        (TimeUnit::Second, TimeUnit::Millisecond, TimeUnit::Microsecond).into_types();
    let at = |value, unit| vec![Scalar::Timestamp(value, unit)];
    assert_eq!(
        cast_all(second, &at(-2, TimeUnit::Second), micro).unwrap(),
        at(-2_000_000, TimeUnit::Microsecond)
    );
    assert_eq!(
        cast_all(micro, &at(-1_999, TimeUnit::Microsecond), milli).unwrap(),
        at(-1, TimeUnit::Millisecond)
    );
    assert_eq!(cast_all(micro, &at(-1, TimeUnit::Microsecond), DataType::Date).unwrap(), [Scalar::Date(-1)]);
    assert_eq!(cast_all(DataType::Date, &[Scalar::Date(-1)], second).unwrap(), at(-86_400, TimeUnit::Second));
    assert!(cast_all(second, &at(i64::MAX, TimeUnit::Second), micro).is_err());
    assert!(cast_all(second, &at(i64::MIN / 1000 - 1, TimeUnit::Second), milli).is_err());
    assert!(cast_all(second, &at(i64::MAX, TimeUnit::Second), DataType::Date).is_err());
    let nano = DataType::Timestamp(TimeUnit::Nanosecond);
    assert!(cast_all(DataType::Date, &[Scalar::Date(i32::MAX)], nano).is_err());
    assert_eq!(cast_all(DataType::I64, &[Scalar::I64(5)], milli).unwrap(), at(5, TimeUnit::Millisecond));
    assert!(matches!(cast_all(DataType::F64, &[], DataType::Date), Err(Error::NoConversion { .. })));
    assert!(matches!(cast_all(DataType::Date, &[], DataType::Bool), Err(Error::NoConversion { .. })));
}

/// Three units as three types, to keep the lines above short.
trait IntoTypes {
    fn into_types(self) -> (DataType, DataType, DataType);
}
impl IntoTypes for (TimeUnit, TimeUnit, TimeUnit) {
    fn into_types(self) -> (DataType, DataType, DataType) {
        (DataType::Timestamp(self.0), DataType::Timestamp(self.1), DataType::Timestamp(self.2))
    }
}

#[test]
fn a_bad_value_counts_only_in_an_active_row_that_is_not_null() {
    let scalars = [Scalar::I64(300), Scalar::Null, Scalar::I64(5)];
    let column = column_of(DataType::I64, &scalars);
    let mut active = Bitmap::ones(3);
    let error = cast(&column.view(), DataType::U8, &active).unwrap_err();
    assert_eq!(error.to_string(), "the i64 300 does not fit into u8");
    active.set(0, false);
    let bytes = cast(&column.view(), DataType::U8, &active).unwrap();
    assert_eq!([bytes.scalar(1), bytes.scalar(2)], [Scalar::Null, Scalar::U64(5)]);
    // A null slot should hold zero; what it holds is not looked at.
    let null = Column::new(DataType::I64, vec![300i64]).with_validity(Some(Bitmap::zeros(1)));
    assert_eq!(cast(&null.view(), DataType::U8, &Bitmap::ones(1)).unwrap().scalar(0), Scalar::Null);
    assert!(to_u64(&column_of(DataType::I8, &[Scalar::I64(-1)]).view(), &Bitmap::ones(1)).is_err());
    assert!(to_i64(&column_of(DataType::U64, &[Scalar::U64(u64::MAX)]).view(), &Bitmap::ones(1)).is_err());
    assert!(to_i64(&column_of(DataType::U64, &[Scalar::U64(u64::MAX)]).view(), &Bitmap::zeros(1)).is_ok());
    assert!(to_i64(&column_of(DataType::Text, &[Scalar::from("1")]).view(), &Bitmap::ones(1)).is_err());
    assert!(matches!(to_i64(&column.view(), &active), Ok(Cow::Borrowed(_))));
}

/// The whole part of a float, where it lies in these bounds.
fn truncated(value: f64, low: i128, high: i128) -> Option<i128> {
    let whole = value.trunc();
    (value.is_finite() && whole.abs() < 1e30).then_some(whole as i128).filter(|v| (low..=high).contains(v))
}

const INTEGERS: [(DataType, i128, i128); 8] = [
    (DataType::I8, i8::MIN as i128, i8::MAX as i128),
    (DataType::I16, i16::MIN as i128, i16::MAX as i128),
    (DataType::I32, i32::MIN as i128, i32::MAX as i128),
    (DataType::I64, i64::MIN as i128, i64::MAX as i128),
    (DataType::U8, 0, u8::MAX as i128),
    (DataType::U16, 0, u16::MAX as i128),
    (DataType::U32, 0, u32::MAX as i128),
    (DataType::U64, 0, u64::MAX as i128),
];

fn any_float() -> impl Strategy<Value = f64> {
    let edges = [
        0.0,
        -0.0,
        -0.9,
        127.9,
        128.0,
        -128.9,
        -129.0,
        255.5,
        256.0,
        9.223372036854775e18,
        1.8446744073709552e19,
    ];
    prop_oneof![
        any::<f64>(),
        -300.0f64..300.0,
        prop::sample::select(edges.to_vec()),
        Just(f64::NAN),
        Just(f64::NEG_INFINITY),
        any::<i64>().prop_map(|v| v as f64)
    ]
}

proptest! {
    #[test]
    fn floats_truncate_into_integers_or_fail(value in any_float(), row in 0usize..3) {
        let mut values = vec![1.0; 3];
        values[row] = value;
        let column = Column::new(DataType::F64, values);
        for (to, low, high) in INTEGERS {
            let got = cast(&column.view(), to, &Bitmap::ones(3)).map(|c| c.scalar(row).as_i128());
            match truncated(value, low, high) {
                Some(expected) => prop_assert_eq!(got.unwrap(), Some(expected)),
                None => {
                    let failed = matches!(got, Err(Error::OutOfRange { row: at, .. }) if at == row);
                    prop_assert!(failed, "{} {}", value, to);
                }
            }
        }
    }

    #[test]
    fn integers_keep_their_value_or_fail(value in prop_oneof![any::<i64>(), -300i64..300, any::<i32>().prop_map(i64::from)]) {
        for column in [Column::new(DataType::I64, vec![value]), Column::new(DataType::U64, vec![value as u64])] {
            let exact = column.scalar(0).as_i128().unwrap();
            for (to, low, high) in INTEGERS {
                let got = cast(&column.view(), to, &Bitmap::ones(1)).ok().map(|c| c.scalar(0).as_i128().unwrap());
                prop_assert_eq!(got, Some(exact).filter(|v| (low..=high).contains(v)));
            }
            let single = cast(&column.view(), DataType::F32, &Bitmap::ones(1)).unwrap().scalar(0);
            prop_assert_eq!(single, Scalar::F32(exact as f32));
            let truth = cast(&column.view(), DataType::Bool, &Bitmap::ones(1)).unwrap().scalar(0);
            prop_assert_eq!(truth, Scalar::Bool(exact != 0));
        }
    }
}

#[test]
fn every_pair_of_types_answers_or_refuses() {
    for from in DataType::ALL {
        let scalars: Vec<Scalar> = vec![Scalar::Null; 3];
        for to in DataType::ALL {
            match cast_all(from, &scalars, to) {
                Ok(nulls) => assert_eq!(nulls, scalars, "{from} {to}"),
                Err(error) => assert_eq!(error, Error::NoConversion { from, to }),
            }
        }
    }
}

#[test]
fn long_text_columns_share_their_distinct_values() {
    let values: Vec<i32> = (0..5000).map(|row| (spread(row) % 10) as i32).collect();
    let column = Column::new(DataType::I32, values.clone());
    let text = cast(&column.view(), DataType::Text, &Bitmap::ones(5000)).unwrap();
    assert_eq!(text.dictionary.as_ref().map(|d| d.len()), Some(10));
    let back = cast(&text.view(), DataType::I32, &Bitmap::ones(5000)).unwrap();
    assert_eq!(back.values, Buffer::I32(values));
}

#[test]
fn decimals_are_rounded_half_away_from_zero_or_do_not_fit() {
    let wide = |scale| DataType::Decimal { precision: 38, scale };
    let stored = |scale| DataType::Decimal { precision: 18, scale };
    let one = |from: DataType, value: Scalar, to: DataType| {
        let column = Column::from_scalars(from, [&value]);
        cast(&column.view(), to, &Bitmap::ones(1)).map(|column| column.scalar(0)).ok()
    };
    let cases = [
        (stored(2), Scalar::Decimal(-125, 2), stored(1), Some(Scalar::Decimal(-13, 1))),
        (stored(2), Scalar::Decimal(250, 2), DataType::I8, Some(Scalar::I64(3))),
        (stored(2), Scalar::Decimal(12_750, 2), DataType::I8, None),
        (wide(0), Scalar::Decimal(i128::from(u64::MAX), 0), DataType::U64, Some(Scalar::U64(u64::MAX))),
        (stored(2), Scalar::Decimal(5, 2), DataType::F64, Some(Scalar::F64(0.05))),
        (stored(2), Scalar::Decimal(5, 2), DataType::F32, Some(Scalar::F32(0.05))),
        (stored(1), Scalar::Decimal(1, 1), DataType::Bool, Some(Scalar::Bool(true))),
        (DataType::F64, Scalar::F64(0.285), stored(2), Some(Scalar::Decimal(29, 2))),
        (DataType::F64, Scalar::F64(f64::NAN), stored(2), None),
        (DataType::F64, Scalar::F64(1e-300), stored(2), Some(Scalar::Decimal(0, 2))),
        (DataType::I64, Scalar::I64(-7), wide(30), Some(Scalar::Decimal(-7 * 10i128.pow(30), 30))),
        (DataType::I64, Scalar::I64(i64::MAX), wide(30), None),
        (DataType::U8, Scalar::U64(200), DataType::Decimal { precision: 3, scale: 1 }, None),
        (DataType::Text, Scalar::Text(" 1.005 ".into()), stored(2), Some(Scalar::Decimal(101, 2))),
        (DataType::Text, Scalar::Text("1.005x".into()), stored(2), None),
        (DataType::Bool, Scalar::Bool(true), stored(2), Some(Scalar::Decimal(100, 2))),
        (stored(2), Scalar::Decimal(-5, 2), DataType::Text, Some(Scalar::Text("-0.05".into()))),
        (
            DataType::I64,
            Scalar::I64((1 << 53) + (1 << 45) + 1),
            DataType::Bf16,
            Some(Scalar::F32(9_077_567_998_918_656.0)),
        ),
        (DataType::F64, Scalar::F64(65_520.0), DataType::F16, Some(Scalar::F32(f32::INFINITY))),
    ];
    for (from, value, to, expected) in cases {
        assert_eq!(one(from, value.clone(), to), expected, "{value} to {to}");
    }
}

proptest! {
    /// Where all digits are floats by themselves there is one division for all rows.
    #[test]
    fn decimals_as_floats_are_rounded_once(
        digits in prop::collection::vec(any::<i64>(), 0..140), shift in 0u32..40, scale in 0u8..19,
    ) {
        let digits: Vec<i64> = digits.into_iter().map(|digits| digits >> shift).collect();
        let column = Column::new(DataType::Decimal { precision: 18, scale }, digits.clone());
        let floats = cast(&column.view(), DataType::F64, &Bitmap::ones(digits.len())).unwrap();
        for (row, digits) in digits.into_iter().enumerate() {
            // The parser rounds once.
            let text = colq_types::decimal::format(i128::from(digits), scale);
            prop_assert_eq!(floats.scalar(row), Scalar::F64(text.parse().unwrap()));
        }
    }
}
