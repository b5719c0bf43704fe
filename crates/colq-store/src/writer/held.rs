//! Bytes of values that were taken in and not yet all written, aligned for every layout.

/// The values from the start of a zone on. The memory stays from piece to piece.
#[derive(Debug, Default)]
pub(crate) struct Held {
    words: Vec<u64>,
    byte_len: usize,
}

impl Held {
    pub(crate) fn len(&self) -> usize {
        self.byte_len
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        bytemuck::cast_slice(&self.words).get(..self.byte_len).unwrap_or(&[])
    }

    pub(crate) fn bytes_mut(&mut self) -> &mut [u8] {
        bytemuck::cast_slice_mut(&mut self.words).get_mut(..self.byte_len).unwrap_or(&mut [])
    }

    pub(crate) fn push(&mut self, bytes: &[u8]) {
        let start = self.byte_len;
        let end = start + bytes.len();
        let words = end.div_ceil(8);
        if words > self.words.len() {
            // Half as much again, so that many small pushes do not copy all each time.
            self.words.resize(words + words / 2, 0);
        }
        let all: &mut [u8] = bytemuck::cast_slice_mut(&mut self.words);
        if let Some(into) = all.get_mut(start..end) {
            into.copy_from_slice(bytes);
            self.byte_len = end;
        }
    }

    /// Drops the first `byte_len` bytes and moves the rest to the front.
    pub(crate) fn drop_front(&mut self, byte_len: usize) {
        let end = self.byte_len;
        let all: &mut [u8] = bytemuck::cast_slice_mut(&mut self.words);
        all.copy_within(byte_len.min(end)..end, 0);
        self.byte_len = end.saturating_sub(byte_len);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holds_what_was_pushed_and_not_dropped() {
        let mut held = Held::default();
        for byte in 0..100u8 {
            held.push(&[byte; 3]);
        }
        held.drop_front(90);
        assert_eq!(held.len(), 210);
        assert!(held.bytes().iter().enumerate().all(|(i, b)| usize::from(*b) == 30 + i / 3));
        assert!(bytemuck::try_cast_slice::<u8, u64>(held.bytes().get(..208).unwrap()).is_ok());
    }
}
