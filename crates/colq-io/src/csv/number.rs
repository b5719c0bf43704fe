//! Integers and floats from text, strictly: a sign, digits, a point, an exponent, and no spaces.

/// The value of up to 8 digits at once; `None` when one of the bytes is no digit.
#[inline(always)]
pub(super) fn eight_digits(bytes: [u8; 8]) -> Option<u64> {
    let word = u64::from_le_bytes(bytes);
    // The high nibble of a digit is 3, also after adding 6.
    let high = (word & 0xf0f0_f0f0_f0f0_f0f0)
        | ((word.wrapping_add(0x0606_0606_0606_0606) & 0xf0f0_f0f0_f0f0_f0f0) >> 4);
    if high != 0x3333_3333_3333_3333 {
        return None;
    }
    // Pairs, then fours, then all eight (Lemire, "Quickly parsing eight digits", 2022).
    let word = word - 0x3030_3030_3030_3030;
    let word = word.wrapping_mul(10).wrapping_add(word >> 8);
    let low = (word & 0x0000_00ff_0000_00ff).wrapping_mul(0x000f_4240_0000_0064);
    let high = ((word >> 16) & 0x0000_00ff_0000_00ff).wrapping_mul(0x0000_2710_0000_0001);
    Some(low.wrapping_add(high) >> 32)
}

/// Digits and nothing else, up to 18 of them, so that nothing overflows.
#[inline(always)]
fn short_digits(mut text: &[u8]) -> Option<u64> {
    if text.is_empty() || text.len() > 18 {
        return None;
    }
    let mut value = 0;
    while let Some((eight, rest)) = text.split_first_chunk::<8>() {
        value = value * 100_000_000 + eight_digits(*eight)?;
        text = rest;
    }
    for byte in text {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        value = value * 10 + u64::from(digit);
    }
    Some(value)
}

/// An integer with an optional sign; leading zeros are allowed. `None` for anything else, and for what does
/// not fit.
#[inline(always)]
pub(crate) fn parse_i64(text: &[u8]) -> Option<i64> {
    let (negative, digits) = sign(text);
    match short_digits(digits) {
        Some(value) if negative => Some(-(value as i64)),
        Some(value) => Some(value as i64),
        None => parse_long(negative, digits),
    }
}

#[cold]
fn parse_long(negative: bool, digits: &[u8]) -> Option<i64> {
    let value = parse_magnitude(digits)?;
    if negative { 0i64.checked_sub_unsigned(value) } else { i64::try_from(value).ok() }
}

/// As [`parse_i64`], for values from 0 on; `-0` is 0.
#[inline(always)]
pub(crate) fn parse_u64(text: &[u8]) -> Option<u64> {
    let (negative, digits) = sign(text);
    parse_magnitude(digits).filter(|value| !negative || *value == 0)
}

#[inline(always)]
fn sign(text: &[u8]) -> (bool, &[u8]) {
    match text.split_first() {
        Some((b'-', rest)) => (true, rest),
        Some((b'+', rest)) => (false, rest),
        _ => (false, text),
    }
}

/// Digits of any length, as long as the value fits.
#[inline(always)]
pub(crate) fn parse_magnitude(digits: &[u8]) -> Option<u64> {
    if digits.len() <= 18 {
        return short_digits(digits);
    }
    digits.iter().try_fold(0u64, |value, byte| {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        value.checked_mul(10)?.checked_add(u64::from(digit))
    })
}

/// What a text is as a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// A sign and digits.
    Integer,
    /// With a point, an exponent, or one of the words for NaN and infinity.
    Float,
    /// No number.
    Other,
}

/// What a text is as a number: `[+-]digits[.digits][e[+-]digits]` with a digit on one side of the point at
/// least, or nan, inf or infinity in any case.
#[inline(always)]
pub(crate) fn shape(text: &[u8]) -> Shape {
    let (_, rest) = sign(text);
    let whole = count_digits(rest);
    if whole == rest.len() {
        return if whole > 0 { Shape::Integer } else { Shape::Other };
    }
    let mut after = rest.get(whole..).unwrap_or(&[]);
    let mut digits = whole;
    if let Some((b'.', fraction)) = after.split_first() {
        let count = count_digits(fraction);
        digits += count;
        after = fraction.get(count..).unwrap_or(&[]);
    }
    if digits == 0 {
        return if is_word(rest) { Shape::Float } else { Shape::Other };
    }
    if let Some((b'e' | b'E', exponent)) = after.split_first() {
        let (_, exponent) = sign(exponent);
        after =
            if exponent.is_empty() { b"?" } else { exponent.get(count_digits(exponent)..).unwrap_or(&[]) };
    }
    if after.is_empty() { Shape::Float } else { Shape::Other }
}

#[inline(always)]
fn count_digits(text: &[u8]) -> usize {
    text.iter().take_while(|b| b.is_ascii_digit()).count()
}

/// The words for values that have no digits.
fn is_word(text: &[u8]) -> bool {
    [b"nan".as_slice(), b"inf", b"infinity"].iter().any(|word| text.eq_ignore_ascii_case(word))
}

/// A float of [`shape`] `Integer` or `Float`, rounded to nearest even. `None` for anything else, and for digits beyond the
/// largest finite value, which would come out as infinity.
#[inline(always)]
pub(crate) fn parse_float<T: fast_float2::FastFloat + Into<f64> + Copy>(text: &[u8]) -> Option<T> {
    let value: T = fast_float2::parse(text).ok()?;
    let wide: f64 = value.into();
    (wide.is_finite() || is_word(sign(text).1)).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn integers_agree_with_the_standard_library(text in "[+-]?[0-9]{0,21}[.x:/]?") {
            prop_assert_eq!(parse_i64(text.as_bytes()), text.parse::<i64>().ok());
            let unsigned = match text.strip_prefix('-') {
                Some(rest) => rest.parse::<u64>().ok().filter(|v| *v == 0 && !rest.starts_with('+')),
                None => text.parse::<u64>().ok(),
            };
            prop_assert_eq!(parse_u64(text.as_bytes()), unsigned);
        }

        #[test]
        fn extreme_integers_are_read(value in any::<i64>(), unsigned in any::<u64>()) {
            prop_assert_eq!(parse_i64(value.to_string().as_bytes()), Some(value));
            prop_assert_eq!(parse_u64(unsigned.to_string().as_bytes()), Some(unsigned));
            prop_assert_eq!(parse_u64(value.to_string().as_bytes()), u64::try_from(value).ok());
        }

        #[test]
        fn floats_agree_with_the_standard_library(
            text in "[+-]?([0-9]{0,4}[.]?[0-9]{0,4}([eE][+-]?[0-9]{0,3})?|nan|NaN|inf|Infinity|INF|infinit)[ x]?",
        ) {
            let naive = text.parse::<f64>().ok();
            let is_number = shape(text.as_bytes()) != Shape::Other;
            prop_assert_eq!(is_number, naive.is_some(), "{}", text);
            let words = text.contains(['n', 'N', 'i', 'I']);
            let expected = naive.filter(|v| v.is_finite() || words).map(f64::to_bits);
            prop_assert_eq!(parse_float::<f64>(text.as_bytes()).map(f64::to_bits), expected, "{}", text);
        }

        #[test]
        fn every_float_is_read_back(bits in any::<u64>(), short in any::<u32>()) {
            let (long, short) = (f64::from_bits(bits), f32::from_bits(short));
            prop_assert_eq!(parse_float::<f64>(format!("{long:?}").as_bytes()).map(f64::to_bits), Some(long.to_bits()).filter(|_| !long.is_nan()).or(Some(f64::NAN.to_bits())));
            if !short.is_nan() {
                prop_assert_eq!(parse_float::<f32>(format!("{short:?}").as_bytes()), Some(short));
            }
        }
    }

    #[test]
    fn what_does_not_fit_is_no_number() {
        assert_eq!(parse_float::<f64>(b"1e400"), None);
        assert_eq!(parse_float::<f32>(b"1e40"), None);
        assert_eq!(parse_float::<f64>(b"-inf"), Some(f64::NEG_INFINITY));
        assert_eq!(parse_i64(b"9223372036854775808"), None);
        assert_eq!(parse_i64(b"-9223372036854775808"), Some(i64::MIN));
        assert_eq!(parse_u64(b"18446744073709551616"), None);
        assert_eq!(parse_i64(b" 1"), None);
        assert_eq!(parse_i64(b""), None);
        assert_eq!(parse_i64(b"-"), None);
    }
}
