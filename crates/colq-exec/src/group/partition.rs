//! The groups of one partition: rows come zone by zone, and at last each group's answers go out.

use super::Finish;
use super::Grouping;
use super::first_rows::FirstRows;
use super::key_texts::owned_len;
use super::scatter::{ScatteredZone, Values, validity_of, view_of};
use crate::Error;
use crate::calls::Call;
use crate::pipeline::Run;
use colq_column::{Column, View};
use colq_context::MemoryClaim;
use colq_kernels::{
    Accumulator, LongTexts, PartitionRows, PartitionTable, Partitioning, Records, Rows, StripedAccumulator,
    Summands, Totals,
};
use colq_types::ZONE_ROWS;
use std::ops::Range;

/// Places for each group with which groups go by their places: more would be fetched for nothing.
const KEPT_PLACES_A_GROUP: usize = 3;

/// Rows for each place with which they do: with fewer it costs more to clear the places than to number the groups.
const ROWS_A_PLACE: u64 = 4;

/// Bytes that may be fetched for each row to come, four lines: lines read one after the other cost less than those that
/// rows find.
const FETCHED_A_ROW: usize = 256;

/// What is fetched has to stay in the second-level cache, or at least in the third.
const MOST_FETCHED: usize = 4 << 20;

/// The groups of one partition.
pub(super) struct Partition {
    number: usize,
    table: PartitionTable,
    /// The long texts of the keys, by column of plain text.
    texts: Vec<LongTexts>,
    first_rows: FirstRows,
    /// What the calls with slots keep.
    records: Records,
    /// The calls without, and what each of them keeps.
    states: Vec<(usize, StripedAccumulator)>,
    claim: MemoryClaim,
    /// The groups of the rows at hand.
    groups: Vec<u32>,
    /// The keys of the rows at hand, where they have long texts.
    words: Vec<u64>,
    /// Those of them that made a group.
    fresh: Vec<u32>,
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

/// The groups of a partition of which some answers lie in totals still.
pub(super) struct Counted {
    pub(super) number: usize,
    pub(super) table: PartitionTable,
    /// The long texts of the keys, by column of plain text.
    pub(super) texts: Vec<LongTexts>,
    pub(super) first_rows: FirstRows,
    pub(super) totals: Totals,
    /// The answers of the calls without slots, in their order.
    pub(super) answers: Vec<Column>,
    claim: MemoryClaim,
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
    /// The columns of [`Values`], behind them the long texts of keys, and where in them the rows are.
    pub(super) columns: &'a [Column],
    pub(super) range: Range<usize>,
}

impl Partition {
    /// A partition with room for about this many groups.
    pub(super) fn new(
        number: usize,
        partitioning: &Partitioning,
        grouping: &Grouping<'_>,
        values: &Values,
        room: usize,
        claim: MemoryClaim,
    ) -> Partition {
        let mut records = values.tallies.records();
        // Records of nearly all places need no number to be found by.
        let rows = grouping.pipeline.source.row_count() / partitioning.partition_count() as u64;
        let few =
            |places: &usize| *places <= room * KEPT_PLACES_A_GROUP && rows >= *places as u64 * ROWS_A_PLACE;
        let places = partitioning.place_count().filter(few);
        let placed = places.filter(|_| values.tallies.is_whole()).and_then(|places| {
            records.resize(places);
            partitioning.placed_table(room)
        });
        if placed.is_none() && !values.tallies.is_empty() {
            records.reserve(room);
        }
        let apart = (0..).zip(&grouping.calls).filter(|(number, _)| !values.tallies.has(*number));
        Partition {
            number,
            table: placed.unwrap_or_else(|| partitioning.table(room)),
            texts: vec![LongTexts::default(); grouping.layout.plain_texts().len()],
            first_rows: FirstRows::with_capacity(room),
            records,
            states: apart.map(|(number, call)| (number, StripedAccumulator::new(call.kind))).collect(),
            claim,
            groups: Vec::new(),
            words: Vec::new(),
            fresh: Vec::new(),
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
        let rows = zone.rows.part(self.number);
        let (first_row, stripe) = (zone.first_row, zone.stripe);
        self.add(Arrivals { first_row, stripe, rows, columns: &zone.columns, range }, values, grouping)
    }

    /// Adds rows of a zone.
    pub(super) fn add(
        &mut self,
        arrivals: Arrivals<'_>,
        values: &Values,
        grouping: &Grouping<'_>,
    ) -> Result<(), Error> {
        let Arrivals { first_row, stripe, rows: part, columns, range } = arrivals;
        let (columns, texts) = columns.split_at_checked(values.column_count()).unwrap_or((columns, &[]));
        // A zone without long texts brings none.
        if texts.iter().any(|texts| texts.dictionary.as_ref().is_some_and(|texts| !texts.is_empty())) {
            self.words.clear();
            self.words.extend_from_slice(part.keys);
            grouping.layout.resolve(&mut self.words, &mut self.texts, |row, text, _| {
                texts.get(text).map_or(&[][..], |texts| texts.view().text(range.start + row))
            });
            let keys = PartitionRows { keys: &self.words, ..part };
            self.table.assign(keys, &mut self.groups, &mut self.fresh);
        } else {
            self.table.assign(part, &mut self.groups, &mut self.fresh);
        }
        let first = values.tallies.first_floats().and_then(|column| columns.get(column)).map(Column::view);
        let first = first.as_ref().map(|view| Summands { view, start: range.start });
        if self.table.places().is_some() {
            self.records.count_fresh(&self.groups, stripe, first, &mut self.fresh);
            self.table.found(self.fresh.iter().map(|at| self.groups[*at as usize]));
        } else if !values.tallies.is_empty() {
            self.records.resize(self.table.len());
            self.records.count(&self.groups, stripe, first);
        }
        let places = self.fresh.iter().map(|at| part.row(*at as usize) as u16);
        self.first_rows.extend(first_row / ZONE_ROWS, places);
        values.tallies.add(&mut self.records, &self.groups, columns, &range);
        if self.states.is_empty() {
            return Ok(());
        }
        let validities: Vec<_> = columns.iter().map(|column| validity_of(column, &range)).collect();
        let columns = columns.iter().zip(&validities);
        let views: Vec<View<'_>> =
            columns.map(|(column, valid)| view_of(column, &range, valid.as_ref())).collect();
        let rows = Rows { groups: &self.groups, positions: None };
        for (number, state) in &mut self.states {
            let (call, (argument, second)) = (&grouping.calls[*number], values.of_calls[*number]);
            state.resize(self.table.len());
            let inputs = call.inputs(argument.map(|at| &views[at]), second.map(|at| &views[at]));
            let failed = |source| Error::Row { row: first_row, span: None, source };
            state.update(rows, inputs, stripe).map_err(failed)?;
        }
        Ok(())
    }

    /// Gets ready for this many rows: where they will find groups all over the place, all are fetched in their order.
    pub(super) fn expect(&self, rows: usize) {
        let owned = self.table.byte_len() + self.records.byte_len();
        if owned <= MOST_FETCHED && owned <= rows * FETCHED_A_ROW {
            self.table.fetch();
            self.records.fetch();
        }
    }

    /// Claims what the groups own by now.
    pub(super) fn claim(&mut self) -> Result<(), Error> {
        let states: usize = self.states.iter().map(|(_, state)| state.byte_len()).sum();
        let texts: usize = self.texts.iter().map(LongTexts::byte_len).sum();
        let kept = self.records.byte_len() + states + texts + self.first_rows.byte_len();
        Ok(self.claim.resize(self.table.byte_len() + kept)?)
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
        if !(0..grouping.keys.len()).any(|key| grouping.is_kept(key)) {
            return Vec::new();
        }
        let mut words = Vec::new();
        partitioning.keys(&self.table, self.number, 0..self.table.len(), &mut words);
        grouping.key_columns(&words, &|_| &self.texts)
    }

    /// The keys and the answers of all groups.
    pub(super) fn finish(
        self,
        partitioning: &Partitioning,
        grouping: &Grouping<'_>,
        values: &Values,
        finish: &Finish<'_>,
    ) -> Result<Finished, Refusal> {
        let mut columns = self.keys(partitioning, grouping);
        let mut counted = self.finish_apart(grouping, finish)?;
        columns.extend(counted.take_answers(grouping, values, finish)?);
        let Counted { first_rows, mut claim, .. } = counted;
        let first_rows = first_rows.into_rows();
        let owned = columns.iter().map(owned_len).sum::<usize>() + first_rows.capacity() * 8;
        claim.resize(owned).map_err(|e| Refusal::internal(e.into()))?;
        Ok(Finished { first_rows, columns, _claim: claim })
    }

    /// The answers of the calls that have no slots.
    pub(super) fn finish_apart(
        mut self,
        grouping: &Grouping<'_>,
        finish: &Finish<'_>,
    ) -> Result<Counted, Refusal> {
        let mut answers = Vec::new();
        for (number, state) in std::mem::take(&mut self.states) {
            let mut state = state.finish();
            answers.push(match finish(number, &grouping.calls[number], &mut state) {
                Ok(column) => column,
                Err(error) => return Err(self.refusal(number, &state, error, grouping, finish)),
            });
        }
        let places = self.table.places();
        if places.is_some() {
            self.records.fetch();
        }
        let totals = self.records.totals(places);
        // No row follows, so no key is looked up any more.
        self.table.seal();
        let texts: usize = self.texts.iter().map(LongTexts::byte_len).sum();
        let kept = self.table.byte_len() + texts + totals.byte_len() + self.first_rows.byte_len();
        let owned = kept + answers.iter().map(owned_len).sum::<usize>();
        self.claim.resize(owned).map_err(|e| Refusal::internal(e.into()))?;
        let Partition { number, table, texts, first_rows, claim, .. } = self;
        Ok(Counted { number, table, texts, first_rows, totals, answers, claim })
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
        for (group, first_row) in (0u32..).zip(self.first_rows.rows(0..self.first_rows.len())) {
            let mut one = Accumulator::new(call.kind);
            one.resize(1);
            one.merge(state, std::iter::once((group, 0)));
            if let Err(error) = finish(number, call, &mut one) {
                return Refusal { call: number, first_row, error: Box::new(error) };
            }
        }
        Refusal { call: number, first_row: 0, error: Box::new(error) }
    }
}

impl Counted {
    /// The answers of all calls, in the order of groups.
    pub(super) fn take_answers(
        &mut self,
        grouping: &Grouping<'_>,
        values: &Values,
        finish: &Finish<'_>,
    ) -> Result<Vec<Column>, Refusal> {
        let places: Vec<u32> = (0..self.first_rows.len() as u32).collect();
        let mut answers = std::mem::take(&mut self.answers).into_iter();
        let mut states = values.tallies.states(places.len(), &|_| true);
        values.tallies.put(&self.totals, 0..places.len(), &places, &mut states);
        values.tallies.share_counts(&mut states);
        let mut states = states.into_iter();
        let answer = |(number, call): (usize, &Call)| match states.next().flatten() {
            Some(mut state) => finish(number, call, &mut state).map_err(Refusal::internal),
            None => {
                answers.next().ok_or_else(|| Refusal::internal(Error::Internal("an answer is gone".into())))
            }
        };
        grouping.calls.iter().enumerate().map(answer).collect()
    }

    /// The answers of the calls that are wanted, of these groups or of all, in their order; none of the other calls.
    pub(super) fn answers(
        &self,
        grouping: &Grouping<'_>,
        values: &Values,
        finish: &Finish<'_>,
        groups: Option<&[u32]>,
        is_wanted: &dyn Fn(usize) -> bool,
    ) -> Result<Vec<Option<Column>>, Refusal> {
        let count = groups.map_or(self.first_rows.len(), <[u32]>::len);
        let places: Vec<u32> = (0..count as u32).collect();
        let mut states = values.tallies.states(count, is_wanted);
        match groups {
            None => values.tallies.put(&self.totals, 0..count, &places, &mut states),
            Some(groups) => places.chunks(1).zip(groups).for_each(|(place, group)| {
                let group = *group as usize;
                values.tallies.put(&self.totals, group..group + 1, place, &mut states);
            }),
        }
        values.tallies.share_counts(&mut states);
        let (mut states, mut apart) = (states.into_iter(), self.answers.iter());
        let mut answer = |(number, call): (usize, &Call)| {
            let state = states.next().flatten();
            let finished = if values.tallies.has(number) { None } else { apart.next() };
            match (state, finished) {
                _ if !is_wanted(number) => Ok(None),
                (Some(mut state), _) => finish(number, call, &mut state).map(Some).map_err(Refusal::internal),
                (None, Some(all)) => {
                    Ok(Some(groups.map_or_else(|| all.clone(), |groups| all.gather(groups))))
                }
                (None, None) => Err(Refusal::internal(Error::Internal("an answer is gone".into()))),
            }
        };
        grouping.calls.iter().enumerate().map(&mut answer).collect()
    }

    /// Brings the keys and the totals of these groups into the cache.
    pub(super) fn fetch(&self, groups: Range<usize>) {
        self.table.fetch_keys(groups.clone());
        self.totals.fetch(groups);
    }

    /// The keys of these groups.
    pub(super) fn keys(
        &self,
        partitioning: &Partitioning,
        grouping: &Grouping<'_>,
        groups: impl Iterator<Item = usize>,
    ) -> Vec<Column> {
        let mut words = Vec::new();
        groups.for_each(|group| {
            partitioning.keys(&self.table, self.number, group..group + 1, &mut words);
        });
        grouping.key_columns(&words, &|_| &self.texts)
    }
}

impl Refusal {
    pub(super) fn internal(error: Error) -> Refusal {
        Refusal { call: 0, first_row: 0, error: Box::new(error) }
    }
}
