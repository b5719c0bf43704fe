//! `colq profile`: what every column holds, in figures and a histogram.

use crate::args::{Color, OutputFormat, ProfileArgs};
use crate::chart::{self, sparkline};
use crate::failure::{Failure, is_colored};
use crate::output::{self, Look, count};
use crate::{page, progress, session, timer::Timer};
use colq::{ColumnProfile, DataType, Frame, Profile, ProfileOptions, Scalar};
use serde_json::{Map, Value, json};
use std::io::{IsTerminal, Write};

pub(crate) fn run(args: &ProfileArgs, color: Color) -> Result<(), Failure> {
    let mut timer = Timer::new();
    let context = session::interruptible(args.run.memory_limit);
    let session = session::open(&args.run, &context)?;
    let table = progress::during(&context, args.run.progress, || session.table(&args.table))?;
    timer.step("open");
    let mut options = ProfileOptions::default();
    options.columns.clone_from(&args.columns);
    options.bins = args.bins.into();
    options.threads = args.run.threads;
    let profile = progress::during(&context, args.run.progress, || table.profile_with(&options, &context))?;
    timer.step("run");
    if let Some(path) = &args.html {
        page::write(path, &table, &profile, &context)?;
        timer.step("page");
    }
    let is_asked = args.output.output.is_some() || args.output.out.is_some();
    if args.html.is_none() || is_asked {
        write(&profile, args, color)?;
        timer.step("write");
    }
    if args.run.timer {
        timer.end(&context, profile.columns.len() as u64);
    }
    Ok(())
}

fn write(profile: &Profile, args: &ProfileArgs, color: Color) -> Result<(), Failure> {
    let stdout = std::io::stdout();
    let terminal = stdout.is_terminal();
    let default = if terminal { OutputFormat::Table } else { OutputFormat::Csv };
    match args.output.output.unwrap_or(default) {
        OutputFormat::Table if args.output.out.is_none() => {
            let look = Look::of_stdout(is_colored(color, terminal), terminal);
            stdout.lock().write_all(chart::profile(profile, look, chart::room(look)).as_bytes())?;
            Ok(())
        }
        OutputFormat::Json if args.output.out.is_none() => {
            let columns: Vec<Value> = profile.columns.iter().map(as_json).collect();
            Ok(writeln!(stdout.lock(), "{:#}", Value::Array(columns))?)
        }
        OutputFormat::Jsonl if args.output.out.is_none() => {
            let mut out = stdout.lock();
            profile.columns.iter().try_for_each(|column| writeln!(out, "{}", as_json(column)))?;
            Ok(())
        }
        _ => output::write(&frame(profile), &args.output, color),
    }
}

/// A value as JSON: numbers as such where JSON has them.
pub(crate) fn value_of(value: &Scalar) -> Value {
    match value {
        Scalar::Null => Value::Null,
        Scalar::Bool(v) => json!(v),
        Scalar::I64(v) => json!(v),
        Scalar::U64(v) => json!(v),
        Scalar::F32(v) if v.is_finite() => value.to_string().parse().map_or(json!(v), Value::Number),
        Scalar::F64(v) if v.is_finite() => json!(v),
        other => json!(other.to_string()),
    }
}

/// All figures of a column; those that its type does not have are left out.
fn as_json(column: &ColumnProfile) -> Value {
    let mut map = Map::new();
    let mut put = |name: &str, value: Value| map.insert(name.to_owned(), value);
    put("column", json!(column.name));
    put("type", json!(column.data_type.to_string()));
    put("rows", json!(column.row_count));
    put("nulls", json!(column.null_count));
    put("nan", json!(column.nan_count));
    if let Some(distinct) = column.distinct {
        put("distinct", json!(distinct.count));
        put("distinct_exact", json!(distinct.is_exact));
    }
    if !column.data_type.is_vector() {
        put("min", value_of(&column.min));
        put("max", value_of(&column.max));
    }
    let float = |value: f64| value_of(&Scalar::F64(value));
    if let Some(mean) = column.mean {
        put(if column.data_type == DataType::Bool { "true_share" } else { "mean" }, float(mean));
    }
    if let Some(stddev) = column.stddev {
        put("stddev", float(stddev));
    }
    if !column.quantiles.is_empty() {
        let quantiles = column.quantiles.iter().map(|(q, value)| (q.to_string(), value_of(value)));
        put("quantiles", Value::Object(quantiles.collect()));
    }
    if let Some(lengths) = column.lengths {
        put("length", json!({"min": lengths.shortest, "max": lengths.longest, "mean": lengths.mean}));
    }
    if !column.data_type.is_vector() {
        let frequent = column.frequent.iter().map(|f| json!({"value": value_of(&f.value), "count": f.count}));
        put("frequent", frequent.collect());
        put("frequent_exact", json!(!column.is_sampled));
    }
    if let Some(intervals) = &column.intervals {
        let edges: Vec<Value> = intervals.edges.iter().map(value_of).collect();
        put("histogram", json!({"edges": edges, "counts": intervals.counts}));
    }
    Value::Object(map)
}

/// The figures as rows, one a column.
fn frame(profile: &Profile) -> Frame {
    // Columns have values of different types, so these are texts.
    let text = |value: &Scalar| if value.is_null() { Scalar::Null } else { value.to_string().into() };
    let float = |value: Option<f64>| value.map_or(Scalar::Null, Scalar::F64);
    let columns = &profile.columns;
    let each = |of: &dyn Fn(&ColumnProfile) -> Scalar| columns.iter().map(of).collect::<Vec<_>>();
    let quantile = |at: usize| each(&|c| c.quantiles.get(at).map_or(Scalar::Null, |(_, value)| text(value)));
    let often = |c: &ColumnProfile| {
        let about = if c.is_sampled { "~" } else { "" };
        let each = c.frequent.iter().map(|f| format!("{} ({about}{})", f.value, f.count));
        each.collect::<Vec<_>>().join("; ")
    };
    let drawn = |c: &ColumnProfile| c.intervals.as_ref().map(|i| sparkline(&i.counts, i.counts.len()));
    let length = |of: &dyn Fn(colq::TextLengths) -> Scalar| each(&|c| c.lengths.map_or(Scalar::Null, of));
    let share = |c: &ColumnProfile| c.null_count as f64 / c.row_count.max(1) as f64;
    output::frame(vec![
        ("column", DataType::Text, each(&|c| c.name.as_str().into())),
        ("type", DataType::Text, each(&|c| c.data_type.to_string().into())),
        ("rows", DataType::I64, each(&|c| count(c.row_count))),
        ("nulls", DataType::I64, each(&|c| count(c.null_count))),
        ("null_share", DataType::F64, each(&|c| Scalar::F64(share(c)))),
        ("nan", DataType::I64, each(&|c| count(c.nan_count))),
        ("distinct", DataType::I64, each(&|c| c.distinct.map_or(Scalar::Null, |d| count(d.count)))),
        ("distinct_exact", DataType::Bool, each(&|c| c.distinct.map_or(Scalar::Null, |d| d.is_exact.into()))),
        ("min", DataType::Text, each(&|c| text(&c.min))),
        ("max", DataType::Text, each(&|c| text(&c.max))),
        ("mean", DataType::F64, each(&|c| float(c.mean))),
        ("stddev", DataType::F64, each(&|c| float(c.stddev))),
        ("q05", DataType::Text, quantile(0)),
        ("q25", DataType::Text, quantile(1)),
        ("median", DataType::Text, quantile(2)),
        ("q75", DataType::Text, quantile(3)),
        ("q95", DataType::Text, quantile(4)),
        ("shortest", DataType::I64, length(&|l| count(l.shortest))),
        ("longest", DataType::I64, length(&|l| count(l.longest))),
        ("mean_length", DataType::F64, length(&|l| Scalar::F64(l.mean))),
        ("frequent", DataType::Text, each(&|c| often(c).into())),
        ("histogram", DataType::Text, each(&|c| drawn(c).into())),
    ])
}
