//! Deviations from the mean, of which variances, covariances, skewness and kurtosis are made.

use super::rows::{Rows, both_valid, each_state};
use super::state::Part;
use crate::{CoMoments, Error, Moments, ShapeMoments};
use colq_column::{Values, View, dispatch};
use colq_types::Native;

impl Part for Moments {
    fn and_later(self, later: Moments) -> Moments {
        self.merge(later)
    }
}

impl Part for CoMoments {
    fn and_later(self, later: CoMoments) -> CoMoments {
        self.merge(later)
    }
}

impl Part for ShapeMoments {
    fn and_later(self, later: ShapeMoments) -> ShapeMoments {
        self.merge(later)
    }
}

impl Moments {
    /// Adds one value, by Welford's method (Technometrics 4, 1962).
    #[inline(always)]
    fn add(&mut self, value: f64) {
        self.count += 1;
        let delta = value - self.mean;
        // Counts are within i64, from which every processor has an instruction to floats.
        self.mean += delta / self.count as i64 as f64;
        self.m2 += delta * (value - self.mean);
    }
}

pub(super) fn add_moments(moments: &mut [Moments], rows: Rows<'_>, view: &View<'_>) {
    dispatch!(view.values,
        bool _v => (),
        native v => each_state(moments, rows, view.validity, |state, at| state.add(v[at].to_f64())),
        vector _v => ());
}

pub(super) fn add_shapes(shapes: &mut [ShapeMoments], rows: Rows<'_>, view: &View<'_>) -> Result<(), Error> {
    let values = floats(view)?;
    each_state(shapes, rows, view.validity, |state, at| state.add(values[at]));
    Ok(())
}

/// `y` is the first argument and `x` the second.
pub(super) fn add_pairs(
    pairs: &mut [CoMoments],
    rows: Rows<'_>,
    y: &View<'_>,
    x: &View<'_>,
) -> Result<(), Error> {
    let (xs, ys) = (floats(x)?, floats(y)?);
    let validity = both_valid(x.validity, y.validity);
    each_state(pairs, rows, validity.as_ref(), |state, at| state.add(xs[at], ys[at]));
    Ok(())
}

/// The plan converts these arguments.
fn floats<'a>(view: &View<'a>) -> Result<&'a [f64], Error> {
    match view.values {
        Values::F64(values) => Ok(values),
        other => Err(Error::WrongLayout { expected: "f64", found: other.physical().name() }),
    }
}
