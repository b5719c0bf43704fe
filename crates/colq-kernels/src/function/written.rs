//! Texts as functions read them and write them: the letters of an argument, looked at once for all rows where that can be, and
//! the texts of an answer, one after the other.
//!
//! Law: a text that is no UTF-8 (only a file changed by another process has such) is read as replaced.

use super::rows::{Input, Rows, Texts, ZONE_TEXT_LIMIT, check_room};
use crate::Error;
use crate::text_rows::TextRows;
use crate::text_run::TextRun;
use colq_column::{Buffer, Column, Dictionary, SharedBytes};
use std::borrow::Cow;
use std::sync::Arc;

/// The texts of an argument, as letters.
pub(super) enum Letters<'a> {
    /// One after the other, and all of them UTF-8.
    Run(&'a str, TextRun<'a>),
    /// The one of all rows.
    One(Cow<'a, str>),
    Each(Input<'a>),
}

impl<'a> Letters<'a> {
    pub(super) fn get(&self, row: usize) -> Cow<'_, str> {
        match self {
            Letters::Run(all, run) => {
                let place = |ends: &[u64]| ends.get(row).map_or(0, |at| (at - run.first_place()) as usize);
                match all.get(place(run.starts())..place(run.ends())) {
                    Some(text) => Cow::Borrowed(text),
                    // It is cut within a letter.
                    None => String::from_utf8_lossy(run.text(row)),
                }
            }
            Letters::One(text) => Cow::Borrowed(text),
            Letters::Each(input) => input.text(row),
        }
    }
}

/// What a function writes a text into.
trait Page: Default + AsRef<[u8]> {
    fn clear(&mut self);
}

impl Page for String {
    fn clear(&mut self) {
        String::clear(self);
    }
}

impl Page for Vec<u8> {
    fn clear(&mut self) {
        Vec::clear(self);
    }
}

/// Texts of rows that go up, with NULL in between.
pub(super) struct Written {
    function: &'static str,
    rows: TextRows,
    /// The row behind those that are written.
    next: usize,
}

impl Written {
    pub(super) fn new(function: &'static str) -> Written {
        Written { function, rows: TextRows::default(), next: 0 }
    }

    /// Adds the text of a row behind all others.
    pub(super) fn push(&mut self, row: usize, text: &[u8]) -> Result<(), Error> {
        check_room(self.function, row, text.len() as u128, self.rows.byte_len() as u128)?;
        (self.next..row).for_each(|_| self.rows.push_null());
        self.next = row + 1;
        self.rows.push(text);
        Ok(())
    }

    /// The column of `len` rows.
    pub(super) fn finish(mut self, len: usize) -> Column {
        (self.next..len).for_each(|_| self.rows.push_null());
        self.rows.finish()
    }
}

impl<'a> Rows<'a> {
    /// The texts of an argument.
    pub(super) fn letters(&self, input: &Input<'a>) -> Letters<'a> {
        if input.is_constant() {
            return Letters::One(input.text(0));
        }
        let run = self.run(input);
        match run.and_then(|run| std::str::from_utf8(run.bytes()).ok().map(|all| (all, run))) {
            Some((all, run)) => Letters::Run(all, run),
            None => Letters::Each(*input),
        }
    }

    /// A text column: what `write` puts into the empty text it is given.
    pub(super) fn write(
        &self,
        function: &'static str,
        write: impl FnMut(usize, &mut String) -> Result<(), Error>,
    ) -> Result<Column, Error> {
        self.write_pages(function, write)
    }

    /// The same by bytes, which are UTF-8 where those of the arguments are.
    pub(super) fn write_bytes(
        &self,
        function: &'static str,
        write: impl FnMut(usize, &mut Vec<u8>) -> Result<(), Error>,
    ) -> Result<Column, Error> {
        self.write_pages(function, write)
    }

    fn write_pages<P: Page>(
        &self,
        function: &'static str,
        mut write: impl FnMut(usize, &mut P) -> Result<(), Error>,
    ) -> Result<Column, Error> {
        let mut page = P::default();
        if self.varying_dictionary().is_none() {
            let mut written = Written::new(function);
            for row in self.valid.ones_iter().take_while(|row| *row < self.len) {
                page.clear();
                write(row, &mut page)?;
                written.push(row, page.as_ref())?;
            }
            return Ok(written.finish(self.len));
        }
        let mut texts = Texts::new(function);
        let codes = self.by_text(|row| {
            page.clear();
            write(row, &mut page)?;
            texts.intern(row, page.as_ref())
        })?;
        Ok(texts.finish(codes))
    }

    /// The texts of an argument with each byte changed for another, where they lie one after the other and all are ASCII, as the
    /// changed ones are.
    pub(super) fn in_ascii(&self, input: &Input<'a>, change: impl FnOnce(&mut [u8])) -> Option<Column> {
        let run = self.run(input).filter(TextRun::is_ascii)?;
        if run.bytes().len() as u64 > ZONE_TEXT_LIMIT {
            return None;
        }
        let mut bytes = run.bytes().to_vec();
        change(&mut bytes);
        let first = run.first_place();
        let mut offsets = Vec::with_capacity(run.len() + 1);
        offsets.push(0);
        offsets.extend(run.ends().iter().map(|end| end - first));
        let texts = Dictionary::of_rows(offsets, SharedBytes::from(bytes)).ok()?;
        Some(Column::text(Buffer::row_codes(run.len()), Arc::new(texts)))
    }
}
