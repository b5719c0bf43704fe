//! A run: the rows of a few zones, laid down by parts of the order. The rows of a part stay in the order in which they
//! stand in the table.

use super::keys::Keys;
use super::parts::Parts;
use super::store::Stored;
use super::texts::{ViewTexts, copy_text};
use crate::Error;
use crate::evaluate::value;
use crate::evaluated::Evaluated;
use crate::pipeline::{Foresight, Pipeline, Run as Running, Selection};
use crate::predicate::Value;
use crate::spill::SpillFile;
use crate::zone::Scratches;
use colq_column::{Bitmap, ColumnSource, Dictionary, Sum, Values, View};
use colq_types::DataType;
use std::ops::Range;
use std::sync::Arc;

/// What is laid down of a column.
#[derive(Debug, Clone)]
pub(super) enum Shape {
    /// Values of one width in bytes; for text with a dictionary, codes of four bytes.
    Fixed { width: usize, dictionary: Option<Arc<Dictionary>> },
    /// Texts without a dictionary.
    Texts,
}

/// A column to be laid down.
#[derive(Debug, Clone)]
pub(super) struct Laid {
    pub(super) value: Value,
    pub(super) data_type: DataType,
    pub(super) shape: Shape,
    pub(super) may_be_null: bool,
}

impl Laid {
    pub(super) fn new(value: Value, data_type: DataType, source: &dyn ColumnSource) -> Result<Laid, Error> {
        let column = value.as_column();
        let dictionary = match column.filter(|_| data_type == DataType::Text) {
            Some(column) => source.dictionary(column)?.filter(|d| d.is_distinct()),
            None => None,
        };
        let shape = match data_type {
            DataType::Text if dictionary.is_none() => Shape::Texts,
            DataType::Vector { element, len } => {
                Shape::Fixed { width: element.byte_width() * len as usize, dictionary: None }
            }
            other => Shape::Fixed {
                width: other.physical().map_or(size_of::<u32>(), |p| p.byte_width()),
                dictionary,
            },
        };
        let may_be_null = column.is_none_or(|column| source.may_have_nulls(column));
        Ok(Laid { value, data_type, shape, may_be_null })
    }

    /// Bytes a row; of texts what the summaries of zones tell, else a guess.
    pub(super) fn row_width(&self, source: &dyn ColumnSource) -> Result<usize, Error> {
        /// What a text takes that nothing is known of.
        const TEXT_GUESS: usize = 20;
        let width = match &self.shape {
            Shape::Fixed { width, .. } => *width,
            Shape::Texts => size_of::<u32>() + self.text_width(source)?.unwrap_or(TEXT_GUESS),
        };
        Ok(width + usize::from(self.may_be_null))
    }

    /// The mean length of a text, where the zones tell.
    fn text_width(&self, source: &dyn ColumnSource) -> Result<Option<usize>, Error> {
        let Some(column) = self.value.as_column() else { return Ok(None) };
        let mut total = 0;
        for zone in 0..source.zone_count() {
            match source.zone_summary(column, zone)?.map(|summary| summary.sum) {
                Some(Sum::Integer(byte_len)) => total += byte_len.unsigned_abs(),
                _ => return Ok(None),
            }
        }
        Ok(usize::try_from(total.div_ceil(u128::from(source.row_count().max(1)))).ok())
    }
}

/// A column of a run.
#[derive(Debug)]
pub(super) struct RunColumn {
    /// Values; of texts their lengths in four bytes.
    pub(super) values: Stored,
    /// A byte a row, 1 for a value.
    pub(super) validity: Option<Stored>,
    pub(super) texts: Option<RunTexts>,
}

/// The texts of a run.
#[derive(Debug)]
pub(super) struct RunTexts {
    pub(super) bytes: Stored,
    /// Where those of each part begin, and the end.
    pub(super) starts: Vec<usize>,
}

/// The rows of a few zones by parts.
#[derive(Debug)]
pub(super) struct Run {
    /// The first row of each part, and the number of rows.
    pub(super) starts: Vec<u32>,
    pub(super) words: Vec<Stored>,
    pub(super) columns: Vec<RunColumn>,
}

/// The selected rows of a zone.
struct ZoneRows {
    number: usize,
    active: Bitmap,
    /// `None` for all of them.
    positions: Option<Vec<u32>>,
    /// Rows of the run before them.
    before: usize,
    len: usize,
}

/// Lays down runs.
pub(super) struct Layer<'a> {
    pub(super) pipeline: &'a Pipeline,
    pub(super) keys: &'a Keys,
    pub(super) parts: &'a Parts,
    pub(super) columns: &'a [Laid],
    /// The words of keys are laid down beside the columns.
    pub(super) lays_words: bool,
    pub(super) file: Option<&'a SpillFile>,
    pub(super) running: Running<'a>,
}

impl Layer<'_> {
    /// The run of these zones.
    pub(super) fn run(&self, zones: Range<usize>, scratches: &mut Scratches) -> Result<Run, Error> {
        let mut rows: Vec<ZoneRows> = Vec::new();
        let laid_words = if self.lays_words { self.keys.layout.word_count() } else { 0 };
        let mut words: Vec<Vec<u64>> = vec![Vec::new(); laid_words];
        let (mut zone_words, mut zone_parts, mut part_of_row) = (Vec::new(), Vec::new(), Vec::new());
        let mut before = 0;
        for number in zones {
            self.running.context.check()?;
            let foresight = self.pipeline.foresee(number, self.running)?;
            if foresight == Foresight::Pruned {
                continue;
            }
            let mut zone = self.pipeline.zone(number, scratches, self.running);
            let selection = self.pipeline.select(foresight, &mut zone, self.running)?;
            if matches!(selection, Selection::None) {
                continue;
            }
            let active = selection.to_bitmap(zone.row_count());
            let positions = selection.positions();
            let len = positions.as_ref().map_or(zone.row_count(), Vec::len);
            self.keys.encode(&mut zone, &active, positions.as_deref(), &mut zone_words)?;
            let first_row = zone.first_row();
            self.parts.of_rows(&zone_words, positions.as_deref(), first_row, len, &mut zone_parts);
            part_of_row.extend_from_slice(&zone_parts);
            words.iter_mut().zip(&zone_words).for_each(|(all, of_zone)| all.extend_from_slice(of_zone));
            rows.push(ZoneRows { number, active, positions, before, len });
            before += len;
        }
        let (starts, places) = places(&part_of_row, self.parts.count());
        drop(part_of_row);
        let mut stored_words = Vec::new();
        for word in words {
            let mut out = vec![0u64; before];
            word.iter().zip(&places).for_each(|(word, place)| out[*place as usize] = *word);
            stored_words.push(Stored::new(out, before * size_of::<u64>(), self.file)?);
        }
        let mut columns = Vec::new();
        for column in self.columns {
            self.running.context.check()?;
            columns.push(self.column(column, &rows, &places, &starts, scratches)?);
        }
        Ok(Run { starts, words: stored_words, columns })
    }

    /// Lays down one column.
    fn column(
        &self,
        column: &Laid,
        rows: &[ZoneRows],
        places: &[u32],
        starts: &[u32],
        scratches: &mut Scratches,
    ) -> Result<RunColumn, Error> {
        let row_count = places.len();
        let width = match column.shape {
            Shape::Fixed { width, .. } => width,
            Shape::Texts => size_of::<u32>(),
        };
        let mut out = vec![0u64; (row_count * width).div_ceil(size_of::<u64>())];
        let mut validity = column.may_be_null.then(|| vec![0u64; row_count.div_ceil(size_of::<u64>())]);
        for zone_rows in rows {
            let places = &places[zone_rows.before..zone_rows.before + zone_rows.len];
            self.evaluated(column, zone_rows, scratches, |view| {
                let at = zone_rows.positions.as_deref();
                match column.shape {
                    Shape::Texts => scatter_lengths(view, at, places, bytemuck::cast_slice_mut(&mut out)),
                    Shape::Fixed { width, .. } => scatter(view, at, places, width, &mut out),
                }
                if let Some(validity) = &mut validity {
                    let bytes: &mut [u8] = bytemuck::cast_slice_mut(validity);
                    each_row(at, places, |row, place| bytes[place] = u8::from(view.is_valid(row)));
                }
            })?;
        }
        let texts = match column.shape {
            Shape::Fixed { .. } => None,
            Shape::Texts => {
                Some(self.texts(column, rows, places, starts, bytemuck::cast_slice(&out), scratches)?)
            }
        };
        let values = Stored::new(out, row_count * width, self.file)?;
        let validity = match validity {
            Some(words) => Some(Stored::new(words, row_count, self.file)?),
            None => None,
        };
        Ok(RunColumn { values, validity, texts })
    }

    fn texts(
        &self,
        column: &Laid,
        rows: &[ZoneRows],
        places: &[u32],
        starts: &[u32],
        lengths: &[u32],
        scratches: &mut Scratches,
    ) -> Result<RunTexts, Error> {
        let mut ends = Vec::with_capacity(places.len() + 1);
        let mut end = 0usize;
        ends.push(0);
        for length in &lengths[..places.len()] {
            end += *length as usize;
            ends.push(end);
        }
        let mut out = vec![0u64; end.div_ceil(size_of::<u64>())];
        let bytes: &mut [u8] = bytemuck::cast_slice_mut(&mut out);
        for zone_rows in rows {
            let places = &places[zone_rows.before..zone_rows.before + zone_rows.len];
            self.evaluated(column, zone_rows, scratches, |view| {
                let texts = ViewTexts::new(view);
                each_row(zone_rows.positions.as_deref(), places, |row, place| {
                    copy_text(&mut bytes[ends[place]..ends[place + 1]], texts.get(row));
                });
            })?;
        }
        let starts = starts.iter().map(|start| ends[*start as usize]).collect();
        Ok(RunTexts { bytes: Stored::new(out, end, self.file)?, starts })
    }

    /// Works out a column for a zone.
    fn evaluated(
        &self,
        column: &Laid,
        rows: &ZoneRows,
        scratches: &mut Scratches,
        take: impl FnOnce(&View<'_>),
    ) -> Result<(), Error> {
        let mut zone = self.pipeline.zone(rows.number, scratches, self.running);
        let evaluated: Evaluated<'_> = value(&mut zone, &column.value, &rows.active)?;
        let evaluated = evaluated.materialised(zone.row_count());
        take(&evaluated.as_view()?);
        Ok(())
    }
}

/// Where the rows of each part begin, and the place of each row: by parts, and as before within one.
fn places(part_of_row: &[u16], part_count: usize) -> (Vec<u32>, Vec<u32>) {
    let mut starts = vec![0u32; part_count + 1];
    part_of_row.iter().for_each(|part| starts[usize::from(*part) + 1] += 1);
    for part in 0..part_count {
        starts[part + 1] += starts[part];
    }
    let mut next = starts.clone();
    let place = |part: &u16| {
        let next = &mut next[usize::from(*part)];
        *next += 1;
        *next - 1
    };
    let places = part_of_row.iter().map(place).collect();
    (starts, places)
}

/// Goes over rows with their places.
#[inline(always)]
fn each_row(positions: Option<&[u32]>, places: &[u32], mut row: impl FnMut(usize, usize)) {
    match positions {
        Some(positions) => {
            positions.iter().zip(places).for_each(|(at, place)| row(*at as usize, *place as usize));
        }
        None => places.iter().enumerate().for_each(|(at, place)| row(at, *place as usize)),
    }
}

fn scatter_lengths(view: &View<'_>, positions: Option<&[u32]>, places: &[u32], out: &mut [u32]) {
    let texts = ViewTexts::new(view);
    // A text is far shorter than four gigabytes; zones are read into memory as a whole.
    each_row(positions, places, |row, place| out[place] = texts.get(row).len() as u32);
}

/// Puts the values of rows at their places.
fn scatter(view: &View<'_>, positions: Option<&[u32]>, places: &[u32], width: usize, out: &mut [u64]) {
    fn put<T: bytemuck::Pod>(values: &[T], positions: Option<&[u32]>, places: &[u32], out: &mut [u64]) {
        let out: &mut [T] = bytemuck::cast_slice_mut(out);
        each_row(positions, places, |row, place| out[place] = values[row]);
    }
    let bytes = view.values.as_bytes();
    match (view.values, width) {
        (codes @ (Values::U8(_) | Values::U16(_)), 4) if view.data_type == DataType::Text => {
            let out: &mut [u32] = bytemuck::cast_slice_mut(out);
            each_row(positions, places, |row, place| out[place] = codes.code(row).unwrap_or(0));
        }
        (Values::Vector(_), _) => {
            let out: &mut [u8] = bytemuck::cast_slice_mut(out);
            each_row(positions, places, |row, place| {
                out[place * width..(place + 1) * width]
                    .copy_from_slice(&bytes[row * width..(row + 1) * width]);
            });
        }
        (_, 1) => put::<u8>(bytes, positions, places, out),
        (_, 2) => put::<u16>(bytemuck::cast_slice(bytes), positions, places, out),
        (_, 4) => put::<u32>(bytemuck::cast_slice(bytes), positions, places, out),
        (_, 8) => put::<u64>(bytemuck::cast_slice(bytes), positions, places, out),
        // Two words: the place need not be aligned to more than one.
        (_, _) => {
            let out: &mut [u8] = bytemuck::cast_slice_mut(out);
            each_row(positions, places, |row, place| {
                out[place * width..(place + 1) * width]
                    .copy_from_slice(&bytes[row * width..(row + 1) * width]);
            });
        }
    }
}
