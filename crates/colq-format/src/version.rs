//! The file of one commit: which files make the table, how far each is committed, and what each hashes to.
//!
//! The bytes are one line: `{"checksum":"<16 hex>","body":<body>}` and a newline. The checksum is XXH3-64 of
//! the body's bytes as they stand, so nothing depends on how JSON is spelled. Keys that a reader does not
//! know are skipped: a later program may add them under an optional feature.

use crate::checksum::{hash, hash_numbers};
use crate::hex::parse;
use crate::{Base64, ColumnType, FORMAT, FormatError, Hex64, Hex128, validate};
use colq_types::{Field, Schema};
use serde::{Deserialize, Serialize};

/// The body of a version file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Version {
    /// [`FORMAT`].
    pub format: u32,
    /// Features without which the table cannot be understood.
    pub required: Vec<String>,
    /// Features that a reader may ignore.
    pub optional: Vec<String>,
    /// The number of this commit; also the file's name.
    pub version: u64,
    /// The commit that this one followed.
    pub parent: Option<Parent>,
    /// Rows of the table.
    pub row_count: u64,
    /// Rows a zone, 65,536.
    pub zone_rows: u64,
    /// The id that the next new column gets; no id is given twice in the life of a table.
    pub next_column_id: u64,
    /// The columns in order.
    pub columns: Vec<ColumnEntry>,
}

/// The commit before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parent {
    /// Its number.
    pub version: u64,
    /// The checksum of its body.
    pub checksum: Hex64,
}

/// A column and its files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ColumnEntry {
    /// Permanent: a column keeps it when it is renamed, and its hashes are seeded with it.
    pub id: u64,
    /// The name, any text but the empty one.
    pub name: String,
    /// The type as [`ColumnType`] writes it.
    #[serde(rename = "type")]
    pub type_name: String,
    /// The values.
    pub values: NpyFileEntry,
    /// The records of the full zones.
    pub zones: FileEntry,
    /// The running hash over those records.
    pub zones_chain: Hex64,
    /// The validity bits of the full zones; `None` while no full zone has a null.
    pub validity: Option<ValidityEntry>,
    /// The distinct values of a text column that has codes.
    pub dictionary: Option<DictionaryEntry>,
    /// The rows of free text, one after the other; `values` are where they end.
    pub text: Option<NpyFileEntry>,
    /// What is known of the last, unfinished zone.
    pub tail: Tail,
    /// The order in which the rows are known to be by this column.
    pub sorted: Option<Sorted>,
    /// True when the next append must copy the column's files to new ones first.
    pub copy_on_append: bool,
    /// [`ColumnEntry::computed_checksum`].
    pub checksum: Hex64,
}

/// An order that was verified when it was written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Sorted {
    /// No row is below the one before it; nulls are last, NaN before them.
    Ascending,
    /// No row is above the one before it; nulls are first, NaN after them.
    Descending,
}

/// A file and its committed length. The file may be longer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileEntry {
    /// The name in the folder `columns`.
    pub file: String,
    /// Committed bytes.
    pub byte_len: u64,
}

/// A file with a NumPy header.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NpyFileEntry {
    /// The name in the folder `columns`.
    pub file: String,
    /// Committed bytes, the header's 4,096 included.
    pub byte_len: u64,
    /// The row count in the header when this version was written. The header is rewritten after the commit,
    /// so it holds either this or the true count.
    pub header_rows: u64,
}

/// A file with a NumPy header whose committed bytes are hashed in blocks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HashedFileEntry {
    /// The name in the folder `columns`.
    pub file: String,
    /// Committed bytes, the header's 4,096 included.
    pub byte_len: u64,
    /// As in [`NpyFileEntry::header_rows`].
    pub header_rows: u64,
    /// The hashes of the bytes after the header, one for each started block of 1 MiB.
    pub blocks: Vec<Hex64>,
}

/// Validity bits: 8,192 bytes for each full zone from `first_zone` on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ValidityEntry {
    /// The name in the folder `columns`.
    pub file: String,
    /// Committed bytes.
    pub byte_len: u64,
    /// The zones before it have no nulls and no bytes here.
    pub first_zone: u64,
}

/// The two files of a dictionary.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DictionaryEntry {
    /// Distinct values.
    pub value_count: u64,
    /// `value_count + 1` positions as i64.
    pub offsets: HashedFileEntry,
    /// The values in UTF-8, one after the other.
    pub bytes: HashedFileEntry,
}

/// The last, unfinished zone. What it holds changes with each append, so nothing of it but the values lies
/// in bytes that a reader may have mapped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tail {
    /// Rows, 0 to 65,535.
    pub row_count: u64,
    /// Rows that are NULL.
    pub null_count: u64,
    /// Rows that are NaN.
    pub nan_count: u64,
    /// Bits of the smallest value as in a zone record; `None` where every row is null or NaN.
    pub min: Option<Hex64>,
    /// Bits of the largest value.
    pub max: Option<Hex64>,
    /// Bits of the sum as in a zone record.
    pub sum: Hex128,
    /// Hash of the value bytes, seeded as for a full zone.
    pub hash: Hex64,
    /// Of vectors with more than one block, and perhaps not even then: the hashes of all blocks but the last, so
    /// that an append reads the last one only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blocks: Option<Vec<Hex64>>,
    /// One bit a row, LSB first, bits past the last row zero; `None` without nulls.
    pub validity: Option<Base64>,
}

/// Just enough to tell whether the rest may be read.
#[derive(Deserialize)]
struct Preamble {
    format: u64,
    #[serde(default)]
    required: Vec<String>,
}

const BEFORE_CHECKSUM: &[u8] = b"{\"checksum\":\"";
const BEFORE_BODY: &[u8] = b"\",\"body\":";
const AFTER_BODY: &[u8] = b"}\n";

impl Version {
    /// The bytes of the version file, and the checksum in them.
    ///
    /// # Errors
    /// The version breaks a rule of the format (as [`Version::decode`] would say), so it must not be written.
    pub fn encode(&self) -> Result<(Vec<u8>, u64), FormatError> {
        validate::version(self)?;
        let json = |e: serde_json::Error| FormatError::Json { message: e.to_string() };
        let body = serde_json::to_vec(self).map_err(json)?;
        let checksum = hash(&body);
        let mut bytes = Vec::with_capacity(body.len() + 64);
        bytes.extend_from_slice(BEFORE_CHECKSUM);
        bytes.extend_from_slice(Hex64(checksum).to_string().as_bytes());
        bytes.extend_from_slice(BEFORE_BODY);
        bytes.extend_from_slice(&body);
        bytes.extend_from_slice(AFTER_BODY);
        Ok((bytes, checksum))
    }

    /// Reads a version file and checks every rule that its numbers must obey. Gives its checksum too.
    ///
    /// # Errors
    /// [`FormatError`] says what is wrong; [`FormatError::is_unsupported`] tells a later format from damage.
    pub fn decode(bytes: &[u8]) -> Result<(Version, u64), FormatError> {
        let (body, checksum) = unframe(bytes)?;
        let found = hash(body);
        // A fuzzer cannot guess checksums; what lies behind them must stand on its own.
        if found != checksum && !cfg!(fuzzing) {
            return Err(FormatError::Checksum { expected: checksum, found });
        }
        let json = |e: serde_json::Error| FormatError::Json { message: e.to_string() };
        let parsed = serde_json::from_slice(body);
        // A later format is told by its first keys, whatever else cannot be read.
        let preamble = match &parsed {
            Ok(Version { format, required, .. }) => {
                Preamble { format: u64::from(*format), required: required.clone() }
            }
            Err(_) => serde_json::from_slice(body).map_err(json)?,
        };
        if preamble.format > u64::from(FORMAT) {
            return Err(FormatError::NewerFormat { found: preamble.format, known: FORMAT });
        }
        // Format 1 knows no required feature.
        if let Some(name) = preamble.required.into_iter().next() {
            return Err(FormatError::RequiredFeature { name });
        }
        let version: Version = parsed.map_err(json)?;
        validate::version(&version)?;
        Ok((version, checksum))
    }

    /// Names and types of the columns.
    ///
    /// # Errors
    /// A type's name cannot be read; never for a version that came from [`Version::decode`].
    pub fn schema(&self) -> Result<Schema, FormatError> {
        self.columns.iter().map(|c| Ok(Field::new(&c.name, c.column_type()?.data_type()))).collect()
    }
}

impl ColumnEntry {
    /// The type.
    ///
    /// # Errors
    /// The name of the type cannot be read; never for an entry that came from [`Version::decode`].
    pub fn column_type(&self) -> Result<ColumnType, FormatError> {
        ColumnType::parse(&self.name, &self.type_name)
    }

    /// The checksum over all that the column holds: of the chain over the zone records, the tail's row
    /// count, the tail's hash, the hash of the tail's validity bytes (0 without), and the dictionary's hash
    /// (0 without), 8 little-endian bytes each.
    pub fn computed_checksum(&self) -> u64 {
        hash_numbers([
            self.zones_chain.0,
            self.tail.row_count,
            self.tail.hash.0,
            self.tail.validity.as_ref().map_or(0, |bits| hash(&bits.0)),
            self.dictionary.as_ref().map_or(0, DictionaryEntry::hash),
        ])
    }

    /// All files of the column, for listings.
    pub fn files(&self) -> impl Iterator<Item = (&str, u64)> {
        let dictionary = self.dictionary.iter().flat_map(|d| [&d.offsets, &d.bytes]);
        [(self.values.file.as_str(), self.values.byte_len), (self.zones.file.as_str(), self.zones.byte_len)]
            .into_iter()
            .chain(self.validity.iter().map(|v| (v.file.as_str(), v.byte_len)))
            .chain(dictionary.map(|f| (f.file.as_str(), f.byte_len)))
            .chain(self.text.iter().map(|t| (t.file.as_str(), t.byte_len)))
    }
}

impl DictionaryEntry {
    /// The hash of the dictionary: of the value count and of all block hashes, first the offsets', then the
    /// text's.
    pub fn hash(&self) -> u64 {
        let blocks = self.offsets.blocks.iter().chain(&self.bytes.blocks).map(|h| h.0);
        hash_numbers(std::iter::once(self.value_count).chain(blocks))
    }
}

/// The body of a version file and the checksum written before it.
fn unframe(bytes: &[u8]) -> Result<(&[u8], u64), FormatError> {
    let frame = |what, offset| FormatError::Frame { what, offset };
    let rest = bytes.strip_prefix(BEFORE_CHECKSUM).ok_or(frame("its beginning is wrong", 0))?;
    let at = BEFORE_CHECKSUM.len();
    let (digits, rest) = rest.split_at_checked(16).ok_or(frame("it is cut off", bytes.len()))?;
    let checksum = std::str::from_utf8(digits)
        .ok()
        .and_then(|text| parse(text, 16))
        .and_then(|v| u64::try_from(v).ok())
        .ok_or(frame("its checksum is not 16 lower-case hexadecimal digits", at))?;
    let rest = rest.strip_prefix(BEFORE_BODY).ok_or(frame("the key `body` is missing", at + 16))?;
    let body = rest
        .strip_suffix(AFTER_BODY)
        .ok_or(frame("its end is missing or wrong", bytes.len().saturating_sub(AFTER_BODY.len())))?;
    Ok((body, checksum))
}

#[cfg(test)]
pub(crate) mod tests;
