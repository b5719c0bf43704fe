//! The order of rows by the words of their keys.
//!
//! Law: the positions of all rows, ascending by their stages of a [`SortLayout`] one after the other; rows that tie on
//! all of them keep their order. Naive twin: a stable sort with a comparison of scalars.
//!
//! A level sorts one word: as many of its varying bits as fit are packed with the position into one number; the top
//! ones are sorted by counting, runs of rows that agree on these by comparison, and rows that agree on the whole word
//! go to the next level.

use super::key::{SortLayout, Stage};
use crate::processor::vectorised;
use std::cmp::Ordering;

/// Below this many rows a comparison sort is faster than counting.
const COUNTING_ROWS: usize = 256;

/// Runs of equal words up to this long are compared row by row; longer ones get a level of their own.
const COMPARED_ROWS: usize = 64;

/// Bits sorted by one pass of counting: 2,048 counters lie in the first-level cache.
const DIGIT_BITS: u32 = 11;

/// Bits sorted by counting beyond those that tell the rows apart where they are spread evenly.
const SPARE_BITS: u32 = 6;

/// The texts of rows, one after the other.
#[derive(Debug, Clone, Copy)]
pub struct SortTexts<'a> {
    /// One more than rows.
    pub offsets: &'a [u64],
    /// All texts.
    pub bytes: &'a [u8],
}

impl<'a> SortTexts<'a> {
    pub(super) fn get(&self, row: u32) -> &'a [u8] {
        let at = row as usize;
        let ends = self.offsets.get(at).zip(self.offsets.get(at + 1));
        ends.and_then(|(start, end)| self.bytes.get(*start as usize..*end as usize)).unwrap_or(&[])
    }
}

/// The rows to be sorted, and memory that is used again.
struct Rows<'a> {
    stages: &'a [Stage],
    words: &'a [&'a [u64]],
    texts: &'a [SortTexts<'a>],
}

/// A place in the stages: a stage, and the word in it.
#[derive(Debug, Clone, Copy)]
struct Level {
    stage: usize,
    word: usize,
}

/// The positions of `row_count` rows in their order. `words` has a slice for each word of the layout; `texts` the texts of its
/// [text keys](SortLayout::text_keys), those of NULLs empty.
pub fn sort_rows(
    layout: &SortLayout,
    words: &[&[u64]],
    texts: &[SortTexts<'_>],
    row_count: usize,
) -> Vec<u32> {
    let mut order: Vec<u32> = (0..row_count as u32).collect();
    let rows = Rows { stages: &layout.stages, words, texts };
    rows.sort(Level { stage: 0, word: 0 }, &mut order);
    order
}

impl Rows<'_> {
    /// The level behind this one.
    fn next(&self, level: Level) -> Level {
        match self.stages.get(level.stage) {
            Some(Stage::Words { end, .. }) if level.word + 1 < *end => {
                Level { word: level.word + 1, ..level }
            }
            _ => {
                let stage = level.stage + 1;
                let word = match self.stages.get(stage) {
                    Some(Stage::Words { start, .. }) => *start,
                    _ => 0,
                };
                Level { stage, word }
            }
        }
    }

    /// Sorts positions, which ascend, by this level and those behind it.
    fn sort(&self, mut level: Level, order: &mut [u32]) {
        if order.len() < 2 {
            return;
        }
        loop {
            match self.stages.get(level.stage) {
                None => return,
                Some(Stage::Words { start, .. }) => {
                    let index = level.word.max(*start);
                    let word = self.words.get(index).copied().unwrap_or(&[]);
                    // Positions ascend, so as many as there are rows are all of them.
                    let Seen { ones, zeros, falls } = if order.len() == word.len() {
                        see(word)
                    } else {
                        see_some(order.iter().map(|position| word[*position as usize]))
                    };
                    let is_sorted = falls == 0;
                    let varying = ones ^ zeros;
                    if varying != 0 {
                        let level = Level { word: index, ..level };
                        return if is_sorted {
                            self.ties(level, word, order)
                        } else if falls + 1 == order.len() {
                            // Every row is below the one before it: none tie.
                            order.reverse()
                        } else if order.len() < COUNTING_ROWS {
                            order.sort_unstable_by(|a, b| self.compare(level, *a, *b))
                        } else {
                            self.sort_word(level, word, varying, order)
                        };
                    }
                }
                Some(Stage::Text { .. }) => {
                    order.sort_unstable_by(|a, b| self.compare(level, *a, *b));
                    return;
                }
            }
            // All rows agree.
            level = self.next(level);
        }
    }

    /// Rows are in the order of this word; those that agree on it are sorted by what is behind.
    fn ties(&self, level: Level, word: &[u64], order: &mut [u32]) {
        let next = self.next(level);
        if self.stages.get(next.stage).is_none() {
            return;
        }
        for run in order.chunk_by_mut(|a, b| word[*a as usize] == word[*b as usize]) {
            if run.len() > COMPARED_ROWS {
                self.sort(next, run);
            } else if run.len() > 1 {
                run.sort_unstable_by(|a, b| self.compare(next, *a, *b));
            }
        }
    }

    /// Sorts by a word of which these bits are not the same in all rows.
    fn sort_word(&self, level: Level, word: &[u64], varying: u64, order: &mut [u32]) {
        let (low, width) =
            (varying.trailing_zeros(), 64 - varying.leading_zeros() - varying.trailing_zeros());
        // A position in `order`, not a row: they ascend together, and there are no more than needed.
        let place_bits = usize::BITS - (order.len() - 1).leading_zeros();
        let kept = width.min(64 - place_bits);
        let dropped = low + (width - kept);
        let mask = u64::MAX >> (64 - kept);
        let is_whole = order.len() == word.len();
        let mut packed = Vec::new();
        if is_whole {
            pack_words(word, dropped, mask, place_bits, &mut packed);
        } else {
            let words = order.iter().map(|row| word[*row as usize]);
            packed.extend(
                words.zip(0u64..).map(|(word, place)| (word >> dropped & mask) << place_bits | place),
            );
        }
        let counted = kept.min((place_bits + SPARE_BITS).next_multiple_of(DIGIT_BITS));
        let uncounted = place_bits + kept - counted;
        sort_by_counting(&mut packed, uncounted, counted);
        if uncounted > place_bits {
            for run in packed.chunk_by_mut(|a, b| a >> uncounted == b >> uncounted) {
                if run.len() > 1 {
                    run.sort_unstable();
                }
            }
        }
        let place_mask = (1 << place_bits) - 1;
        if is_whole {
            order.iter_mut().zip(&packed).for_each(|(to, from)| *to = (from & place_mask) as u32);
        } else {
            let rows: Vec<u32> = order.to_vec();
            for (to, from) in order.iter_mut().zip(&packed) {
                *to = rows[(from & place_mask) as usize];
            }
        }
        if width > kept {
            // Bits were left out: what agrees so far is compared by the whole word first.
            let mut start = 0;
            for run in packed.chunk_by(|a, b| a >> place_bits == b >> place_bits) {
                let end = start + run.len();
                if run.len() > 1 {
                    order[start..end].sort_unstable_by(|a, b| self.compare(level, *a, *b));
                }
                start = end;
            }
        } else {
            self.ties(level, word, order);
        }
    }

    /// How two rows stand to each other from this level on.
    fn compare(&self, mut level: Level, a: u32, b: u32) -> Ordering {
        while let Some(stage) = self.stages.get(level.stage) {
            let order = match stage {
                Stage::Words { start, .. } => {
                    let word = self.words.get(level.word.max(*start)).copied().unwrap_or(&[]);
                    word[a as usize].cmp(&word[b as usize])
                }
                Stage::Text { text, descending } => match self.texts.get(*text) {
                    Some(texts) if *descending => texts.get(b).cmp(texts.get(a)),
                    Some(texts) => texts.get(a).cmp(texts.get(b)),
                    None => Ordering::Equal,
                },
            };
            if order.is_ne() {
                return order;
            }
            level = self.next(level);
        }
        a.cmp(&b)
    }
}

/// What is seen of words that follow one another.
#[derive(Debug, Clone, Copy)]
struct Seen {
    /// Bits that are one in some word, and those that are one in all.
    ones: u64,
    zeros: u64,
    /// How often a word is below the one before it.
    falls: usize,
}

#[inline(always)]
fn see_some(words: impl Iterator<Item = u64>) -> Seen {
    let mut seen = Seen { ones: 0, zeros: u64::MAX, falls: 0 };
    let mut last = 0;
    for word in words {
        seen.ones |= word;
        seen.zeros &= word;
        seen.falls += usize::from(last > word);
        last = word;
    }
    seen
}

vectorised! {
    /// The same of a slice.
    fn see(words: &[u64]) -> Seen {
        let mut seen = Seen { ones: 0, zeros: u64::MAX, falls: 0 };
        for word in words {
            seen.ones |= word;
            seen.zeros &= word;
        }
        let mut falls = 0u64;
        for (last, word) in words.iter().zip(words.get(1..).unwrap_or(&[])) {
            falls += u64::from(last > word);
        }
        seen.falls = falls as usize;
        seen
    }
}

vectorised! {
    /// Law: each word without its lowest bits, and its place behind that.
    fn pack_words(words: &[u64], dropped: u32, mask: u64, place_bits: u32, packed: &mut Vec<u64>) {
        // A loop and no `extend`, which would be compiled by itself, for the plain target.
        packed.resize(words.len(), 0);
        for (place, (packed, word)) in packed.iter_mut().zip(words).enumerate() {
            *packed = (word >> dropped & mask) << place_bits | place as u64;
        }
    }
}

/// Sorts numbers by `width` bits from bit `low` on, and keeps the order of those that agree on them.
fn sort_by_counting(numbers: &mut Vec<u64>, low: u32, width: u32) {
    let passes = width.div_ceil(DIGIT_BITS);
    if passes == 0 {
        return;
    }
    let digit_bits = width.div_ceil(passes);
    let mut other = vec![0; numbers.len()];
    for pass in 0..passes {
        let shift = low + pass * digit_bits;
        let mask = (1u64 << digit_bits.min(low + width - shift)) - 1;
        let mut starts = [0u32; 1 << DIGIT_BITS];
        numbers.iter().for_each(|number| starts[(number >> shift & mask) as usize] += 1);
        let mut before = 0;
        for start in &mut starts {
            before += std::mem::replace(start, before);
        }
        for number in numbers.iter() {
            let place = &mut starts[(number >> shift & mask) as usize];
            other[*place as usize] = *number;
            *place += 1;
        }
        std::mem::swap(numbers, &mut other);
    }
}
