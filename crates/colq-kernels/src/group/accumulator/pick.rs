//! The value of one row of each group: the first, the last, or the one where another value is smallest or largest.
//!
//! Law: rows come in their order, and of rows that tie the first one wins.

use super::extreme::texts_to_column;
use super::rows::{Rows, both_valid, each_candidate, each_valid};
use super::state::State;
use super::sum::not_wide;
use crate::Error;
use crate::order::push_words;
use colq_column::{Bitmap, Buffer, Column, Dictionary, Values, View, dispatch};
use colq_types::{DataType, Physical, bf16, f16};
use std::sync::Arc;

/// Which row of a group is picked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PickRule {
    /// The first.
    First,
    /// The last.
    Last,
    /// The first with the smallest second value, of the rows where neither is NULL.
    Smallest,
    /// The first with the largest second value.
    Largest,
}

/// How a value is held while rows go by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Held {
    /// In 64 bits; of text the code in a dictionary of the whole table.
    Word,
    /// A wide decimal.
    Wide,
    /// The bytes of a text.
    Text,
}

/// The picked values of all groups.
#[derive(Debug, Clone)]
pub struct Picks {
    rule: PickRule,
    /// False where no row counts yet.
    seen: Vec<bool>,
    /// False where the picked value is NULL.
    valid: Vec<bool>,
    values: Kept,
    /// What the picked row was picked by.
    order: Kept,
}

/// A value a group.
#[derive(Debug, Clone)]
enum Kept {
    Words(Vec<u64>),
    Wide(Vec<i128>),
    Texts(Vec<Box<[u8]>>),
}

impl Kept {
    fn new(held: Held) -> Kept {
        match held {
            Held::Word => Kept::Words(Vec::new()),
            Held::Wide => Kept::Wide(Vec::new()),
            Held::Text => Kept::Texts(Vec::new()),
        }
    }

    fn resize(&mut self, groups: usize) {
        match self {
            Kept::Words(words) => words.resize(groups, 0),
            Kept::Wide(values) => values.resize(groups, 0),
            Kept::Texts(texts) => texts.resize(groups, Box::default()),
        }
    }

    fn take(&mut self, to: usize, later: &Kept, from: usize) {
        match (self, later) {
            (Kept::Words(words), Kept::Words(later)) => words[to] = later[from],
            (Kept::Wide(values), Kept::Wide(later)) => values[to] = later[from],
            (Kept::Texts(texts), Kept::Texts(later)) => texts[to].clone_from(&later[from]),
            // States of one aggregate are of one kind.
            _ => {}
        }
    }

    /// True when the value of `later` is beyond the one here.
    fn is_beaten(&self, at: usize, later: &Kept, from: usize, largest: bool) -> bool {
        match (self, later) {
            (Kept::Words(words), Kept::Words(later)) => beats(&later[from], &words[at], largest),
            (Kept::Wide(values), Kept::Wide(later)) => beats(&later[from], &values[at], largest),
            (Kept::Texts(texts), Kept::Texts(later)) => beats(&later[from], &texts[at], largest),
            _ => false,
        }
    }

    fn byte_len(&self) -> usize {
        match self {
            Kept::Words(words) => words.capacity() * 8,
            Kept::Wide(values) => values.capacity() * 16,
            Kept::Texts(texts) => {
                let slots = texts.capacity() * size_of::<Box<[u8]>>();
                slots + texts.iter().map(|text| text.len()).sum::<usize>()
            }
        }
    }
}

#[inline(always)]
fn beats<T: Ord + ?Sized>(new: &T, kept: &T, largest: bool) -> bool {
    if largest { new > kept } else { new < kept }
}

impl Picks {
    pub(super) fn new(rule: PickRule, value: Held, order: Held) -> Picks {
        Picks { rule, seen: Vec::new(), valid: Vec::new(), values: Kept::new(value), order: Kept::new(order) }
    }

    /// Adds rows. `second` is what rows are picked by, or of first and last the condition under which they count.
    pub(super) fn add(
        &mut self,
        rows: Rows<'_>,
        view: &View<'_>,
        second: Option<&View<'_>>,
        ranks: &[u32],
    ) -> Result<(), Error> {
        // The rows that win over what was there before, in their order.
        let mut winners: Vec<(u32, u32)> = Vec::new();
        let seen = &mut self.seen[..];
        let largest = self.rule == PickRule::Largest;
        match (self.rule, second) {
            (PickRule::First, condition) => {
                let counting = condition.map(trues);
                each_valid(rows, counting.as_ref(), |group, at| {
                    if !seen[group] {
                        seen[group] = true;
                        winners.push((group as u32, at as u32));
                    }
                });
            }
            (PickRule::Last, condition) => {
                let counting = condition.map(trues);
                each_valid(rows, counting.as_ref(), |group, at| {
                    seen[group] = true;
                    winners.push((group as u32, at as u32));
                });
            }
            (PickRule::Smallest | PickRule::Largest, None) => {}
            (PickRule::Smallest | PickRule::Largest, Some(second)) => {
                let validity = both_valid(view.validity, second.validity);
                match &mut self.order {
                    Kept::Words(kept) => {
                        let mut words = Vec::with_capacity(second.len());
                        push_words(second, ranks, &mut words)?;
                        // As words they are all looked for by the largest.
                        let flip = if largest { 0 } else { u64::MAX };
                        let mut best = (seen, &mut kept[..]);
                        each_candidate(
                            &mut best,
                            rows,
                            validity.as_ref(),
                            |(seen, kept), group, at| !seen[group] | (words[at] ^ flip > kept[group] ^ flip),
                            |(seen, kept), group, at| {
                                if !seen[group] || words[at] ^ flip > kept[group] ^ flip {
                                    seen[group] = true;
                                    kept[group] = words[at];
                                    winners.push((group as u32, at as u32));
                                }
                            },
                        );
                    }
                    Kept::Wide(kept) => {
                        let Values::I128(values) = second.values else { return Err(not_wide(second)) };
                        each_valid(rows, validity.as_ref(), |group, at| {
                            if !seen[group] || beats(&values[at], &kept[group], largest) {
                                seen[group] = true;
                                kept[group] = values[at];
                                winners.push((group as u32, at as u32));
                            }
                        });
                    }
                    Kept::Texts(kept) => each_valid(rows, validity.as_ref(), |group, at| {
                        if !seen[group] || beats(second.text(at), &kept[group], largest) {
                            seen[group] = true;
                            kept[group] = second.text(at).into();
                            winners.push((group as u32, at as u32));
                        }
                    }),
                }
            }
        }
        self.put(&winners, view)
    }

    /// Adds what later rows of a group found, as [`ArgMaxima`](crate::ArgMaxima) have it: the word of the picked row, and the
    /// bits of its value, `None` for NULL. Both are of values of at most 64 bits.
    #[inline]
    pub fn keep(&mut self, group: usize, word: u64, value: Option<u64>) {
        let (Kept::Words(values), Kept::Words(order)) = (&mut self.values, &mut self.order) else { return };
        let by_order = match self.rule {
            PickRule::First | PickRule::Last => None,
            PickRule::Smallest => Some(!word),
            PickRule::Largest => Some(word.wrapping_sub(1)),
        };
        let is_beaten = match by_order {
            None => self.rule == PickRule::Last,
            Some(word) => beats(&word, &order[group], self.rule == PickRule::Largest),
        };
        if is_beaten || !self.seen[group] {
            self.seen[group] = true;
            self.valid[group] = value.is_some();
            values[group] = value.unwrap_or(0);
            if let Some(word) = by_order {
                order[group] = word;
            }
        }
    }

    /// Takes the values of these rows, for each group the last of them.
    fn put(&mut self, winners: &[(u32, u32)], view: &View<'_>) -> Result<(), Error> {
        for (group, at) in winners {
            self.valid[*group as usize] = view.is_valid(*at as usize);
        }
        match &mut self.values {
            Kept::Words(words) => dispatch!(view.values,
                bool v => winners.iter().for_each(|(group, at)| words[*group as usize] = u64::from(v[*at as usize] != 0)),
                native v => winners.iter().for_each(|(group, at)| words[*group as usize] = bits(&v[*at as usize])),
                vector _v => ()),
            Kept::Wide(kept) => {
                let Values::I128(values) = view.values else { return Err(not_wide(view)) };
                winners.iter().for_each(|(group, at)| kept[*group as usize] = values[*at as usize]);
            }
            Kept::Texts(texts) => {
                // A text is copied once a group, not once a row that won for a while.
                let mut done = Bitmap::zeros(texts.len());
                for (group, at) in winners.iter().rev() {
                    let group = *group as usize;
                    if !done.get(group) {
                        done.set(group, true);
                        texts[group] = view.text(*at as usize).into();
                    }
                }
            }
        }
        Ok(())
    }

    /// The picked values as a column of their type; `dictionary` is that of a text argument.
    pub(super) fn column(&self, data_type: DataType, dictionary: Option<&Arc<Dictionary>>) -> Column {
        let is_some = |group: usize| self.seen[group] && self.valid[group];
        let validity: Bitmap = (0..self.seen.len()).map(is_some).collect();
        match &self.values {
            Kept::Words(words) => {
                let words: Vec<u64> =
                    words.iter().enumerate().map(|(at, word)| if is_some(at) { *word } else { 0 }).collect();
                let values = bits_to_buffer(data_type, &words);
                let dictionary = dictionary.filter(|_| data_type == DataType::Text).cloned();
                Column { data_type, values, validity: None, dictionary }.with_validity(Some(validity))
            }
            Kept::Wide(values) => {
                let values: Vec<i128> = values
                    .iter()
                    .enumerate()
                    .map(|(at, value)| if is_some(at) { *value } else { 0 })
                    .collect();
                Column::new(data_type, values).with_validity(Some(validity))
            }
            Kept::Texts(texts) => {
                texts_to_column(texts.iter().enumerate().map(|(at, text)| is_some(at).then_some(&**text)))
            }
        }
    }
}

impl State for Picks {
    fn resize(&mut self, groups: usize) {
        self.seen.resize(groups, false);
        self.valid.resize(groups, false);
        self.values.resize(groups);
        if matches!(self.rule, PickRule::Smallest | PickRule::Largest) {
            self.order.resize(groups);
        }
    }

    fn merge(&mut self, later: &Self, pairs: impl Iterator<Item = (u32, u32)>) {
        for (from, to) in pairs {
            let (from, to) = (from as usize, to as usize);
            let by_order = matches!(self.rule, PickRule::Smallest | PickRule::Largest);
            let takes = later.seen[from]
                && match self.rule {
                    _ if !self.seen[to] => true,
                    PickRule::First => false,
                    PickRule::Last => true,
                    rule => self.order.is_beaten(to, &later.order, from, rule == PickRule::Largest),
                };
            if takes {
                self.seen[to] = true;
                self.valid[to] = later.valid[from];
                self.values.take(to, &later.values, from);
                if by_order {
                    self.order.take(to, &later.order, from);
                }
            }
        }
    }

    fn byte_len(&self) -> usize {
        self.seen.capacity() + self.valid.capacity() + self.values.byte_len() + self.order.byte_len()
    }
}

/// The rows where a condition is true.
fn trues(view: &View<'_>) -> Bitmap {
    match view.values {
        Values::Bool(v) => v.iter().enumerate().map(|(at, b)| *b != 0 && view.is_valid(at)).collect(),
        _ => Bitmap::zeros(view.len()),
    }
}

/// The bits of a value as a word. Values of more than eight bytes are held another way.
#[inline(always)]
pub(in crate::group) fn bits<T: bytemuck::Pod>(value: &T) -> u64 {
    // A copy byte by byte would keep a loop over values from being one over lanes.
    match size_of::<T>() {
        1 => u64::from(bytemuck::cast::<T, u8>(*value)),
        2 => u64::from(bytemuck::cast::<T, u16>(*value)),
        4 => u64::from(bytemuck::cast::<T, u32>(*value)),
        8 => bytemuck::cast::<T, u64>(*value),
        _ => 0,
    }
}

/// Values back from their bytes. A word that is cut to the width of the value is the value.
fn bits_to_buffer(data_type: DataType, words: &[u64]) -> Buffer {
    let each = words.iter();
    match data_type.physical() {
        // Codes of text.
        None | Some(Physical::U32) => Buffer::U32(each.map(|w| *w as u32).collect()),
        Some(Physical::Bool) => Buffer::Bool(each.map(|w| *w as u8).collect()),
        Some(Physical::I8) => Buffer::I8(each.map(|w| *w as i8).collect()),
        Some(Physical::I16) => Buffer::I16(each.map(|w| *w as i16).collect()),
        Some(Physical::I32) => Buffer::I32(each.map(|w| *w as i32).collect()),
        Some(Physical::I64) => Buffer::I64(each.map(|w| *w as i64).collect()),
        Some(Physical::U8) => Buffer::U8(each.map(|w| *w as u8).collect()),
        Some(Physical::U16) => Buffer::U16(each.map(|w| *w as u16).collect()),
        Some(Physical::U64) => Buffer::U64(words.to_vec()),
        Some(Physical::F16) => Buffer::F16(each.map(|w| f16::from_bits(*w as u16)).collect()),
        Some(Physical::Bf16) => Buffer::Bf16(each.map(|w| bf16::from_bits(*w as u16)).collect()),
        Some(Physical::F32) => Buffer::F32(each.map(|w| f32::from_bits(*w as u32)).collect()),
        Some(Physical::F64) => Buffer::F64(each.map(|w| f64::from_bits(*w)).collect()),
        Some(Physical::I128) => Buffer::I128(each.map(|w| i128::from(*w as i64)).collect()),
    }
}
