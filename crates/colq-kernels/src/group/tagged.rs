//! Keys of one or more words to group numbers, for very many groups: a number and a piece of the hash in an array as
//! short as can be, keys beside it.
//!
//! Law: that of `table`. Naive twin: a `HashMap`.
//!
//! Open addressing with linear probing (Knuth, volume 3, 6.4, algorithm L). The piece of the hash tells nearly all other
//! keys apart, so that a key is looked at only where it is the same. The first place of a key rises with its hash, for
//! any number of places: the array need not be a power of two, and a larger one is filled from its front to its end.

use super::fetch::fetch_lines;
use super::table::{hash_word, hash_words};

/// Fewest places.
const FEWEST: usize = 16;

/// Places for each two groups at least. Half of them more are made when the array grows, and for the groups that are
/// foreseen.
const PLACES_A_PAIR: usize = 3;

/// Bits of a slot above the number of the group.
const TAG: u64 = u64::MAX << u32::BITS;

/// The groups met so far.
#[derive(Debug, Clone)]
pub struct TaggedTable {
    /// The group number plus one at each place, and above it the lower half of the key's hash; 0 for none.
    slots: Vec<u64>,
    /// The keys by group number.
    keys: Vec<u64>,
    word_count: usize,
    /// Groups the slots have room for.
    room: usize,
}

impl TaggedTable {
    /// An empty table for keys of `word_count` words, with room for about this many groups.
    pub fn new(word_count: usize, groups: usize) -> TaggedTable {
        let places = places_for(groups);
        TaggedTable {
            slots: vec![0; places],
            keys: Vec::with_capacity(groups * word_count),
            word_count,
            room: room_of(places),
        }
    }

    /// Groups met so far.
    pub fn len(&self) -> usize {
        self.keys.len() / self.word_count.max(1)
    }

    /// True without groups.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// The keys by group number.
    pub fn keys(&self) -> &[u64] {
        &self.keys
    }

    /// Gives the group of each key, making new groups where needed; the places of those that made one are
    /// added to `fresh`.
    pub fn assign(&mut self, words: &[u64], groups: &mut Vec<u32>, fresh: &mut Vec<u32>) {
        groups.clear();
        groups.reserve(words.len() / self.word_count.max(1));
        match self.word_count {
            1 => self.assign_each(words.as_chunks::<1>().0.iter(), |key| hash_word(key[0]), groups, fresh),
            2 => self.assign_each(words.as_chunks::<2>().0.iter(), |key| hash_words(key), groups, fresh),
            3 => self.assign_each(words.as_chunks::<3>().0.iter(), |key| hash_words(key), groups, fresh),
            4 => self.assign_each(words.as_chunks::<4>().0.iter(), |key| hash_words(key), groups, fresh),
            width => self.assign_each(words.chunks_exact(width.max(1)), hash_words, groups, fresh),
        }
    }

    /// The same for keys of a type that may tell the compiler their length.
    #[inline(always)]
    fn assign_each<'a, K: AsRef<[u64]> + ?Sized + 'a>(
        &mut self,
        keys: impl Iterator<Item = &'a K>,
        hash_of: impl Fn(&K) -> u64,
        groups: &mut Vec<u32>,
        fresh: &mut Vec<u32>,
    ) {
        for (at, key) in (0u32..).zip(keys) {
            let hash = hash_of(key);
            let tag = hash << u32::BITS;
            let mut place = first_place(hash, self.slots.len());
            let group = loop {
                let slot = self.slots[place];
                if slot == 0 {
                    let width = key.as_ref().len().max(1);
                    if self.keys.len() / width >= self.room {
                        self.grow();
                        place = first_place(hash, self.slots.len());
                        continue;
                    }
                    fresh.push(at);
                    self.keys.extend_from_slice(key.as_ref());
                    let number = (self.keys.len() / width) as u32;
                    self.slots[place] = tag | u64::from(number);
                    break number - 1;
                }
                if slot & TAG == tag {
                    let group = slot as u32 - 1;
                    let width = key.as_ref().len();
                    if self.keys[group as usize * width..][..width] == *key.as_ref() {
                        break group;
                    }
                }
                place += 1;
                if place == self.slots.len() {
                    place = 0;
                }
            };
            groups.push(group);
        }
    }

    /// The places of the keys that are groups already, and the group of each.
    pub fn find(&self, words: &[u64], places: &mut Vec<u32>, groups: &mut Vec<u32>) {
        places.clear();
        groups.clear();
        match self.word_count {
            1 => self.find_each(words.as_chunks::<1>().0.iter(), |key| hash_word(key[0]), places, groups),
            2 => self.find_each(words.as_chunks::<2>().0.iter(), |key| hash_words(key), places, groups),
            width => self.find_each(words.chunks_exact(width.max(1)), hash_words, places, groups),
        }
    }

    #[inline(always)]
    fn find_each<'a, K: AsRef<[u64]> + ?Sized + 'a>(
        &self,
        keys: impl Iterator<Item = &'a K>,
        hash_of: impl Fn(&K) -> u64,
        places: &mut Vec<u32>,
        groups: &mut Vec<u32>,
    ) {
        for (at, key) in (0u32..).zip(keys) {
            let hash = hash_of(key);
            let mut place = first_place(hash, self.slots.len());
            while let slot = self.slots[place]
                && slot != 0
            {
                let group = slot as u32 - 1;
                let width = key.as_ref().len();
                if slot & TAG == hash << u32::BITS
                    && self.keys[group as usize * width..][..width] == *key.as_ref()
                {
                    places.push(at);
                    groups.push(group);
                    break;
                }
                place = if place + 1 == self.slots.len() { 0 } else { place + 1 };
            }
        }
    }

    #[cold]
    fn grow(&mut self) {
        let places = places_for(self.len() + self.len() / 2);
        let mut slots = vec![0; places];
        for slot in self.slots.iter().filter(|slot| **slot != 0) {
            let start = (*slot as u32 - 1) as usize * self.word_count;
            let mut place = first_place(hash_words(&self.keys[start..start + self.word_count]), places);
            while slots[place] != 0 {
                place = if place + 1 == places { 0 } else { place + 1 };
            }
            slots[place] = *slot;
        }
        self.slots = slots;
        self.room = room_of(places);
    }

    /// Reads all once.
    pub(super) fn fetch(&self) {
        fetch_lines(&self.slots);
        fetch_lines(&self.keys);
    }

    /// Lets go of what finds keys; the keys themselves stay. No key may be looked up any more.
    pub fn seal(&mut self) {
        self.slots = Vec::new();
    }

    /// Bytes owned.
    pub fn byte_len(&self) -> usize {
        (self.slots.capacity() + self.keys.capacity()) * 8
    }
}

/// Places for about so many groups.
fn places_for(groups: usize) -> usize {
    (groups * PLACES_A_PAIR / 2).max(FEWEST)
}

/// Groups that so many places have room for: two thirds, and a sixteenth more than were foreseen.
fn room_of(places: usize) -> usize {
    places * 3 / 4
}

/// Where a key is looked for first: by the top half of its hash, of which no partition is told.
#[inline(always)]
fn first_place(hash: u64, places: usize) -> usize {
    (((hash >> u32::BITS) * places as u64) >> u32::BITS) as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashMap;

    proptest! {
        #[test]
        fn numbers_keys_as_a_map_does(
            words in prop::collection::vec(prop_oneof![0u64..40, any::<u64>(), Just(u64::MAX)], 0..600),
            width in 1usize..6, room in 0usize..200, cut in 0usize..300,
        ) {
            let keys: Vec<&[u64]> = words.chunks_exact(width).collect();
            let mut table = TaggedTable::new(width, room);
            let mut naive: HashMap<&[u64], u32> = HashMap::new();
            let cut = cut.min(keys.len());
            for part in [&keys[..cut], &keys[cut..]] {
                let (mut groups, mut fresh) = (Vec::new(), Vec::new());
                table.assign(&part.concat(), &mut groups, &mut fresh);
                let mut expected = Vec::new();
                let mut expected_fresh = Vec::new();
                for (at, key) in (0u32..).zip(part) {
                    let next = naive.len() as u32;
                    let group = *naive.entry(*key).or_insert(next);
                    if group == next {
                        expected_fresh.push(at);
                    }
                    expected.push(group);
                }
                prop_assert_eq!(groups, expected);
                prop_assert_eq!(fresh, expected_fresh);
            }
            prop_assert_eq!(table.len(), naive.len());
            // Every third key, and some that are none.
            let asked: Vec<u64> = keys.iter().step_by(3).flat_map(|key| key.iter().copied()).collect();
            let asked: Vec<u64> = asked.iter().copied().chain(asked.iter().map(|word| word ^ 77)).collect();
            let (mut places, mut groups) = (Vec::new(), Vec::new());
            table.find(&asked, &mut places, &mut groups);
            let of_map = asked.chunks_exact(width).zip(0u32..);
            let of_map: Vec<(u32, u32)> = of_map.filter_map(|(key, at)| Some((at, *naive.get(key)?))).collect();
            prop_assert_eq!(places.into_iter().zip(groups).collect::<Vec<_>>(), of_map);
            table.seal();
            prop_assert!(table.keys().chunks_exact(width).zip(0..).all(|(key, group)| naive[key] == group));
        }
    }

    /// Two words with the same piece of the hash that are looked for at the same place.
    fn twins() -> [u64; 2] {
        let mut by_hash: HashMap<(u32, usize), u64> = HashMap::new();
        for word in 0u64.. {
            let hash = hash_word(word);
            if let Some(twin) = by_hash.insert((hash as u32, first_place(hash, places_for(0))), word) {
                return [twin, word];
            }
        }
        [0; 2]
    }

    #[test]
    fn keys_with_the_same_piece_of_the_hash_are_told_apart() {
        let [a, b] = twins();
        let (mut table, mut groups, mut fresh) = (TaggedTable::new(1, 0), Vec::new(), Vec::new());
        table.assign(&[a, b, a, b], &mut groups, &mut fresh);
        assert_eq!((groups, fresh), (vec![0, 1, 0, 1], vec![0, 1]));
    }
}
