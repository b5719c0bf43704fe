//! What a condition can come to in a zone, judged by zone summaries alone.
//!
//! An [`Outcome`] is a set of truth values. It never leaves out a value that some row of the zone has; it may
//! hold one that none has. A zone whose filter cannot be true is pruned; one whose filter can be nothing but true
//! needs no filter.

use crate::Error;
use crate::bounds::{Known, fails, known};
use crate::predicate::{Codes, Predicate, Value};
use colq_column::{Bounds, ColumnSource, ZoneSummary, text_prefix};
use colq_kernels::{Comparison, literal_units};
use colq_types::{DataType, Scalar};
use std::cmp::Ordering;

/// Which of true, false and NULL the rows of a zone can give.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Outcome {
    can_be_true: bool,
    can_be_false: bool,
    can_be_null: bool,
}

const TRUE: Outcome = Outcome { can_be_true: true, can_be_false: false, can_be_null: false };
const FALSE: Outcome = Outcome { can_be_true: false, can_be_false: true, can_be_null: false };
const NULL: Outcome = Outcome { can_be_true: false, can_be_false: false, can_be_null: true };
const NOTHING: Outcome = Outcome { can_be_true: false, can_be_false: false, can_be_null: false };
const ANYTHING: Outcome = Outcome { can_be_true: true, can_be_false: true, can_be_null: true };

/// Dictionary codes between a zone's bounds are looked at one by one only up to this many.
const CODES_LOOKED_AT: usize = 4_096;

impl Outcome {
    /// No row is true.
    pub(crate) const NEVER: Outcome = FALSE;

    /// No row is selected.
    pub(crate) fn is_never(self) -> bool {
        !self.can_be_true
    }

    /// Every row is selected.
    pub(crate) fn is_always(self) -> bool {
        self == TRUE
    }

    /// Some row is true.
    pub(crate) fn can_be_true(self) -> bool {
        self.can_be_true
    }

    /// Some row is false.
    pub(crate) fn can_be_false(self) -> bool {
        self.can_be_false
    }

    fn or_more(self, other: Outcome) -> Outcome {
        Outcome {
            can_be_true: self.can_be_true || other.can_be_true,
            can_be_false: self.can_be_false || other.can_be_false,
            can_be_null: self.can_be_null || other.can_be_null,
        }
    }

    pub(crate) fn negated(self) -> Outcome {
        Outcome { can_be_true: self.can_be_false, can_be_false: self.can_be_true, ..self }
    }

    fn and(self, other: Outcome) -> Outcome {
        let can_be_null = self.can_be_null && (other.can_be_null || other.can_be_true)
            || other.can_be_null && self.can_be_true;
        Outcome {
            can_be_true: self.can_be_true && other.can_be_true,
            can_be_false: self.can_be_false || other.can_be_false,
            can_be_null,
        }
    }

    /// Nothing is known where the rows have to be looked at for their errors.
    fn unless(self, may_fail: bool) -> Outcome {
        if may_fail { ANYTHING } else { self }
    }

    fn of(value: bool) -> Outcome {
        if value { TRUE } else { FALSE }
    }
}

/// What the condition can come to in this zone.
///
/// A condition that may fail on a row (it computes something) is [`ANYTHING`], so its errors are not lost; so is
/// one that the summaries say nothing of.
pub(crate) fn outcome(predicate: &Predicate, source: &dyn ColumnSource, zone: u64) -> Result<Outcome, Error> {
    let summary = |value: &Value| known(value, source, zone);
    Ok(match predicate {
        Predicate::Constant(Some(value)) => Outcome::of(*value),
        Predicate::Constant(None) => NULL,
        Predicate::And(left, right) => {
            let may_fail = fails(left, source, zone)? || fails(right, source, zone)?;
            let left = outcome(left, source, zone)?;
            // Where the left side is false in every row, the right one is not looked at and cannot fail.
            if left == FALSE { FALSE } else { left.and(outcome(right, source, zone)?).unless(may_fail) }
        }
        Predicate::Or(left, right) => {
            let may_fail = fails(left, source, zone)? || fails(right, source, zone)?;
            let left = outcome(left, source, zone)?;
            if left == TRUE {
                return Ok(TRUE);
            }
            left.negated().and(outcome(right, source, zone)?.negated()).negated().unless(may_fail)
        }
        Predicate::Not(operand) => outcome(operand, source, zone)?.negated(),
        Predicate::IsNull(operand) => match summary(operand)? {
            Some(Known { summary: s, .. }) if s.null_count == 0 => FALSE,
            Some(Known { summary: s, .. }) if s.null_count == s.row_count => TRUE,
            _ => Outcome { can_be_null: false, ..ANYTHING },
        },
        Predicate::CompareLiteral { op, operand, literal, .. } => {
            of_value(operand, source, zone, &|value| {
                let known = known(value, source, zone)?;
                Ok(known.map_or(ANYTHING, |s| with_nulls(&s.summary, compared(&s, *op, literal))))
            })?
        }
        Predicate::Between { operand, low, high, .. } => match summary(operand)? {
            Some(s) => {
                let above = compared(&s, Comparison::GreaterOrEqual, low);
                with_nulls(&s.summary, above.and(compared(&s, Comparison::LessOrEqual, high)))
            }
            None => ANYTHING,
        },
        Predicate::InList { operand, values, has_null, .. } => match summary(operand)? {
            Some(s) => {
                let is = |outcome| move |v: &Scalar| compared(&s, Comparison::Equal, v) == outcome;
                let found = if values.iter().all(is(FALSE)) {
                    // What is in no list may still be equal to the NULL in it.
                    if *has_null { NULL } else { FALSE }
                } else if values.iter().any(is(TRUE)) {
                    TRUE
                } else {
                    Outcome { can_be_null: *has_null, ..ANYTHING }
                };
                // A NULL in the list makes NULLs of rows that hold values.
                match s.summary.null_count {
                    0 => found,
                    count if count == s.summary.row_count => NULL,
                    _ => found.or_more(NULL),
                }
            }
            None => ANYTHING,
        },
        Predicate::Codes(codes) => by_codes(codes, source, zone)?,
        Predicate::LateCodes(late, by_rows) => match late.known() {
            Some(codes) => by_codes(codes, source, zone)?,
            None => outcome(by_rows, source, zone)?,
        },
        Predicate::Compare { op, left, right, .. } => match (summary(left)?, summary(right)?) {
            (Some(left), Some(right)) => {
                let values = compared_ranges(&left, *op, &right);
                let sides = [left.summary, right.summary];
                if sides.iter().any(|s| s.null_count == s.row_count) {
                    NULL
                } else if sides.iter().any(|s| s.null_count > 0) {
                    values.or_more(NULL)
                } else {
                    Outcome { can_be_null: false, ..values }
                }
            }
            _ => ANYTHING,
        },
        Predicate::Distinct { left, right, .. } => match (summary(left)?, right) {
            (Some(s), Value::Literal(literal, _)) if !literal.is_null() => {
                let values = compared(&s, Comparison::NotEqual, literal);
                let values = Outcome { can_be_null: false, ..values };
                match s.summary.null_count {
                    0 => values,
                    // NULL is not the literal.
                    count if count == s.summary.row_count => TRUE,
                    _ => values.or_more(TRUE),
                }
            }
            _ => Outcome { can_be_null: false, ..ANYTHING },
        },
        Predicate::Bool(operand) => of_value(operand, source, zone, &|value| match value {
            Value::Literal(Scalar::Bool(value), _) => Ok(Outcome::of(*value)),
            Value::Literal(Scalar::Null, _) => Ok(NULL),
            Value::Predicate(predicate) => outcome(predicate, source, zone),
            _ => Ok(match known(value, source, zone)? {
                Some(Known { summary, data_type: DataType::Bool }) => {
                    with_nulls(&summary, of_bools(summary.bounds))
                }
                _ => ANYTHING,
            }),
        })?,
    })
}

/// What the condition certainly is for some row of this zone: the smallest and the largest value of a column are those of a
/// row each. Nothing, where a row may be an error.
pub(crate) fn certain(predicate: &Predicate, source: &dyn ColumnSource, zone: u64) -> Result<Outcome, Error> {
    if fails(predicate, source, zone)? {
        return Ok(NOTHING);
    }
    let both = |left: &Predicate, right: &Predicate| {
        let sides = [(left, right), (right, left)].map(|(one, other)| {
            let some = certain(one, source, zone)?;
            // What is false makes the whole false, what is true only where all rows of the other side are.
            let is_true = some.can_be_true && outcome(other, source, zone)?.is_always();
            Ok::<_, Error>(Outcome { can_be_true: is_true, can_be_null: false, ..some })
        });
        let [left, right] = sides;
        Ok::<_, Error>(left?.or_more(right?))
    };
    match predicate {
        Predicate::CompareLiteral { op, operand, literal, .. } if !matches!(operand, Value::Case { .. }) => {
            let known = known(operand, source, zone)?;
            Ok(known.map_or(NOTHING, |known| of_ends(&known, literal, |order| op.holds(order))))
        }
        Predicate::And(left, right) => both(left, right),
        Predicate::Or(left, right) => {
            let negated = |one: &Predicate| Predicate::Not(Box::new(one.clone()));
            Ok(both(&negated(left), &negated(right))?.negated())
        }
        Predicate::Not(operand) => Ok(certain(operand, source, zone)?.negated()),
        other => {
            let all = outcome(other, source, zone)?;
            Ok(if [TRUE, FALSE, NULL].contains(&all) { all } else { NOTHING })
        }
    }
}

/// The outcomes for the rows with the smallest and the largest value, and for those with NaN.
fn of_ends(known: &Known, literal: &Scalar, holds: impl Fn(Ordering) -> bool) -> Outcome {
    let Known { summary, data_type } = known;
    if summary.null_count == summary.row_count || literal.as_f64().is_some_and(f64::is_nan) {
        return NOTHING;
    }
    let ends = summary.bounds.and_then(|bounds| order_of_ends(bounds, *data_type, literal));
    let ends = ends.map_or(NOTHING, |(min, max)| Outcome::of(holds(min)).or_more(Outcome::of(holds(max))));
    // NaN is above every number.
    if summary.nan_count > 0 { ends.or_more(Outcome::of(holds(Ordering::Greater))) } else { ends }
}

/// The outcome of a condition on a value, judged for each branch of a CASE that rows of the zone can take.
fn of_value(
    operand: &Value,
    source: &dyn ColumnSource,
    zone: u64,
    judge: &dyn Fn(&Value) -> Result<Outcome, Error>,
) -> Result<Outcome, Error> {
    let Value::Case { branches, otherwise, .. } = operand else { return judge(operand) };
    // Rows have to be looked at for their errors.
    if operand.may_fail() {
        return Ok(ANYTHING);
    }
    let mut found: Option<Outcome> = None;
    let mut take = |outcome: Outcome| found = Some(found.map_or(outcome, |found| found.or_more(outcome)));
    for (when, then) in branches {
        let when = outcome(when, source, zone)?;
        if !when.is_never() {
            take(of_value(then, source, zone, judge)?);
        }
        if when.is_always() {
            return Ok(found.unwrap_or(ANYTHING));
        }
    }
    take(of_value(otherwise, source, zone, judge)?);
    Ok(found.unwrap_or(ANYTHING))
}

fn of_bools(bounds: Option<Bounds>) -> Outcome {
    match bounds {
        Some(Bounds::Unsigned { min: 1, .. }) => TRUE,
        Some(Bounds::Unsigned { max: 0, .. }) => FALSE,
        _ => ANYTHING,
    }
}

/// The outcome of `left OP right` for the rows in which both hold values.
fn compared_ranges(left: &Known, op: Comparison, right: &Known) -> Outcome {
    // Decimals of different scales, and codes of different dictionaries, cannot be compared by their words.
    if left.data_type != right.data_type
        || left.data_type == DataType::Text
        || left.summary.nan_count + right.summary.nan_count > 0
    {
        return ANYTHING;
    }
    // How the smallest of the one lies to the largest of the other, and the largest to the smallest.
    let ends = match (left.summary.bounds, right.summary.bounds) {
        (Some(Bounds::Signed { min, max }), Some(Bounds::Signed { min: low, max: high })) => {
            Some((min.cmp(&high), max.cmp(&low)))
        }
        (Some(Bounds::Unsigned { min, max }), Some(Bounds::Unsigned { min: low, max: high })) => {
            Some((min.cmp(&high), max.cmp(&low)))
        }
        (Some(Bounds::Float { min, max }), Some(Bounds::Float { min: low, max: high })) => {
            min.partial_cmp(&high).zip(max.partial_cmp(&low))
        }
        _ => None,
    };
    let Some((least, most)) = ends else { return ANYTHING };
    let possible = [
        (Ordering::Less, least.is_lt()),
        (Ordering::Equal, least.is_le() && most.is_ge()),
        (Ordering::Greater, most.is_gt()),
    ];
    let outcomes = possible.iter().filter(|(_, is)| *is).map(|(order, _)| Outcome::of(op.holds(*order)));
    outcomes.reduce(Outcome::or_more).unwrap_or(ANYTHING)
}

/// The outcome for the rows that hold values, widened by that of the rows that are NULL.
fn with_nulls(summary: &ZoneSummary, values: Outcome) -> Outcome {
    if summary.null_count == summary.row_count {
        NULL
    } else if summary.null_count > 0 {
        values.or_more(NULL)
    } else {
        Outcome { can_be_null: false, ..values }
    }
}

/// The outcome for rows that hold values.
fn of_codes(summary: &ZoneSummary, codes: &Codes) -> Outcome {
    let open = Outcome { can_be_null: codes.nulls.is_some(), ..ANYTHING };
    let Some(Bounds::Unsigned { min, max }) = summary.bounds else { return open };
    let Some((min, max)) = usize::try_from(min).ok().zip(usize::try_from(max).ok()) else { return open };
    if max >= codes.trues.len() || max.saturating_sub(min) >= CODES_LOOKED_AT {
        return open;
    }
    let is_null = |code: usize| codes.nulls.as_ref().is_some_and(|nulls| nulls.has(code));
    let one = |code: usize| if is_null(code) { NULL } else { Outcome::of(codes.trues.has(code)) };
    (min..=max).map(one).reduce(Outcome::or_more).unwrap_or(open)
}

/// What a condition by codes can come to in a zone.
fn by_codes(codes: &Codes, source: &dyn ColumnSource, zone: u64) -> Result<Outcome, Error> {
    let Some(s) = source.zone_summary(codes.column, zone)? else { return Ok(ANYTHING) };
    let if_null = codes.if_null.map_or(NULL, Outcome::of);
    let values = of_codes(&s, codes);
    Ok(match s.null_count {
        0 => values,
        count if count == s.row_count => if_null,
        _ => values.or_more(if_null),
    })
}

/// The outcome of `value OP literal` for the rows that hold values.
fn compared(known: &Known, op: Comparison, literal: &Scalar) -> Outcome {
    let summary = &known.summary;
    if literal.as_f64().is_some_and(f64::is_nan) {
        return ANYTHING;
    }
    let mut result: Option<Outcome> = None;
    if let Some(bounds) = summary.bounds {
        let Some((min, max)) = order_of_ends(bounds, known.data_type, literal) else { return ANYTHING };
        let ends = Outcome::of(op.holds(min)).or_more(Outcome::of(op.holds(max)));
        // Between the ends lies the literal itself, or values on both sides of it.
        let between = match op {
            Comparison::Equal | Comparison::NotEqual if min.is_lt() && max.is_gt() => {
                Outcome { can_be_true: true, can_be_false: true, can_be_null: false }
            }
            _ => ends,
        };
        result = Some(ends.or_more(between));
    }
    if summary.nan_count > 0 {
        // NaN is above every number.
        let nan = Outcome::of(op.holds(Ordering::Greater));
        result = Some(result.map_or(nan, |r| r.or_more(nan)));
    }
    result.unwrap_or(ANYTHING)
}

/// How the smallest and the largest value compare with the literal; `None` where they cannot be compared exactly.
pub(crate) fn order_of_ends(
    bounds: Bounds,
    data_type: DataType,
    literal: &Scalar,
) -> Option<(Ordering, Ordering)> {
    let integers = |min: i128, max: i128| {
        // The column's own units: digits of a decimal, ticks of a clock.
        let (floor, exact) = literal_units(data_type, literal)?;
        let order = |end: i128| match end.cmp(&floor) {
            Ordering::Equal if !exact => Ordering::Less,
            order => order,
        };
        Some((order(min), order(max)))
    };
    match bounds {
        Bounds::Unknown => None,
        // Where the first eight bytes differ, they order as the texts do; where they do not, nothing is known.
        Bounds::Prefix { min, max } => {
            let Scalar::Text(text) = literal else { return None };
            let literal = text_prefix(text.as_bytes());
            let order = |end: u64| Some(end.cmp(&literal)).filter(|order| order.is_ne());
            // Both ends on one side of the literal put every row there.
            let (low, high) = (order(min)?, order(max)?);
            (low == high).then_some((low, high))
        }
        Bounds::Signed { min, max } => integers(i128::from(min), i128::from(max)),
        Bounds::Unsigned { min, max } => integers(i128::from(min), i128::from(max)),
        Bounds::Float { min, max } => match literal {
            Scalar::F32(_) | Scalar::F64(_) => {
                let literal = literal.as_f64()?;
                Some((min.partial_cmp(&literal)?, max.partial_cmp(&literal)?))
            }
            other => {
                let literal = other.as_i128()?;
                Some((
                    order_integer_float(literal, min)?.reverse(),
                    order_integer_float(literal, max)?.reverse(),
                ))
            }
        },
    }
}

/// Integers up to 2^53 are exact as floats; beyond, the order is left open.
fn order_integer_float(integer: i128, float: f64) -> Option<Ordering> {
    if integer.unsigned_abs() > 1 << 53 {
        return None;
    }
    (integer as f64).partial_cmp(&float)
}

#[cfg(test)]
mod tests {
    use super::*;
    use colq_column::{Column, summarise};
    use colq_types::DataType;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn no_value_that_occurs_is_left_out(
            values in prop::collection::vec(prop::option::of(prop_oneof![Just(f64::NAN), (-3i32..3).prop_map(f64::from)]), 1..6),
            literal in -4i32..4, float in any::<bool>(),
        ) {
            let scalars: Vec<Scalar> = values.iter().map(|v| match v {
                Some(v) if !float && !v.is_nan() => Scalar::I64(*v as i64),
                Some(v) if float => Scalar::F64(*v),
                _ => Scalar::Null,
            }).collect();
            let data_type = if float { DataType::F64 } else { DataType::I64 };
            let column = Column::from_scalars(data_type, &scalars);
            let summary = summarise(&column.view());
            for literal in [Scalar::I64(literal.into()), Scalar::F64(f64::from(literal) + 0.5)] {
                for op in Comparison::ALL {
                    let known = Known { summary, data_type };
                    let judged = with_nulls(&summary, compared(&known, op, &literal));
                    for scalar in &scalars {
                        let truth = scalar.as_f64().map(|v| {
                            let l = literal.as_f64().unwrap();
                            op.holds(v.partial_cmp(&l).unwrap_or(Ordering::Greater))
                        });
                        let held = match truth {
                            Some(true) => judged.can_be_true,
                            Some(false) => judged.can_be_false,
                            None => judged.can_be_null,
                        };
                        prop_assert!(held, "{scalar} {op:?} {literal} in {judged:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn zones_of_decimals_durations_and_free_text_are_pruned_in_their_own_units() {
        use colq_column::{Dictionary, SharedBytes};
        use colq_types::TimeUnit;
        let rows = Dictionary::of_rows(vec![0, 6, 12], SharedBytes::from(b"bananacherry".to_vec())).unwrap();
        let texts = Column::text(vec![0u32, 1], std::sync::Arc::new(rows));
        let price = DataType::Decimal { precision: 12, scale: 2 };
        let prices = Column::new(price, vec![500i64, 700]);
        let waits = Column::new(DataType::Duration(TimeUnit::Millisecond), vec![1_500i64, 2_000]);
        let judge = |column: &Column, op, literal: Scalar| {
            let known = Known { summary: summarise(&column.view()), data_type: column.data_type };
            compared(&known, op, &literal)
        };
        let (less, greater) = (Comparison::Less, Comparison::Greater);
        assert_eq!(judge(&texts, less, "banal".into()), FALSE);
        assert_eq!(judge(&texts, greater, "apple".into()), TRUE);
        assert_eq!(judge(&texts, Comparison::Equal, "date".into()), FALSE);
        assert_eq!(judge(&texts, Comparison::Equal, "banana".into()), ANYTHING);
        assert_eq!(judge(&prices, greater, Scalar::I64(7)), FALSE);
        assert_eq!(judge(&prices, greater, Scalar::F64(4.99)), TRUE);
        assert_eq!(judge(&prices, less, Scalar::Decimal(50_001, 4)), TRUE.or_more(FALSE));
        let second = |value| Scalar::Duration(value, TimeUnit::Second);
        assert_eq!(judge(&waits, less, second(1)), FALSE);
        assert_eq!(judge(&waits, Comparison::LessOrEqual, second(2)), TRUE);
    }

    #[test]
    fn sets_of_truth_values_combine_as_truth_values_do() {
        let all = [Some(true), Some(false), None];
        let of = |v: Option<bool>| v.map_or(NULL, Outcome::of);
        for a in all {
            for b in all {
                let and = match (a, b) {
                    (Some(false), _) | (_, Some(false)) => Some(false),
                    (Some(true), Some(true)) => Some(true),
                    _ => None,
                };
                assert_eq!(of(a).and(of(b)), of(and), "{a:?} {b:?}");
                assert_eq!(of(a).negated(), of(a.map(|v| !v)));
            }
        }
        assert_eq!(ANYTHING.and(FALSE), FALSE);
        assert_eq!(ANYTHING.and(TRUE), ANYTHING);
    }
}
