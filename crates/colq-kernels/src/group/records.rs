//! Counts and sums of very many groups side by side: one record a group, so that a row costs one line of the cache and
//! not one an aggregate.
//!
//! Law: a slot of whole numbers is their sum modulo 2^64; a slot of floats is the sum over the stripes, in their order,
//! of the sums in row order within each. Naive twin: an accumulator a slot and stripe, merged.
//!
//! A record is a head word, then a word for each slot of whole numbers, then two for each of floats: what is added up
//! over the stripes that are done, and the part of the stripe the group was last seen in. Adding -0.0 changes no float,
//! so parts without a value may be merged like any other. Where a stripe has a row for every few groups, the parts of all
//! groups are merged when it is over, and its rows need not ask which stripe a part is of; else each record says that.

use super::fetch::fetch_lines;
use colq_column::{Bitmap, View, dispatch};
use colq_types::Native;
use std::ops::Range;

/// Bits of the head that count the rows of a group; above them stands the stripe it was last seen in.
const COUNT_BITS: u32 = 40;

/// The rows in a head.
const COUNT_MASK: u64 = (1 << COUNT_BITS) - 1;

/// The bits of -0.0, the float sum of no values. Float words have them turned, so that nothing seen is the word 0.
const NONE: u64 = (-0.0_f64).to_bits();

/// Groups for each row of a stripe up to which the parts of all groups are merged when the stripe is over: that takes a
/// fraction of a nanosecond a group, and else every row takes one or two longer.
const GROUPS_A_ROW: usize = 2;

/// Rows whose values are made f64 at once.
const BLOCK: usize = 256;

/// The records of all groups.
#[derive(Debug, Clone)]
pub struct Records {
    words: Vec<u64>,
    integers: usize,
    floats: usize,
    open: Open,
}

/// Of which stripe the parts of float sums are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Open {
    /// All of this one, of which so many rows have come: no row need look.
    All { stripe: u32, rows: usize },
    /// Each of the one that its record tells.
    Lone,
}

/// Some rows of a column of numbers that are added up as f64.
#[derive(Debug, Clone, Copy)]
pub struct Summands<'a> {
    /// The column.
    pub view: &'a View<'a>,
    /// Its first row that is meant.
    pub start: usize,
}

impl Summands<'_> {
    /// The values from row `from` of those that are meant on; -0.0, which changes no sum, where they are NULL.
    fn load(self, from: usize, values: &mut [f64]) {
        let start = self.start + from;
        let rows = start..start + values.len();
        dispatch!(self.view.values,
            bool _v => (),
            native v => values.iter_mut().zip(&v[rows]).for_each(|(to, value)| *to = value.to_f64()),
            vector _v => ());
        if let Some(validity) = self.view.validity {
            for (at, value) in (start..).zip(values) {
                *value = if validity.get(at) { *value } else { -0.0 };
            }
        }
    }
}

impl Records {
    /// Rows a table may have for its groups to be kept in records.
    pub const MOST_ROWS: u64 = COUNT_MASK;

    /// No records, of so many slots of whole numbers and of floats.
    pub fn new(integers: usize, floats: usize) -> Records {
        Records { words: Vec::new(), integers, floats, open: Open::All { stripe: 0, rows: 0 } }
    }

    /// Words of a record.
    pub fn width(&self) -> usize {
        1 + self.integers + 2 * self.floats
    }

    /// Makes room for this many groups; new ones have seen nothing.
    pub fn resize(&mut self, groups: usize) {
        let width = self.width();
        self.words.resize(groups * width, 0);
    }

    /// Counts rows of a stripe, which must not be before one of an earlier call, by their groups: the parts of an
    /// earlier stripe are merged. All groups must be below the size given to [`Records::resize`]. The values of the first
    /// slot of floats may come along, so that a record is looked up once; all other slots are added after this.
    pub fn count(&mut self, groups: &[u32], stripe: u32, first_floats: Option<Summands<'_>>) {
        self.count_each(groups, stripe, first_floats, |_| ());
    }

    /// The same; `fresh` becomes the places of the rows whose groups had none before, in order.
    pub fn count_fresh(
        &mut self,
        groups: &[u32],
        stripe: u32,
        first_floats: Option<Summands<'_>>,
        fresh: &mut Vec<u32>,
    ) {
        fresh.clear();
        fresh.resize(groups.len(), 0);
        // Whether a group is new is hard to foresee, so there is no branch: what is not new is written over.
        let (mut at, mut made) = (0, 0);
        let places = &mut fresh[..];
        self.count_each(groups, stripe, first_floats, |head| {
            if let Some(place) = places.get_mut(made) {
                *place = at;
            }
            at += 1;
            made += usize::from(head == 0);
        });
        fresh.truncate(made);
    }

    /// Counts rows, and shows the head of each one's group as it was before.
    #[inline(always)]
    fn count_each(
        &mut self,
        groups: &[u32],
        stripe: u32,
        first_floats: Option<Summands<'_>>,
        mut seen: impl FnMut(u64),
    ) {
        match self.width() {
            3 => self.count_wide::<3>(groups, stripe, first_floats, &mut seen),
            4 => self.count_wide::<4>(groups, stripe, first_floats, &mut seen),
            5 => self.count_wide::<5>(groups, stripe, first_floats, &mut seen),
            _ => self.count_wide::<0>(groups, stripe, first_floats, &mut seen),
        }
    }

    /// `WIDTH` is that of a record, or 0 where the compiler need not know.
    #[inline(always)]
    fn count_wide<const WIDTH: usize>(
        &mut self,
        groups: &[u32],
        stripe: u32,
        first_floats: Option<Summands<'_>>,
        seen: &mut impl FnMut(u64),
    ) {
        if self.floats == 0 {
            return self.count_whole::<WIDTH>(groups, seen);
        }
        if self.open != Open::Lone {
            self.open_stripe::<WIDTH>(stripe, groups.len());
        }
        let mut values = [-0.0; BLOCK];
        for (start, groups) in (0..).step_by(BLOCK).zip(groups.chunks(BLOCK)) {
            if let Some(summands) = &first_floats {
                summands.load(start, &mut values[..groups.len()]);
            }
            match self.open {
                Open::All { .. } => self.count_open::<WIDTH>(groups, &values, seen),
                Open::Lone => self.count_merged::<WIDTH>(groups, &values, stripe, seen),
            }
        }
    }

    #[inline(always)]
    fn count_whole<const WIDTH: usize>(&mut self, groups: &[u32], seen: &mut impl FnMut(u64)) {
        let width = if WIDTH == 0 { self.width() } else { WIDTH };
        groups.iter().for_each(|group| {
            let head = &mut self.words[*group as usize * width];
            seen(*head);
            *head += 1;
        });
    }

    /// Where all parts are of one stripe, those of an earlier one are merged before the rows of this one come.
    #[inline(always)]
    fn open_stripe<const WIDTH: usize>(&mut self, stripe: u32, rows: usize) {
        let Open::All { stripe: last, rows: so_far } = self.open else { return };
        if last == stripe {
            self.open = Open::All { stripe, rows: so_far + rows };
            return;
        }
        let width = if WIDTH == 0 { self.width() } else { WIDTH };
        let first = 1 + self.integers;
        for record in self.words.chunks_exact_mut(width) {
            for slot in (first..width - 1).step_by(2) {
                record[slot] = word(float(record[slot]) + float(record[slot + 1]));
                record[slot + 1] = 0;
            }
        }
        let groups = self.words.len() / width;
        self.open = match so_far * GROUPS_A_ROW >= groups {
            true => Open::All { stripe, rows },
            false => Open::Lone,
        };
    }

    /// Counts rows of the stripe that all parts are of; `values` go to the first slot of floats.
    #[inline(always)]
    fn count_open<const WIDTH: usize>(
        &mut self,
        groups: &[u32],
        values: &[f64; BLOCK],
        seen: &mut impl FnMut(u64),
    ) {
        let (width, part) = (if WIDTH == 0 { self.width() } else { WIDTH }, 2 + self.integers);
        groups.iter().zip(values).for_each(|(group, value)| {
            let record = &mut self.words[*group as usize * width..][..width];
            seen(record[0]);
            record[0] += 1;
            record[part] = word(float(record[part]) + value);
        });
    }

    /// The same where each part says of which stripe it is.
    #[inline(always)]
    fn count_merged<const WIDTH: usize>(
        &mut self,
        groups: &[u32],
        values: &[f64; BLOCK],
        stripe: u32,
        seen: &mut impl FnMut(u64),
    ) {
        let width = if WIDTH == 0 { self.width() } else { WIDTH };
        let first = 1 + self.integers;
        let stripe = (u64::from(stripe) + 1) << COUNT_BITS;
        groups.iter().zip(values).for_each(|(group, value)| {
            let record = &mut self.words[*group as usize * width..][..width];
            let head = record[0];
            seen(head);
            // Whether a row comes from another stripe than the last one is hard to foresee, so there is no branch.
            let moved = 0u64.wrapping_sub(u64::from(head & !COUNT_MASK != stripe));
            let mut value = *value;
            for slot in (first..width - 1).step_by(2) {
                let part = record[slot + 1];
                record[slot] = word(float(record[slot]) + float(part & moved));
                record[slot + 1] = word(float(part & !moved) + value);
                // Adding this changes nothing.
                value = -0.0;
            }
            record[0] = stripe | ((head & COUNT_MASK) + 1);
        });
    }

    /// Reads everything once, from the first group to the last: so it comes into the cache faster than group by group.
    pub fn fetch(&self) {
        fetch_lines(&self.words);
    }

    /// Makes room for this many groups without a copy later.
    pub fn reserve(&mut self, groups: usize) {
        let width = self.width();
        self.words.reserve((groups * width).saturating_sub(self.words.len()));
    }

    /// Counts the rows of `range` that are not NULL in a slot of whole numbers. A group for each row.
    pub fn add_valid(&mut self, slot: usize, groups: &[u32], validity: Option<&Bitmap>, range: Range<usize>) {
        let Some(validity) = validity else {
            return self.add_each(1 + slot, groups, range, None, |_| 1, u64::wrapping_add);
        };
        self.add_each(1 + slot, groups, range, None, |at| u64::from(validity.get(at)), u64::wrapping_add);
    }

    /// Adds the rows of `range` of a column of whole numbers of at most 64 bits to a slot of such. A group for each row.
    pub fn add_integers(&mut self, slot: usize, groups: &[u32], view: &View<'_>, range: Range<usize>) {
        let place = 1 + slot;
        dispatch!(view.values,
            bool v => self.add_each(place, groups, range, view.validity, |at| u64::from(v[at] != 0), u64::wrapping_add),
            native v => {
                self.add_each(place, groups, range, view.validity, |at| v[at].to_i128() as u64, u64::wrapping_add);
            },
            vector _v => ());
    }

    /// Adds the rows of `range` of a column of numbers, as f64, to a slot of floats. A group for each row.
    pub fn add_floats(&mut self, slot: usize, groups: &[u32], view: &View<'_>, range: Range<usize>) {
        let place = 2 + self.integers + 2 * slot;
        let add = |sum: u64, value: f64| word(float(sum) + value);
        dispatch!(view.values,
            bool _v => (),
            native v => self.add_each(place, groups, range, view.validity, |at| v[at].to_f64(), add),
            vector _v => ());
    }

    #[inline(always)]
    fn add_each<V>(
        &mut self,
        place: usize,
        groups: &[u32],
        range: Range<usize>,
        validity: Option<&Bitmap>,
        value: impl Fn(usize) -> V,
        add: impl Fn(u64, V) -> u64,
    ) {
        let width = self.width();
        let words = &mut self.words[..];
        match validity {
            None => groups.iter().zip(range).for_each(|(group, at)| {
                let word = &mut words[*group as usize * width + place];
                *word = add(*word, value(at));
            }),
            Some(validity) => groups.iter().zip(range).for_each(|(group, at)| {
                if validity.get(at) {
                    let word = &mut words[*group as usize * width + place];
                    *word = add(*word, value(at));
                }
            }),
        }
    }

    /// What was added up, of all groups or of these only, in this order.
    pub fn totals(&self, groups: Option<&[u32]>) -> Totals {
        let (width, first) = (self.width(), 1 + self.integers);
        let group_count = groups.map_or(self.words.len() / width, <[u32]>::len);
        let mut words = Vec::with_capacity(group_count * (first + self.floats));
        let mut add = |record: &[u64]| {
            words.push(record[0] & COUNT_MASK);
            words.extend_from_slice(&record[1..first]);
            let pairs = record[first..].as_chunks::<2>().0.iter();
            words.extend(pairs.map(|[total, part]| (float(*total) + float(*part)).to_bits()));
        };
        match groups {
            None => self.words.chunks_exact(width).for_each(add),
            Some(groups) => {
                groups.iter().for_each(|group| add(&self.words[*group as usize * width..][..width]))
            }
        }
        Totals { words, integers: self.integers, width: first + self.floats }
    }

    /// Bytes owned.
    pub fn byte_len(&self) -> usize {
        self.words.capacity() * 8
    }
}

/// What records have added up: of each group how many rows it has, then a word for each slot.
#[derive(Debug, Clone)]
pub struct Totals {
    words: Vec<u64>,
    integers: usize,
    width: usize,
}

impl Totals {
    /// The rows of each of these groups.
    pub fn counts(&self, groups: Range<usize>) -> impl Iterator<Item = u64> + '_ {
        self.each(groups, 0)
    }

    /// A slot of whole numbers of each of these groups.
    pub fn integers(&self, slot: usize, groups: Range<usize>) -> impl Iterator<Item = u64> + '_ {
        self.each(groups, 1 + slot)
    }

    /// A slot of floats of each of these groups.
    pub fn floats(&self, slot: usize, groups: Range<usize>) -> impl Iterator<Item = f64> + '_ {
        self.each(groups, 1 + self.integers + slot).map(f64::from_bits)
    }

    fn each(&self, groups: Range<usize>, place: usize) -> impl Iterator<Item = u64> + '_ {
        let width = self.width;
        self.of(groups).chunks_exact(width).map(move |record| record[place])
    }

    /// Brings those of these groups into the cache.
    pub fn fetch(&self, groups: Range<usize>) {
        fetch_lines(self.of(groups));
    }

    /// The words of these groups; none where nothing is added up in records.
    fn of(&self, groups: Range<usize>) -> &[u64] {
        self.words.get(groups.start * self.width..groups.end * self.width).unwrap_or(&[])
    }

    /// Bytes owned.
    pub fn byte_len(&self) -> usize {
        self.words.capacity() * 8
    }
}

/// A float of a record.
#[inline(always)]
fn float(word: u64) -> f64 {
    f64::from_bits(word ^ NONE)
}

#[inline(always)]
fn word(float: f64) -> u64 {
    float.to_bits() ^ NONE
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Accumulator, AccumulatorKind as K, Inputs, Rows};
    use colq_column::Column;
    use colq_types::DataType;
    use proptest::prelude::*;

    /// Counts, values, whole sums and the bits of float sums by the states that know no records.
    fn naive(groups: &[u32], whole: &Column, float: &Column, cuts: &[usize]) -> [Vec<u64>; 4] {
        let mut totals = [K::Rows, K::Count, K::SumInteger, K::SumFloat].map(Accumulator::new);
        totals.iter_mut().for_each(|total| total.resize(9));
        let mut start = 0usize;
        for len in cuts.iter().copied().chain([usize::MAX]) {
            let end = groups.len().min(start.saturating_add(len));
            let positions: Vec<u32> = (start as u32..end as u32).collect();
            for (number, (kind, total)) in
                [K::Rows, K::Count, K::SumInteger, K::SumFloat].into_iter().zip(&mut totals).enumerate()
            {
                let mut part = Accumulator::new(kind);
                part.resize(9);
                let view = if number == 3 { float.view() } else { whole.view() };
                let argument = (number > 0).then_some(&view);
                let rows = Rows { groups: &groups[start..end], positions: Some(&positions) };
                part.update(rows, Inputs { argument, ..Inputs::default() }).unwrap();
                total.merge(&part, (0..9).map(|group| (group, group)));
            }
            start = end;
        }
        let [rows, valid, Accumulator::SumInteger(whole), Accumulator::SumFloat(float)] = totals else {
            panic!("other states");
        };
        let sums = whole.sums.iter().map(|sum| *sum as u64).collect();
        [rows.counts(), valid.counts(), sums, float.sums.iter().map(|sum| sum.to_bits()).collect()]
    }

    fn float() -> impl Strategy<Value = f64> {
        let special = [0.0, -0.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e300, f64::MIN_POSITIVE];
        prop_oneof![prop::sample::select(special.to_vec()), -9.0..9.0f64]
    }

    proptest! {
        #[test]
        fn records_have_the_bits_of_states_apart(
            rows in prop::collection::vec((0u32..9, prop::option::of(any::<i64>()), prop::option::of(float())), 0..700),
            cuts in prop::collection::vec(0usize..70, 0..30), parts in 1usize..700,
        ) {
            let groups: Vec<u32> = rows.iter().map(|row| row.0).collect();
            let whole = Column::new(DataType::I64, rows.iter().map(|r| r.1.unwrap_or(0)).collect::<Vec<_>>())
                .with_validity(Some(rows.iter().map(|r| r.1.is_some()).collect()));
            let float = Column::new(DataType::F64, rows.iter().map(|r| r.2.unwrap_or(0.0)).collect::<Vec<_>>())
                .with_validity(Some(rows.iter().map(|r| r.2.is_some()).collect()));
            let mut records = Records::new(2, 2);
            let mut only = Records::new(1, 0);
            let (mut fresh, mut new, mut met) = (Vec::new(), Vec::new(), Vec::new());
            let mut start = 0usize;
            for (stripe, len) in (0u32..).zip(cuts.iter().copied().chain([usize::MAX])) {
                let end = rows.len().min(start.saturating_add(len));
                // Within a stripe rows may come in several calls.
                for at in (start..end).step_by(parts) {
                    let range = at..end.min(at + parts);
                    let groups = &groups[range.clone()];
                    let seen = rows[..range.end].iter().map(|row| row.0 as usize + 1).max().unwrap_or(0);
                    records.resize(seen);
                    let view = float.view();
                    let summands = Summands { view: &view, start: at };
                    records.count_fresh(groups, stripe, Some(summands), &mut fresh);
                    new.extend(fresh.iter().map(|at| groups[*at as usize]));
                    groups.iter().for_each(|group| if !met.contains(group) { met.push(*group) });
                    records.add_valid(0, groups, whole.view().validity, range.clone());
                    records.add_integers(1, groups, &whole.view(), range.clone());
                    records.add_floats(1, groups, &view, range.clone());
                    only.resize(seen);
                    only.count(groups, stripe, None);
                    only.add_valid(0, groups, None, range.clone());
                }
                start = end;
            }
            prop_assert_eq!(&new, &met);
            records.resize(9);
            only.resize(9);
            let [counts, valid, sums, floats] = naive(&groups, &whole, &float, &cuts);
            let some = only.totals(Some(&[8, 3, 3]));
            prop_assert_eq!(some.counts(0..3).collect::<Vec<_>>(), [counts[8], counts[3], counts[3]]);
            let turned = records.totals(Some(&[8, 7, 6, 5, 4, 3, 2, 1, 0]));
            let (records, only) = (records.totals(None), only.totals(None));
            prop_assert_eq!(&records.counts(0..9).collect::<Vec<_>>(), &counts);
            prop_assert_eq!(only.counts(0..9).collect::<Vec<_>>(), &counts[..]);
            prop_assert_eq!(only.integers(0, 2..9).collect::<Vec<_>>(), &counts[2..]);
            prop_assert_eq!(records.integers(0, 0..9).collect::<Vec<_>>(), valid);
            prop_assert_eq!(&records.integers(1, 0..9).collect::<Vec<_>>(), &sums);
            let turned: Vec<u64> = turned.integers(1, 0..9).collect();
            prop_assert!(turned.iter().rev().eq(&sums));
            for slot in 0..2 {
                let found: Vec<f64> = records.floats(slot, 0..9).collect();
                for (group, (found, expected)) in found.iter().zip(&floats).enumerate() {
                    let is_nan = found.is_nan() && f64::from_bits(*expected).is_nan();
                    prop_assert!(is_nan || found.to_bits() == *expected, "group {group} of slot {slot}");
                }
            }
        }
    }

    proptest! {
        #[test]
        fn records_of_any_width_have_the_bits_of_states_apart(
            rows in prop::collection::vec((0u32..9, prop_oneof![Just(-0.0), Just(1e300), -9.0..9.0f64]), 1..300),
            cuts in prop::collection::vec(0usize..20, 0..30), parts in 1usize..300, spare in 0usize..40,
        ) {
            let groups: Vec<u32> = rows.iter().map(|row| row.0).collect();
            let float = Column::new(DataType::F64, rows.iter().map(|r| r.1).collect::<Vec<_>>());
            let whole = Column::new(DataType::I64, vec![1i64; rows.len()]);
            let [counts, _, _, sums] = naive(&groups, &whole, &float, &cuts);
            for (integers, floats) in [(0, 1), (1, 1), (2, 1), (0, 2), (3, 1), (1, 2), (0, 3)] {
                let mut records = Records::new(integers, floats);
                // With places to spare stripes have few rows for each.
                records.resize(9 + spare);
                let (mut start, mut fresh) = (0usize, Vec::new());
                for (stripe, len) in (0u32..).zip(cuts.iter().copied().chain([usize::MAX])) {
                    let end = rows.len().min(start.saturating_add(len));
                    for at in (start..end).step_by(parts) {
                        let range = at..end.min(at + parts);
                        let (groups, view) = (&groups[range.clone()], float.view());
                        let first = Some(Summands { view: &view, start: at });
                        match integers {
                            0 => records.count_fresh(groups, stripe, first, &mut fresh),
                            _ => records.count(groups, stripe, first),
                        }
                        (1..floats).for_each(|slot| records.add_floats(slot, groups, &view, range.clone()));
                        (0..integers).for_each(|slot| records.add_valid(slot, groups, None, range.clone()));
                    }
                    start = end;
                }
                let totals = records.totals(None);
                prop_assert_eq!(&totals.counts(0..9).collect::<Vec<_>>(), &counts);
                for slot in 0..integers {
                    prop_assert_eq!(&totals.integers(slot, 0..9).collect::<Vec<_>>(), &counts);
                }
                for slot in 0..floats {
                    let found: Vec<u64> = totals.floats(slot, 0..9).map(f64::to_bits).collect();
                    prop_assert_eq!(&found, &sums, "slot {} of {}", slot, floats);
                }
            }
        }
    }
}
