//! The one definition of a float sum, on which the bit-identity of every answer rests (docs/SQL.md).
//!
//! A zone is summed in 16 lanes: the value of row `r` is added to lane `r % 16`, in row order, in `f64`;
//! then the lanes are added by a fixed tree (`i` with `i + 8`, then `i + 4`, `i + 2`, `i + 1`). A row that is
//! not selected, or null, adds -0.0, which changes no sum: so a lane may skip it or add it, as is faster.
//! Sixteen lanes let the compiler use any vector width up to 1,024 bits for the same bits.

use crate::Bitmap;
use colq_types::Native;

/// Lanes of a zone's sum.
pub const LANES: usize = 16;

/// Words of 64 rows for which it is found out together whether many of them are selected: enough that lanes go to memory and
/// back seldom, and few enough to follow where selected rows lie close together.
const BLOCK: usize = 16;

/// Where up to so many of 64 rows are selected on average they are added one by one; of more all are, those that are not
/// selected as -0.0.
const SPARSE: u32 = 3;

/// The running sum of one zone (or any run of rows that starts at a multiple of 16).
#[derive(Debug, Clone, Copy)]
pub struct Lanes([f64; LANES]);

impl Default for Lanes {
    fn default() -> Lanes {
        Lanes([-0.0; LANES])
    }
}

impl Lanes {
    /// Adds all values; `values[0]` belongs to lane 0. Only the last call for a zone may have a length that
    /// is no multiple of 16.
    #[inline(always)]
    pub fn add_all<T: Native>(&mut self, values: &[T]) {
        self.add_all_by(values, T::to_f64);
    }

    /// The same of what `term` makes of each value.
    #[inline(always)]
    pub fn add_all_by<T: Copy>(&mut self, values: &[T], term: impl Fn(T) -> f64) {
        let mut lanes = self.0;
        let (chunks, rest) = values.as_chunks::<LANES>();
        for chunk in chunks {
            for lane in 0..LANES {
                lanes[lane] += term(chunk[lane]);
            }
        }
        for (lane, value) in lanes.iter_mut().zip(rest) {
            *lane += term(*value);
        }
        self.0 = lanes;
    }

    /// Adds the values of 64 rows, the first of which belongs to lane 0.
    #[inline(always)]
    pub fn add_64(&mut self, values: &[f64; 64]) {
        let mut lanes = self.0;
        for part in 0..64 / LANES {
            for lane in 0..LANES {
                lanes[lane] += values[part * LANES + lane];
            }
        }
        self.0 = lanes;
    }

    /// Adds the values whose bit is one; `values[0]` belongs to lane 0 and to bit 0.
    #[inline(always)]
    pub fn add_selected<T: Native>(&mut self, values: &[T], selected: &Bitmap) {
        self.add_selected_by(values, selected, T::to_f64);
    }

    /// The same of what `term` makes of each value.
    #[inline(always)]
    pub fn add_selected_by<T: Copy>(&mut self, values: &[T], selected: &Bitmap, term: impl Fn(T) -> f64) {
        let (chunks, rest) = values.as_chunks::<64>();
        let words = selected.words();
        let last = words.get(chunks.len()).copied().unwrap_or(0);
        for (chunks, words) in chunks.chunks(BLOCK).zip(words.chunks(BLOCK)) {
            let ones: u32 = words.iter().map(|word| word.count_ones()).sum();
            if ones <= SPARSE * words.len() as u32 {
                // What is not selected is not read either.
                for (chunk, word) in chunks.iter().zip(words) {
                    let mut rest = *word;
                    while rest != 0 {
                        let row = rest.trailing_zeros() as usize;
                        self.0[row % LANES] += term(chunk[row]);
                        rest &= rest - 1;
                    }
                }
                continue;
            }
            // By themselves the lanes stay in registers, for here none is reached by a number.
            let mut lanes = self.0;
            for (chunk, word) in chunks.iter().zip(words) {
                if *word == 0 {
                    continue;
                }
                for part in 0..64 / LANES {
                    let bits = word >> (part * LANES);
                    for lane in 0..LANES {
                        let value = term(chunk[part * LANES + lane]);
                        lanes[lane] += if bits >> lane & 1 == 1 { value } else { -0.0 };
                    }
                }
            }
            self.0 = lanes;
        }
        for (i, value) in rest.iter().enumerate() {
            if last >> i & 1 == 1 {
                self.0[i % LANES] += term(*value);
            }
        }
    }

    /// Adds one value of the row with this number in its zone.
    #[inline(always)]
    pub fn add_row(&mut self, row: usize, value: f64) {
        self.0[row % LANES] += value;
    }

    /// Adds the lanes by the fixed tree. NaN comes out as the one canonical NaN.
    #[inline(always)]
    pub fn finish(self) -> f64 {
        let mut lanes = self.0;
        let mut half = LANES / 2;
        while half > 0 {
            for lane in 0..half {
                lanes[lane] += lanes[lane + half];
            }
            half /= 2;
        }
        canonical_nan(lanes[0])
    }
}

/// The value itself, or the one NaN that colq writes: processors differ in the sign and payload they give.
#[inline(always)]
pub fn canonical_nan(value: f64) -> f64 {
    if value.is_nan() { f64::NAN } else { value }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The definition, a row at a time.
    fn naive(values: &[f32], selected: &Bitmap) -> f64 {
        let mut lanes = [-0.0f64; LANES];
        for (row, value) in values.iter().enumerate() {
            if selected.get(row) {
                lanes[row % 16] += f64::from(*value);
            }
        }
        let pairs = |lanes: &[f64]| -> Vec<f64> {
            let half = lanes.len() / 2;
            (0..half).map(|i| lanes[i] + lanes[i + half]).collect()
        };
        canonical_nan(pairs(&pairs(&pairs(&pairs(&lanes))))[0])
    }

    proptest! {
        #[test]
        fn every_way_of_adding_gives_the_same_bits(
            values in prop::collection::vec(prop_oneof![any::<f32>(), Just(-0.0f32), Just(f32::NAN)], 0..4_000),
            seed in any::<u64>(),
        ) {
            for selected in [
                (0..values.len()).map(|i| seed.rotate_left(i as u32 * 7) & 1 == 1).collect::<Bitmap>(),
                Bitmap::ones(values.len()),
                Bitmap::zeros(values.len()),
                // Words, and blocks of them, of many rows and of few take turns.
                (0..values.len()).map(|i| (seed >> (i / 64) & 1 == 1) != (i % 61 == 0)).collect(),
                (0..values.len()).map(|i| (seed >> (i / 1024) & 1 == 1) != (i % 61 == 0)).collect(),
            ] {
                let expected = naive(&values, &selected);
                let mut masked = Lanes::default();
                masked.add_selected(&values, &selected);
                let mut by_row = Lanes::default();
                for row in selected.ones_iter() {
                    by_row.add_row(row, f64::from(values[row]));
                }
                prop_assert_eq!(masked.finish().to_bits(), expected.to_bits());
                prop_assert_eq!(by_row.finish().to_bits(), expected.to_bits());
                if selected.all() {
                    let mut all = Lanes::default();
                    all.add_all(&values);
                    prop_assert_eq!(all.finish().to_bits(), expected.to_bits());
                }
            }
        }
    }
}
