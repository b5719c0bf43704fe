//! How the writer of a committed column begins: its files are opened, and its tail is read and must be what
//! was committed, so that nothing is ever built on damage.

use super::column::{ColumnWriter, ValidityOutput, rows_of};
use super::folder::{Folder, HEADER, Output};
use super::free_text::TextRows;
use super::novelty::Novelty;
use super::options::TextLayout;
use super::plain::PlainRows;
use super::rising::Rising;
use super::rows::Rows;
use super::text::DictionaryWriter;
use crate::column_file::{open_checked, read_header};
use crate::column_folder::ColumnFolder;
use crate::error::corrupt;
use crate::layout::Layout;
use crate::reading::Reading;
use crate::stored::{StoredColumn, tail_validity};
use crate::{Error, Result};
use colq_column::Values;
use colq_format::{Chain, ColumnEntry, NpyLayout, Sorted, values_seed};
use colq_types::{Physical, ZONE_ROWS};
use std::os::unix::fs::FileExt;

/// Bytes that are read at a time where they are only hashed.
pub(crate) const PIECE: u64 = 4 << 20;

impl ColumnWriter {
    /// Continues a committed column. Its tail is read, and must be what was committed.
    pub(crate) fn resume(
        folder: &Folder,
        entry: &ColumnEntry,
        row_count: u64,
        piece_len: usize,
    ) -> Result<ColumnWriter> {
        let column_folder = ColumnFolder::open(&folder.layout)?;
        let stored = StoredColumn::open(&column_folder, entry.clone(), row_count, Reading::default())?;
        let column_type = stored.column_type;
        let resume = |file: &str, byte_len, header_rows| {
            Output::resume(folder, folder.layout.column_file(file), file, byte_len, header_rows)
        };
        let header = |file: &str, byte_len, layout: NpyLayout, most| {
            header_rows_of(&folder.layout, &entry.name, file, byte_len, layout, most)
        };
        let values = &entry.values;
        let most = column_type.header_rows(row_count);
        let header_rows = header(&values.file, values.byte_len, column_type.layout(), most)?;
        let validity = entry.validity.as_ref().map(|v| {
            let output = resume(&v.file, v.byte_len, 0)?;
            Ok(ValidityOutput { output, first_zone: v.first_zone, bits: Vec::new() })
        });
        let dictionary = entry.dictionary.as_ref().zip(stored.dictionary()?).map(|(d, dictionary)| {
            let text_len = d.bytes.byte_len - HEADER;
            let rows = (
                header(&d.offsets.file, d.offsets.byte_len, Physical::I64.into(), d.value_count + 1)?,
                header(&d.bytes.file, d.bytes.byte_len, Physical::U8.into(), text_len)?,
            );
            DictionaryWriter::resume(folder, dictionary, d, rows)
        });
        let zone = row_count / ZONE_ROWS;
        let rows = match &entry.text {
            Some(text) => {
                let rows = header(&text.file, text.byte_len, Physical::U8.into(), text.byte_len - HEADER)?;
                let output = resume(&text.file, text.byte_len, rows)?;
                let seed = values_seed(entry.id, zone);
                Rows::Text(Box::new(TextRows::resume(output, &entry.tail, seed)))
            }
            None => rows_of(column_type, entry.id, zone),
        };
        let mut writer = ColumnWriter {
            id: entry.id,
            name: entry.name.clone(),
            column_type,
            text_layout: TextLayout::Auto,
            novelty: Novelty::after(row_count),
            row_count,
            values: resume(&values.file, values.byte_len, header_rows)?,
            zones: resume(&entry.zones.file, entry.zones.byte_len, 0)?,
            validity: validity.transpose()?,
            dictionary: dictionary.transpose()?,
            chain: Chain(entry.zones_chain.0),
            rows,
            tail_validity: tail_validity(entry),
            records: Vec::new(),
            rising: Rising::BROKEN,
            copy_on_append: entry.copy_on_append,
            piece_len,
            codes: Vec::new(),
        };
        writer.read_tail(entry)?;
        Ok(writer)
    }

    fn read_tail(&mut self, entry: &ColumnEntry) -> Result<()> {
        let (tail, seed) = (&entry.tail, values_seed(self.id, self.row_count / ZONE_ROWS));
        let width = self.column_type.row_width() as u64;
        let start = self.row_count - tail.row_count;
        let values = &self.values;
        match &mut self.rows {
            Rows::Plain(rows) => {
                let mut bytes = vec![0; (tail.row_count * width) as usize];
                read_at(values, start * width, &mut bytes)?;
                rows.held.push(&bytes);
                rows.held_start = start;
                rows.written_rows = self.row_count;
                if entry.sorted == Some(Sorted::Ascending) || self.row_count == 0 {
                    self.rising = rising_before(values, rows, start)?;
                }
            }
            Rows::Vectors(rows) => {
                let range = (start * width + rows.resume(tail, seed), self.row_count * width);
                read_pieces(values, range, |bytes| rows.hash(bytes))?;
            }
            Rows::Text(rows) => {
                let ends = read_ends(values, start, tail.row_count)?;
                let text_len = rows.text.byte_len() - HEADER;
                let (first, last) = text_range(&ends);
                if last != text_len {
                    return Err(corrupt(&values.path, &self.name, "the last offset", text_len, last));
                }
                rows.hash_tail(&ends, (first, last))?;
            }
        }
        let (_, found) = self.rows.describe(tail.row_count, self.tail_validity.as_ref(), seed);
        if found != tail.hash.0 {
            let found = format!("{found:016x}");
            return Err(corrupt(&self.values.path, &self.name, "the hash of the tail", tail.hash, found));
        }
        Ok(())
    }
}

/// The order of a column that rises, whose zones up to row `end` are full.
fn rising_before(values: &Output, rows: &PlainRows, end: u64) -> Result<Rising> {
    let Some(last) = end.checked_sub(1) else { return Ok(Rising::default()) };
    // Eight bytes of a word hold a value of any layout that is searched, aligned.
    let mut word = [0u64];
    let Some(bytes) = bytemuck::cast_slice_mut(&mut word).get_mut(..rows.width()) else {
        return Ok(Rising::BROKEN);
    };
    read_at(values, last * rows.width() as u64, bytes)?;
    Ok(Values::from_bytes(rows.physical, bytes).map_or(Rising::BROKEN, Rising::after))
}

/// Reads contents of a file from byte `offset` of them on.
pub(crate) fn read_at(output: &Output, offset: u64, bytes: &mut [u8]) -> Result<()> {
    output.file.read_exact_at(bytes, HEADER + offset).map_err(Error::io("read", &output.path))
}

/// Reads a range of a file's contents piece by piece.
pub(crate) fn read_pieces(
    output: &Output,
    (start, end): (u64, u64),
    mut take: impl FnMut(&[u8]),
) -> Result<()> {
    let mut piece = vec![0; PIECE.min(end.saturating_sub(start)) as usize];
    let mut at = start;
    while at < end {
        let len = PIECE.min(end - at);
        let Some(bytes) = piece.get_mut(..len as usize) else { break };
        read_at(output, at, bytes)?;
        take(bytes);
        at += len;
    }
    Ok(())
}

/// The offsets of `row_count` rows of free text from row `start` on: where the first begins and each ends.
pub(crate) fn read_ends(values: &Output, start: u64, row_count: u64) -> Result<Vec<u64>> {
    let mut ends = vec![0u64; row_count as usize + 1];
    read_at(values, start * 8, bytemuck::cast_slice_mut(&mut ends))?;
    Ok(ends)
}

/// The bytes that these offsets span.
pub(crate) fn text_range(ends: &[u64]) -> (u64, u64) {
    (ends.first().copied().unwrap_or(0), ends.last().copied().unwrap_or(0))
}

/// The row count that stands in a header now; at most the committed one.
fn header_rows_of(
    layout: &Layout,
    column: &str,
    file: &str,
    byte_len: u64,
    npy: NpyLayout,
    most: u64,
) -> Result<u64> {
    let path = layout.column_file(file);
    let open = open_checked(&path, column, byte_len)?;
    let found = read_header(&open, &path, column, npy, |rows| rows <= most)?;
    if found > most {
        let expected = format!("at most {most}");
        return Err(corrupt(&path, column, "the row count in its header", expected, found));
    }
    Ok(found)
}
