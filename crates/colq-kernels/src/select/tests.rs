//! The naive twins of `select`, and its kernels held to them.

use super::*;
use crate::testing::{LENGTHS, spread};
use colq_types::{DataType, Scalar};

#[test]
fn positions_are_the_ones_in_order() {
    let mut out = vec![9; 3];
    for len in LENGTHS {
        for percent in [0, 1, 50, 100] {
            let bits: Bitmap = (0..len).map(|row| spread(row) % 100 < percent).collect();
            positions(&bits, &mut out);
            assert_eq!(out, bits.ones_iter().map(|p| p as u32).collect::<Vec<_>>(), "{len} {percent}");
        }
    }
}

#[test]
fn rows_are_taken_with_their_nulls_and_texts() {
    let scalars = [Scalar::from("b"), Scalar::Null, Scalar::from("a"), Scalar::from("b")];
    let column = Column::from_scalars(DataType::Text, &scalars);
    let taken = gather(&column.view(), &[3, 1, 1, 2]).unwrap();
    let expected = [&scalars[3], &scalars[1], &scalars[1], &scalars[2]];
    assert_eq!((0..4).map(|row| taken.scalar(row)).collect::<Vec<_>>(), expected.map(Clone::clone));
    assert_eq!(gather(&column.view(), &[2, 0]).unwrap().validity, None);
    let error = gather(&column.view(), &[0, 4]).unwrap_err();
    assert_eq!(error, Error::PositionPastEnd { position: 4, row_count: 4 });
    let kept = filter(&column.view(), &[false, true, true, false].into_iter().collect());
    assert_eq!([kept.scalar(0), kept.scalar(1)], [Scalar::Null, Scalar::from("a")]);
    // A bitmap that is too long selects no rows that are not there.
    assert_eq!(filter(&column.view(), &Bitmap::ones(100)).len(), 4);
}
