//! Text by its codes: a question about the distinct values is answered once for each of them, and then looked
//! up for each row.

use crate::Error;
use crate::code_table::{CodeTable, Shape};
use crate::pack::pack;
use crate::processor::vectorised;
use colq_column::{Bitmap, Values, are_row_codes};
use colq_types::Integer;

/// Law: bit `i` of `out` = whether `codes[i]` is in the table, for codes of any width; a null slot holds code 0 and gets its
/// bit, or zero where the table is of no code at all and every row is NULL.
///
/// # Errors
/// [`Error::CodePastDictionary`] when a code is past the table, which only a damaged file can bring about;
/// [`Error::WrongLayout`] for values that are no codes.
pub fn lookup_codes(codes: Values<'_>, table: &CodeTable, out: &mut Bitmap) -> Result<(), Error> {
    check_codes(codes, table.len())?;
    out.assign(codes.len(), false);
    if table.is_empty() {
        return Ok(());
    }
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
trait Code: Copy + Ord + TryFrom<u32> {
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

fn look_up<T: Code>(codes: &[T], table: &CodeTable, words: &mut [u64]) {
    match &table.shape {
        // A comparison of codes is many times faster than a look at a table for each row.
        Shape::Run { first, last, is_inside } => match T::try_from(*first) {
            Ok(first) => {
                // A table may hold more values than the codes can number: no row has those.
                let last = T::try_from(*last).unwrap_or(T::LARGEST);
                pack(codes, !is_inside, words, |code| (code >= first) & (code <= last));
            }
            Err(_) => pack(codes, !is_inside, words, |_| false),
        },
        Shape::Few(few) => {
            let mut places = few.iter().filter_map(|code| T::try_from(*code).ok());
            let Some(first) = places.next() else { return };
            // Those that are missing are the first once more.
            let [a, b, c, d, e, f, g] = std::array::from_fn(|_| places.next().unwrap_or(first));
            pack(codes, false, words, |code| {
                (code == first)
                    | (code == a)
                    | (code == b)
                    | (code == c)
                    | ((code == d) | (code == e) | (code == f) | (code == g))
            });
        }
        Shape::Flags(flags) => {
            pack(codes, false, words, |code| flags.get(code.index()).copied().unwrap_or(false));
        }
        Shape::Bits(bits) => pack(codes, false, words, |code| {
            bits.get(code.index() / 64).is_some_and(|word| word >> (code.index() % 64) & 1 == 1)
        }),
    }
}

/// Fails when a code is not below `dictionary_len`. All codes 0 pass even an empty dictionary: that is what a
/// column of nulls holds.
///
/// # Errors
/// As [`lookup_codes`].
pub fn check_codes(codes: Values<'_>, dictionary_len: usize) -> Result<(), Error> {
    let code = highest(codes)?;
    if code == 0 || (code as usize) < dictionary_len {
        return Ok(());
    }
    Err(Error::CodePastDictionary { code, dictionary_len })
}

/// The highest of these codes; 0 where there is none.
///
/// # Errors
/// [`Error::WrongLayout`] for values that are no codes.
pub(crate) fn highest(codes: Values<'_>) -> Result<u32, Error> {
    Ok(match codes {
        // They rise.
        Values::U32(codes) if are_row_codes(codes) => codes.last().copied().unwrap_or(0),
        Values::U8(codes) => u32::from(largest(codes)),
        Values::U16(codes) => u32::from(largest(codes)),
        Values::U32(codes) => largest(codes),
        other => {
            let found = other.physical().name();
            return Err(Error::WrongLayout { expected: "text codes (u8, u16 or u32)", found });
        }
    })
}

vectorised! {
    fn largest<T: Integer>(values: &[T]) -> T {
        values.iter().fold(T::default(), |largest, value| largest.max(*value))
    }
}
