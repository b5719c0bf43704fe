//! `colq versions`: the committed states of a table that are still there.

use crate::args::{Color, VersionsArgs};
use crate::failure::Failure;
use crate::output::{self, count, moment};
use crate::place;
use colq::{DataType, TimeUnit};

pub(crate) fn run(args: &VersionsArgs, color: Color) -> Result<(), Failure> {
    let versions = colq::versions(place::of_table(&args.table))?;
    let each = versions.iter();
    let frame = output::frame(vec![
        ("version", DataType::I64, each.clone().map(|v| count(v.number)).collect()),
        ("rows", DataType::I64, each.clone().map(|v| count(v.row_count)).collect()),
        ("columns", DataType::I64, each.clone().map(|v| count(v.column_count as u64)).collect()),
        ("bytes", DataType::I64, each.clone().map(|v| count(v.byte_len)).collect()),
        (
            "committed",
            DataType::Timestamp(TimeUnit::Second),
            each.clone().map(|v| moment(v.modified)).collect(),
        ),
        ("in_use", DataType::Bool, each.clone().map(|v| v.is_pinned.into()).collect()),
        ("damaged", DataType::Bool, each.map(|v| v.is_damaged.into()).collect()),
    ]);
    output::write(&frame, &args.output, color)
}
