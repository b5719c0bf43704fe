//! How two columns go together, and how the values of one lie around their mean. The order of the operations is the law
//! (docs/SQL.md).

use super::super::float_sum::{FloatValue, lane_sum};
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

    /// A zone: the means from lanes, then the deviations from lanes again. `rows` are (row, x, y).
    fn two_passes(rows: &[(u64, f64, f64)]) -> Pairs {
        let Some((_, first_x, first_y)) = rows.first().copied() else { return Pairs::default() };
        let sum = |value: &dyn Fn(f64, f64) -> f64| {
            let of = |(row, x, y): &(u64, f64, f64)| FloatValue { row: *row, value: value(*x, *y) };
            lane_sum(&rows.iter().map(of).collect::<Vec<_>>())
        };
        let n = rows.len() as f64;
        let mean_x = first_x + sum(&|x, _| x - first_x) / n;
        let mean_y = first_y + sum(&|_, y| y - first_y) / n;
        Pairs {
            n,
            mean_x,
            mean_y,
            m2_x: sum(&|x, _| (x - mean_x) * (x - mean_x)),
            m2_y: sum(&|_, y| (y - mean_y) * (y - mean_y)),
            c: sum(&|x, y| (x - mean_x) * (y - mean_y)),
        }
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
        let mut rows = Vec::with_capacity(unit.len());
        for argument in unit {
            let (y, x) = (argument.value.as_f64(), argument.second.as_f64());
            let (Some(y), Some(x)) = (y, x) else { return Err(NaiveErrorKind::MalformedPlan) };
            rows.push((argument.row, x, y));
        }
        let running = || {
            let mut part = Pairs::default();
            rows.iter().for_each(|(_, x, y)| part.add(*x, *y));
            part
        };
        all = all.merge(if grouped { running() } else { Pairs::two_passes(&rows) });
    }
    Ok(match function {
        AggregateFunction::CovarPop => Some(all.c / all.n),
        _ if all.n < 2.0 => None,
        AggregateFunction::CovarSamp => Some(all.c / (all.n - 1.0)),
        _ if all.m2_x == 0.0 || all.m2_y == 0.0 => None,
        _ => Some(all.c / (all.m2_x * all.m2_y).sqrt()),
    })
}

/// Sums of the powers of the distances from the mean.
#[derive(Debug, Clone, Copy, Default)]
struct Powers {
    n: f64,
    mean: f64,
    m2: f64,
    m3: f64,
    m4: f64,
}

impl Powers {
    fn add(&mut self, x: f64) {
        let k = self.n;
        let n = k + 1.0;
        let d = x - self.mean;
        let e = d / n;
        let e2 = e * e;
        let t = d * e * k;
        self.n = n;
        self.mean += e;
        self.m4 = self.m4 + t * e2 * (n * n - 3.0 * n + 3.0) + 6.0 * e2 * self.m2 - 4.0 * e * self.m3;
        self.m3 = self.m3 + t * e * (n - 2.0) - 3.0 * e * self.m2;
        self.m2 += t;
    }

    fn merge(self, b: Powers) -> Powers {
        let a = self;
        if a.n == 0.0 {
            return b;
        }
        let d = b.mean - a.mean;
        let d2 = d * d;
        let d3 = d * d2;
        let d4 = d2 * d2;
        let n = a.n + b.n;
        Powers {
            n,
            mean: a.mean + d * b.n / n,
            m2: a.m2 + b.m2 + d2 * a.n * b.n / n,
            m3: a.m3
                + b.m3
                + d3 * a.n * b.n * (a.n - b.n) / (n * n)
                + 3.0 * d * (a.n * b.m2 - b.n * a.m2) / n,
            m4: a.m4
                + b.m4
                + d4 * a.n * b.n * (a.n * a.n - a.n * b.n + b.n * b.n) / (n * n * n)
                + 6.0 * d2 * (a.n * a.n * b.m2 + b.n * b.n * a.m2) / (n * n)
                + 4.0 * d * (a.n * b.m3 - b.n * a.m3) / n,
        }
    }
}

/// Skewness and kurtosis of a sample, corrected for its size.
pub(super) fn of_values(
    function: AggregateFunction,
    values: &[FloatValue],
    grouped: bool,
    bound: Bound,
) -> Option<f64> {
    let unit_rows = if grouped { STRIPE_ROWS } else { ZONE_ROWS };
    let mut all = Powers::default();
    for unit in values.chunk_by(|a, b| a.row / unit_rows == b.row / unit_rows) {
        let mut part = Powers::default();
        unit.iter().for_each(|v| part.add(v.value));
        all = all.merge(part);
    }
    let (n, v) = (all.n, all.m2 / all.n);
    let answer = match function {
        _ if all.m2 == 0.0 => None,
        AggregateFunction::Skewness if n < 3.0 => None,
        AggregateFunction::Skewness => {
            Some((n * (n - 1.0)).sqrt() / (n - 2.0) * (all.m3 / n / (v * v.sqrt())))
        }
        _ if n < 4.0 => None,
        _ => {
            let g = all.m4 / n / (v * v);
            Some((n - 1.0) * ((n + 1.0) * g - 3.0 * (n - 1.0)) / ((n - 2.0) * (n - 3.0)))
        }
    };
    answer.map(|value| widened(value, SHAPE, bound))
}
