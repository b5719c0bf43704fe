//! Values as 64-bit words whose order is the order of the values, which is what sorting, minima and maxima of
//! any type come down to.
//!
//! Law: for values `a` and `b` of one type, `word(a) < word(b)` exactly when `a` sorts before `b`. Of floats,
//! NaN (of any payload) is one value above all numbers, and -0.0 is 0.0. Text goes by the rank
//! of its code ([`ranks`]), which orders by bytes.

use crate::Error;
use colq_column::{Bitmap, Buffer, Column, Dictionary, Values, View, text_prefix};
use colq_types::{DataType, Physical, halves};
use std::sync::Arc;

const SIGN: u64 = 1 << 63;

/// The word of a code without a rank: no rank has more than 32 bits.
const NO_RANK: u64 = u64::MAX;

/// The word of a signed integer.
#[inline(always)]
pub fn signed_word(value: i64) -> u64 {
    value as u64 ^ SIGN
}

/// The signed integer of a word.
#[inline(always)]
pub fn word_signed(word: u64) -> i64 {
    (word ^ SIGN) as i64
}

/// The word of a float.
#[inline(always)]
pub fn float_word(value: f64) -> u64 {
    // Adding 0.0 turns -0.0 into 0.0 and changes nothing else.
    let bits = if value.is_nan() { f64::NAN.to_bits() } else { (value + 0.0).to_bits() };
    if bits & SIGN == 0 { bits | SIGN } else { !bits }
}

/// The float of a word.
#[inline(always)]
pub fn word_float(word: u64) -> f64 {
    f64::from_bits(if word & SIGN == 0 { !word } else { word & !SIGN })
}

/// The rank of each code of a dictionary in the byte order of its values, equal values sharing a rank.
pub fn ranks(dictionary: &Dictionary) -> Vec<u32> {
    let texts = |code: u32| dictionary.get(code).unwrap_or(&[]);
    let word = |code: u32, at: usize| text_prefix(texts(code).get(at..).unwrap_or(&[]));
    let mut order: Vec<(u64, u32)> = (0..dictionary.len() as u32).map(|code| (word(code, 0), code)).collect();
    // Eight bytes at a time, compared as one number: parts whose texts agree so far, and how far.
    let mut parts = vec![(0..order.len(), 0)];
    while let Some((rows, at)) = parts.pop() {
        let Some(part) = order.get_mut(rows.clone()) else { continue };
        part.sort_unstable();
        let mut start = rows.start;
        for run in part.chunk_by_mut(|a, b| a.0 == b.0) {
            let (first, next) = (start, at + WORD_LEN);
            start += run.len();
            if run.len() == 1 {
                continue;
            }
            // Those that end here differ in zeros at their end alone, and are the beginning of those that go on.
            run.sort_unstable_by_key(|(_, code)| (texts(*code).len().min(next + 1), *code));
            let ended = run.partition_point(|(_, code)| texts(*code).len() <= next);
            let Some(longer) = run.get_mut(ended..).filter(|longer| longer.len() > 1) else { continue };
            longer.iter_mut().for_each(|(found, code)| *found = word(*code, next));
            parts.push((first + ended..start, next));
        }
    }
    let mut ranks = vec![0; order.len()];
    let (mut rank, mut before) = (0, None);
    for (place, (_, code)) in (0u32..).zip(&order) {
        let text = texts(*code);
        if before != Some(text) {
            (rank, before) = (place, Some(text));
        }
        if let Some(place) = ranks.get_mut(*code as usize) {
            *place = rank;
        }
    }
    ranks
}

/// Bytes of text that are compared at once.
const WORD_LEN: usize = 8;

/// Adds the word of every row of a view to `words`; NULL rows get any word. `ranks` are those of the view's
/// dictionary and are asked for by text alone.
///
/// # Errors
/// A text code that has no rank, which only a damaged file can hold; a layout of more than 64 bits.
pub fn push_words(view: &View<'_>, ranks: &[u32], words: &mut Vec<u64>) -> Result<(), Error> {
    if view.data_type == DataType::Text {
        let first = words.len();
        let word = |code: usize| ranks.get(code).map_or(NO_RANK, |rank| u64::from(*rank));
        match view.values {
            Values::U8(codes) => words.extend(codes.iter().map(|code| word(usize::from(*code)))),
            Values::U16(codes) => words.extend(codes.iter().map(|code| word(usize::from(*code)))),
            Values::U32(codes) => words.extend(codes.iter().map(|code| word(*code as usize))),
            other => {
                return Err(Error::WrongLayout { expected: "codes", found: other.physical().name() });
            }
        }
        // A column of nulls alone may have no dictionary value at all.
        let added = words.get(first..).unwrap_or(&[]);
        let is_lost = |row: &usize| added.get(*row) == Some(&NO_RANK) && view.is_valid(*row);
        if added.contains(&NO_RANK)
            && let Some(row) = (0..added.len()).find(is_lost)
        {
            let code = view.values.code(row).unwrap_or(u32::MAX);
            return Err(Error::CodePastDictionary { code, dictionary_len: ranks.len() });
        }
        return Ok(());
    }
    match view.values {
        Values::Bool(v) => words.extend(v.iter().map(|x| u64::from(*x != 0))),
        Values::I8(v) => words.extend(v.iter().map(|x| signed_word(i64::from(*x)))),
        Values::I16(v) => words.extend(v.iter().map(|x| signed_word(i64::from(*x)))),
        Values::I32(v) => words.extend(v.iter().map(|x| signed_word(i64::from(*x)))),
        Values::I64(v) => words.extend(v.iter().map(|x| signed_word(*x))),
        Values::U8(v) => words.extend(v.iter().map(|x| u64::from(*x))),
        Values::U16(v) => words.extend(v.iter().map(|x| u64::from(*x))),
        Values::U32(v) => words.extend(v.iter().map(|x| u64::from(*x))),
        Values::U64(v) => words.extend_from_slice(v),
        Values::F32(v) => words.extend(v.iter().map(|x| float_word(f64::from(*x)))),
        Values::F64(v) => words.extend(v.iter().map(|x| float_word(*x))),
        Values::F16(v) => words.extend(v.iter().map(|x| float_word(f64::from(*x)))),
        Values::Bf16(v) => words.extend(v.iter().map(|x| float_word(f64::from(*x)))),
        Values::I128(_) | Values::Vector(_) => {
            let found = view.values.physical().name();
            return Err(Error::WrongLayout { expected: "values of at most 64 bits", found });
        }
    }
    Ok(())
}

/// The column of a type that is not text, back from its words. Bits of `validity` that are zero are NULL.
pub fn words_to_column(data_type: DataType, words: &[u64], validity: Option<Bitmap>) -> Column {
    let word = |row: usize, word: &u64| match &validity {
        Some(validity) if !validity.get(row) => None,
        _ => Some(*word),
    };
    let signed = || words.iter().enumerate().map(|(i, w)| word(i, w).map_or(0, |w| (w ^ SIGN) as i64));
    let unsigned = || words.iter().enumerate().map(|(i, w)| word(i, w).unwrap_or(0));
    let float = || words.iter().enumerate().map(|(i, w)| word(i, w).map_or(0.0, word_float));
    let values: Buffer = match data_type.physical().unwrap_or(Physical::U64) {
        Physical::Bool => Buffer::Bool(unsigned().map(|v| v as u8).collect()),
        Physical::I8 => Buffer::I8(signed().map(|v| v as i8).collect()),
        Physical::I16 => Buffer::I16(signed().map(|v| v as i16).collect()),
        Physical::I32 => Buffer::I32(signed().map(|v| v as i32).collect()),
        Physical::I64 => Buffer::I64(signed().collect()),
        Physical::U8 => Buffer::U8(unsigned().map(|v| v as u8).collect()),
        Physical::U16 => Buffer::U16(unsigned().map(|v| v as u16).collect()),
        Physical::U32 => Buffer::U32(unsigned().map(|v| v as u32).collect()),
        Physical::U64 => Buffer::U64(unsigned().collect()),
        Physical::F32 => Buffer::F32(float().map(|v| v as f32).collect()),
        Physical::F64 => Buffer::F64(float().collect()),
        Physical::F16 => Buffer::F16(float().map(halves::to_f16).collect()),
        Physical::Bf16 => Buffer::Bf16(float().map(halves::to_bf16).collect()),
        Physical::I128 => Buffer::I128(signed().map(i128::from).collect()),
    };
    Column { data_type, values, validity: None, dictionary: None }.with_validity(validity)
}

/// Law: at each rank the first code that has it; what no code has is anything.
pub fn codes_by_rank(ranks: &[u32]) -> Vec<u32> {
    let mut codes = vec![0u32; ranks.len()];
    for (code, rank) in ranks.iter().enumerate().rev() {
        if let Some(place) = codes.get_mut(*rank as usize) {
            *place = code as u32;
        }
    }
    codes
}

/// The text column back from its words, which are ranks in `dictionary`, by the code of each rank.
pub fn words_to_text(
    words: &[u64],
    validity: Option<Bitmap>,
    dictionary: &Arc<Dictionary>,
    code_of_rank: &[u32],
) -> Column {
    let codes: Vec<u32> = words
        .iter()
        .enumerate()
        .map(|(row, word)| {
            let valid = validity.as_ref().is_none_or(|v| v.get(row));
            if valid { code_of_rank.get(*word as usize).copied().unwrap_or(0) } else { 0 }
        })
        .collect();
    Column::text(codes, dictionary.clone()).with_validity(validity)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::cmp::Ordering;

    proptest! {
        #[test]
        fn words_order_as_values_do(a in any::<f64>(), b in any::<f64>(), x in any::<i64>(), y in any::<i64>()) {
            let expected = match (a.is_nan(), b.is_nan()) {
                (true, true) => Ordering::Equal,
                (true, false) => Ordering::Greater,
                (false, true) => Ordering::Less,
                (false, false) => a.partial_cmp(&b).unwrap(),
            };
            prop_assert_eq!(float_word(a).cmp(&float_word(b)), expected);
            prop_assert_eq!(signed_word(x).cmp(&signed_word(y)), x.cmp(&y));
            if !a.is_nan() {
                prop_assert_eq!(word_float(float_word(a)).to_bits(), (a + 0.0).to_bits());
            }
        }
    }

    proptest! {
        #[test]
        fn ranks_order_as_texts_do(
            texts in prop::collection::vec(prop_oneof!["[ab\\x00]{0,3}", "[ab]{14,18}", "ab{15}[a\\x00]{0,2}"], 0..60),
        ) {
            let dictionary = Dictionary::of(texts.iter().map(String::as_str));
            let ranks = ranks(&dictionary);
            for (a, left) in texts.iter().enumerate() {
                for (b, right) in texts.iter().enumerate() {
                    prop_assert_eq!(ranks[a].cmp(&ranks[b]), left.cmp(right), "{:?} {:?}", left, right);
                }
            }
        }
    }

    #[test]
    fn only_a_code_of_a_value_needs_a_rank() {
        let dictionary = Arc::new(Dictionary::of(["b", "a"]));
        let column = Column::text(vec![0u8, 1, 7], dictionary.clone());
        let ranks = ranks(&dictionary);
        let mut words = vec![9];
        let failed = push_words(&column.view(), &ranks, &mut words);
        assert!(
            matches!(failed, Err(Error::CodePastDictionary { code: 7, dictionary_len: 2 })),
            "{failed:?}"
        );
        let validity: Bitmap = [true, true, false].into_iter().collect();
        let column = Column { validity: Some(validity), ..column };
        words.truncate(1);
        push_words(&column.view(), &ranks, &mut words).unwrap();
        assert_eq!(words[..3], [9, 1, 0]);
    }

    #[test]
    fn text_ranks_by_bytes() {
        let dictionary = Arc::new(Dictionary::of(["b", "", "a", "ab"]));
        assert_eq!(ranks(&dictionary), [3, 0, 1, 2]);
        let column = words_to_text(&[3, 0, 2], None, &dictionary, &codes_by_rank(&ranks(&dictionary)));
        assert_eq!(column.scalar(0), "b".into());
        assert_eq!(column.scalar(2), "ab".into());
    }
}
