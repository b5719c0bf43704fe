//! States whose bits depend on where a stripe ends, when rows come stripe by stripe and groups are too many to be
//! merged after each.
//!
//! Law: the state of a group is that of merging the states of its stripes in their order. Only the part of the stripe
//! that a group was last seen in is open; it is merged when the group is seen in a later one. Naive twin: a state a
//! stripe.

use super::accumulator::{Accumulator, AccumulatorKind, Inputs, Rows, Sums};
use crate::{CoMoments, Error, Moments, ShapeMoments};

/// The states of all groups for one aggregate, updated stripe by stripe.
#[derive(Debug, Clone)]
pub struct StripedAccumulator {
    total: Accumulator,
    /// For what goes by stripes.
    open: Option<Open>,
}

#[derive(Debug, Clone)]
struct Open {
    parts: Accumulator,
    /// The stripe of each group's part.
    stripes: Vec<u32>,
    /// Groups whose part is to be merged.
    stale: Vec<(u32, u32)>,
}

/// No stripe: a group without a part.
const NOWHERE: u32 = u32::MAX;

impl StripedAccumulator {
    /// The state of no groups.
    pub fn new(kind: AccumulatorKind) -> StripedAccumulator {
        use AccumulatorKind as K;
        let by_stripes = matches!(kind, K::SumFloat | K::Moments | K::CoMoments | K::Shape);
        let open = by_stripes.then(|| Open {
            parts: Accumulator::new(kind),
            stripes: Vec::new(),
            stale: Vec::new(),
        });
        StripedAccumulator { total: Accumulator::new(kind), open }
    }

    /// Makes room for this many groups; new ones have seen nothing.
    pub fn resize(&mut self, groups: usize) {
        self.total.resize(groups);
        if let Some(open) = &mut self.open {
            open.parts.resize(groups);
            open.stripes.resize(groups, NOWHERE);
        }
    }

    /// Adds rows of one stripe, which must not be before one of an earlier call. Every group number must be below the
    /// size given to [`StripedAccumulator::resize`].
    ///
    /// # Errors
    /// As [`Accumulator::update`].
    pub fn update(&mut self, rows: Rows<'_>, inputs: Inputs<'_>, stripe: u32) -> Result<(), Error> {
        let Some(open) = &mut self.open else { return self.total.update(rows, inputs) };
        open.stale.clear();
        for group in rows.groups {
            let last = &mut open.stripes[*group as usize];
            if *last != stripe {
                if *last != NOWHERE {
                    open.stale.push((*group, *group));
                }
                *last = stripe;
            }
        }
        self.total.merge(&open.parts, open.stale.iter().copied());
        forget(&mut open.parts, &open.stale);
        open.parts.update(rows, inputs)
    }

    /// The states, all parts merged.
    pub fn finish(self) -> Accumulator {
        let StripedAccumulator { mut total, open } = self;
        if let Some(open) = open {
            let groups = open.stripes.len() as u32;
            total.merge(&open.parts, (0..groups).map(|group| (group, group)));
        }
        total.seal();
        total
    }

    /// Bytes owned.
    pub fn byte_len(&self) -> usize {
        let open = self.open.as_ref();
        self.total.byte_len() + open.map_or(0, |o| o.parts.byte_len() + o.stripes.capacity() * 4)
    }
}

/// Makes these groups as if they had seen nothing.
fn forget(parts: &mut Accumulator, groups: &[(u32, u32)]) {
    let groups = groups.iter().map(|(group, _)| *group as usize);
    match parts {
        Accumulator::SumFloat(Sums { sums, counts }) => groups.for_each(|group| {
            sums[group] = -0.0;
            counts[group] = 0;
        }),
        Accumulator::Moments(parts) => groups.for_each(|group| parts[group] = Moments::default()),
        Accumulator::CoMoments(parts) => groups.for_each(|group| parts[group] = CoMoments::default()),
        Accumulator::Shape(parts) => groups.for_each(|group| parts[group] = ShapeMoments::default()),
        // All others go without parts.
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use colq_column::{Column, Values};
    use colq_types::DataType;
    use proptest::prelude::*;

    /// The words of a state that differ where its bits do.
    fn bits(state: &Accumulator) -> Vec<u64> {
        match state {
            Accumulator::SumFloat(sums) => {
                sums.sums.iter().map(|s| s.to_bits()).chain(sums.counts.iter().copied()).collect()
            }
            Accumulator::Moments(parts) => {
                parts.iter().flat_map(|m| [m.count, m.mean.to_bits(), m.m2.to_bits()]).collect()
            }
            other => other.counts(),
        }
    }

    proptest! {
        #[test]
        fn merges_parts_as_states_a_stripe_are_merged(
            rows in prop::collection::vec((0u32..9, prop_oneof![Just(-0.0), Just(1e300), -9.0..9.0f64]), 1..300),
            cuts in prop::collection::vec(1usize..40, 1..40),
        ) {
            use AccumulatorKind as K;
            for kind in [K::SumFloat, K::Moments, K::CoMoments, K::Shape, K::Count] {
                let mut striped = StripedAccumulator::new(kind);
                let mut naive = Accumulator::new(kind);
                naive.resize(9);
                let (mut start, mut groups_seen) = (0usize, 0);
                for (stripe, len) in (0u32..).zip(cuts.iter().copied().chain([usize::MAX])) {
                    let part = &rows[start..rows.len().min(start.saturating_add(len))];
                    start += part.len();
                    let column = Column::new(DataType::F64, part.iter().map(|r| r.1).collect::<Vec<_>>());
                    let view = column.view();
                    prop_assert!(matches!(view.values, Values::F64(_)));
                    let inputs = Inputs { argument: Some(&view), second: Some(&view), ..Inputs::default() };
                    let groups: Vec<u32> = part.iter().map(|r| r.0).collect();
                    let mut state = Accumulator::new(kind);
                    state.resize(9);
                    state.update(Rows { groups: &groups, positions: None }, inputs).unwrap();
                    naive.merge(&state, (0..9).map(|g| (g, g)));
                    // Within a stripe rows may come in several calls.
                    for (at, group) in groups.iter().enumerate() {
                        groups_seen = groups_seen.max(*group as usize + 1);
                        striped.resize(groups_seen);
                        let one = column.gather(&[at as u32]);
                        let view = one.view();
                        let inputs = Inputs { argument: Some(&view), second: Some(&view), ..Inputs::default() };
                        striped.update(Rows { groups: &[*group], positions: None }, inputs, stripe).unwrap();
                    }
                }
                striped.resize(9);
                prop_assert_eq!(bits(&striped.finish()), bits(&naive));
            }
        }
    }
}
