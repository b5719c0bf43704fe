//! Cells of one column into values of its type.

use super::kind::{is_false, is_true};
use super::number::{parse_float, parse_i64, parse_u64};
use super::quick_number::{float_at, integer_at};
use super::split::{Cell, Fault};
use super::time::{parse_date, parse_timestamp};
use crate::Problem;
use crate::value::{parse_bf16, parse_decimal, parse_f16, parse_wide_decimal, push_vector};
use colq_column::{Bitmap, Buffer, Column, DictionaryBuilder, Values, Vectors};
use colq_types::{DataType, duration};
use std::sync::Arc;

/// Collects the values of one column.
#[derive(Debug)]
pub(crate) struct ColumnBuilder {
    data_type: DataType,
    values: Buffer,
    /// The rows that are NULL, ascending. Nulls are rarer than values, so they pay.
    nulls: Vec<u32>,
    dictionary: DictionaryBuilder,
    scratch: Vec<u8>,
}

/// Rows after which a text column is judged: where most of them brought a new value, looking for values is given up,
/// and each further row brings its own.
const ROWS_TO_JUDGE: usize = 2048;

/// Cells of one column, and what is needed to read them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cells<'a> {
    pub(crate) bytes: &'a [u8],
    /// True when `bytes` is UTF-8 throughout, and so is every cell.
    pub(crate) is_utf8: bool,
    pub(crate) grid: &'a [Cell],
    /// Which column of the file, and how many there are.
    pub(crate) column: usize,
    pub(crate) columns: usize,
    /// The texts that stand for NULL.
    pub(crate) nulls: &'a [Vec<u8>],
    /// True when the type was declared, so that 1 and 0 are bools.
    pub(crate) is_declared: bool,
}

impl ColumnBuilder {
    pub(crate) fn new(data_type: DataType, capacity: usize) -> ColumnBuilder {
        ColumnBuilder {
            data_type,
            values: Buffer::of_type(data_type, capacity),
            nulls: Vec::new(),
            dictionary: DictionaryBuilder::default(),
            scratch: Vec::new(),
        }
    }

    /// Rows so far.
    pub(crate) fn len(&self) -> usize {
        self.values.len()
    }

    /// Adds cells. Those that cannot be read become NULL and are added to `faults`.
    pub(crate) fn push(&mut self, cells: Cells<'_>, faults: &mut Vec<Fault>) {
        let data_type = self.data_type;
        let mut sink = Sink { data_type, nulls: &mut self.nulls, scratch: &mut self.scratch, faults };
        match &mut self.values {
            Buffer::Bool(out) => sink.fill(cells, out, |text| match text {
                b"1" if cells.is_declared => Some(1),
                b"0" if cells.is_declared => Some(0),
                _ if is_true(text) => Some(1),
                _ if is_false(text) => Some(0),
                _ => None,
            }),
            Buffer::I8(out) => sink.fill(cells, out, |text| parse_i64(text)?.try_into().ok()),
            Buffer::I16(out) => sink.fill(cells, out, |text| parse_i64(text)?.try_into().ok()),
            Buffer::I32(out) if data_type == DataType::Date => sink.fill(cells, out, parse_date),
            Buffer::I32(out) => sink.fill(cells, out, |text| parse_i64(text)?.try_into().ok()),
            Buffer::I64(out) => match data_type {
                DataType::Duration(unit) => sink.fill(cells, out, |text| duration::parse(text, unit)),
                DataType::Decimal { precision, scale } => {
                    sink.fill(cells, out, |text| parse_decimal(text, precision, scale))
                }
                DataType::Timestamp(unit) => sink.fill(cells, out, |text| parse_timestamp(text, unit)),
                _ => sink.fill_at(cells, out, integer_at),
            },
            Buffer::U8(out) => sink.fill(cells, out, |text| parse_u64(text)?.try_into().ok()),
            Buffer::U16(out) => sink.fill(cells, out, |text| parse_u64(text)?.try_into().ok()),
            Buffer::U32(out) if data_type == DataType::Text => {
                sink.fill_text(cells, out, &mut self.dictionary)
            }
            Buffer::U32(out) => sink.fill(cells, out, |text| parse_u64(text)?.try_into().ok()),
            Buffer::U64(out) => sink.fill(cells, out, parse_u64),
            Buffer::F16(out) => sink.fill(cells, out, parse_f16),
            Buffer::Bf16(out) => sink.fill(cells, out, parse_bf16),
            Buffer::I128(out) => {
                let DataType::Decimal { precision, scale } = data_type else { return };
                sink.fill(cells, out, |text| parse_wide_decimal(text, precision, scale));
            }
            Buffer::Vector(_) => sink.fill_vectors(cells, &mut self.values),
            // A builder's values are its own.
            Buffer::Shared(_) => {}
            Buffer::F32(out) => sink.fill(cells, out, parse_float),
            Buffer::F64(out) => sink.fill_at(cells, out, float_at),
        }
    }

    /// Forgets the rows from `len` on. Values of theirs may stay in the dictionary.
    pub(crate) fn truncate(&mut self, len: usize) {
        self.values.truncate(len);
        self.nulls.truncate(self.nulls.partition_point(|row| (*row as usize) < len));
    }

    pub(crate) fn finish(self) -> Column {
        let validity = (!self.nulls.is_empty()).then(|| {
            let mut bitmap = Bitmap::ones(self.values.len());
            self.nulls.iter().for_each(|row| bitmap.set(*row as usize, false));
            bitmap
        });
        let dictionary =
            (self.data_type == DataType::Text).then(|| Arc::new(self.dictionary.finish_checked()));
        Column { data_type: self.data_type, values: self.values, validity: None, dictionary }
            .with_validity(validity)
    }
}

/// Where nulls and faults of one column go.
struct Sink<'a> {
    data_type: DataType,
    nulls: &'a mut Vec<u32>,
    scratch: &'a mut Vec<u8>,
    faults: &'a mut Vec<Fault>,
}

impl Sink<'_> {
    #[inline(always)]
    fn fill<T: Default + Copy>(
        &mut self,
        cells: Cells<'_>,
        out: &mut Vec<T>,
        parse: impl Fn(&[u8]) -> Option<T>,
    ) {
        self.fill_at(cells, out, |bytes, start, len| parse(bytes.get(start..start + len).unwrap_or(&[])));
    }

    /// Fills by a function that gets the place of the cell in all bytes, so that it may look at those after it.
    #[inline(always)]
    fn fill_at<T: Default + Copy>(
        &mut self,
        cells: Cells<'_>,
        out: &mut Vec<T>,
        parse: impl Fn(&[u8], usize, usize) -> Option<T>,
    ) {
        let check_nulls = !cells.nulls.is_empty();
        for &cell in cells.grid.iter().skip(cells.column).step_by(cells.columns) {
            // An absent cell has a range all the same, which must not be read.
            let value = if cell.is_absent() || (check_nulls && self.is_null_text(cells, cell)) {
                None
            } else {
                parse(cells.bytes, cell.start(), cell.len())
            };
            match value {
                Some(value) => out.push(value),
                None => {
                    self.nulls.push(out.len() as u32);
                    out.push(T::default());
                    self.judge(cells, cell);
                }
            }
        }
    }

    /// Whether a cell that gave no value is NULL or a fault.
    #[inline(never)]
    fn judge(&mut self, cells: Cells<'_>, cell: Cell) {
        let raw = cell.raw(cells.bytes);
        let null = raw.is_empty() || raw == b"NA" || cell.is_absent() || self.is_null_text(cells, cell);
        if !null {
            self.fault(cells, cell, Problem::NotOfType(self.data_type));
        }
    }

    fn fill_text(&mut self, cells: Cells<'_>, out: &mut Vec<u32>, dictionary: &mut DictionaryBuilder) {
        let is_interned = out.len() < ROWS_TO_JUDGE || dictionary.len() < out.len() / 4 * 3;
        let check_nulls = !cells.nulls.is_empty();
        for &cell in cells.grid.iter().skip(cells.column).step_by(cells.columns) {
            let empty = cell.len() == 0 && !cell.is_quoted();
            if empty || cell.is_absent() || (check_nulls && self.is_null_text(cells, cell)) {
                self.nulls.push(out.len() as u32);
                out.push(0);
                continue;
            }
            if !cells.is_utf8 && std::str::from_utf8(cell.raw(cells.bytes)).is_err() {
                self.fault(cells, cell, Problem::NotUtf8);
                self.nulls.push(out.len() as u32);
                out.push(0);
                continue;
            }
            let text = cell.text(cells.bytes, self.scratch);
            out.push(if is_interned { dictionary.intern(text) } else { dictionary.append(text) });
        }
    }

    fn fill_vectors(&mut self, cells: Cells<'_>, out: &mut Buffer) {
        let row_len = out.row_len();
        let DataType::Vector { element, .. } = self.data_type else { return };
        let mut row = Buffer::with_capacity(element, row_len);
        let check_nulls = !cells.nulls.is_empty();
        for &cell in cells.grid.iter().skip(cells.column).step_by(cells.columns) {
            let raw = cell.raw(cells.bytes);
            row.clear();
            let is_null = cell.is_absent() || (check_nulls && self.is_null_text(cells, cell));
            let is_read = !is_null && push_vector(raw, row_len, &mut row);
            let vectors = Vectors::new(element, row_len, row.as_values().as_bytes()).filter(|_| is_read);
            match vectors {
                // A row has the layout of its column.
                Some(vectors) => _ = out.extend_values(Values::Vector(vectors)),
                None => {
                    self.nulls.push(out.len() as u32);
                    out.push_zeros(1);
                    self.judge(cells, cell);
                }
            }
        }
    }

    fn is_null_text(&mut self, cells: Cells<'_>, cell: Cell) -> bool {
        let text = cell.text(cells.bytes, self.scratch);
        cells.nulls.iter().any(|null| null == text)
    }

    #[cold]
    fn fault(&mut self, cells: Cells<'_>, cell: Cell, problem: Problem) {
        let (start, len) = (cell.start(), cell.len());
        // Where the row begins is found by the row's number, which the place of the cell tells.
        self.faults.push(Fault { row_start: start, start, len, column: cells.column, problem });
    }
}
