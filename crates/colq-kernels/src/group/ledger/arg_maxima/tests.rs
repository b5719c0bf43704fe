//! Picked values against a loop over the rows of each group.

use super::*;
use crate::group::ledger::{load_bits, load_picking_words, load_row_words};
use crate::group::part::Part;
use crate::{Accumulator, AccumulatorKind, Held, PickRule};
use colq_column::Column;
use colq_types::{DataType, Scalar};
use proptest::prelude::*;

const GROUPS: usize = 4;
const RULES: [PickRule; 4] = [PickRule::First, PickRule::Last, PickRule::Smallest, PickRule::Largest];

/// A row: its group, the number that its value is made of, that of what it is picked by, and a condition.
type Row = (u32, Option<u8>, Option<u8>, Option<bool>);

/// Values of every width, with those that floats and the ends of types are prone to get wrong.
fn value(data_type: DataType, number: u8) -> Scalar {
    let float = match number {
        0 => f64::NAN,
        1 => -0.0,
        2 => 0.0,
        3 => f64::INFINITY,
        4 => f64::NEG_INFINITY,
        other => f64::from(other % 7) - 3.5,
    };
    match data_type {
        DataType::Bool => Scalar::Bool(!number.is_multiple_of(2)),
        DataType::I8 => Scalar::I64(i64::from(number as i8)),
        DataType::I64 if number == 0 => Scalar::I64(i64::MIN),
        DataType::I64 if number == 1 => Scalar::I64(i64::MAX - 1),
        DataType::I64 => Scalar::I64(i64::from(number % 7) - 3),
        DataType::U16 => Scalar::U64(u64::from(number) * 257),
        DataType::U64 if number == 1 => Scalar::U64(u64::MAX - 1),
        DataType::U64 => Scalar::U64(u64::from(number % 7)),
        DataType::F16 => Scalar::F32(float as f32),
        DataType::F32 => Scalar::F32(float as f32),
        _ => Scalar::F64(float),
    }
}

fn column(data_type: DataType, numbers: impl Iterator<Item = Option<u8>>) -> Column {
    let values: Vec<Scalar> =
        numbers.map(|number| number.map_or(Scalar::Null, |number| value(data_type, number))).collect();
    Column::from_scalars(data_type, &values)
}

/// The row that a group picks.
fn naive(rows: &[(usize, Row)], orders: &Column, group: u32, rule: PickRule, asks: bool) -> Option<usize> {
    let own = rows.iter().filter(|(_, row)| row.0 == group);
    let counting = |(_, row): &&(usize, Row)| !asks || row.3 == Some(true);
    let mut words = Vec::new();
    crate::push_words(&orders.view(), &[], &mut words).unwrap();
    let beats = |new: usize, kept: usize| match rule {
        PickRule::Largest => words[new] > words[kept],
        _ => words[new] < words[kept],
    };
    match rule {
        PickRule::First => own.filter(counting).map(|row| row.0).next(),
        PickRule::Last => own.filter(counting).map(|row| row.0).next_back(),
        _ => own
            .filter(|(_, row)| row.1.is_some() && row.2.is_some())
            .map(|row| row.0)
            .reduce(|kept, new| if beats(new, kept) { new } else { kept }),
    }
}

fn types() -> impl Strategy<Value = DataType> {
    use DataType::*;
    prop::sample::select(vec![Bool, I8, I64, U16, U64, F16, F32, F64])
}

fn rows() -> impl Strategy<Value = Vec<Row>> {
    let number = || prop::option::weighted(0.8, any::<u8>().prop_map(|n| if n > 99 { n % 9 } else { n }));
    let row = (0..GROUPS as u32, number(), number(), prop::option::weighted(0.8, any::<bool>()));
    prop::collection::vec(row, 1..400)
}

proptest! {
    #[test]
    fn the_picked_values_are_those_a_loop_over_rows_finds(
        rows in rows(), value_type in types(), order_type in types(), cut in any::<prop::sample::Index>(),
        every in 1_usize..3, asks in any::<bool>(), slots in 1..=MOST_ARG_MAXIMA,
    ) {
        let values = column(value_type, rows.iter().map(|row| row.1));
        let orders = column(order_type, rows.iter().map(|row| row.2));
        let truths: Vec<Scalar> = rows.iter().map(|row| row.3.map_or(Scalar::Null, Scalar::Bool)).collect();
        let truths = Column::from_scalars(DataType::Bool, &truths);
        let (value, order, truth) = (values.view(), orders.view(), truths.view());
        let condition = asks.then_some(&truth);
        let taken: Vec<(usize, Row)> = rows.iter().copied().enumerate().step_by(every).collect();
        let rules = &RULES[..slots];
        let mut states: Vec<Accumulator> = rules.iter().map(|rule| {
            let kind = AccumulatorKind::Pick { rule: *rule, value: Held::Word, order: Held::Word };
            let mut state = Accumulator::new(kind);
            state.resize(GROUPS);
            state
        }).collect();
        // Two parts one after the other, as stripes are.
        let (before, after) = taken.split_at(cut.index(taken.len()));
        for part_rows in [before, after] {
            let mut maxima = ArgMaxima::new(GROUPS, slots).unwrap();
            let positions: Vec<u32> = part_rows.iter().map(|row| row.0 as u32).collect();
            let start = positions.first().map_or(0, |first| *first as usize);
            let part = if every == 1 { Part::From(start) } else { Part::At(&positions) };
            let groups: Vec<u32> = part_rows.iter().map(|row| row.1.0).collect();
            let mut rooms = vec![[[7; BLOCK_ROWS]; 2]; slots];
            let count = groups.len();
            let inputs: Vec<[&Block; 2]> = rules.iter().zip(&mut rooms).map(|(rule, [words, bits])| {
                let words = match rule {
                    PickRule::First | PickRule::Last => {
                        load_row_words(1_000_000, condition, part, count, *rule == PickRule::Last, words)
                    }
                    rule => load_picking_words(&order, value.validity, part, count, *rule == PickRule::Largest, words),
                };
                [words, load_bits(&value, part, count, bits)]
            }).collect();
            maxima.add(&groups, &inputs);
            for (slot, state) in states.iter_mut().enumerate() {
                let Accumulator::Pick(picks) = state else { unreachable!() };
                for group in 0..GROUPS {
                    let (word, bits) = maxima.slot(group, slot);
                    let row = naive(part_rows, &orders, group as u32, RULES[slot], asks);
                    prop_assert_eq!(word > 0, row.is_some());
                    if let Some(row) = row {
                        picks.keep(group, word, value.is_valid(row).then_some(bits));
                    }
                }
            }
        }
        for (rule, state) in rules.iter().zip(&states) {
            let found = state.values(value_type, None, || &[]).unwrap();
            for group in 0..GROUPS {
                let row = naive(&taken, &orders, group as u32, *rule, asks);
                let expected = row.map_or(Scalar::Null, |row| values.scalar(row));
                // As text, so that NaN is itself and -0.0 is not 0.0.
                prop_assert_eq!(format!("{:?}", found.scalar(group)), format!("{expected:?}"), "{:?}", rule);
            }
        }
    }
}

#[test]
fn more_slots_than_lie_side_by_side_are_none() {
    assert!(ArgMaxima::new(3, MOST_ARG_MAXIMA + 1).is_none());
    assert_eq!(ArgMaxima::new(3, 2).unwrap().byte_len(), 3 * 2 * 16);
}
