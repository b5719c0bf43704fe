//! Everything that can be wrong with one column.

use super::{Finding, finding};
use crate::column_file::{open_checked, read_header};
use crate::error::corrupt;
use crate::layout::Layout;
use crate::stored::{check_blocks, check_records};
use crate::{Error, Result};
use colq_column::{Dictionary, SharedBytes};
use colq_context::Context;
use colq_format::{
    ColumnEntry, ColumnType, DictionaryEntry, HEADER_LEN, HashedFileEntry, NpyLayout, RECORD_LEN, ZoneRecord,
};
use colq_types::Physical;
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

/// Reads all files of a column and adds what is damaged to `findings`.
pub(super) fn verify(
    layout: &Layout,
    entry: &ColumnEntry,
    row_count: u64,
    check_headers: bool,
    context: &Context,
    findings: &mut Vec<Finding>,
) -> Result<()> {
    let column_type = entry.column_type().map_err(Error::format(layout.root()))?;
    let mut column = ColumnCheck { layout, entry, row_count, column_type, check_headers, context, findings };
    let values = column.npy_file(
        &entry.values.file,
        entry.values.byte_len,
        (column_type.layout(), entry.values.header_rows, column_type.header_rows(row_count)),
    )?;
    let records = column.records()?;
    let validity = match &entry.validity {
        Some(v) => column.file(&v.file, v.byte_len)?,
        None => None,
    };
    let value_count = match &entry.dictionary {
        Some(dictionary) => {
            column.dictionary(dictionary)?;
            Some(dictionary.value_count)
        }
        None => None,
    };
    let text = match &entry.text {
        Some(text) => {
            let text_len = text.byte_len - HEADER_LEN as u64;
            column.npy_file(&text.file, text.byte_len, (Physical::U8.into(), text.header_rows, text_len))?
        }
        None => None,
    };
    // Free text is its two files together.
    let complete = text.is_some() == entry.text.is_some();
    if let Some(values) = values.filter(|_| complete) {
        column.zones(&Files { values, validity, text }, &records, value_count)?;
    }
    Ok(())
}

/// The files of a column that hold something for each row.
pub(super) struct Files {
    pub(super) values: (PathBuf, File),
    pub(super) validity: Option<(PathBuf, File)>,
    /// The bytes of free text.
    pub(super) text: Option<(PathBuf, File)>,
}

pub(super) struct ColumnCheck<'a> {
    pub(super) layout: &'a Layout,
    pub(super) entry: &'a ColumnEntry,
    pub(super) row_count: u64,
    pub(super) column_type: ColumnType,
    check_headers: bool,
    context: &'a Context,
    pub(super) findings: &'a mut Vec<Finding>,
}

impl ColumnCheck<'_> {
    /// The value, or `None` and a finding that names this column.
    pub(super) fn note<T>(&mut self, result: Result<T>) -> Result<Option<T>> {
        match result {
            Ok(value) => Ok(Some(value)),
            Err(error) => {
                let mut finding = finding(error, self.layout.root())?;
                finding.column = Some(self.entry.name.clone());
                self.findings.push(finding);
                Ok(None)
            }
        }
    }

    pub(super) fn note_zone(&mut self, path: &Path, zone: u64, what: impl Into<String>) {
        self.findings.push(Finding {
            file: path.to_owned(),
            column: Some(self.entry.name.clone()),
            zone: Some(zone),
            what: what.into(),
        });
    }

    /// Looks at the work's context after so many bytes.
    pub(super) fn advance(&self, byte_len: u64) -> Result<()> {
        self.context.advance(byte_len);
        self.context.check().map_err(|_| Error::Cancelled)
    }

    fn file(&mut self, name: &str, byte_len: u64) -> Result<Option<(PathBuf, File)>> {
        let path = self.layout.column_file(name);
        let file = open_checked(&path, &self.entry.name, byte_len);
        Ok(self.note(file)?.map(|file| (path, file)))
    }

    /// A file with a header, whose row count must be the one written down or the true one.
    fn npy_file(
        &mut self,
        name: &str,
        byte_len: u64,
        (npy, written_down, rows): (NpyLayout, u64, u64),
    ) -> Result<Option<(PathBuf, File)>> {
        let Some((path, file)) = self.file(name, byte_len)? else { return Ok(None) };
        if !self.check_headers {
            return Ok(Some((path, file)));
        }
        let fits = |found| found == written_down || found == rows;
        let found = read_header(&file, &path, &self.entry.name, npy, fits).and_then(|found| {
            let expected = format!("{rows} or {written_down}");
            let wrong = corrupt(&path, &self.entry.name, "the row count in its header", expected, found);
            if fits(found) { Ok(()) } else { Err(wrong) }
        });
        self.note(found)?;
        self.advance(HEADER_LEN as u64)?;
        Ok(Some((path, file)))
    }

    /// The records that are sound, by zone.
    fn records(&mut self) -> Result<Vec<Option<ZoneRecord>>> {
        let entry = &self.entry.zones;
        let zones = (entry.byte_len / RECORD_LEN as u64) as usize;
        let Some((path, file)) = self.file(&entry.file, entry.byte_len)? else {
            return Ok(vec![None; zones]);
        };
        let mut bytes = vec![0; entry.byte_len as usize];
        let read = file.read_exact_at(&mut bytes, 0).map_err(Error::io("read", &path));
        if self.note(read)?.is_none() {
            return Ok(vec![None; zones]);
        }
        self.advance(entry.byte_len)?;
        if let Ok(records) = check_records(self.entry, &path, &bytes) {
            return Ok(records.into_iter().map(Some).collect());
        }
        // Something is wrong; now name each zone.
        let before = self.findings.len();
        let mut sound = Vec::with_capacity(zones);
        for (record, zone) in bytes.as_chunks::<RECORD_LEN>().0.iter().zip(0..) {
            let record = ZoneRecord::decode(record, self.entry.id, zone);
            if let Err(error) = &record {
                self.note_zone(&path, zone, format!("{error}"));
            }
            sound.push(record.ok());
        }
        if self.findings.len() == before {
            let all = check_records(self.entry, &path, &bytes);
            self.note(all)?;
        }
        Ok(sound)
    }

    fn dictionary(&mut self, entry: &DictionaryEntry) -> Result<()> {
        let text_len = entry.bytes.byte_len - HEADER_LEN as u64;
        let offsets = self.dictionary_file(&entry.offsets, Physical::I64, entry.value_count + 1)?;
        let text = self.dictionary_file(&entry.bytes, Physical::U8, text_len)?;
        let (Some(offsets), Some(text)) = (offsets, text) else { return Ok(()) };
        let path = self.layout.column_file(&entry.offsets.file);
        let positions: Vec<u64> = offsets.as_chunks::<8>().0.iter().map(|p| u64::from_le_bytes(*p)).collect();
        let last = positions.last().copied();
        let checked = Dictionary::new(positions, SharedBytes::from(text))
            .map_err(|e| corrupt(&path, &self.entry.name, "the dictionary", "sound", format!("not so: {e}")))
            .and_then(|_| {
                let wrong =
                    || corrupt(&path, &self.entry.name, "the last offset", text_len, last.unwrap_or(0));
                if last == Some(text_len) { Ok(()) } else { Err(wrong()) }
            });
        self.note(checked)?;
        Ok(())
    }

    fn dictionary_file(
        &mut self,
        entry: &HashedFileEntry,
        physical: Physical,
        rows: u64,
    ) -> Result<Option<Vec<u8>>> {
        let file = self.npy_file(&entry.file, entry.byte_len, (physical.into(), entry.header_rows, rows))?;
        let Some((path, file)) = file else { return Ok(None) };
        let len = entry.byte_len - HEADER_LEN as u64;
        let mut bytes = vec![0; len as usize];
        let read = file.read_exact_at(&mut bytes, HEADER_LEN as u64).map_err(Error::io("read", &path));
        let checked = read.and_then(|()| check_blocks(&self.entry.name, entry, &path, &bytes));
        self.advance(len)?;
        Ok(self.note(checked)?.map(|()| bytes))
    }
}
