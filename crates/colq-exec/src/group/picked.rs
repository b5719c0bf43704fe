//! Which aggregates are values of picked rows that lie side by side, and what their slots look at.
//!
//! Law: the states are those that [`Picks`](colq_kernels::Picks) would hold had it seen the rows itself, which is the twin.

use super::slots::{NO_ROWS, new_rooms};
use crate::Error;
use crate::calls::Call;
use crate::extent::extent;
use crate::text::Argument;
use colq_column::{Bounds, ColumnSource, View};
use colq_kernels::{
    Accumulator, AccumulatorKind, ArgMaxima, Block, Held, MOST_ARG_MAXIMA, Part, PickRule, keep_places,
    load_bits, load_picking_words, load_row_words, load_validity,
};
use colq_types::{DataType, Physical};

/// What a slot keeps of the picked row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    Value,
    /// Whether the value is not NULL.
    Validity,
}

/// One slot of the groups.
#[derive(Debug, Clone, Copy)]
struct Slot {
    /// The number of the call whose argument it takes.
    call: usize,
    rule: PickRule,
    what: What,
}

/// Where an aggregate finds what it needs.
#[derive(Debug, Clone, Copy)]
struct Tally {
    /// The number of the call.
    call: usize,
    value: usize,
    /// The slot that says whether the value is NULL, where it may be.
    validity: Option<usize>,
}

/// The slots of all aggregates that pick a row.
#[derive(Debug, Default)]
pub(super) struct PickSlots {
    slots: Vec<Slot>,
    tallies: Vec<Tally>,
}

/// The rows of a block, as the slots look at them.
#[derive(Debug, Clone, Copy)]
pub(super) struct BlockRows<'a> {
    pub(super) part: Part<'a>,
    /// How many the part has.
    pub(super) count: usize,
    /// The places of those that are added, where these are not all.
    pub(super) kept: Option<&'a [u32]>,
    /// The number of the row at position 0.
    pub(super) first_row: u64,
}

/// True where the picked value is one word, and so is what it is picked by, which is no text.
pub(super) fn is_of_words(call: &Call) -> bool {
    let by_text = call.second.as_ref().is_some_and(|second| second.data_type == DataType::Text);
    let is_held = matches!(call.kind, AccumulatorKind::Pick { value: Held::Word, order: Held::Word, .. });
    is_held && !by_text && call.argument.is_some()
}

impl PickSlots {
    /// Finds a place for a call; false where it has none here.
    pub(super) fn push(
        &mut self,
        number: usize,
        call: &Call,
        source: &dyn ColumnSource,
    ) -> Result<bool, Error> {
        let (AccumulatorKind::Pick { rule, .. }, Some(argument)) = (call.kind, &call.argument) else {
            return Ok(false);
        };
        if !is_of_words(call) {
            return Ok(false);
        }
        let by_row = matches!(rule, PickRule::First | PickRule::Last);
        if !by_row && !call.second.as_ref().map_or(Ok(false), |second| has_room_above(second, source))? {
            return Ok(false);
        }
        let may_be_null = || argument.value.as_column().is_none_or(|column| source.may_have_nulls(column));
        let mut push = |what| {
            self.slots.push(Slot { call: number, rule, what });
            self.slots.len() - 1
        };
        let value = push(What::Value);
        let validity = (by_row && may_be_null()).then(|| push(What::Validity));
        self.tallies.push(Tally { call: number, value, validity });
        Ok(true)
    }

    /// True where a slot looks at the arguments of this call.
    pub(super) fn has(&self, call: usize) -> bool {
        self.tallies.iter().any(|tally| tally.call == call)
    }

    /// So many groups that have seen nothing.
    pub(super) fn maxima(&self, groups: usize) -> Vec<ArgMaxima> {
        let sets = self.slots.chunks(MOST_ARG_MAXIMA);
        sets.filter_map(|slots| ArgMaxima::new(groups, slots.len())).collect()
    }

    /// Adds a block of rows of these groups. `views` are the arguments by call.
    pub(super) fn add(
        &self,
        maxima: &mut [ArgMaxima],
        groups: &[u32],
        views: &[[Option<View<'_>>; 2]],
        rows: BlockRows<'_>,
        rooms: &mut Vec<[Box<Block>; 2]>,
    ) {
        let BlockRows { part, count, kept, first_row } = rows;
        for (slots, maxima) in self.slots.chunks(MOST_ARG_MAXIMA).zip(maxima) {
            if rooms.len() < slots.len() * 2 {
                rooms.resize_with(slots.len() * 2, new_rooms);
            }
            let mut inputs = [[&NO_ROWS; 2]; MOST_ARG_MAXIMA];
            for ((slot, rooms), input) in slots.iter().zip(rooms.chunks_exact_mut(2)).zip(&mut inputs) {
                let Some([Some(view), second]) = views.get(slot.call) else { continue };
                let [[words, kept_words], [values, kept_values]] = rooms else { continue };
                input[0] = match (slot.rule, second) {
                    (PickRule::First | PickRule::Last, condition) => {
                        let last = slot.rule == PickRule::Last;
                        load_row_words(first_row, condition.as_ref(), part, count, last, words)
                    }
                    (_, Some(second)) => {
                        let largest = slot.rule == PickRule::Largest;
                        load_picking_words(second, view.validity, part, count, largest, words)
                    }
                    (_, None) => continue,
                };
                input[1] = match slot.what {
                    What::Value => load_bits(view, part, count, values),
                    What::Validity => load_validity(view.validity, part, count, values),
                };
                if let Some(places) = kept {
                    keep_places(input[0], places, &mut kept_words[..]);
                    keep_places(input[1], places, &mut kept_values[..]);
                    *input = [kept_words, kept_values];
                }
            }
            maxima.add(groups, &inputs[..slots.len()]);
        }
    }

    /// Adds what the next stripe found to the states of all calls: groups from `first` on, which is group 0 there.
    pub(super) fn merge(
        &self,
        maxima: &[ArgMaxima],
        first: usize,
        groups: &[u32],
        states: &mut [Accumulator],
    ) {
        let set = |slot: usize| maxima.get(slot / MOST_ARG_MAXIMA).map(|set| (set, slot % MOST_ARG_MAXIMA));
        for tally in &self.tallies {
            let (Some(Accumulator::Pick(picks)), Some((found, slot))) =
                (states.get_mut(tally.call), set(tally.value))
            else {
                continue;
            };
            let validity = tally.validity.and_then(set);
            for group in groups.iter().map(|group| *group as usize) {
                let (word, value) = found.slot(group, slot);
                if word > 0 {
                    let is_valid = validity.is_none_or(|(found, slot)| found.slot(group, slot).1 != 0);
                    picks.keep(group - first, word, is_valid.then_some(value));
                }
            }
        }
    }
}

/// True where no value is the largest of a type of 64 bits: there is a word above that of each.
fn has_room_above(order: &Argument, source: &dyn ColumnSource) -> Result<bool, Error> {
    let end = match order.data_type.physical() {
        Some(Physical::I64) => i128::from(i64::MAX),
        Some(Physical::U64) => i128::from(u64::MAX),
        physical => return Ok(physical.is_some_and(|physical| physical.byte_width() <= 8)),
    };
    let Some(column) = order.value.as_column() else {
        return Ok(extent(&order.value, source)?.is_some_and(|(_, high)| high < end));
    };
    for zone in 0..source.zone_count() {
        let Some(summary) = source.zone_summary(column, zone)? else { return Ok(false) };
        let high = match summary.bounds {
            Some(Bounds::Signed { max, .. }) => i128::from(max),
            Some(Bounds::Unsigned { max, .. }) => i128::from(max),
            None if summary.null_count == summary.row_count => continue,
            _ => return Ok(false),
        };
        if high >= end {
            return Ok(false);
        }
    }
    Ok(true)
}
