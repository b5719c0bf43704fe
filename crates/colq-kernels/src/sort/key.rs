//! How the keys of a row become words.
//!
//! Law: the words of a [`SortLayout`], compared one after the other as whole numbers, order rows as their keys do, as far
//! as the words tell: to the end where the layout [is complete](SortLayout::is_complete), else up to a text of which
//! only the first bytes are in the words. Each key takes as many bits as the range of its values needs, and one more
//! where it may be NULL; keys lie one behind the other from the highest bit of the first word on.

use super::texts::push_text_words;
use crate::Error;
use crate::order::{float_word, push_words, signed_word};
use crate::processor::vectorised;
use colq_column::{Bitmap, Values, View};
use colq_types::{DataType, Integer, Native, Physical};
use std::cmp::Ordering;
use std::sync::Arc;

/// Bytes of a text without a dictionary that lie in words.
const TEXT_BYTES: usize = 16;

/// Low bits that are zero in the word of every float that came from 32 bits or fewer: those of the longer mantissa.
const F32_SHIFT: u32 = 29;

/// One key of an order.
#[derive(Debug, Clone)]
pub struct SortKey {
    /// What its values mean.
    pub data_type: DataType,
    /// The largest value first.
    pub descending: bool,
    /// NULL before every value, whichever direction values go.
    pub nulls_first: bool,
    /// False where no row is NULL.
    pub may_be_null: bool,
    /// The words ([`push_words`](crate::push_words)) of the smallest and the largest value, where they are known; NaN
    /// is a value.
    pub range: Option<(u64, u64)>,
    /// The rank of each code, where all rows share a dictionary.
    pub ranks: Option<Arc<Vec<u32>>>,
}

/// How the bits of a key come about.
#[derive(Debug, Clone)]
pub(super) enum Bits {
    /// `(word >> shift) - base`, in so many bits, none where all values are one.
    Range { shift: u32, base: u64, span: u64 },
    /// 128 bits of a whole number.
    Wide,
    /// The first bytes of a text.
    Text,
}

#[derive(Debug, Clone)]
pub(super) struct Field {
    pub(super) key: SortKey,
    pub(super) bits: Bits,
}

/// What decides between rows, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// The words of this range.
    Words { start: usize, end: usize },
    /// The texts of this key, as far as the words did not tell; upside down where they descend.
    Text { text: usize, descending: bool },
}

/// Where the keys of an order lie in words.
#[derive(Debug, Clone)]
pub struct SortLayout {
    pub(super) fields: Vec<Field>,
    pub(super) stages: Vec<Stage>,
    word_count: usize,
    text_keys: Vec<usize>,
}

/// Where the next bits go.
#[derive(Debug, Clone, Copy, Default)]
struct Place {
    bit: usize,
}

impl SortLayout {
    /// A layout for these keys, the first of which decides first.
    ///
    /// # Errors
    /// [`Error::WrongLayout`] for vectors, which have no order.
    pub fn new(keys: Vec<SortKey>) -> Result<SortLayout, Error> {
        let mut fields = Vec::new();
        for key in keys {
            let bits = bits_of(&key)?;
            fields.push(Field { key, bits });
        }
        let (mut stages, mut text_keys) = (Vec::new(), Vec::new());
        let (mut bit, mut start) = (0usize, 0);
        for (index, field) in fields.iter().enumerate() {
            bit += usize::from(field.key.may_be_null) + field.width();
            if matches!(field.bits, Bits::Text) {
                let end = bit.div_ceil(64);
                stages.push(Stage::Words { start, end });
                stages.push(Stage::Text { text: text_keys.len(), descending: field.key.descending });
                text_keys.push(index);
                (start, bit) = (end, end * 64);
            }
        }
        let word_count = bit.div_ceil(64);
        if word_count > start {
            stages.push(Stage::Words { start, end: word_count });
        }
        Ok(SortLayout { fields, stages, word_count, text_keys })
    }

    /// Words a row.
    pub fn word_count(&self) -> usize {
        self.word_count
    }

    /// Words a row up to the first text of which the rest decides: these alone may be compared.
    pub fn first_words(&self) -> usize {
        match self.stages.first() {
            Some(Stage::Words { end, .. }) => *end,
            _ => 0,
        }
    }

    /// True when rows with the same words have the same keys.
    pub fn is_complete(&self) -> bool {
        self.text_keys.is_empty()
    }

    /// The keys whose texts are asked for beside the words.
    pub fn text_keys(&self) -> &[usize] {
        &self.text_keys
    }

    /// What the first `keys` keys take up: so many of the first bits of the words, and so many of the first
    /// [text keys](SortLayout::text_keys).
    pub(super) fn room_of(&self, keys: usize) -> (usize, usize) {
        let (mut bits, mut texts) = (0usize, 0);
        for field in self.fields.iter().take(keys) {
            bits += usize::from(field.key.may_be_null) + field.width();
            if matches!(field.bits, Bits::Text) {
                bits = bits.next_multiple_of(64);
                texts += 1;
            }
        }
        (bits, texts)
    }

    /// The words of all rows of the keys' views: `words[w]` becomes the `w`-th word of each row.
    ///
    /// # Errors
    /// A text code that is not in the dictionary; a layout that is not the key's.
    pub fn encode(&self, views: &[View<'_>], words: &mut Vec<Vec<u64>>) -> Result<(), Error> {
        let row_count = views.first().map_or(0, View::len);
        words.resize_with(self.word_count, Vec::new);
        for word in words.iter_mut() {
            word.clear();
            word.resize(row_count, 0);
        }
        let (mut place, mut values) = (Place::default(), Vec::new());
        for (field, view) in self.fields.iter().zip(views) {
            field.encode(view, words, &mut place, &mut values)?;
        }
        Ok(())
    }

    /// The first word of all rows alone, with the bits of the first `keys` keys and 0 for those of the others; 0 where
    /// there is no word. As [`SortLayout::encode`] for everything else.
    ///
    /// # Errors
    /// As [`SortLayout::encode`].
    pub fn encode_first<'a>(
        &self,
        keys: usize,
        mut view: impl FnMut(usize) -> View<'a>,
        row_count: usize,
        first: &mut [Vec<u64>; 1],
    ) -> Result<(), Error> {
        first[0].clear();
        first[0].resize(row_count, 0);
        let (mut place, mut values) = (Place::default(), Vec::new());
        for (index, field) in self.fields.iter().take(keys).enumerate() {
            if place.bit >= 64 {
                break;
            }
            field.encode(&view(index), first, &mut place, &mut values)?;
        }
        Ok(())
    }

    /// How many keys have bits in the first word.
    pub fn keys_in_first_word(&self) -> usize {
        let mut bit = 0;
        let starts = self.fields.iter().map(|field| {
            let start = bit;
            bit += field.width() + usize::from(field.key.may_be_null);
            start
        });
        starts.take_while(|start| *start < 64).count()
    }

    /// The first word of a row whose first key has this word of its own ([`push_words`](crate::push_words), of a text its
    /// [prefix](colq_column::text_prefix)), as low as later keys can make it; for the bounds of zones. `None` for values
    /// of more than 64 bits.
    pub fn lowest_first_word(&self, word: u64) -> Option<u64> {
        let field = self.fields.first()?;
        let (value, width) = match field.bits {
            Bits::Range { shift, base, span } => {
                let value = ((word >> shift).wrapping_sub(base)).min(span);
                (if field.key.descending { span - value } else { value }, field.width())
            }
            Bits::Text => (if field.key.descending { !word } else { word }, 64),
            Bits::Wide => return None,
        };
        let null_bit = u64::from(field.key.may_be_null && field.key.nulls_first);
        let (mut words, mut place) = ([vec![0u64]], Place::default());
        if field.key.may_be_null {
            append(&mut words, &mut place, &[null_bit], 1);
        }
        append(&mut words, &mut place, &[value], width);
        words[0].first().copied()
    }

    /// The same for a row whose first key is NULL.
    pub fn lowest_null_word(&self) -> u64 {
        let last = self.fields.first().is_some_and(|field| field.key.may_be_null && !field.key.nulls_first);
        u64::from(last) << 63
    }

    /// The text of the first key of a row, whose parts these are, where that is a text of which only the first bytes are
    /// in the words, and not NULL.
    pub fn first_text<'a>(&self, first_word: u64, behind: &'a [SortPart]) -> Option<&'a [u8]> {
        let field = self.fields.first().filter(|field| matches!(field.bits, Bits::Text))?;
        let null_bit = u64::from(field.key.nulls_first);
        if field.key.may_be_null && first_word >> 63 != null_bit {
            return None;
        }
        behind.iter().find_map(|part| match part {
            SortPart::Word(_) => None,
            SortPart::Rising(text) => Some(&**text),
            SortPart::Falling(text) => Some(&*text.0),
        })
    }

    /// How a row stands to another, of which the first word and what is [behind it](SortLayout::behind_first_word) are
    /// given: that row's words are `word(w)`, and its texts `text(t)`.
    pub fn compare<'a>(
        &self,
        word: impl Fn(usize) -> u64,
        text: impl Fn(usize) -> &'a [u8],
        other: (u64, &[SortPart]),
    ) -> Ordering {
        let (first_word, behind) = other;
        if self.word_count > 0 {
            let order = word(0).cmp(&first_word);
            if order.is_ne() {
                return order;
            }
        }
        let mut behind = behind.iter();
        for stage in &self.stages {
            match *stage {
                Stage::Words { start, end } => {
                    for w in start.max(1)..end {
                        let Some(SortPart::Word(other)) = behind.next() else { return Ordering::Equal };
                        let order = word(w).cmp(other);
                        if order.is_ne() {
                            return order;
                        }
                    }
                }
                Stage::Text { text: t, .. } => {
                    let order = match behind.next() {
                        Some(SortPart::Rising(other)) => text(t).cmp(other),
                        Some(SortPart::Falling(other)) => (*other.0).cmp(text(t)),
                        _ => return Ordering::Equal,
                    };
                    if order.is_ne() {
                        return order;
                    }
                }
            }
        }
        Ordering::Equal
    }

    /// What decides behind the first word of a row, for comparing single rows: the words `word(w)` and the texts
    /// `text(t)` of its [text keys](SortLayout::text_keys).
    pub fn behind_first_word<'a>(
        &self,
        word: impl Fn(usize) -> u64,
        text: impl Fn(usize) -> &'a [u8],
    ) -> Vec<SortPart> {
        let mut parts = Vec::new();
        for stage in &self.stages {
            match *stage {
                Stage::Words { start, end } => {
                    parts.extend((start.max(1)..end).map(|w| SortPart::Word(word(w))))
                }
                Stage::Text { text: t, descending: false } => parts.push(SortPart::Rising(text(t).into())),
                Stage::Text { text: t, descending: true } => {
                    parts.push(SortPart::Falling(std::cmp::Reverse(text(t).into())));
                }
            }
        }
        parts
    }
}

/// A part of the key of a single row. The parts of rows of one layout are of one kind each, so that lists of them compare.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum SortPart {
    /// A word.
    Word(u64),
    /// A text that ascends.
    Rising(Box<[u8]>),
    /// A text that descends.
    Falling(std::cmp::Reverse<Box<[u8]>>),
}

vectorised! {
    /// Law: `out` = the positions of the words that are at most `limit`, ascending.
    pub fn positions_up_to(words: &[u64], limit: u64, out: &mut Vec<u32>) {
        out.clear();
        for (chunk, words) in words.chunks(64).enumerate() {
            let mut bits = 0u64;
            for (bit, word) in words.iter().enumerate() {
                bits |= u64::from(*word <= limit) << bit;
            }
            while bits != 0 {
                out.push((chunk * 64) as u32 + bits.trailing_zeros());
                bits &= bits - 1;
            }
        }
    }
}

fn bits_of(key: &SortKey) -> Result<Bits, Error> {
    if key.data_type == DataType::Text {
        return Ok(match &key.ranks {
            Some(ranks) => Bits::Range { shift: 0, base: 0, span: ranks.len() as u64 },
            None => Bits::Text,
        });
    }
    let physical = key.data_type.physical();
    let signed = |min: i64, max: i64| (signed_word(min), signed_word(max));
    let of_floats = (float_word(f64::NEG_INFINITY), float_word(f64::NAN));
    let (shift, whole) = match physical {
        Some(Physical::Bool) => (0, (0, 1)),
        Some(Physical::I8) => (0, signed(i8::MIN.into(), i8::MAX.into())),
        Some(Physical::I16) => (0, signed(i16::MIN.into(), i16::MAX.into())),
        Some(Physical::I32) => (0, signed(i32::MIN.into(), i32::MAX.into())),
        Some(Physical::U8) => (0, (0, u8::MAX.into())),
        Some(Physical::U16) => (0, (0, u16::MAX.into())),
        Some(Physical::U32) => (0, (0, u32::MAX.into())),
        Some(Physical::I64 | Physical::U64) => (0, (0, u64::MAX)),
        Some(Physical::F32 | Physical::F16 | Physical::Bf16) => (F32_SHIFT, of_floats),
        Some(Physical::F64) => (0, of_floats),
        Some(Physical::I128) => return Ok(Bits::Wide),
        None => return Err(Error::WrongLayout { expected: "values that have an order", found: "vectors" }),
    };
    let (min, max) = key.range.unwrap_or(whole);
    let (base, top) = (min.min(max) >> shift, max >> shift);
    Ok(Bits::Range { shift, base, span: top - base })
}

impl Field {
    /// Bits of its values.
    pub(super) fn width(&self) -> usize {
        match self.bits {
            Bits::Range { span, .. } => (64 - span.leading_zeros()) as usize,
            Bits::Wide => 128,
            Bits::Text => TEXT_BYTES * 8,
        }
    }

    fn encode(
        &self,
        view: &View<'_>,
        words: &mut [Vec<u64>],
        place: &mut Place,
        values: &mut Vec<u64>,
    ) -> Result<(), Error> {
        let key = &self.key;
        let nulls = view.validity.filter(|validity| key.may_be_null && !validity.all());
        if key.may_be_null {
            values.clear();
            values.resize(view.len(), u64::from(key.nulls_first));
            if let Some(validity) = nulls {
                each_null(validity, |row| values[row] = u64::from(!key.nulls_first));
            }
            append(words, place, values, 1);
        }
        match self.bits {
            Bits::Range { shift, base, span } => {
                self.numbers(view, shift, base, span, values)?;
                if let Some(validity) = nulls {
                    each_null(validity, |row| values[row] = 0);
                }
                append(words, place, values, self.width());
            }
            Bits::Wide => {
                let Values::I128(wide) = view.values else {
                    let found = view.values.physical().name();
                    return Err(Error::WrongLayout { expected: "i128", found });
                };
                let flip = if key.descending { u64::MAX } else { 0 };
                for half in [64, 0] {
                    values.clear();
                    let sign = if half == 64 { 1 << 63 } else { 0 };
                    values.extend(wide.iter().map(|v| ((v >> half) as u64 ^ sign) ^ flip));
                    if let Some(validity) = nulls {
                        each_null(validity, |row| values[row] = 0);
                    }
                    append(words, place, values, 64);
                }
            }
            Bits::Text => {
                for part in 0..TEXT_BYTES / 8 {
                    values.clear();
                    push_text_words(view, part, values);
                    if key.descending {
                        values.iter_mut().for_each(|word| *word = !*word);
                    }
                    if let Some(validity) = nulls {
                        each_null(validity, |row| values[row] = 0);
                    }
                    append(words, place, values, 64);
                }
                // What comes after a text begins with a word of its own.
                place.bit = place.bit.next_multiple_of(64);
            }
        }
        Ok(())
    }

    /// The bits of each row, those of NULLs with any content.
    fn numbers(
        &self,
        view: &View<'_>,
        shift: u32,
        base: u64,
        span: u64,
        out: &mut Vec<u64>,
    ) -> Result<(), Error> {
        out.clear();
        if view.data_type == DataType::Text {
            let ranks = self.key.ranks.as_ref().map_or(&[][..], |ranks| ranks.as_slice());
            push_words(view, ranks, out)?;
        } else {
            number_words(view, out)?;
        }
        shorten(out, shift, base, span, self.key.descending);
        Ok(())
    }
}

vectorised! {
    fn signed_words<T: Integer>(values: &[T], out: &mut Vec<u64>) {
        // A loop and no `extend`, which would be compiled by itself, for the plain target.
        out.resize(values.len(), 0);
        out.iter_mut().zip(values).for_each(|(word, value)| *word = signed_word(value.to_i128() as i64));
    }
}

vectorised! {
    fn unsigned_words<T: Integer>(values: &[T], out: &mut Vec<u64>) {
        // A loop and no `extend`, which would be compiled by itself, for the plain target.
        out.resize(values.len(), 0);
        out.iter_mut().zip(values).for_each(|(word, value)| *word = value.to_i128() as u64);
    }
}

vectorised! {
    fn float_words<T: Native>(values: &[T], out: &mut Vec<u64>) {
        // A loop and no `extend`, which would be compiled by itself, for the plain target.
        out.resize(values.len(), 0);
        out.iter_mut().zip(values).for_each(|(word, value)| *word = float_word(value.to_f64()));
    }
}

vectorised! {
    /// Law: the distance of `word >> shift` from the smallest, or from the largest where the order descends; a word
    /// outside of them gets some value within.
    fn shorten(words: &mut [u64], shift: u32, base: u64, span: u64, descending: bool) {
        let mask = u64::MAX.checked_shr(span.leading_zeros()).unwrap_or(0);
        if descending {
            words.iter_mut().for_each(|w| *w = span.wrapping_sub((*w >> shift).wrapping_sub(base)) & mask);
        } else {
            words.iter_mut().for_each(|w| *w = (*w >> shift).wrapping_sub(base) & mask);
        }
    }
}

vectorised! {
    fn add_shifted_left(words: &mut [u64], values: &[u64], by: u32) {
        words.iter_mut().zip(values).for_each(|(word, value)| *word |= value << by);
    }
}

vectorised! {
    fn add_shifted_right(words: &mut [u64], values: &[u64], by: u32) {
        words.iter_mut().zip(values).for_each(|(word, value)| *word |= value >> by);
    }
}

/// The word of each row of a view of numbers.
fn number_words(view: &View<'_>, out: &mut Vec<u64>) -> Result<(), Error> {
    match view.values {
        Values::I8(v) => signed_words(v, out),
        Values::I16(v) => signed_words(v, out),
        Values::I32(v) => signed_words(v, out),
        Values::I64(v) => signed_words(v, out),
        Values::U8(v) => unsigned_words(v, out),
        Values::U16(v) => unsigned_words(v, out),
        Values::U32(v) => unsigned_words(v, out),
        Values::F32(v) => float_words(v, out),
        Values::F64(v) => float_words(v, out),
        _ => return push_words(view, &[], out),
    }
    Ok(())
}

/// Adds `width` bits of each row behind those that are there. Words that do not exist take none.
fn append(words: &mut [Vec<u64>], place: &mut Place, values: &[u64], width: usize) {
    if width == 0 {
        return;
    }
    let (word, used) = (place.bit / 64, place.bit % 64);
    let room = 64 - used;
    place.bit += width;
    if width <= room {
        if let Some(word) = words.get_mut(word) {
            add_shifted_left(word, values, (room - width) as u32);
        }
        return;
    }
    let rest = (width - room) as u32;
    if let Some(word) = words.get_mut(word) {
        add_shifted_right(word, values, rest);
    }
    if let Some(word) = words.get_mut(word + 1) {
        add_shifted_left(word, values, 64 - rest);
    }
}

/// The rows whose bit is zero.
fn each_null(validity: &Bitmap, mut null: impl FnMut(usize)) {
    for (index, word) in validity.words().iter().enumerate() {
        let mut nulls = !word;
        while nulls != 0 {
            let row = index * 64 + nulls.trailing_zeros() as usize;
            if row >= validity.len() {
                return;
            }
            null(row);
            nulls &= nulls - 1;
        }
    }
}
