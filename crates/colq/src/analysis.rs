//! `EXPLAIN ANALYZE`: what a query's steps took, beside its answer.

use crate::Frame;
use colq_context::{Context, Counter};
use colq_exec::{Step, kernel_level};
use std::fmt;
use std::time::Duration;

/// The answer of a query, and what it took. As text it is the tree of steps and a few lines about the whole.
#[derive(Debug)]
pub struct Analysis {
    frame: Frame,
    step: Step,
    facts: Vec<String>,
}

/// What is known of a run besides its steps.
pub(crate) struct RunFacts {
    pub(crate) took: Duration,
    pub(crate) open_took: Duration,
    pub(crate) threads: usize,
    pub(crate) mapped: bool,
}

impl Analysis {
    pub(crate) fn new(frame: Frame, step: Step, run: RunFacts, context: &Context) -> Analysis {
        let milliseconds = |took: Duration| format!("{:.1} ms", took.as_secs_f64() * 1e3);
        let byte_len = context.counted(Counter::BytesTouched);
        let rate = byte_len as f64 / run.took.as_secs_f64().max(1e-9) / 1e9;
        let mut facts = vec![
            format!("open: {}", milliseconds(run.open_took)),
            format!("run: {}", milliseconds(run.took)),
            format!("rows: {}", frame.row_count()),
            format!("bytes touched: {byte_len} ({rate:.1} GB/s)"),
            format!("tables: {}", if run.mapped { "mapped" } else { "read" }),
            format!("threads: {}", run.threads),
            format!("kernel: {}", kernel_level()),
            format!("owned peak: {} bytes claimed by the query", context.owned_peak()),
        ];
        if let Some((owned, mapped)) = memory_peaks() {
            facts.push(format!("process peak: {owned} bytes owned, {mapped} bytes mapped"));
        }
        Analysis { frame, step, facts }
    }

    /// The answer.
    pub fn frame(&self) -> &Frame {
        &self.frame
    }

    /// The tree of steps.
    pub fn step(&self) -> &Step {
        &self.step
    }
}

impl fmt::Display for Analysis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.step.fmt(f)?;
        self.facts.iter().try_for_each(|fact| writeln!(f, "{fact}"))
    }
}

/// Bytes of memory that this process owned and of files that it had mapped at their largest, by the system's account;
/// `None` where it has none. The system knows the peak of both together and the files now; tables stay open to the end
/// of a query, so the files now are their peak, and the rest was owned. Where pages were let go behind a scan, what is
/// owned now is taken for its peak instead.
pub fn memory_peaks() -> Option<(u64, u64)> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let bytes = |name: &str| -> Option<u64> {
        let line = status.lines().find(|line| line.starts_with(name))?;
        Some(line.split_whitespace().nth(1)?.parse::<u64>().ok()? * 1024)
    };
    let file = bytes("RssFile:")? + bytes("RssShmem:")?;
    let all = bytes("VmHWM:")?;
    if colq_store::has_let_go() {
        let owned = bytes("RssAnon:")?;
        return Some((owned, all.saturating_sub(owned)));
    }
    Some((all.saturating_sub(file), file))
}
