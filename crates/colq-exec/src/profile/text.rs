//! The figures of a text column: by code where a dictionary of moderate length has the values, else by the hash of each
//! text.

use super::column::{most_frequent, scaled};
use super::counts::{Counted, Counts};
use super::figures::{ColumnProfile, Distinct, Frequent, TextLengths};
use super::sample::Sample;
use super::{FREQUENT, PIECE_ZONES};
use crate::zone::{Scratches, Zone};
use crate::{Error, Pool};
use colq_column::{ColumnSource, Dictionary, Scratch};
use colq_context::Context;
use colq_types::{RowRange, Scalar};
use std::cmp::Reverse;
use std::sync::atomic::AtomicBool;
use std::sync::{Mutex, PoisonError};
use xxhash_rust::xxh3::xxh3_64;

/// Dictionary values up to which each code has a counter.
const CODES: usize = 1 << 20;

/// What one thread keeps of a column without a counter for each value.
#[derive(Default)]
struct Tally {
    counts: Counts,
    /// The hashes of the drawn rows, and the rows.
    drawn: Vec<(u64, u64)>,
    ends: Option<(Vec<u8>, Vec<u8>)>,
    lengths: Lengths,
}

/// Code points of texts.
#[derive(Debug, Clone, Copy)]
struct Lengths {
    shortest: u64,
    longest: u64,
    sum: u128,
    count: u64,
}

impl Default for Lengths {
    fn default() -> Lengths {
        Lengths { shortest: u64::MAX, longest: 0, sum: 0, count: 0 }
    }
}

impl Lengths {
    fn add(&mut self, text: &[u8], count: u64) {
        // Every byte but those that go on with a character begins one.
        let length = text.iter().filter(|byte| **byte & 0xc0 != 0x80).count() as u64;
        self.shortest = self.shortest.min(length);
        self.longest = self.longest.max(length);
        self.sum += u128::from(length) * u128::from(count);
        self.count += count;
    }

    fn merge(&mut self, other: &Lengths) {
        self.shortest = self.shortest.min(other.shortest);
        self.longest = self.longest.max(other.longest);
        self.sum += other.sum;
        self.count += other.count;
    }

    fn told(&self) -> Option<TextLengths> {
        let mean = self.sum as f64 / self.count as f64;
        (self.count > 0).then_some(TextLengths { shortest: self.shortest, longest: self.longest, mean })
    }
}

fn scalar(text: &[u8]) -> Scalar {
    Scalar::Text(String::from_utf8_lossy(text).into_owned())
}

/// Adds to a profile what is known of texts alone.
///
/// # Errors
/// The column cannot be read, the work was cancelled, or the memory limit is too small.
pub(super) fn complete(
    profile: &mut ColumnProfile,
    source: &dyn ColumnSource,
    column: usize,
    pool: &Pool,
    context: &Context,
) -> Result<(), Error> {
    let dictionary = source.dictionary(column)?.filter(|dictionary| dictionary.len() <= CODES);
    match dictionary {
        Some(dictionary) => by_code(profile, source, column, &dictionary, pool, context),
        None => by_hash(profile, source, column, pool, context),
    }
}

/// Does something with each zone, handing on what was kept of earlier ones, and gives all that was kept.
fn zone_by_zone<T: Send>(
    source: &dyn ColumnSource,
    pool: &Pool,
    context: &Context,
    new: impl Fn() -> T + Sync,
    add: impl Fn(&mut T, Zone<'_>) -> Result<(), Error> + Sync,
) -> Result<Vec<T>, Error> {
    let kept = Mutex::new(Vec::new());
    let pieces = source.zone_count().div_ceil(PIECE_ZONES) as usize;
    pool.in_order(context, pieces, Scratches::default, |scratches, piece| {
        let before = kept.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut tally = before.unwrap_or_else(&new);
        let first = piece as u64 * PIECE_ZONES;
        for zone in first..source.zone_count().min(first + PIECE_ZONES) {
            context.check()?;
            add(&mut tally, Zone::new(source, context, source.zone_rows(zone), scratches))?;
            context.advance(1);
        }
        kept.lock().unwrap_or_else(PoisonError::into_inner).push(tally);
        Ok(())
    })?;
    Ok(kept.into_inner().unwrap_or_else(PoisonError::into_inner))
}

fn by_code(
    profile: &mut ColumnProfile,
    source: &dyn ColumnSource,
    column: usize,
    dictionary: &Dictionary,
    pool: &Pool,
    context: &Context,
) -> Result<(), Error> {
    let _claim = context.claim(pool.thread_count() * dictionary.len() * 8)?;
    let tallies = zone_by_zone(
        source,
        pool,
        context,
        || vec![0u64; dictionary.len()],
        |counts, mut zone| {
            let view = zone.view(column)?;
            for row in 0..view.len() {
                if view.is_valid(row) {
                    let counter = view.values.code(row).and_then(|code| counts.get_mut(code as usize));
                    *counter.ok_or_else(|| Error::Internal("a text has no code".to_owned()))? += 1;
                }
            }
            Ok(())
        },
    )?;
    let mut counts = vec![0u64; dictionary.len()];
    for tally in tallies {
        counts.iter_mut().zip(tally).for_each(|(all, one)| *all += one);
    }
    let mut lengths = Lengths::default();
    let mut used: Vec<(&[u8], u64)> = dictionary.iter().zip(counts).filter(|(_, count)| *count > 0).collect();
    used.iter().for_each(|(text, count)| lengths.add(text, *count));
    profile.lengths = lengths.told();
    profile.distinct = Some(Distinct { count: used.len() as u64, is_exact: true });
    let ends = used.iter().map(|(text, _)| *text);
    profile.min = ends.clone().min().map_or(Scalar::Null, scalar);
    profile.max = ends.max().map_or(Scalar::Null, scalar);
    used.sort_unstable_by_key(|(text, count)| (Reverse(*count), *text));
    let all_once = used.len() > FREQUENT && used.first().is_some_and(|(_, count)| *count == 1);
    used.truncate(if all_once { 0 } else { FREQUENT });
    profile.frequent =
        used.into_iter().map(|(text, count)| Frequent { value: scalar(text), count }).collect();
    Ok(())
}

fn by_hash(
    profile: &mut ColumnProfile,
    source: &dyn ColumnSource,
    column: usize,
    pool: &Pool,
    context: &Context,
) -> Result<(), Error> {
    let _claim =
        context.claim(pool.thread_count() * (12 << 20).min(64 * 1024 + source.row_count() as usize * 40))?;
    let sample = Sample::of(source.row_count());
    let are_many = AtomicBool::new(false);
    let tallies = zone_by_zone(source, pool, context, Tally::default, |tally, mut zone| {
        let view = zone.view(column)?;
        let first = zone.first_row();
        let mut hashes = Vec::with_capacity(view.len());
        let mut rows = Vec::with_capacity(view.len());
        for row in (0..view.len()).filter(|row| view.is_valid(*row)) {
            let text = view.text(row);
            hashes.push(xxh3_64(text));
            rows.push(first + row as u64);
            tally.lengths.add(text, 1);
            match &mut tally.ends {
                None => tally.ends = Some((text.to_vec(), text.to_vec())),
                Some((min, _)) if text < min.as_slice() => *min = text.to_vec(),
                Some((_, max)) if text > max.as_slice() => *max = text.to_vec(),
                Some(_) => {}
            }
        }
        let drawn = sample
            .rows(zone.rows())
            .filter_map(|row| Some((*hashes.get(rows.binary_search(&row).ok()?)?, row)));
        tally.drawn.extend(drawn);
        tally.counts.add_all(&hashes, |at| rows[at], &are_many);
        Ok(())
    })?;
    let mut tallies = tallies.into_iter();
    let Some(mut tally) = tallies.next() else {
        profile.distinct = Some(Distinct { count: 0, is_exact: true });
        return Ok(());
    };
    for other in tallies {
        tally.counts.merge(other.counts);
        tally.drawn.extend(other.drawn);
        tally.lengths.merge(&other.lengths);
        tally.ends = match (tally.ends, other.ends) {
            (Some((a, b)), Some((c, d))) => Some((a.min(c), b.max(d))),
            (one, other) => one.or(other),
        };
    }
    // The lowest row of each hash comes first.
    tally.drawn.sort_unstable();
    profile.lengths = tally.lengths.told();
    if let Some((min, max)) = &tally.ends {
        (profile.min, profile.max) = (scalar(min), scalar(max));
    }
    let count = tally.lengths.count;
    let drawn = || tally.drawn.chunk_by(|a, b| a.0 == b.0);
    let distinct = match &tally.counts {
        Counts::Many(_) if sample.is_all() => (drawn().count() as u64, true),
        counts => counts.distinct(),
    };
    profile.distinct = Some(Distinct { count: distinct.0.min(count), is_exact: distinct.1 });
    profile.is_sampled = !distinct.1;
    // Rows stand for the texts that they hold.
    let mut frequent: Vec<(u64, u64)> = match &tally.counts {
        Counts::Few(table) => table.counted().map(|Counted { row, count, .. }| (row, count)).collect(),
        Counts::Many(_) if sample.is_all() => drawn().map(|run| (run[0].1, run.len() as u64)).collect(),
        Counts::Many(_) => {
            scaled(drawn().map(|run| (run[0].1, run.len() as u64)), tally.drawn.len() as u64, count)
        }
    };
    most_frequent(&mut frequent);
    for (row, count) in frequent {
        let mut scratch = Scratch::default();
        let value = source.read(column, RowRange::new(row, row + 1), &mut scratch)?.scalar(0);
        profile.frequent.push(Frequent { value, count });
    }
    Ok(())
}
