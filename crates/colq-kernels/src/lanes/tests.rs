//! Every function against `libm`, bit for bit, where lanes could differ from it: over all bit patterns, around the ends
//! of each domain and each selection, and at every length.

use super::*;
use crate::testing::{LENGTHS, spread};
use proptest::prelude::*;
use std::f64::consts::{FRAC_PI_2, FRAC_PI_4, PI, TAU};

const ALL: [Lane; 7] = [Lane::Ln, Lane::Log2, Lane::Log10, Lane::Exp, Lane::Sin, Lane::Cos, Lane::Cbrt];

/// Where branches of the original turn, and what IEEE 754 has at its ends.
const TURNS: [f64; 36] = [
    0.0,
    -0.0,
    1.0,
    -1.0,
    0.5,
    2.0,
    8.0,
    27.0,
    64.0,
    f64::NAN,
    f64::INFINITY,
    f64::NEG_INFINITY,
    f64::MIN_POSITIVE,
    5e-324,
    -5e-324,
    f64::MAX,
    f64::MIN,
    0.346_573_590_279_972_64,
    1.039_720_770_839_917_9,
    3.725_290_298_461_914e-9,
    708.0,
    -708.0,
    709.782_712_893_384,
    -745.133_219_101_941_1,
    FRAC_PI_4,
    FRAC_PI_2,
    2.356_194_490_192_345,
    PI,
    3.926_990_816_987_241_5,
    4.712_388_980_384_69,
    5.497_787_143_782_138,
    TAU,
    7.068_583_470_577_035,
    1_647_099.332_9,
    1.490_116_119_384_765_6e-8,
    1.224_744_871_391_589,
];

/// A turn and its neighbours, as near as the next float and some further.
fn around(turn: f64, by: i64) -> f64 {
    f64::from_bits(turn.to_bits().wrapping_add_signed(by))
}

fn value() -> impl Strategy<Value = f64> {
    prop_oneof![
        any::<u64>().prop_map(f64::from_bits),
        (0..TURNS.len(), -3i64..=3).prop_map(|(turn, by)| around(TURNS[turn], by)),
        (0..TURNS.len(), any::<i32>()).prop_map(|(turn, by)| around(TURNS[turn], i64::from(by) << 16)),
        -800.0..800.0f64,
        -2e6..2e6f64,
        0.5..2.0f64,
        // Near multiples of a quarter turn.
        (0i32..10_000, -3i64..=3).prop_map(|(n, by)| around(f64::from(n) * FRAC_PI_2, by)),
    ]
}

fn exponent() -> impl Strategy<Value = f64> {
    prop_oneof![
        value(),
        prop::sample::select(vec![0.0, -0.0, 0.5, -0.5, 1.0, -1.0, 2.0, 3.0, -2.0, 1.5, f64::NAN]),
        -40.0..40.0f64
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn every_function_has_the_bits_of_libm(values in prop::collection::vec(value(), 0..200)) {
        let mut out = vec![0.0; values.len()];
        for lane in ALL {
            lane.fill(&values, &mut out);
            for (value, answer) in values.iter().zip(&out) {
                prop_assert_eq!(answer.to_bits(), lane.of(*value).to_bits(), "{:?} of {:e}", lane, value);
            }
        }
    }

    #[test]
    fn powers_have_the_bits_of_libm(
        pairs in prop::collection::vec((value(), exponent()), 0..200),
        exponent in exponent(),
    ) {
        let (values, exponents): (Vec<f64>, Vec<f64>) = pairs.into_iter().unzip();
        let mut out = vec![0.0; values.len()];
        powers_by_row(&values, &exponents, &mut out);
        for ((x, y), answer) in values.iter().zip(&exponents).zip(&out) {
            let expected = canonical_nan(libm::pow(*x, *y));
            prop_assert_eq!(answer.to_bits(), expected.to_bits(), "{:e} to the power of {:e}", x, y);
        }
        powers(&values, exponent, &mut out);
        for (x, answer) in values.iter().zip(&out) {
            let expected = canonical_nan(libm::pow(*x, exponent));
            prop_assert_eq!(answer.to_bits(), expected.to_bits(), "{:e} to the power of {:e}", x, exponent);
        }
    }
}

#[test]
fn every_length_is_filled_to_its_end() {
    for len in LENGTHS {
        let values: Vec<f64> = (0..len).map(|row| (spread(row) % 100_000) as f64 / 1_000.0).collect();
        let mut out = vec![f64::NAN; len];
        for lane in ALL {
            lane.fill(&values, &mut out);
            assert!(values.iter().zip(&out).all(|(v, o)| lane.of(*v).to_bits() == o.to_bits()), "{lane:?}");
        }
        powers(&values, 1.25, &mut out);
        assert!(values.iter().zip(&out).all(|(v, o)| libm::pow(*v, 1.25).to_bits() == o.to_bits()));
    }
}

#[test]
fn answers_that_are_known_come_out() {
    let mut out = [0.0; 3];
    Lane::Log2.fill(&[1024.0, 0.125, 1.0], &mut out);
    assert_eq!(out, [10.0, -3.0, 0.0]);
    Lane::Log10.fill(&[1e15, 1e-5, 10.0], &mut out);
    assert_eq!(out, [15.0, -5.0, 1.0]);
    Lane::Cbrt.fill(&[27.0, -8.0, 1e-30], &mut out);
    assert_eq!(out, [3.0, -2.0, 1e-10]);
    Lane::Exp.fill(&[0.0, f64::NEG_INFINITY, 800.0], &mut out);
    assert_eq!(out, [1.0, 0.0, f64::INFINITY]);
}
