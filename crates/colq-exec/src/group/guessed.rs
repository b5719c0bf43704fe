//! Float keys that seem to be whole numbers of parts, as prices in cents are: what a look at some rows says is taken for true,
//! and the number of parts is a place in an array. Each row is held against it, and where one is none of these numbers, the
//! groups are made once more without the guess.

use super::direct::direct_keys;
use super::{Grouping, key_space, stepped_spaces};
use crate::Error;
use crate::blocks::Shape;
use crate::bounds::float_ends;
use crate::pipeline::{Foresight, Run};
use crate::text::Argument;
use crate::zone::Scratches;
use colq_column::{Values, View};
use colq_context::Context;
use colq_kernels::{Error as KernelError, KeyLayout, MOST_WHOLE, is_part, nearest_part};
use colq_types::DataType;

/// Into how many parts one may be divided: people write down tenths, cents and so on.
const PARTS: [u32; 5] = [1, 10, 100, 1_000, 10_000];

/// Places that are looked at, each in a zone of its own.
const SAMPLED_PLACES: usize = 8;

/// Rows that are looked at in each.
const SAMPLED_ROWS: usize = 1_024;

/// Fewer rows are grouped before a guess would pay.
const FEWEST_ROWS: u64 = 1 << 15;

/// Rows for each place of an array that is made by a guess: most prices between the lowest and the highest may be nobody's.
const ROWS_A_PLACE: u64 = 16;

/// Where nothing says between which ends values are, they are not further beyond those of the sample than these are apart,
/// and so many parts more.
const NEAR: i128 = 8;

impl Grouping<'_> {
    /// Makes keys places in an array, where that can be done if float keys are what they seem to be.
    pub(super) fn guess_places(&mut self, run: Run<'_>) -> Result<(), Error> {
        let source = &*self.pipeline.source;
        let is_open = |key: &Argument| matches!(key.data_type, DataType::F32 | DataType::F64);
        let rows = source.row_count();
        if self.places.is_some() || rows < FEWEST_ROWS || !self.keys.iter().any(is_open) {
            return Ok(());
        }
        #[cfg(test)]
        if super::forced::partitioning(self.layout.word_count(), self.layout.packed_keys()).is_some() {
            return Ok(());
        }
        let (stepped, mut found) = stepped_spaces(&self.keys, source)?;
        // Before any row is looked at: the other keys have to be few by themselves.
        let others = self.keys.iter().zip(&found).filter(|(key, _)| !is_open(key));
        let others: Vec<_> = others.map(|(_, space)| space.clone()).collect();
        if direct_keys(&KeyLayout::new(&others), &self.calls, rows).is_none() {
            return Ok(());
        }
        for (index, space) in found.iter_mut().enumerate() {
            let key = &self.keys[index];
            if !is_open(key) || space.range.is_some() {
                continue;
            }
            let Some((parts, low, high)) = self.seeming_parts(index, run)? else { return Ok(()) };
            *space = key_space(key, source)?;
            (space.parts, space.range) = (parts, Some((low, high)));
        }
        let layout = KeyLayout::new(&found);
        let Some(places) = direct_keys(&layout, &self.calls, rows) else { return Ok(()) };
        if places as u64 > (rows / ROWS_A_PLACE).max(1) {
            return Ok(());
        }
        run.note(|| "groups: float keys are taken for whole numbers of parts".to_owned());
        for (key, operand) in self.keys.iter_mut().zip(stepped) {
            if let Some(operand) = operand {
                *key = Argument::of_numbers(operand, key.data_type);
            }
        }
        (self.layout, self.places, self.is_guessed) = (layout, Some(places), true);
        Ok(())
    }

    /// The parts of which a key seems to have whole numbers, and between which numbers it is.
    fn seeming_parts(&self, index: usize, run: Run<'_>) -> Result<Option<(u32, i128, i128)>, Error> {
        let key = &self.keys[index];
        let single = key.data_type == DataType::F32;
        let ends = float_ends(&key.value, &*self.pipeline.source)?;
        // An error of some row is told when its turn comes.
        let Ok(values) = self.sampled(key, run) else { return Ok(None) };
        let fits = |parts: &u32| values.iter().all(|value| is_part(*value, single, *parts));
        let Some(parts) = PARTS.into_iter().find(fits) else { return Ok(None) };
        let number = |value: f64| nearest_part(value, parts) as i128;
        let (low, high, beyond) = match ends {
            Some((low, high)) => (number(low), number(high), 0),
            None => {
                let low = values.iter().map(|value| number(*value)).min();
                let high = values.iter().map(|value| number(*value)).max();
                let Some((low, high)) = low.zip(high) else { return Ok(None) };
                (low, high, high.saturating_sub(low).saturating_add(NEAR))
            }
        };
        let (low, high) = (low.saturating_sub(beyond), high.saturating_add(beyond));
        // Infinities are beyond.
        let is_whole = -MOST_WHOLE <= low && high <= MOST_WHOLE;
        Ok(is_whole.then_some((parts, low, high)))
    }

    /// Some values of a float key in rows that pass, without NULLs.
    fn sampled(&self, key: &Argument, run: Run<'_>) -> Result<Vec<f64>, Error> {
        // What is only looked at is not counted as read.
        let context = Context::new();
        let run = Run { pool: run.pool, context: &context, recorder: None };
        let schema = self.pipeline.source.schema();
        let mut shape = Shape::default();
        shape.see(&key.value, schema);
        if let Some(filter) = self.pipeline.filter() {
            shape.see_predicate(filter, schema);
        }
        let zones = self.pipeline.zone_count();
        let (mut scratches, mut values) = (Scratches::default(), Vec::new());
        for number in (0..zones).step_by((zones / SAMPLED_PLACES).max(1)) {
            let foresight = self.pipeline.foresee(number, run)?;
            if foresight == Foresight::Pruned {
                continue;
            }
            let mut zone = self.pipeline.zone(number, &mut scratches, run);
            if shape.can_go_by_blocks() {
                zone.divide();
                zone.go_to(0);
            }
            let selection = self.pipeline.select_uncounted(foresight, &mut zone)?;
            let row_count = zone.row_count();
            let evaluated = key.evaluate(&mut zone, &selection.to_bitmap(row_count))?;
            let view = evaluated.as_view()?;
            match selection.positions() {
                Some(rows) => {
                    rows.iter().take(SAMPLED_ROWS).for_each(|row| push(&view, *row as usize, &mut values))
                }
                None => (0..row_count.min(SAMPLED_ROWS)).for_each(|row| push(&view, row, &mut values)),
            }
        }
        Ok(values)
    }
}

/// Adds the value of a row, where it is not NULL.
fn push(view: &View<'_>, row: usize, values: &mut Vec<f64>) {
    if !view.is_valid(row) {
        return;
    }
    match view.values {
        Values::F64(v) => values.extend(v.get(row)),
        Values::F32(v) => values.extend(v.get(row).map(|value| f64::from(*value))),
        _ => {}
    }
}

/// True where a guess did not hold.
pub(super) fn is_refuted<T>(done: &Result<T, Error>) -> bool {
    matches!(done, Err(Error::Row { source: KernelError::PastKnownRange { .. }, .. }))
}
