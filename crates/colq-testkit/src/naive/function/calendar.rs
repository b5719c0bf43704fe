//! Days and the calendar, counted year by year of a cycle of 400: slow, plain, and nobody else's code.

/// Days of 400 years, after which the calendar repeats itself.
const CYCLE: i128 = 146_097;

/// A day of the Gregorian calendar, extended in both directions; the year before 1 is 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::naive) struct Day {
    pub(in crate::naive) year: i128,
    pub(in crate::naive) month: i128,
    pub(in crate::naive) day: i128,
}

fn is_leap(year: i128) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn year_days(year: i128) -> i128 {
    365 + i128::from(is_leap(year))
}

/// How many days a month has.
pub(in crate::naive) fn month_days(year: i128, month: i128) -> i128 {
    match month {
        2 => 28 + i128::from(is_leap(year)),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

impl Day {
    pub(in crate::naive) fn new(year: i128, month: i128, day: i128) -> Day {
        Day { year, month, day }
    }

    /// The day so many days after 1970-01-01.
    pub(in crate::naive) fn of(days: i128) -> Day {
        // From 2000-01-01, where a cycle begins.
        let days = days - 10_957;
        let mut year = 2000 + 400 * days.div_euclid(CYCLE);
        let mut rest = days.rem_euclid(CYCLE);
        while rest >= year_days(year) {
            rest -= year_days(year);
            year += 1;
        }
        let mut month = 1;
        while rest >= month_days(year, month) {
            rest -= month_days(year, month);
            month += 1;
        }
        Day { year, month, day: rest + 1 }
    }

    /// Days after 1970-01-01.
    pub(in crate::naive) fn days(self) -> i128 {
        let cycle = (self.year - 2000).div_euclid(400);
        let first = 2000 + 400 * cycle;
        let years: i128 = (first..self.year).map(year_days).sum();
        let months: i128 = (1..self.month).map(|month| month_days(self.year, month)).sum();
        10_957 + CYCLE * cycle + years + months + self.day - 1
    }

    /// The day of the year, from 1.
    pub(in crate::naive) fn of_year(self) -> i128 {
        self.days() - Day::new(self.year, 1, 1).days() + 1
    }

    /// Monday is 1, Sunday 7.
    pub(in crate::naive) fn of_week(self) -> i128 {
        // 1970-01-01 was a Thursday.
        (self.days() + 3).rem_euclid(7) + 1
    }

    /// The ISO year and week: those of the Thursday of this week.
    pub(in crate::naive) fn iso_week(self) -> (i128, i128) {
        let thursday = Day::of(self.days() - self.of_week() + 4);
        (thursday.year, (thursday.of_year() - 1) / 7 + 1)
    }

    /// So many months later; a day that the month does not have is its last.
    pub(in crate::naive) fn add_months(self, months: i128) -> Day {
        let all = self.year * 12 + self.month - 1 + months;
        let (year, month) = (all.div_euclid(12), all.rem_euclid(12) + 1);
        Day { year, month, day: self.day.min(month_days(year, month)) }
    }
}
