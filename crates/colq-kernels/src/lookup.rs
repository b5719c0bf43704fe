//! Text by its codes: a question about the distinct values is answered once for each of them, and then looked
//! up for each row.

use crate::Error;
use crate::pack::pack;
use crate::processor::vectorised;
use colq_column::{Bitmap, Values, are_row_codes};
use colq_types::Integer;

/// Law: `out[i] = table[codes[i]]`, for codes of any width; a null slot holds code 0 and gets its bit, or zero
/// where the table is empty and every row is NULL.
///
/// # Errors
/// [`Error::CodePastDictionary`] when a code is past the table, which only a damaged file can bring about;
/// [`Error::WrongLayout`] for values that are no codes.
pub fn lookup_codes(codes: Values<'_>, table: &[bool], out: &mut Bitmap) -> Result<(), Error> {
    check_codes(codes, table.len())?;
    out.assign(codes.len(), false);
    let words = out.words_mut();
    match codes {
        Values::U8(codes) => look_up(codes, table, words),
        Values::U16(codes) => look_up(codes, table, words),
        Values::U32(codes) => look_up(codes, table, words),
        // check_codes refused every other layout.
        _ => {}
    }
    Ok(())
}

/// One of the code widths.
trait Code: Copy + Ord + TryFrom<usize> {
    const LARGEST: Self;
    fn index(self) -> usize;
}
impl Code for u8 {
    const LARGEST: u8 = u8::MAX;

    #[inline(always)]
    fn index(self) -> usize {
        usize::from(self)
    }
}
impl Code for u16 {
    const LARGEST: u16 = u16::MAX;

    #[inline(always)]
    fn index(self) -> usize {
        usize::from(self)
    }
}
impl Code for u32 {
    const LARGEST: u32 = u32::MAX;

    #[inline(always)]
    fn index(self) -> usize {
        self as usize
    }
}

/// Tables longer than this are not looked through for a short cut: the look would cost more than it saves.
const SHORT_TABLE: usize = 4096;

fn look_up<T: Code>(codes: &[T], table: &[bool], words: &mut [u64]) {
    // One value of a dictionary, all but one, or a run of values (a sorted dictionary and a range) is a
    // comparison of codes, which is many times faster than a look at the table for each row.
    if table.len() <= SHORT_TABLE {
        for wanted in [true, false] {
            let first = table.iter().position(|truth| *truth == wanted);
            let last = table.iter().rposition(|truth| *truth == wanted);
            let Some((first, last)) = first.zip(last) else { continue };
            if table[first..=last].iter().all(|truth| *truth == wanted) {
                // A table may hold more values than the codes can number: no row has those.
                let Ok(first) = T::try_from(first) else { continue };
                let last = T::try_from(last).unwrap_or(T::LARGEST);
                pack(codes, !wanted, words, |code| (code >= first) & (code <= last));
                return;
            }
        }
    }
    pack(codes, false, words, |code| table.get(code.index()).copied().unwrap_or(false));
}

/// Fails when a code is not below `dictionary_len`. All codes 0 pass even an empty dictionary: that is what a
/// column of nulls holds.
///
/// # Errors
/// As [`lookup_codes`].
pub fn check_codes(codes: Values<'_>, dictionary_len: usize) -> Result<(), Error> {
    let code = match codes {
        // They rise.
        Values::U32(codes) if are_row_codes(codes) => codes.last().copied().unwrap_or(0),
        Values::U8(codes) => u32::from(largest(codes)),
        Values::U16(codes) => u32::from(largest(codes)),
        Values::U32(codes) => largest(codes),
        other => {
            let found = other.physical().name();
            return Err(Error::WrongLayout { expected: "text codes (u8, u16 or u32)", found });
        }
    };
    if code == 0 || (code as usize) < dictionary_len {
        return Ok(());
    }
    Err(Error::CodePastDictionary { code, dictionary_len })
}

vectorised! {
    fn largest<T: Integer>(values: &[T]) -> T {
        values.iter().fold(T::default(), |largest, value| largest.max(*value))
    }
}
