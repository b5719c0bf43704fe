//! Where a quantile stands among values in their order.

/// A quantile of n values.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Place {
    /// Between the two values around the position q * (n - 1).
    Between(f64),
    /// At the first value with at least the part q of all values at or below it.
    At(f64),
}

/// The values around a quantile, from 0, and how far it stands from the lower to the higher one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Around {
    /// The number of the lower value.
    pub low: u64,
    /// The number of the higher one, at most one more.
    pub high: u64,
    /// From 0 up to 1, without 1. Where it is 0 both are one value.
    pub part: f64,
}

impl Place {
    /// Law: docs/SQL.md. `None` without values.
    pub fn among(self, count: u64) -> Option<Around> {
        let last = count.checked_sub(1)?;
        Some(match self {
            Place::Between(q) => {
                let position = q * last as f64;
                let low = (position.floor() as u64).min(last);
                let part = if low < last { position - position.floor() } else { 0.0 };
                Around { low, high: if part > 0.0 { low + 1 } else { low }, part }
            }
            Place::At(q) => {
                let at = ((q * count as f64).ceil() as u64).max(1) - 1;
                Around { low: at.min(last), high: at.min(last), part: 0.0 }
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ends_and_the_middle_are_where_they_should_be() {
        let around = |low, high, part| Some(Around { low, high, part });
        assert_eq!(Place::Between(0.5).among(0), None);
        assert_eq!(Place::Between(0.5).among(1), around(0, 0, 0.0));
        assert_eq!(Place::Between(0.5).among(4), around(1, 2, 0.5));
        assert_eq!(Place::Between(0.25).among(5), around(1, 1, 0.0));
        assert_eq!(Place::Between(1.0).among(7), around(6, 6, 0.0));
        assert_eq!(Place::At(0.0).among(7), around(0, 0, 0.0));
        assert_eq!(Place::At(0.5).among(4), around(1, 1, 0.0));
        assert_eq!(Place::At(0.51).among(4), around(2, 2, 0.0));
        assert_eq!(Place::At(1.0).among(4), around(3, 3, 0.0));
    }
}
