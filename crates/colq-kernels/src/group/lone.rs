//! Which keys one row alone may have: keys are hashed to slots, of which there are several for each, and a slot that no
//! two rows hit is that of a lone key.
//!
//! Law: a row whose key another row has is always found among the shared. Of random keys that one row has, about as many are
//! found there too as there are rows for each slot. Naive twin: a count of each key.
//!
//! Two bits a slot, one for the first row and one for any other: the start of a counting Bloom filter with one hash
//! (Fan et al., Summary Cache, 2000).

use super::fetch::fetch_lines;
use super::partition::{ScatterScratch, low_mask, running_starts};
use super::table::hash_words;
use std::ops::Range;

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
    /// The place of each row in its zone.
    rows: Vec<u16>,
}

/// The slots of one part that rows hit: a bit for the first of them, and one for all others.
#[derive(Debug, Clone)]
pub struct HitSlots {
    once: Vec<u64>,
    again: Vec<u64>,
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

    #[inline(always)]
    fn slot_of(&self, key: &[u64]) -> u32 {
        // Partitions of keys go by lower bits of the hash.
        (hash_words(key) >> (u64::BITS - self.bits)) as u32
    }

    /// Divides the slots of these keys (65,536 at most) by parts; `positions` are the rows that the keys belong to, without
    /// it the first so many.
    pub fn divide(
        &self,
        words: &[u64],
        positions: Option<&[u32]>,
        scratch: &mut ScatterScratch,
    ) -> DividedSlots {
        let (slots, cursors) = scratch.parts();
        slots.clear();
        match self.word_count {
            1 => slots.extend(words.iter().map(|key| self.slot_of(&[*key]))),
            2 => slots.extend(words.as_chunks::<2>().0.iter().map(|key| self.slot_of(key))),
            width => slots.extend(words.chunks_exact(width).map(|key| self.slot_of(key))),
        }
        let mut divided = DividedSlots {
            starts: vec![0; self.part_count() + 1],
            slots: vec![0; slots.len()],
            rows: vec![0; slots.len()],
        };
        let counts = &mut divided.starts[1..];
        slots.iter().for_each(|slot| counts[(u64::from(*slot) >> self.part_bits) as usize] += 1);
        running_starts(&mut divided.starts, cursors);
        let within = low_mask(self.part_bits) as u32;
        let cursors = &mut cursors[..];
        let (places, rows) = (&mut divided.slots[..], &mut divided.rows[..]);
        for (row, slot) in (0u32..).zip(&slots[..]) {
            let cursor = &mut cursors[(u64::from(*slot) >> self.part_bits) as usize];
            places[*cursor as usize] = *slot & within;
            rows[*cursor as usize] = row as u16;
            *cursor += 1;
        }
        if let Some(positions) = positions {
            rows.iter_mut().for_each(|row| *row = positions[usize::from(*row)] as u16);
        }
        divided
    }

    /// No slots of a part that were hit.
    pub fn no_hits(&self) -> HitSlots {
        let words = 1usize << (self.part_bits - WORD_BITS);
        HitSlots { once: vec![0; words], again: vec![0; words] }
    }
}

impl DividedSlots {
    /// Brings the rows of a part into the cache: they lie in a place of their own, which nobody foresees.
    pub fn fetch(&self, part: usize) {
        let range = self.range(part);
        fetch_lines(&self.slots[range.clone()]);
        fetch_lines(&self.rows[range]);
    }

    fn range(&self, part: usize) -> Range<usize> {
        self.starts[part] as usize..self.starts[part + 1] as usize
    }

    /// Bytes owned.
    pub fn byte_len(&self) -> usize {
        (self.starts.capacity() + self.slots.capacity()) * 4 + self.rows.capacity() * 2
    }
}

impl HitSlots {
    /// Forgets all, for the next part.
    pub fn clear(&mut self) {
        self.once.fill(0);
        self.again.fill(0);
    }

    /// Marks the slots of the rows of a zone that are in this part.
    pub fn hit(&mut self, zone: &DividedSlots, part: usize) {
        let (once, again) = (&mut self.once[..], &mut self.again[..]);
        for slot in &zone.slots[zone.range(part)] {
            let (word, bit) = ((*slot / 64) as usize, 1u64 << (slot % 64));
            again[word] |= once[word] & bit;
            once[word] |= bit;
        }
    }

    /// Adds the rows of a zone in this part that hit a slot which another row hit too, as their places in the zone.
    pub fn add_shared(&self, zone: &DividedSlots, part: usize, shared: &mut Vec<u16>) {
        let range = zone.range(part);
        let start = shared.len();
        shared.resize(start + range.len(), 0);
        let (places, again) = (&mut shared[start..], &self.again[..]);
        let mut count = 0;
        for (slot, row) in zone.slots[range.clone()].iter().zip(&zone.rows[range]) {
            // Written in any case: nobody can guess which of them stays.
            places[count] = *row;
            count += (again[(*slot / 64) as usize] >> (slot % 64) & 1) as usize;
        }
        shared.truncate(start + count);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashMap;

    /// The rows that share their key by slots made for so many rows, of zones of at most `zone` keys.
    fn shared(words: &[u64], width: usize, rows: u64, zone: usize) -> Vec<u64> {
        let slots = KeySlots::new(rows, width);
        let mut scratch = ScatterScratch::default();
        // Every other row of a zone has a key.
        let positions: Vec<u32> = (0..zone as u32).map(|at| at * 2).collect();
        let divide = |words: &[u64], scratch: &mut ScatterScratch| {
            let positions = &positions[..words.len() / width];
            slots.divide(words, (zone <= 32_768).then_some(positions), scratch)
        };
        let zones: Vec<_> = words.chunks(zone * width).map(|words| divide(words, &mut scratch)).collect();
        let mut hits = slots.no_hits();
        let mut all = Vec::new();
        for part in 0..slots.part_count() {
            hits.clear();
            zones.iter().for_each(|zone| hits.hit(zone, part));
            for (number, zone) in zones.iter().enumerate() {
                zone.fetch(part);
                let mut of_zone = Vec::new();
                hits.add_shared(zone, part, &mut of_zone);
                all.extend(of_zone.iter().map(|place| number as u64 * 65_536 + u64::from(*place)));
            }
        }
        let step = if zone <= 32_768 { 2 } else { 1 };
        let row = |at: u64| at / 65_536 * zone as u64 + at % 65_536 / step;
        let mut all: Vec<u64> = all.into_iter().map(row).collect();
        all.sort_unstable();
        all
    }

    proptest! {
        #[test]
        fn rows_of_one_key_are_found(
            words in prop::collection::vec(prop_oneof![0u64..200, any::<u64>()], 0..600),
            width in 1usize..4, rows in prop_oneof![0u64..700, Just(100_000)], zone in 1usize..300,
        ) {
            let words = &words[..words.len() / width * width];
            let mut counts: HashMap<&[u64], usize> = HashMap::new();
            words.chunks_exact(width).for_each(|key| *counts.entry(key).or_default() += 1);
            let shared = shared(words, width, rows, zone);
            prop_assert!(shared.is_sorted_by(|a, b| a < b), "a row was found twice");
            for (at, key) in (0u64..).zip(words.chunks_exact(width)) {
                prop_assert!(counts[key] == 1 || shared.binary_search(&at).is_ok(), "{:?}", key);
            }
            prop_assert!(shared.last().is_none_or(|last| *last < (words.len() / width) as u64));
        }
    }

    #[test]
    fn few_keys_of_one_row_are_found_among_the_shared() {
        for (width, rows) in [(1, 300_000u64), (2, 300_000), (3, 50_000)] {
            let words: Vec<u64> = (0..rows * width as u64).collect();
            let found = shared(&words, width, rows, 65_536).len() as f64;
            assert!(found < rows as f64 * 0.15, "{found} of {rows} keys of {width} words");
        }
    }
}
