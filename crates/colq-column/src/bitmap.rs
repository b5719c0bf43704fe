//! A run of bits, one a row: validity (1 is a value, 0 is NULL), selections, truth.
//!
//! Bit `i` is bit `i % 64` of word `i / 64`, which in little-endian bytes is Arrow's order (LSB first).
//! **Invariant: bits past the length are zero**, so that counting and combining go by whole words.

use crate::SharedBytes;

/// A growable run of bits.
#[derive(Debug, Clone, Default)]
pub struct Bitmap {
    words: Words,
    len: usize,
}

/// Where the words lie.
#[derive(Debug, Clone, Default)]
struct Words {
    own: Vec<u64>,
    /// Whole words in bytes that somebody keeps alive, instead of `own`; writing makes a copy first.
    shared: Option<SharedBytes>,
}

impl Words {
    #[inline(always)]
    fn as_slice(&self) -> &[u64] {
        match &self.shared {
            None => &self.own,
            // They fitted when they were taken.
            Some(bytes) => bytemuck::try_cast_slice(bytes.as_slice()).unwrap_or(&[]),
        }
    }

    #[inline(always)]
    fn own(&mut self) -> &mut Vec<u64> {
        if self.shared.is_some() {
            self.own = self.as_slice().to_vec();
            self.shared = None;
        }
        &mut self.own
    }
}

impl From<Vec<u64>> for Words {
    fn from(own: Vec<u64>) -> Words {
        Words { own, shared: None }
    }
}

impl PartialEq for Bitmap {
    fn eq(&self, other: &Bitmap) -> bool {
        self.len == other.len && self.words() == other.words()
    }
}

impl Eq for Bitmap {}

impl Bitmap {
    /// `len` zero bits.
    pub fn zeros(len: usize) -> Bitmap {
        Bitmap { words: vec![0; len.div_ceil(64)].into(), len }
    }

    /// `len` one bits.
    pub fn ones(len: usize) -> Bitmap {
        let mut bitmap = Bitmap { words: vec![u64::MAX; len.div_ceil(64)].into(), len };
        bitmap.clear_past_end();
        bitmap
    }

    /// The bits of `words`; those past `len` are dropped, missing words are zero.
    pub fn from_words(mut words: Vec<u64>, len: usize) -> Bitmap {
        words.resize(len.div_ceil(64), 0);
        let mut bitmap = Bitmap { words: words.into(), len };
        bitmap.clear_past_end();
        bitmap
    }

    /// `len` bits in bytes that somebody keeps alive, without a copy: whole words, aligned to 8, of which `len` is a
    /// multiple of 64. `None` where they are not so.
    pub fn shared(bytes: SharedBytes, len: usize) -> Option<Bitmap> {
        let words: &[u64] = bytemuck::try_cast_slice(bytes.as_slice()).ok()?;
        let fits = len.is_multiple_of(64) && words.len() == len / 64;
        fits.then_some(Bitmap { words: Words { own: Vec::new(), shared: Some(bytes) }, len })
    }

    /// The bytes that somebody else keeps alive, where the bits lie in such.
    pub fn as_shared(&self) -> Option<&SharedBytes> {
        self.words.shared.as_ref()
    }

    /// The words, taken; those of shared bytes are copied.
    pub fn into_words(mut self) -> Vec<u64> {
        std::mem::take(self.words.own())
    }

    /// `len` bits of `bytes` (LSB first), from bit `offset` on. Bits that `bytes` does not hold are zero.
    pub fn from_bytes(bytes: &[u8], offset: usize, len: usize) -> Bitmap {
        let mut bitmap = Bitmap::default();
        bitmap.assign_bytes(bytes, offset, len);
        bitmap
    }

    /// Makes this the bitmap [`Bitmap::from_bytes`] gives, without allocating again.
    pub fn assign_bytes(&mut self, bytes: &[u8], offset: usize, len: usize) {
        self.words.own().clear();
        self.len = len;
        let (skip, shift) = (offset / 8, offset % 8);
        let bytes = bytes.get(skip..).unwrap_or(&[]);
        let byte_at = |i: usize| bytes.get(i).copied().unwrap_or(0);
        for word in 0..len.div_ceil(64) {
            let at = word * 8;
            let low = match bytes.get(at..at + 8).and_then(|b| b.try_into().ok()) {
                Some(eight) => u64::from_le_bytes(eight),
                None => u64::from_le_bytes(std::array::from_fn(|i| byte_at(at + i))),
            };
            let value =
                if shift == 0 { low } else { low >> shift | u64::from(byte_at(at + 8)) << (64 - shift) };
            self.words.own().push(value);
        }
        self.clear_past_end();
    }

    /// Makes every bit `value`, at this length.
    pub fn assign(&mut self, len: usize, value: bool) {
        self.words.own().clear();
        self.words.own().resize(len.div_ceil(64), if value { u64::MAX } else { 0 });
        self.len = len;
        self.clear_past_end();
    }

    /// Bits held.
    pub fn len(&self) -> usize {
        self.len
    }

    /// True without bits.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The bits as words; those past the length are zero.
    pub fn words(&self) -> &[u64] {
        self.words.as_slice()
    }

    /// The words, for writing. Whoever sets bits past the length calls [`Bitmap::clear_past_end`] after.
    pub fn words_mut(&mut self) -> &mut [u64] {
        self.words.own()
    }

    /// Restores the invariant after writing whole words.
    pub fn clear_past_end(&mut self) {
        let used = self.len % 64;
        if used != 0
            && let Some(last) = self.words.own().last_mut()
        {
            *last &= u64::MAX >> (64 - used);
        }
    }

    /// The bit at `index`; false past the end.
    pub fn get(&self, index: usize) -> bool {
        index < self.len && self.words()[index / 64] >> (index % 64) & 1 == 1
    }

    /// Sets the bit at `index`, which must be below the length.
    pub fn set(&mut self, index: usize, value: bool) {
        let bit = 1 << (index % 64);
        if value {
            self.words.own()[index / 64] |= bit;
        } else {
            self.words.own()[index / 64] &= !bit;
        }
    }

    /// Adds a bit at the end.
    pub fn push(&mut self, value: bool) {
        if self.len.is_multiple_of(64) {
            self.words.own().push(0);
        }
        self.len += 1;
        self.set(self.len - 1, value);
    }

    /// Adds `count` equal bits at the end.
    pub fn push_many(&mut self, value: bool, count: usize) {
        let start = self.len;
        self.len += count;
        self.words.own().resize(self.len.div_ceil(64), 0);
        if value {
            let (first, offset) = (start / 64, start % 64);
            for (i, word) in self.words.own().iter_mut().enumerate().skip(first) {
                *word |= if i == first { u64::MAX << offset } else { u64::MAX };
            }
            self.clear_past_end();
        }
    }

    /// Adds all bits of `other` at the end.
    pub fn extend(&mut self, other: &Bitmap) {
        let shift = self.len % 64;
        if shift == 0 {
            self.words.own().extend_from_slice(other.words());
        } else {
            for word in other.words() {
                if let Some(last) = self.words.own().last_mut() {
                    *last |= word << shift;
                }
                self.words.own().push(word >> (64 - shift));
            }
        }
        self.len += other.len;
        self.words.own().truncate(self.len.div_ceil(64));
    }

    /// `len` bits from `offset` on, as a bitmap of its own.
    pub fn slice(&self, offset: usize, len: usize) -> Bitmap {
        let (skip, shift) = (offset / 64, offset % 64);
        let word_at = |i: usize| self.words().get(i).copied().unwrap_or(0);
        let words =
            (skip..skip + len.div_ceil(64))
                .map(|i| {
                    if shift == 0 { word_at(i) } else { word_at(i) >> shift | word_at(i + 1) << (64 - shift) }
                })
                .collect();
        Bitmap::from_words(words, len)
    }

    /// How many bits are one.
    pub fn count_ones(&self) -> usize {
        self.words().iter().map(|w| w.count_ones() as usize).sum()
    }

    /// True when every bit is one.
    pub fn all(&self) -> bool {
        self.count_ones() == self.len
    }

    /// Keeps the bits that `other` has too. Lengths must be equal.
    pub fn and_assign(&mut self, other: &Bitmap) {
        debug_assert_eq!(self.len, other.len);
        for (word, with) in self.words.own().iter_mut().zip(other.words()) {
            *word &= with;
        }
    }

    /// Adds the bits of `other`. Lengths must be equal.
    pub fn or_assign(&mut self, other: &Bitmap) {
        debug_assert_eq!(self.len, other.len);
        for (word, with) in self.words.own().iter_mut().zip(other.words()) {
            *word |= with;
        }
    }

    /// Drops the bits that `other` has. Lengths must be equal.
    pub fn and_not_assign(&mut self, other: &Bitmap) {
        debug_assert_eq!(self.len, other.len);
        for (word, without) in self.words.own().iter_mut().zip(other.words()) {
            *word &= !without;
        }
    }

    /// Turns every bit around.
    pub fn not_assign(&mut self) {
        for word in self.words.own() {
            *word = !*word;
        }
        self.clear_past_end();
    }

    /// The positions of the one bits, ascending.
    pub fn ones_iter(&self) -> impl Iterator<Item = usize> + '_ {
        self.words().iter().enumerate().flat_map(|(i, &word)| {
            let mut rest = word;
            std::iter::from_fn(move || {
                (rest != 0).then(|| {
                    let bit = rest.trailing_zeros() as usize;
                    rest &= rest - 1;
                    i * 64 + bit
                })
            })
        })
    }

    /// The bits as bytes, LSB first, `len / 8` rounded up.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes: Vec<u8> = self.words().iter().flat_map(|w| w.to_le_bytes()).collect();
        bytes.truncate(self.len.div_ceil(8));
        bytes
    }
}

impl FromIterator<bool> for Bitmap {
    fn from_iter<I: IntoIterator<Item = bool>>(bits: I) -> Bitmap {
        let mut bitmap = Bitmap::default();
        for bit in bits {
            bitmap.push(bit);
        }
        bitmap
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn behaves_as_a_vec_of_bool(a in prop::collection::vec(any::<bool>(), 0..200),
                                    b in prop::collection::vec(any::<bool>(), 0..200),
                                    cut in 0usize..200, extra in 0usize..130) {
            let mut bitmap: Bitmap = a.iter().copied().collect();
            let other: Bitmap = b.iter().copied().collect();
            prop_assert_eq!(bitmap.count_ones(), a.iter().filter(|x| **x).count());
            prop_assert_eq!(Bitmap::from_bytes(&bitmap.to_bytes(), 0, a.len()), bitmap.clone());
            bitmap.extend(&other);
            bitmap.push_many(true, extra);
            bitmap.push_many(false, 3);
            let mut naive = [a, b].concat();
            naive.extend(vec![true; extra]);
            naive.extend([false; 3]);
            prop_assert_eq!(bitmap.len(), naive.len());
            prop_assert_eq!(&bitmap, &naive.iter().copied().collect::<Bitmap>());
            let cut = cut.min(naive.len());
            let tail: Bitmap = naive[cut..].iter().copied().collect();
            prop_assert_eq!(bitmap.slice(cut, naive.len() - cut), tail.clone());
            prop_assert_eq!(Bitmap::from_bytes(&bitmap.to_bytes(), cut, naive.len() - cut), tail);
            let ones: Vec<usize> = (0..naive.len()).filter(|i| naive[*i]).collect();
            prop_assert_eq!(bitmap.ones_iter().collect::<Vec<_>>(), ones);
            bitmap.not_assign();
            prop_assert_eq!(bitmap.count_ones(), naive.iter().filter(|x| !**x).count());
        }
    }

    #[test]
    fn shared_bits_are_copied_when_they_are_written_to() {
        let bytes = SharedBytes::new(std::sync::Arc::new(Two([0b101, u64::MAX])));
        let place = bytes.as_slice().as_ptr();
        let mut bitmap = Bitmap::shared(bytes.clone(), 128).unwrap();
        assert_eq!(bitmap.words().as_ptr().cast(), place);
        assert_eq!(bitmap.count_ones(), 66);
        let same = bitmap.clone();
        bitmap.set(1, true);
        assert_eq!((bitmap.count_ones(), same.count_ones()), (67, 66));
        assert_eq!((bitmap.as_shared().is_none(), same.as_shared().is_some()), (true, true));
        assert!(Bitmap::shared(bytes.clone(), 100).is_none());
        assert!(Bitmap::shared(bytes, 64).is_none());
    }

    struct Two([u64; 2]);

    impl AsRef<[u8]> for Two {
        fn as_ref(&self) -> &[u8] {
            bytemuck::cast_slice(&self.0)
        }
    }
}
