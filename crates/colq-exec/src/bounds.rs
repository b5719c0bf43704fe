//! What the summary of a zone says of an expression over one column of it: where a function never turns around, the
//! answers for the smallest and the largest value are the ends of all answers, and where both have one so has every
//! value between them.

use crate::Error;
use crate::evaluate;
use crate::predicate::{Predicate, Value};
use crate::zone::{Scratches, Zone};
use colq_column::{
    Bitmap, Bounds, Column, ColumnSource, Dictionary, Scratch, SourceError, View, ZoneSummary, summarise,
};
use colq_context::Context;
use colq_kernels::{Arithmetic, MOST_WHOLE};
use colq_plan::Function;
use colq_types::{DataType, RowRange, Scalar, Schema};
use std::sync::Arc;

/// What is known of values in a zone.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Known {
    pub(crate) summary: ZoneSummary,
    pub(crate) data_type: DataType,
}

/// What is known of an expression in a zone, where that is something: then no row of the zone fails.
pub(crate) fn known(value: &Value, source: &dyn ColumnSource, zone: u64) -> Result<Option<Known>, Error> {
    if let Some(column) = value.as_column() {
        let Some(field) = source.schema().fields().get(column) else { return Ok(None) };
        let summary = source.zone_summary(column, zone)?;
        return Ok(summary.map(|summary| Known { summary, data_type: field.data_type }));
    }
    if let Value::Literal(literal, data_type) = value {
        // The codes of a text are not those of any column.
        let is_text = *data_type == DataType::Text;
        let summary = |column: Column| summarise(&column.view());
        let row_count = source.zone_rows(zone).row_count();
        return Ok((!is_text).then(|| {
            let mut summary = summary(Column::from_scalars(*data_type, [literal]));
            // What holds of one row holds of all.
            (summary.row_count, summary.null_count) = (row_count, summary.null_count * row_count);
            summary.nan_count *= row_count;
            Known { summary, data_type: *data_type }
        }));
    }
    let Some((column, _)) = followed_column(value) else { return Ok(None) };
    let Some(field) = source.schema().fields().get(column) else { return Ok(None) };
    let Some(summary) = source.zone_summary(column, zone)? else { return Ok(None) };
    let ends: Option<[Scalar; 2]> = match summary.bounds {
        Some(Bounds::Signed { min, max }) => {
            Some([min, max].map(|end| scalar(i128::from(end), field.data_type)))
        }
        Some(Bounds::Unsigned { min, max }) if field.data_type != DataType::Text => {
            Some([min, max].map(|end| scalar(i128::from(end), field.data_type)))
        }
        Some(Bounds::Float { min, max }) => Some([min, max].map(Scalar::F64)),
        _ => None,
    };
    let Some(ends) = ends else { return Ok(None) };
    let ends = Column::from_scalars(field.data_type, &ends);
    if ends.validity.is_some() {
        return Ok(None);
    }
    let Some(answers) = answers(value, &Ends { schema: source.schema(), column, ends }) else {
        return Ok(None);
    };
    let found = summarise(&answers.view());
    // NaN stays NaN, and has a place only among floats.
    let is_whole = found.null_count + found.nan_count == 0;
    if !is_whole || summary.nan_count > 0 && !answers.data_type.is_float() {
        return Ok(None);
    }
    let bounds = found.bounds;
    let has_bounds =
        matches!(bounds, Some(Bounds::Signed { .. } | Bounds::Unsigned { .. } | Bounds::Float { .. }));
    // NULLs stay NULL; the sum is still that of the column, and nobody asks a condition for it.
    let summary = ZoneSummary { bounds, ..summary };
    Ok(has_bounds.then_some(Known { summary, data_type: answers.data_type }))
}

/// Whole numbers (also as codes, times and decimals of 64 bits) between two ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Range {
    pub(crate) low: i128,
    pub(crate) high: i128,
    pub(crate) data_type: DataType,
}

/// Between which ends the values of an expression are in all zones, where that is known of whole numbers. Without any
/// value both are 0. In rows with values between them it does not fail.
pub(crate) fn range(value: &Value, source: &dyn ColumnSource) -> Result<Option<Range>, Error> {
    if let Some(column) = value.as_column() {
        return column_range(column, source);
    }
    let Some(answers) = answers_at_ends(value, source)? else { return Ok(None) };
    let found = summarise(&answers.view());
    let data_type = answers.data_type;
    // Codes of texts that were made for the ends alone say nothing.
    Ok(match found.bounds.filter(|_| found.null_count == 0 && data_type != DataType::Text) {
        Some(Bounds::Signed { min, max }) => {
            Some(Range { low: i128::from(min), high: i128::from(max), data_type })
        }
        Some(Bounds::Unsigned { min, max }) => {
            Some(Range { low: i128::from(min), high: i128::from(max), data_type })
        }
        _ => None,
    })
}

/// The same of an expression whose values are floats, but whole numbers: between which of them they are in all zones. None of
/// them is NaN or infinite.
pub(crate) fn whole_range(value: &Value, source: &dyn ColumnSource) -> Result<Option<(i128, i128)>, Error> {
    if !is_rounded(value) {
        return Ok(None);
    }
    let Some(answers) = answers_at_ends(value, source)? else { return Ok(None) };
    let found = summarise(&answers.view());
    let is_near = |end: f64| end.abs() <= MOST_WHOLE as f64 && end.trunc() == end;
    Ok(match found.bounds {
        Some(Bounds::Float { min, max }) if found.nan_count == 0 && is_near(min) && is_near(max) => {
            Some((min as i128, max as i128))
        }
        _ => None,
    })
}

/// Between which ends the values of an expression are that gives floats, where that is known. None of them is NaN or infinite.
pub(crate) fn float_ends(value: &Value, source: &dyn ColumnSource) -> Result<Option<(f64, f64)>, Error> {
    let some = |args: &mut dyn Iterator<Item = &Value>| {
        let mut all: Option<(f64, f64)> = None;
        for arg in args {
            if matches!(arg, Value::Literal(Scalar::Null, _)) {
                continue;
            }
            let Some(own) = float_ends(arg, source)? else { return Ok::<_, Error>(None) };
            all = Some(all.map_or(own, |(low, high)| (low.min(own.0), high.max(own.1))));
        }
        Ok(all)
    };
    let ends = match value {
        Value::Literal(number, data_type) if data_type.is_float() => number.as_f64().map(|n| (n, n)),
        Value::Coalesce { args, .. } => some(&mut args.iter())?,
        Value::Case { branches, otherwise, .. } => {
            some(&mut branches.iter().map(|(_, then)| then).chain([&**otherwise]))?
        }
        Value::Call { function: Function::Greatest | Function::Least, args, .. } => some(&mut args.iter())?,
        _ => match value.as_column() {
            Some(column) => match column_ends(column, source)? {
                Some((_, [Scalar::F64(low), Scalar::F64(high)])) => Some((low, high)),
                _ => None,
            },
            None => match answers_at_ends(value, source)?.map(|answers| summarise(&answers.view())) {
                Some(found) if found.nan_count == 0 => match found.bounds {
                    Some(Bounds::Float { min, max }) => Some((min, max)),
                    _ => None,
                },
                _ => None,
            },
        },
    };
    Ok(ends.filter(|(low, high)| low.is_finite() && high.is_finite()))
}

/// True for expressions that give no floats but whole ones, infinities and NaN: sums and products of such are such.
fn is_rounded(value: &Value) -> bool {
    match value {
        Value::Cast { from, .. } => from.is_integer(),
        Value::Call { function: Function::Floor | Function::Ceil, .. } => true,
        Value::Call { function: Function::Round | Function::Trunc, args, .. } => {
            matches!(args.as_slice(), [_, Value::Literal(Scalar::I64(..=0), _)])
        }
        Value::Negate { operand, .. } => is_rounded(operand),
        Value::Arithmetic {
            op: Arithmetic::Add | Arithmetic::Subtract | Arithmetic::Multiply,
            left,
            right,
            ..
        } => is_rounded(left) && is_rounded(right),
        Value::Literal(number, _) => number.as_f64().is_some_and(|number| number.trunc() == number),
        _ => false,
    }
}

/// The answers for the smallest and the largest value of the column that an expression follows, over all zones, where both are
/// known: of a column of floats where no row is NaN.
fn answers_at_ends(value: &Value, source: &dyn ColumnSource) -> Result<Option<Column>, Error> {
    let Some((column, _)) = followed_column(value) else { return Ok(None) };
    let Some((data_type, ends)) = column_ends(column, source)? else { return Ok(None) };
    let ends = Column::from_scalars(data_type, &ends);
    if data_type == DataType::Text || ends.validity.is_some() {
        return Ok(None);
    }
    Ok(answers(value, &Ends { schema: source.schema(), column, ends }))
}

/// The type of a column and its ends, where they are known.
fn column_ends(column: usize, source: &dyn ColumnSource) -> Result<Option<(DataType, [Scalar; 2])>, Error> {
    let data_type = source.schema().fields().get(column).map(|field| field.data_type);
    let Some(data_type) = data_type.filter(|data_type| data_type.is_float()) else {
        let range = column_range(column, source)?;
        return Ok(range.map(|Range { low, high, data_type }| {
            (data_type, [low, high].map(|end| scalar(end, data_type)))
        }));
    };
    let mut ends: Option<(f64, f64)> = None;
    for zone in 0..source.zone_count() {
        let Some(summary) = source.zone_summary(column, zone)? else { return Ok(None) };
        let own = match summary.bounds {
            Some(Bounds::Float { min, max }) if summary.nan_count == 0 && min <= max => (min, max),
            None if summary.null_count == summary.row_count => continue,
            _ => return Ok(None),
        };
        ends = Some(ends.map_or(own, |(min, max)| (min.min(own.0), max.max(own.1))));
    }
    // Without any value one is enough.
    let (min, max) = ends.unwrap_or((0.0, 0.0));
    Ok(Some((data_type, [min, max].map(Scalar::F64))))
}

fn column_range(column: usize, source: &dyn ColumnSource) -> Result<Option<Range>, Error> {
    let Some(data_type) = source.schema().fields().get(column).map(|field| field.data_type) else {
        return Ok(None);
    };
    let mut range: Option<(i128, i128)> = None;
    for zone in 0..source.zone_count() {
        let ends = match source.zone_summary(column, zone)?.map(|s| (s.bounds, s.row_count == s.null_count)) {
            Some((Some(Bounds::Signed { min, max }), _)) => (i128::from(min), i128::from(max)),
            Some((Some(Bounds::Unsigned { min, max }), _)) => (i128::from(min), i128::from(max)),
            Some((None, true)) => continue,
            _ => return Ok(None),
        };
        // Records that contradict themselves are not believed.
        if ends.0 > ends.1 {
            return Ok(None);
        }
        range = Some(range.map_or(ends, |(low, high)| (low.min(ends.0), high.max(ends.1))));
    }
    // Without any value (no rows, or NULLs alone) one is enough, but floats have no ends to begin with.
    Ok(match range {
        None if data_type.is_float() => None,
        range => {
            let (low, high) = range.unwrap_or((0, 0));
            Some(Range { low, high, data_type })
        }
    })
}

/// A whole number as a value of a type that is kept as one.
fn scalar(value: i128, data_type: DataType) -> Scalar {
    match data_type {
        DataType::Decimal { scale, .. } => Scalar::Decimal(value, scale),
        DataType::Date => i32::try_from(value).map_or(Scalar::Null, Scalar::Date),
        DataType::Timestamp(unit) => {
            i64::try_from(value).map_or(Scalar::Null, |v| Scalar::Timestamp(v, unit))
        }
        DataType::Duration(unit) => i64::try_from(value).map_or(Scalar::Null, |v| Scalar::Duration(v, unit)),
        DataType::Bool => Scalar::Bool(value != 0),
        t if t.is_unsigned() => u64::try_from(value).map_or(Scalar::Null, Scalar::U64),
        _ => i64::try_from(value).map_or(Scalar::Null, Scalar::I64),
    }
}

/// The column with which an expression rises, if it is one.
pub(crate) fn rising_column(value: &Value) -> Option<usize> {
    followed_column(value).filter(|(_, rises)| *rises).map(|(column, _)| column)
}

/// The column that an expression follows, and whether it rises with it; else it falls.
fn followed_column(value: &Value) -> Option<(usize, bool)> {
    let (mut value, mut rises) = (value, true);
    loop {
        if let Some(column) = value.as_column() {
            return Some((column, rises));
        }
        let (argument, same) = followed(value)?;
        (value, rises) = (argument, rises == same);
    }
}

/// The argument with which an expression never turns around, whether it rises with it, and it fails between two values
/// only where it fails for one of them. Rounding keeps an order; what is computed by a polynomial may not.
fn followed(value: &Value) -> Option<(&Value, bool)> {
    let is_whole = |t: &DataType| t.is_integer() || is_time(*t);
    let x = match value {
        Value::Cast { operand, from, to, .. } => {
            let keeps = match (from, to) {
                (from, to) if is_whole(from) && is_whole(to) => true,
                (from, to) => (from.is_integer() || from.is_float()) && (to.is_integer() || to.is_float()),
            };
            return keeps.then_some((operand, true));
        }
        Value::Negate { operand, .. } => return Some((operand, false)),
        Value::Arithmetic { op, left, right, data_type, .. } => {
            return followed_by_arithmetic(*op, left, right, *data_type);
        }
        Value::Call { function, args, data_type, .. } => match (function, args.as_slice()) {
            (Function::Floor | Function::Ceil, [x]) => x,
            (Function::Round | Function::Trunc, [x, Value::Literal(Scalar::I64(0), _)]) => x,
            (Function::DateTrunc, [Value::Literal(..), x]) => x,
            (Function::DatePart, [Value::Literal(Scalar::Text(part), _), x])
                if matches!(part.as_str(), "year" | "isoyear" | "epoch") =>
            {
                x
            }
            (Function::AddDays, [x, Value::Literal(..)]) => x,
            // Of instants on the last days of a month, the later one may come to be the earlier one: only dates rise.
            (Function::AddMonths, [x, Value::Literal(..)]) if *data_type == DataType::Date => x,
            (Function::DateBin | Function::DateBinMonths, [Value::Literal(..), x, Value::Literal(..)]) => x,
            _ => return None,
        },
        _ => return None,
    };
    Some((x, true))
}

/// The same for a calculation with one number.
fn followed_by_arithmetic<'a>(
    op: Arithmetic,
    left: &'a Value,
    right: &'a Value,
    data_type: DataType,
) -> Option<(&'a Value, bool)> {
    let is_scaled = data_type.is_integer() || data_type.is_float();
    if !is_scaled && !is_time(data_type) {
        return None;
    }
    let (x, number, is_right) = match (left, right) {
        (x, Value::Literal(number, _)) => (x, number, true),
        (Value::Literal(number, _), x) => (x, number, false),
        _ => return None,
    };
    let number = number.as_f64().or_else(|| number.as_i128().map(|n| n as f64))?;
    if !number.is_finite() {
        return None;
    }
    match op {
        Arithmetic::Add => Some((x, true)),
        Arithmetic::Subtract => Some((x, is_right)),
        Arithmetic::Multiply if is_scaled && number != 0.0 => Some((x, number > 0.0)),
        Arithmetic::Divide if is_scaled && is_right && number != 0.0 => Some((x, number > 0.0)),
        _ => None,
    }
}

fn is_time(data_type: DataType) -> bool {
    matches!(data_type, DataType::Date | DataType::Timestamp(_) | DataType::Duration(_))
}

/// The smallest and the largest value of a column as the rows of a table that has no other column.
struct Ends<'a> {
    schema: &'a Schema,
    column: usize,
    ends: Column,
}

impl ColumnSource for Ends<'_> {
    fn schema(&self) -> &Schema {
        self.schema
    }

    fn row_count(&self) -> u64 {
        self.ends.len() as u64
    }

    fn read<'a>(
        &'a self,
        column: usize,
        _rows: RowRange,
        _scratch: &'a mut Scratch,
    ) -> Result<View<'a>, SourceError> {
        if column != self.column {
            return Err(SourceError::new(format!("column {column} is not the one with known ends")));
        }
        Ok(self.ends.view())
    }

    fn zone_summary(&self, _column: usize, _zone: u64) -> Result<Option<ZoneSummary>, SourceError> {
        Ok(None)
    }

    fn dictionary(&self, _column: usize) -> Result<Option<Arc<Dictionary>>, SourceError> {
        Ok(None)
    }

    fn may_have_nulls(&self, _column: usize) -> bool {
        false
    }
}

/// The expression over both ends of its column; `None` where one has no answer.
fn answers(value: &Value, ends: &Ends<'_>) -> Option<Column> {
    let (context, mut scratches) = (Context::new(), Scratches::default());
    let row_count = ends.ends.len();
    let mut zone = Zone::new(ends, &context, RowRange::new(0, row_count as u64), &mut scratches);
    let found = evaluate::value(&mut zone, value, &Bitmap::ones(row_count)).ok()?;
    Some(found.into_column(row_count)).filter(|column| column.validity.is_none())
}

/// True when judging a condition can be an error for some row of the zone.
pub(crate) fn fails(predicate: &Predicate, source: &dyn ColumnSource, zone: u64) -> Result<bool, Error> {
    let value = |value: &Value| Ok::<_, Error>(value.may_fail() && known(value, source, zone)?.is_none());
    match predicate {
        _ if !predicate.may_fail() => Ok(false),
        Predicate::CompareLiteral { operand, .. }
        | Predicate::Between { operand, .. }
        | Predicate::InList { operand, .. }
        | Predicate::IsNull(operand)
        | Predicate::Bool(operand) => value(operand),
        Predicate::Compare { left, right, .. } | Predicate::Distinct { left, right, .. } => {
            Ok(value(left)? || value(right)?)
        }
        Predicate::And(left, right) | Predicate::Or(left, right) => {
            Ok(fails(left, source, zone)? || fails(right, source, zone)?)
        }
        Predicate::Not(operand) => fails(operand, source, zone),
        Predicate::LateCodes(_, by_rows) => fails(by_rows, source, zone),
        Predicate::Constant(_) | Predicate::Codes(_) => Ok(false),
    }
}
