//! Functions against naive twins: every row by itself, over scalars, for lengths around words and the zone's end, NULLs
//! and rows that do not count, arguments that vary and constants, dictionaries short and long.

use crate::function::{Input, NONE, call, pick, pick_rows};
use crate::testing::{LENGTHS, spread};
use colq_column::{Bitmap, Column};
use colq_types::{DataType, Function as F, Scalar, TimeUnit, calendar};
use proptest::prelude::*;

const FLOATS: [f64; 12] = [
    0.0,
    -0.0,
    1.5,
    -2.5,
    2.345,
    1e300,
    -1e-300,
    f64::NAN,
    f64::INFINITY,
    f64::NEG_INFINITY,
    123_456.789,
    -0.5,
];
const WHOLE: [i64; 10] = [0, 1, -1, 2, -3, 7, 15, -25, i64::MAX, i64::MIN];
const TEXTS: [&str; 10] = ["", "a", "ab", "B", "héé", "a b", "aab%", "_x", "a\\b", "ÄÖ ss"];

/// A value of a type: NULL, or one of a few that matter.
fn value(data_type: DataType, seed: u64) -> Scalar {
    if seed.is_multiple_of(7) {
        return Scalar::Null;
    }
    let pick = (seed / 7) as usize;
    let whole = WHOLE[pick % WHOLE.len()];
    match data_type {
        DataType::I64 => Scalar::I64(whole),
        DataType::U64 => Scalar::U64(whole as u64),
        DataType::F64 => Scalar::F64(FLOATS[pick % FLOATS.len()]),
        DataType::F32 => Scalar::F32(FLOATS[pick % FLOATS.len()] as f32),
        DataType::Text => TEXTS[pick % TEXTS.len()].into(),
        DataType::Decimal { scale, .. } => {
            Scalar::Decimal(i128::from(whole) * 10i128.pow((pick % 19) as u32), scale)
        }
        DataType::Date => {
            Scalar::Date(if pick.is_multiple_of(9) { i32::MIN } else { (seed % 200_000) as i32 - 100_000 })
        }
        DataType::Timestamp(unit) if pick.is_multiple_of(9) => Scalar::Timestamp(whole, unit),
        DataType::Timestamp(unit) => Scalar::Timestamp(seed as i64 % (1 << 55), unit),
        DataType::Duration(unit) => Scalar::Duration(whole, unit),
        _ => Scalar::Bool(pick.is_multiple_of(2)),
    }
}

/// A call whose arguments have these types; the twin gives the answer for one row, none where it is an error.
struct Case {
    function: F,
    takes: Vec<DataType>,
    gives: DataType,
    twin: fn(&[Scalar]) -> Option<Scalar>,
}

fn float(value: &Scalar) -> f64 {
    value.as_f64().unwrap()
}

fn whole(value: &Scalar) -> i64 {
    i64::try_from(value.as_i128().unwrap()).unwrap()
}

fn text(value: &Scalar) -> &str {
    match value {
        Scalar::Text(text) => text,
        _ => "",
    }
}

fn letters(value: &Scalar) -> Vec<char> {
    text(value).chars().collect()
}

fn joined(letters: impl IntoIterator<Item = char>) -> Option<Scalar> {
    Some(letters.into_iter().collect::<String>().into())
}

/// LIKE by trying every way, which is slow and plain.
fn like(text: &[char], pattern: &[char]) -> Option<bool> {
    Some(match pattern {
        [] => text.is_empty(),
        ['\\'] => return None,
        ['\\', letter, rest @ ..] => text.first() == Some(letter) && like(&text[1..], rest)?,
        ['%', rest @ ..] => {
            let mut any = false;
            for start in 0..=text.len() {
                any |= like(&text[start..], rest)?;
            }
            any
        }
        ['_', rest @ ..] => !text.is_empty() && like(&text[1..], rest)?,
        [letter, rest @ ..] => text.first() == Some(letter) && like(&text[1..], rest)?,
    })
}

/// Walks back day by day to the first of the month that holds an instant.
fn month_start(x: &Scalar) -> Option<Scalar> {
    let Scalar::Timestamp(value, unit) = *x else { return None };
    let per_day = i128::from(unit.per_second()) * 86_400;
    let mut day = i128::from(value).div_euclid(per_day);
    while calendar::date_from_days(i64::try_from(day).unwrap()).2 != 1 {
        day -= 1;
    }
    Some(Scalar::Timestamp(i64::try_from(day * per_day).ok()?, unit))
}

/// The largest by the order of values, NULLs left out.
fn largest(values: &[Scalar]) -> Option<Scalar> {
    let mut best: Option<&Scalar> = None;
    for value in values.iter().filter(|v| !v.is_null()) {
        best = match best {
            Some(old) if crate::testing::naive_order(value, old).is_le() => Some(old),
            _ => Some(value),
        };
    }
    Some(best.cloned().unwrap_or(Scalar::Null))
}

fn cases() -> Vec<Case> {
    use DataType as T;
    let decimal = |scale| T::Decimal { precision: 38, scale };
    let stamp = T::Timestamp(TimeUnit::Millisecond);
    let case =
        |function, takes: &[DataType], gives, twin| Case { function, takes: takes.to_vec(), gives, twin };
    vec![
        case(F::Abs, &[T::I64], T::I64, |v| whole(&v[0]).checked_abs().map(Scalar::I64)),
        case(F::Abs, &[T::F32], T::F32, |v| Some(Scalar::F32(float(&v[0]).abs() as f32))),
        case(F::Sign, &[T::F64], T::F64, |v| {
            let x = float(&v[0]);
            Some(Scalar::F64(if x.is_nan() {
                x
            } else if x > 0.0 {
                1.0
            } else if x < 0.0 {
                -1.0
            } else {
                0.0
            }))
        }),
        case(F::Floor, &[decimal(3)], decimal(0), |v| {
            let Scalar::Decimal(digits, _) = v[0] else { return None };
            Some(Scalar::Decimal(digits.div_euclid(1000), 0))
        }),
        case(F::Ceil, &[T::F64], T::F64, |v| Some(Scalar::F64(float(&v[0]).ceil()))),
        case(F::Round, &[T::I64, T::I64], T::I64, |v| {
            let (x, n) = (i128::from(whole(&v[0])), whole(&v[1]));
            let unit = if n >= 0 { 1 } else { 10i128.pow(n.unsigned_abs().min(30) as u32) };
            let down = x.abs() / unit * unit;
            let rounded = if (x.abs() - down) * 2 >= unit { down + unit } else { down };
            i64::try_from(rounded * x.signum()).ok().map(Scalar::I64)
        }),
        case(F::Trunc, &[T::F64, T::I64], T::F64, |v| {
            let (x, n) = (float(&v[0]), whole(&v[1]));
            let power: f64 = format!("1e{}", n.unsigned_abs()).parse().unwrap();
            if n < 0 && power.is_infinite() && x.is_finite() {
                return Some(Scalar::F64(0.0 * x.signum()));
            }
            let product = if n < 0 { (x / power).trunc() * power } else { x * power };
            if !product.is_finite() {
                return Some(Scalar::F64(x));
            }
            Some(Scalar::F64(if n < 0 { product } else { product.trunc() / power }))
        }),
        case(F::Power, &[T::F64, T::F64], T::F64, |v| {
            Some(Scalar::F64(libm::pow(float(&v[0]), float(&v[1]))))
        }),
        case(F::IsNan, &[T::F32], T::Bool, |v| Some(Scalar::Bool(float(&v[0]).is_nan()))),
        case(F::Length, &[T::Text], T::I64, |v| Some(Scalar::I64(letters(&v[0]).len() as i64))),
        case(F::Upper, &[T::Text], T::Text, |v| joined(text(&v[0]).to_uppercase().chars())),
        case(F::Reverse, &[T::Text], T::Text, |v| joined(letters(&v[0]).into_iter().rev())),
        case(F::Left, &[T::Text, T::I64], T::Text, |v| {
            let (s, n) = (letters(&v[0]), i128::from(whole(&v[1])));
            let kept = if n < 0 { s.len() as i128 + n } else { n };
            joined(s.into_iter().enumerate().filter(|(at, _)| (*at as i128) < kept).map(|(_, c)| c))
        }),
        case(F::Right, &[T::Text, T::I64], T::Text, |v| {
            let (s, n) = (letters(&v[0]), i128::from(whole(&v[1])));
            let first = if n < 0 { -n } else { s.len() as i128 - n };
            joined(s.into_iter().enumerate().filter(|(at, _)| *at as i128 >= first).map(|(_, c)| c))
        }),
        case(F::Substr, &[T::Text, T::I64, T::I64], T::Text, |v| {
            let (start, count) = (i128::from(whole(&v[1])), i128::from(whole(&v[2])));
            if count < 0 {
                return None;
            }
            let places = start..start + count;
            let s = letters(&v[0]).into_iter().enumerate();
            joined(s.filter(|(at, _)| places.contains(&(*at as i128 + 1))).map(|(_, c)| c))
        }),
        case(F::Strpos, &[T::Text, T::Text], T::I64, |v| {
            let (s, part) = (letters(&v[0]), letters(&v[1]));
            let found = (0..=s.len()).find(|at| s[*at..].starts_with(&part));
            Some(Scalar::I64(found.map_or(0, |at| at as i64 + 1)))
        }),
        case(F::Contains, &[T::Text, T::Text], T::Bool, |v| {
            Some(Scalar::Bool(text(&v[0]).contains(text(&v[1]))))
        }),
        case(F::Join, &[T::Text, T::Text], T::Text, |v| {
            joined(text(&v[0]).chars().chain(text(&v[1]).chars()))
        }),
        case(F::Concat, &[T::Text, T::Text], T::Text, |v| joined(v.iter().flat_map(letters))),
        case(F::Replace, &[T::Text, T::Text, T::Text], T::Text, |v| {
            let (s, from, to) = (text(&v[0]), text(&v[1]), text(&v[2]));
            Some(if from.is_empty() { v[0].clone() } else { s.replace(from, to).into() })
        }),
        case(F::Like, &[T::Text, T::Text], T::Bool, |v| {
            // What stands behind an escape character at the end is not asked for a text that differs before it.
            let pattern = letters(&v[1]);
            like(&letters(&v[0]), &pattern).map(Scalar::Bool)
        }),
        case(F::DateTrunc, &[T::Text, stamp], stamp, |v| month_start(&v[1])),
        case(F::DateBin, &[T::Duration(TimeUnit::Millisecond), stamp, stamp], stamp, |v| {
            let [by, x, from] = [&v[0], &v[1], &v[2]].map(|v| v.as_i128().unwrap());
            let start = (by > 0).then(|| from + (x - from).div_euclid(by.max(1)) * by)?;
            Some(Scalar::Timestamp(i64::try_from(start).ok()?, TimeUnit::Millisecond))
        }),
        case(F::AddDays, &[T::Date, T::I64], T::Date, |v| {
            let day = v[0].as_i128().unwrap() + i128::from(whole(&v[1]));
            i32::try_from(day).ok().map(Scalar::Date)
        }),
        case(F::Greatest, &[T::F64, T::F64, T::F64], T::F64, largest),
        case(F::Greatest, &[T::I64, T::I64], T::I64, largest),
    ]
}

/// NaN and the zeros told apart, as their text does.
fn same(a: &Scalar, b: &Scalar) -> bool {
    a.to_string() == b.to_string()
}

fn hold(case: &Case, len: usize, seed: u64, constants: u8, inactive: bool) {
    let leaves_nulls_out = matches!(case.function, F::Concat | F::Greatest | F::Least);
    let is_unit = |number: usize| number == 0 && case.function == F::DateTrunc;
    let is_constant = |number: usize| is_unit(number) || constants >> number & 1 == 1;
    let columns: Vec<Vec<Scalar>> = case
        .takes
        .iter()
        .enumerate()
        .map(|(number, data_type)| {
            let seed = spread(seed as usize + number * 1_000_003);
            let count = if is_constant(number) { 1 } else { len };
            let of = |row: usize| {
                if is_unit(number) { "month".into() } else { value(*data_type, spread(row) ^ seed) }
            };
            (0..count).map(of).collect()
        })
        .collect();
    let stored: Vec<Column> = columns
        .iter()
        .zip(&case.takes)
        .map(|(values, data_type)| Column::from_scalars(*data_type, values))
        .collect();
    let inputs: Vec<Input<'_>> = stored
        .iter()
        .enumerate()
        .map(
            |(n, column)| {
                if is_constant(n) { Input::constant(column.view()) } else { Input::rows(column.view()) }
            },
        )
        .collect();
    let active: Bitmap = (0..len).map(|row| !inactive || !spread(row + 7).is_multiple_of(3)).collect();
    let answer = call(case.function, &inputs, case.gives, len, &active);
    let mut failed = None;
    for row in active.ones_iter() {
        let args: Vec<Scalar> = columns
            .iter()
            .enumerate()
            .map(|(n, v)| v[if is_constant(n) { 0 } else { row }].clone())
            .collect();
        let expected = match !leaves_nulls_out && args.iter().any(Scalar::is_null) {
            true => Some(Scalar::Null),
            false => (case.twin)(&args),
        };
        let label = || format!("{:?} of {args:?} in row {row} of {len}", case.function);
        match (expected, &answer) {
            (None, Ok(_)) => panic!("{} has no answer", label()),
            (None, Err(error)) => {
                failed = failed.or(Some(row));
                assert_eq!(error.row(), failed, "{}", label());
                return;
            }
            (Some(expected), Ok(column)) => {
                assert_eq!(column.len(), len);
                assert!(
                    same(&column.scalar(row), &expected),
                    "{}: {} is {expected}",
                    label(),
                    column.scalar(row)
                );
            }
            (Some(_), Err(_)) => {}
        }
    }
    if let Err(error) = answer {
        panic!("{:?} of {len} rows failed where no row does: {error}", case.function);
    }
}

#[test]
fn functions_are_their_twins_at_every_length() {
    for case in cases() {
        for (number, len) in LENGTHS.into_iter().filter(|len| *len < 200).enumerate() {
            hold(&case, len, number as u64, number as u8 % 8, number % 2 == 0);
        }
        hold(&case, 4_097, 99, 2, true);
    }
}

proptest! {
    #[test]
    fn functions_are_their_twins(
        at in 0..cases().len(), len in 0usize..40, seed in 0u64..100_000, constants in 0u8..8, inactive in any::<bool>(),
    ) {
        hold(&cases()[at], len, seed, constants, inactive);
    }

    #[test]
    fn a_choice_is_the_value_of_the_chosen(
        choices in prop::collection::vec(prop_oneof![0u32..3, Just(NONE)], 0..130), seed in 0u64..1_000, kind in 0usize..5,
    ) {
        let data_type = [
            DataType::I64, DataType::Text, DataType::Bool, DataType::F32, DataType::Decimal { precision: 38, scale: 2 },
        ][kind];
        let make = |number: u64, count: usize| -> Vec<Scalar> {
            (0..count).map(|row| value(data_type, spread(row + (seed + number) as usize * 131))).collect()
        };
        let values = [make(1, choices.len()), make(2, choices.len()), make(3, 1)];
        let columns = values.each_ref().map(|v| Column::from_scalars(data_type, v));
        let inputs = [
            Input::rows(columns[0].view()), Input::rows(columns[1].view()), Input::constant(columns[2].view()),
        ];
        let picked = pick(&inputs, &choices, data_type).unwrap();
        let rows: Vec<Bitmap> =
            (0..3u32).map(|number| choices.iter().map(|choice| *choice == number).collect()).collect();
        let shared: Vec<_> = inputs.iter().copied().zip(&rows).collect();
        let by_rows = pick_rows(&shared, choices.len(), data_type).unwrap();
        for (row, choice) in choices.iter().enumerate() {
            let expected = match choice {
                0 | 1 => &values[*choice as usize][row],
                2 => &values[2][0],
                _ => &Scalar::Null,
            };
            prop_assert!(same(&picked.scalar(row), expected), "{row} {choice}");
            prop_assert!(same(&by_rows.scalar(row), expected), "by rows: {row} {choice}");
        }
    }
}
