//! Ledgers and codes against loops over rows.

use super::{
    BLOCK_ROWS, Block, DIVERTED_GROUPS, Ledger, MOST_MAXIMA, Maxima, divert, first_rows, load_extremes,
    load_floats, load_integers, load_validity, load_words,
};
use crate::group::part::Part;
use crate::testing::spread;
use crate::{KeyLayout, KeySpace};
use colq_column::{Bitmap, Column};
use colq_types::DataType;
use proptest::prelude::*;

/// What a loop over the rows of one group finds: rows, valid integers, their sum, the sum of floats, and of others the
/// largest and the smallest.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Naive(u64, u64, i64, u64, f64, f64);

fn naive(groups: &[u32], rows: &[usize], [integers, floats, ends]: [&Column; 3], group: u32) -> Naive {
    let mut found = Naive(0, 0, 0, (-0.0_f64).to_bits(), f64::NEG_INFINITY, f64::INFINITY);
    let (integer, float, end) = (integers.view(), floats.view(), ends.view());
    for (own, row) in groups.iter().zip(rows) {
        if *own != group {
            continue;
        }
        found.0 += 1;
        if integer.is_valid(*row) {
            found.1 += 1;
            found.2 += integer.scalar(*row).as_i128().unwrap() as i64;
        }
        if float.is_valid(*row) {
            found.3 = (f64::from_bits(found.3) + float.scalar(*row).as_f64().unwrap()).to_bits();
        }
        if end.is_valid(*row) {
            let value = end.scalar(*row).as_f64().unwrap();
            found.4 = found.4.max(value);
            found.5 = found.5.min(value);
        }
    }
    found
}

fn float_of(row: usize) -> f64 {
    match row % 97 {
        3 => f64::NAN,
        7 => f64::INFINITY,
        8 => -f64::INFINITY,
        9 => -0.0,
        _ => (spread(row) % 100_000) as f64 / 7.0 - 4_000.0,
    }
}

fn same(left: u64, right: u64) -> bool {
    left == right || f64::from_bits(left).is_nan() && f64::from_bits(right).is_nan()
}

fn check(count: usize, keys: u32, run: usize, nulls: bool, positions: bool, single: bool) {
    let total = if positions { count * 2 + 1 } else { count + 65 };
    let validity = |shift: usize| {
        nulls.then(|| (0..total).map(|row| !spread(row + shift).is_multiple_of(4)).collect::<Bitmap>())
    };
    let zeroed = |validity: &Option<Bitmap>, row: usize| validity.as_ref().is_none_or(|v| v.get(row));
    let valid = validity(1);
    let integers: Vec<i64> =
        (0..total).map(|row| if zeroed(&valid, row) { spread(row) as i64 >> 24 } else { 0 }).collect();
    let integers = Column::new(DataType::I64, integers).with_validity(valid);
    let valid = validity(2);
    let floats = match single {
        true => Column::new(DataType::F32, (0..total).map(|row| float_of(row) as f32).collect::<Vec<_>>()),
        false => Column::new(DataType::F64, (0..total).map(float_of).collect::<Vec<_>>()),
    };
    let floats = floats.with_validity(valid);
    // NaN is not looked for among them.
    let end_of = |row: usize| Some(float_of(row + 3)).filter(|value| !value.is_nan()).unwrap_or(0.0);
    let ends = match single {
        true => Column::new(DataType::F32, (0..total).map(|row| end_of(row) as f32).collect::<Vec<_>>()),
        false => Column::new(DataType::F64, (0..total).map(end_of).collect::<Vec<_>>()),
    };
    let ends = ends.with_validity(validity(3));
    let start = if positions { 0 } else { 64 };
    let rows: Vec<usize> = (0..count).map(|at| if positions { at * 2 + 1 } else { at + start }).collect();
    let list: Vec<u32> = rows.iter().map(|row| *row as u32).collect();
    let groups: Vec<u32> = (0..count).map(|at| (spread(at / run) % u64::from(keys)) as u32).collect();
    let mut ledger = Ledger::new(keys as usize, 2, 1, 2).unwrap();
    let mut seen = vec![false; keys as usize];
    let mut firsts = vec![None; keys as usize];
    let mut rooms: Vec<Box<Block>> = (0..5).map(|_| Box::new([7; BLOCK_ROWS])).collect();
    for from in (0..count).step_by(BLOCK_ROWS) {
        let end = (from + BLOCK_ROWS).min(count);
        let part = if positions { Part::At(&list[from..end]) } else { Part::From(start + from) };
        let [a, b, c, d, e] = &mut rooms[..] else { unreachable!() };
        let (integer, float, end_view) = (integers.view(), floats.view(), ends.view());
        let inputs = [
            load_validity(integer.validity, part, end - from, a),
            load_integers(&integer, part, end - from, b),
            load_floats(&float, part, end - from, c),
            load_extremes(&end_view, part, end - from, true, d),
            load_extremes(&end_view, part, end - from, false, e),
        ];
        if ledger.add(&groups[from..end], &inputs) {
            first_rows(&groups[from..end], &mut seen, |group, row| firsts[group as usize] = Some(from + row));
        }
    }
    for group in 0..keys {
        let slots = ledger.group(group as usize);
        let expected = naive(&groups, &rows, [&integers, &floats, &ends], group);
        assert_eq!((slots[0], slots[1], slots[2] as i64), (expected.0, expected.1, expected.2));
        assert!(
            same(slots[3], expected.3),
            "{} is not {}",
            f64::from_bits(slots[3]),
            f64::from_bits(expected.3)
        );
        let ends = [f64::from_bits(slots[4]), -f64::from_bits(slots[5])];
        assert_eq!(ends, [expected.4, expected.5]);
        assert_eq!(firsts[group as usize], groups.iter().position(|own| *own == group));
    }
    ledger.clear();
    let none = f64::NEG_INFINITY.to_bits();
    assert_eq!(ledger.group(0), [0, 0, 0, (-0.0_f64).to_bits(), none, none]);
}

#[test]
fn a_ledger_holds_what_a_loop_over_rows_finds() {
    for count in [0, 1, 63, 64, 65, 1023, 1024, 1025, 2049] {
        for (keys, run) in [(1, 1), (2, 1), (5, 40), (300, 1), (3, 5000)] {
            for case in 0..8 {
                check(count, keys, run, case & 1 > 0, case & 2 > 0, case & 4 > 0);
            }
        }
    }
}

#[test]
fn a_ledger_of_too_many_slots_is_none() {
    assert!(Ledger::new(3, 4, 1, 2).is_some());
    assert!(Ledger::new(3, 0, 0, 3).is_none());
    assert!(Ledger::new(3, 4, 4, 0).is_none());
}

fn codes_of(layout: &KeyLayout, columns: &[Column], part: Part<'_>, count: usize) -> Option<Vec<u32>> {
    let mut codes = vec![0; count];
    for (index, column) in columns.iter().enumerate() {
        layout.add_codes(index, &column.view(), part, &mut codes).ok()?;
    }
    Some(codes)
}

proptest! {
    #[test]
    fn codes_are_the_packed_words(
        rows in prop::collection::vec((any::<bool>(), any::<u8>(), any::<i8>(), -300_i64..300, any::<bool>()), 1..200),
        every in 1_usize..4,
    ) {
        let column = |data_type, values: colq_column::Buffer| Column { data_type, values, validity: None, dictionary: None };
        let valid: Bitmap = rows.iter().map(|row| row.4).collect();
        let columns = [
            column(DataType::Bool, colq_column::Buffer::Bool(rows.iter().map(|r| u8::from(r.0)).collect())),
            column(DataType::U8, colq_column::Buffer::U8(rows.iter().map(|r| r.1).collect())),
            column(DataType::I16, colq_column::Buffer::I16(rows.iter().map(|r| i16::from(r.2) * 2).collect())),
            column(DataType::I64, colq_column::Buffer::I64(rows.iter().map(|r| if r.4 { r.3 } else { 0 }).collect()))
                .with_validity(Some(valid)),
        ];
        let ranges = [(0, 1), (0, 255), (-256, 254), (-300, 299)];
        for some in [0..1, 1..2, 2..3, 3..4, 0..2, 1..3, 2..4] {
            let spaces: Vec<KeySpace> = some.clone().map(|i| KeySpace {
                data_type: columns[i].data_type,
                nullable: columns[i].validity.is_some(),
                range: Some(ranges[i]),
                step: 1, parts: 1, intervals: None
            }).collect();
            let layout = KeyLayout::new(&spaces);
            let own = &columns[some];
            let views: Vec<_> = own.iter().map(Column::view).collect();
            let mut words = Vec::new();
            layout.encode(&views, None, rows.len(), &mut words).unwrap();
            let expected: Vec<u32> = words.iter().map(|word| *word as u32).collect();
            prop_assert_eq!(codes_of(&layout, own, Part::From(0), rows.len()), Some(expected.clone()));
            let positions: Vec<u32> = (0..rows.len() as u32).step_by(every).collect();
            let expected: Vec<u32> = expected.into_iter().step_by(every).collect();
            prop_assert_eq!(codes_of(&layout, own, Part::At(&positions), positions.len()), Some(expected));
        }
    }

    #[test]
    fn steps_divide_as_division_does(
        low in -1_000_000_000_000_i64..1_000_000_000_000, step in 1_u64..10_000_000_000, steps in 1_u64..100_000,
        distances in prop::collection::vec(any::<u64>(), 1..100),
    ) {
        let span = step * steps;
        let values: Vec<i64> = distances.iter().map(|d| low + (d % span) as i64).chain([low, low + span as i64 - 1]).collect();
        let expected: Vec<u32> = values.iter().map(|value| ((value - low) as u64 / step) as u32).collect();
        let range = Some((i128::from(low), i128::from(low) + i128::from(span) - 1));
        let layout = KeyLayout::new(&[KeySpace { data_type: DataType::I64, nullable: false, range, step, parts: 1, intervals: None }]);
        prop_assert_eq!(layout.packed_keys(), Some(u128::from(steps)));
        let column = Column::new(DataType::I64, values.clone());
        let codes = codes_of(&layout, std::slice::from_ref(&column), Part::From(0), values.len()).unwrap();
        for (value, code) in values.iter().zip(&codes) {
            prop_assert_eq!(layout.code_of(0, *value as u64), Some(*code));
        }
        prop_assert_eq!(&codes, &expected);
        let words: Vec<u64> = codes.iter().map(|code| u64::from(*code)).collect();
        let lowest: Vec<i64> = codes.iter().map(|code| low + (u64::from(*code) * step) as i64).collect();
        let decoded = layout.decode(&words, &[None]);
        prop_assert_eq!(decoded[0].view().values.as_slice::<i64>(), Some(&lowest[..]));
        let past = Column::new(DataType::I64, vec![low + span as i64]);
        prop_assert_eq!(codes_of(&layout, &[past], Part::From(0), 1), None);
    }
}

#[test]
fn a_value_past_the_known_range_is_refused_and_a_null_slot_is_not() {
    let space = KeySpace {
        data_type: DataType::U16,
        nullable: true,
        range: Some((10, 20)),
        step: 1,
        parts: 1,
        intervals: None,
    };
    let layout = KeyLayout::new(&[space]);
    let column = |values: Vec<u16>| Column::new(DataType::U16, values);
    for values in [vec![9], vec![21], vec![0]] {
        assert_eq!(codes_of(&layout, &[column(values)], Part::From(0), 1), None);
    }
    let nulls = column(vec![0, 20]).with_validity(Some([false, true].into_iter().collect()));
    assert_eq!(codes_of(&layout, &[nulls], Part::From(0), 2), Some(vec![11, 10]));
}

/// The extremes that a loop over rows finds, as scalars.
fn naive_extreme(groups: &[u32], rows: &[usize], column: &Column, group: u32, largest: bool) -> Option<u64> {
    let view = column.view();
    let mut words = Vec::new();
    crate::push_words(&view, &[], &mut words).unwrap();
    let own = groups.iter().zip(rows).filter(|(own, row)| **own == group && view.is_valid(**row));
    let own = own.map(|(_, row)| words[*row]);
    if largest { own.max() } else { own.min() }
}

#[test]
fn maxima_hold_the_ends_that_a_loop_over_rows_finds() {
    for count in [1, 63, 64, 65, 1024] {
        for nulls in [false, true] {
            let total = count * 2 + 1;
            let valid: Option<Bitmap> =
                nulls.then(|| (0..total).map(|row| !spread(row).is_multiple_of(3)).collect());
            let from = |values: colq_column::Buffer, data_type| {
                Column { data_type, values, validity: None, dictionary: None }.with_validity(valid.clone())
            };
            let columns = [
                from(colq_column::Buffer::F64((0..total).map(float_of).collect()), DataType::F64),
                from(
                    colq_column::Buffer::F32((0..total).map(|row| float_of(row) as f32).collect()),
                    DataType::F32,
                ),
                from(
                    colq_column::Buffer::I16((0..total).map(|row| spread(row) as i16).collect()),
                    DataType::I16,
                ),
                from(colq_column::Buffer::U64((0..total).map(spread).collect()), DataType::U64),
                from(
                    colq_column::Buffer::Bool((0..total).map(|row| (spread(row) % 2) as u8).collect()),
                    DataType::Bool,
                ),
            ];
            let groups: Vec<u32> = (0..count).map(|at| (spread(at) % 5) as u32).collect();
            let every_other: Vec<u32> = (0..count as u32).map(|at| at * 2 + 1).collect();
            for (part, rows) in [
                (Part::From(1), (1..=count).collect::<Vec<_>>()),
                (Part::At(&every_other), (0..count).map(|at| at * 2 + 1).collect()),
            ] {
                for column in &columns {
                    let mut rooms = [[7; BLOCK_ROWS]; 2];
                    let [low, high] = &mut rooms;
                    let inputs = [
                        load_words(&column.view(), part, count, false, low),
                        load_words(&column.view(), part, count, true, high),
                    ];
                    let mut maxima = Maxima::new(5, 2).unwrap();
                    maxima.add(&groups, &inputs);
                    for group in 0..5 {
                        let smallest = naive_extreme(&groups, &rows, column, group, false);
                        let largest = naive_extreme(&groups, &rows, column, group, true);
                        assert_eq!(
                            maxima.group(group as usize),
                            [smallest.map_or(0, |w| !w), largest.unwrap_or(0)]
                        );
                    }
                }
            }
        }
    }
    assert!(Maxima::new(3, MOST_MAXIMA + 1).is_none());
}

#[test]
fn rows_that_are_left_out_go_elsewhere() {
    let rows: Bitmap = (0..300).map(|row| !spread(row).is_multiple_of(3)).collect();
    for start in [0, 64, 65] {
        let mut groups: Vec<u32> = (0..200).collect();
        divert(&mut groups, &rows, start, 1_000);
        for (at, group) in groups.iter().enumerate() {
            match rows.get(start + at) {
                true => assert_eq!(*group as usize, at),
                false => assert!((1_000..1_000 + DIVERTED_GROUPS as u32).contains(group)),
            }
        }
    }
}
