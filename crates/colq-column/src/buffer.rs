//! Values of one layout with an owner: this program's own memory, or whoever else keeps the bytes alive.

use crate::{Bitmap, SharedBytes, Values, Vectors, dispatch};
use bytemuck::cast_slice;
use colq_types::{DataType, Physical, bf16, f16};

/// Values of one layout, the owned twin of [`Values`].
#[derive(Debug, Clone)]
#[allow(
    missing_docs,
    reason = "the variants but the last two are the layouts of `Physical`, described there"
)]
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
    F16(Vec<f16>),
    Bf16(Vec<bf16>),
    F32(Vec<f32>),
    F64(Vec<f64>),
    I128(Vec<i128>),
    /// Vectors: the numbers of all rows, one row after the other.
    Vector(Box<VectorBuffer>),
    /// Bytes that somebody keeps alive (a map, an Arrow buffer); writing to it makes a copy first.
    Shared(SharedValues),
}

/// The numbers of vectors, row after row.
#[derive(Debug, Clone)]
pub struct VectorBuffer {
    /// Whole rows of a number layout; no vectors themselves.
    numbers: Buffer,
    row_len: usize,
}

impl VectorBuffer {
    /// Rows of `row_len` numbers; `None` where the numbers make no whole rows or are no numbers.
    pub fn new(row_len: usize, numbers: Buffer) -> Option<VectorBuffer> {
        let is_number = !matches!(numbers, Buffer::Vector(_) | Buffer::Bool(_) | Buffer::I128(_));
        let fits = row_len > 0 && numbers.len().is_multiple_of(row_len);
        (is_number && fits).then_some(VectorBuffer { numbers, row_len })
    }

    /// The numbers of all rows.
    pub fn numbers(&self) -> &Buffer {
        &self.numbers
    }

    /// The numbers of all rows, taken.
    pub fn into_numbers(self) -> Buffer {
        self.numbers
    }

    /// Numbers in a row.
    pub fn row_len(&self) -> usize {
        self.row_len
    }
}

/// Values in bytes that somebody keeps alive. The bytes were seen to fit the layout.
#[derive(Debug, Clone)]
pub struct SharedValues {
    bytes: SharedBytes,
    physical: Physical,
    /// Numbers in a row of vectors, 0 for plain values.
    row_len: usize,
}

impl SharedValues {
    /// Rows of a type over shared bytes, codes of this width for text; `None` where length or alignment do not fit.
    pub fn new(data_type: DataType, codes: Physical, bytes: SharedBytes) -> Option<SharedValues> {
        let values = Values::of_type(data_type, codes, bytes.as_slice())?;
        let row_len = if data_type.is_vector() { values.row_len() } else { 0 };
        let physical = values.physical();
        Some(SharedValues { bytes, physical, row_len })
    }

    /// The bytes, with the claim on their owner.
    pub fn bytes(&self) -> &SharedBytes {
        &self.bytes
    }

    fn as_values(&self) -> Values<'_> {
        let bytes = self.bytes.as_slice();
        let values = match self.row_len {
            0 => Values::from_bytes(self.physical, bytes),
            row_len => Vectors::new(self.physical, row_len, bytes).map(Values::Vector),
        };
        // They fitted when they were taken, and an owner that breaks its word has no values.
        values.unwrap_or(Values::U8(&[]))
    }
}

/// Runs one expression on the vector of any owned [`Buffer`]. Written out, a `match` with the same arm each.
macro_rules! each {
    ($buffer:expr, $v:ident => $body:expr, vectors $n:ident => $on_vectors:expr, shared => $on_shared:expr) => {
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
            Buffer::F16($v) => $body,
            Buffer::Bf16($v) => $body,
            Buffer::F32($v) => $body,
            Buffer::F64($v) => $body,
            Buffer::I128($v) => $body,
            Buffer::Vector($n) => $on_vectors,
            Buffer::Shared(_) => $on_shared,
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
            Physical::F16 => Buffer::F16(Vec::with_capacity(capacity)),
            Physical::Bf16 => Buffer::Bf16(Vec::with_capacity(capacity)),
            Physical::F32 => Buffer::F32(Vec::with_capacity(capacity)),
            Physical::F64 => Buffer::F64(Vec::with_capacity(capacity)),
            Physical::I128 => Buffer::I128(Vec::with_capacity(capacity)),
        }
    }

    /// An empty buffer for rows of a type, of `u32` codes for text.
    pub fn of_type(data_type: DataType, capacity: usize) -> Buffer {
        match data_type {
            DataType::Vector { element, len } => {
                // Whoever reads a file asks for rows that it says it has, so room is made as they come.
                let numbers = Buffer::with_capacity(element, 0);
                Buffer::Vector(Box::new(VectorBuffer { numbers, row_len: len.max(1) as usize }))
            }
            other => Buffer::with_capacity(other.physical().unwrap_or(Physical::U32), capacity),
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
            Buffer::F16(v) => Values::F16(v),
            Buffer::Bf16(v) => Values::Bf16(v),
            Buffer::F32(v) => Values::F32(v),
            Buffer::F64(v) => Values::F64(v),
            Buffer::I128(v) => Values::I128(v),
            Buffer::Vector(v) => {
                let numbers = v.numbers.as_values();
                // Whole rows of numbers are all that a vector buffer ever takes.
                Vectors::new(numbers.physical(), v.row_len, numbers.as_bytes())
                    .map_or(Values::U8(&[]), Values::Vector)
            }
            Buffer::Shared(shared) => shared.as_values(),
        }
    }

    /// Copies borrowed values.
    pub fn from_values(values: Values<'_>) -> Buffer {
        let mut buffer = match values {
            Values::Vector(v) => {
                let numbers = Buffer::with_capacity(v.element(), v.len() * v.row_len());
                Buffer::Vector(Box::new(VectorBuffer { numbers, row_len: v.row_len() }))
            }
            plain => Buffer::with_capacity(plain.physical(), plain.len()),
        };
        // The layouts are equal by construction.
        let _ = buffer.extend_values(values);
        buffer
    }

    /// The values in this program's own memory, copied where they are shared.
    #[must_use]
    pub fn into_owned(self) -> Buffer {
        match self {
            Buffer::Shared(shared) => Buffer::from_values(shared.as_values()),
            own => own,
        }
    }

    /// Makes the values this program's own.
    fn own(&mut self) {
        if let Buffer::Shared(shared) = self {
            *self = Buffer::from_values(shared.as_values());
        }
    }

    /// Adds rows of the same layout at the end; false, and nothing added, for another layout.
    #[must_use]
    pub fn extend_values(&mut self, values: Values<'_>) -> bool {
        let is_vector = matches!(values, Values::Vector(_));
        let same_kind = is_vector == matches!(self.as_values(), Values::Vector(_));
        if !same_kind || values.physical() != self.physical() || values.row_len() != self.row_len() {
            return false;
        }
        self.own();
        each!(
            self,
            v => v.extend_from_slice(cast_slice(values.as_bytes())),
            vectors n => return match values {
                Values::Vector(v) => n.numbers.extend_values(v.numbers()),
                _ => false,
            },
            shared => return false
        );
        true
    }

    /// Writes rows of the same layout, each to its place; false, and nothing written, for another layout and for vectors.
    /// Panics when a place is past the end.
    #[must_use]
    pub fn put_values(&mut self, values: Values<'_>, places: &[u32]) -> bool {
        if matches!(values, Values::Vector(_)) || values.physical() != self.physical() {
            return false;
        }
        self.own();
        each!(
            self,
            v => places.iter().zip(cast_slice(values.as_bytes())).for_each(|(at, value)| v[*at as usize] = *value),
            vectors _n => return false,
            shared => return false
        );
        true
    }

    /// Adds `count` rows of zeros, which is what a null slot holds.
    pub fn push_zeros(&mut self, count: usize) {
        self.own();
        each!(
            self,
            v => v.resize(v.len() + count, Default::default()),
            vectors n => n.numbers.push_zeros(count * n.row_len),
            shared => {}
        );
    }

    /// The rows at these positions, in this order. Panics when a position is past the end.
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
            Values::F16(v) => Buffer::F16(take(v, positions)),
            Values::Bf16(v) => Buffer::Bf16(take(v, positions)),
            Values::F32(v) => Buffer::F32(take(v, positions)),
            Values::F64(v) => Buffer::F64(take(v, positions)),
            Values::I128(v) => Buffer::I128(take(v, positions)),
            Values::Vector(v) => {
                let mut numbers = Buffer::with_capacity(v.element(), positions.len() * v.row_len());
                for position in positions {
                    // A row has the layout of its vectors.
                    let _ = numbers.extend_values(v.row(*position as usize));
                }
                Buffer::Vector(Box::new(VectorBuffer { numbers, row_len: v.row_len() }))
            }
        }
    }

    /// The layout of a value; of vectors, that of one number.
    pub fn physical(&self) -> Physical {
        match self {
            Buffer::Vector(v) => v.numbers.physical(),
            Buffer::Shared(shared) => shared.physical,
            other => other.as_values().physical(),
        }
    }

    /// Numbers in a row: 1 but for vectors.
    pub fn row_len(&self) -> usize {
        match self {
            Buffer::Vector(v) => v.row_len,
            Buffer::Shared(shared) => shared.row_len.max(1),
            _ => 1,
        }
    }

    /// Rows held.
    pub fn len(&self) -> usize {
        self.as_values().len()
    }

    /// True without rows.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Drops all rows and keeps the room.
    pub fn clear(&mut self) {
        self.truncate(0);
    }

    /// Drops the rows from `len` on.
    pub fn truncate(&mut self, len: usize) {
        self.own();
        each!(
            self,
            v => v.truncate(len),
            vectors n => n.numbers.truncate(len * n.row_len),
            shared => {}
        );
    }

    /// Makes the rows whose bit is one zero. Panics when such a row is past the end.
    pub fn zero(&mut self, rows: &Bitmap) {
        self.own();
        each!(
            self,
            v => rows.ones_iter().for_each(|row| v[row] = Default::default()),
            vectors n => {
                let row_len = n.row_len;
                let numbers = rows.ones_iter().flat_map(|row| row * row_len..(row + 1) * row_len);
                let mut bits = Bitmap::zeros(n.numbers.len());
                numbers.for_each(|number| bits.set(number, true));
                n.numbers.zero(&bits);
            },
            shared => {}
        );
    }

    /// Bytes of the values held in this program's own memory.
    pub fn byte_len(&self) -> usize {
        match self {
            Buffer::Shared(_) => 0,
            own => dispatch!(own.as_values(),
                bool b => b.len(), native v => size_of_val(v), vector n => n.len() * n.row_width()),
        }
    }
}

/// Equal values in one layout, whoever owns them.
impl PartialEq for Buffer {
    fn eq(&self, other: &Buffer) -> bool {
        let (a, b) = (self.as_values(), other.as_values());
        a.row_len() == b.row_len()
            && match (a, b) {
                (Values::F16(a), Values::F16(b)) => a == b,
                (Values::Bf16(a), Values::Bf16(b)) => a == b,
                (Values::F32(a), Values::F32(b)) => a == b,
                (Values::F64(a), Values::F64(b)) => a == b,
                (a, b) => a.physical() == b.physical() && a.as_bytes() == b.as_bytes(),
            }
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
from_vec!(
    i8 => I8, i16 => I16, i32 => I32, i64 => I64, u8 => U8, u16 => U16, u32 => U32, u64 => U64,
    f16 => F16, bf16 => Bf16, f32 => F32, f64 => F64, i128 => I128
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vectors_go_by_rows() {
        let numbers = Buffer::from(vec![1.0f32, 2.0, 3.0, 4.0, 5.0, 6.0]);
        let mut rows = Buffer::Vector(Box::new(VectorBuffer::new(2, numbers).unwrap()));
        assert_eq!((rows.len(), rows.row_len(), rows.physical()), (3, 2, Physical::F32));
        let picked = Buffer::gather(rows.as_values(), &[2, 0]);
        assert_eq!(picked.as_values().as_slice::<f32>(), Some(&[5.0, 6.0, 1.0, 2.0][..]));
        rows.push_zeros(1);
        assert!(rows.extend_values(picked.as_values()));
        assert!(!rows.extend_values(Values::F32(&[1.0])));
        assert_eq!(rows.len(), 6);
        rows.zero(&[false, true, false, false, false, false].into_iter().collect());
        assert_eq!(rows.as_values().slice(1, 2).as_slice::<f32>(), Some(&[0.0, 0.0, 5.0, 6.0][..]));
        rows.truncate(4);
        assert_eq!(rows.as_values().slice(3, 1).as_slice::<f32>(), Some(&[0.0, 0.0][..]));
        assert!(VectorBuffer::new(4, Buffer::from(vec![1u8; 6])).is_none());
        assert!(VectorBuffer::new(0, Buffer::from(vec![1u8; 6])).is_none());
    }

    #[test]
    fn shared_values_are_copied_when_they_are_written_to() {
        let bytes = SharedBytes::new(std::sync::Arc::new(AlignedBytes([1, 2, 3])));
        let place = bytes.as_slice().as_ptr();
        let shared = SharedValues::new(DataType::I64, Physical::U32, bytes).unwrap();
        let mut buffer = Buffer::Shared(shared);
        assert_eq!(buffer.as_values().as_bytes().as_ptr(), place);
        assert_eq!((buffer.byte_len(), buffer.len()), (0, 3));
        assert_eq!(buffer, Buffer::from(vec![1i64, 2, 3]));
        assert!(buffer.extend_values(Values::I64(&[4])));
        assert_eq!(buffer, Buffer::from(vec![1i64, 2, 3, 4]));
        assert_ne!(buffer, Buffer::from(vec![1u64, 2, 3, 4]));
        let odd = SharedBytes::from(vec![0; 7]);
        assert!(SharedValues::new(DataType::I64, Physical::U32, odd).is_none());
    }

    struct AlignedBytes([i64; 3]);

    impl AsRef<[u8]> for AlignedBytes {
        fn as_ref(&self) -> &[u8] {
            cast_slice(&self.0)
        }
    }
}
