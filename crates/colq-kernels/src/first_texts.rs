//! The first few texts of a dictionary by their order, of those that occur.

use colq_column::{Dictionary, text_prefix};
use std::ops::Range;

/// Law: of the codes of a range of words whose bits are set, the `count` whose texts come first by bytes (the last ones
/// where `largest` is set), the first of them first. Equal texts have an order of their own.
///
/// `marks` has a bit for each code; those past the dictionary are left out.
pub fn first_texts(
    dictionary: &Dictionary,
    marks: &[u64],
    words: Range<usize>,
    count: usize,
    largest: bool,
) -> Vec<u32> {
    let text = |code: u32| dictionary.get(code).unwrap_or(&[]);
    let mut best: Vec<(u64, u32)> = Vec::with_capacity(count + 1);
    // Most are told apart by their first bytes.
    let is_before =
        |(prefix, code): (u64, u32), (other_prefix, other): (u64, u32)| match prefix == other_prefix {
            true => match largest {
                true => text(code) > text(other),
                false => text(code) < text(other),
            },
            false => (prefix > other_prefix) == largest,
        };
    let first = words.start as u32 * u64::BITS;
    for (mut word, first) in marks.get(words).unwrap_or(&[]).iter().copied().zip((first..).step_by(64)) {
        while word != 0 {
            let code = first + word.trailing_zeros();
            word &= word - 1;
            if code as usize >= dictionary.len() {
                return codes(best);
            }
            let new = (text_prefix(text(code)), code);
            if best.len() >= count && best.last().is_none_or(|worst| !is_before(new, *worst)) {
                continue;
            }
            best.insert(best.partition_point(|known| !is_before(new, *known)), new);
            best.truncate(count);
        }
    }
    codes(best)
}

fn codes(best: Vec<(u64, u32)>) -> Vec<u32> {
    best.into_iter().map(|(_, code)| code).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_first_texts_are_those_of_a_sort(
            texts in prop::collection::vec("[ab\u{fc}]{0,12}", 0..200),
            marked in prop::collection::vec(any::<bool>(), 256),
            count in 0..40usize,
            largest in any::<bool>(),
            from in 0..3usize,
        ) {
            let dictionary = Dictionary::of(texts.iter().map(String::as_str));
            let word = |flags: &[bool]| flags.iter().enumerate().fold(0, |word, (i, f)| word | u64::from(*f) << i);
            let marks: Vec<u64> = marked.chunks(64).map(word).collect();
            let found = first_texts(&dictionary, &marks, from..4, count, largest);
            let of = |codes: &[u32]| codes.iter().map(|c| texts[*c as usize].clone()).collect::<Vec<_>>();
            let mut expected: Vec<u32> = (from as u32 * 64..texts.len() as u32).filter(|c| marked[*c as usize]).collect();
            expected.sort_by_key(|code| &texts[*code as usize]);
            if largest {
                expected.reverse();
            }
            expected.truncate(count);
            prop_assert_eq!(of(&found), of(&expected));
            let mut once = found;
            once.sort_unstable();
            once.dedup();
            prop_assert_eq!(once.len(), expected.len());
        }
    }
}
