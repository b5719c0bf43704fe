//! A sketch a group.

use super::rows::{Rows, each_valid};
use super::state::State;
use crate::value_hash::hashes;
use crate::{DistinctSketch, Error, Histogram};
use colq_column::{Values, View};

/// The sketches of all groups.
#[derive(Debug, Clone, Default)]
pub struct Sketches<S>(Vec<S>);

/// What sketches have in common.
pub(super) trait Sketch: Default {
    fn put_together(&mut self, other: &Self);
    fn owned_bytes(&self) -> usize;
}

impl Sketch for DistinctSketch {
    fn put_together(&mut self, other: &Self) {
        self.merge(other);
    }
    fn owned_bytes(&self) -> usize {
        self.byte_len()
    }
}

impl Sketch for Histogram {
    fn put_together(&mut self, other: &Self) {
        self.merge(other);
    }
    fn owned_bytes(&self) -> usize {
        self.byte_len()
    }
}

impl<S: Sketch> State for Sketches<S> {
    fn resize(&mut self, groups: usize) {
        self.0.resize_with(groups, S::default);
    }

    fn merge(&mut self, later: &Self, pairs: impl Iterator<Item = (u32, u32)>) {
        pairs.for_each(|(from, to)| self.0[to as usize].put_together(&later.0[from as usize]));
    }

    fn byte_len(&self) -> usize {
        self.0.capacity() * size_of::<S>() + self.0.iter().map(Sketch::owned_bytes).sum::<usize>()
    }
}

impl<S> Sketches<S> {
    /// The sketch of each group.
    pub fn groups(&self) -> &[S] {
        &self.0
    }
}

impl Sketches<DistinctSketch> {
    pub(super) fn add_hashes(&mut self, rows: Rows<'_>, view: &View<'_>) -> Result<(), Error> {
        let hashes = hashes(view)?;
        let sketches = &mut self.0[..];
        each_valid(rows, view.validity, |group, at| sketches[group].add(hashes[at]));
        Ok(())
    }
}

impl Sketches<Histogram> {
    pub(super) fn add_floats(&mut self, rows: Rows<'_>, view: &View<'_>) -> Result<(), Error> {
        let Values::F64(values) = view.values else {
            return Err(Error::WrongLayout { expected: "f64", found: view.values.physical().name() });
        };
        let histograms = &mut self.0[..];
        each_valid(rows, view.validity, |group, at| histograms[group].add(values[at]));
        Ok(())
    }
}
