//! Comparing decimals of different scales, and durations of different units, by what they are worth. Nothing is
//! converted, so nothing overflows.

use crate::Error;
use colq_column::{Bitmap, Values, View};
use colq_types::decimal::power_of_ten;
use colq_types::{Comparison, DataType};
use std::cmp::Ordering;

/// Law: `out[i] = left[i] op right[i]` by value, for two decimals of any scales or two durations of any units. `out`
/// takes the length of the shorter side.
///
/// # Errors
/// [`Error::NotComparable`] for views of other types.
pub fn compare_scaled(
    op: Comparison,
    left: &View<'_>,
    right: &View<'_>,
    out: &mut Bitmap,
) -> Result<(), Error> {
    let factors = match (left.data_type, right.data_type) {
        (DataType::Decimal { scale: l, .. }, DataType::Decimal { scale: r, .. }) => {
            (power_of_ten(r.saturating_sub(l)), power_of_ten(l.saturating_sub(r)))
        }
        (DataType::Duration(l), DataType::Duration(r)) => {
            let (l, r) = (i128::from(l.per_second()), i128::from(r.per_second()));
            ((r / l).max(1), (l / r).max(1))
        }
        (column, other) => return Err(Error::NotComparable { column, literal: format!("a {other}") }),
    };
    let bits = |pair: (i128, i128)| op.holds(order(pair.0, pair.1, factors));
    *out = match (left.values, right.values) {
        (Values::I64(l), Values::I64(r)) => {
            l.iter().zip(r).map(|(l, r)| bits((i128::from(*l), i128::from(*r)))).collect()
        }
        (Values::I64(l), Values::I128(r)) => {
            l.iter().zip(r).map(|(l, r)| bits((i128::from(*l), *r))).collect()
        }
        (Values::I128(l), Values::I64(r)) => {
            l.iter().zip(r).map(|(l, r)| bits((*l, i128::from(*r)))).collect()
        }
        (Values::I128(l), Values::I128(r)) => l.iter().zip(r).map(|(l, r)| bits((*l, *r))).collect(),
        (other, _) => {
            return Err(Error::WrongLayout { expected: "i64 or i128", found: other.physical().name() });
        }
    };
    Ok(())
}

/// The order of `left * factors.0` and `right * factors.1`, one of which is 1.
#[inline(always)]
fn order(left: i128, right: i128, factors: (i128, i128)) -> Ordering {
    match (left.checked_mul(factors.0), right.checked_mul(factors.1)) {
        (Some(left), Some(right)) => left.cmp(&right),
        // What leaves 128 bits is further from zero than anything that does not.
        (None, _) => left.cmp(&0),
        (_, None) => 0.cmp(&right),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use colq_column::Column;
    use colq_types::{Scalar, TimeUnit, decimal};
    use proptest::prelude::*;

    /// Both as text with one count of digits, compared as texts are.
    fn on_paper(l: i128, ls: u8, r: i128, rs: u8) -> Ordering {
        let digits = |v: i128, s: u8| {
            let text = decimal::format(v.abs(), s);
            let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
            format!("{whole:0>50}.{fraction:0<50}")
        };
        match (l.signum(), r.signum()) {
            (a, b) if a != b => a.cmp(&b),
            (-1, _) => digits(r, rs).cmp(&digits(l, ls)),
            _ => digits(l, ls).cmp(&digits(r, rs)),
        }
    }

    fn any_digits() -> impl Strategy<Value = i128> {
        let limit = power_of_ten(38);
        prop_oneof![
            -50i128..50,
            (1 - limit)..limit,
            (-9i128..9, 0u8..37).prop_map(|(v, e)| v * power_of_ten(e))
        ]
    }

    proptest! {
        #[test]
        fn decimals_order_as_their_texts_do(l in any_digits(), r in any_digits(), ls in 0u8..=38, rs in 0u8..=38) {
            let column = |v, scale| Column::new(DataType::Decimal { precision: 38, scale }, vec![v]);
            let (left, right) = (column(l, ls), column(r, rs));
            for op in Comparison::ALL {
                let mut bits = Bitmap::default();
                compare_scaled(op, &left.view(), &right.view(), &mut bits).unwrap();
                prop_assert_eq!(bits.get(0), op.holds(on_paper(l, ls, r, rs)), "{} {} {}", l, op.sign(), r);
            }
        }

        #[test]
        fn durations_order_by_nanoseconds(l in any::<i64>(), r in any::<i64>(), a in 0usize..4, b in 0usize..4) {
            let (a, b) = (TimeUnit::ALL[a], TimeUnit::ALL[b]);
            let (x, y) = (Column::new(DataType::Duration(a), vec![l]), Column::new(DataType::Duration(b), vec![r]));
            let nanoseconds = |v: i64, unit: TimeUnit| i128::from(v) * i128::from(1_000_000_000 / unit.per_second());
            for op in Comparison::ALL {
                let mut bits = Bitmap::default();
                compare_scaled(op, &x.view(), &y.view(), &mut bits).unwrap();
                prop_assert_eq!(bits.get(0), op.holds(nanoseconds(l, a).cmp(&nanoseconds(r, b))));
            }
        }
    }

    #[test]
    fn other_types_are_refused() {
        let column = Column::from_scalars(DataType::I64, &[Scalar::I64(1)]);
        let mut bits = Bitmap::default();
        assert!(compare_scaled(Comparison::Equal, &column.view(), &column.view(), &mut bits).is_err());
    }
}
