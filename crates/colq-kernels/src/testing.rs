//! What the tests of several kernels share: lengths worth trying, and the naive order of two scalars. Test builds
//! only.

use colq_column::{Bitmap, Dictionary, SharedBytes};
use colq_types::Scalar;
use std::cmp::Ordering;
use std::sync::Arc;

/// Lengths around words, lanes, flags and the zone's end.
pub(crate) const LENGTHS: [usize; 14] = [0, 1, 2, 15, 16, 17, 63, 64, 65, 127, 4095, 4097, 65_535, 65_536];

/// The bits, one by one.
pub(crate) fn bits_of(bitmap: &Bitmap) -> Vec<bool> {
    (0..bitmap.len()).map(|i| bitmap.get(i)).collect()
}

/// Texts one after the other, as a column without a dictionary has them.
pub(crate) fn texts_of_rows(texts: &[impl AsRef<[u8]>]) -> Arc<Dictionary> {
    let (mut offsets, mut bytes) = (vec![0], Vec::new());
    for text in texts {
        bytes.extend_from_slice(text.as_ref());
        offsets.push(bytes.len() as u64);
    }
    Arc::new(Dictionary::of_rows(offsets, SharedBytes::from(bytes)).unwrap())
}

/// A fixed sequence without a pattern.
pub(crate) fn spread(row: usize) -> u64 {
    let z = (row as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z ^ z >> 27
}

/// The order of two numbers by exact value, NaN above all and equal to itself, -0.0 equal to 0.0.
pub(crate) fn naive_order(left: &Scalar, right: &Scalar) -> Ordering {
    match (left.as_i128(), right.as_i128()) {
        (Some(left), Some(right)) => left.cmp(&right),
        (None, Some(right)) => float_to_integer(left.as_f64().unwrap(), right),
        (Some(left), None) => float_to_integer(right.as_f64().unwrap(), left).reverse(),
        (None, None) => {
            let (left, right) = (left.as_f64().unwrap(), right.as_f64().unwrap());
            left.partial_cmp(&right).unwrap_or_else(|| left.is_nan().cmp(&right.is_nan()))
        }
    }
}

fn float_to_integer(float: f64, integer: i128) -> Ordering {
    if float.is_nan() || float > 1e30 {
        Ordering::Greater
    } else if float < -1e30 {
        Ordering::Less
    } else {
        // Below 1e30 the whole part is exact as an i128.
        let whole = float.floor();
        (whole as i128).cmp(&integer).then(if float > whole { Ordering::Greater } else { Ordering::Equal })
    }
}
