//! Exact quantiles of groups while most values are only counted: a sample says between which two words the quantile of
//! each group is likely to stand, and only the words in between are kept.
//!
//! Law: whatever the bracket, [`BracketSums::search`] gives either the words around the quantile of all words of the
//! group, or a narrower bracket that holds them. So the answer depends on no sample. The idea is that of Floyd and
//! Rivest (Communications of the ACM 18, 1975).

#[cfg(test)]
mod tests;

mod ungrouped;

pub use ungrouped::count_around;

use super::accumulator::Found;
use super::ledger::BLOCK_ROWS;
use super::part::Part;
use super::place::{Around, Place};
use crate::Error;
use crate::digits::{Ordered, ROWS, native_words, over_words};
use crate::processor::vectorised;
use colq_column::{Values, View};

/// How many standard deviations the ends of a bracket are away from where the sample has the quantile. One group of
/// thirty thousand has to be looked for once more.
const DEVIATIONS: f64 = 4.0;

/// Smaller samples say nothing.
const FEWEST: usize = 16;

/// Two words; those strictly in between are kept, others are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bracket {
    low: u64,
    high: u64,
}

impl Bracket {
    /// True where no word from `low` to `high` is kept or at an end.
    pub fn misses(self, low: u64, high: u64) -> bool {
        high < self.low || self.high < low
    }

    /// Keeps every word but the lowest and the highest that there can be, which are counted.
    pub const WHOLE: Bracket = Bracket { low: 0, high: u64::MAX };

    /// Keeps nothing.
    pub const EMPTY: Bracket = Bracket { low: u64::MAX, high: 0 };

    /// Where the quantile of a group is likely to stand, by a sample of its words, which come out in another order.
    pub fn likely(place: Place, sample: &mut [u64]) -> Bracket {
        let (Place::Between(q) | Place::At(q)) = place;
        if sample.len() < FEWEST {
            return Bracket::WHOLE;
        }
        let len = sample.len() as f64;
        let margin = DEVIATIONS * (len * q * (1.0 - q)).sqrt() + 1.0;
        let (first, last) = ((q * len - margin).floor(), (q * len + margin).ceil());
        let last = (last < len).then_some(last as usize);
        let first = (first >= 0.0).then_some(first as usize);
        let high = match last {
            Some(last) => *sample.select_nth_unstable(last).1,
            None => u64::MAX,
        };
        let rest = &mut sample[..last.unwrap_or(usize::MAX).min(len as usize)];
        let low = match first {
            Some(first) if first < rest.len() => *rest.select_nth_unstable(first).1,
            _ => 0,
        };
        Bracket { low, high }
    }
}

/// The bracket of one group, and how many of its words were seen: two counts of 32 bits side by side in a word.
#[derive(Debug, Clone, Copy)]
struct Counted {
    low: u64,
    /// From the lower end to the higher one.
    width: u64,
    /// Words below the lower end, and from bit 32 on all.
    seen: u64,
    /// Words at the lower end, and from bit 32 on those from there up to the higher end.
    near: u64,
}

/// The brackets of all groups, and what some rows, fewer than 2^32, have added to them.
#[derive(Debug, Clone)]
pub struct Brackets {
    groups: Vec<Counted>,
    /// Words of rows that are no neighbours.
    words: Vec<u64>,
}

impl Brackets {
    /// No rows yet.
    pub fn new(brackets: &[Bracket]) -> Brackets {
        let counted = |bracket: &Bracket| Counted {
            low: bracket.low,
            width: bracket.high.wrapping_sub(bracket.low),
            seen: 0,
            near: 0,
        };
        Brackets { groups: brackets.iter().map(counted).collect(), words: Vec::new() }
    }

    /// Adds the words of rows of a view, whose groups these are. Those within the bracket of their group go to `kept`.
    ///
    /// # Errors
    /// As [`native_words`](crate::native_words).
    pub fn add(
        &mut self,
        groups: &[u32],
        view: &View<'_>,
        part: Part<'_>,
        kept: &mut Vec<(u32, u64)>,
    ) -> Result<(), Error> {
        match part {
            Part::From(start) => over_words!(view, values => {
                add_rows(&mut self.groups, groups, values.get(start..).unwrap_or(&[]), kept);
            }),
            Part::At(_) => {
                self.words.resize(groups.len(), 0);
                native_words(view, part, &mut self.words)?;
                add_rows(&mut self.groups, groups, &self.words, kept);
            }
        }
        Ok(())
    }

    /// Adds the counts to those of all rows so far, and starts again.
    pub fn drain_into(&mut self, sums: &mut [BracketSums]) {
        let halves = |word: u64| [word & u64::from(u32::MAX), word >> u32::BITS];
        for (sums, own) in sums.iter_mut().zip(&mut self.groups) {
            let [below, all] = halves(std::mem::take(&mut own.seen));
            let [at_low, near] = halves(std::mem::take(&mut own.near));
            sums.add([below, below + at_low, below + near, all]);
        }
    }

    /// Bytes owned.
    pub fn byte_len(&self) -> usize {
        self.groups.capacity() * size_of::<Counted>() + self.words.capacity() * size_of::<u64>()
    }
}

/// Adds rows, a group and a value each.
fn add_rows<T: Ordered>(counted: &mut [Counted], groups: &[u32], values: &[T], kept: &mut Vec<(u32, u64)>) {
    let mut near = [0u32; BLOCK_ROWS];
    for (groups, values) in groups.chunks(BLOCK_ROWS).zip(values.chunks(BLOCK_ROWS)) {
        let len = count_seen(counted, groups, values, &mut near);
        let start = kept.len();
        kept.resize(start + len, (0, 0));
        let near = near.get(..len).unwrap_or(&[]);
        let len = count_near(counted, groups, values, near, kept.get_mut(start..).unwrap_or(&mut []));
        kept.truncate(start + len);
    }
}

vectorised! {
    /// Counts a block of rows and which of them are below their bracket. The numbers of those that are neither below nor
    /// above go to `near`; the answer is how many.
    fn count_seen<T: Ordered>(
        counted: &mut [Counted],
        groups: &[u32],
        values: &[T],
        near: &mut [u32; BLOCK_ROWS],
    ) -> usize {
        let mut words = [0u64; ROWS];
        let (mut row, mut len) = (0, 0);
        let (mut groups, mut values) = (groups, values);
        // Chunks of a fixed length need no end to be asked for.
        while let (Some((some_groups, more_groups)), Some((some, more))) =
            (groups.split_first_chunk::<ROWS>(), values.split_first_chunk::<ROWS>())
        {
            for at in 0..ROWS {
                words[at] = some[at].word();
            }
            for eight in 0..ROWS / 8 {
                for at in eight * 8..eight * 8 + 8 {
                    len += seen(counted, some_groups[at], words[at], row + at as u32, near, len);
                }
            }
            row += ROWS as u32;
            (groups, values) = (more_groups, more);
        }
        for (group, value) in groups.iter().zip(values) {
            len += seen(counted, *group, value.word(), row, near, len);
            row += 1;
        }
        len
    }
}

/// Counts a row; 1 where its word is neither below nor above.
#[inline(always)]
fn seen(
    counted: &mut [Counted],
    group: u32,
    word: u64,
    row: u32,
    near: &mut [u32; BLOCK_ROWS],
    len: usize,
) -> usize {
    let Some(own) = counted.get_mut(group as usize) else { return 0 };
    let (above, is_below) = word.overflowing_sub(own.low);
    own.seen += (1 << u32::BITS) + u64::from(is_below);
    // Written whether or not it is wanted, so that no branch has to be guessed.
    near[len % BLOCK_ROWS] = row;
    usize::from(above <= own.width)
}

vectorised! {
    /// Counts the rows of a block that are at an end of their bracket. Words strictly within go to `room`; the answer is
    /// how many.
    fn count_near<T: Ordered>(
        counted: &mut [Counted],
        groups: &[u32],
        values: &[T],
        near: &[u32],
        room: &mut [(u32, u64)],
    ) -> usize {
        let mut len = 0;
        for row in near {
            let row = *row as usize;
            let (Some(group), Some(value)) = (groups.get(row), values.get(row)) else { continue };
            let Some(own) = counted.get_mut(*group as usize) else { continue };
            let word = value.word();
            let above = word.wrapping_sub(own.low);
            own.near += (1 << u32::BITS) + u64::from(above == 0);
            if let Some(place) = room.get_mut(len) {
                *place = (*group, word);
            }
            len += usize::from((above != 0) & (above != own.width));
        }
        len
    }
}

/// What became of the search for a quantile.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Search {
    /// The group has no value.
    Nothing,
    /// The words around the quantile.
    Found(Found<u64>),
    /// They are between these, or are these.
    Open(Bracket),
}

/// What is known of the words of one group after all rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct BracketSums {
    /// Words below the lower end, up to it, up to the higher end, and all.
    counts: [u64; 4],
}

/// A word by its number among all in order.
#[derive(Debug, Clone, Copy)]
enum Word {
    Below,
    Known(u64),
    Above,
}

impl BracketSums {
    /// Adds words below the lower end, up to it, up to the higher end, and all.
    fn add(&mut self, more: [u64; 4]) {
        self.counts.iter_mut().zip(more).for_each(|(sum, more)| *sum += more);
    }

    /// Adds what was counted of other rows.
    pub fn merge(&mut self, other: &BracketSums) {
        self.add(other.counts);
    }

    /// Adds so many words, which are at least `low` and which the bracket [misses](Bracket::misses).
    pub fn add_missed(&mut self, bracket: Bracket, low: u64, count: u64) {
        let below = if low < bracket.low { count } else { 0 };
        self.add([below, below, below, count]);
    }

    /// Finds the quantile among all words of a group. `kept` are those within the bracket, in any order, and come out
    /// in another one.
    pub fn search(&self, place: Place, bracket: Bracket, kept: &mut [u64]) -> Search {
        let Some(Around { low, high, part }) = place.among(self.counts[3]) else { return Search::Nothing };
        let lower = self.word(low, bracket, kept);
        let higher = if high == low { lower } else { self.word(high, bracket, kept) };
        if let (Word::Known(low), Word::Known(high)) = (lower, higher) {
            return Search::Found(Found { low, high, part });
        }
        // Both are on one side of what is known, or just where it ends.
        Search::Open(Bracket {
            low: match lower {
                Word::Known(low) => low,
                Word::Below => 0,
                Word::Above => bracket.high,
            },
            high: match higher {
                Word::Known(high) => high,
                Word::Above => u64::MAX,
                Word::Below => bracket.low,
            },
        })
    }

    fn word(&self, number: u64, bracket: Bracket, kept: &mut [u64]) -> Word {
        let [below, to_low, to_high, _] = self.counts;
        if number < below {
            return Word::Below;
        }
        if number < to_low {
            return Word::Known(bracket.low);
        }
        let within = (number - to_low) as usize;
        if within < kept.len() {
            return Word::Known(*kept.select_nth_unstable(within).1);
        }
        if number < to_high { Word::Known(bracket.high) } else { Word::Above }
    }
}
