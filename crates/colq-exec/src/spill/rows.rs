//! The rows of an answer, in memory while the budget allows it and else in a scratch file, and as a source for the next
//! step either way.

use super::file::SpillFile;
use super::zone::SpilledZone;
use crate::Error;
use crate::collect::concatenate;
use colq_column::{Batch, Column, ColumnSource, Dictionary, Scratch, SourceError, Values, View, ZoneSummary};
use colq_context::{Context, MemoryClaim};
use colq_types::{RowRange, Schema, ZONE_ROWS};
use std::sync::Arc;

const ZONE: usize = ZONE_ROWS as usize;

/// The rows of an answer.
#[derive(Debug)]
pub(crate) enum Rows {
    /// All in memory, each column in one piece.
    Memory(Batch),
    /// Zone by zone, in memory or in a scratch file.
    Zones(Arc<ZonedRows>),
}

impl Rows {
    /// Rows held.
    pub(crate) fn row_count(&self) -> u64 {
        match self {
            Rows::Memory(batch) => batch.row_count() as u64,
            Rows::Zones(zones) => zones.row_count,
        }
    }

    /// The rows for the next step.
    pub(crate) fn into_source(self) -> Arc<dyn ColumnSource> {
        match self {
            Rows::Memory(batch) => Arc::new(batch),
            Rows::Zones(zones) => zones,
        }
    }

    /// The rows in memory.
    ///
    /// # Errors
    /// They are more than the budget allows, or than a batch can number.
    pub(crate) fn into_batch(self, context: &Context) -> Result<Batch, Error> {
        match self {
            Rows::Memory(batch) => Ok(batch),
            Rows::Zones(zones) => zones.to_batch(context),
        }
    }

    /// At most `take` rows after the first `skip`.
    ///
    /// # Errors
    /// A fault of the disk.
    pub(crate) fn part(self, skip: u64, take: u64, context: &Context) -> Result<Rows, Error> {
        let row_count = self.row_count();
        let start = skip.min(row_count);
        let end = start + take.min(row_count - start);
        if start == 0 && end == row_count {
            return Ok(self);
        }
        match self {
            Rows::Memory(batch) => {
                Ok(Rows::Memory(batch.gather(&(start as u32..end as u32).collect::<Vec<_>>())))
            }
            Rows::Zones(zones) => {
                let mut builder = RowsBuilder::new(zones.schema.clone(), context)?;
                let mut row = start;
                while row < end {
                    let range = RowRange::new(row, end.min((row / ZONE_ROWS + 1) * ZONE_ROWS));
                    builder.push(zones.columns(range)?)?;
                    row = range.end;
                }
                builder.finish()
            }
        }
    }
}

/// Takes the rows of an answer piece by piece, in order.
pub(crate) struct RowsBuilder {
    schema: Arc<Schema>,
    zones: Vec<ZonePlace>,
    /// Rows that do not make a zone yet.
    open: Vec<Vec<Column>>,
    open_rows: usize,
    row_count: u64,
    claim: MemoryClaim,
    /// Bytes of the zones in memory.
    owned: usize,
    context: Context,
    file: Option<Arc<SpillFile>>,
    buffer: Vec<u8>,
}

#[derive(Debug)]
enum ZonePlace {
    Memory(Vec<Column>),
    Spilled(SpilledZone),
}

impl RowsBuilder {
    /// No rows yet.
    ///
    /// # Errors
    /// The budget is used up already.
    pub(crate) fn new(schema: Arc<Schema>, context: &Context) -> Result<RowsBuilder, Error> {
        Ok(RowsBuilder {
            schema,
            zones: Vec::new(),
            open: Vec::new(),
            open_rows: 0,
            row_count: 0,
            claim: context.claim(0)?,
            owned: 0,
            context: context.clone(),
            file: None,
            buffer: Vec::new(),
        })
    }

    /// Adds rows: columns of equal length, as the schema has them.
    ///
    /// # Errors
    /// A fault of the disk.
    pub(crate) fn push(&mut self, columns: Vec<Column>) -> Result<(), Error> {
        let len = columns.first().map_or(0, Column::len);
        let mut start = 0;
        while start < len {
            let take = (ZONE - self.open_rows).min(len - start);
            if take == len {
                self.open.push(columns);
                self.open_rows += take;
                return if self.open_rows == ZONE { self.close_zone() } else { Ok(()) };
            }
            self.open.push(columns.iter().map(|column| slice(column, start, take)).collect());
            self.open_rows += take;
            start += take;
            if self.open_rows == ZONE {
                self.close_zone()?;
            }
        }
        Ok(())
    }

    /// The rows, whole.
    ///
    /// # Errors
    /// A fault of the disk.
    pub(crate) fn finish(mut self) -> Result<Rows, Error> {
        if self.open_rows > 0 {
            self.close_zone()?;
        }
        let (schema, zones, file, row_count) = (self.schema, self.zones, self.file, self.row_count);
        Ok(Rows::Zones(Arc::new(ZonedRows { schema, zones, file, row_count, _claim: self.claim })))
    }

    /// Keeps the open rows as a zone.
    fn close_zone(&mut self) -> Result<(), Error> {
        let mut pieces = std::mem::take(&mut self.open);
        self.row_count += std::mem::take(&mut self.open_rows) as u64;
        let columns = if pieces.len() == 1 {
            pieces.pop().unwrap_or_default()
        } else {
            let mut by_column: Vec<Vec<Column>> = self.schema.fields().iter().map(|_| Vec::new()).collect();
            for piece in pieces {
                by_column.iter_mut().zip(piece).for_each(|(columns, column)| columns.push(column));
            }
            let fields = self.schema.fields().iter().zip(by_column);
            fields.map(|(field, columns)| concatenate(field.data_type, columns)).collect::<Result<_, _>>()?
        };
        let owned = self.owned + columns.iter().map(byte_len).sum::<usize>();
        if self.file.is_none() && self.may_hold(owned) {
            self.owned = owned;
            self.zones.push(ZonePlace::Memory(columns));
            return Ok(());
        }
        self.spill_all()?;
        let Some(file) = &self.file else { return Err(Error::Internal("a zone has no file".into())) };
        self.zones.push(ZonePlace::Spilled(SpilledZone::write(&columns, file, &mut self.buffer)?));
        Ok(())
    }

    /// Claims this much, where three times as much is left then: the steps that make the rows and those that take them need
    /// memory too, some of them more and more.
    fn may_hold(&mut self, owned: usize) -> bool {
        let is_claimed = self.claim.resize(owned).is_ok();
        is_claimed && self.context.memory_left().is_none_or(|left| left / 3 >= owned as u64)
    }

    /// Moves the zones that are in memory to the file, which is made when it is first needed.
    fn spill_all(&mut self) -> Result<(), Error> {
        if self.file.is_some() {
            return Ok(());
        }
        let file = Arc::new(SpillFile::create()?);
        for zone in &mut self.zones {
            if let ZonePlace::Memory(columns) = zone {
                *zone = ZonePlace::Spilled(SpilledZone::write(columns, &file, &mut self.buffer)?);
            }
        }
        self.file = Some(file);
        self.owned = 0;
        Ok(self.claim.resize(0)?)
    }
}

/// Bytes of a column, its texts included where each row has its own.
fn byte_len(column: &Column) -> usize {
    let texts = column.dictionary.as_ref().filter(|d| !d.is_distinct());
    column.byte_len() + texts.map_or(0, |texts| texts.text_len() + texts.offsets().len() * 8)
}

/// Some rows of a column, copied.
fn slice(column: &Column, start: usize, len: usize) -> Column {
    let view = column.view();
    let validity = column.validity.as_ref().map(|bits| bits.slice(start, len));
    let values = view.values.slice(start, len);
    View { values, validity: None, ..view }.to_column().with_validity(validity)
}

/// The rows of an answer by zones.
#[derive(Debug)]
pub(crate) struct ZonedRows {
    schema: Arc<Schema>,
    zones: Vec<ZonePlace>,
    file: Option<Arc<SpillFile>>,
    row_count: u64,
    _claim: MemoryClaim,
}

impl ZonedRows {
    fn to_batch(&self, context: &Context) -> Result<Batch, Error> {
        if u32::try_from(self.row_count).is_err() {
            return Err(Error::TooManyRows);
        }
        let mut claim = context.claim(0)?;
        let mut owned = 0;
        let mut columns = Vec::new();
        for (index, field) in self.schema.fields().iter().enumerate() {
            let mut pieces = Vec::new();
            for zone in 0..self.zones.len() as u64 {
                let piece = self.column(index, self.zone_rows(zone))?;
                owned += byte_len(&piece);
                claim.resize(owned)?;
                pieces.push(piece);
            }
            columns.push(concatenate(field.data_type, pieces)?);
        }
        Batch::new(self.schema.clone(), columns)
            .ok_or_else(|| Error::Internal("the columns of an answer do not fit its schema".into()))
    }

    /// The rows of one zone or of a part of it.
    fn columns(&self, rows: RowRange) -> Result<Vec<Column>, Error> {
        (0..self.schema.len()).map(|column| Ok(self.column(column, rows)?)).collect()
    }

    /// The view of a whole zone.
    fn zone_view<'a>(
        &'a self,
        column: usize,
        zone: u64,
        scratch: &'a mut Scratch,
    ) -> Result<View<'a>, SourceError> {
        let missing = || SourceError::new(format!("there is no column {column} in zone {zone} of an answer"));
        let place = usize::try_from(zone).ok().and_then(|zone| self.zones.get(zone)).ok_or_else(missing)?;
        match (place, &self.file) {
            (ZonePlace::Memory(columns), _) => Ok(columns.get(column).ok_or_else(missing)?.view()),
            (ZonePlace::Spilled(spilled), Some(file)) => {
                let row_count = self.zone_rows(zone).len();
                spilled.read(column, row_count, file, scratch).map_err(SourceError::new)
            }
            (ZonePlace::Spilled(_), None) => Err(missing()),
        }
    }
}

impl ColumnSource for ZonedRows {
    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn row_count(&self) -> u64 {
        self.row_count
    }

    fn read<'a>(
        &'a self,
        column: usize,
        rows: RowRange,
        scratch: &'a mut Scratch,
    ) -> Result<View<'a>, SourceError> {
        let zone = self.zone_rows(rows.zone());
        if rows == zone {
            return self.zone_view(column, rows.zone(), scratch);
        }
        if rows.end > zone.end {
            return Err(SourceError::new(format!("row {} is past the end of an answer", rows.end)));
        }
        let mut whole = Scratch::default();
        let view = self.zone_view(column, rows.zone(), &mut whole)?;
        let (start, len) = ((rows.start - zone.start) as usize, rows.len());
        let part = view.values.slice(start, len);
        let (bytes, validity, texts) = scratch.all_mut(part.as_bytes().len());
        bytes.copy_from_slice(part.as_bytes());
        if let Some(bits) = view.validity {
            *validity = bits.slice(start, len);
        }
        let values = Values::of_type(view.data_type, part.physical(), bytes)
            .ok_or_else(|| SourceError::new("a part of a zone has another layout"))?;
        Ok(View {
            data_type: view.data_type,
            values,
            validity: view.validity.map(|_| &*validity),
            dictionary: view.dictionary.map(|dictionary| &*texts.insert(dictionary.clone())),
        })
    }

    fn zone_summary(&self, _column: usize, _zone: u64) -> Result<Option<ZoneSummary>, SourceError> {
        Ok(None)
    }

    fn dictionary(&self, column: usize) -> Result<Option<Arc<Dictionary>>, SourceError> {
        let of_zone = |zone: &'_ ZonePlace| match zone {
            ZonePlace::Memory(columns) => columns.get(column).and_then(|c| c.dictionary.clone()),
            ZonePlace::Spilled(spilled) => spilled.dictionary(column).cloned(),
        };
        let Some(first) = self.zones.first().and_then(of_zone).filter(|d| d.is_distinct()) else {
            return Ok(None);
        };
        let is_shared = |zone: &ZonePlace| of_zone(zone).is_some_and(|d| Arc::ptr_eq(&d, &first));
        Ok(self.zones.iter().all(is_shared).then_some(first))
    }

    fn may_have_nulls(&self, column: usize) -> bool {
        self.zones.iter().any(|zone| match zone {
            ZonePlace::Memory(columns) => columns.get(column).is_none_or(|c| c.validity.is_some()),
            ZonePlace::Spilled(spilled) => spilled.has_nulls(column),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use colq_column::SharedBytes;
    use colq_types::{DataType, Field, Scalar};

    fn schema() -> Arc<Schema> {
        let field = |name: &str, data_type| Field::new(name, data_type);
        let fields = vec![
            field("i", DataType::I32),
            field("d", DataType::Text),
            field("t", DataType::Text),
            field("f", DataType::F64),
        ];
        Arc::new(Schema::new(fields))
    }

    fn pieces(lens: &[usize]) -> Vec<Vec<Column>> {
        let dictionary = Arc::new(Dictionary::of(["a", "b", ""]));
        let mut row = 0;
        let piece = |len: &usize| {
            let rows: Vec<i32> = (row..row + *len as i32).collect();
            row += *len as i32;
            let codes: Vec<u8> = rows.iter().map(|row| (row % 3) as u8).collect();
            let floats: Vec<Scalar> = rows
                .iter()
                .map(|row| if row % 5 == 0 { Scalar::Null } else { Scalar::F64(f64::from(*row)) })
                .collect();
            let texts: Vec<String> = rows.iter().map(|row| format!("text {row}")).collect();
            let mut ends = vec![0];
            texts.iter().for_each(|text| ends.push(ends[ends.len() - 1] + text.len() as u64));
            let texts = Dictionary::of_rows(ends, SharedBytes::from(texts.concat().into_bytes())).unwrap();
            let numbers: Vec<u32> = (0..*len as u32).collect();
            vec![
                Column::new(DataType::I32, rows),
                Column::text(codes, dictionary.clone()),
                Column::text(numbers, Arc::new(texts)),
                Column::from_scalars(DataType::F64, &floats),
            ]
        };
        lens.iter().map(piece).collect()
    }

    fn build(lens: &[usize], context: &Context) -> Rows {
        let mut builder = RowsBuilder::new(schema(), context).unwrap();
        pieces(lens).into_iter().for_each(|piece| builder.push(piece).unwrap());
        builder.finish().unwrap()
    }

    #[test]
    fn rows_come_back_whether_they_were_spilled_or_not() {
        for lens in [&[][..], &[1], &[ZONE, 3], &[10, ZONE, ZONE * 2, 5], &[ZONE - 1, 1, 1]] {
            let total: usize = lens.iter().sum();
            let expected = build(lens, &Context::new()).into_batch(&Context::new()).unwrap();
            assert_eq!(expected.row_count(), total);
            for limit in [0, 1, 1 << 21] {
                let rows = build(lens, &Context::new().with_memory_limit(limit));
                if let (Rows::Zones(zones), 1) = (&rows, limit) {
                    assert!(zones.zones.iter().all(|zone| matches!(zone, ZonePlace::Spilled(_))));
                }
                let batch = rows.into_batch(&Context::new()).unwrap();
                assert_eq!(batch.row_count(), total);
                for row in (0..total).filter(|row| row % 997 == 0 || row % ZONE < 2 || row + 2 > total) {
                    assert_eq!(batch.row(row), expected.row(row), "row {row} of {lens:?}, limit {limit}");
                    assert_eq!(batch.row(row)[2], Scalar::Text(format!("text {row}")));
                }
            }
        }
    }

    #[test]
    fn a_part_is_those_rows_and_parts_of_zones_can_be_read() {
        let context = Context::new().with_memory_limit(1);
        for (skip, take) in [(0, 5), (ZONE as u64 - 1, 2), (7, u64::MAX), (u64::MAX, 1)] {
            let total = ZONE as u64 + 100;
            let part = build(&[ZONE, 100], &context).part(skip, take, &context).unwrap();
            let start = skip.min(total);
            assert_eq!(part.row_count(), take.min(total - start));
            let batch = part.into_batch(&Context::new()).unwrap();
            for row in (0..batch.row_count()).filter(|row| row % 101 == 0) {
                assert_eq!(batch.row(row)[0], Scalar::I64((start as usize + row) as i64));
            }
        }
    }

    #[test]
    fn collecting_more_than_the_budget_is_an_error() {
        let context = Context::new().with_memory_limit(1000);
        let rows = build(&[ZONE], &context);
        assert!(matches!(rows.into_batch(&context), Err(Error::OverBudget(_))));
    }
}
