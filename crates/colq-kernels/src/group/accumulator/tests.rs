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
