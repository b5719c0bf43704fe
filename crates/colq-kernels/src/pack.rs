//! From a test of each value to one bit each. Everything that compares goes through here.

use crate::processor::vectorised;

/// Values tested before their flags are packed. The loops stay apart, each over one run of memory, because that is
/// the form which the compiler vectorises on every target; the flags stay in the first-level cache.
const FLAGS: usize = 4096;

/// Packs the flags of up to [`FLAGS`] values, each 0 or 1, of which `len` count.
#[inline(always)]
fn pack_flags(flags: &mut [u8; FLAGS], len: usize, flip: bool, words: &mut [u64]) {
    flags[len..].fill(0);
    let mut packed = [0u8; FLAGS / 8];
    for (byte, eight) in packed.iter_mut().zip(flags.as_chunks::<8>().0) {
        // The product's top byte collects flag i into bit i. There are no carries, for every flag is 0 or 1 and
        // lands on a bit of its own.
        *byte = (u64::from_le_bytes(*eight).wrapping_mul(0x0102_0408_1020_4080) >> 56) as u8;
    }
    let turned = if flip { u64::MAX } else { 0 };
    for (word, bytes) in words.iter_mut().zip(packed.as_chunks::<8>().0) {
        *word = u64::from_le_bytes(*bytes) ^ turned;
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
