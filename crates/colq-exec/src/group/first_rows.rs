//! The first row of each group of a partition. Groups are numbered as their first rows come, so these ascend: the place
//! of a row in its zone is enough, beside how many groups have come up to each zone.

use colq_kernels::fetch_lines;
use colq_types::ZONE_ROWS;
use std::ops::Range;

/// The first rows of groups, ascending.
#[derive(Debug, Default)]
pub(super) struct FirstRows {
    /// The place in its zone of the first row of each group.
    places: Vec<u16>,
    /// The zones in which groups have their first rows, and how many groups have come when the zone ends.
    zones: Vec<(u32, u32)>,
}

impl FirstRows {
    /// None, with room for so many.
    pub(super) fn with_capacity(room: usize) -> FirstRows {
        FirstRows { places: Vec::with_capacity(room), zones: Vec::new() }
    }

    /// Adds the first rows of groups that are new: their zone, which none before is behind, and their places in it,
    /// ascending.
    pub(super) fn extend(&mut self, zone: u64, places: impl Iterator<Item = u16>) {
        let before = self.places.len();
        self.places.extend(places);
        if self.places.len() == before {
            return;
        }
        let (zone, end) = (zone as u32, self.places.len() as u32);
        match self.zones.last_mut() {
            Some(last) if last.0 == zone => last.1 = end,
            _ => self.zones.push((zone, end)),
        }
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.places.len()
    }

    /// The groups of each zone that has some.
    pub(super) fn zones(&self) -> impl Iterator<Item = (usize, Range<usize>)> + '_ {
        let starts = std::iter::once(0).chain(self.zones.iter().map(|(_, end)| *end as usize));
        self.zones.iter().zip(starts).map(|((zone, end), start)| (*zone as usize, start..*end as usize))
    }

    /// The places in their zone of these groups.
    pub(super) fn places(&self, groups: Range<usize>) -> &[u16] {
        &self.places[groups]
    }

    /// The rows of these groups.
    pub(super) fn rows(&self, groups: Range<usize>) -> impl Iterator<Item = u64> + '_ {
        let first = self.zones.partition_point(|(_, end)| *end as usize <= groups.start);
        self.rows_from(first, groups)
    }

    /// The same, where the first of these groups has its row in one of the zones with groups from number `first` on, and
    /// seldom far from it.
    pub(super) fn rows_from(&self, first: usize, groups: Range<usize>) -> impl Iterator<Item = u64> + '_ {
        let zones = self.zones.get(first..).unwrap_or(&[]);
        let before = zones.iter().take_while(|(_, end)| *end as usize <= groups.start).count();
        let (mut start, all) = (groups.start, groups.end);
        let own = zones[before..].iter().map_while(move |(zone, end)| {
            let own = start..all.min(*end as usize);
            start = own.end;
            (!own.is_empty()).then_some((*zone, own))
        });
        own.flat_map(|(zone, own)| {
            let base = u64::from(zone) * ZONE_ROWS;
            self.places[own].iter().map(move |place| base + u64::from(*place))
        })
    }

    /// All rows.
    pub(super) fn into_rows(self) -> Vec<u64> {
        // They do not say beforehand how many they are, so the room is made here.
        let mut all = Vec::with_capacity(self.len());
        self.rows(0..self.len()).for_each(|row| all.push(row));
        all
    }

    /// The row of a group; 0 for one that is not there.
    pub(super) fn row(&self, group: usize) -> u64 {
        self.rows(group..(group + 1).min(self.len())).next().unwrap_or(0)
    }

    /// Brings those of these groups into the cache, and their zones, which begin at number `first` of those with groups.
    pub(super) fn fetch(&self, first: usize, groups: Range<usize>) {
        fetch_lines(&self.places[groups]);
        std::hint::black_box(self.zones.get(first).copied());
    }

    /// Bytes owned.
    pub(super) fn byte_len(&self) -> usize {
        self.places.capacity() * size_of::<u16>() + self.zones.capacity() * size_of::<(u32, u32)>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn rows_are_those_that_were_added(
            zones in prop::collection::btree_map(0u64..9, prop::collection::btree_set(any::<u16>(), 0..5), 0..9),
            cut in 0usize..3, picked in (0usize..60, 0usize..60),
        ) {
            let mut rows = FirstRows::default();
            for (zone, places) in &zones {
                // The rows of a zone may come in two calls.
                rows.extend(*zone, places.iter().copied().take(cut));
                rows.extend(*zone, places.iter().copied().skip(cut));
            }
            let row = |zone: u64, place: &u16| zone * ZONE_ROWS + u64::from(*place);
            let all: Vec<u64> =
                zones.iter().flat_map(|(zone, places)| places.iter().map(move |place| row(*zone, place))).collect();
            prop_assert_eq!(rows.len(), all.len());
            prop_assert_eq!(rows.rows(0..all.len()).collect::<Vec<_>>(), &all[..]);
            let (a, b) = (picked.0.min(all.len()), picked.1.min(all.len()));
            let range = a.min(b)..a.max(b);
            prop_assert_eq!(rows.rows(range.clone()).collect::<Vec<_>>(), &all[range.clone()]);
            let zone = all.get(range.start).map_or(0, |row| row / ZONE_ROWS);
            let before = rows.zones().filter(|(own, _)| (*own as u64) < zone).count();
            for first in 0..=before {
                prop_assert_eq!(rows.rows_from(first, range.clone()).collect::<Vec<_>>(), &all[range.clone()]);
            }
            prop_assert!((0..all.len()).all(|group| rows.row(group) == all[group]));
            for (zone, groups) in rows.zones() {
                prop_assert!(!groups.is_empty());
                let own = rows.places(groups.clone()).iter().map(|p| zone as u64 * ZONE_ROWS + u64::from(*p));
                prop_assert!(own.eq(all[groups].iter().copied()));
            }
            prop_assert_eq!(rows.zones().map(|(_, groups)| groups.len()).sum::<usize>(), all.len());
            prop_assert_eq!(rows.into_rows(), all);
        }
    }
}
