//! How many different values each of not too many groups has: pairs of a group and a value, divided by the value, and
//! sets of pairs that count a group up whenever one of its pairs is new.
//!
//! Law: after all pairs were added, the count of a group is the size of a `HashSet` of its values. Naive twin: that set.
//!
//! Where it fits, a pair is one word. The value, a number of so many bits, is permuted by an odd multiplication; the upper
//! bits of the product say the partition, which need not be kept, and the lower ones stand above the group's number plus
//! one. So no word is 0, which marks a free place. Other pairs are the words of the value and then that number. Where
//! there are few values and groups a bit stands for each pair.
//!
//! Open addressing with linear probing (Knuth, volume 3, 6.4, algorithm L).

use super::fetch::fetch_lines;
use super::partition::{ScatterScratch, factor, low_mask, running_starts};
use super::table::{hash_word, hash_words};
use super::unique::DividedKeys;

/// Pairs a partition should have: a set of them stays in half of a second-level cache.
const PARTITION_PAIRS: u64 = 1 << 14;

/// Fewer partitions would leave threads without work where values are skewed.
const LEAST_BITS: u32 = 6;

/// With more, a zone has too few pairs for each.
const MOST_BITS: u32 = 12;

/// Fewest places of a set, and most before the first pair has come.
const PLACES: (usize, usize) = (1 << 6, 1 << 15);

/// How pairs become words.
#[derive(Debug, Clone, Copy)]
pub struct PairLayout {
    partition_bits: u32,
    group_bits: u32,
    /// Bits of a value, where a pair is one word.
    value_bits: Option<u32>,
    /// Words of a pair.
    word_count: usize,
}

impl PairLayout {
    /// For so many groups, values of `value_words` words, which are one word below `packed_values` where that is known,
    /// and about this many pairs.
    pub fn new(groups: u32, value_words: usize, packed_values: Option<u128>, pairs: u64) -> PairLayout {
        let wanted = (pairs / PARTITION_PAIRS).next_power_of_two().trailing_zeros();
        let partition_bits = wanted.clamp(LEAST_BITS, MOST_BITS);
        let group_bits = u32::BITS - groups.leading_zeros();
        let bits = packed_values.map(|values| u128::BITS - values.saturating_sub(1).leading_zeros());
        // The more partitions, the more bits are said by the partition.
        let least = |bits: u32| (bits + group_bits).saturating_sub(u64::BITS).max(partition_bits);
        match bits.filter(|bits| value_words == 1 && *bits <= u64::BITS && least(*bits) <= MOST_BITS) {
            Some(bits) => PairLayout {
                partition_bits: least(bits),
                group_bits,
                value_bits: Some(bits.max(least(bits))),
                word_count: 1,
            },
            None => PairLayout {
                partition_bits,
                group_bits,
                value_bits: None,
                word_count: value_words.max(1) + 1,
            },
        }
    }

    /// Words of a pair.
    pub fn word_count(&self) -> usize {
        self.word_count
    }

    /// Partitions.
    pub fn partition_count(&self) -> usize {
        1 << self.partition_bits
    }

    /// Divides pairs of groups and values (at most 65,536) by their values. All groups must be below the number that the
    /// layout was made for.
    pub fn divide(&self, groups: &[u64], values: &[u64], scratch: &mut ScatterScratch) -> DividedKeys {
        let partitions = self.partition_count();
        match self.value_bits {
            Some(bits) => {
                let (mask, factor, half) = (low_mask(bits), factor(bits), bits.div_ceil(2));
                let (low, group_bits) = (bits - self.partition_bits, self.group_bits);
                let place = |value: u64| (value ^ value >> half).wrapping_mul(factor) & mask;
                let (products, cursors) = scratch.wide_parts();
                products.clear();
                products.extend(values.iter().map(|value| place(*value)));
                let mut starts = vec![0; partitions + 1];
                let counts = &mut starts[1..];
                products.iter().for_each(|product| counts[(product >> low) as usize] += 1);
                running_starts(&mut starts, cursors);
                let mut words = vec![0; products.len()];
                let rest = low_mask(low);
                for (product, group) in products.iter().zip(groups) {
                    let cursor = &mut cursors[(product >> low) as usize];
                    words[*cursor as usize] = (product & rest) << group_bits | (group + 1);
                    *cursor += 1;
                }
                DividedKeys::new(starts, words, 1)
            }
            None => {
                let width = self.word_count;
                let (at, cursors) = scratch.parts();
                let high = u64::BITS - self.partition_bits;
                at.clear();
                at.extend(values.chunks_exact(width - 1).map(|value| (hash_words(value) >> high) as u32));
                let mut starts = vec![0; partitions + 1];
                let counts = &mut starts[1..];
                at.iter().for_each(|at| counts[*at as usize] += 1);
                running_starts(&mut starts, cursors);
                let mut words = vec![0; at.len() * width];
                let pairs = values.chunks_exact(width - 1).zip(groups);
                for ((value, group), at) in pairs.zip(at.iter()) {
                    let cursor = &mut cursors[*at as usize];
                    let pair = &mut words[*cursor as usize * width..][..width];
                    pair[..width - 1].copy_from_slice(value);
                    pair[width - 1] = group + 1;
                    *cursor += 1;
                }
                DividedKeys::new(starts, words, width)
            }
        }
    }
}

/// Different pairs.
#[derive(Debug, Clone)]
pub struct PairSet {
    layout: PairLayout,
    /// A pair a place, zeros for none. A power of two of places.
    places: Vec<u64>,
    /// Pairs in places.
    held: usize,
}

impl PairSet {
    /// No pairs, with room for some of so many that may come.
    pub fn new(layout: PairLayout, pairs: usize) -> PairSet {
        let mut set = PairSet { layout, places: Vec::new(), held: 0 };
        set.reset(pairs);
        set
    }

    /// Forgets all pairs, and makes room for some of so many that may come.
    pub fn reset(&mut self, pairs: usize) {
        let (fewest, most) = PLACES;
        self.make_places((pairs * 2).next_power_of_two().clamp(fewest, most));
    }

    fn make_places(&mut self, count: usize) {
        self.held = 0;
        self.places.clear();
        self.places.resize(count * self.layout.word_count, 0);
    }

    fn place_count(&self) -> usize {
        self.places.len() / self.layout.word_count
    }

    /// Adds pairs of one partition, and one to the count of a group for each of its pairs that is new. The count of a
    /// group stands one further than its number.
    pub fn insert(&mut self, words: &[u64], counts: &mut [u64]) {
        let pairs = words.len() / self.layout.word_count;
        // More than half of the places are never taken, so that the first one is nearly always the right one.
        if (self.held + pairs) * 2 > self.place_count() {
            self.grow(pairs);
        }
        self.put(words, counts);
    }

    fn put(&mut self, words: &[u64], counts: &mut [u64]) {
        let mask = low_mask(self.layout.group_bits);
        self.held += match self.layout.word_count {
            1 => put_words(&mut self.places, words, mask, counts),
            2 => put_pairs::<2>(&mut self.places, words, counts),
            3 => put_pairs::<3>(&mut self.places, words, counts),
            width => put_any(&mut self.places, words, width, counts),
        };
    }

    #[cold]
    fn grow(&mut self, pairs: usize) {
        let old = std::mem::take(&mut self.places);
        self.make_places(((self.held + pairs) * 2).next_power_of_two());
        let width = self.layout.word_count;
        let mut none = Vec::new();
        for pair in old.chunks_exact(width).filter(|pair| pair[width - 1] != 0) {
            none.resize(1 << self.layout.group_bits, 0);
            self.put(pair, &mut none);
        }
    }

    /// Reads all places once, from the first to the last: so they come into the cache faster than pair by pair.
    pub fn fetch(&self) {
        fetch_lines(&self.places);
    }

    /// Bytes owned.
    pub fn byte_len(&self) -> usize {
        self.places.capacity() * 8
    }
}

/// Pairs of one word. Gives how many were new.
fn put_words(places: &mut [u64], words: &[u64], mask: u64, counts: &mut [u64]) -> usize {
    let (last, shift) = (places.len() - 1, u64::BITS - places.len().trailing_zeros());
    let mut held = 0;
    for word in words {
        let mut at = (hash_word(*word) >> shift) as usize;
        // Whether a pair is new is hard to foresee, so there is no branch on it.
        while let Some(place) = places.get_mut(at & last) {
            let is_free = *place == 0;
            if is_free | (*place == *word) {
                *place = *word;
                held += usize::from(is_free);
                if let Some(count) = counts.get_mut((*word & mask) as usize) {
                    *count += u64::from(is_free);
                }
                break;
            }
            at += 1;
        }
    }
    held
}

/// Pairs of several words, the last of which is that of the group.
fn put_pairs<const N: usize>(places: &mut [u64], words: &[u64], counts: &mut [u64]) -> usize {
    let places = places.as_chunks_mut::<N>().0;
    let (last, shift) = (places.len() - 1, u64::BITS - places.len().trailing_zeros());
    let mut held = 0;
    for pair in words.as_chunks::<N>().0 {
        let mut at = (hash_words(pair) >> shift) as usize;
        while let Some(place) = places.get_mut(at & last) {
            let is_free = place[N - 1] == 0;
            let is_other = place.iter().zip(pair).fold(0, |other, (a, b)| other | (a ^ b)) != 0;
            if is_free | !is_other {
                *place = *pair;
                held += usize::from(is_free);
                if let Some(count) = counts.get_mut(pair[N - 1] as usize) {
                    *count += u64::from(is_free);
                }
                break;
            }
            at += 1;
        }
    }
    held
}

/// The same of any number of words.
fn put_any(places: &mut [u64], words: &[u64], width: usize, counts: &mut [u64]) -> usize {
    let count = places.len() / width;
    let (last, shift) = (count - 1, u64::BITS - count.trailing_zeros());
    let mut held = 0;
    for pair in words.chunks_exact(width) {
        let mut at = (hash_words(pair) >> shift) as usize & last;
        loop {
            let place = &mut places[at * width..][..width];
            let is_free = place[width - 1] == 0;
            if is_free || *place == *pair {
                place.copy_from_slice(pair);
                held += usize::from(is_free);
                counts[pair[width - 1] as usize] += u64::from(is_free);
                break;
            }
            at = (at + 1) & last;
        }
    }
    held
}

/// Sets a bit for each pair: those of a group's values stand in `stride` words of their own, the first group's first.
pub fn mark_pairs(groups: &[u64], values: &[u64], stride: usize, marks: &mut [u64]) {
    for (group, value) in groups.iter().zip(values) {
        if let Some(word) = marks.get_mut(*group as usize * stride + (*value >> 6) as usize) {
            *word |= 1 << (*value & 63);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::{HashMap, HashSet};

    proptest! {
        #[test]
        fn groups_have_as_many_values_as_their_sets(
            rows in prop::collection::vec((0u64..5, prop_oneof![0u64..6, any::<u64>(), Just(u64::MAX)]), 0..700),
            bits in 0u32..66, width in 1usize..5, many in any::<bool>(), pairs in prop_oneof![Just(0u64), Just(1 << 24)],
        ) {
            // Groups near the end of their range need all bits; width 1 with few enough bits is one word a pair.
            let most = if many { 70_001 } else { 5 };
            let groups: Vec<u64> = rows.iter().map(|(group, _)| most - 1 - group).collect();
            let values: Vec<u64> = rows.iter()
                .flat_map(|(_, value)| (0..width).map(move |word| if word == 0 && bits < 64 { value & low_mask(bits) } else { *value }))
                .collect();
            let packed = (width == 1 && bits <= 64).then(|| 1u128 << bits);
            let layout = PairLayout::new(most as u32, width, packed, pairs);
            let divided = layout.divide(&groups, &values, &mut ScatterScratch::default());
            let mut counts = vec![0; most as usize + 1];
            let mut set = PairSet::new(layout, 1);
            for partition in 0..layout.partition_count() {
                set.reset(partition % 90);
                let part = divided.part(partition);
                let half = part.len() / layout.word_count() / 2 * layout.word_count();
                set.insert(&part[..half], &mut counts);
                set.insert(&part[half..], &mut counts);
                set.insert(&part[..half], &mut counts);
            }
            let mut expected: HashMap<u64, HashSet<&[u64]>> = HashMap::new();
            groups.iter().zip(values.chunks_exact(width)).for_each(|(group, value)| {
                expected.entry(*group).or_default().insert(value);
            });
            prop_assert_eq!(counts[0], 0);
            for group in 0..most {
                let values = expected.get(&group).map_or(0, HashSet::len);
                prop_assert_eq!(counts[group as usize + 1], values as u64, "{} of {:?}", group, layout);
            }
        }

        #[test]
        fn marks_are_the_pairs(rows in prop::collection::vec((0u64..4, 0u64..130), 0..200)) {
            let (groups, values): (Vec<u64>, Vec<u64>) = rows.iter().copied().unzip();
            let mut marks = vec![0; 4 * 3];
            mark_pairs(&groups, &values, 3, &mut marks);
            for (group, words) in (0..).zip(marks.chunks_exact(3)) {
                let values: HashSet<u64> = rows.iter().filter(|row| row.0 == group).map(|row| row.1).collect();
                prop_assert_eq!(words.iter().map(|word| word.count_ones() as usize).sum::<usize>(), values.len());
            }
        }
    }
}
