//! Owned values of one layout.

use crate::{Values, dispatch};
use bytemuck::cast_slice;
use colq_types::Physical;

/// A vector of values of one layout, the owned twin of [`Values`].
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs, reason = "the variants are the layouts of `Physical`, described there")]
pub enum Buffer {
    Bool(Vec<u8>),
    I8(Vec<i8>),
    I16(Vec<i16>),
    I32(Vec<i32>),
    I64(Vec<i64>),
    U8(Vec<u8>),
    U16(Vec<u16>),
    U32(Vec<u32>),
    U64(Vec<u64>),
    F32(Vec<f32>),
    F64(Vec<f64>),
}

/// Runs one expression on the vector of any [`Buffer`]. Written out, a `match` with the same arm each.
macro_rules! each {
    ($buffer:expr, $v:ident => $body:expr) => {
        match $buffer {
            Buffer::Bool($v) => $body,
            Buffer::I8($v) => $body,
            Buffer::I16($v) => $body,
            Buffer::I32($v) => $body,
            Buffer::I64($v) => $body,
            Buffer::U8($v) => $body,
            Buffer::U16($v) => $body,
            Buffer::U32($v) => $body,
            Buffer::U64($v) => $body,
            Buffer::F32($v) => $body,
            Buffer::F64($v) => $body,
        }
    };
}

impl Buffer {
    /// An empty buffer with room for `capacity` values.
    pub fn with_capacity(physical: Physical, capacity: usize) -> Buffer {
        match physical {
            Physical::Bool => Buffer::Bool(Vec::with_capacity(capacity)),
            Physical::I8 => Buffer::I8(Vec::with_capacity(capacity)),
            Physical::I16 => Buffer::I16(Vec::with_capacity(capacity)),
            Physical::I32 => Buffer::I32(Vec::with_capacity(capacity)),
            Physical::I64 => Buffer::I64(Vec::with_capacity(capacity)),
            Physical::U8 => Buffer::U8(Vec::with_capacity(capacity)),
            Physical::U16 => Buffer::U16(Vec::with_capacity(capacity)),
            Physical::U32 => Buffer::U32(Vec::with_capacity(capacity)),
            Physical::U64 => Buffer::U64(Vec::with_capacity(capacity)),
            Physical::F32 => Buffer::F32(Vec::with_capacity(capacity)),
            Physical::F64 => Buffer::F64(Vec::with_capacity(capacity)),
        }
    }

    /// Borrows the values.
    pub fn as_values(&self) -> Values<'_> {
        match self {
            Buffer::Bool(v) => Values::Bool(v),
            Buffer::I8(v) => Values::I8(v),
            Buffer::I16(v) => Values::I16(v),
            Buffer::I32(v) => Values::I32(v),
            Buffer::I64(v) => Values::I64(v),
            Buffer::U8(v) => Values::U8(v),
            Buffer::U16(v) => Values::U16(v),
            Buffer::U32(v) => Values::U32(v),
            Buffer::U64(v) => Values::U64(v),
            Buffer::F32(v) => Values::F32(v),
            Buffer::F64(v) => Values::F64(v),
        }
    }

    /// Copies borrowed values.
    pub fn from_values(values: Values<'_>) -> Buffer {
        let mut buffer = Buffer::with_capacity(values.physical(), values.len());
        // The layouts are equal by construction.
        let _ = buffer.extend_values(values);
        buffer
    }

    /// Adds values of the same layout at the end; false, and nothing added, for another layout.
    #[must_use]
    pub fn extend_values(&mut self, values: Values<'_>) -> bool {
        if values.physical() != self.physical() {
            return false;
        }
        each!(self, v => v.extend_from_slice(cast_slice(values.as_bytes())));
        true
    }

    /// Adds `count` zeros, which is what a null slot holds.
    pub fn push_zeros(&mut self, count: usize) {
        each!(self, v => v.resize(v.len() + count, Default::default()));
    }

    /// The values at these positions, in this order. Panics when a position is past the end.
    pub fn gather(values: Values<'_>, positions: &[u32]) -> Buffer {
        fn take<T: Copy>(values: &[T], positions: &[u32]) -> Vec<T> {
            positions.iter().map(|i| values[*i as usize]).collect()
        }
        match values {
            Values::Bool(v) => Buffer::Bool(take(v, positions)),
            Values::I8(v) => Buffer::I8(take(v, positions)),
            Values::I16(v) => Buffer::I16(take(v, positions)),
            Values::I32(v) => Buffer::I32(take(v, positions)),
            Values::I64(v) => Buffer::I64(take(v, positions)),
            Values::U8(v) => Buffer::U8(take(v, positions)),
            Values::U16(v) => Buffer::U16(take(v, positions)),
            Values::U32(v) => Buffer::U32(take(v, positions)),
            Values::U64(v) => Buffer::U64(take(v, positions)),
            Values::F32(v) => Buffer::F32(take(v, positions)),
            Values::F64(v) => Buffer::F64(take(v, positions)),
        }
    }

    /// The layout.
    pub fn physical(&self) -> Physical {
        self.as_values().physical()
    }

    /// Values held.
    pub fn len(&self) -> usize {
        self.as_values().len()
    }

    /// True without values.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Drops all values and keeps the room.
    pub fn clear(&mut self) {
        each!(self, v => v.clear());
    }

    /// Bytes of the values held.
    pub fn byte_len(&self) -> usize {
        dispatch!(self.as_values(), bool b => b.len(), native v => size_of_val(v))
    }
}

macro_rules! from_vec {
    ($($type:ty => $variant:ident),*) => {$(
        impl From<Vec<$type>> for Buffer {
            fn from(values: Vec<$type>) -> Buffer {
                Buffer::$variant(values)
            }
        }
    )*};
}
from_vec!(i8 => I8, i16 => I16, i32 => I32, i64 => I64, u8 => U8, u16 => U16, u32 => U32, u64 => U64, f32 => F32, f64 => F64);
