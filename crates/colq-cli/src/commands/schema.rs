//! `colq schema`: the columns of a table.

use crate::args::{Color, TableArgs};
use crate::failure::Failure;
use crate::{output, progress, session, timer::Timer};
use colq::{Batch, BatchColumn, DataType, Field, Scalar, Schema};
use std::sync::Arc;

pub(crate) fn run(args: &TableArgs, color: Color) -> Result<(), Failure> {
    let mut timer = Timer::new();
    let context = session::interruptible(args.run.memory_limit);
    let session = session::open(&args.run, &context)?;
    let table = progress::during(&context, args.run.progress, || session.table(&args.table))?;
    timer.step("open");
    let names = [
        ("column", DataType::Text),
        ("type", DataType::Text),
        ("nulls", DataType::I64),
        ("bytes", DataType::I64),
    ];
    let fields = table.schema().fields().iter();
    let number = |n: &u64| Scalar::I64(i64::try_from(*n).unwrap_or(i64::MAX));
    let columns: [Vec<Scalar>; 4] = [
        fields.clone().map(|f| f.name.as_str().into()).collect(),
        fields.map(|f| f.data_type.to_string().into()).collect(),
        table.null_counts()?.iter().map(number).collect(),
        table.column_byte_lens()?.iter().map(number).collect(),
    ];
    let schema: Schema = names.iter().map(|(name, data_type)| Field::new(*name, *data_type)).collect();
    let columns = names.iter().zip(&columns).map(|((_, t), scalars)| BatchColumn::from_scalars(*t, scalars));
    if let Some(batch) = Batch::new(Arc::new(schema), columns.collect()) {
        output::write(&colq::Frame::from(batch), &args.output, color)?;
    }
    timer.step("write");
    if args.run.timer {
        timer.end(&context, table.schema().len() as u64);
    }
    Ok(())
}
