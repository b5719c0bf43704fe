//! The finished groups of all partitions in the order of their first rows, piece by piece and without a sort: first
//! rows are different numbers, so a bitmap over the rows says how many groups come before each.

use super::Piece;
use super::key_texts::{gathered_texts, owned_len};
use super::partition::Finished;
use crate::Error;
use crate::collect::concatenate;
use crate::pipeline::Run;
use colq_column::{Bitmap, Buffer, Column};
use colq_types::{DataType, ZONE_ROWS};
use std::ops::Range;
use std::sync::Arc;

/// Groups of a piece, unless one zone has more: they stay in the second-level cache while they are put in order.
const PIECE_GROUPS: u64 = 1 << 16;

/// Zones whose rows a piece may span, so that its bitmap stays small.
const PIECE_ZONES: usize = 256;

/// Pieces a thread in each round.
const PIECES_A_THREAD: usize = 4;

/// Gives all groups in the order of their first rows.
pub(super) fn in_order_of_first_rows(
    partitions: &[Finished],
    zone_count: usize,
    run: Run<'_>,
    sink: &mut dyn FnMut(Piece) -> Result<(), Error>,
) -> Result<(), Error> {
    let pieces = pieces(&counts_by_zone(partitions, zone_count));
    let round = run.pool.thread_count() * PIECES_A_THREAD;
    for start in (0..pieces.len()).step_by(round) {
        let count = round.min(pieces.len() - start);
        let done = run.pool.in_order(
            run.context,
            count,
            || (),
            |(), i| {
                let piece = piece(partitions, &pieces[start + i])?;
                let owned = piece.columns.iter().map(owned_len).sum::<usize>() + piece.first_rows.len() * 8;
                Ok((piece, run.context.claim(owned)?))
            },
        )?;
        for (piece, claim) in done {
            drop(claim);
            sink(piece)?;
        }
    }
    Ok(())
}

/// How many first rows are in each zone.
fn counts_by_zone(partitions: &[Finished], zone_count: usize) -> Vec<u64> {
    let mut counts = vec![0u64; zone_count];
    for row in partitions.iter().flat_map(|partition| &partition.first_rows) {
        if let Some(count) = counts.get_mut((row / ZONE_ROWS) as usize) {
            *count += 1;
        }
    }
    counts
}

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

/// The groups whose first rows are these.
pub(super) fn piece(partitions: &[Finished], rows: &Range<u64>) -> Result<Piece, Error> {
    let ranges: Vec<Range<usize>> = partitions
        .iter()
        .map(|partition| {
            let before = |end: u64| partition.first_rows.partition_point(|row| *row < end);
            before(rows.start)..before(rows.end)
        })
        .collect();
    let of_piece = || partitions.iter().zip(&ranges).flat_map(|(p, range)| &p.first_rows[range.clone()]);
    let mut firsts = Bitmap::zeros((rows.end - rows.start) as usize);
    of_piece().for_each(|row| firsts.set((row - rows.start) as usize, true));
    let mut before = Vec::with_capacity(firsts.words().len());
    let mut count = 0;
    for word in firsts.words() {
        before.push(count);
        count += word.count_ones();
    }
    let mut positions = vec![0u32; count as usize];
    for (at, row) in (0u32..).zip(of_piece()) {
        let bit = (row - rows.start) as usize;
        let below = firsts.words()[bit / 64] & ((1 << (bit % 64)) - 1);
        positions[(before[bit / 64] + below.count_ones()) as usize] = at;
    }
    let first_rows = firsts.ones_iter().map(|bit| rows.start + bit as u64).collect();
    let column_count = partitions.first().map_or(0, |p| p.columns.len());
    let columns = (0..column_count).map(|column| {
        let parts = partitions.iter().zip(&ranges).filter(|(_, range)| !range.is_empty());
        let parts = parts.map(|(p, range)| (&p.columns[column], range));
        if let Some(texts) = gathered_texts(parts.clone(), &positions) {
            return Ok(texts);
        }
        Ok(joined(parts)?.gather(&positions))
    });
    Ok(Piece { columns: columns.collect::<Result<_, Error>>()?, first_rows })
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
