//! `colq cache`: the files that queries imported, which are there to be used again.

use crate::args::{CacheAction, CacheArgs, Color};
use crate::failure::Failure;
use crate::output::{self, count, moment};
use colq::{Cache, DataType, Scalar, TimeUnit};
use std::io::Write;

pub(crate) fn run(args: &CacheArgs, color: Color) -> Result<(), Failure> {
    let cache = Cache::of_user()?;
    match &args.action {
        CacheAction::Path => writeln!(std::io::stdout(), "{}", cache.folder().display())?,
        CacheAction::Clear => {
            let (tables, bytes) = cache.clear()?;
            let tables = if tables == 1 { "1 table".to_owned() } else { format!("{tables} tables") };
            eprintln!("{tables} removed from {}, {bytes} bytes freed.", cache.folder().display());
        }
        CacheAction::List(list) => {
            let entries = cache.entries();
            let each = entries.iter();
            let source = |entry: &colq::CacheEntry| {
                entry.source.as_ref().map_or(Scalar::Null, |path| path.display().to_string().as_str().into())
            };
            let time = DataType::Timestamp(TimeUnit::Second);
            let frame = output::frame(vec![
                ("source", DataType::Text, each.clone().map(source).collect()),
                ("bytes", DataType::I64, each.clone().map(|e| count(e.byte_len)).collect()),
                ("imported", time, each.clone().map(|e| moment(e.imported)).collect()),
                ("used", time, each.clone().map(|e| moment(e.used)).collect()),
                (
                    "table",
                    DataType::Text,
                    each.map(|e| e.table.display().to_string().as_str().into()).collect(),
                ),
            ]);
            output::write(&frame, &list.output, color)?;
        }
    }
    Ok(())
}
