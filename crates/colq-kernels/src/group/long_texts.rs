//! Texts that are too long for the words of a key, each once, numbered from 0 in the order in which they are first seen.
//!
//! Law: equal texts get equal codes and different ones different codes. A hash says where to look and never that two
//! texts are equal. Naive twin: a `HashMap` of the texts.

use hashbrown::HashTable;
use xxhash_rust::xxh3::xxh3_64;

/// The long texts met so far.
#[derive(Debug, Clone, Default)]
pub struct LongTexts {
    /// The hash of each text with its code, so that texts are looked at only where hashes agree.
    table: HashTable<(u64, u32)>,
    /// Where each text ends in `bytes`.
    ends: Vec<u64>,
    bytes: Vec<u8>,
}

/// The hash of a text, the same on every machine and run.
#[inline(always)]
pub(super) fn hash_text(text: &[u8]) -> u64 {
    xxh3_64(text)
}

impl LongTexts {
    /// Texts held.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// True without texts.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The code of a text, a new one where it was not seen before. `hash` is that of the text.
    pub(super) fn intern(&mut self, hash: u64, text: &[u8]) -> u32 {
        let (ends, bytes) = (&self.ends, &self.bytes);
        let is_same = |slot: &(u64, u32)| slot.0 == hash && is_same_text(text_at(ends, bytes, slot.1), text);
        let new = self.ends.len() as u32;
        let code = self.table.entry(hash, is_same, |slot| slot.0).or_insert((hash, new)).get().1;
        if code == new {
            self.bytes.extend_from_slice(text);
            self.ends.push(self.bytes.len() as u64);
        }
        code
    }

    /// The text of a code; an empty one where there is no such code.
    pub fn get(&self, code: u32) -> &[u8] {
        text_at(&self.ends, &self.bytes, code)
    }

    /// Forgets all texts and keeps the room.
    pub fn clear(&mut self) {
        self.table.clear();
        self.ends.clear();
        self.bytes.clear();
    }

    /// Bytes owned.
    pub fn byte_len(&self) -> usize {
        self.table.capacity() * 8 / 7 * (size_of::<(u64, u32)>() + 1)
            + self.ends.capacity() * 8
            + self.bytes.capacity()
    }
}

/// Whether two texts are equal, those a little too long for the words of a key without a call.
#[inline(always)]
fn is_same_text(text: &[u8], other: &[u8]) -> bool {
    let ends = |text: &[u8]| Some((*text.first_chunk::<16>()?, *text.last_chunk::<16>()?));
    match (ends(text), ends(other)) {
        (Some(own), Some(others)) if text.len() <= 32 => text.len() == other.len() && own == others,
        _ => text == other,
    }
}

#[inline(always)]
fn text_at<'a>(ends: &[u64], bytes: &'a [u8], code: u32) -> &'a [u8] {
    let at = code as usize;
    let start = at.checked_sub(1).and_then(|before| ends.get(before)).copied().unwrap_or(0);
    let end = ends.get(at).copied().unwrap_or(start);
    bytes.get(start as usize..end as usize).unwrap_or(&[])
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashMap;

    proptest! {
        #[test]
        fn numbers_texts_as_a_map_does(
            texts in prop::collection::vec("[ab]{0,3}(xxxxxxxxxxxxxxxxxxxxxxxx)?[ab]{0,2}", 0..200), one_hash in any::<bool>(),
        ) {
            let mut held = LongTexts::default();
            for _ in 0..2 {
                let mut naive: HashMap<&str, u32> = HashMap::new();
                for text in &texts {
                    // Where all hashes agree, the texts alone tell.
                    let hash = if one_hash { 7 } else { hash_text(text.as_bytes()) };
                    let next = naive.len() as u32;
                    let expected = *naive.entry(text).or_insert(next);
                    prop_assert_eq!(held.intern(hash, text.as_bytes()), expected);
                    prop_assert_eq!(held.get(expected), text.as_bytes());
                }
                prop_assert_eq!(held.len(), naive.len());
                prop_assert_eq!(held.get(naive.len() as u32), b"");
                held.clear();
                prop_assert!(held.is_empty());
            }
        }
    }
}
