//! Many tables under one name: a path with `*`, `?` or `[..]` names all that match, in the order of their names, as one
//! table.

use crate::{Result, Session};
use colq_column::ColumnSource;
use colq_plan::{PlanError, PlanErrorKind};
use colq_types::{DataType, Schema};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// True when a name in FROM stands for many: it has a sign of a pattern, and no file is called so.
pub(crate) fn is_pattern(name: &str) -> bool {
    name.contains(['*', '?', '[']) && !Path::new(name).exists()
}

/// The tables and files that match, one after the other.
pub(crate) fn find(session: &Session, pattern: &str) -> Result<Arc<dyn ColumnSource>> {
    let refused = |reason: String| -> crate::Error {
        PlanError::new(PlanErrorKind::UnknownTable { name: pattern.to_owned(), reason }, None).into()
    };
    let matches =
        glob::glob(pattern).map_err(|e| refused(format!("the pattern does not read: {}.", e.msg)))?;
    // What matches and cannot be looked at would be missing silently.
    let paths: Vec<PathBuf> =
        matches.collect::<std::result::Result<_, _>>().map_err(|e| refused(format!("{e}.")))?;
    if paths.is_empty() {
        return Err(refused("no file or table matches the pattern.".to_owned()));
    }
    let mut sources: Vec<Arc<dyn ColumnSource>> = Vec::new();
    let mut first: Option<(PathBuf, Schema)> = None;
    for path in paths {
        let source = session.table(&path.to_string_lossy())?.source();
        match &first {
            None => {
                first = Some((path, source.schema().clone()));
                sources.push(source);
            }
            Some((first_path, schema)) => {
                let columns = same_columns(schema, source.schema()).map_err(|difference| {
                    let (path, first) = (path.display(), first_path.display());
                    refused(format!("{path} does not have the columns of {first}: {difference}."))
                })?;
                sources.push(colq_exec::columns_of(source, columns, schema.clone()));
            }
        }
    }
    Ok(colq_exec::union_of(sources)?)
}

/// The columns of the second schema in the order of the first, which must be all of them, of the same types.
fn same_columns(first: &Schema, other: &Schema) -> std::result::Result<Vec<usize>, String> {
    let position = |name: &str| other.fields().iter().position(|f| f.name == name);
    let mut columns = Vec::new();
    for field in first.fields() {
        let Some(index) = position(&field.name) else {
            return Err(format!("it has no column {}", field.name));
        };
        let found: DataType = other.fields()[index].data_type;
        if found != field.data_type {
            return Err(format!("column {} is {found} there and {} here", field.name, field.data_type));
        }
        columns.push(index);
    }
    match other.fields().iter().find(|f| first.fields().iter().all(|known| known.name != f.name)) {
        Some(more) => Err(format!("it has one more column, {}", more.name)),
        None => Ok(columns),
    }
}
