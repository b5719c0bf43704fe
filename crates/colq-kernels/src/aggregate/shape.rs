//! What skewness and kurtosis are made of: moments up to the fourth.

use colq_column::canonical_nan;

/// Count, mean and the sums of the second, third and fourth powers of the deviations.
///
/// Law: [`ShapeMoments::add`] and [`ShapeMoments::merge`] are the operations of docs/SQL.md, one by one. Rows and parts
/// come in their order: the bits depend on it. Source: Pebay, "Formulas for robust, one-pass parallel computation of
/// covariances and arbitrary-order statistical moments" (Sandia report 2008-6212).
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct ShapeMoments {
    /// Values.
    pub count: u64,
    mean: f64,
    m2: f64,
    m3: f64,
    m4: f64,
}

impl ShapeMoments {
    /// Adds one value.
    #[inline(always)]
    pub fn add(&mut self, x: f64) {
        let before = self.count as f64;
        self.count += 1;
        let n = self.count as f64;
        let d = x - self.mean;
        let e = d / n;
        let e2 = e * e;
        let t = d * e * before;
        self.mean += e;
        self.m4 = self.m4 + t * e2 * (n * n - 3.0 * n + 3.0) + 6.0 * e2 * self.m2 - 4.0 * e * self.m3;
        self.m3 = self.m3 + t * e * (n - 2.0) - 3.0 * e * self.m2;
        self.m2 += t;
    }

    /// Both together.
    #[must_use]
    pub fn merge(self, later: ShapeMoments) -> ShapeMoments {
        if later.count == 0 {
            return self;
        }
        if self.count == 0 {
            return later;
        }
        let (a, b) = (self, later);
        let count = a.count + b.count;
        let (na, nb, n) = (a.count as f64, b.count as f64, count as f64);
        let d = b.mean - a.mean;
        let d2 = d * d;
        let d3 = d * d2;
        let d4 = d2 * d2;
        ShapeMoments {
            count,
            mean: a.mean + d * nb / n,
            m2: a.m2 + b.m2 + d2 * na * nb / n,
            m3: a.m3 + b.m3 + d3 * na * nb * (na - nb) / (n * n) + 3.0 * d * (na * b.m2 - nb * a.m2) / n,
            m4: a.m4
                + b.m4
                + d4 * na * nb * (na * na - na * nb + nb * nb) / (n * n * n)
                + 6.0 * d2 * (na * na * b.m2 + nb * nb * a.m2) / (n * n)
                + 4.0 * d * (na * b.m3 - nb * a.m3) / n,
        }
    }

    /// The skewness of a sample, corrected for its size; `None` below three values and where they do not vary.
    pub fn skewness(&self) -> Option<f64> {
        if self.count < 3 || self.m2 == 0.0 {
            return None;
        }
        let n = self.count as f64;
        let v = self.m2 / n;
        let g = self.m3 / n / (v * v.sqrt());
        Some(canonical_nan((n * (n - 1.0)).sqrt() / (n - 2.0) * g))
    }

    /// The excess kurtosis of a sample, corrected for its size; `None` below four values and where they do not vary.
    pub fn kurtosis(&self) -> Option<f64> {
        if self.count < 4 || self.m2 == 0.0 {
            return None;
        }
        let n = self.count as f64;
        let v = self.m2 / n;
        let g = self.m4 / n / (v * v);
        Some(canonical_nan((n - 1.0) * ((n + 1.0) * g - 3.0 * (n - 1.0)) / ((n - 2.0) * (n - 3.0))))
    }
}
