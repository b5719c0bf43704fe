//! Key columns as small numbers: where the ranges of all keys are known and their product is small, the packed key of a
//! row is a place in an array, and no table has to be asked.
//!
//! Law: `code = sum over columns of stride * ((bits - base) / step)`, NULL being one code past the last. Naive twin: the
//! packed words of `KeyLayout::encode`, which are the same numbers.

use super::key::{KeyColumn, KeyLayout};
use super::ledger::BLOCK_ROWS;
use super::part::{Part, ValidWords};
use super::whole::add_whole;
use crate::Error;
use crate::processor::vectorised;
use colq_column::{Bitmap, Values, View};

/// How a code follows from the distance to the base.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rule {
    base: u64,
    /// The furthest a value may be from the base.
    span: u64,
    step: u64,
    /// The reciprocal of the step, where the product with it is exact for every distance up to the span.
    reciprocal: Option<u64>,
    /// The reciprocal as a float, where the product with it, cut off, is exact for every distance up to the span.
    per_step: Option<f64>,
    null_code: u32,
    stride: u32,
}

/// Distances below this have an exact quotient by way of floats.
const EXACT_DISTANCES: u64 = 1 << 50;

/// A number from `1 / step` up to `(1 + 3e) / step`, with e = 2^-53: the nearest float is within e of it, and the next
/// one between e and 2e further. Its product with a whole distance d is at least `d / step`, and so is not rounded below
/// a whole number that this reaches; and it is at most `(1 + 5e) * d / step` once rounded, which is less than the next
/// whole number, `1 / step` further at least, where `5e * d < 1`.
fn just_above_reciprocal(step: u64) -> f64 {
    (1.0 / step as f64).next_up()
}

impl Rule {
    pub(super) fn new(column: &KeyColumn) -> Rule {
        let values = column.intervals.as_ref().map_or(column.null_code, |i| i.cell_count() as u64);
        let span = values.wrapping_mul(column.step).wrapping_sub(1);
        // Granlund and Montgomery (PLDI 1994): with m = ceil(2^64 / step) the high half of d * m is d / step where
        // d * (m * step - 2^64) < 2^64.
        let one = 1_u128 << 64;
        let reciprocal = one.div_ceil(u128::from(column.step.max(1)));
        let excess = reciprocal * u128::from(column.step) - one;
        let is_exact = column.step > 1 && u128::from(span) * excess < one;
        Rule {
            base: column.base,
            span,
            step: column.step.max(1),
            reciprocal: is_exact.then_some(reciprocal as u64),
            // A step beyond the exact ones would be rounded itself.
            per_step: (column.step < EXACT_DISTANCES && span < EXACT_DISTANCES)
                .then(|| just_above_reciprocal(column.step.max(1))),
            null_code: values as u32,
            stride: column.stride as u32,
        }
    }

    /// The code of a value, given as bits, or its cell; `None` beyond the known range.
    #[inline(always)]
    pub(super) fn quotient(&self, bits: u64) -> Option<u64> {
        let distance = bits.wrapping_sub(self.base);
        let code = match self.reciprocal {
            Some(reciprocal) => ((u128::from(distance) * u128::from(reciprocal)) >> 64) as u64,
            None => distance / self.step,
        };
        (distance <= self.span).then_some(code)
    }
}

/// How a code follows from a distance within the span.
trait Steps: Copy {
    fn code(self, distance: u64) -> u32;
}

/// Every value has its own.
#[derive(Clone, Copy)]
struct Single;

impl Steps for Single {
    #[inline(always)]
    fn code(self, distance: u64) -> u32 {
        distance as u32
    }
}

/// So many values share one, as a number [just above its reciprocal](just_above_reciprocal).
#[derive(Clone, Copy)]
struct Shared(f64);

impl Steps for Shared {
    #[inline(always)]
    fn code(self, distance: u64) -> u32 {
        (distance as f64 * self.0) as u32
    }
}

impl KeyLayout {
    /// Adds to `codes` what one key column contributes in these rows.
    ///
    /// # Errors
    /// [`Error::PastKnownRange`] for a value outside the range the layout was made for.
    pub fn add_codes(
        &self,
        index: usize,
        view: &View<'_>,
        part: Part<'_>,
        codes: &mut [u32],
    ) -> Result<(), Error> {
        let Some(column) = self.columns.get(index) else { return Ok(()) };
        let rule = Rule::new(column);
        if let Some(intervals) = &column.intervals {
            let mut cells = vec![0; codes.len()];
            add_all(Rule { stride: 1, ..rule }, column, view, part, &mut cells)?;
            intervals.add_codes(&cells, (rule.stride, column.null_code as u32), codes);
            return Ok(());
        }
        add_all(rule, column, view, part, codes)
    }

    /// What a column contributes to the code of a row with this value, as bits; `None` beyond the known range.
    pub fn code_of(&self, index: usize, bits: u64) -> Option<u32> {
        let column = self.columns.get(index)?;
        let rule = Rule::new(column);
        column.code_of(rule, bits).map(|code| code as u32 * rule.stride)
    }
}

/// Adds the quotients of a column, times the stride of the rule.
fn add_all(
    rule: Rule,
    column: &KeyColumn,
    view: &View<'_>,
    part: Part<'_>,
    codes: &mut [u32],
) -> Result<(), Error> {
    let is_inside = match view.values {
        Values::Bool(v) | Values::U8(v) => narrow(v, view.validity, part, rule, codes),
        Values::U16(v) => narrow(v, view.validity, part, rule, codes),
        Values::U32(v) => narrow(v, view.validity, part, rule, codes),
        Values::I8(v) => narrow(v, view.validity, part, rule, codes),
        Values::I16(v) => narrow(v, view.validity, part, rule, codes),
        Values::I32(v) => narrow(v, view.validity, part, rule, codes),
        Values::I64(v) => wide(v, view.validity, part, rule, codes),
        Values::U64(v) => wide(v, view.validity, part, rule, codes),
        Values::F32(_) | Values::F64(_) if column.is_whole => add_whole(column, view, part, codes),
        // Other floats and wide decimals have no small range.
        _ => false,
    };
    match is_inside {
        true => Ok(()),
        false => Err(Error::PastKnownRange { data_type: column.data_type }),
    }
}

/// A whole number whose distance to another of its type fits into 32 bits.
trait Narrow: Copy + Into<i64> {}
impl Narrow for u8 {}
impl Narrow for u16 {}
impl Narrow for u32 {}
impl Narrow for i8 {}
impl Narrow for i16 {}
impl Narrow for i32 {}

/// A whole number of 64 bits.
trait Wide: Copy {
    fn bits(self) -> u64;
}
impl Wide for i64 {
    #[inline(always)]
    fn bits(self) -> u64 {
        self as u64
    }
}
impl Wide for u64 {
    #[inline(always)]
    fn bits(self) -> u64 {
        self
    }
}

fn narrow<T: Narrow>(
    values: &[T],
    validity: Option<&Bitmap>,
    part: Part<'_>,
    rule: Rule,
    codes: &mut [u32],
) -> bool {
    let bits = |value: T| -> u64 {
        let value: i64 = value.into();
        value as u64
    };
    let Some(start) = run_start(part, rule, codes) else {
        return each(values, validity, part, rule, codes, bits);
    };
    let Some(values) = values.get(start..start + codes.len()) else { return false };
    let Rule { base, span, stride, null_code, .. } = rule;
    let furthest = match validity {
        None => narrow_run(values, base as u32, stride, codes),
        Some(validity) => {
            let valid = part.valid_words(validity, codes.len());
            narrow_valid(values, &valid, base as u32, stride, null_code, codes)
        }
    };
    u64::from(furthest) <= span
}

/// Where a run begins whose values are no more than shifted; `None` for all others.
fn run_start(part: Part<'_>, rule: Rule, codes: &[u32]) -> Option<usize> {
    match part {
        Part::From(start) if rule.step == 1 && codes.len() <= BLOCK_ROWS => Some(start),
        _ => None,
    }
}

vectorised! {
    /// The largest distance.
    fn narrow_run<T: Narrow>(values: &[T], base: u32, stride: u32, codes: &mut [u32]) -> u32 {
        let mut largest = 0;
        for (code, value) in codes.iter_mut().zip(values) {
            let value: i64 = (*value).into();
            let distance = (value as u32).wrapping_sub(base);
            largest = largest.max(distance);
            *code = code.wrapping_add(distance.wrapping_mul(stride));
        }
        largest
    }
}

vectorised! {
    /// The same where some are NULL.
    fn narrow_valid<T: Narrow>(
        values: &[T], valid: &ValidWords, base: u32, stride: u32, null_code: u32, codes: &mut [u32],
    ) -> u32 {
        let mut largest = 0;
        for ((codes, values), word) in codes.chunks_mut(64).zip(values.chunks(64)).zip(valid) {
            for (bit, (code, value)) in codes.iter_mut().zip(values).enumerate() {
                let value: i64 = (*value).into();
                let distance = (value as u32).wrapping_sub(base);
                let is_valid = word >> bit & 1 == 1;
                largest = largest.max(if is_valid { distance } else { 0 });
                let own = if is_valid { distance } else { null_code };
                *code = code.wrapping_add(own.wrapping_mul(stride));
            }
        }
        largest
    }
}

fn wide<T: Wide>(
    values: &[T],
    validity: Option<&Bitmap>,
    part: Part<'_>,
    rule: Rule,
    codes: &mut [u32],
) -> bool {
    let furthest = match (part, rule.per_step) {
        (Part::From(start), _) if rule.step == 1 && codes.len() <= BLOCK_ROWS => {
            wide_from(values, validity, start, rule, Single, codes)
        }
        (Part::From(start), Some(per_step)) if codes.len() <= BLOCK_ROWS => {
            wide_from(values, validity, start, rule, Shared(per_step), codes)
        }
        _ => return each(values, validity, part, rule, codes, T::bits),
    };
    furthest.is_some_and(|furthest| furthest <= rule.span)
}

/// The largest distance; `None` where rows are past the end.
fn wide_from<T: Wide, S: Steps>(
    values: &[T],
    validity: Option<&Bitmap>,
    start: usize,
    rule: Rule,
    steps: S,
    codes: &mut [u32],
) -> Option<u64> {
    let values = values.get(start..start + codes.len())?;
    let Rule { base, stride, null_code, .. } = rule;
    Some(match validity {
        None => wide_run(values, base, stride, steps, codes),
        Some(validity) => {
            let valid = Part::From(start).valid_words(validity, codes.len());
            wide_valid(values, &valid, base, stride, null_code, steps, codes)
        }
    })
}

vectorised! {
    /// The largest distance.
    fn wide_run<T: Wide, S: Steps>(
        values: &[T], base: u64, stride: u32, steps: S, codes: &mut [u32],
    ) -> u64 {
        let mut largest = 0;
        for (code, value) in codes.iter_mut().zip(values) {
            let distance = value.bits().wrapping_sub(base);
            largest = largest.max(distance);
            *code = code.wrapping_add(steps.code(distance).wrapping_mul(stride));
        }
        largest
    }
}

vectorised! {
    /// The same where some are NULL.
    fn wide_valid<T: Wide, S: Steps>(
        values: &[T], valid: &ValidWords, base: u64, stride: u32, null_code: u32, steps: S, codes: &mut [u32],
    ) -> u64 {
        let mut largest = 0;
        for ((codes, values), word) in codes.chunks_mut(64).zip(values.chunks(64)).zip(valid) {
            for (bit, (code, value)) in codes.iter_mut().zip(values).enumerate() {
                let distance = value.bits().wrapping_sub(base);
                let is_valid = word >> bit & 1 == 1;
                largest = largest.max(if is_valid { distance } else { 0 });
                let own = if is_valid { steps.code(distance) } else { null_code };
                *code = code.wrapping_add(own.wrapping_mul(stride));
            }
        }
        largest
    }
}

/// Every case, a row at a time.
#[inline(always)]
fn each<T: Copy>(
    values: &[T],
    validity: Option<&Bitmap>,
    part: Part<'_>,
    rule: Rule,
    codes: &mut [u32],
    bits: impl Fn(T) -> u64 + Copy,
) -> bool {
    match (rule.step, rule.reciprocal) {
        (1, _) => each_by(values, validity, part, rule, codes, bits, |d| d),
        (_, Some(reciprocal)) => each_by(values, validity, part, rule, codes, bits, |d| {
            ((u128::from(d) * u128::from(reciprocal)) >> 64) as u64
        }),
        (step, None) => each_by(values, validity, part, rule, codes, bits, |d| d / step),
    }
}

#[inline(always)]
fn each_by<T: Copy>(
    values: &[T],
    validity: Option<&Bitmap>,
    part: Part<'_>,
    rule: Rule,
    codes: &mut [u32],
    bits: impl Fn(T) -> u64,
    quotient: impl Fn(u64) -> u64,
) -> bool {
    let mut is_inside = true;
    let mut add = |code: &mut u32, value: T, is_valid: bool| {
        let distance = bits(value).wrapping_sub(rule.base);
        is_inside &= distance <= rule.span || !is_valid;
        let own = if is_valid { quotient(distance) as u32 } else { rule.null_code };
        *code = code.wrapping_add(own.wrapping_mul(rule.stride));
    };
    match (part, validity) {
        (Part::From(start), validity) => {
            let Some(values) = values.get(start..start + codes.len()) else { return false };
            match validity {
                None => codes.iter_mut().zip(values).for_each(|(code, value)| add(code, *value, true)),
                Some(validity) => codes
                    .iter_mut()
                    .zip(values)
                    .enumerate()
                    .for_each(|(at, (code, value))| add(code, *value, validity.get(start + at))),
            }
        }
        (Part::At(positions), None) => {
            codes.iter_mut().zip(positions).for_each(|(code, at)| add(code, values[*at as usize], true));
        }
        (Part::At(positions), Some(validity)) => codes.iter_mut().zip(positions).for_each(|(code, at)| {
            add(code, values[*at as usize], validity.get(*at as usize));
        }),
    }
    is_inside
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_way_by_floats_divides_exactly(
            step in prop_oneof![1u64..100, 1u64..1 << 50, Just(3_600_000_000), Just(60_000_000)],
            distance in 0u64..1 << 50,
            below in 0u64..3,
        ) {
            let near = (distance / step * step).saturating_sub(below);
            let last = EXACT_DISTANCES - 1;
            for distance in [distance, near, last, last / step * step, (last / step * step).saturating_sub(1)] {
                let quotient = (distance as f64 * just_above_reciprocal(step)) as u64;
                prop_assert_eq!(quotient, distance / step, "{} by {}", distance, step);
            }
        }
    }
}
