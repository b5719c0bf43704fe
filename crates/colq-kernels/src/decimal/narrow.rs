//! The same arithmetic in 64 bits, for those who know that nothing on the way leaves them.

use crate::Operand;
use crate::processor::vectorised;
use colq_types::Arithmetic;

/// Law: `out[i] = (left[i] * factors[0]) op (right[i] * factors[1])` for each of `len` rows, wrapping in 64 bits; of
/// operations only `+`, `-` and `*`, any other gives 0. `len` is cut to the shortest slice.
pub fn arithmetic_narrow(
    op: Arithmetic,
    left: Operand<'_, i64>,
    right: Operand<'_, i64>,
    factors: [i64; 2],
    len: usize,
    out: &mut Vec<i64>,
) {
    let room = |operand: &Operand<'_, i64>| match operand {
        Operand::Slice(values) => values.len(),
        Operand::Scalar(_) => usize::MAX,
    };
    out.clear();
    out.resize(len.min(room(&left)).min(room(&right)), 0);
    match (left, right) {
        (Operand::Slice(left), Operand::Slice(right)) => pairs(op, left, right, factors, out),
        (Operand::Slice(left), Operand::Scalar(right)) => {
            with_right(op, left, right.wrapping_mul(factors[1]), factors[0], out);
        }
        (Operand::Scalar(left), Operand::Slice(right)) => {
            with_left(op, left.wrapping_mul(factors[0]), right, factors[1], out);
        }
        (Operand::Scalar(left), Operand::Scalar(right)) => {
            out.fill(combined(op, left.wrapping_mul(factors[0]), right.wrapping_mul(factors[1])));
        }
    }
}

#[inline(always)]
fn combined(op: Arithmetic, left: i64, right: i64) -> i64 {
    match op {
        Arithmetic::Add => left.wrapping_add(right),
        Arithmetic::Subtract => left.wrapping_sub(right),
        Arithmetic::Multiply => left.wrapping_mul(right),
        _ => 0,
    }
}

vectorised! {
    fn pairs(op: Arithmetic, left: &[i64], right: &[i64], factors: [i64; 2], out: &mut [i64]) {
        out.iter_mut().zip(left.iter().zip(right)).for_each(|(out, (left, right))| {
            *out = combined(op, left.wrapping_mul(factors[0]), right.wrapping_mul(factors[1]));
        });
    }
}

vectorised! {
    fn with_right(op: Arithmetic, left: &[i64], right: i64, factor: i64, out: &mut [i64]) {
        out.iter_mut().zip(left).for_each(|(out, left)| *out = combined(op, left.wrapping_mul(factor), right));
    }
}

vectorised! {
    fn with_left(op: Arithmetic, left: i64, right: &[i64], factor: i64, out: &mut [i64]) {
        out.iter_mut().zip(right).for_each(|(out, right)| *out = combined(op, left, right.wrapping_mul(factor)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{DecimalOperand, arithmetic_decimals};
    use colq_column::Bitmap;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn gives_the_units_of_the_wide_kernel(
            rows in prop::collection::vec((-1_000_000_i64..1_000_000, -1_000_000_i64..1_000_000), 1..140),
            op in prop::sample::select(vec![Arithmetic::Add, Arithmetic::Subtract, Arithmetic::Multiply]),
            scales in prop::sample::select(vec![(2_u8, 2_u8), (0, 2), (3, 1)]), literals in 0..4,
        ) {
            let (l, r): (Vec<i64>, Vec<i64>) = rows.iter().copied().unzip();
            let scale = if op == Arithmetic::Multiply { scales.0 + scales.1 } else { scales.0.max(scales.1) };
            let up = |from: u8| if op == Arithmetic::Multiply { 1 } else { 10_i64.pow(u32::from(scale - from)) };
            let (left, wide_left) = match literals & 1 {
                0 => (Operand::Slice(&l[..]), DecimalOperand::Narrow(&l, scales.0)),
                _ => (Operand::Scalar(l[0]), DecimalOperand::Scalar(i128::from(l[0]), scales.0)),
            };
            let (right, wide_right) = match literals & 2 {
                0 => (Operand::Slice(&r[..]), DecimalOperand::Narrow(&r, scales.1)),
                _ => (Operand::Scalar(r[0]), DecimalOperand::Scalar(i128::from(r[0]), scales.1)),
            };
            let mut expected = Vec::new();
            let active = Bitmap::ones(rows.len());
            arithmetic_decimals(op, wide_left, wide_right, scale, rows.len(), &active, &mut expected).unwrap();
            let mut found = Vec::new();
            arithmetic_narrow(op, left, right, [up(scales.0), up(scales.1)], rows.len(), &mut found);
            prop_assert_eq!(found.into_iter().map(i128::from).collect::<Vec<_>>(), expected);
        }
    }
}
