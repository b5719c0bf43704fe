//! Bytes that somebody keeps alive: a map, a vector, an Arrow buffer.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

/// A range of bytes together with a claim on whoever owns them. Cheap to clone.
#[derive(Clone)]
pub struct SharedBytes {
    owner: Arc<dyn AsRef<[u8]> + Send + Sync>,
    range: Range<usize>,
}

impl SharedBytes {
    /// All bytes of `owner`.
    pub fn new(owner: Arc<dyn AsRef<[u8]> + Send + Sync>) -> SharedBytes {
        let range = 0..(*owner).as_ref().len();
        SharedBytes { owner, range }
    }

    /// A part of these bytes, or `None` where the range leaves them.
    pub fn slice(&self, range: Range<usize>) -> Option<SharedBytes> {
        let start = self.range.start.checked_add(range.start)?;
        let end = self.range.start.checked_add(range.end)?;
        (start <= end && end <= self.range.end)
            .then(|| SharedBytes { owner: self.owner.clone(), range: start..end })
    }

    /// The bytes.
    pub fn as_slice(&self) -> &[u8] {
        // A map that was cut off keeps its length in memory, so the range always fits; an empty slice is
        // what an owner that breaks its word gets.
        (*self.owner).as_ref().get(self.range.clone()).unwrap_or(&[])
    }
}

impl From<Vec<u8>> for SharedBytes {
    fn from(bytes: Vec<u8>) -> SharedBytes {
        SharedBytes::new(Arc::new(bytes))
    }
}

impl fmt::Debug for SharedBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SharedBytes({} bytes)", self.range.len())
    }
}
