//! The smallest or the largest value of each group: as words in the order of values, as wide decimals, as texts.

use super::rows::{Rows, each_valid};
use super::state::State;
use super::sum::not_wide;
use crate::Error;
use crate::order::{push_words, words_to_column, words_to_text};
use crate::sort::texts_up_to;
use colq_column::{Bitmap, Column, Dictionary, DictionaryBuilder, Values, View};
use colq_types::DataType;
use std::sync::Arc;

/// Minima or maxima, as words in the order of values.
#[derive(Debug, Clone)]
pub struct Extremes {
    /// The word a group.
    pub words: Vec<u64>,
    /// True where a group has a value.
    pub seen: Vec<bool>,
    /// Largest instead of smallest.
    pub largest: bool,
}

impl Extremes {
    pub(super) fn new(largest: bool) -> Extremes {
        Extremes { words: Vec::new(), seen: Vec::new(), largest }
    }

    pub(super) fn add(&mut self, rows: Rows<'_>, view: &View<'_>, ranks: &[u32]) -> Result<(), Error> {
        if self.words.len() == 1
            && rows.positions.is_none()
            && view.data_type == DataType::Text
            && let Some(furthest) = furthest_rank(view, ranks, self.largest)
        {
            if let Some(rank) = furthest {
                keep(&mut self.words[0], &mut self.seen[0], u64::from(rank), self.largest);
            }
            return Ok(());
        }
        let mut values = Vec::with_capacity(view.len());
        push_words(view, ranks, &mut values)?;
        let (words, seen, largest) = (&mut self.words[..], &mut self.seen[..], self.largest);
        each_valid(rows, view.validity, |group, at| {
            keep(&mut words[group], &mut seen[group], values[at], largest);
        });
        Ok(())
    }

    /// Takes what [`load_words`](crate::load_words) made of a value of a group.
    pub fn keep(&mut self, group: usize, word: u64) {
        let word = if self.largest { word } else { !word };
        keep(&mut self.words[group], &mut self.seen[group], word, self.largest);
    }

    pub(super) fn column(&self, data_type: DataType, texts: Option<(&Arc<Dictionary>, &[u32])>) -> Column {
        let validity: Bitmap = self.seen.iter().copied().collect();
        match texts {
            Some((dictionary, by_rank)) => words_to_text(&self.words, Some(validity), dictionary, by_rank),
            None => words_to_column(data_type, &self.words, Some(validity)),
        }
    }
}

impl State for Extremes {
    fn resize(&mut self, groups: usize) {
        self.words.resize(groups, 0);
        self.seen.resize(groups, false);
    }

    fn merge(&mut self, later: &Self, pairs: impl Iterator<Item = (u32, u32)>) {
        pairs.filter(|(from, _)| later.seen[*from as usize]).for_each(|(from, to)| {
            let to = to as usize;
            keep(&mut self.words[to], &mut self.seen[to], later.words[from as usize], self.largest);
        });
    }

    fn byte_len(&self) -> usize {
        self.words.capacity() * 8 + self.seen.capacity()
    }
}

/// Law: the largest (or smallest) rank of the codes of all rows that are not NULL; `Some(None)` without such a row. `None` where
/// a row has a code without a rank, or no code.
fn furthest_rank(view: &View<'_>, ranks: &[u32], largest: bool) -> Option<Option<u32>> {
    let (best, are_known) = match view.values {
        Values::U8(codes) => furthest(codes, view.validity, ranks, largest),
        Values::U16(codes) => furthest(codes, view.validity, ranks, largest),
        Values::U32(codes) => furthest(codes, view.validity, ranks, largest),
        _ => return None,
    };
    // What is 0 is no rank.
    let rank = if largest { best.checked_sub(1) } else { (best > 0).then_some(!best) };
    are_known.then_some(rank)
}

/// The highest standing among all rows, and whether all of them have a rank. The standing of a rank is higher the further
/// it lies to the side that is looked for; of a row that is NULL it is 0.
fn furthest<T: Copy + Into<u32>>(
    codes: &[T],
    validity: Option<&Bitmap>,
    ranks: &[u32],
    largest: bool,
) -> (u32, bool) {
    let turn = if largest { 0 } else { u32::MAX };
    let up = u32::from(largest);
    let (mut best, mut are_known) = (0, true);
    for (number, codes) in codes.chunks(64).enumerate() {
        let word = validity.map_or(u64::MAX, |bits| bits.words().get(number).copied().unwrap_or(0));
        for (bit, code) in codes.iter().enumerate() {
            let rank = ranks.get((*code).into() as usize);
            let is_valid = word >> bit & 1 == 1;
            // A rank is below the count of texts, so one more is a number of 32 bits.
            let standing = rank.map_or(0, |rank| (*rank ^ turn).wrapping_add(up));
            best = best.max(if is_valid { standing } else { 0 });
            are_known &= rank.is_some() | !is_valid;
        }
    }
    (best, are_known)
}

#[inline(always)]
fn keep(word: &mut u64, seen: &mut bool, new: u64, largest: bool) {
    if !*seen || (new > *word) == largest && new != *word {
        *word = new;
        *seen = true;
    }
}

/// Minima or maxima of values of 128 bits.
#[derive(Debug, Clone)]
pub struct WideExtremes {
    values: Vec<Option<i128>>,
    largest: bool,
}

impl WideExtremes {
    pub(super) fn new(largest: bool) -> WideExtremes {
        WideExtremes { values: Vec::new(), largest }
    }

    pub(super) fn add(&mut self, rows: Rows<'_>, view: &View<'_>) -> Result<(), Error> {
        let Values::I128(values) = view.values else { return Err(not_wide(view)) };
        let (kept, largest) = (&mut self.values[..], self.largest);
        each_valid(rows, view.validity, |group, at| keep_wide(&mut kept[group], values[at], largest));
        Ok(())
    }

    pub(super) fn column(&self, data_type: DataType) -> Column {
        let validity = self.values.iter().map(Option::is_some).collect();
        let values: Vec<i128> = self.values.iter().map(|value| value.unwrap_or(0)).collect();
        Column::new(data_type, values).with_validity(Some(validity))
    }
}

impl State for WideExtremes {
    fn resize(&mut self, groups: usize) {
        self.values.resize(groups, None);
    }

    fn merge(&mut self, later: &Self, pairs: impl Iterator<Item = (u32, u32)>) {
        pairs.for_each(|(from, to)| {
            if let Some(new) = later.values[from as usize] {
                keep_wide(&mut self.values[to as usize], new, self.largest);
            }
        });
    }

    fn byte_len(&self) -> usize {
        self.values.capacity() * size_of::<Option<i128>>()
    }
}

#[inline(always)]
fn keep_wide(kept: &mut Option<i128>, new: i128, largest: bool) {
    if kept.is_none_or(|kept| new != kept && (new > kept) == largest) {
        *kept = Some(new);
    }
}

/// Minima or maxima of texts, by bytes.
#[derive(Debug, Clone)]
pub struct TextExtremes {
    values: Vec<Option<Box<[u8]>>>,
    largest: bool,
}

impl TextExtremes {
    pub(super) fn new(largest: bool) -> TextExtremes {
        TextExtremes { values: Vec::new(), largest }
    }

    pub(super) fn add(&mut self, rows: Rows<'_>, view: &View<'_>) {
        let (kept, largest) = (&mut self.values[..], self.largest);
        if let ([kept], None) = (&mut *kept, rows.positions) {
            return keep_furthest(kept, view, largest);
        }
        each_valid(rows, view.validity, |group, at| keep_text(&mut kept[group], view.text(at), largest));
    }

    pub(super) fn column(&self) -> Column {
        texts_to_column(self.values.iter().map(Option::as_deref))
    }
}

impl State for TextExtremes {
    fn resize(&mut self, groups: usize) {
        self.values.resize(groups, None);
    }

    fn merge(&mut self, later: &Self, pairs: impl Iterator<Item = (u32, u32)>) {
        pairs.for_each(|(from, to)| {
            if let Some(new) = &later.values[from as usize] {
                keep_text(&mut self.values[to as usize], new, self.largest);
            }
        });
    }

    fn byte_len(&self) -> usize {
        let slots = self.values.capacity() * size_of::<Option<Box<[u8]>>>();
        slots + self.values.iter().flatten().map(|text| text.len()).sum::<usize>()
    }
}

fn keep_text(kept: &mut Option<Box<[u8]>>, new: &[u8], largest: bool) {
    if kept.as_deref().is_none_or(|kept| new != kept && (new > kept) == largest) {
        *kept = Some(new.into());
    }
}

/// Every so many rows are looked at first: most of the others come behind the furthest of these.
const SAMPLED: usize = 64;

/// Keeps the furthest text of all rows that are not NULL.
fn keep_furthest(kept: &mut Option<Box<[u8]>>, view: &View<'_>, largest: bool) {
    let sample = (0..view.len()).step_by(SAMPLED).filter(|row| view.is_valid(*row));
    sample.for_each(|row| keep_text(kept, view.text(row), largest));
    let mut further = Vec::new();
    match kept {
        Some(limit) => texts_up_to(view, limit, largest, true, &mut further),
        None => further.extend(0..view.len() as u32),
    }
    let rows = further.into_iter().map(|row| row as usize).filter(|row| view.is_valid(*row));
    rows.for_each(|row| keep_text(kept, view.text(row), largest));
}

/// A text column of these values.
pub(super) fn texts_to_column<'a>(values: impl Iterator<Item = Option<&'a [u8]>>) -> Column {
    let mut builder = DictionaryBuilder::default();
    let mut validity = Bitmap::default();
    let code = |value: Option<&[u8]>| {
        validity.push(value.is_some());
        value.map_or(0, |text| builder.intern(text))
    };
    let codes: Vec<u32> = values.map(code).collect();
    Column::text(codes, Arc::new(builder.finish())).with_validity(Some(validity))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
    use super::*;
    use crate::order::{codes_by_rank, ranks};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn one_group_has_the_furthest_text_that_is_not_null(
            rows in prop::collection::vec((0u32..5, prop::bool::weighted(0.7)), 0..200),
            has_nulls in any::<bool>(),
            largest in any::<bool>(),
            lost in prop::option::of(0usize..200),
        ) {
            let dictionary = Arc::new(Dictionary::of(["b", "", "a", "bb", "\u{fc}"]));
            let validity: Bitmap = rows.iter().map(|row| row.1).collect();
            let mut codes: Vec<u32> = rows.iter().map(|row| row.0).collect();
            if let Some(code) = lost.and_then(|at| codes.get_mut(at)) {
                *code = 9;
            }
            let view = View {
                data_type: DataType::Text,
                values: Values::U32(&codes),
                validity: has_nulls.then_some(&validity),
                dictionary: Some(&dictionary),
            };
            let groups = vec![0; rows.len()];
            let mut found = Extremes::new(largest);
            found.resize(1);
            let answer = found.add(Rows { groups: &groups, positions: None }, &view, &ranks(&dictionary));
            let valid = |row: &usize| !has_nulls || validity.get(*row);
            let is_lost = (0..codes.len()).filter(valid).any(|row| codes[row] == 9);
            prop_assert_eq!(answer.is_err(), is_lost);
            if !is_lost {
                let texts = (0..codes.len()).filter(valid).map(|row| view.text(row));
                let expected = if largest { texts.max() } else { texts.min() };
                let column = found.column(DataType::Text, Some((&dictionary, &codes_by_rank(&ranks(&dictionary)))));
                let view = column.view();
                prop_assert_eq!(view.is_valid(0).then(|| view.text(0)), expected);
            }
        }
    }
}
