//! Floats of a few selected rows, which were gathered before: nothing is done for the rows between them.
//!
//! Law: what the kernels over whole zones give that are told by a bitmap which rows count; a lane is the place of a row in its
//! zone, wherever its value lies now.

use super::Moments;
use colq_column::{Bitmap, Lanes, canonical_nan};
use colq_types::Native;

/// Law: [`add_floats`](crate::add_floats) of rows where those at `positions` are selected and have these values, but for those
/// that are not `valid`.
pub fn add_floats_at<T: Native>(values: &[T], positions: &[u32], valid: Option<&Bitmap>, lanes: &mut Lanes) {
    for (at, (value, position)) in values.iter().zip(positions).enumerate() {
        if valid.is_none_or(|valid| valid.get(at)) {
            lanes.add_row(*position as usize, value.to_f64());
        }
    }
}

/// Law: [`moments_of_sum`](crate::moments_of_sum) of rows where those at `positions` are selected and have these values, of
/// which `sum` is the sum by lanes.
pub fn moments_at<T: Native>(values: &[T], positions: &[u32], sum: f64) -> Moments {
    if values.is_empty() {
        return Moments::default();
    }
    let mean = canonical_nan(sum / values.len() as f64);
    let mut m2 = Lanes::default();
    for (value, position) in values.iter().zip(positions) {
        let deviation = value.to_f64() - mean;
        m2.add_row(*position as usize, deviation * deviation);
    }
    Moments { count: values.len() as u64, mean, m2: m2.finish() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{add_floats, moments};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_few_rows_have_the_bits_of_the_whole_zone(
            values in prop::collection::vec(prop_oneof![
                9 => -1e9f32..1e9, 1 => Just(-0.0f32), 1 => Just(f32::INFINITY)], 0..700),
            nan in prop::option::of(0usize..700), seed in any::<u64>(),
        ) {
            let mut values = values;
            if let Some(value) = nan.and_then(|at| values.get_mut(at)) {
                *value = f32::NAN;
            }
            let bit = |row: usize, by: u32| seed.rotate_left(row as u32 * by) & 3 == 0;
            let selected: Bitmap = (0..values.len()).map(|row| bit(row, 7)).collect();
            let valid: Bitmap = (0..values.len()).map(|row| !bit(row, 3)).collect();
            let mut both = selected.clone();
            both.and_assign(&valid);
            let positions: Vec<u32> = selected.ones_iter().map(|row| row as u32).collect();
            let few: Vec<f32> = positions.iter().map(|row| values[*row as usize]).collect();
            let valid_few: Bitmap = positions.iter().map(|row| valid.get(*row as usize)).collect();
            for (rows, valid) in [(&selected, None), (&both, Some(&valid_few))] {
                let (mut expected, mut found) = (Lanes::default(), Lanes::default());
                add_floats(&values, Some(rows), &mut expected);
                add_floats_at(&few, &positions, valid, &mut found);
                prop_assert_eq!(expected.finish().to_bits(), found.finish().to_bits());
            }
            let mut lanes = Lanes::default();
            add_floats_at(&few, &positions, None, &mut lanes);
            let (expected, found) = (moments(&values, Some(&selected)), moments_at(&few, &positions, lanes.finish()));
            prop_assert_eq!(expected.count, found.count);
            prop_assert_eq!(expected.mean.to_bits(), found.mean.to_bits());
            prop_assert_eq!(expected.m2.to_bits(), found.m2.to_bits());
        }
    }
}
