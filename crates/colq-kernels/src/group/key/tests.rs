//! Keys in words and back.

use super::*;
use colq_types::Scalar;
use proptest::prelude::*;

fn check(columns: &[Column], ranges: bool, positions: Option<&[u32]>) -> Result<(), TestCaseError> {
    let spaces: Vec<KeySpace> = columns
        .iter()
        .map(|c| {
            let ends =
                |f: fn(i128, i128) -> i128| (0..c.len()).filter_map(|r| c.scalar(r).as_i128()).reduce(f);
            let range = ends(i128::min).zip(ends(i128::max)).filter(|_| ranges);
            KeySpace {
                data_type: c.data_type,
                nullable: c.validity.is_some(),
                range,
                step: 1,
                parts: 1,
                intervals: None,
            }
        })
        .collect();
    let layout = KeyLayout::new(&spaces);
    let views: Vec<View<'_>> = columns.iter().map(Column::view).collect();
    let mut words = Vec::new();
    layout.encode(&views, positions, columns[0].len(), &mut words).unwrap();
    let dictionaries: Vec<_> = columns.iter().map(|c| c.dictionary.clone()).collect();
    let back = layout.decode(&words, &dictionaries);
    let rows: Vec<u32> = positions.map_or_else(|| (0..columns[0].len() as u32).collect(), <[u32]>::to_vec);
    for (column, decoded) in columns.iter().zip(&back) {
        for (place, row) in rows.iter().enumerate() {
            let (expected, found) = (column.scalar(*row as usize), decoded.scalar(place));
            let same = match (&expected, &found) {
                (Scalar::F64(a), Scalar::F64(b)) => a == b || a.is_nan() && b.is_nan(),
                (a, b) => a == b,
            };
            prop_assert!(same, "{expected:?} became {found:?}");
        }
    }
    Ok(())
}

proptest! {
    #[test]
    fn keys_decode_to_what_was_encoded(
        rows in prop::collection::vec((prop::option::of(any::<i64>()), any::<u8>(), prop::option::of(any::<f64>()),
            any::<u64>(), prop::option::of(any::<bool>()), "[abc]"), 1..40),
        pick in prop::collection::vec(any::<prop::sample::Index>(), 0..20), ranges in any::<bool>(),
    ) {
        let column = |data_type, scalars: Vec<Scalar>| Column::from_scalars(data_type, &scalars);
        let all = [
            column(DataType::U8, rows.iter().map(|r| u64::from(r.1).into()).collect()),
            column(DataType::Bool, rows.iter().map(|r| r.4.into()).collect()),
            column(DataType::Text, rows.iter().map(|r| r.5.clone().into()).collect()),
            column(DataType::I64, rows.iter().map(|r| r.0.into()).collect()),
            column(DataType::F64, rows.iter().map(|r| r.2.into()).collect()),
            column(DataType::U64, rows.iter().map(|r| r.3.into()).collect()),
            column(DataType::Decimal { precision: 38, scale: 2 }, rows.iter().map(|r| match r.0 {
                Some(v) => Scalar::Decimal(i128::from(v) * i128::from(r.3 >> 1) / 9, 2),
                None => Scalar::Null,
            }).collect()),
        ];
        let positions: Vec<u32> = pick.iter().map(|i| i.index(rows.len()) as u32).collect();
        for (from, to) in [(0, 1), (0, 3), (2, 4), (3, 4), (4, 5), (5, 6), (0, 6), (6, 7), (0, 7)] {
            check(&all[from..to], ranges, None)?;
            check(&all[from..to], ranges, Some(&positions))?;
        }
    }
}

#[test]
fn more_columns_than_a_word_has_bits_keep_their_nulls() {
    let columns: Vec<Column> = (0..130)
        .map(|i| {
            let value = if i % 3 == 0 { Scalar::Null } else { Scalar::I64(i) };
            Column::from_scalars(DataType::I64, &[value])
        })
        .collect();
    check(&columns, false, None).unwrap();
}

#[test]
fn small_ranges_pack_and_equal_floats_meet() {
    let space = |data_type, nullable, range| KeySpace {
        data_type,
        nullable,
        range,
        step: 1,
        parts: 1,
        intervals: None,
    };
    let layout =
        KeyLayout::new(&[space(DataType::I64, true, Some((-3, 6))), space(DataType::Bool, false, None)]);
    assert_eq!((layout.word_count(), layout.packed_keys()), (1, Some(22)));
    let layout = KeyLayout::new(&[space(DataType::U64, false, None)]);
    assert_eq!(layout.packed_keys(), Some(1 << 64));
    let layout = KeyLayout::new(&[space(DataType::U64, true, None)]);
    assert_eq!((layout.word_count(), layout.packed_keys()), (2, None));
    let column = Column::new(DataType::F64, vec![0.0, -0.0, f64::NAN, -f64::NAN]);
    let mut words = Vec::new();
    KeyLayout::new(&[space(DataType::F64, false, None)])
        .encode(&[column.view()], None, 4, &mut words)
        .unwrap();
    assert_eq!((words[0], words[2]), (words[1], words[3]));
    let layout =
        KeyLayout::new(&[space(DataType::F64, false, None), space(DataType::U8, false, Some((3, 4)))]);
    assert_eq!(layout.word_count(), 2, "no bits for NULL where there is none");
    let none = Column::from_scalars(DataType::U8, &[Scalar::U64(3), Scalar::Null]);
    let numbers = Column::new(DataType::F64, vec![1.5, 2.5]);
    let outside = layout.encode(&[numbers.view(), none.view()], None, 2, &mut words);
    assert_eq!(outside, Err(Error::PastKnownRange { data_type: DataType::U8 }));
    let column = Column::new(DataType::U8, vec![3u8, 5]);
    let layout = KeyLayout::new(&[space(DataType::U8, false, Some((3, 4)))]);
    let outside = layout.encode(&[column.view()], None, 2, &mut words);
    assert_eq!(outside, Err(Error::PastKnownRange { data_type: DataType::U8 }));
}
