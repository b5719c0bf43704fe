//! Keys of one word to group numbers, for very many groups: numbers in an array as short as can be, keys beside it.
//!
//! Law: that of `table`. Naive twin: a `HashMap`.
//!
//! Open addressing with linear probing, never more than half full (Knuth, volume 3, 6.4, algorithm L).

use super::partition::fetch;
use super::table::hash_word;

/// Fewest places: a power of two.
const FEWEST: usize = 16;

/// The groups met so far.
#[derive(Debug, Clone)]
pub struct PackedTable {
    /// The group number plus one at each place, 0 for none. Its length is a power of two.
    slots: Vec<u32>,
    /// The keys by group number.
    keys: Vec<u64>,
}

impl PackedTable {
    /// An empty table with room for about this many groups.
    pub fn new(groups: usize) -> PackedTable {
        let places = groups.saturating_mul(2).next_power_of_two().max(FEWEST);
        PackedTable { slots: vec![0; places], keys: Vec::with_capacity(groups) }
    }

    /// The keys by group number.
    pub fn keys(&self) -> &[u64] {
        &self.keys
    }

    /// Gives the group of each key, making new groups where needed; the places of those that made one are
    /// added to `fresh`.
    pub fn assign(&mut self, words: &[u64], groups: &mut Vec<u32>, fresh: &mut Vec<u32>) {
        groups.clear();
        groups.reserve(words.len());
        for (at, word) in (0u32..).zip(words) {
            if (self.keys.len() + 1) * 2 > self.slots.len() {
                self.grow();
            }
            let mask = self.slots.len() - 1;
            let mut place = first_place(*word, mask);
            let group = loop {
                let slot = self.slots[place];
                if slot == 0 {
                    self.keys.push(*word);
                    self.slots[place] = self.keys.len() as u32;
                    fresh.push(at);
                    break self.keys.len() as u32 - 1;
                }
                if self.keys[slot as usize - 1] == *word {
                    break slot - 1;
                }
                place = (place + 1) & mask;
            };
            groups.push(group);
        }
    }

    fn grow(&mut self) {
        let mask = self.slots.len() * 2 - 1;
        self.slots.clear();
        self.slots.resize(mask + 1, 0);
        for (group, word) in (1u32..).zip(&self.keys) {
            let mut place = first_place(*word, mask);
            while self.slots[place] != 0 {
                place = (place + 1) & mask;
            }
            self.slots[place] = group;
        }
    }

    /// Reads all once.
    pub(super) fn fetch(&self) {
        fetch(&self.slots);
        fetch(&self.keys);
    }

    /// Lets go of what finds keys; the keys themselves stay. No key may be looked up any more.
    pub fn seal(&mut self) {
        self.slots = Vec::new();
    }

    /// Bytes owned.
    pub fn byte_len(&self) -> usize {
        self.slots.capacity() * 4 + self.keys.capacity() * 8
    }
}

/// Where a key is looked for first: the top bits of its hash, of which no partition is told.
#[inline(always)]
fn first_place(word: u64, mask: usize) -> usize {
    hash_word(word).checked_shr(mask.leading_zeros()).unwrap_or(0) as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashMap;

    proptest! {
        #[test]
        fn numbers_keys_as_a_map_does(
            keys in prop::collection::vec(prop_oneof![0u64..40, any::<u64>(), Just(u64::MAX)], 0..300),
            room in 0usize..200, cut in 0usize..300,
        ) {
            let mut table = PackedTable::new(room);
            let mut naive: HashMap<u64, u32> = HashMap::new();
            let cut = cut.min(keys.len());
            for part in [&keys[..cut], &keys[cut..]] {
                let (mut groups, mut fresh) = (Vec::new(), Vec::new());
                table.assign(part, &mut groups, &mut fresh);
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
            prop_assert_eq!(table.keys().len(), naive.len());
            table.seal();
            prop_assert!(table.keys().iter().zip(0..).all(|(key, group)| naive[key] == group));
        }
    }
}
