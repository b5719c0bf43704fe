//! Texts against texts that a query names: by their lengths and first bytes where they lie one after the other, and by their
//! dictionary where that is less work.

use crate::Error;
use crate::code_table::CodeTable;
use crate::lookup::lookup_codes;
use crate::pack::pack;
use crate::text_edge::Edge;
use crate::text_run::TextRun;
use colq_column::{Bitmap, DictionaryBuilder, View};

/// Up to this many texts of a list are compared one by one.
const FEW: usize = 6;

/// Texts of this length and more are one in the list of lengths.
const LENGTHS: usize = 256;

/// Law: `out[i]` = `view[i]` is the text, turned around where `is_not` says so; NULL rows are the caller's to handle.
///
/// # Errors
/// [`Error::WrongLayout`] where the view has no texts.
pub fn equals_text(view: &View<'_>, text: &[u8], is_not: bool, out: &mut Bitmap) -> Result<(), Error> {
    let Some(run) = TextRun::new(view) else {
        return test_texts(view, out, |value| (value == text) != is_not);
    };
    let mut flags = vec![0u8; run.len()];
    Edge::of(text).fill_wholes(&run, &mut flags);
    to_bits(&flags, is_not, out);
    Ok(())
}

/// Law: `out[i]` = `view[i]` is one of the texts; NULL rows are the caller's to handle.
///
/// # Errors
/// [`Error::WrongLayout`] where the view has no texts.
pub fn is_in_texts(view: &View<'_>, texts: &[&[u8]], out: &mut Bitmap) -> Result<(), Error> {
    if texts.len() <= FEW
        && let Some(run) = TextRun::new(view)
    {
        let (mut any, mut one) = (vec![0u8; run.len()], vec![0u8; run.len()]);
        for text in texts {
            Edge::of(text).fill_wholes(&run, &mut one);
            any.iter_mut().zip(&one).for_each(|(any, one)| *any |= one);
        }
        to_bits(&any, false, out);
        return Ok(());
    }
    let mut wanted = DictionaryBuilder::default();
    let mut lengths = [false; LENGTHS];
    for text in texts {
        wanted.intern(text);
        if let Some(place) = lengths.get_mut(text.len().min(LENGTHS - 1)) {
            *place = true;
        }
    }
    test_texts(view, out, |text| {
        lengths.get(text.len().min(LENGTHS - 1)).is_some_and(|has| *has) && wanted.find(text).is_some()
    })
}

/// Law: `out[i]` = `test(view[i])`; NULL rows are the caller's to handle, and `test` is asked of what stands in them too. Each
/// value of a dictionary is asked once, where it has no more of them than there are rows.
///
/// # Errors
/// [`Error::WrongLayout`] where the view has no texts.
pub fn test_texts(
    view: &View<'_>,
    out: &mut Bitmap,
    mut test: impl FnMut(&[u8]) -> bool,
) -> Result<(), Error> {
    if let Some(run) = TextRun::new(view) {
        let flags: Vec<u8> = run.iter().map(|text| u8::from(test(text))).collect();
        to_bits(&flags, false, out);
        return Ok(());
    }
    match view.dictionary.filter(|dictionary| dictionary.len() <= view.len()) {
        Some(dictionary) if !dictionary.is_empty() => {
            let table: CodeTable = dictionary.iter().map(test).collect();
            lookup_codes(view.values, &table, out)
        }
        _ => {
            *out = (0..view.len()).map(|row| test(view.text(row))).collect();
            Ok(())
        }
    }
}

fn to_bits(flags: &[u8], is_not: bool, out: &mut Bitmap) {
    out.assign(flags.len(), false);
    pack(flags, is_not, out.words_mut(), |flag| flag != 0);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::texts_of_rows;
    use colq_column::{Column, Dictionary};
    use std::sync::Arc;

    const TEXTS: [&str; 9] =
        ["", "a", "ab", "abcdefgh", "abcdefghi", "abcdefgx", "abcdefghj", "b", "abcdefghijklmnopqrst"];

    /// Rows one after the other, rows by a dictionary, and rows by one that has more values than there are rows.
    fn columns(len: usize) -> [Column; 3] {
        let rows: Vec<&str> = (0..len).map(|row| TEXTS[row * 5 % TEXTS.len()]).collect();
        let codes: Vec<u32> = (0..len).map(|row| (row * 5 % TEXTS.len()) as u32).collect();
        let dictionary = Arc::new(Dictionary::of(TEXTS));
        let more = (0..len).map(|row| row.to_string());
        let more: Vec<String> = TEXTS.iter().map(|text| text.to_string()).chain(more).collect();
        [
            Column::text((0..len as u32).collect::<Vec<_>>(), texts_of_rows(&rows)),
            Column::text(codes.clone(), dictionary),
            Column::text(codes, Arc::new(Dictionary::of(more.iter().map(String::as_str)))),
        ]
    }

    #[test]
    fn texts_are_compared_by_all_of_their_bytes() {
        for len in [0, 1, 2, 63, 64, 65, 4_097] {
            for column in columns(len) {
                let (view, mut out) = (column.view(), Bitmap::default());
                let check = |out: &Bitmap, expected: &dyn Fn(&str) -> bool| {
                    assert_eq!(out.len(), len);
                    (0..len).for_each(|row| {
                        let text = TEXTS[row * 5 % TEXTS.len()];
                        assert_eq!(out.get(row), expected(text), "{text} in row {row} of {len}");
                    });
                };
                for text in TEXTS.iter().chain(&["c", "abcdefghijklmnopqrsu"]) {
                    for is_not in [false, true] {
                        equals_text(&view, text.as_bytes(), is_not, &mut out).unwrap();
                        check(&out, &|found| (found == *text) != is_not);
                    }
                    test_texts(&view, &mut out, |found| found < text.as_bytes()).unwrap();
                    check(&out, &|found| found < *text);
                }
                let many: Vec<String> = (0..20).map(|i| "x".repeat(i * 20)).collect();
                let many: Vec<&str> =
                    many.iter().map(String::as_str).chain(TEXTS.into_iter().skip(4)).collect();
                for list in [&[][..], &["ab"], &["", "ab", "abcdefgx"], &many] {
                    let bytes: Vec<&[u8]> = list.iter().map(|text| text.as_bytes()).collect();
                    is_in_texts(&view, &bytes, &mut out).unwrap();
                    check(&out, &|found| list.contains(&found));
                }
            }
        }
    }
}
