//! Keys of plain text against the texts themselves: every length around what the words hold, NULL, and hashes that agree.

use super::*;
use crate::GroupTable;
use colq_column::{Dictionary, SharedBytes};
use colq_types::Scalar;
use proptest::prelude::*;
use std::collections::HashMap;

/// A column of free text: a text a row, as a stored column has it.
fn free_text(texts: &[Option<String>]) -> Column {
    let (mut offsets, mut bytes) = (vec![0], Vec::new());
    for text in texts {
        bytes.extend_from_slice(text.as_deref().unwrap_or("").as_bytes());
        offsets.push(bytes.len() as u64);
    }
    let codes: Vec<u32> = (0..texts.len() as u32).collect();
    let dictionary = Dictionary::of_rows(offsets, SharedBytes::from(bytes)).unwrap();
    Column::text(codes, Arc::new(dictionary)).with_validity(Some(texts.iter().map(Option::is_some).collect()))
}

fn layout_of(with_numbers: bool, packed: bool) -> KeyLayout {
    let text = KeySpace {
        data_type: DataType::Text,
        nullable: true,
        range: None,
        step: 1,
        parts: 1,
        intervals: None,
    };
    let range = packed.then_some((-3, 9));
    let number =
        KeySpace { data_type: DataType::I64, nullable: true, range, step: 1, parts: 1, intervals: None };
    if with_numbers { KeyLayout::new(&[text.clone(), number, text]) } else { KeyLayout::new(&[text]) }
}

/// Groups rows by their words, and holds numbers and keys against a map of the scalars.
fn check(columns: &[Column], layout: &KeyLayout, positions: Option<&[u32]>) -> Result<(), TestCaseError> {
    let views: Vec<View<'_>> = columns.iter().map(Column::view).collect();
    let mut words = Vec::new();
    layout.encode(&views, positions, columns[0].len(), &mut words).unwrap();
    let rows: Vec<u32> = positions.map_or_else(|| (0..columns[0].len() as u32).collect(), <[u32]>::to_vec);
    let long: Vec<Column> =
        layout.plain_texts().iter().map(|index| KeyLayout::long_texts(&views[*index], &rows)).collect();
    let mut held = vec![LongTexts::default(); long.len()];
    let before = words.clone();
    layout.resolve(&mut words, &mut held, |row, text, _| long[text].view().text(row));
    prop_assert_eq!(before != words, layout.has_long_texts(&before));
    let mut table = GroupTable::new(layout.word_count(), layout.packed_keys());
    let mut groups = Vec::new();
    table.assign(&words, &mut groups);
    let mut naive: HashMap<String, u32> = HashMap::new();
    let key_of = |row: u32| {
        let key: Vec<Scalar> = columns.iter().map(|column| column.scalar(row as usize)).collect();
        format!("{key:?}")
    };
    for (row, group) in rows.iter().zip(&groups) {
        let next = naive.len() as u32;
        prop_assert_eq!(*naive.entry(key_of(*row)).or_insert(next), *group);
    }
    // Once more into other texts, from codes: partitions and groups stay.
    let mut again = words.clone();
    let mut other = vec![LongTexts::default(); held.len()];
    other.iter_mut().for_each(|texts| {
        texts.intern(1, b"a text that shifts all codes");
    });
    layout.resolve(&mut again, &mut other, |row, text, code| match code {
        Some(code) => held[text].get(code),
        None => long[text].view().text(row),
    });
    let width = layout.word_count();
    for (one, two) in words.chunks_exact(width).zip(again.chunks_exact(width)) {
        prop_assert_eq!(layout.partition(one, 16), layout.partition(two, 16));
    }
    for (keys, texts) in [(&words, &held), (&again, &other)] {
        for distinct in [false, true] {
            let back = layout.decode_texts(keys, &vec![None; columns.len()], &|_| texts, distinct, &|_| true);
            for (column, decoded) in columns.iter().zip(&back) {
                for (place, row) in rows.iter().enumerate() {
                    prop_assert_eq!(column.scalar(*row as usize), decoded.scalar(place));
                }
                let texts = decoded.dictionary.as_ref().filter(|_| distinct);
                prop_assert!(texts.is_none_or(|texts| texts.is_distinct()));
            }
        }
    }
    if columns.len() == 1 {
        let valid = (0..rows.len()).filter(|at| columns[0].view().is_valid(rows[*at] as usize)).count();
        prop_assert_eq!(layout.valid_texts(&words), valid as u64);
    }
    Ok(())
}

proptest! {
    #[test]
    fn texts_are_one_group_exactly_when_they_are_equal(
        rows in prop::collection::vec((
            prop::option::of("[ab]{0,2}(yyyyyyyyyyyyy)?[ab]{0,3}(zzzzzzzzzzzzzzzzzzzzz)?[ab]?"),
            prop::option::of(-3i64..9),
        ), 1..70),
        pick in prop::collection::vec(any::<prop::sample::Index>(), 0..20),
    ) {
        let texts: Vec<Option<String>> = rows.iter().map(|row| row.0.clone()).collect();
        let numbers: Vec<Scalar> = rows.iter().map(|row| row.1.into()).collect();
        let scalars: Vec<Scalar> = texts.iter().map(|text| text.clone().map_or(Scalar::Null, Scalar::Text)).collect();
        let number = Column::from_scalars(DataType::I64, &numbers);
        let positions: Vec<u32> = pick.iter().map(|i| i.index(rows.len()) as u32).collect();
        // Free text, and text with codes of a zone's own.
        for text in [free_text(&texts), Column::from_scalars(DataType::Text, &scalars)] {
            for positions in [None, Some(&positions[..])] {
                check(std::slice::from_ref(&text), &layout_of(false, false), positions)?;
                for packed in [false, true] {
                    let columns = [text.clone(), number.clone(), free_text(&texts)];
                    check(&columns, &layout_of(true, packed), positions)?;
                }
            }
        }
    }
}

#[test]
fn every_length_around_the_words_is_a_text_of_its_own() {
    let mut texts: Vec<Option<String>> = vec![None];
    for len in 0..40 {
        texts.push(Some("\0".repeat(len)));
        texts.push(Some(format!("{}b", "a".repeat(len))));
        texts.push(Some(format!("b{}", "a".repeat(len))));
    }
    texts.extend_from_within(..);
    check(&[free_text(&texts)], &layout_of(false, false), None).unwrap();
    check(&[free_text(&[None, None])], &layout_of(false, false), None).unwrap();
}

#[test]
fn texts_of_one_hash_are_told_apart() {
    let layout = layout_of(false, false);
    let texts = ["a text of more than 15 bytes", "another one of as many bytes"];
    let mark = LONG << MARK_SHIFT | 28;
    let mut words = vec![7, mark, 7, mark, 7, mark];
    layout.resolve(&mut words, &mut [LongTexts::default()], |row, _, _| texts[row % 2].as_bytes());
    assert_ne!(words[0..2], words[2..4]);
    assert_eq!(words[0..2], words[4..6]);
}
