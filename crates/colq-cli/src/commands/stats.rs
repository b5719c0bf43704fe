//! `colq stats`: figures of each column, a row a column.

use crate::args::{Color, TableArgs};
use crate::failure::Failure;
use crate::output::{self, count};
use crate::{progress, session, timer::Timer};
use colq::{DataType, Scalar};

pub(crate) fn run(args: &TableArgs, color: Color) -> Result<(), Failure> {
    let mut timer = Timer::new();
    let context = session::interruptible(args.run.memory_limit);
    let session = session::open(&args.run, &context)?;
    let table = progress::during(&context, args.run.progress, || session.table(&args.table))?;
    timer.step("open");
    let stats = progress::during(&context, args.run.progress, || table.stats(args.run.threads, &context))?;
    timer.step("run");
    // Columns have minima of different types, so these are texts.
    let text =
        |value: &Scalar| if value.is_null() { Scalar::Null } else { value.to_string().as_str().into() };
    let float = |value: Option<f64>| value.map_or(Scalar::Null, Scalar::F64);
    let each = stats.iter();
    let frame = output::frame(vec![
        ("column", DataType::Text, each.clone().map(|s| s.name.as_str().into()).collect()),
        ("type", DataType::Text, each.clone().map(|s| s.data_type.to_string().as_str().into()).collect()),
        ("rows", DataType::I64, each.clone().map(|s| count(s.row_count)).collect()),
        ("nulls", DataType::I64, each.clone().map(|s| count(s.null_count)).collect()),
        ("min", DataType::Text, each.clone().map(|s| text(&s.min)).collect()),
        ("max", DataType::Text, each.clone().map(|s| text(&s.max)).collect()),
        ("mean", DataType::F64, each.clone().map(|s| float(s.mean)).collect()),
        ("stddev", DataType::F64, each.clone().map(|s| float(s.stddev)).collect()),
        ("distinct", DataType::I64, each.map(|s| s.distinct_count.map_or(Scalar::Null, count)).collect()),
    ]);
    output::write(&frame, &args.output, color)?;
    timer.step("write");
    if args.run.timer {
        timer.end(&context, stats.len() as u64);
    }
    Ok(())
}
