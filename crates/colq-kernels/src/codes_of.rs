//! The codes of texts that a query names, found in the dictionary as it lies: by lengths and first bytes, many at once.

use crate::Error;
use crate::text_equal::is_in_texts;
use colq_column::{Bitmap, Dictionary, Values, View};
use colq_types::{DataType, ZONE_ROWS};
use std::sync::Arc;

/// Law: all codes whose value is one of the texts, rising.
///
/// # Errors
/// As [`is_in_texts`].
pub fn codes_of(dictionary: &Arc<Dictionary>, texts: &[&[u8]]) -> Result<Vec<u32>, Error> {
    let (mut found, mut bits) = (Vec::new(), Bitmap::default());
    let len = dictionary.len() as u32;
    for first in (0..len).step_by(ZONE_ROWS as usize) {
        let codes: Vec<u32> = (first..len.min(first.saturating_add(ZONE_ROWS as u32))).collect();
        let (data_type, values) = (DataType::Text, Values::U32(&codes));
        let view = View { data_type, values, validity: None, dictionary: Some(dictionary) };
        is_in_texts(&view, texts, &mut bits)?;
        found.extend(bits.ones_iter().filter_map(|at| codes.get(at)));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
    use super::*;

    #[test]
    fn codes_of_a_long_dictionary_are_those_of_its_texts() {
        let texts: Vec<String> = (0..200_000).map(|i| format!("{}{}", "x".repeat(i % 3), i)).collect();
        let dictionary = Arc::new(Dictionary::of(texts.iter().map(String::as_str)));
        for wanted in
            [vec![], vec!["0"], vec!["x65536", "none", "xx131072", ""], vec!["199998", "x199999", "x1"]]
        {
            let bytes: Vec<&[u8]> = wanted.iter().map(|text| text.as_bytes()).collect();
            let expected: Vec<u32> = texts
                .iter()
                .zip(0..)
                .filter(|(text, _)| wanted.contains(&text.as_str()))
                .map(|(_, code)| code)
                .collect();
            assert_eq!(codes_of(&dictionary, &bytes).unwrap(), expected, "{wanted:?}");
        }
        let many: Vec<&[u8]> = texts.iter().step_by(9_999).map(|text| text.as_bytes()).collect();
        let expected: Vec<u32> = (0..200_000).step_by(9_999).collect();
        assert_eq!(codes_of(&dictionary, &many).unwrap(), expected);
    }
}
