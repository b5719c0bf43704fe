//! Days to years, months and days of the month and back, without branches or 64-bit divisions, so that a slice of days goes in
//! vector lanes.
//!
//! Law: what `colq_types::calendar` says, for the days from [`FIRST`] to [`LAST`]. The arithmetic is that of Cassio Neri and
//! Lorenz Schneider, "Euclidean affine functions and their application to calendar algorithms" (2022): a year that begins
//! in March, and multiplications in place of divisions.

/// The first day that may be asked for: about the year -25,400.
pub(super) const FIRST: i64 = -10_000_000;

/// The last day that may be asked for: about the year 29,300.
pub(super) const LAST: i64 = 10_000_000;

/// Eras of 400 years that are added, so that no year is below zero.
const ERAS: u32 = 82;

/// Years of those eras.
const YEARS: u32 = 400 * ERAS;

/// Days from the first day counted from to 1970-01-01.
const DAYS: u32 = 719_468 + 146_097 * ERAS;

/// A day of the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Civil {
    pub(super) year: i32,
    /// From 1.
    pub(super) month: u32,
    /// From 1.
    pub(super) day: u32,
    /// Days since the last first of March.
    since_march: u32,
}

impl Civil {
    /// The calendar's day of a number of days since 1970-01-01, between [`FIRST`] and [`LAST`].
    #[inline(always)]
    pub(super) fn of(day: i32) -> Civil {
        let quarters = (day as u32).wrapping_add(DAYS).wrapping_mul(4) + 3;
        let century = quarters / 146_097;
        let of_century = (quarters % 146_097) | 3;
        let product = 2_939_745 * u64::from(of_century);
        let year_of_century = (product >> 32) as u32;
        let since_march = product as u32 / 2_939_745 / 4;
        let months = 2_141u32.wrapping_mul(since_march).wrapping_add(197_913);
        let is_next = u32::from(since_march >= 306);
        let year = century.wrapping_mul(100).wrapping_add(year_of_century).wrapping_add(is_next);
        Civil {
            year: year.wrapping_sub(YEARS) as i32,
            month: (months >> 16).wrapping_sub(12 * is_next),
            day: (months & 0xffff) / 2_141 + 1,
            since_march,
        }
    }

    /// Days since the first of January.
    #[inline(always)]
    pub(super) fn of_year(self) -> u32 {
        // January and February end a year that began in March.
        let leap = u32::from(is_leap(self.year));
        if self.since_march >= 306 { self.since_march - 306 } else { self.since_march + 59 + leap }
    }
}

#[inline(always)]
fn is_leap(year: i32) -> bool {
    // A multiple of 100 is one of 400 where it is one of 16.
    let mask = if year % 100 == 0 { 15 } else { 3 };
    year & mask == 0
}

/// Days since 1970-01-01 of the first of a month (1 to 12) of a year between -32,000 and 32,000.
#[inline(always)]
pub(super) fn first_of(year: i32, month: u32) -> i32 {
    let is_early = u32::from(month <= 2);
    let year = (year as u32).wrapping_add(YEARS).wrapping_sub(is_early);
    let month = month + 12 * is_early;
    let century = year / 100;
    let of_years = (1_461 * year / 4).wrapping_sub(century).wrapping_add(century / 4);
    let of_months = (979 * month - 2_919) / 32;
    of_years.wrapping_add(of_months).wrapping_sub(DAYS) as i32
}

/// Days of a month (1 to 12) of a year.
#[inline(always)]
pub(super) fn days_in_month(year: i32, month: u32) -> u32 {
    // 31 and 30 take turns, and change step after July.
    let days = 30 | (month ^ (month >> 3)) & 1;
    if month == 2 { 28 + u32::from(is_leap(year)) } else { days }
}

/// Days since Monday, from 0 to 6. The epoch was a Thursday.
#[inline(always)]
pub(super) fn since_monday(day: i32) -> i32 {
    // A multiple of 7 that is larger than any day below zero.
    const WEEKS: i32 = 7 * 2_000_000;
    ((day + WEEKS + 3) as u32 % 7) as i32
}

#[cfg(test)]
mod tests {
    use super::*;
    use colq_types::calendar;

    #[test]
    fn every_day_is_that_of_the_calendar() {
        let near = -800_000..=800_000;
        let far = (FIRST..=LAST).step_by(97);
        for day in near.chain(far).chain([FIRST, LAST]) {
            let civil = Civil::of(day as i32);
            let (year, month, of_month) = calendar::date_from_days(day);
            assert_eq!((i64::from(civil.year), civil.month, civil.day), (year, month, of_month), "{day}");
            let january = calendar::days_since_epoch(year, 1, 1).unwrap();
            assert_eq!(i64::from(civil.of_year()), day - january, "{day}");
            assert_eq!(i64::from(first_of(civil.year, civil.month)), day - i64::from(of_month) + 1, "{day}");
            assert_eq!(days_in_month(civil.year, month), calendar::days_in_month(year, month), "{day}");
            assert_eq!(i64::from(since_monday(day as i32)), (day + 3).rem_euclid(7), "{day}");
        }
    }
}
