//! Whether the texts of a column go on being new, seen while its dictionary grows: then a dictionary saves nothing.

/// Texts from which on the question is asked: codes of 16 bits cannot count more.
const MANY: u64 = 1 << 16;

/// Of ten texts so many are new where a dictionary saves nothing. Codes of 32 bits are half of what a row of free text
/// needs to say where it ends, so a few repeated texts are enough.
const NEW_OF_TEN: u64 = 8;

/// The dictionary when its texts were last counted, and the texts since then.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Novelty {
    values: u64,
    texts: u64,
}

impl Novelty {
    /// Goes on behind so many texts, none of which was counted: all of them are looked at together.
    pub(crate) fn after(texts: u64) -> Novelty {
        Novelty { values: 0, texts }
    }

    /// Takes in so many more texts, with which the dictionary has so many values. Each time that it has doubled, the
    /// texts since the last time say whether most of them were new; true where they were. What came before does not
    /// count, so that a column whose texts repeat at first and not later is found out, and one whose dictionary fills
    /// up slowly is not taken for one without repetition.
    pub(crate) fn is_of_new_texts(&mut self, values: u64, more: u64) -> bool {
        self.texts += more;
        if values < (self.values * 2).max(MANY / 2) {
            return false;
        }
        let (new, seen) = (values - self.values, self.texts);
        *self = Novelty { values, texts: 0 };
        values >= MANY && new * 10 > seen * NEW_OF_TEN
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many texts there are when a column becomes free, of rows that come in such batches; `None` if never.
    fn found_out(rows: impl Iterator<Item = u64>, batch: usize) -> Option<u64> {
        let (mut novelty, mut seen) = (Novelty::default(), std::collections::HashSet::<u64>::new());
        let rows: Vec<u64> = rows.collect();
        for rows in rows.chunks(batch) {
            seen.extend(rows);
            let values = seen.len() as u64;
            if novelty.is_of_new_texts(values, rows.len() as u64) {
                return Some(values);
            }
        }
        None
    }

    fn random(count: u64) -> impl Iterator<Item = u64> {
        let mut state = 7u64;
        std::iter::repeat_with(move || {
            state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
            (state >> 33) % count
        })
    }

    #[test]
    fn texts_that_go_on_being_new_are_found_out_and_others_are_not() {
        for batch in [1000, 8192, 65_536] {
            assert!(found_out(0..200_000, batch).is_some_and(|values| values <= 131_072));
            assert!(found_out(random(1 << 31).take(200_000), batch).is_some());
            assert_eq!(found_out(random(100_000).take(400_000), batch), None);
            assert_eq!(found_out(random(200_000).take(600_000), batch), None);
            // They repeat at first.
            assert!(found_out(random(1000).take(400_000).chain(1000..400_000), batch).is_some());
            // Rows in order, each twice.
            assert_eq!(found_out((0..400_000).map(|row| row / 2), batch), None);
        }
        assert!(!Novelty::after(100_000).is_of_new_texts(70_000, 10));
        assert!(Novelty::after(80_000).is_of_new_texts(70_000, 10));
    }
}
