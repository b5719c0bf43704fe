//! The values of a text column: [`Dictionary`] to look codes up, [`DictionaryBuilder`] to make one.
//!
//! A dictionary only ever grows at its end, so a code keeps its meaning for the life of a column.

mod rows;

use crate::SharedBytes;
use foldhash::fast::FixedState;
use hashbrown::HashTable;
use std::hash::BuildHasher;

/// The values of a text column, by code: distinct ones, or one for each row where nothing repeats.
#[derive(Debug, Clone)]
pub struct Dictionary {
    /// `len + 1` positions in `bytes`, ascending. Checked on entry.
    offsets: Offsets,
    bytes: SharedBytes,
    is_distinct: bool,
    is_checked: bool,
    /// Known to be nothing but ASCII.
    is_ascii: bool,
}

/// Where values begin and end.
#[derive(Debug, Clone)]
enum Offsets {
    /// In memory of their own, the first 0.
    Own(Vec<u64>),
    /// Aligned words that somebody keeps alive, the first anywhere in the bytes.
    Shared(SharedBytes),
}

impl Offsets {
    #[inline]
    fn as_slice(&self) -> &[u64] {
        match self {
            Offsets::Own(offsets) => offsets,
            // They were seen to be whole words, aligned, when they came.
            Offsets::Shared(bytes) => bytemuck::try_cast_slice(bytes.as_slice()).unwrap_or(&[]),
        }
    }
}

/// What is wrong with the parts of a dictionary.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DictionaryError {
    /// There is no first offset, or it is not 0.
    #[error("the first offset is not 0")]
    FirstOffset,
    /// This value ends before it begins, or past the end of the bytes.
    #[error("value {0} has offsets that run backwards or past the end of the text")]
    Offsets(usize),
    /// This value is not UTF-8.
    #[error("value {0} is not UTF-8")]
    Utf8(usize),
}

/// What is known of the same offsets and text from an earlier look, so that nobody need look again.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TextFacts {
    /// No offset lies below the one before it.
    pub offsets_rise: bool,
    /// Every value is UTF-8.
    pub is_utf8: bool,
    /// Every value is ASCII.
    pub is_ascii: bool,
}

impl Dictionary {
    /// A dictionary of these parts: offsets ascending from 0 within `bytes`, each value UTF-8. Both are
    /// checked here, once.
    ///
    /// # Errors
    /// [`DictionaryError`] names the first value that breaks the rule.
    pub fn new(offsets: Vec<u64>, bytes: SharedBytes) -> Result<Dictionary, DictionaryError> {
        Dictionary::checked(offsets, bytes, true)
    }

    /// The texts of rows, one after the other: code `i` is row `i`, and values may repeat. Offsets and text are
    /// checked as in [`Dictionary::new`].
    ///
    /// # Errors
    /// [`DictionaryError`] names the first row that breaks the rule.
    pub fn of_rows(offsets: Vec<u64>, bytes: SharedBytes) -> Result<Dictionary, DictionaryError> {
        Dictionary::checked(offsets, bytes, false)
    }

    fn checked(
        offsets: Vec<u64>,
        bytes: SharedBytes,
        is_distinct: bool,
    ) -> Result<Dictionary, DictionaryError> {
        Dictionary::unchecked(offsets, bytes, is_distinct)?.into_checked()
    }

    /// The bytes of rows, one after the other, as in [`Dictionary::of_rows`], of which nobody has seen yet that they are
    /// UTF-8: only the offsets are checked. [`Dictionary::check`] looks at the text.
    ///
    /// # Errors
    /// [`DictionaryError`] names the first row whose offsets break the rule.
    pub fn of_bytes(offsets: Vec<u64>, bytes: SharedBytes) -> Result<Dictionary, DictionaryError> {
        Dictionary::unchecked(offsets, bytes, false)
    }

    /// The same of rows within longer text, without a copy of their offsets, which are 64-bit words in memory's order and
    /// positions in `bytes`: the first need not be 0.
    ///
    /// # Errors
    /// [`DictionaryError::FirstOffset`] where the offsets are no aligned words, or none; else as [`Dictionary::of_bytes`].
    pub fn within(
        offsets: SharedBytes,
        bytes: SharedBytes,
        known: TextFacts,
    ) -> Result<Dictionary, DictionaryError> {
        let words = bytemuck::try_cast_slice::<u8, u64>(offsets.as_slice());
        let (words, byte_len) = (words.unwrap_or(&[]), bytes.as_slice().len() as u64);
        if !known.offsets_rise || words.last().is_none_or(|last| *last > byte_len) {
            check_offsets(words, byte_len)?;
        }
        let TextFacts { is_utf8, is_ascii, .. } = known;
        let offsets = Offsets::Shared(offsets);
        Ok(Dictionary {
            offsets,
            bytes,
            is_distinct: false,
            is_checked: is_utf8,
            is_ascii: is_utf8 && is_ascii,
        })
    }

    fn unchecked(
        offsets: Vec<u64>,
        bytes: SharedBytes,
        is_distinct: bool,
    ) -> Result<Dictionary, DictionaryError> {
        if offsets.first() != Some(&0) {
            return Err(DictionaryError::FirstOffset);
        }
        check_offsets(&offsets, bytes.as_slice().len() as u64)?;
        let offsets = Offsets::Own(offsets);
        Ok(Dictionary { offsets, bytes, is_distinct, is_checked: false, is_ascii: false })
    }

    /// The same values, all of which are UTF-8.
    ///
    /// # Errors
    /// As [`Dictionary::check`].
    pub fn into_checked(mut self) -> Result<Dictionary, DictionaryError> {
        if self.is_checked {
            return Ok(self);
        }
        self.is_ascii = self.check()?;
        self.is_checked = true;
        Ok(self)
    }

    /// Looks whether every value is UTF-8, and says whether all of them are ASCII.
    ///
    /// # Errors
    /// [`DictionaryError::Utf8`] names the first value that is not.
    pub fn check(&self) -> Result<bool, DictionaryError> {
        let (text, offsets) = (self.run_bytes(), self.offsets());
        if self.is_ascii || text.is_ascii() {
            return Ok(true);
        }
        // Where all of it is UTF-8, a value is too if it begins and ends between two characters.
        let all = std::str::from_utf8(text);
        let first = offsets.first().copied().unwrap_or(0);
        for (index, pair) in offsets.windows(2).enumerate() {
            let (start, end) = ((pair[0] - first) as usize, (pair[1] - first) as usize);
            let is_text = match all {
                Ok(all) => all.is_char_boundary(start) && all.is_char_boundary(end),
                Err(_) => text.get(start..end).is_some_and(|value| std::str::from_utf8(value).is_ok()),
            };
            if !is_text {
                return Err(DictionaryError::Utf8(index));
            }
        }
        Ok(false)
    }

    /// True when no two codes have one value, so that codes can be compared instead of values.
    pub fn is_distinct(&self) -> bool {
        self.is_distinct
    }

    /// True when every value is known to be UTF-8, so that nobody need look again.
    pub fn is_checked(&self) -> bool {
        self.is_checked
    }

    /// True when all values are known to be ASCII; false where they are not, or nobody has looked.
    pub fn is_ascii(&self) -> bool {
        self.is_ascii
    }

    /// The same values as the texts of rows, of which nobody knows whether they repeat.
    pub fn as_rows(&self) -> Dictionary {
        Dictionary { is_distinct: false, ..self.clone() }
    }

    /// The memory of the offsets, for the next dictionary; empty where it is somebody else's.
    pub fn into_offsets(self) -> Vec<u64> {
        match self.offsets {
            Offsets::Own(offsets) => offsets,
            Offsets::Shared(_) => Vec::new(),
        }
    }

    /// The bytes of all values and none besides, with the claim on their owner: where [`Dictionary::offsets`] begin with 0
    /// they are positions in these.
    pub fn shared_bytes(&self) -> SharedBytes {
        let (first, last) = self.ends();
        self.bytes.slice(first as usize..last as usize).unwrap_or_else(|| self.bytes.clone())
    }

    /// Where the first value begins and the last ends.
    fn ends(&self) -> (u64, u64) {
        let offsets = self.offsets();
        (offsets.first().copied().unwrap_or(0), offsets.last().copied().unwrap_or(0))
    }

    /// The bytes of all values and none besides.
    fn run_bytes(&self) -> &[u8] {
        let (first, last) = self.ends();
        self.bytes.as_slice().get(first as usize..last as usize).unwrap_or(&[])
    }

    /// A dictionary of these values in this order.
    pub fn of<'a>(values: impl IntoIterator<Item = &'a str>) -> Dictionary {
        let mut builder = DictionaryBuilder::default();
        for value in values {
            builder.push(value.as_bytes());
        }
        builder.finish()
    }

    /// Distinct values held.
    pub fn len(&self) -> usize {
        self.offsets().len().saturating_sub(1)
    }

    /// True without values.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The bytes of a code; `None` for a code that is not in the dictionary.
    pub fn get(&self, code: u32) -> Option<&[u8]> {
        let at = code as usize;
        let offsets = self.offsets();
        let (start, end) = (*offsets.get(at)?, *offsets.get(at + 1)?);
        self.bytes.as_slice().get(start as usize..end as usize)
    }

    /// All values in the order of their codes.
    pub fn iter(&self) -> impl Iterator<Item = &[u8]> + '_ {
        (0..self.len()).map(|code| self.get(code as u32).unwrap_or(&[]))
    }

    /// `len + 1` positions in [`Dictionary::text_bytes`], of which the first may be above 0.
    #[inline]
    pub fn offsets(&self) -> &[u64] {
        self.offsets.as_slice()
    }

    /// All values, one after the other; others may stand before and behind them.
    #[inline]
    pub fn text_bytes(&self) -> &[u8] {
        self.bytes.as_slice()
    }

    /// Bytes of all values together.
    pub fn text_len(&self) -> usize {
        let (first, last) = self.ends();
        last.saturating_sub(first) as usize
    }
}

/// Makes a dictionary by interning values.
#[derive(Debug, Clone, Default)]
pub struct DictionaryBuilder {
    /// The hash of each value with its code, so that the text is looked at only where the hashes agree, and not at
    /// all when the table grows.
    table: HashTable<(u32, u32)>,
    offsets: Vec<u64>,
    bytes: Vec<u8>,
}

/// A fixed seed: the same values give the same table on every machine and run.
const HASHER: FixedState = FixedState::with_seed(0x636f_6c71);

/// Half of the hash of a value, which is what the table keeps.
fn half_hash(value: &[u8]) -> u32 {
    (HASHER.hash_one(value) >> 32) as u32
}

/// A hash of 64 bits from the half that is kept: tables of hashbrown use the low bits and the top ones.
fn spread(half: u32) -> u64 {
    // The golden ratio in 64 bits: an odd number without pattern, so no two halves meet and all bits are used.
    u64::from(half).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

impl DictionaryBuilder {
    /// A builder that continues `dictionary`: its codes stay as they are.
    pub fn from_dictionary(dictionary: &Dictionary) -> DictionaryBuilder {
        let mut builder = DictionaryBuilder::default();
        for value in dictionary.iter() {
            builder.push(value);
        }
        builder
    }

    /// Makes room for so many values more.
    pub fn reserve(&mut self, values: usize) {
        self.table.reserve(values, |slot| spread(slot.0));
        self.offsets.reserve(values + 1);
    }

    /// Distinct values so far.
    pub fn len(&self) -> usize {
        self.offsets.len().saturating_sub(1)
    }

    /// True without values.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes held by the values so far.
    pub fn byte_len(&self) -> usize {
        self.bytes.len() + self.offsets.len() * 8 + self.table.capacity() * 9
    }

    /// The code of a value, a new one when it was not seen before. `value` must be UTF-8: whoever read it
    /// has checked that.
    pub fn intern(&mut self, value: &[u8]) -> u32 {
        if self.offsets.is_empty() {
            self.offsets.push(0);
        }
        let half = half_hash(value);
        if let Some(code) = self.find_hashed(half, value) {
            return code;
        }
        let code = self.len() as u32;
        self.table.insert_unique(spread(half), (half, code), |slot| spread(slot.0));
        self.bytes.extend_from_slice(value);
        self.offsets.push(self.bytes.len() as u64);
        code
    }

    /// Adds a value without looking for it, and gives its code: much cheaper than [`DictionaryBuilder::intern`] where
    /// hardly any value repeats. From then on values may have several codes.
    pub fn append(&mut self, value: &[u8]) -> u32 {
        if self.offsets.is_empty() {
            self.offsets.push(0);
        }
        let code = self.len() as u32;
        self.bytes.extend_from_slice(value);
        self.offsets.push(self.bytes.len() as u64);
        code
    }

    /// The code of a value that was interned before.
    pub fn find(&self, value: &[u8]) -> Option<u32> {
        self.find_hashed(half_hash(value), value)
    }

    fn find_hashed(&self, half: u32, value: &[u8]) -> Option<u32> {
        let found = self.table.find(spread(half), |(other, code)| {
            *other == half && slice_of(&self.offsets, &self.bytes, *code) == value
        });
        found.map(|(_, code)| *code)
    }

    /// Adds a value at the end whether or not it is there already, and gives its code.
    fn push(&mut self, value: &[u8]) {
        let before = self.len();
        let code = self.intern(value);
        if (code as usize) < before {
            self.bytes.extend_from_slice(value);
            self.offsets.push(self.bytes.len() as u64);
        }
    }

    /// Where the values begin and end in [`DictionaryBuilder::text_bytes`]: one more than there are values,
    /// or none at all before the first.
    pub fn offsets(&self) -> &[u64] {
        &self.offsets
    }

    /// All values so far, one after the other.
    pub fn text_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The bytes of a code.
    pub fn get(&self, code: u32) -> Option<&[u8]> {
        ((code as usize) < self.len()).then(|| slice_of(&self.offsets, &self.bytes, code))
    }

    /// The dictionary of all values so far.
    pub fn finish(self) -> Dictionary {
        let is_distinct = self.table.len() == self.len();
        let offsets = if self.offsets.is_empty() { vec![0] } else { self.offsets };
        let (offsets, bytes) = (Offsets::Own(offsets), SharedBytes::from(self.bytes));
        Dictionary { offsets, bytes, is_distinct, is_checked: false, is_ascii: false }
    }

    /// [`DictionaryBuilder::finish`] by someone who has checked that every value is UTF-8, and so spares others to.
    pub fn finish_checked(self) -> Dictionary {
        Dictionary { is_checked: true, ..self.finish() }
    }
}

/// Fails where there are no offsets, one lies below that before it, or one past the end of the text.
fn check_offsets(offsets: &[u64], byte_len: u64) -> Result<(), DictionaryError> {
    let Some(last) = offsets.last() else { return Err(DictionaryError::FirstOffset) };
    if offsets_rise(offsets) && *last <= byte_len {
        return Ok(());
    }
    let is_broken = |pair: &[u64]| matches!(pair, [start, end] if start > end || *end > byte_len);
    Err(DictionaryError::Offsets(offsets.windows(2).position(is_broken).unwrap_or(0)))
}

/// True where no number lies below the one before it, and none has the highest bit. One pass without a branch: where no
/// number has that bit, a difference has it exactly where a number lies below the one before it.
fn offsets_rise(numbers: &[u64]) -> bool {
    let after = numbers.get(1..).unwrap_or(&[]);
    let first = numbers.first().copied().unwrap_or(0);
    let bits = numbers.iter().zip(after).fold(first, |bits, (a, b)| bits | b | b.wrapping_sub(*a));
    bits >> 63 == 0
}

fn slice_of<'a>(offsets: &[u64], bytes: &'a [u8], code: u32) -> &'a [u8] {
    let at = code as usize;
    &bytes[offsets[at] as usize..offsets[at + 1] as usize]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_keeps_its_code() {
        let mut builder = DictionaryBuilder::default();
        assert_eq!([b"UA".as_slice(), b"AA", b"UA", b""].map(|v| builder.intern(v)), [0, 1, 0, 2]);
        let dictionary = builder.finish();
        assert_eq!(dictionary.get(1), Some(b"AA".as_slice()));
        assert_eq!(dictionary.get(3), None);
        let mut more = DictionaryBuilder::from_dictionary(&dictionary);
        assert_eq!(more.intern(b"B6"), 3);
        assert_eq!(more.intern(b"AA"), 1);
    }

    #[test]
    fn appended_values_may_repeat() {
        let mut builder = DictionaryBuilder::default();
        assert_eq!(
            [builder.intern(b"a"), builder.append(b"a"), builder.append(b""), builder.intern(b"b")],
            [0, 1, 2, 3]
        );
        let dictionary = builder.clone().finish();
        assert_eq!(dictionary.iter().collect::<Vec<_>>(), [b"a".as_slice(), b"a", b"", b"b"]);
        assert_eq!((dictionary.is_distinct(), dictionary.is_checked()), (false, false));
        assert!(builder.finish_checked().is_checked());
    }

    #[test]
    fn values_that_repeat_are_not_distinct() {
        assert!(Dictionary::of(["a", "b"]).is_distinct());
        assert!(!Dictionary::of(["a", "b", "a"]).is_distinct());
        let rows = Dictionary::of_rows(vec![0, 1, 2], SharedBytes::from(b"aa".to_vec())).unwrap();
        assert!(!rows.is_distinct());
        // A character may not be cut in two, though the text as a whole is sound.
        let halves = Dictionary::of_rows(vec![0, 1, 2], SharedBytes::from("ü".as_bytes().to_vec()));
        assert_eq!(halves.unwrap_err(), DictionaryError::Utf8(0));
    }

    #[test]
    fn numbers_rise_where_each_pair_does() {
        let top = 1 << 63;
        for numbers in [vec![], vec![3], vec![3, 3], vec![0, 1, top - 1], vec![0; 70]] {
            assert!(offsets_rise(&numbers), "{numbers:?}");
        }
        for numbers in [vec![1, 0], vec![0, 5, 4, 6], vec![top], vec![0, top], vec![0, u64::MAX, 1]] {
            assert!(!offsets_rise(&numbers), "{numbers:?}");
        }
        for at in 2..130 {
            let mut numbers: Vec<u64> = (0..130).map(|i| i * 3).collect();
            numbers[at] -= 4;
            assert!(!offsets_rise(&numbers), "{at}");
        }
    }

    #[test]
    fn bytes_are_checked_when_somebody_asks() {
        let of = |offsets: &[u64], bytes: &[u8]| {
            Dictionary::of_bytes(offsets.to_vec(), SharedBytes::from(bytes.to_vec()))
        };
        let cut = of(&[0, 1, 2], "ü".as_bytes()).unwrap();
        assert_eq!((cut.is_checked(), cut.check()), (false, Err(DictionaryError::Utf8(0))));
        assert_eq!(of(&[0, 1, 3, 4], b"a\xff\xffb").unwrap().check(), Err(DictionaryError::Utf8(1)));
        assert_eq!(of(&[0, 1, 3], "aü".as_bytes()).unwrap().check(), Ok(false));
        assert_eq!(of(&[0, 1, 2], b"ab").unwrap().check(), Ok(true));
        assert_eq!(of(&[0, 2, 1], b"ab").unwrap_err(), DictionaryError::Offsets(1));
        assert_eq!(of(&[0, 3], b"ab").unwrap_err(), DictionaryError::Offsets(0));
        assert_eq!(of(&[], b"ab").unwrap_err(), DictionaryError::FirstOffset);
        let rows = |bytes: &str| {
            let len = bytes.len() as u64;
            Dictionary::of_rows(vec![0, len], SharedBytes::from(bytes.as_bytes().to_vec())).unwrap()
        };
        assert!(rows("ab").is_ascii() && !rows("ü").is_ascii() && rows("ü").is_checked());
        assert_eq!(rows("ab").into_offsets(), [0, 2]);
    }

    #[test]
    fn values_may_lie_within_longer_text() {
        let words = |offsets: &[u64]| {
            let all = SharedBytes::from(
                [&[0], offsets].concat().iter().flat_map(|o| o.to_le_bytes()).collect::<Vec<u8>>(),
            );
            let len = all.as_slice().len();
            all.slice(8..len).unwrap()
        };
        let of = |offsets: &[u64], bytes: &[u8]| {
            Dictionary::within(words(offsets), SharedBytes::from(bytes.to_vec()), TextFacts::default())
        };
        let found = of(&[1, 3, 3, 5], "xabücx".as_bytes()).unwrap();
        assert_eq!(found.iter().collect::<Vec<_>>(), [b"ab".as_slice(), b"", "ü".as_bytes()]);
        assert_eq!(
            (found.len(), found.text_len(), found.is_distinct(), found.check()),
            (3, 4, false, Ok(false))
        );
        assert_eq!(found.shared_bytes().as_slice(), "abü".as_bytes());
        assert_eq!(found.offsets(), [1, 3, 3, 5]);
        assert!(found.into_offsets().is_empty());
        // What others have does not count.
        assert_eq!(of(&[1, 2, 3], b"\xffab\xff").unwrap().check(), Ok(true));
        assert_eq!(of(&[1, 3, 4], "aüb".as_bytes()).unwrap().check(), Ok(false));
        assert_eq!(of(&[1, 2, 4], "aüb".as_bytes()).unwrap().check(), Err(DictionaryError::Utf8(0)));
        assert_eq!(of(&[1, 3, 2], b"abcd").unwrap_err(), DictionaryError::Offsets(1));
        assert_eq!(of(&[1, 5], b"abcd").unwrap_err(), DictionaryError::Offsets(0));
        assert_eq!(of(&[], b"abcd").unwrap_err(), DictionaryError::FirstOffset);
        // What is known is not looked at again, but for where all of it ends.
        let known = TextFacts { offsets_rise: true, is_utf8: true, is_ascii: false };
        let of =
            |offsets: &[u64]| Dictionary::within(words(offsets), SharedBytes::from(b"abcd".to_vec()), known);
        assert!(of(&[1, 3, 4]).unwrap().is_checked());
        assert_eq!(of(&[1, 3, 2]).unwrap().get(1), None);
        assert_eq!(of(&[1, 5]).unwrap_err(), DictionaryError::Offsets(0));
        assert_eq!(of(&[]).unwrap_err(), DictionaryError::FirstOffset);
        let odd = SharedBytes::from(vec![0; 12]);
        assert_eq!(
            Dictionary::within(odd, SharedBytes::from(vec![0]), TextFacts::default()).unwrap_err(),
            DictionaryError::FirstOffset
        );
    }

    #[test]
    fn broken_parts_are_refused() {
        let text = || SharedBytes::from(vec![b'a', 0xff, b'c']);
        assert_eq!(Dictionary::new(vec![], text()).unwrap_err(), DictionaryError::FirstOffset);
        assert_eq!(Dictionary::new(vec![1, 2], text()).unwrap_err(), DictionaryError::FirstOffset);
        assert_eq!(Dictionary::new(vec![0, 1, 9], text()).unwrap_err(), DictionaryError::Offsets(1));
        assert_eq!(Dictionary::new(vec![0, 1, 0], text()).unwrap_err(), DictionaryError::Offsets(1));
        assert_eq!(Dictionary::new(vec![0, 1, 2], text()).unwrap_err(), DictionaryError::Utf8(1));
    }
}
