//! The first few groups alone: their keys are found at the head of the rows, and then only rows that have one of them
//! are added up.
//!
//! The states are those of [`striped`](super::striped): stripe by stripe, merged in their order.

use super::keyed::KeyScratch;
use super::tallies::fits;
use super::{Grouping, InOrder};
use crate::Error;
use crate::pipeline::Run;
use crate::predicate::Predicate;
use colq_column::Bitmap;
use colq_context::Context;
use colq_kernels::{Accumulator, AccumulatorKind, Rows, TaggedTable};
use colq_types::STRIPE_ZONES;

/// Zones that are looked through for the keys: where they do not bring enough, the groups may be few altogether.
const SEARCHED_ZONES: usize = 4;

/// Places in the table for each key, so that most other keys find an empty one at once.
const ROOM_A_KEY: usize = 8;

/// The memory of one thread, reused from zone to zone.
#[derive(Default)]
struct Worker {
    scratch: KeyScratch,
    places: Vec<u32>,
    groups: Vec<u32>,
}

impl Grouping<'_> {
    /// The first `wanted` groups; `None` where it would not be certain that they have no error that others hide, or
    /// where they are not found soon.
    pub(super) fn run_first(&self, wanted: usize, run: Run<'_>) -> Result<Option<InOrder>, Error> {
        if wanted == 0 || self.may_fail()? {
            return Ok(None);
        }
        let Some((keys, first_rows)) = self.first_keys(wanted, run)? else { return Ok(None) };
        run.note(|| format!("groups: the first {wanted} alone"));
        let group_count = first_rows.len();
        let empty = || {
            let states = self.calls.iter().map(|call| Accumulator::new(call.kind));
            states
                .map(|mut state| {
                    state.resize(group_count);
                    state
                })
                .collect::<Vec<_>>()
        };
        let mut total = empty();
        let zones = if self.calls.is_empty() { 0 } else { self.pipeline.zone_count() };
        let stripe_zones = STRIPE_ZONES as usize;
        let stripes = run.pool.in_order(
            run.context,
            zones.div_ceil(stripe_zones),
            Worker::default,
            |worker, stripe| {
                let mut states = empty();
                for zone in stripe * stripe_zones..zones.min((stripe + 1) * stripe_zones) {
                    self.add_members(worker, zone, &keys, &mut states, run)?;
                }
                Ok(states)
            },
        )?;
        let all = || (0..group_count as u32).map(|group| (group, group));
        for states in &stripes {
            total.iter_mut().zip(states).for_each(|(state, more)| state.merge(more, all()));
        }
        total.iter_mut().for_each(Accumulator::seal);
        let dictionaries: Vec<_> = self.keys.iter().map(|key| key.dictionary.clone()).collect();
        let columns = self.layout.decode_texts(keys.keys(), &dictionaries, &|_| &[], true, &|_| true);
        Ok(Some((columns, total, first_rows)))
    }

    /// True where a row, or the answer of a group, may be an error.
    fn may_fail(&self) -> Result<bool, Error> {
        use AccumulatorKind as K;
        let arguments = self.calls.iter().flat_map(|call| call.arguments());
        if self.pipeline.filter().is_some_and(Predicate::may_fail)
            || self.keys.iter().chain(arguments).any(|argument| argument.value.may_fail())
        {
            return Ok(true);
        }
        for call in &self.calls {
            let is_safe = match call.kind {
                K::Rows | K::Count | K::SumFloat | K::Min | K::Max | K::MinWorded | K::MaxWorded => true,
                K::SumInteger => call.is_of_argument() && fits(call, &*self.pipeline.source)?,
                _ => false,
            };
            if !is_safe {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The first `wanted` keys and the first row of each.
    fn first_keys(&self, wanted: usize, run: Run<'_>) -> Result<Option<(TaggedTable, Vec<u64>)>, Error> {
        // What is only looked at is not counted as read.
        let context = Context::new();
        let run = Run { pool: run.pool, context: &context, recorder: None };
        let width = self.layout.word_count().max(1);
        let mut table = TaggedTable::new(width, wanted * ROOM_A_KEY);
        let mut scratch = KeyScratch::default();
        let mut first_rows = Vec::new();
        let (mut groups, mut fresh, mut searched) = (Vec::new(), Vec::new(), 0);
        for number in 0..self.pipeline.zone_count() {
            let found = self.keyed(&mut scratch, number, run, |keyed| {
                for (at, key) in keyed.words.chunks_exact(width).enumerate() {
                    fresh.clear();
                    table.assign(key, &mut groups, &mut fresh);
                    if !fresh.is_empty() {
                        let position = keyed.positions.as_ref().map_or(at as u32, |rows| rows[at]);
                        first_rows.push(keyed.zone.first_row() + u64::from(position));
                    }
                    if first_rows.len() == wanted {
                        break;
                    }
                }
                Ok(())
            })?;
            if first_rows.len() == wanted {
                // Long texts are told apart by their bytes, which the words do not have.
                let is_whole =
                    self.layout.plain_texts().is_empty() || !self.layout.has_long_texts(table.keys());
                return Ok(is_whole.then_some((table, first_rows)));
            }
            searched += usize::from(found.is_some());
            if searched == SEARCHED_ZONES {
                break;
            }
        }
        Ok(None)
    }

    /// Adds the rows of a zone that have one of the keys.
    fn add_members(
        &self,
        worker: &mut Worker,
        number: usize,
        keys: &TaggedTable,
        states: &mut [Accumulator],
        run: Run<'_>,
    ) -> Result<(), Error> {
        let Worker { scratch, places, groups } = worker;
        self.keyed(scratch, number, run, |keyed| {
            keys.find(keyed.words, places, groups);
            if places.is_empty() {
                return Ok(());
            }
            if let Some(positions) = &keyed.positions {
                places.iter_mut().for_each(|place| *place = positions[*place as usize]);
            }
            let mut active = Bitmap::zeros(keyed.active.len());
            places.iter().for_each(|position| active.set(*position as usize, true));
            let rows = Rows { groups, positions: Some(places) };
            let first_row = keyed.zone.first_row();
            for (call, state) in self.calls.iter().zip(states) {
                call.evaluate(keyed.zone, &active)?.update(call, state, rows, first_row)?;
            }
            Ok(())
        })?;
        Ok(())
    }
}
