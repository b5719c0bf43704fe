//! The groups of one partition: rows come zone by zone, and at last each group's answers go out.

use super::Finish;
use super::Grouping;
use super::key_texts::owned_len;
use super::scatter::{ScatteredZone, Values, validity_of, view_of};
use crate::Error;
use crate::pipeline::Run;
use colq_column::{Column, View};
use colq_context::MemoryClaim;
use colq_kernels::{
    Accumulator, LongTexts, PartitionRows, PartitionTable, Partitioning, Rows, StripedAccumulator,
};

/// The groups of one partition.
pub(super) struct Partition {
    number: usize,
    table: PartitionTable,
    /// The long texts of the keys, by column of plain text.
    texts: Vec<LongTexts>,
    /// The first row of each group, ascending.
    first_rows: Vec<u64>,
    states: Vec<StripedAccumulator>,
    claim: MemoryClaim,
    /// The groups of the rows at hand.
    groups: Vec<u32>,
    /// The keys of the rows at hand, where they have long texts.
    words: Vec<u64>,
}

/// The groups of a partition with their answers.
pub(super) struct Finished {
    /// The first row of each group, ascending.
    pub(super) first_rows: Vec<u64>,
    /// Keys and answers.
    pub(super) columns: Vec<Column>,
    _claim: MemoryClaim,
}

impl Finished {
    /// Groups that were finished before.
    pub(super) fn claimed(
        first_rows: Vec<u64>,
        columns: Vec<Column>,
        run: Run<'_>,
    ) -> Result<Finished, Error> {
        let owned = columns.iter().map(owned_len).sum::<usize>() + first_rows.len() * 8;
        Ok(Finished { first_rows, columns, _claim: run.context.claim(owned)? })
    }
}

/// An answer that cannot be given: the call, the first row of the group, and why.
pub(super) struct Refusal {
    pub(super) call: usize,
    pub(super) first_row: u64,
    pub(super) error: Box<Error>,
}

/// Rows of one zone that belong to one partition.
pub(super) struct Arrivals<'a> {
    /// The number of the zone's first row.
    pub(super) first_row: u64,
    pub(super) stripe: u32,
    pub(super) rows: PartitionRows<'a>,
    /// The columns of [`Values`], and behind them the long texts of keys.
    pub(super) views: &'a [View<'a>],
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
            texts: vec![LongTexts::default(); grouping.layout.plain_texts().len()],
            first_rows: Vec::new(),
            states: grouping.calls.iter().map(|call| StripedAccumulator::new(call.kind)).collect(),
            claim,
            groups: Vec::new(),
            words: Vec::new(),
        }
    }

    /// Adds the partition's rows of a zone, which comes after all zones that were added before.
    pub(super) fn add_zone(
        &mut self,
        zone: &ScatteredZone,
        values: &Values,
        grouping: &Grouping<'_>,
    ) -> Result<(), Error> {
        let range = zone.rows.range(self.number);
        if range.is_empty() {
            return Ok(());
        }
        let validities: Vec<_> = zone.columns.iter().map(|column| validity_of(column, &range)).collect();
        let columns = zone.columns.iter().zip(&validities);
        let views: Vec<_> = columns.map(|(column, valid)| view_of(column, &range, valid.as_ref())).collect();
        let part = zone.rows.part(self.number);
        self.add(
            Arrivals { first_row: zone.first_row, stripe: zone.stripe, rows: part, views: &views },
            values,
            grouping,
        )
    }

    /// Adds rows of a zone.
    pub(super) fn add(
        &mut self,
        arrivals: Arrivals<'_>,
        values: &Values,
        grouping: &Grouping<'_>,
    ) -> Result<(), Error> {
        let Arrivals { first_row, stripe, rows: part, views } = arrivals;
        let texts = views.get(values.column_count()..).unwrap_or(&[]);
        // A zone without long texts brings none.
        if texts.iter().any(|texts| texts.dictionary.is_some_and(|texts| !texts.is_empty())) {
            self.words.clear();
            self.words.extend_from_slice(part.keys);
            grouping.layout.resolve(&mut self.words, &mut self.texts, |row, text, _| {
                texts.get(text).map_or(&[][..], |texts| texts.text(row))
            });
            let keys = PartitionRows { keys: &self.words, ..part };
            self.table.assign(keys, &mut self.groups);
        } else {
            self.table.assign(part, &mut self.groups);
        }
        // New groups count up from 0, so the first row of each new one is where its number first stands.
        if self.table.len() > self.first_rows.len() {
            for (at, group) in self.groups.iter().enumerate() {
                if *group as usize == self.first_rows.len() {
                    self.first_rows.push(first_row + part.row(at));
                }
            }
        }
        let rows = Rows { groups: &self.groups, positions: None };
        let calls = grouping.calls.iter().zip(&values.of_calls);
        for ((call, (argument, second)), state) in calls.zip(&mut self.states) {
            state.resize(self.table.len());
            let inputs = call.inputs(argument.map(|at| &views[at]), second.map(|at| &views[at]));
            let failed = |source| Error::Row { row: first_row, span: None, source };
            state.update(rows, inputs, stripe).map_err(failed)?;
        }
        Ok(())
    }

    /// Claims what the groups own by now.
    pub(super) fn claim(&mut self) -> Result<(), Error> {
        let states: usize = self.states.iter().map(StripedAccumulator::byte_len).sum();
        let texts: usize = self.texts.iter().map(LongTexts::byte_len).sum();
        Ok(self.claim.resize(self.table.byte_len() + texts + self.first_rows.capacity() * 8 + states)?)
    }

    /// How many keys there are, of which those that hold NULL are left out.
    pub(super) fn valid_keys(&self, partitioning: &Partitioning, grouping: &Grouping<'_>) -> u64 {
        if let [_] = grouping.layout.plain_texts()
            && let PartitionTable::Hashed(table) = &self.table
        {
            return grouping.layout.valid_texts(table.keys());
        }
        let columns = self.keys(partitioning, grouping);
        columns.first().map_or(0, |keys| (keys.len() - keys.view().null_count()) as u64)
    }

    fn keys(&self, partitioning: &Partitioning, grouping: &Grouping<'_>) -> Vec<Column> {
        let is_kept = |key: usize| grouping.kept.as_ref().is_none_or(|kept| kept.get(key) == Some(&true));
        if !(0..grouping.keys.len()).any(is_kept) {
            return Vec::new();
        }
        let mut words = Vec::new();
        partitioning.keys(&self.table, self.number, &mut words);
        let dictionaries: Vec<_> = grouping.keys.iter().map(|key| key.dictionary.clone()).collect();
        grouping.layout.decode_texts(&words, &dictionaries, &|_| &self.texts, false, &is_kept)
    }

    /// The keys and the answers of all groups.
    pub(super) fn finish(
        mut self,
        partitioning: &Partitioning,
        grouping: &Grouping<'_>,
        finish: &Finish<'_>,
    ) -> Result<Finished, Refusal> {
        let internal = |error: Error| Refusal { call: 0, first_row: 0, error: Box::new(error) };
        let mut columns = self.keys(partitioning, grouping);
        self.table = PartitionTable::Direct { slots: Vec::new(), codes: Vec::new() };
        self.texts = Vec::new();
        for (number, (call, state)) in grouping.calls.iter().zip(std::mem::take(&mut self.states)).enumerate()
        {
            let mut state = state.finish();
            columns.push(match finish(number, call, &mut state) {
                Ok(column) => column,
                Err(error) => return Err(self.refusal(number, &state, error, grouping, finish)),
            });
        }
        let owned = columns.iter().map(owned_len).sum::<usize>() + self.first_rows.capacity() * 8;
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
                return Refusal { call: number, first_row: *first_row, error: Box::new(error) };
            }
        }
        Refusal { call: number, first_row: 0, error: Box::new(error) }
    }
}
