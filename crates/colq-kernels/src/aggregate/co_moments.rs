//! What covariances and correlations are made of: the moments of two values together.

use crate::processor::vectorised;
use colq_column::{Bitmap, Lanes, canonical_nan};

/// Count, means, squared deviations and their products over rows of two values.
///
/// Law: [`CoMoments::add`] and [`CoMoments::merge`] are the operations of docs/SQL.md, one by one. Rows and parts come
/// in their order: the bits depend on it.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct CoMoments {
    /// Rows.
    pub count: u64,
    mean_x: f64,
    mean_y: f64,
    m2_x: f64,
    m2_y: f64,
    /// The sum of the products of the deviations.
    c: f64,
}

/// Rows of a word of a bitmap, of which the distances are written down before they are added.
const CHUNK_ROWS: usize = 64;

/// The values of the last rows, fewer than a chunk, with zeros behind them.
#[inline(always)]
fn padded(rest: &[f64]) -> [f64; CHUNK_ROWS] {
    let mut values = [0.0; CHUNK_ROWS];
    for (at, value) in rest.iter().enumerate() {
        values[at] = *value;
    }
    values
}

/// Law: `to[i]` is how far `from[i]` is from `middle`, or -0.0, which changes no sum, where bit `i` is not set.
#[inline(always)]
fn distances(from: &[f64; CHUNK_ROWS], middle: f64, word: u64, to: &mut [f64; CHUNK_ROWS]) {
    for bit in 0..CHUNK_ROWS {
        let distance = from[bit] - middle;
        to[bit] = if word >> bit & 1 == 1 { distance } else { -0.0 };
    }
}

vectorised! {
    /// Law: over the selected rows of one zone, each mean is the value of the first row plus the [`Lanes`] sum of the
    /// distances from it divided by the count, so that values which do not vary have no deviations; then the squares
    /// and products of the deviations are summed over the same lanes.
    pub fn co_moments(ys: &[f64], xs: &[f64], selected: Option<&Bitmap>) -> CoMoments {
        let len = xs.len().min(ys.len());
        let (xs, ys) = (&xs[..len], &ys[..len]);
        let count = selected.map_or(len, Bitmap::count_ones) as u64;
        let first = selected.map_or(Some(0), |rows| rows.ones_iter().next());
        let Some((first_x, first_y)) = first.and_then(|row| Some((*xs.get(row)?, *ys.get(row)?))) else {
            return CoMoments::default();
        };
        let ((x_chunks, x_rest), (y_chunks, y_rest)) = (xs.as_chunks(), ys.as_chunks());
        let (x_rest, y_rest) = (padded(x_rest), padded(y_rest));
        let words = selected.map_or(&[][..], Bitmap::words);
        // The rows of a chunk, and which of them are selected; rows that are not add -0.0.
        macro_rules! chunk {
            ($at:ident) => {{
                let word = if selected.is_none() { u64::MAX } else { words.get($at).copied().unwrap_or(0) };
                match x_chunks.get($at).zip(y_chunks.get($at)) {
                    Some((x, y)) => (x, y, word),
                    None => (&x_rest, &y_rest, word & ((1 << (len % CHUNK_ROWS)) - 1)),
                }
            }};
        }
        let (mut sum_x, mut sum_y) = (Lanes::default(), Lanes::default());
        let (mut a, mut b, mut c) = ([0.0; CHUNK_ROWS], [0.0; CHUNK_ROWS], [0.0; CHUNK_ROWS]);
        for at in 0..=x_chunks.len() {
            let (x, y, word) = chunk!(at);
            if word != 0 {
                distances(x, first_x, word, &mut a);
                distances(y, first_y, word, &mut b);
                sum_x.add_64(&a);
                sum_y.add_64(&b);
            }
        }
        let mean_x = first_x + sum_x.finish() / count as f64;
        let mean_y = first_y + sum_y.finish() / count as f64;
        let (mut m2_x, mut m2_y, mut products) = (Lanes::default(), Lanes::default(), Lanes::default());
        for at in 0..=x_chunks.len() {
            let (x, y, word) = chunk!(at);
            if word == 0 {
                continue;
            }
            for bit in 0..CHUNK_ROWS {
                let is_selected = word >> bit & 1 == 1;
                let (dx, dy) = (x[bit] - mean_x, y[bit] - mean_y);
                a[bit] = if is_selected { dx * dx } else { -0.0 };
                b[bit] = if is_selected { dy * dy } else { -0.0 };
                c[bit] = if is_selected { dx * dy } else { -0.0 };
            }
            m2_x.add_64(&a);
            m2_y.add_64(&b);
            products.add_64(&c);
        }
        CoMoments { count, mean_x, mean_y, m2_x: m2_x.finish(), m2_y: m2_y.finish(), c: products.finish() }
    }
}

impl CoMoments {
    /// Adds one row, by Welford's method (Technometrics 4, 1962).
    #[inline(always)]
    pub fn add(&mut self, x: f64, y: f64) {
        self.count += 1;
        // Counts are within i64, from which every processor has an instruction to floats.
        let n = self.count as i64 as f64;
        let dx = x - self.mean_x;
        self.mean_x += dx / n;
        self.m2_x += dx * (x - self.mean_x);
        let dy = y - self.mean_y;
        self.mean_y += dy / n;
        self.m2_y += dy * (y - self.mean_y);
        self.c += dx * (y - self.mean_y);
    }

    /// Both together, by the formula of Chan, Golub and LeVeque (1979).
    #[must_use]
    pub fn merge(self, later: CoMoments) -> CoMoments {
        if later.count == 0 {
            return self;
        }
        if self.count == 0 {
            return later;
        }
        let count = self.count + later.count;
        let (left, right, n) = (self.count as f64, later.count as f64, count as f64);
        let dx = later.mean_x - self.mean_x;
        let dy = later.mean_y - self.mean_y;
        CoMoments {
            count,
            mean_x: self.mean_x + dx * right / n,
            mean_y: self.mean_y + dy * right / n,
            m2_x: self.m2_x + later.m2_x + dx * dx * left * right / n,
            m2_y: self.m2_y + later.m2_y + dy * dy * left * right / n,
            c: self.c + later.c + dx * dy * left * right / n,
        }
    }

    /// The covariance of a sample; `None` below two rows.
    pub fn covariance_samp(&self) -> Option<f64> {
        (self.count > 1).then(|| canonical_nan(self.c / (self.count - 1) as f64))
    }

    /// The covariance of a population; `None` without rows.
    pub fn covariance_pop(&self) -> Option<f64> {
        (self.count > 0).then(|| canonical_nan(self.c / self.count as f64))
    }

    /// The correlation; `None` below two rows and where one of the two does not vary.
    pub fn correlation(&self) -> Option<f64> {
        let varies = self.m2_x != 0.0 && self.m2_y != 0.0;
        (self.count > 1 && varies).then(|| canonical_nan(self.c / (self.m2_x * self.m2_y).sqrt()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::spread;

    /// The law, a row at a time.
    fn naive(ys: &[f64], xs: &[f64], rows: &[usize]) -> [f64; 5] {
        let lanes = |value: &dyn Fn(usize) -> f64| {
            let mut lanes = Lanes::default();
            rows.iter().for_each(|row| lanes.add_row(*row, value(*row)));
            lanes.finish()
        };
        let n = rows.len() as f64;
        let (first_x, first_y) = (xs[rows[0]], ys[rows[0]]);
        let mean_x = first_x + lanes(&|row| xs[row] - first_x) / n;
        let mean_y = first_y + lanes(&|row| ys[row] - first_y) / n;
        [
            mean_x,
            mean_y,
            lanes(&|row| (xs[row] - mean_x) * (xs[row] - mean_x)),
            lanes(&|row| (ys[row] - mean_y) * (ys[row] - mean_y)),
            lanes(&|row| (xs[row] - mean_x) * (ys[row] - mean_y)),
        ]
    }

    #[test]
    fn a_zone_has_the_moments_of_its_rows() {
        for len in [0, 1, 15, 16, 63, 64, 65, 1_000] {
            let xs: Vec<f64> = (0..len).map(|row| (spread(row) >> 20) as f64 / 3e9).collect();
            let ys: Vec<f64> = (0..len).map(|row| (spread(row + 7) >> 20) as f64 - 1e12).collect();
            for every in [1, 2, 5, 70, 2_000] {
                let selected: Bitmap = (0..len).map(|row| spread(row).is_multiple_of(every)).collect();
                let rows: Vec<usize> = selected.ones_iter().collect();
                let found = co_moments(&ys, &xs, (every > 1).then_some(&selected));
                assert_eq!(found.count, rows.len() as u64);
                if rows.is_empty() {
                    assert_eq!(found, CoMoments::default());
                    continue;
                }
                let found = [found.mean_x, found.mean_y, found.m2_x, found.m2_y, found.c];
                assert_eq!(found.map(f64::to_bits), naive(&ys, &xs, &rows).map(f64::to_bits));
            }
        }
        let constant = co_moments(&[0.1; 99], &[0.3; 99], None);
        assert_eq!((constant.m2_x, constant.m2_y, constant.correlation()), (0.0, 0.0, None));
    }
}
