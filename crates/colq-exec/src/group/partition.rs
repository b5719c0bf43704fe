//! The groups of one partition: rows come zone by zone, and at last each group's answers go out.

use super::Finish;
use super::Grouping;
use super::scatter::{ScatteredZone, Values, validity_of, view_of};
use crate::Error;
use colq_column::Column;
use colq_context::MemoryClaim;
use colq_kernels::{Accumulator, PartitionTable, Partitioning, Rows, StripedAccumulator};

/// The groups of one partition.
pub(super) struct Partition {
    number: usize,
    table: PartitionTable,
    /// The first row of each group, ascending.
    first_rows: Vec<u64>,
    states: Vec<StripedAccumulator>,
    claim: MemoryClaim,
    /// The groups of the rows at hand.
    groups: Vec<u32>,
}

/// The groups of a partition with their answers.
pub(super) struct Finished {
    /// The first row of each group, ascending.
    pub(super) first_rows: Vec<u64>,
    /// Keys and answers.
    pub(super) columns: Vec<Column>,
    _claim: MemoryClaim,
}

/// An answer that cannot be given: the call, the first row of the group, and why.
pub(super) struct Refusal {
    pub(super) call: usize,
    pub(super) first_row: u64,
    pub(super) error: Error,
}

impl Partition {
    pub(super) fn new(
        number: usize,
        partitioning: &Partitioning,
        grouping: &Grouping<'_>,
        claim: MemoryClaim,
    ) -> Partition {
        Partition {
            number,
            table: partitioning.table(),
            first_rows: Vec::new(),
            states: grouping.calls.iter().map(|call| StripedAccumulator::new(call.kind)).collect(),
            claim,
            groups: Vec::new(),
        }
    }

    /// Adds the partition's rows of a zone, which comes after all zones that were added before.
    pub(super) fn add(
        &mut self,
        zone: &ScatteredZone,
        values: &Values,
        grouping: &Grouping<'_>,
    ) -> Result<(), Error> {
        let range = zone.rows.range(self.number);
        if range.is_empty() {
            return Ok(());
        }
        self.table.assign(&zone.rows, self.number, &mut self.groups);
        // New groups count up from 0, so the first row of each new one is where its number first stands.
        if self.table.len() > self.first_rows.len() {
            for (place, group) in range.clone().zip(&self.groups) {
                if *group as usize == self.first_rows.len() {
                    self.first_rows.push(zone.row(place));
                }
            }
        }
        let rows = Rows { groups: &self.groups, positions: None };
        let validities: Vec<_> = zone.columns.iter().map(|column| validity_of(column, &range)).collect();
        let columns = zone.columns.iter().zip(&validities);
        let views: Vec<_> = columns.map(|(column, valid)| view_of(column, &range, valid.as_ref())).collect();
        let calls = grouping.calls.iter().zip(&values.of_calls);
        for ((call, (argument, second)), state) in calls.zip(&mut self.states) {
            state.resize(self.table.len());
            let inputs = call.inputs(argument.map(|at| &views[at]), second.map(|at| &views[at]));
            state.update(rows, inputs, zone.stripe).map_err(|source| Error::Row {
                row: zone.first_row,
                span: None,
                source,
            })?;
        }
        Ok(())
    }

    /// Claims what the groups own by now.
    pub(super) fn claim(&mut self) -> Result<(), Error> {
        let states: usize = self.states.iter().map(StripedAccumulator::byte_len).sum();
        Ok(self.claim.resize(self.table.byte_len() + self.first_rows.capacity() * 8 + states)?)
    }

    /// The keys and the answers of all groups.
    pub(super) fn finish(
        mut self,
        partitioning: &Partitioning,
        grouping: &Grouping<'_>,
        finish: &Finish<'_>,
    ) -> Result<Finished, Refusal> {
        let internal = |error: Error| Refusal { call: 0, first_row: 0, error };
        let mut words = Vec::new();
        partitioning.keys(&self.table, self.number, &mut words);
        self.table = partitioning_without_groups();
        let dictionaries: Vec<_> = grouping.keys.iter().map(|key| key.dictionary.clone()).collect();
        let mut columns = grouping.layout.decode(&words, &dictionaries);
        drop(words);
        for (number, (call, state)) in grouping.calls.iter().zip(std::mem::take(&mut self.states)).enumerate()
        {
            let mut state = state.finish();
            columns.push(match finish(number, call, &mut state) {
                Ok(column) => column,
                Err(error) => return Err(self.refusal(number, &state, error, grouping, finish)),
            });
        }
        let owned = columns.iter().map(Column::byte_len).sum::<usize>() + self.first_rows.capacity() * 8;
        self.claim.resize(owned).map_err(|e| internal(e.into()))?;
        Ok(Finished { first_rows: self.first_rows, columns, _claim: self.claim })
    }

    /// The first group whose answer cannot be given.
    fn refusal(
        &self,
        number: usize,
        state: &Accumulator,
        error: Error,
        grouping: &Grouping<'_>,
        finish: &Finish<'_>,
    ) -> Refusal {
        let call = &grouping.calls[number];
        for (group, first_row) in (0u32..).zip(&self.first_rows) {
            let mut one = Accumulator::new(call.kind);
            one.resize(1);
            one.merge(state, std::iter::once((group, 0)));
            if let Err(error) = finish(number, call, &mut one) {
                return Refusal { call: number, first_row: *first_row, error };
            }
        }
        Refusal { call: number, first_row: 0, error }
    }
}

fn partitioning_without_groups() -> PartitionTable {
    PartitionTable::Direct { slots: Vec::new(), codes: Vec::new() }
}
