//! Numbers and values in few characters.

use crate::output::{grouped, printable};
use colq::{Scalar, TimeUnit};

/// Digits that are shown of a number that is no count.
const DIGITS: i32 = 6;

/// A number with six digits that count, without zeros behind the point.
pub(crate) fn short(number: f64) -> String {
    if number == 0.0 {
        return "0".to_owned();
    }
    if !number.is_finite() {
        return Scalar::F64(number).to_string();
    }
    let exponent = number.abs().log10().floor() as i32;
    if !(-5..15).contains(&exponent) {
        return format!("{number:.3e}");
    }
    let decimals = (DIGITS - 1 - exponent).max(0) as usize;
    let text = format!("{number:.decimals$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// A share in percent; what is more than nothing and less than all shows so.
pub(crate) fn percent(part: u64, whole: u64) -> String {
    if whole == 0 {
        return "0 %".to_owned();
    }
    let share = part as f64 / whole as f64 * 100.0;
    if part > 0 && share < 0.1 {
        "<0.1 %".to_owned()
    } else if part < whole && share > 99.9 {
        ">99.9 %".to_owned()
    } else {
        format!("{} %", short((share * 10.0).round() / 10.0))
    }
}

/// A value for people: floats short, integers as they are, times to the second where they have no fraction.
pub(crate) fn shown(value: &Scalar) -> String {
    match value {
        Scalar::F32(v) => short(f64::from(*v)),
        Scalar::F64(v) => short(*v),
        Scalar::U64(v) if *v >= 10_000 => grouped(*v),
        Scalar::I64(v) if *v >= 10_000 => grouped(v.unsigned_abs()),
        Scalar::I64(v) if *v <= -10_000 => format!("-{}", grouped(v.unsigned_abs())),
        other => printable(&other.to_string()),
    }
}

/// Units of time in a day.
pub(crate) fn duration_unit(unit: TimeUnit) -> f64 {
    unit.per_second() as f64 * 86_400.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short_and_shares_do_not_lie() {
        for (number, text) in [
            (12.639_070_257, "12.6391"),
            (0.0, "0"),
            (-1.0, "-1"),
            (1_234_567.8, "1234568"),
            (1e300, "1.000e300"),
            (0.000_123_456_78, "0.000123457"),
            (f64::INFINITY, "Infinity"),
        ] {
            assert_eq!(short(number), text);
        }
        assert_eq!(percent(1, 1_000_000), "<0.1 %");
        assert_eq!(percent(999_999, 1_000_000), ">99.9 %");
        assert_eq!(percent(1, 8), "12.5 %");
        assert_eq!(percent(0, 0), "0 %");
        assert_eq!(shown(&Scalar::I64(-1_234_567)), "-1,234,567");
        assert_eq!(shown(&Scalar::Text("a\u{1b}b".into())), "a␛b");
    }
}
