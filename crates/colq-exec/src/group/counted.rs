//! The groups of all partitions in the order of their first rows, straight from what was kept of them: keys and answers
//! become columns piece by piece, so that no column of all groups is made only to be put in order.

use super::ordered::{Places, joined, pieces};
use super::partition::Counted;
use super::scatter::Values;
use super::{Finish, Grouping, Piece};
use crate::Error;
use crate::pipeline::Run;
use colq_column::Column;
use colq_kernels::Partitioning;
use colq_types::ZONE_ROWS;
use std::ops::Range;
use std::sync::{Mutex, PoisonError};

/// Pieces a thread in each round.
const PIECES_A_THREAD: usize = 4;

/// The groups of all partitions, and how to tell their answers.
pub(super) struct InOrder<'a> {
    pub(super) grouping: &'a Grouping<'a>,
    pub(super) partitioning: &'a Partitioning,
    pub(super) values: &'a Values,
    pub(super) finish: &'a Finish<'a>,
    pub(super) partitions: Vec<Counted>,
}

impl InOrder<'_> {
    /// Gives all groups.
    pub(super) fn give(
        &self,
        run: Run<'_>,
        sink: &mut dyn FnMut(Piece) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let pieces = pieces(&self.counts_by_zone(run)?);
        let ends = self.ends(&pieces, run)?;
        let round = run.pool.thread_count() * PIECES_A_THREAD;
        for start in (0..pieces.len()).step_by(round) {
            let count = round.min(pieces.len() - start);
            let done = run.pool.in_order(
                run.context,
                count,
                || (),
                |(), i| {
                    let number = start + i;
                    let before = |ends: &[u32]| number.checked_sub(1).map_or(0, |last| ends[last] as usize);
                    let ranges = ends.iter().map(|ends| before(ends)..ends[number] as usize).collect();
                    let piece = self.piece(ranges, &pieces[number])?;
                    let columns = piece.columns.iter().map(Column::byte_len).sum::<usize>();
                    Ok((run.context.claim(columns + piece.first_rows.len() * 8)?, piece))
                },
            )?;
            for (claim, piece) in done {
                drop(claim);
                sink(piece)?;
            }
        }
        Ok(())
    }

    /// How many first rows are in each zone.
    fn counts_by_zone(&self, run: Run<'_>) -> Result<Vec<u64>, Error> {
        let counts = Mutex::new(vec![0u64; self.grouping.pipeline.zone_count()]);
        let none = || vec![0u64; self.grouping.pipeline.zone_count()];
        run.pool.in_order(run.context, self.partitions.len(), none, |own, number| {
            own.fill(0);
            for row in &self.partitions[number].first_rows {
                if let Some(count) = own.get_mut((row / ZONE_ROWS) as usize) {
                    *count += 1;
                }
            }
            let mut counts = counts.lock().unwrap_or_else(PoisonError::into_inner);
            counts.iter_mut().zip(own).for_each(|(count, more)| *count += *more);
            Ok(())
        })?;
        Ok(counts.into_inner().unwrap_or_else(PoisonError::into_inner))
    }

    /// How many groups of each partition are in the pieces up to each one.
    fn ends(&self, pieces: &[Range<u64>], run: Run<'_>) -> Result<Vec<Vec<u32>>, Error> {
        run.pool.in_order(
            run.context,
            self.partitions.len(),
            || (),
            |(), number| {
                let first_rows = &self.partitions[number].first_rows;
                let mut start = 0;
                let ends = pieces.iter().map(|rows| {
                    start += first_rows[start..].partition_point(|row| *row < rows.end);
                    start as u32
                });
                Ok(ends.collect())
            },
        )
    }

    /// The groups in `ranges` of the partitions, whose first rows are in `rows`.
    fn piece(&self, ranges: Vec<Range<usize>>, rows: &Range<u64>) -> Result<Piece, Error> {
        let first_rows: Vec<&[u64]> = self.partitions.iter().map(|p| &p.first_rows[..]).collect();
        let places = Places::new(&first_rows, ranges, rows);
        let group_count = places.first_rows.len();
        let mut columns = self.keys(&places);
        let records = self.partitions.iter().zip(&places.ranges).enumerate();
        let records = records.map(|(at, (p, range))| (&p.records, range.clone(), places.of(at)));
        let positions = if self.partitions.iter().any(|p| !p.answers.is_empty()) {
            places.positions()
        } else {
            Vec::new()
        };
        let mut apart = 0;
        for (number, call) in self.grouping.calls.iter().enumerate() {
            columns.push(match self.values.tallies.state(number, group_count, records.clone()) {
                Some(mut state) => (self.finish)(number, call, &mut state)?,
                None => {
                    let parts = self.partitions.iter().zip(&places.ranges);
                    let parts = parts.filter(|(_, range)| !range.is_empty());
                    let whole = joined(parts.map(|(p, range)| (&p.answers[apart], range)))?;
                    apart += 1;
                    whole.gather(&positions)
                }
            });
        }
        Ok(Piece { columns, first_rows: places.first_rows })
    }

    /// The keys of a piece in order.
    fn keys(&self, places: &Places) -> Vec<Column> {
        let width = self.grouping.layout.word_count();
        let mut ordered = vec![0u64; places.first_rows.len() * width];
        let mut words = Vec::new();
        for (at, (partition, range)) in self.partitions.iter().zip(&places.ranges).enumerate() {
            words.clear();
            self.partitioning.keys(&partition.table, partition.number, range.clone(), &mut words);
            if width == 1 {
                places.of(at).iter().zip(&words).for_each(|(place, word)| ordered[*place as usize] = *word);
                continue;
            }
            for (place, key) in places.of(at).iter().zip(words.chunks_exact(width)) {
                ordered[*place as usize * width..][..width].copy_from_slice(key);
            }
        }
        self.grouping.key_columns(&ordered)
    }
}
