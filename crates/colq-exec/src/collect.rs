//! The rows of a pipeline themselves, in the order of their source: all of them, or the first few.

use crate::Error;
use crate::evaluate::value;
use crate::pipeline::{Foresight, Pipeline, Run, Selection};
use crate::predicate::Value;
use crate::zone::{Scratches, Zone};
use colq_column::{Batch, Bitmap, Buffer, Column, Dictionary, DictionaryBuilder, Values};
use colq_context::Counter;
use colq_kernels::gather;
use colq_plan::Typed;
use colq_types::{DataType, RowRange, Schema};
use std::sync::{Arc, Mutex, PoisonError};

/// Zones a thread in each round when there is a limit: a small one is soon reached, and what was read beyond it
/// is in vain.
const LIMITED_ZONES_A_THREAD: usize = 2;

/// Which rows are wanted.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Wanted {
    All,
    /// The first so many.
    First(usize),
}

/// The rows of a pipeline as columns of `exprs`.
pub(crate) fn collect(
    pipeline: &Pipeline,
    exprs: &[Typed],
    schema: &Arc<Schema>,
    wanted: Wanted,
    run: Run<'_>,
) -> Result<Batch, Error> {
    let values = exprs.iter().map(|e| Value::new(e, &*pipeline.source)).collect::<Result<Vec<_>, Error>>()?;
    let mut zones = pipeline.sought_zones(run);
    let (limit, round) = match wanted {
        Wanted::First(limit) => (limit, run.pool.thread_count() * LIMITED_ZONES_A_THREAD),
        _ => (usize::MAX, zones.len()),
    };
    let mut parts: Vec<Vec<Column>> = Vec::new();
    let mut row_count = 0;
    let mut claim = run.context.claim(0)?;
    while !zones.is_empty() && row_count < limit {
        let numbers = pipeline.next_zones(&mut zones, round, run)?;
        let done = run.pool.in_order(run.context, numbers.len(), Scratches::default, |scratches, i| {
            zone_columns(pipeline, &values, numbers[i], scratches, wanted, run)
        })?;
        for columns in done.into_iter().flatten() {
            row_count += columns.first().map_or(0, Column::len);
            parts.push(columns);
        }
        let owned = parts.iter().flatten().map(Column::byte_len).sum();
        claim.resize(owned)?;
    }
    // The pieces may lie in maps; what is put together of them is owned.
    let _whole = run.context.claim(parts.iter().flatten().map(copied_len).sum())?;
    let batch = whole(schema, parts, run)?;
    Ok(match wanted {
        Wanted::First(limit) if batch.row_count() > limit => {
            batch.gather(&(0..limit as u32).collect::<Vec<_>>())
        }
        _ => batch,
    })
}

/// Pieces of columns one after the other, each column by another thread.
pub(crate) fn whole(schema: &Arc<Schema>, pieces: Vec<Vec<Column>>, run: Run<'_>) -> Result<Batch, Error> {
    let row_count: usize = pieces.iter().filter_map(|columns| columns.first()).map(Column::len).sum();
    if u32::try_from(row_count).is_err() {
        return Err(Error::TooManyRows);
    }
    let by_column: Vec<Mutex<Vec<Column>>> = schema.fields().iter().map(|_| Mutex::default()).collect();
    for columns in pieces {
        for (all, column) in by_column.iter().zip(columns) {
            all.lock().unwrap_or_else(PoisonError::into_inner).push(column);
        }
    }
    let columns = run.pool.in_order(
        run.context,
        by_column.len(),
        || (),
        |(), index| {
            let mut pieces = by_column[index].lock().unwrap_or_else(PoisonError::into_inner);
            concatenate(schema.fields()[index].data_type, std::mem::take(&mut *pieces))
        },
    )?;
    Batch::new(schema.clone(), columns)
        .ok_or_else(|| Error::Internal("the columns of a result do not fit its schema".into()))
}

/// Bytes of a copy of a column's values, and of its texts where each row has its own.
fn copied_len(column: &Column) -> usize {
    let texts = column.dictionary.as_ref().filter(|dictionary| !dictionary.is_distinct());
    let text_len = texts.map_or(0, |texts| texts.text_len() + texts.offsets().len() * 8);
    column.len() * column.values.as_values().row_width() + text_len
}

/// The output columns for the selected rows of a zone, or `None` when there are none.
pub(crate) fn zone_columns(
    pipeline: &Pipeline,
    values: &[Value],
    number: usize,
    scratches: &mut Scratches,
    wanted: Wanted,
    run: Run<'_>,
) -> Result<Option<Vec<Column>>, Error> {
    let foresight = pipeline.foresee(number, run)?;
    if foresight == Foresight::Pruned {
        return Ok(None);
    }
    if let Wanted::First(limit) = wanted
        && limit <= PIECE_ROWS as usize
        && !pipeline.is_selected()
    {
        return first_columns(pipeline, values, (number, foresight), scratches, limit, run);
    }
    let mut zone = pipeline.zone(number, scratches, run);
    let selection = pipeline.select(foresight, &mut zone, run)?;
    selected_columns(pipeline, values, &mut zone, selection, wanted)
}

/// Rows of a zone that are looked at before others are, where only a few are wanted.
const PIECE_ROWS: u64 = 8_192;

/// The same of no more than the first `limit` rows: the zone is gone through until there are as many.
fn first_columns(
    pipeline: &Pipeline,
    values: &[Value],
    (number, foresight): (usize, Foresight),
    scratches: &mut Scratches,
    limit: usize,
    run: Run<'_>,
) -> Result<Option<Vec<Column>>, Error> {
    let rows = pipeline.zone(number, scratches, run).rows();
    let (mut pieces, mut found): (Vec<Vec<Column>>, usize) = (values.iter().map(|_| Vec::new()).collect(), 0);
    let mut start = rows.start;
    while start < rows.end && found < limit {
        let part = RowRange::new(start, rows.end.min(start + PIECE_ROWS));
        start = part.end;
        let mut zone = Zone::new(&*pipeline.source, run.context, part, scratches);
        let selection = pipeline.select_uncounted(foresight, &mut zone)?;
        let more = Wanted::First(limit - found);
        found += selection.count(zone.row_count());
        let columns = selected_columns(pipeline, values, &mut zone, selection, more)?;
        for (pieces, column) in pieces.iter_mut().zip(columns.into_iter().flatten()) {
            pieces.push(column);
        }
    }
    run.context.count(Counter::ZonesRead, 1);
    run.context.count(Counter::RowsSelected, found as u64);
    if found == 0 {
        return Ok(None);
    }
    let one = |mut pieces: Vec<Column>| match (pieces.len(), pieces.pop()) {
        (1, Some(only)) => Ok(only),
        (_, last) => {
            pieces.extend(last);
            concatenate(pieces.first().map_or(DataType::Bool, |piece| piece.data_type), pieces)
        }
    };
    pieces.into_iter().map(one).collect::<Result<Vec<Column>, Error>>().map(Some)
}

/// The output columns of the rows that were selected, no more than are wanted.
fn selected_columns(
    pipeline: &Pipeline,
    values: &[Value],
    zone: &mut Zone<'_>,
    mut selection: Selection,
    wanted: Wanted,
) -> Result<Option<Vec<Column>>, Error> {
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
        let evaluated = value(zone, expr, &active)?.materialised(row_count);
        columns.push(match &positions {
            None => evaluated.into_column(row_count),
            Some(positions) => {
                gather(&evaluated.as_view()?, positions).map_err(|e| Error::Internal(e.to_string()))?
            }
        });
    }
    Ok(Some(columns))
}

/// The first `count` one bits.
fn first_ones(bits: &Bitmap, count: usize) -> Bitmap {
    let mut first = Bitmap::zeros(bits.len());
    bits.ones_iter().take(count).for_each(|at| first.set(at, true));
    first
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
        let mut codes: Vec<u32> = Vec::with_capacity(row_count);
        for piece in &pieces {
            match piece.values.as_values() {
                Values::U8(v) => codes.extend(v.iter().map(|code| u32::from(*code))),
                Values::U16(v) => codes.extend(v.iter().map(|code| u32::from(*code))),
                Values::U32(v) => codes.extend_from_slice(v),
                _ => codes.resize(codes.len() + piece.len(), 0),
            }
        }
        (codes, shared.clone())
    } else if pieces.iter().any(|p| p.dictionary.as_ref().is_some_and(|d| !d.is_distinct())) {
        texts_of_rows(&pieces, row_count)
    } else {
        one_dictionary(&pieces, row_count)
    };
    Ok(Column::text(codes, dictionary).with_validity(Some(validity)))
}

/// A text a row, as many as there are rows; the codes of NULLs are 0.
fn texts_of_rows(pieces: &[Column], row_count: usize) -> (Vec<u32>, Arc<Dictionary>) {
    let mut codes = Vec::with_capacity(row_count);
    let mut texts = DictionaryBuilder::default();
    for piece in pieces {
        let view = piece.view();
        let (offsets, bytes) = view.dictionary.map_or((&[][..], &[][..]), |d| (d.offsets(), d.text_bytes()));
        codes.extend((0..piece.len()).map(|row| {
            let Some(code) = view.values.code(row).filter(|_| view.is_valid(row)) else { return 0 };
            let text = match offsets.get(code as usize..code as usize + 2) {
                Some([start, end]) => bytes.get(*start as usize..*end as usize),
                _ => None,
            };
            texts.append(text.unwrap_or(&[]))
        }));
    }
    (codes, Arc::new(texts.finish()))
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
