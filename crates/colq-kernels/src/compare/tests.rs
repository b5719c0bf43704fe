//! The naive twins of `compare`, and its kernels held to them.

use super::*;
use crate::testing::{LENGTHS, bits_of, naive_order, spread};
use crate::{CodeTable, Truth, check_codes, lookup_codes};
use colq_column::{Buffer, Column};
use colq_types::{DataType, TimeUnit};
use proptest::prelude::*;

/// Every number type, with its extremes and the values around zero.
fn columns() -> Vec<Column> {
    let floats =
        [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -0.0, 0.0, 10.0, 10.5, -1.5, f64::MAX, f64::MIN];
    let singles: Vec<f32> =
        floats.iter().map(|v| *v as f32).chain([16_777_216.0, 0.1, f32::MAX, f32::MIN_POSITIVE]).collect();
    let doubles: Vec<f64> = floats
        .into_iter()
        .chain([9_007_199_254_740_992.0, 9_223_372_036_854_775_808.0, 0.1, 5e-324])
        .collect();
    vec![
        Column::new(DataType::I8, vec![i8::MIN, -1, 0, 1, 10, 11, i8::MAX]),
        Column::new(DataType::I16, vec![i16::MIN, -1, 0, 1, 10, 11, i16::MAX]),
        Column::new(DataType::I32, vec![i32::MIN, -1, 0, 1, 10, 11, 16_777_217, i32::MAX]),
        Column::new(DataType::I64, vec![i64::MIN, -1, 0, 1, 10, 11, 9_007_199_254_740_993, i64::MAX]),
        Column::new(DataType::U8, vec![0u8, 1, 10, 11, u8::MAX]),
        Column::new(DataType::U16, vec![0u16, 1, 10, 11, u16::MAX]),
        Column::new(DataType::U32, vec![0u32, 1, 10, 11, u32::MAX]),
        Column::new(DataType::U64, vec![0u64, 1, 10, 11, 9_007_199_254_740_993, u64::MAX]),
        Column::new(DataType::F32, singles),
        Column::new(DataType::F64, doubles),
    ]
}

fn literals() -> Vec<Scalar> {
    let mut literals: Vec<Scalar> = Vec::new();
    for whole in [
        i64::MIN,
        -(1 << 33),
        -32_769,
        -129,
        -1,
        0,
        1,
        10,
        127,
        128,
        255,
        256,
        300,
        16_777_217,
        9_007_199_254_740_993,
        i64::MAX,
    ] {
        literals.push(Scalar::I64(whole));
    }
    for whole in [0, 10, u64::MAX, 1 << 63] {
        literals.push(Scalar::U64(whole));
    }
    for float in [
        f64::NAN,
        f64::INFINITY,
        f64::NEG_INFINITY,
        -0.0,
        0.0,
        10.0,
        10.5,
        -0.5,
        0.1,
        1e300,
        -1e300,
        1e-300,
        3.402_823_5e38,
        18_446_744_073_709_551_616.0,
        9_223_372_036_854_775_808.0,
        5e-324,
        -128.5,
    ] {
        literals.push(Scalar::F64(float));
        literals.push(Scalar::F32(float as f32));
    }
    literals
}

/// The law, a row at a time, by exact values.
fn naive(op: Comparison, column: &Column, literal: &Scalar) -> Vec<bool> {
    (0..column.len()).map(|row| op.holds(naive_order(&column.scalar(row), literal))).collect()
}

#[test]
fn any_number_compares_with_any_literal_by_value() {
    let mut out = Bitmap::default();
    for column in columns() {
        for literal in literals() {
            for op in Comparison::ALL {
                compare_literal(op, &column.view(), &literal, &mut out).unwrap();
                let expected = naive(op, &column, &literal);
                assert_eq!(bits_of(&out), expected, "{:?} {op:?} {literal:?}", column.data_type);
            }
            for high in literals() {
                between_literals(&column.view(), &literal, &high, &mut out).unwrap();
                let expected: Vec<bool> = naive(Comparison::GreaterOrEqual, &column, &literal)
                    .into_iter()
                    .zip(naive(Comparison::LessOrEqual, &column, &high))
                    .map(|(from, to)| from && to)
                    .collect();
                assert_eq!(bits_of(&out), expected, "{:?} {literal:?}..{high:?}", column.data_type);
            }
        }
    }
}

#[test]
fn times_compare_as_instants_whatever_their_units() {
    let seconds = Column::new(DataType::Timestamp(TimeUnit::Second), vec![-86_400i64, -1, 0, 1, 86_400]);
    let days = Column::new(DataType::Date, vec![-1i32, 0, 1]);
    let check = |column: &Column, op, literal: Scalar, expected: &[bool]| {
        let mut out = Bitmap::default();
        compare_literal(op, &column.view(), &literal, &mut out).unwrap();
        assert_eq!(bits_of(&out), expected, "{op:?} {literal:?}");
    };
    let (yes, no) = (true, false);
    let half = Scalar::Timestamp(500, TimeUnit::Millisecond);
    check(&seconds, Comparison::Less, half.clone(), &[yes, yes, yes, no, no]);
    check(&seconds, Comparison::LessOrEqual, half.clone(), &[yes, yes, yes, no, no]);
    check(&seconds, Comparison::GreaterOrEqual, half.clone(), &[no, no, no, yes, yes]);
    check(&seconds, Comparison::Equal, half.clone(), &[no; 5]);
    check(&seconds, Comparison::NotEqual, half.clone(), &[yes; 5]);
    check(&seconds, Comparison::Equal, Scalar::Date(1), &[no, no, no, no, yes]);
    check(&days, Comparison::Equal, Scalar::Date(0), &[no, yes, no]);
    check(&days, Comparison::Less, half, &[yes, yes, no]);
    check(&days, Comparison::Less, Scalar::Timestamp(-1, TimeUnit::Nanosecond), &[yes, no, no]);
    check(&days, Comparison::Equal, Scalar::Timestamp(86_400_000_000, TimeUnit::Microsecond), &[no, no, yes]);
    check(&seconds, Comparison::Less, Scalar::Timestamp(i64::MAX, TimeUnit::Second), &[yes; 5]);
    check(&seconds, Comparison::Less, Scalar::Date(i32::MIN), &[no; 5]);
}

#[test]
fn kinds_that_do_not_compare_are_refused_in_words() {
    let mut out = Bitmap::default();
    let column = Column::new(DataType::Date, vec![1i32]);
    let error = compare_literal(Comparison::Less, &column.view(), &Scalar::I64(1), &mut out).unwrap_err();
    assert_eq!(error.to_string(), "a column of type date cannot be compared with the i64 1");
    let error = compare_literal(Comparison::Less, &column.view(), &Scalar::Null, &mut out).unwrap_err();
    assert_eq!(error.to_string(), "a column of type date cannot be compared with NULL");
    let column = Column::from_scalars(DataType::Text, &[Scalar::from("a")]);
    assert!(compare_literal(Comparison::Less, &column.view(), &Scalar::from("a"), &mut out).is_err());
    assert!(crate::is_in_literals(&column.view(), &[Scalar::I64(0)], &mut out).is_err());
}

#[test]
fn bools_compare_with_bools() {
    let column =
        Column { values: Buffer::Bool(vec![0, 1, 255]), ..Column::new(DataType::U8, Vec::<u8>::new()) };
    let column = Column { data_type: DataType::Bool, ..column };
    let mut out = Bitmap::default();
    for op in Comparison::ALL {
        for literal in [false, true] {
            compare_literal(op, &column.view(), &Scalar::Bool(literal), &mut out).unwrap();
            let expected = [false, true, true].map(|value| op.holds(value.cmp(&literal)));
            assert_eq!(bits_of(&out), expected, "{op:?} {literal}");
        }
        compare_bools(op, &[0, 0, 1, 255], &[0, 1, 0, 1], &mut out);
        let pairs = [(false, false), (false, true), (true, false), (true, true)];
        assert_eq!(bits_of(&out), pairs.map(|(l, r)| op.holds(l.cmp(&r))), "{op:?}");
    }
    between_literals(&column.view(), &Scalar::Bool(true), &Scalar::Bool(true), &mut out).unwrap();
    assert_eq!(bits_of(&out), [false, true, true]);
    assert!(compare_literal(Comparison::Less, &column.view(), &Scalar::I64(1), &mut out).is_err());
}

#[test]
fn every_length_gets_every_bit_and_none_past_the_end() {
    let mut out = Bitmap::default();
    for len in LENGTHS {
        let values: Vec<u16> = (0..len).map(|row| spread(row) as u16 % 100).collect();
        let other: Vec<u16> = (0..len).map(|row| spread(row + 1) as u16 % 100).collect();
        let column = Column::new(DataType::U16, values.clone());
        for op in Comparison::ALL {
            compare_literal(op, &column.view(), &Scalar::I64(50), &mut out).unwrap();
            let expected: Bitmap = values.iter().map(|v| op.holds(v.cmp(&50))).collect();
            assert_eq!(out, expected, "{len} {op:?}");
            compare_slices(op, &values, &other, &mut out);
            let expected: Bitmap = values.iter().zip(&other).map(|(l, r)| op.holds(l.cmp(r))).collect();
            assert_eq!(out, expected, "{len} {op:?}");
        }
    }
}

fn any_float() -> impl Strategy<Value = f32> {
    prop_oneof![
        any::<f32>(),
        Just(f32::NAN),
        Just(-f32::NAN),
        Just(0.0),
        Just(-0.0),
        Just(f32::INFINITY),
        Just(f32::NEG_INFINITY),
        (-3i8..3).prop_map(f32::from)
    ]
}

proptest! {
    #[test]
    fn floats_compare_by_the_total_order(left in prop::collection::vec(any_float(), 0..200), shift in 0usize..9) {
        let mut right = left.clone();
        right.rotate_left(shift.min(left.len()));
        let mut out = Bitmap::default();
        for op in Comparison::ALL {
            compare_slices(op, &left, &right, &mut out);
            let expected: Bitmap = left
                .iter()
                .zip(&right)
                .map(|(l, r)| op.holds(naive_order(&Scalar::F32(*l), &Scalar::F32(*r))))
                .collect();
            prop_assert_eq!(&out, &expected);
        }
    }

    #[test]
    fn lists_are_an_or_of_equals(
        values in prop::collection::vec(prop_oneof![any::<i16>(), -40i16..40], 0..300),
        keys in prop::collection::vec(prop_oneof![-50i64..50, any::<i64>()], 0..100),
        near in any::<bool>(),
    ) {
        let mut out = Bitmap::default();
        let keys: Vec<i64> = keys.into_iter().map(|k| if near { k % 60 } else { k }).collect();
        let literals: Vec<Scalar> = keys.iter().map(|k| Scalar::I64(*k)).collect();
        let expected: Bitmap = values.iter().map(|v| keys.contains(&i64::from(*v))).collect();
        for column in [
            Column::new(DataType::I16, values.clone()),
            Column::new(DataType::I64, values.iter().map(|v| i64::from(*v)).collect::<Vec<_>>()),
            Column::new(DataType::F32, values.iter().map(|v| f32::from(*v)).collect::<Vec<_>>()),
            Column::new(DataType::F64, values.iter().map(|v| f64::from(*v)).collect::<Vec<_>>()),
        ] {
            crate::is_in_literals(&column.view(), &literals, &mut out).unwrap();
            prop_assert_eq!(&out, &expected, "{}", column.data_type);
        }
    }

    #[test]
    fn codes_are_looked_up_whatever_the_table_looks_like(
        table in prop_oneof![
            prop::collection::vec(any::<bool>(), 1..256),
            (0usize..280, 0usize..99, any::<bool>()).prop_map(|(from, len, within)| {
                (0..300).map(|i| (from..from + len).contains(&i) == within).collect::<Vec<bool>>()
            }),
            prop::collection::vec(0usize..200, 0..12).prop_map(|keys| (0..200).map(|i| keys.contains(&i)).collect()),
            prop::collection::vec(0usize..200, 0..40).prop_map(|keys| {
                (0..70_000).map(|i| i > 65_530 || keys.contains(&i)).collect()
            }),
        ],
        rows in prop::collection::vec(any::<prop::sample::Index>(), 0..300),
    ) {
        // A code of one byte numbers 256 values, however many the table holds.
        let codes: Vec<usize> = rows.iter().map(|row| row.index(table.len().min(256))).collect();
        let expected: Bitmap = codes.iter().map(|code| table[*code]).collect();
        let mut out = Bitmap::default();
        let table = CodeTable::of_flags(table);
        for buffer in [
            Buffer::U8(codes.iter().map(|c| *c as u8).collect()),
            Buffer::U16(codes.iter().map(|c| *c as u16).collect()),
            Buffer::U32(codes.iter().map(|c| *c as u32).collect()),
        ] {
            lookup_codes(buffer.as_values(), &table, &mut out).unwrap();
            prop_assert_eq!(&out, &expected);
        }
    }
}

#[test]
fn lists_find_nan_and_both_zeros() {
    let column = Column::new(DataType::F64, vec![f64::NAN, -0.0, 0.0, 1.5, -f64::NAN]);
    let mut out = Bitmap::default();
    for padding in [0, 40, 90] {
        let mut literals = vec![Scalar::F64(f64::NAN), Scalar::I64(0)];
        literals.extend((0..padding).map(|i| Scalar::I64(100 + i)));
        crate::is_in_literals(&column.view(), &literals, &mut out).unwrap();
        assert_eq!(bits_of(&out), [true, true, true, false, true]);
    }
    crate::is_in_literals(&column.view(), &[], &mut out).unwrap();
    assert_eq!(bits_of(&out), [false; 5]);
}

#[test]
fn lists_of_near_integers_end_where_they_end() {
    // Spans around those of the words and of the table, at the ends of the types and across zero.
    for span in [5i64, 31, 32, 254, 255, 256, 257, 16_383, 16_384, 16_385] {
        for lowest in
            [i64::from(i32::MIN), -128, -7, 0, i64::from(i16::MAX) - span, i64::from(i32::MAX) - span]
        {
            let keys: Vec<i64> = (0..6).map(|i| lowest + i * span / 5).collect();
            let around = keys.iter().flat_map(|key| [key - 256, key - 1, *key, key + 1, key + 256]);
            let ends = [i64::from(i32::MIN), -1, 0, 1, i64::from(i32::MAX), 127, -128, 32_767, -32_768];
            let values: Vec<i64> = around.chain(ends).collect();
            let literals: Vec<Scalar> = keys.iter().map(|key| Scalar::I64(*key)).collect();
            let narrow: Vec<i32> = values.iter().filter_map(|v| i32::try_from(*v).ok()).collect();
            let small: Vec<i8> = values.iter().filter_map(|v| i8::try_from(*v).ok()).collect();
            let unsigned: Vec<u16> = values.iter().filter_map(|v| u16::try_from(*v).ok()).collect();
            let check = |column: Column, values: Vec<i64>| {
                let mut out = Bitmap::default();
                crate::is_in_literals(&column.view(), &literals, &mut out).unwrap();
                let expected: Vec<bool> = values.iter().map(|value| keys.contains(value)).collect();
                assert_eq!(bits_of(&out), expected, "{} from {lowest} span {span}", column.data_type);
            };
            check(Column::new(DataType::I32, narrow.clone()), narrow.into_iter().map(i64::from).collect());
            check(Column::new(DataType::I8, small.clone()), small.into_iter().map(i64::from).collect());
            check(
                Column::new(DataType::U16, unsigned.clone()),
                unsigned.into_iter().map(i64::from).collect(),
            );
            check(Column::new(DataType::I64, values.clone()), values);
        }
    }
}

#[test]
fn a_code_past_the_dictionary_is_damage() {
    let mut out = Bitmap::default();
    let codes = Buffer::from(vec![0u16, 3, 2]);
    let error =
        lookup_codes(codes.as_values(), &CodeTable::of_flags(vec![true, false, true]), &mut out).unwrap_err();
    assert_eq!(error, Error::CodePastDictionary { code: 3, dictionary_len: 3 });
    assert_eq!(check_codes(codes.as_values(), 4), Ok(()));
    // A column of nulls has code 0 everywhere and may have no dictionary at all.
    lookup_codes(Buffer::from(vec![0u8; 3]).as_values(), &CodeTable::of_flags(Vec::new()), &mut out).unwrap();
    assert_eq!(bits_of(&out), [false; 3]);
    assert!(check_codes(Buffer::from(vec![0i8]).as_values(), 4).is_err());
}

#[test]
fn three_valued_logic_by_its_table() {
    // NULL, false, true against NULL, false, true.
    let values = [None, Some(false), Some(true)];
    let pairs: Vec<_> = values.iter().flat_map(|l| values.iter().map(|r| (*l, *r))).collect();
    let truth = |side: Vec<Option<bool>>| {
        let bits: Bitmap = side.iter().map(|v| v.unwrap_or(true)).collect();
        Truth::masked(bits, Some(&side.iter().map(Option::is_some).collect()))
    };
    let list = |truth: &Truth| -> Vec<Option<bool>> {
        (0..truth.len())
            .map(|i| (!truth.nulls.as_ref().is_some_and(|n| n.get(i))).then(|| truth.trues.get(i)))
            .collect()
    };
    let left = truth(pairs.iter().map(|p| p.0).collect());
    let right = truth(pairs.iter().map(|p| p.1).collect());
    let and = |l: Option<bool>, r: Option<bool>| match (l, r) {
        (Some(false), _) | (_, Some(false)) => Some(false),
        (Some(true), Some(true)) => Some(true),
        _ => None,
    };
    let or = |l: Option<bool>, r: Option<bool>| and(l.map(|v| !v), r.map(|v| !v)).map(|v| !v);
    let expected = |law: &dyn Fn(Option<bool>, Option<bool>) -> Option<bool>| {
        pairs.iter().map(|(l, r)| law(*l, *r)).collect::<Vec<_>>()
    };
    assert_eq!(list(&left.clone().and(&right)), expected(&and));
    assert_eq!(list(&left.clone().or(&right)), expected(&or));
    assert_eq!(list(&left.clone().not()), expected(&|l, _| l.map(|v| !v)));
    assert_eq!(bits_of(&left.falses()), pairs.iter().map(|p| p.0 == Some(false)).collect::<Vec<_>>());
    // Sides without nulls take the short ways.
    let (known, nullable) = (truth(vec![Some(false), Some(true)]), truth(vec![None, None]));
    assert_eq!(known.nulls, None);
    assert_eq!(list(&known.clone().and(&nullable)), [Some(false), None]);
    assert_eq!(list(&nullable.clone().and(&known)), [Some(false), None]);
    assert_eq!(list(&known.clone().or(&nullable)), [None, Some(true)]);
    assert_eq!(list(&nullable.clone().or(&known)), [None, Some(true)]);
    let column = left.to_column();
    assert_eq!(Truth::from_bools(&column.view()).unwrap(), left);
    assert_eq!(
        bits_of(&Truth::is_null(column.view().validity, 9).trues),
        pairs.iter().map(|p| p.0.is_none()).collect::<Vec<_>>()
    );
}
