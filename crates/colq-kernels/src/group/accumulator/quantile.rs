//! Exact quantiles of groups: all values are kept until the last row, then the ones around the quantile are selected.

use super::rows::{Rows, each_valid};
use super::state::State;
use super::sum::not_wide;
use crate::Error;
use crate::group::place::Place;
use crate::order::push_words;
use colq_column::{Bitmap, Values, View};

/// The values of all groups, or once they are [sealed](Quantiles::seal) those around the quantile.
#[derive(Debug, Clone)]
pub struct Quantiles<W> {
    place: Place,
    values: Vec<Vec<W>>,
    found: Option<Vec<Option<Found<W>>>>,
}

/// The values around a quantile, as words in the order of values.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Found<W> {
    /// The lower one.
    pub low: W,
    /// The higher one.
    pub high: W,
    /// How far the quantile stands from the lower to the higher one.
    pub part: f64,
}

impl<W: Copy + Ord> Quantiles<W> {
    pub(super) fn new(place: Place) -> Quantiles<W> {
        Quantiles { place, values: Vec::new(), found: None }
    }

    /// The values around the quantile of each group, where they were found by other means.
    pub fn sealed(found: Vec<Option<Found<W>>>) -> Quantiles<W> {
        // Nobody asks for the place once all is found.
        Quantiles { place: Place::At(0.0), values: Vec::new(), found: Some(found) }
    }

    fn push(&mut self, rows: Rows<'_>, validity: Option<&Bitmap>, words: &[W]) {
        let values = &mut self.values[..];
        each_valid(rows, validity, |group, at| values[group].push(words[at]));
    }

    /// Selects what is around the quantile of each group and lets go of all other values. No row may follow.
    pub fn seal(&mut self) {
        if self.found.is_some() {
            return;
        }
        let select = |mut values: Vec<W>| {
            let around = self.place.among(values.len() as u64)?;
            let (_, low, above) = values.select_nth_unstable(around.low as usize);
            let low = *low;
            let high = if around.high > around.low { above.iter().min().copied() } else { None };
            Some(Found { low, high: high.unwrap_or(low), part: around.part })
        };
        self.found = Some(std::mem::take(&mut self.values).into_iter().map(select).collect());
    }

    /// The values around the quantile of each group, `None` where it has no value. Nothing before the seal.
    pub fn found(&self) -> &[Option<Found<W>>] {
        self.found.as_deref().unwrap_or(&[])
    }
}

impl Quantiles<u64> {
    pub(super) fn add(&mut self, rows: Rows<'_>, view: &View<'_>, ranks: &[u32]) -> Result<(), Error> {
        let mut words = Vec::with_capacity(view.len());
        push_words(view, ranks, &mut words)?;
        self.push(rows, view.validity, &words);
        Ok(())
    }
}

impl Quantiles<i128> {
    pub(super) fn add_wide(&mut self, rows: Rows<'_>, view: &View<'_>) -> Result<(), Error> {
        let Values::I128(values) = view.values else { return Err(not_wide(view)) };
        self.push(rows, view.validity, values);
        Ok(())
    }
}

impl<W: Copy + Ord> State for Quantiles<W> {
    fn resize(&mut self, groups: usize) {
        match &mut self.found {
            Some(found) => found.resize(groups, None),
            None => self.values.resize_with(groups, Vec::new),
        }
    }

    /// States that are sealed come together only with new ones, which they fill.
    fn merge(&mut self, later: &Self, pairs: impl Iterator<Item = (u32, u32)>) {
        if let Some(later) = &later.found {
            let groups = self.values.len();
            let found = self.found.get_or_insert_with(|| vec![None; groups]);
            pairs.for_each(|(from, to)| found[to as usize] = later[from as usize]);
            return;
        }
        pairs.for_each(|(from, to)| {
            self.values[to as usize].extend_from_slice(&later.values[from as usize]);
        });
    }

    fn byte_len(&self) -> usize {
        let slots = self.values.capacity() * size_of::<Vec<W>>();
        let values = self.values.iter().map(|v| v.capacity() * size_of::<W>()).sum::<usize>();
        let found = self.found.as_ref().map_or(0, |f| f.capacity() * size_of::<Option<Found<W>>>());
        slots + values + found
    }
}
