//! What the cells of a column were seen to be, and the type that follows from all of them.
//!
//! A [`Kinds`] is a set that only grows, so blocks can be looked at in any order and their sets joined: the
//! type depends on the whole file and on nothing else. It does not know where cells come from.
//!
//! The rules, in the order in which they decide:
//!
//! - a column without a value is text;
//! - true and false alone are bool;
//! - integers are i64; where one is too large and none is negative, u64; where some fit neither, text, so that
//!   no digit is lost (declare f64 to have them rounded). A leading zero or `+` does not matter: `00501` is 501;
//! - numbers of which one has a point or an exponent, or is nan or inf, are f64, integers among them too;
//! - dates are date; instants, or a mix of dates and instants, are timestamp(us), or timestamp(ns) where one
//!   has digits beyond the microsecond and all fit;
//! - everything else, and every mix of these, is text.

use super::number::{Shape, parse_float, parse_magnitude, shape};
use super::time::{parse_date, parse_timestamp, quick_type};
use colq_types::{DataType, TimeUnit};

/// A set of kinds of cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Kinds(u16);

impl Kinds {
    const BOOL: Kinds = Kinds(1);
    /// An integer that fits i64.
    pub(super) const INTEGER: Kinds = Kinds(1 << 1);
    /// Below zero (beside `INTEGER`).
    const NEGATIVE: Kinds = Kinds(1 << 2);
    pub(super) const NEGATIVE_INTEGER: Kinds = Kinds(Kinds::INTEGER.0 | Kinds::NEGATIVE.0);
    /// An integer that fits u64 only.
    const UNSIGNED: Kinds = Kinds(1 << 3);
    /// An integer that fits neither.
    const HUGE: Kinds = Kinds(1 << 4);
    pub(super) const FLOAT: Kinds = Kinds(1 << 5);
    const DATE: Kinds = Kinds(1 << 6);
    const INSTANT: Kinds = Kinds(1 << 7);
    /// An instant with digits beyond the microsecond.
    const NANOSECONDS: Kinds = Kinds(1 << 8);
    /// A date or instant so far away that it cannot be counted in nanoseconds.
    const FAR: Kinds = Kinds(1 << 9);
    pub(crate) const TEXT: Kinds = Kinds(1 << 10);

    /// Adds what `other` has.
    pub(crate) fn join(&mut self, other: Kinds) {
        self.0 |= other.0;
    }

    fn has(self, kind: Kinds) -> bool {
        self.0 & kind.0 != 0
    }

    /// True for a day or an instant.
    pub(crate) fn is_time(self) -> bool {
        self.has(Kinds::DATE) || self.has(Kinds::INSTANT)
    }

    /// True when no further cell can change the type.
    pub(crate) fn is_text(self) -> bool {
        self.has(Kinds::TEXT)
    }

    /// True when a cell that can be read as [`Kinds::data_type`] cannot change the type, and a cell that cannot be read as
    /// it is needed to. Text by a mix of numbers is not so, since a float would make all of them floats; nor are
    /// nanoseconds, whose reach depends on all cells.
    pub(super) fn is_settled(self) -> bool {
        match self.data_type() {
            DataType::Text => {
                let mut with_float = self;
                with_float.join(Kinds::FLOAT);
                self.0 == 0 || with_float.data_type() == DataType::Text
            }
            DataType::Timestamp(TimeUnit::Nanosecond) => false,
            _ => true,
        }
    }

    /// True without any kind, of a column that has no value.
    pub(super) fn is_none(self) -> bool {
        self.0 == 0
    }

    /// What a cell is that is neither empty nor a word for NULL.
    #[inline(always)]
    pub(crate) fn of(text: &[u8]) -> Kinds {
        match text.split_first() {
            Some((b'0'..=b'9', rest)) if text.len() <= 18 && rest.iter().all(u8::is_ascii_digit) => {
                Kinds::INTEGER
            }
            Some((b'0'..=b'9', _)) => match quick_type(text) {
                Some(DataType::Date) => Kinds::DATE,
                Some(_) => Kinds::INSTANT,
                None => Kinds::of_number_or_time(text),
            },
            Some((b'-' | b'+' | b'.', _)) => Kinds::of_number_or_time(text),
            _ => Kinds::of_word(text),
        }
    }

    fn of_number_or_time(text: &[u8]) -> Kinds {
        match shape(text) {
            Shape::Integer => Kinds::of_integer(text),
            // Only an exponent or hundreds of digits can leave the range of f64.
            Shape::Float if text.len() < 300 && !text.iter().any(|b| matches!(b, b'e' | b'E')) => {
                Kinds::FLOAT
            }
            Shape::Float => parse_float::<f64>(text).map_or(Kinds::TEXT, |_| Kinds::FLOAT),
            Shape::Other => Kinds::of_time(text),
        }
    }

    fn of_integer(text: &[u8]) -> Kinds {
        let (negative, digits) = match text.split_first() {
            Some((b'-', digits)) => (true, digits),
            Some((b'+', digits)) => (false, digits),
            _ => (false, text),
        };
        match parse_magnitude(digits) {
            Some(0) => Kinds::INTEGER,
            Some(value) if negative && value <= 1 << 63 => Kinds::NEGATIVE_INTEGER,
            Some(value) if !negative && value < 1 << 63 => Kinds::INTEGER,
            Some(_) if !negative => Kinds::UNSIGNED,
            _ => Kinds::HUGE,
        }
    }

    fn of_time(text: &[u8]) -> Kinds {
        /// The microseconds that a count of nanoseconds in i64 reaches.
        const REACH: i64 = i64::MAX / 1000;
        if let Some(days) = parse_date(text) {
            let far = i64::from(days).saturating_mul(86_400_000_000).unsigned_abs() > REACH as u64;
            return Kinds(Kinds::DATE.0 | if far { Kinds::FAR.0 } else { 0 });
        }
        match parse_timestamp(text, TimeUnit::Microsecond) {
            Some(at) if at.unsigned_abs() <= REACH as u64 => Kinds::INSTANT,
            Some(_) => Kinds(Kinds::INSTANT.0 | Kinds::FAR.0),
            None if parse_timestamp(text, TimeUnit::Nanosecond).is_some() => {
                Kinds(Kinds::INSTANT.0 | Kinds::NANOSECONDS.0)
            }
            None => Kinds::TEXT,
        }
    }

    fn of_word(text: &[u8]) -> Kinds {
        if is_true(text) || is_false(text) {
            Kinds::BOOL
        } else if shape(text) == Shape::Float {
            Kinds::FLOAT
        } else {
            Kinds::TEXT
        }
    }

    /// The type of a column of these kinds.
    pub(crate) fn data_type(self) -> DataType {
        let within = |kinds: &[Kinds]| {
            let allowed = kinds.iter().fold(0, |all, kind| all | kind.0);
            self.0 != 0 && self.0 & !allowed == 0
        };
        let integers = [Kinds::INTEGER, Kinds::NEGATIVE, Kinds::UNSIGNED];
        if within(&[Kinds::BOOL]) {
            DataType::Bool
        } else if within(&[Kinds::INTEGER, Kinds::NEGATIVE]) {
            DataType::I64
        } else if within(&integers) {
            if self.has(Kinds::NEGATIVE) { DataType::Text } else { DataType::U64 }
        } else if self.has(Kinds::FLOAT) && within(&[&integers[..], &[Kinds::HUGE, Kinds::FLOAT]].concat()) {
            DataType::F64
        } else if within(&[Kinds::DATE, Kinds::FAR]) {
            DataType::Date
        } else if within(&[Kinds::DATE, Kinds::INSTANT, Kinds::NANOSECONDS, Kinds::FAR]) {
            match (self.has(Kinds::NANOSECONDS), self.has(Kinds::FAR)) {
                (false, _) => DataType::Timestamp(TimeUnit::Microsecond),
                (true, false) => DataType::Timestamp(TimeUnit::Nanosecond),
                (true, true) => DataType::Text,
            }
        } else {
            DataType::Text
        }
    }
}

/// `true` in any case.
pub(crate) fn is_true(text: &[u8]) -> bool {
    text.eq_ignore_ascii_case(b"true")
}

/// `false` in any case.
pub(crate) fn is_false(text: &[u8]) -> bool {
    text.eq_ignore_ascii_case(b"false")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn type_of(cells: &[&str]) -> String {
        let mut kinds = Kinds::default();
        cells.iter().for_each(|cell| kinds.join(Kinds::of(cell.as_bytes())));
        kinds.data_type().to_string()
    }

    #[test]
    fn the_type_is_the_narrowest_that_holds_every_cell() {
        for (cells, expected) in [
            (&[][..], "text"),
            (&["true", "FALSE", "True"], "bool"),
            (&["true", "1"], "text"),
            (&["1", "-9223372036854775808", "+7", "00501"], "i64"),
            (&["9223372036854775808", "1"], "u64"),
            (&["9223372036854775808", "-1"], "text"),
            (&["9223372036854775808", "-0"], "u64"),
            (&["18446744073709551616"], "text"),
            (&["-9223372036854775809"], "text"),
            (&["18446744073709551616", "0.5"], "f64"),
            (&["1", "2.5", "-1e-7", ".5", "5."], "f64"),
            (&["nan", "NaN", "inf", "-Infinity"], "f64"),
            (&["1e400"], "text"),
            (&["2013-01-31"], "date"),
            (&["2013-02-29"], "text"),
            (&["2013-01-31", "2013-01-31T10:00:00Z"], "timestamp(us)"),
            (&["2013-01-31 10:00", "2013-01-31T10:00:00.123456+02:00"], "timestamp(us)"),
            (&["2013-01-31T10:00:00.123456789Z", "2013-01-31"], "timestamp(ns)"),
            (&["2013-01-31T10:00:00.123456789Z", "0013-01-31"], "text"),
            (&["2013-01-31T10:00:00.1234567891Z"], "text"),
            (&["2013", "2013-01-31"], "text"),
            (&[" 1"], "text"),
            (&["1 "], "text"),
            (&["1,5"], "text"),
            (&["-"], "text"),
            (&["+"], "text"),
            (&["."], "text"),
            (&["1e"], "text"),
            (&["0x10"], "text"),
        ] {
            assert_eq!(type_of(cells), expected, "{cells:?}");
        }
    }
}
