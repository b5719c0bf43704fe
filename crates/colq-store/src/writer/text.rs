//! The dictionary of a text column as it grows: codes of batches to codes of the column, and its two files.

use super::folder::{Folder, HEADER, Output};
use crate::layer::FileLayer;
use crate::{Error, Result};
use colq_column::{Bitmap, Dictionary, DictionaryBuilder, Values};
use colq_format::{BLOCK_LEN, DictionaryEntry, FileRole, HashedFileEntry, Hex64, block_hashes_from};
use colq_types::Physical;
use std::sync::Arc;

/// Not yet seen, in a table of codes.
const UNSEEN: u32 = u32::MAX;

/// A growing dictionary.
#[derive(Debug)]
pub(crate) struct DictionaryWriter {
    builder: DictionaryBuilder,
    offsets: HashedOutput,
    text: HashedOutput,
    /// The dictionary of the last batch, and the column's code for each of its codes.
    last: Option<(Arc<Dictionary>, Vec<u32>)>,
}

/// A file that is hashed in blocks.
#[derive(Debug)]
struct HashedOutput {
    output: Output,
    /// Hashes of the blocks that are full; the last one is made again at each commit.
    full_blocks: Vec<Hex64>,
}

impl DictionaryWriter {
    pub(crate) fn create(folder: &Folder, column: &str) -> Result<DictionaryWriter> {
        DictionaryWriter::with_builder(folder, column, DictionaryBuilder::default())
    }

    fn with_builder(folder: &Folder, column: &str, builder: DictionaryBuilder) -> Result<DictionaryWriter> {
        let create = |role, physical: Physical| {
            let output = folder.create(column, role, Some(physical.into()))?;
            Ok(HashedOutput { output, full_blocks: Vec::new() })
        };
        Ok(DictionaryWriter {
            builder,
            offsets: create(FileRole::DictionaryOffsets, Physical::I64)?,
            text: create(FileRole::DictionaryBytes, Physical::U8)?,
            last: None,
        })
    }

    /// Continues a committed dictionary in its files.
    pub(crate) fn resume(
        folder: &Folder,
        dictionary: &Dictionary,
        entry: &DictionaryEntry,
        header_rows: (u64, u64),
    ) -> Result<DictionaryWriter> {
        let resume = |entry: &HashedFileEntry, header_rows| {
            let path = folder.layout.column_file(&entry.file);
            let output = Output::resume(folder, path, &entry.file, entry.byte_len, header_rows)?;
            let full = (entry.byte_len - HEADER) / BLOCK_LEN as u64;
            let full_blocks = entry.blocks.iter().take(full as usize).copied().collect();
            Ok(HashedOutput { output, full_blocks })
        };
        Ok(DictionaryWriter {
            builder: DictionaryBuilder::from_dictionary(dictionary),
            offsets: resume(&entry.offsets, header_rows.0)?,
            text: resume(&entry.bytes, header_rows.1)?,
            last: None,
        })
    }

    /// The same dictionary in new files; the old ones are let go.
    pub(crate) fn move_to_new_files(&mut self, folder: &Folder, column: &str) -> Result<()> {
        let builder = std::mem::take(&mut self.builder);
        let old = std::mem::replace(self, DictionaryWriter::with_builder(folder, column, builder)?);
        folder.discard(old.offsets.output);
        folder.discard(old.text.output);
        Ok(())
    }

    /// Distinct values so far.
    pub(crate) fn len(&self) -> u64 {
        self.builder.len() as u64
    }

    /// The column's codes for a batch's codes, in `codes`. A row that is null gets 0. Only values that
    /// occur enter the dictionary, in the order in which they do.
    pub(crate) fn translate(
        &mut self,
        column: &str,
        values: Values<'_>,
        validity: Option<&Bitmap>,
        dictionary: &Arc<Dictionary>,
        codes: &mut Vec<u32>,
    ) -> Result<()> {
        let table = match self.last.take() {
            Some((last, table)) if Arc::ptr_eq(&last, dictionary) => table,
            _ => vec![UNSEEN; dictionary.len()],
        };
        let (_, table) = self.last.insert((dictionary.clone(), table));
        match values {
            Values::U8(values) => look_up(values, table, codes),
            Values::U16(values) => look_up(values, table, codes),
            Values::U32(values) => look_up(values, table, codes),
            other => {
                let what = format!("column `{column}` has text codes of {}", other.physical().name());
                return Err(Error::InvalidBatch { what });
            }
        }
        if let Some(validity) = validity {
            let mut nulls = validity.clone();
            nulls.not_assign();
            nulls.ones_iter().for_each(|row| codes.get_mut(row).into_iter().for_each(|code| *code = 0));
        }
        // Once the values of a batch are known, nearly all zones end here.
        if !codes.contains(&UNSEEN) {
            return Ok(());
        }
        for (row, translated) in codes.iter_mut().enumerate().filter(|(_, code)| **code == UNSEEN) {
            let code = values.code(row).unwrap_or(UNSEEN);
            let Some(slot) = table.get_mut(code as usize) else {
                let what =
                    format!("column `{column}` has the code {code}, which its dictionary does not have");
                return Err(Error::InvalidBatch { what });
            };
            if *slot == UNSEEN {
                let value = dictionary.get(code).unwrap_or(&[]);
                *slot = intern(&mut self.builder, column, value, dictionary.is_checked())?;
            }
            *translated = *slot;
        }
        Ok(())
    }

    /// Lets go of the files, and gives the values.
    pub(crate) fn into_dictionary(self, folder: &Folder) -> Dictionary {
        folder.discard(self.offsets.output);
        folder.discard(self.text.output);
        self.builder.finish_checked()
    }

    /// Writes what is new since the last call and syncs it.
    pub(crate) fn flush(&mut self, layer: &dyn FileLayer) -> Result<()> {
        let offsets: &[u64] = match self.builder.offsets() {
            [] => &[0],
            offsets => offsets,
        };
        self.offsets.flush(layer, bytemuck::cast_slice(offsets))?;
        self.text.flush(layer, self.builder.text_bytes())
    }

    /// What the version file says of it, after a flush.
    pub(crate) fn entry(&mut self) -> DictionaryEntry {
        let offsets: &[u64] = match self.builder.offsets() {
            [] => &[0],
            offsets => offsets,
        };
        DictionaryEntry {
            value_count: self.builder.len() as u64,
            offsets: self.offsets.entry(bytemuck::cast_slice(offsets)),
            bytes: self.text.entry(self.builder.text_bytes()),
        }
    }

    /// After a commit: brings the headers up to date.
    pub(crate) fn update_headers(&mut self, layer: &dyn FileLayer) {
        let (values, text) = (self.len(), self.builder.text_bytes().len() as u64);
        self.offsets.output.update_header(layer, values + 1);
        self.text.output.update_header(layer, text);
    }
}

impl HashedOutput {
    /// Writes the part of `contents` that the file does not have yet.
    fn flush(&mut self, layer: &dyn FileLayer, contents: &[u8]) -> Result<()> {
        let written = (self.output.byte_len() - HEADER) as usize;
        self.output.append(layer, contents.get(written..).unwrap_or(&[]))?;
        self.output.sync(layer)
    }

    fn entry(&mut self, contents: &[u8]) -> HashedFileEntry {
        let first = self.full_blocks.len();
        let rest = contents.get(first * BLOCK_LEN..).unwrap_or(&[]);
        let mut blocks = self.full_blocks.clone();
        blocks.extend(block_hashes_from(first as u64, rest).map(Hex64));
        self.full_blocks = blocks.iter().take(contents.len() / BLOCK_LEN).copied().collect();
        HashedFileEntry {
            file: self.output.name.clone(),
            byte_len: self.output.byte_len(),
            header_rows: self.output.header_rows,
            blocks,
        }
    }
}

/// The column's codes of values that were seen before; [`UNSEEN`] for the others.
fn look_up<T: Copy + Into<u32>>(values: &[T], table: &[u32], codes: &mut Vec<u32>) {
    codes.clear();
    codes.extend(values.iter().map(|code| {
        let code: u32 = (*code).into();
        table.get(code as usize).copied().unwrap_or(UNSEEN)
    }));
}

/// The code of a value in the column's dictionary, which takes UTF-8 only and no more than u32 codes count.
fn intern(builder: &mut DictionaryBuilder, column: &str, value: &[u8], is_checked: bool) -> Result<u32> {
    if !is_checked && std::str::from_utf8(value).is_err() {
        let what = format!("a text of column `{column}` is not UTF-8: {}", String::from_utf8_lossy(value));
        return Err(Error::InvalidBatch { what });
    }
    if builder.len() >= UNSEEN as usize {
        let what = format!("column `{column}` has more distinct texts than 32-bit codes can count");
        return Err(Error::InvalidBatch { what });
    }
    Ok(builder.intern(value))
}
