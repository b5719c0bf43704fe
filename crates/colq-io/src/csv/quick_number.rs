//! Numbers of up to 16 digits from a few words instead of byte by byte. Every other form, and everything that is
//! wrong, goes to `number`, which has the last word.
//!
//! A function here gets all bytes and the place of a cell in them, since a word at its start reaches past its end.

use super::number::{eight_digits, parse_float, parse_i64};

/// Powers of ten that f64 holds exactly and that cells of 16 digits reach.
const POWERS: [f64; 17] =
    [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16];

/// Integers below this are exact in f64.
const EXACT: u64 = 1 << 53;

#[inline(always)]
fn word_at(bytes: &[u8], at: usize) -> Option<u64> {
    bytes.get(at..).and_then(|rest| rest.first_chunk()).map(|eight| u64::from_le_bytes(*eight))
}

/// The value of the first `len` bytes of a word, 1 to 8, where all are digits.
#[inline(always)]
fn few_digits(word: u64, len: usize) -> Option<u64> {
    let unused = 64 - 8 * len as u32;
    // The digits move behind zeros; of a whole word nothing moves.
    let zeros = 0x3030_3030_3030_3030u64.checked_shr(64 - unused).unwrap_or(0);
    eight_digits((word << unused | zeros).to_le_bytes())
}

/// The value of 1 to 16 digits.
#[inline(always)]
fn digits_at(bytes: &[u8], start: usize, len: usize) -> Option<u64> {
    match len {
        1..=8 => few_digits(word_at(bytes, start)?, len),
        9..=16 => {
            let high = few_digits(word_at(bytes, start)?, len - 8)?;
            let low = eight_digits(word_at(bytes, start + len - 8)?.to_le_bytes())?;
            Some(high * 100_000_000 + low)
        }
        _ => None,
    }
}

/// As [`parse_i64`] of the `len` bytes at `start`.
#[inline(always)]
pub(super) fn integer_at(bytes: &[u8], start: usize, len: usize) -> Option<i64> {
    let negative = bytes.get(start) == Some(&b'-') && len > 1;
    let skipped = usize::from(negative);
    match digits_at(bytes, start + skipped, len - skipped) {
        Some(value) if negative => Some(-(value as i64)),
        Some(value) => Some(value as i64),
        None => parse_i64(bytes.get(start..start + len)?),
    }
}

/// Where the first point is in the `len` bytes at `start`, of which 16 are looked at.
#[inline(always)]
fn point_at(bytes: &[u8], start: usize, len: usize) -> Option<usize> {
    let find = |word: u64| {
        let zeroed = word ^ 0x2e2e_2e2e_2e2e_2e2e;
        // The lowest byte that is marked is a zero; those above it need not be.
        let found = zeroed.wrapping_sub(0x0101_0101_0101_0101) & !zeroed & 0x8080_8080_8080_8080;
        (found != 0).then_some(found.trailing_zeros() as usize / 8)
    };
    let at = match find(word_at(bytes, start)?) {
        Some(at) => at,
        None => 8 + find(word_at(bytes, start + 8)?)?,
    };
    (at < len).then_some(at)
}

/// As [`parse_float`] of the `len` bytes at `start`. Digits that make an exact integer, divided once by an exact power of
/// ten, are rounded once and so to the nearest (Clinger, "How to read floating point numbers accurately", 1990).
#[inline(always)]
pub(super) fn float_at(bytes: &[u8], start: usize, len: usize) -> Option<f64> {
    match plain_float(bytes, start, len) {
        Some(value) => Some(value),
        None => parse_float(bytes.get(start..start + len)?),
    }
}

#[inline(always)]
fn plain_float(bytes: &[u8], start: usize, len: usize) -> Option<f64> {
    let negative = bytes.get(start) == Some(&b'-');
    let (start, len) = (start + usize::from(negative), len.checked_sub(usize::from(negative))?);
    let point = point_at(bytes, start, len)?;
    let places = len - point - 1;
    if point + places > 16 {
        return None;
    }
    let whole = if point == 0 { 0 } else { digits_at(bytes, start, point)? };
    let fraction = digits_at(bytes, start + point + 1, places)?;
    let power = *POWERS.get(places)?;
    // The product is below 10^16, as there are 16 digits in all.
    let all = whole * power as u64 + fraction;
    if all >= EXACT {
        return None;
    }
    let value = all as f64 / power;
    Some(if negative { -value } else { value })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig { cases: 20_000, ..ProptestConfig::default() })]
        #[test]
        fn the_quick_way_agrees_with_the_full_rules(
            text in "[-+]?[0-9]{0,17}|-?[0-9]{0,10}[.][0-9]{0,10}|-?[0-9]{1,3}[.][0-9]{1,16}|[-0-9.ex/:]{0,18}",
            after in "[0-9.,-]{0,20}",
        ) {
            let all = format!("{text},{after}");
            let bytes = all.as_bytes();
            prop_assert_eq!(integer_at(bytes, 0, text.len()), parse_i64(text.as_bytes()), "{}", text);
            let bits = |value: Option<f64>| value.map(f64::to_bits);
            let found = float_at(bytes, 0, text.len());
            prop_assert_eq!(bits(found), bits(parse_float(text.as_bytes())), "{}", text);
        }

        #[test]
        fn shortest_and_rounded_floats_are_read_as_they_were(value in any::<f64>(), places in 0usize..9) {
            for text in [format!("{value:?}"), format!("{:.places$}", value % 1e9)] {
                let all = format!("{text},0123456789abcdef");
                let found = float_at(all.as_bytes(), 0, text.len()).map(f64::to_bits);
                prop_assert_eq!(found, parse_float::<f64>(text.as_bytes()).map(f64::to_bits), "{}", text);
            }
        }
    }

    #[test]
    fn extremes_are_read() {
        for text in [
            "0",
            "-0",
            "-0.0",
            "0.0",
            ".5",
            "5.",
            ".",
            "-",
            "-.",
            "",
            "9007199254740992.",
            "9007199254740.993",
            "9999999999999999",
            "-9999999999999999",
            "0.1",
            "123456789.123456",
            "1.2.3",
        ] {
            let all = format!("{text},################");
            assert_eq!(integer_at(all.as_bytes(), 0, text.len()), parse_i64(text.as_bytes()), "{text}");
            let found = float_at(all.as_bytes(), 0, text.len()).map(f64::to_bits);
            assert_eq!(found, parse_float::<f64>(text.as_bytes()).map(f64::to_bits), "{text}");
        }
    }
}
