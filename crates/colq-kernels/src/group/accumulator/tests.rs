//! The states against the definitions, taken over all rows at once.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

use super::*;
use colq_column::canonical_nan;
use colq_types::Scalar;
use proptest::prelude::*;

/// The definitions, a row at a time over all rows of one group.
fn naive(rows: &[(u32, Option<f64>)], group: u32) -> (u64, f64, Option<f64>, Option<f64>) {
    let values: Vec<f64> = rows.iter().filter(|r| r.0 == group).filter_map(|r| r.1).collect();
    let mut sum = -0.0;
    values.iter().for_each(|v| sum += v);
    let above = |a: f64, b: f64| a.is_nan() && !b.is_nan() || a > b;
    let max = values.iter().copied().reduce(|a, b| if above(b, a) { b } else { a });
    let min = values.iter().copied().reduce(|a, b| if above(a, b) { b } else { a });
    (values.len() as u64, sum, min, max)
}

proptest! {
    #[test]
    fn keeps_what_the_definitions_say(
        rows in prop::collection::vec((0u32..4, prop::option::of(prop_oneof![
            Just(f64::NAN), Just(-0.0), Just(0.0), Just(f64::INFINITY), -9.0..9.0])), 0..120),
    ) {
        let scalars: Vec<Scalar> = rows.iter().map(|r| r.1.into()).collect();
        let column = Column::from_scalars(DataType::F64, &scalars);
        let groups: Vec<u32> = rows.iter().map(|r| r.0).collect();
        let all: Vec<u32> = (0..rows.len() as u32).collect();
        for positions in [None, Some(&all[..])] {
            let state = |kind| {
                let mut state = Accumulator::new(kind);
                state.resize(4);
                let inputs = Inputs { argument: Some(&column.view()), ..Inputs::default() };
                state.update(Rows { groups: &groups, positions }, inputs).unwrap();
                // Merging into nothing changes nothing.
                let mut merged = Accumulator::new(kind);
                merged.resize(4);
                merged.merge(&state, (0..4).map(|g| (g, g)));
                merged
            };
            let (sum, min, max) = (state(AccumulatorKind::SumFloat), state(AccumulatorKind::Min), state(AccumulatorKind::Max));
            let min = min.values(DataType::F64, None, || &[]).unwrap();
            let max = max.values(DataType::F64, None, || &[]).unwrap();
            for group in 0..4 {
                let (count, total, low, high) = naive(&rows, group);
                let at = group as usize;
                let Accumulator::SumFloat(Sums { sums, counts }) = &sum else { unreachable!() };
                prop_assert_eq!(counts[at], count);
                prop_assert!(sums[at].to_bits() == total.to_bits() || sums[at].is_nan() && total.is_nan());
                let bits = |s: Scalar| match s { Scalar::F64(v) => Some(canonical_nan(v).to_bits()), _ => None };
                prop_assert_eq!(bits(min.scalar(at)), low.map(|v| canonical_nan(v + 0.0).to_bits()));
                prop_assert_eq!(bits(max.scalar(at)), high.map(|v| canonical_nan(v + 0.0).to_bits()));
            }
        }
    }
}

/// A row: its group, its value, and the value beside it.
type Row = (u32, Option<f64>, Option<f64>);

/// Rows of which one group has most, so that it follows itself, or of which none has, over several blocks.
fn skewed() -> impl Strategy<Value = Vec<Row>> {
    let value = || prop_oneof![8 => -9.0..9.0, 1 => Just(-0.0), 1 => Just(f64::INFINITY)];
    let row = |heavy: u32| {
        let group = prop_oneof![heavy => Just(2u32), 1 => 0u32..5];
        (group, prop::option::weighted(0.8, value()), prop::option::weighted(0.9, value()))
    };
    let rows = |heavy| prop::collection::vec(row(heavy), 0..2_500);
    prop_oneof![rows(1), rows(30), rows(300)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn rows_of_a_heavy_group_and_nulls_are_added_in_their_order(rows in skewed(), every in 1usize..4) {
        let column = |of: fn(&Row) -> Option<f64>| {
            Column::from_scalars(DataType::F64, &rows.iter().map(|row| of(row).into()).collect::<Vec<Scalar>>())
        };
        let (y, x) = (column(|row| row.1), column(|row| row.2));
        for positions in [None, Some((0..rows.len() as u32).step_by(every).collect::<Vec<_>>())] {
            let chosen: Vec<usize> =
                positions.as_ref().map_or((0..rows.len()).collect(), |p| p.iter().map(|at| *at as usize).collect());
            let groups: Vec<u32> = chosen.iter().map(|row| rows[*row].0).collect();
            let state = |kind| {
                let mut state = Accumulator::new(kind);
                state.resize(5);
                let (argument, second) = (y.view(), x.view());
                let inputs = Inputs { argument: Some(&argument), second: Some(&second), ..Inputs::default() };
                state.update(Rows { groups: &groups, positions: positions.as_deref() }, inputs).unwrap();
                state
            };
            let (mut one, mut two) = ([(0u64, 0.0f64, 0.0f64); 5], [CoMoments::default(); 5]);
            let mut low: [Option<(f64, f64)>; 5] = [None; 5];
            let mut high = low;
            for row in &chosen {
                let (group, y, x) = rows[*row];
                let group = group as usize;
                if let Some(y) = y {
                    let (n, mean, m2) = one[group];
                    let distance = y - mean;
                    let mean = mean + distance / (n + 1) as f64;
                    one[group] = (n + 1, mean, m2 + distance * (y - mean));
                }
                if let (Some(y), Some(x)) = (y, x) {
                    two[group].add(x, y);
                    if low[group].is_none_or(|(_, least)| x < least) {
                        low[group] = Some((y, x));
                    }
                    if high[group].is_none_or(|(_, most)| x > most) {
                        high[group] = Some((y, x));
                    }
                }
            }
            let Accumulator::Moments(found) = state(AccumulatorKind::Moments) else { unreachable!() };
            for (found, (count, mean, m2)) in found.iter().zip(one) {
                prop_assert_eq!(found.count, count);
                prop_assert_eq!(canonical_nan(found.mean).to_bits(), canonical_nan(mean).to_bits());
                prop_assert_eq!(canonical_nan(found.m2).to_bits(), canonical_nan(m2).to_bits());
            }
            let Accumulator::CoMoments(found) = state(AccumulatorKind::CoMoments) else { unreachable!() };
            for (found, pair) in found.iter().zip(two) {
                prop_assert_eq!(format!("{found:?}"), format!("{pair:?}"));
            }
            for (rule, expected) in [(PickRule::Smallest, low), (PickRule::Largest, high)] {
                let picked = state(AccumulatorKind::Pick { rule, value: Held::Word, order: Held::Word });
                let picked = picked.values(DataType::F64, None, || &[]).unwrap();
                for (group, expected) in expected.iter().enumerate() {
                    let found = match picked.scalar(group) { Scalar::F64(y) => Some(y.to_bits()), _ => None };
                    prop_assert_eq!(found, expected.map(|(y, _)| y.to_bits()), "{:?} of {}", rule, group);
                }
            }
        }
    }
}

proptest! {
    #[test]
    fn neighbours_are_added_like_any_rows(
        rows in prop::collection::vec((prop_oneof![9 => Just(0u32), 2 => 1u32..3], -9i32..9, prop::bool::weighted(0.9)), 0..300),
        has_nulls in any::<bool>(), every in 1usize..4,
    ) {
        let groups: Vec<u32> = rows.iter().scan(0, |group, row| { *group += row.0; Some(*group) }).collect();
        let value = |row: &(u32, i32, bool), scale: f64| (row.2 || !has_nulls).then(|| f64::from(row.1) * scale);
        let floats = rows.iter().map(|row| value(row, 0.1).into()).collect::<Vec<Scalar>>();
        let whole = rows.iter().map(|row| value(row, 1.0).map(|v| v as i32).into()).collect::<Vec<Scalar>>();
        let columns =
            [Column::from_scalars(DataType::F64, &floats), Column::from_scalars(DataType::I32, &whole)];
        let some: Vec<u32> = (0..rows.len() as u32).step_by(every).collect();
        let some_groups: Vec<u32> = some.iter().map(|at| groups[*at as usize]).collect();
        use AccumulatorKind as K;
        for (kind, column) in
            [(K::Rows, None), (K::Count, Some(0)), (K::SumFloat, Some(0)), (K::SumFloat, Some(1)), (K::SumInteger, Some(1)),
             (K::Min, Some(0))]
        {
            let view = column.map(|column: usize| columns[column].view());
            let inputs = Inputs { argument: view.as_ref(), ..Inputs::default() };
            let [mut one, mut other] = [Accumulator::new(kind), Accumulator::new(kind)];
            // The last group of the first call goes on in the second one.
            for rows in [
                Rows { groups: &some_groups, positions: Some(&some) },
                Rows { groups: &groups, positions: None },
            ] {
                for state in [&mut one, &mut other] {
                    state.resize(groups.last().map_or(0, |last| *last as usize + 1));
                }
                one.update(rows, inputs).unwrap();
                other.update_neighbours(rows, inputs).unwrap();
                prop_assert_eq!(format!("{:?}", one), format!("{:?}", other));
            }
        }
    }
}
