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
        // Zones that share few keys go on bringing new ones; else what two halves share says how many there are
        // (Lincoln and Petersen), fewer than there are where keys are skewed.
        let shared = of_zones - seen;
        let fresh = seen as f64 / of_zones.max(1) as f64;
        let total_rows = rows.saturating_mul(zones as u64) / sampled;
        let more = zones as f64 / sampled as f64;
        let estimate = if fresh > 0.98 {
            of_zones as f64 * more
        } else {
            // Pairs of zones that could share a key, over the keys that were shared.
            let each = of_zones as f64 / sampled as f64;
            let pairs = sampled as f64 * (sampled as f64 - 1.0) / 2.0;
            let values = (each * each * pairs / shared.max(1) as f64).max(seen as f64);
            let met = |rows: u64| -values * (-(rows as f64) / values).exp_m1();
            // Were all values as frequent, the sample would have met so many of them.
            let is_skewed = met(rows) > seen as f64 * SKEWED;
            match is_skewed && sampled > HALF_SAMPLE && of_half > 0 {
                // The number of keys grows as a power of that of rows (Heaps), as it did since half of the sample.
                true => {
                    let doublings = (sampled as f64 / HALF_SAMPLE as f64).log2();
                    seen as f64 * more.powf((seen as f64 / of_half as f64).log2() / doublings)
                }
                false => met(total_rows),
            }
        };
        let estimate = estimate as u64;
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
