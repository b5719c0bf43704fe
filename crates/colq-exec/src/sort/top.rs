//! The first few rows by an order. Zones are looked at in the order of the best that their summaries promise; of each
//! only the rows whose first word is not above the worst of the best rows so far are looked at more closely, and only for
//! the rows that win in the end the other columns are read.
//!
//! **Invariant: a row is dropped only when as many rows as are wanted come before it.** So the answer does not depend on
//! which thread looked at which zone when.

use super::keys::{Keys, Limit};
use super::texts::gather_texts;
use crate::Error;
use crate::blocks::Shape;
use crate::collect::concatenate;
use crate::evaluate::{bytes_of, value};
use crate::pipeline::{Foresight, Pipeline, Run, Selection};
use crate::predicate::{Predicate, Value};
use crate::zone::Scratches;
use colq_column::{Batch, Bitmap, Column, View};
use colq_context::Counter;
use colq_kernels::{SortPart, SortTexts, gather, positions, positions_up_to};
use colq_types::{Schema, ZONE_ROWS};
use std::sync::{Arc, Mutex, PoisonError};

/// A row that may be among the first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Candidate {
    first_word: u64,
    behind: Vec<SortPart>,
    row: u64,
}

/// Rows beyond those wanted that are kept before the worst of them are dropped, so that few rows are moved often.
const SPARE_CANDIDATES: usize = 16;

/// The best rows so far.
struct Best {
    wanted: usize,
    rows: Vec<Candidate>,
    /// The worst of them, as soon as there are as many as are wanted.
    worst: Option<Candidate>,
}

impl Best {
    fn keep(&mut self, rows: Vec<Candidate>) {
        self.rows.extend(rows);
        let is_much = self.rows.len() >= self.wanted.saturating_add(self.wanted.max(SPARE_CANDIDATES));
        if is_much || self.worst.is_none() && self.rows.len() >= self.wanted {
            self.worst = first_of(&mut self.rows, self.wanted);
        }
    }
}

/// Keeps the first `count` of some rows, in any order, and gives the last of them; `None` where there are fewer.
fn first_of(rows: &mut Vec<Candidate>, count: usize) -> Option<Candidate> {
    let last = count.checked_sub(1).filter(|last| *last < rows.len())?;
    rows.select_nth_unstable(last);
    rows.truncate(count);
    rows.get(last).cloned()
}

/// Looks for the first rows of a pipeline.
struct Search<'a> {
    pipeline: &'a Pipeline,
    values: &'a [Value],
    keys: &'a Keys,
    run: Run<'a>,
    /// An expression or the filter can fail: every row is looked at, in order.
    may_fail: bool,
    /// The filter costs less than the words of a key do, so it is asked first.
    filters_first: bool,
    wanted: usize,
    best: Mutex<Best>,
}

/// The memory of a thread.
#[derive(Default)]
struct Worker {
    scratches: Scratches,
    words: Vec<Vec<u64>>,
    positions: Vec<u32>,
    sorted: Vec<u64>,
}

/// Of so many rows one passes a filter, or fewer do, where the keys are made of those rows alone.
const FEW_ROWS: usize = 8;

/// True for a filter that compares columns of numbers and computes nothing.
fn compares(filter: &Predicate, pipeline: &Pipeline) -> bool {
    let mut shape = Shape::default();
    shape.see_predicate(filter, pipeline.source.schema());
    shape.can_go_by_blocks() && !shape.goes_by_blocks()
}

/// The places of rows whose first word is at most `limit` and not above those of `wanted` others. Where the first word is
/// `all` there is to the order, of rows that tie only the first ones are given, as many as are wanted.
fn promising(first: &[u64], limit: u64, wanted: usize, all: bool, sorted: &mut Vec<u64>) -> Vec<u32> {
    let mut limit = limit;
    if let Some(last) = wanted.checked_sub(1).filter(|last| *last < first.len()) {
        sorted.clear();
        sorted.extend_from_slice(first);
        limit = limit.min(*sorted.select_nth_unstable(last).1);
    }
    let mut places = Vec::new();
    positions_up_to(first, limit, &mut places);
    if all && places.len() > wanted {
        let is_tie = |place: &u32| first.get(*place as usize) == Some(&limit);
        let ties = places.iter().filter(|place| is_tie(place)).count();
        let mut left = wanted.saturating_sub(places.len() - ties);
        places.retain(|place| {
            let is_tie = is_tie(place);
            let is_kept = !is_tie || left > 0;
            left -= usize::from(is_tie && is_kept);
            is_kept
        });
    }
    places
}

/// The first `wanted` rows in the order of the keys.
pub(super) fn top(
    pipeline: &Pipeline,
    values: &[Value],
    keys: &Keys,
    schema: &Arc<Schema>,
    wanted: usize,
    run: Run<'_>,
) -> Result<Batch, Error> {
    let may_fail = values.iter().any(Value::may_fail) || pipeline.filter().is_some_and(Predicate::may_fail);
    let filters_first = keys.looks_up() && pipeline.filter().is_some_and(|filter| compares(filter, pipeline));
    let best = Mutex::new(Best { wanted, rows: Vec::new(), worst: None });
    let search = Search { pipeline, values, keys, run, may_fail, filters_first, wanted, best };
    let mut zones = Vec::with_capacity(pipeline.zone_count());
    for zone in 0..pipeline.zone_count() {
        let lowest = if may_fail { 0 } else { keys.lowest_word(&*pipeline.source, zone as u64)? };
        zones.push((lowest, zone));
    }
    zones.sort_unstable();
    run.note(|| format!("order: top {wanted}, zone by zone, the rest never sorted"));
    run.pool.in_order(run.context, zones.len(), Worker::default, |worker, i| {
        let (lowest, zone) = zones[i];
        search.look(zone, lowest, worker)
    })?;
    let mut rows = search.best.into_inner().unwrap_or_else(PoisonError::into_inner).rows;
    rows.sort_unstable();
    rows.truncate(wanted);
    let rows: Vec<u64> = rows.into_iter().map(|row| row.row).collect();
    let _claim = run.context.claim(rows.len() * size_of::<Candidate>())?;
    columns_of_rows(pipeline, values, schema, &rows, run)
}

impl Search<'_> {
    /// The worst of the best rows so far.
    fn worst(&self) -> Option<Candidate> {
        self.best.lock().unwrap_or_else(PoisonError::into_inner).worst.clone()
    }

    /// Looks at a zone of which no row has a first word below `lowest`.
    fn look(&self, number: usize, lowest: u64, worker: &mut Worker) -> Result<(), Error> {
        let run = self.run;
        let worst = self.worst();
        // Of rows that tie to the end, those behind the worst are none of the first.
        let layout = &self.keys.layout;
        let first_row = self.pipeline.source.zone_rows(number as u64).start;
        let is_behind = |worst: &Candidate| first_row > worst.row;
        let ties_count = layout.is_complete() && layout.word_count() <= 1;
        let is_late = |worst: &Candidate| {
            lowest > worst.first_word || lowest == worst.first_word && ties_count && is_behind(worst)
        };
        if !self.may_fail && worst.as_ref().is_some_and(is_late) {
            run.context.count(Counter::ZonesPruned, 1);
            return Ok(());
        }
        let foresight = self.pipeline.foresee(number, run)?;
        if foresight == Foresight::Pruned {
            return Ok(());
        }
        let mut zone = self.pipeline.zone(number, &mut worker.scratches, run);
        let row_count = zone.row_count();
        let mut selected = None;
        if self.may_fail || self.filters_first || worst.is_none() {
            selected = Some(self.pipeline.select(foresight, &mut zone, run)?);
        }
        let mut active = match &selected {
            Some(Selection::None) => return Ok(()),
            Some(selection) => selection.to_bitmap(row_count),
            None => Bitmap::ones(row_count),
        };
        if self.may_fail {
            for expr in self.values.iter().filter(|expr| expr.may_fail()) {
                value(&mut zone, expr, &active)?;
            }
        }
        let few = row_count / FEW_ROWS;
        match &worst {
            Some(worst) if selected.is_none() || active.count_ones() > few => {
                let text = layout.first_text(worst.first_word, &worst.behind).map(Box::from);
                let strictly = is_behind(worst) && (ties_count || text.is_some() && self.keys.len() == 1);
                let limit = Limit { first_word: worst.first_word, text, strictly };
                self.keys.rows_up_to(&mut zone, &active, &limit, &mut worker.positions)?;
                if worker.positions.is_empty() {
                    if selected.is_none() {
                        run.context.count(Counter::ZonesRead, 1);
                    }
                    return Ok(());
                }
                if selected.is_none() {
                    match self.pipeline.select(foresight, &mut zone, run)? {
                        Selection::None => return Ok(()),
                        Selection::All => {}
                        Selection::Some(bits) => active = bits,
                    }
                }
                worker.positions.retain(|position| active.get(*position as usize));
            }
            _ => positions(&active, &mut worker.positions),
        }
        if worker.positions.is_empty() || self.wanted == 0 {
            return Ok(());
        }
        self.keys.encode(&mut zone, &active, Some(&worker.positions), &mut worker.words)?;
        let limit = worst.as_ref().map_or(u64::MAX, |worst| worst.first_word);
        let places = match worker.words.first() {
            Some(first) => promising(first, limit, self.wanted, ties_count, &mut worker.sorted),
            None => (0..worker.positions.len() as u32).collect(),
        };
        let mut texts = Vec::new();
        for text in self.keys.texts() {
            let evaluated = bytes_of(&mut zone, text, &active)?.materialised(row_count);
            texts.push(
                gather(&evaluated.as_view()?, &worker.positions)
                    .map_err(|e| Error::Internal(e.to_string()))?,
            );
        }
        let first_row = zone.first_row();
        let texts: Vec<View<'_>> = texts.iter().map(Column::view).collect();
        let mut candidates = Vec::new();
        for at in places.iter().map(|at| *at as usize) {
            let row = first_row + u64::from(worker.positions[at]);
            let (word, text) = (|w: usize| worker.words[w][at], |t: usize| texts[t].text(at));
            if let Some(worst) = &worst {
                let order = layout.compare(word, text, (worst.first_word, &worst.behind));
                if order.then(row.cmp(&worst.row)).is_gt() {
                    continue;
                }
            }
            let first_word = worker.words.first().map_or(0, |words| words[at]);
            candidates.push(Candidate { first_word, behind: layout.behind_first_word(word, text), row });
        }
        let mut best = self.best.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(worst) = &best.worst {
            candidates.retain(|candidate| candidate < worst);
        }
        first_of(&mut candidates, best.wanted);
        best.keep(candidates);
        Ok(())
    }
}

/// The same rows without the texts of others: a few rows do not keep all texts of their zone.
fn compacted(column: Column) -> Result<Column, Error> {
    let Some(own) = column.dictionary.as_ref().filter(|texts| !texts.is_distinct()) else {
        return Ok(column);
    };
    if own.len() <= column.len() {
        return Ok(column);
    }
    let codes: Vec<u32> =
        (0..column.len()).map(|row| column.values.as_values().code(row).unwrap_or(0)).collect();
    let texts = gather_texts(SortTexts { offsets: own.offsets(), bytes: own.text_bytes() }, &codes)?;
    Ok(texts.with_validity(column.validity))
}

/// The columns of these rows, in this order.
fn columns_of_rows(
    pipeline: &Pipeline,
    values: &[Value],
    schema: &Arc<Schema>,
    rows: &[u64],
    run: Run<'_>,
) -> Result<Batch, Error> {
    // The rows by their zones, and where each of them comes out.
    let mut places: Vec<(u64, u32)> = rows.iter().copied().zip(0..).collect();
    places.sort_unstable();
    let zones: Vec<&[(u64, u32)]> = places.chunk_by(|a, b| a.0 / ZONE_ROWS == b.0 / ZONE_ROWS).collect();
    let pieces = run.pool.in_order(run.context, zones.len(), Scratches::default, |scratches, i| {
        let mut zone = pipeline.zone((zones[i][0].0 / ZONE_ROWS) as usize, scratches, run);
        let positions: Vec<u32> = zones[i].iter().map(|(row, _)| (row % ZONE_ROWS) as u32).collect();
        let row_count = zone.row_count();
        let mut active = Bitmap::zeros(row_count);
        positions.iter().for_each(|position| active.set(*position as usize, true));
        let column = |expr: &Value| {
            let evaluated = value(&mut zone, expr, &active)?.materialised(row_count);
            let column = gather(&evaluated.as_view()?, &positions);
            compacted(column.map_err(|e| Error::Internal(e.to_string()))?)
        };
        values.iter().map(column).collect::<Result<Vec<Column>, Error>>()
    })?;
    let mut order = vec![0u32; places.len()];
    places.iter().zip(0..).for_each(|((_, place), at)| order[*place as usize] = at);
    let mut columns: Vec<Vec<Column>> = schema.fields().iter().map(|_| Vec::new()).collect();
    for piece in pieces {
        columns.iter_mut().zip(piece).for_each(|(columns, column)| columns.push(column));
    }
    let columns = schema
        .fields()
        .iter()
        .zip(columns)
        .map(|(field, pieces)| concatenate(field.data_type, pieces).map(|column| column.gather(&order)));
    Batch::new(schema.clone(), columns.collect::<Result<_, _>>()?)
        .ok_or_else(|| Error::Internal("the columns of a result do not fit its schema".into()))
}

#[cfg(test)]
mod tests {
    use super::promising;

    #[test]
    fn of_rows_that_tie_to_the_end_no_more_are_looked_at_than_are_wanted() {
        let first = [5, 1, 7, 5, 5, 1, 5];
        let places = |limit, wanted, all| promising(&first, limit, wanted, all, &mut Vec::new());
        assert_eq!(places(u64::MAX, 4, true), [0, 1, 3, 5]);
        assert_eq!(places(u64::MAX, 2, true), [1, 5]);
        assert_eq!(places(u64::MAX, 1, true), [1]);
        assert_eq!(places(1, 4, true), [1, 5]);
        assert_eq!(places(u64::MAX, 9, true), [0, 1, 2, 3, 4, 5, 6]);
        // Other words may tell them apart.
        assert_eq!(places(u64::MAX, 4, false), [0, 1, 3, 4, 5, 6]);
    }
}
