//! Decimals to text and back: an integer and how many of its digits stand after the point.

use crate::DataType;

/// 10 to a power of up to 38, which is the largest that fits.
pub const fn power_of_ten(exponent: u8) -> i128 {
    10i128.pow(if exponent > DataType::MAX_PRECISION {
        DataType::MAX_PRECISION as u32
    } else {
        exponent as u32
    })
}

/// The value as a float, rounded to nearest once where both its digits and its scale are exact as floats, which
/// they are up to 2^53 and 10^22.
pub fn to_f64(value: i128, scale: u8) -> f64 {
    const EXACT: u128 = 1 << f64::MANTISSA_DIGITS;
    if scale <= 22 && value.unsigned_abs() <= EXACT {
        return value as f64 / 10f64.powi(i32::from(scale));
    }
    // The parser rounds once, whatever the digits.
    format(value, scale).parse().unwrap_or(f64::NAN)
}

/// `12.50` for 1250 with two digits after the point.
pub fn format(value: i128, scale: u8) -> String {
    let scale = usize::from(scale);
    let digits = value.unsigned_abs().to_string();
    let padded = format!("{digits:0>width$}", width = scale + 1);
    let (whole, fraction) = padded.split_at(padded.len() - scale);
    let sign = if value < 0 { "-" } else { "" };
    if scale == 0 { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") }
}

/// Reads digits with at most one point and an optional sign, as `scale` digits after the point. Digits beyond
/// the scale round half away from zero, as PostgreSQL does; an exponent is read too. `None` for anything else, and
/// for what does not fit into 38 digits.
pub fn parse(text: &[u8], scale: u8) -> Option<i128> {
    let (value, found, rest) = digits(text)?;
    rescale_parts(value, i32::from(found) - exponent(rest)?, scale)
}

/// Reads digits as they stand, with as many digits after the point as are written; no exponent. `None` for anything
/// else, and for more than 38 digits.
pub fn parse_exact(text: &[u8]) -> Option<(i128, u8)> {
    let (value, scale, rest) = digits(text)?;
    rest.is_empty().then_some((value, scale))
}

/// The digits, how many of them stand after the point, and what follows them.
fn digits(text: &[u8]) -> Option<(i128, u8, &[u8])> {
    let (negative, unsigned) = match text.split_first()? {
        (b'-', rest) => (true, rest),
        (b'+', rest) => (false, rest),
        _ => (false, text),
    };
    let (mut value, mut scale, mut point, mut count) = (0i128, 0u8, false, 0usize);
    let mut rest = unsigned;
    while let Some((byte, after)) = rest.split_first() {
        match byte {
            b'0'..=b'9' => {
                value = value.checked_mul(10)?.checked_add(i128::from(byte - b'0'))?;
                scale = scale.checked_add(u8::from(point))?;
                count += 1;
            }
            b'.' if !point => point = true,
            _ => break,
        }
        rest = after;
    }
    if count == 0 || value.unsigned_abs() >= power_of_ten(DataType::MAX_PRECISION).unsigned_abs() {
        return None;
    }
    Some((if negative { -value } else { value }, scale, rest))
}

/// The exponent in what follows the digits; 0 for nothing.
fn exponent(rest: &[u8]) -> Option<i32> {
    match rest.split_first() {
        None => Some(0),
        Some((b'e' | b'E', digits)) => {
            let text = std::str::from_utf8(digits).ok()?;
            text.parse::<i32>().ok().filter(|e| e.unsigned_abs() <= 1_000)
        }
        _ => None,
    }
}

/// The same number with another count of digits after the point; digits that are dropped round half away from
/// zero. `None` where it does not fit into 38 digits.
pub fn rescale(value: i128, from: u8, to: u8) -> Option<i128> {
    rescale_parts(value, i32::from(from), to)
}

fn rescale_parts(value: i128, from: i32, to: u8) -> Option<i128> {
    let shift = i32::from(to) - from;
    let limit = power_of_ten(DataType::MAX_PRECISION);
    let result = if value == 0 {
        0
    } else if shift >= 0 {
        let exponent = u8::try_from(shift).ok().filter(|e| *e <= DataType::MAX_PRECISION)?;
        value.checked_mul(power_of_ten(exponent))?
    } else {
        match u8::try_from(-shift).ok().filter(|e| *e <= DataType::MAX_PRECISION) {
            None => 0,
            Some(exponent) => {
                let divisor = power_of_ten(exponent);
                let (quotient, remainder) = (value / divisor, value % divisor);
                let up = remainder.unsigned_abs() >= divisor.unsigned_abs().div_ceil(2);
                quotient + if up { value.signum() } else { 0 }
            }
        }
    };
    (result.unsigned_abs() < limit.unsigned_abs()).then_some(result)
}

/// True when the value has at most so many digits.
pub fn fits(value: i128, precision: u8) -> bool {
    value.unsigned_abs() < power_of_ten(precision).unsigned_abs()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_numbers_stand_for_each_other() {
        for (text, scale, value) in [
            ("12.50", 2, 1250),
            ("-0.05", 2, -5),
            ("0", 0, 0),
            ("-7", 0, -7),
            ("0.000000000000000001", 18, 1),
            ("99999999999999999999999999999999999999", 0, power_of_ten(38) - 1),
        ] {
            assert_eq!(parse(text.as_bytes(), scale), Some(value), "{text}");
            assert_eq!(format(value, scale), text);
        }
    }

    #[test]
    fn digits_beyond_the_scale_round_half_away_from_zero() {
        for (text, scale, value) in [
            ("1.005", 2, 101),
            ("1.0049", 2, 100),
            ("-1.005", 2, -101),
            ("+.5", 0, 1),
            ("5.", 1, 50),
            ("1.5e3", 0, 1500),
            ("15e-1", 0, 2),
            ("1e-50", 3, 0),
        ] {
            assert_eq!(parse(text.as_bytes(), scale), Some(value), "{text}");
        }
        assert_eq!(rescale(125, 2, 1), Some(13));
        assert_eq!(rescale(-124, 2, 1), Some(-12));
        assert_eq!(rescale(power_of_ten(37), 0, 1), None);
        assert_eq!(rescale(power_of_ten(37), 0, 0), Some(power_of_ten(37)));
    }

    #[test]
    fn what_is_no_decimal_is_none() {
        for text in ["", "-", ".", "1.2.3", "1e", "e5", "NaN", "1 ", "0x1", "1e9999", &"9".repeat(39)] {
            assert_eq!(parse(text.as_bytes(), 2), None, "{text}");
        }
        assert_eq!(parse_exact(b"0.05"), Some((5, 2)));
        assert_eq!(parse_exact(b"1e5"), None);
    }

    #[test]
    fn floats_are_the_nearest() {
        for (value, scale, float) in
            [(5, 2, 0.05), (1, 1, 0.1), (123_456_789_012_345_678, 9, 123_456_789.012_345_67)]
        {
            assert_eq!(to_f64(value, scale), float);
        }
        assert_eq!(to_f64(power_of_ten(37), 30), 1e7);
    }
}
