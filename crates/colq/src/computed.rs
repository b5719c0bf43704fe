//! Columns that are computed from others, or taken from a file, on their way into a table.

use crate::error::Kind;
use crate::stream::{stored_column, stored_field};
use crate::{Frames, Result, Session, TableEdit};
use colq_types::Field;
use std::path::Path;

/// The two sides of `name = expression`. A name of more than letters, digits and `_` stands in double quotes.
///
/// ```
/// let (name, expression) = colq::split_assignment("\"tip share\" = tip / fare")?;
/// assert_eq!((name.as_str(), expression), ("tip share", "tip / fare"));
/// # Ok::<(), colq::Error>(())
/// ```
///
/// # Errors
/// It is something else.
pub fn split_assignment(text: &str) -> Result<(String, &str)> {
    let broken = || crate::Error::from(Kind::Assignment { text: text.to_owned() });
    let trimmed = text.trim();
    let (name, rest) = match trimmed.strip_prefix('"') {
        Some(quoted) => quoted_name(quoted).ok_or_else(broken)?,
        None => {
            let end = trimmed.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(trimmed.len());
            (trimmed[..end].to_owned(), &trimmed[end..])
        }
    };
    let expression = rest.trim_start().strip_prefix('=').map(str::trim);
    match expression {
        Some(expression) if !name.is_empty() && !expression.is_empty() => Ok((name, expression)),
        _ => Err(broken()),
    }
}

/// A name up to its closing quote, two quotes standing for one, and what follows.
fn quoted_name(text: &str) -> Option<(String, &str)> {
    let mut name = String::new();
    let mut rest = text;
    loop {
        let (part, after) = rest.split_once('"')?;
        name.push_str(part);
        match after.strip_prefix('"') {
            Some(more) => {
                name.push('"');
                rest = more;
            }
            None => return Some((name, after)),
        }
    }
}

impl Session {
    /// The values of an expression for every row of a table, which is called `this` in it.
    ///
    /// # Errors
    /// The table cannot be opened, the expression makes no sense, or it is more than one.
    pub fn column_of(&self, table: impl AsRef<Path>, expression: &str) -> Result<Frames> {
        let table = self.open(table)?;
        let mut session = self.like();
        session.register("this", table);
        // On a line of its own, so that a comment in the expression does not swallow it.
        let statement = session.prepare(&format!("SELECT {expression}\nFROM this"))?;
        if statement.schema().len() != 1 {
            return Err(
                Kind::OneColumn { what: expression.to_owned(), found: statement.schema().len() }.into()
            );
        }
        statement.batches()
    }
}

impl TableEdit {
    /// Adds a column with the values of the one column of a stream, or with `replace` puts it in place of the column of
    /// that name, if there is one. Decimals are stored with at most 18 digits.
    ///
    /// # Errors
    /// The name is taken (without `replace`), the stream has other than one column or not the table's number of rows,
    /// or what the stream or the disk can fail with.
    pub fn add_frames(&mut self, name: &str, frames: Frames, replace: bool) -> Result<()> {
        let [field] = frames.schema().fields() else {
            let found = frames.schema().len();
            return Err(Kind::OneColumn { what: name.to_owned(), found }.into());
        };
        let field = Field { name: name.to_owned(), ..stored_field(field) };
        self.start_column(&field, replace)?;
        let mut row = 0;
        for frame in frames {
            for column in frame?.into_batch().into_columns() {
                let column = stored_column(column, &field, row)?;
                row += column.len() as u64;
                self.write_column(name, &column)?;
            }
        }
        Ok(())
    }

    fn start_column(&mut self, field: &Field, replace: bool) -> Result<()> {
        let is_there = self.column_names().any(|name| name == field.name);
        if replace && is_there {
            self.replace_column(&field.name, field.data_type)
        } else {
            self.add_column(&field.name, field.data_type)
        }
    }

    /// Adds a column with the values of the one column of a file that can be imported; as [`TableEdit::add_frames`].
    ///
    /// # Errors
    /// As [`TableEdit::add_frames`], and what reading the file can fail with.
    #[cfg(feature = "csv")]
    pub fn add_values(
        &mut self,
        name: &str,
        file: impl AsRef<Path>,
        options: &crate::ImportOptions,
        replace: bool,
        context: &crate::Context,
    ) -> Result<()> {
        let mut stream = colq_io::open(file.as_ref(), options, context)?;
        let schema = stream.schema().clone();
        let [field] = schema.fields() else {
            let what = file.as_ref().display().to_string();
            return Err(Kind::OneColumn { what, found: schema.len() }.into());
        };
        self.start_column(&Field { name: name.to_owned(), ..field.clone() }, replace)?;
        while let Some(batch) = stream.next_batch()? {
            for column in batch.columns() {
                self.write_column(name, column)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn assignments_are_split_at_the_first_sign() {
        for (text, name, expression) in [
            ("a=b", "a", "b"),
            (" a_1 = b = c ", "a_1", "b = c"),
            ("\"x \"\"y\"\"\" = 1", "x \"y\"", "1"),
            ("größe = 2", "größe", "2"),
        ] {
            assert_eq!(split_assignment(text).unwrap(), (name.to_owned(), expression));
        }
        for text in ["", "a", "a =", "= b", "a b = c", "\"a = b", "\"\" = 1", "a + b = c"] {
            let error = split_assignment(text).unwrap_err().to_string();
            assert!(error.contains("name = expression"), "{error}");
        }
    }
}
