//! Words put together by group: those of one group are neighbours.
//!
//! Law: `of(g)` are the words of all pairs `(g, word)`, in their order.

/// The words of some groups, one group after the other.
#[derive(Debug, Clone, Default)]
pub struct Divided {
    /// Where the words of each group begin, and where the last ones end.
    starts: Vec<u32>,
    words: Vec<u64>,
}

impl Divided {
    /// Divides the pairs by their groups, of which there are so many. Pairs of other groups are left out.
    pub fn new(group_count: usize, pairs: &[(u32, u64)]) -> Divided {
        // Counts first, two places on: once the starts are sums, the place before the start of a group is where its
        // next word goes.
        let mut starts = vec![0u32; group_count + 2];
        let mut known = 0;
        for (group, _) in pairs {
            if (*group as usize) < group_count {
                starts[*group as usize + 2] += 1;
                known += 1;
            }
        }
        let mut sum = 0;
        for start in &mut starts {
            sum += *start;
            *start = sum;
        }
        let mut words = vec![0; known];
        for (group, word) in pairs {
            if (*group as usize) < group_count
                && let Some(next) = starts.get_mut(*group as usize + 1)
            {
                if let Some(place) = words.get_mut(*next as usize) {
                    *place = *word;
                }
                *next += 1;
            }
        }
        starts.pop();
        Divided { starts, words }
    }

    /// The words of a group.
    pub fn of(&self, group: usize) -> &[u64] {
        let ends = self.starts.get(group).zip(self.starts.get(group + 1));
        ends.and_then(|(start, end)| self.words.get(*start as usize..*end as usize)).unwrap_or(&[])
    }

    /// Bytes owned.
    pub fn byte_len(&self) -> usize {
        self.starts.capacity() * 4 + self.words.capacity() * 8
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn words_stand_by_their_groups(
            pairs in prop::collection::vec((0u32..9, any::<u64>()), 0..200),
            group_count in 0usize..8,
        ) {
            let divided = Divided::new(group_count, &pairs);
            for group in 0..9 {
                let own = pairs.iter().filter(|pair| pair.0 == group && (group as usize) < group_count);
                let own: Vec<u64> = own.map(|pair| pair.1).collect();
                prop_assert_eq!(divided.of(group as usize), own);
            }
        }
    }
}
