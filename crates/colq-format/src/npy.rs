//! The 4,096 bytes of NumPy's format 1.0 that stand before the values of a file, so that `np.load` reads it.
//!
//! There is exactly one right header for a layout and a row count. Reading takes the row count, writes the
//! header again and compares every byte, so a damaged header cannot pass.

use crate::FormatError;
use colq_types::Physical;
use std::ops::Range;

/// Bytes before the first value. A page, so that values are aligned in a map; NumPy asks for a multiple of 64.
pub const HEADER_LEN: usize = 4096;

/// What NumPy's readers look for: the magic string and version 1.0.
const MAGIC: &[u8; 8] = b"\x93NUMPY\x01\x00";

/// Bytes after the magic string and the two-byte length.
const DICT_LEN: u16 = (HEADER_LEN - 10) as u16;

/// Digits reserved for the row count: any u64 fits.
const ROWS_WIDTH: usize = 20;

/// The bytes of the header that hold the row count, right-aligned and padded with spaces. All names of
/// layouts have three characters, so the place is the same in every file.
pub const ROWS_FIELD: Range<usize> = 61..61 + ROWS_WIDTH;

/// What the numbers of a file are: one of a layout in each row, or a vector of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NpyLayout {
    physical: Physical,
    /// Numbers in a row, where the array has two dimensions.
    vector_len: Option<u32>,
}

impl NpyLayout {
    /// Rows of `len` numbers each.
    pub fn vectors(physical: Physical, len: u32) -> NpyLayout {
        NpyLayout { physical, vector_len: Some(len) }
    }
}

impl From<Physical> for NpyLayout {
    fn from(physical: Physical) -> NpyLayout {
        NpyLayout { physical, vector_len: None }
    }
}

fn descr(physical: Physical) -> &'static str {
    match physical {
        Physical::Bool => "|b1",
        Physical::I8 => "|i1",
        Physical::I16 => "<i2",
        Physical::I32 => "<i4",
        Physical::I64 => "<i8",
        Physical::U8 => "|u1",
        Physical::U16 => "<u2",
        Physical::U32 => "<u4",
        Physical::U64 => "<u8",
        Physical::F16 => "<f2",
        // NumPy has no such type and sees the bits.
        Physical::Bf16 => "<u2",
        Physical::F32 => "<f4",
        Physical::F64 => "<f8",
        // No table holds it; NumPy would see the bytes.
        Physical::I128 => "V16",
    }
}

/// The row count as it stands in [`ROWS_FIELD`].
pub fn encode_rows(row_count: u64) -> [u8; ROWS_WIDTH] {
    let mut field = [b' '; ROWS_WIDTH];
    let digits = row_count.to_string();
    for (to, from) in field.iter_mut().rev().zip(digits.bytes().rev()) {
        *to = from;
    }
    field
}

/// The header of `row_count` values of a layout.
pub fn header_of(layout: impl Into<NpyLayout>, row_count: u64) -> Vec<u8> {
    let NpyLayout { physical, vector_len } = layout.into();
    let mut header = Vec::with_capacity(HEADER_LEN);
    header.extend_from_slice(MAGIC);
    header.extend_from_slice(&DICT_LEN.to_le_bytes());
    header.extend_from_slice(
        format!("{{'descr': '{}', 'fortran_order': False, 'shape': (", descr(physical)).as_bytes(),
    );
    header.extend_from_slice(&encode_rows(row_count));
    match vector_len {
        Some(len) => header.extend_from_slice(format!(", {len}), }}").as_bytes()),
        None => header.extend_from_slice(b",), }"),
    }
    header.resize(HEADER_LEN - 1, b' ');
    header.push(b'\n');
    header
}

/// The row count of a header, which must be that of a layout to the byte.
///
/// # Errors
/// [`FormatError::Header`] with the first byte that is not as it should be.
pub fn header_rows(layout: impl Into<NpyLayout>, header: &[u8]) -> Result<u64, FormatError> {
    let field =
        header.get(ROWS_FIELD).ok_or(FormatError::Header { what: "it is cut off", offset: header.len() })?;
    let not_a_number = FormatError::Header { what: "the shape is no row count", offset: ROWS_FIELD.start };
    let digits = std::str::from_utf8(field).map_err(|_| not_a_number.clone())?;
    let row_count: u64 = digits.trim_start_matches(' ').parse().map_err(|_| not_a_number)?;
    let right = header_of(layout, row_count);
    if header.len() != right.len() {
        return Err(FormatError::Header { what: "it is not 4,096 bytes long", offset: header.len() });
    }
    match header.iter().zip(&right).position(|(found, right)| found != right) {
        Some(offset) => {
            Err(FormatError::Header { what: "it is not the header of this column's type", offset })
        }
        None => Ok(row_count),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LAYOUTS: [Physical; 13] = [
        Physical::F16,
        Physical::Bf16,
        Physical::Bool,
        Physical::I8,
        Physical::I16,
        Physical::I32,
        Physical::I64,
        Physical::U8,
        Physical::U16,
        Physical::U32,
        Physical::U64,
        Physical::F32,
        Physical::F64,
    ];

    #[test]
    fn the_header_is_numpys_to_the_byte() {
        let header = header_of(Physical::F32, 336_776);
        assert_eq!(header.len(), 4096);
        assert_eq!(&header[..10], b"\x93NUMPY\x01\x00\xf6\x0f");
        let text = std::str::from_utf8(&header[10..]).unwrap();
        assert_eq!(
            text.trim_end(),
            "{'descr': '<f4', 'fortran_order': False, 'shape': (              336776,), }"
        );
        assert!(text.ends_with(" \n"));
        assert_eq!(&header[ROWS_FIELD], b"              336776");
    }

    #[test]
    fn vectors_have_two_dimensions() {
        let layout = NpyLayout::vectors(Physical::F16, 768);
        let header = header_of(layout, 5);
        let text = std::str::from_utf8(&header[10..]).unwrap();
        assert_eq!(
            text.trim_end(),
            "{'descr': '<f2', 'fortran_order': False, 'shape': (                   5, 768), }"
        );
        assert_eq!(header_rows(layout, &header), Ok(5));
        assert!(header_rows(NpyLayout::vectors(Physical::F16, 76), &header).is_err());
        assert!(header_rows(Physical::F16, &header).is_err());
    }

    #[test]
    fn a_header_reads_back_and_only_as_its_own_type() {
        for physical in LAYOUTS {
            for rows in [0, 1, 65_536, u64::MAX] {
                assert_eq!(header_rows(physical, &header_of(physical, rows)), Ok(rows));
            }
            let other = if physical == Physical::F32 { Physical::I32 } else { Physical::F32 };
            assert!(header_rows(other, &header_of(physical, 5)).is_err());
        }
        assert!(header_rows(Physical::F32, &[]).is_err());
        assert!(header_rows(Physical::F32, &header_of(Physical::F32, 1)[..4095]).is_err());
    }

    #[test]
    fn every_flipped_bit_is_found_or_changes_the_row_count() {
        let header = header_of(Physical::F64, 100_000);
        for bit in 0..header.len() * 8 {
            let mut bad = header.clone();
            bad[bit / 8] ^= 1 << (bit % 8);
            assert_ne!(header_rows(Physical::F64, &bad), Ok(100_000), "bit {bit}");
        }
    }
}
