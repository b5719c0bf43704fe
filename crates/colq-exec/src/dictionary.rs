//! Expressions over one text column with a dictionary, computed once for each of its values and not for every row.
//!
//! The dictionary becomes a table of its own, with a row for each value and one for NULL, over which the expression is
//! evaluated as over any other. Where that fails for some value the expression goes by rows after all: no row need have
//! that value.

#[cfg(test)]
pub(crate) mod forced;
mod late;
mod numbers;
mod pair;

use crate::Error;
use crate::evaluate::value;
use crate::evaluated::{Evaluated, at};
use crate::predicate::Value;
use crate::zone::{Scratches, Zone};
use colq_column::{
    Bitmap, Buffer, Column, ColumnSource, Dictionary, DictionaryBuilder, Scratch, SourceError, Values, View,
    ZoneSummary,
};
use colq_context::Context;
use colq_kernels::gather;
use colq_plan::{Typed, TypedKind};
use colq_types::{DataType, RowRange, Schema, ZONE_ROWS, zone_count, zone_range};
pub(crate) use late::{Answers, Late, OfTable, long};
use numbers::Numbers;
pub(crate) use pair::PairHashes;
use std::sync::Arc;

/// A dictionary of up to this many values is always worth the work: a zone may have as many.
const SHORT: u64 = ZONE_ROWS;

/// A dictionary of more values is long: not all of them are gone through whatever a query looks at.
pub(crate) fn short() -> u64 {
    #[cfg(test)]
    if let Some(forced) = forced::short() {
        return forced;
    }
    SHORT
}

/// Texts of so many values are computed apart from NULL.
const APART: u64 = 4_096;

/// An expression by the codes of a column's dictionary.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    /// The text column.
    pub(crate) column: usize,
    /// The answer for each code, and behind them the one for NULL. Texts are distinct in its dictionary.
    pub(crate) answers: Arc<Column>,
}

impl Table {
    /// The row of the answer for NULL.
    pub(crate) fn null_row(&self) -> usize {
        self.answers.len().saturating_sub(1)
    }
}

/// The table of an expression that reads one text column with a dictionary and nothing else; `None` for every other,
/// where the dictionary is too long, and where some value has no answer.
pub(crate) fn table(expr: &Typed, source: &dyn ColumnSource) -> Result<Option<Table>, Error> {
    if matches!(expr.kind, TypedKind::Column { .. } | TypedKind::Literal(_)) || expr.data_type.is_vector() {
        return Ok(None);
    }
    let mut only = None;
    if !reads_one_text(expr, &mut only) {
        return Ok(None);
    }
    let Some(column) = only else { return Ok(None) };
    let Some(dictionary) = source.dictionary(column)? else { return Ok(None) };
    let (values, rows) = (dictionary.len() as u64, source.row_count());
    if values > rows.min(short()) {
        return Ok(None);
    }
    match answers(expr, column, dictionary, source.schema()) {
        Ok(answers) => Ok(Some(Table { column, answers: Arc::new(answers) })),
        Err(Error::Row { .. }) => Ok(None),
        Err(other) => Err(other),
    }
}

/// True while no column but one text column is read.
fn reads_one_text(expr: &Typed, only: &mut Option<usize>) -> bool {
    match expr.kind {
        TypedKind::Column { index, .. } => {
            expr.data_type == DataType::Text && *only.get_or_insert(index) == index
        }
        _ => expr.children().into_iter().all(|child| reads_one_text(child, only)),
    }
}

fn answers(
    expr: &Typed,
    column: usize,
    dictionary: Arc<Dictionary>,
    schema: &Schema,
) -> Result<Column, Error> {
    let source = Distinct { schema, column, dictionary };
    let null = source.null_row();
    // Many texts are gone through as ones that lie one after the other, and NULL by itself. For few, and for what is no text, it
    // is not worth to make an expression ready twice.
    let is_apart = expr.data_type == DataType::Text && null >= APART;
    let together = if is_apart { null } else { null + 1 };
    let ranges = (0..zone_count(together)).map(|number| zone_range(number, together));
    let ranges = ranges.chain(is_apart.then_some(RowRange { start: null, end: null + 1 }));
    let parts = ranges.map(|rows| part(expr, &source, rows)).collect::<Result<Vec<_>, _>>()?;
    assembled(expr.data_type, parts)
        .ok_or_else(|| Error::Internal(format!("{expr} is no {}", expr.data_type)))
}

/// The answers for some rows of the values. Texts are distinct in their dictionary.
fn part(expr: &Typed, source: &Distinct<'_>, rows: RowRange) -> Result<Part, Error> {
    let shaped = Value::shape(expr, source)?;
    let (context, mut scratches) = (Context::new(), Scratches::default());
    let mut zone = Zone::new(source, &context, rows, &mut scratches);
    let evaluated = value(&mut zone, &shaped, &Bitmap::ones(rows.len()))?.materialised(rows.len());
    if expr.data_type != DataType::Text {
        let column = evaluated.into_column(rows.len());
        return Ok(Part { values: column.values, validity: column.validity, texts: None });
    }
    let view = evaluated.as_view()?;
    let mut texts = DictionaryBuilder::default();
    let code = |row| if view.is_valid(row) { texts.intern(view.text(row)) } else { 0 };
    let codes: Vec<u32> = (0..view.len()).map(code).collect();
    Ok(Part { values: codes.into(), validity: view.validity.cloned(), texts: Some(texts) })
}

/// The answers for some of the values; texts as codes, those that are NULL as any.
#[derive(Debug)]
pub(crate) struct Part {
    values: Buffer,
    validity: Option<Bitmap>,
    texts: Option<DictionaryBuilder>,
}

/// The answers of all rows from those of parts, in their order; `None` where one is of another type.
fn assembled(data_type: DataType, parts: Vec<Part>) -> Option<Column> {
    let mut parts = parts.into_iter();
    let Part { mut values, validity: first, mut texts } = parts.next()?;
    let mut validity = first.unwrap_or_else(|| Bitmap::ones(values.len()));
    for part in parts {
        match &part.validity {
            Some(own) => validity.extend(own),
            None => validity.push_many(true, part.values.len()),
        }
        let (Some(texts), Some(own)) = (&mut texts, &part.texts) else {
            if !values.extend_values(part.values.as_values()) {
                return None;
            }
            continue;
        };
        let text = |code| own.get(code).map(|text| texts.intern(text));
        let common: Vec<Option<u32>> = (0..own.len() as u32).map(text).collect();
        let Values::U32(codes) = part.values.as_values() else { return None };
        let codes: Vec<u32> =
            codes.iter().map(|code| common.get(*code as usize).copied().flatten().unwrap_or(0)).collect();
        if !values.extend_values(Values::U32(&codes)) {
            return None;
        }
    }
    let dictionary = texts.map(|texts| Arc::new(texts.finish()));
    let is_text = data_type == DataType::Text;
    let column = Column { data_type, values, validity: None, dictionary }.with_validity(Some(validity));
    (is_text == column.dictionary.is_some()).then_some(column)
}

/// The answers by code.
pub(crate) fn look_up<'a>(zone: &mut Zone<'a>, table: &Table) -> Result<Evaluated<'a>, Error> {
    let view = zone.view(table.column)?;
    let null_row = table.null_row() as u32;
    let mut rows: Vec<u32> = match view.values {
        Values::U8(codes) => codes.iter().map(|code| u32::from(*code)).collect(),
        Values::U16(codes) => codes.iter().map(|code| u32::from(*code)).collect(),
        Values::U32(codes) => codes.to_vec(),
        other => return Err(Error::Internal(format!("texts are {}", other.physical().name()))),
    };
    let Some(validity) = view.validity else {
        let column = gather(&table.answers.view(), &rows).map_err(at(zone, None))?;
        return Ok(Evaluated::Column(column));
    };
    let mut missing = validity.clone();
    missing.not_assign();
    for row in missing.ones_iter() {
        if let Some(code) = rows.get_mut(row) {
            *code = null_row;
        }
    }
    // Where NULL is the answer for NULL alone, the NULLs stay where they are.
    if table.answers.view().null_count() == 1 && !table.answers.view().is_valid(table.null_row()) {
        let answers = View { validity: None, ..table.answers.view() };
        let column = gather(&answers, &rows).map_err(at(zone, None))?;
        return Ok(Evaluated::Column(column.with_validity(Some(validity.clone()))));
    }
    let column = gather(&table.answers.view(), &rows).map_err(at(zone, None))?;
    Ok(Evaluated::Column(column))
}

/// The values of a dictionary as the rows of its column, and one row more that is NULL. It has no dictionary of its own to
/// be asked for, so that nothing is looked up twice.
struct Distinct<'a> {
    schema: &'a Schema,
    column: usize,
    dictionary: Arc<Dictionary>,
}

impl Distinct<'_> {
    /// The row of NULL, behind those of the values.
    fn null_row(&self) -> u64 {
        self.dictionary.len() as u64
    }
}

impl ColumnSource for Distinct<'_> {
    fn schema(&self) -> &Schema {
        self.schema
    }

    fn row_count(&self) -> u64 {
        self.null_row() + 1
    }

    fn read<'a>(
        &'a self,
        column: usize,
        rows: RowRange,
        scratch: &'a mut Scratch,
    ) -> Result<View<'a>, SourceError> {
        if column != self.column {
            return Err(SourceError::new(format!("column {column} is not the one of the dictionary")));
        }
        let len = rows.len();
        let null = self.null_row();
        let (bytes, validity) = scratch.parts_mut(len * 4);
        let has_null = rows.end > null;
        if has_null {
            *validity = (rows.start..rows.end).map(|row| row != null).collect();
        }
        for (place, row) in bytes.chunks_exact_mut(4).zip(rows.start..rows.end) {
            let code = if row == null { 0 } else { row as u32 };
            place.copy_from_slice(&code.to_le_bytes());
        }
        let values = Values::from_bytes(colq_types::Physical::U32, bytes)
            .ok_or_else(|| SourceError::new("the codes are not aligned"))?;
        Ok(View {
            data_type: DataType::Text,
            values,
            validity: has_null.then_some(validity),
            dictionary: Some(&self.dictionary),
        })
    }

    fn zone_summary(&self, _column: usize, _zone: u64) -> Result<Option<ZoneSummary>, SourceError> {
        Ok(None)
    }

    fn dictionary(&self, _column: usize) -> Result<Option<Arc<Dictionary>>, SourceError> {
        Ok(None)
    }

    fn may_have_nulls(&self, _column: usize) -> bool {
        true
    }
}
