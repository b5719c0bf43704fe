//! Very many groups: rows are divided by key first, so that the groups of each part fit into a processor's cache and
//! each part is one thread's alone.
//!
//! A round of zones is divided on all threads, each zone by itself; then each partition takes its rows of all these
//! zones in their order. So every group sees its rows in the order that docs/SQL.md defines, whatever the number of
//! threads, of partitions and of zones a round.

use super::count::no_answers;
use super::counted::InOrder;
use super::partition::{Partition, Refusal};
use super::scatter::{ScatteredZone, Scatterer, Values};
use super::top::{ByColumns, joined_candidates};
use super::{Finish, Grouping, Piece};
use crate::Error;
use crate::few::Few;
use crate::pipeline::Run;
use colq_kernels::Partitioning;
use colq_types::ZONE_ROWS;
use std::ops::Range;
use std::sync::{Mutex, PoisonError};

/// Zones of a round, at least and at most.
const ROUND_ZONES: (usize, usize) = (32, 2048);

/// Rows of a round for each group: the more, the less often the groups are fetched into the cache, but the more fresh
/// memory the divided rows take.
const ROWS_A_GROUP: usize = 2;

/// The part of the memory that is left which the divided rows of a round may take.
const ROUND_SHARE: u64 = 8;

/// Zones of which a partition's rows are brought into the cache at once, a few kilobytes each.
const FETCHED_ZONES: usize = 8;

/// The part of the groups that a partition has room for beyond its share.
pub(super) const MORE_ROOM: usize = 16;

impl Grouping<'_> {
    /// Goes through all zones and gives the groups in the order of their first rows: in memory, or where the budget does
    /// not allow that, once more and by way of a scratch file.
    pub(super) fn run_bounded(
        &self,
        (partitioning, groups): (&Partitioning, usize),
        finish: &Finish<'_>,
        run: Run<'_>,
        sink: &mut dyn FnMut(Piece) -> Result<(), Error>,
    ) -> Result<(), Error> {
        #[cfg(test)]
        if super::forced::is_spilled() {
            return self.run_spilled(partitioning, finish, run, sink);
        }
        let mut given = false;
        let in_memory = self.run_partitioned((partitioning, groups), finish, run, &mut |piece| {
            given = true;
            sink(piece)
        });
        match in_memory {
            Err(Error::OverBudget(_)) if !given => {
                self.run_spilled(&self.spilled_partitioning(), finish, run, sink)
            }
            other => other,
        }
    }

    /// Goes through all zones and gives the groups in the order of their first rows.
    fn run_partitioned(
        &self,
        (partitioning, groups): (&Partitioning, usize),
        finish: &Finish<'_>,
        run: Run<'_>,
        sink: &mut dyn FnMut(Piece) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let values = Values::new(&self.calls, &*self.pipeline.source)?;
        if let Few::Top(order, wanted) = &self.few {
            run.note(|| format!("groups: the first {wanted} of each partition"));
            let by =
                ByColumns { grouping: self, partitioning, values: &values, finish, order, wanted: *wanted };
            let finished = self.each_partition((partitioning, groups), &values, run, |partition| {
                Ok(partition.finish_apart(self, finish).and_then(|counted| by.candidates(&counted)))
            })?;
            return joined_candidates(unless_refused(finished)?)?.map_or(Ok(()), sink);
        }
        let finished = self.each_partition((partitioning, groups), &values, run, |partition| {
            Ok(partition.finish_apart(self, finish))
        })?;
        let partitions = unless_refused(finished)?;
        InOrder { grouping: self, partitioning, values: &values, finish, partitions }.give(run, sink)
    }

    /// How many keys there are without NULL.
    pub(super) fn count_partitioned(
        &self,
        partitioning: &Partitioning,
        groups: usize,
        run: Run<'_>,
    ) -> Result<u64, Error> {
        #[cfg(test)]
        if super::forced::is_spilled() {
            return self.count_spilled(run);
        }
        match self.count_in_memory(partitioning, groups, run) {
            Err(Error::OverBudget(_)) => self.count_spilled(run),
            other => other,
        }
    }

    /// The same by way of a scratch file.
    pub(super) fn count_spilled(&self, run: Run<'_>) -> Result<u64, Error> {
        let mut count = 0;
        self.run_spilled(&self.spilled_partitioning(), &no_answers, run, &mut |piece| {
            count += piece.columns.first().map_or(0, |keys| keys.len() - keys.view().null_count()) as u64;
            Ok(())
        })?;
        Ok(count)
    }

    fn count_in_memory(
        &self,
        partitioning: &Partitioning,
        groups: usize,
        run: Run<'_>,
    ) -> Result<u64, Error> {
        let values = Values::new(&self.calls, &*self.pipeline.source)?;
        let counts = self.each_partition((partitioning, groups), &values, run, |partition| {
            Ok(partition.valid_keys(partitioning, self))
        })?;
        Ok(counts.into_iter().sum())
    }

    /// Shows each partition with the groups of all its rows to `then`.
    fn each_partition<R: Send>(
        &self,
        (partitioning, groups): (&Partitioning, usize),
        values: &Values,
        run: Run<'_>,
        then: impl Fn(Partition) -> Result<R, Error> + Sync,
    ) -> Result<Vec<R>, Error> {
        let room = groups / partitioning.partition_count();
        let room = room + room / MORE_ROOM;
        let new = |number: usize, room: usize| -> Result<Partition, Error> {
            let claim = run.context.claim(0)?;
            let mut partition = Partition::new(number, partitioning, self, values, room, claim);
            // Places are there before the first row.
            partition.claim()?;
            Ok(partition)
        };
        let zones = self.pipeline.zone_count();
        let round = self.round_zones(groups, values, run);
        if zones <= round {
            // A partition is done before the next one begins, so that their tables take turns in the same memory.
            let scattered = self.scattered((partitioning, values), 0..zones, run)?;
            let by_size = by_size(partitioning, &scattered);
            let mut worked = run.pool.in_order(
                run.context,
                by_size.len(),
                || (),
                |(), i| {
                    let (rows, number) = by_size[i];
                    let mut partition = new(number, room.min(rows))?;
                    self.fill(&mut partition, number, &scattered, values)?;
                    Ok((number, then(partition)?))
                },
            )?;
            worked.sort_unstable_by_key(|(number, _)| *number);
            return Ok(worked.into_iter().map(|(_, result)| result).collect());
        }
        // Much memory is asked for here, and comes page by page: all threads help.
        let partitions = run.pool.in_order(
            run.context,
            partitioning.partition_count(),
            || (),
            |(), number| Ok(Mutex::new(Some(new(number, room)?))),
        )?;
        for start in (0..zones).step_by(round) {
            let scattered = self.scattered((partitioning, values), start..zones.min(start + round), run)?;
            let by_size = by_size(partitioning, &scattered);
            run.pool.in_order(
                run.context,
                by_size.len(),
                || (),
                |(), i| {
                    let (rows, number) = by_size[i];
                    // No two pieces have the same number, so the locks are never waited for.
                    let mut partition = partitions[number].lock().unwrap_or_else(PoisonError::into_inner);
                    partition.as_mut().map_or(Ok(()), |partition| {
                        partition.expect(rows);
                        self.fill(partition, number, &scattered, values)
                    })
                },
            )?;
        }
        run.pool.in_order(
            run.context,
            partitions.len(),
            || (),
            |(), number| then(taken(&partitions[number])?),
        )
    }

    /// The rows of these zones, each divided by partition.
    fn scattered(
        &self,
        (partitioning, values): (&Partitioning, &Values),
        zones: Range<usize>,
        run: Run<'_>,
    ) -> Result<Vec<ScatteredZone>, Error> {
        let scattered = run.pool.in_order(run.context, zones.len(), Scatterer::default, |worker, i| {
            self.scatter(partitioning, values, worker, zones.start + i, run)
        })?;
        Ok(scattered.into_iter().flatten().collect())
    }

    /// Adds the rows of these zones to their partition.
    fn fill(
        &self,
        partition: &mut Partition,
        number: usize,
        scattered: &[ScatteredZone],
        values: &Values,
    ) -> Result<(), Error> {
        for zones in scattered.chunks(FETCHED_ZONES) {
            zones.iter().for_each(|zone| zone.fetch(number));
            zones.iter().try_for_each(|zone| partition.add_zone(zone, values, self))?;
        }
        partition.claim()
    }

    /// True where all zones are one round, so that a partition is done before the next one begins.
    pub(super) fn is_one_round(&self, groups: usize, run: Run<'_>) -> bool {
        let values = Values::new(&self.calls, &*self.pipeline.source);
        values.is_ok_and(|values| self.pipeline.zone_count() <= self.round_zones(groups, &values, run))
    }

    /// Zones of a round.
    fn round_zones(&self, groups: usize, values: &Values, run: Run<'_>) -> usize {
        let left = run.context.memory_left().unwrap_or(u64::MAX) / ROUND_SHARE;
        let allowed = left / (ZONE_ROWS * self.scattered_row_bytes(values));
        let wanted = (groups * ROWS_A_GROUP) as u64 / ZONE_ROWS;
        let zones = usize::try_from(allowed.min(wanted)).unwrap_or(usize::MAX);
        let (fewest, most) = ROUND_ZONES;
        zones.clamp(fewest, most).next_multiple_of(run.pool.thread_count())
    }
}

/// Partitions with their numbers of rows, those with the most first, so that no thread is left with a large one at the
/// end.
fn by_size(partitioning: &Partitioning, scattered: &[ScatteredZone]) -> Vec<(usize, usize)> {
    let rows = |number: usize| scattered.iter().map(|zone| zone.rows.range(number).len()).sum();
    let mut by_size: Vec<(usize, usize)> =
        (0..partitioning.partition_count()).map(|number| (rows(number), number)).collect();
    by_size.sort_unstable_by(|a, b| b.cmp(a));
    by_size
}

/// A partition that is worked on no more.
fn taken(partition: &Mutex<Option<Partition>>) -> Result<Partition, Error> {
    let taken = partition.lock().unwrap_or_else(PoisonError::into_inner).take();
    taken.ok_or_else(|| Error::Internal("a partition is gone".into()))
}

/// The finished partitions, or the error that comes first by call and then by row.
pub(super) fn unless_refused<F>(finished: Vec<Result<F, Refusal>>) -> Result<Vec<F>, Error> {
    let mut all = Vec::with_capacity(finished.len());
    let mut first: Option<Refusal> = None;
    for partition in finished {
        match partition {
            Ok(partition) => all.push(partition),
            Err(refusal) => {
                let place = |r: &Refusal| (r.call, r.first_row);
                if first.as_ref().is_none_or(|first| place(&refusal) < place(first)) {
                    first = Some(refusal);
                }
            }
        }
    }
    first.map_or(Ok(all), |refusal| Err(*refusal.error))
}
