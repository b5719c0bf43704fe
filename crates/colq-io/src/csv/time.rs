//! Dates and instants in the forms that nearly all files have, by words instead of bytes. Every other form,
//! and everything that is wrong, goes to `colq_types::calendar`, which has the last word.

use colq_types::calendar;
use colq_types::{DataType, TimeUnit};

/// Bytes of `word` that are no digit after the pattern was taken off by exclusive or: `limit` holds 0x76 where
/// a digit (0 to 9) is wanted and 0x7f where 0 is.
#[inline(always)]
fn fits(word: u64, limit: u64) -> bool {
    const LOW: u64 = 0x7f7f_7f7f_7f7f_7f7f;
    (((word & LOW) + limit) | word) & !LOW == 0
}

/// Days since 1970 of `YYYY-MM-DD` at the beginning of the text.
#[inline(always)]
pub(super) fn quick_days(text: &[u8]) -> Option<i32> {
    let (head, rest) = text.split_first_chunk::<8>()?;
    let word = u64::from_le_bytes(*head) ^ u64::from_le_bytes(*b"0000-00-");
    let digits = word.to_le_bytes();
    let [tens, ones, ..] = rest else { return None };
    let (tens, ones) = (tens.wrapping_sub(b'0'), ones.wrapping_sub(b'0'));
    if !fits(word, 0x7f76_767f_7676_7676) || tens > 9 || ones > 9 {
        return None;
    }
    let digit = |i: usize| u32::from(digits[i]);
    let year = digit(0) * 1000 + digit(1) * 100 + digit(2) * 10 + digit(3);
    let (month, day) = (digit(5) * 10 + digit(6), u32::from(tens * 10 + ones));
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let last = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 => 28 + u32::from(is_leap),
        _ => return None,
    };
    if day == 0 || day > last {
        return None;
    }
    // The calendar's formula with years that begin in March, moved by 4,800 years so that nothing is negative.
    let shifted = year + 4800 - u32::from(month <= 2);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let days = 365 * shifted + shifted / 4 - shifted / 100 + shifted / 400 + day_of_year;
    Some(days as i32 - (719_468 + 12 * 146_097))
}

/// Seconds since 1970 of `YYYY-MM-DDThh:mm:ss` or the same with a space, alone or with a `Z`.
#[inline(always)]
pub(super) fn quick_seconds(text: &[u8]) -> Option<i64> {
    let [b'T' | b' ', time @ ..] = text.get(10..)? else { return None };
    let (time, rest) = time.split_first_chunk::<8>()?;
    if !matches!(rest, [] | [b'Z']) {
        return None;
    }
    let word = u64::from_le_bytes(*time) ^ u64::from_le_bytes(*b"00:00:00");
    if !fits(word, 0x7676_7f76_767f_7676) {
        return None;
    }
    let digits = word.to_le_bytes();
    let pair = |i: usize| i64::from(digits[i] * 10 + digits[i + 1]);
    let (hour, minute, second) = (pair(0), pair(3), pair(6));
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    Some(i64::from(quick_days(text)?) * 86_400 + hour * 3600 + minute * 60 + second)
}

/// As [`calendar::parse_date`].
#[inline(always)]
pub(crate) fn parse_date(text: &[u8]) -> Option<i32> {
    if text.len() == 10
        && let Some(days) = quick_days(text)
    {
        return Some(days);
    }
    calendar::parse_date(text)
}

/// As [`calendar::parse_timestamp`].
#[inline(always)]
pub(crate) fn parse_timestamp(text: &[u8], unit: TimeUnit) -> Option<i64> {
    match quick_seconds(text).and_then(|seconds| seconds.checked_mul(unit.per_second())) {
        Some(value) => Some(value),
        None => calendar::parse_timestamp(text, unit),
    }
}

/// The type whose text this is in one of the quick forms, when it can be counted in nanoseconds too.
#[inline(always)]
pub(super) fn quick_type(text: &[u8]) -> Option<DataType> {
    /// What nanoseconds in i64 reach, in whole days and a day less.
    const NEAR_DAYS: i32 = 106_750;
    if text.len() == 10 {
        return quick_days(text).filter(|days| days.abs() < NEAR_DAYS).map(|_| DataType::Date);
    }
    quick_seconds(text)
        .filter(|seconds| seconds.abs() < i64::from(NEAR_DAYS) * 86_400)
        .map(|_| DataType::Timestamp(TimeUnit::Microsecond))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_date_of_four_digits_is_that_of_the_calendar() {
        for year in (0..10_000).filter(|y| y % 100 < 9 || y % 7 == 0) {
            for month in 0..14 {
                for day in [0, 1, 9, 28, 29, 30, 31, 32] {
                    let text = format!("{year:04}-{month:02}-{day:02}");
                    assert_eq!(quick_days(text.as_bytes()), calendar::parse_date(text.as_bytes()), "{text}");
                }
            }
        }
    }

    proptest! {
        #[test]
        fn instants_are_those_of_the_calendar(
            text in "[0-9]{4}-[01][0-9]-[0-3][0-9][T t][0-2][0-9]:[0-6][0-9]:[0-6][0-9](Z|[.]5|[+]01:00|)",
            swap in 0usize..25, with in "[0-9:. TZ-]",
        ) {
            let mut wrong = text.clone();
            if swap < wrong.len() {
                wrong.replace_range(swap..=swap, &with);
            }
            for text in [text, wrong] {
                let text = text.as_bytes();
                for unit in [TimeUnit::Second, TimeUnit::Nanosecond] {
                    prop_assert_eq!(parse_timestamp(text, unit), calendar::parse_timestamp(text, unit));
                }
                prop_assert_eq!(parse_date(text), calendar::parse_date(text));
            }
        }
    }
}
