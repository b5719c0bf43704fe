//! `colq add-column`: a column computed from the others, or read from a file, in one commit.

use crate::args::AddColumnArgs;
use crate::failure::Failure;
use crate::{place, progress, session};
use colq::{Frames, ImportOptions, TableEdit};

pub(crate) fn run(args: &AddColumnArgs) -> Result<(), Failure> {
    let context = session::interruptible(args.run.memory_limit);
    let session = session::open(&args.run, &context)?;
    let (table, words) = place::among(&args.words);
    let word = words.first().map_or("", String::as_str);
    let mut edit = TableEdit::open(&table)?;
    let name = progress::during(&context, args.run.progress, || -> Result<String, colq::Error> {
        match &args.values {
            Some(file) => {
                let options = ImportOptions { threads: args.run.threads, ..ImportOptions::default() };
                edit.add_values(word, file, &options, args.replace, &context)?;
                Ok(word.to_owned())
            }
            None => {
                let (name, expression) = colq::split_assignment(word)?;
                let rows: Frames = session.column_of(&table, expression)?;
                edit.add_frames(&name, rows, args.replace)?;
                Ok(name)
            }
        }
    })?;
    let version = edit.commit()?;
    eprintln!("{name} added to {}, version {version}.", table.display());
    Ok(())
}
