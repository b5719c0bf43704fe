//! Exact quantiles without groups and without holding the values, so that memory does not grow with the rows.
//!
//! Every value has a word of 64 bits in the order of values. A pass over the rows counts them by sixteen bits of their
//! words, the highest first; then it is known which of these bits the wanted values have, and the next pass counts only
//! rows that share them. Once few rows are left that share the bits found so far, a pass collects and sorts them. A
//! pass leaves out the zones whose summaries hold no word of the wanted range. All calls share all passes, and calls
//! of one column their counts.

use crate::Error;
use crate::calls::{Call, place_of};
use crate::finish::quantile_column;
use crate::pipeline::{Foresight, Pipeline, Run, Selection};
use crate::predicate::Value;
use crate::total::end_of;
use crate::zone::Scratches;
use colq_column::{Bounds, Column};
use colq_kernels::{Found, float_word, push_words, signed_word, word_signed};
use colq_plan::AggregateCall;
use colq_types::{DataType, STRIPE_ZONES};
use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::sync::{Mutex, PoisonError};

/// Bits that a pass finds.
const DIGIT_BITS: u32 = 16;

/// Rows that are collected instead of counted once more; 2 MiB of words.
const COLLECTED: u64 = 1 << 18;

/// The words that begin with the same bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Prefix {
    /// The bits, the others zero.
    bits: u64,
    /// How many are found.
    len: u32,
}

impl Prefix {
    /// What all words from `low` to `high` begin with.
    fn of(low: u64, high: u64) -> Prefix {
        // With all bits found there would be nothing left to count.
        let len = (low ^ high).leading_zeros().min(u64::BITS - 1);
        Prefix { bits: low & !(u64::MAX >> len), len }
    }

    /// How many bits the next pass finds.
    fn digit_bits(self) -> u32 {
        DIGIT_BITS.min(u64::BITS - self.len)
    }

    /// The words that begin so.
    fn words(self) -> RangeInclusive<u64> {
        // No bits are left where all are found.
        let rest = u64::MAX.checked_shr(self.len).unwrap_or(0);
        self.bits..=self.bits | rest
    }

    /// The next bits of a word that begins so.
    fn digit(self, word: u64) -> usize {
        (word << self.len >> (u64::BITS - self.digit_bits())) as usize
    }

    /// Those of the words that go on with this digit.
    fn and(self, digit: usize) -> Prefix {
        let len = self.len + self.digit_bits();
        Prefix { bits: self.bits | (digit as u64) << (u64::BITS - len), len }
    }
}

/// What a pass finds out about words that begin alike.
#[derive(Debug)]
enum Tally {
    /// How many go on with each digit.
    Counts(Vec<u64>),
    /// All of them.
    Words(Vec<u64>),
}

impl Tally {
    fn counts(prefix: Prefix) -> Tally {
        Tally::Counts(vec![0; 1 << prefix.digit_bits()])
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
    /// What all words begin with.
    start: Prefix,
    /// What passes have still to find out, by the beginning of the words.
    open: BTreeMap<Prefix, Mutex<Tally>>,
    /// Words by their number among all, once found.
    wanted: BTreeMap<u64, Search>,
    count: u64,
}

/// A word that is looked for: the `nth` of those with a prefix.
#[derive(Debug, Clone, Copy)]
struct Search {
    prefix: Prefix,
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
            let start = start_of(pipeline, &call)?;
            let open = BTreeMap::from([(start, Mutex::new(Tally::counts(start)))]);
            all.push(Values { call, start, open, wanted: BTreeMap::new(), count: 0 });
        }
        values_of.push(at);
    }
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

/// The column behind an argument, and the type it is converted to. Arguments that have one have the same values where
/// these are the same.
fn identity(call: &Call) -> Option<(usize, DataType)> {
    let argument = call.argument.as_ref()?;
    let column = match &argument.value {
        Value::Cast { operand, .. } => operand.as_column(),
        value => value.as_column(),
    };
    column.map(|column| (column, argument.data_type))
}

/// What the words of all rows are known to begin with: by the summaries of all zones, else by the type.
fn start_of(pipeline: &Pipeline, call: &Call) -> Result<Prefix, Error> {
    let data_type = call.argument.as_ref().map(|argument| argument.data_type);
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
        match ends_of(pipeline, call, zone as u64)? {
            None => return Ok(Prefix::of(low, high)),
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
    Ok(Prefix::of(low, high))
}

/// A tally with what its words begin with.
type Open<'a> = (Prefix, &'a Mutex<Tally>);

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
        let ends = ends_of(pipeline, &values.call, number as u64)?;
        let meets = |prefix: &Prefix| {
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
    let active = selection.to_bitmap(zone.row_count());
    for (index, here) in open {
        let values = &all[index];
        let evaluations = values.call.evaluate(&mut zone, &active)?;
        let Some(evaluated) = &evaluations.argument else { continue };
        let view = evaluated.as_view()?;
        let mut words = Vec::with_capacity(view.len());
        let failed = |source| Error::Row { row: zone.first_row(), span: None, source };
        push_words(&view, values.call.ranks(), &mut words).map_err(failed)?;
        let counting = match (&selection, view.validity) {
            (Selection::Some(_), None) => Some(active.clone()),
            (Selection::Some(_), Some(validity)) => {
                let mut both = active.clone();
                both.and_assign(validity);
                Some(both)
            }
            (_, validity) => validity.cloned(),
        };
        if let Some(counting) = counting {
            words = counting.ones_iter().map(|row| words[row]).collect();
        }
        for (prefix, tally) in here {
            let range = prefix.words();
            if let Tally::Words(all) = &mut *tally.lock().unwrap_or_else(PoisonError::into_inner) {
                all.extend(words.iter().filter(|word| range.contains(word)));
                continue;
            }
            let counts = counted.entry((index, prefix)).or_insert_with(|| vec![0; 1 << prefix.digit_bits()]);
            for word in words.iter().filter(|word| range.contains(word)) {
                counts[prefix.digit(*word)] += 1;
            }
        }
    }
    Ok(())
}

/// What a thread has counted in a stripe, by the number of the values and the prefix, before it is added to the tallies.
type Counted = BTreeMap<(usize, Prefix), Vec<u32>>;

fn add_counted(all: &[Values], counted: Counted) {
    for ((index, prefix), own) in counted {
        let Some(tally) = all[index].open.get(&prefix) else { continue };
        if let Tally::Counts(counts) = &mut *tally.lock().unwrap_or_else(PoisonError::into_inner) {
            counts.iter_mut().zip(own).for_each(|(count, own)| *count += u64::from(own));
        }
    }
}

/// The smallest and the largest word that a zone can have, where its summary knows; an empty range without values.
fn ends_of(pipeline: &Pipeline, call: &Call, zone: u64) -> Result<Option<RangeInclusive<u64>>, Error> {
    let Some((column, to)) = identity(call) else { return Ok(None) };
    let Some(field) = pipeline.source.schema().fields().get(column) else { return Ok(None) };
    let (from, to_float) = (field.data_type, to == DataType::F64);
    // A conversion to f64 keeps the order of integers and floats.
    let keeps_order = from == to || to_float && (from.is_integer() || from.is_float());
    if !keeps_order || from == DataType::Text {
        return Ok(None);
    }
    let Some(summary) = pipeline.source.zone_summary(column, zone)? else { return Ok(None) };
    if matches!(summary.bounds, Some(Bounds::Unknown | Bounds::Prefix { .. })) {
        return Ok(None);
    }
    let convert = |word: u64| match summary.bounds {
        Some(Bounds::Signed { .. }) if to_float => float_word(word_signed(word) as f64),
        Some(Bounds::Unsigned { .. }) if to_float => float_word(word as f64),
        _ => word,
    };
    #[allow(clippy::reversed_empty_ranges, reason = "a zone without values has no words")]
    let none = 1..=0;
    Ok(Some(match (end_of(&summary, false), end_of(&summary, true)) {
        (Some(low), Some(high)) => convert(low)..=convert(high),
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
        let mut tallies: BTreeMap<Prefix, Tally> = std::mem::take(&mut self.open)
            .into_iter()
            .map(|(prefix, tally)| (prefix, tally.into_inner().unwrap_or_else(PoisonError::into_inner)))
            .collect();
        for tally in tallies.values_mut() {
            if let Tally::Words(words) = tally {
                words.sort_unstable();
            }
        }
        for search in self.wanted.values_mut().filter(|search| search.found.is_none()) {
            match tallies.get(&search.prefix) {
                Some(Tally::Words(words)) => search.found = words.get(search.nth as usize).copied(),
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
                    if search.prefix.len == u64::BITS {
                        search.found = Some(search.prefix.bits);
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
        let around = place_of(aggregate)?.among(self.count)?;
        let word = |number| self.wanted.get(&number).and_then(|search| search.found);
        Some(Found { low: word(around.low)?, high: word(around.high)?, part: around.part })
    }
}
