//! An `.npy` file as a stream of batches, a zone's rows at a time.

use super::dtype::Element;
use super::header::{Header, NpyColumn, place};
use crate::csv::read_exact_at;
use crate::stream::{BadCells, BatchStream};
use crate::{Error, ImportOptions};
use colq_column::{Batch, Bitmap, Buffer, Column, DictionaryBuilder, VectorBuffer};
use colq_context::Context;
use colq_types::{DataType, Field, Physical, Schema, ZONE_ROWS, bf16, decimal, f16};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Bytes of a batch at most, unless one row is longer.
const BATCH_BYTES: usize = 64 << 20;

struct NpyStream {
    path: PathBuf,
    file: File,
    schema: Arc<Schema>,
    /// The columns that are read.
    columns: Vec<NpyColumn>,
    row_width: usize,
    /// Where the next row stands, and how many are left.
    offset: u64,
    rows_left: u64,
    rows_done: u64,
    context: Context,
    bad_cells: BadCells,
}

/// Opens an `.npy` file.
pub(crate) fn open(
    path: &Path,
    options: &ImportOptions,
    context: &Context,
) -> Result<Box<dyn BatchStream>, Error> {
    let damaged = |message: String| Error::Npy { path: path.to_owned(), message };
    let file = File::open(path).map_err(|error| Error::from_io(path, error))?;
    let file_len = file.metadata().map_err(|error| Error::from_io(path, error))?.len();
    if file_len == 0 {
        return Err(Error::Empty { path: path.to_owned() });
    }
    let mut head = vec![0; usize::try_from(file_len).unwrap_or(usize::MAX).min(12)];
    read_exact_at(&file, path, &mut head, 0)?;
    let (start, len) = place(&head).map_err(damaged)?;
    let data = (start + len) as u64;
    if data > file_len {
        return Err(damaged("it ends in its header".to_owned()));
    }
    let mut text = vec![0; len];
    read_exact_at(&file, path, &mut text, start as u64)?;
    // Version 1 and 2 are Latin-1, which is ASCII but for the names of fields.
    let text =
        String::from_utf8(text).unwrap_or_else(|e| e.into_bytes().iter().map(|b| char::from(*b)).collect());
    let header = Header::parse(&text).map_err(damaged)?;
    let expected = u64::try_from(header.row_width).ok().and_then(|width| width.checked_mul(header.row_count));
    if expected.is_none_or(|expected| expected > file_len - data) {
        return Err(damaged(format!(
            "it should hold {} rows of {} bytes, and only {} bytes are there",
            header.row_count,
            header.row_width,
            file_len - data
        )));
    }
    if header.row_width == 0 && header.row_count > 0 {
        return Err(damaged("its rows hold nothing".to_owned()));
    }

    let stem = path.file_stem().and_then(|stem| stem.to_str()).filter(|stem| !stem.is_empty());
    let name =
        |column: &NpyColumn| column.name.clone().unwrap_or_else(|| stem.unwrap_or("values").to_owned());
    let names: Vec<String> = header.columns.iter().map(name).collect();
    let mut columns = Vec::new();
    let mut fields: Vec<Field> = Vec::new();
    for wanted in crate::wanted::wanted(path, options, &names)? {
        let (Some(column), Some(name)) = (header.columns.get(wanted.column), names.get(wanted.column)) else {
            continue;
        };
        let data_type = wanted.declared.unwrap_or(column.data_type);
        if !can_be(column.data_type, data_type) {
            return Err(Error::UnsupportedType {
                path: path.to_owned(),
                column: name.clone(),
                found: column.data_type.to_string(),
                advice: "It cannot be read as the declared type. Declare none, and cast it in a query.",
            });
        }
        columns.push(NpyColumn { data_type, ..column.clone() });
        fields.push(Field::new(name.clone(), data_type));
    }
    let schema = Schema::new(fields);
    if let Some(name) = schema.duplicate() {
        return Err(damaged(format!("two of its fields are named {name}")));
    }
    context.set_total(file_len - data);
    Ok(Box::new(NpyStream {
        path: path.to_owned(),
        file,
        schema: Arc::new(schema),
        columns,
        row_width: header.row_width,
        offset: data,
        rows_left: header.row_count,
        rows_done: 0,
        context: context.clone(),
        bad_cells: BadCells::default(),
    }))
}

/// True where the bytes of one type may be declared as another: what NumPy has no type for is stored as another.
fn can_be(found: DataType, declared: DataType) -> bool {
    match (found, declared) {
        (DataType::U16, DataType::Bf16) | (DataType::I32, DataType::Date) => true,
        (DataType::I64, DataType::Timestamp(_) | DataType::Duration(_)) => true,
        (DataType::I64, DataType::Decimal { precision, .. }) => precision <= DataType::MAX_STORED_PRECISION,
        (
            DataType::Vector { element: Physical::U16, len: found },
            DataType::Vector { element: Physical::Bf16, len },
        ) => found == len,
        (found, declared) => found == declared,
    }
}

impl BatchStream for NpyStream {
    fn schema(&self) -> &Arc<Schema> {
        &self.schema
    }

    fn next_batch(&mut self) -> Result<Option<Batch>, Error> {
        if self.rows_left == 0 {
            return Ok(None);
        }
        let result = self.read();
        if result.is_err() {
            self.rows_left = 0;
        }
        result.map(Some)
    }

    fn bad_cells(&self) -> &BadCells {
        &self.bad_cells
    }
}

impl NpyStream {
    fn read(&mut self) -> Result<Batch, Error> {
        self.context.check()?;
        let most = (BATCH_BYTES / self.row_width.max(1)).clamp(1, ZONE_ROWS as usize);
        let rows = usize::try_from(self.rows_left).unwrap_or(usize::MAX).min(most);
        let byte_len = rows * self.row_width;
        // The bytes of the rows, and the values made of them.
        let _claim = self.context.claim(byte_len.saturating_mul(2))?;
        let mut bytes = vec![0; byte_len];
        read_exact_at(&self.file, &self.path, &mut bytes, self.offset)?;
        let mut columns = Vec::with_capacity(self.columns.len());
        for (column, field) in self.columns.iter().zip(self.schema.fields()) {
            let made = make(column, &bytes, self.row_width).map_err(|(row, message)| Error::Value {
                path: self.path.clone(),
                column: field.name.clone(),
                message: format!("row {} {message}", self.rows_done + row as u64),
            })?;
            columns.push(made);
        }
        self.offset += byte_len as u64;
        self.rows_left -= rows as u64;
        self.rows_done += rows as u64;
        self.context.advance(byte_len as u64);
        if columns.is_empty() {
            return Ok(Batch::of_rows(rows));
        }
        Batch::new(self.schema.clone(), columns).ok_or_else(|| Error::Internal {
            path: self.path.clone(),
            message: "the columns of a batch do not fit its schema".to_owned(),
        })
    }
}

/// The values of one column in these rows, or the row that cannot be one and why.
fn make(column: &NpyColumn, rows: &[u8], row_width: usize) -> Result<Column, (usize, String)> {
    let cells = rows
        .chunks_exact(row_width)
        .map(|row| row.get(column.offset..column.offset + column.byte_width).unwrap_or_default());
    let data_type = column.data_type;
    let big_endian = column.dtype.big_endian;
    let plain = |values: Buffer| Column { data_type, values, validity: None, dictionary: None };
    match column.dtype.element {
        Element::Bool => Ok(plain(Buffer::Bool(cells.map(|c| u8::from(c != [0])).collect()))),
        Element::Bytes(_) | Element::CodePoints(_) => texts(column, cells),
        Element::Days | Element::Instant(_) | Element::Span(_) => {
            let bytes: Vec<u8> = cells.flatten().copied().collect();
            let Buffer::I64(units) = numbers(Physical::I64, &bytes, big_endian) else {
                return Ok(plain(Buffer::I64(Vec::new())));
            };
            let valid: Bitmap = units.iter().map(|unit| *unit != i64::MIN).collect();
            let values = if data_type == DataType::Date {
                let day = |(row, day): (usize, &i64)| match *day {
                    i64::MIN => Ok(0),
                    day => i32::try_from(day)
                        .map_err(|_| (row, format!("is day {day}, beyond what a date can hold"))),
                };
                units.iter().enumerate().map(day).collect::<Result<Vec<i32>, _>>()?.into()
            } else {
                Buffer::I64(units.into_iter().map(|unit| if unit == i64::MIN { 0 } else { unit }).collect())
            };
            Ok(plain(values).with_validity(Some(valid)))
        }
        Element::Number(physical) => {
            let is_whole = column.byte_width == row_width;
            let gathered: Vec<u8> = if is_whole { Vec::new() } else { cells.flatten().copied().collect() };
            let bytes = if is_whole { rows } else { &gathered };
            let physical = match data_type {
                DataType::Bf16 | DataType::Vector { element: Physical::Bf16, .. } => Physical::Bf16,
                _ => physical,
            };
            let values = numbers(physical, bytes, big_endian);
            if let (DataType::Decimal { precision, scale }, Buffer::I64(values)) = (data_type, &values) {
                let bad = values.iter().position(|value| !decimal::fits(i128::from(*value), precision));
                if let Some((row, value)) = bad.and_then(|row| values.get(row).map(|value| (row, *value))) {
                    let value = decimal::format(i128::from(value), scale);
                    return Err((row, format!("holds {value}, which has more than {precision} digits")));
                }
            }
            Ok(match column.len {
                None => plain(values),
                Some(len) => match VectorBuffer::new(len as usize, values) {
                    Some(vectors) => plain(Buffer::Vector(Box::new(vectors))),
                    None => return Err((0, "is no whole vector".to_owned())),
                },
            })
        }
    }
}

/// Numbers of a layout from bytes of either order.
fn numbers(physical: Physical, bytes: &[u8], big_endian: bool) -> Buffer {
    /// The same for every layout: pieces of its width, turned around where they must be.
    macro_rules! of {
        ($type:ty) => {{
            let (pieces, _) = bytes.as_chunks::<{ size_of::<$type>() }>();
            let value = |piece: &[u8; size_of::<$type>()]| {
                if big_endian { <$type>::from_be_bytes(*piece) } else { <$type>::from_le_bytes(*piece) }
            };
            pieces.iter().map(value).collect::<Vec<$type>>().into()
        }};
    }
    match physical {
        Physical::I8 => of!(i8),
        Physical::I16 => of!(i16),
        Physical::I32 => of!(i32),
        Physical::I64 => of!(i64),
        Physical::Bool | Physical::U8 => of!(u8),
        Physical::U16 => of!(u16),
        Physical::U32 => of!(u32),
        Physical::U64 => of!(u64),
        Physical::F16 => of!(f16),
        Physical::Bf16 => of!(bf16),
        Physical::F32 => of!(f32),
        Physical::F64 => of!(f64),
        Physical::I128 => of!(i128),
    }
}

fn texts<'a>(column: &NpyColumn, cells: impl Iterator<Item = &'a [u8]>) -> Result<Column, (usize, String)> {
    let mut builder = DictionaryBuilder::default();
    let mut codes = Vec::new();
    let mut text = String::new();
    for (row, cell) in cells.enumerate() {
        text.clear();
        if let Element::CodePoints(_) = column.dtype.element {
            let (points, _) = cell.as_chunks::<4>();
            for point in points {
                let code = if column.dtype.big_endian {
                    u32::from_be_bytes(*point)
                } else {
                    u32::from_le_bytes(*point)
                };
                text.push(
                    char::from_u32(code).ok_or((row, format!("holds {code:#x}, which is no character")))?,
                );
            }
        } else {
            let cell = std::str::from_utf8(cell).map_err(|_| (row, "is no text in UTF-8".to_owned()))?;
            text.push_str(cell);
        }
        // NumPy fills texts up with zeros, and takes them off again.
        codes.push(builder.intern(text.trim_end_matches('\0').as_bytes()));
    }
    Ok(Column::text(codes, Arc::new(builder.finish())))
}
