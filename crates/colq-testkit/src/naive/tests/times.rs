//! Functions of dates and times, by hand and from PostgreSQL's manual.

use super::*;
use colq_types::{TimeUnit, calendar};

const INVALID: NaiveErrorKind = NaiveErrorKind::InvalidArgument;
const OVERFLOW: NaiveErrorKind = NaiveErrorKind::Overflow;

fn day(written: &str) -> Scalar {
    Scalar::Date(calendar::parse_date(written.as_bytes()).unwrap())
}

fn at(written: &str, unit: TimeUnit) -> Scalar {
    Scalar::Timestamp(calendar::parse_timestamp(written.as_bytes(), unit).unwrap(), unit)
}

fn us(written: &str) -> Scalar {
    at(written, TimeUnit::Microsecond)
}

#[test]
fn the_calendar_counts_days_as_everybody_does() {
    use crate::naive::function::calendar::Day;
    for days in (-1_500_000..3_500_000).step_by(997).chain([-719_528, -719_163, 0, 11_016, 2_932_896]) {
        let (year, month, day) = calendar::date_from_days(days);
        let expected = Day::new(year.into(), month.into(), day.into());
        assert_eq!(Day::of(days.into()), expected);
        assert_eq!(expected.days(), days.into());
    }
}

#[test]
fn starts_of_units() {
    let x = || us("2001-02-16 20:38:40.123456");
    for (unit, start) in [
        ("microsecond", "2001-02-16 20:38:40.123456"),
        ("millisecond", "2001-02-16 20:38:40.123"),
        ("second", "2001-02-16 20:38:40"),
        ("minute", "2001-02-16 20:38:00"),
        ("hour", "2001-02-16 20:00:00"),
        ("day", "2001-02-16"),
        ("week", "2001-02-12"),
        ("month", "2001-02-01"),
        ("quarter", "2001-01-01"),
        ("year", "2001-01-01"),
        ("decade", "2000-01-01"),
        ("century", "2001-01-01"),
        ("millennium", "2001-01-01"),
    ] {
        calls("date_trunc", &[text(unit), x()], us(start));
    }
    calls("date_trunc", &[text("century"), day("2000-12-31")], day("1901-01-01"));
    calls("date_trunc", &[text("week"), day("2012-01-01")], day("2011-12-26"));
    calls("date_trunc", &[text("century"), day("0000-02-29")], day("-0099-01-01"));
    // Before 1970 it goes down too.
    calls("date_trunc", &[text("second"), us("1969-12-31 23:59:59.9")], us("1969-12-31 23:59:59"));
    calls("date_trunc", &[text("day"), us("1969-12-31 00:00:00")], us("1969-12-31"));
    calls("date_trunc", &[text("hour"), NULL], NULL);
    calls(
        "date_trunc",
        &[text("ms"), at("2001-02-16", TimeUnit::Second)],
        at("2001-02-16", TimeUnit::Second),
    );
    let first = Scalar::Timestamp(i64::MIN, TimeUnit::Nanosecond);
    refuses("date_trunc", &[text("year"), first], OVERFLOW);
    refuses("date_trunc", &[text("year"), Scalar::Date(i32::MIN)], OVERFLOW);
}

#[test]
fn parts_of_instants() {
    let x = || us("2001-02-16 20:38:40.5");
    for (part, value) in [
        ("year", 2001),
        ("quarter", 1),
        ("month", 2),
        ("week", 7),
        ("day", 16),
        ("hour", 20),
        ("minute", 38),
        ("second", 40),
        ("millisecond", 40_500),
        ("microsecond", 40_500_000),
        ("nanosecond", 40_500_000_000),
        ("dow", 5),
        ("isodow", 5),
        ("doy", 47),
        ("isoyear", 2001),
        ("decade", 200),
        ("century", 21),
        ("millennium", 3),
    ] {
        calls("date_part", &[text(part), x()], i(value));
    }
    calls("date_part", &[text("epoch"), us("2001-02-16 20:38:40.12")], f(982_355_920.12));
    calls("date_part", &[text("epoch"), day("1969-12-31")], f(-86_400.0));
    calls("date_part", &[text("epoch"), Scalar::Duration(-1_500, TimeUnit::Millisecond)], f(-1.5));
    calls("date_part", &[text("millisecond"), us("1969-12-31 23:59:59.9")], i(59_900));
    calls("date_part", &[text("day"), NULL], NULL);
}

#[test]
fn weeks_and_days_of_weeks_are_those_of_iso_8601() {
    for (written, week, year) in [
        ("2006-01-01", 52, 2005),
        ("2006-01-02", 1, 2006),
        ("2005-01-01", 53, 2004),
        ("2012-12-31", 1, 2013),
        ("2009-12-31", 53, 2009),
    ] {
        calls("date_part", &[text("week"), day(written)], i(week));
        calls("date_part", &[text("isoyear"), day(written)], i(year));
    }
    // 2013-02-17 was a Sunday.
    calls("date_part", &[text("dow"), day("2013-02-17")], i(0));
    calls("date_part", &[text("isodow"), day("2013-02-17")], i(7));
    calls("date_part", &[text("doy"), day("2012-12-31")], i(366));
    calls("date_part", &[text("century"), day("2000-12-16")], i(20));
    calls("date_part", &[text("millennium"), day("2000-12-16")], i(2));
    calls("date_part", &[text("century"), day("0001-01-01")], i(1));
    calls("date_part", &[text("century"), day("0000-12-31")], i(-1));
    calls("date_part", &[text("century"), day("-0100-12-31")], i(-2));
    calls("date_part", &[text("millennium"), day("-0099-01-01")], i(-1));
    calls("date_part", &[text("year"), day("0000-01-01")], i(0));
    calls("date_part", &[text("year"), day("9999-12-31")], i(9999));
    calls("date_part", &[text("decade"), day("-0001-01-01")], i(-1));
}

#[test]
fn bins_are_counted_from_their_origin() {
    let minutes = |n: i64| Scalar::Duration(n * 60_000_000, TimeUnit::Microsecond);
    let x = || us("2020-02-11 15:44:17");
    calls("date_bin", &[minutes(15), x(), us("2001-01-01")], us("2020-02-11 15:30:00"));
    calls("date_bin", &[minutes(15), x(), us("2001-01-01 00:02:30")], us("2020-02-11 15:32:30"));
    calls("date_bin", &[minutes(60), us("1969-12-31 23:59:00")], us("1969-12-31 23:00:00"));
    refuses("date_bin", &[minutes(0), x()], INVALID);
    refuses("date_bin", &[minutes(-1), x()], INVALID);
    let first = Scalar::Timestamp(i64::MIN, TimeUnit::Microsecond);
    refuses("date_bin", &[minutes(15), first], OVERFLOW);
    let bins = |months: i32, x: Scalar, origin: Option<Scalar>| {
        let t = table(&[("x", DataType::Timestamp(TimeUnit::Microsecond), vec![x])]);
        let interval = ExprKind::Interval { months, days: 0, rest: (0, TimeUnit::Second) };
        let args = [interval.into(), col("x")].into_iter().chain(origin.map(lit)).collect();
        let expr: Expr = ExprKind::Call { name: "date_bin".into(), args }.into();
        ask(&select([expr]), &t).map(|mut answer| answer.rows.remove(0).remove(0)).map_err(|e| e.kind)
    };
    assert_eq!(bins(1, x(), None), Ok(us("2020-02-01")));
    assert_eq!(bins(3, us("1969-11-30"), None), Ok(us("1969-10-01")));
    assert_eq!(bins(12, x(), Some(us("2001-07-04 12:00"))), Ok(us("2019-07-04 12:00")));
    // The end of a month is the start of a bin as late as the month allows.
    assert_eq!(bins(1, us("2020-02-29"), Some(us("2020-01-31"))), Ok(us("2020-02-29")));
    assert_eq!(bins(1, us("2020-02-28"), Some(us("2020-01-31"))), Ok(us("2020-01-31")));
    assert_eq!(bins(-1, x(), None), Err(INVALID));
}

#[test]
fn months_and_days_are_added_on_the_calendar() {
    calls("add_months", &[day("2013-01-31"), i(1)], day("2013-02-28"));
    calls("add_months", &[day("2012-01-31"), i(1)], day("2012-02-29"));
    calls("add_months", &[day("2012-02-29"), i(12)], day("2013-02-28"));
    calls("add_months", &[day("2012-02-29"), i(-48)], day("2008-02-29"));
    calls("add_months", &[day("2000-03-31"), i(-1)], day("2000-02-29"));
    calls("add_months", &[day("1900-03-31"), i(-1)], day("1900-02-28"));
    calls("add_months", &[day("0000-01-15"), i(-1)], day("-0001-12-15"));
    calls("add_months", &[us("2013-01-31 10:20:30.5"), i(1)], us("2013-02-28 10:20:30.5"));
    calls("add_months", &[us("1969-12-31 23:59:59"), i(2)], us("1970-02-28 23:59:59"));
    calls("add_days", &[day("2012-02-28"), i(2)], day("2012-03-01"));
    calls("add_days", &[us("2012-02-28 01:00"), i(-59)], us("2011-12-31 01:00"));
    refuses("add_days", &[Scalar::Date(i32::MAX), i(1)], OVERFLOW);
    refuses("add_months", &[Scalar::Date(i32::MAX), i(i64::MAX)], OVERFLOW);
    refuses("add_days", &[Scalar::Timestamp(i64::MAX, TimeUnit::Nanosecond), i(1)], OVERFLOW);
}

#[test]
fn days_are_made_of_their_parts() {
    calls("make_date", &[i(2013), i(2), i(17)], day("2013-02-17"));
    calls("make_date", &[i(0), i(2), i(29)], day("0000-02-29"));
    calls("make_date", &[i(9999), i(12), i(31)], day("9999-12-31"));
    calls("make_date", &[i(2013), NULL, i(1)], NULL);
    for (year, month, day) in [(2013, 2, 29), (1900, 2, 29), (2013, 0, 1), (2013, 13, 1), (2013, 4, 31)] {
        refuses("make_date", &[i(year), i(month), i(day)], INVALID);
    }
    refuses("make_date", &[i(2013), i(1), i(0)], INVALID);
    refuses("make_date", &[i(i64::MAX), i(1), i(1)], INVALID);
}

#[test]
fn numbers_become_instants() {
    calls("to_timestamp", &[f(1_284_352_323.25)], us("2010-09-13T04:32:03.25Z"));
    calls("to_timestamp", &[i(-1)], us("1969-12-31 23:59:59"));
    calls("to_timestamp_millis", &[i(1500)], at("1970-01-01 00:00:01.5", TimeUnit::Millisecond));
    refuses("to_timestamp", &[f(f64::NAN)], NaiveErrorKind::InvalidCast);
}

#[test]
fn intervals_move_dates_and_timestamps() {
    let t = table(&[
        ("d", DataType::Date, vec![day("2012-01-31")]),
        ("ts", DataType::Timestamp(TimeUnit::Microsecond), vec![us("2012-01-31 10:00")]),
    ]);
    let interval = |months, days, seconds| -> Expr {
        ExprKind::Interval { months, days, rest: (seconds, TimeUnit::Second) }.into()
    };
    assert_eq!(values(col("d") + interval(1, 0, 0), &t), [day("2012-02-29")]);
    assert_eq!(values(col("d") - interval(0, 31, 0), &t), [day("2011-12-31")]);
    assert_eq!(values(col("ts") + interval(1, 1, 60), &t), [us("2012-03-01 10:01")]);
    assert_eq!(values(col("ts") - interval(-13, 0, 0), &t), [us("2013-02-28 10:00")]);
}
