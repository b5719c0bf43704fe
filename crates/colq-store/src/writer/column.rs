//! One column being written: zones are summarised and hashed as they fill up, values go out in large pieces,
//! and what is known of the tail is said again at each commit.

use super::folder::{Folder, Output, Until};
use super::free_text::TextRows;
use super::novelty::Novelty;
use super::options::TextLayout;
use super::plain::PlainRows;
use super::rising::Rising;
use super::rows::Rows;
use super::text::DictionaryWriter;
use super::vectors::VectorRows;
use crate::layer::FileLayer;
use crate::{Result, summary};
use colq_column::{Bitmap, Column, View};
use colq_format::{
    Base64, Chain, ColumnEntry, ColumnType, FileEntry, FileRole, Hex64, NpyFileEntry, RECORD_LEN, Sorted,
    VALIDITY_LEN, ValidityEntry, hash_seeded, values_seed,
};
use colq_types::ZONE_ROWS;

/// Records and validity bits that wait in memory at most; they are small beside the values.
const SMALL_PIECE: usize = 1 << 20;

/// A column being written.
#[derive(Debug)]
pub(crate) struct ColumnWriter {
    pub(crate) id: u64,
    pub(crate) name: String,
    pub(crate) column_type: ColumnType,
    /// What becomes of text when it outgrows its codes.
    pub(crate) text_layout: TextLayout,
    /// How its dictionary grows.
    pub(crate) novelty: Novelty,
    pub(crate) row_count: u64,
    pub(crate) values: Output,
    pub(crate) zones: Output,
    pub(crate) validity: Option<ValidityOutput>,
    pub(crate) dictionary: Option<DictionaryWriter>,
    pub(crate) chain: Chain,
    pub(crate) rows: Rows,
    /// Validity of the tail; `None` while all of it are values.
    pub(crate) tail_validity: Option<Bitmap>,
    /// Records that are not yet in the zones file.
    pub(crate) records: Vec<u8>,
    /// The order of the rows of full zones.
    pub(crate) rising: Rising,
    /// The next append must write into new files.
    pub(crate) copy_on_append: bool,
    /// Bytes of values to write at a time.
    pub(crate) piece_len: usize,
    /// Codes of the rows in hand, reused.
    pub(crate) codes: Vec<u32>,
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
        folder: &Folder,
        id: u64,
        name: &str,
        column_type: ColumnType,
        piece_len: usize,
    ) -> Result<ColumnWriter> {
        let mut values = folder.create(name, values_role(column_type), Some(column_type.layout()))?;
        let zones = folder.create(name, FileRole::Zones, None)?;
        let is_coded = matches!(column_type, ColumnType::Dictionary(_));
        let dictionary = is_coded.then(|| DictionaryWriter::create(folder, name)).transpose()?;
        let rows = match column_type {
            ColumnType::FreeText => {
                let seed = values_seed(id, 0);
                Rows::Text(Box::new(TextRows::create(folder, name, &mut values, seed)?))
            }
            other => rows_of(other, id, 0),
        };
        Ok(ColumnWriter {
            id,
            name: name.to_owned(),
            column_type,
            text_layout: TextLayout::Auto,
            novelty: Novelty::default(),
            row_count: 0,
            values,
            zones,
            validity: None,
            dictionary,
            chain: Chain::default(),
            rows,
            tail_validity: None,
            records: Vec::new(),
            rising: if is_coded { Rising::BROKEN } else { Rising::default() },
            copy_on_append: false,
            piece_len,
            codes: Vec::new(),
        })
    }

    /// The number of the unfinished zone, and of full ones.
    fn zone(&self) -> u64 {
        self.row_count / ZONE_ROWS
    }

    /// Adds all rows of a column of the same type.
    pub(crate) fn push(&mut self, folder: &Folder, column: &Column) -> Result<()> {
        if self.copy_on_append && !column.is_empty() {
            self.copy_to_new_files(folder)?;
        }
        if self.text_layout == TextLayout::Free && self.dictionary.is_some() && !column.is_empty() {
            self.become_free_text(folder)?;
        }
        let view = column.view();
        let mut start = 0;
        while start < view.len() {
            let room = (ZONE_ROWS - self.row_count % ZONE_ROWS) as usize;
            let len = room.min(view.len() - start);
            let validity = view.validity.map(|v| v.slice(start, len)).filter(|v| !v.all());
            let values = view.values.slice(start, len);
            self.push_part(folder, &View { values, validity: validity.as_ref(), ..view })?;
            start += len;
        }
        Ok(())
    }

    /// Adds rows that lie in one zone.
    fn push_part(&mut self, folder: &Folder, part: &View<'_>) -> Result<()> {
        let View { values, validity, .. } = *part;
        if let Some((writer, dictionary)) = self.dictionary.as_mut().zip(part.dictionary) {
            writer.translate(&self.name, values, validity, dictionary, &mut self.codes)?;
            let null_count = validity.map_or(0, |valid| part.len() - valid.count_ones());
            self.make_room_for_codes(folder, part.len() - null_count)?;
        }
        match &mut self.rows {
            Rows::Plain(rows) if self.dictionary.is_some() => rows.push_codes(&self.codes, validity),
            Rows::Plain(rows) => rows.push(values, validity),
            Rows::Vectors(rows) => {
                rows.push(&*folder.layer, &mut self.values, self.piece_len, values, validity)?;
            }
            Rows::Text(rows) => {
                rows.push(&*folder.layer, &mut self.values, self.piece_len, &self.name, part)?;
            }
        }
        self.push_validity(part.len(), validity);
        self.row_count += part.len() as u64;
        if self.row_count.is_multiple_of(ZONE_ROWS) {
            self.finish_zone(folder)?;
        }
        Ok(())
    }

    fn push_validity(&mut self, len: usize, validity: Option<&Bitmap>) {
        let before = (self.row_count % ZONE_ROWS) as usize;
        match (&mut self.tail_validity, validity) {
            (None, None) => {}
            (Some(bits), None) => bits.push_many(true, len),
            (bits, Some(more)) => bits.get_or_insert_with(|| Bitmap::ones(before)).extend(more),
        }
    }

    /// The zone that the last row filled gets its record and its validity bits.
    fn finish_zone(&mut self, folder: &Folder) -> Result<()> {
        let zone = self.zone() - 1;
        let seed = values_seed(self.id, zone);
        let (found, values_hash) = self.rows.describe(ZONE_ROWS, self.tail_validity.as_ref(), seed);
        self.rising = self.rising_to(ZONE_ROWS);
        self.rows.start_zone(values_seed(self.id, zone + 1));
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
        if self.rows.waiting_len() >= self.piece_len {
            self.rows.write(&*folder.layer, &mut self.values, Until::page_of(self.piece_len))?;
        }
        if self.records.len() >= SMALL_PIECE
            || self.validity.as_ref().is_some_and(|v| v.bits.len() >= SMALL_PIECE)
        {
            self.write_small(&*folder.layer)?;
        }
        Ok(())
    }

    /// The order of the rows with the last `row_count` of them, which begin with a zone.
    fn rising_to(&self, row_count: u64) -> Rising {
        match &self.rows {
            Rows::Plain(rows) if self.tail_validity.is_none() => self.rising.then(rows.last(row_count)),
            _ => Rising::BROKEN,
        }
    }

    pub(crate) fn push_record(&mut self, record: &[u8; RECORD_LEN]) {
        self.chain.push(record);
        self.records.extend_from_slice(record);
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
        self.rows.write(layer, &mut self.values, Until::End)?;
        self.write_small(layer)?;
        self.values.sync(layer)?;
        self.zones.sync(layer)?;
        if let Rows::Text(rows) = &mut self.rows {
            rows.text.sync(layer)?;
        }
        if let Some(validity) = &mut self.validity {
            validity.output.sync(layer)?;
        }
        if let Some(dictionary) = &mut self.dictionary {
            dictionary.flush(layer)?;
        }
        Ok(self.entry())
    }

    fn entry(&mut self) -> ColumnEntry {
        let seed = values_seed(self.id, self.zone());
        let validity = self.tail_validity.as_ref();
        let (found, hash) = self.rows.describe(self.row_count % ZONE_ROWS, validity, seed);
        let mut tail = summary::tail_of(&found, hash);
        if let Rows::Vectors(rows) = &self.rows {
            tail.blocks = rows.blocks();
        }
        tail.validity = validity.filter(|_| found.null_count > 0).map(|b| Base64(b.to_bytes()));
        let rises = self.row_count > 0 && self.rising_to(self.row_count % ZONE_ROWS).is_unbroken();
        let sorted = rises.then_some(Sorted::Ascending);
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
            text: match &self.rows {
                Rows::Text(rows) => Some(rows.entry()),
                _ => None,
            },
            tail,
            sorted,
            copy_on_append: self.copy_on_append,
            checksum: Hex64(0),
        };
        entry.checksum = Hex64(entry.computed_checksum());
        entry
    }

    /// After a commit: brings the headers up to date.
    pub(crate) fn update_headers(&mut self, layer: &dyn FileLayer) {
        self.values.update_header(layer, self.column_type.header_rows(self.row_count));
        if let Rows::Text(rows) = &mut self.rows {
            rows.update_header(layer);
        }
        if let Some(dictionary) = &mut self.dictionary {
            dictionary.update_headers(layer);
        }
    }
}

/// What the file of a column's values is called after.
pub(crate) fn values_role(column_type: ColumnType) -> FileRole {
    if column_type == ColumnType::FreeText { FileRole::TextOffsets } else { FileRole::Values }
}

/// No rows yet, of a column that is not free text, from the start of a zone on.
pub(crate) fn rows_of(column_type: ColumnType, id: u64, zone: u64) -> Rows {
    let data_type = column_type.data_type();
    if data_type.is_vector() {
        let rows = VectorRows::new(data_type, column_type.row_width(), values_seed(id, zone));
        Rows::Vectors(Box::new(rows))
    } else {
        Rows::Plain(PlainRows::new(data_type, column_type.physical()))
    }
}
