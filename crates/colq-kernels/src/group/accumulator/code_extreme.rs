//! The smallest or the largest text of all rows together, where they have a dictionary that is not long: which codes occur is
//! marked, and the texts of those are compared once, at the end. To order all texts of the dictionary first would be more work
//! than to go through the rows.
//!
//! Law: after any rows and merges, the answer is the text that is first (or last) by bytes among those of the rows that were not
//! NULL; NULL without such a row. There is one group.

use super::rows::Rows;
use super::state::State;
use crate::Error;
use crate::pack::pack;
use colq_column::{Bitmap, Column, Dictionary, Values, View, text_prefix};
use std::sync::Arc;

/// Which codes occur.
#[derive(Debug, Clone, Default)]
pub struct CodeExtreme {
    /// A bit for each code.
    seen: Vec<u64>,
    /// Largest instead of smallest.
    largest: bool,
}

impl CodeExtreme {
    pub(super) fn new(largest: bool) -> CodeExtreme {
        CodeExtreme { seen: Vec::new(), largest }
    }

    pub(super) fn add(&mut self, rows: Rows<'_>, view: &View<'_>) -> Result<(), Error> {
        let texts = view.dictionary.map_or(0, |dictionary| dictionary.len());
        // Behind the codes of the dictionary the place of all others, and that of NULL.
        let mut flags = vec![0u8; texts + 2];
        let (validity, positions) = (view.validity, rows.positions);
        match view.values {
            Values::U8(codes) => mark(codes, validity, positions, &mut flags),
            Values::U16(codes) => mark(codes, validity, positions, &mut flags),
            Values::U32(codes) => mark(codes, validity, positions, &mut flags),
            other => {
                return Err(Error::WrongLayout { expected: "codes", found: other.physical().name() });
            }
        }
        let (known, others) = flags.split_at(texts);
        if others.first().is_some_and(|lost| *lost != 0) {
            let is_lost = |code: &u32| *code as usize >= texts;
            let valid = (0..view.len()).filter(|row| view.is_valid(*row));
            let code = valid.filter_map(|row| view.values.code(row)).find(is_lost).unwrap_or(u32::MAX);
            return Err(Error::CodePastDictionary { code, dictionary_len: texts });
        }
        let mut seen = vec![0; texts.div_ceil(64)];
        pack(known, false, &mut seen, |flag| flag != 0);
        self.see(&seen);
        Ok(())
    }

    fn see(&mut self, words: &[u64]) {
        if self.seen.len() < words.len() {
            self.seen.resize(words.len(), 0);
        }
        self.seen.iter_mut().zip(words).for_each(|(seen, word)| *seen |= word);
    }

    pub(super) fn column(&self, dictionary: &Arc<Dictionary>) -> Column {
        let text = |code: u32| dictionary.get(code).unwrap_or(&[]);
        let mut best: Option<(u64, u32)> = None;
        for (mut word, first) in self.seen.iter().copied().zip((0..).step_by(64)) {
            while word != 0 {
                let code = first + word.trailing_zeros();
                word &= word - 1;
                // Most are told apart by their first bytes.
                let prefix = text_prefix(text(code));
                let is_better = best.is_none_or(|(known, other)| match prefix == known {
                    true => text(code) != text(other) && (text(code) > text(other)) == self.largest,
                    false => (prefix > known) == self.largest,
                });
                if is_better {
                    best = Some((prefix, code));
                }
            }
        }
        let validity: Bitmap = std::iter::once(best.is_some()).collect();
        let codes = vec![best.map_or(0, |(_, code)| code)];
        Column::text(codes, dictionary.clone()).with_validity(Some(validity))
    }
}

impl State for CodeExtreme {
    // One group is all there are.
    fn resize(&mut self, _groups: usize) {}

    fn merge(&mut self, later: &Self, pairs: impl Iterator<Item = (u32, u32)>) {
        pairs.for_each(|_| self.see(&later.seen));
    }

    fn byte_len(&self) -> usize {
        self.seen.capacity() * 8
    }
}

/// Law: `flags[code]` = 1 of every code that occurs in a row that counts and is not NULL, 1 in the last place but one where a
/// code has none of the places before, and anything in the last.
fn mark<T: Copy + Into<u32>>(
    codes: &[T],
    validity: Option<&Bitmap>,
    positions: Option<&[u32]>,
    flags: &mut [u8],
) {
    let null = flags.len().saturating_sub(1);
    let lost = flags.len().saturating_sub(2);
    let mut see = |code: T, is_valid: bool| {
        let place = (code.into() as usize).min(lost);
        // The place is chosen, and nothing is branched over or read.
        if let Some(flag) = flags.get_mut(if is_valid { place } else { null }) {
            *flag = 1;
        }
    };
    if let Some(positions) = positions {
        let rows = positions.iter().map(|at| *at as usize);
        return rows.for_each(|at| {
            if let Some(code) = codes.get(at) {
                see(*code, validity.is_none_or(|bits| bits.get(at)));
            }
        });
    }
    let Some(validity) = validity else { return codes.iter().for_each(|code| see(*code, true)) };
    for (codes, word) in codes.chunks(64).zip(validity.words()) {
        codes.iter().enumerate().for_each(|(bit, code)| see(*code, word >> bit & 1 == 1));
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
    use super::*;
    use crate::group::accumulator::{Accumulator, AccumulatorKind, Inputs};
    use colq_types::DataType;
    use proptest::prelude::*;

    const TEXTS: [&str; 8] = ["m", "", "a", "mm", "\u{fc}", "equal in eight", "equal in eight and more", "m"];

    proptest! {
        #[test]
        fn all_rows_have_the_furthest_text_that_is_not_null(
            rows in prop::collection::vec((0u32..8, prop::bool::weighted(0.7)), 0..300),
            has_nulls in any::<bool>(),
            largest in any::<bool>(),
            cut in 0..300usize,
            every in 1..4usize,
            lost in prop::option::weighted(0.2, 0usize..300),
        ) {
            let dictionary = Arc::new(Dictionary::of(TEXTS));
            let kind = if largest { AccumulatorKind::MaxCode } else { AccumulatorKind::MinCode };
            let mut codes: Vec<u32> = rows.iter().map(|row| row.0).collect();
            if let Some(code) = lost.and_then(|at| codes.get_mut(at)) {
                *code = 8;
            }
            let valid: Vec<bool> = rows.iter().map(|row| row.1 || !has_nulls).collect();
            let mut total = Accumulator::new(kind);
            total.resize(1);
            let (mut expected, mut is_lost, mut failed) = (None, false, false);
            let cut = cut.min(codes.len());
            for part in [0..cut, cut..codes.len()] {
                let validity: Bitmap = valid[part.clone()].iter().copied().collect();
                let view = View {
                    data_type: DataType::Text,
                    values: Values::U32(&codes[part.clone()]),
                    validity: has_nulls.then_some(&validity),
                    dictionary: Some(&dictionary),
                };
                let positions: Vec<u32> = (0..part.len() as u32).step_by(every).collect();
                let groups = vec![0; positions.len()];
                let rows = Rows { groups: &groups, positions: (every > 1).then_some(&positions[..]) };
                let mut state = Accumulator::new(kind);
                state.resize(1);
                failed |= state.update(rows, Inputs { argument: Some(&view), ..Inputs::default() }).is_err();
                total.merge(&state, std::iter::once((0, 0)));
                for row in positions.iter().map(|at| part.start + *at as usize).filter(|row| valid[*row]) {
                    let Some(text) = TEXTS.get(codes[row] as usize) else {
                        is_lost = true;
                        continue;
                    };
                    let furthest = expected.get_or_insert(*text);
                    *furthest = if largest { (*furthest).max(*text) } else { (*furthest).min(*text) };
                }
            }
            prop_assert_eq!(failed, is_lost);
            if !is_lost {
                let column = total.values(DataType::Text, Some(&dictionary), || &[]).unwrap();
                let view = column.view();
                prop_assert_eq!(view.is_valid(0).then(|| view.text(0)), expected.map(str::as_bytes));
            }
        }
    }
}
