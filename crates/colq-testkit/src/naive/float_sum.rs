//! The definition of float sums and variances, written out a row at a time (docs/SQL.md). Every bit counts:
//! the order of the additions here is the law, and no step may be fused or reordered.

use colq_types::{STRIPE_ROWS, ZONE_ROWS};

/// A value and the number of the row it stands in.
#[derive(Debug, Clone, Copy)]
pub(super) struct FloatValue {
    pub(super) row: u64,
    pub(super) value: f64,
}

/// The sum of values in row order: over groups a partial sum for each stripe, else lanes in each zone.
pub(super) fn float_sum(values: &[FloatValue], grouped: bool) -> f64 {
    let mut total = -0.0;
    for unit in units(values, grouped) {
        total += if grouped { plain_sum(unit) } else { lane_sum(unit) };
    }
    canonical(total)
}

/// The values cut at the edges of stripes (over groups) or zones (else).
fn units(values: &[FloatValue], grouped: bool) -> impl Iterator<Item = &[FloatValue]> {
    let unit_rows = if grouped { STRIPE_ROWS } else { ZONE_ROWS };
    values.chunk_by(move |a, b| a.row / unit_rows == b.row / unit_rows)
}

fn plain_sum(values: &[FloatValue]) -> f64 {
    let mut partial = -0.0;
    for v in values {
        partial += v.value;
    }
    partial
}

/// The sum of the values of one zone, over lanes.
pub(super) fn lane_sum(values: &[FloatValue]) -> f64 {
    let mut lanes = [-0.0f64; 16];
    for v in values {
        lanes[(v.row % 16) as usize] += v.value;
    }
    for half in [8, 4, 2, 1] {
        for i in 0..half {
            lanes[i] += lanes[i + half];
        }
    }
    lanes[0]
}

fn canonical(value: f64) -> f64 {
    if value.is_nan() { f64::NAN } else { value }
}

/// How many values there are, their mean, and the sum of the squares of their distances from it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moments {
    count: f64,
    mean: f64,
    pub(super) squared_deviations: f64,
}

impl Moments {
    pub(super) fn of(values: &[FloatValue], grouped: bool) -> Moments {
        let mut all = Moments { count: 0.0, mean: 0.0, squared_deviations: 0.0 };
        for unit in units(values, grouped) {
            let next = if grouped { Moments::running(unit) } else { Moments::two_passes(unit) };
            all = all.merge(next);
        }
        all
    }

    /// A zone: the mean from its lanes, then the squares from lanes again.
    fn two_passes(values: &[FloatValue]) -> Moments {
        let count = values.len() as f64;
        let mean = lane_sum(values) / count;
        let square = |v: &FloatValue| {
            let distance = v.value - mean;
            FloatValue { row: v.row, value: distance * distance }
        };
        let squares: Vec<FloatValue> = values.iter().map(square).collect();
        Moments { count, mean, squared_deviations: lane_sum(&squares) }
    }

    /// A group's rows of one stripe, one after the other (B. P. Welford, 1962).
    fn running(values: &[FloatValue]) -> Moments {
        let (mut count, mut mean, mut squared_deviations) = (0.0, 0.0, 0.0);
        for v in values {
            count += 1.0;
            let distance = v.value - mean;
            mean += distance / count;
            squared_deviations += distance * (v.value - mean);
        }
        Moments { count, mean, squared_deviations }
    }

    fn merge(self, next: Moments) -> Moments {
        if self.count == 0.0 {
            return next;
        }
        if next.count == 0.0 {
            return self;
        }
        let distance = next.mean - self.mean;
        let count = self.count + next.count;
        let mean = self.mean + distance * next.count / count;
        let between = distance * distance * self.count * next.count / count;
        let squared_deviations = self.squared_deviations + next.squared_deviations + between;
        Moments { count, mean, squared_deviations }
    }
}
