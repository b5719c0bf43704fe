//! Quantiles without groups in one pass over the rows: a sample says between which two words each of them is likely to
//! stand, and the pass counts the words on both sides and keeps those between.
//!
//! What it does not find, because the sample was wrong or memory is short, is left to be found by counting digits. So the
//! answer depends on no sample.

use super::{Values, ends_of, sampled_places};
use crate::Error;
use crate::calls::place_of;
use crate::pipeline::{Foresight, Pipeline, Run, Selection};
use crate::zone::Scratches;
use colq_context::MemoryClaim;
use colq_kernels::{Bracket, BracketSums, Part, Place, Search, count_around, native_words};
use colq_plan::AggregateCall;
use colq_types::{DataType, STRIPE_ZONES};
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Tables of fewer rows are counted sooner than sampled; of more, more words would be kept than may be.
const ROWS: Range<u64> = 1 << 20..1 << 27;

/// Rows that the sample is to have: the words to keep are one part of 64 then.
const SAMPLED_ROWS: u64 = 1 << 16;

/// Of so many rows one is sampled, at the least and at the most: more would cost as much as reading all, and of fewer the
/// words to keep would be too many.
const SAMPLED_OF: [u64; 2] = [128, 512];

/// Words that are kept at most; 16 MiB.
const MOST_KEPT: usize = 1 << 21;

/// Each row is compared with all brackets, so for more of them it is counted by its digits.
const MOST_BRACKETS: usize = 8;

/// Rows of a table for which it is remembered which of them passed the filter; 8 MiB of bits.
const MOST_REMEMBERED: u64 = 1 << 26;

/// A quantile of one column.
struct Target {
    /// The number of the values.
    values: usize,
    column: usize,
    data_type: DataType,
    place: Place,
    bracket: Bracket,
}

/// Which rows of a zone passed, where that is remembered.
type Remembered = Vec<Option<Selection>>;

/// What a stripe adds: counts and the words that are kept for each target.
struct Added {
    around: Vec<(BracketSums, Vec<u64>)>,
    _claim: MemoryClaim,
}

/// Finds what it can of the quantiles of columns, and closes the values of which nothing is left to find.
pub(super) fn find(
    pipeline: &Pipeline,
    all: &mut [Values],
    wanted: &[(usize, &AggregateCall)],
    run: Run<'_>,
) -> Result<(), Error> {
    let mut targets: Vec<Target> = Vec::new();
    for (values, aggregate) in wanted {
        let Some(((column, data_type), place)) = all[*values].native.zip(place_of(aggregate)) else {
            continue;
        };
        if !targets.iter().any(|target| (target.values, target.place) == (*values, place)) {
            targets.push(Target { values: *values, column, data_type, place, bracket: Bracket::WHOLE });
        }
    }
    let rows = pipeline.source.row_count();
    if !ROWS.contains(&rows) || targets.is_empty() || targets.len() > MOST_BRACKETS {
        return Ok(());
    }
    let remembers = pipeline.filter().is_some() && rows <= MOST_REMEMBERED;
    let of = (rows / SAMPLED_ROWS).clamp(SAMPLED_OF[0], SAMPLED_OF[1]);
    let remembered_bytes = if remembers { rows.div_ceil(8) } else { 0 };
    let bytes = remembered_bytes + rows.div_ceil(of) * size_of::<u64>() as u64 * targets.len() as u64;
    let Ok(_claim) = run.context.claim(bytes as usize) else { return Ok(()) };
    let remembered = likely_brackets(pipeline, &mut targets, (of as usize, remembers), run)?;
    let Some(stripes) = count(pipeline, &targets, &remembered, run)? else { return Ok(()) };
    let kept = stripes.iter().flat_map(|stripe| &stripe.around).map(|(_, kept)| kept.len()).sum::<usize>();
    let Ok(_claim) = run.context.claim(kept * size_of::<u64>()) else { return Ok(()) };
    let searches = run.pool.in_order(run.context, targets.len(), Vec::new, |kept, number| {
        let mut sums = BracketSums::default();
        kept.clear();
        for (own, words) in stripes.iter().filter_map(|stripe| stripe.around.get(number)) {
            sums.merge(own);
            kept.extend_from_slice(words);
        }
        let target = &targets[number];
        Ok(sums.search(target.place, target.bracket, kept))
    })?;
    for (target, search) in targets.iter().zip(&searches) {
        let answers = &mut all[target.values].answers;
        match search {
            Search::Nothing => answers.push((target.place, None)),
            Search::Found(found) => answers.push((target.place, Some(*found))),
            Search::Open(_) => {}
        }
    }
    for (number, values) in all.iter_mut().enumerate() {
        let own = targets.iter().filter(|target| target.values == number).count();
        if own > 0 && values.answers.len() == own {
            values.open.clear();
        }
    }
    Ok(())
}

/// Sets the brackets by a sample, one of so many rows, and says which rows passed where that `remembers`.
fn likely_brackets(
    pipeline: &Pipeline,
    targets: &mut [Target],
    (of, remembers): (usize, bool),
    run: Run<'_>,
) -> Result<Remembered, Error> {
    let own = &*targets;
    let sampled = over_stripes(pipeline, run, |scratches, zones| {
        let mut samples: Vec<Vec<u64>> = vec![Vec::new(); own.len()];
        let mut remembered = Remembered::new();
        for number in zones {
            let foresight = pipeline.foresee(number, run)?;
            if foresight == Foresight::Pruned {
                remembered.push(None);
                continue;
            }
            let mut zone = pipeline.zone(number, scratches, run);
            let remembers = remembers && foresight == Foresight::Open;
            // What is selected once is counted once.
            let selection = match remembers {
                true => pipeline.select(foresight, &mut zone, run)?,
                false => pipeline.select_uncounted(foresight, &mut zone)?,
            };
            if !matches!(selection, Selection::None) {
                for (target, sample) in own.iter().zip(&mut samples) {
                    let view = zone.view(target.column)?;
                    let counting = selection.counting(view.validity);
                    let places = sampled_places(zone.row_count(), of);
                    let counts = |row: &usize| counting.as_ref().is_none_or(|counting| counting.get(*row));
                    let positions: Vec<u32> = places.filter(counts).map(|row| row as u32).collect();
                    let start = sample.len();
                    sample.resize(start + positions.len(), 0);
                    native_words(&view, Part::At(&positions), &mut sample[start..]).map_err(internal)?;
                }
            }
            remembered.push(remembers.then_some(selection));
        }
        Ok((samples, remembered))
    })?;
    let brackets = run.pool.in_order(run.context, own.len(), Vec::new, |sample, number| {
        sample.clear();
        sampled.iter().filter_map(|(own, _)| own.get(number)).for_each(|own| sample.extend_from_slice(own));
        Ok(Bracket::likely(own[number].place, sample))
    })?;
    targets.iter_mut().zip(brackets).for_each(|(target, bracket)| target.bracket = bracket);
    Ok(sampled.into_iter().flat_map(|(_, remembered)| remembered).collect())
}

/// Counts all rows around the brackets; `None` where too many words would have to be kept.
fn count(
    pipeline: &Pipeline,
    targets: &[Target],
    remembered: &Remembered,
    run: Run<'_>,
) -> Result<Option<Vec<Added>>, Error> {
    let kept = AtomicUsize::new(0);
    let stripes = over_stripes(pipeline, run, |scratches, zones| {
        let mut around = vec![(BracketSums::default(), Vec::new()); targets.len()];
        let mut claim = run.context.claim(0)?;
        let mut known = 0;
        for zone in zones {
            if kept.load(Ordering::Relaxed) > MOST_KEPT {
                return Ok(None);
            }
            count_zone(pipeline, targets, (zone, remembered), (scratches, &mut around), run)?;
            let len = around.iter().map(|(_, kept)| kept.len()).sum::<usize>();
            kept.fetch_add(len - known, Ordering::Relaxed);
            known = len;
            let held = around.iter().map(|(_, kept)| kept.capacity()).sum::<usize>() * size_of::<u64>();
            if claim.resize(held).is_err() {
                kept.store(usize::MAX / 2, Ordering::Relaxed);
                return Ok(None);
            }
        }
        Ok(Some(Added { around, _claim: claim }))
    })?;
    Ok(stripes.into_iter().collect())
}

/// What one zone adds to the counts around each bracket.
fn count_zone(
    pipeline: &Pipeline,
    targets: &[Target],
    (number, remembered): (usize, &Remembered),
    (scratches, around): (&mut Scratches, &mut [(BracketSums, Vec<u64>)]),
    run: Run<'_>,
) -> Result<(), Error> {
    let foresight = pipeline.foresee(number, run)?;
    if foresight == Foresight::Pruned {
        return Ok(());
    }
    let mut open = Vec::new();
    for (target, around) in targets.iter().zip(around) {
        let ends = ends_of(pipeline, Some((target.column, target.data_type)), number as u64)?;
        if ends.as_ref().is_some_and(|ends| ends.is_empty()) {
            continue;
        }
        // Words that are all on one side need not be read, only how many there are.
        let missed = ends.filter(|ends| target.bracket.misses(*ends.start(), *ends.end()));
        let summary = match (&missed, foresight) {
            (Some(_), Foresight::Whole) => pipeline.source.zone_summary(target.column, number as u64)?,
            _ => None,
        };
        match (missed, summary) {
            (Some(ends), Some(summary)) => {
                let count = summary.row_count - summary.null_count;
                around.0.add_missed(target.bracket, *ends.start(), count);
            }
            (missed, _) => open.push((target, missed, around)),
        }
    }
    if open.is_empty() {
        return Ok(());
    }
    let mut zone = pipeline.zone(number, scratches, run);
    let own;
    let selection = match remembered.get(number) {
        Some(Some(selection)) => selection,
        _ => {
            own = pipeline.select(foresight, &mut zone, run)?;
            &own
        }
    };
    if matches!(selection, Selection::None) {
        return Ok(());
    }
    for (target, missed, (sums, kept)) in open {
        let view = zone.view(target.column)?;
        let counting = selection.counting(view.validity);
        match missed {
            Some(ends) => {
                let count = counting.map_or(zone.row_count(), |counting| counting.count_ones());
                sums.add_missed(target.bracket, *ends.start(), count as u64);
            }
            None => count_around(&view, counting.as_deref(), target.bracket, sums, kept).map_err(internal)?,
        }
    }
    Ok(())
}

/// Works on the zones of each stripe.
fn over_stripes<R: Send>(
    pipeline: &Pipeline,
    run: Run<'_>,
    work: impl Fn(&mut Scratches, Range<usize>) -> Result<R, Error> + Sync,
) -> Result<Vec<R>, Error> {
    let zone_count = pipeline.zone_count();
    let stripe = STRIPE_ZONES as usize;
    run.pool.in_order(run.context, zone_count.div_ceil(stripe), Scratches::default, |scratches, number| {
        work(scratches, number * stripe..((number + 1) * stripe).min(zone_count))
    })
}

fn internal(error: colq_kernels::Error) -> Error {
    Error::Internal(error.to_string())
}
