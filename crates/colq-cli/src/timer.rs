//! `--timer`: where the time went, a line each on stderr.

use colq::{Context, Counter};
use std::time::{Duration, Instant};

/// The steps of a command, as they are taken.
pub(crate) struct Timer {
    last: Instant,
    steps: Vec<(&'static str, Duration)>,
}

impl Timer {
    /// Starts; what the process needed until now is its first step.
    pub(crate) fn new() -> Timer {
        Timer { last: Instant::now(), steps: vec![("start", since_process_start())] }
    }

    /// Ends a step.
    pub(crate) fn step(&mut self, name: &'static str) {
        self.steps.push((name, self.last.elapsed()));
        self.last = Instant::now();
    }

    /// Ends a step of which a part was another step.
    pub(crate) fn step_of(&mut self, part: &'static str, part_took: Duration, name: &'static str) {
        let took = self.last.elapsed();
        self.steps.push((part, part_took));
        self.steps.push((name, took.saturating_sub(part_took)));
        self.last = Instant::now();
    }

    /// Writes all steps, and what was counted.
    pub(crate) fn end(&self, context: &Context, row_count: u64) {
        for (name, took) in &self.steps {
            eprintln!("{name}: {:.1} ms", took.as_secs_f64() * 1e3);
        }
        eprintln!("rows: {row_count}");
        eprintln!("rows selected: {}", context.counted(Counter::RowsSelected));
        eprintln!("bytes touched: {}", context.counted(Counter::BytesTouched));
        eprintln!("zones answered: {}", context.counted(Counter::ZonesAnswered));
        eprintln!("zones pruned: {}", context.counted(Counter::ZonesPruned));
        eprintln!("zones read: {}", context.counted(Counter::ZonesRead));
        for way in context.ways() {
            eprintln!("{way}");
        }
        eprintln!("kernel: {}", colq::kernel_level());
        let (owned, mapped) = colq::memory_peaks().unwrap_or_default();
        eprintln!("owned peak: {owned} bytes");
        eprintln!("mapped peak: {mapped} bytes");
    }
}

/// Time that the clock of the system's process list cannot tell: its ticks are 10 ms.
const COARSE: Duration = Duration::from_millis(30);

/// The time from the start of the process to now, by the system's own account; zero where it has none.
fn since_process_start() -> Duration {
    let by_clock = since_start_by_clock().unwrap_or_default();
    // A process that starts does little but compute, so what it computed is the finer figure.
    if by_clock > COARSE { by_clock } else { computed().unwrap_or(by_clock) }
}

/// The time that this thread has run or was ready to.
fn computed() -> Option<Duration> {
    let text = std::fs::read_to_string("/proc/self/schedstat").ok()?;
    let mut numbers = text.split_whitespace().map_while(|number| number.parse::<u64>().ok());
    let (ran, waited) = (numbers.next()?, numbers.next()?);
    Some(Duration::from_nanos(ran + waited))
}

fn since_start_by_clock() -> Option<Duration> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    // The fields after the name in parentheses; the start is the 22nd of all, in ticks of 1/100 s.
    let after = stat.rsplit_once(')')?.1;
    let ticks: u64 = after.split_whitespace().nth(19)?.parse().ok()?;
    let uptime = std::fs::read_to_string("/proc/uptime").ok()?;
    let uptime: f64 = uptime.split_whitespace().next()?.parse().ok()?;
    Some(Duration::from_secs_f64((uptime - ticks as f64 / 100.0).max(0.0)))
}
