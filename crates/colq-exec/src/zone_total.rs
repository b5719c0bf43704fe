//! What one zone adds to aggregates without groups, while its blocks go by.
//!
//! Calls over the same argument share what is found out of it: sum, average, smallest and largest value of a column
//! are one [`Task`]. A float's lane is its row in the zone, and blocks begin at a multiple of the lanes, so that the
//! lanes run on from block to block.

use crate::Error;
use crate::calls::{Call, Evaluations};
use crate::fused::{Running, Summed, fuse_sum, is_over_columns};
use crate::narrow::Narrow;
use crate::pipeline::{MANY_ROWS_FOR_ONE, Selection};
use crate::total::extreme;
use crate::truths::{Condition, Truths};
use crate::zone::Zone;
use colq_column::{Bitmap, ColumnSource, Lanes, Values, View, dispatch};
use colq_kernels::{
    Accumulator, AccumulatorKind, CoMoments, Moments, Rows, Sums, add_floats, add_floats_at, co_moments,
    count_ones, float_word, gather, min_max_floats, min_max_integers, moments, moments_at, moments_of_sum,
    positions as positions_of, signed_word, sum_integers, to_f32, to_f64,
};
use colq_plan::{Typed, TypedKind};
use colq_types::{DataType, Integer, Native};
use std::borrow::Cow;

/// Calls that are answered together.
pub(crate) enum Task {
    /// They count rows.
    Rows(Vec<usize>),
    /// They go over one argument; what they want to know of it.
    Facts(Vec<usize>, Wanted),
    /// It goes over two arguments together.
    Pairs(usize),
    /// It sums decimals that fit into 64 bits.
    Narrow(usize, Narrow),
    /// They follow from how often a condition is true.
    Truths(Vec<usize>, Box<Condition>),
    /// It is added row by row.
    RowByRow(usize),
}

/// What is wanted of an argument besides the count of its values.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Wanted {
    integer: bool,
    float: bool,
    ends: bool,
    moments: bool,
}

impl Task {
    /// The tasks of some calls, each call in one of them.
    pub(crate) fn all(calls: &[Call], source: &dyn ColumnSource) -> Result<Vec<Task>, Error> {
        let mut tasks: Vec<Task> = Vec::new();
        for (index, call) in calls.iter().enumerate() {
            let Some(argument) = &call.typed else {
                match tasks
                    .iter_mut()
                    .find_map(|task| if let Task::Rows(calls) = task { Some(calls) } else { None })
                {
                    Some(calls) => calls.push(index),
                    None => tasks.push(Task::Rows(vec![index])),
                }
                continue;
            };
            if call.kind == AccumulatorKind::SumWide
                && let Some(ready) = &call.argument
                && let Some(narrow) = Narrow::new(&ready.value, source)?
            {
                tasks.push(Task::Narrow(index, narrow));
                continue;
            }
            if call.kind == AccumulatorKind::CoMoments {
                tasks.push(Task::Pairs(index));
                continue;
            }
            if let Some(condition) = Condition::of(call) {
                tasks.push(Task::Truths(vec![index], Box::new(condition)));
                continue;
            }
            let Some(more) = Wanted::of(call) else {
                tasks.push(Task::RowByRow(index));
                continue;
            };
            let shared = tasks.iter_mut().find_map(|task| match task {
                Task::Facts(calls_of, wanted) => {
                    let first = calls_of.first().and_then(|first| calls.get(*first)?.typed.as_ref());
                    first.is_some_and(|first| is_same(first, argument)).then_some((calls_of, wanted))
                }
                _ => None,
            });
            match shared {
                Some((calls, wanted)) => {
                    calls.push(index);
                    wanted.add(more);
                }
                None => tasks.push(Task::Facts(vec![index], more)),
            }
        }
        Ok(tasks)
    }

    /// The calls it answers.
    pub(crate) fn calls(&self) -> &[usize] {
        match self {
            Task::Rows(calls) | Task::Facts(calls, _) | Task::Truths(calls, _) => calls,
            Task::Pairs(call) | Task::Narrow(call, _) | Task::RowByRow(call) => std::slice::from_ref(call),
        }
    }

    /// True where what it goes over is computed a tile at a time, with nothing to keep of a zone.
    pub(crate) fn goes_by_tiles(&self, calls: &[Call]) -> bool {
        let Task::Facts(calls_of, Wanted { ends: false, moments: false, .. }) = self else { return false };
        let first = calls_of.first().and_then(|call| calls.get(*call)?.argument.as_ref());
        first.is_some_and(|argument| is_over_columns(&argument.value))
    }

    /// True where blocks do not do, since all rows of the zone have to be seen twice.
    pub(crate) fn needs_zones(&self) -> bool {
        match self {
            Task::Facts(_, wanted) => wanted.moments,
            Task::Pairs(_) => true,
            _ => false,
        }
    }
}

impl Wanted {
    /// What a call wants; `None` for one that goes row by row.
    fn of(call: &Call) -> Option<Wanted> {
        use AccumulatorKind as K;
        let nothing = Wanted::default();
        let data_type = call.argument.as_ref().map(|argument| argument.data_type);
        Some(match call.kind {
            K::Rows | K::Count => nothing,
            K::SumInteger => Wanted { integer: true, ..nothing },
            K::SumFloat => Wanted { float: true, ..nothing },
            K::Moments => Wanted { moments: true, ..nothing },
            // Text and bools go by words.
            K::Min | K::Max if !matches!(data_type, Some(DataType::Text | DataType::Bool)) => {
                Wanted { ends: true, ..nothing }
            }
            _ => return None,
        })
    }

    fn add(&mut self, other: Wanted) {
        self.integer |= other.integer;
        self.float |= other.float;
        self.ends |= other.ends;
        self.moments |= other.moments;
    }
}

/// True for expressions that have the same values, wherever they stand in the text.
fn is_same(a: &Typed, b: &Typed) -> bool {
    use TypedKind as K;
    a.data_type == b.data_type
        && match (&a.kind, &b.kind) {
            (K::Column { index: a, .. }, K::Column { index: b, .. }) => a == b,
            (
                K::Arithmetic { op, left, right },
                K::Arithmetic { op: other, left: other_left, right: other_right },
            ) => op == other && is_same(left, other_left) && is_same(right, other_right),
            (K::Negate(a), K::Negate(b)) | (K::Cast(a), K::Cast(b)) => is_same(a, b),
            (K::Call { function, args }, K::Call { function: other, args: others }) => {
                function == other
                    && args.len() == others.len()
                    && args.iter().zip(others).all(|(a, b)| is_same(a, b))
            }
            (a, b) => a == b,
        }
}

/// What a task has found out.
pub(crate) enum Found {
    Rows(u64),
    Facts(Facts),
    Pairs(CoMoments),
    Narrow(Sums<i128>),
    Truths(Truths),
    RowByRow(Accumulator),
}

impl Found {
    /// Nothing yet.
    pub(crate) fn start(task: &Task, calls: &[Call]) -> Result<Found, Error> {
        Ok(match task {
            Task::Rows(_) => Found::Rows(0),
            Task::Facts(..) => Found::Facts(Facts::default()),
            Task::Pairs(_) => Found::Pairs(CoMoments::default()),
            Task::Narrow(..) => Found::Narrow(Sums { sums: vec![0], counts: vec![0] }),
            Task::Truths(..) => Found::Truths(Truths::default()),
            Task::RowByRow(call) => {
                let mut state = Accumulator::new(call_of(*call, calls)?.kind);
                state.resize(1);
                Found::RowByRow(state)
            }
        })
    }

    /// True where a sum that is known beforehand spares work.
    pub(crate) fn wants_sum(&self, task: &Task) -> bool {
        matches!(task, Task::Facts(_, Wanted { moments: true, float: false, .. }))
    }

    /// Says what is known of all values of the zone.
    pub(crate) fn tell(&mut self, sum: Option<KnownSum>) {
        if let Found::Facts(facts) = self {
            facts.known = sum;
        }
    }

    /// Adds what is selected of what is worked on of a zone.
    pub(crate) fn add(
        &mut self,
        task: &Task,
        calls: &[Call],
        zone: &mut Zone<'_>,
        (selection, active): (&Selection, &Bitmap),
    ) -> Result<(), Error> {
        let row_count = zone.row_count();
        match (self, task) {
            (Found::Rows(count), Task::Rows(_)) => *count += selection.count(row_count) as u64,
            (Found::Facts(facts), Task::Facts(calls_of, wanted)) => {
                let call = call_of(calls_of.first().copied().unwrap_or(usize::MAX), calls)?;
                if facts.add_fused(call, zone, (selection, active), *wanted)? {
                    return Ok(());
                }
                let evaluations = call.evaluate(zone, active)?;
                let Some(evaluated) = &evaluations.argument else {
                    return Err(Error::Internal("an argument has no values".into()));
                };
                let view = evaluated.as_view()?;
                facts.add(&view, selection.counting(view.validity).as_deref(), *wanted)?;
            }
            (Found::Pairs(found), Task::Pairs(call)) => {
                let evaluations = call_of(*call, calls)?.evaluate(zone, active)?;
                *found = pairs(&evaluations, selection)?;
            }
            (Found::Narrow(found), Task::Narrow(_, narrow)) => {
                let (sum, count) = narrow.sum(zone, (selection, active))?;
                found.sums[0] += sum;
                found.counts[0] += count;
            }
            (Found::Truths(truths), Task::Truths(_, condition)) => {
                condition.add(truths, zone, (selection, active))?;
            }
            (Found::RowByRow(state), Task::RowByRow(call)) => {
                let call = call_of(*call, calls)?;
                let first_row = zone.first_row();
                let evaluations = call.evaluate(zone, active)?;
                row_by_row(call, &evaluations, state, row_count, selection, first_row)?;
            }
            _ => return Err(Error::Internal("a task has found what another looked for".into())),
        }
        Ok(())
    }

    /// The state of a call of the task.
    pub(crate) fn state(&self, task: &Task, call: &Call) -> Result<Accumulator, Error> {
        match self {
            Found::Truths(truths) => match task {
                Task::Truths(_, condition) => Ok(condition.state(call.kind, *truths)),
                _ => Err(Error::Internal("truths were counted of no condition".into())),
            },
            Found::Rows(count) => Ok(Accumulator::Count(vec![*count])),
            Found::Facts(facts) => facts.state(call.kind),
            Found::Pairs(moments) => Ok(Accumulator::CoMoments(vec![*moments])),
            Found::Narrow(Sums { sums, counts }) => {
                let sums = sums.iter().copied().map(Into::into).collect();
                Ok(Accumulator::SumWide(Sums { sums, counts: counts.clone() }))
            }
            Found::RowByRow(state) => Ok(state.clone()),
        }
    }
}

fn call_of(index: usize, calls: &[Call]) -> Result<&Call, Error> {
    calls.get(index).ok_or_else(|| Error::Internal("a task has no call".into()))
}

/// The moments of two arguments over the selected rows of a zone where neither is NULL.
fn pairs(evaluations: &Evaluations<'_>, selection: &Selection) -> Result<CoMoments, Error> {
    let (Some(y), Some(x)) = (&evaluations.argument, &evaluations.second) else {
        return Err(Error::Internal("a pair has two arguments".into()));
    };
    let (y, x) = (y.as_view()?, x.as_view()?);
    let (Values::F64(ys), Values::F64(xs)) = (y.values, x.values) else {
        return Err(Error::Internal("the arguments of a pair are converted to f64".into()));
    };
    let mut rows = selection.counting(y.validity);
    if let Some(validity) = x.validity {
        match &mut rows {
            Some(rows) => rows.to_mut().and_assign(validity),
            None => rows = Some(Cow::Borrowed(validity)),
        }
    }
    Ok(co_moments(ys, xs, rows.as_deref()))
}

/// Adds all selected rows to the state of one group.
fn row_by_row(
    call: &Call,
    evaluations: &Evaluations<'_>,
    state: &mut Accumulator,
    row_count: usize,
    selection: &Selection,
    first_row: u64,
) -> Result<(), Error> {
    let positions = selection.positions();
    let groups = vec![0; selection.count(row_count)];
    let rows = Rows { groups: &groups, positions: positions.as_deref() };
    evaluations.update(call, state, rows, first_row)
}

/// The float sum of so many rows, the first ones of a zone.
#[derive(Debug, Clone, Copy)]
pub(crate) struct KnownSum {
    pub(crate) sum: f64,
    pub(crate) row_count: u64,
}

/// What is known of the values of an argument.
#[derive(Debug, Clone, Default)]
pub(crate) struct Facts {
    count: u64,
    integer: i128,
    lanes: Lanes,
    /// Words of the smallest and the largest value.
    ends: Option<(u64, u64)>,
    moments: Moments,
    /// The sum of all values, where it was known before any was seen.
    known: Option<KnownSum>,
}

impl Facts {
    /// Adds the selected values of arithmetic of which nothing but a sum is wanted; false where it has to be computed first.
    fn add_fused(
        &mut self,
        call: &Call,
        zone: &mut Zone<'_>,
        rows: (&Selection, &Bitmap),
        wanted: Wanted,
    ) -> Result<bool, Error> {
        let sum = match wanted {
            Wanted { float: true, integer: false, ends: false, moments: false } => Running::Lanes(self.lanes),
            Wanted { integer: true, float: false, ends: false, moments: false } => {
                Running::Integer(self.integer)
            }
            _ => return Ok(false),
        };
        let Some(argument) = &call.argument else { return Ok(false) };
        let Some(Summed { sum, count }) = fuse_sum(zone, &argument.value, rows, sum)? else {
            return Ok(false);
        };
        match sum {
            Running::Lanes(lanes) => self.lanes = lanes,
            Running::Integer(sum) => self.integer = sum,
        }
        self.count += count;
        Ok(true)
    }

    /// Adds floats of these rows where they are few and more than one thing is wanted of them; false where they are not.
    fn add_few(&mut self, view: &View<'_>, rows: Option<&Bitmap>, wanted: Wanted) -> Result<bool, Error> {
        let Some(rows) = rows.filter(|rows| count_ones(rows) * MANY_ROWS_FOR_ONE < view.len()) else {
            return Ok(false);
        };
        let is_one = u8::from(wanted.float) + u8::from(wanted.ends) + 2 * u8::from(wanted.moments) < 2;
        if is_one || wanted.integer || !matches!(view.values, Values::F32(_) | Values::F64(_)) {
            return Ok(false);
        }
        let mut positions = Vec::new();
        positions_of(rows, &mut positions);
        let few = gather(view, &positions).map_err(|e| Error::Internal(e.to_string()))?;
        let mut lanes = if wanted.float { self.lanes } else { Lanes::default() };
        match few.values.as_values() {
            Values::F32(v) => add_floats_at(v, &positions, None, &mut lanes),
            Values::F64(v) => add_floats_at(v, &positions, None, &mut lanes),
            _ => return Ok(false),
        }
        self.count += positions.len() as u64;
        if wanted.ends {
            self.widen(ends_of_rows(&View { validity: None, ..few.view() }, None)?);
        }
        if wanted.moments {
            self.moments = match few.values.as_values() {
                Values::F32(v) => moments_at(v, &positions, lanes.finish()),
                Values::F64(v) => moments_at(v, &positions, lanes.finish()),
                _ => return Ok(false),
            };
        }
        self.lanes = lanes;
        Ok(true)
    }

    /// Takes in the ends of more values.
    fn widen(&mut self, ends: Option<(u64, u64)>) {
        if let Some((low, high)) = ends {
            let (lowest, highest) = self.ends.unwrap_or((low, high));
            self.ends = Some((lowest.min(low), highest.max(high)));
        }
    }

    /// Adds the values of these rows; `None` means all of them.
    fn add(&mut self, view: &View<'_>, rows: Option<&Bitmap>, wanted: Wanted) -> Result<(), Error> {
        let internal = |e: colq_kernels::Error| Error::Internal(e.to_string());
        if self.add_few(view, rows, wanted)? {
            return Ok(());
        }
        self.count += rows.map_or(view.len(), count_ones) as u64;
        if wanted.integer {
            self.integer += integer_sum(view, rows)?;
        }
        if wanted.float {
            match view.values {
                Values::F32(v) => add_floats(v, rows, &mut self.lanes),
                Values::F16(_) | Values::Bf16(_) => {
                    add_floats(&to_f32(view).map_err(internal)?, rows, &mut self.lanes);
                }
                _ => add_floats(&to_f64(view).map_err(internal)?, rows, &mut self.lanes),
            }
        }
        if wanted.ends {
            self.widen(ends_of_rows(view, rows)?);
        }
        if wanted.moments {
            // Zones are not gone through in blocks where moments are wanted, so these are all, and what was summed before
            // is the sum that moments begin with.
            let known = self.known.filter(|known| known.row_count == view.len() as u64);
            let sum = if wanted.float { Some(self.lanes.finish()) } else { known.map(|known| known.sum) };
            self.moments = dispatch!(view.values,
                bool _b => Moments::default(),
                native v => match sum {
                    Some(sum) => moments_of_sum(v, rows, sum),
                    None => moments(v, rows),
                },
                vector _v => Moments::default());
        }
        Ok(())
    }

    /// The state of a call of this kind.
    fn state(&self, kind: AccumulatorKind) -> Result<Accumulator, Error> {
        use AccumulatorKind as K;
        let counts = vec![self.count];
        Ok(match kind {
            K::Rows | K::Count => Accumulator::Count(counts),
            K::SumInteger => Accumulator::SumInteger(Sums { sums: vec![self.integer], counts }),
            K::SumFloat => Accumulator::SumFloat(Sums { sums: vec![self.lanes.finish()], counts }),
            K::Moments => Accumulator::Moments(vec![self.moments]),
            K::Min => extreme(self.ends.map(|(low, _)| low), false),
            K::Max => extreme(self.ends.map(|(_, high)| high), true),
            _ => return Err(Error::Internal("an aggregate has no way".into())),
        })
    }
}

fn integer_sum(view: &View<'_>, rows: Option<&Bitmap>) -> Result<i128, Error> {
    Ok(match view.values {
        Values::I8(v) => sum_integers(v, rows),
        Values::I16(v) => sum_integers(v, rows),
        Values::I32(v) => sum_integers(v, rows),
        Values::I64(v) => sum_integers(v, rows),
        Values::U8(v) => sum_integers(v, rows),
        Values::U16(v) => sum_integers(v, rows),
        Values::U32(v) => sum_integers(v, rows),
        Values::U64(v) => sum_integers(v, rows),
        _ => return Err(Error::Internal(format!("{} is summed as an integer", view.data_type))),
    })
}

/// The words of the smallest and the largest selected value; `None` without rows.
fn ends_of_rows(view: &View<'_>, rows: Option<&Bitmap>) -> Result<Option<(u64, u64)>, Error> {
    fn signed<T: Integer>(v: &[T], rows: Option<&Bitmap>) -> Option<(u64, u64)> {
        let word = |value: T| signed_word(value.to_i128() as i64);
        min_max_integers(v, rows).map(|(min, max)| (word(min), word(max)))
    }
    fn unsigned<T: Integer>(v: &[T], rows: Option<&Bitmap>) -> Option<(u64, u64)> {
        min_max_integers(v, rows).map(|(min, max)| (min.to_i128() as u64, max.to_i128() as u64))
    }
    let singles = |v: &[f32]| {
        min_max_floats(v, rows).map(|(min, max)| (float_word(min.to_f64()), float_word(max.to_f64())))
    };
    Ok(match view.values {
        Values::F16(_) | Values::Bf16(_) => {
            singles(&to_f32(view).map_err(|e| Error::Internal(e.to_string()))?)
        }
        Values::I8(v) => signed(v, rows),
        Values::I16(v) => signed(v, rows),
        Values::I32(v) => signed(v, rows),
        Values::I64(v) => signed(v, rows),
        Values::U8(v) => unsigned(v, rows),
        Values::U16(v) => unsigned(v, rows),
        Values::U32(v) => unsigned(v, rows),
        Values::U64(v) => unsigned(v, rows),
        Values::F32(v) => singles(v),
        Values::F64(v) => min_max_floats(v, rows).map(|(min, max)| (float_word(min), float_word(max))),
        Values::Bool(_) | Values::I128(_) | Values::Vector(_) => {
            return Err(Error::Internal(format!("{} has no ends in words", view.data_type)));
        }
    })
}
