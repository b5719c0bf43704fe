//! The groups of all partitions in the order of their first rows, straight from what was kept of them: keys and answers
//! become columns piece by piece, so that no column of all groups is made only to be put in order.

use super::key_texts::{gathered_texts, owned_len};
use super::ordered::{PIECE_GROUPS, PIECE_ZONES, Places, joined};
use super::partition::Counted;
use super::scatter::Values;
use super::{Finish, Grouping, Piece};
use crate::Error;
use crate::pipeline::Run;
use colq_kernels::Partitioning;
use colq_types::ZONE_ROWS;
use std::ops::Range;

/// Pieces a thread in each round.
const PIECES_A_THREAD: usize = 4;

/// Partitions of which the groups of a piece are brought into the cache at once, a few kilobytes each.
const FETCHED_PARTITIONS: usize = 8;

/// The groups of all partitions, and how to tell their answers.
pub(super) struct InOrder<'a> {
    pub(super) grouping: &'a Grouping<'a>,
    pub(super) partitioning: &'a Partitioning,
    pub(super) values: &'a Values,
    pub(super) finish: &'a Finish<'a>,
    pub(super) partitions: Vec<Counted>,
}

/// A zone, and the groups of it that come before a cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Cut {
    zone: usize,
    groups: u64,
}

/// Where pieces begin; `before` is how many groups have their first rows before each zone, and at last how many there
/// are.
fn cuts(before: &[u64]) -> Vec<Cut> {
    let mut cuts: Vec<Cut> = Vec::new();
    // The groups before the piece at hand.
    let mut start = 0;
    for (zone, ends) in before.windows(2).enumerate() {
        let is_wide = cuts.last().is_some_and(|cut| zone - cut.zone >= PIECE_ZONES);
        if ends[0] < ends[1] && (cuts.is_empty() || is_wide && ends[0] > start) {
            start = ends[0];
            cuts.push(Cut { zone, groups: 0 });
        }
        while ends[1] - start > PIECE_GROUPS {
            start += PIECE_GROUPS;
            cuts.push(Cut { zone, groups: start - ends[0] });
        }
    }
    cuts
}

impl InOrder<'_> {
    /// Gives all groups.
    pub(super) fn give(
        &self,
        run: Run<'_>,
        sink: &mut dyn FnMut(Piece) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let starts = self.starts_by_zone(run)?;
        let zone_bytes = self.grouping.pipeline.zone_count() * size_of::<u32>();
        let _claim = run.context.claim(starts.len() * zone_bytes)?;
        let pieces = self.pieces(&starts, run)?;
        let ends = self.ends(&pieces, &starts, run)?;
        let round = run.pool.thread_count() * PIECES_A_THREAD;
        for start in (0..pieces.len()).step_by(round) {
            let count = round.min(pieces.len() - start);
            let done = run.pool.in_order(
                run.context,
                count,
                || (),
                |(), i| {
                    let number = start + i;
                    let (ranges, zones): (_, Vec<_>) = ends.iter().map(|ends| ends.of(number)).unzip();
                    let piece = self.piece(pieces[number].clone(), ranges, &zones)?;
                    let columns = piece.columns.iter().map(owned_len).sum::<usize>();
                    Ok((run.context.claim(columns + piece.first_rows.len() * 8)?, piece))
                },
            )?;
            for (claim, piece) in done {
                drop(claim);
                sink(piece)?;
            }
        }
        Ok(())
    }

    /// How many groups of each partition have their first rows before each zone, and at last how many there are.
    fn starts_by_zone(&self, run: Run<'_>) -> Result<Vec<Vec<u32>>, Error> {
        let zone_count = self.grouping.pipeline.zone_count();
        run.pool.in_order(
            run.context,
            self.partitions.len(),
            || (),
            |(), number| {
                let mut starts = vec![0u32; zone_count + 1];
                for (zone, groups) in self.partitions[number].first_rows.zones() {
                    if let Some(count) = starts.get_mut(zone + 1) {
                        *count = groups.len() as u32;
                    }
                }
                let mut sum = 0;
                for start in &mut starts {
                    sum += *start;
                    *start = sum;
                }
                Ok(starts)
            },
        )
    }

    /// Runs of rows that together hold all groups, a piece each: a zone of the answer, but where that would span too
    /// many zones fewer.
    fn pieces(&self, starts: &[Vec<u32>], run: Run<'_>) -> Result<Vec<Range<u64>>, Error> {
        let zone_count = self.grouping.pipeline.zone_count();
        let before: Vec<u64> =
            (0..=zone_count).map(|zone| starts.iter().map(|starts| u64::from(starts[zone])).sum()).collect();
        let cuts = cuts(&before);
        let rows = run.pool.in_order(
            run.context,
            cuts.len(),
            || vec![0u64; ZONE_ROWS as usize / 64],
            |bits, i| {
                let Cut { zone, groups } = cuts[i];
                Ok(zone as u64 * ZONE_ROWS + self.row_of(zone, groups, starts, bits))
            },
        )?;
        let end = zone_count as u64 * ZONE_ROWS;
        Ok(rows.iter().copied().zip(rows.iter().skip(1).copied().chain([end])).map(|(a, b)| a..b).collect())
    }

    /// The row of a zone before which so many groups of the zone have their first rows.
    fn row_of(&self, zone: usize, groups: u64, starts: &[Vec<u32>], bits: &mut [u64]) -> u64 {
        if groups == 0 {
            return 0;
        }
        bits.fill(0);
        for (partition, starts) in self.partitions.iter().zip(starts) {
            let groups = starts[zone] as usize..starts[zone + 1] as usize;
            for place in partition.first_rows.places(groups) {
                bits[usize::from(place / 64)] |= 1 << (place % 64);
            }
        }
        let mut left = groups as u32;
        for (at, word) in (0u64..).zip(bits) {
            if left < word.count_ones() {
                let rest = (0..left).fold(*word, |word, _| word & word.wrapping_sub(1));
                return at * 64 + u64::from(rest.trailing_zeros());
            }
            left -= word.count_ones();
        }
        ZONE_ROWS
    }

    /// The groups of each partition by piece.
    fn ends(&self, pieces: &[Range<u64>], starts: &[Vec<u32>], run: Run<'_>) -> Result<Vec<Ends>, Error> {
        run.pool.in_order(
            run.context,
            self.partitions.len(),
            || (),
            |(), number| {
                let (first_rows, starts) = (&self.partitions[number].first_rows, &starts[number]);
                let mut zones = first_rows.zones().map(|(zone, _)| zone).peekable();
                let mut passed = 0;
                let ends = pieces.iter().map(|rows| {
                    let zone = (rows.end / ZONE_ROWS) as usize;
                    while zones.next_if(|other| *other < zone).is_some() {
                        passed += 1;
                    }
                    let start = starts[zone] as usize;
                    let end = starts.get(zone + 1).map_or(start, |end| *end as usize);
                    let place = rows.end % ZONE_ROWS;
                    let places = first_rows.places(start..end);
                    ((start + places.partition_point(|at| u64::from(*at) < place)) as u32, passed)
                });
                Ok(Ends(ends.collect()))
            },
        )
    }

    /// The groups in `ranges` of the partitions, which have their first rows in `rows`.
    fn piece(&self, rows: Range<u64>, ranges: Vec<Range<usize>>, zones: &[usize]) -> Result<Piece, Error> {
        let parts = self.partitions.iter().zip(&ranges).zip(zones);
        parts.for_each(|((partition, range), zone)| partition.first_rows.fetch(*zone, range.clone()));
        let places = Places::new(rows, ranges, |at, groups| {
            self.partitions[at].first_rows.rows_from(zones[at], groups)
        });
        let group_count = places.first_rows.len();
        let tallies = &self.values.tallies;
        let (mut keys, mut states) =
            (Keys::new(self.grouping, group_count), tallies.states(group_count, &|_| true));
        // Partition by partition, so that what is kept of a group is fetched once.
        let has_texts = !self.grouping.layout.plain_texts().is_empty();
        let mut partition_of = vec![0u32; if has_texts { group_count } else { 0 }];
        for (at, (partition, range)) in self.partitions.iter().zip(&places.ranges).enumerate() {
            if has_texts {
                places.of(at).iter().for_each(|place| partition_of[*place as usize] = at as u32);
            }
            if at % FETCHED_PARTITIONS == 0 {
                let ahead = self.partitions.iter().zip(&places.ranges).skip(at).take(FETCHED_PARTITIONS);
                ahead.for_each(|(partition, range)| partition.fetch(range.clone()));
            }
            keys.put(self.partitioning, partition, range.clone(), places.of(at));
            tallies.put(&partition.totals, range.clone(), places.of(at), &mut states);
        }
        tallies.share_counts(&mut states);
        let texts_of = |place: usize| {
            let partition = partition_of.get(place).and_then(|at| self.partitions.get(*at as usize));
            partition.map_or(&[][..], |partition| &partition.texts[..])
        };
        let mut columns = self.grouping.key_columns(&keys.ordered, &texts_of);
        let has_apart = states.iter().any(Option::is_none);
        let positions = if has_apart { places.positions() } else { Vec::new() };
        let mut apart = 0;
        for (number, (call, state)) in self.grouping.calls.iter().zip(&mut states).enumerate() {
            columns.push(match state {
                Some(state) => (self.finish)(number, call, state)?,
                None => {
                    let parts = self.partitions.iter().zip(&places.ranges);
                    let parts = parts.filter(|(_, range)| !range.is_empty());
                    let parts = parts.map(|(p, range)| (&p.answers[apart], range));
                    let column = match gathered_texts(parts.clone(), &positions) {
                        Some(texts) => texts,
                        None => joined(parts)?.gather(&positions),
                    };
                    apart += 1;
                    column
                }
            });
        }
        Ok(Piece { columns, first_rows: places.first_rows })
    }
}

/// The groups of a partition that come before the end of each piece, and how many zones with groups lie wholly before it.
struct Ends(Vec<(u32, u32)>);

impl Ends {
    /// The groups of a piece, and the number, among the zones with groups, of the one where the piece begins.
    fn of(&self, piece: usize) -> (Range<usize>, usize) {
        let (start, zone) = piece.checked_sub(1).map_or((0, 0), |last| self.0[last]);
        (start as usize..self.0[piece].0 as usize, zone as usize)
    }
}

/// The keys of a piece in order, in words.
struct Keys {
    ordered: Vec<u64>,
    width: usize,
    words: Vec<u64>,
}

impl Keys {
    fn new(grouping: &Grouping<'_>, group_count: usize) -> Keys {
        let width = grouping.layout.word_count();
        Keys { ordered: vec![0; group_count * width], width, words: Vec::new() }
    }

    /// Puts those of a partition, each into its place.
    fn put(&mut self, partitioning: &Partitioning, partition: &Counted, range: Range<usize>, places: &[u32]) {
        self.words.clear();
        partitioning.keys(&partition.table, partition.number, range, &mut self.words);
        if self.width == 1 {
            places.iter().zip(&self.words).for_each(|(place, word)| self.ordered[*place as usize] = *word);
            return;
        }
        for (place, key) in places.iter().zip(self.words.chunks_exact(self.width)) {
            self.ordered[*place as usize * self.width..][..self.width].copy_from_slice(key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_zones_of_the_answer_but_where_they_are_too_wide() {
        let cut = |zone, groups| Cut { zone, groups };
        assert_eq!(cuts(&[0]), []);
        assert_eq!(cuts(&[0, 0, 0]), []);
        assert_eq!(cuts(&[0, 0, 65_536]), [cut(1, 0)]);
        assert_eq!(cuts(&[0, 65_536, 65_537]), [cut(0, 0), cut(1, 0)]);
        assert_eq!(cuts(&[0, 65_000, 130_000, 131_073]), [cut(0, 0), cut(1, 536), cut(2, 1072)]);
        let mut wide = vec![0, 5];
        wide.resize(2 + PIECE_ZONES, 5);
        wide.extend([6, 6, 7]);
        assert_eq!(cuts(&wide), [cut(0, 0), cut(PIECE_ZONES + 1, 0)]);
    }
}
