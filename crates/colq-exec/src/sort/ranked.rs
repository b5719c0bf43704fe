//! Rows by an order, with the numbers that window functions give them there.
//!
//! A part of an order is put in order and numbered by itself, but for the partition that it begins with, which may have
//! begun in a part before it: its rows are numbered afterwards, one part after the other.

use super::part_column::PartColumn;
use super::sorted::{Sorted, order_pieces};
use crate::Error;
use crate::collect::whole;
use crate::pipeline::Run;
use crate::spill::{Rows, RowsBuilder};
use colq_column::Column;
use colq_kernels::{KeyChange, RankCounter, RowKey, key_changes, sort_rows};
use colq_types::{DataType, Ranking, Schema};
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

/// Parts of each thread that are in memory at a time.
const PARTS_A_THREAD: usize = 4;

/// What is asked of an order.
pub(crate) struct Numbering {
    /// So many of the first keys make the partitions; the others order the rows within them.
    pub(crate) partition_keys: usize,
    /// The numbers that are given, one column each.
    pub(crate) given: Vec<Ranking>,
    /// Only rows to which the function gives at most so much.
    pub(crate) first: Option<(Ranking, i64)>,
}

impl Numbering {
    fn is_wanted(&self, counter: &RankCounter) -> bool {
        self.first.is_none_or(|(ranking, most)| counter.get(ranking) <= most)
    }
}

/// Rows of a part in order, with their numbers.
#[derive(Default)]
struct Numbered {
    rows: Vec<u32>,
    numbers: Vec<Vec<i64>>,
}

impl Numbered {
    fn new(numbering: &Numbering, capacity: usize) -> Numbered {
        let numbers = numbering.given.iter().map(|_| Vec::with_capacity(capacity)).collect();
        Numbered { rows: Vec::with_capacity(capacity), numbers }
    }

    fn push(&mut self, row: u32, counter: &RankCounter, numbering: &Numbering) {
        self.rows.push(row);
        let each = self.numbers.iter_mut().zip(&numbering.given);
        each.for_each(|(numbers, ranking)| numbers.push(counter.get(*ranking)));
    }

    fn append(&mut self, mut other: Numbered) {
        self.rows.append(&mut other.rows);
        self.numbers.iter_mut().zip(&mut other.numbers).for_each(|(all, more)| all.append(more));
    }
}

/// A part of which all but the first partition is numbered.
struct Part {
    number: usize,
    row_count: usize,
    known: Vec<Option<PartColumn>>,
    /// The rows of the first partition in order, and how each stands to the one before it.
    leading: Vec<u32>,
    changes: Vec<KeyChange>,
    others: Numbered,
    first_key: RowKey,
    last_key: RowKey,
    /// At the last row, where that is not of the first partition.
    counter: Option<RankCounter>,
}

/// Where the numbering stands behind a part.
struct Behind {
    last_key: RowKey,
    counter: RankCounter,
}

impl Sorted {
    /// The rows that are wanted in order, each with its numbers in the columns behind its own.
    pub(super) fn into_numbered_rows(
        self,
        schema: &Arc<Schema>,
        numbering: &Numbering,
        run: Run<'_>,
    ) -> Result<Rows, Error> {
        let mut all = Vec::new();
        let mut builder = match run.context.memory_left() {
            None => None,
            Some(_) => Some(RowsBuilder::new(schema.clone(), run.context)?),
        };
        let mut behind = None;
        let mut next = 0;
        while next < self.part_count() {
            let some = next..self.part_count().min(next + run.pool.thread_count() * PARTS_A_THREAD);
            next = some.end;
            for columns in self.numbered(some, numbering, &mut behind, run)? {
                match &mut builder {
                    None => all.push(columns),
                    Some(builder) => builder.push(columns)?,
                }
            }
        }
        drop(self);
        match builder {
            None => whole(schema, all, run).map(Rows::Memory),
            Some(builder) => builder.finish(),
        }
    }

    /// The wanted rows of these parts, in pieces of a zone or less.
    fn numbered(
        &self,
        parts: Range<usize>,
        numbering: &Numbering,
        behind: &mut Option<Behind>,
        run: Run<'_>,
    ) -> Result<Vec<Vec<Column>>, Error> {
        let start = parts.start;
        let parts =
            run.pool.in_order(run.context, parts.len(), || (), |(), i| self.begun(start + i, numbering))?;
        let mut wanted = Vec::new();
        for mut part in parts.into_iter().flatten() {
            let mut numbered = self.leading(&mut part, numbering, behind);
            numbered.append(std::mem::take(&mut part.others));
            let (number, row_count, known) = (part.number, part.row_count, part.known);
            wanted.push(Mutex::new(Some((number, row_count, known, numbered))));
        }
        let pieces = run.pool.in_order(
            run.context,
            wanted.len(),
            || (),
            |(), i| {
                let taken = wanted[i].lock().unwrap_or_else(PoisonError::into_inner).take();
                let Some((number, row_count, known, numbered)) = taken else { return Ok(Vec::new()) };
                if numbered.rows.is_empty() {
                    return Ok(Vec::new());
                }
                let mut pieces = self.gathered(number, row_count, known, &numbered.rows, run)?;
                let lens: Vec<usize> = order_pieces(&numbered.rows).map(<[u32]>::len).collect();
                pieces.resize_with(lens.len(), Vec::new);
                for numbers in numbered.numbers {
                    let mut rest = numbers.as_slice();
                    for (piece, len) in pieces.iter_mut().zip(&lens) {
                        let (own, behind) = rest.split_at(*len);
                        piece.push(Column::new(DataType::I64, own.to_vec()));
                        rest = behind;
                    }
                }
                Ok(pieces)
            },
        )?;
        Ok(pieces.into_iter().flatten().collect())
    }

    /// A part in order, numbered but for its first partition; nothing where it has no rows.
    fn begun(&self, number: usize, numbering: &Numbering) -> Result<Option<Part>, Error> {
        let keys = self.keys(number)?;
        let (words, texts) = (keys.words(), self.texts_of(&keys)?);
        let order = sort_rows(self.layout(), &words, &texts, keys.row_count);
        let (Some(first), Some(last)) = (order.first(), order.last()) else { return Ok(None) };
        let (first_key, last_key) = (RowKey::of(*first, &words, &texts), RowKey::of(*last, &words, &texts));
        let mut changes = key_changes(self.layout(), numbering.partition_keys, &words, &texts, &order);
        drop((words, texts));
        let is_start = |change: &KeyChange| *change == KeyChange::Partition;
        let end = changes.iter().skip(1).position(is_start).map_or(changes.len(), |at| at + 1);
        let most = if numbering.first.is_some() { 0 } else { order.len() - end };
        let mut others = Numbered::new(numbering, most);
        let mut counter = RankCounter::default();
        for (change, row) in changes.iter().zip(&order).skip(end) {
            counter.step(*change);
            if numbering.is_wanted(&counter) {
                others.push(*row, &counter, numbering);
            }
        }
        changes.truncate(end);
        let counter = (end < order.len()).then_some(counter);
        let mut leading = order;
        leading.truncate(end);
        let (row_count, known) = (keys.row_count, keys.known);
        Ok(Some(Part { number, row_count, known, leading, changes, others, first_key, last_key, counter }))
    }

    /// The wanted rows of the partition that a part begins with, numbered on from those of the part before it.
    fn leading(&self, part: &mut Part, numbering: &Numbering, behind: &mut Option<Behind>) -> Numbered {
        let mut numbered = Numbered::new(numbering, 0);
        let mut counter = RankCounter::default();
        if let (Some(behind), Some(first)) = (&*behind, part.changes.first_mut()) {
            *first = part.first_key.change_from(&behind.last_key, self.layout(), numbering.partition_keys);
            counter = behind.counter;
        }
        for (change, row) in part.changes.iter().zip(&part.leading) {
            counter.step(*change);
            if !numbering.is_wanted(&counter) {
                // The numbers of a partition never fall.
                break;
            }
            numbered.push(*row, &counter, numbering);
        }
        let counter = part.counter.unwrap_or(counter);
        let words = std::mem::take(&mut part.last_key.words);
        let texts = std::mem::take(&mut part.last_key.texts);
        *behind = Some(Behind { last_key: RowKey { words, texts }, counter });
        numbered
    }
}
