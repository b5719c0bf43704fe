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

/// Values tested before their flags are packed. The two loops stay apart, and long enough not to be unrolled
/// away, because that is the form which the compiler vectorises; the flags stay in the first-level cache.
const FLAGS: usize = 4096;

/// Packs the flags of up to [`FLAGS`] values, of which `len` count.
#[inline(always)]
fn pack_flags(flags: &mut [u8; FLAGS], len: usize, flip: bool, words: &mut [u64]) {
    flags[len..].fill(0);
    let turned = if flip { u64::MAX } else { 0 };
    for (word, flags) in words.iter_mut().zip(flags.as_chunks::<64>().0) {
        *word = pack_bytes(flags) ^ turned;
    }
    if flip
        && !len.is_multiple_of(64)
        && let Some(last) = words.get_mut(len / 64)
    {
        *last &= (1 << (len % 64)) - 1;
    }
}

vectorised! {
    /// Law: bit `i` of `words` = `test(values[i])`, turned around where `flip` says so. `words` has a word for each
    /// 64 values begun; bits past the last value come out as zero.
    pub(crate) fn pack<T: Copy, F: Fn(T) -> bool>(values: &[T], flip: bool, words: &mut [u64], test: F) {
        let mut flags = [0u8; FLAGS];
        for (words, values) in words.chunks_mut(FLAGS / 64).zip(values.chunks(FLAGS)) {
            for (flag, value) in flags.iter_mut().zip(values) {
                *flag = u8::from(test(*value));
            }
            pack_flags(&mut flags, values.len(), flip, words);
        }
    }
}

vectorised! {
    /// The same law for a test of two values; the slices have one length.
    pub(crate) fn pack_pairs<T: Copy, F: Fn(T, T) -> bool>(
        left: &[T],
        right: &[T],
        flip: bool,
        words: &mut [u64],
        test: F,
    ) {
        let mut flags = [0u8; FLAGS];
        let pairs = left.chunks(FLAGS).zip(right.chunks(FLAGS));
        for (words, (left, right)) in words.chunks_mut(FLAGS / 64).zip(pairs) {
            for (flag, (left, right)) in flags.iter_mut().zip(left.iter().zip(right)) {
                *flag = u8::from(test(*left, *right));
            }
            pack_flags(&mut flags, left.len(), flip, words);
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
