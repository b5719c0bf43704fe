//! What is kept of each group while rows go by, and how two such states of consecutive rows become one.
//!
//! Law: updating with rows `a` and then merging the state of rows `b` follows the definitions of docs/SQL.md, in
//! which a float is added in row order within a stripe and stripes in order. So a state is updated with rows of
//! one stripe only, and states are merged in the order of their stripes.
//!
//! A family of states is a file; here they meet.

#[cfg(test)]
mod tests;

mod code_extreme;
mod deviation;
mod extreme;
mod pick;
mod quantile;
mod rows;
mod sketches;
mod state;
mod sum;
mod worded;

pub use code_extreme::CodeExtreme;
pub use extreme::{Extremes, TextExtremes, WideExtremes};
pub(super) use pick::bits;
pub use pick::{Held, PickRule, Picks};
pub use quantile::{Found, Quantiles};
pub use rows::Rows;
pub use sketches::Sketches;
pub use sum::Sums;
pub use worded::WordedExtremes;

use super::place::Place;
use crate::{CoMoments, CodeWords, DistinctSketch, Error, Histogram, Moments, ShapeMoments, WideSum};
use colq_column::{Column, Dictionary, View};
use colq_types::DataType;
use rows::each_valid;
use state::State;
use std::sync::Arc;

/// What is kept of a group.
#[derive(Debug, Clone, Copy, PartialEq)]
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
    /// The smallest text of a dictionary, of all rows together.
    MinCode,
    /// The largest text of a dictionary, likewise.
    MaxCode,
    /// The smallest text of a dictionary, by the words of its texts.
    MinWorded,
    /// The largest text of a dictionary, likewise.
    MaxWorded,
    /// The smallest text, where there is no dictionary to go by.
    MinText,
    /// The largest text, likewise.
    MaxText,
    /// Count, mean and squared deviations.
    Moments,
    /// The same of two values, and the products of their deviations.
    CoMoments,
    /// Count, mean, and deviations up to the fourth power.
    Shape,
    /// The value of one row.
    Pick {
        /// Which row.
        rule: PickRule,
        /// How its value is held.
        value: Held,
        /// How the value is held that it is picked by.
        order: Held,
    },
    /// All values, for an exact quantile.
    Quantile(Place),
    /// All wide decimals, likewise.
    QuantileWide(Place),
    /// How many distinct values, approximately.
    Distinct,
    /// How often floats occur, approximately.
    Histogram,
}

/// The states of all groups for one aggregate.
#[derive(Debug, Clone)]
pub enum Accumulator {
    /// A count a group.
    Count(Vec<u64>),
    /// Exact sums.
    SumInteger(Sums<i128>),
    /// Float sums.
    SumFloat(Sums<f64>),
    /// Exact sums of values of 128 bits.
    SumWide(Sums<WideSum>),
    /// Minima or maxima, as words in the order of values.
    Extreme(Extremes),
    /// Minima or maxima of values of 128 bits.
    ExtremeWide(WideExtremes),
    /// The smallest or largest text of a dictionary, of all rows together.
    ExtremeCode(CodeExtreme),
    /// Minima or maxima of texts of a dictionary, by the words of its texts.
    ExtremeWorded(WordedExtremes),
    /// Minima or maxima of texts, by bytes.
    ExtremeText(TextExtremes),
    /// Means and squared deviations.
    Moments(Vec<Moments>),
    /// The moments of two values.
    CoMoments(Vec<CoMoments>),
    /// Moments up to the fourth.
    Shape(Vec<ShapeMoments>),
    /// The values of picked rows.
    Pick(Picks),
    /// All values as words.
    Quantile(Quantiles<u64>),
    /// All values of 128 bits.
    QuantileWide(Quantiles<i128>),
    /// Sketches of distinct values.
    Distinct(Sketches<DistinctSketch>),
    /// Histograms.
    Histogram(Sketches<Histogram>),
}

/// What the rows are aggregated from: columns of equal length, as the aggregate has them.
#[derive(Debug, Clone, Copy, Default)]
pub struct Inputs<'a> {
    /// The argument; `None` counts rows.
    pub argument: Option<&'a View<'a>>,
    /// What a row is picked by, the condition under which it counts, or the other value of a correlation.
    pub second: Option<&'a View<'a>>,
    /// The ranks of the argument's dictionary, where it is text and its order matters.
    pub ranks: &'a [u32],
    /// The ranks of the dictionary of `second`, likewise.
    pub second_ranks: &'a [u32],
    /// The words of the argument's dictionary, where texts are compared by those.
    pub words: Option<&'a Arc<CodeWords>>,
}

/// Runs one expression for the state that an [`Accumulator`] holds.
macro_rules! each {
    ($accumulator:expr, $state:ident => $body:expr) => {
        match $accumulator {
            Accumulator::Count($state) => $body,
            Accumulator::SumInteger($state) => $body,
            Accumulator::SumFloat($state) => $body,
            Accumulator::SumWide($state) => $body,
            Accumulator::Extreme($state) => $body,
            Accumulator::ExtremeWide($state) => $body,
            Accumulator::ExtremeCode($state) => $body,
            Accumulator::ExtremeWorded($state) => $body,
            Accumulator::ExtremeText($state) => $body,
            Accumulator::Moments($state) => $body,
            Accumulator::CoMoments($state) => $body,
            Accumulator::Shape($state) => $body,
            Accumulator::Pick($state) => $body,
            Accumulator::Quantile($state) => $body,
            Accumulator::QuantileWide($state) => $body,
            Accumulator::Distinct($state) => $body,
            Accumulator::Histogram($state) => $body,
        }
    };
}

impl Accumulator {
    /// The state of no groups.
    pub fn new(kind: AccumulatorKind) -> Accumulator {
        use AccumulatorKind as K;
        match kind {
            K::Rows | K::Count => Accumulator::Count(Vec::new()),
            K::SumInteger => Accumulator::SumInteger(Sums::default()),
            K::SumFloat => Accumulator::SumFloat(Sums::default()),
            K::SumWide => Accumulator::SumWide(Sums::default()),
            K::Min | K::Max => Accumulator::Extreme(Extremes::new(kind == K::Max)),
            K::MinWide | K::MaxWide => Accumulator::ExtremeWide(WideExtremes::new(kind == K::MaxWide)),
            K::MinCode | K::MaxCode => Accumulator::ExtremeCode(CodeExtreme::new(kind == K::MaxCode)),
            K::MinWorded | K::MaxWorded => {
                Accumulator::ExtremeWorded(WordedExtremes::new(kind == K::MaxWorded))
            }
            K::MinText | K::MaxText => Accumulator::ExtremeText(TextExtremes::new(kind == K::MaxText)),
            K::Moments => Accumulator::Moments(Vec::new()),
            K::CoMoments => Accumulator::CoMoments(Vec::new()),
            K::Shape => Accumulator::Shape(Vec::new()),
            K::Pick { rule, value, order } => Accumulator::Pick(Picks::new(rule, value, order)),
            K::Quantile(place) => Accumulator::Quantile(Quantiles::new(place)),
            K::QuantileWide(place) => Accumulator::QuantileWide(Quantiles::new(place)),
            K::Distinct => Accumulator::Distinct(Sketches::default()),
            K::Histogram => Accumulator::Histogram(Sketches::default()),
        }
    }

    /// Makes room for this many groups; new ones have seen nothing.
    pub fn resize(&mut self, groups: usize) {
        each!(self, state => State::resize(state, groups));
    }

    /// Adds rows. Every group number must be below the size given to [`Accumulator::resize`].
    ///
    /// # Errors
    /// A text code that is not in the dictionary; an argument of a layout that the kind does not go with.
    pub fn update(&mut self, rows: Rows<'_>, inputs: Inputs<'_>) -> Result<(), Error> {
        let Some(view) = inputs.argument else {
            // Only counting goes without an argument.
            if let Accumulator::Count(counts) = self {
                rows.groups.iter().for_each(|group| counts[*group as usize] += 1);
            }
            return Ok(());
        };
        match self {
            Accumulator::Count(counts) => {
                each_valid(rows, view.validity, |group, _| counts[group] += 1);
            }
            Accumulator::SumInteger(sums) => sums.add_integers(rows, view),
            Accumulator::SumFloat(sums) => sums.add_floats(rows, view),
            Accumulator::SumWide(sums) => return sums.add_wide(rows, view),
            Accumulator::Extreme(extremes) => return extremes.add(rows, view, inputs.ranks),
            Accumulator::ExtremeWide(extremes) => return extremes.add(rows, view),
            Accumulator::ExtremeCode(extreme) => return extreme.add(rows, view),
            Accumulator::ExtremeWorded(extremes) => return extremes.add(rows, view, inputs.words),
            Accumulator::ExtremeText(extremes) => extremes.add(rows, view),
            Accumulator::Moments(moments) => deviation::add_moments(moments, rows, view),
            Accumulator::CoMoments(pairs) => {
                let Some(second) = inputs.second else {
                    return Err(Error::WrongLayout { expected: "two values", found: "one" });
                };
                return deviation::add_pairs(pairs, rows, view, second);
            }
            Accumulator::Shape(shapes) => return deviation::add_shapes(shapes, rows, view),
            Accumulator::Pick(picks) => return picks.add(rows, view, inputs.second, inputs.second_ranks),
            Accumulator::Quantile(quantiles) => return quantiles.add(rows, view, inputs.ranks),
            Accumulator::QuantileWide(quantiles) => return quantiles.add_wide(rows, view),
            Accumulator::Distinct(sketches) => return sketches.add_hashes(rows, view),
            Accumulator::Histogram(histograms) => return histograms.add_floats(rows, view),
        }
        Ok(())
    }

    /// The same for rows of which those of a group are neighbours.
    ///
    /// # Errors
    /// Those of [`Accumulator::update`].
    pub fn update_neighbours(&mut self, rows: Rows<'_>, inputs: Inputs<'_>) -> Result<(), Error> {
        match (self, inputs.argument) {
            (Accumulator::Count(counts), None) => {
                rows.groups.chunk_by(u32::eq).for_each(|run| counts[run[0] as usize] += run.len() as u64);
            }
            (Accumulator::SumInteger(sums), Some(view)) => sums.add_neighbouring_integers(rows, view),
            (Accumulator::SumFloat(sums), Some(view)) => sums.add_neighbouring_floats(rows, view),
            (other, _) => return other.update(rows, inputs),
        }
        Ok(())
    }

    /// Adds the states of later rows: group `from` of `later` belongs to group `to` here.
    pub fn merge(&mut self, later: &Accumulator, pairs: impl Iterator<Item = (u32, u32)>) {
        match (self, later) {
            (Accumulator::Count(a), Accumulator::Count(b)) => a.merge(b, pairs),
            (Accumulator::SumInteger(a), Accumulator::SumInteger(b)) => a.merge(b, pairs),
            (Accumulator::SumFloat(a), Accumulator::SumFloat(b)) => a.merge(b, pairs),
            (Accumulator::SumWide(a), Accumulator::SumWide(b)) => a.merge(b, pairs),
            (Accumulator::Extreme(a), Accumulator::Extreme(b)) => a.merge(b, pairs),
            (Accumulator::ExtremeWide(a), Accumulator::ExtremeWide(b)) => a.merge(b, pairs),
            (Accumulator::ExtremeCode(a), Accumulator::ExtremeCode(b)) => a.merge(b, pairs),
            (Accumulator::ExtremeWorded(a), Accumulator::ExtremeWorded(b)) => a.merge(b, pairs),
            (Accumulator::ExtremeText(a), Accumulator::ExtremeText(b)) => a.merge(b, pairs),
            (Accumulator::Moments(a), Accumulator::Moments(b)) => a.merge(b, pairs),
            (Accumulator::CoMoments(a), Accumulator::CoMoments(b)) => a.merge(b, pairs),
            (Accumulator::Shape(a), Accumulator::Shape(b)) => a.merge(b, pairs),
            (Accumulator::Pick(a), Accumulator::Pick(b)) => a.merge(b, pairs),
            (Accumulator::Quantile(a), Accumulator::Quantile(b)) => a.merge(b, pairs),
            (Accumulator::QuantileWide(a), Accumulator::QuantileWide(b)) => a.merge(b, pairs),
            (Accumulator::Distinct(a), Accumulator::Distinct(b)) => a.merge(b, pairs),
            (Accumulator::Histogram(a), Accumulator::Histogram(b)) => a.merge(b, pairs),
            // States of one aggregate are of one kind.
            _ => {}
        }
    }

    /// Lets go of what only further rows would need. No row may follow.
    pub fn seal(&mut self) {
        match self {
            Accumulator::Quantile(quantiles) => quantiles.seal(),
            Accumulator::QuantileWide(quantiles) => quantiles.seal(),
            _ => {}
        }
    }

    /// The counts: rows, or values that went in. Empty for what does not count.
    pub fn counts(&self) -> Vec<u64> {
        match self {
            Accumulator::Count(counts) => counts.clone(),
            Accumulator::SumInteger(sums) => sums.counts.clone(),
            Accumulator::SumWide(sums) => sums.counts.clone(),
            Accumulator::SumFloat(sums) => sums.counts.clone(),
            Accumulator::Moments(moments) => moments.iter().map(|m| m.count).collect(),
            _ => Vec::new(),
        }
    }

    /// Exact sums and counts a group; empty for what keeps none.
    pub fn exact_sums(&self) -> Vec<(WideSum, u64)> {
        match self {
            Accumulator::SumInteger(sums) => {
                sums.sums.iter().zip(&sums.counts).map(|(sum, count)| ((*sum).into(), *count)).collect()
            }
            Accumulator::SumWide(sums) => {
                sums.sums.iter().zip(&sums.counts).map(|(sum, count)| (*sum, *count)).collect()
            }
            _ => Vec::new(),
        }
    }

    /// Means a group, NULL where there is no value. Exact integer sums become f64 before the division.
    pub fn means(&self) -> Vec<Option<f64>> {
        match self {
            Accumulator::SumInteger(sums) => sums.means(),
            Accumulator::SumFloat(sums) => sums.means(),
            _ => Vec::new(),
        }
    }

    /// Minima, maxima or picked values as a column of their type; `dictionary` is that of a text argument, and `by_rank` gives
    /// its codes by their ranks, where those stand for texts. `None` for what keeps no values.
    pub fn values<'a>(
        &self,
        data_type: DataType,
        dictionary: Option<&Arc<Dictionary>>,
        by_rank: impl FnOnce() -> &'a [u32],
    ) -> Option<Column> {
        match self {
            Accumulator::Extreme(extremes) => {
                Some(extremes.column(data_type, dictionary.map(|dictionary| (dictionary, by_rank()))))
            }
            Accumulator::ExtremeWide(extremes) => Some(extremes.column(data_type)),
            Accumulator::ExtremeCode(extreme) => dictionary.map(|dictionary| extreme.column(dictionary)),
            Accumulator::ExtremeWorded(extremes) => dictionary.map(|dictionary| extremes.column(dictionary)),
            Accumulator::ExtremeText(extremes) => Some(extremes.column()),
            Accumulator::Pick(picks) => Some(picks.column(data_type, dictionary)),
            _ => None,
        }
    }

    /// Bytes owned.
    pub fn byte_len(&self) -> usize {
        each!(self, state => state.byte_len())
    }
}
