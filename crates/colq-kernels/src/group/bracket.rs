//! Exact quantiles of groups while most values are only counted: a sample says between which two words the quantile of
//! each group is likely to stand, and only the words in between are kept.
//!
//! Law: whatever the bracket, [`BracketSums::search`] gives either the words around the quantile of all words of the
//! group, or a narrower bracket that holds them. So the answer depends on no sample. The idea is that of Floyd and
//! Rivest (Communications of the ACM 18, 1975).

#[cfg(test)]
mod tests;

use super::accumulator::Found;
use super::ledger::BLOCK_ROWS;
use super::place::{Around, Place};
use crate::processor::vectorised;

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
    bracket: Bracket,
    /// Words below the lower end, and from bit 32 on those up to it.
    lower: u64,
    /// Words up to the higher end, and from bit 32 on all.
    upper: u64,
}

/// The brackets of all groups, and what some rows, fewer than 2^32, have added to them.
#[derive(Debug, Clone)]
pub struct Brackets {
    groups: Vec<Counted>,
    /// Room for what a block of rows may keep.
    room: Vec<(u32, u64)>,
}

impl Brackets {
    /// No rows yet.
    pub fn new(brackets: &[Bracket]) -> Brackets {
        let counted = |bracket: &Bracket| Counted { bracket: *bracket, lower: 0, upper: 0 };
        Brackets { groups: brackets.iter().map(counted).collect(), room: vec![(0, 0); BLOCK_ROWS] }
    }

    /// Adds the words of a block of rows, a group and a word each. Those within the bracket of their group go to `kept`.
    pub fn add(&mut self, groups: &[u32], words: &[u64], kept: &mut Vec<(u32, u64)>) {
        for (groups, words) in groups.chunks(BLOCK_ROWS).zip(words.chunks(BLOCK_ROWS)) {
            let len = add_block(&mut self.groups, groups, words, &mut self.room);
            kept.extend_from_slice(self.room.get(..len).unwrap_or(&[]));
        }
    }

    /// Adds the counts to those of all rows so far, and starts again.
    pub fn drain_into(&mut self, sums: &mut [BracketSums]) {
        let halves = |word: u64| [word & u64::from(u32::MAX), word >> u32::BITS];
        for (sums, own) in sums.iter_mut().zip(&mut self.groups) {
            let [below, to_low] = halves(std::mem::take(&mut own.lower));
            let [to_high, all] = halves(std::mem::take(&mut own.upper));
            sums.counts.iter_mut().zip([below, to_low, to_high, all]).for_each(|(sum, more)| *sum += more);
        }
    }

    /// Bytes owned.
    pub fn byte_len(&self) -> usize {
        self.groups.capacity() * size_of::<Counted>() + self.room.capacity() * size_of::<(u32, u64)>()
    }
}

vectorised! {
    /// Adds rows, not more than there is room for, and says how many words are kept.
    fn add_block(counted: &mut [Counted], groups: &[u32], words: &[u64], room: &mut [(u32, u64)]) -> usize {
        let mut len = 0;
        for (group, word) in groups.iter().zip(words) {
            let Some(own) = counted.get_mut(*group as usize) else { continue };
            let Bracket { low, high } = own.bracket;
            own.lower += u64::from(*word < low) | u64::from(*word <= low) << u32::BITS;
            own.upper += u64::from(*word <= high) | 1 << u32::BITS;
            // Written whether or not it is kept, so that no branch has to be guessed.
            if let Some(place) = room.get_mut(len) {
                *place = (*group, *word);
            }
            len += usize::from((*word > low) & (*word < high));
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
