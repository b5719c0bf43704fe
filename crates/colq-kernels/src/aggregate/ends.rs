//! The smallest and the largest value of one zone, in lanes that the compiler can hold in vectors.

use crate::arithmetic::Float;
use crate::processor::vectorised;
use colq_column::{Bitmap, LANES};
use colq_types::Integer;

/// Values that share a word of the selection.
const WORD: usize = 64;

vectorised! {
    /// Law: the smallest and the largest selected value; `None` without rows.
    pub fn min_max_integers<T: Integer>(values: &[T], selected: Option<&Bitmap>) -> Option<(T, T)> {
        let Some(selected) = selected else {
            let first = *values.first()?;
            let min = values.iter().fold(first, |min, value| min.min(*value));
            let max = values.iter().fold(first, |max, value| max.max(*value));
            return Some((min, max));
        };
        let first = *values.get(selected.ones_iter().next()?)?;
        // A lane for each bit: of fewer lanes in a loop around them the compiler makes single values.
        let (mut min, mut max) = ([first; WORD], [first; WORD]);
        let (chunks, rest) = values.as_chunks::<WORD>();
        for (chunk, word) in chunks.iter().zip(selected.words()) {
            if *word == 0 {
                continue;
            }
            for bit in 0..WORD {
                // Rows that are not selected stand in as the first one that is.
                let value = if word >> bit & 1 == 1 { chunk[bit] } else { first };
                min[bit] = min[bit].min(value);
                max[bit] = max[bit].max(value);
            }
        }
        let word = selected.words().get(chunks.len()).copied().unwrap_or(0);
        for (bit, value) in rest.iter().enumerate() {
            if word >> bit & 1 == 1 {
                min[bit] = min[bit].min(*value);
                max[bit] = max[bit].max(*value);
            }
        }
        let min = min.into_iter().fold(first, T::min);
        let max = max.into_iter().fold(first, T::max);
        Some((min, max))
    }
}

/// What the lanes have seen. NaN enters neither end.
struct Lanes<T> {
    min: [T; LANES],
    max: [T; LANES],
    /// The last NaN seen, else zero.
    nan: [T; LANES],
}

impl<T: Float> Lanes<T> {
    #[inline(always)]
    fn see(&mut self, lane: usize, value: T) {
        let Lanes { min, max, nan } = self;
        min[lane] = if value < min[lane] { value } else { min[lane] };
        max[lane] = if value > max[lane] { value } else { max[lane] };
        nan[lane] = if value.is_nan() { value } else { nan[lane] };
    }
}

vectorised! {
    /// Law: the smallest and the largest selected value, NaN above every number: the largest is NaN if any is, the
    /// smallest only if all are. A zero comes out as 0.0, never as -0.0, whatever the order of the rows. `None`
    /// without rows.
    pub fn min_max_floats<T: Float>(values: &[T], selected: Option<&Bitmap>) -> Option<(T, T)> {
        if values.is_empty() || selected.is_some_and(|s| s.words().iter().all(|word| *word == 0)) {
            return None;
        }
        let mut lanes =
            Lanes { min: [T::INFINITY; LANES], max: [T::NEG_INFINITY; LANES], nan: [T::default(); LANES] };
        match selected {
            None => {
                let (chunks, rest) = values.as_chunks::<LANES>();
                for chunk in chunks {
                    for (lane, value) in chunk.iter().enumerate() {
                        lanes.see(lane, *value);
                    }
                }
                for (lane, value) in rest.iter().enumerate() {
                    lanes.see(lane, *value);
                }
            }
            Some(selected) => {
                let (chunks, rest) = values.as_chunks::<WORD>();
                // By themselves, for what is reached by a number below would lie in memory here too.
                let Lanes { mut min, mut max, mut nan } = lanes;
                for (chunk, word) in chunks.iter().zip(selected.words()) {
                    if *word == 0 {
                        continue;
                    }
                    for part in 0..WORD / LANES {
                        let bits = word >> (part * LANES);
                        for lane in 0..LANES {
                            let (value, is_in) = (chunk[part * LANES + lane], bits >> lane & 1 == 1);
                            // What is not selected stands in as what moves no end, beside the chain of comparisons.
                            let low = if is_in { value } else { T::INFINITY };
                            let high = if is_in { value } else { T::NEG_INFINITY };
                            min[lane] = if low < min[lane] { low } else { min[lane] };
                            max[lane] = if high > max[lane] { high } else { max[lane] };
                            nan[lane] = if is_in & value.is_nan() { value } else { nan[lane] };
                        }
                    }
                }
                lanes = Lanes { min, max, nan };
                let word = selected.words().get(chunks.len()).copied().unwrap_or(0);
                for (i, value) in rest.iter().enumerate() {
                    if word >> i & 1 == 1 {
                        lanes.see(i % LANES, *value);
                    }
                }
            }
        }
        let min = lanes.min.into_iter().fold(T::INFINITY, |min, value| if value < min { value } else { min });
        let max = lanes.max.into_iter().fold(T::NEG_INFINITY, |max, value| if value > max { value } else { max });
        let plain = |value: T| if value == T::default() { T::default() } else { value };
        // Any number would have moved one of the ends past the other.
        let no_number = min > max;
        let any_nan = lanes.nan.into_iter().any(|value| value.is_nan());
        Some((
            if no_number { T::NAN } else { plain(min) },
            if any_nan { T::NAN } else { plain(max) },
        ))
    }
}
