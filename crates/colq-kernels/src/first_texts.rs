//! The first few texts of a dictionary by their order, of those that occur.

use colq_column::{Dictionary, text_prefix};
use std::cmp::Ordering;
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
    let (bytes, offsets) = (dictionary.text_bytes(), dictionary.offsets());
    let text = |code: u32| {
        let ends = offsets.get(code as usize..).and_then(|ends| ends.first_chunk::<2>());
        ends.and_then(|[start, end]| bytes.get(*start as usize..*end as usize)).unwrap_or(&[])
    };
    let mut best: Vec<(u64, u32)> = Vec::with_capacity(count + 1);
    let mut worst: Option<(u64, &[u8])> = None;
    // Most are told apart by their first bytes.
    let is_before =
        |(prefix, text): (u64, &[u8]), (other_prefix, other): (u64, &[u8])| match order_of(text, other) {
            _ if prefix != other_prefix => (prefix > other_prefix) == largest,
            order if largest => order.is_gt(),
            order => order.is_lt(),
        };
    let first = words.start as u32 * u64::BITS;
    for (mut word, first) in marks.get(words).unwrap_or(&[]).iter().copied().zip((first..).step_by(64)) {
        while word != 0 {
            let code = first + word.trailing_zeros();
            word &= word - 1;
            if code as usize >= dictionary.len() {
                return codes(best);
            }
            let own = text(code);
            let new = (text_prefix(own), own);
            if best.len() >= count && worst.is_none_or(|worst| !is_before(new, worst)) {
                continue;
            }
            let is_earlier = |known: &(u64, u32)| !is_before(new, (known.0, text(known.1)));
            best.insert(best.partition_point(is_earlier), (new.0, code));
            best.truncate(count);
            worst = best.last().map(|(prefix, code)| (*prefix, text(*code)));
        }
    }
    codes(best)
}

/// The order of two texts by bytes, eight at a time: those that begin alike mostly differ soon.
#[inline(always)]
fn order_of(text: &[u8], other: &[u8]) -> Ordering {
    let words = text.as_chunks::<8>().0.iter().zip(other.as_chunks::<8>().0);
    for (word, other) in words {
        if word != other {
            return u64::from_be_bytes(*word).cmp(&u64::from_be_bytes(*other));
        }
    }
    text.cmp(other)
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
