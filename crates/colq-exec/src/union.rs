//! Several sources as one: the rows of each begin with a zone of their own, so that every zone lies in one source, is read
//! as it lies there, and keeps its summary.

use crate::Error;
use colq_column::{Access, Column, ColumnSource, Dictionary, Order, Scratch, SourceError, View, ZoneSummary};
use colq_types::{RowRange, Schema, ZONE_ROWS};
use std::sync::Arc;

/// Sources one after the other, as UNION ALL has them. The names of the columns are those of the first.
///
/// # Errors
/// There is no source, or the types of their columns differ.
pub fn union_of(sources: Vec<Arc<dyn ColumnSource>>) -> Result<Arc<dyn ColumnSource>, Error> {
    let Some(first) = sources.first() else {
        return Err(Error::Internal("a union of nothing".into()));
    };
    let schema = first.schema().clone();
    let types = |schema: &Schema| schema.fields().iter().map(|f| f.data_type).collect::<Vec<_>>();
    if sources.iter().any(|source| types(source.schema()) != types(&schema)) {
        return Err(Error::Internal("the inputs of a union have different types".into()));
    }
    let mut parts = Vec::new();
    let (mut first_zone, mut first_row) = (0, 0);
    for source in sources {
        let (zones, rows) = (source.zone_count(), source.row_count());
        parts.push(Part { source, first_zone, first_row });
        first_zone += zones;
        first_row += rows;
    }
    Ok(Arc::new(Union { schema, parts, zone_count: first_zone, row_count: first_row }))
}

/// A source without some of its columns, or with them in another order and by other names: column `i` is the source's
/// column `columns[i]`.
pub fn columns_of(
    source: Arc<dyn ColumnSource>,
    columns: Vec<usize>,
    schema: Schema,
) -> Arc<dyn ColumnSource> {
    Arc::new(Columns { source, columns, schema })
}

/// One source of a union.
struct Part {
    source: Arc<dyn ColumnSource>,
    /// Zones of the sources before it.
    first_zone: u64,
    /// Rows of the sources before it.
    first_row: u64,
}

struct Union {
    schema: Schema,
    parts: Vec<Part>,
    zone_count: u64,
    row_count: u64,
}

impl Union {
    /// The part in which a zone lies, and its number there.
    fn part(&self, zone: u64) -> Result<(&Part, u64), SourceError> {
        let after = self.parts.partition_point(|part| part.first_zone <= zone);
        let part = after.checked_sub(1).and_then(|index| self.parts.get(index));
        let part = part.ok_or_else(|| SourceError::new(format!("zone {zone} is in no part of a union")))?;
        Ok((part, zone - part.first_zone))
    }

    /// The same rows by their numbers in the part that holds them.
    fn within(&self, rows: RowRange) -> Result<(&Part, RowRange), SourceError> {
        let (part, _) = self.part(rows.zone())?;
        let before = part.first_zone * ZONE_ROWS;
        Ok((part, RowRange::new(rows.start - before, rows.end - before)))
    }
}

impl ColumnSource for Union {
    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn row_count(&self) -> u64 {
        self.row_count
    }

    fn zone_count(&self) -> u64 {
        self.zone_count
    }

    fn zone_rows(&self, zone: u64) -> RowRange {
        let start = zone * ZONE_ROWS;
        let row_count = self.part(zone).map_or(0, |(part, own)| part.source.zone_rows(own).row_count());
        RowRange::new(start, start + row_count)
    }

    fn rows_before(&self, zone: u64) -> u64 {
        self.part(zone).map_or(self.row_count, |(part, own)| part.first_row + part.source.rows_before(own))
    }

    fn read<'a>(
        &'a self,
        column: usize,
        rows: RowRange,
        scratch: &'a mut Scratch,
    ) -> Result<View<'a>, SourceError> {
        let (part, rows) = self.within(rows)?;
        part.source.read(column, rows, scratch)
    }

    fn read_bytes<'a>(
        &'a self,
        column: usize,
        rows: RowRange,
        scratch: &'a mut Scratch,
    ) -> Result<View<'a>, SourceError> {
        let (part, rows) = self.within(rows)?;
        part.source.read_bytes(column, rows, scratch)
    }

    fn column(&self, column: usize, rows: RowRange) -> Result<Column, SourceError> {
        let (part, rows) = self.within(rows)?;
        part.source.column(column, rows)
    }

    fn zone_summary(&self, column: usize, zone: u64) -> Result<Option<ZoneSummary>, SourceError> {
        let (part, zone) = self.part(zone)?;
        let summary = part.source.zone_summary(column, zone)?;
        // Codes mean something else in each part.
        let is_text =
            self.schema.fields().get(column).is_some_and(|f| f.data_type == colq_types::DataType::Text);
        if is_text && part.source.dictionary(column)?.is_some() && self.parts.len() > 1 {
            Ok(None)
        } else {
            Ok(summary)
        }
    }

    fn dictionary(&self, column: usize) -> Result<Option<Arc<Dictionary>>, SourceError> {
        match self.parts.as_slice() {
            [only] => only.source.dictionary(column),
            _ => Ok(None),
        }
    }

    fn order(&self, column: usize) -> Result<Option<Order>, SourceError> {
        match self.parts.as_slice() {
            [only] => only.source.order(column),
            _ => Ok(None),
        }
    }

    fn may_have_nulls(&self, column: usize) -> bool {
        self.parts.iter().any(|part| part.source.may_have_nulls(column))
    }

    fn advise(&self, column: usize, rows: RowRange, access: Access) {
        if let Ok((part, rows)) = self.within(rows) {
            part.source.advise(column, rows, access);
        }
    }

    fn is_mapped(&self) -> bool {
        self.parts.iter().any(|part| part.source.is_mapped())
    }

    fn health(&self) -> Result<(), SourceError> {
        self.parts.iter().try_for_each(|part| part.source.health())
    }
}

/// Columns of a source by number.
struct Columns {
    source: Arc<dyn ColumnSource>,
    columns: Vec<usize>,
    schema: Schema,
}

impl Columns {
    /// The source's number of a column; one past all columns, which no source has, where there is none.
    fn of(&self, column: usize) -> usize {
        self.columns.get(column).copied().unwrap_or(usize::MAX)
    }
}

impl ColumnSource for Columns {
    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn row_count(&self) -> u64 {
        self.source.row_count()
    }

    fn zone_count(&self) -> u64 {
        self.source.zone_count()
    }

    fn zone_rows(&self, zone: u64) -> RowRange {
        self.source.zone_rows(zone)
    }

    fn rows_before(&self, zone: u64) -> u64 {
        self.source.rows_before(zone)
    }

    fn read<'a>(
        &'a self,
        column: usize,
        rows: RowRange,
        scratch: &'a mut Scratch,
    ) -> Result<View<'a>, SourceError> {
        self.source.read(self.of(column), rows, scratch)
    }

    fn read_bytes<'a>(
        &'a self,
        column: usize,
        rows: RowRange,
        scratch: &'a mut Scratch,
    ) -> Result<View<'a>, SourceError> {
        self.source.read_bytes(self.of(column), rows, scratch)
    }

    fn column(&self, column: usize, rows: RowRange) -> Result<Column, SourceError> {
        self.source.column(self.of(column), rows)
    }

    fn zone_summary(&self, column: usize, zone: u64) -> Result<Option<ZoneSummary>, SourceError> {
        self.source.zone_summary(self.of(column), zone)
    }

    fn dictionary(&self, column: usize) -> Result<Option<Arc<Dictionary>>, SourceError> {
        self.source.dictionary(self.of(column))
    }

    fn order(&self, column: usize) -> Result<Option<Order>, SourceError> {
        self.source.order(self.of(column))
    }

    fn may_have_nulls(&self, column: usize) -> bool {
        self.source.may_have_nulls(self.of(column))
    }

    fn advise(&self, column: usize, rows: RowRange, access: Access) {
        self.source.advise(self.of(column), rows, access);
    }

    fn is_mapped(&self) -> bool {
        self.source.is_mapped()
    }

    fn health(&self) -> Result<(), SourceError> {
        self.source.health()
    }
}
