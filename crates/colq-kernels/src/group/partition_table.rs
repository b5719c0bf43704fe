//! The groups of one partition of rows, found by the places that keys are, or by their hash.
//!
//! Law: rows with equal keys have one group, and groups are numbered from 0 in the order of their first rows. Naive twin: a
//! list of the keys met, gone through for each row.

use super::fetch::fetch_lines;
use super::partition::{PartitionRows, ZONE_BITS};
use super::tagged::TaggedTable;

/// The groups of one partition, numbered from 0 in the order in which they are first seen.
#[derive(Debug, Clone)]
pub enum PartitionTable {
    /// Keys are places.
    Direct {
        /// The group number plus one of each place, 0 for none.
        slots: Vec<u32>,
        /// The place of each group.
        codes: Vec<u32>,
    },
    /// Keys are places, and the rows of a group go by its place and not by a number.
    Placed {
        /// The place of each group.
        codes: Vec<u32>,
    },
    /// Keys are looked up by their hash.
    Hashed(TaggedTable),
}

/// Gives the group of each row whose code has its place, making new groups where needed.
fn number_places<C: Copy + Into<u64>>(
    rows: &[C],
    slots: &mut [u32],
    codes: &mut Vec<u32>,
    groups: &mut Vec<u32>,
    fresh: &mut Vec<u32>,
) {
    // Whether a key is new is hard to foresee, so there is no branch: what is not new is written over.
    let (start, count) = (codes.len(), rows.len());
    codes.resize(start + count, 0);
    fresh.resize(count, 0);
    groups.resize(count, 0);
    let (new_codes, new_rows) = (&mut codes[start..], &mut fresh[..]);
    let mut made = 0;
    for ((at, row), group) in (0u32..).zip(rows).zip(groups.iter_mut()) {
        let code = ((*row).into() >> ZONE_BITS) as u32;
        let slot = &mut slots[code as usize];
        let is_new = *slot == 0;
        if let (Some(new_code), Some(new_row)) = (new_codes.get_mut(made), new_rows.get_mut(made)) {
            (*new_code, *new_row) = (code, at);
        }
        made += usize::from(is_new);
        *slot = std::hint::select_unpredictable(is_new, (start + made) as u32, *slot);
        *group = *slot - 1;
    }
    codes.truncate(start + made);
    fresh.truncate(made);
}

impl PartitionTable {
    /// Groups met so far.
    pub fn len(&self) -> usize {
        match self {
            PartitionTable::Direct { codes, .. } | PartitionTable::Placed { codes } => codes.len(),
            PartitionTable::Hashed(table) => table.len(),
        }
    }

    /// True without groups.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Gives the group of each row of the partition, making new groups where needed; `fresh` becomes the places of the
    /// rows that made one, in order. Where groups go by their places those are given, and `fresh` stays empty: whoever
    /// keeps the records finds what is new, and says so by [`PartitionTable::found`].
    pub fn assign(&mut self, rows: PartitionRows<'_>, groups: &mut Vec<u32>, fresh: &mut Vec<u32>) {
        fresh.clear();
        match self {
            PartitionTable::Direct { slots, codes } => match rows.codes.is_empty() {
                true => number_places(rows.keys, slots, codes, groups, fresh),
                false => number_places(rows.codes, slots, codes, groups, fresh),
            },
            PartitionTable::Placed { .. } => {
                groups.clear();
                groups.extend(rows.keys.iter().map(|key| (*key >> ZONE_BITS) as u32));
                groups.extend(rows.codes.iter().map(|code| *code >> ZONE_BITS));
            }
            PartitionTable::Hashed(table) => table.assign(rows.keys, groups, fresh),
        }
    }

    /// Takes the places that are new, of groups that go by their places.
    pub fn found(&mut self, new: impl Iterator<Item = u32>) {
        if let PartitionTable::Placed { codes } = self {
            codes.extend(new);
        }
    }

    /// The place of each group, of groups that go by their places.
    pub fn places(&self) -> Option<&[u32]> {
        match self {
            PartitionTable::Placed { codes } => Some(codes),
            _ => None,
        }
    }

    /// Reads everything that finds groups once, from the first to the last: so it comes into the cache faster than group
    /// by group.
    pub fn fetch(&self) {
        match self {
            PartitionTable::Direct { slots, .. } => fetch_lines(slots),
            PartitionTable::Hashed(table) => table.fetch(),
            PartitionTable::Placed { .. } => {}
        }
    }

    /// Brings the keys of these groups into the cache.
    pub fn fetch_keys(&self, groups: std::ops::Range<usize>) {
        match self {
            PartitionTable::Direct { codes, .. } | PartitionTable::Placed { codes } => {
                fetch_lines(&codes[groups])
            }
            PartitionTable::Hashed(table) => {
                let width = table.keys().len().checked_div(table.len()).unwrap_or(0);
                fetch_lines(&table.keys()[groups.start * width..groups.end * width]);
            }
        }
    }

    /// Lets go of what only further rows would need. No row may follow.
    pub fn seal(&mut self) {
        match self {
            PartitionTable::Direct { slots, .. } => *slots = Vec::new(),
            PartitionTable::Placed { .. } => {}
            PartitionTable::Hashed(table) => table.seal(),
        }
    }

    /// Bytes owned.
    pub fn byte_len(&self) -> usize {
        match self {
            PartitionTable::Direct { slots, codes } => (slots.capacity() + codes.capacity()) * 4,
            PartitionTable::Placed { codes } => codes.capacity() * 4,
            PartitionTable::Hashed(table) => table.byte_len(),
        }
    }
}
