//! Two text columns row by row, of which one at least has a dictionary. That most texts differ is seen by a short hash of each
//! value, which is made once for many rows by all threads that ask, and of each row where there is no dictionary; only rows
//! whose hashes agree have their texts looked at.
//!
//! With hashes and without them the answers are the same, so it does not matter which rows were answered how.

use colq_column::{Bitmap, Dictionary, View};
use colq_context::{Context, MemoryClaim};
use colq_kernels::{
    Comparison, HASHED, Truth, compare_slices, compare_texts, hashes_of_rows, row_hashes, text_hashes,
};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

/// Values are hashed when one row for each so many of them has asked: two texts anywhere in memory take as long as ten and more
/// that lie side by side.
const VALUES_A_ROW: usize = 8;

/// Hashes of the values of two dictionaries.
#[derive(Debug)]
pub(crate) struct PairHashes {
    /// `None` of a column whose rows have texts of their own.
    dictionaries: [Option<Arc<Dictionary>>; 2],
    /// Rows that have asked.
    asked: AtomicUsize,
    next: AtomicUsize,
    /// The hashes of the values of both, a part after the other.
    parts: [Vec<OnceLock<Vec<u16>>>; 2],
    /// `None` where there is no room for them.
    room: OnceLock<Option<MemoryClaim>>,
}

impl PairHashes {
    /// Hashes to be made; `None` of one dictionary, whose codes tell as much, and without any.
    pub(crate) fn new(dictionaries: [Option<Arc<Dictionary>>; 2]) -> Option<PairHashes> {
        match &dictionaries {
            [Some(left), Some(right)] if Arc::ptr_eq(left, right) => return None,
            [None, None] => return None,
            _ => {}
        }
        let parts = dictionaries.each_ref().map(|texts| {
            let count = texts.as_ref().map_or(0, |texts| texts.len().div_ceil(HASHED));
            (0..count).map(|_| OnceLock::new()).collect::<Vec<_>>()
        });
        let (asked, next) = (AtomicUsize::new(0), AtomicUsize::new(0));
        Some(PairHashes { dictionaries, asked, next, parts, room: OnceLock::new() })
    }

    /// Whether texts are equal, or not, in the active rows; `None` where these rows and those before are too few to make hashes
    /// for them.
    pub(crate) fn compare(
        &self,
        context: &Context,
        op: Comparison,
        (left, right): (&View<'_>, &View<'_>),
        active: &Bitmap,
    ) -> Option<Truth> {
        let count = active.count_ones();
        let asked = self.asked.fetch_add(count, Ordering::Relaxed).saturating_add(count);
        let values: usize = self.dictionaries.iter().flatten().map(|texts| texts.len()).sum();
        // Of few rows their texts alone are looked at.
        if asked < values / VALUES_A_ROW || count < left.len() / VALUES_A_ROW {
            return None;
        }
        self.room.get_or_init(|| context.claim(values * size_of::<u16>()).ok()).as_ref()?;
        let [own, other] = self.hashes();
        let of_rows = |side: usize, view: &View<'_>, hashes: &[&[u16]]| match &self.dictionaries[side] {
            Some(_) => hashes_of_rows(view.values, hashes),
            None => row_hashes(view),
        };
        let (own, other) = (of_rows(0, left, &own)?, of_rows(1, right, &other)?);
        let mut alike = Bitmap::default();
        compare_slices(Comparison::Equal, &own, &other, &mut alike);
        let mut valid = left.validity.cloned();
        match (&mut valid, right.validity) {
            (Some(valid), Some(validity)) => valid.and_assign(validity),
            (valid, validity) => *valid = valid.take().or(validity.cloned()),
        }
        alike.and_assign(active);
        if let Some(valid) = &valid {
            alike.and_assign(valid);
        }
        let mut trues = compare_texts(Comparison::Equal, left, right, &alike);
        trues.and_assign(&alike);
        if op == Comparison::NotEqual {
            trues.not_assign();
        }
        Some(Truth::masked(trues, valid.as_ref()))
    }

    /// The hashes of both dictionaries, with the help of all threads that ask.
    fn hashes(&self) -> [Vec<&[u16]>; 2] {
        let [left, right] = &self.parts;
        let part_of = |side: usize, number: usize| {
            let texts = self.dictionaries[side].as_ref()?;
            self.parts[side].get(number).map(|part| &part.get_or_init(|| text_hashes(texts, number))[..])
        };
        loop {
            let number = self.next.fetch_add(1, Ordering::Relaxed);
            match number.checked_sub(left.len()) {
                None => part_of(0, number),
                Some(number) if number < right.len() => part_of(1, number),
                Some(_) => break,
            };
        }
        // Those that others are at are waited for.
        [0, 1].map(|side| (0..self.parts[side].len()).filter_map(|number| part_of(side, number)).collect())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
    use super::*;
    use colq_column::{Column, SharedBytes};

    /// The last two have one hash.
    fn texts() -> Vec<String> {
        let long = |first: &str| first.to_owned() + &"a".repeat(39);
        ["", "a", "b", "abcdefgh"].map(str::to_owned).into_iter().chain([long("X"), long("Y")]).collect()
    }

    /// A column of texts with a dictionary, turned by so many, or without one.
    fn column(rows: &[usize], turned: Option<usize>) -> Column {
        let texts = texts();
        if let Some(turned) = turned {
            let place = |text: usize| (text + turned) % texts.len();
            let own: Vec<&str> = (0..texts.len())
                .map(|at| texts[(at + texts.len() - turned) % texts.len()].as_str())
                .collect();
            let codes: Vec<u32> = rows.iter().map(|row| place(*row) as u32).collect();
            return Column::text(codes, Arc::new(Dictionary::of(own)));
        }
        let all: String = rows.iter().map(|row| texts[*row].as_str()).collect();
        let ends = rows.iter().scan(0, |end, row| {
            *end += texts[*row].len() as u64;
            Some(*end)
        });
        let offsets: Vec<u64> = std::iter::once(0).chain(ends).collect();
        let own = Dictionary::of_rows(offsets, SharedBytes::from(all.into_bytes())).unwrap();
        Column::text((0..rows.len() as u32).collect::<Vec<_>>(), Arc::new(own))
    }

    #[test]
    fn rows_are_equal_where_their_texts_are() {
        let left: Vec<usize> = (0..500).map(|row| row * 7 % 6).collect();
        let right: Vec<usize> = (0..500).map(|row| (row / 6 + row * row) % 6).collect();
        let context = Context::new();
        for ways in [[Some(0), Some(2)], [Some(1), None], [None, Some(3)]] {
            let validity: Bitmap = (0..500).map(|row| row % 5 != 0).collect();
            let columns =
                [column(&left, ways[0]).with_validity(Some(validity.clone())), column(&right, ways[1])];
            let own =
                [0, 1].map(|side: usize| columns[side].dictionary.clone().filter(|_| ways[side].is_some()));
            let hashes = PairHashes::new(own).unwrap();
            let views = (&columns[0].view(), &columns[1].view());
            // So few rows that their texts alone are looked at.
            let few: Bitmap = (0..500).map(|row| row < 60).collect();
            assert!(hashes.compare(&context, Comparison::Equal, views, &few).is_none());
            let active: Bitmap = (0..500).map(|row| row % 11 != 0).collect();
            for op in [Comparison::Equal, Comparison::NotEqual] {
                let found = hashes.compare(&context, op, views, &active).unwrap();
                for row in active.ones_iter() {
                    let holds = (left[row] == right[row]) == (op == Comparison::Equal);
                    assert_eq!(found.trues.get(row), holds && validity.get(row), "{ways:?} {op:?} {row}");
                    let is_null = found.nulls.as_ref().is_some_and(|nulls| nulls.get(row));
                    assert_eq!(is_null, !validity.get(row), "{row}");
                }
            }
        }
        let one = column(&left, Some(0)).dictionary;
        assert!(PairHashes::new([one.clone(), one]).is_none() && PairHashes::new([None, None]).is_none());
    }

    #[test]
    fn hashes_without_room_are_not_made() {
        let columns = [column(&[0, 1, 2], Some(0)), column(&[0, 2, 2], Some(1))];
        let hashes = PairHashes::new(columns.each_ref().map(|column| column.dictionary.clone())).unwrap();
        let (views, full) = ((&columns[0].view(), &columns[1].view()), Context::new().with_memory_limit(8));
        assert!(hashes.compare(&full, Comparison::Equal, views, &Bitmap::ones(3)).is_none());
    }
}
