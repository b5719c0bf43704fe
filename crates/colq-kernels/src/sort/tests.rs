//! Orders against a stable sort of scalars.

use super::*;
use colq_column::{Column, Dictionary, SharedBytes, View};
use colq_types::{DataType, Scalar};
use proptest::prelude::*;
use std::cmp::Ordering;
use std::sync::Arc;

fn naive(a: &Scalar, b: &Scalar, descending: bool, nulls_first: bool) -> Ordering {
    let order = match (a, b) {
        (Scalar::Null, Scalar::Null) => return Ordering::Equal,
        (Scalar::Null, _) => return if nulls_first { Ordering::Less } else { Ordering::Greater },
        (_, Scalar::Null) => return if nulls_first { Ordering::Greater } else { Ordering::Less },
        (Scalar::F64(a), Scalar::F64(b)) => a.partial_cmp(b).unwrap_or(a.is_nan().cmp(&b.is_nan())),
        (Scalar::F32(a), Scalar::F32(b)) => a.partial_cmp(b).unwrap_or(a.is_nan().cmp(&b.is_nan())),
        (Scalar::Text(a), Scalar::Text(b)) => a.as_bytes().cmp(b.as_bytes()),
        (Scalar::Decimal(a, _), Scalar::Decimal(b, _)) => a.cmp(b),
        (a, b) => a.as_i128().cmp(&b.as_i128()),
    };
    if descending { order.reverse() } else { order }
}

/// The same texts without a dictionary.
fn free(column: &Column) -> Column {
    let (mut offsets, mut bytes) = (vec![0u64], Vec::new());
    for row in 0..column.len() {
        if column.view().is_valid(row) {
            bytes.extend_from_slice(column.view().text(row));
        }
        offsets.push(bytes.len() as u64);
    }
    let texts = Dictionary::of_rows(offsets, SharedBytes::from(bytes)).unwrap();
    let codes: Vec<u32> = (0..column.len() as u32).collect();
    Column::text(codes, Arc::new(texts)).with_validity(column.validity.clone())
}

/// The range of a column's words, NaN among them, as a table would know it.
fn range(column: &Column) -> Option<(u64, u64)> {
    let mut words = Vec::new();
    crate::push_words(&column.view(), &[], &mut words).ok()?;
    let valid = |row: &usize| column.view().is_valid(*row);
    let words: Vec<u64> = (0..words.len()).filter(valid).map(|row| words[row]).collect();
    words.iter().copied().min().zip(words.iter().copied().max())
}

fn key(column: &Column, descending: bool, nulls_first: bool, is_known: bool) -> SortKey {
    let ranks = column.dictionary.as_ref().filter(|d| d.is_distinct()).map(|d| Arc::new(crate::ranks(d)));
    SortKey {
        data_type: column.data_type,
        descending,
        nulls_first,
        may_be_null: !is_known || column.validity.is_some(),
        range: if is_known && column.data_type != DataType::Text { range(column) } else { None },
        ranks,
    }
}

/// The order of the rows by these columns.
fn sorted(columns: &[&Column], keys: Vec<SortKey>) -> Vec<u32> {
    let layout = SortLayout::new(keys).unwrap();
    let views: Vec<View<'_>> = columns.iter().map(|c| c.view()).collect();
    let mut words = Vec::new();
    layout.encode(&views, &mut words).unwrap();
    let mut first = [Vec::new()];
    layout.encode_first(views.len(), |key| views[key], columns[0].len(), &mut first).unwrap();
    if layout.word_count() > 0 {
        assert_eq!(first[0], words[0]);
    }
    // The first keys alone give the same bits, and none of the others.
    for keys in 1..views.len() {
        let mut part = [Vec::new()];
        layout.encode_first(keys, |key| views[key], columns[0].len(), &mut part).unwrap();
        let rest = first[0].iter().zip(&part[0]).map(|(all, part)| all ^ part).fold(0, |a, b| a | b);
        let own = part[0].iter().fold(0, |a, b| a | b);
        assert!(
            rest == 0 || own == 0 || rest.leading_zeros() > 63 - own.trailing_zeros(),
            "{own:x} {rest:x}"
        );
    }
    let texts: Vec<&Column> = layout.text_keys().iter().map(|key| columns[*key]).collect();
    let texts: Vec<SortTexts<'_>> = texts
        .iter()
        .filter_map(|c| c.dictionary.as_ref())
        .map(|d| SortTexts { offsets: d.offsets(), bytes: d.text_bytes() })
        .collect();
    let words: Vec<&[u64]> = words.iter().map(Vec::as_slice).collect();
    let order = sort_rows(&layout, &words, &texts, columns[0].len());
    check_changes(columns, &layout, &words, &texts, &order);
    order
}

/// Where keys change along an order, against scalars, for every number of keys that make partitions.
fn check_changes(
    columns: &[&Column],
    layout: &SortLayout,
    words: &[&[u64]],
    texts: &[SortTexts<'_>],
    order: &[u32],
) {
    let agree = |keys: &[&Column], a: u32, b: u32| {
        keys.iter().all(|c| naive(&c.scalar(a as usize), &c.scalar(b as usize), false, false).is_eq())
    };
    for partition_keys in 0..=columns.len() {
        let changes = key_changes(layout, partition_keys, words, texts, order);
        assert_eq!(changes.first(), order.first().map(|_| &KeyChange::Partition));
        for (rows, change) in order.windows(2).zip(changes.iter().skip(1)) {
            let expected = match agree(&columns[..partition_keys], rows[0], rows[1]) {
                false => KeyChange::Partition,
                true if agree(columns, rows[0], rows[1]) => KeyChange::None,
                true => KeyChange::Order,
            };
            assert_eq!(*change, expected, "{rows:?} by {partition_keys}");
            let [before, row] = [rows[0], rows[1]].map(|row| RowKey::of(row, words, texts));
            assert_eq!(row.change_from(&before, layout, partition_keys), expected);
        }
    }
}

fn expected(columns: &[&Column], flags: &[(bool, bool)]) -> Vec<u32> {
    let scalars: Vec<Vec<Scalar>> =
        columns.iter().map(|c| (0..c.len()).map(|r| c.scalar(r)).collect()).collect();
    let mut order: Vec<u32> = (0..columns[0].len() as u32).collect();
    order.sort_by(|a, b| {
        scalars.iter().zip(flags).fold(Ordering::Equal, |so_far, (column, (descending, nulls_first))| {
            so_far.then_with(|| naive(&column[*a as usize], &column[*b as usize], *descending, *nulls_first))
        })
    });
    order
}

/// What a row of the random tables is made of.
type Row = (Option<f64>, Option<i64>, String, &'static str, u64);

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]
    #[test]
    fn rows_sort_as_a_stable_sort_of_scalars(
        rows in prop::collection::vec((prop::option::of(prop_oneof![Just(f64::NAN), Just(-0.0), Just(0.0), any::<f64>()]),
            prop::option::of(-2i64..2), "[ab]{0,2}", prop_oneof![Just(""), Just("a long text that goes on"), Just("a long text that goes out")],
            any::<u64>()), 0..700),
        flags in any::<[bool; 8]>(), is_known in any::<bool>(),
    ) {
        let scalars = |of: &dyn Fn(&Row) -> Scalar| rows.iter().map(of).collect::<Vec<_>>();
        let text = Column::from_scalars(DataType::Text, &scalars(&|r| match r.1 {
            Some(1) => Scalar::Null,
            _ => Scalar::Text(format!("{}{}", r.3, r.2)),
        }));
        let columns = [
            Column::from_scalars(DataType::F64, &scalars(&|r| r.0.into())),
            Column::from_scalars(DataType::I64, &scalars(&|r| r.1.into())),
            // Values that differ in the upper half, in the lower one, in both.
            Column::from_scalars(DataType::Decimal { precision: 38, scale: 0 }, &scalars(&|r| match r.1 {
                Some(v) => Scalar::Decimal((i128::from(v) << 66) + r.2.len() as i128 - 1, 0),
                None => Scalar::Null,
            })),
            free(&text),
            text,
            Column::from_scalars(DataType::F32, &scalars(&|r| Scalar::F32(r.0.unwrap_or(0.0) as f32))),
            Column::from_scalars(DataType::U64, &scalars(&|r| Scalar::U64(r.4))),
            Column::from_scalars(DataType::U8, &scalars(&|r| Scalar::U64(r.4 % 3))),
            Column::from_scalars(DataType::I16, &scalars(&|r| Scalar::I64(r.4 as i64 % 300 - 100))),
        ];
        for order in [[0, 1, 6], [1, 4, 0], [3, 0, 1], [2, 3, 0], [5, 6, 8], [7, 6, 3], [8, 7, 5], [4, 2, 1]] {
            for keys in 1..=3 {
                let used: Vec<&Column> = order[..keys].iter().map(|c| &columns[*c]).collect();
                let flags: Vec<(bool, bool)> = (0..keys).map(|k| (flags[k], flags[k + 4])).collect();
                let sort = used.iter().zip(&flags).map(|(c, f)| key(c, f.0, f.1, is_known)).collect();
                prop_assert_eq!(sorted(&used, sort), expected(&used, &flags), "{:?}", &order[..keys]);
            }
        }
    }
}

#[test]
fn many_rows_of_many_kinds_of_spread_sort() {
    let random = |row: u64| {
        (row + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(31).wrapping_mul(0xbf58_476d_1ce4_e5b9)
    };
    for spread in [|x: u64| x, |x: u64| x >> 50, |x: u64| (x % 3) << 40 | x >> 60, |x: u64| 1 << (x % 64)] {
        let values: Vec<u64> = (0..20_000).map(random).map(spread).collect();
        let column = Column::new(DataType::U64, values.clone());
        let found = sorted(&[&column], vec![key(&column, false, false, true)]);
        let mut expected: Vec<u32> = (0..20_000).collect();
        expected.sort_by_key(|row| values[*row as usize]);
        assert_eq!(found, expected);
    }
}

#[test]
fn rows_that_fall_are_turned_and_rows_that_fall_with_ties_are_not() {
    for step in [1, 2] {
        let values: Vec<u64> = (0..10_000).map(|row| (10_000 - row) / step).collect();
        let columns = [Column::new(DataType::U64, values)];
        let columns: Vec<&Column> = columns.iter().collect();
        for descending in [false, true] {
            let found = sorted(&columns, vec![key(columns[0], descending, false, true)]);
            assert_eq!(found, expected(&columns, &[(descending, false)]));
        }
    }
}

#[test]
fn the_lowest_word_of_a_zone_is_below_its_rows() {
    let column = Column::from_scalars(DataType::I64, &[3, 9, -4].map(Scalar::I64));
    for (descending, nulls_first) in [(false, false), (true, true), (true, false), (false, true)] {
        let mut of = key(&column, descending, nulls_first, true);
        of.may_be_null = true;
        let layout = SortLayout::new(vec![of]).unwrap();
        let mut words = Vec::new();
        layout.encode(&[column.view()], &mut words).unwrap();
        let best = crate::signed_word(if descending { 9 } else { -4 });
        assert_eq!(layout.lowest_first_word(best), words[0].iter().copied().min());
    }
}
