//! A borrowed column of some rows: a typed slice, its validity, its dictionary.

use crate::{Bitmap, Buffer, Column, Dictionary};
use bytemuck::try_cast_slice;
use colq_types::{DataType, Native, Physical, Scalar, bf16, f16};
use std::sync::Arc;

/// A typed slice. A bool is a byte in which anything but 0 is true, so that no byte is ever viewed as `bool`.
#[derive(Debug, Clone, Copy)]
#[allow(missing_docs, reason = "the variants are the layouts of `Physical`, described there")]
pub enum Values<'a> {
    Bool(&'a [u8]),
    I8(&'a [i8]),
    I16(&'a [i16]),
    I32(&'a [i32]),
    I64(&'a [i64]),
    U8(&'a [u8]),
    U16(&'a [u16]),
    U32(&'a [u32]),
    U64(&'a [u64]),
    F16(&'a [f16]),
    Bf16(&'a [bf16]),
    F32(&'a [f32]),
    F64(&'a [f64]),
    I128(&'a [i128]),
    Vector(Vectors<'a>),
}

/// The numbers of vectors, row after row.
#[derive(Debug, Clone, Copy)]
pub struct Vectors<'a> {
    /// Aligned for the element, and whole rows.
    bytes: &'a [u8],
    element: Physical,
    row_len: usize,
}

impl<'a> Vectors<'a> {
    /// Views bytes as rows of `row_len` numbers; `None` where they are no whole rows, are not aligned, or the
    /// layout is no number's.
    pub fn new(element: Physical, row_len: usize, bytes: &'a [u8]) -> Option<Vectors<'a>> {
        let width = row_len.checked_mul(element.byte_width()).filter(|width| *width > 0)?;
        let fits = bytes.len().is_multiple_of(width) && Physical::NUMBERS.contains(&element);
        Values::from_bytes(element, bytes).filter(|_| fits)?;
        Some(Vectors { bytes, element, row_len })
    }

    /// The layout of one number.
    pub fn element(self) -> Physical {
        self.element
    }

    /// Numbers in a row.
    pub fn row_len(self) -> usize {
        self.row_len
    }

    /// Bytes a row.
    pub fn row_width(self) -> usize {
        self.row_len * self.element.byte_width()
    }

    /// Rows held.
    pub fn len(self) -> usize {
        self.bytes.len() / self.row_width()
    }

    /// True without rows.
    pub fn is_empty(self) -> bool {
        self.bytes.is_empty()
    }

    /// The numbers of all rows, one row after the other.
    pub fn numbers(self) -> Values<'a> {
        // The bytes were seen to fit when the vectors were made.
        Values::from_bytes(self.element, self.bytes).unwrap_or(Values::U8(&[]))
    }

    /// The numbers of one row. Panics when the row is past the end.
    pub fn row(self, row: usize) -> Values<'a> {
        self.numbers().slice(row * self.row_len, self.row_len)
    }

    fn slice(self, offset: usize, len: usize) -> Vectors<'a> {
        let width = self.row_width();
        Vectors { bytes: &self.bytes[offset * width..(offset + len) * width], ..self }
    }
}

/// Runs one expression for the slice that a [`Values`] holds:
/// `dispatch!(values, bool b => .., native v => .., vector n => ..)`. Written out, it is a `match` with an arm for
/// `Values::Bool(b)`, the same arm for every number type, and one for `Values::Vector(n)`.
#[macro_export]
macro_rules! dispatch {
    (
        $values:expr,
        bool $bytes:ident => $on_bool:expr,
        native $slice:ident => $on_native:expr,
        vector $vectors:ident => $on_vector:expr $(,)?
    ) => {
        match $values {
            $crate::Values::Bool($bytes) => $on_bool,
            $crate::Values::Vector($vectors) => $on_vector,
            $crate::Values::F16($slice) => $on_native,
            $crate::Values::Bf16($slice) => $on_native,
            $crate::Values::I128($slice) => $on_native,
            $crate::Values::I8($slice) => $on_native,
            $crate::Values::I16($slice) => $on_native,
            $crate::Values::I32($slice) => $on_native,
            $crate::Values::I64($slice) => $on_native,
            $crate::Values::U8($slice) => $on_native,
            $crate::Values::U16($slice) => $on_native,
            $crate::Values::U32($slice) => $on_native,
            $crate::Values::U64($slice) => $on_native,
            $crate::Values::F32($slice) => $on_native,
            $crate::Values::F64($slice) => $on_native,
        }
    };
}

impl<'a> Values<'a> {
    /// Views bytes as values of a layout; `None` where length or alignment do not fit.
    pub fn from_bytes(physical: Physical, bytes: &'a [u8]) -> Option<Values<'a>> {
        Some(match physical {
            Physical::Bool => Values::Bool(bytes),
            Physical::I8 => Values::I8(try_cast_slice(bytes).ok()?),
            Physical::I16 => Values::I16(try_cast_slice(bytes).ok()?),
            Physical::I32 => Values::I32(try_cast_slice(bytes).ok()?),
            Physical::I64 => Values::I64(try_cast_slice(bytes).ok()?),
            Physical::U8 => Values::U8(bytes),
            Physical::U16 => Values::U16(try_cast_slice(bytes).ok()?),
            Physical::U32 => Values::U32(try_cast_slice(bytes).ok()?),
            Physical::U64 => Values::U64(try_cast_slice(bytes).ok()?),
            Physical::F16 => Values::F16(try_cast_slice(bytes).ok()?),
            Physical::Bf16 => Values::Bf16(try_cast_slice(bytes).ok()?),
            Physical::F32 => Values::F32(try_cast_slice(bytes).ok()?),
            Physical::F64 => Values::F64(try_cast_slice(bytes).ok()?),
            Physical::I128 => Values::I128(try_cast_slice(bytes).ok()?),
        })
    }

    /// Views bytes as rows of a type: codes of this width for text, whole rows of numbers for vectors.
    pub fn of_type(data_type: DataType, codes: Physical, bytes: &'a [u8]) -> Option<Values<'a>> {
        match data_type {
            DataType::Vector { element, len } => {
                Vectors::new(element, len as usize, bytes).map(Values::Vector)
            }
            other => Values::from_bytes(other.physical().unwrap_or(codes), bytes),
        }
    }

    /// The bytes behind the slice.
    pub fn as_bytes(self) -> &'a [u8] {
        dispatch!(self, bool b => b, native v => bytemuck::cast_slice(v), vector n => n.bytes)
    }

    /// Rows held.
    pub fn len(self) -> usize {
        dispatch!(self, bool b => b.len(), native v => v.len(), vector n => n.len())
    }

    /// True without rows.
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// Bytes a row.
    pub fn row_width(self) -> usize {
        match self {
            Values::Vector(vectors) => vectors.row_width(),
            other => other.physical().byte_width(),
        }
    }

    /// Numbers in a row: 1 but for vectors.
    pub fn row_len(self) -> usize {
        match self {
            Values::Vector(vectors) => vectors.row_len(),
            _ => 1,
        }
    }

    /// The layout of a value; of vectors, that of one number.
    pub fn physical(self) -> Physical {
        match self {
            Values::Bool(_) => Physical::Bool,
            Values::I8(_) => Physical::I8,
            Values::I16(_) => Physical::I16,
            Values::I32(_) => Physical::I32,
            Values::I64(_) => Physical::I64,
            Values::U8(_) => Physical::U8,
            Values::U16(_) => Physical::U16,
            Values::U32(_) => Physical::U32,
            Values::U64(_) => Physical::U64,
            Values::F16(_) => Physical::F16,
            Values::Bf16(_) => Physical::Bf16,
            Values::F32(_) => Physical::F32,
            Values::F64(_) => Physical::F64,
            Values::I128(_) => Physical::I128,
            Values::Vector(vectors) => vectors.element,
        }
    }

    /// The slice, if `T` is its layout; of vectors the numbers of all rows, one row after the other. (Bool is no
    /// number type and never matches.)
    pub fn as_slice<T: Native>(self) -> Option<&'a [T]> {
        if matches!(self, Values::Bool(_)) || T::PHYSICAL != self.physical() {
            return None;
        }
        try_cast_slice(self.as_bytes()).ok()
    }

    /// `len` rows from `offset` on. Panics when the range leaves the slice.
    pub fn slice(self, offset: usize, len: usize) -> Values<'a> {
        let range = offset..offset + len;
        match self {
            Values::Bool(v) => Values::Bool(&v[range]),
            Values::I8(v) => Values::I8(&v[range]),
            Values::I16(v) => Values::I16(&v[range]),
            Values::I32(v) => Values::I32(&v[range]),
            Values::I64(v) => Values::I64(&v[range]),
            Values::U8(v) => Values::U8(&v[range]),
            Values::U16(v) => Values::U16(&v[range]),
            Values::U32(v) => Values::U32(&v[range]),
            Values::U64(v) => Values::U64(&v[range]),
            Values::F16(v) => Values::F16(&v[range]),
            Values::Bf16(v) => Values::Bf16(&v[range]),
            Values::F32(v) => Values::F32(&v[range]),
            Values::F64(v) => Values::F64(&v[range]),
            Values::I128(v) => Values::I128(&v[range]),
            Values::Vector(v) => Values::Vector(v.slice(offset, len)),
        }
    }

    /// The code at `index` of a text column (u8, u16 or u32 codes); `None` for other layouts.
    pub fn code(self, index: usize) -> Option<u32> {
        match self {
            Values::U8(v) => v.get(index).map(|c| u32::from(*c)),
            Values::U16(v) => v.get(index).map(|c| u32::from(*c)),
            Values::U32(v) => v.get(index).copied(),
            _ => None,
        }
    }
}

/// Some rows of a column, borrowed.
#[derive(Debug, Clone, Copy)]
pub struct View<'a> {
    /// What the values mean.
    pub data_type: DataType,
    /// The values; for text, codes into `dictionary`. A null slot holds zero.
    pub values: Values<'a>,
    /// One bit a row, 1 for a value; `None` means no nulls.
    pub validity: Option<&'a Bitmap>,
    /// The values of a text column, which are distinct where [`Dictionary::is_distinct`] says so; `None` for every
    /// other type.
    pub dictionary: Option<&'a Arc<Dictionary>>,
}

/// The texts of the rows of a view, found once for all of them.
#[derive(Debug, Clone, Copy)]
pub struct RowTexts<'a> {
    values: Values<'a>,
    offsets: &'a [u64],
    bytes: &'a [u8],
}

impl<'a> RowTexts<'a> {
    /// The text of a row, as [`View::text`] has it.
    #[inline(always)]
    pub fn get(&self, row: usize) -> &'a [u8] {
        let code = self.values.code(row).unwrap_or(u32::MAX) as usize;
        let ends = self.offsets.get(code..).and_then(|ends| ends.first_chunk::<2>());
        ends.and_then(|[start, end]| self.bytes.get(*start as usize..*end as usize)).unwrap_or(&[])
    }
}

impl<'a> View<'a> {
    /// Rows seen.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// True without rows.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// True when the row at `index` holds a value.
    pub fn is_valid(&self, index: usize) -> bool {
        self.validity.is_none_or(|v| v.get(index))
    }

    /// How many rows are NULL.
    pub fn null_count(&self) -> usize {
        self.validity.map_or(0, |v| v.len() - v.count_ones())
    }

    /// The rows in memory of their own.
    pub fn to_column(&self) -> Column {
        Column {
            data_type: self.data_type,
            values: Buffer::from_values(self.values),
            validity: None,
            dictionary: self.dictionary.cloned(),
        }
        .with_validity(self.validity.cloned())
    }

    /// The text of a code, by bytes; empty where the code is not in the dictionary.
    pub fn text(&self, index: usize) -> &'a [u8] {
        match (self.values.code(index), self.dictionary) {
            (Some(code), Some(dictionary)) => dictionary.get(code).unwrap_or(&[]),
            _ => &[],
        }
    }

    /// The texts of all rows, by row.
    pub fn texts(&self) -> RowTexts<'a> {
        let (offsets, bytes) = self.dictionary.map_or((&[][..], &[][..]), |d| (d.offsets(), d.text_bytes()));
        RowTexts { values: self.values, offsets, bytes }
    }

    /// The value at `index` as a scalar; NULL where it is null or past the end. Text that is not UTF-8 (only
    /// a file changed by another process can make it so) is shown with replacement characters.
    pub fn scalar(&self, index: usize) -> Scalar {
        if index >= self.len() || !self.is_valid(index) {
            return Scalar::Null;
        }
        match (self.data_type, self.values) {
            (DataType::Text, _) => {
                return Scalar::Text(String::from_utf8_lossy(self.text(index)).into_owned());
            }
            (DataType::Date, Values::I32(v)) => return Scalar::Date(v[index]),
            (DataType::Timestamp(unit), Values::I64(v)) => return Scalar::Timestamp(v[index], unit),
            (DataType::Duration(unit), Values::I64(v)) => return Scalar::Duration(v[index], unit),
            (DataType::Decimal { scale, .. }, Values::I64(v)) => {
                return Scalar::Decimal(i128::from(v[index]), scale);
            }
            (DataType::Decimal { scale, .. }, Values::I128(v)) => return Scalar::Decimal(v[index], scale),
            _ => {}
        }
        number(self.values, index)
    }
}

/// One number, or the numbers of one row, whatever they mean.
fn number(values: Values<'_>, index: usize) -> Scalar {
    match values {
        Values::Bool(v) => Scalar::Bool(v[index] != 0),
        Values::I8(v) => Scalar::I64(i64::from(v[index])),
        Values::I16(v) => Scalar::I64(i64::from(v[index])),
        Values::I32(v) => Scalar::I64(i64::from(v[index])),
        Values::I64(v) => Scalar::I64(v[index]),
        Values::U8(v) => Scalar::U64(u64::from(v[index])),
        Values::U16(v) => Scalar::U64(u64::from(v[index])),
        Values::U32(v) => Scalar::U64(u64::from(v[index])),
        Values::U64(v) => Scalar::U64(v[index]),
        Values::F16(v) => Scalar::F32(v[index].to_f32()),
        Values::Bf16(v) => Scalar::F32(v[index].to_f32()),
        Values::F32(v) => Scalar::F32(v[index]),
        Values::F64(v) => Scalar::F64(v[index]),
        Values::I128(v) => Scalar::Decimal(v[index], 0),
        Values::Vector(v) => {
            let row = v.row(index);
            Scalar::Vector((0..row.len()).map(|at| number(row, at)).collect())
        }
    }
}
