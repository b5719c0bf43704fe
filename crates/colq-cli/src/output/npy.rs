//! A NumPy array on standard output. Its beginning tells the number of rows, which a pipe cannot be told later, so it is
//! a file first.

use crate::failure::Failure;
use crate::interrupt;
use colq::{Format, Frames};
use std::fs::File;
use std::io::Write;
use std::path::PathBuf;

pub(crate) fn write(frames: Frames, out: &mut dyn Write) -> Result<u64, Failure> {
    let path = std::env::temp_dir().join(format!("colq-{}.npy", std::process::id()));
    let (mut file, row_count) = interrupt::while_writing(|| file(frames, &path))?;
    std::io::copy(&mut file, out)?;
    out.flush()?;
    Ok(row_count)
}

/// The array in a file that has no name any more: it goes when the program ends, however it ends.
fn file(frames: Frames, path: &PathBuf) -> Result<(File, u64), Failure> {
    let row_count = frames.export(path, Some(Format::Npy))?;
    let file = File::open(path);
    let removed = std::fs::remove_file(path);
    let failed = |error| Failure::File { path: path.clone(), error };
    removed.map_err(failed)?;
    Ok((file.map_err(failed)?, row_count))
}
