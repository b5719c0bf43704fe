//! Round edges: numbers that are one, two or five times a power of ten, and times at whole minutes, hours, days, months
//! and years.

use super::number::duration_unit;
use super::short;
use colq::{DataType, Scalar, TimeUnit, calendar};

/// A scale with round steps, in numbers; of times, in their own unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Axis {
    /// The lowest edge, at or below all values.
    pub(crate) low: f64,
    /// From an edge to the next.
    pub(crate) step: f64,
    /// Steps.
    pub(crate) count: usize,
    data_type: DataType,
}

/// Steps of time in seconds that people know.
const TIMES: [f64; 19] = [
    1.0,
    2.0,
    5.0,
    10.0,
    30.0,
    60.0,
    300.0,
    600.0,
    1800.0,
    3600.0,
    7200.0,
    21_600.0,
    43_200.0,
    86_400.0,
    172_800.0,
    604_800.0,
    2_629_800.0,
    7_889_400.0,
    31_557_600.0,
];

/// An axis of about so many steps from `low` to `high`, values of this type. Steps of integers are whole.
pub(crate) fn axis(low: f64, high: f64, about: usize, data_type: DataType) -> Axis {
    let about = about.max(1) as f64;
    let range = (high - low).max(0.0);
    let least = range / about;
    let whole = data_type.is_integer()
        || matches!(data_type, DataType::Date | DataType::Timestamp(_) | DataType::Bool);
    let mut step = match data_type {
        DataType::Date => time_step(least * 86_400.0) / 86_400.0,
        DataType::Timestamp(unit) | DataType::Duration(unit) => {
            time_step(least / unit.per_second() as f64) * unit.per_second() as f64
        }
        _ => round_step(least),
    };
    if whole {
        step = step.ceil().max(1.0);
    }
    if range.is_nan() || range <= 0.0 {
        step = if whole || low == 0.0 { 1.0 } else { round_step(low.abs() / 10.0) };
    }
    let first = (low / step).floor() * step;
    // The highest value stands in an interval and not on its upper edge.
    let count = ((high - first) / step).floor() as usize + 1;
    Axis { low: first, step, count: count.min(1_000_000), data_type }
}

/// The smallest of 1, 2, 5 times a power of ten that is at least this.
fn round_step(least: f64) -> f64 {
    if !least.is_finite() || least <= 0.0 {
        return 1.0;
    }
    let power = 10f64.powi(least.log10().floor() as i32);
    [1.0, 2.0, 5.0]
        .into_iter()
        .map(|m| m * power)
        .find(|step| *step >= least * 0.999_999)
        .unwrap_or(10.0 * power)
}

fn time_step(least: f64) -> f64 {
    if least < 1.0 {
        return round_step(least);
    }
    let years = TIMES[TIMES.len() - 1];
    TIMES
        .into_iter()
        .find(|step| *step >= least * 0.999_999)
        .unwrap_or_else(|| round_step(least / years) * years)
}

impl Axis {
    /// The lower edge of a step, as a number.
    pub(crate) fn edge(self, at: usize) -> f64 {
        self.low + at as f64 * self.step
    }

    /// The lower edge of a step, as a value.
    pub(crate) fn scalar(self, at: usize) -> Scalar {
        let edge = self.edge(at);
        match self.data_type {
            DataType::Date => Scalar::Date(edge as i32),
            DataType::Timestamp(unit) => Scalar::Timestamp(edge as i64, unit),
            DataType::Duration(unit) => Scalar::Duration(edge as i64, unit),
            t if t.is_integer() => Scalar::I64(edge as i64),
            _ => Scalar::F64(self.rounded(edge)),
        }
    }

    /// A place along the axis as a value: times and durations as such, all else as a number.
    pub(crate) fn value(self, at: f64) -> Scalar {
        match self.data_type {
            DataType::Timestamp(unit) => Scalar::Timestamp(at as i64, unit),
            DataType::Duration(unit) => Scalar::Duration(at as i64, unit),
            _ => Scalar::F64(at),
        }
    }

    /// The edge without the last digits that adding steps has left.
    fn rounded(self, edge: f64) -> f64 {
        let digits = (1 - self.step.abs().log10().floor() as i32).clamp(0, 300);
        format!("{edge:.*}", digits as usize).parse().unwrap_or(edge)
    }

    /// The lower edge of a step as text; of times only what the steps tell apart.
    pub(crate) fn label(self, at: usize) -> String {
        let edge = self.edge(at);
        match self.data_type {
            DataType::Date => calendar::format_date(edge as i32),
            DataType::Timestamp(unit) if self.step >= duration_unit(unit) => {
                calendar::format_date((edge / duration_unit(unit)).floor() as i32)
            }
            DataType::Timestamp(unit) => {
                let text = calendar::format_timestamp(edge as i64, unit);
                let whole_minutes = self.step >= 60.0 * TimeUnit::per_second(unit) as f64;
                text.get(..if whole_minutes { 16 } else { text.len() }).unwrap_or(&text).replace('T', " ")
            }
            DataType::Duration(_) => self.scalar(at).to_string(),
            t if t.is_integer() => format!("{}", edge as i64),
            _ => short(self.rounded(edge)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edges_are_round_and_hold_all_values() {
        for (low, high, data_type) in [
            (-43.0, 1301.0, DataType::I64),
            (0.137, 0.93, DataType::F64),
            (-1e9, 1e12, DataType::F32),
            (5.0, 5.0, DataType::I64),
            (0.25, 0.25, DataType::F64),
            (15_706.0, 16_070.0, DataType::Date),
            (1.7e15, 1.7e15 + 9e9, DataType::Timestamp(TimeUnit::Microsecond)),
        ] {
            let axis = axis(low, high, 20, data_type);
            assert!(axis.low <= low && axis.edge(axis.count) > high, "{axis:?}");
            assert!((1..=22).contains(&axis.count), "{axis:?}");
        }
        let delays = axis(-43.0, 1301.0, 20, DataType::I64);
        assert_eq!((delays.low, delays.step, delays.count), (-100.0, 100.0, 15));
        assert_eq!(axis(0.0, 1.0, 10, DataType::F64).label(3), "0.3");
    }
}
