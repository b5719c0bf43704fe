//! The texts of two columns, row by row.

use colq_column::{Bitmap, Dictionary, View};
use colq_types::Comparison;
use std::ops::Range;
use std::sync::Arc;

/// Rows whose texts are fetched together.
const FETCHED: usize = 256;

/// Law: `out[i]` = `left[i] op right[i]` by bytes in the rows that are active, anything in the others; NULL rows are the
/// caller's to handle.
pub fn compare_texts(op: Comparison, left: &View<'_>, right: &View<'_>, active: &Bitmap) -> Bitmap {
    let len = left.len();
    let mut out = Bitmap::zeros(len);
    let (Some(own), Some(other)) = (left.dictionary, right.dictionary) else { return out };
    let is_equality = matches!(op, Comparison::Equal | Comparison::NotEqual);
    let is_one = is_equality && Arc::ptr_eq(own, other) && own.is_distinct();
    let mut rows: Vec<usize> = Vec::with_capacity(FETCHED);
    let mut places: [Vec<Range<usize>>; 2] = Default::default();
    let mut active = active.ones_iter().take_while(|row| *row < len);
    loop {
        rows.clear();
        rows.extend(active.by_ref().take(FETCHED));
        if rows.is_empty() {
            return out;
        }
        if is_one {
            let is_equal = |row: &usize| left.values.code(*row) == right.values.code(*row);
            rows.iter().for_each(|row| out.set(*row, is_equal(row) == (op == Comparison::Equal)));
            continue;
        }
        for (places, (view, dictionary)) in places.iter_mut().zip([(left, own), (right, other)]) {
            let place = |row: &usize| view.values.code(*row).and_then(|code| dictionary.place(code));
            places.clear();
            places.extend(rows.iter().map(|row| place(row).unwrap_or(0..0)));
        }
        let [a, b] = &mut places;
        // Texts of different lengths need not be looked at to see that they differ.
        if is_equality {
            let mut kept = 0;
            for at in 0..rows.len() {
                if a[at].len() == b[at].len() {
                    (rows[kept], a[kept], b[kept]) = (rows[at], a[at].clone(), b[at].clone());
                    kept += 1;
                } else {
                    out.set(rows[at], op == Comparison::NotEqual);
                }
            }
            rows.truncate(kept);
            a.truncate(kept);
            b.truncate(kept);
        }
        fetch(own, a);
        fetch(other, b);
        for (row, (a, b)) in rows.iter().zip(a.iter().zip(&*b)) {
            let a = own.text_bytes().get(a.clone()).unwrap_or(&[]);
            let b = other.text_bytes().get(b.clone()).unwrap_or(&[]);
            out.set(*row, op.holds(a.cmp(b)));
        }
    }
}

/// Texts of rows lie side by side already.
fn fetch(dictionary: &Dictionary, places: &[Range<usize>]) {
    if dictionary.is_distinct() {
        dictionary.fetch(places);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::texts_of_rows;
    use colq_column::Column;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn pairs_compare_as_their_texts_do(
            rows in prop::collection::vec((0usize..6, 0usize..6, any::<bool>()), 0..700),
            ways in (0..3u8, 0..3u8),
        ) {
            const TEXTS: [&str; 6] = ["", "a", "b", "ab", "abcdefghi", "abcdefghj"];
            let shared = Arc::new(Dictionary::of(TEXTS));
            let column = |way: u8, pick: &dyn Fn(&(usize, usize, bool)) -> usize| {
                let texts: Vec<&str> = rows.iter().map(|row| TEXTS[pick(row)]).collect();
                let codes: Vec<u32> = rows.iter().map(|row| pick(row) as u32).collect();
                match way {
                    0 => Column::text((0..rows.len() as u32).collect::<Vec<_>>(), texts_of_rows(&texts)),
                    1 => Column::text(codes, shared.clone()),
                    _ => Column::text(codes, Arc::new(Dictionary::of(TEXTS))),
                }
            };
            let (left, right) = (column(ways.0, &|row| row.0), column(ways.1, &|row| row.1));
            let active: Bitmap = rows.iter().map(|row| row.2).collect();
            for op in [
                Comparison::Equal,
                Comparison::NotEqual,
                Comparison::Less,
                Comparison::LessOrEqual,
                Comparison::Greater,
                Comparison::GreaterOrEqual,
            ] {
                let found = compare_texts(op, &left.view(), &right.view(), &active);
                for (at, row) in rows.iter().enumerate().filter(|(_, row)| row.2) {
                    prop_assert_eq!(found.get(at), op.holds(TEXTS[row.0].cmp(TEXTS[row.1])), "{:?} {:?}", op, row);
                }
            }
        }
    }
}
