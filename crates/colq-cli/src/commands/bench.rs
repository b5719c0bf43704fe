//! `colq bench`: a SELECT run several times. Opening and planning are timed once and apart; the rows of an answer are
//! made and thrown away.

use crate::args::{BenchArgs, Color};
use crate::failure::Failure;
use crate::output::{self, count};
use crate::{progress, session};
use colq::{Context, Counter, DataType, Scalar, Statement};
use std::io::Write;
use std::time::{Duration, Instant};

/// What one run did.
struct Run {
    took: Duration,
    row_count: u64,
    bytes_touched: u64,
}

pub(crate) fn run(args: &BenchArgs, color: Color) -> Result<(), Failure> {
    let context = session::interruptible(args.run.memory_limit);
    let mut session = session::open(&args.run, &context)?;
    session.set_import_options(args.import.options(args.run.threads));
    for (name, path) in &args.tables.tables {
        let table = progress::during(&context, args.run.progress, || session.table(&path.to_string_lossy()))?;
        session.register(name, table);
    }
    let start = Instant::now();
    let statement = progress::during(&context, args.run.progress, || session.prepare(&args.sql))?;
    let prepared = start.elapsed();
    let before = colq::read_bandwidth(args.run.threads);
    let first = once(&statement, &context)?;
    let mut runs = Vec::new();
    for _ in 0..args.runs {
        runs.push(once(&statement, &context)?);
    }
    runs.sort_by_key(|run| run.took);
    let took = |index: usize| runs.get(index).map_or(Duration::ZERO, |run| run.took);
    let ms = |time: Duration| time.as_secs_f64() * 1e3;
    let median = (took((runs.len() - 1) / 2) + took(runs.len() / 2)) / 2;
    let speed = first.bytes_touched as f64 / median.as_secs_f64().max(1e-9) / 1e9;
    // The better of two: whatever else the machine does can only slow it down.
    let bandwidth = before.max(colq::read_bandwidth(args.run.threads)) / 1e9;
    let figures = [
        ("open", ms(statement.open_time()), "ms"),
        ("plan", ms(prepared.saturating_sub(statement.open_time())), "ms"),
        ("first_run", ms(first.took), "ms"),
        ("min", ms(took(0)), "ms"),
        ("median", ms(median), "ms"),
        ("max", ms(took(runs.len() - 1)), "ms"),
        ("speed", speed, "GB/s"),
        ("read_bandwidth", bandwidth, "GB/s"),
        ("share_of_bandwidth", speed / bandwidth * 100.0, "%"),
    ];
    let counts = [("runs", args.runs), ("rows", first.row_count), ("bytes_touched", first.bytes_touched)];
    if args.output.output.is_some() || args.output.out.is_some() {
        let unit_name =
            |unit: &str| if unit == "%" { "percent" } else { unit }.replace('/', "_").to_lowercase();
        let named: Vec<(String, f64)> = figures
            .iter()
            .map(|(name, value, unit)| (format!("{name}_{}", unit_name(unit)), *value))
            .collect();
        let mut columns: Vec<(&str, DataType, Vec<Scalar>)> =
            counts.iter().map(|(name, n)| (*name, DataType::I64, vec![count(*n)])).collect();
        columns.extend(named.iter().map(|(name, v)| (name.as_str(), DataType::F64, vec![Scalar::F64(*v)])));
        return output::write(&output::frame(columns), &args.output, color);
    }
    let mut out = std::io::stdout().lock();
    for (name, number) in counts {
        writeln!(out, "{}: {number}", name.replace('_', " "))?;
    }
    for (name, value, unit) in figures {
        let digits = if unit == "ms" { 3 } else { 1 };
        writeln!(out, "{}: {value:.digits$} {unit}", name.replace('_', " "))?;
    }
    Ok(())
}

fn once(statement: &Statement, context: &Context) -> Result<Run, Failure> {
    let before = context.counted(Counter::BytesTouched);
    let start = Instant::now();
    let mut row_count = 0;
    for frame in statement.batches()? {
        row_count += frame?.row_count() as u64;
    }
    Ok(Run {
        took: start.elapsed(),
        row_count,
        bytes_touched: context.counted(Counter::BytesTouched).saturating_sub(before),
    })
}
