//! The smallest or the largest text of each group by the words of a dictionary's texts. A row is judged by its word, and texts
//! are looked at only where that is the word of the text that was kept.

use super::rows::{Rows, each_candidate};
use super::state::State;
use crate::{CodeWords, Error};
use colq_column::{Bitmap, Column, Dictionary, Values, View};
use std::cmp::Ordering;
use std::sync::Arc;

/// Minima or maxima of texts, as codes and the words of their texts.
#[derive(Debug, Clone)]
pub struct WordedExtremes {
    kept: Vec<Kept>,
    /// There once a row was seen.
    texts: Option<Arc<CodeWords>>,
    largest: bool,
}

/// The furthest text of a group.
#[derive(Debug, Clone, Copy)]
struct Kept {
    /// Its word, turned so that the lower one is further.
    word: u64,
    code: u32,
}

/// Of a group without a text. Codes are below the count of texts, which has 32 bits.
const NOTHING: Kept = Kept { word: u64::MAX, code: u32::MAX };

impl WordedExtremes {
    pub(super) fn new(largest: bool) -> WordedExtremes {
        WordedExtremes { kept: Vec::new(), texts: None, largest }
    }

    pub(super) fn add(
        &mut self,
        rows: Rows<'_>,
        view: &View<'_>,
        texts: Option<&Arc<CodeWords>>,
    ) -> Result<(), Error> {
        let Some(texts) = texts else {
            return Err(Error::WrongLayout { expected: "texts with words", found: "texts without" });
        };
        if self.texts.is_none() {
            self.texts = Some(texts.clone());
        }
        match view.values {
            Values::U8(codes) => self.add_codes(rows, view, codes, texts),
            Values::U16(codes) => self.add_codes(rows, view, codes, texts),
            Values::U32(codes) => self.add_codes(rows, view, codes, texts),
            other => Err(Error::WrongLayout { expected: "codes", found: other.physical().name() }),
        }
    }

    fn add_codes<T: Copy + Into<u32>>(
        &mut self,
        rows: Rows<'_>,
        view: &View<'_>,
        codes: &[T],
        texts: &CodeWords,
    ) -> Result<(), Error> {
        let words = texts.words();
        check(view, codes, words.len())?;
        let (turn, largest) = (turn(self.largest), self.largest);
        let at_row = |at: usize| {
            let code: u32 = codes[at].into();
            // Of a row that is NULL it may be any.
            Kept { word: words.get(code as usize).map_or(u64::MAX, |word| word ^ turn), code }
        };
        each_candidate(
            &mut self.kept[..],
            rows,
            view.validity,
            |kept, group, at| {
                let (new, kept) = (at_row(at), kept[group]);
                (new.word < kept.word) | ((new.word == kept.word) & (new.code != kept.code))
            },
            |kept, group, at| keep(&mut kept[group], at_row(at), texts, largest),
        );
        Ok(())
    }

    pub(super) fn column(&self, dictionary: &Arc<Dictionary>) -> Column {
        let validity: Bitmap = self.kept.iter().map(|kept| kept.code != NOTHING.code).collect();
        let codes = self.kept.iter().map(|kept| if kept.code == NOTHING.code { 0 } else { kept.code });
        Column::text(codes.collect::<Vec<_>>(), dictionary.clone()).with_validity(Some(validity))
    }
}

/// What words are turned by.
fn turn(largest: bool) -> u64 {
    if largest { u64::MAX } else { 0 }
}

/// Fails with the first row that is not NULL and whose code has no text.
fn check<T: Copy + Into<u32>>(view: &View<'_>, codes: &[T], texts: usize) -> Result<(), Error> {
    let highest = codes.iter().fold(0, |highest: u32, code| highest.max((*code).into()));
    if (highest as usize) < texts {
        return Ok(());
    }
    let is_lost = |(row, code): &(usize, u32)| *code as usize >= texts && view.is_valid(*row);
    match codes.iter().map(|code| (*code).into()).enumerate().find(is_lost) {
        Some((_, code)) => Err(Error::CodePastDictionary { code, dictionary_len: texts }),
        None => Ok(()),
    }
}

#[inline(always)]
fn keep(kept: &mut Kept, new: Kept, texts: &CodeWords, largest: bool) {
    let further = if largest { Ordering::Greater } else { Ordering::Less };
    let is_further = match new.word.cmp(&kept.word) {
        Ordering::Less => true,
        Ordering::Greater => false,
        Ordering::Equal if kept.code == NOTHING.code => true,
        Ordering::Equal => new.code != kept.code && texts.compare(new.code, kept.code) == further,
    };
    if is_further {
        *kept = new;
    }
}

impl State for WordedExtremes {
    fn resize(&mut self, groups: usize) {
        self.kept.resize(groups, NOTHING);
    }

    fn merge(&mut self, later: &Self, pairs: impl Iterator<Item = (u32, u32)>) {
        let Some(texts) = &later.texts else { return };
        for (from, to) in pairs {
            let new = later.kept[from as usize];
            if new.code != NOTHING.code {
                keep(&mut self.kept[to as usize], new, texts, self.largest);
            }
        }
        if self.texts.is_none() {
            self.texts = Some(texts.clone());
        }
    }

    fn byte_len(&self) -> usize {
        self.kept.capacity() * size_of::<Kept>()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
    use super::*;
    use crate::WordsFrom;
    use crate::group::accumulator::{Accumulator, AccumulatorKind, Inputs};
    use colq_types::DataType;
    use proptest::prelude::*;

    /// Some are told apart by their words, some are not, two are the same, one has the lowest word and one the highest.
    const TEXTS: [&str; 9] = [
        "",
        "begins a",
        "equal in eight",
        "equal in eight and more",
        "equal in eight",
        "\u{fc}",
        "zzzzzzzz",
        "equal in eight\0",
        "\u{10ffff}\u{10ffff}\u{10ffff}",
    ];

    proptest! {
        #[test]
        fn groups_have_the_furthest_text_that_is_not_null(
            rows in prop::collection::vec((0u32..9, prop::bool::weighted(0.7), 0u32..5), 0..300),
            has_nulls in any::<bool>(),
            largest in any::<bool>(),
            narrow in any::<bool>(),
            cut in 0..300usize,
            every in 1..4usize,
            lost in prop::option::weighted(0.2, 0usize..300),
        ) {
            let dictionary = Arc::new(Dictionary::of(TEXTS));
            let kind = if largest { AccumulatorKind::MaxWorded } else { AccumulatorKind::MinWorded };
            let mut words = vec![0; TEXTS.len()];
            // So few texts are no sample.
            let from = WordsFrom::of(&Dictionary::of(["a", "b"])).unwrap();
            from.fill(&dictionary, 0, &mut words);
            let worded = Arc::new(CodeWords::new(dictionary.clone(), words).unwrap());
            let mut codes: Vec<u32> = rows.iter().map(|row| row.0).collect();
            if let Some(code) = lost.and_then(|at| codes.get_mut(at)) {
                *code = 9;
            }
            let bytes: Vec<u8> = codes.iter().map(|code| *code as u8).collect();
            let valid: Vec<bool> = rows.iter().map(|row| row.1 || !has_nulls).collect();
            let mut total = Accumulator::new(kind);
            total.resize(5);
            let (mut expected, mut failed) = ([None; 5], false);
            let cut = cut.min(codes.len());
            for part in [0..cut, cut..codes.len()] {
                let validity: Bitmap = valid[part.clone()].iter().copied().collect();
                let values =
                    if narrow { Values::U8(&bytes[part.clone()]) } else { Values::U32(&codes[part.clone()]) };
                let view = View {
                    data_type: DataType::Text,
                    values,
                    validity: has_nulls.then_some(&validity),
                    dictionary: Some(&dictionary),
                };
                let positions: Vec<u32> = (0..part.len() as u32).step_by(every).collect();
                let groups: Vec<u32> = positions.iter().map(|at| rows[part.start + *at as usize].2).collect();
                let chosen = Rows { groups: &groups, positions: (every > 1).then_some(&positions[..]) };
                let mut state = Accumulator::new(kind);
                state.resize(5);
                let inputs = Inputs { argument: Some(&view), words: Some(&worded), ..Inputs::default() };
                failed |= state.update(chosen, inputs).is_err();
                total.merge(&state, (0..5).map(|group| (group, group)));
                for row in positions.iter().map(|at| part.start + *at as usize).filter(|row| valid[*row]) {
                    let Some(text) = TEXTS.get(codes[row] as usize) else { continue };
                    let furthest = expected[rows[row].2 as usize].get_or_insert(*text);
                    *furthest = if largest { (*furthest).max(*text) } else { (*furthest).min(*text) };
                }
            }
            // As ranks do, all rows are held against the dictionary, chosen or not.
            let is_lost = codes.iter().zip(&valid).any(|(code, valid)| *valid && *code >= 9);
            prop_assert_eq!(failed, is_lost);
            if !is_lost {
                let column = total.values(DataType::Text, Some(&dictionary), || &[]).unwrap();
                let view = column.view();
                for (group, expected) in expected.iter().enumerate() {
                    let found = view.is_valid(group).then(|| view.text(group));
                    prop_assert_eq!(found, expected.map(str::as_bytes));
                }
            }
        }
    }
}
