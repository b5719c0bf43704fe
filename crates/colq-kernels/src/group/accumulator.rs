//! What is kept of each group while rows go by, and how two such states of consecutive rows become one.
//!
//! Law: updating with rows `a` and then merging the state of rows `b` follows the definitions of docs/SQL.md, in
//! which a float is added in row order within a stripe and stripes in order. So a state is updated with rows of
//! one stripe only, and states are merged in the order of their stripes.

use crate::order::{push_words, words_to_column, words_to_text};
use crate::{Error, Moments, WideSum};
use colq_column::{Bitmap, Column, Dictionary, DictionaryBuilder, Values, View, canonical_nan, dispatch};
use colq_types::{DataType, Native};
use std::sync::Arc;

/// What is kept of a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccumulatorKind {
    /// Rows.
    Rows,
    /// Rows where the argument is not NULL.
    Count,
    /// The exact sum of integers, and how many.
    SumInteger,
    /// The sum of floats, and how many.
    SumFloat,
    /// The smallest value.
    Min,
    /// The largest value.
    Max,
    /// The exact sum of wide decimals, and how many.
    SumWide,
    /// The smallest wide decimal.
    MinWide,
    /// The largest wide decimal.
    MaxWide,
    /// The smallest text, where there is no dictionary to go by.
    MinText,
    /// The largest text, likewise.
    MaxText,
    /// Count, mean and squared deviations.
    Moments,
}

/// The rows to add: a group number each and, where not all rows of the views are meant, their positions.
#[derive(Debug, Clone, Copy)]
pub struct Rows<'a> {
    /// The group of each row.
    pub groups: &'a [u32],
    /// The position of each row in the views; without, rows are at 0, 1, 2 and so on.
    pub positions: Option<&'a [u32]>,
}

/// The states of all groups for one aggregate.
#[derive(Debug, Clone)]
pub enum Accumulator {
    /// A count a group.
    Count(Vec<u64>),
    /// Exact sums.
    SumInteger {
        /// The sum a group.
        sums: Vec<i128>,
        /// Values a group.
        counts: Vec<u64>,
    },
    /// Float sums.
    SumFloat {
        /// The sum a group.
        sums: Vec<f64>,
        /// Values a group.
        counts: Vec<u64>,
    },
    /// Minima or maxima, as words in the order of values.
    Extreme {
        /// The word a group.
        words: Vec<u64>,
        /// True where a group has a value.
        seen: Vec<bool>,
        /// Largest instead of smallest.
        largest: bool,
    },
    /// Exact sums of values of 128 bits.
    SumWide {
        /// The sum a group.
        sums: Vec<WideSum>,
        /// Values a group.
        counts: Vec<u64>,
    },
    /// Minima or maxima of values of 128 bits.
    ExtremeWide {
        /// The value a group; `None` where it has none.
        values: Vec<Option<i128>>,
        /// Largest instead of smallest.
        largest: bool,
    },
    /// Minima or maxima of texts, by bytes.
    ExtremeText {
        /// The text a group; `None` where it has none.
        values: Vec<Option<Box<[u8]>>>,
        /// Largest instead of smallest.
        largest: bool,
    },
    /// Means and squared deviations.
    Moments(Vec<Moments>),
}

impl Accumulator {
    /// The state of no groups.
    pub fn new(kind: AccumulatorKind) -> Accumulator {
        match kind {
            AccumulatorKind::Rows | AccumulatorKind::Count => Accumulator::Count(Vec::new()),
            AccumulatorKind::SumInteger => Accumulator::SumInteger { sums: Vec::new(), counts: Vec::new() },
            AccumulatorKind::SumFloat => Accumulator::SumFloat { sums: Vec::new(), counts: Vec::new() },
            AccumulatorKind::Min => {
                Accumulator::Extreme { words: Vec::new(), seen: Vec::new(), largest: false }
            }
            AccumulatorKind::Max => {
                Accumulator::Extreme { words: Vec::new(), seen: Vec::new(), largest: true }
            }
            AccumulatorKind::SumWide => Accumulator::SumWide { sums: Vec::new(), counts: Vec::new() },
            AccumulatorKind::MinWide | AccumulatorKind::MaxWide => {
                Accumulator::ExtremeWide { values: Vec::new(), largest: kind == AccumulatorKind::MaxWide }
            }
            AccumulatorKind::MinText | AccumulatorKind::MaxText => {
                Accumulator::ExtremeText { values: Vec::new(), largest: kind == AccumulatorKind::MaxText }
            }
            AccumulatorKind::Moments => Accumulator::Moments(Vec::new()),
        }
    }

    /// Makes room for this many groups; new ones have seen nothing.
    pub fn resize(&mut self, groups: usize) {
        match self {
            Accumulator::Count(counts) => counts.resize(groups, 0),
            Accumulator::SumInteger { sums, counts } => {
                sums.resize(groups, 0);
                counts.resize(groups, 0);
            }
            Accumulator::SumFloat { sums, counts } => {
                sums.resize(groups, -0.0);
                counts.resize(groups, 0);
            }
            Accumulator::Extreme { words, seen, .. } => {
                words.resize(groups, 0);
                seen.resize(groups, false);
            }
            Accumulator::SumWide { sums, counts } => {
                sums.resize(groups, WideSum::default());
                counts.resize(groups, 0);
            }
            Accumulator::ExtremeWide { values, .. } => values.resize(groups, None),
            Accumulator::ExtremeText { values, .. } => values.resize(groups, None),
            Accumulator::Moments(moments) => moments.resize(groups, Moments::default()),
        }
    }

    /// Adds rows. Every group number must be below the size given to [`Accumulator::resize`]. `argument` is what
    /// is aggregated (`None` counts rows), `ranks` those of its dictionary where it is text.
    ///
    /// # Errors
    /// A text code that is not in the dictionary.
    pub fn update(
        &mut self,
        rows: Rows<'_>,
        argument: Option<&View<'_>>,
        ranks: &[u32],
    ) -> Result<(), Error> {
        match (self, argument) {
            (Accumulator::Count(counts), None) => {
                for group in rows.groups {
                    counts[*group as usize] += 1;
                }
            }
            (Accumulator::Count(counts), Some(view)) => {
                each_valid(rows, view.validity, |group, _| counts[group] += 1);
            }
            (Accumulator::SumInteger { sums, counts }, Some(view)) => dispatch!(view.values,
                bool v => add_integers(sums, counts, rows, view.validity, |at| i128::from(v[at] != 0)),
                native v => add_integers(sums, counts, rows, view.validity, |at| v[at].to_i128()),
                vector _v => ()),
            (Accumulator::SumFloat { sums, counts }, Some(view)) => match view.values {
                Values::F32(v) => add_floats(sums, counts, rows, view.validity, |at| f64::from(v[at])),
                Values::F64(v) => add_floats(sums, counts, rows, view.validity, |at| v[at]),
                other => dispatch!(other,
                    bool _v => (),
                    native v => add_floats(sums, counts, rows, view.validity, |at| v[at].to_f64()),
                    vector _v => ()),
            },
            (Accumulator::Extreme { words, seen, largest }, Some(view)) => {
                let mut values = Vec::with_capacity(view.len());
                push_words(view, ranks, &mut values)?;
                let largest = *largest;
                each_valid(rows, view.validity, |group, at| {
                    keep(&mut words[group], &mut seen[group], values[at], largest);
                });
            }
            (Accumulator::SumWide { sums, counts }, Some(view)) => {
                let Values::I128(values) = view.values else { return Err(not_wide(view)) };
                each_valid(rows, view.validity, |group, at| {
                    sums[group] = sums[group].plus(values[at].into());
                    counts[group] += 1;
                });
            }
            (Accumulator::ExtremeWide { values: kept, largest }, Some(view)) => {
                let Values::I128(values) = view.values else { return Err(not_wide(view)) };
                let largest = *largest;
                each_valid(rows, view.validity, |group, at| {
                    let value = values[at];
                    if kept[group].is_none_or(|kept| value != kept && (value > kept) == largest) {
                        kept[group] = Some(value);
                    }
                });
            }
            (Accumulator::ExtremeText { values: kept, largest }, Some(view)) => {
                let largest = *largest;
                each_valid(rows, view.validity, |group, at| {
                    keep_text(&mut kept[group], view.text(at), largest);
                });
            }
            (Accumulator::Moments(moments), Some(view)) => dispatch!(view.values,
                bool _v => (),
                native v => each_valid(rows, view.validity, |group, at| moments[group].add(v[at].to_f64())),
                vector _v => ()),
            // Only counting goes without an argument.
            (_, None) => {}
        }
        Ok(())
    }

    /// Adds the states of later rows: group `from` of `later` belongs to group `to` here.
    pub fn merge(&mut self, later: &Accumulator, pairs: impl Iterator<Item = (u32, u32)>) {
        match (self, later) {
            (Accumulator::Count(counts), Accumulator::Count(more)) => {
                pairs.for_each(|(from, to)| counts[to as usize] += more[from as usize]);
            }
            (
                Accumulator::SumInteger { sums, counts },
                Accumulator::SumInteger { sums: more, counts: more_counts },
            ) => pairs.for_each(|(from, to)| {
                sums[to as usize] += more[from as usize];
                counts[to as usize] += more_counts[from as usize];
            }),
            (
                Accumulator::SumFloat { sums, counts },
                Accumulator::SumFloat { sums: more, counts: more_counts },
            ) => {
                pairs.for_each(|(from, to)| {
                    sums[to as usize] += more[from as usize];
                    counts[to as usize] += more_counts[from as usize];
                });
            }
            (
                Accumulator::Extreme { words, seen, largest },
                Accumulator::Extreme { words: more, seen: more_seen, .. },
            ) => pairs.filter(|(from, _)| more_seen[*from as usize]).for_each(|(from, to)| {
                let to = to as usize;
                keep(&mut words[to], &mut seen[to], more[from as usize], *largest);
            }),
            (
                Accumulator::SumWide { sums, counts },
                Accumulator::SumWide { sums: more, counts: more_counts },
            ) => {
                pairs.for_each(|(from, to)| {
                    sums[to as usize] = sums[to as usize].plus(more[from as usize]);
                    counts[to as usize] += more_counts[from as usize];
                });
            }
            (Accumulator::ExtremeWide { values, largest }, Accumulator::ExtremeWide { values: more, .. }) => {
                pairs.for_each(|(from, to)| {
                    let (kept, new) = (&mut values[to as usize], more[from as usize]);
                    *kept = match (*kept, new) {
                        (Some(a), Some(b)) => Some(if *largest { a.max(b) } else { a.min(b) }),
                        (a, b) => a.or(b),
                    };
                })
            }
            (Accumulator::ExtremeText { values, largest }, Accumulator::ExtremeText { values: more, .. }) => {
                pairs.for_each(|(from, to)| {
                    if let Some(new) = &more[from as usize] {
                        keep_text(&mut values[to as usize], new, *largest);
                    }
                })
            }
            (Accumulator::Moments(moments), Accumulator::Moments(more)) => {
                pairs.for_each(|(from, to)| {
                    moments[to as usize] = moments[to as usize].merge(more[from as usize])
                });
            }
            // States of one aggregate are of one kind.
            _ => {}
        }
    }

    /// The counts: rows, or values that went in. Empty for minima and maxima.
    pub fn counts(&self) -> Vec<u64> {
        match self {
            Accumulator::Count(counts)
            | Accumulator::SumInteger { counts, .. }
            | Accumulator::SumWide { counts, .. }
            | Accumulator::SumFloat { counts, .. } => counts.clone(),
            Accumulator::Extreme { .. }
            | Accumulator::ExtremeWide { .. }
            | Accumulator::ExtremeText { .. } => Vec::new(),
            Accumulator::Moments(moments) => moments.iter().map(|m| m.count).collect(),
        }
    }

    /// Exact sums and counts a group; empty for what keeps none.
    pub fn exact_sums(&self) -> Vec<(WideSum, u64)> {
        match self {
            Accumulator::SumInteger { sums, counts } => {
                sums.iter().zip(counts).map(|(sum, count)| ((*sum).into(), *count)).collect()
            }
            Accumulator::SumWide { sums, counts } => {
                sums.iter().zip(counts).map(|(sum, count)| (*sum, *count)).collect()
            }
            _ => Vec::new(),
        }
    }

    /// Means a group, NULL where there is no value. Exact integer sums become f64 before the division.
    pub fn means(&self) -> Vec<Option<f64>> {
        let mean = |sum: f64, count: u64| (count > 0).then(|| canonical_nan(sum / count as f64));
        match self {
            Accumulator::SumInteger { sums, counts } => {
                sums.iter().zip(counts).map(|(s, c)| mean(*s as f64, *c)).collect()
            }
            Accumulator::SumFloat { sums, counts } => {
                sums.iter().zip(counts).map(|(s, c)| mean(*s, *c)).collect()
            }
            _ => Vec::new(),
        }
    }

    /// Minima or maxima as a column of their type; `dictionary` is that of a text argument.
    pub fn extremes(&self, data_type: DataType, dictionary: Option<&Arc<Dictionary>>) -> Option<Column> {
        let (words, seen) = match self {
            Accumulator::Extreme { words, seen, .. } => (words, seen),
            Accumulator::ExtremeWide { values, .. } => {
                let validity = values.iter().map(Option::is_some).collect();
                let values: Vec<i128> = values.iter().map(|value| value.unwrap_or(0)).collect();
                return Some(Column::new(data_type, values).with_validity(Some(validity)));
            }
            Accumulator::ExtremeText { values, .. } => return Some(texts(values)),
            _ => return None,
        };
        let validity: Bitmap = seen.iter().copied().collect();
        Some(match dictionary {
            Some(dictionary) => words_to_text(words, Some(validity), dictionary),
            None => words_to_column(data_type, words, Some(validity)),
        })
    }

    /// Bytes owned.
    pub fn byte_len(&self) -> usize {
        match self {
            Accumulator::Count(counts) => counts.capacity() * 8,
            Accumulator::SumInteger { sums, counts } => sums.capacity() * 16 + counts.capacity() * 8,
            Accumulator::SumFloat { sums, counts } => sums.capacity() * 8 + counts.capacity() * 8,
            Accumulator::Extreme { words, seen, .. } => words.capacity() * 8 + seen.capacity(),
            Accumulator::SumWide { sums, counts } => {
                sums.capacity() * size_of::<WideSum>() + counts.capacity() * 8
            }
            Accumulator::ExtremeWide { values, .. } => values.capacity() * size_of::<Option<i128>>(),
            Accumulator::ExtremeText { values, .. } => {
                let slots = values.capacity() * size_of::<Option<Box<[u8]>>>();
                slots + values.iter().flatten().map(|text| text.len()).sum::<usize>()
            }
            Accumulator::Moments(moments) => moments.capacity() * size_of::<Moments>(),
        }
    }
}

impl Moments {
    /// Adds one value, by Welford's method (Technometrics 4, 1962).
    #[inline(always)]
    fn add(&mut self, value: f64) {
        self.count += 1;
        let delta = value - self.mean;
        self.mean += delta / self.count as f64;
        self.m2 += delta * (value - self.mean);
    }
}

#[inline(always)]
fn keep(word: &mut u64, seen: &mut bool, new: u64, largest: bool) {
    if !*seen || (new > *word) == largest && new != *word {
        *word = new;
        *seen = true;
    }
}

fn keep_text(kept: &mut Option<Box<[u8]>>, new: &[u8], largest: bool) {
    if kept.as_deref().is_none_or(|kept| new != kept && (new > kept) == largest) {
        *kept = Some(new.into());
    }
}

fn texts(values: &[Option<Box<[u8]>>]) -> Column {
    let mut builder = DictionaryBuilder::default();
    let code = |value: &Option<Box<[u8]>>| value.as_deref().map_or(0, |text| builder.intern(text));
    let codes: Vec<u32> = values.iter().map(code).collect();
    let validity = values.iter().map(Option::is_some).collect();
    Column::text(codes, Arc::new(builder.finish())).with_validity(Some(validity))
}

/// Wide aggregates are made for wide decimals alone.
fn not_wide(view: &View<'_>) -> Error {
    Error::WrongLayout { expected: "i128", found: view.values.physical().name() }
}

/// Runs `each` with the group and the position of every row that is not NULL, in row order.
#[inline(always)]
fn each_valid(rows: Rows<'_>, validity: Option<&Bitmap>, mut each: impl FnMut(usize, usize)) {
    match (rows.positions, validity) {
        (None, None) => rows.groups.iter().enumerate().for_each(|(at, group)| each(*group as usize, at)),
        (Some(positions), None) => {
            rows.groups.iter().zip(positions).for_each(|(group, at)| each(*group as usize, *at as usize));
        }
        (None, Some(validity)) => rows.groups.iter().enumerate().for_each(|(at, group)| {
            if validity.get(at) {
                each(*group as usize, at);
            }
        }),
        (Some(positions), Some(validity)) => rows.groups.iter().zip(positions).for_each(|(group, at)| {
            if validity.get(*at as usize) {
                each(*group as usize, *at as usize);
            }
        }),
    }
}

#[inline(always)]
fn add_integers(
    sums: &mut [i128],
    counts: &mut [u64],
    rows: Rows<'_>,
    validity: Option<&Bitmap>,
    value: impl Fn(usize) -> i128,
) {
    each_valid(rows, validity, |group, at| {
        sums[group] += value(at);
        counts[group] += 1;
    });
}

#[inline(always)]
fn add_floats(
    sums: &mut [f64],
    counts: &mut [u64],
    rows: Rows<'_>,
    validity: Option<&Bitmap>,
    value: impl Fn(usize) -> f64,
) {
    each_valid(rows, validity, |group, at| {
        sums[group] += value(at);
        counts[group] += 1;
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use colq_types::Scalar;
    use proptest::prelude::*;

    /// The definitions, a row at a time over all rows of one group.
    fn naive(rows: &[(u32, Option<f64>)], group: u32) -> (u64, f64, Option<f64>, Option<f64>) {
        let values: Vec<f64> = rows.iter().filter(|r| r.0 == group).filter_map(|r| r.1).collect();
        let mut sum = -0.0;
        values.iter().for_each(|v| sum += v);
        let above = |a: f64, b: f64| a.is_nan() && !b.is_nan() || a > b;
        let max = values.iter().copied().reduce(|a, b| if above(b, a) { b } else { a });
        let min = values.iter().copied().reduce(|a, b| if above(a, b) { b } else { a });
        (values.len() as u64, sum, min, max)
    }

    proptest! {
        #[test]
        fn keeps_what_the_definitions_say(
            rows in prop::collection::vec((0u32..4, prop::option::of(prop_oneof![
                Just(f64::NAN), Just(-0.0), Just(0.0), Just(f64::INFINITY), -9.0..9.0])), 0..120),
        ) {
            let scalars: Vec<Scalar> = rows.iter().map(|r| r.1.into()).collect();
            let column = Column::from_scalars(DataType::F64, &scalars);
            let groups: Vec<u32> = rows.iter().map(|r| r.0).collect();
            let all: Vec<u32> = (0..rows.len() as u32).collect();
            for positions in [None, Some(&all[..])] {
                let state = |kind| {
                    let mut state = Accumulator::new(kind);
                    state.resize(4);
                    state.update(Rows { groups: &groups, positions }, Some(&column.view()), &[]).unwrap();
                    // Merging into nothing changes nothing.
                    let mut merged = Accumulator::new(kind);
                    merged.resize(4);
                    merged.merge(&state, (0..4).map(|g| (g, g)));
                    merged
                };
                let (sum, min, max) = (state(AccumulatorKind::SumFloat), state(AccumulatorKind::Min), state(AccumulatorKind::Max));
                let min = min.extremes(DataType::F64, None).unwrap();
                let max = max.extremes(DataType::F64, None).unwrap();
                for group in 0..4 {
                    let (count, total, low, high) = naive(&rows, group);
                    let at = group as usize;
                    let Accumulator::SumFloat { sums, counts } = &sum else { unreachable!() };
                    prop_assert_eq!(counts[at], count);
                    prop_assert!(sums[at].to_bits() == total.to_bits() || sums[at].is_nan() && total.is_nan());
                    let bits = |s: Scalar| match s { Scalar::F64(v) => Some(canonical_nan(v).to_bits()), _ => None };
                    prop_assert_eq!(bits(min.scalar(at)), low.map(|v| canonical_nan(v + 0.0).to_bits()));
                    prop_assert_eq!(bits(max.scalar(at)), high.map(|v| canonical_nan(v + 0.0).to_bits()));
                }
            }
        }
    }
}
