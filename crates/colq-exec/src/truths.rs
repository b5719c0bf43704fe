//! Aggregates without groups of what a condition gives, `bool_or(x > 5)`, `count(*) FILTER (WHERE x > 5)` or `sum(CASE WHEN x > 5
//! THEN 1 ELSE 0 END)`: they follow from how many rows are true and how many are false, so the condition's bits are counted
//! and no value is made of them. Zone summaries know some of the answers, and what is decided is not looked at any further.

use crate::Error;
use crate::calls::Call;
use crate::outcome::{certain, outcome};
use crate::pipeline::Selection;
use crate::predicate::{Predicate, Value};
use crate::total::extreme;
use crate::zone::Zone;
use colq_column::{Bitmap, ColumnSource};
use colq_kernels::{Accumulator, AccumulatorKind, Sums, count_ones};
use colq_types::{DataType, Scalar};
use std::sync::atomic::{AtomicBool, Ordering};

/// The condition that some calls follow from.
pub(crate) struct Condition {
    predicate: Predicate,
    gives: Gives,
    /// Nothing that is still to come can change the answer.
    settled: AtomicBool,
}

/// What the calls go over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Gives {
    /// The truth itself, of which this is the smallest (false) or the largest value.
    Truth { largest: bool },
    /// One whole number where it is true and another elsewhere; NULL where there is none.
    Numbers { yes: Option<i128>, no: Option<i128> },
}

impl Condition {
    /// The condition of a call that follows from one.
    pub(crate) fn of(call: &Call) -> Option<Condition> {
        use AccumulatorKind as K;
        let argument = call.argument.as_ref()?;
        let (predicate, gives) = match (call.kind, &argument.value) {
            (K::Min | K::Max, value) if argument.data_type == DataType::Bool => {
                let predicate = match value {
                    Value::Predicate(predicate) => (**predicate).clone(),
                    other => Predicate::Bool(other.clone()),
                };
                (predicate, Gives::Truth { largest: call.kind == K::Max })
            }
            (kind @ (K::Count | K::SumInteger), Value::Case { branches, otherwise, .. }) => {
                let [(when, then)] = branches.as_slice() else { return None };
                let number = |value: &Value| match value {
                    Value::Literal(Scalar::Null, _) => Some(None),
                    Value::Literal(..) if kind == K::Count => Some(Some(1)),
                    Value::Literal(literal @ (Scalar::I64(_) | Scalar::U64(_)), _) => {
                        literal.as_i128().map(Some)
                    }
                    _ => None,
                };
                (when.clone(), Gives::Numbers { yes: number(then)?, no: number(otherwise)? })
            }
            _ => return None,
        };
        Some(Condition { predicate, gives, settled: AtomicBool::new(false) })
    }

    /// What the rows are asked.
    pub(crate) fn predicate(&self) -> &Predicate {
        &self.predicate
    }

    /// True where no row of any zone needs to be looked at any more: some zone has the answer.
    fn is_settled(&self) -> bool {
        self.settled.load(Ordering::Relaxed)
    }

    /// The state for all rows of a zone, where its summaries know it.
    pub(crate) fn foreseen(
        &self,
        kind: AccumulatorKind,
        source: &dyn ColumnSource,
        (zone, row_count): (u64, u64),
    ) -> Result<Option<Accumulator>, Error> {
        if let (Gives::Truth { largest }, true) = (self.gives, self.is_settled()) {
            return Ok(Some(extreme(None, largest)));
        }
        let all = outcome(&self.predicate, source, zone)?;
        let Gives::Truth { largest } = self.gives else {
            let trues = if all.is_always() { Some(row_count) } else { all.is_never().then_some(0) };
            // Whether the others are false or NULL makes no difference.
            return Ok(trues.map(|trues| self.state(kind, Truths { rows: row_count, trues, nulls: 0 })));
        };
        let some = certain(&self.predicate, source, zone)?;
        let (all, some) = if largest { (all, some) } else { (all.negated(), some.negated()) };
        if some.can_be_true() {
            self.settle();
            return Ok(Some(extreme(Some(u64::from(largest)), largest)));
        }
        Ok((all.is_never() && some.can_be_false()).then(|| extreme(Some(u64::from(!largest)), largest)))
    }

    /// Counts the selected rows of what is worked on of a zone.
    pub(crate) fn add(
        &self,
        truths: &mut Truths,
        zone: &mut Zone<'_>,
        (selection, active): (&Selection, &Bitmap),
    ) -> Result<(), Error> {
        if self.is_settled() {
            return Ok(());
        }
        let truth = crate::evaluate::truth(zone, &self.predicate, active)?;
        let within = |mut bits: Bitmap| {
            if let Selection::Some(selected) = selection {
                bits.and_assign(selected);
            }
            count_ones(&bits) as u64
        };
        truths.rows += selection.count(zone.row_count()) as u64;
        truths.nulls += truth.nulls.map_or(0, within);
        truths.trues += within(truth.trues);
        if let Gives::Truth { largest } = self.gives
            && (if largest { truths.trues } else { truths.falses() }) > 0
        {
            self.settle();
        }
        Ok(())
    }

    /// Notes that no other row matters, unless a row may be an error.
    fn settle(&self) {
        if !self.predicate.may_fail() {
            self.settled.store(true, Ordering::Relaxed);
        }
    }

    /// The state of a call of this kind.
    pub(crate) fn state(&self, kind: AccumulatorKind, truths: Truths) -> Accumulator {
        match self.gives {
            Gives::Truth { largest } => {
                let (wanted, other) =
                    if largest { (truths.trues, truths.falses()) } else { (truths.falses(), truths.trues) };
                let word = if wanted > 0 { Some(largest) } else { (other > 0).then_some(!largest) };
                extreme(word.map(u64::from), largest)
            }
            Gives::Numbers { yes, no } => {
                let rows = [(yes, truths.trues), (no, truths.rows - truths.trues)];
                let counted = rows.iter().filter_map(|(number, rows)| Some(((*number)?, *rows)));
                let (sum, count) = counted.fold((0, 0), |(sum, count), (number, rows)| {
                    (sum + number * i128::from(rows), count + rows)
                });
                match kind {
                    AccumulatorKind::Count => Accumulator::Count(vec![count]),
                    _ => Accumulator::SumInteger(Sums { sums: vec![sum], counts: vec![count] }),
                }
            }
        }
    }
}

/// How many rows of a zone were looked at, and what they gave.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Truths {
    rows: u64,
    trues: u64,
    nulls: u64,
}

impl Truths {
    fn falses(self) -> u64 {
        self.rows - self.trues - self.nulls
    }
}
