//! Which aggregates become slots of a ledger, and which slot each of them reads.

use super::picked::{BlockRows, PickSlots};
use super::quantiles::is_searched;
use crate::Error;
use crate::calls::Call;
use crate::evaluated::Evaluated;
use crate::extent::extent;
use crate::narrow::Narrow;
use crate::zone::Zone;
use colq_column::{Bitmap, Bounds, ColumnSource, View};
use colq_kernels::{
    Accumulator, AccumulatorKind, ArgMaxima, Block, Ledger, MOST_LARGEST, MOST_MAXIMA, MOST_SLOTS, Maxima,
    float_word, keep_places, load_extremes, load_floats, load_integers, load_validity, load_words,
    signed_word,
};
use colq_types::{DataType, Physical, STRIPE_ZONES, ZONE_ROWS};

/// What a slot adds up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Rows where the argument is not NULL.
    Valid,
    Integer,
    Float,
    /// The largest value as f64, or the smallest.
    End {
        largest: bool,
    },
}

/// A slot before it has its place.
#[derive(Debug, Clone, Copy)]
struct Slot {
    /// The number of the call whose argument it adds.
    call: usize,
    /// The column, where the argument is one.
    column: Option<usize>,
    kind: Kind,
    /// Its place in the ledger.
    place: usize,
}

/// Where an aggregate finds what it needs.
#[derive(Debug, Clone, Copy)]
struct Tally {
    /// The number of the call.
    call: usize,
    ledger: usize,
    /// The slot of the sum, or of the largest or smallest value, for those that have one.
    sum: usize,
    /// The slot of the count.
    count: usize,
    /// The slot of the extreme among all of them, for those whose extreme is none of a ledger.
    extreme: usize,
    /// The word of a value that a slot of the ledger holds as f64.
    word: fn(f64) -> u64,
}

/// What the largest or the smallest value is looked for in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Extreme {
    /// The number of the call whose argument it is.
    call: usize,
    largest: bool,
}

/// What is kept of all groups.
#[derive(Debug)]
pub(super) struct Ledgers {
    sums: Vec<Ledger>,
    /// The slots of extremes, so many side by side as can be.
    maxima: Vec<Maxima>,
    /// The slots of picked rows, likewise.
    picked: Vec<ArgMaxima>,
}

impl Ledgers {
    /// Bytes owned.
    pub(super) fn byte_len(&self) -> usize {
        self.sums.iter().map(Ledger::byte_len).sum::<usize>()
            + self.maxima.iter().map(Maxima::byte_len).sum::<usize>()
            + self.picked.iter().map(ArgMaxima::byte_len).sum::<usize>()
    }

    /// The rows of a group.
    pub(super) fn row_count(&self, group: usize) -> u64 {
        self.sums.first().map_or(0, |ledger| ledger.group(group)[0])
    }
}

/// The slots of all aggregates that have some.
#[derive(Debug, Default)]
pub(super) struct Slots {
    ledgers: Vec<Vec<Slot>>,
    extremes: Vec<Extreme>,
    tallies: Vec<Tally>,
    /// The arguments that are computed in 64 bits, by call.
    narrow: Vec<(usize, Narrow)>,
    picks: PickSlots,
    /// The calls that keep a state of their own, by number.
    pub(super) apart: Vec<usize>,
}

impl Slots {
    /// Finds a place for every call.
    pub(super) fn new(calls: &[Call], source: &dyn ColumnSource) -> Result<Slots, Error> {
        let mut slots = Slots { ledgers: vec![Vec::new()], ..Slots::default() };
        for (number, call) in calls.iter().enumerate() {
            let narrow = match (call.kind, &call.argument) {
                (AccumulatorKind::SumWide, Some(argument)) => Narrow::new(&argument.value, source)?,
                _ => None,
            };
            let narrow = narrow.filter(|narrow| narrow.furthest <= MOST_OF_A_ROW);
            let is_text = call.argument.as_ref().is_some_and(|argument| argument.data_type == DataType::Text);
            let mut extreme = None;
            let kind = match call.kind {
                AccumulatorKind::Min | AccumulatorKind::Max
                    if !is_text && slots.takes_end(call, source)? =>
                {
                    Some(Kind::End { largest: call.kind == AccumulatorKind::Max })
                }
                AccumulatorKind::Min | AccumulatorKind::Max if !is_text => {
                    extreme = Some(Extreme { call: number, largest: call.kind == AccumulatorKind::Max });
                    None
                }
                AccumulatorKind::Rows | AccumulatorKind::Count => None,
                AccumulatorKind::SumFloat => Some(Kind::Float),
                AccumulatorKind::SumInteger if is_within(call, source, MOST_OF_A_ROW)? => Some(Kind::Integer),
                AccumulatorKind::SumWide if narrow.is_some() => Some(Kind::Integer),
                // Found by passes of their own.
                _ if is_searched(call) => continue,
                AccumulatorKind::Pick { .. } if slots.picks.push(number, call, source)? => continue,
                _ => {
                    slots.apart.push(number);
                    continue;
                }
            };
            let column = call.argument.as_ref().and_then(|argument| argument.value.as_column());
            let is_counted_apart = match (&call.argument, column) {
                (None, _) => false,
                (Some(_), Some(column)) => source.may_have_nulls(column),
                (Some(_), None) => narrow.as_ref().is_none_or(|narrow| narrow.may_have_nulls(source)),
            };
            let wanted: Vec<Kind> = is_counted_apart.then_some(Kind::Valid).into_iter().chain(kind).collect();
            let ledger = slots.room_for(column, &wanted);
            let mut place = |kind| slots.place(ledger, Slot { call: number, column, kind, place: 0 });
            let count = if is_counted_apart { place(Kind::Valid) } else { usize::MAX };
            let sum = kind.map_or(usize::MAX, place);
            let extreme = extreme.map_or(usize::MAX, |extreme| {
                slots.extremes.push(extreme);
                slots.extremes.len() - 1
            });
            let word = word_of(call.argument.as_ref().and_then(|argument| argument.data_type.physical()));
            slots.tallies.push(Tally { call: number, ledger, sum, count, extreme, word });
            slots.narrow.extend(narrow.map(|narrow| (number, narrow)));
        }
        slots.settle();
        Ok(slots)
    }

    /// True where the largest or smallest value of a call is that of floats, and the last ledger has room for it: a stored
    /// column without NaN, of which f64 holds every value.
    fn takes_end(&self, call: &Call, source: &dyn ColumnSource) -> Result<bool, Error> {
        use Physical as P;
        let is_end = |slot: &&Slot| matches!(slot.kind, Kind::End { .. });
        if self.ledgers.last().is_some_and(|slots| slots.iter().filter(is_end).count() >= MOST_LARGEST) {
            return Ok(false);
        }
        let argument = call.argument.as_ref().filter(|argument| argument.is_as_stored());
        let Some(argument) = argument else { return Ok(false) };
        let Some(column) = argument.value.as_column() else { return Ok(false) };
        match argument.data_type.physical() {
            Some(P::I8 | P::I16 | P::I32 | P::U8 | P::U16 | P::U32) => return Ok(true),
            Some(P::F16 | P::Bf16 | P::F32 | P::F64) => {}
            _ => return Ok(false),
        }
        for zone in 0..source.zone_count() {
            if source.zone_summary(column, zone)?.is_none_or(|summary| summary.nan_count > 0) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The ledger that has these already, or the last one, which has room.
    fn room_for(&mut self, column: Option<usize>, wanted: &[Kind]) -> usize {
        let last = self.ledgers.len() - 1;
        let is_there = |kind: &Kind| {
            self.ledgers[last]
                .iter()
                .any(|slot| slot.kind == *kind && slot.column == column && column.is_some())
        };
        let more = wanted.iter().filter(|kind| !is_there(kind)).count();
        if 1 + self.ledgers[last].len() + more <= MOST_SLOTS {
            return last;
        }
        self.ledgers.push(Vec::new());
        last + 1
    }

    /// The number of a slot within its ledger, shared by the calls of one column.
    fn place(&mut self, ledger: usize, new: Slot) -> usize {
        let slots = &mut self.ledgers[ledger];
        let found = slots
            .iter()
            .position(|slot| new.column.is_some() && slot.column == new.column && slot.kind == new.kind);
        found.unwrap_or_else(|| {
            slots.push(new);
            slots.len() - 1
        })
    }

    /// Gives slots their places: rows, integers, floats. Until now tallies knew slots by number.
    fn settle(&mut self) {
        for slots in &mut self.ledgers {
            let [integers, floats, _] = widths(slots);
            let mut next = [1, 1 + integers, 1 + integers + floats];
            for slot in slots {
                let next = &mut next[slot.kind.rank()];
                slot.place = *next;
                *next += 1;
            }
        }
        for tally in &mut self.tallies {
            let slots = &self.ledgers[tally.ledger];
            let place = |number: usize| slots.get(number).map_or(0, |slot| slot.place);
            (tally.sum, tally.count) = (place(tally.sum), place(tally.count));
        }
    }

    /// Empty ledgers for so many groups.
    pub(super) fn ledgers(&self, groups: usize) -> Ledgers {
        let ledger = |slots: &Vec<Slot>| {
            let [integers, floats, largest] = widths(slots);
            Ledger::new(groups, integers, floats, largest)
        };
        let maxima = self.extremes.chunks(MOST_MAXIMA).filter_map(|slots| Maxima::new(groups, slots.len()));
        Ledgers {
            sums: self.ledgers.iter().filter_map(ledger).collect(),
            maxima: maxima.collect(),
            picked: self.picks.maxima(groups),
        }
    }

    /// The arguments of a call for a zone, where some slot looks at them.
    pub(super) fn arguments<'a>(
        &self,
        number: usize,
        call: &Call,
        zone: &mut Zone<'a>,
        active: &Bitmap,
    ) -> Result<[Option<Evaluated<'a>>; 2], Error> {
        if !self.picks.has(number) {
            return Ok([self.argument(number, call, zone, active)?, None]);
        }
        let evaluations = call.evaluate(zone, active)?;
        Ok([evaluations.argument, evaluations.second])
    }

    /// The argument of a call for a zone, where some slot adds it.
    fn argument<'a>(
        &self,
        number: usize,
        call: &Call,
        zone: &mut Zone<'a>,
        active: &Bitmap,
    ) -> Result<Option<Evaluated<'a>>, Error> {
        let is_added = self.ledgers.iter().flatten().any(|slot| slot.call == number);
        if !is_added && !self.extremes.iter().any(|extreme| extreme.call == number) {
            return Ok(None);
        }
        if let Some((_, narrow)) = self.narrow.iter().find(|(call, _)| *call == number) {
            return narrow.evaluate(zone, active).map(Some);
        }
        call.argument.as_ref().map(|argument| argument.evaluate(zone, active)).transpose()
    }

    /// Adds a block of rows of these groups. `views` are the arguments by call. True when a group saw its first row.
    pub(super) fn add(
        &self,
        ledgers: &mut Ledgers,
        groups: &[u32],
        views: &[[Option<View<'_>>; 2]],
        rows: BlockRows<'_>,
        rooms: &mut Vec<[Box<Block>; 2]>,
    ) -> bool {
        let BlockRows { part, count, kept, .. } = rows;
        let mut is_new = false;
        for (slots, ledger) in self.ledgers.iter().zip(&mut ledgers.sums) {
            if rooms.len() < slots.len() {
                rooms.resize_with(slots.len(), new_rooms);
            }
            let mut inputs: [Option<&Block>; MOST_SLOTS] = [None; MOST_SLOTS];
            for (slot, [room, kept_room]) in slots.iter().zip(rooms.iter_mut()) {
                let Some([Some(view), _]) = views.get(slot.call) else { continue };
                inputs[slot.place - 1] = Some(match slot.kind {
                    Kind::Valid => load_validity(view.validity, part, count, room),
                    Kind::Integer => load_integers(view, part, count, room),
                    Kind::Float => load_floats(view, part, count, room),
                    Kind::End { largest } => load_extremes(view, part, count, largest, room),
                });
                if let (Some(places), Some(input)) = (kept, &mut inputs[slot.place - 1]) {
                    keep_places(input, places, &mut kept_room[..]);
                    *input = kept_room;
                }
            }
            let mut filled = [&NO_ROWS; MOST_SLOTS];
            filled.iter_mut().zip(inputs).for_each(|(to, from)| *to = from.unwrap_or(&NO_ROWS));
            is_new |= ledger.add(groups, &filled[..slots.len()]);
        }
        for (slots, maxima) in self.extremes.chunks(MOST_MAXIMA).zip(&mut ledgers.maxima) {
            if rooms.len() < slots.len() {
                rooms.resize_with(slots.len(), new_rooms);
            }
            let mut inputs = [&NO_ROWS; MOST_MAXIMA];
            for ((slot, [room, kept_room]), input) in slots.iter().zip(rooms.iter_mut()).zip(&mut inputs) {
                let Some([Some(view), _]) = views.get(slot.call) else { continue };
                *input = load_words(view, part, count, slot.largest, room);
                if let Some(places) = kept {
                    keep_places(input, places, &mut kept_room[..]);
                    *input = kept_room;
                }
            }
            maxima.add(groups, &inputs[..slots.len()]);
        }
        self.picks.add(&mut ledgers.picked, groups, views, rows, rooms);
        is_new
    }

    /// Adds the ledgers of the next stripe to the states of all calls: groups from `first` on, which is group 0 there.
    pub(super) fn merge(&self, ledgers: &Ledgers, first: usize, groups: &[u32], states: &mut [Accumulator]) {
        self.picks.merge(&ledgers.picked, first, groups, states);
        for tally in &self.tallies {
            let (Some(ledger), Some(state)) = (ledgers.sums.get(tally.ledger), states.get_mut(tally.call))
            else {
                continue;
            };
            let each = groups.iter().map(|group| (*group as usize - first, ledger.group(*group as usize)));
            match state {
                Accumulator::Count(counts) => each.for_each(|(to, slots)| counts[to] += slots[tally.count]),
                Accumulator::SumInteger(sums) => each.for_each(|(to, slots)| {
                    sums.sums[to] += i128::from(slots[tally.sum] as i64);
                    sums.counts[to] += slots[tally.count];
                }),
                Accumulator::SumWide(sums) => each.for_each(|(to, slots)| {
                    let sum = i128::from(slots[tally.sum] as i64);
                    sums.sums[to] = sums.sums[to].plus(sum.into());
                    sums.counts[to] += slots[tally.count];
                }),
                Accumulator::SumFloat(sums) => each.for_each(|(to, slots)| {
                    sums.sums[to] += f64::from_bits(slots[tally.sum]);
                    sums.counts[to] += slots[tally.count];
                }),
                Accumulator::Extreme(extremes) if tally.extreme == usize::MAX => {
                    let largest = extremes.largest;
                    for (to, slots) in each.filter(|(_, slots)| slots[tally.count] > 0) {
                        let value = f64::from_bits(slots[tally.sum]);
                        let word = (tally.word)(if largest { value } else { -value });
                        extremes.keep(to, if largest { word } else { !word });
                    }
                }
                Accumulator::Extreme(extremes) => {
                    let (set, place) = (tally.extreme / MOST_MAXIMA, tally.extreme % MOST_MAXIMA);
                    let Some(maxima) = ledgers.maxima.get(set) else { continue };
                    for (to, _) in each.filter(|(_, slots)| slots[tally.count] > 0) {
                        extremes.keep(to, maxima.group(to + first)[place]);
                    }
                }
                _ => {}
            }
        }
    }
}

/// How values of a type become words in their order.
fn word_of(physical: Option<Physical>) -> fn(f64) -> u64 {
    match physical {
        Some(Physical::I8 | Physical::I16 | Physical::I32) => |value| signed_word(value as i64),
        Some(Physical::U8 | Physical::U16 | Physical::U32) => |value| value as u64,
        _ => float_word,
    }
}

/// How many slots are integers, how many add floats, and how many hold the largest.
fn widths(slots: &[Slot]) -> [usize; 3] {
    let mut widths = [0; 3];
    slots.iter().for_each(|slot| widths[slot.kind.rank()] += 1);
    widths
}

impl Kind {
    /// Its rank in the order of slots.
    fn rank(self) -> usize {
        match self {
            Kind::Valid | Kind::Integer => 0,
            Kind::Float => 1,
            Kind::End { .. } => 2,
        }
    }
}

pub(super) static NO_ROWS: Block = [0; colq_kernels::BLOCK_ROWS];

pub(super) fn new_rooms() -> [Box<Block>; 2] {
    [Box::new(NO_ROWS), Box::new(NO_ROWS)]
}

/// Of values no further from zero than this, the sum of a stripe is within i64.
const MOST_OF_A_ROW: i128 = (i64::MAX as u64 / (ZONE_ROWS * STRIPE_ZONES)) as i128;

/// True when no value of the argument is further from zero than `most`.
pub(super) fn is_within(call: &Call, source: &dyn ColumnSource, most: i128) -> Result<bool, Error> {
    let Some(argument) = &call.argument else { return Ok(false) };
    let is_narrow = argument.data_type.physical().is_some_and(|physical| physical.byte_width() <= 4);
    if is_narrow && most > i128::from(u32::MAX) {
        return Ok(true);
    }
    let Some(column) = argument.value.as_column() else {
        let ends = extent(&argument.value, source)?;
        return Ok(ends.is_some_and(|(low, high)| low.saturating_abs().max(high.saturating_abs()) <= most));
    };
    for zone in 0..source.zone_count() {
        let Some(summary) = source.zone_summary(column, zone)? else { return Ok(false) };
        let furthest = match summary.bounds {
            Some(Bounds::Signed { min, max }) => i128::from(min).abs().max(i128::from(max).abs()),
            Some(Bounds::Unsigned { min, max }) => i128::from(min).max(i128::from(max)),
            None if summary.null_count == summary.row_count => 0,
            _ => return Ok(false),
        };
        if furthest > most {
            return Ok(false);
        }
    }
    Ok(true)
}
