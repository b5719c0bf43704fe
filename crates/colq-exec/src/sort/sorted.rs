//! All rows by an order: laid down by parts in one pass over the zones, and each part sorted by itself. In memory where
//! the budget allows it, else in a scratch file, each row written once and read once.

use super::keys::Keys;
use super::part_column::PartColumn;
use super::parts::{Parts, Sample};
use super::run::{Laid, Layer, Run, Shape};
use super::store::Stored;
use crate::Error;
use crate::collect::whole;
use crate::pipeline::{Pipeline, Run as Running};
use crate::predicate::Value;
use crate::spill::{Rows, RowsBuilder, SpillFile};
use crate::zone::Scratches;
use colq_column::{Column, Dictionary, SharedBytes, Values, View};
use colq_context::MemoryClaim;
use colq_kernels::{MOST_CUTS, SortLayout, SortTexts, Truth, sort_rows};
use colq_types::{DataType, STRIPE_ZONES, Schema, ZONE_ROWS};
use std::ops::Range;
use std::sync::Arc;

/// Rows of a part, about: their words and one column lie in the second-level cache.
const PART_ROWS: u64 = 1 << 17;

/// Parts at most: a run of a million rows has pieces of a kilobyte of each then.
const MOST_PARTS: u64 = MOST_CUTS as u64;

/// What a part takes while it is sorted, in bytes of its rows and their words: they are read, put in order, and given.
const COPIES: u64 = 3;

/// All rows by parts.
pub(crate) struct Sorted {
    layout: SortLayout,
    columns: Vec<Laid>,
    /// How many of the columns are the answer's; those behind are texts of keys that the answer does not have.
    output_count: usize,
    /// Which of the columns hold the texts of keys.
    key_texts: Vec<usize>,
    /// Which of the columns are the keys, where all are: their words are made once more then, and not laid down.
    key_columns: Option<Vec<usize>>,
    parts: Parts,
    runs: Vec<Run>,
    file: Option<SpillFile>,
    _claim: MemoryClaim,
}

/// How much memory is used for what.
struct Sizes {
    in_memory: bool,
    zones_a_run: usize,
    part_count: usize,
    claimed: usize,
}

impl Sizes {
    /// For rows of which so many bytes are laid down, and so many words are made.
    fn new(rows: u64, laid_width: u64, word_count: u64, running: Running<'_>) -> Sizes {
        let threads = running.pool.thread_count() as u64;
        let for_cache = rows.div_ceil(PART_ROWS);
        let left = running.context.memory_left();
        // A quarter for the runs while they are made, as much for the parts while they are sorted; the rest is for what
        // is laid down in memory, and the answer's. The first two do not meet.
        let share = left.map_or(u64::MAX, |left| (left / 4).max(1));
        // Words as they come and as they are laid down, of each row its part and its place, and a column.
        let of_zone = ZONE_ROWS * (word_count * 16 + 24 + laid_width);
        let zones_a_run = (share / threads / of_zone).clamp(1, STRIPE_ZONES) as usize;
        // The parts that are at hand are few; an answer that is held whole looks after itself.
        let whole = rows * laid_width;
        if left.is_none_or(|left| whole <= left / 2) {
            let part_count = for_cache.clamp(1, MOST_PARTS) as usize;
            let claimed = if left.is_some() { whole as usize } else { 0 };
            return Sizes { in_memory: true, zones_a_run, part_count, claimed };
        }
        let part_width = (laid_width + word_count * 8) * COPIES;
        let part_count = (rows * part_width * threads).div_ceil(share).clamp(1, MOST_PARTS) as usize;
        Sizes { in_memory: false, zones_a_run, part_count, claimed: share as usize }
    }
}

impl Sorted {
    /// Lays down all rows of a pipeline.
    pub(super) fn new(
        pipeline: &Pipeline,
        values: &[Value],
        types: &[DataType],
        keys: Keys,
        running: Running<'_>,
    ) -> Result<Sorted, Error> {
        let source = &*pipeline.source;
        let outputs =
            values.iter().zip(types).map(|(value, data_type)| Laid::new(value.clone(), *data_type, source));
        let mut columns = outputs.collect::<Result<Vec<Laid>, Error>>()?;
        let mut key_texts = Vec::new();
        for value in keys.texts() {
            let known = value.as_column().and_then(|column| {
                let is_same = |laid: &Laid| laid.value.as_column() == Some(column);
                columns.iter().position(|laid| is_same(laid) && matches!(laid.shape, Shape::Texts))
            });
            key_texts.push(known.unwrap_or(columns.len()));
            if known.is_none() {
                columns.push(Laid::new(value.clone(), DataType::Text, source)?);
            }
        }
        let key_columns = keys.columns_among(&columns);
        let sample = Sample::new(pipeline, &keys, running)?;
        let word_count = keys.layout.word_count() as u64;
        let laid_words = if key_columns.is_some() { 0 } else { word_count };
        let mut laid_width = laid_words * 8;
        for column in &columns {
            laid_width += column.row_width(source)? as u64;
        }
        let sizes = Sizes::new(sample.row_count, laid_width, word_count, running);
        let claim = running.context.claim(sizes.claimed)?;
        let file = if sizes.in_memory { None } else { Some(SpillFile::create()?) };
        let parts = sample.parts(sizes.part_count);
        let layer = Layer {
            pipeline,
            keys: &keys,
            parts: &parts,
            columns: &columns,
            lays_words: key_columns.is_none(),
            file: file.as_ref(),
            running,
        };
        let zones = pipeline.zone_count();
        let runs = running.pool.in_order(
            running.context,
            zones.div_ceil(sizes.zones_a_run),
            Scratches::default,
            |scratches, i| {
                let start = i * sizes.zones_a_run;
                layer.run(start..zones.min(start + sizes.zones_a_run), scratches)
            },
        )?;
        let rows: u64 = runs.iter().filter_map(|run| run.starts.last()).map(|rows| u64::from(*rows)).sum();
        running.note(|| match &file {
            None => format!("order: {rows} rows sorted in memory"),
            Some(file) => format!(
                "order: {rows} rows sorted in {} parts, {} MB spilled",
                parts.count(),
                file.byte_len().div_ceil(1_000_000)
            ),
        });
        let layout = keys.layout;
        let output_count = values.len();
        Ok(Sorted { layout, columns, output_count, key_texts, key_columns, parts, runs, file, _claim: claim })
    }

    /// How many parts there are.
    pub(crate) fn part_count(&self) -> usize {
        self.parts.count()
    }

    /// True when the rows lie in a scratch file.
    #[cfg(test)]
    pub(super) fn is_spilled(&self) -> bool {
        self.file.is_some()
    }

    /// The first `limit` rows.
    pub(super) fn into_rows(
        self,
        schema: &Arc<Schema>,
        limit: usize,
        running: Running<'_>,
    ) -> Result<Rows, Error> {
        if running.context.memory_left().is_none() && limit == usize::MAX {
            let parts = self.sorted(0..self.part_count(), running)?;
            drop(self);
            return whole(schema, parts, running).map(Rows::Memory);
        }
        let mut builder = RowsBuilder::new(schema.clone(), running.context)?;
        let (mut rows, mut part) = (0, 0);
        while part < self.part_count() && rows < limit {
            let some = part..self.part_count().min(part + running.pool.thread_count() * 2);
            part = some.end;
            for columns in self.sorted(some, running)? {
                rows += columns.first().map_or(0, Column::len);
                builder.push(columns)?;
            }
        }
        builder.finish()?.part(0, limit as u64, running.context)
    }

    /// The rows of these parts in order, in pieces of a zone or less. None is empty, but for that of a part without rows.
    pub(crate) fn sorted(
        &self,
        parts: Range<usize>,
        running: Running<'_>,
    ) -> Result<Vec<Vec<Column>>, Error> {
        let start = parts.start;
        let pieces = running.pool.in_order(
            running.context,
            parts.len(),
            || (),
            |(), i| self.part(start + i, running),
        )?;
        Ok(pieces.into_iter().flatten().collect())
    }

    /// The rows of a part in order.
    fn part(&self, part: usize, running: Running<'_>) -> Result<Vec<Vec<Column>>, Error> {
        let keys = self.keys(part)?;
        let order = {
            let texts = self.texts_of(&keys)?;
            sort_rows(&self.layout, &keys.words(), &texts, keys.row_count)
        };
        self.gathered(part, keys.row_count, keys.known, &order, running)
    }

    /// These rows of a part, in this order and in pieces of a zone or less.
    pub(super) fn gathered(
        &self,
        part: usize,
        row_count: usize,
        known: Vec<Option<PartColumn>>,
        order: &[u32],
        running: Running<'_>,
    ) -> Result<Vec<Vec<Column>>, Error> {
        let mut pieces: Vec<Vec<Column>> = Vec::new();
        for (index, known) in known.into_iter().enumerate().take(self.output_count) {
            running.context.check()?;
            let column = match known {
                Some(column) => column,
                None => self.column(part, index, row_count)?,
            };
            let columns =
                order_pieces(order).map(|order| column.gather(order)).collect::<Result<Vec<_>, _>>()?;
            pieces.resize_with(columns.len(), Vec::new);
            pieces.iter_mut().zip(columns).for_each(|(piece, column)| piece.push(column));
        }
        Ok(pieces)
    }

    /// What decides the order of a part's rows.
    pub(super) fn keys(&self, part: usize) -> Result<PartKeys, Error> {
        let row_count: usize = self.runs.iter().map(|run| rows_of(run, part).len()).sum();
        let mut known: Vec<Option<PartColumn>> = self.columns.iter().map(|_| None).collect();
        for column in self.key_columns.iter().flatten().chain(&self.key_texts) {
            if known[*column].is_none() {
                known[*column] = Some(self.column(part, *column, row_count)?);
            }
        }
        let mut words = Vec::new();
        if let Some(columns) = &self.key_columns {
            let of = |column: &usize| known[*column].as_ref().ok_or_else(missing);
            let views = columns.iter().map(|column| of(column)?.view()).collect::<Result<Vec<_>, _>>()?;
            self.layout.encode(&views, &mut words).map_err(|e| Error::Internal(e.to_string()))?;
        } else {
            for word in 0..self.layout.word_count() {
                let mut bytes = vec![0u64; row_count];
                self.read(part, size_of::<u64>(), bytemuck::cast_slice_mut(&mut bytes), |run| {
                    run.words.get(word)
                })?;
                words.push(bytes);
            }
        }
        Ok(PartKeys { row_count, known, words })
    }

    /// The texts among the keys of a part.
    pub(super) fn texts_of<'a>(&self, keys: &'a PartKeys) -> Result<Vec<SortTexts<'a>>, Error> {
        let texts = |column: &usize| keys.known[*column].as_ref().and_then(PartColumn::texts);
        self.key_texts.iter().map(|column| texts(column).ok_or_else(missing)).collect()
    }

    /// The layout of the keys' words.
    pub(super) fn layout(&self) -> &SortLayout {
        &self.layout
    }

    /// Reads the rows of a part from every run, one after the other.
    fn read<'a>(
        &'a self,
        part: usize,
        width: usize,
        bytes: &mut [u8],
        of: impl Fn(&'a Run) -> Option<&'a Stored>,
    ) -> Result<(), Error> {
        let mut rest = bytes;
        for run in &self.runs {
            let rows = rows_of(run, part);
            let (into, behind) = rest.split_at_mut(rows.len() * width);
            if !rows.is_empty() {
                let stored = of(run).ok_or_else(|| Error::Internal("a run lacks a column".into()))?;
                stored.read(rows.start * width, into, self.file.as_ref())?;
            }
            rest = behind;
        }
        Ok(())
    }

    /// A column of a part as it was laid down.
    fn column(&self, part: usize, index: usize, row_count: usize) -> Result<PartColumn, Error> {
        let Laid { data_type, shape, may_be_null, .. } = &self.columns[index];
        let validity = if *may_be_null {
            let mut bytes = vec![0u8; row_count];
            self.read(part, 1, &mut bytes, |run| run.columns.get(index).and_then(|c| c.validity.as_ref()))?;
            let values = Values::Bool(&bytes);
            let view = View { data_type: DataType::Bool, values, validity: None, dictionary: None };
            Some(Truth::from_bools(&view).map_err(|e| Error::Internal(e.to_string()))?.trues)
        } else {
            None
        };
        let dictionary = match shape {
            Shape::Fixed { width, dictionary } => {
                let mut words = vec![0u128; (row_count * width).div_ceil(size_of::<u128>())];
                let byte_len = row_count * width;
                let bytes: &mut [u8] = &mut bytemuck::cast_slice_mut(&mut words)[..byte_len];
                self.read(part, *width, bytes, |run| run.columns.get(index).map(|c| &c.values))?;
                return Ok(PartColumn::of_values(*data_type, words, byte_len, validity, dictionary.clone()));
            }
            Shape::Texts => self.texts(part, index, row_count)?,
        };
        Ok(PartColumn::of_texts(dictionary, row_count, validity))
    }

    /// The texts of a part's rows, as they were laid down.
    fn texts(&self, part: usize, index: usize, row_count: usize) -> Result<Dictionary, Error> {
        let mut lengths = vec![0u32; row_count];
        let bytes: &mut [u8] = bytemuck::cast_slice_mut(&mut lengths);
        self.read(part, size_of::<u32>(), bytes, |run| run.columns.get(index).map(|c| &c.values))?;
        let mut offsets = Vec::with_capacity(row_count + 1);
        let mut end = 0;
        offsets.push(0);
        for length in lengths {
            end += u64::from(length);
            offsets.push(end);
        }
        let mut bytes = vec![0u8; end as usize];
        let mut rest = bytes.as_mut_slice();
        for run in &self.runs {
            let Some(texts) = run.columns.get(index).and_then(|c| c.texts.as_ref()) else { continue };
            let (start, end) = (texts.starts[part], texts.starts[part + 1]);
            let (into, behind) = rest.split_at_mut(end - start);
            texts.bytes.read(start, into, self.file.as_ref())?;
            rest = behind;
        }
        Dictionary::of_bytes(offsets, SharedBytes::from(bytes))
            .map_err(|e| Error::Internal(format!("a text of an order is not sound: {e}")))
    }
}

fn missing() -> Error {
    Error::Internal("a part lacks a column of its order".into())
}

/// The keys of a part's rows, as the rows were laid down.
pub(super) struct PartKeys {
    pub(super) row_count: usize,
    /// Columns that were read for their sake.
    pub(super) known: Vec<Option<PartColumn>>,
    words: Vec<Vec<u64>>,
}

impl PartKeys {
    pub(super) fn words(&self) -> Vec<&[u64]> {
        self.words.iter().map(Vec::as_slice).collect()
    }
}

/// The rows of a part in a run.
fn rows_of(run: &Run, part: usize) -> Range<usize> {
    run.starts[part] as usize..run.starts[part + 1] as usize
}

/// The order of a part's rows in pieces of about equal length, none above a zone; one of an empty part.
pub(super) fn order_pieces(order: &[u32]) -> impl Iterator<Item = &[u32]> {
    let count = order.len().div_ceil(ZONE_ROWS as usize).max(1);
    (0..count).map(move |piece| &order[piece * order.len() / count..(piece + 1) * order.len() / count])
}
