//! What most cells are, told from a few words instead of byte by byte.
//!
//! The bytes that are no digits make a mask of up to 16 bits; an integer has none of them, a decimal number
//! a point and perhaps a sign. Whatever is not one of the few plain forms goes to [`Kinds::of`], which has the
//! last word.

use super::kind::Kinds;

/// What the cell at `start` is, which may look at bytes after it and not count them.
#[inline(always)]
pub(super) fn kinds(bytes: &[u8], start: usize, len: usize) -> Kinds {
    plain(bytes, start, len).unwrap_or_else(|| Kinds::of(bytes.get(start..start + len).unwrap_or(&[])))
}

#[inline(always)]
fn plain(bytes: &[u8], start: usize, len: usize) -> Option<Kinds> {
    if len == 0 || len > 16 {
        return None;
    }
    let (window, _) = bytes.get(start..)?.split_first_chunk::<16>()?;
    let (low, high) = window.split_at(8);
    let low = u64::from_le_bytes(low.try_into().ok()?);
    let high = u64::from_le_bytes(high.try_into().ok()?);
    let others = (others(low) | others(high) << 8) & ((1 << len) - 1);
    let byte = |at: u32| window.get(at as usize).copied().unwrap_or(0);
    if others == 0 {
        return Some(Kinds::INTEGER);
    }
    // A minus before the digits; of zeros only the full rules know whether they are negative.
    let signed = byte(0) == b'-';
    let rest = if signed { others & !1 } else { others };
    if signed && rest == 0 && len > 1 && byte(1) != b'0' {
        return Some(Kinds::NEGATIVE_INTEGER);
    }
    let is_one = rest != 0 && rest & (rest - 1) == 0;
    // The point needs a digit on one side.
    if is_one && byte(rest.trailing_zeros()) == b'.' && len > 1 + usize::from(signed) {
        return Some(Kinds::FLOAT);
    }
    None
}

/// One bit for each byte that is no digit.
#[inline(always)]
fn others(word: u64) -> u64 {
    const LOW: u64 = 0x7f7f_7f7f_7f7f_7f7f;
    let word = word ^ 0x3030_3030_3030_3030;
    // What is above 9 reaches the high bit.
    let high = (((word & LOW) + 0x7676_7676_7676_7676) | word) & !LOW;
    (high >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig { cases: 5000, ..ProptestConfig::default() })]
        #[test]
        fn the_quick_way_agrees_with_the_full_rules(
            text in "-?[0-9]{0,9}[.]?[0-9]{0,9}[-ex +]?|[0-9-]{1,12}|-0{1,9}|[a-z0-9.:/-]{1,18}",
            after in "[0-9,]{0,20}",
        ) {
            prop_assume!(!text.is_empty());
            let all = format!("{text},{after}");
            prop_assert_eq!(kinds(all.as_bytes(), 0, text.len()), Kinds::of(text.as_bytes()), "{}", text);
        }
    }
}
