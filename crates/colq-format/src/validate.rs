//! Every rule that the numbers of a version file obey. A checksum does not stop an attacker, so this stands
//! on its own: whoever holds a checked [`Version`] may compute with its numbers without fear.

use crate::{
    BLOCK_LEN, ColumnEntry, ColumnType, DictionaryEntry, FORMAT, FormatError, HEADER_LEN, HashedFileEntry,
    MAX_ROWS, NpyFileEntry, RECORD_LEN, Tail, VALIDITY_LEN, VALUE_BLOCK_LEN, Version, is_plain_file_name,
};
use colq_types::ZONE_ROWS;
use std::borrow::Cow;
use std::collections::HashSet;

/// Text of a dictionary or a column in bytes at most; as for rows, far above what a disk holds.
const MAX_TEXT: u64 = 1 << 48;

/// One rule: `found` must be `expected`.
fn equal<T: PartialEq + ToString>(
    what: impl FnOnce() -> String,
    found: T,
    expected: T,
) -> Result<(), FormatError> {
    if found == expected { Ok(()) } else { Err(FormatError::field(what(), expected, found)) }
}

fn at_most(what: impl FnOnce() -> String, found: u64, most: u64) -> Result<(), FormatError> {
    if found <= most {
        Ok(())
    } else {
        Err(FormatError::field(what(), format_args!("at most {most}"), found))
    }
}

pub(crate) fn version(version: &Version) -> Result<(), FormatError> {
    equal(|| "the format".into(), version.format, FORMAT)?;
    if version.version == 0 {
        return Err(FormatError::field("the version number", "at least 1", 0));
    }
    if let Some(parent) = version.parent
        && parent.version >= version.version
    {
        let expected = format_args!("below {}", version.version).to_string();
        return Err(FormatError::field("the parent's version number", expected, parent.version));
    }
    at_most(|| "the row count".into(), version.row_count, MAX_ROWS)?;
    equal(|| "the rows of a zone".into(), version.zone_rows, ZONE_ROWS)?;
    if version.columns.is_empty() {
        return Err(FormatError::field("the number of columns", "at least 1", 0));
    }
    let (mut ids, mut names, mut files) = (HashSet::new(), HashSet::new(), HashSet::new());
    for entry in &version.columns {
        let name = &entry.name;
        if name.is_empty() {
            return Err(FormatError::field("the name of a column", "some text", "empty"));
        }
        if !names.insert(name.as_str()) {
            return Err(FormatError::field("the name of a column", "given once", name));
        }
        if entry.id >= version.next_column_id || !ids.insert(entry.id) {
            return Err(FormatError::field(
                format!("the id of column `{name}`"),
                "below next_column_id and given once",
                entry.id,
            ));
        }
        for (file, _) in entry.files() {
            if !is_plain_file_name(file) {
                return Err(FormatError::field(
                    format!("a file of column `{name}`"),
                    "a plain file name",
                    file,
                ));
            }
            // File systems that ignore case would make two names one file.
            if !files.insert(lower_case(file)) {
                return Err(FormatError::field(format!("a file of column `{name}`"), "named once", file));
            }
        }
        column(entry, version.row_count)?;
    }
    Ok(())
}

/// Most names are in lower case already.
fn lower_case(name: &str) -> Cow<'_, str> {
    if name.bytes().any(|b| b.is_ascii_uppercase()) {
        Cow::Owned(name.to_ascii_lowercase())
    } else {
        Cow::Borrowed(name)
    }
}

fn column(entry: &ColumnEntry, row_count: u64) -> Result<(), FormatError> {
    let of = |what: &str| format!("{what} of column `{}`", entry.name);
    let column_type = entry.column_type()?;
    let full_zones = row_count / ZONE_ROWS;
    let most = "a row count with which a file is shorter than 2^63 bytes";
    let values_len = column_type.values_len(row_count);
    let values_len = values_len.ok_or_else(|| FormatError::field(of("the row count"), most, row_count))?;
    equal(|| of("the length of the values"), entry.values.byte_len, values_len)?;
    let header_rows = column_type.header_rows(row_count);
    at_most(|| of("the row count in the header"), entry.values.header_rows, header_rows)?;
    equal(|| of("the length of the zones"), entry.zones.byte_len, full_zones * RECORD_LEN as u64)?;
    if let Some(validity) = &entry.validity {
        if validity.first_zone >= full_zones {
            let expected = format!("below {full_zones}");
            return Err(FormatError::field(
                of("the first zone of the validity"),
                expected,
                validity.first_zone,
            ));
        }
        let expected = (full_zones - validity.first_zone) * VALIDITY_LEN as u64;
        equal(|| of("the length of the validity"), validity.byte_len, expected)?;
    }
    match (&entry.dictionary, column_type) {
        (Some(found), ColumnType::Dictionary(_)) => {
            at_most(
                || of("the number of dictionary values"),
                found.value_count,
                column_type.code_limit().unwrap_or(0),
            )?;
            dictionary(found, &of)?;
        }
        (None, ColumnType::Plain(_) | ColumnType::FreeText) => {}
        (found, _) => return Err(presence(of("the dictionary"), found.is_some())),
    }
    match (&entry.text, column_type) {
        (Some(found), ColumnType::FreeText) => text(found, &of)?,
        (None, ColumnType::Plain(_) | ColumnType::Dictionary(_)) => {}
        (found, _) => return Err(presence(of("the text"), found.is_some())),
    }
    tail(&entry.tail, row_count % ZONE_ROWS, &of)?;
    if let Some(blocks) = &entry.tail.blocks {
        let byte_len = entry.tail.row_count * column_type.row_width() as u64;
        let is_vector = column_type.data_type().is_vector();
        let expected = byte_len.div_ceil(VALUE_BLOCK_LEN as u64).saturating_sub(1);
        if !is_vector || expected == 0 {
            return Err(presence(of("the hashes of the tail's blocks"), true));
        }
        equal(|| of("the number of hashes of the tail's blocks"), blocks.len() as u64, expected)?;
    }
    equal(|| of("the checksum"), entry.checksum, crate::Hex64(entry.computed_checksum()))
}

fn dictionary(entry: &DictionaryEntry, of: &dyn Fn(&str) -> String) -> Result<(), FormatError> {
    let offsets = entry.value_count + 1;
    let header = HEADER_LEN as u64;
    equal(|| of("the length of the dictionary's offsets"), entry.offsets.byte_len, header + offsets * 8)?;
    at_most(|| of("the row count in the offsets' header"), entry.offsets.header_rows, offsets)?;
    if entry.bytes.byte_len < header || entry.bytes.byte_len > header + MAX_TEXT {
        let expected = format!("{header} to {}", header + MAX_TEXT);
        return Err(FormatError::field(
            of("the length of the dictionary's text"),
            expected,
            entry.bytes.byte_len,
        ));
    }
    let text_len = entry.bytes.byte_len - header;
    at_most(|| of("the row count in the text's header"), entry.bytes.header_rows, text_len)?;
    for file in [&entry.offsets, &entry.bytes] {
        blocks(file, of)?;
    }
    Ok(())
}

/// Something is there that should not be, or the other way round.
fn presence(what: String, is_present: bool) -> FormatError {
    let word = |is: bool| if is { "present" } else { "absent" };
    FormatError::field(what, word(!is_present), word(is_present))
}

/// The bytes of free text.
fn text(entry: &NpyFileEntry, of: &dyn Fn(&str) -> String) -> Result<(), FormatError> {
    let header = HEADER_LEN as u64;
    if entry.byte_len < header || entry.byte_len > header + MAX_TEXT {
        let expected = format!("{header} to {}", header + MAX_TEXT);
        return Err(FormatError::field(of("the length of the text"), expected, entry.byte_len));
    }
    at_most(|| of("the row count in the text's header"), entry.header_rows, entry.byte_len - header)
}

fn blocks(entry: &HashedFileEntry, of: &dyn Fn(&str) -> String) -> Result<(), FormatError> {
    let expected = (entry.byte_len - HEADER_LEN as u64).div_ceil(BLOCK_LEN as u64);
    equal(|| of("the number of block hashes"), entry.blocks.len() as u64, expected)
}

fn tail(tail: &Tail, row_count: u64, of: &dyn Fn(&str) -> String) -> Result<(), FormatError> {
    equal(|| of("the row count of the tail"), tail.row_count, row_count)?;
    at_most(|| of("the number of nulls in the tail"), tail.null_count, row_count)?;
    at_most(|| of("the number of NaN in the tail"), tail.nan_count, row_count - tail.null_count)?;
    let has_bounds = tail.null_count + tail.nan_count < row_count;
    if tail.min.is_some() != has_bounds || tail.max.is_some() != has_bounds {
        let word = if has_bounds { "present" } else { "absent" };
        return Err(FormatError::field(of("the bounds of the tail"), word, "not so"));
    }
    let Some(bits) = &tail.validity else {
        return equal(|| of("the number of nulls in a tail without validity"), tail.null_count, 0);
    };
    equal(|| of("the length of the tail's validity"), bits.0.len() as u64, row_count.div_ceil(8))?;
    let ones: u64 = bits.0.iter().map(|b| u64::from(b.count_ones())).sum();
    equal(|| of("the number of values in the tail's validity"), ones, row_count - tail.null_count)?;
    if tail.null_count == 0 {
        return Err(FormatError::field(of("the tail's validity"), "absent without nulls", "present"));
    }
    let past_end = bits.0.last().map_or(0, |last| last.checked_shr((row_count % 8) as u32).unwrap_or(0));
    if !row_count.is_multiple_of(8) && past_end != 0 {
        return Err(FormatError::field(of("a bit past the end of the tail's validity"), 0, 1));
    }
    Ok(())
}
