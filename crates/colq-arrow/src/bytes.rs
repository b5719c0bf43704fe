//! One memory seen from both sides: colq's shared bytes as an Arrow buffer, and an Arrow buffer as shared bytes.
//!
//! Nothing here copies. Each side keeps a claim on the owner of the other, so the memory lives as long as the last
//! of them.

use arrow_buffer::{BooleanBuffer, Buffer as ArrowBuffer, NullBuffer};
use bytes::Bytes;
use colq_column::{Bitmap, Dictionary, SharedBytes};
use std::sync::Arc;

/// Bytes that colq shares, for Arrow to keep.
struct SharedOwner(SharedBytes);

impl AsRef<[u8]> for SharedOwner {
    fn as_ref(&self) -> &[u8] {
        self.0.as_slice()
    }
}

/// The offsets of a dictionary, for Arrow to keep.
struct OffsetOwner(Arc<Dictionary>);

impl AsRef<[u8]> for OffsetOwner {
    fn as_ref(&self) -> &[u8] {
        bytemuck::cast_slice(self.0.offsets())
    }
}

/// A buffer of Arrow, for colq to keep.
struct ArrowOwner(ArrowBuffer);

impl AsRef<[u8]> for ArrowOwner {
    fn as_ref(&self) -> &[u8] {
        self.0.as_slice()
    }
}

/// The same bytes as an Arrow buffer.
pub(crate) fn arrow_buffer(bytes: &SharedBytes) -> ArrowBuffer {
    ArrowBuffer::from(Bytes::from_owner(SharedOwner(bytes.clone())))
}

/// The offsets of a dictionary as an Arrow buffer of `i64`, from 0 on: they are lengths of text in memory, so none has the
/// highest bit set. Those of texts that lie within longer text are copied.
pub(crate) fn offset_buffer(dictionary: &Arc<Dictionary>) -> ArrowBuffer {
    match dictionary.offsets().first() {
        Some(first) if *first > 0 => {
            ArrowBuffer::from_vec(dictionary.offsets().iter().map(|offset| offset - first).collect())
        }
        _ => ArrowBuffer::from(Bytes::from_owner(OffsetOwner(dictionary.clone()))),
    }
}

/// The same bytes as colq shares them.
pub(crate) fn shared_bytes(buffer: &ArrowBuffer) -> SharedBytes {
    SharedBytes::new(Arc::new(ArrowOwner(buffer.clone())))
}

/// Validity for Arrow; words of this program's own are moved, shared ones stay where they are.
pub(crate) fn null_buffer(validity: Bitmap) -> NullBuffer {
    let len = validity.len();
    let buffer = match validity.as_shared() {
        Some(bytes) => arrow_buffer(bytes),
        None => ArrowBuffer::from_vec(validity.into_words()),
    };
    NullBuffer::new(BooleanBuffer::new(buffer, 0, len))
}

/// Validity for colq, `None` without nulls. Whole words in place are shared, everything else is copied.
pub(crate) fn validity(nulls: Option<&NullBuffer>) -> Option<Bitmap> {
    let nulls = nulls.filter(|nulls| nulls.null_count() > 0)?;
    let (offset, len) = (nulls.offset(), nulls.len());
    let whole = offset.is_multiple_of(8).then(|| {
        let bytes = shared_bytes(nulls.buffer()).slice(offset / 8..offset / 8 + len / 8)?;
        Bitmap::shared(bytes, len)
    });
    Some(whole.flatten().unwrap_or_else(|| Bitmap::from_bytes(nulls.validity(), offset, len)))
}
