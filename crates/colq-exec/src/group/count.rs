//! How many distinct values a column has: by a bit for each value where their range is small, else by groups of which
//! nothing is kept but their number.

use super::{Grouping, Way, key_space};
use crate::Error;
use crate::calls::Call;
use crate::pipeline::{Foresight, Pipeline, Run, Selection};
use crate::predicate::Predicate;
use crate::zone::Scratches;
use colq_column::{Bounds, Column};
use colq_context::Counter;
use colq_kernels::{Accumulator, Error as KernelError, KeySpace, are_marked, mark_values};
use colq_plan::Typed;
use std::sync::{Mutex, PoisonError};

/// Bits that may stand for each row: beyond that most of them would be gone through in vain.
const BITS_A_ROW: i128 = 32;

/// Bits that are always worth it, however few rows there are.
const FEW_BITS: i128 = 1 << 16;

/// Bits that are looked at before a zone is, whether all are set already: much less work than the zone's rows.
const MOST_ASKED: usize = 1 << 18;

/// A bit for each value of a range.
pub(crate) type Marks = Vec<u64>;

/// How many distinct values an expression has, NULL left out.
pub(crate) fn distinct_count(pipeline: &Pipeline, key: &Typed, run: Run<'_>) -> Result<u64, Error> {
    let grouping = Grouping::new(pipeline, std::slice::from_ref(key), Vec::new(), false, run)?;
    let Some(argument) = grouping.keys.first() else { return Ok(0) };
    let space = key_space(argument, &*pipeline.source)?;
    if let Some((low, bits)) = bits_of(&space, pipeline, run) {
        run.note(|| format!("distinct values: a bit for each of {bits}"));
        return grouping.count_by_bits(low, bits, run);
    }
    match grouping.way_of(run, false) {
        Way::Partitioned(partitioning, groups) => {
            return match grouping.bounded_unique(groups, run)? {
                Some(unique) => Ok(unique.keys - u64::from(unique.has_null)),
                None => grouping.count_partitioned(&partitioning, groups, run),
            };
        }
        Way::Spilled(groups) => {
            return match grouping.fitting_unique(groups, run)? {
                Some(unique) => Ok(unique.keys - u64::from(unique.has_null)),
                None => grouping.count_spilled(run),
            };
        }
        Way::Runs => return grouping.count_runs(run),
        Way::Direct(_) | Way::Striped | Way::Lone(_) => {}
    }
    let (columns, _, _) = match grouping.run_striped(run) {
        Err(Error::OverBudget(_)) => return grouping.count_spilled(run),
        other => other?,
    };
    Ok(columns.first().map_or(0, |keys| (keys.len() - keys.view().null_count()) as u64))
}

/// A bit for each code of a text column with a dictionary, set where a row has it; `None` where there is no room for them.
pub(crate) fn occurring(pipeline: &Pipeline, key: &Typed, run: Run<'_>) -> Result<Option<Marks>, Error> {
    let grouping = Grouping::new(pipeline, std::slice::from_ref(key), Vec::new(), false, run)?;
    let Some(argument) = grouping.keys.first() else { return Ok(None) };
    let space = key_space(argument, &*pipeline.source)?;
    match bits_of(&space, pipeline, run) {
        Some((0, bits)) => grouping.marks(0, bits, run).map(Some),
        _ => Ok(None),
    }
}

/// How many groups there are, those of NULL among them.
pub(crate) fn group_count(pipeline: &Pipeline, keys: &[Typed], run: Run<'_>) -> Result<u64, Error> {
    let mut grouping = Grouping::new(pipeline, keys, Vec::new(), true, run)?;
    grouping.guess_places(run)?;
    let way = grouping.way_of(run, false);
    let unique = match way {
        Way::Partitioned(_, groups) => grouping.bounded_unique(groups, run)?,
        Way::Spilled(groups) => grouping.fitting_unique(groups, run)?,
        _ => None,
    };
    if let Some(unique) = unique {
        return Ok(unique.keys);
    }
    grouping.kept = Some(vec![false; keys.len()]);
    let mut count = 0;
    let (_, whole) = grouping.run_by(way, keys, &no_answers, run, &mut |piece| {
        count += piece.first_rows.len() as u64;
        Ok(())
    })?;
    Ok(whole.map_or(count, |(_, _, first_rows)| first_rows.len() as u64))
}

/// Keys that are counted have no answers.
pub(super) fn no_answers(_: usize, _: &Call, _: &mut Accumulator) -> Result<Column, Error> {
    Err(Error::Internal("keys that are counted have no answers".into()))
}

/// The smallest value and how many bits stand for all, where they are few enough.
fn bits_of(space: &KeySpace, pipeline: &Pipeline, run: Run<'_>) -> Option<(i128, usize)> {
    let (low, high) = space.range?;
    let bits = high - low + 1;
    let rows = i128::from(pipeline.source.row_count());
    let few = bits <= FEW_BITS.max(rows * BITS_A_ROW);
    // Each thread has its own, and they leave some memory for others.
    let owned = bits / 8 * run.pool.thread_count() as i128;
    let fits = run.context.memory_left().is_none_or(|left| owned < i128::from(left / 2));
    (few && fits).then(|| usize::try_from(bits).ok().map(|bits| (low, bits))).flatten()
}

impl Grouping<'_> {
    fn count_by_bits(&self, low: i128, bits: usize, run: Run<'_>) -> Result<u64, Error> {
        let marks = self.marks(low, bits, run)?;
        Ok(marks.iter().map(|word| u64::from(word.count_ones())).sum())
    }

    /// A bit for each value, set where a row has it.
    fn marks(&self, low: i128, bits: usize, run: Run<'_>) -> Result<Marks, Error> {
        let words = bits.div_ceil(64);
        let _claim = run.context.claim(words * 8 * run.pool.thread_count())?;
        // As many as there are threads at work: each takes one, or makes it, and puts it back.
        let free: Mutex<Vec<Marks>> = Mutex::new(Vec::new());
        run.pool.in_order(
            run.context,
            self.pipeline.zone_count(),
            Scratches::default,
            |scratches, number| {
                let taken = free.lock().unwrap_or_else(PoisonError::into_inner).pop();
                let mut marks = taken.unwrap_or_else(|| vec![0; words]);
                let marked = self.mark_zone(number, scratches, (low, bits), &mut marks, run);
                free.lock().unwrap_or_else(PoisonError::into_inner).push(marks);
                marked
            },
        )?;
        let mut all = free.into_inner().unwrap_or_else(PoisonError::into_inner);
        let mut union = all.pop().unwrap_or_default();
        for marks in &all {
            union.iter_mut().zip(marks).for_each(|(word, more)| *word |= more);
        }
        Ok(union)
    }

    fn mark_zone(
        &self,
        number: usize,
        scratches: &mut Scratches,
        (low, bits): (i128, usize),
        marks: &mut [u64],
        run: Run<'_>,
    ) -> Result<(), Error> {
        let foresight = self.pipeline.foresee(number, run)?;
        if foresight == Foresight::Pruned {
            return Ok(());
        }
        if self.is_known(number, (low, bits), marks)? {
            run.context.count(Counter::ZonesAnswered, 1);
            return Ok(());
        }
        let mut zone = self.pipeline.zone(number, scratches, run);
        let selection = self.pipeline.select(foresight, &mut zone, run)?;
        if matches!(selection, Selection::None) {
            return Ok(());
        }
        let active = selection.to_bitmap(zone.row_count());
        let positions = selection.positions();
        for key in &self.keys {
            let evaluated = key.evaluate(&mut zone, &active)?;
            if !mark_values(&evaluated.as_view()?, positions.as_deref(), low as u64, marks) {
                let source = KernelError::PastKnownRange { data_type: key.data_type };
                return Err(Error::Row { row: zone.first_row(), span: None, source });
            }
        }
        Ok(())
    }

    /// True when all values that a zone can hold are marked, and none of its rows can be an error.
    fn is_known(&self, number: usize, (low, bits): (i128, usize), marks: &[u64]) -> Result<bool, Error> {
        let may_fail = self.pipeline.filter().is_some_and(Predicate::may_fail)
            || self.keys.iter().any(|key| key.value.may_fail());
        if may_fail {
            return Ok(false);
        }
        for key in &self.keys {
            let summary = match (key.value.as_column(), &key.dictionary) {
                (Some(column), None) => self.pipeline.source.zone_summary(column, number as u64)?,
                _ => None,
            };
            let known = match summary.and_then(|summary| summary.bounds) {
                Some(Bounds::Signed { min, max }) => i128::from(min) - low..i128::from(max) - low + 1,
                Some(Bounds::Unsigned { min, max }) => i128::from(min) - low..i128::from(max) - low + 1,
                _ => 0..bits as i128,
            };
            let known = known.start.max(0) as usize..known.end.max(0) as usize;
            if known.len() > MOST_ASKED || !are_marked(marks, known) {
                return Ok(false);
            }
        }
        Ok(true)
    }
}
