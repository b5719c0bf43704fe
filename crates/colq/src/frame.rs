//! The answer of a query, in memory.

use crate::Result;
use crate::error::Kind;
use crate::table::find;
use colq_column::Batch;
use colq_types::{DataType, Field, Native, Scalar, Schema, bf16, f16, halves};
use std::sync::Arc;

/// The rows of an answer.
#[derive(Debug, Clone)]
pub struct Frame {
    batch: Batch,
}

impl Frame {
    pub(crate) fn new(batch: Batch) -> Frame {
        Frame { batch }
    }

    /// One text column with a row for each line.
    pub(crate) fn of_text(name: &str, text: &str) -> Result<Frame> {
        let lines: Vec<Scalar> = text.lines().map(Scalar::from).collect();
        let column = colq_column::Column::from_scalars(DataType::Text, &lines);
        let schema = Arc::new(Schema::new(vec![Field::new(name, DataType::Text)]));
        let batch = Batch::new(schema, vec![column]);
        Ok(Frame { batch: batch.unwrap_or_else(|| Batch::of_rows(0)) })
    }

    /// Names and types of the columns.
    pub fn schema(&self) -> &Schema {
        self.batch.schema()
    }

    /// Rows in the answer.
    pub fn row_count(&self) -> usize {
        self.batch.row_count()
    }

    /// The first rows, or all where there are no more than `row_count`.
    #[must_use]
    pub fn head(&self, row_count: usize) -> Frame {
        if row_count >= self.row_count() {
            return self.clone();
        }
        // A frame has at most 65,536 rows when it comes from a stream, and never more than fit a u32 number.
        let positions: Vec<u32> = (0..u32::try_from(row_count).unwrap_or(u32::MAX)).collect();
        Frame { batch: self.batch.gather(&positions) }
    }

    /// A column by name: exactly, else uniquely without regard to case.
    ///
    /// # Errors
    /// There is no such column.
    pub fn column(&self, name: &str) -> Result<FrameColumn<'_>> {
        let index = find(self.schema(), name)?;
        Ok(FrameColumn { name: &self.schema().fields()[index].name, column: &self.batch.columns()[index] })
    }

    /// One value; NULL outside of the answer.
    pub fn scalar(&self, row: usize, column: usize) -> Scalar {
        self.batch.columns().get(column).map_or(Scalar::Null, |c| c.scalar(row))
    }

    /// All rows as scalars.
    pub fn scalar_rows(&self) -> impl Iterator<Item = Vec<Scalar>> + '_ {
        (0..self.row_count()).map(|row| self.batch.row(row))
    }

    /// The columns themselves.
    pub fn as_batch(&self) -> &Batch {
        &self.batch
    }

    /// The columns themselves, taken.
    pub fn into_batch(self) -> Batch {
        self.batch
    }
}

impl From<Batch> for Frame {
    fn from(batch: Batch) -> Frame {
        Frame { batch }
    }
}

/// A column of an answer.
#[derive(Debug, Clone, Copy)]
pub struct FrameColumn<'a> {
    name: &'a str,
    column: &'a colq_column::Column,
}

impl<'a> FrameColumn<'a> {
    /// The values as one slice; null slots hold zero. Of vectors the numbers of all rows, one row after the other.
    ///
    /// # Errors
    /// The column has another layout.
    pub fn values<T: Native>(&self) -> Result<&'a [T]> {
        self.column.values.as_values().as_slice().ok_or_else(|| {
            let found = self.column.data_type.to_string();
            Kind::WrongType { column: self.name.to_owned(), found, expected: T::PHYSICAL.name() }.into()
        })
    }

    /// True when a row is NULL.
    pub fn has_nulls(&self) -> bool {
        self.column.validity.is_some()
    }

    /// Numbers in a row: 1 but for vectors.
    pub fn row_len(&self) -> usize {
        self.column.data_type.row_len()
    }

    /// The type of the values.
    pub fn data_type(&self) -> DataType {
        self.column.data_type
    }

    /// The values as any type that can hold them: `Option<_>` where there are NULLs.
    ///
    /// # Errors
    /// A value that the type cannot hold, by row: NULL where it is no option, a number that does not fit.
    pub fn to_vec<T: FromScalar>(&self) -> Result<Vec<T>> {
        (0..self.column.len())
            .map(|row| {
                let scalar = self.column.scalar(row);
                T::from_scalar(&scalar).ok_or_else(|| {
                    let (column, found) = (self.name.to_owned(), scalar.to_string());
                    Kind::WrongScalar { column, row, found, expected: T::NAME }.into()
                })
            })
            .collect()
    }
}

/// A Rust type that single values can become, exactly.
pub trait FromScalar: Sized {
    /// What messages call it.
    const NAME: &'static str;
    /// The value, or `None` where the type cannot hold it.
    fn from_scalar(scalar: &Scalar) -> Option<Self>;
}

impl<T: FromScalar> FromScalar for Option<T> {
    const NAME: &'static str = T::NAME;
    fn from_scalar(scalar: &Scalar) -> Option<Self> {
        match scalar {
            Scalar::Null => Some(None),
            other => T::from_scalar(other).map(Some),
        }
    }
}

macro_rules! integers {
    ($($type:ty),*) => {$(
        impl FromScalar for $type {
            const NAME: &'static str = stringify!($type);
            fn from_scalar(scalar: &Scalar) -> Option<Self> {
                scalar.as_i128().and_then(|v| <$type>::try_from(v).ok())
            }
        }
    )*};
}
integers!(i8, i16, i32, i64, u8, u16, u32, u64);

impl FromScalar for f64 {
    const NAME: &'static str = "f64";
    fn from_scalar(scalar: &Scalar) -> Option<Self> {
        let value = scalar.as_f64()?;
        // An integer beyond 2^53 may not be a float.
        scalar.as_i128().is_none_or(|exact| value as i128 == exact).then_some(value)
    }
}

impl FromScalar for f32 {
    const NAME: &'static str = "f32";
    fn from_scalar(scalar: &Scalar) -> Option<Self> {
        let value = scalar.as_f64()?;
        let single = value as f32;
        (f64::from(single) == value || value.is_nan()).then_some(single)
    }
}

/// The number of a half float, where it is one exactly.
macro_rules! half_floats {
    ($($type:ty => $nearest:path),*) => {$(
        impl FromScalar for $type {
            const NAME: &'static str = stringify!($type);
            fn from_scalar(scalar: &Scalar) -> Option<Self> {
                let value = scalar.as_f64()?;
                let half = $nearest(value);
                (f64::from(half) == value || value.is_nan()).then_some(half)
            }
        }
    )*};
}
half_floats!(f16 => halves::to_f16, bf16 => halves::to_bf16);

impl FromScalar for bool {
    const NAME: &'static str = "bool";
    fn from_scalar(scalar: &Scalar) -> Option<Self> {
        match scalar {
            Scalar::Bool(value) => Some(*value),
            _ => None,
        }
    }
}

impl FromScalar for String {
    const NAME: &'static str = "text";
    fn from_scalar(scalar: &Scalar) -> Option<Self> {
        match scalar {
            Scalar::Text(text) => Some(text.clone()),
            _ => None,
        }
    }
}

impl FromScalar for Scalar {
    const NAME: &'static str = "any value";
    fn from_scalar(scalar: &Scalar) -> Option<Self> {
        Some(scalar.clone())
    }
}
