//! Which aggregates of very many groups are kept in records, and which slot each of them reads: counts, float sums, and
//! sums of whole numbers that cannot leave 64 bits whatever the rows.

use super::slots::is_within;
use crate::Error;
use crate::calls::Call;
use colq_column::{Column, ColumnSource};
use colq_kernels::{Accumulator, AccumulatorKind, Records, Sums, Totals};
use std::ops::Range;

/// What a slot adds up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Rows where the value is not NULL.
    Valid,
    Integer,
    Float,
}

/// A slot of the records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Slot {
    kind: Kind,
    /// The column of the values.
    column: usize,
    /// Its number among the slots of whole numbers, or of floats.
    place: usize,
}

impl Slot {
    fn is_first_of_floats(&self) -> bool {
        self.kind == Kind::Float && self.place == 0
    }
}

/// Where an aggregate finds what it needs.
#[derive(Debug, Clone, Copy)]
struct Tally {
    /// The place of the slot that counts values; without one every row has a value.
    count: Option<usize>,
    /// The slot of the sum.
    sum: Option<Slot>,
}

/// The slots of all aggregates that have some.
#[derive(Debug, Default)]
pub(super) struct Tallies {
    slots: Vec<Slot>,
    /// By call; `None` for those that keep a state of their own.
    of_calls: Vec<Option<Tally>>,
}

impl Tallies {
    /// Finds slots for every call that can go by them.
    pub(super) fn new(
        calls: &[Call],
        values: &[(Option<usize>, Option<usize>)],
        source: &dyn ColumnSource,
    ) -> Result<Tallies, Error> {
        let mut tallies = Tallies::default();
        for (call, (column, _)) in calls.iter().zip(values) {
            let tally = if source.row_count() > Records::MOST_ROWS {
                None
            } else {
                tallies.place(call, *column, source)?
            };
            tallies.of_calls.push(tally);
        }
        Ok(tallies)
    }

    fn place(
        &mut self,
        call: &Call,
        column: Option<usize>,
        source: &dyn ColumnSource,
    ) -> Result<Option<Tally>, Error> {
        let kind = match call.kind {
            AccumulatorKind::Rows | AccumulatorKind::Count => None,
            AccumulatorKind::SumFloat => Some(Kind::Float),
            AccumulatorKind::SumInteger if fits(call, source)? => Some(Kind::Integer),
            _ => return Ok(None),
        };
        let Some(column) = column else {
            return Ok(kind.is_none().then_some(Tally { count: None, sum: None }));
        };
        let stored = call.argument.as_ref().and_then(|argument| argument.value.as_column());
        let may_be_null = stored.is_none_or(|stored| source.may_have_nulls(stored));
        let count = may_be_null.then(|| self.slot(Kind::Valid, column).place);
        Ok(Some(Tally { count, sum: kind.map(|kind| self.slot(kind, column)) }))
    }

    /// The slot of a column, shared by the calls that want the same.
    fn slot(&mut self, kind: Kind, column: usize) -> Slot {
        let found = self.slots.iter().find(|slot| slot.kind == kind && slot.column == column);
        found.copied().unwrap_or_else(|| {
            let is_float = kind == Kind::Float;
            let place = self.slots.iter().filter(|slot| (slot.kind == Kind::Float) == is_float).count();
            let slot = Slot { kind, column, place };
            self.slots.push(slot);
            slot
        })
    }

    /// No records, with these slots.
    pub(super) fn records(&self) -> Records {
        let floats = self.slots.iter().filter(|slot| slot.kind == Kind::Float).count();
        Records::new(self.slots.len() - floats, floats)
    }

    /// True where the call has its slots.
    pub(super) fn has(&self, call: usize) -> bool {
        self.of_calls.get(call).is_some_and(Option::is_some)
    }

    /// True where no call has slots.
    pub(super) fn is_empty(&self) -> bool {
        self.of_calls.iter().all(Option::is_none)
    }

    /// True where all calls have slots.
    pub(super) fn is_whole(&self) -> bool {
        !self.is_empty() && self.of_calls.iter().all(Option::is_some)
    }

    /// The column that goes to the first slot of floats.
    pub(super) fn first_floats(&self) -> Option<usize> {
        self.slots.iter().find(|slot| slot.is_first_of_floats()).map(|slot| slot.column)
    }

    /// Adds the rows of `range` of a zone's columns, a group each, which are counted already, and with them the first
    /// slot of floats.
    pub(super) fn add(
        &self,
        records: &mut Records,
        groups: &[u32],
        columns: &[Column],
        range: &Range<usize>,
    ) {
        for slot in self.slots.iter().filter(|slot| !slot.is_first_of_floats()) {
            let Some(column) = columns.get(slot.column) else { continue };
            let (view, range) = (column.view(), range.clone());
            match slot.kind {
                Kind::Valid => records.add_valid(slot.place, groups, view.validity, range),
                Kind::Integer => records.add_integers(slot.place, groups, &view, range),
                Kind::Float => records.add_floats(slot.place, groups, &view, range),
            }
        }
    }

    /// A state of each call that is wanted for so many groups, nothing in it, and of one that counts for others; `None` for
    /// those that keep one of their own.
    pub(super) fn states(
        &self,
        group_count: usize,
        is_wanted: &dyn Fn(usize) -> bool,
    ) -> Vec<Option<Accumulator>> {
        let state = |tally: &Tally| {
            let counts = vec![0u64; group_count];
            match tally.sum.map(|slot| slot.kind) {
                None | Some(Kind::Valid) => Accumulator::Count(counts),
                Some(Kind::Float) => Accumulator::SumFloat(Sums { sums: vec![0.0; group_count], counts }),
                Some(Kind::Integer) => Accumulator::SumInteger(Sums { sums: vec![0; group_count], counts }),
            }
        };
        let counting = self.counting();
        let of_call = |(number, tally): (usize, &Option<Tally>)| {
            let is_used = is_wanted(number) || counting == Some(number);
            tally.as_ref().filter(|_| is_used).map(state)
        };
        self.of_calls.iter().enumerate().map(of_call).collect()
    }

    /// The first call whose count is that of all rows of a group.
    fn counting(&self) -> Option<usize> {
        self.of_calls.iter().position(|tally| tally.is_some_and(|tally| tally.count.is_none()))
    }

    /// Gives all calls that count all rows of a group what was put for the first of them.
    pub(super) fn share_counts(&self, states: &mut [Option<Accumulator>]) {
        let Some(counting) = self.counting() else { return };
        let first = states.get(counting).and_then(Option::as_ref).map(Accumulator::counts);
        let Some(first) = first else { return };
        let others = self.of_calls.iter().zip(states).skip(counting + 1);
        for (_, state) in others.filter(|(tally, _)| tally.is_some_and(|tally| tally.count.is_none())) {
            if let Some(counts) = state.as_mut().and_then(counts_of) {
                counts.copy_from_slice(&first);
            }
        }
    }

    /// Puts what was added up of these groups, each into its place of the states: of counts of all rows only those of
    /// the first call that has them, which [`Tallies::share_counts`] gives to the others when all groups are put.
    pub(super) fn put(
        &self,
        totals: &Totals,
        groups: Range<usize>,
        places: &[u32],
        states: &mut [Option<Accumulator>],
    ) {
        let counting = self.counting();
        for (number, (tally, state)) in self.of_calls.iter().zip(states).enumerate() {
            let (Some(tally), Some(state)) = (tally, state) else { continue };
            let sum = tally.sum.map_or(0, |slot| slot.place);
            let counts = match state {
                Accumulator::Count(counts) => counts,
                Accumulator::SumFloat(Sums { sums, counts }) => {
                    put(sums, places, totals.floats(sum, groups.clone()));
                    counts
                }
                Accumulator::SumInteger(Sums { sums, counts }) => {
                    let each = totals.integers(sum, groups.clone());
                    put(sums, places, each.map(|sum| i128::from(sum as i64)));
                    counts
                }
                _ => continue,
            };
            match tally.count {
                None if Some(number) == counting => put(counts, places, totals.counts(groups.clone())),
                None => {}
                Some(slot) => put(counts, places, totals.integers(slot, groups.clone())),
            }
        }
    }
}

fn counts_of(state: &mut Accumulator) -> Option<&mut Vec<u64>> {
    match state {
        Accumulator::Count(counts)
        | Accumulator::SumFloat(Sums { counts, .. })
        | Accumulator::SumInteger(Sums { counts, .. }) => Some(counts),
        _ => None,
    }
}

fn put<T>(to: &mut [T], places: &[u32], values: impl Iterator<Item = T>) {
    places.iter().zip(values).for_each(|(place, value)| to[*place as usize] = value);
}

/// True when no sum of any of the source's rows can leave i64.
pub(super) fn fits(call: &Call, source: &dyn ColumnSource) -> Result<bool, Error> {
    is_within(call, source, i128::from(i64::MAX) / i128::from(source.row_count().max(1)))
}
