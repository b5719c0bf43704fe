//! The codes of rows that each have a text of their own: 0, 1, 2 and so on, one run of them for all zones of all columns. Where
//! codes lie tells that they are these, so that nobody need look at them.

use crate::{Buffer, SharedBytes, SharedValues};
use colq_types::{DataType, Physical, ZONE_ROWS};
use std::sync::{Arc, LazyLock};

static CODES: LazyLock<Arc<CodeRun>> = LazyLock::new(|| Arc::new(CodeRun((0..ZONE_ROWS as u32).collect())));

#[derive(Debug)]
struct CodeRun(Vec<u32>);

impl AsRef<[u8]> for CodeRun {
    fn as_ref(&self) -> &[u8] {
        bytemuck::cast_slice(&self.0)
    }
}

/// The codes 0 to `len`, of one zone at most: those of a whole zone where more are asked for.
pub fn row_codes(len: usize) -> &'static [u32] {
    let codes: &'static CodeRun = &CODES;
    codes.0.get(..len).unwrap_or(&codes.0)
}

/// True where codes are known to rise by one from row to row, as part of the run that [`row_codes`] gives. False says nothing.
pub fn are_row_codes(codes: &[u32]) -> bool {
    let (all, own) = (CODES.0.as_ptr_range(), codes.as_ptr_range());
    all.start <= own.start && own.end <= all.end
}

impl Buffer {
    /// The codes 0 to `len`, in memory of their own only where they are more than those of a zone.
    pub fn row_codes(len: usize) -> Buffer {
        if len > ZONE_ROWS as usize {
            return Buffer::U32((0..=u32::MAX).take(len).collect());
        }
        let all = SharedBytes::new(CODES.clone());
        let shared =
            all.slice(0..len * 4).and_then(|bytes| SharedValues::new(DataType::Text, Physical::U32, bytes));
        shared.map_or_else(|| Buffer::U32((0..len as u32).collect()), Buffer::Shared)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Values;

    #[test]
    fn codes_are_known_by_where_they_lie() {
        let zone = ZONE_ROWS as usize;
        for len in [0, 1, 63, 65, zone] {
            assert!(row_codes(len).iter().copied().eq(0..len as u32));
            assert!(are_row_codes(row_codes(len)));
        }
        assert_eq!(row_codes(zone + 1).len(), zone);
        assert!(are_row_codes(&row_codes(100)[7..70]));
        assert!(!are_row_codes(&[0, 1, 2]));
        for len in [0, 1, 100, zone, zone + 1] {
            let buffer = Buffer::row_codes(len);
            let Values::U32(codes) = buffer.as_values() else { panic!("no codes") };
            assert!(codes.iter().copied().eq(0..len as u32));
            assert!(are_row_codes(codes) == (len <= zone), "{len}");
        }
    }
}
