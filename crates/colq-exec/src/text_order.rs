//! The order of the texts of a long dictionary, as much of it as is asked for: the furthest of those that occur, the first
//! few of them, a word for each by which most are told apart, or the ranks of all, by the way in which rows of text are sorted.
//!
//! What is done here is done beside a step and not as one: its rows are counted nowhere.

use crate::Error;
use crate::dictionary::short;
use crate::group::occurring;
use crate::pipeline::{Pipeline, Run};
use crate::sort::rows_in_order;
use colq_column::{Batch, Bitmap, Buffer, Column, Dictionary};
use colq_context::{Context, MemoryClaim};
use colq_kernels::{CodeWords, WordsFrom, first_texts, ranks};
use colq_plan::{AggregateCall, AggregateFunction, Typed, TypedKind};
use colq_types::{DataType, Field, Schema};
use std::sync::{Arc, Mutex, PoisonError};

/// True where the order of all texts is more than one asks for in passing: they are not put in order by one thread, nor marked in
/// a table for each zone.
pub(crate) fn is_long(dictionary: &Dictionary) -> bool {
    dictionary.len() as u64 > short()
}

/// No more first texts than these are looked for among all: more of them are moved too often.
const MOST_FIRST: usize = 1 << 10;

/// Pieces of the dictionary a thread.
const PIECES: usize = 4;

/// The rank of each code of a dictionary in the byte order of its texts, which are distinct.
pub(crate) fn ranks_of(dictionary: &Arc<Dictionary>, run: Run<'_>) -> Result<Vec<u32>, Error> {
    let len = dictionary.len();
    if !is_long(dictionary) || !dictionary.is_distinct() {
        return Ok(ranks(dictionary));
    }
    let field = |name: &str, data_type| Field { name: name.to_owned(), data_type };
    let schema = Schema::new(vec![field("code", DataType::U32), field("text", DataType::Text)]);
    let codes = || Buffer::row_codes(len);
    let columns =
        vec![Column::new(DataType::U32, codes()), Column::text(codes(), Arc::new(dictionary.as_rows()))];
    let batch = Batch::new(Arc::new(schema), columns).ok_or_else(|| Error::Internal("no batch".into()))?;
    let pipeline = Pipeline::new(Arc::new(batch), None)?;
    let context = apart(run);
    let ordered = rows_in_order(&pipeline, 1, 0, Run { context: &context, recorder: None, ..run })?;
    run.context.check()?;
    let mut ranks = vec![0; len];
    for (rank, row) in (0..).zip(0..ordered.len()) {
        let code = ordered.view().values.code(row);
        if let Some(place) = code.and_then(|code| ranks.get_mut(code as usize)) {
            *place = rank;
        }
    }
    Ok(ranks)
}

/// The words of all texts of a long dictionary, with the claim on their memory.
#[derive(Debug)]
pub(crate) struct Words {
    pub(crate) texts: Arc<CodeWords>,
    _room: MemoryClaim,
}

/// Of the memory that is left words take one part of so many at most: groups need theirs.
const ROOM: u64 = 4;

/// The words of a long dictionary; `None` where they do not tell its texts apart, or there is no room for them.
pub(crate) fn words_of(dictionary: &Arc<Dictionary>, run: Run<'_>) -> Result<Option<Words>, Error> {
    let byte_len = dictionary.len() * size_of::<u64>();
    if !is_long(dictionary) || run.context.memory_left().is_some_and(|left| byte_len as u64 > left / ROOM) {
        return Ok(None);
    }
    let Some(from) = WordsFrom::of(dictionary) else { return Ok(None) };
    let room = run.context.claim(byte_len)?;
    let mut words = vec![0; dictionary.len()];
    let piece_len = words.len().div_ceil(run.pool.thread_count() * PIECES).max(1);
    let pieces: Vec<Mutex<&mut [u64]>> = words.chunks_mut(piece_len).map(Mutex::new).collect();
    run.pool.in_order(
        run.context,
        pieces.len(),
        || (),
        |(), number| {
            if let Some(piece) = pieces.get(number) {
                let mut words = piece.lock().unwrap_or_else(PoisonError::into_inner);
                from.fill(dictionary, (number * piece_len) as u32, &mut words);
            }
            Ok(())
        },
    )?;
    drop(pieces);
    let texts = CodeWords::new(dictionary.clone(), words);
    Ok(texts.map(|texts| Words { texts: Arc::new(texts), _room: room }))
}

/// Ranks that tell the first `limit` rows by a text column with this dictionary from all others, which have one rank; `None`
/// where that is no less work than all ranks.
pub(crate) fn first_ranks(
    pipeline: &Pipeline,
    (column, dictionary): (usize, &Arc<Dictionary>),
    descends: bool,
    limit: usize,
    run: Run<'_>,
) -> Result<Option<Vec<u32>>, Error> {
    if limit > MOST_FIRST || !is_long(dictionary) {
        return Ok(None);
    }
    let name =
        pipeline.source.schema().fields().get(column).map_or(String::new(), |field| field.name.clone());
    let kind = TypedKind::Column { index: column, name };
    let key = Typed { kind, data_type: DataType::Text, span: None };
    let Some(marks) = occurring(pipeline, &key, Run { context: &apart(run), recorder: None, ..run })? else {
        return Ok(None);
    };
    run.context.check()?;
    let first = first_of(dictionary, &marks, limit, descends, run)?;
    // Behind these codes, whichever way the order goes, come all others.
    let others = if descends { 0 } else { first.len() as u32 };
    let mut ranks = vec![others; dictionary.len()];
    for (code, place) in first.iter().zip(0..) {
        if let Some(rank) = ranks.get_mut(*code as usize) {
            *rank = if descends { first.len() as u32 - place } else { place };
        }
    }
    Ok(Some(ranks))
}

/// The text column with a long dictionary of which a call over all rows wants the smallest or the largest.
pub(crate) fn furthest_of(pipeline: &Pipeline, call: &AggregateCall) -> Result<Option<usize>, Error> {
    if !matches!(call.function, AggregateFunction::Min | AggregateFunction::Max) {
        return Ok(None);
    }
    let argument = call.argument.as_ref().filter(|argument| argument.data_type == DataType::Text);
    let Some(column) = argument.and_then(Typed::as_column) else { return Ok(None) };
    let dictionary = pipeline.source.dictionary(column)?;
    Ok(dictionary.filter(|texts| is_long(texts) && texts.is_distinct()).map(|_| column))
}

/// The smallest or the largest text of all rows, as a column of one; `None` where there is no room to mark what occurs.
pub(crate) fn furthest(
    pipeline: &Pipeline,
    call: &AggregateCall,
    run: Run<'_>,
) -> Result<Option<Column>, Error> {
    let (Some(key), Some(column)) = (&call.argument, furthest_of(pipeline, call)?) else { return Ok(None) };
    let (Some(dictionary), Some(marks)) =
        (pipeline.source.dictionary(column)?, occurring(pipeline, key, run)?)
    else {
        return Ok(None);
    };
    let found = first_of(&dictionary, &marks, 1, call.function == AggregateFunction::Max, run)?;
    let validity: Bitmap = std::iter::once(!found.is_empty()).collect();
    let codes = vec![found.first().copied().unwrap_or(0)];
    Ok(Some(Column::text(codes, dictionary).with_validity(Some(validity))))
}

/// The first texts of those whose codes are marked.
fn first_of(
    dictionary: &Arc<Dictionary>,
    marks: &[u64],
    count: usize,
    largest: bool,
    run: Run<'_>,
) -> Result<Vec<u32>, Error> {
    let pieces = run.pool.thread_count() * PIECES;
    let words = marks.len().div_ceil(pieces).max(1);
    let found = run.pool.in_order(
        run.context,
        pieces,
        || (),
        |(), piece| {
            let range = (piece * words).min(marks.len())..((piece + 1) * words).min(marks.len());
            Ok(first_texts(dictionary, marks, range, count, largest))
        },
    )?;
    let mut found: Vec<u32> = found.into_iter().flatten().collect();
    found.sort_unstable_by_key(|code| dictionary.get(*code));
    if largest {
        found.reverse();
    }
    found.truncate(count);
    Ok(found)
}

/// A context whose counters nobody reads, with the memory that is left.
fn apart(run: Run<'_>) -> Context {
    match run.context.memory_left() {
        // A limit of 0 would be none.
        Some(left) => Context::new().with_memory_limit(left.max(1)),
        None => Context::new(),
    }
}
