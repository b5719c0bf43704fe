//! Which keys one row alone may have: keys are hashed to slots, of which there are several for each, and a slot that no
//! two rows hit is that of a lone key.
//!
//! Law: a key that two rows have is never called lone. Of random keys that one row has, about as many are not called so
//! as there are rows for each slot. Naive twin: a count of each key.
//!
//! Two bits a slot, one for the first row and one for any other: the start of a counting Bloom filter with one hash
//! (Fan et al., Summary Cache, 2000).

use super::partition::{ScatterScratch, low_mask, running_starts};
use super::table::hash_words;
use colq_column::Bitmap;

/// Slots for each row, at least: half as many would call a tenth of the lone keys shared.
const SLOTS_A_ROW: u64 = 8;

/// Bits of slots of a part: both of its bitmaps stay in the second-level cache.
const PART_BITS: u32 = 18;

/// Parts as a power of two: with more a zone has too few rows for each.
const MOST_PART_COUNT_BITS: u32 = 11;

/// Slots of a word of bits, as a power of two.
const WORD_BITS: u32 = 6;

/// How keys are hashed to slots, and which part of them a slot is in.
#[derive(Debug, Clone, Copy)]
pub struct KeySlots {
    /// Two to this many slots.
    bits: u32,
    /// Two to this many slots are in a part.
    part_bits: u32,
    word_count: usize,
}

/// The slots of the rows of a zone, part by part, in no order within one.
#[derive(Debug, Clone, Default)]
pub struct DividedSlots {
    /// Where those of each part begin, and at last where all end.
    starts: Vec<u32>,
    slots: Vec<u32>,
}

/// The slots that rows hit: a bit for the first of them, and one for all others.
#[derive(Debug, Clone)]
pub struct HitSlots {
    slots: KeySlots,
    once: Vec<u64>,
    again: Vec<u64>,
}

/// Those of one part.
#[derive(Debug)]
pub struct HitPart<'a> {
    once: &'a mut [u64],
    again: &'a mut [u64],
}

/// The slots that more than one row hit.
#[derive(Debug, Clone)]
pub struct SharedSlots {
    slots: KeySlots,
    bits: Vec<u64>,
}

impl KeySlots {
    /// Slots for this many rows with keys of `word_count` words.
    pub fn new(rows: u64, word_count: usize) -> KeySlots {
        let bits = (rows * SLOTS_A_ROW).next_power_of_two().trailing_zeros().clamp(WORD_BITS, u32::BITS);
        let part_bits = PART_BITS.max(bits.saturating_sub(MOST_PART_COUNT_BITS)).min(bits);
        KeySlots { bits, part_bits, word_count: word_count.max(1) }
    }

    /// Parts of the slots.
    pub fn part_count(&self) -> usize {
        1 << (self.bits - self.part_bits)
    }

    /// Bytes of two bits for each slot.
    pub fn byte_len(&self) -> u64 {
        (1 << self.bits) / 4
    }

    #[inline(always)]
    fn slot_of(&self, key: &[u64]) -> u32 {
        // Partitions of keys go by lower bits of the hash.
        (hash_words(key) >> (u64::BITS - self.bits)) as u32
    }

    /// Divides the slots of these keys (65,536 at most) by parts.
    pub fn divide(&self, words: &[u64], scratch: &mut ScatterScratch) -> DividedSlots {
        let (slots, cursors) = scratch.parts();
        slots.clear();
        match self.word_count {
            1 => slots.extend(words.iter().map(|key| self.slot_of(&[*key]))),
            2 => slots.extend(words.as_chunks::<2>().0.iter().map(|key| self.slot_of(key))),
            width => slots.extend(words.chunks_exact(width).map(|key| self.slot_of(key))),
        }
        let mut divided =
            DividedSlots { starts: vec![0; self.part_count() + 1], slots: vec![0; slots.len()] };
        let counts = &mut divided.starts[1..];
        slots.iter().for_each(|slot| counts[(u64::from(*slot) >> self.part_bits) as usize] += 1);
        running_starts(&mut divided.starts, cursors);
        let within = low_mask(self.part_bits) as u32;
        let cursors = &mut cursors[..];
        for slot in &slots[..] {
            let cursor = &mut cursors[(u64::from(*slot) >> self.part_bits) as usize];
            divided.slots[*cursor as usize] = *slot & within;
            *cursor += 1;
        }
        divided
    }

    /// No slots that were hit.
    pub fn no_hits(&self) -> HitSlots {
        let words = 1usize << (self.bits - WORD_BITS);
        HitSlots { slots: *self, once: vec![0; words], again: vec![0; words] }
    }
}

impl DividedSlots {
    /// The slots of a part, as places in it.
    pub fn part(&self, part: usize) -> &[u32] {
        &self.slots[self.starts[part] as usize..self.starts[part + 1] as usize]
    }

    /// Bytes owned.
    pub fn byte_len(&self) -> usize {
        (self.starts.capacity() + self.slots.capacity()) * 4
    }
}

impl HitSlots {
    /// The slots of each part.
    pub fn parts(&mut self) -> impl Iterator<Item = HitPart<'_>> {
        let words = 1usize << (self.slots.part_bits - WORD_BITS);
        let parts = self.once.chunks_mut(words).zip(self.again.chunks_mut(words));
        parts.map(|(once, again)| HitPart { once, again })
    }

    /// The slots that more than one row hit.
    pub fn into_shared(self) -> SharedSlots {
        SharedSlots { slots: self.slots, bits: self.again }
    }
}

impl HitPart<'_> {
    /// Marks the slots of rows.
    pub fn hit(&mut self, slots: &[u32]) {
        let (once, again) = (&mut *self.once, &mut *self.again);
        for slot in slots {
            let (word, bit) = ((*slot / 64) as usize, 1u64 << (slot % 64));
            again[word] |= once[word] & bit;
            once[word] |= bit;
        }
    }
}

impl SharedSlots {
    /// A bit for each of these keys, set where it is lone.
    pub fn lone(&self, words: &[u64]) -> Bitmap {
        let count = words.len() / self.slots.word_count;
        let mut bits = vec![0u64; count.div_ceil(64)];
        match self.slots.word_count {
            1 => self.mark_lone(words.as_chunks::<1>().0, &mut bits),
            2 => self.mark_lone(words.as_chunks::<2>().0, &mut bits),
            width => {
                for (at, key) in words.chunks_exact(width).enumerate() {
                    bits[at / 64] |= self.is_lone(key) << (at % 64);
                }
            }
        }
        Bitmap::from_words(bits, count)
    }

    fn mark_lone<const N: usize>(&self, keys: &[[u64; N]], bits: &mut [u64]) {
        for (keys, bits) in keys.chunks(64).zip(bits) {
            for (at, key) in keys.iter().enumerate() {
                *bits |= self.is_lone(key) << at;
            }
        }
    }

    #[inline(always)]
    fn is_lone(&self, key: &[u64]) -> u64 {
        let slot = self.slots.slot_of(key);
        !(self.bits[(slot / 64) as usize] >> (slot % 64)) & 1
    }

    /// Bytes owned.
    pub fn byte_len(&self) -> usize {
        self.bits.capacity() * 8
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashMap;

    /// The lone keys by slots made for so many rows, of zones of at most `zone` keys.
    fn lone(words: &[u64], width: usize, rows: u64, zone: usize) -> Bitmap {
        let slots = KeySlots::new(rows, width);
        let mut scratch = ScatterScratch::default();
        let zones: Vec<_> =
            words.chunks(zone * width).map(|words| slots.divide(words, &mut scratch)).collect();
        let mut hits = slots.no_hits();
        let mut parts = 0;
        for (number, mut part) in hits.parts().enumerate() {
            zones.iter().for_each(|zone| part.hit(zone.part(number)));
            parts += 1;
        }
        assert_eq!(parts, slots.part_count());
        hits.into_shared().lone(words)
    }

    proptest! {
        #[test]
        fn no_key_of_two_rows_is_lone(
            words in prop::collection::vec(prop_oneof![0u64..200, any::<u64>()], 0..600),
            width in 1usize..4, rows in prop_oneof![0u64..700, Just(100_000)], zone in 1usize..300,
        ) {
            let words = &words[..words.len() / width * width];
            let mut counts: HashMap<&[u64], usize> = HashMap::new();
            words.chunks_exact(width).for_each(|key| *counts.entry(key).or_default() += 1);
            let lone = lone(words, width, rows, zone);
            prop_assert_eq!(lone.len(), words.len() / width);
            for (at, key) in words.chunks_exact(width).enumerate() {
                prop_assert!(!lone.get(at) || counts[key] == 1, "{:?}", key);
            }
        }
    }

    #[test]
    fn nearly_all_keys_of_one_row_are_lone() {
        for (width, rows) in [(1, 300_000u64), (2, 300_000), (3, 50_000)] {
            let words: Vec<u64> = (0..rows * width as u64).collect();
            let found = lone(&words, width, rows, 65_536).count_ones() as f64;
            assert!(found > rows as f64 * 0.85, "{found} of {rows} keys of {width} words");
        }
    }
}
