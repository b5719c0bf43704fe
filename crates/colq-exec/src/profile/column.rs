//! The figures of one column: numbers, bools, dates and times here, text in `text`.

use super::counts::{Counted, Counts};
use super::figures::{ColumnProfile, Distinct, Frequent, Intervals};
use super::known::{Known, known};
use super::sample::Sample;
use super::spread::{Order, Scale, Spread};
use super::{FREQUENT, PIECE_ZONES, QUANTILES, text};
use crate::zone::{Scratches, Zone};
use crate::{Error, Pool};
use colq_column::{Bitmap, ColumnSource, Lanes, View, canonical_nan, dispatch};
use colq_context::Context;
use colq_kernels::{Moments, float_word, moments, push_words, word_signed, words_to_column};
use colq_types::{DataType, Native, Scalar};
use std::sync::atomic::AtomicBool;
use std::sync::{Mutex, PoisonError};

/// Bytes that one thread keeps of a column at most, by and large.
const TALLY_BYTES: usize = 12 << 20;

/// Rows of the sample that must hold a value before it is told as frequent.
const SEEN_IN_SAMPLE: u64 = 10;

/// What one thread keeps of a column.
struct Tally {
    counts: Counts,
    spread: Spread,
    drawn: Vec<u64>,
}

/// What is put together in the order of the zones.
#[derive(Debug, Clone, Copy)]
struct ZoneTotal {
    moments: Moments,
    float_sum: f64,
    integer_sum: i128,
}

/// A profile of which nothing is known but the counts.
pub(super) fn empty(source: &dyn ColumnSource, column: usize, known: &Known) -> ColumnProfile {
    let field = &source.schema().fields()[column];
    ColumnProfile {
        name: field.name.clone(),
        data_type: field.data_type,
        row_count: source.row_count(),
        null_count: known.null_count,
        nan_count: known.nan_count,
        distinct: None,
        min: Scalar::Null,
        max: Scalar::Null,
        mean: None,
        stddev: None,
        quantiles: Vec::new(),
        frequent: Vec::new(),
        is_sampled: false,
        intervals: None,
        lengths: None,
    }
}

/// The figures of a column.
///
/// # Errors
/// The column cannot be read, the work was cancelled, or the memory limit is too small.
pub(super) fn profile(
    source: &dyn ColumnSource,
    column: usize,
    bins: usize,
    pool: &Pool,
    context: &Context,
) -> Result<ColumnProfile, Error> {
    let known = known(source, column, pool, context)?;
    let mut profile = empty(source, column, &known);
    let Some(order) = Order::of(profile.data_type) else {
        if profile.data_type == DataType::Text {
            text::complete(&mut profile, source, column, pool, context)?;
        }
        return Ok(profile);
    };
    let Some((low, high)) = known.ends else {
        context.advance(source.zone_count());
        profile.distinct = Some(Distinct { count: 0, is_exact: true });
        return Ok(profile);
    };
    let scalars = |words: &[u64]| {
        let column = words_to_column(profile.data_type, words, None);
        (0..words.len()).map(|row| column.scalar(row)).collect::<Vec<_>>()
    };
    let ends = scalars(&[low, high]);
    (profile.min, profile.max) = (ends[0].clone(), ends[1].clone());

    let scale = known.finite_ends.map(|ends| Scale::new(order, ends));
    let is_exact = scale.is_some_and(Scale::is_exact) && known.finite_ends == known.ends;
    let sample = Sample::of(source.row_count());
    let _claim =
        context.claim(pool.thread_count() * TALLY_BYTES.min(64 * 1024 + source.row_count() as usize * 32))?;
    let pass = Pass { source, column, order, is_exact, sample, are_many: AtomicBool::new(false) };
    let tallies = Mutex::new(Vec::new());
    let pieces = source.zone_count().div_ceil(PIECE_ZONES) as usize;
    let totals =
        pool.in_order(context, pieces, Default::default, |worker: &mut (Scratches, Vec<u64>), piece| {
            // Whoever comes next goes on with what another has begun: counts do not depend on who added.
            let kept = tallies.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let mut tally = kept.unwrap_or_else(|| Tally {
                counts: Counts::default(),
                spread: Spread::new(scale),
                drawn: Vec::new(),
            });
            let first = piece as u64 * PIECE_ZONES;
            let mut totals = Vec::new();
            for zone in first..source.zone_count().min(first + PIECE_ZONES) {
                context.check()?;
                totals.push(pass.add_zone(zone, &mut tally, &mut worker.0, &mut worker.1, context)?);
                context.advance(1);
            }
            tallies.lock().unwrap_or_else(PoisonError::into_inner).push(tally);
            Ok(totals)
        })?;
    let mut tallies = tallies.into_inner().unwrap_or_else(PoisonError::into_inner).into_iter();
    let Some(mut tally) = tallies.next() else { return Ok(profile) };
    for other in tallies {
        tally.counts.merge(other.counts);
        tally.spread.merge(&other.spread);
        tally.drawn.extend(other.drawn);
    }
    // The sample is a set of rows, so that their values in order are the same for any number of threads.
    tally.drawn.sort_unstable();

    let totals = totals.concat();
    let moments = totals.iter().fold(Moments::default(), |all, zone| all.merge(zone.moments));
    let count = moments.count;
    if profile.data_type.is_number() || profile.data_type == DataType::Bool {
        let unit = match profile.data_type {
            DataType::Decimal { scale, .. } => 10f64.powi(i32::from(scale)),
            _ => 1.0,
        };
        let sum = match order {
            Order::Float => totals.iter().map(|zone| zone.float_sum).fold(-0.0, |sum, zone| sum + zone),
            _ => totals.iter().map(|zone| zone.integer_sum).sum::<i128>() as f64,
        };
        profile.mean = Some(canonical_nan(sum / count as f64 / unit));
        if profile.data_type != DataType::Bool {
            profile.stddev = moments.variance_samp().map(|variance| canonical_nan(variance.sqrt() / unit));
        }
    }

    let is_all = sample.is_all();
    let drawn = || tally.drawn.chunk_by(|a, b| a == b).map(|run| (run[0], run.len() as u64));
    let distinct = match &tally.counts {
        _ if is_exact => (tally.spread.values().count() as u64, true),
        _ if is_all => (drawn().count() as u64, true),
        counts => counts.distinct(),
    };
    profile.distinct = Some(Distinct { count: distinct.0.min(count), is_exact: distinct.1 });
    profile.is_sampled = !distinct.1;
    let mut frequent: Vec<(u64, u64)> = match &tally.counts {
        _ if is_exact => tally.spread.values().collect(),
        _ if is_all => drawn().collect(),
        Counts::Few(table) => table.counted().map(|Counted { word, count, .. }| (word, count)).collect(),
        Counts::Many(_) => scaled(drawn(), tally.drawn.len() as u64, count),
    };
    most_frequent(&mut frequent);
    let words: Vec<u64> = frequent.iter().map(|(word, _)| *word).collect();
    let values = scalars(&words).into_iter().zip(&frequent);
    profile.frequent = values.map(|(value, (_, count))| Frequent { value, count: *count }).collect();

    if profile.data_type != DataType::Bool {
        let at = |q: &f64| {
            let rank = ((q * count as f64).ceil() as u64).clamp(1, count) - 1;
            let word =
                if is_all { tally.drawn.get(rank as usize).copied() } else { tally.spread.at_rank(rank) };
            Some((*q, word?.clamp(low, high)))
        };
        let found: Vec<(f64, u64)> = QUANTILES.iter().filter_map(at).collect();
        let words: Vec<u64> = found.iter().map(|(_, word)| *word).collect();
        profile.quantiles = found.iter().map(|(q, _)| *q).zip(scalars(&words)).collect();
    }
    profile.intervals =
        tally.spread.intervals(bins).map(|(edges, counts)| Intervals { edges: scalars(&edges), counts });
    Ok(profile)
}

/// Counts in the sample as counts in all, without the values that are too rare there to tell.
pub(super) fn scaled(
    drawn: impl Iterator<Item = (u64, u64)>,
    drawn_count: u64,
    count: u64,
) -> Vec<(u64, u64)> {
    let all = |seen: u64| (u128::from(seen) * u128::from(count) / u128::from(drawn_count.max(1))) as u64;
    drawn.filter(|(_, seen)| *seen >= SEEN_IN_SAMPLE).map(|(word, seen)| (word, all(seen))).collect()
}

/// Leaves the most frequent, the most frequent first and the smaller word before the larger. Where every value occurs
/// once and there are more than are kept, none is frequent.
pub(super) fn most_frequent(counts: &mut Vec<(u64, u64)>) {
    let all_once = counts.len() > FREQUENT && counts.iter().all(|(_, count)| *count == 1);
    counts.sort_unstable_by_key(|(word, count)| (std::cmp::Reverse(*count), *word));
    counts.truncate(if all_once { 0 } else { FREQUENT });
}

/// The pass over one column.
struct Pass<'a> {
    source: &'a dyn ColumnSource,
    column: usize,
    order: Order,
    /// True when the spread alone counts each value.
    is_exact: bool,
    sample: Sample,
    are_many: AtomicBool,
}

impl Pass<'_> {
    fn add_zone(
        &self,
        zone: u64,
        tally: &mut Tally,
        scratches: &mut Scratches,
        words: &mut Vec<u64>,
        context: &Context,
    ) -> Result<ZoneTotal, Error> {
        let mut zone = Zone::new(self.source, context, self.source.zone_rows(zone), scratches);
        let view = zone.view(self.column)?;
        words.clear();
        push_words(&view, &[], words).map_err(|source| Error::Row {
            row: zone.rows_before(),
            span: None,
            source,
        })?;
        let counted = self.counted(&view, words);
        let counts = |row: usize| counted.as_ref().is_none_or(|counted| counted.get(row));
        if !self.is_exact || self.sample.is_all() {
            let first = zone.first_row();
            let rows = self.sample.rows(zone.rows()).map(|row| (row - first) as usize);
            tally.drawn.extend(rows.filter(|row| counts(*row)).map(|row| words[row]));
        }
        let total = self.total(&view, counted.as_ref(), words);
        if let Some(counted) = &counted {
            let mut to = 0;
            for row in counted.ones_iter() {
                words[to] = words[row];
                to += 1;
            }
            words.truncate(to);
        }
        tally.spread.add_all(words);
        if !self.is_exact && !self.sample.is_all() {
            tally.counts.add_all(words, |_| 0, &self.are_many);
        }
        Ok(total)
    }

    /// A one for each row that is neither NULL nor NaN; `None` means all.
    fn counted(&self, view: &View<'_>, words: &[u64]) -> Option<Bitmap> {
        let valid = view.validity.filter(|validity| !validity.all());
        let nan = float_word(f64::NAN);
        if self.order == Order::Float && words.contains(&nan) {
            let is_counted = |(row, word): (usize, &u64)| *word != nan && view.is_valid(row);
            return Some(words.iter().enumerate().map(is_counted).collect());
        }
        valid.cloned()
    }

    fn total(&self, view: &View<'_>, counted: Option<&Bitmap>, words: &[u64]) -> ZoneTotal {
        let mut lanes = Lanes::default();
        let moments = dispatch!(
            view.values,
            bool b => moments(b, counted),
            native v => {
                if self.order == Order::Float {
                    match counted {
                        None => lanes.add_all(v),
                        Some(counted) => lanes.add_selected(v, counted),
                    }
                }
                moments(v, counted)
            },
            vector v => Moments { count: v.len() as u64, ..Moments::default() },
        );
        // NULL slots hold zero.
        let integer_sum = match self.order {
            Order::Float => 0,
            Order::Signed => words.iter().map(|word| i128::from(word_signed(*word))).sum(),
            Order::Unsigned => words.iter().map(|word| i128::from(*word)).sum(),
        };
        ZoneTotal { moments, float_sum: lanes.finish(), integer_sum }
    }
}

/// Rows whose numbers are held at once at most: those of a zone.
pub(super) const PIECE_ROWS_AT_ONCE: usize = 65_536;

/// Some rows of a view as numbers; NULL is NaN.
pub(super) fn numbers_of(view: &View<'_>, data_type: DataType, rows: &[usize]) -> Vec<f64> {
    let unit = match data_type {
        DataType::Decimal { scale, .. } => 10f64.powi(i32::from(scale)),
        _ => 1.0,
    };
    let number = |row: usize| dispatch!(view.values, bool b => f64::from(b[row]), native v => v[row].to_f64() / unit, vector _v => f64::NAN);
    rows.iter().map(|row| if view.is_valid(*row) { number(*row) } else { f64::NAN }).collect()
}
