//! The smallest or the largest value of each group: as words in the order of values, as wide decimals, as texts.

use super::rows::{Rows, each_valid};
use super::state::State;
use super::sum::not_wide;
use crate::Error;
use crate::order::{push_words, words_to_column, words_to_text};
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

    pub(super) fn column(&self, data_type: DataType, dictionary: Option<&Arc<Dictionary>>) -> Column {
        let validity: Bitmap = self.seen.iter().copied().collect();
        match dictionary {
            Some(dictionary) => words_to_text(&self.words, Some(validity), dictionary),
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
