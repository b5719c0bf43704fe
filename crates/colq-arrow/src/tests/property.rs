//! Whatever an array holds, and wherever it is cut, the column has the same values.

use super::*;
use proptest::prelude::*;

/// The values by Arrow's own account.
fn naive(array: &Int32Array) -> Vec<Option<i32>> {
    array.iter().collect()
}

proptest! {
    #[test]
    fn numbers_are_those_of_arrow(
        values in prop::collection::vec(any::<i32>(), 1..300),
        nulls in prop::collection::vec(any::<bool>(), 300),
        from in 0usize..300, len in 0usize..300,
    ) {
        let nulls = arrow_buffer::NullBuffer::from(nulls[..values.len()].to_vec());
        let array = Int32Array::new(values.into(), Some(nulls));
        let from = from.min(array.len());
        let array = array.slice(from, len.min(array.len() - from));
        let column = from_arrow(&array).unwrap();
        let found: Vec<Option<i32>> = (0..column.len())
            .map(|row| column.scalar(row).as_i128().map(|v| v as i32))
            .collect();
        prop_assert_eq!(found, naive(&array));
        let zero = column.values.as_values().as_slice::<i32>().unwrap().to_vec();
        for (row, value) in zero.into_iter().enumerate() {
            prop_assert!(column.view().is_valid(row) || value == 0);
        }
        let again = to_arrow(&column).unwrap();
        prop_assert_eq!(&*again, &array as &dyn Array);
    }

    #[test]
    fn texts_are_those_of_arrow(
        texts in prop::collection::vec(prop::option::of("[a-cü]{0,3}"), 1..200),
        times in 1usize..4, from in 0usize..100,
    ) {
        let texts: Vec<_> = std::iter::repeat_n(texts, times).flatten().collect();
        let array = StringArray::from(texts.clone());
        let from = from.min(array.len());
        let column = from_arrow(&array.slice(from, array.len() - from)).unwrap();
        let expected: Vec<Scalar> = texts[from..].iter().cloned().map(Scalar::from).collect();
        prop_assert_eq!(scalars(&column), expected);
        let again = into_arrow_as(column.clone(), &ArrowType::Utf8).unwrap();
        prop_assert_eq!(&*again, &array.slice(from, array.len() - from) as &dyn Array);
    }
}
