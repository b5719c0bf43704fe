//! Answers that are whole numbers, for the codes of a long dictionary: kept as narrow as they are.

use super::Part;
use crate::Error;
use crate::evaluated::{Evaluated, at, zero_nulls};
use crate::zone::Zone;
use colq_column::{Column, Values};
use colq_kernels::NumberTable;
use colq_types::DataType;

/// An expression of type i64 by the codes of a column's dictionary.
#[derive(Debug)]
pub(crate) struct Numbers {
    /// The text column.
    column: usize,
    /// The answer for each code, and behind them the one for NULL or anything.
    table: NumberTable,
    /// The answer for NULL.
    if_null: Option<i64>,
}

impl Numbers {
    /// The answers of all parts, of which the last row is that of NULL; `None` where they are no numbers, or wide, or NULL for
    /// some value.
    pub(super) fn of_parts(column: usize, parts: &[Part]) -> Option<Numbers> {
        let (last, others) = parts.split_last()?;
        if others.iter().any(|part| part.validity.is_some()) {
            return None;
        }
        let values: Option<Vec<&[i64]>> = parts
            .iter()
            .map(|part| match part.values.as_values() {
                Values::I64(values) => Some(values),
                _ => None,
            })
            .collect();
        let values = values?;
        let if_null = values.last()?.last().copied();
        let if_null = match &last.validity {
            None => if_null,
            Some(validity) if validity.count_ones() + 1 < validity.len() => return None,
            Some(validity) => if_null.filter(|_| validity.get(validity.len().saturating_sub(1))),
        };
        Some(Numbers { column, table: NumberTable::new(&values)?, if_null })
    }

    /// The answers by code.
    pub(crate) fn look_up<'a>(&self, zone: &mut Zone<'a>) -> Result<Evaluated<'a>, Error> {
        let view = zone.view(self.column)?;
        let mut numbers = self.table.numbers_of(view.values).map_err(at(zone, None))?;
        let Some(validity) = view.validity else {
            return Ok(Evaluated::Column(Column::new(DataType::I64, numbers)));
        };
        let Some(if_null) = self.if_null else {
            let column = Column::new(DataType::I64, numbers).with_validity(Some(validity.clone()));
            return Ok(Evaluated::Column(zero_nulls(column)));
        };
        let mut missing = validity.clone();
        missing.not_assign();
        for row in missing.ones_iter() {
            if let Some(number) = numbers.get_mut(row) {
                *number = if_null;
            }
        }
        Ok(Evaluated::Column(Column::new(DataType::I64, numbers)))
    }
}
