//! The checksums of the format, all of them XXH3-64. They find damage; they do not stop an attacker.

use std::fmt;
use xxhash_rust::xxh3::{Xxh3, xxh3_64, xxh3_64_with_seed};

/// Bytes in a block of a file that has no zones (the dictionary's two files).
pub const BLOCK_LEN: usize = 1 << 20;

/// Bytes of a zone's values that are hashed in one go; wider zones (of vectors) are hashed in blocks of it.
pub const VALUE_BLOCK_LEN: usize = 4 << 20;

/// XXH3-64 with seed 0.
pub fn hash(bytes: &[u8]) -> u64 {
    xxh3_64(bytes)
}

/// XXH3-64 with a seed, as the hashes of zones use it.
pub fn hash_seeded(bytes: &[u8], seed: u64) -> u64 {
    xxh3_64_with_seed(bytes, seed)
}

/// XXH3-64 with a seed, over bytes that come in pieces.
#[derive(Clone)]
pub struct Hasher(Xxh3);

impl Hasher {
    /// Nothing hashed yet.
    pub fn with_seed(seed: u64) -> Hasher {
        Hasher(Xxh3::with_seed(seed))
    }

    /// Goes on by these bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The hash of all bytes so far.
    pub fn finish(&self) -> u64 {
        self.0.digest()
    }
}

impl fmt::Debug for Hasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hasher({:016x})", self.finish())
    }
}

/// The hash of a zone of vectors, whose bytes come in pieces: up to [`VALUE_BLOCK_LEN`] bytes as any zone's,
/// more in blocks, the hash of which are hashed.
#[derive(Debug, Clone)]
pub struct BlockHasher {
    seed: u64,
    /// Hashes of the full blocks.
    full: Vec<u64>,
    block: Hasher,
    block_len: usize,
}

impl BlockHasher {
    /// Nothing hashed yet, of the zone with this seed ([`values_seed`]).
    pub fn with_seed(seed: u64) -> BlockHasher {
        BlockHasher { seed, full: Vec::new(), block: Hasher::with_seed(seed), block_len: 0 }
    }

    /// Goes on behind blocks whose hashes are known ([`BlockHasher::blocks`]); the block after them comes next.
    pub fn after_blocks(seed: u64, blocks: Vec<u64>) -> BlockHasher {
        let block = Hasher::with_seed(seed.wrapping_add(blocks.len() as u64));
        BlockHasher { seed, full: blocks, block, block_len: 0 }
    }

    /// The hashes of all blocks so far but the last.
    pub fn blocks(&self) -> &[u64] {
        &self.full
    }

    /// Goes on by these bytes.
    pub fn update(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            if self.block_len == VALUE_BLOCK_LEN {
                self.full.push(self.block.finish());
                self.block = Hasher::with_seed(self.seed.wrapping_add(self.full.len() as u64));
                self.block_len = 0;
            }
            let (now, later) = bytes.split_at(bytes.len().min(VALUE_BLOCK_LEN - self.block_len));
            self.block.update(now);
            self.block_len += now.len();
            bytes = later;
        }
    }

    /// The hash of all bytes so far.
    pub fn finish(&self) -> u64 {
        match self.full.as_slice() {
            [] => self.block.finish(),
            full => hash_numbers(full.iter().copied().chain([self.block.finish()])),
        }
    }
}

/// The hash of a zone of free text: of the hash of its offsets and the hash of its text, all three with the
/// zone's seed.
pub fn text_hash(offsets: &Hasher, text: &Hasher, seed: u64) -> u64 {
    let mut bytes = [0; 16];
    let (first, second) = bytes.split_at_mut(8);
    first.copy_from_slice(&offsets.finish().to_le_bytes());
    second.copy_from_slice(&text.finish().to_le_bytes());
    xxh3_64_with_seed(&bytes, seed)
}

/// The seed for the bytes of one zone of one column: the hash of the column's permanent id and the zone's
/// number, 8 little-endian bytes each. Equal bytes in two places have different hashes, so that swapped
/// zones are found.
pub fn values_seed(column_id: u64, zone: u64) -> u64 {
    let mut bytes = [0; 16];
    let (id, number) = bytes.split_at_mut(8);
    id.copy_from_slice(&column_id.to_le_bytes());
    number.copy_from_slice(&zone.to_le_bytes());
    xxh3_64(&bytes)
}

/// One hash for each block of [`BLOCK_LEN`] bytes, the last one shorter; none for no bytes. The seed of each
/// is its number, so that swapped blocks are found.
pub fn block_hashes(bytes: &[u8]) -> impl Iterator<Item = u64> + '_ {
    block_hashes_from(0, bytes)
}

/// The hashes of `bytes`, which start with block number `first_block`.
pub fn block_hashes_from(first_block: u64, bytes: &[u8]) -> impl Iterator<Item = u64> + '_ {
    bytes.chunks(BLOCK_LEN).zip(first_block..).map(|(block, number)| xxh3_64_with_seed(block, number))
}

/// The running hash over all zone records of a column: it can be continued from its last value alone, so an
/// append costs what it appends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Chain(pub u64);

impl Chain {
    /// Goes on by one record: the hash of the chain so far (8 little-endian bytes) and the record.
    pub fn push(&mut self, record: &[u8]) {
        let mut bytes = [0u8; 8 + crate::RECORD_LEN];
        let (so_far, rest) = bytes.split_at_mut(8);
        so_far.copy_from_slice(&self.0.to_le_bytes());
        let len = record.len().min(rest.len());
        if let (Some(to), Some(from)) = (rest.get_mut(..len), record.get(..len)) {
            to.copy_from_slice(from);
        }
        self.0 = xxh3_64(&bytes);
    }
}

/// The hash of numbers, 8 little-endian bytes each.
pub(crate) fn hash_numbers(numbers: impl IntoIterator<Item = u64>) -> u64 {
    let bytes: Vec<u8> = numbers.into_iter().flat_map(u64::to_le_bytes).collect();
    xxh3_64(&bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_part_of_a_hash() {
        let bytes = vec![7; 3 * BLOCK_LEN / 2];
        let hashes: Vec<u64> = block_hashes(&[bytes.clone(), bytes].concat()).collect();
        assert_eq!(hashes.len(), 3);
        assert_ne!(hashes[0], hashes[1]);
        assert_ne!(values_seed(1, 2), values_seed(2, 1));
        assert_eq!(block_hashes(&[]).count(), 0);
    }

    #[test]
    fn pieces_hash_as_the_whole_does() {
        let bytes: Vec<u8> = (0..2 * VALUE_BLOCK_LEN + 77).map(|i| ((i * 31) >> 3) as u8).collect();
        for len in [0, 1, VALUE_BLOCK_LEN, VALUE_BLOCK_LEN + 1, bytes.len()] {
            let whole = &bytes[..len];
            let blocks: Vec<u64> = whole
                .chunks(VALUE_BLOCK_LEN)
                .zip(5..)
                .map(|(block, seed)| xxh3_64_with_seed(block, seed))
                .collect();
            let expected = match blocks.as_slice() {
                [] => xxh3_64_with_seed(&[], 5),
                [one] => *one,
                more => hash_numbers(more.iter().copied()),
            };
            for piece in [1 << 20, 999_983] {
                let mut hasher = BlockHasher::with_seed(5);
                whole.chunks(piece).for_each(|piece| hasher.update(piece));
                assert_eq!(hasher.finish(), expected, "{len} by {piece}");
                let mut last = BlockHasher::after_blocks(5, hasher.blocks().to_vec());
                last.update(&whole[hasher.blocks().len() * VALUE_BLOCK_LEN..]);
                assert_eq!(last.finish(), expected, "the last block of {len}");
            }
        }
        let mut hasher = Hasher::with_seed(9);
        bytes.chunks(1000).for_each(|piece| hasher.update(piece));
        assert_eq!(hasher.finish(), hash_seeded(&bytes, 9));
    }

    #[test]
    fn a_chain_depends_on_the_order() {
        let (a, b) = ([1; 64], [2; 64]);
        let run = |records: [&[u8; 64]; 2]| {
            let mut chain = Chain::default();
            records.iter().for_each(|r| chain.push(*r));
            chain
        };
        assert_ne!(run([&a, &b]), run([&b, &a]));
    }
}
