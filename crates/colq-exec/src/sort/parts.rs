//! Which part of an order a row belongs to: parts are cut where a sample of the rows says that each gets about as many.
//! A part holds rows that stand together in the order, so that parts are sorted one by one and are the answer one after
//! the other. Where the words of the keys tell all, rows that tie are told apart by their numbers, so that a part is not
//! larger because many rows have one key.

use super::keys::Keys;
use crate::Error;
use crate::pipeline::{Foresight, Pipeline, Run, Selection};
use crate::zone::Scratches;
use colq_context::Context;
use colq_kernels::Cuts;

/// Words of a row that are compared to find its part, its number among them.
const CUT_WORDS: usize = 4;

/// Zones that the sample is taken from.
const SAMPLED_ZONES: usize = 64;

/// Rows of the sample in each of these zones.
const SAMPLED_ROWS: usize = 1024;

type Cut = [u64; CUT_WORDS];

/// Where the parts begin, but for the first.
#[derive(Debug)]
pub(super) struct Parts {
    cuts: Vec<Cut>,
    /// The first words of the cuts, and the same to look for many words at once.
    first_words: Vec<u64>,
    tree: Cuts,
    /// Words of a row that count.
    words: usize,
    /// True when the number of a row counts too.
    by_row: bool,
}

/// Rows here and there.
#[derive(Debug)]
pub(super) struct Sample {
    rows: Vec<Cut>,
    words: usize,
    by_row: bool,
    /// How many rows pass the filter, about.
    pub(super) row_count: u64,
}

impl Sample {
    pub(super) fn new(pipeline: &Pipeline, keys: &Keys, run: Run<'_>) -> Result<Sample, Error> {
        let zones = pipeline.zone_count();
        let step = zones.div_ceil(SAMPLED_ZONES).max(1);
        let words = keys.layout.first_words().min(CUT_WORDS);
        let by_row = words < CUT_WORDS && keys.layout.is_complete();
        let count = zones.div_ceil(step);
        // The rows are looked at once more, and counted then.
        let uncounted = Context::new();
        let samples = run.pool.in_order(run.context, count, Scratches::default, |scratches, i| {
            let run = Run { context: &uncounted, ..run };
            let number = i * step;
            let foresight = pipeline.foresee(number, run)?;
            if foresight == Foresight::Pruned {
                return Ok((Vec::new(), 0));
            }
            let mut zone = pipeline.zone(number, scratches, run);
            let selection = pipeline.select(foresight, &mut zone, run)?;
            let selected = selection.count(zone.row_count());
            let every = selected.div_ceil(SAMPLED_ROWS).max(1);
            let positions: Vec<u32> = match &selection {
                Selection::None => Vec::new(),
                Selection::All => (0..zone.row_count() as u32).step_by(every).collect(),
                Selection::Some(bits) => bits.ones_iter().step_by(every).map(|at| at as u32).collect(),
            };
            let active = selection.to_bitmap(zone.row_count());
            let mut of_zone = Vec::new();
            keys.encode(&mut zone, &active, Some(&positions), &mut of_zone)?;
            let first_row = zone.first_row();
            let cut = |(at, position): (usize, &u32)| {
                cut_of(&of_zone, at, words, by_row.then(|| first_row + u64::from(*position)))
            };
            Ok((positions.iter().enumerate().map(cut).collect::<Vec<Cut>>(), selected as u64))
        })?;
        let selected: u64 = samples.iter().map(|(_, selected)| selected).sum();
        let mut rows: Vec<Cut> = samples.into_iter().flat_map(|(rows, _)| rows).collect();
        rows.sort_unstable();
        let row_count = (selected as u128 * zones as u128).div_ceil(count.max(1) as u128) as u64;
        Ok(Sample { rows, words, by_row, row_count })
    }

    /// About this many parts of about equal size.
    pub(super) fn parts(&self, count: usize) -> Parts {
        let at = |part: usize| self.rows.get(part * self.rows.len() / count).copied();
        let mut cuts: Vec<Cut> = (1..count).filter_map(at).collect();
        cuts.dedup();
        let first_words: Vec<u64> = cuts.iter().map(|cut| cut[0]).collect();
        Parts { tree: Cuts::new(&first_words), cuts, first_words, words: self.words, by_row: self.by_row }
    }
}

fn cut_of(words: &[Vec<u64>], at: usize, count: usize, row: Option<u64>) -> Cut {
    let mut cut = [0; CUT_WORDS];
    cut.iter_mut().zip(words).take(count).for_each(|(to, from)| *to = from[at]);
    if let (Some(row), Some(last)) = (row, cut.get_mut(count)) {
        *last = row;
    }
    cut
}

impl Parts {
    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.cuts.len() + 1
    }

    /// The part of each of `len` rows of a zone, whose words these are; what `out` held is gone.
    pub(super) fn of_rows(
        &self,
        words: &[Vec<u64>],
        positions: Option<&[u32]>,
        first_row: u64,
        len: usize,
        out: &mut Vec<u16>,
    ) {
        out.clear();
        let Some(first) = words.first().filter(|_| !self.cuts.is_empty()) else {
            let row_part = |row: u64| self.cuts.partition_point(|cut| cut[0] <= row) as u16;
            // Without words, rows are told apart by their numbers alone.
            out.extend((0..len).map(|at| match self.by_row {
                true => row_part(first_row + positions.map_or(at as u64, |p| u64::from(p[at]))),
                false => 0,
            }));
            return;
        };
        self.tree.parts_of(first, out);
        for (at, (word, part)) in first.iter().zip(out).enumerate() {
            let below = usize::from(*part);
            // What ties with the first word of a cut is told apart by what is behind it.
            if self.first_words.get(below) == Some(word) {
                let row = first_row + positions.map_or(at as u64, |p| u64::from(p[at]));
                let row = cut_of(words, at, self.words, self.by_row.then_some(row));
                *part = (below + self.cuts[below..].partition_point(|cut| *cut <= row)) as u16;
            }
        }
    }
}
