//! One column being written: zones are summarised and hashed as they fill up, values go out in large pieces,
//! and the tail stays in memory, because its summary is made again at each commit.

use super::folder::{Folder, HEADER, Output};
use super::held::Held;
use super::text::DictionaryWriter;
use crate::column_file::{corrupt, open_checked, read_header};
use crate::layer::FileLayer;
use crate::layout::Layout;
use crate::reading::Reading;
use crate::stored::{StoredColumn, tail_validity};
use crate::{Error, Result, summary};
use colq_column::{Bitmap, Column, Values, View, ZoneSummary, summarise};
use colq_format::{
    Base64, Chain, ColumnEntry, ColumnType, FileEntry, FileRole, Hex64, NpyFileEntry, RECORD_LEN,
    VALIDITY_LEN, ValidityEntry, hash_seeded, values_seed,
};
use colq_types::{Physical, ZONE_ROWS};
use std::os::unix::fs::FileExt;

/// Records and validity bits that wait in memory at most; they are small beside the values.
const SMALL_PIECE: usize = 1 << 20;

/// A column being written.
#[derive(Debug)]
pub(crate) struct ColumnWriter {
    pub(crate) id: u64,
    pub(crate) name: String,
    pub(crate) column_type: ColumnType,
    pub(crate) row_count: u64,
    pub(crate) values: Output,
    pub(crate) zones: Output,
    pub(crate) validity: Option<ValidityOutput>,
    pub(crate) dictionary: Option<DictionaryWriter>,
    pub(crate) chain: Chain,
    /// Values from the row `held_start` on, which is the first of a zone.
    pub(crate) held: Held,
    pub(crate) held_start: u64,
    /// Rows in the values file; at least `held_start`.
    pub(crate) written_rows: u64,
    /// Validity of the tail; `None` while all of it are values.
    tail_validity: Option<Bitmap>,
    /// Records that are not yet in the zones file.
    pub(crate) records: Vec<u8>,
    /// The next append must write into new files.
    pub(crate) copy_on_append: bool,
    /// Bytes of values to write at a time.
    pub(crate) piece_len: usize,
    /// Codes of the rows in hand, reused.
    codes: Vec<u32>,
}

/// The validity file, made when the first zone with a null is full.
#[derive(Debug)]
pub(crate) struct ValidityOutput {
    pub(crate) output: Output,
    pub(crate) first_zone: u64,
    /// Bits that are not yet in the file.
    pub(crate) bits: Vec<u8>,
}

impl ColumnWriter {
    /// A new column.
    pub(crate) fn create(
        folder: &mut Folder,
        id: u64,
        name: &str,
        column_type: ColumnType,
        piece_len: usize,
    ) -> Result<ColumnWriter> {
        let is_text = matches!(column_type, ColumnType::Dictionary(_));
        Ok(ColumnWriter {
            id,
            name: name.to_owned(),
            column_type,
            row_count: 0,
            values: folder.create(name, FileRole::Values, Some(column_type.physical()))?,
            zones: folder.create(name, FileRole::Zones, None)?,
            validity: None,
            dictionary: is_text.then(|| DictionaryWriter::create(folder, name)).transpose()?,
            chain: Chain::default(),
            held: Held::default(),
            held_start: 0,
            written_rows: 0,
            tail_validity: None,
            records: Vec::new(),
            copy_on_append: false,
            piece_len,
            codes: Vec::new(),
        })
    }

    /// Continues a committed column. Its tail is read, and must be what was committed.
    pub(crate) fn resume(
        folder: &Folder,
        entry: &ColumnEntry,
        row_count: u64,
        piece_len: usize,
    ) -> Result<ColumnWriter> {
        let stored = StoredColumn::open(&folder.layout, entry, row_count, Reading::default())?;
        let column_type = stored.column_type;
        let layer = &*folder.layer;
        let resume = |file: &str, byte_len, header_rows| {
            Output::resume(layer, folder.layout.column_file(file), file, byte_len, header_rows)
        };
        let physical = column_type.physical();
        let header = |file: &str, byte_len, physical, most| {
            header_rows_of(&folder.layout, &entry.name, file, byte_len, physical, most)
        };
        let values = &entry.values;
        let header_rows = header(&values.file, values.byte_len, physical, row_count)?;
        let validity = entry.validity.as_ref().map(|v| {
            let output = resume(&v.file, v.byte_len, 0)?;
            Ok(ValidityOutput { output, first_zone: v.first_zone, bits: Vec::new() })
        });
        let dictionary = entry.dictionary.as_ref().zip(stored.dictionary()?).map(|(d, dictionary)| {
            let text_len = d.bytes.byte_len - HEADER;
            let rows = (
                header(&d.offsets.file, d.offsets.byte_len, Physical::I64, d.value_count + 1)?,
                header(&d.bytes.file, d.bytes.byte_len, Physical::U8, text_len)?,
            );
            DictionaryWriter::resume(folder, dictionary, d, rows)
        });
        let held_start = row_count - entry.tail.row_count;
        let mut writer = ColumnWriter {
            id: entry.id,
            name: entry.name.clone(),
            column_type,
            row_count,
            values: resume(&values.file, values.byte_len, header_rows)?,
            zones: resume(&entry.zones.file, entry.zones.byte_len, 0)?,
            validity: validity.transpose()?,
            dictionary: dictionary.transpose()?,
            chain: Chain(entry.zones_chain.0),
            held: Held::default(),
            held_start,
            written_rows: row_count,
            tail_validity: tail_validity(entry),
            records: Vec::new(),
            copy_on_append: entry.copy_on_append,
            piece_len,
            codes: Vec::new(),
        };
        writer.read_tail(entry)?;
        Ok(writer)
    }

    fn read_tail(&mut self, entry: &ColumnEntry) -> Result<()> {
        let width = self.width();
        let mut bytes = vec![0; entry.tail.row_count as usize * width];
        let offset = HEADER + self.held_start * width as u64;
        let read = self.values.file.read_exact_at(&mut bytes, offset);
        read.map_err(Error::io("read", &self.values.path))?;
        self.held.push(&bytes);
        let found = hash_seeded(&bytes, values_seed(self.id, self.zone()));
        if found != entry.tail.hash.0 {
            let found = format!("{found:016x}");
            return Err(corrupt(
                &self.values.path,
                &self.name,
                "the hash of the tail",
                entry.tail.hash,
                found,
            ));
        }
        Ok(())
    }

    pub(crate) fn width(&self) -> usize {
        self.column_type.physical().byte_width()
    }

    /// The number of the unfinished zone, and of full ones.
    fn zone(&self) -> u64 {
        self.row_count / ZONE_ROWS
    }

    /// Adds all rows of a column of the same type.
    pub(crate) fn push(&mut self, folder: &mut Folder, column: &Column) -> Result<()> {
        if self.copy_on_append && !column.is_empty() {
            self.copy_to_new_files(folder)?;
        }
        let view = column.view();
        let mut start = 0;
        while start < view.len() {
            let room = (ZONE_ROWS - self.row_count % ZONE_ROWS) as usize;
            let len = room.min(view.len() - start);
            let validity = view.validity.map(|v| v.slice(start, len)).filter(|v| !v.all());
            self.push_part(folder, &view, start, len, validity.as_ref())?;
            start += len;
        }
        Ok(())
    }

    /// Adds rows that lie in one zone.
    fn push_part(
        &mut self,
        folder: &mut Folder,
        view: &View<'_>,
        start: usize,
        len: usize,
        validity: Option<&Bitmap>,
    ) -> Result<()> {
        let values = view.values.slice(start, len);
        match (&mut self.dictionary, view.dictionary) {
            (Some(writer), Some(dictionary)) => {
                writer.translate(&self.name, values, validity, dictionary, &mut self.codes)?;
                self.widen_codes(folder)?;
                let codes = std::mem::take(&mut self.codes);
                self.hold_codes(&codes);
                self.codes = codes;
            }
            _ => self.held.push(values.as_bytes()),
        }
        self.clean_held(len, validity);
        self.push_validity(len, validity);
        self.row_count += len as u64;
        if self.row_count.is_multiple_of(ZONE_ROWS) {
            self.finish_zone(folder)?;
        }
        Ok(())
    }

    fn hold_codes(&mut self, codes: &[u32]) {
        // The codes were made to fit before, so nothing is cut off here.
        match self.column_type.physical() {
            Physical::U8 => self.held.push(&codes.iter().map(|c| *c as u8).collect::<Vec<u8>>()),
            Physical::U16 => {
                let codes: Vec<u16> = codes.iter().map(|c| *c as u16).collect();
                self.held.push(bytemuck::cast_slice(&codes));
            }
            _ => self.held.push(bytemuck::cast_slice(codes)),
        }
    }

    /// Makes the last `len` held values what the format asks for: a null slot is zero, a bool 0 or 1.
    fn clean_held(&mut self, len: usize, validity: Option<&Bitmap>) {
        let width = self.width();
        let is_bool = self.column_type.physical() == Physical::Bool;
        let at = self.held.len().saturating_sub(len * width);
        let Some(bytes) = self.held.bytes_mut().get_mut(at..) else { return };
        if is_bool {
            bytes.iter_mut().for_each(|b| *b = u8::from(*b != 0));
        }
        if let Some(validity) = validity {
            let mut nulls = validity.clone();
            nulls.not_assign();
            for row in nulls.ones_iter() {
                if let Some(slot) = bytes.get_mut(row * width..(row + 1) * width) {
                    slot.fill(0);
                }
            }
        }
    }

    fn push_validity(&mut self, len: usize, validity: Option<&Bitmap>) {
        let before = (self.row_count % ZONE_ROWS) as usize;
        match (&mut self.tail_validity, validity) {
            (None, None) => {}
            (Some(bits), None) => bits.push_many(true, len),
            (bits, Some(more)) => bits.get_or_insert_with(|| Bitmap::ones(before)).extend(more),
        }
    }

    /// The bytes of the last zone, which ends at `row_count`, and what is known of them.
    fn last_zone(&self, row_count: u64) -> Result<(&[u8], ZoneSummary)> {
        let len = row_count as usize * self.width();
        let at = self.held.len().saturating_sub(len);
        let bytes = self.held.bytes().get(at..).unwrap_or(&[]);
        let physical = self.column_type.physical();
        let unaligned =
            || corrupt(&self.values.path, &self.name, "the memory of a zone", "aligned", "not so");
        let values = Values::from_bytes(physical, bytes).ok_or_else(unaligned)?;
        let view = View {
            data_type: self.column_type.data_type(),
            values,
            validity: self.tail_validity.as_ref(),
            dictionary: None,
        };
        Ok((bytes, summarise(&view)))
    }

    /// The zone that the last row filled gets its record and its validity bits.
    fn finish_zone(&mut self, folder: &mut Folder) -> Result<()> {
        let zone = self.zone() - 1;
        let seed = values_seed(self.id, zone);
        let (bytes, found) = self.last_zone(ZONE_ROWS)?;
        let values_hash = hash_seeded(bytes, seed);
        let mut validity_hash = 0;
        let bits = self.tail_validity.take().filter(|_| found.null_count > 0);
        if bits.is_some() && self.validity.is_none() {
            let output = folder.create(&self.name, FileRole::Validity, None)?;
            self.validity = Some(ValidityOutput { output, first_zone: zone, bits: Vec::new() });
        }
        if let Some(validity) = &mut self.validity {
            let bytes = bits.map_or_else(|| vec![0xff; VALIDITY_LEN], |bits| bits.to_bytes());
            validity_hash = hash_seeded(&bytes, seed);
            validity.bits.extend_from_slice(&bytes);
        }
        let record = summary::record_of(&found, values_hash, validity_hash).encode(self.id, zone);
        self.push_record(&record);
        let waiting = self.held.len() - (self.written_rows - self.held_start) as usize * self.width();
        if waiting >= self.piece_len {
            self.write_values(&*folder.layer)?;
            self.forget_full_zones();
        }
        if self.records.len() >= SMALL_PIECE
            || self.validity.as_ref().is_some_and(|v| v.bits.len() >= SMALL_PIECE)
        {
            self.write_small(&*folder.layer)?;
        }
        Ok(())
    }

    pub(crate) fn push_record(&mut self, record: &[u8; RECORD_LEN]) {
        self.chain.push(record);
        self.records.extend_from_slice(record);
    }

    /// Writes all held values that are not in the file yet.
    fn write_values(&mut self, layer: &dyn FileLayer) -> Result<()> {
        let written = (self.written_rows - self.held_start) as usize * self.width();
        self.values.append(layer, self.held.bytes().get(written..).unwrap_or(&[]))?;
        self.written_rows = self.row_count;
        Ok(())
    }

    /// Lets go of the held values of full zones, which are written.
    fn forget_full_zones(&mut self) {
        let start = self.row_count - self.row_count % ZONE_ROWS;
        self.held.drop_front((start - self.held_start) as usize * self.width());
        self.held_start = start;
    }

    fn write_small(&mut self, layer: &dyn FileLayer) -> Result<()> {
        self.zones.append(layer, &self.records)?;
        self.records.clear();
        if let Some(validity) = &mut self.validity {
            validity.output.append(layer, &validity.bits)?;
            validity.bits.clear();
        }
        Ok(())
    }

    /// Writes and syncs everything, and says what the version file will say of the column.
    pub(crate) fn flush(&mut self, layer: &dyn FileLayer) -> Result<ColumnEntry> {
        self.write_values(layer)?;
        self.forget_full_zones();
        self.write_small(layer)?;
        self.values.sync(layer)?;
        self.zones.sync(layer)?;
        if let Some(validity) = &mut self.validity {
            validity.output.sync(layer)?;
        }
        if let Some(dictionary) = &mut self.dictionary {
            dictionary.flush(layer)?;
        }
        self.entry()
    }

    fn entry(&mut self) -> Result<ColumnEntry> {
        let (bytes, found) = self.last_zone(self.row_count % ZONE_ROWS)?;
        let mut tail = summary::tail_of(&found, hash_seeded(bytes, values_seed(self.id, self.zone())));
        tail.validity =
            self.tail_validity.as_ref().filter(|_| found.null_count > 0).map(|b| Base64(b.to_bytes()));
        let mut entry = ColumnEntry {
            id: self.id,
            name: self.name.clone(),
            type_name: self.column_type.to_string(),
            values: NpyFileEntry {
                file: self.values.name.clone(),
                byte_len: self.values.byte_len(),
                header_rows: self.values.header_rows,
            },
            zones: FileEntry { file: self.zones.name.clone(), byte_len: self.zones.byte_len() },
            zones_chain: Hex64(self.chain.0),
            validity: self.validity.as_ref().map(|v| ValidityEntry {
                file: v.output.name.clone(),
                byte_len: v.output.byte_len(),
                first_zone: v.first_zone,
            }),
            dictionary: self.dictionary.as_mut().map(DictionaryWriter::entry),
            tail,
            sorted: None,
            copy_on_append: self.copy_on_append,
            checksum: Hex64(0),
        };
        entry.checksum = Hex64(entry.computed_checksum());
        Ok(entry)
    }

    /// After a commit: brings the headers up to date.
    pub(crate) fn update_headers(&mut self, layer: &dyn FileLayer) {
        self.values.update_header(layer, self.row_count);
        if let Some(dictionary) = &mut self.dictionary {
            dictionary.update_headers(layer);
        }
    }
}

/// The row count that stands in a header now; at most the committed one.
fn header_rows_of(
    layout: &Layout,
    column: &str,
    file: &str,
    byte_len: u64,
    physical: Physical,
    most: u64,
) -> Result<u64> {
    let path = layout.column_file(file);
    let open = open_checked(&path, column, byte_len)?;
    read_header(&open, &path, column, physical, |rows| rows <= most)
}
