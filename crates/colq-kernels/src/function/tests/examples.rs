//! Calls with answers that were looked up.

use super::one;
use colq_types::{DataType, Function as F, Scalar, TimeUnit, calendar};

fn t(text: &str) -> Scalar {
    text.into()
}

fn i(value: i64) -> Scalar {
    value.into()
}

fn f(value: f64) -> Scalar {
    value.into()
}

fn d(digits: i128, scale: u8) -> Scalar {
    Scalar::Decimal(digits, scale)
}

fn day(text: &str) -> Scalar {
    Scalar::Date(calendar::parse_date(text.as_bytes()).unwrap())
}

fn at(text: &str) -> Scalar {
    let unit = TimeUnit::Microsecond;
    Scalar::Timestamp(calendar::parse_timestamp(text.as_bytes(), unit).unwrap(), unit)
}

fn decimal(scale: u8) -> DataType {
    DataType::Decimal { precision: 38, scale }
}

/// The answer as text, or the error.
fn shown(function: F, args: &[Scalar], data_type: DataType) -> String {
    match one(function, args, data_type) {
        Ok(value) => value.to_string(),
        Err(error) => format!("error: {error}"),
    }
}

#[test]
fn numbers() {
    let (int, unsigned, float, single) = (DataType::I64, DataType::U64, DataType::F64, DataType::F32);
    let f32 = |v: f32| Scalar::F32(v);
    for (function, args, data_type, expected) in [
        (F::Abs, vec![i(-3)], int, "3"),
        (F::Abs, vec![i(i64::MIN)], int, "error: abs(-9223372036854775808) does not fit into i64"),
        (F::Abs, vec![Scalar::U64(u64::MAX)], unsigned, "18446744073709551615"),
        (F::Abs, vec![f(-0.0)], float, "0.0"),
        (F::Abs, vec![d(-1250, 2)], decimal(2), "12.50"),
        (F::Abs, vec![Scalar::Duration(-5, TimeUnit::Second)], DataType::Duration(TimeUnit::Second), "PT5S"),
        (F::Sign, vec![f(-0.0)], float, "0.0"),
        (F::Sign, vec![f(f64::NEG_INFINITY)], float, "-1.0"),
        (F::Sign, vec![f(f64::NAN)], float, "NaN"),
        (F::Sign, vec![f32(2.5)], single, "1.0"),
        (F::Sign, vec![d(-1, 2)], decimal(2), "-1.00"),
        (
            F::Sign,
            vec![d(-1, 38)],
            decimal(38),
            "error: sign(-0.00000000000000000000000000000000000001) does not fit into decimal(38,38)",
        ),
        (F::Sign, vec![Scalar::U64(7)], unsigned, "1"),
        (F::Floor, vec![f(-1.5)], float, "-2.0"),
        (F::Floor, vec![f32(1.5)], single, "1.0"),
        (F::Floor, vec![d(-150, 2)], decimal(0), "-2"),
        (F::Ceil, vec![d(-150, 2)], decimal(0), "-1"),
        (F::Ceil, vec![d(100, 2)], decimal(0), "1"),
        (F::Ceil, vec![f(-0.5)], float, "-0.0"),
        (F::IsNan, vec![f(f64::NAN)], DataType::Bool, "true"),
        (F::IsNan, vec![f32(1.0)], DataType::Bool, "false"),
        (F::Round, vec![f(2.5), i(0)], float, "3.0"),
        (F::Round, vec![f(-2.5), i(0)], float, "-3.0"),
        (F::Round, vec![f(2.345), i(2)], float, "2.35"),
        (F::Round, vec![f(1234.5), i(-2)], float, "1200.0"),
        (F::Round, vec![f(1e300), i(20)], float, "1e300"),
        (F::Round, vec![f(-5.0), i(-400)], float, "-0.0"),
        (F::Round, vec![f(0.0), i(i64::MAX)], float, "0.0"),
        (F::Round, vec![f(f64::INFINITY), i(-2)], float, "Infinity"),
        (F::Round, vec![f32(2.345), i(2)], single, "2.35"),
        (F::Trunc, vec![f(-2.789), i(2)], float, "-2.78"),
        (F::Round, vec![i(-15), i(-1)], int, "-20"),
        (F::Trunc, vec![i(-15), i(-1)], int, "-10"),
        (F::Round, vec![i(15), i(3)], int, "15"),
        (
            F::Round,
            vec![i(i64::MAX), i(-1)],
            int,
            "error: round(9223372036854775807, -1) does not fit into i64",
        ),
        (
            F::Round,
            vec![i(i64::MAX), i(-19)],
            int,
            "error: round(9223372036854775807, -19) does not fit into i64",
        ),
        (F::Round, vec![i(i64::MAX), i(-20)], int, "0"),
        (F::Round, vec![Scalar::U64(u64::MAX), i(-30)], unsigned, "0"),
        (F::Round, vec![d(12345, 3), i(1)], decimal(1), "12.3"),
        (F::Round, vec![d(12350, 3), i(1)], decimal(1), "12.4"),
        (F::Round, vec![d(-12350, 3), i(1)], decimal(3), "-12.400"),
        (F::Round, vec![d(12350, 3), i(-1)], decimal(0), "10"),
        (F::Round, vec![d(15_000, 3), i(-1)], decimal(0), "20"),
        (F::Trunc, vec![d(12399, 3), i(9)], decimal(3), "12.399"),
        (
            F::Round,
            vec![d(10i128.pow(38) - 1, 0), i(-1)],
            decimal(0),
            "error: round(99999999999999999999999999999999999999, -1) does not fit into decimal(38,0)",
        ),
        (F::Round, vec![d(10i128.pow(38) - 1, 0), i(-39)], decimal(0), "0"),
        (F::Sqrt, vec![f(2.25)], float, "1.5"),
        (F::Sqrt, vec![f(-1.0)], float, "NaN"),
        (F::Cbrt, vec![f(27.0)], float, "3.0"),
        (F::Exp, vec![f(0.0)], float, "1.0"),
        (F::Ln, vec![f(0.0)], float, "-Infinity"),
        (F::Ln, vec![f(-1.0)], float, "NaN"),
        (F::Log2, vec![f(8.0)], float, "3.0"),
        (F::Log10, vec![f(1000.0)], float, "3.0"),
        (F::Log, vec![f(2.0), f(8.0)], float, "3.0"),
        (F::Power, vec![f(2.0), f(10.0)], float, "1024.0"),
        (F::Power, vec![f(0.0), f(0.0)], float, "1.0"),
        (F::Sin, vec![f(1.0)], float, "0.8414709848078965"),
        (F::Cos, vec![f(1.0)], float, "0.5403023058681398"),
        (F::Tan, vec![f(1.0)], float, "1.5574077246549023"),
        (F::Asin, vec![f(1.0)], float, "1.5707963267948966"),
        (F::Acos, vec![f(2.0)], float, "NaN"),
        (F::Atan, vec![f(1.0)], float, "0.7853981633974483"),
        (F::Atan2, vec![f(-1.0), f(-1.0)], float, "-2.356194490192345"),
        (F::Sinh, vec![f(0.0)], float, "0.0"),
        (F::Cosh, vec![f(0.0)], float, "1.0"),
        (F::Tanh, vec![f(40.0)], float, "1.0"),
        (F::Degrees, vec![f(std::f64::consts::PI)], float, "180.0"),
        (F::Radians, vec![f(180.0)], float, "3.141592653589793"),
    ] {
        assert_eq!(shown(function, &args, data_type), expected, "{function:?} {args:?}");
    }
}

#[test]
fn texts() {
    let (text, count, truth) = (DataType::Text, DataType::I64, DataType::Bool);
    for (function, args, data_type, expected) in [
        (F::Length, vec![t("caf\u{e9}")], count, "4"),
        (F::OctetLength, vec![t("caf\u{e9}")], count, "5"),
        (F::Lower, vec![t("ÄB\u{3a3}")], text, "äb\u{3c2}"),
        (F::Upper, vec![t("straße")], text, "STRASSE"),
        (F::Initcap, vec![t("hELLO wORLD-2nd ǆ")], text, "Hello World-2nd Ǆ"),
        (F::Reverse, vec![t("aéb")], text, "béa"),
        (F::Substr, vec![t("héllo"), i(2)], text, "éllo"),
        (F::Substr, vec![t("héllo"), i(0), i(3)], text, "hé"),
        (F::Substr, vec![t("héllo"), i(-5), i(3)], text, ""),
        (F::Substr, vec![t("héllo"), i(4), i(i64::MAX)], text, "lo"),
        (F::Substr, vec![t("héllo"), i(i64::MAX), i(i64::MAX)], text, ""),
        (F::Substr, vec![t("héllo"), i(i64::MIN)], text, ""),
        (F::Substr, vec![t("a"), i(1), i(-1)], text, "error: substr takes a count of 0 or more, not -1"),
        (F::Left, vec![t("héllo"), i(2)], text, "hé"),
        (F::Left, vec![t("héllo"), i(-2)], text, "hél"),
        (F::Left, vec![t("héllo"), i(i64::MIN)], text, ""),
        (F::Right, vec![t("héllo"), i(4)], text, "éllo"),
        (F::Right, vec![t("héllo"), i(-4)], text, "o"),
        (F::Right, vec![t("héllo"), i(99)], text, "héllo"),
        (F::Trim, vec![t("xyaxy"), t("yx")], text, "a"),
        (F::Ltrim, vec![t("xxa"), t("x")], text, "a"),
        (F::Rtrim, vec![t("a  "), t(" ")], text, "a"),
        (F::Trim, vec![t(" a "), t("")], text, " a "),
        (F::Lpad, vec![t("7"), i(3), t("0")], text, "007"),
        (F::Lpad, vec![t("hi"), i(7), t("xyé")], text, "xyéxyhi"),
        (F::Rpad, vec![t("hi"), i(5), t("xyé")], text, "hixyé"),
        (F::Lpad, vec![t("hello"), i(2), t("x")], text, "he"),
        (F::Rpad, vec![t("hello"), i(-2), t("x")], text, ""),
        (F::Lpad, vec![t("a"), i(9), t("")], text, "a"),
        (
            F::Lpad,
            vec![t("a"), i(i64::MAX), t("xy")],
            text,
            "error: lpad gives 9223372036854775807 bytes of text, which is more than the 1073741824 that can be held at once",
        ),
        (F::Repeat, vec![t("ab"), i(2)], text, "abab"),
        (F::Repeat, vec![t("ab"), i(-2)], text, ""),
        (F::Repeat, vec![t(""), i(i64::MAX)], text, ""),
        (
            F::Repeat,
            vec![t("ab"), i(1 << 40)],
            text,
            "error: repeat gives 2199023255552 bytes of text, which is more than the 1073741824 that can be held at once",
        ),
        (F::Concat, vec![t("a"), Scalar::Null, t("b")], text, "ab"),
        (F::Concat, vec![Scalar::Null], text, ""),
        (F::Join, vec![t("a"), t("b")], text, "ab"),
        (F::Join, vec![t("a"), Scalar::Null], text, "NULL"),
        (F::StartsWith, vec![t("colq"), t("co")], truth, "true"),
        (F::EndsWith, vec![t("colq"), t("co")], truth, "false"),
        (F::Contains, vec![t("colq"), t("ol")], truth, "true"),
        (F::Contains, vec![t("colq"), t("")], truth, "true"),
        (F::Strpos, vec![t("hé|lo"), t("lo")], count, "4"),
        (F::Strpos, vec![t("abc"), t("")], count, "1"),
        (F::Strpos, vec![t("abc"), t("d")], count, "0"),
        (F::SplitPart, vec![t("a-b-c"), t("-"), i(2)], text, "b"),
        (F::SplitPart, vec![t("a-b-c"), t("-"), i(-1)], text, "c"),
        (F::SplitPart, vec![t("a-b-c"), t("-"), i(4)], text, ""),
        (F::SplitPart, vec![t("a-b-c"), t("-"), i(i64::MIN)], text, ""),
        (F::SplitPart, vec![t("aaa"), t("aa"), i(-1)], text, "a"),
        (F::SplitPart, vec![t("abc"), t(""), i(1)], text, "abc"),
        (F::SplitPart, vec![t("abc"), t(""), i(-2)], text, ""),
        (
            F::SplitPart,
            vec![t("abc"), t("b"), i(0)],
            text,
            "error: split_part takes a part from 1, or from the end below zero, not 0",
        ),
        (F::Replace, vec![t("aXbX"), t("X"), t("--")], text, "a--b--"),
        (F::Replace, vec![t("aaa"), t("aa"), t("b")], text, "ba"),
        (F::Replace, vec![t("abc"), t(""), t("x")], text, "abc"),
    ] {
        assert_eq!(shown(function, &args, data_type), expected, "{function:?} {args:?}");
    }
}

#[test]
fn patterns() {
    let (text, truth) = (DataType::Text, DataType::Bool);
    for (function, args, data_type, expected) in [
        (F::Like, vec![t("abc"), t("abc")], truth, "true"),
        (F::Like, vec![t("abc"), t("a%")], truth, "true"),
        (F::Like, vec![t("abc"), t("%c")], truth, "true"),
        (F::Like, vec![t("abc"), t("%b%")], truth, "true"),
        (F::Like, vec![t("abc"), t("b%")], truth, "false"),
        (F::Like, vec![t(""), t("%%")], truth, "true"),
        (F::Like, vec![t(""), t("")], truth, "true"),
        (F::Like, vec![t("a"), t("")], truth, "false"),
        (F::Like, vec![t("aéc"), t("a_c")], truth, "true"),
        (F::Like, vec![t("a\nc"), t("a_c")], truth, "true"),
        (F::Like, vec![t("axxc"), t("a_c")], truth, "false"),
        (F::Like, vec![t("a\nb\nc"), t("a%b%c")], truth, "true"),
        (F::Like, vec![t("a.c"), t("a.%c")], truth, "true"),
        (F::Like, vec![t("abc"), t("a.%c")], truth, "false"),
        (F::Like, vec![t("a%c"), t("a\\%c")], truth, "true"),
        (F::Like, vec![t("abc"), t("a\\%c")], truth, "false"),
        (F::Like, vec![t("a\\c"), t("a\\\\c")], truth, "true"),
        (F::Like, vec![t("a%c"), t("a!%c"), t("!")], truth, "true"),
        (F::Like, vec![t("a\\bc"), t("a\\%"), t("")], truth, "true"),
        (F::Like, vec![t("ABC"), t("a%")], truth, "false"),
        (
            F::Like,
            vec![t("a"), t("a\\")],
            truth,
            "error: the pattern \"a\\\\\" cannot be read: it ends with the escape character, which stands for the one after it",
        ),
        (
            F::Like,
            vec![t("a"), t("a"), t("ab")],
            truth,
            "error: LIKE takes one character after ESCAPE, or none, not 'ab'",
        ),
        (F::Ilike, vec![t("ABC"), t("a%")], truth, "true"),
        (F::Ilike, vec![t("ÄBC"), t("%ä_c")], truth, "true"),
        (F::Matches, vec![t("colq"), t("^c.*q$")], truth, "true"),
        (F::Matches, vec![t("colq"), t("OL")], truth, "false"),
        (F::MatchesIgnoringCase, vec![t("colq"), t("OL")], truth, "true"),
        (
            F::Matches,
            vec![t("a"), t("x(")],
            truth,
            "error: the regular expression \"x(\" cannot be read: unclosed group, at character 2",
        ),
        (
            F::Matches,
            vec![t("a"), t("((a{1000}){1000}){1000}")],
            truth,
            "error: the regular expression \"((a{1000}){1000}){1000}\" cannot be read: it is larger than 10485760 bytes when compiled",
        ),
        (F::RegexpReplace, vec![t("a1b2"), t("[0-9]"), t("-"), t("")], text, "a-b2"),
        (F::RegexpReplace, vec![t("a1b2"), t("[0-9]"), t("-"), t("g")], text, "a-b-"),
        (F::RegexpReplace, vec![t("Ab"), t("(a)(b)"), t("\\2$1\\&${2}$0"), t("i")], text, "bAAbbAb"),
        (F::RegexpReplace, vec![t("ab"), t("(?P<first>a)"), t("[${first}]\\\\$$"), t("")], text, "[a]\\$b"),
        (F::RegexpReplace, vec![t("abc"), t(""), t("-"), t("g")], text, "-a-b-c-"),
        (
            F::RegexpReplace,
            vec![t("ab"), t("a"), t("x"), t("q")],
            text,
            "error: regexp_replace takes the flags 'g' and 'i', not 'q'",
        ),
    ] {
        assert_eq!(shown(function, &args, data_type), expected, "{function:?} {args:?}");
    }
}

#[test]
fn starts_of_units() {
    let micro = DataType::Timestamp(TimeUnit::Microsecond);
    let x = "2013-02-17T20:38:40.123456Z";
    for (unit, expected) in [
        ("microsecond", x),
        ("millisecond", "2013-02-17T20:38:40.123Z"),
        ("second", "2013-02-17T20:38:40Z"),
        ("minute", "2013-02-17T20:38:00Z"),
        ("hour", "2013-02-17T20:00:00Z"),
        ("day", "2013-02-17T00:00:00Z"),
        ("week", "2013-02-11T00:00:00Z"),
        ("month", "2013-02-01T00:00:00Z"),
        ("quarter", "2013-01-01T00:00:00Z"),
        ("year", "2013-01-01T00:00:00Z"),
        ("decade", "2010-01-01T00:00:00Z"),
        ("century", "2001-01-01T00:00:00Z"),
        ("millennium", "2001-01-01T00:00:00Z"),
    ] {
        assert_eq!(one(F::DateTrunc, &[t(unit), at(x)], micro).unwrap(), at(expected), "{unit}");
    }
    // Before the epoch and before the year 1 starts are below, not above.
    for (unit, x, expected) in [
        ("second", "1969-12-31T23:59:59.5Z", "1969-12-31T23:59:59Z"),
        ("day", "1969-12-31T23:59:59.5Z", "1969-12-31T00:00:00Z"),
        ("week", "1969-12-28", "1969-12-22"),
        ("century", "2000-12-31", "1901-01-01"),
        ("decade", "-0001-05-05", "-0010-01-01"),
        ("century", "0000-05-05", "-0099-01-01"),
    ] {
        assert_eq!(one(F::DateTrunc, &[t(unit), at(x)], micro).unwrap(), at(expected), "{unit} {x}");
    }
    assert_eq!(
        one(F::DateTrunc, &[t("month"), day("2013-02-17")], DataType::Date).unwrap(),
        day("2013-02-01")
    );
    let nano = DataType::Timestamp(TimeUnit::Nanosecond);
    let first = Scalar::Timestamp(i64::MIN, TimeUnit::Nanosecond);
    assert_eq!(
        shown(F::DateTrunc, &[t("day"), first], nano),
        "error: date_trunc('day', 1677-09-21T00:12:43.145224192Z) does not fit into timestamp(ns)"
    );
}

#[test]
fn parts_of_instants() {
    let x = "2013-02-17T20:38:40.5Z";
    for (unit, expected) in [
        ("year", 2013),
        ("quarter", 1),
        ("month", 2),
        ("week", 7),
        ("day", 17),
        ("hour", 20),
        ("minute", 38),
        ("second", 40),
        ("millisecond", 40_500),
        ("microsecond", 40_500_000),
        ("nanosecond", 40_500_000_000),
        ("dow", 0),
        ("isodow", 7),
        ("doy", 48),
        ("isoyear", 2013),
        ("decade", 201),
        ("century", 21),
        ("millennium", 3),
    ] {
        assert_eq!(one(F::DatePart, &[t(unit), at(x)], DataType::I64).unwrap(), i(expected), "{unit}");
    }
    for (unit, x, expected) in [
        ("week", "2006-01-01", 52),
        ("isoyear", "2006-01-01", 2005),
        ("week", "2021-01-03", 53),
        ("isoyear", "2012-12-31", 2013),
        ("century", "2000-12-16", 20),
        ("century", "0000-01-01", -1),
        ("millennium", "2001-02-16", 3),
        ("year", "0000-01-01", 0),
        ("decade", "-0001-01-01", -1),
        ("second", "1969-12-31T23:59:59.5Z", 59),
        ("millisecond", "1969-12-31T23:59:59.5Z", 59_500),
        ("hour", "1969-12-31T23:59:59.5Z", 23),
        ("doy", "2012-12-31", 366),
    ] {
        assert_eq!(one(F::DatePart, &[t(unit), at(x)], DataType::I64).unwrap(), i(expected), "{unit} {x}");
    }
    let epoch = |x: Scalar| one(F::DatePart, &[t("epoch"), x], DataType::F64).unwrap();
    assert_eq!(epoch(at("1970-01-01T00:00:01.5Z")), f(1.5));
    assert_eq!(epoch(day("1969-12-31")), f(-86_400.0));
    assert_eq!(epoch(Scalar::Duration(-2_500, TimeUnit::Millisecond)), f(-2.5));
}

#[test]
fn bins_and_moves() {
    let micro = DataType::Timestamp(TimeUnit::Microsecond);
    let minutes = |m: i64| Scalar::Duration(m * 60_000_000, TimeUnit::Microsecond);
    let origin = || at("1970-01-01");
    for (function, args, data_type, expected) in [
        (F::DateBin, vec![minutes(15), at("2013-02-17 10:40"), origin()], micro, "2013-02-17T10:30:00Z"),
        (F::DateBin, vec![minutes(15), at("1969-12-31 23:59:59"), origin()], micro, "1969-12-31T23:45:00Z"),
        (
            F::DateBin,
            vec![minutes(15), at("2013-02-17 10:40"), at("2020-01-01 00:02:30")],
            micro,
            "2013-02-17T10:32:30Z",
        ),
        (
            F::DateBin,
            vec![minutes(0), origin(), origin()],
            micro,
            "error: date_bin takes a stride above zero, not PT0S",
        ),
        (F::DateBinMonths, vec![i(3), at("2013-02-17 10:40"), origin()], micro, "2013-01-01T00:00:00Z"),
        (F::DateBinMonths, vec![i(1), at("2013-02-28"), at("1970-01-31")], micro, "2013-02-28T00:00:00Z"),
        (
            F::DateBinMonths,
            vec![i(1), at("2013-02-28"), at("1970-01-31 00:00:01")],
            micro,
            "2013-01-31T00:00:01Z",
        ),
        (F::DateBinMonths, vec![i(12), at("1969-12-31"), origin()], micro, "1969-01-01T00:00:00Z"),
        (
            F::DateBinMonths,
            vec![i(-1), origin(), origin()],
            micro,
            "error: date_bin takes a stride above zero, not -1",
        ),
        (F::AddMonths, vec![day("2013-01-31"), i(1)], DataType::Date, "2013-02-28"),
        (F::AddMonths, vec![day("2012-03-31"), i(-1)], DataType::Date, "2012-02-29"),
        (F::AddMonths, vec![at("2013-01-31 10:00:01"), i(13)], micro, "2014-02-28T10:00:01Z"),
        (F::AddMonths, vec![at("1969-12-31 23:59:59.5"), i(-1)], micro, "1969-11-30T23:59:59.500Z"),
        (
            F::AddMonths,
            vec![day("2013-01-31"), i(i64::MAX)],
            DataType::Date,
            "error: add_months(2013-01-31, 9223372036854775807) does not fit into date",
        ),
        (F::AddDays, vec![day("2013-01-31"), i(1)], DataType::Date, "2013-02-01"),
        (F::AddDays, vec![at("2013-01-31 10:00"), i(-31)], micro, "2012-12-31T10:00:00Z"),
        (
            F::AddDays,
            vec![at("2013-01-31 10:00"), i(1 << 40)],
            micro,
            "error: add_days(2013-01-31T10:00:00Z, 1099511627776) does not fit into timestamp(us)",
        ),
        (F::MakeDate, vec![i(2013), i(2), i(17)], DataType::Date, "2013-02-17"),
        (
            F::MakeDate,
            vec![i(2013), i(2), i(29)],
            DataType::Date,
            "error: make_date takes a day of the calendar, not 2013, 2, 29",
        ),
        (
            F::MakeDate,
            vec![i(i64::MAX), i(-2), i(29)],
            DataType::Date,
            "error: make_date takes a day of the calendar, not 9223372036854775807, -2, 29",
        ),
    ] {
        let expected = expected.replace(".500Z", ".5Z");
        assert_eq!(
            shown(function, &args, data_type).replace(".500Z", ".5Z"),
            expected,
            "{function:?} {args:?}"
        );
    }
}

#[test]
fn choices_and_hashes() {
    let (int, float) = (DataType::I64, DataType::F64);
    for (function, args, data_type, expected) in [
        (F::Greatest, vec![i(1), i(3), i(2)], int, "3"),
        (F::Least, vec![i(1), i(3), i(-2)], int, "-2"),
        (F::Greatest, vec![f(1.0), f(f64::NAN)], float, "NaN"),
        (F::Least, vec![f(f64::NAN), f(1.0)], float, "1.0"),
        (F::Greatest, vec![f(-0.0), f(0.0)], float, "-0.0"),
        (F::Greatest, vec![t("a"), t("é"), t("z")], DataType::Text, "é"),
        (F::Least, vec![Scalar::Bool(true), Scalar::Bool(false)], DataType::Bool, "false"),
        (F::Least, vec![d(150, 2), d(149, 2)], decimal(2), "1.49"),
    ] {
        assert_eq!(shown(function, &args, data_type), expected, "{function:?} {args:?}");
    }
    // Bytes that do not change: these numbers are promised for ever.
    let hash = |x: Scalar| shown(F::Hash, &[x, i(0)], DataType::U64);
    assert_eq!(hash(t("")), "3244421341483603138");
    assert_eq!(hash(f(-0.0)), hash(f(0.0)));
    assert_eq!(hash(f(-f64::NAN)), hash(f(f64::NAN)));
    assert_eq!(hash(i(7)), hash(Scalar::U64(7)));
    assert_eq!(hash(i(7)), hash(Scalar::Date(7)));
    assert_ne!(hash(i(7)), hash(f(7.0)));
    assert_ne!(hash(d(70, 1)), hash(d(700, 2)));
    assert_ne!(shown(F::Hash, &[i(7), i(1)], DataType::U64), hash(i(7)));
}
