//! Aggregates by key: what is known of the keys beforehand, and the way to go through the rows that this suggests.

mod count;
mod counted;
mod dependent;
mod direct;
mod estimate;
mod first;
mod first_rows;
mod guessed;
mod interval;
mod key_texts;
mod keyed;
mod lone;
mod ordered;
mod pairs;
mod partition;
mod partitioned;
mod picked;
mod quantiles;
mod runs;
mod scatter;
mod slots;
mod spilled;
mod striped;
mod tallies;
mod top;
mod unique;

pub(crate) use count::{distinct_count, group_count, occurring};
pub(crate) use pairs::distinct_counts;
pub(crate) use scatter::{validity_of, view_of};

use crate::Error;
use crate::bounds::whole_range;
use crate::calls::Call;
use crate::collect::concatenate;
use crate::extent::extent;
use crate::few::Few;
use crate::finish::finish;
use crate::pipeline::{Pipeline, Run};
use crate::predicate::Value;
use crate::spill::{Rows, RowsBuilder};
use crate::text::{Argument, with_found_texts};
use crate::used::{Used, only};
use colq_column::{Batch, Column, ColumnSource, Values};
use colq_kernels::{Accumulator, KeyLayout, KeySpace, LongTexts, Partitioning};
use colq_plan::{AggregateCall, Typed};
use colq_types::{DataType, Schema};
use dependent::Dependent;
use direct::direct_keys;
use guessed::is_refuted;
use interval::interval;
use key_texts::with_distinct_texts;
use std::sync::Arc;

/// Groups from which on rows are divided by key first: fewer stay in the cache as they are.
const MANY_GROUPS: u64 = 1 << 17;

/// The same where keys are plain texts, whose groups take more room.
const MANY_TEXTS: u64 = 1 << 14;

/// Fewer zones are done before a look at some of them would pay.
const MANY_ZONES: usize = 16;

/// A grouping made ready for a source.
struct Grouping<'a> {
    pipeline: &'a Pipeline,
    keys: Vec<Argument>,
    calls: Vec<Call>,
    layout: KeyLayout,
    /// The number of keys, where they are few enough to index an array.
    places: Option<usize>,
    /// That they are so few is a guess, which rows may refute.
    is_guessed: bool,
    /// The key columns that somebody looks at; the others need not be written out.
    kept: Used,
    /// The groups that somebody looks at.
    few: Few,
}

/// Some groups with their answers, in the order of their first rows.
struct Piece {
    /// Keys, then answers.
    columns: Vec<Column>,
    first_rows: Vec<u64>,
}

/// Makes the column of answers of a call, known by its number, from the states of some groups.
type Finish<'a> = dyn Fn(usize, &Call, &mut Accumulator) -> Result<Column, Error> + Sync + 'a;

/// How the rows go to their groups.
enum Way {
    /// The key is a place in an array.
    Direct(usize),
    /// Groups of each stripe, merged stripe by stripe.
    Striped,
    /// Rows divided by key first, for about so many groups.
    Partitioned(Partitioning, usize),
    /// Neighbours, because the key rises.
    Runs,
    /// Each row of about so many by itself, but those that may share their key.
    Lone(u64),
    /// Rows divided by key first, in a scratch file: about so many groups will not fit into the memory that is left.
    Spilled(usize),
}

/// Keys and aggregates as the rows of an answer, in the order of first rows.
pub(crate) fn grouped_rows(
    pipeline: &Pipeline,
    keys: &[Typed],
    aggregates: &[&AggregateCall],
    schema: &Arc<Schema>,
    (kept, few): (&Used, Few),
    run: Run<'_>,
) -> Result<Rows, Error> {
    let mut rows = RowsBuilder::new(schema.clone(), run.context)?;
    let whole = aggregate_pieces(pipeline, keys, aggregates, (kept, few), run, &mut |piece| {
        rows.push(piece.columns)
    })?;
    match whole {
        None => rows.finish(),
        Some(columns) => Batch::new(schema.clone(), columns)
            .map(Rows::Memory)
            .ok_or_else(|| Error::Internal("the aggregates do not fit their schema".into())),
    }
}

/// The keys and the aggregates of each group, in the order of their first rows.
pub(crate) fn aggregate_groups(
    pipeline: &Pipeline,
    keys: &[Typed],
    aggregates: &[&AggregateCall],
    run: Run<'_>,
) -> Result<(Vec<Column>, Vec<Column>), Error> {
    let mut pieces = Vec::new();
    let whole = aggregate_pieces(pipeline, keys, aggregates, (&None, Few::All), run, &mut |piece| {
        pieces.push(piece.columns);
        Ok(())
    })?;
    let mut columns = match whole {
        Some(columns) => columns,
        None => {
            let key_types = keys.iter().map(|key| key.data_type);
            let types: Vec<_> = key_types.chain(aggregates.iter().map(|call| call.data_type)).collect();
            put_together(pieces, &types)?
        }
    };
    let answers = columns.split_off(keys.len());
    Ok((columns, answers))
}

/// Gives the groups piece by piece, or all columns at once.
fn aggregate_pieces(
    pipeline: &Pipeline,
    keys: &[Typed],
    aggregates: &[&AggregateCall],
    (kept, few): (&Used, Few),
    run: Run<'_>,
    sink: &mut dyn FnMut(Piece) -> Result<(), Error>,
) -> Result<Option<Vec<Column>>, Error> {
    let Some(dependent) = Dependent::new(pipeline, keys, aggregates.len(), (kept, &few))? else {
        return pieces_by_keys(pipeline, keys, aggregates, (kept, few), run, sink);
    };
    run.note(|| {
        format!("groups: by {} of {} keys, from which the others follow", dependent.keys.len(), keys.len())
    });
    let mut sink = |piece: Piece| sink(dependent.piece(piece, run)?);
    let some = (&dependent.kept, dependent.few.clone());
    let whole = pieces_by_keys(pipeline, &dependent.keys, aggregates, some, run, &mut sink)?;
    whole.map(|columns| dependent.columns(columns, run)).transpose()
}

/// The same by keys of which none follows from the others.
fn pieces_by_keys(
    pipeline: &Pipeline,
    keys: &[Typed],
    aggregates: &[&AggregateCall],
    (kept, few): (&Used, Few),
    run: Run<'_>,
    sink: &mut dyn FnMut(Piece) -> Result<(), Error>,
) -> Result<Option<Vec<Column>>, Error> {
    let calls =
        aggregates.iter().map(|call| Call::new(call, pipeline, run)).collect::<Result<Vec<_>, _>>()?;
    let mut grouping = Grouping::new(pipeline, keys, calls, true, run)?;
    grouping.guess_places(run)?;
    grouping.kept = kept.clone();
    grouping.few = few;
    let finish_call = |number: usize, ready: &Call, state: &mut Accumulator| {
        let call = aggregates.get(number).ok_or_else(|| Error::Internal("an aggregate is gone".into()))?;
        finish(call, ready, state)
    };
    let (grouping, whole) = grouping.run(keys, &finish_call, run, sink)?;
    let Some((mut columns, mut states, _)) = whole else { return Ok(None) };
    for (number, (ready, state)) in grouping.calls.iter().zip(&mut states).enumerate() {
        columns.push(finish_call(number, ready, state)?);
    }
    if kept.is_some() {
        columns = only(&columns, kept);
    }
    Ok(Some(columns))
}

/// The distinct keys and the first row of each, in the order of those rows.
pub(crate) fn distinct_keys(
    pipeline: &Pipeline,
    keys: &[Typed],
    run: Run<'_>,
) -> Result<(Vec<Column>, Vec<u64>), Error> {
    let (columns, first_rows, _) = keys_in_order(pipeline, keys, Vec::new(), run)?;
    Ok((columns, first_rows))
}

/// The distinct keys and how many rows have each, in the order of their first rows.
pub(crate) fn counted_keys(
    pipeline: &Pipeline,
    keys: &[Typed],
    run: Run<'_>,
) -> Result<(Vec<Column>, Vec<u64>), Error> {
    let (columns, _, counts) = keys_in_order(pipeline, keys, vec![Call::counting()], run)?;
    Ok((columns, counts))
}

/// Distinct keys, the first row of each, and how many rows have it, where that was asked.
type CountedKeys = (Vec<Column>, Vec<u64>, Vec<u64>);

/// The distinct keys, the first row of each, and the counts of the call, if there is one.
fn keys_in_order(
    pipeline: &Pipeline,
    keys: &[Typed],
    calls: Vec<Call>,
    run: Run<'_>,
) -> Result<CountedKeys, Error> {
    let mut grouping = Grouping::new(pipeline, keys, calls, true, run)?;
    grouping.guess_places(run)?;
    let (mut pieces, mut first_rows, mut counts) = (Vec::new(), Vec::new(), Vec::new());
    let counted =
        |_: usize, _: &Call, state: &mut Accumulator| Ok(Column::new(DataType::U64, state.counts()));
    let mut sink = |mut piece: Piece| {
        if piece.columns.len() > keys.len()
            && let Some(Values::U64(more)) = piece.columns.pop().as_ref().map(|c| c.values.as_values())
        {
            counts.extend_from_slice(more);
        }
        first_rows.extend_from_slice(&piece.first_rows);
        pieces.push(piece.columns);
        Ok(())
    };
    let (_, whole) = grouping.run(keys, &counted, run, &mut sink)?;
    if let Some((columns, states, first_rows)) = whole {
        let counts = states.first().map(Accumulator::counts).unwrap_or_default();
        return Ok((columns, first_rows, counts));
    }
    let types: Vec<_> = keys.iter().map(|key| key.data_type).collect();
    let columns = put_together(pieces, &types)?.into_iter().map(with_distinct_texts);
    Ok((columns.collect(), first_rows, counts))
}

/// The pieces of columns of these types, one after the other.
fn put_together(pieces: Vec<Vec<Column>>, types: &[DataType]) -> Result<Vec<Column>, Error> {
    let mut by_column: Vec<Vec<Column>> = types.iter().map(|_| Vec::new()).collect();
    for piece in pieces {
        by_column.iter_mut().zip(piece).for_each(|(columns, column)| columns.push(column));
    }
    types.iter().zip(by_column).map(|(data_type, columns)| concatenate(*data_type, columns)).collect()
}

/// Key columns, states and first rows of all groups.
type InOrder = (Vec<Column>, Vec<Accumulator>, Vec<u64>);

impl<'a> Grouping<'a> {
    /// Goes through all rows by the way that suits the keys: gives the groups all at once, or none where they went to
    /// the sink piece by piece. What outgrows the budget is spilled.
    fn run(
        self,
        keys: &[Typed],
        finish: &Finish<'_>,
        run: Run<'_>,
        sink: &mut dyn FnMut(Piece) -> Result<(), Error>,
    ) -> Result<(Grouping<'a>, Option<InOrder>), Error> {
        let way = self.way(run);
        self.run_by(way, keys, finish, run, sink)
    }

    /// The same by a way that was chosen before.
    fn run_by(
        self,
        way: Way,
        keys: &[Typed],
        finish: &Finish<'_>,
        run: Run<'_>,
        sink: &mut dyn FnMut(Piece) -> Result<(), Error>,
    ) -> Result<(Grouping<'a>, Option<InOrder>), Error> {
        if let Few::First(wanted) = self.few
            && matches!(way, Way::Partitioned(..) | Way::Spilled(_) | Way::Striped | Way::Lone(_))
            && let Some(first) = self.run_first(wanted, run)?
        {
            return Ok((self, Some(first)));
        }
        let done = match way {
            Way::Partitioned(partitioning, groups) => {
                self.run_bounded((&partitioning, groups), finish, run, sink)?;
                return Ok((self, None));
            }
            Way::Spilled(_) => {
                self.run_spilled(&self.spilled_partitioning(), finish, run, sink)?;
                return Ok((self, None));
            }
            Way::Lone(rows) => return self.run_lone(rows, keys, finish, run, sink),
            Way::Runs => {
                self.run_runs_bounded(finish, run, sink)?;
                return Ok((self, None));
            }
            Way::Direct(places) => self.run_direct(places, run),
            Way::Striped => self.run_striped(run),
        };
        if self.is_guessed && is_refuted(&done) {
            run.note(|| "groups: a row has another key, once more".to_owned());
            let mut known = Grouping::new(self.pipeline, keys, self.calls, true, run)?;
            (known.kept, known.few) = (self.kept, self.few);
            return known.run(keys, finish, run, sink);
        }
        if matches!(done, Err(Error::OverBudget(_))) {
            // Keys that stand for intervals are places in an array and nothing else.
            let mut plain = Grouping::new(self.pipeline, keys, self.calls, false, run)?;
            plain.kept = self.kept;
            plain.run_spilled(&plain.spilled_partitioning(), finish, run, sink)?;
            return Ok((plain, None));
        }
        Ok((self, Some(done?)))
    }

    /// `may_index` lets few keys index an array.
    fn new(
        pipeline: &'a Pipeline,
        keys: &[Typed],
        calls: Vec<Call>,
        may_index: bool,
        run: Run<'_>,
    ) -> Result<Grouping<'a>, Error> {
        let source = &*pipeline.source;
        let keys = keys
            .iter()
            .map(|key| {
                let value = with_found_texts(Value::new(key, source)?, pipeline, run)?;
                Argument::of_key(value, key.data_type, pipeline)
            })
            .collect::<Result<Vec<_>, Error>>()?;
        let spaces = keys.iter().map(|key| key_space(key, source)).collect::<Result<Vec<_>, _>>()?;
        let plain = KeyLayout::new(&spaces);
        #[cfg(test)]
        let may_index = may_index && forced::partitioning(plain.word_count(), plain.packed_keys()).is_none();
        if !may_index {
            return Ok(Grouping::over(pipeline, keys, calls, plain, None));
        }
        // Where a key is the start of the interval that a value is in, the number of the interval stands for it.
        // Floats that are whole numbers stand for themselves.
        let (stepped, spaces) = stepped_spaces(&keys, source)?;
        let has_whole =
            keys.iter().zip(&spaces).any(|(key, s)| key.data_type.is_float() && s.range.is_some());
        let layout = KeyLayout::new(&spaces);
        let places = direct_keys(&layout, &calls, source.row_count());
        // Only in packed keys are intervals and whole floats numbered.
        let is_plain = stepped.iter().all(Option::is_none) && !has_whole;
        if places.is_none() && (layout.packed_keys().is_none() || is_plain) {
            return Ok(Grouping::over(pipeline, keys, calls, plain, None));
        }
        let keys = keys.into_iter().zip(stepped).map(|(key, operand)| match operand {
            Some(operand) => Argument::of_numbers(operand, key.data_type),
            None => key,
        });
        Ok(Grouping::over(pipeline, keys.collect(), calls, layout, places))
    }

    /// Of which all is looked at.
    fn over(
        pipeline: &'a Pipeline,
        keys: Vec<Argument>,
        calls: Vec<Call>,
        layout: KeyLayout,
        places: Option<usize>,
    ) -> Grouping<'a> {
        Grouping { pipeline, keys, calls, layout, places, is_guessed: false, kept: None, few: Few::All }
    }

    /// The way that suits the keys.
    fn way(&self, run: Run<'_>) -> Way {
        self.way_of(run, true)
    }

    /// The same, where rows that are alone with their key may be told apart or not.
    fn way_of(&self, run: Run<'_>, may_be_lone: bool) -> Way {
        let (words, packed) = (self.layout.word_count(), self.layout.packed_keys());
        #[cfg(test)]
        if let Some(forced) = forced::partitioning(words, packed) {
            let groups = packed.filter(|_| forced.is_direct()).map_or(0, |keys| keys as usize);
            return Way::Partitioned(forced, groups);
        }
        if let Some(places) = self.places {
            run.note(|| format!("groups: the key is an index into {places} places"));
            return Way::Direct(places);
        }
        if self.pipeline.zone_count() >= MANY_ZONES && self.has_runs() {
            run.note(|| "groups: neighbours, the key rises".to_owned());
            return Way::Runs;
        }
        let many = if self.layout.plain_texts().is_empty() { MANY_GROUPS } else { MANY_TEXTS };
        if self.pipeline.zone_count() >= MANY_ZONES
            && packed.is_none_or(|keys| keys >= u128::from(MANY_GROUPS))
            && let Some((groups, rows)) = self.estimated_groups(run).filter(|(groups, _)| *groups >= many)
        {
            if may_be_lone && self.is_lonely(groups, rows, run) {
                return Way::Lone(rows);
            }
            let needed = groups.saturating_mul(self.group_bytes(groups, run));
            if run.context.memory_left().is_some_and(|left| needed > left / 10 * USED_TENTHS) {
                return Way::Spilled(groups as usize);
            }
            let partitioning = self.partitioning(groups, self.is_one_round(groups as usize, run));
            run.note(|| {
                let (count, by) = (partitioning.partition_count(), partitioning.is_direct());
                let how = if by { "the key is an index" } else { "hashed" };
                format!("groups: about {groups}, in {count} partitions, each {how}")
            });
            return Way::Partitioned(partitioning, groups as usize);
        }
        run.note(|| match packed {
            Some(keys) if self.sparse_places(run).is_some() => {
                format!("groups: numbered by an array of {keys} places")
            }
            Some(_) => "groups: hashed by one packed word".to_owned(),
            None => format!("groups: hashed by {words} words"),
        });
        Way::Striped
    }

    /// About the bytes that each of so many groups owns in partitions.
    fn group_bytes(&self, groups: u64, run: Run<'_>) -> u64 {
        let is_indexed = self.partitioning(groups, self.is_one_round(groups as usize, run)).is_direct();
        let key_bytes =
            if is_indexed { INDEXED_KEY_BYTES } else { self.layout.word_count() * KEY_WORD_BYTES };
        let state = |call: &Call| {
            if runs::is_plain_sum(call, &*self.pipeline.source) { TALLY_BYTES } else { STATE_BYTES }
        };
        (key_bytes + GROUP_BYTES + self.calls.iter().map(state).sum::<usize>()) as u64
    }

    /// The key columns of keys in words.
    fn key_columns<'t>(&self, words: &[u64], texts: &dyn Fn(usize) -> &'t [LongTexts]) -> Vec<Column> {
        let is_kept = |key: usize| self.is_kept(key);
        let dictionaries: Vec<_> = self.keys.iter().map(|key| key.dictionary.clone()).collect();
        self.layout.decode_texts(words, &dictionaries, texts, false, &is_kept)
    }

    /// True for a key column that somebody looks at.
    fn is_kept(&self, key: usize) -> bool {
        self.kept.as_ref().is_none_or(|kept| kept.get(key) == Some(&true))
    }

    /// Partitions for groups that do not fit into the budget.
    fn spilled_partitioning(&self) -> Partitioning {
        #[cfg(test)]
        if let Some(forced) = forced::partitioning(self.layout.word_count(), self.layout.packed_keys()) {
            return forced;
        }
        let rows = u128::from(self.pipeline.source.row_count());
        let indexed = self.layout.packed_keys().filter(|keys| *keys <= rows);
        Partitioning::new(SPILLED_PARTITION_BITS, self.layout.word_count(), indexed)
    }

    /// Partitions for about this many groups. `is_one_round` says that the tables of partitions take turns in the same memory.
    fn partitioning(&self, groups: u64, is_one_round: bool) -> Partitioning {
        let partitions = (groups / PARTITION_GROUPS).next_power_of_two();
        let bits = partitions.trailing_zeros().clamp(MIN_PARTITION_BITS, MAX_PARTITION_BITS);
        let places = u128::from(groups) * PLACES_A_GROUP;
        let packed = self.layout.packed_keys();
        if is_one_round && let Some(keys) = packed.filter(|keys| *keys > places) {
            let near = keys.div_ceil(NEAR_PLACES).next_power_of_two().trailing_zeros();
            if near <= MAX_PARTITION_BITS && keys <= u128::from(groups) * MORE_PLACES_A_GROUP {
                return Partitioning::new(near.max(bits), self.layout.word_count(), packed);
            }
        }
        let indexed = packed.filter(|keys| *keys <= places);
        Partitioning::new(bits, self.layout.word_count(), indexed)
    }
}

/// Partitions of rows that are spilled, as a power of two: one a thread is in memory at a time.
const SPILLED_PARTITION_BITS: u32 = 9;

/// Bytes of a group for each word of its key, in the table and as a key.
const KEY_WORD_BYTES: usize = 24;

/// The same where the key is an index into an array.
const INDEXED_KEY_BYTES: usize = 8;

/// Bytes of a group for a count or a sum.
const TALLY_BYTES: usize = 8;

/// Tenths of the memory that is left which groups may take by the estimate.
const USED_TENTHS: u64 = 7;

/// Bytes of a group for its number and its first row.
const GROUP_BYTES: usize = 16;

/// Bytes of a group for a state, its open part included. An estimate: what is claimed says what is owned.
const STATE_BYTES: usize = 40;

/// Groups a partition should have: their states fit into the second-level cache.
const PARTITION_GROUPS: u64 = 1 << 15;

/// Fewer partitions would leave threads without work where keys are skewed.
const MIN_PARTITION_BITS: u32 = 6;

/// With more, a zone has too few rows for each.
const MAX_PARTITION_BITS: u32 = 11;

/// Places that an array indexed by keys may have for each group: with more it is larger than a hash table, and most of
/// it is fetched for nothing.
const PLACES_A_GROUP: u128 = 8;

/// The same where one array is used by partition after partition and stays in the second-level cache: to make a place empty is
/// a small part of looking a key up by its hash.
const MORE_PLACES_A_GROUP: u128 = 32;

/// Places of 32 bits of such an array: half of a second-level cache.
const NEAR_PLACES: u128 = 1 << 17;

#[cfg(test)]
pub(crate) mod forced;

/// What the zone summaries say of keys, and what stands for those that are the start of the interval that it is in.
fn stepped_spaces(
    keys: &[Argument],
    source: &dyn ColumnSource,
) -> Result<(Vec<Option<Value>>, Vec<KeySpace>), Error> {
    let (mut stepped, mut spaces) = (Vec::new(), Vec::new());
    for key in keys {
        let (operand, mut space) = match interval(&key.value, key.data_type, source)? {
            Some((operand, space)) => (Some(operand), space),
            None => (None, key_space(key, source)?),
        };
        if matches!(key.data_type, DataType::F32 | DataType::F64) {
            space.range = whole_range(&key.value, source)?;
        }
        stepped.push(operand);
        spaces.push(space);
    }
    Ok((stepped, spaces))
}

/// What the zone summaries say of a key column, so that its keys are as short as can be.
fn key_space(key: &Argument, source: &dyn ColumnSource) -> Result<KeySpace, Error> {
    let data_type = key.data_type;
    let nullable = key.value.as_column().is_none_or(|column| source.may_have_nulls(column));
    let range = match &key.dictionary {
        Some(dictionary) => Some((0, (dictionary.len() as i128 - 1).max(0))),
        // Plain text.
        None if data_type == DataType::Text => None,
        None => extent(&key.value, source)?.map(|ends| within(data_type, ends)),
    };
    Ok(KeySpace { data_type, nullable, range, step: 1, parts: 1, intervals: None })
}

/// The ends that values of a type can reach.
fn within(data_type: DataType, (low, high): (i128, i128)) -> (i128, i128) {
    let (least, most) = match data_type.is_unsigned() {
        true => (0, i128::from(u64::MAX)),
        false if data_type.is_integer() => (i128::from(i64::MIN), i128::from(i64::MAX)),
        false => (low, high),
    };
    (low.clamp(least, most), high.clamp(least, most))
}
