//! Days and timestamps to ISO 8601 text and back, in the proleptic Gregorian calendar and UTC.
//!
//! The day arithmetic is Howard Hinnant's `days_from_civil` and `civil_from_days`
//! (<https://howardhinnant.github.io/date_algorithms.html>). A year outside 0 to 9999 is written with a sign and as many
//! digits as it needs, and read so: up to seven digits, as many as a date has.

use crate::TimeUnit;
use std::fmt::Write as _;

/// Seconds in a day.
const DAY: i64 = 86_400;

/// Days since 1970-01-01 of a calendar date; `None` when there is no such date, or a date column cannot hold it.
pub fn days_from_date(year: i64, month: u32, day: u32) -> Option<i32> {
    i32::try_from(days_since_epoch(year, month, day)?).ok()
}

/// Years that are computed with lie this far from 0 at most, so that their days fit: timestamps in whole seconds reach
/// about 300 billion years.
const FARTHEST_YEAR: i64 = 1_000_000_000_000;

/// Days since 1970-01-01 of a calendar date, also of one far beyond what a date column holds; `None` when there is no
/// such date.
pub fn days_since_epoch(year: i64, month: u32, day: u32) -> Option<i64> {
    if !(-FARTHEST_YEAR..=FARTHEST_YEAR).contains(&year) {
        return None;
    }
    if !(1..=12).contains(&month) || day == 0 || day > days_in_month(year, month) {
        return None;
    }
    let (m, d) = (i64::from(month), i64::from(day));
    let y = if m <= 2 { year - 1 } else { year };
    let era = y.div_euclid(400);
    let year_of_era = y.rem_euclid(400);
    let day_of_year = (153 * ((m + 9) % 12) + 2) / 5 + d - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    Some(era * 146_097 + day_of_era - 719_468)
}

/// Year, month (1 to 12) and day (1 to 31) of a number of days since 1970-01-01.
pub fn date_from_days(days: i64) -> (i64, u32, u32) {
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let day_of_era = z.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = (day_of_year - (153 * shifted_month + 2) / 5 + 1) as u32;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 } as u32;
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

/// Days of a month (1 to 12) of a year.
pub fn days_in_month(year: i64, month: u32) -> u32 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

/// `2013-01-31`.
pub fn format_date(days: i32) -> String {
    let mut out = String::with_capacity(10);
    push_date(&mut out, i64::from(days));
    out
}

fn push_date(out: &mut String, days: i64) {
    let (year, month, day) = date_from_days(days);
    // Writing to a String cannot fail.
    let _ = if (0..=9999).contains(&year) {
        write!(out, "{year:04}-{month:02}-{day:02}")
    } else {
        write!(out, "{year:+05}-{month:02}-{day:02}")
    };
}

/// `2013-01-31T10:00:00Z`, with as many digits of a second as the value needs, up to its unit.
pub fn format_timestamp(value: i64, unit: TimeUnit) -> String {
    let per = unit.per_second();
    let (seconds, fraction) = (value.div_euclid(per), value.rem_euclid(per));
    let (days, second) = (seconds.div_euclid(DAY), seconds.rem_euclid(DAY));
    let mut out = String::with_capacity(30);
    push_date(&mut out, days);
    let _ = write!(out, "T{:02}:{:02}:{:02}", second / 3600, second / 60 % 60, second % 60);
    if fraction != 0 {
        let digits = per.ilog10() as usize;
        let text = format!("{fraction:0digits$}");
        let _ = write!(out, ".{}", text.trim_end_matches('0'));
    }
    out.push('Z');
    out
}

/// Reads `YYYY-MM-DD`, strictly. `None` for anything else and for days that do not exist.
pub fn parse_date(text: &[u8]) -> Option<i32> {
    let (days, rest) = take_date(text)?;
    rest.is_empty().then_some(days)
}

/// Reads an ISO 8601 instant: a date, `T` or a space, `hh:mm[:ss[.fraction]]`, and optionally `Z` or an
/// offset `+hh:mm`, `+hhmm`, `+hh`, which is converted to UTC. A date alone is its midnight. A fraction with
/// more digits than the unit holds is refused (`None`) unless the extra digits are zero: nothing is rounded
/// in silence.
pub fn parse_timestamp(text: &[u8], unit: TimeUnit) -> Option<i64> {
    let (days, rest) = take_date(text)?;
    let per = unit.per_second();
    let mut seconds = i64::from(days) * DAY;
    let mut fraction = 0;
    if let Some((separator, time)) = rest.split_first() {
        if *separator != b'T' && *separator != b't' && *separator != b' ' {
            return None;
        }
        let (hour, time) = two_digits(time)?;
        let (minute, mut time) = two_digits(time.strip_prefix(b":")?)?;
        let mut second = 0;
        if let Some(after) = time.strip_prefix(b":") {
            (second, time) = two_digits(after)?;
            if let Some(after) = time.strip_prefix(b".") {
                (fraction, time) = take_fraction(after, per)?;
            }
        }
        if hour > 23 || minute > 59 || second > 59 {
            return None;
        }
        seconds += hour * 3600 + minute * 60 + second - parse_offset(time)?;
    }
    // Near the lowest value the whole seconds alone go beyond 64 bits.
    i64::try_from(i128::from(seconds) * i128::from(per) + i128::from(fraction)).ok()
}

/// Seconds east of UTC.
fn parse_offset(text: &[u8]) -> Option<i64> {
    let (sign, digits) = match text.split_first() {
        None => return Some(0),
        Some((b'Z' | b'z', [])) => return Some(0),
        Some((b'+', digits)) => (1, digits),
        Some((b'-', digits)) => (-1, digits),
        Some(_) => return None,
    };
    let (hours, rest) = two_digits(digits)?;
    let minutes = match rest {
        [] => 0,
        rest => {
            let (minutes, rest) = two_digits(rest.strip_prefix(b":").unwrap_or(rest))?;
            if !rest.is_empty() {
                return None;
            }
            minutes
        }
    };
    (hours <= 23 && minutes <= 59).then_some(sign * (hours * 3600 + minutes * 60))
}

fn take_fraction(text: &[u8], per: i64) -> Option<(i64, &[u8])> {
    let digits = text.iter().take_while(|b| b.is_ascii_digit()).count();
    if digits == 0 {
        return None;
    }
    let (mut value, mut scale) = (0, per);
    for byte in &text[..digits] {
        let digit = i64::from(byte - b'0');
        scale /= 10;
        if scale == 0 && digit != 0 {
            return None;
        }
        value += digit * scale;
    }
    Some((value, &text[digits..]))
}

fn take_date(text: &[u8]) -> Option<(i32, &[u8])> {
    let (sign, digits, text) = match text.split_first()? {
        (b'-', rest) => (-1, signed_year(rest)?, rest),
        (b'+', rest) => (1, signed_year(rest)?, rest),
        _ => (1, 4, text),
    };
    let (year, text) = text.split_at_checked(digits)?;
    let digit = |byte: &u8| byte.is_ascii_digit().then(|| i64::from(byte - b'0'));
    let year = year.iter().try_fold(0, |year, byte| Some(year * 10 + digit(byte)?))?;
    let (month, text) = two_digits(text.strip_prefix(b"-")?)?;
    let (day, text) = two_digits(text.strip_prefix(b"-")?)?;
    let days = days_from_date(sign * year, month as u32, day as u32)?;
    Some((days, text))
}

/// Digits of the year after a sign: at least four.
fn signed_year(text: &[u8]) -> Option<usize> {
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    (4..=7).contains(&digits).then_some(digits)
}

fn two_digits(text: &[u8]) -> Option<(i64, &[u8])> {
    match text {
        [a, b, rest @ ..] if a.is_ascii_digit() && b.is_ascii_digit() => {
            Some((i64::from(a - b'0') * 10 + i64::from(b - b'0'), rest))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_day_of_eight_centuries_goes_there_and_back() {
        let mut expected = days_from_date(1600, 1, 1).unwrap();
        for year in 1600..2400 {
            for month in 1..=12 {
                for day in 1..=days_in_month(year, month) {
                    let days = days_from_date(year, month, day).unwrap();
                    assert_eq!(days, expected);
                    assert_eq!(date_from_days(i64::from(days)), (year, month, day));
                    expected += 1;
                }
            }
        }
        assert_eq!(days_from_date(1970, 1, 1), Some(0));
        assert_eq!(days_from_date(2023, 2, 29), None);
        assert_eq!(days_from_date(2024, 13, 1), None);
    }

    #[test]
    fn timestamps_read_what_they_write() {
        for (text, micros) in [
            ("1970-01-01T00:00:00Z", 0),
            ("1969-12-31T23:59:59.999999Z", -1),
            ("2013-01-01T10:00:00Z", 1_357_034_400_000_000),
        ] {
            assert_eq!(parse_timestamp(text.as_bytes(), TimeUnit::Microsecond), Some(micros));
            assert_eq!(format_timestamp(micros, TimeUnit::Microsecond), text);
        }
    }

    /// Years beyond 9999 were written and not read again, so that an export of them could not be imported.
    #[test]
    fn far_away_times_read_what_they_write() {
        for days in [i32::MIN, -4_371_222, -719_529, 2_932_896, 2_932_897, i32::MAX] {
            assert_eq!(parse_date(format_date(days).as_bytes()), Some(days), "{}", format_date(days));
        }
        for (unit, value) in
            [(TimeUnit::Microsecond, i64::MAX), (TimeUnit::Nanosecond, i64::MAX), (TimeUnit::Second, 1 << 47)]
        {
            for value in [value, -value] {
                let text = format_timestamp(value, unit);
                assert_eq!(parse_timestamp(text.as_bytes(), unit), Some(value), "{text}");
            }
        }
        for bad in ["10000-01-01", "+100-01-01", "+12345678-01-01", "+-2000-01-01", "-", "+9999999-01-01"] {
            assert_eq!(parse_date(bad.as_bytes()), None, "{bad}");
        }
    }

    #[test]
    fn offsets_are_converted_and_bad_text_is_refused() {
        let at = |text: &str| parse_timestamp(text.as_bytes(), TimeUnit::Second);
        assert_eq!(at("2013-01-01T10:00:00+02:00"), at("2013-01-01 08:00"));
        assert_eq!(at("2013-01-01T10:00:00-0530"), at("2013-01-01T15:30:00Z"));
        assert_eq!(at("2013-01-01"), at("2013-01-01T00:00:00Z"));
        for bad in ["", "2013", "2013-01-01T", "2013-01-01T25:00", "2013-01-01T10:00:00.5Z", "2013-1-1", "x"]
        {
            assert_eq!(at(bad), None, "{bad}");
        }
        assert_eq!(at("2013-01-01T10:00:00.000Z"), at("2013-01-01T10:00:00Z"));
        assert_eq!(parse_date(b"2013-01-01 "), None);
    }
}
