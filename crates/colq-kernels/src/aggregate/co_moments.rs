//! What covariances and correlations are made of: the moments of two values together.

use colq_column::canonical_nan;

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

impl CoMoments {
    /// Adds one row, by Welford's method (Technometrics 4, 1962).
    #[inline(always)]
    pub fn add(&mut self, x: f64, y: f64) {
        self.count += 1;
        let n = self.count as f64;
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
