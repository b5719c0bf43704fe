//! Keys to group numbers, which count up from 0 in the order in which keys are first seen.
//!
//! Law: equal keys get equal numbers and different keys different ones. Naive twin: a `HashMap`.

use crate::processor::vectorised;
use hashbrown::HashTable;

/// Packed keys below this index an array instead of a hash table; the array of group numbers (256 KiB) stays
/// in the second-level cache.
const DIRECT_KEYS: u128 = 1 << 16;

/// The groups met so far.
#[derive(Debug, Clone)]
pub struct GroupTable {
    slots: Slots,
    /// The keys by group number, `word_count` words each.
    keys: Vec<u64>,
    word_count: usize,
}

#[derive(Debug, Clone)]
enum Slots {
    /// The group number plus one of each packed key, 0 for none.
    Direct(Vec<u32>),
    /// Packed keys with their group numbers, and the numbers of keys that lie near each other.
    Packed(HashTable<(u64, u32)>, Near),
    /// Group numbers; the keys are looked up in `keys`.
    Words(HashTable<u32>),
}

/// Keys that lie near each other, as the latest ones did: their group numbers stand in an array, as far as they were asked for.
#[derive(Debug, Clone, Default)]
struct Near {
    /// The key of the first place.
    low: u64,
    /// The group number plus one, 0 where it is in the table or nowhere.
    slots: Vec<u32>,
}

/// An array is worth its while for so many places a key.
const PLACES_A_KEY: usize = 2;

impl Near {
    /// The array for these keys; `None` where they lie too far apart, or are too few.
    fn of(&mut self, words: &[u64]) -> Option<(u64, &mut [u32])> {
        let (low, high) = ends(words);
        let span = usize::try_from(high.checked_sub(low)?).ok()?;
        if span >= words.len().saturating_mul(PLACES_A_KEY).min(DIRECT_KEYS as usize) {
            return None;
        }
        let first = low.wrapping_sub(self.low);
        if low < self.low || first.saturating_add(span as u64) >= self.slots.len() as u64 {
            // Some room on both sides: the next keys are mostly like these.
            let room = (span as u64).min(DIRECT_KEYS as u64 - 1 - span as u64) / 2;
            self.low = low.saturating_sub(room);
            self.slots.clear();
            self.slots.resize((high.saturating_add(room) - self.low) as usize + 1, 0);
        }
        Some((self.low, &mut self.slots))
    }
}

vectorised! {
    /// The smallest and the largest of some words; the largest below the smallest where there are none.
    fn ends(words: &[u64]) -> (u64, u64) {
        let (mut low, mut high) = (u64::MAX, 0);
        for word in words {
            low = low.min(*word);
            high = high.max(*word);
        }
        (low, high)
    }
}

/// The hash of a key, the same on every machine and run.
#[inline(always)]
pub(super) fn hash_word(word: u64) -> u64 {
    // A folded multiplication: both halves of the 128-bit product depend on all bits of the word. The
    // constants are the first fraction digits of pi, which have no pattern that keys could share.
    let product = u128::from(word ^ 0x243f_6a88_85a3_08d3) * u128::from(0x1319_8a2e_0370_7344_u64 | 1);
    let folded = (product >> 64) as u64 ^ product as u64;
    folded.wrapping_mul(0xa409_3822_299f_31d1) ^ folded >> 29
}

/// The hash of a key of several words.
#[inline(always)]
pub(super) fn hash_words(words: &[u64]) -> u64 {
    words.iter().fold(0, |hash: u64, word| hash_word(hash.rotate_left(5) ^ *word))
}

impl GroupTable {
    /// An empty table for keys of `word_count` words; `packed_keys` bounds packed ones, where they are packed.
    pub fn new(word_count: usize, packed_keys: Option<u128>) -> GroupTable {
        let slots = match packed_keys {
            Some(keys) if keys <= DIRECT_KEYS => Slots::Direct(vec![0; keys as usize]),
            Some(_) => Slots::Packed(HashTable::new(), Near::default()),
            None => Slots::Words(HashTable::new()),
        };
        GroupTable { slots, keys: Vec::new(), word_count }
    }

    /// An empty table for packed keys below `places`, of which only few will come: an array has a place for each, of which those
    /// that no key asks for cost no memory that is there.
    pub fn sparse(places: usize) -> GroupTable {
        GroupTable { slots: Slots::Direct(vec![0; places]), keys: Vec::new(), word_count: 1 }
    }

    /// Groups met so far.
    pub fn len(&self) -> usize {
        self.keys.len() / self.word_count.max(1)
    }

    /// True without groups.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// True when keys index an array.
    pub fn is_direct(&self) -> bool {
        matches!(self.slots, Slots::Direct(_))
    }

    /// The keys by group number.
    pub fn keys(&self) -> &[u64] {
        &self.keys
    }

    /// The key of a group.
    pub fn key(&self, group: u32) -> &[u64] {
        let start = group as usize * self.word_count;
        &self.keys[start..start + self.word_count]
    }

    /// Which of `partitions` (a power of two) a key belongs to.
    pub fn partition(key: &[u64], partitions: usize) -> usize {
        // Bits that neither the buckets (low) nor the tags (high) of the hash tables use much.
        (hash_words(key) >> 40) as usize & (partitions - 1)
    }

    /// Adds the group number of each key to `groups`, making new groups where needed.
    pub fn assign(&mut self, words: &[u64], groups: &mut Vec<u32>) {
        groups.clear();
        groups.reserve(words.len() / self.word_count.max(1));
        match &mut self.slots {
            Slots::Direct(slots) => {
                for &word in words {
                    let slot = &mut slots[word as usize];
                    if *slot == 0 {
                        self.keys.push(word);
                        *slot = self.keys.len() as u32;
                    }
                    groups.push(*slot - 1);
                }
            }
            Slots::Packed(table, near) => match near.of(words) {
                Some((low, slots)) => {
                    for &word in words {
                        let slot = slots.get_mut((word - low) as usize);
                        groups.push(match slot {
                            Some(0) | None => {
                                let group = packed_group(table, &mut self.keys, word);
                                slot.into_iter().for_each(|slot| *slot = group + 1);
                                group
                            }
                            Some(known) => *known - 1,
                        });
                    }
                }
                None => words.iter().for_each(|word| groups.push(packed_group(table, &mut self.keys, *word))),
            },
            Slots::Words(table) => match self.word_count {
                2 => words_groups::<2>(table, &mut self.keys, words, groups),
                3 => words_groups::<3>(table, &mut self.keys, words, groups),
                4 => words_groups::<4>(table, &mut self.keys, words, groups),
                count => {
                    for key in words.chunks_exact(count) {
                        groups.push(words_group(table, &mut self.keys, key));
                    }
                }
            },
        }
    }

    /// The group number of one key.
    pub fn assign_one(&mut self, key: &[u64]) -> u32 {
        match &mut self.slots {
            Slots::Direct(slots) => {
                let slot = &mut slots[key[0] as usize];
                if *slot == 0 {
                    self.keys.push(key[0]);
                    *slot = self.keys.len() as u32;
                }
                *slot - 1
            }
            Slots::Packed(table, _) => packed_group(table, &mut self.keys, key[0]),
            Slots::Words(table) => words_group(table, &mut self.keys, key),
        }
    }

    /// Forgets all groups and keeps the room.
    pub fn clear(&mut self) {
        match &mut self.slots {
            Slots::Direct(slots) => self.keys.iter().for_each(|key| slots[*key as usize] = 0),
            Slots::Packed(table, near) => {
                table.clear();
                near.slots.fill(0);
            }
            Slots::Words(table) => table.clear(),
        }
        self.keys.clear();
    }

    /// Lets go of what finds keys; the keys themselves stay. No key may be looked up any more.
    pub fn seal(&mut self) {
        self.slots = Slots::Direct(Vec::new());
    }

    /// Bytes owned.
    pub fn byte_len(&self) -> usize {
        let slots = match &self.slots {
            Slots::Direct(slots) => slots.len() * 4,
            Slots::Packed(table, near) => table.capacity() * 8 / 7 * 17 + near.slots.capacity() * 4,
            Slots::Words(table) => table.capacity() * 8 / 7 * 5,
        };
        slots + self.keys.capacity() * 8
    }
}

#[inline(always)]
fn packed_group(table: &mut HashTable<(u64, u32)>, keys: &mut Vec<u64>, word: u64) -> u32 {
    let entry = table.entry(hash_word(word), |slot| slot.0 == word, |slot| hash_word(slot.0));
    let new = keys.len() as u32;
    let group = entry.or_insert((word, new)).get().1;
    if group == new {
        keys.push(word);
    }
    group
}

/// [`words_group`] of many keys, of a length that the compiler knows.
fn words_groups<const N: usize>(
    table: &mut HashTable<u32>,
    keys: &mut Vec<u64>,
    words: &[u64],
    groups: &mut Vec<u32>,
) {
    for key in words.as_chunks::<N>().0 {
        let at = |group: u32| {
            let start = group as usize * N;
            keys.get(start..start + N).and_then(|found| found.first_chunk::<N>()).copied().unwrap_or([0; N])
        };
        let new = (keys.len() / N) as u32;
        let entry = table.entry(hash_words(key), |group| at(*group) == *key, |group| hash_words(&at(*group)));
        let group = *entry.or_insert(new).get();
        if group == new {
            keys.extend_from_slice(key);
        }
        groups.push(group);
    }
}

#[inline(always)]
fn words_group(table: &mut HashTable<u32>, keys: &mut Vec<u64>, key: &[u64]) -> u32 {
    let width = key.len();
    let new = (keys.len() / width) as u32;
    let at = |group: u32| &keys[group as usize * width..(group as usize + 1) * width];
    let entry = table.entry(hash_words(key), |group| at(*group) == key, |group| hash_words(at(*group)));
    let group = *entry.or_insert(new).get();
    if group == new {
        keys.extend_from_slice(key);
    }
    group
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashMap;

    proptest! {
        #[test]
        fn near_keys_are_numbered_as_a_map_does(
            parts in prop::collection::vec((any::<u8>(), 1u64..3_000, prop::collection::vec(any::<u16>(), 0..400)), 1..6),
        ) {
            // Parts that lie near each other, apart, and at both ends.
            let mut table = GroupTable::new(1, Some(1 << 64));
            let mut naive: HashMap<u64, u32> = HashMap::new();
            let mut groups = Vec::new();
            for (place, width, offsets) in parts {
                let low = [0, 500, 70_000, 1 << 63, u64::MAX - 2_999][usize::from(place) % 5];
                let words: Vec<u64> = offsets.iter().map(|offset| low + u64::from(*offset) % width).collect();
                let expected: Vec<u32> = words.iter().map(|word| {
                    let next = naive.len() as u32;
                    *naive.entry(*word).or_insert(next)
                }).collect();
                table.assign(&words, &mut groups);
                prop_assert_eq!(&groups, &expected);
            }
            prop_assert_eq!(table.len(), naive.len());
        }

        #[test]
        fn numbers_keys_as_a_map_does(keys in prop::collection::vec(any::<[u16; 3]>().prop_map(|k| k.map(|w| u64::from(w % 5))), 0..300)) {
            for (width, packed) in [(1, Some(5)), (1, Some(6)), (1, Some(1 << 64)), (1, None), (2, None), (3, None)] {
                let mut table = match packed {
                    Some(6) => GroupTable::sparse(6),
                    _ => GroupTable::new(width, packed),
                };
                let words: Vec<u64> = keys.iter().flat_map(|k| k[..width].to_vec()).collect();
                let mut naive: HashMap<Vec<u64>, u32> = HashMap::new();
                let expected: Vec<u32> = keys.iter().map(|k| {
                    let next = naive.len() as u32;
                    *naive.entry(k[..width].to_vec()).or_insert(next)
                }).collect();
                let mut groups = Vec::new();
                table.assign(&words, &mut groups);
                prop_assert_eq!(&groups, &expected);
                prop_assert_eq!(table.len(), naive.len());
                for (key, group) in &naive {
                    prop_assert_eq!(table.key(*group), &key[..]);
                    prop_assert_eq!(table.assign_one(key), *group);
                }
                table.clear();
                prop_assert!(table.is_empty());
                table.assign(&words, &mut groups);
                prop_assert_eq!(&groups, &expected);
            }
        }
    }
}
