//! Everything that can be wrong with one column.

use super::{Finding, finding};
use crate::column_file::{corrupt, open_checked, read_header};
use crate::layout::Layout;
use crate::stored::{check_blocks, check_records, tail_validity};
use crate::{Error, Result, summary};
use colq_column::{Bitmap, Bounds, Dictionary, SharedBytes, Sum, Values, View, ZoneSummary, summarise};
use colq_context::Context;
use colq_format::{
    ColumnEntry, ColumnType, DictionaryEntry, HEADER_LEN, HashedFileEntry, RECORD_LEN, VALIDITY_LEN,
    ZoneRecord, hash_seeded, values_seed,
};
use colq_types::{Physical, ZONE_ROWS, zone_count, zone_range};
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
        (column_type.physical(), entry.values.header_rows, row_count),
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
    if let Some((path, file)) = values {
        column.zones(&path, &file, validity, &records, value_count)?;
    }
    Ok(())
}

struct ColumnCheck<'a> {
    layout: &'a Layout,
    entry: &'a ColumnEntry,
    row_count: u64,
    column_type: ColumnType,
    check_headers: bool,
    context: &'a Context,
    findings: &'a mut Vec<Finding>,
}

impl ColumnCheck<'_> {
    /// The value, or `None` and a finding that names this column.
    fn note<T>(&mut self, result: Result<T>) -> Result<Option<T>> {
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

    fn note_zone(&mut self, path: &Path, zone: u64, what: impl Into<String>) {
        self.findings.push(Finding {
            file: path.to_owned(),
            column: Some(self.entry.name.clone()),
            zone: Some(zone),
            what: what.into(),
        });
    }

    /// Looks at the work's context after so many bytes.
    fn advance(&self, byte_len: u64) -> Result<()> {
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
        (physical, written_down, rows): (Physical, u64, u64),
    ) -> Result<Option<(PathBuf, File)>> {
        let Some((path, file)) = self.file(name, byte_len)? else { return Ok(None) };
        if !self.check_headers {
            return Ok(Some((path, file)));
        }
        let fits = |found| found == written_down || found == rows;
        let found = read_header(&file, &path, &self.entry.name, physical, fits).and_then(|found| {
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
        let file = self.npy_file(&entry.file, entry.byte_len, (physical, entry.header_rows, rows))?;
        let Some((path, file)) = file else { return Ok(None) };
        let len = entry.byte_len - HEADER_LEN as u64;
        let mut bytes = vec![0; len as usize];
        let read = file.read_exact_at(&mut bytes, HEADER_LEN as u64).map_err(Error::io("read", &path));
        let checked = read.and_then(|()| check_blocks(&self.entry.name, entry, &path, &bytes));
        self.advance(len)?;
        Ok(self.note(checked)?.map(|()| bytes))
    }

    /// Every zone's values and validity against its record, and the tail's against the version file.
    fn zones(
        &mut self,
        path: &Path,
        file: &File,
        validity: Option<(PathBuf, File)>,
        records: &[Option<ZoneRecord>],
        value_count: Option<u64>,
    ) -> Result<()> {
        let physical = self.column_type.physical();
        let width = physical.byte_width();
        // Eight-byte words are aligned for every layout.
        let mut words = vec![0u64; ZONE_ROWS as usize * width / 8];
        for zone in 0..zone_count(self.row_count) {
            let rows = zone_range(zone, self.row_count);
            let len = rows.len() * width;
            let Some(bytes) = bytemuck::cast_slice_mut(&mut words).get_mut(..len) else { continue };
            let offset = HEADER_LEN as u64 + rows.start * width as u64;
            let read = file.read_exact_at(bytes, offset).map_err(Error::io("read", path));
            self.advance(len as u64)?;
            if self.note(read)?.is_none() {
                continue;
            }
            let seed = values_seed(self.entry.id, zone);
            let is_tail = rows.row_count() < ZONE_ROWS;
            let record = records.get(zone as usize).copied().flatten();
            let bits = if is_tail {
                tail_validity(self.entry)
            } else {
                self.zone_validity(zone, seed, validity.as_ref(), record.as_ref())?
            };
            let (expected_hash, expected) = match (is_tail, record) {
                (true, _) => (self.entry.tail.hash.0, summary::of_tail(&self.entry.tail, physical)),
                (false, Some(record)) => (record.values_hash, summary::of_record(&record, physical)),
                (false, None) => continue,
            };
            let found = hash_seeded(bytes, seed);
            if found != expected_hash {
                let what =
                    format!("the hash of its values is {found:016x}, and should be {expected_hash:016x}");
                self.note_zone(path, zone, what);
                continue;
            }
            let Some(values) = Values::from_bytes(physical, bytes) else { continue };
            let view = View {
                data_type: self.column_type.data_type(),
                values,
                validity: bits.as_ref(),
                dictionary: None,
            };
            if let Some(what) = wrong_contents(&view, value_count) {
                self.note_zone(path, zone, what);
            } else if !agree(&summarise(&view), &expected) {
                self.note_zone(path, zone, "its summary is not that of its values");
            }
        }
        Ok(())
    }

    /// The validity of a full zone; a finding where its hash is wrong.
    fn zone_validity(
        &mut self,
        zone: u64,
        seed: u64,
        validity: Option<&(PathBuf, File)>,
        record: Option<&ZoneRecord>,
    ) -> Result<Option<Bitmap>> {
        let first_zone = self.entry.validity.as_ref().map_or(u64::MAX, |v| v.first_zone);
        let expected = record.map(|r| r.validity_hash);
        let Some((path, file)) = validity.filter(|_| zone >= first_zone) else {
            if zone < first_zone && expected.is_some_and(|hash| hash != 0) {
                let path = self.layout.column_file(&self.entry.zones.file);
                self.note_zone(&path, zone, "it has a validity hash and no validity");
            }
            return Ok(None);
        };
        let mut bytes = [0; VALIDITY_LEN];
        let read = file
            .read_exact_at(&mut bytes, (zone - first_zone) * VALIDITY_LEN as u64)
            .map_err(Error::io("read", path));
        self.advance(VALIDITY_LEN as u64)?;
        if self.note(read)?.is_none() {
            return Ok(None);
        }
        let found = hash_seeded(&bytes, seed);
        if let Some(expected) = expected.filter(|expected| *expected != found) {
            let what = format!("the hash of its validity is {found:016x}, and should be {expected:016x}");
            self.note_zone(path, zone, what);
        }
        Ok(Some(Bitmap::from_bytes(&bytes, 0, ZONE_ROWS as usize)))
    }
}

/// What values break a rule of their type, though their hash is right.
fn wrong_contents(view: &View<'_>, value_count: Option<u64>) -> Option<String> {
    if let Values::Bool(bytes) = view.values
        && let Some(row) = bytes.iter().position(|b| *b > 1)
    {
        return Some(format!("the bool in row {row} of the zone is neither 0 nor 1"));
    }
    if let Some(count) = value_count {
        let beyond = |row| view.values.code(row).is_some_and(|code| u64::from(code) >= count);
        if let Some(row) = (0..view.len()).find(|row| view.is_valid(*row) && beyond(*row)) {
            return Some(format!("the code in row {row} of the zone is not in the dictionary"));
        }
    }
    let mut nulls = view.validity?.clone();
    nulls.not_assign();
    let width = view.values.physical().byte_width();
    let bytes = view.values.as_bytes();
    let is_zero = |row: &usize| {
        bytes.get(row * width..(row + 1) * width).is_some_and(|slot| slot.iter().all(|b| *b == 0))
    };
    let row = nulls.ones_iter().find(|row| !is_zero(row))?;
    Some(format!("the null slot in row {row} of the zone is not zero"))
}

/// Equal but for the sign of zero bounds, which may be either.
fn agree(a: &ZoneSummary, b: &ZoneSummary) -> bool {
    let sums = match (a.sum, b.sum) {
        (Sum::Integer(a), Sum::Integer(b)) => a == b,
        (Sum::Float(a), Sum::Float(b)) => a.to_bits() == b.to_bits(),
        _ => false,
    };
    let bounds = match (a.bounds, b.bounds) {
        (Some(Bounds::Float { min: a, max: b }), Some(Bounds::Float { min: c, max: d })) => a == c && b == d,
        (a, b) => a == b,
    };
    let counts = |s: &ZoneSummary| (s.row_count, s.null_count, s.nan_count);
    sums && bounds && counts(a) == counts(b)
}
