//! The second pass: the lines of one batch into typed columns.

use super::lines::lines;
use super::scan::{Scratch, Value, numbers, scan};
use crate::csv::{
    BatchPlan, SeenBlock, is_false, is_true, parse_date, parse_timestamp, read_exact_at, shorten,
};
use crate::stream::{BadCell, BadCells};
use crate::value::{parse_decimal, parse_wide_decimal, push_number, push_vector};
use crate::{Error, OnError, Problem};
use colq_column::{Batch, Bitmap, Buffer, Column, DictionaryBuilder, Values, Vectors};
use colq_context::Context;
use colq_types::{DataType, Schema, duration};
use std::collections::HashMap;
use std::fs::File;
use std::path::PathBuf;
use std::sync::Arc;

/// All that a batch needs to be read by itself.
pub(super) struct Source {
    pub(super) path: PathBuf,
    pub(super) file: File,
    pub(super) schema: Arc<Schema>,
    /// The columns that are read, by name.
    pub(super) index: HashMap<String, usize>,
    pub(super) nulls: Vec<Vec<u8>>,
    pub(super) on_error: OnError,
    pub(super) blocks: Vec<SeenBlock>,
}

/// Collects the values of one column.
struct Builder {
    data_type: DataType,
    values: Buffer,
    valid: Bitmap,
    dictionary: DictionaryBuilder,
    /// The numbers of one vector.
    row: Option<Buffer>,
}

impl Builder {
    fn new(data_type: DataType, capacity: usize) -> Builder {
        let row = match data_type {
            DataType::Vector { element, .. } => Some(Buffer::with_capacity(element, 0)),
            _ => None,
        };
        let values = Buffer::of_type(data_type, capacity);
        Builder { data_type, values, valid: Bitmap::default(), dictionary: DictionaryBuilder::default(), row }
    }

    fn push_null(&mut self) {
        self.values.push_zeros(1);
        self.valid.push(false);
    }

    /// Adds a value; false, and nothing added, where it is not of the type.
    fn push(&mut self, value: Value<'_>) -> bool {
        if value == Value::Null {
            self.push_null();
            return true;
        }
        let is_read = match self.data_type {
            DataType::Text => match (&mut self.values, value) {
                (Buffer::U32(codes), value) => {
                    let text = match value {
                        Value::Text(text) => text.as_bytes(),
                        Value::Number(raw) | Value::Raw(raw) => raw,
                        Value::Bool(true) => b"true",
                        Value::Bool(false) | Value::Null => b"false",
                    };
                    codes.push(self.dictionary.intern(text));
                    true
                }
                _ => false,
            },
            DataType::Vector { element, len } => match (&mut self.row, value) {
                (Some(row), Value::Raw(raw)) => {
                    row.clear();
                    let nan_for_null = element.is_float();
                    let read = numbers(raw).is_some_and(|mut items| {
                        items.all(|item| match item {
                            Some(item) => row.len() < len as usize && push_number(item, row),
                            None => nan_for_null && row.len() < len as usize && push_number(b"nan", row),
                        })
                    });
                    read && push_row(&mut self.values, row, len)
                }
                (Some(row), Value::Text(text)) => {
                    row.clear();
                    push_vector(text.as_bytes(), len as usize, row) && push_row(&mut self.values, row, len)
                }
                _ => false,
            },
            _ => match value {
                Value::Bool(truth) => {
                    push_plain(&mut self.values, self.data_type, if truth { b"true" } else { b"false" })
                }
                Value::Number(text) => push_plain(&mut self.values, self.data_type, text),
                Value::Text(text) => push_plain(&mut self.values, self.data_type, text.as_bytes()),
                Value::Raw(_) | Value::Null => false,
            },
        };
        if is_read {
            self.valid.push(true);
        }
        is_read
    }

    fn truncate(&mut self, len: usize) {
        self.values.truncate(len);
        self.valid = self.valid.slice(0, len);
    }

    fn finish(self) -> Column {
        let dictionary = (self.data_type == DataType::Text).then(|| Arc::new(self.dictionary.finish()));
        Column { data_type: self.data_type, values: self.values, validity: None, dictionary }
            .with_validity(Some(self.valid))
    }
}

fn push_row(values: &mut Buffer, row: &Buffer, len: u32) -> bool {
    let vectors = Vectors::new(row.physical(), len as usize, row.as_values().as_bytes());
    vectors.filter(|v| v.len() == 1).is_some_and(|v| values.extend_values(Values::Vector(v)))
}

/// Adds a value of a type that has one value a row.
fn push_plain(values: &mut Buffer, data_type: DataType, text: &[u8]) -> bool {
    fn add<T>(values: &mut Vec<T>, value: Option<T>) -> bool {
        value.map(|value| values.push(value)).is_some()
    }
    match (data_type, values) {
        (DataType::Bool, Buffer::Bool(v)) => {
            let truth = if is_true(text) { Some(1) } else { is_false(text).then_some(0) };
            add(v, truth)
        }
        (DataType::Date, Buffer::I32(v)) => add(v, parse_date(text)),
        (DataType::Timestamp(unit), Buffer::I64(v)) => add(v, parse_timestamp(text, unit)),
        (DataType::Duration(unit), Buffer::I64(v)) => add(v, duration::parse(text, unit)),
        (DataType::Decimal { precision, scale }, Buffer::I64(v)) => {
            add(v, parse_decimal(text, precision, scale))
        }
        (DataType::Decimal { precision, scale }, Buffer::I128(v)) => {
            add(v, parse_wide_decimal(text, precision, scale))
        }
        (_, numbers) => push_number(text, numbers),
    }
}

/// A value of a line, by where it stands, so that a line is known to be sound before any of it is used.
#[derive(Clone, Copy)]
enum Cell {
    Absent,
    Null,
    Bool(bool),
    Number { start: usize, end: usize },
    Text { start: usize, end: usize },
    Raw { start: usize, end: usize },
}

/// Reads one batch. Bad lines and values of [`OnError::Fail`] are errors, so the account is empty then.
pub(super) fn read_batch(
    source: &Source,
    plan: BatchPlan,
    context: &Context,
) -> Result<(Batch, BadCells), Error> {
    let fields = source.schema.fields();
    let mut rows = Rows {
        source,
        builders: fields.iter().map(|field| Builder::new(field.data_type, plan.rows)).collect(),
        cells: vec![Cell::Absent; fields.len()],
        text: Vec::new(),
        scratch: Scratch::default(),
        count: 0,
        bad_cells: BadCells::default(),
    };
    let (mut left, mut skip) = (plan.rows, plan.skip);
    let mut bytes = Vec::new();
    for block in source.blocks.iter().skip(plan.first_block) {
        if left == 0 {
            break;
        }
        context.check()?;
        bytes.clear();
        bytes.resize(block.byte_len, 0);
        read_exact_at(&source.file, &source.path, &mut bytes, block.offset)?;
        let take = left.min(block.rows.saturating_sub(skip));
        let mut taken = 0;
        for (number, line) in lines(&bytes).skip(skip).take(take) {
            rows.read(line, block.first_line + number)?;
            taken += 1;
        }
        if taken < take {
            return Err(Error::Changed { path: source.path.clone() });
        }
        left -= taken;
        skip = 0;
    }
    let columns: Vec<Column> = rows.builders.into_iter().map(Builder::finish).collect();
    if columns.is_empty() {
        return Ok((Batch::of_rows(rows.count), rows.bad_cells));
    }
    let batch = Batch::new(source.schema.clone(), columns).ok_or_else(|| Error::Internal {
        path: source.path.clone(),
        message: "the columns of a batch have unequal lengths".to_owned(),
    })?;
    Ok((batch, rows.bad_cells))
}

struct Rows<'a> {
    source: &'a Source,
    builders: Vec<Builder>,
    /// The values of one line, by column.
    cells: Vec<Cell>,
    /// The texts of one line, their escapes undone.
    text: Vec<u8>,
    scratch: Scratch,
    count: usize,
    bad_cells: BadCells,
}

impl Rows<'_> {
    fn read(&mut self, line: &[u8], number: u64) -> Result<(), Error> {
        let source = self.source;
        self.cells.fill(Cell::Absent);
        self.text.clear();
        let fields = source.schema.fields();
        let is_text = |at: usize| fields.get(at).is_some_and(|field| field.data_type == DataType::Text);
        let keep = |name: &str| source.index.get(name).is_some_and(|at| is_text(*at));
        let (cells, text) = (&mut self.cells, &mut self.text);
        // Numbers and arrays are parts of the line.
        let place = |raw: &[u8]| {
            let start = (raw.as_ptr() as usize).saturating_sub(line.as_ptr() as usize);
            (start, start + raw.len())
        };
        let mut twice = None;
        let scanned = scan(line, &mut self.scratch, &keep, &mut |name, value| {
            let Some(slot) = source.index.get(name).and_then(|at| cells.get_mut(*at)) else { return Ok(()) };
            if !matches!(slot, Cell::Absent) {
                twice = Some(name.to_owned());
                return Err(Problem::KeyTwice);
            }
            *slot = match value {
                Value::Null => Cell::Null,
                Value::Bool(truth) => Cell::Bool(truth),
                Value::Number(raw) => {
                    let (start, end) = place(raw);
                    Cell::Number { start, end }
                }
                Value::Raw(raw) => {
                    let (start, end) = place(raw);
                    Cell::Raw { start, end }
                }
                Value::Text(value) if source.nulls.iter().any(|null| null == value.as_bytes()) => Cell::Null,
                Value::Text(value) => {
                    let start = text.len();
                    text.extend_from_slice(value.as_bytes());
                    Cell::Text { start, end: text.len() }
                }
            };
            Ok(())
        });
        if let Err(problem) = scanned {
            let column = twice.unwrap_or_default();
            self.bad(number, column, line, problem)?;
            if source.on_error == OnError::Null {
                self.builders.iter_mut().for_each(Builder::push_null);
                self.count += 1;
            }
            return Ok(());
        }
        self.push(line, number)
    }

    fn push(&mut self, line: &[u8], number: u64) -> Result<(), Error> {
        let source = self.source;
        for at in 0..self.builders.len() {
            let (Some(builder), Some(cell)) = (self.builders.get_mut(at), self.cells.get(at)) else {
                continue;
            };
            let value = match *cell {
                Cell::Absent | Cell::Null => Value::Null,
                Cell::Bool(truth) => Value::Bool(truth),
                Cell::Number { start, end } => Value::Number(line.get(start..end).unwrap_or_default()),
                Cell::Raw { start, end } => Value::Raw(line.get(start..end).unwrap_or_default()),
                Cell::Text { start, end } => {
                    let text = self.text.get(start..end).unwrap_or_default();
                    Value::Text(std::str::from_utf8(text).unwrap_or_default())
                }
            };
            if builder.push(value) {
                continue;
            }
            let shown = match value {
                Value::Text(text) => text.as_bytes().to_vec(),
                Value::Number(raw) | Value::Raw(raw) => raw.to_vec(),
                Value::Bool(truth) => truth.to_string().into_bytes(),
                Value::Null => Vec::new(),
            };
            let problem = Problem::NotOfType(builder.data_type);
            let name = source.schema.fields().get(at).map(|field| field.name.clone()).unwrap_or_default();
            self.bad(number, name, &shown, problem)?;
            if source.on_error == OnError::Skip {
                let count = self.count;
                self.builders.iter_mut().take(at).for_each(|builder| builder.truncate(count));
                return Ok(());
            }
            if let Some(builder) = self.builders.get_mut(at) {
                builder.push_null();
            }
        }
        self.count += 1;
        Ok(())
    }

    /// Counts what cannot be read, or ends the import.
    fn bad(&mut self, line: u64, column: String, text: &[u8], problem: Problem) -> Result<(), Error> {
        let cell = BadCell { line, column, text: shorten(text), problem };
        if self.source.on_error == OnError::Fail {
            return Err(Error::BadCell { path: self.source.path.clone(), cell });
        }
        self.bad_cells.append(BadCells { count: 1, first: vec![cell] });
        Ok(())
    }
}
