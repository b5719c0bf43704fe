//! `colq versions`: the committed states of a table that are still there.

use crate::args::{Color, VersionsArgs};
use crate::failure::Failure;
use crate::{output, place};
use colq::{Batch, BatchColumn, DataType, Field, Scalar, Schema, TimeUnit};
use std::sync::Arc;
use std::time::UNIX_EPOCH;

pub(crate) fn run(args: &VersionsArgs, color: Color) -> Result<(), Failure> {
    let versions = colq::versions(place::of_table(&args.table))?;
    let number = |n: u64| Scalar::I64(i64::try_from(n).unwrap_or(i64::MAX));
    let modified = |version: &colq::VersionEntry| {
        let since = version.modified.duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs());
        Scalar::Timestamp(i64::try_from(since).unwrap_or(i64::MAX), TimeUnit::Second)
    };
    let each = versions.iter();
    let columns: [(&str, DataType, Vec<Scalar>); 7] = [
        ("version", DataType::I64, each.clone().map(|v| number(v.number)).collect()),
        ("rows", DataType::I64, each.clone().map(|v| number(v.row_count)).collect()),
        ("columns", DataType::I64, each.clone().map(|v| number(v.column_count as u64)).collect()),
        ("bytes", DataType::I64, each.clone().map(|v| number(v.byte_len)).collect()),
        ("committed", DataType::Timestamp(TimeUnit::Second), each.clone().map(modified).collect()),
        ("in_use", DataType::Bool, each.clone().map(|v| v.is_pinned.into()).collect()),
        ("damaged", DataType::Bool, each.map(|v| v.is_damaged.into()).collect()),
    ];
    let schema: Schema = columns.iter().map(|(name, data_type, _)| Field::new(*name, *data_type)).collect();
    let columns = columns.iter().map(|(_, t, scalars)| BatchColumn::from_scalars(*t, scalars));
    if let Some(batch) = Batch::new(Arc::new(schema), columns.collect()) {
        output::write(&colq::Frame::from(batch), &args.output, color)?;
    }
    Ok(())
}
