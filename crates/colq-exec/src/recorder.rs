//! What each step of a running plan took: its time, its rows, its zones and bytes, and how it went about it.
//!
//! Steps run one inside the other on one thread (their loops use the others), so what was counted while a step was open
//! is its own and that of the steps inside it.

use colq_context::{Context, Counter};
use colq_plan::Plan;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// What is counted of a step.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Counted {
    pub(crate) answered: u64,
    pub(crate) pruned: u64,
    pub(crate) read: u64,
    pub(crate) byte_len: u64,
    pub(crate) selected: u64,
}

impl Counted {
    fn now(context: &Context) -> Counted {
        Counted {
            answered: context.counted(Counter::ZonesAnswered),
            pruned: context.counted(Counter::ZonesPruned),
            read: context.counted(Counter::ZonesRead),
            byte_len: context.counted(Counter::BytesTouched),
            selected: context.counted(Counter::RowsSelected),
        }
    }

    fn less(self, other: Counted) -> Counted {
        Counted {
            answered: self.answered - other.answered,
            pruned: self.pruned - other.pruned,
            read: self.read - other.read,
            byte_len: self.byte_len - other.byte_len,
            selected: self.selected - other.selected,
        }
    }

    fn and(self, other: Counted) -> Counted {
        Counted {
            answered: self.answered + other.answered,
            pruned: self.pruned + other.pruned,
            read: self.read + other.read,
            byte_len: self.byte_len + other.byte_len,
            selected: self.selected + other.selected,
        }
    }
}

/// What a step took, without the steps inside it.
#[derive(Debug, Clone)]
pub(crate) struct Record {
    pub(crate) took: Duration,
    pub(crate) counted: Counted,
    pub(crate) row_count: u64,
    /// How it went about it, in a few words each.
    pub(crate) notes: Vec<String>,
}

struct Open {
    start: Instant,
    counted: Counted,
    /// What the steps inside took so far.
    inner: (Duration, Counted),
    notes: Vec<String>,
}

/// Collects records while a plan runs.
#[derive(Default)]
pub(crate) struct Recorder {
    open: Mutex<Vec<Open>>,
    /// By the address of the step in its plan, which stays where it is while it runs.
    done: Mutex<HashMap<usize, Record>>,
}

fn address(plan: &Plan) -> usize {
    std::ptr::from_ref(plan) as usize
}

impl Recorder {
    /// A step begins.
    pub(crate) fn enter(&self, context: &Context) {
        let step = Open {
            start: Instant::now(),
            counted: Counted::now(context),
            inner: (Duration::ZERO, Counted::default()),
            notes: Vec::new(),
        };
        self.open.lock().unwrap_or_else(PoisonError::into_inner).push(step);
    }

    /// The step that began last ends.
    pub(crate) fn leave(&self, plan: &Plan, context: &Context, row_count: u64) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(step) = open.pop() else { return };
        let (took, counted) = (step.start.elapsed(), Counted::now(context).less(step.counted));
        if let Some(outer) = open.last_mut() {
            outer.inner = (outer.inner.0 + took, outer.inner.1.and(counted));
        }
        let record = Record {
            took: took.saturating_sub(step.inner.0),
            counted: counted.less(step.inner.1),
            row_count,
            notes: step.notes,
        };
        self.done.lock().unwrap_or_else(PoisonError::into_inner).insert(address(plan), record);
    }

    /// Says how the step that began last goes about it.
    pub(crate) fn note(&self, note: String) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(step) = open.last_mut()
            && !step.notes.contains(&note)
        {
            step.notes.push(note);
        }
    }

    /// What a step took, if it was one that is run by itself.
    pub(crate) fn record(&self, plan: &Plan) -> Option<Record> {
        self.done.lock().unwrap_or_else(PoisonError::into_inner).get(&address(plan)).cloned()
    }
}
