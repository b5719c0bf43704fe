//! From a path to a stream of batches: which reader a file gets.

use crate::{BatchStream, Error, Format, ImportOptions, csv, ipc, json, npy, parquet};
use colq_context::Context;
use std::path::Path;

/// Opens a file. A CSV file is looked through once, for the types of its columns, before this returns. With
/// `context` the work can be cancelled and its memory is bounded; it tells its progress in bytes.
///
/// # Errors
/// There is no such file, it is a directory, of no known kind, empty or not text; the header has an empty name
/// or one twice; the options name a column that is not there; a row has the wrong number of cells, a quote is
/// open or the text is bad, where the options say that this fails.
pub fn open(path: &Path, options: &ImportOptions, context: &Context) -> Result<Box<dyn BatchStream>, Error> {
    match format_of(path, options)? {
        Format::Parquet => parquet::open(path, options, context),
        Format::Arrow | Format::ArrowStream => ipc::open(path, options, context),
        Format::Npy => npy::open(path, options, context),
        Format::JsonLines => json::open(path, options, context),
        format @ (Format::Csv | Format::Tsv) => {
            Ok(Box::new(csv::open(path, format, options, context, csv::Sizes::default())?))
        }
    }
}

/// Opens a file as [`open`] does, but for a large CSV file by the types that its beginning tells, so that it is read
/// once and not twice. The rows are those of [`open`], in batches of any length; where the file turns out to be of
/// other types, or anything is wrong with it, a batch is an error, and [`open`] has the last word.
///
/// # Errors
/// As for [`open`].
pub fn open_guessed(
    path: &Path,
    options: &ImportOptions,
    context: &Context,
) -> Result<Box<dyn BatchStream>, Error> {
    let guessed = match format_of(path, options)? {
        format @ (Format::Csv | Format::Tsv) => {
            csv::open_guessed(path, format, options, context, csv::Sizes::default())?
        }
        _ => None,
    };
    match guessed {
        Some(stream) => Ok(Box::new(stream)),
        None => open(path, options, context),
    }
}

fn format_of(path: &Path, options: &ImportOptions) -> Result<Format, Error> {
    let metadata = std::fs::metadata(path).map_err(|error| Error::from_io(path, error))?;
    if metadata.is_dir() {
        return Err(Error::Directory { path: path.to_owned() });
    }
    if !metadata.is_file() {
        return Err(Error::NotAFile { path: path.to_owned() });
    }
    let format = options.format.or_else(|| Format::from_path(path));
    format.ok_or_else(|| Error::UnknownFormat { path: path.to_owned() })
}
