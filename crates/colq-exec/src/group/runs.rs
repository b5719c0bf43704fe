//! Groups of a key that rises: the rows of a group are neighbours, so a group ends where the next key begins, and nothing
//! is looked up.
//!
//! Stripes are worked on side by side; only the first and the last group of a stripe may go on in another, and those are
//! merged in the order of stripes. So every group sees its rows in the order that docs/SQL.md defines.

use super::tallies::fits;
use super::{Finish, GROUP_BYTES, Grouping, KEY_WORD_BYTES, Piece, STATE_BYTES};
use crate::Error;
use crate::calls::Call;
use crate::pipeline::{Foresight, Run, Selection};
use crate::zone::Scratches;
use colq_column::{Column, ColumnSource, Order};
use colq_kernels::{Accumulator, AccumulatorKind, Rows};
use colq_types::{DataType, STRIPE_ZONES, ZONE_ROWS};

/// Stripes a thread in each round: more need more memory.
const STRIPES_A_THREAD: usize = 1;

/// The memory of one thread, reused from stripe to stripe.
#[derive(Default)]
struct Worker {
    scratches: Scratches,
    words: Vec<u64>,
    numbers: Vec<u32>,
}

/// A group that may go on in the next stripe.
struct End {
    key: u64,
    first_row: u64,
    states: Vec<Accumulator>,
}

/// The groups of one stripe.
struct Stripe {
    first: End,
    /// Those that are in no other stripe.
    inner: Option<Piece>,
    /// `None` where the first is the last.
    last: Option<End>,
}

/// True for what is small whatever the rows, and whose answer can always be given.
pub(super) fn is_plain_state(call: &Call, source: &dyn ColumnSource) -> bool {
    use AccumulatorKind as K;
    match call.kind {
        K::SumInteger => matches!(fits(call, source), Ok(true)),
        K::Rows | K::Count | K::SumFloat | K::Moments => true,
        K::Min | K::Max | K::MinWorded | K::MaxWorded => true,
        _ => false,
    }
}

/// True for counts, and for sums that are kept in a word.
pub(super) fn is_plain_sum(call: &Call, source: &dyn ColumnSource) -> bool {
    use AccumulatorKind as K;
    match call.kind {
        K::SumInteger => matches!(fits(call, source), Ok(true)),
        kind => matches!(kind, K::Rows | K::Count | K::SumFloat),
    }
}

impl Grouping<'_> {
    /// True when the rows of each group are neighbours.
    pub(super) fn has_runs(&self) -> bool {
        let [key] = &self.keys[..] else { return false };
        let Some(column) = key.value.as_column() else { return false };
        let source = &*self.pipeline.source;
        // Floats have two zeros, texts a dictionary, and where NULL stands among the values is not said.
        let is_plain =
            key.data_type.is_integer() || matches!(key.data_type, DataType::Date | DataType::Timestamp(_));
        let is_fit = is_plain && self.layout.word_count() == 1 && !source.may_have_nulls(column);
        // Where records cannot be read another way finds that out in its turn.
        is_fit
            && self.calls.iter().all(|call| is_plain_state(call, source))
            && matches!(source.order(column), Ok(Some(Order::Rows)))
    }

    /// Bytes that the stripes at hand take at most: as much in groups, and again as columns of them.
    fn run_bytes(&self, stripes: usize) -> usize {
        let group = KEY_WORD_BYTES + GROUP_BYTES + self.calls.len() * STATE_BYTES;
        let rows = (stripes as u64 * STRIPE_ZONES * ZONE_ROWS).min(self.pipeline.source.row_count());
        2 * rows as usize * group
    }

    /// How many keys there are.
    pub(super) fn count_runs(&self, run: Run<'_>) -> Result<u64, Error> {
        let mut count = 0;
        let nothing = |_: usize, _: &Call, _: &mut Accumulator| -> Result<Column, Error> {
            Err(Error::Internal("keys that are counted have no answers".into()))
        };
        self.run_runs_bounded(&nothing, run, &mut |piece| {
            count += piece.first_rows.len() as u64;
            Ok(())
        })?;
        Ok(count)
    }

    /// Goes through all stripes and gives the groups in the order of their first rows, by way of a scratch file where the
    /// budget does not allow it otherwise.
    pub(super) fn run_runs_bounded(
        &self,
        finish: &Finish<'_>,
        run: Run<'_>,
        sink: &mut dyn FnMut(Piece) -> Result<(), Error>,
    ) -> Result<(), Error> {
        // Claimed before any group is given: there is no way back then.
        let stripes = run.pool.thread_count() * STRIPES_A_THREAD;
        match run.context.claim(self.run_bytes(stripes)) {
            Ok(_claim) => self.run_runs(finish, run, sink),
            Err(_) => self.run_spilled(&self.spilled_partitioning(), finish, run, sink),
        }
    }

    /// Goes through all stripes and gives the groups in the order of their first rows.
    fn run_runs(
        &self,
        finish: &Finish<'_>,
        run: Run<'_>,
        sink: &mut dyn FnMut(Piece) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let stripes = self.pipeline.zone_count().div_ceil(STRIPE_ZONES as usize);
        let round = run.pool.thread_count() * STRIPES_A_THREAD;
        let mut open: Option<End> = None;
        for start in (0..stripes).step_by(round) {
            let count = round.min(stripes - start);
            let done = run.pool.in_order(run.context, count, Worker::default, |worker, i| {
                self.run_stripe(worker, start + i, finish, run)
            })?;
            for Stripe { first, inner, last } in done.into_iter().flatten() {
                match &mut open {
                    Some(open) if open.key == first.key => {
                        let states = open.states.iter_mut().zip(&first.states);
                        states.for_each(|(state, later)| state.merge(later, std::iter::once((0, 0))));
                    }
                    _ => {
                        if let Some(done) = open.replace(first) {
                            sink(self.finished(&[done.key], vec![done.first_row], done.states, finish)?)?;
                        }
                    }
                }
                let Some(last) = last else { continue };
                if let Some(done) = open.replace(last) {
                    sink(self.finished(&[done.key], vec![done.first_row], done.states, finish)?)?;
                }
                if let Some(inner) = inner {
                    sink(inner)?;
                }
            }
        }
        match open {
            Some(done) => sink(self.finished(&[done.key], vec![done.first_row], done.states, finish)?),
            None => Ok(()),
        }
    }

    /// The groups of one stripe; `None` where no row is selected.
    fn run_stripe(
        &self,
        worker: &mut Worker,
        stripe: usize,
        finish: &Finish<'_>,
        run: Run<'_>,
    ) -> Result<Option<Stripe>, Error> {
        let (mut keys, mut first_rows) = (Vec::new(), Vec::new());
        let mut states: Vec<_> = self.calls.iter().map(|call| Accumulator::new(call.kind)).collect();
        let first_zone = stripe * STRIPE_ZONES as usize;
        for zone in first_zone..(first_zone + STRIPE_ZONES as usize).min(self.pipeline.zone_count()) {
            self.add_runs(worker, zone, &mut keys, &mut first_rows, &mut states, run)?;
        }
        let part = |range: std::ops::Range<usize>| -> Vec<Accumulator> {
            let each = self.calls.iter().zip(&states).map(|(call, all)| {
                let mut state = Accumulator::new(call.kind);
                state.resize(range.len());
                // A state merged into an empty one is itself.
                state.merge(all, (range.start as u32..range.end as u32).zip(0..));
                state
            });
            each.collect()
        };
        let end = |at: usize| End { key: keys[at], first_row: first_rows[at], states: part(at..at + 1) };
        let Some(last) = keys.len().checked_sub(1) else { return Ok(None) };
        let inner = match last > 1 {
            true => {
                Some(self.finished(&keys[1..last], first_rows[1..last].to_vec(), part(1..last), finish)?)
            }
            false => None,
        };
        Ok(Some(Stripe { first: end(0), inner, last: (last > 0).then(|| end(last)) }))
    }

    /// Adds the rows of a zone.
    fn add_runs(
        &self,
        worker: &mut Worker,
        number: usize,
        keys: &mut Vec<u64>,
        first_rows: &mut Vec<u64>,
        states: &mut [Accumulator],
        run: Run<'_>,
    ) -> Result<(), Error> {
        run.context.check()?;
        let foresight = self.pipeline.foresee(number, run)?;
        if foresight == Foresight::Pruned {
            return Ok(());
        }
        let mut zone = self.pipeline.zone(number, &mut worker.scratches, run);
        let selection = self.pipeline.select(foresight, &mut zone, run)?;
        if matches!(selection, Selection::None) {
            return Ok(());
        }
        let row_count = zone.row_count();
        let active = selection.to_bitmap(row_count);
        let positions = selection.positions();
        let positions = positions.as_deref();
        let first_row = zone.first_row();
        self.encode(&mut zone, (&active, positions), &mut worker.words)?;
        worker.numbers.clear();
        let mut last = keys.last().copied();
        for run in worker.words.chunk_by(u64::eq) {
            let place = worker.numbers.len();
            if last != Some(run[0]) {
                last = Some(run[0]);
                keys.push(run[0]);
                first_rows.push(first_row + positions.map_or(place, |p| p[place] as usize) as u64);
            }
            worker.numbers.resize(place + run.len(), keys.len() as u32 - 1);
        }
        let rows = Rows { groups: &worker.numbers, positions };
        for (call, state) in self.calls.iter().zip(states) {
            state.resize(keys.len());
            call.evaluate(&mut zone, &active)?.update_neighbours(call, state, rows, first_row)?;
        }
        Ok(())
    }

    /// Groups whose rows all were seen.
    fn finished(
        &self,
        keys: &[u64],
        first_rows: Vec<u64>,
        states: Vec<Accumulator>,
        finish: &Finish<'_>,
    ) -> Result<Piece, Error> {
        let mut columns: Vec<Column> = self.key_columns(keys, &|_| &[]);
        for (number, (call, mut state)) in self.calls.iter().zip(states).enumerate() {
            columns.push(finish(number, call, &mut state)?);
        }
        Ok(Piece { columns, first_rows })
    }
}
