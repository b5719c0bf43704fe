//! How many different keys there are, when there are very many: keys divided by their hash, without the rows they come
//! from, and sets that hold nothing but keys.
//!
//! Law: a set has as many keys as a `HashSet` of the same ones, and equal keys are in one partition. Naive twin: a
//! `HashSet`.
//!
//! Open addressing with linear probing (Knuth, volume 3, 6.4, algorithm L). A key of zeros, which marks a free place, is
//! kept beside.

use super::fetch::fetch_lines;
use super::partition::{Partitioning, ScatterScratch, running_starts};
use super::table::hash_words;
use std::ops::Range;

/// Fewest places.
const FEWEST: usize = 16;

/// The keys of one zone, partition by partition, in no order within one.
#[derive(Debug, Clone, Default)]
pub struct DividedKeys {
    /// Where the keys of each partition begin, and at last where all end.
    starts: Vec<u32>,
    words: Vec<u64>,
    word_count: usize,
}

impl DividedKeys {
    /// Keys of so many words, and where those of each partition begin and at last where all end.
    pub(super) fn new(starts: Vec<u32>, words: Vec<u64>, word_count: usize) -> DividedKeys {
        DividedKeys { starts, words, word_count }
    }

    /// The keys of a partition.
    pub fn part(&self, partition: usize) -> &[u64] {
        let Range { start, end } = self.range(partition);
        &self.words[start * self.word_count..end * self.word_count]
    }

    /// Where the keys of a partition stand.
    pub fn range(&self, partition: usize) -> Range<usize> {
        self.starts[partition] as usize..self.starts[partition + 1] as usize
    }

    /// Bytes owned.
    pub fn byte_len(&self) -> usize {
        self.words.capacity() * 8 + self.starts.capacity() * 4
    }
}

impl Partitioning {
    /// Divides keys (at most 65,536) by their hash. The key may not be a place in its partition.
    pub fn divide(&self, words: &[u64], scratch: &mut ScatterScratch) -> DividedKeys {
        let mut divided = DividedKeys {
            starts: vec![0; self.partition_count() + 1],
            words: vec![0; words.len()],
            word_count: self.word_count().max(1),
        };
        match self.word_count() {
            1 => self.divide_each::<1>(words, scratch, &mut divided),
            2 => self.divide_each::<2>(words, scratch, &mut divided),
            3 => self.divide_each::<3>(words, scratch, &mut divided),
            _ => self.divide_any(words, scratch, &mut divided),
        }
        divided
    }

    fn divide_each<const N: usize>(
        &self,
        words: &[u64],
        scratch: &mut ScatterScratch,
        divided: &mut DividedKeys,
    ) {
        let (hashes, cursors) = scratch.parts();
        let keys = words.as_chunks::<N>().0;
        let partition = |key: &[u64; N]| self.partition_of(hash_words(key)) as u32;
        hashes.clear();
        hashes.extend(keys.iter().map(partition));
        let counts = &mut divided.starts[1..];
        hashes.iter().for_each(|at| counts[*at as usize] += 1);
        running_starts(&mut divided.starts, cursors);
        let places = divided.words.as_chunks_mut::<N>().0;
        for (key, at) in keys.iter().zip(hashes.iter()) {
            let cursor = &mut cursors[*at as usize];
            places[*cursor as usize] = *key;
            *cursor += 1;
        }
    }

    fn divide_any(&self, words: &[u64], scratch: &mut ScatterScratch, divided: &mut DividedKeys) {
        let (_, cursors) = scratch.parts();
        let width = divided.word_count;
        let counts = &mut divided.starts[1..];
        words.chunks_exact(width).for_each(|key| counts[self.partition_of(hash_words(key))] += 1);
        running_starts(&mut divided.starts, cursors);
        for key in words.chunks_exact(width) {
            let cursor = &mut cursors[self.partition_of(hash_words(key))];
            divided.words[*cursor as usize * width..][..width].copy_from_slice(key);
            *cursor += 1;
        }
    }
}

/// Different keys, of which nothing is kept but themselves.
#[derive(Debug, Clone)]
pub struct KeySet {
    /// A key a place, zeros for none.
    places: Vec<u64>,
    word_count: usize,
    /// Keys in places.
    held: usize,
    /// Keys that may be in places before there have to be more of these.
    room: usize,
    has_zeros: bool,
}

impl KeySet {
    /// No keys of `word_count` words, with room for about so many.
    pub fn new(word_count: usize, keys: usize) -> KeySet {
        let word_count = word_count.max(1);
        let mut set = KeySet { places: Vec::new(), word_count, held: 0, room: 0, has_zeros: false };
        set.make_places(keys);
        set
    }

    /// Forgets all keys and makes room for about so many.
    pub fn reset(&mut self, keys: usize) {
        (self.held, self.has_zeros) = (0, false);
        self.places.clear();
        self.make_places(keys);
    }

    fn make_places(&mut self, keys: usize) {
        let count = (keys + keys / 2).max(FEWEST);
        self.places.resize(count * self.word_count, 0);
        self.room = count * 3 / 4;
    }

    /// Keys held.
    pub fn len(&self) -> usize {
        self.held + usize::from(self.has_zeros)
    }

    /// True without keys.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Adds keys.
    pub fn insert(&mut self, words: &[u64]) {
        match self.word_count {
            1 => words.as_chunks::<1>().0.iter().for_each(|key| self.add(key)),
            2 => words.as_chunks::<2>().0.iter().for_each(|key| self.add(key)),
            3 => words.as_chunks::<3>().0.iter().for_each(|key| self.add(key)),
            width => words.chunks_exact(width).for_each(|key| self.add(key)),
        }
    }

    #[inline(always)]
    fn add<K: AsRef<[u64]> + ?Sized>(&mut self, key: &K) {
        let key = key.as_ref();
        let is_free = |place: &[u64]| place.iter().all(|word| *word == 0);
        if is_free(key) {
            self.has_zeros = true;
            return;
        }
        if self.held >= self.room {
            self.grow();
        }
        let width = key.len();
        let mut at = first_place(key, self.places.len() / width) * width;
        loop {
            let place = &mut self.places[at..at + width];
            if *place == *key {
                return;
            }
            if is_free(place) {
                place.copy_from_slice(key);
                self.held += 1;
                return;
            }
            at += width;
            if at == self.places.len() {
                at = 0;
            }
        }
    }

    #[cold]
    fn grow(&mut self) {
        let (old, has_zeros) = (std::mem::take(&mut self.places), self.has_zeros);
        let keys = self.held + self.held / 2;
        self.held = 0;
        self.make_places(keys);
        for key in old.chunks_exact(self.word_count) {
            self.add(key);
        }
        // Free places are zeros too.
        self.has_zeros = has_zeros;
    }

    /// Reads all places once, from the first to the last: so they come into the cache faster than key by key.
    pub fn fetch(&self) {
        fetch_lines(&self.places);
    }

    /// Bytes owned.
    pub fn byte_len(&self) -> usize {
        self.places.capacity() * 8
    }
}

/// Where a key is looked for first: by the top half of its hash, of which no partition is told.
#[inline(always)]
fn first_place(key: &[u64], places: usize) -> usize {
    (((hash_words(key) >> u32::BITS) * places as u64) >> u32::BITS) as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashSet;

    proptest! {
        #[test]
        fn sets_hold_the_keys_that_a_set_of_the_standard_holds(
            words in prop::collection::vec(prop_oneof![0u64..6, any::<u64>(), Just(u64::MAX)], 0..600),
            width in 1usize..6, bits in 0u32..7, room in 0usize..100,
        ) {
            let words = &words[..words.len() / width * width];
            let divided = Partitioning::new(bits, width, None).divide(words, &mut ScatterScratch::default());
            let mut set = KeySet::new(width, room);
            let mut seen = HashSet::new();
            let mut all = Vec::new();
            for partition in 0..1 << bits {
                let part = divided.part(partition);
                prop_assert_eq!(part.len(), divided.range(partition).len() * width);
                all.extend(part.chunks_exact(width));
                let own: HashSet<&[u64]> = part.chunks_exact(width).collect();
                set.reset(room / 2);
                let (first, rest) = part.split_at(part.len() / width / 2 * width);
                [first, rest].iter().for_each(|words| set.insert(words));
                prop_assert_eq!(set.len(), own.len());
                prop_assert_eq!(set.is_empty(), own.is_empty());
                prop_assert!(own.iter().all(|key| seen.insert(*key)), "a key is in two partitions");
            }
            let mut expected: Vec<&[u64]> = words.chunks_exact(width).collect();
            expected.sort_unstable();
            all.sort_unstable();
            prop_assert_eq!(all, expected);
        }
    }
}
