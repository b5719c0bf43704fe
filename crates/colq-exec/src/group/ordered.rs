//! The groups of all partitions in the order of their first rows, piece by piece and without a sort: first rows are
//! different numbers, so a bitmap over the rows says how many groups come before each.

use super::Piece;
use super::key_texts::gathered_texts;
use super::partition::Finished;
use crate::Error;
use crate::collect::concatenate;
use colq_column::{Bitmap, Buffer, Column};
use colq_types::{DataType, ZONE_ROWS};
use std::ops::Range;
use std::sync::Arc;

/// Groups of a piece, unless one zone has more: they stay in the second-level cache while they are put in order.
pub(super) const PIECE_GROUPS: u64 = 1 << 16;

/// Zones whose rows a piece may span, so that its bitmap stays small.
pub(super) const PIECE_ZONES: usize = 256;

/// Runs of rows that together hold all groups, a piece each; `counts` are those of first rows a zone.
pub(super) fn pieces(counts: &[u64]) -> Vec<Range<u64>> {
    let mut pieces = Vec::new();
    let (mut start, mut groups) = (0, 0);
    for (zone, count) in counts.iter().enumerate() {
        if groups > 0 && (groups + count > PIECE_GROUPS || zone - start >= PIECE_ZONES) {
            pieces.push(start as u64 * ZONE_ROWS..zone as u64 * ZONE_ROWS);
            groups = 0;
        }
        if groups == 0 {
            start = zone;
        }
        groups += count;
    }
    if groups > 0 {
        pieces.push(start as u64 * ZONE_ROWS..counts.len() as u64 * ZONE_ROWS);
    }
    pieces
}

/// Where the groups of a piece stand: those of each partition, and their order.
pub(super) struct Places {
    /// The groups of each partition.
    pub(super) ranges: Vec<Range<usize>>,
    /// The first rows in their order.
    pub(super) first_rows: Vec<u64>,
    /// The place in that order of each group, partition by partition.
    places: Vec<u32>,
    /// Where those of each partition begin, and at last where all end.
    starts: Vec<usize>,
}

impl Places {
    /// The places of the groups in `ranges` of the partitions, all of which have their first rows in `rows`;
    /// `first_rows_of` gives those of some groups of a partition, ascending.
    pub(super) fn new<R: Iterator<Item = u64>>(
        Range { start, end }: Range<u64>,
        ranges: Vec<Range<usize>>,
        first_rows_of: impl Fn(usize, Range<usize>) -> R,
    ) -> Places {
        let mut words = vec![0u64; (end - start).div_ceil(64) as usize];
        let mut starts = vec![0];
        for (partition, range) in ranges.iter().enumerate() {
            first_rows_of(partition, range.clone()).for_each(|row| {
                let bit = row - start;
                words[(bit / 64) as usize] |= 1 << (bit % 64);
            });
            starts.push(starts.last().map_or(0, |start| start + range.len()));
        }
        let mut before = Vec::with_capacity(words.len());
        let mut count = 0;
        for word in &words {
            before.push(count);
            count += word.count_ones();
        }
        let mut places = Vec::with_capacity(count as usize);
        let mut first_rows = vec![0u64; count as usize];
        for (partition, range) in ranges.iter().enumerate() {
            first_rows_of(partition, range.clone()).for_each(|row| {
                let bit = row - start;
                let (word, below) = ((bit / 64) as usize, (1 << (bit % 64)) - 1);
                let place = before[word] + (words[word] & below).count_ones();
                first_rows[place as usize] = row;
                places.push(place);
            });
        }
        Places { ranges, first_rows, places, starts }
    }

    /// The places of a partition's groups.
    pub(super) fn of(&self, partition: usize) -> &[u32] {
        &self.places[self.starts[partition]..self.starts[partition + 1]]
    }

    /// For each group of the piece in order, where it stands among those of all partitions one after the other.
    pub(super) fn positions(&self) -> Vec<u32> {
        let mut positions = vec![0u32; self.places.len()];
        (0u32..).zip(&self.places).for_each(|(at, place)| positions[*place as usize] = at);
        positions
    }
}

/// The groups whose first rows are these.
pub(super) fn piece(partitions: &[Finished], rows: &Range<u64>) -> Result<Piece, Error> {
    let first_rows: Vec<&[u64]> = partitions.iter().map(|p| &p.first_rows[..]).collect();
    let before = |first: &[u64], end: u64| first.partition_point(|row| *row < end);
    let ranges = first_rows.iter().map(|first| before(first, rows.start)..before(first, rows.end)).collect();
    let places =
        Places::new(rows.clone(), ranges, |partition, range| first_rows[partition][range].iter().copied());
    let positions = places.positions();
    let column_count = partitions.first().map_or(0, |p| p.columns.len());
    let columns = (0..column_count).map(|column| {
        let parts = partitions.iter().zip(&places.ranges).filter(|(_, range)| !range.is_empty());
        let parts = parts.map(|(p, range)| (&p.columns[column], range));
        if let Some(texts) = gathered_texts(parts.clone(), &positions) {
            return Ok(texts);
        }
        Ok(joined(parts)?.gather(&positions))
    });
    Ok(Piece { columns: columns.collect::<Result<_, Error>>()?, first_rows: places.first_rows })
}

/// Parts of columns of one type, one after the other.
pub(super) fn joined<'a>(
    parts: impl Iterator<Item = (&'a Column, &'a Range<usize>)> + Clone,
) -> Result<Column, Error> {
    let Some((first, _)) = parts.clone().next() else {
        return Err(Error::Internal("a piece of an answer has no groups".into()));
    };
    let shares = |column: &Column| match (&column.dictionary, &first.dictionary) {
        (Some(own), Some(first)) => Arc::ptr_eq(own, first),
        (own, first) => own.is_none() == first.is_none(),
    };
    if first.data_type == DataType::Text && !parts.clone().all(|(column, _)| shares(column)) {
        let positions = |range: &Range<usize>| (range.start as u32..range.end as u32).collect::<Vec<_>>();
        let slices = parts.map(|(column, range)| column.gather(&positions(range)));
        return concatenate(DataType::Text, slices.collect());
    }
    let mut values = Buffer::with_capacity(first.values.physical(), 0);
    let has_nulls = parts.clone().any(|(column, _)| column.validity.is_some());
    let mut validity = has_nulls.then(Bitmap::default);
    for (column, range) in parts {
        if !values.extend_values(column.values.as_values().slice(range.start, range.len())) {
            return Err(Error::Internal("the partitions of an answer differ".into()));
        }
        if let Some(validity) = &mut validity {
            match &column.validity {
                Some(bits) => validity.extend(&bits.slice(range.start, range.len())),
                None => validity.push_many(true, range.len()),
            }
        }
    }
    let dictionary = first.dictionary.clone();
    Ok(Column { data_type: first.data_type, values, validity: None, dictionary }.with_validity(validity))
}
