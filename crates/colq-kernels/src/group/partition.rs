//! Rows divided by key, so that each part of the groups fits into a processor's cache.
//!
//! Law: rows with equal keys are in one partition, and within a partition rows keep their order. Naive twin: a
//! stable sort by partition.
//!
//! Packed keys of a small range are permuted by an odd multiplication (a bijection modulo a power of two): the upper
//! bits of the product say the partition, the lower ones are the key's place in it, so that a partition needs no hash
//! and no comparison. All other keys are hashed.

use super::fetch::fetch_lines;
use super::partition_table::PartitionTable;
use super::table::hash_words;
use super::tagged::TaggedTable;

/// Rows that a place within a zone can name.
pub(super) const ZONE_BITS: u32 = 16;

/// The bits of the row in a code.
const ROW_MASK: u64 = (1 << ZONE_BITS) - 1;

/// The golden ratio as a fraction of 2^64: its multiples are spread as evenly as can be (Knuth, volume 3, 6.4).
const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

/// How keys are divided.
#[derive(Debug, Clone, Copy)]
pub struct Partitioning {
    partition_bits: u32,
    /// Words of a key.
    word_count: usize,
    /// Packed keys are below two to this; `None` for keys that are hashed.
    key_bits: Option<u32>,
}

/// The rows of one zone, partition by partition.
#[derive(Debug, Clone, Default)]
pub struct Scattered {
    /// Where the rows of each partition begin, and at last where all end.
    starts: Vec<u32>,
    keys: ScatteredKeys,
}

#[derive(Debug, Clone)]
enum ScatteredKeys {
    /// The key's place in its partition, and in the lower 16 bits the number of the row.
    Codes(Vec<u64>),
    /// The same where both fit into 32 bits, so that half of the memory is written and read.
    Narrow(Vec<u32>),
    /// Keys, and the numbers of their rows.
    Words(Vec<u64>, Vec<u16>),
}

impl Default for ScatteredKeys {
    fn default() -> ScatteredKeys {
        ScatteredKeys::Codes(Vec::new())
    }
}

/// Memory for dividing rows, to be used again.
#[derive(Debug, Clone, Default)]
pub struct ScatterScratch {
    hashes: Vec<u32>,
    products: Vec<u64>,
    cursors: Vec<u32>,
}

impl ScatterScratch {
    /// Room for hashes and for cursors.
    pub(super) fn parts(&mut self) -> (&mut Vec<u32>, &mut Vec<u32>) {
        (&mut self.hashes, &mut self.cursors)
    }

    /// Room for words and for cursors.
    pub(super) fn wide_parts(&mut self) -> (&mut Vec<u64>, &mut Vec<u32>) {
        (&mut self.products, &mut self.cursors)
    }
}

impl Partitioning {
    /// Two to the `partition_bits` partitions of keys of `word_count` words. With `packed_keys` keys are one word
    /// below that, and the partitions together have room for all of them, which must be wanted.
    pub fn new(partition_bits: u32, word_count: usize, packed_keys: Option<u128>) -> Partitioning {
        let key_bits = packed_keys
            .map(|keys| u128::BITS - keys.saturating_sub(1).leading_zeros())
            .map(|bits| bits.max(partition_bits))
            .filter(|bits| *bits + ZONE_BITS <= u64::BITS && *bits - partition_bits < u32::BITS);
        Partitioning { partition_bits, word_count, key_bits }
    }

    /// The same with all keys hashed.
    pub fn hashed(self) -> Partitioning {
        Partitioning { key_bits: None, ..self }
    }

    /// Words of a key.
    pub fn word_count(&self) -> usize {
        self.word_count
    }

    /// The partition of keys of this hash, where they are hashed.
    #[inline(always)]
    pub(super) fn partition_of(&self, hash: u64) -> usize {
        let upper = (hash >> 8) as u32;
        if self.partition_bits == 0 { 0 } else { (upper >> (u32::BITS - self.partition_bits)) as usize }
    }

    /// Partitions.
    pub fn partition_count(&self) -> usize {
        1 << self.partition_bits
    }

    /// True when keys are places in their partition.
    pub fn is_direct(&self) -> bool {
        self.key_bits.is_some()
    }

    /// Places for the keys of one partition, where keys are places.
    pub fn place_count(&self) -> Option<usize> {
        self.key_bits.map(|bits| 1 << (bits - self.partition_bits))
    }

    /// An empty table for the groups of one partition, of which somebody else keeps one record a place: it does not
    /// number them. `None` where keys are no places.
    pub fn placed_table(&self, groups: usize) -> Option<PartitionTable> {
        self.key_bits.map(|_| PartitionTable::Placed { codes: Vec::with_capacity(groups) })
    }

    /// An empty table for the groups of one partition, with room for about this many.
    pub fn table(&self, groups: usize) -> PartitionTable {
        match self.key_bits {
            Some(bits) => PartitionTable::Direct {
                slots: vec![0; 1 << (bits - self.partition_bits)],
                codes: Vec::with_capacity(groups),
            },
            None => PartitionTable::Hashed(TaggedTable::new(self.word_count, groups)),
        }
    }

    /// Divides the rows of a zone (65,536 at most) by their keys; `positions` are the rows that the keys belong to,
    /// without it the first so many. `order` becomes the positions of the rows in their new order.
    pub fn scatter(
        &self,
        words: &[u64],
        positions: Option<&[u32]>,
        scratch: &mut ScatterScratch,
        order: &mut Vec<u32>,
    ) -> Scattered {
        let row_count = words.len() / self.word_count.max(1);
        debug_assert!(row_count <= 1 << ZONE_BITS);
        let mut starts = vec![0u32; self.partition_count() + 1];
        order.clear();
        order.resize(row_count, 0);
        if let Some(bits) = self.key_bits {
            let cursors = &mut scratch.cursors;
            let keys = match bits - self.partition_bits <= u32::BITS - ZONE_BITS {
                true => ScatteredKeys::Narrow(self.scatter_codes(
                    bits,
                    (words, positions),
                    (&mut starts, cursors),
                    order,
                    |code| code as u32,
                )),
                false => ScatteredKeys::Codes(self.scatter_codes(
                    bits,
                    (words, positions),
                    (&mut starts, cursors),
                    order,
                    |code| code,
                )),
            };
            return Scattered { starts, keys };
        }
        let mut keys = vec![0; words.len()];
        match self.word_count {
            1 => self.scatter_each::<1>(words, &mut starts, scratch, order, &mut keys),
            2 => self.scatter_each::<2>(words, &mut starts, scratch, order, &mut keys),
            3 => self.scatter_each::<3>(words, &mut starts, scratch, order, &mut keys),
            _ => self.scatter_any(words, &mut starts, scratch, order, &mut keys),
        }
        if let Some(positions) = positions {
            order.iter_mut().for_each(|row| *row = positions[*row as usize]);
        }
        let rows = order.iter().map(|row| *row as u16).collect();
        Scattered { starts, keys: ScatteredKeys::Words(keys, rows) }
    }

    /// The codes of keys that are places, in the order of their partitions; `narrow` makes one of its 64 bits.
    #[inline(always)]
    fn scatter_codes<C: Copy + Default + Into<u64>>(
        &self,
        bits: u32,
        (words, positions): (&[u64], Option<&[u32]>),
        (starts, cursors): (&mut [u32], &mut Vec<u32>),
        order: &mut [u32],
        narrow: impl Fn(u64) -> C,
    ) -> Vec<C> {
        let (mask, low, factor) = (low_mask(bits), bits - self.partition_bits, factor(bits));
        let counts = &mut starts[1..];
        for word in words {
            counts[((word.wrapping_mul(factor) & mask) >> low) as usize] += 1;
        }
        running_starts(starts, cursors);
        let mut codes = vec![C::default(); words.len()];
        let cursors = &mut cursors[..];
        for (row, word) in (0u64..).zip(words) {
            let product = word.wrapping_mul(factor) & mask;
            let cursor = &mut cursors[(product >> low) as usize];
            codes[*cursor as usize] = narrow((product & low_mask(low)) << ZONE_BITS | row);
            *cursor += 1;
        }
        if let Some(positions) = positions {
            codes.iter_mut().for_each(|code| {
                let wide: u64 = (*code).into();
                *code = narrow(wide & !ROW_MASK | u64::from(positions[(wide & ROW_MASK) as usize]));
            });
        }
        order.iter_mut().zip(&codes).for_each(|(row, code)| *row = ((*code).into() & ROW_MASK) as u32);
        codes
    }

    /// Puts hashed keys, and the rows they belong to, in the order of their partitions.
    fn scatter_each<const N: usize>(
        &self,
        words: &[u64],
        starts: &mut [u32],
        scratch: &mut ScatterScratch,
        order: &mut [u32],
        divided: &mut [u64],
    ) {
        let (partitions, cursors) = scratch.parts();
        let keys = words.as_chunks::<N>().0;
        partitions.clear();
        partitions.extend(keys.iter().map(|key| self.partition_of(hash_words(key)) as u32));
        partitions.iter().for_each(|at| starts[*at as usize + 1] += 1);
        running_starts(starts, cursors);
        let places = divided.as_chunks_mut::<N>().0;
        for ((row, key), at) in (0u32..).zip(keys).zip(partitions.iter()) {
            let cursor = &mut cursors[*at as usize];
            order[*cursor as usize] = row;
            places[*cursor as usize] = *key;
            *cursor += 1;
        }
    }

    /// The same for keys of any length.
    fn scatter_any(
        &self,
        words: &[u64],
        starts: &mut [u32],
        scratch: &mut ScatterScratch,
        order: &mut [u32],
        divided: &mut [u64],
    ) {
        let (_, cursors) = scratch.parts();
        let keys = || words.chunks_exact(self.word_count).zip(0u32..);
        keys().for_each(|(key, _)| starts[self.partition_of(hash_words(key)) + 1] += 1);
        running_starts(starts, cursors);
        for (key, row) in keys() {
            let cursor = &mut cursors[self.partition_of(hash_words(key))];
            order[*cursor as usize] = row;
            divided[*cursor as usize * self.word_count..][..self.word_count].copy_from_slice(key);
            *cursor += 1;
        }
    }

    /// Adds the keys of these groups, in the words they were divided by.
    pub fn keys(
        &self,
        table: &PartitionTable,
        partition: usize,
        groups: std::ops::Range<usize>,
        words: &mut Vec<u64>,
    ) {
        match (table, self.key_bits) {
            (PartitionTable::Direct { codes, .. } | PartitionTable::Placed { codes }, Some(bits)) => {
                let (inverse, mask) = (inverse(factor(bits)), low_mask(bits));
                let high = (partition as u64).checked_shl(bits - self.partition_bits).unwrap_or(0);
                let codes = codes[groups].iter();
                words.extend(codes.map(|code| (high | u64::from(*code)).wrapping_mul(inverse) & mask));
            }
            (PartitionTable::Hashed(table), _) => {
                let width = self.word_count;
                words.extend_from_slice(&table.keys()[groups.start * width..groups.end * width]);
            }
            (PartitionTable::Direct { .. } | PartitionTable::Placed { .. }, None) => {}
        }
    }
}

/// The odd multiplier for keys of this many bits.
pub(super) fn factor(bits: u32) -> u64 {
    GOLDEN.checked_shr(u64::BITS - bits).unwrap_or(0) | 1
}

/// The inverse of an odd number modulo 2^64, by Newton's method: each step doubles the bits that are right.
fn inverse(factor: u64) -> u64 {
    (0..6).fold(factor, |inverse, _| inverse.wrapping_mul(2u64.wrapping_sub(factor.wrapping_mul(inverse))))
}

pub(super) fn low_mask(bits: u32) -> u64 {
    u64::MAX.checked_shr(u64::BITS - bits).unwrap_or(0)
}

/// Makes counts, which stand one place further, the places where each partition begins.
pub(super) fn running_starts(starts: &mut [u32], cursors: &mut Vec<u32>) {
    let mut sum = 0;
    for start in starts.iter_mut() {
        sum += *start;
        *start = sum;
    }
    cursors.clear();
    cursors.extend_from_slice(starts);
}

impl Scattered {
    /// The rows of a partition, as places in the new order.
    pub fn range(&self, partition: usize) -> std::ops::Range<usize> {
        self.starts[partition] as usize..self.starts[partition + 1] as usize
    }

    /// The rows of a partition.
    pub fn part(&self, partition: usize) -> PartitionRows<'_> {
        let range = self.range(partition);
        match &self.keys {
            ScatteredKeys::Codes(codes) => PartitionRows { keys: &codes[range], codes: &[], rows: None },
            ScatteredKeys::Narrow(codes) => PartitionRows { keys: &[], codes: &codes[range], rows: None },
            ScatteredKeys::Words(words, rows) => {
                let width = words.len().checked_div(rows.len()).unwrap_or(1);
                let keys = &words[range.start * width..range.end * width];
                PartitionRows { keys, codes: &[], rows: Some(&rows[range]) }
            }
        }
    }

    /// Bytes owned.
    pub fn byte_len(&self) -> usize {
        let keys = match &self.keys {
            ScatteredKeys::Codes(codes) => codes.capacity() * 8,
            ScatteredKeys::Narrow(codes) => codes.capacity() * 4,
            ScatteredKeys::Words(words, rows) => words.capacity() * 8 + rows.capacity() * 2,
        };
        keys + self.starts.capacity() * 4
    }
}

/// Rows of one zone in one partition, in the order of rows.
#[derive(Debug, Clone, Copy)]
pub struct PartitionRows<'a> {
    /// Keys; without `rows` with the row in the lower 16 bits of each.
    pub keys: &'a [u64],
    /// Instead of keys that bring their rows, the same in 32 bits each.
    pub codes: &'a [u32],
    /// The numbers of the rows in their zone.
    pub rows: Option<&'a [u16]>,
}

impl<'a> PartitionRows<'a> {
    /// Rows held, of keys that do not bring their rows one number a row.
    pub fn len(&self) -> usize {
        self.rows.map_or(self.keys.len() + self.codes.len(), <[u16]>::len)
    }

    /// True without rows.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty() && self.codes.is_empty()
    }

    /// The number of a row in its zone.
    #[inline]
    pub fn row(&self, at: usize) -> u64 {
        if let Some(code) = self.codes.get(at) {
            return u64::from(*code) & ROW_MASK;
        }
        self.rows.map_or_else(|| self.keys[at] & ROW_MASK, |rows| u64::from(rows[at]))
    }

    /// Reads a value of every line, so that all of them come into the cache side by side.
    pub fn fetch(&self) {
        fetch_lines(self.keys);
        fetch_lines(self.codes);
        if let Some(rows) = self.rows {
            fetch_lines(rows);
        }
    }

    /// The first `len` rows and the others.
    pub fn split_at(self, len: usize) -> (PartitionRows<'a>, PartitionRows<'a>) {
        let width = self.keys.len().checked_div(self.len()).unwrap_or(1);
        let (keys, more_keys) = self.keys.split_at(len * width);
        let (codes, more_codes) = self.codes.split_at(if self.codes.is_empty() { 0 } else { len });
        let rows = self.rows.map(|rows| rows.split_at(len));
        let first = PartitionRows { keys, codes, rows: rows.map(|(rows, _)| rows) };
        (first, PartitionRows { keys: more_keys, codes: more_codes, rows: rows.map(|(_, rows)| rows) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashMap;

    fn check(partitioning: Partitioning, width: usize, keys: &[u64]) -> Result<(), TestCaseError> {
        let mut order = Vec::new();
        let scattered = partitioning.scatter(keys, None, &mut ScatterScratch::default(), &mut order);
        let rows: Vec<&[u64]> = keys.chunks_exact(width).collect();
        let mut seen = vec![false; rows.len()];
        let mut owner: HashMap<&[u64], usize> = HashMap::new();
        let mut groups = Vec::new();
        for partition in 0..partitioning.partition_count() {
            let range = scattered.range(partition);
            prop_assert!(order[range.clone()].is_sorted());
            let mut table = partitioning.table(range.len() / 2);
            let mut fresh = Vec::new();
            table.assign(scattered.part(partition), &mut groups, &mut fresh);
            let mut words = Vec::new();
            partitioning.keys(&table, partition, 0..table.len(), &mut words);
            let mut first = 0;
            let part = scattered.part(partition);
            prop_assert_eq!(part.len(), range.len());
            let range_start = range.start;
            for ((at, place), group) in range.enumerate().zip(&groups) {
                let row_at = place;
                let row = order[place] as usize;
                prop_assert_eq!(part.row(at) as usize, row);
                prop_assert!(!std::mem::replace(&mut seen[row], true));
                prop_assert_eq!(*owner.entry(rows[row]).or_insert(partition), partition);
                let at = *group as usize;
                prop_assert_eq!(&words[at * width..][..width], rows[row]);
                prop_assert!(at <= first);
                if at == first {
                    let place = fresh.get(first).map(|at| range_start + *at as usize);
                    prop_assert_eq!(place, Some(row_at));
                    first += 1;
                }
            }
            prop_assert_eq!((first, fresh.len()), (table.len(), table.len()));
        }
        prop_assert!(seen.iter().all(|seen| *seen));
        // Keys of other rows than the first ones: each row of the order is its position.
        let positions: Vec<u32> = (0..rows.len() as u32).map(|row| row * 3 + 1).collect();
        let mut moved = Vec::new();
        let apart = partitioning.scatter(keys, Some(&positions), &mut ScatterScratch::default(), &mut moved);
        let expected: Vec<u32> = order.iter().map(|row| row * 3 + 1).collect();
        prop_assert_eq!(&moved, &expected);
        for partition in 0..partitioning.partition_count() {
            let (first, rest) = apart.part(partition).split_at(apart.range(partition).len() / 2);
            let split =
                (0..first.len()).map(|at| first.row(at)).chain((0..rest.len()).map(|at| rest.row(at)));
            let rows: Vec<u32> = split.map(|row| row as u32).collect();
            prop_assert_eq!(&rows, &moved[apart.range(partition)]);
        }
        Ok(())
    }

    proptest! {
        #[test]
        fn rows_are_divided_by_key_and_keep_their_order(
            keys in prop::collection::vec(0u64..300, 0..200), bits in 0u32..9, range in 300u128..5000,
        ) {
            check(Partitioning::new(bits, 1, Some(range)), 1, &keys)?;
            check(Partitioning::new(bits, 1, None), 1, &keys)?;
            let even = keys.len() / 2 * 2;
            check(Partitioning::new(bits, 2, None), 2, &keys[..even])?;
            check(Partitioning::new(bits, 3, None), 3, &keys[..keys.len() / 3 * 3])?;
            check(Partitioning::new(bits, 5, None), 5, &keys[..keys.len() / 5 * 5])?;
        }
    }

    #[test]
    fn the_ends_of_every_range_come_back() {
        for bits in 1..48 {
            let last = (1u64 << bits) - 1;
            let partitioning = Partitioning::new(bits.min(17), 1, Some(1 << bits));
            if bits > 37 || bits - bits.min(17) > 20 {
                continue;
            }
            check(partitioning, 1, &[0, last, last / 2, 1.min(last), last]).unwrap();
        }
        assert!(!Partitioning::new(4, 1, Some(1 << 64)).is_direct());
    }
}
