//! Where the values of a column lie: counts in up to 65,536 intervals of one width between the finite ends, and, as the
//! widths may be too wide for values near zero, counts by sign, exponent and seven bits of the fraction.
//!
//! Law: what is kept is a function of how often each word was added.

use colq_kernels::{float_word, signed_word, word_float, word_signed};
use colq_types::DataType;

/// Intervals of one width.
const WIDE: usize = 1 << 16;

/// Bits of a float's word below sign and exponent that tell its bucket.
const FRACTION_BITS: u32 = 7;
const DROPPED_BITS: u32 = 52 - FRACTION_BITS;
const NONE: u16 = u16::MAX;

/// What the words of a column stand for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    Signed,
    Unsigned,
    Float,
}

impl Order {
    /// `None` for text and vectors.
    pub(super) fn of(data_type: DataType) -> Option<Order> {
        Some(match data_type {
            DataType::Text => return None,
            t if t.is_vector() => return None,
            t if t.is_float() => Order::Float,
            DataType::Bool | DataType::U8 | DataType::U16 | DataType::U32 | DataType::U64 => Order::Unsigned,
            _ => Order::Signed,
        })
    }

    /// The number of a word; integers beyond 2^53 round.
    #[inline(always)]
    pub(super) fn number(self, word: u64) -> f64 {
        match self {
            Order::Signed => word_signed(word) as f64,
            Order::Unsigned => word as f64,
            Order::Float => word_float(word),
        }
    }

    /// The word of the number, cut off to an integer where the words are of integers.
    fn word(self, number: f64) -> u64 {
        match self {
            Order::Signed => signed_word(number as i64),
            Order::Unsigned => number as u64,
            Order::Float => float_word(number),
        }
    }
}

/// Where the intervals lie.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scale {
    pub(super) order: Order,
    low: u64,
    high: u64,
    /// Of integers, bits of the distance from the lowest that are dropped.
    shift: u32,
    /// Of floats, half the lowest, and intervals a half.
    half_low: f64,
    a_half: f64,
}

impl Scale {
    /// Intervals between the words of the finite ends.
    pub(super) fn new(order: Order, (low, high): (u64, u64)) -> Scale {
        let shift = (64 - (high - low).leading_zeros()).saturating_sub(16);
        let (half_low, half_high) = (order.number(low) * 0.5, order.number(high) * 0.5);
        let a_half = if low == high { 0.0 } else { WIDE as f64 / (half_high - half_low) };
        Scale { order, low, high, shift, half_low, a_half }
    }

    /// True when each interval is one value, so that its count is that value's.
    pub(super) fn is_exact(self) -> bool {
        self.low == self.high || (self.order != Order::Float && self.shift == 0)
    }

    #[inline(always)]
    fn interval(self, word: u64) -> usize {
        if self.order == Order::Float {
            // Halves cannot overflow. A product that is not a number becomes 0.
            (((word_float(word) * 0.5 - self.half_low) * self.a_half) as usize).min(WIDE - 1)
        } else {
            (word.wrapping_sub(self.low) >> self.shift) as usize
        }
    }

    /// Intervals in use.
    pub(super) fn len(self) -> usize {
        self.interval(self.high) + 1
    }

    /// The word of the lower edge of an interval; past the last, of the largest value.
    pub(super) fn edge(self, interval: usize) -> u64 {
        if interval == 0 {
            self.low
        } else if interval >= self.len() {
            self.high
        } else if self.order == Order::Float {
            float_word((self.half_low + interval as f64 / self.a_half) * 2.0).clamp(self.low, self.high)
        } else {
            (self.low + ((interval as u64) << self.shift)).min(self.high)
        }
    }
}

/// The counts.
#[derive(Debug, Clone)]
pub(super) struct Spread {
    scale: Option<Scale>,
    wide: Vec<u64>,
    /// For each sign and exponent the place of its buckets.
    places: Vec<u16>,
    near: Vec<[u64; 1 << FRACTION_BITS]>,
    below: u64,
    above: u64,
}

impl Spread {
    /// Nothing yet; without a scale there are only infinities.
    pub(super) fn new(scale: Option<Scale>) -> Spread {
        Spread {
            scale,
            wide: vec![0; scale.map_or(0, Scale::len)],
            places: vec![NONE; 1 << 12],
            near: Vec::new(),
            below: 0,
            above: 0,
        }
    }

    /// Adds words of values that are not NaN and lie within the ends.
    pub(super) fn add_all(&mut self, words: &[u64]) {
        let Some(scale) = self.scale else {
            words.iter().for_each(|word| self.add_infinity(*word));
            return;
        };
        if scale.is_exact() && scale.order != Order::Float {
            words.iter().for_each(|word| self.wide[(word - scale.low) as usize] += 1);
            return;
        }
        for word in words {
            if (scale.low..=scale.high).contains(word) {
                self.wide[scale.interval(*word)] += 1;
                let near =
                    if scale.order == Order::Float { *word } else { float_word(scale.order.number(*word)) };
                self.bucket((near >> 52) as usize)
                    [(near >> DROPPED_BITS) as usize & ((1 << FRACTION_BITS) - 1)] += 1;
            } else {
                self.add_infinity(*word);
            }
        }
    }

    fn add_infinity(&mut self, word: u64) {
        if word < float_word(0.0) {
            self.below += 1;
        } else {
            self.above += 1;
        }
    }

    #[inline(always)]
    fn bucket(&mut self, exponent: usize) -> &mut [u64; 1 << FRACTION_BITS] {
        if self.places[exponent] == NONE {
            self.places[exponent] = self.near.len() as u16;
            self.near.push([0; 1 << FRACTION_BITS]);
        }
        &mut self.near[self.places[exponent] as usize]
    }

    /// Adds all that another, of the same scale, has counted.
    pub(super) fn merge(&mut self, other: &Spread) {
        self.wide.iter_mut().zip(&other.wide).for_each(|(to, from)| *to += from);
        self.below += other.below;
        self.above += other.above;
        for (exponent, place) in other.places.iter().enumerate().filter(|(_, place)| **place != NONE) {
            let from = &other.near[*place as usize];
            self.bucket(exponent).iter_mut().zip(from).for_each(|(to, from)| *to += from);
        }
    }

    /// The count of each value, where the scale is exact.
    pub(super) fn values(&self) -> impl Iterator<Item = (u64, u64)> + '_ {
        let exact = self.scale.filter(|scale| scale.is_exact());
        exact.into_iter().flat_map(|scale| {
            let counted = self.wide.iter().enumerate().filter(|(_, count)| **count > 0);
            counted.map(move |(interval, count)| (scale.low + interval as u64, *count))
        })
    }

    /// The word of the value at a rank, from 0: the middle of what the intervals leave open.
    pub(super) fn at_rank(&self, rank: u64) -> Option<u64> {
        if rank < self.below {
            return Some(float_word(f64::NEG_INFINITY));
        }
        let rank = rank - self.below;
        let scale = self.scale?;
        let Some(interval) = place_of(self.wide.iter().copied(), rank) else {
            return Some(float_word(f64::INFINITY));
        };
        let (mut low, mut high) = (scale.edge(interval), scale.edge(interval + 1));
        if scale.is_exact() {
            return Some(low);
        }
        let buckets = self.places.iter().enumerate().filter(|(_, place)| **place != NONE);
        let buckets: Vec<(u64, u64)> = buckets
            .flat_map(|(exponent, place)| {
                let first = (exponent as u64) << FRACTION_BITS;
                self.near[*place as usize]
                    .iter()
                    .enumerate()
                    .map(move |(i, count)| (first | i as u64, *count))
            })
            .collect();
        if let Some((bucket, _)) =
            place_of(buckets.iter().map(|(_, count)| *count), rank).and_then(|at| buckets.get(at))
        {
            let least = bucket << DROPPED_BITS;
            let most = least | ((1 << DROPPED_BITS) - 1);
            // The bucket of zero holds what is too small to be told from it.
            let number = |word| Some(word_float(word)).filter(|v| !v.is_nan());
            let narrow = |word| {
                number(word).map(|v| if scale.order == Order::Float { word } else { scale.order.word(v) })
            };
            low = narrow(least).map_or(low, |least| low.max(least));
            high = narrow(most).map_or(high, |most| high.min(most.max(low)));
        }
        if (low..=high).contains(&float_word(0.0)) && scale.order == Order::Float {
            return Some(float_word(0.0));
        }
        Some(match scale.order {
            Order::Float => float_word(word_float(low) * 0.5 + word_float(high) * 0.5).clamp(low, high),
            _ => low + (high - low) / 2,
        })
    }

    /// The histogram that is shown: the words of its edges, and its counts.
    pub(super) fn intervals(&self, bins: usize) -> Option<(Vec<u64>, Vec<u64>)> {
        let scale = self.scale?;
        let used = scale.len();
        let bins = bins.clamp(1, used);
        let places: Vec<usize> = (0..=bins).map(|bin| (bin * used).div_ceil(bins)).collect();
        let counts = places.windows(2).map(|edges| self.wide[edges[0]..edges[1]].iter().sum()).collect();
        Some((places.into_iter().map(|place| scale.edge(place)).collect(), counts))
    }
}

/// The place whose count holds a rank.
fn place_of(counts: impl Iterator<Item = u64>, rank: u64) -> Option<usize> {
    let mut before = 0;
    counts.into_iter().position(|count| {
        before += count;
        before > rank
    })
}
