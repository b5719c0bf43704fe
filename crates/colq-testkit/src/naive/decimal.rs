//! Decimals as they are computed on paper, with strings of digits where 128 bits would not do. Slow on purpose: it
//! shares no step with the kernels that it judges.

use super::Cell;
use crate::NaiveErrorKind;
use colq_plan::Arithmetic;
use colq_types::Scalar;
use std::cmp::Ordering;

/// The value, where it has at most 38 digits.
pub(super) fn in_range(value: i128) -> Option<i128> {
    (value.unsigned_abs().to_string().len() <= 38).then_some(value)
}

fn shifted(value: i128, places: u8) -> Option<i128> {
    let mut shifted = value;
    for _ in 0..places {
        shifted = shifted.checked_mul(10)?;
    }
    in_range(shifted)
}

/// One operation on two decimals, with so many digits after the point in the result.
pub(super) fn compute(op: Arithmetic, left: (i128, u8), right: (i128, u8), scale: u8) -> Cell {
    let overflow = NaiveErrorKind::Overflow;
    if right.0 == 0 && matches!(op, Arithmetic::Divide | Arithmetic::Remainder) {
        return Err(NaiveErrorKind::DivisionByZero);
    }
    let both = || {
        let left = shifted(left.0, scale - left.1).ok_or(overflow)?;
        Ok((left, shifted(right.0, scale - right.1).ok_or(overflow)?))
    };
    let value = match op {
        Arithmetic::Add => {
            let (a, b) = both()?;
            a.checked_add(b)
        }
        Arithmetic::Subtract => {
            let (a, b) = both()?;
            a.checked_sub(b)
        }
        Arithmetic::Remainder => {
            let (a, b) = both()?;
            Some(a - a / b * b)
        }
        Arithmetic::Multiply => left.0.checked_mul(right.0),
        Arithmetic::Divide => quotient(left.0, right.0, scale + right.1 - left.1),
    };
    value.and_then(in_range).map(|value| Scalar::Decimal(value, scale)).ok_or(overflow)
}

/// `left` with so many zeros behind, divided by `right`, rounded half away from zero.
fn quotient(left: i128, right: i128, zeros: u8) -> Option<i128> {
    let digits = |value: u128| -> Vec<u8> { value.to_string().bytes().map(|b| b - b'0').collect() };
    let divisor = digits(right.unsigned_abs());
    let mut numerator = digits(left.unsigned_abs());
    numerator.extend(std::iter::repeat_n(0, usize::from(zeros)));
    let mut rest: Vec<u8> = Vec::new();
    let mut quotient: u128 = 0;
    for digit in numerator {
        rest.push(digit);
        let mut times = 0;
        while by_digits(&rest, &divisor).is_ge() {
            rest = difference(&rest, &divisor);
            times += 1;
        }
        quotient = quotient.checked_mul(10)?.checked_add(times)?;
    }
    // Half or more: what is left over is at least what is missing.
    if by_digits(&rest, &difference(&divisor, &rest)).is_ge() {
        quotient += 1;
    }
    let value = i128::try_from(quotient).ok()?;
    Some(if (left < 0) == (right < 0) { value } else { -value })
}

fn significant(digits: &[u8]) -> &[u8] {
    let zeros = digits.iter().take_while(|digit| **digit == 0).count();
    &digits[zeros..]
}

fn by_digits(a: &[u8], b: &[u8]) -> Ordering {
    let (a, b) = (significant(a), significant(b));
    a.len().cmp(&b.len()).then_with(|| a.cmp(b))
}

/// `a - b` of digits, `a` being no smaller.
fn difference(a: &[u8], b: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut borrow = 0;
    let mut below = significant(b).iter().rev();
    for digit in a.iter().rev() {
        let take = below.next().copied().unwrap_or(0) + borrow;
        borrow = u8::from(*digit < take);
        out.push(digit + 10 * borrow - take);
    }
    out.reverse();
    out
}

/// The order of two decimals: by their whole parts, then by what follows them.
pub(super) fn order(a: (i128, u8), b: (i128, u8)) -> Ordering {
    let parts = |(value, scale): (i128, u8)| {
        let unit = 10i128.pow(u32::from(scale));
        (value.div_euclid(unit), value.rem_euclid(unit) * 10i128.pow(38 - u32::from(scale)))
    };
    parts(a).cmp(&parts(b))
}

/// Digits, point and exponent as a number with `scale` digits after the point, rounded half away from zero, of at most
/// `precision` digits.
pub(super) fn read(text: &str, precision: u8, scale: u8) -> Option<i128> {
    let (sign, text) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
        None => (text, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let mut digits = format!("{whole}{fraction}");
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let point = whole.len() as i32 + exponent;
    let kept = point + i32::from(scale);
    if kept < 0 {
        return Some(0);
    }
    let kept = kept as usize;
    while digits.len() <= kept {
        digits.push('0');
        if digits.len() > 700 {
            return None;
        }
    }
    let up = digits.as_bytes()[kept] >= b'5';
    let head = digits[..kept].trim_start_matches('0');
    let value = if head.is_empty() { 0 } else { head.parse::<i128>().ok()? } + i128::from(up);
    let fits = value == 0 || value.to_string().len() <= usize::from(precision);
    fits.then_some(sign * value)
}

/// A sum that no count of values can overflow: in steps of 10^19 and ones.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Total {
    high: i128,
    low: i128,
}

const STEP: i128 = 10_000_000_000_000_000_000;

impl Total {
    pub(super) fn add(&mut self, value: i128) {
        self.high += value / STEP;
        self.low += value % STEP;
    }

    /// The sum, if it has at most 38 digits.
    pub(super) fn sum(self) -> Option<i128> {
        self.high.checked_mul(STEP)?.checked_add(self.low).and_then(in_range)
    }

    /// The mean with so many more digits, rounded half away from zero.
    pub(super) fn mean(self, count: usize, more_digits: u8) -> Option<i128> {
        let count = count as i128;
        // One sign for both parts.
        let carry = self.low.div_euclid(STEP);
        let (mut high, mut low) = (self.high + carry, self.low.rem_euclid(STEP));
        let negative = high < 0;
        if negative {
            (high, low) = (-high - i128::from(low > 0), (STEP - low) % STEP);
        }
        let rest = high % count * STEP + low;
        let mut quotient = (high / count).checked_mul(STEP)?.checked_add(rest / count)?;
        let mut rest = rest % count;
        for _ in 0..more_digits {
            quotient = quotient.checked_mul(10)?.checked_add(rest * 10 / count)?;
            rest = rest * 10 % count;
        }
        quotient += i128::from(2 * rest >= count);
        in_range(if negative { -quotient } else { quotient })
    }
}
