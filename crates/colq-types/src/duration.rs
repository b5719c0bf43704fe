//! Durations to ISO 8601 text and back. There are no months and years: those have no fixed length.

use crate::TimeUnit;

/// Seconds in a day.
const DAY: u64 = 86_400;

/// `P1DT2H3M4.5S`, with a minus before all of it where it is negative; `PT0S` for none.
pub fn format(value: i64, unit: TimeUnit) -> String {
    let per_second = unit.per_second().unsigned_abs();
    let all = value.unsigned_abs();
    let (seconds, fraction) = (all / per_second, all % per_second);
    let (days, hours, minutes, rest) = (seconds / DAY, seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    let mut text = String::from(if value < 0 { "-P" } else { "P" });
    if days > 0 {
        text.push_str(&format!("{days}D"));
    }
    if seconds % DAY == 0 && fraction == 0 && days > 0 {
        return text;
    }
    text.push('T');
    if hours > 0 {
        text.push_str(&format!("{hours}H"));
    }
    if minutes > 0 {
        text.push_str(&format!("{minutes}M"));
    }
    if rest > 0 || fraction > 0 || (days, hours, minutes) == (0, 0, 0) {
        text.push_str(&rest.to_string());
        if fraction > 0 {
            let width = per_second.ilog10() as usize;
            let digits = format!("{fraction:0>width$}");
            text.push('.');
            text.push_str(digits.trim_end_matches('0'));
        }
        text.push('S');
    }
    text
}

/// Reads ISO 8601 (`P1DT2H3M4.5S`, weeks too), a clock (`-26:03:04.5`, `02:03`, `1 day 02:03:04`), or a plain integer,
/// which is a count of units. `None` for anything else, for digits finer than the unit, and for what does not fit.
pub fn parse(text: &[u8], unit: TimeUnit) -> Option<i64> {
    let text = std::str::from_utf8(text).ok()?;
    if let Ok(units) = text.parse::<i64>() {
        return Some(units);
    }
    let (negative, rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let value = match rest.strip_prefix(['P', 'p']) {
        Some(rest) => iso(rest, unit)?,
        None => clock(rest, unit)?,
    };
    i64::try_from(if negative { -value } else { value }).ok()
}

/// The parts after the `P`.
fn iso(text: &str, unit: TimeUnit) -> Option<i128> {
    let (mut total, mut in_time, mut any) = (0i128, false, false);
    let mut rest = text;
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix(['T', 't']).filter(|_| !in_time) {
            in_time = true;
            any = false;
            rest = after;
            continue;
        }
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, after) = rest.split_at(end);
        let mut letters = after.chars();
        let seconds = match (letters.next()?.to_ascii_uppercase(), in_time) {
            ('W', false) => 7 * DAY,
            ('D', false) => DAY,
            ('H', true) => 3_600,
            ('M', true) => 60,
            ('S', true) => 1,
            _ => return None,
        };
        total = total.checked_add(units(number, seconds, unit)?)?;
        any = true;
        rest = letters.as_str();
    }
    any.then_some(total)
}

/// `[D day[s] ]H:MM[:SS[.f]]`.
fn clock(text: &str, unit: TimeUnit) -> Option<i128> {
    let (days, time) = match text.split_once(' ') {
        Some((days, rest)) => {
            let (word, time) = rest.split_once(' ').unwrap_or((rest, "0:00"));
            if !matches!(word, "day" | "days") {
                return None;
            }
            (units(days, DAY, unit)?, time)
        }
        None => (0, text),
    };
    let mut parts = time.split(':');
    let (hours, minutes, seconds) = (parts.next()?, parts.next()?, parts.next().unwrap_or("0"));
    let two_digits = |part: &str| part.len() >= 2 && part.split('.').next().is_some_and(|p| p.len() == 2);
    if parts.next().is_some() || !two_digits(minutes) || (seconds != "0" && !two_digits(seconds)) {
        return None;
    }
    if minutes.parse::<u8>().ok()? > 59 || seconds.parse::<f64>().ok()? >= 60.0 {
        return None;
    }
    let time = units(hours, 3_600, unit)?.checked_add(units(minutes, 60, unit)?)?;
    days.checked_add(time)?.checked_add(units(seconds, 1, unit)?)
}

/// A number of steps of so many seconds, in units, exactly. A fraction may stand only before seconds.
fn units(number: &str, seconds: u64, unit: TimeUnit) -> Option<i128> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if whole.is_empty() || !whole.bytes().all(|b| b.is_ascii_digit()) || whole.len() > 20 {
        return None;
    }
    let per_second = i128::from(unit.per_second());
    let step = i128::from(seconds).checked_mul(per_second)?;
    let mut total = whole.parse::<i128>().ok()?.checked_mul(step)?;
    let fraction = fraction.trim_end_matches('0');
    if !fraction.is_empty() {
        let digits = u32::try_from(fraction.len()).ok().filter(|d| *d <= 18)?;
        let scaled =
            fraction.parse::<i128>().ok().filter(|_| fraction.bytes().all(|b| b.is_ascii_digit()))?;
        let scaled = scaled.checked_mul(step)?;
        let divisor = 10i128.pow(digits);
        if scaled % divisor != 0 {
            return None;
        }
        total = total.checked_add(scaled / divisor)?;
    }
    Some(total)
}

#[cfg(test)]
mod tests {
    use super::*;
    use TimeUnit::{Microsecond, Millisecond, Nanosecond, Second};

    #[test]
    fn text_and_numbers_stand_for_each_other() {
        for (value, unit, text) in [
            (0, Second, "PT0S"),
            (93_784_500, Millisecond, "P1DT2H3M4.5S"),
            (-1, Nanosecond, "-PT0.000000001S"),
            (86_400, Second, "P1D"),
            (3_600_000_000, Microsecond, "PT1H"),
            (i64::MIN, Second, "-P106751991167300DT15H30M8S"),
            (i64::MAX, Nanosecond, "P106751DT23H47M16.854775807S"),
        ] {
            assert_eq!(format(value, unit), text);
            assert_eq!(parse(text.as_bytes(), unit), Some(value), "{text}");
        }
    }

    #[test]
    fn clocks_and_counts_are_read_too() {
        for (text, unit, value) in [
            ("02:03:04", Second, 7384),
            ("-26:03:04.5", Millisecond, -93_784_500),
            ("1 day 02:03:04", Second, 93_784),
            ("2 days", Second, 172_800),
            ("1:30", Second, 5400),
            ("-17", Microsecond, -17),
            ("P1W", Second, 604_800),
            ("PT0.5H", Second, 1800),
        ] {
            assert_eq!(parse(text.as_bytes(), unit), Some(value), "{text}");
        }
    }

    #[test]
    fn what_is_no_duration_is_none() {
        for text in [
            "", "P", "PT", "P1H", "PT1D", "P1Y", "1.5", "1:2:3", "01:60", "PT0.5S", "1 week", "PT1S2", "P-1D",
        ] {
            assert_eq!(parse(text.as_bytes(), Second), None, "{text}");
        }
    }
}
