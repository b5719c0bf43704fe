//! Short hashes of the texts of a dictionary, so that rows of two columns are seen to differ without a look at their texts.
//!
//! Law: texts that are equal have one hash.

use colq_column::{Dictionary, Values, View};

/// Texts whose hashes are made together.
pub const HASHED: usize = 1 << 16;

/// An odd number without pattern: the golden ratio in 64 bits.
const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

/// The hashes of the texts of part `part`, those from code `part * HASHED` on.
pub fn text_hashes(dictionary: &Dictionary, part: usize) -> Vec<u16> {
    let offsets = dictionary.offsets();
    let first = part * HASHED;
    let end = offsets.len().min(first + HASHED + 1);
    let (bytes, ends) = (dictionary.text_bytes(), offsets.get(first..end).unwrap_or(&[]));
    let text = |ends: &[u64]| bytes.get(ends[0] as usize..ends[1] as usize).unwrap_or(&[]);
    ends.windows(2).map(|ends| text_hash(text(ends))).collect()
}

/// The hash of a text: its length, its last eight bytes, and those in its middle. So a long text is read in two places.
#[inline(always)]
fn text_hash(text: &[u8]) -> u16 {
    let middle = text.len().saturating_sub(8) / 2;
    let words = match (text.last_chunk::<8>(), text.get(middle..).and_then(|rest| rest.first_chunk::<8>())) {
        (Some(last), Some(middle)) => (u64::from_le_bytes(*last), u64::from_le_bytes(*middle)),
        _ => (text.iter().fold(0, |word, byte| word << 8 | u64::from(*byte)), 0),
    };
    let mixed = (words.0 ^ text.len() as u64).wrapping_mul(GOLDEN).rotate_right(29) ^ words.1;
    // The highest bits are those that all others have changed.
    (mixed.wrapping_mul(GOLDEN) >> 48) as u16
}

/// Law: row `i` of the answer = the hash of the text of row `i`; `None` where a row has no text.
pub fn row_hashes(view: &View<'_>) -> Option<Vec<u16>> {
    let dictionary = view.dictionary?;
    match view.values {
        Values::U8(codes) => hash_rows(codes, dictionary),
        Values::U16(codes) => hash_rows(codes, dictionary),
        Values::U32(codes) => hash_rows(codes, dictionary),
        _ => None,
    }
}

fn hash_rows<T: Copy + Into<u32>>(codes: &[T], dictionary: &Dictionary) -> Option<Vec<u16>> {
    let (bytes, offsets) = (dictionary.text_bytes(), dictionary.offsets());
    let mut are_known = true;
    let hash = |code: &T| {
        let code = (*code).into() as usize;
        let ends = offsets.get(code..).and_then(|ends| ends.first_chunk::<2>());
        let text = ends.and_then(|[start, end]| bytes.get(*start as usize..*end as usize));
        are_known &= text.is_some();
        text.map_or(0, text_hash)
    };
    let found = codes.iter().map(hash).collect();
    are_known.then_some(found)
}

/// Law: row `i` of the answer = the hash of the text of `codes[i]`, `hashes` having those of all parts of a dictionary in their
/// order; `None` where a row has no such text.
pub fn hashes_of_rows(codes: Values<'_>, hashes: &[&[u16]]) -> Option<Vec<u16>> {
    match codes {
        Values::U8(codes) => look_up(codes, hashes),
        Values::U16(codes) => look_up(codes, hashes),
        Values::U32(codes) => look_up(codes, hashes),
        _ => None,
    }
}

fn look_up<T: Copy + Into<u32>>(codes: &[T], hashes: &[&[u16]]) -> Option<Vec<u16>> {
    let mut are_known = true;
    let hash = |code: &T| {
        let code = (*code).into() as usize;
        let hash = hashes.get(code / HASHED).and_then(|part| part.get(code % HASHED));
        are_known &= hash.is_some();
        hash.copied().unwrap_or(0)
    };
    let found = codes.iter().map(hash).collect();
    are_known.then_some(found)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
    use super::*;
    use colq_types::DataType;
    use std::collections::HashSet;
    use std::sync::Arc;

    #[test]
    fn rows_have_the_hashes_of_their_texts() {
        let texts: Vec<String> = (0..HASHED + 70).map(|i| "long ".repeat(i % 4) + &i.to_string()).collect();
        let all = Dictionary::of(texts.iter().map(String::as_str));
        let parts = [text_hashes(&all, 0), text_hashes(&all, 1), text_hashes(&all, 2)];
        assert_eq!(parts.each_ref().map(Vec::len), [HASHED, 70, 0]);
        let hashes = parts.each_ref().map(|part| &part[..]);
        // From wherever in memory, and by codes of any width.
        let codes: Vec<u32> = (0..300).map(|i| (i * 7_919) % (HASHED as u32 + 70)).collect();
        let chosen = Dictionary::of(codes.iter().map(|code| texts[*code as usize].as_str()));
        let expected = text_hashes(&chosen, 0);
        assert_eq!(hashes_of_rows(Values::U32(&codes), &hashes).unwrap(), expected);
        assert_eq!(hashes_of_rows(Values::U16(&[9, 300]), &hashes).unwrap(), [parts[0][9], parts[0][300]]);
        assert_eq!(hashes_of_rows(Values::U8(&[9]), &hashes).unwrap(), [parts[0][9]]);
        assert_eq!(hashes_of_rows(Values::U32(&[9, HASHED as u32 + 70]), &hashes), None);
        assert_eq!(hashes_of_rows(Values::U32(&[3 * HASHED as u32]), &hashes), None);
        assert_eq!(hashes_of_rows(Values::I64(&[0]), &hashes), None);
        // Beside a column of other texts.
        let all = Arc::new(all);
        let view =
            |values| View { data_type: DataType::Text, values, validity: None, dictionary: Some(&all) };
        assert_eq!(row_hashes(&view(Values::U32(&codes))).unwrap(), expected);
        assert_eq!(row_hashes(&view(Values::U8(&[9]))).unwrap(), [parts[0][9]]);
        assert_eq!(row_hashes(&view(Values::U32(&[HASHED as u32 + 70]))), None);
    }

    #[test]
    fn few_texts_share_a_hash() {
        let texts: Vec<String> =
            (0..2_000).map(|i| format!("https://h{}.example.org/item?id={}", i % 7, i)).collect();
        let edges = ["", "\0", "\0\0", "a", "a\0", "abcdefgh", "abcdefgi", "abcdefgh\0", "abcdefghabcdefgh"];
        let all = Dictionary::of(texts.iter().map(String::as_str).chain(edges));
        let different: HashSet<u16> = text_hashes(&all, 0).into_iter().collect();
        // Of as many drawn at random, 30 would be drawn before.
        assert!(different.len() > 1_900, "{}", different.len());
    }
}
