//! A word for each text of a dictionary, so that most of its texts are put in order without a look at them.
//!
//! Law: where the words of two codes differ, they order as the texts do; where they are equal, [`CodeWords::compare`] looks at
//! the texts.

use colq_column::{Dictionary, text_prefix};
use std::cmp::Ordering;
use std::sync::Arc;

/// Texts of a dictionary that tell what most of them begin with.
const SAMPLED: usize = 1024;

/// One text of so many may lie before those that begin alike, and one behind them.
const OUTSIDE: usize = 64;

/// Where more than one text of so many has the same word, too many texts would have to be looked at.
const ALIKE: usize = 16;

/// What the words of a dictionary are made of: the eight bytes behind those with which most texts begin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WordsFrom {
    beginning: Vec<u8>,
}

impl WordsFrom {
    /// Looks at some texts of a dictionary; `None` where their words would not tell them apart.
    pub fn of(dictionary: &Dictionary) -> Option<WordsFrom> {
        let step = dictionary.len().div_ceil(SAMPLED).max(1);
        let text = |code: usize| dictionary.get(code as u32).unwrap_or(&[]);
        let mut sample: Vec<&[u8]> = (0..dictionary.len()).step_by(step).map(text).collect();
        sample.sort_unstable();
        let outside = sample.len() / OUTSIDE;
        let first = sample.get(outside).copied().unwrap_or(&[]);
        let last = sample.get(sample.len().saturating_sub(outside + 1)).copied().unwrap_or(&[]);
        let shared = first.iter().zip(last).take_while(|(a, b)| a == b).count();
        let from = WordsFrom { beginning: first.get(..shared).unwrap_or(&[]).to_vec() };
        let words: Vec<u64> = sample.iter().map(|text| from.word(text)).collect();
        let most_alike = words.chunk_by(|a, b| a == b).map(<[u64]>::len).max().unwrap_or(0);
        (most_alike <= (sample.len() / ALIKE).max(1)).then_some(from)
    }

    /// The word of a text: 0 of those before all that begin alike, and the highest one of those behind them.
    #[inline(always)]
    fn word(&self, text: &[u8]) -> u64 {
        match text.strip_prefix(&self.beginning[..]) {
            Some(rest) => text_prefix(rest),
            None if text < &self.beginning[..] => 0,
            None => u64::MAX,
        }
    }

    /// Law: `out[i]` is the word of code `first + i`.
    pub fn fill(&self, dictionary: &Dictionary, first: u32, out: &mut [u64]) {
        let (bytes, len) = (dictionary.text_bytes(), self.beginning.len());
        let ends = dictionary.offsets().get(first as usize..).unwrap_or(&[]);
        for (out, ends) in out.iter_mut().zip(ends.windows(2)) {
            let (start, end) = (ends[0] as usize, ends[1] as usize);
            // Most texts go on for a word.
            if let Some(text) = bytes.get(start..end)
                && let Some((beginning, rest)) = text.split_at_checked(len)
                && let Some(word) = rest.first_chunk()
                && *beginning == *self.beginning
            {
                *out = u64::from_be_bytes(*word);
                continue;
            }
            *out = self.word(bytes.get(start..end).unwrap_or(&[]));
        }
    }
}

/// The words of all texts of a dictionary.
#[derive(Debug, Clone)]
pub struct CodeWords {
    dictionary: Arc<Dictionary>,
    words: Vec<u64>,
}

impl CodeWords {
    /// Takes what [`WordsFrom::fill`] made of a dictionary; `None` where that is not a word for each text.
    pub fn new(dictionary: Arc<Dictionary>, words: Vec<u64>) -> Option<CodeWords> {
        (words.len() == dictionary.len()).then_some(CodeWords { dictionary, words })
    }

    /// The word of each code.
    #[inline]
    pub fn words(&self) -> &[u64] {
        &self.words
    }

    /// The order of the texts of two codes whose words are equal.
    pub fn compare(&self, a: u32, b: u32) -> Ordering {
        self.dictionary.get(a).unwrap_or(&[]).cmp(self.dictionary.get(b).unwrap_or(&[]))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn words_that_differ_order_as_texts_do(
            texts in prop::collection::vec("(https://|http|i|)[ab\u{0}\u{fc}]{0,12}", 0..200),
            beginning in "(https://a?|)",
            cut in 0..200usize,
        ) {
            let dictionary = Dictionary::of(texts.iter().map(String::as_str));
            let given = WordsFrom { beginning: beginning.into_bytes() };
            for from in WordsFrom::of(&dictionary).into_iter().chain([given]) {
                let mut words = vec![7; dictionary.len()];
                let cut = cut.min(words.len());
                let (head, tail) = words.split_at_mut(cut);
                from.fill(&dictionary, 0, head);
                from.fill(&dictionary, cut as u32, tail);
                for (a, word) in texts.iter().zip(&words) {
                    for (b, other) in texts.iter().zip(&words).filter(|(_, other)| *other != word) {
                        prop_assert_eq!(word.cmp(other), a.as_bytes().cmp(b.as_bytes()), "{} {}", a, b);
                    }
                }
            }
        }
    }

    #[test]
    fn words_are_those_behind_what_most_begin_with() {
        let texts: Vec<String> = (0..2000).map(|i| format!("https://h{i:04}.example.org")).collect();
        let all = || texts.iter().map(String::as_str);
        let of = |texts: &mut dyn Iterator<Item = &str>| WordsFrom::of(&Dictionary::of(texts));
        assert_eq!(of(&mut all()).unwrap().beginning, b"https://h");
        // Few others do not change that.
        let others = ["", "ftp://a", "z"];
        assert_eq!(of(&mut all().chain(others)).unwrap().beginning, b"https://h");
        // Where two kinds begin alike for long, their words do not tell texts apart.
        let two: Vec<String> =
            (0..2000).map(|i| format!("{}://www.one.org/{i}", ["http", "https"][i / 3 % 2])).collect();
        assert_eq!(of(&mut two.iter().map(String::as_str)), None);
        assert_eq!(of(&mut [].into_iter()).unwrap().beginning, b"");
    }
}
