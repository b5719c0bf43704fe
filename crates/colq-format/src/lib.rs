//! What the bytes of a table mean: pure functions between byte slices and structs.
//!
//! docs/FORMAT.md draws these bytes to scale; this crate is its executable half. It opens no file, so an
//! error here says what is wrong with some bytes and never where they lie: `colq-store` adds the path.
//!
//! - [`Version`] is the file of one commit: [`Version::decode`] checks frame, checksum, features and every
//!   bound, so that whoever holds a `Version` may trust its numbers;
//! - [`header_of`] and [`header_rows`] are the 4,096 bytes of NumPy in front of every value file;
//! - [`ZoneRecord`] is the summary of a full zone;
//! - [`ColumnType`] is a type as the format names it, [`Stem`] a column's name as a file name;
//! - [`values_seed`], [`block_hashes`] and [`Chain`] are the checksums.

mod checksum;
mod column_type;
mod error;
mod file_name;
mod hex;
mod npy;
mod validate;
mod version;
mod zone;

pub use checksum::{
    BLOCK_LEN, BlockHasher, Chain, Hasher, VALUE_BLOCK_LEN, block_hashes, block_hashes_from, hash,
    hash_seeded, text_hash, values_seed,
};
pub use column_type::ColumnType;
pub use error::FormatError;
pub use file_name::{FileRole, Stem, is_plain_file_name};
pub use hex::{Base64, Hex64, Hex128};
pub use npy::{HEADER_LEN, NpyLayout, ROWS_FIELD, encode_rows, header_of, header_rows};
pub use version::{
    ColumnEntry, DictionaryEntry, FileEntry, HashedFileEntry, NpyFileEntry, Parent, Sorted, Tail,
    ValidityEntry, Version,
};
pub use zone::{RECORD_LEN, VALIDITY_LEN, ZoneRecord};

/// The format that this build writes, and the newest that it reads.
pub const FORMAT: u32 = 1;

/// Rows that a table may have at most: far above what a disk holds, and small enough that no length in bytes
/// made from it overflows.
pub const MAX_ROWS: u64 = 1 << 48;
