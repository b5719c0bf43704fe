//! Groups that outgrow the memory budget: the rows of every partition go to a scratch file, and then one partition a
//! thread is in memory at a time. Finished groups go to the file too, and are merged by their first rows.
//!
//! The rows of a partition come back in their order, so the answers have the bits of the path in memory.

use super::key_texts::owned_len;
use super::ordered::{PIECE_GROUPS, joined, piece, pieces};
use super::partition::{Arrivals, Finished, Partition};
use super::partitioned::MORE_ROOM;
use super::partitioned::unless_refused;
use super::scatter::{ScatteredZone, Scatterer, Values};
use super::{Finish, Grouping, Piece};
use crate::Error;
use crate::pipeline::Run;
use crate::spill::{Extent, SpillFile, SpilledZone};
use colq_column::{Column, Scratch};
use colq_kernels::{PartitionRows, Partitioning};
use colq_types::{DataType, Physical, ZONE_ROWS};
use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

/// Zones of a round at most: enough for writes of a good size.
const ROUND_ZONES: u64 = 256;

/// The part of the memory that is left which the rows of a round may take, the finished groups at hand likewise.
const SHARE: u64 = 4;

/// Pieces of the answer a thread that are made side by side, at most.
const PIECES_A_THREAD: usize = 2;

/// Groups of a block in the file, at least and at most.
const BLOCK_GROUPS: (usize, usize) = (64, 1 << 16);

/// Rows of one partition in the file.
struct Chunk {
    runs: Vec<ZoneRun>,
    keys: Extent,
    rows: Option<Extent>,
    columns: SpilledZone,
    row_count: usize,
}

/// Rows of one zone in a chunk.
struct ZoneRun {
    first_row: u64,
    stripe: u32,
    len: usize,
}

/// Finished groups of one partition in the file.
struct Block {
    columns: SpilledZone,
    len: usize,
    /// Bytes of a group in memory.
    group_bytes: u64,
    last_row: u64,
}

impl Grouping<'_> {
    /// Goes through all zones and gives the groups in the order of their first rows, with little memory.
    pub(super) fn run_spilled(
        &self,
        partitioning: &Partitioning,
        finish: &Finish<'_>,
        run: Run<'_>,
        sink: &mut dyn FnMut(Piece) -> Result<(), Error>,
    ) -> Result<(), Error> {
        run.note(|| format!("groups: spilled, {} partitions", partitioning.partition_count()));
        let values = Values::new(&self.calls, &*self.pipeline.source)?;
        let file = SpillFile::create()?;
        let chunks = self.spill_rows(partitioning, &values, &file, run)?;
        let zone_count = self.pipeline.zone_count();
        let counts = Mutex::new(vec![0u64; zone_count]);
        let left = run.context.memory_left().unwrap_or(u64::MAX);
        // The rows and the groups of the partitions that are done: keys are spread evenly by their hashes, so the next ones
        // have as many groups for their rows.
        let seen = Mutex::new((0u64, 0u64));
        let finished = run.pool.in_order(run.context, chunks.len(), Vec::new, |buffer, number| {
            let rows: usize = chunks[number].iter().map(|chunk| chunk.row_count).sum();
            let (rows_seen, groups_seen) = *seen.lock().unwrap_or_else(PoisonError::into_inner);
            let room = (rows as u64 * groups_seen).checked_div(rows_seen).unwrap_or(0) as usize;
            let claim = run.context.claim(0)?;
            let room = room + room / MORE_ROOM;
            let mut partition = Partition::new(number, partitioning, self, &values, room, claim);
            for chunk in &chunks[number] {
                self.add_chunk(chunk, &mut partition, &values, &file)?;
                partition.claim()?;
            }
            let finished = match partition.finish(partitioning, self, &values, finish) {
                Ok(finished) => finished,
                Err(refusal) => return Ok(Err(refusal)),
            };
            let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
            *seen = (seen.0 + rows as u64, seen.1 + finished.first_rows.len() as u64);
            drop(seen);
            let mut counts = counts.lock().unwrap_or_else(PoisonError::into_inner);
            for row in &finished.first_rows {
                if let Some(count) = counts.get_mut((row / ZONE_ROWS) as usize) {
                    *count += 1;
                }
            }
            drop(counts);
            Ok(Ok(spill_groups(&finished, left / SHARE / chunks.len().max(1) as u64, &file, buffer)?))
        })?;
        drop(chunks);
        let counts = counts.into_inner().unwrap_or_else(PoisonError::into_inner);
        merge(unless_refused(finished)?, &counts, &file, run, sink)
    }

    /// Divides all rows and writes them, partition by partition.
    fn spill_rows(
        &self,
        partitioning: &Partitioning,
        values: &Values,
        file: &SpillFile,
        run: Run<'_>,
    ) -> Result<Vec<Vec<Chunk>>, Error> {
        let partition_count = partitioning.partition_count();
        let zone_count = self.pipeline.zone_count();
        let left = run.context.memory_left().unwrap_or(u64::MAX);
        let row_bytes = self.scattered_row_bytes(values);
        let round = (left / SHARE / (ZONE_ROWS * row_bytes)).clamp(1, ROUND_ZONES) as usize;
        let mut chunks: Vec<Vec<Chunk>> = (0..partition_count).map(|_| Vec::new()).collect();
        for start in (0..zone_count).step_by(round) {
            let count = round.min(zone_count - start);
            let scattered = run.pool.in_order(run.context, count, Scatterer::default, |worker, i| {
                self.scatter(partitioning, values, worker, start + i, run)
            })?;
            let scattered: Vec<ScatteredZone> = scattered.into_iter().flatten().collect();
            let written = run.pool.in_order(run.context, partition_count, Vec::new, |buffer, number| {
                spill_chunk(&scattered, number, values, file, buffer)
            })?;
            chunks.iter_mut().zip(written).for_each(|(chunks, chunk)| chunks.extend(chunk));
        }
        Ok(chunks)
    }

    /// Adds the rows of a chunk to their partition.
    fn add_chunk(
        &self,
        chunk: &Chunk,
        partition: &mut Partition,
        values: &Values,
        file: &SpillFile,
    ) -> Result<(), Error> {
        let mut keys = vec![0u64; chunk.keys.byte_len / size_of::<u64>()];
        file.read_into(chunk.keys, bytemuck::cast_slice_mut(&mut keys))?;
        let mut numbers = vec![0u16; chunk.rows.map_or(0, |rows| rows.byte_len / size_of::<u16>())];
        if let Some(rows) = chunk.rows {
            file.read_into(rows, bytemuck::cast_slice_mut(&mut numbers))?;
        }
        let mut columns = read_columns(&chunk.columns, chunk.row_count, file)?;
        for (number, column) in columns.iter_mut().enumerate() {
            if let Some(dictionary) = values.dictionary(number) {
                column.data_type = DataType::Text;
                column.dictionary = Some(dictionary.clone());
            }
        }
        let mut rest = PartitionRows { keys: &keys, codes: &[], rows: chunk.rows.map(|_| &numbers[..]) };
        let mut start = 0;
        for run in &chunk.runs {
            let (rows, later) = rest.split_at(run.len);
            rest = later;
            let range = start..start + run.len;
            start += run.len;
            let (first_row, stripe) = (run.first_row, run.stripe);
            let arrivals = Arrivals { first_row, stripe, rows, columns: &columns, range };
            partition.add(arrivals, values, self)?;
        }
        Ok(())
    }
}

/// Writes the rows of a partition; `None` where there are none.
fn spill_chunk(
    zones: &[ScatteredZone],
    number: usize,
    values: &Values,
    file: &SpillFile,
    buffer: &mut Vec<u8>,
) -> Result<Option<Chunk>, Error> {
    let ranges: Vec<_> = zones.iter().map(|zone| zone.rows.range(number)).collect();
    let parts = || zones.iter().zip(&ranges).filter(|(_, range)| !range.is_empty());
    let (mut keys, mut numbers, mut runs): (Vec<u64>, Vec<u16>, Vec<ZoneRun>) = Default::default();
    for (zone, range) in parts() {
        let part = zone.rows.part(number);
        keys.extend_from_slice(part.keys);
        keys.extend(part.codes.iter().map(|code| u64::from(*code)));
        numbers.extend_from_slice(part.rows.unwrap_or(&[]));
        runs.push(ZoneRun { first_row: zone.first_row, stripe: zone.stripe, len: range.len() });
    }
    let row_count = runs.iter().map(|run| run.len).sum();
    let Some((first, _)) = parts().next() else { return Ok(None) };
    let columns = (0..first.columns.len())
        .map(|column| {
            let whole = joined(parts().map(|(zone, range)| (&zone.columns[column], range)))?;
            Ok(if values.dictionary(column).is_some() { as_codes(whole) } else { whole })
        })
        .collect::<Result<Vec<_>, Error>>()?;
    let rows = match numbers.is_empty() {
        true => None,
        false => Some(file.append(bytemuck::cast_slice(&numbers))?),
    };
    let keys = file.append(bytemuck::cast_slice(&keys))?;
    Ok(Some(Chunk { runs, keys, rows, columns: SpilledZone::write(&columns, file, buffer)?, row_count }))
}

/// Codes of a dictionary that is the same for all rows, as the numbers they are: they are not to be replaced by texts.
fn as_codes(column: Column) -> Column {
    let data_type = match column.values.physical() {
        Physical::U8 => DataType::U8,
        Physical::U16 => DataType::U16,
        _ => DataType::U32,
    };
    Column { data_type, dictionary: None, ..column }
}

/// Writes finished groups in blocks of about so many bytes.
fn spill_groups(
    finished: &Finished,
    block_bytes: u64,
    file: &SpillFile,
    buffer: &mut Vec<u8>,
) -> Result<VecDeque<Block>, Error> {
    let group_count = finished.first_rows.len();
    let owned = finished.columns.iter().map(owned_len).sum::<usize>() + group_count * 8;
    let group_bytes = owned.checked_div(group_count).unwrap_or(1).max(1) as u64;
    let (fewest, most) = BLOCK_GROUPS;
    let len = usize::try_from(block_bytes / group_bytes).unwrap_or(most).clamp(fewest, most);
    let mut blocks = VecDeque::new();
    for start in (0..group_count).step_by(len) {
        let range = start..group_count.min(start + len);
        let first_rows = finished.first_rows[range.clone()].to_vec();
        let last_row = first_rows.last().copied().unwrap_or(0);
        let mut columns = vec![Column::new(DataType::U64, first_rows)];
        for column in &finished.columns {
            columns.push(joined(std::iter::once((column, &range)))?);
        }
        blocks.push_back(Block {
            columns: SpilledZone::write(&columns, file, buffer)?,
            len: range.len(),
            group_bytes,
            last_row,
        });
    }
    Ok(blocks)
}

fn read_columns(spilled: &SpilledZone, row_count: usize, file: &SpillFile) -> Result<Vec<Column>, Error> {
    let mut scratch = Scratch::default();
    (0..spilled.column_count())
        .map(|column| Ok(spilled.read(column, row_count, file, &mut scratch)?.to_column()))
        .collect()
}

/// Gives the groups of all partitions in the order of their first rows, a few pieces side by side. Of each partition no
/// more is in memory than the blocks that the pieces at hand need.
fn merge(
    mut partitions: Vec<VecDeque<Block>>,
    counts: &[u64],
    file: &SpillFile,
    run: Run<'_>,
    sink: &mut dyn FnMut(Piece) -> Result<(), Error>,
) -> Result<(), Error> {
    let mut held: Vec<Finished> = Vec::new();
    // The last row of the blocks of each partition that were read so far.
    let mut reached: Vec<Option<u64>> = vec![None; partitions.len()];
    let pieces = pieces(counts);
    let group_bytes = partitions.iter().flatten().map(|block| block.group_bytes).max().unwrap_or(1);
    // What a piece needs: its blocks, and itself.
    let piece_bytes = 2 * PIECE_GROUPS * group_bytes;
    let left = run.context.memory_left().unwrap_or(u64::MAX);
    let most = run.pool.thread_count() * PIECES_A_THREAD;
    let together = usize::try_from(left / SHARE / piece_bytes).unwrap_or(most).clamp(1, most);
    for pieces in pieces.chunks(together) {
        let Some(end) = pieces.last().map(|rows| rows.end) else { continue };
        let mut wanted = Vec::new();
        for (blocks, reached) in partitions.iter_mut().zip(&mut reached) {
            while reached.is_none_or(|last| last < end)
                && let Some(block) = blocks.pop_front()
            {
                *reached = Some(block.last_row);
                wanted.push(block);
            }
        }
        held.extend(run.pool.in_order(
            run.context,
            wanted.len(),
            || (),
            |(), at| {
                let block = &wanted[at];
                let mut columns = read_columns(&block.columns, block.len, file)?;
                let first = columns.remove(0);
                let first_rows = first.values.as_values().as_slice::<u64>().unwrap_or(&[]).to_vec();
                Finished::claimed(first_rows, columns, run)
            },
        )?);
        let done = run.pool.in_order(
            run.context,
            pieces.len(),
            || (),
            |(), at| {
                let piece = piece(&held, &pieces[at])?;
                let owned = piece.columns.iter().map(owned_len).sum::<usize>() + piece.first_rows.len() * 8;
                Ok((run.context.claim(owned)?, piece))
            },
        )?;
        held.retain(|block| block.first_rows.last().is_some_and(|last| *last >= end));
        for (claim, piece) in done {
            drop(claim);
            sink(piece)?;
        }
    }
    Ok(())
}
