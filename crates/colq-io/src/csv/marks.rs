//! Where the bytes of meaning stand: delimiters, line feeds and quotes. It does not know what they mean.
//!
//! Sixty-four bytes are compared at a time in loops that the compiler turns into vector instructions; the
//! results are packed into one word, whose bits are then taken one by one. So a byte costs the same whether
//! cells are short or long, and nothing depends on the processor.

/// Bytes looked at together.
const WINDOW: usize = 64;

/// The positions of delimiters, line feeds and quotes, ascending.
#[derive(Debug)]
pub(crate) struct Marks<'a> {
    bytes: &'a [u8],
    delimiter: u8,
    /// Where the window begins whose remaining marks are in `mask`.
    window: usize,
    mask: u64,
}

impl<'a> Marks<'a> {
    /// The marks of `bytes` from `start` on.
    pub(crate) fn new(bytes: &'a [u8], delimiter: u8, start: usize) -> Marks<'a> {
        let mut marks = Marks { bytes, delimiter, window: start, mask: 0 };
        marks.mask = marks.mask_at(start);
        marks
    }

    /// The next mark's position.
    #[inline(always)]
    pub(crate) fn next(&mut self) -> Option<usize> {
        while self.mask == 0 {
            self.window += WINDOW;
            if self.window >= self.bytes.len() {
                // Stay past the end however often this is called.
                self.window = self.bytes.len();
                return None;
            }
            self.mask = self.mask_at(self.window);
        }
        let at = self.window + self.mask.trailing_zeros() as usize;
        self.mask &= self.mask - 1;
        Some(at)
    }

    #[inline(always)]
    fn mask_at(&self, start: usize) -> u64 {
        let rest = self.bytes.get(start..).unwrap_or(&[]);
        match rest.first_chunk::<WINDOW>() {
            Some(window) => mask(window, self.delimiter),
            None => {
                // Zero bytes are never marks.
                let mut window = [0; WINDOW];
                for (to, from) in window.iter_mut().zip(rest) {
                    *to = *from;
                }
                mask(&window, self.delimiter)
            }
        }
    }
}

/// One bit a byte, the first byte lowest.
#[inline(always)]
fn mask(window: &[u8; WINDOW], delimiter: u8) -> u64 {
    let mut found = [0u8; WINDOW];
    for (found, &byte) in found.iter_mut().zip(window) {
        *found = u8::from(byte == delimiter) | u8::from(byte == b'\n') | u8::from(byte == b'"');
    }
    let mut mask = 0;
    let (words, _) = found.as_chunks::<8>();
    for (i, word) in words.iter().enumerate() {
        // Each byte is 0 or 1; the product moves bit 8i to bit 56 + i without carries.
        let packed = u64::from_le_bytes(*word).wrapping_mul(0x0102_0408_1020_4080) >> 56;
        mask |= packed << (i * 8);
    }
    mask
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn finds_what_a_loop_finds(
            bytes in prop::collection::vec(prop_oneof![any::<u8>(), Just(b','), Just(b'"'), Just(b'\n')], 0..300),
            start in 0usize..80,
        ) {
            let naive: Vec<usize> = (start..bytes.len())
                .filter(|i| matches!(bytes[*i], b',' | b'"' | b'\n'))
                .collect();
            let mut marks = Marks::new(&bytes, b',', start);
            let found: Vec<usize> = std::iter::from_fn(|| marks.next()).collect();
            prop_assert_eq!(found, naive);
            prop_assert_eq!(marks.next(), None);
        }
    }
}
