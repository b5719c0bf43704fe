//! From a test of each value to one bit each. Everything that compares goes through here.

use crate::processor::vectorised;

/// The bits of 64 bytes that are 0 or 1.
#[inline(always)]
fn pack_bytes(flags: &[u8; 64]) -> u64 {
    let mut packed = [0u8; 8];
    for (out, eight) in packed.iter_mut().zip(flags.as_chunks::<8>().0) {
        // Byte i of the product's top byte collects bit i of the factor: the sum has no carries because every
        // byte is 0 or 1 and lands on a bit of its own.
        *out = (u64::from_le_bytes(*eight).wrapping_mul(0x0102_0408_1020_4080) >> 56) as u8;
    }
    u64::from_le_bytes(packed)
}

vectorised! {
    /// Law: bit `i` of `words` = `test(values[i])`, turned around where `flip` is all ones. `words` has a word
    /// for each 64 values begun; bits past the last value come out as zero.
    pub(crate) fn pack<T: Copy, F: Fn(T) -> bool>(values: &[T], flip: bool, words: &mut [u64], test: F) {
        let flip = if flip { u64::MAX } else { 0 };
        let (chunks, rest) = values.as_chunks::<64>();
        for (word, chunk) in words.iter_mut().zip(chunks) {
            let mut flags = [0u8; 64];
            for (flag, value) in flags.iter_mut().zip(chunk) {
                *flag = u8::from(test(*value));
            }
            *word = pack_bytes(&flags) ^ flip;
        }
        if let Some(word) = words.get_mut(chunks.len()) {
            *word = 0;
            for (i, value) in rest.iter().enumerate() {
                *word |= u64::from(test(*value)) << i;
            }
            *word ^= flip & ((1 << rest.len()) - 1);
        }
    }
}

vectorised! {
    /// The same law for a test of two values.
    pub(crate) fn pack_pairs<T: Copy, F: Fn(T, T) -> bool>(
        left: &[T],
        right: &[T],
        flip: bool,
        words: &mut [u64],
        test: F,
    ) {
        let flip = if flip { u64::MAX } else { 0 };
        let (lefts, left_rest) = left.as_chunks::<64>();
        let (rights, right_rest) = right.as_chunks::<64>();
        for (word, (left, right)) in words.iter_mut().zip(lefts.iter().zip(rights)) {
            let mut flags = [0u8; 64];
            for (flag, (left, right)) in flags.iter_mut().zip(left.iter().zip(right)) {
                *flag = u8::from(test(*left, *right));
            }
            *word = pack_bytes(&flags) ^ flip;
        }
        if let Some(word) = words.get_mut(lefts.len()) {
            *word = 0;
            for (i, (left, right)) in left_rest.iter().zip(right_rest).enumerate() {
                *word |= u64::from(test(*left, *right)) << i;
            }
            *word ^= flip & ((1 << left_rest.len()) - 1);
        }
    }
}

vectorised! {
    /// Law: byte `i` is bit `i`, 0 or 1.
    pub(crate) fn unpack(bits: &colq_column::Bitmap) -> Vec<u8> {
        let mut bytes = vec![0u8; bits.words().len() * 64];
        for (chunk, word) in bytes.as_chunks_mut::<64>().0.iter_mut().zip(bits.words()) {
            for (i, byte) in chunk.iter_mut().enumerate() {
                *byte = (word >> i & 1) as u8;
            }
        }
        bytes.truncate(bits.len());
        bytes
    }
}
