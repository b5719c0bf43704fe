//! Texts that lie one after the other against one text: by their lengths and first bytes, and by the rest where those agree.

use crate::pack::pack;
use crate::text_edge::Edge;
use crate::text_run::TextRun;
use colq_column::{Bitmap, View};

/// Law: `out[i]` = `view[i]` is the text, turned around where `is_not` says so; NULL rows are the caller's to handle. Answers
/// false, with nothing written, where the texts do not lie one after the other.
pub fn equals_text(view: &View<'_>, text: &[u8], is_not: bool, out: &mut Bitmap) -> bool {
    let Some(run) = TextRun::new(view) else { return false };
    let mut flags = vec![0u8; run.len()];
    Edge::of(text).fill_wholes(&run, &mut flags);
    out.assign(run.len(), false);
    pack(&flags, is_not, out.words_mut(), |flag| flag != 0);
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use colq_column::{Column, Dictionary, SharedBytes};
    use std::sync::Arc;

    #[test]
    fn texts_are_equal_by_all_of_their_bytes() {
        let texts = ["", "a", "ab", "abcdefgh", "abcdefghi", "abcdefgx", "abcdefghj", "b", "abcdefgh"];
        let rows = [1, 63, 64, 65, 4_097];
        for len in rows {
            let (mut offsets, mut bytes) = (vec![0], Vec::new());
            for row in 0..len {
                bytes.extend_from_slice(texts[row * 5 % texts.len()].as_bytes());
                offsets.push(bytes.len() as u64);
            }
            let dictionary = Dictionary::of_rows(offsets, SharedBytes::from(bytes)).unwrap();
            let column = Column::text((0..len as u32).collect::<Vec<_>>(), Arc::new(dictionary));
            for (text, is_not) in texts.iter().flat_map(|text| [(text, false), (text, true)]) {
                let mut out = Bitmap::default();
                assert!(equals_text(&column.view(), text.as_bytes(), is_not, &mut out));
                for row in 0..len {
                    let expected = (texts[row * 5 % texts.len()] == *text) != is_not;
                    assert_eq!(out.get(row), expected, "{text} {row}");
                }
            }
        }
        let column = Column::text(vec![0u32, 0], Arc::new(Dictionary::of(["a"])));
        assert!(!equals_text(&column.view(), b"a", false, &mut Bitmap::default()));
    }
}
