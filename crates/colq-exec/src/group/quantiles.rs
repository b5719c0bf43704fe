//! Exact quantiles of groups whose key is a place in an array, without holding all values: one pass takes a sample, which
//! says between which two values the quantile of each group is likely to stand; the next one counts the others and
//! keeps those. Groups where the sample was wrong are gone through once more.
//!
//! Quantiles of one column share all passes. What is found does not depend on the sample, so it is the same for any
//! number of threads.

use super::Grouping;
use crate::Error;
use crate::calls::Call;
use crate::evaluated::Evaluated;
use crate::pipeline::{Foresight, Run, Selection};
use crate::quantile::{identity, native, sampled_places};
use crate::zone::{Scratches, Zone};
use colq_column::{Bitmap, Column};
use colq_context::MemoryClaim;
use colq_kernels::{
    AccumulatorKind, BLOCK_ROWS, Bracket, BracketSums, Brackets, Divided, Found, Part, Place, Search,
    converted_word, native_words, positions, push_words,
};
use colq_types::{DataType, STRIPE_ZONES};
use std::sync::{Mutex, PoisonError};

/// Rows of a sample that each group should have, if keys are evenly frequent.
const SAMPLED_ROWS: u64 = 1 << 10;

/// Of so many rows one is sampled, at the least and at the most: more would cost as much as a pass over all rows, and
/// fewer would not make the pass cheaper.
const SAMPLED_OF: [u64; 2] = [8, 256];

/// Tables of fewer rows are not worth a pass of their own to sample them.
const FEWEST_ROWS: u64 = 1 << 18;

/// Groups that one thread searches at a time.
const GROUPS_A_PIECE: usize = 1 << 8;

/// What is known of a group for each quantile: bracket, counts, answer.
const GROUP_BYTES: usize = size_of::<Bracket>() + size_of::<BracketSums>() + size_of::<Option<Found<u64>>>();

/// The values around the quantile of each group.
pub(super) type AllFound = Vec<Option<Found<u64>>>;

/// Quantiles of one argument.
struct Wanted<'a> {
    call: &'a Call,
    /// The column and its type, where words are taken from its own values.
    native: Option<(usize, DataType)>,
    /// The numbers of the calls, and where their quantiles stand.
    places: Vec<(usize, Place)>,
}

/// What a pass over the rows is for.
enum Pass<'a> {
    /// To keep the words of one of so many rows.
    Sample(usize),
    /// To count all, and to keep those within the brackets of their groups, for each quantile.
    Count { brackets: &'a [Vec<Bracket>], sums: Mutex<Vec<Vec<BracketSums>>> },
}

/// The memory of one thread.
struct Worker {
    scratches: Scratches,
    codes: Vec<u32>,
    words: Vec<u64>,
    /// One a quantile; none while a sample is taken.
    brackets: Vec<Brackets>,
    /// Groups and words, by quantile.
    kept: Vec<Vec<(u32, u64)>>,
}

impl Worker {
    fn new(pass: &Pass<'_>) -> Worker {
        let brackets: Vec<Brackets> = match pass {
            Pass::Sample(_) => Vec::new(),
            Pass::Count { brackets, .. } => {
                brackets.iter().map(|of_groups| Brackets::new(of_groups)).collect()
            }
        };
        let kept = vec![Vec::new(); brackets.len().max(1)];
        Worker { scratches: Scratches::default(), codes: Vec::new(), words: Vec::new(), brackets, kept }
    }

    fn byte_len(&self) -> usize {
        let pairs = self.kept.iter().map(Vec::capacity).sum::<usize>();
        self.brackets.iter().map(Brackets::byte_len).sum::<usize>() + pairs * size_of::<(u32, u64)>()
    }

    /// What was kept of a stripe, divided by group.
    fn finish(&mut self, pass: &Pass<'_>, keys: usize) -> Vec<Divided> {
        if let Pass::Count { sums, .. } = pass {
            let mut sums = sums.lock().unwrap_or_else(PoisonError::into_inner);
            self.brackets.iter_mut().zip(sums.iter_mut()).for_each(|(own, sums)| own.drain_into(sums));
        }
        let divide = |kept: &mut Vec<(u32, u64)>| {
            let divided = Divided::new(keys, kept);
            kept.clear();
            divided
        };
        self.kept.iter_mut().map(divide).collect()
    }
}

/// The words that a stripe keeps, by quantile and group.
struct Stripe {
    kept: Vec<Divided>,
    _claim: MemoryClaim,
}

/// The words of one group and one quantile, from all stripes.
fn gather(stripes: &[Stripe], quantile: usize, group: usize, words: &mut Vec<u64>) {
    words.clear();
    for kept in stripes.iter().filter_map(|stripe| stripe.kept.get(quantile)) {
        words.extend_from_slice(kept.of(group));
    }
}

impl Wanted<'_> {
    /// The words of the rows of a zone.
    fn words<'a>(&self, zone: &mut Zone<'a>, active: &Bitmap) -> Result<Evaluated<'a>, Error> {
        if let Some((column, _)) = self.native {
            return Ok(Evaluated::View(zone.view(column)?));
        }
        let argument = self.call.evaluate(zone, active)?.argument;
        let argument = argument.ok_or_else(|| Error::Internal("a quantile has no argument".into()))?;
        let view = argument.as_view()?;
        let mut words = Vec::with_capacity(view.len());
        let failed = |source| Error::Row { row: zone.first_row(), span: None, source };
        push_words(&view, self.call.ranks(), &mut words).map_err(failed)?;
        Ok(Evaluated::Column(Column::new(DataType::U64, words).with_validity(view.validity.cloned())))
    }

    /// The words of the type of the answer.
    fn converted(&self, found: Found<u64>) -> Found<u64> {
        let Some(((_, from), argument)) = self.native.zip(self.call.argument.as_ref()) else { return found };
        let word = |word| converted_word(word, from, argument.data_type);
        Found { low: word(found.low), high: word(found.high), part: found.part }
    }
}

/// The positions of one of `of` rows that count, any one of each so many; `None` for all rows of the zone.
fn positions_of(counting: Option<&Bitmap>, row_count: usize, of: usize) -> Option<Vec<u32>> {
    let all = counting.map(|rows| {
        let mut all = Vec::new();
        positions(rows, &mut all);
        all
    });
    if of == 1 {
        return all;
    }
    let count = all.as_ref().map_or(row_count, Vec::len);
    let places = sampled_places(count, of);
    Some(match all {
        Some(all) => places.filter_map(|place| all.get(place).copied()).collect(),
        None => places.map(|place| place as u32).collect(),
    })
}

/// True for a call whose quantiles are found here.
pub(super) fn is_searched(call: &Call) -> bool {
    matches!(call.kind, AccumulatorKind::Quantile(_)) && call.second.is_none()
}

impl Grouping<'_> {
    /// The values around the quantiles of the groups with these keys, for each call that [is searched](is_searched), with
    /// its number.
    pub(super) fn quantiles(&self, keys: usize, run: Run<'_>) -> Result<Vec<(usize, AllFound)>, Error> {
        let mut all: Vec<Wanted<'_>> = Vec::new();
        for (number, call) in self.calls.iter().enumerate().filter(|(_, call)| is_searched(call)) {
            let AccumulatorKind::Quantile(place) = call.kind else { continue };
            let same =
                |other: &&mut Wanted<'_>| identity(call).is_some() && identity(other.call) == identity(call);
            match all.iter_mut().find(same) {
                Some(wanted) => wanted.places.push((number, place)),
                None => {
                    let native = native(self.pipeline, call);
                    all.push(Wanted { call, native, places: vec![(number, place)] });
                }
            }
        }
        let mut found = Vec::new();
        for wanted in &all {
            let own = self.search(wanted, keys, run)?;
            found.extend(wanted.places.iter().map(|(number, _)| *number).zip(own));
        }
        Ok(found)
    }

    /// Finds all quantiles of one argument.
    fn search(&self, wanted: &Wanted<'_>, keys: usize, run: Run<'_>) -> Result<Vec<AllFound>, Error> {
        let quantiles = wanted.places.len();
        let _claim = run.context.claim(keys * quantiles * GROUP_BYTES)?;
        let mut brackets = self.likely_brackets(wanted, keys, run)?;
        let mut found: Vec<AllFound> = vec![vec![None; keys]; quantiles];
        loop {
            let sums = Mutex::new(vec![vec![BracketSums::default(); keys]; quantiles]);
            let pass = Pass::Count { brackets: &brackets, sums };
            let stripes = self.over_stripes(wanted, &pass, keys, run)?;
            let Pass::Count { sums, .. } = pass else { return Ok(found) };
            let sums = sums.into_inner().unwrap_or_else(PoisonError::into_inner);
            let pieces = keys.div_ceil(GROUPS_A_PIECE);
            let searches =
                run.pool.in_order(run.context, pieces * quantiles, Vec::new, |words, number| {
                    let (quantile, first) = (number / pieces, number % pieces * GROUPS_A_PIECE);
                    let groups = first..(first + GROUPS_A_PIECE).min(keys);
                    let open = groups.filter(|group| brackets[quantile][*group] != Bracket::EMPTY);
                    let search = |group: usize| {
                        gather(&stripes, quantile, group, words);
                        let bracket = brackets[quantile][group];
                        (
                            quantile,
                            group,
                            sums[quantile][group].search(wanted.places[quantile].1, bracket, words),
                        )
                    };
                    Ok(open.map(search).collect::<Vec<_>>())
                })?;
            let mut is_open = false;
            for (quantile, group, search) in searches.into_iter().flatten() {
                brackets[quantile][group] = match search {
                    Search::Nothing => Bracket::EMPTY,
                    Search::Found(around) => {
                        found[quantile][group] = Some(wanted.converted(around));
                        Bracket::EMPTY
                    }
                    Search::Open(next) => {
                        is_open = true;
                        next
                    }
                };
            }
            if !is_open {
                return Ok(found);
            }
        }
    }

    /// Where a sample has the quantiles of each group.
    fn likely_brackets(
        &self,
        wanted: &Wanted<'_>,
        keys: usize,
        run: Run<'_>,
    ) -> Result<Vec<Vec<Bracket>>, Error> {
        let rows = self.pipeline.source.row_count();
        let mut brackets = vec![vec![Bracket::WHOLE; keys]; wanted.places.len()];
        if rows < FEWEST_ROWS {
            return Ok(brackets);
        }
        let [most, least] = SAMPLED_OF;
        let of = (rows / (keys as u64 * SAMPLED_ROWS).max(1)).clamp(most, least) as usize;
        let stripes = self.over_stripes(wanted, &Pass::Sample(of), keys, run)?;
        let pieces = keys.div_ceil(GROUPS_A_PIECE);
        let likely = run.pool.in_order(run.context, pieces, Vec::new, |words, piece| {
            let first = piece * GROUPS_A_PIECE;
            let mut likely = Vec::new();
            for group in first..(first + GROUPS_A_PIECE).min(keys) {
                gather(&stripes, 0, group, words);
                likely.extend(wanted.places.iter().map(|(_, place)| Bracket::likely(*place, words)));
            }
            Ok(likely)
        })?;
        for (number, bracket) in likely.into_iter().flatten().enumerate() {
            let (group, quantile) = (number / wanted.places.len(), number % wanted.places.len());
            brackets[quantile][group] = bracket;
        }
        Ok(brackets)
    }

    /// Goes through all rows once, stripe by stripe.
    fn over_stripes(
        &self,
        wanted: &Wanted<'_>,
        pass: &Pass<'_>,
        keys: usize,
        run: Run<'_>,
    ) -> Result<Vec<Stripe>, Error> {
        let zone_count = self.pipeline.zone_count();
        let stripes = zone_count.div_ceil(STRIPE_ZONES as usize);
        run.pool.in_order(
            run.context,
            stripes,
            || Worker::new(pass),
            |worker, stripe| {
                let mut claim = run.context.claim(worker.byte_len())?;
                let first = stripe * STRIPE_ZONES as usize;
                for zone in first..(first + STRIPE_ZONES as usize).min(zone_count) {
                    run.context.check()?;
                    self.add_zone_words(wanted, pass, zone, worker, run)?;
                    claim.resize(worker.byte_len())?;
                }
                let kept = worker.finish(pass, keys);
                claim.resize(kept.iter().map(Divided::byte_len).sum::<usize>())?;
                Ok(Stripe { kept, _claim: claim })
            },
        )
    }

    /// Adds the words of a zone, block by block.
    fn add_zone_words(
        &self,
        wanted: &Wanted<'_>,
        pass: &Pass<'_>,
        number: usize,
        worker: &mut Worker,
        run: Run<'_>,
    ) -> Result<(), Error> {
        let foresight = self.pipeline.foresee(number, run)?;
        if foresight == Foresight::Pruned {
            return Ok(());
        }
        let Worker { scratches, codes, words, brackets, kept } = worker;
        let (common, open) = self.common_code(number)?;
        let mut zone = self.pipeline.zone(number, scratches, run);
        let selection = self.pipeline.select_uncounted(foresight, &mut zone)?;
        if matches!(selection, Selection::None) {
            return Ok(());
        }
        let row_count = zone.row_count();
        let active = selection.to_bitmap(row_count);
        let evaluated =
            open.iter().map(|index| Ok((*index, self.keys[*index].evaluate(&mut zone, &active)?)));
        let evaluated = evaluated.collect::<Result<Vec<_>, Error>>()?;
        let keys = evaluated.iter().map(|(index, key)| key.as_view().map(|view| (*index, view)));
        let keys = keys.collect::<Result<Vec<_>, _>>()?;
        let argument = wanted.words(&mut zone, &active)?;
        let values = argument.as_view()?;
        let of = if let Pass::Sample(of) = pass { *of } else { 1 };
        let positions = positions_of(selection.counting(values.validity).as_deref(), row_count, of);
        let count = positions.as_ref().map_or(row_count, Vec::len);
        let failed = |source| Error::Row { row: zone.first_row(), span: None, source };
        for start in (0..count).step_by(BLOCK_ROWS) {
            let end = (start + BLOCK_ROWS).min(count);
            let part = match &positions {
                Some(positions) => Part::At(&positions[start..end]),
                None => Part::From(start),
            };
            codes.clear();
            codes.resize(end - start, common);
            for (index, view) in &keys {
                self.layout.add_codes(*index, view, part, codes).map_err(failed)?;
            }
            match (pass, kept.first_mut()) {
                (Pass::Sample(_), Some(kept)) => {
                    words.resize(end - start, 0);
                    native_words(&values, part, words).map_err(failed)?;
                    kept.extend(codes.iter().copied().zip(words.iter().copied()));
                }
                _ => {
                    for (own, kept) in brackets.iter_mut().zip(&mut *kept) {
                        own.add(codes, &values, part, kept).map_err(failed)?;
                    }
                }
            }
        }
        Ok(())
    }
}
