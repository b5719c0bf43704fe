//! The rows of a pipeline themselves, in order: all of them, the first few, or the first few by some order.

use crate::Error;
use crate::evaluate::value;
use crate::pipeline::{Foresight, Pipeline, Run, Selection};
use crate::predicate::Value;
use crate::zone::Scratches;
use colq_column::{Batch, Bitmap, Buffer, Column, Dictionary, DictionaryBuilder, SharedBytes};
use colq_kernels::{SortColumn, gather, sort_positions, top_positions};
use colq_plan::{PlanSortKey, Typed};
use colq_types::{DataType, Schema};
use std::sync::Arc;

/// Zones a thread in each round when there is a limit: a small one is soon reached, and what was read beyond it
/// is in vain.
const LIMITED_ZONES_A_THREAD: usize = 2;

/// Which rows are wanted.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Wanted<'a> {
    All,
    /// The first so many.
    First(usize),
    /// The first so many by these columns of the output.
    Top(&'a [PlanSortKey], usize),
}

/// The rows of a pipeline as columns of `exprs`.
pub(crate) fn collect(
    pipeline: &Pipeline,
    exprs: &[Typed],
    schema: &Arc<Schema>,
    wanted: Wanted<'_>,
    run: Run<'_>,
) -> Result<Batch, Error> {
    let values = exprs.iter().map(|e| Value::new(e, &*pipeline.source)).collect::<Result<Vec<_>, Error>>()?;
    let zones = pipeline.zone_count();
    let (limit, round) = match wanted {
        Wanted::First(limit) => (limit, run.pool.thread_count() * LIMITED_ZONES_A_THREAD),
        _ => (usize::MAX, zones),
    };
    let mut parts: Vec<Vec<Column>> = Vec::new();
    let mut row_count = 0;
    let mut claim = run.context.claim(0)?;
    let mut start = 0;
    while start < zones && row_count < limit {
        let count = round.min(zones - start);
        let done = run.pool.in_order(run.context, count, Scratches::default, |scratches, i| {
            zone_columns(pipeline, &values, start + i, scratches, wanted, run)
        })?;
        for columns in done.into_iter().flatten() {
            row_count += columns.first().map_or(0, Column::len);
            parts.push(columns);
        }
        let owned = parts.iter().flatten().map(Column::byte_len).sum();
        claim.resize(owned)?;
        start += count;
    }
    if u32::try_from(row_count).is_err() {
        return Err(Error::TooManyRows);
    }
    // The pieces may lie in maps; what is put together of them is owned.
    let whole = run.context.claim(parts.iter().flatten().map(copied_len).sum())?;
    let mut columns = Vec::new();
    for (index, field) in schema.fields().iter().enumerate() {
        let pieces = parts
            .iter_mut()
            .map(|part| std::mem::replace(&mut part[index], Column::new(DataType::U8, Vec::<u8>::new())));
        columns.push(concatenate(field.data_type, pieces.collect())?);
    }
    let batch = Batch::new(schema.clone(), columns)
        .ok_or_else(|| Error::Internal("the columns of a result do not fit its schema".into()))?;
    Ok(match wanted {
        Wanted::First(limit) if batch.row_count() > limit => {
            batch.gather(&(0..limit as u32).collect::<Vec<_>>())
        }
        Wanted::Top(keys, limit) => {
            // The pieces are gone.
            drop(claim);
            let sorted = sorted(&batch, keys, limit, run)?;
            drop(whole);
            sorted
        }
        _ => batch,
    })
}

/// Bytes of a copy of a column's values, and of its texts where each row has its own.
fn copied_len(column: &Column) -> usize {
    let texts = column.dictionary.as_ref().filter(|dictionary| !dictionary.is_distinct());
    let text_len = texts.map_or(0, |texts| texts.text_bytes().len() + texts.offsets().len() * 8);
    column.len() * column.values.as_values().row_width() + text_len
}

/// The output columns for the selected rows of a zone, or `None` when there are none.
pub(crate) fn zone_columns(
    pipeline: &Pipeline,
    values: &[Value],
    number: usize,
    scratches: &mut Scratches,
    wanted: Wanted<'_>,
    run: Run<'_>,
) -> Result<Option<Vec<Column>>, Error> {
    let foresight = pipeline.foresee(number, run)?;
    if foresight == Foresight::Pruned {
        return Ok(None);
    }
    let mut zone = pipeline.zone(number, scratches, run);
    let mut selection = pipeline.select(foresight, &mut zone, run)?;
    let row_count = zone.row_count();
    if let Wanted::First(limit) = wanted
        && selection.count(row_count) > limit
    {
        selection = Selection::Some(first_ones(&selection.to_bitmap(row_count), limit));
    }
    if matches!(selection, Selection::None) {
        return Ok(None);
    }
    let active = selection.to_bitmap(row_count);
    let positions = selection.positions();
    let mut columns = Vec::new();
    for expr in values {
        // A whole column of a zone shares the bytes of its map; it is looked at first, for codes that have no text.
        if let (Some(column), None, true) = (expr.as_column(), &positions, pipeline.source.is_mapped()) {
            zone.view(column)?;
            columns.push(pipeline.source.column(column, zone.rows())?);
            continue;
        }
        let evaluated = value(&mut zone, expr, &active)?.materialised(row_count);
        columns.push(match &positions {
            None => evaluated.into_column(row_count),
            Some(positions) => {
                gather(&evaluated.as_view()?, positions).map_err(|e| Error::Internal(e.to_string()))?
            }
        });
    }
    // Of each zone no more can be among the first than are wanted in all.
    if let Wanted::Top(keys, limit) = wanted
        && limit < columns.first().map_or(0, Column::len)
    {
        let sort = sort_columns(&columns, keys)?;
        let mut kept = top_positions(&sort, columns[0].len(), limit);
        kept.sort_unstable();
        columns = columns.iter().map(|c| c.gather(&kept)).collect();
    }
    Ok(Some(columns))
}

/// The first `count` one bits.
fn first_ones(bits: &Bitmap, count: usize) -> Bitmap {
    let mut first = Bitmap::zeros(bits.len());
    bits.ones_iter().take(count).for_each(|at| first.set(at, true));
    first
}

fn sort_columns(columns: &[Column], keys: &[PlanSortKey]) -> Result<Vec<SortColumn>, Error> {
    keys.iter()
        .map(|key| {
            let column =
                columns.get(key.column).ok_or_else(|| Error::Internal("a sort key has no column".into()))?;
            SortColumn::new(&column.view(), key.descending, key.nulls_first)
                .map_err(|e| Error::Internal(e.to_string()))
        })
        .collect()
}

/// The first `limit` rows of a batch by these keys.
pub(crate) fn sorted(
    batch: &Batch,
    keys: &[PlanSortKey],
    limit: usize,
    run: Run<'_>,
) -> Result<Batch, Error> {
    /// Bytes of a row's key: eight to compare and four that say where it stands.
    const KEY_BYTES: usize = 12;
    let row_count = batch.row_count();
    let row_width: usize = batch.columns().iter().map(|c| c.values.as_values().row_width()).sum();
    let kept = row_count.min(limit);
    let _claim = run.context.claim(row_count * keys.len() * KEY_BYTES + kept * (row_width + 4))?;
    let sort = sort_columns(batch.columns(), keys)?;
    run.note(|| match limit {
        usize::MAX => format!("order: {row_count} rows sorted in memory"),
        limit => format!("order: top {limit}, zone by zone, the rest never sorted"),
    });
    let positions = if limit < batch.row_count() {
        top_positions(&sort, batch.row_count(), limit)
    } else {
        sort_positions(&sort, batch.row_count())
    };
    Ok(batch.gather(&positions))
}

/// The pieces of a column, one after the other. Text keeps its dictionary when all pieces share one.
pub(crate) fn concatenate(data_type: DataType, pieces: Vec<Column>) -> Result<Column, Error> {
    let row_count = pieces.iter().map(Column::len).sum();
    if data_type == DataType::Text {
        return concatenate_text(pieces, row_count);
    }
    let mut values = Buffer::of_type(data_type, row_count);
    let mut validity = Bitmap::default();
    for piece in &pieces {
        if !values.extend_values(piece.values.as_values()) {
            return Err(Error::Internal(format!("a piece of a {data_type} column has another layout")));
        }
        push_validity(&mut validity, piece);
    }
    Ok(Column { data_type, values, validity: None, dictionary: None }.with_validity(Some(validity)))
}

fn push_validity(validity: &mut Bitmap, piece: &Column) {
    match &piece.validity {
        Some(bits) => validity.extend(bits),
        None => validity.push_many(true, piece.len()),
    }
}

/// Text keeps its dictionary where all pieces share one whose values are distinct. Where no value was seen twice, the
/// texts are put one after the other; else they become one dictionary.
fn concatenate_text(pieces: Vec<Column>, row_count: usize) -> Result<Column, Error> {
    let first = pieces.first().and_then(|p| p.dictionary.clone());
    let shared = first.as_ref().filter(|first| {
        first.is_distinct()
            && pieces.iter().all(|p| p.dictionary.as_ref().is_some_and(|d| Arc::ptr_eq(d, first)))
    });
    let mut validity = Bitmap::default();
    pieces.iter().for_each(|piece| push_validity(&mut validity, piece));
    let (codes, dictionary) = if let Some(shared) = shared {
        let code = |piece: &Column, row| piece.values.as_values().code(row).unwrap_or(0);
        let codes = pieces.iter().flat_map(|piece| (0..piece.len()).map(move |row| code(piece, row)));
        (codes.collect(), shared.clone())
    } else if pieces.iter().any(|p| p.dictionary.as_ref().is_some_and(|d| !d.is_distinct())) {
        texts_of_rows(&pieces, row_count)?
    } else {
        one_dictionary(&pieces, row_count)
    };
    Ok(Column::text(codes, dictionary).with_validity(Some(validity)))
}

/// A text a row, as many as there are rows.
fn texts_of_rows(pieces: &[Column], row_count: usize) -> Result<(Vec<u32>, Arc<Dictionary>), Error> {
    let mut offsets = Vec::with_capacity(row_count + 1);
    let mut bytes = Vec::new();
    offsets.push(0);
    for piece in pieces {
        let view = piece.view();
        for row in 0..piece.len() {
            if view.is_valid(row) {
                bytes.extend_from_slice(view.text(row));
            }
            offsets.push(bytes.len() as u64);
        }
    }
    let dictionary = Dictionary::of_rows(offsets, SharedBytes::from(bytes))
        .map_err(|e| Error::Internal(format!("a text of the answer is not sound: {e}")))?;
    // Null slots hold zero.
    let is_valid =
        pieces.iter().flat_map(|piece| (0..piece.len()).map(move |row| piece.view().is_valid(row)));
    let codes = (0u32..).zip(is_valid).map(|(row, valid)| if valid { row } else { 0 });
    Ok((codes.collect(), Arc::new(dictionary)))
}

fn one_dictionary(pieces: &[Column], row_count: usize) -> (Vec<u32>, Arc<Dictionary>) {
    let mut codes: Vec<u32> = Vec::with_capacity(row_count);
    let mut builder = DictionaryBuilder::default();
    for piece in pieces {
        let values = piece.values.as_values();
        let view = piece.view();
        // Each text is looked up once, where the dictionary is no longer than the rows are many.
        let short = piece.dictionary.as_ref().filter(|dictionary| dictionary.len() <= piece.len());
        let own: Option<Vec<u32>> =
            short.map(|dictionary| dictionary.iter().map(|text| builder.intern(text)).collect());
        codes.extend((0..piece.len()).map(|row| match &own {
            // Code 0 of a null slot is any text's.
            _ if !view.is_valid(row) => 0,
            Some(own) => values.code(row).and_then(|code| own.get(code as usize).copied()).unwrap_or(0),
            None => builder.intern(view.text(row)),
        }));
    }
    (codes, Arc::new(builder.finish()))
}
