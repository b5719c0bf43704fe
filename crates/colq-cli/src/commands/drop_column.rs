//! `colq drop-column`: columns out of a table, in one commit. Their files stay until a vacuum.

use crate::args::DropColumnArgs;
use crate::failure::Failure;
use crate::place;
use colq::TableEdit;

pub(crate) fn run(args: &DropColumnArgs) -> Result<(), Failure> {
    let (table, columns) = place::among(&args.words);
    let mut edit = TableEdit::open(&table)?;
    for column in columns {
        edit.drop_column(column)?;
    }
    let version = edit.commit()?;
    let names = columns.join(", ");
    eprintln!("{names} dropped from {}, version {version}.", table.display());
    Ok(())
}
