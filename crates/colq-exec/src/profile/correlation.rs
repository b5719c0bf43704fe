//! How number columns go with each other: Pearson's correlation of each pair, over the rows in which both have a finite
//! value.
//!
//! Law: values are set off by their column's mean and deviation first, so that the sums lose little; the sums of a piece
//! of work are added in a fixed order, and pieces in theirs.

use super::PIECE_ZONES;
use super::column::{PIECE_ROWS_AT_ONCE, numbers_of};
use super::figures::ColumnProfile;
use super::sample::Sample;
use crate::zone::{Scratches, Zone};
use crate::{Error, Pool};
use colq_column::ColumnSource;
use colq_context::Context;

/// Rows that are looked at, at most by and large.
const ROWS: u64 = 1 << 20;

/// Columns that are compared at most: the pairs grow with their square.
const COLUMNS: usize = 60;

/// The correlations of some columns.
#[derive(Debug, Clone, PartialEq)]
pub struct Correlations {
    /// Places of the columns among the profiles that were given.
    pub columns: Vec<usize>,
    /// The correlation of column `i` and column `j` at `i * columns.len() + j`, between -1 and 1; `None` where one of the
    /// two does not vary.
    pub values: Vec<Option<f64>>,
    /// Rows that were looked at.
    pub row_count: u64,
    /// Number columns that were left out because there are too many.
    pub left_out: usize,
}

/// Sums over the rows in which both columns have a value.
#[derive(Debug, Clone, Copy, Default)]
struct PairSums {
    n: f64,
    x: f64,
    y: f64,
    xx: f64,
    yy: f64,
    xy: f64,
}

impl PairSums {
    fn add(&mut self, more: PairSums) {
        self.n += more.n;
        self.x += more.x;
        self.y += more.y;
        self.xx += more.xx;
        self.yy += more.yy;
        self.xy += more.xy;
    }

    fn correlation(self) -> Option<f64> {
        let x = self.n * self.xx - self.x * self.x;
        let y = self.n * self.yy - self.y * self.y;
        let together = self.n * self.xy - self.x * self.y;
        (x > 1e-9 && y > 1e-9).then(|| (together / (x.sqrt() * y.sqrt())).clamp(-1.0, 1.0))
    }
}

/// The correlations of the number columns among the profiled `columns` that vary, at most 60 of them, over all rows or a
/// fixed sample of at most 1,048,576.
///
/// # Errors
/// A column cannot be read, or the work was cancelled.
pub fn correlations(
    source: &dyn ColumnSource,
    columns: &[usize],
    profiles: &[ColumnProfile],
    pool: &Pool,
    context: &Context,
) -> Result<Correlations, Error> {
    let varies = |profile: &ColumnProfile| {
        let stddev = profile.stddev.filter(|stddev| stddev.is_finite() && *stddev > 0.0);
        profile.data_type.is_number().then_some(())?;
        Some((profile.mean.filter(|mean| mean.is_finite())?, stddev?))
    };
    let mut chosen: Vec<(usize, f64, f64)> = profiles
        .iter()
        .enumerate()
        .filter_map(|(at, profile)| varies(profile).map(|(mean, stddev)| (at, mean, stddev)))
        .collect();
    let left_out = chosen.len().saturating_sub(COLUMNS);
    chosen.truncate(COLUMNS);
    let sample = Sample::of_at_most(ROWS, source.row_count());
    let pieces = source.zone_count().div_ceil(PIECE_ZONES) as usize;
    let width = chosen.len();
    let pairs: Vec<(usize, usize)> = (0..width).flat_map(|i| (i + 1..width).map(move |j| (i, j))).collect();
    let _claim = context.claim(pool.thread_count() * width * PIECE_ROWS_AT_ONCE * 8)?;
    let sums = pool.in_order(context, pieces, Scratches::default, |scratches, piece| {
        let mut sums = vec![PairSums::default(); pairs.len()];
        let first = piece as u64 * PIECE_ZONES;
        let mut drawn = 0;
        for zone in first..source.zone_count().min(first + PIECE_ZONES) {
            context.check()?;
            let mut zone = Zone::new(source, context, source.zone_rows(zone), scratches);
            let start = zone.first_row();
            let rows: Vec<usize> = sample.rows(zone.rows()).map(|row| (row - start) as usize).collect();
            drawn += rows.len() as u64;
            let mut numbers = Vec::with_capacity(width);
            for (at, mean, stddev) in &chosen {
                let view = zone.view(columns[*at])?;
                let mut of_column = numbers_of(&view, profiles[*at].data_type, &rows);
                of_column.iter_mut().for_each(|v| *v = (*v - mean) / stddev);
                numbers.push(of_column);
            }
            for ((i, j), sums) in pairs.iter().zip(&mut sums) {
                sums.add(pair(&numbers[*i], &numbers[*j]));
            }
        }
        Ok((drawn, sums))
    })?;
    let mut all = vec![PairSums::default(); pairs.len()];
    let mut row_count = 0;
    for (drawn, sums) in sums {
        row_count += drawn;
        all.iter_mut().zip(sums).for_each(|(all, more)| all.add(more));
    }
    let mut values = vec![Some(1.0); width * width];
    for ((i, j), sums) in pairs.into_iter().zip(all) {
        values[i * width + j] = sums.correlation();
        values[j * width + i] = values[i * width + j];
    }
    Ok(Correlations { columns: chosen.into_iter().map(|(at, ..)| at).collect(), values, row_count, left_out })
}

/// The sums of two runs of numbers, in four lanes by place.
fn pair(xs: &[f64], ys: &[f64]) -> PairSums {
    let mut lanes = [PairSums::default(); 4];
    for (at, (x, y)) in xs.iter().zip(ys).enumerate() {
        let counts = (x * y).is_finite();
        let (x, y) = if counts { (*x, *y) } else { (0.0, 0.0) };
        let one = PairSums { n: f64::from(u8::from(counts)), x, y, xx: x * x, yy: y * y, xy: x * y };
        lanes[at % 4].add(one);
    }
    let mut all = PairSums::default();
    lanes.into_iter().for_each(|lane| all.add(lane));
    all
}
