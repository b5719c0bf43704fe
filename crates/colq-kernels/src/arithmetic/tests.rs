//! The naive twins of `arithmetic`, and its kernels held to them.

use super::*;
use colq_column::Lanes;
use proptest::prelude::*;

/// The law, by exact arithmetic: the result, `None` where there is none.
fn exact(op: Arithmetic, left: i128, right: i128) -> Option<i128> {
    match op {
        Arithmetic::Add => Some(left + right),
        Arithmetic::Subtract => Some(left - right),
        // The product of two u64 may pass i128, and then fits nothing.
        Arithmetic::Multiply => left.checked_mul(right),
        Arithmetic::Divide => left.checked_div(right),
        Arithmetic::Remainder => left.checked_rem(right),
    }
}

/// The two sides, and what they hold in a row.
type Shape<'a, T> = (Operand<'a, T>, Operand<'a, T>, &'a dyn Fn(usize) -> (T, T));

fn check<T: Word + TryFrom<i128>>(op: Arithmetic, left: &[T], right: &[T], active: &Bitmap) {
    let len = left.len();
    let mut out = vec![T::ZERO; 3];
    let sides = |row: usize| (left[row], right[row]);
    let first = *right.first().unwrap_or(&T::ZERO);
    let start = *left.first().unwrap_or(&T::ZERO);
    let by_scalar = |row: usize| (left[row], first);
    let of_scalar = |row: usize| (start, right[row]);
    let shapes: [Shape<'_, T>; 4] = [
        (Operand::Slice(left), Operand::Slice(right), &sides),
        (Operand::Slice(left), Operand::Scalar(first), &by_scalar),
        (Operand::Scalar(start), Operand::Slice(right), &of_scalar),
        (Operand::Scalar(start), Operand::Scalar(first), &|_| (start, first)),
    ];
    for (l, r, at) in shapes {
        let expected = |row: usize| {
            let (l, r) = at(row);
            exact(op, l.to_i128(), r.to_i128()).and_then(|v| T::try_from(v).ok())
        };
        let failing = active.ones_iter().find(|row| expected(*row).is_none());
        match arithmetic_integers(op, l, r, len, active, &mut out) {
            Ok(()) => {
                assert_eq!(failing, None);
                assert_eq!(out.len(), len);
                active
                    .ones_iter()
                    .for_each(|row| assert_eq!(Some(out[row].to_i128()), expected(row).map(T::to_i128)));
            }
            Err(error) => {
                assert_eq!(Some(error.row()), failing);
                let by_zero =
                    at(error.row()).1 == T::ZERO && matches!(op, Arithmetic::Divide | Arithmetic::Remainder);
                assert_eq!(matches!(error, ArithmeticError::DivisionByZero { .. }), by_zero);
            }
        }
    }
}

/// The answers go over the values, which are the left side or the right one.
fn over<'a, T>(values: &'a mut [T], other: Operand<'a, T>, is_left: bool) -> Sides<'a, T> {
    if is_left { Sides::OverLeft(values, other) } else { Sides::OverRight(other, values) }
}

fn signed() -> impl Strategy<Value = i64> {
    prop_oneof![any::<i64>(), -3i64..4, Just(i64::MIN), Just(i64::MAX), any::<i32>().prop_map(i64::from)]
}

proptest! {
    #[test]
    fn integers_are_exact_or_an_error(
        rows in prop::collection::vec((signed(), signed(), any::<bool>()), 0..80), mostly in any::<bool>()
    ) {
        let left: Vec<i64> = rows.iter().map(|r| if mostly { r.0 % 1000 } else { r.0 }).collect();
        let right: Vec<i64> = rows.iter().map(|r| if mostly { r.1 % 1000 } else { r.1 }).collect();
        let some: Bitmap = rows.iter().map(|r| r.2).collect();
        for active in [some, Bitmap::ones(rows.len()), Bitmap::zeros(rows.len())] {
            for op in Arithmetic::ALL {
                check(op, &left, &right, &active);
                let (left, right): (Vec<u64>, Vec<u64>) = left.iter().zip(&right).map(|(l, r)| (*l as u64, *r as u64)).unzip();
                check(op, &left, &right, &active);
            }
        }
    }

    #[test]
    fn floats_are_ieee(rows in prop::collection::vec((any::<f64>(), any::<f64>()), 0..80)) {
        let (left, right): (Vec<f64>, Vec<f64>) = rows.into_iter().unzip();
        let mut out = Vec::new();
        for op in Arithmetic::ALL {
            arithmetic_floats(op, Operand::Slice(&left), Operand::Slice(&right), left.len(), &mut out);
            let bits = |values: &[f64]| values.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
            // Written over either side, and with one value for all rows on the other.
            let (mut on_left, mut on_right) = (left.clone(), right.clone());
            let step = Step::Checked(op);
            prop_assert!(!f64::compute(step, Sides::OverLeft(&mut on_left, Operand::Slice(&right))));
            prop_assert!(!f64::compute(step, Sides::OverRight(Operand::Slice(&left), &mut on_right)));
            assert_eq!(bits(&on_left), bits(&out));
            assert_eq!(bits(&on_right), bits(&out));
            for is_left in [true, false] {
                let (mut own, mut all) = (left.clone(), Vec::new());
                prop_assert!(!f64::compute(step, over(&mut own, Operand::Scalar(0.3), is_left)));
                let (l, r) = (Operand::Slice(&left[..]), Operand::Scalar(0.3));
                let (l, r) = if is_left { (l, r) } else { (r, l) };
                arithmetic_floats(op, l, r, left.len(), &mut all);
                assert_eq!(bits(&own), bits(&all));
            }
            for (row, got) in out.iter().enumerate() {
                let (l, r) = (left[row], right[row]);
                let expected = match op {
                    Arithmetic::Add => l + r,
                    Arithmetic::Subtract => l - r,
                    Arithmetic::Multiply => l * r,
                    Arithmetic::Divide => l / r,
                    Arithmetic::Remainder => l % r,
                };
                let expected = if expected.is_nan() { f64::NAN } else { expected };
                prop_assert_eq!(got.to_bits(), expected.to_bits());
            }
        }
    }
}

#[test]
fn the_corners_of_division() {
    let (one, mut out) = (Bitmap::ones(1), Vec::new());
    let mut run = |op, l: i64, r: i64| {
        arithmetic_integers(op, Operand::Scalar(l), Operand::Scalar(r), 1, &one, &mut out).map(|()| out[0])
    };
    assert_eq!(run(Arithmetic::Divide, -7, 2), Ok(-3));
    assert_eq!(run(Arithmetic::Remainder, -7, 2), Ok(-1));
    assert_eq!(run(Arithmetic::Remainder, i64::MIN, -1), Ok(0));
    assert_eq!(
        run(Arithmetic::Divide, i64::MIN, -1).unwrap_err().to_string(),
        "integer overflow: -9223372036854775808 / -1 does not fit into i64"
    );
    assert_eq!(run(Arithmetic::Remainder, 5, 0).unwrap_err().to_string(), "division by zero: 5 % 0");
}

#[test]
fn negation() {
    let mut out = Vec::new();
    let active: Bitmap = [true, false].into_iter().collect();
    assert_eq!(negate_integers(&[7i64, i64::MIN], &active, &mut out), Ok(()));
    assert_eq!(out[0], -7);
    assert!(negate_integers(&[7i64, i64::MIN], &Bitmap::ones(2), &mut out).is_err());
    let mut out = Vec::new();
    assert_eq!(negate_integers(&[0u64, 1], &active, &mut out), Ok(()));
    assert!(negate_integers(&[1u64, 1], &active, &mut out).is_err());
    let mut out = Vec::new();
    negate_floats(&[0.0f32, -1.0, f32::NAN], &mut out);
    assert_eq!(
        out.iter().map(|v| v.to_bits()).collect::<Vec<_>>(),
        [-0.0f32, 1.0, f32::NAN].map(f32::to_bits)
    );
}

/// Numbers of the size at which floats begin to round, divided by small, like and large ones.
fn near_the_end_of_floats() -> impl Strategy<Value = i64> {
    let end = 1i64 << 50;
    prop_oneof![-end..=end, -9..9i64, (end - 9)..=end, -end..(9 - end), (1i64 << 25)..(1 << 26)]
}

proptest! {
    #[test]
    fn small_remainders_are_exact(
        rows in prop::collection::vec((near_the_end_of_floats(), near_the_end_of_floats()), 1..80), past in 0i64..3,
    ) {
        let left: Vec<i64> = rows.iter().map(|r| r.0 + past * r.0.signum()).collect();
        let right: Vec<i64> = rows.iter().map(|r| if r.1 == 0 { 7 } else { r.1 }).collect();
        check(Arithmetic::Remainder, &left, &right, &Bitmap::ones(left.len()));
        // Larger ones are no floats.
        let large: Vec<i64> = left.iter().map(|v| (v << 10) | 1).collect();
        check(Arithmetic::Remainder, &large, &right, &Bitmap::ones(left.len()));
        // Negative numbers become very large ones.
        let left: Vec<u64> = left.iter().map(|v| *v as u64).collect();
        let right: Vec<u64> = right.iter().map(|v| v.unsigned_abs()).collect();
        check(Arithmetic::Remainder, &left, &right, &Bitmap::ones(left.len()));
        let last: Vec<u64> = left.iter().map(|v| u64::MAX - v % 9).collect();
        check(Arithmetic::Remainder, &last, &right, &Bitmap::ones(left.len()));
    }
}

/// An expression of these columns with numbers in between, the operations in the order of `ops`, deeper on one side or the
/// other.
fn expression<'a>(columns: &'a [Vec<i64>], ops: &[(Arithmetic, bool, Option<i64>)]) -> Fused<'a, i64> {
    let column = |number: usize| Fused::Column(Values::I64(&columns[number % columns.len()]));
    ops.iter().enumerate().fold(column(0), |inner, (number, (op, is_left, constant))| {
        let other = constant.map_or_else(|| column(number + 1), Fused::Constant);
        let (l, r) = if *is_left { (inner, other) } else { (other, inner) };
        Fused::Both(Step::Checked(*op), Box::new(l), Box::new(r))
    })
}

fn exact_of(expression: &Fused<'_, i64>, row: usize) -> Option<i64> {
    match expression {
        Fused::Column(Values::I64(values)) => Some(values[row]),
        Fused::Constant(value) => Some(*value),
        Fused::Both(Step::Checked(op), left, right) => {
            let (l, r) = (exact_of(left, row)?, exact_of(right, row)?);
            exact(*op, l.into(), r.into()).and_then(|value| value.try_into().ok())
        }
        _ => None,
    }
}

proptest! {
    #[test]
    fn what_is_fused_is_exact_or_in_doubt(
        rows in prop::collection::vec((-1000i64..1000, -1000i64..1000, 1i64..9), 0..4200),
        ops in prop::collection::vec(
            (prop::sample::select(Arithmetic::ALL.to_vec()), any::<bool>(), prop::option::of(-9i64..9)), 0..4),
        large in prop::option::of((0usize..4200, signed())),
    ) {
        let mut columns = vec![Vec::new(); 3];
        for (a, b, c) in &rows {
            [a, b, c].into_iter().zip(&mut columns).for_each(|(value, column)| column.push(*value));
        }
        if let Some((row, value)) = large
            && let Some(place) = columns[0].get_mut(row)
        {
            *place = value;
        }
        let expression = expression(&columns, &ops);
        let expected: Vec<_> = (0..rows.len()).map(|row| exact_of(&expression, row)).collect();
        let mut out = vec![7];
        let in_doubt = fused(&expression, rows.len(), &mut out);
        if in_doubt {
            // Small numbers are in doubt where there is no answer, or one on the way was large.
            prop_assert!(large.is_some() || expected.contains(&None));
        } else {
            prop_assert_eq!(out.into_iter().map(Some).collect::<Vec<_>>(), expected);
        }
    }

    #[test]
    fn what_is_sure_needs_no_look(
        rows in prop::collection::vec((any::<i32>(), any::<i32>()), 0..140), other in any::<i32>(),
    ) {
        let (l, r): (Vec<i64>, Vec<i64>) = rows.into_iter().map(|(l, r)| (i64::from(l), i64::from(r))).unzip();
        for (step, op) in [
            (Step::Halves, Arithmetic::Multiply),
            (Step::Sure(Arithmetic::Multiply), Arithmetic::Multiply),
            (Step::Sure(Arithmetic::Add), Arithmetic::Add),
            (Step::Sure(Arithmetic::Subtract), Arithmetic::Subtract),
        ] {
            for right in [Operand::Slice(&r[..]), Operand::Scalar(i64::from(other))] {
                for is_left in [true, false] {
                    let (mut sure, mut checked) = (l.clone(), l.clone());
                    prop_assert!(!i64::compute(step, over(&mut sure, right, is_left)));
                    prop_assert!(!i64::compute(Step::Checked(op), over(&mut checked, right, is_left)));
                    prop_assert_eq!(sure, checked);
                }
            }
        }
    }
}

proptest! {
    /// Their naive twin is the division of decimals, in units.
    #[test]
    fn small_quotients_are_rounded_half_away_from_zero(
        rows in prop::collection::vec((1 - QUOTIENT_LIMIT..QUOTIENT_LIMIT, -300i64..300, 0u32..50), 0..140),
        other in 1 - QUOTIENT_LIMIT..QUOTIENT_LIMIT,
    ) {
        // Quotients of small numbers often lie in the middle.
        let (l, r): (Vec<i64>, Vec<i64>) =
            rows.into_iter().map(|(l, r, shift)| (l >> shift, if r == 0 { QUOTIENT_LIMIT - 1 } else { r })).unzip();
        let expected = |l: i64, r: i64| {
            let (l, r) = (i128::from(l), i128::from(r));
            let up = i128::from(2 * (l % r).abs() >= r.abs());
            (l / r + if (l < 0) == (r < 0) { up } else { -up }) as i64
        };
        let other = if other == 0 { 1 } else { other };
        let mut out = vec![7; l.len()];
        prop_assert!(!i64::compute(Step::Rounded, Sides::Into(Operand::Slice(&l), Operand::Slice(&r), &mut out)));
        prop_assert_eq!(&out, &l.iter().zip(&r).map(|(l, r)| expected(*l, *r)).collect::<Vec<_>>());
        prop_assert!(!i64::compute(Step::Rounded, Sides::Into(Operand::Slice(&l), Operand::Scalar(other), &mut out)));
        prop_assert_eq!(&out, &l.iter().map(|l| expected(*l, other)).collect::<Vec<_>>());
    }
}

#[test]
fn columns_are_widened_while_they_are_loaded() {
    let (bytes, shorts) = ([1u8, 2, 255], [3u16, 4, 65_535]);
    fn sum<'a, T>(left: Values<'a>, right: Values<'a>) -> Fused<'a, T> {
        let [left, right] = [left, right].map(|values| Box::new(Fused::Column(values)));
        Fused::Both(Step::Checked(Arithmetic::Add), left, right)
    }
    let mut out = Vec::new();
    assert!(!fused::<i64>(&sum(Values::U8(&bytes), Values::U16(&shorts)), 3, &mut out));
    assert_eq!(out, [4, 6, 65_790]);
    let mut out = Vec::new();
    assert!(!fused::<f64>(&sum(Values::F32(&[0.5, 1.5, f32::NAN]), Values::U8(&bytes)), 3, &mut out));
    assert_eq!((out[0], out[1], out[2].to_bits()), (1.5, 3.5, f64::NAN.to_bits()));
    // A layout that is not widened, and one row too few.
    assert!(fused::<i64>(&sum(Values::U64(&[1]), Values::U8(&bytes)), 1, &mut Vec::new()));
    assert!(fused::<i64>(&sum(Values::U8(&bytes), Values::U8(&bytes)), 4, &mut Vec::new()));
}

/// A sum that is made while the values go by has the bits of one over values that were written down.
#[test]
fn what_is_summed_on_the_way_is_the_sum_of_what_is_computed() {
    for len in [0usize, 1, 63, 64, 65, 1023, 1024, 1025, 5000] {
        let floats: Vec<f64> = (0..len).map(|row| (row as f64 - 700.0) * 1.1).collect();
        let integers: Vec<i64> = (0..len as i64).map(|row| row * 31 % 1013 - 500).collect();
        let column = || Box::new(Fused::Column(Values::F64(&floats)));
        let third = Fused::Both(Step::Checked(Arithmetic::Divide), column(), Box::new(Fused::Constant(3.0)));
        let of_floats = Fused::Both(Step::Checked(Arithmetic::Multiply), Box::new(third), column());
        let left = Box::new(Fused::Column(Values::I64(&integers)));
        let of_integers =
            Fused::Both(Step::Checked(Arithmetic::Multiply), left, Box::new(Fused::Constant(7i64)));
        let bits = |every: usize| (0..len).map(|row| row % every == 0).collect::<Bitmap>();
        for selected in [None, Some(bits(1)), Some(bits(3)), Some(bits(700)), Some(bits(len + 9999))] {
            let (mut values, mut lanes) = (Vec::new(), Lanes::default());
            assert!(!fused(&of_floats, len, &mut values));
            assert!(!add_fused(&of_floats, len, selected.as_ref(), &mut lanes));
            let expected = crate::sum_floats(&values, selected.as_ref());
            assert_eq!(lanes.finish().to_bits(), expected.to_bits(), "{len} rows");
            let mut values = Vec::new();
            assert!(!fused(&of_integers, len, &mut values));
            let expected = crate::sum_integers(&values, selected.as_ref());
            assert_eq!(sum_fused(&of_integers, len, selected.as_ref()), Some(expected), "{len} rows");
        }
    }
    let largest = [i64::MAX];
    let (left, right) = (Box::new(Fused::Column(Values::I64(&largest))), Box::new(Fused::Constant(2i64)));
    let in_doubt = Fused::Both(Step::Checked(Arithmetic::Multiply), left, right);
    assert_eq!(sum_fused(&in_doubt, 1, None), None);
}
