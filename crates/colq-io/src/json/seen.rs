//! What the values of columns were seen to be, and the types that follow from all of them.
//!
//! The rules are those of CSV (`csv::kind`), but that quotes matter: a text is a day, an instant or text, never a number.
//! Arrays of numbers of one length are vectors. What was seen can be joined in any grouping as long as the order of the
//! file is kept, which decides the order of the columns.

use super::scan::{Value, numbers};
use crate::csv::Kinds;
use colq_types::{DataType, Physical};
use std::collections::HashMap;

/// Columns at most, as for CSV.
pub(super) const COLUMN_LIMIT: usize = 65_536;

/// What the arrays of a column were seen to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Arrays {
    None,
    /// Numbers, all of this length.
    Len(usize),
    /// Of several lengths, or of other things than numbers; the line of the first that did not fit.
    Odd(u64),
}

/// What the values of one column were seen to be.
#[derive(Debug, Clone)]
pub(super) struct SeenColumn {
    pub(super) name: String,
    kinds: Kinds,
    items: Kinds,
    arrays: Arrays,
    /// The first line with a plain value, and with an array.
    plain: Option<u64>,
    array: Option<u64>,
}

/// What was seen of all columns, in the order of their first row.
#[derive(Debug, Default)]
pub(super) struct Seen {
    pub(super) columns: Vec<SeenColumn>,
    index: HashMap<String, usize>,
}

impl Seen {
    /// The number of a column, a new one for a name that was not seen before; `None` beyond the limit.
    fn column(&mut self, name: &str) -> Option<&mut SeenColumn> {
        let index = match self.index.get(name) {
            Some(index) => *index,
            None if self.columns.len() == COLUMN_LIMIT => return None,
            None => {
                self.index.insert(name.to_owned(), self.columns.len());
                self.columns.push(SeenColumn {
                    name: name.to_owned(),
                    kinds: Kinds::default(),
                    items: Kinds::default(),
                    arrays: Arrays::None,
                    plain: None,
                    array: None,
                });
                self.columns.len() - 1
            }
        };
        self.columns.get_mut(index)
    }

    /// Looks at a value. False when there are too many columns.
    pub(super) fn look(&mut self, name: &str, value: Value<'_>, nulls: &[Vec<u8>], line: u64) -> bool {
        let Some(column) = self.column(name) else { return false };
        match value {
            Value::Null => {}
            Value::Bool(_) => column.add(Kinds::of(b"true"), line),
            Value::Number(digits) => column.add(Kinds::of(digits), line),
            Value::Text(text) if nulls.iter().any(|null| null == text.as_bytes()) => {}
            Value::Text(text) => {
                let kinds = Kinds::of(text.as_bytes());
                column.add(if kinds.is_time() { kinds } else { Kinds::TEXT }, line);
            }
            Value::Raw(raw) => column.add_array(raw, line),
        }
        true
    }

    /// Joins what was seen in lines further on. False when there are too many columns.
    pub(super) fn join(&mut self, later: Seen) -> bool {
        for other in later.columns {
            let Some(column) = self.column(&other.name) else { return false };
            column.kinds.join(other.kinds);
            column.items.join(other.items);
            column.arrays = join(column.arrays, other.arrays, other.array.unwrap_or(0));
            column.plain = column.plain.or(other.plain);
            column.array = column.array.or(other.array);
        }
        true
    }
}

fn join(one: Arrays, other: Arrays, line: u64) -> Arrays {
    match (one, other) {
        (Arrays::None, any) | (any, Arrays::None) => any,
        (Arrays::Odd(line), _) | (Arrays::Len(_), Arrays::Odd(line)) => Arrays::Odd(line),
        (Arrays::Len(a), Arrays::Len(b)) if a == b => one,
        (Arrays::Len(_), Arrays::Len(_)) => Arrays::Odd(line),
    }
}

impl SeenColumn {
    fn add(&mut self, kinds: Kinds, line: u64) {
        self.kinds.join(kinds);
        self.plain = self.plain.or(Some(line));
    }

    fn add_array(&mut self, raw: &[u8], line: u64) {
        let mut len = 0;
        let found = match numbers(raw) {
            Some(items) => {
                for item in items {
                    len += 1;
                    // A null among numbers is NaN, which only floats have.
                    self.items.join(Kinds::of(item.unwrap_or(b"0.5")));
                }
                Arrays::Len(len)
            }
            None => Arrays::Odd(line),
        };
        self.arrays = join(self.arrays, found, line);
        self.array = self.array.or(Some(line));
    }

    /// The type of the column, or the line where it is none and why.
    pub(super) fn data_type(&self) -> Result<DataType, (u64, String)> {
        const ADVICE: &str = "Declare the column as text to keep it as JSON";
        match (self.arrays, self.plain, self.array) {
            (Arrays::None, _, _) => Ok(self.kinds.data_type()),
            (_, Some(plain), Some(array)) => Err((
                plain.max(array),
                format!("there are arrays and plain values, on lines {array} and {plain}. {ADVICE}"),
            )),
            (Arrays::Odd(line), _, _) => {
                Err((line, format!("only arrays of numbers of one length are read, as vectors. {ADVICE}")))
            }
            (Arrays::Len(len), _, _) => {
                let element = match self.items.data_type() {
                    DataType::I64 => Physical::I64,
                    DataType::U64 => Physical::U64,
                    // Arrays with nulls, and integers beyond 64 bits, are floats.
                    _ => Physical::F64,
                };
                let vector = u32::try_from(len).ok().and_then(|len| DataType::vector(element, len));
                let line = self.array.unwrap_or(1);
                vector.ok_or((line, format!("arrays of {len} numbers cannot be read as vectors. {ADVICE}")))
            }
        }
    }
}
