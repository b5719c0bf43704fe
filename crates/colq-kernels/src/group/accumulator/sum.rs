//! Sums with their counts: of integers and wide decimals exactly, of floats in row order.

use super::rows::{Rows, each_valid};
use super::state::State;
use crate::{Error, WideSum};
use colq_column::{Bitmap, Values, View, canonical_nan, dispatch};
use colq_types::Native;

/// Sums and counts of all groups.
#[derive(Debug, Clone, Default)]
pub struct Sums<S> {
    /// The sum a group.
    pub sums: Vec<S>,
    /// Values a group.
    pub counts: Vec<u64>,
}

/// What values are added up in.
pub trait Total: Copy {
    /// The sum of no values.
    const NONE: Self;
    /// Both together.
    fn plus(self, other: Self) -> Self;
}

impl Total for i128 {
    const NONE: i128 = 0;
    #[inline(always)]
    fn plus(self, other: i128) -> i128 {
        self + other
    }
}

impl Total for f64 {
    const NONE: f64 = -0.0;
    #[inline(always)]
    fn plus(self, other: f64) -> f64 {
        self + other
    }
}

impl Total for WideSum {
    const NONE: WideSum = WideSum::NONE;
    #[inline(always)]
    fn plus(self, other: WideSum) -> WideSum {
        WideSum::plus(self, other)
    }
}

impl<S: Total> State for Sums<S> {
    fn resize(&mut self, groups: usize) {
        self.sums.resize(groups, S::NONE);
        self.counts.resize(groups, 0);
    }

    fn merge(&mut self, later: &Self, pairs: impl Iterator<Item = (u32, u32)>) {
        pairs.for_each(|(from, to)| {
            let (from, to) = (from as usize, to as usize);
            self.sums[to] = self.sums[to].plus(later.sums[from]);
            self.counts[to] += later.counts[from];
        });
    }

    fn byte_len(&self) -> usize {
        self.sums.capacity() * size_of::<S>() + self.counts.capacity() * 8
    }
}

impl<S: Total> Sums<S> {
    #[inline(always)]
    fn add(&mut self, rows: Rows<'_>, validity: Option<&Bitmap>, value: impl Fn(usize) -> S) {
        let (sums, counts) = (&mut self.sums[..], &mut self.counts[..]);
        each_valid(rows, validity, |group, at| {
            sums[group] = sums[group].plus(value(at));
            counts[group] += 1;
        });
    }
}

impl<S: Total> Sums<S> {
    /// The same for rows of which those of a group are neighbours: what is added up stays in a register, where else
    /// each row would wait for what the one before has stored.
    #[inline(always)]
    fn add_neighbours(&mut self, rows: Rows<'_>, validity: Option<&Bitmap>, value: impl Fn(usize) -> S) {
        if rows.positions.is_some() || validity.is_some() {
            return self.add(rows, validity, value);
        }
        let mut start = 0;
        for run in rows.groups.chunk_by(u32::eq) {
            let (group, end) = (run[0] as usize, start + run.len());
            self.sums[group] = (start..end).fold(self.sums[group], |sum, at| sum.plus(value(at)));
            self.counts[group] += run.len() as u64;
            start = end;
        }
    }
}

impl Sums<i128> {
    pub(super) fn add_integers(&mut self, rows: Rows<'_>, view: &View<'_>) {
        dispatch!(view.values,
            bool v => self.add(rows, view.validity, |at| i128::from(v[at] != 0)),
            native v => self.add(rows, view.validity, |at| v[at].to_i128()),
            vector _v => ());
    }

    pub(super) fn add_neighbouring_integers(&mut self, rows: Rows<'_>, view: &View<'_>) {
        dispatch!(view.values,
            bool v => self.add_neighbours(rows, view.validity, |at| i128::from(v[at] != 0)),
            native v => self.add_neighbours(rows, view.validity, |at| v[at].to_i128()),
            vector _v => ());
    }

    /// Means a group, NULL where there is no value. The exact sum becomes f64 before the division.
    pub fn means(&self) -> Vec<Option<f64>> {
        self.sums.iter().zip(&self.counts).map(|(s, c)| mean(*s as f64, *c)).collect()
    }
}

impl Sums<f64> {
    pub(super) fn add_floats(&mut self, rows: Rows<'_>, view: &View<'_>) {
        match view.values {
            Values::F32(v) => self.add(rows, view.validity, |at| f64::from(v[at])),
            Values::F64(v) => self.add(rows, view.validity, |at| v[at]),
            other => dispatch!(other,
                bool _v => (),
                native v => self.add(rows, view.validity, |at| v[at].to_f64()),
                vector _v => ()),
        }
    }

    pub(super) fn add_neighbouring_floats(&mut self, rows: Rows<'_>, view: &View<'_>) {
        dispatch!(view.values,
            bool _v => (),
            native v => self.add_neighbours(rows, view.validity, |at| v[at].to_f64()),
            vector _v => ());
    }

    /// Means a group, NULL where there is no value.
    pub fn means(&self) -> Vec<Option<f64>> {
        self.sums.iter().zip(&self.counts).map(|(s, c)| mean(*s, *c)).collect()
    }
}

impl Sums<WideSum> {
    pub(super) fn add_wide(&mut self, rows: Rows<'_>, view: &View<'_>) -> Result<(), Error> {
        let Values::I128(values) = view.values else { return Err(not_wide(view)) };
        self.add(rows, view.validity, |at| values[at].into());
        Ok(())
    }
}

fn mean(sum: f64, count: u64) -> Option<f64> {
    (count > 0).then(|| canonical_nan(sum / count as f64))
}

/// Wide aggregates are made for wide decimals alone.
pub(super) fn not_wide(view: &View<'_>) -> Error {
    Error::WrongLayout { expected: "i128", found: view.values.physical().name() }
}
