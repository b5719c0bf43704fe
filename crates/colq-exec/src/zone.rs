//! One zone of a source while it is worked on: columns are read when they are first asked for. A zone can be gone through
//! in blocks, of which one at a time is what there seems to be.

use crate::Error;
use crate::blocks::BLOCK_ROWS;
use colq_column::{Access, Bitmap, ColumnSource, Scratch, View};
use colq_context::{Context, Counter};
use colq_kernels::check_codes;
use colq_types::{DataType, RowRange};

/// The memory of one thread for reading, reused from zone to zone.
#[derive(Debug, Default)]
pub(crate) struct Scratches {
    /// One for each column that is read at the same time.
    columns: Vec<ColumnScratch>,
    /// For each column of the source the number of the zone, counted here, in which it was read last, and its place among
    /// those that were read of that zone: a zone costs nothing for the columns that it does not look at.
    places: Vec<(u64, usize)>,
    zones: u64,
    seeking: Scratch,
}

impl Scratches {
    /// Looks for rows, with memory for what is looked at.
    pub(crate) fn seek<T>(&mut self, look: impl FnOnce(&mut Scratch) -> T) -> T {
        look(&mut self.seeking)
    }
}

/// The same for one column.
#[derive(Debug, Default)]
struct ColumnScratch {
    read: Scratch,
    /// The validity of each block, where a zone is gone through in blocks.
    validities: Vec<Bitmap>,
}

/// A column that was read.
#[derive(Clone, Copy)]
struct Read<'a> {
    view: View<'a>,
    /// Nobody has looked yet whether the texts are UTF-8.
    is_bytes: bool,
    validities: &'a [Bitmap],
}

/// The rows of one zone, or those of them that are to be looked at.
pub(crate) struct Zone<'a> {
    source: &'a dyn ColumnSource,
    context: &'a Context,
    /// All of these rows.
    whole: RowRange,
    /// The rows that are worked on: all of them, or those of a block.
    rows: RowRange,
    by_blocks: bool,
    unused: &'a mut [ColumnScratch],
    places: &'a mut [(u64, usize)],
    number: u64,
    read: Vec<Read<'a>>,
}

impl<'a> Zone<'a> {
    /// The zone of these rows; nothing is read yet.
    pub(crate) fn new(
        source: &'a dyn ColumnSource,
        context: &'a Context,
        rows: RowRange,
        scratches: &'a mut Scratches,
    ) -> Zone<'a> {
        let columns = source.schema().len();
        scratches.columns.resize_with(columns, ColumnScratch::default);
        scratches.places.resize(columns, (0, 0));
        // The first zone is number 1, so that no column seems to be read already.
        scratches.zones += 1;
        Zone {
            source,
            context,
            whole: rows,
            rows,
            by_blocks: false,
            unused: &mut scratches.columns,
            places: &mut scratches.places,
            number: scratches.zones,
            read: Vec::new(),
        }
    }

    /// From here on one block at a time is worked on; says how many there are. To be called before anything is read.
    pub(crate) fn divide(&mut self) -> usize {
        self.by_blocks = true;
        self.whole.row_count().div_ceil(BLOCK_ROWS) as usize
    }

    /// Goes to a block.
    pub(crate) fn go_to(&mut self, block: usize) {
        let start = (self.whole.start + block as u64 * BLOCK_ROWS).min(self.whole.end);
        self.rows = RowRange::new(start, (start + BLOCK_ROWS).min(self.whole.end));
    }

    /// What the work runs with.
    pub(crate) fn context(&self) -> &'a Context {
        self.context
    }

    /// The rows that are worked on in their source.
    pub(crate) fn rows(&self) -> RowRange {
        self.rows
    }

    /// Rows that are worked on.
    pub(crate) fn row_count(&self) -> usize {
        self.rows.len()
    }

    /// The number of the first of them in the source.
    pub(crate) fn first_row(&self) -> u64 {
        self.rows.start
    }

    /// How many rows stand before them: where a person would look for them.
    pub(crate) fn rows_before(&self) -> u64 {
        let zone = self.whole.zone();
        self.source.rows_before(zone) + self.rows.start - self.source.zone_rows(zone).start
    }

    /// The rows of a column that are worked on. The column is read on the first call, all of the zone; text codes are
    /// checked against the dictionary here, once.
    pub(crate) fn view(&mut self, column: usize) -> Result<View<'a>, Error> {
        let read = match self.known(column) {
            Some(read) if read.is_bytes => self.check_utf8(column, read)?,
            Some(read) => read,
            None => self.read(column, false)?,
        };
        Ok(self.worked_on(read))
    }

    /// As [`Zone::view`], but that texts may be no UTF-8: for questions to their bytes, which give none of them out.
    pub(crate) fn bytes_view(&mut self, column: usize) -> Result<View<'a>, Error> {
        let read = match self.known(column) {
            Some(read) => read,
            None => self.read(column, true)?,
        };
        Ok(self.worked_on(read))
    }

    /// Bytes of a value of a column; 0 where that is not one width.
    pub(crate) fn value_width(&self, column: usize) -> usize {
        let data_type = self.source.schema().fields().get(column).map(|field| field.data_type);
        data_type.and_then(DataType::physical).map_or(0, |physical| physical.byte_width())
    }

    /// The column, where it was read already.
    fn known(&self, column: usize) -> Option<Read<'a>> {
        match self.places.get(column) {
            Some((zone, place)) if *zone == self.number => self.read.get(*place).copied(),
            _ => None,
        }
    }

    /// The same texts, now that they are to be given out.
    fn check_utf8(&mut self, column: usize, read: Read<'a>) -> Result<Read<'a>, Error> {
        if read.view.dictionary.is_some_and(|texts| texts.check().is_err()) {
            // The source knows what to say of it.
            self.source.read(column, self.whole, &mut Scratch::default())?;
            return Err(Error::Internal(format!("a text of column {column} is not UTF-8")));
        }
        let read = Read { is_bytes: false, ..read };
        if let Some((_, place)) = self.places.get(column)
            && let Some(known) = self.read.get_mut(*place)
        {
            *known = read;
        }
        Ok(read)
    }

    /// The rows that are worked on, of all that were read.
    fn worked_on(&self, read: Read<'a>) -> View<'a> {
        if !self.by_blocks {
            return read.view;
        }
        let offset = (self.rows.start - self.whole.start) as usize;
        let validity = read.validities.get(offset / BLOCK_ROWS as usize);
        View { values: read.view.values.slice(offset, self.rows.len()), validity, ..read.view }
    }

    fn read(&mut self, column: usize, as_bytes: bool) -> Result<Read<'a>, Error> {
        let missing = || Error::Internal(format!("there is no column number {column}"));
        let place = self.places.get_mut(column).ok_or_else(missing)?;
        let (scratch, rest) = std::mem::take(&mut self.unused).split_first_mut().ok_or_else(missing)?;
        self.unused = rest;
        // Zones are gone through in their order; sources that heard this before do not act on it again.
        self.source.advise(column, self.whole, Access::Sequential);
        let ColumnScratch { read, validities } = scratch;
        let view = match as_bytes {
            true => self.source.read_bytes(column, self.whole, read)?,
            false => self.source.read(column, self.whole, read)?,
        };
        if view.len() != self.whole.len() {
            return Err(Error::Internal(format!("column {column} gave {} rows", view.len())));
        }
        if view.data_type == DataType::Text {
            let values = view.dictionary.map_or(0, |d| d.len());
            let zone = self.whole.zone();
            // A column of nulls alone has an empty dictionary, and its slots hold code 0.
            if values > 0 || view.null_count() < view.len() {
                check_codes(view.values, values).map_err(|source| Error::Row {
                    row: self.source.rows_before(zone) + self.whole.start - self.source.zone_rows(zone).start,
                    span: None,
                    source,
                })?;
            }
        }
        self.context.count(Counter::BytesTouched, view.values.as_bytes().len() as u64);
        validities.clear();
        if let Some(validity) = view.validity.filter(|_| self.by_blocks) {
            let rows = view.len();
            let parts = (0..rows).step_by(BLOCK_ROWS as usize);
            validities.extend(parts.map(|at| validity.slice(at, (rows - at).min(BLOCK_ROWS as usize))));
        }
        let is_bytes =
            as_bytes && view.dictionary.is_some_and(|texts| !texts.is_distinct() && !texts.is_checked());
        let read = Read { view, is_bytes, validities };
        *place = (self.number, self.read.len());
        self.read.push(read);
        Ok(read)
    }
}
