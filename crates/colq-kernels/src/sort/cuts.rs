//! Which of the parts of an order words belong to, where parts begin at given words.
//!
//! Law: the part of a word is the number of cuts that lie below it. Naive twin: a binary search for each word.
//!
//! The cuts lie as a tree that is full, the middle one at its root: a word goes down as many levels as any other, so that
//! several go down side by side and none waits for a guess. After P. Sanders and S. Winkel, "Super Scalar Sample Sort"
//! (2004).

use crate::processor::vectorised;

/// Cuts at most, and one: a tree of them is eight kilobytes.
pub const MOST_CUTS: usize = 1 << 10;

/// Words that go down side by side.
const LANES: usize = 16;

/// Ascending words as a tree.
#[derive(Debug, Clone)]
pub struct Cuts {
    /// The root at 1, below the node `n` those at `2 n` and `2 n + 1`. Behind the last cut the largest word, which none is
    /// above.
    tree: Box<[u64; MOST_CUTS]>,
    levels: u32,
}

impl Cuts {
    /// These cuts, which ascend; those from the 1,024th on are left out.
    pub fn new(cuts: &[u64]) -> Cuts {
        let cuts = cuts.get(..MOST_CUTS - 1).unwrap_or(cuts);
        let levels = usize::BITS - cuts.len().leading_zeros();
        let mut tree = Box::new([u64::MAX; MOST_CUTS]);
        for level in 0..levels {
            // The nodes of a level are every so many of all.
            let step = 1usize << (levels - level);
            for place in 0..1usize << level {
                let cut = cuts.get(step / 2 - 1 + place * step).copied().unwrap_or(u64::MAX);
                tree[(1 << level) + place] = cut;
            }
        }
        Cuts { tree, levels }
    }

    /// The part of each word; what `parts` held is gone.
    pub fn parts_of(&self, words: &[u64], parts: &mut Vec<u16>) {
        parts.clear();
        parts.resize(words.len(), 0);
        let whole = words.len() / LANES * LANES;
        descend(&self.tree, self.levels, &words[..whole], &mut parts[..whole]);
        let (mut last, mut last_parts) = ([0; LANES], [0; LANES]);
        let rest = words.len() - whole;
        last[..rest].copy_from_slice(&words[whole..]);
        descend(&self.tree, self.levels, &last, &mut last_parts);
        parts[whole..].copy_from_slice(&last_parts[..rest]);
    }
}

vectorised! {
    fn descend(tree: &[u64; MOST_CUTS], levels: u32, words: &[u64], parts: &mut [u16]) {
        let (words, _) = words.as_chunks::<LANES>();
        let (parts, _) = parts.as_chunks_mut::<LANES>();
        for (words, parts) in words.iter().zip(parts) {
            let mut nodes = [1u64; LANES];
            for _ in 0..levels {
                for (node, word) in nodes.iter_mut().zip(words) {
                    let is_above = tree[(*node % MOST_CUTS as u64) as usize] < *word;
                    *node = 2 * *node + u64::from(is_above);
                }
            }
            for (part, node) in parts.iter_mut().zip(nodes) {
                *part = (node - (1 << levels)) as u16;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{LENGTHS, spread};

    #[test]
    fn the_part_of_a_word_is_the_number_of_cuts_below_it() {
        for count in [0, 1, 2, 3, 4, 7, 8, 63, 64, 65, 1000, 1023, 1024, 2000] {
            for shift in [0, 40, 60] {
                let mut cuts: Vec<u64> = (0..count).map(|at| spread(at) >> shift).collect();
                cuts.extend([0, u64::MAX].iter().take(count.min(2)));
                cuts.sort_unstable();
                let tree = Cuts::new(&cuts);
                cuts.truncate(MOST_CUTS - 1);
                for len in LENGTHS.into_iter().filter(|len| *len < 5000) {
                    let mut words: Vec<u64> = (0..len).map(|row| spread(row + 7) >> shift).collect();
                    words.extend(cuts.iter().flat_map(|cut| [*cut, cut.wrapping_add(1)]).take(len));
                    let mut parts = Vec::new();
                    tree.parts_of(&words, &mut parts);
                    let below = |word: &u64| cuts.partition_point(|cut| cut < word) as u16;
                    assert!(parts.iter().copied().eq(words.iter().map(below)), "{count} cuts, {len} words");
                }
            }
        }
    }
}
