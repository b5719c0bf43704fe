//! Exact quantiles without groups and without holding the values, so that memory does not grow with the rows.
//!
//! Every value has a word of 64 bits in the order of values: a plain column's in its own layout, so that no value is
//! converted before it is known to be wanted; everything else in the type of the answer. A pass over the rows counts them by sixteen bits of their
//! words, the highest first; then it is known which of these bits the wanted values have, and the next pass counts only
//! rows that share them. Once few rows are left that share the bits found so far, a pass collects and sorts them. A
//! pass leaves out the zones whose summaries hold no word of the wanted range. All calls share all passes, and calls
//! of one column their counts.
//!
//! Quantiles of columns are looked for between two words first, which a sample gives (`bracketed`).

mod bracketed;

use crate::Error;
use crate::calls::{Call, place_of};
use crate::finish::quantile_column;
use crate::pipeline::{Foresight, Pipeline, Run, Selection};
use crate::predicate::Value;
use crate::total::end_of;
use crate::zone::Scratches;
use colq_column::{Bitmap, Bounds, Column, View};
use colq_kernels::{
    Found, Place, WordPrefix, collect_words, converted_word, count_digits, has_native_words, native_word,
    push_words, signed_word,
};
use colq_plan::AggregateCall;
use colq_types::{DataType, STRIPE_ZONES};
use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Rows that are collected instead of counted once more; 8 MiB of words.
const COLLECTED: u64 = 1 << 20;

/// Up to this many collected words are found one by one; for more of them all are sorted.
const FEW: usize = 8;

/// What a pass finds out about words that begin alike.
#[derive(Debug)]
enum Tally {
    /// How many go on with each digit.
    Counts(Vec<u64>),
    /// All of them.
    Words(Vec<u64>),
}

impl Tally {
    fn counts(prefix: WordPrefix) -> Tally {
        Tally::Counts(vec![0; prefix.digit_count()])
    }

    /// Bytes owned, with what each thread counts in 32 bits before it adds that.
    fn byte_len(&self, threads: usize) -> usize {
        match self {
            Tally::Counts(counts) => counts.len() * (8 + 4 * threads),
            Tally::Words(words) => words.capacity() * 8,
        }
    }
}

/// The values of one expression, and what is wanted of them.
struct Values {
    /// Any of the calls that have it as their argument.
    call: Call,
    /// The column and its type, where words are taken from its own values.
    native: Option<(usize, DataType)>,
    /// What all words begin with.
    start: WordPrefix,
    /// What passes have still to find out, by the beginning of the words.
    open: BTreeMap<WordPrefix, Mutex<Tally>>,
    /// Words by their number among all, once found.
    wanted: BTreeMap<u64, Search>,
    count: u64,
    /// The words around quantiles that were found without counting digits; `None` without values.
    answers: Vec<(Place, Option<Found<u64>>)>,
}

/// A word that is looked for: the `nth` of those with a prefix.
#[derive(Debug, Clone, Copy)]
struct Search {
    prefix: WordPrefix,
    nth: u64,
    found: Option<u64>,
}

/// The answers of exact quantiles over all rows of the pipeline, one row each.
pub(crate) fn quantiles(
    pipeline: &Pipeline,
    aggregates: &[&AggregateCall],
    run: Run<'_>,
) -> Result<Vec<Column>, Error> {
    let mut all: Vec<Values> = Vec::new();
    let mut values_of: Vec<usize> = Vec::new();
    for aggregate in aggregates {
        let call = Call::new(aggregate, pipeline, run)?;
        let same =
            |other: &Values| identity(&other.call).is_some() && identity(&other.call) == identity(&call);
        let at = all.iter().position(same).unwrap_or(all.len());
        if at == all.len() {
            let native = native(pipeline, &call);
            let start = start_of(pipeline, &call, native)?;
            let open = BTreeMap::from([(start, Mutex::new(Tally::counts(start)))]);
            all.push(Values {
                call,
                native,
                start,
                open,
                wanted: BTreeMap::new(),
                count: 0,
                answers: Vec::new(),
            });
        }
        values_of.push(at);
    }
    let wanted: Vec<_> = values_of.iter().copied().zip(aggregates.iter().copied()).collect();
    bracketed::find(pipeline, &mut all, &wanted, run)?;
    let mut claim = run.context.claim(0)?;
    let mut is_first = true;
    while all.iter().any(|values| !values.open.is_empty()) {
        let threads = run.pool.thread_count();
        let owned = all.iter_mut().flat_map(|values| values.open.values_mut());
        let owned = owned
            .map(|tally| tally.get_mut().unwrap_or_else(PoisonError::into_inner).byte_len(threads))
            .sum();
        claim.resize(owned)?;
        let stripes = pipeline.zone_count().div_ceil(STRIPE_ZONES as usize);
        run.pool.in_order(run.context, stripes, Scratches::default, |scratches, stripe| {
            let mut counted = Counted::new();
            let first = stripe * STRIPE_ZONES as usize;
            for zone in first..(first + STRIPE_ZONES as usize).min(pipeline.zone_count()) {
                run.context.check()?;
                pass(pipeline, &all, zone, (scratches, &mut counted), run)?;
            }
            add_counted(&all, counted);
            Ok(())
        })?;
        if is_first {
            for (aggregate, at) in aggregates.iter().zip(&values_of) {
                all[*at].want(aggregate);
            }
        }
        is_first = false;
        all.iter_mut().for_each(Values::learn);
    }
    let answer = |(aggregate, at): (&&AggregateCall, &usize)| {
        let values = &all[*at];
        quantile_column(aggregate, &values.call, &[values.found(aggregate)])
    };
    Ok(aggregates.iter().zip(&values_of).map(answer).collect())
}

/// Places of a sample among so many, any one of each `of`, without a pattern that the rows could have too: steps of the
/// golden ratio (Knuth, volume 3, 6.4).
pub(crate) fn sampled_places(count: usize, of: usize) -> impl Iterator<Item = usize> {
    let place = move |number: usize| {
        let part = (number as u32).wrapping_mul(0x9e37_79b9);
        number * of + ((u64::from(part) * of as u64) >> u32::BITS) as usize
    };
    (0..count.div_ceil(of)).map(place).filter(move |place| *place < count)
}

/// The column behind an argument, and the type it is converted to. Arguments that have one have the same values where
/// these are the same.
pub(crate) fn identity(call: &Call) -> Option<(usize, DataType)> {
    let argument = call.argument.as_ref()?;
    let column = match &argument.value {
        Value::Cast { operand, .. } => operand.as_column(),
        value => value.as_column(),
    };
    column.map(|column| (column, argument.data_type))
}

/// The column whose own values have the order of the call's, and its type.
pub(crate) fn native(pipeline: &Pipeline, call: &Call) -> Option<(usize, DataType)> {
    let (column, to) = identity(call)?;
    let from = pipeline.source.schema().fields().get(column)?.data_type;
    // A conversion to f64 keeps the order of numbers.
    let keeps_order = from == to || to == DataType::F64 && from.is_number();
    let has_words = from != DataType::Text && from.physical().is_some_and(has_native_words);
    (keeps_order && has_words).then_some((column, from))
}

/// What the words of all rows are known to begin with: by the summaries of all zones, else by the type.
fn start_of(
    pipeline: &Pipeline,
    call: &Call,
    native: Option<(usize, DataType)>,
) -> Result<WordPrefix, Error> {
    let data_type = match native {
        Some((column, _)) => pipeline.source.schema().fields().get(column).map(|field| field.data_type),
        None => call.argument.as_ref().map(|argument| argument.data_type),
    };
    let (mut low, mut high) = match data_type {
        Some(DataType::Text) => (0, call.ranks().len() as u64),
        Some(DataType::Bool) => (0, 1),
        Some(DataType::U8 | DataType::U16 | DataType::U32) => (0, u64::from(u32::MAX)),
        Some(DataType::I8 | DataType::I16 | DataType::I32 | DataType::Date) => {
            (signed_word(i64::from(i32::MIN)), signed_word(i64::from(i32::MAX)))
        }
        _ => (0, u64::MAX),
    };
    let mut known: Option<(u64, u64)> = None;
    for zone in 0..pipeline.zone_count() {
        match ends_of(pipeline, native, zone as u64)? {
            None => return Ok(WordPrefix::of(low, high)),
            Some(ends) if ends.is_empty() => {}
            Some(ends) => {
                let (low, high) = known.unwrap_or((*ends.start(), *ends.end()));
                known = Some((low.min(*ends.start()), high.max(*ends.end())));
            }
        }
    }
    if let Some(known) = known {
        (low, high) = known;
    }
    Ok(WordPrefix::of(low, high))
}

/// A tally with what its words begin with.
type Open<'a> = (WordPrefix, &'a Mutex<Tally>);

/// What one zone adds to every open tally.
fn pass(
    pipeline: &Pipeline,
    all: &[Values],
    number: usize,
    (scratches, counted): (&mut Scratches, &mut Counted),
    run: Run<'_>,
) -> Result<(), Error> {
    let foresight = pipeline.foresee(number, run)?;
    if foresight == Foresight::Pruned {
        return Ok(());
    }
    let mut open: Vec<(usize, Vec<Open<'_>>)> = Vec::new();
    for (index, values) in all.iter().enumerate() {
        let ends = ends_of(pipeline, values.native, number as u64)?;
        let meets = |prefix: &WordPrefix| {
            let words = prefix.words();
            ends.as_ref().is_none_or(|ends| ends.start() <= words.end() && words.start() <= ends.end())
        };
        let here: Vec<_> =
            values.open.iter().filter(|(prefix, _)| meets(prefix)).map(|(p, tally)| (*p, tally)).collect();
        if !here.is_empty() {
            open.push((index, here));
        }
    }
    if open.is_empty() {
        return Ok(());
    }
    let mut zone = pipeline.zone(number, scratches, run);
    let selection = pipeline.select(foresight, &mut zone, run)?;
    if matches!(selection, Selection::None) {
        return Ok(());
    }
    for (index, here) in open {
        let values = &all[index];
        match values.native {
            Some((column, _)) => {
                let view = zone.view(column)?;
                add(&view, selection.counting(view.validity).as_deref(), index, here, counted)?;
            }
            None => {
                let active = selection.to_bitmap(zone.row_count());
                let evaluations = values.call.evaluate(&mut zone, &active)?;
                let Some(evaluated) = &evaluations.argument else { continue };
                let view = evaluated.as_view()?;
                let mut words = Vec::with_capacity(view.len());
                let failed = |source| Error::Row { row: zone.first_row(), span: None, source };
                push_words(&view, values.call.ranks(), &mut words).map_err(failed)?;
                let words = Column::new(DataType::U64, words);
                add(&words.view(), selection.counting(view.validity).as_deref(), index, here, counted)?;
            }
        }
    }
    Ok(())
}

/// Adds the words of some rows to the tallies of the values of this number.
fn add(
    view: &View<'_>,
    rows: Option<&Bitmap>,
    index: usize,
    tallies: Vec<Open<'_>>,
    counted: &mut Counted,
) -> Result<(), Error> {
    let internal = |error: colq_kernels::Error| Error::Internal(error.to_string());
    for (prefix, tally) in tallies {
        let collects = matches!(*lock(tally), Tally::Words(_));
        if collects {
            let mut words = Vec::new();
            collect_words(view, rows, prefix.words(), &mut words).map_err(internal)?;
            if let Tally::Words(all) = &mut *lock(tally) {
                all.append(&mut words);
            }
        } else {
            let counts = counted.entry((index, prefix)).or_insert_with(|| vec![0; prefix.digit_count()]);
            count_digits(view, rows, prefix, counts).map_err(internal)?;
        }
    }
    Ok(())
}

fn lock(tally: &Mutex<Tally>) -> MutexGuard<'_, Tally> {
    tally.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What a thread has counted in a stripe, by the number of the values and the prefix, before it is added to the tallies.
type Counted = BTreeMap<(usize, WordPrefix), Vec<u32>>;

fn add_counted(all: &[Values], counted: Counted) {
    for ((index, prefix), own) in counted {
        let Some(tally) = all[index].open.get(&prefix) else { continue };
        if let Tally::Counts(counts) = &mut *lock(tally) {
            counts.iter_mut().zip(own).for_each(|(count, own)| *count += u64::from(own));
        }
    }
}

/// The smallest and the largest word that a zone can have, where its summary knows; an empty range without values.
fn ends_of(
    pipeline: &Pipeline,
    native: Option<(usize, DataType)>,
    zone: u64,
) -> Result<Option<RangeInclusive<u64>>, Error> {
    let Some((column, data_type)) = native else { return Ok(None) };
    let Some(summary) = pipeline.source.zone_summary(column, zone)? else { return Ok(None) };
    if matches!(summary.bounds, Some(Bounds::Unknown | Bounds::Prefix { .. })) {
        return Ok(None);
    }
    #[allow(clippy::reversed_empty_ranges, reason = "a zone without values has no words")]
    let none = 1..=0;
    Ok(Some(match (end_of(&summary, false), end_of(&summary, true)) {
        (Some(low), Some(high)) => native_word(low, data_type)..=native_word(high, data_type),
        _ => none,
    }))
}

impl Values {
    /// After the first pass: notes which words the aggregate wants.
    fn want(&mut self, aggregate: &AggregateCall) {
        if let Some(tally) = self.open.get_mut(&self.start)
            && let Tally::Counts(counts) = tally.get_mut().unwrap_or_else(PoisonError::into_inner)
        {
            self.count = counts.iter().sum();
        }
        if let Some(around) = place_of(aggregate).and_then(|place| place.among(self.count)) {
            for number in [around.low, around.high] {
                self.wanted.insert(number, Search { prefix: self.start, nth: number, found: None });
            }
        }
    }

    /// After a pass: takes each search further, and opens the tallies that the next pass needs.
    fn learn(&mut self) {
        let mut tallies: BTreeMap<WordPrefix, Tally> = std::mem::take(&mut self.open)
            .into_iter()
            .map(|(prefix, tally)| (prefix, tally.into_inner().unwrap_or_else(PoisonError::into_inner)))
            .collect();
        let is_sorted = self.wanted.len() > FEW;
        for tally in tallies.values_mut() {
            if let Tally::Words(words) = tally
                && is_sorted
            {
                words.sort_unstable();
            }
        }
        for search in self.wanted.values_mut().filter(|search| search.found.is_none()) {
            match tallies.get_mut(&search.prefix) {
                Some(Tally::Words(words)) => {
                    let nth = search.nth as usize;
                    if !is_sorted && nth < words.len() {
                        words.select_nth_unstable(nth);
                    }
                    search.found = words.get(nth).copied();
                }
                Some(Tally::Counts(counts)) => {
                    let mut below = 0;
                    let digit = counts.iter().position(|count| {
                        let is_here = search.nth < below + count;
                        below += if is_here { 0 } else { *count };
                        is_here
                    });
                    let Some(digit) = digit else { continue };
                    search.nth -= below;
                    search.prefix = search.prefix.and(digit);
                    search.found = search.prefix.as_word();
                    if search.found.is_some() {
                        continue;
                    }
                    let tally = match counts[digit] <= COLLECTED {
                        true => Tally::Words(Vec::with_capacity(counts[digit] as usize)),
                        false => Tally::counts(search.prefix),
                    };
                    self.open.entry(search.prefix).or_insert_with(|| Mutex::new(tally));
                }
                None => {}
            }
        }
    }

    /// The words around the quantile; `None` without values.
    fn found(&self, aggregate: &AggregateCall) -> Option<Found<u64>> {
        let place = place_of(aggregate)?;
        let found = match self.answers.iter().find(|(answered, _)| *answered == place) {
            Some((_, found)) => (*found)?,
            None => {
                let around = place.among(self.count)?;
                let word = |number| self.wanted.get(&number)?.found;
                Found { low: word(around.low)?, high: word(around.high)?, part: around.part }
            }
        };
        let to = self.call.argument.as_ref().map(|argument| argument.data_type);
        let converted = |word| match (self.native, to) {
            (Some((_, from)), Some(to)) => converted_word(word, from, to),
            _ => word,
        };
        Some(Found { low: converted(found.low), high: converted(found.high), part: found.part })
    }
}
