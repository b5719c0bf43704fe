//! The naive twins of `aggregate`, and its kernels held to them.

use super::*;
use crate::testing::{LENGTHS, naive_order, spread};
use colq_column::canonical_nan;
use colq_types::Scalar;
use proptest::prelude::*;

/// The definition of a float sum, a row at a time.
fn naive_sum(values: impl Iterator<Item = (usize, f64)>) -> f64 {
    let mut lanes = [-0.0f64; 16];
    values.for_each(|(row, value)| lanes[row % 16] += value);
    let mut half = 8;
    while half > 0 {
        (0..half).for_each(|i| lanes[i] += lanes[i + half]);
        half /= 2;
    }
    canonical_nan(lanes[0])
}

fn chosen<T: Copy>(values: &[T], selected: Option<&Bitmap>) -> Vec<(usize, T)> {
    values.iter().copied().enumerate().filter(|(row, _)| selected.is_none_or(|s| s.get(*row))).collect()
}

/// Every law, for one selection.
fn check_floats<T: Float>(values: &[T], selected: Option<&Bitmap>, scalar: impl Fn(T) -> Scalar) {
    let rows = chosen(values, selected);
    let sum = naive_sum(rows.iter().map(|(row, v)| (*row, v.to_f64())));
    assert_eq!(sum_floats(values, selected).to_bits(), sum.to_bits());

    let order = |a: &&(usize, T), b: &&(usize, T)| naive_order(&scalar(a.1), &scalar(b.1));
    let ends = rows.iter().min_by(order).zip(rows.iter().max_by(order));
    let bits = |value: T| canonical_nan(if value == T::default() { 0.0 } else { value.to_f64() }).to_bits();
    let got = min_max_floats(values, selected);
    assert_eq!(
        got.map(|(a, b)| (a.to_f64().to_bits(), b.to_f64().to_bits())),
        ends.map(|(a, b)| (bits(a.1), bits(b.1)))
    );

    let got = moments(values, selected);
    assert_eq!(got.count, rows.len() as u64);
    if !rows.is_empty() {
        let mean = canonical_nan(sum / rows.len() as f64);
        let squares = rows.iter().map(|(row, v)| (*row, (v.to_f64() - mean) * (v.to_f64() - mean)));
        assert_eq!(got.mean.to_bits(), mean.to_bits());
        assert_eq!(got.m2.to_bits(), naive_sum(squares).to_bits());
    }
    let told = moments_of_sum(values, selected, sum);
    assert_eq!((told.count, told.mean.to_bits()), (got.count, got.mean.to_bits()));
    assert_eq!(told.m2.to_bits(), got.m2.to_bits());
}

fn check_integers<T: Integer>(values: &[T], selected: Option<&Bitmap>) {
    let rows = chosen(values, selected);
    assert_eq!(selected.map_or(values.len(), count_ones), rows.len());
    assert_eq!(sum_integers(values, selected), rows.iter().map(|r| r.1.to_i128()).sum::<i128>());
    let ends = rows.iter().map(|r| r.1).min().zip(rows.iter().map(|r| r.1).max());
    assert_eq!(min_max_integers(values, selected), ends);
}

fn selections(len: usize) -> Vec<Option<Bitmap>> {
    let with = |keep: &dyn Fn(usize) -> bool| Some((0..len).map(keep).collect());
    vec![
        None,
        Some(Bitmap::ones(len)),
        Some(Bitmap::zeros(len)),
        with(&|row| spread(row).is_multiple_of(2)),
        with(&|row| spread(row).is_multiple_of(997)),
        with(&|row| row + 1 == len),
        // Words of many rows and of few take turns.
        with(&|row| (row / 64).is_multiple_of(3) != row.is_multiple_of(61)),
    ]
}

#[test]
fn every_length_and_selection() {
    for len in LENGTHS {
        let doubles: Vec<f64> = (0..len).map(|row| spread(row) as f64 / 1e7 - 1e11).collect();
        let singles: Vec<f32> = doubles.iter().map(|v| *v as f32).collect();
        for selected in selections(len) {
            let selected = selected.as_ref();
            check_floats(&doubles, selected, Scalar::F64);
            check_floats(&singles, selected, Scalar::F32);
            check_integers(&(0..len).map(|row| spread(row) as i64).collect::<Vec<_>>(), selected);
            check_integers(&(0..len).map(|row| spread(row) as u8).collect::<Vec<_>>(), selected);
            check_integers(&(0..len).map(|row| spread(row) as i16).collect::<Vec<_>>(), selected);
        }
    }
}

#[test]
fn the_largest_zone_of_extremes_does_not_overflow() {
    check_integers(&vec![u64::MAX; 65_536], None);
    check_integers(&vec![i64::MIN; 65_536], Some(&Bitmap::ones(65_536)));
    check_integers(&vec![i64::MIN; 65_536], None);
    check_integers(&vec![u16::MAX; 65_536], None);
    check_integers(&vec![i16::MIN; 65_536], None);
    check_integers(&vec![u32::MAX; 65_536], Some(&Bitmap::ones(65_536)));
}

#[test]
fn infinities_alone_are_still_numbers() {
    for values in
        [vec![f32::INFINITY; 3], vec![f32::NEG_INFINITY; 70], vec![f32::NAN; 70], vec![-0.0, f32::NAN]]
    {
        check_floats(&values, None, Scalar::F32);
        check_floats(&values, Some(&Bitmap::ones(values.len())), Scalar::F32);
    }
    let (min, _) = min_max_floats(&[0.0, -0.0f64], None).unwrap();
    assert!(min.is_sign_positive());
}

proptest! {
    #[test]
    fn any_float_and_any_selection(
        values in prop::collection::vec(
            (prop_oneof![any::<f64>(), Just(-0.0), Just(0.0), Just(f64::NAN), Just(f64::INFINITY)], any::<bool>()),
            0..300,
        )
    ) {
        let (values, keep): (Vec<f64>, Vec<bool>) = values.into_iter().unzip();
        let selected: Bitmap = keep.into_iter().collect();
        check_floats(&values, None, Scalar::F64);
        check_floats(&values, Some(&selected), Scalar::F64);
        let singles: Vec<f32> = values.iter().map(|v| *v as f32).collect();
        check_floats(&singles, Some(&selected), Scalar::F32);
    }

    #[test]
    fn any_integer_and_any_selection(values in prop::collection::vec((any::<i64>(), any::<bool>()), 0..300)) {
        let (values, keep): (Vec<i64>, Vec<bool>) = values.into_iter().unzip();
        let selected: Bitmap = keep.into_iter().collect();
        for selected in [None, Some(&selected)] {
            check_integers(&values, selected);
            check_integers(&values.iter().map(|v| *v as u64).collect::<Vec<_>>(), selected);
            check_integers(&values.iter().map(|v| *v as i32).collect::<Vec<_>>(), selected);
            check_integers(&values.iter().map(|v| *v as u16).collect::<Vec<_>>(), selected);
            check_integers(&values.iter().map(|v| *v as i8).collect::<Vec<_>>(), selected);
        }
    }
}

#[test]
fn merged_moments_are_those_of_all_rows() {
    let values: Vec<f64> = (0..1000).map(|row| (spread(row) % 1000) as f64).collect();
    let whole = moments(&values, None);
    let merged = values.chunks(64).map(|c| moments(c, None)).fold(Moments::default(), Moments::merge);
    assert_eq!(merged.count, whole.count);
    assert!((merged.mean - whole.mean).abs() < 1e-9);
    assert!((merged.m2 / whole.m2 - 1.0).abs() < 1e-12);
    assert_eq!(whole.merge(Moments::default()), whole);
    let few = moments(&[1.0, 2.0, 4.0f64], None);
    assert!((few.variance_samp().unwrap() - 7.0 / 3.0).abs() < 1e-15);
    assert!((few.variance_pop().unwrap() - 14.0 / 9.0).abs() < 1e-15);
    assert_eq!(moments(&[1.0f32], None).variance_samp(), None);
    assert_eq!(Moments::default().variance_pop(), None);
}
