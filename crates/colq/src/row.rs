//! Rust structs as rows: a schema, typed column handles, rows in and rows out.

use crate::error::Kind;
use crate::{Batch, BatchColumn, Bitmap, Expr, Frame, FromScalar, Result, SortKey, Table, TableWriter};
use colq_column::Buffer;
use colq_types::{DataType, Field, Native, Scalar, Schema, bf16, f16};
use std::fmt;
use std::marker::PhantomData;
use std::path::Path;
use std::sync::Arc;

/// Rows at a time that go from structs to a table's columns.
const ROWS_A_BATCH: usize = 65_536;

/// A struct whose values are rows. Derive it:
///
/// ```
/// use colq::{Row, Table};
///
/// #[derive(Debug, PartialEq, Row)]
/// struct Trip {
///     #[row(type = "timestamp(us)")]
///     at: i64,
///     fare: f32,
///     tip: Option<f32>,
///     zone: String,
/// }
///
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("trips.colq");
/// let trips = [
///     Trip { at: 0, fare: 12.5, tip: Some(2.0), zone: "north".into() },
///     Trip { at: 1, fare: 8.0, tip: None, zone: "south".into() },
/// ];
/// let mut writer = Table::create_rows::<Trip>(&path)?;
/// writer.write_rows(&trips)?;
/// writer.commit()?;
///
/// let dear = Table::open(&path)?.query().filter(Trip::fare.gt(10.0).and(Trip::zone.eq("north"))).collect()?;
/// for trip in dear.rows::<Trip>()? {
///     assert_eq!(trip, trips[0]);
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// A value of a wrong type does not compile:
///
/// ```compile_fail
/// # #[derive(colq::Row)]
/// # struct Trip { fare: f32 }
/// let filter = Trip::fare.gt("ten");
/// ```
///
/// nor does a field that no column holds:
///
/// ```compile_fail
/// #[derive(colq::Row)]
/// struct Trip { fare: std::net::IpAddr }
/// ```
pub trait Row: Sized {
    /// The columns in the order of the fields.
    fn columns() -> Vec<RowColumn>;

    /// Rows as columns, those of [`Row::columns`].
    ///
    /// # Errors
    /// A value that its column cannot hold, by column and row.
    fn to_columns(rows: &[Self], columns: &[RowColumn]) -> Result<Vec<BatchColumn>>;

    /// The rows of a frame, by the names of [`Row::columns`].
    ///
    /// # Errors
    /// A column that is missing, or a value that its field cannot hold, by column and row.
    fn from_frame(frame: &Frame, columns: &[RowColumn]) -> Result<Vec<Self>>;

    /// The schema that [`Row::columns`] make.
    ///
    /// # Errors
    /// An attribute names a type that there is not, or that does not lie in memory like its field.
    fn schema() -> Result<Schema> {
        let columns = Self::columns();
        columns.iter().map(|c| Ok(Field::new(c.name, c.data_type()?))).collect()
    }
}

/// A column of a row: its name, and its type with what its field can hold.
#[derive(Debug, Clone)]
pub struct RowColumn {
    name: &'static str,
    natural: DataType,
    declared: Option<&'static str>,
}

impl RowColumn {
    /// A column of the type that follows from the field's.
    pub fn of<T: RowValue>(name: &'static str) -> RowColumn {
        RowColumn { name, natural: T::data_type(), declared: None }
    }

    /// A column of a type by name, which must lie in memory like the field.
    pub fn declared<T: RowValue>(name: &'static str, declared: &'static str) -> RowColumn {
        RowColumn { declared: Some(declared), ..RowColumn::of::<T>(name) }
    }

    /// The name.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The type.
    ///
    /// # Errors
    /// There is no type of the declared name, or it does not lie in memory like the field.
    pub fn data_type(&self) -> Result<DataType> {
        let Some(declared) = self.declared else { return Ok(self.natural) };
        let fits = |t: &DataType| {
            *t == self.natural || t.physical().is_some() && t.physical() == self.natural.physical()
        };
        DataType::parse(declared).filter(fits).ok_or_else(|| {
            let (column, natural) = (self.name.to_owned(), self.natural.to_string());
            Kind::FieldType { column, declared: declared.to_owned(), natural }.into()
        })
    }
}

/// A Rust type that can be a field of a [`Row`]: numbers, bool, `String`, arrays of numbers as vectors, and `Option`
/// of each.
pub trait RowValue: Sized {
    /// The type without NULL: what a handle of the column compares with.
    type Value: RowValue;
    /// What a comparison with the column takes.
    type Argument<'a>: Into<Scalar>;

    /// The type of the column.
    fn data_type() -> DataType;

    /// Values as a column.
    ///
    /// # Errors
    /// The column's type cannot be.
    fn to_column<'a>(
        values: impl ExactSizeIterator<Item = &'a Self> + Clone,
        column: &RowColumn,
    ) -> Result<BatchColumn>
    where
        Self: 'a;

    /// The values of a column of a frame.
    ///
    /// # Errors
    /// The column is missing, or a value cannot be of this type.
    fn from_frame(frame: &Frame, column: &RowColumn) -> Result<Vec<Self>>;
}

/// Values of a layout, with those of a declared type in units.
fn plain<'a, T: Copy + 'a>(values: impl Iterator<Item = &'a T>, column: &RowColumn) -> Result<BatchColumn>
where
    Buffer: From<Vec<T>>,
{
    let values: Vec<T> = values.copied().collect();
    Ok(BatchColumn::new(column.data_type()?, Buffer::from(values)))
}

macro_rules! number_values {
    ($($type:ty => $data_type:ident),*) => {$(
        impl RowValue for $type {
            type Value = $type;
            type Argument<'a> = $type;

            fn data_type() -> DataType {
                DataType::$data_type
            }

            fn to_column<'a>(
                values: impl ExactSizeIterator<Item = &'a $type> + Clone,
                column: &RowColumn,
            ) -> Result<BatchColumn> {
                plain(values, column)
            }

            fn from_frame(frame: &Frame, column: &RowColumn) -> Result<Vec<$type>> {
                numbers(frame, column)
            }
        }
    )*};
}
number_values!(
    i8 => I8, i16 => I16, i32 => I32, i64 => I64, u8 => U8, u16 => U16, u32 => U32, u64 => U64,
    f16 => F16, bf16 => Bf16, f32 => F32, f64 => F64
);

/// Numbers as they lie in the column where that is their layout, else each converted exactly.
fn numbers<T: Native + FromScalar>(frame: &Frame, column: &RowColumn) -> Result<Vec<T>> {
    let found = frame.column(column.name)?;
    match found.values::<T>() {
        Ok(values) if !found.has_nulls() && found.row_len() == 1 => Ok(values.to_vec()),
        _ => found.to_vec(),
    }
}

impl RowValue for bool {
    type Value = bool;
    type Argument<'a> = bool;

    fn data_type() -> DataType {
        DataType::Bool
    }

    fn to_column<'a>(
        values: impl ExactSizeIterator<Item = &'a bool> + Clone,
        column: &RowColumn,
    ) -> Result<BatchColumn> {
        let bytes = values.map(|value| u8::from(*value)).collect();
        Ok(BatchColumn::new(column.data_type()?, Buffer::Bool(bytes)))
    }

    fn from_frame(frame: &Frame, column: &RowColumn) -> Result<Vec<bool>> {
        frame.column(column.name)?.to_vec()
    }
}

impl RowValue for String {
    type Value = String;
    type Argument<'a> = &'a str;

    fn data_type() -> DataType {
        DataType::Text
    }

    fn to_column<'a>(
        values: impl ExactSizeIterator<Item = &'a String> + Clone,
        _column: &RowColumn,
    ) -> Result<BatchColumn> {
        let mut builder = colq_column::DictionaryBuilder::default();
        let codes: Vec<u32> = values.map(|text| builder.intern(text.as_bytes())).collect();
        Ok(BatchColumn::text(codes, Arc::new(builder.finish())))
    }

    fn from_frame(frame: &Frame, column: &RowColumn) -> Result<Vec<String>> {
        frame.column(column.name)?.to_vec()
    }
}

impl<T: Native + FromScalar + RowValue, const N: usize> RowValue for [T; N]
where
    Buffer: From<Vec<T>>,
{
    type Value = [T; N];
    type Argument<'a> = Scalar;

    /// Arrays of no numbers are no column; they are found when the schema is made.
    fn data_type() -> DataType {
        DataType::Vector { element: T::PHYSICAL, len: u32::try_from(N).unwrap_or(0) }
    }

    fn to_column<'a>(
        values: impl ExactSizeIterator<Item = &'a [T; N]> + Clone,
        column: &RowColumn,
    ) -> Result<BatchColumn> {
        let numbers: Vec<T> = values.flatten().copied().collect();
        let vectors = u32::try_from(N).ok().and_then(|len| BatchColumn::vectors(len, numbers));
        vectors.ok_or_else(|| wrong_type(column, format!("an array of {N} numbers")))
    }

    fn from_frame(frame: &Frame, column: &RowColumn) -> Result<Vec<[T; N]>> {
        let found = frame.column(column.name)?;
        let numbers = found.values::<T>()?;
        if found.row_len() != N || found.has_nulls() {
            return Err(wrong_type(column, format!("{} numbers a row, or NULL", found.row_len())));
        }
        Ok(numbers.as_chunks::<N>().0.to_vec())
    }
}

fn wrong_type(column: &RowColumn, found: String) -> crate::Error {
    let expected = column.data_type().map_or_else(|_| column.natural.to_string(), |t| t.to_string());
    Kind::RowType { column: column.name.to_owned(), found, expected }.into()
}

impl<T: RowValue + Default + FromScalar> RowValue for Option<T> {
    type Value = T::Value;
    type Argument<'a> = T::Argument<'a>;

    fn data_type() -> DataType {
        T::data_type()
    }

    fn to_column<'a>(
        values: impl ExactSizeIterator<Item = &'a Option<T>> + Clone,
        column: &RowColumn,
    ) -> Result<BatchColumn>
    where
        T: 'a,
    {
        let nothing = T::default();
        let validity: Bitmap = values.clone().map(Option::is_some).collect();
        let filled = values.map(|value| value.as_ref().unwrap_or(&nothing));
        Ok(T::to_column(filled, column)?.with_validity(Some(validity)))
    }

    fn from_frame(frame: &Frame, column: &RowColumn) -> Result<Vec<Option<T>>> {
        frame.column(column.name)?.to_vec()
    }
}

/// A column by name with the type of its values, so that a comparison with another type does not compile. A NULL is
/// no value of the type: `Option` fields have the handle of what they hold.
pub struct TypedColumn<T> {
    name: &'static str,
    values: PhantomData<fn() -> T>,
}

impl<T> Clone for TypedColumn<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for TypedColumn<T> {}

impl<T> fmt::Debug for TypedColumn<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("TypedColumn").field(&self.name).finish()
    }
}

impl<T> From<TypedColumn<T>> for Expr {
    fn from(column: TypedColumn<T>) -> Expr {
        column.expr()
    }
}

impl<T> From<TypedColumn<T>> for SortKey {
    fn from(column: TypedColumn<T>) -> SortKey {
        column.expr().into()
    }
}

impl<T> TypedColumn<T> {
    /// The column of this name.
    pub const fn new(name: &'static str) -> TypedColumn<T> {
        TypedColumn { name, values: PhantomData }
    }

    /// The name.
    pub const fn name(self) -> &'static str {
        self.name
    }

    /// The column as an expression, for everything that has no typed form.
    pub fn expr(self) -> Expr {
        crate::col(self.name)
    }

    /// `self IS NULL`.
    pub fn is_null(self) -> Expr {
        self.expr().is_null()
    }

    /// `self IS NOT NULL`.
    pub fn is_not_null(self) -> Expr {
        self.expr().is_not_null()
    }
}

impl<T: RowValue> TypedColumn<T> {
    /// `self = value`.
    pub fn eq(self, value: T::Argument<'_>) -> Expr {
        self.expr().eq(crate::lit(value))
    }

    /// `self <> value`.
    pub fn not_eq(self, value: T::Argument<'_>) -> Expr {
        self.expr().not_eq(crate::lit(value))
    }

    /// `self < value`.
    pub fn lt(self, value: T::Argument<'_>) -> Expr {
        self.expr().lt(crate::lit(value))
    }

    /// `self <= value`.
    pub fn lt_eq(self, value: T::Argument<'_>) -> Expr {
        self.expr().lt_eq(crate::lit(value))
    }

    /// `self > value`.
    pub fn gt(self, value: T::Argument<'_>) -> Expr {
        self.expr().gt(crate::lit(value))
    }

    /// `self >= value`.
    pub fn gt_eq(self, value: T::Argument<'_>) -> Expr {
        self.expr().gt_eq(crate::lit(value))
    }

    /// `self BETWEEN low AND high`.
    pub fn between(self, low: T::Argument<'_>, high: T::Argument<'_>) -> Expr {
        self.expr().between(crate::lit(low), crate::lit(high))
    }

    /// `self IN (values)`.
    pub fn is_in<'a>(self, values: impl IntoIterator<Item = T::Argument<'a>>) -> Expr {
        self.expr().is_in(values)
    }
}

impl Table {
    /// Starts a new table of these rows.
    ///
    /// # Errors
    /// As [`Table::create`], and as [`Row::schema`].
    pub fn create_rows<R: Row>(path: impl AsRef<Path>) -> Result<TableWriter> {
        Table::create(path, R::schema()?)
    }
}

impl TableWriter {
    /// Adds rows. The table's columns are the row's, in its order.
    ///
    /// # Errors
    /// The table has other columns, or the disk refuses.
    pub fn write_rows<R: Row>(&mut self, rows: &[R]) -> Result<()> {
        let (columns, schema) = (R::columns(), R::schema()?);
        if **self.schema() != schema {
            let text = |schema: &Schema| {
                let fields = schema.fields().iter().map(|f| format!("{} {}", f.name, f.data_type));
                fields.collect::<Vec<_>>().join(", ")
            };
            return Err(Kind::RowSchema { expected: text(self.schema()), found: text(&schema) }.into());
        }
        for some in rows.chunks(ROWS_A_BATCH) {
            let batch = Batch::new(self.schema().clone(), R::to_columns(some, &columns)?);
            let broken = || colq_exec::Error::Internal("a row made columns of other types".into());
            self.write(&batch.ok_or_else(broken)?)?;
        }
        Ok(())
    }
}

impl Frame {
    /// The rows as structs, columns found by name. Numbers may be of another width where every value fits.
    ///
    /// # Errors
    /// A column is missing, or a value is none of its field's type, by column and row.
    pub fn rows<R: Row>(&self) -> Result<std::vec::IntoIter<R>> {
        Ok(R::from_frame(self, &R::columns())?.into_iter())
    }
}
