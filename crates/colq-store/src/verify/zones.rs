//! Every zone of a column against what was written down of it.

use super::column::{ColumnCheck, Files};
use super::text::{TextCheck, wrong_null_text};
use crate::stored::tail_validity;
use crate::writer::rising::Rising;
use crate::{Error, Result, summary};
use colq_column::{Bitmap, Bounds, Sum, Values, View, ZoneSummary, summarise};
use colq_format::{
    BlockHasher, ColumnType, HEADER_LEN, Sorted, VALIDITY_LEN, VALUE_BLOCK_LEN, ZoneRecord, hash_seeded,
    values_seed,
};
use colq_types::{DataType, RowRange, ZONE_ROWS, zone_count, zone_range};
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

/// What the bytes of a zone give.
struct Found {
    hash: u64,
    summary: ZoneSummary,
    /// What breaks a rule of the type, though the hash may be right.
    wrong: Option<String>,
}

impl ColumnCheck<'_> {
    /// Every zone's values and validity against its record, and the tail's against the version file.
    pub(super) fn zones(
        &mut self,
        files: &Files,
        records: &[Option<ZoneRecord>],
        value_count: Option<u64>,
    ) -> Result<()> {
        let path = &files.values.0;
        let mut memory = Vec::new();
        // The end of the row before, of free text.
        let mut end = 0;
        for zone in 0..zone_count(self.row_count) {
            let rows = zone_range(zone, self.row_count);
            let seed = values_seed(self.entry.id, zone);
            let is_tail = rows.row_count() < ZONE_ROWS;
            let record = records.get(zone as usize).copied().flatten();
            let bits = if is_tail {
                tail_validity(self.entry)
            } else {
                self.zone_validity(zone, seed, files.validity.as_ref(), record.as_ref())?
            };
            let found = match (&files.text, self.column_type) {
                (Some(text), _) => self.texts(&files.values, text, rows, bits, (&mut end, &mut memory)),
                (None, ColumnType::Plain(DataType::Vector { .. })) => {
                    self.vectors(&files.values, rows, bits.as_ref(), &mut memory)
                }
                _ => self.plain(&files.values, rows, bits.as_ref(), value_count, &mut memory),
            };
            // Stopping is no finding.
            if let Err(Error::Cancelled) = found {
                return Err(Error::Cancelled);
            }
            let Some(found) = self.note_in(zone, found)? else { continue };
            let (expected_hash, expected) = match (is_tail, record) {
                (true, _) => (self.entry.tail.hash.0, summary::of_tail(&self.entry.tail, self.column_type)),
                (false, Some(record)) => (record.values_hash, summary::of_record(&record, self.column_type)),
                (false, None) => continue,
            };
            if found.hash != expected_hash {
                let what = format!(
                    "the hash of its values is {:016x}, and should be {expected_hash:016x}",
                    found.hash
                );
                self.note_zone(path, zone, what);
            } else if let Some(what) = found.wrong {
                self.note_zone(path, zone, what);
            } else if !agree(&found.summary, &expected) {
                self.note_zone(path, zone, "its summary is not that of its values");
            }
        }
        if let Some((_, text)) = self.entry.text.as_ref().map(|t| (path, t.byte_len - HEADER_LEN as u64))
            && end != text
        {
            let what = format!("the last offset is {end}, and should be {text}");
            self.note_zone(path, self.row_count.saturating_sub(1) / ZONE_ROWS, what);
        }
        Ok(())
    }

    /// [`ColumnCheck::note`] with the zone.
    fn note_in<T>(&mut self, zone: u64, result: Result<T>) -> Result<Option<T>> {
        let before = self.findings.len();
        let value = self.note(result)?;
        if let Some(new) = self.findings.get_mut(before) {
            new.zone = Some(zone);
        }
        Ok(value)
    }

    fn plain(
        &self,
        (path, file): &(PathBuf, File),
        rows: RowRange,
        bits: Option<&Bitmap>,
        value_count: Option<u64>,
        memory: &mut Vec<u64>,
    ) -> Result<Found> {
        let width = self.column_type.row_width();
        let bytes = read_part(path, file, rows.start * width as u64, rows.len() * width, memory)?;
        self.advance(bytes.len() as u64)?;
        let physical = self.column_type.physical();
        let values = Values::from_bytes(physical, bytes).unwrap_or(Values::U8(&[]));
        let data_type = self.column_type.data_type();
        let view = View { data_type, values, validity: bits, dictionary: None };
        Ok(Found {
            hash: hash_seeded(bytes, values_seed(self.entry.id, rows.zone())),
            summary: summarise(&view),
            wrong: wrong_contents(&view, value_count)
                .or_else(|| wrong_null(bytes, width, bits, 0))
                .or_else(|| self.wrong_order(&view)),
        })
    }

    /// Rows that fall where it is written down that they rise. That zones do is told by their records.
    fn wrong_order(&self, view: &View<'_>) -> Option<String> {
        let rises = view.validity.is_none() && Rising::default().then(view.values).is_unbroken();
        let is_wrong = self.entry.sorted == Some(Sorted::Ascending) && !rises;
        is_wrong.then(|| "its rows do not rise, as those of the column should".into())
    }

    /// Vectors piece by piece: a zone of them may be larger than memory.
    fn vectors(
        &self,
        (path, file): &(PathBuf, File),
        rows: RowRange,
        bits: Option<&Bitmap>,
        memory: &mut Vec<u64>,
    ) -> Result<Found> {
        let width = self.column_type.row_width();
        let most = (VALUE_BLOCK_LEN / width).max(1) as u64;
        let mut hasher = BlockHasher::with_seed(values_seed(self.entry.id, rows.zone()));
        let (mut null_count, mut nan_count, mut wrong) = (0, 0, None);
        let mut start = rows.start;
        while start < rows.end {
            let part = RowRange::new(start, rows.end.min(start + most));
            let bytes = read_part(path, file, start * width as u64, part.len() * width, memory)?;
            self.advance(bytes.len() as u64)?;
            hasher.update(bytes);
            let first = (start - rows.start) as usize;
            let bits = bits.map(|bits| bits.slice(first, part.len()));
            let data_type = self.column_type.data_type();
            let values = Values::of_type(data_type, self.column_type.physical(), bytes);
            let values = values.unwrap_or(Values::U8(&[]));
            let view = View { data_type, values, validity: bits.as_ref(), dictionary: None };
            let summary = summarise(&view);
            null_count += summary.null_count;
            nan_count += summary.nan_count;
            wrong = wrong.or_else(|| wrong_null(bytes, width, bits.as_ref(), first));
            start = part.end;
        }
        let has_bounds = rows.row_count() > null_count + nan_count;
        let bounds = has_bounds.then_some(Bounds::Unknown);
        let row_count = rows.row_count();
        if let Some(blocks) = self.entry.tail.blocks.as_ref().filter(|_| row_count < ZONE_ROWS)
            && blocks.iter().map(|hash| hash.0).ne(hasher.blocks().iter().copied())
        {
            wrong = wrong.or(Some("the hashes of its blocks are not those in the version file".into()));
        }
        let summary = ZoneSummary { row_count, null_count, nan_count, bounds, sum: Sum::Integer(0) };
        Ok(Found { hash: hasher.finish(), summary, wrong })
    }

    /// Free text: the ends of rows, in order and within the text, and the text, which is UTF-8, piece by piece.
    fn texts(
        &self,
        (path, file): &(PathBuf, File),
        (text_path, text_file): &(PathBuf, File),
        rows: RowRange,
        bits: Option<Bitmap>,
        (end, memory): (&mut u64, &mut Vec<u64>),
    ) -> Result<Found> {
        let corrupt = |what: &str, expected: String, found: String| {
            crate::error::zone_corrupt(path, &self.entry.name, rows.zone(), what, expected, found)
        };
        let mut ends = vec![0u64; rows.len() + 1];
        let into = bytemuck::cast_slice_mut(&mut ends);
        file.read_exact_at(into, HEADER_LEN as u64 + rows.start * 8).map_err(Error::io("read", path))?;
        self.advance(rows.row_count() * 8)?;
        let text_len = self.entry.text.as_ref().map_or(0, |t| t.byte_len - HEADER_LEN as u64);
        let (start, last) = (*end, ends.last().copied().unwrap_or(0));
        // The next zone is judged by itself.
        *end = last;
        if ends.first() != Some(&start) {
            let found = ends.first().copied().unwrap_or(0);
            return Err(corrupt("the offset of its first row", start.to_string(), found.to_string()));
        }
        if last < start || last > text_len {
            return Err(corrupt("its last offset", format!("{start} to {text_len}"), last.to_string()));
        }
        let bits = bits.as_ref();
        let mut check = TextCheck::new(&ends, bits, values_seed(self.entry.id, rows.zone()))
            .map_err(|found| corrupt("its text", "sound".into(), found))?;
        while let Some((range, ahead)) = check.next_piece() {
            let bytes = read_part(text_path, text_file, range.start, ahead, memory)?;
            self.advance(range.end - range.start)?;
            check.take(range, bytes);
        }
        let (hash, summary, damage) = check.finish();
        if let Some(found) = damage {
            return Err(corrupt("its text", "sound".into(), found));
        }
        let wrong = wrong_null_text(&ends, bits);
        Ok(Found { hash, summary, wrong })
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

/// So many bytes of a file's contents, aligned for every layout.
fn read_part<'a>(
    path: &Path,
    file: &File,
    offset: u64,
    byte_len: usize,
    memory: &'a mut Vec<u64>,
) -> Result<&'a [u8]> {
    memory.resize(byte_len.div_ceil(8), 0);
    let bytes: &mut [u8] = bytemuck::cast_slice_mut(memory);
    let bytes = bytes.get_mut(..byte_len).unwrap_or(&mut []);
    file.read_exact_at(bytes, HEADER_LEN as u64 + offset).map_err(Error::io("read", path))?;
    Ok(bytes)
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
    None
}

/// A null slot that is not zero; `first` is the row of the zone with which the bytes begin.
fn wrong_null(bytes: &[u8], width: usize, validity: Option<&Bitmap>, first: usize) -> Option<String> {
    let mut nulls = validity?.clone();
    nulls.not_assign();
    let is_zero = |row: &usize| {
        bytes.get(row * width..(row + 1) * width).is_some_and(|slot| slot.iter().all(|b| *b == 0))
    };
    let row = nulls.ones_iter().find(|row| !is_zero(row))?;
    Some(format!("the null slot in row {} of the zone is not zero", first + row))
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
