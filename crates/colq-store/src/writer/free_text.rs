//! Rows of free text on their way into two files, where they end and their bytes. A zone is hashed and summed
//! up as it comes, so an append never reads texts into memory.

use super::folder::{Folder, HEADER, Output, Until};
use super::resume::read_pieces;
use crate::layer::FileLayer;
use crate::{Error, Result};
use colq_column::{Bounds, Sum, View, ZoneSummary, text_prefix};
use colq_format::{FileRole, Hasher, NpyFileEntry, Tail, text_hash};
use colq_types::Physical;

/// The unfinished zone of a column of free text, and the file of its bytes.
#[derive(Debug)]
pub(crate) struct TextRows {
    pub(crate) text: Output,
    /// Bytes of all texts so far, those that wait included.
    text_len: u64,
    /// Ends of rows that are not in their file yet.
    ends: Vec<u64>,
    /// Texts that are not in their file yet.
    bytes: Vec<u8>,
    zone: TextZone,
}

/// What is known of a zone so far.
#[derive(Debug)]
struct TextZone {
    seed: u64,
    ends_hash: Hasher,
    text_hash: Hasher,
    row_count: u64,
    null_count: u64,
    prefixes: Option<(u64, u64)>,
    byte_count: i128,
}

impl TextZone {
    fn new(seed: u64) -> TextZone {
        TextZone {
            seed,
            ends_hash: Hasher::with_seed(seed),
            text_hash: Hasher::with_seed(seed),
            row_count: 0,
            null_count: 0,
            prefixes: None,
            byte_count: 0,
        }
    }
}

impl TextRows {
    /// New files without rows. The first offset, 0, goes to `values` at once.
    pub(crate) fn create(folder: &Folder, column: &str, values: &mut Output, seed: u64) -> Result<TextRows> {
        let text = folder.create(column, FileRole::TextBytes, Some(Physical::U8.into()))?;
        values.begin_with(&0u64.to_le_bytes());
        Ok(TextRows { text, text_len: 0, ends: Vec::new(), bytes: Vec::new(), zone: TextZone::new(seed) })
    }

    /// Takes over committed rows but for the tail's bytes, which come by [`TextRows::hash_tail`].
    pub(crate) fn resume(text: Output, tail: &Tail, seed: u64) -> TextRows {
        let text_len = text.byte_len() - HEADER;
        let mut zone = TextZone::new(seed);
        zone.row_count = tail.row_count;
        zone.null_count = tail.null_count;
        zone.prefixes = tail.min.zip(tail.max).map(|(min, max)| (min.0, max.0));
        zone.byte_count = tail.sum.0 as i128;
        TextRows { text, text_len, ends: Vec::new(), bytes: Vec::new(), zone }
    }

    /// Hashes the tail: where its first row begins and each ends, and the bytes that they span.
    pub(crate) fn hash_tail(&mut self, ends: &[u64], range: (u64, u64)) -> Result<()> {
        self.zone.ends_hash.update(bytemuck::cast_slice(ends.get(1..).unwrap_or(&[])));
        read_pieces(&self.text, range, |bytes| self.zone.text_hash.update(bytes))
    }

    /// Goes on with the next zone; what waits for the files stays.
    pub(crate) fn start_zone(&mut self, seed: u64) {
        self.zone = TextZone::new(seed);
    }

    /// Adds rows of one zone, whose codes and dictionary may be those of free text or of repeated values.
    pub(crate) fn push(
        &mut self,
        layer: &dyn FileLayer,
        values: &mut Output,
        piece_len: usize,
        column: &str,
        view: &View<'_>,
    ) -> Result<()> {
        let (mut ends_hashed, mut bytes_hashed) = (self.ends.len(), self.bytes.len());
        for row in 0..view.len() {
            self.zone.row_count += 1;
            if view.is_valid(row) {
                let text = valid_text(column, view, row)?;
                self.bytes.extend_from_slice(text);
                self.text_len += text.len() as u64;
                self.zone.byte_count += text.len() as i128;
                let prefix = text_prefix(text);
                let (min, max) = self.zone.prefixes.unwrap_or((prefix, prefix));
                self.zone.prefixes = Some((min.min(prefix), max.max(prefix)));
            } else {
                self.zone.null_count += 1;
            }
            self.ends.push(self.text_len);
            if self.waiting_len() >= piece_len {
                self.hash_from(ends_hashed, bytes_hashed);
                self.write(layer, values, Until::page_of(piece_len))?;
                (ends_hashed, bytes_hashed) = (self.ends.len(), self.bytes.len());
            }
        }
        self.hash_from(ends_hashed, bytes_hashed);
        Ok(())
    }

    fn hash_from(&mut self, ends: usize, bytes: usize) {
        let ends = self.ends.get(ends..).unwrap_or(&[]);
        self.zone.ends_hash.update(bytemuck::cast_slice(ends));
        self.zone.text_hash.update(self.bytes.get(bytes..).unwrap_or(&[]));
    }

    /// What is known of the zone so far, and its hash.
    pub(crate) fn describe(&self) -> (ZoneSummary, u64) {
        let zone = &self.zone;
        let summary = ZoneSummary {
            row_count: zone.row_count,
            null_count: zone.null_count,
            nan_count: 0,
            bounds: zone.prefixes.map(|(min, max)| Bounds::Prefix { min, max }),
            sum: Sum::Integer(zone.byte_count),
        };
        (summary, text_hash(&zone.ends_hash, &zone.text_hash, zone.seed))
    }

    /// Bytes that wait for the files.
    pub(crate) fn waiting_len(&self) -> usize {
        self.bytes.len() + self.ends.len() * 8
    }

    /// Writes what waits.
    pub(crate) fn write(&mut self, layer: &dyn FileLayer, values: &mut Output, until: Until) -> Result<()> {
        let len = self.text.amount(self.bytes.len(), until);
        self.text.append(layer, self.bytes.get(..len).unwrap_or(&[]))?;
        self.bytes.drain(..len);
        let ends: &[u8] = bytemuck::cast_slice(&self.ends);
        let len = values.amount(ends.len(), until);
        values.append(layer, ends.get(..len).unwrap_or(&[]))?;
        self.ends.drain(..len / 8);
        Ok(())
    }

    /// What the version file says of the bytes, after a write.
    pub(crate) fn entry(&self) -> NpyFileEntry {
        NpyFileEntry {
            file: self.text.name.clone(),
            byte_len: self.text.byte_len(),
            header_rows: self.text.header_rows,
        }
    }

    /// After a commit: brings the header of the bytes up to date.
    pub(crate) fn update_header(&mut self, layer: &dyn FileLayer) {
        self.text.update_header(layer, self.text_len);
    }
}

/// The text of a row that is not null, which must be UTF-8 and have a code in its dictionary.
fn valid_text<'a>(column: &str, view: &View<'a>, row: usize) -> Result<&'a [u8]> {
    let code = view.values.code(row);
    let Some(text) = code.zip(view.dictionary).and_then(|(code, dictionary)| dictionary.get(code)) else {
        let code = code.unwrap_or(u32::MAX);
        let what = format!("column `{column}` has the code {code}, which its dictionary does not have");
        return Err(Error::InvalidBatch { what });
    };
    if !view.dictionary.is_some_and(|dictionary| dictionary.is_checked())
        && std::str::from_utf8(text).is_err()
    {
        let what = format!("a text of column `{column}` is not UTF-8: {}", String::from_utf8_lossy(text));
        return Err(Error::InvalidBatch { what });
    }
    Ok(text)
}
