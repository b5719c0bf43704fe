//! How many groups there may be, from a look at a few zones: many are worth dividing the rows for.

use super::Grouping;
use crate::Error;
use crate::pipeline::{Foresight, Run};
use crate::zone::Scratches;
use colq_context::Context;
use colq_kernels::GroupTable;

/// Zones that are looked at. They cost a thousandth of a large table.
const SAMPLED_ZONES: usize = 8;

/// Of so many keys one is followed, chosen by its hash and so the same one in every zone: a look at the sample is one
/// thread's work, which the others wait for. A power of two.
const KEYS_A_FOLLOWED: usize = 16;

/// Followed keys that zones share by which the number of keys is told: their number varies by a sixth at this many.
const TELLING_KEYS: u64 = 32;

/// Zones of half a sample.
const HALF_SAMPLE: u64 = SAMPLED_ZONES as u64 / 2;

/// Keys are skewed where the sample has fewer of them by this factor than it would have of values that are all as
/// frequent.
const SKEWED: f64 = 1.1;

impl Grouping<'_> {
    /// About how many groups the rows have, and how many of these pass the filter. `None` where a row of the sample has an error, which
    /// the real run finds in its turn.
    pub(super) fn estimated_groups(&self, run: Run<'_>) -> Option<(u64, u64)> {
        // What is only looked at is not counted as read.
        let context = Context::new();
        let run = Run { pool: run.pool, context: &context, recorder: None };
        let zones = self.pipeline.zone_count();
        let step = (zones / SAMPLED_ZONES).max(1);
        let mut scratches = Scratches::default();
        let mut all = GroupTable::new(self.layout.word_count(), self.layout.packed_keys());
        let (mut words, mut followed, mut numbers) = (Vec::new(), Vec::new(), Vec::new());
        let (mut of_zones, mut sampled, mut rows) = (0u64, 0u64, 0u64);
        let width = self.layout.word_count().max(1);
        // Different keys when half of the zones were looked at.
        let mut of_half = 0;
        for number in (0..zones).step_by(step) {
            let looked = self.sample(number, &mut scratches, &mut words, run).ok()?;
            if !looked {
                continue;
            }
            let mut own = GroupTable::new(self.layout.word_count(), self.layout.packed_keys());
            rows += (words.len() / width) as u64;
            followed.clear();
            for key in words.chunks_exact(width) {
                if GroupTable::partition(key, KEYS_A_FOLLOWED) == 0 {
                    followed.extend_from_slice(key);
                }
            }
            own.assign(&followed, &mut numbers);
            of_zones += own.len() as u64;
            all.assign(own.keys(), &mut numbers);
            sampled += 1;
            if sampled == HALF_SAMPLE {
                of_half = all.len() * KEYS_A_FOLLOWED;
            }
        }
        let (seen, of_zones) = (all.len() * KEYS_A_FOLLOWED, of_zones * KEYS_A_FOLLOWED as u64);
        let seen = seen as u64;
        if sampled == 0 {
            return Some((0, 0));
        }
        let total_rows = rows.saturating_mul(zones as u64) / sampled;
        let sample = Sample { zones: zones as u64, sampled, rows, of_zones, seen, of_half: of_half as u64 };
        let estimate = sample.keys() as u64;
        let most = self.layout.packed_keys().map_or(u64::MAX, |keys| u64::try_from(keys).unwrap_or(u64::MAX));
        Some((estimate.max(seen).min(total_rows).min(most), total_rows))
    }

    /// The keys of the rows of a zone; false where none is selected.
    fn sample(
        &self,
        number: usize,
        scratches: &mut Scratches,
        words: &mut Vec<u64>,
        run: Run<'_>,
    ) -> Result<bool, Error> {
        let foresight = self.pipeline.foresee(number, run)?;
        if foresight == Foresight::Pruned {
            return Ok(false);
        }
        let mut zone = self.pipeline.zone(number, scratches, run);
        let selection = self.pipeline.select(foresight, &mut zone, run)?;
        let row_count = zone.row_count();
        let active = selection.to_bitmap(row_count);
        self.encode(&mut zone, (&active, selection.positions().as_deref()), words)?;
        Ok(!words.is_empty())
    }
}

/// What a look at some zones found.
struct Sample {
    zones: u64,
    /// The zones that were looked at, and their rows.
    sampled: u64,
    rows: u64,
    /// The different keys of each zone, summed up.
    of_zones: u64,
    /// The different keys of all of them, and of the first half.
    seen: u64,
    of_half: u64,
}

impl Sample {
    /// About how many different keys all zones have.
    fn keys(&self) -> f64 {
        let (rows, seen, sampled) = (self.rows as f64, self.seen as f64, self.sampled as f64);
        // Zones that share few keys go on bringing new ones; else what two halves share says how many there are
        // (Lincoln and Petersen), fewer than there are where keys are skewed.
        let shared = self.of_zones - self.seen;
        let more = self.zones as f64 / sampled;
        if shared < TELLING_KEYS * KEYS_A_FOLLOWED as u64 {
            return self.of_zones as f64 * more;
        }
        // Pairs of zones that could share a key, over the keys that were shared.
        let each = self.of_zones as f64 / sampled;
        let pairs = sampled * (sampled - 1.0) / 2.0;
        let values = (each * each * pairs / shared as f64).max(seen);
        let met = |rows: f64| -values * (-rows / values).exp_m1();
        // Were all values as frequent, the sample would have met so many of them.
        let is_skewed = met(rows) > seen * SKEWED;
        if is_skewed && self.sampled > HALF_SAMPLE && self.of_half > 0 {
            // The number of keys grows as a power of that of rows (Heaps), as it did since half of the sample.
            let doublings = (sampled / HALF_SAMPLE as f64).log2();
            seen * more.powf((seen / self.of_half as f64).log2() / doublings)
        } else {
            met(rows * more)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The sample of 100 million rows whose keys are drawn of so many values.
    fn drawn(values: f64) -> Sample {
        let met = |rows: u64| (-values * (-(rows as f64) / values).exp_m1()).round() as u64;
        let (rows, sampled) = (8 * colq_types::ZONE_ROWS, 8);
        let of_zones = sampled * met(colq_types::ZONE_ROWS);
        Sample { zones: 1526, sampled, rows, of_zones, seen: met(rows), of_half: met(rows / 2) }
    }

    #[test]
    fn keys_of_a_few_rows_each_are_told_from_keys_of_one() {
        let total = 1526.0 * colq_types::ZONE_ROWS as f64;
        // Of fewer values each zone has most, and the guess is up to twice too high.
        for values in [1e6, 1e7, 5e7, 1e8] {
            let truth = -values * (-total / values).exp_m1();
            let found = drawn(values).keys();
            assert!((found / truth - 1.0).abs() < 0.15, "{found} of {truth} keys of {values} values");
        }
        // So few are shared that they may be an accident.
        let alone = drawn(1e12).keys();
        assert!((alone / total - 1.0).abs() < 0.001, "{alone} keys");
    }
}
