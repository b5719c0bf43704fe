//! Column names to file names that are harmless on every file system, whatever the column is called.
//!
//! The mapping is a convenience for people who look into the folder; the version file alone says which file
//! belongs to which column.

use crate::checksum::hash;
use std::fmt::Write as _;

/// What a file of a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FileRole {
    /// The values, or the codes of text.
    Values,
    /// The records of the full zones.
    Zones,
    /// The validity bits of the full zones.
    Validity,
    /// Where the values of the dictionary begin and end.
    DictionaryOffsets,
    /// The text of the dictionary.
    DictionaryBytes,
    /// Where the rows of free text end.
    TextOffsets,
    /// The rows of free text, one after the other.
    TextBytes,
}

impl FileRole {
    /// What stands after the stem.
    pub const fn suffix(self) -> &'static str {
        match self {
            FileRole::Values => ".npy",
            FileRole::Zones => ".zones",
            FileRole::Validity => ".valid",
            FileRole::DictionaryOffsets => ".dict.offsets.npy",
            FileRole::DictionaryBytes => ".dict.bytes.npy",
            FileRole::TextOffsets => ".offsets.npy",
            FileRole::TextBytes => ".bytes.npy",
        }
    }
}

/// Longest escaped name that is used as it is: with generation and suffix it stays far below 255 bytes.
const LONGEST: usize = 100;

/// Of a longer name, how much stands before its hash.
const LONG_PREFIX: usize = 64;

/// The part of a file name that comes from the column's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stem(String);

impl Stem {
    /// The stem of a column name: bytes other than `A-Z a-z 0-9 _ -` as `%` and two upper-case digits; more
    /// than 100 bytes become the first 64 or so, `~x` and the name's XXH3-64.
    pub fn of(column_name: &str) -> Stem {
        let mut stem = String::with_capacity(column_name.len());
        let mut prefix_len = 0;
        for byte in column_name.bytes() {
            if stem.len() <= LONG_PREFIX {
                prefix_len = stem.len();
            }
            if byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-' {
                stem.push(char::from(byte));
            } else {
                // Writing to a String cannot fail.
                let _ = write!(stem, "%{byte:02X}");
            }
        }
        if stem.len() > LONGEST {
            stem.truncate(prefix_len);
            let _ = write!(stem, "~x{:016x}", hash(column_name.as_bytes()));
        }
        Stem(stem)
    }

    /// The name of one file: generation 1 is the plain name, later ones add `~generation`.
    pub fn file_name(&self, generation: u64, role: FileRole) -> String {
        match generation {
            0 | 1 => format!("{}{}", self.0, role.suffix()),
            later => format!("{}~{later}{}", self.0, role.suffix()),
        }
    }
}

/// True for names that [`Stem::file_name`] can give: one plain file in the folder itself, never hidden, no
/// separator, not `..`.
pub fn is_plain_file_name(name: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'%' | b'~' | b'.');
    !name.is_empty() && name.len() <= 255 && !name.starts_with('.') && name.bytes().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_escaped() {
        let name = |column: &str| Stem::of(column).file_name(1, FileRole::Values);
        assert_eq!(name("fare"), "fare.npy");
        assert_eq!(name("../x"), "%2E%2E%2Fx.npy");
        assert_eq!(name("fare~2"), "fare%7E2.npy");
        assert_eq!(name("é"), "%C3%A9.npy");
        assert_eq!(Stem::of("fare").file_name(2, FileRole::Zones), "fare~2.zones");
    }

    #[test]
    fn long_names_are_hashed_and_stay_apart() {
        let (a, b) = ("é".repeat(200), format!("{}x", "é".repeat(200)));
        let (a, b) = (Stem::of(&a), Stem::of(&b));
        assert_ne!(a, b);
        assert!(a.0.len() < LONGEST, "{a:?}");
        assert!(!a.0[..a.0.find('~').unwrap()].ends_with('%'));
        assert!(is_plain_file_name(&a.file_name(u64::MAX, FileRole::DictionaryOffsets)));
    }

    #[test]
    fn whatever_leaves_the_folder_is_no_plain_name() {
        for bad in ["", ".", "..", ".hidden", "a/b", "/a", "a\\b", "a\0", "a b", "é.npy"] {
            assert!(!is_plain_file_name(bad), "{bad}");
        }
    }
}
