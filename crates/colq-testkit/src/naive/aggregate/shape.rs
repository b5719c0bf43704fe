//! How two columns go together, and how the values of one lie around their mean. The order of the additions of the first
//! is the law (docs/SQL.md).

use super::super::float_sum::FloatValue;
use super::super::tolerance::{SHAPE, widened};
use super::{Argument, Bound};
use crate::NaiveErrorKind;
use colq_plan::AggregateFunction;
use colq_types::{STRIPE_ROWS, ZONE_ROWS};

/// Counts, means and squares of two columns.
#[derive(Debug, Clone, Copy, Default)]
struct Pairs {
    n: f64,
    mean_x: f64,
    mean_y: f64,
    m2_x: f64,
    m2_y: f64,
    c: f64,
}

impl Pairs {
    fn add(&mut self, x: f64, y: f64) {
        self.n += 1.0;
        let (dx, dy) = (x - self.mean_x, y - self.mean_y);
        self.mean_x += dx / self.n;
        self.mean_y += dy / self.n;
        self.m2_x += dx * (x - self.mean_x);
        self.m2_y += dy * (y - self.mean_y);
        self.c += dx * (y - self.mean_y);
    }

    fn merge(self, b: Pairs) -> Pairs {
        if self.n == 0.0 {
            return b;
        }
        let n = self.n + b.n;
        let (dx, dy) = (b.mean_x - self.mean_x, b.mean_y - self.mean_y);
        Pairs {
            n,
            mean_x: self.mean_x + dx * b.n / n,
            mean_y: self.mean_y + dy * b.n / n,
            m2_x: self.m2_x + b.m2_x + dx * dx * self.n * b.n / n,
            m2_y: self.m2_y + b.m2_y + dy * dy * self.n * b.n / n,
            c: self.c + b.c + dx * dy * self.n * b.n / n,
        }
    }
}

/// Correlation and covariances. The first argument is y, the second x.
pub(super) fn together(
    function: AggregateFunction,
    arguments: &[Argument],
    grouped: bool,
) -> Result<Option<f64>, NaiveErrorKind> {
    let unit_rows = if grouped { STRIPE_ROWS } else { ZONE_ROWS };
    let mut all = Pairs::default();
    for unit in arguments.chunk_by(|a, b| a.row / unit_rows == b.row / unit_rows) {
        let mut part = Pairs::default();
        for argument in unit {
            let (y, x) = (argument.value.as_f64(), argument.second.as_f64());
            let (Some(y), Some(x)) = (y, x) else { return Err(NaiveErrorKind::MalformedPlan) };
            part.add(x, y);
        }
        all = all.merge(part);
    }
    Ok(match function {
        AggregateFunction::CovarPop => Some(all.c / all.n),
        _ if all.n < 2.0 => None,
        AggregateFunction::CovarSamp => Some(all.c / (all.n - 1.0)),
        _ if all.m2_x == 0.0 || all.m2_y == 0.0 => None,
        _ => Some(all.c / (all.m2_x * all.m2_y).sqrt()),
    })
}

/// Skewness and kurtosis of a sample, corrected for its size: the mean first, then the powers of the distances from it.
pub(super) fn of_values(
    function: AggregateFunction,
    values: &[FloatValue],
    bound: Bound,
) -> Result<Option<f64>, NaiveErrorKind> {
    let mut mean = 0.0;
    for (value, count) in values.iter().zip(1..) {
        mean += (value.value - mean) / f64::from(count);
    }
    let power = |exponent: i32| values.iter().map(|v| (v.value - mean).powi(exponent)).sum::<f64>();
    let n = values.len() as f64;
    let m2 = power(2);
    let answer = match function {
        AggregateFunction::Skewness if n < 3.0 || m2 == 0.0 => None,
        AggregateFunction::Skewness => {
            let g1 = (power(3) / n) / (m2 / n * (m2 / n).sqrt());
            Some((n * (n - 1.0)).sqrt() / (n - 2.0) * g1)
        }
        _ if n < 4.0 || m2 == 0.0 => None,
        _ => {
            let g2 = power(4) / (m2 * m2) * n - 3.0;
            Some((n - 1.0) / ((n - 2.0) * (n - 3.0)) * ((n + 1.0) * g2 + 6.0))
        }
    };
    Ok(answer.map(|value| widened(value, SHAPE, bound)))
}
