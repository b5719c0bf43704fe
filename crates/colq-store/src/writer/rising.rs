//! Whether the rows of a column rise, seen while they are written, so that readers may search them instead of scanning.

use colq_column::{Values, dispatch};
use colq_types::Native;

/// What was seen of the order so far.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Rising {
    /// False once a row lay below the one before, or was NULL or NaN.
    is_broken: bool,
    /// The last value of the zones that were seen whole, in the number type in which its column is compared.
    last: Option<Last>,
}

/// A value by itself.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Last {
    Integer(i128),
    Float(f64),
}

impl Rising {
    /// A column whose order is not looked at.
    pub(crate) const BROKEN: Rising = Rising { is_broken: true, last: None };

    /// Goes on behind the rows that were seen whole, the last of which is the one row of `values`.
    pub(crate) fn after(values: Values<'_>) -> Rising {
        Rising { is_broken: false, last: last(values) }
    }

    /// The state after more rows, none of which is NULL.
    #[must_use]
    pub(crate) fn then(self, values: Values<'_>) -> Rising {
        if self.is_broken || values.is_empty() {
            return self;
        }
        let joins = match (self.last, first(values)) {
            (None, Some(_)) => true,
            (Some(Last::Integer(last)), Some(Last::Integer(first))) => last <= first,
            (Some(Last::Float(last)), Some(Last::Float(first))) => last <= first,
            _ => false,
        };
        if !joins || !rises(values) {
            return Rising::BROKEN;
        }
        Rising { is_broken: false, last: last(values) }
    }

    /// True when every row so far lies at or above the one before it.
    pub(crate) fn is_unbroken(self) -> bool {
        !self.is_broken
    }
}

/// Rows that are compared at once; the first one out of order ends the look.
const PIECE: usize = 4_096;

/// True when no value lies below the one before it, and none is NaN.
fn rises(values: Values<'_>) -> bool {
    fn all<T: Native>(values: &[T]) -> bool {
        let sorted = |piece: &[T]| {
            piece.iter().zip(piece.get(1..).unwrap_or(&[])).fold(true, |all, (a, b)| all & (a <= b))
        };
        // Each piece begins with the last value of the one before.
        let mut start = 0;
        while start + 1 < values.len() {
            let end = (start + PIECE + 1).min(values.len());
            if !values.get(start..end).is_some_and(sorted) {
                return false;
            }
            start = end - 1;
        }
        values.first().is_none_or(|first| !first.is_nan())
    }
    dispatch!(values, bool _b => false, native v => all(v), vector _v => false)
}

fn first(values: Values<'_>) -> Option<Last> {
    one(values.slice(0, values.len().min(1)))
}

fn last(values: Values<'_>) -> Option<Last> {
    one(values.slice(values.len().saturating_sub(1), values.len().min(1)))
}

/// The one value there is.
fn one(values: Values<'_>) -> Option<Last> {
    Some(match values {
        Values::I8(v) => Last::Integer((*v.first()?).into()),
        Values::I16(v) => Last::Integer((*v.first()?).into()),
        Values::I32(v) => Last::Integer((*v.first()?).into()),
        Values::I64(v) => Last::Integer((*v.first()?).into()),
        Values::U8(v) => Last::Integer((*v.first()?).into()),
        Values::U16(v) => Last::Integer((*v.first()?).into()),
        Values::U32(v) => Last::Integer((*v.first()?).into()),
        Values::U64(v) => Last::Integer((*v.first()?).into()),
        Values::F16(v) => Last::Float(v.first()?.to_f64()),
        Values::Bf16(v) => Last::Float(v.first()?.to_f64()),
        Values::F32(v) => Last::Float((*v.first()?).into()),
        Values::F64(v) => Last::Float(*v.first()?),
        Values::Bool(_) | Values::I128(_) | Values::Vector(_) => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn pieces_join_where_the_next_begins_at_or_above_the_last() {
        let seen = Rising::default().then(Values::I32(&[1, 2, 2])).then(Values::I32(&[2, 9]));
        assert!(seen.is_unbroken());
        assert!(!seen.then(Values::I32(&[8])).is_unbroken());
        assert!(Rising::after(Values::U64(&[7])).then(Values::U64(&[7, u64::MAX])).is_unbroken());
        assert!(!Rising::after(Values::U64(&[8])).then(Values::U64(&[7])).is_unbroken());
        assert!(!Rising::default().then(Values::F64(&[f64::NAN])).is_unbroken());
        assert!(!Rising::default().then(Values::F64(&[1.0, f64::NAN])).is_unbroken());
        assert!(Rising::default().then(Values::F64(&[0.0, -0.0, f64::INFINITY])).is_unbroken());
        assert!(!Rising::default().then(Values::Bool(&[0, 1])).is_unbroken());
    }

    proptest! {
        #[test]
        fn agrees_with_the_standard_library(
            mut values in prop::collection::vec(0u16..600, 0..300), cut in 0usize..300, swap in any::<bool>(),
        ) {
            values.sort_unstable();
            let len = values.len();
            if swap && len > 1 {
                values.swap(0, len - 1);
            }
            // Longer than a piece, with the disorder anywhere.
            let repeated: Vec<u16> = values.iter().flat_map(|v| std::iter::repeat_n(*v, 40)).collect();
            for values in [&values, &repeated] {
                let (a, b) = values.split_at(cut.min(values.len()));
                let seen = Rising::default().then(Values::U16(a)).then(Values::U16(b));
                prop_assert_eq!(seen.is_unbroken(), values.is_sorted());
            }
        }
    }
}
