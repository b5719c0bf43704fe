//! Ways over all rows of a zone at once against the same rows one by one: texts that lie one after the other, and times in
//! lanes.

use crate::function::{Input, call};
use colq_column::{Bitmap, Column, Dictionary, SharedBytes, Values, View};
use colq_types::{DataType, Function as F, Scalar, TimeUnit};
use proptest::prelude::*;
use std::sync::Arc;

/// Answers for the texts of rows one after the other, and for each text alone.
fn both(function: F, texts: &[String], args: &[&str], to: DataType) -> (Vec<String>, Vec<String>) {
    let mut offsets = vec![0];
    let mut bytes = Vec::new();
    for text in texts {
        bytes.extend_from_slice(text.as_bytes());
        offsets.push(bytes.len() as u64);
    }
    let dictionary = Arc::new(Dictionary::of_rows(offsets, SharedBytes::from(bytes)).unwrap());
    let codes: Vec<u32> = (0..texts.len() as u32).collect();
    let view = View {
        data_type: DataType::Text,
        values: Values::U32(&codes),
        validity: None,
        dictionary: Some(&dictionary),
    };
    let constants: Vec<Column> =
        args.iter().map(|arg| Column::from_scalars(DataType::Text, [&Scalar::from(*arg)])).collect();
    let answer = |view: View<'_>, len: usize| {
        let rest = constants.iter().map(|column| Input::constant(column.view()));
        let inputs: Vec<Input<'_>> = std::iter::once(Input::rows(view)).chain(rest).collect();
        let column = call(function, &inputs, to, len, &Bitmap::ones(len)).unwrap();
        (0..len).map(|row| column.scalar(row).to_string()).collect::<Vec<_>>()
    };
    let one = |text: &String| {
        let column = Column::from_scalars(DataType::Text, [&Scalar::from(text.as_str())]);
        answer(column.view(), 1).remove(0)
    };
    (answer(view, texts.len()), texts.iter().map(one).collect())
}

const LIKES: [&str; 22] = [
    "",
    "%",
    "ab",
    "ab%",
    "%ab",
    "%ab%",
    "a%b",
    "%a%b%",
    "a%b%a",
    "%ba%ab",
    "_",
    "a_b%",
    "%_b",
    "%a_",
    "b%_%ab%",
    "é%",
    "%é%",
    "_é%",
    "abababab%",
    "%abababab%",
    "abababababab%a",
    "\\%%",
];
const EXPRESSIONS: [&str; 22] = [
    "ab",
    "^ab",
    "ab$",
    "^ab$",
    "^$",
    "a.*b",
    "^a.*b$",
    "^.*ab",
    "a.b",
    "(ab|ba).*a",
    "b(ab)*a",
    "^(ab)+$",
    "é",
    "[aé]b",
    "\\bab\\b",
    "(?i)AB",
    "(?s)a.*b",
    "a(?-s:.*)b",
    "ab.*ab.*ab",
    "a{2}",
    "(?m)^b",
    "ab|^b",
];

proptest! {
    #[test]
    fn texts_one_after_the_other_answer_as_alone(
        texts in prop::collection::vec("[abABé\n%]{0,14}|(ab){0,9}", 1..90), at in 0usize..22,
    ) {
        for function in [F::Like, F::Ilike] {
            let (run, alone) = both(function, &texts, &[LIKES[at]], DataType::Bool);
            prop_assert_eq!(run, alone, "{:?} {}", function, LIKES[at]);
        }
        for function in [F::Matches, F::MatchesIgnoringCase] {
            let (run, alone) = both(function, &texts, &[EXPRESSIONS[at]], DataType::Bool);
            prop_assert_eq!(run, alone, "{:?} {}", function, EXPRESSIONS[at]);
        }
        let part = LIKES[at].trim_matches(['%', '_', '\\']);
        for function in [F::Contains, F::StartsWith, F::EndsWith] {
            let (run, alone) = both(function, &texts, &[part], DataType::Bool);
            prop_assert_eq!(run, alone, "{:?} {}", function, part);
        }
        for function in [F::Length, F::OctetLength] {
            let (run, alone) = both(function, &texts, &[], DataType::I64);
            prop_assert_eq!(run, alone, "{:?}", function);
        }
    }

    /// A value that lies too far away for lanes makes all rows be computed one by one.
    #[test]
    fn times_in_lanes_are_those_of_rows(
        around in prop_oneof![Just(0i64), -80_000_000_000i64..80_000_000_000, -2_000_000_000i64..2_000_000_000],
        bits in 0u32..40, seeds in prop::collection::vec(any::<u64>(), 1..70), unit in 0usize..4,
    ) {
        const UNITS: [&str; 15] = [
            "nanosecond", "microsecond", "millisecond", "second", "minute", "hour", "day", "week", "month", "quarter", "year",
            "decade", "century", "millennium", "doy",
        ];
        const PARTS: [&str; 9] = ["isoyear", "isodow", "dow", "doy", "second", "week", "quarter", "hour", "minute"];
        let unit = [TimeUnit::Second, TimeUnit::Millisecond, TimeUnit::Microsecond, TimeUnit::Nanosecond][unit];
        let per = unit.per_second();
        let around = around % (i64::MAX / per / 4);
        let instants: Vec<i64> =
            seeds.iter().map(|seed| around * per + ((seed >> (63 - bits)) as i64) % per.max(1 << bits)).collect();
        let days: Vec<i32> = instants.iter().map(|v| (v / per / 86_400) as i32).collect();
        let stamp = DataType::Timestamp(unit);
        let hold = |function: F, name: &str, near: Column, far: Column, to: DataType| {
            let len = near.len();
            let name = Column::from_scalars(DataType::Text, [&Scalar::from(name)]);
            let name = Input::constant(name.view());
            let lanes = call(function, &[name, Input::rows(near.view())], to, len, &Bitmap::ones(len));
            let mut active = Bitmap::ones(len);
            active.push(false);
            let rows = call(function, &[name, Input::rows(far.view())], to, len + 1, &active);
            // A millennium of nanoseconds begins before there are any.
            let (Ok(lanes), Ok(rows)) = (&lanes, &rows) else {
                assert_eq!(lanes.is_ok(), rows.is_ok(), "{function:?} of {}", near.scalar(0));
                return;
            };
            for row in 0..len {
                assert_eq!(lanes.scalar(row), rows.scalar(row), "{function:?} of {}", near.scalar(row));
            }
        };
        for name in UNITS.into_iter().chain(PARTS) {
            let far = instants.iter().copied().chain([i64::MIN]).collect::<Vec<_>>();
            let far_days = days.iter().copied().chain([i32::MIN]).collect::<Vec<_>>();
            let times = || (Column::new(stamp, instants.clone()), Column::new(stamp, far.clone()));
            let dates = || (Column::new(DataType::Date, days.clone()), Column::new(DataType::Date, far_days.clone()));
            if name != "doy" && !PARTS[..4].contains(&name) {
                let (near, far) = times();
                hold(F::DateTrunc, name, near, far, stamp);
                if !["nanosecond", "microsecond", "millisecond", "second", "minute", "hour"].contains(&name) {
                    let (near, far) = dates();
                    hold(F::DateTrunc, name, near, far, DataType::Date);
                }
            }
            let (near, far) = times();
            hold(F::DatePart, name, near, far, DataType::I64);
            if !["nanosecond", "microsecond", "millisecond", "second", "minute", "hour"].contains(&name) {
                let (near, far) = dates();
                hold(F::DatePart, name, near, far, DataType::I64);
            }
        }
    }
    #[test]
    fn times_are_moved_in_lanes_as_row_by_row(
        around in -60_000_000_000i64..60_000_000_000, seeds in prop::collection::vec(any::<u64>(), 1..70),
        by in prop_oneof![-30i64..30, -24_001i64..=24_001, Just(i64::MAX)], unit in 0usize..4,
    ) {
        let unit = [TimeUnit::Second, TimeUnit::Millisecond, TimeUnit::Microsecond, TimeUnit::Nanosecond][unit];
        let per = unit.per_second();
        let around = around % (i64::MAX / per / 4);
        let instants: Vec<i64> = seeds.iter().map(|seed| around * per + (seed >> 16) as i64 % (per << 27)).collect();
        let days: Vec<i32> = instants.iter().map(|v| (v / per / 86_400) as i32).collect();
        let stamp = DataType::Timestamp(unit);
        let columns = [(stamp, Column::new(stamp, instants)), (DataType::Date, Column::new(DataType::Date, days))];
        for function in [F::AddMonths, F::AddDays] {
            for (data_type, near) in &columns {
                let len = near.len();
                let one = Column::from_scalars(DataType::I64, [&Scalar::I64(by)]);
                let each = Column::new(DataType::I64, vec![by; len]);
                let of = |n: Input<'_>| {
                    let answer = call(function, &[Input::rows(near.view()), n], *data_type, len, &Bitmap::ones(len));
                    answer.map(|column| (0..len).map(|row| column.scalar(row)).collect::<Vec<_>>())
                };
                let (lanes, rows) = (of(Input::constant(one.view())), of(Input::rows(each.view())));
                prop_assert_eq!(format!("{lanes:?}"), format!("{rows:?}"));
            }
        }
    }
}

proptest! {
    #[test]
    fn few_rows_have_the_answers_that_they_have_among_all(
        values in prop::collection::vec(prop_oneof![any::<f64>(), -9.0..9.0], 0..200),
        every in 1usize..9,
        has_nulls in any::<bool>(),
    ) {
        let len = values.len();
        let column = Column::new(DataType::F64, values);
        let exponent = Column::new(DataType::F64, vec![0.3]);
        let some: Bitmap = (0..len).map(|row| row % every == 0).collect();
        let valid: Bitmap = (0..len).map(|row| row % 3 != 1).collect();
        let view = View { validity: has_nulls.then_some(&valid), ..column.view() };
        for (function, count) in [(F::Ln, 1), (F::Exp, 1), (F::Sin, 1), (F::Cbrt, 1), (F::Power, 2)] {
            let inputs = [Input::rows(view), Input::constant(exponent.view())];
            let run = |active: &Bitmap| call(function, &inputs[..count], DataType::F64, len, active).unwrap();
            let (few, all) = (run(&some), run(&Bitmap::ones(len)));
            for row in some.ones_iter() {
                prop_assert_eq!(few.scalar(row).to_string(), all.scalar(row).to_string());
            }
        }
    }
}
