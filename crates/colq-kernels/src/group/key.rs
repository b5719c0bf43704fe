//! The key columns of a row as one or more 64-bit words, equal exactly when the rows belong to one group.
//!
//! NaN is one value, -0.0 equals 0.0, NULL is a value of its own. Where the ranges of all key columns are known
//! and their product fits into 64 bits, the key is one packed word, a number in mixed radix; a small product may
//! then serve as an index into an array. Otherwise the key is a word a column (two of a wide decimal) and then words of
//! null bits. Texts without a dictionary come last, two words each (`text_key`).

use super::code::Rule;
use super::intervals::Intervals;
use super::long_texts::LongTexts;
use super::text_key::{TEXT_WORDS, is_plain_text};
use super::whole::{pack_whole, part_value};
use crate::Error;
use colq_column::{Bitmap, Buffer, Column, Dictionary, Values, View};
use colq_types::{DataType, Physical, bf16, f16};
use std::sync::Arc;

/// What is known of a key column before any row is seen.
#[derive(Debug, Clone)]
pub struct KeySpace {
    /// The type of the column.
    pub data_type: DataType,
    /// True when a row may be NULL.
    pub nullable: bool,
    /// The smallest and largest value as bits (for integers, as two's complement), where known;
    /// for text the codes. Floats have none unless all of them are whole numbers of `parts` within
    /// [`MOST_WHOLE`](crate::MOST_WHOLE) and all keys together fit into a packed word, and theirs is that of these numbers; text
    /// without is plain: its codes mean nothing, its bytes count.
    pub range: Option<(i128, i128)>,
    /// Values that are this near above the lowest one, or above a multiple of it from there, are one; 1 where every
    /// value is its own. The key of such values is the lowest of them.
    pub step: u64,
    /// Of floats with a range: the float nearest to `n / parts` is the number n, and every other is beyond the range.
    pub parts: u32,
    /// Where such values are further put together: the intervals that they are the cells of, from the lowest value on. The
    /// key is what stands for the interval, of `data_type` as the range then need not be.
    pub intervals: Option<Intervals>,
}

/// How one key column becomes words and back.
#[derive(Debug, Clone)]
pub struct KeyColumn {
    pub(super) data_type: DataType,
    /// Subtracted from the bits of each value, so that codes start at 0.
    pub(super) base: u64,
    /// What the rest is divided by.
    pub(super) step: u64,
    /// What the quotients are the cells of.
    pub(super) intervals: Option<Intervals>,
    /// The code of NULL, one past the largest code of a value.
    pub(super) null_code: u64,
    /// What a code is multiplied with in the packed word.
    pub(super) stride: u64,
    /// How many codes there are, NULL included; 0 stands for 2^64.
    codes: u64,
    /// True for floats that are whole numbers of parts.
    pub(super) is_whole: bool,
    /// Into how many parts one is divided for them to be whole.
    pub(super) parts: u32,
    /// Its first word in keys of several words.
    pub(super) first_word: usize,
}

/// How the key columns of a query become words.
#[derive(Debug, Clone)]
pub struct KeyLayout {
    pub(super) columns: Vec<KeyColumn>,
    /// Packed keys are below this; `None` when a key takes several words. Plain texts are never packed with the others.
    packed: Option<u128>,
    /// Words of values in keys of several words; those of null bits come after.
    value_words: usize,
    /// The columns of plain text, whose words come last.
    pub(super) texts: Vec<usize>,
}

impl KeyLayout {
    /// The tightest layout for these columns.
    pub fn new(spaces: &[KeySpace]) -> KeyLayout {
        let mut stride: u128 = 1;
        let mut fits = true;
        let mut columns = Vec::new();
        let mut value_words = 0;
        let mut texts = Vec::new();
        for (index, space) in spaces.iter().enumerate() {
            let wide = is_wide(space.data_type);
            let (low, high) = space.range.filter(|_| !wide).unwrap_or_else(|| full_range(space.data_type));
            fits &= !wide;
            let is_text = is_plain_text(space);
            let values = match &space.intervals {
                Some(intervals) => intervals.len() as u128,
                None => (high - low) as u128 / u128::from(space.step.max(1)) + 1,
            };
            let codes = values + u128::from(space.nullable);
            columns.push(KeyColumn {
                data_type: space.data_type,
                base: low as u64,
                step: space.step.max(1),
                intervals: space.intervals.clone(),
                null_code: values as u64,
                stride: stride as u64,
                codes: codes as u64,
                is_whole: space.data_type.is_float() && space.range.is_some(),
                parts: space.parts.max(1),
                first_word: value_words,
            });
            if is_text {
                texts.push(index);
                continue;
            }
            value_words += if wide { 2 } else { 1 };
            match stride.checked_mul(codes) {
                Some(next) if next <= 1 << 64 => stride = next,
                _ => fits = false,
            }
        }
        let mut layout = KeyLayout { columns, packed: fits.then_some(stride), value_words, texts };
        let number_words = layout.number_words();
        for (text, index) in layout.texts.iter().enumerate() {
            layout.columns[*index].first_word = number_words + text * TEXT_WORDS;
        }
        layout
    }

    /// Words of all columns but plain text.
    fn number_words(&self) -> usize {
        // Columns without NULL need no bits for it.
        let mut columns = (0..).zip(&self.columns);
        let has_null = columns.any(|(index, column)| column.has_null() && !self.texts.contains(&index));
        let null_words = if has_null { self.columns.len().div_ceil(NULLS_A_WORD) } else { 0 };
        match self.packed {
            Some(_) if !self.texts.is_empty() && self.texts.len() == self.columns.len() => 0,
            Some(_) => 1,
            None => self.value_words + null_words,
        }
    }

    /// Words a key takes.
    pub fn word_count(&self) -> usize {
        self.number_words() + self.texts.len() * TEXT_WORDS
    }

    /// How many different packed keys there can be; `None` when keys take several words.
    pub fn packed_keys(&self) -> Option<u128> {
        self.packed.filter(|_| self.texts.is_empty())
    }

    /// The keys of the rows at `positions` (all rows without), `word_count` words each, one row after the other.
    /// `views` are the key columns in order. Text with a range has codes of one dictionary; of plain text the words of
    /// long ones are those of [`KeyLayout::resolve`] before it.
    ///
    /// # Errors
    /// [`Error::PastKnownRange`] for a value outside the range the layout was made for: zone records that do not
    /// tell the truth about their zone.
    pub fn encode(
        &self,
        views: &[View<'_>],
        positions: Option<&[u32]>,
        row_count: usize,
        words: &mut Vec<u64>,
    ) -> Result<(), Error> {
        let count = positions.map_or(row_count, <[u32]>::len);
        words.clear();
        words.resize(count * self.word_count(), 0);
        let width = self.word_count();
        // Packed words are put together one after the other, and then stand before those of the texts.
        let mut packed = Vec::new();
        if !self.texts.is_empty() && self.number_words() == 1 {
            packed.resize(count, 0);
        }
        for (index, (column, view)) in self.columns.iter().zip(views).enumerate() {
            if self.texts.contains(&index) {
                column.lay_out_texts(view, positions, words, width);
                continue;
            }
            let packs = if self.texts.is_empty() { &mut *words } else { &mut packed };
            if self.packed.is_none() {
                if !column.lay_out(view, positions, words, width, self.null_place(index)) {
                    return Err(Error::PastKnownRange { data_type: column.data_type });
                }
            } else if !column.pack(view, positions, packs) {
                return Err(Error::PastKnownRange { data_type: column.data_type });
            }
        }
        words.chunks_exact_mut(width).zip(&packed).for_each(|(key, word)| key[0] = *word);
        Ok(())
    }

    /// The key columns of these keys. `dictionaries` has the dictionary of each text column that is not plain.
    pub fn decode(&self, words: &[u64], dictionaries: &[Option<Arc<Dictionary>>]) -> Vec<Column> {
        self.decode_texts(words, dictionaries, &|_| &[], false, &|_| true)
    }

    /// The key columns of these keys, and long texts from the place where `texts` says that those of each key are held,
    /// column by column. Only the columns for which `is_wanted` are given. With `distinct` each text is in a dictionary once; else there is one a row.
    pub fn decode_texts<'t>(
        &self,
        words: &[u64],
        dictionaries: &[Option<Arc<Dictionary>>],
        texts: &dyn Fn(usize) -> &'t [LongTexts],
        distinct: bool,
        is_wanted: &dyn Fn(usize) -> bool,
    ) -> Vec<Column> {
        let width = self.word_count();
        let keys = words.chunks_exact(width);
        let mut columns = Vec::new();
        for (index, column) in self.columns.iter().enumerate().filter(|(index, _)| is_wanted(*index)) {
            if is_wide(column.data_type) {
                columns.push(self.decode_wide(words, index, column));
                continue;
            }
            if let Some(text) = self.texts.iter().position(|at| *at == index) {
                let of_row = |row: usize| texts(row).get(text);
                columns.push(column.decode_texts(words, width, &of_row, distinct));
                continue;
            }
            let mut bits = Vec::with_capacity(keys.len());
            let mut validity = Bitmap::default();
            let has_null = column.has_null();
            if self.packed.is_some() && self.columns.len() == 1 && !has_null && column.intervals.is_none() {
                bits.extend(
                    words.iter().map(|code| code.wrapping_mul(column.step).wrapping_add(column.base)),
                );
                validity.push_many(true, bits.len());
            } else {
                for key in keys.clone() {
                    let (code, valid) = if self.packed.is_some() {
                        // A stride of 2^64 (0 here) is that of a column with one code, behind columns that use all bits.
                        let rest = key[0].checked_div(column.stride).unwrap_or(0);
                        let code = if column.codes == 0 { rest } else { rest % column.codes };
                        (code, !has_null || code != column.null_code)
                    } else {
                        (
                            key[column.first_word],
                            self.null_place(index).is_none_or(|place| place.is_valid(key)),
                        )
                    };
                    bits.push(match &column.intervals {
                        _ if !valid => 0,
                        Some(intervals) => intervals.key(code),
                        None => code.wrapping_mul(column.step).wrapping_add(column.base),
                    });
                    validity.push(valid);
                }
            }
            let dictionary = dictionaries.get(index).cloned().flatten();
            columns.push(column.decode(&bits, validity, dictionary));
        }
        columns
    }

    /// `None` where no row is NULL.
    fn null_place(&self, index: usize) -> Option<NullPlace> {
        self.columns.get(index).filter(|column| column.has_null())?;
        Some(NullPlace { word: self.value_words + index / NULLS_A_WORD, bit: index % NULLS_A_WORD })
    }

    /// A column of two words a key, the higher half first.
    fn decode_wide(&self, words: &[u64], index: usize, column: &KeyColumn) -> Column {
        let place = self.null_place(index);
        let mut validity = Bitmap::default();
        let value = |key: &[u64]| {
            validity.push(place.is_none_or(|place| place.is_valid(key)));
            i128::from(key[column.first_word] as i64) << 64 | i128::from(key[column.first_word + 1])
        };
        let values: Vec<i128> = words.chunks_exact(self.word_count()).map(value).collect();
        Column::new(column.data_type, values).with_validity(Some(validity))
    }
}

/// Columns whose null bits share a word.
const NULLS_A_WORD: usize = u64::BITS as usize;

/// Where the null bit of a column stands in a key.
#[derive(Debug, Clone, Copy)]
struct NullPlace {
    word: usize,
    bit: usize,
}

impl NullPlace {
    fn is_valid(self, key: &[u64]) -> bool {
        key[self.word] >> self.bit & 1 == 0
    }
}

/// True for values of 128 bits, which take two words and are never packed.
fn is_wide(data_type: DataType) -> bool {
    data_type.physical() == Some(Physical::I128)
}

/// All values a type can take, as bits.
fn full_range(data_type: DataType) -> (i128, i128) {
    match data_type.physical() {
        Some(Physical::Bool) => (0, 1),
        Some(Physical::I8) => (i128::from(i8::MIN), i128::from(i8::MAX)),
        Some(Physical::I16) => (i128::from(i16::MIN), i128::from(i16::MAX)),
        Some(Physical::I32) => (i128::from(i32::MIN), i128::from(i32::MAX)),
        Some(Physical::I64) => (i128::from(i64::MIN), i128::from(i64::MAX)),
        Some(Physical::U8) => (0, i128::from(u8::MAX)),
        // Half floats are keys as f32; a wide decimal is never packed.
        Some(Physical::F16 | Physical::Bf16) => (0, i128::from(u32::MAX)),
        Some(Physical::I128) => (0, i128::from(u64::MAX)),
        Some(Physical::U16) => (0, i128::from(u16::MAX)),
        Some(Physical::U32 | Physical::F32) | None => (0, i128::from(u32::MAX)),
        Some(Physical::U64 | Physical::F64) => (0, i128::from(u64::MAX)),
    }
}

#[inline(always)]
fn f32_bits(value: f32) -> u64 {
    if value.is_nan() { u64::from(f32::NAN.to_bits()) } else { u64::from((value + 0.0).to_bits()) }
}

#[inline(always)]
fn f64_bits(value: f64) -> u64 {
    if value.is_nan() { f64::NAN.to_bits() } else { (value + 0.0).to_bits() }
}

/// Runs `$each` for (place, bits, valid) of every selected row.
macro_rules! for_bits {
    ($view:expr, $positions:expr, |$place:ident, $bits:ident, $valid:ident| $each:expr) => {{
        let view: &View<'_> = $view;
        macro_rules! rows {
            ($values:expr, $to_bits:expr) => {{
                let to_bits = $to_bits;
                match ($positions, view.validity) {
                    (None, None) => {
                        let $valid = true;
                        for ($place, value) in $values.iter().enumerate() {
                            let $bits: u64 = to_bits(*value);
                            $each
                        }
                    }
                    (None, Some(validity)) => {
                        for ($place, value) in $values.iter().enumerate() {
                            let $valid = validity.get($place);
                            let $bits: u64 = to_bits(*value);
                            $each
                        }
                    }
                    (Some(positions), validity) => {
                        let positions: &[u32] = positions;
                        for ($place, position) in positions.iter().enumerate() {
                            let $valid = validity.is_none_or(|v| v.get(*position as usize));
                            let $bits: u64 = to_bits($values[*position as usize]);
                            $each
                        }
                    }
                }
            }};
        }
        match view.values {
            Values::Bool(v) => rows!(v, |x: u8| u64::from(x != 0)),
            Values::I8(v) => rows!(v, |x: i8| x as i64 as u64),
            Values::I16(v) => rows!(v, |x: i16| x as i64 as u64),
            Values::I32(v) => rows!(v, |x: i32| x as i64 as u64),
            Values::I64(v) => rows!(v, |x: i64| x as u64),
            Values::U8(v) => rows!(v, |x: u8| u64::from(x)),
            Values::U16(v) => rows!(v, |x: u16| u64::from(x)),
            Values::U32(v) => rows!(v, |x: u32| u64::from(x)),
            Values::U64(v) => rows!(v, |x: u64| x),
            Values::F32(v) => rows!(v, f32_bits),
            Values::F64(v) => rows!(v, f64_bits),
            Values::F16(v) => rows!(v, |x: f16| f32_bits(x.to_f32())),
            Values::Bf16(v) => rows!(v, |x: bf16| f32_bits(x.to_f32())),
            // The first is laid out in two words, and vectors are no keys.
            Values::I128(_) | Values::Vector(_) => {}
        }
    }};
}

impl KeyColumn {
    /// False when a value was outside the known range; the words are of no use then.
    #[must_use]
    fn pack(&self, view: &View<'_>, positions: Option<&[u32]>, words: &mut [u64]) -> bool {
        let (base, null_code, stride) = (self.base, self.null_code, self.stride);
        if self.is_whole {
            return pack_whole(self, view, positions, words);
        }
        if self.step > 1 || self.intervals.is_some() {
            return self.pack_steps(view, positions, words);
        }
        let largest = self.codes.wrapping_sub(1);
        let mut outside = false;
        for_bits!(view, positions, |place, bits, valid| {
            let code = if valid { bits.wrapping_sub(base) } else { null_code };
            outside |= code > largest;
            words[place] = words[place].wrapping_add(code.wrapping_mul(stride));
        });
        !outside
    }

    /// The same where some values share a code.
    fn pack_steps(&self, view: &View<'_>, positions: Option<&[u32]>, words: &mut [u64]) -> bool {
        let rule = Rule::new(self);
        let mut outside = false;
        for_bits!(view, positions, |place, bits, valid| {
            let code = if valid { self.code_of(rule, bits) } else { Some(self.null_code) };
            outside |= code.is_none();
            words[place] = words[place].wrapping_add(code.unwrap_or(0).wrapping_mul(self.stride));
        });
        !outside
    }

    /// The code of a value, given as bits; `None` beyond the known range.
    #[inline(always)]
    pub(super) fn code_of(&self, rule: Rule, bits: u64) -> Option<u64> {
        let quotient = rule.quotient(bits)?;
        match &self.intervals {
            Some(intervals) => intervals.of_cell(quotient as usize).map(u64::from),
            None => Some(quotient),
        }
    }

    /// False when a value was NULL that could not be; the words are of no use then.
    #[must_use]
    fn lay_out(
        &self,
        view: &View<'_>,
        positions: Option<&[u32]>,
        words: &mut [u64],
        width: usize,
        null_place: Option<NullPlace>,
    ) -> bool {
        let (base, first) = (self.base, self.first_word);
        let can_be_null = null_place.is_some();
        let null_place = null_place.unwrap_or(NullPlace { word: first, bit: 0 });
        let mut all_known = true;
        if let Values::I128(values) = view.values {
            let mut put = |place: usize, row: usize| {
                let key = &mut words[place * width..(place + 1) * width];
                if view.is_valid(row) {
                    key[first] = (values[row] >> 64) as u64;
                    key[first + 1] = values[row] as u64;
                } else {
                    all_known &= can_be_null;
                    key[null_place.word] |= 1 << null_place.bit;
                }
            };
            match positions {
                None => (0..values.len()).for_each(|row| put(row, row)),
                Some(rows) => rows.iter().enumerate().for_each(|(place, row)| put(place, *row as usize)),
            }
            return all_known;
        }
        for_bits!(view, positions, |place, bits, valid| {
            if valid {
                words[place * width + first] = bits.wrapping_sub(base);
            } else {
                all_known &= can_be_null;
                words[place * width + null_place.word] |= 1 << null_place.bit;
            }
        });
        all_known
    }

    /// True where a row may be NULL.
    fn has_null(&self) -> bool {
        self.codes != self.null_code
    }

    fn decode(&self, bits: &[u64], validity: Bitmap, dictionary: Option<Arc<Dictionary>>) -> Column {
        let each = bits.iter();
        let values: Buffer = match self.data_type.physical() {
            None | Some(Physical::U32) => Buffer::U32(each.map(|b| *b as u32).collect()),
            Some(Physical::Bool) => Buffer::Bool(each.map(|b| *b as u8).collect()),
            Some(Physical::I8) => Buffer::I8(each.map(|b| *b as i8).collect()),
            Some(Physical::I16) => Buffer::I16(each.map(|b| *b as i16).collect()),
            Some(Physical::I32) => Buffer::I32(each.map(|b| *b as i32).collect()),
            Some(Physical::I64) => Buffer::I64(each.map(|b| *b as i64).collect()),
            Some(Physical::U8) => Buffer::U8(each.map(|b| *b as u8).collect()),
            Some(Physical::U16) => Buffer::U16(each.map(|b| *b as u16).collect()),
            Some(Physical::U64) => Buffer::U64(bits.to_vec()),
            Some(Physical::F16) => {
                Buffer::F16(each.map(|b| f16::from_f32(f32::from_bits(*b as u32))).collect())
            }
            Some(Physical::Bf16) => {
                Buffer::Bf16(each.map(|b| bf16::from_f32(f32::from_bits(*b as u32))).collect())
            }
            Some(Physical::I128) => Buffer::I128(each.map(|b| i128::from(*b as i64)).collect()),
            Some(Physical::F32) if self.is_whole => {
                Buffer::F32(each.map(|b| part_value(*b as i64 as f64, self.parts) as f32).collect())
            }
            Some(Physical::F64) if self.is_whole => {
                Buffer::F64(each.map(|b| part_value(*b as i64 as f64, self.parts)).collect())
            }
            Some(Physical::F32) => Buffer::F32(each.map(|b| f32::from_bits(*b as u32)).collect()),
            Some(Physical::F64) => Buffer::F64(each.map(|b| f64::from_bits(*b)).collect()),
        };
        Column { data_type: self.data_type, values, validity: None, dictionary }.with_validity(Some(validity))
    }
}

#[cfg(test)]
mod tests;
