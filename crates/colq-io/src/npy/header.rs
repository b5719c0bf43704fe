//! The header of an `.npy` file: which columns lie in it, and where.

use super::dtype::Dtype;
use super::literal::{Literal, parse};
use colq_types::DataType;

/// Bytes of a header at most: a structured array of the most fields has a long one.
pub(super) const HEADER_LIMIT: usize = 16 << 20;

/// Columns at most, as for CSV.
const COLUMN_LIMIT: usize = 65_536;

/// A column of an array.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct NpyColumn {
    /// `None` for an array that is not structured.
    pub(super) name: Option<String>,
    pub(super) dtype: Dtype,
    /// Elements in a row of a vector.
    pub(super) len: Option<u32>,
    pub(super) data_type: DataType,
    /// Where its bytes stand in a row, and how many they are.
    pub(super) offset: usize,
    pub(super) byte_width: usize,
}

/// What an array holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) columns: Vec<NpyColumn>,
    pub(super) row_count: u64,
    /// Bytes a row.
    pub(super) row_width: usize,
}

/// How long the header is, from the first bytes of a file: its start and its length. The error says what is wrong.
pub(super) fn place(head: &[u8]) -> Result<(usize, usize), String> {
    let Some(rest) = head.strip_prefix(b"\x93NUMPY") else {
        return Err("it does not begin as one".to_owned());
    };
    let (start, len) = match rest {
        [1, 0, a, b, ..] => (10, usize::from(u16::from_le_bytes([*a, *b]))),
        [2 | 3, 0, a, b, c, d, ..] => (12, u32::from_le_bytes([*a, *b, *c, *d]) as usize),
        [major, minor, ..] => return Err(format!("its version {major}.{minor} is not 1, 2 or 3")),
        _ => return Err("it ends in its header".to_owned()),
    };
    if len > HEADER_LIMIT {
        return Err(format!("its header of {len} bytes is longer than any that NumPy writes"));
    }
    Ok((start, len))
}

impl Header {
    /// Reads the dictionary of a header.
    pub(super) fn parse(text: &str) -> Result<Header, String> {
        let Some(Literal::Pairs(pairs)) = parse(text) else {
            return Err("its header is no Python dictionary".to_owned());
        };
        let find = |key: &str| {
            let found = pairs.iter().find(|(name, _)| name == key);
            found.map(|(_, value)| value).ok_or_else(|| format!("its header has no {key}"))
        };
        let (Literal::Items(items), Literal::Bool(fortran_order)) = (find("shape")?, find("fortran_order")?)
        else {
            return Err("the shape or the order in its header is not sound".to_owned());
        };
        let whole = |item: &Literal| if let Literal::Whole(n) = item { Some(*n) } else { None };
        let shape: Option<Vec<u64>> = items.iter().map(whole).collect();
        let shape = shape.ok_or("the shape in its header is not sound")?;
        let (row_count, len) = match shape.as_slice() {
            [rows] => (*rows, None),
            [rows, len] => (*rows, Some(*len)),
            [] => return Err("it holds a single value and no rows. Save it with np.atleast_1d".to_owned()),
            _ => {
                return Err(format!(
                    "it has {} dimensions, and two are read at most. Reshape it to (rows, numbers) first",
                    shape.len()
                ));
            }
        };
        if *fortran_order && len.is_some() {
            return Err(
                "it is in Fortran order, a column after the other. Save it with np.ascontiguousarray"
                    .to_owned(),
            );
        }
        match find("descr")? {
            Literal::Text(descr) => {
                let len = len.map(|len| u32::try_from(len).map_err(|_| "its rows are too long".to_owned()));
                let column = column(None, descr, len.transpose()?, 0)?;
                let row_width = column.byte_width;
                Ok(Header { columns: vec![column], row_count, row_width })
            }
            Literal::Items(_) if len.is_some() => {
                Err("it is a structured array of two dimensions. Flatten it first".to_owned())
            }
            Literal::Items(fields) => {
                let mut columns = Vec::new();
                let mut offset = 0usize;
                if fields.len() > COLUMN_LIMIT {
                    return Err(format!(
                        "it has {} fields, and at most {COLUMN_LIMIT} can be read",
                        fields.len()
                    ));
                }
                for field in fields {
                    let column = structured(field, offset)?;
                    offset = offset.checked_add(column.byte_width).ok_or("its rows are too long")?;
                    // NumPy fills gaps between fields with fields without a name.
                    if column.name.as_deref() != Some("") {
                        columns.push(column);
                    }
                }
                Ok(Header { columns, row_count, row_width: offset })
            }
            _ => Err("the type in its header is not sound".to_owned()),
        }
    }
}

/// A field of a structured array: `('name', '<f4')` or `('name', '<f4', (3,))`.
fn structured(field: &Literal, offset: usize) -> Result<NpyColumn, String> {
    let Literal::Items(parts) = field else { return Err("a field in its header is not sound".to_owned()) };
    let name = match parts.first() {
        Some(Literal::Text(name)) => name.clone(),
        // A title and a name.
        Some(Literal::Items(both)) => match both.as_slice() {
            [_, Literal::Text(name)] => name.clone(),
            _ => return Err("a field in its header has no name".to_owned()),
        },
        _ => return Err("a field in its header has no name".to_owned()),
    };
    let Some(Literal::Text(descr)) = parts.get(1) else {
        return Err(format!("its field {name} is structured itself. Flatten it first"));
    };
    let len = match parts.get(2) {
        None => None,
        Some(Literal::Items(shape)) => match shape.as_slice() {
            [Literal::Whole(len)] => Some(*len),
            _ => return Err(format!("its field {name} has several dimensions. Flatten it first")),
        },
        Some(Literal::Whole(len)) => Some(*len),
        Some(_) => return Err(format!("the shape of its field {name} is not sound")),
    };
    let len =
        len.map(|len| u32::try_from(len).map_err(|_| "its rows are too long".to_owned())).transpose()?;
    if name.is_empty() {
        // A gap between fields, of raw bytes.
        let width = descr.trim_start_matches(['|', '<', '>', 'V']).parse::<usize>().unwrap_or(usize::MAX);
        if width > HEADER_LIMIT {
            return Err("a gap between its fields is not sound".to_owned());
        }
        let dtype = Dtype { element: super::dtype::Element::Bytes(width), big_endian: false };
        let data_type = DataType::Text;
        return Ok(NpyColumn { name: Some(name), dtype, len: None, data_type, offset, byte_width: width });
    }
    column(Some(name), descr, len, offset)
}

fn column(name: Option<String>, descr: &str, len: Option<u32>, offset: usize) -> Result<NpyColumn, String> {
    let dtype = Dtype::parse(descr).map_err(|reason| match &name {
        Some(name) => format!("its field {name} has the type {descr}, and {reason}"),
        None => format!("its type is {descr}, and {reason}"),
    })?;
    let data_type = dtype.data_type(len).ok_or_else(|| {
        format!("its rows of {} values of type {descr} cannot be vectors", len.unwrap_or(1))
    })?;
    let byte_width =
        dtype.byte_width().checked_mul(len.unwrap_or(1) as usize).ok_or("its rows are too long")?;
    Ok(NpyColumn { name, dtype, len, data_type, offset, byte_width })
}
