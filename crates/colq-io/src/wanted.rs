//! Which columns of a file the options ask for, and what they declare of them.

use crate::{Error, ImportOptions};
use colq_types::DataType;
use std::collections::HashMap;
use std::path::Path;

/// A column that is read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wanted {
    /// Which column of the file.
    pub(crate) column: usize,
    pub(crate) declared: Option<DataType>,
}

/// What the options want of these columns.
pub(crate) fn wanted(path: &Path, options: &ImportOptions, names: &[String]) -> Result<Vec<Wanted>, Error> {
    let by_name: HashMap<&str, usize> =
        names.iter().enumerate().map(|(i, name)| (name.as_str(), i)).collect();
    let find = |name: &str| {
        by_name.get(name).copied().ok_or_else(|| Error::NoColumn {
            path: path.to_owned(),
            name: name.to_owned(),
            columns: names.to_vec(),
        })
    };
    let mut declared: Vec<Option<DataType>> = vec![None; names.len()];
    for (name, data_type) in &options.types {
        if let Some(slot) = declared.get_mut(find(name)?)
            && slot.replace(*data_type).is_some()
        {
            return Err(Error::NamedTwice { name: name.clone() });
        }
    }
    let column = |column: usize| Wanted { column, declared: declared.get(column).copied().flatten() };
    let Some(listed) = &options.columns else {
        return Ok((0..names.len()).map(column).collect());
    };
    let mut taken = vec![false; names.len()];
    let mut wanted = Vec::with_capacity(listed.len());
    for name in listed {
        let index = find(name)?;
        if let Some(taken) = taken.get_mut(index)
            && std::mem::replace(taken, true)
        {
            return Err(Error::NamedTwice { name: name.clone() });
        }
        wanted.push(column(index));
    }
    Ok(wanted)
}
