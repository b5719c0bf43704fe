//! `colq rename-column`: another name for a column. No file of it is touched.

use crate::args::RenameColumnArgs;
use crate::failure::Failure;
use crate::place;
use colq::TableEdit;

pub(crate) fn run(args: &RenameColumnArgs) -> Result<(), Failure> {
    let (table, names) = place::among(&args.words);
    // The argument parser asks for three words.
    let [old, new] = names else { return Ok(()) };
    let mut edit = TableEdit::open(&table)?;
    edit.rename_column(old, new)?;
    let version = edit.commit()?;
    eprintln!("{old} is now {new} in {}, version {version}.", table.display());
    Ok(())
}
